//! `wend`: the command line of WendDB. Holds no query logic: it reads text, hands it to the library `wenddb`, and prints
//! what comes back.
//!
//! It is a library so that the Python package, too, has the program, and the engine once: [`run`] is all of it.
//!
//! `args` is the command line, `script` runs statements, `piped` takes them from standard input as they arrive, `format` prints result tables, `report` prints errors with a
//! caret, `repl` is the interactive shell, `remote` the same on a server, `commands` are `import`, `export`, `backup`,
//! `restore`, `check`, `serve`, `draw`, `mcp`, `ping`, `completions` and `man`.

mod args;
mod commands;
mod format;
mod interrupt;
mod open;
mod piped;
mod progress;
mod remote;
mod repl;
mod report;
mod script;
mod source;
mod stop;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use args::{Cli, Command, Invocation, RunArgs};
use format::{Document, View};
use interrupt::Interrupts;
use script::{Runner, Script};
use stop::Stop;

/// Runs the program with a command line, of which the first word is its own name, and gives the exit status. It takes over Ctrl-C, standard input
/// and the terminal: a process runs it once.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let status = obey(args);
    // Where this is not Rust's own `main`, nobody else writes what is left. There is nobody to tell that it failed.
    let _ = io::stdout().flush();
    status
}

fn obey(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match args::parse(args) {
        Ok(Invocation::Run(cli)) => *cli,
        Ok(Invocation::Exit(code)) => return code,
        Err(stop) => return finish(Err(stop)),
    };
    // The server handles signals itself; and a client that ends the process of its tools means it.
    match &cli.command {
        Some(Command::Serve(args)) => return finish(commands::serve::run(args)),
        Some(Command::Mcp(args)) => return finish(commands::mcp::run(args)),
        _ => {}
    }
    let interrupts = Interrupts::install();
    finish(dispatch(cli, &interrupts))
}

/// Does what the command line asks.
fn dispatch(cli: Cli, interrupts: &Interrupts) -> Result<(), Stop> {
    match cli.command {
        None => match &cli.run.connect {
            Some(address) => match remote::run(&cli.run, address, interrupts)? {
                Some(remote) => repl::run(remote),
                None => Ok(()),
            },
            None => statements(cli.run, interrupts),
        },
        Some(Command::Import(args)) => commands::import::run(&args, interrupts),
        Some(Command::Export(args)) => commands::export::run(&args),
        Some(Command::Backup(args)) => commands::backup::run(&args),
        Some(Command::Restore(args)) => commands::restore::run(&args),
        Some(Command::Check(args)) => commands::check::run(&args),
        Some(Command::Draw(args)) => commands::draw::run(&args),
        Some(Command::Serve(args)) => commands::serve::run(&args),
        Some(Command::Mcp(args)) => commands::mcp::run(&args),
        Some(Command::Ping(args)) => commands::ping::run(&args),
        Some(Command::Completions(args)) => commands::completions::run(&args),
        Some(Command::Man(args)) => commands::completions::man(&args),
    }
}

/// `wend [PATH]`: runs the scripts of the command line, else the shell on a terminal, else the script on standard
/// input.
fn statements(args: RunArgs, interrupts: &Interrupts) -> Result<(), Stop> {
    let params = args::params(&args.params)?;
    // All files are read before the database is opened, so that a wrong name does not leave half of the scripts run.
    let mut sources = Vec::new();
    for input in &args.inputs {
        sources.push(Script::read(input)?);
    }
    let interactive = sources.is_empty() && io::stdin().is_terminal();
    if sources.is_empty() && !interactive {
        sources.push(Script::Stdin);
    }
    if !interactive {
        sources = sources.into_iter().map(|source| source.whole_for(args.format)).collect::<Result<_, _>>()?;
    }
    let database = open::database(args.path.as_deref(), args.read_only)?;
    let mut runner = Runner::new(database, params, View::new(args.format, interactive), interrupts);
    if interactive {
        return repl::run(runner);
    }
    runner.document = Document::of(args.format, sources.iter().map(Script::text));
    interrupts.for_script();
    for (index, source) in sources.iter().enumerate() {
        let left = index + 1 < sources.len();
        let done = match source {
            Script::Whole(source) => runner.run_script(source),
            Script::Stdin => runner.run_piped(),
        };
        done.map_err(|stop| stop.with_work_left(left))?;
    }
    runner.end_document()?;
    // Waits for background tasks (`wait: false`), which the end of the process would interrupt.
    runner.database.wait_for_tasks();
    runner.close();
    Ok(())
}

/// Prints why a run ended early, unless that was printed, and gives the exit status.
fn finish(result: Result<(), Stop>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(stop) => {
            stop.print();
            stop.exit_code()
        }
    }
}
