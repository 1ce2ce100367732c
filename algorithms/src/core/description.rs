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
    /// Its own parameters; those of [`common_parameters`] come on top.
    pub parameters: &'static [Parameter],
    /// Result columns. The first is `nodeId`, unless the rows are a table of their own.
    pub columns: &'static [ColumnDescription],
    /// Figures of the mode `stats`.
    pub stats: &'static [ColumnDescription],
}

impl Description {
    /// Its own parameters and then those of every algorithm.
    pub fn all_parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        self.parameters.iter().chain(common_parameters())
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
    /// What it means, one or two sentences.
    pub doc: &'static str,
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

/// One column of a result, or one figure of the mode `stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDescription {
    /// Name as YIELD takes it.
    pub name: &'static str,
    /// GQL type: `STRING`, `VECTOR`, `INT`, `FLOAT`.
    pub type_name: &'static str,
    /// What it holds.
    pub doc: &'static str,
}

/// The parameters of every algorithm.
pub fn common_parameters() -> &'static [Parameter] {
    &[
        Parameter {
            name: "nodeLabels",
            kind: ParameterKind::Strings,
            default: DefaultValue::Absent("all"),
            doc: "Only nodes with at least one of these labels are seen, and edges between them.",
        },
        Parameter {
            name: "edgeLabels",
            kind: ParameterKind::Strings,
            default: DefaultValue::Absent("all"),
            doc: "Only edges with one of these labels are seen.",
        },
        Parameter {
            name: "weight",
            kind: ParameterKind::String,
            default: DefaultValue::Absent("every edge weighs 1"),
            doc: "The edge property that holds the weight: a finite number of at least 0; absent on an edge = 1.",
        },
        Parameter {
            name: "seed",
            kind: ParameterKind::Int { min: i64::MIN, max: i64::MAX },
            default: DefaultValue::Int(42),
            doc: "Seed of all random numbers: the same seed, parameters and graph give the same bits.",
        },
        Parameter {
            name: "concurrency",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Absent("all cores"),
            doc: "Most threads to use. The result does not depend on it.",
        },
        Parameter {
            name: "maxMemory",
            kind: ParameterKind::Int { min: 1, max: i64::MAX },
            default: DefaultValue::Absent("the machine's"),
            doc: "Most bytes to use beyond the graph view. A run that would need more is refused before any work.",
        },
    ]
}
