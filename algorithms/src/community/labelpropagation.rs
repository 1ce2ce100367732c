//! Label propagation: each node takes the label that most of its neighbours have.
//!
//! The synchronous form of LDBC Graphalytics (CDLP): all nodes change at once, by the labels of the round before, and of equally
//! frequent labels the least is taken: so the result depends on no order at all.

use super::seeds;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, cost, group_stats, groups, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::{Crew, PIECE};
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, choice, int as whole, optional_text};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::{Orientation, Parallel};

/// `algo.labelpropagation`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct LabelPropagation;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Whose labels a node counts: undirected = of all neighbours, natural = of nodes it has an edge to, reverse = of nodes with
        /// an edge to it.
        orientation as "orientation": Orientation = choice("undirected");
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 10);
        /// The node property with the labels to begin with: INT of at least 0; a node without it has a label of its own.
        seed_property as "seedProperty": Option<String> = optional_text("each node has a label of its own");
    }
}

static DESCRIPTION: Description = Description {
    name: "labelpropagation",
    category: "community",
    summary: "Label propagation: communities in which each node has the label of most of its neighbours.",
    doc: "Each node begins with a label of its own, its place in the order of insertion, or with the one that seedProperty gives: \
          nodes without that have labels above all of these, in the order of insertion. In a round every node takes the label that is \
          most frequent among its neighbours, with weight the one with the largest sum of weights, of equal ones the least. \
          Parallel edges count each, A->B and B->A too. It ends when no label changes, or after maxIterations: labels may \
          swing to and fro for ever.\n\n\
          It is fast, and says less than leiden: prefer that unless a graph is too large for it.\n\n\
          Papers: Raghavan, Albert and Kumara, Near linear time algorithm to detect community structures, Physical Review E 2007; \
          Iosup et al., LDBC Graphalytics, VLDB 2016.\n\n\
          Cost: a round reads each edge twice; 8 bytes for each node, 12 more for each thread.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "communityId",
            "INT",
            "The label: a node's place in insertion order, from 0, or one of seedProperty.",
        ),
    ],
    stats: group_stats![ITERATIONS, CONVERGED],
};

/// How often labels are met around a node.
struct Counts {
    of: Vec<f64>,
    met: Vec<NodeIndex>,
}

impl Algorithm for LabelPropagation {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(seeds::needs(Needs::graph(given.orientation, Parallel::Sum), given.seed_property.as_ref()))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let rounds = given.max_iterations.min(50) as f64;
        let plain = cost(given.orientation, shape, (24 + 12 * threads as u64, 0), 8.0 * rounds, threads);
        Ok(seeds::cost(plain, shape, given.seed_property.as_ref()))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        let (view, seeds) =
            seeds::view(DESCRIPTION.name, input, given.orientation, given.seed_property.as_deref(), context)?;
        let rows = view.rows();
        let nodes = rows.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, 24 + 12 * crew.threads as u64, 0, 0)?;
        let mut labels: Vec<NodeIndex> = match &seeds {
            Some(seeds) => seeds.start.clone(),
            None => (0..nodes as NodeIndex).collect(),
        };
        let mut next = labels.clone();
        let mut changes = vec![0usize; nodes.div_ceil(PIECE)];
        let (mut iterations, mut converged) = (0, nodes == 0);
        let new = || Counts { of: vec![0.0; nodes], met: Vec::new() };
        while iterations < given.max_iterations && !converged {
            let pieces = next.chunks_mut(PIECE).zip(&mut changes).enumerate();
            context.for_each_with(crew.threads, pieces, new, |counts, (piece, (next, changes))| {
                *changes = 0;
                for (v, slot) in (piece * PIECE..).zip(next) {
                    let own = labels[v];
                    let weights = rows.weights(v as NodeIndex);
                    for (place, &u) in rows.neighbors(v as NodeIndex).iter().enumerate() {
                        let label = labels[u as usize];
                        let count = &mut counts.of[label as usize];
                        if *count == 0.0 {
                            counts.met.push(label);
                        }
                        *count += weights.map_or(1.0, |weights| weights[place]);
                    }
                    let mut best = (own, 0.0);
                    for label in counts.met.drain(..) {
                        let count = std::mem::take(&mut counts.of[label as usize]);
                        if count > best.1 || (count == best.1 && count > 0.0 && label < best.0) {
                            best = (label, count);
                        }
                    }
                    *slot = best.0;
                    *changes += usize::from(best.0 != own);
                }
                Ok(())
            })?;
            std::mem::swap(&mut labels, &mut next);
            iterations += 1;
            converged = changes.iter().sum::<usize>() == 0;
            let fraction = iterations as f64 / given.max_iterations as f64;
            (context.progress)(Progress { stage: "iterations", fraction });
        }
        let own = vec![("iterations", int(iterations)), ("converged", Scalar::Bool(converged))];
        let mut output = groups(&labels, own);
        if let Some(seeds) = &seeds {
            output.columns = vec![Column::Ints(labels.iter().map(|&label| seeds.value(label)).collect())];
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ints, run, unit};

    #[test]
    fn two_cliques_have_two_labels() {
        let clique = |first: u32| (0..5u32).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        let edges: Vec<(u32, u32)> = clique(0).chain(clique(5)).chain([(4, 5)]).collect();
        assert_eq!(ints(&run(&LabelPropagation, 11, &unit(&edges), "{}")), [0, 0, 0, 0, 0, 5, 5, 5, 5, 5, 10]);
    }

    #[test]
    fn weights_outvote_numbers() {
        let edges = [(3, 0, 1.0), (3, 1, 1.0), (3, 2, 5.0)];
        let arguments = r#"{"orientation": "natural", "weight": "w", "maxIterations": 1}"#;
        assert_eq!(ints(&run(&LabelPropagation, 4, &edges, arguments)), [0, 1, 2, 2]);
        let arguments = r#"{"orientation": "natural", "maxIterations": 1}"#;
        assert_eq!(ints(&run(&LabelPropagation, 4, &edges, arguments)), [0, 1, 2, 0]);
    }
}
