//! What the rules may ask about the graph: stored counts, and how many different values a property is likely to have.

use rustc_hash::FxHashSet;
use wend_storage::{EdgeId, GraphId, LabelId, NodeId, PropertyKey, Transaction};

use crate::{
    cache::samples::{Sample, Sampled, Samples},
    control::CancelToken,
    error::Result,
    runtime::statement::Statement,
    value::{GroupKey, Value},
};

/// What the rules may ask about the graph.
pub(crate) struct Statistics<'a> {
    pub(crate) tx: &'a Transaction,
    pub(crate) graph: GraphId,
    /// Without it a plan does just what is written, in the order in which it is written.
    pub(crate) improve: bool,
    /// From so many expected rows on, work that has to be prepared for all of a graph pays.
    pub(crate) bulk_rows: f64,
    /// A statement can be cancelled while it is planned.
    pub(crate) cancel: &'a CancelToken,
    samples: &'a Samples,
}

impl<'a> Statistics<'a> {
    /// Those of the graph that a statement works on.
    pub(crate) fn of(st: &'a Statement) -> Self {
        Statistics {
            tx: &st.tx,
            graph: st.graph,
            improve: st.database.options().optimize,
            bulk_rows: st.database.options().bulk_rows,
            cancel: &st.cancel,
            samples: st.database.samples(),
        }
    }

    /// The share of a label's nodes, or edges, that one value of a property is expected to have; `None` where there is nothing to
    /// tell by.
    pub(crate) fn share_of_one(&self, label: LabelId, property: &str, on_edge: bool) -> Result<Option<f64>> {
        let (tx, graph) = (self.tx, self.graph);
        let Some(key) = tx.property_key(property)? else { return Ok(None) };
        let count = if on_edge { tx.edge_label_count(graph, label)? } else { tx.node_label_count(graph, label)? };
        if count == 0 || (!on_edge && tx.vector_set(graph, key)?.is_some()) {
            return Ok(None);
        }
        let sampled = if on_edge { Sampled::OfEdges(key) } else { Sampled::OfNodes(key) };
        let distinct = self.sampled(label, sampled, count, || {
            if on_edge { self.edge_values(label, key, count) } else { self.node_values(label, key, count) }
        })?;
        Ok(distinct.map(|distinct| 1.0 / distinct.max(1.0)))
    }

    /// About how many different nodes the edges of a label leave, and lead to.
    pub(super) fn ends(&self, label: LabelId) -> Result<(f64, f64)> {
        let count = self.tx.edge_label_count(self.graph, label)?;
        let end = |sampled: Sampled| {
            self.sampled(label, sampled, count, || self.edge_ends(label, sampled == Sampled::Sources, count))
        };
        let (sources, targets) = (end(Sampled::Sources)?, end(Sampled::Targets)?);
        Ok((sources.unwrap_or(1.0).max(1.0), targets.unwrap_or(1.0).max(1.0)))
    }

    /// How many different values a sample tells, which is kept.
    fn sampled(
        &self,
        label: LabelId,
        sampled: Sampled,
        count: u64,
        take: impl FnOnce() -> Result<Vec<Value>>,
    ) -> Result<Option<f64>> {
        let (place, version) = ((self.graph, label, sampled), self.tx.graph_version(self.graph)?);
        let known = self.samples.0.lock().get(&place).copied();
        let sample = match known.filter(|sample| sample.serves(count, version)) {
            Some(sample) => sample,
            None => {
                let sample = Sample { count, version, distinct: distinct(take()?, count) };
                // What a transaction of its own sees is not for others.
                if !self.tx.has_changes() {
                    self.samples.0.lock().insert(place, sample);
                }
                sample
            }
        };
        Ok(sample.distinct)
    }

    /// One end of edges of a label, from several places of the graph.
    fn edge_ends(&self, label: LabelId, sources: bool, count: u64) -> Result<Vec<Value>> {
        let range = self.tx.edge_range(self.graph)?;
        let mut values = Vec::new();
        for (from, to) in pieces(range.start.0..range.end.0, count) {
            for edge in self.tx.edges_in(self.graph, label, EdgeId(from)..EdgeId(to))?.take(per_piece(count)) {
                let (_, _, source, target) = edge?;
                values.push(Value::Int(if sources { source.0 } else { target.0 } as i64));
            }
        }
        Ok(values)
    }

    /// Values of a property of nodes with a label, from several places of the graph.
    fn node_values(&self, label: LabelId, key: PropertyKey, count: u64) -> Result<Vec<Value>> {
        let (tx, graph) = (self.tx, self.graph);
        let range = tx.node_range(graph)?;
        let mut reader = tx.node_reader(graph);
        let mut values = Vec::new();
        for (from, to) in pieces(range.start.0..range.end.0, count) {
            let nodes = tx.nodes_in(graph, Some(label), NodeId(from)..NodeId(to))?;
            for node in nodes.take(per_piece(count)) {
                reader.go(node?)?;
                values.extend(reader.property(key)?.map(Value::from_stored));
            }
        }
        Ok(values)
    }

    /// The same of edges.
    fn edge_values(&self, label: LabelId, key: PropertyKey, count: u64) -> Result<Vec<Value>> {
        let (tx, graph) = (self.tx, self.graph);
        let range = tx.edge_range(graph)?;
        let mut reader = tx.edge_reader(graph);
        let mut values = Vec::new();
        for (from, to) in pieces(range.start.0..range.end.0, count) {
            let edges = tx.edges_in(graph, label, EdgeId(from)..EdgeId(to))?;
            for edge in edges.take(per_piece(count)) {
                reader.go(edge?.0)?;
                values.extend(reader.property(key)?.map(Value::from_stored));
            }
        }
        Ok(values)
    }
}

/// The ranges of numbers in which a sample of `count` elements looks.
fn pieces(range: std::ops::Range<u64>, count: u64) -> impl Iterator<Item = (u64, u64)> {
    let span = range.end.saturating_sub(range.start).max(1);
    let pieces = if count <= SAMPLE as u64 { 1 } else { PIECES };
    let edge = move |piece: u64| range.start + (u128::from(span) * u128::from(piece) / u128::from(pieces)) as u64;
    (0..pieces).map(move |piece| (edge(piece), edge(piece + 1)))
}

/// How many elements it looks at in each.
fn per_piece(count: u64) -> usize {
    if count <= SAMPLE as u64 { SAMPLE } else { SAMPLE / PIECES as usize }
}

/// How many different values `count` elements have, told from those of a sample as Haas and Stokes do ("Estimating the number of
/// classes in a finite population", 1998): the more of its values the sample has just once, the more it has not seen.
fn distinct(sample: Vec<Value>, count: u64) -> Option<f64> {
    let (mut once, mut more): (FxHashSet<GroupKey>, FxHashSet<GroupKey>) = Default::default();
    let sampled = sample.len();
    for value in sample.into_iter().map(GroupKey) {
        if more.contains(&value) {
            continue;
        }
        if once.remove(&value) {
            more.insert(value);
        } else {
            once.insert(value);
        }
    }
    if sampled == 0 {
        return None;
    }
    let (sampled, singles, seen) = (sampled as f64, once.len() as f64, (once.len() + more.len()) as f64);
    let unseen = sampled - singles + singles * sampled / (count as f64).max(sampled);
    Some(if unseen <= 0.0 { count as f64 } else { (sampled * seen / unseen).clamp(seen, (count as f64).max(seen)) })
}

/// So many nodes or edges of a label are looked at, in so many places of the graph.
const SAMPLE: usize = 256;
const PIECES: u64 = 16;
