//! What the rules may ask about the graph: stored counts, and how many different values a property is likely to have.

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::{GraphId, LabelId, NodeId, PropertyKey, Transaction};

use crate::{
    error::Result,
    exec::context::Statement,
    value::{GroupKey, Value},
};

/// What the rules may ask about the graph.
pub(crate) struct Statistics<'a> {
    pub(crate) tx: &'a Transaction,
    pub(crate) graph: GraphId,
    /// Without it a plan does just what is written, in the order in which it is written.
    pub(crate) improve: bool,
    samples: &'a Samples,
}

impl<'a> Statistics<'a> {
    /// Those of the graph that a statement works on.
    pub(crate) fn of(st: &'a Statement) -> Self {
        Statistics {
            tx: &st.tx,
            graph: st.graph,
            improve: st.database.options().optimize,
            samples: st.database.samples(),
        }
    }

    /// The share of a label's nodes that one value of a property is expected to have; `None` where there is nothing to tell by.
    pub(super) fn share_of_one(&self, label: LabelId, property: &str) -> Result<Option<f64>> {
        let (tx, graph) = (self.tx, self.graph);
        let Some(key) = tx.property_key(property)? else { return Ok(None) };
        let count = tx.node_label_count(graph, label)?;
        if count == 0 || tx.vector_set(graph, key)?.is_some() {
            return Ok(None);
        }
        let (place, version) = ((graph, label, key), tx.graph_version(graph)?);
        let known = self.samples.0.lock().get(&place).copied();
        let sample = match known.filter(|sample| sample.serves(count, version)) {
            Some(sample) => sample,
            None => {
                let sample = Sample { count, version, distinct: self.sample(label, key, count)? };
                // What a transaction of its own sees is not for others.
                if !tx.has_changes() {
                    self.samples.0.lock().insert(place, sample);
                }
                sample
            }
        };
        Ok(sample.distinct.map(|distinct| 1.0 / distinct.max(1.0)))
    }

    /// How many different values there are, told from a sample as Haas and Stokes do ("Estimating the number of classes in a
    /// finite population", 1998): the more of its values the sample has just once, the more it has not seen.
    fn sample(&self, label: LabelId, key: PropertyKey, count: u64) -> Result<Option<f64>> {
        let (tx, graph) = (self.tx, self.graph);
        let range = tx.node_range(graph)?;
        let span = range.end.0.saturating_sub(range.start.0).max(1);
        let pieces = if count <= SAMPLE as u64 { 1 } else { PIECES };
        let mut reader = tx.node_reader(graph);
        let (mut once, mut more): (FxHashSet<GroupKey>, FxHashSet<GroupKey>) = Default::default();
        let mut sampled = 0u64;
        for piece in 0..pieces {
            let edge =
                |piece: u64| NodeId(range.start.0 + (u128::from(span) * u128::from(piece) / u128::from(pieces)) as u64);
            let nodes = tx.nodes_in(graph, Some(label), edge(piece)..edge(piece + 1))?;
            for node in nodes.take(SAMPLE / pieces as usize) {
                reader.go(node?)?;
                let Some(value) = reader.property(key)? else { continue };
                let value = GroupKey(Value::from_stored(value));
                sampled += 1;
                if more.contains(&value) {
                    continue;
                }
                if once.remove(&value) {
                    more.insert(value);
                } else {
                    once.insert(value);
                }
            }
        }
        if sampled == 0 {
            return Ok(None);
        }
        let (sampled, singles, seen) = (sampled as f64, once.len() as f64, (once.len() + more.len()) as f64);
        let unseen = sampled - singles + singles * sampled / (count as f64).max(sampled);
        Ok(Some(if unseen <= 0.0 {
            count as f64
        } else {
            (sampled * seen / unseen).clamp(seen, (count as f64).max(seen))
        }))
    }
}

/// So many nodes of a label are looked at, in so many places of the graph.
const SAMPLE: usize = 256;
const PIECES: u64 = 16;

/// The numbers of different values that samples told.
#[derive(Debug, Default)]
pub(crate) struct Samples(Mutex<FxHashMap<(GraphId, LabelId, PropertyKey), Sample>>);

#[derive(Clone, Copy, Debug)]
struct Sample {
    /// Nodes of the label, and the graph's version, when it was taken.
    count: u64,
    version: u64,
    /// `None`: no node looked at has the property.
    distinct: Option<f64>,
}

impl Sample {
    /// Whether it still tells enough: few nodes came or went, and not much else changed.
    fn serves(&self, count: u64, version: u64) -> bool {
        self.count.abs_diff(count) * 5 <= self.count && version.abs_diff(self.version) < 1000
    }
}
