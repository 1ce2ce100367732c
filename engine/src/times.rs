//! The times of a graph's nodes and edges: when each came to be, as far as a property says so.
//!
//! What has no time is always there, but for one case: a node whose label has no time property is as old as the newest node
//! that it points to. A line of an order belongs to its order, and is not there before it.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, PropertyKey, Transaction, Value as Stored};

use crate::{control::CancelToken, error::Result};

/// Which properties hold the times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeProperties {
    /// By node or edge label.
    pub(crate) by_label: BTreeMap<String, String>,
    /// Of all other labels.
    pub(crate) otherwise: Option<String>,
    /// Nodes with this label have no time, nor does any other take theirs.
    pub(crate) without: Option<String>,
}

impl TimeProperties {
    /// One property for all labels.
    pub(crate) fn of_all(property: &str) -> Self {
        TimeProperties { otherwise: Some(property.to_owned()), ..TimeProperties::default() }
    }

    /// Whether no label has one.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_label.is_empty() && self.otherwise.is_none()
    }
}

/// The key of the time of a label, each looked up once.
struct Keys {
    by_label: FxHashMap<LabelId, PropertyKey>,
    otherwise: Option<PropertyKey>,
    without: Option<LabelId>,
    /// All of them, sorted.
    all: Vec<PropertyKey>,
}

impl Keys {
    fn resolve(tx: &Transaction, properties: &TimeProperties) -> Result<Keys> {
        let mut by_label = FxHashMap::default();
        for (label, property) in &properties.by_label {
            if let (Some(label), Some(key)) = (tx.label(label)?, tx.property_key(property)?) {
                by_label.insert(label, key);
            }
        }
        let otherwise = match &properties.otherwise {
            Some(name) => tx.property_key(name)?,
            None => None,
        };
        let without = match &properties.without {
            Some(name) => tx.label(name)?,
            None => None,
        };
        let mut all: Vec<PropertyKey> = by_label.values().copied().chain(otherwise).collect();
        all.sort_unstable();
        all.dedup();
        Ok(Keys { by_label, otherwise, without, all })
    }

    /// Whether elements with this label have a time of their own; the key of it.
    fn of(&self, labels: &[LabelId]) -> Option<PropertyKey> {
        labels.iter().find_map(|label| self.by_label.get(label).copied()).or(self.otherwise)
    }

    /// Whether one of these labels has a time property of its own, not only that of all labels.
    fn has_own(&self, labels: &[LabelId]) -> bool {
        labels.iter().any(|label| self.by_label.contains_key(label))
    }
}

/// Seconds since 1970 of each node and edge, local times as if UTC; numbers are taken as they are.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// The number of the first node of `nodes`.
    first: u64,
    /// NaN = always there.
    nodes: Vec<f64>,
    edges: FxHashMap<EdgeId, f64>,
}

impl Times {
    /// The times of a graph.
    pub(crate) fn read(
        tx: &Transaction,
        graph: GraphId,
        properties: &TimeProperties,
        cancel: &CancelToken,
    ) -> Result<Times> {
        let keys = Keys::resolve(tx, properties)?;
        let mut times = Times::default();
        if keys.all.is_empty() {
            return Ok(times);
        }
        let mut reader = tx.node_reader(graph);
        // Those that may have the time of another.
        let mut without = Vec::new();
        for (position, node) in tx.nodes(graph, None)?.enumerate() {
            if position % 4096 == 0 {
                cancel.check()?;
            }
            let node = node?;
            let mut found = Vec::new();
            reader.go(node)?;
            let labels = reader.parts(Some(&keys.all), &mut |key, value| found.push((key, value)))?.unwrap_or_default();
            if keys.without.is_some_and(|without| labels.contains(&without)) {
                times.set(node, None);
                continue;
            }
            let key = keys.of(&labels);
            let time = found.iter().find(|(other, _)| Some(*other) == key).and_then(|(_, value)| seconds(value));
            times.set(node, time);
            if time.is_none() && !keys.has_own(&labels) {
                without.push(node);
            }
        }
        times.inherit(tx, graph, &without, cancel)?;
        let mut reader = tx.edge_reader(graph);
        for (label, _) in tx.edge_labels(graph)? {
            let Some(key) = keys.of(&[label]) else { continue };
            for (position, edge) in tx.edges(graph, Some(label))?.enumerate() {
                if position % 4096 == 0 {
                    cancel.check()?;
                }
                let (edge, ..) = edge?;
                reader.go(edge)?;
                reader.parts(Some(&[key]), &mut |_, value| {
                    if let Some(time) = seconds(&value) {
                        times.edges.insert(edge, time);
                    }
                })?;
            }
        }
        Ok(times)
    }

    fn set(&mut self, node: NodeId, time: Option<f64>) {
        if self.nodes.is_empty() {
            self.first = node.0;
        }
        let place = (node.0 - self.first) as usize;
        self.nodes.resize(place, f64::NAN);
        self.nodes.push(time.unwrap_or(f64::NAN));
    }

    /// Gives nodes without a time that of the newest node that they point to.
    fn inherit(&mut self, tx: &Transaction, graph: GraphId, without: &[NodeId], cancel: &CancelToken) -> Result<()> {
        /// A row of a row of a row: deeper than tables are nested.
        const ROUNDS: usize = 4;
        if without.is_empty() {
            return Ok(());
        }
        let mut open: FxHashMap<NodeId, Vec<NodeId>> = without.iter().map(|&node| (node, Vec::new())).collect();
        for (position, edge) in tx.edges(graph, None)?.enumerate() {
            if position % 4096 == 0 {
                cancel.check()?;
            }
            let (_, _, from, to) = edge?;
            if let Some(targets) = open.get_mut(&from) {
                targets.push(to);
            }
        }
        for _ in 0..ROUNDS {
            let newest = |node: &NodeId| {
                let times = open.get(node)?.iter().filter_map(|&target| self.of_node(target));
                let newest = times.reduce(f64::max)?;
                (self.of_node(*node) != Some(newest)).then_some((*node, newest))
            };
            let changed: Vec<(NodeId, f64)> = without.iter().filter_map(newest).collect();
            if changed.is_empty() {
                break;
            }
            for (node, time) in changed {
                self.nodes[(node.0 - self.first) as usize] = time;
            }
        }
        Ok(())
    }

    /// The time of a node; `None` = it is always there.
    pub(crate) fn of_node(&self, node: NodeId) -> Option<f64> {
        let place = usize::try_from(node.0.checked_sub(self.first)?).ok()?;
        self.nodes.get(place).copied().filter(|time| !time.is_nan())
    }

    /// The time of an edge itself, whatever its ends are; `None` = it is there whenever they are.
    pub(crate) fn of_edge(&self, edge: EdgeId) -> Option<f64> {
        if self.edges.is_empty() { None } else { self.edges.get(&edge).copied() }
    }

    /// The first and the last time of all nodes and edges.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        let all = self.nodes.iter().copied().filter(|time| !time.is_nan()).chain(self.edges.values().copied());
        all.fold(None, |range, time| {
            let (first, last) = range.unwrap_or((time, time));
            Some((time.min(first), time.max(last)))
        })
    }

    /// The time by which a twentieth of all is there: what comes earlier are a few old rows, such as when somebody was employed.
    pub(crate) fn early(&self) -> Option<f64> {
        let nodes = self.nodes.iter().copied().filter(|time| !time.is_nan());
        let mut all: Vec<f64> = nodes.chain(self.edges.values().copied()).collect();
        let place = all.len() / 20;
        (!all.is_empty()).then(|| *all.select_nth_unstable_by(place, f64::total_cmp).1)
    }

    /// Bytes that this holds, nearly.
    pub(crate) fn bytes(&self) -> u64 {
        (self.nodes.capacity() * 8 + self.edges.capacity() * 17) as u64
    }
}

/// A stored value as a time: dates, datetimes and numbers are.
pub(crate) fn seconds(value: &Stored) -> Option<f64> {
    match value {
        Stored::Int(number) => Some(*number as f64),
        Stored::Float(number) => Some(*number).filter(|number| number.is_finite()),
        Stored::Date(days) => Some(f64::from(*days) * 86_400.0),
        Stored::LocalDateTime { seconds, nanos } | Stored::ZonedDateTime { seconds, nanos, .. } => {
            Some(*seconds as f64 + f64::from(*nanos) / 1e9)
        }
        _ => None,
    }
}

/// The times of a graph that a statement has read, by the properties that hold them.
#[derive(Debug, Default)]
pub(crate) struct KnownTimes(Vec<(TimeProperties, Arc<Times>)>);

impl KnownTimes {
    /// The times, read at the first use.
    pub(crate) fn get(
        &mut self,
        properties: &TimeProperties,
        read: impl FnOnce() -> Result<Times>,
    ) -> Result<Arc<Times>> {
        if let Some((_, times)) = self.0.iter().find(|(known, _)| known == properties) {
            return Ok(times.clone());
        }
        let times = Arc::new(read()?);
        self.0.push((properties.clone(), times.clone()));
        Ok(times)
    }
}
