//! Procedures: what CALL can name. Every algorithm has the same modes; none of them is code of the algorithm.

mod block;
mod invoke;
mod write;

use std::fmt;

pub(crate) use invoke::{ResultRows, beside, invoke};
use wend_algorithms::{Algorithm, Argument, ArgumentError, Arguments, Description, ParameterKind};
use wend_grammar::ast::Span;

use crate::{
    error::{Error, Result},
    plan::expr::Expr,
    value::Value,
};

/// How an algorithm is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    Stream,
    Stats,
    Write,
    Estimate,
}

impl Mode {
    const ALL: [(Mode, &'static str); 5] = [
        (Mode::Run, ""),
        (Mode::Stream, ".stream"),
        (Mode::Stats, ".stats"),
        (Mode::Write, ".write"),
        (Mode::Estimate, ".estimate"),
    ];
}

/// An algorithm in one mode.
#[derive(Clone, Copy)]
pub(crate) struct Procedure {
    pub(crate) algorithm: &'static dyn Algorithm,
    pub(crate) mode: Mode,
}

/// A call whose names are resolved.
#[derive(Debug)]
pub(crate) struct BoundCall {
    pub(crate) procedure: Procedure,
    pub(crate) arguments: Vec<Expr>,
    /// Columns of the procedure and the slots they fill.
    pub(crate) outputs: Vec<(usize, usize)>,
    pub(crate) optional: bool,
    pub(crate) span: Span,
}

impl BoundCall {
    /// Whether it changes the database.
    pub(crate) fn writes(&self) -> bool {
        self.procedure.mode == Mode::Write
    }
}

impl fmt::Debug for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The columns of the modes `write` and `estimate`.
const WRITE_COLUMNS: [&str; 4] = ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"];
const ESTIMATE_COLUMNS: [&str; 4] = ["nodeCount", "edgeCount", "bytes", "seconds"];

impl Procedure {
    /// All procedures by name, in the order of the list of algorithms.
    pub(crate) fn all() -> impl Iterator<Item = Procedure> {
        wend_algorithms::algorithms()
            .iter()
            .flat_map(|&algorithm| Mode::ALL.map(|(mode, _)| Procedure { algorithm, mode }))
    }

    /// The procedure of that name.
    pub(crate) fn find(name: &str) -> Result<Procedure> {
        if let Some(procedure) = Self::all().find(|procedure| procedure.name() == name) {
            return Ok(procedure);
        }
        let names: Vec<String> = Self::all().map(|procedure| procedure.name()).collect();
        let hint = match wend_grammar::suggest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "SHOW ALGOS lists the algorithms".to_owned(),
        };
        Err(Error::reference(format!("procedure `{name}` is not known")).with_hint(hint))
    }

    pub(crate) fn name(&self) -> String {
        let suffix = Mode::ALL.iter().find(|(mode, _)| *mode == self.mode).map_or("", |(_, suffix)| suffix);
        format!("algo.{}{suffix}", self.algorithm.description().name)
    }

    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let description = self.algorithm.description();
        match self.mode {
            Mode::Run | Mode::Stream => {
                let blocks = if block::has_blocks(*self) { &block::COLUMNS[..] } else { &[] };
                description.columns.iter().map(|column| column.name).chain(blocks.iter().copied()).collect()
            }
            Mode::Stats => {
                let figures = description.stats.iter().map(|column| column.name);
                figures.chain((!has_compute_time(description)).then_some("computeTimeMs")).collect()
            }
            Mode::Write => WRITE_COLUMNS.to_vec(),
            Mode::Estimate => ESTIMATE_COLUMNS.to_vec(),
        }
    }

    /// How many of the columns come without YIELD: those of blocks have to be asked for.
    pub(crate) fn columns_without_yield(&self) -> usize {
        let columns = self.columns().len();
        if block::has_blocks(*self) { columns - block::COLUMNS.len() } else { columns }
    }

    pub(crate) fn most_arguments(&self) -> usize {
        if self.mode == Mode::Write { 2 } else { 1 }
    }

    pub(crate) fn signature(&self) -> String {
        match self.mode {
            Mode::Write => format!("CALL {}({{..}}, {{db: {{property: \"..\"}}}})", self.name()),
            _ => format!("CALL {}({{..}})", self.name()),
        }
    }

    /// Checks the first argument, a record of parameters.
    fn check(&self, argument: Option<&Value>) -> Result<Arguments> {
        let description = self.algorithm.description();
        let fields = match argument {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Record(fields)) => {
                fields.iter().map(|(name, value)| Ok((name.to_string(), argument_of(value)?))).collect::<Result<_>>()?
            }
            Some(other) => {
                return Err(Error::value_type(format!(
                    "{} takes a record of parameters, such as {{seed: 1}}, not {}",
                    self.name(),
                    other.type_name()
                )));
            }
        };
        description.check(&fields).map_err(|error| argument_error(description, &fields, &error))
    }
}

/// Whether the figures of an algorithm have the time already.
fn has_compute_time(description: &Description) -> bool {
    description.stats.iter().any(|column| column.name == "computeTimeMs")
}

fn argument_of(value: &Value) -> Result<Argument> {
    Ok(match value {
        Value::Null => Argument::Null,
        Value::Bool(value) => Argument::Bool(*value),
        Value::Int(value) => Argument::Int(*value),
        Value::Float(value) => Argument::Float(*value),
        Value::String(text) => Argument::String(text.to_string()),
        Value::List(items) => Argument::List(items.iter().map(argument_of).collect::<Result<_>>()?),
        Value::Vector(items) => Argument::List(items.iter().map(|&item| Argument::Float(item.into())).collect()),
        Value::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| Ok((name.to_string(), argument_of(value)?)));
            Argument::Record(fields.collect::<Result<_>>()?)
        }
        other => {
            return Err(Error::value_type(format!("a {} cannot be a parameter of an algorithm", other.type_name())));
        }
    })
}

/// 42002 for an unknown name, 22003 for a value out of range, 22G03 for a wrong type.
fn argument_error(description: &Description, given: &[(String, Argument)], error: &ArgumentError) -> Error {
    let known = description.all_parameters().find(|parameter| parameter.name == error.parameter);
    let value = given.iter().find(|(name, _)| *name == error.parameter).map(|(_, value)| value);
    let Some(parameter) = known else {
        return Error::reference(error.to_string());
    };
    let of_the_type = matches!(
        (parameter.kind, value),
        (ParameterKind::Int { .. }, Some(Argument::Int(_)))
            | (ParameterKind::Float { .. }, Some(Argument::Int(_) | Argument::Float(_)))
            | (ParameterKind::Choice(_), Some(Argument::String(_)))
    );
    Error::data(if of_the_type { "22003" } else { "22G03" }, error.to_string())
}

/// An error of an algorithm as the library's.
pub(crate) fn algorithm_error(error: wend_algorithms::Error) -> Error {
    match error {
        wend_algorithms::Error::Cancelled => crate::exec::context::cancelled(),
        wend_algorithms::Error::Memory { .. } => Error::new(crate::ErrorKind::Memory, "22000", error.to_string()),
        other => Error::data("22003", other.to_string()),
    }
}
