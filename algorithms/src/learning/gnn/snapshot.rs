//! What a training shows of itself to whoever watches: where some nodes lie in two dimensions, epoch by epoch.
//!
//! The two axes are the directions in which the states of the nodes differ most, found by subspace iteration that begins where the
//! last snapshot ended: so points move as far as their states do, and the picture does not turn over.

use ndarray::Array2;

use crate::core::context::{Context, Snapshot};
use crate::numeric::eigen::dot;
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{mix, unit};

/// Most nodes that are shown; of more every second, third, ... is taken.
const MOST_NODES: usize = 2000;
/// Rounds of the iteration for the first snapshot, and for the others.
const FIRST_ROUNDS: usize = 50;
const ROUNDS: usize = 8;

/// The axes of the last snapshot.
pub(super) struct Snapshots<'a> {
    context: &'a Context<'a>,
    /// Two rows of length 1, orthogonal; nothing before the first snapshot.
    axes: Option<[Vec<f64>; 2]>,
}

impl<'a> Snapshots<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Snapshots { context, axes: None }
    }

    /// Whether somebody waits for a snapshot.
    pub(super) fn watched(&self) -> bool {
        (self.context.watched)()
    }

    /// Shows the states of nodes after an epoch.
    pub(super) fn show(&mut self, states: &Array2<f32>, epoch: usize, loss: f64, score: Option<f64>) {
        let step = states.nrows().div_ceil(MOST_NODES).max(1);
        let nodes: Vec<u32> = (0..states.nrows() as u32).step_by(step).collect();
        let rows = centred(states, &nodes);
        let rounds = if self.axes.is_some() { ROUNDS } else { FIRST_ROUNDS };
        let axes = self.axes.get_or_insert_with(|| {
            let number = |at: usize| unit(mix(at as u64 + 0x736E_6170)) - 0.5;
            [0, 1].map(|axis| (0..states.ncols()).map(|column| number(2 * column + axis)).collect())
        });
        orthonormalise(axes);
        for _ in 0..rounds {
            turn(axes, &rows);
        }
        let places = rows.iter().flat_map(|row| axes.each_ref().map(|axis| dot(row, axis) as f32)).collect();
        (self.context.show)(Snapshot { epoch, loss, score, nodes, places });
    }
}

/// The states of these nodes, less their mean.
fn centred(states: &Array2<f32>, nodes: &[u32]) -> Vec<Vec<f64>> {
    let row = |&node: &u32| states.row_slice(node as usize).iter().map(|&number| f64::from(number));
    let mut mean = vec![0.0; states.ncols()];
    nodes.iter().for_each(|node| mean.iter_mut().zip(row(node)).for_each(|(sum, number)| *sum += number));
    mean.iter_mut().for_each(|sum| *sum /= nodes.len() as f64);
    nodes.iter().map(|node| row(node).zip(&mean).map(|(number, mean)| number - mean).collect()).collect()
}

/// One round: each axis times the covariance matrix, which is not built.
fn turn(axes: &mut [Vec<f64>; 2], rows: &[Vec<f64>]) {
    let mut next = axes.each_ref().map(|axis| vec![0.0; axis.len()]);
    for row in rows {
        for (axis, next) in axes.iter().zip(&mut next) {
            let along = dot(row, axis);
            next.iter_mut().zip(row).for_each(|(sum, number)| *sum += along * number);
        }
    }
    // States that do not differ leave the axes as they are.
    if next.iter().all(|axis| axis.iter().any(|&number| number != 0.0)) {
        *axes = next;
        orthonormalise(axes);
    }
}

fn orthonormalise([first, second]: &mut [Vec<f64>; 2]) {
    let normalise = |axis: &mut Vec<f64>| {
        let length = dot(axis, axis).sqrt();
        if length > 0.0 && length.is_finite() {
            axis.iter_mut().for_each(|number| *number /= length);
        }
    };
    normalise(first);
    let along = dot(first, second);
    second.iter_mut().zip(first.iter()).for_each(|(number, part)| *number -= along * part);
    normalise(second);
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::learning::gnn::GnnEmbed;
    use crate::learning::gnn::tests::{arguments, communities, text};
    use crate::testing::pool;
    use crate::{Algorithm, Argument, Input};

    #[test]
    fn whoever_watches_sees_groups_part_and_changes_nothing() {
        let (half, graph) = (40, communities(40));
        let arguments = arguments(&[("target", text("kind")), ("epochs", Argument::Int(40))]);
        let pool = pool(2);
        let shown = Mutex::new(Vec::new());
        let watched =
            Context { watched: &|| true, show: &|seen| shown.lock().unwrap().push(seen), ..Context::new(&pool) };
        let run = |context: &Context<'_>| GnnEmbed.run(Input::from(&graph), &arguments, context).unwrap();
        assert_eq!(run(&watched), run(&Context::new(&pool)));
        let shown = shown.into_inner().unwrap();
        assert!(shown.iter().enumerate().all(|(at, seen)| seen.epoch == at + 1 && seen.nodes.len() == 2 * half));
        let last = shown.last().unwrap();
        assert!(last.loss.is_finite() && last.score.is_some());
        // Along the first axis the groups lie on two sides.
        let mean =
            |nodes: std::ops::Range<usize>| nodes.map(|at| f64::from(last.places[2 * at])).sum::<f64>() / half as f64;
        let (left, right) = (mean(0..half), mean(half..2 * half));
        assert!(left * right < 0.0 && (left - right).abs() > 0.1, "{left} {right}");
        // The picture does not turn over from one epoch to the next.
        let along = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let turned = shown.windows(2).skip(5).filter(|two| along(&two[0].places, &two[1].places) < 0.0).count();
        assert_eq!(turned, 0);
    }

    #[test]
    fn axes_are_the_principal_ones() {
        let places = [[3.0f32, 0.1, 0.0], [-3.0, 0.0, 0.1], [0.0, 1.0, 0.0], [0.0, -1.1, -0.1]];
        let states = Array2::from_shape_fn((4, 3), |(row, column)| places[row][column]);
        let pool = pool(1);
        let shown = Mutex::new(Vec::new());
        let context = Context { show: &|seen| shown.lock().unwrap().push(seen), ..Context::new(&pool) };
        Snapshots::new(&context).show(&states, 1, 0.5, None);
        let seen = shown.into_inner().unwrap().remove(0);
        assert!((seen.places[0].abs() - 3.0).abs() < 0.02 && (seen.places[5].abs() - 1.0).abs() < 0.1, "{seen:?}");
        // All at one place.
        Snapshots::new(&Context::new(&pool)).show(&Array2::zeros((3, 2)), 1, 0.0, None);
    }
}
