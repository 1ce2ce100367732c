//! Where tables come from: what a source says of its tables, and how it gives out their rows.

use wend_storage::Value as Stored;

use crate::{
    error::Result,
    function::cast::{parse_bool, parse_float, parse_int},
    import::{cell::parse, kind::Kind},
    value::Value,
};

/// A source of tables: a file, a server, or tables in memory.
///
/// All reads of one source are of the same state of it: a source that others may change reads within one snapshot.
pub trait TableSource: Send {
    /// What it is, for messages: a path, an address without its password.
    fn name(&self) -> String;

    /// Its tables, and what it has besides that is no table.
    ///
    /// # Errors
    /// When the source cannot be read.
    fn tables(&mut self) -> Result<SourceTables>;

    /// Gives out the rows of a table, of which these columns are wanted, by their places in [`SourceTable::columns`]. The order of rows
    /// is the same each time. `row` gets the wanted columns in the order of `columns`.
    ///
    /// # Errors
    /// When the source cannot be read, and the first error of `row`, after which it is not called again.
    fn read(&mut self, table: usize, columns: &[usize], row: &mut dyn FnMut(&dyn TableRow) -> Result<()>)
    -> Result<()>;
}

/// A row of a table.
pub trait TableRow {
    /// The value of a wanted column, by its place among those wanted.
    fn cell(&self, place: usize) -> Cell<'_>;
}

/// A value as a source has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text; also a value of another type that is written as text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A value of the database.
    Value(Value),
}

/// What a source has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceTables {
    /// The tables.
    pub tables: Vec<SourceTable>,
    /// What it has that is no table, and why not: `("film_list", "a view")`.
    pub left_out: Vec<(String, String)>,
    /// Whether keys and foreign keys that nobody declares are looked for where the caller does not say.
    pub infers: bool,
}

/// A table of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceTable {
    /// Its name as written.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<SourceColumn>,
    /// The columns of its declared primary key; empty where it has none.
    pub key: Vec<String>,
    /// Its declared foreign keys.
    pub foreign_keys: Vec<SourceForeignKey>,
    /// How many rows it has.
    pub rows: Option<u64>,
}

/// A column of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceColumn {
    /// Its name as written.
    pub name: String,
    /// The type of its values; `None` where each value has a type of its own.
    pub kind: Option<Kind>,
}

/// A declared foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceForeignKey {
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that it refers to.
    pub table: String,
    /// The columns there; empty for the primary key.
    pub referenced: Vec<String>,
}

impl SourceTable {
    /// The place of a column.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The type of a column's values.
    pub(super) fn kind(&self, name: &str) -> Option<&Kind> {
        self.columns.iter().find(|column| column.name == name)?.kind.as_ref()
    }
}

/// The value of a cell in a column of this type. The error is that it is of another.
pub(super) fn stored(kind: Option<&Kind>, cell: Cell<'_>) -> Result<Option<Stored>, ()> {
    let cell = match cell {
        Cell::Null => return Ok(None),
        Cell::Value(value) => return value.to_stored().map_err(|_| ()),
        cell => cell,
    };
    let Some(kind) = kind else {
        return Ok(Some(match cell {
            Cell::Bool(value) => Stored::Bool(value),
            Cell::Int(value) => Stored::Int(value),
            Cell::Float(value) => Stored::Float(value),
            Cell::Text(text) => Stored::String(text.to_owned()),
            Cell::Bytes(bytes) => Stored::Bytes(bytes.to_vec()),
            Cell::Null | Cell::Value(_) => return Ok(None),
        }));
    };
    let value = match (kind, &cell) {
        (Kind::Int, Cell::Int(value)) => Some(Stored::Int(*value)),
        (Kind::Int, Cell::Bool(value)) => Some(Stored::Int((*value).into())),
        (Kind::Int, Cell::Float(value)) => whole(*value).map(Stored::Int),
        (Kind::Int, Cell::Text(text)) => parse_int(text.trim()).map(Stored::Int),
        (Kind::Float, Cell::Int(value)) => Some(Stored::Float(*value as f64)),
        (Kind::Float, Cell::Float(value)) => Some(Stored::Float(*value)),
        (Kind::Float, Cell::Text(text)) => parse_float(text.trim()).map(Stored::Float),
        (Kind::Bool, Cell::Bool(value)) => Some(Stored::Bool(*value)),
        (Kind::Bool, Cell::Int(value @ (0 | 1))) => Some(Stored::Bool(*value == 1)),
        (Kind::Bool, Cell::Text(text)) => truth(text.trim()).map(Stored::Bool),
        (Kind::String, Cell::Text(text)) => Some(Stored::String((*text).to_owned())),
        (Kind::String, Cell::Int(value)) => Some(Stored::String(value.to_string())),
        (Kind::String, Cell::Float(value)) => Some(Stored::String(Value::Float(*value).to_string())),
        (Kind::String, Cell::Bool(value)) => Some(Stored::String(value.to_string())),
        (Kind::Bytes, Cell::Bytes(bytes)) => Some(Stored::Bytes(bytes.to_vec())),
        // A date with the time of midnight is one all the same.
        (Kind::Date, Cell::Text(text)) => date(text),
        (kind, Cell::Text(text)) => return parse(kind, text).ok_or(()),
        _ => None,
    };
    value.map(Some).ok_or(())
}

fn date(text: &str) -> Option<Stored> {
    let (date, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let midnight =
        time.strip_prefix([' ', 'T']).is_some_and(|time| time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')));
    let text = if midnight { date } else { text };
    parse(&Kind::Date, text).flatten()
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "y" | "Y" | "yes" => Some(true),
        "0" | "f" | "F" | "n" | "N" | "no" => Some(false),
        text => parse_bool(text),
    }
}

/// The integer that a number is.
pub(super) fn whole(value: f64) -> Option<i64> {
    // Beyond this not every integer is a number, and a cast would saturate.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

/// Whether a value can be a key. Tables of numbers in memory have no NULL: there NaN stands for it.
pub(super) fn is_key(value: &Stored) -> bool {
    !matches!(value, Stored::Float(number) if number.is_nan())
}

/// Appends a value as it stands in the `_id` of a node: a key and a reference to it give the same text, also where one is written as
/// an integer and the other as a number or a text.
pub(super) fn push_key(value: &Stored, out: &mut String) {
    use std::fmt::Write;
    // Writing to a text does not fail.
    let _ = match value {
        Stored::String(text) => {
            out.push_str(text);
            Ok(())
        }
        Stored::Int(value) => write!(out, "{value}"),
        Stored::Float(value) => match whole(*value) {
            Some(value) => write!(out, "{value}"),
            None => write!(out, "{}", Value::Float(*value)),
        },
        other => write!(out, "{}", Value::from_stored(other.clone())),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_values_of_their_column() {
        let text = |kind: Kind, text| stored(Some(&kind), Cell::Text(text)).map(|value| value.map(Value::from_stored));
        let shown = |kind, cell| text(kind, cell).unwrap().unwrap().to_string();
        assert_eq!(shown(Kind::Date, "2009-01-01 00:00:00"), "2009-01-01");
        assert_eq!(shown(Kind::LocalDateTime, "2009-01-01"), "2009-01-01T00:00:00");
        assert_eq!(shown(Kind::ZonedDateTime, "2013-01-01 10:00:00+00"), "2013-01-01T10:00:00Z");
        assert!(text(Kind::Date, "2009-01-01 10:00:00").is_err() && text(Kind::Int, "x").is_err());
        assert_eq!(stored(Some(&Kind::Bool), Cell::Int(1)), Ok(Some(Stored::Bool(true))));
        assert!(
            stored(Some(&Kind::Bool), Cell::Int(2)).is_err() && stored(Some(&Kind::Int), Cell::Float(0.5)).is_err()
        );
        assert_eq!(stored(Some(&Kind::Int), Cell::Float(5.0)), Ok(Some(Stored::Int(5))));
        assert_eq!(stored(None, Cell::Text("x")), Ok(Some(Stored::String("x".to_owned()))));
        assert_eq!(stored(Some(&Kind::Int), Cell::Null), Ok(None));
    }

    #[test]
    fn keys_are_the_same_text_in_every_type() {
        let key = |value: Stored| {
            let mut text = String::new();
            push_key(&value, &mut text);
            text
        };
        for value in [Stored::Int(12), Stored::Float(12.0), Stored::String("12".to_owned())] {
            assert_eq!(key(value), "12");
        }
        assert_eq!(key(Stored::Date(0)), "1970-01-01");
        assert_eq!(key(Stored::Float(0.5)), "0.5");
    }
}
