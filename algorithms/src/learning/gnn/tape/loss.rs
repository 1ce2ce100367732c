//! Losses: operations whose result is one number.

use ndarray::{Array2, Axis};

use super::super::relation::RowIndex;
use super::{Tape, Var};
use crate::numeric::kernel::sparse::{self, Factor, Heads, Lists};
use crate::numeric::matrix::RowMajor;

/// Similarity score of two rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairScore {
    /// Their dot product.
    Dot,
    /// Minus their squared distance.
    Distance,
}

/// A loss on the scores of pairs that belong together against those that do not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PairLoss {
    /// Cross-entropy of the sigmoid: `softplus(-s)` of each that belongs, `softplus(s)` of each that does not.
    Bce,
    /// `max(0, margin - s + s')` of each with each of its own that do not belong.
    Margin(f32),
    /// Bayesian personalised ranking (Rendle et al., UAI 2009): `softplus(s' - s)` of the same.
    Bpr,
}

/// A loss on the difference between a number and what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberLoss {
    /// Its square.
    Squared,
    /// Its absolute value.
    Absolute,
    /// Half its square within one standard deviation, linear beyond (Huber, 1964).
    Huber,
}

impl NumberLoss {
    /// The loss of a difference.
    pub fn of(self, difference: f64) -> f64 {
        match self {
            NumberLoss::Squared => difference.powi(2),
            NumberLoss::Absolute => difference.abs(),
            NumberLoss::Huber if difference.abs() <= 1.0 => difference.powi(2) / 2.0,
            NumberLoss::Huber => difference.abs() - 0.5,
        }
    }

    /// Its derivative.
    fn slope(self, difference: f32) -> f32 {
        match self {
            NumberLoss::Squared => 2.0 * difference,
            NumberLoss::Absolute if difference == 0.0 => 0.0,
            NumberLoss::Absolute => difference.signum(),
            NumberLoss::Huber => difference.clamp(-1.0, 1.0),
        }
    }
}

/// The classes of the rows that a loss is taken over, and how much each class counts.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'g> {
    /// The class of each row.
    pub classes: &'g [u32],
    /// The weight of each class; `None` = all weigh 1.
    pub weights: Option<&'g [f32]>,
}

impl Wanted<'_> {
    fn weight(&self, item: usize) -> f32 {
        self.weights.map_or(1.0, |weights| weights[self.classes[item] as usize])
    }

    /// One over the weight of all rows.
    fn share(&self) -> f32 {
        let total: f64 = (0..self.classes.len()).map(|item| f64::from(self.weight(item))).sum();
        if total > 0.0 { 1.0 / total as f32 } else { 0.0 }
    }
}

/// Entries of one piece of a softmax over rows.
const SOFTMAX_PIECE: usize = 1 << 13;

/// ln(1 + e^x) without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn sigmoid(x: f32) -> f32 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// The only number of a loss or of its gradient.
pub(crate) fn scalar(matrix: &Array2<f32>) -> f32 {
    matrix.first().copied().unwrap_or(0.0)
}

/// A row's softmax in place; gives the logarithm of the sum it divides by.
pub(crate) fn softmax(row: &mut [f32]) -> f32 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - most).exp();
        sum += *value;
    }
    row.iter_mut().for_each(|value| *value /= sum);
    most + sum.ln()
}

impl<'g> Tape<'g> {
    /// The mean over `rows`, weighted by class, of the cross-entropy of the softmax of their scores with their class.
    pub fn cross_entropy(&mut self, scores: Var, rows: &'g [u32], wanted: Wanted<'g>) -> Var {
        let value = self.value(scores);
        let cols = value.ncols();
        let (classes, share) = (wanted.classes, wanted.share());
        // The softmax is kept for the backward pass: exponentials are the expensive part.
        let mut shares = self.workers.matrix(rows.len(), cols);
        let mut losses = vec![0.0f64; rows.len()];
        let piece = (SOFTMAX_PIECE / cols.max(1)).max(1);
        let pieces = shares.axis_chunks_iter_mut(Axis(0), piece).zip(losses.chunks_mut(piece)).enumerate();
        self.workers.for_each(pieces, |(number, (mut shares, losses))| {
            let shares = shares.flat_mut().chunks_exact_mut(cols.max(1));
            for (item, (shares, loss)) in (number * piece..).zip(shares.zip(losses)) {
                let row = value.row_slice(rows[item] as usize);
                shares.copy_from_slice(row);
                *loss = f64::from(softmax(shares) - row[classes[item] as usize]) * f64::from(wanted.weight(item));
            }
        });
        let total: f64 =
            self.workers.sum(rows.len(), 20 * cols, |first, count| losses[first..first + count].iter().sum());
        let out = Array2::from_elem((1, 1), total as f32 * share);
        self.result(out, &[scores], move |tape, g, gradients| {
            let scale = scalar(&g);
            let height = tape.value(scores).nrows();
            tape.workers.for_rows(&mut shares, 4 * cols, |first, mut out| {
                for (item, mut out) in (first..).zip(out.outer_iter_mut()) {
                    let share = share * wanted.weight(item);
                    out[classes[item] as usize] -= 1.0;
                    out.mapv_inplace(|x| x * share * scale);
                }
            });
            let all_in_order =
                rows.len() == height && rows.iter().enumerate().all(|(place, &row)| place == row as usize);
            if all_in_order {
                gradients.add(tape, scores, shares);
                return;
            }
            let mut dscores = tape.workers.zeros(height, cols);
            // A row may be asked for more than once, so the rows are taken one after the other.
            for (&row, shares) in rows.iter().zip(shares.outer_iter()) {
                let mut out = dscores.row_mut(row as usize);
                out += &shares;
            }
            tape.workers.recycle(shares);
            gradients.add(tape, scores, dscores);
        })
    }

    /// The mean over `rows`, weighted by class, of the cross-entropies of the sigmoid of each score with whether it is
    /// the row's class.
    pub fn one_against_rest(&mut self, scores: Var, rows: &'g [u32], wanted: Wanted<'g>) -> Var {
        let value = self.value(scores);
        let cols = value.ncols();
        let (classes, share) = (wanted.classes, wanted.share());
        let total = self.workers.sum(rows.len(), 20 * cols, |first, count| {
            let of = |item: usize| {
                let row = value.row_slice(rows[item] as usize).iter().enumerate();
                let losses = row.map(|(class, &s)| softplus(if class as u32 == classes[item] { -s } else { s }));
                losses.map(f64::from).sum::<f64>() * f64::from(wanted.weight(item))
            };
            (first..first + count).map(of).sum()
        });
        let out = Array2::from_elem((1, 1), total as f32 * share);
        self.result(out, &[scores], move |tape, g, gradients| {
            let value = tape.value(scores);
            let (mut dscores, scale) = (tape.workers.zeros(value.nrows(), cols), scalar(&g));
            for (item, (&row, &class)) in rows.iter().zip(classes).enumerate() {
                let (row, share) = (row as usize, share * wanted.weight(item));
                for column in 0..cols {
                    let own = f32::from(column as u32 == class);
                    dscores[[row, column]] += (sigmoid(value[[row, column]]) - own) * share * scale;
                }
            }
            gradients.add(tape, scores, dscores);
        })
    }

    /// The mean over `rows` of the loss of the difference between the row's one number and what it should be.
    pub fn number_loss(&mut self, values: Var, rows: &'g [u32], wanted: &'g [f32], loss: NumberLoss) -> Var {
        let value = self.value(values);
        let share = 1.0 / rows.len().max(1) as f32;
        let difference = move |value: &Array2<f32>, item: usize| value[[rows[item] as usize, 0]] - wanted[item];
        let total = self.workers.sum(rows.len(), 4, |first, count| {
            (first..first + count).map(|item| loss.of(f64::from(difference(value, item)))).sum()
        });
        let out = Array2::from_elem((1, 1), total as f32 * share);
        self.result(out, &[values], move |tape, g, gradients| {
            let value = tape.value(values);
            let (mut dvalues, scale) = (tape.workers.zeros(value.nrows(), value.ncols()), scalar(&g));
            for (item, &row) in rows.iter().enumerate() {
                dvalues[[row as usize, 0]] += loss.slope(difference(value, item)) * share * scale;
            }
            gradients.add(tape, values, dvalues);
        })
    }

    /// The mean cross-entropy of the sigmoid of a column of scores with labels of 0 or 1.
    pub fn binary_cross_entropy(&mut self, scores: Var, labels: &'g [f32]) -> Var {
        let value = self.value(scores).flat();
        assert_eq!(value.len(), labels.len(), "a label for each score");
        let share = 1.0 / labels.len().max(1) as f32;
        let total = self.workers.sum(labels.len(), 20, |first, count| {
            (first..first + count).map(|i| f64::from(softplus(value[i]) - labels[i] * value[i])).sum()
        });
        let out = Array2::from_elem((1, 1), total as f32 * share);
        self.result(out, &[scores], move |tape, g, gradients| {
            let value = tape.value(scores);
            let mut dscores = tape.workers.matrix(value.nrows(), value.ncols());
            let scale = share * scalar(&g);
            tape.workers.for_rows_of(&mut dscores, 4096, |first, mut out| {
                for (i, out) in (first..).zip(&mut out) {
                    *out = (sigmoid(value[[i, 0]]) - labels[i]) * scale;
                }
            });
            gradients.add(tape, scores, dscores);
        })
    }

    /// Similarity scores of row `left[i]` of `a` and row `right[i]` of `b`, for each i: a column.
    pub fn pair_scores(&mut self, a: Var, left: &'g RowIndex, b: Var, right: &'g RowIndex, kind: PairScore) -> Var {
        let cols = self.value(a).ncols();
        let heads = Heads { count: 1, width: cols, shared: false };
        let mut out = self.workers.matrix(left.len(), 1);
        {
            let (a, b) = (self.value(a), self.value(b));
            match kind {
                PairScore::Dot => sparse::arc_dots(self.workers, &mut out, heads, (left.rows(), a), (right.rows(), b)),
                PairScore::Distance => self.workers.for_rows(&mut out, 2 * cols, |first, mut out| {
                    for (item, out) in (first..).zip(&mut out) {
                        let (x, y) = (left.rows()[item], right.rows()[item]);
                        let pairs = a.row_slice(x as usize).iter().zip(b.row_slice(y as usize));
                        *out = -pairs.map(|(x, y)| (x - y) * (x - y)).sum::<f32>();
                    }
                }),
            }
        }
        self.result(out, &[a, b], move |tape, g, gradients| {
            for (of, of_index, other, other_index) in [(a, left, b, right), (b, right, a, left)] {
                if !tape.is_tracked(of) {
                    continue;
                }
                let inverse = of_index.inverse();
                // For each row of `of` the rows of the other side it was paired with.
                let partners: Vec<u32> = inverse.items.iter().map(|&item| other_index.rows()[item as usize]).collect();
                let lists = Lists { offsets: &inverse.offsets, rows: &partners };
                let mut part = tape.workers.matrix(of_index.bound(), cols);
                let factor = Factor::Item(&inverse.items, g.flat());
                sparse::sum(tape.workers, &mut part, lists, tape.value(other), factor);
                if kind == PairScore::Distance {
                    let own = tape.value(of);
                    tape.workers.for_rows(&mut part, 4 * cols, |first, mut out| {
                        for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                            let items = &inverse.items[inverse.offsets[row]..inverse.offsets[row + 1]];
                            let sum: f32 = items.iter().map(|&item| g[[item as usize, 0]]).sum();
                            out.zip_mut_with(&own.row(row), |out, own| *out = 2.0 * (*out - sum * own));
                        }
                    });
                }
                gradients.add(tape, of, part);
            }
            tape.workers.recycle(g);
        })
    }

    /// The mean loss of a column of scores that should be high against one of scores that should be low, `k` of them
    /// for each: those of pair `i` are `i*k..(i+1)*k`. The `k` together weigh as much as the pair: their plain sum asks
    /// for scores around -ln k, and vectors that start out alike then shrink to nothing instead of parting.
    pub fn pair_loss(&mut self, high: Var, low: Var, loss: PairLoss) -> Var {
        let (pairs, lows) = (self.value(high).nrows(), self.value(low).nrows());
        let k = lows.checked_div(pairs).unwrap_or(0);
        let share = match loss {
            PairLoss::Bce => 1.0 / pairs.max(1) as f32,
            _ => 1.0 / lows.max(1) as f32,
        };
        let total = {
            let (high, low) = (self.value(high).flat(), self.value(low).flat());
            self.workers.sum(pairs, 20 * (k + 1), |first, count| {
                let mut sum = 0.0f64;
                for pair in first..first + count {
                    let lows = &low[pair * k..(pair + 1) * k];
                    sum += match loss {
                        PairLoss::Bce => {
                            let of_lows: f32 = lows.iter().map(|&low| softplus(low)).sum();
                            f64::from(softplus(-high[pair]) + of_lows / k.max(1) as f32)
                        }
                        PairLoss::Margin(margin) => {
                            lows.iter().map(|low| f64::from((margin - high[pair] + low).max(0.0))).sum()
                        }
                        PairLoss::Bpr => lows.iter().map(|low| f64::from(softplus(low - high[pair]))).sum(),
                    };
                }
                sum
            })
        };
        let out = Array2::from_elem((1, 1), total as f32 * share);
        self.result(out, &[high, low], move |tape, g, gradients| {
            let (highs, lows) = (tape.value(high).flat(), tape.value(low).flat());
            let scale = share * scalar(&g);
            let slope = |pair: usize, item: usize| match loss {
                PairLoss::Bce => sigmoid(lows[item]) / k.max(1) as f32,
                PairLoss::Margin(margin) => f32::from(margin - highs[pair] + lows[item] > 0.0),
                PairLoss::Bpr => sigmoid(lows[item] - highs[pair]),
            };
            let mut dhigh = tape.workers.matrix(pairs, 1);
            tape.workers.for_rows(&mut dhigh, 20 * (k + 1), |first, mut out| {
                for (pair, out) in (first..).zip(&mut out) {
                    let down = match loss {
                        PairLoss::Bce => sigmoid(-highs[pair]),
                        _ => (pair * k..(pair + 1) * k).map(|item| slope(pair, item)).sum(),
                    };
                    *out = -down * scale;
                }
            });
            let mut dlow = tape.workers.matrix(lows.len(), 1);
            tape.workers.for_rows(&mut dlow, 20, |first, mut out| {
                for (item, out) in (first..).zip(&mut out) {
                    *out = slope(item.checked_div(k).unwrap_or(0), item) * scale;
                }
            });
            gradients.add(tape, high, dhigh);
            gradients.add(tape, low, dlow);
        })
    }
}
