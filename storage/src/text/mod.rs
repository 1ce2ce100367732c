//! Full text: how texts become words, and the bytes of the lists of who has a word (`text_index.rs`, `text_merge.rs`).
//!
//! An element with one of the labels of an index and a text in one of its properties is a **document**; each property is a **field** of
//! it. A list belongs to one word of one field and has a **posting** for each document with the word there: how many words the
//! field has, and where this one is. That is what ranking by BM25 and phrases ask for.
//!
//! ```text
//! indexes   index 4 | 00 | field 2                        documents with the field 8 | words in all of them 8
//!           index 4 | 01 | word | field 2 | element 8     a block of postings, the last of which is of this element
//!           index 4 | 02 | word | field 2 | element 8     one posting, or nothing: the element has none
//! ```
//!
//! A word is its UTF-8, written as in the keys of other indexes. Blocks of a list do not overlap, and an entry of its own (02) goes
//! over what a block says of its element. So a transaction that changes a document writes keys that nobody else writes, and
//! blocks, which are what makes reading fast, change only within commits, one after the other (`text_merge.rs`).

mod analyzer;
mod document;
mod fold;
mod key;
mod lists;
mod posting;
mod stop_words;

pub use analyzer::{ANALYZERS, Analyzer, Token};
pub use posting::Posting;

pub(crate) use document::{Document, Texts, texts};
pub(crate) use key::{
    beginning, block_key, is_totals, list_key, place, place_of, read_place, read_totals, single_key, tag, totals_key,
    totals_value,
};
pub(crate) use lists::Lists;
pub(crate) use posting::{Blocks, each_in_block, encode, posting};

use crate::value::LabelId;

/// What a full-text index is of, beside its properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextSpace {
    /// The labels of its elements, of which each has at least one; in the order they were given.
    pub labels: Vec<LabelId>,
    /// How texts become words.
    pub analyzer: Analyzer,
}
