//! `wend restore DIR PATH`: a database from a backup.

use wenddb::Database;

use crate::args::RestoreArgs;
use crate::stop::Stop;

/// Runs the command.
pub fn run(args: &RestoreArgs) -> Result<(), Stop> {
    super::must_exist(&args.from)?;
    super::must_be_free(&args.path)?;
    Database::restore(&args.from, &args.path).map_err(Stop::command)?;
    eprintln!("restored {} from {}", args.path.display(), args.from.display());
    Ok(())
}
