//! Breadth-first search from all nodes, 64 of them at a time.
//!
//! The searches of a group share each node's row: a word of a node has a bit for each search that has reached it (Then et al.,
//! "The more the merrier: efficient multi-source graph traversal", VLDB 2015). What comes of it are sums of integers, which do
//! not depend on the order of groups.

use crate::core::context::Progress;
use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::{Csr, NodeIndex};

/// The words of a group of searches, and the sums of a thread.
struct Group {
    seen: Vec<u64>,
    here: Vec<u64>,
    next: Vec<u64>,
    active: Vec<NodeIndex>,
    found: Vec<NodeIndex>,
    /// Of each node how many others reach it, and the sum of what their levels give.
    sums: Vec<(u64, u64)>,
}

/// Of each node how many other nodes reach it along the rows, and the sum of `value(level)` over them.
pub(crate) fn reach(crew: Crew, rows: &Csr, value: impl Fn(u32) -> u64 + Sync) -> Result<Vec<(u64, u64)>, Error> {
    let nodes = rows.node_count();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let groups = nodes.div_ceil(64);
    let new = || Group {
        seen: vec![0; nodes],
        here: vec![0; nodes],
        next: vec![0; nodes],
        active: Vec::new(),
        found: Vec::new(),
        sums: vec![(0, 0); nodes],
    };
    let states = crew.context.for_each_with(crew.threads, 0..groups, new, |group, number| {
        let first = number * 64;
        group.seen.fill(0);
        group.active.clear();
        for v in first..(first + 64).min(nodes) {
            group.seen[v] |= 1 << (v - first);
            group.here[v] = group.seen[v];
            group.active.push(v as NodeIndex);
        }
        let mut level = 0;
        while !group.active.is_empty() {
            crew.context.check_cancelled()?;
            level += 1;
            let add = value(level);
            for &v in &group.active {
                let bits = std::mem::take(&mut group.here[v as usize]);
                for &u in rows.neighbors(v) {
                    let new = bits & !group.seen[u as usize];
                    if new != 0 {
                        let word = &mut group.next[u as usize];
                        if *word == 0 {
                            group.found.push(u);
                        }
                        *word |= new;
                    }
                }
            }
            for &u in &group.found {
                let bits = std::mem::take(&mut group.next[u as usize]);
                group.seen[u as usize] |= bits;
                group.here[u as usize] = bits;
                let (count, sum) = &mut group.sums[u as usize];
                let new = u64::from(bits.count_ones());
                *count += new;
                *sum += new * add;
            }
            std::mem::swap(&mut group.active, &mut group.found);
            group.found.clear();
        }
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if done.is_multiple_of(groups.div_ceil(200)) {
            (crew.context.progress)(Progress { stage: "searches", fraction: done as f64 / groups as f64 });
        }
        Ok(())
    })?;
    let mut sums = vec![(0, 0); nodes];
    for state in states {
        for (sum, own) in sums.iter_mut().zip(state.sums) {
            *sum = (sum.0 + own.0, sum.1 + own.1);
        }
    }
    Ok(sums)
}
