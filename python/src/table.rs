//! Columns of Python as a table of Arrow, for programs without a library that has one.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::SchemaRef;
use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyList},
};
use wend_arrow::BatchBuilder;
use wenddb::{Batch, Column, ColumnData, Value};

use crate::{
    capsule::export,
    error::{Failure, wrong},
    value::from_python,
};

/// A table in memory, which anything that takes Arrow streams can read.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl Table {
    /// A table of columns: arrays of int64, float64, bool or float32 with two dimensions, or lists of anything.
    #[new]
    fn of(py: Python<'_>, names: Vec<String>, columns: Vec<Bound<'_, PyAny>>) -> PyResult<Self> {
        let columns = names.iter().zip(&columns).map(|(name, column)| {
            column_of(column).map_err(|error| wrong(format!("column {name}: {}", error.value(py))))
        });
        let columns = columns.collect::<PyResult<Vec<_>>>()?;
        if let Some((name, column)) = names.iter().zip(&columns).find(|(_, column)| column.len() != columns[0].len()) {
            let (first, len) = (columns[0].len(), column.len());
            return Err(wrong(format!("column {name} has {len} values, and column {} has {first}", names[0])));
        }
        let made = move || -> Result<Self, Failure> {
            let mut builder = BatchBuilder::new(names.clone());
            let mut batches = builder.add(Batch::of_columns(names, columns)?)?;
            batches.extend(builder.take()?);
            let schema = builder.schema().cloned().unwrap_or_else(|| Arc::new(arrow_schema::Schema::empty()));
            Ok(Table { schema, batches })
        };
        py.detach(made).map_err(|failure| failure.into_exception(py, None))
    }

    /// The table as a stream of Arrow.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // What is asked for is a wish, by the interface.
        let _ = requested_schema;
        let batches: Vec<_> = self.batches.iter().cloned().map(Ok).collect();
        export(py, RecordBatchIterator::new(batches, self.schema.clone()))
    }
}

fn column_of(column: &Bound<'_, PyAny>) -> PyResult<Column> {
    if let Ok(numbers) = column.extract::<PyReadonlyArray1<'_, i64>>() {
        return Ok(ColumnData::Ints(numbers.as_array().to_vec()).into());
    }
    if let Ok(numbers) = column.extract::<PyReadonlyArray1<'_, f64>>() {
        return Ok(ColumnData::Floats(numbers.as_array().to_vec()).into());
    }
    if let Ok(values) = column.extract::<PyReadonlyArray1<'_, bool>>() {
        return Ok(ColumnData::Bools(values.as_array().to_vec()).into());
    }
    if let Ok(matrix) = column.extract::<PyReadonlyArray2<'_, f32>>() {
        let width = matrix.shape()[1];
        if width == 0 {
            return Err(wrong("vectors have at least one number"));
        }
        return Ok(ColumnData::Vectors { width, numbers: matrix.as_array().iter().copied().collect() }.into());
    }
    let values = column.cast::<PyList>().map_err(|_| wrong("a column is an array or a list"))?;
    let mut values = values.iter().map(|value| from_python(&value)).collect::<PyResult<Vec<_>>>()?;
    let has = |wanted: fn(&Value) -> bool| values.iter().any(wanted);
    if has(|value| matches!(value, Value::Int(_))) && has(|value| matches!(value, Value::Float(_))) {
        // A column has one type.
        for value in &mut values {
            if let Value::Int(number) = value {
                *value = Value::Float(*number as f64);
            }
        }
    }
    Ok(values.into())
}
