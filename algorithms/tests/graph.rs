//! The graph view against a map of edges.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wend_algorithms::{Csr, Error, Graph, GraphBuilder, Orientation, Parallel};

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

/// The row of each node as the edges make it: sorted by neighbour and then by edge, parallel edges made one as said.
fn rows(nodes: u32, arcs: &[(u32, u32, f64)], parallel: Parallel) -> Vec<Vec<(u32, f64)>> {
    let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); nodes as usize];
    for &(from, to, weight) in arcs {
        rows[from as usize].push((to, weight));
    }
    for row in &mut rows {
        row.sort_by_key(|&(to, _)| to);
        let together = |kept: &mut Vec<(u32, f64)>, (to, weight): (u32, f64)| match (kept.last_mut(), parallel) {
            (Some(last), Parallel::Sum) if last.0 == to => last.1 += weight,
            (Some(last), Parallel::Min) if last.0 == to => last.1 = last.1.min(weight),
            _ => kept.push((to, weight)),
        };
        let mut kept = Vec::new();
        row.drain(..).for_each(|arc| together(&mut kept, arc));
        *row = kept;
    }
    rows
}

fn rows_of(graph: &Csr) -> Vec<Vec<(u32, f64)>> {
    let row = |v: u32| {
        let weights = graph.weights(v).map_or_else(|| vec![1.0; graph.degree(v)], <[f64]>::to_vec);
        graph.neighbors(v).iter().copied().zip(weights).collect()
    };
    (0..graph.node_count() as u32).map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn directed_rows_hold_every_edge_at_both_ends(
        (nodes, edges) in (1u32..12).prop_flat_map(|nodes| {
            let edge = (0..nodes, 0..nodes, 0.0..9.0f64);
            (Just(nodes), proptest::collection::vec(edge, 0..80))
        }),
        weighted: bool,
        parallel in prop_oneof![Just(Parallel::Sum), Just(Parallel::Min), Just(Parallel::Keep)],
    ) {
        let builder = || {
            let mut builder = GraphBuilder::new(nodes as usize, weighted);
            edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
            builder
        };
        let weigh = |weight: f64| if weighted { weight } else { 1.0 };
        let out: Vec<_> = edges.iter().map(|&(from, to, weight)| (from, to, weigh(weight))).collect();
        let back: Vec<_> = out.iter().map(|&(from, to, weight)| (to, from, weight)).collect();
        let both: Vec<_> = out
            .iter()
            .flat_map(|&(from, to, weight)| {
                let back = (from != to).then_some((to, from, weight));
                [(from, to, weight)].into_iter().chain(back)
            })
            .collect();
        let graph = builder().build_directed(parallel, None).unwrap();
        let natural = graph.oriented(Orientation::Natural);
        prop_assert_eq!(rows_of(natural.outgoing), rows(nodes, &out, parallel));
        prop_assert_eq!(rows_of(natural.incoming), rows(nodes, &back, parallel));
        let reverse = graph.oriented(Orientation::Reverse);
        prop_assert_eq!(reverse.outgoing, natural.incoming);
        prop_assert_eq!(reverse.incoming, natural.outgoing);
        let undirected = builder().build_undirected(parallel, None).unwrap();
        prop_assert_eq!(rows_of(&undirected), rows(nodes, &both, parallel));
        prop_assert_eq!(graph.memory_bytes(), natural.outgoing.memory_bytes() + natural.incoming.memory_bytes());
    }
}
