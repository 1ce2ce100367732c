//! What a subquery keeps from one of its runs to the next.

use std::{any::Any, fmt, sync::Arc};

use parking_lot::Mutex;

use super::cell::RunCell;

/// The rows of a join that a subquery keeps from one of its runs to the next; only the join knows their type.
#[derive(Clone, Default)]
pub(crate) struct KeptTable(RunCell<Mutex<Option<Arc<dyn Any + Send + Sync>>>>);

impl KeptTable {
    /// What is kept.
    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.lock().clone().and_then(|kept| kept.downcast().ok())
    }

    /// Keeps it for the next run.
    pub(crate) fn set<T: Any + Send + Sync>(&self, kept: Arc<T>) {
        *self.0.lock() = Some(kept);
    }
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptTable")
    }
}
