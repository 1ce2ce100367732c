//! Every algorithm that computes its columns in groups gives the bits of a run of all columns at once, for every width, on
//! views in memory and in files. A new one joins by itself; calls that differ in more than their arguments' sizes are a line in
//! `CALLS`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::algorithms;
use crate::testing::{MemoryScratch, argument, pool, random_edges};
use crate::{
    Algorithm, AnyGraph, Argument, Arguments, Column, ColumnGroups, Context, Error, FileGraphBuilder, Graph,
    GraphBuilder, GraphShape, Input, Output, Property, PropertyGraph, Scratch, Values,
};

const NODES: usize = 1200;

/// Calls in place of the one without arguments.
const CALLS: &[(&str, &str)] = &[
    ("node2vec", r#"{"walksPerNode": 1, "walkLength": 12, "isolated": "skip"}"#),
    ("node2vec", r#"{"walksPerNode": 1, "walkLength": 12, "p": 0.5, "q": 2, "dimensions": 70}"#),
    ("node2vec", r#"{"walksPerNode": 1, "walkLength": 25, "window": 12, "dimensions": 33}"#),
    ("node2vec", r#"{"sampling": "exact", "walkLength": 12, "window": 4}"#),
    ("node2vec", r#"{"sampling": "exact", "distanceNorm": true, "window": 3, "dimensions": 100}"#),
    ("fastrp", "{}"),
    ("fastrp", r#"{"nodeSelfInfluence": 0.5, "iterationWeights": [1.0, 0.0, -2.0], "normalizationStrength": -0.5}"#),
    ("fastrp", r#"{"featureProperties": ["size", "vector"], "dimensions": 50, "propertyRatio": 0.3}"#),
];

/// Loops, parallel edges, weights; the last nodes have no edges.
fn edges() -> Vec<(u32, u32, f64)> {
    let mut edges = random_edges(NODES as u32 - 20, 4000, 11);
    edges.extend([(5, 5, 2.0), (5, 5, 1.0), (7, 8, 0.5), (8, 7, 0.25), (7, 8, 4.0)]);
    edges
}

fn property_graph(weighted: bool) -> PropertyGraph {
    let edges = edges();
    let sizes = (0..NODES).map(|node| if node % 7 == 0 { f64::NAN } else { node as f64 / 300.0 }).collect();
    let data = (0..3 * NODES).map(|at| (at % 11) as f32 - 4.0).collect();
    let property = |name: &str, values| Property { name: name.into(), values };
    PropertyGraph {
        node_types: vec!["N".into()],
        node_type: vec![0; NODES],
        edge_labels: vec!["E".into()],
        edge_label: vec![0; edges.len()],
        from: edges.iter().map(|edge| edge.0).collect(),
        to: edges.iter().map(|edge| edge.1).collect(),
        weights: weighted.then(|| edges.iter().map(|edge| edge.2).collect()),
        node_properties: vec![
            property("size", Values::Numbers { values: sizes, integers: false, wide: Vec::new() }),
            property("vector", Values::Vectors { width: 3, data, present: vec![true; NODES] }),
        ],
        ..PropertyGraph::default()
    }
}

fn in_memory(weighted: bool) -> Graph {
    let mut builder = GraphBuilder::new(NODES, weighted);
    edges().iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
    builder.build(None).unwrap()
}

fn in_files(weighted: bool, scratch: &dyn Scratch) -> Graph {
    let mut builder = FileGraphBuilder::new(NODES, weighted, scratch, true, 20_000).unwrap();
    edges().iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight).unwrap());
    builder.build_undirected(Default::default(), &pool(2)).unwrap()
}

fn given(text: &str) -> Vec<(String, Argument)> {
    let given: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    given.iter().map(|(name, value)| (name.clone(), argument(value))).collect()
}

/// All calls of algorithms that know groups, each with its arguments.
fn calls() -> Vec<(&'static dyn Algorithm, Arguments)> {
    let mut calls = Vec::new();
    for &algorithm in algorithms() {
        let name = algorithm.description().name;
        let mut texts: Vec<&str> = CALLS.iter().filter(|(of, _)| *of == name).map(|(_, text)| *text).collect();
        if texts.is_empty() {
            texts.push("{}");
        }
        for text in texts {
            let Ok(arguments) = algorithm.description().check(&given(text)) else { continue };
            if algorithm.groups(shape(false), &arguments, 1).is_ok_and(|groups| !groups.is_empty()) {
                calls.push((algorithm, arguments));
            }
        }
    }
    calls
}

fn shape(weighted: bool) -> GraphShape {
    GraphShape { nodes: NODES as u64, edges: 4005, weighted, ..GraphShape::default() }
}

/// Bits of the vectors, and all else that a run gives but speeds.
fn seen(output: &Output) -> (Vec<u32>, String) {
    let bits = |column: &Column| match column {
        Column::Vectors { data, .. } => Some(data.iter().map(|x| x.to_bits()).collect()),
        _ => None,
    };
    let stats: Vec<_> = output.stats.iter().filter(|(name, _)| !name.ends_with("PerSecond")).collect();
    (output.columns.iter().find_map(bits).unwrap(), format!("{:?} {stats:?}", output.rows))
}

#[test]
fn groups_do_not_show_in_any_algorithm() {
    let scratch = MemoryScratch::default();
    let calls = calls();
    for name in ["node2vec", "fastrp"] {
        assert!(calls.iter().any(|(algorithm, _)| algorithm.description().name == name), "{name} knows groups");
    }
    for (algorithm, arguments) in calls {
        let name = algorithm.description().name;
        let learns = algorithm.needs(&arguments, None).unwrap().properties.is_some();
        for weighted in [false, true] {
            let (graph, properties) = (in_memory(weighted), property_graph(weighted));
            let mapped = in_files(weighted, &scratch);
            let run = |graph: &Graph, threads, budget, scratch| {
                let pool = pool(threads);
                let context = Context { memory_budget: budget, scratch, ..Context::new(&pool) };
                let graph = if learns { AnyGraph::Properties(&properties) } else { AnyGraph::Undirected(graph) };
                algorithm.run(Input::from(graph), &arguments, &context)
            };
            let whole = run(&graph, 2, None, None).unwrap();
            let expected = seen(&whole);
            assert!(expected.0.iter().any(|&bits| bits != 0), "{name}");
            let shape =
                GraphShape { edges: graph.arc_count() as u64 / 2, weighted: graph.is_weighted(), ..shape(weighted) };
            let mut used = Vec::new();
            for threads in [1, 2, 7] {
                let all = algorithm.groups(shape, &arguments, threads).unwrap();
                assert!(all.windows(2).all(|pair| pair[0].width > pair[1].width && pair[0].bytes >= pair[1].bytes));
                assert_eq!(all.last().unwrap().width, 1, "{name}");
                for (place, groups) in all.iter().enumerate().filter(|(place, _)| place % 3 == 0 || threads == 2) {
                    // The narrower the slower: one number of threads is enough for most.
                    let view = if place % 2 == 0 { &graph } else { &mapped };
                    let output = run(view, threads, Some(groups.bytes), Some(&scratch)).unwrap();
                    assert!(seen(&output) == expected, "{name} {arguments:?} {weighted} {threads} {groups:?}");
                    let Some(Column::Vectors { data, .. }) = output.columns.first() else {
                        panic!("{name}: no vectors")
                    };
                    if data.memory_bytes() == 0 {
                        used.push(groups.width);
                    }
                }
                let least: ColumnGroups = *all.last().unwrap();
                let refused = run(&graph, threads, Some(least.bytes - 1), Some(&scratch));
                let Err(Error::Memory { needed, .. }) = refused else { panic!("{name} ran in less than it needs") };
                assert_eq!(needed, least.bytes);
                assert!(matches!(run(&graph, threads, Some(least.bytes), None), Err(Error::Memory { .. })), "{name}");
            }
            assert!(
                used.contains(&1) && used.contains(&8),
                "{name} {arguments:?} worked in groups of {used:?} columns"
            );
            assert!(seen(&run(&mapped, 2, None, None).unwrap()) == expected, "{name} on a view in files");
        }
    }
    assert_eq!(scratch.files(), 0, "files are gone with what was in them");
}

#[test]
fn a_cancelled_run_leaves_no_files() {
    let scratch = MemoryScratch::default();
    let graph = in_memory(true);
    let properties = property_graph(true);
    for (algorithm, arguments) in calls() {
        let learns = algorithm.needs(&arguments, None).unwrap().properties.is_some();
        let all = algorithm.groups(shape(true), &arguments, 2).unwrap();
        let groups = all.iter().find(|groups| groups.width <= 16).unwrap();
        for after in [0, 3, 40, 400] {
            let asked = AtomicUsize::new(0);
            let pool = pool(2);
            let cancel = || asked.fetch_add(1, Ordering::Relaxed) >= after;
            let context = Context {
                cancel: &cancel,
                memory_budget: Some(groups.bytes),
                scratch: Some(&scratch),
                ..Context::new(&pool)
            };
            let view = if learns { AnyGraph::Properties(&properties) } else { AnyGraph::Undirected(&graph) };
            let output = algorithm.run(Input::from(view), &arguments, &context);
            assert!(matches!(&output, Err(Error::Cancelled) | Ok(_)), "{output:?}");
            drop(output);
            assert_eq!(scratch.files(), 0);
        }
    }
}

#[test]
fn a_full_disk_is_an_error_that_says_so() {
    struct Full;
    impl Scratch for Full {
        fn file(&self) -> Result<Box<dyn crate::ScratchFile>, Error> {
            Err(Error::Scratch("no space left".to_owned()))
        }
    }
    let graph = in_memory(false);
    let algorithm = algorithms()[0];
    let arguments = algorithm.description().check(&[]).unwrap();
    let least = *algorithm.groups(shape(false), &arguments, 1).unwrap().last().unwrap();
    let pool = pool(1);
    let context = Context { memory_budget: Some(2 * least.bytes), scratch: Some(&Full), ..Context::new(&pool) };
    let output = algorithm.run(Input::from(&graph), &arguments, &context);
    assert_eq!(output, Err(Error::Scratch("no space left".to_owned())));
}
