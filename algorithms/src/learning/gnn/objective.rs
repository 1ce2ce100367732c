//! Objectives: the loss that training minimises, and the scores of the result.

use ndarray::Array2;
use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};

use super::items::Kind;
use super::messages::MessageGraph;
use super::metric::{ClassResult, Metric, NumberResult};
use super::network::{Network, Pass};
use super::options::Loss;
use super::relation::RowIndex;
use super::tape::{NumberLoss, PairLoss, PairScore, Tape, Var, Wanted};
use super::target::{self, Part};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{Xoroshiro128, mix};
use crate::numeric::workers::Workers;

/// Steps of the walks whose nodes belong together.
const WALK_STEPS: usize = 3;
/// Items that a recommendation is judged by.
pub(crate) const RECALL_AT: usize = 20;
/// Most users that a recommendation is judged by after each epoch.
const MOST_USERS: usize = 1000;

/// A loss on pairs of nodes: their score, the loss, the negative samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairKind {
    /// The loss.
    pub loss: PairLoss,
    /// How alike two nodes are.
    pub score: PairScore,
    /// Negative samples for each positive pair.
    pub negatives: usize,
}

impl PairKind {
    /// The loss on pairs of this name.
    pub fn new(loss: Loss, margin: f32, negatives: usize) -> Self {
        let (loss, score) = match loss {
            Loss::MaxMargin => (PairLoss::Margin(margin), PairScore::Dot),
            Loss::Triplet => (PairLoss::Margin(margin), PairScore::Distance),
            Loss::Bpr => (PairLoss::Bpr, PairScore::Dot),
            _ => (PairLoss::Bce, PairScore::Dot),
        };
        PairKind { loss, score, negatives }
    }
}

/// Link prediction: the edges to predict.
pub struct PairTask {
    /// Pairs of each part.
    pub parts: [Vec<(u32, u32)>; 3],
    /// The loss on pairs.
    pub kind: PairKind,
    /// The nodes that may stand on the right, by node type.
    pub candidates: Vec<Vec<u32>>,
    /// The candidates for negative samples in training.
    pub contrasts: Vec<Vec<u32>>,
    /// For each part, the neighbours of each node in that part and the parts before, ascending: they are no negative
    /// samples. Neighbours in later parts may be, or training and early stopping would know something of the test.
    pub joined: [Vec<Vec<u32>>; 3],
    /// Whether the right side is recommended to the left.
    pub recommend: bool,
}

/// Classification: the classes to predict.
pub struct ClassTask {
    /// What has classes.
    pub kind: Kind,
    /// Nodes, graphs or edges of each part.
    pub parts: [Vec<u32>; 3],
    /// The class of each.
    pub of: Vec<u32>,
    /// Cross-entropy of sigmoids instead of the softmax.
    pub one_against_rest: bool,
    /// How much each class counts; `None` = all alike.
    pub weights: Option<Vec<f32>>,
    /// How predictions are judged.
    pub metric: Metric,
    /// The positive class, where there are two.
    pub positive: u32,
    /// The most frequent class of the training part.
    pub majority: u32,
}

/// Regression: the numbers to predict, in standard deviations from the mean of the training part.
pub struct NumberTask {
    /// Nodes, graphs or edges of each part.
    pub parts: [Vec<u32>; 3],
    /// The number of each.
    pub of: Vec<f32>,
    /// What is minimised.
    pub loss: NumberLoss,
    /// How predictions are judged.
    pub metric: Metric,
    /// The standard deviation, in the target's unit.
    pub spread: f64,
}

/// How good a part is predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The metric's value; `None` where it is not defined, as the area under the ROC curve for one class.
    pub value: Option<f64>,
    /// The loss; lower is better.
    pub loss: f64,
}

/// The objective of training.
pub enum Objective {
    /// Classes of nodes, graphs or edges.
    Classes(ClassTask),
    /// Numbers of nodes, graphs or edges.
    Values(NumberTask),
    /// Edges.
    Pairs(PairTask),
    /// Nodes that co-occur on short walks are alike.
    Walks(PairKind),
    /// Reconstruction of the edges that carry messages.
    Reconstruction(PairKind),
    /// Mutual information of nodes and the whole graph (Velickovic et al., Deep graph infomax, ICLR 2019).
    Infomax,
    /// No training.
    Nothing,
}

/// The mini-batch of one training step.
#[derive(Default)]
pub struct Batch {
    /// Seeds: the nodes whose states are computed, or the graphs or edges that are predicted; `None` = all.
    pub seeds: Option<Vec<u32>>,
    rows: Vec<u32>,
    classes: Vec<u32>,
    values: Vec<f32>,
    high: (RowIndex, RowIndex),
    low: (RowIndex, RowIndex),
    /// The corruption of the infomax objective.
    pub shuffle: Option<RowIndex>,
    labels: Vec<f32>,
}

fn part_number(part: Part) -> usize {
    match part {
        Part::Train => 0,
        Part::Validation => 1,
        Part::Test => 2,
    }
}

impl ClassTask {
    /// Scores of a part beside its classes.
    pub fn result<'a>(&'a self, scores: &'a Array2<f32>, part: Part) -> ClassResult<'a> {
        ClassResult { scores, rows: &self.parts[part_number(part)], of: &self.of, positive: self.positive }
    }

    /// The mean loss of a part, weighted by class.
    fn mean_loss(&self, scores: &Array2<f32>, part: Part) -> f64 {
        let (mut total, mut weights) = (0.0, 0.0);
        for &row in &self.parts[part_number(part)] {
            let class = self.of[row as usize] as usize;
            let weight = self.weights.as_ref().map_or(1.0, |weights| f64::from(weights[class]));
            let mut shares = scores.row(row as usize).to_vec();
            let log_sum = super::tape::softmax(&mut shares);
            total += f64::from(log_sum - scores[[row as usize, class]]) * weight;
            weights += weight;
        }
        if weights > 0.0 { total / weights } else { 0.0 }
    }
}

impl NumberTask {
    /// Predictions of a part beside what is right; `None` = the mean of the training part.
    pub fn result<'a>(&'a self, predicted: Option<&'a Array2<f32>>, part: Part) -> NumberResult<'a> {
        NumberResult { predicted, rows: &self.parts[part_number(part)], wanted: &self.of, spread: self.spread }
    }
}

/// Items in random order.
fn shuffled<T: Copy>(items: &[T], key: u64) -> Vec<T> {
    let mut order = items.to_vec();
    order.shuffle(&mut Xoroshiro128::new(key, 0, 0));
    order
}

impl Objective {
    /// The batches of one epoch; `size` = items of each, `None` = all in one.
    pub fn batches(&self, graph: &MessageGraph, size: Option<usize>, key: u64) -> Vec<Batch> {
        match self {
            Objective::Classes(ClassTask { parts, .. }) | Objective::Values(NumberTask { parts, .. }) => {
                let Some(size) = size else { return vec![self.target_batch(&parts[0], false)] };
                shuffled(&parts[0], key).chunks(size.max(1)).map(|rows| self.target_batch(rows, true)).collect()
            }
            Objective::Pairs(task) => {
                let negative =
                    |pair: (u32, u32), rng: &mut Xoroshiro128| task.negative(graph, pair, &task.contrasts, 0, rng);
                pair_batches(&task.parts[0], task.kind, graph.nodes(), size, key, &negative)
            }
            Objective::Walks(kind) => {
                let walks = |node: u32| graph.walk(node, WALK_STEPS, mix(key)).map(move |other| (node, other));
                let all: Vec<(u32, u32)> =
                    (0..graph.nodes() as u32).flat_map(walks).filter(|pair| pair.0 != pair.1).collect();
                let negative = |_, rng: &mut Xoroshiro128| rng.random_range(0..graph.nodes() as u32);
                pair_batches(&all, *kind, graph.nodes(), size, key, &negative)
            }
            Objective::Reconstruction(kind) => {
                let all: Vec<(u32, u32)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
                let negative = |_, rng: &mut Xoroshiro128| rng.random_range(0..graph.nodes() as u32);
                pair_batches(&all, *kind, graph.nodes(), size, key, &negative)
            }
            Objective::Infomax => {
                // Features are exchanged among nodes of one type.
                let nodes = graph.nodes();
                let mut rows = vec![0u32; nodes];
                for kind in 0..graph.type_count as u32 {
                    let own: Vec<u32> = (0..nodes as u32).filter(|&node| graph.types[node as usize] == kind).collect();
                    own.iter().zip(shuffled(&own, key)).for_each(|(&node, other)| rows[node as usize] = other);
                }
                let labels = (0..2 * nodes).map(|row| f32::from(row < nodes)).collect();
                vec![Batch { shuffle: Some(RowIndex::new(rows, nodes)), labels, ..Batch::default() }]
            }
            Objective::Nothing => Vec::new(),
        }
    }

    fn target_batch(&self, items: &[u32], sampled: bool) -> Batch {
        let rows = if sampled { (0..items.len() as u32).collect() } else { items.to_vec() };
        let seeds = sampled.then(|| items.to_vec());
        let (mut classes, mut values) = (Vec::new(), Vec::new());
        match self {
            Objective::Classes(task) => classes = items.iter().map(|&item| task.of[item as usize]).collect(),
            Objective::Values(task) => values = items.iter().map(|&item| task.of[item as usize]).collect(),
            _ => {}
        }
        Batch { seeds, rows, classes, values, ..Batch::default() }
    }

    /// The loss of one batch.
    pub fn loss<'g>(
        &'g self,
        network: &Network,
        tape: &mut Tape<'g>,
        p: &[Var],
        pass: Pass<'g>,
        batch: &'g Batch,
    ) -> Option<Var> {
        let states = network.forward(tape, p, Pass { shuffle: None, ..pass }).nodes;
        match self {
            Objective::Classes(task) => {
                let scores = network.predict(tape, p, states, pass.items)?.scores;
                let wanted = Wanted { classes: &batch.classes, weights: task.weights.as_deref() };
                Some(match task.one_against_rest {
                    true => tape.one_against_rest(scores, &batch.rows, wanted),
                    false => tape.cross_entropy(scores, &batch.rows, wanted),
                })
            }
            Objective::Values(task) => {
                let values = network.predict(tape, p, states, pass.items)?.scores;
                Some(tape.number_loss(values, &batch.rows, &batch.values, task.loss))
            }
            Objective::Pairs(PairTask { kind, .. }) | Objective::Walks(kind) | Objective::Reconstruction(kind) => {
                let high = tape.pair_scores(states, &batch.high.0, states, &batch.high.1, kind.score);
                let low = tape.pair_scores(states, &batch.low.0, states, &batch.low.1, kind.score);
                Some(tape.pair_loss(high, low, kind.loss))
            }
            Objective::Infomax => {
                let other = network.forward(tape, p, Pass { shuffle: batch.shuffle.as_ref(), ..pass }).nodes;
                let high = network.infomax_scores(tape, p, states, states)?;
                let low = network.infomax_scores(tape, p, other, states)?;
                let all = tape.concat_rows(&[high, low]);
                Some(tape.binary_cross_entropy(all, &batch.labels))
            }
            Objective::Nothing => None,
        }
    }

    /// The name of its score.
    pub fn metric(&self) -> Option<&'static str> {
        match self {
            Objective::Classes(ClassTask { metric, .. }) | Objective::Values(NumberTask { metric, .. }) => {
                Some(metric.name())
            }
            Objective::Pairs(task) if task.recommend => Some("recall@20"),
            Objective::Pairs(_) => Some(Metric::Auroc.name()),
            _ => None,
        }
    }

    /// Whether a lower score is the better one.
    pub fn lower_is_better(&self) -> bool {
        matches!(self, Objective::Values(task) if task.metric.is_error())
    }

    /// Nodes, graphs or edges of the training part that have a target; 0 without one.
    pub fn training_items(&self) -> usize {
        match self {
            Objective::Classes(ClassTask { parts, .. }) | Objective::Values(NumberTask { parts, .. }) => parts[0].len(),
            _ => 0,
        }
    }

    /// Whether one of two classes has less than a fifth of the training part.
    pub fn has_rare_class(&self) -> bool {
        let Objective::Classes(task) = self else { return false };
        let of = |class: u32| task.parts[0].iter().filter(|&&row| task.of[row as usize] == class).count();
        let (all, first, second) = (task.parts[0].len(), of(0), of(1));
        first + second == all && 5 * first.min(second) < all
    }

    /// Whether there is a validation part.
    pub fn has_validation(&self) -> bool {
        match self {
            Objective::Classes(ClassTask { parts, .. }) | Objective::Values(NumberTask { parts, .. }) => {
                !parts[1].is_empty()
            }
            Objective::Pairs(task) => !task.parts[1].is_empty(),
            _ => false,
        }
    }

    /// The score of a part. `every` = of all users, where the score of some would do. `None` when the part is empty or
    /// the objective has no score.
    pub fn score(
        &self,
        workers: &Workers<'_>,
        graph: &MessageGraph,
        states: &Array2<f32>,
        predicted: Option<&Array2<f32>>,
        part: Part,
        every: bool,
    ) -> Option<Score> {
        match self {
            Objective::Classes(task) => {
                let scores = predicted?;
                let result = task.result(scores, part);
                (!result.rows.is_empty())
                    .then(|| Score { value: result.value(task.metric), loss: task.mean_loss(scores, part) })
            }
            Objective::Values(task) => {
                let result = task.result(Some(predicted?), part);
                (!result.rows.is_empty())
                    .then(|| Score { value: result.value(task.metric), loss: result.loss(task.loss) })
            }
            Objective::Pairs(task) => {
                let score = task.score(workers, graph, states, part_number(part), every)?;
                Some(Score { value: Some(score), loss: 1.0 - score })
            }
            _ => None,
        }
    }
}

impl PairTask {
    /// A negative sample for a pair: a node of `among`, of the right node's type, that the left node has no edge to in
    /// this part or before, if a few tries find one.
    fn negative(
        &self,
        graph: &MessageGraph,
        (left, right): (u32, u32),
        among: &[Vec<u32>],
        part: usize,
        rng: &mut Xoroshiro128,
    ) -> u32 {
        let candidates = &among[graph.types[right as usize] as usize];
        let joined = &self.joined[part][left as usize];
        let mut node = right;
        for _ in 0..10 {
            node = candidates.choose(rng).copied().unwrap_or(right);
            if joined.binary_search(&node).is_err() && node != left {
                break;
            }
        }
        node
    }

    fn score(
        &self,
        workers: &Workers<'_>,
        graph: &MessageGraph,
        states: &Array2<f32>,
        part: usize,
        every: bool,
    ) -> Option<f64> {
        let pairs = &self.parts[part];
        if pairs.is_empty() {
            return None;
        }
        if self.recommend {
            let mut held: std::collections::BTreeMap<u32, Vec<u32>> = Default::default();
            pairs.iter().for_each(|&(user, item)| held.entry(user).or_default().push(item));
            let most = if every { usize::MAX } else { MOST_USERS };
            let held: Vec<(u32, Vec<u32>)> = held.into_iter().take(most).collect();
            // Training edges are known and not recommended; for the test, neither are validation edges.
            let before = part.checked_sub(1).map(|before| &self.joined[before]);
            let known = |user: u32| before.map_or_else(Vec::new, |joined| joined[user as usize].clone());
            let types: std::collections::BTreeSet<u32> =
                pairs.iter().map(|pair| graph.types[pair.1 as usize]).collect();
            let candidates: Vec<u32> =
                types.into_iter().flat_map(|kind| self.candidates[kind as usize].iter().copied()).collect();
            return Some(target::recall(workers, states, &held, &known, &candidates, RECALL_AT));
        }
        let mut rng = Xoroshiro128::new(0x0061_7563, part as u32, 0);
        let alike = |a: u32, b: u32| {
            let (a, b) = (states.row_slice(a as usize), states.row_slice(b as usize));
            match self.kind.score {
                PairScore::Dot => crate::numeric::kernel::sparse::dot(a, b),
                PairScore::Distance => -a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f32>(),
            }
        };
        let high: Vec<f32> = pairs.iter().map(|&(a, b)| alike(a, b)).collect();
        let low: Vec<f32> = pairs
            .iter()
            .map(|&pair| alike(pair.0, self.negative(graph, pair, &self.candidates, part, &mut rng)))
            .collect();
        Some(target::auc(&high, &low))
    }
}

/// Pairs in batches, each with its negatives.
fn pair_batches(
    pairs: &[(u32, u32)],
    kind: PairKind,
    nodes: usize,
    size: Option<usize>,
    key: u64,
    negative: &dyn Fn((u32, u32), &mut Xoroshiro128) -> u32,
) -> Vec<Batch> {
    let sampled = size.is_some();
    let order = if sampled { shuffled(pairs, key) } else { pairs.to_vec() };
    let (pairs, size) = (order.as_slice(), size.unwrap_or(pairs.len()).max(1));
    let batch = |(number, pairs): (usize, &[(u32, u32)])| {
        let mut low = (Vec::new(), Vec::new());
        let mut rng = Xoroshiro128::new(mix(key ^ 0x006e_6567), number as u32, 0);
        for &pair in pairs {
            for _ in 0..kind.negatives {
                low.0.push(pair.0);
                low.1.push(negative(pair, &mut rng));
            }
        }
        let mut high: (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
        let mut seeds = None;
        let mut bound = nodes;
        if sampled {
            let mut all: Vec<u32> = [&high.0, &high.1, &low.1].into_iter().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            for list in [&mut high.0, &mut high.1, &mut low.0, &mut low.1] {
                list.iter_mut().for_each(|node| *node = all.partition_point(|known| known < node) as u32);
            }
            bound = all.len();
            seeds = Some(all);
        }
        let index = |list| RowIndex::new(list, bound);
        Batch { seeds, high: (index(high.0), index(high.1)), low: (index(low.0), index(low.1)), ..Batch::default() }
    };
    pairs.chunks(size).enumerate().map(batch).collect()
}
