//! Training: epochs of batches, early stopping, and the states in the end.

use std::time::{Duration, Instant};

use ndarray::Array2;

use super::block::Block;
use super::input::InputData;
use super::messages::MessageGraph;
use super::network::{Network, Pass};
use super::objective::Objective;
use super::options::Options;
use super::parameters::{Optimizer, Parameters};
use super::tape::{self, Gradients, Tape, Var};
use super::target::Part;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// Time between two reports of progress.
const BETWEEN_REPORTS: Duration = Duration::from_millis(200);

/// Everything a network sees of a graph.
pub struct Scene {
    /// Features of nodes.
    pub data: InputData,
    /// Features of edges.
    pub edges: Option<Array2<f32>>,
    /// The graph that messages are passed on.
    pub graph: MessageGraph,
    /// All of it as one block.
    pub block: Vec<Block>,
    /// The place of each node among those of its type.
    pub within: Vec<u32>,
}

impl Scene {
    /// Of these features and this graph; `edges_too` for models that give edges states.
    pub fn new(data: InputData, edges: Option<Array2<f32>>, graph: MessageGraph, edges_too: bool) -> Self {
        let mut counts = vec![0u32; graph.type_count];
        let count = |&kind: &u32| {
            let count = &mut counts[kind as usize];
            *count += 1;
            *count - 1
        };
        let within = graph.types.iter().map(count).collect();
        let block = vec![graph.block(edges_too)];
        Scene { data, edges, graph, block, within }
    }

    fn pass(&self) -> Pass<'_> {
        Pass { data: &self.data, blocks: &self.block, edges: self.edges.as_ref(), shuffle: None }
    }
}

/// The states of everything after the last layer, without dropout.
pub struct States {
    /// Nodes x dimensions.
    pub nodes: Array2<f32>,
    /// Edges x dimensions, for models that have them.
    pub edges: Option<Array2<f32>>,
    /// 1 x dimensions, likewise.
    pub global: Option<Array2<f32>>,
    /// Nodes x what is predicted.
    pub predicted: Option<Array2<f32>>,
}

/// Computes all states.
pub fn infer(
    workers: &Workers<'_>,
    network: &Network,
    parameters: &Parameters,
    scene: &Scene,
) -> Result<States, Error> {
    let mut tape = Tape::new(workers, None);
    // Constants: nothing is learned here, so no step is kept.
    let p: Vec<Var> = parameters.values.iter().map(|value| tape.constant(value)).collect();
    let state = network.forward(&mut tape, &p, scene.pass());
    let predicted = network.predict(&mut tape, &p, state.nodes);
    workers.check_cancelled()?;
    let predicted = predicted.map(|predicted| tape.take(predicted));
    let edges = state.global.and(state.edges).map(|edges| tape.take(edges));
    let global = state.global.map(|global| tape.take(global));
    Ok(States { nodes: tape.take(state.nodes), edges, global, predicted })
}

/// What training came to.
pub struct Trained {
    /// The parameters of the best epoch.
    pub parameters: Parameters,
    /// Epochs that ran.
    pub epochs: usize,
    /// The training loss of each.
    pub history: Vec<f64>,
}

/// Which epoch is kept: of all the one with the highest score; an equal score later on takes its place only with a loss
/// below those of all epochs before. So where the loss tells no more than the score the earliest stays.
#[derive(Debug, Default)]
struct Best {
    score: Option<f64>,
    lowest_loss: f64,
}

/// What an epoch was among those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Verdict {
    /// Whether it is the one to keep.
    keep: bool,
    /// Whether it shows progress: a higher score or a lower loss than ever.
    progress: bool,
}

impl Best {
    fn see(&mut self, score: f64, loss: f64) -> Verdict {
        let Some(best) = self.score else {
            (self.score, self.lowest_loss) = (Some(score), loss);
            return Verdict { keep: true, progress: true };
        };
        let lower = loss < self.lowest_loss;
        let keep = score > best || (score == best && lower);
        self.lowest_loss = self.lowest_loss.min(loss);
        self.score = Some(best.max(score));
        Verdict { keep, progress: score > best || lower }
    }
}

/// Trains until the epochs are over or nothing has improved for `patience` of them; with validation the parameters of
/// the [`Best`] epoch are kept.
pub fn train(
    workers: &Workers<'_>,
    network: &Network,
    mut parameters: Parameters,
    scene: &Scene,
    objective: &Objective,
    options: &Options,
) -> Result<Trained, Error> {
    let mut optimizer = Optimizer::new(options.method, options.rate, options.decay, &parameters);
    let size = options.fanouts.as_ref().map(|_| options.batch);
    let validated = objective.has_validation();
    let mut history = Vec::new();
    let (mut best, mut kept) = (Best::default(), None);
    let mut lowest = f64::INFINITY;
    let mut idle = 0;
    let started = Instant::now();
    let mut told = started;
    for epoch in 0..options.epochs {
        let key = mix(mix(options.seed ^ 0x0065_706f_6368).wrapping_add(epoch as u64));
        let batches = objective.batches(&scene.graph, size, key);
        let (mut total, count) = (0.0, batches.len());
        for (number, batch) in batches.iter().enumerate() {
            let key = mix(key.wrapping_add(number as u64));
            let (loss, gradients) = match (&options.fanouts, &batch.seeds) {
                (Some(fanouts), Some(seeds)) => {
                    let (blocks, nodes) = scene.graph.sample(seeds, fanouts, key);
                    let data = scene.data.of_nodes(&nodes, &scene.graph.types, &scene.within);
                    let pass = Pass { data: &data, blocks: &blocks, ..scene.pass() };
                    step(workers, network, &parameters, pass, objective, batch, options.dropout, key)
                }
                _ => step(workers, network, &parameters, scene.pass(), objective, batch, options.dropout, key),
            };
            workers.check_cancelled()?;
            total += loss;
            optimizer.step(workers, &mut parameters, gradients);
        }
        let loss = total / count.max(1) as f64;
        history.push(loss);
        if !loss.is_finite() {
            return Err(Error::Unfit(format!(
                "training diverged: the loss of epoch {} is {loss}; lower learningRate from {}, or scale features \
                 that are very large",
                epoch + 1,
                options.rate
            )));
        }
        let mut better = loss < lowest;
        lowest = lowest.min(loss);
        if validated {
            let states = infer(workers, network, &parameters, scene)?;
            let part = Part::Validation;
            let mark = objective.score(workers, &scene.graph, &states.nodes, states.predicted.as_ref(), part, false);
            workers.recycle(states.nodes);
            states.predicted.into_iter().for_each(|predicted| workers.recycle(predicted));
            if let Some((score, loss)) = mark {
                let verdict = best.see(score, loss);
                better = verdict.progress;
                if verdict.keep {
                    kept = Some(parameters.clone());
                }
            }
        }
        idle = if better { 0 } else { idle + 1 };
        if told.elapsed() >= BETWEEN_REPORTS || epoch == 0 {
            told = Instant::now();
            let done = epoch + 1;
            let left = started.elapsed().as_secs_f64() / done as f64 * (options.epochs - done) as f64;
            let score = best.score.map_or_else(String::new, |score| format!(", best validation {score:.3}"));
            let stage = format!("epoch {done} of {}, loss {loss:.4}{score}, at most {left:.0} s left", options.epochs);
            let fraction = 0.95 * done as f64 / options.epochs as f64;
            (workers.context().progress)(Progress { stage: &stage, fraction });
        }
        if options.patience > 0 && idle >= options.patience {
            break;
        }
    }
    let parameters = kept.unwrap_or(parameters);
    Ok(Trained { parameters, epochs: history.len(), history })
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
) -> (f64, Vec<Option<Array2<f32>>>) {
    let mut tape = Tape::new(workers, Some((dropout, key)));
    let p: Vec<Var> = parameters.values.iter().map(|value| tape.parameter(value)).collect();
    let Some(root) = objective.loss(network, &mut tape, &p, pass, batch) else { return (0.0, Vec::new()) };
    let loss = f64::from(tape::scalar(tape.value(root)));
    let mut gradients: Gradients = tape.backward(root);
    let gradients = p.into_iter().map(|var| gradients.take(var)).collect();
    (loss, gradients)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The position of the epoch that is kept.
    fn kept(epochs: &[(f64, f64)]) -> Option<usize> {
        let mut best = Best::default();
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
        let mut best = Best::default();
        let progress: Vec<bool> = [(0.5, 0.5), (0.5, 0.5), (0.4, 0.4), (0.6, 0.9), (0.6, 0.4)]
            .map(|(score, loss)| best.see(score, loss).progress)
            .into();
        assert_eq!(progress, [true, false, true, true, false]);
    }
}
