//! Graph algorithms of WendDB.
//!
//! A read-only graph view ([`Graph`]) and checked [`Arguments`] go in, an [`Output`] of columns comes out, in node
//! order. The crate does no I/O, draws no unseeded random number and knows nothing of databases: the engine turns a
//! snapshot into a `Graph`, hands over a [`Context`] (threads, cancel flag, progress, memory budget) and maps rows
//! back to nodes. The same graph, arguments and seed give the same bits for any number of threads.
//!
//! Each algorithm is one file or folder with an essay at its top, and one word in [`algorithms`]. Its
//! [`Description`] is the single source of argument checks, listings, completion and reference pages.
//!
//! ```
//! use wend_algorithms::{Argument, Context, GraphBuilder, Input, find};
//!
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
//! let mut builder = GraphBuilder::new(3, false);
//! builder.add_edge(0, 1, 1.0);
//! builder.add_edge(1, 2, 1.0);
//! let graph = builder.build(Some(&pool))?;
//! let node2vec = find("node2vec").ok_or("no such algorithm")?;
//! let arguments = node2vec.description().check(&[("dimensions".into(), Argument::Int(8))])?;
//! let output = node2vec.run(Input::from(&graph), &arguments, &Context::new(&pool))?;
//! assert_eq!(output.columns[0].rows(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod algorithm;
pub mod centrality;
pub mod community;
pub mod core;
pub mod embedding;
pub mod graph;
pub mod learning;
mod list;
pub(crate) mod machine;
pub mod numeric;
pub mod path;
pub(crate) mod search;
pub mod similarity;
#[cfg(test)]
pub(crate) mod testing;
pub mod vectors;
pub mod walk;

pub use algorithm::Algorithm;
pub use algorithm::examples::{
    ElementTimes, ExampleNodes, ExamplePart, ExampleRequest, Examples, PredictiveQuery, Role, TimeSource, TimeSpan,
};
pub use algorithm::input::{AnyGraph, Change, Input, Needs, Properties, PropertySelection, Unnamed};
pub use algorithm::output::{
    Column, Element, Estimate, GraphShape, LazyLists, NodeLists, Output, Rows, Scalar, Update,
};
pub use core::argument::Argument;
pub use core::arguments::{ArgumentError, Arguments, Blocks, Common};
pub use core::column_groups::ColumnGroups;
pub use core::context::{Context, Progress, Snapshot};
pub use core::description::{
    ColumnDescription, ColumnRole, DefaultValue, Description, Parameter, ParameterKind, ParameterRole,
};
pub use core::error::Error;
pub use core::model::{FeatureSummary, ModelDescription, describe_model, pack_model, unpack_model};
pub use core::numbers::Numbers;
pub use core::scratch::{Mapped, Scratch, ScratchFile};
pub use embedding::node2vec;
pub use embedding::parts::block::{Block, BlockRows};
pub use embedding::parts::{Parts, Turn};
pub use graph::builder::GraphBuilder;
pub use graph::csr::Csr;
pub use graph::csr::NodeIndex;
pub use graph::directed::{Directed, DirectedGraph, Orientation, Parallel};
pub use graph::files::FileGraphBuilder;
pub use graph::property::{self as property_graph, Property, PropertyGraph, Values};
pub use graph::undirected::Graph;
pub use graph::weights::extremes as weight_extremes;
pub use list::{algorithms, find};
pub use numeric::kernel::codes::{ProductEstimate, QuantisedQuery, QuantisedVectors};
pub use numeric::kernel::scores::{Score, scores};
pub use numeric::kernel::signs::{Rotation, SignCodes, SignQuery, Terms};
pub use numeric::random;
pub use vectors::lists::Centroids;
