//! Takes an edge that an earlier clause bound as an edge of the pattern: its ends fill or must equal the pattern's nodes.

use wend_storage::{Direction, NodeId};

use super::{
    expand::is_new,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::EdgeEnds,
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
    },
};

/// See [`crate::plan::Plan::EdgeEnds`].
pub(super) struct BindEnds {
    input: BoxOperator,
    ends: EdgeEnds,
}

impl BindEnds {
    pub(super) fn new(input: BoxOperator, ends: EdgeEnds) -> Self {
        BindEnds { input, ends }
    }
}

impl Operator for BindEnds {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let ends = &self.ends;
        let same = ends.left.0 == ends.right.0;
        while let Some(batch) = self.input.next(st)? {
            let (mut rows, mut lefts, mut rights): (Vec<u32>, Vec<NodeId>, Vec<NodeId>) = Default::default();
            for row in 0..batch.len() {
                let Some(edge) = batch.edge(ends.edge, row) else { continue };
                if !is_new(&batch, row, &ends.different_from, edge) {
                    continue;
                }
                if let Some(label) = &ends.label
                    && !label.matches(&[edge.label], &st.tx)?
                {
                    continue;
                }
                let forward = (edge.from, edge.to);
                let backward = (edge.to, edge.from);
                let ways: &[(NodeId, NodeId)] = match ends.direction {
                    Direction::Out => &[forward],
                    Direction::In => &[backward],
                    Direction::Both if edge.from == edge.to => &[forward],
                    Direction::Both => &[forward, backward],
                };
                for &(left, right) in ways {
                    let fits = |(slot, bound): (usize, bool), node| !bound || batch.node(slot, row) == Some(node);
                    let right_end = if same { (ends.right.0, ends.left.1) } else { ends.right };
                    if fits(ends.left, left) && fits(right_end, right) && (!same || left == right) {
                        rows.push(row as u32);
                        lefts.push(left);
                        rights.push(right);
                    }
                }
            }
            if !rows.is_empty() {
                let mut out = batch.gather(&rows);
                if !ends.left.1 {
                    out.set(ends.left.0, Column::Nodes(lefts));
                }
                if !ends.right.1 && !same {
                    out.set(ends.right.0, Column::Nodes(rights));
                }
                return Ok(Some(out));
            }
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
    }
}
