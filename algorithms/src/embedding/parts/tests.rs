//! Work in parts gives the bits of work in one piece, and refuses what does not belong together.

use super::block::{Block, BlockRows};
use super::{Parts, Turn};
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::embedding::fastrp::FastRp;
use crate::embedding::node2vec::Node2Vec;
use crate::graph::undirected::Graph;
use crate::graph::weights::extremes;
use crate::numeric::random::mix;
use crate::testing::{graph, pool, small_world};
use crate::{Algorithm, Column, Input};

/// 61 nodes: a small world of 50, loops, parallel edges, and nodes without edges; weights by `weight`.
fn graphs() -> Vec<(&'static str, Graph)> {
    let mut edges: Vec<(u32, u32)> = small_world(50, 2, 3);
    edges.extend([(3, 3), (7, 7), (4, 5), (4, 5), (5, 4), (51, 51), (53, 54), (60, 0)]);
    let weighted = |weight: &dyn Fn(usize) -> f64| {
        let edges: Vec<_> = edges.iter().enumerate().map(|(at, &(a, b))| (a, b, weight(at))).collect();
        graph(61, &edges, true)
    };
    let plain: Vec<_> = small_world(50, 2, 3).into_iter().map(|(a, b)| (a, b, 1.0)).collect();
    vec![
        ("plain", graph(53, &plain, false)),
        ("parallel edges", weighted(&|_| 1.0)),
        ("weighted", weighted(&|at| [0.1, 2.0, 0.7, 0.0][at % 4])),
        ("unusual weights", weighted(&|at| [1e40, 3e39, 0.0, 2e-30][at % 4])),
        ("no edges", graph(4, &[], false)),
        ("no nodes", graph(0, &[], false)),
    ]
}

fn record(text: &str) -> Vec<(String, Argument)> {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    let argument = |value: &serde_json::Value| match value {
        serde_json::Value::Bool(value) => Argument::Bool(*value),
        serde_json::Value::String(value) => Argument::String(value.clone()),
        value => value.as_i64().map_or_else(|| Argument::Float(value.as_f64().unwrap()), Argument::Int),
    };
    let argument = |value: &serde_json::Value| match value {
        serde_json::Value::Array(items) => Argument::List(items.iter().map(argument).collect()),
        value => argument(value),
    };
    value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), argument(value))).collect()
}

const CALLS: [(&str, &str); 9] = [
    ("node2vec", r#"{"sampling": "exact", "dimensions": 12, "walkLength": 7, "window": 3}"#),
    ("node2vec", r#"{"sampling": "exact", "dimensions": 5, "walkLength": 2}"#),
    ("node2vec", r#"{"sampling": "exact", "dimensions": 9, "walkLength": 4, "window": 3, "distanceNorm": true}"#),
    ("node2vec", r#"{"dimensions": 33, "walkLength": 9, "window": 4, "walksPerNode": 3, "p": 0.25, "q": 4.0}"#),
    ("node2vec", r#"{"dimensions": 8, "walkLength": 30, "window": 14, "walksPerNode": 2}"#),
    ("fastrp", r#"{"dimensions": 20}"#),
    (
        "fastrp",
        r#"{"dimensions": 7, "iterationWeights": [1.0, 0.0, 0.5, 0.0], "nodeSelfInfluence": 0.3, "normalizationStrength": -0.4}"#,
    ),
    ("fastrp", r#"{"dimensions": 3, "iterationWeights": [0.0], "nodeSelfInfluence": 1.0}"#),
    ("fastrp", r#"{"dimensions": 3, "iterationWeights": [0.0]}"#),
];

fn find(algorithm: &str) -> &'static dyn Algorithm {
    match algorithm {
        "node2vec" => &Node2Vec,
        _ => &FastRp,
    }
}

fn parts(algorithm: &str, given: &str) -> Parts {
    let description = find(algorithm).description();
    Parts::new(algorithm, &description.check(&record(given)).unwrap()).unwrap().unwrap()
}

fn bits(vectors: &[f32]) -> Vec<u32> {
    vectors.iter().map(|x| x.to_bits()).collect()
}

fn whole(algorithm: &str, given: &str, graph: &Graph) -> Vec<u32> {
    let found = find(algorithm);
    let arguments = found.description().check(&record(given)).unwrap();
    let pool = pool(2);
    let output = found.run(Input::from(graph), &arguments, &Context::new(&pool)).unwrap();
    match &output.columns[0] {
        Column::Vectors { data, .. } => bits(data),
        other => panic!("{other:?}"),
    }
}

/// The rows of a graph in blocks, its nodes in an order of their own.
fn blocks(graph: &Graph, count: usize) -> Vec<Block> {
    let nodes = graph.node_count();
    let mut order: Vec<u32> = (0..nodes as u32).collect();
    order.sort_by_key(|&v| mix(u64::from(v)));
    let mut places = vec![0u32; nodes];
    order.iter().enumerate().for_each(|(place, &v)| places[v as usize] = place as u32);
    let bounds: Vec<u32> = (0..=count).map(|block| (nodes * block / count) as u32).collect();
    let block = |block: usize| {
        let numbers = &order[bounds[block] as usize..bounds[block + 1] as usize];
        let degrees: Vec<u32> = numbers.iter().map(|&v| graph.degree(v) as u32).collect();
        let neighbors: Vec<u32> = numbers.iter().flat_map(|&v| graph.neighbors(v).to_vec()).collect();
        let ends: Vec<u32> = neighbors.iter().map(|&x| places[x as usize]).collect();
        let weights: Option<Vec<f64>> = graph
            .is_weighted()
            .then(|| numbers.iter().flat_map(|&v| graph.weights(v).unwrap_or_default().to_vec()).collect());
        Block::new(BlockRows {
            block,
            bounds: &bounds,
            numbers,
            degrees: &degrees,
            neighbors: &neighbors,
            places: &ends,
            weights: weights.as_deref(),
            extremes: graph.all_weights().and_then(extremes),
        })
        .unwrap()
    };
    (0..count).map(block).collect()
}

/// Messages to each block, each with the block that sent it.
fn mail(turns: &[Turn]) -> Vec<Vec<(usize, Vec<u8>)>> {
    let mut boxes = vec![Vec::new(); turns.len()];
    for (source, turn) in turns.iter().enumerate() {
        turn.messages.iter().for_each(|(target, bytes)| boxes[*target].push((source, bytes.clone())));
    }
    boxes
}

fn by_blocks(parts: &Parts, graph: &Graph, count: usize, context: &Context<'_>) -> Vec<u32> {
    let blocks = blocks(graph, count);
    let mut turns: Vec<Turn> = blocks.iter().map(|block| parts.begin(block).unwrap()).collect();
    for _ in 0..parts.exchanges() {
        let boxes = mail(&turns);
        let next = blocks.iter().zip(turns.iter().zip(boxes)).map(|(block, (turn, messages))| {
            let messages: Vec<(usize, &[u8])> = messages.iter().map(|(from, bytes)| (*from, &bytes[..])).collect();
            parts.turn(block, &turn.state, &messages, context).unwrap()
        });
        turns = next.collect();
    }
    let mut vectors = vec![0u32; graph.node_count() * parts.dimensions()];
    for (block, turn) in blocks.iter().zip(&turns) {
        assert!(turn.messages.is_empty());
        let rows = parts.vectors(block, &turn.state).unwrap();
        for (&number, row) in block.numbers().iter().zip(bits(&rows).chunks(parts.dimensions())) {
            vectors[number as usize * parts.dimensions()..][..parts.dimensions()].copy_from_slice(row);
        }
    }
    vectors
}

#[test]
fn parts_have_the_bits_of_the_whole() {
    let pool = pool(1);
    let context = Context::new(&pool);
    for (name, graph) in graphs() {
        let nodes = graph.node_count();
        for (algorithm, given) in CALLS {
            let parts = parts(algorithm, given);
            let expected = whole(algorithm, given, &graph);
            let dimensions = parts.dimensions();
            for count in [1, 4, 7] {
                let what = format!("{algorithm} {given} of {name} in {count} parts");
                if parts.walks() {
                    let mut sums = vec![0i64; nodes * dimensions];
                    for part in 0..count {
                        let starts = (nodes * part / count) as u32..(nodes * (part + 1) / count) as u32;
                        let own = parts.starts(&graph, starts, &context).unwrap();
                        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
                    }
                    assert_eq!(bits(&parts.finish_sums(&sums).unwrap()), expected, "{what}");
                    continue;
                }
                let mut layers = vec![vec![0f32; nodes * dimensions]; parts.layers()];
                for first in (0..dimensions).step_by(dimensions.div_ceil(count)) {
                    let columns = first..(first + dimensions.div_ceil(count)).min(dimensions);
                    let width = columns.len();
                    for (layer, own) in layers.iter_mut().zip(parts.columns(&graph, columns, &context).unwrap()) {
                        for (row, own) in layer.chunks_mut(dimensions).zip(own.chunks(width)) {
                            row[first..first + width].copy_from_slice(own);
                        }
                    }
                }
                let layers: Vec<&[f32]> = layers.iter().map(Vec::as_slice).collect();
                assert_eq!(bits(&parts.finish(nodes, &layers).unwrap()), expected, "{what}: columns");
                assert_eq!(by_blocks(&parts, &graph, count, &context), expected, "{what}: blocks");
            }
        }
    }
}

#[test]
fn messages_that_are_not_due_are_refused() {
    let pool = pool(1);
    let context = Context::new(&pool);
    let (_, graph) = graphs().swap_remove(2);
    let parts = parts("fastrp", r#"{"dimensions": 4}"#);
    let blocks = blocks(&graph, 3);
    let turns: Vec<Turn> = blocks.iter().map(|block| parts.begin(block).unwrap()).collect();
    let sent = mail(&turns).swap_remove(1);
    let turn = |messages: &[(usize, &[u8])], state: &[u8]| {
        parts.turn(&blocks[1], state, messages, &context).map(drop).map_err(|error| error.to_string())
    };
    let due: Vec<(usize, &[u8])> = sent.iter().map(|(from, bytes)| (*from, &bytes[..])).collect();
    assert_eq!(turn(&due, &turns[1].state), Ok(()));
    let refused = |messages: &[(usize, &[u8])]| turn(messages, &turns[1].state).unwrap_err();
    assert_eq!(refused(&due[1..]), "block 1: exchange 0 has no message of block 0");
    assert_eq!(refused(&[due[0], due[0], due[1]]), "block 1: exchange 0 has the message of block 0 twice");
    assert_eq!(refused(&[due[0], (2, due[0].1)]), "block 1: exchange 0 has a message of block 2 that is another's");
    assert!(refused(&[due[0], (2, &due[1].1[..20])]).contains("bytes of block 2, where"));
    assert!(refused(&[due[0], due[1], (1, due[0].1)]).contains("of block 1, which has no rows for it"));
    assert_eq!(turn(&due, &turns[0].state).unwrap_err(), "block 1: it was given the state of block 0");
    assert!(turn(&due, &turns[1].state[..9]).unwrap_err().contains("its state is damaged"));
    assert_eq!(
        parts.vectors(&blocks[1], &turns[1].state).unwrap_err().to_string(),
        "block 1: 0 of 3 exchanges are done"
    );
}

#[test]
fn what_is_no_block_and_what_is_not_cut_is_refused() {
    let given = BlockRows {
        block: 1,
        bounds: &[0, 1, 3],
        numbers: &[0, 2],
        degrees: &[1, 2],
        neighbors: &[1, 0, 2],
        places: &[0, 1, 2],
        weights: None,
        extremes: None,
    };
    assert!(Block::new(given).is_ok());
    let refused = |given| Block::new(given).map(drop).unwrap_err().to_string();
    assert!(refused(BlockRows { block: 2, ..given }).contains("no bounds"));
    assert!(refused(BlockRows { numbers: &[0], ..given }).contains("1 nodes and 2 rows, where there are 2"));
    assert!(refused(BlockRows { degrees: &[1, 3], ..given }).contains("3 neighbours of 4 arcs"));
    assert!(
        refused(BlockRows { neighbors: &[1, 2, 0], ..given }).contains("neighbours of node 2 are not in ascending")
    );
    assert!(refused(BlockRows { places: &[0, 1, 3], ..given }).contains("names node 3 of a graph of 3 nodes"));
    assert!(refused(BlockRows { weights: Some(&[1.0, f64::NAN, 1.0]), ..given }).contains("the weight NaN"));
    let unusual = BlockRows { weights: Some(&[1e200, 1e200, 1e200]), extremes: Some((1e200, 1e200)), ..given };
    assert!(Block::new(unusual).is_ok());
    assert!(refused(BlockRows { extremes: Some((1.0, 2.0)), ..unusual }).contains("add up to"));

    let cut = |algorithm: &str, given: &str| {
        let description = find(algorithm).description();
        Parts::new(algorithm, &description.check(&record(given)).unwrap())
    };
    assert!(cut("pagerank", "{}").unwrap().is_none());
    for (algorithm, given, name) in [
        ("node2vec", r#"{"method": "spectral"}"#, "method"),
        ("node2vec", r#"{"transform": "log1p"}"#, "transform"),
        ("node2vec", r#"{"evaluate": true}"#, "evaluate"),
        ("fastrp", r#"{"featureProperties": ["age"]}"#, "featureProperties"),
    ] {
        let error = cut(algorithm, given).unwrap_err().to_string();
        assert!(error.contains(&format!("`{name}`")) || error.contains(&format!("\"{name}\"")), "{error}");
        assert!(error.contains("where the work is done in parts"), "{error}");
    }
    let exact = parts("node2vec", r#"{"sampling": "exact"}"#);
    let pool = pool(1);
    let (_, graph) = graphs().swap_remove(0);
    assert!(exact.starts(&graph, 0..1, &Context::new(&pool)).is_err() && exact.finish_sums(&[0; 128]).is_err());
    assert!(exact.columns(&graph, 100..129, &Context::new(&pool)).is_err() && exact.finish(2, &[&[0.0; 128]]).is_err());
}
