//! A property of all nodes of a graph, or of all its edges, by number.

use crate::{column::Column, value::Value};

/// A property of all elements, from the number `first` on; NULL where there is no value.
#[derive(Debug)]
pub(crate) struct PropertyColumn {
    first: u64,
    pub(crate) column: Column,
}

impl PropertyColumn {
    pub(crate) fn new(first: u64, values: Vec<Value>) -> Self {
        PropertyColumn { first, column: Column::from_values(values).with_dictionary() }
    }

    /// Where the element's value is; `None` for an element that came later.
    pub(crate) fn place(&self, number: u64) -> Option<usize> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        (place < self.column.len()).then_some(place)
    }

    pub(crate) fn get(&self, number: u64) -> Option<Value> {
        self.place(number).map(|place| self.column.value(place))
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        (self.column.bytes() + self.column.dictionary_bytes()) as u64
    }
}
