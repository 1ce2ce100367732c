//! Directories of files that the server needs for a while: a backup that is being sent, files that are to be imported.

use std::{
    io,
    path::{Path, PathBuf},
};

use wenddb::Database;

/// What a directory is for: the beginning of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Backup,
    Upload,
}

impl Purpose {
    const ALL: [Purpose; 2] = [Purpose::Backup, Purpose::Upload];

    fn prefix(self) -> &'static str {
        match self {
            Purpose::Backup => "backup-being-sent-",
            Purpose::Upload => "upload-to-import-",
        }
    }
}

/// A directory that is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A name for a new directory, which is not made yet: in the directory of the database, whose disk has room for files of its
    /// size.
    pub(crate) fn name(database: &Database, purpose: Purpose) -> Self {
        Scratch(home(database).join(format!("{}{}", purpose.prefix(), uuid::Uuid::new_v4().simple())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, path = %self.0.display(), "a directory that is not needed any more cannot be removed");
        }
    }
}

fn home(database: &Database) -> PathBuf {
    database.path().map_or_else(std::env::temp_dir, Path::to_owned)
}

/// Removes what a server that was killed left behind.
pub(crate) fn remove_leftovers(database: &Database) {
    let Some(path) = database.path() else { return };
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        let name = entry.file_name();
        // A copy has a leading dot in its name until it is complete.
        let name = name.to_string_lossy();
        let name = name.trim_start_matches('.');
        if Purpose::ALL.iter().any(|purpose| name.starts_with(purpose.prefix()))
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, path = %entry.path().display(), "what an earlier server left cannot be removed");
        }
    }
}
