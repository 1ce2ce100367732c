//! Opening the database that the command line names.

use std::path::Path;

use wenddb::{BackupPlaces, Database, Options};

use crate::stop::Stop;

/// The path that stands for a database in memory.
pub const IN_MEMORY: &str = ":memory:";

/// Opens `path`, or a database in memory without one. A missing database is created, unless it is opened for reading
/// only.
pub fn database(path: Option<&Path>, read_only: bool) -> Result<Database, Stop> {
    let options = Options {
        read_only,
        create: !read_only,
        // LOAD CSV reads files below the current directory, which the user of the shell may read anyway.
        import_directory: std::env::current_dir().ok(),
        backups: BackupPlaces::AnyPath,
        ..Options::default()
    };
    match path {
        Some(path) if path != Path::new(IN_MEMORY) => Database::open_with(path, options),
        // A database in memory has no directory of its own for what does not fit.
        _ => Database::in_memory_with(Options { graph_view_directory: Some(std::env::temp_dir()), ..options }),
    }
    .map_err(|error| Stop::wrong(&error))
}

/// Opens a database that must exist.
pub fn existing(path: &Path, read_only: bool) -> Result<Database, Stop> {
    if !path.exists() {
        return Err(Stop::usage(format!("there is no database at {}", path.display()), ""));
    }
    let options = Options { read_only, create: false, ..Options::default() };
    Database::open_with(path, options).map_err(|error| Stop::wrong(&error))
}
