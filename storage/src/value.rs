//! The values a property can have, the numbers that name things, and the records.

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(transparent)]
        pub struct $name(pub $inner);
    };
}

number!(
    /// The stored number of a node. Numbers grow in insertion order and are never used twice.
    NodeId(u64)
);
number!(
    /// The stored number of an edge. Numbers grow in insertion order and are never used twice.
    EdgeId(u64)
);
number!(
    /// The number of a graph in a database.
    GraphId(u32)
);
number!(
    /// The number of a label. Node and edge labels share one space.
    LabelId(u32)
);
number!(
    /// The number of a property key.
    PropertyKey(u32)
);

number!(
    /// The number of an index.
    IndexId(u32)
);

/// A property's value. NULL is the absence of a property, so it is `None` where it may occur.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// BOOL.
    Bool(bool),
    /// INT64.
    Int(i64),
    /// FLOAT64.
    Float(f64),
    /// STRING.
    String(String),
    /// BYTES.
    Bytes(Vec<u8>),
    /// DATE: days since 1970-01-01.
    Date(i32),
    /// LOCAL TIME: nanoseconds of the day.
    LocalTime(i64),
    /// ZONED TIME: nanoseconds of the local day, and the offset from UTC.
    ZonedTime {
        /// Nanoseconds of the local day.
        nanos: i64,
        /// Offset from UTC.
        offset_seconds: i32,
    },
    /// LOCAL DATETIME.
    LocalDateTime {
        /// Seconds since 1970-01-01T00:00:00, local.
        seconds: i64,
        /// Nanoseconds of the second.
        nanos: u32,
    },
    /// ZONED DATETIME.
    ZonedDateTime {
        /// Seconds since 1970-01-01T00:00:00 UTC.
        seconds: i64,
        /// Nanoseconds of the second.
        nanos: u32,
        /// Offset from UTC.
        offset_seconds: i32,
        /// The time zone's name, when it was given by name.
        zone: Option<String>,
    },
    /// DURATION.
    Duration {
        /// Whole months.
        months: i64,
        /// Whole days.
        days: i64,
        /// Whole seconds.
        seconds: i64,
        /// Nanoseconds.
        nanos: i32,
    },
    /// LIST; `None` is a NULL element.
    List(Vec<Option<Value>>),
    /// RECORD; `None` is a NULL field.
    Record(Vec<(String, Option<Value>)>),
    /// VECTOR.
    Vector(Vec<f32>),
}

/// The properties of a node or an edge, sorted by key, each key at most once.
pub type Properties = Vec<(PropertyKey, Value)>;

/// A node as stored, with the vectors of its vector sets among the properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeRecord {
    /// The node's `_id`.
    pub id: String,
    /// The node's labels, sorted.
    pub labels: Vec<LabelId>,
    /// The node's properties, sorted by key.
    pub properties: Properties,
}

/// An edge as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeRecord {
    /// The edge's label.
    pub label: LabelId,
    /// The node the edge comes from.
    pub from: NodeId,
    /// The node the edge goes to.
    pub to: NodeId,
    /// The edge's properties, sorted by key.
    pub properties: Properties,
}

/// An edge as seen from one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Adjacent {
    /// The edge's label.
    pub label: LabelId,
    /// The edge.
    pub edge: EdgeId,
    /// The node at the other end.
    pub node: NodeId,
    /// Whether the edge leaves the node asked about (a self-loop does).
    pub outgoing: bool,
}

/// Which edges of a node are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Edges that leave the node.
    Out,
    /// Edges that arrive at the node.
    In,
    /// Both; a self-loop is seen once.
    Both,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reading one snapshot.
    Read,
    /// Reading one snapshot and the transaction's own writes, and writing.
    Write,
}

/// Puts properties in the stored order; of a key given twice the last value counts.
pub(crate) fn normalise(mut properties: Properties) -> Properties {
    if !properties.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        properties.sort_by_key(|(key, _)| *key);
        properties.reverse();
        properties.dedup_by_key(|(key, _)| *key);
        properties.reverse();
    }
    properties
}

/// Labels sorted, each once.
pub(crate) fn normal_labels(labels: &[LabelId]) -> Vec<LabelId> {
    let mut labels = labels.to_vec();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// The value of a key among sorted properties.
pub(crate) fn value_of(properties: &Properties, key: PropertyKey) -> Option<&Value> {
    let at = properties.binary_search_by_key(&key, |(key, _)| *key).ok()?;
    Some(&properties[at].1)
}

/// Puts a value in its place in sorted properties, or takes it out.
pub(crate) fn place(properties: &mut Properties, key: PropertyKey, value: Option<Value>) {
    match (properties.binary_search_by_key(&key, |(key, _)| *key), value) {
        (Ok(at), Some(value)) => properties[at].1 = value,
        (Ok(at), None) => drop(properties.remove(at)),
        (Err(at), Some(value)) => properties.insert(at, (key, value)),
        (Err(_), None) => {}
    }
}
