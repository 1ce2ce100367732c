//! Features: stored properties as numbers that a model can learn from.
//!
//! **What.** A property column becomes columns of 32-bit floats (*dense*) or codes into a table that the model learns
//! (*categories*). Each group of rows, which is a node type or all edges, has its own encoders: what "age" is at
//! persons has nothing to do with "age" at bottles. [`Encoders::fit`] looks at the training rows once and keeps what
//! it needs (means, vocabularies, document frequencies); [`Encoders::encode`] applies that to any graph, also to one
//! that came later. Encoders are saved with the model.
//!
//! **Which encoding.** By type, if the call does not say:
//!
//! | type | encoding | columns |
//! |---|---|---|
//! | INT, FLOAT | `number` | z-score; one more that is 1 where NULL, if there are NULLs |
//! | BOOL | `bool` | 0 or 1; one more that is 1 where NULL, if there are NULLs |
//! | STRING | `category`, `text`, or left out as an identifier | see below |
//! | DATE, DATETIME | `time` | z-scored age; sine and cosine of the time of day, the day of the week, the day of the year, each if it varies; NULLs as above |
//! | VECTOR, lists of numbers | `vector` | as they are; NULLs as above |
//! | LIST of STRING | `bag` | one per text, or hashed; TF-IDF weights, length 1 |
//!
//! The encoding of a STRING column is chosen in `choose.rs` by how many of the values are distinct and how many words they have.
//! That, and whether INTs are a running number, is decided on all rows of the group; every statistic that goes into a
//! number comes from training rows only.
//!
//! **Never in the result:** NaN and infinity. An absent value is 0 in every column but the NULL indicator.

mod audit;
mod bag;
mod category;
pub(in crate::learning) mod choose;
mod encoder;
mod encoders;
mod hashing;
mod listing;
mod number;
mod request;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod vector;

use std::sync::Arc;

use ndarray::Array2;

pub use audit::{Audited, FeaturesAudit, column_leaks, leaks};
pub use encoders::{Encoders, GroupWidths, TableWidths};
pub use listing::Features;
pub use request::{Encoding, FEATURES_TYPE, FeatureRequest, Scale};

/// Rows fall into groups: node types, or all edges as one group.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a> {
    /// Names of the groups: node types, or an empty name for edges.
    pub names: &'a [Arc<str>],
    /// The group of each row, as a position in `names`.
    pub of_row: &'a [u32],
}

/// The features of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedGroup {
    /// The group's name.
    pub name: Arc<str>,
    /// Its rows, ascending.
    pub rows: Vec<u32>,
    /// Its dense features, a row for each of `rows`; all finite.
    pub dense: Array2<f32>,
    /// Categories with a learned table each.
    pub categories: Vec<Categories>,
}

/// A category of one group: positions in a table that the model learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Categories {
    /// The property.
    pub property: Arc<str>,
    /// Rows of the table: one for absent, rare and unknown values, and one for each value that is kept.
    pub cardinality: usize,
    /// Width of the table.
    pub width: usize,
    /// One code below `cardinality` for each row of the group; 0 = absent, rare or unknown.
    pub codes: Vec<u32>,
}
