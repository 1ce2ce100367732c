//! The algorithm as a whole: from arguments and a property graph to columns.

use super::apply::apply;
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

/// The cost model of a run: memory and time from shapes alone.
pub(super) struct Cost {
    nodes: f64,
    arcs: f64,
    input: f64,
    hidden: f64,
    width: f64,
    layers: f64,
    per_arc: f64,
    relations: f64,
    parameters: f64,
}

impl Cost {
    pub(super) fn new(options: &Options, nodes: u64, edges: u64, input: u64, edge_width: u64, relations: u64) -> Self {
        let (nodes, arcs) = (nodes as f64, 2.0 * edges as f64);
        let hidden = options.hidden_width() as f64;
        let per_arc = match options.model {
            Model::Mpnn | Model::Egnn => 3.0 * hidden,
            Model::Ecc => 24.0,
            Model::Gat | Model::Hgt => 4.0 * options.heads as f64,
            Model::GraphNet => 2.0 * hidden,
            _ => 0.0,
        };
        let learned =
            if options.features.is_empty() || options.model == Model::LightGcn { nodes * hidden } else { 0.0 };
        Cost {
            nodes,
            arcs,
            input: input as f64,
            hidden,
            width: options.width() as f64,
            layers: options.layers as f64,
            per_arc: per_arc + edge_width as f64 / 2.0,
            relations: relations as f64,
            parameters: learned,
        }
    }

    /// Features, states of each layer forward and backward, arcs in rows by target and by source, Adam's memory.
    fn bytes(&self) -> u64 {
        let states = self.nodes * (2.0 * self.input + self.hidden * (3.0 * self.layers + 1.0) + 3.0 * self.width);
        let arcs = self.arcs * (44.0 / 4.0 + self.per_arc);
        let bytes = 4.0 * (states + arcs + 4.0 * self.parameters);
        if bytes.is_finite() { bytes as u64 } else { u64::MAX }
    }

    /// Seconds of one epoch on one thread.
    fn seconds_per_epoch(&self) -> f64 {
        let dense = self.nodes * self.hidden * (2.0 * self.input + 2.0 * self.hidden * self.layers);
        let sparse = self.arcs * self.hidden * self.layers.max(1.0) * (1.0 + self.relations.min(2.0));
        (dense * 6.0 / 60.0 + sparse * 3.0 / 4.0 + self.arcs * self.per_arc) * 1e-9
    }
}

/// Refuses a run that would need more memory than there is.
pub(super) fn reserve(workers: &Workers<'_>, cost: &Cost, options: &Options) -> Result<(), Error> {
    workers.context().reserve(cost.bytes(), |_| {
        let (width, hidden) = (options.width(), options.hidden_width());
        format!("lower dimensions from {width} or hiddenDimensions from {hidden}, or name fewer features")
    })
}
