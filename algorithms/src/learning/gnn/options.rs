//! What a call asks for, checked as a whole.

use super::describe::{Given, Predictor, UpdateBy};
use super::head::Readout;
use super::input::WithoutFeatures;
use super::items::Kind;
use super::metric::Metric;
use super::model::{Aggregator, Model, Norm};
use super::parameters::Method;
use crate::algorithm::examples::TimeSource;
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
        /// A class of each node, or graph.
        Classification = "classification",
        /// A number of each node, or graph.
        Regression = "regression",
        /// A class of each edge.
        EdgeClassification = "edge_classification",
        /// A number of each edge.
        EdgeRegression = "edge_regression",
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
/// Graphs in a batch, when the call says nothing.
const GRAPHS: usize = 64;
const SMALLEST_BATCH: usize = 2048;

impl Task {
    /// Losses that make sense for it, the default first.
    fn losses(self) -> &'static [Loss] {
        match self {
            Task::Classification | Task::EdgeClassification => &[Loss::CrossEntropy, Loss::Bce],
            Task::Regression | Task::EdgeRegression => &[Loss::Mse, Loss::Mae, Loss::Huber],
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

    /// The task of nodes that asks for the same kind of values.
    pub fn of_values(self) -> Task {
        match self {
            Task::EdgeClassification => Task::Classification,
            Task::EdgeRegression => Task::Regression,
            other => other,
        }
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
    /// The property that says which graph a node belongs to.
    pub(super) group_by: Option<String>,
    pub(super) readout: Readout,
    pub(super) norm: Norm,
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

/// The network, where a call has no examples over time; refuses what only goes with these.
fn network(arguments: &Arguments, given: &Given) -> Result<Model, Error> {
    if let Some(name) = Given::OVER_TIME.into_iter().find(|name| arguments.is_given(name)) {
        return Err(unfit(format!("{name} goes with examples, the label of nodes that are examples over time")));
    }
    match given.model {
        Predictor::Network(model) => Ok(model),
        Predictor::OverTime(model) => Err(unfit(format!(
            "the model {:?} predicts examples over time; name the label of these nodes with examples",
            model.word()
        ))),
    }
}

/// The property that holds all times.
fn one_time_property(argument: &Argument) -> Result<Option<String>, Error> {
    let times = TimeSource::parse(argument).map_err(|why| unfit(format!("timeProperty {why}")))?;
    if times.by_label.is_empty() {
        return Ok(times.otherwise);
    }
    let known: Vec<String> = times.by_label.iter().map(|(label, property)| format!("`{label}`.`{property}`")).collect();
    Err(unfit(format!(
        "with asOf one timeProperty holds all times, and there are {}; name one, and the labels that have it with nodeLabels",
        known.join(", ")
    )))
}

impl Options {
    /// Reads checked arguments; what depends on the graph is checked later.
    pub fn parse(arguments: &Arguments) -> Result<Options, Error> {
        let given = Given::read(arguments)?;
        let model = network(arguments, &given)?;
        let time_property = one_time_property(&given.time_property)?;
        let Given { target, split, task, target_edge, loss, group_by, .. } = given;
        let of_edges = matches!(task, Some(Task::EdgeClassification | Task::EdgeRegression));
        let excluded: Vec<&str> =
            [&target, &split, &time_property, &group_by].into_iter().flatten().map(String::as_str).collect();
        let parse = |name, value, by_default| FeatureRequest::parse("gnn_embed", name, value, by_default);
        let features = parse(Given::features, &given.features, true)?;
        // Models that are made for edge features take all there are, and so do predictions of edges.
        let edges_by_default = of_edges || matches!(model, Model::Egnn | Model::Ecc);
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
        let decay = if target.is_some() && !of_edges && group_by.is_none() && model != Model::Gin { 5e-4 } else { 0.0 };
        // As in its paper; with larger steps it settles early, some ten points below.
        let (rate, dropout) = if loss == Some(Loss::Dgi) { (0.001, 0.0) } else { (0.01, 0.5) };
        // A score of few held-out edges stands still for long before it rises.
        let by_held_out = matches!(task, Some(Task::LinkPrediction | Task::Recommendation))
            || (target_edge.is_some() && !of_edges)
            || (model == Model::LightGcn && target.is_none());
        let options = Options {
            model,
            dimensions: given.dimensions,
            // Another step brings what shares an album or a maker: measured in bench/gnn/recommend.py.
            layers: given.layers.unwrap_or(match model {
                Model::LightGcn => 3,
                // As in its paper.
                Model::Gin if group_by.is_some() => 5,
                _ => 2,
            }),
            hidden: given.hidden,
            aggregator: given.aggregator,
            heads: given.heads,
            gru: given.update == UpdateBy::Gru,
            bases: given.bases,
            features: features.exclude(&excluded),
            edge_features: edge_features.exclude(&excluded),
            without_features: given.without_features.unwrap_or(match group_by {
                // A graph that was not trained on has other nodes.
                Some(_) => WithoutFeatures::Degrees,
                None => WithoutFeatures::Ids,
            }),
            task,
            target,
            split,
            group_by,
            readout: given.readout,
            norm: given.norm,
            target_edge,
            loss,
            metric: given.metric,
            class_weights: given.class_weights,
            negatives: given.negative_samples,
            margin: given.margin as f32,
            epochs: given.epochs.unwrap_or(200),
            patience: given.patience.unwrap_or(if by_held_out { LONG_PATIENCE } else { 20 }),
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
        if self.predicts_edges() && self.target.is_none() {
            let task = self.task.map_or("", Task::name);
            return Err(unfit(format!("the task {task:?} needs a target: the property of edges to predict")));
        }
        self.check_graphs()?;
        if self.target.is_some() && (edge_task || self.task == Some(Task::Unsupervised)) {
            let task = self.task.map_or("", Task::name);
            return Err(unfit(format!(
                "the task {task:?} takes no target; leave it out, or choose \"classification\" or \"regression\""
            )));
        }
        let no_target = self.target.is_none() || self.predicts_edges();
        if self.target_edge.is_some() && (node_task || !no_target || self.task == Some(Task::Unsupervised)) {
            return Err(unfit(
                "targetEdge is for the tasks \"link_prediction\", \"recommendation\", \"edge_classification\" and \"edge_regression\"",
            ));
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

    /// Whether the target is a property of edges.
    pub fn predicts_edges(&self) -> bool {
        matches!(self.task, Some(Task::EdgeClassification | Task::EdgeRegression))
    }

    /// What the target is of.
    pub fn kind(&self) -> Kind {
        match self.group_by {
            _ if self.predicts_edges() => Kind::Edges,
            Some(_) => Kind::Graphs,
            None => Kind::Nodes,
        }
    }

    /// Refuses what does not go with whole graphs.
    fn check_graphs(&self) -> Result<(), Error> {
        let Some(group_by) = &self.group_by else { return Ok(()) };
        if self.target.is_none() {
            return Err(unfit(
                "groupBy makes graphs of nodes, and a target says what of them is predicted; the call has none",
            ));
        }
        if self.predicts_edges() {
            let task = self.task.map_or("", Task::name);
            return Err(unfit(format!(
                "the task {task:?} predicts edges, and groupBy is for predictions of graphs; leave one out"
            )));
        }
        if self.target.as_ref() == Some(group_by) || self.split.as_ref() == Some(group_by) {
            return Err(unfit(format!(
                "groupBy names {group_by:?}, which is the target or the split: it says which graph a node is of"
            )));
        }
        if matches!(self.model, Model::LightGcn | Model::GraphNet) {
            return Err(unfit(format!(
                "the model {:?} is not for graphs of their own: {}; take another, such as \"gin\"",
                self.model.name(),
                match self.model {
                    Model::GraphNet => "its one global state would join them",
                    _ => "it learns a vector for each node, and nodes of other graphs have none",
                }
            )));
        }
        if self.without_features == WithoutFeatures::Ids {
            return Err(unfit(
                "withoutFeatures: \"id\" learns a vector for each node, and nodes of other graphs would have none; leave it out: \
                 with groupBy it is \"degree\"",
            ));
        }
        if self.fanouts.is_some() {
            return Err(unfit(
                "sampling draws neighbours, and graphs are read whole: batchSize says how many at a time",
            ));
        }
        Ok(())
    }

    /// Nodes, graphs, edges or pairs in a batch; `None` = all in one step.
    pub(super) fn items_in_batch(&self, kind: Kind) -> Option<usize> {
        match kind {
            Kind::Graphs if self.batches_by_size => Some(self.batch.unwrap_or(GRAPHS)),
            _ => self.fanouts.as_ref().map(|_| self.batch_size()),
        }
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
        if self.batches_by_size && self.group_by.is_none() && training > MOST_IN_ONE_STEP && self.takes_batches() {
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
