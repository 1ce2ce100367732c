//! The question of which examples there are to learn from: entities at times, and what is to be predicted of each.

use wend_grammar::ast::Expr;

use crate::{times::TimeProperties, value::Value};

/// A time at which predictions are made.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    /// Where the time that `eligible` sees begins, which is not part of it; NULL = at the beginning.
    pub(crate) since: Value,
    /// The time itself: `eligible` sees what is not later, `target` what is later.
    pub(crate) at: Value,
    /// The last time that `target` sees.
    pub(crate) until: Value,
}

/// A query for `(n, position of the stamp, target)`, one row for each entity that is eligible at a stamp and has a target
/// there; without a target for each that is eligible.
pub(crate) struct ExampleQuery<'a> {
    /// The label of the entities, `n` in both expressions.
    pub(crate) entity: &'a str,
    pub(crate) target: Option<&'a Expr>,
    pub(crate) eligible: Option<&'a Expr>,
    pub(crate) stamps: &'a [Stamp],
    pub(crate) times: &'a TimeProperties,
}
