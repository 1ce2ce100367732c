//! Helpers that the tests of several algorithms share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rand::Rng;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::{
    Algorithm, AnyGraph, Argument, Column, Context, Error, Graph, GraphBuilder, GraphShape, Input, Mapped, Orientation,
    Output, Property, PropertyGraph, Scalar, Scratch, ScratchFile,
};

/// Temporary files that are memory, and counted.
#[derive(Default)]
pub(crate) struct MemoryScratch(Arc<AtomicUsize>);

impl MemoryScratch {
    /// How many there are.
    pub(crate) fn files(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

struct MemoryFile {
    bytes: Mutex<Vec<u8>>,
    count: Count,
}

struct MemoryMap {
    lines: Vec<Line>,
    length: usize,
    _count: Count,
}

#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

struct Count(Arc<AtomicUsize>);

impl Drop for Count {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Scratch for MemoryScratch {
    fn file(&self) -> Result<Box<dyn ScratchFile>, Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(MemoryFile { bytes: Mutex::default(), count: Count(self.0.clone()) }))
    }
}

impl ScratchFile for MemoryFile {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let (mut file, offset) = (self.bytes.lock().unwrap(), offset as usize);
        let end = file.len().max(offset + bytes.len());
        file.resize(end, 0);
        file[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.copy_from_slice(&self.bytes.lock().unwrap()[offset as usize..][..bytes.len()]);
        Ok(())
    }

    fn map(self: Box<Self>) -> Result<Arc<dyn Mapped>, Error> {
        let bytes = self.bytes.into_inner().unwrap();
        let mut lines = vec![Line([0; 64]); bytes.len().div_ceil(64)];
        bytemuck::cast_slice_mut(&mut lines)[..bytes.len()].copy_from_slice(&bytes);
        Ok(Arc::new(MemoryMap { lines, length: bytes.len(), _count: self.count }))
    }
}

impl Mapped for MemoryMap {
    fn bytes(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }
}

pub(crate) fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

pub(crate) fn graph(nodes: usize, edges: &[(u32, u32, f64)], weighted: bool) -> Graph {
    let mut builder = GraphBuilder::new(nodes, weighted);
    for &(from, to, weight) in edges {
        builder.add_edge(from, to, weight);
    }
    builder.build(None).unwrap()
}

/// A graph without weights from pairs.
pub(crate) fn plain(nodes: usize, edges: &[(u32, u32)]) -> Graph {
    let edges: Vec<_> = edges.iter().map(|&(from, to)| (from, to, 1.0)).collect();
    graph(nodes, &edges, false)
}

/// A ring where each node has `reach` neighbours on each side, some rewired.
pub(crate) fn small_world(nodes: u32, reach: u32, seed: u64) -> Vec<(u32, u32)> {
    let mut rng = crate::numeric::random::Xoroshiro128::new(seed, 0, 0);
    let mut edges = Vec::new();
    for u in 0..nodes {
        for d in 1..=reach {
            let bits = rng.next_u64();
            let v = if bits.is_multiple_of(10) { (bits >> 32) as u32 % nodes } else { (u + d) % nodes };
            if u != v {
                edges.push((u.min(v), u.max(v)));
            }
        }
    }
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// p and q on both sides of 1, and far out.
pub(crate) const RATIOS: [(f64, f64); 13] = [
    (1.0, 1.0),
    (0.5, 2.0),
    (2.0, 0.5),
    (0.25, 0.25),
    (4.0, 4.0),
    (1.0, 3.0),
    (3.0, 1.0),
    (0.3, 1.0),
    (1.0, 0.3),
    (1e-6, 1e6),
    (1e6, 1e-6),
    (1e-6, 1e-6),
    (1e6, 1e6),
];

/// Runs an algorithm on the view that it asks for, with 1, 2 and 7 threads, which have to give the same. Nodes are named by their
/// numbers; edges have the weights when the arguments name one.
pub(crate) fn try_run(
    algorithm: &dyn Algorithm,
    nodes: usize,
    edges: &[(u32, u32, f64)],
    properties: Vec<Property>,
    arguments: &str,
) -> Result<Output, Error> {
    let given: serde_json::Map<String, serde_json::Value> = serde_json::from_str(arguments).unwrap();
    let given: Vec<_> = given.iter().map(|(name, value)| (name.clone(), argument(value))).collect();
    let arguments = algorithm.description().check(&given)?;
    let needs = algorithm.needs(&arguments, None)?;
    let named = |parameter: Option<&'static str>| {
        let ids: Option<Vec<String>> = arguments.get(parameter?).unwrap();
        Some(ids?.iter().map(|id| id.parse::<u32>().unwrap()).collect::<Vec<_>>())
    };
    let (starts, targets) = (named(needs.nodes_named_by), named(needs.targets_named_by));
    let weighted = needs.weights && arguments.weight.is_some();
    let mut builder = GraphBuilder::new(nodes, weighted);
    edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
    let property_graph = PropertyGraph {
        node_types: vec!["".into()],
        node_type: vec![0; nodes],
        edge_labels: vec!["R".into()],
        edge_label: vec![0; edges.len()],
        from: edges.iter().map(|edge| edge.0).collect(),
        to: edges.iter().map(|edge| edge.1).collect(),
        weights: weighted.then(|| edges.iter().map(|edge| edge.2).collect()),
        node_properties: properties,
        ..PropertyGraph::default()
    };
    let shape = GraphShape { nodes: nodes as u64, edges: edges.len() as u64, weighted, node_values: 2, edge_values: 0 };
    assert!(algorithm.estimate(shape, &arguments, 2)?.seconds.is_finite());
    let mut first: Option<Result<Output, Error>> = None;
    for threads in [1, 2, 7] {
        let pool = pool(threads);
        let context = Context::new(&pool);
        let run = |graph: AnyGraph<'_>| {
            let input = Input { nodes: starts.as_deref(), targets: targets.as_deref(), ..Input::from(graph) };
            algorithm.run(input, &arguments, &context)
        };
        let output = match (&needs.properties, needs.orientation) {
            (Some(_), _) => run(AnyGraph::Properties(&property_graph)),
            (None, Orientation::Undirected) => {
                run(AnyGraph::Undirected(&builder.clone().build_undirected(needs.parallel, None)?))
            }
            (None, orientation) => {
                let graph = builder.clone().build_directed(needs.parallel, None)?;
                run(AnyGraph::Directed(graph.oriented(orientation)))
            }
        };
        if let Ok(output) = &output {
            let described = algorithm.description().stats.iter().map(|figure| figure.name);
            assert_eq!(output.stats.iter().map(|(name, _)| *name).collect::<Vec<_>>(), described.collect::<Vec<_>>());
        }
        match &first {
            None => first = Some(output),
            Some(first) => assert!(same(first, &output), "{threads} threads: {first:?} {output:?}"),
        }
    }
    first.unwrap()
}

/// Whether results are equal; lazy lists are compared by what the tests read of them.
fn same(one: &Result<Output, Error>, other: &Result<Output, Error>) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => {
            let same = |(a, b): (&Column, &Column)| matches!(a, Column::NodeLists(_)) || a == b;
            one.rows == other.rows && one.stats == other.stats && one.columns.iter().zip(&other.columns).all(same)
        }
        (one, other) => one == other,
    }
}

pub(crate) fn argument(value: &serde_json::Value) -> Argument {
    match value {
        serde_json::Value::Null => Argument::Null,
        serde_json::Value::Bool(value) => Argument::Bool(*value),
        serde_json::Value::Number(number) => {
            number.as_i64().map_or_else(|| Argument::Float(number.as_f64().unwrap()), Argument::Int)
        }
        serde_json::Value::String(text) => Argument::String(text.clone()),
        serde_json::Value::Array(items) => Argument::List(items.iter().map(argument).collect()),
        serde_json::Value::Object(fields) => {
            Argument::Record(fields.iter().map(|(name, value)| (name.clone(), argument(value))).collect())
        }
    }
}

/// The same where it has to succeed, on a graph without properties.
pub(crate) fn run(algorithm: &dyn Algorithm, nodes: usize, edges: &[(u32, u32, f64)], arguments: &str) -> Output {
    try_run(algorithm, nodes, edges, Vec::new(), arguments).unwrap()
}

/// Edges that weigh 1.
pub(crate) fn unit(edges: &[(u32, u32)]) -> Vec<(u32, u32, f64)> {
    edges.iter().map(|&(from, to)| (from, to, 1.0)).collect()
}

/// Random edges with weights from 0.25 to 4, some of them parallel and some self-loops.
pub(crate) fn random_edges(nodes: u32, count: usize, seed: u64) -> Vec<(u32, u32, f64)> {
    let mut rng = crate::numeric::random::Xoroshiro128::new(seed, 1, 2);
    let mut edge = || {
        let bits = rng.next_u64();
        (bits as u32 % nodes, (bits >> 32) as u32 % nodes, 0.25 * ((bits >> 20) % 16 + 1) as f64)
    };
    (0..count).map(|_| edge()).collect()
}

/// The first column of floats.
pub(crate) fn floats(output: &Output) -> Vec<f64> {
    let floats = |column: &Column| match column {
        Column::Floats(values) => Some(values.clone()),
        _ => None,
    };
    output.columns.iter().find_map(floats).unwrap()
}

/// The first column of integers.
pub(crate) fn ints(output: &Output) -> Vec<i64> {
    let ints = |column: &Column| match column {
        Column::Ints(values) => Some(values.clone()),
        _ => None,
    };
    output.columns.iter().find_map(ints).unwrap()
}

/// The vectors of the first column, node by node.
pub(crate) fn vectors(output: &Output) -> Vec<Vec<f32>> {
    match &output.columns[0] {
        crate::Column::Vectors { dimensions, data } => data.chunks_exact(*dimensions).map(<[f32]>::to_vec).collect(),
        other => panic!("{other:?}"),
    }
}

/// The cosine of vectors of length 1.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A figure.
pub(crate) fn figure(output: &Output, name: &str) -> f64 {
    match output.stats.iter().find(|(known, _)| *known == name) {
        Some((_, Scalar::Int(value))) => *value as f64,
        Some((_, Scalar::Float(value))) => *value,
        Some((_, Scalar::Bool(value))) => f64::from(u8::from(*value)),
        other => panic!("{name}: {other:?}"),
    }
}
