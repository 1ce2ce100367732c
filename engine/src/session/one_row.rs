//! Short forms for statements with one row.

use super::{Session, Transaction};
use crate::{
    Params,
    error::{Error, Result},
    rows::Row,
    value::FromValue,
};

impl Session {
    /// Runs a statement whose result is one row.
    ///
    /// # Errors
    /// Those of [`Session::execute`], and those of [`Rows::single`](crate::Rows::single) when there is no row or a
    /// second one.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// session.execute("INSERT (:Person {_id: 'ann', name: 'Ann', age: 44})", ())?;
    /// let row = session.row("MATCH (p:Person {_id: $id}) RETURN p.name, p.age", [("id", "ann")])?;
    /// assert_eq!((row.get::<&str>("p.name")?, row.get::<u8>("p.age")?), ("Ann", 44));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn row(&mut self, gql: &str, params: impl Into<Params>) -> Result<Row> {
        self.execute(gql, params)?.single()
    }

    /// Runs a statement whose result is one value: one row of one column.
    ///
    /// # Errors
    /// As [`Session::row`]; 42000 when there are several columns, 22G03 when the value is of another type.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let count: i64 = session.value("MATCH (n) RETURN COUNT(*)", ())?;
    /// assert_eq!(count, 0);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn value<T: for<'a> FromValue<'a>>(&mut self, gql: &str, params: impl Into<Params>) -> Result<T> {
        let row = self.row(gql, params)?;
        match row.values() {
            [value] => T::from_value(value),
            several => {
                let message = format!("the result has {} columns, where one value was asked for", several.len());
                Err(Error::result("42000", message).with_hint(format!("they are {}", row.columns().join(", "))))
            }
        }
    }

    /// Runs a statement and tells whether its result has a row. Rows behind the first are not computed.
    ///
    /// # Errors
    /// Those of [`Session::execute`]; 42000 when the statement has no result table.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// assert!(!session.exists("MATCH (p:Person {_id: $id}) RETURN p", [("id", "ann")])?);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn exists(&mut self, gql: &str, params: impl Into<Params>) -> Result<bool> {
        let mut rows = self.execute(gql, params)?;
        rows.must_be_a_table()?;
        Ok(rows.next().transpose()?.is_some())
    }
}

impl Transaction<'_> {
    /// As [`Session::row`], in the transaction.
    ///
    /// # Errors
    /// See [`Session::row`].
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let mut transaction = session.transaction()?;
    /// let row = transaction.row("INSERT (c:Counter {n: 1}) RETURN c.n AS n, c", ())?;
    /// assert_eq!(row.get::<i64>("n")?, 1);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn row(&mut self, gql: &str, params: impl Into<Params>) -> Result<Row> {
        self.session.row(gql, params)
    }

    /// As [`Session::value`], in the transaction.
    ///
    /// # Errors
    /// See [`Session::value`].
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let mut transaction = session.transaction()?;
    /// transaction.execute("INSERT (:City), (:City)", ())?;
    /// assert_eq!(transaction.value::<i64>("MATCH (c:City) RETURN COUNT(*)", ())?, 2);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn value<T: for<'a> FromValue<'a>>(&mut self, gql: &str, params: impl Into<Params>) -> Result<T> {
        self.session.value(gql, params)
    }

    /// As [`Session::exists`], in the transaction.
    ///
    /// # Errors
    /// See [`Session::exists`].
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let mut transaction = session.transaction()?;
    /// transaction.execute("INSERT (:City {_id: 'ulm'})", ())?;
    /// assert!(transaction.exists("MATCH (c {_id: 'ulm'}) RETURN c", ())?);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn exists(&mut self, gql: &str, params: impl Into<Params>) -> Result<bool> {
        self.session.exists(gql, params)
    }
}
