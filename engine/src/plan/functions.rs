//! The functions of the language.

use super::{aggregate::AggregateFunction, expr::ElementFunction};
use crate::function::{self, FunctionDescription};

/// The functions of expressions, aggregates among them, by name.
pub fn functions() -> Vec<FunctionDescription> {
    let mut functions = function::functions();
    functions.extend(ElementFunction::descriptions());
    functions.extend(AggregateFunction::descriptions());
    functions.sort_by_key(|function| function.name);
    functions
}
