//! Communities are taken apart into parts that are well connected, each of them connected.
//!
//! Within each community every node begins alone, and joins, once, the part of it in which modularity gains most, if both it and
//! the part are well connected to the rest of the community (Traag, Waltman and van Eck, "From Louvain to Leiden", Scientific
//! Reports 2019). A node joins only parts that it has an edge to: so parts are connected. Communities do not see each other,
//! and threads share them out.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rand::seq::SliceRandom;

use super::network::Network;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::numeric::random::Xoroshiro128;

/// Nodes of communities that a thread takes apart at a time, at least.
const PIECE: usize = 2048;

/// What a thread knows of the parts of a community, by the number of their first node.
struct Parts {
    /// The strengths of a part's nodes together.
    strength: Vec<f64>,
    /// What joins a part to the rest of its community.
    outward: Vec<f64>,
    size: Vec<u32>,
    joined: Vec<f64>,
    around: Vec<NodeIndex>,
    /// The nodes of a community in the order in which they join parts.
    order: Vec<NodeIndex>,
}

/// The part of each node: the number of one of its nodes.
pub(super) fn refine(
    crew: Crew,
    network: &Network<'_>,
    community_of: &[NodeIndex],
    count: usize,
    resolution: f64,
    seed: u64,
) -> Result<Vec<NodeIndex>, Error> {
    let nodes = network.node_count();
    let mut starts = vec![0usize; count + 1];
    community_of.iter().for_each(|&c| starts[c as usize + 1] += 1);
    (0..count).for_each(|c| starts[c + 1] += starts[c]);
    let mut next = starts.clone();
    let mut members = vec![0 as NodeIndex; nodes];
    for (v, &c) in community_of.iter().enumerate() {
        members[next[c as usize]] = v as NodeIndex;
        next[c as usize] += 1;
    }
    let part_of: Vec<AtomicU32> = (0..nodes as u32).map(AtomicU32::new).collect();
    let share = if network.total > 0.0 { resolution / network.total } else { 0.0 };
    let mut pieces = Vec::new();
    let mut first = 0;
    for c in 0..count {
        if starts[c + 1] - starts[first] >= PIECE || c + 1 == count {
            pieces.push(first..c + 1);
            first = c + 1;
        }
    }
    let new = || Parts {
        strength: vec![0.0; nodes],
        outward: vec![0.0; nodes],
        size: vec![0; nodes],
        joined: vec![0.0; nodes],
        around: Vec::new(),
        order: Vec::new(),
    };
    crew.context.for_each_with(crew.threads, pieces, new, |parts, range| {
        for c in range {
            let own = &members[starts[c]..starts[c + 1]];
            if own.len() > 1 {
                parts.order.clear();
                parts.order.extend_from_slice(own);
                parts.order.shuffle(&mut Xoroshiro128::new(seed, c as u32, 1));
                take_apart(network, community_of, share, &part_of, parts);
            }
        }
        Ok(())
    })?;
    Ok(part_of.into_iter().map(AtomicU32::into_inner).collect())
}

fn take_apart(network: &Network<'_>, community_of: &[NodeIndex], share: f64, part_of: &[AtomicU32], parts: &mut Parts) {
    let members = std::mem::take(&mut parts.order);
    let community = community_of[members[0] as usize];
    let mut whole = 0.0;
    for &v in &members {
        let at = v as usize;
        whole += network.strength[at];
        parts.strength[at] = network.strength[at];
        parts.size[at] = 1;
        let mut outward = 0.0;
        network.each(v, |u, weight| {
            if community_of[u as usize] == community {
                outward += weight;
            }
        });
        parts.outward[at] = outward;
    }
    for &v in &members {
        let at = v as usize;
        let own = network.strength[at];
        // Only nodes that are alone join others, and only if the rest of the community holds them.
        if parts.size[at] != 1 || part_of[at].load(Relaxed) != v || parts.outward[at] < share * own * (whole - own) {
            continue;
        }
        network.each(v, |u, weight| {
            if community_of[u as usize] == community {
                let part = part_of[u as usize].load(Relaxed);
                let sum = &mut parts.joined[part as usize];
                if *sum == 0.0 && weight > 0.0 {
                    parts.around.push(part);
                }
                *sum += weight;
            }
        });
        let mut best = (v, 0.0, 0.0);
        for part in parts.around.drain(..) {
            let joined = std::mem::take(&mut parts.joined[part as usize]);
            let strength = parts.strength[part as usize];
            let is_held = parts.outward[part as usize] >= share * strength * (whole - strength);
            let gain = joined - share * own * strength;
            if part != v && is_held && gain > best.1 {
                best = (part, gain, joined);
            }
        }
        let (part, _, joined) = best;
        if part != v {
            part_of[at].store(part, Relaxed);
            let into = part as usize;
            parts.strength[into] += own;
            parts.size[into] += 1;
            parts.outward[into] += parts.outward[at] - 2.0 * joined;
            parts.size[at] = 0;
        }
    }
    parts.order = members;
}
