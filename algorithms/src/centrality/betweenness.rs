//! Betweenness centrality: how many shortest ways between other nodes lead through a node.
//!
//! Brandes's algorithm ("A faster algorithm for betweenness centrality", Journal of Mathematical Sociology 2001): from each node
//! a search counts shortest ways, and back from its end each node hands on what it has to those before it. Without weights eight
//! searches share the rows (`brandes`). Groups of searches run side by side; each keeps what it found, and every node adds up what it got in the
//! order of the groups: the same bits for any number of threads. With `samplingSize` only so many nodes are searched from, chosen by
//! the seed, and the sum is scaled up.

use rand::seq::index::sample;

use super::brandes::{BYTES, Group, LANES};
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
          Cost: about two passes over the edges for three nodes that are searched from, with weights for one; 114 bytes for each node \
          and thread.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::node_id(), ColumnDescription::new("score", "FLOAT", "The node's betweenness.")],
    stats: score_stats![ColumnDescription::new("searches", "INT", "Nodes that were searched from.")],
};

/// Searches by weight side by side for each thread.
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
        let per_edge = if shape.weighted { 40.0 } else { 4.0 };
        let bytes = 8 + BYTES * threads as u64;
        Ok(cost(given.orientation, shape, (bytes, 0), per_edge * searches, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 8 + BYTES * crew.threads as u64, 0, 0)?;
        let size = given.sampling_size.map_or(nodes, |size| size.min(nodes));
        let mut sources: Vec<NodeIndex> = match size == nodes {
            true => (0..nodes as NodeIndex).collect(),
            false => {
                let drawn = sample(&mut Xoroshiro128::new(arguments.seed, 0, 0x6265_7477), nodes, size);
                drawn.iter().map(|v| v as NodeIndex).collect()
            }
        };
        sources.sort_unstable();
        let values = match graph.outgoing.is_weighted() {
            true => {
                let new = || Search::new(nodes);
                let run = |search: &mut Search, sources: &[NodeIndex]| {
                    sources.iter().for_each(|&source| search.run(graph.outgoing, source));
                    Ok(())
                };
                searches(crew, nodes, (&sources, 1), SIDE_BY_SIDE, (new, run, |search: &Search| &search.handed))?
            }
            false => {
                let new = || Group::new(nodes);
                let run = |group: &mut Group, sources: &[NodeIndex]| group.run(context, graph.outgoing, sources);
                searches(crew, nodes, (&sources, LANES), 1, (new, run, |group: &Group| &group.handed))?
            }
        };
        let twice = if given.orientation == Orientation::Undirected { 2.0 } else { 1.0 };
        let others = nodes as f64 - 1.0;
        let pairs = if given.normalized { (others * (others - 1.0) / twice).max(1.0) } else { 1.0 };
        let scale = nodes as f64 / size.max(1) as f64 / twice / pairs;
        let values = values.into_iter().map(|value| value * scale).collect();
        Ok(scores(values, vec![("searches", int(size))]))
    }
}

/// What each node gets from the searches from all sources, `lanes` of them in a group, some groups side by side for each thread.
/// With `new`, `run` and `handed` for the memory of a group.
fn searches<G: Send + Sync>(
    crew: Crew,
    nodes: usize,
    (sources, lanes): (&[NodeIndex], usize),
    side_by_side: usize,
    (new, run, handed): (
        impl Fn() -> G,
        impl Fn(&mut G, &[NodeIndex]) -> Result<(), Error> + Sync,
        impl Fn(&G) -> &Vec<f64> + Sync,
    ),
) -> Result<Vec<f64>, Error> {
    const PIECE: usize = 1 << 14;
    let mut values = vec![0.0; nodes];
    let mut memory: Vec<G> = Vec::new();
    let groups: Vec<&[NodeIndex]> = sources.chunks(lanes).collect();
    let rounds = groups.chunks(side_by_side * crew.threads);
    let (count, step) = (rounds.len(), (rounds.len() / 200).max(1));
    for (round, groups) in rounds.enumerate() {
        memory.resize_with(memory.len().max(groups.len()), &new);
        crew.context.for_each(crew.threads, memory.iter_mut().zip(groups), |(memory, sources)| run(memory, sources))?;
        crew.context.for_each(crew.threads, values.chunks_mut(PIECE).enumerate(), |(piece, values)| {
            for memory in &memory[..groups.len()] {
                let own = &handed(memory)[piece * PIECE..];
                values.iter_mut().zip(own).for_each(|(value, own)| *value += own);
            }
            Ok(())
        })?;
        if round.is_multiple_of(step) {
            let fraction = (round + 1) as f64 / count as f64;
            (crew.context.progress)(Progress { stage: "searches", fraction });
        }
    }
    Ok(values)
}

/// The memory of a search by weight.
struct Search {
    dijkstra: Dijkstra,
    /// The nodes that it came to, in the order of their distances.
    order: Vec<NodeIndex>,
    /// How many shortest ways there are to each.
    ways: Vec<f64>,
    /// What each node got; 0 where the search did not come.
    handed: Vec<f64>,
}

impl Search {
    fn new(nodes: usize) -> Self {
        Search { dijkstra: Dijkstra::new(nodes), order: Vec::new(), ways: vec![0.0; nodes], handed: vec![0.0; nodes] }
    }

    fn run(&mut self, rows: &Csr, source: NodeIndex) {
        let Search { dijkstra: search, order, ways, handed } = self;
        order.drain(..).for_each(|v| handed[v as usize] = 0.0);
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
        handed[source as usize] = 0.0;
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
    fn searches_together_find_what_each_finds_by_weight() {
        let edges = random_edges(700, 1500, 8);
        let alike: Vec<_> = edges.iter().map(|&(a, b, _)| (a, b, 0.5)).collect();
        for more in [r#""orientation": "undirected""#, r#""samplingSize": 77"#] {
            let unweighted = floats(&run(&Betweenness, 700, &edges, &format!("{{{more}}}")));
            let weighted = floats(&run(&Betweenness, 700, &alike, &format!(r#"{{{more}, "weight": "w"}}"#)));
            for (one, other) in unweighted.iter().zip(weighted) {
                assert!((one - other).abs() <= 1e-9 * other.max(1.0), "{one} {other}");
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
