//! `wend backup PATH DIR`: a copy of a database in a new directory.

use std::path::Path;

use wenddb::Database;

use crate::args::BackupArgs;
use crate::open;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &BackupArgs) -> Result<(), Stop> {
    super::must_be_free(&args.to)?;
    let database = open::existing(&args.path, false)?;
    backup(&database, &args.to)?;
    eprintln!("backed up {} to {}", args.path.display(), args.to.display());
    Ok(())
}

/// Copies an open database.
pub fn backup(database: &Database, to: &Path) -> Result<(), Stop> {
    super::must_be_free(to)?;
    database.backup(to).map_err(Stop::command)
}
