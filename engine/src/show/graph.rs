//! DESCRIBE GRAPH: labels, properties with types, keys and time columns, and the edges between labels, counted.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;
use wend_grammar::ast::Ident;
use wend_storage::{GraphId, LabelId, NodeId, Properties, PropertyKey, Transaction};

use super::{Table, labels, text, types::Types};
use crate::{
    error::Result,
    memory::Held,
    names::graph_id,
    runtime::statement::Statement,
    tables::{self, Tables},
    value::Value,
};

const COLUMNS: [&str; 8] = ["label", "kind", "count", "property", "type", "role", "from", "to"];

/// Properties by the label of what has them.
#[derive(Default)]
struct Found(FxHashMap<(Option<LabelId>, PropertyKey), Types>);

impl Found {
    fn see(&mut self, labels: &[LabelId], properties: &Properties) {
        for (key, value) in properties {
            if labels.is_empty() {
                self.0.entry((None, *key)).or_default().see(value);
            }
            for label in labels {
                self.0.entry((Some(*label), *key)).or_default().see(value);
            }
        }
    }

    /// Rows by label and property.
    fn rows(
        self,
        tx: &Transaction,
        kind: &str,
        known: impl Fn(&str) -> Option<tables::Table>,
    ) -> Result<Vec<Vec<Value>>> {
        let mut sorted = BTreeMap::new();
        for ((label, property), seen) in self.0 {
            let label = label.map(|label| tx.label_name(label)).transpose()?;
            sorted.insert((label, tx.property_key_name(property)?), seen);
        }
        let row = |((label, property), seen): ((Option<Arc<str>>, Arc<str>), Types)| {
            let table = label.as_deref().and_then(&known).unwrap_or_default();
            let name = &*property;
            let roles: Vec<&str> = [
                (table.primary.iter().any(|key| key == name), "primary key"),
                (table.foreign.iter().any(|key| key == name), "foreign key"),
                (table.time.as_deref() == Some(name), "time"),
            ]
            .into_iter()
            .filter_map(|(holds, role)| holds.then_some(role))
            .collect();
            vec![
                label.map_or(Value::Null, Value::String),
                text(kind),
                Value::Int(seen.count as i64),
                Value::String(property),
                text(seen.names()),
                if roles.is_empty() { Value::Null } else { text(roles.join(", ")) },
                Value::Null,
                Value::Null,
            ]
        };
        Ok(sorted.into_iter().map(row).collect())
    }
}

/// Rows read between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 1024;

/// The table of `DESCRIBE GRAPH`, of the `current` graph where none is named: totals and labels, then properties of
/// nodes and of edges, then the labels at the ends of edges.
pub(crate) fn describe_graph(name: &Ident, current: &str, st: &Statement) -> Result<Table> {
    let tx = &st.tx;
    let named = if name.name.is_empty() { current } else { &name.name };
    let graph = graph_id(tx, named).map_err(|error| error.at(name.span))?;
    let tables = Tables::of_graph(tx, graph)?;
    let wide = |mut row: Vec<Value>| {
        row.resize(COLUMNS.len(), Value::Null);
        row
    };
    let total = |kind: &str, count: u64| vec![Value::Null, text(kind), Value::Int(count as i64)];
    let mut rows = vec![total("node", tx.node_count(graph)?), total("edge", tx.edge_count(graph)?)];
    rows.append(&mut labels(tx, tx.node_labels(graph)?, tx.edge_labels(graph)?)?);
    let mut rows: Vec<Vec<Value>> = rows.into_iter().map(wide).collect();

    let mut held = Held::default();
    held.take(&st.memory, tx.node_count(graph)? as usize * 16, "DESCRIBE GRAPH")?;
    let (nodes, types, properties) = nodes(st, graph)?;
    rows.extend(properties.rows(tx, "node property", |label| tables.node(label).cloned())?);
    let (between, properties) = edges(st, graph, &nodes)?;
    rows.extend(properties.rows(tx, "edge property", |label| tables.edge(label).cloned())?);
    let mut ends = Vec::new();
    for ((label, from, to), count) in between {
        let name = |number: u32| types.get(number as usize).cloned().unwrap_or_else(|| "".into());
        ends.push(((tx.label_name(label)?, name(from), name(to)), count));
    }
    ends.sort();
    rows.extend(ends.into_iter().map(|((label, from, to), count)| {
        let count = Value::Int(count as i64);
        vec![
            Value::String(label),
            text("edge between"),
            count,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::String(from),
            Value::String(to),
        ]
    }));
    Ok((&COLUMNS, rows))
}

/// The node types of all nodes by their number, the types' names (labels joined by `&`), and what properties they have.
fn nodes(st: &Statement, graph: GraphId) -> Result<(Vec<(NodeId, u32)>, Vec<Arc<str>>, Found)> {
    let (mut nodes, mut found) = (Vec::new(), Found::default());
    let mut numbers: FxHashMap<Vec<LabelId>, u32> = FxHashMap::default();
    let mut names = Vec::new();
    for (row, node) in (0u64..).zip(st.tx.node_records(graph, None)?) {
        if row.is_multiple_of(ROWS_PER_CHECK) {
            st.cancel.check()?;
        }
        let (node, record) = node?;
        found.see(&record.labels, &record.properties);
        let number = match numbers.get(&record.labels) {
            Some(number) => *number,
            None => {
                let labels = record.labels.iter().map(|label| st.tx.label_name(*label));
                let mut labels = labels.collect::<wend_storage::Result<Vec<_>>>()?;
                labels.sort_unstable();
                names.push(labels.join("&").into());
                numbers.insert(record.labels, names.len() as u32 - 1);
                names.len() as u32 - 1
            }
        };
        nodes.push((node, number));
    }
    Ok((nodes, names, found))
}

/// How many edges of each label go from nodes of one type to nodes of another, and what properties they have.
fn edges(
    st: &Statement,
    graph: GraphId,
    nodes: &[(NodeId, u32)],
) -> Result<(FxHashMap<(LabelId, u32, u32), u64>, Found)> {
    let type_of = |node: NodeId| {
        let at = nodes.binary_search_by_key(&node, |(node, _)| *node);
        at.ok().and_then(|at| nodes.get(at)).map_or(u32::MAX, |(_, number)| *number)
    };
    let (mut between, mut found) = (FxHashMap::default(), Found::default());
    for (row, edge) in (0u64..).zip(st.tx.edge_records(graph, None)?) {
        if row.is_multiple_of(ROWS_PER_CHECK) {
            st.cancel.check()?;
        }
        let record = edge?.1;
        found.see(&[record.label], &record.properties);
        *between.entry((record.label, type_of(record.from), type_of(record.to))).or_default() += 1;
    }
    Ok((between, found))
}
