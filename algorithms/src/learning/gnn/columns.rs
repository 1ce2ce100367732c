//! The columns of a result, from the states after the last layer.

use ndarray::{Array2, Axis};

use super::items::Examples;
use super::options::{Embed, Options, unfit};
use super::tape;
use super::target::{self, Class};
use super::train::FinalStates;
use crate::algorithm::groups::GroupsOfNodes;
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::error::Error;
use crate::core::numbers::Numbers;
use crate::graph::csr::NodeIndex;
use crate::graph::property::PropertyGraph;
use crate::numeric::matrix::{RowMajor, into_flat};
use crate::numeric::workers::Workers;

/// The result for a graph without nodes.
pub(super) fn empty(options: &Options) -> Output {
    let dimensions = options.width();
    Output {
        columns: vec![
            Column::Vectors { dimensions, data: Numbers::default() },
            Column::Nulls(0),
            Column::Nulls(0),
            Column::Nulls(0),
            Column::Nulls(0),
        ],
        stats: vec![("nodeCount", Scalar::Int(0)), ("dimensions", Scalar::Int(dimensions as i64))],
        ..Output::default()
    }
}

/// Refuses states that are not finite: features that are taken as they are may be too large for a network.
pub(super) fn check_states(states: &FinalStates) -> Result<(), Error> {
    let mut all = [
        Some(&states.nodes),
        states.edges.as_ref(),
        states.global.as_ref(),
        states.items.as_ref(),
        states.predicted.as_ref(),
    ]
    .into_iter();
    if all.all(|matrix| matrix.is_none_or(|matrix| matrix.iter().all(|number| number.is_finite()))) {
        return Ok(());
    }
    Err(unfit(
        "the network computes numbers beyond the range of 32-bit floats: features are too large for it; scale them, as in \
         features: [{property: \"x\", scale: \"zscore\"}]",
    ))
}

/// A column of vectors, each scaled to length 1 if asked for.
fn vectors(workers: &Workers<'_>, mut matrix: Array2<f32>, normalize: bool) -> Column {
    if normalize {
        let cols = matrix.ncols();
        workers.for_rows(&mut matrix, 2 * cols, |_, mut rows| {
            rows.flat_mut().chunks_exact_mut(cols).for_each(tape::normalize);
        });
    }
    Column::Vectors { dimensions: matrix.ncols().max(1), data: into_flat(matrix).into() }
}

/// What a result shows of the states after the last layer.
pub(super) struct Shown<'a> {
    /// The graph they are of.
    pub graph: &'a PropertyGraph,
    /// Whether each edge carried messages.
    pub kept: &'a [bool],
    /// Values of the classes.
    pub classes: &'a [Class],
    /// Mean and spread of a predicted number.
    pub scale: Option<(f64, f64)>,
    /// Whether nodes of each type have predictions; empty without a target.
    pub predicted: &'a [bool],
    /// What the predictions are of.
    pub examples: &'a Examples,
    /// The nodes that the call names.
    pub named: Option<&'a [NodeIndex]>,
}

impl Shown<'_> {
    /// Whether a node has a prediction.
    fn is_predicted(&self, node: u32) -> bool {
        self.predicted.get(self.graph.node_type[node as usize] as usize).is_none_or(|&predicted| predicted)
    }

    /// The nodes that have a row, ascending: those that the call names, or those with predictions; `None` = all.
    fn rows(&self) -> Option<Vec<u32>> {
        if let Some(named) = self.named {
            let mut rows = named.to_vec();
            rows.sort_unstable();
            rows.dedup();
            return Some(rows);
        }
        let rows: Vec<u32> = (0..self.graph.node_count() as u32).filter(|&node| self.is_predicted(node)).collect();
        (rows.len() < self.graph.node_count()).then_some(rows)
    }

    /// The columns: vectors of nodes, edges or the graph, with predictions where there is a target.
    pub(super) fn columns(
        &self,
        workers: &Workers<'_>,
        states: FinalStates,
        options: &Options,
    ) -> Result<Output, Error> {
        let of_items = states.items.zip(states.predicted.as_ref());
        match (self.examples, of_items) {
            (Examples::Graphs(groups), Some((items, predicted))) => {
                return self.of_graphs(workers, groups, (items, predicted), options.normalize);
            }
            (Examples::Edges(edges), Some((items, predicted))) => {
                let count = items.nrows();
                let [prediction, confidence, probability] = self.predictions(predicted, |_| true);
                let vectors = vectors(workers, items, options.normalize);
                let columns = vec![vectors, prediction, confidence, probability, Column::Nulls(count)];
                return Ok(Output { rows: Rows::SomeEdges(edges.clone()), columns, ..Output::default() });
            }
            _ => {}
        }
        Ok(match (options.embed, states.edges, states.global) {
            (Embed::Edges, Some(edges), _) => {
                let kept = self.kept;
                // Edges that carried no message have no state: zeros.
                let mut all = Array2::zeros((kept.len(), edges.ncols()));
                for (state, edge) in edges.outer_iter().zip((0..kept.len()).filter(|&edge| kept[edge])) {
                    all.row_mut(edge).assign(&state);
                }
                let nulls = || Column::Nulls(kept.len());
                let columns = vec![vectors(workers, all, options.normalize), nulls(), nulls(), nulls(), nulls()];
                Output { rows: Rows::Edges, columns, ..Output::default() }
            }
            (Embed::Graph, _, Some(global)) => {
                let nulls = || Column::Nulls(1);
                let columns = vec![
                    nulls(),
                    vectors(workers, global, options.normalize),
                    nulls(),
                    nulls(),
                    nulls(),
                    nulls(),
                    nulls(),
                ];
                Output { rows: Rows::Table, columns, ..Output::default() }
            }
            _ => {
                let (mut nodes, mut predicted) = (states.nodes, states.predicted);
                let rows = self.rows();
                if let Some(rows) = &rows {
                    let places: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
                    nodes = nodes.select(Axis(0), &places);
                    predicted = predicted.map(|predicted| predicted.select(Axis(0), &places));
                }
                let count = nodes.nrows();
                let [prediction, confidence, probability] = match predicted {
                    Some(predicted) => {
                        let node = |row: usize| rows.as_ref().map_or(row as u32, |rows| rows[row]);
                        self.predictions(&predicted, |row| self.is_predicted(node(row)))
                    }
                    None => [Column::Nulls(count), Column::Nulls(count), Column::Nulls(count)],
                };
                let vectors = vectors(workers, nodes, options.normalize);
                let columns = vec![vectors, prediction, confidence, probability, Column::Nulls(count)];
                Output { rows: rows.map_or(Rows::Nodes, Rows::SomeNodes), columns, ..Output::default() }
            }
        })
    }

    /// The columns where graphs are predicted: rows are nodes, each with what is known of its graph.
    fn of_graphs(
        &self,
        workers: &Workers<'_>,
        groups: &GroupsOfNodes,
        (items, predicted): (Array2<f32>, &Array2<f32>),
        normalize: bool,
    ) -> Result<Output, Error> {
        let group = |node: u32| groups.of_node[node as usize] as usize;
        let mut rows = self.rows().unwrap_or_else(|| (0..self.graph.node_count() as u32).collect());
        let in_none = rows.iter().filter(|&&node| group(node) >= groups.names.len()).count();
        if in_none > 0 && self.named.is_some() {
            return Err(unfit(format!("nodes names {in_none} nodes that belong to no graph: groupBy is NULL there")));
        }
        rows.retain(|&node| group(node) < groups.names.len());
        let of_row: Vec<usize> = rows.iter().map(|&node| group(node)).collect();
        let [prediction, confidence, probability] = self.predictions(&predicted.select(Axis(0), &of_row), |_| true);
        let names = of_row.iter().map(|&group| groups.names[group].clone()).collect();
        let vectors = vectors(workers, items.select(Axis(0), &of_row), normalize);
        let columns = vec![vectors, prediction, confidence, probability, Column::Scalars(names)];
        let rows = if rows.len() < self.graph.node_count() { Rows::SomeNodes(rows) } else { Rows::Nodes };
        Ok(Output { rows, columns, ..Output::default() })
    }

    /// The columns `prediction`, `confidence` and `probability`: the class of the highest score, its softmax and that of
    /// all classes, or a number in the target's own scale. `has` = whether a row has a prediction.
    fn predictions(&self, scores: &Array2<f32>, has: impl Fn(usize) -> bool) -> [Column; 3] {
        let count = scores.nrows();
        let all = (0..count).all(&has);
        if self.classes.is_empty() {
            let (mean, spread) = self.scale.unwrap_or((0.0, 1.0));
            let value = |row: usize| (f64::from(scores[[row, 0]]) * spread + mean).clamp(f64::MIN, f64::MAX);
            let prediction = match all {
                true => Column::Floats((0..count).map(value).collect()),
                false => {
                    let value = |row| if has(row) { Scalar::Float(value(row)) } else { Scalar::Null };
                    Column::Scalars((0..count).map(value).collect())
                }
            };
            return [prediction, Column::Nulls(count), Column::Nulls(count)];
        }
        let (mut prediction, mut confidence) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut shares = scores.clone();
        for (row, mut shares) in shares.outer_iter_mut().enumerate() {
            if !has(row) {
                prediction.push(Scalar::Null);
                confidence.push(f64::NAN);
                shares.fill(f32::NAN);
                continue;
            }
            let mut own = shares.to_vec();
            let best = target::largest(&own);
            tape::softmax(&mut own);
            prediction.push(self.classes[best].scalar());
            confidence.push(f64::from(own[best]));
            shares.iter_mut().zip(own).for_each(|(share, own)| *share = own);
        }
        let confidence = match all {
            true => Column::Floats(confidence),
            false => {
                let value = |value: f64| if value.is_nan() { Scalar::Null } else { Scalar::Float(value) };
                Column::Scalars(confidence.into_iter().map(value).collect())
            }
        };
        let names = self.classes.iter().map(|class| class.name().into()).collect();
        [Column::Scalars(prediction), confidence, Column::Records { names, data: into_flat(shares) }]
    }
}
