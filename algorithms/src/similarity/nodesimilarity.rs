//! Node similarity: which nodes have the same neighbours.
//!
//! For each node the neighbours of its neighbours are walked through, and for each node met what the two have in common is added
//! up. A thread has an array for that, and takes a few nodes at a time: each node's sums are its own, in a fixed order.

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, choice, float, from, int as whole};
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{Directed, Orientation, Parallel};

/// `algo.nodesimilarity`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct NodeSimilarity;

crate::choices! {
    /// How much two sets have in common.
    enum Measure {
        Jaccard = "jaccard",
        Overlap = "overlap",
        Cosine = "cosine",
    }
}

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Whose neighbours are compared: natural = those a node has edges to, reverse = those with an edge to it, undirected = both.
        orientation as "orientation": Orientation = choice("natural");
        /// jaccard = what both have over what either has, overlap = over the smaller set, cosine = over the root of the product of
        /// the sizes.
        measure as "measure": Measure = choice("jaccard");
        /// Most rows of each node: those with the highest similarity.
        top_k as "topK": usize = whole(1, UNLIMITED, 10);
        /// Pairs that are less similar are left out.
        similarity_cutoff as "similarityCutoff": f64 = float(from(0.0, 1.0), 0.0);
        /// Nodes with fewer neighbours are left out.
        degree_cutoff as "degreeCutoff": usize = whole(1, UNLIMITED, 1);
    }
}

static DESCRIPTION: Description = Description {
    name: "nodesimilarity",
    category: "similarity",
    summary: "Node similarity: pairs of nodes with common neighbours, by jaccard, overlap or cosine.",
    doc: "For each node the topK nodes most similar to it, the most similar first, of equal ones the one inserted first; pairs without a \
          common neighbour never appear, others usually twice, once from each side. With weight neighbours count as much as \
          their edges weigh: jaccard = sum of the smaller weights / sum of the larger ones, overlap = sum of the smaller weights / the \
          smaller sum, cosine = that of the vectors of weights.\n\n\
          On a bipartite graph, such as customers who buy products, it finds customers with the same taste, and with orientation \
          'reverse' products that are bought together.\n\n\
          Papers: Jaccard, Étude comparative de la distribution florale, 1901; Liben-Nowell and Kleinberg, The link-prediction problem for \
          social networks, 2007.\n\n\
          Cost: the sum of the squares of the degrees on the other side: a neighbour with a million edges is dear. 12 bytes for \
          each node and thread, 16 for each row.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("node1", "STRING", "The _id of a node."),
        ColumnDescription::new("node2", "STRING", "The _id of a node like it."),
        ColumnDescription::new("similarity", "FLOAT", "From above 0 to 1, the same neighbours."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("nodesCompared", "INT", "Nodes with enough neighbours."),
        ColumnDescription::new("pairCount", "INT", "Rows."),
        ColumnDescription::new("meanSimilarity", "FLOAT", "The mean of all rows; NULL without any."),
    ],
};

impl Algorithm for NodeSimilarity {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let needs = Needs::graph(Given::read(arguments)?.orientation, Parallel::Sum);
        // Without weights a neighbour is one however many edges lead to it.
        let parallel = if arguments.weight.is_some() { Parallel::Sum } else { Parallel::Min };
        Ok(Needs { parallel, ..needs })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let bytes = (given.top_k as u64).min(shape.nodes).saturating_mul(16).saturating_add(16 + 12 * threads as u64);
        let degree = shape.edges as f64 / shape.nodes.max(1) as f64;
        Ok(cost(given.orientation, shape, (bytes, 0), 4.0 * degree, threads))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, graph) = (Given::read(arguments)?, input.both()?);
        let nodes = graph.outgoing.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 16 + 12 * crew.threads as u64, 0, 0)?;
        let sizes = crew.make(nodes, |v| size(graph.outgoing, v as NodeIndex, given.measure))?;
        const PIECE: usize = 64;
        let mut parts: Vec<Vec<(NodeIndex, NodeIndex, f64)>> = vec![Vec::new(); nodes.div_ceil(PIECE)];
        let (count, done) = (parts.len(), std::sync::atomic::AtomicUsize::new(0));
        let new = || Around { sums: vec![0.0; nodes], met: Vec::new(), best: Vec::new() };
        context.for_each_with(crew.threads, parts.iter_mut().enumerate(), new, |around, (piece, rows)| {
            for v in piece * PIECE..((piece + 1) * PIECE).min(nodes) {
                if graph.outgoing.degree(v as NodeIndex) >= given.degree_cutoff {
                    around.rows(graph, v as NodeIndex, &sizes, &given, rows);
                }
            }
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            if done.is_multiple_of(count.div_ceil(200)) {
                (context.progress)(Progress { stage: "nodes", fraction: done as f64 / count as f64 });
            }
            Ok(())
        })?;
        let compared = (0..nodes).filter(|&v| graph.outgoing.degree(v as NodeIndex) >= given.degree_cutoff).count();
        let rows: usize = parts.iter().map(Vec::len).sum();
        let (mut one, mut two, mut values) =
            (Vec::with_capacity(rows), Vec::with_capacity(rows), Vec::with_capacity(rows));
        for (a, b, similarity) in parts.into_iter().flatten() {
            one.push(a);
            two.push(b);
            values.push(similarity);
        }
        let mean = values.iter().sum::<f64>() / rows as f64;
        let stats = vec![
            ("nodeCount", int(nodes)),
            ("nodesCompared", int(compared)),
            ("pairCount", int(rows)),
            ("meanSimilarity", if rows == 0 { Scalar::Null } else { Scalar::Float(mean) }),
        ];
        let columns = vec![Column::Nodes(one), Column::Nodes(two), Column::Floats(values)];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

/// The size of a node's set: its sum of weights, for the cosine its length.
fn size(rows: &Csr, v: NodeIndex, measure: Measure) -> f64 {
    let each = |weight: f64| if measure == Measure::Cosine { weight * weight } else { weight };
    let sum = match rows.weights(v) {
        None => rows.degree(v) as f64,
        Some(weights) => weights.iter().fold(0.0, |sum, &weight| sum + each(weight)),
    };
    if measure == Measure::Cosine { sum.sqrt() } else { sum }
}

/// What a thread adds up around a node.
struct Around {
    sums: Vec<f64>,
    met: Vec<NodeIndex>,
    best: Vec<(f64, NodeIndex)>,
}

impl Around {
    fn rows(
        &mut self,
        graph: Directed<'_>,
        v: NodeIndex,
        sizes: &[f64],
        given: &Given,
        rows: &mut Vec<(NodeIndex, NodeIndex, f64)>,
    ) {
        let own = graph.outgoing.weights(v);
        for (place, &x) in graph.outgoing.neighbors(v).iter().enumerate() {
            let weight = own.map_or(1.0, |weights| weights[place]);
            let back = graph.incoming.weights(x);
            for (place, &u) in graph.incoming.neighbors(x).iter().enumerate() {
                let other = back.map_or(1.0, |weights| weights[place]);
                let common = if given.measure == Measure::Cosine { weight * other } else { weight.min(other) };
                let sum = &mut self.sums[u as usize];
                if *sum == 0.0 && common > 0.0 {
                    self.met.push(u);
                }
                *sum += common;
            }
        }
        self.best.clear();
        for u in self.met.drain(..) {
            let common = std::mem::take(&mut self.sums[u as usize]);
            if u == v || graph.outgoing.degree(u) < given.degree_cutoff {
                continue;
            }
            let (a, b) = (sizes[v as usize], sizes[u as usize]);
            let similarity = match given.measure {
                Measure::Jaccard => common / (a + b - common),
                Measure::Overlap => common / a.min(b),
                Measure::Cosine => common / (a * b),
            };
            let similarity = similarity.min(1.0);
            if similarity >= given.similarity_cutoff && similarity > 0.0 {
                self.best.push((similarity, u));
            }
        }
        let order = |a: &(f64, NodeIndex), b: &(f64, NodeIndex)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if self.best.len() > given.top_k {
            self.best.select_nth_unstable_by(given.top_k - 1, order);
            self.best.truncate(given.top_k);
        }
        self.best.sort_unstable_by(order);
        rows.extend(self.best.iter().map(|&(similarity, u)| (v, u, similarity)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{floats, random_edges, run};
    use std::collections::BTreeSet;

    #[test]
    fn similarities_are_those_of_sets() {
        let edges = random_edges(40, 200, 2);
        let sets: Vec<BTreeSet<u32>> =
            (0..40).map(|v| edges.iter().filter(|edge| edge.0 == v).map(|edge| edge.1).collect()).collect();
        for measure in ["jaccard", "overlap", "cosine"] {
            let output = run(&NodeSimilarity, 40, &edges, &format!(r#"{{"measure": "{measure}", "topK": 3}}"#));
            let [Column::Nodes(one), Column::Nodes(two), Column::Floats(values)] = &output.columns[..] else {
                panic!()
            };
            for v in 0..40u32 {
                let mut wanted: Vec<(f64, u32)> = (0..40u32)
                    .filter(|&u| u != v)
                    .map(|u| {
                        let (a, b) = (&sets[v as usize], &sets[u as usize]);
                        let both = a.intersection(b).count() as f64;
                        let (a, b) = (a.len() as f64, b.len() as f64);
                        let by = match measure {
                            "jaccard" => a + b - both,
                            "overlap" => a.min(b),
                            _ => (a * b).sqrt(),
                        };
                        (both / by, u)
                    })
                    .filter(|(similarity, _)| *similarity > 0.0)
                    .collect();
                wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                let got: Vec<f64> = (0..one.len()).filter(|&row| one[row] == v).map(|row| values[row]).collect();
                assert_eq!(got.len(), wanted.len().min(3));
                got.iter().zip(wanted).for_each(|(got, wanted)| assert!((got - wanted.0).abs() < 1e-12));
            }
            assert_eq!(two.len(), one.len());
        }
    }

    #[test]
    fn weights_count() {
        let edges = [(0, 2, 1.0), (0, 3, 3.0), (1, 2, 2.0), (1, 3, 2.0)];
        let arguments = |measure: &str| format!(r#"{{"weight": "w", "measure": "{measure}", "topK": 1}}"#);
        assert_eq!(floats(&run(&NodeSimilarity, 4, &edges, &arguments("jaccard"))), [3.0 / 5.0; 2]);
        assert_eq!(floats(&run(&NodeSimilarity, 4, &edges, &arguments("overlap"))), [3.0 / 4.0; 2]);
        let cosine = floats(&run(&NodeSimilarity, 4, &edges, &arguments("cosine")));
        assert!((cosine[0] - 8.0 / 80f64.sqrt()).abs() < 1e-15);
    }
}
