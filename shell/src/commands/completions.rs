//! `wend completions SHELL` and `wend man DIR`: what a package brings besides the binary, made from the command line itself.

use std::io::{self, Write};

use clap::Command;

use crate::{
    args::{self, CompletionsArgs, ManArgs},
    commands::must_exist,
    stop::Stop,
};

/// The whole command line, with the settings of the server in it.
fn command() -> Command {
    args::command().mut_subcommand("serve", |_| super::serve::command())
}

/// Prints the completions of a shell.
pub fn run(args: &CompletionsArgs) -> Result<(), Stop> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "wend", &mut text);
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

/// Writes the manual pages into a directory.
pub fn man(args: &ManArgs) -> Result<(), Stop> {
    must_exist(&args.directory)?;
    let failed = |error: io::Error| Stop::file("write", &args.directory, error);
    clap_mangen::generate_to(command(), &args.directory).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declaration_is_sound() {
        command().debug_assert();
        let mut text = Vec::new();
        clap_complete::generate(clap_complete::Shell::Bash, &mut command(), "wend", &mut text);
        let text = String::from_utf8(text).unwrap();
        for word in ["--allow-write", "--max-connections", "--read-only", "ping"] {
            assert!(text.contains(word), "{word}");
        }
    }
}
