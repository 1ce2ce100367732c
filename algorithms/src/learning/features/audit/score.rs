//! How well one feature alone predicts the target, by cross-validation.
//!
//! Nodes fall into [`FOLDS`] parts. For a feature of few values, or cut into quantiles, each part is predicted from
//! the rows of the other parts with the same value: the most frequent class, or the mean. The score of classes is
//! `(accuracy - majority) / (1 - majority)`, where majority is the accuracy of always saying the most frequent class:
//! 0 = of no use, 1 = the target itself. That of numbers is R², the share of the variance that is explained.

use ndarray::{Array1, Array2};

/// Folds of the cross-validation.
pub(super) const FOLDS: usize = 5;
/// Quantiles of a number with many values.
const QUANTILES: usize = 64;
/// Distinct numbers up to which each is a value of its own.
const FEW: usize = 256;

/// Values as codes: numbers of few distinct values one by one, others by quantile. NaN is code 0.
pub(super) fn number_codes(numbers: &[f64]) -> Vec<u32> {
    let mut sorted: Vec<f64> = numbers.iter().map(|number| number + 0.0).filter(|number| !number.is_nan()).collect();
    let count = sorted.len();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let cuts: Vec<f64> = if distinct.len() <= FEW.min(count / 4) {
        distinct
    } else {
        // A quantile has some nodes to learn from, even when there are few.
        let quantiles = QUANTILES.min(count / 8).max(1);
        let mut cuts: Vec<f64> = (0..quantiles).map(|quantile| sorted[quantile * count / quantiles]).collect();
        cuts.dedup();
        cuts
    };
    // The lowest number is a cut, so that no number has code 0.
    let code = |number: &f64| match number.is_nan() {
        true => 0,
        false => cuts.partition_point(|cut| *cut <= *number + 0.0) as u32,
    };
    numbers.iter().map(code).collect()
}

/// The score of a feature, given as codes, for classes.
pub(super) fn class_score(codes: &[u32], classes: &[u32], folds: &[u8]) -> f64 {
    let everything = vec![0; codes.len()];
    let majority = correct(&everything, classes, folds);
    gain(correct(codes, classes, folds), majority, codes.len())
}

fn gain(correct: u64, majority: u64, rows: usize) -> f64 {
    let rows = rows as u64;
    if majority >= rows {
        return 0.0;
    }
    (correct.saturating_sub(majority) as f64 / (rows - majority) as f64).clamp(0.0, 1.0)
}

/// How many of a class are with a code, by fold.
type Counts = (u32, [u64; FOLDS]);

/// Rows whose class is the most frequent one of the other folds' rows with the same code; where these have none with
/// that code, the most frequent one of all.
fn correct(codes: &[u32], classes: &[u32], folds: &[u8]) -> u64 {
    let mut rows: Vec<(u32, u32, u8)> =
        codes.iter().zip(classes).zip(folds).map(|((&code, &class), &fold)| (code, class, fold)).collect();
    rows.sort_unstable();
    let mut all = classes.iter().zip(folds).map(|(&class, &fold)| (0, class, fold)).collect::<Vec<_>>();
    all.sort_unstable();
    let all = counts(&all);
    let usual: Vec<Option<u32>> = (0..FOLDS).map(|fold| most_frequent(&all, fold)).collect();
    let of_code = |rows: &[(u32, u32, u8)]| -> u64 {
        let counts = counts(rows);
        let of_fold = |fold: usize| {
            let said = most_frequent(&counts, fold).or(usual[fold]);
            counts.iter().find(|(class, _)| Some(*class) == said).map_or(0, |(_, counts)| counts[fold])
        };
        (0..FOLDS).map(of_fold).sum()
    };
    rows.chunk_by(|a, b| a.0 == b.0).map(of_code).sum()
}

/// Counts of the classes of some rows, which are sorted by class.
fn counts(rows: &[(u32, u32, u8)]) -> Vec<Counts> {
    let of_class = |rows: &[(u32, u32, u8)]| {
        let mut counts = [0; FOLDS];
        for &(_, _, fold) in rows {
            counts[fold as usize] += 1;
        }
        (rows.first().map_or(0, |row| row.1), counts)
    };
    rows.chunk_by(|a, b| a.1 == b.1).map(of_class).collect()
}

/// The most frequent class outside a fold, the lowest among equals; `None` when there is none.
fn most_frequent(counts: &[Counts], fold: usize) -> Option<u32> {
    let outside = |counts: &[u64; FOLDS]| counts.iter().sum::<u64>() - counts[fold];
    let best = counts.iter().max_by_key(|(class, counts)| (outside(counts), std::cmp::Reverse(*class)))?;
    (outside(&best.1) > 0).then_some(best.0)
}

/// The score of a feature, given as codes, for a number: R² of the mean of the other folds' rows with the same code.
pub(super) fn mean_score(codes: &[u32], target: &[f64], folds: &[u8]) -> f64 {
    let count = target.len() as f64;
    let mean = target.iter().sum::<f64>() / count;
    let variance: f64 = target.iter().map(|value| (value - mean) * (value - mean)).sum();
    let mut rows: Vec<(u32, u32)> = codes.iter().zip(0u32..).map(|(&code, row)| (code, row)).collect();
    rows.sort_unstable();
    let mut error = 0.0;
    for rows in rows.chunk_by(|a, b| a.0 == b.0) {
        let (mut sums, mut counts) = ([0.0; FOLDS], [0.0; FOLDS]);
        for &(_, row) in rows {
            let fold = folds[row as usize] as usize;
            sums[fold] += target[row as usize] - mean;
            counts[fold] += 1.0;
        }
        let (sum, count): (f64, f64) = (sums.iter().sum(), counts.iter().sum());
        for &(_, row) in rows {
            let fold = folds[row as usize] as usize;
            let others = count - counts[fold];
            let said = if others > 0.0 { (sum - sums[fold]) / others } else { 0.0 };
            error += (target[row as usize] - mean - said) * (target[row as usize] - mean - said);
        }
    }
    if variance > 0.0 { (1.0 - error / variance).clamp(0.0, 1.0) } else { 0.0 }
}

/// The squared correlation of two columns of numbers over rows where both are finite, times the share of these rows:
/// two rows always correlate.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let both = || a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite());
    let largest = |numbers: &[f64]| {
        numbers.iter().copied().filter(|number| number.is_finite()).fold(0.0, |max: f64, number| max.max(number.abs()))
    };
    let (scale_a, scale_b) = (largest(a), largest(b));
    let count = both().count() as f64;
    if count < 2.0 || scale_a == 0.0 || scale_b == 0.0 {
        return 0.0;
    }
    let (mut mean_a, mut mean_b) = (0.0, 0.0);
    for (a, b) in both() {
        mean_a += a / scale_a / count;
        mean_b += b / scale_b / count;
    }
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in both() {
        let (a, b) = (a / scale_a - mean_a, b / scale_b - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    let share = count / a.len() as f64;
    if aa > 0.0 && bb > 0.0 { (ab * ab / (aa * bb)).clamp(0.0, 1.0) * share } else { 0.0 }
}

/// The score for classes of a matrix of columns that count together: the class whose mean over the other folds' rows is
/// nearest, after scaling each column to deviation 1.
pub(super) fn centroid_score(dense: &Array2<f32>, classes: &[u32], folds: &[u8]) -> f64 {
    let (rows, width) = dense.dim();
    let mut distinct: Vec<u32> = classes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let scaled = standardized(dense);
    let place = |class: u32| distinct.partition_point(|&other| other < class);
    let mut sums = Array2::<f64>::zeros((distinct.len() * FOLDS, width));
    let mut counts = vec![0.0f64; distinct.len() * FOLDS];
    for (row, (&class, &fold)) in scaled.outer_iter().zip(classes.iter().zip(folds)) {
        let cell = place(class) * FOLDS + fold as usize;
        counts[cell] += 1.0;
        let mut sum = sums.row_mut(cell);
        sum += &row;
    }
    let mut right = 0;
    for fold in 0..FOLDS {
        // Means of the other folds.
        let mut means: Vec<(u32, Array1<f64>)> = Vec::new();
        for (position, &class) in distinct.iter().enumerate() {
            let cells = (0..FOLDS).filter(|&other| other != fold).map(|other| position * FOLDS + other);
            let count: f64 = cells.clone().map(|cell| counts[cell]).sum();
            if count > 0.0 {
                let mut mean = Array1::zeros(width);
                for cell in cells {
                    mean.zip_mut_with(&sums.row(cell), |mean, sum| *mean += sum / count);
                }
                means.push((class, mean));
            }
        }
        for row in (0..rows).filter(|&row| folds[row] as usize == fold) {
            let values = scaled.row(row);
            let distance = |mean: &Array1<f64>| mean.iter().zip(values).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
            let said = means.iter().map(|(class, mean)| (distance(mean), *class)).min_by(|a, b| a.0.total_cmp(&b.0));
            right += u64::from(said.map(|(_, class)| class) == Some(classes[row]));
        }
    }
    gain(right, correct(&vec![0; rows], classes, folds), rows)
}

/// Columns with mean 0 and deviation 1; constant ones become 0.
fn standardized(dense: &Array2<f32>) -> Array2<f64> {
    let rows = dense.nrows() as f64;
    let mut scaled = dense.mapv(f64::from);
    for mut column in scaled.columns_mut() {
        let mean = column.iter().sum::<f64>() / rows;
        let deviation = (column.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / rows).sqrt();
        column.mapv_inplace(|number| if deviation > 0.0 { (number - mean) / deviation } else { 0.0 });
    }
    scaled
}
