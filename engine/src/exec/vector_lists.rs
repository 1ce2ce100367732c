//! The nearest vectors by the inverted lists of an index, for each input row.
//!
//! Lists are looked at from the nearest centroid on. A vector is estimated by a bit for each number, one that may be among the wanted
//! by its code of a byte for each number, and one that still may be is asked whether it counts; then the best some are compared exactly,
//! by the function that the metric stands for. How many lists are looked
//! at depends on how many vectors are wanted, and on the share of those that count: the index knows by a measurement how many lists
//! have the neighbours up to a rank, and the k nearest of a share s are about those of rank k / s among all. When fewer than are
//! wanted have been found, all other lists are looked at, so that a condition never leaves out rows that exist.

use std::{cmp::Ordering, collections::BinaryHeap};

use rustc_hash::FxHashSet;
use wend_algorithms::{QuantisedQuery, SignQuery};
use wend_storage::{EdgeId, Metric, NodeId, RANKS};

use super::operator::{BoxOperator, Operator};
use crate::{
    cache::lists::ListCentroids,
    error::{Error, Result},
    function,
    plan::vector_search,
    runtime::{
        batch::{Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::{EdgeRef, Value, convert::row_count},
};

/// See [`crate::plan::Plan::VectorLists`].
pub(super) struct VectorLists {
    input: BoxOperator,
    search: vector_search::VectorLists,
    /// Leaves the rows of elements that count.
    accept: Option<BoxOperator>,
    /// The input rows, and the next of them.
    current: Option<(Batch, usize)>,
}

/// As many vectors are compared exactly as are wanted, and so many times more.
const COMPARED: usize = 4;
/// And no fewer than this.
const LEAST_COMPARED: usize = 64;
/// A vector is looked at more closely when its estimate by bits is not more than so many deviations too low.
const DEVIATIONS: f32 = 2.5;

/// An element with its estimate; the better the greater, of equal ones the first.
#[derive(Clone, Copy, PartialEq)]
struct Candidate {
    score: f32,
    element: u64,
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.element.cmp(&self.element))
    }
}

/// The best so far; the worst of them comes first out of the heap.
struct Best {
    most: usize,
    heap: BinaryHeap<std::cmp::Reverse<Candidate>>,
}

impl Best {
    fn takes(&self, candidate: Candidate) -> bool {
        match self.heap.peek() {
            Some(worst) if self.heap.len() >= self.most => candidate > worst.0,
            _ => self.most > 0,
        }
    }

    /// What a candidate has to be above; nothing while there are fewer than are looked for.
    fn worst(&self) -> f32 {
        match self.heap.peek() {
            Some(worst) if self.heap.len() >= self.most => worst.0.score,
            _ => f32::NEG_INFINITY,
        }
    }

    fn put(&mut self, candidate: Candidate) {
        self.heap.push(std::cmp::Reverse(candidate));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
    }
}

/// What was found for a row: the elements, the nearest first, and the values of the metric's function.
struct Found {
    elements: Vec<u64>,
    measures: Vec<Value>,
}

/// How many lists to look at for the neighbours up to a rank.
fn probes(known: &[u32; RANKS.len()], rank: f64, lists: usize) -> usize {
    let steps = |rank: f64| rank.max(1.0).log10();
    let mut below = (RANKS[0] as f64, f64::from(known[0]));
    if rank <= below.0 {
        return known[0] as usize;
    }
    for (at, count) in RANKS.iter().zip(known).skip(1) {
        let here = (*at as f64, f64::from(*count));
        if rank <= here.0 {
            let share = (steps(rank) - steps(below.0)) / (steps(here.0) - steps(below.0));
            return (below.1 + share * (here.1 - below.1)).ceil() as usize;
        }
        below = here;
    }
    // Beyond what was measured as many more lists as there are more neighbours.
    ((below.1 * rank / below.0).ceil() as usize).min(lists)
}

impl VectorLists {
    pub(super) fn new(input: BoxOperator, search: vector_search::VectorLists, accept: Option<BoxOperator>) -> Self {
        VectorLists { input, search, accept, current: None }
    }

    fn metric(&self) -> Result<Metric> {
        let space = self.search.index.definition.vector;
        Ok(space.ok_or_else(|| Error::internal("a vector index without vectors"))?.metric)
    }

    fn search(&mut self, batch: &Batch, row: usize, st: &Statement) -> Result<Found> {
        let nothing = Found { elements: Vec::new(), measures: Vec::new() };
        let wanted = row_count(&eval(&self.search.limit, &Batch::unit(), 0, st)?, "LIMIT")
            .map_err(|error| error.at(self.search.limit.span))?;
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let query = batch.value(self.search.query, row);
        let metric = self.metric()?;
        let Some(prepared) = numbers(&query).and_then(|numbers| metric.prepare(&numbers)) else { return Ok(nothing) };
        let Some(lists) = st.database.vector_lists().centroids(&st.tx, &self.search.index)? else { return Ok(nothing) };
        if wanted == 0 {
            return Ok(nothing);
        }
        let best = self.candidates(&lists, &prepared, wanted, (batch, row), st)?;
        self.compare(best, &query, wanted, st)
    }

    /// The elements that may be among the wanted ones.
    fn candidates(
        &mut self,
        lists: &ListCentroids,
        prepared: &[f32],
        wanted: usize,
        outer: (&Batch, usize),
        st: &Statement,
    ) -> Result<Vec<u64>> {
        let metric = self.metric()?;
        let order = lists.centroids.order(prepared, metric == Metric::Dot);
        let limit = st.database.options().graph_view_memory / 4;
        let kept = st.database.vector_lists();
        let index = self.search.index.clone();
        let reader = kept.reader(&st.tx, st.graph, &index, lists, limit)?;
        let codes = QuantisedQuery::new(prepared);
        let signs = SignQuery::new(&lists.rotation, prepared);
        let most = wanted.saturating_mul(COMPARED).max(LEAST_COMPARED);
        let mut best = Best { most, heap: BinaryHeap::new() };
        // The wanted ones alone, by the estimates so far.
        let mut first = Best { most: wanted, heap: BinaryHeap::new() };
        let (mut asked, mut accepted) = (0usize, 0usize);
        let (mut places, mut products) = (Vec::new(), Vec::new());
        for (looked, list) in order.iter().enumerate() {
            st.cancel.check()?;
            let share = if asked == 0 { 1.0 } else { accepted as f64 / asked as f64 };
            let rank = wanted as f64 / share.max(1e-9);
            if best.heap.len() >= wanted.min(most) && looked >= probes(&lists.lists.probes, rank, order.len()) {
                break;
            }
            let kept = reader.list(*list)?;
            let list = &kept.list;
            match &kept.signs {
                Some(of_list) if first.worst() > f32::NEG_INFINITY => {
                    signs.above(of_list, first.worst(), DEVIATIONS, &mut places);
                    codes.products_at(&places, &list.codes, &list.scales, &mut products);
                }
                _ => {
                    places.clear();
                    places.extend(0..list.elements.len());
                    codes.products(&list.codes, &list.scales, &mut products);
                }
            }
            let score = |at: usize, product: f32| match metric {
                // The nearer the higher, without what all have in common.
                Metric::Euclidean => 2.0 * product - list.squares[at],
                _ => product,
            };
            let near: Vec<Candidate> = places
                .iter()
                .zip(&products)
                .map(|(at, product)| Candidate { score: score(*at, *product), element: list.elements[*at] })
                .filter(|candidate| best.takes(*candidate))
                .collect();
            let counting = self.counting(&near, outer, st)?;
            asked += near.len();
            for candidate in near {
                if counting.as_ref().is_none_or(|counting| counting.contains(&candidate.element)) {
                    accepted += 1;
                    if best.takes(candidate) {
                        best.put(candidate);
                    }
                    if first.takes(candidate) {
                        first.put(candidate);
                    }
                }
            }
        }
        let mut found: Vec<Candidate> = best.heap.into_iter().map(|candidate| candidate.0).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|candidate| candidate.element).collect())
    }

    /// Those that count; `None` where all do.
    fn counting(
        &mut self,
        near: &[Candidate],
        (batch, row): (&Batch, usize),
        st: &Statement,
    ) -> Result<Option<FxHashSet<u64>>> {
        let Some(accept) = &mut self.accept else { return Ok(None) };
        let mut counting = FxHashSet::default();
        if near.is_empty() {
            return Ok(Some(counting));
        }
        let mut argument = batch.gather(&vec![row as u32; near.len()]);
        argument.set(self.search.slot, Column::Nodes(near.iter().map(|candidate| NodeId(candidate.element)).collect()));
        accept.rewind(&argument, st);
        while let Some(rows) = accept.next(st)? {
            counting.extend((0..rows.len()).filter_map(|row| rows.node(self.search.slot, row)).map(|node| node.0));
        }
        Ok(Some(counting))
    }

    /// The wanted elements by the metric's function.
    fn compare(&self, elements: Vec<u64>, query: &Value, wanted: usize, st: &Statement) -> Result<Found> {
        let metric = self.metric()?;
        let name = match metric {
            Metric::Cosine => "COSINE_SIMILARITY",
            Metric::Euclidean => "EUCLIDEAN_DISTANCE",
            Metric::Dot => "DOT_PRODUCT",
        };
        let function = function::find(name).ok_or_else(|| Error::internal("a metric without a function"))?;
        let on_edge = self.search.index.definition.on_edge;
        let Some(key) = self.search.property.key(&st.tx)? else {
            return Ok(Found { elements: Vec::new(), measures: Vec::new() });
        };
        let mut measured: Vec<(f64, u64, Value)> = Vec::with_capacity(elements.len());
        for element in elements {
            let stored = match on_edge {
                true => st.tx.edge_property(st.graph, EdgeId(element), key)?,
                false => st.tx.node_property(st.graph, NodeId(element), key)?,
            };
            let Some(vector) = stored.map(Value::from_stored) else { continue };
            let measure = function.call(&[vector, query.clone()], &st.function)?;
            if let Value::Float(number) = measure {
                measured.push((number, element, measure));
            }
        }
        let ascending = metric == Metric::Euclidean;
        measured.sort_by(|a, b| {
            let order = if ascending { a.0.total_cmp(&b.0) } else { b.0.total_cmp(&a.0) };
            order.then(a.1.cmp(&b.1))
        });
        measured.truncate(wanted);
        Ok(Found {
            elements: measured.iter().map(|(_, element, _)| *element).collect(),
            measures: measured.into_iter().map(|(_, _, measure)| measure).collect(),
        })
    }

    fn column(&self, elements: Vec<u64>, st: &Statement) -> Result<Column> {
        if !self.search.index.definition.on_edge {
            return Ok(Column::Nodes(elements.into_iter().map(NodeId).collect()));
        }
        let mut edges = Vec::with_capacity(elements.len());
        for edge in elements.into_iter().map(EdgeId) {
            let (label, from, to) = st
                .tx
                .edge_ends(st.graph, edge)?
                .ok_or_else(|| Error::internal("a vector index leads to an edge that is not there"))?;
            edges.push(EdgeRef { edge, label, from, to });
        }
        Ok(Column::Edges(edges))
    }
}

/// The vector that is compared; `None` for NULL.
fn numbers(query: &Value) -> Option<Vec<f32>> {
    match query {
        Value::Vector(numbers) => Some(numbers.to_vec()),
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Float(number) => Some(*number as f32),
                Value::Int(number) => Some(*number as f32),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

impl Operator for VectorLists {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let (batch, row) = match self.current.take() {
                Some(current) => current,
                None => match self.input.next(st)? {
                    Some(batch) => (batch, 0),
                    None => return Ok(None),
                },
            };
            let found = self.search(&batch, row, st)?;
            let mut out = batch.gather(&vec![row as u32; found.elements.len()]);
            if row + 1 < batch.len() {
                self.current = Some((batch, row + 1));
            }
            if !found.elements.is_empty() {
                out.set(self.search.slot, self.column(found.elements, st)?);
                out.set(self.search.measure, Column::Values(found.measures));
                return Ok(Some(out));
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_with_the_rank() {
        let known = [4, 8, 32];
        let of = |rank: f64| probes(&known, rank, 100);
        assert_eq!((of(1.0), of(10.0), of(100.0), of(1000.0)), (4, 4, 8, 32));
        assert!(of(30.0) > 4 && of(30.0) <= 8 && of(300.0) > 8);
        assert_eq!((of(2000.0), of(1e9)), (64, 100));
    }
}
