//! The examples of a target: which nodes, graphs or edges have which target, and in which part they are.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::items::{Examples, Kind};
use super::options::{Options, unfit};
use super::prepare::VisibleGraph;
use super::target::{self, Labels, Part};
use crate::algorithm::groups::GroupsOfNodes;
use crate::core::error::Error;
use crate::graph::property::{NO_TEXT, Property, PropertyGraph, Values};
use crate::numeric::random::mix;

/// Examples with their targets.
pub struct Target {
    /// What they are.
    pub examples: Examples,
    /// The target of each.
    pub labels: Labels,
    /// The part of each.
    pub parts: Vec<Option<Part>>,
    /// Whether nodes of each type have predictions; all alike where edges are predicted.
    pub predicted: Vec<bool>,
    /// Names of the labels of edges that have predictions.
    pub predicted_edges: Vec<String>,
    /// Whether each node, or each edge where edges are predicted, may be learned from.
    pub training: Vec<bool>,
}

impl Examples {
    /// What they are.
    pub fn kind(&self) -> Kind {
        match self {
            Examples::Nodes => Kind::Nodes,
            Examples::Graphs(_) => Kind::Graphs,
            Examples::Edges(_) => Kind::Edges,
        }
    }

    /// The graphs of the visible nodes by the property `name`.
    pub fn graphs(view: &VisibleGraph<'_>, name: &str) -> Result<GroupsOfNodes, Error> {
        if view.node_column(name).is_none() {
            return Err(unknown(view, "groupBy", name));
        }
        let mut groups = GroupsOfNodes::of("gnn_embed", "groupBy", view.graph, name)?;
        if let Some(there) = &view.nodes {
            // Graphs of which nothing is visible yet are none.
            let gone = |(group, there): (&mut u32, &bool)| *group = if *there { *group } else { u32::MAX };
            groups.of_node.iter_mut().zip(there).for_each(gone);
            let mut number = vec![u32::MAX; groups.names.len()];
            let mut names = Vec::new();
            for group in groups.of_node.iter_mut().filter(|group| **group != u32::MAX) {
                let known = &mut number[*group as usize];
                if *known == u32::MAX {
                    *known = names.len() as u32;
                    names.push(groups.names[*group as usize].clone());
                }
                *group = *known;
            }
            groups.names = names;
        }
        Ok(groups)
    }

    /// Whether each edge joins two visible nodes of one graph: a graph is its nodes and the edges between them.
    pub fn within(groups: &GroupsOfNodes, view: &VisibleGraph<'_>) -> Vec<bool> {
        let graph_of = |node: u32| Some(groups.of_node[node as usize]).filter(|group| *group != u32::MAX);
        let ends = view.graph.from.iter().zip(&view.graph.to).map(|(&from, &to)| (graph_of(from), graph_of(to)));
        view.edges.iter().zip(ends).map(|(seen, (from, to))| *seen && from.is_some() && from == to).collect()
    }

    /// The visible edges with one of these labels.
    pub fn edges(view: &VisibleGraph<'_>, labels: &[bool]) -> Vec<u32> {
        let chosen = |edge: &u32| view.edges[*edge as usize] && labels[view.graph.edge_label[*edge as usize] as usize];
        (0..view.graph.edge_count() as u32).filter(chosen).collect()
    }
}

/// The error of a property that no node has.
pub fn unknown(view: &VisibleGraph<'_>, parameter: &str, name: &str) -> Error {
    Error::UnknownName {
        message: format!("{parameter} names {name:?}, which no node that is seen has"),
        near: wend_names::suggest(name, view.node_columns.iter().map(|column| &*column.name)).map(str::to_owned),
    }
}

/// The error of a property that no edge has.
pub fn unknown_of_edges(view: &VisibleGraph<'_>, parameter: &str, name: &str) -> Error {
    Error::UnknownName {
        message: format!("{parameter} names {name:?}, which no edge that is seen has"),
        near: wend_names::suggest(name, view.edge_columns.iter().map(|column| &*column.name)).map(str::to_owned),
    }
}

/// The number of the edge label that targetEdge names.
pub fn target_edge(graph: &PropertyGraph, options: &Options) -> Result<Option<u32>, Error> {
    let Some(name) = &options.target_edge else { return Ok(None) };
    let place = graph.edge_labels.iter().position(|label| **label == **name).ok_or_else(|| Error::UnknownName {
        message: format!("targetEdge names {name:?}, which is the label of no edge"),
        near: wend_names::suggest(name, graph.edge_labels.iter().map(|label| &**label)).map(str::to_owned),
    })?;
    Ok(Some(place as u32))
}

/// The two ends of an edge, the smaller number first.
pub fn ends(graph: &PropertyGraph, edge: usize) -> (u32, u32) {
    (graph.from[edge].min(graph.to[edge]), graph.from[edge].max(graph.to[edge]))
}

/// A number that orders edges at random under a seed. Parallel edges, in either direction, have the same: in another part one would be
/// a leak.
pub fn key_of_ends(graph: &PropertyGraph, edge: usize, seed: u64) -> u64 {
    let (a, b) = ends(graph, edge);
    target::random_key(seed, mix((u64::from(a) << 32) | u64::from(b)))
}

impl Target {
    /// Reads target and split.
    pub fn new(view: &VisibleGraph<'_>, options: &Options, name: &str) -> Result<Target, Error> {
        if options.predicts_edges() {
            return Self::of_edges(view, options, name);
        }
        let column = view.node_column(name).ok_or_else(|| unknown(view, "target", name))?;
        let labels = target::labels(column, options.task, "node")?;
        let split = options.split.as_deref();
        let split = split.map(|split| view.node_column(split).ok_or_else(|| unknown(view, "split", split)));
        let split = split.transpose()?;
        let predicted = predicted_types(view.graph, |node| labels.has(node));
        let Some(group_by) = &options.group_by else {
            let key = |node: usize| target::random_key(options.seed, node as u64);
            let parts = target::split(split, view.graph.node_count(), |node| labels.has(node), key)?;
            // Statistics of features come from training nodes and from nodes that are in no part.
            let training = parts.iter().map(may_learn).collect();
            let predicted_edges = Vec::new();
            return Ok(Target { examples: Examples::Nodes, labels, parts, predicted, predicted_edges, training });
        };
        let groups = Examples::graphs(view, group_by)?;
        let labels = of_graphs(labels, &groups, name)?;
        let split = split.map(|split| split_of_graphs(split, &groups)).transpose()?;
        let key = |graph: usize| target::random_key(options.seed, graph as u64);
        let parts = target::split(split.as_ref(), groups.names.len(), |graph| labels.has(graph), key)?;
        let learn = |group: &u32| parts.get(*group as usize).is_some_and(may_learn);
        let training = groups.of_node.iter().map(learn).collect();
        let examples = Examples::Graphs(groups);
        Ok(Target { examples, labels, parts, predicted, predicted_edges: Vec::new(), training })
    }

    fn of_edges(view: &VisibleGraph<'_>, options: &Options, name: &str) -> Result<Target, Error> {
        let graph = view.graph;
        let find = |parameter: &str, name: &str| {
            let column = view.edge_columns.iter().find(|column| *column.name == *name);
            column.ok_or_else(|| unknown_of_edges(view, parameter, name))
        };
        let column = find("target", name)?;
        let all = target::labels(column, options.task, "edge")?;
        let only = target_edge(graph, options)?;
        let mut labels = vec![false; graph.edge_labels.len()];
        for edge in (0..graph.edge_count()).filter(|&edge| view.edges[edge] && all.has(edge)) {
            let label = graph.edge_label[edge];
            labels[label as usize] |= only.is_none_or(|only| only == label);
        }
        let edges = Examples::edges(view, &labels);
        let wanted = |place: usize| all.has(edges[place] as usize);
        let parts = match options.split.as_deref().map(|split| find("split", split)).transpose()? {
            None => {
                let key = |place: usize| key_of_ends(graph, edges[place] as usize, options.seed);
                target::split(None, edges.len(), wanted, key)?
            }
            Some(split) => {
                let of_all = target::split(Some(split), graph.edge_count(), |edge| all.has(edge), |_| 0)?;
                edges.iter().map(|&edge| of_all[edge as usize]).collect()
            }
        };
        let mut training = view.edges.clone();
        edges.iter().zip(&parts).for_each(|(&edge, part)| training[edge as usize] = may_learn(part));
        let names = graph.edge_labels.iter().zip(&labels).filter(|(_, has)| **has);
        Ok(Target {
            labels: all.of(&edges),
            parts,
            predicted: vec![true; graph.node_types.len()],
            predicted_edges: names.map(|(label, _)| label.to_string()).collect(),
            training,
            examples: Examples::Edges(edges),
        })
    }
}

fn may_learn(part: &Option<Part>) -> bool {
    !matches!(part, Some(Part::Validation | Part::Test))
}

/// The targets of graphs from those of their nodes: one for each, which all its nodes have that have any.
fn of_graphs(labels: Labels, groups: &GroupsOfNodes, name: &str) -> Result<Labels, Error> {
    let count = groups.names.len();
    let two = |group: usize, first: String, second: String| {
        unfit(format!(
            "the target {name:?} is both {first} and {second} at nodes of the graph {}; a graph has one target, at all its nodes or at \
             one of them",
            shown(groups, group)
        ))
    };
    let members = || (0..groups.of_node.len()).filter(|&node| (groups.of_node[node] as usize) < count);
    match labels {
        Labels::Classes { values, of } => {
            let mut of_graph: Vec<Option<u32>> = vec![None; count];
            for node in members() {
                let (Some(class), group) = (of[node], groups.of_node[node] as usize) else { continue };
                match of_graph[group] {
                    Some(known) if known != class => {
                        let quoted = |class: u32| values[class as usize].quoted();
                        return Err(two(group, quoted(known), quoted(class)));
                    }
                    _ => of_graph[group] = Some(class),
                }
            }
            Ok(Labels::Classes { values, of: of_graph })
        }
        Labels::Numbers(values) => {
            let mut of_graph = vec![f64::NAN; count];
            for node in members().filter(|&node| !values[node].is_nan()) {
                let (value, group) = (values[node], groups.of_node[node] as usize);
                if of_graph[group].is_nan() {
                    of_graph[group] = value;
                } else if of_graph[group] != value {
                    return Err(two(group, of_graph[group].to_string(), value.to_string()));
                }
            }
            Ok(Labels::Numbers(of_graph))
        }
    }
}

/// The split of graphs from that of their nodes.
fn split_of_graphs(split: &Property, groups: &GroupsOfNodes) -> Result<Property, Error> {
    // What is no text, `target::split` refuses.
    let Values::Texts { distinct, codes } = &split.values else { return Ok(split.clone()) };
    let mut of_graph = vec![NO_TEXT; groups.names.len()];
    for (&group, &code) in groups.of_node.iter().zip(codes) {
        let Some(known) = of_graph.get_mut(group as usize).filter(|_| code != NO_TEXT) else { continue };
        if *known != NO_TEXT && *known != code {
            return Err(unfit(format!(
                "the split {:?} is both {:?} and {:?} at nodes of the graph {}; a graph is in one part",
                split.name,
                distinct[*known as usize],
                distinct[code as usize],
                shown(groups, group as usize)
            )));
        }
        *known = code;
    }
    Ok(Property {
        name: Arc::clone(&split.name),
        values: Values::Texts { distinct: distinct.clone(), codes: of_graph },
    })
}

/// The name of a graph in a message.
fn shown(groups: &GroupsOfNodes, group: usize) -> String {
    use crate::algorithm::output::Scalar;
    match &groups.names[group] {
        Scalar::String(text) => format!("{text:?}"),
        Scalar::Int(value) => value.to_string(),
        Scalar::Float(value) => value.to_string(),
        Scalar::Bool(value) => value.to_string(),
        _ => group.to_string(),
    }
}

/// The node types that have predictions: those whose labels include all labels of a type that has the target. So a node
/// with one label more is predicted too, and a node of another kind is not.
fn predicted_types(graph: &PropertyGraph, labelled: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut has = vec![false; graph.node_types.len()];
    (0..graph.node_count()).filter(|&node| labelled(node)).for_each(|node| has[graph.node_type[node] as usize] = true);
    let labels = |name: &'_ str| -> BTreeSet<String> { name.split('&').map(str::to_owned).collect() };
    let with: Vec<BTreeSet<String>> =
        graph.node_types.iter().zip(&has).filter(|(_, has)| **has).map(|(name, _)| labels(name)).collect();
    let included = |name: &str| {
        let own = labels(name);
        with.iter().any(|with| with.is_subset(&own))
    };
    graph.node_types.iter().zip(&has).map(|(name, has)| *has || included(name)).collect()
}
