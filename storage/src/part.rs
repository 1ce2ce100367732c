//! A directory that is made under another name and gets its own when it is complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::directory::{is_empty, sync_directory};
use crate::error::{Error, Result};
use crate::owner::Owner;

static MADE: AtomicU64 = AtomicU64::new(0);

/// A directory on its way to its name: `.NAME.part-PROCESS-NUMBER` beside the target, renamed by
/// [`complete`](PartDirectory::complete), removed when it is dropped before. What a killed process left is removed by
/// the next one that makes the same target.
#[derive(Debug)]
pub struct PartDirectory {
    path: PathBuf,
    target: PathBuf,
    owner: Owner,
    /// Held while the directory is being made, so that others leave it alone.
    _lock: Option<File>,
}

impl PartDirectory {
    /// Begins a directory. [`Error::NotEmpty`] when the target is there and is not an empty directory.
    pub fn new(target: &Path) -> Result<PartDirectory> {
        let not_empty = || Error::NotEmpty { path: target.to_owned() };
        if target.exists() && !target.is_dir() || !is_empty(target)? {
            return Err(not_empty());
        }
        let name = target.file_name().ok_or_else(not_empty)?.to_string_lossy();
        let prefix = format!(".{name}.part-");
        let parent = parent(target);
        fs::create_dir_all(parent).map_err(Error::io(format!("create {}", parent.display())))?;
        remove_left(parent, &prefix)?;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = target.with_file_name(format!("{prefix}{}-{number}", std::process::id()));
        fs::create_dir(&path).map_err(Error::io(format!("create {}", path.display())))?;
        let lock = lock(&path);
        Ok(PartDirectory { path, target: target.to_owned(), owner: Owner::this_process(), _lock: lock })
    }

    /// Where it is being made.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name; all files in it have to be synced.
    pub fn complete(self) -> Result<()> {
        let rename = || -> std::io::Result<()> {
            sync_directory(&self.path)?;
            if self.target.exists() {
                fs::remove_dir(&self.target)?;
            }
            fs::rename(&self.path, &self.target)?;
            sync_directory(parent(&self.target))
        };
        rename().map_err(Error::io(format!("make {}", self.target.display())))
    }
}

impl Drop for PartDirectory {
    fn drop(&mut self) {
        // After `complete` there is nothing of this name; a forked child leaves it to its parent.
        if self.owner.is_this_process() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The lock of a directory; `None` when another has it, or where directories cannot be locked.
fn lock(path: &Path) -> Option<File> {
    let file = File::open(path).ok().filter(|_| cfg!(unix))?;
    file.try_lock().ok()?;
    Some(file)
}

/// Removes what processes that died have left.
fn remove_left(parent: &Path, prefix: &str) -> Result<()> {
    let entries = fs::read_dir(parent).map_err(Error::io(format!("read {}", parent.display())))?;
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix)) {
        let path = entry.path();
        if lock(&path).is_some() {
            fs::remove_dir_all(&path).map_err(Error::io(format!("remove {}", path.display())))?;
        }
    }
    Ok(())
}
