//! `gds.graph.project`: a part of the graph under a name.

use std::time::Instant;

use wend_algorithms::{AnyGraph, Needs, Orientation as Way};

use super::super::argument::{Fields, Given, field, list, map};
use super::super::rows::{Rows, int, text};
use super::figures::distribution;
use crate::{
    error::{Error, Result},
    projection::{Orientation, Projection},
    runtime::statement::Statement,
    value::{Value, moment::micros_now},
    view::Filter,
};

/// Names of labels, and the properties that are named with them.
struct Part {
    /// `None` = all.
    labels: Option<Vec<String>>,
    properties: Vec<String>,
    orientation: Orientation,
}

/// Which parameter is read.
#[derive(Clone, Copy)]
struct Reading {
    name: &'static str,
    /// What a label is called in it.
    label: &'static str,
}

const NODES: Reading = Reading { name: "nodeProjection", label: "label" };
const EDGES: Reading = Reading { name: "relationshipProjection", label: "type" };

impl Reading {
    fn error(self, message: &str) -> Error {
        Error::rule(format!("gds.graph.project: {}: {message}", self.name))
    }

    /// `'*'`, a label, several, or a map of a label to what is said of it.
    fn part(self, value: &Value) -> Result<Part> {
        let mut part = Part { labels: Some(Vec::new()), properties: Vec::new(), orientation: Orientation::default() };
        let mut orientations = Vec::new();
        let name = |part: &mut Part, name: &str| match (name, &mut part.labels) {
            ("*", labels) => *labels = None,
            (name, Some(labels)) => labels.push(name.to_owned()),
            _ => {}
        };
        match value {
            Value::String(text) => name(&mut part, text),
            Value::List(items) => {
                for item in items.iter() {
                    match item {
                        Value::String(text) => name(&mut part, text),
                        Value::Record(fields) => self.map(fields, &mut part, &mut orientations)?,
                        _ => return Err(self.error("it takes names of labels, or maps")),
                    }
                }
            }
            Value::Record(fields) => self.map(fields, &mut part, &mut orientations)?,
            _ => return Err(self.error("it takes '*', a name of a label, several, or a map")),
        }
        if part.labels.as_ref().is_some_and(Vec::is_empty) {
            return Err(self.error("it names no label; '*' is all"));
        }
        orientations.dedup();
        match orientations[..] {
            [] => {}
            [one] => part.orientation = one,
            _ => return Err(self.error("all edges of a projection have one orientation")),
        }
        Ok(part)
    }

    fn map(self, fields: Fields<'_>, part: &mut Part, orientations: &mut Vec<Orientation>) -> Result<()> {
        for (alias, of) in fields {
            let of: Fields<'_> = match of {
                Value::Record(of) => of,
                Value::String(label) if *label == *alias => &[],
                _ => return Err(self.error(&format!("`{alias}` takes a map, such as {{properties: ['p']}}"))),
            };
            match field(of, self.label) {
                None => {}
                Some(Value::String(label)) if *label == *alias => {}
                Some(other) => {
                    return Err(self.error(&format!("`{alias}` keeps the name of its label, {other}")));
                }
            }
            match (&**alias, &mut part.labels) {
                ("*" | "__ALL__", labels) => *labels = None,
                (alias, Some(labels)) => labels.push(alias.to_owned()),
                _ => {}
            }
            if let Some(properties) = field(of, "properties") {
                part.properties.append(&mut self.properties(properties)?);
            }
            for (name, value) in of {
                match (&**name, value) {
                    ("label" | "type" | "properties", _) | (_, Value::Null) => {}
                    ("orientation", Value::String(given)) => {
                        let known = Orientation::ALL.into_iter().find(|known| given.eq_ignore_ascii_case(known.name()));
                        orientations
                            .push(known.ok_or_else(|| self.error("an orientation is NATURAL, REVERSE or UNDIRECTED"))?);
                    }
                    ("aggregation", Value::String(given))
                        if ["NONE", "DEFAULT"].iter().any(|known| given.eq_ignore_ascii_case(known)) => {}
                    ("indexInverse", Value::Bool(_)) => {}
                    ("aggregation", _) => {
                        return Err(self.error("parallel edges stay, as aggregation: 'NONE' says"));
                    }
                    (name, _) => return Err(self.error(&format!("there is no `{name}`"))),
                }
            }
        }
        Ok(())
    }

    /// Names of properties, which keep their names.
    fn properties(self, value: &Value) -> Result<Vec<String>> {
        let wrong = || self.error("properties are names, and keep them: 'p', ['p'], {p: {property: 'p'}}");
        Ok(match value {
            Value::Null => Vec::new(),
            Value::String(name) => vec![name.to_string()],
            Value::List(items) => {
                let names = items.iter().map(|item| self.properties(item)).collect::<Result<Vec<_>>>()?;
                names.concat()
            }
            Value::Record(fields) => {
                for (name, of) in fields.iter() {
                    let property = match of {
                        Value::Record(of) => field(of, "property"),
                        of => Some(of),
                    };
                    match property {
                        None => {}
                        Some(Value::String(property)) if property == name => {}
                        Some(_) => return Err(wrong()),
                    }
                }
                fields.iter().map(|(name, _)| name.to_string()).collect()
            }
            _ => return Err(wrong()),
        })
    }
}

/// A projection from its two parts and the configuration, without a name.
pub(super) fn read(st: &Statement, nodes: &Value, edges: &Value, config: Fields<'_>) -> Result<Projection> {
    let (mut nodes, mut edges) = (NODES.part(nodes)?, EDGES.part(edges)?);
    for (reading, part, name) in [(NODES, &mut nodes, "nodeProperties"), (EDGES, &mut edges, "relationshipProperties")]
    {
        if let Some(properties) = field(config, name) {
            part.properties.append(&mut reading.properties(properties)?);
        }
        part.properties.sort();
        part.properties.dedup();
        for property in &part.properties {
            if st.tx.property_key(property)?.is_none() {
                return Err(reading.error(&format!("nothing has a property `{property}`")));
            }
        }
    }
    let filter = Filter::named(st, &nodes.labels, &edges.labels, &None)?;
    let form = filter.form(st, &Needs { weights: false, ..Needs::edges() })?;
    let view = filter.view(st, &form, Way::Natural)?;
    let Some(AnyGraph::Properties(graph)) = view.graph() else {
        return Err(Error::internal("a projection without its edges"));
    };
    let mut degrees = vec![0u64; view.nodes().len()];
    let mut count = |ends: &[u32]| ends.iter().for_each(|&end| degrees[end as usize] += 1);
    let (mut edge_count, orientation) = (graph.edge_count() as u64, edges.orientation);
    match orientation {
        Orientation::Natural => count(&graph.from),
        Orientation::Reverse => count(&graph.to),
        Orientation::Undirected => {
            count(&graph.from);
            count(&graph.to);
            edge_count *= 2;
        }
    }
    let show = |part: &Part, label: &str, more: &dyn Fn() -> Vec<(&'static str, Value)>| {
        let names = part.labels.clone().unwrap_or_else(|| vec!["__ALL__".to_owned()]);
        let properties = || {
            let one = |name: &String| (name.as_str().into(), map(vec![("property", text(name.as_str()))]));
            Value::Record(part.properties.iter().map(one).collect())
        };
        let one = |name: &String| {
            let of = if name == "__ALL__" { text("*") } else { text(name.as_str()) };
            let fields = [vec![(label, of)], more(), vec![("properties", properties())]].concat();
            (name.as_str().into(), map(fields))
        };
        Value::Record(names.iter().map(one).collect())
    };
    let node_projection = show(&nodes, "label", &Vec::new);
    let edge_projection =
        show(&edges, "type", &|| vec![("orientation", text(orientation.name())), ("aggregation", text("DEFAULT"))]);
    let now = micros_now();
    Ok(Projection {
        name: String::new(),
        graph: st.graph,
        node_labels: nodes.labels,
        edge_labels: edges.labels,
        orientation,
        node_properties: nodes.properties,
        edge_properties: edges.properties,
        node_projection,
        edge_projection,
        configuration: Value::Record(config.into()),
        degrees: distribution(degrees.into_iter().map(|degree| degree as f64).collect()),
        node_count: view.nodes().len() as u64,
        edge_count,
        bytes: view.bytes(),
        created_at: now,
        modified_at: now,
        added: Default::default(),
        added_edges: Default::default(),
    })
}

/// `gds.graph.project`
pub(super) fn project(st: &Statement, given: &Given) -> Result<Rows> {
    let started = Instant::now();
    let name = given.string(0)?;
    if name.trim().is_empty() {
        return Err(Error::rule("a projected graph needs a name"));
    }
    let projection = Projection { name: name.to_owned(), ..read(st, given.value(1), given.value(2), given.map(3)?)? };
    let row = vec![
        projection.node_projection.clone(),
        projection.edge_projection.clone(),
        text(name),
        int(projection.node_count),
        int(projection.edge_count),
        int(started.elapsed().as_millis() as u64),
    ];
    st.database.projections().add(projection)?;
    Ok(vec![row])
}

/// `gds.graph.project.estimate`
pub(super) fn estimate(st: &Statement, given: &Given) -> Result<Rows> {
    let projection = read(st, given.value(0), given.value(1), given.map(2)?)?;
    Ok(vec![estimate_row(st, projection.bytes, projection.node_count, projection.edge_count)])
}

/// What something would take, as the library says it.
pub(super) fn estimate_row(st: &Statement, bytes: u64, nodes: u64, edges: u64) -> Vec<Value> {
    let limit = st.memory.limit();
    let share = if limit == 0 { 0.0 } else { (bytes as f64 / limit as f64 * 1000.0).ceil() / 10.0 };
    let memory = match bytes {
        0..1024 => format!("{bytes} Bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes >> 20),
    };
    vec![
        text(memory.as_str()),
        text(format!("memory: {memory}")),
        map(vec![("name", text("memory")), ("memoryUsage", text(memory.as_str())), ("components", list(&[]))]),
        int(bytes),
        int(bytes),
        int(nodes),
        int(edges),
        Value::Float(share),
        Value::Float(share),
    ]
}
