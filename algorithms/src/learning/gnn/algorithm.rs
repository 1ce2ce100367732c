//! The algorithm as a whole: from arguments and a property graph to columns.

use super::apply::apply;
use super::cost::Cost;
use super::describe::{DESCRIPTION, Given};
use super::items::Kind;
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
use crate::learning::temporal::stored;
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
        if given.examples.is_some() {
            return stored::COLUMNS.to_vec();
        }
        let asked = match given.task {
            Some(Task::EdgeClassification | Task::EdgeRegression) => Kind::Edges,
            _ if given.group_by.is_some() => Kind::Graphs,
            _ => Kind::Nodes,
        };
        // Of a model that is not there yet nothing is known; its columns may hold something.
        // Of a model that training goes on from, the call says what is learned.
        let model = model.filter(|_| given.start_from.is_none());
        let (kind, numbers, classes) = match (model.map(SavedModel::read), &given.use_model) {
            (Some(Ok(model)), _) => (model.about.kind(), model.shape.predicted > 0, !model.classes.is_empty()),
            (Some(Err(_)), _) | (None, Some(_)) => (asked, true, true),
            (None, None) => (asked, given.target.is_some(), given.target.is_some()),
        };
        match given.embed {
            Embed::Edges => return vec!["edgeId", "embedding"],
            Embed::Graph => return vec!["embedding"],
            Embed::Nodes => {}
        }
        let mut columns = vec![if kind == Kind::Edges { "edgeId" } else { "nodeId" }, "embedding"];
        if classes {
            columns.extend(["prediction", "confidence", "probability"]);
        } else if numbers {
            columns.push("prediction");
        }
        if kind == Kind::Graphs {
            columns.push("group");
        }
        columns
    }

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        if let Some(label) = &given.examples {
            return stored::needs(&given, label, arguments);
        }
        let options = Options::parse(arguments)?;
        let model = model.map(SavedModel::read).transpose()?;
        if given.start_from.is_some() {
            if given.use_model.is_some() {
                return Err(unfit("useModel applies a model without training, and startFrom trains on: leave one out"));
            }
            if let Some(name) =
                [Given::features, Given::edge_features].into_iter().find(|name| arguments.is_given(name))
            {
                return Err(unfit(format!("{name}: with startFrom they are those of the saved model; leave it out")));
            }
        }
        let (model, start) = if given.start_from.is_some() { (None, model) } else { (model, None) };
        let kind = model.as_ref().map_or(options.kind(), |model| model.about.kind());
        let names_nodes = !matches!(arguments.value(Given::nodes), Argument::Null);
        if names_nodes && options.embed != Embed::Nodes {
            return Err(unfit("nodes chooses rows of nodes, and with this embed the rows are none; leave it out"));
        }
        if names_nodes && kind == Kind::Edges {
            return Err(unfit(
                "nodes chooses rows of nodes, and where edges are predicted the rows are edges; leave it out",
            ));
        }
        if kind == Kind::Edges && arguments.weight.is_some() && arguments.weight == options.target {
            return Err(unfit(
                "weight names the target: messages would carry what is to be predicted; leave weight out",
            ));
        }
        let of_edges =
            options.predicts_edges() || matches!(options.task(), Task::LinkPrediction | Task::Recommendation);
        let (nodes, edges) = match model {
            Some(model) => model.selections(),
            None => {
                let split = options.split.as_deref();
                let (nodes, edges) = match (options.model, &start) {
                    (_, Some(start)) => start.selections(),
                    // It learns from edges alone.
                    (Model::LightGcn, None) => (PropertySelection::none(), options.edge_features.selection()),
                    _ => (options.features.selection(), options.edge_features.selection()),
                };
                let target = options.target.as_deref();
                let of_edge = options.predicts_edges();
                let nodes = nodes
                    .require(target.filter(|_| !of_edge))
                    .require(split.filter(|_| !of_edges))
                    .require(options.group_by.as_deref());
                let edges = edges.require(split.filter(|_| of_edges));
                (nodes, edges.require(target.filter(|_| of_edge)))
            }
        };
        // The time may be a property of nodes, of edges or of both.
        let time = options.time_property.as_deref();
        let nodes_named_by = Some(Given::nodes);
        Ok(Needs { nodes_named_by, ..Needs::properties(nodes.allow(time), edges.allow(time)) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        if Given::read(arguments)?.examples.is_some() {
            return Ok(stored::estimate(shape, threads));
        }
        let options = Options::parse(arguments)?;
        let cost = Cost::new(&options, shape.nodes, shape.edges, shape.node_values.max(1), shape.edge_values, 1);
        let loaded = shape.nodes * (8 + 8 * shape.node_values) + shape.edges * (16 + 8 * shape.edge_values);
        let seconds = cost.seconds_per_epoch() * options.epochs.max(1) as f64 / threads.max(1) as f64;
        Ok(Estimate { bytes: cost.bytes().saturating_add(loaded), seconds })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        if given.examples.is_some() {
            return stored::run(input, &given, arguments, context);
        }
        let (graph, model) = input.properties()?;
        let options = Options::parse(arguments)?;
        let threads = context.threads(arguments.concurrency);
        // Inside the pool, so that a piece of work needs no switch to another thread.
        context.pool.install(|| {
            let workers = Workers::new(context, threads);
            let output = match model {
                Some(bytes) if given.start_from.is_some() => {
                    learn(&workers, graph, input.nodes, &options, Some(&SavedModel::read(bytes)?))?
                }
                Some(bytes) => apply(&workers, graph, &SavedModel::read(bytes)?, input.nodes, &options)?,
                None => learn(&workers, graph, input.nodes, &options, None)?,
            };
            (context.progress)(Progress { stage: "embeddings", fraction: 1.0 });
            Ok(output)
        })
    }
}
