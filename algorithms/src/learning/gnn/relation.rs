//! Relations: arcs from sources to targets, in compressed rows by target and by source.

use std::sync::OnceLock;

/// Stands for "no row" in a [`RowIndex`].
pub const NO_ROW: u32 = u32::MAX;

/// Row indexes of items, and, made on first use, the items of each row.
#[derive(Debug, Default)]
pub struct RowIndex {
    rows: Vec<u32>,
    bound: usize,
    inverse: OnceLock<Inverse>,
}

/// The items of each row: `items[offsets[row]..offsets[row + 1]]`, ascending.
#[derive(Debug, Default)]
pub struct Inverse {
    /// Where each row's items start; one more at the end.
    pub offsets: Vec<usize>,
    /// The items.
    pub items: Vec<u32>,
}

impl RowIndex {
    /// Each of `rows` is below `bound`, or [`NO_ROW`].
    pub fn new(rows: Vec<u32>, bound: usize) -> Self {
        debug_assert!(rows.iter().all(|&row| row == NO_ROW || (row as usize) < bound));
        RowIndex { rows, bound, inverse: OnceLock::new() }
    }

    /// The row of each item.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows of the matrices it indexes.
    pub fn bound(&self) -> usize {
        self.bound
    }

    /// The items of each row.
    pub fn inverse(&self) -> &Inverse {
        self.inverse.get_or_init(|| {
            let mut offsets = vec![0usize; self.bound + 2];
            for &row in self.rows.iter().filter(|&&row| row != NO_ROW) {
                offsets[row as usize + 2] += 1;
            }
            for row in 2..offsets.len() {
                offsets[row] += offsets[row - 1];
            }
            let mut items = vec![0u32; offsets[self.bound + 1]];
            for (item, &row) in self.rows.iter().enumerate().filter(|&(_, &row)| row != NO_ROW) {
                let slot = &mut offsets[row as usize + 1];
                items[*slot] = item as u32;
                *slot += 1;
            }
            offsets.pop();
            Inverse { offsets, items }
        })
    }
}

/// Arcs from sources to targets. Arcs are numbered by target, then in the order they were given.
#[derive(Debug)]
pub struct Relation {
    /// The arcs into target `v` are `offsets[v]..offsets[v + 1]`.
    pub offsets: Vec<usize>,
    /// The source of each arc.
    pub source: RowIndex,
    /// The target of each arc.
    pub target: RowIndex,
    /// The edge each arc goes along; [`NO_ROW`] for a loop that was added.
    pub edge: RowIndex,
    /// The weight of each arc; `None` = all weigh 1.
    pub weights: Option<Vec<f32>>,
    backward: OnceLock<Vec<u32>>,
    inverse_degree: OnceLock<Vec<f32>>,
    sequences: OnceLock<Sequences>,
}

/// The sources of each target one after the other, for models that read them as a sequence. Targets are sorted by how
/// many they have, so that those still being read at a step are the first.
#[derive(Debug)]
pub struct Sequences {
    /// For each step the source of each target that is still read.
    pub steps: Vec<RowIndex>,
    /// For each step those rows, among the step's, that end with it.
    pub ended: Vec<RowIndex>,
    /// Where the ended rows of all steps, the last step's first, have each target's; [`NO_ROW`] without sources.
    pub back: RowIndex,
}

/// An arc as given: source, target, edge.
pub type Arc3 = (u32, u32, u32);

impl Relation {
    /// Sorts arcs by target; `edges` = number of edges they go along, `weight` that of each edge.
    pub fn new(targets: usize, sources: usize, edges: usize, arcs: &[Arc3], weight: Option<&[f32]>) -> Self {
        let mut offsets = vec![0usize; targets + 2];
        for &(_, target, _) in arcs {
            offsets[target as usize + 2] += 1;
        }
        for row in 2..offsets.len() {
            offsets[row] += offsets[row - 1];
        }
        let mut source = vec![0u32; arcs.len()];
        let mut target = vec![0u32; arcs.len()];
        let mut edge = vec![0u32; arcs.len()];
        for &(from, to, along) in arcs {
            let slot = offsets[to as usize + 1];
            offsets[to as usize + 1] += 1;
            (source[slot], target[slot], edge[slot]) = (from, to, along);
        }
        offsets.pop();
        let weights = weight
            .map(|weight| edge.iter().map(|&edge| if edge == NO_ROW { 1.0 } else { weight[edge as usize] }).collect());
        Relation {
            offsets,
            source: RowIndex::new(source, sources),
            target: RowIndex::new(target, targets),
            edge: RowIndex::new(edge, edges),
            weights,
            backward: OnceLock::new(),
            inverse_degree: OnceLock::new(),
            sequences: OnceLock::new(),
        }
    }

    /// Number of arcs.
    pub fn arcs(&self) -> usize {
        self.source.len()
    }

    /// Number of targets.
    pub fn targets(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Number of sources.
    pub fn sources(&self) -> usize {
        self.source.bound()
    }

    /// The targets of the arcs out of each source, in the order of `source.inverse()`.
    pub fn back_targets(&self) -> &[u32] {
        self.backward.get_or_init(|| {
            let targets = self.target.rows();
            self.source.inverse().items.iter().map(|&arc| targets[arc as usize]).collect()
        })
    }

    /// One over the sum of weights into each target; 0 where it is 0.
    pub fn inverse_degrees(&self) -> &[f32] {
        self.inverse_degree.get_or_init(|| {
            self.offsets
                .windows(2)
                .map(|row| {
                    let degree: f32 = match &self.weights {
                        None => (row[1] - row[0]) as f32,
                        Some(weights) => weights[row[0]..row[1]].iter().sum(),
                    };
                    if degree > 0.0 { 1.0 / degree } else { 0.0 }
                })
                .collect()
        })
    }

    /// The first `limit` sources of each target as sequences; `limit` is the same in every call.
    pub fn sequences(&self, limit: usize) -> &Sequences {
        self.sequences.get_or_init(|| {
            let length =
                |target: &u32| (self.offsets[*target as usize + 1] - self.offsets[*target as usize]).min(limit);
            let mut order: Vec<u32> = (0..self.targets() as u32).filter(|target| length(target) > 0).collect();
            order.sort_by_key(|target| std::cmp::Reverse(length(target)));
            let count = |step: usize| order.partition_point(|target| length(target) > step);
            let longest = order.first().map_or(0, length);
            let steps = (0..longest).map(|step| {
                let source = |target: &u32| self.source.rows()[self.offsets[*target as usize] + step];
                RowIndex::new(order[..count(step)].iter().map(source).collect(), self.sources())
            });
            let ended = (0..longest)
                .map(|step| RowIndex::new((count(step + 1) as u32..count(step) as u32).collect(), count(step)));
            // Ended rows, the last step's first, are the targets in `order`.
            let mut back = vec![NO_ROW; self.targets()];
            order.iter().enumerate().for_each(|(place, &target)| back[target as usize] = place as u32);
            Sequences { steps: steps.collect(), ended: ended.collect(), back: RowIndex::new(back, order.len()) }
        })
    }
}
