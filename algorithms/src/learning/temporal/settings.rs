//! What a call asks of the models over time, whether the database makes its examples or they are nodes.

use super::network::NetworkOptions;
use super::sampler::{Sampling, Strategy};
use super::words::{DatabaseView, NumberLossChoice, PredictModel};
use crate::algorithm::examples::{ExampleRequest, TimeSource, TimeSpan};
use crate::algorithm::input::{Needs, PropertySelection};
use crate::algorithm::output::{Estimate, GraphShape};
use crate::core::argument::Argument;
use crate::core::error::Error;
use crate::learning::features::FeatureRequest;
use crate::learning::gnn::metric::Metric;
use crate::learning::gnn::options::Task;
use crate::learning::gnn::tape::NumberLoss;

/// Checked settings of one call.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What predicts.
    pub model: PredictModel,
    /// What examples of the test see.
    pub database: DatabaseView,
    /// Classes or numbers, where the target leaves it open.
    pub task: Option<Task>,
    /// The metric, where the call names one.
    pub metric: Option<Metric>,
    /// The argument `classWeights`.
    pub class_weights: Argument,
    /// The features of networks.
    pub features: FeatureRequest,
    /// Whether networks also get how many rows each history has, and how old they are.
    pub recency: bool,
    /// The networks and their training; their layers are those of `model`.
    pub network: NetworkOptions,
    /// Whether every example has a row in the result, not only what is to be predicted.
    pub every_row: bool,
    /// What a user can do when a part has no examples.
    pub without_examples: &'static str,
}

/// An error about a parameter.
pub fn wrong(parameter: &str, why: impl std::fmt::Display) -> Error {
    Error::Unfit(format!("{parameter}: {why}"))
}

/// A moment.
///
/// # Errors
/// What is none.
pub fn moment(parameter: &str, argument: &Argument) -> Result<Option<f64>, Error> {
    match argument {
        Argument::Null => Ok(None),
        Argument::Time(seconds) | Argument::Float(seconds) => Ok(Some(*seconds)),
        Argument::Int(number) => Ok(Some(*number as f64)),
        other => {
            Err(wrong(parameter, format!("got {other}, takes a date, a datetime, or a number where times are numbers")))
        }
    }
}

/// A length of time.
///
/// # Errors
/// What is none.
pub fn span(parameter: &str, argument: &Argument) -> Result<Option<TimeSpan>, Error> {
    TimeSpan::parse(argument).map_err(|why| wrong(parameter, why))
}

/// What is drawn of each neighbourhood; `layers` = how many layers there are, where the call says so.
///
/// # Errors
/// What is no list of one to eight integers above 0, or one for another number of layers.
pub fn sampling(
    (parameter, argument): (&str, &Argument),
    strategy: Strategy,
    layers: Option<usize>,
) -> Result<Sampling, Error> {
    let list = match argument {
        Argument::Null => {
            let fanouts = (0..layers.unwrap_or(2)).map(|layer| if layer == 0 { 64 } else { 16 }).collect();
            return Ok(Sampling { fanouts, strategy });
        }
        Argument::List(items) => items.iter().map(|item| match item {
            Argument::Int(count) if *count >= 1 => usize::try_from(*count).ok(),
            _ => None,
        }),
        other => {
            return Err(wrong(parameter, format!("got {other}, takes a list of integers above 0, such as [64, 16]")));
        }
    };
    match list.collect::<Option<Vec<usize>>>() {
        Some(list) if layers.is_some_and(|layers| layers != list.len()) => Err(wrong(
            parameter,
            format!("has {} numbers, but there are {} layers: one for each", list.len(), layers.unwrap_or_default()),
        )),
        Some(fanouts) if (1..=8).contains(&fanouts.len()) => Ok(Sampling { fanouts, strategy }),
        _ => Err(wrong(parameter, "takes one to eight integers above 0, such as [64, 16]")),
    }
}

impl NumberLossChoice {
    /// The loss itself.
    pub fn loss(self) -> NumberLoss {
        match self {
            NumberLossChoice::Mae => NumberLoss::Absolute,
            NumberLossChoice::Mse => NumberLoss::Squared,
            NumberLossChoice::Huber => NumberLoss::Huber,
        }
    }
}

/// What the models read: all properties, the times of nodes and edges, and examples.
pub fn needs(times: TimeSource, examples: ExampleRequest) -> Needs {
    let needs = Needs::properties(PropertySelection::unwritten(), PropertySelection::none());
    Needs { times: Some(times), examples: Some(examples), ..needs }
}

/// What a run would need, as far as it is known before the examples are made: the graph.
pub fn estimate(shape: GraphShape, threads: usize) -> Estimate {
    let loaded = shape.nodes * (16 + 8 * shape.node_values) + shape.edges * 64;
    let work = (shape.nodes + shape.edges) as f64 * 2e-5;
    Estimate { bytes: loaded.saturating_mul(3), seconds: work / threads.max(1) as f64 }
}
