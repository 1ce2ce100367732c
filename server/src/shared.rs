//! The state that all connections share.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, watch};
use wenddb::{Database, host::Host};

use crate::{
    auth::{Auth, User},
    budget::Budget,
    known_logins::KnownLogins,
    limits::Limits,
    metrics::Metrics,
    pool::Pool,
    tls::Tls,
    transactions::Transactions,
    uploads::Uploads,
};

/// The phases of the server's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It serves.
    Running,
    /// Shutdown: it accepts nothing new; running statements may finish.
    Finishing,
    /// Shutdown: running statements are cancelled.
    Cancelling,
}

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) pool: Pool,
    pub(crate) limits: Arc<Limits>,
    pub(crate) auth: Auth,
    /// The product name and version that the server reports.
    pub(crate) agent: String,
    /// The address that clients are told to use; by default the one that they have used.
    pub(crate) advertised: Option<String>,
    /// Names that HTTP requests may have as Host, in addition to addresses, `localhost` and the advertised address.
    pub(crate) allowed_hosts: Vec<String>,
    /// Origins of web pages that may use HTTP, in addition to the server's own.
    pub(crate) allowed_origins: Vec<String>,
    /// The cache of successful logins over HTTP.
    pub(crate) known_logins: KnownLogins,
    /// The open transactions over HTTP.
    pub(crate) transactions: Transactions,
    /// Files that wait to be imported.
    pub(crate) uploads: Uploads,
    /// Whether the tools of `/mcp` may change data.
    pub(crate) mcp_allow_write: bool,
    pub(crate) metrics: Metrics,
    /// Statements that take longer are logged and counted; 0 = none.
    pub(crate) log_slow: Duration,
    /// One backup is sent at a time.
    pub(crate) backups: Arc<Semaphore>,
    pub(crate) messages: Arc<Budget>,
    pub(crate) phase: watch::Receiver<Phase>,
    /// A version number that grows when users change.
    pub(crate) users: watch::Receiver<u64>,
    /// The encryption of connections.
    pub(crate) tls: Option<Tls>,
    pub(crate) commits: AtomicU64,
    pub(crate) connections: AtomicU64,
}

/// The two ends of a connection, and its limits.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The client's address.
    pub(crate) client: SocketAddr,
    /// The server's address.
    pub(crate) local: SocketAddr,
    /// Whether the connection uses TLS.
    pub(crate) encrypted: bool,
    /// Whether the connection exceeds the limits: the client is told so, and the connection closes.
    pub(crate) refused: bool,
    /// The number of the connection in logs.
    pub(crate) id: u64,
    /// The time limit of the login.
    pub(crate) login_by: Instant,
}

impl Peer {
    /// The time left until the login must be done.
    pub(crate) fn patience(&self) -> Duration {
        self.login_by.saturating_duration_since(Instant::now())
    }
}

/// A statement that has ended.
pub(crate) struct Ended<'s> {
    pub(crate) protocol: &'static str,
    pub(crate) statement: &'s str,
    pub(crate) succeeded: bool,
    pub(crate) time: Duration,
    pub(crate) rows: u64,
}

/// The most characters of a statement in the log.
const LONGEST_IN_LOG: usize = 1000;

impl Shared {
    /// Counts a statement that has ended, and logs it when it was slow.
    pub(crate) fn ended(&self, ended: &Ended<'_>) {
        let Ended { protocol, statement, succeeded, time, rows } = *ended;
        self.metrics.query(protocol, succeeded, time, rows);
        if self.log_slow.is_zero() || time < self.log_slow {
            return;
        }
        self.metrics.slow();
        let seconds = (time.as_secs_f64() * 1000.0).round() / 1000.0;
        // A password is nobody's to see.
        let secret = statement.to_ascii_uppercase().contains("PASSWORD");
        let text: String = if secret {
            "(a statement about passwords)".to_owned()
        } else {
            statement.chars().take(LONGEST_IN_LOG).collect()
        };
        tracing::warn!(seconds, protocol, rows, failed = !succeeded, statement = text, "slow statement");
    }

    /// The number of a new connection.
    pub(crate) fn connection_id(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits until a user is dropped, who existed at version `seen` of the users. Another user of the same name does
    /// not count. Waits for ever when there is no authentication.
    pub(crate) async fn user_gone(self: Arc<Self>, user: User, mut seen: u64) {
        if matches!(self.auth, Auth::Off) {
            return std::future::pending().await;
        }
        let mut versions = self.users.clone();
        loop {
            // The sender is gone: the server stops, and ends the connections itself.
            let Ok(changed) = versions.wait_for(|version| *version != seen).await.map(|version| *version) else {
                return std::future::pending().await;
            };
            seen = changed;
            let (database, name) = (self.database.clone(), user.name.clone());
            // A user that cannot be read now is read after the next change.
            if let Ok(Ok(found)) = self.pool.run(true, move || database.user(&name)).await
                && found.map(|found| found.identity) != user.identity
            {
                return;
            }
        }
    }

    /// The Neo4j version that clients should assume: the first version number in the server's name.
    pub(crate) fn compatible_version(&self) -> &str {
        let words = self.agent.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
        words
            .into_iter()
            .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or("5.26.0")
    }

    /// A bookmark of the last commit. A single server always sees its own commits, so that nobody waits for a bookmark.
    pub(crate) fn bookmark(&self, committed: bool) -> String {
        let number = if committed {
            self.commits.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.commits.load(Ordering::Relaxed)
        };
        format!("wend:{number}")
    }
}
