//! How a store is opened, and the formats of its files.

use crate::error::{Error, Result};

/// The format this release writes; docs/file-format.md describes it.
pub const FORMAT_VERSION: u32 = 1;
/// The oldest format this release reads.
pub const OLDEST_FORMAT_VERSION: u32 = 1;

/// How to open a store. In memory none of this applies.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Never write; several processes may read a database at a time when none writes.
    pub read_only: bool,
    /// Create the database when there is none.
    pub create: bool,
    /// A commit returns only when it is on the disk (fsync).
    pub sync: bool,
    /// Memory for unpacked blocks of stored data.
    pub block_cache_bytes: usize,
    /// Memory for recent writes, per column family (at most four times this in all).
    pub write_buffer_bytes: usize,
}

impl Default for StoreOptions {
    fn default() -> StoreOptions {
        StoreOptions {
            read_only: false,
            create: true,
            sync: true,
            block_cache_bytes: 256 << 20,
            write_buffer_bytes: 64 << 20,
        }
    }
}

/// Fails unless this release reads the format.
pub(crate) fn check_format(found: u32) -> Result<()> {
    if found > FORMAT_VERSION {
        Err(Error::FormatTooNew { found, supported: FORMAT_VERSION })
    } else if found < OLDEST_FORMAT_VERSION {
        Err(Error::FormatTooOld { found, supported: OLDEST_FORMAT_VERSION })
    } else {
        Ok(())
    }
}
