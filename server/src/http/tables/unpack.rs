//! The files of an archive that a client has sent: plain files, by the last part of their names.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use hyper::StatusCode;

use crate::{failure::Failure, http::problem::Problem};

/// The most files of an archive.
const MOST_FILES: usize = 1000;

/// Unpacks an archive into a new directory, and removes the archive. The files have at most `limit` bytes together.
pub(super) fn unpack(archive: &Path, directory: &Path, limit: u64) -> Result<(), Problem> {
    let broken = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::PermissionDenied => {
            let message = format!("the server cannot keep the files: {error}");
            Failure::new("Neo.DatabaseError.General.UnknownError", "58000", message).into()
        }
        _ => Problem::body(format!("the body is not a tar archive: {error}")),
    };
    fs::create_dir(directory).map_err(broken)?;
    let mut left = limit;
    let mut files = 0;
    let mut archived = tar::Archive::new(BufReader::new(File::open(archive).map_err(broken)?));
    for entry in archived.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let kind = entry.header().entry_type();
        // Directories have nothing in them but the files that follow.
        if kind.is_dir() {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'));
        let Some(name) = name.filter(|_| kind.is_file()) else {
            return Err(Problem::body(format!("the archive has {:?}, which is no plain file", path.display())));
        };
        files += 1;
        if files > MOST_FILES {
            return Err(Problem::body(format!("the archive has more than {MOST_FILES} files")));
        }
        let target = directory.join(name);
        let mut file = File::create_new(&target).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Problem::body(format!("the archive has two files of the name {name}")),
            _ => broken(error),
        })?;
        let copied = io::copy(&mut entry.by_ref().take(left.saturating_add(1)), &mut file).map_err(broken)?;
        left = left.checked_sub(copied).ok_or_else(|| {
            let message = format!("the files have more than the {limit} bytes that max-upload allows");
            Problem::request(StatusCode::PAYLOAD_TOO_LARGE, message)
        })?;
    }
    if files == 0 {
        return Err(Problem::body("the archive has no files: send CSV, Parquet or SQLite files as a tar archive"));
    }
    fs::remove_file(archive).map_err(broken)
}

/// What is opened as tables: a file that is alone, such as a SQLite file, or the directory.
pub(super) fn source(directory: &Path) -> PathBuf {
    let mut files = fs::read_dir(directory).into_iter().flatten().flatten();
    match (files.next(), files.next()) {
        (Some(file), None) => file.path(),
        _ => directory.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(path: &Path, files: &[(&str, &[u8])]) {
        let mut archive = tar::Builder::new(File::create(path).unwrap());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o777);
            // By hand, as whoever means harm would.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.finish().unwrap();
    }

    #[test]
    fn files_stay_in_their_directory_and_within_the_limit() {
        let home = tempfile::tempdir().unwrap();
        let (tar, files) = (home.path().join("a.tar"), home.path().join("files"));
        let check = |given: &[(&str, &[u8])], limit: u64| {
            let _ = fs::remove_dir_all(&files);
            archive(&tar, given);
            unpack(&tar, &files, limit).map_err(|problem| problem.failure.message.clone())
        };
        check(&[("../../outside.csv", b"id\n1\n"), ("/etc/b.csv", b"id\n"), ("c/d.csv", b"")], 100).unwrap();
        let mut names: Vec<_> = fs::read_dir(&files).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["b.csv", "d.csv", "outside.csv"]);
        assert!(!tar.exists() && source(&files) == files);
        for (given, limit, part) in [
            (&[("a.csv", &b"12345"[..]), ("b.csv", b"6789")][..], 8, "more than the 8 bytes"),
            (&[("x/a.csv", b"1"), ("y/a.csv", b"2")], 100, "two files"),
            (&[(".hidden", b"1")], 100, "no plain file"),
            (&[("..", b"1")], 100, "no plain file"),
            (&[], 100, "no files"),
        ] {
            let message = check(given, limit).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        let _ = fs::remove_dir_all(&files);
        fs::write(&tar, vec![b'x'; 2000]).unwrap();
        assert!(unpack(&tar, &files, 10_000).unwrap_err().failure.message.contains("tar archive"));
    }
}
