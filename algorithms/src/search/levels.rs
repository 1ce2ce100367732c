//! Breadth-first search from some nodes, level by level, on several threads.
//!
//! A small level is expanded from its nodes; a large one is found from the other side: each node that is not reached yet looks
//! for a node of the level among those before it, and stops at the first (Beamer, Asanović and Patterson, "Direction-optimizing
//! breadth-first search", SC 2012). Which of several nodes reaches another first depends on the threads; its level does not.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::directed::Directed;

/// The level of a node that is not reached.
pub(crate) const UNREACHED: u32 = u32::MAX;

/// Nodes of a level that a thread expands at a time.
const PIECE: usize = 256;
/// Levels with fewer nodes are expanded by one thread.
const ALONE: usize = 1024;
/// A level is found from the other side when its edges are more than this part of those still to be seen,
const LARGE: usize = 15;
/// and no longer when its nodes are fewer than this part of all.
const SMALL: usize = 18;

/// How many edges it is from the nearest of the sources to each node, at most `depth`, and the last level.
pub(crate) fn levels(
    crew: Crew,
    graph: Directed<'_>,
    sources: &[NodeIndex],
    depth: u32,
) -> Result<(Vec<u32>, u32), Error> {
    let nodes = graph.outgoing.node_count();
    let level_of: Vec<AtomicU32> = (0..nodes).map(|_| AtomicU32::new(UNREACHED)).collect();
    let mut level = Vec::new();
    for &source in sources {
        if level_of[source as usize].swap(0, Relaxed) != 0 {
            level.push(source);
        }
    }
    let edges = |level: &[NodeIndex]| level.iter().map(|&v| graph.outgoing.degree(v)).sum::<usize>();
    let mut unseen = graph.outgoing.arc_count();
    let (mut number, mut last) = (0, 0);
    while !level.is_empty() && number < depth {
        crew.context.check_cancelled()?;
        let own = edges(&level);
        if own > unseen / LARGE && level.len() > nodes / (4 * SMALL) {
            (level, number) = from_the_other_side(crew, graph, &level_of, &level, number, depth)?;
            unseen = unseen.saturating_sub(own);
        } else {
            unseen = unseen.saturating_sub(own);
            number += 1;
            level = expand(crew, graph, &level_of, &level, number)?;
        }
        last = number - u32::from(level.is_empty());
    }
    Ok((level_of.into_iter().map(AtomicU32::into_inner).collect(), last))
}

/// The nodes behind a level that are not reached yet.
fn expand(
    crew: Crew,
    graph: Directed<'_>,
    level_of: &[AtomicU32],
    level: &[NodeIndex],
    number: u32,
) -> Result<Vec<NodeIndex>, Error> {
    if crew.threads == 1 || level.len() < ALONE {
        let mut next = Vec::with_capacity(level.len());
        for &v in level {
            for &u in graph.outgoing.neighbors(v) {
                let slot = &level_of[u as usize];
                if slot.load(Relaxed) == UNREACHED {
                    slot.store(number, Relaxed);
                    next.push(u);
                }
            }
        }
        return Ok(next);
    }
    let parts = crew.parts(level.len(), PIECE, |range| {
        let mut next = Vec::new();
        for &v in &level[range] {
            for &u in graph.outgoing.neighbors(v) {
                let slot = &level_of[u as usize];
                if slot.load(Relaxed) == UNREACHED && slot.compare_exchange(UNREACHED, number, Relaxed, Relaxed).is_ok()
                {
                    next.push(u);
                }
            }
        }
        next
    })?;
    Ok(parts.concat())
}

/// Levels behind this one as long as they are large; gives the last, which is small or empty, and its number.
fn from_the_other_side(
    crew: Crew,
    graph: Directed<'_>,
    level_of: &[AtomicU32],
    level: &[NodeIndex],
    mut number: u32,
    depth: u32,
) -> Result<(Vec<NodeIndex>, u32), Error> {
    const WORDS: usize = 64;
    let nodes = level_of.len();
    let mut here = vec![0u64; nodes.div_ceil(64)];
    let mut next = vec![0u64; here.len()];
    level.iter().for_each(|&v| here[v as usize / 64] |= 1 << (v % 64));
    let mut found = level.len();
    let mut before = 0;
    while found > 0 && (found >= before || found > nodes / SMALL) && number < depth {
        number += 1;
        before = found;
        let mut counts = vec![0usize; next.len().div_ceil(WORDS)];
        let pieces = next.chunks_mut(WORDS).zip(&mut counts).enumerate();
        crew.context.for_each(crew.threads, pieces, |(piece, (words, count))| {
            for (at, word) in words.iter_mut().enumerate() {
                *word = 0;
                let first = (piece * WORDS + at) * 64;
                for (v, slot) in (first..nodes).zip(&level_of[first..(first + 64).min(nodes)]) {
                    let is_here = |&u: &NodeIndex| here[u as usize / 64] >> (u % 64) & 1 == 1;
                    if slot.load(Relaxed) == UNREACHED && graph.incoming.neighbors(v as NodeIndex).iter().any(is_here) {
                        slot.store(number, Relaxed);
                        *word |= 1 << (v - first);
                        *count += 1;
                    }
                }
            }
            Ok(())
        })?;
        std::mem::swap(&mut here, &mut next);
        found = counts.iter().sum();
    }
    let mut level = Vec::with_capacity(found);
    for (word, &bits) in here.iter().enumerate() {
        let mut bits = bits;
        while bits != 0 {
            level.push((word * 64) as NodeIndex + bits.trailing_zeros());
            bits &= bits - 1;
        }
    }
    Ok((level, number))
}
