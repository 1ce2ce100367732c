//! Preparation: from a property graph to the visible graph, features and the message graph.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use super::goal::Goal;
use super::input::{GroupShape, InputData};
use super::messages::{MessageEdge, MessageGraph};
use super::model::Model;
use super::options::{Options, unfit};
use crate::core::error::Error;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::graph::weights::scale_weights;
use crate::learning::features::{EncodedGroup, Encoders, Groups};
use crate::numeric::random::mix;

/// `asOf`: a moment, and the property with the times of nodes and edges; later ones are not visible.
pub struct Until<'a> {
    as_of: f64,
    property: &'a str,
}

impl<'a> Until<'a> {
    /// The options `asOf` and `timeProperty`.
    pub fn new(options: &'a Options) -> Option<Self> {
        Some(Until { as_of: options.as_of?, property: options.time_property.as_deref()? })
    }

    /// Whether each row exists at that time. Rows without a time always do.
    fn present(&self, columns: &[Property], rows: usize) -> Result<Option<Vec<bool>>, Error> {
        let Some(column) = columns.iter().find(|column| &*column.name == self.property) else { return Ok(None) };
        match &column.values {
            Values::Times(times) | Values::Numbers { values: times, .. } => {
                Ok(Some(times.iter().map(|time| time.is_nan() || *time <= self.as_of).collect()))
            }
            Values::Nulls { .. } => Ok(Some(vec![true; rows])),
            other => Err(unfit(format!(
                "timeProperty {:?} holds {}, but it takes dates, datetimes or numbers",
                self.property,
                other.type_name()
            ))),
        }
    }

    /// Properties as of that time: no value of a later row, and no later time.
    fn masked(&self, columns: &[Property], present: Option<&[bool]>) -> Vec<Property> {
        let gone = |row: usize| present.is_some_and(|present| !present[row]);
        let mask = |column: &Property| {
            let mut column = column.clone();
            (0..column.values.rows()).filter(|&row| gone(row)).for_each(|row| column.values.clear(row));
            if let Values::Times(values) = &mut column.values {
                values.iter_mut().filter(|time| **time > self.as_of).for_each(|time| *time = f64::NAN);
            }
            column
        };
        columns.iter().map(mask).collect()
    }
}

/// The visible graph: all of it, or as of a moment.
pub struct VisibleGraph<'a> {
    /// The graph itself.
    pub graph: &'a PropertyGraph,
    /// Properties of nodes.
    pub node_columns: Vec<Property>,
    /// Properties of edges.
    pub edge_columns: Vec<Property>,
    /// Whether each node is visible; `None` = all.
    pub nodes: Option<Vec<bool>>,
    /// Whether each edge is visible.
    pub edges: Vec<bool>,
}

impl<'a> VisibleGraph<'a> {
    /// All of it, or what is there until a moment.
    pub fn new(graph: &'a PropertyGraph, until: Option<Until<'_>>) -> Result<Self, Error> {
        let mut view = VisibleGraph {
            graph,
            node_columns: Vec::new(),
            edge_columns: Vec::new(),
            nodes: None,
            edges: vec![true; graph.edge_count()],
        };
        let Some(until) = until else {
            view.node_columns = graph.node_properties.clone();
            view.edge_columns = graph.edge_properties.clone();
            return Ok(view);
        };
        view.nodes = until.present(&graph.node_properties, graph.node_count())?;
        let edges = until.present(&graph.edge_properties, graph.edge_count())?;
        if view.nodes.is_none() && edges.is_none() {
            let known = graph.node_properties.iter().chain(&graph.edge_properties).map(|column| &*column.name);
            return Err(Error::UnknownName {
                message: format!("timeProperty names {:?}, which no node or edge has", until.property),
                near: wend_names::suggest(until.property, known).map(str::to_owned),
            });
        }
        let there = |node: u32| view.nodes.as_ref().is_none_or(|nodes| nodes[node as usize]);
        for (edge, seen) in view.edges.iter_mut().enumerate() {
            *seen = edges.as_ref().is_none_or(|edges| edges[edge]) && there(graph.from[edge]) && there(graph.to[edge]);
        }
        view.node_columns = until.masked(&graph.node_properties, view.nodes.as_deref());
        view.edge_columns = until.masked(&graph.edge_properties, edges.as_deref());
        Ok(view)
    }

    pub(super) fn node_column(&self, name: &str) -> Option<&Property> {
        self.node_columns.iter().find(|column| &*column.name == name)
    }

    /// The nodes' types as groups of rows.
    fn node_groups(&self) -> Groups<'_> {
        Groups { names: &self.graph.node_types, of_row: &self.graph.node_type }
    }
}

/// Features of nodes by type and of the kept edges, and how they were encoded.
pub struct Features {
    /// By node type.
    pub groups: Vec<EncodedGroup>,
    /// Kept edges x numbers.
    pub edges: Option<Array2<f32>>,
    /// How nodes' were encoded.
    pub node_encoders: Encoders,
    /// How edges' were.
    pub edge_encoders: Option<Encoders>,
}

/// Fits encoders on training rows, and encodes all rows.
pub fn features(view: &VisibleGraph<'_>, options: &Options, goal: &Goal) -> Result<Features, Error> {
    let groups = view.node_groups();
    let nothing = [];
    // Identities are all that lightgcn sees.
    let columns = if options.model == Model::LightGcn { &nothing[..] } else { &view.node_columns };
    let mut training = goal.training.clone();
    if let Some(present) = &view.nodes {
        let training = training.get_or_insert_with(|| vec![true; present.len()]);
        training.iter_mut().zip(present).for_each(|(train, there)| *train = *train && *there);
    }
    let request =
        if options.model == Model::LightGcn { options.features.clone().nothing() } else { options.features.clone() };
    let request = request.of_nodes(view.graph);
    let node_encoders = Encoders::fit(columns, groups, &request, training.as_deref())?;
    check_finite(&node_encoders, columns, "node")?;
    let encoded = node_encoders.encode(columns, groups)?;
    let (mut edges, mut edge_encoders) = (None, None);
    if !options.edge_features.is_empty() {
        let of_row = vec![0u32; view.graph.edge_count()];
        let rows = goal.training_edges.as_ref().unwrap_or(&goal.messages);
        let request = options.edge_features.clone().of_edges(view.graph);
        let encoders = Encoders::fit(&view.edge_columns, one_group(&of_row), &request, Some(rows))?;
        check_finite(&encoders, &view.edge_columns, "edge")?;
        edges = edge_matrix(&encoders, &view.edge_columns, &goal.messages)?;
        edge_encoders = Some(encoders);
    }
    if edges.is_none() && matches!(options.model, Model::Egnn | Model::Ecc) {
        return Err(unfit(format!(
            "the model {:?} learns from features of edges, and edgeFeatures names none or the edges have no property that \
             can be one",
            options.model.name()
        )));
    }
    Ok(Features { groups: encoded, edges, node_encoders, edge_encoders })
}

/// Refuses infinite numbers in properties that are features.
pub fn check_finite(encoders: &Encoders, columns: &[Property], owner: &'static str) -> Result<(), Error> {
    let used = encoders.summary(owner);
    let used = |column: &&Property| used.iter().any(|line| line.property == *column.name && line.encoding != "none");
    columns.iter().filter(used).try_for_each(|column| column.check_finite("feature", owner))
}

fn one_group(of_row: &[u32]) -> Groups<'_> {
    static NAME: std::sync::LazyLock<[Arc<str>; 1]> = std::sync::LazyLock::new(|| [Arc::from("")]);
    Groups { names: &*NAME, of_row }
}

/// Features of the kept edges. Categories are looked up in random tables: messages mix them anyway.
pub fn edge_matrix(encoders: &Encoders, columns: &[Property], kept: &[bool]) -> Result<Option<Array2<f32>>, Error> {
    let of_row = vec![0u32; kept.len()];
    let Some(group) = encoders.encode(columns, one_group(&of_row))?.into_iter().next() else { return Ok(None) };
    let width = group.dense.ncols() + group.categories.iter().map(|table| table.width).sum::<usize>();
    if width == 0 {
        return Ok(None);
    }
    let rows: Vec<usize> = (0..kept.len()).filter(|&row| kept[row]).collect();
    let mut matrix = Array2::zeros((rows.len(), width));
    for (mut out, row) in matrix.outer_iter_mut().zip(rows) {
        let (mut dense, mut rest) = out.view_mut().split_at(Axis(0), group.dense.ncols());
        dense.assign(&group.dense.row(row));
        let mut out = rest.iter_mut();
        for (number, table) in group.categories.iter().enumerate() {
            let code = u64::from(table.codes[row]);
            for (column, out) in (0..table.width as u64).zip(&mut out) {
                let bits = mix(mix(number as u64).wrapping_add((code * table.width as u64 + column + 1) << 1));
                *out = if bits >> 63 == 0 { 0.5 } else { -0.5 };
            }
        }
    }
    Ok(Some(matrix))
}

/// The graph of the kept edges; `types` and `labels` say under which number a model knows each type and label.
pub fn messages(
    graph: &PropertyGraph,
    kept: &[bool],
    typed: bool,
    types: &[u32],
    type_count: usize,
    labels: &[u32],
    label_count: usize,
) -> Result<MessageGraph, Error> {
    let edges: Vec<MessageEdge> = (0..graph.edge_count())
        .filter(|&edge| kept[edge])
        .map(|edge| MessageEdge {
            from: graph.from[edge],
            to: graph.to[edge],
            label: labels[graph.edge_label[edge] as usize],
        })
        .collect();
    let weights = match &graph.weights {
        None => None,
        Some(weights) => {
            let mut weights = weights.clone();
            scale_weights(&mut weights)?;
            Some(weights.iter().zip(kept).filter(|(_, kept)| **kept).map(|(&weight, _)| weight as f32).collect())
        }
    };
    let types = graph.node_type.iter().map(|&kind| types[kind as usize]).collect();
    Ok(MessageGraph::new(types, type_count, edges, label_count, weights, typed))
}

/// The shapes of the inputs.
pub fn group_shapes(data: &InputData, names: &[String]) -> Vec<GroupShape> {
    let shape = |(group, name): (&super::input::GroupData, &String)| GroupShape {
        name: name.clone(),
        dense: group.dense.ncols(),
        tables: group.tables(),
        ids: group.ids.as_ref().map_or(0, |ids| ids.bound()),
    };
    data.groups.iter().zip(names).map(shape).collect()
}
