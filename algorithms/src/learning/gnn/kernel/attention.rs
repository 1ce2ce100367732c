//! Softmax over the arcs into each target, and the additive attention of graph attention networks in one pass.

use ndarray::Array2;

use crate::machine::simd::dispatched;
use crate::numeric::kernel::exponential::exp;
use crate::numeric::matrix::RowMajor;
use crate::numeric::workers::Workers;

/// Softmax of the scores of one target's arcs, for each head.
#[inline(always)]
fn softmax_rows(scores: &mut [f32], heads: usize) {
    let mut most = [f32::NEG_INFINITY; MOST_HEADS];
    let mut sums = [0.0f32; MOST_HEADS];
    for row in scores.chunks_exact(heads) {
        for (most, &score) in most.iter_mut().zip(row) {
            *most = if score > *most { score } else { *most };
        }
    }
    for row in scores.chunks_exact_mut(heads) {
        for ((score, most), sum) in row.iter_mut().zip(&most).zip(&mut sums) {
            *score = exp(*score - most);
            *sum += *score;
        }
    }
    let inverse = sums.map(|sum| if sum > 0.0 { 1.0 / sum } else { 0.0 });
    for row in scores.chunks_exact_mut(heads) {
        row.iter_mut().zip(&inverse).for_each(|(score, inverse)| *score *= inverse);
    }
}

/// Most heads that an attention can have.
pub(crate) const MOST_HEADS: usize = 64;

/// The terms of an additive attention's score, each by head.
#[derive(Clone, Copy)]
pub(crate) struct ScoreParts<'a> {
    /// The source of each arc.
    pub(crate) source_of: &'a [u32],
    /// Term of each source.
    pub(crate) source: &'a [f32],
    /// Term of each target.
    pub(crate) target: &'a [f32],
    /// Term of each arc.
    pub(crate) arc: Option<&'a [f32]>,
    /// Slope of the leaky rectifier below zero.
    pub(crate) slope: f32,
}

impl ScoreParts<'_> {
    #[inline(always)]
    fn score(&self, arc: usize, target: usize, head: usize, heads: usize) -> f32 {
        let source = self.source_of[arc] as usize;
        let own = self.arc.map_or(0.0, |arcs| arcs[arc * heads + head]);
        self.source[source * heads + head] + self.target[target * heads + head] + own
    }
}

#[inline(always)]
fn additive_body(out: &mut [f32], first: usize, count: usize, offsets: &[usize], heads: usize, parts: ScoreParts<'_>) {
    let start = offsets[first];
    for target in first..first + count {
        let (from, to) = (offsets[target], offsets[target + 1]);
        let scores = &mut out[(from - start) * heads..(to - start) * heads];
        for (arc, row) in (from..to).zip(scores.chunks_exact_mut(heads)) {
            for (head, score) in row.iter_mut().enumerate() {
                let raw = parts.score(arc, target, head, heads);
                *score = if raw > 0.0 { raw } else { parts.slope * raw };
            }
        }
        softmax_rows(scores, heads);
    }
}

dispatched! {
    fn additive_dispatched(out: &mut [f32], first: usize, count: usize, offsets: &[usize], heads: usize, parts: ScoreParts<'_>) = additive_body
}

#[inline(always)]
fn softmax_body(out: &mut [f32], first: usize, count: usize, offsets: &[usize], heads: usize) {
    let start = offsets[first];
    for target in first..first + count {
        softmax_rows(&mut out[(offsets[target] - start) * heads..(offsets[target + 1] - start) * heads], heads);
    }
}

dispatched! {
    fn softmax_dispatched(out: &mut [f32], first: usize, count: usize, offsets: &[usize], heads: usize) = softmax_body
}

/// Backward pass of the softmax: from the gradient of the shares to that of the scores; with `parts`, of the raw scores
/// before the leaky rectifier.
#[inline(always)]
fn backward_body(
    g: &mut [f32],
    first: usize,
    count: usize,
    offsets: &[usize],
    heads: usize,
    alpha: &[f32],
    parts: Option<ScoreParts<'_>>,
) {
    let start = offsets[first];
    for target in first..first + count {
        let (from, to) = (offsets[target], offsets[target + 1]);
        let alpha = &alpha[from * heads..to * heads];
        let g = &mut g[(from - start) * heads..(to - start) * heads];
        let mut sums = [0.0f32; MOST_HEADS];
        for (g, alpha) in g.chunks_exact(heads).zip(alpha.chunks_exact(heads)) {
            for ((sum, g), alpha) in sums.iter_mut().zip(g).zip(alpha) {
                *sum += g * alpha;
            }
        }
        for (arc, (g, alpha)) in (from..to).zip(g.chunks_exact_mut(heads).zip(alpha.chunks_exact(heads))) {
            for (head, ((g, alpha), sum)) in g.iter_mut().zip(alpha).zip(&sums).enumerate() {
                let slope = match &parts {
                    Some(parts) if parts.score(arc, target, head, heads) <= 0.0 => parts.slope,
                    _ => 1.0,
                };
                *g = alpha * (*g - sum) * slope;
            }
        }
    }
}

dispatched! {
    fn backward_dispatched(
        g: &mut [f32],
        first: usize,
        count: usize,
        offsets: &[usize],
        heads: usize,
        alpha: &[f32],
        parts: Option<ScoreParts<'_>>,
    ) = backward_body
}

/// Cuts a matrix by arcs at targets, so that each piece holds all arcs of its targets.
fn for_targets(
    workers: &Workers<'_>,
    by_arc: &mut Array2<f32>,
    offsets: &[usize],
    work: impl Fn(&mut [f32], usize, usize) + Sync,
) {
    let (targets, heads) = (offsets.len() - 1, by_arc.ncols());
    let mut pieces = Vec::new();
    let (mut rest, mut first) = (by_arc.flat_mut(), 0);
    while first < targets {
        // At least one target, and arcs for some thousand numbers.
        let enough = offsets[first] + (1 << 14) / heads.max(1);
        let end = offsets[first + 1..=targets].partition_point(|&offset| offset <= enough).max(1) + first;
        let (piece, others) = rest.split_at_mut((offsets[end] - offsets[first]) * heads);
        pieces.push((piece, first, end - first));
        (rest, first) = (others, end);
    }
    workers.for_each(pieces, |(piece, first, count)| work(piece, first, count));
}

/// `out[arc, h]` = the share of the arc among those of its target, by the softmax of the rectified sum of `parts`.
pub(crate) fn additive(workers: &Workers<'_>, out: &mut Array2<f32>, offsets: &[usize], parts: ScoreParts<'_>) {
    let heads = out.ncols();
    for_targets(workers, out, offsets, |out, first, count| {
        additive_dispatched(out, first, count, offsets, heads, parts);
    });
}

/// Turns scores by arc and head into shares among the arcs of each target.
pub(crate) fn softmax(workers: &Workers<'_>, scores: &mut Array2<f32>, offsets: &[usize]) {
    let heads = scores.ncols();
    for_targets(workers, scores, offsets, |out, first, count| softmax_dispatched(out, first, count, offsets, heads));
}

/// The gradient of the scores from that of the shares, in place.
pub(crate) fn softmax_backward(
    workers: &Workers<'_>,
    g: &mut Array2<f32>,
    offsets: &[usize],
    alpha: &Array2<f32>,
    parts: Option<ScoreParts<'_>>,
) {
    let heads = g.ncols();
    for_targets(workers, g, offsets, |g, first, count| {
        backward_dispatched(g, first, count, offsets, heads, alpha.flat(), parts);
    });
}
