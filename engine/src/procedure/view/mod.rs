//! Projections: the graph views of a statement's snapshot, under label filters and a weight.

mod column;
mod properties;

use std::sync::Arc;

use rayon::ThreadPool;
use wend_algorithms::{FileGraphBuilder, GraphBuilder, GraphShape, Needs, Orientation, Properties};
use wend_storage::{LabelId, NodeId, PropertyKey};

use super::error::algorithm_error;
use crate::{
    error::{Error, Result},
    runtime::statement::Statement,
    value::Value,
    view::{Filter, Form, GraphView, Key, Place, View},
};

/// Values of one row after the other as a column that algorithms learn from.
pub(super) fn collect<'a>(values: impl ExactSizeIterator<Item = &'a Value>) -> Result<wend_algorithms::Values> {
    let rows = values.len();
    let mut column = column::Column::new(rows);
    for (row, value) in values.enumerate() {
        if let Some(stored) = value.to_stored()? {
            column.push(row, stored);
        }
    }
    Ok(column.finish(rows))
}

impl Filter {
    /// The form of the view for these needs, with the names of properties looked up.
    pub(crate) fn form(&self, st: &Statement, needs: &Needs) -> Result<Form> {
        Ok(match (&needs.properties, needs.orientation) {
            (Some(Properties { nodes, edges }), _) => Form::Properties(Box::new(self.select(st, nodes, edges)?)),
            (None, Orientation::Undirected) => Form::Undirected(needs.parallel),
            (None, Orientation::Natural | Orientation::Reverse) => Form::Directed(needs.parallel),
        })
    }

    /// Looks up the names of a call's common parameters.
    pub(crate) fn resolve(st: &Statement, arguments: &wend_algorithms::Arguments) -> Result<Filter> {
        Self::named(st, &arguments.node_labels, &arguments.edge_labels, &arguments.weight)
    }

    /// Looks up the names of labels and of a weight.
    pub(crate) fn named(
        st: &Statement,
        node_labels: &Option<Vec<String>>,
        edge_labels: &Option<Vec<String>>,
        weight: &Option<String>,
    ) -> Result<Filter> {
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
        let weight = match weight {
            None => None,
            Some(name) => Some(st.tx.property_key(name)?.ok_or_else(|| {
                let keys = st.tx.property_keys().unwrap_or_default();
                let near = wend_grammar::suggest(name, keys.iter().map(|(_, name)| &**name));
                Error::reference(format!("weight names the property `{name}`, which nothing in the database has"))
                    .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
            })?),
        };
        Ok(Filter {
            node_labels: labels(node_labels, st.tx.node_labels(st.graph)?, "nodeLabels")?,
            edge_labels: labels(edge_labels, st.tx.edge_labels(st.graph)?, "edgeLabels")?,
            weight,
            ..Filter::default()
        })
    }

    /// How large the view will be at most, without building it.
    pub(crate) fn shape(&self, st: &Statement, form: &Form) -> Result<GraphShape> {
        let sum = |labels: &Option<Vec<LabelId>>, all: u64, count: &dyn Fn(LabelId) -> Result<u64>| -> Result<u64> {
            match labels {
                None => Ok(all),
                Some(labels) => {
                    let counts = labels.iter().map(|&label| count(label)).collect::<Result<Vec<_>>>()?;
                    Ok(counts.iter().sum::<u64>().min(all))
                }
            }
        };
        let (node_values, edge_values) = match form {
            Form::Undirected(_) | Form::Directed(_) => (0, 0),
            Form::Properties(selection) => self.sample(st, selection)?,
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

    /// The view of the statement's snapshot in memory, from the cache when it is there.
    pub(crate) fn view(&self, st: &Statement, form: &Form, orientation: Orientation) -> Result<View> {
        self.view_in(st, form, orientation, Place::Memory)
    }

    /// The view of the statement's snapshot, from the cache when it is there, else made at this place.
    pub(crate) fn view_in(&self, st: &Statement, form: &Form, orientation: Orientation, place: Place) -> Result<View> {
        Ok(self.cached(st, form, place)?.oriented(orientation))
    }

    fn cached(&self, st: &Statement, form: &Form, place: Place) -> Result<View> {
        let build = || -> Result<View> {
            Ok(match form {
                Form::Undirected(parallel) => View::Undirected(self.build(st, place, |edges, pool| match edges {
                    Edges::Memory(edges) => edges.build_undirected(*parallel, Some(pool)),
                    Edges::Files(edges) => edges.build_undirected(*parallel, pool),
                })?),
                Form::Directed(parallel) => {
                    let view = self.build(st, place, |edges, pool| match edges {
                        Edges::Memory(edges) => edges.build_directed(*parallel, Some(pool)),
                        Edges::Files(edges) => edges.build_directed(*parallel, pool),
                    })?;
                    View::Directed(view, Orientation::Natural)
                }
                Form::Properties(selection) => View::Properties(Arc::new(self.build_properties(st, selection)?)),
            })
        };
        if st.tx.graph_dirty(st.graph) {
            return build();
        }
        let version = st.tx.graph_version(st.graph)?;
        let key = Key { graph: st.graph, version, filter: self.clone(), form: form.clone(), mapped: place.is_mapped() };
        let cache = st.database.views();
        if let Some(view) = cache.get(&key) {
            return Ok(view);
        }
        let view = build()?;
        cache.put(key, view.clone());
        Ok(view)
    }

    fn build<G>(
        &self,
        st: &Statement,
        place: Place,
        build: impl FnOnce(Edges, &ThreadPool) -> std::result::Result<G, wend_algorithms::Error>,
    ) -> Result<Arc<GraphView<G>>> {
        let nodes = self.nodes(st)?;
        let index = Index::new(&nodes);
        let mut edges = Edges::new(st, nodes.len(), self.weight.is_some(), place)?;
        match &self.edge_labels {
            None => self.add_edges(st, None, &index, &mut edges)?,
            Some(labels) => labels.iter().try_for_each(|&label| self.add_edges(st, Some(label), &index, &mut edges))?,
        }
        drop(index);
        let graph = build(edges, st.database.pool()?).map_err(algorithm_error)?;
        Ok(Arc::new(GraphView { nodes, graph }))
    }

    /// The nodes of these labels, in insertion order.
    pub(crate) fn nodes(&self, st: &Statement) -> Result<Vec<NodeId>> {
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
        if let Some(label) = self.without {
            let without = st.tx.nodes(st.graph, Some(label))?.collect::<std::result::Result<Vec<_>, _>>()?;
            let mut without = without.into_iter().peekable();
            // Both are in ascending order.
            nodes.retain(|node| {
                while without.next_if(|other| other < node).is_some() {}
                without.peek() != Some(node)
            });
        }
        Ok(nodes)
    }

    fn add_edges(&self, st: &Statement, label: Option<LabelId>, index: &Index, edges: &mut Edges) -> Result<()> {
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
            edges.add(a, b, weight)?;
        }
        Ok(())
    }
}

/// The list of edges that a view is made of.
enum Edges<'a> {
    Memory(GraphBuilder),
    Files(FileGraphBuilder<'a>),
}

impl<'a> Edges<'a> {
    fn new(st: &'a Statement, nodes: usize, weighted: bool, place: Place) -> Result<Self> {
        match (place, st.database.scratch()) {
            (Place::Files { mapped, budget }, Some(scratch)) => {
                let builder = FileGraphBuilder::new(nodes, weighted, scratch, mapped, budget);
                Ok(Edges::Files(builder.map_err(algorithm_error)?))
            }
            _ => Ok(Edges::Memory(GraphBuilder::new(nodes, weighted))),
        }
    }

    fn add(&mut self, from: u32, to: u32, weight: f64) -> Result<()> {
        match self {
            Edges::Memory(builder) => builder.add_edge(from, to, weight),
            Edges::Files(builder) => builder.add_edge(from, to, weight).map_err(algorithm_error)?,
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
