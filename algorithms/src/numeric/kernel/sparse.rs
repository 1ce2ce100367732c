//! Sparse matrix times dense matrix (SpMM): sums of rows, where message passing spends its time.
//!
//! Each row of the result is summed by one thread, its arcs in order, 64 columns at a time so that the sums stay in
//! registers while the rows of the arcs stream by; rows some arcs ahead are prefetched.

use ndarray::{Array2, ArrayViewMut2, Axis};

use crate::machine::prefetch::prefetch;
use crate::machine::simd::dispatched;
use crate::numeric::matrix::RowMajor;
use crate::numeric::workers::Workers;

/// The factor of each arc.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Factor<'a> {
    /// The factor 1 for all.
    One,
    /// A factor for each arc.
    Arc(&'a [f32]),
    /// A factor for each row of the result.
    Result(&'a [f32]),
    /// By the item the arc stands for: `items[arc]` indexes the factors.
    Item(&'a [u32], &'a [f32]),
}

/// Lists of rows to sum: those of result row `v` are `rows[offsets[v]..offsets[v + 1]]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists<'a> {
    pub(crate) offsets: &'a [usize],
    pub(crate) rows: &'a [u32],
}

/// Columns summed in registers at a time.
const BLOCK: usize = 64;
/// Prefetch distance in arcs.
const AHEAD: usize = 8;

#[inline(always)]
fn sum_block<const WIDTH: usize>(
    out: &mut [f32],
    arcs: std::ops::Range<usize>,
    rows: &[u32],
    x: &[f32],
    cols: usize,
    column: usize,
    factor: impl Fn(usize) -> f32,
) {
    let mut sums = [0.0f32; WIDTH];
    for arc in arcs {
        if let Some(&next) = rows.get(arc + AHEAD) {
            let start = next as usize * cols + column;
            for line in 0..WIDTH.div_ceil(16) {
                prefetch(x, start + 16 * line);
            }
        }
        let row = rows[arc] as usize;
        let factor = factor(arc);
        let taken = &x[row * cols + column..][..WIDTH];
        for (sum, value) in sums.iter_mut().zip(taken) {
            *sum += factor * value;
        }
    }
    out[column..column + WIDTH].copy_from_slice(&sums);
}

#[inline(always)]
fn sum_lists(
    out: &mut [f32],
    first: usize,
    cols: usize,
    lists: Lists<'_>,
    x: &[f32],
    factor: impl Fn(usize) -> f32 + Copy,
) {
    for (row, out) in out.chunks_exact_mut(cols).enumerate() {
        let target = first + row;
        let arcs = lists.offsets[target]..lists.offsets[target + 1];
        let mut column = 0;
        while column + BLOCK <= cols {
            sum_block::<BLOCK>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += BLOCK;
        }
        while column + 32 <= cols {
            sum_block::<32>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += 32;
        }
        while column + 16 <= cols {
            sum_block::<16>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += 16;
        }
        while column + 8 <= cols {
            sum_block::<8>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += 8;
        }
        while column + 4 <= cols {
            sum_block::<4>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += 4;
        }
        while column < cols {
            sum_block::<1>(out, arcs.clone(), lists.rows, x, cols, column, factor);
            column += 1;
        }
    }
}

#[inline(always)]
fn sum_body(out: &mut [f32], first: usize, cols: usize, lists: Lists<'_>, x: &[f32], factor: Factor<'_>) {
    match factor {
        Factor::One => sum_lists(out, first, cols, lists, x, |_| 1.0),
        Factor::Arc(factors) => sum_lists(out, first, cols, lists, x, |arc| factors[arc]),
        Factor::Result(factors) => {
            sum_lists(out, first, cols, lists, x, |_| 1.0);
            for (row, out) in out.chunks_exact_mut(cols).enumerate() {
                out.iter_mut().for_each(|value| *value *= factors[first + row]);
            }
        }
        Factor::Item(items, factors) => {
            sum_lists(out, first, cols, lists, x, |arc| factors[items[arc] as usize]);
        }
    }
}

dispatched! {
    fn sum_dispatched(out: &mut [f32], first: usize, cols: usize, lists: Lists<'_>, x: &[f32], factor: Factor<'_>) = sum_body
}

/// `out[v] = sum over arcs of v of factor(arc) * x[row of the arc]`.
pub(crate) fn sum(workers: &Workers<'_>, out: &mut Array2<f32>, lists: Lists<'_>, x: &Array2<f32>, factor: Factor<'_>) {
    sum_then(workers, out, lists, x, factor, |_, _| {});
}

/// As [`sum`]; each piece of the result then goes through `then(first row, rows)`, still in the cache.
pub(crate) fn sum_then(
    workers: &Workers<'_>,
    out: &mut Array2<f32>,
    lists: Lists<'_>,
    x: &Array2<f32>,
    factor: Factor<'_>,
    then: impl Fn(usize, ArrayViewMut2<'_, f32>) + Sync,
) {
    let (rows, cols) = out.dim();
    debug_assert!(x.ncols() == cols && lists.offsets.len() == rows + 1);
    let x = x.flat();
    workers.for_rows(out, cost_per_row(lists, rows, cols), |first, mut out| {
        sum_dispatched(out.flat_mut(), first, cols, lists, x, factor);
        then(first, out);
    });
}

/// One row of [`sum`], for a caller with threads of its own: `out = sum over i of factors[i] * x[rows[i]]`.
pub(crate) fn sum_row(out: &mut [f32], rows: &[u32], factors: &[f32], x: &Array2<f32>) {
    let (cols, offsets) = (out.len(), [0, rows.len()]);
    sum_dispatched(out, 0, cols, Lists { offsets: &offsets, rows }, x.flat(), Factor::Arc(factors));
}

/// Multiplications per row of the result, on average.
fn cost_per_row(lists: Lists<'_>, rows: usize, cols: usize) -> usize {
    cols * (lists.rows.len() / rows.max(1) + 1)
}

/// Attention heads: which columns of a row belong to which factor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    /// Number of heads: factors per arc.
    pub(crate) count: usize,
    /// Columns of one head in the result.
    pub(crate) width: usize,
    /// Whether every head takes the same columns of `x`, whose rows are then `width` long.
    pub(crate) shared: bool,
}

impl Heads {
    fn taken_cols(self) -> usize {
        if self.shared { self.width } else { self.width * self.count }
    }
}

/// One target's sums of `BLOCKS` blocks of `GRAIN` columns from `column` on, kept in registers; no block has columns of
/// two heads.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the arguments of a loop are its shapes and its slices")]
fn heads_block<const GRAIN: usize, const BLOCKS: usize>(
    out: &mut [f32],
    positions: std::ops::Range<usize>,
    column: usize,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: Option<&[u32]>,
    x: &[f32],
    alpha: &[f32],
) {
    let taken_cols = heads.taken_cols();
    let mut sums = [[0.0f32; GRAIN]; BLOCKS];
    let head: [usize; BLOCKS] = std::array::from_fn(|block| (column + block * GRAIN) / heads.width);
    let start: [usize; BLOCKS] = std::array::from_fn(|block| {
        let column = column + block * GRAIN;
        if heads.shared { column % heads.width } else { column }
    });
    for position in positions {
        if let Some(&next) = lists.rows.get(position + AHEAD) {
            for start in start.iter().step_by(16usize.div_ceil(GRAIN)) {
                prefetch(x, next as usize * taken_cols + start);
            }
        }
        let arc = arcs_of.map_or(position, |arcs| arcs[position] as usize);
        let taken = &x[lists.rows[position] as usize * taken_cols..][..taken_cols];
        let factors = &alpha[arc * heads.count..][..heads.count];
        for block in 0..BLOCKS {
            let factor = factors[head[block]];
            let values = &taken[start[block]..][..GRAIN];
            for (sum, value) in sums[block].iter_mut().zip(values) {
                *sum += factor * value;
            }
        }
    }
    for (block, sums) in sums.iter().enumerate() {
        out[column + block * GRAIN..][..GRAIN].copy_from_slice(sums);
    }
}

#[inline(always)]
fn heads_grain<const GRAIN: usize>(
    out: &mut [f32],
    first: usize,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: Option<&[u32]>,
    x: &[f32],
    alpha: &[f32],
) {
    let cols = heads.count * heads.width;
    for (row, out) in out.chunks_exact_mut(cols).enumerate() {
        let positions = lists.offsets[first + row]..lists.offsets[first + row + 1];
        let mut column = 0;
        while column + 4 * GRAIN <= cols {
            heads_block::<GRAIN, 4>(out, positions.clone(), column, heads, lists, arcs_of, x, alpha);
            column += 4 * GRAIN;
        }
        while column < cols {
            heads_block::<GRAIN, 1>(out, positions.clone(), column, heads, lists, arcs_of, x, alpha);
            column += GRAIN;
        }
    }
}

#[inline(always)]
fn heads_body(
    out: &mut [f32],
    first: usize,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: Option<&[u32]>,
    x: &[f32],
    alpha: &[f32],
) {
    match heads.width {
        width if width.is_multiple_of(16) => heads_grain::<16>(out, first, heads, lists, arcs_of, x, alpha),
        width if width.is_multiple_of(8) => heads_grain::<8>(out, first, heads, lists, arcs_of, x, alpha),
        width if width.is_multiple_of(4) => heads_grain::<4>(out, first, heads, lists, arcs_of, x, alpha),
        _ => heads_grain::<1>(out, first, heads, lists, arcs_of, x, alpha),
    }
}

dispatched! {
    fn heads_dispatched(
        out: &mut [f32],
        first: usize,
        heads: Heads,
        lists: Lists<'_>,
        arcs_of: Option<&[u32]>,
        x: &[f32],
        alpha: &[f32],
    ) = heads_body
}

/// `out[v, h] = sum over arcs of v of alpha[arc, h] * x[row of the arc, h]`; `arcs_of` = the arc of each position of
/// the lists, `None` = its own.
pub(crate) fn sum_heads(
    workers: &Workers<'_>,
    out: &mut Array2<f32>,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: Option<&[u32]>,
    x: &Array2<f32>,
    alpha: &Array2<f32>,
) {
    let (cost, x, alpha) = (cost_per_row(lists, out.nrows(), out.ncols()), x.flat(), alpha.flat());
    workers.for_rows(out, cost, |first, mut out| {
        heads_dispatched(out.flat_mut(), first, heads, lists, arcs_of, x, alpha);
    });
}

/// For heads that share their columns: `out[u] = sum over heads and positions of alpha[arc, h] * g[row, h]`, which is
/// the gradient of the shared columns.
#[inline(always)]
fn heads_shared_back_body(
    out: &mut [f32],
    first: usize,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: &[u32],
    g: &[f32],
    alpha: &[f32],
) {
    let cols = heads.count * heads.width;
    for (row, out) in out.chunks_exact_mut(heads.width).enumerate() {
        out.fill(0.0);
        let target = first + row;
        for position in lists.offsets[target]..lists.offsets[target + 1] {
            let arc = arcs_of[position] as usize;
            let taken = &g[lists.rows[position] as usize * cols..][..cols];
            let factors = &alpha[arc * heads.count..][..heads.count];
            for (&factor, part) in factors.iter().zip(taken.chunks_exact(heads.width)) {
                for (sum, value) in out.iter_mut().zip(part) {
                    *sum += factor * value;
                }
            }
        }
    }
}

dispatched! {
    fn heads_shared_back_dispatched(
        out: &mut [f32],
        first: usize,
        heads: Heads,
        lists: Lists<'_>,
        arcs_of: &[u32],
        g: &[f32],
        alpha: &[f32],
    ) = heads_shared_back_body
}

/// The gradient of columns that heads share: see [`heads_shared_back_body`].
pub(crate) fn sum_heads_shared_back(
    workers: &Workers<'_>,
    out: &mut Array2<f32>,
    heads: Heads,
    lists: Lists<'_>,
    arcs_of: &[u32],
    g: &Array2<f32>,
    alpha: &Array2<f32>,
) {
    let (cost, g, alpha) = (cost_per_row(lists, out.nrows(), g.ncols()), g.flat(), alpha.flat());
    workers.for_rows(out, cost, |first, mut out| {
        heads_shared_back_dispatched(out.flat_mut(), first, heads, lists, arcs_of, g, alpha);
    });
}

/// The dot product with sixteen sums side by side, so that the order of additions is the same on every processor.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 16];
    let (a_blocks, b_blocks) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for lane in 0..16 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let mut width = 8;
    while width > 0 {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

#[inline(always)]
fn arc_dots_body(
    out: &mut [f32],
    first: usize,
    heads: Heads,
    left_rows: &[u32],
    right_rows: &[u32],
    left: &[f32],
    right: &[f32],
) {
    let (cols, taken_cols) = (heads.count * heads.width, heads.taken_cols());
    for (item, out) in out.chunks_exact_mut(heads.count).enumerate() {
        let arc = first + item;
        if let Some(&next) = right_rows.get(arc + AHEAD) {
            let start = next as usize * taken_cols;
            for line in 0..taken_cols.div_ceil(16).min(16) {
                prefetch(right, start + 16 * line);
            }
        }
        let a = &left[left_rows[arc] as usize * cols..][..cols];
        let b = &right[right_rows[arc] as usize * taken_cols..][..taken_cols];
        for (head, (out, a)) in out.iter_mut().zip(a.chunks_exact(heads.width)).enumerate() {
            let start = if heads.shared { 0 } else { head * heads.width };
            *out = dot(a, &b[start..start + heads.width]);
        }
    }
}

dispatched! {
    fn arc_dots_dispatched(
        out: &mut [f32],
        first: usize,
        heads: Heads,
        left_rows: &[u32],
        right_rows: &[u32],
        left: &[f32],
        right: &[f32],
    ) = arc_dots_body
}

/// `out[i, h] = left[left_rows[i], h] . right[right_rows[i], h]` (`right` without heads when they share it).
pub(crate) fn arc_dots(
    workers: &Workers<'_>,
    out: &mut Array2<f32>,
    heads: Heads,
    (left_rows, left): (&[u32], &Array2<f32>),
    (right_rows, right): (&[u32], &Array2<f32>),
) {
    let (left, right) = (left.flat(), right.flat());
    workers.for_rows(out, heads.count * heads.width, |first, mut out| {
        arc_dots_dispatched(out.flat_mut(), first, heads, left_rows, right_rows, left, right);
    });
}

#[inline(always)]
fn max_body(out: &mut [f32], arg: &mut [u32], first: usize, cols: usize, lists: Lists<'_>, x: &[f32]) {
    for (row, (out, arg)) in out.chunks_exact_mut(cols).zip(arg.chunks_exact_mut(cols)).enumerate() {
        let arcs = lists.offsets[first + row]..lists.offsets[first + row + 1];
        out.fill(if arcs.is_empty() { 0.0 } else { f32::NEG_INFINITY });
        arg.fill(u32::MAX);
        for arc in arcs {
            let taken = &x[lists.rows[arc] as usize * cols..][..cols];
            for ((best, arg), &value) in out.iter_mut().zip(arg.iter_mut()).zip(taken) {
                let larger = value > *best;
                *best = if larger { value } else { *best };
                *arg = if larger { arc as u32 } else { *arg };
            }
        }
    }
}

dispatched! {
    fn max_dispatched(out: &mut [f32], arg: &mut [u32], first: usize, cols: usize, lists: Lists<'_>, x: &[f32]) = max_body
}

/// `out[v, c]` = the largest `x[row, c]` over the arcs of `v`, 0 without arcs; gives the arc it came from, of equal
/// ones the first.
pub(crate) fn max(workers: &Workers<'_>, out: &mut Array2<f32>, lists: Lists<'_>, x: &Array2<f32>) -> Array2<u32> {
    let cols = out.ncols();
    let mut arg = Array2::from_elem(out.dim(), u32::MAX);
    if cols > 0 {
        let rows = ((1 << 16) / cost_per_row(lists, out.nrows(), cols).max(1)).max(1);
        let x = x.flat();
        let pieces = out.axis_chunks_iter_mut(Axis(0), rows).zip(arg.axis_chunks_iter_mut(Axis(0), rows)).enumerate();
        workers.for_each(pieces, |(piece, (mut out, mut arg))| {
            max_dispatched(out.flat_mut(), arg.flat_mut(), piece * rows, cols, lists, x);
        });
    }
    arg
}
