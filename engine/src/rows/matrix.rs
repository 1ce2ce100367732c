//! Vectors of a result as a dense matrix.

use ndarray::Array2;

use super::Rows;
use crate::{
    error::{Error, Result},
    value::{FromValue, Value, deserialize::no_column},
};

impl Rows {
    /// Reads all rows, which are an id and a vector each: the ids, and a matrix whose row i is the vector of id i.
    /// `vectors` is the column of the vectors; the result has one other column, that of the ids. The numbers are one
    /// block of memory.
    ///
    /// # Errors
    /// Of the kind [`ErrorKind::Result`](crate::ErrorKind::Result): 42002 when there is no such column, 42000 when
    /// there is not exactly one other. 22G03 with the row's number, from 1, and its id when its vector is NULL, no
    /// vector, or of another length than those before it.
    ///
    /// ```
    /// # let mut session = wenddb::Database::in_memory()?.session();
    /// session.execute("INSERT (a:City {_id: 'ulm'})-[:ROAD]->(b:City {_id: 'bonn'})", ())?;
    /// session.execute("CALL algo.node2vec.write({dimensions: 8}, {db: {property: 'embedding'}})", ())?;
    /// let rows = session.execute("MATCH (c:City) RETURN c._id AS id, c.embedding AS embedding ORDER BY id", ())?;
    /// let (ids, vectors) = rows.matrix::<String>("embedding")?;
    /// assert_eq!((ids, vectors.dim()), (vec!["bonn".to_owned(), "ulm".to_owned()], (2, 8)));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    pub fn matrix<I: for<'a> FromValue<'a>>(mut self, vectors: &str) -> Result<(Vec<I>, Array2<f32>)> {
        self.must_be_a_table()?;
        let column = self.columns().iter().position(|name| name == vectors);
        let column = column.ok_or_else(|| no_column(&format!("`{vectors}`"), self.columns()))?;
        let [_, _] = self.columns() else {
            let message = format!("a matrix takes a column of vectors and one of ids, not {}", self.columns().len());
            let hint = format!("RETURN n._id AS id, n.{vectors} AS {vectors}, for example");
            return Err(Error::result("42000", message).with_hint(hint));
        };
        let (mut ids, mut numbers, mut width) = (Vec::new(), Vec::new(), 0);
        while let Some(batch) = self.next_batch()? {
            let (id_column, vector_column) = (&batch.columns()[1 - column], &batch.columns()[column]);
            for row in 0..batch.len() {
                let id = id_column.value(row);
                let wrong = |what: String| {
                    let (name, row) = (&self.columns()[1 - column], ids.len() + 1);
                    Error::value_type(format!("column `{vectors}` of row {row} (`{name}` is {id}): {what}"))
                };
                let before = numbers.len();
                match vector_column.vector(row) {
                    Some(vector) => numbers.extend_from_slice(vector),
                    None => add(vector_column.value(row), &mut numbers, &wrong)?,
                }
                let length = numbers.len() - before;
                if ids.is_empty() {
                    width = length;
                } else if length != width {
                    return Err(wrong(format!("its vector has the length {length}, those before it have {width}")));
                }
                ids.push(I::from_value(&id).map_err(|error| wrong(format!("as id, {}", error.message())))?);
            }
        }
        let matrix = Array2::from_shape_vec((ids.len(), width), numbers);
        Ok((ids, matrix.map_err(|error| Error::internal(error.to_string()))?))
    }
}

/// Adds the numbers of a value that is in no block of vectors.
fn add(value: Value, numbers: &mut Vec<f32>, wrong: &dyn Fn(String) -> Error) -> Result<()> {
    match value {
        Value::Vector(vector) => numbers.extend_from_slice(&vector),
        Value::List(items) => {
            for item in &*items {
                numbers.push(f32::from_value(item).map_err(|error| wrong(error.message().to_owned()))?);
            }
        }
        Value::Null => {
            let hint = "FILTER it IS NOT NULL to leave such rows out";
            return Err(wrong("there is no vector".to_owned()).with_hint(hint));
        }
        other => return Err(wrong(format!("expected a VECTOR, found {}", other.type_name()))),
    }
    Ok(())
}
