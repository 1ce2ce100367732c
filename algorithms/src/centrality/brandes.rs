//! Brandes's algorithm from eight nodes at a time, where every edge is 1 long.
//!
//! The searches of a group share each row and each cache line: a node has a byte with a bit for each search that has come to it
//! (Then et al., "The more the merrier: efficient multi-source graph traversal", VLDB 2015), which decides whether an edge is looked
//! at further, and one line with a number for each search: on the way there the number of shortest ways, on the way back
//! (1 + handed) / ways. Counts grow beyond floats in large grids: a level with more than 2^500 ways is scaled down by
//! 2^500, and what is handed over its border as well.

use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};
use crate::machine::simd::dispatched;

/// Searches of a group.
pub(super) const LANES: usize = 8;
/// Most bytes of a group for each node.
pub(super) const BYTES: u64 = 74 + 5 * LANES as u64;

const LARGE: f64 = 3.273390607896142e150; // 2^500

/// A number of each search.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f64; LANES]);

const NOTHING: Lanes = Lanes([0.0; LANES]);

impl Lanes {
    /// Adds the numbers of these searches.
    #[inline(always)]
    fn add(&mut self, other: &Lanes, searches: u8) {
        for (lane, (sum, number)) in self.0.iter_mut().zip(&other.0).enumerate() {
            *sum += if searches >> lane & 1 == 1 { *number } else { 0.0 };
        }
    }
}

/// The memory of a group of searches.
pub(super) struct Group {
    /// Which searches have come to each node.
    seen: Vec<u8>,
    /// Which searches have each node in the next level.
    next: Vec<u8>,
    numbers: Vec<Lanes>,
    /// The nodes of each level, one level behind the other, and which searches have them there.
    order: Vec<NodeIndex>,
    searches: Vec<u8>,
    /// Where each level begins in `order`, and of which searches it was scaled down.
    levels: Vec<(usize, u8)>,
    /// What each node got from all searches; 0 where none came.
    pub handed: Vec<f64>,
}

impl Group {
    pub fn new(nodes: usize) -> Self {
        Group {
            seen: vec![0; nodes],
            next: vec![0; nodes],
            numbers: vec![NOTHING; nodes],
            order: Vec::new(),
            searches: Vec::new(),
            levels: Vec::new(),
            handed: vec![0.0; nodes],
        }
    }

    /// Searches from at most [`LANES`] different nodes along the rows, and back.
    pub fn run(&mut self, context: &Context<'_>, rows: &Csr, sources: &[NodeIndex]) -> Result<(), Error> {
        for &v in &self.order {
            self.seen[v as usize] = 0;
            self.handed[v as usize] = 0.0;
        }
        self.order.clear();
        self.searches.clear();
        self.levels.clear();
        for (lane, &source) in sources.iter().enumerate() {
            self.seen[source as usize] = 1 << lane;
            self.numbers[source as usize] = NOTHING;
            self.numbers[source as usize].0[lane] = 1.0;
            self.order.push(source);
            self.searches.push(1 << lane);
        }
        self.levels.push((0, 0));
        let mut from = 0;
        while from < self.order.len() {
            context.check_cancelled()?;
            let to = self.order.len();
            expand(self, rows, from, to);
            let scaled = self.settle(to);
            self.levels.push((to, scaled));
            from = to;
        }
        // The last level has no nodes.
        let (mut end, mut scaled_behind) = (self.order.len(), 0);
        for level in (0..self.levels.len()).rev() {
            context.check_cancelled()?;
            let (start, scaled) = self.levels[level];
            hand_back(self, rows, start, end, scaled_behind);
            if let Some(&(behind, _)) = self.levels.get(level + 1) {
                let last = self.levels.get(level + 2).map_or(self.order.len(), |level| level.0);
                self.order[behind..last].iter().for_each(|&u| self.next[u as usize] = 0);
            }
            for (&v, &searches) in self.order[start..end].iter().zip(&self.searches[start..end]) {
                self.next[v as usize] = searches;
            }
            (end, scaled_behind) = (start, scaled);
        }
        sources.iter().for_each(|&source| self.next[source as usize] = 0);
        Ok(())
    }

    /// Takes the level that begins here as seen; of which searches it was scaled down.
    fn settle(&mut self, start: usize) -> u8 {
        let mut scaled = 0u8;
        for &u in &self.order[start..] {
            let new = std::mem::take(&mut self.next[u as usize]);
            self.seen[u as usize] |= new;
            self.searches.push(new);
            let numbers = &self.numbers[u as usize].0;
            if numbers.iter().fold(0.0, |most, &number| f64::max(most, number)) > LARGE {
                let large = |lane: usize| u8::from(numbers[lane] > LARGE) << lane;
                scaled |= new & (0..LANES).map(large).sum::<u8>();
            }
        }
        if scaled != 0 {
            for (&u, &new) in self.order[start..].iter().zip(&self.searches[start..]) {
                for (lane, number) in self.numbers[u as usize].0.iter_mut().enumerate() {
                    *number /= if (new & scaled) >> lane & 1 == 1 { LARGE } else { 1.0 };
                }
            }
        }
        scaled
    }
}

dispatched! {
    /// Finds the next level, and its numbers of ways.
    fn expand(group: &mut Group, rows: &Csr, from: usize, to: usize) = expand_body
}

#[inline(always)]
fn expand_body(group: &mut Group, rows: &Csr, from: usize, to: usize) {
    let Group { seen, next, numbers, order, searches, .. } = group;
    for at in from..to {
        let (v, own) = (order[at], searches[at]);
        let ways = numbers[v as usize];
        for &u in rows.neighbors(v) {
            let place = u as usize;
            let new = own & !seen[place];
            if new != 0 {
                if next[place] == 0 {
                    order.push(u);
                    if seen[place] == 0 {
                        numbers[place] = NOTHING;
                    }
                }
                next[place] |= new;
                numbers[place].add(&ways, new);
            }
        }
    }
}

dispatched! {
    /// Gives the nodes of a level what those behind it hand back; `next` has the level behind, which was scaled down for some.
    fn hand_back(group: &mut Group, rows: &Csr, start: usize, end: usize, scaled_behind: u8) = hand_back_body
}

#[inline(always)]
fn hand_back_body(group: &mut Group, rows: &Csr, start: usize, end: usize, scaled_behind: u8) {
    let Group { next, numbers, order, searches, handed, .. } = group;
    for at in start..end {
        let (v, own) = (order[at], searches[at]);
        let mut sums = NOTHING;
        for &u in rows.neighbors(v) {
            let here = own & next[u as usize];
            if here != 0 {
                sums.add(&numbers[u as usize], here);
            }
        }
        let (numbers, mut all) = (&mut numbers[v as usize].0, 0.0);
        for (lane, (number, sum)) in numbers.iter_mut().zip(sums.0).enumerate() {
            if own >> lane & 1 == 1 {
                let by = if scaled_behind >> lane & 1 == 1 { 1.0 / LARGE } else { 1.0 };
                let part = *number * (sum * by);
                all += part;
                *number = (1.0 + part) / *number;
            }
        }
        // Sources are the first level: nothing leads through the ends of a way.
        if start > 0 {
            handed[v as usize] += all;
        }
    }
}
