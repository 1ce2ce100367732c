//! `algo.predict`: predictions of what a query will say, from examples that the database makes.

use super::describe::{DESCRIPTION, Given};
use super::network::NetworkOptions;
use super::pipeline::learn;
use super::settings::{self, Settings, wrong};
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ExamplePart, ExampleRequest, PredictiveQuery, TimeSource, TimeSpan};
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::Description;
use crate::core::error::Error;
use crate::learning::features::FeatureRequest;
use crate::learning::gnn::model::{Aggregator, Model};

/// `algo.predict`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Predict;

/// A moment.
fn moment(parameter: &str, argument: &Argument) -> Result<Option<f64>, Error> {
    match argument {
        Argument::Null => Ok(None),
        Argument::Time(seconds) | Argument::Float(seconds) => Ok(Some(*seconds)),
        Argument::Int(number) => Ok(Some(*number as f64)),
        other => {
            Err(wrong(parameter, format!("got {other}, takes a date, a datetime, or a number where times are numbers")))
        }
    }
}

fn span(parameter: &str, argument: &Argument) -> Result<Option<TimeSpan>, Error> {
    TimeSpan::parse(argument).map_err(|why| wrong(parameter, why))
}

fn request(given: &Given) -> Result<PredictiveQuery, Error> {
    let needed = |parameter: &str, example: &str| wrong(parameter, format!("it has to be given, such as {example}"));
    let horizon = span(Given::horizon, &given.horizon)?.ok_or_else(|| needed(Given::horizon, "DURATION 'P30D'"))?;
    Ok(PredictiveQuery {
        entity: given.entity.clone().ok_or_else(|| needed(Given::entity, "'Customer'"))?,
        target: given
            .target
            .clone()
            .ok_or_else(|| needed(Given::target, "'COUNT { (n)<-[:CUSTOMER]-(:Invoice) } = 0'"))?,
        eligible: given.eligible.clone(),
        horizon,
        every: span(Given::every, &given.every)?.unwrap_or(horizon),
        lookback: span(Given::lookback, &given.lookback)?,
        validation_from: moment(Given::validation_from, &given.validation_from)?,
        test_from: moment(Given::test_from, &given.test_from)?,
        at: moment(Given::at, &given.at)?,
        stamps: given.stamps,
    })
}

fn settings(given: &Given, seed: u64) -> Result<Settings, Error> {
    Ok(Settings {
        model: given.model,
        database: given.database,
        task: given.task,
        metric: given.metric,
        class_weights: given.class_weights.clone(),
        features: FeatureRequest::parse("predict", Given::features, &given.features, true)?,
        recency: given.recency,
        network: NetworkOptions {
            model: Model::GraphSage,
            aggregator: Aggregator::Mean,
            width: given.width,
            sampling: settings::sampling((Given::sampling, &given.sampling), given.strategy, None)?,
            epochs: given.epochs,
            patience: given.patience.unwrap_or(5),
            rate: given.learning_rate,
            decay: given.weight_decay,
            dropout: given.dropout as f32,
            batch: given.batch_size,
            heads: given.heads,
            seeds: given.seeds,
            seed,
            loss: given.loss.loss(),
        },
        every_row: false,
        without_examples: "no entity has a target there; look at CALL algo.predict.examples, and move validationFrom and testFrom",
    })
}

impl Algorithm for Predict {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        settings(&given, arguments.seed)?;
        let times = TimeSource::parse(&given.time_property).map_err(|why| wrong(Given::time_property, why))?;
        Ok(settings::needs(times, ExampleRequest::Query(request(&given)?)))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(settings::estimate(shape, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        let settings = settings(&given, arguments.seed)?;
        let mut outcome = learn(input, &settings, arguments, context)?;
        let Some(examples) = input.examples else { return Err(Error::WrongInput) };
        // The entities at the time asked for, in the order of the nodes.
        let rows = outcome.judge.rows(ExamplePart::Future);
        let entity = |place: usize| examples.roles.first()?.entities[rows[place] as usize];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| entity(place));
        let nodes = order.iter().filter_map(|&place| entity(place)).collect();
        let time = |&place: &usize| match examples.times[rows[place] as usize] {
            time if examples.calendar => Scalar::Time(time),
            time => Scalar::Float(time),
        };
        let times = Column::Scalars(order.iter().map(time).collect());
        let [prediction, probability] = outcome.columns(&outcome.future.select(ndarray::Axis(0), &order));
        let columns = vec![times, prediction, probability];
        let warnings = std::mem::take(&mut outcome.warnings);
        Ok(Output { rows: Rows::SomeNodes(nodes), columns, stats: outcome.stats(), warnings, ..Output::default() })
    }
}
