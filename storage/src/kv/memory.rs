//! The backend in memory: a persistent tree of packed blocks for each family (`tree.rs`, `block.rs`).
//!
//! A snapshot is one pointer to all of them. A write makes new versions of the blocks that it touches and of the way to
//! them, shares the rest, and then puts the new trees in the place of the old ones, at once. So readers do not wait for
//! writers, and what no snapshot has any more is freed with the last one that had it.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use super::block::{Block, Builder, Change};
use super::family::Family;
use super::tree::{Leaf, Place, Tree};
use crate::error::{Error, Result};
use crate::owner::Owner;

/// One state of all families.
#[derive(Clone, Default)]
pub(crate) struct Snapshot {
    families: [Tree; Family::COUNT],
}

/// The trees of a database in memory.
pub(crate) struct Memory {
    newest: RwLock<Arc<Snapshot>>,
    /// Held while a new state is made. Readers do not wait for it.
    writing: Mutex<()>,
    owner: Owner,
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory { newest: RwLock::default(), writing: Mutex::new(()), owner: Owner::this_process() }
    }

    pub(super) fn check_process(&self) -> Result<()> {
        self.owner.check()
    }

    pub(super) fn is_ours(&self) -> bool {
        self.owner.is_this_process()
    }

    pub(super) fn check_writable(&self) -> Result<()> {
        self.owner.check()
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.read())
    }

    /// The bytes of the newest state, about.
    pub(super) fn bytes(&self) -> u64 {
        self.snapshot().families.iter().map(|tree| tree.bytes() as u64).sum()
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) -> Result<()> {
        self.check_writable()?;
        let _writing = self.writing.lock();
        let mut next = Snapshot::clone(&self.snapshot());
        change(&mut next);
        let old = std::mem::replace(&mut *self.newest.write(), Arc::new(next));
        // What is freed with it is freed while nobody waits.
        drop(old);
        Ok(())
    }

    pub(super) fn write(&self, batch: Batch) -> Result<()> {
        self.change(|next| {
            for (tree, changes) in next.families.iter_mut().zip(&batch.families) {
                for (from, to) in &changes.ranges {
                    tree.delete_range(from, to);
                }
                tree.apply(&changes.sorted());
            }
        })
    }

    pub(super) fn ingest(&self, family: Family, runs: &[&Run]) -> Result<()> {
        self.change(|next| {
            let tree = &mut next.families[family as usize];
            runs.iter().flat_map(|run| &run.leaves).for_each(|leaf| tree.add(leaf));
        })
    }
}

/// Changes to apply at once.
#[derive(Default)]
pub(crate) struct Batch {
    families: [Changes; Family::COUNT],
}

/// The changes of one family: the ranges are deleted first, then the points are set.
#[derive(Default)]
struct Changes {
    /// Keys and values one after another.
    data: Vec<u8>,
    points: Vec<Point>,
    ranges: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A key with its new value, or that it is deleted: their places in the data of the changes.
struct Point {
    start: usize,
    key_end: usize,
    value_end: Option<usize>,
}

impl Point {
    fn key<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        &data[self.start..self.key_end]
    }

    fn value<'a>(&self, data: &'a [u8]) -> Option<&'a [u8]> {
        self.value_end.map(|end| &data[self.key_end..end])
    }
}

impl Changes {
    /// The changes by key, of each key the last one.
    fn sorted(&self) -> Vec<Change<'_>> {
        let mut changes: Vec<Change<'_>> =
            self.points.iter().map(|point| (point.key(&self.data), point.value(&self.data))).collect();
        changes.sort_by_key(|(key, _)| *key);
        changes.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                *kept = *later;
            }
            same
        });
        changes
    }
}

/// Fails for an entry that no block can have.
fn check_size(key: &[u8], value: &[u8]) -> Result<()> {
    if key.len().saturating_add(value.len()) >= u32::MAX as usize {
        return Err(Error::Engine("a key and its value of 4 GiB and more cannot be stored".into()));
    }
    Ok(())
}

impl Batch {
    pub(super) fn put(&mut self, family: Family, key: &[u8], value: &[u8]) -> Result<()> {
        check_size(key, value)?;
        self.add(family, key, Some(value));
        Ok(())
    }

    pub(super) fn delete(&mut self, family: Family, key: &[u8]) -> Result<()> {
        self.add(family, key, None);
        Ok(())
    }

    fn add(&mut self, family: Family, key: &[u8], value: Option<&[u8]>) {
        let Changes { data, points, .. } = &mut self.families[family as usize];
        let start = data.len();
        data.extend_from_slice(key);
        let key_end = data.len();
        let value_end = value.map(|value| {
            data.extend_from_slice(value);
            data.len()
        });
        points.push(Point { start, key_end, value_end });
    }

    /// Deletes the keys from `from` on and before `to`, also those put earlier in this batch.
    pub(super) fn delete_range(&mut self, family: Family, from: &[u8], to: &[u8]) -> Result<()> {
        let Changes { data, points, ranges } = &mut self.families[family as usize];
        points.retain(|point| !(from..to).contains(&point.key(data)));
        ranges.push((from.to_vec(), to.to_vec()));
        Ok(())
    }
}

/// Sorted entries, in blocks already.
pub(crate) struct Run {
    leaves: Vec<Leaf>,
}

impl Run {
    pub(super) fn new<K: AsRef<[u8]>, V: AsRef<[u8]>>(entries: impl Iterator<Item = (K, V)>) -> Result<Run> {
        /// What is collected before it is made into blocks, so that not all is there twice.
        const PIECE: usize = 1 << 20;
        let mut leaves = Vec::new();
        let mut builder = Builder::default();
        for (key, value) in entries {
            let (key, value) = (key.as_ref(), value.as_ref());
            check_size(key, value)?;
            builder.push(key, &[], value);
            if builder.bytes() >= PIECE {
                leaves.append(&mut std::mem::take(&mut builder).leaves());
            }
        }
        leaves.append(&mut builder.leaves());
        Ok(Run { leaves })
    }
}

impl Snapshot {
    pub(super) fn get<R>(
        &self,
        family: Family,
        key: &[u8],
        read: impl FnOnce(Option<&[u8]>) -> Result<R>,
    ) -> Result<R> {
        read(self.families[family as usize].get(key))
    }

    pub(super) fn iter(self: &Arc<Self>, family: Family, lower: &[u8], upper: Option<Vec<u8>>) -> Iter {
        Iter { snapshot: Arc::clone(self), family, lower: lower.into(), upper, current: None, key: Vec::new() }
    }
}

/// A position among the keys of a family.
pub(crate) struct Iter {
    snapshot: Arc<Snapshot>,
    family: Family,
    lower: Box<[u8]>,
    upper: Option<Vec<u8>>,
    current: Option<Current>,
    /// The key of the current entry, put together.
    key: Vec<u8>,
}

/// An entry: its block, and its place in that.
struct Current {
    place: Place,
    block: Arc<Block>,
    at: usize,
    /// The entries of the block that are before the upper bound.
    end: usize,
}

impl Iter {
    fn tree(&self) -> &Tree {
        &self.snapshot.families[self.family as usize]
    }

    /// Goes to an entry of a block, or on to the next block where it has no such entry.
    fn enter(&mut self, mut place: Place, mut at: usize) {
        self.current = None;
        loop {
            let block = self.tree().block(place);
            let end = match &self.upper {
                Some(upper) if block.last_cmp(upper).is_ge() => block.place(upper),
                _ => block.count(),
            };
            if at < end {
                let block = Arc::clone(block);
                block.key_into(at, &mut self.key);
                self.current = Some(Current { place, block, at, end });
                return;
            }
            match self.tree().next(place) {
                Some(next) if end == block.count() => (place, at) = (next, 0),
                _ => return,
            }
        }
    }

    pub(super) fn seek(&mut self, key: &[u8]) -> Result<()> {
        let lower = std::mem::take(&mut self.lower);
        self.go(key.max(&lower));
        self.lower = lower;
        Ok(())
    }

    /// Goes to the first key at or after `key`, which is not below the lower bound.
    fn go(&mut self, key: &[u8]) {
        // Often the next key is in the same block.
        if let Some(current) = &mut self.current {
            let at = current.block.place(key);
            if at > 0 && at < current.end {
                current.at = at;
                current.block.key_into(at, &mut self.key);
                return;
            }
        }
        match self.tree().find(key) {
            Some(place) => {
                let at = self.tree().block(place).place(key);
                self.enter(place, at);
            }
            None => match self.tree().first() {
                Some(first) => self.enter(first, 0),
                None => self.current = None,
            },
        }
    }

    pub(super) fn seek_to_last(&mut self) -> Result<()> {
        self.current = None;
        let mut place = match &self.upper {
            Some(upper) => self.tree().find(upper),
            None => self.tree().last(),
        };
        while let Some(found) = place {
            let block = self.tree().block(found);
            let end = self.upper.as_ref().map_or(block.count(), |upper| block.place(upper));
            if end == 0 {
                place = self.tree().previous(found);
                continue;
            }
            let block = Arc::clone(block);
            block.key_into(end - 1, &mut self.key);
            if *self.key >= *self.lower {
                self.current = Some(Current { place: found, block, at: end - 1, end });
            }
            break;
        }
        Ok(())
    }

    pub(super) fn advance(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.at += 1;
        if current.at < current.end {
            self.key.truncate(current.block.prefix().len());
            self.key.extend_from_slice(current.block.entry(current.at).0);
        } else {
            let (place, at) = (current.place, current.at);
            self.enter(place, at);
        }
        Ok(())
    }

    pub(super) fn key(&self) -> Option<&[u8]> {
        self.current.as_ref().map(|_| &self.key[..])
    }

    pub(super) fn item(&self) -> Option<(&[u8], &[u8])> {
        self.current.as_ref().map(|current| (&self.key[..], current.block.entry(current.at).1))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::ops::Bound;

    use proptest::prelude::*;

    use super::*;

    /// A key of few different bytes, so that operations meet.
    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(0..3u8, 0..6),
            (0..400u16).prop_map(|number| [&[0, 0, 0, 1][..], &number.to_be_bytes()].concat()),
            Just(vec![255; 3]),
        ]
    }

    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            8 => Just(vec![]),
            8 => prop::collection::vec(any::<u8>(), 0..40),
            1 => (0..20_000usize).prop_map(|length| vec![7; length]),
        ]
    }

    #[derive(Clone, Debug)]
    enum Op {
        Put(Vec<u8>, Vec<u8>),
        Delete(Vec<u8>),
        DeleteRange(Vec<u8>, Vec<u8>),
    }

    #[derive(Clone, Debug)]
    enum Step {
        Write(Vec<Op>),
        Ingest(BTreeMap<Vec<u8>, Vec<u8>>),
        Snapshot,
    }

    fn step() -> impl Strategy<Value = Step> {
        let op = prop_oneof![
            8 => (key(), value()).prop_map(|(key, value)| Op::Put(key, value)),
            4 => key().prop_map(Op::Delete),
            1 => (key(), key()).prop_map(|(from, to)| Op::DeleteRange(from, to)),
        ];
        prop_oneof![
            5 => prop::collection::vec(op, 0..60).prop_map(Step::Write),
            2 => prop::collection::btree_map(key(), value(), 1..300).prop_map(Step::Ingest),
            1 => Just(Step::Snapshot),
        ]
    }

    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    fn compare(snapshot: &Arc<Snapshot>, model: &Model, probes: &[Vec<u8>]) {
        let all = |mut iter: Iter, from: &[u8]| {
            let mut found = Vec::new();
            iter.seek(from).unwrap();
            while let Some((key, value)) = iter.item() {
                found.push((key.to_vec(), value.to_vec()));
                iter.advance().unwrap();
            }
            assert!(iter.key().is_none());
            found
        };
        let expected: Vec<_> = model.clone().into_iter().collect();
        assert_eq!(all(snapshot.iter(Family::Nodes, &[], None), &[]), expected);
        for pair in probes.windows(2) {
            let (lower, upper) = (pair[0].clone().min(pair[1].clone()), pair[0].clone().max(pair[1].clone()));
            let bounds = (Bound::Included(lower.clone()), Bound::Excluded(upper.clone()));
            let expected: Vec<_> = model.range(bounds).map(|(key, value)| (key.clone(), value.clone())).collect();
            let mut iter = snapshot.iter(Family::Nodes, &lower, Some(upper.clone()));
            iter.seek_to_last().unwrap();
            assert_eq!(iter.key(), expected.last().map(|(key, _)| &key[..]));
            // Seeks from wherever it is.
            for probe in probes {
                iter.seek(probe).unwrap();
                let first = expected.iter().find(|(key, _)| key >= probe);
                assert_eq!(iter.item(), first.map(|(key, value)| (&key[..], &value[..])), "{probe:?}");
            }
            assert_eq!(all(iter, &[]), expected);
        }
        for probe in probes {
            let found = snapshot.get(Family::Nodes, probe, |value| Ok(value.map(<[u8]>::to_vec))).unwrap();
            assert_eq!(found.as_ref(), model.get(probe));
        }
        assert!(snapshot.iter(Family::Ids, &[], None).key().is_none());
    }

    proptest! {
        #[test]
        fn it_is_an_ordered_map_with_snapshots(
            steps in prop::collection::vec(step(), 1..40),
            probes in prop::collection::vec(key(), 2..12),
        ) {
            let memory = Memory::new();
            let mut model = Model::new();
            let mut snapshots = Vec::new();
            for step in steps {
                match step {
                    Step::Write(ops) => {
                        let mut batch = Batch::default();
                        for op in ops {
                            match op {
                                Op::Put(key, value) => {
                                    batch.put(Family::Nodes, &key, &value).unwrap();
                                    model.insert(key, value);
                                }
                                Op::Delete(key) => {
                                    batch.delete(Family::Nodes, &key).unwrap();
                                    model.remove(&key);
                                }
                                Op::DeleteRange(from, to) => {
                                    batch.delete_range(Family::Nodes, &from, &to).unwrap();
                                    model.retain(|key, _| !(from <= *key && *key < to));
                                }
                            }
                        }
                        memory.write(batch).unwrap();
                    }
                    Step::Ingest(entries) => {
                        memory.ingest(Family::Nodes, &[&Run::new(entries.iter()).unwrap()]).unwrap();
                        model.extend(entries);
                    }
                    Step::Snapshot => snapshots.push((memory.snapshot(), model.clone())),
                }
                compare(&memory.snapshot(), &model, &probes);
            }
            for (snapshot, model) in &snapshots {
                compare(snapshot, model, &probes);
            }
            // All deleted, all bytes are given back.
            let mut batch = Batch::default();
            batch.delete_range(Family::Nodes, &[], &[255; 9]).unwrap();
            memory.write(batch).unwrap();
            prop_assert_eq!(memory.bytes(), 0);
        }
    }

    /// Many blocks, so that branches are cut and become empty.
    #[test]
    fn a_tree_of_many_branches() {
        let memory = Memory::new();
        let mut model = Model::new();
        let mut random = 1u64;
        for round in 0..40u64 {
            let mut batch = Batch::default();
            for _ in 0..5000 {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let key = (random >> 40).to_be_bytes().to_vec();
                if round > 20 && random >> 33 & 1 == 0 {
                    batch.delete(Family::Nodes, &key).unwrap();
                    model.remove(&key);
                } else {
                    batch.put(Family::Nodes, &key, &[1; 40]).unwrap();
                    model.insert(key, vec![1; 40]);
                }
            }
            if round % 8 == 7 {
                let (from, to) = ((round << 18).to_be_bytes(), ((round + 4) << 18).to_be_bytes());
                batch.delete_range(Family::Nodes, &from, &to).unwrap();
                model.retain(|key, _| !(from[..] <= key[..] && key[..] < to[..]));
            }
            memory.write(batch).unwrap();
        }
        let probes: Vec<_> = model.keys().step_by(model.len() / 50).cloned().collect();
        compare(&memory.snapshot(), &model, &probes);
        assert!(memory.bytes() < model.len() as u64 * 56, "{} for {}", memory.bytes(), model.len());
    }
}
