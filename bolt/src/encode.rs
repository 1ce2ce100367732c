//! The engine's values as PackStream, in the structures of a version of Bolt.

use wenddb::{Edge, Node, Path, Value, ZonedDateTime};

use crate::{packstream::Encoder, version::Version};

/// The form in which values are sent on a connection.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// The version of the connection.
    pub version: Version,
    /// Whether instants are sent as seconds in UTC. Version 4.4 does so only when the client asked for it.
    pub utc: bool,
}

impl Dialect {
    /// The dialect of a version; `patched` = 4.4 with `patch_bolt: ["utc"]`.
    pub fn new(version: Version, patched: bool) -> Self {
        Dialect { version, utc: version.has_element_ids() || patched }
    }
}

/// Appends a value.
pub fn value(out: &mut Encoder, value_: &Value, dialect: Dialect) {
    match value_ {
        Value::Null => {
            out.null();
        }
        Value::Bool(value) => {
            out.bool(*value);
        }
        Value::Int(value) => {
            out.int(*value);
        }
        Value::Float(value) => {
            out.float(*value);
        }
        Value::String(text) => {
            out.string(text);
        }
        Value::Bytes(bytes) => {
            out.bytes(bytes);
        }
        Value::Date(date) => {
            out.structure(b'D', 1).int(date.days().into());
        }
        Value::LocalTime(time) => {
            out.structure(b't', 1).int(time.nanos());
        }
        Value::ZonedTime(time) => {
            out.structure(b'T', 2).int(time.local().nanos()).int(time.offset_seconds().into());
        }
        Value::LocalDateTime(at) => {
            out.structure(b'd', 2).int(at.seconds()).int(at.nanosecond().into());
        }
        Value::ZonedDateTime(at) => zoned(out, at, dialect),
        Value::Duration(duration) => {
            out.structure(b'E', 4).int(duration.months()).int(duration.days());
            out.int(duration.seconds()).int(duration.nanos().into());
        }
        Value::List(items) => {
            out.list(items.len());
            items.iter().for_each(|item| value(out, item, dialect));
        }
        Value::Record(fields) => {
            out.map(fields.len());
            for (name, field) in fields.iter() {
                out.string(name);
                value(out, field, dialect);
            }
        }
        Value::Vector(numbers) => vector(out, numbers, dialect),
        Value::Node(found) => node(out, found, dialect),
        Value::Edge(found) => edge(out, found, dialect),
        Value::Path(found) => path(out, found, dialect),
        // A kind of value that is newer than this crate.
        other => {
            out.string(&other.to_string());
        }
    }
}

fn zoned(out: &mut Encoder, at: &ZonedDateTime, dialect: Dialect) {
    let seconds = if dialect.utc { at.seconds() } else { at.local().seconds() };
    let tag = match (dialect.utc, at.zone().is_some()) {
        (true, false) => b'I',
        (true, true) => b'i',
        (false, false) => b'F',
        (false, true) => b'f',
    };
    out.structure(tag, 3).int(seconds).int(at.nanosecond().into());
    match at.zone() {
        Some(zone) => out.string(zone),
        None => out.int(at.offset_seconds().into()),
    };
}

fn vector(out: &mut Encoder, numbers: &[f32], dialect: Dialect) {
    if dialect.version.has_vectors() {
        out.structure(b'V', 2).bytes(&[0xc6]).bytes_head(numbers.len() * 4);
        numbers.iter().for_each(|number| {
            out.raw(&number.to_be_bytes());
        });
    } else {
        out.list(numbers.len());
        numbers.iter().for_each(|&number| {
            out.float(number.into());
        });
    }
}

fn properties<'v>(out: &mut Encoder, properties: impl Iterator<Item = (&'v str, &'v Value)>, dialect: Dialect) {
    let properties: Vec<_> = properties.collect();
    out.map(properties.len());
    for (name, property) in properties {
        out.string(name);
        value(out, property, dialect);
    }
}

fn node(out: &mut Encoder, node: &Node, dialect: Dialect) {
    let ids = dialect.version.has_element_ids();
    out.structure(b'N', if ids { 4 } else { 3 }).int(number(node.number()));
    let labels: Vec<_> = node.labels().collect();
    out.list(labels.len());
    labels.into_iter().for_each(|label| {
        out.string(label);
    });
    // `_id` is sent as a property too: clients of 4.4 have no other way to read it.
    let id = Value::from(node.id());
    properties(out, std::iter::once(("_id", &id)).chain(node.properties()), dialect);
    if ids {
        out.string(node.id());
    }
}

fn edge(out: &mut Encoder, edge: &Edge, dialect: Dialect) {
    let ids = dialect.version.has_element_ids();
    let (from, to) = edge.end_numbers();
    out.structure(b'R', if ids { 8 } else { 5 }).int(number(edge.number())).int(number(from)).int(number(to));
    out.string(edge.label());
    properties(out, edge.properties(), dialect);
    if ids {
        out.string(&edge.id()).string(edge.from()).string(edge.to());
    }
}

/// A path: its nodes and edges once each, then its steps as indices into both lists.
fn path(out: &mut Encoder, path: &Path, dialect: Dialect) {
    let mut nodes: Vec<&Node> = Vec::new();
    let mut edges: Vec<&Edge> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut node_at: Vec<i64> = Vec::new();
    for found in path.nodes() {
        let place = *places.entry(found.number()).or_insert_with(|| {
            nodes.push(found);
            nodes.len() as i64 - 1
        });
        node_at.push(place);
    }
    let mut places = std::collections::HashMap::new();
    let mut steps = Vec::new();
    for (position, found) in path.edges().iter().enumerate() {
        let place = *places.entry(found.number()).or_insert_with(|| {
            edges.push(found);
            edges.len() as i64
        });
        let before = path.nodes().get(position).map(Node::number);
        steps.push(if before == Some(found.end_numbers().0) { place } else { -place });
        steps.push(node_at.get(position + 1).copied().unwrap_or(0));
    }
    out.structure(b'P', 3).list(nodes.len());
    nodes.into_iter().for_each(|found| node(out, found, dialect));
    out.list(edges.len());
    for found in edges {
        let ids = dialect.version.has_element_ids();
        out.structure(b'r', if ids { 4 } else { 3 }).int(number(found.number())).string(found.label());
        properties(out, found.properties(), dialect);
        if ids {
            out.string(&found.id());
        }
    }
    out.list(steps.len());
    steps.into_iter().for_each(|step| {
        out.int(step);
    });
}

/// A stored number as an integer of Bolt. Numbers count from 0 and do not come near the end of the range.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
