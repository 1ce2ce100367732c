//! The layers of likeness, and walks through them.
//!
//! Nodes stand in the order of their degrees, then of the degrees around them, and each is compared with those up to `window` places before and behind it. In layer k a
//! pair is as unlike as in the layer before and by its rings k more; there is no pair where one of these rings is empty.

use super::distance::warping;
use super::rings::Rings;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::numeric::random::Xoroshiro128;
use crate::walk::NO_NODE;
use rand::RngExt;

/// Places that one thread compares at a time.
const PIECE: usize = 64;
/// Walks that one thread takes at a time.
const WALKS: usize = 256;
/// Key that separates these random numbers from others.
const WALKING: u64 = 0x7374_7275_2D31_0001;

/// With how many nodes before it, and behind it, each is compared.
pub(super) fn window(nodes: usize) -> usize {
    (usize::BITS - nodes.leading_zeros()).max(1) as usize
}

/// Likenesses of pairs in each layer.
pub(super) struct Layers {
    /// The nodes that have edges, by degree and by the degrees around them.
    order: Vec<NodeIndex>,
    nodes: usize,
    layers: usize,
    window: usize,
    /// For each layer and place the likenesses to the `window` places before it and the `window` behind it, each added to those before
    /// it, as parts of their sum in the place; all 0 where there is no pair.
    shares: Vec<f32>,
    /// For each layer and place the weight of going up.
    upward: Vec<f32>,
}

impl Layers {
    pub fn new(crew: Crew, rings: &Rings) -> Result<Self, Error> {
        let mut order: Vec<NodeIndex> =
            (0..rings.nodes() as NodeIndex).filter(|&v| rings.degrees[v as usize] > 0).collect();
        // Of equal degrees those come together whose neighbours have like degrees in all, and so on: nodes that nothing tells apart
        // are beside each other.
        let sum = |v: usize, layer: usize| -> u64 {
            rings.ring(v, layer).iter().map(|&(degree, count)| u64::from(degree) * u64::from(count)).sum()
        };
        let sums = crew.make(rings.nodes() * rings.layers(), |at| sum(at / rings.layers(), at % rings.layers()))?;
        let sums = |v: NodeIndex| &sums[v as usize * rings.layers()..][..rings.layers()];
        order.sort_by(|&a, &b| sums(a).cmp(sums(b)));
        let (places, layers, window) = (order.len(), rings.layers(), window(rings.nodes()));
        // The unlikeness of each place and those behind it, in all layers one after the other; infinite where there is none.
        let width = window * layers;
        let mut unlike = vec![f32::INFINITY; places * width];
        let pieces = unlike.chunks_mut((PIECE * width).max(1)).enumerate();
        crew.context.for_each_with(crew.threads, pieces, Vec::new, |row, (piece, unlike)| {
            for (i, unlike) in (piece * PIECE..).zip(unlike.chunks_exact_mut(width)) {
                let behind = (i + 1)..(i + 1 + window).min(places);
                for (j, unlike) in behind.zip(unlike.chunks_exact_mut(layers)) {
                    let (a, b) = (order[i] as usize, order[j] as usize);
                    let mut sum = 0.0;
                    for (layer, unlike) in unlike.iter_mut().enumerate() {
                        let (a, b) = (rings.ring(a, layer), rings.ring(b, layer));
                        if a.is_empty() || b.is_empty() {
                            break;
                        }
                        sum += warping(a, b, row);
                        *unlike = sum as f32;
                    }
                }
            }
            Ok(())
        })?;
        let mut out = Layers { order, nodes: rings.nodes(), layers, window, shares: Vec::new(), upward: Vec::new() };
        out.shares = vec![0.0; layers * places * 2 * window];
        out.upward = vec![0.0; layers * places];
        for layer in 0..layers {
            let of = |i: usize, j: usize| -> f32 {
                let (first, second) = (i.min(j), i.max(j));
                unlike[first * width + (second - first - 1) * layers + layer]
            };
            // What a pair weighs on average in the layer.
            let weight = |unlike: f32| f64::from(-unlike).exp();
            let parts = crew.parts(places, PIECE, |range| {
                let (mut sum, mut pairs) = (0.0, 0u64);
                for i in range {
                    for j in i + 1..(i + 1 + window).min(places) {
                        let unlike = of(i, j);
                        if unlike.is_finite() {
                            sum += weight(unlike);
                            pairs += 1;
                        }
                    }
                }
                (sum, pairs)
            })?;
            let (sum, pairs) = parts.into_iter().fold((0.0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
            let mean = sum / pairs.max(1) as f64;
            let first = layer * places;
            let shares = out.shares[first * 2 * window..(first + places) * 2 * window].chunks_mut(PIECE * 2 * window);
            let upward = out.upward[first..first + places].chunks_mut(PIECE);
            crew.context.for_each(crew.threads, shares.zip(upward).enumerate(), |(piece, (shares, upward))| {
                for ((i, shares), upward) in
                    (piece * PIECE..).zip(shares.chunks_exact_mut(2 * window)).zip(upward.iter_mut())
                {
                    let others = |slot: usize| other(i, slot, window, places);
                    let unlikes: Vec<f32> =
                        (0..2 * window).map(|slot| others(slot).map_or(f32::INFINITY, |j| of(i, j))).collect();
                    // Likenesses count beside each other: the greatest is 1, so that none is lost among tiny ones.
                    let least = unlikes.iter().copied().fold(f32::INFINITY, f32::min);
                    let mut sum = 0.0;
                    let mut sums = Vec::with_capacity(2 * window);
                    for &unlike in &unlikes {
                        sum += if unlike.is_finite() { weight(unlike - least) } else { 0.0 };
                        sums.push(sum);
                    }
                    if sum > 0.0 {
                        shares.iter_mut().zip(&sums).for_each(|(share, part)| *share = (part / sum) as f32);
                    }
                    let alike = unlikes.iter().filter(|unlike| unlike.is_finite() && weight(**unlike) > mean).count();
                    *upward = (alike as f64 + std::f64::consts::E).ln() as f32;
                }
                Ok(())
            })?;
        }
        Ok(out)
    }

    /// In how many layers there is any pair.
    pub fn count(&self) -> usize {
        (0..self.layers).filter(|&layer| (0..self.order.len()).any(|i| self.is_in(layer, i))).count()
    }

    /// `per_node` walks of `length` nodes from each node; those of one without edges end at once.
    pub fn walks(
        &self,
        crew: Crew,
        length: usize,
        per_node: u64,
        stay: f64,
        seed: u64,
    ) -> Result<Vec<NodeIndex>, Error> {
        let mut place_of = vec![usize::MAX; self.nodes];
        self.order.iter().enumerate().for_each(|(place, &v)| place_of[v as usize] = place);
        let positions = (self.nodes as u64).saturating_mul(per_node).saturating_mul(length as u64);
        let entries = usize::try_from(positions).unwrap_or(usize::MAX);
        let mut walks: Vec<NodeIndex> = Vec::new();
        walks.try_reserve_exact(entries).map_err(|_| Error::Memory {
            needed: positions.saturating_mul(4),
            budget: 0,
            hint: format!("lower walksPerNode from {per_node} or walkLength from {length}"),
        })?;
        walks.resize(entries, NO_NODE);
        let pieces = walks.chunks_mut(WALKS * length).enumerate();
        crew.context.for_each(crew.threads, pieces, |(piece, walks)| {
            for (number, walk) in (piece * WALKS..).zip(walks.chunks_exact_mut(length)) {
                let v = number as u64 / per_node;
                walk[0] = v as NodeIndex;
                let place = place_of[v as usize];
                if place != usize::MAX && self.is_in(0, place) {
                    let rng = Xoroshiro128::new(seed ^ WALKING, v as u32, number as u64 % per_node);
                    self.walk(place, stay, walk, rng);
                }
            }
            Ok(())
        })?;
        Ok(walks)
    }

    /// Whether a place has a pair in a layer.
    fn is_in(&self, layer: usize, place: usize) -> bool {
        self.shares(layer, place).last().is_some_and(|&share| share > 0.0)
    }

    fn shares(&self, layer: usize, place: usize) -> &[f32] {
        let width = 2 * self.window;
        &self.shares[(layer * self.order.len() + place) * width..][..width]
    }

    fn walk(&self, start: usize, stay: f64, walk: &mut [NodeIndex], mut rng: Xoroshiro128) {
        let (mut layer, mut place) = (0, start);
        for step in &mut walk[1..] {
            while rng.random::<f64>() >= stay {
                let may_rise = layer + 1 < self.layers && self.is_in(layer + 1, place);
                let up = f64::from(self.upward[layer * self.order.len() + place]);
                layer = match (may_rise, layer) {
                    (true, 0) => 1,
                    (true, _) if rng.random::<f64>() * (up + 1.0) < up => layer + 1,
                    (_, 0) => 0,
                    _ => layer - 1,
                };
            }
            let shares = self.shares(layer, place);
            let wanted = rng.random::<f64>() as f32;
            let slot = shares.partition_point(|&share| share <= wanted);
            // Rounding may let a number lie above all: then the last pair is taken.
            let slot = slot.min(shares.partition_point(|&share| share < 1.0));
            if let Some(next) = other(place, slot, self.window, self.order.len()) {
                place = next;
            }
            *step = self.order[place];
        }
    }
}

/// The place that a slot of a place stands for: first those before it, then those behind.
fn other(place: usize, slot: usize, window: usize, places: usize) -> Option<usize> {
    let other = if slot < window { place.checked_sub(window - slot)? } else { place + 1 + slot - window };
    (other < places).then_some(other)
}
