//! What a graph is made of, counted: the label sets of its nodes, the properties with their types, and which labels its edges
//! join. All of it is read once, and kept while the graph does not change.

use std::{collections::BTreeMap, sync::Arc};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use wend_storage::{GraphId, LabelId, NodeId, Properties, PropertyKey, Transaction, Value as Stored};

use crate::{
    control::CancelToken,
    error::Result,
    memory::{Held, MemoryBudget},
};

/// Names of types, in the order in which several of one property are shown.
pub(crate) const TYPES: [&str; 14] = [
    "BOOL",
    "INT64",
    "FLOAT64",
    "STRING",
    "BYTES",
    "DATE",
    "LOCAL TIME",
    "ZONED TIME",
    "LOCAL DATETIME",
    "ZONED DATETIME",
    "DURATION",
    "VECTOR",
    "RECORD",
    "LIST",
];

/// The position of a value's type among them.
pub(crate) fn type_of(value: &Stored) -> usize {
    match value {
        Stored::Bool(_) => 0,
        Stored::Int(_) => 1,
        Stored::Float(_) => 2,
        Stored::String(_) => 3,
        Stored::Bytes(_) => 4,
        Stored::Date(_) => 5,
        Stored::LocalTime(_) => 6,
        Stored::ZonedTime { .. } => 7,
        Stored::LocalDateTime { .. } => 8,
        Stored::ZonedDateTime { .. } => 9,
        Stored::Duration { .. } => 10,
        Stored::Vector(_) => 11,
        Stored::Record(_) => 12,
        Stored::List(_) => 13,
    }
}

/// The values of a property at some elements.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    /// How many values have each type.
    types: [u64; TYPES.len()],
    /// How many elements of lists do.
    elements: [u64; TYPES.len()],
}

impl Seen {
    fn see(&mut self, value: &Stored) {
        self.count += 1;
        self.types[type_of(value)] += 1;
        if let Stored::List(items) = value {
            items.iter().flatten().for_each(|item| self.elements[type_of(item)] += 1);
        }
    }

    /// Adds what was seen elsewhere.
    pub(crate) fn add(&mut self, other: &Seen) {
        self.count += other.count;
        self.types.iter_mut().zip(other.types).for_each(|(mine, theirs)| *mine += theirs);
        self.elements.iter_mut().zip(other.elements).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// `INT64`, `LIST<STRING>`, `INT64 | STRING`.
    pub(crate) fn types(&self) -> String {
        let element = self.element_type();
        let names = named(&self.types).map(|name| match element {
            Some(element) if name == "LIST" => format!("LIST<{element}>"),
            _ => name.to_owned(),
        });
        names.collect::<Vec<_>>().join(" | ")
    }

    /// The types that values have, in the order of [`TYPES`].
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &'static str> {
        named(&self.types)
    }

    /// The type that most values have.
    pub(crate) fn usual_type(&self) -> &'static str {
        let most = self.types.iter().max().copied().unwrap_or_default();
        TYPES.iter().zip(self.types).find(|(_, count)| *count == most).map_or(TYPES[0], |(name, _)| *name)
    }

    /// The type of the elements of lists, where all have one.
    pub(crate) fn element_type(&self) -> Option<&'static str> {
        let mut names = named(&self.elements);
        let first = names.next();
        if names.next().is_some() { None } else { first }
    }
}

fn named(counts: &[u64; TYPES.len()]) -> impl Iterator<Item = &'static str> {
    TYPES.iter().zip(*counts).filter(|(_, count)| *count > 0).map(|(name, _)| *name)
}

/// Properties by name.
pub(crate) type SeenProperties = BTreeMap<Arc<str>, Seen>;

/// The nodes with the same labels.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeType {
    /// In alphabetical order.
    pub(crate) labels: Vec<Arc<str>>,
    pub(crate) count: u64,
    pub(crate) properties: SeenProperties,
}

/// The edges with the same label.
#[derive(Clone, Debug, Default)]
pub(crate) struct EdgeType {
    pub(crate) count: u64,
    pub(crate) properties: SeenProperties,
    /// How many lead from nodes of one type to nodes of another, by the types' places in [`Survey::nodes`].
    pub(crate) between: BTreeMap<(usize, usize), u64>,
}

/// What a graph is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    /// By their labels.
    pub(crate) nodes: Vec<NodeType>,
    /// By label.
    pub(crate) edges: BTreeMap<Arc<str>, EdgeType>,
}

/// The numbers of property keys and how often they were seen, while the graph is read.
type SeenKeys = FxHashMap<PropertyKey, Seen>;

/// Rows read between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 1024;

impl Survey {
    /// Reads the whole graph.
    ///
    /// # Errors
    /// When the statement is cancelled, or the memory for a number of each node is not there.
    pub(crate) fn read(
        tx: &Transaction,
        graph: GraphId,
        cancel: &CancelToken,
        memory: &MemoryBudget,
    ) -> Result<Survey> {
        let mut held = Held::default();
        held.take(memory, tx.node_count(graph)? as usize * 16, "what the graph is made of")?;
        let (of_nodes, mut found) = nodes(tx, graph, cancel)?;
        // By name, so that what comes of it does not depend on the order of the nodes.
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by(|&a, &b| found[a].labels.cmp(&found[b].labels));
        let mut places = vec![0; found.len()];
        order.iter().enumerate().for_each(|(place, &number)| places[number] = place);
        let type_of = |node: NodeId| {
            let at = of_nodes.binary_search_by_key(&node, |(node, _)| *node).ok()?;
            places.get(of_nodes.get(at)?.1 as usize).copied()
        };
        let edges = edges(tx, graph, cancel, type_of)?;
        let nodes = order.into_iter().map(|number| std::mem::take(&mut found[number])).collect();
        Ok(Survey { nodes, edges })
    }

    /// The labels of nodes with how many have them and what properties those have.
    pub(crate) fn labels(&self) -> BTreeMap<Arc<str>, (u64, SeenProperties)> {
        let mut labels: BTreeMap<Arc<str>, (u64, SeenProperties)> = BTreeMap::new();
        for of in &self.nodes {
            for label in &of.labels {
                let (count, properties) = labels.entry(label.clone()).or_default();
                *count += of.count;
                for (name, seen) in &of.properties {
                    properties.entry(name.clone()).or_default().add(seen);
                }
            }
        }
        labels
    }

    /// How many edges lead from nodes with one label to nodes with another: (from, label of the edge, to).
    pub(crate) fn between_labels(&self) -> BTreeMap<(Arc<str>, Arc<str>, Arc<str>), u64> {
        let mut found = BTreeMap::new();
        for (label, of) in &self.edges {
            for (&(from, to), count) in &of.between {
                for from in &self.nodes[from].labels {
                    for to in &self.nodes[to].labels {
                        *found.entry((from.clone(), label.clone(), to.clone())).or_default() += count;
                    }
                }
            }
        }
        found
    }
}

/// The type of each node by its number, and the types.
fn nodes(tx: &Transaction, graph: GraphId, cancel: &CancelToken) -> Result<(Vec<(NodeId, u32)>, Vec<NodeType>)> {
    let mut nodes = Vec::new();
    let mut numbers: FxHashMap<Vec<LabelId>, u32> = FxHashMap::default();
    let mut found: Vec<(Vec<LabelId>, u64, SeenKeys)> = Vec::new();
    for (row, node) in (0u64..).zip(tx.node_records(graph, None)?) {
        if row.is_multiple_of(ROWS_PER_CHECK) {
            cancel.check()?;
        }
        let (node, record) = node?;
        let number = match numbers.get(&record.labels) {
            Some(number) => *number,
            None => {
                let number = found.len() as u32;
                found.push((record.labels.clone(), 0, SeenKeys::default()));
                numbers.insert(record.labels, number);
                number
            }
        };
        let (_, count, properties) = &mut found[number as usize];
        *count += 1;
        see(properties, &record.properties);
        nodes.push((node, number));
    }
    let of = |(labels, count, properties): (Vec<LabelId>, u64, SeenKeys)| {
        let mut labels = labels.into_iter().map(|label| Ok(tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
        labels.sort_unstable();
        Ok(NodeType { labels, count, properties: names(tx, properties)? })
    };
    Ok((nodes, found.into_iter().map(of).collect::<Result<_>>()?))
}

/// The edges by label; `type_of` knows the types of nodes.
fn edges(
    tx: &Transaction,
    graph: GraphId,
    cancel: &CancelToken,
    type_of: impl Fn(NodeId) -> Option<usize>,
) -> Result<BTreeMap<Arc<str>, EdgeType>> {
    let mut found: FxHashMap<LabelId, (EdgeType, SeenKeys)> = FxHashMap::default();
    for (row, edge) in (0u64..).zip(tx.edge_records(graph, None)?) {
        if row.is_multiple_of(ROWS_PER_CHECK) {
            cancel.check()?;
        }
        let record = edge?.1;
        let (of, properties) = found.entry(record.label).or_default();
        of.count += 1;
        see(properties, &record.properties);
        if let (Some(from), Some(to)) = (type_of(record.from), type_of(record.to)) {
            *of.between.entry((from, to)).or_default() += 1;
        }
    }
    let of = |(label, (of, properties)): (LabelId, (EdgeType, SeenKeys))| {
        Ok((tx.label_name(label)?, EdgeType { properties: names(tx, properties)?, ..of }))
    };
    found.into_iter().map(of).collect()
}

fn see(found: &mut SeenKeys, properties: &Properties) {
    for (key, value) in properties {
        found.entry(*key).or_default().see(value);
    }
}

fn names(tx: &Transaction, found: SeenKeys) -> Result<SeenProperties> {
    found.into_iter().map(|(key, seen)| Ok((tx.property_key_name(key)?, seen))).collect()
}

/// What a survey was made of: the graph's version, and the vector sets of its properties, which come and go without it.
type Basis = (u64, Vec<(PropertyKey, Option<u64>)>);

/// The last survey of each graph.
#[derive(Debug, Default)]
pub(crate) struct Surveys(Mutex<FxHashMap<GraphId, (Basis, Arc<Survey>)>>);

impl Surveys {
    /// What the graph is made of, as a transaction sees it.
    ///
    /// # Errors
    /// See [`Survey::read`].
    pub(crate) fn of(
        &self,
        tx: &Transaction,
        graph: GraphId,
        cancel: &CancelToken,
        memory: &MemoryBudget,
    ) -> Result<Arc<Survey>> {
        // What a transaction alone sees is not for others.
        if tx.has_changes() {
            return Survey::read(tx, graph, cancel, memory).map(Arc::new);
        }
        let sets = tx.vector_properties(graph)?.into_iter();
        let sets = sets.map(|key| Ok((key, tx.vector_set(graph, key)?))).collect::<Result<Vec<_>>>()?;
        let basis = (tx.graph_version(graph)?, sets);
        if let Some((known, survey)) = self.0.lock().get(&graph)
            && *known == basis
        {
            return Ok(survey.clone());
        }
        let survey = Arc::new(Survey::read(tx, graph, cancel, memory)?);
        self.0.lock().insert(graph, (basis, survey.clone()));
        Ok(survey)
    }
}
