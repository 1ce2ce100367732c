//! The database directory:
//!
//! ```text
//! WENDDB       what this is, its format, and whether it was finished being created
//! LOCK         locked while the database is open
//! SYNCED       how long the logs were at the last commit
//! ACCEPT-LOSS  put there by hand: open damaged logs with what can be read of them
//! BACKUP       in a backup: the checksums of its files
//! data/        RocksDB
//! staging/     SST files on their way into RocksDB; emptied at open
//! ```

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::lock::{LOCK, Lock, lock};
use super::note;
use super::synced::{self, Keeper};
use super::wal;
use crate::directory::{is_empty, sync_directory};
use crate::error::{Error, Result};
use crate::options::{FORMAT_VERSION, StoreOptions, check_format};

const IDENTITY: &str = "WENDDB";
const IDENTITY_NEW: &str = "WENDDB.new";
pub(crate) const ACCEPT_LOSS: &str = "ACCEPT-LOSS";
pub(crate) const BACKUP: &str = "BACKUP";
pub(crate) const DATA: &str = "data";
const STAGING: &str = "staging";

/// An open database directory; the lock is let go when this is dropped.
pub(crate) struct Home {
    path: PathBuf,
    creating: bool,
    lock: Option<Arc<Lock>>,
}

static STAGED: AtomicU64 = AtomicU64::new(0);

impl Home {
    pub(crate) fn open(path: &Path, options: &StoreOptions) -> Result<Home> {
        let not_ours = |reason: &str| Error::NotADatabase { path: path.to_owned(), reason: reason.to_owned() };
        if path.exists() && !path.is_dir() {
            return Err(not_ours("it is a file, not a directory"));
        }
        let found = read_identity(path)?;
        let creating = match &found {
            Some(identity) => identity.creating,
            None if holds_others(path)? => return Err(not_ours("the directory holds other files")),
            None if options.read_only || !options.create => {
                return Err(not_ours("there is no database here"));
            }
            None => true,
        };
        if let Some(identity) = &found {
            check_format(identity.format)?;
        } else {
            fs::create_dir_all(path).map_err(Error::io(format!("create {}", path.display())))?;
        }
        let lock = lock(path, options.read_only)?;
        if found.is_none() {
            write_identity(path, State::Creating)?;
        }
        let home = Home { path: path.to_owned(), creating, lock };
        if !options.read_only {
            home.clear_staging()?;
        }
        if !creating && !home.data().join("CURRENT").exists() {
            return Err(Error::corrupt(format!("{} is missing", home.data().join("CURRENT").display())));
        }
        Ok(home)
    }

    /// Fails when the logs have lost what was committed; gives whether that is accepted, which only opening for writing does.
    pub(crate) fn verify(&self, read_only: bool) -> Result<bool> {
        if self.creating {
            return Ok(false);
        }
        if !read_only && self.path.join(ACCEPT_LOSS).exists() {
            return Ok(true);
        }
        let found = synced::up_to_date(&self.data(), note::find(&self.path)?);
        synced::verify_manifest(&self.data(), &found)?;
        wal::verify(&self.data(), &found)?;
        Ok(false)
    }

    /// Notes that files will change: the directory is no backup any more, and the note of what is synced has a keeper.
    pub(crate) fn keeper(&self, accept: bool) -> Result<Keeper> {
        let backup = self.path.join(BACKUP);
        if is_backup(&self.path)? || backup.exists() {
            match fs::remove_file(&backup) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::io(format!("remove {}", backup.display()))(error));
                }
                _ => write_identity(&self.path, State::Complete)?,
            }
        }
        Keeper::begin(&self.path, self.data(), accept, self.lock.clone())
    }

    /// A loss was accepted, once.
    pub(crate) fn accepted(&self) -> Result<()> {
        let path = self.path.join(ACCEPT_LOSS);
        match fs::remove_file(&path) {
            Err(error) if self.path.join(ACCEPT_LOSS).exists() => {
                Err(Error::io(format!("remove {}", path.display()))(error))
            }
            _ => Ok(()),
        }
    }

    /// Notes that the database is complete.
    pub(crate) fn ready(&self) -> Result<()> {
        if self.creating { write_identity(&self.path, State::Complete) } else { Ok(()) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path.join(DATA)
    }

    fn clear_staging(&self) -> Result<()> {
        let staging = self.path.join(STAGING);
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(Error::io(format!("empty {}", staging.display())))?;
        }
        Ok(())
    }

    /// A new directory for SST files.
    pub(crate) fn staging(&self) -> Result<PathBuf> {
        let path = self.path.join(STAGING).join(STAGED.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir_all(&path).map_err(Error::io(format!("create {}", path.display())))?;
        Ok(path)
    }
}

struct Identity {
    format: u32,
    creating: bool,
    backup: bool,
}

/// What the identity file says besides the format.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Creating,
    Complete,
    Backup,
}

/// Whether a directory says that it is a backup that was not opened for writing.
pub(crate) fn is_backup(path: &Path) -> Result<bool> {
    Ok(read_identity(path)?.is_some_and(|identity| identity.backup))
}

fn read_identity(path: &Path) -> Result<Option<Identity>> {
    let file = path.join(IDENTITY);
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(format!("read {}", file.display()))(error)),
    };
    let mut lines = text.lines();
    let format = match (lines.next(), lines.next().and_then(|line| line.strip_prefix("format "))) {
        (Some("WendDB"), Some(format)) => format.parse().ok(),
        _ => None,
    };
    let format = format.ok_or_else(|| Error::NotADatabase {
        path: path.to_owned(),
        reason: format!("the file {IDENTITY} is not a WendDB identity"),
    })?;
    let state = lines.next();
    Ok(Some(Identity { format, creating: state == Some("creating"), backup: state == Some("backup") }))
}

/// Writes the identity file at once: to another name, then renamed.
pub(crate) fn write_identity(path: &Path, state: State) -> Result<()> {
    let state = match state {
        State::Creating => "creating\n",
        State::Complete => "",
        State::Backup => "backup\n",
    };
    let text = format!("WendDB\nformat {FORMAT_VERSION}\n{state}");
    let temporary = path.join(IDENTITY_NEW);
    let write = || -> std::io::Result<()> {
        fs::write(&temporary, text)?;
        File::open(&temporary)?.sync_all()?;
        fs::rename(&temporary, path.join(IDENTITY))?;
        sync_directory(path)
    };
    write().map_err(Error::io(format!("write {}", path.join(IDENTITY).display())))
}

/// Whether a directory has something in it that creating a database, cut off at once, does not leave.
fn holds_others(path: &Path) -> Result<bool> {
    if is_empty(path)? {
        return Ok(false);
    }
    let entries = fs::read_dir(path).map_err(Error::io(format!("read {}", path.display())))?;
    let ours = [LOCK, IDENTITY_NEW];
    Ok(entries.flatten().any(|entry| !ours.iter().any(|name| entry.file_name() == *name)))
}

/// Fails unless the directory holds a complete database; locks it against writers meanwhile.
pub(crate) fn complete(path: &Path) -> Result<Home> {
    let options = StoreOptions { read_only: true, create: false, ..StoreOptions::default() };
    let home = Home::open(path, &options)?;
    if home.creating {
        return Err(Error::NotADatabase { path: path.to_owned(), reason: "it was never completed".into() });
    }
    Ok(home)
}
