//! A graph neural network over the neighbourhoods of examples: trained on the training part, its best epoch chosen by the
//! validation part.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::Array2;
use rand::seq::SliceRandom;

use super::judge::{Goal, Judge};
use super::recency::RecencyScale;
use super::roots::{Joint, RootIndex, Roots};
use super::sampler::{Sampled, Sampling, sample};
use super::timeline::{RelationKind, Timeline};
use crate::algorithm::examples::ExamplePart;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::graph::property::PropertyGraph;
use crate::learning::features::{Encoders, FeatureRequest, Groups};
use crate::learning::gnn::head::HeadShape;
use crate::learning::gnn::input::{GroupData, GroupShape, InputData, WithoutFeatures};
use crate::learning::gnn::items::Items;
use crate::learning::gnn::model::{Aggregator, LayerShape, Model, Norm};
use crate::learning::gnn::network::{Network, NetworkShape, Pass};
use crate::learning::gnn::parameters::{Method, Optimizer, Parameters};
use crate::learning::gnn::tape::{self, NumberLoss, Tape, Var, Wanted};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{Xoroshiro128, mix};
use crate::numeric::workers::Workers;

/// Examples of one step outside of training.
const BATCH: usize = 1024;

/// Settings of a network and its training.
#[derive(Debug, Clone)]
pub struct NetworkOptions {
    /// Its layers.
    pub model: Model,
    /// How graphsage summarises neighbours.
    pub aggregator: Aggregator,
    /// Width of all states.
    pub width: usize,
    /// What is drawn of each neighbourhood; its length is the number of layers.
    pub sampling: Sampling,
    /// Most epochs.
    pub epochs: usize,
    /// Epochs without progress on validation before training stops; 0 = never.
    pub patience: usize,
    /// Step of the optimiser.
    pub rate: f64,
    /// L2 penalty.
    pub decay: f64,
    /// Share of entries dropped.
    pub dropout: f32,
    /// Examples of a step.
    pub batch: usize,
    /// Heads of attention.
    pub heads: usize,
    /// Networks whose predictions are averaged.
    pub seeds: usize,
    /// Draws weights, batches and neighbours.
    pub seed: u64,
    /// What is minimised for numbers.
    pub loss: NumberLoss,
}

/// What a network knows of graphs: part of a saved model.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct KnownGraph {
    /// Node types, in the order of its numbers.
    node_types: Vec<String>,
    /// Relations, likewise.
    relations: Vec<RelationKind>,
    /// How properties become features.
    encoders: Encoders,
}

impl KnownGraph {
    /// The model's number of each type of a graph.
    ///
    /// # Errors
    /// [`Error::Unfit`] for a type that it never saw.
    pub fn types(&self, graph: &PropertyGraph) -> Result<Vec<u32>, Error> {
        let number = |name: &Arc<str>| {
            let place = self.node_types.iter().position(|known| **known == **name);
            place.map(|place| place as u32).ok_or_else(|| {
                let known = self.node_types.join(", ");
                Error::Unfit(format!(
                    "the network never saw nodes with the labels {:?}; it knows {known}: choose these with nodeLabels, or train it again",
                    &**name
                ))
            })
        };
        graph.node_types.iter().map(number).collect()
    }

    /// The timeline of a graph in the order of its relations.
    pub fn arranged(&self, graph: &PropertyGraph, timeline: &Timeline, types: &[u32]) -> Timeline {
        timeline.clone().arranged(graph, types, &self.relations)
    }

    /// The properties that it reads, for a listing.
    pub fn features(&self) -> Vec<crate::core::model::FeatureSummary> {
        self.encoders.summary("node")
    }

    /// The place of a node type among those that it knows.
    pub fn type_number(&self, name: &str) -> Option<u32> {
        self.node_types.iter().position(|known| known == name).map(|place| place as u32)
    }
}

/// A network that has been trained.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SavedNetwork {
    /// What it knows of graphs.
    pub known: KnownGraph,
    shape: NetworkShape,
    sampling: Sampling,
    /// Draws neighbours.
    seed: u64,
    /// The scales of the numbers beside what it sees, where it has any.
    pub recency: Option<Vec<RecencyScale>>,
    /// The weights of each network of those whose predictions are averaged.
    weights: Vec<Parameters>,
}

/// What a network sees of the graph.
pub struct Scene<'a> {
    /// Its edges by time, relations as the network numbers them.
    timeline: &'a Timeline,
    /// The type of each node, likewise.
    types: Cow<'a, [u32]>,
    /// What it knows of graphs.
    known: KnownGraph,
    /// The encoded features of all nodes.
    features: InputData,
    /// The place of each node among those of its type.
    within: Vec<u32>,
}

impl<'a> Scene<'a> {
    /// Encodes the features of all nodes; the encoders are fitted on rows that are there at `until`.
    pub fn new(
        graph: &'a PropertyGraph,
        timeline: &'a Timeline,
        request: &FeatureRequest,
        until: f64,
    ) -> Result<Scene<'a>, Error> {
        let training: Vec<bool> = timeline.times.iter().map(|&time| time <= until).collect();
        let groups = Groups { names: &graph.node_types, of_row: &graph.node_type };
        let encoders = Encoders::fit(&graph.node_properties, groups, request, Some(&training))?;
        let node_types = graph.node_types.iter().map(ToString::to_string).collect();
        let known = KnownGraph { node_types, relations: timeline.kinds(graph), encoders };
        Scene::of(graph, timeline, Cow::Borrowed(&graph.node_type), known)
    }

    /// As a network that is there already sees it: `timeline` is [`KnownGraph::arranged`], `numbers` its number of each type.
    pub fn known(
        graph: &'a PropertyGraph,
        timeline: &'a Timeline,
        numbers: &[u32],
        known: &KnownGraph,
    ) -> Result<Scene<'a>, Error> {
        let types: Vec<u32> = graph.node_type.iter().map(|&kind| numbers[kind as usize]).collect();
        Scene::of(graph, timeline, Cow::Owned(types), known.clone())
    }

    fn of(
        graph: &PropertyGraph,
        timeline: &'a Timeline,
        types: Cow<'a, [u32]>,
        known: KnownGraph,
    ) -> Result<Scene<'a>, Error> {
        let names: Vec<Arc<str>> = known.node_types.iter().map(|name| name.as_str().into()).collect();
        let encoded = known.encoders.encode(&graph.node_properties, Groups { names: &names, of_row: &types })?;
        // A degree would count what comes later; nodes without features are told apart by what they see alone.
        let degrees = vec![0.0; graph.node_count()];
        let features = InputData::new(encoded, &degrees, WithoutFeatures::Degrees);
        let mut counts = vec![0u32; known.node_types.len()];
        let within = types
            .iter()
            .map(|&kind| {
                counts[kind as usize] += 1;
                counts[kind as usize] - 1
            })
            .collect();
        Ok(Scene { timeline, types, known, features, within })
    }

    fn groups(&self) -> Vec<GroupShape> {
        let shape = |(group, name): (&GroupData, &String)| GroupShape {
            name: name.clone(),
            dense: group.dense.ncols(),
            tables: group.tables(),
            ids: 0,
        };
        self.features.groups.iter().zip(&self.known.node_types).map(shape).collect()
    }

    fn shape(&self, options: &NetworkOptions, outputs: usize) -> NetworkShape {
        NetworkShape {
            layer: LayerShape {
                model: options.model,
                aggregator: options.aggregator,
                heads: options.heads,
                gru: false,
                bases: 0,
                norm: Norm::None,
                relations: self.timeline.relations.len().max(1),
                types: self.known.node_types.len(),
                edge_width: 0,
            },
            layers: options.sampling.fanouts.len(),
            hidden: options.width,
            dimensions: options.width,
            groups: self.groups(),
            predicted: outputs,
            head: HeadShape::Nodes,
            infomax: false,
        }
    }

    /// What some of the examples see.
    fn batch(&self, roots: &Roots<'_>, rows: &[u32], sampling: &Sampling, key: u64) -> Batch {
        let types = &self.types;
        let (seen, index) = roots.of(rows);
        let sampled = sample(self.timeline, types, self.known.node_types.len(), &seen, sampling, key);
        let data = self.features.of_nodes(&sampled.nodes, types, &self.within);
        Batch { sampled, data, index, items: Items::Nodes, beside: roots.beside(rows) }
    }
}

/// Some examples as a network reads them.
struct Batch {
    sampled: Sampled,
    data: InputData,
    index: RootIndex,
    items: Items,
    beside: Option<Array2<f32>>,
}

/// A network, what puts the states of an example's entities together, and the map of the numbers beside.
struct Whole {
    network: Network,
    joint: Option<Joint>,
    beside: Option<usize>,
}

impl Whole {
    /// The network of a shape, with so many numbers beside what examples of so many roles see; and its first weights.
    fn new(shape: NetworkShape, beside: Option<usize>, roles: Option<usize>, seed: u64) -> (Whole, Parameters) {
        let width = shape.dimensions;
        let (network, mut parameters) = Network::new(shape, seed);
        let beside = beside.map(|columns| parameters.glorot("beside.weight", columns, width));
        let joint = roles.map(|roles| Joint::new(roles, width, &mut parameters));
        (Whole { network, joint, beside }, parameters)
    }

    /// Scores of the classes, or the number in deviations.
    fn scores<'g>(&self, tape: &mut Tape<'g>, p: &[Var], batch: &'g Batch) -> Option<Var> {
        let pass =
            Pass { data: &batch.data, blocks: &batch.sampled.blocks, edges: None, items: &batch.items, shuffle: None };
        let mut states = self.network.forward(tape, p, pass).nodes;
        if let Some(joint) = &self.joint {
            states = joint.forward(tape, p, states, &batch.index);
        }
        if let (Some(weight), Some(numbers)) = (self.beside, &batch.beside) {
            let numbers = tape.constant(numbers);
            let mapped = tape.matmul(numbers, p[weight]);
            states = tape.add(states, mapped);
        }
        let states = tape.activate(states, tape::Activation::Relu);
        Some(self.network.predict(tape, p, states, pass.items)?.scores)
    }
}

/// Predictions of all examples: probabilities of classes, or a number in its own unit. Training begins with the weights of `start`,
/// where there is one, and `scene` is then as it is known to that.
///
/// # Errors
/// [`Error::Unfit`] where `start` is of another shape; [`Error::Cancelled`].
pub fn learn(
    workers: &Workers<'_>,
    scene: &Scene<'_>,
    goal: &Goal,
    judge: &Judge<'_>,
    roots: &Roots<'_>,
    options: &NetworkOptions,
    start: Option<&SavedNetwork>,
) -> Result<Learned, Error> {
    let shape = scene.shape(options, goal.outputs());
    if let Some(start) = start {
        start.takes(&shape, options)?;
    }
    let mut sum: Option<Array2<f64>> = None;
    let (mut epochs, mut weights) = (0, Vec::new());
    for number in 0..options.seeds.max(1) {
        let seed = if number == 0 { options.seed } else { mix(options.seed.wrapping_add(number as u64)) };
        let first = start.and_then(|start| start.weights.get(number));
        let one = one(workers, scene, goal, judge, roots, options, (seed, number, first))?;
        epochs += one.epochs;
        weights.push(one.parameters);
        sum = Some(match sum {
            None => one.predictions,
            Some(sum) => sum + one.predictions,
        });
    }
    let predictions = sum.ok_or(Error::WrongInput)? / options.seeds.max(1) as f64;
    let network = SavedNetwork {
        known: scene.known.clone(),
        shape,
        sampling: options.sampling.clone(),
        seed: options.seed,
        recency: None,
        weights,
    };
    Ok(Learned { predictions, epochs, network })
}

/// What was learned.
pub struct Learned {
    /// Of every example.
    pub predictions: Array2<f64>,
    /// Epochs until training stopped, of all seeds.
    pub epochs: usize,
    /// The networks; without the scales of what is beside.
    pub network: SavedNetwork,
}

impl SavedNetwork {
    /// Numbers that each network learned.
    pub fn parameters(&self) -> usize {
        self.weights.first().map_or(0, Parameters::count)
    }

    /// Refuses to go on from other shapes than its own.
    fn takes(&self, shape: &NetworkShape, options: &NetworkOptions) -> Result<(), Error> {
        let form = |shape: &NetworkShape, seeds: usize| {
            let layer = &shape.layer;
            let of_layer = match layer.model {
                Model::Hgt => format!("{} heads", layer.heads),
                _ => format!("the aggregator {}", layer.aggregator.word()),
            };
            format!(
                "{} of {} layers, {} wide, {of_layer}, {seeds} seeds, {} outputs",
                layer.model.name(),
                shape.layers,
                shape.hidden,
                shape.predicted
            )
        };
        if self.shape == *shape && self.weights.len() == options.seeds.max(1) {
            return Ok(());
        }
        let (own, asked) = (form(&self.shape, self.weights.len()), form(shape, options.seeds.max(1)));
        Err(Error::Unfit(if own == asked {
            "startFrom: the saved network reads other features than this one; train a new one".to_owned()
        } else {
            format!(
                "startFrom: the saved network is {own}, and the call asks for {asked}; training goes on with the same shape alone"
            )
        }))
    }

    /// Predictions of examples by what was learned, each of `parts` in batches of its own; zeros of all others.
    ///
    /// # Errors
    /// [`Error::BadModel`] where the weights do not fit the shape; [`Error::Cancelled`].
    pub fn predict(
        &self,
        workers: &Workers<'_>,
        scene: &Scene<'_>,
        goal: &Goal,
        roots: &Roots<'_>,
        parts: &[Vec<u32>],
    ) -> Result<Array2<f64>, Error> {
        let broken = || Error::BadModel("its weights do not fit its own shape".to_owned());
        let beside = roots.beside.map(Array2::ncols);
        let (network, fresh) = Whole::new(self.shape.clone(), beside, None, 0);
        let shapes = |parameters: &Parameters| parameters.values.iter().map(Array2::dim).collect::<Vec<_>>();
        let fits = self.weights.iter().all(|weights| shapes(weights) == shapes(&fresh));
        if !fits
            || self.weights.is_empty()
            || self.shape.groups != scene.groups()
            || self.shape.predicted != goal.outputs()
        {
            return Err(broken());
        }
        let drawn = (&self.sampling, self.seed);
        let mut sum = Array2::<f64>::zeros((roots.seen.len(), goal.outputs()));
        for weights in &self.weights {
            let mut predictions = Array2::zeros(sum.dim());
            for rows in parts {
                place(&mut predictions, rows, &predict(workers, scene, &network, weights, goal, rows, roots, drawn)?);
            }
            sum += &predictions;
        }
        Ok(sum / self.weights.len() as f64)
    }
}

/// Puts the predictions of some examples where they belong.
fn place(all: &mut Array2<f64>, rows: &[u32], predictions: &Array2<f64>) {
    for (&row, predicted) in rows.iter().zip(predictions.outer_iter()) {
        all.row_mut(row as usize).assign(&predicted);
    }
}

/// One of the networks of a call.
struct One {
    predictions: Array2<f64>,
    epochs: usize,
    parameters: Parameters,
}

fn one(
    workers: &Workers<'_>,
    scene: &Scene<'_>,
    goal: &Goal,
    judge: &Judge<'_>,
    roots: &Roots<'_>,
    options: &NetworkOptions,
    (seed, number, first): (u64, usize, Option<&Parameters>),
) -> Result<One, Error> {
    let shape = scene.shape(options, goal.outputs());
    let joint = roots.are_joint().then_some(roots.roles.len());
    let (network, mut parameters) = Whole::new(shape, roots.beside.map(Array2::ncols), joint, seed);
    let drawn = (&options.sampling, options.seed);
    let mut optimizer = Optimizer::new(Method::Adam, options.rate, options.decay, &parameters);
    let training = judge.rows(ExamplePart::Train);
    let validation = judge.rows(ExamplePart::Validation);
    let mut best: Option<(f64, Parameters)> = None;
    if let Some(first) = first {
        let dims = |parameters: &Parameters| parameters.values.iter().map(Array2::dim).collect::<Vec<_>>();
        if dims(first) != dims(&parameters) {
            return Err(Error::Unfit(
                "startFrom: the saved network and this one differ in recency; training goes on with the same shape alone".to_owned(),
            ));
        }
        parameters.clone_from(first);
        // What is there already may be better than what further training makes of it.
        let predictions = predict(workers, scene, &network, &parameters, goal, validation, roots, drawn)?;
        let score = judge.score_of(ExamplePart::Validation, &predictions).unwrap_or(0.0);
        best = Some((judge.higher_is_better(score), parameters.clone()));
    }
    let (mut idle, mut epochs) = (0, 0);
    for epoch in 0..options.epochs {
        let key = mix(seed ^ mix(epoch as u64 + 1));
        let mut order = training.to_vec();
        order.shuffle(&mut Xoroshiro128::new(key, 0, 0));
        for (position, batch) in order.chunks(options.batch.max(1)).enumerate() {
            let key = mix(key.wrapping_add(position as u64 + 1));
            let read = scene.batch(roots, batch, &options.sampling, key);
            let gradients = step(workers, &network, &parameters, goal, batch, &read, options, key);
            workers.check_cancelled()?;
            optimizer.step(workers, &mut parameters, gradients);
        }
        epochs = epoch + 1;
        let fraction = (number as f64 + epochs as f64 / options.epochs as f64) / options.seeds.max(1) as f64;
        let predictions = predict(workers, scene, &network, &parameters, goal, validation, roots, drawn)?;
        let score = judge.score_of(ExamplePart::Validation, &predictions).unwrap_or(0.0);
        let stage = format!("epoch {epochs} of {}, validation {score:.4}", options.epochs);
        (workers.context().progress)(Progress { stage: &stage, fraction: 0.9 * fraction });
        let value = judge.higher_is_better(score);
        if best.as_ref().is_none_or(|(known, _)| value > *known) {
            best = Some((value, parameters.clone()));
            idle = 0;
        } else {
            idle += 1;
        }
        if options.patience > 0 && idle >= options.patience {
            break;
        }
    }
    let parameters = best.map_or(parameters, |(_, parameters)| parameters);
    // Each part by itself, as a saved network has it: the last bit may depend on what is in a batch.
    let mut predictions = Array2::zeros((roots.seen.len(), goal.outputs()));
    for part in [ExamplePart::Train, ExamplePart::Validation, ExamplePart::Test, ExamplePart::Future] {
        let rows = judge.rows(part);
        place(&mut predictions, rows, &predict(workers, scene, &network, &parameters, goal, rows, roots, drawn)?);
    }
    Ok(One { predictions, epochs, parameters })
}

/// The gradients of one step.
#[expect(clippy::too_many_arguments, reason = "one step of training, each part once")]
fn step(
    workers: &Workers<'_>,
    network: &Whole,
    parameters: &Parameters,
    goal: &Goal,
    batch: &[u32],
    read: &Batch,
    options: &NetworkOptions,
    key: u64,
) -> Vec<Option<Array2<f32>>> {
    let rows: Vec<u32> = (0..batch.len() as u32).collect();
    let (classes, numbers) = goal.wanted(batch);
    let mut tape = Tape::new(workers, Some((options.dropout, key)));
    let p: Vec<Var> = parameters.values.iter().map(|value| tape.parameter(value)).collect();
    let Some(scores) = network.scores(&mut tape, &p, read) else { return Vec::new() };
    let root = match goal {
        Goal::Classes { weights, .. } => {
            let wanted = Wanted { classes: &classes, weights: weights.as_deref() };
            tape.cross_entropy(scores, &rows, wanted)
        }
        Goal::Numbers { .. } => tape.number_loss(scores, &rows, &numbers, options.loss),
    };
    let mut gradients = tape.backward(root);
    p.into_iter().map(|var| gradients.take(var)).collect()
}

/// Predictions of some examples, in their order.
#[expect(clippy::too_many_arguments, reason = "a network and what it is applied to, each part once")]
fn predict(
    workers: &Workers<'_>,
    scene: &Scene<'_>,
    network: &Whole,
    parameters: &Parameters,
    goal: &Goal,
    examples: &[u32],
    roots: &Roots<'_>,
    (sampling, seed): (&Sampling, u64),
) -> Result<Array2<f64>, Error> {
    let mut out = Array2::zeros((examples.len(), goal.outputs()));
    let mut first = 0;
    for batch in examples.chunks(BATCH) {
        let read = scene.batch(roots, batch, sampling, seed);
        let mut tape = Tape::new(workers, None);
        let p: Vec<Var> = parameters.values.iter().map(|value| tape.constant(value)).collect();
        let scores = network.scores(&mut tape, &p, &read).ok_or(Error::WrongInput)?;
        let scores = tape.take(scores);
        workers.check_cancelled()?;
        for (row, mut out) in out.outer_iter_mut().skip(first).take(batch.len()).enumerate() {
            goal.read(scores.row_slice(row), out.as_slice_mut().ok_or(Error::WrongInput)?);
        }
        first += batch.len();
    }
    if out.iter().any(|number| !number.is_finite()) {
        return Err(Error::Unfit(
            "the network computes numbers beyond the range of 32-bit floats: scale the features, or lower learningRate"
                .to_owned(),
        ));
    }
    Ok(out)
}
