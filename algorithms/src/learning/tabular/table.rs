//! What goes into a learner and what its model gives.

use ndarray::{Array2, ArrayView2};

use crate::core::context::Context;
use crate::core::error::Error;

/// What is to be predicted: one entry for each row of the table.
#[derive(Debug, Clone, Copy)]
pub enum Target<'a> {
    /// The class of each row.
    Classes {
        /// Numbers below `count`.
        of: &'a [u32],
        /// How many classes there are, two or more. A class need not occur.
        count: usize,
    },
    /// A finite number for each row.
    Numbers(&'a [f64]),
}

impl Target<'_> {
    /// How many columns predictions have.
    pub fn outputs(&self) -> usize {
        match self {
            Target::Classes { count, .. } => *count,
            Target::Numbers(_) => 1,
        }
    }

    fn rows(&self) -> usize {
        match self {
            Target::Classes { of, .. } => of.len(),
            Target::Numbers(values) => values.len(),
        }
    }
}

/// What a learner learns from.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// A row for each example, a column for each feature: finite numbers, NaN = missing.
    pub table: ArrayView2<'a, f64>,
    /// What is to be predicted.
    pub target: Target<'a>,
    /// The weight of each row: finite, at least 0. Their unit does not matter. `None` = all the same.
    pub weights: Option<&'a [f64]>,
    /// The weight of each class, by which the weights of its rows are multiplied. Only for a target of classes.
    pub class_weights: Option<&'a [f64]>,
}

impl<'a> Examples<'a> {
    /// Examples that all weigh the same.
    pub fn new(table: ArrayView2<'a, f64>, target: Target<'a>) -> Self {
        Examples { table, target, weights: None, class_weights: None }
    }

    /// The weight of each row, 1 in the mean of those above 0.
    ///
    /// # Errors
    /// [`Error::WrongInput`] when lengths, classes or weights are not what the fields say; [`Error::Unfit`] when a value is infinite
    /// or no row has a weight.
    pub(super) fn checked_weights(&self) -> Result<Vec<f64>, Error> {
        let rows = self.table.nrows();
        let weigh = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        let fits = self.target.rows() == rows
            && self.weights.is_none_or(|weights| weights.len() == rows && weights.iter().all(weigh))
            && match self.target {
                Target::Classes { of, count } => {
                    let known = of.iter().all(|&class| (class as usize) < count);
                    let weighed = |weights: &[f64]| weights.len() == count && weights.iter().all(weigh);
                    known && (2..=u32::MAX as usize).contains(&count) && self.class_weights.is_none_or(weighed)
                }
                Target::Numbers(_) => self.class_weights.is_none(),
            };
        if !fits {
            return Err(Error::WrongInput);
        }
        check_finite(self.table)?;
        if let Target::Numbers(values) = self.target
            && let Some(row) = values.iter().position(|value| !value.is_finite())
        {
            return Err(Error::Unfit(format!(
                "the target of row {row} is {}; it must be a finite number",
                values[row]
            )));
        }
        let mut weights = self.weights.map_or_else(|| vec![1.0; rows], <[f64]>::to_vec);
        if let (Some(by_class), Target::Classes { of, .. }) = (self.class_weights, self.target) {
            weights.iter_mut().zip(of).for_each(|(weight, &class)| *weight *= by_class[class as usize]);
        }
        // Divided by the largest first, so that no sum overflows.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(Error::Unfit("no example with a weight above 0 is left to learn from".to_owned()));
        }
        weights.iter_mut().for_each(|weight| *weight /= largest);
        let count = weights.iter().filter(|&&weight| weight > 0.0).count() as f64;
        let mean = weights.iter().sum::<f64>() / count;
        weights.iter_mut().for_each(|weight| *weight /= mean);
        Ok(weights)
    }
}

/// Fails for an infinite number.
pub(super) fn check_finite(table: ArrayView2<'_, f64>) -> Result<(), Error> {
    match table.indexed_iter().find(|(_, value)| value.is_infinite()) {
        Some(((row, column), value)) => Err(Error::Unfit(format!(
            "feature {column} of row {row} is {value}; a feature is finite, or NaN for missing"
        ))),
        None => Ok(()),
    }
}

/// A part of the examples that is not learned from, by which a learner chooses when to stop or what to take.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    /// Rows of features, as those of the examples.
    pub table: ArrayView2<'a, f64>,
    /// How good predictions for the rows of `table` are, given as [`Predictor::predict`] gives them: higher is better, for losses the
    /// negative loss. Must not be NaN.
    pub score: &'a (dyn Fn(ArrayView2<'_, f64>) -> f64 + Sync),
}

impl Validation<'_> {
    pub(super) fn score(&self, predictions: ArrayView2<'_, f64>) -> Result<f64, Error> {
        let score = (self.score)(predictions);
        if score.is_nan() {
            let message = "the score of the validation part is not a number: the metric does not suit its examples";
            return Err(Error::Unfit(message.to_owned()));
        }
        Ok(score)
    }
}

/// How a prediction came about: `base` plus the sum of `features` is the score that the model adds up. For a number that is the
/// prediction itself; for a class its log-odds against all others (logarithm of its unnormalised probability for trees with three or
/// more classes).
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// The score of a row of which nothing is known: the mean over what was learned from.
    pub base: f64,
    /// How much each feature moved the score, in the order of the table's columns.
    pub features: Vec<f64>,
}

/// What a learner has made.
pub trait Predictor {
    /// Columns of the tables it takes.
    fn features(&self) -> usize;

    /// Columns of its predictions: one for a number, one for each class.
    fn outputs(&self) -> usize;

    /// Predictions for each row of a table, by at most `threads` threads: numbers, or probabilities that add up to 1 in each row.
    ///
    /// # Errors
    /// [`Error::WrongInput`] for another number of columns, [`Error::Unfit`] for an infinite value, [`Error::Cancelled`].
    fn predict(&self, table: ArrayView2<'_, f64>, threads: usize, context: &Context<'_>) -> Result<Array2<f64>, Error>;

    /// How much of the model rests on each feature: shares that add up to 1, or all 0 when it has learned nothing from any.
    fn importance(&self) -> Vec<f64>;

    /// What each feature contributed to output `output` for one row.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::WrongInput`] also for an output there is not.
    fn contributions(&self, row: &[f64], output: usize) -> Result<Contributions, Error>;
}

/// Numbers of at least 0, divided by their sum.
pub(super) fn shares(mut numbers: Vec<f64>) -> Vec<f64> {
    let largest = numbers.iter().copied().fold(0.0, f64::max);
    if largest > 0.0 {
        numbers.iter_mut().for_each(|number| *number /= largest);
        let sum: f64 = numbers.iter().sum();
        numbers.iter_mut().for_each(|number| *number /= sum);
    }
    numbers
}
