//! Core numbers: how deep a node lies in the dense part of its graph.
//!
//! Peeling (Dhulipala, Blelloch and Shun, "Julienne: a framework for parallel graph algorithms using work-efficient bucketing",
//! SPAA 2017): for k = 0, 1, .. all nodes with at most k neighbours left are taken away together, wave after wave, until there are
//! none. A node's coreness is the k at which it goes, whatever the order within a wave.
//!
//! Each thread counts down for a range of nodes of its own, whose part of a row lies together: so there are no atomic operations, which
//! would cost more than a second thread gains. Small waves are taken by one thread.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::Orientation;

/// `algo.kcore`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct KCore;

static DESCRIPTION: Description = Description {
    name: "kcore",
    category: "community",
    summary: "Core numbers: the largest k such that a node keeps k neighbours when all nodes with fewer are taken away.",
    doc: "The k-core is what is left when nodes with fewer than k neighbours are taken away again and again; a node's coreness is the \
          largest k whose core it is in. The direction of edges does not matter; parallel edges count once, self-loops not at all.\n\n\
          Papers: Seidman, Network structure and minimum degree, Social Networks 1983; Dhulipala, Blelloch and Shun, Julienne: a \
          framework for parallel graph algorithms using work-efficient bucketing, SPAA 2017.\n\n\
          Cost: one pass over the edges; 24 bytes for each node.",
    parameters: &[],
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("coreness", "INT", "The largest k whose core the node is in."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("degeneracy", "INT", "The highest coreness."),
        ColumnDescription::new("innermost", "INT", "Nodes that have it."),
    ],
};

impl Algorithm for KCore {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::simple(Orientation::Undirected))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        Ok(cost(Orientation::Undirected, shape, (24, 0), 10.0, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let graph = input.undirected()?;
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(graph.node_count(), 24, 0, 0)?;
        let cores = cores(crew, graph)?;
        let most = cores.iter().copied().max().unwrap_or(0);
        let innermost = cores.iter().filter(|&&core| core == most).count();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("degeneracy", int(most as usize)),
            ("innermost", int(innermost)),
        ];
        let column = Column::Ints(cores.into_iter().map(i64::from).collect());
        Ok(Output { rows: Rows::Nodes, columns: vec![column], stats, model: None, warnings: Vec::new() })
    }
}

/// Waves with fewer arcs are taken by one thread, and lists with fewer nodes are sifted by one.
const ALONE: usize = 1 << 16;
/// Nodes that one thread takes between two looks at whether it should stop.
const STRETCH: usize = 1 << 14;

/// The coreness of each node.
fn cores(crew: Crew, rows: &Csr) -> Result<Vec<u32>, Error> {
    let nodes = rows.node_count();
    // The neighbours left; in the end the coreness.
    let mut left = crew.make(nodes, |v| {
        let v = v as NodeIndex;
        (rows.degree(v) - usize::from(rows.neighbors(v).binary_search(&v).is_ok())) as u32
    })?;
    let mut staying: Vec<NodeIndex> = (0..nodes as NodeIndex).collect();
    let mut parts: Vec<Vec<NodeIndex>> = vec![Vec::new(); if crew.threads == 1 { 1 } else { crew.threads }];
    let mut k = 0;
    while !staying.is_empty() {
        crew.context.check_cancelled()?;
        let (mut wave, least) = sift(crew, &left, &mut staying, k)?;
        if wave.is_empty() {
            k = least;
            continue;
        }
        while !wave.is_empty() {
            crew.context.check_cancelled()?;
            if crew.threads == 1 || wave.iter().map(|&v| rows.degree(v)).sum::<usize>() < ALONE {
                for _ in 0..STRETCH {
                    let Some(v) = wave.pop() else { break };
                    count_down(rows.neighbors(v), k, 0, &mut left, &mut wave);
                }
                continue;
            }
            let width = nodes.div_ceil(parts.len());
            let ranges = left.chunks_mut(width).zip(&mut parts).enumerate();
            crew.context.for_each(crew.threads, ranges, |(part, (left, found))| {
                let (first, end) = (part * width, part * width + left.len());
                for &v in &wave {
                    let row = rows.neighbors(v);
                    let row = &row[row.partition_point(|&u| (u as usize) < first)..];
                    let row = &row[..row.partition_point(|&u| (u as usize) < end)];
                    count_down(row, k, first, left, found);
                }
                Ok(())
            })?;
            wave.clear();
            parts.iter_mut().for_each(|found| wave.append(found));
        }
        k += 1;
    }
    Ok(left)
}

/// Takes a neighbour from each node of a row that has more than `k`; those that have `k` then are found.
#[inline]
fn count_down(row: &[NodeIndex], k: u32, first: usize, left: &mut [u32], found: &mut Vec<NodeIndex>) {
    // Without branches, which would be mispredicted at every other arc.
    let mut end = found.len();
    found.resize(end + row.len(), 0);
    for &u in row {
        let slot = &mut left[u as usize - first];
        let before = *slot;
        *slot = before - u32::from(before > k);
        found[end] = u;
        end += usize::from(before == k + 1);
    }
    found.truncate(end);
}

/// Takes the nodes with at most `k` neighbours left out of those that stay. Gives those with `k`, the others have been taken away,
/// and the least number that any has that stays.
fn sift(crew: Crew, left: &[u32], staying: &mut Vec<NodeIndex>, k: u32) -> Result<(Vec<NodeIndex>, u32), Error> {
    let sift = |nodes: &[NodeIndex]| {
        let (mut wave, mut stay, mut least) = (Vec::new(), Vec::with_capacity(nodes.len()), u32::MAX);
        for &v in nodes {
            let own = left[v as usize];
            if own > k {
                stay.push(v);
                least = least.min(own);
            } else if own == k {
                wave.push(v);
            }
        }
        (wave, stay, least)
    };
    if crew.threads == 1 || staying.len() < ALONE {
        let (wave, stay, least) = sift(staying);
        *staying = stay;
        return Ok((wave, least));
    }
    let parts = crew.parts(staying.len(), staying.len().div_ceil(4 * crew.threads), |range| sift(&staying[range]))?;
    staying.clear();
    let (mut wave, mut least) = (Vec::new(), u32::MAX);
    for (own, stay, own_least) in parts {
        wave.extend(own);
        staying.extend(stay);
        least = least.min(own_least);
    }
    Ok((wave, least))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ints, plain, pool, random_edges, run, unit};

    #[test]
    fn a_clique_with_a_tail() {
        let edges = unit(&[(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3), (3, 4), (4, 5), (5, 5), (4, 3)]);
        assert_eq!(ints(&run(&KCore, 7, &edges, "{}")), [3, 3, 3, 3, 1, 1, 0]);
    }

    #[test]
    fn waves_that_threads_share_take_the_same() {
        // Large waves at several k: random edges among all, more among a tenth, and a clique.
        let nodes = 60_000u32;
        let mut edges: Vec<(u32, u32)> = random_edges(nodes, 250_000, 4).iter().map(|e| (e.0, e.1)).collect();
        edges.extend(random_edges(nodes / 10, 120_000, 5).iter().map(|e| (e.0, e.1)));
        edges.extend((0..40).flat_map(|a| (0..a).map(move |b| (a * 1000, b * 1000))));
        let graph = plain(nodes as usize, &edges);
        let of = |threads: usize| {
            let pool = pool(threads);
            let context = Context::new(&pool);
            cores(Crew::new(&context, None), &graph).unwrap()
        };
        let one = of(1);
        assert!((0..40).all(|a| one[a * 1000] >= 39));
        assert!(one.iter().copied().collect::<std::collections::BTreeSet<_>>().len() > 10);
        [2, 7].into_iter().for_each(|threads| assert_eq!(of(threads), one));
        // Each node has as many neighbours at least as deep as its coreness says, and not one more that are deeper.
        for v in 0..nodes {
            let own = one[v as usize];
            let others = || graph.neighbors(v).iter().filter(|&&u| u != v).map(|&u| one[u as usize]);
            assert!(others().filter(|&core| core >= own).count() >= own as usize);
            assert!(others().filter(|&core| core > own).count() <= own as usize);
        }
    }

    #[test]
    fn cores_are_what_is_left() {
        let edges = random_edges(300, 1500, 12);
        let cores = ints(&run(&KCore, 300, &edges, "{}"));
        for k in 1..=*cores.iter().max().unwrap() {
            let mut inside = vec![true; 300];
            loop {
                let mut neighbors = vec![std::collections::BTreeSet::new(); 300];
                for &(a, b, _) in edges.iter().filter(|e| e.0 != e.1 && inside[e.0 as usize] && inside[e.1 as usize]) {
                    neighbors[a as usize].insert(b);
                    neighbors[b as usize].insert(a);
                }
                let out: Vec<usize> = (0..300).filter(|&v| inside[v] && (neighbors[v].len() as i64) < k).collect();
                if out.is_empty() {
                    break;
                }
                out.into_iter().for_each(|v| inside[v] = false);
            }
            (0..300).for_each(|v| assert_eq!(inside[v], cores[v] >= k));
        }
    }
}
