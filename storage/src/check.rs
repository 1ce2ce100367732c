//! Verifies that everything stored agrees with everything else.

use std::collections::BTreeMap;

use crate::codec::is_vector;
use crate::error::Result;
use crate::index_catalog::{self, Index};
use crate::keys::{self, CountKey, Counted, meta};
use crate::kv::{Family, Hint, Snapshot};
use crate::record;
use crate::store::Store;
use crate::text_index;
use crate::transaction::Transaction;
use crate::value::{Access, EdgeId, GraphId, LabelId, NodeId, Properties};
use crate::vector_index;

/// Problems listed at most.
const LIMIT: usize = 1000;

/// What [`Store::check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Nodes in all graphs.
    pub nodes: u64,
    /// Edges in all graphs.
    pub edges: u64,
    /// Vectors in all vector sets.
    pub vectors: u64,
    /// What is wrong, at most the first thousand things; empty when all is well.
    pub problems: Vec<String>,
}

struct Check {
    snapshot: Snapshot,
    report: CheckReport,
    counts: BTreeMap<CountKey, u64>,
    graphs: Vec<GraphId>,
    indexes: Vec<(GraphId, Index)>,
}

impl Store {
    /// Reads the whole newest committed state and verifies it.
    pub fn check(&self) -> Result<CheckReport> {
        let transaction = self.begin(Access::Read)?;
        let graphs = transaction.graphs()?.into_iter().map(|(graph, _)| graph).collect();
        let snapshot = transaction.inner.snapshot().clone();
        let indexes = index_catalog::stored(&snapshot, None)?;
        let mut check = Check { snapshot, report: CheckReport::default(), counts: BTreeMap::new(), graphs, indexes };
        check.nodes()?;
        check.edges()?;
        check.indexes()?;
        check.property_indexes()?;
        check.vector_indexes(&transaction)?;
        check.text_indexes(&transaction)?;
        check.vectors()?;
        check.counts()?;
        Ok(check.report)
    }
}

impl Check {
    fn problem(&mut self, text: String) {
        if self.report.problems.len() < LIMIT {
            self.report.problems.push(text);
        }
    }

    fn each(&mut self, family: Family, mut see: impl FnMut(&mut Check, &[u8], &[u8]) -> Result<()>) -> Result<()> {
        let snapshot = self.snapshot.clone();
        if !snapshot.has(family) {
            return Ok(());
        }
        let mut iter = snapshot.prefix(family, &[], Hint::Scan)?;
        while let Some((key, value)) = iter.item() {
            if let Err(error) = see(self, key, value) {
                self.problem(format!("{}: key {key:02x?}: {error}", family.name()));
            }
            iter.advance()?;
        }
        Ok(())
    }

    fn value(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.snapshot.get(family, key, |value| Ok(value.map(<[u8]>::to_vec)))
    }

    fn has(&self, family: Family, key: &[u8]) -> Result<bool> {
        self.snapshot.get(family, key, |value| Ok(value.is_some()))
    }

    fn count(&mut self, graph: GraphId, counted: Counted, label: LabelId) {
        *self.counts.entry((graph, counted, label)).or_default() += 1;
    }

    fn graph_of(&mut self, family: Family, key: &[u8]) -> Result<GraphId> {
        let graph = GraphId(keys::read_u32(key, 0)?);
        if !self.graphs.contains(&graph) {
            self.problem(format!("{}: key {key:02x?} belongs to no graph", family.name()));
        }
        Ok(graph)
    }

    fn nodes(&mut self) -> Result<()> {
        self.each(Family::Nodes, |check, key, value| {
            check.report.nodes += 1;
            let graph = check.graph_of(Family::Nodes, key)?;
            let node = NodeId(keys::read_u64(key, 4)?);
            let record = record::decode_node(value)?;
            check.count(graph, Counted::Nodes, LabelId(0));
            let named = check.value(Family::Ids, &keys::id(graph, &record.id))?;
            if named.as_deref() != Some(&node.0.to_be_bytes()) {
                check.problem(format!("the _id '{}' does not lead to its node #{}", record.id, node.0));
            }
            check.has_entries(graph, false, node.0, &record.labels, &record.properties)?;
            for label in record.labels {
                check.count(graph, Counted::NodeLabel, label);
                if !check.has(Family::Labels, &keys::label(graph, label, node.0))? {
                    check.problem(format!("node #{} is not found under its label #{}", node.0, label.0));
                }
            }
            Ok(())
        })
    }

    fn edges(&mut self) -> Result<()> {
        self.each(Family::Edges, |check, key, value| {
            check.report.edges += 1;
            let graph = check.graph_of(Family::Edges, key)?;
            let edge = EdgeId(keys::read_u64(key, 4)?);
            let record = record::decode_edge(value)?;
            let (label, from, to) = (record.label, record.from, record.to);
            check.count(graph, Counted::Edges, LabelId(0));
            check.count(graph, Counted::EdgeLabel, label);
            check.has_entries(graph, true, edge.0, &[label], &record.properties)?;
            for end in [from, to] {
                if !check.has(Family::Nodes, &keys::node(graph, end))? {
                    check.problem(format!("edge #{} ends at node #{}, which is not there", edge.0, end.0));
                }
            }
            let ends = check.value(Family::EdgeLabels, &keys::label(graph, label, edge.0))?;
            if ends.as_deref() != Some(&keys::ends(from, to)) {
                check.problem(format!("edge #{} is not found under its label #{}", edge.0, label.0));
            }
            let out = keys::adjacent(graph, from, label, to, edge);
            let inward = keys::adjacent(graph, to, label, from, edge);
            for (family, key, node) in [(Family::Out, out, from), (Family::In, inward, to)] {
                if !check.has(family, &key)? {
                    check.problem(format!("edge #{} is missing at node #{} ({})", edge.0, node.0, family.name()));
                }
            }
            Ok(())
        })
    }

    /// Index entries that lead nowhere.
    fn indexes(&mut self) -> Result<()> {
        self.each(Family::Ids, |check, key, value| {
            let graph = check.graph_of(Family::Ids, key)?;
            let node = NodeId(keys::read_u64(value, 0)?);
            let record = check.value(Family::Nodes, &keys::node(graph, node))?;
            let id = record.as_deref().map(record::node_id).transpose()?;
            if id.map(str::as_bytes) != Some(&key[4..]) {
                check.problem(format!(
                    "the _id '{}' leads to node #{}, which is another or not there",
                    String::from_utf8_lossy(&key[4..]),
                    node.0
                ));
            }
            Ok(())
        })?;
        self.each(Family::Labels, |check, key, _| {
            let (graph, label) = (check.graph_of(Family::Labels, key)?, LabelId(keys::read_u32(key, 4)?));
            let node = NodeId(keys::read_u64(key, 8)?);
            let record = check.value(Family::Nodes, &keys::node(graph, node))?;
            let labels = record.as_deref().map(record::node_labels).transpose()?.unwrap_or_default();
            if !labels.contains(&label) {
                check.problem(format!("label #{} leads to node #{}, which does not have it", label.0, node.0));
            }
            Ok(())
        })?;
        self.each(Family::EdgeLabels, |check, key, _| {
            let (graph, label) = (check.graph_of(Family::EdgeLabels, key)?, LabelId(keys::read_u32(key, 4)?));
            let edge = EdgeId(keys::read_u64(key, 8)?);
            let stored = check.value(Family::Edges, &keys::edge(graph, edge))?;
            let ends = stored.as_deref().map(record::edge_ends).transpose()?;
            if ends.map(|(label, _, _)| label) != Some(label) {
                check.problem(format!("label #{} leads to edge #{}, which does not have it", label.0, edge.0));
            }
            Ok(())
        })?;
        for family in [Family::Out, Family::In] {
            self.each(family, |check, key, _| {
                let graph = check.graph_of(family, key)?;
                let (node, label, other, edge) = keys::read_adjacent(key)?;
                let (from, to) = if family == Family::Out { (node, other) } else { (other, node) };
                let stored = check.value(Family::Edges, &keys::edge(graph, edge))?;
                if stored.as_deref().map(record::edge_ends).transpose()? != Some((label, from, to)) {
                    check.problem(format!(
                        "node #{} leads to edge #{} ({}), which is another or not there",
                        node.0,
                        edge.0,
                        family.name()
                    ));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Whether an element is found in the indexes on its properties.
    fn has_entries(
        &mut self,
        graph: GraphId,
        on_edge: bool,
        element: u64,
        labels: &[LabelId],
        properties: &Properties,
    ) -> Result<()> {
        let mut missing = Vec::new();
        for (_, index) in self.indexes.iter().filter(|(of, _)| *of == graph) {
            if let Some(entry) = index.entry(on_edge, element, labels, properties)
                && !self.has(Family::Indexes, &entry.key)?
            {
                missing.push(index.definition.name.clone());
            }
        }
        for name in missing {
            let what = if on_edge { "edge" } else { "node" };
            self.problem(format!("{what} #{element} is not found in the index `{name}`"));
        }
        Ok(())
    }

    /// Entries of indexes on properties that lead nowhere, or to the same values twice.
    fn property_indexes(&mut self) -> Result<()> {
        let mut last = Vec::new();
        self.each(Family::Indexes, |check, key, _| {
            let number = keys::read_u32(key, 0)?;
            // An index that is being filled is in no graph yet.
            let Some((graph, index)) = check.indexes.iter().find(|(_, index)| index.id.0 == number).cloned() else {
                return Ok(());
            };
            if !index.definition.is_on_values() {
                return Ok(());
            }
            let element = index_catalog::element(key)?;
            let entry = if index.definition.on_edge {
                let bytes = check.value(Family::Edges, &keys::edge(graph, EdgeId(element)))?;
                let record = bytes.as_deref().map(record::decode_edge).transpose()?;
                record.and_then(|record| index.entry(true, element, &[record.label], &record.properties))
            } else {
                let bytes = check.value(Family::Nodes, &keys::node(graph, NodeId(element)))?;
                let record = bytes.as_deref().map(record::decode_node).transpose()?;
                record.and_then(|record| index.entry(false, element, &record.labels, &record.properties))
            };
            let name = &index.definition.name;
            match entry {
                Some(entry) if entry.key == key => {
                    if entry.constrained && index_catalog::values(&last) == entry.values() {
                        check.problem(format!("the unique index `{name}` has the same values twice: #{element}"));
                    }
                }
                _ => check.problem(format!("the index `{name}` leads to #{element}, which has other values")),
            }
            last = key.to_vec();
            Ok(())
        })
    }

    fn vector_indexes(&mut self, transaction: &Transaction) -> Result<()> {
        let mut problems = Vec::new();
        for (graph, index) in self.indexes.iter().filter(|(_, index)| index.definition.vector.is_some()) {
            vector_index::check(transaction, *graph, index, &mut |problem| {
                if problems.len() < LIMIT {
                    problems.push(problem);
                }
            })?;
        }
        problems.into_iter().for_each(|problem| self.problem(problem));
        Ok(())
    }

    fn text_indexes(&mut self, transaction: &Transaction) -> Result<()> {
        let indexes: Vec<_> =
            self.indexes.iter().filter(|(_, index)| index.definition.text.is_some()).cloned().collect();
        for (graph, index) in indexes {
            text_index::check(transaction, graph, &index, &mut |problem| self.problem(problem))?;
        }
        Ok(())
    }

    fn vectors(&mut self) -> Result<()> {
        let mut graph_of_set = BTreeMap::new();
        let mut iter = self.snapshot.prefix(Family::Meta, &[meta::VECTOR_SET], Hint::Seek)?;
        while let Some((key, value)) = iter.item() {
            graph_of_set.insert(keys::read_u64(value, 0)?, GraphId(keys::read_u32(key, 1)?));
            iter.advance()?;
        }
        self.each(Family::Vectors, |check, key, value| {
            check.report.vectors += 1;
            let (set, node) = (keys::read_u64(key, 0)?, NodeId(keys::read_u64(key, 8)?));
            // A set that is being filled is in no graph yet.
            let Some(graph) = graph_of_set.get(&set) else {
                check.report.vectors -= 1;
                return Ok(());
            };
            if !check.has(Family::Nodes, &keys::node(*graph, node))? {
                check.problem(format!("vector set #{set} has a vector of node #{}, which is not there", node.0));
            }
            if !is_vector(value) {
                check.problem(format!("vector set #{set}: the vector of node #{} is damaged", node.0));
            }
            Ok(())
        })
    }

    fn counts(&mut self) -> Result<()> {
        let mut stored = BTreeMap::new();
        let mut iter = self.snapshot.prefix(Family::Meta, &[meta::COUNT], Hint::Seek)?;
        while let Some((key, value)) = iter.item() {
            stored.insert(key.to_vec(), keys::read_u64(value, 0)?);
            iter.advance()?;
        }
        for ((graph, counted, label), count) in std::mem::take(&mut self.counts) {
            let found = stored.remove(&keys::count((graph, counted, label))[..]).unwrap_or(0);
            if found != count {
                self.problem(format!(
                    "graph #{}: {counted:?} #{}: the count is {found}, but there are {count}",
                    graph.0, label.0
                ));
            }
        }
        for (key, count) in stored.into_iter().filter(|(_, count)| *count != 0) {
            self.problem(format!("the count {key:02x?} is {count}, but there are none"));
        }
        Ok(())
    }
}
