//! Training: epochs of batches, early stopping, and the states in the end.

use std::time::{Duration, Instant};

use ndarray::{Array2, Axis};

use super::block::Block;
use super::input::InputData;
use super::items::{Items, Kind, some_graphs};
use super::messages::MessageGraph;
use super::network::{Network, Pass};
use super::objective::Objective;
use super::options::Options;
use super::parameters::{Optimizer, Parameter, Parameters};
use super::snapshot::Snapshots;
use super::tape::{self, Gradients, Tape, Var};
use super::target::Part;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// Time between two reports of progress.
const BETWEEN_REPORTS: Duration = Duration::from_millis(200);

/// The share that a batch has in the running figures of batch normalisations.
const OBSERVED: f32 = 0.1;

/// A graph as networks read it: features and message graph.
pub struct GraphData {
    /// Features of nodes.
    pub features: InputData,
    /// Features of edges.
    pub edges: Option<Array2<f32>>,
    /// The graph that messages are passed on.
    pub graph: MessageGraph,
    /// The whole graph as one block.
    pub block: Vec<Block>,
    /// The place of each node among those of its type.
    pub within: Vec<u32>,
    /// What predictions are of.
    pub items: Items,
}

impl GraphData {
    /// A graph with these features; `edges_too` for models that give edges states.
    pub fn new(
        features: InputData,
        edges: Option<Array2<f32>>,
        graph: MessageGraph,
        items: Items,
        edges_too: bool,
    ) -> Self {
        let mut counts = vec![0u32; graph.type_count];
        let count = |&kind: &u32| {
            let count = &mut counts[kind as usize];
            *count += 1;
            *count - 1
        };
        let within = graph.types.iter().map(count).collect();
        let block = vec![graph.block(edges_too)];
        GraphData { features, edges, graph, block, within, items }
    }

    fn pass(&self) -> Pass<'_> {
        Pass {
            data: &self.features,
            blocks: &self.block,
            edges: self.edges.as_ref(),
            items: &self.items,
            shuffle: None,
        }
    }
}

/// The states of everything after the last layer, without dropout.
pub struct FinalStates {
    /// Nodes x dimensions.
    pub nodes: Array2<f32>,
    /// Edges x dimensions, for models that have them.
    pub edges: Option<Array2<f32>>,
    /// 1 x dimensions, likewise.
    pub global: Option<Array2<f32>>,
    /// Graphs or edges x their states, where these are predicted.
    pub items: Option<Array2<f32>>,
    /// Nodes, graphs or edges x what is predicted.
    pub predicted: Option<Array2<f32>>,
}

/// Inference: the states of all nodes after the last layer.
pub fn infer(
    workers: &Workers<'_>,
    network: &Network,
    parameters: &Parameters,
    data: &GraphData,
) -> Result<FinalStates, Error> {
    let mut tape = Tape::new(workers, None);
    // Parameters are constants here, so the tape keeps no step.
    let p: Vec<Var> = parameters.values.iter().map(|value| tape.constant(value)).collect();
    let state = network.forward(&mut tape, &p, data.pass());
    let predicted = network.predict(&mut tape, &p, state.nodes, &data.items);
    workers.check_cancelled()?;
    let of_items = predicted.as_ref().filter(|_| data.items.kind() != Kind::Nodes).map(|predicted| predicted.states);
    let items = of_items.map(|states| tape.take(states));
    let predicted = predicted.map(|predicted| tape.take(predicted.scores));
    let edges = state.global.and(state.edges).map(|edges| tape.take(edges));
    let global = state.global.map(|global| tape.take(global));
    Ok(FinalStates { nodes: tape.take(state.nodes), edges, global, items, predicted })
}

/// The result of training.
pub struct Trained {
    /// The parameters of the best epoch.
    pub parameters: Parameters,
    /// Epochs that ran.
    pub epochs: usize,
    /// The training loss of each.
    pub history: Vec<f64>,
}

/// Early stopping: which epoch is kept. It is the one with the highest validation score; of epochs with equal scores a
/// later one is kept only when its validation loss is below that of all epochs before.
#[derive(Debug, Default)]
struct BestEpoch {
    score: Option<f64>,
    lowest_loss: f64,
}

/// How an epoch compares with those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EpochVerdict {
    /// Whether it is the one to keep.
    keep: bool,
    /// Whether it shows progress: a higher score or a lower loss than ever.
    progress: bool,
}

impl BestEpoch {
    fn see(&mut self, score: f64, loss: f64) -> EpochVerdict {
        let Some(best) = self.score else {
            (self.score, self.lowest_loss) = (Some(score), loss);
            return EpochVerdict { keep: true, progress: true };
        };
        let lower = loss < self.lowest_loss;
        let keep = score > best || (score == best && lower);
        self.lowest_loss = self.lowest_loss.min(loss);
        self.score = Some(best.max(score));
        EpochVerdict { keep, progress: score > best || lower }
    }
}

/// Trains until the epochs are over or nothing has improved for `patience` of them; with validation the parameters of
/// the [`BestEpoch`] are kept. `trained` = whether the parameters have been trained before, so that they may be the best already.
pub fn train(
    workers: &Workers<'_>,
    network: &Network,
    mut parameters: Parameters,
    data: &GraphData,
    objective: &Objective,
    options: &Options,
    trained: bool,
) -> Result<Trained, Error> {
    let mut optimizer = Optimizer::new(options.method, options.rate, options.decay, &parameters);
    let validated = objective.has_validation();
    let mut history = Vec::new();
    let (mut best, mut kept) = (BestEpoch::default(), None);
    let mut lowest = f64::INFINITY;
    let mut idle = 0;
    let mut reports = Reports::new(options.epochs);
    let mut snapshots = Snapshots::new(workers.context());
    if trained && validated {
        let states = infer(workers, network, &parameters, data)?;
        let predicted = states.predicted.as_ref();
        if let Some(score) = objective.score(workers, &data.graph, &states.nodes, predicted, Part::Validation, false) {
            let value = score.value.unwrap_or(0.0);
            best.see(if objective.lower_is_better() { -value } else { value }, score.loss);
            kept = Some(parameters.clone());
        }
    }
    for number in 0..options.epochs {
        let key = mix(mix(options.seed ^ 0x0065_706f_6368).wrapping_add(number as u64));
        let loss = epoch(workers, network, &mut parameters, &mut optimizer, data, objective, options, key)?;
        history.push(loss);
        if !loss.is_finite() {
            return Err(Error::Unfit(format!(
                "training diverged: the loss of epoch {} is {loss}; lower learningRate from {}, or scale features \
                 that are very large",
                number + 1,
                options.rate
            )));
        }
        let mut better = loss < lowest;
        lowest = lowest.min(loss);
        let watched = snapshots.watched();
        let states = if validated || watched { Some(infer(workers, network, &parameters, data)?) } else { None };
        let score = states.as_ref().filter(|_| validated).and_then(|states| {
            let predicted = states.predicted.as_ref();
            objective.score(workers, &data.graph, &states.nodes, predicted, Part::Validation, false)
        });
        if let Some(score) = score {
            // Where the metric is not defined, the loss decides alone.
            let value = score.value.unwrap_or(0.0);
            let verdict = best.see(if objective.lower_is_better() { -value } else { value }, score.loss);
            better = verdict.progress;
            if verdict.keep {
                kept = Some(parameters.clone());
            }
        }
        idle = if better { 0 } else { idle + 1 };
        let shown = best.score.map(|score| if objective.lower_is_better() { -score } else { score });
        reports.report(workers, number + 1, loss, shown);
        if let Some(states) = states {
            if watched {
                snapshots.show(&states.nodes, number + 1, loss, shown);
            }
            workers.recycle(states.nodes);
            states.predicted.into_iter().chain(states.items).for_each(|matrix| workers.recycle(matrix));
        }
        if options.patience > 0 && idle >= options.patience {
            break;
        }
    }
    let parameters = kept.unwrap_or(parameters);
    Ok(Trained { parameters, epochs: history.len(), history })
}

/// One epoch: a step of the optimiser for each batch; gives the mean loss.
#[expect(clippy::too_many_arguments, reason = "one epoch of training, each part once")]
fn epoch(
    workers: &Workers<'_>,
    network: &Network,
    parameters: &mut Parameters,
    optimizer: &mut Optimizer,
    data: &GraphData,
    objective: &Objective,
    options: &Options,
    key: u64,
) -> Result<f64, Error> {
    let batches = objective.batches(&data.graph, options.items_in_batch(data.items.kind()), key);
    let mut total = 0.0;
    for (number, batch) in batches.iter().enumerate() {
        let key = mix(key.wrapping_add(number as u64));
        let part = batch.seeds.as_ref().and_then(|seeds| data.part(seeds, options.fanouts.as_deref(), key));
        let pass = part.as_ref().map_or_else(|| data.pass(), |part| part.pass(data));
        let learned = step(workers, network, parameters, pass, objective, batch, options.dropout, key);
        workers.check_cancelled()?;
        total += learned.loss;
        optimizer.step(workers, parameters, learned.gradients);
        for (position, figures) in learned.observed {
            let running = &mut parameters.values[position];
            running.zip_mut_with(&figures, |running, seen| *running += OBSERVED * (seen - *running));
        }
    }
    Ok(total / batches.len().max(1) as f64)
}

/// The part of a graph that a batch needs.
struct GraphPart {
    features: InputData,
    blocks: Vec<Block>,
    /// Features of the edges that the blocks name, where these are not all edges.
    edges: Option<Array2<f32>>,
    /// What is predicted, by the places of nodes in this part; `None` = nodes.
    items: Option<Items>,
}

impl GraphPart {
    fn pass<'g>(&'g self, data: &'g GraphData) -> Pass<'g> {
        let pass = Pass { data: &self.features, blocks: &self.blocks, ..data.pass() };
        let items = self.items.as_ref().unwrap_or(pass.items);
        Pass { edges: self.edges.as_ref().or(pass.edges), items, ..pass }
    }
}

impl GraphData {
    /// The part for these nodes, graphs or edges; `None` without fan-outs where nothing else bounds a part.
    fn part(&self, seeds: &[u32], fanouts: Option<&[usize]>, key: u64) -> Option<GraphPart> {
        let features = |nodes: &[u32]| self.features.of_nodes(nodes, &self.graph.types, &self.within);
        let sampled = |seeds: &[u32], items| {
            let (blocks, nodes) = self.graph.sample(seeds, fanouts?, key);
            Some(GraphPart { features: features(&nodes), blocks, edges: None, items })
        };
        match &self.items {
            Items::Nodes => sampled(seeds, None),
            Items::Edges(edges) => {
                let (nodes, items) = edges.some(seeds);
                sampled(&nodes, Some(items))
            }
            Items::Graphs(graphs) => {
                let (nodes, items) = some_graphs(graphs, seeds);
                let (block, edges) = self.graph.induced(&nodes);
                let rows = || edges.iter().map(|&edge| edge as usize).collect::<Vec<usize>>();
                let of_edges = self.edges.as_ref().map(|edges| edges.select(Axis(0), &rows()));
                Some(GraphPart { features: features(&nodes), blocks: vec![block], edges: of_edges, items: Some(items) })
            }
        }
    }
}

/// Progress reports, with an estimate of the time left.
struct Reports {
    epochs: usize,
    started: Instant,
    /// Time of the last report; `None` before the first.
    last: Option<Instant>,
}

impl Reports {
    fn new(epochs: usize) -> Self {
        Reports { epochs, started: Instant::now(), last: None }
    }

    /// Reports that `done` epochs are done, unless the last report is recent.
    fn report(&mut self, workers: &Workers<'_>, done: usize, loss: f64, best: Option<f64>) {
        if self.last.is_some_and(|last| last.elapsed() < BETWEEN_REPORTS) {
            return;
        }
        self.last = Some(Instant::now());
        let left = self.started.elapsed().as_secs_f64() / done as f64 * (self.epochs - done) as f64;
        let score = best.map_or_else(String::new, |score| format!(", best validation {score:.3}"));
        let stage = format!("epoch {done} of {}, loss {loss:.4}{score}, at most {left:.0} s left", self.epochs);
        let fraction = 0.95 * done as f64 / self.epochs as f64;
        (workers.context().progress)(Progress { stage: &stage, fraction });
    }
}

/// What a step learns from a batch.
struct Learned {
    loss: f64,
    /// The gradient of each parameter that has one.
    gradients: Vec<Option<Array2<f32>>>,
    /// Means and variances that batch normalisations have seen, by the parameter that runs along with them.
    observed: Vec<(Parameter, Array2<f32>)>,
}

/// The loss of a batch and the gradients of all parameters.
#[expect(clippy::too_many_arguments, reason = "one step of training, each part once")]
fn step(
    workers: &Workers<'_>,
    network: &Network,
    parameters: &Parameters,
    pass: Pass<'_>,
    objective: &Objective,
    batch: &super::objective::Batch,
    dropout: f32,
    key: u64,
) -> Learned {
    let mut tape = Tape::new(workers, Some((dropout, key)));
    let p: Vec<Var> = parameters.values.iter().map(|value| tape.parameter(value)).collect();
    let Some(root) = objective.loss(network, &mut tape, &p, pass, batch) else {
        return Learned { loss: 0.0, gradients: Vec::new(), observed: Vec::new() };
    };
    let observed = tape.take_observed().into_iter();
    let observed = observed.filter_map(|(of, figures)| Some((p.iter().position(|var| *var == of)?, figures))).collect();
    let loss = f64::from(tape::scalar(tape.value(root)));
    let mut gradients: Gradients = tape.backward(root);
    let gradients = p.into_iter().map(|var| gradients.take(var)).collect();
    Learned { loss, gradients, observed }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The position of the epoch that is kept.
    fn kept(epochs: &[(f64, f64)]) -> Option<usize> {
        let mut best = BestEpoch::default();
        let mut kept = None;
        for (epoch, &(score, loss)) in epochs.iter().enumerate() {
            if best.see(score, loss).keep {
                kept = Some(epoch);
            }
        }
        kept
    }

    #[test]
    fn the_earliest_of_the_best_epochs_is_kept() {
        assert_eq!(kept(&[]), None);
        assert_eq!(kept(&[(0.5, 0.5), (0.7, 0.3), (0.7, 0.3), (0.6, 0.4), (0.7, 0.3)]), Some(1));
        assert_eq!(kept(&[(0.0, 1.0), (0.0, 1.0)]), Some(0));
        // With the same score a loss below all before is better; one above that of a worse epoch is not.
        assert_eq!(kept(&[(0.7, 0.3), (0.7, 0.2), (0.7, 0.25)]), Some(1));
        assert_eq!(kept(&[(0.7, 0.3), (0.6, 0.1), (0.7, 0.2)]), Some(0));
        // Whatever the loss says, a higher score wins.
        assert_eq!(kept(&[(0.7, 0.1), (0.8, 0.9)]), Some(1));
    }

    #[test]
    fn a_higher_score_or_a_lower_loss_is_progress() {
        let mut best = BestEpoch::default();
        let progress: Vec<bool> = [(0.5, 0.5), (0.5, 0.5), (0.4, 0.4), (0.6, 0.9), (0.6, 0.4)]
            .map(|(score, loss)| best.see(score, loss).progress)
            .into();
        assert_eq!(progress, [true, false, true, true, false]);
    }
}
