//! A file below the import directory, opened for a statement: only a regular file, as long as it was when it was opened, read while
//! the statement is wanted.
//!
//! A pipe, a device or a socket may give its next byte never, and a worker would wait for it in the kernel, where no cancel
//! reaches. A file that grows while it is read may have no end.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Take},
    path::{Component, Path, PathBuf},
};

use crate::{
    control::{CancelToken, cancelled},
    error::{Error, ErrorKind, Result, Subject},
    runtime::statement::Statement,
};

/// The path of a file below the import directory, and no other.
pub(super) fn confined(st: &Statement, name: &str) -> Result<PathBuf> {
    let Some(directory) = &st.database.options().import_directory else {
        return Err(Error::rule(
            "files are read and written below an import directory, and the database was opened without one",
        )
        .with_hint("set Options::import_directory"));
    };
    let relative = Path::new(name.strip_prefix("file:///").unwrap_or(name));
    if !relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(outside(name));
    }
    // A link may lead out of the directory; what it leads to counts.
    let resolve = |path: &Path| path.canonicalize().map_err(|error| unreadable(name, &error));
    let (root, path) = (resolve(directory)?, resolve(&directory.join(relative))?);
    if path.starts_with(&root) { Ok(path) } else { Err(outside(name)) }
}

fn outside(name: &str) -> Error {
    Error::rule(format!("'{name}' is not below the import directory"))
        .with_hint("name the file by its path from there, without `..`")
}

/// The path of a new file in a directory below the import directory, and no other.
pub(crate) fn confined_new(st: &Statement, name: &str) -> Result<PathBuf> {
    let plain = name.strip_prefix("file:///").unwrap_or(name);
    let path = Path::new(plain);
    let Some(file) = path.file_name() else { return Err(outside(name)) };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(confined(st, &directory.to_string_lossy())?.join(file))
}

/// Reads the file. An error of its own becomes one of the statement by [`Watch::error`].
pub(super) struct ImportFile {
    file: Take<File>,
    watch: Watch,
}

/// Tells the errors of a statement that was cancelled from those of its file.
#[derive(Clone)]
pub(super) struct Watch(CancelToken);

impl ImportFile {
    /// Opens a file; `name` is what the statement calls it.
    ///
    /// # Errors
    /// A client's error when there is no such file or none that can be read here, the server's when the disk fails.
    pub(super) fn open(path: &Path, name: &str, st: &Statement) -> Result<ImportFile> {
        let file = open_without_waiting(path).map_err(|error| unreadable(name, &error))?;
        let about = file.metadata().map_err(|error| unreadable(name, &error))?;
        if !about.is_file() {
            let what = if about.is_dir() { "a directory" } else { "a pipe, a device or a socket" };
            return Err(Error::new(ErrorKind::Import, "22000", format!("'{name}' is {what}, not a file"))
                .about(Subject::File)
                .with_hint("LOAD CSV reads regular files; copy it to one"));
        }
        Ok(ImportFile { file: file.take(about.len()), watch: Watch(st.cancel.clone()) })
    }

    /// Its watch, for whoever takes records from it.
    pub(super) fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

impl Read for ImportFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A record may be long, and the statement looks only between records.
        if self.watch.0.is_cancelled() {
            return Err(io::Error::other("the statement was cancelled"));
        }
        self.file.read(buffer)
    }
}

impl Watch {
    /// The error of a record that could not be read.
    pub(super) fn error(&self, error: Error) -> Error {
        if self.0.is_cancelled() { cancelled() } else { error }
    }
}

/// Opens without waiting for the other end of a pipe, and so that a terminal does not become this process's own.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    options.open(path)
}

/// The error of a file that cannot be opened.
pub(super) fn unreadable(name: &str, error: &io::Error) -> Error {
    use io::ErrorKind as Io;
    let message = format!("cannot read '{name}': {error}");
    match error.kind() {
        Io::NotFound | Io::NotADirectory => Error::new(ErrorKind::Import, "42002", message).about(Subject::File),
        // Of a socket the system says that it is no device.
        Io::PermissionDenied | Io::IsADirectory | Io::InvalidInput | Io::InvalidFilename => {
            Error::new(ErrorKind::Import, "22000", message).about(Subject::File)
        }
        #[cfg(unix)]
        _ if error.raw_os_error() == Some(libc::ELOOP) => {
            Error::new(ErrorKind::Import, "22000", message).about(Subject::File)
        }
        _ if error.raw_os_error() == Some(NO_SUCH_DEVICE) => {
            let message = format!("'{name}' is a socket or a device without a driver, not a file");
            Error::new(ErrorKind::Import, "22000", message).about(Subject::File)
        }
        _ => Error::new(ErrorKind::Io, "08000", message),
    }
}

/// ENXIO
const NO_SUCH_DEVICE: i32 = 6;
