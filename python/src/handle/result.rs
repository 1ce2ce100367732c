//! A result as Python reads it: row by row while it streams, or as whole columns, which are kept then.

use std::{collections::VecDeque, mem, sync::Arc};

use parking_lot::Mutex;
use pyo3::{
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyTuple},
};
use wenddb::{Batch, CancelToken, Column};

use super::{session::Home, stream::Stream};
use crate::{
    arrays::column,
    call::{Caller, check_process, guarded, run},
    capsule::export,
    error::Failure,
    value::to_python,
};

/// Rows that a stream gives at a time of what is kept.
const ROWS: usize = 1 << 13;

/// A result and where its reader is.
pub(crate) struct Cell {
    home: Arc<Home>,
    cancel: CancelToken,
    text: Arc<str>,
    pub(crate) columns: Vec<String>,
    has_table: bool,
    state: Mutex<State>,
}

/// How far a result was read.
#[derive(Default)]
struct State {
    /// What the engine has still to give.
    rows: Option<wenddb::Rows>,
    /// Batches that were looked at and not given.
    ahead: VecDeque<Batch>,
    /// All columns, once they are asked for.
    whole: Option<Arc<Vec<Column>>>,
    /// Of `whole`, the rows that were given.
    given: usize,
    /// Rows were given that are not kept.
    streamed: bool,
    closed: bool,
    summary: wenddb::Summary,
}

impl State {
    /// The next batch of the engine.
    fn pull(&mut self) -> Result<Option<Batch>, Failure> {
        let Some(rows) = &mut self.rows else { return Ok(None) };
        let next = rows.next_batch();
        if !matches!(next, Ok(Some(_))) {
            self.summary = rows.summary().clone();
            self.rows = None;
        }
        Ok(next?)
    }

    fn next(&mut self) -> Result<Option<Batch>, Failure> {
        if self.closed {
            return Err(Failure::Closed);
        }
        match self.ahead.pop_front() {
            Some(batch) => Ok(Some(batch)),
            None => self.pull(),
        }
    }
}

impl Cell {
    pub(crate) fn new(home: Arc<Home>, rows: wenddb::Rows, cancel: CancelToken, text: Arc<str>) -> Self {
        let (columns, has_table) = (rows.columns().to_vec(), rows.has_table());
        let mut state = State { summary: rows.summary().clone(), ..State::default() };
        // Without a table there is nothing to read, and nothing to hold on to.
        state.rows = has_table.then_some(rows);
        Cell { home, cancel, text, columns, has_table, state: Mutex::new(state) }
    }

    /// A result that was read to its end.
    pub(crate) fn of_batches(
        home: Arc<Home>,
        rows: &wenddb::Rows,
        batches: VecDeque<Batch>,
        cancel: CancelToken,
        text: Arc<str>,
    ) -> Self {
        let (columns, has_table) = (rows.columns().to_vec(), rows.has_table());
        let state = State { ahead: batches, summary: rows.summary().clone(), ..State::default() };
        Cell { home, cancel, text, columns, has_table, state: Mutex::new(state) }
    }

    /// Lets go of what it reads from.
    pub(crate) fn close(&self) {
        self.cancel.cancel();
        let mut state = self.state.lock();
        let kept = (mem::take(&mut state.summary), state.whole.take());
        *state =
            State { closed: kept.1.is_none() && self.has_table, summary: kept.0, whole: kept.1, ..State::default() };
    }

    /// The next columns to be streamed, which are not kept.
    pub(crate) fn next(&self) -> Result<Option<Vec<Column>>, Failure> {
        let mut state = self.state.lock();
        if let Some(whole) = state.whole.clone() {
            let len = whole.first().map_or(0, Column::len);
            let (from, to) = (state.given, (state.given + ROWS).min(len));
            state.given = to;
            return Ok((from < to).then(|| whole.iter().map(|column| column.slice(from, to)).collect()));
        }
        let next = state.next()?;
        state.streamed |= next.is_some();
        Ok(next.map(Batch::into_columns))
    }

    /// Reads all, to be kept; false when some rows were given out and not kept.
    fn fill(&self) -> Result<Option<Arc<Vec<Column>>>, Failure> {
        let mut state = self.state.lock();
        if let Some(whole) = &state.whole {
            return Ok(Some(whole.clone()));
        }
        if state.streamed {
            return Ok(None);
        }
        let mut whole = vec![Column::default(); self.columns.len()];
        while let Some(batch) = state.next()? {
            whole.iter_mut().zip(batch.into_columns()).for_each(|(column, more)| column.append(more));
        }
        let whole = Arc::new(whole);
        state.whole = Some(whole.clone());
        Ok(Some(whole))
    }

    /// The first rows, which stay to be read; whether there are more.
    fn peek(&self, count: usize) -> Result<(Vec<Column>, bool), Failure> {
        let mut state = self.state.lock();
        let mut first = vec![Column::default(); self.columns.len()];
        if let Some(whole) = &state.whole {
            let len = whole.first().map_or(0, Column::len);
            first = whole.iter().map(|column| column.slice(0, count.min(len))).collect();
            return Ok((first, len > count));
        }
        while state.ahead.iter().map(Batch::len).sum::<usize>() <= count {
            if state.closed {
                return Err(Failure::Closed);
            }
            let Some(batch) = state.pull()? else { break };
            state.ahead.push_back(batch);
        }
        for batch in &state.ahead {
            first.iter_mut().zip(batch.columns()).for_each(|(column, more)| column.append(more.clone()));
        }
        let len = first.first().map_or(0, Column::len);
        Ok((first.iter().map(|column| column.slice(0, count.min(len))).collect(), len > count))
    }

    /// Does some reading while other threads of Python run.
    pub(crate) fn read<T: Send + 'static>(
        self: &Arc<Self>,
        py: Python<'_>,
        work: impl FnOnce(&Cell) -> Result<T, Failure> + Send + 'static,
    ) -> PyResult<T> {
        check_process(py, self.home.pid)?;
        if self.state.try_lock().is_some_and(|state| state.rows.is_none()) {
            // The engine has given everything, and what is left to do is short.
            return guarded(|| work(self)).map_err(|failure| failure.into_exception(py, Some(&self.text)));
        }
        let caller = Caller { pid: self.home.pid, worker: &self.home.worker, cancel: &self.cancel, progress: None };
        let cell = self.clone();
        let done = run(py, &caller, move || work(&cell))?;
        done.map_err(|failure| failure.into_exception(py, Some(&self.text)))
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if self.home.pid != std::process::id() {
            mem::forget(mem::take(self.state.get_mut()));
        }
    }
}

/// A result; `wenddb.Result` wraps it.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct Rows {
    cell: Arc<Cell>,
}

impl Rows {
    pub(crate) fn new(cell: Arc<Cell>) -> Self {
        Rows { cell }
    }
}

/// Rows as a list of what `make` makes of a tuple each.
fn tuples<'py>(py: Python<'py>, columns: &[Column], make: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for row in 0..columns.first().map_or(0, Column::len) {
        let values = columns.iter().map(|column| to_python(py, column.value(row))).collect::<PyResult<Vec<_>>>()?;
        list.append(make.call1((PyTuple::new(py, values)?,))?)?;
    }
    Ok(list)
}

#[pymethods]
impl Rows {
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.cell.columns.clone()
    }

    #[getter]
    fn has_table(&self) -> bool {
        self.cell.has_table
    }

    /// Whether rows were given out that are not kept.
    #[getter]
    fn streamed(&self, py: Python<'_>) -> PyResult<bool> {
        check_process(py, self.cell.home.pid)?;
        let cell = &self.cell;
        Ok(py.detach(|| cell.state.lock().streamed))
    }

    /// The next rows; None after the last.
    fn next<'py>(&self, py: Python<'py>, make: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
        match self.cell.read(py, Cell::next)? {
            Some(columns) => tuples(py, &columns, make).map(Some),
            None => Ok(None),
        }
    }

    /// Begins again with the first row, where rows are kept.
    fn rewind(&self, py: Python<'_>) -> PyResult<()> {
        self.cell.read(py, |cell| {
            cell.state.lock().given = 0;
            Ok(())
        })
    }

    /// The first rows, and whether there are more.
    fn peek<'py>(
        &self,
        py: Python<'py>,
        count: usize,
        make: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyList>, bool)> {
        let (columns, more) = self.cell.read(py, move |cell| cell.peek(count))?;
        Ok((tuples(py, &columns, make)?, more))
    }

    /// Reads all rows, which are kept; None where rows were given out before.
    fn fill(&self, py: Python<'_>) -> PyResult<Option<usize>> {
        let whole = self.cell.read(py, Cell::fill)?;
        Ok(whole.map(|whole| whole.first().map_or(0, Column::len)))
    }

    /// A column of all rows as [`column`] gives it.
    fn column<'py>(&self, py: Python<'py>, position: usize) -> PyResult<Bound<'py, PyAny>> {
        let whole = self.cell.read(py, Cell::fill)?;
        let found = whole.as_ref().and_then(|whole| whole.get(position)).cloned().unwrap_or_default();
        Ok(column(py, found)?.into_any())
    }

    /// A column of all rows as a list.
    fn list<'py>(&self, py: Python<'py>, position: usize) -> PyResult<Bound<'py, PyList>> {
        let whole = self.cell.read(py, Cell::fill)?;
        let found = whole.as_ref().and_then(|whole| whole.get(position));
        let values = found.map(|column| (0..column.len()).map(|row| to_python(py, column.value(row))));
        PyList::new(py, values.into_iter().flatten().collect::<PyResult<Vec<_>>>()?)
    }

    /// The rows as a stream of Arrow: a capsule, which its consumer empties.
    fn arrow<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let cell = self.cell.clone();
        let stream = self.cell.read(py, move |_| Stream::new(cell))?;
        export(py, stream)
    }

    /// What the statement did.
    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        check_process(py, self.cell.home.pid)?;
        let cell = &self.cell;
        let summary = py.detach(|| cell.state.lock().summary.clone());
        let dict = PyDict::new(py);
        let changes = &summary.changes;
        dict.set_item("gqlstatus", summary.gqlstatus)?;
        for (name, count) in [
            ("nodes_inserted", changes.nodes_inserted),
            ("nodes_deleted", changes.nodes_deleted),
            ("edges_inserted", changes.edges_inserted),
            ("edges_deleted", changes.edges_deleted),
            ("labels_added", changes.labels_added),
            ("labels_removed", changes.labels_removed),
            ("properties_set", changes.properties_set),
            ("properties_removed", changes.properties_removed),
        ] {
            dict.set_item(name, count)?;
        }
        let warnings = summary.warnings.into_iter().map(|warning| (warning.gqlstatus, warning.message));
        dict.set_item("warnings", warnings.collect::<Vec<_>>())?;
        Ok(dict)
    }

    /// Lets go of what it reads from.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        check_process(py, self.cell.home.pid)?;
        let cell = &self.cell;
        py.detach(|| cell.close());
        Ok(())
    }
}
