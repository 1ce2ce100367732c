//! Normalisation of states: over the rows of a batch, or within each row.

use ndarray::{Array2, s};

use super::{Tape, Var};
use crate::numeric::matrix::RowMajor;

/// Keeps a variance of 0 from dividing.
const SMALLEST: f32 = 1e-5;

impl<'g> Tape<'g> {
    /// Batch normalisation (Ioffe and Szegedy, ICML 2015): each column less its mean over the rows, divided by its deviation, times
    /// `scale`, plus `shift` (1 x m each). Outside of training, mean and variance are those of `running` (1 x m each); in training
    /// the tape notes what they were in this batch, by the same values ([`observed`](Self::take_observed)).
    pub fn batch_norm(&mut self, x: Var, scale: Var, shift: Var, running: (Var, Var)) -> Var {
        let (rows, cols) = self.shape(x);
        let training = self.dropout.is_some() && rows > 0;
        let (mean, variance) = if training {
            let share = 1.0 / rows as f32;
            let mut mean = self.column_sums(self.value(x));
            mean *= share;
            let mut squares = self.copied(self.value(x));
            self.workers.for_rows(&mut squares, cols, |_, mut out| {
                out -= &mean;
                out.mapv_inplace(|value| value * value);
            });
            let mut variance = self.column_sums(&squares);
            self.workers.recycle(squares);
            variance *= share;
            // Of one row there is no spread to learn.
            if rows > 1 {
                let unbiased = &variance * (rows as f32 / (rows - 1) as f32);
                self.observed.push((running.0, mean.clone()));
                self.observed.push((running.1, unbiased));
            }
            (mean, variance)
        } else {
            (self.value(running.0).clone(), self.value(running.1).clone())
        };
        let inverse = variance.mapv(|variance| 1.0 / (variance + SMALLEST).sqrt());
        let mut normal = self.copied(self.value(x));
        self.workers.for_rows(&mut normal, cols, |_, mut out| {
            out -= &mean;
            out *= &inverse;
        });
        let out = self.scaled(&normal, scale, shift);
        self.result(out, &[x, scale, shift], move |tape, mut g, gradients| {
            let sums = tape.column_sums(&g);
            let mut products = tape.copied(&g);
            tape.workers.for_rows(&mut products, cols, |first, mut out| {
                out *= &normal.slice(s![first..first + out.nrows(), ..]);
            });
            let along = tape.column_sums(&products);
            tape.workers.recycle(products);
            let factors = tape.value(scale) * &inverse;
            if tape.is_tracked(x) {
                let share = if training { 1.0 / rows as f32 } else { 0.0 };
                let (of_mean, of_spread) = (&sums * share, &along * share);
                tape.workers.for_rows(&mut g, 4 * cols, |first, mut out| {
                    out -= &of_mean;
                    for (mut out, normal) in out.outer_iter_mut().zip(normal.slice(s![first.., ..]).outer_iter()) {
                        for (place, out) in out.iter_mut().enumerate() {
                            *out = (*out - normal[place] * of_spread[[0, place]]) * factors[[0, place]];
                        }
                    }
                });
                gradients.add(tape, x, g);
            } else {
                tape.workers.recycle(g);
            }
            tape.workers.recycle(normal);
            gradients.add(tape, scale, along);
            gradients.add(tape, shift, sums);
        })
    }

    /// Layer normalisation (Ba, Kiros and Hinton, 2016): each row less its mean, divided by its deviation, times `scale`, plus `shift`
    /// (1 x m each).
    pub fn layer_norm(&mut self, x: Var, scale: Var, shift: Var) -> Var {
        let (rows, cols) = self.shape(x);
        let share = 1.0 / cols.max(1) as f32;
        let mut normal = self.copied(self.value(x));
        let mut inverse = self.workers.matrix(rows, 1);
        self.workers.for_rows(&mut normal, 4 * cols, |_, mut rows| {
            for mut row in rows.outer_iter_mut() {
                let mean = row.sum() * share;
                row -= mean;
            }
        });
        self.workers.for_rows(&mut inverse, 2 * cols, |first, mut out| {
            for (row, out) in (first..).zip(&mut out) {
                let variance = normal.row(row).iter().map(|value| value * value).sum::<f32>() * share;
                *out = 1.0 / (variance + SMALLEST).sqrt();
            }
        });
        self.scale_rows(&mut normal, inverse.flat());
        let out = self.scaled(&normal, scale, shift);
        self.result(out, &[x, scale, shift], move |tape, mut g, gradients| {
            let sums = tape.column_sums(&g);
            let mut products = tape.copied(&g);
            tape.workers.for_rows(&mut products, cols, |first, mut out| {
                out *= &normal.slice(s![first..first + out.nrows(), ..]);
            });
            let along = tape.column_sums(&products);
            tape.workers.recycle(products);
            if tape.is_tracked(x) {
                let factors = tape.value(scale);
                tape.workers.for_rows(&mut g, 6 * cols, |first, mut out| {
                    out *= factors;
                    for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                        let normal = normal.row(row);
                        let mean = out.sum() * share;
                        let along = out.iter().zip(normal).map(|(g, normal)| g * normal).sum::<f32>() * share;
                        let inverse = inverse[[row, 0]];
                        out.zip_mut_with(&normal, |g, normal| *g = (*g - mean - normal * along) * inverse);
                    }
                });
                gradients.add(tape, x, g);
            } else {
                tape.workers.recycle(g);
            }
            tape.workers.recycle(normal);
            gradients.add(tape, scale, along);
            gradients.add(tape, shift, sums);
        })
    }

    /// Each row times `scale`, plus `shift`.
    fn scaled(&self, normal: &Array2<f32>, scale: Var, shift: Var) -> Array2<f32> {
        let (scale, shift) = (self.value(scale), self.value(shift));
        let mut out = self.copied(normal);
        self.workers.for_rows(&mut out, normal.ncols(), |_, mut out| {
            out *= scale;
            out += shift;
        });
        out
    }

    /// What batch normalisations have seen in this batch: the running mean or variance that it is for, and its value.
    pub fn take_observed(&mut self) -> Vec<(Var, Array2<f32>)> {
        std::mem::take(&mut self.observed)
    }
}
