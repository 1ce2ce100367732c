//! Access rights: what the user of a session may do in it.

use super::{Session, transaction::Active};
use crate::{
    error::{Error, ErrorKind, Result},
    names::graph_id,
    role::Role,
};

/// What a session may do. A new one may do everything.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    pub(super) user: Option<String>,
    /// Of a user of the database.
    #[cfg(feature = "users")]
    pub(super) identity: Option<crate::user::Identity>,
    pub(super) role: Role,
    pub(super) read_only: bool,
    pub(super) no_transaction_statements: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Rights {
            user: None,
            #[cfg(feature = "users")]
            identity: None,
            role: Role::Admin,
            read_only: false,
            no_transaction_statements: false,
        }
    }
}

impl Session {
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

    /// Whether a transaction begun now could not change anything.
    pub(super) fn is_read_only(&self) -> bool {
        self.rights.read_only || self.only_reads || self.rights.role < Role::Editor || self.database.options().read_only
    }

    /// Refuses a change where the session, its transaction or the database is for reading.
    pub(super) fn must_be_writable(&self, active: Option<&Active>) -> Result<()> {
        self.must_be(Role::Editor, "changes data")?;
        let read_only = match active {
            Some(active) => active.read_only || self.only_reads,
            None => self.is_read_only(),
        };
        if read_only { Err(super::read_only()) } else { Ok(()) }
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
