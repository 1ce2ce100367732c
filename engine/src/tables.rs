//! What a graph knows of the tables that it came from: of each label the properties that are keys, and the property that holds
//! the time of a row.
//!
//! An import writes it, in the commit of its nodes and edges. Learning leaves keys out of its default features, since a model
//! would learn the rows by heart, and takes the stored time property where a call names none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wend_storage::{BulkLoad, GraphId, Transaction};

use crate::error::{Error, Result};

/// Records of the tables of graphs, by the graph's number.
const FAMILY: &str = "tables";
const VERSION: u8 = 1;

/// The tables of a graph, by the label of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tables {
    nodes: BTreeMap<String, Table>,
    edges: BTreeMap<String, Table>,
}

/// What is known of the rows with a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// The properties of the primary key, in its order.
    #[serde(default)]
    pub(crate) primary: Vec<String>,
    /// The properties of foreign keys.
    #[serde(default)]
    pub(crate) foreign: Vec<String>,
    /// The property that says when a row came to be.
    #[serde(default)]
    pub(crate) time: Option<String>,
}

impl Table {
    /// Takes what another load of the same table knows besides.
    fn join(&mut self, other: Table) {
        let join = |known: &mut Vec<String>, more: Vec<String>| {
            more.into_iter().for_each(|name| {
                if !known.contains(&name) {
                    known.push(name);
                }
            });
        };
        join(&mut self.primary, other.primary);
        join(&mut self.foreign, other.foreign);
        self.time = other.time.or_else(|| self.time.take());
    }
}

impl Tables {
    /// Those of a graph.
    pub(crate) fn of_graph(tx: &Transaction, graph: GraphId) -> Result<Tables> {
        match tx.get_record(FAMILY, &graph.0.to_be_bytes())? {
            None => Ok(Tables::default()),
            Some(bytes) => decode(&bytes),
        }
    }

    /// Keeps them with a transaction.
    #[cfg_attr(not(test), expect(dead_code, reason = "imports keep them with a bulk load"))]
    pub(crate) fn store(&self, tx: &Transaction, graph: GraphId) -> Result<()> {
        let key = graph.0.to_be_bytes();
        if self.is_empty() {
            return Ok(tx.delete_record(FAMILY, &key)?);
        }
        Ok(tx.put_record(FAMILY, &key, &self.encode()?)?)
    }

    /// Adds them to those of the graph of a bulk load, with its commit.
    pub(crate) fn store_with(self, graph: GraphId, load: &mut BulkLoad) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let known = load.get_record(FAMILY, &graph.0.to_be_bytes())?;
        let mut all = known.map_or_else(|| Ok(Tables::default()), |bytes| decode(&bytes))?;
        self.nodes.into_iter().for_each(|(label, table)| all.add_nodes(label, table));
        self.edges.into_iter().for_each(|(label, table)| all.add_edges(label, table));
        load.put_record(FAMILY, &graph.0.to_be_bytes(), all.encode()?);
        Ok(())
    }

    /// Forgets those of a graph that is dropped.
    pub(crate) fn forget(tx: &Transaction, graph: GraphId) -> Result<()> {
        Ok(tx.delete_record(FAMILY, &graph.0.to_be_bytes())?)
    }

    /// Whether nothing is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.edges.is_empty()
    }

    /// Adds what is known of the nodes with a label.
    pub(crate) fn add_nodes(&mut self, label: String, table: Table) {
        if table != Table::default() {
            self.nodes.entry(label).or_default().join(table);
        }
    }

    /// Adds what is known of the edges with a label.
    pub(crate) fn add_edges(&mut self, label: String, table: Table) {
        if table != Table::default() {
            self.edges.entry(label).or_default().join(table);
        }
    }

    /// What is known of the nodes with a label.
    pub(crate) fn node(&self, label: &str) -> Option<&Table> {
        self.nodes.get(label)
    }

    /// What is known of the edges with a label.
    pub(crate) fn edge(&self, label: &str) -> Option<&Table> {
        self.edges.get(label)
    }

    /// The properties of nodes with a label that are keys, primary or foreign.
    pub(crate) fn keys(&self, label: &str) -> impl Iterator<Item = &str> {
        self.nodes
            .get(label)
            .into_iter()
            .flat_map(|table| table.primary.iter().chain(&table.foreign))
            .map(String::as_str)
    }

    /// The property with the time of nodes with a label.
    #[cfg_attr(not(test), expect(dead_code, reason = "callers take all times at once"))]
    pub(crate) fn time(&self, label: &str) -> Option<&str> {
        self.node(label).and_then(|table| table.time.as_deref())
    }

    /// The labels of nodes and then of edges that have a time, each with its property.
    pub(crate) fn times(&self) -> impl Iterator<Item = (&str, &str)> {
        let tables = self.nodes.iter().chain(&self.edges);
        tables.filter_map(|(label, table)| Some((label.as_str(), table.time.as_deref()?)))
    }

    /// As a JSON text, which [`Tables::from_json`] reads.
    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Error::internal(format!("what is known of tables cannot be written: {error}")))
    }

    /// From a JSON text; the error is what is wrong with it.
    pub(crate) fn from_json(text: &str) -> std::result::Result<Tables, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    fn encode(&self) -> Result<Vec<u8>> {
        postcard::to_extend(self, vec![VERSION])
            .map_err(|error| Error::internal(format!("what is known of tables cannot be noted: {error}")))
    }
}

fn decode(bytes: &[u8]) -> Result<Tables> {
    let damaged = || Error::internal("the record of the tables of a graph is damaged");
    match bytes.split_first() {
        Some((&VERSION, rest)) => postcard::from_bytes(rest).map_err(|_| damaged()),
        Some((&version, _)) if version > VERSION => Err(Error::internal(format!(
            "the record of the tables of a graph has version {version}; this program reads {VERSION}"
        ))),
        _ => Err(damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wend_storage::{Access, Store};

    #[test]
    fn tables_are_kept_joined_and_forgotten() {
        let store = Store::in_memory().unwrap();
        let tx = store.begin(Access::Write).unwrap();
        let graph = tx.graphs().unwrap()[0].0;
        assert!(Tables::of_graph(&tx, graph).unwrap().is_empty());
        let table = |primary: &[&str], foreign: &[&str], time: Option<&str>| Table {
            primary: primary.iter().map(|name| (*name).to_owned()).collect(),
            foreign: foreign.iter().map(|name| (*name).to_owned()).collect(),
            time: time.map(str::to_owned),
        };
        let mut tables = Tables::default();
        tables.add_nodes("races".to_owned(), table(&["raceId"], &["circuitId"], Some("date")));
        tables.add_nodes("races".to_owned(), table(&["raceId"], &["seasonId"], None));
        tables.add_edges("DROVE".to_owned(), table(&[], &[], Some("since")));
        tables.add_nodes("plain".to_owned(), Table::default());
        tables.store(&tx, graph).unwrap();
        let read = Tables::of_graph(&tx, graph).unwrap();
        assert_eq!(read.keys("races").collect::<Vec<_>>(), ["raceId", "circuitId", "seasonId"]);
        assert_eq!((read.time("races"), read.time("plain")), (Some("date"), None));
        assert_eq!(read.times().collect::<Vec<_>>(), [("races", "date"), ("DROVE", "since")]);
        assert!(read.node("plain").is_none() && read.edge("DROVE").is_some());
        assert_eq!(Tables::from_json(&read.to_json().unwrap()).unwrap(), read);
        Tables::forget(&tx, graph).unwrap();
        assert!(Tables::of_graph(&tx, graph).unwrap().is_empty());
        assert!(decode(&[9]).unwrap_err().message().contains("version 9") && decode(&[]).is_err());
    }
}
