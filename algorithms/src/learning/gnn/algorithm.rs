//! The algorithm as a whole: from arguments and a property graph to columns.

use super::apply::apply;
use super::cost::Cost;
use super::describe::{DESCRIPTION, Given};
use super::learn::learn;
use super::model::Model;
use super::options::{Embed, Options, Task};
use super::saved::SavedModel;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::Description;
use crate::core::error::Error;
use crate::numeric::workers::Workers;

/// `algo.gnn_embed`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct GnnEmbed;

impl Algorithm for GnnEmbed {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn columns(&self, arguments: &Arguments) -> Vec<&'static str> {
        let Ok(given) = Given::read(arguments) else { return Vec::new() };
        match (given.embed, given.target) {
            (Embed::Edges, _) => vec!["edgeId", "embedding"],
            (Embed::Graph, _) => vec!["embedding"],
            (Embed::Nodes, Some(_)) => vec!["nodeId", "embedding", "prediction", "confidence"],
            (Embed::Nodes, None) => vec!["nodeId", "embedding"],
        }
    }

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let options = Options::parse(arguments)?;
        let of_edges = matches!(options.task(), Task::LinkPrediction | Task::Recommendation);
        let (nodes, edges) = match model {
            Some(bytes) => {
                let model = SavedModel::read(bytes)?;
                let edges = model.edge_encoders.as_ref().map(|encoders| encoders.selection());
                (model.node_encoders.selection(), edges.unwrap_or_default())
            }
            None => {
                let split = options.split.as_deref();
                let nodes = match options.model {
                    // It learns from edges alone.
                    Model::LightGcn => PropertySelection::none(),
                    _ => options.features.selection(),
                };
                let nodes = nodes.require(options.target.as_deref()).require(split.filter(|_| !of_edges));
                (nodes, options.edge_features.selection().require(split.filter(|_| of_edges)))
            }
        };
        // The time may be a property of nodes, of edges or of both.
        let time = options.time_property.as_deref();
        Ok(Needs::properties(nodes.allow(time), edges.allow(time)))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let options = Options::parse(arguments)?;
        let cost = Cost::new(&options, shape.nodes, shape.edges, shape.node_values.max(1), shape.edge_values, 1);
        let loaded = shape.nodes * (8 + 8 * shape.node_values) + shape.edges * (16 + 8 * shape.edge_values);
        let seconds = cost.seconds_per_epoch() * options.epochs.max(1) as f64 / threads.max(1) as f64;
        Ok(Estimate { bytes: cost.bytes().saturating_add(loaded), seconds })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, model) = input.properties()?;
        let options = Options::parse(arguments)?;
        let threads = context.threads(arguments.concurrency);
        // Inside the pool, so that a piece of work needs no switch to another thread.
        context.pool.install(|| {
            let workers = Workers::new(context, threads);
            let output = match model {
                Some(bytes) => apply(&workers, graph, &SavedModel::read(bytes)?, &options)?,
                None => learn(&workers, graph, &options)?,
            };
            (context.progress)(Progress { stage: "embeddings", fraction: 1.0 });
            Ok(output)
        })
    }
}
