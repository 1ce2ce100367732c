//! The lists of many documents at once, for an index that is made and for a bulk load.

use rustc_hash::FxHashMap;

use super::document::Document;
use super::posting::{Blocks, encode};
use super::{block_key, place};
use crate::value::IndexId;

/// Lists of documents that come in the order of their numbers.
#[derive(Default)]
pub(crate) struct Lists {
    lists: FxHashMap<Vec<u8>, Blocks>,
    totals: FxHashMap<u16, (u64, u64)>,
    posting: Vec<u8>,
}

impl Lists {
    pub(crate) fn add(&mut self, element: u64, document: &Document) {
        for field in &document.fields {
            let (documents, words) = self.totals.entry(field.number).or_default();
            *documents += 1;
            *words += u64::from(field.words);
            for (word, positions) in &field.places {
                self.posting.clear();
                encode(&mut self.posting, field.words, positions);
                self.lists.entry(place(word, field.number)).or_default().put(element, &self.posting);
            }
        }
    }

    /// For each field how many documents have it, and how many words they have in it.
    pub(crate) fn totals(&self) -> impl Iterator<Item = (u16, (u64, u64))> + '_ {
        self.totals.iter().map(|(field, totals)| (*field, *totals))
    }

    /// The blocks with their keys, in no order.
    pub(crate) fn finish(self, index: IndexId, out: &mut Vec<(Vec<u8>, Vec<u8>)>) {
        for (place, blocks) in self.lists {
            out.extend(blocks.finish().into_iter().map(|(last, bytes)| (block_key(index, &place, last), bytes)));
        }
    }
}
