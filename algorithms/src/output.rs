//! What an algorithm gives back, and what it says about its cost beforehand.

/// The result of a run. The column `nodeId` is implied: row `i` is node `i`.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The columns of the description after `nodeId`, in its order, one row per node.
    pub columns: Vec<Column>,
    /// The figures of the description's `stats`, in its order.
    pub stats: Vec<(&'static str, Scalar)>,
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
        data: Vec<f32>,
    },
    /// One float per node.
    Floats(Vec<f64>),
    /// One integer per node.
    Ints(Vec<i64>),
}

impl Column {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Column::Vectors { dimensions, data } => data.len() / (*dimensions).max(1),
            Column::Floats(values) => values.len(),
            Column::Ints(values) => values.len(),
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
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    String(String),
    /// A truth value.
    Bool(bool),
}

/// The size of a graph view, known before it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphShape {
    /// Nodes in the view.
    pub nodes: u64,
    /// Stored edges in the view.
    pub edges: u64,
    /// Whether edges carry weights.
    pub weighted: bool,
}

/// What a run would need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Peak bytes in all: graph view, working set and result.
    pub bytes: u64,
    /// Expected seconds of computation, measured on one machine and scaled by threads: an order of magnitude.
    pub seconds: f64,
}
