//! Runs a subquery for each row.

use rustc_hash::FxHashMap;

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::ApplyKind,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
    value::{GroupKey, Value, size::value_bytes},
};

/// See [`crate::plan::Plan::Apply`].
pub(super) struct Apply {
    input: InputRows,
    /// The subquery and its kind, with what is known of its answers where it gives one for each row.
    each: Answers,
    /// The subquery changes data.
    writes: bool,
    /// For kinds that give many rows for one: the subquery runs for the current row, and whether it has given a row.
    running: Option<bool>,
    held: Held,
}

/// Answers a subquery that gives one value for each row.
pub(super) struct Answers {
    subquery: BoxOperator,
    kind: ApplyKind,
    /// The slots that the subquery reads: rows that agree in them have one answer.
    reads: Option<Vec<usize>>,
    known: FxHashMap<Vec<GroupKey>, Value>,
    held: Held,
    /// It has run since it was last forgotten.
    used: bool,
}

/// Beyond so many different rows answers are not kept.
const MOST_ANSWERS: usize = 100_000;

/// A value as a key, where equal keys are the same value: an integer equals a float, which is another value.
fn plain(value: Value) -> Option<GroupKey> {
    let plain = matches!(
        value,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::String(_) | Value::Node(_) | Value::Edge(_)
    );
    plain.then_some(GroupKey(value))
}

impl Answers {
    pub(super) fn new(subquery: BoxOperator, kind: ApplyKind, reads: Option<Vec<usize>>) -> Self {
        Answers { subquery, kind, reads, known: FxHashMap::default(), held: Held::default(), used: false }
    }

    /// Begins the subquery for a row.
    fn begin(&mut self, argument: &Batch, st: &Statement) {
        self.used = true;
        self.subquery.rewind(argument, st);
    }

    /// Forgets what was found, and gives back the memory of the subquery's last run.
    pub(super) fn forget(&mut self, st: &Statement) {
        if std::mem::take(&mut self.used) {
            self.subquery.rewind(&Batch::unit(), st);
            self.known = FxHashMap::default();
            self.held.release();
        }
    }

    /// One answer for each row.
    pub(super) fn of(&mut self, batch: &Batch, st: &Statement) -> Result<Vec<Value>> {
        let mut answers = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            st.cancel.check()?;
            // What a statement writes may change an answer.
            let key: Option<Vec<GroupKey>> = match &self.reads {
                Some(slots) if !st.writes => slots.iter().map(|&slot| plain(batch.value(slot, row))).collect(),
                _ => None,
            };
            if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
                answers.push(known.clone());
                continue;
            }
            self.begin(&batch.slice(row, row + 1), st);
            let rows = &mut self.subquery;
            let answer = match &self.kind {
                ApplyKind::Exists { .. } => Value::Bool(rows.next(st)?.is_some()),
                ApplyKind::Count { .. } => {
                    let mut count = 0;
                    while let Some(batch) = rows.next(st)? {
                        count += batch.len() as i64;
                    }
                    Value::Int(count)
                }
                ApplyKind::Scalar { span, .. } => {
                    let first = rows.next(st)?;
                    if first.as_ref().is_some_and(|batch| batch.len() > 1)
                        || (first.is_some() && rows.next(st)?.is_some())
                    {
                        return Err(Error::data("22000", "VALUE { } gave more than one row").at(*span));
                    }
                    first.map_or(Value::Null, |batch| batch.value(0, 0))
                }
                ApplyKind::Optional | ApplyKind::Rows { .. } => return Err(Error::internal("not a scalar subquery")),
            };
            if let Some(key) = key.filter(|_| self.known.len() < MOST_ANSWERS) {
                let bytes = 64 + value_bytes(&answer) + key.iter().map(|key| value_bytes(&key.0)).sum::<usize>();
                self.held.take(&st.memory, bytes, "the answers of a subquery")?;
                self.known.insert(key, answer.clone());
            }
            answers.push(answer);
        }
        Ok(answers)
    }
}

impl Apply {
    pub(super) fn new(input: BoxOperator, each: Answers, writes: bool) -> Self {
        Apply { input: InputRows::new(input), each, writes, running: None, held: Held::default() }
    }

    /// The next rows of a kind that gives many for one.
    fn rows(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if let Some(any) = &mut self.running {
                let Some((outer, row)) = self.input.row() else {
                    return Err(Error::internal("a subquery without its row"));
                };
                if let Some(mut inner) = self.each.subquery.next(st)? {
                    *any = true;
                    let ApplyKind::Rows { outputs, .. } = &self.each.kind else { return Ok(Some(inner)) };
                    let mut out = outer.gather(&vec![row as u32; inner.len()]);
                    for &(from, to) in outputs {
                        let column = match inner.take(from) {
                            Column::Empty => Column::Values(vec![Value::Null; inner.len()]),
                            filled => filled,
                        };
                        out.set(to, column);
                    }
                    return Ok(Some(out));
                }
                let optional = matches!(self.each.kind, ApplyKind::Optional | ApplyKind::Rows { optional: true, .. });
                let keep = (optional && !*any).then(|| outer.slice(row, row + 1));
                self.running = None;
                if keep.is_some() {
                    return Ok(keep);
                }
            }
            if !self.input.advance(st)? {
                self.each.forget(st);
                return Ok(None);
            }
            self.each.begin(&self.input.row_alone(), st);
            self.running = Some(false);
        }
    }
}

impl Operator for Apply {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        match self.each.kind {
            ApplyKind::Exists { slot } | ApplyKind::Count { slot } | ApplyKind::Scalar { slot, .. } => {
                let Some((mut batch, _)) = self.input.take(st)? else {
                    self.each.forget(st);
                    return Ok(None);
                };
                let answers = self.each.of(&batch, st)?;
                batch.set(slot, Column::Values(answers));
                Ok(Some(batch))
            }
            ApplyKind::Optional | ApplyKind::Rows { .. } => {
                if self.writes {
                    // The outer rows must not meet the subquery's effects.
                    self.input.read_all(&mut self.held, st)?;
                }
                self.rows(st)
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.each.forget(st);
        self.running = None;
        self.held.release();
    }
}
