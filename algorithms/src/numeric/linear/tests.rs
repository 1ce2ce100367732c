//! Operators against dense matrices, bases against their definition.

use ndarray::Axis;
use rand::RngExt;

use super::*;
use crate::Context;
use crate::testing::{graph, pool, small_world};

fn with_workers<T>(threads: usize, work: impl FnOnce(&Workers<'_>) -> T) -> T {
    let pool = pool(threads);
    let context = Context::new(&pool);
    work(&Workers::new(&context, threads))
}

fn random(rows: usize, cols: usize, seed: u64) -> Array2<f32> {
    let mut rng = crate::numeric::random::Xoroshiro128::new(seed, 0, 0);
    Array2::from_shape_simple_fn((rows, cols), || (rng.random::<f64>() - 0.5) as f32)
}

/// Largest difference of Q^T Q from the unit matrix.
fn skew(q: &Array2<f32>) -> f64 {
    let mut worst = 0.0f64;
    for i in 0..q.ncols() {
        for j in 0..q.ncols() {
            let dot: f64 = (0..q.nrows()).map(|r| f64::from(q[[r, i]]) * f64::from(q[[r, j]])).sum();
            worst = worst.max((dot - f64::from(u8::from(i == j))).abs());
        }
    }
    worst
}

#[test]
fn bases_are_orthonormal_and_lose_dependent_columns() {
    with_workers(2, |workers| {
        let full = orthonormalise(workers, 2, random(3000, 40, 1)).unwrap();
        assert_eq!(full.ncols(), 40);
        assert!(skew(&full) < 1e-5, "{}", skew(&full));
        // Columns that differ by a factor of 1e6 in length, and nearly parallel ones.
        let mut steep = random(500, 12, 2);
        for mut row in steep.outer_iter_mut() {
            for (column, value) in row.iter_mut().enumerate() {
                *value *= 10f32.powi(-(column as i32) / 2);
            }
        }
        let base = steep.column(0).to_owned();
        steep.outer_iter_mut().zip(&base).for_each(|(mut row, &base)| row += base);
        let steep = orthonormalise(workers, 2, steep).unwrap();
        assert!(skew(&steep) < 1e-4, "{} of {} columns", skew(&steep), steep.ncols());
        // Twice the same columns, and zeros.
        let half = random(200, 5, 3);
        let twice = ndarray::concatenate![Axis(1), half, half, Array2::zeros((200, 2))];
        let twice = orthonormalise(workers, 2, twice.as_standard_layout().into_owned()).unwrap();
        assert_eq!(twice.ncols(), 5);
        assert!(skew(&twice) < 1e-5);
        assert_eq!(orthonormalise(workers, 2, Array2::zeros((10, 3))).unwrap().ncols(), 0);
    });
}

#[test]
fn bases_do_not_depend_on_threads() {
    let one = with_workers(1, |workers| orthonormalise(workers, 1, random(9000, 20, 4)).unwrap());
    let many = with_workers(3, |workers| orthonormalise(workers, 3, random(9000, 20, 4)).unwrap());
    assert_eq!(one, many);
}

#[test]
fn ritz_pairs_of_a_whole_basis_are_eigenpairs() {
    with_workers(2, |workers| {
        let n = 30;
        let half = random(n, n, 5);
        let entry = |i: usize, j: usize| half[[i, j]] + half[[j, i]];
        let columns = (0..n).flat_map(|_| 0..n as u32).collect();
        let values = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect();
        let matrix = Sparse { offsets: (0..=n).map(|i| i * n).collect(), columns, values };
        let operator = Operator::of(&matrix);
        let q = orthonormalise(workers, 2, random(n, n, 6)).unwrap();
        let mut image = Array2::zeros((n, n));
        operator.apply(workers, &mut image, &q, 1.0, None);
        let found = ritz(workers, 2, q, &image, 4, |value| -value.abs()).unwrap();
        assert!(found.values.windows(2).all(|pair| pair[0].abs() >= pair[1].abs()));
        let mut again = Array2::zeros((n, 4));
        operator.apply(workers, &mut again, &found.vectors, 1.0, None);
        for i in 0..n {
            for k in 0..4 {
                let expected = found.values[k] * f64::from(found.vectors[[i, k]]);
                assert!((f64::from(again[[i, k]]) - expected).abs() < 1e-4);
            }
        }
    });
}

#[test]
fn operators_are_what_they_are_called() {
    let edges: Vec<(u32, u32, f64)> =
        small_world(60, 3, 7).iter().enumerate().map(|(i, &(u, v))| (u, v, 1.0 + (i % 5) as f64)).collect();
    for weighted in [false, true] {
        let edges: Vec<_> = edges.iter().map(|&(u, v, w)| (u, v, if weighted { w } else { 1.0 })).collect();
        // Node 60 is isolated.
        let graph = graph(61, &edges, weighted);
        let degrees = weighted_degrees(&graph);
        let weight = |v: u32, x: u32| {
            let place = graph.neighbors(v).binary_search(&x).ok()?;
            Some(graph.weights(v).map_or(1.0, |weights| weights[place]))
        };
        let (x, base) = (random(61, 19, 8), random(61, 19, 9));
        let check = |operator: &Operator<'_>, value: &dyn Fn(usize, usize) -> f64| {
            with_workers(2, |workers| {
                let mut out = Array2::zeros((61, 19));
                operator.apply(workers, &mut out, &x, 0.5, Some((&base, 2.0)));
                for v in 0..61 {
                    for k in 0..19 {
                        let sum: f64 = (0..61)
                            .filter_map(|y| Some(weight(v as u32, y as u32)? * value(v, y) * f64::from(x[[y, k]])))
                            .sum();
                        let expected = 0.5 * sum + 2.0 * f64::from(base[[v, k]]);
                        assert!((f64::from(out[[v, k]]) - expected).abs() < 1e-5);
                    }
                }
            });
        };
        check(&Operator::transition(&graph, None).unwrap(), &|v, _| 1.0 / degrees[v]);
        check(&Operator::transition_transposed(&graph, None).unwrap(), &|_, y| 1.0 / degrees[y]);
        check(&Operator::symmetric(&graph).unwrap(), &|v, y| 1.0 / (degrees[v] * degrees[y]).sqrt());
    }
}

#[test]
fn smoothing_is_its_recurrence() {
    let edges: Vec<_> = small_world(40, 2, 3).iter().map(|&(u, v)| (u, v, 1.0)).collect();
    let graph = graph(40, &edges, false);
    with_workers(1, |workers| {
        let y = random(40, 3, 1);
        let mut z = y.clone();
        for _ in 0..4 {
            let mut next = Array2::zeros((40, 3));
            Operator::transition(&graph, None).unwrap().apply(workers, &mut next, &z, 1.0, None);
            for (next, y) in next.iter_mut().zip(&y) {
                *next = 0.3 * y + 0.7 * *next;
            }
            z = next;
        }
        let smoothed = smooth(workers, &graph, y.clone(), 0.7, 4).unwrap();
        assert!(smoothed.iter().zip(&z).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(smooth(workers, &graph, y.clone(), 0.7, 0).unwrap(), y);
        assert_eq!(smooth(workers, &graph, y.clone(), 0.0, 3).unwrap(), y);
    });
}
