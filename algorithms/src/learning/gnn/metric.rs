//! Metrics: how good the predictions of a part are, and how good it would be to predict the same for every node.
//!
//! Of two classes one is the *positive* one: TRUE, the larger number, or the text that fewer training nodes have. Of
//! more classes the area under the ROC curve, the average precision and F1 are means over the classes (macro), each class
//! against all others. Numbers are judged in the target's own unit.

use ndarray::Array2;

use super::options::{Task, unfit};
use super::tape::NumberLoss;
use super::target::{self, Class};
use crate::core::error::Error;
use crate::numeric::matrix::RowMajor;

crate::choices! {
    /// How predictions are judged, and which epoch is the best.
    pub enum Metric {
        /// The probability that a node of the class scores above one that is not of it: the area under the ROC curve.
        Auroc = "auroc",
        /// The mean of the precision over the nodes of the class, in the order of their scores.
        AveragePrecision = "average_precision",
        /// The harmonic mean of precision and recall.
        F1 = "f1",
        /// The share of nodes whose class is predicted.
        Accuracy = "accuracy",
        /// The mean absolute error.
        Mae = "mae",
        /// The root of the mean squared error.
        Rmse = "rmse",
        /// The coefficient of determination: 1 = exact, 0 = no better than the mean.
        R2 = "r2",
    }
}

impl Metric {
    /// Whether it judges classes; otherwise numbers.
    fn is_of_classes(self) -> bool {
        matches!(self, Metric::Auroc | Metric::AveragePrecision | Metric::F1 | Metric::Accuracy)
    }

    /// Whether a lower value is the better one.
    pub fn is_error(self) -> bool {
        matches!(self, Metric::Mae | Metric::Rmse)
    }

    /// Its name in a call.
    pub fn name(self) -> &'static str {
        crate::core::parameters::Choice::word(self)
    }

    /// The metric of a target of so many classes (0 = numbers): the one that is asked for, or the default.
    ///
    /// # Errors
    /// A metric of numbers for classes, or the other way round.
    pub fn of_target(asked: Option<Metric>, classes: usize, target: &str) -> Result<Metric, Error> {
        let takes = |kind: &str, names: &str, metric: Metric| {
            unfit(format!("the target {target:?} holds {kind}, whose metric is {names}, not {:?}", metric.name()))
        };
        match (asked, classes) {
            (None, 0) => Ok(Metric::Mae),
            (None, 2) => Ok(Metric::Auroc),
            (None, _) => Ok(Metric::Accuracy),
            (Some(metric), 0) if metric.is_of_classes() => Err(takes("numbers", "mae, rmse or r2", metric)),
            (Some(metric), classes) if classes > 0 && !metric.is_of_classes() => {
                Err(takes("classes", "auroc, average_precision, f1 or accuracy", metric))
            }
            (Some(metric), _) => Ok(metric),
        }
    }

    /// Refuses a metric that a task without a target does not have.
    ///
    /// # Errors
    /// Edges are judged by auroc (link prediction) or recall@20 (recommendation), vectors alone by nothing.
    pub fn check_task(self, task: Task) -> Result<(), Error> {
        match (task, self) {
            (Task::Classification | Task::Regression | Task::EdgeClassification | Task::EdgeRegression, _)
            | (Task::LinkPrediction, Metric::Auroc) => Ok(()),
            (Task::LinkPrediction, _) => Err(unfit("the metric of link_prediction is \"auroc\"; leave out metric")),
            (Task::Recommendation, _) => Err(unfit("recommendation is judged by recall@20; leave out metric")),
            (Task::Unsupervised, _) => Err(unfit("metric judges predictions: it needs a target or a targetEdge")),
        }
    }
}

/// The positive one of the classes, and the most frequent, by how many training nodes each has.
pub fn positive_and_majority(classes: &[Class], counts: &[usize]) -> (u32, u32) {
    let most = (0..counts.len()).max_by_key(|&class| (counts[class], std::cmp::Reverse(class))).unwrap_or(0);
    // Truth values and integers are in ascending order.
    let positive = match classes {
        [Class::Text(_), Class::Text(_)] if counts[0] < counts[1] => 0,
        _ => 1,
    };
    (positive, most as u32)
}

/// Scores of classes of some nodes, beside their classes.
#[derive(Clone, Copy)]
pub struct ClassResult<'a> {
    /// Nodes x classes.
    pub scores: &'a Array2<f32>,
    /// The nodes that are judged.
    pub rows: &'a [u32],
    /// The class of every node.
    pub of: &'a [u32],
    /// The positive class, where there are two.
    pub positive: u32,
}

impl ClassResult<'_> {
    fn classes(&self) -> usize {
        self.scores.ncols()
    }

    /// How many nodes of each class are predicted to be of each: `[actual][predicted]`.
    pub fn confusion(&self) -> Vec<Vec<u64>> {
        let mut counts = vec![vec![0; self.classes()]; self.classes()];
        for &row in self.rows {
            let predicted = target::largest(self.scores.row_slice(row as usize));
            counts[self.of[row as usize] as usize][predicted] += 1;
        }
        counts
    }

    /// The same when every node is predicted to be of one class.
    fn constant(&self, predicted: u32) -> Vec<Vec<u64>> {
        let mut counts = vec![vec![0; self.classes()]; self.classes()];
        self.rows.iter().for_each(|&row| counts[self.of[row as usize] as usize][predicted as usize] += 1);
        counts
    }

    /// Whether each node is of the class, by descending score of the class; of equal scores all at once.
    fn ranked(&self, class: usize) -> Vec<(f64, bool)> {
        let score = |row: &[f32]| {
            if let [first, second] = row {
                return f64::from(if class == 0 { first - second } else { second - first });
            }
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let share = |value: f32| f64::from(value - most).exp();
            share(row[class]) / row.iter().copied().map(share).sum::<f64>()
        };
        let entry = |&row: &u32| (score(self.scores.row_slice(row as usize)), self.of[row as usize] as usize == class);
        let mut all: Vec<(f64, bool)> = self.rows.iter().map(entry).collect();
        all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all
    }

    /// The mean over the classes, of two classes the value of the positive one; `None` where it is defined for none.
    fn over_classes(&self, value: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        if self.classes() == 2 {
            return value(self.positive as usize);
        }
        mean((0..self.classes()).filter_map(value))
    }

    /// The value of a metric; `None` where it is not defined: no node, or all of one class.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        if self.rows.is_empty() {
            return None;
        }
        match metric {
            Metric::Auroc => self.over_classes(|class| auroc(&self.ranked(class))),
            Metric::AveragePrecision => self.over_classes(|class| average_precision(&self.ranked(class))),
            Metric::F1 => Some(self.f1(&self.confusion())),
            Metric::Accuracy => Some(accuracy(&self.confusion())),
            Metric::Mae | Metric::Rmse | Metric::R2 => None,
        }
    }

    /// What always predicting one class gives.
    pub fn baseline(&self, metric: Metric, always: u32) -> Option<f64> {
        if self.rows.is_empty() {
            return None;
        }
        let counts = self.constant(always);
        let share = |class: usize| counts[class].iter().sum::<u64>() as f64 / self.rows.len() as f64;
        match metric {
            Metric::Auroc => self.value(metric).map(|_| 0.5),
            Metric::AveragePrecision => self.over_classes(|class| Some(share(class)).filter(|&share| share > 0.0)),
            Metric::F1 => Some(self.f1(&counts)),
            Metric::Accuracy => Some(accuracy(&counts)),
            Metric::Mae | Metric::Rmse | Metric::R2 => None,
        }
    }

    fn f1(&self, confusion: &[Vec<u64>]) -> f64 {
        let of_class = |class: usize| {
            let right = confusion[class][class];
            let others: u64 = (0..confusion.len())
                .filter(|&other| other != class)
                .map(|other| confusion[class][other] + confusion[other][class])
                .sum();
            // A class that no node has and that none is said to have is no part of the mean.
            (2 * right + others > 0).then(|| 2.0 * right as f64 / (2 * right + others) as f64)
        };
        self.over_classes(of_class).unwrap_or(0.0)
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn accuracy(confusion: &[Vec<u64>]) -> f64 {
    let right: u64 = (0..confusion.len()).map(|class| confusion[class][class]).sum();
    let all: u64 = confusion.iter().flatten().sum();
    right as f64 / all.max(1) as f64
}

/// The probability that one that belongs scores above one that does not, equal scores counting half.
fn auroc(ranked: &[(f64, bool)]) -> Option<f64> {
    let positives = ranked.iter().filter(|entry| entry.1).count() as f64;
    let negatives = ranked.len() as f64 - positives;
    if positives * negatives == 0.0 {
        return None;
    }
    let (mut above, mut won) = (0.0, 0.0);
    for equal in ranked.chunk_by(|a, b| a.0 == b.0) {
        let high = equal.iter().filter(|entry| entry.1).count() as f64;
        let low = equal.len() as f64 - high;
        won += low * (above + high / 2.0);
        above += high;
    }
    Some(won / (positives * negatives))
}

/// The sum over the distinct scores of precision times the growth of recall.
fn average_precision(ranked: &[(f64, bool)]) -> Option<f64> {
    let positives = ranked.iter().filter(|entry| entry.1).count() as f64;
    if positives == 0.0 {
        return None;
    }
    let (mut found, mut seen, mut sum) = (0.0, 0.0, 0.0);
    for equal in ranked.chunk_by(|a, b| a.0 == b.0) {
        let high = equal.iter().filter(|entry| entry.1).count() as f64;
        found += high;
        seen += equal.len() as f64;
        sum += high / positives * found / seen;
    }
    Some(sum)
}

/// Predicted numbers of some nodes, beside what is right, in standard deviations of the training part.
#[derive(Clone, Copy)]
pub struct NumberResult<'a> {
    /// The prediction of every node, one column; `None` = the mean of the training part.
    pub predicted: Option<&'a Array2<f32>>,
    /// The nodes that are judged.
    pub rows: &'a [u32],
    /// What is right for every node.
    pub wanted: &'a [f32],
    /// The standard deviation, in the target's unit.
    pub spread: f64,
}

impl NumberResult<'_> {
    fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.rows.iter().map(|&row| {
            let predicted = self.predicted.map_or(0.0, |predicted| f64::from(predicted[[row as usize, 0]]));
            (predicted, f64::from(self.wanted[row as usize]))
        })
    }

    fn mean(&self, of: impl Fn(f64, f64) -> f64) -> f64 {
        self.pairs().map(|(predicted, wanted)| of(predicted, wanted)).sum::<f64>() / self.rows.len().max(1) as f64
    }

    /// The mean loss.
    pub fn loss(&self, loss: NumberLoss) -> f64 {
        self.mean(|predicted, wanted| loss.of(predicted - wanted))
    }

    /// The value of a metric; `None` where there is no node.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        if self.rows.is_empty() {
            return None;
        }
        match metric {
            Metric::Mae => {
                Some((self.mean(|predicted, wanted| (predicted - wanted).abs()) * self.spread).min(f64::MAX))
            }
            Metric::Rmse => {
                Some((self.mean(|predicted, wanted| (predicted - wanted).powi(2)).sqrt() * self.spread).min(f64::MAX))
            }
            Metric::R2 => {
                let mean = self.mean(|_, wanted| wanted);
                let spread = self.mean(|_, wanted| (wanted - mean).powi(2));
                let error = self.mean(|predicted, wanted| (predicted - wanted).powi(2));
                Some(if spread > 0.0 { 1.0 - error / spread } else { 0.0 })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(value: Option<f64>, wanted: f64) {
        assert!(value.is_some_and(|value| (value - wanted).abs() < 1e-12), "{value:?} is not {wanted}");
    }

    /// Two classes; the score of the second is what differs.
    fn two(scores: &[f32], of: &[u32]) -> (Array2<f32>, Vec<u32>, Vec<u32>) {
        let scores =
            Array2::from_shape_fn((scores.len(), 2), |(row, class)| if class == 1 { scores[row] } else { 0.0 });
        let rows = (0..of.len() as u32).collect();
        (scores, rows, of.to_vec())
    }

    #[test]
    fn two_classes_are_judged_as_scikit_learn_does() {
        // roc_auc_score, average_precision_score, f1_score and accuracy_score of
        // y = [0, 0, 1, 1, 0, 1], s = [0.1, 0.4, 0.35, 0.8, 0.35, -0.2], threshold 0.
        let (scores, rows, of) = two(&[0.1, 0.4, 0.35, 0.8, 0.35, -0.2], &[0, 0, 1, 1, 0, 1]);
        let result = ClassResult { scores: &scores, rows: &rows, of: &of, positive: 1 };
        close(result.value(Metric::Auroc), 5.0 / 9.0 - 0.5 / 9.0);
        close(result.value(Metric::AveragePrecision), (1.0 + 2.0 / 4.0 + 3.0 / 6.0) / 3.0);
        close(result.value(Metric::F1), 4.0 / 8.0);
        close(result.value(Metric::Accuracy), 2.0 / 6.0);
        assert_eq!(result.confusion(), [[0, 3], [1, 2]]);
        close(result.baseline(Metric::Auroc, 0), 0.5);
        close(result.baseline(Metric::AveragePrecision, 0), 0.5);
        close(result.baseline(Metric::F1, 0), 0.0);
        close(result.baseline(Metric::Accuracy, 0), 0.5);
    }

    #[test]
    fn what_is_not_defined_has_no_value() {
        let (scores, rows, of) = two(&[0.1, 0.4], &[0, 0]);
        let result = ClassResult { scores: &scores, rows: &rows, of: &of, positive: 1 };
        assert_eq!(result.value(Metric::Auroc), None);
        assert_eq!(result.baseline(Metric::Auroc, 0), None);
        assert_eq!(result.value(Metric::AveragePrecision), None);
        close(result.value(Metric::Accuracy), 0.0);
        let nothing = ClassResult { rows: &[], ..result };
        assert_eq!(nothing.value(Metric::Accuracy), None);
    }

    #[test]
    fn of_more_classes_the_mean_is_taken() {
        // Predicted 0, 1, 1, 0; the third class is nowhere.
        let scores = ndarray::arr2(&[[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 0.5], [3.0, 0.0, 0.0]]);
        let of = [0, 1, 0, 0];
        let result = ClassResult { scores: &scores, rows: &[0, 1, 2, 3], of: &of, positive: 1 };
        close(result.value(Metric::Accuracy), 0.75);
        close(result.value(Metric::F1), (0.8 + 2.0 / 3.0) / 2.0);
        close(result.baseline(Metric::F1, 0), (6.0 / 7.0 + 0.0) / 2.0);
        assert!(result.value(Metric::Auroc).is_some_and(|value| value > 0.8));
    }

    #[test]
    fn numbers_are_judged_in_their_own_unit() {
        let predicted = ndarray::arr2(&[[1.0], [2.0], [0.0]]);
        let result =
            NumberResult { predicted: Some(&predicted), rows: &[0, 1, 2], wanted: &[0.0, 2.0, 2.0], spread: 10.0 };
        close(result.value(Metric::Mae), 10.0);
        close(result.value(Metric::Rmse), 10.0 * (5.0f64 / 3.0).sqrt());
        close(result.value(Metric::R2), 1.0 - 5.0 / (8.0 / 3.0));
        close(Some(result.loss(NumberLoss::Huber)), (0.5 + 0.0 + 1.5) / 3.0);
        let mean = NumberResult { predicted: None, ..result };
        close(mean.value(Metric::Mae), 40.0 / 3.0);
    }

    #[test]
    fn the_default_suits_the_target() {
        assert_eq!(Metric::of_target(None, 2, "t"), Ok(Metric::Auroc));
        assert_eq!(Metric::of_target(None, 3, "t"), Ok(Metric::Accuracy));
        assert_eq!(Metric::of_target(None, 0, "t"), Ok(Metric::Mae));
        assert_eq!(Metric::of_target(Some(Metric::F1), 3, "t"), Ok(Metric::F1));
        assert!(Metric::of_target(Some(Metric::R2), 2, "t").is_err());
        assert!(Metric::of_target(Some(Metric::Auroc), 0, "t").is_err());
    }

    #[test]
    fn the_positive_class_is_true_the_larger_number_or_the_rarer_text() {
        let texts = [Class::Text("a".into()), Class::Text("b".into())];
        assert_eq!(positive_and_majority(&texts, &[2, 5]), (0, 1));
        assert_eq!(positive_and_majority(&texts, &[5, 2]), (1, 0));
        let numbers = [Class::Int(0), Class::Int(1)];
        assert_eq!(positive_and_majority(&numbers, &[2, 5]), (1, 1));
        assert_eq!(positive_and_majority(&[Class::Bool(false), Class::Bool(true)], &[5, 5]), (1, 0));
    }
}
