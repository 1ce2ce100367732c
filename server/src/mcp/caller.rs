//! Who calls a tool, and the sessions that this gives: those for reading cannot write, whatever is run in them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wenddb::{
    CancelToken, Database, ProgressCallback, RunOptions, Session,
    host::{HostedSession, Identity, Role},
};

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) database: Database,
    /// The name in SHOW SESSIONS and SHOW QUERIES.
    pub(crate) name: String,
    /// The identity of a user of the database.
    pub(crate) identity: Option<Identity>,
    /// The address of the client, where there is one.
    pub(crate) client: Option<String>,
    /// What the caller may do at all.
    pub(crate) role: Role,
    /// Whether there are tools that change data: they were asked for when the server was started.
    pub(crate) allow_write: bool,
    /// The time limit of a statement that is no task; zero = none.
    pub(crate) statement_time: Duration,
}

impl Caller {
    /// Whether the caller has tools that change data.
    pub(crate) fn writes(&self) -> bool {
        self.allow_write && self.role >= Role::Editor
    }

    /// Why there are none.
    pub(crate) fn why_not(&self) -> &'static str {
        match self.allow_write {
            false => "this server only reads: it was started without --allow-write (wend serve: --mcp-allow-write)",
            true => "this user has the role reader and may not change data",
        }
    }
}

/// One call of a tool.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) caller: Arc<Caller>,
    pub(crate) cancel: CancelToken,
    /// Is told how far the statement is, where the client wants to know.
    pub(crate) progress: Option<ProgressCallback>,
}

impl Call {
    /// A session that cannot change anything, which holds four times over: its role is that of a reader, its transactions are for
    /// reading, each of its runs refuses to do more than read, and none of them begins a transaction of its own.
    pub(crate) fn reader(&self) -> Session {
        let mut session = self.session(Role::Reader);
        session.set_read_only(true);
        session
    }

    /// A session that may change data, and no users.
    pub(crate) fn writer(&self) -> Session {
        let mut session = self.session(self.caller.role.min(Role::Editor));
        if let Some(identity) = self.caller.identity {
            session.set_identity(identity);
        }
        session
    }

    fn session(&self, role: Role) -> Session {
        let mut session = self.caller.database.session();
        session.set_user(self.caller.name.as_str(), role);
        session.set_client(self.caller.client.as_deref());
        session.refuse_transaction_statements();
        session
    }

    /// The limits of a statement that begins now.
    pub(crate) fn options(&self, read_only: bool, task: bool) -> RunOptions {
        let limit = self.caller.statement_time;
        let limited = !task && !limit.is_zero();
        let deadline = limited.then(|| Instant::now().checked_add(limit)).flatten();
        let (cancel, progress) = (self.cancel.clone(), self.progress.clone());
        RunOptions { cancel, deadline, read_only, progress, ..RunOptions::default() }
    }
}
