//! Counts the rows that following the edges of its rows would give, without making them.

use wend_storage::AdjacencyCursor;

use super::{
    expand::{each_adjacent, edge_ref, is_new},
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::Expand,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
    value::Value,
};

/// See [`crate::plan::Plan::CountEdges`].
pub(super) struct CountEdges {
    input: BoxOperator,
    expand: Expand,
    cursor: Option<AdjacencyCursor>,
    done: bool,
}

impl CountEdges {
    pub(super) fn new(input: BoxOperator, expand: Expand) -> Self {
        CountEdges { input, expand, cursor: None, done: false }
    }
}

/// How many rows following the edges of one row would give.
pub(super) fn count(
    expand: &Expand,
    cursor: &mut Option<AdjacencyCursor>,
    batch: &Batch,
    row: usize,
    st: &Statement,
) -> Result<i64> {
    if row.is_multiple_of(64) {
        st.cancel.check()?;
    }
    let Some(from) = batch.node(expand.from, row) else { return Ok(0) };
    let cursor = match cursor {
        Some(cursor) => cursor,
        None => cursor.insert(st.tx.adjacency(st.graph)?),
    };
    let others = &expand.different_from;
    let mut count = 0i64;
    each_adjacent(st, cursor, from, expand.direction, expand.label.as_ref(), |list| {
        count += match others.is_empty() {
            true => list.len() as i64,
            false => {
                let new = |&&adjacent: &&_| is_new(batch, row, others, edge_ref(from, &adjacent));
                list.iter().filter(new).count() as i64
            }
        };
    })?;
    Ok(count)
}

impl Operator for CountEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        let mut count = 0i64;
        while let Some(batch) = self.input.next(st)? {
            for row in 0..batch.len() {
                count += self::count(&self.expand, &mut self.cursor, &batch, row, st)?;
            }
        }
        let mut out = Batch::with_len(1);
        out.set(0, Column::Values(vec![Value::Int(count)]));
        Ok(Some(out))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.done = false;
        if st.writes {
            self.cursor = None;
        }
    }
}
