//! The types that the values of a property have in a sample, as outlines name them.

use std::collections::BTreeSet;

use wend_storage::Value as Stored;

use crate::cache::survey::{TYPES, type_of};

/// More different lengths of vectors are not kept.
const MOST_LENGTHS: usize = 8;

/// The values of a property at the elements with a label.
#[derive(Default)]
pub(super) struct Types {
    pub(super) count: u64,
    types: [bool; TYPES.len()],
    /// Types of the elements of lists; none of an empty one.
    elements: [bool; TYPES.len()],
    /// Lengths of vectors.
    lengths: BTreeSet<usize>,
}

impl Types {
    pub(super) fn see(&mut self, value: &Stored) {
        self.count += 1;
        self.types[type_of(value)] = true;
        match value {
            Stored::List(items) => items.iter().flatten().for_each(|item| self.elements[type_of(item)] = true),
            Stored::Vector(numbers) if self.lengths.len() < MOST_LENGTHS => drop(self.lengths.insert(numbers.len())),
            _ => {}
        }
    }

    /// The same, with the length of vectors that all have one: `VECTOR<128>`.
    pub(super) fn with_lengths(&self) -> String {
        self.named(|name| match self.lengths.iter().collect::<Vec<_>>()[..] {
            [length] if name == "VECTOR" => format!("VECTOR<{length}>"),
            _ => name.to_owned(),
        })
    }

    fn named(&self, plain: impl Fn(&str) -> String) -> String {
        let seen = |of: &[bool]| -> Vec<&str> {
            TYPES.iter().zip(of).filter(|(_, seen)| **seen).map(|(name, _)| *name).collect()
        };
        let names = seen(&self.types).into_iter().map(|name| match seen(&self.elements)[..] {
            [element] if name == "LIST" => format!("LIST<{element}>"),
            _ => plain(name),
        });
        names.collect::<Vec<_>>().join(" | ")
    }
}
