//! Nodes or edges found by an index on properties, for each input row.
//!
//! The conditions an index answers are checked again above it, so what it gives only has to be enough. Where the index
//! cannot answer as the comparisons would (a value without an order, a property with values of several types, where `<` is an
//! error), all elements of the label are given, and the conditions decide.

use std::ops::Bound;

use wend_storage::{EdgeCursor, EdgeId, IndexBound, IndexCursor, NodeCursor, NodeId, Value as Stored};

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::{self, IndexNext, expr::Expr},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval,
        statement::Statement,
    },
    value::{EdgeRef, GroupKey, Value},
};

/// See [`crate::plan::Plan::IndexScan`].
pub(super) struct IndexScan {
    input: BoxOperator,
    scan: Box<plan::IndexScan>,
    /// The input rows, the row being joined, and the searches for it that are left.
    current: Option<(Batch, usize, Vec<Search>)>,
}

/// Where elements come from.
enum Search {
    Index(IndexCursor),
    Nodes(NodeCursor),
    Edges(EdgeCursor),
}

/// What one row looks for.
enum Wanted {
    /// No element can meet the conditions.
    Nothing,
    /// Only the conditions can tell.
    Unknown,
    /// The values of the first properties, and what the next is to be; one search for each.
    Keys(Vec<(Vec<Stored>, IndexBound)>),
}

/// The value of a condition's other side.
enum Probe {
    /// NULL or NaN: nothing is equal to it, less or greater.
    Never,
    /// One the index has no place for.
    Unknown,
    Value(Stored),
}

impl IndexScan {
    pub(super) fn new(input: BoxOperator, scan: Box<plan::IndexScan>) -> Self {
        IndexScan { input, scan, current: None }
    }

    fn wanted(&self, batch: &Batch, row: usize, st: &Statement) -> Wanted {
        let value = |expr: &Expr| eval(expr, batch, row, st);
        let mut equal = Vec::new();
        let mut never = false;
        for expr in &self.scan.equal {
            // An error is met again by the condition, if there is an element to check it on.
            match value(expr).map_or(Probe::Unknown, |value| probe(&value)) {
                Probe::Never => never = true,
                Probe::Unknown => return Wanted::Unknown,
                Probe::Value(stored) => equal.push(stored),
            }
        }
        let bound = match &self.scan.next {
            IndexNext::Any => IndexBound::All,
            IndexNext::StartsWith(expr) => match value(expr) {
                Ok(Value::String(text)) => IndexBound::StartsWith(text.to_string()),
                Ok(_) => return Wanted::Nothing,
                Err(_) => return Wanted::Unknown,
            },
            IndexNext::In(expr) => {
                let list = match value(expr) {
                    Ok(Value::Null) => return Wanted::Nothing,
                    Ok(Value::List(list)) => list,
                    _ => return Wanted::Unknown,
                };
                let mut seen = rustc_hash::FxHashSet::default();
                let mut keys = Vec::new();
                for element in list.iter() {
                    match probe(element) {
                        Probe::Never => {}
                        Probe::Unknown => return Wanted::Unknown,
                        Probe::Value(stored) => {
                            if seen.insert(GroupKey(element.clone())) {
                                let mut key = equal.clone();
                                key.push(stored);
                                keys.push((key, IndexBound::All));
                            }
                        }
                    }
                }
                return if never { Wanted::Nothing } else { Wanted::Keys(keys) };
            }
            IndexNext::Between(lower, upper) => {
                let mut bounds = [Bound::Unbounded, Bound::Unbounded];
                for (bound, given) in bounds.iter_mut().zip([lower, upper]) {
                    if let Some((expr, inclusive)) = given {
                        let stored = match value(expr) {
                            // With NULL no comparison is true.
                            Ok(Value::Null) => {
                                never = true;
                                continue;
                            }
                            Ok(value) => match probe(&value) {
                                Probe::Value(stored) => stored,
                                // NaN and values without order: an error with some types, false with others.
                                _ => return Wanted::Unknown,
                            },
                            Err(_) => return Wanted::Unknown,
                        };
                        *bound = if *inclusive { Bound::Included(stored) } else { Bound::Excluded(stored) };
                    }
                }
                let [lower, upper] = bounds;
                IndexBound::Between(lower, upper)
            }
        };
        if never { Wanted::Nothing } else { Wanted::Keys(vec![(equal, bound)]) }
    }

    /// The searches for a row, the first one last.
    fn open(&self, batch: &Batch, row: usize, st: &Statement) -> Result<Vec<Search>> {
        let index = &self.scan.index;
        let all = || -> Result<Vec<Search>> {
            let label = Some(index.definition.label);
            Ok(vec![if index.definition.on_edge {
                Search::Edges(st.tx.edges(st.graph, label)?)
            } else {
                Search::Nodes(st.tx.nodes(st.graph, label)?)
            }])
        };
        // One that has no entries by values stands for its label.
        if !index.definition.is_on_values() {
            return all();
        }
        match self.wanted(batch, row, st) {
            Wanted::Nothing => Ok(Vec::new()),
            Wanted::Unknown => all(),
            Wanted::Keys(keys) => {
                let mut searches = Vec::with_capacity(keys.len());
                for (equal, bound) in keys.iter().rev() {
                    match st.tx.index_scan(st.graph, index.id, equal, bound)? {
                        Some(cursor) => searches.push(Search::Index(cursor)),
                        None => return all(),
                    }
                }
                Ok(searches)
            }
        }
    }

    /// The next elements, as a column; `None` when the searches have no more.
    fn fill(on_edge: bool, searches: &mut Vec<Search>, st: &Statement) -> Result<Option<Column>> {
        let (mut nodes, mut edges) = (Vec::new(), Vec::new());
        while nodes.len() + edges.len() < BATCH_ROWS {
            let Some(search) = searches.last_mut() else { break };
            match search {
                Search::Nodes(cursor) => match cursor.next().transpose()? {
                    Some(node) => nodes.push(node),
                    None => drop(searches.pop()),
                },
                Search::Edges(cursor) => match cursor.next().transpose()? {
                    Some((edge, label, from, to)) => edges.push(EdgeRef { edge, label, from, to }),
                    None => drop(searches.pop()),
                },
                Search::Index(cursor) => match cursor.next().transpose()? {
                    None => drop(searches.pop()),
                    Some(node) if !on_edge => nodes.push(NodeId(node)),
                    Some(edge) => {
                        let edge = EdgeId(edge);
                        if let Some((label, from, to)) = st.tx.edge_ends(st.graph, edge)? {
                            edges.push(EdgeRef { edge, label, from, to });
                        }
                    }
                },
            }
        }
        let column = if on_edge { Column::Edges(edges) } else { Column::Nodes(nodes) };
        Ok((column.len() > 0).then_some(column))
    }
}

fn probe(value: &Value) -> Probe {
    match value {
        Value::Null => Probe::Never,
        Value::Float(number) if number.is_nan() => Probe::Never,
        Value::List(_) | Value::Record(_) | Value::Vector(_) => Probe::Unknown,
        other => match other.to_stored() {
            Ok(Some(stored)) => Probe::Value(stored),
            _ => Probe::Unknown,
        },
    }
}

impl Operator for IndexScan {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                let searches = self.open(&batch, 0, st)?;
                self.current = Some((batch, 0, searches));
            }
            let Some((batch, row, searches)) = &mut self.current else { return Ok(None) };
            if let Some(column) = Self::fill(self.scan.index.definition.on_edge, searches, st)? {
                let mut out = batch.gather(&vec![*row as u32; column.len()]);
                out.set(self.scan.slot, column);
                return Ok(Some(out));
            }
            match self.current.take() {
                Some((batch, row, _)) if row + 1 < batch.len() => {
                    let searches = self.open(&batch, row + 1, st)?;
                    self.current = Some((batch, row + 1, searches));
                }
                _ => {}
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
    }
}
