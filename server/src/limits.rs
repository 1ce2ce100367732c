//! The limits of one client: connections, bytes, time.

use std::time::Duration;

/// The limits of the port. `docs/server.md` lists them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most connections at a time.
    pub connections: usize,
    /// The most connections from one address at a time.
    pub connections_per_address: usize,
    /// The time limit from the connection to the login.
    pub login_time: Duration,
    /// The most bytes of a message before the login.
    pub message_before_login: usize,
    /// The most bytes of a message after the login.
    pub message: usize,
    /// The most bytes of files that are sent to be imported.
    pub upload: u64,
    /// The most memory for the values of one message.
    pub message_memory: usize,
    /// The most memory for the long messages of all clients together.
    pub messages_memory: usize,
    /// The slow-sender rule: within this time, an unfinished message must bring `slow_sender_bytes` or its end.
    pub slow_sender: Duration,
    /// See `slow_sender`.
    pub slow_sender_bytes: usize,
    /// How long a client may leave a response unread.
    pub slow_reader: Duration,
    /// How long an open transaction or result may wait for its client.
    pub idle_transaction: Duration,
    /// The time limit of a statement that is not a task; zero = none.
    pub query_time: Duration,
    /// The most open results of a transaction.
    pub open_results: usize,
    /// The most open transactions over HTTP.
    pub http_transactions: usize,
    /// How long a transaction over HTTP waits for its next request.
    pub http_transaction: Duration,
    /// The interval of signs of life (NOOP) while a statement runs.
    pub keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let memory = wenddb::available_memory().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX);
        Limits {
            connections: 256,
            connections_per_address: 64,
            login_time: Duration::from_secs(10),
            message_before_login: 64 << 10,
            message: 128 << 20,
            upload: 4 << 30,
            message_memory: (1 << 30).min(memory / 8),
            messages_memory: (4 << 30).min(memory / 2),
            slow_sender: Duration::from_secs(30),
            slow_sender_bytes: 30 << 10,
            slow_reader: Duration::from_secs(60),
            idle_transaction: Duration::from_secs(600),
            query_time: Duration::from_secs(600),
            open_results: 1024,
            http_transactions: 100,
            http_transaction: Duration::from_secs(60),
            keep_alive: Duration::from_secs(15),
        }
    }
}
