//! What can go wrong between a client and a server.

use std::io;

/// What a server says is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFailure {
    /// `Neo.Class.Category.Title`
    pub code: String,
    /// Five characters of ISO/IEC 39075; of servers that say it.
    pub gqlstatus: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The place in the statement, in characters from 0.
    pub offset: Option<usize>,
}

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection cannot be made, or has ended.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The server refused.
    #[error("{}", .0.message)]
    Server(ServerFailure),
    /// What came is not Bolt.
    #[error("the server does not answer as it should: {0}")]
    Protocol(String),
    /// It was ended with Ctrl-C.
    #[error("the statement was cancelled")]
    Interrupted,
}

pub(super) type Result<T, E = ClientError> = std::result::Result<T, E>;

pub(super) fn protocol(problem: impl ToString) -> ClientError {
    ClientError::Protocol(problem.to_string())
}
