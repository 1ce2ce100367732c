//! Features as bins: at most 255 ranges of values by quantiles of the examples, and one for missing values.

use ndarray::ArrayView2;

use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::numeric::random::{mix, unit};

/// Most bins of values of one feature; a number of 8 bits then has room for the missing ones.
pub(super) const MOST_BINS: usize = 255;
/// Values of a feature that are sorted to find its quantiles.
const MOST_SORTED: usize = 200_000;
/// Separates the choice of rows that are sorted from other random numbers.
const SORTED: u64 = 0x7472_6565_2D62_696E;

/// One feature of all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// The bin of each row: `bounds.len() + 1` is that of missing values.
    pub bins: Vec<u8>,
    /// Bin `b` holds the values above `bounds[b - 1]` and up to `bounds[b]`, the last all above.
    pub bounds: Vec<f64>,
}

impl Column {
    /// The bin of missing values, which is also the number of bins of values.
    pub fn missing(&self) -> usize {
        self.bounds.len() + 1
    }

    /// A value that goes the same ways as the value of a row: the upper bound of its bin, or a number above all bounds.
    pub fn standing(&self, row: usize) -> f64 {
        let bin = usize::from(self.bins[row]);
        if bin == self.missing() { f64::NAN } else { self.bounds.get(bin).copied().unwrap_or(f64::MAX) }
    }
}

/// The bins of all features. `most` = bins of values for each, up to [`MOST_BINS`].
pub(super) fn columns(
    table: ArrayView2<'_, f64>,
    most: usize,
    seed: u64,
    crew: Crew<'_>,
) -> Result<Vec<Column>, Error> {
    let share = MOST_SORTED as f64 / table.nrows().max(1) as f64;
    let mut columns = vec![Column::default(); table.ncols()];
    crew.fill_in(1, &mut columns, |feature| {
        let values = table.column(feature);
        let sorted = |row: usize| share >= 1.0 || unit(mix(mix(seed ^ SORTED) ^ row as u64)) < share;
        let chosen = values.iter().enumerate().filter(|(row, value)| !value.is_nan() && sorted(*row));
        let bounds = bounds(chosen.map(|(_, &value)| value).collect(), most);
        let bins = values.iter().map(|&value| bin(&bounds, value)).collect();
        Column { bins, bounds }
    })?;
    Ok(columns)
}

/// The bin of a value.
pub(super) fn bin(bounds: &[f64], value: f64) -> u8 {
    let bin = if value.is_nan() { bounds.len() + 1 } else { bounds.partition_point(|&bound| bound < value) };
    bin as u8
}

/// The upper bounds of all bins but the last: half-way between neighbouring values where there are few different ones, else so that
/// bins hold about as many values each, and one that is more frequent than that has a bin of its own.
fn bounds(mut values: Vec<f64>, most: usize) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let mut distinct: Vec<(f64, usize)> = Vec::new();
    for value in values {
        match distinct.last_mut() {
            // Zeros of both signs are one value.
            Some((last, count)) if *last == value => *count += 1,
            _ => distinct.push((value, 1)),
        }
    }
    let between = |upper: usize| middle(distinct[upper - 1].0, distinct[upper].0);
    if distinct.len() <= most {
        return (1..distinct.len()).map(between).collect();
    }
    let all: usize = distinct.iter().map(|(_, count)| count).sum();
    let large = all.div_ceil(most);
    let (mut bounds, mut open, mut rest) = (Vec::with_capacity(most - 1), 0, all);
    for (place, &(_, count)) in distinct.iter().enumerate() {
        open += count;
        let left = most - bounds.len();
        let Some(&(_, next)) = distinct.get(place + 1).filter(|_| left > 1) else { continue };
        if open * left >= rest || next >= large {
            bounds.push(between(place + 1));
            rest -= open;
            open = 0;
        }
    }
    bounds
}

/// A number from `low` up to, but without, `high`, near the middle.
fn middle(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if (low..high).contains(&middle) { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each() {
        assert_eq!(bounds(vec![3.0, 1.0, 2.0, 1.0], 255), [1.5, 2.5]);
        assert_eq!(bounds(vec![7.0; 9], 255), [0.0f64; 0]);
        assert_eq!(bounds(Vec::new(), 255), [0.0f64; 0]);
        assert_eq!(bounds(vec![-0.0, 0.0, 1.0], 255), [0.5]);
        // No number lies between neighbours; huge ones do not overflow.
        let next = 1.0f64.next_up();
        assert_eq!(bounds(vec![1.0, next], 255), [1.0]);
        assert_eq!(bounds(vec![f64::MIN, f64::MAX], 255), [0.0]);
    }

    #[test]
    fn many_values_share_bins_evenly_and_a_frequent_one_has_its_own() {
        let even = bounds((0..10_000).map(f64::from).collect(), 10);
        assert_eq!(even.len(), 9);
        for (place, bound) in (1..).zip(&even) {
            assert!((bound - 1000.0 * f64::from(place)).abs() <= 1.0, "{even:?}");
        }
        let mut values: Vec<f64> = (1..=1000).map(f64::from).collect();
        values.extend([0.0; 3000]);
        let bounds = bounds(values, 8);
        assert_eq!(bounds[0], 0.5);
        assert!(bounds.len() <= 7);
        assert_eq!((bin(&bounds, 0.0), bin(&bounds, 0.6), bin(&bounds, f64::NAN)), (0, 1, bounds.len() as u8 + 1));
    }
}
