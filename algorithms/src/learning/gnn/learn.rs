//! Training, from scratch or from a saved model: a property graph in, embeddings and, if asked for, a model to save out.

use std::sync::Arc;

use ndarray::Array2;

use super::columns::{Shown, check_states, empty};
use super::cost::{Cost, reserve};
use super::goal::{self, Goal};
use super::head::HeadShape;
use super::input::{GroupShape, InputData};
use super::items::{Examples, Items};
use super::messages::MessageGraph;
use super::model::{LayerShape, Model};
use super::network::{Network, NetworkShape};
use super::objective::Objective;
use super::options::{Options, unfit};
use super::prepare::{self, Until, VisibleGraph};
use super::report::report;
use super::saved::{About, SavedModel};
use super::start;
use super::target::Part;
use super::train::{self, FinalStates, GraphData, Trained};
use crate::algorithm::output::{Output, Scalar};
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::property::PropertyGraph;
use crate::learning::features::{self, Audited};
use crate::numeric::workers::Workers;

/// Trains a network on the graph, from the weights of `saved` where there is one; its states after the last layer are the embeddings.
pub(super) fn learn(
    workers: &Workers<'_>,
    graph: &PropertyGraph,
    named: Option<&[NodeIndex]>,
    options: &Options,
    saved: Option<&SavedModel>,
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
    let options = &options.suited(goal.objective.training_items(), goal.objective.has_rare_class());
    let typed = tells_relations_apart(graph, options.model);
    let node_types = names(&graph.node_types);
    let edge_labels = if typed { names(&graph.edge_labels) } else { Vec::new() };
    let features = match saved {
        None => prepare::features(&view, options, &goal)?,
        Some(saved) => {
            start::check_graph(saved, &node_types, &edge_labels, typed)?;
            start::features(&view, &goal, saved)?
        }
    };
    let mut warnings = options.features.clone().of_nodes(graph).warnings_of_keys();
    warnings.extend(leaks(workers, &view, options, &goal)?);
    workers.check_cancelled()?;
    let messages = message_graph(graph, &goal, typed)?;
    // Predictions of held-out nodes must not lean on vectors that saw nothing, so ids are for what has no features.
    let without = saved.map_or(options.without_features, |saved| saved.without_features);
    let data = InputData::new(features.groups, &messages.degrees, without);
    let groups = prepare::group_shapes(&data, &node_types);
    let edge_width = features.edges.as_ref().map_or(0, Array2::ncols);
    reserve(workers, &cost(options, &messages, &groups, edge_width), options)?;

    let shape = network_shape(options, &goal, &messages, groups, edge_width);
    let (network, fresh) = Network::new(shape.clone(), options.seed);
    let parameters = match saved {
        None => fresh,
        Some(saved) => start::parameters(saved, &shape, &goal, &fresh)?,
    };
    let ends = (&graph.from[..], &graph.to[..]);
    let items = Items::new(&goal.examples, graph.node_count(), ends, &goal.messages, features.edges.as_ref());
    let graph_data = GraphData::new(data, features.edges, messages, items, options.model == Model::GraphNet);
    let trained = match &goal.objective {
        Objective::Nothing => Trained { parameters, epochs: 0, history: Vec::new() },
        objective => train::train(workers, &network, parameters, &graph_data, objective, options, saved.is_some())?,
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
        examples: &goal.examples,
        named,
    };
    let mut output = shown.columns(workers, states, options)?;
    if options.save_model {
        let about = match (&goal.examples, &options.group_by) {
            (Examples::Graphs(_), Some(group_by)) => About::Graphs { group_by: group_by.clone() },
            (Examples::Edges(_), _) => About::Edges { labels: goal.predicted_edges },
            _ => About::Nodes,
        };
        let model = SavedModel::new(
            shape,
            trained.parameters,
            features.node_encoders,
            features.edge_encoders,
            node_types,
            edge_labels,
            typed,
            goal.classes,
            goal.scale,
            goal.predicted,
            about,
            &Options { without_features: without, ..options.clone() },
        );
        output.model = Some(model.write(&model.describe(options, &stats))?);
    }
    output.stats = stats;
    output.warnings = warnings;
    Ok(output)
}

/// Warnings of features that give the target away.
fn leaks(workers: &Workers<'_>, view: &VisibleGraph<'_>, options: &Options, goal: &Goal) -> Result<Vec<String>, Error> {
    let Some(name) = options.target.as_deref() else { return Ok(Vec::new()) };
    let (graph, of_edges) = (view.graph, options.predicts_edges());
    let (split, time) = (options.split.as_deref(), options.time_property.as_deref());
    let nodes = options.features.clone().of_nodes(graph);
    let edges = options.edge_features.clone().of_edges(graph);
    let columns = if of_edges { &view.edge_columns } else { &view.node_columns };
    let Some(target) = columns.iter().find(|column| *column.name == *name) else { return Ok(Vec::new()) };
    let learned = if of_edges { &goal.training_edges } else { &goal.training };
    let count = if of_edges { graph.edge_count() } else { graph.node_count() };
    let training = |&row: &u32| learned.as_ref().is_none_or(|training| training[row as usize]);
    let rows: Vec<u32> = (0..count as u32).filter(training).collect();
    // Edges are looked at as if they were nodes, without any edges between them.
    let edges_alone;
    let audited = if of_edges {
        edges_alone = PropertyGraph {
            node_types: graph.edge_labels.clone(),
            node_type: graph.edge_label.clone(),
            ..PropertyGraph::default()
        };
        let none = edges.clone().nothing();
        Audited {
            graph: &edges_alone,
            node_columns: columns,
            edge_columns: &[],
            nodes: edges,
            edges: none,
            split,
            time,
        }
    } else {
        Audited { graph, node_columns: columns, edge_columns: &view.edge_columns, nodes, edges, split, time }
    };
    features::leaks(&audited, target, &rows, options.seed, workers.context())
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
            norm: options.norm,
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
        head: match &goal.examples {
            Examples::Nodes => HeadShape::Nodes,
            Examples::Graphs(_) => HeadShape::Graphs(options.readout),
            Examples::Edges(_) => HeadShape::Edges(edge_width),
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
    let batch = options.items_in_batch(graph_data.items.kind());
    let sampling = match (&options.fanouts, batch) {
        (Some(fanouts), _) => format!("{fanouts:?}"),
        (None, Some(_)) => "graphs".to_owned(),
        (None, None) => "full".to_owned(),
    };
    let graphs = match &graph_data.items {
        Items::Graphs(graphs) => int(graphs.targets()),
        _ => Scalar::Null,
    };
    let mut stats = vec![
        ("nodeCount", int(graph_data.graph.nodes())),
        ("graphCount", graphs),
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
        ("batchSize", batch.map_or(Scalar::Null, int)),
        ("lossHistory", Scalar::Floats(trained.history.clone())),
    ];
    stats.extend(report.stats);
    (stats, report.warnings)
}
