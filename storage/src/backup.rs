//! Backup and restore. Both make the whole under another name beside the target and rename it at the end.
//!
//! A backup has real copies of the data files, none shared with the database, and the file `BACKUP` with the SHA-256 of
//! each, as `sha256sum` writes and checks it. Both verify what they have made: a backup that all blocks of data can be
//! read, a restore also that every file is as it was, and that all records agree.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::directory::sync_directory;
use crate::disk::home::{self, ACCEPT_LOSS, BACKUP, DATA, State};
use crate::disk::lock::LOCK;
use crate::error::{Error, Result};
use crate::kv::{Family, Hint, Kv, Rocks};
use crate::options::StoreOptions;
use crate::part::PartDirectory;
use crate::store::Store;
use crate::value::Access;

/// Entries in one file of a copy.
const COPY_ENTRIES: usize = 1 << 18;

/// The SHA-256 of what is read; a copy of it goes to `to`.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
    }
}

fn copy_file(from: &Path, to: &Path) -> Result<String> {
    let copied = || -> std::io::Result<String> {
        let mut target = File::create(to)?;
        let sum = copy(&mut File::open(from)?, &mut target)?;
        target.sync_all()?;
        Ok(sum)
    };
    copied().map_err(Error::io(format!("copy {} to {}", from.display(), to.display())))
}

/// Whether a file of a database directory has nothing to do with its content: locks, and what RocksDB tells of itself.
fn is_aside(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    name == LOCK || name == "LOG" || name.starts_with("LOG.old")
}

/// The files below a directory, by their names in it with `/`.
fn list(directory: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    let mut left = vec![(directory.to_owned(), String::new())];
    while let Some((path, prefix)) = left.pop() {
        let failed = || format!("read {}", path.display());
        for entry in fs::read_dir(&path).map_err(Error::io(failed()))? {
            let entry = entry.map_err(Error::io(failed()))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(Error::io(failed()))?.is_dir() {
                left.push((entry.path(), format!("{name}/")));
            } else {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Copies files from one directory to another, making the directories; gives the checksum of each.
fn copy_files(from: &Path, to: &Path, names: &[String]) -> Result<BTreeMap<String, String>> {
    let mut sums = BTreeMap::new();
    for name in names {
        let target = to.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).map_err(Error::io(format!("create {}", parent.display())))?;
        }
        sums.insert(name.clone(), copy_file(&from.join(name), &target)?);
    }
    sync_directories(to).map_err(Error::io(format!("sync {}", to.display())))?;
    Ok(sums)
}

fn sync_directories(directory: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_directories(&entry.path())?;
        }
    }
    sync_directory(directory)
}

/// Writes the file of checksums.
fn write_sums(directory: &Path) -> Result<()> {
    let mut text = String::new();
    for name in list(directory)?.into_iter().filter(|name| !is_aside(name)) {
        let path = directory.join(&name);
        let read = || copy(&mut File::open(&path)?, &mut std::io::sink());
        let sum = read().map_err(Error::io(format!("read {}", path.display())))?;
        text.push_str(&format!("{sum}  {name}\n"));
    }
    let path = directory.join(BACKUP);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(Error::io(format!("write {}", path.display())))
}

/// The checksums of a backup; `None` for a database that is no backup.
fn read_sums(backup: &Path) -> Result<Option<BTreeMap<String, String>>> {
    let path = backup.join(BACKUP);
    let damaged = |reason: String| Error::BackupDamaged { path: backup.to_owned(), reason };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let backup = home::is_backup(backup)?;
            return if backup { Err(damaged(format!("the file {BACKUP} is missing"))) } else { Ok(None) };
        }
        Err(error) => return Err(damaged(format!("the file {BACKUP} cannot be read: {error}"))),
    };
    let mut sums = BTreeMap::new();
    for line in text.lines() {
        let Some((sum, name)) = line.split_once("  ") else {
            return Err(damaged(format!("a line of the file {BACKUP} is no checksum and name")));
        };
        // A name leads to a file of the backup and to no other.
        let plain = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !plain {
            return Err(damaged(format!("the file {BACKUP} names {name:?}, which is no file in it")));
        }
        sums.insert(name.to_owned(), sum.to_owned());
    }
    Ok(Some(sums))
}

/// Removes what opening a directory to look at it leaves.
fn remove_aside(directory: &Path) -> Result<()> {
    for name in list(directory)?.into_iter().filter(|name| is_aside(name)) {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(Error::io(format!("remove {}", path.display())))?;
    }
    Ok(())
}

/// A directory below a database's, removed when dropped.
struct Links(PathBuf);

impl Drop for Links {
    fn drop(&mut self) {
        // What is left is removed when the database is opened next.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Store {
    /// Writes a copy of the newest committed state to a new or empty directory, while others go on working.
    ///
    /// The copy is a database like any other and shares no file with this one. It is read once before it gets its name,
    /// so that damage in the data files is told now. Opened for writing, it is an ordinary database from then on.
    pub fn backup(&self, to: &Path) -> Result<()> {
        self.check_process()?;
        let part = PartDirectory::new(to)?;
        let data = part.path().join(DATA);
        if let (Kv::Rocks(rocks), Some(home), false) = (&self.inner.kv, &self.inner.home, self.is_read_only()) {
            // Links first, which keep the files while they are copied.
            let links = Links(home.staging()?);
            let linked = links.0.join(DATA);
            {
                // No bulk load becomes visible meanwhile.
                let _gate = self.inner.gate.read();
                rocks.checkpoint(&linked)?;
            }
            let names: Vec<_> = list(&linked)?.into_iter().filter(|name| !is_aside(name)).collect();
            copy_files(&linked, &data, &names)?;
        } else {
            self.copy_to(&data, &part.path().join("staging"))?;
        }
        home::write_identity(part.path(), State::Backup)?;
        let options = StoreOptions { read_only: true, create: false, ..StoreOptions::default() };
        Store::open(part.path(), &options)?.read_all()?;
        remove_aside(part.path())?;
        write_sums(part.path())?;
        part.complete()
    }

    /// A copy key by key.
    fn copy_to(&self, data: &Path, staging: &Path) -> Result<()> {
        fs::create_dir_all(staging).map_err(Error::io(format!("create {}", staging.display())))?;
        let from = self.begin(Access::Read)?;
        let target = Rocks::open(data, &StoreOptions::default(), None, false)?;
        for family in Family::ALL.into_iter().filter(|family| from.inner.snapshot().has(*family)) {
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
            target.ingest(family, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>())?;
        }
        drop(target);
        fs::remove_dir_all(staging).map_err(Error::io(format!("remove {}", staging.display())))
    }

    /// Reads every key and value, which verifies the checksum of every block of data.
    fn read_all(&self) -> Result<()> {
        let snapshot = self.inner.kv.snapshot();
        for family in Family::ALL.into_iter().filter(|family| snapshot.has(*family)) {
            let mut iter = snapshot.prefix(family, &[], Hint::Scan)?;
            while iter.key().is_some() {
                iter.advance()?;
            }
        }
        Ok(())
    }

    /// Copies a backup (or any closed database) to a new or empty directory, and verifies it.
    ///
    /// [`Error::BackupDamaged`] when a file is missing or not as it was made, or when what is stored does not fit
    /// together.
    pub fn restore(backup: &Path, to: &Path) -> Result<()> {
        let home = home::complete(backup)?;
        let part = PartDirectory::new(to)?;
        let damaged = |reason: String| Error::BackupDamaged { path: backup.to_owned(), reason };
        let there: Vec<_> = list(backup)?.into_iter().filter(|name| !is_aside(name)).collect();
        match read_sums(backup)? {
            Some(sums) => {
                if let Some(name) = sums.keys().find(|name| !there.contains(name)) {
                    return Err(damaged(format!("the file {name} is missing")));
                }
                if let Some(name) = there.iter().find(|name| *name != BACKUP && !sums.contains_key(*name)) {
                    return Err(damaged(format!("the file {name} is not one of its files")));
                }
                let names: Vec<_> = sums.keys().cloned().collect();
                let copied = copy_files(backup, part.path(), &names)?;
                if let Some(name) = sums.keys().find(|name| copied.get(*name) != sums.get(*name)) {
                    return Err(damaged(format!("the file {name} is not as it was made")));
                }
                home::write_identity(part.path(), State::Complete)?;
            }
            None => {
                let wanted = |name: &String| name != ACCEPT_LOSS && !name.starts_with("staging/");
                let names: Vec<_> = there.into_iter().filter(wanted).collect();
                copy_files(backup, part.path(), &names)?;
            }
        }
        drop(home);
        let options = StoreOptions { read_only: true, create: false, ..StoreOptions::default() };
        let verify = || -> Result<Option<String>> {
            let store = Store::open(part.path(), &options)?;
            store.read_all()?;
            Ok(store.check()?.problems.into_iter().next())
        };
        match verify() {
            Ok(None) => {}
            Ok(Some(problem)) => return Err(damaged(problem)),
            Err(error @ (Error::Corrupt(_) | Error::LogDamaged { .. } | Error::Engine(_))) => {
                return Err(damaged(error.to_string()));
            }
            Err(error) => return Err(error),
        }
        remove_aside(part.path())?;
        part.complete()
    }
}
