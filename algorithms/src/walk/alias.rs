//! Drawing a neighbour by the weight of its edge, in constant time.

use crate::graph::undirected::Graph;

/// Alias tables (Walker 1977, in Vose's form, 1991) of the static weights of each node's neighbours.
pub(super) struct Alias {
    /// Sum of weights per node.
    pub(super) totals: Vec<f64>,
    /// Parallel to the graph's arcs.
    pub(super) slots: Vec<Slot>,
    /// Factor of all weights: 1 for usual ones, else a power of two that keeps sums finite.
    pub(super) scale: f64,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Slot {
    /// Probability of staying at this slot.
    pub(super) keep: f32,
    /// The alias: the place in the node's list to take otherwise.
    pub(super) alias: u32,
}

impl Alias {
    pub(super) fn new(graph: &Graph, weights: &[f64]) -> Self {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let scale = if largest > 1e100 { 2f64.powi(-300) } else { 1.0 };
        let mut totals = Vec::with_capacity(graph.node_count());
        let mut slots = vec![Slot::default(); weights.len()];
        let (mut mass, mut small, mut large) = (Vec::new(), Vec::new(), Vec::new());
        for v in 0..graph.node_count() as u32 {
            let arcs = graph.arcs(v);
            let total: f64 = weights[arcs.clone()].iter().map(|weight| weight * scale).sum();
            totals.push(total);
            let slots = &mut slots[arcs.clone()];
            if total <= 0.0 {
                continue;
            }
            mass.clear();
            mass.extend(weights[arcs].iter().map(|weight| weight * scale / total * slots.len() as f64));
            let heaviest = (0..mass.len()).max_by(|&a, &b| mass[a].total_cmp(&mass[b])).unwrap_or(0);
            small.clear();
            large.clear();
            for (slot, &mass) in mass.iter().enumerate() {
                if mass < 1.0 { small.push(slot) } else { large.push(slot) }
            }
            while let (Some(&receiver), Some(&giver)) = (small.last(), large.last()) {
                small.pop();
                slots[receiver] = Slot { keep: mass[receiver] as f32, alias: giver as u32 };
                mass[giver] -= 1.0 - mass[receiver];
                if mass[giver] < 1.0 {
                    large.pop();
                    small.push(giver);
                }
            }
            // Slots that rounding left over have mass 1, but a weight of zero keeps probability zero.
            for &slot in small.iter().chain(&large) {
                let zero = mass[slot] <= 0.0;
                slots[slot] = Slot { keep: if zero { 0.0 } else { 1.0 }, alias: heaviest as u32 };
            }
        }
        Alias { totals, slots, scale }
    }
}
