//! For programs that host a database for others, as a server does: users and their sessions. The feature `users` has it.
//!
//! A program that opens a database for itself needs none of this: whoever has the files may read and change everything. A
//! host lets others in. It checks their passwords or tokens ([`Host`]), gives each connection a session that works for its
//! user ([`HostedSession`]), and lists and ends running statements.
//!
//! ```
//! use wenddb::{
//!     Database,
//!     host::{Host, HostedSession, Role},
//! };
//!
//! let db = Database::in_memory()?;
//! let password = db.create_first_user("root")?;
//! let user = db.check_password("root", &password)?.expect("the password is right");
//! let mut session = db.session();
//! session.set_user(user.name, user.role);
//! session.set_identity(user.identity);
//! session.execute("CREATE USER ann PASSWORD 'long enough' ROLE reader", ())?;
//! assert_eq!(db.user("ann")?.map(|ann| ann.role), Some(Role::Reader));
//! # Ok::<(), wenddb::Error>(())
//! ```

use std::sync::Arc;

use crate::error::Result;
pub use crate::{
    activity::RunningQuery,
    control::TaskPoints,
    reclaim::memory_freed,
    role::Role,
    user::{Identity, User},
};
pub use wend_storage::DiskWork;

/// Keeps the traits of this module to the types of this crate.
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// What a host asks of its [`Database`](crate::Database).
pub trait Host: sealed::Sealed {
    /// Whether the database has any user.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn has_users(&self) -> Result<bool>;

    /// Creates an administrator with a random password. The result is the password, which is stored nowhere.
    ///
    /// # Errors
    /// When the name is taken, or the database cannot be written.
    fn create_first_user(&self, name: &str) -> Result<String>;

    /// The user of a name, when the password is right. It takes the same time when there is no such user.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn check_password(&self, name: &str, password: &str) -> Result<Option<User>>;

    /// The user of a token that has not expired.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn check_token(&self, token: &str) -> Result<Option<User>>;

    /// The user of a name; `None` when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn user(&self, name: &str) -> Result<Option<User>>;

    /// A number that grows with every committed change of users or tokens: a host that caches logins drops them then.
    fn users_version(&self) -> u64;

    /// The running statements, and those whose rows have not all been read, the oldest first.
    fn queries(&self) -> Vec<RunningQuery>;

    /// What a running task is doing, in a few words, such as `epoch 12 of 200, loss 0.5123`; `None` when it has not begun, or has
    /// ended.
    fn task_stage(&self, id: &str) -> Option<String>;

    /// Where nodes lie in two dimensions, as a task that trains a network last had them, and asks it for the next points; `None` before
    /// the first, and for tasks that have ended or train nothing. A task that nobody asks makes none.
    fn task_points(&self, id: &str) -> Option<Arc<TaskPoints>>;

    /// The background work of a database on disk; `None` for one in memory.
    fn disk_work(&self) -> Option<DiskWork>;

    /// Ends a statement of any session, as KILL QUERY does; it fails with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled)
    /// within a second.
    ///
    /// # Errors
    /// 42002 when no statement of that id is running.
    fn kill_query(&self, id: &str) -> Result<()>;
}

/// What a host asks of the [`Session`](crate::Session) of a connection.
pub trait HostedSession: sealed::Sealed {
    /// The name of the session in SHOW SESSIONS.
    fn id(&self) -> String;

    /// Sets the user, also for SHOW SESSIONS and SHOW QUERIES: from now on, statements that the role does not allow are refused.
    fn set_user(&mut self, name: impl Into<String>, role: Role);

    /// Sets the identity of a user of the database: statements about users then verify that this user still exists and is
    /// still an administrator.
    fn set_identity(&mut self, identity: Identity);

    /// The user; `None` in a program that opened the database for itself.
    fn user(&self) -> Option<&str>;

    /// The role of the user.
    fn role(&self) -> Role;

    /// Sets the address of the client, for SHOW SESSIONS.
    fn set_client(&mut self, client: Option<&str>);

    /// Refuses changes from now on, or allows them again. An open transaction keeps its own mode.
    fn set_read_only(&mut self, read_only: bool);

    /// Refuses START TRANSACTION, COMMIT and ROLLBACK as statements, for protocols that have messages for them.
    fn refuse_transaction_statements(&mut self);

    /// Begins a transaction that does not borrow the session; [`HostedSession::end_transaction`] ends it.
    ///
    /// # Errors
    /// 25G01 when one is open already.
    fn begin_transaction(&mut self, read_only: bool) -> Result<()>;

    /// Commits the open transaction, or rolls it back.
    ///
    /// # Errors
    /// 2D000 when none is open, 40000 when another transaction changed the same data first: nothing is kept.
    fn end_transaction(&mut self, commit: bool) -> Result<()>;

    /// Resets the session except for its user: no transaction, no parameters, the graph `default`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    fn reset(&mut self) -> Result<()>;
}
