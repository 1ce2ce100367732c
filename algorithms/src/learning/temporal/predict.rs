//! `algo.predict`: the algorithm as a whole, from examples to predictions.

use ndarray::Array2;

use super::aggregate::AggregateRequest;
use super::candidate::{self, Candidate, Protocol, Tables};
use super::describe::{DESCRIPTION, DatabaseView, Given, NumberLossChoice, PredictModel};
use super::fields::{FieldRequest, Fields};
use super::judge::{Goal, GoalRequest, Judge};
use super::network::{self, NetworkOptions, Roots, Scene};
use super::recency::recency;
use super::sampler::Sampling;
use super::timeline::Timeline;
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ElementTimes, ExamplePart, ExampleRequest, Examples, TimeSource, TimeSpan};
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::Description;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::graph::csr::NodeIndex;
use crate::graph::property::PropertyGraph;
use crate::learning::features::FeatureRequest;
use crate::learning::gnn::model::Model;
use crate::learning::gnn::tape::NumberLoss;
use crate::numeric::workers::Workers;

/// `algo.predict`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Predict;

/// An error about a parameter.
fn wrong(parameter: &str, why: impl std::fmt::Display) -> Error {
    Error::Unfit(format!("{parameter}: {why}"))
}

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

fn request(given: &Given) -> Result<ExampleRequest, Error> {
    let needed = |parameter: &str, example: &str| wrong(parameter, format!("it has to be given, such as {example}"));
    let horizon = span(Given::horizon, &given.horizon)?.ok_or_else(|| needed(Given::horizon, "DURATION 'P30D'"))?;
    Ok(ExampleRequest {
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

fn fanouts(argument: &Argument) -> Result<Vec<usize>, Error> {
    let list = match argument {
        Argument::Null => return Ok(vec![64, 16]),
        Argument::List(items) => items.iter().map(|item| match item {
            Argument::Int(count) if *count >= 1 => usize::try_from(*count).ok(),
            _ => None,
        }),
        other => {
            return Err(wrong(
                Given::sampling,
                format!("got {other}, takes a list of integers above 0, such as [64, 16]"),
            ));
        }
    };
    match list.collect::<Option<Vec<usize>>>() {
        Some(list) if (1..=8).contains(&list.len()) => Ok(list),
        _ => Err(wrong(Given::sampling, "takes one to eight integers above 0, such as [64, 16]")),
    }
}

impl Algorithm for Predict {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        fanouts(&given.sampling)?;
        FeatureRequest::parse("predict", Given::features, &given.features, true)?;
        let times = TimeSource::parse(&given.time_property).map_err(|why| wrong(Given::time_property, why))?;
        let needs = Needs::properties(PropertySelection::unwritten(), PropertySelection::none());
        Ok(Needs { times: Some(times), examples: Some(request(&given)?), ..needs })
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let loaded = shape.nodes * (16 + 8 * shape.node_values) + shape.edges * 64;
        // The tables of examples are made later; what is known now is the graph.
        let work = (shape.nodes + shape.edges) as f64 * 2e-5;
        Ok(Estimate { bytes: loaded.saturating_mul(3), seconds: work / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let (Some(times), Some(examples)) = (input.times, input.examples) else { return Err(Error::WrongInput) };
        let threads = context.threads(arguments.concurrency);
        context.pool.install(|| {
            let workers = Workers::new(context, threads);
            Task { workers: &workers, threads, graph, times, examples, given: &given, seed: arguments.seed }.run()
        })
    }
}

/// One call.
struct Task<'a> {
    workers: &'a Workers<'a>,
    threads: usize,
    graph: &'a PropertyGraph,
    times: &'a ElementTimes,
    examples: &'a Examples,
    given: &'a Given,
    seed: u64,
}

impl Task<'_> {
    fn run(&self) -> Result<Output, Error> {
        let given = self.given;
        let request = GoalRequest { task: given.task, metric: given.metric, class_weights: &given.class_weights };
        let (goal, judge, warnings) = Judge::new(self.examples, &request)?;
        let protocol = Protocol { frozen: given.database == DatabaseView::Frozen };
        let timeline = Timeline::new(self.graph, self.times, |_| false);
        self.workers.check_cancelled()?;
        let mut candidates = Vec::new();
        let auto = given.model == PredictModel::Auto;
        if auto || matches!(given.model, PredictModel::Ridge | PredictModel::Aggregate) {
            let tables = self.tables(&timeline, &judge, protocol)?;
            if given.model != PredictModel::Aggregate {
                self.report("ridge", 0.3);
                candidates.push(candidate::ridge(self.workers, &tables, &goal, &judge, self.threads)?);
            }
            if given.model != PredictModel::Ridge {
                self.report("aggregate", 0.4);
                candidates.push(candidate::aggregate(self.workers, &tables, &goal, &judge, self.threads, self.seed)?);
            }
        }
        match given.model {
            PredictModel::Hgt => candidates.push(self.network(&timeline, &goal, &judge, protocol, Model::Hgt)?),
            PredictModel::GraphSage | PredictModel::Auto => {
                candidates.push(self.network(&timeline, &goal, &judge, protocol, Model::GraphSage)?);
            }
            PredictModel::Ridge | PredictModel::Aggregate => {}
        }
        self.workers.check_cancelled()?;
        let weights = candidate::stack(&judge, &candidates);
        let last = candidate::mean(&candidates, &weights, |candidate| &candidate.last);
        let (test, future) = candidate::split_last(&judge, &last);
        let mut output = self.columns(&goal, &judge, &future);
        output.stats = self.stats(&goal, &judge, &candidates, &weights, &test);
        output.warnings = warnings;
        Ok(output)
    }

    fn report(&self, stage: &str, fraction: f64) {
        (self.workers.context().progress)(Progress { stage, fraction });
    }

    /// The types of the entities, ascending.
    fn entity_types(&self) -> Vec<u32> {
        let mut types: Vec<u32> =
            self.examples.entities.iter().map(|&entity| self.graph.node_type[entity as usize]).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    fn tables(&self, timeline: &Timeline, judge: &Judge<'_>, protocol: Protocol) -> Result<Tables, Error> {
        self.report("aggregates", 0.05);
        let keys = |kind: &str, property: &str| {
            let of_kind = self.graph.keys_of_types.iter().filter(|(name, _)| **name == *kind);
            of_kind.flat_map(|(_, keys)| keys).any(|key| **key == *property)
        };
        let fields = Fields::new(&FieldRequest {
            graph: self.graph,
            times: &timeline.times,
            until: self.examples.validation_from,
            leave_out: &keys,
        });
        let entity_types = self.entity_types();
        let request = AggregateRequest {
            graph: self.graph,
            timeline,
            fields: &fields,
            entity_types: &entity_types,
            horizon: self.examples.horizon,
            calendar: matches!(self.given.horizon, Argument::Duration { .. }),
        };
        Tables::new(self.workers, &request, self.examples, judge, protocol)
    }

    fn network(
        &self,
        timeline: &Timeline,
        goal: &Goal,
        judge: &Judge<'_>,
        protocol: Protocol,
        model: Model,
    ) -> Result<Candidate, Error> {
        let given = self.given;
        let features = FeatureRequest::parse("predict", Given::features, &given.features, true)?.of_nodes(self.graph);
        let scene = Scene::new(self.graph, timeline, &features, self.examples.validation_from)?;
        let options = NetworkOptions {
            model,
            width: given.width,
            sampling: Sampling { fanouts: fanouts(&given.sampling)?, strategy: given.strategy },
            epochs: given.epochs,
            patience: given.patience.unwrap_or(5),
            rate: given.learning_rate,
            decay: given.weight_decay,
            dropout: given.dropout as f32,
            batch: given.batch_size,
            heads: given.heads,
            seeds: given.seeds,
            seed: self.seed,
            loss: match given.loss {
                NumberLossChoice::Mae => NumberLoss::Absolute,
                NumberLossChoice::Mse => NumberLoss::Squared,
                NumberLossChoice::Huber => NumberLoss::Huber,
            },
        };
        let seen: Vec<(NodeIndex, f64)> = (0..self.examples.entities.len())
            .map(|row| (self.examples.entities[row], protocol.seen(self.examples, row)))
            .collect();
        let dated: Vec<(NodeIndex, f64, f64)> =
            seen.iter().zip(&self.examples.times).map(|(&(entity, seen), &at)| (entity, seen, at)).collect();
        let beside =
            given.recency.then(|| recency(timeline, &dated, &self.entity_types(), judge.rows(ExamplePart::Train)));
        let roots = Roots { seen: &seen, beside: beside.as_ref() };
        let learned = network::learn(self.workers, &scene, goal, judge, &roots, &options)?;
        let rows = |parts: &[ExamplePart]| {
            let places: Vec<usize> = parts.iter().flat_map(|&part| judge.rows(part)).map(|&row| row as usize).collect();
            learned.predictions.select(ndarray::Axis(0), &places)
        };
        Ok(Candidate {
            name: model.name(),
            settings: format!("{} epochs, {} weights", learned.epochs, learned.parameters),
            validation: rows(&[ExamplePart::Validation]),
            last: rows(&[ExamplePart::Test, ExamplePart::Future]),
        })
    }

    /// The rows: predictions for the entities at the time asked for, in the order of the nodes.
    fn columns(&self, goal: &Goal, judge: &Judge<'_>, future: &Array2<f64>) -> Output {
        let rows = judge.rows(ExamplePart::Future);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| self.examples.entities[rows[place] as usize]);
        let nodes: Vec<u32> = order.iter().map(|&place| self.examples.entities[rows[place] as usize]).collect();
        let numbers = !matches!(self.given.horizon, Argument::Duration { .. });
        let time = |&place: &usize| match self.examples.times[rows[place] as usize] {
            time if numbers => Scalar::Float(time),
            time => Scalar::Time(time),
        };
        let times = Column::Scalars(order.iter().map(time).collect());
        let [prediction, probability] = match goal {
            Goal::Numbers { .. } => {
                let prediction = Column::Floats(order.iter().map(|&place| future[[place, 0]]).collect());
                [prediction, Column::Nulls(order.len())]
            }
            Goal::Classes { values, .. } => {
                let most = |&place: &usize| {
                    let row = future.row(place);
                    let best = (0..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
                    values[best].scalar()
                };
                let names = values.iter().map(|class| class.name().into()).collect();
                let data =
                    order.iter().flat_map(|&place| future.row(place).to_vec()).map(|share| share as f32).collect();
                [Column::Scalars(order.iter().map(most).collect()), Column::Records { names, data }]
            }
        };
        Output { rows: Rows::SomeNodes(nodes), columns: vec![times, prediction, probability], ..Output::default() }
    }

    fn stats(
        &self,
        goal: &Goal,
        judge: &Judge<'_>,
        candidates: &[Candidate],
        weights: &[f64],
        test: &Array2<f64>,
    ) -> Vec<(&'static str, Scalar)> {
        let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
        let int = |part| Scalar::Int(judge.rows(part).len() as i64);
        let used: Vec<&str> = candidates
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(candidate, _)| candidate.name)
            .collect();
        let validation = candidate::mean(candidates, weights, |candidate| &candidate.validation);
        let models = candidates.iter().zip(weights).map(|(candidate, &weight)| {
            let (test, _) = candidate::split_last(judge, &candidate.last);
            Scalar::Record(vec![
                ("model", Scalar::String(candidate.name.to_owned())),
                ("validationScore", float(judge.score_of(ExamplePart::Validation, &candidate.validation))),
                ("testScore", float(judge.score_of(ExamplePart::Test, &test))),
                ("weight", Scalar::Float(weight)),
                ("settings", Scalar::String(candidate.settings.clone())),
            ])
        });
        vec![
            ("model", Scalar::String(used.join(" + "))),
            ("database", Scalar::String(self.given.database.word().to_owned())),
            ("metric", Scalar::String(judge.metric().name().to_owned())),
            ("trainExamples", int(ExamplePart::Train)),
            ("validationExamples", int(ExamplePart::Validation)),
            ("testExamples", int(ExamplePart::Test)),
            ("validationScore", float(judge.score_of(ExamplePart::Validation, &validation))),
            ("testScore", float(judge.score_of(ExamplePart::Test, test))),
            ("baseline", float(judge.baseline(goal, ExamplePart::Test))),
            ("entityBaseline", float(judge.entity_baseline(goal, ExamplePart::Test))),
            ("models", Scalar::List(models.collect())),
        ]
    }
}
