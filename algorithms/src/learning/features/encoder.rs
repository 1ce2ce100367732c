//! One fitted encoder: what all encodings have in common.

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

/// The type of a column, as far as encoders tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    Bools,
    Numbers,
    Texts,
    Times,
    Vectors { width: usize },
    TextLists,
}

impl Kind {
    /// The kind of a column; `None` for those that no encoding takes.
    pub fn of(values: &Values) -> Option<Kind> {
        match values {
            Values::Bools(_) => Some(Kind::Bools),
            Values::Numbers { .. } => Some(Kind::Numbers),
            Values::Texts { .. } => Some(Kind::Texts),
            Values::Times(_) => Some(Kind::Times),
            Values::Vectors { width, .. } => Some(Kind::Vectors { width: *width }),
            Values::TextLists { .. } => Some(Kind::TextLists),
            Values::Nulls { .. } | Values::Other { .. } => None,
        }
    }

    /// The encodings that take it, the usual one first.
    pub fn encodings(self) -> &'static [Encoding] {
        match self {
            Kind::Bools => &[Encoding::Bool, Encoding::Number, Encoding::Category],
            Kind::Numbers => &[Encoding::Number, Encoding::Category, Encoding::Bool, Encoding::Time],
            Kind::Texts => &[Encoding::Category, Encoding::Text],
            Kind::Times => &[Encoding::Time, Encoding::Number, Encoding::Category],
            Kind::Vectors { .. } => &[Encoding::Vector],
            Kind::TextLists => &[Encoding::Bag],
        }
    }

    /// What it is, for messages.
    pub fn text(self) -> String {
        match self {
            Kind::Bools => "BOOL".to_owned(),
            Kind::Numbers => "a number".to_owned(),
            Kind::Texts => "STRING".to_owned(),
            Kind::Times => "a date or time".to_owned(),
            Kind::Vectors { width } => format!("a vector of {width}"),
            Kind::TextLists => "LIST<STRING>".to_owned(),
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
