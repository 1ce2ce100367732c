//! What an algorithm is: what it asks of a graph, computes and gives back.

pub mod examples;
pub(crate) mod groups;
pub mod input;
pub mod output;
pub(crate) mod summary;

use input::{Change, Input, Needs};
use output::{Estimate, GraphShape, Output, Update};

use crate::core::arguments::Arguments;
use crate::core::column_groups::ColumnGroups;
use crate::core::context::Context;
use crate::core::description::Description;
use crate::core::error::Error;

/// One algorithm: its description, its cost, its computation. The five modes (run, stream, stats, write, estimate) are the
/// engine's and need no code here.
pub trait Algorithm: Sync + Send {
    /// What it is called, takes and gives.
    fn description(&self) -> &'static Description;

    /// Columns of the result when a call does not choose them with YIELD: those that hold something under these
    /// arguments. Always the description's, in its order. `model` is the saved model that the argument `useModel` names,
    /// where it is known already; without it, all columns that some model fills.
    fn columns(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Vec<&'static str> {
        self.description().columns.iter().map(|column| column.name).collect()
    }

    /// The algorithms whose saved models it uses; none = its own.
    fn models_of(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it reads of the database under these arguments. `model` is the saved model that the argument `useModel` or
    /// `startFrom` names.
    ///
    /// # Errors
    /// Arguments that exclude each other, or a model that is none of this algorithm's.
    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::undirected())
    }

    /// Bytes and seconds a run on a graph of this shape would need, before any work.
    ///
    /// # Errors
    /// Arguments that exclude each other.
    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error>;

    /// What a run in groups of columns would need for each width, the widest first and a single column last; empty when this
    /// algorithm, or this call, computes all columns at once only. [`run`](Self::run) does it when memory does not suffice for
    /// all columns and the context has temporary files, with the same bits.
    ///
    /// # Errors
    /// Arguments that exclude each other.
    fn groups(&self, _shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Vec<ColumnGroups>, Error> {
        Ok(Vec::new())
    }

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
