//! What all connections share.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::watch;
use wenddb::Database;

use crate::{auth::Auth, limits::Limits, pool::Pool, tls::Tls};

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
    pub(crate) phase: watch::Receiver<Phase>,
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
