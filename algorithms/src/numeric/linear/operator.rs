//! Sparse matrices applied to tall dense ones.

use std::borrow::Cow;

use ndarray::Array2;

use crate::core::error::Error;
use crate::core::numbers::{Numbers, NumbersWriter};
use crate::core::scratch::Scratch;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::graph::weights::{Shares, largest_if_unusual};
use crate::numeric::kernel::sparse::{Factor, Lists, sum_then};
use crate::numeric::matrix::RowMajor;
use crate::numeric::workers::Workers;

/// A sparse matrix in compressed sparse rows (CSR).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sparse {
    /// Row `v` is `offsets[v]..offsets[v + 1]` of the other two.
    pub(crate) offsets: Vec<usize>,
    pub(crate) columns: Vec<u32>,
    pub(crate) values: Vec<f32>,
}

/// The values of an [`Operator`]'s arcs.
#[derive(Debug)]
enum ArcValues<'a> {
    /// All are 1.
    One,
    Own(Numbers<f32>),
    Borrowed(&'a [f32]),
    /// One for each column.
    Column(Vec<f32>),
}

/// A square sparse matrix M, ready to be applied: `M[v][x] = row(v) * value(v, x)`.
#[derive(Debug)]
pub(crate) struct Operator<'a> {
    offsets: Cow<'a, [usize]>,
    columns: &'a [u32],
    values: ArcValues<'a>,
    rows: Option<Vec<f32>>,
}

impl<'a> Operator<'a> {
    /// The matrix as it is.
    pub(crate) fn of(matrix: &'a Sparse) -> Self {
        Operator {
            offsets: matrix.offsets.as_slice().into(),
            columns: &matrix.columns,
            values: ArcValues::Borrowed(&matrix.values),
            rows: None,
        }
    }

    /// `diag(rows) A diag(columns)` with A the weights of the graph. The values of arcs are in memory or in a temporary file.
    fn scaled(
        graph: &'a Graph,
        rows: Option<Vec<f32>>,
        columns: Option<Vec<f32>>,
        scratch: Option<&dyn Scratch>,
    ) -> Result<Self, Error> {
        let neighbors = graph.all_neighbors();
        let values = match (graph.all_weights(), columns) {
            (None, None) => ArcValues::One,
            (None, Some(columns)) => ArcValues::Column(columns),
            (Some(weights), columns) => {
                let mut values = NumbersWriter::new(scratch, weights.len())?;
                match columns {
                    None => values.extend(weights.iter().map(|&weight| weight as f32))?,
                    Some(columns) => {
                        let value = |(&weight, &x): (&f64, &u32)| (weight * f64::from(columns[x as usize])) as f32;
                        values.extend(weights.iter().zip(neighbors).map(value))?;
                    }
                }
                ArcValues::Own(values.finish()?)
            }
        };
        Ok(Operator { offsets: offsets(graph), columns: neighbors, values, rows })
    }

    /// Rows that sum rows of another matrix: row v is the sum of the rows `columns[offsets[v]..offsets[v + 1]]` of it, each times
    /// the value of its arc, or 1, and then times `rows[v]`.
    pub(crate) fn of_rows(
        offsets: &'a [usize],
        columns: &'a [u32],
        values: Option<Vec<f32>>,
        rows: Option<Vec<f32>>,
    ) -> Self {
        let values = values.map_or(ArcValues::One, |values| ArcValues::Own(values.into()));
        Operator { offsets: offsets.into(), columns, values, rows }
    }

    /// A value for each arc of a graph with unusual weights.
    fn of_shares(
        graph: &'a Graph,
        scratch: Option<&dyn Scratch>,
        value: impl Fn(&Shares<'_>, NodeIndex, NodeIndex, f64) -> f64,
    ) -> Result<Self, Error> {
        let shares = Shares::new(graph);
        let mut values = NumbersWriter::new(scratch, graph.arc_count())?;
        values.extend(shares.of_arcs(|v, x, weight| value(&shares, v, x, weight)))?;
        let values = ArcValues::Own(values.finish()?);
        Ok(Operator { offsets: offsets(graph), columns: graph.all_neighbors(), values, rows: None })
    }

    /// The transition matrix P = D^-1 A of a walk on the graph; the row of a node without weight is zero.
    ///
    /// # Errors
    /// [`Error::Scratch`], as those below, where values of arcs go to a temporary file.
    pub(crate) fn transition(graph: &'a Graph, scratch: Option<&dyn Scratch>) -> Result<Self, Error> {
        if largest_if_unusual(graph).is_some() {
            return Self::of_shares(graph, scratch, |shares, v, _, weight| shares.of(v, weight));
        }
        Self::scaled(graph, Some(inverse_powers(graph, 1.0)), None, scratch)
    }

    /// Its transpose, A D^-1.
    pub(crate) fn transition_transposed(graph: &'a Graph, scratch: Option<&dyn Scratch>) -> Result<Self, Error> {
        if largest_if_unusual(graph).is_some() {
            return Self::of_shares(graph, scratch, |shares, _, x, weight| shares.of(x, weight));
        }
        Self::scaled(graph, None, Some(inverse_powers(graph, 1.0)), scratch)
    }

    /// The symmetric normalisation D^-1/2 A D^-1/2.
    pub(crate) fn symmetric(graph: &'a Graph) -> Result<Self, Error> {
        if largest_if_unusual(graph).is_some() {
            return Self::of_shares(graph, None, |shares, v, x, weight| {
                shares.of(v, weight).sqrt() * shares.of(x, weight).sqrt()
            });
        }
        let roots = inverse_powers(graph, 0.5);
        let columns = roots.clone();
        Self::scaled(graph, Some(roots), Some(columns), None)
    }

    /// `out = factor * M x + base`, where `base` is a matrix and what it is multiplied by.
    pub(crate) fn apply(
        &self,
        workers: &Workers<'_>,
        out: &mut Array2<f32>,
        x: &Array2<f32>,
        factor: f32,
        base: Option<(&Array2<f32>, f32)>,
    ) {
        let lists = Lists { offsets: &self.offsets, rows: self.columns };
        let factors = match &self.values {
            ArcValues::One => Factor::One,
            ArcValues::Own(values) => Factor::Arc(values),
            ArcValues::Borrowed(values) => Factor::Arc(values),
            ArcValues::Column(values) => Factor::Item(self.columns, values),
        };
        sum_then(workers, out, lists, x, factors, |first, mut out| {
            for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                let scale = factor * self.rows.as_ref().map_or(1.0, |rows| rows[row]);
                match base {
                    None if scale == 1.0 => {}
                    None => out *= scale,
                    Some((base, share)) => {
                        out.zip_mut_with(&base.row(row), |value, base| *value = *value * scale + share * base);
                    }
                }
            }
        });
    }
}

/// The graph's offsets as indexes: its own where these have 64 bits.
fn offsets(graph: &Graph) -> Cow<'_, [usize]> {
    match bytemuck::try_cast_slice(graph.offsets()) {
        Ok(offsets) if size_of::<usize>() == size_of::<u64>() => Cow::Borrowed(offsets),
        _ => graph.offsets().iter().map(|&offset| offset as usize).collect(),
    }
}

/// Weighted degree of each node. Where weights are unusual they are divided by the largest one first, and a sum is more
/// than 0 where one of its weights is.
pub(crate) fn weighted_degrees(graph: &Graph) -> Vec<f64> {
    let largest = largest_if_unusual(graph);
    (0..graph.node_count() as u32).map(|v| weighted_degree(graph.degree(v), graph.weights(v), largest)).collect()
}

/// The same of one row; `largest` = the largest weight of the graph where its weights are unusual.
pub(crate) fn weighted_degree(degree: usize, weights: Option<&[f64]>, largest: Option<f64>) -> f64 {
    match (weights, largest) {
        (None, _) => degree as f64,
        (Some(weights), None) => weights.iter().sum(),
        (Some(weights), Some(largest)) => {
            let sum: f64 = weights.iter().map(|weight| weight / largest).sum();
            if weights.iter().any(|weight| *weight > 0.0) { sum.max(f64::MIN_POSITIVE) } else { 0.0 }
        }
    }
}

/// 1 / degree^power, or 0 where the degree is 0 or beyond what a float holds.
fn inverse_powers(graph: &Graph, power: f64) -> Vec<f32> {
    weighted_degrees(graph).into_iter().map(|degree| inverse_power(degree, power)).collect()
}

/// The same of one degree.
pub(crate) fn inverse_power(degree: f64, power: f64) -> f32 {
    let inverse = degree.powf(-power) as f32;
    if degree > 0.0 && inverse.is_finite() { inverse } else { 0.0 }
}

/// Scales each row to length 1; a row of zeros stays. The length is summed in 64 bits from the first column to the
/// last.
pub(crate) fn normalise_rows(workers: &Workers<'_>, matrix: &mut Array2<f32>) {
    let cols = matrix.ncols().max(1);
    workers.for_rows(matrix, 2 * cols, |_, mut rows| rows.flat_mut().chunks_exact_mut(cols).for_each(normalise));
}

/// The length of a row.
pub(crate) fn length(row: &[f32]) -> f64 {
    row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt()
}

/// Scales a row to length 1, unless it is zero or not finite.
pub(crate) fn normalise(row: &mut [f32]) {
    let norm = length(row);
    if norm > 0.0 && norm.is_finite() {
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
    }
}

/// `steps` steps of personalised PageRank on the rows: Z <- (1 - share) Y + share P Z, starting with Z = Y.
pub(crate) fn smooth(
    workers: &Workers<'_>,
    graph: &Graph,
    y: Array2<f32>,
    share: f64,
    steps: usize,
) -> Result<Array2<f32>, Error> {
    if steps == 0 || share == 0.0 {
        return Ok(y);
    }
    let transition = Operator::transition(graph, None)?;
    let share = share as f32;
    let mut z = workers.matrix(y.nrows(), y.ncols());
    transition.apply(workers, &mut z, &y, share, Some((&y, 1.0 - share)));
    let mut next = workers.matrix(y.nrows(), y.ncols());
    for _ in 1..steps {
        transition.apply(workers, &mut next, &z, share, Some((&y, 1.0 - share)));
        std::mem::swap(&mut z, &mut next);
    }
    workers.recycle(next);
    workers.recycle(y);
    Ok(z)
}
