//! The record of a bulk load whose runs are being ingested: the graph, and its first new node and edge number.
//!
//! It is written before the first run is ingested and deleted by the last commit of the load. One that is found when
//! the database is opened means that the process died between: all of that graph from those numbers on is removed.

use crate::error::Result;
use crate::index_catalog;
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Kv};
use crate::text::is_totals;
use crate::value::GraphId;

/// Keys removed in one batch when a load is taken back.
const ROLL_BACK_BATCH: usize = 100_000;

/// Says that a bulk load is being ingested.
pub(crate) fn write(kv: &Kv, graph: GraphId, first_node: u64, first_edge: u64) -> Result<()> {
    let mut record = Vec::from(graph.0.to_be_bytes());
    record.extend_from_slice(&first_node.to_be_bytes());
    record.extend_from_slice(&first_edge.to_be_bytes());
    let mut batch = kv.batch();
    batch.put(Family::Meta, &[meta::PENDING], &record)?;
    kv.write(batch)
}

/// Whether a bulk load was cut off.
pub(crate) fn is_pending(kv: &Kv) -> Result<bool> {
    kv.snapshot().get(Family::Meta, &[meta::PENDING], |record| Ok(record.is_some()))
}

/// Removes what a bulk load that was cut off has left.
pub(crate) fn roll_back(kv: &Kv) -> Result<()> {
    let newest = kv.snapshot();
    let pending = newest.get(Family::Meta, &[meta::PENDING], |record| {
        let Some(record) = record else { return Ok(None) };
        Ok(Some((keys::read_u32(record, 0)?, keys::read_u64(record, 4)?, keys::read_u64(record, 12)?)))
    })?;
    let Some((graph, first_node, first_edge)) = pending else { return Ok(()) };
    let prefix = graph.to_be_bytes();
    for family in Family::OF_GRAPH {
        let mut batch = kv.batch();
        let mut size = 0;
        let mut iter = newest.prefix(family, &prefix, Hint::Scan)?;
        while let Some((key, value)) = iter.item() {
            let new = match family {
                Family::Nodes => keys::read_u64(key, 4)? >= first_node,
                Family::Ids => keys::read_u64(value, 0)? >= first_node,
                Family::Labels => keys::read_u64(key, 8)? >= first_node,
                Family::Edges => keys::read_u64(key, 4)? >= first_edge,
                Family::EdgeLabels => keys::read_u64(key, 8)? >= first_edge,
                _ => keys::read_u64(key, 24)? >= first_edge,
            };
            if new {
                batch.delete(family, key)?;
                size += 1;
            }
            iter.advance()?;
            if size == ROLL_BACK_BATCH {
                kv.write_lazily(std::mem::replace(&mut batch, kv.batch()))?;
                size = 0;
            }
        }
        kv.write_lazily(batch)?;
    }
    for (_, index) in index_catalog::stored(&newest, Some(GraphId(graph)))? {
        // The lists of a vector index do not follow a load.
        if index.definition.vector.is_some() {
            continue;
        }
        let first = if index.definition.on_edge { first_edge } else { first_node };
        let mut batch = kv.batch();
        let mut size = 0;
        let mut iter = newest.prefix(Family::Indexes, &index.id.0.to_be_bytes(), Hint::Scan)?;
        while let Some(key) = iter.key() {
            // The totals of an index on texts come with the last commit of a load.
            let is_totals = index.definition.text.is_some() && is_totals(key);
            if !is_totals && index_catalog::element(key)? >= first {
                batch.delete(Family::Indexes, key)?;
                size += 1;
            }
            iter.advance()?;
            if size == ROLL_BACK_BATCH {
                kv.write_lazily(std::mem::replace(&mut batch, kv.batch()))?;
                size = 0;
            }
        }
        kv.write_lazily(batch)?;
    }
    let mut batch = kv.batch();
    batch.delete(Family::Meta, &[meta::PENDING])?;
    kv.write(batch)
}
