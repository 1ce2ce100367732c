//! What a run needs that computes its columns in groups.

/// What a run would need that computes its columns in groups, one group at a time, with the rest in temporary files. It gives
/// the bits of a run of all columns at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColumnGroups {
    /// Columns computed at a time.
    pub width: usize,
    /// Peak bytes of memory beyond the graph view.
    pub bytes: u64,
    /// Bytes of temporary files.
    pub scratch_bytes: u64,
    /// Expected seconds, by as many threads as a run of all columns.
    pub seconds: f64,
}

impl ColumnGroups {
    /// The first of these, which are the widest first, that fits into so many bytes.
    pub fn within(groups: &[ColumnGroups], budget: u64) -> Option<ColumnGroups> {
        groups.iter().copied().find(|groups| groups.bytes <= budget)
    }
}
