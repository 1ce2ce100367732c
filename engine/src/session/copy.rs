//! `COPY (query) TO 'file'`: the rows of a query as a file below the import directory.

use wend_grammar::ast::{Expr, Query};

use super::{Run, Session};
use crate::{
    bind::Binder,
    copy::{Format, write},
    error::{Error, Result},
    exec::confined_new,
    role::Role,
    rows::Rows,
    session::query::NOTHING,
    value::Value,
};

impl Session {
    /// Writes the rows of a query to a new file; the number of rows is the result.
    pub(super) fn copy(&mut self, query: &Query, to: &Expr, run: &Run<'_>) -> Result<Rows> {
        self.must_be(Role::Editor, "writes a file")?;
        if self.rights.read_only || self.only_reads {
            return Err(super::read_only());
        }
        let Value::String(name) = self.constant(to, run)? else {
            return Err(Error::value_type("COPY .. TO takes a STRING").at(to.span));
        };
        let format = Format::of(&name).map_err(|error| error.at(to.span))?;
        let bound = Binder::bind_numbered(run.params, query)?;
        if bound.plan.writes() {
            return Err(Error::rule("COPY writes what a query reads, and this one changes data").at(query.span));
        }
        if bound.columns.is_none() {
            return Err(Error::rule("COPY needs a query that returns rows")
                .with_hint("end it with RETURN")
                .at(query.span));
        }
        let st = self.statement(&NOTHING, run, false)?;
        let path = confined_new(&st, &name).map_err(|error| error.at(to.span))?;
        let rows = self.run_bound(bound, run)?;
        let count = write(rows, &path, &name, format, &st)?;
        let row = vec![Value::Int(i64::try_from(count).unwrap_or(i64::MAX))];
        self.table(&["rows"], vec![row], None, &run.done())
    }
}
