//! Walks against exact transition probabilities, by every way to test for a neighbour and with every set of
//! instructions.

use std::collections::BTreeMap;

use super::*;
use crate::embedding::node2vec::Parameters;
use crate::testing::{RATIOS, graph, plain, pool, small_world};

/// Upper quantile of the chi-square distribution (Wilson and Hilferty 1931), here for a tail of 1e-5: z = 4.265.
fn chi_square_limit(freedom: f64) -> f64 {
    let a = 2.0 / (9.0 * freedom);
    freedom * (1.0 - a + 4.265 * a.sqrt()).powi(3)
}

/// The contract's weights of all steps from `v` after `previous`, worked out naively.
fn exact(graph: &Graph, p: f64, q: f64, previous: Option<u32>, v: u32) -> Vec<f64> {
    let list = graph.neighbors(v);
    let weights = graph.weights(v).map_or(vec![1.0; list.len()], <[f64]>::to_vec);
    let biased = list.iter().zip(weights).map(|(&x, weight)| match previous {
        None => weight,
        Some(t) if x == t => weight / p,
        Some(t) if graph.neighbors(t).contains(&x) => weight,
        Some(_) => weight / q,
    });
    let biased: Vec<f64> = biased.collect();
    let total: f64 = biased.iter().sum();
    biased.iter().map(|weight| weight / total).collect()
}

/// How a neighbour test is made.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Search,
    Table,
}

/// Walks for which the neighbour test is by search or by table, whatever the size of the graph.
fn walks_by<'g>(graph: &'g Graph, parameters: &Parameters, test: Test, level: Level) -> Walks<'g> {
    let from = if test == Test::Table { 0 } else { usize::MAX };
    let walks = Walks::with(graph, parameters, u64::MAX, from, level);
    let first_order = (parameters.p, parameters.q) == (1.0, 1.0);
    assert_eq!(walks.table.is_some(), test == Test::Table && !first_order);
    walks
}

/// Walks a lot and compares every transition (t, v) -> x with its probability.
fn check_walks(graph: &Graph, p: f64, q: f64, seed: u64, test: Test) {
    let walks_per_node = 27_000 / graph.node_count() as u64;
    let parameters = Parameters { p, q, seed, walk_length: 30, walks_per_node, ..Parameters::default() };
    let walks = walks_by(graph, &parameters, test, Level::best());
    let pool = pool(1);
    let mut out = vec![0; graph.node_count() * walks_per_node as usize * 30];
    walks.fill(0, &mut out, &Context::new(&pool)).unwrap();
    let mut seen: BTreeMap<(Option<u32>, u32), Vec<u64>> = BTreeMap::new();
    for walk in out.chunks(30).filter(|walk| walk[1] != NO_NODE) {
        for i in 0usize..29 {
            let (previous, v, x) = (i.checked_sub(1).map(|i| walk[i]), walk[i], walk[i + 1]);
            let slot = graph.neighbors(v).binary_search(&x).expect("a step along an edge");
            seen.entry((previous, v)).or_insert_with(|| vec![0; graph.degree(v)])[slot] += 1;
        }
    }
    let (mut statistic, mut freedom) = (0.0, 0.0);
    for ((previous, v), counts) in seen {
        let probabilities = exact(graph, p, q, previous, v);
        let all: u64 = counts.iter().sum();
        // Cells with an expectation under 5 are pooled, as the test needs it.
        let (mut pooled_seen, mut pooled_expected, mut cells) = (0.0, 0.0, 0.0);
        for (&count, &probability) in counts.iter().zip(&probabilities) {
            let expected = probability * all as f64;
            if probability == 0.0 {
                assert_eq!(count, 0, "an edge of weight 0 was walked");
            } else if expected < 5.0 {
                pooled_seen += count as f64;
                pooled_expected += expected;
            } else {
                statistic += (count as f64 - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        if pooled_expected >= 1.0 {
            statistic += (pooled_seen - pooled_expected).powi(2) / pooled_expected;
            cells += 1.0;
        } else {
            assert!(pooled_seen < 25.0, "{pooled_seen} steps where {pooled_expected} were expected");
        }
        freedom += f64::max(cells - 1.0, 0.0);
    }
    if freedom > 0.0 {
        let limit = chi_square_limit(freedom);
        assert!(
            statistic < limit,
            "p {p} q {q} {test:?}: chi-square {statistic} over {limit}, {freedom} degrees of freedom"
        );
    }
}

/// Triangles, a chain, a self-loop at 3, parallel edges 0-1 and 4-5, degree 1 at 7, isolated 8.
fn odd_edges() -> Vec<(u32, u32, f64)> {
    vec![
        (0, 1, 1.5),
        (1, 0, 0.5),
        (0, 2, 3.0),
        (1, 2, 0.25),
        (2, 3, 1.0),
        (3, 3, 2.0),
        (3, 4, 0.1),
        (4, 5, 1.0),
        (4, 5, 1.0),
        (5, 3, 4.0),
        (5, 6, 0.7),
        (6, 0, 1.0),
        (6, 7, 1.0),
        (2, 6, 0.0),
        (4, 1, 2.2),
    ]
}

#[test]
fn steps_have_their_exact_probabilities_weighted() {
    let graph = graph(9, &odd_edges(), true);
    assert!(graph.is_weighted());
    for (i, (p, q)) in RATIOS.into_iter().enumerate() {
        check_walks(&graph, p, q, i as u64, Test::Search);
        check_walks(&graph, p, q, 50 + i as u64, Test::Table);
    }
}

#[test]
fn steps_have_their_exact_probabilities_unweighted() {
    // No parallel edges here, so that the graph has no weights at all.
    let edges: Vec<_> = odd_edges().iter().filter(|e| e.2 > 0.0 && (e.0, e.1) != (1, 0)).map(|e| (e.0, e.1)).collect();
    let edges: Vec<_> = edges.iter().enumerate().filter(|&(i, e)| !edges[..i].contains(e)).map(|(_, &e)| e).collect();
    let graph = plain(9, &edges);
    assert!(!graph.is_weighted());
    for (i, (p, q)) in RATIOS.into_iter().enumerate() {
        check_walks(&graph, p, q, 100 + i as u64, Test::Search);
        check_walks(&graph, p, q, 150 + i as u64, Test::Table);
    }
}

#[test]
fn parallel_edges_without_weights_add_up() {
    let graph = plain(3, &[(0, 1), (1, 0), (1, 2), (2, 0)]);
    assert_eq!(graph.weights(0), Some(&[2.0, 1.0][..]));
    for (p, q) in [(1.0, 1.0), (0.5, 2.0), (2.0, 0.5)] {
        check_walks(&graph, p, q, 5, Test::Search);
        check_walks(&graph, p, q, 6, Test::Table);
    }
}

/// A few hubs, lists of all lengths, no weights: the neighbour test has much to get wrong.
#[test]
fn steps_have_their_exact_probabilities_on_uneven_degrees() {
    let edges: Vec<_> =
        (0..40u32).flat_map(|u| (u + 1..40).filter(move |v| (u * v) % 7 < 6 / (u + 1)).map(move |v| (u, v))).collect();
    let plain_graph = plain(40, &edges);
    let weighted: Vec<_> = edges.iter().map(|&(u, v)| (u, v, f64::from(1 + (u + v) % 5))).collect();
    let weighted = graph(40, &weighted, true);
    for (i, (p, q)) in [(0.5, 2.0), (2.0, 0.5), (0.25, 0.25), (4.0, 4.0)].into_iter().enumerate() {
        for graph in [&plain_graph, &weighted] {
            check_walks(graph, p, q, 200 + i as u64, Test::Search);
            check_walks(graph, p, q, 250 + i as u64, Test::Table);
        }
    }
}

#[test]
fn a_walk_does_not_depend_on_its_batch_the_neighbour_test_or_the_instructions() {
    let edges = small_world(700, 8, 9);
    let plain_graph = plain(700, &edges);
    let weighted: Vec<_> = edges.iter().map(|&(u, v)| (u, v, f64::from(u % 7))).collect();
    let weighted = graph(700, &weighted, true);
    let pool = pool(1);
    let context = Context::new(&pool);
    let fill = |walks: &Walks<'_>| {
        let mut out = vec![0; 700 * 3 * 12];
        walks.fill(0, &mut out, &context).unwrap();
        // What follows in the row of a walk that cannot leave its start has no meaning.
        out.chunks_mut(12).filter(|row| row[1] == NO_NODE).for_each(|row| row[2..].fill(0));
        out
    };
    for graph in [&plain_graph, &weighted] {
        for (p, q) in [(1.0, 1.0), (0.5, 2.0), (4.0, 0.25), (1e6, 1e-6)] {
            let parameters = Parameters { p, q, walk_length: 12, walks_per_node: 3, ..Parameters::default() };
            let all = fill(&Walks::new(graph, &parameters, 0));
            for test in [Test::Search, Test::Table] {
                for level in Level::available() {
                    let walks = walks_by(graph, &parameters, test, level);
                    assert!(fill(&walks) == all, "p {p} q {q} {test:?} {level:?}");
                    assert!(fill(&walks.with_long_offsets()) == all, "p {p} q {q} {test:?} {level:?}, long offsets");
                }
                let walks = walks_by(graph, &parameters, test, Level::best());
                for (index, row) in all.chunks(12).enumerate().step_by(7) {
                    let alone = walks.walk((index / 3) as u32, (index % 3) as u64);
                    assert_eq!(row[..alone.len()], alone);
                }
                // Batches of all sizes, from any walk on.
                for (first, count) in [(0, 1), (5, 63), (100, 64), (2, 65), (1000, 1), (1900, 200)] {
                    let mut out = vec![0; count * 12];
                    walks.fill(first as u64, &mut out, &context).unwrap();
                    out.chunks_mut(12).filter(|row| row[1] == NO_NODE).for_each(|row| row[2..].fill(0));
                    assert!(out == all[first * 12..(first + count) * 12], "{count} walks from {first}");
                }
            }
        }
    }
}

#[test]
fn large_graphs_have_an_edge_table_within_its_limit() {
    let big = plain(3000, &small_world(3000, 12, 9));
    let parameters = Parameters { p: 0.5, ..Parameters::default() };
    assert!(Walks::new(&big, &parameters, u64::MAX).table.is_some());
    assert!(Walks::new(&big, &parameters, 1000).table.is_none());
    assert!(Walks::new(&big, &Parameters::default(), u64::MAX).table.is_none(), "first order needs no test");
}
