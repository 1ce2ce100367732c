//! The projection against a dense oracle, the same bits from every path, and the algorithm as a whole.

mod methods;
mod update;

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::projection::{NARROW_WINDOW, Projection, normalise};
use super::{Method, Node2Vec, Parameters, embed};
use crate::Input;
use crate::machine::simd::Level;
use crate::numeric::columns::Layout;
use crate::numeric::random::projection_row;
use crate::testing::{RATIOS, graph, plain, pool, small_world};
use crate::walk::Walks;
use crate::{Algorithm, Argument, Arguments, Column, Context, Error, Graph, Scalar, find};

fn arguments(given: &[(&str, Argument)]) -> Arguments {
    let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Node2Vec.description().check(&given).unwrap()
}

fn vectors(graph: &Graph, parameters: &Parameters, threads: usize) -> Vec<f32> {
    let pool = pool(threads);
    embed(graph, parameters, Layout::Memory, threads, &Context::new(&pool)).unwrap().data.into_vec()
}

fn bits(vectors: &[f32]) -> Vec<u32> {
    vectors.iter().map(|x| x.to_bits()).collect()
}

// ---- co-occurrence and projection --------------------------------------------------------------------------------

/// C by its definition, times `scale`: a dense matrix of integers from all walks.
fn co_occurrence(nodes: usize, walks: &[Vec<u32>], window: usize, scale: i64) -> Vec<Vec<i64>> {
    let mut matrix = vec![vec![0i64; nodes]; nodes];
    for walk in walks {
        for i in 0..walk.len() {
            for d in 1..=window.min(walk.len() - 1 - i) {
                let (u, v) = (walk[i] as usize, walk[i + d] as usize);
                matrix[u][v] += scale / d as i64;
                matrix[v][u] += scale / d as i64;
            }
        }
    }
    matrix
}

fn signs(seed: u64, nodes: usize, dimensions: usize) -> Vec<Vec<i8>> {
    let row = |node| {
        let mut row = vec![0; dimensions];
        projection_row(seed, node as u32, 0, &mut row);
        row
    };
    (0..nodes).map(row).collect()
}

/// E = C R with dense matrices, one walk at a time.
fn oracle(graph: &Graph, parameters: &Parameters, scale: i64) -> Vec<Vec<i64>> {
    let nodes = graph.node_count();
    let all = Walks::new(graph, parameters, 0);
    let walks: Vec<_> = (0..nodes as u32)
        .flat_map(|v| (0..parameters.walks_per_node).map(move |number| (v, number)))
        .map(|(v, number)| all.walk(v, number))
        .collect();
    let (c, r) =
        (co_occurrence(nodes, &walks, parameters.window, scale), signs(parameters.seed, nodes, parameters.dimensions));
    let entry = |row: &[i64], k: usize| row.iter().zip(&r).map(|(c, r)| c * i64::from(r[k])).sum();
    c.iter().map(|row| (0..parameters.dimensions).map(|k| entry(row, k)).collect()).collect()
}

fn normalised(rows: &[Vec<i64>]) -> Vec<f32> {
    let mut vectors = Vec::new();
    for row in rows {
        let exact: Vec<f64> = row.iter().map(|&x| x as f64).collect();
        let mut vector = vec![0f32; row.len()];
        normalise(&exact, &mut vector);
        vectors.extend(vector);
    }
    vectors
}

#[test]
fn the_worked_example_of_the_contract() {
    let matrix = co_occurrence(9, &[(0..9).collect()], 2, 2520);
    let row: Vec<f64> = matrix[3].iter().map(|&x| x as f64 / 2520.0).collect();
    assert_eq!(row, [0.0, 0.5, 1.0, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0]);
    // The projection of that one walk is the same matrix times R.
    let parameters = Parameters { dimensions: 40, walk_length: 9, window: 2, walks_per_node: 1, ..Default::default() };
    let r = signs(parameters.seed, 9, 40);
    let pool = pool(1);
    let context = Context::new(&pool);
    let mut projection = Projection::new(9, 0..parameters.dimensions, &parameters, 1, &context).unwrap();
    let (matrix_r, shards) = projection.parts();
    for shard in shards {
        matrix_r.add(shard, &(0..9).collect::<Vec<u32>>(), &context).unwrap();
    }
    for (node, row) in matrix.iter().enumerate() {
        let expected: Vec<f64> =
            (0..40).map(|k| row.iter().zip(&r).map(|(&c, r)| c as f64 * f64::from(r[k])).sum()).collect();
        assert_eq!(projection.row(node as u32), expected);
    }
}

fn any_graph() -> impl Strategy<Value = Graph> {
    (2usize..14).prop_flat_map(|nodes| {
        let node = 0..nodes as u32;
        let edge = (node.clone(), node, prop_oneof![Just(1.0), Just(0.0), 0.1..5.0f64]);
        (Just(nodes), proptest::collection::vec(edge, 0..40), any::<bool>())
            .prop_map(|(nodes, edges, weighted)| graph(nodes, &edges, weighted))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vectors_are_those_of_the_dense_oracle(
        graph in any_graph(),
        dimensions in prop_oneof![1usize..70, Just(127), Just(128)],
        walk_length in 2usize..30,
        walks_per_node in 1u64..5,
        window in 1usize..24,
        (p, q) in proptest::sample::select(RATIOS.to_vec()),
        seed: u64,
        threads in 1usize..4,
    ) {
        let window = window.min(walk_length - 1);
        let parameters = Parameters { dimensions, walk_length, walks_per_node, window, p, q, seed, method: Method::Projection };
        // lcm(1..=10) and lcm(1..=23); any common multiple gives the same direction, these give the same bits.
        let scale = if window <= NARROW_WINDOW {
            2520
        } else {
            (1..=window as i64).fold(1, |l, d| (1..=d).find(|k| l * k % d == 0).unwrap() * l)
        };
        let expected = normalised(&oracle(&graph, &parameters, scale));
        prop_assert_eq!(bits(&vectors(&graph, &parameters, threads)), bits(&expected));
    }
}

#[test]
fn every_instruction_set_and_spilling_give_the_same_sums() {
    let edges: Vec<_> = (1..40).map(|v| (0, v)).collect();
    let star = plain(40, &edges);
    let pool = pool(2);
    let context = Context::new(&pool);
    for (dimensions, window) in [(127, 10), (32, 4), (1, 1), (3, 7)] {
        let parameters = Parameters { dimensions, window, walk_length: 50, ..Parameters::default() };
        let walks = Walks::new(&star, &parameters, 0);
        let mut batch = vec![0; 40 * 10 * 50];
        walks.fill(0, &mut batch, &context).unwrap();
        let mut results = Vec::new();
        for level in Level::available() {
            for (spill, threads) in [(u16::MAX, 1), (100, 1), (1, 9)] {
                let mut projection =
                    Projection::with(40, 0..parameters.dimensions, &parameters, threads, &context, level, spill)
                        .unwrap();
                let (signs, shards) = projection.parts();
                for shard in shards {
                    signs.add(shard, &batch, &context).unwrap();
                }
                results.push((0..40).flat_map(|node| projection.row(node)).collect::<Vec<f64>>());
            }
        }
        assert!(results.iter().all(|result| *result == results[0]));
        let expected: Vec<f64> = oracle(&star, &parameters, 2520).concat().iter().map(|&x| x as f64).collect();
        assert_eq!(results[0], expected);
    }
}

#[test]
fn sums_that_leave_32_bits_are_right() {
    // Two nodes, half of all visits each: more than 65,535 visits, and sums near 2^31.
    let pair = plain(2, &[(0, 1)]);
    let parameters = Parameters { dimensions: 64, walk_length: 1000, walks_per_node: 400, ..Parameters::default() };
    assert_eq!(bits(&vectors(&pair, &parameters, 2)), bits(&normalised(&oracle(&pair, &parameters, 2520))));
}

#[test]
fn windows_too_wide_for_exact_weights_still_work() {
    let ring = plain(100, &small_world(100, 3, 1));
    let base = Parameters { dimensions: 16, walk_length: 200, walks_per_node: 2, ..Parameters::default() };
    for window in [41, 60, 199] {
        let parameters = Parameters { window, ..base };
        let vectors = vectors(&ring, &parameters, 2);
        let close = Walks::new(&ring, &parameters, 0);
        // Against floats.
        let r = signs(42, 100, 16);
        let mut e = vec![[0f64; 16]; 100];
        for (v, number) in (0..100).flat_map(|v| [(v, 0), (v, 1)]) {
            let walk = close.walk(v, number);
            for i in 0..walk.len() {
                for d in 1..=window.min(walk.len() - 1 - i) {
                    for k in 0..16 {
                        e[walk[i] as usize][k] += f64::from(r[walk[i + d] as usize][k]) / d as f64;
                        e[walk[i + d] as usize][k] += f64::from(r[walk[i] as usize][k]) / d as f64;
                    }
                }
            }
        }
        for (row, expected) in vectors.chunks(16).zip(e) {
            let norm = expected.iter().map(|x| x * x).sum::<f64>().sqrt();
            for (x, y) in row.iter().zip(expected) {
                assert!((f64::from(*x) - y / norm).abs() < 1e-5, "{x} {}", y / norm);
            }
        }
    }
}

// ---- the whole algorithm -----------------------------------------------------------------------------------------

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let edges = small_world(4000, 10, 3);
    let big = plain(4000, &edges);
    let weighted: Vec<_> = edges.iter().map(|&(u, v)| (u, v, f64::from(u % 5 + 1))).collect();
    let weighted = graph(4000, &weighted, true);
    for (graph, p, q, window) in [(&big, 0.5, 2.0, 10), (&weighted, 2.0, 0.5, 5), (&big, 1.0, 1.0, 12)] {
        let parameters =
            Parameters { p, q, window, dimensions: 40, walk_length: 30, walks_per_node: 4, ..Parameters::default() };
        let one = bits(&vectors(graph, &parameters, 1));
        assert!(one == bits(&vectors(graph, &parameters, 2)));
        assert!(one == bits(&vectors(graph, &parameters, 7)));
        assert!(one != bits(&vectors(graph, &Parameters { seed: 43, ..parameters }, 2)));
    }
}

/// The graph A..K of the project's reference case.
fn reference() -> Graph {
    let edges = ["AB", "AC", "CD", "DC", "DF", "EC", "EF", "FG", "GJ", "HG", "HI", "II", "JG"];
    let node = |byte: u8| u32::from(byte - b'A');
    let edges: Vec<_> = edges.iter().map(|edge| (node(edge.as_bytes()[0]), node(edge.as_bytes()[1]))).collect();
    plain(11, &edges)
}

#[test]
fn the_reference_graph() {
    let graph = reference();
    assert_eq!(graph.edge_count(), 13);
    assert_eq!(graph.weights(2), Some(&[1.0, 2.0, 1.0][..]), "C: A, D twice, E");
    let pool = pool(2);
    let all = arguments(&[
        ("dimensions", Argument::Int(4)),
        ("walkLength", Argument::Int(10)),
        ("walksPerNode", Argument::Int(20)),
        ("p", Argument::Float(0.5)),
        ("q", Argument::Int(2)),
    ]);
    let output = Node2Vec.run(Input::from(&graph), &all, &Context::new(&pool)).unwrap();
    let Column::Vectors { dimensions: 4, data } = &output.columns[0] else { panic!() };
    assert_eq!(data.len(), 44);
    for (node, row) in data.chunks(4).enumerate() {
        let norm = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!((norm - if node == 10 { 0.0 } else { 1.0 }).abs() < 1e-6, "node {node}: {norm}");
    }
    let described: Vec<_> = Node2Vec.description().stats.iter().map(|stat| stat.name).collect();
    assert_eq!(output.stats.iter().map(|stat| stat.0).collect::<Vec<_>>(), described);
    let stat = |name: &str| output.stats.iter().find(|stat| stat.0 == name).unwrap().1.clone();
    let counts = ["nodeCount", "dimensions", "walks", "steps", "zeroCount"].map(stat);
    assert_eq!(counts, [11, 4, 200, 1800, 1].map(Scalar::Int));
}

#[test]
fn odd_sizes_of_everything() {
    let graph = reference();
    for dimensions in [1, 3, 127, 4096] {
        let parameters = Parameters { dimensions, walks_per_node: 2, ..Parameters::default() };
        let vectors = vectors(&graph, &parameters, 2);
        assert_eq!(vectors.len(), 11 * dimensions);
        assert!(vectors[10 * dimensions..].iter().all(|&x| x == 0.0));
        let given = [("dimensions", Argument::Int(dimensions as i64)), ("walksPerNode", Argument::Int(2))];
        let output = Node2Vec.run(Input::from(&graph), &arguments(&given), &Context::new(&pool(2))).unwrap();
        assert_eq!(output.columns[0].rows(), 11);
    }
    let two = arguments(&[("walkLength", Argument::Int(2)), ("window", Argument::Int(1 << 40))]);
    let output = Node2Vec.run(Input::from(&graph), &two, &Context::new(&pool(1))).unwrap();
    assert_eq!(output.columns[0].rows(), 11);
}

#[test]
fn graphs_without_walks_give_zero_vectors() {
    let pool = pool(2);
    let defaults = arguments(&[]);
    for graph in [plain(0, &[]), plain(1, &[]), plain(5, &[]), graph(3, &[(0, 1, 0.0), (1, 2, 0.0), (2, 2, 0.0)], true)]
    {
        let output = Node2Vec.run(Input::from(&graph), &defaults, &Context::new(&pool)).unwrap();
        let Column::Vectors { dimensions: 128, data } = &output.columns[0] else { panic!() };
        assert_eq!(data.len(), graph.node_count() * 128);
        assert!(data.iter().all(|&x| x == 0.0));
    }
    // One node with a self-loop walks in place.
    let looped = vectors(&plain(1, &[(0, 0)]), &Parameters::default(), 1);
    assert!(looped.iter().any(|&x| x != 0.0));
}

#[test]
fn it_stops_when_told_to() {
    let graph = plain(4000, &small_world(4000, 10, 3));
    let pool = pool(2);
    for after in [0, 1, 50, 500] {
        let asked = AtomicUsize::new(0);
        let cancel = || asked.fetch_add(1, Ordering::Relaxed) >= after;
        let context = Context { cancel: &cancel, ..Context::new(&pool) };
        let result = Node2Vec.run(Input::from(&graph), &arguments(&[]), &context);
        assert_eq!(result.unwrap_err(), Error::Cancelled);
    }
}

/// The cancel flag is looked at by work done, not by walks: a long walk with a wide window is a lot of work.
#[test]
fn it_stops_within_a_walk() {
    let graph = plain(2, &[(0, 1)]);
    let asked = AtomicUsize::new(0);
    let cancel = || asked.fetch_add(1, Ordering::Relaxed) >= 1_000_000;
    let pool = pool(1);
    let context = Context { cancel: &cancel, ..Context::new(&pool) };
    let long =
        [("walkLength", Argument::Int(1500)), ("window", Argument::Int(1500)), ("walksPerNode", Argument::Int(1))];
    Node2Vec.run(Input::from(&graph), &arguments(&long), &context).unwrap();
    // Two walks of 1,500 nodes, each added up to 2,998 times 128 columns: 1.15 billion additions.
    assert!(asked.into_inner() > 30);
}

#[test]
fn progress_rises_to_one() {
    let graph = plain(4000, &small_world(4000, 10, 3));
    let pool = pool(2);
    let seen = std::sync::Mutex::new(vec![0.0]);
    let progress = |progress: crate::Progress<'_>| seen.lock().unwrap().push(progress.fraction);
    Node2Vec
        .run(Input::from(&graph), &arguments(&[]), &Context { progress: &progress, ..Context::new(&pool) })
        .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() > 5 && seen.windows(2).all(|pair| pair[0] <= pair[1]));
    assert_eq!(seen.last(), Some(&1.0));
}

#[test]
fn too_little_memory_is_refused_with_the_parameter_to_lower() {
    let graph = plain(4000, &small_world(4000, 10, 3));
    let pool = pool(2);
    let run = |budget, dimensions| {
        let context = Context { memory_budget: Some(budget), ..Context::new(&pool) };
        Node2Vec.run(Input::from(&graph), &arguments(&[("dimensions", Argument::Int(dimensions))]), &context)
    };
    let Err(Error::Memory { needed, budget: 8_000_000, hint }) = run(8_000_000, 1000) else { panic!() };
    assert!(needed > 20_000_000);
    let fits = hint.strip_prefix("lower dimensions from 1000 to ").and_then(|rest| rest.strip_suffix(" or less"));
    assert!(run(8_000_000, fits.unwrap().parse().unwrap()).is_ok());
    let Err(Error::Memory { hint, .. }) = run(10_000, 1000) else { panic!() };
    assert!(hint.contains("nodeLabels"), "{hint}");
    let endless = arguments(&[("walkLength", Argument::Int(i64::MAX))]);
    let context = Context { memory_budget: Some(1 << 30), ..Context::new(&pool) };
    assert!(
        matches!(Node2Vec.run(Input::from(&graph), &endless, &context), Err(Error::Memory { hint, .. }) if hint.contains("walkLength"))
    );
    assert!(matches!(
        Node2Vec.run(Input::from(&graph), &endless, &Context::new(&pool)),
        Err(Error::InvalidArgument(_) | Error::Memory { .. })
    ));
    let endless = arguments(&[("walksPerNode", Argument::Int(i64::MAX))]);
    assert!(matches!(
        Node2Vec.run(Input::from(&graph), &endless, &Context::new(&pool)),
        Err(Error::InvalidArgument(_))
    ));
}

#[test]
fn the_estimate_grows_with_the_work() {
    let node2vec = find("node2vec").unwrap();
    let shape = crate::GraphShape { nodes: 100_000, edges: 1_000_000, ..Default::default() };
    let small = node2vec.estimate(shape, &arguments(&[]), 2).unwrap();
    let large = node2vec.estimate(shape, &arguments(&[("dimensions", Argument::Int(256))]), 2).unwrap();
    assert!(small.bytes < large.bytes && small.seconds < large.seconds);
    assert!(small.bytes < 8_800_000 + 3 * 100_000 * 128 * 4);
}

#[test]
fn extreme_p_and_q_finish_on_cliques_and_stars() {
    let clique: Vec<_> = (0..300).flat_map(|u| (u + 1..300).map(move |v| (u, v))).collect();
    let star: Vec<_> = (1..3000).map(|v| (0, v)).collect();
    let pool = pool(2);
    for (nodes, edges) in [(300, clique), (3000, star)] {
        let graph = plain(nodes, &edges);
        for p in [1e-300, 1e-6, 1e6, 1e300] {
            for q in [1e-300, 1e-6, 1e6, 1e300] {
                let parameters = Parameters { p, q, dimensions: 2, ..Parameters::default() };
                let parameters = Parameters { walks_per_node: 1, walk_length: 20, ..parameters };
                embed(&graph, &parameters, Layout::Memory, 2, &Context::new(&pool)).unwrap();
            }
        }
    }
}

#[test]
fn huge_and_tiny_weights_do_not_overflow() {
    let edges = [(0, 1, f64::MAX), (0, 1, f64::MAX), (1, 2, f64::MAX), (2, 0, 1e-300), (2, 3, 5e-324)];
    let graph = graph(4, &edges, true);
    for (p, q) in [(1.0, 1.0), (1e-6, 1e6), (1e300, 1e-300)] {
        let parameters = Parameters { p, q, dimensions: 4, ..Parameters::default() };
        assert!(vectors(&graph, &parameters, 1).iter().all(|x| x.is_finite()));
    }
}
