//! The values of GQL as the library's users see them.

mod compare;
pub(crate) mod convert;
pub(crate) mod deserialize;
mod display;
pub(crate) mod float_sum;
mod json;
pub(crate) mod moment;
mod serialize;
pub(crate) mod shape;
pub(crate) mod size;
mod stored;
pub(crate) mod temporal;

use std::sync::Arc;

use wend_storage::{EdgeId, NodeId};

pub use compare::GroupKey;
pub(crate) use compare::compare_int_float;
pub use convert::FromValue;
pub use json::check_json_integers;
pub use temporal::{Date, Duration, LocalDateTime, LocalTime, ZonedDateTime, ZonedTime};

/// A value. Cloning is cheap: everything of variable size is shared.
///
/// `==` is the structural equality of Rust, for tests and for programs that look for changes; it is not GQL's `=`,
/// which has three truth values. NULL equals NULL. Values of different types differ: `Int(1)` is not `Float(1.0)`, a
/// VECTOR is no LIST. Floats compare as in Rust: `-0.0` equals `0.0`, and NaN equals nothing, so that `Value` is not
/// `Eq`. Records are equal with the same fields in the same order, ZONED values as instants, durations by their length
/// (`P1D` equals `PT24H`), nodes and edges with the same number and the same content, so that a node before and after a
/// change differs from itself.
///
/// Values are serialized as what they hold, without a tag for their type: see [`Value::to_json`], which JSON through
/// serde equals. Deserialized from a format they are what [`Value::from_json`] makes; from a row
/// ([`Row::deserialize`](crate::Row::deserialize)) they keep their types.
///
/// ```
/// use wenddb::Value;
///
/// assert_eq!(Value::from(vec![Some(1i64), None]), Value::List([Value::Int(1), Value::Null].into()));
/// assert_ne!(Value::Int(1), Value::Float(1.0));
/// let record = Value::record([("at", "1970-01-01".parse::<wenddb::Date>()?)]);
/// assert_eq!(serde_json::to_string(&record).unwrap(), r#"{"at":"1970-01-01"}"#);
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// `BOOL`
    Bool(bool),
    /// `INT64`
    Int(i64),
    /// `FLOAT64`
    Float(f64),
    /// `STRING`
    String(Arc<str>),
    /// `BYTES`
    Bytes(Arc<[u8]>),
    /// `DATE`
    Date(Date),
    /// `LOCAL TIME`
    LocalTime(LocalTime),
    /// `ZONED TIME`
    ZonedTime(ZonedTime),
    /// `LOCAL DATETIME`
    LocalDateTime(LocalDateTime),
    /// `ZONED DATETIME`
    ZonedDateTime(ZonedDateTime),
    /// `DURATION`
    Duration(Duration),
    /// `LIST`
    List(Arc<[Value]>),
    /// `RECORD`, fields in the order written
    Record(Arc<[(Arc<str>, Value)]>),
    /// `VECTOR`: 32-bit floats of a fixed number
    Vector(Arc<[f32]>),
    /// A node of a graph.
    Node(Node),
    /// An edge of a graph.
    Edge(Edge),
    /// A path of a graph.
    Path(Path),
}

/// A node. In results it carries its `_id`, labels and properties as they were for the statement.
///
/// ```
/// # let mut session = wenddb::Database::in_memory()?.session();
/// session.execute("INSERT (:City {_id: 'ulm', area: 119})", ())?;
/// let node: wenddb::Node = session.value("MATCH (c:City) RETURN c", ())?;
/// assert_eq!((node.id(), node.labels().collect::<Vec<_>>()), ("ulm", vec!["City"]));
/// assert_eq!(node.property("area"), Some(&wenddb::Value::Int(119)));
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub(crate) number: NodeId,
    pub(crate) content: Option<Arc<NodeContent>>,
}

/// What a node carries.
#[derive(Debug, PartialEq)]
pub(crate) struct NodeContent {
    pub(crate) id: Arc<str>,
    pub(crate) labels: Vec<Arc<str>>,
    pub(crate) properties: Vec<(Arc<str>, Value)>,
}

/// An edge. In results it carries its label, the `_id`s of its end nodes and its properties.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    pub(crate) reference: EdgeRef,
    pub(crate) content: Option<Arc<EdgeContent>>,
}

/// An edge's number with its label and end nodes, which matching always knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EdgeRef {
    pub(crate) edge: EdgeId,
    pub(crate) label: wend_storage::LabelId,
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
}

/// What an edge carries.
#[derive(Debug, PartialEq)]
pub(crate) struct EdgeContent {
    pub(crate) label: Arc<str>,
    pub(crate) from: Arc<str>,
    pub(crate) to: Arc<str>,
    pub(crate) properties: Vec<(Arc<str>, Value)>,
}

/// A path: nodes and edges in turn, beginning and ending with a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub(crate) nodes: Arc<[Node]>,
    pub(crate) edges: Arc<[Edge]>,
    /// The sum of its COST, of one that CHEAPEST found; two paths are the same whatever they cost.
    pub(crate) cost: Option<f64>,
}

/// From this number on nodes and edges are in no graph: they are made to show something, and carry all that can be asked of them.
/// Programs that hold numbers as 64-bit floats tell it from its neighbours.
pub(crate) const FIRST_VIRTUAL: u64 = 1 << 52;

/// What stands for the texts of a node or edge whose content was not read: only within a statement, never in its
/// result. No `_id` is looked for by it, and whoever prints it sees what is wrong.
const NOT_READ: &str = "(content not read)";

impl Node {
    pub(crate) fn new(number: NodeId) -> Self {
        Node { number, content: None }
    }

    /// A number that names the node within its database while it exists.
    pub fn number(&self) -> u64 {
        self.number.0
    }

    /// The node's `_id`.
    pub fn id(&self) -> &str {
        self.content.as_ref().map_or(NOT_READ, |content| &content.id)
    }

    /// Its labels in alphabetical order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.content.as_ref().into_iter().flat_map(|content| content.labels.iter().map(|label| &**label))
    }

    /// Its properties in alphabetical order.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.content
            .as_ref()
            .into_iter()
            .flat_map(|content| content.properties.iter().map(|(key, value)| (&**key, value)))
    }

    /// One property; `None` when the node has none of that key.
    pub fn property(&self, key: &str) -> Option<&Value> {
        self.properties().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

/// The text that names an edge within its database.
pub(crate) fn edge_name(edge: EdgeId) -> String {
    format!("e{}", edge.0)
}

impl Edge {
    pub(crate) fn new(reference: EdgeRef) -> Self {
        Edge { reference, content: None }
    }

    /// A number that names the edge within its database while it exists.
    pub fn number(&self) -> u64 {
        self.reference.edge.0
    }

    /// The numbers of the nodes it starts at and leads to.
    pub fn end_numbers(&self) -> (u64, u64) {
        (self.reference.from.0, self.reference.to.0)
    }

    /// A text that names the edge within its database; opaque, and stable while the edge exists.
    pub fn id(&self) -> String {
        edge_name(self.reference.edge)
    }

    /// Its label.
    pub fn label(&self) -> &str {
        self.content.as_ref().map_or(NOT_READ, |content| &content.label)
    }

    /// The `_id` of the node it starts at.
    pub fn from(&self) -> &str {
        self.content.as_ref().map_or(NOT_READ, |content| &content.from)
    }

    /// The `_id` of the node it leads to.
    pub fn to(&self) -> &str {
        self.content.as_ref().map_or(NOT_READ, |content| &content.to)
    }

    /// Its properties in alphabetical order.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.content
            .as_ref()
            .into_iter()
            .flat_map(|content| content.properties.iter().map(|(key, value)| (&**key, value)))
    }

    /// One property; `None` when the edge has none of that key.
    pub fn property(&self, key: &str) -> Option<&Value> {
        self.properties().find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

impl Path {
    /// Its nodes, one more than its edges.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Its edges in order.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }
}

impl Value {
    /// The name of the value's type, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "NULL",
            Value::Bool(_) => "BOOL",
            Value::Int(_) => "INT64",
            Value::Float(_) => "FLOAT64",
            Value::String(_) => "STRING",
            Value::Bytes(_) => "BYTES",
            Value::Date(_) => "DATE",
            Value::LocalTime(_) => "LOCAL TIME",
            Value::ZonedTime(_) => "ZONED TIME",
            Value::LocalDateTime(_) => "LOCAL DATETIME",
            Value::ZonedDateTime(_) => "ZONED DATETIME",
            Value::Duration(_) => "DURATION",
            Value::List(_) => "LIST",
            Value::Record(_) => "RECORD",
            Value::Vector(_) => "VECTOR",
            Value::Node(_) => "NODE",
            Value::Edge(_) => "EDGE",
            Value::Path(_) => "PATH",
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}
