//! The conditions of a pattern while it is lowered: each waits until all slots it reads are filled. They are found by the slots
//! they read, so that a pattern of many parts is lowered in time proportional to its size.
//!
//! A condition that can fail (values of types that do not go together, a division by zero) is only an error for a row that all
//! of the pattern and all conditions before it let through. While the pattern is not complete it is a prefilter, which keeps a row
//! for which it fails; the complete pattern asks again.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::total::is_total;
use crate::plan::{Failed, expr::Expr};

/// See the module.
#[derive(Default)]
pub(in crate::optimize) struct Conditions {
    /// `None` where a condition has been placed or taken.
    all: Vec<Option<Condition>>,
    /// By slot the positions of the conditions that read it.
    by_slot: FxHashMap<usize, Vec<usize>>,
    /// Slots that the pattern fills and has not filled yet.
    missing: FxHashSet<usize>,
    /// Positions of conditions that wait for nothing more.
    ready: Vec<usize>,
    /// What is asked again when the pattern is complete: by position, as it is written.
    again: Vec<(usize, Expr, Failed)>,
}

/// A condition that is to be asked now.
pub(super) enum Placed {
    Filter(Expr),
    Prefilter(Expr, Failed),
    Recheck(Expr, Failed),
}

/// A condition with the slots it reads.
struct Condition {
    expr: Expr,
    columns: Vec<usize>,
    /// How many of them are missing.
    waits: usize,
    /// It never fails.
    total: bool,
    /// It is asked again above the whole pattern.
    deferred: Option<Failed>,
}

impl Conditions {
    /// `deferred` are asked again above the pattern; `elements` are slots of nodes and edges that the pattern finds.
    pub(super) fn new(
        conditions: Vec<Expr>,
        deferred: Vec<(Expr, Failed)>,
        missing: impl Iterator<Item = usize>,
        elements: &FxHashSet<usize>,
    ) -> Self {
        let mut new = Conditions { missing: missing.collect(), ..Conditions::default() };
        let conditions = conditions.into_iter().map(|expr| (expr, None));
        let all = conditions.chain(deferred.into_iter().map(|(expr, failed)| (expr, Some(failed))));
        for (position, (expr, deferred)) in all.enumerate() {
            let columns = expr.columns();
            for &slot in &columns {
                new.by_slot.entry(slot).or_default().push(position);
            }
            let waits = columns.iter().filter(|slot| new.missing.contains(slot)).count();
            if waits == 0 {
                new.ready.push(position);
            }
            let total = deferred.is_none() && is_total(&expr, elements);
            new.all.push(Some(Condition { expr, columns, waits, total, deferred }));
        }
        new
    }

    /// A slot has been filled; gives the slots that conditions read together with it.
    pub(super) fn fill(&mut self, slot: usize) -> Vec<usize> {
        let mut beside = Vec::new();
        if !self.missing.remove(&slot) {
            return beside;
        }
        for &position in self.by_slot.get(&slot).into_iter().flatten() {
            if let Some(condition) = &mut self.all[position] {
                condition.waits -= 1;
                if condition.waits == 0 {
                    self.ready.push(position);
                }
                beside.extend(condition.columns.iter().copied().filter(|&other| other != slot));
            }
        }
        beside
    }

    /// The conditions whose slots are all filled, in the order in which they were written; `complete` where nothing of the pattern
    /// is missing that could leave rows out.
    pub(super) fn take_ready(&mut self, complete: bool) -> Vec<Placed> {
        let mut ready = std::mem::take(&mut self.ready);
        ready.sort_unstable();
        let mut placed = Vec::new();
        let mut strict = Vec::new();
        for position in ready {
            let Some(condition) = &self.all[position] else { continue };
            if !complete && !condition.total && condition.deferred.is_none() && condition.expr.is_volatile() {
                // It has one value in a row, and must not be asked twice.
                self.ready.push(position);
                continue;
            }
            let Some(Condition { expr, total, deferred, .. }) = self.all[position].take() else { continue };
            if let Some(failed) = deferred {
                placed.push(Placed::Prefilter(expr, failed));
            } else if complete {
                strict.push((position, Placed::Filter(expr)));
            } else if total {
                placed.push(Placed::Filter(expr));
            } else {
                let failed = Failed::default();
                placed.push(Placed::Prefilter(expr.clone(), failed.clone()));
                self.again.push((position, expr, failed));
            }
        }
        if complete {
            let again = std::mem::take(&mut self.again);
            strict.extend(again.into_iter().map(|(at, expr, failed)| (at, Placed::Recheck(expr, failed))));
            strict.sort_by_key(|(position, _)| *position);
            placed.extend(strict.into_iter().map(|(_, condition)| condition));
        }
        placed
    }

    /// Whether the condition at a position never fails.
    pub(super) fn is_total(&self, position: usize) -> bool {
        self.all[position].as_ref().is_some_and(|condition| condition.total)
    }

    /// Takes a condition out that something else asks in a way that keeps a row where it fails; it is asked again in its place.
    pub(super) fn ask_again(&mut self, position: usize, failed: &Failed) {
        let Some(condition) = self.all[position].take() else { return };
        // Of one that is asked above the whole pattern the flag is there.
        match condition.deferred {
            Some(_) => {}
            None => self.again.push((position, condition.expr, failed.clone())),
        }
    }

    /// The flag of a condition that is asked above the whole pattern.
    pub(super) fn deferred(&self, position: usize) -> Option<Failed> {
        self.all[position].as_ref()?.deferred.clone()
    }

    /// Whether the pattern fills a slot and has not done so yet.
    pub(super) fn misses(&self, slot: usize) -> bool {
        self.missing.contains(&slot)
    }

    /// Whether an expression reads nothing that is still to be filled.
    pub(in crate::optimize) fn knows(&self, expr: &Expr) -> bool {
        self.missing.is_empty() || !expr.columns().iter().any(|slot| self.missing.contains(slot))
    }

    /// Whether a condition that has not been placed reads the slot.
    pub(super) fn reads(&self, slot: usize) -> bool {
        self.on(slot).next().is_some()
    }

    /// The conditions that read a slot and have not been placed, with the slots they read.
    pub(super) fn on(&self, slot: usize) -> impl Iterator<Item = (&Expr, &[usize])> {
        let positions = self.by_slot.get(&slot).into_iter().flatten();
        let found = positions.filter_map(|&position| self.all[position].as_ref());
        found.map(|condition| (&condition.expr, &*condition.columns))
    }

    /// The positions of the conditions that read any of the slots and have not been placed, in order.
    pub(super) fn positions(&self, slots: &[usize]) -> Vec<usize> {
        let mut positions: Vec<usize> =
            slots.iter().filter_map(|slot| self.by_slot.get(slot)).flatten().copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions.retain(|&position| self.all[position].is_some());
        positions
    }

    /// The condition at a position, with the slots it reads.
    pub(super) fn get(&self, position: usize) -> Option<(&Expr, &[usize])> {
        self.all.get(position)?.as_ref().map(|condition| (&condition.expr, &*condition.columns))
    }

    /// Forgets a condition that something else answers.
    pub(super) fn remove(&mut self, position: usize) {
        self.all[position] = None;
    }
}
