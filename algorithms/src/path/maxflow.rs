//! Maximum flow between two nodes, and the minimum cut that bounds it.
//!
//! Dinic's algorithm ("Algorithm for solution of a problem of maximum flow in networks with power estimation", 1970): as long as
//! the target is reached over edges with room, ways of fewest edges are filled until none is left, each edge being looked at
//! once. On one thread; edges are tried in the order of insertion.

use std::collections::VecDeque;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost_of_edges, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{choice, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::Orientation;
use crate::graph::property::PropertyGraph;
use crate::path::bfs::required;

/// `algo.maxflow`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct MaxFlow;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Which way edges carry flow: natural = along them, reverse = against them, undirected = either way.
        orientation as "orientation": Orientation = choice("natural");
        /// The _id of the node where the flow begins, or several.
        source as "source": Option<Vec<String>> = optional_texts("must be given");
        /// The _id of the node where it ends, or several.
        target as "target": Option<Vec<String>> = optional_texts("must be given");
    }
}

static DESCRIPTION: Description = Description {
    name: "maxflow",
    category: "path",
    summary: "Maximum flow from a node to another over edges that carry as much as their weight, and the minimum cut.",
    doc: "A row for each edge with flow. With weight an edge carries at most its weight, else 1: then the flow is the number of ways \
          that share no edge. cut is TRUE for the edges of a minimum cut, the one nearest to the source: without them nothing \
          gets through, and together they carry what flows. Under orientation 'undirected' a flow against the direction of its \
          edge is negative.\n\n\
          write puts the flow on these edges and takes the property from all others.\n\n\
          Papers: Ford and Fulkerson, Maximal flow through a network, 1956; Dinic, 1970.\n\n\
          Cost: some tens of passes over the edges on most graphs, on one thread; 40 bytes for each edge, 24 for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::edge("edge", "The id of the edge."),
        ColumnDescription::new("flow", "FLOAT", "How much flows over it."),
        ColumnDescription::new("cut", "BOOL", "Whether it is an edge of the minimum cut."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("maxFlow", "FLOAT", "How much flows from source to target."),
        ColumnDescription::new("cutEdges", "INT", "Edges of the minimum cut."),
        ColumnDescription::new("cutCapacity", "FLOAT", "What they carry together: the maximum flow."),
        ColumnDescription::new("sourceSide", "INT", "Nodes on the source's side of the cut."),
    ],
};

const BYTES: (u64, u64) = (24, 40);

impl Algorithm for MaxFlow {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        required(arguments, Given::source, given.source.as_ref())?;
        required(arguments, Given::target, given.target.as_ref())?;
        Ok(Needs { nodes_named_by: Some(Given::source), targets_named_by: Some(Given::target), ..Needs::edges() })
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost_of_edges(shape, BYTES.0, BYTES.1, 500.0))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, (graph, _)) = (Given::read(arguments)?, input.properties()?);
        Crew::new(context, arguments.concurrency).reserve(graph.node_count(), BYTES.0, graph.edge_count(), BYTES.1)?;
        let (sources, targets) = (input.nodes.unwrap_or_default(), input.targets.unwrap_or_default());
        if let Some(both) = sources.iter().find(|source| targets.contains(source)) {
            let message = "source and target are the same node".to_owned();
            let hint = "flow needs two different nodes";
            return Err(Error::BadValue { message, owner: "node", row: *both as usize, hint });
        }
        let mut network = Network::new(graph, given.orientation);
        let total = network.fill(sources, targets, context)?;
        let inside: Vec<bool> = network.level.iter().map(|&level| level != UNREACHED).collect();
        let (mut edges, mut flows, mut cuts) = (Vec::new(), Vec::new(), Vec::new());
        let (mut cut_edges, mut cut_capacity) = (0, 0.0);
        for edge in 0..graph.edge_count() {
            let flow = network.flow(edge);
            let (from, to) = (inside[graph.from[edge] as usize], inside[graph.to[edge] as usize]);
            let is_cut = match given.orientation {
                Orientation::Natural => from && !to,
                Orientation::Reverse => to && !from,
                Orientation::Undirected => from != to,
            };
            if is_cut && network.capacity(edge) > 0.0 {
                cut_edges += 1;
                cut_capacity += network.capacity(edge);
            }
            if flow != 0.0 {
                edges.push(edge as u32);
                flows.push(flow);
                cuts.push(Scalar::Bool(is_cut));
            }
        }
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("maxFlow", Scalar::Float(total)),
            ("cutEdges", int(cut_edges)),
            ("cutCapacity", Scalar::Float(cut_capacity)),
            ("sourceSide", int(inside.iter().filter(|inside| **inside).count())),
        ];
        let columns = vec![Column::Floats(flows), Column::Scalars(cuts)];
        Ok(Output { rows: Rows::SomeEdges(edges), columns, stats, model: None, warnings: Vec::new() })
    }
}

const UNREACHED: u32 = u32::MAX;

/// Edges with room: arc 2e leads along edge e, arc 2e + 1 against it.
struct Network<'a> {
    graph: &'a PropertyGraph,
    orientation: Orientation,
    room: Vec<f64>,
    /// The arcs that leave each node.
    starts: Vec<usize>,
    arcs: Vec<u32>,
    level: Vec<u32>,
    /// The next arc to try of each node.
    next: Vec<usize>,
}

impl<'a> Network<'a> {
    fn new(graph: &'a PropertyGraph, orientation: Orientation) -> Self {
        let nodes = graph.node_count();
        let mut network = Network {
            graph,
            orientation,
            room: Vec::with_capacity(2 * graph.edge_count()),
            starts: vec![0; nodes + 2],
            arcs: vec![0; 2 * graph.edge_count()],
            level: vec![UNREACHED; nodes],
            next: Vec::new(),
        };
        for edge in 0..graph.edge_count() {
            let capacity = network.capacity(edge);
            network.room.extend(match orientation {
                Orientation::Natural => [capacity, 0.0],
                Orientation::Reverse => [0.0, capacity],
                Orientation::Undirected => [capacity, capacity],
            });
            network.starts[graph.from[edge] as usize + 2] += 1;
            network.starts[graph.to[edge] as usize + 2] += 1;
        }
        (2..nodes + 2).for_each(|i| network.starts[i] += network.starts[i - 1]);
        for edge in 0..graph.edge_count() {
            for (end, arc) in [(graph.from[edge], 2 * edge), (graph.to[edge], 2 * edge + 1)] {
                let slot = &mut network.starts[end as usize + 1];
                network.arcs[*slot] = arc as u32;
                *slot += 1;
            }
        }
        network
    }

    fn capacity(&self, edge: usize) -> f64 {
        self.graph.weights.as_ref().map_or(1.0, |weights| weights[edge])
    }

    /// What flows over an edge: in the orientation of the call, or along its own direction.
    fn flow(&self, edge: usize) -> f64 {
        match self.orientation {
            // What has room to flow back.
            Orientation::Natural => self.room[2 * edge + 1],
            Orientation::Reverse => self.room[2 * edge],
            Orientation::Undirected => (self.room[2 * edge + 1] - self.room[2 * edge]) / 2.0,
        }
    }

    fn end(&self, arc: u32) -> usize {
        let edge = arc as usize / 2;
        (if arc.is_multiple_of(2) { self.graph.to[edge] } else { self.graph.from[edge] }) as usize
    }

    /// Fills it; how much flows.
    fn fill(&mut self, sources: &[NodeIndex], targets: &[NodeIndex], context: &Context<'_>) -> Result<f64, Error> {
        let mut is_target = vec![false; self.level.len()];
        targets.iter().for_each(|&target| is_target[target as usize] = true);
        let mut total = 0.0;
        loop {
            context.check_cancelled()?;
            (context.progress)(Progress { stage: "flow", fraction: 0.0 });
            if !self.levels(sources, &is_target) {
                return Ok(total);
            }
            self.next.clear();
            self.next.extend_from_slice(&self.starts[..self.level.len()]);
            let mut distinct = sources.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            for source in distinct {
                let mut rounds = 0u32;
                loop {
                    let amount = self.one_way(source as usize, &is_target);
                    if amount == 0.0 {
                        break;
                    }
                    total += amount;
                    rounds += 1;
                    if rounds.is_multiple_of(1024) {
                        context.check_cancelled()?;
                    }
                }
            }
        }
    }

    /// How many edges with room it is from a source to each node; whether a target is reached.
    fn levels(&mut self, sources: &[NodeIndex], is_target: &[bool]) -> bool {
        self.level.fill(UNREACHED);
        let mut queue = VecDeque::new();
        for &source in sources {
            self.level[source as usize] = 0;
            queue.push_back(source as usize);
        }
        let mut reached = false;
        while let Some(v) = queue.pop_front() {
            for place in self.starts[v]..self.starts[v + 1] {
                let arc = self.arcs[place];
                let u = self.end(arc);
                if self.room[arc as usize] > 0.0 && self.level[u] == UNREACHED {
                    self.level[u] = self.level[v] + 1;
                    reached |= is_target[u];
                    queue.push_back(u);
                }
            }
        }
        reached
    }

    /// Fills one way along the levels; how much more flows, 0 when there is none left.
    fn one_way(&mut self, source: usize, is_target: &[bool]) -> f64 {
        let mut way: Vec<u32> = Vec::new();
        let mut at = source;
        loop {
            if is_target[at] {
                let amount = way.iter().map(|&arc| self.room[arc as usize]).fold(f64::INFINITY, f64::min);
                for &arc in &way {
                    self.room[arc as usize] -= amount;
                    self.room[arc as usize ^ 1] += amount;
                }
                return amount;
            }
            let mut onward = None;
            while self.next[at] < self.starts[at + 1] {
                let arc = self.arcs[self.next[at]];
                let u = self.end(arc);
                if self.room[arc as usize] > 0.0 && self.level[u] == self.level[at] + 1 {
                    onward = Some((arc, u));
                    break;
                }
                self.next[at] += 1;
            }
            match (onward, way.pop()) {
                (Some((arc, u)), last) => {
                    way.extend(last);
                    way.push(arc);
                    at = u;
                }
                (None, Some(arc)) => {
                    // A dead end: the arc to it is not tried again.
                    at = self.end(arc ^ 1);
                    self.next[at] += 1;
                }
                (None, None) => return 0.0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, floats, random_edges, run, try_run};

    #[test]
    fn what_flows_is_what_the_cut_carries() {
        for seed in 0..20 {
            for orientation in ["natural", "reverse", "undirected"] {
                let edges = random_edges(30, 120, seed);
                let arguments =
                    format!(r#"{{"source": "0", "target": "29", "weight": "w", "orientation": "{orientation}"}}"#);
                let output = run(&MaxFlow, 30, &edges, &arguments);
                assert!((figure(&output, "maxFlow") - figure(&output, "cutCapacity")).abs() < 1e-9);
                // No edge carries too much, and no node keeps anything.
                let Rows::SomeEdges(rows) = &output.rows else { panic!() };
                let mut kept = [0.0; 30];
                for (&edge, flow) in rows.iter().zip(floats(&output)) {
                    let (from, to, capacity) = edges[edge as usize];
                    assert!(flow.abs() <= capacity + 1e-12);
                    let (from, to) = if orientation == "reverse" { (to, from) } else { (from, to) };
                    kept[from as usize] -= flow;
                    kept[to as usize] += flow;
                }
                assert!(kept[1..29].iter().all(|kept| kept.abs() < 1e-9), "{kept:?}");
                assert!((kept[29] - figure(&output, "maxFlow")).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn ends_are_different() {
        let error = try_run(&MaxFlow, 2, &[], vec![], r#"{"source": "0", "target": "0"}"#).unwrap_err();
        assert!(error.to_string().contains("the same node"), "{error}");
    }
}
