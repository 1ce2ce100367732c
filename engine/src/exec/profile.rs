//! PROFILE: rows and time of each operator, its inputs' time included.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use parking_lot::Mutex;

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::Plan,
    runtime::{batch::Batch, statement::Statement},
};

/// The counters of a plan's operators, by where the operator's plan is in memory.
#[derive(Default)]
pub(crate) struct Profile(Mutex<Vec<(usize, Arc<Counters>)>>);

/// What one operator did.
#[derive(Default)]
struct Counters {
    rows: AtomicU64,
    nanoseconds: AtomicU64,
}

struct Counted {
    operator: BoxOperator,
    counters: Arc<Counters>,
}

impl Profile {
    /// The operator of a plan, counted.
    pub(super) fn counted(&self, plan: &Plan, operator: BoxOperator) -> BoxOperator {
        let counters = Arc::new(Counters::default());
        self.0.lock().push((place(plan), counters.clone()));
        Box::new(Counted { operator, counters })
    }

    /// Rows and milliseconds of a plan's operator; `None` when it was not counted.
    pub(crate) fn figures(&self, plan: &Plan) -> Option<(u64, f64)> {
        let counters = self.0.lock().iter().find(|(known, _)| *known == place(plan))?.1.clone();
        Some((counters.rows.load(Ordering::Relaxed), counters.nanoseconds.load(Ordering::Relaxed) as f64 / 1e6))
    }
}

fn place(plan: &Plan) -> usize {
    std::ptr::from_ref(plan).addr()
}

impl Operator for Counted {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let started = Instant::now();
        let batch = self.operator.next(st);
        self.counters.nanoseconds.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        if let Ok(Some(batch)) = &batch {
            self.counters.rows.fetch_add(batch.len() as u64, Ordering::Relaxed);
        }
        batch
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.operator.rewind(argument, st);
    }
}
