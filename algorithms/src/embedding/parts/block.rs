//! The rows of some nodes of an undirected graph, for work by blocks.
//!
//! All nodes have a **place**, in an order that puts neighbours near each other, and a block is a range of places. The **number** of a
//! node is its index in the graph as a whole: random numbers are functions of it, and the arcs of a row stand, and are added, in
//! the order of the numbers at their other ends.
//!
//! The graph is symmetric, so that a block knows from its own rows what others need of it: a node of a block is wanted by every
//! block that has a neighbour of it. Both sides list those nodes by place, so that a message is vectors and nothing else.

use std::ops::Range;

use crate::core::error::Error;
use crate::graph::weights::{largest_and_sum, largest_of_unusual, share};
use crate::numeric::linear::{inverse_power, weighted_degree};

/// What a block is made of. Row i is the node at the place `bounds[block] + i`.
#[derive(Debug, Clone, Copy)]
pub struct BlockRows<'a> {
    /// Which block it is.
    pub block: usize,
    /// Where blocks begin: block b has the places from `bounds[b]` up to but without `bounds[b + 1]`.
    pub bounds: &'a [u32],
    /// The number of the node of each row.
    pub numbers: &'a [u32],
    /// The length of each row.
    pub degrees: &'a [u32],
    /// The numbers of the nodes at the other ends, row by row, ascending within a row.
    pub neighbors: &'a [u32],
    /// Their places.
    pub places: &'a [u32],
    /// Weights, parallel to them; `None` when all arcs of the graph weigh 1.
    pub weights: Option<&'a [f64]>,
    /// The least weight of the graph that is not 0 and the largest; `None` without any.
    pub extremes: Option<(f64, f64)>,
}

/// A block, ready to be computed with. Its own rows come first, then those that it gets from others, by their place.
#[derive(Debug, Clone)]
pub struct Block {
    pub(super) block: usize,
    pub(super) numbers: Vec<u32>,
    pub(super) offsets: Vec<usize>,
    /// Which of the rows each arc leads to.
    pub(super) rows: Vec<u32>,
    pub(super) weights: Option<Vec<f64>>,
    /// Weighted degree of each row.
    pub(super) degrees: Vec<f64>,
    /// Of each row the largest weight, and the sum of its weights divided by that; empty where the graph's weights are usual.
    pub(super) shares: Vec<(f64, f64)>,
    /// The blocks that it gets rows from, ascending, and how many.
    pub(super) sources: Vec<(usize, usize)>,
    /// The blocks that need rows of it, ascending, and which.
    pub(super) targets: Vec<(usize, Vec<u32>)>,
}

/// How far from 1 the sum of a row of P may be, which is of 32-bit floats.
const ROW_SUM_ERROR: f64 = 1e-3;

fn unfit(block: usize, what: impl std::fmt::Display) -> Error {
    Error::Unfit(format!("block {block}: {what}"))
}

impl Block {
    /// Checks and prepares the rows of a block.
    ///
    /// # Errors
    /// [`Error::Unfit`] where they cannot be rows of a block: what does not fit together.
    pub fn new(given: BlockRows<'_>) -> Result<Self, Error> {
        let BlockRows { block, bounds, numbers, degrees, neighbors, places, weights, extremes } = given;
        let rising = bounds.first() == Some(&0) && bounds.is_sorted();
        let (true, Some(&[first, end]), Some(&all)) = (rising, bounds.get(block..block + 2), bounds.last()) else {
            return Err(unfit(block, "its bounds are no bounds of blocks"));
        };
        let count = (end - first) as usize;
        if numbers.len() != count || degrees.len() != count {
            return Err(unfit(
                block,
                format!("{} nodes and {} rows, where there are {count}", numbers.len(), degrees.len()),
            ));
        }
        let arcs: usize = degrees.iter().map(|&degree| degree as usize).sum();
        if neighbors.len() != arcs || places.len() != arcs || weights.is_some_and(|weights| weights.len() != arcs) {
            return Err(unfit(
                block,
                format!("{} neighbours of {arcs} arcs, or not all of their weights", neighbors.len()),
            ));
        }
        let mut offsets = Vec::with_capacity(count + 1);
        offsets.push(0);
        for &degree in degrees {
            offsets.push(offsets.last().copied().unwrap_or(0) + degree as usize);
        }
        let ranges = || offsets.windows(2).map(|row| row[0]..row[1]);
        for (row, arcs) in ranges().enumerate() {
            if !neighbors[arcs].is_sorted_by(|a, b| a < b) {
                return Err(unfit(
                    block,
                    format!("the neighbours of node {} are not in ascending order", numbers[row]),
                ));
            }
        }
        if let Some(&place) = places.iter().chain(numbers).chain(neighbors).find(|&&place| place >= all) {
            return Err(unfit(block, format!("it names node {place} of a graph of {all} nodes")));
        }
        if let Some(weight) =
            weights.and_then(|weights| weights.iter().find(|weight| !weight.is_finite() || **weight < 0.0))
        {
            return Err(unfit(block, format!("the weight {weight}; a weight is a finite number of at least 0")));
        }
        let own = first..end;
        let mut halo: Vec<u32> = places.iter().copied().filter(|place| !own.contains(place)).collect();
        halo.sort_unstable();
        halo.dedup();
        let row_of = |place: &u32| match own.contains(place) {
            true => place - first,
            // It was collected above.
            false => count as u32 + halo.partition_point(|other| other < place) as u32,
        };
        let block_of = |place: u32| bounds.partition_point(|&bound| bound <= place) - 1;
        let mut sources: Vec<(usize, usize)> = Vec::new();
        for &place in &halo {
            let source = block_of(place);
            match sources.last_mut() {
                Some((last, rows)) if *last == source => *rows += 1,
                _ => sources.push((source, 1)),
            }
        }
        let targets = targets(ranges(), places, &sources, &own, block_of);
        let largest = extremes.and_then(largest_of_unusual);
        let row_weights = |arcs: Range<usize>| weights.map(|weights| &weights[arcs]);
        let made = Block {
            block,
            numbers: numbers.to_vec(),
            rows: places.iter().map(row_of).collect(),
            weights: weights.map(<[f64]>::to_vec),
            degrees: ranges().map(|arcs| weighted_degree(arcs.len(), row_weights(arcs), largest)).collect(),
            shares: match largest {
                None => Vec::new(),
                Some(_) => ranges().map(|arcs| largest_and_sum(arcs.len(), row_weights(arcs))).collect(),
            },
            sources,
            targets,
            offsets,
        };
        made.check_row_sums()?;
        Ok(made)
    }

    /// Refuses a row of P that does not add up to 1: its weights are not those that the graph's extremes promise.
    fn check_row_sums(&self) -> Result<(), Error> {
        let (values, factors) = self.forward();
        for (row, arcs) in self.offsets.windows(2).map(|row| row[0]..row[1]).enumerate() {
            let sum = match &values {
                None => arcs.len() as f64,
                Some(values) => values[arcs].iter().copied().map(f64::from).sum(),
            };
            let sum = sum * factors.as_ref().map_or(1.0, |factors| f64::from(factors[row]));
            // Of weights beyond 32 bits it is no number at all.
            let is_one = (sum - 1.0).abs() <= ROW_SUM_ERROR;
            if self.degrees[row] > 0.0 && !is_one {
                return Err(unfit(
                    self.block,
                    format!("the shares of node {} add up to {sum}, not to 1", self.numbers[row]),
                ));
            }
        }
        Ok(())
    }

    /// Number of its own rows.
    pub fn node_count(&self) -> usize {
        self.numbers.len()
    }

    /// The number of the node of each of its own rows.
    pub fn numbers(&self) -> &[u32] {
        &self.numbers
    }

    /// The blocks that send it rows at each step, and how many rows.
    pub fn sources(&self) -> &[(usize, usize)] {
        &self.sources
    }

    /// Rows that it gets from others.
    pub(super) fn halo(&self) -> usize {
        self.sources.iter().map(|(_, rows)| rows).sum()
    }

    /// The values of arcs forwards, and the factors of rows: P.
    pub(super) fn forward(&self) -> (Option<Vec<f32>>, Option<Vec<f32>>) {
        let Some(weights) = &self.weights else { return (None, Some(self.inverse_degrees())) };
        if self.shares.is_empty() {
            return (Some(weights.iter().map(|&weight| weight as f32).collect()), Some(self.inverse_degrees()));
        }
        let rows = self.offsets.windows(2).zip(&self.shares);
        let of_row =
            rows.flat_map(|(row, own)| weights[row[0]..row[1]].iter().map(|&weight| share(*own, weight) as f32));
        (Some(of_row.collect()), None)
    }

    fn inverse_degrees(&self) -> Vec<f32> {
        self.degrees.iter().map(|&degree| inverse_power(degree, 1.0)).collect()
    }

    /// The values of arcs backwards, P^T, from what [`scalars`](Self::scalars) says of each row.
    pub(super) fn backward(&self, of_rows: &[[f64; 2]]) -> Vec<f32> {
        let ends = self.rows.iter().map(|&row| of_rows[row as usize]);
        match &self.weights {
            None => ends.map(|[degree, _]| inverse_power(degree, 1.0)).collect(),
            Some(weights) if self.shares.is_empty() => ends
                .zip(weights)
                .map(|([degree, _], weight)| (weight * f64::from(inverse_power(degree, 1.0))) as f32)
                .collect(),
            Some(weights) => {
                ends.zip(weights).map(|([largest, sum], &weight)| share((largest, sum), weight) as f32).collect()
            }
        }
    }

    /// What the other end of an arc has to know of a row: its degree, or where weights are unusual its largest weight and the sum
    /// of its weights divided by that.
    pub(super) fn scalars(&self) -> Vec<[f64; 2]> {
        match self.shares.is_empty() {
            true => self.degrees.iter().map(|&degree| [degree, 0.0]).collect(),
            false => self.shares.iter().map(|&(largest, sum)| [largest, sum]).collect(),
        }
    }
}

/// The rows that each other block needs: those that have a neighbour in it.
fn targets(
    ranges: impl Iterator<Item = Range<usize>>,
    places: &[u32],
    sources: &[(usize, usize)],
    own: &Range<u32>,
    block_of: impl Fn(u32) -> usize,
) -> Vec<(usize, Vec<u32>)> {
    // The graph is symmetric: whoever sends rows gets some.
    let mut targets: Vec<(usize, Vec<u32>)> = sources.iter().map(|&(source, _)| (source, Vec::new())).collect();
    for (row, arcs) in (0u32..).zip(ranges) {
        for &place in places[arcs].iter().filter(|place| !own.contains(place)) {
            let block = block_of(place);
            if let Ok(at) = targets.binary_search_by_key(&block, |target| target.0)
                && targets[at].1.last() != Some(&row)
            {
                targets[at].1.push(row);
            }
        }
    }
    targets
}
