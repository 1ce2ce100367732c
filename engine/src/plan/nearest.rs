//! What a sort by the similarity or the distance of vectors asks for, where only its first rows are wanted.

use super::expr::{Expr, PropertyName};

/// See [`super::Plan::Nearest`].
#[derive(Clone, Debug)]
pub(crate) struct Nearest {
    pub(crate) measure: Measure,
    /// The arguments that are properties of nodes: one, or both.
    pub(crate) sides: Vec<Side>,
    /// As in [`super::SortKey`].
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
    /// As in [`super::Plan::Sort`].
    pub(crate) top: Vec<Expr>,
}

/// An argument that is a property of a node, and the other one.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) slot: usize,
    pub(crate) property: PropertyName,
    pub(crate) other: Expr,
}

/// The functions by which rows are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Cosine,
    Dot,
    Euclidean,
    Manhattan,
}

impl Measure {
    /// The measure that a function computes.
    pub(crate) fn of(function: &str) -> Option<Self> {
        Some(match function {
            "COSINE_SIMILARITY" => Measure::Cosine,
            "DOT_PRODUCT" => Measure::Dot,
            "EUCLIDEAN_DISTANCE" => Measure::Euclidean,
            "MANHATTAN_DISTANCE" => Measure::Manhattan,
            _ => return None,
        })
    }
}
