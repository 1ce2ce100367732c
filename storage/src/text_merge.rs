//! What a commit does for full-text indexes: it adds to the totals, and moves postings into blocks.
//!
//! A transaction writes an entry for each posting that it changes (`text/mod.rs`). Many of them would make a list slow to read, so that
//! now and then a commit moves all entries of a list that it adds to into its blocks. When it does so follows from the numbers of the
//! elements, at about every 64th posting of a list. As commits go one after the other, none writes a block that another one has not seen,
//! and no two transactions are in each other's way for that they have a word in common.
//!
//! That an element has no posting has to be written only where a block may say that it has one. Only here is the newest state known, and
//! so whether there is such a block.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::error::Result;
use crate::index_catalog::element;
use crate::keys;
use crate::kv::{Batch, Family, Hint, Kv, Snapshot};
use crate::overlay::Overlay;
use crate::scan::Scan;
use crate::text::{Blocks, block_key, list_key, place_of, read_totals, single_key, tag, totals_key, totals_value};
use crate::value::IndexId;

/// So many entries a list has of its own, about, before they go into blocks.
const ENTRIES: u64 = 64;

/// Adds to a commit what its changes of full-text indexes ask for. They are in the batch already.
pub(crate) fn settle(batch: &mut Batch, kv: &Kv, overlay: &Overlay) -> Result<()> {
    if overlay.texts.is_empty() {
        return Ok(());
    }
    let newest = kv.snapshot();
    let mut indexes: Vec<IndexId> = Vec::new();
    for ((index, field), (documents, words)) in &overlay.texts {
        if indexes.last() != Some(index) {
            indexes.push(*index);
        }
        let key = totals_key(*index, *field);
        let (old_documents, old_words) = newest.get(Family::Indexes, &key, read_totals)?;
        let documents = old_documents.saturating_add_signed(*documents);
        match documents {
            0 => batch.delete(Family::Indexes, &key)?,
            _ => {
                let words = old_words.saturating_add_signed(*words);
                batch.put(Family::Indexes, &key, &totals_value(documents, words))?;
            }
        }
    }
    for index in indexes {
        let lists = Lists { index, newest: &newest, overlay };
        let prefix = list_key(index, tag::SINGLE, &[]);
        let end = keys::after(&prefix);
        // The own entries, list by list.
        let mut own = overlay.range(Family::Indexes, &prefix, end.as_deref()).peekable();
        let mut changed: Vec<(u64, bool)> = Vec::new();
        while let Some((key, value)) = own.next() {
            let place = place_of(key)?;
            changed.push((element(key)?, value.as_ref().is_some_and(|value| !value.is_empty())));
            if own.peek().is_some_and(|(next, _)| place_of(next).is_ok_and(|next| next == place)) {
                continue;
            }
            lists.settle(batch, place, &changed)?;
            changed.clear();
        }
    }
    Ok(())
}

/// The lists of an index as they are when the changes of a commit have been made.
struct Lists<'a> {
    index: IndexId,
    newest: &'a Snapshot,
    overlay: &'a Overlay,
}

impl Lists<'_> {
    fn scan(&self, tag: u8, place: &[u8]) -> Result<Scan> {
        let prefix = list_key(self.index, tag, place);
        let end = keys::after(&prefix);
        Scan::new(self.newest, Some(self.overlay), Family::Indexes, &prefix, end, Hint::Seek)
    }

    /// Of a list entries have changed: of these elements, which have a posting there now or not.
    fn settle(&self, batch: &mut Batch, place: &[u8], changed: &[(u64, bool)]) -> Result<()> {
        if changed.len() as u64 >= ENTRIES || changed.iter().any(|(element, _)| is_its_turn(place, *element)) {
            return self.merge(batch, place);
        }
        let mut blocks = None;
        for (element, _) in changed.iter().filter(|(_, is_there)| !is_there) {
            let blocks = match &mut blocks {
                Some(blocks) => blocks,
                None => blocks.insert(self.scan(tag::BLOCK, place)?),
            };
            if blocks.seek(&block_key(self.index, place, *element))?.is_none() {
                batch.delete(Family::Indexes, &single_key(self.index, place, *element))?;
            }
        }
        Ok(())
    }

    /// Moves the entries of a list into its blocks.
    fn merge(&self, batch: &mut Batch, place: &[u8]) -> Result<()> {
        let mut singles: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut scan = self.scan(tag::SINGLE, place)?;
        while let Some((key, value)) = scan.next()? {
            singles.push((element(key)?, value.to_vec()));
        }
        let mut blocks = self.scan(tag::BLOCK, place)?;
        let mut left = &singles[..];
        while let Some((first, _)) = left.first() {
            // The first block that ends there or later is the only one that can have the element.
            let (own, merged) = match blocks.seek(&block_key(self.index, place, *first))? {
                Some((key, block)) => {
                    let last = element(key)?;
                    let own = &left[..left.partition_point(|(element, _)| *element <= last)];
                    batch.delete(Family::Indexes, key)?;
                    (own, Blocks::merged(Some((block, last)), own)?)
                }
                None => (left, Blocks::merged(None, left)?),
            };
            for (last, bytes) in merged {
                batch.put(Family::Indexes, &block_key(self.index, place, last), &bytes)?;
            }
            left = &left[own.len()..];
        }
        for (element, _) in &singles {
            batch.delete(Family::Indexes, &single_key(self.index, place, *element))?;
        }
        Ok(())
    }
}

/// Whether the posting of an element is one with which entries of its list go into blocks.
fn is_its_turn(place: &[u8], element: u64) -> bool {
    let mut hasher = FxHasher::default();
    hasher.write(place);
    hasher.write_u64(element);
    (hasher.finish() >> 32).is_multiple_of(ENTRIES)
}
