//! Memory beyond the machine's: temporary files for what does not fit, which whoever runs an algorithm provides.

use std::fmt;
use std::sync::Arc;

use super::error::Error;

/// Makes temporary files.
pub trait Scratch: Send + Sync {
    /// A new, empty file, which is gone when it is dropped.
    ///
    /// # Errors
    /// [`Error::Scratch`], as all others here.
    fn file(&self) -> Result<Box<dyn ScratchFile>, Error>;
}

/// A temporary file. Several threads may write and read different parts of it at the same time.
pub trait ScratchFile: Send + Sync {
    /// Writes bytes at this place; the file grows as needed.
    ///
    /// # Errors
    /// [`Error::Scratch`].
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error>;

    /// Fills `bytes` with what was written at this place.
    ///
    /// # Errors
    /// [`Error::Scratch`].
    fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Error>;

    /// All of it, at least one byte, as memory that can be read only; it begins at a multiple of 64.
    ///
    /// # Errors
    /// [`Error::Scratch`].
    fn map(self: Box<Self>) -> Result<Arc<dyn Mapped>, Error>;
}

/// A file as memory: pages of it come when they are read, and go again when the system needs their place.
pub trait Mapped: Send + Sync {
    /// Its bytes.
    fn bytes(&self) -> &[u8];
}

impl fmt::Debug for dyn ScratchFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScratchFile")
    }
}
