//! Acceptance thresholds of one trial from p and q: see [`super`].

/// Acceptance of a candidate, as thresholds of 64 random bits: accepted if bits <= threshold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bias {
    /// Thresholds of the previous node, of its neighbours, and of all other nodes.
    pub(super) back: u64,
    pub(super) near: u64,
    pub(super) far: u64,
    /// Smallest of the three.
    pub(super) low: u64,
    /// Mass of the return edge beyond the bound, relative to the bound; 0 without folding.
    pub(super) fold: f64,
    /// 1/p and 1/q, for the scan.
    pub(super) weights: [f64; 2],
}

impl Bias {
    pub(super) fn new(p: f64, q: f64) -> Self {
        // 1/p of the smallest floats is infinite; beyond 1e100 walks do not change any more.
        let (back, far) = ((1.0 / p).min(1e100), (1.0 / q).min(1e100));
        let others = far.max(1.0);
        let bound = if back > others { others } else { back.max(others) };
        // Casts of floats saturate: probability 1 becomes u64::MAX, always accepted.
        let threshold = |bias: f64| (bias / bound * 2f64.powi(64)) as u64;
        let (near, far_threshold) = (threshold(1.0), threshold(far));
        let back_threshold = threshold(back);
        Bias {
            back: back_threshold,
            near,
            far: far_threshold,
            low: near.min(far_threshold).min(back_threshold),
            fold: (back / bound - 1.0).max(0.0),
            weights: [back, far],
        }
    }

    /// Whether a neighbour test is needed: these bits accept only one of near and far.
    #[inline(always)]
    pub(super) fn must_ask(&self, bits: u64) -> bool {
        bits > self.near.min(self.far) && bits <= self.near.max(self.far)
    }
}
