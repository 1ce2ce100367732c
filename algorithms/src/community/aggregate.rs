//! Communities become nodes.

use std::borrow::Cow;

use super::network::Network;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;

/// Communities that a thread puts together at a time.
const PIECE: usize = 128;

/// The network whose nodes are `count` communities. Each row is put together by one thread in the order of the nodes in it.
pub(super) fn aggregate(
    crew: Crew,
    network: &Network<'_>,
    community_of: &[NodeIndex],
    count: usize,
) -> Result<Network<'static>, Error> {
    // The nodes of each community, ascending.
    let mut starts = vec![0usize; count + 1];
    community_of.iter().for_each(|&c| starts[c as usize + 1] += 1);
    (0..count).for_each(|c| starts[c + 1] += starts[c]);
    let mut next = starts.clone();
    let mut members = vec![0 as NodeIndex; community_of.len()];
    for (v, &c) in community_of.iter().enumerate() {
        members[next[c as usize]] = v as NodeIndex;
        next[c as usize] += 1;
    }
    struct Part {
        ends: Vec<u64>,
        neighbors: Vec<NodeIndex>,
        weights: Vec<f64>,
        inner: Vec<f64>,
        strength: Vec<f64>,
    }
    let mut parts: Vec<Option<Part>> = (0..count.div_ceil(PIECE)).map(|_| None).collect();
    let new = || vec![0.0f64; count];
    crew.context.for_each_with(crew.threads, parts.iter_mut().enumerate(), new, |sums, (piece, slot)| {
        let range = piece * PIECE..((piece + 1) * PIECE).min(count);
        let mut part = Part {
            ends: Vec::new(),
            neighbors: Vec::new(),
            weights: Vec::new(),
            inner: Vec::new(),
            strength: Vec::new(),
        };
        for c in range {
            let first = part.neighbors.len();
            let (mut inner, mut strength) = (0.0, 0.0);
            for &v in &members[starts[c]..starts[c + 1]] {
                inner += network.inner[v as usize];
                strength += network.strength[v as usize];
                network.each(v, |u, weight| {
                    let other = community_of[u as usize] as usize;
                    if other == c {
                        inner += weight;
                    } else {
                        // Arcs of weight 0 join nothing.
                        if sums[other] == 0.0 && weight > 0.0 {
                            part.neighbors.push(other as NodeIndex);
                        }
                        sums[other] += weight;
                    }
                });
            }
            part.weights.extend(part.neighbors[first..].iter().map(|&other| std::mem::take(&mut sums[other as usize])));
            part.ends.push(part.neighbors.len() as u64);
            part.inner.push(inner);
            part.strength.push(strength);
        }
        *slot = Some(part);
        Ok(())
    })?;
    let (mut offsets, mut neighbors, mut weights) = (vec![0u64], Vec::new(), Vec::new());
    let (mut inner, mut strength) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for part in parts.into_iter().flatten() {
        let base = neighbors.len() as u64;
        offsets.extend(part.ends.iter().map(|end| base + end));
        neighbors.extend(part.neighbors);
        weights.extend(part.weights);
        inner.extend(part.inner);
        strength.extend(part.strength);
    }
    Ok(Network {
        offsets: Cow::Owned(offsets),
        neighbors: Cow::Owned(neighbors),
        weights: Some(Cow::Owned(weights)),
        inner,
        strength,
        total: network.total,
    })
}
