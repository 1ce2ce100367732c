//! Where nodes lie in two dimensions while a task trains a network, for those who watch it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use parking_lot::Mutex;

/// Where some nodes lie after an epoch of training.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TaskPoints {
    /// How many epochs are done.
    pub epoch: usize,
    /// The loss of the last one.
    pub loss: f64,
    /// The best validation score so far, where there is one.
    pub score: Option<f64>,
    /// The `_id`s of the nodes; the same throughout a task.
    pub ids: Arc<[String]>,
    /// Two coordinates of each: along the directions in which the states of the nodes differ most.
    pub places: Vec<f32>,
}

/// What passes between a task and those who watch it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    wanted: AtomicBool,
    last: Mutex<Option<Arc<TaskPoints>>>,
}

impl Watch {
    /// Whether somebody waits for points.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// The `_id`s of the last points, which are those of the next.
    pub(crate) fn ids(&self) -> Option<Arc<[String]>> {
        self.last.lock().as_ref().map(|points| points.ids.clone())
    }

    /// Gives out points; the next are made when they are asked for.
    pub(crate) fn put(&self, points: TaskPoints) {
        *self.last.lock() = Some(Arc::new(points));
        self.wanted.store(false, Ordering::Relaxed);
    }

    /// The last points, if there are any yet; asks for the next.
    #[cfg(feature = "users")]
    pub(crate) fn ask(&self) -> Option<Arc<TaskPoints>> {
        let last = self.last.lock().clone();
        self.wanted.store(true, Ordering::Relaxed);
        last
    }
}
