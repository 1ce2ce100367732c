//! Calls a procedure for each row.

use std::sync::Arc;

use super::{
    input_rows::InputRows,
    operator::{BoxOperator, Operator, collect},
};
use crate::{
    error::Result,
    plan::call::BoundCall,
    procedure::{ResultRows, beside, call},
    runtime::{batch::Batch, eval::eval, statement::Statement},
};

/// See [`crate::plan::Plan::Call`].
pub(super) struct Call {
    input: InputRows,
    call: Arc<BoundCall>,
    /// The result for the current row, and whether it has given a row.
    running: Option<(ResultRows, bool)>,
    /// Of a procedure that changes data all that it gave.
    done: Option<std::vec::IntoIter<Batch>>,
}

impl Call {
    pub(super) fn new(input: BoxOperator, call: Arc<BoundCall>) -> Self {
        let input: BoxOperator = match call.procedure.writes() {
            true => Box::new(Gathered { input, read: None }),
            false => input,
        };
        Call { input: InputRows::new(input), call, running: None, done: None }
    }

    /// The next rows.
    fn some(&mut self, st: &Statement) -> Result<Option<Batch>> {
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
            let rows = call(st, self.call.procedure, &arguments, &wanted).map_err(|error| {
                error.at(self.call.arguments.first().map_or(self.call.span, |argument| argument.span))
            })?;
            self.running = Some((rows, false));
        }
    }
}

impl Operator for Call {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if !self.call.procedure.writes() {
            return self.some(st);
        }
        // It is called for every row, whatever of it is read.
        if self.done.is_none() {
            let mut all = Vec::new();
            while let Some(batch) = self.some(st)? {
                st.memory.take(batch.bytes(), "the rows of a procedure")?;
                all.push(batch);
            }
            self.done = Some(all.into_iter());
        }
        Ok(self.done.as_mut().and_then(Iterator::next))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        (self.running, self.done) = (None, None);
    }
}

/// Reads all of its input before it gives any of it, so that what reads it does not meet what it does itself.
struct Gathered {
    input: BoxOperator,
    read: Option<std::vec::IntoIter<Batch>>,
}

impl Operator for Gathered {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.read.is_none() {
            self.read = Some(collect(&mut self.input, None, st)?.into_iter());
        }
        Ok(self.read.as_mut().and_then(Iterator::next))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.read = None;
    }
}
