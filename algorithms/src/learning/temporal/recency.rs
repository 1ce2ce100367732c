//! Recency: how much each history of an entity holds and how old its newest rows are, as numbers beside what a network sees.
//! Means over neighbours say neither.

use ndarray::Array2;

use super::timeline::Timeline;
use crate::graph::csr::NodeIndex;

const DAY: f64 = 86_400.0;

/// How a column of recency became a number around 0: its mean and deviation over the training part, and its range there.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RecencyScale {
    mean: f64,
    scale: f64,
    low: f64,
    high: f64,
}

impl RecencyScale {
    /// Of the numbers of the training part.
    fn fit(column: ndarray::ArrayView1<'_, f32>, training: &[u32]) -> RecencyScale {
        let known = || training.iter().map(|&row| f64::from(column[row as usize]));
        let count = training.len().max(1) as f64;
        let mean = known().sum::<f64>() / count;
        let deviation = (known().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt();
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        RecencyScale { mean, scale: if deviation > 1e-12 { 1.0 / deviation } else { 0.0 }, low, high }
    }

    fn apply(self, number: f32) -> f32 {
        // Not clamp, which fails for a range that is none.
        ((f64::from(number).max(self.low).min(self.high) - self.mean) * self.scale) as f32
    }
}

/// The scale of each column of [`numbers`] over the training part.
pub fn scales(numbers: &Array2<f32>, training: &[u32]) -> Vec<RecencyScale> {
    numbers.columns().into_iter().map(|column| RecencyScale::fit(column, training)).collect()
}

/// Brings each column to its scale; whether there are as many.
pub fn standardize(numbers: &mut Array2<f32>, scales: &[RecencyScale]) -> bool {
    if numbers.ncols() != scales.len() {
        return false;
    }
    for (mut column, scale) in numbers.columns_mut().into_iter().zip(scales) {
        column.mapv_inplace(|number| scale.apply(number));
    }
    true
}

/// Numbers of each relation: whether there is a row, the logarithm of their number, that of the age of the newest in days, and
/// that of the mean age of the newest ten.
///
/// `entities` = that of each example, `seen` = what is later is not seen, `times` = the example's own time.
pub fn numbers(
    timeline: &Timeline,
    entities: &[Option<NodeIndex>],
    seen: &[f64],
    times: &[f64],
    entity_types: &[u32],
) -> Array2<f32> {
    let relations: Vec<usize> = timeline
        .relations
        .iter()
        .enumerate()
        .filter(|(_, relation)| entity_types.contains(&relation.of_type))
        .map(|(position, _)| position)
        .collect();
    const EACH: usize = 4;
    let mut numbers = Array2::<f32>::zeros((entities.len(), EACH * relations.len() + 1));
    for (mut row, (&entity, (&seen, &at))) in numbers.outer_iter_mut().zip(entities.iter().zip(seen.iter().zip(times)))
    {
        let log_age = |time: f64| ((at - time).max(0.0) / DAY).ln_1p() as f32;
        row[EACH * relations.len()] = log_age(seen);
        let Some(entity) = entity else { continue };
        for (place, &relation) in relations.iter().enumerate() {
            let history = timeline.relations[relation].history(entity, seen);
            let newest = &history.times[history.times.len().saturating_sub(10)..];
            let (count, first) = (newest.len() as f32, EACH * place);
            if let Some(&last) = newest.last() {
                row[first] = 1.0;
                row[first + 1] = (history.nodes.len() as f32).ln_1p();
                if last.is_finite() {
                    row[first + 2] = log_age(last);
                    row[first + 3] =
                        newest.iter().filter(|time| time.is_finite()).map(|&time| log_age(time)).sum::<f32>() / count;
                }
            }
        }
    }
    numbers
}
