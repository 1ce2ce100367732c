//! The errors of a client.

use std::io;

/// A failure that the server reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFailure {
    /// `Neo.Class.Category.Title`
    pub code: String,
    /// GQLSTATUS, five characters; from servers that send it.
    pub gqlstatus: Option<String>,
    /// The message.
    pub message: String,
    /// The place in the statement, in characters from 0.
    pub offset: Option<usize>,
}

/// The error of a client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection cannot be made, or was lost.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The server reports a failure.
    #[error("{}", .0.message)]
    Server(ServerFailure),
    /// The bytes received are not Bolt.
    #[error("the server does not answer as it should: {0}")]
    Protocol(String),
    /// The connection is not encrypted, and the server accepts only those that are.
    #[error("the server wants TLS")]
    WantsTls,
    /// The connection is to be encrypted, and the server has no TLS.
    #[error("the server has no TLS")]
    HasNoTls,
    /// The statement was cancelled with Ctrl-C.
    #[error("the statement was cancelled")]
    Interrupted,
}

pub(super) type Result<T, E = ClientError> = std::result::Result<T, E>;

pub(super) fn protocol(problem: impl ToString) -> ClientError {
    ClientError::Protocol(problem.to_string())
}
