//! Random walks as they are, for models that are trained elsewhere.
//!
//! The walks are those of `algo.node2vec` ([`crate::walk`]): the walk of a given number from a given node is the same here
//! and there. They are made when a row is read, so that a stream needs no more memory than its tables.

use std::ops::Range;
use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{AnyGraph, Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, LazyLists, NodeLists, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{POSITIVE, float, int, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;
use crate::walk::{NO_NODE, Tables, WalkParameters, Walks, edge_table};

/// `algo.random_walk`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct RandomWalk;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The `_id`s of the nodes that walks start at, or the nodes themselves.
        start_nodes as "startNodes": Option<Vec<String>> = optional_texts("all");
        /// Nodes in each walk, the start included.
        walk_length as "walkLength": usize = int(2, 1 << 24, 80);
        /// Walks that start at each node.
        walks_per_node as "walksPerNode": u64 = int(1, 1 << 31, 10);
        /// Return: a step back to the node before weighs 1/p.
        p as "p": f64 = float(POSITIVE, 1.0);
        /// In-out: a step to a node that is no neighbour of the node before weighs 1/q.
        q as "q": f64 = float(POSITIVE, 1.0);
    }
}

static DESCRIPTION: Description = Description {
    name: "random_walk",
    category: "embedding",
    summary: "Biased second-order random walks, as lists of nodes.",
    doc: "The walks of algo.node2vec, one row each: walksPerNode from each node or each of startNodes, walkLength nodes long, \
          the start first; from a node without edges one node long. Walks have no direction in common with edges: both ways \
          are open. The walk of a given number from a given node does not depend on startNodes, and is made only when its row \
          is read, so a stream takes no memory for walks. Rows belong to no node, so there is nothing to write.\n\n\
          Paper: Grover and Leskovec, node2vec, KDD 2016.\n\n\
          Cost: time grows with walks * walkLength; memory with edges where p or q is not 1, or where edges have weights.",
    parameters: Given::PARAMETERS,
    columns: &[ColumnDescription::new("nodeIds", "LIST<STRING>", "The _ids of a walk's nodes, in its order.")],
    stats: &[
        ColumnDescription::new("walks", "INT", "Rows of the stream."),
        ColumnDescription::new("steps", "INT", "Steps of all walks."),
        ColumnDescription::new("isolatedCount", "INT", "Start nodes that cannot be left."),
    ],
};

impl Given {
    fn walk(&self, seed: u64) -> WalkParameters {
        WalkParameters { length: self.walk_length, per_node: self.walks_per_node, p: self.p, q: self.q, seed }
    }
}

/// Bytes beyond the graph view: the tables of walks.
fn working_bytes(shape: GraphShape, parameters: &WalkParameters) -> u64 {
    let table = if parameters.first_order() { 0 } else { edge_table::bytes(shape.edges) };
    let weighted = if shape.weighted { shape.edges.saturating_mul(16).saturating_add(shape.nodes * 8) } else { 0 };
    table.saturating_add(weighted).saturating_add(shape.nodes.saturating_mul(4)).saturating_add(1 << 20)
}

impl Algorithm for RandomWalk {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, _arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(Needs { nodes_named_by: Some(Given::start_nodes), ..Needs::undirected() })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let parameters = given.walk(arguments.seed);
        let starts = given.start_nodes.map_or(shape.nodes, |nodes| nodes.len() as u64);
        let steps = starts as f64 * parameters.per_node as f64 * parameters.length as f64;
        let view = Graph::estimate_bytes(shape.nodes, shape.edges, shape.weighted);
        let step = if parameters.first_order() { 12e-9 } else { 30e-9 };
        Ok(Estimate { bytes: view.saturating_add(working_bytes(shape, &parameters)), seconds: steps * step })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, nodes) = (input.undirected()?, input.nodes);
        let parameters = Given::read(arguments)?.walk(arguments.seed);
        let shape = GraphShape {
            nodes: graph.node_count() as u64,
            edges: graph.arc_count() as u64 / 2,
            weighted: graph.is_weighted(),
            ..GraphShape::default()
        };
        context.reserve(working_bytes(shape, &parameters), |_| {
            "set p and q to 1, or select fewer edges with edgeLabels".to_owned()
        })?;
        let walks = Walks::new(graph, parameters, u64::MAX);
        context.check_cancelled()?;
        let starts = nodes.map(<[NodeIndex]>::to_vec);
        let count = starts.as_ref().map_or(graph.node_count(), Vec::len) as u64;
        let walkable = match &starts {
            Some(starts) => starts.iter().filter(|&&v| walks.walkable(v)).count() as u64,
            None => walks.walkable_nodes(),
        };
        let int = |value: u64| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let stats = vec![
            ("walks", int(count.saturating_mul(parameters.per_node))),
            ("steps", int(walkable.saturating_mul(parameters.per_node).saturating_mul(parameters.length as u64 - 1))),
            ("isolatedCount", int(count - walkable)),
        ];
        let rows = usize::try_from(count.saturating_mul(parameters.per_node)).unwrap_or(usize::MAX);
        let lists = WalkLists { tables: walks.into_tables(), parameters, starts, rows };
        Ok(Output {
            rows: Rows::Table,
            columns: vec![Column::NodeLists(LazyLists::new(lists))],
            stats,
            ..Output::default()
        })
    }
}

/// The walks of a call, by row.
struct WalkLists {
    tables: Arc<Tables>,
    parameters: WalkParameters,
    /// `None`: all nodes.
    starts: Option<Vec<NodeIndex>>,
    rows: usize,
}

impl NodeLists for WalkLists {
    fn rows(&self) -> usize {
        self.rows
    }

    fn lists(
        &self,
        graph: AnyGraph<'_>,
        rows: Range<usize>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<Vec<NodeIndex>>, Error> {
        let walks = Walks::again(Input::from(graph).undirected()?, self.tables.clone());
        let per_node = self.parameters.per_node as usize;
        let list = |row: usize| {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let start = self.starts.as_ref().map_or((row / per_node) as NodeIndex, |starts| starts[row / per_node]);
            Ok(walks.walk(start, (row % per_node) as u64))
        };
        if self.starts.is_some() {
            return rows.map(list).collect();
        }
        // All nodes: many side by side.
        let length = self.parameters.length;
        let mut out = Vec::new();
        let entries = rows.len().saturating_mul(length);
        out.try_reserve_exact(entries).map_err(|_| Error::Memory {
            needed: entries as u64 * 4,
            budget: 0,
            hint: format!("lower walkLength from {length}"),
        })?;
        out.resize(entries, 0);
        walks.fill_until(rows.start as u64, &mut out, cancelled)?;
        let cut = |walk: &[NodeIndex]| if walk[1] == NO_NODE { walk[..1].to_vec() } else { walk.to_vec() };
        Ok(out.chunks_exact(length).map(cut).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Argument;
    use crate::testing::{plain, pool, small_world};

    fn lists(graph: &Graph, given: &[(&str, Argument)], nodes: Option<&[u32]>) -> Vec<Vec<u32>> {
        let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let arguments = DESCRIPTION.check(&given).unwrap();
        let pool = pool(1);
        let output = RandomWalk.run(Input { nodes, ..Input::from(graph) }, &arguments, &Context::new(&pool)).unwrap();
        let Column::NodeLists(lists) = &output.columns[0] else { panic!() };
        // In pieces of odd sizes, as a stream asks for them.
        let mut all = Vec::new();
        for first in (0..lists.rows()).step_by(7) {
            all.extend(
                lists.lists(AnyGraph::Undirected(graph), first..(first + 7).min(lists.rows()), &|| false).unwrap(),
            );
        }
        all
    }

    #[test]
    fn walks_go_along_edges_and_do_not_depend_on_who_else_starts() {
        let graph = plain(51, &small_world(50, 3, 4));
        let given = [
            ("walkLength", Argument::Int(9)),
            ("walksPerNode", Argument::Int(3)),
            ("p", Argument::Float(0.5)),
            ("q", Argument::Int(2)),
        ];
        let all = lists(&graph, &given, None);
        assert_eq!(all.len(), 153);
        for (row, walk) in all.iter().enumerate() {
            assert_eq!(walk[0] as usize, row / 3);
            assert_eq!(walk.len(), if row / 3 == 50 { 1 } else { 9 });
            assert!(walk.windows(2).all(|step| graph.has_edge(step[0], step[1])));
        }
        let some = lists(&graph, &given, Some(&[50, 7]));
        assert_eq!(some, [&all[150..153], &all[21..24]].concat());
    }
}
