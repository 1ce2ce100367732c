//! Graph views: the read-only CSR of a snapshot under label filters and a weight, kept while the graph does not change.

mod column;
mod fingerprint;
mod properties;

use std::{collections::VecDeque, sync::Arc};

pub(crate) use fingerprint::{Difference, Fingerprint, VectorsHash};
use parking_lot::Mutex;
pub(crate) use properties::{PropertyView, Selection};
use wend_algorithms::{Graph, GraphBuilder, GraphShape, Input};
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, PropertyKey};

use crate::{
    error::{Error, Result},
    exec::context::Statement,
    value::Value,
};

/// A CSR graph and the nodes that its dense numbers stand for, in insertion order.
pub(crate) struct GraphView {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) graph: Graph,
}

impl GraphView {
    fn bytes(&self) -> u64 {
        self.graph.memory_bytes() + (self.nodes.len() * size_of::<NodeId>()) as u64
    }
}

/// What an algorithm computes on.
#[derive(Clone)]
pub(crate) enum View {
    /// Undirected, without properties.
    Topology(Arc<GraphView>),
    /// With labels, directions and properties.
    Properties(Arc<PropertyView>),
    /// Nodes alone: those that a result has rows for.
    Nodes(Arc<[NodeId]>),
}

impl View {
    /// The nodes, in insertion order.
    pub(crate) fn nodes(&self) -> &[NodeId] {
        match self {
            View::Topology(view) => &view.nodes,
            View::Properties(view) => &view.nodes,
            View::Nodes(nodes) => nodes,
        }
    }

    /// The edges of a property graph, in insertion order.
    pub(crate) fn edges(&self) -> &[EdgeId] {
        match self {
            View::Topology(_) | View::Nodes(_) => &[],
            View::Properties(view) => &view.edges,
        }
    }

    /// These of its nodes alone, by their dense numbers.
    pub(crate) fn only(&self, numbers: &[u32]) -> View {
        View::Nodes(numbers.iter().map(|&number| self.nodes()[number as usize]).collect())
    }

    /// The graph without properties, if it is one.
    pub(crate) fn topology(&self) -> Option<&Graph> {
        match self {
            View::Topology(view) => Some(&view.graph),
            View::Properties(_) | View::Nodes(_) => None,
        }
    }

    /// As an algorithm takes it, with the saved model it is to use; nothing when it is nodes alone.
    pub(crate) fn input<'a>(&'a self, model: Option<&'a [u8]>) -> Option<Input<'a>> {
        match self {
            View::Topology(view) => Some(Input::Topology(&view.graph)),
            View::Properties(view) => Some(Input::Properties { graph: &view.graph, model }),
            View::Nodes(_) => None,
        }
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            View::Topology(view) => view.bytes(),
            View::Properties(view) => view.bytes(),
            View::Nodes(nodes) => size_of_val::<[NodeId]>(nodes) as u64,
        }
    }
}

/// Which part of a graph is viewed, and how its edges are weighed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    node_labels: Option<Vec<LabelId>>,
    edge_labels: Option<Vec<LabelId>>,
    weight: Option<PropertyKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    graph: GraphId,
    version: u64,
    filter: Filter,
    /// `None` = a view without properties.
    selection: Option<Selection>,
}

/// The views of recent calls, oldest first, up to a number of bytes.
pub(crate) struct ViewCache {
    limit: u64,
    views: Mutex<VecDeque<(Key, View)>>,
}

impl ViewCache {
    /// `limit` in bytes; 0 keeps nothing.
    pub(crate) fn new(limit: u64) -> Self {
        ViewCache { limit, views: Mutex::default() }
    }

    fn get(&self, key: &Key) -> Option<View> {
        let mut views = self.views.lock();
        let position = views.iter().position(|(known, _)| known == key)?;
        let entry = views.remove(position)?;
        let view = entry.1.clone();
        views.push_back(entry);
        Some(view)
    }

    fn put(&self, key: Key, view: View) {
        let mut views = self.views.lock();
        // A view of an older version of the graph will hardly be asked for again.
        views.retain(|(known, _)| known.graph != key.graph || known.version == key.version);
        views.push_back((key, view));
        let mut bytes: u64 = views.iter().map(|(_, view)| view.bytes()).sum();
        while bytes > self.limit {
            match views.pop_front() {
                Some((_, oldest)) => bytes -= oldest.bytes(),
                None => break,
            }
        }
    }
}

impl Filter {
    /// Looks up the names of a call's common parameters.
    pub(crate) fn resolve(st: &Statement, arguments: &wend_algorithms::Arguments) -> Result<Filter> {
        let labels = |names: &Option<Vec<String>>, known: Vec<(LabelId, u64)>, parameter: &str| -> Result<_> {
            let Some(names) = names else { return Ok(None) };
            let mut labels = Vec::new();
            for name in names {
                let label = st.tx.label(name)?.filter(|label| known.iter().any(|(other, _)| other == label));
                let Some(label) = label else {
                    let all =
                        known.iter().map(|&(label, _)| Ok(st.tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
                    let near = wend_grammar::suggest(name, all.iter().map(|name| &**name));
                    return Err(Error::reference(format!(
                        "{parameter} names `{name}`, which no element of the graph has"
                    ))
                    .with_hint_if(near.map(|near| format!("did you mean `{near}`?"))));
                };
                labels.push(label);
            }
            labels.sort_unstable();
            labels.dedup();
            Ok(Some(labels))
        };
        let weight = match &arguments.weight {
            None => None,
            Some(name) => Some(st.tx.property_key(name)?.ok_or_else(|| {
                let keys = st.tx.property_keys().unwrap_or_default();
                let near = wend_grammar::suggest(name, keys.iter().map(|(_, name)| &**name));
                Error::reference(format!("weight names the property `{name}`, which nothing in the database has"))
                    .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
            })?),
        };
        Ok(Filter {
            node_labels: labels(&arguments.node_labels, st.tx.node_labels(st.graph)?, "nodeLabels")?,
            edge_labels: labels(&arguments.edge_labels, st.tx.edge_labels(st.graph)?, "edgeLabels")?,
            weight,
        })
    }

    /// How large the view will be at most, without building it.
    pub(crate) fn shape(&self, st: &Statement, selection: Option<&Selection>) -> Result<GraphShape> {
        let sum = |labels: &Option<Vec<LabelId>>, all: u64, count: &dyn Fn(LabelId) -> Result<u64>| -> Result<u64> {
            match labels {
                None => Ok(all),
                Some(labels) => {
                    let counts = labels.iter().map(|&label| count(label)).collect::<Result<Vec<_>>>()?;
                    Ok(counts.iter().sum::<u64>().min(all))
                }
            }
        };
        let (node_values, edge_values) = match selection {
            None => (0, 0),
            Some(selection) => self.sample(st, selection)?,
        };
        Ok(GraphShape {
            nodes: sum(&self.node_labels, st.tx.node_count(st.graph)?, &|label| {
                Ok(st.tx.node_label_count(st.graph, label)?)
            })?,
            edges: sum(&self.edge_labels, st.tx.edge_count(st.graph)?, &|label| {
                Ok(st.tx.edge_label_count(st.graph, label)?)
            })?,
            weighted: self.weight.is_some(),
            node_values,
            edge_values,
        })
    }

    /// The view of the statement's snapshot, with the properties selected if any are, from the cache when it is there.
    pub(crate) fn view(&self, st: &Statement, selection: Option<&Selection>) -> Result<View> {
        let build = || -> Result<View> {
            Ok(match selection {
                None => View::Topology(Arc::new(self.build(st)?)),
                Some(selection) => View::Properties(Arc::new(self.build_properties(st, selection)?)),
            })
        };
        if st.tx.graph_dirty(st.graph) {
            return build();
        }
        let version = st.tx.graph_version(st.graph)?;
        let key = Key { graph: st.graph, version, filter: self.clone(), selection: selection.cloned() };
        let cache = st.database.views();
        if let Some(view) = cache.get(&key) {
            return Ok(view);
        }
        let view = build()?;
        cache.put(key, view.clone());
        Ok(view)
    }

    fn build(&self, st: &Statement) -> Result<GraphView> {
        let nodes = self.nodes(st)?;
        let index = Index::new(&nodes);
        let mut builder = GraphBuilder::new(nodes.len(), self.weight.is_some());
        match &self.edge_labels {
            None => self.add_edges(st, None, &index, &mut builder)?,
            Some(labels) => {
                labels.iter().try_for_each(|&label| self.add_edges(st, Some(label), &index, &mut builder))?
            }
        }
        let graph = builder.build(Some(st.database.pool()?)).map_err(super::procedure::algorithm_error)?;
        Ok(GraphView { nodes, graph })
    }

    fn nodes(&self, st: &Statement) -> Result<Vec<NodeId>> {
        let mut nodes = Vec::new();
        let mut scan = |label| -> Result<()> {
            for node in st.tx.nodes(st.graph, label)? {
                if nodes.len() % 4096 == 0 {
                    st.cancel.check()?;
                }
                nodes.push(node?);
            }
            Ok(())
        };
        match &self.node_labels {
            None => scan(None)?,
            Some(labels) => {
                labels.iter().try_for_each(|&label| scan(Some(label)))?;
                nodes.sort_unstable();
                nodes.dedup();
            }
        }
        Ok(nodes)
    }

    fn add_edges(
        &self,
        st: &Statement,
        label: Option<LabelId>,
        index: &Index,
        builder: &mut GraphBuilder,
    ) -> Result<()> {
        let mut reader = st.tx.edge_reader(st.graph);
        for (position, edge) in st.tx.edges(st.graph, label)?.enumerate() {
            if position % 4096 == 0 {
                st.cancel.check()?;
            }
            let (edge, label, from, to) = edge?;
            let (Some(a), Some(b)) = (index.get(from), index.get(to)) else { continue };
            let weight = match self.weight {
                None => 1.0,
                Some(key) => {
                    reader.go(edge)?;
                    let value = reader.property(key)?.map_or(Value::Null, Value::from_stored);
                    weight_of(st, &value, key, (from, label, to))?
                }
            };
            builder.add_edge(a, b, weight);
        }
        Ok(())
    }
}

/// The weight a property value stands for; an absent one is 1. `ends` is from, label and to, for the message.
fn weight_of(st: &Statement, value: &Value, key: PropertyKey, ends: (NodeId, LabelId, NodeId)) -> Result<f64> {
    let (gqlstatus, reason) = match value {
        Value::Null => return Ok(1.0),
        Value::Int(weight) if *weight >= 0 => return Ok(*weight as f64),
        Value::Float(weight) if weight.is_finite() && *weight >= 0.0 => return Ok(*weight),
        Value::Int(_) | Value::Float(_) => ("22003", value.to_string()),
        other => ("22G03", other.type_name().to_owned()),
    };
    let (from, label, to) = ends;
    let id = |node| st.tx.node_id(st.graph, node).ok().flatten().unwrap_or_default();
    let label = st.tx.label_name(label).map_or_else(|_| String::new(), |name| name.to_string());
    let name = st.tx.property_key_name(key).map_or_else(|_| String::new(), |name| name.to_string());
    let message = format!("the weight `{name}` of the edge ({})-[:{label}]->({}) is {reason}", id(from), id(to));
    Err(Error::data(gqlstatus, message).with_hint("a weight is a finite number of at least 0"))
}

/// From node to dense number: an array where the numbers lie close together, else a search.
enum Index<'a> {
    Dense { first: u64, numbers: Vec<u32> },
    Sorted(&'a [NodeId]),
}

impl<'a> Index<'a> {
    /// `nodes` is in ascending order.
    fn new(nodes: &'a [NodeId]) -> Self {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { return Index::Sorted(nodes) };
        let span = (last.0 - first.0) as usize + 1;
        if span > nodes.len().saturating_mul(4) {
            return Index::Sorted(nodes);
        }
        let mut numbers = vec![u32::MAX; span];
        for (number, node) in nodes.iter().enumerate() {
            numbers[(node.0 - first.0) as usize] = number as u32;
        }
        Index::Dense { first: first.0, numbers }
    }

    fn get(&self, node: NodeId) -> Option<u32> {
        match self {
            Index::Dense { first, numbers } => {
                let offset = node.0.checked_sub(*first)?;
                numbers.get(offset as usize).copied().filter(|&number| number != u32::MAX)
            }
            Index::Sorted(nodes) => nodes.binary_search(&node).ok().map(|number| number as u32),
        }
    }
}
