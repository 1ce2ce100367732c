//! A bound graph pattern: nodes and edges as a small graph, and the conditions on them.

use wend_grammar::ast::{PathMode, PathSearch};
use wend_storage::Direction;

use super::{
    Plan,
    expr::{Expr, LabelTest},
};

/// What one MATCH looks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pattern {
    pub(crate) nodes: Vec<PatternNode>,
    pub(crate) edges: Vec<PatternEdge>,
    pub(crate) paths: Vec<PatternPath>,
    /// Conjuncts, each of which must be TRUE.
    pub(crate) conditions: Vec<Expr>,
    /// No edge is bound twice.
    pub(crate) different_edges: bool,
    /// DIFFERENT EDGES was written, and so holds within a WALK too.
    pub(crate) different_edges_written: bool,
}

/// A node of a pattern.
#[derive(Clone, Debug)]
pub(crate) struct PatternNode {
    pub(crate) slot: usize,
    /// An earlier clause bound it.
    pub(crate) bound: bool,
    pub(crate) labels: Vec<LabelTest>,
}

/// An edge of a pattern, or what repeats between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct PatternEdge {
    pub(crate) slot: usize,
    /// An earlier clause bound it.
    pub(crate) bound: bool,
    /// Positions in [`Pattern::nodes`], as written from left to right.
    pub(crate) left: usize,
    pub(crate) right: usize,
    /// `Out`: from left to right.
    pub(crate) direction: Direction,
    pub(crate) label: Option<LabelTest>,
    pub(crate) repeat: Option<Repeat>,
    /// The trail it is part of, by number: its edges must differ from each other.
    pub(crate) trail: Option<usize>,
}

/// How a quantified part of a path repeats.
#[derive(Clone, Debug)]
pub(crate) enum Repeat {
    /// One edge.
    Edge {
        min: u32,
        max: Option<u32>,
        mode: PathMode,
        search: PathSearch,
        /// Must hold for each edge, which it reads from this slot.
        condition: Option<(usize, Expr)>,
    },
    /// A parenthesised path.
    Group(Box<Group>),
    /// A whole path of several parts, from which some are selected or which goes by a mode as a whole.
    Search(Box<Search>),
}

/// A path that is searched for as a whole.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) parts: Vec<SearchPart>,
    /// Which of the paths between the same two nodes; all where nothing is said.
    pub(crate) select: PathSearch,
    pub(crate) mode: PathMode,
    /// No edge repeats, also where the mode would let it.
    pub(crate) different_edges: bool,
    /// Must hold for the whole path before it is selected.
    pub(crate) conditions: Vec<Expr>,
}

/// One part of a searched path: an edge, a node in between, or what repeats.
#[derive(Clone, Debug)]
pub(crate) struct SearchPart {
    /// `min` and `max` say how often it repeats; `trail` is not used.
    pub(crate) group: Group,
    /// It stands once: its variables are no lists.
    pub(crate) single: bool,
    /// It reads variables of parts before it.
    pub(crate) depends: bool,
}

impl Search {
    /// The slots that it fills besides that of the path's edges.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().flat_map(|part| part.group.variables.iter().map(|(_, outer)| *outer))
    }
}

/// A parenthesised path that repeats.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// Finds one repetition for the node in `first`.
    pub(crate) subquery: Plan,
    /// The slots of its first and last node.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The slots of its edges (or lists of edges) in order.
    pub(crate) edges: Vec<usize>,
    /// Its variables: the slot inside, and the slot of the list outside.
    pub(crate) variables: Vec<(usize, usize)>,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
    /// No edge repeats.
    pub(crate) trail: bool,
}

/// A path variable with the slots of its parts in turn.
#[derive(Clone, Debug)]
pub(crate) struct PatternPath {
    pub(crate) slot: usize,
    pub(crate) parts: Vec<usize>,
}

/// The direction seen from the other end.
pub(crate) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Out => Direction::In,
        Direction::In => Direction::Out,
        Direction::Both => Direction::Both,
    }
}
