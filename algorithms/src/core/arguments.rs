//! Arguments of a call, and their check against a description.

use std::fmt;
use std::ops::Deref;

use crate::core::argument::{Argument, quote};
use crate::core::description::{DefaultValue, Description, Parameter, ParameterKind, ParameterRole};
use crate::core::parameters::{UNLIMITED, Value, int, optional_int, optional_text, optional_texts};
use wend_names::suggest;

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

crate::parameters! {
    /// The parameters of every algorithm.
    pub struct Common {
        /// Only nodes with at least one of these labels are seen, and edges between them.
        node_labels as "nodeLabels": Option<Vec<String>> = optional_texts("all");
        /// Only edges with one of these labels are seen.
        edge_labels as "edgeLabels": Option<Vec<String>> = optional_texts("all");
        /// The edge property that holds the weight: a finite number of at least 0; absent on an edge = 1.
        weight as "weight": Option<String> = optional_text("every edge weighs 1");
        /// Seed of all random numbers: the same seed, parameters and graph give the same bits.
        seed as "seed": u64 = int(i64::MIN, UNLIMITED, 42);
        /// Most threads to use. The result does not depend on it.
        concurrency as "concurrency": Option<usize> = optional_int(1, UNLIMITED, "all cores");
        /// Most bytes to use beyond the graph view. A run that would need more is refused before any work.
        max_memory as "maxMemory": Option<u64> = optional_int(1, UNLIMITED, "the machine's");
    }
}

crate::parameters! {
    /// The parameters of the mode `stream` of algorithms that give a vector of each node.
    pub struct Blocks {
        /// Of the mode stream alone: a row for so many nodes, with the columns nodeIds and matrix, which costs a client much
        /// less than a row for each node.
        block_size as "blockSize": Option<usize> = optional_int(1, 1_000_000, "a row for each node");
    }
}

/// The values of a call, each checked against its parameter: those given, and defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    algorithm: &'static str,
    /// Every parameter with its value or default; `Null` = absent.
    all: Vec<(&'static str, Argument)>,
    /// Names of all parameters that the call gave a value.
    given: Vec<&'static str>,
}

impl Values {
    /// The value of a parameter as it is; [`Argument::Null`] when it has none.
    pub fn value(&self, name: &str) -> &Argument {
        self.all.iter().find(|(known, _)| *known == name).map_or(&Argument::Null, |(_, value)| value)
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// A value of another type: it was checked against another description.
    pub fn get<T: Value>(&self, name: &'static str) -> Result<T, ArgumentError> {
        T::of(self.value(name)).ok_or_else(|| self.refuse(name, "a value of the type in its description"))
    }

    fn refuse(&self, parameter: &str, takes: impl Into<String>) -> ArgumentError {
        ArgumentError {
            algorithm: self.algorithm,
            parameter: parameter.to_owned(),
            got: Some(self.value(parameter).to_string()),
            takes: takes.into(),
            nearest: None,
        }
    }
}

/// Checked arguments of one call: every value has its parameter's type and lies in its range. Those of every algorithm
/// ([`Common`]) are fields; its own are read by the struct that [`parameters!`](crate::parameters) makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    values: Values,
    common: Common,
    /// Nodes in a row of the mode `stream`, where that is asked for.
    pub block_size: Option<usize>,
    /// The name under which the trained model is to be kept.
    pub save_model: Option<String>,
    /// The saved model that is to be applied.
    pub use_model: Option<String>,
    /// The saved model that training is to go on from.
    pub start_from: Option<String>,
}

impl Deref for Arguments {
    type Target = Common;

    fn deref(&self) -> &Common {
        &self.common
    }
}

impl<'a> From<&'a Arguments> for &'a Values {
    fn from(arguments: &'a Arguments) -> Self {
        &arguments.values
    }
}

impl Arguments {
    /// Whether the call gave this parameter a value; otherwise its default holds.
    pub fn is_given(&self, name: &str) -> bool {
        self.values.given.contains(&name)
    }

    /// The value of any parameter as it is; [`Argument::Null`] when it has none.
    pub fn value(&self, name: &str) -> &Argument {
        self.values.value(name)
    }

    /// The value of a parameter whose name is known only when it runs.
    ///
    /// # Errors
    /// A value of another type.
    pub fn get<T: Value>(&self, name: &'static str) -> Result<T, ArgumentError> {
        self.values.get(name)
    }

    /// The error of a parameter whose value does not go with the others; `takes` = what it would take.
    pub fn refuse(&self, parameter: &str, takes: impl Into<String>) -> ArgumentError {
        self.values.refuse(parameter, takes)
    }
}

impl Description {
    /// All that a call may give: its own parameters, that of its blocks if it has them, and those of every algorithm.
    pub fn all_parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        let blocks = if self.has_blocks() { Blocks::PARAMETERS } else { &[] };
        self.parameters.iter().chain(blocks).chain(Common::PARAMETERS)
    }

    /// Checks a call's arguments. NULL stands for a parameter's default; an INT is taken for a FLOAT, but not a FLOAT
    /// for an INT; of a name given twice the last counts.
    ///
    /// # Errors
    /// An unknown name (with the nearest known one), a wrong type, a value out of range.
    pub fn check(&self, arguments: &[(String, Argument)]) -> Result<Arguments, ArgumentError> {
        let mut checked: Vec<(&'static Parameter, Argument)> =
            self.all_parameters().map(|parameter| (parameter, default_of(parameter))).collect();
        let mut given: Vec<&'static str> = Vec::new();
        for (name, argument) in arguments {
            let Some((parameter, value)) = checked.iter_mut().find(|(parameter, _)| parameter.name == name) else {
                return Err(self.unknown(name));
            };
            given.retain(|known| *known != parameter.name);
            *value = match argument {
                Argument::Null => default_of(parameter),
                argument => {
                    given.push(parameter.name);
                    self.convert(parameter, argument)?
                }
            };
        }
        let all = checked.into_iter().map(|(parameter, value)| (parameter.name, value)).collect();
        let values = Values { algorithm: self.name, all, given };
        let with_role = |role| match self.parameter_with(role) {
            Some(name) => values.get(name),
            None => Ok(None),
        };
        Ok(Arguments {
            common: Common::read(&values)?,
            block_size: Blocks::read(&values)?.block_size,
            save_model: with_role(ParameterRole::SaveModel)?,
            use_model: with_role(ParameterRole::UseModel)?,
            start_from: with_role(ParameterRole::StartModel)?,
            values,
        })
    }

    fn unknown(&self, name: &str) -> ArgumentError {
        let known: Vec<&'static str> = self.all_parameters().map(|parameter| parameter.name).collect();
        ArgumentError {
            algorithm: self.name,
            parameter: name.to_owned(),
            got: None,
            takes: known.join(", "),
            nearest: suggest(name, known),
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
                    refuse(suggest(value, choices.iter().copied()))
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
