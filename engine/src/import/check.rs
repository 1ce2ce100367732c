//! Rows of files against the type of a closed graph.

use rustc_hash::FxHashMap;
use wend_storage::{GraphId, LabelId, NodeId, Properties, Transaction};

use crate::error::Result;
use crate::schema::{Checker, Reason, Schema, labels_text};

use super::shortened;
use super::source::Records;

/// Checks rows, and remembers of which type each new node is.
pub(super) struct RowCheck<'a> {
    checker: Checker<'a>,
    tx: &'a Transaction,
    graph: GraphId,
    types: FxHashMap<NodeId, usize>,
}

impl<'a> RowCheck<'a> {
    pub(super) fn new(schema: &'a Schema, tx: &'a Transaction, graph: GraphId) -> Result<Self> {
        Ok(RowCheck { checker: Checker::new(schema, tx)?, tx, graph, types: FxHashMap::default() })
    }

    /// Checks a node, and gives its type.
    pub(super) fn node(
        &self,
        records: &Records,
        id: &str,
        labels: &[LabelId],
        properties: &mut Properties,
    ) -> Result<usize> {
        match self.checker.node(labels, properties) {
            Ok((found, _)) => Ok(found),
            Err(reason) => Err(self.error(records, &format!("the node '{}'", shortened(id)), labels, reason)),
        }
    }

    /// Remembers the type of a node of the import.
    pub(super) fn note(&mut self, node: NodeId, of_type: usize) {
        self.types.insert(node, of_type);
    }

    /// Checks an edge between nodes, each with its `_id`.
    pub(super) fn edge(
        &self,
        records: &Records,
        label: LabelId,
        ends: [(&str, NodeId); 2],
        properties: &mut Properties,
    ) -> Result<()> {
        let of_type = |node: NodeId| -> Result<Option<usize>> {
            match self.types.get(&node) {
                Some(found) => Ok(Some(*found)),
                None => Ok(self.checker.type_of(&self.tx.node_labels_of(self.graph, node)?.unwrap_or_default())),
            }
        };
        let [(from, start), (to, end)] = ends;
        match self.checker.edge_between(label, of_type(start)?, of_type(end)?, properties) {
            Ok(_) => Ok(()),
            Err(reason) => {
                let what = format!("the edge from '{}' to '{}'", shortened(from), shortened(to));
                Err(self.error(records, &what, &[label], reason))
            }
        }
    }

    fn error(&self, records: &Records, what: &str, labels: &[LabelId], reason: Reason) -> crate::Error {
        let names: Vec<_> = labels.iter().map(|label| self.tx.label_name(*label).unwrap_or_default()).collect();
        let (text, hint) = reason.texts();
        records.error("G2000", format!("{what} ({}) {text}", labels_text(&names))).with_hint_if(hint)
    }
}
