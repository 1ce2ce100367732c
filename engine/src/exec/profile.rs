//! PROFILE: rows and time of each operator, its inputs' time included; of those that run on several threads the times of all together.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
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
    /// There is such an operator; those of subqueries are not counted.
    counted: AtomicBool,
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
        let counters = self.counters(plan);
        counters.counted.store(true, Ordering::Relaxed);
        Box::new(Counted { operator, counters })
    }

    /// The counters of a plan's operator, of which each thread may have one.
    fn counters(&self, plan: &Plan) -> Arc<Counters> {
        let mut known = self.0.lock();
        if let Some((_, counters)) = known.iter().find(|(known, _)| *known == place(plan)) {
            return counters.clone();
        }
        let counters = Arc::new(Counters::default());
        known.push((place(plan), counters.clone()));
        counters
    }

    /// Counts the operators of a copy of a plan as those of the plan.
    pub(super) fn for_copy(&self, plan: &Plan, copy: &Plan) -> Profile {
        fn pair(profile: &Profile, plan: &Plan, copy: &Plan, pairs: &mut Vec<(usize, Arc<Counters>)>) {
            pairs.push((place(copy), profile.counters(plan)));
            for (plan, copy) in plan.inputs().into_iter().zip(copy.inputs()) {
                pair(profile, plan, copy, pairs);
            }
        }
        let mut pairs = Vec::new();
        pair(self, plan, copy, &mut pairs);
        Profile(Mutex::new(pairs))
    }

    /// Rows and milliseconds of a plan's operator; `None` when it was not counted.
    pub(crate) fn figures(&self, plan: &Plan) -> Option<(u64, f64)> {
        let counters = self.0.lock().iter().find(|(known, _)| *known == place(plan))?.1.clone();
        if !counters.counted.load(Ordering::Relaxed) {
            return None;
        }
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
