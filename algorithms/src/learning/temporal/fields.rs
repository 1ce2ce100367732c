//! Fields: the properties of the rows of one type as numbers that aggregates go over.
//!
//! A number is itself, a truth value 0 or 1, a date how many days it lies after the row's own time. Of a text or a small whole
//! number that repeats, the most frequent values become a field each, 1 where the row has it, so that their mean is a share.
//! What names a row (keys, identifiers) is no field.

use std::sync::Arc;

use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::property::{NO_TEXT, PropertyGraph, Values};
use crate::learning::features::choose::identifier;

/// Values of a category that become fields of their own.
const SHARES: usize = 3;
/// Distinct values up to which whole numbers may be a category.
const FEW: usize = 256;
/// Rows that each value of a category has on average, at least.
const REPEATS: usize = 10;
const DAY: f64 = 86_400.0;

/// A property of the rows of one type, or one value of it, as a number; NaN = absent.
#[derive(Debug, Clone)]
pub struct Field {
    /// The property, and the value where the field is one of several: `status = 1`.
    pub name: String,
    /// Whether it is 1 where a row has one value of a category, else 0: its mean is a share.
    pub share: bool,
    /// By the place of a row among those of its type.
    pub values: Vec<f64>,
}

/// How the values of a property become a field.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Reading {
    /// A truth value as 0 or 1.
    Truth,
    /// A number as it is.
    Number,
    /// Whether it is this number.
    IsNumber(f64),
    /// Whether it is this text.
    IsText(String),
    /// A moment as days after the row's own time.
    Days,
}

impl Reading {
    /// What it reads, in words.
    fn takes(&self) -> &'static str {
        match self {
            Reading::Truth => "a BOOL",
            Reading::Number | Reading::IsNumber(_) => "a number",
            Reading::IsText(_) => "a STRING",
            Reading::Days => "a date or datetime",
        }
    }
}

/// Which property a field is made of, and how: part of a saved model.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FieldSpec {
    /// As [`Field::name`].
    pub name: String,
    /// The property.
    pub property: String,
    /// How it is read.
    pub reading: Reading,
}

/// The fields of every node type.
#[derive(Debug)]
pub struct Fields {
    /// The place of each node among those of its type.
    place: Vec<u32>,
    /// By node type.
    pub of_type: Vec<Vec<Field>>,
    /// What they are made of, likewise.
    specs: Vec<Vec<FieldSpec>>,
}

/// What fields are made of.
pub struct FieldRequest<'a> {
    /// The graph.
    pub graph: &'a PropertyGraph,
    /// The time of each node: negative infinity = always there.
    pub times: &'a [f64],
    /// Only rows until then say which values are frequent.
    pub until: f64,
    /// Whether a property of a node type is left out.
    pub leave_out: &'a dyn Fn(&str, &str) -> bool,
}

impl Fields {
    /// The fields of all types.
    pub fn new(request: &FieldRequest<'_>) -> Fields {
        let (place, rows) = rows_of_types(request.graph);
        let specs: Vec<Vec<FieldSpec>> =
            request.graph.node_types.iter().zip(&rows).map(|(name, rows)| specs(request, name, rows)).collect();
        // What was chosen by a property's type reads that type.
        let of_type = specs.iter().zip(&rows).map(|(specs, rows)| {
            let read = |spec: &FieldSpec| read(request.graph, request.times, spec, rows).ok();
            specs.iter().filter_map(read).collect()
        });
        Fields { of_type: of_type.collect(), place, specs }
    }

    /// The same fields of another graph, by the names of its types. A type that is not known has none.
    ///
    /// # Errors
    /// [`Error::Unfit`] for a property that has values of another kind.
    pub fn known(graph: &PropertyGraph, times: &[f64], known: &[(String, Vec<FieldSpec>)]) -> Result<Fields, Error> {
        let (place, rows) = rows_of_types(graph);
        let (mut of_type, mut specs) = (Vec::new(), Vec::new());
        for (name, rows) in graph.node_types.iter().zip(&rows) {
            let of_name = known.iter().find(|(known, _)| **known == **name);
            let own = of_name.map_or(&[][..], |(_, specs)| specs);
            let fields = own.iter().map(|spec| {
                read(graph, times, spec, rows).map_err(|found| {
                    Error::Unfit(format!(
                        "the model knows the property {:?} of {name:?} as {}; here it is {found}",
                        spec.property,
                        spec.reading.takes()
                    ))
                })
            });
            of_type.push(fields.collect::<Result<Vec<_>, _>>()?);
            specs.push(own.to_vec());
        }
        Ok(Fields { place, of_type, specs })
    }

    /// What the fields of each type are made of.
    pub fn specs(&self, graph: &PropertyGraph) -> Vec<(String, Vec<FieldSpec>)> {
        graph.node_types.iter().map(ToString::to_string).zip(self.specs.iter().cloned()).collect()
    }

    /// The value of a field of a node's type at the node.
    pub fn at(&self, field: &Field, node: NodeIndex) -> f64 {
        field.values[self.place[node as usize] as usize]
    }
}

/// The place of each node among those of its type, and the nodes of each type.
fn rows_of_types(graph: &PropertyGraph) -> (Vec<u32>, Vec<Vec<NodeIndex>>) {
    let mut rows: Vec<Vec<NodeIndex>> = vec![Vec::new(); graph.node_types.len()];
    let mut place = Vec::with_capacity(graph.node_count());
    for (node, &kind) in (0..).zip(&graph.node_type) {
        let rows = &mut rows[kind as usize];
        place.push(rows.len() as u32);
        rows.push(node);
    }
    (place, rows)
}

/// A field at these rows; fails with the type of a property that is not of the reading's.
fn read(graph: &PropertyGraph, times: &[f64], spec: &FieldSpec, rows: &[NodeIndex]) -> Result<Field, String> {
    let number = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row as usize)).collect::<Vec<f64>>();
    let is = |there: bool, same: bool| if there { f64::from(u8::from(same)) } else { f64::NAN };
    let values = match (&spec.reading, graph.node_property(&spec.property).map(|property| &property.values)) {
        (_, None | Some(Values::Nulls { .. })) => vec![f64::NAN; rows.len()],
        (Reading::Truth, Some(Values::Bools(values))) => {
            number(&|row| values[row].map_or(f64::NAN, |value| f64::from(u8::from(value))))
        }
        (Reading::Number, Some(Values::Numbers { values, .. })) => number(&|row| values[row]),
        (Reading::IsNumber(wanted), Some(Values::Numbers { values, .. })) => {
            number(&|row| is(!values[row].is_nan(), values[row] == *wanted))
        }
        (Reading::IsText(wanted), Some(Values::Texts { distinct, codes })) => {
            let code = distinct.iter().position(|text| **text == **wanted).map(|code| code as u32);
            number(&|row| is(codes[row] != NO_TEXT, Some(codes[row]) == code))
        }
        (Reading::Days, Some(Values::Times(moments))) => {
            number(&|row| if times[row].is_finite() { (moments[row] - times[row]) / DAY } else { f64::NAN })
        }
        (_, Some(other)) => return Err(other.type_name().to_owned()),
    };
    let share = matches!(spec.reading, Reading::IsNumber(_) | Reading::IsText(_));
    Ok(Field { name: spec.name.clone(), share, values })
}

/// What the fields of a type are to be.
fn specs(request: &FieldRequest<'_>, kind: &Arc<str>, rows: &[NodeIndex]) -> Vec<FieldSpec> {
    let mut found = Vec::new();
    for property in &request.graph.node_properties {
        let (name, values) = (&property.name, &property.values);
        let left_out = (request.leave_out)(kind, name);
        if left_out || !rows.iter().any(|&row| values.is_present(row as usize)) {
            continue;
        }
        let named_as_key = name.ends_with("Id") || name.ends_with("ID") || name.ends_with("_id");
        if identifier(values, rows).is_some() && !named_as_key {
            continue;
        }
        let mut add = |field: String, reading: Reading| {
            found.push(FieldSpec { name: field, property: name.to_string(), reading });
        };
        match values {
            Values::Bools(_) => add(name.to_string(), Reading::Truth),
            Values::Numbers { values: numbers, integers, .. } => {
                if !named_as_key {
                    add(name.to_string(), Reading::Number);
                }
                if *integers {
                    for value in frequent(request, rows, &|row: usize| numbers[row]) {
                        add(format!("{name} = {value}"), Reading::IsNumber(value));
                    }
                }
            }
            Values::Texts { distinct, codes } => {
                let code = |row: usize| match codes[row] {
                    NO_TEXT => f64::NAN,
                    code => f64::from(code),
                };
                for code in frequent(request, rows, &code) {
                    let text = &distinct[code as usize];
                    add(format!("{name} = {text:?}"), Reading::IsText(text.to_string()));
                }
            }
            Values::Times(moments) => {
                let away = |&row: &NodeIndex| {
                    let (own, moment) = (request.times[row as usize], moments[row as usize]);
                    own.is_finite() && !moment.is_nan() && moment != own
                };
                if rows.iter().any(away) {
                    add(format!("{name} - time"), Reading::Days);
                }
            }
            _ => {}
        }
    }
    found
}

/// The most frequent values of a category.
fn frequent(request: &FieldRequest<'_>, rows: &[NodeIndex], code: &dyn Fn(usize) -> f64) -> Vec<f64> {
    let known = rows.iter().filter(|&&row| request.times[row as usize] <= request.until);
    let mut codes: Vec<f64> = known.map(|&row| code(row as usize)).filter(|code| !code.is_nan()).collect();
    codes.sort_unstable_by(f64::total_cmp);
    let mut counts: Vec<(usize, f64)> = codes.chunk_by(|a, b| a == b).map(|equal| (equal.len(), equal[0])).collect();
    // Two numbers are told apart by the field of the number itself.
    if counts.len() < 3 && !matches!(counts.as_slice(), [_, _])
        || counts.len() > FEW
        || counts.len() * REPEATS > codes.len()
    {
        return Vec::new();
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
    counts.into_iter().take(SHARES).map(|(_, value)| value).collect()
}
