//! Which properties of a graph came of an algorithm: `.write` notes them, and learning leaves them out of its default
//! features, since an embedding or a prediction would bring back what an earlier run was told.
//!
//! The note stays until the graph is dropped, whatever is stored under the name later.

use wend_storage::{GraphId, PropertyKey, Transaction};

use crate::error::{Error, Result};

/// The family of records: graph, owner and property key, each big-endian; the value is the record's version.
const FAMILY: &str = "written";
const VERSION: u8 = 1;

/// What has the property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Node = 0,
    Edge = 1,
}

fn key(graph: GraphId, owner: Owner, property: PropertyKey) -> [u8; 9] {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&graph.0.to_be_bytes());
    key[4] = owner as u8;
    key[5..].copy_from_slice(&property.0.to_be_bytes());
    key
}

/// Notes that an algorithm writes a property.
pub(crate) fn note(tx: &Transaction, graph: GraphId, owner: Owner, property: PropertyKey) -> Result<()> {
    let key = key(graph, owner, property);
    // Written once, so that calls that write the property later do not conflict over the note.
    if tx.get_record(FAMILY, &key)?.is_none() {
        tx.put_record(FAMILY, &key, &[VERSION])?;
    }
    Ok(())
}

/// The properties that an algorithm wrote, ascending.
pub(crate) fn properties(tx: &Transaction, graph: GraphId, owner: Owner) -> Result<Vec<PropertyKey>> {
    let mut found = Vec::new();
    for (of, key) in notes(tx)? {
        if of == (graph, owner as u8) {
            found.push(key);
        }
    }
    Ok(found)
}

/// Forgets the notes of a graph that is dropped.
pub(crate) fn forget(tx: &Transaction, graph: GraphId) -> Result<()> {
    for (key, _) in tx.records(FAMILY)? {
        if key.starts_with(&graph.0.to_be_bytes()) {
            tx.delete_record(FAMILY, &key)?;
        }
    }
    Ok(())
}

/// All notes: graph and owner, and the property.
fn notes(tx: &Transaction) -> Result<Vec<((GraphId, u8), PropertyKey)>> {
    let read = |(key, value): (Vec<u8>, Vec<u8>)| {
        let number = |bytes: &[u8]| bytes.iter().fold(0u32, |number, &byte| number << 8 | u32::from(byte));
        match (key.as_slice(), value.as_slice()) {
            ([graph @ .., owner, _, _, _, _], [VERSION]) if graph.len() == 4 => {
                Ok(((GraphId(number(graph)), *owner), PropertyKey(number(&key[5..]))))
            }
            (_, [version, ..]) if *version > VERSION => Err(Error::internal(format!(
                "a note of what algorithms wrote has version {version}; this program reads {VERSION}"
            ))),
            _ => Err(Error::internal("a note of what algorithms wrote is damaged")),
        }
    };
    tx.records(FAMILY)?.into_iter().map(read).collect()
}
