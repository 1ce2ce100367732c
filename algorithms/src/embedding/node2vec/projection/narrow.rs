//! The projection's sums for windows up to 10: a position in 16 bits, a node in 32, with a spill to 64.

use std::collections::BTreeMap;

use super::CANCEL_EVERY;
#[cfg(target_arch = "x86_64")]
use super::kernel::{Avx2, Avx512};
use super::kernel::{Kernel, Plain, WindowWeights};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::machine::pages::Aligned;
use crate::machine::prefetch::prefetch;
use crate::machine::simd::{InstructionSet, Level};
use crate::walk::NO_NODE;

/// Largest window summed in 16 bits.
pub const NARROW_WINDOW: usize = 10;
/// lcm(1..=10).
pub(super) const NARROW_SCALE: i16 = 2520;
/// Visits after which a row of 32-bit sums is spilled: 65,535 * 14,762 < 2^31.
pub(super) const SPILL: u16 = u16::MAX;

/// Sums of some rows in 32 bits, with a spill to 64 for rows visited often.
pub(super) struct NarrowSums {
    /// i32, row-major.
    sums: Aligned,
    /// Visits of each row since it was last spilled.
    visits: Vec<u16>,
    /// Visits after which a row is spilled.
    spill: u16,
    /// The spill: 64-bit sums of rows that were emptied, by row within the shard.
    spilled: BTreeMap<u32, Vec<i64>>,
}

impl NarrowSums {
    /// Sums of zero. A row is spilled to 64 bits after `spill` visits, at least 1 and at most [`SPILL`].
    pub(super) fn new(rows: usize, width: usize, spill: u16) -> Self {
        NarrowSums { sums: Aligned::zeros::<i32>(rows * width), visits: vec![0; rows], spill, spilled: BTreeMap::new() }
    }

    /// What `of` makes of the sums of one row, as wide as `row`.
    pub(super) fn read<T>(&self, index: usize, row: &mut [T], of: impl Fn(i64) -> T) {
        let sums = &self.sums.get::<i32>()[index * row.len()..(index + 1) * row.len()];
        let spilled = self.spilled.get(&(index as u32));
        for (column, (x, &sum)) in row.iter_mut().zip(sums).enumerate() {
            *x = of(i64::from(sum) + spilled.map_or(0, |spilled| spilled[column]));
        }
    }

    /// Frees the memory of the rows before `index`, which are not read again.
    pub(super) fn give_back(&mut self, index: usize, width: usize) {
        self.sums.give_back(index * width * size_of::<i32>());
    }

    /// Adds walks of `length` nodes. `signs` holds rows of R of W columns, `first` is the node of row 0, and `scales`
    /// the weights at distance 1, 2, ... D.
    #[expect(clippy::too_many_arguments, reason = "one loop's inputs, passed on to each kernel")]
    pub(super) fn add<const W: usize, const D: usize>(
        &mut self,
        level: Level,
        signs: &[i8],
        first: u32,
        scales: &[i16; D],
        walks: &[u32],
        length: usize,
        context: &Context<'_>,
    ) -> Result<(), Error> {
        let weights = &WindowWeights::new(scales);
        let mut near = Near(Aligned::zeros::<i16>(Plain::room(length, D) * W));
        // A walk of any length is added between two looks at the flag: ten million nodes a second.
        let every = (CANCEL_EVERY / (2 * D * W * length)).max(1);
        for walks in walks.chunks(every * length) {
            context.check_cancelled()?;
            // SAFETY: a level other than plain exists only when the processor has its instructions; see Level.
            unsafe {
                match level.kind() {
                    InstructionSet::Plain => {
                        add_narrow::<Plain, W, D>(signs, first, self, weights, walks, length, &mut near)
                    }
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 if W.is_multiple_of(32) => {
                        add_narrow_avx512::<W, D>(signs, first, self, weights, walks, length, &mut near);
                    }
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 | InstructionSet::Avx512 => {
                        add_narrow_avx2::<W, D>(signs, first, self, weights, walks, length, &mut near);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Buffer for the prepared rows of one walk, large enough for each kernel.
struct Near(Aligned);

/// Moves a row of 32-bit sums to 64 bits.
#[cold]
fn spill(spilled: &mut BTreeMap<u32, Vec<i64>>, row: usize, sums: &mut [i32]) {
    let totals = spilled.entry(row as u32).or_insert_with(|| vec![0; sums.len()]);
    for (total, sum) in totals.iter_mut().zip(sums) {
        *total += i64::from(std::mem::take(sum));
    }
}

/// Prefetch distance in positions: about the time a row takes to come from main memory.
const AHEAD: usize = 12;

/// Adds walks to 32-bit sums.
///
/// # Safety
/// The processor has the instructions of `K`.
#[inline(always)]
unsafe fn add_narrow<K: Kernel, const W: usize, const D: usize>(
    signs: &[i8],
    first: u32,
    sums: &mut NarrowSums,
    weights: &WindowWeights<D>,
    walks: &[u32],
    length: usize,
    near: &mut Near,
) {
    let (signs, _) = signs.as_chunks::<W>();
    let (totals, _) = sums.sums.get_mut::<i32>().as_chunks_mut::<W>();
    let near = &mut near.0.get_mut::<i16>().as_chunks_mut::<W>().0[..K::room(length, D)];
    let at = |position: usize| walks[position.min(walks.len() - 1)];
    for (number, walk) in walks.chunks_exact(length).enumerate() {
        if walk[1] == NO_NODE {
            continue;
        }
        K::prepare::<W, D>(signs, walk, near);
        for (i, &node) in walk.iter().enumerate() {
            let position = number * length + i;
            // The sums of this walk's later positions, or of the next walk's first.
            let later = at(position + AHEAD).wrapping_sub(first) as usize;
            for line in (0..W).step_by(16) {
                prefetch(totals.as_flattened(), later.wrapping_mul(W).wrapping_add(line));
            }
            prefetch(&sums.visits, later);
            let next = at(position + length) as usize;
            for line in (0..W).step_by(64) {
                prefetch(signs.as_flattened(), next.wrapping_mul(W).wrapping_add(line));
            }
            let row = node.wrapping_sub(first) as usize;
            let (Some(total), Some(visits)) = (totals.get_mut(row), sums.visits.get_mut(row)) else { continue };
            // SAFETY: the caller of this function vouches for the kernel's instructions.
            unsafe { K::add_window(near, i, weights, total) };
            *visits += 1;
            if *visits >= sums.spill {
                *visits = 0;
                spill(&mut sums.spilled, row, total);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_narrow_avx2<const W: usize, const D: usize>(
    signs: &[i8],
    first: u32,
    sums: &mut NarrowSums,
    weights: &WindowWeights<D>,
    walks: &[u32],
    length: usize,
    near: &mut Near,
) {
    // SAFETY: this function has the instructions.
    unsafe { add_narrow::<Avx2, W, D>(signs, first, sums, weights, walks, length, near) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
fn add_narrow_avx512<const W: usize, const D: usize>(
    signs: &[i8],
    first: u32,
    sums: &mut NarrowSums,
    weights: &WindowWeights<D>,
    walks: &[u32],
    length: usize,
    near: &mut Near,
) {
    // SAFETY: this function has the instructions.
    unsafe { add_narrow::<Avx512, W, D>(signs, first, sums, weights, walks, length, near) };
}
