//! A file below the import directory, opened for a statement: only a regular file, as long as it was when it was opened, read while
//! the statement is wanted.
//!
//! A pipe, a device or a socket may give its next byte never, and a worker would wait for it in the kernel, where no cancel
//! reaches. A file that grows while it is read may have no end.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Take},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::context::{CancelFlag, Statement, cancelled};
use crate::error::{Error, ErrorKind, Result, Subject};

/// Reads the file. An error of its own becomes one of the statement by [`Watch::error`].
pub(super) struct ImportFile {
    file: Take<File>,
    watch: Watch,
}

/// What a reader and the statement it reads for have in common.
#[derive(Clone)]
pub(super) struct Watch {
    cancel: CancelFlag,
    /// Bytes read since a record was complete.
    record: Arc<AtomicU64>,
    /// The most of these; a record is held as a whole.
    most: u64,
}

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
        let most = match st.database.options().memory_limit {
            0 => u64::MAX,
            limit => limit / 2,
        };
        let watch = Watch { cancel: st.cancel.clone(), record: Arc::default(), most };
        Ok(ImportFile { file: file.take(about.len()), watch })
    }

    /// Its watch, for whoever takes records from it.
    pub(super) fn watch(&self) -> Watch {
        self.watch.clone()
    }
}

impl Read for ImportFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Watch { cancel, record, most } = &self.watch;
        if cancel.is_cancelled() || record.load(Ordering::Relaxed) > *most {
            return Err(io::Error::other("the record is not wanted any more"));
        }
        let length = self.file.read(buffer)?;
        record.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

impl Watch {
    /// A record is complete.
    pub(super) fn record_ended(&self) {
        self.record.store(0, Ordering::Relaxed);
    }

    /// The error of a record that could not be read.
    pub(super) fn error(&self, error: Error) -> Error {
        if self.cancel.is_cancelled() {
            return cancelled();
        }
        if self.record.load(Ordering::Relaxed) > self.most {
            let message =
                format!("a record of the file needs more than the memory limit of {} MiB", (self.most * 2) >> 20);
            return Error::new(ErrorKind::Memory, "22000", message)
                .with_hint("does it end its lines, and are its quotes closed?");
        }
        error
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
        _ if error.raw_os_error() == Some(NO_SUCH_DEVICE) => {
            let message = format!("'{name}' is a socket or a device without a driver, not a file");
            Error::new(ErrorKind::Import, "22000", message).about(Subject::File)
        }
        _ => Error::new(ErrorKind::Io, "08000", message),
    }
}

/// ENXIO
const NO_SUCH_DEVICE: i32 = 6;
