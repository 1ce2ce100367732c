//! Leaves out rows whose vector is certainly not among the first of an order by similarity or distance.
//!
//! A row's score is estimated from a block of vectors, with bounds of what the function gives at least and at most: first from a
//! byte for each number (scalar quantisation), which is a quarter of the memory to read and rules most rows out, then in 32 bits. A row
//! is left out when its upper bound is below the lower bounds of as many rows as are wanted. What is left is a few rows more than are
//! wanted; the function's own values order them, in the sort above. So the result is that of the sort alone, ties, NULLs and errors
//! included: a row for which there is no estimate (a vector of another length, no vector, numbers of great magnitude) is kept.

mod query;

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range, sync::Arc};

use query::{Bounds, Query};
use wend_storage::NodeId;

use super::{
    operator::{BoxOperator, Operator},
    sort::wanted_rows,
};
use crate::{
    error::Result,
    memory::Held,
    plan::nearest::{self, Side},
    runtime::{
        batch::{self, BATCH_ROWS, Batch},
        eval::eval,
        statement::Statement,
        vector_block,
    },
    value::Value,
};

/// See [`crate::plan::Plan::Nearest`].
pub(super) struct Nearest {
    input: BoxOperator,
    nearest: nearest::Nearest,
    /// The rows that are kept and how many have been given out.
    kept: Option<(Batch, usize)>,
    held: Held,
}

/// So many vectors are worth a look at fewer bytes of them first.
const MANY: usize = 32;

/// The lower bounds of the best rows so far, as many as are wanted.
struct Best {
    wanted: usize,
    lowest: BinaryHeap<Reverse<Score>>,
}

/// A bound; none is NaN.
#[derive(Clone, Copy, PartialEq)]
struct Score(f64);

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Best {
    /// What a row's upper bound has to reach.
    fn threshold(&self) -> f64 {
        match self.lowest.peek() {
            _ if self.lowest.len() < self.wanted => f64::NEG_INFINITY,
            Some(Reverse(score)) => score.0,
            // No row is wanted.
            None => f64::INFINITY,
        }
    }

    fn add(&mut self, low: f64) {
        if self.lowest.len() < self.wanted {
            self.lowest.push(Reverse(Score(low)));
        } else if let Some(mut lowest) = self.lowest.peek_mut()
            && low > lowest.0.0
        {
            *lowest = Reverse(Score(low));
        }
    }
}

impl Nearest {
    pub(super) fn new(input: BoxOperator, nearest: nearest::Nearest) -> Self {
        Nearest { input, nearest, kept: None, held: Held::default() }
    }

    fn run(&mut self, st: &Statement) -> Result<Batch> {
        let wanted = wanted_rows(&self.nearest.top, st)?;
        let mut best = Best { wanted, lowest: BinaryHeap::new() };
        let mut rows = Batch::default();
        let mut highs: Vec<f64> = Vec::new();
        // A value that does not depend on the row is prepared once.
        let mut constant = None;
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let mut kept = Vec::new();
            for (row, Bounds { low, high }) in self.bounds(&batch, best.threshold(), &mut constant, st)? {
                if high >= best.threshold() {
                    best.add(low);
                    kept.push(row);
                    highs.push(high);
                }
            }
            if kept.is_empty() {
                continue;
            }
            let more = if kept.len() == batch.len() { batch } else { batch.gather(&kept) };
            self.held.take(&st.memory, more.bytes() + more.len() * size_of::<f64>(), "ORDER BY")?;
            rows.append(more);
            if rows.len() >= wanted.saturating_mul(2).max(4 * BATCH_ROWS) {
                let before = rows.len();
                prune(&mut rows, &mut highs, &best);
                if rows.len() < before {
                    self.held.release();
                    self.held.take(&st.memory, rows.bytes() + rows.len() * size_of::<f64>(), "ORDER BY")?;
                }
            }
        }
        prune(&mut rows, &mut highs, &best);
        Ok(rows)
    }

    /// What the function gives at least and at most for each row that may reach `threshold`, turned round for an ascending order: more
    /// comes first.
    fn bounds(
        &self,
        batch: &Batch,
        threshold: f64,
        constant: &mut Option<Value>,
        st: &Statement,
    ) -> Result<Vec<(u32, Bounds)>> {
        let unknown = |rows: Range<usize>| rows.map(|row| (row as u32, Bounds::UNKNOWN));
        let all_unknown = || Ok(unknown(0..batch.len()).collect());
        let Some((side, nodes)) = self.side(batch) else { return all_unknown() };
        let Some(block) = vector_block::of(nodes, &side.property, st)? else { return all_unknown() };
        let Some((numbers, width, norms)) = block.parts() else { return all_unknown() };
        let slots = side.other.columns();
        let (mut bounds, mut wide) = (Vec::new(), Vec::new());
        let mut from = 0;
        while from < batch.len() {
            let to = if slots.is_empty() { batch.len() } else { run_of_equals(batch, &slots, from) };
            let value = match constant {
                Some(value) if slots.is_empty() => Ok(value.clone()),
                _ => eval(&side.other, batch, from, st),
            };
            // Where it is an error, that is for whoever computes the function.
            let value = match value {
                Err(error) if error.is_about_values() => Value::Null,
                value => value?,
            };
            if slots.is_empty() {
                *constant = Some(value.clone());
            }
            match Query::new(self.nearest.measure, &value, width) {
                None => bounds.extend(unknown(from..to)),
                Some(query) => {
                    let places = &block.places()[from..to];
                    let mut rows: Vec<u32> = (from as u32..to as u32).collect();
                    // Most rows are too far away by a glance at fewer bytes.
                    let quantised = block.quantised().filter(|_| threshold > f64::NEG_INFINITY && to - from >= MANY);
                    if let Some(quantised) = quantised
                        && query.wide_bounds(places, quantised, norms, &mut wide)
                    {
                        let reaches = |row: &u32| {
                            let row = *row as usize;
                            self.ordered(wide[row - from], block.is_null(row)).high >= threshold
                        };
                        rows.retain(reaches);
                    }
                    let places: Vec<usize> = rows.iter().map(|row| block.places()[*row as usize]).collect();
                    let found = query.bounds(&places, numbers, norms);
                    let ordered = |row: u32, found| (row, self.ordered(found, block.is_null(row as usize)));
                    bounds.extend(rows.iter().zip(found).map(|(row, found)| ordered(*row, found)));
                }
            }
            from = to;
        }
        Ok(bounds)
    }

    /// The argument whose nodes differ from row to row, and these nodes.
    fn side<'b>(&self, batch: &'b Batch) -> Option<(&Side, &'b [NodeId])> {
        let mut sides = self.nearest.sides.iter().filter_map(|side| match batch.column(side.slot) {
            batch::Column::Nodes(nodes) => Some((side, &nodes[..])),
            _ => None,
        });
        let first = sides.next()?;
        if first.1.first() != first.1.last() {
            return Some(first);
        }
        Some(sides.next().unwrap_or(first))
    }

    /// Bounds of the order: of `None`, the function's value is NULL.
    fn ordered(&self, found: Option<Bounds>, null: bool) -> Bounds {
        match found {
            Some(bounds) if !null => {
                if self.nearest.descending {
                    bounds
                } else {
                    Bounds { low: -bounds.high, high: -bounds.low }
                }
            }
            _ if self.nearest.nulls_first => Bounds { low: f64::INFINITY, high: f64::INFINITY },
            _ => Bounds { low: f64::NEG_INFINITY, high: f64::NEG_INFINITY },
        }
    }
}

/// Leaves out the rows that are not among the best any more.
fn prune(rows: &mut Batch, highs: &mut Vec<f64>, best: &Best) {
    let threshold = best.threshold();
    let kept: Vec<u32> = (0..).zip(highs.iter()).filter(|(_, high)| **high >= threshold).map(|(row, _)| row).collect();
    if kept.len() < rows.len() {
        *rows = rows.gather(&kept);
        highs.retain(|high| *high >= threshold);
    }
}

/// The end of the rows that have the same values in some slots as a row has.
fn run_of_equals(batch: &Batch, slots: &[usize], from: usize) -> usize {
    let mut end = batch.len();
    for slot in slots {
        let mut rows = from + 1..end;
        let other = match batch.column(*slot) {
            batch::Column::Nodes(nodes) => rows.find(|row| nodes[*row] != nodes[from]),
            _ => rows.find(|row| !is_same(&batch.value(*slot, from), &batch.value(*slot, *row))),
        };
        end = other.unwrap_or(end);
    }
    end
}

/// Whether two values are one, as far as that is seen at a glance.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Node(a), Value::Node(b)) => a.number == b.number,
        (Value::Edge(a), Value::Edge(b)) => a.reference == b.reference,
        (Value::Vector(a), Value::Vector(b)) => Arc::ptr_eq(a, b),
        (Value::List(a), Value::List(b)) => Arc::ptr_eq(a, b),
        (Value::Record(a), Value::Record(b)) => Arc::ptr_eq(a, b),
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Null, Value::Null) => true,
        _ => false,
    }
}

impl Operator for Nearest {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.kept.is_none() {
            self.kept = Some((self.run(st)?, 0));
        }
        let Some((rows, next)) = &mut self.kept else { return Ok(None) };
        let (from, to) = (*next, (*next + BATCH_ROWS).min(rows.len()));
        *next = to;
        Ok((from < to).then(|| rows.slice(from, to)))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.kept = None;
        self.held.release();
    }
}
