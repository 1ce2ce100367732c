//! The conditions of a pattern while it is lowered: each waits until all slots it reads are filled. They are found by the slots
//! they read, so that a pattern of many parts is lowered in time proportional to its size.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::plan::expr::Expr;

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
}

/// A condition with the slots it reads.
struct Condition {
    expr: Expr,
    columns: Vec<usize>,
    /// How many of them are missing.
    waits: usize,
}

impl Conditions {
    pub(super) fn new(conditions: Vec<Expr>, missing: impl Iterator<Item = usize>) -> Self {
        let mut new = Conditions { missing: missing.collect(), ..Conditions::default() };
        for (position, expr) in conditions.into_iter().enumerate() {
            let columns = expr.columns();
            for &slot in &columns {
                new.by_slot.entry(slot).or_default().push(position);
            }
            let waits = columns.iter().filter(|slot| new.missing.contains(slot)).count();
            if waits == 0 {
                new.ready.push(position);
            }
            new.all.push(Some(Condition { expr, columns, waits }));
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

    /// The conditions whose slots are all filled, in the order in which they were written.
    pub(super) fn take_ready(&mut self) -> Vec<Expr> {
        let mut ready = std::mem::take(&mut self.ready);
        ready.sort_unstable();
        ready.into_iter().filter_map(|position| self.all[position].take()).map(|condition| condition.expr).collect()
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
