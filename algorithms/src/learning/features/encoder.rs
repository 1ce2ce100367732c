//! One fitted encoder: what all encodings have in common.

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

/// Some columns of a row-major matrix.
pub(super) struct Block<'a> {
    pub data: &'a mut [f32],
    /// Columns of the whole matrix.
    pub stride: usize,
    /// The first of the columns.
    pub first: usize,
    pub width: usize,
}

impl Block<'_> {
    /// These columns of each row in turn.
    pub fn rows(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let (first, width) = (self.first, self.width);
        self.data.chunks_exact_mut(self.stride.max(1)).map(move |row| &mut row[first..first + width])
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
    pub fn encode(&self, values: &Values, rows: &[u32], mut block: Block<'_>) {
        match self {
            Encoder::Number(number) => number.encode(values, rows, &mut block),
            Encoder::Bool(flag) => flag.encode(values, rows, &mut block),
            Encoder::Category(category) => category.encode(values, rows, &mut block),
            Encoder::Text(text) => text.encode(values, rows, &mut block),
            Encoder::Time(time) => time.encode(values, rows, &mut block),
            Encoder::Bag(bag) => bag.encode(values, rows, &mut block),
            Encoder::Vector(vectors) => vectors.encode(values, rows, &mut block),
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
