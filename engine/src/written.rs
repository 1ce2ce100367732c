//! Which properties of a graph came of an algorithm, and how: `.write` notes it. Learning leaves them out of its default
//! features, since an embedding or a prediction would bring back what an earlier run was told; SHOW EMBEDDINGS tells of
//! them, and REFRESH EMBEDDING makes them again.
//!
//! The note stays until the graph is dropped, whatever is stored under the name later. It is two records, so that listing
//! them does not read what has an entry per node.

use serde::{Deserialize, Serialize};
use wend_algorithms::Argument;
use wend_storage::{GraphId, PropertyKey, Transaction};

use crate::{
    error::{Error, Result},
    view::{Fingerprint, VectorsHash},
};

/// The families of records: graph, owner and property key, each big-endian.
const FAMILY: &str = "written";
const STATE: &str = "written-state";
/// Version 1 has no content: it says no more than that an algorithm wrote the property.
const VERSION: u8 = 2;

/// What has the property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Node = 0,
    Edge = 1,
}

/// How a property was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) algorithm: String,
    /// The parameters that the call gave.
    pub(crate) parameters: Vec<(String, Argument)>,
    /// The columns that the call wrote, and the properties they went to.
    pub(crate) properties: Vec<(String, String)>,
    /// How long the vectors are; `None` = the property has no vectors.
    pub(crate) dimensions: Option<u64>,
    pub(crate) seed: u64,
    /// The version of the program.
    pub(crate) engine_version: String,
    /// The version of the graph that was computed on.
    pub(crate) graph_version: u64,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) created_at: i64,
    /// How many nodes or edges have a row.
    pub(crate) rows: u64,
}

/// The graph as it was computed on, and the vectors that were written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) graph: Fingerprint,
    pub(crate) vectors: VectorsHash,
}

fn key(graph: GraphId, owner: Owner, property: PropertyKey) -> [u8; 9] {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&graph.0.to_be_bytes());
    key[4] = owner as u8;
    key[5..].copy_from_slice(&property.0.to_be_bytes());
    key
}

/// Notes how an algorithm wrote a property.
pub(crate) fn note(
    tx: &Transaction,
    graph: GraphId,
    owner: Owner,
    property: PropertyKey,
    note: &Note,
    state: &State,
) -> Result<()> {
    let key = key(graph, owner, property);
    let failed = |error| Error::internal(format!("what an algorithm wrote cannot be noted: {error}"));
    tx.put_record(FAMILY, &key, &postcard::to_extend(note, vec![VERSION]).map_err(failed)?)?;
    Ok(tx.put_record(STATE, &key, &postcard::to_extend(state, vec![VERSION]).map_err(failed)?)?)
}

/// The properties that an algorithm wrote, ascending.
pub(crate) fn properties(tx: &Transaction, graph: GraphId, owner: Owner) -> Result<Vec<PropertyKey>> {
    Ok(notes(tx, graph)?.into_iter().filter(|(of, ..)| *of == owner).map(|(_, property, _)| property).collect())
}

/// What is noted of a graph, by owner and property. A property written by a program that noted no more has no content.
pub(crate) fn notes(tx: &Transaction, graph: GraphId) -> Result<Vec<(Owner, PropertyKey, Option<Note>)>> {
    let mut notes = Vec::new();
    for (key, value) in tx.records(FAMILY)? {
        let Some(of) = key.strip_prefix(&graph.0.to_be_bytes()) else { continue };
        let (owner, property) = match of {
            [0, property @ ..] => (Owner::Node, property),
            [1, property @ ..] => (Owner::Edge, property),
            _ => return Err(damaged()),
        };
        let property = property.try_into().map_err(|_| damaged())?;
        let note = match value.split_first() {
            Some((1, [])) => None,
            _ => Some(decode(&value)?),
        };
        notes.push((owner, PropertyKey(u32::from_be_bytes(property)), note));
    }
    Ok(notes)
}

/// What a property was written from.
pub(crate) fn state(tx: &Transaction, graph: GraphId, owner: Owner, property: PropertyKey) -> Result<State> {
    decode(&tx.get_record(STATE, &key(graph, owner, property))?.ok_or_else(damaged)?)
}

/// Forgets the notes of a graph that is dropped.
pub(crate) fn forget(tx: &Transaction, graph: GraphId) -> Result<()> {
    for family in [FAMILY, STATE] {
        for (key, _) in tx.records(family)? {
            if key.starts_with(&graph.0.to_be_bytes()) {
                tx.delete_record(family, &key)?;
            }
        }
    }
    Ok(())
}

fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T> {
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| damaged()),
        Some((&version, _)) if version > VERSION => Err(Error::internal(format!(
            "a note of what algorithms wrote has version {version}; this program reads {VERSION}"
        ))),
        _ => Err(damaged()),
    }
}

fn damaged() -> Error {
    Error::internal("a note of what algorithms wrote is damaged")
}
