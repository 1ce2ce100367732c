//! Samples of properties, kept: how many different values each is likely to have.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use wend_storage::{GraphId, LabelId, PropertyKey};

/// The numbers of different values that samples told.
#[derive(Debug, Default)]
pub(crate) struct Samples(pub(crate) Mutex<FxHashMap<(GraphId, LabelId, Sampled), Sample>>);

/// What was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sampled {
    /// A property of the nodes of a label.
    OfNodes(PropertyKey),
    /// A property of the edges of a label.
    OfEdges(PropertyKey),
    /// The nodes that the edges of a label leave.
    Sources,
    /// The nodes that they lead to.
    Targets,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Nodes or edges of the label, and the graph's version, when it was taken.
    pub(crate) count: u64,
    pub(crate) version: u64,
    /// `None`: nothing looked at has the property.
    pub(crate) distinct: Option<f64>,
}

impl Sample {
    /// Whether it still tells enough: few nodes came or went, and not much else changed.
    pub(crate) fn serves(&self, count: u64, version: u64) -> bool {
        self.count.abs_diff(count) * 5 <= self.count && version.abs_diff(self.version) < 1000
    }
}
