//! Recency: how much each history of an entity holds and how old its newest rows are, as numbers beside what a network sees.
//! Means over neighbours say neither.

use ndarray::Array2;

use super::timeline::Timeline;
use crate::graph::csr::NodeIndex;

const DAY: f64 = 86_400.0;

/// Numbers of each relation: whether there is a row, the logarithm of their number, that of the age of the newest in days, and
/// that of the mean age of the newest ten; standardised over the training part, and clipped to its range.
///
/// `entities` = that of each example, `seen` = what is later is not seen, `times` = the example's own time.
pub fn recency(
    timeline: &Timeline,
    entities: &[Option<NodeIndex>],
    seen: &[f64],
    times: &[f64],
    entity_types: &[u32],
    training: &[u32],
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
    for mut column in numbers.columns_mut() {
        let known = || training.iter().map(|&row| f64::from(column[row as usize]));
        let count = training.len().max(1) as f64;
        let mean = known().sum::<f64>() / count;
        let deviation = (known().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt();
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let scale = if deviation > 1e-12 { 1.0 / deviation } else { 0.0 };
        column.mapv_inplace(|number| ((f64::from(number).clamp(low, high) - mean) * scale) as f32);
    }
    numbers
}
