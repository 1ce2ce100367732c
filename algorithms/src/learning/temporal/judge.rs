//! The learning problem of examples, and how predictions are judged.
//!
//! Targets of the test part are kept apart from all others: what learns gets a [`Goal`], which does not have them, and only
//! [`Judge`] knows them.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::algorithm::examples::{ExamplePart, Examples};
use crate::algorithm::output::Column;
use crate::algorithm::summary::Figure;
use crate::core::argument::Argument;
use crate::core::error::Error;
use crate::core::parameters::Value;
use crate::graph::csr::NodeIndex;
use crate::graph::property::{NO_TEXT, Values};
use crate::learning::gnn::goal::class_weights;
use crate::learning::gnn::metric::{ClassResult, Metric, NumberResult, positive_and_majority};
use crate::learning::gnn::options::Task;
use crate::learning::gnn::report::class_figures;
use crate::learning::gnn::target::Class;

/// Least probability whose logarithm is taken.
const LEAST: f64 = 1e-30;

/// What is to be predicted, as far as learning may know it: targets of training and validation. Others are placeholders.
#[derive(Debug, Clone)]
pub enum Goal {
    /// A class of each example.
    Classes {
        /// The classes.
        values: Vec<Class>,
        /// The class of each example.
        of: Vec<u32>,
        /// How much each class counts.
        weights: Option<Vec<f32>>,
    },
    /// A number of each example.
    Numbers {
        /// The number of each example.
        of: Vec<f64>,
        /// Mean and deviation of the training part.
        scale: (f64, f64),
        /// The range of predictions: the 2nd and 98th percentile of the training part.
        range: (f64, f64),
    },
}

impl Goal {
    /// Numbers that are predicted of an example.
    pub fn outputs(&self) -> usize {
        match self {
            Goal::Classes { values, .. } => values.len(),
            Goal::Numbers { .. } => 1,
        }
    }

    /// The targets of some examples: classes, or numbers in deviations from the mean.
    pub fn wanted(&self, rows: &[u32]) -> (Vec<u32>, Vec<f32>) {
        match self {
            Goal::Classes { of, .. } => (rows.iter().map(|&row| of[row as usize]).collect(), Vec::new()),
            Goal::Numbers { of, scale: (mean, spread), .. } => {
                let scaled = |&row: &u32| ((of[row as usize] - mean) / spread) as f32;
                (Vec::new(), rows.iter().map(scaled).collect())
            }
        }
    }

    /// Columns of predictions, and of the probabilities of classes.
    pub fn columns(&self, predictions: &Array2<f64>) -> [Column; 2] {
        match self {
            Goal::Numbers { .. } => {
                let numbers = predictions.column(0).to_vec();
                let rows = numbers.len();
                [Column::Floats(numbers), Column::Nulls(rows)]
            }
            Goal::Classes { values, .. } => {
                let most = |row: ndarray::ArrayView1<'_, f64>| values[largest(row)].scalar();
                let names = values.iter().map(|class| class.name().into()).collect();
                let data = predictions.iter().map(|&share| share as f32).collect();
                [Column::Scalars(predictions.outer_iter().map(most).collect()), Column::Records { names, data }]
            }
        }
    }

    /// A prediction from the numbers that a network gives: probabilities from scores, a number in its own unit.
    pub fn read(&self, scores: &[f32], out: &mut [f64]) {
        match self {
            Goal::Classes { .. } => {
                let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut sum = 0.0;
                for (out, &score) in out.iter_mut().zip(scores) {
                    *out = f64::from(score - most).exp();
                    sum += *out;
                }
                out.iter_mut().for_each(|out| *out /= sum);
            }
            Goal::Numbers { scale: (mean, spread), range: (low, high), .. } => {
                out[0] = (f64::from(scores[0]) * spread + mean).clamp(*low, *high);
            }
        }
    }
}

/// Of the largest the first.
pub fn largest(row: ndarray::ArrayView1<'_, f64>) -> usize {
    (0..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best })
}

/// What a saved model keeps of its problem.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct KnownGoal {
    /// The classes; none where a number is predicted.
    pub classes: Vec<Class>,
    /// Mean and deviation of the training part, for numbers.
    pub scale: (f64, f64),
    /// The range of predictions, for numbers.
    pub range: (f64, f64),
    /// How predictions are judged.
    metric: String,
    /// Positive and most frequent class.
    positive: u32,
    majority: u32,
    /// The median of the training part, for numbers.
    median: f64,
}

impl KnownGoal {
    /// The goal of what is only predicted.
    pub fn goal(&self) -> Goal {
        match self.classes.is_empty() {
            true => Goal::Numbers { of: Vec::new(), scale: self.scale, range: self.range },
            false => Goal::Classes { values: self.classes.clone(), of: Vec::new(), weights: None },
        }
    }

    /// Whether its parts fit each other.
    pub fn is_sound(&self) -> bool {
        let (low, high) = self.range;
        let numbers = [self.scale.0, self.scale.1, low, high, self.median];
        match self.classes.len() {
            0 => numbers.iter().all(|number| number.is_finite()) && low <= high,
            1 => false,
            count => (self.positive as usize) < count && (self.majority as usize) < count,
        }
    }

    /// The score of always predicting the most frequent class or the median, of a part's examples.
    pub fn baseline(&self, judge: &Judge<'_>, part: ExamplePart) -> Option<f64> {
        let rows = judge.rows(part).len();
        let mut constant = Array2::zeros((rows, self.classes.len().max(1)));
        match self.classes.is_empty() {
            true => constant.fill(self.median),
            false => constant.column_mut(self.majority as usize).fill(1.0),
        }
        judge.score_of(part, &constant)
    }
}

/// Judges predictions.
pub struct Judge<'a> {
    examples: &'a Examples,
    metric: Metric,
    rows: [Vec<u32>; 4],
    /// Positive and most frequent class.
    positive: u32,
    majority: u32,
    /// The class, or the number in deviations, of every example that is judged, those of the test among them.
    classes: Vec<u32>,
    numbers: Vec<f32>,
    spread: f64,
    mean: f64,
}

fn place(part: ExamplePart) -> usize {
    match part {
        ExamplePart::Train => 0,
        ExamplePart::Validation => 1,
        ExamplePart::Test => 2,
        ExamplePart::Future => 3,
    }
}

/// What a call says of the problem.
pub struct GoalRequest<'a> {
    /// Classes or numbers, where the target leaves it open.
    pub task: Option<Task>,
    /// The metric, where the call names one.
    pub metric: Option<Metric>,
    /// The argument `classWeights`.
    pub class_weights: &'a Argument,
    /// Why a part may have no examples, and what can be done then.
    pub without_examples: &'a str,
    /// Whether examples of the test part that cannot be scored are predicted all the same.
    pub every_row: bool,
}

impl<'a> Judge<'a> {
    /// The problem of these examples, with warnings.
    ///
    /// # Errors
    /// [`Error::Unfit`] when there is nothing to learn from, or the target is no class and no number.
    pub fn new(examples: &'a Examples, request: &GoalRequest<'_>) -> Result<(Goal, Judge<'a>, Vec<String>), Error> {
        let mut rows: [Vec<u32>; 4] = Default::default();
        (0u32..).zip(&examples.parts).for_each(|(row, &part)| rows[place(part)].push(row));
        // Models that learn from the newest alone take the last.
        let time = |row: &u32| examples.times[*row as usize];
        rows.iter_mut().for_each(|rows| rows.sort_by(|a, b| time(a).total_cmp(&time(b))));
        let [train, validation, test, future] = &mut rows;
        for (part, name) in [(&*train, "training"), (&*validation, "validation")] {
            if part.is_empty() {
                return Err(Error::Unfit(format!(
                    "there is no example of the {name} part: {}",
                    request.without_examples
                )));
            }
        }
        let known: Vec<u32> = train.iter().chain(&*validation).copied().collect();
        let mut warnings = Vec::new();
        let mut judge = Judge {
            examples,
            metric: Metric::Mae,
            rows: Default::default(),
            positive: 1,
            majority: 0,
            classes: Vec::new(),
            numbers: Vec::new(),
            spread: 1.0,
            mean: 0.0,
        };
        let goal = match classes(&examples.targets, &known, request.task)? {
            Some((values, of)) => {
                if values.len() < 2 {
                    return Err(Error::Unfit(
                        "the target is the same for all examples of training and validation: there is nothing to tell apart".to_owned(),
                    ));
                }
                let strange = test.iter().filter(|&&row| of[row as usize].is_none()).count();
                if strange > 0 {
                    warnings.push(format!(
                        "{strange} examples of the test part have a class that no other part has; they are not scored"
                    ));
                    let scored = |row: &u32| of[*row as usize].is_some();
                    future.extend(test.iter().filter(|row| request.every_row && !scored(row)));
                    test.retain(scored);
                }
                judge.classes = of.iter().map(|class| class.unwrap_or(0)).collect();
                let mut counts = vec![0usize; values.len()];
                train.iter().for_each(|&row| counts[judge.classes[row as usize] as usize] += 1);
                (judge.positive, judge.majority) = positive_and_majority(&values, &counts);
                judge.metric = Metric::of_target(request.metric, values.len(), "target")?;
                let weights = class_weights(request.class_weights, &values, &counts)?;
                let mut of = vec![0; judge.classes.len()];
                known.iter().for_each(|&row| of[row as usize] = judge.classes[row as usize]);
                Goal::Classes { values, of, weights }
            }
            None => {
                let all = numbers(&examples.targets)?;
                if !matches!(request.class_weights, Argument::Null) {
                    return Err(Error::Unfit("classWeights weighs classes, and the target is a number".to_owned()));
                }
                judge.metric = Metric::of_target(request.metric, 0, "target")?;
                let mut training: Vec<f64> = train.iter().map(|&row| all[row as usize]).collect();
                let count = training.len() as f64;
                let mean = training.iter().sum::<f64>() / count;
                let spread = (training.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
                let spread = if spread > 0.0 && spread.is_finite() { spread } else { 1.0 };
                training.sort_unstable_by(f64::total_cmp);
                let quantile = |share: f64| training[((training.len() - 1) as f64 * share).round() as usize];
                judge.numbers = all.iter().map(|value| ((value - mean) / spread) as f32).collect();
                (judge.mean, judge.spread) = (mean, spread);
                let mut of = vec![mean; all.len()];
                known.iter().for_each(|&row| of[row as usize] = all[row as usize]);
                Goal::Numbers { of, scale: (mean, spread), range: (quantile(0.02), quantile(0.98)) }
            }
        };
        judge.rows = rows;
        Ok((goal, judge, warnings))
    }

    /// What a saved model keeps.
    pub fn known(&self, goal: &Goal) -> KnownGoal {
        let (positive, majority, metric) = (self.positive, self.majority, self.metric.name().to_owned());
        let mut known = KnownGoal {
            classes: Vec::new(),
            scale: (0.0, 1.0),
            range: (0.0, 0.0),
            metric,
            positive,
            majority,
            median: 0.0,
        };
        match goal {
            Goal::Classes { values, .. } => known.classes.clone_from(values),
            Goal::Numbers { of, scale, range } => {
                (known.scale, known.range) = (*scale, *range);
                let rows = self.rows(ExamplePart::Train);
                let mut training: Vec<f64> = rows.iter().map(|&row| of[row as usize]).collect();
                training.sort_unstable_by(f64::total_cmp);
                known.median = training[training.len() / 2];
            }
        }
        known
    }

    /// Judges what a saved model says of examples that it has not learned from; with warnings.
    ///
    /// # Errors
    /// [`Error::Unfit`] for targets of another kind, [`Error::BadModel`] for an unknown metric.
    pub fn of_known(examples: &'a Examples, known: &KnownGoal) -> Result<(Judge<'a>, Vec<String>), Error> {
        let mut rows: [Vec<u32>; 4] = Default::default();
        (0u32..).zip(&examples.parts).for_each(|(row, &part)| rows[place(part)].push(row));
        let metric = Metric::of(&Argument::String(known.metric.clone()));
        let mut judge = Judge {
            examples,
            metric: metric.ok_or_else(|| Error::BadModel(format!("it has the metric {:?}", known.metric)))?,
            rows: Default::default(),
            positive: known.positive,
            majority: known.majority,
            classes: Vec::new(),
            numbers: Vec::new(),
            spread: known.scale.1,
            mean: known.scale.0,
        };
        let mut warnings = Vec::new();
        let test = &mut rows[place(ExamplePart::Test)];
        if known.classes.is_empty() {
            if !test.is_empty() {
                let all = numbers(&examples.targets)?;
                judge.numbers = all.iter().map(|value| ((value - judge.mean) / judge.spread) as f32).collect();
            }
        } else {
            let of: Vec<Option<u32>> = (0..examples.len()).map(|row| class_of(&examples.targets, row, known)).collect();
            let all = test.len();
            test.retain(|&row| of[row as usize].is_some());
            if test.len() < all {
                let strange = all - test.len();
                warnings
                    .push(format!("{strange} examples have a class that the model does not know; they are not scored"));
            }
            judge.classes = of.into_iter().map(|class| class.unwrap_or(0)).collect();
        }
        judge.rows = rows;
        Ok((judge, warnings))
    }

    /// The examples of a part, ascending.
    pub fn rows(&self, part: ExamplePart) -> &[u32] {
        &self.rows[place(part)]
    }

    /// The metric.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// A score as a number of which the higher is the better.
    pub fn higher_is_better(&self, score: f64) -> f64 {
        if self.metric.is_error() { -score } else { score }
    }

    /// The score of predictions of a part's examples, in their order; `None` where it is not defined.
    pub fn score_of(&self, part: ExamplePart, predictions: &Array2<f64>) -> Option<f64> {
        let rows = self.rows(part);
        let places: Vec<u32> = (0..rows.len() as u32).collect();
        if rows.is_empty() {
            return None;
        }
        if self.classes.is_empty() {
            let scaled = predictions.mapv(|value| ((value - self.mean) / self.spread) as f32);
            let wanted: Vec<f32> = rows.iter().map(|&row| self.numbers[row as usize]).collect();
            let result = NumberResult { predicted: Some(&scaled), rows: &places, wanted: &wanted, spread: self.spread };
            return result.value(self.metric);
        }
        let scores = logarithms(predictions);
        let of: Vec<u32> = rows.iter().map(|&row| self.classes[row as usize]).collect();
        ClassResult { scores: &scores, rows: &places, of: &of, positive: self.positive }.value(self.metric)
    }

    /// Figures of classes beside the score, of predictions of a part's examples in their order.
    pub fn class_figures(&self, goal: &Goal, part: ExamplePart, predictions: &Array2<f64>) -> Vec<Figure> {
        let Goal::Classes { values, .. } = goal else { return Vec::new() };
        let rows = self.rows(part);
        let places: Vec<u32> = (0..rows.len() as u32).collect();
        let scores = logarithms(predictions);
        let of: Vec<u32> = rows.iter().map(|&row| self.classes[row as usize]).collect();
        let result = ClassResult { scores: &scores, rows: &places, of: &of, positive: self.positive };
        class_figures(&result, values, "examples")
    }

    /// The score of always predicting the most frequent class, or the median of the training part.
    pub fn baseline(&self, goal: &Goal, part: ExamplePart) -> Option<f64> {
        let rows = self.rows(part);
        let mut constant = Array2::zeros((rows.len(), goal.outputs()));
        match goal {
            Goal::Classes { .. } => constant.column_mut(self.majority as usize).fill(1.0),
            Goal::Numbers { of, .. } => {
                let mut training: Vec<f64> =
                    self.rows(ExamplePart::Train).iter().map(|&row| of[row as usize]).collect();
                training.sort_unstable_by(f64::total_cmp);
                constant.fill(training[training.len() / 2]);
            }
        }
        self.score_of(part, &constant)
    }

    /// The score of predicting for each entity (the first that an example is about) the mean of its earlier examples of training
    /// and validation; for one without any the mean of all.
    pub fn entity_baseline(&self, goal: &Goal, part: ExamplePart) -> Option<f64> {
        let outputs = goal.outputs();
        let known = [ExamplePart::Train, ExamplePart::Validation];
        let known = known.into_iter().filter(|&known| place(known) < place(part)).flat_map(|part| self.rows(part));
        let entities = &self.examples.roles.first()?.entities;
        let mut sums: BTreeMap<Option<NodeIndex>, (Vec<f64>, f64)> = BTreeMap::new();
        let mut all = (vec![0.0; outputs], 0.0);
        for &row in known {
            let entry = sums.entry(entities[row as usize]).or_insert_with(|| (vec![0.0; outputs], 0.0));
            for (sums, count) in [entry, &mut all] {
                match goal {
                    Goal::Classes { of, .. } => sums[of[row as usize] as usize] += 1.0,
                    Goal::Numbers { of, .. } => sums[0] += of[row as usize],
                }
                *count += 1.0;
            }
        }
        let rows = self.rows(part);
        let mut predictions = Array2::zeros((rows.len(), outputs));
        for (mut out, &row) in predictions.outer_iter_mut().zip(rows) {
            let (sums, count) = sums.get(&entities[row as usize]).unwrap_or(&all);
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum / count.max(1.0));
        }
        self.score_of(part, &predictions)
    }
}

/// The class of a target, where the model knows it.
fn class_of(targets: &Values, row: usize, known: &KnownGoal) -> Option<u32> {
    let class = match targets {
        Values::Bools(values) => Class::Bool(values[row]?),
        Values::Texts { distinct, codes } => Class::Text(distinct.get(codes[row] as usize)?.to_string()),
        Values::Numbers { integers: true, .. } => Class::Int(targets.integer_at(row)?),
        _ => return None,
    };
    known.classes.iter().position(|known| *known == class).map(|place| place as u32)
}

/// Probabilities as scores.
fn logarithms(predictions: &Array2<f64>) -> Array2<f32> {
    predictions.mapv(|value| value.max(LEAST).ln() as f32)
}

/// The classes, and that of each example where one of the `known` examples has it; `None` for numbers.
#[expect(clippy::type_complexity, reason = "classes, and the class of each row")]
fn classes(
    targets: &Values,
    known: &[u32],
    task: Option<Task>,
) -> Result<Option<(Vec<Class>, Vec<Option<u32>>)>, Error> {
    let rows = targets.rows();
    if task == Some(Task::Regression) {
        return Ok(None);
    }
    let wanted = |task: Option<Task>| task == Some(Task::Classification);
    Ok(match targets {
        Values::Bools(values) => {
            let mut found: Vec<bool> = known.iter().filter_map(|&row| values[row as usize]).collect();
            found.sort_unstable();
            found.dedup();
            let of = |value: &Option<bool>| value.and_then(|value| found.binary_search(&value).ok());
            let of = values.iter().map(|value| of(value).map(|place| place as u32)).collect();
            Some((found.into_iter().map(Class::Bool).collect(), of))
        }
        Values::Texts { distinct, codes } => {
            let mut found: Vec<u32> =
                known.iter().map(|&row| codes[row as usize]).filter(|&code| code != NO_TEXT).collect();
            found.sort_unstable_by(|a, b| distinct[*a as usize].cmp(&distinct[*b as usize]));
            found.dedup();
            let place = |code: &u32| found.iter().position(|known| known == code).map(|place| place as u32);
            let of = codes.iter().map(place).collect();
            Some((found.iter().map(|&code| Class::Text(distinct[code as usize].to_string())).collect(), of))
        }
        Values::Numbers { integers: true, .. } => {
            let of = |row: usize| targets.integer_at(row);
            let mut found: Vec<i64> = known.iter().filter_map(|&row| of(row as usize)).collect();
            found.sort_unstable();
            found.dedup();
            if !wanted(task) && found != [0, 1] {
                return Ok(None);
            }
            let place = |row| of(row).and_then(|value| found.binary_search(&value).ok()).map(|place| place as u32);
            let of = (0..rows).map(place).collect();
            Some((found.into_iter().map(Class::Int).collect(), of))
        }
        Values::Numbers { .. } if !wanted(task) => None,
        other => {
            return Err(Error::Unfit(format!(
                "the target is {}; {} a BOOL, a STRING{} to classify{}",
                other.type_name(),
                if wanted(task) { "the task \"classification\" takes" } else { "it takes" },
                if wanted(task) { " or an INT" } else { "" },
                if wanted(task) { "" } else { ", or a number to predict" },
            )));
        }
    })
}

fn numbers(targets: &Values) -> Result<Vec<f64>, Error> {
    let Values::Numbers { values, .. } = targets else {
        return Err(Error::Unfit(format!(
            "the target is {}, and the task \"regression\" predicts a number",
            targets.type_name()
        )));
    };
    if values.iter().any(|value| value.is_infinite()) {
        return Err(Error::Unfit("the target is infinite for an example: it takes finite numbers".to_owned()));
    }
    Ok(values.clone())
}
