//! The outline of a graph: labels by their stored counts, and what a sample of each tells of properties, types and ends of edges. Its cost
//! goes by the number of labels and not by the size of the graph, where DESCRIBE GRAPH reads everything.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::{EdgeId, LabelId, NodeId, Properties, PropertyKey, Value as Stored};

use super::types::Types;
use crate::{error::Result, runtime::statement::Statement};

/// How much of a label is looked at: so many elements from each of so many places of the graph.
const PLACES: u64 = 8;
const AT_A_PLACE: usize = 16;

/// What a graph is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// The name of the graph.
    pub graph: String,
    /// How many nodes it has.
    pub nodes: u64,
    /// How many edges it has.
    pub edges: u64,
    /// The labels of nodes, the most frequent first.
    pub node_labels: Vec<LabelOutline>,
    /// The labels of edges, the most frequent first.
    pub edge_labels: Vec<LabelOutline>,
    /// The properties that a sample of nodes without any label has; `None` where the sample has no such node.
    pub unlabelled: Option<Vec<PropertyOutline>>,
}

/// A label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelOutline {
    /// The label.
    pub label: String,
    /// How many nodes or edges have it.
    pub count: u64,
    /// How many of them were looked at; with less than `count` the rest is told by a sample.
    pub seen: u64,
    /// What properties they have, by name.
    pub properties: Vec<PropertyOutline>,
    /// For an edge label the labels at both ends, joined by `&`, the most frequent first.
    pub ends: Vec<(String, String)>,
}

/// A property of what has a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropertyOutline {
    /// Its name.
    pub name: String,
    /// Its types, such as `INT64 | STRING` or `VECTOR<128>`.
    pub types: String,
    /// How many of the elements looked at have it.
    pub count: u64,
}

/// Types by property.
#[derive(Default)]
struct Found(FxHashMap<PropertyKey, Types>);

impl Found {
    fn see(&mut self, properties: &Properties) {
        for (key, value) in properties {
            self.see_value(*key, value);
        }
    }

    fn see_value(&mut self, key: PropertyKey, value: &Stored) {
        self.0.entry(key).or_default().see(value);
    }

    fn properties(self, st: &Statement) -> Result<Vec<PropertyOutline>> {
        let mut properties = Vec::with_capacity(self.0.len());
        for (key, types) in self.0 {
            let name = st.tx.property_key_name(key)?.to_string();
            properties.push(PropertyOutline { name, types: types.with_lengths(), count: types.count });
        }
        properties.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(properties)
    }
}

/// The outline of a statement's graph, with the properties of the `most` frequent labels of nodes and of edges.
pub(crate) fn outline(st: &Statement, most: usize) -> Result<Outline> {
    let tx = &st.tx;
    let mut names = Names::default();
    let mut outline = Outline {
        graph: st.graph_name.to_string(),
        nodes: tx.node_count(st.graph)?,
        edges: tx.edge_count(st.graph)?,
        ..Outline::default()
    };
    for (place, (label, count)) in by_count(tx.node_labels(st.graph)?).into_iter().enumerate() {
        st.cancel.check()?;
        let name = names.of(st, label)?.to_string();
        let mut of = LabelOutline { label: name, count, ..LabelOutline::default() };
        if place < most {
            (of.seen, of.properties) = nodes(st, label)?;
        }
        outline.node_labels.push(of);
    }
    for (place, (label, count)) in by_count(tx.edge_labels(st.graph)?).into_iter().enumerate() {
        st.cancel.check()?;
        let name = names.of(st, label)?.to_string();
        let mut of = LabelOutline { label: name, count, ..LabelOutline::default() };
        if place < most {
            edges(st, label, &mut names, &mut of)?;
        }
        outline.edge_labels.push(of);
    }
    outline.unlabelled = unlabelled(st)?;
    Ok(outline)
}

fn by_count(mut labels: Vec<(LabelId, u64)>) -> Vec<(LabelId, u64)> {
    // Labels that nothing has any more stay known.
    labels.retain(|(_, count)| *count > 0);
    labels.sort_by_key(|(label, count)| (u64::MAX - count, *label));
    labels
}

/// Names of labels, each read once.
#[derive(Default)]
struct Names(FxHashMap<LabelId, Arc<str>>);

impl Names {
    fn of(&mut self, st: &Statement, label: LabelId) -> Result<Arc<str>> {
        if let Some(name) = self.0.get(&label) {
            return Ok(name.clone());
        }
        let name = st.tx.label_name(label)?;
        self.0.insert(label, name.clone());
        Ok(name)
    }

    /// The labels of a node, joined.
    fn of_node(&mut self, st: &Statement, node: NodeId) -> Result<String> {
        let labels = st.tx.node_labels_of(st.graph, node)?.unwrap_or_default();
        let mut names = labels.into_iter().map(|label| self.of(st, label)).collect::<Result<Vec<_>>>()?;
        names.sort_unstable();
        Ok(names.join("&"))
    }
}

/// Where a sample looks: each place and what comes after it.
fn places(range: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let span = range.end.saturating_sub(range.start);
    let start = move |place: u64| range.start + (u128::from(span) * u128::from(place) / u128::from(PLACES)) as u64;
    (0..PLACES).map(move |place| start(place)..range.end)
}

/// How many nodes with a label were looked at, and what properties they have.
fn nodes(st: &Statement, label: LabelId) -> Result<(u64, Vec<PropertyOutline>)> {
    let range = st.tx.node_range(st.graph)?;
    let (mut seen, mut found) = (FxHashSet::default(), Found::default());
    let mut reader = st.tx.node_reader(st.graph);
    for place in places(range.start.0..range.end.0) {
        for node in st.tx.nodes_in(st.graph, Some(label), NodeId(place.start)..NodeId(place.end))?.take(AT_A_PLACE) {
            let node = node?;
            if seen.insert(node) {
                reader.go(node)?;
                if let Some(record) = reader.record()? {
                    found.see(&record.properties);
                }
            }
        }
    }
    Ok((seen.len() as u64, found.properties(st)?))
}

/// The same of nodes without a label.
fn unlabelled(st: &Statement) -> Result<Option<Vec<PropertyOutline>>> {
    let range = st.tx.node_range(st.graph)?;
    let (mut any, mut found) = (false, Found::default());
    let mut reader = st.tx.node_reader(st.graph);
    for place in places(range.start.0..range.end.0) {
        for node in st.tx.nodes_in(st.graph, None, NodeId(place.start)..NodeId(place.end))?.take(AT_A_PLACE) {
            reader.go(node?)?;
            if let Some(record) = reader.record()?.filter(|record| record.labels.is_empty()) {
                any = true;
                found.see(&record.properties);
            }
        }
    }
    let properties = found.properties(st)?;
    Ok(any.then_some(properties))
}

/// What edges with a label have, and what they are between.
fn edges(st: &Statement, label: LabelId, names: &mut Names, of: &mut LabelOutline) -> Result<()> {
    let range = st.tx.edge_range(st.graph)?;
    let (mut seen, mut found) = (FxHashSet::default(), Found::default());
    let mut ends: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut reader = st.tx.edge_reader(st.graph);
    for place in places(range.start.0..range.end.0) {
        for edge in st.tx.edges_in(st.graph, label, EdgeId(place.start)..EdgeId(place.end))?.take(AT_A_PLACE) {
            let (edge, _, from, to) = edge?;
            if seen.insert(edge) {
                reader.go(edge)?;
                reader.parts(None, &mut |key, value| found.see_value(key, &value))?;
                *ends.entry((names.of_node(st, from)?, names.of_node(st, to)?)).or_default() += 1;
            }
        }
    }
    let mut ends: Vec<_> = ends.into_iter().collect();
    ends.sort_by_key(|(_, count)| u64::MAX - count);
    of.seen = seen.len() as u64;
    of.properties = found.properties(st)?;
    of.ends = ends.into_iter().map(|(ends, _)| ends).collect();
    Ok(())
}
