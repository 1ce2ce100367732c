//! Vectors of a vector set as one block: those of some nodes, or of all nodes of a graph.

use wend_storage::{GraphId, NodeId, NodeReader, PropertyKey, Transaction, VectorReader};

use super::{FEW, column::PropertyColumn};
use crate::{column::Column, error::Result};

/// Collects the vectors that a property has at nodes, and NULLs.
pub(crate) struct Vectors {
    property: PropertyKey,
    reader: VectorReader,
    records: NodeReader,
    width: usize,
    numbers: Vec<f32>,
    nulls: Vec<bool>,
}

impl Vectors {
    pub(crate) fn new(tx: &Transaction, graph: GraphId, property: PropertyKey) -> Result<Self> {
        Ok(Vectors {
            property,
            reader: tx.vector_reader(graph, property)?,
            records: tx.node_reader(graph),
            width: 0,
            numbers: Vec::new(),
            nulls: Vec::new(),
        })
    }

    /// Adds what a node has; false when that is neither nothing nor a vector as long as the others.
    pub(crate) fn push(&mut self, node: NodeId) -> Result<bool> {
        let before = self.numbers.len();
        if !self.reader.read(node, &mut self.numbers)? {
            self.push_nulls(1);
            // Values that are no vectors, and vectors older than the set, are in the records.
            return Ok(self.records.go(node)? && self.records.property(self.property)?.is_none());
        }
        let width = self.numbers.len() - before;
        if self.width == 0 && width > 0 {
            self.width = width;
            let rows = self.nulls.len();
            self.numbers.resize(width * (rows + 1), 0.0);
            self.numbers.rotate_right(width * rows);
        }
        self.nulls.push(false);
        Ok(width > 0 && width == self.width)
    }

    pub(crate) fn push_nulls(&mut self, count: usize) {
        self.nulls.resize(self.nulls.len() + count, true);
        self.numbers.resize(self.nulls.len() * self.width, 0.0);
    }

    /// The column; `None` when it has no vectors.
    pub(crate) fn finish(self) -> Option<Column> {
        let nulls = self.nulls.contains(&true).then_some(self.nulls);
        (self.width > 0).then(|| Column::vectors(self.width, self.numbers, nulls))
    }

    fn bytes(&self) -> u64 {
        (self.numbers.len() * size_of::<f32>() + self.nulls.len()) as u64
    }
}

/// The vectors of all nodes; `None` where they differ in length, or are not worth so many bytes.
pub(super) fn read(
    tx: &Transaction,
    graph: GraphId,
    property: PropertyKey,
    limit: u64,
) -> Result<Option<PropertyColumn>> {
    let mut vectors = Vectors::new(tx, graph, property)?;
    let mut first = None;
    for node in tx.nodes(graph, None)? {
        let node = node?;
        let place = node.0 - *first.get_or_insert(node.0);
        let rows = vectors.nulls.len() as u64;
        // Numbers of deleted nodes leave gaps.
        if place > 4 * rows + FEW {
            return Ok(None);
        }
        vectors.push_nulls((place - rows) as usize);
        if !vectors.push(node)? || vectors.bytes() > limit {
            return Ok(None);
        }
    }
    Ok(vectors.finish().map(|column| PropertyColumn::of(first.unwrap_or(0), column)))
}
