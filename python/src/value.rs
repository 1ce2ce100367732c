//! Values of the language as objects of Python, and back.

use std::sync::Arc;

use arrow_array::RecordBatch;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::{
    exceptions::{PyOverflowError, PyTypeError},
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};
use wend_arrow::Cells;
use wenddb::{Date, Duration, LocalDateTime, LocalTime, Params, Value, ZonedDateTime, ZonedTime};

use crate::{capsule::import, error::wrong, load::plain};

/// Lists in lists; what is deeper may contain itself.
const DEPTH: usize = 100;

/// Functions of `wenddb._convert`.
static CONVERT: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

fn convert<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyModule>> {
    let module = CONVERT.get_or_try_init(py, || Ok::<_, PyErr>(py.import("wenddb._convert")?.unbind()))?;
    Ok(module.bind(py))
}

/// A value as an object.
pub(crate) fn to_python<'py>(py: Python<'py>, value: Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, value).to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::Float(value) => PyFloat::new(py, value).into_any(),
        Value::String(text) => PyString::new(py, &text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, &bytes).into_any(),
        Value::Vector(numbers) => PyArray1::from_slice(py, &numbers).into_any(),
        Value::List(items) => {
            let items = items.iter().map(|item| to_python(py, item.clone())).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Record(fields) => dict(py, fields.iter().map(|(name, value)| (&**name, value)))?.into_any(),
        Value::Date(date) => {
            convert(py)?.call_method1("date", (date.year(), date.month(), date.day(), date.to_string()))?
        }
        Value::LocalTime(time) => convert(py)?.call_method1("time", (time.nanos(), py.None()))?,
        Value::ZonedTime(time) => convert(py)?.call_method1("time", (time.local().nanos(), time.offset_seconds()))?,
        Value::LocalDateTime(at) => {
            convert(py)?.call_method1("datetime", (at.seconds(), at.nanosecond(), py.None(), at.to_string()))?
        }
        Value::ZonedDateTime(at) => {
            let zone = match at.zone() {
                Some(zone) => zone.into_pyobject(py)?.into_any(),
                None => at.offset_seconds().into_pyobject(py)?.into_any(),
            };
            convert(py)?.call_method1("datetime", (at.seconds(), at.nanosecond(), zone, at.to_string()))?
        }
        Value::Duration(time) => {
            convert(py)?.call_method1("duration", (time.months(), time.days(), time.seconds(), time.nanos()))?
        }
        Value::Node(node) => {
            let labels: Vec<&str> = node.labels().collect();
            convert(py)?.call_method1("node", (node.id(), labels, dict(py, node.properties())?))?
        }
        Value::Edge(edge) => {
            let properties = dict(py, edge.properties())?;
            convert(py)?.call_method1("edge", (edge.id(), edge.label(), edge.from(), edge.to(), properties))?
        }
        Value::Path(path) => {
            let nodes = path.nodes().iter().map(|node| to_python(py, Value::Node(node.clone())));
            let edges = path.edges().iter().map(|edge| to_python(py, Value::Edge(edge.clone())));
            let (nodes, edges) = (nodes.collect::<PyResult<Vec<_>>>()?, edges.collect::<PyResult<Vec<_>>>()?);
            convert(py)?.call_method1("path", (nodes, edges))?
        }
        other => PyString::new(py, &other.to_string()).into_any(),
    })
}

fn dict<'a, 'py>(py: Python<'py>, fields: impl Iterator<Item = (&'a str, &'a Value)>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in fields {
        dict.set_item(name, to_python(py, value.clone())?)?;
    }
    Ok(dict)
}

/// The parameters of a statement.
pub(crate) fn params_from_python(params: &Bound<'_, PyDict>) -> PyResult<Params> {
    let mut made = Params::new();
    for (name, value) in params.iter() {
        let name: String = name.extract().map_err(|_| PyTypeError::new_err("the name of a parameter is a str"))?;
        let value = from_python(&value).map_err(|error| named(params.py(), &name, error))?;
        made.insert(name.trim_start_matches('$'), value);
    }
    Ok(made)
}

/// The same error, with the name of the parameter.
fn named(py: Python<'_>, name: &str, error: PyErr) -> PyErr {
    let message = format!("parameter {name}: {}", error.value(py));
    let renamed = error.get_type(py).call1((message,)).map(PyErr::from_value);
    renamed.unwrap_or(error)
}

/// An object as a value.
pub(crate) fn from_python(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    below(object, 0)
}

fn below(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > DEPTH {
        return Err(wrong(format!("lists and dicts are nested more than {DEPTH} deep")));
    }
    if object.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::from(text.to_cow()?.as_ref()));
    }
    if let Ok(value) = object.cast::<PyBool>() {
        return Ok(Value::Bool(value.is_true()));
    }
    if let Ok(number) = object.cast::<PyInt>() {
        return number
            .extract()
            .map(Value::Int)
            .map_err(|_| PyOverflowError::new_err(format!("{number} does not fit into an INT64")));
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(Value::Float(number.value()));
    }
    if let Ok(items) = object.cast::<PyList>() {
        return items.iter().map(|item| below(&item, depth + 1)).collect::<PyResult<Arc<[_]>>>().map(Value::List);
    }
    if let Ok(items) = object.cast::<PyTuple>() {
        return items.iter().map(|item| below(&item, depth + 1)).collect::<PyResult<Arc<[_]>>>().map(Value::List);
    }
    if let Ok(fields) = object.cast::<PyDict>() {
        let field = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
            let name: String = name.extract().map_err(|_| PyTypeError::new_err("the keys of a record are strs"))?;
            Ok((name, below(&value, depth + 1)?))
        };
        return fields.iter().map(field).collect::<PyResult<Vec<_>>>().map(Value::record);
    }
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Value::Bytes(bytes.as_bytes().into()));
    }
    other(object, depth)
}

/// What is no basic type of Python, as `wenddb._convert.plain` sees it.
fn other(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    let py = object.py();
    let (kind, payload): (String, Bound<'_, PyAny>) = convert(py)?.call_method1("plain", (object,))?.extract()?;
    let refused = |error: wenddb::Error| wrong(error.message().to_owned());
    Ok(match kind.as_str() {
        "value" => below(&payload, depth + 1)?,
        "date" => Value::Date(Date::from_days(payload.extract()?)),
        "time" => match payload.extract::<(i64, Option<i32>)>()? {
            (nanos, None) => Value::LocalTime(LocalTime::from_nanos(nanos)),
            (nanos, Some(offset)) => {
                Value::ZonedTime(ZonedTime::new(LocalTime::from_nanos(nanos), offset).map_err(refused)?)
            }
        },
        "local" => {
            let (seconds, nanos): (i64, u32) = payload.extract()?;
            Value::LocalDateTime(LocalDateTime::from_seconds(seconds, nanos).map_err(refused)?)
        }
        "offset" => {
            let (seconds, nanos, offset): (i64, u32, i32) = payload.extract()?;
            Value::ZonedDateTime(ZonedDateTime::at_offset(seconds, nanos, offset).map_err(refused)?)
        }
        "zone" => {
            let (seconds, nanos, zone): (i64, u32, String) = payload.extract()?;
            Value::ZonedDateTime(ZonedDateTime::at_zone(seconds, nanos, &zone).map_err(refused)?)
        }
        "duration" => {
            let (months, days, seconds, nanos): (i64, i64, i64, i64) = payload.extract()?;
            Value::Duration(Duration::new(months, days, seconds, nanos).map_err(refused)?)
        }
        "vector" => {
            let numbers: PyReadonlyArray1<'_, f32> = payload.extract()?;
            Value::Vector(numbers.as_array().iter().copied().collect())
        }
        "rows" => rows(&payload)?,
        other => return Err(wrong(format!("an object became {other}, which is unknown"))),
    })
}

/// The rows of a table as a list of records.
fn rows(table: &Bound<'_, PyAny>) -> PyResult<Value> {
    let stream = import(table)?;
    table
        .py()
        .detach(|| {
            let mut rows = Vec::new();
            for batch in stream {
                add_rows(&batch.map_err(|error| error.to_string())?, &mut rows)?;
            }
            Ok(Value::List(rows.into()))
        })
        .map_err(|error: String| wrong(format!("the table cannot be read: {error}")))
}

fn add_rows(batch: &RecordBatch, rows: &mut Vec<Value>) -> Result<(), String> {
    let names: Vec<Arc<str>> = batch.schema().fields().iter().map(|field| field.name().as_str().into()).collect();
    let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>, _>>();
    let columns = columns.map_err(|failure| failure.message())?;
    let cells: Vec<_> = columns.iter().map(Cells::of).collect();
    for row in 0..batch.num_rows() {
        let fields = names.iter().zip(&cells).map(|(name, cells)| {
            let value = cells.get(row).map_err(|problem| format!("column `{name}`: {problem}"))?;
            Ok((name.clone(), value))
        });
        rows.push(Value::Record(fields.collect::<Result<_, String>>()?));
    }
    Ok(())
}
