//! The bytes of postings, one by one and in blocks.
//!
//! A posting is varints: the words of the field, how often the word is there, and its positions, each but the first as what it is more than
//! the one before. A block is postings in the order of elements, each behind the number of its element: the first one whole, the
//! others as what they are more than the one before.

use std::collections::BTreeMap;

use crate::codec::{Reader, put_varint};
use crate::error::{Error, Result};

/// Postings of a block at most.
const MOST: usize = 256;

/// That a word is in a field of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting<'a> {
    /// The node or edge, by number.
    pub element: u64,
    /// How many words the field has.
    pub words: u32,
    /// How often the word is there.
    pub count: u32,
    positions: &'a [u8],
}

impl Posting<'_> {
    /// Where the word is, ascending.
    pub fn positions(&self) -> Vec<u32> {
        let mut reader = Reader::new(self.positions);
        let mut position = 0u32;
        let next = |_| {
            // They were gone through when the posting was read.
            position = position.saturating_add(reader.varint_u32().unwrap_or(0));
            position
        };
        (0..self.count).map(next).collect()
    }
}

/// The bytes of a posting.
pub(crate) fn encode(out: &mut Vec<u8>, words: u32, positions: &[u32]) {
    put_varint(out, u64::from(words));
    put_varint(out, positions.len() as u64);
    let mut last = 0;
    for position in positions {
        put_varint(out, u64::from(position - last));
        last = *position;
    }
}

/// Reads a posting, whose positions end where `bytes` does or before; gives what comes behind.
fn read(bytes: &[u8], element: u64) -> Result<(Posting<'_>, &[u8])> {
    let (words, bytes) = varint(bytes)?;
    let (count, bytes) = varint(bytes)?;
    let damaged = || Error::corrupt("a posting of a full-text index is damaged");
    let (words, count) = (u32::try_from(words).map_err(|_| damaged())?, u32::try_from(count).map_err(|_| damaged())?);
    let mut left = count;
    let mut end = 0;
    while left > 0 {
        let byte = bytes.get(end).ok_or_else(damaged)?;
        left -= u32::from(byte & 0x80 == 0);
        end += 1;
    }
    if count == 0 {
        return Err(damaged());
    }
    Ok((Posting { element, words, count, positions: &bytes[..end] }, &bytes[end..]))
}

fn varint(bytes: &[u8]) -> Result<(u64, &[u8])> {
    // Most are one byte.
    if let [byte, rest @ ..] = bytes
        && *byte < 0x80
    {
        return Ok((u64::from(*byte), rest));
    }
    let mut number = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok((number, &bytes[at + 1..]));
        }
    }
    Err(Error::corrupt("a number of a full-text index is damaged"))
}

/// The posting in an entry of its own; `None` when it says that there is none.
pub(crate) fn posting(bytes: &[u8], element: u64) -> Result<Option<Posting<'_>>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let (posting, rest) = read(bytes, element)?;
    if rest.is_empty() { Ok(Some(posting)) } else { Err(Error::corrupt("a posting of a full-text index is too long")) }
}

/// Goes through the postings of a block whose last one is of an element.
pub(crate) fn each_in_block(mut bytes: &[u8], last: u64, mut see: impl FnMut(Posting<'_>) -> Result<()>) -> Result<()> {
    let mut element = 0u64;
    while !bytes.is_empty() {
        let (more, rest) = varint(bytes)?;
        element = element.wrapping_add(more);
        let (posting, rest) = read(rest, element)?;
        see(posting)?;
        bytes = rest;
    }
    if element == last { Ok(()) } else { Err(Error::corrupt("a block of a full-text index ends elsewhere")) }
}

/// Blocks that are being written: postings come in the order of elements.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    done: Vec<(u64, Vec<u8>)>,
    bytes: Vec<u8>,
    count: usize,
    last: u64,
}

impl Blocks {
    /// Adds a posting, as [`encode`] writes it.
    pub(crate) fn put(&mut self, element: u64, posting: &[u8]) {
        if self.count == MOST {
            self.close();
        }
        put_varint(&mut self.bytes, element - if self.count == 0 { 0 } else { self.last });
        self.bytes.extend_from_slice(posting);
        self.last = element;
        self.count += 1;
    }

    fn close(&mut self) {
        if self.count > 0 {
            self.done.push((self.last, std::mem::take(&mut self.bytes)));
            self.count = 0;
        }
    }

    /// The blocks, each with the element of its last posting.
    pub(crate) fn finish(mut self) -> Vec<(u64, Vec<u8>)> {
        self.close();
        self.done
    }

    /// A block with what entries of their own say over it.
    pub(crate) fn merged(block: Option<(&[u8], u64)>, own: &[(u64, Vec<u8>)]) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut postings: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        if let Some((bytes, last)) = block {
            each_in_block(bytes, last, |posting| {
                let mut bytes = Vec::new();
                encode(&mut bytes, posting.words, &posting.positions());
                postings.insert(posting.element, bytes);
                Ok(())
            })?;
        }
        for (element, bytes) in own {
            match posting(bytes, *element)? {
                Some(_) => drop(postings.insert(*element, bytes.clone())),
                None => drop(postings.remove(element)),
            }
        }
        let mut blocks = Blocks::default();
        postings.iter().for_each(|(element, bytes)| blocks.put(*element, bytes));
        Ok(blocks.finish())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn positions() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::btree_set(any::<u32>(), 1..5).prop_map(|set| set.into_iter().collect())
    }

    proptest! {
        #[test]
        fn blocks_are_read_back(
            postings in prop::collection::btree_map(any::<u64>(), (any::<u32>(), positions()), 1..600),
            changed in prop::collection::btree_map(any::<u64>(), prop::option::of((any::<u32>(), positions())), 0..5),
        ) {
            let bytes = |words: u32, positions: &[u32]| {
                let mut bytes = Vec::new();
                encode(&mut bytes, words, positions);
                bytes
            };
            let read = |blocks: &[(u64, Vec<u8>)]| {
                let mut read = BTreeMap::new();
                for (last, block) in blocks {
                    each_in_block(block, *last, |posting| {
                        read.insert(posting.element, (posting.words, posting.positions()));
                        Ok(())
                    })
                    .unwrap();
                }
                read
            };
            let mut blocks = Blocks::default();
            for (element, (words, positions)) in &postings {
                blocks.put(*element, &bytes(*words, positions));
            }
            let blocks = blocks.finish();
            prop_assert_eq!(&read(&blocks), &postings);
            prop_assert!(blocks.iter().all(|(last, block)| each_in_block(block, last ^ 1, |_| Ok(())).is_err()));

            let own: Vec<_> = changed
                .iter()
                .map(|(element, new)| (*element, new.as_ref().map_or(Vec::new(), |(words, positions)| bytes(*words, positions))))
                .collect();
            let (last, block) = &blocks[0];
            let mut expected = read(&blocks[..1]);
            for (element, new) in changed {
                match new {
                    Some(new) => drop(expected.insert(element, new)),
                    None => drop(expected.remove(&element)),
                }
            }
            prop_assert_eq!(read(&Blocks::merged(Some((block, *last)), &own).unwrap()), expected);
        }

        #[test]
        fn damaged_blocks_are_errors(bytes: Vec<u8>, last: u64) {
            let _ = each_in_block(&bytes, last, |posting| {
                assert_eq!(posting.positions().len(), posting.count as usize);
                Ok(())
            });
            let _ = posting(&bytes, last);
        }
    }
}
