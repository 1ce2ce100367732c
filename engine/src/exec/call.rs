//! Calls a procedure for each row.

use std::sync::Arc;

use super::operator::{BoxOperator, Operator};
use crate::{
    error::Result,
    plan::call::BoundCall,
    procedure::{ResultRows, beside, invoke},
    runtime::{batch::Batch, eval::eval, statement::Statement},
};

/// See [`crate::plan::Plan::Call`].
pub(super) struct Call {
    input: BoxOperator,
    call: Arc<BoundCall>,
    /// The input rows, the next of them, and the result for the row before.
    current: Option<(Batch, usize)>,
    running: Option<(ResultRows, bool)>,
}

impl Call {
    pub(super) fn new(input: BoxOperator, call: Arc<BoundCall>) -> Self {
        Call { input, call, current: None, running: None }
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
            if let (Some((rows, any)), Some((outer, next))) = (&mut self.running, &self.current) {
                let row = *next - 1;
                if let Some(columns) = rows.next(st, &wanted)? {
                    *any = true;
                    let len = columns.first().map_or(0, |(_, column)| column.len());
                    return Ok(Some(beside(outer, row, columns, &self.call.outputs, len)));
                }
                let keep = !*any && self.call.optional;
                self.running = None;
                if keep {
                    return Ok(Some(outer.slice(row, row + 1)));
                }
                continue;
            }
            match &mut self.current {
                Some((batch, next)) if *next < batch.len() => {
                    let row = *next;
                    *next += 1;
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
                _ => match self.input.next(st)? {
                    Some(batch) => self.current = Some((batch, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}
