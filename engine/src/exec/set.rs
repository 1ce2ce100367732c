//! SET and REMOVE. All values are computed before anything is changed, so `SET a.x = b.x, b.x = a.x` swaps.
//!
//! The items of a SET, and the rows that it has, have no order: they say together what an element is to be. A map that is set as
//! a whole is the ground, and what items set of single properties is on it. Two that disagree are an error (22G0M), whether they
//! are two items, two rows, or two variables for one element.

use rustc_hash::FxHashMap;
use wend_storage::{EdgeId, LabelId, NodeId, Properties, PropertyKey};

use super::operator::{BoxOperator, Operator, collect};
use crate::{
    error::{Error, Result, Span},
    memory::Held,
    plan::{LabelSource, SetItem, Target, expr::PropertyName},
    runtime::{batch::Batch, element::deleted, eval::eval, statement::Statement},
    value::{GroupKey, Value, size::value_bytes},
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
    Labels { node: NodeId, add: Vec<LabelId>, remove: Vec<LabelId> },
}

/// All properties of an element, in the order of their keys.
struct Whole {
    values: Vec<(PropertyKey, GroupKey)>,
    properties: Properties,
    span: Span,
}

impl Whole {
    fn value(&self, key: PropertyKey) -> Option<&GroupKey> {
        self.values.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }
}

/// What one SET or REMOVE does.
#[derive(Default)]
struct Changes {
    /// Elements that get all their properties anew, in the order in which they are first named.
    replaced: Vec<Element>,
    wholes: FxHashMap<Element, Whole>,
    /// The rest, in order.
    list: Vec<Change>,
    assigned: FxHashMap<(Element, PropertyKey), GroupKey>,
    /// NULLs given to properties that nothing had then.
    nothing: Vec<(Element, std::sync::Arc<str>, Span)>,
    /// What all of it takes, about.
    bytes: usize,
}

impl Set {
    pub(super) fn new(input: BoxOperator, items: Vec<SetItem>) -> Self {
        Set { input, items, done: None }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Batch>> {
        let batches = collect(&mut self.input, None, st)?;
        let mut changes = Changes::default();
        let (mut held, mut counted) = (Held::default(), 0);
        for batch in &batches {
            for row in 0..batch.len() {
                if row % 256 == 0 {
                    st.cancel.check()?;
                }
                for item in &self.items {
                    changes.compute(item, batch, row, st)?;
                }
                held.take(&st.memory, changes.bytes - counted, "SET")?;
                counted = changes.bytes;
            }
        }
        changes.apply(st)?;
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

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.done = None;
    }
}

impl Changes {
    /// Counts a change to a value, which is held twice: to be compared, and to be stored.
    fn count(&mut self, value: &Value) {
        self.bytes += CHANGE_BYTES + 2 * value_bytes(value);
    }

    /// Computes one item for one row.
    fn compute(&mut self, item: &SetItem, batch: &Batch, row: usize, st: &Statement) -> Result<()> {
        match item {
            SetItem::Property { target, key, value, span } => {
                let Some(element) = element_at(batch, target, row, st)? else { return Ok(()) };
                let value = eval(value, batch, row, st)?;
                self.assign(element, key, &value, *span, st)
            }
            SetItem::Properties { target, value, add, span } => {
                let Some(element) = element_at(batch, target, row, st)? else { return Ok(()) };
                let fields: Vec<_> = match eval(value, batch, row, st)? {
                    Value::Record(fields) => fields.to_vec(),
                    source @ (Value::Node(_) | Value::Edge(_)) => {
                        crate::runtime::element::properties(st, &source).map_err(|error| error.at(*span))?
                    }
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
                        self.assign(element, &PropertyName::new(name), value, *span, st)
                    });
                }
                self.replace(element, target, fields, *span, st)
            }
            SetItem::Keyed { target, key, value, span } => {
                let Some(element) = element_at(batch, target, row, st)? else { return Ok(()) };
                let name = match eval(key, batch, row, st)? {
                    Value::String(name) if &*name == "_id" => {
                        return Err(Error::rule("`_id` cannot be changed")
                            .with_hint("INSERT a new node with the other `_id`")
                            .at(key.span));
                    }
                    Value::String(name) => PropertyName::new(&name),
                    other => {
                        return Err(Error::value_type(format!(
                            "the key of a property is a STRING, not {}",
                            other.type_name()
                        ))
                        .at(key.span));
                    }
                };
                let value = eval(value, batch, row, st)?;
                self.assign(element, &name, &value, *span, st)
            }
            SetItem::AddLabels { target, labels } => {
                let labels = intern(labels, batch, row, st)?;
                self.labels(batch, target, row, st, labels, Vec::new())
            }
            SetItem::RemoveLabels { target, labels } => {
                let labels = intern(labels, batch, row, st)?;
                self.labels(batch, target, row, st, Vec::new(), labels)
            }
        }
    }

    /// Sets one property.
    fn assign(
        &mut self,
        element: Element,
        name: &PropertyName,
        value: &Value,
        span: Span,
        st: &Statement,
    ) -> Result<()> {
        let key = match name.key(&st.tx)? {
            Some(key) => key,
            // Nothing has the property, so there is none to remove; but another item or row may set it.
            None if value.is_null() => {
                self.nothing.push((element, name.name.clone(), span));
                self.bytes += CHANGE_BYTES;
                return Ok(());
            }
            None => name.intern(&st.tx)?,
        };
        let stored = value.to_stored().map_err(|error| error.at(span))?;
        let value = GroupKey(value.clone());
        match self.assigned.get(&(element, key)) {
            Some(other) if *other != value => Err(two_values(&name.name).at(span)),
            Some(_) => Ok(()),
            None => {
                self.count(&value.0);
                self.assigned.insert((element, key), value);
                self.list.push(Change::Property(element, key, stored));
                Ok(())
            }
        }
    }

    /// Sets all properties of an element; a NULL among them is as if it were not written.
    fn replace(
        &mut self,
        element: Element,
        target: &Target,
        fields: Vec<(std::sync::Arc<str>, Value)>,
        span: Span,
        st: &Statement,
    ) -> Result<()> {
        let mut whole = Whole { values: Vec::new(), properties: Properties::new(), span };
        for (name, value) in fields {
            if let Some(stored) = value.to_stored().map_err(|error| error.at(span))? {
                let key = st.tx.intern_property_key(&name)?;
                whole.values.push((key, GroupKey(value)));
                whole.properties.push((key, stored));
            }
        }
        whole.values.sort_by_key(|(key, _)| *key);
        whole.properties.sort_by_key(|(key, _)| *key);
        match self.wholes.get(&element) {
            Some(other) if other.values != whole.values => Err(Error::data(
                "22G0M",
                format!("the properties of one element, `{}`, are set to two different records", target.name),
            )
            .with_hint("a node or edge is there in several rows: keep one of them, or set each property with `+=`")
            .at(span)),
            Some(_) => Ok(()),
            None => {
                self.replaced.push(element);
                self.bytes += CHANGE_BYTES;
                whole.values.iter().for_each(|(_, value)| self.count(&value.0));
                self.wholes.insert(element, whole);
                Ok(())
            }
        }
    }

    fn labels(
        &mut self,
        batch: &Batch,
        target: &Target,
        row: usize,
        st: &Statement,
        add: Vec<LabelId>,
        remove: Vec<LabelId>,
    ) -> Result<()> {
        match element_at(batch, target, row, st)? {
            None => Ok(()),
            Some(Element::Node(node)) => {
                self.list.push(Change::Labels { node, add, remove });
                Ok(())
            }
            Some(Element::Edge(_)) => Err(Error::value_type("the label of an edge cannot be changed").at(target.span)),
        }
    }

    /// Makes the changes: whole sets of properties first, then what is set on them.
    fn apply(mut self, st: &Statement) -> Result<()> {
        for (&(element, key), value) in &self.assigned {
            if let Some(whole) = self.wholes.get(&element)
                && whole.value(key).is_some_and(|other| other != value)
            {
                return Err(two_values(&st.tx.property_key_name(key)?).at(whole.span));
            }
        }
        for (element, name, span) in &self.nothing {
            let Some(key) = st.tx.property_key(name)? else { continue };
            let set = self.assigned.get(&(*element, key)).is_some_and(|value| !value.0.is_null());
            if set || self.wholes.get(element).is_some_and(|whole| whole.value(key).is_some()) {
                return Err(two_values(name).at(*span));
            }
        }
        for (position, &element) in self.replaced.iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            let Some(whole) = self.wholes.get_mut(&element) else { continue };
            replace(element, std::mem::take(&mut whole.properties), st)?;
            st.count_changes()?;
        }
        for (position, change) in self.list.into_iter().enumerate() {
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            match change {
                // The same value is there already.
                Change::Property(element, key, _)
                    if self.wholes.get(&element).is_some_and(|whole| whole.value(key).is_some()) => {}
                // So is none.
                Change::Property(element, _, None) if self.wholes.contains_key(&element) => {}
                Change::Property(element, key, value) => set_property(element, key, value, st)?,
                Change::Labels { node, add, remove } => set_labels(node, add, &remove, st)?,
            }
            st.count_changes()?;
        }
        Ok(())
    }
}

fn two_values(property: &str) -> Error {
    Error::data("22G0M", format!("`{property}` of one element is set to two different values"))
}

fn intern(labels: &[LabelSource], batch: &Batch, row: usize, st: &Statement) -> Result<Vec<LabelId>> {
    let mut found = Vec::with_capacity(labels.len());
    for label in labels {
        match label {
            LabelSource::Name(name) => found.push(name.intern(&st.tx)?),
            LabelSource::Dynamic(names) => {
                let value = eval(names, batch, row, st)?;
                let wrong = |other: &Value| {
                    Error::value_type(format!("a label is a STRING, not {}", other.type_name())).at(names.span)
                };
                let mut name = |value: &Value| match value {
                    Value::String(name) if !name.is_empty() => {
                        found.push(st.tx.intern_label(name)?);
                        Ok(())
                    }
                    Value::String(_) => Err(Error::rule("a label cannot be empty").at(names.span)),
                    other => Err(wrong(other)),
                };
                match &value {
                    Value::List(items) => items.iter().try_for_each(&mut name)?,
                    one => name(one)?,
                }
            }
        }
    }
    Ok(found)
}

/// The element in a cell; `None` for NULL, to which nothing is done.
fn element_at(batch: &Batch, target: &Target, row: usize, st: &Statement) -> Result<Option<Element>> {
    let element = if let Some(node) = batch.node(target.slot, row) {
        Element::Node(node)
    } else if let Some(edge) = batch.edge(target.slot, row) {
        Element::Edge(edge.edge)
    } else {
        return match batch.value(target.slot, row) {
            Value::Null => Ok(None),
            other => Err(Error::value_type(format!(
                "only nodes and edges have properties and labels, not {}",
                other.type_name()
            ))
            .at(target.span)),
        };
    };
    let there = !st.has_deleted()
        || match element {
            Element::Node(node) => st.tx.node_exists(st.graph, node)?,
            Element::Edge(edge) => st.tx.edge_exists(st.graph, edge)?,
        };
    if there { Ok(Some(element)) } else { Err(deleted(&format!("`{}`", target.name)).at(target.span)) }
}

fn replace(element: Element, properties: Properties, st: &Statement) -> Result<()> {
    st.changes.lock().properties_set += properties.len() as u64;
    match element {
        Element::Node(node) => {
            st.touch_node(node);
            st.tx.replace_node_properties(st.graph, node, properties)?;
        }
        Element::Edge(edge) => {
            st.touch_edge(edge);
            st.tx.replace_edge_properties(st.graph, edge, properties)?;
        }
    }
    Ok(())
}

fn set_property(element: Element, key: PropertyKey, value: Option<wend_storage::Value>, st: &Statement) -> Result<()> {
    let mut count = st.changes.lock();
    if value.is_some() {
        count.properties_set += 1;
    } else {
        count.properties_removed += 1;
    }
    drop(count);
    match element {
        Element::Node(node) => {
            st.touch_node(node);
            st.tx.set_node_property(st.graph, node, key, value)?;
        }
        Element::Edge(edge) => {
            st.touch_edge(edge);
            st.tx.set_edge_property(st.graph, edge, key, value)?;
        }
    }
    Ok(())
}

fn set_labels(node: NodeId, add: Vec<LabelId>, remove: &[LabelId], st: &Statement) -> Result<()> {
    st.touch_labels(node);
    let mut labels = st.tx.node_labels_of(st.graph, node)?.ok_or_else(|| deleted("the node"))?;
    let before = labels.clone();
    labels.extend(add);
    labels.retain(|label| !remove.contains(label));
    labels.sort_unstable();
    labels.dedup();
    let mut count = st.changes.lock();
    count.labels_added += labels.iter().filter(|label| !before.contains(label)).count() as u64;
    count.labels_removed += before.iter().filter(|label| !labels.contains(label)).count() as u64;
    drop(count);
    if labels != before {
        st.tx.set_node_labels(st.graph, node, &labels)?;
    }
    Ok(())
}
