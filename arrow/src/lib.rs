//! Arrow's columns and WendDB's values: results as record batches, and record batches as nodes, edges and vectors.
//!
//! Arrow fixes a column's type before its first value; a GQL column has none. The first batch fixes it: a column of VECTORs of
//! one length is a `FixedSizeList<Float32>`, and what Arrow has no type for, such as nodes or values of several types, is JSON
//! text, marked `wend:type = json` in the field's metadata. A later value that does not fit the type is an error that names it.
//!
//! - [`RowsReader`] makes record batches of a result, [`BatchBuilder`] of its batches as they come.
//! - [`Cells`], [`value_at`], [`vectors_of`] and [`Texts`] read arrays of other programs.
//! - [`BatchLoad`] is the bulk load of batches into a graph.
//! - [`BatchTables`] are tables in memory, imported by their keys.
//! - [`export_stream`] and [`import_stream`] are the C stream interface, by which Python libraries exchange batches without a copy.
#![warn(missing_docs)]

mod batch;
mod column;
mod error;
mod load;
mod reader;
mod stream;
mod tables;
mod value;

pub use batch::BatchBuilder;
pub use error::{Error, Result};
pub use load::{BatchLoad, Loaded, Target};
pub use reader::RowsReader;
pub use stream::{export_stream, import_stream};
pub use tables::BatchTables;
pub use value::{Cells, Texts, is_property_type, value_at, vector_length, vectors_of};
