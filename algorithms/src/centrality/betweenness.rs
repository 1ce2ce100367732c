//! Betweenness centrality: how many shortest ways between other nodes lead through a node.
//!
//! Brandes's algorithm ("A faster algorithm for betweenness centrality", Journal of Mathematical Sociology 2001): from each node
//! a search counts shortest ways, and back from its end each node hands on what it has to those before it. The searches run side
//! by side; each keeps what it found, and every node adds up what it got in the order of the searches: the same bits for any number
//! of threads. With `samplingSize` only so many nodes are searched from, chosen by the seed, and the sum is scaled up.
//!
//! A node's record in a search is one half of a cache line: level and count of ways, in whose place its part of a way is written
//! when the search goes back, so that each edge reads one place each time. Counts grow beyond floats in large grids: a level
//! with more than 2^500 ways is scaled down by 2^500, and what is handed over its border as well.

use rand::seq::index::sample;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output};
use crate::algorithm::summary::{cost, int, score_stats, scores};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, boolean, choice, optional_int};
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Orientation, Parallel};
use crate::numeric::random::Xoroshiro128;
use crate::search::dijkstra::Dijkstra;

/// `algo.betweenness`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Betweenness;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which ways count: natural = along edges, reverse = against them (the scores are the same), undirected = both ways, each
        /// pair of ends once.
        orientation as "orientation": Orientation = choice("natural");
        /// Searches from so many nodes only, chosen by the seed, and scales the scores up.
        sampling_size as "samplingSize": Option<usize> = optional_int(1, UNLIMITED, "all nodes");
        /// Whether scores are divided by the number of pairs of other nodes.
        normalized as "normalized": bool = boolean(false);
    }
}

static DESCRIPTION: Description = Description {
    name: "betweenness",
    category: "centrality",
    summary: "Betweenness centrality: on how many shortest ways between other nodes a node lies; exact, or from a sample.",
    doc: "score(v) = the sum over pairs of other nodes of the share of the shortest ways between them that lead through v. With \
          weight an edge is as long as its weight, of parallel edges the shortest; edges of length 0 should not be there, as ways \
          over them are not all counted.\n\n\
          With samplingSize k the sum is over ways from k random nodes, times nodes / k: the mean is right, and the nodes with high \
          scores are found with a few hundred.\n\n\
          Papers: Freeman, A set of measures of centrality based on betweenness, Sociometry 1977; Brandes, A faster algorithm \
          for betweenness centrality, 2001; Brandes and Pich, Centrality estimation in large networks, 2007.\n\n\
          Cost: two passes over the edges for each node that is searched from; 28 bytes for each node and two searches a thread.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("score", "FLOAT", "The node's betweenness.")],
    stats: score_stats![ColumnDescription::new("searches", "INT", "Nodes that were searched from.")],
};

/// Searches side by side for each thread.
const SIDE_BY_SIDE: usize = 2;

impl Algorithm for Betweenness {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs::graph(Given::read(arguments)?.orientation, Parallel::Min))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let searches = given.sampling_size.map_or(shape.nodes, |size| shape.nodes.min(size as u64)) as f64;
        let per_edge = if shape.weighted { 40.0 } else { 8.0 };
        let bytes = 8 + (48 * SIDE_BY_SIDE * threads) as u64;
        Ok(cost(given.orientation, shape, (bytes, 0), per_edge * searches, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 8 + (48 * SIDE_BY_SIDE * crew.threads) as u64, 0, 0)?;
        let size = given.sampling_size.map_or(nodes, |size| size.min(nodes));
        let mut sources: Vec<usize> = match size == nodes {
            true => (0..nodes).collect(),
            false => sample(&mut Xoroshiro128::new(arguments.seed, 0, 0x6265_7477), nodes, size).into_vec(),
        };
        sources.sort_unstable();
        let mut values = vec![0.0; nodes];
        let mut searches: Vec<Search> = Vec::new();
        for (group, some) in sources.chunks(SIDE_BY_SIDE * crew.threads).enumerate() {
            searches.resize_with(searches.len().max(some.len()), || Search::new(nodes, graph.outgoing.is_weighted()));
            context.for_each(crew.threads, searches.iter_mut().zip(some), |(search, &source)| {
                search.run(graph.outgoing, source as NodeIndex);
                Ok(())
            })?;
            const PIECE: usize = 1 << 14;
            context.for_each(crew.threads, values.chunks_mut(PIECE).enumerate(), |(piece, values)| {
                for search in &searches[..some.len()] {
                    let own = &search.handed[piece * PIECE..];
                    values.iter_mut().zip(own).for_each(|(value, own)| *value += own);
                }
                Ok(())
            })?;
            let done = group * SIDE_BY_SIDE * crew.threads + some.len();
            if group.is_multiple_of((size / (SIDE_BY_SIDE * crew.threads) / 200).max(1)) {
                (context.progress)(Progress { stage: "searches", fraction: done as f64 / size as f64 });
            }
        }
        let twice = if given.orientation == Orientation::Undirected { 2.0 } else { 1.0 };
        let others = nodes as f64 - 1.0;
        let pairs = if given.normalized { (others * (others - 1.0) / twice).max(1.0) } else { 1.0 };
        let scale = nodes as f64 / size.max(1) as f64 / twice / pairs;
        values.iter_mut().for_each(|value| *value *= scale);
        Ok(scores(values, vec![("searches", int(size))]))
    }
}

/// What a search knows of a node.
#[derive(Clone, Copy)]
#[repr(align(16))]
struct Record {
    /// On the way there the number of shortest ways, on the way back (1 + handed) / ways.
    number: f64,
    level: u32,
}

const UNSEEN: Record = Record { number: 0.0, level: u32::MAX };

/// The memory of a search.
struct Search {
    records: Vec<Record>,
    order: Vec<NodeIndex>,
    /// What each node got; 0 where the search did not come.
    handed: Vec<f64>,
    /// With weights.
    dijkstra: Option<(Dijkstra, Vec<f64>)>,
}

impl Search {
    fn new(nodes: usize, weighted: bool) -> Self {
        Search {
            records: if weighted { Vec::new() } else { vec![UNSEEN; nodes] },
            order: Vec::new(),
            handed: vec![0.0; nodes],
            dijkstra: weighted.then(|| (Dijkstra::new(nodes), vec![0.0; nodes])),
        }
    }

    fn run(&mut self, rows: &Csr, source: NodeIndex) {
        for &v in &self.order {
            self.handed[v as usize] = 0.0;
            if let Some(record) = self.records.get_mut(v as usize) {
                *record = UNSEEN;
            }
        }
        self.order.clear();
        match self.dijkstra.is_some() {
            true => self.weighted(rows, source),
            false => self.levels(rows, source),
        }
        self.handed[source as usize] = 0.0;
    }

    fn levels(&mut self, rows: &Csr, source: NodeIndex) {
        const LARGE: f64 = 3.273390607896142e150; // 2^500
        let Search { records, order, handed, .. } = self;
        records[source as usize] = Record { number: 1.0, level: 0 };
        order.push(source);
        // Where each level begins in `order`, and whether it was scaled down.
        let mut starts = vec![(0, false)];
        let (mut from, mut level) = (0, 0);
        while from < order.len() {
            let to = order.len();
            level += 1;
            let mut most = 0.0f64;
            for at in from..to {
                let v = order[at];
                let ways = records[v as usize].number;
                for &u in rows.neighbors(v) {
                    let record = &mut records[u as usize];
                    if record.level == u32::MAX {
                        record.level = level;
                        order.push(u);
                    }
                    if record.level == level {
                        record.number += ways;
                        most = most.max(record.number);
                    }
                }
            }
            let scaled = most > LARGE;
            if scaled {
                order[to..].iter().for_each(|&u| records[u as usize].number /= LARGE);
            }
            starts.push((to, scaled));
            from = to;
        }
        // The last level has no nodes.
        let mut end = order.len();
        let mut behind_scaled = false;
        for (level, &(start, scaled)) in starts.iter().enumerate().rev() {
            let by = if behind_scaled { 1.0 / LARGE } else { 1.0 };
            for &v in order[start..end].iter().rev() {
                let mut sum = 0.0;
                for &u in rows.neighbors(v) {
                    let record = records[u as usize];
                    if record.level == level as u32 + 1 {
                        sum += record.number;
                    }
                }
                let record = &mut records[v as usize];
                let own = record.number * (sum * by);
                handed[v as usize] = own;
                record.number = (1.0 + own) / record.number;
            }
            (end, behind_scaled) = (start, scaled);
        }
    }

    fn weighted(&mut self, rows: &Csr, source: NodeIndex) {
        let Search { order, handed, dijkstra, .. } = self;
        let Some((search, ways)) = dijkstra else { return };
        search.search(
            rows,
            source,
            |_, _| true,
            |v, _| {
                order.push(v);
                true
            },
        );
        order.iter().for_each(|&v| ways[v as usize] = 0.0);
        ways[source as usize] = 1.0;
        let distance = &search.distance;
        let is_way = |v: NodeIndex, u: NodeIndex, weight: f64| {
            u != source && u != v && distance[v as usize] + weight == distance[u as usize]
        };
        let weight = |v: NodeIndex, place: usize| rows.weights(v).map_or(1.0, |weights| weights[place]);
        for &v in order.iter() {
            for (place, &u) in rows.neighbors(v).iter().enumerate() {
                if is_way(v, u, weight(v, place)) {
                    ways[u as usize] += ways[v as usize];
                }
            }
        }
        for &v in order.iter().rev() {
            let mut sum = 0.0;
            for (place, &u) in rows.neighbors(v).iter().enumerate() {
                if is_way(v, u, weight(v, place)) && ways[u as usize] > 0.0 {
                    sum += (1.0 + handed[u as usize]) / ways[u as usize];
                }
            }
            handed[v as usize] = ways[v as usize] * sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, floats, random_edges, run, unit};

    /// By the definition: the ways through each node between all pairs, from counts and distances.
    fn plain(nodes: usize, edges: &[(u32, u32, f64)]) -> Vec<f64> {
        let mut distance = vec![vec![f64::INFINITY; nodes]; nodes];
        let mut ways = vec![vec![0.0; nodes]; nodes];
        for source in 0..nodes {
            distance[source][source] = 0.0;
            ways[source][source] = 1.0;
            let mut level = vec![source];
            let mut number = 0.0;
            while !level.is_empty() {
                number += 1.0;
                let mut next = Vec::new();
                for &v in &level {
                    let mut ends: Vec<u32> = edges.iter().filter(|e| e.0 as usize == v).map(|e| e.1).collect();
                    ends.sort_unstable();
                    ends.dedup();
                    for u in ends.into_iter().map(|u| u as usize) {
                        if distance[source][u] == f64::INFINITY {
                            distance[source][u] = number;
                            next.push(u);
                        }
                        if distance[source][u] == number {
                            ways[source][u] += ways[source][v];
                        }
                    }
                }
                level = next;
            }
        }
        let mut scores = vec![0.0; nodes];
        for s in 0..nodes {
            for t in (0..nodes).filter(|&t| t != s && ways[s][t] > 0.0) {
                for v in (0..nodes).filter(|&v| v != s && v != t) {
                    if distance[s][v] + distance[v][t] == distance[s][t] {
                        scores[v] += ways[s][v] * ways[v][t] / ways[s][t];
                    }
                }
            }
        }
        scores
    }

    #[test]
    fn scores_are_those_of_the_definition() {
        for seed in 0..5 {
            let edges = random_edges(40, 100, seed);
            let wanted = plain(40, &edges);
            let unweighted = floats(&run(&Betweenness, 40, &edges, "{}"));
            let alike: Vec<_> = edges.iter().map(|&(a, b, _)| (a, b, 0.5)).collect();
            let weighted = floats(&run(&Betweenness, 40, &alike, r#"{"weight": "w"}"#));
            for (v, wanted) in wanted.iter().enumerate() {
                assert!((unweighted[v] - wanted).abs() < 1e-9 && (weighted[v] - wanted).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_middle_of_a_path() {
        let edges = unit(&[(0, 1), (1, 2), (2, 3), (3, 4)]);
        let scores =
            |more: &str| floats(&run(&Betweenness, 5, &edges, &format!(r#"{{"orientation": "undirected"{more}}}"#)));
        assert_eq!(scores(""), [0.0, 3.0, 4.0, 3.0, 0.0]);
        assert_eq!(scores(r#", "normalized": true"#), [0.0, 0.5, 4.0 / 6.0, 0.5, 0.0]);
        assert_eq!(scores(r#", "samplingSize": 5"#), scores(""));
        let output = run(&Betweenness, 5, &edges, r#"{"samplingSize": 2}"#);
        assert_eq!(figure(&output, "searches"), 2.0);
    }

    #[test]
    fn more_ways_than_floats_can_count() {
        // A chain of 1,500 squares has 2^1500 shortest ways from end to end.
        let edges: Vec<(u32, u32)> = (0..1500)
            .flat_map(|i| {
                let at = 3 * i;
                [(at, at + 1), (at, at + 2), (at + 1, at + 3), (at + 2, at + 3)]
            })
            .collect();
        let scores = floats(&run(&Betweenness, 4501, &unit(&edges), r#"{"samplingSize": 40}"#));
        assert!(scores.iter().all(|score| score.is_finite()) && scores.iter().any(|&score| score > 0.0));
    }
}
