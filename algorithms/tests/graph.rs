//! The graph view against a map of edges.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wend_algorithms::{Error, Graph, GraphBuilder};

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// Every arc with its summed weight.
fn expected(edges: &[(u32, u32, f64)], weighted: bool) -> BTreeMap<(u32, u32), f64> {
    let mut arcs = BTreeMap::new();
    for &(from, to, weight) in edges {
        let weight = if weighted { weight } else { 1.0 };
        *arcs.entry((from, to)).or_insert(0.0) += weight;
        if from != to {
            *arcs.entry((to, from)).or_insert(0.0) += weight;
        }
    }
    arcs
}

fn arcs(graph: &Graph) -> BTreeMap<(u32, u32), f64> {
    let mut arcs = BTreeMap::new();
    for v in 0..graph.node_count() as u32 {
        assert!(graph.neighbors(v).windows(2).all(|pair| pair[0] < pair[1]), "ascending, each once");
        for (i, &x) in graph.neighbors(v).iter().enumerate() {
            arcs.insert((v, x), graph.weights(v).map_or(1.0, |weights| weights[i]));
        }
    }
    arcs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_holds_every_edge_both_ways(
        (nodes, edges) in (1u32..30).prop_flat_map(|nodes| {
            let edge = (0..nodes, 0..nodes, 0.0..9.0f64);
            (Just(nodes), proptest::collection::vec(edge, 0..120))
        }),
        weighted: bool,
    ) {
        let mut builder = GraphBuilder::new(nodes as usize, weighted);
        for &(from, to, weight) in &edges {
            builder.add_edge(from, to, weight);
        }
        let graph = builder.build(None).unwrap();
        let arcs = arcs(&graph);
        prop_assert_eq!(&arcs, &expected(&edges, weighted));
        prop_assert_eq!(graph.edge_count(), edges.len());
        prop_assert_eq!(graph.arc_count(), arcs.len());
        for a in 0..nodes {
            for b in 0..nodes {
                prop_assert_eq!(graph.has_edge(a, b), arcs.contains_key(&(a, b)));
            }
        }
        prop_assert!(graph.memory_bytes() <= Graph::estimate_bytes(u64::from(nodes), edges.len() as u64, true));
    }
}

#[test]
fn threads_do_not_show() {
    let (mut from, mut to, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..60_000u32 {
        from.push(i.wrapping_mul(2_654_435_761) % 5000);
        to.push(i.wrapping_mul(40_503) % 5000);
        weights.push(f64::from(i % 13) * 0.1);
    }
    for weighted in [false, true] {
        let build = |threads: usize| {
            let mut builder = GraphBuilder::new(5000, weighted);
            builder.extend(&from, &to, &weights);
            builder.build(Some(&pool(threads))).unwrap()
        };
        let one = build(1);
        assert_eq!(one, build(2));
        assert_eq!(one, build(7));
    }
}

#[test]
fn bad_edges_are_refused_by_number() {
    let build = |edges: &[(u32, u32, f64)]| {
        let mut builder = GraphBuilder::new(3, true);
        for &(from, to, weight) in edges {
            builder.add_edge(from, to, weight);
        }
        builder.build(None)
    };
    assert_eq!(build(&[(0, 1, 1.0), (1, 3, 1.0)]).unwrap_err(), Error::NoSuchNode { edge: 1, node: 3, node_count: 3 });
    for weight in [-1.0, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(build(&[(0, 1, 1.0), (0, 2, weight)]).unwrap_err(), Error::BadWeight { edge: 1, weight });
    }
    assert!(matches!(build(&[(0, 1, f64::NAN)]), Err(Error::BadWeight { edge: 0, .. })));
    assert!(matches!(GraphBuilder::new(1 << 33, false).build(None), Err(Error::TooManyNodes { .. })));
    assert_eq!(build(&[]).unwrap().node_count(), 3);
}

#[test]
fn missing_weights_are_one() {
    let mut builder = GraphBuilder::new(3, true);
    builder.extend(&[0, 1], &[1, 2], &[4.0]);
    let graph = builder.build(None).unwrap();
    assert_eq!(graph.weights(1), Some(&[4.0, 1.0][..]));
}
