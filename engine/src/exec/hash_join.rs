//! Joins two inputs on equal values: keeps the rows of one by hash, and looks up those of the other.

use rustc_hash::FxHashMap;

use super::{
    BoxOperator, Operator,
    batch::{BATCH_ROWS, Batch, Column, value_bytes},
    collect,
    context::{Held, Statement},
    typed,
};
use crate::{
    error::Result,
    plan::expr::Expr,
    value::{GroupKey, Value},
};

/// See [`crate::plan::Plan::HashJoin`].
pub(super) struct HashJoin {
    input: BoxOperator,
    build: BoxOperator,
    input_keys: Vec<Expr>,
    build_keys: Vec<Expr>,
    different: Vec<(usize, usize)>,
    table: Option<Table>,
    held: Held,
    /// A batch of the input with its keys, the row being looked up, and its next candidate.
    current: Option<(Batch, Vec<Option<Vec<GroupKey>>>, usize, Option<u32>)>,
}

/// The rows that are kept.
#[derive(Default)]
struct Table {
    rows: Batch,
    /// The first row of a key.
    first: FxHashMap<Vec<GroupKey>, u32>,
    /// The next row of the same key.
    next: Vec<Option<u32>>,
}

/// The values of the keys in each row; `None` where one of them equals nothing, as NULL and NaN do.
pub(super) fn join_keys(keys: &[Expr], batch: &Batch, st: &Statement) -> Result<Vec<Option<Vec<GroupKey>>>> {
    let columns = keys.iter().map(|key| typed::values(key, batch, st)).collect::<Result<Vec<_>>>()?;
    let key = |row: usize| {
        let values = columns.iter().map(|column| {
            let value = &column[row];
            (value.equals(value) == Some(true)).then(|| GroupKey(value.clone()))
        });
        values.collect()
    };
    Ok((0..batch.len()).map(key).collect())
}

/// How often a subquery has each combination of values; it runs once, when that is first asked.
pub(super) struct KeyCounts {
    subquery: BoxOperator,
    keys: Vec<Expr>,
    found: Option<FxHashMap<Vec<GroupKey>, i64>>,
    held: Held,
}

impl KeyCounts {
    pub(super) fn new(subquery: BoxOperator, keys: Vec<Expr>) -> Self {
        KeyCounts { subquery, keys, found: None, held: Held::default() }
    }

    /// The counts; `what` says in a message whose memory they take.
    pub(super) fn get(&mut self, st: &Statement, what: &str) -> Result<&FxHashMap<Vec<GroupKey>, i64>> {
        if self.found.is_none() {
            let mut found: FxHashMap<Vec<GroupKey>, i64> = FxHashMap::default();
            while let Some(batch) = self.subquery.next(st)? {
                st.cancel.check()?;
                for key in join_keys(&self.keys, &batch, st)?.into_iter().flatten() {
                    if let Some(count) = found.get_mut(&key) {
                        *count += 1;
                        continue;
                    }
                    let bytes = 40 + key.iter().map(|key| value_bytes(&key.0)).sum::<usize>();
                    self.held.take(st, bytes, what)?;
                    found.insert(key, 1);
                }
            }
            self.found = Some(found);
        }
        Ok(self.found.get_or_insert_with(FxHashMap::default))
    }
}

impl HashJoin {
    pub(super) fn new(
        input: BoxOperator,
        build: BoxOperator,
        keys: Vec<(Expr, Expr)>,
        different: Vec<(usize, usize)>,
    ) -> Self {
        let (input_keys, build_keys) = keys.into_iter().unzip();
        HashJoin { input, build, input_keys, build_keys, different, table: None, held: Held::default(), current: None }
    }

    fn read_build(&mut self, st: &Statement) -> Result<Table> {
        let mut table = Table::default();
        for batch in collect(&mut self.build, Some(&mut self.held), st)? {
            table.rows.append(batch);
        }
        let keys = join_keys(&self.build_keys, &table.rows, st)?;
        table.next = vec![None; keys.len()];
        // From the last row on, so that rows of a key come in their order.
        for (row, key) in keys.into_iter().enumerate().rev() {
            let Some(key) = key else { continue };
            if row.is_multiple_of(4096) {
                st.cancel.check()?;
            }
            self.held.take(st, 40 + key.iter().map(|key| value_bytes(&key.0)).sum::<usize>(), "a hash join")?;
            table.next[row] = table.first.insert(key, row as u32);
        }
        Ok(table)
    }
}

impl Operator for HashJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                // The input comes first: it may change what is to be kept.
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                let keys = join_keys(&self.input_keys, &batch, st)?;
                if self.table.is_none() {
                    self.table = Some(self.read_build(st)?);
                }
                let first = self.table.as_ref().and_then(|table| candidate(table, &keys, 0));
                self.current = Some((batch, keys, 0, first));
            }
            let (Some((batch, keys, row, next)), Some(table)) = (&mut self.current, &self.table) else {
                return Ok(None);
            };
            let (mut left, mut right) = (Vec::new(), Vec::new());
            while left.len() < BATCH_ROWS {
                if let Some(found) = *next {
                    *next = table.next[found as usize];
                    if self.different.iter().all(|&pair| differ(batch, *row, &table.rows, found as usize, pair)) {
                        left.push(*row as u32);
                        right.push(found);
                    }
                } else if *row + 1 < batch.len() {
                    *row += 1;
                    *next = candidate(table, keys, *row);
                } else {
                    break;
                }
            }
            let done = next.is_none() && *row + 1 >= batch.len();
            let out = (!left.is_empty()).then(|| {
                let mut out = batch.gather(&left);
                out.fill_from(table.rows.gather(&right));
                out
            });
            if done {
                self.current = None;
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }
}

fn candidate(table: &Table, keys: &[Option<Vec<GroupKey>>], row: usize) -> Option<u32> {
    table.first.get(keys.get(row)?.as_ref()?).copied()
}

/// Whether two cells have no edge in common; the pair is of slots of either side, in no order.
fn differ(a: &Batch, a_row: usize, b: &Batch, b_row: usize, (one, other): (usize, usize)) -> bool {
    let cell = |slot: usize| match (a.column(slot), b.column(slot)) {
        (Column::Empty, _) => b.value(slot, b_row),
        _ => a.value(slot, a_row),
    };
    let (one, other) = (cell(one), cell(other));
    !edges(&one).iter().any(|edge| edges(&other).contains(edge))
}

/// The edges in a cell, alone or in a list.
fn edges(value: &Value) -> Vec<u64> {
    match value {
        Value::Edge(edge) => vec![edge.reference.edge.0],
        Value::List(list) => list.iter().flat_map(edges).collect(),
        _ => Vec::new(),
    }
}
