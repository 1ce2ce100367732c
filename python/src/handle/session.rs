//! A session as Python holds it: statements, arrays, bulk loads.

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use parking_lot::Mutex;
use pyo3::{
    prelude::*,
    types::{PyDict, PyList},
};
use wend_arrow::Target;
use wenddb::{CancelToken, ErrorKind, ExportFormat, Orientation, Params, RunOptions, Selection, StatementKind, Value};

use super::{
    database::Shared,
    result::{Cell, Rows},
};
use crate::{
    arrays::{array, column, texts},
    call::{Caller, Meter, Worker, check_process, guarded, is_main_thread, run},
    error::{Failure, wrong},
    load::{self, Incoming},
    value::{from_python, params_from_python},
};

/// How long a statement may run on the main thread, which hears no signal meanwhile.
const SHORT: Duration = Duration::from_millis(20);
/// How many rows it may have.
const FEW: usize = 1 << 13;
/// Of a statement that had more, so many runs are not tried there.
const NOT_TRIED: u32 = 16;
/// Statements of which that is remembered.
const MOST_LONG: usize = 1 << 10;

/// A session, its thread, and the results that still read from it.
pub(crate) struct Home {
    pub(crate) pid: u32,
    shared: Arc<Shared>,
    session: Mutex<Option<wenddb::Session>>,
    pub(crate) worker: Worker,
    /// What runs now.
    running: Mutex<CancelToken>,
    results: Mutex<Vec<Weak<Cell>>>,
    /// Statements that took longer than `SHORT`, and how many runs of each are not tried at once.
    long: Mutex<HashMap<Arc<str>, u32>>,
    read_only: bool,
}

impl Home {
    pub(crate) fn new(shared: Arc<Shared>, session: wenddb::Session, read_only: bool) -> Self {
        Home {
            pid: shared.pid,
            shared,
            session: Mutex::new(Some(session)),
            worker: Worker::default(),
            running: Mutex::default(),
            results: Mutex::default(),
            long: Mutex::default(),
            read_only,
        }
    }

    /// Ends what runs.
    pub(crate) fn interrupt(&self) {
        self.running.lock().cancel();
    }

    /// Ends the session and its results.
    pub(crate) fn close(&self) {
        for result in self.results.lock().drain(..).filter_map(|result| result.upgrade()) {
            result.close();
        }
        *self.session.lock() = None;
        self.worker.end();
    }

    /// Whether a statement is tried at once.
    fn may_be_short(&self, text: &Arc<str>) -> bool {
        let mut long = self.long.lock();
        let Some(left) = long.get_mut(text) else { return true };
        *left -= 1;
        if *left == 0 {
            long.remove(text);
        }
        false
    }

    fn note_long(&self, text: &Arc<str>) {
        let mut long = self.long.lock();
        if long.len() >= MOST_LONG {
            long.clear();
        }
        long.insert(text.clone(), NOT_TRIED);
    }

    /// The result of one statement that reads, if it is there within a moment; else nothing has happened.
    fn at_once(
        self: &Arc<Self>,
        text: &Arc<str>,
        params: &Params,
        cancel: &CancelToken,
    ) -> Result<Option<Cell>, Failure> {
        self.with(|session| {
            // In a transaction a statement that fails is not as if it had not been.
            if session.in_transaction() {
                return Ok(None);
            }
            let statement = session.parse(text)?;
            if statement.single() != Some(StatementKind::Read) {
                return Ok(None);
            }
            *self.running.lock() = cancel.clone();
            let options = RunOptions {
                cancel: cancel.clone(),
                deadline: Some(Instant::now() + SHORT),
                read_only: self.read_only,
                ..RunOptions::default()
            };
            let mut read = || -> wenddb::Result<Option<Cell>> {
                let mut rows = session.run_with(&statement, params.clone(), &options)?;
                let (mut batches, mut len) = (VecDeque::new(), 0);
                while let Some(batch) = rows.next_batch()? {
                    len += batch.len();
                    if len > FEW {
                        return Ok(None);
                    }
                    batches.push_back(batch);
                }
                Ok(Some(Cell::of_batches(self.clone(), &rows, batches, cancel.clone(), text.clone())))
            };
            match read() {
                // An algorithm that is out of time says that it was cancelled, which nobody did then.
                Err(error) if error.kind() != ErrorKind::Cancelled || cancel.is_cancelled() => Err(error.into()),
                Ok(Some(cell)) => Ok(Some(cell)),
                Ok(None) | Err(_) => {
                    self.note_long(text);
                    Ok(None)
                }
            }
        })
    }

    /// Does something with the session, which nobody else uses meanwhile.
    fn with<T>(&self, work: impl FnOnce(&mut wenddb::Session) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut place = self.session.lock();
        // A panic leaves a session of which nothing is known; a new one takes its place.
        let mut session = match place.take() {
            Some(session) => session,
            None => self.shared.database()?.session(),
        };
        let done = work(&mut session);
        if self.shared.database().is_ok() {
            *place = Some(session);
        }
        done
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            std::mem::forget((self.session.get_mut().take(), std::mem::take(&mut self.worker)));
        }
    }
}

/// A session; statements of one session run one after the other.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct Session {
    home: Arc<Home>,
}

impl Session {
    pub(crate) fn new(home: Arc<Home>) -> Self {
        Session { home }
    }

    /// Runs work of this session that can be cancelled.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        py: Python<'_>,
        text: Option<&str>,
        progress: Option<&Bound<'_, PyAny>>,
        cancel: &CancelToken,
        work: impl FnOnce(&mut wenddb::Session, RunOptions) -> Result<T, Failure> + Send + 'static,
    ) -> PyResult<T> {
        // Before anything of the session is touched: a lock that another thread held at the fork stays locked in the child.
        check_process(py, self.home.pid)?;
        let meter = Arc::new(Meter::default());
        let options = RunOptions {
            cancel: cancel.clone(),
            read_only: self.home.read_only,
            progress: progress.map(|_| meter.callback()),
            ..RunOptions::default()
        };
        let home = self.home.clone();
        let caller = Caller {
            pid: self.home.pid,
            worker: &self.home.worker,
            cancel,
            progress: progress.map(|show| (&*meter, show)),
        };
        let done = run(py, &caller, move || {
            home.with(|session| {
                *home.running.lock() = options.cancel.clone();
                work(session, options)
            })
        })?;
        done.map_err(|failure| failure.into_exception(py, text))
    }
}

#[pymethods]
impl Session {
    /// Runs statements and gives the rows of the last.
    #[pyo3(signature = (text, params = None, progress = None))]
    fn execute(
        &self,
        py: Python<'_>,
        text: String,
        params: Option<&Bound<'_, PyDict>>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Rows> {
        let params = params.map_or_else(|| Ok(Params::new()), params_from_python)?;
        let text: Arc<str> = text.into();
        let (gql, cancel) = (text.clone(), CancelToken::new());
        check_process(py, self.home.pid)?;
        // The way to the session's thread and back takes longer than a short statement, and on a busy machine many times as long.
        if is_main_thread(py) && self.home.may_be_short(&text) {
            let done = py.detach(|| guarded(|| self.home.at_once(&text, &params, &cancel)));
            if let Some(cell) = done.map_err(|failure| failure.into_exception(py, Some(&text)))? {
                return Ok(self.rows(cell));
            }
            py.check_signals()?;
        }
        let rows = self.call(py, Some(&text), progress, &cancel, move |session, options| {
            let statement = session.parse(&gql)?;
            Ok(session.run_with(&statement, params, &options)?)
        })?;
        Ok(self.rows(Cell::new(self.home.clone(), rows, cancel, text)))
    }

    /// Ends the statement that runs now.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        check_process(py, self.home.pid)?;
        self.home.interrupt();
        Ok(())
    }

    /// Ends the session.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        check_process(py, self.home.pid)?;
        self.home.interrupt();
        py.detach(|| self.home.close());
        Ok(())
    }

    /// Whether a transaction is open.
    fn in_transaction(&self, py: Python<'_>) -> PyResult<bool> {
        self.call(py, None, None, &CancelToken::new(), |session, _| Ok(session.in_transaction()))
    }

    /// The session's graph, its node labels and edge labels, and the property keys of the database.
    fn names(&self, py: Python<'_>) -> PyResult<(String, Vec<String>, Vec<String>, Vec<String>)> {
        self.call(py, None, None, &CancelToken::new(), |session, _| {
            let names = session.names()?;
            Ok((session.graph().to_owned(), names.node_labels, names.edge_labels, names.property_keys))
        })
    }

    /// Edges in compressed sparse rows: numbers of nodes, offsets, neighbours, weights.
    #[pyo3(signature = (node_labels, edge_labels, weight, orientation))]
    fn adjacency<'py>(
        &self,
        py: Python<'py>,
        node_labels: Option<Vec<String>>,
        edge_labels: Option<Vec<String>>,
        weight: Option<String>,
        orientation: &str,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)> {
        let orientation = match orientation {
            "natural" => Orientation::Natural,
            "reverse" => Orientation::Reverse,
            "undirected" => Orientation::Undirected,
            other => return Err(wrong(format!("orientation is {other:?}; it takes natural, reverse or undirected"))),
        };
        let selection = Selection { node_labels, edge_labels, weight };
        let rows = self.call(py, None, None, &CancelToken::new(), move |session, options| {
            Ok(session.adjacency(&selection, orientation, &options)?)
        })?;
        let weights = rows.weights.map(|weights| array(py, weights));
        Ok((array(py, rows.nodes), array(py, rows.offsets), array(py, rows.neighbors), weights))
    }

    /// The numbers and `_id`s of nodes.
    fn nodes<'py>(
        &self,
        py: Python<'py>,
        labels: Option<Vec<String>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let nodes = self.call(py, None, None, &CancelToken::new(), move |session, options| {
            Ok(session.graph_nodes(labels, &options)?)
        })?;
        Ok((array(py, nodes.numbers), texts(py, &nodes.ids)))
    }

    /// The `_id`s and vectors of a property.
    fn vectors<'py>(
        &self,
        py: Python<'py>,
        label: Option<String>,
        property: String,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let found = self.call(py, None, None, &CancelToken::new(), move |session, options| {
            Ok(session.node_vectors(label.as_deref(), &property, &options)?)
        })?;
        let ids = texts(py, &found.ids);
        let shape = (found.ids.len(), found.width);
        Ok((ids, array(py, found.numbers).call_method1("reshape", (shape,))?))
    }

    /// Calls an algorithm: the names of its columns, and the columns as [`column`] gives them, without a copy of a matrix.
    #[pyo3(signature = (algorithm, parameters, progress = None))]
    fn algorithm<'py>(
        &self,
        py: Python<'py>,
        algorithm: String,
        parameters: &Bound<'py, PyAny>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Vec<String>, Bound<'py, PyList>)> {
        let parameters = from_python(parameters)?;
        let batch = self.call(py, None, progress, &CancelToken::new(), move |session, options| {
            Ok(session.call(&algorithm, &parameters, &options)?)
        })?;
        let names = batch.names().to_vec();
        let columns = batch.into_columns().into_iter().map(|whole| column(py, whole)).collect::<PyResult<Vec<_>>>()?;
        Ok((names, PyList::new(py, columns)?))
    }

    /// Loads the rows of a stream as nodes; how many.
    #[pyo3(signature = (labels, table, id, keep_id))]
    fn load_nodes(
        &self,
        py: Python<'_>,
        labels: Vec<String>,
        table: &Bound<'_, PyAny>,
        id: String,
        keep_id: bool,
    ) -> PyResult<u64> {
        let incoming = Incoming::new(table, vec![(id, "_id")], keep_id)?;
        self.load(py, incoming, Target::Nodes(labels))
    }

    /// Loads the rows of a stream as edges; how many.
    #[pyo3(signature = (label, table, src, dst))]
    fn load_edges(
        &self,
        py: Python<'_>,
        label: Option<String>,
        table: &Bound<'_, PyAny>,
        src: String,
        dst: String,
    ) -> PyResult<u64> {
        let incoming = Incoming::new(table, vec![(src, "_from"), (dst, "_to")], false)?;
        self.load(py, incoming, Target::Edges(label))
    }

    /// Sets a vector property of nodes in one commit; how many vectors.
    fn write_vectors(
        &self,
        py: Python<'_>,
        property: String,
        ids: Vec<String>,
        matrix: PyReadonlyArray2<'_, f32>,
    ) -> PyResult<u64> {
        let [rows, width] = [matrix.shape()[0], matrix.shape()[1]];
        if rows != ids.len() {
            return Err(wrong(format!("there are {} ids and {rows} vectors", ids.len())));
        }
        let numbers = matrix.as_slice().map_err(|_| wrong("the matrix has to be contiguous, row by row"))?.to_vec();
        self.call(py, None, None, &CancelToken::new(), move |session, options| {
            let mut load = session.load_vectors_with(&[(property, width)], &options)?;
            for (at, id) in ids.iter().enumerate() {
                load.put(id, &[Some(&numbers[at * width..(at + 1) * width])])?;
            }
            Ok(load.finish()?)
        })
    }

    /// Writes the graph: its nodes and edges, and the files.
    #[pyo3(signature = (to, format, blocks = None, node_labels = None, edge_labels = None, weight = None))]
    #[expect(clippy::too_many_arguments, reason = "the parameters of Python's method")]
    fn export(
        &self,
        py: Python<'_>,
        to: PathBuf,
        format: &str,
        blocks: Option<usize>,
        node_labels: Option<Vec<String>>,
        edge_labels: Option<Vec<String>>,
        weight: Option<String>,
    ) -> PyResult<(u64, u64, Vec<PathBuf>)> {
        let format = match format {
            "csv" => ExportFormat::Csv,
            "parquet" => ExportFormat::Parquet,
            "graphml" => ExportFormat::GraphMl,
            other => return Err(wrong(format!("format is {other:?}; it takes csv, parquet or graphml"))),
        };
        let selection = Selection { node_labels, edge_labels, weight };
        let shared = self.home.shared.clone();
        let report = self.call(py, None, None, &CancelToken::new(), move |session, options| {
            Ok(match blocks {
                Some(blocks) => session.export_blocks(to, blocks, &selection, &options)?,
                None => shared.database()?.export_as(session.graph(), to, format)?,
            })
        })?;
        Ok((report.nodes, report.edges, report.files))
    }

    /// Takes vectors that were computed elsewhere as a property; how many.
    fn import_vectors(&self, py: Python<'_>, property: String, from: PathBuf) -> PyResult<u64> {
        self.call(py, None, None, &CancelToken::new(), move |session, options| {
            Ok(session.import_vectors(&property, from, &options)?.vectors)
        })
    }

    /// What an expression of Python becomes as a value of the language, for tests of the conversion.
    #[staticmethod]
    fn shown(value: &Bound<'_, PyAny>) -> PyResult<(String, String)> {
        let value: Value = from_python(value)?;
        Ok((value.type_name().to_owned(), value.to_string()))
    }

    /// Panics, for the test that a panic is an exception.
    fn panic_for_test(&self, py: Python<'_>) -> PyResult<()> {
        self.call(py, None, None, &CancelToken::new(), |_, _| panic!("asked for by a test"))
    }
}

impl Session {
    /// A result, which ends with the session.
    fn rows(&self, cell: Cell) -> Rows {
        let cell = Arc::new(cell);
        let mut results = self.home.results.lock();
        results.retain(|result| result.strong_count() > 0);
        results.push(Arc::downgrade(&cell));
        Rows::new(cell)
    }

    fn load(&self, py: Python<'_>, incoming: Incoming, target: Target) -> PyResult<u64> {
        let cancel = CancelToken::new();
        self.call(py, None, None, &cancel, move |session, options| load::load(session, incoming, target, &options))
    }
}
