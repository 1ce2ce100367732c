//! What every operator is.

use crate::{
    error::Result,
    memory::Held,
    runtime::{batch::Batch, statement::Statement},
};

/// A physical operator.
pub(crate) trait Operator: Send {
    /// The next rows, never an empty batch; `None` when there are no more.
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>>;

    /// Begins anew, as if just built, for a subquery's next run: its rows are those for `argument`, the row of the outer query. What
    /// was read, counted or held for the run before is forgotten and its memory given back; what does not depend on the row (number of
    /// a key, a kept hash table) stays. In a statement that writes, cursors are opened anew, to see what was written meanwhile.
    fn rewind(&mut self, argument: &Batch, st: &Statement);
}

/// An operator of any kind.
pub(crate) type BoxOperator = Box<dyn Operator>;

/// All rows of an operator, for one that must see them before it acts: a write must not meet its own effects. Without `held` they
/// count until the statement ends.
pub(crate) fn collect(input: &mut BoxOperator, mut held: Option<&mut Held>, st: &Statement) -> Result<Vec<Batch>> {
    let mut batches = Vec::new();
    while let Some(batch) = input.next(st)? {
        st.cancel.check()?;
        let (bytes, what) = (batch.bytes(), "the statement's rows");
        match &mut held {
            Some(held) => held.take(&st.memory, bytes, what)?,
            None => st.memory.take(bytes, what)?,
        }
        batches.push(batch);
    }
    Ok(batches)
}
