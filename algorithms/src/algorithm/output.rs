//! What an algorithm gives back, and what it says about its cost beforehand.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::input::AnyGraph;
use crate::core::error::Error;
use crate::core::numbers::Numbers;
use crate::graph::csr::NodeIndex;

/// The result of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// What a row stands for.
    pub rows: Rows,
    /// The columns of the description, in its order, without those that [`Rows`] implies.
    pub columns: Vec<Column>,
    /// The figures of the description's `stats`, in its order.
    pub stats: Vec<(&'static str, Scalar)>,
    /// A trained model to keep under the name of the argument `saveModel`.
    pub model: Option<Vec<u8>>,
    /// What whoever made the call should know: each a sentence or two, without a full stop.
    pub warnings: Vec<String>,
}

/// Rows that were computed again after a change of the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The nodes that were computed, ascending; all others have the rows they had.
    pub nodes: Vec<u32>,
    /// Their rows, as [`Rows::SomeNodes`]; a node that has none now is left out.
    pub output: Output,
}

/// What a row of a result stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rows {
    /// Row `i` is node `i`; the column `nodeId` is implied, and `edgeId`, where the description has it, is NULL.
    #[default]
    Nodes,
    /// Row `i` is the `i`-th of these nodes, which ascend; otherwise as [`Nodes`](Self::Nodes). The other nodes have no row.
    SomeNodes(Vec<u32>),
    /// Row `i` is edge `i` of the property graph; the column `edgeId` is implied, `nodeId` is NULL.
    Edges,
    /// Row `i` is the `i`-th of these edges, which ascend; otherwise as [`Edges`](Self::Edges). The other edges have no row.
    SomeEdges(Vec<u32>),
    /// Row `i` is example `i`, where examples are nodes; the column `nodeId` is implied, and `edgeId`, where the description has it, is
    /// NULL.
    Examples,
    /// Rows of their own: all columns of the description are given. Nothing can be written to the graph.
    Table,
}

/// One column of a result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Column {
    /// Vectors of one length, row-major: row `i` is `data[i * dimensions..(i + 1) * dimensions]`.
    Vectors {
        /// Length of each vector, at least 1.
        dimensions: usize,
        /// All rows one after the other.
        data: Numbers<f32>,
    },
    /// One float per node.
    Floats(Vec<f64>),
    /// One integer per node.
    Ints(Vec<i64>),
    /// One value of any kind per row.
    Scalars(Vec<Scalar>),
    /// A record of floats per row: row `i` is `data[i * names.len()..(i + 1) * names.len()]`, NULL where the first is NaN.
    Records {
        /// Names of the fields, at least one.
        names: Arc<[Arc<str>]>,
        /// All rows one after the other.
        data: Vec<f32>,
    },
    /// NULL in every row.
    Nulls(usize),
    /// Lists of nodes, made when they are read.
    NodeLists(LazyLists),
    /// A node in each row, in a table of rows of their own.
    Nodes(Vec<NodeIndex>),
    /// A node, an edge or nothing in each row, likewise.
    Elements(Vec<Option<Element>>),
}

/// A node or an edge of a property graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// A node.
    Node(NodeIndex),
    /// An edge, by its place among those of the graph.
    Edge(u32),
}

/// Lists of nodes that are too many to be kept: a pure function from row number to list.
pub trait NodeLists: Send + Sync {
    /// Number of lists.
    fn rows(&self) -> usize;

    /// The lists of these rows; `graph` is the one that the algorithm ran on.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when `cancelled` says so, [`Error::Memory`] when the lists do not fit.
    fn lists(
        &self,
        graph: AnyGraph<'_>,
        rows: Range<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<NodeIndex>>, Error>;
}

/// A shared [`NodeLists`]; equal only to itself.
#[derive(Clone)]
pub struct LazyLists(Arc<dyn NodeLists>);

impl LazyLists {
    /// Lists to be made later.
    pub fn new(lists: impl NodeLists + 'static) -> Self {
        LazyLists(Arc::new(lists))
    }
}

impl Deref for LazyLists {
    type Target = dyn NodeLists;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for LazyLists {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for LazyLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LazyLists({} rows)", self.rows())
    }
}

impl Column {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Column::Vectors { dimensions, data } => data.len() / (*dimensions).max(1),
            Column::Floats(values) => values.len(),
            Column::Ints(values) => values.len(),
            Column::Scalars(values) => values.len(),
            Column::Records { names, data } => data.len() / names.len().max(1),
            Column::Nulls(rows) => *rows,
            Column::NodeLists(lists) => lists.rows(),
            Column::Nodes(nodes) => nodes.len(),
            Column::Elements(elements) => elements.len(),
        }
    }

    /// Row `index` of a column of vectors; `None` for other columns and beyond the end.
    pub fn vector(&self, index: usize) -> Option<&[f32]> {
        match self {
            Column::Vectors { dimensions, data } => data.chunks_exact(*dimensions).nth(index),
            _ => None,
        }
    }
}

/// One figure of a result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// No value.
    Null,
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    String(String),
    /// A truth value.
    Bool(bool),
    /// A moment: seconds since 1970, local.
    Time(f64),
    /// A list of floats.
    Floats(Vec<f64>),
    /// A vector.
    Vector(Vec<f32>),
    /// A list.
    List(Vec<Scalar>),
    /// A record.
    Record(Vec<(&'static str, Scalar)>),
}

/// The size of a graph view, known before it is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GraphShape {
    /// Nodes in the view.
    pub nodes: u64,
    /// Stored edges in the view.
    pub edges: u64,
    /// Whether edges carry weights.
    pub weighted: bool,
    /// Numbers in the properties that are read of a node, by a sample; 0 when none are read.
    pub node_values: u64,
    /// The same of an edge.
    pub edge_values: u64,
}

/// What a run would need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Peak bytes in all: graph view, working set and result.
    pub bytes: u64,
    /// Expected seconds of computation, measured on one machine and scaled by threads: an order of magnitude.
    pub seconds: f64,
}
