//! Runs a subquery for each row.

use rustc_hash::FxHashMap;

use super::{
    build::build,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::{ApplyKind, Plan},
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
    value::{GroupKey, Value, size::value_bytes},
};

/// See [`crate::plan::Plan::Apply`].
pub(super) struct Apply {
    input: BoxOperator,
    /// The subquery and its kind, with what is known of its answers where it gives one for each row.
    each: Answers,
    /// For kinds that give many rows for one: the input rows, the next of them, and the subquery running for the row before.
    current: Option<(Batch, usize)>,
    running: Option<(BoxOperator, bool)>,
    held: Held,
}

/// Answers a subquery that gives one value for each row.
pub(super) struct Answers {
    subquery: Plan,
    kind: ApplyKind,
    /// The slots that the subquery reads: rows that agree in them have one answer.
    reads: Option<Vec<usize>>,
    known: FxHashMap<Vec<GroupKey>, Value>,
    held: Held,
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
    pub(super) fn new(subquery: Plan, kind: ApplyKind, reads: Option<Vec<usize>>) -> Self {
        Answers { subquery, kind, reads, known: FxHashMap::default(), held: Held::default() }
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
            let argument = batch.slice(row, row + 1);
            let mut rows = build(&self.subquery, Some(&argument));
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
    pub(super) fn new(input: BoxOperator, subquery: Plan, kind: ApplyKind, reads: Option<Vec<usize>>) -> Self {
        let each = Answers::new(subquery, kind, reads);
        Apply { input, each, current: None, running: None, held: Held::default() }
    }

    /// The next rows of a kind that gives many for one.
    fn rows(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if let Some((running, any)) = &mut self.running {
                let row = self.current.as_ref().map(|(batch, next)| (batch, *next - 1));
                let Some((outer, row)) = row else { return Err(Error::internal("a subquery without its row")) };
                match running.next(st)? {
                    Some(inner) => {
                        *any = true;
                        return Ok(Some(match &self.each.kind {
                            ApplyKind::Rows { outputs, .. } => {
                                let mut out = outer.gather(&vec![row as u32; inner.len()]);
                                let mut inner = inner;
                                for &(from, to) in outputs {
                                    let column = match inner.take(from) {
                                        Column::Empty => Column::Values(vec![Value::Null; inner.len()]),
                                        filled => filled,
                                    };
                                    out.set(to, column);
                                }
                                out
                            }
                            _ => inner,
                        }));
                    }
                    None => {
                        let keep = !*any
                            && matches!(self.each.kind, ApplyKind::Optional | ApplyKind::Rows { optional: true, .. });
                        let row = keep.then(|| outer.slice(row, row + 1));
                        self.running = None;
                        if row.is_some() {
                            return Ok(row);
                        }
                        continue;
                    }
                }
            }
            match &mut self.current {
                Some((batch, next)) if *next < batch.len() => {
                    let argument = batch.slice(*next, *next + 1);
                    *next += 1;
                    self.running = Some((build(&self.each.subquery, Some(&argument)), false));
                }
                _ => match self.input.next(st)? {
                    Some(batch) => self.current = Some((batch, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}

impl Operator for Apply {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        match self.each.kind {
            ApplyKind::Exists { slot } | ApplyKind::Count { slot } | ApplyKind::Scalar { slot, .. } => {
                let Some(mut batch) = self.input.next(st)? else { return Ok(None) };
                let answers = self.each.of(&batch, st)?;
                batch.set(slot, Column::Values(answers));
                Ok(Some(batch))
            }
            ApplyKind::Optional | ApplyKind::Rows { .. } if self.each.subquery.writes() => {
                // The outer rows must not meet the subquery's effects.
                let batches = crate::exec::operator::collect(&mut self.input, Some(&mut self.held), st)?;
                let mut rows = Batch::default();
                batches.into_iter().for_each(|batch| rows.append(batch));
                if rows.is_empty() && self.current.is_none() {
                    return Ok(None);
                }
                if self.current.is_none() {
                    self.current = Some((rows, 0));
                }
                self.rows(st)
            }
            ApplyKind::Optional | ApplyKind::Rows { .. } => self.rows(st),
        }
    }
}
