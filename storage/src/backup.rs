//! Backup and restore. Both make the whole under another name beside the target and rename it at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::files;
use crate::rocks::{Family, Hint, Rocks};
use crate::store::{Store, StoreOptions};
use crate::value::Access;

/// Entries in one file of a copy.
const COPY_ENTRIES: usize = 1 << 18;

/// A directory that is removed unless it gets its final name.
struct Half {
    path: PathBuf,
    target: PathBuf,
}

impl Half {
    fn new(target: &Path) -> Result<Half> {
        let not_empty = || Error::NotEmpty { path: target.to_owned() };
        if target.exists() && !target.is_dir() || !files::is_empty(target)? {
            return Err(not_empty());
        }
        let name = target.file_name().ok_or_else(not_empty)?.to_string_lossy();
        let path = target.with_file_name(format!(".{name}.part-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path).map_err(Error::io(format!("remove {}", path.display())))?;
        }
        fs::create_dir_all(&path).map_err(Error::io(format!("create {}", path.display())))?;
        Ok(Half { path, target: target.to_owned() })
    }

    fn complete(self) -> Result<()> {
        let rename = || -> std::io::Result<()> {
            files::sync_directory(&self.path)?;
            if self.target.exists() {
                fs::remove_dir(&self.target)?;
            }
            fs::rename(&self.path, &self.target)?;
            let parent = self.target.parent().filter(|parent| !parent.as_os_str().is_empty());
            files::sync_directory(parent.unwrap_or(Path::new(".")))
        };
        rename().map_err(Error::io(format!("make {}", self.target.display())))
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        // After `complete` there is nothing of this name.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn copy_directory(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &target)?;
        } else if entry.file_name() != "LOCK" {
            fs::copy(entry.path(), &target)?;
            fs::File::open(&target)?.sync_all()?;
        }
    }
    files::sync_directory(to)
}

impl Store {
    /// Writes a copy of the newest committed state to a new or empty directory, while others go on working.
    /// The copy is a database like any other. On the same file system it takes little time and space at first, for it
    /// shares the data files.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let half = Half::new(to)?;
        let data = half.path.join("data");
        if self.path().is_some() && !self.is_read_only() {
            // No bulk load becomes visible meanwhile.
            let _gate = self.inner.gate.read();
            self.inner.rocks.checkpoint(&data)?;
        } else {
            self.copy_to(&data, &half.path.join("staging"))?;
        }
        files::write_identity(&half.path, false)?;
        half.complete()
    }

    /// A copy key by key.
    fn copy_to(&self, data: &Path, staging: &Path) -> Result<()> {
        fs::create_dir_all(staging).map_err(Error::io(format!("create {}", staging.display())))?;
        let from = self.begin(Access::Read)?;
        let target = Rocks::open(data, &StoreOptions::default(), None)?;
        for family in Family::ALL.into_iter().filter(|family| self.inner.rocks.has(*family)) {
            let mut iter = from.inner.snapshot().prefix(family, &[], Hint::Scan)?;
            let mut files = Vec::new();
            while iter.key().is_some() {
                let mut failed = None;
                let mut left = COPY_ENTRIES;
                let entries = std::iter::from_fn(|| {
                    let (key, value) = iter.item().filter(|_| left > 0)?;
                    let entry = (key.to_vec(), value.to_vec());
                    left -= 1;
                    failed = iter.advance().err();
                    Some(entry).filter(|_| failed.is_none())
                });
                let file = staging.join(format!("{}-{}.sst", family.name(), files.len()));
                target.write_sst(family, &file, entries)?;
                files.push(file);
                failed.map_or(Ok(()), Err)?;
            }
            target.ingest(family, &files)?;
        }
        drop(target);
        fs::remove_dir_all(staging).map_err(Error::io(format!("remove {}", staging.display())))
    }

    /// Copies a backup (or any closed database) to a new or empty directory.
    pub fn restore(backup: &Path, to: &Path) -> Result<()> {
        let home = files::complete(backup)?;
        let half = Half::new(to)?;
        copy_directory(backup, &half.path).map_err(Error::io(format!(
            "copy {} to {}",
            backup.display(),
            half.path.display()
        )))?;
        drop(home);
        // That it opens shows that it is whole.
        let options = StoreOptions { read_only: true, create: false, ..StoreOptions::default() };
        drop(Store::open(&half.path, &options)?);
        half.complete()
    }

    /// How many handles, transactions and cursors keep the database open.
    pub fn handles(&self) -> usize {
        Arc::strong_count(&self.inner)
    }
}
