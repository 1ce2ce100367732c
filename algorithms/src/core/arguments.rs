//! Arguments of a call, and their check against a description.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::description::{DefaultValue, Description, Parameter, ParameterKind};

/// A value as it comes from a call; the engine converts its own values to this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Argument {
    /// No value: the parameter's default holds.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    String(String),
    /// A moment: seconds since 1970-01-01 00:00, local ones as if UTC.
    Time(f64),
    /// A list.
    List(Vec<Argument>),
    /// Named values.
    Record(Vec<(String, Argument)>),
}

impl Argument {
    fn type_name(&self) -> &'static str {
        match self {
            Argument::Null => "NULL",
            Argument::Bool(_) => "BOOL",
            Argument::Int(_) => "INT",
            Argument::Float(_) => "FLOAT",
            Argument::String(_) => "STRING",
            Argument::Time(_) => "DATETIME",
            Argument::List(_) => "LIST",
            Argument::Record(_) => "RECORD",
        }
    }
}

/// Type and value, shortened: `INT 0`, `STRING "x"`, `LIST of 3`.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())?;
        match self {
            Argument::Null => Ok(()),
            Argument::Bool(value) => write!(f, " {value}"),
            Argument::Int(value) => write!(f, " {value}"),
            Argument::Float(value) => write!(f, " {value:?}"),
            Argument::String(value) => write!(f, " {}", quote(value)),
            Argument::Time(seconds) => write!(f, " {seconds} s after 1970"),
            Argument::List(items) => write!(f, " of {}", items.len()),
            Argument::Record(fields) => write!(f, " of {}", fields.len()),
        }
    }
}

/// A text in quotes, cut after 40 characters so that no message grows with its input.
fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// An argument an algorithm does not take. `Display` gives the whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentError {
    /// The algorithm's name: `"node2vec"`.
    pub algorithm: &'static str,
    /// The parameter's name as it was given.
    pub parameter: String,
    /// What it got: `INT 0`; `None` when the name itself is unknown.
    pub got: Option<String>,
    /// What it takes: `INT in 1..4096`; for an unknown name, the names that are known.
    pub takes: String,
    /// For an unknown name or choice, the nearest known one.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parameter, algorithm) = (quote(&self.parameter), self.algorithm);
        match &self.got {
            Some(got) => write!(f, "parameter {parameter} of algo.{algorithm} takes {}, got {got}", self.takes)?,
            None => write!(f, "algo.{algorithm} has no parameter {parameter}; it takes {}", self.takes)?,
        }
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean {nearest:?}?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ArgumentError {}

/// The name among `known` that is nearest to `name` by edit distance, if one is near at all. Case does not count.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(64).flat_map(char::to_lowercase).collect();
    let limit = name.len().div_ceil(3).max(1);
    known
        .into_iter()
        .map(|candidate| (edit_distance(&name, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

fn edit_distance(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (i, letter) in b.chars().flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for j in 0..a.len() {
            let substituted = diagonal + usize::from(a[j] != letter);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[a.len()]
}

/// Checked arguments of one call: every value has its parameter's type and lies in its range.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// Node labels to see; `None` = all.
    pub node_labels: Option<Vec<String>>,
    /// Edge labels to see; `None` = all.
    pub edge_labels: Option<Vec<String>>,
    /// Edge property that holds the weight; `None` = every edge weighs 1.
    pub weight: Option<String>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Most threads to use; `None` = all.
    pub concurrency: Option<usize>,
    /// Most bytes to use beyond the graph view; `None` = what the machine allows.
    pub max_memory: Option<u64>,
    /// The algorithm's own parameters, each with its value or default; `Null` = absent.
    own: Vec<(&'static str, Argument)>,
    /// Names of all parameters that the call gave a value.
    given: Vec<&'static str>,
}

impl Arguments {
    fn own(&self, name: &str) -> &Argument {
        let found = self.own.iter().find(|(known, _)| *known == name);
        found.map_or(&Argument::Null, |(_, value)| value)
    }

    /// Whether the call gave this parameter a value; otherwise its default holds.
    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains(&name)
    }

    /// The value of an INT parameter of the algorithm; `None` when it has no value and no default.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.own(name) {
            Argument::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of an INT parameter as a size; values beyond the address space become `usize::MAX`.
    pub fn size(&self, name: &str) -> Option<usize> {
        self.int(name).map(|value| usize::try_from(value.max(0)).unwrap_or(usize::MAX))
    }

    /// The value of a FLOAT parameter.
    pub fn float(&self, name: &str) -> Option<f64> {
        match self.own(name) {
            Argument::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a BOOL parameter.
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.own(name) {
            Argument::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a list of texts.
    pub fn strings(&self, name: &str) -> Option<Vec<String>> {
        strings(self.own(name).clone())
    }

    /// The value of a list of integers.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        let Argument::List(items) = self.own(name) else { return None };
        let int = |item: &Argument| match item {
            Argument::Int(value) => Some(*value),
            _ => None,
        };
        Some(items.iter().filter_map(int).collect())
    }

    /// The value of any parameter as it is; [`Argument::Null`] when it has none.
    pub fn value(&self, name: &str) -> &Argument {
        self.own(name)
    }

    /// The value of a STRING parameter or a choice.
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.own(name) {
            Argument::String(value) => Some(value),
            _ => None,
        }
    }
}

impl Description {
    /// Checks a call's arguments. NULL stands for a parameter's default; an INT is taken for a FLOAT, but not a FLOAT
    /// for an INT; of a name given twice the last counts.
    ///
    /// # Errors
    /// An unknown name (with the nearest known one), a wrong type, a value out of range.
    pub fn check(&self, arguments: &[(String, Argument)]) -> Result<Arguments, ArgumentError> {
        let mut values: Vec<(&'static Parameter, Argument)> =
            self.all_parameters().map(|parameter| (parameter, default_of(parameter))).collect();
        let mut names: Vec<&'static str> = Vec::new();
        for (name, argument) in arguments {
            let Some((parameter, value)) = values.iter_mut().find(|(parameter, _)| parameter.name == name) else {
                return Err(self.unknown(name));
            };
            names.retain(|known| *known != parameter.name);
            *value = match argument {
                Argument::Null => default_of(parameter),
                given => {
                    names.push(parameter.name);
                    self.convert(parameter, given)?
                }
            };
        }
        let mut checked = Arguments {
            node_labels: None,
            edge_labels: None,
            weight: None,
            seed: 42,
            concurrency: None,
            max_memory: None,
            own: Vec::with_capacity(self.parameters.len()),
            given: names,
        };
        for (parameter, value) in values {
            match (parameter.name, value) {
                ("nodeLabels", value) => checked.node_labels = strings(value),
                ("edgeLabels", value) => checked.edge_labels = strings(value),
                ("weight", Argument::String(property)) => checked.weight = Some(property),
                // Any INT is a seed; its bits count, not its sign.
                ("seed", Argument::Int(seed)) => checked.seed = seed as u64,
                ("concurrency", Argument::Int(threads)) => checked.concurrency = usize::try_from(threads).ok(),
                ("maxMemory", Argument::Int(bytes)) => checked.max_memory = u64::try_from(bytes).ok(),
                (name, value) => checked.own.push((name, value)),
            }
        }
        Ok(checked)
    }

    fn unknown(&self, name: &str) -> ArgumentError {
        let known: Vec<&'static str> = self.all_parameters().map(|parameter| parameter.name).collect();
        ArgumentError {
            algorithm: self.name,
            parameter: name.to_owned(),
            got: None,
            takes: known.join(", "),
            nearest: nearest(name, known),
        }
    }

    /// The argument in its parameter's own type, or why not.
    fn convert(&self, parameter: &Parameter, argument: &Argument) -> Result<Argument, ArgumentError> {
        let kind = parameter.kind;
        let refuse = |nearest| {
            let range = kind.range();
            let name = kind.type_name();
            Err(ArgumentError {
                algorithm: self.name,
                parameter: parameter.name.to_owned(),
                got: Some(argument.to_string()),
                takes: if range.is_empty() { name.to_owned() } else { format!("{name} ({range})") },
                nearest,
            })
        };
        match (kind, argument) {
            (ParameterKind::Int { min, max }, Argument::Int(value)) if (min..=max).contains(value) => {
                Ok(argument.clone())
            }
            (ParameterKind::Float { min, above, max }, Argument::Int(_) | Argument::Float(_)) => {
                let value = match *argument {
                    Argument::Int(value) => value as f64,
                    Argument::Float(value) => value,
                    _ => f64::NAN,
                };
                let low = if above { value > min } else { value >= min };
                if value.is_finite() && low && value <= max { Ok(Argument::Float(value)) } else { refuse(None) }
            }
            (ParameterKind::Bool, Argument::Bool(_)) | (ParameterKind::String, Argument::String(_)) => {
                Ok(argument.clone())
            }
            (ParameterKind::Choice(choices), Argument::String(value)) => {
                if choices.contains(&value.as_str()) {
                    Ok(argument.clone())
                } else {
                    refuse(nearest(value, choices.iter().copied()))
                }
            }
            (ParameterKind::Strings, Argument::String(_)) => Ok(Argument::List(vec![argument.clone()])),
            (ParameterKind::Ints { min }, Argument::Int(value)) if *value >= min => {
                Ok(Argument::List(vec![argument.clone()]))
            }
            (ParameterKind::Ints { min }, Argument::List(items))
                if items.iter().all(|item| matches!(item, Argument::Int(value) if *value >= min)) =>
            {
                Ok(argument.clone())
            }
            (ParameterKind::Any(_), _) => Ok(argument.clone()),
            (ParameterKind::Strings, Argument::List(items))
                if items.iter().all(|item| matches!(item, Argument::String(_))) =>
            {
                Ok(argument.clone())
            }
            _ => refuse(None),
        }
    }
}

fn default_of(parameter: &Parameter) -> Argument {
    match parameter.default {
        DefaultValue::Absent(_) => Argument::Null,
        DefaultValue::Int(value) => Argument::Int(value),
        DefaultValue::Float(value) => Argument::Float(value),
        DefaultValue::Bool(value) => Argument::Bool(value),
        DefaultValue::String(value) => Argument::String(value.to_owned()),
    }
}

fn strings(value: Argument) -> Option<Vec<String>> {
    let Argument::List(items) = value else { return None };
    let text = |item| match item {
        Argument::String(text) => Some(text),
        _ => None,
    };
    Some(items.into_iter().filter_map(text).collect())
}
