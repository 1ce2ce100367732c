//! What all connections share.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{Semaphore, watch};
use wenddb::Database;

use crate::{
    auth::{Auth, User},
    budget::Budget,
    known_logins::KnownLogins,
    limits::Limits,
    metrics::Metrics,
    pool::Pool,
    tls::Tls,
    transactions::Transactions,
};

/// How far the server is on its way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It works.
    Running,
    /// It takes nothing new; what runs may finish.
    Finishing,
    /// What runs is cancelled.
    Cancelling,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) database: Database,
    pub(crate) pool: Pool,
    pub(crate) limits: Arc<Limits>,
    pub(crate) auth: Auth,
    /// What it says it is.
    pub(crate) agent: String,
    /// The address clients are told to use; without one it is the one they used.
    pub(crate) advertised: Option<String>,
    /// Names by which requests of HTTP may call it, besides addresses, `localhost` and the advertised one.
    pub(crate) allowed_hosts: Vec<String>,
    /// Web pages that may ask, besides those it serves.
    pub(crate) allowed_origins: Vec<String>,
    /// Passwords of HTTP that were right lately.
    pub(crate) known_logins: KnownLogins,
    /// Transactions over HTTP.
    pub(crate) transactions: Transactions,
    pub(crate) metrics: Metrics,
    /// One backup is sent at a time.
    pub(crate) backups: Arc<Semaphore>,
    pub(crate) messages: Arc<Budget>,
    pub(crate) phase: watch::Receiver<Phase>,
    /// Grows when users change.
    pub(crate) users: watch::Receiver<u64>,
    /// How connections are encrypted.
    pub(crate) tls: Option<Tls>,
    pub(crate) commits: AtomicU64,
    pub(crate) connections: AtomicU64,
}

/// A connection's place in the world.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The client.
    pub(crate) client: SocketAddr,
    /// This end.
    pub(crate) local: SocketAddr,
    /// Whether TLS is below.
    pub(crate) encrypted: bool,
    /// There is no place for it; it is told so and left.
    pub(crate) refused: bool,
    /// The connection's name in logs.
    pub(crate) id: u64,
    /// When the login must be done.
    pub(crate) login_by: Instant,
}

impl Peer {
    /// How long it may still take to the login.
    pub(crate) fn patience(&self) -> Duration {
        self.login_by.saturating_duration_since(Instant::now())
    }
}

impl Shared {
    /// The number of a new connection.
    pub(crate) fn connection_id(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Waits until a user is not there any more, who was there at the given version of the users; another one of the same name
    /// does not count. Never, when logins are not checked.
    pub(crate) async fn user_gone(self: Arc<Self>, user: User, mut seen: u64) {
        if matches!(self.auth, Auth::Off) {
            return std::future::pending().await;
        }
        let mut versions = self.users.clone();
        loop {
            // Without a sender the server ends, which others look after.
            let Ok(changed) = versions.wait_for(|version| *version != seen).await.map(|version| *version) else {
                return std::future::pending().await;
            };
            seen = changed;
            let (database, name) = (self.database.clone(), user.name.clone());
            // What cannot be read now is read after the next change.
            if let Ok(Ok(found)) = self.pool.run(true, move || database.user(&name)).await
                && found.map(|found| found.identity) != user.identity
            {
                return;
            }
        }
    }

    /// The version that clients are to take it for: the first number with points of what it says it is.
    pub(crate) fn compatible_version(&self) -> &str {
        let words = self.agent.split(|letter: char| !letter.is_ascii_digit() && letter != '.');
        words
            .into_iter()
            .find(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or("5.26.0")
    }

    /// A bookmark for what is committed by now. One server sees its own commits, so that no one ever waits for one.
    pub(crate) fn bookmark(&self, committed: bool) -> String {
        let number = if committed {
            self.commits.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.commits.load(Ordering::Relaxed)
        };
        format!("wend:{number}")
    }
}
