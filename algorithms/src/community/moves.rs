//! Nodes move to the community in which modularity gains most, until none gains by moving.
//!
//! A queue holds the nodes that are to be looked at; when one moves, its neighbours outside its new community come into the queue
//! again (Traag, Waltman and van Eck, "From Louvain to Leiden", Scientific Reports 2019). It begins in an order drawn by the seed: in
//! the order of insertion neighbours would often follow each other, and communities would grow along it. On one thread and in
//! the order of the queue, so that the result is one and the same.

use rand::seq::SliceRandom;

use super::network::Network;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::numeric::random::Xoroshiro128;

/// Moves nodes between communities, whose numbers are below the number of nodes; whether any moved.
pub(super) fn move_nodes(
    context: &Context<'_>,
    network: &Network<'_>,
    community_of: &mut [NodeIndex],
    resolution: f64,
    mut random: Xoroshiro128,
) -> Result<bool, Error> {
    let nodes = network.node_count();
    if network.total == 0.0 {
        return Ok(false);
    }
    let share = resolution / network.total;
    let (mut strength, mut size) = (vec![0.0; nodes], vec![0u32; nodes]);
    for (v, &c) in community_of.iter().enumerate() {
        strength[c as usize] += network.strength[v];
        size[c as usize] += 1;
    }
    let mut empty: Vec<NodeIndex> = (0..nodes as NodeIndex).rev().filter(|&c| size[c as usize] == 0).collect();
    let mut queue: Vec<NodeIndex> = (0..nodes as NodeIndex).collect();
    queue.shuffle(&mut random);
    let mut waiting = vec![true; nodes];
    // Of the communities around a node what joins it to them.
    let mut joined = vec![0.0f64; nodes];
    let mut around: Vec<NodeIndex> = Vec::new();
    let (mut head, mut count, mut looked, mut moved) = (0, nodes, 0usize, false);
    while count > 0 {
        if looked.is_multiple_of(1 << 14) {
            context.check_cancelled()?;
        }
        looked += 1;
        let v = queue[head];
        head = if head + 1 == nodes { 0 } else { head + 1 };
        count -= 1;
        waiting[v as usize] = false;
        let old = community_of[v as usize];
        network.each(v, |u, weight| {
            let c = community_of[u as usize];
            let sum = &mut joined[c as usize];
            if *sum == 0.0 {
                around.push(c);
            }
            *sum += weight;
        });
        let own = network.strength[v as usize];
        let gain = |c: NodeIndex, joined: f64, strength: f64| {
            let strength = if c == old { strength - own } else { strength };
            joined - share * own * strength
        };
        let mut best = (old, gain(old, joined[old as usize], strength[old as usize]));
        for c in around.drain(..) {
            let sum = std::mem::take(&mut joined[c as usize]);
            let gain = gain(c, sum, strength[c as usize]);
            // A move has to gain more than rounding may.
            if gain > best.1 + 1e-12 * own {
                best = (c, gain);
            }
        }
        // Alone it gains nothing, which may be more.
        if best.1 < -1e-12 * own
            && size[old as usize] > 1
            && let Some(&c) = empty.last()
        {
            best = (c, 0.0);
        }
        let new = best.0;
        if new == old {
            continue;
        }
        moved = true;
        strength[old as usize] -= own;
        size[old as usize] -= 1;
        if size[new as usize] == 0 {
            empty.pop();
            strength[new as usize] = 0.0;
        }
        strength[new as usize] += own;
        size[new as usize] += 1;
        if size[old as usize] == 0 {
            empty.push(old);
        }
        community_of[v as usize] = new;
        network.each(v, |u, _| {
            if !waiting[u as usize] && community_of[u as usize] != new {
                waiting[u as usize] = true;
                let at = head + count;
                queue[if at >= nodes { at - nodes } else { at }] = u;
                count += 1;
            }
        });
    }
    Ok(moved)
}
