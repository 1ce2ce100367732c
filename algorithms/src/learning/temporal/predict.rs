//! `algo.predict`: predictions of what a query will say, from examples that the database makes.

use ndarray::{Array2, Axis};

use super::apply::apply;
use super::describe::{DESCRIPTION, Given};
use super::judge::Goal;
use super::network::NetworkOptions;
use super::pipeline::learn;
use super::saved::{Question, SavedPredictor};
use super::settings::{self, Settings, moment, span, wrong};
use super::words::PredictModel;
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ExamplePart, ExampleRequest, Examples, PredictiveQuery, TimeSource};
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::Description;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::learning::features::FeatureRequest;
use crate::learning::gnn::model::{Aggregator, Model};

/// `algo.predict`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Predict;

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
        learned_until: None,
        only_future: false,
    })
}

/// The saved model that a call applies, after a look at what else the call says.
fn applied(given: &Given, arguments: &Arguments, model: Option<&[u8]>) -> Result<Option<SavedPredictor>, Error> {
    if given.use_model.is_none() {
        return Ok(None);
    }
    let saved = SavedPredictor::read(model.ok_or(Error::WrongInput)?)?;
    saved.question.check(given, arguments)?;
    Ok(Some(saved))
}

/// The saved model that training goes on from.
fn started(given: &Given, arguments: &Arguments, model: Option<&[u8]>) -> Result<Option<SavedPredictor>, Error> {
    if given.start_from.is_none() {
        return Ok(None);
    }
    if matches!(given.model, PredictModel::Ridge | PredictModel::Aggregate) {
        let model = given.model.word();
        return Err(wrong(
            Given::start_from,
            format!("{model} is not trained step by step; of graphsage and hgt training goes on"),
        ));
    }
    if arguments.is_given(Given::features) {
        return Err(wrong(Given::features, "they are those of the model that training goes on from; leave it out"));
    }
    model.map(SavedPredictor::read).transpose()
}

fn settings(given: &Given, seed: u64) -> Result<Settings, Error> {
    let (width, heads) = (given.width, given.heads);
    if given.model == PredictModel::Hgt && !width.is_multiple_of(heads) {
        return Err(wrong(Given::width, format!("is {width}, which is not a multiple of heads ({heads})")));
    }
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

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        if let Some(saved) = applied(&given, arguments, model)? {
            let query = saved.question.query(&given, arguments, saved.learned_until)?;
            return Ok(settings::needs(saved.question.times(), ExampleRequest::Query(query)));
        }
        settings(&given, arguments.seed)?;
        started(&given, arguments, model)?;
        Ok(settings::needs(times(&given)?, ExampleRequest::Query(request(&given)?)))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(settings::estimate(shape, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        let Some(examples) = input.examples else { return Err(Error::WrongInput) };
        if let Some(saved) = applied(&given, arguments, input.model)? {
            let mut applied = apply(input, &saved, arguments, context)?;
            let rows = applied.judge.rows(ExamplePart::Future);
            let predictions = applied.of_part(ExamplePart::Future);
            let (rows, columns) = predicted(examples, rows, &predictions, &applied.goal);
            let stats = applied.stats(&saved);
            let warnings = std::mem::take(&mut applied.warnings);
            return Ok(Output { rows, columns, stats, warnings, ..Output::default() });
        }
        let settings = settings(&given, arguments.seed)?;
        let start = started(&given, arguments, input.model)?;
        let mut outcome = learn(input, &settings, start.as_ref(), arguments, context)?;
        let warnings = std::mem::take(&mut outcome.warnings);
        let rows = outcome.judge.rows(ExamplePart::Future);
        let (rows, columns) = predicted(examples, rows, &outcome.future, &outcome.goal);
        let stats = outcome.stats();
        let model = match given.save_model {
            Some(_) => Some(outcome.saved(Question::new(&request(&given)?, &times(&given)?)).write(&stats)?),
            None => None,
        };
        Ok(Output { rows, columns, stats, warnings, model })
    }
}

fn times(given: &Given) -> Result<TimeSource, Error> {
    TimeSource::parse(&given.time_property).map_err(|why| wrong(Given::time_property, why))
}

/// Rows of the entities at the time asked for, in the order of the nodes.
fn predicted(examples: &Examples, rows: &[u32], predictions: &Array2<f64>, goal: &Goal) -> (Rows, Vec<Column>) {
    let entity = |place: usize| examples.roles.first()?.entities[rows[place] as usize];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&place| entity(place));
    let nodes = order.iter().filter_map(|&place| entity(place)).collect();
    let time = |&place: &usize| match examples.times[rows[place] as usize] {
        time if examples.calendar => Scalar::Time(time),
        time => Scalar::Float(time),
    };
    let times = Column::Scalars(order.iter().map(time).collect());
    let [prediction, probability] = goal.columns(&predictions.select(Axis(0), &order));
    (Rows::SomeNodes(nodes), vec![times, prediction, probability])
}
