//! The random projection of co-occurrences, E = C R, straight from walks and in exact integers.
//!
//! A walk with the nodes u_0, u_1, ... adds to row u_i of E the sum over d = 1..=window of (R[u_(i-d)] + R[u_(i+d)]) /
//! d: that is C R without C. To stay exact, 1/d is replaced by L/d with L a common multiple of 1..=window, and rows are
//! scaled to length 1 in the end, where L cancels.
//! - **Narrow** windows (up to 10): L = 2520. One position gives at most 2520 * 2 * (1 + 1/2 + ... + 1/10) = 14,762 per
//!   column, so it is summed in i16, twice the lanes of i32 or f32. Node sums are i32; after 65,535 visits a node's row
//!   is moved to i64.
//! - **Wide** windows: i64 throughout. L = lcm(1..=window) as long as no sum can exceed 63 bits over all positions of
//!   the run; else 1/d is rounded to a multiple of 2^-k with the largest k <= 32 for which the sums fit.
//!
//! **Threads.** The columns are cut into blocks of at most 128, and with many threads the rows into ranges: each
//! `Shard` = (rows, columns) belongs to one task at a time, which reads the whole batch of walks and adds to its
//! own sums only. Integers make the order irrelevant, ownership makes locks and atomics unnecessary.
//!
//! **SIMD.** There are three kernels (plain Rust, AVX2, AVX-512), chosen at run time; see `kernel.rs`. They have
//! integers only, so each gives the same bits.

use std::ops::Range;

#[expect(unsafe_code, reason = "vector instructions, three times as fast; the bounds are argued at each access")]
mod kernel;
#[expect(unsafe_code, reason = "calls kernels compiled for one kind of processor; each call says why it may")]
mod narrow;
pub(in crate::embedding) mod streamed;

use narrow::{NARROW_SCALE, NarrowSums, SPILL};

use super::parameters::Parameters;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::machine::pages::{Aligned, prefer_huge};
use crate::machine::simd::Level;
use crate::numeric::columns::{GroupFile, PIECE_BYTES};
use crate::numeric::random::projection_row;
use crate::walk::NO_NODE;

pub(super) use narrow::NARROW_WINDOW;

/// Widths of column blocks. Each is compiled for itself, so that its sums stay in registers.
const WIDTHS: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// Least columns of a block that is cut to have more tasks: narrower, half the cost would be cache misses for its rows.
const NARROWEST_CUT: usize = 32;

/// Bytes of the result after which memory of the sums is given back.
pub(super) const GROUP_BYTES: usize = 4 << 20;

/// The random matrix and the sums of one run.
pub struct Projection {
    signs: Signs,
    shards: Vec<Shard>,
    nodes: usize,
    dimensions: usize,
}

/// The random matrix R and what the kernels need to know; shared by all tasks.
pub struct Signs {
    /// Per column block, `nodes` rows of its width, i8.
    blocks: Vec<Aligned>,
    length: usize,
    scales: Scales,
    level: Level,
}

/// L/d for d = 1..=window, at index d - 1.
#[derive(Debug, Clone, PartialEq)]
enum Scales {
    /// Padded with zeros to 5 or 10.
    Narrow(Vec<i16>),
    Wide(Vec<i64>),
}

impl Scales {
    fn new(window: usize, positions: u64) -> Self {
        if window <= NARROW_WINDOW {
            let padded = if window <= NARROW_WINDOW / 2 { NARROW_WINDOW / 2 } else { NARROW_WINDOW };
            let scale = |d: usize| if d <= window { NARROW_SCALE / d as i16 } else { 0 };
            return Scales::Narrow((1..=padded).map(scale).collect());
        }
        // Largest sum of one column: every position at one node, every sign the same.
        let largest = |scales: &[i64]| {
            let one = scales.iter().map(|&scale| scale as u128).sum::<u128>() * 2;
            one.checked_mul(u128::from(positions))
        };
        let fits = |scales: &[i64]| largest(scales).is_some_and(|sum| sum < 1 << 63);
        if let Some(multiple) = common_multiple(window) {
            let exact: Vec<i64> = (1..=window as i64).map(|d| multiple / d).collect();
            if fits(&exact) {
                return Scales::Wide(exact);
            }
        }
        let rounded = |bits: u32| -> Vec<i64> {
            let one = 1i64 << bits;
            (1..=window as i64).map(|d| (one + d / 2) / d).collect()
        };
        // Even 0 bits cannot overflow: `embed` refuses runs of 2^63 positions.
        Scales::Wide((1..=32).rev().map(rounded).find(|scales| fits(scales)).unwrap_or_else(|| rounded(0)))
    }
}

/// lcm(1..=window), if it has at most 62 bits.
fn common_multiple(window: usize) -> Option<i64> {
    fn gcd(a: i64, b: i64) -> i64 {
        if b == 0 { a } else { gcd(b, a % b) }
    }
    (1..=window as i64).try_fold(1i64, |multiple, d| {
        let next = (multiple / gcd(multiple, d)).checked_mul(d)?;
        (next < 1 << 62).then_some(next)
    })
}

/// The sums of some rows and one block of columns.
pub struct Shard {
    block: usize,
    width: usize,
    rows: Range<u32>,
    sums: Sums,
}

enum Sums {
    Narrow(NarrowSums),
    /// i64, row-major.
    Wide(Aligned),
}

/// Column blocks of `dimensions` columns: as wide as possible, since a row's memory is found faster in one piece, but
/// at least one per thread as long as they are not too narrow for that. What is left over after the widest takes one
/// block each of smaller widths.
fn blocks(dimensions: usize, threads: usize) -> Vec<usize> {
    let enough = |width: usize| width <= NARROWEST_CUT || dimensions.div_ceil(width) >= threads;
    let widest = WIDTHS.into_iter().find(|&width| enough(width)).unwrap_or(1);
    let mut blocks = vec![widest; dimensions / widest];
    let rest = dimensions % widest;
    blocks.extend(WIDTHS.into_iter().filter(|width| rest & width != 0));
    blocks
}

/// Bytes of all sums of a run.
pub(super) fn bytes(nodes: u64, parameters: &Parameters) -> u64 {
    // At most; fewer threads may have wider and so fewer blocks.
    let blocks = blocks(parameters.dimensions, usize::MAX).len() as u64;
    let row = match parameters.window <= NARROW_WINDOW {
        true => 4 * parameters.dimensions as u64 + 2 * blocks,
        false => 8 * parameters.dimensions as u64,
    };
    nodes.saturating_mul(row)
}

/// Bytes of a task's buffers.
pub(super) fn scratch_bytes(parameters: &Parameters) -> u64 {
    let entry = if parameters.window <= NARROW_WINDOW { 2 } else { 8 };
    (parameters.walk_length as u64 + 2 * parameters.window as u64).saturating_mul(WIDTHS[0] as u64 * entry)
}

impl Projection {
    /// Draws these columns of R and sets all their sums to zero. Works on `threads` threads.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn new(
        nodes: usize,
        columns: Range<usize>,
        parameters: &Parameters,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        Self::with(nodes, columns, parameters, threads, context, Level::best(), SPILL)
    }

    pub(super) fn with(
        nodes: usize,
        columns: Range<usize>,
        parameters: &Parameters,
        threads: usize,
        context: &Context<'_>,
        level: Level,
        spill: u16,
    ) -> Result<Self, Error> {
        let widths = blocks(columns.len(), threads);
        let positions =
            (nodes as u64).saturating_mul(parameters.walks_per_node).saturating_mul(parameters.walk_length as u64);
        let scales = Scales::new(parameters.window, positions);
        // Enough shards for all threads, cut by columns first: a cut by rows reads the walks' signs once more.
        let ranges = threads.div_ceil(widths.len()).min(nodes.max(1));
        let bound = |part: usize| (nodes as u64 * part as u64 / ranges as u64) as u32;
        let shard = |(block, &width): (usize, &usize), rows: Range<u32>| {
            let entries = rows.len() * width;
            let sums = match &scales {
                Scales::Narrow(_) => Sums::Narrow(NarrowSums::new(rows.len(), width, spill)),
                Scales::Wide(_) => Sums::Wide(Aligned::zeros::<i64>(entries)),
            };
            Shard { block, width, rows, sums }
        };
        let shards = widths
            .iter()
            .enumerate()
            .flat_map(|block| (0..ranges).map(move |part| (block, bound(part)..bound(part + 1))))
            .map(|(block, rows)| shard(block, rows))
            .collect();
        let mut signs: Vec<Aligned> = widths.iter().map(|width| Aligned::zeros::<i8>(nodes * width)).collect();
        let mut column = columns.start;
        let mut tasks = Vec::new();
        for (block, &width) in signs.iter_mut().zip(&widths) {
            for (chunk, rows) in block.get_mut::<i8>()[..nodes * width].chunks_mut(width << 13).enumerate() {
                tasks.push((column, chunk << 13, width, rows));
            }
            column += width;
        }
        context.for_each(threads, tasks, |(column, first, width, rows)| {
            for (node, row) in (first as u32..).zip(rows.chunks_exact_mut(width)) {
                projection_row(parameters.seed, node, column, row);
            }
            Ok(())
        })?;
        let signs = Signs { blocks: signs, length: parameters.walk_length, scales, level };
        Ok(Projection { signs, shards, nodes, dimensions: columns.len() })
    }

    /// R, and the shards that together take a batch of walks: each shard must be given every batch once, to
    /// [`Signs::add`]; different shards may do so at the same time.
    pub fn parts(&mut self) -> (&Signs, std::slice::IterMut<'_, Shard>) {
        (&self.signs, self.shards.iter_mut())
    }

    /// Scales every row to length 1, row-major; a row of zeros stays zero. The sums' memory is given back group by
    /// group as the result's is filled, so that both together hardly take more than one of them.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn finish(self, threads: usize, context: &Context<'_>) -> Result<Vec<f32>, Error> {
        let Projection { signs, mut shards, nodes, dimensions } = self;
        // The matrix is not needed any more, and would add to the peak.
        drop(signs);
        let mut vectors = vec![0f32; nodes * dimensions];
        prefer_huge(&vectors);
        let group = (GROUP_BYTES / (4 * dimensions)).max(1);
        let part = group.div_ceil(4 * threads.max(1));
        for (number, rows) in vectors.chunks_mut(group * dimensions).enumerate() {
            let first = number * group;
            let parts = rows.chunks_mut(part * dimensions).enumerate();
            context.for_each(threads, parts, |(number, rows)| {
                let mut exact = vec![0f64; dimensions];
                for (node, row) in ((first + number * part) as u32..).zip(rows.chunks_exact_mut(dimensions)) {
                    let mut column = 0;
                    for shard in shards.iter().filter(|shard| shard.rows.contains(&node)) {
                        shard.read(node, &mut exact[column..column + shard.width], |sum| sum as f64);
                        column += shard.width;
                    }
                    normalise(&exact, row);
                }
                Ok(())
            })?;
            shards.iter_mut().for_each(|shard| shard.give_back((first + group) as u32));
        }
        Ok(vectors)
    }

    /// Writes the exact sums as a group of columns.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Scratch`].
    pub fn write(
        &self,
        group: &Range<usize>,
        file: &GroupFile<f64>,
        threads: usize,
        context: &Context<'_>,
    ) -> Result<(), Error> {
        let width = self.dimensions;
        let piece = (PIECE_BYTES / (8 * width)).max(1);
        let pieces = (0..self.nodes).step_by(piece).map(|first| first..(first + piece).min(self.nodes));
        context.for_each(threads, pieces, |rows| {
            let mut exact = vec![0f64; rows.len() * width];
            for (node, exact) in (rows.start as u32..).zip(exact.chunks_exact_mut(width)) {
                self.read(node, exact, |sum| sum as f64);
            }
            file.write(group, rows.start, &exact)
        })
    }

    /// These rows scaled to length 1, one after the other.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn rows(&self, rows: &[u32], threads: usize, context: &Context<'_>) -> Result<Vec<f32>, Error> {
        const PART: usize = 1 << 10;
        let dimensions = self.dimensions;
        let mut vectors = vec![0f32; rows.len() * dimensions];
        let parts = rows.chunks(PART).zip(vectors.chunks_mut(PART * dimensions));
        context.for_each(threads, parts, |(rows, vectors)| {
            let mut exact = vec![0f64; dimensions];
            for (&node, row) in rows.iter().zip(vectors.chunks_exact_mut(dimensions)) {
                self.read(node, &mut exact, |sum| sum as f64);
                normalise(&exact, row);
            }
            Ok(())
        })?;
        Ok(vectors)
    }

    /// The sums of all rows, one after the other: those of several runs over other walks of the same parameters add up.
    pub(in crate::embedding) fn sums(&self) -> Vec<i64> {
        let mut sums = vec![0; self.nodes * self.dimensions];
        for (node, row) in (0..).zip(sums.chunks_exact_mut(self.dimensions)) {
            self.read(node, row, |sum| sum);
        }
        sums
    }

    /// What `of` makes of the sums of one row.
    fn read<T>(&self, node: u32, row: &mut [T], of: impl Fn(i64) -> T + Copy) {
        let mut column = 0;
        for shard in self.shards.iter().filter(|shard| shard.rows.contains(&node)) {
            shard.read(node, &mut row[column..column + shard.width], of);
            column += shard.width;
        }
    }

    /// The exact sums of one row, for tests.
    #[cfg(test)]
    pub(super) fn row(&self, node: u32) -> Vec<f64> {
        let mut row = vec![0f64; self.dimensions];
        self.read(node, &mut row, |sum| sum as f64);
        row
    }
}

/// The row scaled to length 1. The norm is taken in f64 from the first column upwards, whatever the threads.
pub(in crate::embedding) fn normalise(exact: &[f64], row: &mut [f32]) {
    let norm = exact.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        for (entry, x) in row.iter_mut().zip(exact) {
            *entry = (x / norm) as f32;
        }
    }
}

impl Shard {
    /// Frees the memory of the rows of nodes before `node`, which are not read again.
    fn give_back(&mut self, node: u32) {
        let index = node.clamp(self.rows.start, self.rows.end) - self.rows.start;
        match &mut self.sums {
            Sums::Wide(sums) => sums.give_back(index as usize * self.width * size_of::<i64>()),
            Sums::Narrow(sums) => sums.give_back(index as usize, self.width),
        }
    }

    /// What `of` makes of one row; as floats sums beyond 2^53 are rounded here and nowhere before.
    fn read<T>(&self, node: u32, row: &mut [T], of: impl Fn(i64) -> T) {
        let index = (node - self.rows.start) as usize;
        let place = index * self.width..(index + 1) * self.width;
        match &self.sums {
            Sums::Wide(sums) => row.iter_mut().zip(&sums.get::<i64>()[place]).for_each(|(x, &sum)| *x = of(sum)),
            Sums::Narrow(sums) => sums.read(index, row, of),
        }
    }
}

/// Additions between two checks of the cancel flag: a few milliseconds of work.
pub(super) const CANCEL_EVERY: usize = 1 << 25;

impl Signs {
    /// Adds a batch of walks, `walk_length` nodes each as [`Walks::fill`](crate::walk::Walks::fill) writes them, to one
    /// shard.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; then the sums are of no use.
    pub fn add(&self, shard: &mut Shard, walks: &[u32], context: &Context<'_>) -> Result<(), Error> {
        match shard.width {
            128 => self.add_width::<128>(shard, walks, context),
            64 => self.add_width::<64>(shard, walks, context),
            32 => self.add_width::<32>(shard, walks, context),
            16 => self.add_width::<16>(shard, walks, context),
            8 => self.add_width::<8>(shard, walks, context),
            4 => self.add_width::<4>(shard, walks, context),
            2 => self.add_width::<2>(shard, walks, context),
            _ => self.add_width::<1>(shard, walks, context),
        }
    }

    fn add_width<const W: usize>(&self, shard: &mut Shard, walks: &[u32], context: &Context<'_>) -> Result<(), Error> {
        let signs = self.blocks[shard.block].get::<i8>();
        let first = shard.rows.start;
        match (&mut shard.sums, &self.scales) {
            (Sums::Narrow(sums), Scales::Narrow(scales)) => {
                // One of the two by construction.
                match (<&[i16; 5]>::try_from(scales.as_slice()), <&[i16; 10]>::try_from(scales.as_slice())) {
                    (Ok(scales), _) => sums.add::<W, 5>(self.level, signs, first, scales, walks, self.length, context),
                    (_, Ok(scales)) => sums.add::<W, 10>(self.level, signs, first, scales, walks, self.length, context),
                    _ => Ok(()),
                }
            }
            (Sums::Wide(sums), Scales::Wide(scales)) => {
                let sums = &mut sums.get_mut()[..shard.rows.len() * W];
                add_wide::<W>(signs, first, sums, scales, walks, self.length, context)
            }
            _ => Ok(()),
        }
    }
}

/// Adds walks to 64-bit sums, for windows of any width.
fn add_wide<const W: usize>(
    signs: &[i8],
    first: u32,
    sums: &mut [i64],
    scales: &[i64],
    walks: &[u32],
    length: usize,
    context: &Context<'_>,
) -> Result<(), Error> {
    let mut work = CANCEL_EVERY;
    let (signs, _) = signs.as_chunks::<W>();
    let (sums, _) = sums.as_chunks_mut::<W>();
    for walk in walks.chunks_exact(length).filter(|walk| walk[1] != NO_NODE) {
        for (i, &node) in walk.iter().enumerate() {
            let Some(total) = sums.get_mut(node.wrapping_sub(first) as usize) else { continue };
            work += 2 * scales.len() * W;
            if work >= CANCEL_EVERY {
                context.check_cancelled()?;
                work = 0;
            }
            let before = walk[..i].iter().rev();
            let after = walk[i + 1..].iter();
            for (&scale, &other) in scales.iter().zip(before).chain(scales.iter().zip(after)) {
                let signs = &signs[other as usize];
                for k in 0..W {
                    total[k] += scale * i64::from(signs[k]);
                }
            }
        }
    }
    Ok(())
}
