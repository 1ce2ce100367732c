//! The one error type of this crate.

use crate::core::arguments::ArgumentError;

/// Why an algorithm or a graph build did not finish.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The context's cancel flag was raised. Nothing of the result exists.
    #[error("cancelled")]
    Cancelled,
    /// The run would need more memory than it may have. Raised before any work.
    #[error("{needed} bytes needed, {budget} bytes allowed; {hint}")]
    Memory {
        /// Bytes the run would need.
        needed: u64,
        /// Bytes it may have; 0 when the system itself refused the memory.
        budget: u64,
        /// What to change so that it fits: names the parameter to lower.
        hint: String,
    },
    /// A temporary file could not be made, written or read: the message says which and why.
    #[error("{0}")]
    Scratch(String),
    /// An argument that the algorithm does not take.
    #[error(transparent)]
    InvalidArgument(#[from] ArgumentError),
    /// The algorithm does not fit this graph or these values: the message says what is missing and what would do.
    #[error("{0}")]
    Unfit(String),
    /// A name in the arguments that nothing in the graph has.
    #[error("{message}{}", .near.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default())]
    UnknownName {
        /// Which parameter names what.
        message: String,
        /// The nearest name there is, if one is near.
        near: Option<String>,
    },
    /// The input is not of the kind the algorithm asked for: a mistake of the caller's code.
    #[error("the algorithm got another kind of input than it asked for")]
    WrongInput,
    /// A saved model that cannot be read, or that another version wrote.
    #[error("the model cannot be used: {0}")]
    BadModel(String),
    /// An edge names a node outside `0..node_count`.
    #[error("edge {edge} names node {node}, but the graph has {node_count} nodes")]
    NoSuchNode {
        /// Position of the edge in the order it was added.
        edge: usize,
        /// The node number it names.
        node: u32,
        /// How many nodes the graph has.
        node_count: usize,
    },
    /// An edge weight that is negative, NaN or infinite.
    #[error("edge {edge} has the weight {weight}; a weight is a finite number of at least 0")]
    BadWeight {
        /// Position of the edge in the order it was added.
        edge: usize,
        /// The weight as given.
        weight: f64,
    },
    /// A property value of a node or an edge that cannot be computed with.
    #[error("{message} ({owner} {row})")]
    BadValue {
        /// What is wrong with it.
        message: String,
        /// `"node"` or `"edge"`.
        owner: &'static str,
        /// Its dense number in the property graph.
        row: usize,
        /// What to do about it.
        hint: &'static str,
    },
    /// Edges that lead round in a circle, where none may.
    #[error("the graph has a cycle of {} edges{hint}", .nodes.len())]
    Cycle {
        /// Its nodes by their dense numbers, each followed by the one its edge leads to, the last by the first.
        nodes: Vec<u32>,
        /// What to do about it, with what parts it from the message.
        hint: &'static str,
    },
    /// More nodes than a `NodeIndex` can number.
    #[error("{nodes} nodes are more than a graph view can number ({max})")]
    TooManyNodes {
        /// Nodes asked for.
        nodes: usize,
        /// Largest possible count.
        max: usize,
    },
}
