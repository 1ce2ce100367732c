//! A call whose work is done in parts by a program: its parameters are checked as CALL checks them.

use wend_algorithms::Parts;

use super::{argument, error::algorithm_error};
use crate::{
    error::{Error, Result},
    registry::Procedure,
    value::Value,
};

/// The work of an algorithm with these parameters, a record or NULL.
pub(crate) fn parts(algorithm: &str, parameters: &Value) -> Result<Parts> {
    let procedure = Procedure::find(&format!("algo.{algorithm}"))?;
    let checked = argument::check(procedure, &argument::fields(procedure, Some(parameters), None)?)?;
    Parts::new(procedure.description().name, &checked).map_err(algorithm_error)?.ok_or_else(|| {
        Error::rule(format!("the work of algo.{algorithm} is not done in parts"))
            .with_hint("that of algo.node2vec and algo.fastrp is; run others in the database")
    })
}
