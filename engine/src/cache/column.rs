//! A property of all nodes of a graph, or of all its edges, by number.

use std::sync::OnceLock;

use wend_algorithms::QuantisedVectors;
use wend_storage::NodeId;

use crate::{
    column::{Column, ColumnData},
    value::Value,
};

/// A property of all elements, from the number `first` on; NULL where there is no value.
#[derive(Debug)]
pub(crate) struct PropertyColumn {
    first: u64,
    pub(crate) column: Column,
    /// Of vectors, when they have been asked for.
    norms: OnceLock<Vec<f32>>,
    quantised: OnceLock<Option<QuantisedVectors>>,
}

impl PropertyColumn {
    pub(crate) fn new(first: u64, values: Vec<Value>) -> Self {
        Self::of(first, Column::from_values(values).with_dictionary())
    }

    pub(crate) fn of(first: u64, column: Column) -> Self {
        PropertyColumn { first, column, norms: OnceLock::new(), quantised: OnceLock::new() }
    }

    /// See [`Column::norms`].
    pub(crate) fn norms(&self) -> &[f32] {
        self.norms.get_or_init(|| self.column.norms())
    }

    /// The vectors in fewer bytes; `None` when there are no vectors.
    pub(crate) fn quantised(&self) -> Option<&QuantisedVectors> {
        let make = || match self.column.data() {
            ColumnData::Vectors { width, numbers } => Some(QuantisedVectors::new(numbers, *width)),
            _ => None,
        };
        self.quantised.get_or_init(make).as_ref()
    }

    /// The number of the element whose value is the first.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Where the element's value is; `None` for an element that came later.
    pub(crate) fn place(&self, number: u64) -> Option<usize> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        (place < self.column.len()).then_some(place)
    }

    /// Where the values of nodes are; `None` when one of them came later.
    pub(crate) fn places(&self, nodes: &[NodeId]) -> Option<Vec<usize>> {
        let len = self.column.len() as u64;
        let place =
            |node: &NodeId| node.0.checked_sub(self.first).filter(|place| *place < len).map(|place| place as usize);
        nodes.iter().map(place).collect()
    }

    pub(crate) fn get(&self, number: u64) -> Option<Value> {
        self.place(number).map(|place| self.column.value(place))
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        let of_vectors = match self.column.data() {
            ColumnData::Vectors { width, .. } => {
                self.column.len() * size_of::<f32>() + QuantisedVectors::bytes(self.column.len(), *width)
            }
            _ => 0,
        };
        (self.column.bytes() + self.column.dictionary_bytes() + of_vectors) as u64
    }
}
