//! Training from scratch: a property graph in, embeddings and, if asked for, a model to save out.

use std::sync::Arc;

use ndarray::Array2;

use super::columns::{Shown, check_states, empty};
use super::cost::{Cost, reserve};
use super::goal::{self, Goal};
use super::input::{GroupShape, InputData};
use super::messages::MessageGraph;
use super::model::{LayerShape, Model};
use super::network::{Network, NetworkShape};
use super::objective::Objective;
use super::options::{Options, unfit};
use super::prepare::{self, Until, VisibleGraph};
use super::report::report;
use super::saved::SavedModel;
use super::target::Part;
use super::train::{self, FinalStates, GraphData, Trained};
use crate::algorithm::output::{Output, Scalar};
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::property::PropertyGraph;
use crate::learning::features::{self, Audited};
use crate::numeric::workers::Workers;

/// Trains a network on the graph; its states after the last layer are the embeddings.
pub(super) fn learn(
    workers: &Workers<'_>,
    graph: &PropertyGraph,
    named: Option<&[NodeIndex]>,
    options: &Options,
) -> Result<Output, Error> {
    if graph.node_count() == 0 {
        return Ok(empty(options));
    }
    let view = VisibleGraph::new(graph, Until::new(options))?;
    let goal = goal::goal(&view, options)?;
    if graph.node_count() == 1 && !matches!(goal.objective, Objective::Nothing) {
        return Err(unfit(
            "the graph has one node only: there is nothing to tell it from; a network learns from several",
        ));
    }
    let options = &options.suited(goal.objective.training_nodes(), goal.objective.has_rare_class());
    let features = prepare::features(&view, options, &goal)?;
    let mut warnings = options.features.clone().of_nodes(graph).warnings_of_keys();
    warnings.extend(leaks(workers, &view, options, &goal)?);
    workers.check_cancelled()?;
    let typed = tells_relations_apart(graph, options.model);
    let messages = message_graph(graph, &goal, typed)?;
    // Predictions of held-out nodes must not lean on vectors that saw nothing, so ids are for what has no features.
    let data = InputData::new(features.groups, &messages.degrees, options.without_features);
    let node_types = names(&graph.node_types);
    let groups = prepare::group_shapes(&data, &node_types);
    let edge_width = features.edges.as_ref().map_or(0, Array2::ncols);
    reserve(workers, &cost(options, &messages, &groups, edge_width), options)?;

    let shape = network_shape(options, &goal, &messages, groups, edge_width);
    let (network, parameters) = Network::new(shape.clone(), options.seed);
    let graph_data = GraphData::new(data, features.edges, messages, options.model == Model::GraphNet);
    let trained = match &goal.objective {
        Objective::Nothing => Trained { parameters, epochs: 0, history: Vec::new() },
        objective => train::train(workers, &network, parameters, &graph_data, objective, options)?,
    };
    let states = train::infer(workers, &network, &trained.parameters, &graph_data)?;
    let (stats, judged) = stats(workers, &shape, &goal, &graph_data, &trained, &states, options);
    warnings.extend(judged);
    workers.check_cancelled()?;
    check_states(&states)?;

    let shown = Shown {
        graph,
        kept: &goal.messages,
        classes: &goal.classes,
        scale: goal.scale,
        predicted: &goal.predicted,
        named,
    };
    let mut output = shown.columns(workers, states, options);
    if options.save_model {
        let model = SavedModel::new(
            shape,
            trained.parameters,
            features.node_encoders,
            features.edge_encoders,
            node_types,
            if typed { names(&graph.edge_labels) } else { Vec::new() },
            typed,
            goal.classes,
            goal.scale,
            goal.predicted,
            options,
        );
        output.model = Some(model.write(&model.describe(options, &stats))?);
    }
    output.stats = stats;
    output.warnings = warnings;
    Ok(output)
}

/// Warnings of features that give the target away.
fn leaks(workers: &Workers<'_>, view: &VisibleGraph<'_>, options: &Options, goal: &Goal) -> Result<Vec<String>, Error> {
    let Some(target) = options.target.as_deref().and_then(|name| view.node_column(name)) else {
        return Ok(Vec::new());
    };
    let training = |&row: &u32| goal.training.as_ref().is_none_or(|training| training[row as usize]);
    features::leaks(
        &Audited {
            graph: view.graph,
            node_columns: &view.node_columns,
            edge_columns: &view.edge_columns,
            nodes: options.features.clone().of_nodes(view.graph),
            edges: options.edge_features.clone().of_edges(view.graph),
            split: options.split.as_deref(),
            time: options.time_property.as_deref(),
        },
        target,
        &(0..view.graph.node_count() as u32).filter(training).collect::<Vec<u32>>(),
        options.seed,
        workers.context(),
    )
}

fn names(of: &[Arc<str>]) -> Vec<String> {
    of.iter().map(|name| name.to_string()).collect()
}

/// Whether each edge label is two relations, along and against, with parameters of their own.
fn tells_relations_apart(graph: &PropertyGraph, model: Model) -> bool {
    match model {
        Model::Rgcn | Model::Hgt | Model::GraphNet => true,
        // LightGCN and SGC propagate alike over all arcs.
        Model::LightGcn | Model::Sgc => false,
        _ => graph.node_types.len() > 1 || graph.edge_labels.len() > 1,
    }
}

/// The graph that messages are passed on: the edges that may carry them, types and labels as the graph numbers them.
fn message_graph(graph: &PropertyGraph, goal: &Goal, typed: bool) -> Result<MessageGraph, Error> {
    let types: Vec<u32> = (0..graph.node_types.len() as u32).collect();
    let labels: Vec<u32> = (0..graph.edge_labels.len() as u32).collect();
    prepare::messages(graph, &goal.messages, typed, &types, types.len(), &labels, labels.len())
}

/// Numbers per node that the first layer takes.
fn input_width(options: &Options, groups: &[GroupShape]) -> usize {
    let width = |group: &GroupShape| {
        let tables: usize = group.tables.iter().map(|table| table.1).sum();
        group.dense + tables + if group.ids > 0 { options.hidden_width() } else { 0 }
    };
    groups.iter().map(width).sum()
}

/// What training costs.
fn cost(options: &Options, messages: &MessageGraph, groups: &[GroupShape], edge_width: usize) -> Cost {
    let input = input_width(options, groups);
    // Several types have inputs of their own, unless they stand side by side.
    let widest = if groups.len() > 1 && options.model != Model::Sgc { input / groups.len() } else { input };
    Cost::new(
        options,
        messages.nodes() as u64,
        messages.edges.len() as u64,
        widest as u64,
        edge_width as u64,
        messages.relations() as u64,
    )
}

/// The shape of the network that the options ask for on this graph.
fn network_shape(
    options: &Options,
    goal: &Goal,
    messages: &MessageGraph,
    groups: Vec<GroupShape>,
    edge_width: usize,
) -> NetworkShape {
    let default_width = if options.model == Model::Sgc { input_width(options, &groups) } else { 64 };
    NetworkShape {
        layer: LayerShape {
            model: options.model,
            aggregator: options.aggregator,
            heads: options.heads,
            gru: options.gru,
            bases: options.bases,
            relations: messages.relations(),
            types: messages.type_count,
            edge_width,
        },
        layers: options.layers,
        hidden: options.hidden_width(),
        dimensions: options.dimensions.unwrap_or(default_width),
        groups,
        predicted: match &goal.objective {
            Objective::Classes { .. } => goal.classes.len(),
            Objective::Values { .. } => 1,
            _ => 0,
        },
        infomax: matches!(goal.objective, Objective::Infomax),
    }
}

/// The statistics of a training run, and warnings of what they show.
fn stats(
    workers: &Workers<'_>,
    shape: &NetworkShape,
    goal: &Goal,
    graph_data: &GraphData,
    trained: &Trained,
    states: &FinalStates,
    options: &Options,
) -> (Vec<(&'static str, Scalar)>, Vec<String>) {
    let predicted = states.predicted.as_ref();
    let score = |part| goal.objective.score(workers, &graph_data.graph, &states.nodes, predicted, part, true);
    let scores = [Part::Train, Part::Validation, Part::Test].map(|part| (part, score(part)));
    let of_part = |wanted: Part| scores.iter().find(|(part, _)| *part == wanted).and_then(|(_, score)| *score);
    let value = |part| of_part(part).and_then(|score| score.value).map_or(Scalar::Null, Scalar::Float);
    let report = report(&goal.objective, &goal.classes, predicted, of_part);
    let int = |value: usize| Scalar::Int(value as i64);
    let (sampling, batch) = match &options.fanouts {
        Some(fanouts) => (format!("{fanouts:?}"), int(options.batch_size())),
        None => ("full".to_owned(), Scalar::Null),
    };
    let mut stats = vec![
        ("nodeCount", int(graph_data.graph.nodes())),
        ("dimensions", int(shape.dimensions)),
        ("model", Scalar::String(shape.layer.model.name().to_owned())),
        ("parameters", int(trained.parameters.count())),
        ("epochsRun", int(trained.epochs)),
        ("loss", trained.history.last().map_or(Scalar::Null, |&loss| Scalar::Float(loss))),
        ("trainScore", value(Part::Train)),
        ("validationScore", value(Part::Validation)),
        ("testScore", value(Part::Test)),
        ("metric", goal.objective.metric().map_or(Scalar::Null, |metric| Scalar::String(metric.to_owned()))),
        ("sampling", Scalar::String(sampling)),
        ("batchSize", batch),
        ("lossHistory", Scalar::Floats(trained.history.clone())),
    ];
    stats.extend(report.stats);
    (stats, report.warnings)
}
