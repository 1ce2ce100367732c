//! The commands besides running statements, one per file.

pub mod backup;
pub mod check;
pub mod completions;
pub mod draw;
pub mod export;
pub mod import;
pub mod mcp;
pub mod ping;
mod png;
mod relational;
pub mod restore;
pub mod serve;

use std::path::{Path, PathBuf};

use crate::stop::Stop;

/// Refuses a destination that exists; an empty directory is allowed.
fn must_be_free(path: &Path) -> Result<(), Stop> {
    let taken = match std::fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.symlink_metadata().is_ok(),
    };
    if taken {
        return Err(Stop::usage(format!("{} is there already", path.display()), "give a new directory"));
    }
    Ok(())
}

/// Refuses a file or directory that does not exist.
fn must_exist(path: &Path) -> Result<(), Stop> {
    match path.metadata() {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::file("read", path, error)),
    }
}

/// A temporary directory of a command.
struct Scratch(PathBuf);

impl Scratch {
    /// Creates it next to a path.
    fn next_to(path: &Path) -> Result<Self, Stop> {
        let name =
            path.file_name().ok_or_else(|| Stop::usage(format!("{} cannot be a new directory", path.display()), ""))?;
        let path = path.with_file_name(format!(".{}.part-{}", name.to_string_lossy(), std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| Stop::file("make", &path, error))?;
        Ok(Scratch(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A failure to remove it is no reason for the command to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The file in a served database with the address of its server.
const SERVED_AT: &str = "served-at";

/// Adds a hint to the error of a database that another process has open: the command that works on its server.
fn served(stop: Stop, path: &Path, command: impl Fn(&str) -> String) -> Stop {
    let Stop::Usage { status, message, hint } = stop else { return stop };
    if status.as_deref() != Some("08000") || !path.join("data").exists() {
        return Stop::Usage { status, message, hint };
    }
    let address = std::fs::read_to_string(path.join(SERVED_AT)).ok();
    let address = address.as_deref().map(str::trim).filter(|address| !address.is_empty());
    let command = command(address.unwrap_or("bolt://HOST:7687"));
    let user = "-u USER, an administrator, where it has users";
    Stop::Usage { status, message, hint: Some(format!("when a server has it open: {command} ({user})")) }
}
