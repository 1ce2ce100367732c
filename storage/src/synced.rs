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

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files::{Lock, sync_directory};
use crate::wal;

const NAME: &str = "SYNCED";
const MAGIC: &[u8; 8] = b"WENDSYN1";
const SIZE: usize = 512;
const HEAD: usize = 32;
/// Logs noted at most, the newest ones.
const LOGS: usize = (SIZE - HEAD - 4) / 16;
const CLOSED: u32 = 1;
const SYNCED: u32 = 2;

/// What is noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
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
    Mark(Mark),
}

impl Mark {
    fn encode(&self) -> [u8; SIZE] {
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

    fn decode(bytes: &[u8]) -> Option<Mark> {
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
        whole.then_some(Mark { closed: flags & CLOSED != 0, synced: flags & SYNCED != 0, manifest, logs })
    }
}

/// The note of a database directory.
pub(crate) fn find(home: &Path) -> Result<Found> {
    match fs::read(home.join(NAME)) {
        Ok(bytes) => Ok(Mark::decode(&bytes).map_or(Found::Damaged, Found::Mark)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Found::Missing),
        Err(error) => Err(Error::io(format!("read {}", home.join(NAME).display()))(error)),
    }
}

/// The manifest that is in force: its number and length. `None` where there is none yet.
fn manifest(data: &Path) -> Option<(u64, u64)> {
    let current = fs::read_to_string(data.join("CURRENT")).ok()?;
    let name = current.trim_end();
    let number = name.strip_prefix("MANIFEST-")?.parse().ok()?;
    Some((number, fs::metadata(data.join(name)).ok()?.len()))
}

/// Fails when the manifest is older or shorter than what is noted: RocksDB would take its good part for the whole.
pub(crate) fn verify_manifest(data: &Path, found: &Found) -> Result<()> {
    let (Found::Mark(mark), Some((number, length))) = (found, manifest(data)) else { return Ok(()) };
    let path = data.join(format!("MANIFEST-{:06}", mark.manifest.0));
    if number < mark.manifest.0 {
        return Err(Error::LogDamaged { path: data.join("CURRENT"), reason: "it names an older manifest".into() });
    }
    if number == mark.manifest.0 && length < mark.manifest.1 {
        let reason = format!("it has {length} bytes, but {} were written", mark.manifest.1);
        return Err(Error::LogDamaged { path, reason });
    }
    Ok(())
}

/// The note, unless the database was opened since by a release that keeps none: each opening begins a manifest.
pub(crate) fn up_to_date(data: &Path, found: Found) -> Found {
    match (&found, manifest(data)) {
        (Found::Mark(mark), Some((number, _))) if mark.closed && number > mark.manifest.0 => Found::Missing,
        _ => found,
    }
}

/// Keeps the note of an open database.
pub(crate) struct Keeper {
    file: File,
    data: PathBuf,
    mark: Mark,
    /// The log that was begun when the database was opened; all in older ones is in data files.
    oldest: u64,
    /// The newest log and its length at the last note.
    active: Option<(File, u64)>,
    /// The lock of the directory is held until the last note is written.
    _lock: Option<Arc<Lock>>,
}

impl Keeper {
    /// Takes the note over before RocksDB opens the database, which may remove logs.
    pub(crate) fn begin(home: &Path, data: PathBuf, accept: bool, lock: Option<Arc<Lock>>) -> Result<Keeper> {
        let path = home.join(NAME);
        let mut mark = match find(home)? {
            Found::Mark(mark) if !accept => mark,
            _ => Mark { synced: true, ..Mark::default() },
        };
        mark.closed = false;
        let open = || -> std::io::Result<Keeper> {
            let new = !path.exists();
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            let mut keeper = Keeper { file, data, mark, oldest: 0, active: None, _lock: lock };
            keeper.put()?;
            keeper.file.sync_all()?;
            if new {
                sync_directory(home)?;
            }
            Ok(keeper)
        };
        open().map_err(Error::io(format!("write {}", home.join(NAME).display())))
    }

    fn put(&mut self) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&self.mark.encode())
    }

    /// Looks at all logs. What goes wrong leaves an older note, which is true too.
    fn look(&mut self) -> std::io::Result<()> {
        let logs = wal::logs(&self.data)?;
        self.mark.logs.clear();
        self.active = None;
        for (at, (number, path)) in logs.iter().enumerate() {
            let file = match File::open(path) {
                // RocksDB removes logs that are no longer needed.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                file => file?,
            };
            let length = file.metadata()?.len();
            // The name of an empty log need not be on the disk.
            if length > 0 && *number >= self.oldest {
                self.mark.logs.push((*number, length));
            }
            if at + 1 == logs.len() {
                self.active = Some((file, length));
            }
        }
        Ok(())
    }

    /// RocksDB has opened the database; all that it holds is synced when `synced`.
    pub(crate) fn opened(&mut self, synced: bool) {
        self.mark.synced = synced;
        self.mark.manifest = manifest(&self.data).unwrap_or(self.mark.manifest);
        self.oldest = wal::logs(&self.data).ok().and_then(|logs| Some(logs.last()?.0)).unwrap_or(0);
        if self.look().is_ok() {
            if !synced {
                self.mark.logs.clear();
            }
            let _ = self.put();
        }
    }

    /// A synced write has returned.
    pub(crate) fn synced(&mut self) {
        let now = self.active.as_ref().and_then(|(file, _)| file.metadata().ok()).map(|metadata| metadata.len());
        let noted = match (&mut self.active, self.mark.logs.last_mut(), now) {
            (Some((_, length)), Some((_, noted)), Some(now)) if *length > 0 && now > *length => {
                (*length, *noted) = (now, now);
                true
            }
            // RocksDB has gone on to a new log.
            _ => self.look().is_ok(),
        };
        if noted {
            let _ = self.put();
        }
    }

    /// RocksDB has closed the database, and all of it is on the disk.
    pub(crate) fn closed(&mut self) {
        self.mark.closed = true;
        self.mark.synced = true;
        self.mark.manifest = manifest(&self.data).unwrap_or(self.mark.manifest);
        if self.look().is_ok() {
            let _ = self.put();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back() {
        let mark = Mark { closed: true, synced: true, manifest: (3, 77), logs: vec![(4, 5), (9, 1 << 40)] };
        let bytes = mark.encode();
        assert_eq!(Mark::decode(&bytes), Some(mark.clone()));
        for at in 0..SIZE {
            let mut bad = bytes;
            bad[at] ^= 1;
            assert_eq!(Mark::decode(&bad), None, "byte {at}");
        }
        assert_eq!(Mark::decode(&bytes[..SIZE - 1]), None);
        let many = Mark { logs: (0..100).map(|number| (number, number)).collect(), ..mark };
        let read = Mark::decode(&many.encode()).unwrap();
        assert_eq!((read.logs.len(), read.logs.last()), (LOGS, Some(&(99, 99))));
    }
}
