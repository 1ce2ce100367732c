//! A persistent ordered map of blocks: clones share what does not change afterwards.
//!
//! ```text
//! root       the branches, in order                       copied when one of its branches changes
//! branches   up to 64 leaves each                         copied when one of their leaves changes
//! leaves     the first 16 bytes of a key, and its block   blocks are never changed, but replaced
//! ```
//!
//! Three levels do for what fits into memory: of ten million entries the root has about 1,500 branches. The first
//! bytes of a block's first key stand in the leaf, so that a search mostly touches no block but the one that it finds.
//!
//! Why no persistent map of a library: those that there are search a key's neighbour by making an iterator, with
//! allocations; and what is kept here is a sequence of blocks whose keys are in the blocks themselves.

use std::cmp::Ordering;
use std::sync::Arc;

use super::block::{Block, Builder, Change, SMALL};

/// Leaves of a branch at most.
const BRANCH: usize = 64;

/// The first 16 bytes of a key as a number: where two differ, the keys differ alike.
fn head(key: &[u8]) -> u128 {
    head_of(key, &[])
}

/// The same, of a key in two parts.
fn head_of(prefix: &[u8], rest: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let from = prefix.len().min(16);
    let to = (from + rest.len()).min(16);
    bytes[..from].copy_from_slice(&prefix[..from]);
    bytes[from..to].copy_from_slice(&rest[..to - from]);
    u128::from_be_bytes(bytes)
}

/// A block, with the head of its first key.
#[derive(Clone)]
pub(super) struct Leaf {
    head: u128,
    block: Arc<Block>,
}

impl Leaf {
    fn new(block: Block) -> Leaf {
        Leaf { head: head_of(block.prefix(), block.entry(0).0), block: Arc::new(block) }
    }

    /// How the block's first key compares with a key, whose head is given too.
    fn cmp(&self, key: &[u8], head: u128) -> Ordering {
        self.head.cmp(&head).then_with(|| self.block.first_cmp(key))
    }
}

/// Neighbouring leaves; at least one.
#[derive(Clone)]
struct Branch(Arc<Vec<Leaf>>);

/// Where a block is: its branch, and its place in that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize, usize);

/// Entries in the order of their keys.
#[derive(Clone, Default)]
pub(super) struct Tree {
    root: Arc<Vec<Branch>>,
    bytes: usize,
}

impl Tree {
    /// The memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn leaf(&self, Place(branch, leaf): Place) -> &Leaf {
        &self.root[branch].0[leaf]
    }

    pub(super) fn block(&self, place: Place) -> &Arc<Block> {
        &self.leaf(place).block
    }

    /// The first block.
    pub(super) fn first(&self) -> Option<Place> {
        (!self.root.is_empty()).then_some(Place(0, 0))
    }

    /// The last block.
    pub(super) fn last(&self) -> Option<Place> {
        let branch = self.root.len().checked_sub(1)?;
        Some(Place(branch, self.root[branch].0.len() - 1))
    }

    /// The block after another.
    pub(super) fn next(&self, Place(branch, leaf): Place) -> Option<Place> {
        if leaf + 1 < self.root[branch].0.len() {
            Some(Place(branch, leaf + 1))
        } else {
            (branch + 1 < self.root.len()).then_some(Place(branch + 1, 0))
        }
    }

    /// The block before another.
    pub(super) fn previous(&self, Place(branch, leaf): Place) -> Option<Place> {
        match (branch, leaf) {
            (0, 0) => None,
            (_, 0) => Some(Place(branch - 1, self.root[branch - 1].0.len() - 1)),
            _ => Some(Place(branch, leaf - 1)),
        }
    }

    /// The block that a key is in, if anywhere: the last one that begins at or before it.
    pub(super) fn find(&self, key: &[u8]) -> Option<Place> {
        let head = head(key);
        let begins = |leaf: &Leaf| leaf.cmp(key, head) != Ordering::Greater;
        let branch = self.root.partition_point(|branch| begins(&branch.0[0])).checked_sub(1)?;
        Some(Place(branch, self.root[branch].0.partition_point(begins) - 1))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.block(self.find(key)?).get(key)
    }

    /// Puts leaves in the place of `count` others of one branch.
    fn replace(&mut self, Place(at, leaf): Place, count: usize, new: Vec<Leaf>) {
        self.bytes += new.iter().map(|leaf| leaf.block.bytes()).sum::<usize>();
        let root = Arc::make_mut(&mut self.root);
        if root.is_empty() {
            root.extend(new.chunks(BRANCH).map(|leaves| Branch(Arc::new(leaves.to_vec()))));
            return;
        }
        let leaves = Arc::make_mut(&mut root[at].0);
        let old = leaves.splice(leaf..leaf + count, new);
        self.bytes -= old.map(|leaf| leaf.block.bytes()).sum::<usize>();
        if leaves.is_empty() {
            root.remove(at);
        } else if leaves.len() > BRANCH {
            let further: Vec<_> = leaves
                .split_off(BRANCH / 2)
                .chunks(BRANCH / 2)
                .map(|leaves| Branch(Arc::new(leaves.to_vec())))
                .collect();
            root.splice(at + 1..at + 1, further);
        }
    }

    /// Makes changes, which are sorted by key, each key once.
    pub(super) fn apply(&mut self, mut changes: &[Change<'_>]) {
        while let Some((key, _)) = changes.first() {
            let Some(place) = self.find(key).or_else(|| self.first()) else {
                self.replace(Place(0, 0), 0, blocks_of(changes));
                return;
            };
            let count = match self.next(place) {
                None => changes.len(),
                Some(next) => {
                    let next = self.leaf(next);
                    changes.partition_point(|(key, _)| next.cmp(key, head(key)) == Ordering::Greater)
                }
            };
            let (here, further) = changes.split_at(count);
            self.apply_at(place, here);
            changes = further;
        }
    }

    /// Makes changes of keys that belong into one block.
    fn apply_at(&mut self, place: Place, changes: &[Change<'_>]) {
        let block = Arc::clone(self.block(place));
        if block.is_full() && block.last_cmp(changes[0].0) == Ordering::Less {
            self.replace(Place(place.0, place.1 + 1), 0, blocks_of(changes));
            return;
        }
        if let Some(changed) = block.with(changes) {
            self.replace(place, 1, vec![Leaf::new(changed)]);
            return;
        }
        let mut builder = Builder::default();
        let mut from = 0;
        for (key, value) in changes {
            let to = block.place(key);
            builder.push_block(&block, from..to);
            from = to + usize::from(block.has(to, key));
            if let Some(value) = value {
                builder.push(key, &[], value);
            }
        }
        builder.push_block(&block, from..block.count());
        let mut count = 1;
        let next = self.root[place.0].0.get(place.1 + 1);
        if builder.bytes() < SMALL
            && let Some(next) = next.filter(|next| !next.block.is_full())
        {
            builder.push_block(&next.block, 0..next.block.count());
            count = 2;
        }
        self.replace(place, count, builder.leaves());
    }

    /// Adds a block; its entries go over those of the same keys.
    pub(super) fn add(&mut self, leaf: &Leaf) {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        leaf.block.key_into(0, &mut first);
        leaf.block.key_into(leaf.block.count() - 1, &mut last);
        let before = self.find(&first);
        let next = before.map_or_else(|| self.first(), |place| self.next(place));
        let alone = before.is_none_or(|place| self.block(place).last_cmp(&first) == Ordering::Less)
            && next.is_none_or(|place| self.leaf(place).cmp(&last, head(&last)) == Ordering::Greater);
        if alone {
            let place = before.map_or(Place(0, 0), |Place(branch, leaf)| Place(branch, leaf + 1));
            self.replace(place, 0, vec![leaf.clone()]);
            return;
        }
        let keys: Vec<_> = (0..leaf.block.count())
            .map(|at| {
                let mut key = Vec::new();
                leaf.block.key_into(at, &mut key);
                key
            })
            .collect();
        let changes: Vec<Change<'_>> =
            keys.iter().enumerate().map(|(at, key)| (&key[..], Some(leaf.block.entry(at).1))).collect();
        self.apply(&changes);
    }

    /// Deletes the keys from `from` on and before `to`.
    pub(super) fn delete_range(&mut self, from: &[u8], to: &[u8]) {
        let Some(first) = self.find(from).or_else(|| self.first()).filter(|_| from < to) else { return };
        let (head, mut at) = (head(to), first.0);
        let mut bytes = self.bytes;
        let begins_before_end = |leaf: &Leaf| leaf.cmp(to, head) == Ordering::Less;
        while self.root.get(at).is_some_and(|branch| begins_before_end(&branch.0[0])) {
            let root = Arc::make_mut(&mut self.root);
            let leaves = Arc::make_mut(&mut root[at].0);
            leaves.retain_mut(|leaf| {
                let block = &leaf.block;
                if !begins_before_end(leaf) || block.last_cmp(from) == Ordering::Less {
                    return true;
                }
                bytes -= block.bytes();
                let mut builder = Builder::default();
                builder.push_block(block, 0..block.place(from));
                builder.push_block(block, block.place(to)..block.count());
                // Part of a block fits into one.
                let rest = builder.leaves().pop();
                bytes += rest.as_ref().map_or(0, |rest| rest.block.bytes());
                let is_left = rest.is_some();
                if let Some(rest) = rest {
                    *leaf = rest;
                }
                is_left
            });
            if leaves.is_empty() {
                root.remove(at);
            } else {
                at += 1;
            }
        }
        self.bytes = bytes;
    }
}

/// Blocks of the values that are put.
fn blocks_of(changes: &[Change<'_>]) -> Vec<Leaf> {
    let mut builder = Builder::default();
    for (key, value) in changes {
        if let Some(value) = value {
            builder.push(key, &[], value);
        }
    }
    builder.leaves()
}

impl Builder {
    /// What was collected, as leaves.
    pub(super) fn leaves(self) -> Vec<Leaf> {
        self.blocks().into_iter().map(Leaf::new).collect()
    }
}
