//! One fitted encoder: the interface that all encodings share.

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::bag::Bag;
use super::category::Category;
use super::number::{Flag, Number};
use super::request::Encoding;
use super::text::Text;
use super::time::Time;
use super::vector::Vectors;
use crate::graph::property::Values;

/// The type of a column, as far as encoders distinguish types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ValueKind {
    Bools,
    Numbers,
    Texts,
    Times,
    Vectors { width: usize },
    TextLists,
}

impl ValueKind {
    /// The kind of a column; `None` for those that no encoding takes.
    pub fn of(values: &Values) -> Option<ValueKind> {
        match values {
            Values::Bools(_) => Some(ValueKind::Bools),
            Values::Numbers { .. } => Some(ValueKind::Numbers),
            Values::Texts { .. } => Some(ValueKind::Texts),
            Values::Times(_) => Some(ValueKind::Times),
            Values::Vectors { width, .. } => Some(ValueKind::Vectors { width: *width }),
            Values::TextLists { .. } => Some(ValueKind::TextLists),
            Values::Nulls { .. } | Values::Other { .. } => None,
        }
    }

    /// The encodings that take it, the usual one first.
    pub fn encodings(self) -> &'static [Encoding] {
        match self {
            ValueKind::Bools => &[Encoding::Bool, Encoding::Number, Encoding::Category],
            ValueKind::Numbers => &[Encoding::Number, Encoding::Category, Encoding::Bool, Encoding::Time],
            ValueKind::Texts => &[Encoding::Category, Encoding::Text],
            ValueKind::Times => &[Encoding::Time, Encoding::Number, Encoding::Category],
            ValueKind::Vectors { .. } => &[Encoding::Vector],
            ValueKind::TextLists => &[Encoding::Bag],
        }
    }

    /// Its name in messages.
    pub fn text(self) -> String {
        match self {
            ValueKind::Bools => "BOOL".to_owned(),
            ValueKind::Numbers => "a number".to_owned(),
            ValueKind::Texts => "STRING".to_owned(),
            ValueKind::Times => "a date or time".to_owned(),
            ValueKind::Vectors { width } => format!("a vector of {width}"),
            ValueKind::TextLists => "LIST<STRING>".to_owned(),
        }
    }
}

/// One fitted encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Encoder {
    Number(Number),
    Bool(Flag),
    Category(Category),
    Text(Text),
    Time(Time),
    Vector(Vectors),
    Bag(Bag),
}

impl Encoder {
    /// The name that listings show.
    pub fn encoding(&self) -> Encoding {
        match self {
            Encoder::Number(_) => Encoding::Number,
            Encoder::Bool(_) => Encoding::Bool,
            Encoder::Category(_) => Encoding::Category,
            Encoder::Text(_) => Encoding::Text,
            Encoder::Time(_) => Encoding::Time,
            Encoder::Bag(_) => Encoding::Bag,
            Encoder::Vector(_) => Encoding::Vector,
        }
    }

    /// Dense columns.
    pub fn width(&self) -> usize {
        match self {
            Encoder::Number(number) => number.width(),
            Encoder::Bool(flag) => flag.width(),
            Encoder::Category(category) => category.width(),
            Encoder::Text(text) => text.width(),
            Encoder::Time(time) => time.width(),
            Encoder::Bag(bag) => bag.width(),
            Encoder::Vector(vectors) => vectors.width(),
        }
    }

    /// Rows and width of the learned table, for a category that has one.
    pub fn table(&self) -> Option<(usize, usize)> {
        match self {
            Encoder::Category(category) => category.table(),
            _ => None,
        }
    }

    /// Writes the dense columns, which are zero so far, of these rows.
    pub fn encode(&self, values: &Values, rows: &[u32], out: ArrayViewMut2<'_, f32>) {
        match self {
            Encoder::Number(number) => number.encode(values, rows, out),
            Encoder::Bool(flag) => flag.encode(values, rows, out),
            Encoder::Category(category) => category.encode(values, rows, out),
            Encoder::Text(text) => text.encode(values, rows, out),
            Encoder::Time(time) => time.encode(values, rows, out),
            Encoder::Bag(bag) => bag.encode(values, rows, out),
            Encoder::Vector(vectors) => vectors.encode(values, rows, out),
        }
    }

    /// The codes of these rows, for a category with a learned table.
    pub fn codes(&self, values: &Values, rows: &[u32]) -> Vec<u32> {
        match self {
            Encoder::Category(category) => category.codes(values, rows),
            _ => vec![0; rows.len()],
        }
    }
}
