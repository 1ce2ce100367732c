//! The other methods: each against its definition in dense matrices, and the same bits from any number of threads.

use ndarray::Array2;

use super::*;
use crate::Rows;
use crate::core::error::Error as AlgorithmError;
use crate::embedding::node2vec::{SkipGram, Spectral};
use crate::numeric::eigen::eigen;

const SPECTRAL: Spectral = Spectral { exact: false, iterations: 6, smoothing: 0.0, smoothing_steps: 0 };

fn all_methods() -> Vec<Method> {
    vec![
        Method::Projection,
        Method::LogProjection,
        Method::ExactProjection { distance_norm: false },
        Method::ExactProjection { distance_norm: true },
        Method::Spectral(Spectral { smoothing: 0.7, smoothing_steps: 3, ..SPECTRAL }),
        Method::Spectral(Spectral { exact: true, smoothing: 0.5, smoothing_steps: 2, ..SPECTRAL }),
        Method::SkipGram(SkipGram { negative_samples: 5, epochs: 2, learning_rate: 0.025 }),
    ]
}

fn weighted_ring(nodes: u32) -> Graph {
    let edges: Vec<_> =
        small_world(nodes, 4, 11).iter().enumerate().map(|(i, &(u, v))| (u, v, 1.0 + (i % 4) as f64)).collect();
    // One node more, which is isolated.
    graph(nodes as usize + 1, &edges, true)
}

#[test]
fn methods_give_the_same_bits_for_any_number_of_threads() {
    for (size, graph) in [(900, plain(901, &small_world(900, 5, 4))), (300, weighted_ring(300))] {
        for method in all_methods() {
            let parameters = Parameters {
                dimensions: 37,
                walk_length: 12,
                walks_per_node: 3,
                window: 5,
                method,
                ..Parameters::default()
            };
            let one = vectors(&graph, &parameters, 1);
            for threads in [2, 5] {
                assert!(bits(&vectors(&graph, &parameters, threads)) == bits(&one), "{method:?}, {threads} threads");
            }
            for (v, row) in one.chunks(37).enumerate() {
                let norm = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
                let expected = if v == size as usize { 0.0 } else { 1.0 };
                assert!((norm - expected).abs() < 1e-5, "{method:?}: node {v} has length {norm}");
            }
        }
    }
}

/// Counts in floats, by the definition.
fn counts(graph: &Graph, parameters: &Parameters) -> Vec<Vec<f64>> {
    let nodes = graph.node_count();
    let all = Walks::new(graph, parameters, 0);
    let walks: Vec<_> = (0..nodes as u32)
        .flat_map(|v| (0..parameters.walks_per_node).map(move |number| (v, number)))
        .map(|(v, number)| all.walk(v, number))
        .collect();
    let sums = co_occurrence(nodes, &walks, parameters.window, 2520);
    sums.into_iter().map(|row| row.into_iter().map(|sum| sum as f64 / 2520.0).collect()).collect()
}

fn projected(matrix: &[Vec<f64>], parameters: &Parameters) -> Vec<Vec<f64>> {
    let signs = signs(parameters.seed, matrix.len(), parameters.dimensions);
    let entry = |row: &[f64], column: usize| row.iter().zip(&signs).map(|(x, sign)| x * f64::from(sign[column])).sum();
    matrix.iter().map(|row| unit_row((0..parameters.dimensions).map(|column| entry(row, column)).collect())).collect()
}

fn unit_row(row: Vec<f64>) -> Vec<f64> {
    let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 { row.into_iter().map(|x| x / norm).collect() } else { row }
}

fn assert_near(data: &[f32], expected: &[Vec<f64>], tolerance: f64) {
    let width = expected[0].len();
    for (v, (row, expected)) in data.chunks(width).zip(expected).enumerate() {
        for (x, y) in row.iter().zip(expected) {
            assert!((f64::from(*x) - y).abs() < tolerance, "node {v}: {row:?} for {expected:?}");
        }
    }
}

#[test]
fn logarithms_of_counts_are_projected() {
    let graph = weighted_ring(60);
    for (p, q) in [(1.0, 1.0), (0.5, 2.0)] {
        let parameters = Parameters {
            dimensions: 20,
            walk_length: 15,
            walks_per_node: 4,
            window: 6,
            p,
            q,
            method: Method::LogProjection,
            ..Parameters::default()
        };
        let logs: Vec<Vec<f64>> =
            counts(&graph, &parameters).iter().map(|row| row.iter().map(|x| x.ln_1p()).collect()).collect();
        assert_near(&vectors(&graph, &parameters, 2), &projected(&logs, &parameters), 1e-5);
    }
}

/// Dense transition probabilities.
fn transition(graph: &Graph) -> Vec<Vec<f64>> {
    let nodes = graph.node_count();
    let mut matrix = vec![vec![0.0; nodes]; nodes];
    for v in 0..nodes as u32 {
        let neighbors = graph.neighbors(v);
        let weights = graph.weights(v).map_or(vec![1.0; neighbors.len()], <[f64]>::to_vec);
        let total: f64 = weights.iter().sum();
        for (&x, weight) in neighbors.iter().zip(weights) {
            matrix[v as usize][x as usize] = weight / total;
        }
    }
    matrix
}

fn times(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = b[0].len();
    let row = |row: &Vec<f64>| (0..columns).map(|j| row.iter().zip(b).map(|(x, b)| x * b[j]).sum()).collect();
    a.iter().map(row).collect()
}

/// The expectation of C for one walk from each node, position by position.
fn expected_counts(graph: &Graph, length: usize, window: usize) -> Vec<Vec<f64>> {
    let nodes = graph.node_count();
    let p = transition(graph);
    let mut powers = vec![p.clone()];
    while powers.len() < window {
        powers.push(times(&powers[powers.len() - 1], &p));
    }
    let mut here: Vec<Vec<f64>> = vec![(0..nodes as u32).map(|v| f64::from(u8::from(graph.degree(v) > 0))).collect()];
    let mut matrix = vec![vec![0.0; nodes]; nodes];
    for position in 0..length {
        for distance in 1..=window.min(length - 1 - position) {
            for u in 0..nodes {
                for v in 0..nodes {
                    let both = here[0][u] * powers[distance - 1][u][v] / distance as f64;
                    matrix[u][v] += both;
                    matrix[v][u] += both;
                }
            }
        }
        here = times(&here, &p);
    }
    matrix
}

#[test]
fn the_exact_projection_is_that_of_the_expectation() {
    for graph in [weighted_ring(40), plain(41, &small_world(40, 3, 2))] {
        for (walk_length, window) in [(12, 5), (3, 2), (6, 5), (30, 12)] {
            let parameters = Parameters {
                dimensions: 16,
                walk_length,
                window,
                method: Method::ExactProjection { distance_norm: false },
                ..Parameters::default()
            };
            let expected = projected(&expected_counts(&graph, walk_length, window), &parameters);
            assert_near(&vectors(&graph, &parameters, 2), &expected, 2e-5);
        }
    }
}

#[test]
fn sampled_walks_come_near_their_expectation() {
    let graph = plain(40, &small_world(40, 3, 2));
    let parameters =
        Parameters { dimensions: 64, walk_length: 10, walks_per_node: 4000, window: 4, ..Parameters::default() };
    let sampled = vectors(&graph, &parameters, 2);
    let exact = Parameters { method: Method::ExactProjection { distance_norm: false }, ..parameters };
    for (a, b) in sampled.chunks(64).zip(vectors(&graph, &exact, 2).chunks(64)) {
        let cosine: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum();
        assert!(cosine > 0.9995, "{cosine}");
    }
}

#[test]
fn distances_weigh_the_same_when_each_is_scaled() {
    let graph = weighted_ring(40);
    let parameters = Parameters {
        dimensions: 16,
        window: 4,
        method: Method::ExactProjection { distance_norm: true },
        ..Parameters::default()
    };
    let p = transition(&graph);
    let mut power = p.clone();
    let mut sum = vec![vec![0.0; 16]; 41];
    for _ in 0..4 {
        for (sum, row) in sum.iter_mut().zip(projected(&power, &parameters)) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
        power = times(&power, &p);
    }
    let expected: Vec<_> = sum.into_iter().map(unit_row).collect();
    assert_near(&vectors(&graph, &parameters, 2), &expected, 2e-5);
}

/// Cosines between the rows of U |Lambda|^(1/2), over the `count` eigenvectors that come first by `key`, rows scaled.
fn spectral_cosines(matrix: &[Vec<f64>], count: usize, scale: &[f64], key: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let pool = pool(1);
    let square = Array2::from_shape_vec((n, n), matrix.concat()).unwrap();
    let found = eigen(square, n, 1, &Context::new(&pool)).unwrap();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| key(found.values[a]).total_cmp(&key(found.values[b])));
    let row = |v: usize| {
        let entry = |&k: &usize| found.vectors[[k, v]] * found.values[k].abs().sqrt() * scale[v];
        unit_row(order[..count].iter().map(entry).collect())
    };
    let rows: Vec<Vec<f64>> = (0..n).map(row).collect();
    rows.iter().map(|a| rows.iter().map(|b| a.iter().zip(b).map(|(a, b)| a * b).sum()).collect()).collect()
}

fn assert_cosines(data: &[f32], width: usize, expected: &[Vec<f64>], tolerance: f64) {
    let rows: Vec<&[f32]> = data.chunks(width).collect();
    for (v, row) in rows.iter().enumerate().filter(|(_, row)| row.iter().any(|&x| x != 0.0)) {
        for (x, other) in rows.iter().enumerate().filter(|(_, row)| row.iter().any(|&x| x != 0.0)) {
            let cosine: f64 = row.iter().zip(*other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert!((cosine - expected[v][x]).abs() < tolerance, "{v}, {x}: {cosine} for {}", expected[v][x]);
        }
    }
}

#[test]
fn spectral_vectors_are_the_leading_eigenvectors() {
    let graph = plain(90, &small_world(90, 4, 6));
    let spectral = Spectral { iterations: 60, ..SPECTRAL };
    let parameters = Parameters {
        dimensions: 12,
        walk_length: 20,
        walks_per_node: 6,
        window: 5,
        p: 0.5,
        q: 2.0,
        method: Method::Spectral(spectral),
        ..Parameters::default()
    };
    let logs: Vec<Vec<f64>> =
        counts(&graph, &parameters).iter().map(|row| row.iter().map(|x| x.ln_1p()).collect()).collect();
    let expected = spectral_cosines(&logs, 12, &[1.0; 90], |value| -value.abs());
    assert_cosines(&vectors(&graph, &parameters, 2), 12, &expected, 2e-3);
}

#[test]
fn exact_spectral_vectors_are_those_of_the_operator() {
    let graph = weighted_ring(80);
    let degrees = crate::numeric::linear::weighted_degrees(&graph);
    let total: f64 = degrees.iter().sum();
    let inverse = |power: f64| degrees.iter().map(|&d| if d > 0.0 { d.powf(power) } else { 0.0 }).collect::<Vec<f64>>();
    let (roots, inverse_roots) = (inverse(0.5), inverse(-0.5));
    let p = transition(&graph);
    let s: Vec<Vec<f64>> = (0..81).map(|v| (0..81).map(|x| roots[v] * p[v][x] * inverse_roots[x]).collect()).collect();
    let (mut power, mut sum) = (s.clone(), vec![vec![0.0; 81]; 81]);
    for t in 1..=6 {
        for (sum, row) in sum.iter_mut().zip(&power) {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / f64::from(t));
        }
        power = times(&power, &s);
    }
    // Without the trivial eigenvector.
    let value: f64 = (1..=6).map(|t| 1.0 / f64::from(t)).sum();
    for v in 0..81 {
        for x in 0..81 {
            sum[v][x] -= value * roots[v] * roots[x] / total;
        }
    }
    let expected = spectral_cosines(&sum, 10, &inverse_roots, |value| -value);
    let parameters = Parameters {
        dimensions: 10,
        window: 6,
        method: Method::Spectral(Spectral { exact: true, iterations: 60, ..SPECTRAL }),
        ..Parameters::default()
    };
    assert_cosines(&vectors(&graph, &parameters, 2), 10, &expected, 2e-3);
}

/// Communities of 25, hardly joined.
fn communities() -> Graph {
    let mut edges = small_world(25, 6, 1);
    for community in 1..4 {
        edges.extend(small_world(25, 6, 1).iter().map(|&(u, v)| (u + 25 * community, v + 25 * community)));
        edges.push((25 * community - 1, 25 * community));
    }
    plain(100, &edges)
}

#[test]
fn every_method_tells_communities() {
    let graph = communities();
    for method in all_methods() {
        let method = match method {
            Method::SkipGram(skipgram) => Method::SkipGram(SkipGram { epochs: 10, ..skipgram }),
            other => other,
        };
        let parameters = Parameters { dimensions: 32, walk_length: 30, method, ..Parameters::default() };
        let data = vectors(&graph, &parameters, 2);
        let row = |v: usize| &data[32 * v..32 * v + 32];
        let cosine = |v: usize, x: usize| row(v).iter().zip(row(x)).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let pairs: Vec<(usize, usize)> = (0..100).flat_map(|v| (v + 1..100).map(move |x| (v, x))).collect();
        let mean = |same: bool| {
            let chosen: Vec<f64> =
                pairs.iter().filter(|(v, x)| (v / 25 == x / 25) == same).map(|&(v, x)| cosine(v, x)).collect();
            chosen.iter().sum::<f64>() / chosen.len() as f64
        };
        assert!(mean(true) > mean(false) + 0.3, "{method:?}: {} within, {} between", mean(true), mean(false));
    }
}

#[test]
fn tiny_graphs_suit_every_method() {
    for graph in [plain(0, &[]), plain(1, &[]), plain(2, &[(0, 1)]), plain(3, &[(0, 0)]), plain(5, &[(0, 1), (1, 2)])] {
        for method in all_methods() {
            for dimensions in [1, 2, 64] {
                let parameters = Parameters { dimensions, walk_length: 4, window: 3, method, ..Parameters::default() };
                let data = vectors(&graph, &parameters, 2);
                assert_eq!(data.len(), graph.node_count() * dimensions);
                assert!(data.iter().all(|x| x.is_finite()), "{method:?}");
            }
        }
    }
}

fn refused(given: &[(&str, Argument)]) -> String {
    let error = Parameters::new(&arguments(given)).unwrap_err();
    error.to_string()
}

#[test]
fn what_a_method_does_not_take_is_refused() {
    let text = |value: &str| Argument::String(value.to_owned());
    assert_eq!(
        refused(&[("smoothing", Argument::Float(0.5))]),
        "parameter \"smoothing\" of algo.node2vec takes no value with method: 'projection', got FLOAT 0.5"
    );
    assert_eq!(
        refused(&[("method", text("skipgram")), ("transform", text("log1p"))]),
        "parameter \"transform\" of algo.node2vec takes no value with method: 'skipgram', got STRING \"log1p\""
    );
    assert!(
        refused(&[("method", text("spectral")), ("sampling", text("exact")), ("q", Argument::Int(2))])
            .contains("takes 1 with sampling: 'exact'")
    );
    assert!(refused(&[("sampling", text("exact")), ("walksPerNode", Argument::Int(2))]).contains("no value"));
    assert!(refused(&[("sampling", text("exact")), ("transform", text("log1p"))]).contains("'raw'"));
    assert!(refused(&[("distanceNorm", Argument::Bool(true))]).contains("without sampling: 'exact'"));
    assert!(Parameters::new(&arguments(&[("method", text("spectral")), ("smoothing", Argument::Int(0))])).is_ok());
    assert!(
        Parameters::new(&arguments(&[("sampling", text("exact")), ("distanceNorm", Argument::Bool(true))])).is_ok()
    );
}

#[test]
fn isolated_nodes_have_no_row_when_skipped() {
    let graph = plain(5, &[(1, 2), (2, 3)]);
    let pool = pool(1);
    let given = arguments(&[("dimensions", Argument::Int(3)), ("isolated", Argument::String("skip".to_owned()))]);
    let output = Node2Vec.run(Input::from(&graph), &given, &Context::new(&pool)).unwrap();
    assert_eq!(output.rows, Rows::SomeNodes(vec![1, 2, 3]));
    assert_eq!(output.columns[0].rows(), 3);
    let all = arguments(&[("dimensions", Argument::Int(3))]);
    let whole = Node2Vec.run(Input::from(&graph), &all, &Context::new(&pool)).unwrap();
    assert_eq!(output.columns[0].vector(1), whole.columns[0].vector(2));
}

#[test]
fn memory_beyond_the_limit_is_refused_with_what_to_lower() {
    let graph = plain(4000, &small_world(4000, 10, 3));
    let pool = pool(2);
    for (method, budget, words) in [
        ("spectral", 8 << 20, "method: 'projection'"),
        ("skipgram", 12 << 20, "lower walksPerNode from 10 to"),
        ("projection", 1 << 20, "lower dimensions from 128 to"),
    ] {
        let context = Context { memory_budget: Some(budget), ..Context::new(&pool) };
        let given = arguments(&[("method", Argument::String(method.to_owned()))]);
        match Node2Vec.run(Input::from(&graph), &given, &context) {
            Err(AlgorithmError::Memory { hint, .. }) => assert!(hint.contains(words), "{method}: {hint}"),
            other => panic!("{method}: {:?}", other.map(|output| output.stats)),
        }
    }
}

#[test]
fn a_run_can_be_cancelled_in_every_method() {
    let graph = plain(3000, &small_world(3000, 10, 3));
    let pool = pool(2);
    for method in all_methods() {
        let asked = AtomicUsize::new(0);
        let cancel = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 20;
        let context = Context { cancel: &cancel, ..Context::new(&pool) };
        let parameters = Parameters { dimensions: 16, walks_per_node: 2, method, ..Parameters::default() };
        assert!(
            matches!(embed(&graph, &parameters, Layout::Memory, 2, &context), Err(AlgorithmError::Cancelled)),
            "{method:?}"
        );
    }
}

/// The cancel flag is looked at by work done, not by nodes: two nodes can have millions of positions.
#[test]
fn counting_stops_within_a_node() {
    let graph = plain(2, &[(0, 1)]);
    let asked = AtomicUsize::new(0);
    let cancel = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= 1_000_000;
    let pool = pool(1);
    let context = Context {
        cancel: &cancel,
        progress: &|progress| {
            if progress.stage == "walks" {
                asked.store(0, std::sync::atomic::Ordering::Relaxed);
            }
        },
        ..Context::new(&pool)
    };
    let method = Method::Spectral(SPECTRAL);
    let parameters = Parameters { dimensions: 2, walks_per_node: 50_000, method, ..Parameters::default() };
    embed(&graph, &parameters, Layout::Memory, 1, &context).unwrap();
    // After the walks: 8 million positions, each with a window of 20.
    let asked = asked.into_inner();
    assert!(asked > 200, "{asked}");
}

#[test]
fn weights_of_any_magnitude_give_finite_vectors() {
    let edges =
        [(0, 1, 3.0), (1, 2, 5.0), (2, 3, 1.0), (3, 0, 2.0), (3, 4, 4.0), (4, 5, 1.0), (5, 5, 2.0), (6, 7, 1.0)];
    for method in all_methods() {
        let parameters =
            Parameters { dimensions: 4, walk_length: 8, walks_per_node: 3, window: 3, method, ..Parameters::default() };
        let run = |weight: &dyn Fn(usize, f64) -> f64| {
            let edges: Vec<_> =
                edges.iter().enumerate().map(|(i, &(from, to, given))| (from, to, weight(i, given))).collect();
            vectors(&graph(8, &edges, true), &parameters, 2)
        };
        let plain = run(&|_, weight| weight);
        for power in [-1020, -500, -130, 130, 1000] {
            let scaled = run(&|_, weight| weight * 2f64.powi(power));
            let same = scaled.iter().zip(&plain).all(|(x, y)| (x - y).abs() < 1e-3);
            // The signs of singular vectors are those of rounding.
            assert!(same || matches!(method, Method::Spectral(_)), "{method:?} 2^{power}: {scaled:?} for {plain:?}");
            assert!(scaled.iter().all(|x| x.is_finite()), "{method:?} 2^{power}");
        }
        for extremes in [[1e39, 1.0], [1e-150, 1.0], [f64::MAX, 5e-324], [1e300, 1e-300], [0.0, 1e-310]] {
            let mixed = run(&|i, _| extremes[i % 2]);
            assert!(mixed.iter().all(|x| x.is_finite()), "{method:?} {extremes:?}: {mixed:?}");
        }
    }
}
