//! The k shortest ways between two nodes that meet no node twice.
//!
//! Yen's algorithm ("Finding the k shortest loopless paths in a network", Management Science 1971) with Lawler's rule: each next way
//! leaves one of those before it at some node, and only nodes from where that way itself had left another are tried. The tries
//! run side by side; candidates are kept in the order of length, and of their nodes among equal ones.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, LazyLists, Output, Rows};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{choice, int as whole, optional_texts};
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Orientation, Parallel};
use crate::path::bfs::required;
use crate::search::dijkstra::Dijkstra as Search;
use crate::search::ways::Lists;

/// `algo.yens`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Yens;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges are followed: natural = along them, reverse = against them, undirected = both ways.
        orientation as "orientation": Orientation = choice("natural");
        /// The _id of the node where ways begin.
        source as "source": Option<Vec<String>> = optional_texts("must be given");
        /// The _id of the node where they end.
        target as "target": Option<Vec<String>> = optional_texts("must be given");
        /// Most ways.
        k as "k": usize = whole(1, 100_000, 3);
    }
}

static DESCRIPTION: Description = Description {
    name: "yens",
    category: "path",
    summary: "The k shortest ways between two nodes, none of which meets a node twice.",
    doc: "Rows in the order of length, and of their nodes' order of insertion among equal ones; fewer than k when there are not so \
          many ways. Parallel edges are one, the shortest. Without weight every edge is 1 long.\n\n\
          Papers: Yen, Finding the k shortest loopless paths in a network, Management Science 1971; Lawler, 1972.\n\n\
          Cost: for each way a search from each of its nodes; 30 bytes for each node and thread.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("index", "INT", "Which way it is: 0 = the shortest."),
        ColumnDescription::new("distance", "FLOAT", "The sum of its weights."),
        ColumnDescription::new("path", "LIST<STRING>", "The _ids of its nodes, both ends included."),
    ],
    stats: &[NODE_COUNT, ColumnDescription::new("pathCount", "INT", "Ways that were found.")],
};

/// A way by its length, as bits, which have the same order, its nodes, and the place where it left another.
type Candidate = (u64, Vec<NodeIndex>, usize);

impl Algorithm for Yens {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        required(arguments, Given::source, given.source.as_ref())?;
        required(arguments, Given::target, given.target.as_ref())?;
        let one = |ids: &Option<Vec<String>>| ids.as_ref().is_some_and(|ids| ids.len() == 1);
        if !one(&given.source) {
            return Err(arguments.refuse(Given::source, "STRING, the _id of one node").into());
        }
        if !one(&given.target) {
            return Err(arguments.refuse(Given::target, "STRING, the _id of one node").into());
        }
        Ok(Needs {
            nodes_named_by: Some(Given::source),
            targets_named_by: Some(Given::target),
            ..Needs::graph(given.orientation, Parallel::Min)
        })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let searches = 5.0 * given.k as f64;
        Ok(cost(given.orientation, shape, (30 * threads as u64, 0), 20.0 * searches, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, rows) = (Given::read(arguments)?, input.rows()?);
        let nodes = rows.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 30 * crew.threads as u64, 0, 0)?;
        let (Some(&[source]), Some(&[target])) = (input.nodes, input.targets) else { return Err(Error::WrongInput) };
        let ways = ways(crew, rows, source, target, given.k)?;
        let stats = vec![("nodeCount", int(nodes)), ("pathCount", int(ways.len()))];
        let columns = vec![
            Column::Ints((0..ways.len() as i64).collect()),
            Column::Floats(ways.iter().map(|(bits, ..)| f64::from_bits(*bits)).collect()),
            Column::NodeLists(LazyLists::new(Lists(ways.into_iter().map(|(_, way, _)| way).collect()))),
        ];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

fn length(rows: &Csr, way: &[NodeIndex]) -> f64 {
    way.windows(2).fold(0.0, |sum, pair| {
        let place = rows.neighbors(pair[0]).binary_search(&pair[1]).unwrap_or(0);
        sum + rows.weights(pair[0]).map_or(1.0, |weights| weights[place])
    })
}

fn ways(crew: Crew, rows: &Csr, source: NodeIndex, target: NodeIndex, k: usize) -> Result<Vec<Candidate>, Error> {
    let nodes = rows.node_count();
    let mut ways: Vec<Candidate> = Vec::new();
    let mut candidates: BTreeSet<Candidate> = BTreeSet::new();
    let mut first = Search::new(nodes);
    first.search(rows, source, |_, _| true, |v, _| v != target && !(crew.context.cancel)());
    crew.context.check_cancelled()?;
    let Some(way) = first.way(target) else { return Ok(ways) };
    candidates.insert((length(rows, &way).to_bits(), way, 0));
    // The memory of searches goes from round to round.
    let spare = Mutex::new(vec![(first, vec![false; nodes])]);
    let take = || {
        let spare = spare.lock().ok().and_then(|mut spare| spare.pop());
        spare.unwrap_or_else(|| (Search::new(nodes), vec![false; nodes]))
    };
    while let Some(next) = candidates.pop_first() {
        let (_, way, left) = next.clone();
        ways.push(next);
        (crew.context.progress)(Progress { stage: "ways", fraction: ways.len() as f64 / k as f64 });
        if ways.len() == k {
            break;
        }
        let found = Mutex::new(Vec::new());
        let tries = left..way.len().saturating_sub(1);
        let states = crew.context.for_each_with(crew.threads, tries, take, |(search, banned), at| {
            let spur = way[at];
            // Ways that begin like this one must go another way on.
            let begun = ways.iter().filter(|(_, other, _)| other.len() > at + 1 && other[..=at] == way[..=at]);
            let taken: Vec<NodeIndex> = begun.map(|(_, other, _)| other[at + 1]).collect();
            way[..at].iter().for_each(|&v| banned[v as usize] = true);
            let allowed = |v: NodeIndex, u: NodeIndex| !banned[u as usize] && (v != spur || !taken.contains(&u));
            search.search(rows, spur, allowed, |v, _| v != target);
            way[..at].iter().for_each(|&v| banned[v as usize] = false);
            if let Some(rest) = search.way(target) {
                let whole = [&way[..at], &rest[..]].concat();
                if let Ok(mut found) = found.lock() {
                    found.push((length(rows, &whole).to_bits(), whole, at));
                }
            }
            Ok(())
        })?;
        if let Ok(mut spare) = spare.lock() {
            spare.extend(states);
        }
        for (bits, way, at) in found.into_inner().unwrap_or_default() {
            let known = candidates.range((bits, way.clone(), 0)..=(bits, way.clone(), usize::MAX)).next().cloned();
            match known {
                Some((_, _, before)) if before <= at => {}
                Some(known) => {
                    candidates.remove(&known);
                    candidates.insert((bits, way, at));
                }
                None => drop(candidates.insert((bits, way, at))),
            }
        }
        // No more than are still wanted can come of them.
        while candidates.len() > k - ways.len() {
            candidates.pop_last();
        }
    }
    Ok(ways)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, random_edges, run, unit};

    /// The lengths of all ways that meet no node twice.
    fn all(edges: &[(u32, u32, f64)], way: &mut Vec<u32>, length: f64, target: u32, out: &mut Vec<f64>) {
        let at = way[way.len() - 1];
        if at == target {
            out.push(length);
            return;
        }
        for &(_, to, weight) in edges.iter().filter(|edge| edge.0 == at) {
            if !way.contains(&to) {
                way.push(to);
                all(edges, way, length + weight, target, out);
                way.pop();
            }
        }
    }

    #[test]
    fn ways_are_the_shortest_of_all() {
        for seed in 0..8 {
            let mut edges = random_edges(8, 26, seed);
            edges.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
            edges.dedup_by_key(|edge| (edge.0, edge.1));
            let mut wanted = Vec::new();
            all(&edges, &mut vec![0], 0.0, 7, &mut wanted);
            wanted.sort_by(f64::total_cmp);
            wanted.truncate(12);
            let output = run(&Yens, 8, &edges, r#"{"source": "0", "target": "7", "k": 12, "weight": "w"}"#);
            assert_eq!(floats(&output), wanted, "{seed}");
        }
    }

    #[test]
    fn without_a_way_there_is_no_row() {
        let output = run(&Yens, 3, &unit(&[(0, 1)]), r#"{"source": "0", "target": "2"}"#);
        assert_eq!(output.columns[0].rows(), 0);
        let output = run(&Yens, 3, &unit(&[(0, 1)]), r#"{"source": "1", "target": "1"}"#);
        assert_eq!(floats(&output), [0.0]);
    }
}
