//! Temporary files of algorithms, for what does not fit into memory.
//!
//! They have no name: the system removes them when they are closed, also after a crash. Arrays in them are mapped for reading
//! only, so that the system can take their pages back at any time, and a full disk is an error of a write.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use memmap2::Mmap;
use wend_algorithms::{Error, Mapped, Scratch, ScratchFile};

/// Makes temporary files in a directory.
#[derive(Debug)]
pub(crate) struct TemporaryFiles {
    directory: PathBuf,
}

impl TemporaryFiles {
    pub(crate) fn new(directory: &Path) -> Self {
        TemporaryFiles { directory: directory.to_owned() }
    }
}

fn failed(what: &str, directory: &Path, error: &io::Error) -> Error {
    Error::Scratch(format!("a temporary file in {} cannot be {what}: {error}", directory.display()))
}

impl Scratch for TemporaryFiles {
    fn file(&self) -> Result<Box<dyn ScratchFile>, Error> {
        let directory = self.directory.clone();
        match tempfile::tempfile_in(&directory) {
            Ok(file) => Ok(Box::new(TemporaryFile { file, directory })),
            Err(error) => Err(failed("made", &directory, &error)),
        }
    }
}

struct TemporaryFile {
    file: File,
    directory: PathBuf,
}

impl ScratchFile for TemporaryFile {
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        write_at(&self.file, offset, bytes).map_err(|error| failed("written", &self.directory, &error))
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Error> {
        read_at(&self.file, offset, bytes).map_err(|error| failed("read", &self.directory, &error))
    }

    fn map(self: Box<Self>) -> Result<Arc<dyn Mapped>, Error> {
        match map(&self.file) {
            Ok(map) => Ok(Arc::new(Mapping { map, _file: self.file })),
            Err(error) => Err(failed("mapped", &self.directory, &error)),
        }
    }
}

#[expect(unsafe_code, reason = "a file as memory: what is written once and read often needs no copy")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the file has no name, so that no other process can open it, and `ScratchFile::map` takes its only handle: nobody
    // writes or cuts it while it is mapped.
    unsafe { Mmap::map(file) }
}

struct Mapping {
    map: Mmap,
    _file: File,
}

impl Mapped for Mapping {
    fn bytes(&self) -> &[u8] {
        &self.map
    }
}

#[cfg(unix)]
fn write_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => (offset, bytes) = (offset + written as u64, &bytes[written..]),
        }
    }
    Ok(())
}

#[cfg(windows)]
fn read_at(file: &File, mut offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => (offset, bytes) = (offset + read as u64, &mut bytes[read..]),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_no_names_and_are_read_as_they_were_written() {
        let directory = tempfile::tempdir().unwrap();
        let files = TemporaryFiles::new(directory.path());
        let file = files.file().unwrap();
        file.write(4096, &[7; 100]).unwrap();
        file.write(0, &[1, 2, 3]).unwrap();
        let mut bytes = [0; 3];
        file.read(0, &mut bytes).unwrap();
        assert_eq!(bytes, [1, 2, 3]);
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
        let mapped = file.map().unwrap();
        assert_eq!((mapped.bytes().len(), mapped.bytes()[3], mapped.bytes()[4195]), (4196, 0, 7));
        assert_eq!(mapped.bytes().as_ptr().align_offset(64), 0);
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let error = TemporaryFiles::new(Path::new("/no/such/directory")).file().err().unwrap().to_string();
        assert!(error.contains("a temporary file in /no/such/directory cannot be made"), "{error}");
    }
}
