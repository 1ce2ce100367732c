//! From a property graph to what training works on: time, held-out edges, targets, features, messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::input::{GroupShape, InputData};
use super::matrix::Matrix;
use super::messages::{MessageEdge, MessageGraph};
use super::model::Model;
use super::objective::{Objective, PairKind, PairTask};
use super::options::{Loss, Options, Task, unfit};
use super::target::{self, Class, Labels, Part};
use crate::error::Error;
use crate::features::{EncodedGroup, Encoders, Groups};
use crate::property_graph::{NO_TEXT, Property, PropertyGraph, Values};
use crate::random::mix;

/// A moment, and the times of things: what is later is not seen.
pub struct Until<'a> {
    as_of: f64,
    property: &'a str,
}

impl<'a> Until<'a> {
    /// As the options say.
    pub fn new(options: &'a Options) -> Option<Self> {
        Some(Until { as_of: options.as_of?, property: options.time_property.as_deref()? })
    }

    /// Whether each row is there at that time. Rows without a time always are.
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

    /// Properties as they were: nothing of rows that come later, and no time that lies later.
    fn masked(&self, columns: &[Property], present: Option<&[bool]>) -> Vec<Property> {
        let later = |time: f64| time > self.as_of;
        let gone = |row: usize| present.is_some_and(|present| !present[row]);
        let mask = |column: &Property| {
            let mut column = column.clone();
            match &mut column.values {
                Values::Nulls { .. } => {}
                Values::Bools(values) => {
                    values.iter_mut().enumerate().filter(|(row, _)| gone(*row)).for_each(|(_, value)| *value = None);
                }
                Values::Numbers { values, .. } => {
                    values
                        .iter_mut()
                        .enumerate()
                        .filter(|(row, _)| gone(*row))
                        .for_each(|(_, value)| *value = f64::NAN);
                }
                Values::Times(values) => values
                    .iter_mut()
                    .enumerate()
                    .filter(|(row, value)| gone(*row) || later(**value))
                    .for_each(|(_, value)| *value = f64::NAN),
                Values::Texts { codes, .. } => {
                    codes.iter_mut().enumerate().filter(|(row, _)| gone(*row)).for_each(|(_, code)| *code = NO_TEXT);
                }
                Values::Vectors { present, data, width } => {
                    for row in (0..present.len()).filter(|&row| gone(row)) {
                        present[row] = false;
                        data[row * *width..(row + 1) * *width].fill(0.0);
                    }
                }
                Values::TextLists { present, .. } | Values::Other { present, .. } => {
                    (0..present.len()).filter(|&row| gone(row)).for_each(|row| present[row] = false);
                }
            }
            column
        };
        columns.iter().map(mask).collect()
    }
}

/// The graph as it may be seen.
pub struct View<'a> {
    /// The graph itself.
    pub graph: &'a PropertyGraph,
    /// Properties of nodes.
    pub node_columns: Vec<Property>,
    /// Properties of edges.
    pub edge_columns: Vec<Property>,
    /// Whether each node is there.
    pub nodes: Option<Vec<bool>>,
    /// Whether each edge is there.
    pub edges: Vec<bool>,
}

impl<'a> View<'a> {
    /// All of it, or what is there until a moment.
    pub fn new(graph: &'a PropertyGraph, until: Option<Until<'_>>) -> Result<Self, Error> {
        let mut view = View {
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
                near: crate::nearest(until.property, known).map(str::to_owned),
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

    fn node_column(&self, name: &str) -> Option<&Property> {
        self.node_columns.iter().find(|column| &*column.name == name)
    }

    /// The nodes' types as groups of rows.
    fn node_groups(&self) -> Groups<'_> {
        Groups { names: &self.graph.node_types, of_row: &self.graph.node_type }
    }
}

/// What is learned, and what it needs beside the objective.
pub struct Goal {
    /// The objective.
    pub objective: Objective,
    /// Values of the classes.
    pub classes: Vec<Class>,
    /// Mean and spread of a predicted number.
    pub scale: Option<(f64, f64)>,
    /// Whether each edge may carry messages.
    pub messages: Vec<bool>,
    /// Whether each node's features may be learned from; `None` = all.
    pub training: Option<Vec<bool>>,
    /// The task, now that the target is known.
    pub task: Task,
}

/// Reads target and split.
pub fn goal(view: &View<'_>, options: &Options) -> Result<Goal, Error> {
    let mut goal = Goal {
        objective: Objective::Nothing,
        classes: Vec::new(),
        scale: None,
        messages: view.edges.clone(),
        training: None,
        task: options.task(),
    };
    if let Some(target) = &options.target {
        node_goal(view, options, target, &mut goal)?;
        return Ok(goal);
    }
    let pairs = PairKind::new(options.loss(), options.margin, options.negatives);
    goal.objective = match options.task() {
        Task::LinkPrediction | Task::Recommendation => Objective::Pairs(edge_goal(view, options, pairs, &mut goal)?),
        _ if options.model == Model::Sgc => Objective::Nothing,
        _ => match options.loss() {
            Loss::Dgi => Objective::Infomax,
            Loss::Reconstruction => Objective::Reconstruction(pairs),
            _ => Objective::Walks(pairs),
        },
    };
    let by_edges = matches!(goal.objective, Objective::Walks(_) | Objective::Reconstruction(_));
    let joins = |edge: usize| goal.messages[edge] && view.graph.from[edge] != view.graph.to[edge];
    if by_edges && view.graph.node_count() > 1 && !(0..view.graph.edge_count()).any(joins) {
        return Err(unfit(
            "no edge joins two of the nodes that are seen, and without a target edges are what is learned from; name a \
             target, select other labels, or take the model \"sgc\", which learns nothing",
        ));
    }
    Ok(goal)
}

/// The error of a property that no node has.
fn unknown(view: &View<'_>, parameter: &str, name: &str) -> Error {
    Error::UnknownName {
        message: format!("{parameter} names {name:?}, which no node that is seen has"),
        near: crate::nearest(name, view.node_columns.iter().map(|column| &*column.name)).map(str::to_owned),
    }
}

fn node_goal(view: &View<'_>, options: &Options, name: &str, goal: &mut Goal) -> Result<(), Error> {
    let column = view.node_column(name).ok_or_else(|| unknown(view, "target", name))?;
    let labels = target::labels(column, options.task)?;
    let nodes = view.graph.node_count();
    let labelled = |node: usize| match &labels {
        Labels::Classes { of, .. } => of[node].is_some(),
        Labels::Numbers(values) => !values[node].is_nan(),
    };
    let property = match &options.split {
        None => None,
        Some(split) => Some(view.node_column(split).ok_or_else(|| unknown(view, "split", split))?),
    };
    let key = |node: usize| target::random_key(options.seed, node as u64);
    let parts = target::split(property, nodes, labelled, key)?;
    let rows = [Part::Train, Part::Validation, Part::Test].map(|part| target::of_part(&parts, part));
    if rows[0].is_empty() {
        return Err(unfit(format!("no node of the training part has the target {name:?}")));
    }
    // Statistics of features come from what trains and from nodes that are in no part.
    goal.training = Some(parts.iter().map(|part| !matches!(part, Some(Part::Validation | Part::Test))).collect());
    goal.objective = match labels {
        Labels::Classes { values, of } => {
            if let Some(loss) = options.loss.filter(|loss| !matches!(loss, Loss::CrossEntropy | Loss::Bce)) {
                return Err(unfit(format!(
                    "the target {name:?} holds classes, whose loss is cross_entropy or bce, not {:?}",
                    loss.name()
                )));
            }
            goal.task = Task::Classification;
            goal.classes = values;
            let one_against_rest = options.loss == Some(Loss::Bce);
            Objective::Classes {
                parts: rows,
                of: of.iter().map(|class| class.unwrap_or(0)).collect(),
                one_against_rest,
            }
        }
        Labels::Numbers(values) => {
            if options.loss.is_some_and(|loss| loss != Loss::Mse) {
                return Err(unfit(format!("the target {name:?} holds numbers, whose loss is \"mse\"")));
            }
            goal.task = Task::Regression;
            let count = rows[0].len() as f64;
            let mean = rows[0].iter().map(|&row| values[row as usize]).sum::<f64>() / count;
            let spread = rows[0].iter().map(|&row| (values[row as usize] - mean).powi(2)).sum::<f64>() / count;
            let spread = if spread > 0.0 { spread.sqrt() } else { 1.0 };
            goal.scale = Some((mean, spread));
            let scaled = |value: &f64| if value.is_nan() { 0.0 } else { ((value - mean) / spread) as f32 };
            Objective::Values { parts: rows, of: values.iter().map(scaled).collect() }
        }
    };
    Ok(())
}

fn edge_goal(view: &View<'_>, options: &Options, kind: PairKind, goal: &mut Goal) -> Result<PairTask, Error> {
    let graph = view.graph;
    let label = match &options.target_edge {
        None => None,
        Some(name) => {
            Some(graph.edge_labels.iter().position(|label| **label == **name).ok_or_else(|| Error::UnknownName {
                message: format!("targetEdge names {name:?}, which is the label of no edge"),
                near: crate::nearest(name, graph.edge_labels.iter().map(|label| &**label)).map(str::to_owned),
            })? as u32)
        }
    };
    let wanted = |edge: usize| {
        view.edges[edge]
            && label.is_none_or(|label| graph.edge_label[edge] == label)
            && graph.from[edge] != graph.to[edge]
    };
    let property = match &options.split {
        None => None,
        Some(split) => {
            let column = view.edge_columns.iter().find(|column| *column.name == **split);
            Some(column.ok_or_else(|| Error::UnknownName {
                message: format!("split names {split:?}, which no edge that is seen has"),
                near: crate::nearest(split, view.edge_columns.iter().map(|column| &*column.name)).map(str::to_owned),
            })?)
        }
    };
    // Parallel edges share a part, whatever their direction: one of them would give away the others.
    let key = |edge: usize| {
        let (a, b) = (graph.from[edge].min(graph.to[edge]), graph.from[edge].max(graph.to[edge]));
        target::random_key(options.seed, mix((u64::from(a) << 32) | u64::from(b)))
    };
    let parts = target::split(property, graph.edge_count(), wanted, key)?;
    let mut pairs: [Vec<(u32, u32)>; 3] = Default::default();
    let mut held = BTreeMap::new();
    for (edge, part) in parts.iter().enumerate() {
        let ends = (graph.from[edge], graph.to[edge]);
        match part {
            Some(Part::Train) => pairs[0].push(ends),
            Some(Part::Validation) => pairs[1].push(ends),
            Some(Part::Test) => pairs[2].push(ends),
            None => continue,
        }
        if *part != Some(Part::Train) {
            held.insert((ends.0.min(ends.1), ends.0.max(ends.1)), ());
        }
    }
    for part in &mut pairs {
        part.sort_unstable();
        part.dedup();
    }
    if pairs[0].is_empty() {
        return Err(unfit("there is no edge to learn from: targetEdge, split and labels leave none"));
    }
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); graph.node_count()];
    let joined = [0, 1, 2].map(|part: usize| {
        pairs[part].iter().for_each(|&(from, to)| lists[from as usize].push(to));
        lists.iter_mut().for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        lists.clone()
    });
    // Held-out pairs carry no message in either direction, under no parallel edge of the same label.
    for (edge, seen) in goal.messages.iter_mut().enumerate() {
        let ends = (graph.from[edge].min(graph.to[edge]), graph.from[edge].max(graph.to[edge]));
        let same_label = label.is_none_or(|label| graph.edge_label[edge] == label);
        *seen = *seen && !(same_label && held.contains_key(&ends));
    }
    let mut candidates: Vec<Vec<u32>> = vec![Vec::new(); graph.node_types.len()];
    (0u32..).zip(&graph.node_type).for_each(|(node, &kind)| candidates[kind as usize].push(node));
    let recommend = goal.task == Task::Recommendation;
    // What nobody has says nothing about taste: as a negative it would only be pushed away from everybody.
    let contrasts = if recommend {
        let mut known: Vec<Vec<u32>> = vec![Vec::new(); graph.node_types.len()];
        pairs[0].iter().for_each(|&(_, item)| known[graph.node_type[item as usize] as usize].push(item));
        known.iter_mut().for_each(|items| {
            items.sort_unstable();
            items.dedup();
        });
        known
    } else {
        candidates.clone()
    };
    Ok(PairTask { parts: pairs, kind, candidates, contrasts, joined, recommend })
}

/// Features of nodes by type and of the kept edges, and how they were encoded.
pub struct Features {
    /// By node type.
    pub groups: Vec<EncodedGroup>,
    /// Kept edges x numbers.
    pub edges: Option<Matrix>,
    /// How nodes' were encoded.
    pub node_encoders: Encoders,
    /// How edges' were.
    pub edge_encoders: Option<Encoders>,
}

/// Fits encoders on what trains, and encodes all.
pub fn features(view: &View<'_>, options: &Options, goal: &Goal) -> Result<Features, Error> {
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
    let request = request.without_written(&view.graph.written_of_nodes);
    let node_encoders = Encoders::fit(columns, groups, &request, training.as_deref())?;
    let encoded = node_encoders.encode(columns, groups)?;
    let (mut edges, mut edge_encoders) = (None, None);
    if !options.edge_features.is_empty() {
        let of_row = vec![0u32; view.graph.edge_count()];
        let request = options.edge_features.clone().without_written(&view.graph.written_of_edges);
        let encoders = Encoders::fit(&view.edge_columns, one_group(&of_row), &request, Some(&goal.messages))?;
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

fn one_group(of_row: &[u32]) -> Groups<'_> {
    static NAME: std::sync::LazyLock<[Arc<str>; 1]> = std::sync::LazyLock::new(|| [Arc::from("")]);
    Groups { names: &*NAME, of_row }
}

/// Features of the kept edges. Categories are looked up in random tables: messages mix them anyway.
pub fn edge_matrix(encoders: &Encoders, columns: &[Property], kept: &[bool]) -> Result<Option<Matrix>, Error> {
    let of_row = vec![0u32; kept.len()];
    let Some(group) = encoders.encode(columns, one_group(&of_row))?.into_iter().next() else { return Ok(None) };
    let width = group.width + group.categories.iter().map(|table| table.width).sum::<usize>();
    if width == 0 {
        return Ok(None);
    }
    let rows = kept.iter().filter(|kept| **kept).count();
    let mut data = Vec::with_capacity(rows * width);
    for row in (0..kept.len()).filter(|&row| kept[row]) {
        data.extend_from_slice(&group.dense[row * group.width..(row + 1) * group.width]);
        for (number, table) in group.categories.iter().enumerate() {
            let code = u64::from(table.codes[row]);
            for column in 0..table.width as u64 {
                let bits = mix(mix(number as u64).wrapping_add((code * table.width as u64 + column + 1) << 1));
                data.push(if bits >> 63 == 0 { 0.5 } else { -0.5 });
            }
        }
    }
    Ok(Some(Matrix::new(rows, width, data)))
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
) -> MessageGraph {
    let edges: Vec<MessageEdge> = (0..graph.edge_count())
        .filter(|&edge| kept[edge])
        .map(|edge| MessageEdge {
            from: graph.from[edge],
            to: graph.to[edge],
            label: labels[graph.edge_label[edge] as usize],
        })
        .collect();
    let weights = graph
        .weights
        .as_ref()
        .map(|weights| weights.iter().zip(kept).filter(|(_, kept)| **kept).map(|(&weight, _)| weight as f32).collect());
    let types = graph.node_type.iter().map(|&kind| types[kind as usize]).collect();
    MessageGraph::new(types, type_count, edges, label_count, weights, typed)
}

/// The shapes of the inputs.
pub fn group_shapes(data: &InputData, names: &[String]) -> Vec<GroupShape> {
    let shape = |(group, name): (&super::input::GroupData, &String)| GroupShape {
        name: name.clone(),
        dense: group.dense.cols,
        tables: group.tables(),
        ids: group.ids.as_ref().map_or(0, |ids| ids.bound()),
    };
    data.groups.iter().zip(names).map(shape).collect()
}
