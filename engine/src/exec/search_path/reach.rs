//! What a search can come to, and how much it takes at least from there to an end: what does not lead there, or only by a detour, is
//! not followed, or later (A*: Hart, Nilsson and Raphael, "A formal basis for the heuristic determination of minimum cost paths",
//! 1968).

use std::{cmp::Reverse, collections::BinaryHeap};

use rustc_hash::FxHashMap;
use wend_storage::NodeId;

use super::{Context, Search};
use crate::{error::Result, exec::operator::BoxOperator, runtime::statement::Statement};

/// A part of the path and a node at which it begins or goes on, whatever was repeated before; beyond the last part the path has ended.
type Place = (usize, NodeId);

/// The sums are made in another order than those of paths: by so much they are taken for less, to stay below.
const ROUNDING: f64 = 1.0 - 1e-9;

/// All places of a search, and which lead to which.
pub(super) struct Reach {
    numbers: FxHashMap<Place, usize>,
    places: Vec<Place>,
    /// For each place those from which one step leads there, with its cost.
    before: Vec<Vec<(usize, f64)>>,
}

impl Reach {
    /// Follows everything from the start of a search whose parts do not depend on each other.
    pub(super) fn new(search: &mut Search, context: Context<'_>, subqueries: &mut [BoxOperator]) -> Result<Self> {
        let parts = &context.plan.search.parts;
        let mut reach = Reach { numbers: FxHashMap::default(), places: Vec::new(), before: Vec::new() };
        reach.number((0, search.start));
        let mut at = 0;
        while let Some(&(part, node)) = reach.places.get(at) {
            if at.is_multiple_of(256) {
                context.st.cancel.check()?;
            }
            if part < parts.len() {
                reach.lead(at, (part + 1, node), 0.0);
                let next = search.repetitions(context, subqueries, (part, node), 0)?;
                for repetition in next.iter() {
                    reach.lead(at, (part, repetition.end), repetition.cost);
                }
                search.held.take(&context.st.memory, 96 + 16 * next.len(), "the path search")?;
            }
            at += 1;
        }
        Ok(reach)
    }

    fn number(&mut self, place: Place) -> usize {
        *self.numbers.entry(place).or_insert_with(|| {
            self.places.push(place);
            self.before.push(Vec::new());
            self.places.len() - 1
        })
    }

    fn lead(&mut self, from: usize, to: Place, cost: f64) {
        let to = self.number(to);
        self.before[to].push((from, cost));
    }

    /// The nodes at which a path may end, the nearest by its parts first.
    pub(super) fn ends(&self, parts: usize) -> impl Iterator<Item = NodeId> {
        self.places.iter().filter(move |(part, _)| *part == parts).map(|(_, node)| *node)
    }

    /// For each place from which a path may end at a node, what that takes at least.
    pub(super) fn toward(&self, parts: usize, end: NodeId, st: &Statement) -> Result<FxHashMap<Place, f64>> {
        let mut out = FxHashMap::default();
        let mut queue = BinaryHeap::new();
        queue.extend(self.numbers.get(&(parts, end)).map(|&at| Reverse((0, at))));
        let mut ticks = 0u32;
        while let Some(Reverse((bits, at))) = queue.pop() {
            ticks = ticks.wrapping_add(1);
            if ticks.is_multiple_of(1024) {
                st.cancel.check()?;
            }
            if out.contains_key(&self.places[at]) {
                continue;
            }
            // Bits of numbers that are not negative are in the order of the numbers.
            let cost = f64::from_bits(bits);
            out.insert(self.places[at], cost * ROUNDING);
            for &(from, step) in &self.before[at] {
                if !out.contains_key(&self.places[from]) {
                    queue.push(Reverse(((cost + step).to_bits(), from)));
                }
            }
        }
        Ok(out)
    }
}
