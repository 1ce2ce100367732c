//! Opening the database that the command line names.

use std::path::Path;

use wenddb::{BackupPlaces, Database, Options};

use crate::stop::Stop;

/// The name that means: in memory, gone at exit.
pub const IN_MEMORY: &str = ":memory:";

/// Opens `path`, or a database in memory without one. A database is created when absent, unless it is to be read only.
pub fn database(path: Option<&Path>, read_only: bool) -> Result<Database, Stop> {
    let options = Options {
        read_only,
        create: !read_only,
        // Whoever runs the shell may read what is below the folder they stand in.
        import_directory: std::env::current_dir().ok(),
        backups: BackupPlaces::AnyPath,
        ..Options::default()
    };
    match path {
        Some(path) if path != Path::new(IN_MEMORY) => Database::open_with(path, options),
        _ => Database::in_memory_with(options),
    }
    .map_err(|error| Stop::wrong(&error))
}

/// Opens a database that must be there already.
pub fn existing(path: &Path, read_only: bool) -> Result<Database, Stop> {
    if !path.exists() {
        return Err(Stop::usage(format!("there is no database at {}", path.display()), ""));
    }
    let options = Options { read_only, create: false, ..Options::default() };
    Database::open_with(path, options).map_err(|error| Stop::wrong(&error))
}
