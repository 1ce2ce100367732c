//! Who uses a session and what they may do in it; and what a program that keeps sessions for others needs.

use super::{Active, Session};
use crate::{
    error::{Error, ErrorKind, Result},
    names::{DEFAULT_GRAPH, graph_id},
    params::Params,
    role::Role,
    user::Identity,
    value::Value,
};

/// What a session may do. A new one may do everything.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    pub(super) user: Option<String>,
    /// Of a user of the database.
    pub(super) identity: Option<Identity>,
    pub(super) role: Role,
    pub(super) read_only: bool,
    pub(super) no_transaction_statements: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Rights { user: None, identity: None, role: Role::Admin, read_only: false, no_transaction_statements: false }
    }
}

impl Session {
    /// Says for whom the session works, for SHOW SESSIONS and SHOW QUERIES too: what the role does not allow is refused
    /// from now on.
    pub fn set_user(&mut self, name: impl Into<String>, role: Role) {
        let name = name.into();
        self.state.set_user(Some(&name));
        self.rights.user = Some(name);
        self.rights.identity = None;
        self.rights.role = role;
    }

    /// Says that the user set before is one of the database: statements about users look again whether that one is there still,
    /// and an administrator.
    pub fn set_identity(&mut self, identity: Identity) {
        self.rights.identity = Some(identity);
    }

    /// The user it works for; `None` in a program that opened the database itself.
    pub fn user(&self) -> Option<&str> {
        self.rights.user.as_deref()
    }

    /// What that user may do.
    pub fn role(&self) -> Role {
        self.rights.role
    }

    /// Refuses changes from now on, or allows them again; outside a transaction, which has a mode of its own.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.rights.read_only = read_only;
    }

    /// Refuses START TRANSACTION, COMMIT and ROLLBACK as statements, where transactions are begun and ended by other means.
    pub fn refuse_transaction_statements(&mut self) {
        self.rights.no_transaction_statements = true;
    }

    /// Takes another graph, as `SESSION SET GRAPH` does.
    ///
    /// # Errors
    /// 42002 when there is none of that name.
    pub fn use_graph(&mut self, name: &str) -> Result<()> {
        graph_id(&self.catalog(false)?.0, name)?;
        name.clone_into(&mut self.graph);
        self.state.set_graph(name);
        Ok(())
    }

    /// Begins a transaction that is not tied to a borrow of the session; [`Session::end_transaction`] ends it.
    ///
    /// # Errors
    /// 25G01 when one is open already.
    pub fn begin_transaction(&mut self, read_only: bool) -> Result<()> {
        self.begin(read_only)
    }

    /// Commits the open transaction, or rolls it back.
    ///
    /// # Errors
    /// 2D000 when none is open, 40000 when another transaction changed the same data first: nothing is kept.
    pub fn end_transaction(&mut self, commit: bool) -> Result<()> {
        self.end(commit)
    }

    /// Makes the session as it was when new, but for its user: no transaction, no parameters, the graph `default`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn reset(&mut self) -> Result<()> {
        self.graph = DEFAULT_GRAPH.to_owned();
        self.state.set_graph(DEFAULT_GRAPH);
        self.parameters = Params::new();
        self.time_zone = jiff::tz::TimeZone::system();
        self.rights.read_only = false;
        if self.transaction.is_some() { self.end(false) } else { Ok(()) }
    }

    /// Whether a transaction begun now could not change anything.
    pub(super) fn is_read_only(&self) -> bool {
        self.rights.read_only || self.rights.role < Role::Editor || self.database.options().read_only
    }

    /// Refuses a change where the session, its transaction or the database is for reading.
    pub(super) fn must_be_writable(&self, active: Option<&Active>) -> Result<()> {
        self.must_be(Role::Editor, "changes data")?;
        let read_only = match active {
            Some(active) => active.read_only,
            None => self.is_read_only(),
        };
        if read_only { Err(super::read_only()) } else { Ok(()) }
    }

    /// A transaction for a change of users, which a reader may make of the own password; `true` = to be committed at once.
    pub(super) fn user_catalog(&self) -> Result<(wend_storage::Transaction, bool)> {
        match &self.transaction {
            Some(active) if active.read_only => Err(super::read_only()),
            Some(active) => Ok((active.tx.clone(), false)),
            None if self.rights.read_only || self.database.options().read_only => Err(super::read_only()),
            None => Ok((self.database.store().begin(wend_storage::Access::Write)?, true)),
        }
    }

    /// Takes the texts of others' statements out of the rows of SHOW QUERIES: they may have in them what only an administrator
    /// may see.
    pub(super) fn hide_texts_of_others(&self, rows: &mut [Vec<Value>]) {
        if self.rights.role == Role::Admin {
            return;
        }
        for row in rows {
            let own = matches!((&row[2], self.user()), (Value::String(user), Some(own)) if **user == *own);
            if !own {
                row[3] = Value::Null;
            }
        }
    }

    /// Refuses what the user's role does not allow.
    pub(super) fn must_be(&self, role: Role, what: &str) -> Result<()> {
        if self.rights.role >= role {
            return Ok(());
        }
        let user = self.rights.user.as_deref().unwrap_or("this session");
        Err(Error::new(
            ErrorKind::Permission,
            "42NFF",
            format!("the statement {what}, and {user} has the role {}", self.rights.role.name()),
        )
        .with_hint(format!("it needs the role {}", role.name())))
    }

    /// Refuses a statement that would begin or end a transaction behind the back of whoever keeps the session.
    pub(super) fn may_control_transactions(&self) -> Result<()> {
        if !self.rights.no_transaction_statements {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TransactionState,
            "25000",
            "transactions are not begun or ended by statements over this connection",
        )
        .with_hint("use the driver's begin_transaction, commit and rollback"))
    }
}
