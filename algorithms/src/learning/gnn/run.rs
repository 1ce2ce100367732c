//! The algorithm as a whole: from arguments and a property graph to columns.

use ndarray::Array2;

use super::describe::DESCRIPTION;
use super::goal;
use super::input::InputData;
use super::model::{LayerShape, Model};
use super::network::{Network, NetworkShape};
use super::objective::Objective;
use super::options::{Embed, Options, Task, unfit};
use super::prepare::{self, Until, View};
use super::saved::SavedModel;
use super::tape;
use super::target::{self, Part};
use super::train::{self, Scene, States, Trained};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::Description;
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;
use crate::learning::features::Groups;
use crate::numeric::matrix::{RowMajor, into_flat};
use crate::numeric::workers::Workers;

/// `algo.gnn_embed`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct GnnEmbed;

impl Algorithm for GnnEmbed {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn columns(&self, arguments: &Arguments) -> Vec<&'static str> {
        match (arguments.string("embed"), arguments.string("target")) {
            (Some("edges"), _) => vec!["edgeId", "embedding"],
            (Some("graph"), _) => vec!["embedding"],
            (_, Some(_)) => vec!["nodeId", "embedding", "prediction", "confidence"],
            _ => vec!["nodeId", "embedding"],
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
        Ok(Needs::Properties { nodes: nodes.allow(time), edges: edges.allow(time) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Estimate {
        let Ok(options) = Options::parse(arguments) else { return Estimate { bytes: 0, seconds: 0.0 } };
        let cost = Cost::new(&options, shape.nodes, shape.edges, shape.node_values.max(1), shape.edge_values, 1);
        let loaded = shape.nodes * (8 + 8 * shape.node_values) + shape.edges * (16 + 8 * shape.edge_values);
        let seconds = cost.seconds_per_epoch() * options.epochs.max(1) as f64 / threads.max(1) as f64;
        Estimate { bytes: cost.bytes().saturating_add(loaded), seconds }
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, model) = input.properties()?;
        let options = Options::parse(arguments)?;
        let threads = context.threads(arguments.concurrency);
        // Inside the pool, so that a piece of work is not a journey between threads.
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

/// What a run costs, from shapes alone.
struct Cost {
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
    fn new(options: &Options, nodes: u64, edges: u64, input: u64, edge_width: u64, relations: u64) -> Self {
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

    /// On one thread.
    fn seconds_per_epoch(&self) -> f64 {
        let dense = self.nodes * self.hidden * (2.0 * self.input + 2.0 * self.hidden * self.layers);
        let sparse = self.arcs * self.hidden * self.layers.max(1.0) * (1.0 + self.relations.min(2.0));
        (dense * 6.0 / 60.0 + sparse * 3.0 / 4.0 + self.arcs * self.per_arc) * 1e-9
    }
}

fn check_memory(workers: &Workers<'_>, cost: &Cost, options: &Options) -> Result<(), Error> {
    let needed = cost.bytes();
    let budget = workers.context().memory_budget.unwrap_or(u64::MAX);
    if needed <= budget {
        return Ok(());
    }
    Err(Error::Memory {
        needed,
        budget,
        hint: format!(
            "lower dimensions from {} or hiddenDimensions from {}, or name fewer features",
            options.width(),
            options.hidden_width()
        ),
    })
}

fn names(of: &[std::sync::Arc<str>]) -> Vec<String> {
    of.iter().map(|name| name.to_string()).collect()
}

fn learn(workers: &Workers<'_>, graph: &PropertyGraph, options: &Options) -> Result<Output, Error> {
    if graph.node_count() == 0 {
        return Ok(empty(options));
    }
    let view = View::new(graph, Until::new(options))?;
    let goal = goal::goal(&view, options)?;
    if graph.node_count() == 1 && !matches!(goal.objective, Objective::Nothing) {
        return Err(unfit(
            "the graph has one node only: there is nothing to tell it from; a network learns from several",
        ));
    }
    let features = prepare::features(&view, options, &goal)?;
    workers.check_cancelled()?;
    let types: Vec<u32> = (0..graph.node_types.len() as u32).collect();
    let labels: Vec<u32> = (0..graph.edge_labels.len() as u32).collect();
    let several = types.len() > 1 || labels.len() > 1;
    // LightGCN and SGC propagate alike over all arcs.
    let typed = match options.model {
        Model::Rgcn | Model::Hgt => true,
        Model::LightGcn | Model::Sgc => false,
        Model::GraphNet => true,
        _ => several,
    };
    let messages = prepare::messages(graph, &goal.messages, typed, &types, types.len(), &labels, labels.len())?;
    // Predictions of held-out nodes must not lean on vectors that saw nothing, so ids are for what has no features.
    let data = InputData::new(features.groups, &messages.degrees, options.without_features);
    let node_types = names(&graph.node_types);
    let groups = prepare::group_shapes(&data, &node_types);
    let input: usize = groups
        .iter()
        .map(|group| {
            group.dense
                + group.tables.iter().map(|table| table.1).sum::<usize>()
                + if group.ids > 0 { options.hidden_width() } else { 0 }
        })
        .sum();
    let edge_width = features.edges.as_ref().map_or(0, Array2::ncols);
    let widest = if groups.len() > 1 && options.model != Model::Sgc { input / groups.len().max(1) } else { input };
    let cost = Cost::new(
        options,
        messages.nodes() as u64,
        messages.edges.len() as u64,
        widest as u64,
        edge_width as u64,
        messages.relations() as u64,
    );
    check_memory(workers, &cost, options)?;
    let shape = NetworkShape {
        layer: LayerShape {
            model: options.model,
            aggregator: options.aggregator,
            heads: options.heads,
            gru: options.gru,
            bases: options.bases,
            relations: messages.relations(),
            types: types.len(),
            edge_width,
        },
        layers: options.layers,
        hidden: options.hidden_width(),
        dimensions: options.dimensions.unwrap_or(if options.model == Model::Sgc { input } else { 64 }),
        groups,
        predicted: match &goal.objective {
            Objective::Classes { .. } => goal.classes.len(),
            Objective::Values { .. } => 1,
            _ => 0,
        },
        infomax: matches!(goal.objective, Objective::Infomax),
    };
    let (network, parameters) = Network::new(shape.clone(), options.seed);
    let scene = Scene::new(data, features.edges, messages, options.model == Model::GraphNet);
    let trained = match &goal.objective {
        Objective::Nothing => Trained { parameters, epochs: 0, history: Vec::new() },
        objective => train::train(workers, &network, parameters, &scene, objective, options)?,
    };
    let states = train::infer(workers, &network, &trained.parameters, &scene)?;
    let score = |part| {
        let predicted = states.predicted.as_ref();
        let score = goal.objective.score(workers, &scene.graph, &states.nodes, predicted, part, true);
        score.map_or(Scalar::Null, |(score, _)| Scalar::Float(score))
    };
    let int = |value: usize| Scalar::Int(value as i64);
    let stats = vec![
        ("nodeCount", int(graph.node_count())),
        ("dimensions", int(shape.dimensions)),
        ("model", Scalar::String(options.model.name().to_owned())),
        ("parameters", int(trained.parameters.count())),
        ("epochsRun", int(trained.epochs)),
        ("loss", trained.history.last().map_or(Scalar::Null, |&loss| Scalar::Float(loss))),
        ("trainScore", score(Part::Train)),
        ("validationScore", score(Part::Validation)),
        ("testScore", score(Part::Test)),
        ("metric", goal.objective.metric().map_or(Scalar::Null, |metric| Scalar::String(metric.to_owned()))),
        ("lossHistory", Scalar::Floats(trained.history.clone())),
    ];
    workers.check_cancelled()?;
    check_states(&states)?;
    let mut output = columns(workers, graph, &goal.messages, states, &goal.classes, goal.scale, options);
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
            options,
        );
        output.model = Some(model.write(&model.describe(options, &stats))?);
    }
    output.stats = stats;
    Ok(output)
}

fn apply(workers: &Workers<'_>, graph: &PropertyGraph, model: &SavedModel, options: &Options) -> Result<Output, Error> {
    if graph.node_count() == 0 {
        return Ok(empty(options));
    }
    if let Some(group) = model.shape.groups.iter().find(|group| group.ids > 0) {
        return Err(unfit(format!(
            "the model learned a vector for each node of the type {:?}, which has no features, so it cannot be applied to \
             a graph; train one with withoutFeatures: \"degree\"",
            group.name
        )));
    }
    let view = View::new(graph, Until::new(options))?;
    // The model's number of each type and label of this graph.
    let place = |known: &[String], name: &str, what: &str| {
        known.iter().position(|known| known == name).map(|place| place as u32).ok_or_else(|| {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            unfit(format!("the model never saw the {what} {name:?}; it knows {}", known.join(", ")))
        })
    };
    let types: Vec<u32> =
        graph.node_types.iter().map(|name| place(&model.node_types, name, "node type")).collect::<Result<_, _>>()?;
    let labels: Vec<u32> = match model.typed {
        true => graph
            .edge_labels
            .iter()
            .map(|name| place(&model.edge_labels, name, "edge label"))
            .collect::<Result<_, _>>()?,
        false => vec![0; graph.edge_labels.len()],
    };
    let label_count = model.edge_labels.len().max(1);
    let messages =
        prepare::messages(graph, &view.edges, model.typed, &types, model.node_types.len(), &labels, label_count)?;
    let type_names: Vec<std::sync::Arc<str>> = model.node_types.iter().map(|name| name.as_str().into()).collect();
    let groups = Groups { names: &type_names, of_row: &messages.types };
    prepare::check_finite(&model.node_encoders, &view.node_columns, "node")?;
    let encoded = model.node_encoders.encode(&view.node_columns, groups)?;
    let data = InputData::new(encoded, &messages.degrees, model.without_features);
    let edges = match &model.edge_encoders {
        Some(encoders) => {
            prepare::check_finite(encoders, &view.edge_columns, "edge")?;
            prepare::edge_matrix(encoders, &view.edge_columns, &view.edges)?
        }
        None => None,
    };
    let (network, fresh) = Network::new(model.shape.clone(), 0);
    let shapes = |parameters: &super::parameters::Parameters| -> Vec<(usize, usize)> {
        parameters.values.iter().map(Array2::dim).collect()
    };
    if shapes(&fresh) != shapes(&model.parameters)
        || prepare::group_shapes(&data, &model.node_types) != model.shape.groups
    {
        return Err(Error::BadModel("its weights do not fit its own shape".to_owned()));
    }
    let scene = Scene::new(data, edges, messages, model.shape.layer.model == Model::GraphNet);
    let states = train::infer(workers, &network, &model.parameters, &scene)?;
    let int = |value: usize| Scalar::Int(value as i64);
    let stats = vec![
        ("nodeCount", int(graph.node_count())),
        ("dimensions", int(model.shape.dimensions)),
        ("model", Scalar::String(model.shape.layer.model.name().to_owned())),
        ("parameters", int(model.parameters.count())),
        ("epochsRun", int(0)),
    ];
    check_states(&states)?;
    let options = Options { normalize: model.normalize, ..options.clone() };
    let mut output = columns(workers, graph, &view.edges, states, &model.classes, model.scale, &options);
    output.stats = stats;
    Ok(output)
}

/// The result for a graph without nodes.
fn empty(options: &Options) -> Output {
    let dimensions = options.width();
    Output {
        columns: vec![Column::Vectors { dimensions, data: Vec::new() }, Column::Nulls(0), Column::Nulls(0)],
        stats: vec![("nodeCount", Scalar::Int(0)), ("dimensions", Scalar::Int(dimensions as i64))],
        ..Output::default()
    }
}

/// Numbers of features that are taken as they are may be too large for what a network computes of them.
fn check_states(states: &States) -> Result<(), Error> {
    let mut all =
        [Some(&states.nodes), states.edges.as_ref(), states.global.as_ref(), states.predicted.as_ref()].into_iter();
    if all.all(|matrix| matrix.is_none_or(|matrix| matrix.iter().all(|number| number.is_finite()))) {
        return Ok(());
    }
    Err(unfit(
        "the network computes numbers beyond the range of 32-bit floats: features are too large for it; scale them, as in \
         features: [{property: \"x\", scale: \"zscore\"}]",
    ))
}

fn vectors(workers: &Workers<'_>, mut matrix: Array2<f32>, normalize: bool) -> Column {
    if normalize {
        let cols = matrix.ncols();
        workers.for_rows(&mut matrix, 2 * cols, |_, mut rows| {
            rows.flat_mut().chunks_exact_mut(cols).for_each(tape::normalize);
        });
    }
    Column::Vectors { dimensions: matrix.ncols().max(1), data: into_flat(matrix) }
}

fn columns(
    workers: &Workers<'_>,
    graph: &PropertyGraph,
    kept: &[bool],
    states: States,
    classes: &[target::Class],
    scale: Option<(f64, f64)>,
    options: &Options,
) -> Output {
    match (options.embed, states.edges, states.global) {
        (Embed::Edges, Some(edges), _) => {
            // Edges that carried no message have no state: zeros.
            let mut all = Array2::zeros((kept.len(), edges.ncols()));
            for (state, edge) in edges.outer_iter().zip((0..kept.len()).filter(|&edge| kept[edge])) {
                all.row_mut(edge).assign(&state);
            }
            let rows = all.nrows();
            let columns = vec![vectors(workers, all, options.normalize), Column::Nulls(rows), Column::Nulls(rows)];
            Output { rows: Rows::Edges, columns, ..Output::default() }
        }
        (Embed::Graph, _, Some(global)) => {
            let nulls = || Column::Nulls(1);
            let columns = vec![nulls(), vectors(workers, global, options.normalize), nulls(), nulls(), nulls()];
            Output { rows: Rows::Table, columns, ..Output::default() }
        }
        _ => {
            let rows = graph.node_count();
            let (prediction, confidence) = match &states.predicted {
                Some(scores) if !classes.is_empty() => {
                    let mut predicted = Vec::with_capacity(rows);
                    let mut confidence = Vec::with_capacity(rows);
                    for row in 0..rows {
                        let mut shares = scores.row(row).to_vec();
                        let best = target::largest(&shares);
                        tape::softmax(&mut shares);
                        predicted.push(classes[best].scalar());
                        confidence.push(f64::from(shares[best]));
                    }
                    (Column::Scalars(predicted), Column::Floats(confidence))
                }
                Some(values) => {
                    let (mean, spread) = scale.unwrap_or((0.0, 1.0));
                    let value = |row: usize| (f64::from(values[[row, 0]]) * spread + mean).clamp(f64::MIN, f64::MAX);
                    (Column::Floats((0..rows).map(value).collect()), Column::Nulls(rows))
                }
                None => (Column::Nulls(rows), Column::Nulls(rows)),
            };
            let columns = vec![vectors(workers, states.nodes, options.normalize), prediction, confidence];
            Output { columns, ..Output::default() }
        }
    }
}
