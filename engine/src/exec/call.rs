//! Calls a procedure for each row.

use std::sync::Arc;

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
};
use crate::{
    error::Result,
    plan::call::BoundCall,
    procedure::{ResultRows, beside, invoke},
    runtime::{batch::Batch, eval::eval, statement::Statement},
};

/// See [`crate::plan::Plan::Call`].
pub(super) struct Call {
    input: InputRows,
    call: Arc<BoundCall>,
    /// The result for the current row, and whether it has given a row.
    running: Option<(ResultRows, bool)>,
}

impl Call {
    pub(super) fn new(input: BoxOperator, call: Arc<BoundCall>) -> Self {
        Call { input: InputRows::new(input), call, running: None }
    }
}

impl Operator for Call {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        let mut wanted: Vec<usize> = self.call.outputs.iter().map(|(position, _)| *position).collect();
        wanted.sort_unstable();
        wanted.dedup();
        // Which rows there are does not depend on what is yielded.
        if wanted.is_empty() {
            wanted.push(0);
        }
        loop {
            st.cancel.check()?;
            if let (Some((rows, any)), Some((outer, row))) = (&mut self.running, self.input.row()) {
                if let Some(columns) = rows.next(st, &wanted)? {
                    *any = true;
                    let len = columns.first().map_or(0, |(_, column)| column.len());
                    return Ok(Some(beside(outer, row, columns, &self.call.outputs, len)));
                }
                let keep = (!*any && self.call.optional).then(|| outer.slice(row, row + 1));
                self.running = None;
                if keep.is_some() {
                    return Ok(keep);
                }
            }
            if !self.input.advance(st)? {
                return Ok(None);
            }
            let Some((batch, row)) = self.input.row() else { return Ok(None) };
            let arguments = self
                .call
                .arguments
                .iter()
                .map(|argument| eval(argument, batch, row, st))
                .collect::<Result<Vec<_>>>()?;
            let rows = invoke(st, self.call.procedure, &arguments, &wanted).map_err(|error| {
                error.at(self.call.arguments.first().map_or(self.call.span, |argument| argument.span))
            })?;
            self.running = Some((rows, false));
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.running = None;
    }
}
