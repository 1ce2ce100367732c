//! A tall matrix that is worked on some columns at a time; where it does not fit into memory, the other columns are in a
//! temporary file.
//!
//! The file has one group of columns after the other, so that a group is written and read in one piece; in the end rows are
//! put together from all groups, many rows at a time, and written to a file of rows. How wide a group is does not show in the
//! numbers: columns are computed apart from each other, and what is summed over a row is summed from its first column to its
//! last.

use std::ops::Range;

use bytemuck::Pod;
use ndarray::{Array2, s};

use super::matrix::{RowMajor, into_flat};
use super::workers::Workers;
use crate::core::column_groups::ColumnGroups;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::core::numbers::{Numbers, NumbersFile};
use crate::core::scratch::Scratch;

/// How the columns of a run are computed.
#[derive(Clone, Copy)]
pub(crate) enum Layout<'a> {
    /// All are in memory.
    Memory,
    /// So many at a time are in memory, the others in temporary files.
    Groups(usize, &'a dyn Scratch),
}

impl<'a> Layout<'a> {
    /// The layout of a run that takes `needed` bytes as a whole, and in groups what these say. `hint` says what to lower so
    /// that it fits.
    ///
    /// # Errors
    /// [`Error::Memory`], before any work, when not even a single column fits.
    pub(crate) fn choose(
        context: &Context<'a>,
        needed: u64,
        groups: &[ColumnGroups],
        hint: impl FnOnce(u64) -> String,
    ) -> Result<Self, Error> {
        let Some(budget) = context.memory_budget.filter(|&budget| needed > budget) else { return Ok(Layout::Memory) };
        let Some(scratch) = context.scratch else {
            context.reserve(needed, hint)?;
            return Ok(Layout::Memory);
        };
        match (ColumnGroups::within(groups, budget), groups.last()) {
            (Some(groups), _) => Ok(Layout::Groups(groups.width, scratch)),
            (None, least) => {
                context.reserve(least.map_or(needed, |least| least.bytes), hint)?;
                Ok(Layout::Memory)
            }
        }
    }

    /// Its temporary files.
    pub(crate) fn scratch(self) -> Option<&'a dyn Scratch> {
        match self {
            Layout::Memory => None,
            Layout::Groups(_, scratch) => Some(scratch),
        }
    }
}

/// Seconds that a run of `whole` seconds takes in groups of so many columns: of a row of a few columns most of a cache line is
/// fetched in vain.
pub(crate) fn narrow_seconds(whole: f64, width: usize) -> f64 {
    whole * (1.0 + 4.0 / width.max(1) as f64)
}

/// Seconds for a byte that goes to a temporary file or comes from there, in the page cache.
pub(crate) const FILE_SECONDS: f64 = 0.4e-9;

/// The groups of so many columns, all of `width` but the last.
pub(crate) fn groups(columns: usize, width: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let width = width.max(1);
    (0..columns.div_ceil(width)).map(move |group| group * width..((group + 1) * width).min(columns))
}

/// The widths that a run in groups may have, the widest first: all columns, then powers of two, whose sums kernels keep in
/// registers.
pub(crate) fn widths(columns: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(columns), |&width| (width > 1).then(|| width.next_power_of_two() / 2))
}

/// Bytes of a piece of rows on its way to a file or from there; each thread has some, which are not counted as memory of a run.
pub(crate) const PIECE_BYTES: usize = 1 << 19;

/// A matrix in a temporary file, by groups of columns.
pub(crate) struct GroupFile<T> {
    file: NumbersFile<T>,
    rows: usize,
    columns: usize,
}

impl<T: Pod + Default + Send + Sync> GroupFile<T> {
    pub(crate) fn new(scratch: &dyn Scratch, rows: usize, columns: usize) -> Result<Self, Error> {
        Ok(GroupFile { file: NumbersFile::new(scratch)?, rows, columns })
    }

    /// Where the rows of a group begin, from row `first` on.
    fn place(&self, group: &Range<usize>, first: usize) -> usize {
        self.rows * group.start + first * group.len()
    }

    /// Writes rows of a group of columns, from row `first` on.
    pub(crate) fn write(&self, group: &Range<usize>, first: usize, rows: &[T]) -> Result<(), Error> {
        self.file.write(self.place(group, first), rows)
    }

    /// Reads rows of a group of columns, from row `first` on.
    pub(crate) fn read(&self, group: &Range<usize>, first: usize, rows: &mut [T]) -> Result<(), Error> {
        self.file.read(self.place(group, first), rows)
    }

    /// The matrix row by row; `row(v, numbers, out)` makes the row of the result from that of the matrix, which was written in
    /// groups of `width` columns.
    pub(crate) fn finish(
        self,
        width: usize,
        scratch: &dyn Scratch,
        workers: &Workers<'_>,
        row: impl Fn(usize, &[T], &mut [f32]) + Sync,
    ) -> Result<Numbers<f32>, Error> {
        if self.rows == 0 || self.columns == 0 {
            return Ok(Numbers::default());
        }
        let result = NumbersFile::<f32>::new(scratch)?;
        let piece = (PIECE_BYTES / (size_of::<T>() * self.columns)).max(1);
        let pieces = (0..self.rows.div_ceil(piece)).map(|number| number * piece..((number + 1) * piece).min(self.rows));
        workers.try_for_each(pieces, |rows| {
            let mut whole = vec![T::default(); rows.len() * self.columns];
            let mut part = Vec::new();
            for group in groups(self.columns, width) {
                part.resize(rows.len() * group.len(), T::default());
                self.read(&group, rows.start, &mut part)?;
                for (whole, part) in whole.chunks_exact_mut(self.columns).zip(part.chunks_exact(group.len())) {
                    whole[group.clone()].copy_from_slice(part);
                }
            }
            let mut out = vec![0.0; whole.len()];
            let made = whole.chunks_exact(self.columns).zip(out.chunks_exact_mut(self.columns));
            (rows.start..).zip(made).for_each(|(v, (numbers, out))| row(v, numbers, out));
            result.write(rows.start * self.columns, &out)
        })?;
        result.finish()
    }
}

/// A matrix of which one group of columns at a time is taken out, changed and put back.
pub(crate) struct Columns<'a> {
    place: Place<'a>,
    rows: usize,
    columns: usize,
    width: usize,
    /// The groups that have been put, by number; the others are zero.
    filled: Vec<bool>,
}

enum Place<'a> {
    /// Absent while the only group is taken out.
    Memory(Option<Array2<f32>>),
    File(GroupFile<f32>, &'a dyn Scratch),
}

impl<'a> Columns<'a> {
    /// A matrix of zeros. In memory it is worked on in groups of `width`.
    pub(crate) fn new(rows: usize, columns: usize, width: usize, layout: Layout<'a>) -> Result<Self, Error> {
        let (place, width) = match layout {
            Layout::Memory => (Place::Memory(None), width),
            Layout::Groups(width, scratch) => (Place::File(GroupFile::new(scratch, rows, columns)?, scratch), width),
        };
        Ok(Columns { place, rows, columns, width, filled: vec![false; groups(columns, width).len()] })
    }

    /// The groups, in order.
    pub(crate) fn groups(&self) -> impl ExactSizeIterator<Item = Range<usize>> + Clone + use<> {
        groups(self.columns, self.width)
    }

    /// A group, to be put back when it has changed.
    pub(crate) fn take(&mut self, group: &Range<usize>, workers: &Workers<'_>) -> Result<Array2<f32>, Error> {
        if !self.filled[group.start / self.width] {
            return Ok(workers.zeros(self.rows, group.len()));
        }
        let mut taken = match &mut self.place {
            Place::Memory(whole) if group.len() == self.columns => {
                return Ok(whole.take().unwrap_or_else(|| workers.zeros(self.rows, self.columns)));
            }
            _ => workers.matrix(self.rows, group.len()),
        };
        match &self.place {
            Place::Memory(Some(whole)) => taken.assign(&whole.slice(s![.., group.clone()])),
            Place::Memory(None) => taken.fill(0.0),
            Place::File(file, _) => {
                let rows = (PIECE_BYTES / (4 * group.len())).max(1);
                let pieces = taken.flat_mut().chunks_mut(rows * group.len()).enumerate();
                workers.try_for_each(pieces, |(piece, numbers)| file.read(group, piece * rows, numbers))?;
            }
        }
        Ok(taken)
    }

    /// Puts a group in its place; its memory goes there or back to the workers.
    pub(crate) fn put(
        &mut self,
        group: &Range<usize>,
        matrix: Array2<f32>,
        workers: &Workers<'_>,
    ) -> Result<(), Error> {
        self.filled[group.start / self.width] = true;
        match &mut self.place {
            Place::Memory(whole) if group.len() == self.columns => {
                *whole = Some(matrix);
                return Ok(());
            }
            Place::Memory(whole) => {
                let whole = whole.get_or_insert_with(|| Array2::zeros((self.rows, self.columns)));
                workers.for_rows(whole, group.len(), |first, mut out| {
                    let rows = first..first + out.nrows();
                    out.slice_mut(s![.., group.clone()]).assign(&matrix.slice(s![rows, ..]));
                });
            }
            Place::File(file, _) => {
                let rows = (PIECE_BYTES / (4 * group.len())).max(1);
                let pieces = matrix.flat().chunks(rows * group.len()).enumerate();
                workers.try_for_each(pieces, |(piece, numbers)| file.write(group, piece * rows, numbers))?;
            }
        }
        workers.recycle(matrix);
        Ok(())
    }

    /// The matrix row by row, each row changed by `row`.
    pub(crate) fn finish(self, workers: &Workers<'_>, row: impl Fn(&mut [f32]) + Sync) -> Result<Numbers<f32>, Error> {
        let columns = self.columns;
        match self.place {
            Place::Memory(whole) => {
                let mut whole = whole.unwrap_or_else(|| Array2::zeros((self.rows, columns)));
                workers.for_rows(&mut whole, 2 * columns, |_, mut rows| {
                    rows.flat_mut().chunks_exact_mut(columns).for_each(&row);
                });
                Ok(into_flat(whole).into())
            }
            // What was never put is a hole in the file, or lies beyond its end.
            Place::File(file, scratch) => {
                let zeros = self.filled.iter().zip(groups(columns, self.width)).filter(|(filled, _)| !**filled);
                for (_, group) in zeros {
                    file.write(&group, 0, &vec![0.0; self.rows * group.len()])?;
                }
                file.finish(self.width, scratch, workers, |_, numbers, out| {
                    out.copy_from_slice(numbers);
                    row(out);
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::context::Context;
    use crate::testing::{MemoryScratch, pool};

    #[test]
    fn widths_go_from_all_columns_to_one() {
        let all = |columns| widths(columns).collect::<Vec<_>>();
        assert_eq!(all(128), [128, 64, 32, 16, 8, 4, 2, 1]);
        assert_eq!(all(100), [100, 64, 32, 16, 8, 4, 2, 1]);
        assert_eq!((all(1), all(2), all(3)), (vec![1], vec![2, 1], vec![3, 2, 1]));
        assert_eq!(groups(10, 4).collect::<Vec<_>>(), [0..4, 4..8, 8..10]);
        assert_eq!(groups(4, 4).len(), 1);
    }

    #[test]
    fn groups_in_a_file_are_those_in_memory() {
        let pool = pool(2);
        let context = Context::new(&pool);
        let workers = Workers::new(&context, 2);
        let scratch = MemoryScratch::default();
        let (rows, columns) = (3000, 70);
        let value = |row: usize, column: usize| (row * 71 + column) as f32;
        for (width, layout) in [
            (70, Layout::Memory),
            (32, Layout::Memory),
            (0, Layout::Groups(1, &scratch)),
            (0, Layout::Groups(64, &scratch)),
            (0, Layout::Groups(70, &scratch)),
        ] {
            let mut matrix = Columns::new(rows, columns, width, layout).unwrap();
            for group in matrix.groups() {
                let part = Array2::from_shape_fn((rows, group.len()), |(row, column)| value(row, group.start + column));
                assert!(matrix.take(&group, &workers).unwrap().iter().all(|&x| x == 0.0));
                matrix.put(&group, part, &workers).unwrap();
            }
            for group in matrix.groups() {
                let taken = matrix.take(&group, &workers).unwrap();
                assert_eq!(taken[[17, group.len() - 1]], value(17, group.end - 1));
                matrix.put(&group, taken, &workers).unwrap();
            }
            let numbers = matrix.finish(&workers, |row| row[0] += 1.0).unwrap();
            let expected =
                |at: usize| value(at / columns, at % columns) + f32::from(u8::from(at.is_multiple_of(columns)));
            assert!(numbers.len() == rows * columns && numbers.iter().enumerate().all(|(at, &x)| x == expected(at)));
        }
    }
}
