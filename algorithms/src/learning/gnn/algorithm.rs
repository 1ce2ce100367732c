//! The algorithm as a whole: from arguments and a property graph to columns.

use super::apply::apply;
use super::cost::Cost;
use super::describe::{DESCRIPTION, Given};
use super::learn::learn;
use super::model::Model;
use super::options::{Embed, Options, Task, unfit};
use super::saved::SavedModel;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::core::argument::Argument;
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

    fn columns(&self, arguments: &Arguments, model: Option<&[u8]>) -> Vec<&'static str> {
        let Ok(given) = Given::read(arguments) else { return Vec::new() };
        // Of a model that is not there yet nothing is known; its columns may hold something.
        let (numbers, classes) = match (model.map(SavedModel::read), &given.use_model) {
            (Some(Ok(model)), _) => (model.shape.predicted > 0, !model.classes.is_empty()),
            (Some(Err(_)), _) | (None, Some(_)) => (true, true),
            (None, None) => (given.target.is_some(), given.target.is_some()),
        };
        match given.embed {
            Embed::Edges => vec!["edgeId", "embedding"],
            Embed::Graph => vec!["embedding"],
            Embed::Nodes if classes => vec!["nodeId", "embedding", "prediction", "confidence", "probability"],
            Embed::Nodes if numbers => vec!["nodeId", "embedding", "prediction"],
            Embed::Nodes => vec!["nodeId", "embedding"],
        }
    }

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let options = Options::parse(arguments)?;
        if options.embed != Embed::Nodes && !matches!(arguments.value(Given::nodes), Argument::Null) {
            return Err(unfit("nodes chooses rows of nodes, and with this embed the rows are none; leave it out"));
        }
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
        let nodes_named_by = Some(Given::nodes);
        Ok(Needs { nodes_named_by, ..Needs::properties(nodes.allow(time), edges.allow(time)) })
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
                Some(bytes) => apply(&workers, graph, &SavedModel::read(bytes)?, input.nodes, &options)?,
                None => learn(&workers, graph, input.nodes, &options)?,
            };
            (context.progress)(Progress { stage: "embeddings", fraction: 1.0 });
            Ok(output)
        })
    }
}
