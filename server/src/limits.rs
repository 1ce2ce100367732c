//! What one client may take: connections, bytes, time.

use std::time::Duration;

/// Limits of the port. `docs/server.md` lists them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address.
    pub connections_per_address: usize,
    /// From the connection to the login.
    pub login_time: Duration,
    /// Bytes of a message before the login.
    pub message_before_login: usize,
    /// Bytes of a message after it.
    pub message: usize,
    /// Bytes that the values of one message may take in memory.
    pub message_memory: usize,
    /// Bytes that long messages of all clients may take together.
    pub messages_memory: usize,
    /// A message that has begun must bring as many bytes as `slow_sender_bytes` in this time, or its end.
    pub slow_sender: Duration,
    /// See `slow_sender`.
    pub slow_sender_bytes: usize,
    /// How long a client may leave what was sent to it unread.
    pub slow_reader: Duration,
    /// How long a transaction or a result may wait for its client.
    pub idle_transaction: Duration,
    /// How long a statement may take, unless it is a task; zero = no bound.
    pub query_time: Duration,
    /// Results open in one transaction.
    pub open_results: usize,
    /// Transactions over HTTP at a time.
    pub http_transactions: usize,
    /// How long a transaction over HTTP waits for its next request.
    pub http_transaction: Duration,
    /// While a statement runs, the client is told at this interval that the server is there.
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
