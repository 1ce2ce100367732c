//! The keys of full-text indexes.

use crate::error::{Error, Result};
use crate::index_key::{put_text, read_text};
use crate::keys;
use crate::value::IndexId;

/// The second part of a key.
pub(crate) mod tag {
    pub const TOTALS: u8 = 0;
    pub const BLOCK: u8 = 1;
    pub const SINGLE: u8 = 2;
}

/// The beginning of the keys with a tag.
fn begin(index: IndexId, tag: u8, rest: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(5 + rest);
    key.extend_from_slice(&index.0.to_be_bytes());
    key.push(tag);
    key
}

/// What documents with a field there are.
pub(crate) fn totals_key(index: IndexId, field: u16) -> Vec<u8> {
    let mut key = begin(index, tag::TOTALS, 2);
    key.extend_from_slice(&field.to_be_bytes());
    key
}

/// Whether a key of a full-text index is of its totals, and not of a list.
pub(crate) fn is_totals(key: &[u8]) -> bool {
    key.get(4) == Some(&tag::TOTALS)
}

/// What stands for a word and a field in keys: their lists are in this order.
pub(crate) fn place(word: &str, field: u16) -> Vec<u8> {
    let mut place = Vec::with_capacity(word.len() + 4);
    put_text(&mut place, word.as_bytes());
    place.extend_from_slice(&[0, 0]);
    place.extend_from_slice(&field.to_be_bytes());
    place
}

/// The word and the field of a place.
pub(crate) fn read_place(place: &[u8]) -> Result<(String, u16)> {
    let damaged = || Error::corrupt("a key of a full-text index has no word");
    let (word, rest) = read_text(place).ok_or_else(damaged)?;
    let field = <[u8; 2]>::try_from(rest).map_err(|_| damaged())?;
    Ok((String::from_utf8(word).map_err(|_| damaged())?, u16::from_be_bytes(field)))
}

/// The beginning of the keys of lists that begin with some bytes: a place, or a part of a word.
pub(crate) fn list_key(index: IndexId, tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = begin(index, tag, bytes.len() + 8);
    key.extend_from_slice(bytes);
    key
}

fn element_key(index: IndexId, tag: u8, place: &[u8], element: u64) -> Vec<u8> {
    let mut key = list_key(index, tag, place);
    key.extend_from_slice(&element.to_be_bytes());
    key
}

/// The block whose last posting is of an element.
pub(crate) fn block_key(index: IndexId, place: &[u8], last: u64) -> Vec<u8> {
    element_key(index, tag::BLOCK, place, last)
}

/// The entry of one posting.
pub(crate) fn single_key(index: IndexId, place: &[u8], element: u64) -> Vec<u8> {
    element_key(index, tag::SINGLE, place, element)
}

/// The place in a key of a block or of one posting.
pub(crate) fn place_of(key: &[u8]) -> Result<&[u8]> {
    let end = key.len().saturating_sub(8);
    key.get(5..end.max(5)).filter(|_| end >= 5).ok_or_else(|| Error::corrupt("a key of a full-text index is too short"))
}

/// The part of a word in keys, before its end.
pub(crate) fn beginning(word: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(word.len());
    put_text(&mut bytes, word.as_bytes());
    bytes
}

/// How many elements with a field there are, and how many words they have in it.
pub(crate) fn read_totals(bytes: Option<&[u8]>) -> Result<(u64, u64)> {
    bytes.map_or(Ok((0, 0)), |bytes| Ok((keys::read_u64(bytes, 0)?, keys::read_u64(bytes, 8)?)))
}

pub(crate) fn totals_value(documents: u64, words: u64) -> [u8; 16] {
    let mut value = [0; 16];
    value[..8].copy_from_slice(&documents.to_be_bytes());
    value[8..].copy_from_slice(&words.to_be_bytes());
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_read_back_in_order(a: String, b: String, x: u16, y: u16) {
            prop_assert_eq!(read_place(&place(&a, x)).unwrap(), (a.clone(), x));
            prop_assert_eq!(place(&a, x).cmp(&place(&b, y)), (a.as_bytes(), x).cmp(&(b.as_bytes(), y)));
            prop_assert!(place(&[&a[..], &b].concat(), x).starts_with(&beginning(&a)));
            let key = single_key(IndexId(7), &place(&a, x), 9);
            prop_assert_eq!(place_of(&key).unwrap(), &place(&a, x)[..]);
        }

        #[test]
        fn damage_is_an_error(bytes: Vec<u8>) {
            if let Ok((word, field)) = read_place(&bytes) {
                prop_assert_eq!(place(&word, field), bytes.clone());
            }
            prop_assert_eq!(place_of(&bytes).is_ok(), bytes.len() >= 13);
        }
    }
}
