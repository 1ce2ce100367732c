//! The aggregate functions, and their calls.

use wend_grammar::ast::Span;

use super::expr::Expr;
use crate::function::FunctionDescription;

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AggregateFunction {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    CollectList,
    StddevSamp,
    StddevPop,
    PercentileCont,
    PercentileDisc,
}

/// Names, signature and what it gives.
const FUNCTIONS: [(AggregateFunction, &[&str], &str, &str); 10] = [
    (
        AggregateFunction::Count,
        &["COUNT"],
        "COUNT(* | [DISTINCT] value) -> INT64",
        "How many rows, or values that are not NULL.",
    ),
    (AggregateFunction::Sum, &["SUM"], "SUM([DISTINCT] number) -> number", "The sum; NULL without values."),
    (AggregateFunction::Avg, &["AVG"], "AVG([DISTINCT] number) -> FLOAT64", "The mean; NULL without values."),
    (AggregateFunction::Min, &["MIN"], "MIN(value) -> value", "The smallest value."),
    (AggregateFunction::Max, &["MAX"], "MAX(value) -> value", "The largest value."),
    (
        AggregateFunction::CollectList,
        &["COLLECT_LIST", "COLLECT"],
        "COLLECT_LIST([DISTINCT] value) -> LIST",
        "The values that are not NULL, in the order of the rows.",
    ),
    (
        AggregateFunction::StddevSamp,
        &["STDDEV_SAMP", "STDEV"],
        "STDDEV_SAMP(number) -> FLOAT64",
        "The standard deviation of a sample.",
    ),
    (
        AggregateFunction::StddevPop,
        &["STDDEV_POP", "STDEVP"],
        "STDDEV_POP(number) -> FLOAT64",
        "The standard deviation of a whole population.",
    ),
    (
        AggregateFunction::PercentileCont,
        &["PERCENTILE_CONT", "PERCENTILECONT"],
        "PERCENTILE_CONT(number, fraction) -> FLOAT64",
        "The value at a fraction of the ordered values, interpolated.",
    ),
    (
        AggregateFunction::PercentileDisc,
        &["PERCENTILE_DISC", "PERCENTILEDISC"],
        "PERCENTILE_DISC(number, fraction) -> number",
        "The value at a fraction of the ordered values.",
    ),
];

impl AggregateFunction {
    /// The function of that name, upper case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(_, names, ..)| names.contains(&name)).map(|(function, ..)| *function)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().flat_map(|(_, names, ..)| names.iter().copied())
    }

    /// The functions as users see them.
    pub(crate) fn descriptions() -> impl Iterator<Item = FunctionDescription> {
        FUNCTIONS.iter().map(|(_, names, signature, doc)| FunctionDescription { name: names[0], signature, doc })
    }

    /// How many arguments it takes.
    pub(crate) fn arity(self) -> usize {
        match self {
            AggregateFunction::PercentileCont | AggregateFunction::PercentileDisc => 2,
            _ => 1,
        }
    }
}

/// An aggregate with its arguments; COUNT(*) has none.
#[derive(Clone, Debug)]
pub(crate) struct AggregateCall {
    pub(crate) function: AggregateFunction,
    pub(crate) distinct: bool,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) span: Span,
}

impl AggregateCall {
    /// Whether it is COUNT(*).
    pub(crate) fn counts_rows(&self) -> bool {
        self.function == AggregateFunction::Count && self.arguments.is_empty()
    }
}
