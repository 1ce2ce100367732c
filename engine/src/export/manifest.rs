//! What stands beside a graph that was written by blocks, and beside vectors that were computed of one: which graph it was.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// What these files call themselves.
pub(crate) const GRAPH_FORMAT: &str = "wenddb graph by blocks";
/// See [`GRAPH_FORMAT`].
pub(crate) const VECTORS_FORMAT: &str = "wenddb vectors";
/// The version of both.
pub(crate) const VERSION: u32 = 1;
/// The name of both.
pub(crate) const MANIFEST: &str = "manifest.json";

/// Which part of a graph was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SelectionNames {
    pub(crate) node_labels: Option<Vec<String>>,
    pub(crate) edge_labels: Option<Vec<String>>,
    pub(crate) weight: Option<String>,
}

/// How much a block has.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockCounts {
    pub(crate) nodes: u64,
    pub(crate) arcs: u64,
    /// Nodes of other blocks that it has arcs to: the rows that it is sent at each step of a computation by blocks.
    pub(crate) foreign_nodes: u64,
}

/// `manifest.json` of a graph by blocks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GraphManifest {
    pub(crate) format: &'static str,
    pub(crate) version: u32,
    pub(crate) graph: String,
    pub(crate) fingerprint: String,
    pub(crate) selection: SelectionNames,
    pub(crate) node_count: u64,
    /// Edges as they are in the graph; parallel ones are one arc in each direction.
    pub(crate) edge_count: u64,
    pub(crate) arc_count: u64,
    /// Whether arcs have weights other than 1.
    pub(crate) weighted: bool,
    /// The least weight that is not 0 and the largest.
    pub(crate) least_weight: Option<f64>,
    pub(crate) largest_weight: Option<f64>,
    pub(crate) blocks: Vec<BlockCounts>,
}

/// `manifest.json` of vectors. What else is in it is for people.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VectorsManifest {
    format: String,
    version: u32,
    pub(crate) fingerprint: String,
    #[serde(default)]
    pub(crate) selection: SelectionNames,
    pub(crate) node_count: u64,
    /// Rows, one for each node that has a vector.
    pub(crate) row_count: u64,
    pub(crate) dimensions: usize,
    pub(crate) algorithm: Option<String>,
}

impl VectorsManifest {
    /// Reads one; `place` is for messages.
    pub(crate) fn parse(text: &str, place: &str) -> Result<Self> {
        let wrong = |what: String| {
            Error::new(
                ErrorKind::Import,
                "22000",
                format!("{place} does not say of which graph the vectors are: {what}"),
            )
            .with_hint("`python -m wenddb.spark embed` writes vectors with it")
        };
        let read: VectorsManifest = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if read.format != VECTORS_FORMAT {
            return Err(wrong(format!("its format is {:?}, not {VECTORS_FORMAT:?}", read.format)));
        }
        if read.version > VERSION {
            return Err(wrong(format!("its version is {}, and this program knows {VERSION}", read.version)));
        }
        Ok(read)
    }
}
