//! Searches in full-text indexes.

use super::expr::Expr;

/// See [`super::Plan::TextSearch`].
#[derive(Clone, Debug)]
pub(crate) struct TextSearch {
    /// Gives the index's name.
    pub(crate) index: Expr,
    /// Gives what is asked for; NULL finds nothing.
    pub(crate) query: Expr,
    /// Gives a record of what else is asked for.
    pub(crate) options: Option<Expr>,
    /// Filled with the node or edge.
    pub(crate) slot: usize,
    pub(crate) on_edge: bool,
    /// Filled with the score.
    pub(crate) score: usize,
}

impl TextSearch {
    /// The expressions it evaluates for each row.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        [&self.index, &self.query].into_iter().chain(&self.options)
    }
}
