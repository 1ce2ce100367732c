//! The properties of the nodes of a projection: those that procedures added, and those that are stored.

use std::time::Instant;

use wend_algorithms::{Needs, Orientation as Way};
use wend_storage::NodeId;

use super::super::argument::{Given, strings_in};
use super::super::change::{Element, set};
use super::super::rows::{Rows, int, text, texts};
use crate::{
    error::Result,
    plan::expr::PropertyName,
    projection::{Projection, unknown_property},
    runtime::{element::node_property, statement::Statement},
    value::{Value, moment::micros_now},
    view::Filter,
};

/// The values of a property at the nodes of a projection that have one of the labels.
fn values(
    st: &Statement,
    projection: &Projection,
    property: &str,
    labels: &Option<Vec<String>>,
) -> Result<Vec<(NodeId, Value)>> {
    let wanted = match labels {
        None => None,
        Some(labels) => Some(labels.iter().map(|label| st.tx.label(label)).collect::<Result<Vec<_>, _>>()?),
    };
    let has = |node: NodeId| -> Result<bool> {
        let Some(wanted) = &wanted else { return Ok(st.tx.node_exists(st.graph, node)?) };
        let labels = st.tx.node_labels_of(st.graph, node)?.unwrap_or_default();
        Ok(wanted.iter().flatten().any(|label| labels.contains(label)))
    };
    let mut found = Vec::new();
    if let Some(added) = projection.added.get(property) {
        for (position, (node, value)) in added.values.iter().enumerate() {
            if position % 1024 == 0 {
                st.cancel.check()?;
            }
            if has(*node)? {
                found.push((*node, value.clone()));
            }
        }
        return Ok(found);
    }
    let name = PropertyName::new(property);
    if name.key(&st.tx)?.is_none() {
        let known = projection.node_properties.iter().chain(projection.added.keys());
        return Err(unknown_property(&projection.name, property, known));
    }
    let filter = Filter::named(st, &projection.node_labels, &projection.edge_labels, &None)?;
    let form = filter.form(st, &Needs { weights: false, ..Needs::edges() })?;
    for (position, node) in filter.view(st, &form, Way::Natural)?.nodes().iter().enumerate() {
        if position % 1024 == 0 {
            st.cancel.check()?;
        }
        if has(*node)? {
            found.push((*node, node_property(st, *node, &name)?));
        }
    }
    Ok(found)
}

/// The labels that are asked for; `None` = all.
fn labels(given: &Given, position: usize) -> Result<Option<Vec<String>>> {
    let labels = match given.value(position) {
        Value::Null => return Ok(None),
        _ => given.strings(position)?,
    };
    Ok((!labels.contains(&"*")).then(|| labels.into_iter().map(str::to_owned).collect()))
}

/// `gds.graph.nodeProperties.stream`
pub(super) fn stream(st: &Statement, given: &Given) -> Result<Rows> {
    let projection = super::projection(st, given.string(0)?)?;
    let labels = labels(given, 2)?;
    let with_labels =
        given.map(3)?.iter().any(|(name, value)| &**name == "listNodeLabels" && *value == Value::Bool(true));
    let mut rows = Rows::new();
    for property in given.strings(1)? {
        for (node, value) in values(st, &projection, property, &labels)? {
            let value = match value {
                Value::Vector(numbers) => {
                    Value::List(numbers.iter().map(|&number| Value::Float(number.into())).collect())
                }
                value => value,
            };
            st.memory.take(crate::value::size::value_bytes(&value), "the properties of a projection")?;
            let of = match with_labels {
                false => Value::List([].into()),
                true => {
                    let labels = st.tx.node_labels_of(st.graph, node)?.unwrap_or_default();
                    texts(labels.into_iter().map(|label| st.tx.label_name(label)).collect::<Result<Vec<_>, _>>()?)
                }
            };
            rows.push(vec![Value::Int(node.0 as i64), text(property), value, of]);
        }
    }
    Ok(rows)
}

/// `gds.graph.nodeProperties.write`
pub(super) fn write(st: &Statement, given: &Given) -> Result<Rows> {
    let (name, started) = (given.string(0)?, Instant::now());
    let projection = super::projection(st, name)?;
    let labels = labels(given, 2)?;
    // A name, several, or maps from a property to the name it is written under.
    let mut names: Vec<(String, String)> = Vec::new();
    let items = match given.value(1) {
        Value::List(items) => items.to_vec(),
        one => vec![one.clone()],
    };
    for item in items {
        match &item {
            Value::String(name) => names.push((name.to_string(), name.to_string())),
            Value::Record(fields) => {
                let renamed = fields.iter().map(|(from, _)| Some((from.to_string(), strings_in(fields, from)?.pop()?)));
                names.extend(renamed.collect::<Option<Vec<_>>>().ok_or_else(|| given.wrong(1, "names of properties"))?);
            }
            _ => return Err(given.wrong(1, "names of properties")),
        }
    }
    let mut written = 0;
    for (from, to) in &names {
        if !projection.added.contains_key(from) {
            return Err(unknown_property(name, from, projection.added.keys())
                .with_hint("what is stored is in the graph already; procedures with .mutate add properties"));
        }
        for (position, (node, value)) in values(st, &projection, from, &labels)?.into_iter().enumerate() {
            if position % 1024 == 0 {
                st.cancel.check()?;
            }
            set(st, Element::Node(node), to, &value)?;
            written += 1;
        }
    }
    Ok(vec![vec![
        int(started.elapsed().as_millis() as u64),
        text(name),
        texts(names.into_iter().map(|(_, to)| to)),
        int(written),
        Value::Record(given.map(3)?.into()),
    ]])
}

/// `gds.graph.nodeProperties.drop`
pub(super) fn drop(st: &Statement, given: &Given) -> Result<Rows> {
    let name = given.string(0)?;
    super::projection(st, name)?;
    let properties: Vec<String> = given.strings(1)?.into_iter().map(str::to_owned).collect();
    let removed = st.database.projections().remove_properties(name, &properties, micros_now())?;
    Ok(vec![vec![text(name), texts(properties), int(removed)]])
}
