//! Transactions that hold several statements.

use std::sync::Arc;

use wend_grammar::ast::{Ident, StatementKind};
use wend_storage::{Access, Transaction as StoreTransaction};

use super::Session;
use crate::{
    error::{Error, ErrorKind, Result},
    memory::PendingMemory,
    params::Params,
    reclaim::Freed,
    rows::Rows,
    task::{Outcome, settle_tasks},
};

/// A transaction that the user began.
pub(super) struct Active {
    pub(super) tx: StoreTransaction,
    pub(super) read_only: bool,
    pub(super) finished_tasks: Vec<(String, Outcome)>,
    /// It changed users.
    pub(super) users: bool,
    /// What it has changed, as a part of what all statements hold.
    pub(super) pending: Arc<PendingMemory>,
    /// Its savepoints, the last one last, each with how many tasks had finished then.
    savepoints: Vec<(String, usize)>,
}

impl Session {
    /// Begins a transaction.
    ///
    /// # Errors
    /// 25G01 when one is open already.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.begin(false)?;
        Ok(Transaction { session: self, done: false })
    }

    /// START TRANSACTION, COMMIT, ROLLBACK.
    pub(super) fn transaction_statement(&mut self, statement: &StatementKind) -> Result<Rows> {
        self.may_control_transactions()?;
        match statement {
            StatementKind::StartTransaction { read_only } => self.begin(*read_only)?,
            kind => self.end(*kind == StatementKind::Commit)?,
        }
        Ok(Rows::none())
    }

    /// SAVEPOINT, ROLLBACK TO, RELEASE: as in SQL, a savepoint hides an earlier one of its name, and going back to it keeps it.
    pub(super) fn savepoint_statement(&mut self, statement: &StatementKind, name: &Ident) -> Result<Rows> {
        let Some(active) = &mut self.transaction else {
            return Err(Error::new(
                ErrorKind::TransactionState,
                "25000",
                "a savepoint is a point within a transaction",
            )
            .with_hint("START TRANSACTION begins one"));
        };
        if matches!(statement, StatementKind::Savepoint(_)) {
            active.tx.savepoint();
            active.savepoints.push((name.name.clone(), active.finished_tasks.len()));
            return Ok(Rows::none());
        }
        let Some(place) = active.savepoints.iter().rposition(|(other, _)| *other == name.name) else {
            let names = active.savepoints.iter().map(|(name, _)| name.as_str());
            let near = wend_grammar::suggest(&name.name, names).map(|near| format!("did you mean `{near}`?"));
            return Err(Error::new(
                ErrorKind::TransactionState,
                "25000",
                format!("the transaction has no savepoint `{}`", name.name),
            )
            .with_hint_if(near)
            .at(name.span));
        };
        if matches!(statement, StatementKind::ReleaseSavepoint(_)) {
            for _ in active.savepoints.drain(place..) {
                active.tx.release_savepoint()?;
            }
            return Ok(Rows::none());
        }
        for _ in place..active.savepoints.len() {
            active.tx.rollback_to_savepoint()?;
        }
        let finished = active.savepoints[place].1;
        active.savepoints.truncate(place + 1);
        active.tx.savepoint();
        let undone = active.finished_tasks.split_off(finished.min(active.finished_tasks.len()));
        let rolled_back = Error::rule("the transaction was rolled back to a savepoint");
        settle_tasks(self.database.tasks(), undone, Some(&rolled_back))?;
        Ok(Rows::none())
    }

    pub(super) fn begin(&mut self, read_only: bool) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::new(ErrorKind::TransactionState, "25G01", "a transaction is open already")
                .with_hint("COMMIT or ROLLBACK it first"));
        }
        let read_only = read_only || self.is_read_only();
        let tx = self.database.store().begin(if read_only { Access::Read } else { Access::Write })?;
        let pending = PendingMemory::new(self.database.memory());
        self.transaction =
            Some(Active { tx, read_only, finished_tasks: Vec::new(), users: false, pending, savepoints: Vec::new() });
        self.state.set_transaction(Some(read_only));
        Ok(())
    }

    pub(super) fn end(&mut self, commit: bool) -> Result<()> {
        let Some(active) = self.transaction.take() else {
            let what = if commit { "COMMIT" } else { "ROLLBACK" };
            return Err(Error::new(ErrorKind::TransactionState, "2D000", format!("{what} without a transaction"))
                .with_hint("START TRANSACTION begins one; a statement outside one commits by itself"));
        };
        self.state.set_transaction(None);
        let _changes = Freed(active.tx.pending_bytes() as u64);
        if commit {
            for _ in &active.savepoints {
                active.tx.release_savepoint()?;
            }
            let committed = if active.read_only { Ok(()) } else { active.tx.commit().map_err(Error::from) };
            if active.users && committed.is_ok() {
                self.database.users_changed();
            }
            let settled = settle_tasks(self.database.tasks(), active.finished_tasks, committed.as_ref().err());
            // What became of the commit comes first: after a failed one the outcome of a task may not be written either.
            committed.and(settled)
        } else {
            let rolled_back = Error::rule("the transaction was rolled back");
            settle_tasks(self.database.tasks(), active.finished_tasks, Some(&rolled_back))?;
            Ok(active.tx.rollback()?)
        }
    }
}

/// A transaction: what is executed in it is committed together, or not at all. Dropped without a commit it is rolled back.
pub struct Transaction<'s> {
    pub(super) session: &'s mut Session,
    done: bool,
}

impl Transaction<'_> {
    /// Runs statements in the transaction. One that fails leaves nothing behind; the transaction goes on.
    ///
    /// # Errors
    /// See [`Session::execute`].
    pub fn execute(&mut self, gql: &str, params: impl Into<Params>) -> Result<Rows> {
        self.session.execute(gql, params)
    }

    /// Makes the changes visible to others, all at once.
    ///
    /// # Errors
    /// 40000 when another transaction changed the same data first: nothing is kept, and the transaction can be run again.
    pub fn commit(mut self) -> Result<()> {
        self.done = true;
        self.session.end(true)
    }

    /// Forgets the changes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn rollback(mut self) -> Result<()> {
        self.done = true;
        self.session.end(false)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // A COMMIT or ROLLBACK statement may have ended it already.
        if !self.done && self.session.in_transaction() {
            let _ = self.session.end(false);
        }
    }
}
