//! Joins two inputs on equal values: keeps the rows of one by hash, and looks up those of the other.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use wend_grammar::ast::CompareOperator;
use wend_storage::NodeId;

use super::{
    apply::Answers,
    morsels::{Input, Place, ReadsTable},
    operator::{BoxOperator, Operator},
};
use crate::{
    column::{self, ColumnData},
    error::Result,
    memory::Held,
    plan::{
        self, Failed, RangeCondition,
        expr::{Expr, ExprKind},
        kept::KeptTable,
    },
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval,
        statement::Statement,
        typed,
    },
    value::{GroupKey, Value, size::value_bytes},
};

/// See [`crate::plan::Plan::HashJoin`].
pub(super) struct HashJoin {
    input: BoxOperator,
    build: Build,
    input_keys: Vec<Expr>,
    different: Vec<(usize, usize)>,
    failed: Option<Failed>,
    range: Option<RangeCondition>,
    kept: Option<KeptTable>,
    table: Option<Arc<Table>>,
    current: Option<Probe>,
    /// The values of a range condition in the current batch, where they are of one type.
    values: Option<column::Column>,
}

/// Reads the rows that are kept.
pub(super) struct Build {
    input: Input,
    keys: Vec<Expr>,
    failed: Option<Failed>,
    range: Option<RangeCondition>,
}

/// The rows that are kept.
#[derive(Default)]
struct Table {
    rows: Batch,
    /// The first row of a key.
    first: FxHashMap<Key, u32>,
    /// The next row of the same key.
    next: Vec<Option<u32>>,
    /// Rows whose key could not be evaluated.
    unknown: Vec<u32>,
    /// The values of a range condition, where they are of one type.
    values: Option<column::Column>,
    held: Held,
}

/// A batch of the input with its keys, the row being looked up, and what may belong to it.
struct Probe {
    batch: Batch,
    keys: Vec<JoinKey>,
    row: usize,
    /// The next row of the same key.
    chain: Option<u32>,
    /// Then rows to be tried one after the other: of all, or of those without a key.
    scan: std::ops::Range<u32>,
}

/// The values of the keys in one row.
pub(super) enum JoinKey {
    /// One of them equals nothing, as NULL and NaN do.
    Nothing,
    Known(Key),
    /// One of them cannot be evaluated.
    Unknown,
}

/// The values of the keys in one row, to look up.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// One number that is an integer, whatever its type.
    Integer(i64),
    /// One node.
    Node(NodeId),
    One(GroupKey),
    Several(Vec<GroupKey>),
}

impl Key {
    fn of(mut values: Vec<GroupKey>) -> Key {
        match values.pop() {
            Some(GroupKey(value)) if values.is_empty() => match &value {
                Value::Int(number) => Key::Integer(*number),
                Value::Float(number) if is_integer(*number) => Key::Integer(*number as i64),
                Value::Node(node) => Key::Node(node.number),
                _ => Key::One(GroupKey(value)),
            },
            last => {
                values.extend(last);
                Key::Several(values)
            }
        }
    }

    fn bytes(&self) -> usize {
        const ENTRY: usize = 40;
        ENTRY
            + match self {
                Key::Integer(_) | Key::Node(_) => 0,
                Key::One(value) => value_bytes(&value.0),
                Key::Several(values) => values.iter().map(|value| value_bytes(&value.0)).sum(),
            }
    }
}

/// Whether a FLOAT64 equals an INT64.
fn is_integer(number: f64) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    number.trunc() == number && (-END..END).contains(&number)
}

/// The keys of each row. Where one cannot be evaluated, that is noted in `failed`, or else an error.
pub(super) fn join_keys(keys: &[Expr], batch: &Batch, failed: Option<&Failed>, st: &Statement) -> Result<Vec<JoinKey>> {
    if let [Expr { kind: ExprKind::Column(slot), .. }] = keys
        && let Column::Nodes(nodes) = batch.column(*slot)
    {
        return Ok(nodes.iter().map(|node| JoinKey::Known(Key::Node(*node))).collect());
    }
    if let [key] = keys
        && let Some(column::Column { data: ColumnData::Ints(values), nulls }) = typed::column(key, batch, st)?
    {
        let key = |(row, value): (usize, i64)| match &nulls {
            Some(nulls) if nulls[row] => JoinKey::Nothing,
            _ => JoinKey::Known(Key::Integer(value)),
        };
        return Ok(values.into_iter().enumerate().map(key).collect());
    }
    let columns = keys.iter().map(|key| typed::values(key, batch, st)).collect::<Result<Vec<_>>>();
    let key_of = |values: &mut dyn Iterator<Item = Value>| {
        let values = values.map(|value| (value.equals(&value) == Some(true)).then_some(GroupKey(value)));
        values.collect::<Option<_>>().map_or(JoinKey::Nothing, |values| JoinKey::Known(Key::of(values)))
    };
    let failed = match (&columns, failed) {
        (Err(error), Some(failed)) if error.is_about_values() => failed,
        _ => {
            let columns = columns?;
            let of_row = |row: usize| key_of(&mut columns.iter().map(|column| column[row].clone()));
            return Ok((0..batch.len()).map(of_row).collect());
        }
    };
    let of_row = |row: usize| {
        let mut values = Vec::with_capacity(keys.len());
        for key in keys {
            match eval(key, batch, row, st) {
                Err(error) if error.is_about_values() => {
                    failed.set();
                    return Ok(JoinKey::Unknown);
                }
                value => values.push(value?),
            }
        }
        Ok(key_of(&mut values.into_iter()))
    };
    (0..batch.len()).map(of_row).collect()
}

/// How often a subquery has the values of a row; it runs once, when that is first asked. Where the values of a key cannot be
/// evaluated, or the subquery fails on what no row may ask for, it is run for each row.
pub(super) struct KeyCounts {
    inner: InnerKeys,
    outer: Vec<Expr>,
    kept: Option<KeptTable>,
    found: Option<Arc<Counts>>,
    each: Answers,
    /// It is run for each row.
    one_by_one: bool,
}

/// Reads how often a subquery has each value of its keys.
pub(super) struct InnerKeys {
    subquery: Input,
    keys: Vec<Expr>,
    /// Says in a message whose memory they take.
    what: &'static str,
}

/// How often each key was found.
#[derive(Default)]
pub(super) struct Counts {
    of_key: FxHashMap<Key, i64>,
    held: Held,
}

impl InnerKeys {
    pub(super) fn new(subquery: Input, keys: &[(Expr, Expr)], what: &'static str) -> Self {
        InnerKeys { subquery, keys: keys.iter().map(|(_, inner)| inner.clone()).collect(), what }
    }

    fn counts(&mut self, st: &Statement) -> Result<Counts> {
        let (keys, what) = (&self.keys, self.what);
        let add = |counts: &mut Counts, batch: Batch, _: Place, st: &Statement| -> Result<()> {
            for key in join_keys(keys, &batch, None, st)? {
                let JoinKey::Known(key) = key else { continue };
                if let Some(count) = counts.of_key.get_mut(&key) {
                    *count += 1;
                    continue;
                }
                counts.held.take(&st.memory, key.bytes(), what)?;
                counts.of_key.insert(key, 1);
            }
            Ok(())
        };
        let mut parts = self.subquery.each(st, Counts::default, add)?;
        // The others are added to the largest.
        parts.sort_by_key(|part| part.of_key.len());
        let mut all = parts.pop().unwrap_or_default();
        for part in parts {
            all.held.absorb(part.held);
            for (at, (key, count)) in part.of_key.into_iter().enumerate() {
                if at.is_multiple_of(4096) {
                    st.cancel.check()?;
                }
                *all.of_key.entry(key).or_insert(0) += count;
            }
        }
        Ok(all)
    }
}

impl ReadsTable for InnerKeys {
    fn read(&mut self, table: &KeptTable, st: &Statement) -> Result<()> {
        table.get_or_make(|| self.counts(st)).map(|_| ())
    }
}

impl KeyCounts {
    /// The counts are read into `kept`, where there is one, or taken from it.
    pub(super) fn new(inner: InnerKeys, keys: &[(Expr, Expr)], kept: Option<KeptTable>, each: Answers) -> Self {
        let outer = keys.iter().map(|(outer, _)| outer.clone()).collect();
        KeyCounts { inner, outer, kept, found: None, each, one_by_one: false }
    }

    /// See [`Operator::rewind`].
    pub(super) fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.inner.subquery.rewind(argument, st);
        self.found = None;
        self.each.forget(st);
        self.one_by_one = false;
    }

    /// The count for each row, or for EXISTS whether it is more than 0.
    pub(super) fn of(&mut self, batch: &Batch, st: &Statement) -> Result<Vec<i64>> {
        if !self.one_by_one {
            match self.looked_up(batch, st) {
                Err(error) if error.is_about_values() => {
                    self.found = None;
                    self.one_by_one = true;
                }
                counts => return counts,
            }
        }
        let count = |value| match value {
            Value::Int(count) => count,
            other => i64::from(matches!(other, Value::Bool(true))),
        };
        Ok(self.each.of(batch, st)?.into_iter().map(count).collect())
    }

    fn looked_up(&mut self, batch: &Batch, st: &Statement) -> Result<Vec<i64>> {
        let keys = join_keys(&self.outer, batch, None, st)?;
        let found = match &self.found {
            Some(found) => found,
            None => {
                let inner = &mut self.inner;
                let found = match &self.kept {
                    Some(kept) => kept.get_or_make(|| inner.counts(st))?,
                    None => Arc::new(inner.counts(st)?),
                };
                &*self.found.insert(found)
            }
        };
        let count = |key: &JoinKey| match key {
            JoinKey::Known(key) => found.of_key.get(key).copied().unwrap_or(0),
            _ => 0,
        };
        Ok(keys.iter().map(count).collect())
    }
}

impl Build {
    pub(super) fn new(input: Input, join: &plan::HashJoin) -> Self {
        let keys = join.keys.iter().map(|(_, build)| build.clone()).collect();
        Build { input, keys, failed: join.failed.clone(), range: join.range.clone() }
    }

    fn table(&mut self, st: &Statement) -> Result<Table> {
        let mut table = Table::default();
        let mut held = Held::default();
        for batch in self.input.collect(&mut held, st)? {
            table.rows.append(batch);
        }
        let keys = join_keys(&self.keys, &table.rows, self.failed.as_ref(), st)?;
        table.next = vec![None; keys.len()];
        // From the last row on, so that rows of a key come in their order.
        for (row, key) in keys.into_iter().enumerate().rev() {
            if row.is_multiple_of(4096) {
                st.cancel.check()?;
            }
            let key = match key {
                JoinKey::Nothing => continue,
                JoinKey::Known(key) => key,
                JoinKey::Unknown => {
                    table.unknown.push(row as u32);
                    continue;
                }
            };
            held.take(&st.memory, key.bytes(), "a hash join")?;
            table.next[row] = table.first.insert(key, row as u32);
        }
        table.unknown.reverse();
        if let Some(range) = &self.range {
            table.values = typed::column(&range.build, &table.rows, st)?;
        }
        table.held = held;
        Ok(table)
    }
}

impl ReadsTable for Build {
    fn read(&mut self, table: &KeptTable, st: &Statement) -> Result<()> {
        table.get_or_make(|| self.table(st)).map(|_| ())
    }
}

impl HashJoin {
    /// The rows of `build` are read into `kept`, where there is one, or taken from it.
    pub(super) fn new(input: BoxOperator, build: Build, join: &plan::HashJoin, kept: Option<KeptTable>) -> Self {
        HashJoin {
            input,
            build,
            input_keys: join.keys.iter().map(|(input, _)| input.clone()).collect(),
            different: join.different.clone(),
            failed: join.failed.clone(),
            range: join.range.clone(),
            kept,
            table: None,
            current: None,
            values: None,
        }
    }

    /// The rows of the build side; where they are kept, they are read by the first run that needs them.
    fn table(&mut self, st: &Statement) -> Result<Arc<Table>> {
        let build = &mut self.build;
        match &self.kept {
            Some(kept) => kept.get_or_make(|| build.table(st)),
            None => Ok(Arc::new(build.table(st)?)),
        }
    }
}

impl Probe {
    /// Begins to look up a row.
    fn seek(&mut self, row: usize, table: &Table) {
        self.row = row;
        (self.chain, self.scan) = match &self.keys[row] {
            JoinKey::Nothing => (None, 0..0),
            JoinKey::Known(key) => (table.first.get(key).copied(), 0..table.unknown.len() as u32),
            JoinKey::Unknown => (None, 0..table.rows.len() as u32),
        };
    }

    /// The next row that may belong to the current one.
    fn candidate(&mut self, table: &Table) -> Option<u32> {
        if let Some(found) = self.chain {
            self.chain = table.next[found as usize];
            return Some(found);
        }
        let at = self.scan.next()?;
        Some(if matches!(self.keys[self.row], JoinKey::Unknown) { at } else { table.unknown[at as usize] })
    }
}

impl Operator for HashJoin {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                // The input comes first: it may change what is to be kept.
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                let keys = join_keys(&self.input_keys, &batch, self.failed.as_ref(), st)?;
                if self.table.is_none() {
                    self.table = Some(self.table(st)?);
                }
                self.values = match &self.range {
                    Some(range) => typed::column(&range.input, &batch, st)?,
                    None => None,
                };
                let mut probe = Probe { batch, keys, row: 0, chain: None, scan: 0..0 };
                self.table.iter().for_each(|table| probe.seek(0, table));
                self.current = Some(probe);
            }
            let (Some(probe), Some(table)) = (&mut self.current, &self.table) else { return Ok(None) };
            let (mut left, mut right) = (Vec::new(), Vec::new());
            let mut done = false;
            let in_range = self
                .range
                .as_ref()
                .and_then(|range| range_test(range.operator, self.values.as_ref()?, table.values.as_ref()?));
            if let (Some(range), None) = (&self.range, &in_range) {
                range.failed.set();
            }
            let mut tried = 0u32;
            while left.len() < BATCH_ROWS && !done {
                if let Some(found) = probe.candidate(table) {
                    tried += 1;
                    if tried.is_multiple_of(1 << 16) {
                        st.cancel.check()?;
                    }
                    let (batch, row) = (&probe.batch, probe.row);
                    let found_row = found as usize;
                    if in_range.as_ref().is_none_or(|passes| passes(row, found_row))
                        && self.different.iter().all(|&pair| differ(batch, row, &table.rows, found_row, pair))
                    {
                        left.push(row as u32);
                        right.push(found);
                    }
                } else if probe.row + 1 < probe.batch.len() {
                    probe.seek(probe.row + 1, table);
                } else {
                    done = true;
                }
            }
            let out = (!left.is_empty()).then(|| {
                let mut out = probe.batch.gather(&left);
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

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
        // A table that is kept is the same for every row.
        if self.kept.is_none() || self.table.is_none() {
            self.table = None;
            self.build.input.rewind(argument, st);
        }
    }
}

/// Whether a pair of rows is in the range, where the values of both sides are numbers of one type; NULL is in no range.
fn range_test<'v>(
    operator: CompareOperator,
    mine: &'v column::Column,
    theirs: &'v column::Column,
) -> Option<Box<dyn Fn(usize, usize) -> bool + 'v>> {
    fn test<'v, T: PartialOrd + Copy>(
        operator: CompareOperator,
        (mine, theirs): (&'v column::Column, &'v column::Column),
        (a, b): (&'v [T], &'v [T]),
    ) -> Box<dyn Fn(usize, usize) -> bool + 'v> {
        let known = move |row: usize, other: usize| !mine.is_null(row) && !theirs.is_null(other);
        match operator {
            CompareOperator::Less => Box::new(move |row, other| a[row] < b[other] && known(row, other)),
            CompareOperator::LessOrEqual => Box::new(move |row, other| a[row] <= b[other] && known(row, other)),
            CompareOperator::Greater => Box::new(move |row, other| a[row] > b[other] && known(row, other)),
            CompareOperator::GreaterOrEqual => Box::new(move |row, other| a[row] >= b[other] && known(row, other)),
            CompareOperator::Equal => Box::new(move |row, other| a[row] == b[other] && known(row, other)),
            CompareOperator::NotEqual => Box::new(move |row, other| a[row] != b[other] && known(row, other)),
        }
    }
    let sides = (mine, theirs);
    match (mine.data(), theirs.data()) {
        (ColumnData::Ints(a), ColumnData::Ints(b)) => Some(test(operator, sides, (a, b))),
        (ColumnData::Floats(a), ColumnData::Floats(b)) => Some(test(operator, sides, (a, b))),
        _ => None,
    }
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
