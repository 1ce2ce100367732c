//! Cells of a plan that one run fills.
//!
//! A plan is kept from one run of its statement to the next, and what a run finds out must not reach the next run: the
//! snapshot, the parameters and the time are others. Operators of one run share a cell by cloning it; [`for_a_run`] clones a
//! whole plan for a run, so that clones of one cell become clones of one new and empty cell.

use std::{any::Any, cell::RefCell, ops::Deref, sync::Arc};

use rustc_hash::FxHashMap;

type Renewed = FxHashMap<usize, Arc<dyn Any + Send + Sync>>;

thread_local! {
    /// The new cells by the addresses of the old, while a plan is cloned for a run.
    static RENEWED: RefCell<Option<Renewed>> = const { RefCell::new(None) };
}

/// A cell that one run fills.
#[derive(Debug, Default)]
pub(crate) struct RunCell<T>(Arc<T>);

impl<T: Any + Default + Send + Sync> Clone for RunCell<T> {
    fn clone(&self) -> Self {
        let renewed = RENEWED.with_borrow_mut(|renewed| {
            let cell = renewed.as_mut()?.entry(Arc::as_ptr(&self.0) as usize).or_insert_with(|| Arc::new(T::default()));
            cell.clone().downcast().ok()
        });
        RunCell(renewed.unwrap_or_else(|| self.0.clone()))
    }
}

impl<T> Deref for RunCell<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// A copy of a plan with empty cells.
pub(crate) fn for_a_run<P: Clone>(plan: &P) -> P {
    /// Ends the renewal, also when a clone panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            RENEWED.set(None);
        }
    }
    RENEWED.set(Some(Renewed::default()));
    let _end = End;
    plan.clone()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_copy_for_a_run_shares_within_itself_and_not_with_the_plan() {
        let cell = RunCell::<AtomicBool>::default();
        let plan = [cell.clone(), cell.clone(), RunCell::default()];
        cell.store(true, Ordering::Relaxed);
        assert!(plan[1].load(Ordering::Relaxed));
        let copy = for_a_run(&plan);
        assert!(copy.iter().all(|cell| !cell.load(Ordering::Relaxed)));
        copy[0].store(true, Ordering::Relaxed);
        assert_eq!(copy.each_ref().map(|cell| cell.load(Ordering::Relaxed)), [true, true, false]);
        assert!(plan.clone()[0].load(Ordering::Relaxed));
    }
}
