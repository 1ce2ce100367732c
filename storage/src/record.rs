//! Node and edge records to bytes and back; one property can be read without decoding the others.
//!
//! node = version, `_id`, labels, properties; edge = version, label, from, to, properties;
//! properties = count, then for each (in key order): key, byte length, value.

use crate::codec::{Reader, put_bytes, put_value, put_varint};
use crate::error::{Error, Result};
use crate::value::{EdgeRecord, LabelId, NodeId, NodeRecord, Properties, PropertyKey, Value};

/// The version byte of node and edge records.
const VERSION: u8 = 1;

fn put_properties(out: &mut Vec<u8>, properties: &Properties) -> Result<()> {
    put_varint(out, properties.len() as u64);
    let mut scratch = Vec::new();
    for (key, value) in properties {
        scratch.clear();
        put_value(&mut scratch, value)?;
        put_varint(out, u64::from(key.0));
        put_bytes(out, &scratch);
    }
    Ok(())
}

/// The bytes of a node record.
pub(crate) fn encode_node(id: &str, labels: &[LabelId], properties: &Properties) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(id.len() + 16 + properties.len() * 12);
    out.push(VERSION);
    put_bytes(&mut out, id.as_bytes());
    put_varint(&mut out, labels.len() as u64);
    for label in labels {
        put_varint(&mut out, u64::from(label.0));
    }
    put_properties(&mut out, properties)?;
    Ok(out)
}

/// The bytes of an edge record.
pub(crate) fn encode_edge(edge: &EdgeRecord) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(16 + edge.properties.len() * 12);
    out.push(VERSION);
    put_varint(&mut out, u64::from(edge.label.0));
    put_varint(&mut out, edge.from.0);
    put_varint(&mut out, edge.to.0);
    put_properties(&mut out, &edge.properties)?;
    Ok(out)
}

fn open(bytes: &[u8]) -> Result<Reader<'_>> {
    let mut reader = Reader::new(bytes);
    match reader.byte()? {
        VERSION => Ok(reader),
        other => Err(Error::corrupt(format!("an unknown record version {other}"))),
    }
}

fn read_labels(reader: &mut Reader<'_>) -> Result<Vec<LabelId>> {
    let count = reader.count()?;
    (0..count).map(|_| Ok(LabelId(reader.varint_u32()?))).collect()
}

fn read_properties(mut reader: Reader<'_>) -> Result<Properties> {
    let count = reader.count()?;
    let mut properties = Vec::with_capacity(count);
    for _ in 0..count {
        let key = PropertyKey(reader.varint_u32()?);
        properties.push((key, Reader::new(reader.bytes()?).whole_value()?));
    }
    if !reader.is_empty() {
        return Err(Error::corrupt("a record is too long"));
    }
    if !properties.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        return Err(Error::corrupt("a record's properties are out of order"));
    }
    Ok(properties)
}

fn find_property(mut reader: Reader<'_>, wanted: PropertyKey) -> Result<Option<Value>> {
    for _ in 0..reader.count()? {
        let key = PropertyKey(reader.varint_u32()?);
        let bytes = reader.bytes()?;
        if key == wanted {
            return Reader::new(bytes).whole_value().map(Some);
        }
        if key > wanted {
            break;
        }
    }
    Ok(None)
}

/// Tells `each` the properties of a record: all, or those whose keys are among `wanted`, which is sorted. The others
/// are not decoded.
fn pick_properties(
    mut reader: Reader<'_>,
    wanted: Option<&[PropertyKey]>,
    each: &mut dyn FnMut(PropertyKey, Value),
) -> Result<()> {
    for _ in 0..reader.count()? {
        let key = PropertyKey(reader.varint_u32()?);
        let bytes = reader.bytes()?;
        if wanted.is_none_or(|wanted| wanted.binary_search(&key).is_ok()) {
            each(key, Reader::new(bytes).whole_value()?);
        }
    }
    Ok(())
}

/// A whole node.
pub(crate) fn decode_node(bytes: &[u8]) -> Result<NodeRecord> {
    let mut reader = open(bytes)?;
    let id = reader.text()?.to_owned();
    let labels = read_labels(&mut reader)?;
    Ok(NodeRecord { id, labels, properties: read_properties(reader)? })
}

/// Only a node's `_id`.
pub(crate) fn node_id(bytes: &[u8]) -> Result<&str> {
    open(bytes)?.text()
}

/// Only a node's labels.
pub(crate) fn node_labels(bytes: &[u8]) -> Result<Vec<LabelId>> {
    let mut reader = open(bytes)?;
    reader.bytes()?;
    read_labels(&mut reader)
}

/// Only one property of a node.
pub(crate) fn node_property(bytes: &[u8], key: PropertyKey) -> Result<Option<Value>> {
    let mut reader = open(bytes)?;
    reader.bytes()?;
    for _ in 0..reader.count()? {
        reader.varint()?;
    }
    find_property(reader, key)
}

/// A node's labels, and some of its properties.
pub(crate) fn node_parts(
    bytes: &[u8],
    wanted: Option<&[PropertyKey]>,
    each: &mut dyn FnMut(PropertyKey, Value),
) -> Result<Vec<LabelId>> {
    let mut reader = open(bytes)?;
    reader.bytes()?;
    let labels = read_labels(&mut reader)?;
    pick_properties(reader, wanted, each)?;
    Ok(labels)
}

/// Some of an edge's properties.
pub(crate) fn edge_parts(
    bytes: &[u8],
    wanted: Option<&[PropertyKey]>,
    each: &mut dyn FnMut(PropertyKey, Value),
) -> Result<()> {
    let mut reader = open(bytes)?;
    read_ends(&mut reader)?;
    pick_properties(reader, wanted, each)
}

fn read_ends(reader: &mut Reader<'_>) -> Result<(LabelId, NodeId, NodeId)> {
    Ok((LabelId(reader.varint_u32()?), NodeId(reader.varint()?), NodeId(reader.varint()?)))
}

/// A whole edge.
pub(crate) fn decode_edge(bytes: &[u8]) -> Result<EdgeRecord> {
    let mut reader = open(bytes)?;
    let (label, from, to) = read_ends(&mut reader)?;
    Ok(EdgeRecord { label, from, to, properties: read_properties(reader)? })
}

/// Only an edge's label and ends.
pub(crate) fn edge_ends(bytes: &[u8]) -> Result<(LabelId, NodeId, NodeId)> {
    read_ends(&mut open(bytes)?)
}

/// Only one property of an edge.
pub(crate) fn edge_property(bytes: &[u8], key: PropertyKey) -> Result<Option<Value>> {
    let mut reader = open(bytes)?;
    read_ends(&mut reader)?;
    find_property(reader, key)
}
