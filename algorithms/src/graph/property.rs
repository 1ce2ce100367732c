//! A graph with what learning on it needs: node types, edge labels, directions, weights and property columns.
//!
//! A *node type* is a set of labels: nodes with the same labels have the same type, whose name is the labels in
//! alphabetical order joined by `&` (empty for a node without labels). Nodes and edges are in insertion order, so
//! that everything computed from them has the same bits in every run.

use std::sync::Arc;

use crate::core::error::Error;
use crate::graph::csr::NodeIndex;

/// A read-only property graph in columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PropertyGraph {
    /// Names of the node types, in order of their first node.
    pub node_types: Vec<Arc<str>>,
    /// The type of each node, as a position in `node_types`.
    pub node_type: Vec<u32>,
    /// Edge labels, in order of their first edge.
    pub edge_labels: Vec<Arc<str>>,
    /// The label of each edge, as a position in `edge_labels`.
    pub edge_label: Vec<u32>,
    /// Where each edge starts.
    pub from: Vec<NodeIndex>,
    /// Where each edge ends.
    pub to: Vec<NodeIndex>,
    /// The weight of each edge, finite and at least 0; `None` = all weigh 1.
    pub weights: Option<Vec<f64>>,
    /// Properties of nodes, one entry per node each, in order of name.
    pub node_properties: Vec<Property>,
    /// Properties of edges, one entry per edge each, in order of name.
    pub edge_properties: Vec<Property>,
    /// Names of node properties that an algorithm wrote: no features unless a call names them.
    pub written_of_nodes: Vec<Arc<str>>,
    /// The same of edges.
    pub written_of_edges: Vec<Arc<str>>,
    /// Of node types that come from tables with keys: the type's name and the properties that are keys, which are no features
    /// unless a call names them.
    pub keys_of_types: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl PropertyGraph {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.node_type.len()
    }

    /// Number of edges.
    pub fn edge_count(&self) -> usize {
        self.edge_label.len()
    }

    /// The property of nodes with this name.
    pub fn node_property(&self, name: &str) -> Option<&Property> {
        self.node_properties.iter().find(|property| &*property.name == name)
    }

    /// The property of edges with this name.
    pub fn edge_property(&self, name: &str) -> Option<&Property> {
        self.edge_properties.iter().find(|property| &*property.name == name)
    }

    /// Bytes this graph holds, nearly.
    pub fn memory_bytes(&self) -> u64 {
        let topology = self.node_type.len() * 4 + self.edge_label.len() * 12;
        let weights = self.weights.as_ref().map_or(0, |weights| weights.len() * 8);
        let properties = self.node_properties.iter().chain(&self.edge_properties);
        (topology + weights) as u64 + properties.map(|property| property.values.memory_bytes()).sum::<u64>()
    }
}

/// One property of all nodes or of all edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The property's name.
    pub name: Arc<str>,
    /// Its value at each node or edge.
    pub values: Values,
}

impl Property {
    /// Refuses numbers that are not finite, at nodes or edges (`owner`); absent ones are NaN. `what` the property is, for the
    /// message.
    pub(crate) fn check_finite(&self, what: &str, owner: &'static str) -> Result<(), Error> {
        let found = match &self.values {
            Values::Numbers { values, .. } => {
                let row = values.iter().position(|value| value.is_infinite());
                row.map(|row| (row, format!("is {}", if values[row] > 0.0 { "Infinity" } else { "-Infinity" })))
            }
            Values::Vectors { width, data, present } => {
                let broken = |row: usize| data[row * width..(row + 1) * width].iter().any(|number| !number.is_finite());
                let row = (0..present.len()).find(|&row| present[row] && broken(row));
                row.map(|row| (row, "has NaN or Infinity in it".to_owned()))
            }
            _ => None,
        };
        match found {
            None => Ok(()),
            Some((row, value)) => {
                let message = format!("the {what} {:?} {value}", self.name);
                Err(Error::BadValue { message, owner, row, hint: "set it to a finite number, or remove it" })
            }
        }
    }
}

/// Marks an absent text in [`Values::Texts`].
pub const NO_TEXT: u32 = u32::MAX;

/// A column of property values. Absent ones are NaN, `None` or [`NO_TEXT`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Absent everywhere.
    Nulls {
        /// Number of entries.
        rows: usize,
    },
    /// Truth values.
    Bools(Vec<Option<bool>>),
    /// Numbers; absent = NaN.
    Numbers {
        /// The numbers.
        values: Vec<f64>,
        /// Whether all were integers.
        integers: bool,
        /// The rows, ascending, whose integer `values` has only rounded, with the integer.
        wide: Vec<(usize, i64)>,
    },
    /// Texts, as positions in a list of the distinct ones in order of first use; absent = [`NO_TEXT`].
    Texts {
        /// The distinct texts.
        distinct: Vec<Arc<str>>,
        /// One position per row.
        codes: Vec<u32>,
    },
    /// Moments as seconds since 1970-01-01 00:00 (a date is its midnight; local ones as if UTC); absent = NaN.
    Times(Vec<f64>),
    /// Lists of numbers or vectors, all of one length.
    Vectors {
        /// Their length.
        width: usize,
        /// All rows one after the other, zeros where absent.
        data: Vec<f32>,
        /// Whether a row has a value.
        present: Vec<bool>,
    },
    /// Lists of texts: row `i` is `codes[offsets[i]..offsets[i + 1]]`.
    TextLists {
        /// The distinct texts.
        distinct: Vec<Arc<str>>,
        /// Where each row's list starts; one more at the end.
        offsets: Vec<usize>,
        /// Positions in `distinct`.
        codes: Vec<u32>,
        /// Whether a row has a value; an empty list is one.
        present: Vec<bool>,
    },
    /// Values that no encoding takes: bytes, durations, records, lists of several lengths or types, values of
    /// several types.
    Other {
        /// What they are, for a message: "lists of different lengths".
        what: String,
        /// Whether a row has a value.
        present: Vec<bool>,
    },
}

impl Values {
    /// Number of entries.
    pub fn rows(&self) -> usize {
        match self {
            Values::Nulls { rows } => *rows,
            Values::Bools(values) => values.len(),
            Values::Numbers { values, .. } | Values::Times(values) => values.len(),
            Values::Texts { codes, .. } => codes.len(),
            Values::Vectors { present, .. } | Values::TextLists { present, .. } | Values::Other { present, .. } => {
                present.len()
            }
        }
    }

    /// Whether row `row` has a value.
    pub fn is_present(&self, row: usize) -> bool {
        match self {
            Values::Nulls { .. } => false,
            Values::Bools(values) => values[row].is_some(),
            Values::Numbers { values, .. } | Values::Times(values) => !values[row].is_nan(),
            Values::Texts { codes, .. } => codes[row] != NO_TEXT,
            Values::Vectors { present, .. } | Values::TextLists { present, .. } | Values::Other { present, .. } => {
                present[row]
            }
        }
    }

    /// Takes the value of row `row` away.
    pub(crate) fn clear(&mut self, row: usize) {
        match self {
            Values::Nulls { .. } => {}
            Values::Bools(values) => values[row] = None,
            Values::Numbers { values, .. } | Values::Times(values) => values[row] = f64::NAN,
            Values::Texts { codes, .. } => codes[row] = NO_TEXT,
            Values::Vectors { present, data, width } => {
                present[row] = false;
                data[row * *width..(row + 1) * *width].fill(0.0);
            }
            Values::TextLists { present, .. } | Values::Other { present, .. } => present[row] = false,
        }
    }

    /// The integer in a row of [`Values::Numbers`], where all are integers, without rounding.
    pub fn integer_at(&self, row: usize) -> Option<i64> {
        match self {
            Values::Numbers { values, integers: true, wide } if !values[row].is_nan() => {
                let exact = wide.binary_search_by_key(&row, |entry| entry.0).ok().map(|place| wide[place].1);
                Some(exact.unwrap_or(values[row] as i64))
            }
            _ => None,
        }
    }

    /// What the values are, for messages and listings: `STRING`, `LIST<FLOAT>`.
    pub fn type_name(&self) -> &str {
        match self {
            Values::Nulls { .. } => "NULL",
            Values::Bools(_) => "BOOL",
            Values::Numbers { integers: true, .. } => "INT",
            Values::Numbers { .. } => "FLOAT",
            Values::Texts { .. } => "STRING",
            Values::Times(_) => "DATETIME",
            Values::Vectors { .. } => "VECTOR",
            Values::TextLists { .. } => "LIST<STRING>",
            Values::Other { what, .. } => what,
        }
    }

    fn memory_bytes(&self) -> u64 {
        let texts = |distinct: &[Arc<str>]| distinct.iter().map(|text| text.len() + 32).sum::<usize>();
        let bytes = match self {
            Values::Nulls { .. } => 0,
            Values::Bools(values) => values.len() * 2,
            Values::Numbers { values, wide, .. } => values.len() * 8 + wide.len() * 16,
            Values::Times(values) => values.len() * 8,
            Values::Texts { distinct, codes } => texts(distinct) + codes.len() * 4,
            Values::Vectors { data, present, .. } => data.len() * 4 + present.len(),
            Values::TextLists { distinct, offsets, codes, present } => {
                texts(distinct) + offsets.len() * 8 + codes.len() * 4 + present.len()
            }
            Values::Other { present, .. } => present.len(),
        };
        bytes as u64
    }
}
