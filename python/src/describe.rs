//! The descriptions of algorithms, from which methods, documentation and type stubs come.

use pyo3::{
    prelude::*,
    types::{PyDict, PyList},
};
use wenddb::{AlgorithmParameter, ColumnDescription, DefaultValue, ParameterKind};

/// Every algorithm: its name, category, summary, doc, modes, parameters, columns and figures.
#[pyfunction]
pub(crate) fn algorithms(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let procedures = wenddb::procedures();
    let list = PyList::empty(py);
    for algorithm in wenddb::algorithms() {
        let dict = PyDict::new(py);
        dict.set_item("name", algorithm.name)?;
        dict.set_item("category", algorithm.category)?;
        dict.set_item("summary", algorithm.summary)?;
        dict.set_item("doc", algorithm.doc)?;
        let has = |mode: &&str| procedures.contains(&format!("algo.{}.{mode}", algorithm.name));
        dict.set_item("modes", ["stream", "stats", "write", "estimate"].into_iter().filter(has).collect::<Vec<_>>())?;
        let parameters = algorithm.all_parameters().map(|known| parameter(py, known)).collect::<PyResult<Vec<_>>>()?;
        dict.set_item("parameters", parameters)?;
        for (name, columns) in [("columns", algorithm.columns), ("stats", algorithm.stats)] {
            dict.set_item(name, columns.iter().map(|known| column(py, known)).collect::<PyResult<Vec<_>>>()?)?;
        }
        list.append(dict)?;
    }
    Ok(list)
}

fn parameter<'py>(py: Python<'py>, parameter: &AlgorithmParameter) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", parameter.name)?;
    dict.set_item("type", parameter.kind.type_name())?;
    dict.set_item("range", parameter.kind.range())?;
    dict.set_item("doc", parameter.doc)?;
    if let ParameterKind::Choice(choices) = parameter.kind {
        dict.set_item("choices", choices.to_vec())?;
    }
    match parameter.default {
        DefaultValue::Int(value) => dict.set_item("default", value)?,
        DefaultValue::Float(value) => dict.set_item("default", value)?,
        DefaultValue::Bool(value) => dict.set_item("default", value)?,
        DefaultValue::String(value) => dict.set_item("default", value)?,
        other => dict.set_item("absent", other.text())?,
    }
    Ok(dict)
}

fn column<'py>(py: Python<'py>, column: &ColumnDescription) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("name", column.name)?;
    dict.set_item("type", column.type_name)?;
    dict.set_item("doc", column.doc)?;
    dict.set_item("identity", column.is_identity())?;
    Ok(dict)
}

/// The nearest of known names to a mistyped one.
#[pyfunction]
pub(crate) fn suggest(name: &str, known: Vec<String>) -> Option<String> {
    wenddb::text::suggest(name, known.iter().map(String::as_str)).map(str::to_owned)
}
