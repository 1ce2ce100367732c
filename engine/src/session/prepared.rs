//! Prepared statements.

use super::Session;
use crate::{control::RunOptions, error::Result, params::Params, rows::Rows, statement::Statement};

/// A statement, or several, parsed once and run as often as is wanted; [`Session::prepare`] makes it. Its plan is kept while
/// the schema and the size of the graph allow it. A [`Statement`] with [`Session::run_with`] does the same without a borrow of
/// the session, for a program that keeps many.
pub struct Prepared<'s> {
    session: &'s mut Session,
    statement: Statement,
}

impl<'s> Prepared<'s> {
    pub(super) fn new(session: &'s mut Session, statement: Statement) -> Self {
        Prepared { session, statement }
    }

    /// What is known of it before it runs.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Runs it, and gives the rows of its last statement.
    ///
    /// # Errors
    /// See [`Session::run_with`].
    pub fn run(&mut self, params: impl Into<Params>, options: &RunOptions) -> Result<Rows> {
        self.session.run_with(&self.statement, params, options)
    }
}
