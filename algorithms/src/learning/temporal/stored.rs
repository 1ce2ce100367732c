//! Examples that are nodes: `algo.gnn_embed` with the argument `examples`.
//!
//! The graph that is learned from does not have them: the database leaves them out of it, with their edges and properties, so that
//! no example sees another, nor what is to be predicted of itself.

use ndarray::Array2;

use super::network::NetworkOptions;
use super::pipeline::{Outcome, learn};
use super::settings::{self, Settings, wrong};
use super::words::{NumberLossChoice, PredictModel};
use crate::algorithm::examples::{ExampleNodes, ExamplePart, ExampleRequest, TimeSource};
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::{Arguments, Blocks, Common};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::learning::features::FeatureRequest;
use crate::learning::gnn::describe::{Given, Predictor};
use crate::learning::gnn::model::Model;
use crate::learning::gnn::options::{Loss, Task};

/// The columns that hold something.
pub const COLUMNS: [&str; 3] = ["nodeId", "prediction", "probability"];

/// Parameters that go with examples, beside those that only go with them.
const ALSO: [&str; 22] = [
    Given::examples,
    Given::model,
    Given::dimensions,
    Given::layers,
    Given::hidden,
    Given::aggregator,
    Given::heads,
    Given::features,
    Given::task,
    Given::target,
    Given::split,
    Given::loss,
    Given::metric,
    Given::class_weights,
    Given::epochs,
    Given::patience,
    Given::learning_rate,
    Given::weight_decay,
    Given::dropout,
    Given::sampling,
    Given::batch_size,
    Given::time_property,
];

fn refuse_with_examples(arguments: &Arguments) -> Result<(), Error> {
    let own = Given::PARAMETERS.iter().map(|parameter| parameter.name);
    let own = own.filter(|name| !Given::OVER_TIME.contains(name) && !ALSO.contains(name));
    match own.chain([Common::weight, Blocks::block_size]).find(|name| arguments.is_given(name)) {
        None => Ok(()),
        Some(name) => Err(wrong(name, "it does not go with examples; leave it out")),
    }
}

fn model(given: &Given) -> Result<PredictModel, Error> {
    match given.model {
        Predictor::Network(Model::GraphSage) => Ok(PredictModel::GraphSage),
        Predictor::Network(Model::Hgt) => Ok(PredictModel::Hgt),
        Predictor::OverTime(model) => Ok(model),
        Predictor::Network(other) => Err(wrong(
            Given::model,
            format!("{:?} does not predict examples over time; {} do", other.word(), PredictModel::WORDS.join(", ")),
        )),
    }
}

/// The task, and what is minimised for numbers.
fn task(given: &Given) -> Result<(Option<Task>, NumberLossChoice), Error> {
    let (of_loss, number) = match given.loss {
        None => (None, NumberLossChoice::Mae),
        Some(Loss::CrossEntropy) => (Some(Task::Classification), NumberLossChoice::Mae),
        Some(Loss::Mae) => (Some(Task::Regression), NumberLossChoice::Mae),
        Some(Loss::Mse) => (Some(Task::Regression), NumberLossChoice::Mse),
        Some(Loss::Huber) => (Some(Task::Regression), NumberLossChoice::Huber),
        Some(other) => {
            let takes = "cross_entropy for classes, mae, mse or huber for numbers";
            return Err(wrong(
                Given::loss,
                format!("{:?} does not go with examples, which take {takes}", other.name()),
            ));
        }
    };
    let task = match given.task {
        None => of_loss,
        Some(task @ (Task::Classification | Task::Regression)) => Some(task),
        Some(task) => {
            let why = format!("{:?} does not go with examples: they have a class or a number each", task.name());
            return Err(wrong(Given::task, why));
        }
    };
    match (given.loss, of_loss) {
        (Some(loss), Some(of_loss)) if task != Some(of_loss) => {
            let task = task.map_or("", Task::name);
            Err(wrong(Given::loss, format!("{:?} does not go with the task {task:?}", loss.name())))
        }
        _ => Ok((task, number)),
    }
}

fn settings(given: &Given, arguments: &Arguments) -> Result<Settings, Error> {
    refuse_with_examples(arguments)?;
    let (task, loss) = task(given)?;
    Ok(Settings {
        model: model(given)?,
        database: given.database,
        task,
        metric: given.metric,
        class_weights: given.class_weights.clone(),
        features: FeatureRequest::parse("gnn_embed", Given::features, &given.features, true)?,
        recency: given.recency,
        network: NetworkOptions {
            model: Model::GraphSage,
            aggregator: given.aggregator,
            width: given.hidden.or(given.dimensions).unwrap_or(64),
            sampling: settings::sampling((Given::sampling, &given.sampling), given.strategy, given.layers)?,
            epochs: given.epochs.unwrap_or(20),
            patience: given.patience.unwrap_or(5),
            rate: given.learning_rate.unwrap_or(0.005),
            decay: given.weight_decay.unwrap_or(0.0),
            dropout: given.dropout.unwrap_or(0.2) as f32,
            batch: given.batch_size.unwrap_or(512),
            heads: given.heads,
            seeds: given.seeds,
            seed: arguments.seed,
            loss: loss.loss(),
        },
        every_row: true,
        without_examples: "of the nodes that are examples none is in it and has a target; look at target and split",
    })
}

/// What is read of the database; `label` = that of the examples.
///
/// # Errors
/// Parameters that do not go with examples, or with each other.
pub fn needs(given: &Given, label: &str, arguments: &Arguments) -> Result<Needs, Error> {
    let settings = settings(given, arguments)?;
    let heads = settings.network.heads;
    if settings.model == PredictModel::Hgt && !settings.network.width.is_multiple_of(heads) {
        let width = settings.network.width;
        return Err(wrong(Given::hidden, format!("is {width}, which is not a multiple of heads ({heads})")));
    }
    let target = given.target.clone();
    let target =
        target.ok_or_else(|| wrong(Given::target, "it has to be given: the property of examples to predict"))?;
    let times = TimeSource::parse(&given.time_property).map_err(|why| wrong(Given::time_property, why))?;
    let times = TimeSource { without: Some(label.to_owned()), ..times };
    let nodes =
        ExampleNodes { label: label.to_owned(), time: given.example_time.clone(), target, split: given.split.clone() };
    Ok(settings::needs(times, ExampleRequest::Nodes(nodes)))
}

/// What a run would need, as far as it is known.
pub fn estimate(shape: GraphShape, threads: usize) -> Estimate {
    settings::estimate(shape, threads)
}

/// Learns from the examples and predicts them all.
///
/// # Errors
/// As an algorithm's `run`.
pub fn run(input: Input<'_>, given: &Given, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
    let settings = settings(given, arguments)?;
    let mut outcome = learn(input, &settings, None, arguments, context)?;
    let (graph, _) = input.properties()?;
    let Some(examples) = input.examples else { return Err(Error::WrongInput) };
    let training = outcome.training();
    let all = every_row(&outcome, &training, examples.len());
    let [prediction, probability] = outcome.columns(&all);
    let nulls = || Column::Nulls(all.nrows());
    let judged = match outcome.judge.rows(ExamplePart::Test).is_empty() {
        false => (ExamplePart::Test, outcome.test().clone()),
        true => (ExamplePart::Validation, outcome.validation()),
    };
    let mut stats = outcome.stats();
    let score = outcome.judge.score_of(ExamplePart::Train, &training);
    stats.push(("nodeCount", Scalar::Int(graph.node_count() as i64)));
    stats.push(("trainScore", score.map_or(Scalar::Null, Scalar::Float)));
    stats.extend(outcome.judge.class_figures(&outcome.goal, judged.0, &judged.1));
    let warnings = std::mem::take(&mut outcome.warnings);
    let columns = vec![nulls(), prediction, nulls(), probability, nulls()];
    Ok(Output { rows: Rows::Examples, columns, stats, warnings, ..Output::default() })
}

/// The predictions of all examples, in their order: those of training and validation by what had learned from training alone.
fn every_row(outcome: &Outcome<'_>, training: &Array2<f64>, rows: usize) -> Array2<f64> {
    let mut all = Array2::zeros((rows, outcome.goal.outputs()));
    let validation = outcome.validation();
    let parts = [
        (ExamplePart::Train, training),
        (ExamplePart::Validation, &validation),
        (ExamplePart::Test, outcome.test()),
        (ExamplePart::Future, &outcome.future),
    ];
    for (part, predictions) in parts {
        for (&row, predicted) in outcome.judge.rows(part).iter().zip(predictions.outer_iter()) {
            all.row_mut(row as usize).assign(&predicted);
        }
    }
    all
}
