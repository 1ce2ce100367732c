//! The figures that results of one kind have in common, and what a run over rows of neighbours costs.

use super::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::description::ColumnDescription;
use crate::graph::csr::NodeIndex;
use crate::graph::directed::{DirectedGraph, Orientation};
use crate::graph::undirected::Graph;

const fn figure(name: &'static str, type_name: &'static str, doc: &'static str) -> ColumnDescription {
    ColumnDescription::new(name, type_name, doc)
}

pub(crate) const NODE_COUNT: ColumnDescription = figure("nodeCount", "INT", "Nodes seen.");
pub(crate) const ITERATIONS: ColumnDescription = figure("iterations", "INT", "Rounds that were made.");
pub(crate) const CONVERGED: ColumnDescription =
    figure("converged", "BOOL", "Whether the last round changed less than the tolerance.");
pub(crate) const MIN_SCORE: ColumnDescription = figure("minScore", "FLOAT", "The lowest score; NULL without nodes.");
pub(crate) const MAX_SCORE: ColumnDescription = figure("maxScore", "FLOAT", "The highest score; NULL without nodes.");
pub(crate) const MEAN_SCORE: ColumnDescription =
    figure("meanScore", "FLOAT", "The mean of all scores; NULL without nodes.");
pub(crate) const P50_SCORE: ColumnDescription =
    figure("p50Score", "FLOAT", "The median: half of the nodes have at most this score.");
pub(crate) const P90_SCORE: ColumnDescription =
    figure("p90Score", "FLOAT", "90 % of the nodes have at most this score.");
pub(crate) const P99_SCORE: ColumnDescription =
    figure("p99Score", "FLOAT", "99 % of the nodes have at most this score.");
pub(crate) const GROUP_COUNT: ColumnDescription = figure("groupCount", "INT", "How many groups there are.");
pub(crate) const LARGEST: ColumnDescription = figure("largest", "INT", "Nodes of the largest group; NULL without any.");
pub(crate) const SMALLEST: ColumnDescription =
    figure("smallest", "INT", "Nodes of the smallest group; NULL without any.");
pub(crate) const MEAN_SIZE: ColumnDescription = figure("meanSize", "FLOAT", "Nodes of a group, on average.");
pub(crate) const P50_SIZE: ColumnDescription =
    figure("p50Size", "INT", "Half of the groups have at most so many nodes.");
pub(crate) const P90_SIZE: ColumnDescription =
    figure("p90Size", "INT", "90 % of the groups have at most so many nodes.");
pub(crate) const P99_SIZE: ColumnDescription =
    figure("p99Size", "INT", "99 % of the groups have at most so many nodes.");

/// The figures of scores of nodes, behind those that are given.
macro_rules! score_stats {
    ($($own:expr),* $(,)?) => {{
        use $crate::algorithm::summary as s;
        &[s::NODE_COUNT, $($own,)* s::MIN_SCORE, s::MAX_SCORE, s::MEAN_SCORE, s::P50_SCORE, s::P90_SCORE, s::P99_SCORE]
    }};
}

/// The figures of groups of nodes, behind those that are given.
macro_rules! group_stats {
    ($($own:expr),* $(,)?) => {{
        use $crate::algorithm::summary as s;
        &[
            s::NODE_COUNT, $($own,)* s::GROUP_COUNT, s::LARGEST, s::SMALLEST, s::MEAN_SIZE, s::P50_SIZE, s::P90_SIZE,
            s::P99_SIZE,
        ]
    }};
}

pub(crate) use {group_stats, score_stats};

/// A figure.
pub(crate) type Figure = (&'static str, Scalar);

/// A count as a figure.
pub(crate) fn int(value: usize) -> Scalar {
    Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The value that `percent` of the values reach at most, by nearest rank; the values are put in another order.
fn percentile<T: Copy>(values: &mut [T], percent: usize, order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Option<T> {
    let rank = (values.len() * percent).div_ceil(100).max(1) - 1;
    (rank < values.len()).then(|| *values.select_nth_unstable_by(rank, order).1)
}

/// The figures of scores.
pub(crate) fn score_figures(scores: &[f64], own: Vec<Figure>) -> Vec<Figure> {
    let float = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
    let mean = (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64);
    let mut figures = vec![("nodeCount", int(scores.len()))];
    figures.extend(own);
    figures.extend([
        ("minScore", float(scores.iter().copied().reduce(f64::min))),
        ("maxScore", float(scores.iter().copied().reduce(f64::max))),
        ("meanScore", float(mean)),
    ]);
    let mut values = scores.to_vec();
    for (name, percent) in [("p50Score", 50), ("p90Score", 90), ("p99Score", 99)] {
        figures.push((name, float(percentile(&mut values, percent, f64::total_cmp))));
    }
    figures
}

/// A score for each node, and its figures.
pub(crate) fn scores(scores: Vec<f64>, own: Vec<Figure>) -> Output {
    let stats = score_figures(&scores, own);
    Output { rows: Rows::Nodes, columns: vec![Column::Floats(scores)], stats, model: None, warnings: Vec::new() }
}

/// The figures of groups; `group_of` = the group of each node, a number below that of nodes.
pub(crate) fn group_figures(group_of: &[NodeIndex], own: Vec<Figure>) -> Vec<Figure> {
    let mut sizes = vec![0usize; group_of.len()];
    group_of.iter().for_each(|&group| sizes[group as usize] += 1);
    sizes.retain(|&size| size > 0);
    let figure = |value: Option<usize>| value.map_or(Scalar::Null, int);
    let mean = (!sizes.is_empty()).then(|| group_of.len() as f64 / sizes.len() as f64);
    let mut figures = vec![("nodeCount", int(group_of.len()))];
    figures.extend(own);
    figures.extend([
        ("groupCount", int(sizes.len())),
        ("largest", figure(sizes.iter().copied().max())),
        ("smallest", figure(sizes.iter().copied().min())),
        ("meanSize", mean.map_or(Scalar::Null, Scalar::Float)),
    ]);
    for (name, percent) in [("p50Size", 50), ("p90Size", 90), ("p99Size", 99)] {
        figures.push((name, figure(percentile(&mut sizes, percent, Ord::cmp))));
    }
    figures
}

/// The group of each node, and the figures of groups.
pub(crate) fn groups(group_of: &[NodeIndex], own: Vec<Figure>) -> Output {
    let stats = group_figures(group_of, own);
    let column = Column::Ints(group_of.iter().map(|&group| i64::from(group)).collect());
    Output { rows: Rows::Nodes, columns: vec![column], stats, model: None, warnings: Vec::new() }
}

/// What a run costs that holds so many bytes for each node and each edge beside the view, and reads the edges in so many
/// nanoseconds each.
pub(crate) fn cost(
    orientation: Orientation,
    shape: GraphShape,
    (node_bytes, edge_bytes): (u64, u64),
    edge_nanos: f64,
    threads: usize,
) -> Estimate {
    let GraphShape { nodes, edges, weighted, .. } = shape;
    let view = match orientation {
        Orientation::Undirected => Graph::estimate_bytes(nodes, edges, weighted),
        Orientation::Natural | Orientation::Reverse => DirectedGraph::estimate_bytes(nodes, edges, weighted),
    };
    let own = nodes.saturating_mul(node_bytes).saturating_add(edges.saturating_mul(edge_bytes));
    let seconds = (nodes as f64 + edges as f64 * edge_nanos) * 1e-9 / threads.max(1) as f64;
    Estimate { bytes: view.saturating_add(own), seconds }
}

/// The same for a run that reads edges as a list with their numbers.
pub(crate) fn cost_of_edges(shape: GraphShape, node_bytes: u64, edge_bytes: u64, edge_nanos: f64) -> Estimate {
    let GraphShape { nodes, edges, weighted, .. } = shape;
    let view = nodes.saturating_mul(12).saturating_add(edges.saturating_mul(if weighted { 28 } else { 20 }));
    let own = nodes.saturating_mul(node_bytes).saturating_add(edges.saturating_mul(edge_bytes));
    Estimate { bytes: view.saturating_add(own), seconds: (nodes as f64 + edges as f64 * edge_nanos) * 1e-9 }
}
