//! Results of one row.

use super::{Row, Rows};
use crate::error::{Error, Result};

impl Rows {
    /// The only row of the result.
    ///
    /// # Errors
    /// Of the kind [`ErrorKind::Result`](crate::ErrorKind::Result): 02000 when there is no row, 22000 when there is a
    /// second one, 42000 when the statement has no result table. The errors of the statement.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// let row = session.execute("RETURN 1 AS one, 'x' AS text", ())?.single()?;
    /// assert_eq!((row.get::<i64>("one")?, row.get::<&str>("text")?), (1, "x"));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn single(self) -> Result<Row> {
        self.optional()?.ok_or_else(|| {
            let hint = "`optional` gives None then; `exists` tells whether there is a row";
            Error::result("02000", "the result has no row, where one was asked for").with_hint(hint)
        })
    }

    /// The only row of the result, or none when it is empty.
    ///
    /// # Errors
    /// As those of [`Rows::single`], but for a result without rows.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// assert!(session.execute("MATCH (n {_id: 'nobody'}) RETURN n", ())?.optional()?.is_none());
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn optional(mut self) -> Result<Option<Row>> {
        self.must_be_a_table()?;
        let Some(row) = self.next().transpose()? else { return Ok(None) };
        match self.next() {
            None => Ok(Some(row)),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) => {
                let hint = "LIMIT 1 takes the first; more rows are read with `for row in rows`";
                Err(Error::result("22000", "the result has more than one row, where one was asked for").with_hint(hint))
            }
        }
    }

    pub(crate) fn must_be_a_table(&self) -> Result<()> {
        if self.has_table {
            return Ok(());
        }
        let hint = "only RETURN and YIELD give rows";
        Err(Error::result("42000", "the statement has no result table").with_hint(hint))
    }
}
