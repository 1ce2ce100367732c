//! A saved predictor applied to rows that it has never seen: no training.
//!
//! What it reads of a graph it knows by name, so that the graph may have grown since, and new entities are answered like old ones.
//! What it knows and the graph does not have any more is refused.

use std::collections::BTreeSet;

use ndarray::{Array2, Axis};

use super::aggregate::{AggregateRequest, Moments, Wanted};
use super::candidate::Fitted;
use super::fields::Fields;
use super::judge::{Goal, Judge};
use super::network::{SavedNetwork, Scene};
use super::recency;
use super::roots::Roots;
use super::saved::SavedPredictor;
use super::timeline::Timeline;
use super::words::DatabaseView;
use crate::algorithm::examples::{ElementTimes, ExamplePart, Examples};
use crate::algorithm::input::Input;
use crate::algorithm::output::Scalar;
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::core::parameters::Choice;
use crate::graph::property::PropertyGraph;
use crate::learning::tabular::Predictor;
use crate::numeric::workers::Workers;

/// What a saved predictor says of examples.
pub struct Applied<'a> {
    /// What is predicted.
    pub goal: Goal,
    /// How it is judged.
    pub judge: Judge<'a>,
    /// What whoever made the call should know.
    pub warnings: Vec<String>,
    /// Predictions of all examples.
    pub predictions: Array2<f64>,
}

/// A predictor and the graph that it is applied to.
pub struct Applying<'a> {
    workers: &'a Workers<'a>,
    threads: usize,
    graph: &'a PropertyGraph,
    examples: &'a Examples,
    saved: &'a SavedPredictor,
    timeline: Timeline,
    /// The types of the entities, in the model's order; a number that no type has where the graph does not have it.
    types: Vec<u32>,
}

/// Applies a predictor to the examples of a call.
///
/// # Errors
/// A graph that does not have what the model reads, or [`Error::Cancelled`].
pub fn apply<'a>(
    input: Input<'a>,
    saved: &SavedPredictor,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<Applied<'a>, Error> {
    let (graph, _) = input.properties()?;
    let (Some(times), Some(examples)) = (input.times, input.examples) else { return Err(Error::WrongInput) };
    let threads = context.threads(arguments.concurrency);
    context.pool.install(|| {
        let workers = Workers::new(context, threads);
        let (judge, mut warnings) = Judge::of_known(examples, &saved.goal)?;
        let early = judge.rows(ExamplePart::Future).iter().map(|&row| examples.times[row as usize]);
        if let Some(at) = early.reduce(f64::min).filter(|at| *at < saved.learned_until) {
            warnings.push(format!(
                "at: the model has learned from what happened until {}, which {} could not know",
                saved.told(saved.learned_until),
                saved.told(at)
            ));
        }
        let applying = Applying::new(&workers, threads, (graph, times), examples, saved)?;
        let predictions = applying.predictions(&mut warnings)?;
        Ok(Applied { goal: saved.goal.goal(), judge, warnings, predictions })
    })
}

impl<'a> Applying<'a> {
    /// Finds in the graph what the model knows.
    ///
    /// # Errors
    /// [`Error::Unfit`] for an edge label that is not there any more, or an entity of a type that the model never saw.
    pub fn new(
        workers: &'a Workers<'a>,
        threads: usize,
        (graph, times): (&'a PropertyGraph, &ElementTimes),
        examples: &'a Examples,
        saved: &'a SavedPredictor,
    ) -> Result<Self, Error> {
        if examples.calendar != saved.calendar {
            return Err(Error::WrongInput);
        }
        if let Some(label) =
            saved.edge_labels.iter().find(|label| !graph.edge_labels.iter().any(|own| **own == ***label))
        {
            return Err(Error::Unfit(format!(
                "the model reads edges with the label {label:?}, and no edge that is seen has it: look at edgeLabels, or train it again"
            )));
        }
        let number = |name: &String| {
            let place = graph.node_types.iter().position(|own| **own == **name);
            place.map_or(u32::MAX, |place| place as u32)
        };
        let types: Vec<u32> = saved.entity_types.iter().map(number).collect();
        let entities = examples.roles.iter().flat_map(|role| role.entities.iter().flatten());
        let met: BTreeSet<u32> = entities.map(|&entity| graph.node_type[entity as usize]).collect();
        if let Some(&strange) = met.iter().find(|kind| !types.contains(kind)) {
            return Err(Error::Unfit(format!(
                "the model never saw an entity with the labels {:?}; it knows {}: choose these with eligible or nodeLabels, or train it again",
                &*graph.node_types[strange as usize],
                saved.entity_types.join(", ")
            )));
        }
        let timeline = Timeline::new(graph, times);
        workers.check_cancelled()?;
        Ok(Applying { workers, threads, graph, examples, saved, timeline, types })
    }

    /// The mean of what its parts say of all examples.
    fn predictions(&self, warnings: &mut Vec<String>) -> Result<Array2<f64>, Error> {
        let goal = self.saved.goal.goal();
        let mut table = None;
        let mut sum: Option<Array2<f64>> = None;
        for part in &self.saved.parts {
            let predictions = match &part.fitted {
                Fitted::Table(model) => {
                    let table = match &mut table {
                        Some(table) => table,
                        empty @ None => empty.insert(self.table(warnings)?),
                    };
                    let mut predictions = model.predict(table.view(), self.threads, self.workers.context())?;
                    if let Goal::Numbers { range: (low, high), .. } = goal {
                        predictions.mapv_inplace(|number| number.clamp(low, high));
                    }
                    predictions
                }
                Fitted::Network(network) => self.network(network, &goal)?,
            };
            self.workers.check_cancelled()?;
            let weighted = predictions * part.weight;
            sum = Some(match sum {
                None => weighted,
                Some(sum) => sum + weighted,
            });
        }
        sum.ok_or(Error::WrongInput)
    }

    /// The columns that the model reads, of all examples.
    ///
    /// # Errors
    /// [`Error::Unfit`] for a property of another kind than it knows.
    pub fn table(&self, warnings: &mut Vec<String>) -> Result<Array2<f64>, Error> {
        let saved = self.saved;
        let fields = Fields::known(self.graph, &self.timeline.times, &saved.fields)?;
        let wanted = Wanted::new(&saved.columns);
        let types = vec![self.types.clone(); self.examples.roles.len()];
        let request = AggregateRequest {
            graph: self.graph,
            timeline: &self.timeline,
            fields: &fields,
            entity_types: &types,
            horizon: saved.horizon,
            calendar: saved.calendar,
            wanted: Some(&wanted),
        };
        let rows: Vec<(u32, f64)> = (0..).zip(self.examples.times.iter().copied()).collect();
        let (table, missing) =
            request.table(self.workers, &Moments::new(self.examples, &rows)).arranged(&saved.columns);
        if let Some(first) = missing.first() {
            warnings.push(format!(
                "{} of {} columns that the model reads are not in this graph, such as {first}: they count as absent",
                missing.len(),
                saved.columns.len()
            ));
        }
        Ok(table)
    }

    /// What a network says of all examples.
    fn network(&self, network: &SavedNetwork, goal: &Goal) -> Result<Array2<f64>, Error> {
        let numbers = network.known.types(self.graph)?;
        let timeline = network.known.arranged(self.graph, &self.timeline, &numbers);
        let scene = Scene::known(self.graph, &timeline, &numbers, &network.known)?;
        let seen = &self.examples.times;
        let types: Vec<u32> =
            self.saved.entity_types.iter().filter_map(|name| network.known.type_number(name)).collect();
        let beside = match &network.recency {
            None => None,
            Some(scales) => {
                let role = self.examples.roles.first().ok_or(Error::WrongInput)?;
                let mut numbers = recency::numbers(&timeline, &role.entities, seen, seen, &types);
                if !recency::standardize(&mut numbers, scales) {
                    return Err(Error::BadModel("its scales do not fit its relations".to_owned()));
                }
                Some(numbers)
            }
        };
        let roots = Roots { roles: &self.examples.roles, seen, beside: beside.as_ref() };
        let parts = [ExamplePart::Test, ExamplePart::Future].map(|part| {
            let rows = (0..).zip(&self.examples.parts).filter(|(_, of)| **of == part);
            let mut rows: Vec<u32> = rows.map(|(row, _)| row).collect();
            rows.sort_by(|&a, &b| seen[a as usize].total_cmp(&seen[b as usize]));
            rows
        });
        network.predict(self.workers, &scene, goal, &roots, &parts)
    }
}

impl Applied<'_> {
    /// Predictions of a part's examples.
    pub fn of_part(&self, part: ExamplePart) -> Array2<f64> {
        let rows: Vec<usize> = self.judge.rows(part).iter().map(|&row| row as usize).collect();
        self.predictions.select(Axis(0), &rows)
    }

    /// The figures that all calls have: scores are those of what has happened since the model was trained.
    pub fn stats(&self, saved: &SavedPredictor) -> Vec<(&'static str, Scalar)> {
        let judge = &self.judge;
        let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
        let parts = saved.parts.iter().map(|part| {
            Scalar::Record(vec![
                ("model", Scalar::String(part.name.clone())),
                ("validationScore", Scalar::Null),
                ("testScore", Scalar::Null),
                ("weight", Scalar::Float(part.weight)),
                ("settings", Scalar::String(part.settings.clone())),
            ])
        });
        let test = self.of_part(ExamplePart::Test);
        vec![
            ("model", Scalar::String(saved.model())),
            ("database", Scalar::String(DatabaseView::Rolling.word().to_owned())),
            ("metric", Scalar::String(judge.metric().name().to_owned())),
            ("trainExamples", Scalar::Int(0)),
            ("validationExamples", Scalar::Int(0)),
            ("testExamples", Scalar::Int(judge.rows(ExamplePart::Test).len() as i64)),
            ("testScore", float(judge.score_of(ExamplePart::Test, &test))),
            ("baseline", float(saved.goal.baseline(judge, ExamplePart::Test))),
            ("models", Scalar::List(parts.collect())),
            ("learnedUntil", saved.time(saved.learned_until)),
        ]
    }
}
