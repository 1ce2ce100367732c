//! The column families: the separate ordered maps that a store consists of.

/// A column family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Family {
    Meta,
    Nodes,
    Ids,
    Labels,
    Edges,
    EdgeLabels,
    Out,
    In,
    Vectors,
    Records,
    Indexes,
}

impl Family {
    pub(crate) const COUNT: usize = 11;

    pub(crate) const ALL: [Family; Family::COUNT] = [
        Family::Meta,
        Family::Nodes,
        Family::Ids,
        Family::Labels,
        Family::Edges,
        Family::EdgeLabels,
        Family::Out,
        Family::In,
        Family::Vectors,
        Family::Records,
        Family::Indexes,
    ];

    /// The families whose keys begin with a graph's number.
    pub(crate) const OF_GRAPH: [Family; 7] =
        [Family::Nodes, Family::Ids, Family::Labels, Family::Edges, Family::EdgeLabels, Family::Out, Family::In];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::Meta => "default",
            Family::Nodes => "nodes",
            Family::Ids => "ids",
            Family::Labels => "labels",
            Family::Edges => "edges",
            Family::EdgeLabels => "edge_labels",
            Family::Out => "out",
            Family::In => "in",
            Family::Vectors => "vectors",
            Family::Records => "records",
            Family::Indexes => "indexes",
        }
    }

    /// Whether keys are looked up one by one, so that a bloom filter pays.
    #[cfg(feature = "rocksdb")]
    pub(super) fn has_point_lookups(self) -> bool {
        !matches!(self, Family::Labels | Family::EdgeLabels | Family::Out | Family::In | Family::Indexes)
    }
}

/// How a range will be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Here and there.
    Seek,
    /// From one end to the other.
    Scan,
}
