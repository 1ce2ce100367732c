//! Keeps the note of what is synced (`note.rs`) while a database is open, and looks at it before one is opened.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lock::Lock;
use super::note::{Found, NAME, SyncNote, find};
use super::wal;
use crate::directory::sync_directory;
use crate::error::{Error, Result};

/// The manifest that is in force: its number and length. `None` where there is none yet.
fn manifest(data: &Path) -> Option<(u64, u64)> {
    let current = fs::read_to_string(data.join("CURRENT")).ok()?;
    let name = current.trim_end();
    let number = name.strip_prefix("MANIFEST-")?.parse().ok()?;
    Some((number, fs::metadata(data.join(name)).ok()?.len()))
}

/// Fails when the manifest is older or shorter than what is noted: RocksDB would take its good part for the whole.
pub(crate) fn verify_manifest(data: &Path, found: &Found) -> Result<()> {
    let (Found::Note(note), Some((number, length))) = (found, manifest(data)) else { return Ok(()) };
    let path = data.join(format!("MANIFEST-{:06}", note.manifest.0));
    if number < note.manifest.0 {
        return Err(Error::LogDamaged { path: data.join("CURRENT"), reason: "it names an older manifest".into() });
    }
    if number == note.manifest.0 && length < note.manifest.1 {
        let reason = format!("it has {length} bytes, but {} were written", note.manifest.1);
        return Err(Error::LogDamaged { path, reason });
    }
    Ok(())
}

/// The note, unless the database was opened since by a release that keeps none: each opening begins a manifest.
pub(crate) fn up_to_date(data: &Path, found: Found) -> Found {
    match (&found, manifest(data)) {
        (Found::Note(note), Some((number, _))) if note.closed && number > note.manifest.0 => Found::Missing,
        _ => found,
    }
}

/// Keeps the note of an open database.
pub(crate) struct Keeper {
    file: File,
    data: PathBuf,
    note: SyncNote,
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
        let mut note = match find(home)? {
            Found::Note(note) if !accept => note,
            _ => SyncNote { synced: true, ..SyncNote::default() },
        };
        note.closed = false;
        let open = || -> std::io::Result<Keeper> {
            let new = !path.exists();
            let file = File::options().create(true).truncate(false).write(true).open(&path)?;
            let mut keeper = Keeper { file, data, note, oldest: 0, active: None, _lock: lock };
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
        self.file.write_all(&self.note.encode())
    }

    /// Looks at all logs. What goes wrong leaves an older note, which is true too.
    fn look(&mut self) -> std::io::Result<()> {
        let logs = wal::logs(&self.data)?;
        self.note.logs.clear();
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
                self.note.logs.push((*number, length));
            }
            if at + 1 == logs.len() {
                self.active = Some((file, length));
            }
        }
        Ok(())
    }

    /// RocksDB has opened the database; all that it holds is synced when `synced`.
    pub(crate) fn opened(&mut self, synced: bool) {
        self.note.synced = synced;
        self.note.manifest = manifest(&self.data).unwrap_or(self.note.manifest);
        self.oldest = wal::logs(&self.data).ok().and_then(|logs| Some(logs.last()?.0)).unwrap_or(0);
        if self.look().is_ok() {
            if !synced {
                self.note.logs.clear();
            }
            let _ = self.put();
        }
    }

    /// A synced write has returned.
    pub(crate) fn synced(&mut self) {
        let now = self.active.as_ref().and_then(|(file, _)| file.metadata().ok()).map(|metadata| metadata.len());
        let noted = match (&mut self.active, self.note.logs.last_mut(), now) {
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
        self.note.closed = true;
        self.note.synced = true;
        self.note.manifest = manifest(&self.data).unwrap_or(self.note.manifest);
        if self.look().is_ok() {
            let _ = self.put();
        }
    }
}
