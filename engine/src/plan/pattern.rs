//! A bound graph pattern: nodes and edges as a small graph, and the conditions on them.

use wend_grammar::ast::{PathMode, PathSearch};
use wend_storage::Direction;

use super::{
    Failed, Plan,
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
    /// Conditions that are asked again above the pattern: a row for which one cannot be evaluated is kept.
    pub(crate) deferred: Vec<(Expr, Failed)>,
    /// No edge is bound twice.
    pub(crate) different_edges: bool,
    /// DIFFERENT EDGES was written, and so holds within a WALK too.
    pub(crate) different_edges_written: bool,
}

impl Pattern {
    /// The slots of its nodes, and of the edges that it finds one by one.
    pub(crate) fn elements(&self) -> impl Iterator<Item = usize> {
        let edges = self.edges.iter().filter(|edge| !edge.bound && edge.repeat.is_none()).map(|edge| edge.slot);
        self.nodes.iter().map(|node| node.slot).chain(edges)
    }
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
    /// The walk it is part of, by number: its edges may repeat, whatever the MATCH asks of others.
    pub(crate) walk: Option<usize>,
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
    /// Where paths are selected by their cost: filled with it.
    pub(crate) cost: Option<usize>,
}

/// One part of a searched path: an edge, a node in between, or what repeats.
#[derive(Clone, Debug)]
pub(crate) struct SearchPart {
    /// `min` and `max` say how often it repeats; `trail` is not used.
    pub(crate) group: Group,
    /// It stands once: its variables are no lists.
    pub(crate) single: bool,
    /// Each repetition is one edge.
    pub(crate) one_edge: bool,
    /// It reads variables of parts before it.
    pub(crate) depends: bool,
    /// The sum of these is what a repetition costs.
    pub(crate) costs: Vec<Expr>,
}

impl Repeat {
    /// The slots that its conditions read, its own among them.
    pub(crate) fn reads(&self) -> Vec<usize> {
        match self {
            Repeat::Edge { condition, .. } => condition.iter().flat_map(|(_, condition)| condition.columns()).collect(),
            Repeat::Group(group) => subquery_reads(&group.subquery),
            Repeat::Search(search) => {
                let parts = search.parts.iter().flat_map(|part| subquery_reads(&part.group.subquery));
                let costs = search.parts.iter().flat_map(|part| &part.costs);
                parts.chain(search.conditions.iter().chain(costs).flat_map(Expr::columns)).collect()
            }
        }
    }
}

/// The slots that the conditions of a repeated part read.
fn subquery_reads(plan: &Plan) -> Vec<usize> {
    let Plan::Match { input, pattern } = plan else { return Vec::new() };
    let mut reads = subquery_reads(input);
    reads.extend(pattern.conditions.iter().flat_map(Expr::columns));
    reads.extend(pattern.edges.iter().filter_map(|edge| edge.repeat.as_ref()).flat_map(Repeat::reads));
    reads
}

impl Search {
    /// The slots that it fills besides that of the path's edges.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = usize> {
        let variables = self.parts.iter().flat_map(|part| part.group.variables.iter().map(|(_, outer)| *outer));
        variables.chain(self.cost)
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
    /// The slot of what it costs, of one that CHEAPEST finds.
    pub(crate) cost: Option<usize>,
}

/// The direction seen from the other end.
pub(crate) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Out => Direction::In,
        Direction::In => Direction::Out,
        Direction::Both => Direction::Both,
    }
}
