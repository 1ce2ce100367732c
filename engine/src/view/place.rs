//! Where a graph view is made.

/// Where a graph view is made, and where it is then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory.
    #[default]
    Memory,
    /// The list of its edges in a temporary file, and when `mapped` its rows, too; rows are made in about `budget` bytes.
    Files { mapped: bool, budget: u64 },
}

impl Place {
    /// Whether the view is in files.
    pub(crate) fn is_mapped(self) -> bool {
        matches!(self, Place::Files { mapped: true, .. })
    }
}
