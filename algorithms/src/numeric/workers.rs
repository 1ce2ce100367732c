//! The threads of a run, and the memory they reuse.
//!
//! Work is cut into pieces by its shape alone, never by the number of threads, and sums over pieces are taken in the
//! order of the pieces: so results have the same bits for any number of threads.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ndarray::{Array2, ArrayViewMut2, Axis};

use super::matrix::into_flat;
use crate::core::context::Context;
use crate::core::error::Error;

/// Most numbers that are kept for later matrices: 512 MiB.
const MOST_SPARE: usize = 1 << 27;

/// Multiplications in one piece of work: enough to outweigh the cost of handing it to a thread.
const PIECE: usize = 1 << 16;

/// Threads and spare memory.
pub struct Workers<'a> {
    context: &'a Context<'a>,
    threads: usize,
    spare: Mutex<Spare>,
}

/// Memory of matrices that are not needed any more, by capacity: fresh memory costs a page fault for every 4 KiB.
#[derive(Default)]
struct Spare {
    by_capacity: BTreeMap<usize, Vec<Vec<f32>>>,
    /// Numbers in all of it.
    held: usize,
}

impl Spare {
    /// Memory for so many numbers, of not more than twice as many: matrices of sampled batches have other sizes in every step.
    fn take(&mut self, entries: usize) -> Option<Vec<f32>> {
        let (&capacity, found) = self.by_capacity.range_mut(entries..=entries.saturating_mul(2)).next()?;
        let numbers = found.pop()?;
        if found.is_empty() {
            self.by_capacity.remove(&capacity);
        }
        self.held -= capacity;
        Some(numbers)
    }

    fn keep(&mut self, numbers: Vec<f32>) {
        let capacity = numbers.capacity();
        if self.held + capacity <= MOST_SPARE {
            self.held += capacity;
            self.by_capacity.entry(capacity).or_default().push(numbers);
        }
    }
}

impl<'a> Workers<'a> {
    /// At most `threads` threads of the context's pool.
    pub fn new(context: &'a Context<'a>, threads: usize) -> Self {
        Workers { context, threads, spare: Mutex::default() }
    }

    /// The context of the run.
    pub fn context(&self) -> &'a Context<'a> {
        self.context
    }

    /// Fails when the run is cancelled. Loops over pieces stop early by themselves and leave unfinished results, so
    /// this is asked before a result is used.
    pub fn check_cancelled(&self) -> Result<(), Error> {
        self.context.check_cancelled()
    }

    /// A matrix with arbitrary entries: for results that are written entirely.
    pub fn matrix(&self, rows: usize, cols: usize) -> Array2<f32> {
        let entries = rows * cols;
        let spare = self.spare.lock().ok().and_then(|mut spare| spare.take(entries));
        spare
            .and_then(|mut numbers| {
                numbers.resize(entries, 0.0);
                Array2::from_shape_vec((rows, cols), numbers).ok()
            })
            .unwrap_or_else(|| Array2::zeros((rows, cols)))
    }

    /// A matrix of zeros.
    pub fn zeros(&self, rows: usize, cols: usize) -> Array2<f32> {
        let mut matrix = self.matrix(rows, cols);
        matrix.fill(0.0);
        matrix
    }

    /// Takes the memory of a matrix that is not needed any more.
    pub fn recycle(&self, matrix: Array2<f32>) {
        if !matrix.is_empty()
            && let Ok(mut spare) = self.spare.lock()
        {
            spare.keep(into_flat(matrix));
        }
    }

    /// Runs `work(first row, rows)` over pieces of the matrix; `cost` = multiplications per row.
    pub fn for_rows<T: Send>(
        &self,
        matrix: &mut Array2<T>,
        cost: usize,
        work: impl Fn(usize, ArrayViewMut2<'_, T>) + Sync,
    ) {
        let rows = (PIECE / cost.max(1)).max(1);
        self.for_rows_of(matrix, rows, work);
    }

    /// Runs `work(first row, rows)` over pieces of `rows` rows.
    pub fn for_rows_of<T: Send>(
        &self,
        matrix: &mut Array2<T>,
        rows: usize,
        work: impl Fn(usize, ArrayViewMut2<'_, T>) + Sync,
    ) {
        if !matrix.is_empty() {
            let pieces = matrix.axis_chunks_iter_mut(Axis(0), rows).enumerate();
            self.for_each(pieces, |(piece, out)| work(piece * rows, out));
        }
    }

    /// Runs `work` for every item. Stops early when the run is cancelled.
    pub fn for_each<T: Send>(
        &self,
        items: impl IntoIterator<Item = T, IntoIter: Send + ExactSizeIterator>,
        work: impl Fn(T) + Sync,
    ) {
        let items = items.into_iter();
        let threads = self.threads.min(items.len());
        if threads <= 1 {
            items.take_while(|_| self.check_cancelled().is_ok()).for_each(work);
            return;
        }
        // The error of a cancelled run is raised by `check_cancelled`, which callers ask before they use the result.
        let _ = self.context.for_each(threads, items, |item| {
            work(item);
            Ok(())
        });
    }

    /// Runs `work`, which may fail, for every item.
    ///
    /// # Errors
    /// The first error, or [`Error::Cancelled`].
    pub fn try_for_each<T: Send>(
        &self,
        items: impl IntoIterator<Item = T, IntoIter: Send + ExactSizeIterator>,
        work: impl Fn(T) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let items = items.into_iter();
        self.context.for_each(self.threads.min(items.len()), items, work)
    }

    /// The sum of `part(first, count)` over fixed pieces of `0..rows`, in the order of the pieces.
    pub fn sum(&self, rows: usize, cost: usize, part: impl Fn(usize, usize) -> f64 + Sync) -> f64 {
        let piece = (PIECE / cost.max(1)).max(1);
        let mut parts = vec![0.0f64; rows.div_ceil(piece)];
        self.for_each(parts.iter_mut().enumerate(), |(index, slot)| {
            let first = index * piece;
            *slot = part(first, piece.min(rows - first));
        });
        parts.iter().sum()
    }
}
