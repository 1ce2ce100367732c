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
//! let output = node2vec.run(Input::Topology(&graph), &arguments, &Context::new(&pool))?;
//! assert_eq!(output.columns[0].rows(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod arguments;
pub mod context;
pub mod description;
pub mod error;
pub mod fastrp;
pub mod features;
pub mod gnn;
pub mod graph;
pub mod graph_embed;
pub mod input;
pub(crate) mod linear;
pub mod model;
pub mod node2vec;
pub mod output;
#[expect(unsafe_code, reason = "memory mappings: huge pages, and a peak that is a third lower")]
pub(crate) mod pages;
pub mod pca;
#[expect(unsafe_code, reason = "a prefetch instruction takes a pointer")]
pub(crate) mod prefetch;
pub mod property_graph;
pub mod random;
pub mod random_walk;
pub(crate) mod simd;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod vector_property;
pub mod walk;
mod weights;

pub use arguments::{Argument, ArgumentError, Arguments, nearest};
pub use context::{Context, Progress};
pub use description::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind, common_parameters};
pub use error::Error;
pub use graph::{Graph, GraphBuilder, NodeIndex};
pub use input::{Change, Input, Needs, PropertySelection, Unnamed};
pub use model::{FeatureSummary, ModelDescription, describe_model, pack_model, unpack_model};
pub use output::{Column, Estimate, GraphShape, LazyLists, NodeLists, Output, Rows, Scalar, Update};
pub use property_graph::{Property, PropertyGraph, Values};

/// One algorithm: its description, its cost, its computation. The four modes (run, stream, stats, write) are the
/// engine's and need no code here.
pub trait Algorithm: Sync + Send {
    /// What it is called, takes and gives.
    fn description(&self) -> &'static Description;

    /// Columns of the result when a call does not choose them with YIELD: those that hold something under these
    /// arguments. Always the description's, in its order.
    fn columns(&self, _arguments: &Arguments) -> Vec<&'static str> {
        self.description().columns.iter().map(|column| column.name).collect()
    }

    /// What it reads of the database under these arguments. `model` is the saved model that the argument `useModel`
    /// names.
    ///
    /// # Errors
    /// Arguments that exclude each other, or a model that is none of this algorithm's.
    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::Topology)
    }

    /// Bytes and seconds a run on a graph of this shape would need, before any work.
    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Estimate;

    /// Computes the columns. The input is of the kind that [`needs`](Self::needs) asked for.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Memory`] (before any work), or an argument that does not fit this graph.
    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error>;

    /// Computes only the rows that a change of the graph may have changed: the same bits as [`run`](Self::run) gives. Nothing
    /// when this algorithm, or this change, leaves nothing to be spared.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn update(
        &self,
        _input: Input<'_>,
        _arguments: &Arguments,
        _change: Change<'_>,
        _context: &Context<'_>,
    ) -> Result<Option<Update>, Error> {
        Ok(None)
    }
}

/// Every algorithm, in the order listings show. Adding one is one word here.
pub fn algorithms() -> &'static [&'static dyn Algorithm] {
    &[
        &node2vec::Node2Vec,
        &random_walk::RandomWalk,
        &fastrp::FastRp,
        &gnn::GnnEmbed,
        &features::Features,
        &features::FeaturesAudit,
        &graph_embed::GraphEmbed,
        &pca::Pca,
    ]
}

/// The algorithm of this name (`"node2vec"`), exact match.
pub fn find(name: &str) -> Option<&'static dyn Algorithm> {
    algorithms().iter().copied().find(|algorithm| algorithm.description().name == name)
}
