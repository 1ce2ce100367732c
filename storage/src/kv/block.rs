//! A block: some hundred sorted entries in one piece of memory.
//!
//! Keys of a graph look alike: the edges of a node begin with the same 16 bytes, and the nodes of a label differ in the
//! last one or two. So a block has what all its keys begin with once, and of each key only the rest. Where all rests
//! and all values have the same lengths, which is the rule, entries need no offsets either:
//!
//! ```text
//! prefix | rest value | rest value | rest value | ...
//! ```
//!
//! An entry of a label then takes 2 bytes, one of an edge at its node about 20.

use std::cmp::Ordering;

/// A block is cut when its keys and values have as many bytes.
const TARGET: usize = 4096;
/// A block that has grown by insertions is cut beyond this.
const LIMIT: usize = TARGET + TARGET / 2;
/// A block of fewer bytes is put together with the next one.
pub(super) const SMALL: usize = 1024;
/// Of a block and its place in the tree, besides the bytes of its entries, about.
const OVERHEAD: usize = 160;

/// A change of one key: its new value, or `None` to delete it.
pub(super) type Change<'a> = (&'a [u8], Option<&'a [u8]>);

/// Sorted entries; at least one.
pub(super) struct Block {
    data: Box<[u8]>,
    /// The length of what all keys begin with, at the start of `data`.
    prefix: usize,
    count: usize,
    layout: Layout,
}

/// Where entries are in the data of a block.
enum Layout {
    /// Each rest of a key has `key` bytes and each value `value`.
    Fixed { key: usize, value: usize },
    /// Where the rest of the key ends, and where its value does.
    Ends(Box<[(u32, u32)]>),
}

impl Block {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let ends = match &self.layout {
            Layout::Fixed { .. } => 0,
            Layout::Ends(ends) => size_of_val(&**ends),
        };
        self.data.len() + ends + OVERHEAD
    }

    /// Whether a further entry behind its last one is better off in a new block.
    pub(super) fn is_full(&self) -> bool {
        self.unpacked() >= TARGET
    }

    /// The bytes of all keys and values.
    fn unpacked(&self) -> usize {
        self.data.len() - self.prefix + self.count * self.prefix
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &[u8] {
        &self.data[..self.prefix]
    }

    /// The rest of the key of an entry, and its value.
    pub(super) fn entry(&self, at: usize) -> (&[u8], &[u8]) {
        let start = self.start(at);
        let (key_end, end) = match &self.layout {
            Layout::Fixed { key, value } => (start + key, start + key + value),
            Layout::Ends(ends) => (ends[at].0 as usize, ends[at].1 as usize),
        };
        (&self.data[start..key_end], &self.data[key_end..end])
    }

    /// Where an entry begins; the end of the data behind the last one.
    fn start(&self, at: usize) -> usize {
        match &self.layout {
            Layout::Fixed { key, value } => self.prefix + at * (key + value),
            Layout::Ends(_) if at == 0 => self.prefix,
            Layout::Ends(ends) => ends[at - 1].1 as usize,
        }
    }

    /// Replaces `out` with the key of an entry.
    pub(super) fn key_into(&self, at: usize, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(self.prefix());
        out.extend_from_slice(self.entry(at).0);
    }

    /// How the first key compares with another.
    pub(super) fn first_cmp(&self, key: &[u8]) -> Ordering {
        self.key_cmp(0, key)
    }

    /// How the last key compares with another.
    pub(super) fn last_cmp(&self, key: &[u8]) -> Ordering {
        self.key_cmp(self.count - 1, key)
    }

    fn key_cmp(&self, at: usize, key: &[u8]) -> Ordering {
        let prefix = self.prefix();
        let common = prefix.len().min(key.len());
        // Where the other key is a part of the prefix, the prefix is greater already.
        prefix.cmp(&key[..common]).then_with(|| self.entry(at).0.cmp(&key[common..]))
    }

    /// The place of the first key at or after `key`; the number of entries when there is none.
    pub(super) fn place(&self, key: &[u8]) -> usize {
        let prefix = self.prefix();
        let common = prefix.len().min(key.len());
        match key[..common].cmp(&prefix[..common]) {
            Ordering::Less => return 0,
            Ordering::Greater => return self.count,
            Ordering::Equal if key.len() <= prefix.len() => return 0,
            Ordering::Equal => {}
        }
        let rest = &key[common..];
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low.midpoint(high);
            if self.entry(middle).0 < rest { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Whether the entry at a place that [`Block::place`] gave has the key.
    pub(super) fn has(&self, at: usize, key: &[u8]) -> bool {
        at < self.count && self.key_cmp(at, key) == Ordering::Equal
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let at = self.place(key);
        self.has(at, key).then(|| self.entry(at).1)
    }
}

impl Block {
    /// The block with changes, sorted by key, where it can stay one block of its layout: what lies between them is copied
    /// in one go. `None` where it has to be built anew.
    pub(super) fn with(&self, changes: &[Change<'_>]) -> Option<Block> {
        let mut added = 0;
        let mut deletes = false;
        for (key, value) in changes {
            let Some(value) = value else {
                deletes = true;
                continue;
            };
            let rest = key.strip_prefix(self.prefix())?;
            added += key.len() + value.len();
            let fits = match self.layout {
                Layout::Fixed { key, value: length } => rest.len() == key && value.len() == length,
                Layout::Ends(_) => true,
            };
            if !fits || self.unpacked() + added > LIMIT {
                return None;
            }
        }
        let mut changed = Changed {
            block: self,
            data: Vec::with_capacity(self.data.len() + added),
            ends: Vec::with_capacity(if let Layout::Ends(_) = self.layout { self.count + changes.len() } else { 0 }),
            count: 0,
        };
        changed.data.extend_from_slice(self.prefix());
        let mut from = 0;
        for (key, value) in changes {
            let to = self.place(key);
            changed.copy(from..to);
            from = to + usize::from(self.has(to, key));
            if let Some(value) = value {
                changed.push(&key[self.prefix..], value);
            }
        }
        changed.copy(from..self.count);
        let Changed { data, ends, count, .. } = changed;
        let layout = match self.layout {
            Layout::Fixed { key, value } => Layout::Fixed { key, value },
            Layout::Ends(_) => Layout::Ends(ends.into_boxed_slice()),
        };
        if count == 0 {
            return None;
        }
        let block = Block { data: data.into_boxed_slice(), prefix: self.prefix, count, layout };
        (!deletes || block.unpacked() >= SMALL).then_some(block)
    }
}

/// A block on its way to another with the same prefix and layout.
struct Changed<'a> {
    block: &'a Block,
    data: Vec<u8>,
    ends: Vec<(u32, u32)>,
    count: usize,
}

impl Changed<'_> {
    /// Takes entries over.
    fn copy(&mut self, range: std::ops::Range<usize>) {
        let (old, new) = (self.block.start(range.start), self.data.len());
        if let Layout::Ends(ends) = &self.block.layout {
            let moved = |end: u32| (end as usize - old + new) as u32;
            self.ends.extend(ends[range.clone()].iter().map(|(key_end, end)| (moved(*key_end), moved(*end))));
        }
        self.count += range.len();
        self.data.extend_from_slice(&self.block.data[old..self.block.start(range.end)]);
    }

    fn push(&mut self, rest: &[u8], value: &[u8]) {
        self.data.extend_from_slice(rest);
        let key_end = self.data.len() as u32;
        self.data.extend_from_slice(value);
        if let Layout::Ends(_) = self.block.layout {
            self.ends.push((key_end, self.data.len() as u32));
        }
        self.count += 1;
    }
}

/// Collects sorted entries and cuts them into blocks.
#[derive(Default)]
pub(super) struct Builder {
    data: Vec<u8>,
    /// Where the key of an entry ends, and where its value does.
    ends: Vec<(usize, usize)>,
}

impl Builder {
    /// The bytes of all keys and values.
    pub(super) fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Adds an entry, whose key is behind all others and comes in two parts.
    pub(super) fn push(&mut self, prefix: &[u8], rest: &[u8], value: &[u8]) {
        self.data.extend_from_slice(prefix);
        self.data.extend_from_slice(rest);
        let key_end = self.data.len();
        self.data.extend_from_slice(value);
        self.ends.push((key_end, self.data.len()));
    }

    /// Adds the entries of a block.
    pub(super) fn push_block(&mut self, block: &Block, range: std::ops::Range<usize>) {
        for at in range {
            let (rest, value) = block.entry(at);
            self.push(block.prefix(), rest, value);
        }
    }

    fn start(&self, at: usize) -> usize {
        if at == 0 { 0 } else { self.ends[at - 1].1 }
    }

    fn key(&self, at: usize) -> &[u8] {
        &self.data[self.start(at)..self.ends[at].0]
    }

    /// What was collected, as blocks. An entry larger than a block has one of its own, so that it is not copied for the
    /// sake of a small one beside it.
    pub(super) fn blocks(self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let count = self.ends.len();
        let mut from = 0;
        while from < count {
            let begin = self.start(from);
            let mut to = count;
            if self.data.len() - begin > LIMIT {
                to = from + 1;
                while to < count && self.ends[to - 1].1 - begin < TARGET && self.ends[to].1 - begin <= LIMIT {
                    to += 1;
                }
            }
            blocks.push(self.block(from..to));
            from = to;
        }
        blocks
    }

    fn block(&self, range: std::ops::Range<usize>) -> Block {
        let (first, last) = (self.key(range.start), self.key(range.end - 1));
        let prefix = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let lengths = |at: usize| (self.ends[at].0 - self.start(at), self.ends[at].1 - self.ends[at].0);
        let (key, value) = lengths(range.start);
        let fixed = range.clone().all(|at| lengths(at) == (key, value));
        let size = self.ends[range.end - 1].1 - self.start(range.start) - (range.len() - 1) * prefix;
        let mut data = Vec::with_capacity(size);
        data.extend_from_slice(&first[..prefix]);
        let mut ends = Vec::with_capacity(if fixed { 0 } else { range.len() });
        for at in range.clone() {
            let (key_end, end) = self.ends[at];
            data.extend_from_slice(&self.data[self.start(at) + prefix..end]);
            if !fixed {
                // A batch refuses an entry of 4 GiB, and a block of more than one entry is small.
                ends.push(((data.len() - (end - key_end)) as u32, data.len() as u32));
            }
        }
        let layout =
            if fixed { Layout::Fixed { key: key - prefix, value } } else { Layout::Ends(ends.into_boxed_slice()) };
        Block { data: data.into_boxed_slice(), prefix, count: range.len(), layout }
    }
}
