//! SHOW TASK, STOP TASK, DELETE TASK and KILL QUERY.

use wend_grammar::ast::Expr;

use super::{Run, Session};
use crate::{
    activity::RunningQuery,
    error::{Error, Result},
    role::Role,
    rows::Rows,
    task,
    value::Value,
};

impl Session {
    pub(super) fn show_task(&mut self, id: &Expr, run: &Run<'_>) -> Result<Rows> {
        let row = self.database.tasks().row(&self.task_id(id, run)?)?;
        self.table(&task::COLUMNS, vec![row], None, run)
    }

    pub(super) fn stop_task(&mut self, id: &Expr, run: &Run<'_>) -> Result<Rows> {
        self.must_be(Role::Editor, "stops a task")?;
        self.database.tasks().stop(&self.task_id(id, run)?)?;
        Ok(Rows::none())
    }

    pub(super) fn delete_task(&mut self, id: &Expr, run: &Run<'_>) -> Result<Rows> {
        self.must_be(Role::Editor, "deletes a task")?;
        self.database.tasks().delete(&self.task_id(id, run)?)?;
        Ok(Rows::none())
    }

    pub(super) fn kill_query(&mut self, id: &Expr, run: &Run<'_>) -> Result<Rows> {
        let id = match self.constant(id, run)? {
            Value::String(id) => id.to_string(),
            Value::Int(number) => number.to_string(),
            other => {
                let message = format!("a statement is named by a STRING, not {}", other.type_name());
                return Err(Error::value_type(message).at(id.span));
            }
        };
        // One's own statements, or as the administrator all.
        let own = |query: &RunningQuery| query.id == id && query.user == self.rights.user;
        if !self.database.activity().queries().iter().any(own) {
            self.must_be(Role::Admin, "ends a statement of someone else")?;
        }
        self.database.activity().kill(&id).map(|()| Rows::none())
    }

    fn task_id(&self, text: &Expr, run: &Run<'_>) -> Result<String> {
        match self.constant(text, run)? {
            Value::String(id) => Ok(id.to_string()),
            other => {
                Err(Error::value_type(format!("a task is named by a STRING, not {}", other.type_name())).at(text.span))
            }
        }
    }
}
