//! Operations on whole matrices and on their entries.

use std::ops::Range;

use super::super::kernel::dropout;
use super::super::relation::{Index, NO_ROW};
use super::{Gradients, Tape, Var};
use crate::numeric::kernel::gemm;
use crate::numeric::kernel::sparse::{self, Factor, Lists};
use crate::numeric::matrix::Matrix;

/// What is done to each entry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// Nothing.
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

    fn apply_all(self, values: &mut [f32]) {
        match self {
            Activation::Identity => {}
            Activation::Relu => values.iter_mut().for_each(|value| *value = Activation::Relu.apply(*value)),
            other => values.iter_mut().for_each(|value| *value = other.apply(*value)),
        }
    }

    /// Multiplies a gradient by the derivative.
    fn back(self, g: &mut [f32], y: &[f32]) {
        match self {
            Activation::Identity => {}
            Activation::Relu => {
                g.iter_mut().zip(y).for_each(|(g, &y)| *g = if y > 0.0 { *g } else { 0.0 });
            }
            other => g.iter_mut().zip(y).for_each(|(g, &y)| *g *= other.slope(y)),
        }
    }
}

impl<'g> Tape<'g> {
    /// `activation(sum of x w + bias)` over pairs of x (n x k) and w (k x m); `bias` is 1 x m.
    pub fn linear(&mut self, pairs: &[(Var, Var)], bias: Option<Var>, activation: Activation) -> Var {
        let rows = self.value(pairs[0].0).rows;
        let cols = self.value(pairs[0].1).cols;
        let mut out = self.workers.matrix(rows, cols);
        {
            let inputs: Vec<(&Matrix, &Matrix)> = pairs.iter().map(|&(x, w)| (self.value(x), self.value(w))).collect();
            assert!(inputs.iter().all(|(x, w)| x.rows == rows && w.cols == cols && x.cols == w.rows));
            let bias = bias.map(|bias| self.value(bias));
            self.workers.for_rows_of(&mut out, gemm::piece_rows(), |first, out| {
                if let Some(bias) = bias {
                    out.chunks_exact_mut(cols).for_each(|row| row.copy_from_slice(&bias.data));
                }
                for (position, (x, w)) in inputs.iter().enumerate() {
                    gemm::rows_by(out, first, x, &w.data, cols, bias.is_some() || position > 0);
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
                    let mut dw = tape.workers.matrix(w_value.rows, w_value.cols);
                    gemm::product_over_rows(tape.workers, &mut dw.data, x_value, &g, 0, g.rows);
                    gradients.add(tape, w, dw);
                }
                if tape.is_tracked(x) {
                    let mut dx = tape.workers.matrix(x_value.rows, x_value.cols);
                    tape.workers.for_rows_of(&mut dx, gemm::piece_rows(), |first, out| {
                        gemm::rows_by_transposed(out, first, &g, &w_value.data, x_value.cols);
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
        assert!(self.value(w).cols == width * cols && self.value(w).rows + 1 == starts.len());
        let pieces = pieces_of_ranges(starts);
        {
            let (x, w) = (self.value(x), self.value(w));
            let work = cut(&mut out.data, &pieces, cols);
            self.workers.for_each(work, |((range, rows), out)| {
                gemm::rows_by(out, rows.start, x, w.row(range), cols, false);
            });
        }
        self.result(out, &[x, w], move |tape, g, gradients| {
            let (x_value, w_value) = (tape.value(x), tape.value(w));
            if tape.is_tracked(w) {
                let mut dw = tape.workers.matrix(w_value.rows, w_value.cols);
                for (range, out) in dw.data.chunks_exact_mut(w_value.cols.max(1)).enumerate() {
                    if starts[range] == starts[range + 1] {
                        out.fill(0.0);
                    } else {
                        gemm::product_over_rows(tape.workers, out, x_value, &g, starts[range], starts[range + 1]);
                    }
                }
                gradients.add(tape, w, dw);
            }
            if tape.is_tracked(x) {
                let mut dx = tape.workers.matrix(x_value.rows, x_value.cols);
                let work = cut(&mut dx.data, &pieces, width);
                tape.workers.for_each(work, |((range, rows), out)| {
                    gemm::rows_by_transposed(out, rows.start, &g, w_value.row(range), width);
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
        let cols = self.value(a).cols;
        let mut out = self.copied(self.value(a));
        let added = &self.value(row).data;
        self.workers.for_rows(&mut out, cols, |_, out| {
            for out in out.chunks_exact_mut(cols) {
                out.iter_mut().zip(added).for_each(|(sum, value)| *sum += value);
            }
        });
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
            g.data.iter_mut().for_each(|g| *g *= scale);
            gradients.add(tape, a, g);
        })
    }

    /// The activation of each entry.
    pub fn activate(&mut self, a: Var, activation: Activation) -> Var {
        if activation == Activation::Identity {
            return a;
        }
        let mut out = self.copied(self.value(a));
        self.workers.for_rows(&mut out, 4 * self.value(a).cols, |_, out| activation.apply_all(out));
        let output = Var(self.values.len());
        self.result(out, &[a], move |tape, mut g, gradients| {
            tape.activation_back(activation, output, &mut g);
            gradients.add(tape, a, g);
        })
    }

    fn activation_back(&self, activation: Activation, output: Var, g: &mut Matrix) {
        if activation == Activation::Identity {
            return;
        }
        let y = self.value(output);
        let cols = g.cols;
        self.workers.for_rows(g, cols, |first, g| activation.back(g, &y.data[first * cols..][..g.len()]));
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
    pub fn gather(&mut self, parts: &[(Var, &'g Index)]) -> Var {
        let (items, cols) = (parts[0].1.len(), self.value(parts[0].0).cols);
        let mut out = self.workers.matrix(items, cols);
        {
            let inputs: Vec<(&Matrix, &[u32])> =
                parts.iter().map(|&(x, index)| (self.value(x), index.rows())).collect();
            assert!(parts.iter().all(|&(x, index)| self.shape(x) == (index.bound(), cols) && index.len() == items));
            self.workers.for_rows(&mut out, cols * parts.len(), |first, out| {
                for (item, out) in out.chunks_exact_mut(cols).enumerate() {
                    out.fill(0.0);
                    for (x, rows) in &inputs {
                        let row = rows[first + item];
                        if row != NO_ROW {
                            out.iter_mut().zip(x.row(row as usize)).for_each(|(sum, value)| *sum += value);
                        }
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
        let rows = self.value(parts[0]).rows;
        let widths: Vec<usize> = parts.iter().map(|&part| self.value(part).cols).collect();
        let cols = widths.iter().sum();
        let mut out = self.workers.matrix(rows, cols);
        {
            let inputs: Vec<&Matrix> = parts.iter().map(|&part| self.value(part)).collect();
            self.workers.for_rows(&mut out, cols, |first, out| {
                for (row, out) in out.chunks_exact_mut(cols).enumerate() {
                    let mut column = 0;
                    for input in &inputs {
                        out[column..column + input.cols].copy_from_slice(input.row(first + row));
                        column += input.cols;
                    }
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
            tape.workers.for_rows(&mut da, cols, |first, out| {
                for (row, out) in out.chunks_exact_mut(cols).enumerate() {
                    out[columns.clone()].copy_from_slice(g.row(first + row));
                }
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
        let cols = self.value(parts[0]).cols;
        let rows = parts.iter().map(|&part| self.value(part).rows).sum();
        let mut out = self.workers.matrix(rows, cols);
        let mut start = 0;
        for &part in parts {
            let part = self.value(part);
            out.data[start..start + part.data.len()].copy_from_slice(&part.data);
            start += part.data.len();
        }
        let operands = parts.to_vec();
        self.result(out, parts, move |tape, g, gradients| {
            let mut start = 0;
            for part in operands {
                let (rows, cols) = tape.shape(part);
                if tape.is_tracked(part) {
                    let mut piece = tape.workers.matrix(rows, cols);
                    piece.data.copy_from_slice(&g.data[start..start + rows * cols]);
                    gradients.add(tape, part, piece);
                }
                start += rows * cols;
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
        out.data.copy_from_slice(&self.value(a).data[..count * cols]);
        self.result(out, &[a], move |tape, g, gradients| {
            let mut da = tape.workers.zeros(rows, cols);
            da.data[..count * cols].copy_from_slice(&g.data);
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
        self.scale_rows(&mut out, &self.value(s).data);
        self.result(out, &[a, s], move |tape, mut g, gradients| {
            if tape.is_tracked(s) {
                let ds = tape.head_dots(&g, tape.value(a), 1);
                gradients.add(tape, s, ds);
            }
            tape.scale_rows(&mut g, &tape.value(s).data);
            gradients.add(tape, a, g);
        })
    }

    /// For each row of x (n x heads*d) and head the product with that head's part of `a`, which is one row for all or
    /// a row for each: n x heads.
    pub fn head_products(&mut self, x: Var, a: Var, heads: usize) -> Var {
        let out = self.head_dots(self.value(x), self.value(a), heads);
        self.result(out, &[x, a], move |tape, g, gradients| {
            let (x_value, a_value) = (tape.value(x), tape.value(a));
            let cols = x_value.cols;
            let width = cols / heads;
            // The gradient spread over the columns of its head, times `by`.
            let spread = |by: &Matrix| {
                let mut out = tape.workers.matrix(x_value.rows, cols);
                tape.workers.for_rows(&mut out, cols, |first, out| {
                    for (row, out) in out.chunks_exact_mut(cols).enumerate() {
                        let by = by.row(if by.rows == 1 { 0 } else { first + row });
                        for (head, &g) in g.row(first + row).iter().enumerate() {
                            let columns = head * width..(head + 1) * width;
                            out[columns.clone()].iter_mut().zip(&by[columns]).for_each(|(out, by)| *out = g * by);
                        }
                    }
                });
                out
            };
            if tape.is_tracked(a) {
                let all = spread(x_value);
                if a_value.rows == x_value.rows && a_value.rows != 1 {
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
    fn head_dots(&self, a: &Matrix, b: &Matrix, heads: usize) -> Matrix {
        assert!(a.cols == b.cols && (b.rows == 1 || b.rows == a.rows) && a.cols.is_multiple_of(heads));
        let width = a.cols / heads;
        let mut out = self.workers.matrix(a.rows, heads);
        self.workers.for_rows(&mut out, a.cols, |first, out| {
            for (row, out) in out.chunks_exact_mut(heads).enumerate() {
                let (a, b) = (a.row(first + row), b.row(if b.rows == 1 { 0 } else { first + row }));
                for ((out, a), b) in out.iter_mut().zip(a.chunks_exact(width)).zip(b.chunks_exact(width)) {
                    *out = sparse::dot(a, b);
                }
            }
        });
        out
    }

    /// The mean of all rows: 1 x m. Of a matrix without rows, zeros.
    pub fn mean_rows(&mut self, a: Var) -> Var {
        let rows = self.value(a).rows;
        let share = if rows == 0 { 0.0 } else { 1.0 / rows as f32 };
        let mut out = self.column_sums(self.value(a));
        out.data.iter_mut().for_each(|sum| *sum *= share);
        self.result(out, &[a], move |tape, g, gradients| {
            let (rows, cols) = tape.shape(a);
            let mut da = tape.workers.matrix(rows, cols);
            tape.workers.for_rows(&mut da, cols, |_, out| {
                for out in out.chunks_exact_mut(cols) {
                    out.iter_mut().zip(&g.data).for_each(|(out, g)| *out = g * share);
                }
            });
            gradients.add(tape, a, da);
            tape.workers.recycle(g);
        })
    }

    /// One row as one column.
    pub fn row_to_column(&mut self, a: Var) -> Var {
        let value = self.copied(self.value(a));
        let out = Matrix { rows: value.cols, cols: value.rows, ..value };
        self.result(out, &[a], move |tape, g, gradients| {
            let g = Matrix { rows: g.cols, cols: g.rows, ..g };
            gradients.add(tape, a, g);
        })
    }

    fn columns(&self, of: &Matrix, columns: Range<usize>) -> Matrix {
        let width = columns.len();
        let mut out = self.workers.matrix(of.rows, width);
        self.workers.for_rows(&mut out, width, |first, out| {
            for (row, out) in out.chunks_exact_mut(width).enumerate() {
                out.copy_from_slice(&of.row(first + row)[columns.clone()]);
            }
        });
        out
    }

    pub(super) fn copied(&self, of: &Matrix) -> Matrix {
        self.zipped(of, of, |x, _| x)
    }

    fn zipped(&self, a: &Matrix, b: &Matrix, of: impl Fn(f32, f32) -> f32 + Sync) -> Matrix {
        assert_eq!((a.rows, a.cols), (b.rows, b.cols), "matrices of one shape");
        let mut out = self.workers.matrix(a.rows, a.cols);
        self.workers.for_rows(&mut out, a.cols, |first, out| {
            let start = first * a.cols;
            for ((out, &x), &y) in out.iter_mut().zip(&a.data[start..]).zip(&b.data[start..]) {
                *out = of(x, y);
            }
        });
        out
    }

    fn entries(&self, of: &[Var], apply: impl Fn(&[f32]) -> f32 + Sync) -> Matrix {
        let a = self.value(of[0]);
        let b = self.value(*of.last().unwrap_or(&of[0]));
        self.zipped(a, b, |x, y| apply(&[x, y]))
    }

    fn column_sums(&self, of: &Matrix) -> Matrix {
        let mut sums = self.workers.zeros(1, of.cols);
        const PIECE: usize = 1024;
        let mut parts = self.workers.zeros(of.rows.div_ceil(PIECE), of.cols);
        self.workers.for_rows_of(&mut parts, 1, |part, out| {
            let end = ((part + 1) * PIECE).min(of.rows);
            for row in of.data[part * PIECE * of.cols..end * of.cols].chunks_exact(of.cols) {
                out.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            }
        });
        for part in parts.data.chunks_exact(of.cols.max(1)) {
            sums.data.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
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
            let end = (start + gemm::piece_rows()).min(ends[1]);
            pieces.push((range, start..end));
            start = end;
        }
    }
    pieces
}

/// The rows of each piece, which follow each other.
fn cut<'a>(
    data: &'a mut [f32],
    pieces: &[(usize, Range<usize>)],
    cols: usize,
) -> Vec<((usize, Range<usize>), &'a mut [f32])> {
    let mut rest = data;
    let mut out = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let (part, others) = rest.split_at_mut(piece.1.len() * cols);
        out.push((piece.clone(), part));
        rest = others;
    }
    out
}

impl Gradients {
    /// Whether there is a gradient of `var`.
    #[cfg(test)]
    pub(super) fn has(&self, var: Var) -> bool {
        self.of[var.0].is_some()
    }
}
