//! Many walks side by side: each round advances a batch of walkers, so that their cache misses overlap.
//!
//! A round makes one trial for each of [`WALKERS`] walkers, in short passes over arrays with one entry per walker.
//! Passes that only compute have no branch and become vector instructions; passes that read the graph prefetch
//! the memory that the next one needs. A rejected walker does not advance. Rare events
//! (the end of a walk, a step drawn by a scan) come after a check that there is any.
//!
//! Membership is asked only where it decides (see [`Bias::must_ask`](super::bias::Bias::must_ask)); all others look at
//! one and the same bucket, which is cheaper than a branch.

use super::edge_table::{NO_TAG, has_tag};
use super::{NO_NODE, TRIALS, Walks};
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::machine::prefetch::prefetch;
use crate::machine::simd::InstructionSet;
use crate::numeric::random::{Xoroshiro128, advance, unit};

/// Walkers a thread advances together: enough to hide a cache miss, few enough to stay in the first-level cache.
pub const WALKERS: usize = 64;

/// Offsets of the graph's rows, in 32 or 64 bits.
pub(super) trait Offset: Copy {
    fn get(self) -> u64;
}

impl Offset for u32 {
    #[inline(always)]
    fn get(self) -> u64 {
        u64::from(self)
    }
}

impl Offset for u64 {
    #[inline(always)]
    fn get(self) -> u64 {
        self
    }
}

/// See [`Walks::fill`]. `offsets` are the graph's.
pub(super) fn fill<O: Offset>(
    walks: &Walks<'_>,
    offsets: &[O],
    first: u64,
    out: &mut [NodeIndex],
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Error> {
    // SAFETY: a level other than plain exists only when the processor has its instructions; see Level.
    unsafe {
        match walks.level.kind() {
            InstructionSet::Plain => fill_any(walks, offsets, first, out, cancelled),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => fill_avx2(walks, offsets, first, out, cancelled),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => fill_avx512(walks, offsets, first, out, cancelled),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fill_avx2<O: Offset>(
    walks: &Walks<'_>,
    offsets: &[O],
    first: u64,
    out: &mut [NodeIndex],
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Error> {
    fill_any(walks, offsets, first, out, cancelled)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512dq,avx512vl")]
fn fill_avx512<O: Offset>(
    walks: &Walks<'_>,
    offsets: &[O],
    first: u64,
    out: &mut [NodeIndex],
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Error> {
    fill_any(walks, offsets, first, out, cancelled)
}

#[inline(always)]
fn fill_any<O: Offset>(
    walks: &Walks<'_>,
    offsets: &[O],
    first: u64,
    out: &mut [NodeIndex],
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Error> {
    match (walks.alias.is_some(), walks.first_order) {
        (false, false) => rounds::<O, false, false>(walks, offsets, first, out, cancelled),
        (false, true) => rounds::<O, false, true>(walks, offsets, first, out, cancelled),
        (true, false) => rounds::<O, true, false>(walks, offsets, first, out, cancelled),
        (true, true) => rounds::<O, true, true>(walks, offsets, first, out, cancelled),
    }
}

#[inline(always)]
fn rounds<O: Offset, const WEIGHTED: bool, const FIRST_ORDER: bool>(
    walks: &Walks<'_>,
    offsets: &[O],
    first: u64,
    out: &mut [NodeIndex],
    cancelled: &dyn Fn() -> bool,
) -> Result<(), Error> {
    let mut rows = Starts { walks, next: first, position: 0 };
    let mut walkers = Walkers::new();
    let mut trial = Trial::new();
    for i in 0..WALKERS {
        if !rows.start(&mut walkers, i, out) {
            break;
        }
        walkers.live = i + 1;
    }
    let mut round = 0u32;
    while walkers.live > 0 {
        round = round.wrapping_add(1);
        if round.is_multiple_of(1024) && cancelled() {
            return Err(Error::Cancelled);
        }
        trial.bits::<WEIGHTED, FIRST_ORDER>(&mut walkers);
        trial.rows::<O, WEIGHTED>(walks, offsets, &walkers);
        trial.choose::<WEIGHTED, FIRST_ORDER>(walks, &walkers);
        trial.candidates::<WEIGHTED>(walks, &walkers);
        if FIRST_ORDER {
            for i in 0..walkers.count() {
                prefetch(offsets, trial.x[i] as usize);
            }
            trial.accepted = [1; WALKERS];
        } else {
            trial.ask(walks, &walkers);
            let table = walks.table.as_ref().map_or(&[][..], |table| table.parts().0);
            for i in 0..walkers.count() {
                prefetch(offsets, trial.x[i] as usize);
                prefetch(table, trial.bucket[i] as usize);
            }
            trial.near(walks, &walkers);
            trial.accept(walks, &walkers);
            if WEIGHTED && walks.bias.fold > 0.0 {
                for i in 0..walkers.count() {
                    if trial.accepted[i] != 0 && trial.folded[i] == 0 {
                        walkers.last_weight[i] = walks.weight(trial.arc[i] as usize);
                    }
                }
            }
        }
        // Written in any case; a rejected candidate is overwritten by the next.
        for i in 0..walkers.count() {
            out[walkers.position[i]] = trial.x[i];
        }
        walkers.advance(&trial);
        if !FIRST_ORDER && walkers.trials[..walkers.count()].iter().any(|&trials| trials >= TRIALS) {
            walkers.scan(walks, out);
        }
        if walkers.any_done() {
            walkers.renew(&mut rows, out);
        }
    }
    Ok(())
}

/// Hands out the walks of one call of `fill`.
struct Starts<'w, 'g> {
    walks: &'w Walks<'g>,
    next: u64,
    position: usize,
}

impl Starts<'_, '_> {
    /// Puts walker `i` at the start of the next walk that can leave its start; false when there is none.
    #[inline]
    fn start(&mut self, walkers: &mut Walkers, i: usize, out: &mut [NodeIndex]) -> bool {
        let length = self.walks.length;
        while self.position + length <= out.len() {
            let (position, index) = (self.position, self.next);
            self.position += length;
            self.next += 1;
            let start = (index / self.walks.per_node) as NodeIndex;
            out[position] = start;
            if !self.walks.walkable(start) {
                out[position + 1] = NO_NODE;
                continue;
            }
            walkers.v[i] = start;
            walkers.previous[i] = NO_NODE;
            walkers.last_weight[i] = 0.0;
            walkers.trials[i] = 0;
            walkers.position[i] = position + 1;
            walkers.end[i] = position + length;
            let rng = Xoroshiro128::new(self.walks.seed, start, index % self.walks.per_node);
            (walkers.low[i], walkers.high[i]) = rng.into_parts();
            return true;
        }
        false
    }
}

/// State of the walkers between rounds, one array per field. The first `live` are walking; the entries of the others
/// have no meaning.
#[repr(align(64))]
struct Walkers {
    /// State of the random generator.
    low: [u64; WALKERS],
    high: [u64; WALKERS],
    /// Weight of the return edge, 0 for the first step; kept only for weighted graphs with folding.
    last_weight: [f64; WALKERS],
    /// Where in the output the next node goes, and where the walk ends.
    position: [usize; WALKERS],
    end: [usize; WALKERS],
    v: [NodeIndex; WALKERS],
    previous: [NodeIndex; WALKERS],
    /// Rejections of the running step.
    trials: [u32; WALKERS],
    live: usize,
}

impl Walkers {
    fn new() -> Self {
        Walkers {
            low: [0; WALKERS],
            high: [1; WALKERS],
            last_weight: [0.0; WALKERS],
            position: [0; WALKERS],
            end: [0; WALKERS],
            v: [0; WALKERS],
            previous: [NO_NODE; WALKERS],
            trials: [0; WALKERS],
            live: 0,
        }
    }

    /// `live`, in a form that tells the compiler that no index below it needs a check.
    #[inline(always)]
    fn count(&self) -> usize {
        self.live.min(WALKERS)
    }

    /// Moves the walkers whose trial was accepted.
    #[inline(always)]
    fn advance(&mut self, trial: &Trial) {
        for i in 0..WALKERS {
            let accepted = trial.accepted[i] != 0;
            self.trials[i] = if accepted { 0 } else { self.trials[i] + 1 };
            self.previous[i] = if accepted { self.v[i] } else { self.previous[i] };
            self.v[i] = if accepted { trial.x[i] } else { self.v[i] };
        }
        for i in 0..WALKERS {
            self.position[i] += trial.accepted[i] as usize;
        }
    }

    /// Draws the step by an exact scan for walkers that were rejected often enough.
    #[cold]
    fn scan(&mut self, walks: &Walks<'_>, out: &mut [NodeIndex]) {
        for i in 0..self.count() {
            if self.trials[i] >= TRIALS && walks.should_scan(self.trials[i], self.v[i]) {
                let mut rng = Xoroshiro128::from_parts(self.low[i], self.high[i]);
                let arc = walks.scan(&mut rng, self.v[i], self.previous[i]);
                (self.low[i], self.high[i]) = rng.into_parts();
                self.previous[i] = self.v[i];
                self.v[i] = walks.graph.all_neighbors()[arc];
                self.last_weight[i] = walks.weight(arc);
                self.trials[i] = 0;
                out[self.position[i]] = self.v[i];
                self.position[i] += 1;
            }
        }
    }

    /// Whether a walk has all its nodes.
    #[inline(always)]
    fn any_done(&self) -> bool {
        let pairs = self.position.iter().zip(&self.end).take(self.count());
        pairs.fold(false, |any, (position, end)| any | (position == end))
    }

    /// Gives walkers whose walk is complete a new one, or retires them.
    #[inline(never)]
    fn renew(&mut self, rows: &mut Starts<'_, '_>, out: &mut [NodeIndex]) {
        let mut i = 0;
        while i < self.count() {
            if self.position[i] == self.end[i] && !rows.start(self, i, out) {
                self.live -= 1;
                self.replace(i, self.live);
            } else {
                i += 1;
            }
        }
    }

    /// Puts walker `last` in the place of walker `i`.
    fn replace(&mut self, i: usize, last: usize) {
        self.low[i] = self.low[last];
        self.high[i] = self.high[last];
        self.last_weight[i] = self.last_weight[last];
        self.position[i] = self.position[last];
        self.end[i] = self.end[last];
        self.v[i] = self.v[last];
        self.previous[i] = self.previous[last];
        self.trials[i] = self.trials[last];
    }
}

/// One round: a trial of every walker. Flags are 0 or 1 in 32 bits, as wide as what they decide about.
#[repr(align(64))]
struct Trial {
    /// Random bits for folding or the place in the list, for the place in a weighted list, and for the acceptance.
    place: [u64; WALKERS],
    slot: [u64; WALKERS],
    accept: [u64; WALKERS],
    /// Where the arcs begin, and then the arc chosen.
    arc: [u64; WALKERS],
    start: [u64; WALKERS],
    /// Sum of weights at the node.
    total: [f64; WALKERS],
    /// Decides between slot and alias.
    coin: [f64; WALKERS],
    degree: [u32; WALKERS],
    /// The folded mass of the return edge was drawn.
    folded: [u32; WALKERS],
    /// The candidate for the next node.
    x: [NodeIndex; WALKERS],
    /// Tag of the edge from the candidate to the previous node; [`NO_TAG`] where it does not matter.
    bucket: [u32; WALKERS],
    tag: [u32; WALKERS],
    /// Whether that edge exists.
    near: [u32; WALKERS],
    accepted: [u32; WALKERS],
}

impl Trial {
    fn new() -> Self {
        Trial {
            place: [0; WALKERS],
            slot: [0; WALKERS],
            accept: [0; WALKERS],
            arc: [0; WALKERS],
            start: [0; WALKERS],
            total: [0.0; WALKERS],
            coin: [0.0; WALKERS],
            degree: [0; WALKERS],
            folded: [0; WALKERS],
            x: [0; WALKERS],
            bucket: [0; WALKERS],
            tag: [0; WALKERS],
            near: [0; WALKERS],
            accepted: [0; WALKERS],
        }
    }

    /// Draws the random bits.
    #[inline(always)]
    fn bits<const WEIGHTED: bool, const FIRST_ORDER: bool>(&mut self, walkers: &mut Walkers) {
        for i in 0..WALKERS {
            let (low, high) = (&mut walkers.low[i], &mut walkers.high[i]);
            self.place[i] = advance(low, high);
            if !FIRST_ORDER {
                if WEIGHTED {
                    self.slot[i] = advance(low, high);
                }
                self.accept[i] = advance(low, high);
            }
        }
    }

    /// Finds the list of each walker's node.
    #[inline(always)]
    fn rows<O: Offset, const WEIGHTED: bool>(&mut self, walks: &Walks<'_>, offsets: &[O], walkers: &Walkers) {
        for i in 0..walkers.count() {
            let v = walkers.v[i] as usize;
            let start = offsets[v].get();
            self.start[i] = start;
            // A node has fewer than 2^32 neighbours.
            self.degree[i] = (offsets[v + 1].get() - start) as u32;
        }
        if let Some(alias) = walks.alias.as_ref().filter(|_| WEIGHTED) {
            for i in 0..walkers.count() {
                self.total[i] = alias.totals[walkers.v[i] as usize];
            }
        }
    }

    /// Chooses an arc of each list; the same arithmetic as `Walks::draw`.
    #[inline(always)]
    fn choose<const WEIGHTED: bool, const FIRST_ORDER: bool>(&mut self, walks: &Walks<'_>, walkers: &Walkers) {
        let fold = walks.bias.fold;
        if WEIGHTED || FIRST_ORDER {
            for i in 0..WALKERS {
                let bits = if FIRST_ORDER { self.place[i] } else { self.slot[i] };
                let degree = u64::from(self.degree[i]);
                // The high half of a product of 64 and 32 bits.
                let slot = ((bits >> 32) * degree + (((bits & 0xFFFF_FFFF) * degree) >> 32)) >> 32;
                self.arc[i] = self.start[i] + slot;
                if WEIGHTED {
                    self.coin[i] = unit(bits.wrapping_mul(degree));
                }
            }
            if WEIGHTED && !FIRST_ORDER {
                for i in 0..WALKERS {
                    let (total, last_weight) = (self.total[i], walkers.last_weight[i]);
                    let folded = unit(self.place[i]) * (total + fold * last_weight) >= total;
                    self.folded[i] = u32::from(folded & (last_weight > 0.0));
                }
            }
        } else {
            for i in 0..WALKERS {
                let mass = if walkers.previous[i] == NO_NODE { 0.0 } else { fold };
                let degree = f64::from(self.degree[i]);
                let position = unit(self.place[i]) * (degree + mass);
                let folded = position >= degree;
                self.folded[i] = u32::from(folded);
                self.arc[i] = self.start[i] + u64::from(if folded { 0.0 } else { position } as u32);
            }
        }
    }

    /// Reads the candidates.
    #[inline(always)]
    fn candidates<const WEIGHTED: bool>(&mut self, walks: &Walks<'_>, walkers: &Walkers) {
        let neighbors = walks.graph.all_neighbors();
        if let Some(alias) = walks.alias.as_ref().filter(|_| WEIGHTED) {
            for i in 0..walkers.count() {
                prefetch(&alias.slots, self.arc[i] as usize);
            }
            for i in 0..walkers.count() {
                let slot = alias.slots[self.arc[i] as usize];
                let arc = if self.coin[i] < f64::from(slot.keep) {
                    self.arc[i]
                } else {
                    self.start[i] + u64::from(slot.alias)
                };
                self.arc[i] = arc;
                prefetch(neighbors, arc as usize);
                if walks.bias.fold > 0.0 {
                    prefetch(walks.graph.all_weights().unwrap_or_default(), arc as usize);
                }
            }
        } else {
            for i in 0..walkers.count() {
                prefetch(neighbors, self.arc[i] as usize);
            }
        }
        for i in 0..walkers.count() {
            self.x[i] = neighbors[self.arc[i] as usize];
        }
    }

    /// Finds the walkers whose acceptance depends on an edge, and that edge's bucket in the table.
    #[inline(always)]
    fn ask(&mut self, walks: &Walks<'_>, walkers: &Walkers) {
        let bias = walks.bias;
        for i in 0..WALKERS {
            let previous = walkers.previous[i];
            let folded = self.folded[i] != 0;
            let x = if folded { previous } else { self.x[i] };
            self.x[i] = x;
            // No bits at all are accepted by any threshold.
            let accept = if folded | (previous == NO_NODE) { 0 } else { self.accept[i] };
            self.accept[i] = accept;
            self.tag[i] = if bias.must_ask(accept) & (x != previous) { 0 } else { NO_TAG };
        }
        if let Some(table) = &walks.table {
            let place = table.parts().1;
            for i in 0..WALKERS {
                let (bucket, tag) = place.of(walkers.previous[i], self.x[i]);
                let ask = self.tag[i] != NO_TAG;
                self.bucket[i] = if ask { bucket } else { 0 };
                self.tag[i] = if ask { tag } else { NO_TAG };
            }
        }
    }

    /// Tests for the edges, by table or by binary search.
    #[inline(always)]
    fn near(&mut self, walks: &Walks<'_>, walkers: &Walkers) {
        if let Some(table) = &walks.table {
            let (buckets, _) = table.parts();
            for i in 0..walkers.count() {
                self.near[i] = u32::from(has_tag(&buckets[self.bucket[i] as usize], self.tag[i]));
            }
        } else {
            for i in 0..walkers.count() {
                self.near[i] = u32::from(self.tag[i] != NO_TAG && walks.graph.has_edge(walkers.previous[i], self.x[i]));
            }
        }
    }

    /// Accepts or rejects by the thresholds.
    #[inline(always)]
    fn accept(&mut self, walks: &Walks<'_>, walkers: &Walkers) {
        let bias = walks.bias;
        for i in 0..WALKERS {
            let threshold = if self.near[i] != 0 { bias.near } else { bias.far };
            let threshold = if self.x[i] == walkers.previous[i] { bias.back } else { threshold };
            self.accepted[i] = u32::from(self.accept[i] <= threshold);
        }
    }
}
