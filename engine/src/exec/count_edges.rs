//! Counts the rows that following the edges of its rows would give, without making them.

use wend_storage::AdjacencyCursor;

use super::{
    BoxOperator, Operator,
    batch::{Batch, Column},
    context::Statement,
    expand::{each_adjacent, edge_ref, is_new},
};
use crate::{error::Result, plan::Expand, value::Value};

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

impl Operator for CountEdges {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        let mut count = 0i64;
        while let Some(batch) = self.input.next(st)? {
            for row in 0..batch.len() {
                if row % 64 == 0 {
                    st.cancel.check()?;
                }
                let Some(from) = batch.node(self.expand.from, row) else { continue };
                let cursor = match &mut self.cursor {
                    Some(cursor) => cursor,
                    None => self.cursor.insert(st.tx.adjacency(st.graph)?),
                };
                let others = &self.expand.different_from;
                each_adjacent(st, cursor, from, self.expand.direction, self.expand.label.as_ref(), |list| {
                    count += match others.is_empty() {
                        true => list.len() as i64,
                        false => {
                            let new = |&&adjacent: &&_| is_new(&batch, row, others, edge_ref(from, &adjacent));
                            list.iter().filter(new).count() as i64
                        }
                    };
                })?;
            }
        }
        let mut out = Batch::with_len(1);
        out.set(0, Column::Values(vec![Value::Int(count)]));
        Ok(Some(out))
    }
}
