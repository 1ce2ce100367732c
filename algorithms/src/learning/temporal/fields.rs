//! Fields: the properties of the rows of one type as numbers that aggregates go over.
//!
//! A number is itself, a truth value 0 or 1, a date how many days it lies after the row's own time. Of a text or a small whole
//! number that repeats, the most frequent values become a field each, 1 where the row has it, so that their mean is a share.
//! What names a row (keys, identifiers) is no field.

use std::sync::Arc;

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

/// The fields of every node type.
#[derive(Debug)]
pub struct Fields {
    /// The place of each node among those of its type.
    place: Vec<u32>,
    /// By node type.
    pub of_type: Vec<Vec<Field>>,
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
        let graph = request.graph;
        let mut rows: Vec<Vec<NodeIndex>> = vec![Vec::new(); graph.node_types.len()];
        let mut place = Vec::with_capacity(graph.node_count());
        for (node, &kind) in (0..).zip(&graph.node_type) {
            let rows = &mut rows[kind as usize];
            place.push(rows.len() as u32);
            rows.push(node);
        }
        let of_type = graph.node_types.iter().zip(&rows).map(|(name, rows)| fields(request, name, rows)).collect();
        Fields { place, of_type }
    }

    /// The value of a field of a node's type at the node.
    pub fn at(&self, field: &Field, node: NodeIndex) -> f64 {
        field.values[self.place[node as usize] as usize]
    }
}

fn fields(request: &FieldRequest<'_>, kind: &Arc<str>, rows: &[NodeIndex]) -> Vec<Field> {
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
        let number = |of: &dyn Fn(usize) -> f64| rows.iter().map(|&row| of(row as usize)).collect();
        match values {
            Values::Bools(values) => {
                let of = |row: usize| values[row].map_or(f64::NAN, f64::from);
                found.push(Field { name: name.to_string(), share: false, values: number(&of) });
            }
            Values::Numbers { values: numbers, integers, .. } => {
                if !named_as_key {
                    found.push(Field { name: name.to_string(), share: false, values: number(&|row| numbers[row]) });
                }
                if *integers {
                    let code = |row: usize| numbers[row];
                    shares(request, rows, &code, |value| format!("{name} = {value}"), &mut found);
                }
            }
            Values::Texts { distinct, codes } => {
                let code = |row: usize| match codes[row] {
                    NO_TEXT => f64::NAN,
                    code => f64::from(code),
                };
                let text = |value: f64| format!("{name} = {:?}", distinct[value as usize]);
                shares(request, rows, &code, text, &mut found);
            }
            Values::Times(times) => {
                let of = |row: usize| {
                    let own = request.times[row];
                    if own.is_finite() { (times[row] - own) / DAY } else { f64::NAN }
                };
                let values: Vec<f64> = number(&of);
                if values.iter().any(|value| !value.is_nan() && *value != 0.0) {
                    found.push(Field { name: format!("{name} - time"), share: false, values });
                }
            }
            _ => {}
        }
    }
    found
}

/// Adds the most frequent values of a category as fields.
fn shares(
    request: &FieldRequest<'_>,
    rows: &[NodeIndex],
    code: &dyn Fn(usize) -> f64,
    name: impl Fn(f64) -> String,
    out: &mut Vec<Field>,
) {
    let known = rows.iter().filter(|&&row| request.times[row as usize] <= request.until);
    let mut codes: Vec<f64> = known.map(|&row| code(row as usize)).filter(|code| !code.is_nan()).collect();
    codes.sort_unstable_by(f64::total_cmp);
    let mut counts: Vec<(usize, f64)> = codes.chunk_by(|a, b| a == b).map(|equal| (equal.len(), equal[0])).collect();
    // Two numbers are told apart by the field of the number itself.
    if counts.len() < 3 && !matches!(counts.as_slice(), [_, _])
        || counts.len() > FEW
        || counts.len() * REPEATS > codes.len()
    {
        return;
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
    for &(_, value) in counts.iter().take(SHARES) {
        let is = |&row: &NodeIndex| match code(row as usize) {
            code if code.is_nan() => f64::NAN,
            code => f64::from(u8::from(code == value)),
        };
        out.push(Field { name: name(value), share: true, values: rows.iter().map(is).collect() });
    }
}
