//! The one description of an algorithm, from which argument checks, listings, completion and reference pages come.

use std::borrow::Cow;

/// What an algorithm is called, takes and gives.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Name without the prefix `algo.`: `"node2vec"`.
    pub name: &'static str,
    /// Family it belongs to: `"embedding"`.
    pub category: &'static str,
    /// One sentence for a listing.
    pub summary: &'static str,
    /// A few paragraphs for the reference page: meaning, method, papers, cost.
    pub doc: &'static str,
    /// Its own parameters; those of [`Common`](crate::core::arguments::Common) come on top.
    pub parameters: &'static [Parameter],
    /// Result columns. The first is `nodeId`, unless the rows are a table of their own.
    pub columns: &'static [ColumnDescription],
    /// Figures of the mode `stats`.
    pub stats: &'static [ColumnDescription],
}

impl Description {
    /// Whether it learns from examples that the database makes: it has the parameters `entity` and `horizon`.
    pub fn makes_examples(&self) -> bool {
        ["entity", "horizon"].iter().all(|name| self.parameters.iter().any(|parameter| parameter.name == *name))
    }

    /// The name of its parameter with a role, if it has one.
    pub fn parameter_with(&self, role: ParameterRole) -> Option<&'static str> {
        self.parameters.iter().find(|parameter| parameter.role == role).map(|parameter| parameter.name)
    }

    /// The result column of this name.
    pub fn column(&self, name: &str) -> Option<&'static ColumnDescription> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether its rows can be given out in blocks: they are nodes, and have vectors.
    pub fn has_blocks(&self) -> bool {
        let of_nodes = self.columns.iter().any(|column| column.role == ColumnRole::Node);
        of_nodes && self.columns.iter().any(ColumnDescription::is_vector)
    }

    /// The columns of rows that are blocks of nodes, in the mode `stream`.
    pub fn block_columns(&self) -> &'static [ColumnDescription] {
        if self.has_blocks() { &BLOCK_COLUMNS } else { &[] }
    }

    /// Whether its rows are nodes or edges, so that they can be written as properties.
    pub fn has_identity(&self) -> bool {
        self.columns.iter().any(ColumnDescription::is_identity)
    }
}

/// One named argument of an algorithm.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Name as written in a call: `"walkLength"`.
    pub name: &'static str,
    /// Type and range.
    pub kind: ParameterKind,
    /// What holds when it is left out or NULL.
    pub default: DefaultValue,
    /// What it means to those who run the algorithm.
    pub role: ParameterRole,
    /// What it means, one or two sentences.
    pub doc: &'static str,
}

/// What a parameter means to those who run the algorithm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ParameterRole {
    /// Nothing: it is the algorithm's own affair.
    #[default]
    Plain,
    /// The trained model is kept under this name.
    SaveModel,
    /// The saved model of this name is applied.
    UseModel,
    /// Training goes on from the saved model of this name.
    StartModel,
    /// The saved model that wrote this property is applied.
    ModelOfProperty,
    /// Only what is there by this moment is seen.
    Moment,
    /// Predictions are for this moment.
    PredictedMoment,
    /// The property that holds times; where a call has a moment and names none, what the graph's tables say.
    TimeProperty,
}

/// Type and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ParameterKind {
    /// An integer from `min` to `max`, both included; the ends of `i64` mean no limit.
    Int {
        /// Smallest value taken.
        min: i64,
        /// Largest value taken.
        max: i64,
    },
    /// A finite number; an integer is taken too.
    Float {
        /// Lower end of the range; `f64::NEG_INFINITY` = none.
        min: f64,
        /// Whether `min` itself is refused.
        above: bool,
        /// Upper end of the range, included; `f64::INFINITY` = none.
        max: f64,
    },
    /// TRUE or FALSE.
    Bool,
    /// Any text.
    String,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A list of texts; one text alone is taken as a list of one.
    Strings,
    /// A list of integers of at least `min`; one alone is taken as a list of one.
    Ints {
        /// Smallest value taken.
        min: i64,
    },
    /// Any value; the algorithm checks it. The text names what it takes: `STRING | RECORD`.
    Any(&'static str),
}

impl ParameterKind {
    /// The type as listings show it: `INT`, `LIST<STRING>`.
    pub fn type_name(&self) -> &'static str {
        match self {
            ParameterKind::Int { .. } => "INT",
            ParameterKind::Float { .. } => "FLOAT",
            ParameterKind::Bool => "BOOL",
            ParameterKind::String | ParameterKind::Choice(_) => "STRING",
            ParameterKind::Strings => "LIST<STRING>",
            ParameterKind::Ints { .. } => "LIST<INT>",
            ParameterKind::Any(name) => name,
        }
    }

    /// The values taken, as listings show them: `1..4096`, `>= 2`, `> 0, finite`; empty when any will do.
    pub fn range(&self) -> String {
        match *self {
            ParameterKind::Int { min: i64::MIN, max: i64::MAX } => String::new(),
            ParameterKind::Int { min, max: i64::MAX } => format!(">= {min}"),
            ParameterKind::Int { min: i64::MIN, max } => format!("<= {max}"),
            ParameterKind::Int { min, max } => format!("{min}..{max}"),
            ParameterKind::Float { min, above, max } => {
                let low = if above { ">" } else { ">=" };
                match (min.is_finite(), max.is_finite()) {
                    (true, true) => format!("{low} {min}, <= {max}"),
                    (true, false) => format!("{low} {min}, finite"),
                    (false, true) => format!("<= {max}, finite"),
                    (false, false) => "finite".to_owned(),
                }
            }
            ParameterKind::Choice(choices) => choices.join(" | "),
            ParameterKind::Ints { min } => format!("each >= {min}"),
            ParameterKind::Bool | ParameterKind::String | ParameterKind::Strings | ParameterKind::Any(_) => {
                String::new()
            }
        }
    }
}

/// What holds when a parameter is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum DefaultValue {
    /// No value; the text says what that means: `"all"`.
    Absent(&'static str),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    String(&'static str),
}

impl DefaultValue {
    /// The default as listings show it.
    pub fn text(&self) -> Cow<'static, str> {
        match *self {
            DefaultValue::Absent(text) | DefaultValue::String(text) => Cow::Borrowed(text),
            DefaultValue::Int(value) => Cow::Owned(value.to_string()),
            // {:?} keeps the point: 1.0, not 1.
            DefaultValue::Float(value) => Cow::Owned(format!("{value:?}")),
            DefaultValue::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        }
    }
}

/// What a column of a result is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColumnRole {
    /// A value.
    #[default]
    Value,
    /// The node that a row is about.
    Node,
    /// The edge that a row is about.
    Edge,
}

/// One column of a result, or one figure of the mode `stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDescription {
    /// What it is.
    pub role: ColumnRole,
    /// Name as YIELD takes it.
    pub name: &'static str,
    /// GQL type: `STRING`, `VECTOR`, `INT`, `FLOAT`.
    pub type_name: &'static str,
    /// What it holds.
    pub doc: &'static str,
}

/// See [`Description::block_columns`].
static BLOCK_COLUMNS: [ColumnDescription; 2] = [
    ColumnDescription::new("nodeIds", "LIST<STRING>", "With blockSize: the _ids of the nodes of a block."),
    ColumnDescription::new(
        "matrix",
        "BYTES",
        "With blockSize: their vectors one after the other, as little-endian 32-bit floats.",
    ),
];

impl ColumnDescription {
    /// A column of values.
    pub const fn new(name: &'static str, type_name: &'static str, doc: &'static str) -> Self {
        ColumnDescription { role: ColumnRole::Value, name, type_name, doc }
    }

    /// The `_id` of the node that a row is about.
    pub const fn node_id() -> Self {
        ColumnDescription { role: ColumnRole::Node, name: "nodeId", type_name: "STRING", doc: "The node's _id." }
    }

    /// The id of the edge that a row is about.
    pub const fn edge_id(doc: &'static str) -> Self {
        ColumnDescription { role: ColumnRole::Edge, name: "edgeId", type_name: "STRING", doc }
    }

    /// The edge that a row is about, under another name than `edgeId`.
    pub const fn edge(name: &'static str, doc: &'static str) -> Self {
        ColumnDescription { role: ColumnRole::Edge, name, type_name: "STRING", doc }
    }

    /// Whether it says which node or edge a row is about.
    pub fn is_identity(&self) -> bool {
        matches!(self.role, ColumnRole::Node | ColumnRole::Edge)
    }

    /// Whether it holds vectors.
    pub fn is_vector(&self) -> bool {
        self.type_name == "VECTOR"
    }
}
