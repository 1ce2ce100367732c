//! What a subquery keeps from one of its runs to the next, and threads of one pipeline share.

use std::{any::Any, fmt, sync::Arc};

use parking_lot::Mutex;

use super::cell::RunCell;
use crate::error::Result;

/// The rows of a join that a subquery keeps from one of its runs to the next, or that threads share; only the join knows their type.
#[derive(Clone, Default)]
pub(crate) struct KeptTable(RunCell<Mutex<Option<Arc<dyn Any + Send + Sync>>>>);

impl KeptTable {
    /// What is kept; made now if nothing is, while other threads wait for it.
    pub(crate) fn get_or_make<T: Any + Send + Sync>(&self, make: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let mut kept = self.0.lock();
        if let Some(known) = kept.clone().and_then(|kept| kept.downcast().ok()) {
            return Ok(known);
        }
        let made = Arc::new(make()?);
        *kept = Some(made.clone());
        Ok(made)
    }
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptTable")
    }
}
