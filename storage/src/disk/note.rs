//! The note of what is synced: how long each write-ahead log was when a commit last returned.
//!
//! A log whose end is missing or bad may be one whose last record was being written when the process died, or one that
//! has lost what was committed. So after each synced write the numbers and lengths of the logs are written to the file
//! `SYNCED`, in place and without a sync of its own: the note never says more than what is on the disk. It survives the
//! death of the process; after a power cut it may be some seconds old, and what it says is true all the same.
//!
//! 512 bytes, one sector, so that no write of it is torn: the text `WENDSYN1`, flags u32 (1 = closed in good order, 2 =
//! commits are synced), how many logs u32, the number and length of RocksDB's manifest (u64 each), number and length of
//! each log (u64 each), zeros, and a CRC-32C of all that. All numbers are little-endian.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

pub(super) const NAME: &str = "SYNCED";
const MAGIC: &[u8; 8] = b"WENDSYN1";
const SIZE: usize = 512;
const HEAD: usize = 32;
/// Logs noted at most, the newest ones.
const LOGS: usize = (SIZE - HEAD - 4) / 16;
const CLOSED: u32 = 1;
const SYNCED: u32 = 2;

/// What is noted of the logs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyncNote {
    /// The database was closed: nothing was written after the note.
    pub closed: bool,
    /// Each commit is synced.
    pub synced: bool,
    /// The number of RocksDB's manifest, and its length.
    pub manifest: (u64, u64),
    /// The number of each log and its length.
    pub logs: Vec<(u64, u64)>,
}

/// What there is of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// None: a new database, or one from before there were notes.
    Missing,
    /// One that cannot be read.
    Damaged,
    /// This one.
    Note(SyncNote),
}

impl SyncNote {
    pub(super) fn encode(&self) -> [u8; SIZE] {
        let mut bytes = Vec::with_capacity(SIZE);
        let logs = &self.logs[self.logs.len().saturating_sub(LOGS)..];
        let flags = u32::from(self.closed) * CLOSED + u32::from(self.synced) * SYNCED;
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&flags.to_le_bytes());
        bytes.extend_from_slice(&(logs.len() as u32).to_le_bytes());
        for (number, length) in std::iter::once(&self.manifest).chain(logs) {
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
        }
        bytes.resize(SIZE - 4, 0);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        let mut out = [0; SIZE];
        out.copy_from_slice(&bytes);
        out
    }

    fn decode(bytes: &[u8]) -> Option<SyncNote> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        let body = body.strip_prefix(MAGIC).filter(|_| bytes.len() == SIZE)?;
        if crc32c::crc32c(&bytes[..SIZE - 4]) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (words, _) = body.as_chunks::<8>();
        let [flags, pairs @ ..] = words else { return None };
        let number = |word: &[u8; 8]| u64::from_le_bytes(*word);
        let flags = number(flags);
        let (flags, count) = (flags as u32, usize::try_from(flags >> 32).ok()?);
        let mut pairs = pairs.chunks_exact(2).map(|pair| (number(&pair[0]), number(&pair[1])));
        let manifest = pairs.next()?;
        let logs: Vec<_> = pairs.take(count).collect();
        let whole = logs.len() == count;
        whole.then_some(SyncNote { closed: flags & CLOSED != 0, synced: flags & SYNCED != 0, manifest, logs })
    }
}

/// The note of a database directory.
pub(crate) fn find(home: &Path) -> Result<Found> {
    match fs::read(home.join(NAME)) {
        Ok(bytes) => Ok(SyncNote::decode(&bytes).map_or(Found::Damaged, Found::Note)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Found::Missing),
        Err(error) => Err(Error::io(format!("read {}", home.join(NAME).display()))(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back() {
        let note = SyncNote { closed: true, synced: true, manifest: (3, 77), logs: vec![(4, 5), (9, 1 << 40)] };
        let bytes = note.encode();
        assert_eq!(SyncNote::decode(&bytes), Some(note.clone()));
        for at in 0..SIZE {
            let mut bad = bytes;
            bad[at] ^= 1;
            assert_eq!(SyncNote::decode(&bad), None, "byte {at}");
        }
        assert_eq!(SyncNote::decode(&bytes[..SIZE - 1]), None);
        let many = SyncNote { logs: (0..100).map(|number| (number, number)).collect(), ..note };
        let read = SyncNote::decode(&many.encode()).unwrap();
        assert_eq!((read.logs.len(), read.logs.last()), (LOGS, Some(&(99, 99))));
    }
}
