//! Embeddings whose work is done in parts, for `wenddb.spark`: no database, no threads.

use numpy::PyReadonlyArray1;
use pyo3::{prelude::*, types::PyBytes};
use wenddb::parts::{BlockRows, Turn};

use crate::{
    arrays::array,
    call::guarded,
    error::{Failure, wrong},
    value::from_python,
};

/// Does some work without holding the interpreter.
fn work<T: Send>(py: Python<'_>, work: impl FnOnce() -> wenddb::Result<T> + Send) -> PyResult<T> {
    let done = py.detach(|| guarded(|| work().map_err(Failure::from)));
    done.map_err(|failure| failure.into_exception(py, None))
}

type Numbers<'py> = PyReadonlyArray1<'py, u32>;

fn slice<'a, T: numpy::Element>(array: &'a PyReadonlyArray1<'_, T>) -> PyResult<&'a [T]> {
    array.as_slice().map_err(|_| wrong("the array has to be contiguous".to_owned()))
}

/// A whole undirected graph.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct PartsGraph(wenddb::parts::Graph);

#[pymethods]
impl PartsGraph {
    #[new]
    #[pyo3(signature = (numbers, degrees, neighbors, weights = None))]
    fn new(
        py: Python<'_>,
        numbers: Numbers<'_>,
        degrees: Numbers<'_>,
        neighbors: Numbers<'_>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<Self> {
        let (numbers, degrees, neighbors) = (slice(&numbers)?, slice(&degrees)?, slice(&neighbors)?);
        let weights = weights.as_ref().map(slice).transpose()?;
        work(py, || wenddb::parts::Graph::new(numbers, degrees, neighbors, weights)).map(PartsGraph)
    }

    #[getter]
    fn node_count(&self) -> usize {
        self.0.node_count()
    }
}

/// The rows of some nodes of a graph.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct PartsBlock(wenddb::parts::Block);

#[pymethods]
impl PartsBlock {
    #[new]
    #[pyo3(signature = (block, bounds, numbers, degrees, neighbors, places, weights = None, extremes = None))]
    #[expect(clippy::too_many_arguments, reason = "the arrays of a block")]
    fn new(
        py: Python<'_>,
        block: usize,
        bounds: Numbers<'_>,
        numbers: Numbers<'_>,
        degrees: Numbers<'_>,
        neighbors: Numbers<'_>,
        places: Numbers<'_>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        extremes: Option<(f64, f64)>,
    ) -> PyResult<Self> {
        let rows = BlockRows {
            block,
            bounds: slice(&bounds)?,
            numbers: slice(&numbers)?,
            degrees: slice(&degrees)?,
            neighbors: slice(&neighbors)?,
            places: slice(&places)?,
            weights: weights.as_ref().map(slice).transpose()?,
            extremes,
        };
        work(py, || wenddb::parts::Block::new(rows)).map(PartsBlock)
    }

    /// The blocks that send it rows, and how many.
    fn sources(&self) -> Vec<(usize, usize)> {
        self.0.sources().to_vec()
    }
}

/// An algorithm with parameters, checked as CALL checks them.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct Parts(wenddb::parts::Embedding);

type Messages<'py> = Vec<(usize, Bound<'py, PyBytes>)>;

fn handed_on<'py>(py: Python<'py>, turn: Turn) -> (Bound<'py, PyBytes>, Messages<'py>) {
    let messages = turn.messages.into_iter().map(|(target, bytes)| (target, PyBytes::new(py, &bytes))).collect();
    (PyBytes::new(py, &turn.state), messages)
}

#[pymethods]
impl Parts {
    #[new]
    fn new(py: Python<'_>, algorithm: &str, parameters: &Bound<'_, PyAny>) -> PyResult<Self> {
        let parameters = from_python(parameters)?;
        work(py, || wenddb::parts::Embedding::new(algorithm, &parameters)).map(Parts)
    }

    #[getter]
    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    #[getter]
    fn skips_isolated(&self) -> bool {
        self.0.skips_isolated()
    }

    #[getter]
    fn walks(&self) -> bool {
        self.0.walks()
    }

    #[getter]
    fn layers(&self) -> usize {
        self.0.layers()
    }

    #[getter]
    fn exchanges(&self) -> usize {
        self.0.exchanges()
    }

    /// Some columns of all rows, a flat array for each layer.
    fn columns<'py>(
        &self,
        py: Python<'py>,
        graph: &PartsGraph,
        first: usize,
        end: usize,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let layers = work(py, || self.0.columns(&graph.0, first..end))?;
        Ok(layers.into_iter().map(|layer| array(py, layer)).collect())
    }

    /// The sums of the walks from some nodes, a flat array.
    fn starts<'py>(&self, py: Python<'py>, graph: &PartsGraph, first: u32, end: u32) -> PyResult<Bound<'py, PyAny>> {
        Ok(array(py, work(py, || self.0.starts(&graph.0, first..end))?))
    }

    /// The vectors of some rows from their layers.
    fn finish<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        layers: Vec<PyReadonlyArray1<'_, f32>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let layers = layers.iter().map(slice).collect::<PyResult<Vec<&[f32]>>>()?;
        Ok(array(py, work(py, || self.0.finish(rows, &layers))?))
    }

    /// The vectors of some rows from the sums of all walks.
    fn finish_sums<'py>(&self, py: Python<'py>, sums: PyReadonlyArray1<'_, i64>) -> PyResult<Bound<'py, PyAny>> {
        let sums = slice(&sums)?;
        Ok(array(py, work(py, || self.0.finish_sums(sums))?))
    }

    /// A block's work before the first exchange: its state, and messages with the blocks that they are for.
    fn begin<'py>(&self, py: Python<'py>, block: &PartsBlock) -> PyResult<(Bound<'py, PyBytes>, Messages<'py>)> {
        Ok(handed_on(py, work(py, || self.0.begin(&block.0))?))
    }

    /// A block's work after an exchange.
    fn turn<'py>(
        &self,
        py: Python<'py>,
        block: &PartsBlock,
        state: &[u8],
        messages: Vec<(usize, Bound<'_, PyBytes>)>,
    ) -> PyResult<(Bound<'py, PyBytes>, Messages<'py>)> {
        let messages: Vec<(usize, &[u8])> = messages.iter().map(|(from, bytes)| (*from, bytes.as_bytes())).collect();
        Ok(handed_on(py, work(py, || self.0.turn(&block.0, state, &messages))?))
    }

    /// The vectors of a block's nodes after the last exchange, a flat array.
    fn vectors<'py>(&self, py: Python<'py>, block: &PartsBlock, state: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        Ok(array(py, work(py, || self.0.vectors(&block.0, state))?))
    }
}
