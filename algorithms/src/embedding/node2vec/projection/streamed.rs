//! Walks and their projection, batch after batch: neither all walks nor all counts are ever in memory.
//!
//! **After a change of the graph** ([`update`]) most vectors may have stayed the same. Let D be the nodes whose
//! neighbours or weights changed and l = `walkLength` - 1 the steps of a walk. A walk changes only after it has met a
//! node of D, so a vector can differ only within l steps of D, and the walks that add to a node within l steps start
//! within 2 l. So only those walks are made again, and the sums of those rows are complete. Distances in the new graph
//! suffice: on a path of the old graph, the part after its last node of D has edges that still exist.

use std::ops::Range;

use super::{GROUP_BYTES, Projection, Scales, Shard, bytes, normalise, scratch_bytes};
use crate::algorithm::output::GraphShape;
use crate::core::arguments::ArgumentError;
use crate::core::context::{Context, Progress};
use crate::core::error::Error;
use crate::core::numbers::Numbers;
use crate::embedding::node2vec::parameters::Parameters;
use crate::graph::undirected::Graph;
use crate::machine::pages::GIVES_BACK;
use crate::numeric::columns::{GroupFile, Layout, groups};
use crate::numeric::workers::Workers;
use crate::walk::{WALKERS, Walks, edge_table};

/// Bytes of the working set and the result, beyond the graph view.
pub(in crate::embedding::node2vec) fn working_bytes(shape: GraphShape, parameters: &Parameters, threads: usize) -> u64 {
    let entries = shape.nodes.saturating_mul(parameters.dimensions as u64);
    let batch = 2 * batch_positions(shape.nodes, parameters).saturating_mul(4);
    let sums = bytes(shape.nodes, parameters);
    let tables = walk_bytes(shape, parameters, entries);
    let scratch = (threads as u64).saturating_mul(scratch_bytes(parameters));
    let walking = [sums, entries, tables, batch, scratch].into_iter().fold(0, u64::saturating_add);
    let result = entries.saturating_mul(4);
    let both = sums.saturating_add(result);
    // Sums are given back as the result is filled; a group of rows is there twice, and parts of huge pages.
    let finishing = match GIVES_BACK {
        true => both.min(sums.max(result).saturating_add(2 * GROUP_BYTES as u64)),
        false => both,
    };
    walking.max(finishing)
}

/// Bytes beyond the graph view when `width` columns are summed at a time: as above without the result.
pub(in crate::embedding::node2vec) fn group_bytes(
    shape: GraphShape,
    parameters: &Parameters,
    threads: usize,
    width: usize,
) -> u64 {
    let entries = shape.nodes.saturating_mul(width as u64);
    let parts = [
        bytes(shape.nodes, &Parameters { dimensions: width, ..*parameters }),
        entries,
        walk_bytes(shape, parameters, entries),
        2 * batch_positions(shape.nodes, parameters).saturating_mul(4),
        (threads as u64).saturating_mul(scratch_bytes(parameters)),
    ];
    parts.into_iter().fold(0, u64::saturating_add)
}

/// Bytes of temporary files of such a run: exact sums and the result.
pub(in crate::embedding::node2vec) fn group_scratch_bytes(shape: GraphShape, parameters: &Parameters) -> u64 {
    shape.nodes.saturating_mul(12 * parameters.dimensions as u64)
}

/// Bytes of the tables that walks need: at most as large as the vectors' `entries` in 32 bits where they only save time.
fn walk_bytes(shape: GraphShape, parameters: &Parameters, entries: u64) -> u64 {
    let arcs = shape.edges.saturating_mul(2);
    let first_order = parameters.walk().first_order();
    let table = if first_order { 0 } else { edge_table::bytes(shape.edges).min(entries.saturating_mul(4)) };
    let weighted =
        if shape.weighted { arcs.saturating_mul(8).saturating_add(shape.nodes.saturating_mul(8)) } else { 0 };
    let offsets = shape.nodes.saturating_mul(4);
    table.saturating_add(weighted).saturating_add(offsets)
}

/// Positions of one batch of walks: enough work between two barriers of the threads, and at most a small share of the
/// memory of the vectors.
fn batch_positions(nodes: u64, parameters: &Parameters) -> u64 {
    let entries = nodes.saturating_mul(parameters.dimensions as u64);
    let wanted = (entries / 16).clamp(1 << 15, 1 << 20);
    wanted.max(parameters.walk_length as u64)
}

/// The vectors and statistics of one run.
pub(in crate::embedding::node2vec) struct Embedding {
    pub(in crate::embedding::node2vec) data: Numbers<f32>,
    pub(in crate::embedding::node2vec) walks: u64,
    pub(in crate::embedding::node2vec) steps: u64,
}

/// One piece of work between two barriers of the threads: project a part of the last batch or walk a part of the next.
enum StreamTask<'a> {
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
pub(in crate::embedding::node2vec) fn embed(
    graph: &Graph,
    parameters: &Parameters,
    layout: Layout<'_>,
    threads: usize,
    context: &Context<'_>,
) -> Result<Embedding, Error> {
    let nodes = graph.node_count() as u64;
    let total = walk_count(nodes, parameters)?;
    let width = match layout {
        Layout::Memory => parameters.dimensions,
        Layout::Groups(width, _) => width,
    };
    let entries = nodes.saturating_mul(width as u64);
    let walks = Walks::new(graph, parameters, entries.saturating_mul(4));
    let walkable = walks.walkable_nodes();
    let everything = 0..total;
    let everything = std::slice::from_ref(&everything);
    let data = match layout {
        Layout::Memory => {
            let projection = project(&walks, everything, 0..width, parameters, threads, context)?;
            drop(walks);
            projection.finish(threads, context)?.into()
        }
        Layout::Groups(width, scratch) => {
            let file = GroupFile::new(scratch, graph.node_count(), parameters.dimensions)?;
            let all = groups(parameters.dimensions, width);
            for (number, group) in all.clone().enumerate() {
                let progress = |progress: Progress<'_>| {
                    let fraction = (number as f64 + progress.fraction) / all.len() as f64;
                    (context.progress)(Progress { fraction, ..progress });
                };
                let context = Context { progress: &progress, ..*context };
                let projection = project(&walks, everything, group.clone(), parameters, threads, &context)?;
                projection.write(&group, &file, threads, &context)?;
            }
            drop(walks);
            file.finish(width, scratch, &Workers::new(context, threads), |_, exact, row| normalise(exact, row))?
        }
    };
    (context.progress)(Progress { stage: "normalise", fraction: 1.0 });
    let count = walkable * parameters.walks_per_node;
    Ok(Embedding { data, walks: count, steps: count * (parameters.walk_length as u64 - 1) })
}

/// How many walks start at so many nodes.
///
/// # Errors
/// Walks that are too many to be numbered.
pub(in crate::embedding) fn walk_count(nodes: u64, parameters: &Parameters) -> Result<u64, ArgumentError> {
    let length = parameters.walk_length;
    let too_many = || ArgumentError {
        algorithm: "node2vec",
        parameter: "walksPerNode".to_owned(),
        got: Some(format!("INT {}", parameters.walks_per_node)),
        takes: format!("INT (at most 2^63 positions of all walks, here {nodes} nodes, walkLength {length})"),
        nearest: None,
    };
    let positions = nodes.checked_mul(parameters.walks_per_node).and_then(|walks| walks.checked_mul(length as u64));
    let positions = positions.filter(|&positions| positions < 1 << 63).ok_or_else(too_many)?;
    Ok(positions / length as u64)
}

/// The vectors that differ, or may, from those of a graph of `before` nodes in which only the nodes `changed`, which
/// ascend, had other neighbours or weights or were not there: the same bits as [`embed`] gives. Nothing when computing
/// all of them costs about as much.
///
/// # Errors
/// As [`embed`].
pub(in crate::embedding::node2vec) fn update(
    graph: &Graph,
    parameters: &Parameters,
    (changed, before): (&[u32], usize),
    threads: usize,
    context: &Context<'_>,
) -> Result<Option<(Vec<u32>, Vec<f32>)>, Error> {
    let positions = |nodes: usize| {
        let walks = (nodes as u64).saturating_mul(parameters.walks_per_node);
        walks.saturating_mul(parameters.walk_length as u64)
    };
    let (now, then) = (positions(graph.node_count()), positions(before));
    // Wide windows may scale their sums by the number of positions.
    if now >= 1 << 63 || Scales::new(parameters.window, now) != Scales::new(parameters.window, then) {
        return Ok(None);
    }
    let steps = parameters.walk_length - 1;
    let most = graph.node_count() / 2;
    let Some((rows, starts)) = around(graph, changed, steps, most) else { return Ok(None) };
    let walks =
        Walks::new(graph, parameters, (graph.node_count() as u64 * parameters.dimensions as u64).saturating_mul(4));
    let numbers = walk_numbers(&starts, parameters.walks_per_node);
    let projection = project(&walks, &numbers, 0..parameters.dimensions, parameters, threads, context)?;
    let vectors = projection.rows(&rows, threads, context)?;
    Ok(Some((rows, vectors)))
}

/// The nodes within `steps` of some nodes, and those within twice that; both ascend. Nothing when there are more than
/// `most`.
fn around(graph: &Graph, from: &[u32], steps: usize, most: usize) -> Option<(Vec<u32>, Vec<u32>)> {
    let mut seen = vec![false; graph.node_count()];
    let mut found = from.to_vec();
    found.iter().for_each(|&v| seen[v as usize] = true);
    let (mut next, mut near) = (0, None);
    for step in 0..2 * steps {
        if step == steps {
            near = Some(found.len());
        }
        let end = found.len();
        if next == end {
            break;
        }
        for at in next..end {
            for &x in graph.neighbors(found[at]) {
                if !std::mem::replace(&mut seen[x as usize], true) {
                    found.push(x);
                }
            }
            if found.len() > most {
                return None;
            }
        }
        next = end;
    }
    let mut rows = found[..near.unwrap_or(found.len())].to_vec();
    rows.sort_unstable();
    found.sort_unstable();
    (found.len() <= most).then_some((rows, found))
}

/// The running numbers of all walks from these nodes, which ascend.
fn walk_numbers(starts: &[u32], per_node: u64) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for &start in starts {
        let walks = u64::from(start) * per_node..(u64::from(start) + 1) * per_node;
        match ranges.last_mut() {
            Some(last) if last.end == walks.start => last.end = walks.end,
            _ => ranges.push(walks),
        }
    }
    ranges
}

/// Adds up the walks of these numbers, in these columns.
pub(in crate::embedding) fn project(
    walks: &Walks<'_>,
    numbers: &[Range<u64>],
    columns: Range<usize>,
    parameters: &Parameters,
    threads: usize,
    context: &Context<'_>,
) -> Result<Projection, Error> {
    let length = parameters.walk_length;
    let nodes = walks.graph().node_count();
    let total: u64 = numbers.iter().map(|range| range.end - range.start).sum();
    let mut projection = Projection::new(nodes, columns, parameters, threads, context)?;
    let batch = (batch_positions(nodes as u64, parameters) / length as u64).clamp(1, total.max(1));
    // Whole rounds of walkers.
    let per_task = (TASK_POSITIONS / length).max(1).next_multiple_of(WALKERS) as u64;
    let mut pieces = numbers.iter().flat_map(|range| {
        let starts = range.clone().step_by(per_task as usize);
        starts.map(|first| first..(first + per_task).min(range.end))
    });
    // Two batches: one is walked while the other is projected.
    let mut next = reserve(batch as usize, length)?;
    let mut last: Vec<u32> = reserve(batch as usize, length)?;
    let (mut left, mut walked, mut projected) = (pieces.next(), 0, 0);
    while projected < total {
        projected += (last.len() / length) as u64;
        let mut tasks = Vec::new();
        let mut room = batch;
        while room > 0 {
            let Some(piece) = left.take() else { break };
            let taken = room.min(piece.end - piece.start);
            tasks.push(piece.start..piece.start + taken);
            room -= taken;
            left = Some(piece.start + taken..piece.end).filter(|rest| !rest.is_empty()).or_else(|| pieces.next());
        }
        next.resize((batch - room) as usize * length, 0);
        let (signs, shards) = projection.parts();
        let mut out = &mut next[..];
        let mut walk = Vec::with_capacity(tasks.len());
        for task in tasks {
            let (own, rest) = out.split_at_mut((task.end - task.start) as usize * length);
            walk.push(StreamTask::Walk(task.start, own));
            out = rest;
        }
        context.for_each(threads, shards.map(StreamTask::Project).chain(walk), |task| match task {
            StreamTask::Project(shard) => signs.add(shard, &last, context),
            StreamTask::Walk(first, out) => walks.fill(first, out, context),
        })?;
        walked += batch - room;
        std::mem::swap(&mut next, &mut last);
        let fraction = (walked + projected) as f64 / (2 * total).max(1) as f64;
        (context.progress)(Progress { stage: "walks", fraction: 0.99 * fraction });
    }
    Ok(projection)
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
