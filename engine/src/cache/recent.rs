//! A bounded map that keeps what was used last.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// A map of at most so many entries; the one that was not used for the longest time goes first.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    entries: FxHashMap<K, (V, u64)>,
    most: usize,
    /// Counts the uses.
    clock: u64,
}

impl<K: Eq + Hash + Clone, V> Recent<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Recent { entries: FxHashMap::default(), most, clock: 0 }
    }

    /// The entry of a key, which is used by that.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.clock += 1;
        let (value, used) = self.entries.get_mut(key)?;
        *used = self.clock;
        Some(value)
    }

    /// Adds an entry.
    pub(super) fn put(&mut self, key: K, value: V) {
        if self.entries.len() >= self.most && !self.entries.contains_key(&key) {
            let oldest = self.entries.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone());
            oldest.map(|key| self.entries.remove(&key));
        }
        self.clock += 1;
        self.entries.insert(key, (value, self.clock));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_goes_first() {
        let mut recent = Recent::new(2);
        recent.put("a", 1);
        recent.put("b", 2);
        assert_eq!(recent.get("a").copied(), Some(1));
        recent.put("c", 3);
        assert_eq!(["a", "b", "c"].map(|key| recent.get(key).copied()), [Some(1), None, Some(3)]);
        recent.put("c", 4);
        assert_eq!(["a", "c"].map(|key| recent.get(key).copied()), [Some(1), Some(4)]);
    }
}
