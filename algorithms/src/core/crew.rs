//! The threads of a run, and work over nodes that is cut into pieces.
//!
//! Pieces have the same bounds for any number of threads, and what is added up over pieces is added in their order: so sums have
//! the same bits for any number of threads.

use std::ops::Range;

use crate::core::context::Context;
use crate::core::error::Error;

/// Nodes that a thread takes at a time.
pub(crate) const PIECE: usize = 1 << 12;

/// The context of a run and how many threads it uses.
#[derive(Clone, Copy)]
pub(crate) struct Crew<'a> {
    pub context: &'a Context<'a>,
    pub threads: usize,
}

impl<'a> Crew<'a> {
    /// The threads that the argument `concurrency` allows.
    pub fn new(context: &'a Context<'a>, concurrency: Option<usize>) -> Self {
        Crew { context, threads: context.threads(concurrency) }
    }

    /// Refuses a run whose arrays need more than it may have: so many bytes for each node and each arc.
    pub fn reserve(&self, nodes: usize, bytes: u64, arcs: usize, arc_bytes: u64) -> Result<(), Error> {
        let needed = (nodes as u64).saturating_mul(bytes).saturating_add((arcs as u64).saturating_mul(arc_bytes));
        self.context
            .reserve(needed, |_| "select fewer nodes with nodeLabels, or fewer edges with edgeLabels".to_owned())
    }

    /// `value(i)` in each place.
    pub fn fill<T: Send>(&self, out: &mut [T], value: impl Fn(usize) -> T + Sync) -> Result<(), Error> {
        self.fill_in(PIECE, out, value)
    }

    /// The same in pieces of so many places, for values that cost more.
    pub fn fill_in<T: Send>(
        &self,
        piece: usize,
        out: &mut [T],
        value: impl Fn(usize) -> T + Sync,
    ) -> Result<(), Error> {
        self.context.for_each(self.threads, out.chunks_mut(piece).enumerate(), |(part, out)| {
            out.iter_mut().zip(part * piece..).for_each(|(slot, i)| *slot = value(i));
            Ok(())
        })
    }

    /// A vector of `value(0)` to `value(count - 1)`.
    pub fn make<T: Send + Clone + Default>(
        &self,
        count: usize,
        value: impl Fn(usize) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let mut out = vec![T::default(); count];
        self.fill(&mut out, value)?;
        Ok(out)
    }

    /// What `part` gives for each piece of `0..count`, in order.
    pub fn parts<T: Send>(
        &self,
        count: usize,
        piece: usize,
        part: impl Fn(Range<usize>) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let mut parts: Vec<Option<T>> = (0..count.div_ceil(piece)).map(|_| None).collect();
        self.context.for_each(self.threads, parts.iter_mut().enumerate(), |(index, slot)| {
            *slot = Some(part(index * piece..((index + 1) * piece).min(count)));
            Ok(())
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// The sum of `value(0)` to `value(count - 1)`.
    pub fn sum(&self, count: usize, value: impl Fn(usize) -> f64 + Sync) -> Result<f64, Error> {
        Ok(self.parts(count, PIECE, |range| range.map(&value).sum::<f64>())?.into_iter().sum())
    }
}
