//! Searches in vector indexes: as they are written, and by inverted lists.

use wend_grammar::ast::Span;
use wend_storage::Index;

use super::{
    Plan,
    expr::{Expr, PropertyName},
};

/// See [`Plan::VectorSearch`].
#[derive(Clone, Debug)]
pub(crate) struct VectorSearch {
    /// The index's name, and where it stands.
    pub(crate) index: String,
    pub(crate) span: Span,
    /// Filled with the node or edge; what it is, where the text says so.
    pub(crate) slot: usize,
    pub(crate) on_edge: Option<bool>,
    /// Has the vector that is compared.
    pub(crate) query: usize,
    /// Filled with the similarity or distance.
    pub(crate) measure: usize,
    /// Filled with the score that clients of Neo4j know.
    pub(crate) score: Option<usize>,
    /// How many nodes or edges.
    pub(crate) limit: Expr,
    /// A subquery that gives the rows in question; `None` = all elements of the index.
    pub(crate) matches: Option<Plan>,
    /// The slots that its rows fill, with `slot`.
    pub(crate) outputs: Vec<usize>,
    /// Where it gives one row for an element: a subquery that leaves the rows of bound elements that it would give.
    pub(crate) accept: Option<Plan>,
    /// It gives one row for an element.
    pub(crate) single: bool,
}

/// See [`Plan::VectorLists`].
#[derive(Clone, Debug)]
pub(crate) struct VectorLists {
    pub(crate) index: Index,
    pub(crate) property: PropertyName,
    /// Filled with the node or edge.
    pub(crate) slot: usize,
    /// Has the vector that is compared.
    pub(crate) query: usize,
    /// Filled with the similarity or distance.
    pub(crate) measure: usize,
    pub(crate) limit: Expr,
    /// Leaves the rows of elements that count; `None` = all do.
    pub(crate) accept: Option<Plan>,
}
