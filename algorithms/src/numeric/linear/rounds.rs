//! Rounds of averaging, x <- M x, whose rows are added up by their lengths, in groups of columns.
//!
//! A row's length is of all its columns, so all groups make a round before any makes the next: the lengths of a round are
//! complete when its rows are read again for the round after.

use ndarray::Array2;
use std::ops::Range;

use super::operator::Operator;
use crate::core::context::Progress;
use crate::core::error::Error;
use crate::numeric::columns::{Columns, Layout};
use crate::numeric::matrix::RowMajor;
use crate::numeric::workers::Workers;

/// Matrices of one group that are in memory at a time.
pub(crate) const ROUND_MATRICES: u64 = 3;

/// What rounds are made of.
pub(crate) struct Rounds<'a, S, A> {
    /// M.
    pub(crate) operator: &'a Operator<'a>,
    /// Rows and columns of the matrix.
    pub(crate) shape: (usize, usize),
    /// The weight of the start, then that of each round.
    pub(crate) weights: &'a [f32],
    /// Some columns of the start.
    pub(crate) start: S,
    /// `add(weight, length, row, sum)` adds a row to its sum.
    pub(crate) add: A,
    /// What progress calls it.
    pub(crate) stage: &'static str,
}

impl<S, A> Rounds<'_, S, A>
where
    S: Fn(&Range<usize>) -> Result<Array2<f32>, Error>,
    A: Fn(f32, f64, &[f32], &mut [f32]) + Sync,
{
    /// The sum.
    pub(crate) fn run<'l>(&self, layout: Layout<'l>, workers: &Workers<'_>) -> Result<Columns<'l>, Error> {
        let (rows, columns) = self.shape;
        let mut x = Columns::new(rows, columns, columns, layout)?;
        let mut sum = Columns::new(rows, columns, columns, layout)?;
        // The lengths of the rows of the round before; empty where they do not count.
        let mut lengths: Vec<f64> = Vec::new();
        let all = (self.weights.len() * x.groups().len()) as f64;
        let mut done = 0.0;
        for (round, &weight) in self.weights.iter().enumerate() {
            let mut squares = vec![0.0f64; if weight == 0.0 { 0 } else { rows }];
            for group in x.groups() {
                let now = match round.checked_sub(1) {
                    None => (self.start)(&group)?,
                    Some(before) => {
                        let last = x.take(&group, workers)?;
                        self.add(self.weights[before], &lengths, &group, &last, &mut sum, workers)?;
                        let mut next = workers.matrix(rows, group.len());
                        self.operator.apply(workers, &mut next, &last, 1.0, None);
                        workers.recycle(last);
                        next
                    }
                };
                add_squares(&mut squares, &now, workers);
                x.put(&group, now, workers)?;
                workers.check_cancelled()?;
                done += 1.0;
                (workers.context().progress)(Progress { stage: self.stage, fraction: done / all });
            }
            squares.iter_mut().for_each(|square| *square = square.sqrt());
            lengths = squares;
        }
        for group in x.groups() {
            let last = x.take(&group, workers)?;
            let weight = self.weights.last().copied().unwrap_or_default();
            self.add(weight, &lengths, &group, &last, &mut sum, workers)?;
            workers.recycle(last);
        }
        Ok(sum)
    }

    /// Adds the rows of a group to their sums.
    fn add(
        &self,
        weight: f32,
        lengths: &[f64],
        group: &Range<usize>,
        x: &Array2<f32>,
        sum: &mut Columns<'_>,
        workers: &Workers<'_>,
    ) -> Result<(), Error> {
        if weight == 0.0 {
            return Ok(());
        }
        let add = &self.add;
        let mut part = sum.take(group, workers)?;
        workers.for_rows(&mut part, 3 * group.len(), |first, mut out| {
            for (row, out) in (first..).zip(out.flat_mut().chunks_exact_mut(group.len())) {
                add(weight, lengths[row], x.row_slice(row), out);
            }
        });
        workers.check_cancelled()?;
        sum.put(group, part, workers)
    }
}

/// Adds the squares of each row to its sum, from the first column to the last.
fn add_squares(squares: &mut [f64], x: &Array2<f32>, workers: &Workers<'_>) {
    const PIECE: usize = 1 << 10;
    let pieces = squares.chunks_mut(PIECE).enumerate();
    workers.for_each(pieces, |(piece, squares)| {
        for (row, square) in (piece * PIECE..).zip(squares) {
            *square = x.row_slice(row).iter().fold(*square, |sum, &x| sum + f64::from(x) * f64::from(x));
        }
    });
}
