//! The columns of a result, from the states after the last layer.

use ndarray::Array2;

use super::options::{Embed, Options, unfit};
use super::tape;
use super::target::{self, Class};
use super::train::FinalStates;
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;
use crate::numeric::matrix::{RowMajor, into_flat};
use crate::numeric::workers::Workers;

/// The result for a graph without nodes.
pub(super) fn empty(options: &Options) -> Output {
    let dimensions = options.width();
    Output {
        columns: vec![Column::Vectors { dimensions, data: Vec::new() }, Column::Nulls(0), Column::Nulls(0)],
        stats: vec![("nodeCount", Scalar::Int(0)), ("dimensions", Scalar::Int(dimensions as i64))],
        ..Output::default()
    }
}

/// Refuses states that are not finite: features that are taken as they are may be too large for a network.
pub(super) fn check_states(states: &FinalStates) -> Result<(), Error> {
    let mut all =
        [Some(&states.nodes), states.edges.as_ref(), states.global.as_ref(), states.predicted.as_ref()].into_iter();
    if all.all(|matrix| matrix.is_none_or(|matrix| matrix.iter().all(|number| number.is_finite()))) {
        return Ok(());
    }
    Err(unfit(
        "the network computes numbers beyond the range of 32-bit floats: features are too large for it; scale them, as in \
         features: [{property: \"x\", scale: \"zscore\"}]",
    ))
}

/// A column of vectors, each scaled to length 1 if asked for.
fn vectors(workers: &Workers<'_>, mut matrix: Array2<f32>, normalize: bool) -> Column {
    if normalize {
        let cols = matrix.ncols();
        workers.for_rows(&mut matrix, 2 * cols, |_, mut rows| {
            rows.flat_mut().chunks_exact_mut(cols).for_each(tape::normalize);
        });
    }
    Column::Vectors { dimensions: matrix.ncols().max(1), data: into_flat(matrix) }
}

/// The result's columns: vectors of nodes, edges or the graph, with predictions where there is a target.
pub(super) fn columns(
    workers: &Workers<'_>,
    graph: &PropertyGraph,
    kept: &[bool],
    states: FinalStates,
    classes: &[Class],
    scale: Option<(f64, f64)>,
    options: &Options,
) -> Output {
    match (options.embed, states.edges, states.global) {
        (Embed::Edges, Some(edges), _) => {
            // Edges that carried no message have no state: zeros.
            let mut all = Array2::zeros((kept.len(), edges.ncols()));
            for (state, edge) in edges.outer_iter().zip((0..kept.len()).filter(|&edge| kept[edge])) {
                all.row_mut(edge).assign(&state);
            }
            let rows = all.nrows();
            let columns = vec![vectors(workers, all, options.normalize), Column::Nulls(rows), Column::Nulls(rows)];
            Output { rows: Rows::Edges, columns, ..Output::default() }
        }
        (Embed::Graph, _, Some(global)) => {
            let nulls = || Column::Nulls(1);
            let columns = vec![nulls(), vectors(workers, global, options.normalize), nulls(), nulls(), nulls()];
            Output { rows: Rows::Table, columns, ..Output::default() }
        }
        _ => {
            let (prediction, confidence) = predictions(graph.node_count(), states.predicted.as_ref(), classes, scale);
            let columns = vec![vectors(workers, states.nodes, options.normalize), prediction, confidence];
            Output { columns, ..Output::default() }
        }
    }
}

/// The columns `prediction` and `confidence`: the class of the highest score and its softmax, or a number in the
/// target's own scale.
fn predictions(
    rows: usize,
    predicted: Option<&Array2<f32>>,
    classes: &[Class],
    scale: Option<(f64, f64)>,
) -> (Column, Column) {
    match predicted {
        Some(scores) if !classes.is_empty() => {
            let (mut prediction, mut confidence) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
            for scores in scores.outer_iter() {
                let mut shares = scores.to_vec();
                let best = target::largest(&shares);
                tape::softmax(&mut shares);
                prediction.push(classes[best].scalar());
                confidence.push(f64::from(shares[best]));
            }
            (Column::Scalars(prediction), Column::Floats(confidence))
        }
        Some(values) => {
            let (mean, spread) = scale.unwrap_or((0.0, 1.0));
            let value = |&value: &f32| (f64::from(value) * spread + mean).clamp(f64::MIN, f64::MAX);
            (Column::Floats(values.column(0).iter().map(value).collect()), Column::Nulls(rows))
        }
        None => (Column::Nulls(rows), Column::Nulls(rows)),
    }
}
