//! What trees minimise: first scores, gradients, and the values of leaves where a Newton step is none.

use super::super::table::Target;
use crate::core::crew::Crew;
use crate::core::error::Error;

/// How far a prediction of a number is from the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// The square of the difference: predictions are means.
    Squared,
    /// The difference: predictions are medians, and so are the values of leaves (Friedman 2001, algorithm 3).
    Absolute,
    /// The square for differences up to this quantile (above 0, below 1) of all differences, beyond it the difference: means that heed
    /// no outlier (Friedman 2001, algorithm 4, where it is 0.9).
    Huber(f64),
}

/// First and second derivative of the loss of one row by its score.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slope {
    pub gradient: f64,
    pub hessian: f64,
}

/// The loss of a target, with what it needs to know.
pub(super) enum Objective<'a> {
    Logistic { of: &'a [u32] },
    Softmax { of: &'a [u32], count: usize },
    Numbers { of: Vec<f64>, loss: Loss },
}

/// Smallest second derivative of a row of weight 1: no leaf divides by 0.
const LEAST_HESSIAN: f64 = 1e-16;
/// A class that no row has is as rare as this.
const LEAST_SHARE: f64 = 1e-12;

impl<'a> Objective<'a> {
    /// The objective for a target, its numbers divided by `unit`.
    pub fn new(target: &Target<'a>, loss: Loss, unit: f64) -> Self {
        match *target {
            Target::Classes { of, count: 2 } => Objective::Logistic { of },
            Target::Classes { of, count } => Objective::Softmax { of, count },
            Target::Numbers(values) => {
                Objective::Numbers { of: values.iter().map(|value| value / unit).collect(), loss }
            }
        }
    }

    /// Trees in each round.
    pub fn scores(&self) -> usize {
        match self {
            Objective::Softmax { count, .. } => *count,
            _ => 1,
        }
    }

    /// The constant scores with the least loss.
    pub fn base(&self, weights: &[f64]) -> Vec<f64> {
        let all: f64 = weights.iter().sum();
        let share = |of: &[u32], class: u32| {
            let weight: f64 = of.iter().zip(weights).filter(|(own, _)| **own == class).map(|(_, weight)| weight).sum();
            (weight / all).clamp(LEAST_SHARE, 1.0 - LEAST_SHARE)
        };
        match self {
            Objective::Logistic { of } => {
                let share = share(of, 1);
                vec![(share / (1.0 - share)).ln()]
            }
            Objective::Softmax { of, count } => (0..*count as u32).map(|class| share(of, class).ln()).collect(),
            Objective::Numbers { of, loss: Loss::Squared } => {
                vec![of.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / all]
            }
            Objective::Numbers { of, .. } => {
                vec![median(
                    of.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect(),
                )]
            }
        }
    }

    /// From where on Huber's loss is linear, for these scores.
    pub fn threshold(&self, scores: &[f64], weights: &[f64]) -> f64 {
        match self {
            Objective::Numbers { of, loss: Loss::Huber(share) } => {
                let far = of.iter().zip(scores).zip(weights).filter(|(_, weight)| **weight > 0.0);
                let far = far.map(|((value, score), weight)| ((value - score).abs(), *weight)).collect();
                quantile(far, *share)
            }
            _ => 0.0,
        }
    }

    /// The slopes of every row for the tree of score `score`. `scores` has a row of [`scores`](Self::scores) for each row.
    pub fn slopes(
        &self,
        score: usize,
        scores: &[f64],
        weights: &[f64],
        threshold: f64,
        out: &mut [Slope],
        crew: Crew<'_>,
    ) -> Result<(), Error> {
        let slope = |gradient: f64, hessian: f64, row: usize| Slope {
            gradient: gradient * weights[row],
            hessian: hessian.max(LEAST_HESSIAN) * weights[row],
        };
        match self {
            Objective::Logistic { of } => crew.fill(out, |row| {
                let probability = sigmoid(scores[row]);
                slope(probability - f64::from(of[row]), probability * (1.0 - probability), row)
            }),
            Objective::Softmax { of, count } => {
                // With it, two classes give the steps that a single logistic score takes.
                let factor = *count as f64 / (*count - 1) as f64;
                crew.fill(out, |row| {
                    let probability = softmax_of(&scores[row * count..(row + 1) * count], score);
                    let truth = f64::from(u8::from(of[row] as usize == score));
                    slope(probability - truth, factor * probability * (1.0 - probability), row)
                })
            }
            Objective::Numbers { of, loss } => crew.fill(out, |row| {
                let above = scores[row] - of[row];
                let gradient = match loss {
                    Loss::Squared => above,
                    Loss::Absolute if above == 0.0 => 0.0,
                    Loss::Absolute => above.signum(),
                    Loss::Huber(_) => above.clamp(-threshold, threshold),
                };
                slope(gradient, 1.0, row)
            }),
        }
    }

    /// The best value of a leaf with these rows where it is not a Newton step.
    pub fn leaf(&self, rows: &[u32], scores: &[f64], weights: &[f64], threshold: f64) -> Option<f64> {
        let Objective::Numbers { of, loss: loss @ (Loss::Absolute | Loss::Huber(_)) } = self else { return None };
        let rest = |row: &u32| (of[*row as usize] - scores[*row as usize], weights[*row as usize]);
        let middle = median(rows.iter().map(rest).collect());
        if *loss == Loss::Absolute {
            return Some(middle);
        }
        let (sum, all) = rows.iter().map(rest).fold((0.0, 0.0), |(sum, all), (rest, weight)| {
            (sum + weight * (rest - middle).clamp(-threshold, threshold), all + weight)
        });
        Some(middle + sum / all)
    }
}

pub(super) fn sigmoid(score: f64) -> f64 {
    // The exponential of a number that is not positive never overflows.
    let small = (-score.abs()).exp();
    if score >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

fn softmax_of(scores: &[f64], score: usize) -> f64 {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
    (scores[score] - largest).exp() / sum
}

/// Scores turned into probabilities.
pub(super) fn softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter_mut().for_each(|score| *score = (*score - largest).exp());
    let sum: f64 = scores.iter().sum();
    scores.iter_mut().for_each(|score| *score /= sum);
}

/// The weighted median; half-way between two values that share it.
fn median(values: Vec<(f64, f64)>) -> f64 {
    quantile(values, 0.5)
}

/// The least value at which values up to it have more than this share of the weight; half-way to the value before if that has exactly
/// this share.
fn quantile(mut values: Vec<(f64, f64)>, share: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    let (mut below, mut before) = (0.0, None);
    for &(value, weight) in &values {
        if let Some(before) = before.take() {
            return f64::midpoint(before, value);
        }
        below += weight;
        if below > share * all {
            return value;
        }
        if below == share * all {
            before = Some(value);
        }
    }
    values.last().map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_weighted() {
        let median = |values: &[(f64, f64)]| median(values.to_vec());
        assert_eq!(median(&[(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), 2.0);
        assert_eq!(median(&[(3.0, 1.0), (1.0, 1.0)]), 2.0);
        assert_eq!(median(&[(3.0, 2.0), (1.0, 1.0)]), 3.0);
        assert_eq!(median(&[(5.0, 1.0)]), 5.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn slopes_are_derivatives() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let context = crate::core::context::Context::new(&pool);
        let crew = Crew::new(&context, None);
        let of = [0, 1, 2];
        let weights = [1.0, 2.0, 0.5];
        let scores = vec![0.3, -0.2, 0.9, 1.5, 0.1, -0.4, 0.0, 0.7, 0.2];
        let objective = Objective::new(&Target::Classes { of: &of, count: 3 }, Loss::Squared, 1.0);
        let loss = |scores: &[f64]| -> f64 {
            let row = |row: usize| -weights[row] * softmax_of(&scores[row * 3..row * 3 + 3], of[row] as usize).ln();
            (0..3).map(row).sum()
        };
        for score in 0..3 {
            let mut slopes = vec![Slope::default(); 3];
            objective.slopes(score, &scores, &weights, 0.0, &mut slopes, crew).unwrap();
            for row in 0..3 {
                let moved = |by: f64| {
                    let mut scores = scores.clone();
                    scores[row * 3 + score] += by;
                    loss(&scores)
                };
                let (step, middle) = (1e-4, loss(&scores));
                let first = (moved(step) - moved(-step)) / (2.0 * step);
                let second = (moved(step) + moved(-step) - 2.0 * middle) / (step * step);
                assert!((slopes[row].gradient - first).abs() < 1e-7);
                assert!((slopes[row].hessian / 1.5 - second).abs() < 1e-5);
            }
        }
    }
}
