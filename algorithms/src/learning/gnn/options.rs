//! What a call asks for, checked as a whole.

use super::describe::{Given, UpdateBy};
use super::input::WithoutFeatures;
use super::metric::Metric;
use super::model::{Aggregator, Model};
use super::parameters::Method;
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::learning::features::FeatureRequest;

crate::choices! {
    /// What a network learns to do.
    pub enum Task {
        /// Vectors alone.
        Unsupervised = "unsupervised",
        /// A class of each node.
        Classification = "classification",
        /// A number of each node.
        Regression = "regression",
        /// Which nodes an edge joins.
        LinkPrediction = "link_prediction",
        /// Which targets of an edge suit a source.
        Recommendation = "recommendation",
    }
}

crate::choices! {
    /// What is minimised.
    pub enum Loss {
        /// Cross-entropy of the softmax.
        CrossEntropy = "cross_entropy",
        /// Cross-entropy of sigmoids.
        Bce = "bce",
        /// Squared error.
        Mse = "mse",
        /// Absolute error.
        Mae = "mae",
        /// Squared error of small differences, absolute error of large ones.
        Huber = "huber",
        /// Pairs that belong together score higher by a margin.
        MaxMargin = "max_margin",
        /// The same by the sigmoid of the difference.
        Bpr = "bpr",
        /// The same by distances.
        Triplet = "triplet",
        /// Edges against pairs that are none.
        Reconstruction = "reconstruction",
        /// Mutual information of nodes and the whole.
        Dgi = "dgi",
    }
}

/// Epochs without progress before training stops, where scores stand still for long.
const LONG_PATIENCE: usize = 50;
/// Nodes with a target from which on they are learned in batches.
const MOST_IN_ONE_STEP: usize = 20_000;
/// Steps of an epoch in batches, when the call says nothing, and the smallest of these batches.
const STEPS: usize = 10;
const SMALLEST_BATCH: usize = 2048;

impl Task {
    /// Losses that make sense for it, the default first.
    fn losses(self) -> &'static [Loss] {
        match self {
            Task::Classification => &[Loss::CrossEntropy, Loss::Bce],
            Task::Regression => &[Loss::Mse, Loss::Mae, Loss::Huber],
            Task::Unsupervised => {
                &[Loss::Bce, Loss::Dgi, Loss::MaxMargin, Loss::Bpr, Loss::Triplet, Loss::Reconstruction]
            }
            Task::LinkPrediction => &[Loss::Bce, Loss::MaxMargin, Loss::Bpr, Loss::Triplet],
            Task::Recommendation => &[Loss::Bpr, Loss::Bce, Loss::MaxMargin, Loss::Triplet],
        }
    }

    /// Its name in a call.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

impl Loss {
    /// Its name in a call.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

crate::choices! {
    /// What comes out.
    pub enum Embed {
        /// A vector of each node.
        Nodes = "nodes",
        /// A vector of each edge.
        Edges = "edges",
        /// One vector of the graph.
        Graph = "graph",
    }
}

/// Checked options of one call.
#[derive(Debug, Clone)]
pub struct Options {
    pub(super) model: Model,
    pub(super) dimensions: Option<usize>,
    pub(super) layers: usize,
    pub(super) hidden: Option<usize>,
    pub(super) aggregator: Aggregator,
    pub(super) heads: usize,
    pub(super) gru: bool,
    pub(super) bases: usize,
    pub(super) features: FeatureRequest,
    pub(super) edge_features: FeatureRequest,
    pub(super) without_features: WithoutFeatures,
    pub(super) task: Option<Task>,
    pub(super) target: Option<String>,
    pub(super) split: Option<String>,
    pub(super) target_edge: Option<String>,
    pub(super) loss: Option<Loss>,
    pub(super) metric: Option<Metric>,
    /// `Null`, a text or a record, whose fields the classes decide.
    pub(super) class_weights: Argument,
    pub(super) negatives: usize,
    pub(super) margin: f32,
    pub(super) epochs: usize,
    pub(super) patience: usize,
    /// Whether the call leaves the patience to what is learned.
    pub(super) usual_patience: bool,
    pub(super) rate: f64,
    pub(super) decay: f64,
    pub(super) dropout: f32,
    pub(super) method: Method,
    /// Neighbours drawn in each layer; `None` = all of the graph in one step.
    pub(super) fanouts: Option<Vec<usize>>,
    /// Whether the call leaves it to the graph's size, whether there are batches.
    pub(super) batches_by_size: bool,
    pub(super) batch: Option<usize>,
    pub(super) normalize: bool,
    pub(super) embed: Embed,
    pub(super) as_of: Option<f64>,
    pub(super) time_property: Option<String>,
    pub(super) save_model: bool,
    pub(super) seed: u64,
}

/// An error that says which parameter does not fit.
pub(super) fn unfit(message: impl Into<String>) -> Error {
    Error::Unfit(message.into())
}

impl Options {
    /// Reads checked arguments; what depends on the graph is checked later.
    pub fn parse(arguments: &Arguments) -> Result<Options, Error> {
        let given = Given::read(arguments)?;
        let Given { model, target, split, time_property, task, target_edge, loss, .. } = given;
        let excluded: Vec<&str> = [&target, &split, &time_property].into_iter().flatten().map(String::as_str).collect();
        let parse = |name, value, by_default| FeatureRequest::parse("gnn_embed", name, value, by_default);
        let features = parse(Given::features, &given.features, true)?;
        // Models that are made for edge features take all there are.
        let edges_by_default = matches!(model, Model::Egnn | Model::Ecc);
        let edge_features = parse(Given::edge_features, &given.edge_features, edges_by_default)?;
        let as_of = match given.as_of {
            Argument::Null => None,
            Argument::Time(seconds) | Argument::Float(seconds) => Some(seconds),
            Argument::Int(seconds) => Some(seconds as f64),
            other => return Err(unfit(format!("asOf takes a date, a datetime or a number, got {other}"))),
        };
        let batches_by_size = matches!(given.sampling, Argument::Null);
        let fanouts = match given.sampling {
            Argument::Null => None,
            Argument::String(text) if text == "full" => None,
            Argument::List(items) => {
                let fanout = |item: &Argument| match item {
                    Argument::Int(count) if *count >= 1 => Some(usize::try_from(*count).unwrap_or(usize::MAX)),
                    _ => None,
                };
                let fanouts: Option<Vec<usize>> = items.iter().map(fanout).collect();
                Some(fanouts.ok_or_else(|| {
                    unfit("sampling takes \"full\" or a list of INTs of at least 1, such as [25, 10]")
                })?)
            }
            other => {
                return Err(unfit(format!("sampling takes \"full\" or a list of INTs, such as [25, 10], got {other}")));
            }
        };
        // The mean loss over many pairs pulls on each node so little that a penalty would shrink all vectors to nothing.
        let decay = if target.is_some() { 5e-4 } else { 0.0 };
        // As in its paper; with larger steps it settles early, some ten points below.
        let (rate, dropout) = if loss == Some(Loss::Dgi) { (0.001, 0.0) } else { (0.01, 0.5) };
        // A score of few held-out edges stands still for long before it rises.
        let of_edges = matches!(task, Some(Task::LinkPrediction | Task::Recommendation))
            || target_edge.is_some()
            || (model == Model::LightGcn && target.is_none());
        let options = Options {
            model,
            dimensions: given.dimensions,
            // Another step brings what shares an album or a maker: measured in bench/gnn/recommend.py.
            layers: given.layers.unwrap_or(if model == Model::LightGcn { 3 } else { 2 }),
            hidden: given.hidden,
            aggregator: given.aggregator,
            heads: given.heads,
            gru: given.update == UpdateBy::Gru,
            bases: given.bases,
            features: features.exclude(&excluded),
            edge_features: edge_features.exclude(&excluded),
            without_features: given.without_features,
            task,
            target,
            split,
            target_edge,
            loss,
            metric: given.metric,
            class_weights: given.class_weights,
            negatives: given.negative_samples,
            margin: given.margin as f32,
            epochs: given.epochs,
            patience: given.patience.unwrap_or(if of_edges { LONG_PATIENCE } else { 20 }),
            usual_patience: given.patience.is_none(),
            rate: given.learning_rate.unwrap_or(rate),
            decay: given.weight_decay.unwrap_or(decay),
            dropout: given.dropout.unwrap_or(dropout) as f32,
            method: given.optimizer,
            fanouts,
            batches_by_size,
            batch: given.batch_size,
            normalize: given.normalize,
            embed: given.embed,
            as_of,
            time_property,
            save_model: given.save_model.is_some(),
            seed: arguments.seed,
        };
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<(), Error> {
        let edge_task = matches!(self.task, Some(Task::LinkPrediction | Task::Recommendation));
        let node_task = matches!(self.task, Some(Task::Classification | Task::Regression));
        if node_task && self.target.is_none() {
            let task = self.task.map_or("", Task::name);
            return Err(unfit(format!("the task {task:?} needs a target: the node property to predict")));
        }
        if self.target.is_some() && (edge_task || self.task == Some(Task::Unsupervised)) {
            let task = self.task.map_or("", Task::name);
            return Err(unfit(format!(
                "the task {task:?} takes no target; leave it out, or choose \"classification\" or \"regression\""
            )));
        }
        if self.target_edge.is_some() && (node_task || self.target.is_some() || self.task == Some(Task::Unsupervised)) {
            return Err(unfit("targetEdge is for the tasks \"link_prediction\" and \"recommendation\""));
        }
        if self.as_of.is_some() != self.time_property.is_some() {
            return Err(unfit("asOf and timeProperty go together: the moment, and the property that holds times"));
        }
        if self.split.is_some() && self.target.is_none() && self.target_edge.is_none() {
            return Err(unfit(
                "split names a property that divides nodes or edges for training: it needs a target or a targetEdge",
            ));
        }
        // What kind of target it is, its values tell.
        if let Some(task) = self.task.or_else(|| self.target.is_none().then(|| self.task()))
            && let Some(loss) = self.loss
            && !task.losses().contains(&loss)
        {
            let known: Vec<&str> = task.losses().iter().map(|loss| loss.name()).collect();
            return Err(unfit(format!(
                "the loss {:?} does not fit the task {:?}, which takes {}",
                loss.name(),
                task.name(),
                known.join(", ")
            )));
        }
        if let Some(metric) = self.metric {
            metric.check_task(self.task())?;
        }
        if !matches!(self.class_weights, Argument::Null) && self.target.is_none() {
            return Err(unfit("classWeights weighs the classes of a target, and the call has none"));
        }
        match self.model {
            Model::Gat | Model::Hgt => {
                for (name, width) in [("dimensions", self.width()), ("hiddenDimensions", self.hidden_width())] {
                    if !width.is_multiple_of(self.heads) {
                        return Err(unfit(format!(
                            "{name} is {width}, which is not a multiple of heads ({}): each head has its share of them",
                            self.heads
                        )));
                    }
                }
            }
            Model::LightGcn if self.loss == Some(Loss::Dgi) => {
                return Err(unfit("the loss \"dgi\" exchanges features, and lightgcn has none"));
            }
            Model::LightGcn if self.without_features == WithoutFeatures::Degrees => {
                return Err(unfit(
                    "lightgcn learns a vector for each node and nothing else; withoutFeatures: \"degree\" is for other models",
                ));
            }
            Model::Sgc if !matches!(self.task(), Task::Unsupervised | Task::Classification | Task::Regression) => {
                return Err(unfit("sgc propagates features without training; for edges to predict take another model"));
            }
            _ => {}
        }
        if let Some(fanouts) = &self.fanouts {
            if fanouts.len() != self.layers {
                return Err(unfit(format!(
                    "sampling has {} numbers, but there are {} layers: one for each",
                    fanouts.len(),
                    self.layers
                )));
            }
            if !self.takes_batches() {
                return Err(unfit(format!(
                    "{} works on the whole graph; leave out sampling",
                    if self.loss() == Loss::Dgi { "the loss \"dgi\"" } else { self.model.name() }
                )));
            }
        }
        if self.embed != Embed::Nodes && self.model != Model::GraphNet {
            return Err(unfit(
                "embed: \"edges\" and \"graph\" are for the model \"graphnet\", which has states of both",
            ));
        }
        Ok(())
    }

    /// The task, as far as the parameters tell; a target's type decides between classes and numbers.
    pub fn task(&self) -> Task {
        match self.task {
            Some(task) => task,
            None if self.target.is_some() => Task::Classification,
            None if self.target_edge.is_some() && self.model == Model::LightGcn => Task::Recommendation,
            None if self.target_edge.is_some() => Task::LinkPrediction,
            None if self.model == Model::LightGcn => Task::LinkPrediction,
            None => Task::Unsupervised,
        }
    }

    /// The loss.
    pub fn loss(&self) -> Loss {
        self.loss.unwrap_or(self.task().losses()[0])
    }

    /// Whether it can learn from a part of the graph at a time.
    fn takes_batches(&self) -> bool {
        !matches!(self.model, Model::GraphNet | Model::LightGcn | Model::Sgc) && self.loss() != Loss::Dgi
    }

    /// The options for so many nodes to learn from, `rare` = whether few of them are of one of two classes. Unless the call
    /// says how, a large training part is learned in batches, since one step an epoch over the whole graph would take many
    /// costly epochs; and where one class is rare there is more patience, since the loss stands still until the network
    /// finds something that tells it.
    pub(super) fn suited(&self, training: usize, rare: bool) -> Options {
        let mut options = self.clone();
        if self.batches_by_size && training > MOST_IN_ONE_STEP && self.takes_batches() {
            options.fanouts = Some(match self.layers {
                1 => vec![25],
                2 => vec![25, 10],
                layers => vec![10; layers],
            });
            options.batch = Some(self.batch.unwrap_or((training / STEPS).max(SMALLEST_BATCH)));
        }
        if rare && self.usual_patience {
            options.patience = LONG_PATIENCE;
        }
        options
    }

    /// Nodes or pairs in a batch.
    pub(super) fn batch_size(&self) -> usize {
        self.batch.unwrap_or(512)
    }

    /// Width of the result.
    pub fn width(&self) -> usize {
        self.dimensions.unwrap_or(64)
    }

    /// Width between layers.
    pub fn hidden_width(&self) -> usize {
        self.hidden.unwrap_or(self.width())
    }
}
