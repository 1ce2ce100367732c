//! From examples to predictions: the models that a call asks for, and of them what is best together.

use ndarray::{Array2, Axis};

use super::aggregate::AggregateRequest;
use super::candidate::{self, Candidate, Fitted, Protocol, Tables};
use super::fields::{FieldRequest, FieldSpec, Fields};
use super::judge::{Goal, GoalRequest, Judge};
use super::network::{self, NetworkOptions, SavedNetwork, Scene};
use super::recency;
use super::roots::Roots;
use super::saved::{Question, SavedPart, SavedPredictor};
use super::settings::Settings;
use super::timeline::Timeline;
use super::words::{DatabaseView, PredictModel};
use crate::algorithm::examples::{ElementTimes, ExamplePart, Examples};
use crate::algorithm::input::Input;
use crate::algorithm::output::{Column, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::graph::property::PropertyGraph;
use crate::learning::gnn::model::Model;
use crate::numeric::workers::Workers;

/// One call.
struct Pipeline<'a> {
    workers: &'a Workers<'a>,
    threads: usize,
    graph: &'a PropertyGraph,
    times: &'a ElementTimes,
    examples: &'a Examples,
    settings: &'a Settings,
    /// The network that training goes on from.
    start: Option<&'a SavedNetwork>,
}

/// What the models have read of the graph, by name.
#[derive(Default)]
struct Read {
    entity_types: Vec<String>,
    edge_labels: Vec<String>,
    fields: Vec<(String, Vec<FieldSpec>)>,
    columns: Vec<String>,
}

/// What was learned, and what it says of the examples.
pub struct Outcome<'a> {
    /// What is predicted.
    pub goal: Goal,
    /// How it is judged.
    pub judge: Judge<'a>,
    /// What whoever made the call should know.
    pub warnings: Vec<String>,
    /// Predictions of the examples that are to be predicted, in their order.
    pub future: Array2<f64>,
    settings: &'a Settings,
    candidates: Vec<Candidate>,
    weights: Vec<f64>,
    test: Array2<f64>,
    examples: &'a Examples,
    read: Read,
}

/// Learns from the examples of a call; a network goes on from that of `start`.
///
/// # Errors
/// Examples that nothing can be learned from, or [`Error::Cancelled`].
pub fn learn<'a>(
    input: Input<'a>,
    settings: &'a Settings,
    start: Option<&SavedPredictor>,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<Outcome<'a>, Error> {
    let (graph, _) = input.properties()?;
    let (Some(times), Some(examples)) = (input.times, input.examples) else { return Err(Error::WrongInput) };
    let threads = context.threads(arguments.concurrency);
    context.pool.install(|| {
        let workers = Workers::new(context, threads);
        let request = GoalRequest {
            task: settings.task,
            metric: settings.metric,
            class_weights: &settings.class_weights,
            without_examples: settings.without_examples,
            every_row: settings.every_row,
        };
        let (mut goal, judge, mut warnings) = Judge::new(examples, &request)?;
        if let Some(start) = start {
            go_on(&mut goal, start)?;
        }
        let start = start.and_then(SavedPredictor::network);
        let pipeline = Pipeline { workers: &workers, threads, graph, times, examples, settings, start };
        let mut read = Read::default();
        let candidates = pipeline.candidates(&goal, &judge, &mut warnings, &mut read)?;
        let weights = candidate::stack(&judge, &candidates);
        let last = candidate::mean(&candidates, &weights, |candidate| &candidate.last);
        let (test, future) = candidate::split_last(&judge, &last);
        Ok(Outcome { goal, judge, warnings, future, settings, candidates, weights, test, examples, read })
    })
}

/// Takes over what the weights of a saved network rest on, and refuses one of another problem.
fn go_on(goal: &mut Goal, start: &SavedPredictor) -> Result<(), Error> {
    let unfit = |why: String| Err(Error::Unfit(format!("startFrom: {why}")));
    if start.network().is_none() {
        return unfit(format!("the model is {}, of which training cannot go on; a network can", start.model()));
    }
    match goal {
        Goal::Numbers { scale, .. } if start.goal.classes.is_empty() => *scale = start.goal.scale,
        Goal::Classes { values, .. } if *values == start.goal.classes => {}
        Goal::Numbers { .. } => return unfit("the model predicts classes, and the target is a number".to_owned()),
        Goal::Classes { values, .. } => {
            let names = |classes: &[crate::learning::gnn::target::Class]| {
                let quoted: Vec<String> = classes.iter().map(|class| class.quoted()).collect();
                if quoted.is_empty() { "a number".to_owned() } else { quoted.join(", ") }
            };
            let (known, own) = (names(&start.goal.classes), names(values));
            return unfit(format!("the model predicts {known}, and the target is one of {own}"));
        }
    }
    Ok(())
}

impl Pipeline<'_> {
    fn candidates(
        &self,
        goal: &Goal,
        judge: &Judge<'_>,
        warnings: &mut Vec<String>,
        read: &mut Read,
    ) -> Result<Vec<Candidate>, Error> {
        let model = self.settings.model;
        let protocol = Protocol::new(self.examples, self.settings.database == DatabaseView::Frozen);
        let timeline = Timeline::new(self.graph, self.times);
        self.workers.check_cancelled()?;
        let mut candidates = Vec::new();
        let fields = self.fields(&timeline, judge);
        let types: Vec<Vec<u32>> = (0..self.examples.roles.len()).map(|role| self.entity_types(role)).collect();
        let request = AggregateRequest {
            graph: self.graph,
            timeline: &timeline,
            fields: &fields,
            entity_types: &types,
            horizon: self.examples.horizon,
            calendar: self.examples.calendar,
            wanted: None,
        };
        let name = |&kind: &u32| self.graph.node_types[kind as usize].to_string();
        read.entity_types = types.iter().flatten().map(name).collect();
        read.edge_labels = self.graph.edge_labels.iter().map(ToString::to_string).collect();
        self.report("aggregates", 0.05);
        if matches!(model, PredictModel::Auto | PredictModel::Ridge | PredictModel::Aggregate) {
            let tables = Tables::new(self.workers, &request, self.examples, judge, protocol)?;
            read.fields = fields.specs(self.graph);
            read.columns = tables.names().to_vec();
            if model != PredictModel::Aggregate {
                self.report("ridge", 0.3);
                candidates.push(candidate::ridge(self.workers, &tables, goal, judge, self.trial())?);
            }
            if model != PredictModel::Ridge {
                self.report("aggregate", 0.4);
                candidates.push(candidate::aggregate(self.workers, &tables, goal, judge, self.trial())?);
            }
        }
        if self.settings.every_row {
            let seed = self.settings.network.seed;
            warnings.extend(candidate::leaks(self.workers, &request, self.examples, goal, judge, seed));
        }
        match model {
            PredictModel::Hgt => candidates.push(self.network(&timeline, &types, goal, judge, protocol, Model::Hgt)?),
            PredictModel::GraphSage | PredictModel::Auto => {
                candidates.push(self.network(&timeline, &types, goal, judge, protocol, Model::GraphSage)?);
            }
            PredictModel::Ridge | PredictModel::Aggregate => {}
        }
        self.workers.check_cancelled()?;
        Ok(candidates)
    }

    fn report(&self, stage: &str, fraction: f64) {
        (self.workers.context().progress)(Progress { stage, fraction });
    }

    fn trial(&self) -> candidate::TrialOptions {
        candidate::TrialOptions {
            threads: self.threads,
            seed: self.settings.network.seed,
            every_row: self.settings.every_row,
        }
    }

    /// The types of the entities in a role, ascending.
    fn entity_types(&self, role: usize) -> Vec<u32> {
        let entities = self.examples.roles[role].entities.iter().flatten();
        let mut types: Vec<u32> = entities.map(|&entity| self.graph.node_type[entity as usize]).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Until when what is there may be learned from: to the beginning of validation, and of what training examples see.
    fn known_until(&self, judge: &Judge<'_>) -> f64 {
        let times = judge.rows(ExamplePart::Train).iter().map(|&row| self.examples.times[row as usize]);
        times.fold(self.examples.validation_from, f64::max)
    }

    fn fields(&self, timeline: &Timeline, judge: &Judge<'_>) -> Fields {
        let keys = |kind: &str, property: &str| {
            let of_kind = self.graph.keys_of_types.iter().filter(|(name, _)| **name == *kind);
            of_kind.flat_map(|(_, keys)| keys).any(|key| **key == *property)
        };
        Fields::new(&FieldRequest {
            graph: self.graph,
            times: &timeline.times,
            until: self.known_until(judge),
            leave_out: &keys,
        })
    }

    fn network(
        &self,
        timeline: &Timeline,
        types: &[Vec<u32>],
        goal: &Goal,
        judge: &Judge<'_>,
        protocol: Protocol,
        model: Model,
    ) -> Result<Candidate, Error> {
        let options = NetworkOptions { model, ..self.settings.network.clone() };
        let numbers = self.start.map(|start| start.known.types(self.graph)).transpose()?;
        let arranged = match (self.start, &numbers) {
            (Some(start), Some(numbers)) => Some(start.known.arranged(self.graph, timeline, numbers)),
            _ => None,
        };
        let (scene, timeline) = match (self.start, &numbers, &arranged) {
            (Some(start), Some(numbers), Some(timeline)) => {
                (Scene::known(self.graph, timeline, numbers, &start.known)?, timeline)
            }
            _ => {
                let features = self.settings.features.clone().of_nodes(self.graph);
                (Scene::new(self.graph, timeline, &features, self.known_until(judge))?, timeline)
            }
        };
        // By the numbers of the network that training goes on from, which may be others than the graph's.
        let types: Vec<Vec<u32>> = match &numbers {
            Some(numbers) => types.iter().map(|of| of.iter().map(|&kind| numbers[kind as usize]).collect()).collect(),
            None => types.to_vec(),
        };
        let seen: Vec<f64> = (0..self.examples.len()).map(|row| protocol.seen(self.examples, row)).collect();
        let training = judge.rows(ExamplePart::Train);
        let mut scales = None;
        let beside = self.settings.recency.then(|| {
            let of_role = self.examples.roles.iter().zip(&types);
            let parts: Vec<Array2<f32>> = of_role
                .map(|(role, types)| recency::numbers(timeline, &role.entities, &seen, &self.examples.times, types))
                .collect();
            let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
            ndarray::concatenate(Axis(1), &views).map_err(|_| Error::WrongInput)
        });
        let mut beside = beside.transpose()?;
        if let Some(numbers) = &mut beside {
            let own = match self.start.and_then(|start| start.recency.clone()) {
                Some(scales) => scales,
                None => recency::scales(numbers, training),
            };
            if !recency::standardize(numbers, &own) {
                return Err(Error::Unfit(
                    "startFrom: the entities are of other types than those of the model".to_owned(),
                ));
            }
            scales = Some(own);
        }
        let roots = Roots { roles: &self.examples.roles, seen: &seen, beside: beside.as_ref() };
        let learned = network::learn(self.workers, &scene, goal, judge, &roots, &options, self.start)?;
        let mut network = learned.network;
        network.recency = scales;
        let rows = |parts: &[ExamplePart]| {
            let places: Vec<usize> = parts.iter().flat_map(|&part| judge.rows(part)).map(|&row| row as usize).collect();
            learned.predictions.select(Axis(0), &places)
        };
        Ok(Candidate {
            name: model.name(),
            settings: format!("{} epochs, {} weights", learned.epochs, network.parameters()),
            training: if self.settings.every_row { rows(&[ExamplePart::Train]) } else { rows(&[]) },
            validation: rows(&[ExamplePart::Validation]),
            last: rows(&[ExamplePart::Test, ExamplePart::Future]),
            fitted: Fitted::Network(network),
        })
    }
}

impl Outcome<'_> {
    /// Predictions of the training part, by what learned from it; where every example has a row.
    pub fn training(&self) -> Array2<f64> {
        candidate::mean(&self.candidates, &self.weights, |candidate| &candidate.training)
    }

    /// Predictions of the validation part, by what learned from training alone.
    pub fn validation(&self) -> Array2<f64> {
        candidate::mean(&self.candidates, &self.weights, |candidate| &candidate.validation)
    }

    /// Predictions of the test part.
    pub fn test(&self) -> &Array2<f64> {
        &self.test
    }

    /// Columns of predictions, and of the probabilities of classes.
    pub fn columns(&self, predictions: &Array2<f64>) -> [Column; 2] {
        self.goal.columns(predictions)
    }

    /// The predictor to keep.
    pub fn saved(&self, question: Question) -> SavedPredictor {
        let counted = self.candidates.iter().zip(&self.weights).filter(|(_, weight)| **weight > 0.0);
        let part = |(candidate, &weight): (&Candidate, &f64)| SavedPart {
            name: candidate.name.to_owned(),
            settings: candidate.settings.clone(),
            weight,
            fitted: candidate.fitted.clone(),
        };
        let Read { entity_types, edge_labels, fields, columns } = &self.read;
        let known = self.judge.known(&self.goal);
        SavedPredictor::new(
            question,
            known,
            self.examples.test_from,
            (self.examples.horizon, self.examples.calendar),
            entity_types.clone(),
            edge_labels.clone(),
            fields.clone(),
            columns.clone(),
            counted.map(part).collect(),
        )
    }

    /// The figures that all calls have.
    pub fn stats(&self) -> Vec<(&'static str, Scalar)> {
        let (goal, judge) = (&self.goal, &self.judge);
        let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
        let int = |part| Scalar::Int(judge.rows(part).len() as i64);
        let counted = || self.candidates.iter().zip(&self.weights);
        let used: Vec<&str> =
            counted().filter(|(_, weight)| **weight > 0.0).map(|(candidate, _)| candidate.name).collect();
        let models = counted().map(|(candidate, &weight)| {
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
            ("database", Scalar::String(self.settings.database.word().to_owned())),
            ("metric", Scalar::String(judge.metric().name().to_owned())),
            ("trainExamples", int(ExamplePart::Train)),
            ("validationExamples", int(ExamplePart::Validation)),
            ("testExamples", int(ExamplePart::Test)),
            ("validationScore", float(judge.score_of(ExamplePart::Validation, &self.validation()))),
            ("testScore", float(judge.score_of(ExamplePart::Test, &self.test))),
            ("baseline", float(judge.baseline(goal, ExamplePart::Test))),
            ("entityBaseline", float(judge.entity_baseline(goal, ExamplePart::Test))),
            ("models", Scalar::List(models.collect())),
            (
                "learnedUntil",
                match self.examples.test_from {
                    time if self.examples.calendar => Scalar::Time(time),
                    time => Scalar::Float(time),
                },
            ),
        ]
    }
}
