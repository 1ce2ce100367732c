//! Import of tables by their keys: from a file, a folder or a server, and of tables in memory.

use arrow_array::{RecordBatch, RecordBatchReader};
use pyo3::{
    prelude::*,
    types::{PyDict, PyTuple},
};
use wend_arrow::BatchTables;
use wenddb::{
    CancelToken, PlannedEdge, PlannedEnd, PlannedTable, RelationalImport, RelationalPlan, SourceForeignKey,
    TableSource, open_tables,
};

use crate::{capsule::import, error::Failure, handle::Session};

/// How tables are imported; a dict with these names.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Settings {
    infer: Option<bool>,
    strict: bool,
    map: Option<String>,
    dry_run: bool,
}

/// A foreign key: its table, its columns, the table and the columns that it refers to.
type ForeignKey = (String, Vec<String>, String, Vec<String>);

/// Imports a SQLite file, the database of a `postgresql://` address, or a folder of CSV and Parquet files.
#[pyfunction]
#[pyo3(signature = (session, source, settings, progress = None))]
pub(crate) fn import_source<'py>(
    py: Python<'py>,
    session: &Bound<'py, Session>,
    source: String,
    settings: Settings,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    run(py, session, settings, progress, move || Ok(open_tables(&source)?))
}

/// Imports tables that give streams of Arrow.
#[pyfunction]
#[pyo3(signature = (session, tables, keys, foreign_keys, settings, progress = None))]
pub(crate) fn import_tables<'py>(
    py: Python<'py>,
    session: &Bound<'py, Session>,
    tables: Vec<(String, Bound<'py, PyAny>)>,
    keys: Vec<(String, Vec<String>)>,
    foreign_keys: Vec<ForeignKey>,
    settings: Settings,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let streams = tables.iter().map(|(name, table)| Ok((name.clone(), import(table)?)));
    let streams = streams.collect::<PyResult<Vec<_>>>()?;
    run(py, session, settings, progress, move || {
        let mut source = BatchTables::new();
        for (name, mut stream) in streams {
            let unreadable = |error| Failure::Data(format!("the table `{name}` cannot be read: {error}"));
            let mut batches = stream.by_ref().collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
            if batches.is_empty() {
                // The columns of a table without rows.
                batches.push(RecordBatch::new_empty(stream.schema()));
            }
            source.add(name, batches)?;
        }
        for (table, columns) in keys {
            source.key(&table, columns)?;
        }
        for (table, columns, of, referenced) in foreign_keys {
            source.foreign_key(&table, SourceForeignKey { columns, table: of, referenced })?;
        }
        Ok(Box::new(source) as Box<dyn TableSource>)
    })
}

/// Imports the tables of the source that `open` gives, or plans it.
fn run<'py>(
    py: Python<'py>,
    session: &Bound<'py, Session>,
    settings: Settings,
    progress: Option<&Bound<'py, PyAny>>,
    open: impl FnOnce() -> Result<Box<dyn TableSource>, Failure> + Send + 'static,
) -> PyResult<Bound<'py, PyDict>> {
    let Settings { infer, strict, map, dry_run } = settings;
    let import = RelationalImport { infer, strict, map, ..RelationalImport::default() };
    let (plan, done) = session.get().call(py, None, progress, &CancelToken::new(), move |session, options| {
        let mut source = open()?;
        if dry_run {
            return Ok((session.plan_relational(source.as_mut(), &import, &options)?, None));
        }
        let report = session.import_relational(source.as_mut(), &import, &options)?;
        Ok((report.plan, Some((report.nodes, report.edges, report.seconds))))
    })?;
    described(py, &plan, done)
}

/// A plan, and of an import the numbers of nodes and edges and the seconds.
fn described<'py>(
    py: Python<'py>,
    plan: &RelationalPlan,
    done: Option<(u64, u64, f64)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("map", plan.to_string())?;
    dict.set_item("done", done)?;
    dict.set_item("tables", plan.tables.iter().map(|known| table(py, known)).collect::<PyResult<Vec<_>>>()?)?;
    dict.set_item("edges", plan.edges.iter().map(|known| edge(py, known)).collect::<PyResult<Vec<_>>>()?)?;
    dict.set_item("proposals", plan.proposals.iter().map(|known| edge(py, known)).collect::<PyResult<Vec<_>>>()?)?;
    dict.set_item("left_out", plan.left_out.clone())?;
    dict.set_item("warnings", plan.warnings.clone())?;
    Ok(dict)
}

/// Table, label, key, properties by their columns, time, rows, whether the key was found.
fn table<'py>(py: Python<'py>, of: &PlannedTable) -> PyResult<Bound<'py, PyTuple>> {
    let properties = PyDict::new(py);
    for (column, property) in &of.properties {
        properties.set_item(column, property)?;
    }
    (&of.table, &of.label, of.key.clone(), properties, of.time.as_ref(), of.rows.unwrap_or_default(), of.found)
        .into_pyobject(py)
}

/// Table, label, source, destination, time, the counts (edges, NULL, dangling, the first of these), whether the key was found.
fn edge<'py>(py: Python<'py>, of: &PlannedEdge) -> PyResult<Bound<'py, PyTuple>> {
    let counts = of.counts.clone().unwrap_or_default();
    (
        (&of.table, &of.label, of.source.as_ref().map(end), end(&of.destination), of.time.as_ref()),
        (counts.edges, counts.without_key, counts.dangling, counts.first_dangling),
        of.found,
    )
        .into_pyobject(py)
}

fn end(of: &PlannedEnd) -> (Vec<String>, String, Vec<String>) {
    (of.columns.clone(), of.table.clone(), of.referenced.clone())
}
