//! Rows as structs, by serde.

use serde::de::{Deserialize, DeserializeOwned};

use super::{Row, Rows};
use crate::{error::Result, value::deserialize::RowSource};

impl Rows {
    /// The rows as values of a Rust type, by serde: a struct or map takes columns by their names (`#[serde(rename =
    /// "p.name")]` for a column that is no Rust name), a tuple by their places. Columns that the type does not ask for
    /// are left out.
    ///
    /// Records become structs, lists and vectors sequences, BYTES a `Vec<u8>` or `serde_bytes`, times their own types,
    /// those of jiff or chrono, or texts; nodes are `{_id, labels, properties}` and edges `{_id, label, from, to,
    /// properties}`, or [`Node`] and
    /// [`Edge`]. NULL needs an `Option`. A field of the type [`Value`] takes anything.
    ///
    /// # Errors
    /// Each row's own: 42002 when there is no column for a field, 22G03 with the column, what was expected and what was
    /// found.
    ///
    /// [`Node`]: crate::Node
    /// [`Edge`]: crate::Edge
    /// [`Value`]: crate::Value
    ///
    /// ```
    /// use wenddb::{Database, Date};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Person {
    ///     #[serde(rename = "p.name")]
    ///     name: String,
    ///     #[serde(rename = "p.born")]
    ///     born: Option<Date>,
    ///     address: Address,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Address {
    ///     lines: Vec<String>,
    /// }
    ///
    /// let mut session = Database::in_memory()?.session();
    /// session.execute("INSERT (:Person {name: 'Ann', born: DATE '1990-05-01', street: 'Am Markt 1'})", ())?;
    /// let text = "MATCH (p:Person) RETURN p.name, p.born, {lines: [p.street]} AS address";
    /// for person in session.execute(text, ())?.deserialize::<Person>() {
    ///     let person = person?;
    ///     assert_eq!((person.name.as_str(), person.born.map(Date::year)), ("Ann", Some(1990)));
    ///     assert_eq!(person.address.lines, ["Am Markt 1"]);
    /// }
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn deserialize<T: DeserializeOwned>(self) -> impl Iterator<Item = Result<T>> {
        self.map(|row| row?.deserialize())
    }
}

impl Row {
    /// The row as a value of a Rust type, by serde, which may borrow from it; see [`Rows::deserialize`].
    ///
    /// # Errors
    /// 42002 when there is no column for a field, 22G03 with the column, what was expected and what was found.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let row = session.row("RETURN 'Ann' AS name, 44 AS age", ())?;
    /// assert_eq!(row.deserialize::<(&str, u8)>()?, ("Ann", 44));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn deserialize<'de, T: Deserialize<'de>>(&'de self) -> Result<T> {
        T::deserialize(RowSource { columns: &self.columns, values: &self.values })
            .map_err(|error| error.into_error(&self.columns))
    }
}
