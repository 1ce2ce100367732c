//! One reading of all candidates' vectors, by several threads, each of which takes a range of nodes after the other.
//!
//! Candidates come in node order from the label index, their vectors in the same order from the property's vector set;
//! a candidate that is not in the set has its vector in its record, if it has one. Every score is computed in the same way
//! whichever thread does it, and the order of hits is total, so that the result does not depend on the threads.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use parking_lot::Mutex;
use wend_storage::{NodeId, NodeReader, Value as Stored};

use super::{
    request::{Candidates, Request, lengths},
    top::{Hit, Top},
};
use crate::{
    control::{Progress, cancelled},
    error::{Error, Result},
    runtime::statement::Statement,
    value::float_sum::{exponent, ldexp},
};

/// Node numbers in one range: some megabytes of vectors, a few milliseconds.
const RANGE: u64 = 8192;

/// What came out.
pub(super) struct Found {
    /// The best of each query, in the queries' order.
    pub(super) best: Vec<Vec<Hit>>,
    /// How many nodes had a vector.
    pub(super) candidates: u64,
}

/// Compares every candidate with every query.
pub(super) fn scan(st: &Statement, request: &Request, threads: usize) -> Result<Found> {
    let nodes = st.tx.node_range(st.graph)?;
    let (next, stop) = (AtomicU64::new(nodes.start.0), AtomicBool::new(false));
    let results: Mutex<Vec<Result<Worker>>> = Mutex::new(Vec::new());
    let work = || {
        let mut worker = Worker::new(st, request);
        let mut outcome = Ok(());
        while outcome.is_ok() && !stop.load(Ordering::Relaxed) {
            let from = next.fetch_add(RANGE, Ordering::Relaxed);
            if from >= nodes.end.0 {
                break;
            }
            if st.cancel.is_cancelled() {
                outcome = Err(cancelled());
                break;
            }
            outcome = worker.range(st, request, NodeId(from)..NodeId((from + RANGE).min(nodes.end.0)));
            if let Some(callback) = &st.progress {
                let done = (from + RANGE).saturating_sub(nodes.start.0).min(nodes.end.0 - nodes.start.0);
                let fraction = done as f64 / (nodes.end.0 - nodes.start.0) as f64;
                callback(&Progress { stage: "vectors".to_owned(), fraction });
            }
        }
        stop.fetch_or(outcome.is_err(), Ordering::Relaxed);
        results.lock().push(outcome.map(|()| worker));
    };
    st.database.pool()?.scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| work());
        }
        work();
    });
    let mut best = vec![Top::new(request.k); request.queries.len()];
    let mut candidates = 0;
    for worker in results.into_inner() {
        let worker = worker?;
        candidates += worker.candidates;
        best.iter_mut().zip(worker.best).for_each(|(best, own)| best.merge(own));
    }
    Ok(Found { best: best.into_iter().map(Top::into_sorted).collect(), candidates })
}

/// One thread's part.
struct Worker {
    best: Vec<Top>,
    candidates: u64,
    reader: NodeReader,
    ids: Vec<NodeId>,
    stored: Vec<f32>,
    vector: Vec<f64>,
}

impl Worker {
    fn new(st: &Statement, request: &Request) -> Self {
        Worker {
            best: vec![Top::new(request.k); request.queries.len()],
            candidates: 0,
            reader: st.tx.node_reader(st.graph),
            ids: Vec::new(),
            stored: Vec::new(),
            vector: Vec::new(),
        }
    }

    /// Compares the candidates among these nodes.
    fn range(&mut self, st: &Statement, request: &Request, nodes: Range<NodeId>) -> Result<()> {
        self.ids.clear();
        candidates(st, &request.candidates, &nodes, &mut self.ids)?;
        if self.ids.is_empty() {
            return Ok(());
        }
        let ids = std::mem::take(&mut self.ids);
        let mut vectors = st.tx.vectors_of(st.graph, request.property, nodes)?;
        let mut at = vectors.next_into(&mut self.stored)?;
        for (position, &node) in ids.iter().enumerate() {
            // Many queries make a range long.
            if position % 256 == 0 {
                st.cancel.check()?;
            }
            while at.is_some_and(|at| at < node) {
                at = vectors.next_into(&mut self.stored)?;
            }
            self.vector.clear();
            if at == Some(node) {
                self.vector.extend(self.stored.iter().map(|&number| f64::from(number)));
            } else if self.recorded(st, request, node)? {
                if request.cosine {
                    bring_into_range(&mut self.vector);
                }
            } else {
                continue;
            }
            self.compare(st, request, node)?;
        }
        self.ids = ids;
        Ok(())
    }

    /// Reads a vector that is in the node's record; `false` when there is none.
    fn recorded(&mut self, st: &Statement, request: &Request, node: NodeId) -> Result<bool> {
        let mut value = None;
        if self.reader.go(node)? {
            self.reader.parts(Some(&[request.property]), &mut |_, found| value = Some(found))?;
        }
        let Some(value) = value else { return Ok(false) };
        if !numbers_of(&value, &mut self.vector) {
            let id = st.tx.node_id(st.graph, node)?.unwrap_or_default();
            let message =
                format!("`{}` of the node '{id}' is neither a VECTOR nor a list of numbers", request.property_name);
            return Err(Error::value_type(message).with_hint("nodeLabels leaves out nodes that have none"));
        }
        Ok(true)
    }

    fn compare(&mut self, st: &Statement, request: &Request, node: NodeId) -> Result<()> {
        let Some(first) = request.queries.first() else { return Ok(()) };
        if self.vector.len() != request.dimensions {
            let id = st.tx.node_id(st.graph, node)?.unwrap_or_default();
            return Err(lengths(&request.property_name, (&first.id, request.dimensions), (&id, self.vector.len())));
        }
        self.candidates += 1;
        let own = if request.cosine { norm(&self.vector) } else { 1.0 };
        // A zero vector has no angle.
        if own == 0.0 {
            return Ok(());
        }
        for (query, best) in request.queries.iter().zip(&mut self.best) {
            if query.without.binary_search(&node).is_ok() {
                continue;
            }
            let product = dot(&query.vector, &self.vector);
            let score = if request.cosine { (product / (query.norm * own)).clamp(-1.0, 1.0) } else { product };
            if !score.is_finite() {
                let id = st.tx.node_id(st.graph, node)?.unwrap_or_default();
                return Err(Error::data(
                    "22003",
                    format!("the vectors of '{}' and '{id}' have no finite product", query.id),
                ));
            }
            // Adding 0 makes one zero of two, so that they are a tie.
            best.add(Hit { score: score + 0.0, node });
        }
        Ok(())
    }
}

/// The nodes of a range that have a label of each list, in order.
fn candidates(st: &Statement, wanted: &Candidates, nodes: &Range<NodeId>, out: &mut Vec<NodeId>) -> Result<()> {
    let mut lists = wanted.labels.iter();
    let Some(first) = lists.next() else {
        st.tx.nodes_in(st.graph, None, nodes.clone())?.fill(out, usize::MAX)?;
        return Ok(());
    };
    let with = |labels: &[wend_storage::LabelId], out: &mut Vec<NodeId>| -> Result<()> {
        for &label in labels {
            st.tx.nodes_in(st.graph, Some(label), nodes.clone())?.fill(out, usize::MAX)?;
        }
        out.sort_unstable();
        out.dedup();
        Ok(())
    };
    with(first, out)?;
    let mut other = Vec::new();
    for labels in lists {
        other.clear();
        with(labels, &mut other)?;
        out.retain(|node| other.binary_search(node).is_ok());
    }
    Ok(())
}

/// Puts the numbers of a vector or list into `out`; `false` when it is none.
pub(super) fn numbers_of(value: &Stored, out: &mut Vec<f64>) -> bool {
    match value {
        Stored::Vector(numbers) => out.extend(numbers.iter().map(|&number| f64::from(number))),
        Stored::List(items) => {
            for item in items {
                match item {
                    Some(Stored::Int(number)) => out.push(*number as f64),
                    Some(Stored::Float(number)) => out.push(*number),
                    _ => return false,
                }
            }
        }
        _ => return false,
    }
    true
}

/// The dot product, in eight sums side by side that are added up at the end: an order that does not change, and that
/// vector instructions can keep.
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let (x_lanes, x_rest) = x.as_chunks::<8>();
    let (y_lanes, y_rest) = y.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (x, y) in x_lanes.iter().zip(y_lanes) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7])) + rest
}

/// Scales numbers whose squares might overflow or vanish by a power of two: the direction of a vector stays as it is.
pub(super) fn bring_into_range(x: &mut [f64]) {
    let largest = x.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest > 0.0 && largest.is_finite() && !(1e-100..1e100).contains(&largest) {
        let exponent = exponent(largest);
        x.iter_mut().for_each(|number| *number = ldexp(*number, -exponent));
    }
}

/// The Euclidean length.
pub(super) fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}
