//! Columns of the engine as arrays of numpy.

use numpy::{Element, IntoPyArray, PyArray1};
use pyo3::{
    prelude::*,
    types::{PyString, PyTuple},
};
use wenddb::{Column, ColumnData, Value};

use crate::value::to_python;

/// Numbers as an array that owns them, without a copy.
pub(crate) fn array<T: Element>(py: Python<'_>, numbers: Vec<T>) -> Bound<'_, PyAny> {
    numbers.into_pyarray(py).into_any()
}

/// Objects as an array.
fn objects<'py>(py: Python<'py>, objects: Vec<Py<PyAny>>) -> Bound<'py, PyAny> {
    PyArray1::from_vec(py, objects).into_any()
}

/// A column of strings as an array of objects; NULL is None.
pub(crate) fn texts<'py>(py: Python<'py>, column: &Column) -> Bound<'py, PyAny> {
    let text = |text: &str| PyString::new(py, text).into_any().unbind();
    let made: Vec<Py<PyAny>> = match column.data() {
        ColumnData::Codes(codes, dictionary) => {
            let known: Vec<Py<PyAny>> = dictionary.iter().map(|entry| text(entry)).collect();
            let of = |(row, code): (usize, &u32)| match column.is_null(row) {
                true => py.None(),
                false => known.get(*code as usize).map_or_else(|| py.None(), |known| known.clone_ref(py)),
            };
            codes.iter().enumerate().map(of).collect()
        }
        _ => (0..column.len()).map(|row| column.text(row).map_or_else(|| py.None(), text)).collect(),
    };
    objects(py, made)
}

/// A column as a tuple: what it is, its values, and a mask that is true at NULLs, or None. Vectors are one matrix. What it is:
/// `bool`, `int`, `float`, `text`, `vector` and `object` are arrays of that; `date` counts days, `datetime` and `utc` nanoseconds
/// since 1970, without a zone and in UTC.
pub(crate) fn column<'py>(py: Python<'py>, column: Column) -> PyResult<Bound<'py, PyTuple>> {
    let mask = column.nulls().map(<[bool]>::to_vec);
    let (kind, values) = match column.data() {
        ColumnData::Bools(values) => ("bool", array(py, values.clone())),
        ColumnData::Ints(values) => ("int", array(py, values.clone())),
        ColumnData::Floats(values) => ("float", array(py, values.clone())),
        ColumnData::Strings(_) | ColumnData::Codes(..) => ("text", texts(py, &column)),
        ColumnData::Vectors { width, .. } => {
            let shape = (column.len(), *width);
            let matrix = array(py, column.into_numbers()).call_method1("reshape", (shape,))?;
            return ("vector", matrix, mask.map(|mask| array(py, mask))).into_pyobject(py);
        }
        ColumnData::Values(values) => of_values(py, values)?,
        _ => of_values(py, &column.clone().into_values())?,
    };
    (kind, values, mask.map(|mask| array(py, mask))).into_pyobject(py)
}

fn of_values<'py>(py: Python<'py>, values: &[Value]) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
    if let Some(days) = each(values, |value| match value {
        Value::Date(date) => Some(i64::from(date.days())),
        _ => None,
    }) {
        return Ok(("date", array(py, days)));
    }
    if let Some(moments) = each(values, |value| match value {
        Value::LocalDateTime(at) => nanos(at.seconds(), at.nanosecond()),
        _ => None,
    }) {
        return Ok(("datetime", array(py, moments)));
    }
    if let Some(moments) = each(values, |value| match value {
        Value::ZonedDateTime(at) => nanos(at.seconds(), at.nanosecond()),
        _ => None,
    }) {
        return Ok(("utc", array(py, moments)));
    }
    let made = values.iter().map(|value| Ok(to_python(py, value.clone())?.unbind()));
    Ok(("object", objects(py, made.collect::<PyResult<_>>()?)))
}

/// What `read` makes of each value, NULL being 0; nothing when it makes nothing of one, or all are NULL.
fn each(values: &[Value], read: impl Fn(&Value) -> Option<i64>) -> Option<Vec<i64>> {
    if values.iter().all(Value::is_null) {
        return None;
    }
    values.iter().map(|value| if value.is_null() { Some(0) } else { read(value) }).collect()
}

/// Nanoseconds since 1970 as 64 bits, of which the least stands for no time in numpy.
fn nanos(seconds: i64, nanosecond: u32) -> Option<i64> {
    let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanosecond);
    i64::try_from(nanos).ok().filter(|nanos| *nanos != i64::MIN)
}
