//! What a call asks for: the argument `features` or `edgeFeatures`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::algorithm::input::PropertySelection;
use crate::core::argument::Argument;
use crate::core::arguments::ArgumentError;
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;
use wend_names::suggest;

/// What the argument takes, for [`ParameterKind::Any`](crate::ParameterKind::Any).
pub const FEATURES_TYPE: &str = "LIST<STRING | RECORD>";

/// How the values of a property become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// z-scores.
    Number,
    /// 0 and 1.
    Bool,
    /// One column per value when they are few, a learned table otherwise.
    Category,
    /// Hashed word and character n-grams with TF-IDF weights.
    Text,
    /// Age and cyclical parts.
    Time,
    /// Vectors as they are.
    Vector,
    /// Sets of texts with TF-IDF weights.
    Bag,
}

impl Encoding {
    const ALL: [Encoding; 7] = [
        Encoding::Number,
        Encoding::Bool,
        Encoding::Category,
        Encoding::Text,
        Encoding::Time,
        Encoding::Vector,
        Encoding::Bag,
    ];

    /// The name as calls and listings have it: `"number"`.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Number => "number",
            Encoding::Bool => "bool",
            Encoding::Category => "category",
            Encoding::Text => "text",
            Encoding::Time => "time",
            Encoding::Vector => "vector",
            Encoding::Bag => "bag",
        }
    }
}

/// How numbers and vectors are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// Not at all: the default of vectors.
    None,
    /// Each vector is divided by the sum of its absolute values.
    L1,
    /// Each vector is divided by its length.
    L2,
    /// Each column less its mean, divided by its standard deviation: the default of numbers.
    Zscore,
}

impl Scale {
    const ALL: [Scale; 4] = [Scale::None, Scale::L1, Scale::L2, Scale::Zscore];

    /// The name as calls have it: `"zscore"`.
    pub fn name(self) -> &'static str {
        match self {
            Scale::None => "none",
            Scale::L1 => "l1",
            Scale::L2 => "l2",
            Scale::Zscore => "zscore",
        }
    }
}

/// One feature that was asked for by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeatureSpec {
    pub property: String,
    pub encoding: Option<Encoding>,
    /// Columns of a text or bag, width of a category's table.
    pub width: Option<usize>,
    pub scale: Option<Scale>,
    /// Least number of training rows with a category, for it to be kept.
    pub min_count: Option<u64>,
    /// Most categories that are kept.
    pub max_values: Option<usize>,
}

impl FeatureSpec {
    /// A property without further options.
    pub fn of(property: &str) -> Self {
        FeatureSpec {
            property: property.to_owned(),
            encoding: None,
            width: None,
            scale: None,
            min_count: None,
            max_values: None,
        }
    }

    /// Whether the options are of use to this encoding; otherwise what they are for.
    pub fn check_options(&self, encoding: Encoding) -> Result<(), String> {
        let refuse = |option: &str, of: &str| {
            Err(format!(
                "the option {option:?} is for {of}, but {:?} has the encoding {:?}",
                self.property,
                encoding.name()
            ))
        };
        if self.width.is_some() && !matches!(encoding, Encoding::Category | Encoding::Text | Encoding::Bag) {
            return refuse("width", "the encodings \"category\", \"text\" and \"bag\"");
        }
        if self.min_count.is_some() && encoding != Encoding::Category {
            return refuse("minCount", "the encoding \"category\"");
        }
        if self.max_values.is_some() && encoding != Encoding::Category {
            return refuse("maxValues", "the encoding \"category\"");
        }
        match (self.scale, encoding) {
            (None, _) | (Some(_), Encoding::Vector) | (Some(Scale::None | Scale::Zscore), Encoding::Number) => Ok(()),
            (Some(scale), Encoding::Number) => Err(format!(
                "{:?} is a number, whose scale is \"zscore\" or \"none\", not {:?}",
                self.property,
                scale.name()
            )),
            (Some(_), _) => refuse("scale", "the encodings \"vector\" and \"number\""),
        }
    }
}

/// Which features are read, and how: the argument `features` or `edgeFeatures`.
///
/// NULL means every property that an encoding takes, or none; a list names properties. An entry is a name or a record
/// `{property, encoding, width, scale, minCount, maxValues}`, of which only `property` must be there. One name or
/// record alone is taken as a list of one; an empty list means no features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureRequest {
    /// The argument's name, for messages.
    pub(super) parameter: &'static str,
    /// `None` = all.
    pub(super) specs: Option<Vec<FeatureSpec>>,
    pub(super) excluded: Vec<String>,
    /// Properties that are features only where they are named.
    pub(super) written: Vec<Arc<str>>,
    /// Of groups, by name, the properties that are keys: features only where they are named.
    pub(super) keys: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl FeatureRequest {
    /// Reads the argument. NULL is every property when `all_by_default`, else none.
    ///
    /// # Errors
    /// Anything but names and records with known fields, types and ranges; the same feature twice.
    pub fn parse(
        algorithm: &'static str,
        parameter: &'static str,
        argument: &Argument,
        all_by_default: bool,
    ) -> Result<FeatureRequest, Error> {
        let read = |place: String, item: &Argument| Reader { algorithm, place }.spec(item);
        let specs = match argument {
            Argument::Null if all_by_default => None,
            Argument::Null => Some(Vec::new()),
            Argument::List(items) => {
                let item = |(index, item)| read(format!("{parameter}[{index}]"), item);
                Some(items.iter().enumerate().map(item).collect::<Result<Vec<_>, _>>()?)
            }
            one => Some(vec![read(parameter.to_owned(), one)?]),
        };
        for (index, spec) in specs.iter().flatten().enumerate() {
            let earlier = specs.iter().flatten().take(index);
            if earlier.clone().any(|other| other.property == spec.property && other.encoding == spec.encoding) {
                return Err(Error::InvalidArgument(ArgumentError {
                    algorithm,
                    parameter: format!("{parameter}[{index}]"),
                    got: Some(format!("{:?} again", spec.property)),
                    takes: "each property once, or once for each encoding".to_owned(),
                    nearest: None,
                }));
            }
        }
        Ok(FeatureRequest { parameter, specs, excluded: Vec::new(), written: Vec::new(), keys: Vec::new() })
    }

    /// Leaves out properties that are used otherwise: target, split, time. Naming one of them as a feature all the
    /// same is an error of [`Encoders::fit`](super::Encoders::fit).
    #[must_use]
    pub fn exclude(mut self, names: &[&str]) -> FeatureRequest {
        self.excluded.extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// Of nodes of this graph: leaves out what an algorithm wrote and what is a key of a table, unless the request names it.
    #[must_use]
    pub fn of_nodes(mut self, graph: &PropertyGraph) -> FeatureRequest {
        self.written.extend_from_slice(&graph.written_of_nodes);
        self.keys.extend_from_slice(&graph.keys_of_types);
        self
    }

    /// Of edges of this graph: leaves out what an algorithm wrote, unless the request names it.
    #[must_use]
    pub fn of_edges(mut self, graph: &PropertyGraph) -> FeatureRequest {
        self.written.extend_from_slice(&graph.written_of_edges);
        self
    }

    /// Whether a property is a key at a group.
    pub(super) fn is_key(&self, group: &str, property: &str) -> bool {
        let of_group = self.keys.iter().filter(|(name, _)| **name == *group);
        of_group.flat_map(|(_, keys)| keys).any(|key| **key == *property)
    }

    /// Warnings of keys that the request names as features.
    pub fn warnings_of_keys(&self) -> Vec<String> {
        let specs = self.specs.iter().flatten();
        let groups = |name: &str| -> Vec<String> {
            let with_key = self.keys.iter().filter(|(_, keys)| keys.iter().any(|key| **key == *name));
            with_key.map(|(group, _)| format!("{group:?}")).collect()
        };
        let found = specs.map(|spec| (&spec.property, groups(&spec.property))).filter(|(_, groups)| !groups.is_empty());
        found
            .map(|(property, groups)| {
                format!(
                    "{}: {property:?} is a key of {}: a model may learn the rows by heart",
                    self.parameter,
                    groups.join(", ")
                )
            })
            .collect()
    }

    /// The same request for no feature at all.
    #[must_use]
    pub fn nothing(mut self) -> FeatureRequest {
        self.specs = Some(Vec::new());
        self
    }

    /// What to read of the database.
    pub fn selection(&self) -> PropertySelection {
        let Some(specs) = &self.specs else { return PropertySelection::unwritten() };
        specs.iter().fold(PropertySelection::none(), |selection, spec| selection.require(Some(&spec.property)))
    }

    /// Whether no feature is asked for.
    pub fn is_empty(&self) -> bool {
        self.specs.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Reads one entry, knowing where it stands.
struct Reader {
    algorithm: &'static str,
    place: String,
}

const FIELDS: [&str; 6] = ["property", "encoding", "width", "scale", "minCount", "maxValues"];

impl Reader {
    fn spec(&self, item: &Argument) -> Result<FeatureSpec, ArgumentError> {
        let fields = match item {
            Argument::String(name) => return Ok(FeatureSpec::of(name)),
            Argument::Record(fields) => fields,
            other => {
                let takes = format!("a property's name or a record of {}", FIELDS.join(", "));
                return Err(self.error("", Some(other.to_string()), takes, None));
            }
        };
        let mut spec = FeatureSpec::of("");
        let mut named = false;
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("property", Argument::String(property)) => {
                    spec.property.clone_from(property);
                    named = true;
                }
                ("property", other) => {
                    return Err(self.error(".property", Some(other.to_string()), "STRING".to_owned(), None));
                }
                (field, _) if !FIELDS.contains(&field) => {
                    let got = Some(format!("the field {name:?}"));
                    let takes = format!("a record of {}", FIELDS.join(", "));
                    return Err(self.error("", got, takes, suggest(name, FIELDS)));
                }
                (_, Argument::Null) => {}
                ("encoding", value) => {
                    spec.encoding = Some(self.choice(".encoding", value, &Encoding::ALL, Encoding::name)?);
                }
                ("scale", value) => spec.scale = Some(self.choice(".scale", value, &Scale::ALL, Scale::name)?),
                ("width", value) => spec.width = Some(self.int(".width", value, 4096)? as usize),
                ("minCount", value) => spec.min_count = Some(self.int(".minCount", value, i64::MAX)?),
                (_, value) => spec.max_values = Some(self.int(".maxValues", value, 1 << 24)? as usize),
            }
        }
        if !named {
            return Err(self.error(".property", Some("NULL".to_owned()), "STRING".to_owned(), None));
        }
        if let Some(encoding) = spec.encoding {
            spec.check_options(encoding)
                .map_err(|why| self.error("", Some(why), "options that fit".to_owned(), None))?;
        }
        Ok(spec)
    }

    fn int(&self, field: &str, value: &Argument, max: i64) -> Result<u64, ArgumentError> {
        match value {
            Argument::Int(value) if (1..=max).contains(value) => Ok(*value as u64),
            other => {
                let range = if max == i64::MAX { ">= 1".to_owned() } else { format!("1..{max}") };
                Err(self.error(field, Some(other.to_string()), format!("INT ({range})"), None))
            }
        }
    }

    fn choice<T: Copy>(
        &self,
        field: &str,
        value: &Argument,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, ArgumentError> {
        let names: Vec<&'static str> = all.iter().map(|&choice| name(choice)).collect();
        let text = match value {
            Argument::String(text) => text.as_str(),
            _ => "",
        };
        let found = all.iter().copied().find(|&choice| name(choice) == text);
        found.ok_or_else(|| {
            let near = suggest(text, names.iter().copied());
            self.error(field, Some(value.to_string()), format!("STRING ({})", names.join(" | ")), near)
        })
    }

    fn error(&self, field: &str, got: Option<String>, takes: String, nearest: Option<&'static str>) -> ArgumentError {
        ArgumentError { algorithm: self.algorithm, parameter: format!("{}{field}", self.place), got, takes, nearest }
    }
}
