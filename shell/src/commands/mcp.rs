//! `wend mcp PATH`: the database for a language model, over the Model Context Protocol on standard input and output.

use std::{io, path::Path};

use wenddb::{Database, Options};

use crate::{args::McpArgs, open::IN_MEMORY, stop::Stop};

/// Runs the command, until standard input ends.
pub fn run(args: &McpArgs) -> Result<(), Stop> {
    let path = args.path.as_path();
    let in_memory = path == Path::new(IN_MEMORY);
    if !args.allow_write && !in_memory && !path.exists() {
        return Err(Stop::usage(
            format!("there is no database at {}", path.display()),
            "--allow-write creates one, and lets the client fill it",
        ));
    }
    let options = Options {
        // What only reads opens for reading, so that not even a defect could write.
        read_only: !args.allow_write && !in_memory,
        create: args.allow_write,
        import_directory: args.import_dir.clone(),
        ..Options::default()
    };
    let database = match in_memory {
        true => Database::in_memory_with(options),
        false => Database::open_with(path, options),
    };
    let database = database.map_err(|error| {
        super::served(Stop::wrong(&error), path, |address| {
            let place = address.split_once("://").map_or(address, |(_, place)| place);
            format!("its clients connect to http://{place}/mcp (https:// with TLS)")
        })
    })?;
    let access = if args.allow_write { "reading and writing" } else { "reading" };
    eprintln!("wend mcp: {} for {access}; messages on standard input and output", path.display());
    let done = wend_server::mcp::serve(&database, args.allow_write, io::stdin().lock(), io::stdout());
    database.wait_for_tasks();
    done.map_err(Stop::from)
}
