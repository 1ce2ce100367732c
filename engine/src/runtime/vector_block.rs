//! The vectors that a property of a batch's nodes has, as one block of numbers.

use std::sync::Arc;

use wend_algorithms::QuantisedVectors;
use wend_storage::{NodeId, PropertyKey};

use super::{statement::Statement, typed};
use crate::{
    cache::{Property, column::PropertyColumn},
    column::{Column, ColumnData},
    error::Result,
    plan::expr::PropertyName,
};

/// The vectors of a batch's nodes.
pub(crate) struct Block {
    vectors: Vectors,
    places: Vec<usize>,
}

enum Vectors {
    /// Of all nodes, in the cache.
    Kept(Arc<PropertyColumn>),
    /// Read for the batch.
    Read(Column, Vec<f32>),
}

impl Block {
    /// Where the vectors of the rows are.
    pub(crate) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The vectors in fewer bytes, of those that are kept.
    pub(crate) fn quantised(&self) -> Option<&QuantisedVectors> {
        match &self.vectors {
            Vectors::Kept(kept) => kept.quantised(),
            Vectors::Read(..) => None,
        }
    }

    /// The vectors, one after the other, and their length.
    pub(crate) fn numbers(&self) -> Option<(&[f32], usize)> {
        match self.column().data() {
            ColumnData::Vectors { width, numbers } => Some((numbers, *width)),
            _ => None,
        }
    }

    /// The vectors, one after the other, their length and their norms.
    pub(crate) fn parts(&self) -> Option<(&[f32], usize, &[f32])> {
        let (numbers, width) = self.numbers()?;
        let norms = match &self.vectors {
            Vectors::Kept(kept) => kept.norms(),
            Vectors::Read(_, norms) => &norms[..],
        };
        Some((numbers, width, norms))
    }

    /// Whether the node of a row has no vector.
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.column().is_null(self.places[row])
    }

    fn column(&self) -> &Column {
        match &self.vectors {
            Vectors::Kept(kept) => &kept.column,
            Vectors::Read(column, _) => column,
        }
    }
}

/// The vectors of nodes, from the cache or else read; `None` where they are none of one length.
pub(crate) fn of(nodes: &[NodeId], property: &PropertyName, st: &Statement) -> Result<Option<Block>> {
    let (Some(cache), Some(key)) = (st.cache()?, property.key(&st.tx)?) else { return Ok(None) };
    let set = st.tx.vector_set(st.graph, key)?;
    let kept = match set {
        Some(set) => cache.column_after(&st.tx, st.graph, Property::Vectors(key, set), nodes.len() as u64)?,
        None => cache.column(Property::Node(key)),
    };
    match kept {
        Some(kept) => {
            let places = kept.places(nodes);
            Ok(places.map(|places| Block { vectors: Vectors::Kept(kept), places }))
        }
        None if set.is_some() => read(nodes, key, st),
        None => Ok(None),
    }
}

fn read(nodes: &[NodeId], key: PropertyKey, st: &Statement) -> Result<Option<Block>> {
    let Some(column) = typed::vectors(nodes, key, st)? else { return Ok(None) };
    let norms = column.norms();
    Ok(Some(Block { vectors: Vectors::Read(column, norms), places: (0..nodes.len()).collect() }))
}
