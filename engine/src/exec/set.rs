//! SET and REMOVE. All values are computed before anything is changed, so `SET a.x = b.x, b.x = a.x` swaps.

use rustc_hash::FxHashMap;
use wend_storage::{EdgeId, LabelId, NodeId, Properties, PropertyKey};

use super::{
    BoxOperator, Operator,
    batch::Batch,
    collect,
    context::{Held, Statement},
    eval::eval,
};
use crate::{
    error::{Error, Result, Span},
    plan::{
        SetItem,
        expr::{LabelName, PropertyName},
    },
    value::{GroupKey, Value},
};

/// See [`crate::plan::Plan::Set`].
pub(super) struct Set {
    input: BoxOperator,
    items: Vec<SetItem>,
    done: Option<std::vec::IntoIter<Batch>>,
}

/// A node or an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Element {
    Node(NodeId),
    Edge(EdgeId),
}

/// Of a change that waits for the others, with its place among those that are assigned, about.
const CHANGE_BYTES: usize = 160;

/// A change whose value is known.
enum Change {
    Property(Element, PropertyKey, Option<wend_storage::Value>),
    Replace(Element, Properties),
    Labels { node: NodeId, add: Vec<LabelId>, remove: Vec<LabelId> },
}

impl Set {
    pub(super) fn new(input: BoxOperator, items: Vec<SetItem>) -> Self {
        Set { input, items, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let batches = collect(&mut self.input, None, st)?;
        let mut changes = Vec::new();
        let mut assigned = FxHashMap::default();
        let (mut held, mut counted) = (Held::default(), 0);
        for batch in &batches {
            for row in 0..batch.len() {
                for item in &self.items {
                    compute(item, batch, row, st, &mut changes, &mut assigned)?;
                }
                held.take(st, (changes.len() - counted) * CHANGE_BYTES, "SET")?;
                counted = changes.len();
            }
        }
        for (position, change) in changes.into_iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            apply(change, st)?;
            st.count_changes()?;
        }
        Ok(batches)
    }
}

impl Operator for Set {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.done.is_none() {
            self.done = Some(self.run(st)?.into_iter());
        }
        Ok(self.done.as_mut().and_then(Iterator::next))
    }
}

/// Computes one item for one row. Setting one property to two different values is an error (22G0M).
fn compute(
    item: &SetItem,
    batch: &Batch,
    row: usize,
    st: &Statement,
    changes: &mut Vec<Change>,
    assigned: &mut FxHashMap<(Element, PropertyKey), GroupKey>,
) -> Result<()> {
    match item {
        SetItem::Property { element, key, value, span } => {
            let Some(target) = element_at(batch, *element, row, *span)? else { return Ok(()) };
            let value = eval(value, batch, row, st)?;
            assign(target, key, &value, *span, st, changes, assigned)
        }
        SetItem::Properties { element, value, add, span } => {
            let Some(target) = element_at(batch, *element, row, *span)? else { return Ok(()) };
            let fields: Vec<_> = match eval(value, batch, row, st)? {
                Value::Record(fields) => fields.to_vec(),
                source @ (Value::Node(_) | Value::Edge(_)) => super::element::properties(st, &source)?,
                Value::Null if *add => return Ok(()),
                other => {
                    return Err(Error::value_type(format!(
                        "the properties of an element are a RECORD, not {}",
                        other.type_name()
                    ))
                    .at(*span));
                }
            };
            if let Some((name, _)) = fields.iter().find(|(name, _)| &**name == "_id") {
                return Err(Error::rule(format!("`{name}` cannot be changed")).at(*span));
            }
            if *add {
                return fields.iter().try_for_each(|(name, value)| {
                    assign(target, &PropertyName::new(name), value, *span, st, changes, assigned)
                });
            }
            let mut properties = Properties::new();
            for (name, value) in &fields {
                if let Some(stored) = value.to_stored().map_err(|error| error.at(*span))? {
                    properties.push((st.tx.intern_property_key(name)?, stored));
                }
            }
            changes.push(Change::Replace(target, properties));
            Ok(())
        }
        SetItem::AddLabels { element, labels, span } => {
            change_labels(batch, *element, row, *span, changes, intern(labels, st)?, Vec::new())
        }
        SetItem::RemoveLabels { element, labels, span } => {
            change_labels(batch, *element, row, *span, changes, Vec::new(), intern(labels, st)?)
        }
    }
}

fn intern(labels: &[LabelName], st: &Statement) -> Result<Vec<LabelId>> {
    labels.iter().map(|label| label.intern(&st.tx)).collect()
}

fn assign(
    target: Element,
    name: &PropertyName,
    value: &Value,
    span: Span,
    st: &Statement,
    changes: &mut Vec<Change>,
    assigned: &mut FxHashMap<(Element, PropertyKey), GroupKey>,
) -> Result<()> {
    let key = match name.key(&st.tx)? {
        Some(key) => key,
        // Nothing has the property, so there is none to remove.
        None if value.is_null() => return Ok(()),
        None => name.intern(&st.tx)?,
    };
    let stored = value.to_stored().map_err(|error| error.at(span))?;
    let value = GroupKey(value.clone());
    match assigned.get(&(target, key)) {
        Some(other) if *other != value => {
            return Err(
                Error::data("22G0M", format!("`{}` of one element is set to two different values", name.name)).at(span)
            );
        }
        Some(_) => return Ok(()),
        None => assigned.insert((target, key), value),
    };
    changes.push(Change::Property(target, key, stored));
    Ok(())
}

fn change_labels(
    batch: &Batch,
    slot: usize,
    row: usize,
    span: Span,
    changes: &mut Vec<Change>,
    add: Vec<LabelId>,
    remove: Vec<LabelId>,
) -> Result<()> {
    match element_at(batch, slot, row, span)? {
        None => Ok(()),
        Some(Element::Node(node)) => {
            changes.push(Change::Labels { node, add, remove });
            Ok(())
        }
        Some(Element::Edge(_)) => Err(Error::value_type("the label of an edge cannot be changed").at(span)),
    }
}

/// The element in a cell; `None` for NULL, to which nothing is done.
fn element_at(batch: &Batch, slot: usize, row: usize, span: Span) -> Result<Option<Element>> {
    if let Some(node) = batch.node(slot, row) {
        return Ok(Some(Element::Node(node)));
    }
    if let Some(edge) = batch.edge(slot, row) {
        return Ok(Some(Element::Edge(edge.edge)));
    }
    match batch.value(slot, row) {
        Value::Null => Ok(None),
        other => Err(Error::value_type(format!(
            "only nodes and edges have properties and labels, not {}",
            other.type_name()
        ))
        .at(span)),
    }
}

fn apply(change: Change, st: &Statement) -> Result<()> {
    let (tx, graph) = (&st.tx, st.graph);
    match &change {
        Change::Property(Element::Node(node), ..) | Change::Replace(Element::Node(node), _) => st.touch_node(*node),
        Change::Property(Element::Edge(edge), ..) | Change::Replace(Element::Edge(edge), _) => st.touch_edge(*edge),
        Change::Labels { node, .. } => st.touch_labels(*node),
    }
    let mut count = st.changes.lock();
    match change {
        Change::Property(target, key, value) => {
            if value.is_some() {
                count.properties_set += 1;
            } else {
                count.properties_removed += 1;
            }
            match target {
                Element::Node(node) => tx.set_node_property(graph, node, key, value)?,
                Element::Edge(edge) => tx.set_edge_property(graph, edge, key, value)?,
            }
        }
        Change::Replace(target, properties) => {
            count.properties_set += properties.len() as u64;
            match target {
                Element::Node(node) => tx.replace_node_properties(graph, node, properties)?,
                Element::Edge(edge) => tx.replace_edge_properties(graph, edge, properties)?,
            }
        }
        Change::Labels { node, add, remove } => {
            let Some(mut labels) = tx.node_labels_of(graph, node)? else { return Ok(()) };
            let before = labels.clone();
            labels.extend(add);
            labels.retain(|label| !remove.contains(label));
            labels.sort_unstable();
            labels.dedup();
            count.labels_added += labels.iter().filter(|label| !before.contains(label)).count() as u64;
            count.labels_removed += before.iter().filter(|label| !labels.contains(label)).count() as u64;
            if labels != before {
                tx.set_node_labels(graph, node, &labels)?;
            }
        }
    }
    Ok(())
}
