//! The commands besides running statements, one per file.

pub mod backup;
pub mod check;
pub mod export;
pub mod import;
pub mod restore;
pub mod serve;

use std::path::Path;

use crate::stop::Stop;

/// Refuses a destination that is there already; an empty directory will do.
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

/// Refuses a file or directory that is not there.
fn must_exist(path: &Path) -> Result<(), Stop> {
    match path.metadata() {
        Ok(_) => Ok(()),
        Err(error) => Err(Stop::file("read", path, error)),
    }
}
