//! Operations on whole matrices and on their entries.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Zip, s};

use super::super::kernel::dropout;
use super::super::relation::{NO_ROW, RowIndex};
use super::{Gradients, Tape, Var};
use crate::numeric::kernel::gemm;
use crate::numeric::kernel::sparse::{self, Factor, Lists};
use crate::numeric::matrix::RowMajor;

/// Activation functions, entry by entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// The identity.
    Identity,
    /// max(x, 0).
    Relu,
    /// x, or `slope * x` below zero.
    LeakyRelu(f32),
    /// x, or e^x - 1 below zero.
    Elu,
    /// 1 / (1 + e^-x).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    fn apply(self, x: f32) -> f32 {
        match self {
            Activation::Identity => x,
            Activation::Relu => {
                if x > 0.0 {
                    x
                } else {
                    0.0
                }
            }
            Activation::LeakyRelu(slope) => {
                if x > 0.0 {
                    x
                } else {
                    slope * x
                }
            }
            Activation::Elu => {
                if x > 0.0 {
                    x
                } else {
                    x.exp_m1()
                }
            }
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Tanh => x.tanh(),
        }
    }

    /// The derivative, from the result.
    fn slope(self, y: f32) -> f32 {
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => {
                if y > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Activation::LeakyRelu(slope) => {
                if y > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Activation::Elu => {
                if y > 0.0 {
                    1.0
                } else {
                    y + 1.0
                }
            }
            Activation::Sigmoid => y * (1.0 - y),
            Activation::Tanh => 1.0 - y * y,
        }
    }

    fn apply_all(self, mut values: ArrayViewMut2<'_, f32>) {
        match self {
            Activation::Identity => {}
            Activation::Relu => values.mapv_inplace(|value| Activation::Relu.apply(value)),
            other => values.mapv_inplace(|value| other.apply(value)),
        }
    }

    /// Multiplies a gradient by the derivative.
    fn back(self, mut g: ArrayViewMut2<'_, f32>, y: ArrayView2<'_, f32>) {
        match self {
            Activation::Identity => {}
            Activation::Relu => g.zip_mut_with(&y, |g, &y| *g = if y > 0.0 { *g } else { 0.0 }),
            other => g.zip_mut_with(&y, |g, &y| *g *= other.slope(y)),
        }
    }
}

impl<'g> Tape<'g> {
    /// `activation(sum of x w + bias)` over pairs of x (n x k) and w (k x m); `bias` is 1 x m.
    pub fn linear(&mut self, pairs: &[(Var, Var)], bias: Option<Var>, activation: Activation) -> Var {
        let (rows, cols) = (self.value(pairs[0].0).nrows(), self.value(pairs[0].1).ncols());
        let mut out = self.workers.matrix(rows, cols);
        {
            let inputs: Vec<(&Array2<f32>, &Array2<f32>)> =
                pairs.iter().map(|&(x, w)| (self.value(x), self.value(w))).collect();
            assert!(inputs.iter().all(|(x, _)| x.nrows() == rows), "as many rows in all factors");
            let bias = bias.map(|bias| self.value(bias));
            self.workers.for_rows_of(&mut out, gemm::PIECE_ROWS, |first, mut out| {
                if let Some(bias) = bias {
                    out.assign(bias);
                }
                for (position, (x, w)) in inputs.iter().enumerate() {
                    let x = x.slice(s![first..first + out.nrows(), ..]);
                    gemm::product(out.view_mut(), x, w.view(), bias.is_some() || position > 0);
                }
                activation.apply_all(out);
            });
        }
        let operands: Vec<Var> = pairs.iter().flat_map(|&(x, w)| [x, w]).chain(bias).collect();
        let pairs = pairs.to_vec();
        let output = Var(self.values.len());
        self.result(out, &operands, move |tape, mut g, gradients| {
            tape.activation_back(activation, output, &mut g);
            if let Some(bias) = bias.filter(|&bias| tape.is_tracked(bias)) {
                let sums = tape.column_sums(&g);
                gradients.add(tape, bias, sums);
            }
            for (x, w) in pairs {
                let (x_value, w_value) = (tape.value(x), tape.value(w));
                if tape.is_tracked(w) {
                    let mut dw = tape.workers.matrix(w_value.nrows(), w_value.ncols());
                    gemm::product_over_rows(tape.workers, dw.view_mut(), x_value.view(), g.view());
                    gradients.add(tape, w, dw);
                }
                if tape.is_tracked(x) {
                    let mut dx = tape.workers.matrix(x_value.nrows(), x_value.ncols());
                    tape.workers.for_rows_of(&mut dx, gemm::PIECE_ROWS, |first, out| {
                        let g = g.slice(s![first..first + out.nrows(), ..]);
                        gemm::product(out, g, w_value.t(), false);
                    });
                    gradients.add(tape, x, dx);
                }
            }
            tape.workers.recycle(g);
        })
    }

    /// `x w` for one x and one w.
    pub fn matmul(&mut self, x: Var, w: Var) -> Var {
        self.linear(&[(x, w)], None, Activation::Identity)
    }

    /// Each range of rows of x (n x k) times its own matrix: row `r` of `w` (ranges x k*m) holds that of range `r`.
    /// `starts[r]..starts[r + 1]` are the rows of range `r`.
    pub fn grouped_linear(&mut self, x: Var, w: Var, starts: &'g [usize], cols: usize) -> Var {
        let (rows, width) = self.shape(x);
        let mut out = self.workers.matrix(rows, cols);
        assert_eq!(self.shape(w), (starts.len() - 1, width * cols), "a matrix for each range");
        let pieces = pieces_of_ranges(starts);
        {
            let (x, w) = (self.value(x), stacked(self.value(w), width, cols));
            let work = cut(out.view_mut(), &pieces);
            self.workers.for_each(work, |((range, rows), out)| {
                gemm::product(out, x.slice(s![rows, ..]), w.index_axis(Axis(0), range), false);
            });
        }
        self.result(out, &[x, w], move |tape, g, gradients| {
            let x_value = tape.value(x);
            if tape.is_tracked(w) {
                let mut dw = tape.workers.matrix(starts.len() - 1, width * cols);
                for (range, out) in stacked_mut(&mut dw, width, cols).outer_iter_mut().enumerate() {
                    let rows = starts[range]..starts[range + 1];
                    let (x, g) = (x_value.slice(s![rows.clone(), ..]), g.slice(s![rows, ..]));
                    gemm::product_over_rows(tape.workers, out, x, g);
                }
                gradients.add(tape, w, dw);
            }
            if tape.is_tracked(x) {
                let mut dx = tape.workers.matrix(rows, width);
                let w = stacked(tape.value(w), width, cols);
                tape.workers.for_each(cut(dx.view_mut(), &pieces), |((range, rows), out)| {
                    gemm::product(out, g.slice(s![rows, ..]), w.index_axis(Axis(0), range).reversed_axes(), false);
                });
                gradients.add(tape, x, dx);
            }
            tape.workers.recycle(g);
        })
    }

    /// `a + b`, entry by entry.
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        let out = self.entries(&[a, b], |v| v[0] + v[1]);
        self.result(out, &[a, b], move |tape, g, gradients| {
            if tape.is_tracked(b) {
                let copy = tape.copied(&g);
                gradients.add(tape, b, copy);
            }
            gradients.add(tape, a, g);
        })
    }

    /// One row (1 x m) added to every row.
    pub fn add_row(&mut self, a: Var, row: Var) -> Var {
        let mut out = self.copied(self.value(a));
        let added = self.value(row);
        self.workers.for_rows(&mut out, added.ncols(), |_, mut out| out += added);
        self.result(out, &[a, row], move |tape, g, gradients| {
            if tape.is_tracked(row) {
                let sums = tape.column_sums(&g);
                gradients.add(tape, row, sums);
            }
            gradients.add(tape, a, g);
        })
    }

    /// `a b`, entry by entry.
    pub fn mul(&mut self, a: Var, b: Var) -> Var {
        let out = self.entries(&[a, b], |v| v[0] * v[1]);
        self.result(out, &[a, b], move |tape, g, gradients| {
            for (of, other) in [(a, b), (b, a)] {
                if tape.is_tracked(of) {
                    let part = tape.zipped(&g, tape.value(other), |g, x| g * x);
                    gradients.add(tape, of, part);
                }
            }
            tape.workers.recycle(g);
        })
    }

    /// `scale a + shift`, entry by entry.
    pub fn affine(&mut self, a: Var, scale: f32, shift: f32) -> Var {
        let out = self.entries(&[a], |v| scale * v[0] + shift);
        self.result(out, &[a], move |tape, mut g, gradients| {
            g *= scale;
            gradients.add(tape, a, g);
        })
    }

    /// The activation of each entry.
    pub fn activate(&mut self, a: Var, activation: Activation) -> Var {
        if activation == Activation::Identity {
            return a;
        }
        let mut out = self.copied(self.value(a));
        self.workers.for_rows(&mut out, 4 * self.value(a).ncols(), |_, out| activation.apply_all(out));
        let output = Var(self.values.len());
        self.result(out, &[a], move |tape, mut g, gradients| {
            tape.activation_back(activation, output, &mut g);
            gradients.add(tape, a, g);
        })
    }

    fn activation_back(&self, activation: Activation, output: Var, g: &mut Array2<f32>) {
        if activation == Activation::Identity {
            return;
        }
        let y = self.value(output);
        let cols = g.ncols();
        self.workers.for_rows(g, cols, |first, g| {
            let y = y.slice(s![first..first + g.nrows(), ..]);
            activation.back(g, y);
        });
    }

    /// Dropout with the tape's rate; the value itself outside of training.
    pub fn dropout(&mut self, a: Var) -> Var {
        let Some((rate, key)) = self.next_key() else { return a };
        let mut out = self.copied(self.value(a));
        dropout::dropout(self.workers, &mut out, key, rate);
        self.result(out, &[a], move |tape, mut g, gradients| {
            dropout::dropout(tape.workers, &mut g, key, rate);
            gradients.add(tape, a, g);
        })
    }

    /// For each item the sum of the rows that the indexes name: `out[i] = sum of x[index[i]]`; nothing for [`NO_ROW`].
    pub fn gather(&mut self, parts: &[(Var, &'g RowIndex)]) -> Var {
        let (items, cols) = (parts[0].1.len(), self.value(parts[0].0).ncols());
        let mut out = self.workers.matrix(items, cols);
        {
            let inputs: Vec<(&Array2<f32>, &[u32])> =
                parts.iter().map(|&(x, index)| (self.value(x), index.rows())).collect();
            assert!(parts.iter().all(|&(x, index)| self.shape(x) == (index.bound(), cols) && index.len() == items));
            self.workers.for_rows(&mut out, cols * parts.len(), |first, mut out| {
                for (item, mut out) in (first..).zip(out.outer_iter_mut()) {
                    out.fill(0.0);
                    for (x, rows) in inputs.iter().filter(|(_, rows)| rows[item] != NO_ROW) {
                        out += &x.row(rows[item] as usize);
                    }
                }
            });
        }
        let operands: Vec<Var> = parts.iter().map(|&(x, _)| x).collect();
        let parts = parts.to_vec();
        self.result(out, &operands, move |tape, g, gradients| {
            for (x, index) in parts {
                if tape.is_tracked(x) {
                    let mut dx = tape.workers.matrix(index.bound(), cols);
                    let inverse = index.inverse();
                    let lists = Lists { offsets: &inverse.offsets, rows: &inverse.items };
                    sparse::sum(tape.workers, &mut dx, lists, &g, Factor::One);
                    gradients.add(tape, x, dx);
                }
            }
            tape.workers.recycle(g);
        })
    }

    /// Matrices of as many rows side by side.
    pub fn concat_cols(&mut self, parts: &[Var]) -> Var {
        if let [one] = parts {
            return *one;
        }
        let rows = self.value(parts[0]).nrows();
        let widths: Vec<usize> = parts.iter().map(|&part| self.value(part).ncols()).collect();
        let cols = widths.iter().sum();
        let mut out = self.workers.matrix(rows, cols);
        {
            let inputs: Vec<&Array2<f32>> = parts.iter().map(|&part| self.value(part)).collect();
            self.workers.for_rows(&mut out, cols, |first, mut out| {
                let rows = first..first + out.nrows();
                let mut column = 0;
                for input in &inputs {
                    let columns = column..column + input.ncols();
                    out.slice_mut(s![.., columns]).assign(&input.slice(s![rows.clone(), ..]));
                    column += input.ncols();
                }
            });
        }
        let operands = parts.to_vec();
        self.result(out, parts, move |tape, g, gradients| {
            let mut column = 0;
            for (part, width) in operands.into_iter().zip(widths) {
                if tape.is_tracked(part) {
                    let piece = tape.columns(&g, column..column + width);
                    gradients.add(tape, part, piece);
                }
                column += width;
            }
            tape.workers.recycle(g);
        })
    }

    /// Columns `columns` of a matrix.
    pub fn slice_cols(&mut self, a: Var, columns: Range<usize>) -> Var {
        let out = self.columns(self.value(a), columns.clone());
        self.result(out, &[a], move |tape, g, gradients| {
            let (rows, cols) = tape.shape(a);
            let mut da = tape.workers.zeros(rows, cols);
            tape.workers.for_rows(&mut da, cols, |first, mut out| {
                let rows = first..first + out.nrows();
                out.slice_mut(s![.., columns.clone()]).assign(&g.slice(s![rows, ..]));
            });
            gradients.add(tape, a, da);
            tape.workers.recycle(g);
        })
    }

    /// Matrices of as many columns one below the other.
    pub fn concat_rows(&mut self, parts: &[Var]) -> Var {
        if let [one] = parts {
            return *one;
        }
        let cols = self.value(parts[0]).ncols();
        let rows = parts.iter().map(|&part| self.value(part).nrows()).sum();
        let mut out = self.workers.matrix(rows, cols);
        let mut start = 0;
        for &part in parts {
            let part = self.value(part);
            out.slice_mut(s![start..start + part.nrows(), ..]).assign(part);
            start += part.nrows();
        }
        let operands = parts.to_vec();
        self.result(out, parts, move |tape, g, gradients| {
            let mut start = 0;
            for part in operands {
                let (rows, cols) = tape.shape(part);
                if tape.is_tracked(part) {
                    let mut piece = tape.workers.matrix(rows, cols);
                    piece.assign(&g.slice(s![start..start + rows, ..]));
                    gradients.add(tape, part, piece);
                }
                start += rows;
            }
            tape.workers.recycle(g);
        })
    }

    /// The first `count` rows.
    pub fn first_rows(&mut self, a: Var, count: usize) -> Var {
        let (rows, cols) = self.shape(a);
        if rows == count {
            return a;
        }
        let mut out = self.workers.matrix(count, cols);
        out.assign(&self.value(a).slice(s![..count, ..]));
        self.result(out, &[a], move |tape, g, gradients| {
            let mut da = tape.workers.zeros(rows, cols);
            da.slice_mut(s![..count, ..]).assign(&g);
            gradients.add(tape, a, da);
            tape.workers.recycle(g);
        })
    }

    /// Row `i` times the constant `factors[i]`.
    pub fn scale_rows_by(&mut self, a: Var, factors: &'g [f32]) -> Var {
        let mut out = self.copied(self.value(a));
        self.scale_rows(&mut out, factors);
        self.result(out, &[a], move |tape, mut g, gradients| {
            tape.scale_rows(&mut g, factors);
            gradients.add(tape, a, g);
        })
    }

    /// Row `i` of a (n x m) times entry `i` of the column `s` (n x 1).
    pub fn mul_column(&mut self, a: Var, s: Var) -> Var {
        let mut out = self.copied(self.value(a));
        self.scale_rows(&mut out, self.value(s).flat());
        self.result(out, &[a, s], move |tape, mut g, gradients| {
            if tape.is_tracked(s) {
                let ds = tape.head_dots(&g, tape.value(a), 1);
                gradients.add(tape, s, ds);
            }
            tape.scale_rows(&mut g, tape.value(s).flat());
            gradients.add(tape, a, g);
        })
    }

    /// For each row of x (n x heads*d) and head the product with that head's part of `a`, which is one row for all or
    /// a row for each: n x heads.
    pub fn head_products(&mut self, x: Var, a: Var, heads: usize) -> Var {
        let out = self.head_dots(self.value(x), self.value(a), heads);
        self.result(out, &[x, a], move |tape, g, gradients| {
            let (x_value, a_value) = (tape.value(x), tape.value(a));
            let (rows, cols) = x_value.dim();
            let width = cols / heads;
            // The gradient spread over the columns of its head, times `by`.
            let spread = |by: &Array2<f32>| {
                let mut out = tape.workers.matrix(rows, cols);
                tape.workers.for_rows(&mut out, cols, |first, mut out| {
                    for (row, out) in (first..).zip(out.flat_mut().chunks_exact_mut(cols)) {
                        let by = by.row_slice(if by.nrows() == 1 { 0 } else { row });
                        for (head, &g) in g.row(row).iter().enumerate() {
                            let columns = head * width..(head + 1) * width;
                            out[columns.clone()].iter_mut().zip(&by[columns]).for_each(|(out, by)| *out = g * by);
                        }
                    }
                });
                out
            };
            if tape.is_tracked(a) {
                let all = spread(x_value);
                if a_value.nrows() == rows && rows != 1 {
                    gradients.add(tape, a, all);
                } else {
                    let sums = tape.column_sums(&all);
                    tape.workers.recycle(all);
                    gradients.add(tape, a, sums);
                }
            }
            if tape.is_tracked(x) {
                let dx = spread(a_value);
                gradients.add(tape, x, dx);
            }
            tape.workers.recycle(g);
        })
    }

    /// The dot products of equal parts of two rows; `b` may be one row for all.
    fn head_dots(&self, a: &Array2<f32>, b: &Array2<f32>, heads: usize) -> Array2<f32> {
        let (rows, cols) = a.dim();
        assert!(b.ncols() == cols && (b.nrows() == 1 || b.nrows() == rows) && cols.is_multiple_of(heads));
        let width = cols / heads;
        let mut out = self.workers.matrix(rows, heads);
        self.workers.for_rows(&mut out, cols, |first, mut out| {
            for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                let (a, b) = (a.row_slice(row), b.row_slice(if b.nrows() == 1 { 0 } else { row }));
                for ((out, a), b) in out.iter_mut().zip(a.chunks_exact(width)).zip(b.chunks_exact(width)) {
                    *out = sparse::dot(a, b);
                }
            }
        });
        out
    }

    /// The mean of all rows: 1 x m. Of a matrix without rows, zeros.
    pub fn mean_rows(&mut self, a: Var) -> Var {
        let rows = self.value(a).nrows();
        let share = if rows == 0 { 0.0 } else { 1.0 / rows as f32 };
        let mut out = self.column_sums(self.value(a));
        out *= share;
        self.result(out, &[a], move |tape, g, gradients| {
            let (rows, cols) = tape.shape(a);
            let mut da = tape.workers.matrix(rows, cols);
            tape.workers.for_rows(&mut da, cols, |_, mut out| out.zip_mut_with(&g, |out, g| *out = g * share));
            gradients.add(tape, a, da);
            tape.workers.recycle(g);
        })
    }

    /// One row as one column.
    pub fn row_to_column(&mut self, a: Var) -> Var {
        let shape = self.shape(a);
        let out = reshaped(self.copied(self.value(a)), (shape.1, shape.0));
        self.result(out, &[a], move |tape, g, gradients| gradients.add(tape, a, reshaped(g, shape)))
    }

    fn columns(&self, of: &Array2<f32>, columns: Range<usize>) -> Array2<f32> {
        let width = columns.len();
        let mut out = self.workers.matrix(of.nrows(), width);
        self.workers.for_rows(&mut out, width, |first, mut out| {
            let rows = first..first + out.nrows();
            out.assign(&of.slice(s![rows, columns.clone()]));
        });
        out
    }

    pub(super) fn copied(&self, of: &Array2<f32>) -> Array2<f32> {
        self.zipped(of, of, |x, _| x)
    }

    fn zipped(&self, a: &Array2<f32>, b: &Array2<f32>, of: impl Fn(f32, f32) -> f32 + Sync) -> Array2<f32> {
        assert_eq!(a.dim(), b.dim(), "matrices of one shape");
        let mut out = self.workers.matrix(a.nrows(), a.ncols());
        self.workers.for_rows(&mut out, a.ncols(), |first, out| {
            let rows = first..first + out.nrows();
            let (a, b) = (a.slice(s![rows.clone(), ..]), b.slice(s![rows, ..]));
            Zip::from(out).and(a).and(b).for_each(|out, &x, &y| *out = of(x, y));
        });
        out
    }

    fn entries(&self, of: &[Var], apply: impl Fn(&[f32]) -> f32 + Sync) -> Array2<f32> {
        let a = self.value(of[0]);
        let b = self.value(*of.last().unwrap_or(&of[0]));
        self.zipped(a, b, |x, y| apply(&[x, y]))
    }

    pub(super) fn column_sums(&self, of: &Array2<f32>) -> Array2<f32> {
        const PIECE: usize = 1024;
        let mut sums = self.workers.zeros(1, of.ncols());
        let mut parts = self.workers.zeros(of.nrows().div_ceil(PIECE), of.ncols());
        let pieces = parts.outer_iter_mut().zip(of.axis_chunks_iter(Axis(0), PIECE));
        self.workers.for_each(pieces, |(mut sum, rows)| rows.outer_iter().for_each(|row| sum += &row));
        for part in parts.outer_iter() {
            sums += &part;
        }
        self.workers.recycle(parts);
        sums
    }
}

/// Divides a row by its length; a zero row stays.
pub(crate) fn normalize(row: &mut [f32]) {
    let square = sparse::dot(row, row);
    if (1e-30..1e37).contains(&square) {
        let length = square.sqrt();
        row.iter_mut().for_each(|value| *value /= length);
    } else {
        // A square that has overflowed, or nearly vanished.
        crate::numeric::linear::normalise(row);
    }
}

/// (range, rows) in pieces of bounded size.
fn pieces_of_ranges(starts: &[usize]) -> Vec<(usize, Range<usize>)> {
    let mut pieces = Vec::new();
    for (range, ends) in starts.windows(2).enumerate() {
        let mut start = ends[0];
        while start < ends[1] {
            let end = (start + gemm::PIECE_ROWS).min(ends[1]);
            pieces.push((range, start..end));
            start = end;
        }
    }
    pieces
}

/// A piece of [`pieces_of_ranges`] with its rows of a matrix.
type Piece<'a> = ((usize, Range<usize>), ArrayViewMut2<'a, f32>);

/// The rows of each piece; pieces follow each other.
fn cut<'a>(matrix: ArrayViewMut2<'a, f32>, pieces: &[(usize, Range<usize>)]) -> Vec<Piece<'a>> {
    let mut rest = matrix;
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let (part, others) = rest.split_at(Axis(0), piece.1.len());
        out.push((piece.clone(), part));
        rest = others;
    }
    out
}

/// Why the flattened matrices of a stack may be taken as matrices: the rows of the stack are that long.
const STACK: &str = "a row of rows * cols numbers for each matrix";

/// The matrices of `rows` x `cols` that lie flattened in the rows of `stack`.
fn stacked(stack: &Array2<f32>, rows: usize, cols: usize) -> ArrayView3<'_, f32> {
    stack.view().into_shape_with_order((stack.nrows(), rows, cols)).expect(STACK)
}

/// As [`stacked`], to be written.
fn stacked_mut(stack: &mut Array2<f32>, rows: usize, cols: usize) -> ArrayViewMut3<'_, f32> {
    let count = stack.nrows();
    stack.view_mut().into_shape_with_order((count, rows, cols)).expect(STACK)
}

/// The same numbers, in the same order, in another shape of as many.
fn reshaped(matrix: Array2<f32>, shape: (usize, usize)) -> Array2<f32> {
    matrix.into_shape_with_order(shape).expect("as many numbers in both shapes")
}

impl Gradients {
    /// Whether there is a gradient of `var`.
    #[cfg(test)]
    pub(super) fn has(&self, var: Var) -> bool {
        self.of[var.0].is_some()
    }
}
