//! `algo.explain`: what moved a prediction of a saved model. Of a network by taking it away; what is exact for models of tables is in
//! [`temporal::explain`](crate::learning::temporal).
//!
//! A property, a neighbour or an edge is taken away, and the network asked again: how much the prediction falls is its contribution.
//! That is exact for what it says, needs no gradients, and does not depend on the network. Contributions do not add up: two
//! neighbours that say the same are each dispensable.

use std::collections::VecDeque;

use ndarray::ArrayView1;

use super::apply::{Applied, predicted_types};
use super::items::Kind;
use super::model::Model;
use super::options::unfit;
use super::saved::SavedModel;
use super::tape;
use super::target;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Element, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::model::describe_model;
use crate::core::parameters::{any, int, optional_text, optional_texts};
use crate::graph::csr::NodeIndex;
use crate::graph::property::{Property, PropertyGraph};
use crate::learning::temporal::explain as temporal;
use crate::numeric::workers::Workers;

/// `algo.explain`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Explain;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The saved model whose predictions are explained: of algo.gnn_embed one that predicts nodes, or one of algo.predict.
        model as "model": Option<String> = optional_text("that of property").uses_model();
        /// A property that algo.gnn_embed or algo.predict wrote, instead of the model: the one that the call saved or used.
        property as "property": Option<String> = optional_text("that of model").uses_model_of_property();
        /// The node whose prediction is explained, by its `_id`.
        node as "node": Option<Vec<String>> = optional_texts("those of nodes");
        /// Several nodes, by their `_id`.
        nodes as "nodes": Option<Vec<String>> = optional_texts("that of node");
        /// Most neighbours, and most edges, that are taken away for each node, the nearest first.
        most as "most": usize = int(0, 100_000, 50);
        /// Most rows of each node, those with the largest contributions.
        limit as "limit": usize = int(1, 1_000_000, 20);
        /// Of a model of algo.predict: the moment that the prediction is for.
        at as "at": Argument = any("DATE | DATETIME | FLOAT", "the newest time in the graph").predicted_moment();
    }
}

const fn column(name: &'static str, type_name: &'static str, doc: &'static str) -> ColumnDescription {
    ColumnDescription::new(name, type_name, doc)
}

static DESCRIPTION: Description = Description {
    name: "explain",
    category: "learning",
    summary: "Which properties, neighbours and edges moved a prediction of a saved model.",
    doc: "The network is asked again without a property of the node, without that property at all other nodes, without a neighbour, and \
          without an edge, as far away as the network sees. How much the prediction falls is the contribution: of a class its \
          probability, of a number the number itself. Below 0 it spoke against the prediction. Contributions do not add up: of two \
          neighbours that say the same, each is dispensable.\n\n\
          Ridge and aggregate of `algo.predict` are sums of what each column of their table contributes, which is given exactly: of ridge \
          the coefficient times the distance of the column from its mean, of trees its Shapley value, by the shares of the examples that \
          went each way (Lundberg et al., Nature Machine Intelligence 2020). There contributions add up: the row of kind mean is the score \
          of an entity of which nothing is known, and all rows of a node together are the number predicted, or of a class the logarithm \
          of its odds (of three or more classes with trees, of its probability before all are made to add up to 1).\n\n\
          Models are those that were saved with saveModel, of `algo.gnn_embed` to predict nodes; `property` names what one of them wrote. Of a network each \
          thing that is taken away costs one pass over the graph; `most` bounds them. The same graph and model give the same bits \
          for any number of threads on one kind of processor.",
    parameters: Given::PARAMETERS,
    columns: &[
        column("nodeId", "STRING", "The node whose prediction it is."),
        column(
            "kind",
            "STRING",
            "Of a network what was taken away: property (of the node), property of others, neighbor, or edge. Of ridge and trees: mean, column, or columns: those beyond limit together.",
        ),
        column("name", "STRING", "The property, the labels of the neighbour, the label of the edge, or the column."),
        column("element", "STRING", "The neighbour's _id, or the edge's id; else NULL."),
        column(
            "contribution",
            "FLOAT",
            "How much the score falls without it, or its part of the sum; the rows of a node descend by its size.",
        ),
        column("prediction", "ANY", "The class or number predicted."),
        column("score", "FLOAT", "Of classes the probability of the predicted one, of numbers the number."),
    ],
    stats: &[
        column("nodeCount", "INT", "Nodes of the graph."),
        column("explained", "INT", "Nodes whose predictions were explained."),
        column("passes", "INT", "How often the network was asked."),
    ],
};

/// What is taken away.
enum Removal {
    /// A property of the node, by its place among the columns.
    Own(usize),
    /// That of all other nodes.
    Others(usize),
    /// A node with its edges.
    Neighbor(NodeIndex),
    /// An edge.
    Edge(u32),
}

impl Algorithm for Explain {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn models_of(&self) -> &'static [&'static str] {
        &["gnn_embed", temporal::MODELS_OF]
    }

    fn needs(&self, arguments: &Arguments, model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        let named = match (&given.node, &given.nodes) {
            (Some(_), None) => Given::node,
            (None, Some(_)) => Given::nodes,
            _ => return Err(unfit("node or nodes says whose predictions are explained: name one of them")),
        };
        let Some(model) = model else {
            return Err(unfit("model or property says whose predictions are explained: name one of them"));
        };
        if is_predictor(model)? {
            return Ok(Needs { nodes_named_by: Some(named), ..temporal::needs(model, &given.at)? });
        }
        if !matches!(given.at, Argument::Null) {
            return Err(unfit("at: the model predicts what is, at no time of its own; leave it out"));
        }
        let (nodes, edges) = SavedModel::read(model)?.selections();
        Ok(Needs { nodes_named_by: Some(named), ..Needs::properties(nodes, edges) })
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let passes = given.node.or(given.nodes).map_or(1, |nodes| nodes.len()) * (2 * given.most + 1);
        let loaded = shape.nodes * (16 + 24 * shape.node_values) + shape.edges * (64 + 16 * shape.edge_values);
        let seconds = (shape.nodes * (1 + shape.node_values) + shape.edges * 2) as f64 * 2e-7 * passes as f64;
        Ok(Estimate { bytes: loaded.saturating_mul(2), seconds: seconds / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, model) = input.properties()?;
        let given = Given::read(arguments)?;
        let (Some(bytes), Some(nodes)) = (model, input.nodes) else { return Err(Error::WrongInput) };
        let mut nodes = nodes.to_vec();
        nodes.sort_unstable();
        nodes.dedup();
        let threads = context.threads(arguments.concurrency);
        if is_predictor(bytes)? {
            return context.pool.install(|| {
                let workers = Workers::new(context, threads);
                temporal::explain(&workers, threads, input, &nodes, given.limit)
            });
        }
        let model = SavedModel::read(bytes)?;
        check(graph, &model, &nodes)?;
        context.pool.install(|| {
            let workers = Workers::new(context, threads);
            let explaining = Explaining {
                workers: &workers,
                model: &model,
                applied: Applied::new(graph, &model, None)?,
                beside: edges_of_nodes(graph),
                given: &given,
            };
            explaining.rows(&nodes)
        })
    }
}

/// Whether algo.predict trained a model.
fn is_predictor(model: &[u8]) -> Result<bool, Error> {
    Ok(describe_model(model)?.algorithm == temporal::MODELS_OF)
}

/// Refuses a model that predicts no nodes, and nodes that it does not predict.
fn check(graph: &PropertyGraph, model: &SavedModel, nodes: &[NodeIndex]) -> Result<(), Error> {
    if model.about.kind() != Kind::Nodes || model.shape.predicted == 0 {
        let what = if model.shape.predicted == 0 { "vectors alone" } else { model.about.kind().many() };
        return Err(unfit(format!("the model gives {what}; what is explained are predictions of nodes")));
    }
    let predicted = predicted_types(graph, model);
    for &node in nodes {
        let kind = graph.node_type[node as usize] as usize;
        if !predicted.get(kind).is_none_or(|&predicted| predicted) {
            return Err(unfit(format!(
                "the model predicts nothing of nodes with the labels {:?}",
                &*graph.node_types[kind]
            )));
        }
    }
    Ok(())
}

/// The edges of each node, in the order of the edges.
fn edges_of_nodes(graph: &PropertyGraph) -> Vec<Vec<u32>> {
    let mut beside = vec![Vec::new(); graph.node_count()];
    for (edge, (&from, &to)) in (0u32..).zip(graph.from.iter().zip(&graph.to)) {
        beside[from as usize].push(edge);
        if to != from {
            beside[to as usize].push(edge);
        }
    }
    beside
}

struct Explaining<'a> {
    workers: &'a Workers<'a>,
    model: &'a SavedModel,
    applied: Applied<'a>,
    beside: Vec<Vec<u32>>,
    given: &'a Given,
}

impl Explaining<'_> {
    fn rows(&self, nodes: &[NodeIndex]) -> Result<Output, Error> {
        let graph = self.applied.view.graph;
        let whole = self.scores(&self.applied.view.node_columns, &self.applied.kept)?;
        let removals: Vec<Vec<Removal>> = nodes.iter().map(|&node| self.removals(node)).collect();
        let all = removals.iter().map(Vec::len).sum::<usize>();
        let mut done = 0;
        let (mut of, mut kinds, mut names, mut elements) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut contributions, mut predictions, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for (&node, removals) in nodes.iter().zip(removals) {
            let row = whole.row(node as usize);
            let class = self.class(row);
            let score = self.score(row, class);
            let mut moved = Vec::with_capacity(removals.len());
            for removal in removals {
                let without = self.without(node, &removal)?;
                moved.push((score - self.score(without.row(node as usize), class), removal));
                done += 1;
                let fraction = done as f64 / all as f64;
                (self.workers.context().progress)(Progress { stage: "explanations", fraction });
            }
            // Stable: of equal ones the nearer comes first.
            moved.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
            for (contribution, removal) in moved.into_iter().take(self.given.limit) {
                let (kind, name, element) = self.told(&removal);
                of.push(node);
                kinds.push(Scalar::String(kind.to_owned()));
                names.push(Scalar::String(name));
                elements.push(element);
                contributions.push(contribution);
                predictions.push(match class {
                    Some(class) => self.model.classes[class].scalar(),
                    None => Scalar::Float(score),
                });
                scores.push(score);
            }
        }
        let int = |value: usize| Scalar::Int(value as i64);
        Ok(Output {
            rows: Rows::Table,
            columns: vec![
                Column::Nodes(of),
                Column::Scalars(kinds),
                Column::Scalars(names),
                Column::Elements(elements),
                Column::Floats(contributions),
                Column::Scalars(predictions),
                Column::Floats(scores),
            ],
            stats: vec![
                ("nodeCount", int(graph.node_count())),
                ("explained", int(nodes.len())),
                ("passes", int(done + 1)),
            ],
            ..Output::default()
        })
    }

    /// What the network says of all nodes.
    fn scores(&self, columns: &[Property], kept: &[bool]) -> Result<ndarray::Array2<f32>, Error> {
        self.applied.states(self.workers, columns, kept)?.predicted.ok_or(Error::WrongInput)
    }

    /// What it says without something, for the sake of one node.
    fn without(&self, node: NodeIndex, removal: &Removal) -> Result<ndarray::Array2<f32>, Error> {
        let (columns, kept) = (&self.applied.view.node_columns, &self.applied.kept);
        // Whether a property is taken from a row.
        let cleared = |column: usize, from: &dyn Fn(usize) -> bool| {
            let mut columns = columns.clone();
            let values = &mut columns[column].values;
            (0..values.rows()).filter(|&row| from(row)).for_each(|row| values.clear(row));
            self.scores(&columns, kept)
        };
        match *removal {
            Removal::Own(column) => cleared(column, &|row| row == node as usize),
            Removal::Others(column) => cleared(column, &|row| row != node as usize),
            Removal::Neighbor(other) => {
                let mut kept = kept.clone();
                self.beside[other as usize].iter().for_each(|&edge| kept[edge as usize] = false);
                self.scores(columns, &kept)
            }
            Removal::Edge(edge) => {
                let mut kept = kept.clone();
                kept[edge as usize] = false;
                self.scores(columns, &kept)
            }
        }
    }

    /// The predicted class; `None` = a number is predicted.
    fn class(&self, row: ArrayView1<'_, f32>) -> Option<usize> {
        (!self.model.classes.is_empty()).then(|| target::largest(&row.to_vec()))
    }

    /// The probability of a class, or the number.
    fn score(&self, row: ArrayView1<'_, f32>, class: Option<usize>) -> f64 {
        match class {
            Some(class) => {
                let mut shares = row.to_vec();
                tape::softmax(&mut shares);
                f64::from(shares[class])
            }
            None => {
                let (mean, spread) = self.model.scale.unwrap_or((0.0, 1.0));
                (f64::from(row[0]) * spread + mean).clamp(f64::MIN, f64::MAX)
            }
        }
    }

    /// What can be taken away for a node: properties, then neighbours and edges by their distance.
    fn removals(&self, node: NodeIndex) -> Vec<Removal> {
        let graph = self.applied.view.graph;
        let used = self.model.node_encoders.summary("node");
        let is_used = |name: &str, kind: Option<&str>| {
            let of_kind = |label: &str| kind.is_none_or(|kind| kind == label);
            used.iter().any(|line| line.property == name && line.encoding != "none" && of_kind(&line.label))
        };
        let kind = &*graph.node_types[graph.node_type[node as usize] as usize];
        let columns = &self.applied.view.node_columns;
        let (mut removals, mut others) = (Vec::new(), Vec::new());
        for (place, column) in columns.iter().enumerate() {
            if is_used(&column.name, Some(kind)) && column.values.is_present(node as usize) {
                removals.push(Removal::Own(place));
            }
            let mut rows = 0..column.values.rows();
            if is_used(&column.name, None) && rows.any(|row| row != node as usize && column.values.is_present(row)) {
                others.push(Removal::Others(place));
            }
        }
        let (neighbors, edges) = self.surroundings(node);
        removals.append(&mut others);
        removals.extend(neighbors.into_iter().map(Removal::Neighbor));
        removals.extend(edges.into_iter().map(Removal::Edge));
        removals
    }

    /// The nearest nodes and edges that the network sees from a node.
    fn surroundings(&self, node: NodeIndex) -> (Vec<NodeIndex>, Vec<u32>) {
        let graph = self.applied.view.graph;
        // What has a state of the whole sees all of it.
        let steps = if self.model.shape.layer.model == Model::GraphNet { usize::MAX } else { self.model.shape.layers };
        let most = self.given.most;
        let (mut neighbors, mut edges) = (Vec::new(), Vec::new());
        let mut seen = vec![false; graph.node_count()];
        let mut seen_edges = vec![false; graph.edge_count()];
        let mut queue = VecDeque::from([(node, 0)]);
        seen[node as usize] = true;
        while let Some((at, distance)) = queue.pop_front() {
            if distance >= steps || neighbors.len() >= most && edges.len() >= most {
                break;
            }
            for &edge in &self.beside[at as usize] {
                let place = edge as usize;
                if !self.applied.kept[place] || std::mem::replace(&mut seen_edges[place], true) {
                    continue;
                }
                edges.push(edge);
                let other = if graph.from[place] == at { graph.to[place] } else { graph.from[place] };
                if !std::mem::replace(&mut seen[other as usize], true) {
                    neighbors.push(other);
                    queue.push_back((other, distance + 1));
                }
            }
        }
        neighbors.truncate(most);
        edges.truncate(most);
        (neighbors, edges)
    }

    /// What was taken away, in words.
    fn told(&self, removal: &Removal) -> (&'static str, String, Option<Element>) {
        let graph = self.applied.view.graph;
        let name = |column: usize| self.applied.view.node_columns[column].name.to_string();
        match *removal {
            Removal::Own(column) => ("property", name(column), None),
            Removal::Others(column) => ("property of others", name(column), None),
            Removal::Neighbor(node) => {
                let kind = graph.node_type[node as usize] as usize;
                ("neighbor", graph.node_types[kind].to_string(), Some(Element::Node(node)))
            }
            Removal::Edge(edge) => {
                let label = graph.edge_label[edge as usize] as usize;
                ("edge", graph.edge_labels[label].to_string(), Some(Element::Edge(edge)))
            }
        }
    }
}
