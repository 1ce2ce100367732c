//! `wend backup PATH DIR` and `wend backup --connect ADDRESS DIR`: a copy of a database in a new directory.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use wend_bolt::client::Address;
use wenddb::{Database, Options};

use crate::args::{BackupArgs, ServerArgs};
use crate::open;
use crate::remote;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &BackupArgs) -> Result<(), Stop> {
    let (from, to) = match (&args.server.connect, args.paths.as_slice()) {
        (None, [path, to]) => {
            super::must_be_free(to)?;
            let database = open::existing(path, false).map_err(|stop| {
                super::served(stop, path, |address| format!("wend backup --connect {address} {}", to.display()))
            })?;
            backup(&database, to)?;
            (path.display().to_string(), to)
        }
        (Some(address), [to]) => {
            super::must_be_free(to)?;
            of_server(address, &args.server, to)?;
            (address.clone(), to)
        }
        (None, _) => return Err(Stop::usage("wend backup needs PATH and DIR", "wend backup PATH DIR")),
        (Some(_), _) => {
            return Err(Stop::usage(
                "wend backup --connect takes one directory, the one to make",
                "wend backup --connect ADDRESS DIR",
            ));
        }
    };
    eprintln!("backed up {from} to {}", to.display());
    Ok(())
}

/// Copies an open database.
pub fn backup(database: &Database, to: &Path) -> Result<(), Stop> {
    super::must_be_free(to)?;
    database.backup(to).map_err(Stop::command)
}

/// A directory that is removed when this is dropped, unless it was renamed.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Copies the database of a server into a directory next to the target, which is renamed when it is complete and can be
/// opened.
pub fn of_server(address: &str, server: &ServerArgs, to: &Path) -> Result<(), Stop> {
    let place = Address::parse(address, server.tls_ca.as_deref()).map_err(|problem| Stop::usage(problem, ""))?;
    let password = remote::password(server.user.as_deref())?;
    let login = server.user.as_deref().zip(password.as_deref());
    let name = to.file_name().ok_or_else(|| Stop::usage(format!("{} cannot be a new directory", to.display()), ""))?;
    let part = Part(to.with_file_name(format!(".{}.part-{}", name.to_string_lossy(), std::process::id())));
    let certificate = wend_server::download::backup(&place, login, &part.0)
        .map_err(|error| remote::not_connected(address, &error))?;
    remote::tell_certificate(&place, certificate.as_deref());
    let options = Options { read_only: true, create: false, ..Options::default() };
    Database::open_with(&part.0, options).map_err(|error| Stop::wrong(&error))?;
    sync(&part.0).map_err(|error| Stop::file("write", &part.0, error))?;
    if to.exists() {
        fs::remove_dir(to).map_err(|error| Stop::file("replace", to, error))?;
    }
    fs::rename(&part.0, to).map_err(|error| Stop::file("make", to, error))
}

/// Waits until a directory and all its files are on the disk (fsync).
fn sync(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() { sync(&path)? } else { fs::File::open(&path)?.sync_all()? }
    }
    // On other systems a directory cannot be opened.
    if cfg!(unix) { fs::File::open(directory)?.sync_all() } else { Ok(()) }
}
