//! What a statement did: its changes, its warnings, its plan.

use crate::{plan::explain::PlanDescription, statement::StatementKind};

/// What a statement changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changes {
    /// Nodes inserted.
    pub nodes_inserted: u64,
    /// Nodes deleted.
    pub nodes_deleted: u64,
    /// Edges inserted.
    pub edges_inserted: u64,
    /// Edges deleted.
    pub edges_deleted: u64,
    /// Labels given to nodes.
    pub labels_added: u64,
    /// Labels taken from nodes.
    pub labels_removed: u64,
    /// Properties set.
    pub properties_set: u64,
    /// Properties removed.
    pub properties_removed: u64,
}

impl Changes {
    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

/// Something worth knowing about a statement that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// Its GQLSTATUS (class 01).
    pub gqlstatus: &'static str,
    /// What it is about.
    pub message: String,
}

/// What a statement did. It is complete once all rows have been read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// `00000` with rows, `02000` with an empty table, `00001` with no table.
    pub gqlstatus: &'static str,
    /// What it changed.
    pub changes: Changes,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Whether it could change data, whatever it met.
    pub writes: bool,
    /// Whether it was a query, and not a statement about sessions, the catalog, tasks or users.
    pub query: bool,
    /// What kind of statement it was; after EXPLAIN and PROFILE the kind of their query.
    pub kind: StatementKind,
    /// Its plan, after EXPLAIN and PROFILE.
    pub plan: Option<PlanDescription>,
}
