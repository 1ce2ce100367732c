//! Walks and their projection, batch after batch: neither walks nor counts are ever all there.

use super::{GROUP_BYTES, Projection, Shard, bytes, scratch_bytes};
use crate::arguments::ArgumentError;
use crate::context::{Context, Progress};
use crate::error::Error;
use crate::graph::Graph;
use crate::node2vec::Parameters;
use crate::output::GraphShape;
use crate::pages::GIVES_BACK;
use crate::walk::{WALKERS, Walks, edge_table};

/// Bytes of the working set and the result, beyond the graph view.
pub(in crate::node2vec) fn working_bytes(shape: GraphShape, parameters: &Parameters, threads: usize) -> u64 {
    let entries = shape.nodes.saturating_mul(parameters.dimensions as u64);
    let arcs = shape.edges.saturating_mul(2);
    let batch = 2 * batch_positions(shape.nodes, parameters).saturating_mul(4);
    let sums = bytes(shape.nodes, parameters);
    let table = if parameters.walk().first_order() { 0 } else { edge_table::bytes(shape.edges).min(entries * 4) };
    let weighted = if shape.weighted { arcs.saturating_mul(8).saturating_add(shape.nodes * 8) } else { 0 };
    let scratch = (threads as u64).saturating_mul(scratch_bytes(parameters));
    let offsets = shape.nodes.saturating_mul(4);
    let walking = [sums, entries, table, weighted, offsets, batch, scratch].into_iter().fold(0, u64::saturating_add);
    let result = entries.saturating_mul(4);
    let both = sums.saturating_add(result);
    // Sums are given back as the result is filled; a group of rows is there twice, and parts of huge pages.
    let finishing = match GIVES_BACK {
        true => both.min(sums.max(result).saturating_add(2 * GROUP_BYTES as u64)),
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

/// The vectors and figures of one run.
pub(in crate::node2vec) struct Embedding {
    pub(in crate::node2vec) data: Vec<f32>,
    pub(in crate::node2vec) walks: u64,
    pub(in crate::node2vec) steps: u64,
}

/// One piece of work between two meetings of the threads: project a part of the last batch or walk a part of the next.
enum Task<'a> {
    Project(&'a mut Shard),
    Walk(u64, &'a mut [u32]),
}

/// Positions in one task: long enough to keep all walkers busy nearly to its end, short enough that no thread waits
/// long for another.
const TASK_POSITIONS: usize = 1 << 16;

/// All walks projected; rows of length 1.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::Memory`], or walks that are too many to be numbered.
pub(in crate::node2vec) fn embed(
    graph: &Graph,
    parameters: &Parameters,
    threads: usize,
    context: &Context<'_>,
) -> Result<Embedding, Error> {
    let length = parameters.walk_length;
    let nodes = graph.node_count() as u64;
    let too_many = || ArgumentError {
        algorithm: "node2vec",
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
        let per_task = (TASK_POSITIONS / length).max(1).next_multiple_of(WALKERS);
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
