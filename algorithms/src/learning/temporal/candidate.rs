//! The models that are tried on examples: each gives predictions, and says how good it is on validation.
//!
//! *Protocol.* A setting is chosen by the validation part alone, by a model that learned from the training part. The model that
//! predicts test and future has then learned from training and validation with that setting (networks keep the epoch that
//! validation chose instead).

use ndarray::{Array2, Axis};

use super::aggregate::{AggregateRequest, Moments};
use super::judge::{Goal, Judge};
use super::network::SavedNetwork;
use crate::algorithm::examples::{ExamplePart, Examples};
use crate::core::error::Error;
use crate::learning::features::column_leaks;
use crate::learning::gnn::metric::Metric;
use crate::learning::tabular::{
    self, Lambda, Learner, Loss, Predictor, Ridge, TabularModel, Target, Trees, Validation,
};
use crate::numeric::workers::Workers;

/// A model that was tried.
pub struct Candidate {
    /// Which.
    pub name: &'static str,
    /// Its settings, as they were chosen.
    pub settings: String,
    /// Predictions of the training part by what learned from it; no rows unless they are asked for.
    pub training: Array2<f64>,
    /// Predictions of the validation part by what learned from training alone.
    pub validation: Array2<f64>,
    /// Predictions of the examples of test and future.
    pub last: Array2<f64>,
    /// What made these.
    pub fitted: Fitted,
}

/// What a candidate has learned: part of a saved model.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Fitted {
    /// From the table of aggregates.
    Table(TabularModel),
    /// From neighbourhoods.
    Network(SavedNetwork),
}

/// Until when the examples of each part see the graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Protocol {
    /// Whether examples of the test see nothing later than its beginning, and those of validation nothing later than its.
    pub frozen: bool,
    /// How long validation lasts.
    lasts: f64,
}

impl Protocol {
    /// That of some examples.
    pub fn new(examples: &Examples, frozen: bool) -> Protocol {
        let validation =
            examples.parts.iter().zip(&examples.times).filter(|(part, _)| **part == ExamplePart::Validation);
        let last = validation.fold(examples.validation_from, |last, (_, &time)| last.max(time));
        Protocol { frozen, lasts: (last - examples.validation_from).max(examples.horizon) }
    }

    /// The last moment that an example sees.
    pub fn seen(self, examples: &Examples, row: usize) -> f64 {
        let at = examples.times[row];
        match examples.parts[row] {
            ExamplePart::Train if self.frozen => self.aged(examples, row),
            ExamplePart::Validation if self.frozen => at.min(examples.validation_from),
            ExamplePart::Test if self.frozen => at.min(examples.test_from),
            _ => at,
        }
    }

    /// What it would see if it were of a validation like the one there is, some while earlier: as long ago, the database was frozen.
    /// What learns from that knows how far an old history can be trusted.
    fn aged(self, examples: &Examples, row: usize) -> f64 {
        let before = examples.validation_from - examples.times[row];
        examples.times[row].min(examples.validation_from - (before / self.lasts).ceil() * self.lasts)
    }
}

/// The tables that tabular models learn from.
pub struct Tables {
    /// Of the examples of training and validation: as they were at their own times, and where the database is frozen also as if it
    /// had been for each. Validation chooses.
    known: Vec<Array2<f64>>,
    /// Of the examples of validation, as the protocol has them.
    validation: Array2<f64>,
    /// Of the examples of test and future.
    last: Array2<f64>,
    names: Vec<String>,
    training: usize,
}

impl Tables {
    /// Makes the tables.
    pub fn new(
        workers: &Workers<'_>,
        request: &AggregateRequest<'_>,
        examples: &Examples,
        judge: &Judge<'_>,
        protocol: Protocol,
    ) -> Result<Tables, Error> {
        let [train, validation, test, future] =
            [ExamplePart::Train, ExamplePart::Validation, ExamplePart::Test, ExamplePart::Future]
                .map(|part| judge.rows(part));
        let known = || train.iter().chain(validation);
        let own = known().map(|&row| (row, examples.times[row as usize]));
        let seen = |&row: &u32| (row, protocol.seen(examples, row as usize));
        let aged = known().filter(|_| protocol.frozen).map(seen);
        let rows: Vec<(u32, f64)> = own.chain(aged).chain(test.iter().chain(future).map(seen)).collect();
        let count = train.len() + validation.len();
        let learned = if protocol.frozen { 2 * count } else { train.len() };
        // One table, so that all rows have the same columns.
        let all = request.table(workers, &Moments::new(examples, &rows)).without_idle(learned);
        workers.check_cancelled()?;
        let views = if protocol.frozen { 2 } else { 1 };
        let rows = |range| some_rows(&all.values, range);
        Ok(Tables {
            validation: rows(views * count - validation.len()..views * count),
            last: rows(views * count..all.values.nrows()),
            known: (0..views).map(|view| rows(view * count..(view + 1) * count)).collect(),
            names: all.names,
            training: train.len(),
        })
    }

    /// What each column is.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn examples(&self) -> usize {
        self.known.first().map_or(0, Array2::nrows)
    }
}

/// Warnings of aggregates that alone tell the target of training examples, by the newest of these.
pub fn leaks(
    workers: &Workers<'_>,
    request: &AggregateRequest<'_>,
    examples: &Examples,
    goal: &Goal,
    judge: &Judge<'_>,
    seed: u64,
) -> Vec<String> {
    const SAMPLE: usize = 2000;
    let training = judge.rows(ExamplePart::Train);
    let first = training.len().saturating_sub(SAMPLE);
    let rows: Vec<(u32, f64)> = training[first..].iter().map(|&row| (row, examples.times[row as usize])).collect();
    let table = request.table(workers, &Moments::new(examples, &rows)).without_idle(rows.len());
    let known = Known::new(goal, judge);
    column_leaks(workers, &table.names, table.values.view(), known.target(first..training.len()), seed)
}

/// Targets of the known examples, training first.
struct Known {
    classes: Vec<u32>,
    numbers: Vec<f64>,
    count: usize,
    weights: Option<Vec<f64>>,
    /// The range of predicted numbers.
    range: Option<(f64, f64)>,
}

impl Known {
    fn new(goal: &Goal, judge: &Judge<'_>) -> Known {
        let rows = || judge.rows(ExamplePart::Train).iter().chain(judge.rows(ExamplePart::Validation));
        match goal {
            Goal::Classes { of, values, weights } => Known {
                classes: rows().map(|&row| of[row as usize]).collect(),
                numbers: Vec::new(),
                count: values.len(),
                weights: weights.as_ref().map(|weights| weights.iter().map(|&weight| f64::from(weight)).collect()),
                range: None,
            },
            Goal::Numbers { of, range, .. } => Known {
                classes: Vec::new(),
                numbers: rows().map(|&row| of[row as usize]).collect(),
                count: 0,
                weights: None,
                range: Some(*range),
            },
        }
    }

    fn target(&self, range: std::ops::Range<usize>) -> Target<'_> {
        match self.count {
            0 => Target::Numbers(&self.numbers[range]),
            count => Target::Classes { of: &self.classes[range], count },
        }
    }
}

/// A tabular learner on the tables.
struct Trial<'a> {
    workers: &'a Workers<'a>,
    tables: &'a Tables,
    known: Known,
    judge: &'a Judge<'a>,
    options: TrialOptions,
}

/// How a tabular learner runs.
#[derive(Debug, Clone, Copy)]
pub struct TrialOptions {
    /// Most threads.
    pub threads: usize,
    /// Draws rows and columns.
    pub seed: u64,
    /// Whether the training part is predicted, too.
    pub every_row: bool,
}

impl Trial<'_> {
    /// Learns from a range of the known examples, in one of their views.
    fn fit(
        &self,
        learner: &dyn Learner,
        view: usize,
        range: std::ops::Range<usize>,
        validated: bool,
    ) -> Result<TabularModel, Error> {
        let table = self.tables.known[view].slice(ndarray::s![range.clone(), ..]);
        let mut examples = tabular::Examples::new(table, self.known.target(range));
        examples.class_weights = self.known.weights.as_deref();
        let score = |predictions: ndarray::ArrayView2<'_, f64>| {
            let score = self.judge.score_of(ExamplePart::Validation, &predictions.to_owned());
            self.judge.higher_is_better(score.unwrap_or(0.0))
        };
        let validation = Validation { table: self.tables.validation.view(), score: &score };
        learner.fit(&examples, validated.then_some(&validation), self.options.threads, self.workers.context())
    }

    fn predict(&self, model: &TabularModel, table: ndarray::ArrayView2<'_, f64>) -> Result<Array2<f64>, Error> {
        let mut predictions = model.predict(table, self.options.threads, self.workers.context())?;
        if let Some((low, high)) = self.known.range {
            predictions.mapv_inplace(|number| number.clamp(low, high));
        }
        Ok(predictions)
    }

    /// Predictions of the training part, where they are asked for.
    fn training(&self, model: &TabularModel, view: usize) -> Result<Array2<f64>, Error> {
        let rows = if self.options.every_row { self.tables.training } else { 0 };
        self.predict(model, self.tables.known[view].slice(ndarray::s![..rows, ..]))
    }

    fn score(&self, predictions: &Array2<f64>) -> f64 {
        self.judge.higher_is_better(self.judge.score_of(ExamplePart::Validation, predictions).unwrap_or(0.0))
    }
}

fn trial<'a>(
    workers: &'a Workers<'a>,
    tables: &'a Tables,
    goal: &Goal,
    judge: &'a Judge<'a>,
    options: TrialOptions,
) -> Trial<'a> {
    Trial { workers, tables, known: Known::new(goal, judge), judge, options }
}

/// Most columns that ridge regression gives a weight, so that it answers in a second or two.
const MOST_FEATURES: usize = 256;

/// Ridge regression over the newest examples, how many chosen by validation.
pub fn ridge(
    workers: &Workers<'_>,
    tables: &Tables,
    goal: &Goal,
    judge: &Judge<'_>,
    options: TrialOptions,
) -> Result<Candidate, Error> {
    let trial = trial(workers, tables, goal, judge, options);
    let (training, known) = (tables.training, tables.examples());
    let mut best: Option<(f64, (usize, usize), Array2<f64>, TabularModel)> = None;
    let learner = Ridge { lambda: Lambda::LeaveOneOut, most: MOST_FEATURES, ..Ridge::default() };
    for view in 0..tables.known.len() {
        for newest in [500, 1000, 2000, 5000, 20_000] {
            let newest = newest.min(training);
            let model = trial.fit(&learner, view, training - newest..training, false)?;
            let predictions = trial.predict(&model, tables.validation.view())?;
            let score = trial.score(&predictions);
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, (view, newest), predictions, model));
            }
            if newest == training {
                break;
            }
        }
    }
    let (_, (view, newest), validation, model) = best.ok_or(Error::WrongInput)?;
    let predicted = trial.training(&model, view)?;
    let newest = if newest == training { known } else { newest };
    let model = trial.fit(&learner, view, known - newest..known, false)?;
    let last = trial.predict(&model, tables.last.view())?;
    let settings = format!("the newest {newest} examples{}, {} columns", viewed(view), tables.names().len());
    Ok(Candidate { name: "ridge", settings, training: predicted, validation, last, fitted: Fitted::Table(model) })
}

/// A view of the examples, in the words of settings.
fn viewed(view: usize) -> &'static str {
    if view == 0 { "" } else { " as if frozen" }
}

/// Gradient-boosted trees, their size and number chosen by validation.
pub fn aggregate(
    workers: &Workers<'_>,
    tables: &Tables,
    goal: &Goal,
    judge: &Judge<'_>,
    options: TrialOptions,
) -> Result<Candidate, Error> {
    let trial = trial(workers, tables, goal, judge, options);
    let (training, known) = (tables.training, tables.examples());
    let loss = match judge.metric() {
        Metric::Mae => Loss::Absolute,
        _ => Loss::Squared,
    };
    let base = Trees {
        trees: 500,
        learning_rate: 0.05,
        least_examples: 20.min(training / 10 + 1),
        feature_share: 0.3,
        row_share: 0.8,
        loss,
        patience: 30,
        seed: options.seed,
        ..Trees::default()
    };
    let mut best: Option<(f64, (usize, Trees), Array2<f64>, TabularModel)> = None;
    for view in 0..tables.known.len() {
        for leaves in [7, 15, 31] {
            let learner = Trees { leaves, ..base.clone() };
            let model = trial.fit(&learner, view, 0..training, true)?;
            let predictions = trial.predict(&model, tables.validation.view())?;
            let score = trial.score(&predictions);
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, (view, learner), predictions, model));
            }
        }
    }
    let (_, (view, learner), validation, model) = best.ok_or(Error::WrongInput)?;
    let predicted = trial.training(&model, view)?;
    let rounds = match &model {
        TabularModel::Trees(model) => model.rounds(),
        TabularModel::Ridge(_) => 0,
    };
    let learner = Trees { trees: rounds.max(1), ..learner };
    let model = trial.fit(&learner, view, 0..known, false)?;
    let last = trial.predict(&model, tables.last.view())?;
    let columns = tables.names().len();
    let settings = format!("{rounds} rounds of {} leaves{}, {columns} columns", learner.leaves, viewed(view));
    Ok(Candidate { name: "aggregate", settings, training: predicted, validation, last, fitted: Fitted::Table(model) })
}

/// How much each candidate counts in their mean: chosen greedily on validation, with replacement (Caruana et al., ICML 2004).
pub fn stack(judge: &Judge<'_>, candidates: &[Candidate]) -> Vec<f64> {
    const STEPS: usize = 20;
    let mut counts = vec![0usize; candidates.len()];
    let Some(first) = candidates.first() else { return Vec::new() };
    let mut sum = Array2::<f64>::zeros(first.validation.dim());
    let mut kept = (f64::NEG_INFINITY, counts.clone());
    for step in 1..=STEPS {
        let mut best: Option<(f64, usize)> = None;
        for (position, candidate) in candidates.iter().enumerate() {
            let mean = (&sum + &candidate.validation) / step as f64;
            let score = judge.higher_is_better(judge.score_of(ExamplePart::Validation, &mean).unwrap_or(0.0));
            if best.is_none_or(|(known, _)| score > known) {
                best = Some((score, position));
            }
        }
        let Some((score, position)) = best else { break };
        sum += &candidates[position].validation;
        counts[position] += 1;
        if score > kept.0 {
            kept = (score, counts.clone());
        }
    }
    let total = kept.1.iter().sum::<usize>().max(1) as f64;
    kept.1.iter().map(|&count| count as f64 / total).collect()
}

/// The weighted mean of the candidates' predictions.
pub fn mean(candidates: &[Candidate], weights: &[f64], of: impl Fn(&Candidate) -> &Array2<f64>) -> Array2<f64> {
    let mut sum: Option<Array2<f64>> = None;
    for (candidate, &weight) in candidates.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        let part = of(candidate) * weight;
        sum = Some(match sum {
            None => part,
            Some(sum) => sum + part,
        });
    }
    sum.unwrap_or_default()
}

/// The rows of test and of future among the last.
pub fn split_last(judge: &Judge<'_>, last: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let test = judge.rows(ExamplePart::Test).len();
    (some_rows(last, 0..test), some_rows(last, test..last.nrows()))
}

/// Some rows of a matrix, perhaps none.
fn some_rows(matrix: &Array2<f64>, range: std::ops::Range<usize>) -> Array2<f64> {
    matrix.select(Axis(0), &range.collect::<Vec<usize>>())
}
