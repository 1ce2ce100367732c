//! node2vec by random projection: node embeddings from second-order random walks.
//!
//! **What.** Nodes that walks visit near each other get vectors that point the same way. From each node,
//! `walksPerNode` walks start; `p` and `q` steer them between going back, staying near and going far (Grover,
//! Leskovec: "node2vec: Scalable Feature Learning for Networks", KDD 2016). All walks add to one co-occurrence matrix
//! C: nodes at distance d <= `window` in a walk gain 1/d in both directions. Instead of training skip-gram on the
//! walks, C is multiplied with a sparse random matrix R of -1, 0, +1 with probabilities 1/6, 2/3, 1/6, which keeps
//! angles between rows (Achlioptas: "Database-friendly random projections", JCSS 2003), and each row of E = C R is
//! scaled to length 1.
//!
//! **How.** A step draws a neighbour by the static weight and accepts it by its bias for p and q, the return edge being
//! drawn apart when it is heavy (rejection sampling with outlier folding and lower-bound acceptance: Yang et al.:
//! "KnightKing: A Fast Distributed Graph Random Walk Engine", SOSP 2019); see [`walk`]. C is never built: each
//! position of a walk adds the weighted sum of its neighbours' rows of R to its node's row of E, in exact integers, so
//! that the order of additions does not matter; see `projection.rs`. Walks live in one batch of bounded size while the batch before
//! is projected; all walks are never stored.
//!
//! **Cost.** With n nodes, m edges, s = n * walksPerNode * walkLength positions: O(s) expected time for walks (plus a
//! binary search or a table probe for some steps) and O(s * window * dimensions) for the projection, which dominates. Memory
//! beyond the graph view: while walking the sums (4 bytes per entry of E), the signs (1 byte), an edge table of at most
//! 4 bytes per entry and the batches; at the end the result (4 bytes per entry) takes the place of the sums, step by
//! step where the system takes memory back (Linux). Windows over 10 take 8-byte sums.
//!
//! **Same bits.** Walk and projection use counter-based random numbers ([`crate::random`]); sums are integers; the
//! norm is taken in f64 from column 0 upwards. Neither threads nor SIMD width nor batch size can show in the result.

mod alias;
#[expect(unsafe_code, reason = "calls code compiled for one kind of processor; each call says why it may")]
mod batch;
mod bias;
mod edge_table;
#[expect(unsafe_code, reason = "vector instructions, three times as fast; the bounds are argued at each access")]
mod kernel;
#[expect(unsafe_code, reason = "calls kernels compiled for one kind of processor; each call says why it may")]
mod narrow;
mod projection;
#[cfg(test)]
mod tests;
pub mod walk;

use crate::Algorithm;
use crate::arguments::{ArgumentError, Arguments};
use crate::context::{Context, Progress};
use crate::description::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind};
use crate::error::Error;
use crate::graph::Graph;
use crate::input::Input;
use crate::output::{Column, Estimate, GraphShape, Output, Scalar};
use crate::pages::GIVES_BACK;
use projection::Projection;
use walk::Walks;

/// `algo.node2vec`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Node2Vec;

static DESCRIPTION: Description = Description {
    name: "node2vec",
    category: "embedding",
    summary: "Node embeddings from biased random walks, by random projection of their co-occurrences.",
    doc: "Second-order random walks start walksPerNode times at each node; edges are walked in both directions. The \
          step v -> x after t -> v has the unnormalised weight w(v,x) * (1/p if x = t, 1 if x is a neighbour of t, 1/q \
          otherwise); the first step is by weight. Nodes at distance d <= window in one walk gain 1/d in the \
          co-occurrence matrix C, in both directions. A random matrix R with entries -1, 0, +1 (probabilities 1/6, \
          2/3, 1/6) projects it: E = C R, and each row is scaled to length 1. An isolated node keeps the zero \
          vector.\n\n\
          Papers: Grover and Leskovec, node2vec, KDD 2016; Achlioptas, Database-friendly random projections, JCSS \
          2003. Unlike the first, no skip-gram model is trained.\n\n\
          Cost: time grows with nodes * walksPerNode * walkLength * window * dimensions, memory with nodes * \
          dimensions. Sums are exact integers for windows up to 10, and for wider ones as long as the least common \
          multiple of 1..window fits; beyond that 1/d is rounded to a multiple of a power of two.",
    parameters: &[
        Parameter {
            name: "dimensions",
            kind: ParameterKind::Int { min: 1, max: 4096 },
            default: DefaultValue::Int(128),
            doc: "Length of each vector.",
        },
        Parameter {
            name: "walkLength",
            kind: ParameterKind::Int { min: 2, max: i64::MAX },
            default: DefaultValue::Int(80),
            doc: "Nodes in each walk, the start included.",
        },
        Parameter {
            name: "walksPerNode",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Int(10),
            doc: "Walks that start at each node.",
        },
        Parameter {
            name: "p",
            kind: ParameterKind::Float { min: 0.0, above: true, max: f64::INFINITY },
            default: DefaultValue::Float(1.0),
            doc: "Return: a step back to the node before weighs 1/p. Large p explores, small p stays.",
        },
        Parameter {
            name: "q",
            kind: ParameterKind::Float { min: 0.0, above: true, max: f64::INFINITY },
            default: DefaultValue::Float(1.0),
            doc: "In-out: a step to a node that is no neighbour of the node before weighs 1/q. Large q stays in the \
                  neighbourhood, small q leaves it.",
        },
        Parameter {
            name: "window",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Int(10),
            doc: "Largest distance in a walk at which two nodes count as co-occurring; at most walkLength - 1 counts.",
        },
    ],
    columns: &[
        ColumnDescription { name: "nodeId", type_name: "STRING", doc: "The node's _id." },
        ColumnDescription {
            name: "embedding",
            type_name: "VECTOR",
            doc: "The node's vector, of length 1; zero for a node that no walk leaves.",
        },
    ],
    stats: &[
        ColumnDescription { name: "nodeCount", type_name: "INT", doc: "Nodes embedded." },
        ColumnDescription { name: "dimensions", type_name: "INT", doc: "Length of each vector." },
        ColumnDescription { name: "walks", type_name: "INT", doc: "Walks of at least one step." },
        ColumnDescription { name: "steps", type_name: "INT", doc: "Steps of all walks." },
        ColumnDescription { name: "zeroCount", type_name: "INT", doc: "Nodes whose vector is zero." },
    ],
};

/// Checked parameters of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Length of each vector, 1..=4096.
    pub dimensions: usize,
    /// Nodes in each walk, at least 2.
    pub walk_length: usize,
    /// Walks that start at each node, at least 1.
    pub walks_per_node: u64,
    /// Return parameter, positive and finite.
    pub p: f64,
    /// In-out parameter, positive and finite.
    pub q: f64,
    /// Window, 1..=walk_length - 1.
    pub window: usize,
    /// Seed of walks and projection.
    pub seed: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters { dimensions: 128, walk_length: 80, walks_per_node: 10, p: 1.0, q: 1.0, window: 10, seed: 42 }
    }
}

impl Parameters {
    fn new(arguments: &Arguments) -> Self {
        let default = Parameters::default();
        let walk_length = arguments.size("walkLength").unwrap_or(default.walk_length).max(2);
        Parameters {
            dimensions: arguments.size("dimensions").unwrap_or(default.dimensions).max(1),
            walk_length,
            walks_per_node: arguments.size("walksPerNode").unwrap_or(1).max(1) as u64,
            p: arguments.float("p").unwrap_or(default.p),
            q: arguments.float("q").unwrap_or(default.q),
            window: arguments.size("window").unwrap_or(default.window).clamp(1, walk_length - 1),
            seed: arguments.seed,
        }
    }

    fn first_order(&self) -> bool {
        self.p == 1.0 && self.q == 1.0
    }
}

/// Bytes of the working set and the result, beyond the graph view.
fn working_bytes(shape: GraphShape, parameters: &Parameters, threads: usize) -> u64 {
    let entries = shape.nodes.saturating_mul(parameters.dimensions as u64);
    let arcs = shape.edges.saturating_mul(2);
    let batch = 2 * batch_positions(shape.nodes, parameters).saturating_mul(4);
    let sums = projection::bytes(shape.nodes, parameters);
    let table = if parameters.first_order() { 0 } else { edge_table::bytes(shape.edges).min(entries * 4) };
    let weighted = if shape.weighted { arcs.saturating_mul(8).saturating_add(shape.nodes * 8) } else { 0 };
    let scratch = (threads as u64).saturating_mul(projection::scratch_bytes(parameters));
    let offsets = shape.nodes.saturating_mul(4);
    let walking = [sums, entries, table, weighted, offsets, batch, scratch].into_iter().fold(0, u64::saturating_add);
    let result = entries.saturating_mul(4);
    let both = sums.saturating_add(result);
    // Sums are given back as the result is filled; a group of rows is there twice, and parts of huge pages.
    let finishing = match GIVES_BACK {
        true => both.min(sums.max(result).saturating_add(2 * projection::GROUP_BYTES as u64)),
        false => both,
    };
    walking.max(finishing)
}

/// Positions of one batch of walks: enough work between two meetings of the threads, and at most a small share of the
/// memory of the vectors.
fn batch_positions(nodes: u64, parameters: &Parameters) -> u64 {
    let entries = nodes.saturating_mul(parameters.dimensions as u64);
    let wanted = (entries / 16).clamp(1 << 15, 1 << 20);
    wanted.max(parameters.walk_length as u64)
}

/// Seconds per walk step and per position, window distance and dimension, on one thread of the machine of
/// docs/benchmarks.md.
const STEP_SECONDS: [f64; 2] = [10e-9, 30e-9];
const POSITION_SECONDS: f64 = 20e-9;
const MULTIPLY_SECONDS: [f64; 2] = [0.03e-9, 0.35e-9];

impl Algorithm for Node2Vec {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Estimate {
        let parameters = Parameters::new(arguments);
        let bytes = Graph::estimate_bytes(shape.nodes, shape.edges, shape.weighted).saturating_add(working_bytes(
            shape,
            &parameters,
            threads,
        ));
        let positions = shape.nodes as f64 * parameters.walks_per_node as f64 * parameters.walk_length as f64;
        let wide = usize::from(parameters.window > projection::NARROW_WINDOW);
        let window = if wide == 0 { projection::NARROW_WINDOW } else { parameters.window };
        let projected = POSITION_SECONDS + MULTIPLY_SECONDS[wide] * window as f64 * parameters.dimensions as f64;
        let step = STEP_SECONDS[usize::from(!parameters.first_order())];
        Estimate { bytes, seconds: positions * (step + projected) / threads.max(1) as f64 }
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.topology()?;
        let parameters = Parameters::new(arguments);
        let threads = context.threads(arguments.concurrency);
        check_memory(graph, &parameters, threads, context)?;
        let Embedding { data, walks, steps } = embed(graph, &parameters, threads, context)?;
        let zero = data.chunks_exact(parameters.dimensions).filter(|row| row.iter().all(|&x| x == 0.0)).count();
        let int = |value: u64| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        Ok(Output {
            columns: vec![Column::Vectors { dimensions: parameters.dimensions, data }],
            stats: vec![
                ("nodeCount", int(graph.node_count() as u64)),
                ("dimensions", int(parameters.dimensions as u64)),
                ("walks", int(walks)),
                ("steps", int(steps)),
                ("zeroCount", int(zero as u64)),
            ],
            ..Output::default()
        })
    }
}

fn check_memory(graph: &Graph, parameters: &Parameters, threads: usize, context: &Context<'_>) -> Result<(), Error> {
    let shape = GraphShape {
        nodes: graph.node_count() as u64,
        edges: graph.arc_count() as u64 / 2,
        weighted: graph.is_weighted(),
        ..GraphShape::default()
    };
    let needed = working_bytes(shape, parameters, threads);
    let budget = context.memory_budget.unwrap_or(u64::MAX);
    if needed <= budget {
        return Ok(());
    }
    let fits = |dimensions| {
        let parameters = Parameters { dimensions, ..*parameters };
        working_bytes(shape, &parameters, threads) <= budget
    };
    // Memory grows with dimensions, so the largest that fits is found by bisection.
    let largest = (1..=parameters.dimensions).collect::<Vec<_>>().partition_point(|&dimensions| fits(dimensions));
    let hint = if largest > 0 {
        format!("lower dimensions from {} to {largest} or less", parameters.dimensions)
    } else if parameters.walk_length as u64 * 8 > budget {
        format!("lower walkLength from {}", parameters.walk_length)
    } else {
        "no value of dimensions fits: select fewer nodes with nodeLabels".to_owned()
    };
    Err(Error::Memory { needed, budget, hint })
}

/// The vectors and figures of one run.
struct Embedding {
    data: Vec<f32>,
    walks: u64,
    steps: u64,
}

/// One piece of work between two meetings of the threads: project a part of the last batch or walk a part of the next.
enum Task<'a> {
    Project(&'a mut projection::Shard),
    Walk(u64, &'a mut [u32]),
}

/// Positions in one task: long enough to keep all walkers busy nearly to its end, short enough that no thread waits
/// long for another.
const TASK_POSITIONS: usize = 1 << 16;

fn embed(graph: &Graph, parameters: &Parameters, threads: usize, context: &Context<'_>) -> Result<Embedding, Error> {
    let length = parameters.walk_length;
    let nodes = graph.node_count() as u64;
    let too_many = || ArgumentError {
        algorithm: DESCRIPTION.name,
        parameter: "walksPerNode".to_owned(),
        got: Some(format!("INT {}", parameters.walks_per_node)),
        takes: format!("INT (at most 2^63 positions of all walks, here {nodes} nodes, walkLength {length})"),
        nearest: None,
    };
    let positions = nodes.checked_mul(parameters.walks_per_node).and_then(|walks| walks.checked_mul(length as u64));
    let positions = positions.filter(|&positions| positions < 1 << 63).ok_or_else(too_many)?;
    let total = positions / length as u64;
    let entries = nodes.saturating_mul(parameters.dimensions as u64);

    let walks = Walks::new(graph, parameters, entries.saturating_mul(4));
    let walkable = walks.walkable_nodes();
    let mut projection = Projection::new(graph.node_count(), parameters, threads, context)?;
    let batch = (batch_positions(nodes, parameters) / length as u64).clamp(1, total.max(1));
    // Two batches: one is walked while the other is projected.
    let mut next = reserve(batch as usize, length)?;
    let mut last: Vec<u32> = reserve(batch as usize, length)?;
    let (mut walked, mut projected) = (0, 0);
    while projected < total {
        projected += (last.len() / length) as u64;
        let count = batch.min(total - walked);
        next.resize(count as usize * length, 0);
        let (signs, shards) = projection.parts();
        // Whole rounds of walkers.
        let per_task = (TASK_POSITIONS / length).max(1).next_multiple_of(walk::WALKERS);
        let first_of = |task: usize| walked + (task * per_task) as u64;
        let tasks = shards
            .map(Task::Project)
            .chain(next.chunks_mut(per_task * length).enumerate().map(|(task, out)| Task::Walk(first_of(task), out)));
        context.for_each(threads, tasks, |task| match task {
            Task::Project(shard) => signs.add(shard, &last, context),
            Task::Walk(first, out) => walks.fill(first, out, context),
        })?;
        walked += count;
        std::mem::swap(&mut next, &mut last);
        let fraction = (walked + projected) as f64 / (2 * total).max(1) as f64;
        (context.progress)(Progress { stage: "walks", fraction: 0.99 * fraction });
    }
    drop((walks, next, last));
    let data = projection.finish(threads, context)?;
    (context.progress)(Progress { stage: "normalise", fraction: 1.0 });
    let count = walkable * parameters.walks_per_node;
    Ok(Embedding { data, walks: count, steps: count * (length as u64 - 1) })
}

fn reserve(walks: usize, length: usize) -> Result<Vec<u32>, Error> {
    let mut batch = Vec::new();
    batch.try_reserve_exact(walks.saturating_mul(length)).map_err(|_| Error::Memory {
        needed: (walks as u64).saturating_mul(length as u64).saturating_mul(4),
        budget: 0,
        hint: format!("lower walkLength from {length}"),
    })?;
    Ok(batch)
}
