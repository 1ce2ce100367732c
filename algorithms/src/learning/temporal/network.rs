//! A graph neural network over the neighbourhoods of examples: trained on the training part, its best epoch chosen by the
//! validation part.

use std::sync::Arc;

use ndarray::Array2;
use rand::seq::SliceRandom;

use super::judge::{Goal, Judge};
use super::roots::{Joint, RootIndex, Roots};
use super::sampler::{Sampled, Sampling, sample};
use super::timeline::Timeline;
use crate::algorithm::examples::ExamplePart;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;
use crate::learning::features::{Encoders, FeatureRequest, Groups};
use crate::learning::gnn::head::HeadShape;
use crate::learning::gnn::input::{GroupShape, InputData, WithoutFeatures};
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

/// What a network sees of the graph.
pub struct Scene<'a> {
    /// The graph.
    pub graph: &'a PropertyGraph,
    /// Its edges by time.
    pub timeline: &'a Timeline,
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
        let encoded = encoders.encode(&graph.node_properties, groups)?;
        // A degree would count what comes later; nodes without features are told apart by what they see alone.
        let degrees = vec![0.0; graph.node_count()];
        let features = InputData::new(encoded, &degrees, WithoutFeatures::Degrees);
        let mut counts = vec![0u32; graph.node_types.len()];
        let within = graph
            .node_type
            .iter()
            .map(|&kind| {
                counts[kind as usize] += 1;
                counts[kind as usize] - 1
            })
            .collect();
        Ok(Scene { graph, timeline, features, within })
    }

    fn shape(&self, options: &NetworkOptions, outputs: usize) -> NetworkShape {
        let names: &[Arc<str>] = &self.graph.node_types;
        let groups = self
            .features
            .groups
            .iter()
            .zip(names)
            .map(|(group, name)| GroupShape {
                name: name.to_string(),
                dense: group.dense.ncols(),
                tables: group.tables(),
                ids: 0,
            })
            .collect();
        NetworkShape {
            layer: LayerShape {
                model: options.model,
                aggregator: options.aggregator,
                heads: options.heads,
                gru: false,
                bases: 0,
                norm: Norm::None,
                relations: self.timeline.relations.len().max(1),
                types: names.len(),
                edge_width: 0,
            },
            layers: options.sampling.fanouts.len(),
            hidden: options.width,
            dimensions: options.width,
            groups,
            predicted: outputs,
            head: HeadShape::Nodes,
            infomax: false,
        }
    }

    /// What some of the examples see.
    fn batch(&self, roots: &Roots<'_>, rows: &[u32], sampling: &Sampling, key: u64) -> Batch {
        let types = &self.graph.node_type;
        let (seen, index) = roots.of(rows);
        let sampled = sample(self.timeline, types, self.graph.node_types.len(), &seen, sampling, key);
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

/// Predictions of all examples: probabilities of classes, or a number in its own unit.
pub fn learn(
    workers: &Workers<'_>,
    scene: &Scene<'_>,
    goal: &Goal,
    judge: &Judge<'_>,
    roots: &Roots<'_>,
    options: &NetworkOptions,
) -> Result<Learned, Error> {
    let mut sum: Option<Array2<f64>> = None;
    let (mut epochs, mut count) = (0, 0);
    for number in 0..options.seeds.max(1) {
        let seed = if number == 0 { options.seed } else { mix(options.seed.wrapping_add(number as u64)) };
        let one = one(workers, scene, goal, judge, roots, options, seed, number)?;
        epochs += one.epochs;
        count = one.parameters;
        sum = Some(match sum {
            None => one.predictions,
            Some(sum) => sum + one.predictions,
        });
    }
    let predictions = sum.ok_or(Error::WrongInput)? / options.seeds.max(1) as f64;
    Ok(Learned { predictions, epochs, parameters: count })
}

/// What was learned.
pub struct Learned {
    /// Of every example.
    pub predictions: Array2<f64>,
    /// Epochs until training stopped, of all seeds.
    pub epochs: usize,
    /// Numbers that each network learned.
    pub parameters: usize,
}

#[expect(clippy::too_many_arguments, reason = "one network, each part once")]
fn one(
    workers: &Workers<'_>,
    scene: &Scene<'_>,
    goal: &Goal,
    judge: &Judge<'_>,
    roots: &Roots<'_>,
    options: &NetworkOptions,
    seed: u64,
    number: usize,
) -> Result<Learned, Error> {
    let shape = scene.shape(options, goal.outputs());
    let width = shape.dimensions;
    let (network, mut parameters) = Network::new(shape, seed);
    let beside = roots.beside.map(|numbers| parameters.glorot("beside.weight", numbers.ncols(), width));
    let joint = roots.are_joint().then(|| Joint::new(roots.roles.len(), width, &mut parameters));
    let network = Whole { network, joint, beside };
    let mut optimizer = Optimizer::new(Method::Adam, options.rate, options.decay, &parameters);
    let training = judge.rows(ExamplePart::Train);
    let validation = judge.rows(ExamplePart::Validation);
    let mut best: Option<(f64, Parameters)> = None;
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
        let predictions = predict(workers, scene, &network, &parameters, goal, validation, roots, options)?;
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
    let all: Vec<u32> = (0..roots.seen.len() as u32).collect();
    let predictions = predict(workers, scene, &network, &parameters, goal, &all, roots, options)?;
    Ok(Learned { predictions, epochs, parameters: parameters.count() })
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
    options: &NetworkOptions,
) -> Result<Array2<f64>, Error> {
    let mut out = Array2::zeros((examples.len(), goal.outputs()));
    let mut first = 0;
    for batch in examples.chunks(BATCH) {
        let read = scene.batch(roots, batch, &options.sampling, options.seed);
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
