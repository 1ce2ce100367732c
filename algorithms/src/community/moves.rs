//! Nodes move to the community in which modularity gains most, until none gains by moving.
//!
//! A queue holds the nodes that are to be looked at; when one moves, its neighbours outside its new community come into the queue
//! again (Traag, Waltman and van Eck, "From Louvain to Leiden", Scientific Reports 2019). It begins in an order drawn by the seed: in
//! the order of insertion neighbours would often follow each other, and communities would grow along it.
//!
//! **Threads.** The front of the queue is looked at together, by all threads, as if none of it moved. Then the moves are made one by
//! one in the order of the queue. What joins a node to its old and its new community is kept right when a neighbour moves before it,
//! and it moves only if it still gains; else it comes into the queue again. How many are looked at together depends on the
//! number of nodes alone: so the result is one and the same. A small network is looked at node by node.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use rand::seq::SliceRandom;

use super::network::Network;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::numeric::random::Xoroshiro128;

/// A network has this many times as many nodes as are looked at together: so few of them are neighbours.
const SHARE: usize = 256;
/// Most nodes that are looked at together.
const MOST: usize = 512;
/// Fewer are not worth it.
const LEAST: usize = 128;
/// With fewer arcs to look at together, waiting for other threads would cost more than they gain: on a machine that has other work,
/// many times as much. It does not change what is looked at together.
const WORTH: usize = 1 << 15;
/// Nodes that a thread looks at at a time.
const PIECE: usize = 32;
/// A community of its own.
const ALONE: NodeIndex = NodeIndex::MAX;
/// A move has to gain more than rounding may, for each unit of a node's strength.
const ROUNDING: f64 = 1e-12;

/// The best that a node can do.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// Where it is best, and where it is.
    new: NodeIndex,
    old: NodeIndex,
    /// What joins it to the nodes there, and to those where it is.
    to_new: f64,
    to_old: f64,
}

/// Where a node is in the queue.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Out,
    Waiting,
    /// It has been looked at, and may be the next to move.
    Now,
    /// The same, and a neighbour has moved since.
    Touched,
}

/// Of the communities around a node what joins it to them.
struct Around {
    joined: Vec<f64>,
    communities: Vec<NodeIndex>,
}

/// The communities while nodes move.
struct Moving<'a> {
    network: &'a Network<'a>,
    community_of: &'a mut [NodeIndex],
    /// `resolution` over the weight of all edges, twice.
    share: f64,
    /// Of each community the strengths of its nodes together, and how many they are.
    strength: Vec<f64>,
    size: Vec<u32>,
    empty: Vec<NodeIndex>,
}

/// Moves nodes between communities, whose numbers are below the number of nodes; whether any moved.
pub(super) fn move_nodes(
    crew: Crew,
    network: &Network<'_>,
    community_of: &mut [NodeIndex],
    resolution: f64,
    random: Xoroshiro128,
) -> Result<bool, Error> {
    move_together(crew, network, community_of, resolution, random, WORTH)
}

/// The same, where threads look at nodes together from `worth` arcs on.
fn move_together(
    crew: Crew,
    network: &Network<'_>,
    community_of: &mut [NodeIndex],
    resolution: f64,
    mut random: Xoroshiro128,
    worth: usize,
) -> Result<bool, Error> {
    let nodes = network.node_count();
    if network.total == 0.0 {
        return Ok(false);
    }
    let mut moving = Moving::new(network, community_of, resolution);
    let together = match nodes / SHARE {
        few if few < LEAST => 1,
        many => many.min(MOST),
    };
    let arcs = together * network.neighbors.len() / nodes;
    let threads = if arcs < worth { 1 } else { crew.threads };
    let new = || Around { joined: vec![0.0; nodes], communities: Vec::new() };
    let mut around: Vec<Around> = (0..threads).map(|_| new()).collect();
    let mut queue: Vec<NodeIndex> = (0..nodes as NodeIndex).collect();
    queue.shuffle(&mut random);
    let mut turn = vec![Turn::Waiting; nodes];
    let mut place_of = vec![0u16; if together == 1 { 0 } else { nodes }];
    let mut choices = vec![Choice::default(); together];
    let mut front: Vec<NodeIndex> = Vec::with_capacity(together);
    let (mut head, mut count, mut looked, mut moved) = (0, nodes, 0usize, false);
    while count > 0 {
        if looked.is_multiple_of(1 << 14) || together > 1 {
            crew.context.check_cancelled()?;
        }
        // The front of the queue, which may go round its end.
        let now = together.min(count).min(nodes - head);
        front.clear();
        front.extend_from_slice(&queue[head..head + now]);
        (head, count, looked) = ((head + now) % nodes, count - now, looked + now);
        if now == 1 || threads == 1 {
            choices.iter_mut().zip(&front).for_each(|(choice, &v)| *choice = moving.look(v, &mut around[0]));
        } else {
            moving.look_together(crew, &front, &mut choices[..now], &mut around)?;
        }
        if together > 1 {
            for (place, &v) in front.iter().enumerate() {
                (turn[v as usize], place_of[v as usize]) = (Turn::Now, place as u16);
            }
        }
        let mut push = |v: NodeIndex, turn: &mut [Turn]| {
            turn[v as usize] = Turn::Waiting;
            let at = head + count;
            queue[if at >= nodes { at - nodes } else { at }] = v;
            count += 1;
        };
        for (place, &v) in front.iter().enumerate() {
            let is_touched = turn[v as usize] == Turn::Touched;
            turn[v as usize] = Turn::Out;
            let Choice { old, .. } = choices[place];
            let Some(new) = moving.make(v, choices[place]) else {
                if is_touched || choices[place].new != old {
                    push(v, &mut turn);
                }
                continue;
            };
            moved = true;
            network.each(v, |u, weight| match turn[u as usize] {
                Turn::Out if moving.community_of[u as usize] != new => push(u, &mut turn),
                Turn::Out | Turn::Waiting => {}
                Turn::Now | Turn::Touched => {
                    let choice = &mut choices[place_of[u as usize] as usize];
                    choice.see(old, new, weight);
                    if choice.old != new {
                        turn[u as usize] = Turn::Touched;
                    }
                }
            });
        }
    }
    Ok(moved)
}

impl Choice {
    /// A neighbour has moved.
    fn see(&mut self, from: NodeIndex, to: NodeIndex, weight: f64) {
        let change = |c: NodeIndex| f64::from(u8::from(to == c)) * weight - f64::from(u8::from(from == c)) * weight;
        self.to_new += change(self.new);
        self.to_old += change(self.old);
    }
}

impl<'a> Moving<'a> {
    fn new(network: &'a Network<'a>, community_of: &'a mut [NodeIndex], resolution: f64) -> Self {
        let nodes = network.node_count();
        let (mut strength, mut size) = (vec![0.0; nodes], vec![0u32; nodes]);
        for (v, &c) in community_of.iter().enumerate() {
            strength[c as usize] += network.strength[v];
            size[c as usize] += 1;
        }
        let empty = (0..nodes as NodeIndex).rev().filter(|&c| size[c as usize] == 0).collect();
        Moving { network, community_of, share: resolution / network.total, strength, size, empty }
    }

    /// What it gains by being in a community where so much joins it to others.
    fn gain(&self, own: f64, old: NodeIndex, c: NodeIndex, joined: f64) -> f64 {
        let strength = self.strength[c as usize] - if c == old { own } else { 0.0 };
        joined - self.share * own * strength
    }

    fn look(&self, v: NodeIndex, around: &mut Around) -> Choice {
        let Around { joined, communities } = around;
        let old = self.community_of[v as usize];
        self.network.each(v, |u, weight| {
            let c = self.community_of[u as usize];
            let sum = &mut joined[c as usize];
            if *sum == 0.0 {
                communities.push(c);
            }
            *sum += weight;
        });
        let own = self.network.strength[v as usize];
        let to_old = joined[old as usize];
        let mut best = (self.gain(own, old, old, to_old), old, to_old);
        for c in communities.drain(..) {
            let sum = std::mem::take(&mut joined[c as usize]);
            let gain = self.gain(own, old, c, sum);
            if gain > best.0 + ROUNDING * own {
                best = (gain, c, sum);
            }
        }
        // Alone it gains nothing, which may be more.
        if best.0 < -ROUNDING * own && self.size[old as usize] > 1 {
            best = (0.0, ALONE, 0.0);
        }
        Choice { new: best.1, old, to_new: best.2, to_old }
    }

    fn look_together(
        &self,
        crew: Crew,
        front: &[NodeIndex],
        choices: &mut [Choice],
        around: &mut [Around],
    ) -> Result<(), Error> {
        let taken = AtomicUsize::new(0);
        let pieces: Vec<Mutex<&mut [Choice]>> = choices.chunks_mut(PIECE).map(Mutex::new).collect();
        crew.context.for_each(crew.threads, around.iter_mut(), |around| {
            loop {
                let piece = taken.fetch_add(1, Relaxed);
                let Some(choices) = pieces.get(piece) else { return Ok(()) };
                // Nobody else has this piece.
                let Ok(mut choices) = choices.lock() else { return Ok(()) };
                for (choice, &v) in choices.iter_mut().zip(&front[piece * PIECE..]) {
                    *choice = self.look(v, around);
                }
            }
        })
    }

    /// Makes a move if the node still gains by it; where it is then.
    fn make(&mut self, v: NodeIndex, choice: Choice) -> Option<NodeIndex> {
        let Choice { new, old, to_new, to_old } = choice;
        if new == old {
            return None;
        }
        let own = self.network.strength[v as usize];
        let stays = self.gain(own, old, old, to_old);
        let new = match new {
            ALONE if stays < -ROUNDING * own && self.size[old as usize] > 1 => *self.empty.last()?,
            ALONE => return None,
            // Nobody is there any more: being alone is another choice.
            new if self.size[new as usize] == 0 => return None,
            new if self.gain(own, old, new, to_new) > stays + ROUNDING * own => new,
            _ => return None,
        };
        self.strength[old as usize] -= own;
        self.size[old as usize] -= 1;
        if self.size[new as usize] == 0 {
            self.empty.pop();
            self.strength[new as usize] = 0.0;
        }
        self.strength[new as usize] += own;
        self.size[new as usize] += 1;
        if self.size[old as usize] == 0 {
            self.empty.push(old);
        }
        self.community_of[v as usize] = new;
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::context::Context;
    use crate::testing::{graph, pool, random_edges};

    #[test]
    fn moves_of_a_large_network_gain_and_are_the_same_for_any_threads() {
        let nodes = 39_960;
        // Groups of 60, and hubs that everybody knows.
        let mut edges = random_edges(nodes, 60_000, 3);
        edges.extend(random_edges(nodes, 150_000, 4).into_iter().map(|(a, b, w)| (a, a / 60 * 60 + b % 60, w)));
        edges.extend((0..nodes).map(|v| (v, v % 7, 0.5)));
        let graph = graph(nodes as usize, &edges, true);
        let of = |threads: usize| {
            let pool = pool(threads);
            let context = Context::new(&pool);
            let crew = Crew::new(&context, None);
            let network = Network::of(crew, &graph).unwrap();
            let mut communities: Vec<NodeIndex> = (0..nodes).collect();
            let before = network.modularity(crew, &communities, 1.0).unwrap();
            let random = Xoroshiro128::new(5, 0, 0);
            assert!(move_together(crew, &network, &mut communities, 1.0, random, 0).unwrap());
            let after = network.modularity(crew, &communities, 1.0).unwrap();
            assert!(before < 0.1 && after > 0.3, "{before} {after}");
            // Nothing is left to gain.
            let moving = Moving::new(&network, &mut communities, 1.0);
            let mut around = Around { joined: vec![0.0; nodes as usize], communities: Vec::new() };
            let gaining = (0..nodes).filter(|&v| moving.look(v, &mut around).new != moving.community_of[v as usize]);
            assert!(gaining.count() < nodes as usize / 100);
            communities
        };
        let one = of(1);
        [2, 7].into_iter().for_each(|threads| assert!(of(threads) == one));
    }
}
