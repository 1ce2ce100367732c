//! SHOW and DESCRIBE.

use wend_grammar::ast::{Ident, ShowTail};

use super::{Run, Session, query::NOTHING};
use crate::{activity::QueryTexts, error::Result, procedure, role::Role, rows::Rows, show};

impl Session {
    pub(super) fn show(
        &mut self,
        what: &str,
        category: Option<&Ident>,
        tail: Option<&ShowTail>,
        run: &Run<'_>,
    ) -> Result<Rows> {
        if matches!(what, "USERS" | "TOKENS") {
            self.must_be(Role::Admin, "shows users")?;
        }
        if what == "CURRENT USER" {
            let row = show::current_user(self.rights.user.as_deref(), self.rights.role);
            return self.table(&show::CURRENT_USER, vec![row], tail, run);
        }
        if what == "EMBEDDINGS" {
            let rows = procedure::embeddings(&self.statement(&NOTHING, run, false)?)?;
            return self.table(&procedure::EMBEDDING_COLUMNS, rows, tail, run);
        }
        let tx = self.catalog(false)?.0;
        // Texts of others' statements may have in them what only an administrator may see.
        let texts = match self.rights.role {
            Role::Admin => QueryTexts::All,
            _ => QueryTexts::Of(self.rights.user.clone()),
        };
        let (mut columns, mut rows) = show::table(what, category, &tx, &self.graph, &self.database, &texts)?;
        if let (None, Some(shown)) = (tail, show::shown(what)) {
            columns = &columns[..shown];
            rows.iter_mut().for_each(|row| row.truncate(shown));
        }
        self.table(columns, rows, tail, run)
    }

    pub(super) fn describe(&mut self, what: &str, name: &Ident, run: &Run<'_>) -> Result<Rows> {
        if what == "GRAPH" {
            let (columns, rows) = show::describe_graph(name, &self.graph, &self.statement(&NOTHING, run, false)?)?;
            return self.table(columns, rows, None, run);
        }
        let tx = self.catalog(false)?.0;
        let (columns, rows) = show::describe(what, name, &tx)?;
        self.table(columns, rows, None, run)
    }
}
