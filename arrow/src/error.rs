//! The error of this crate.

/// Why a conversion failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The batches do not fit; the text names the column and says what would be right.
    #[error("{0}")]
    Data(String),
    /// The database refused the data.
    #[error(transparent)]
    Database(#[from] wenddb::Error),
}

impl Error {
    pub(crate) fn data(message: impl Into<String>) -> Self {
        Error::Data(message.into())
    }
}

/// The result of a conversion.
pub type Result<T, E = Error> = std::result::Result<T, E>;
