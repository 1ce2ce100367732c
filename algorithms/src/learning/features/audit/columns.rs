//! Leaks in a table of numbers: columns that alone tell the target.

use ndarray::ArrayView2;

use super::MOST_WARNINGS;
use super::leaks::{DETERMINES, FEWEST_ROWS};
use super::score::{FOLDS, class_score, correlation, mean_score, number_codes};
use crate::learning::tabular::Target;
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// Warnings of columns that alone almost determine the target, the surest first. `names` = what each column is.
pub fn column_leaks(
    workers: &Workers<'_>,
    names: &[String],
    table: ArrayView2<'_, f64>,
    target: Target<'_>,
    seed: u64,
) -> Vec<String> {
    let rows = table.nrows();
    if rows < FEWEST_ROWS {
        return Vec::new();
    }
    let folds: Vec<u8> = (1..=rows as u64).map(|row| (mix(seed ^ mix(row)) % FOLDS as u64) as u8).collect();
    // So that no square overflows.
    let numbers: Vec<f64> = match target {
        Target::Classes { .. } => Vec::new(),
        Target::Numbers(numbers) => {
            let largest = numbers.iter().fold(f64::MIN_POSITIVE, |largest, number| number.abs().max(largest));
            numbers.iter().map(|number| number / largest).collect()
        }
    };
    let mut scores = vec![0.0; names.len()];
    workers.for_each(scores.iter_mut().enumerate(), |(place, score)| {
        let column = table.column(place).to_vec();
        let codes = number_codes(&column);
        *score = match target {
            Target::Classes { of, .. } => class_score(&codes, of, &folds),
            Target::Numbers(_) => mean_score(&codes, &numbers, &folds).max(correlation(&column, &numbers)),
        };
    });
    let mut found: Vec<usize> = (0..names.len()).filter(|&column| scores[column] >= DETERMINES).collect();
    found.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let warning = |&column: &usize| {
        let what = if scores[column] >= 1.0 - 1e-9 { "tells" } else { "almost tells" };
        format!(
            "\"{}\" alone {what} the target of the training examples: an example may see its own outcome, or a copy of it; leave it out, or \
             give it a later time, unless it is known when the prediction is made",
            names[column]
        )
    };
    let mut warnings: Vec<String> = found.iter().take(MOST_WARNINGS).map(warning).collect();
    if found.len() > MOST_WARNINGS {
        warnings.push(format!("{} columns more tell the target of the training examples", found.len() - MOST_WARNINGS));
    }
    warnings
}
