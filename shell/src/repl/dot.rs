//! Dot commands: what the shell does itself, without GQL.

use std::path::Path;

use rustyline::completion::{FilenameCompleter, Pair};
use wenddb::text;

use super::catalog::Catalog;
use super::complete::{plain, starts_with};
use super::help;
use crate::args::{self, Format};
use crate::commands::{check, export, import};
use crate::script::Runner;
use crate::source::Source;
use crate::stop::Stop;
use clap::ValueEnum;

/// A dot command, as help and completion show it.
pub struct DotCommand {
    /// The name, with its dot.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: &'static str,
    /// What it does.
    pub doc: &'static str,
}

const fn command(name: &'static str, arguments: &'static str, doc: &'static str) -> DotCommand {
    DotCommand { name, arguments, doc }
}

/// All dot commands, in the order of `.help`.
pub const COMMANDS: &[DotCommand] = &[
    command(".help", "[TOPIC]", "this list, or help on a command, an algorithm or a function"),
    command(".algos", "", "the algorithms"),
    command(".describe", "NAME", "parameters and columns of an algorithm"),
    command(".labels", "", "labels and property names of the current graph"),
    command(".graphs", "", "the graphs of the database"),
    command(".tasks", "", "the tasks of algorithms that write"),
    command(".format", "table|json|jsonl|csv", "how result tables are printed"),
    command(".timing", "on|off", "print how long each statement takes"),
    command(".param", "NAME JSON", "set the parameter $NAME to a JSON value; without JSON: unset it"),
    command(".params", "", "the parameters that are set"),
    command(".read", "FILE", "run a script"),
    command(".import", "nodes|edges [LABEL=]FILE...", "load CSV files into the current graph"),
    command(".export", "DIR", "write the current graph as CSV files"),
    command(".backup", "DIR", "copy the database to a new directory"),
    command(".check", "", "verify the database"),
    command(".quit", "", "leave the shell; also Ctrl-D and .exit"),
];

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The shell continues with the next prompt.
    Continue,
    /// The shell exits.
    Quit,
}

/// Runs one dot command.
pub fn run(runner: &mut Runner, catalog: &Catalog, line: &str) -> Result<After, Stop> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match name.trim_end_matches(';') {
        ".quit" | ".exit" => return Ok(After::Quit),
        ".help" => runner.print(&help::help(catalog, rest)?)?,
        ".algos" => runner.print(&help::algorithms(catalog))?,
        ".describe" => runner.print(&help::describe(catalog, needed(rest, ".describe")?)?)?,
        ".labels" => labels(runner)?,
        ".graphs" => statement(runner, "SHOW GRAPHS")?,
        ".tasks" => statement(runner, "SHOW TASKS")?,
        ".format" => set_format(runner, rest)?,
        ".timing" => set_timing(runner, rest)?,
        ".param" => set_param(runner, rest)?,
        ".params" => params(runner)?,
        ".read" => {
            let source = Source::file(Path::new(&path(rest, ".read")?))?;
            runner.run_script(&source)?;
        }
        ".import" => load(runner, rest)?,
        ".export" => {
            let to = path(rest, ".export")?;
            let text = export::export(&runner.database, runner.session.graph(), Path::new(&to))?;
            runner.print(&text)?;
        }
        ".backup" => {
            let to = path(rest, ".backup")?;
            crate::commands::backup::backup(&runner.database, Path::new(&to))?;
            runner.print(&format!("backed up to {to}"))?;
        }
        ".check" => {
            let report = runner.database.check().map_err(Stop::command)?;
            runner.print(&check::text(&report))?;
        }
        unknown => return Err(unknown_command(unknown)),
    }
    Ok(After::Continue)
}

/// Runs a statement for a dot command.
fn statement(runner: &mut Runner, gql: &str) -> Result<(), Stop> {
    runner.run_script(&Source::typed(gql.to_owned()))
}

/// The error of an unknown command, with the nearest name.
fn unknown_command(name: &str) -> Stop {
    let hint = match nearest(name, COMMANDS.iter().map(|command| command.name)) {
        Some(near) => format!("did you mean {near}?"),
        None => ".help lists the commands".to_owned(),
    };
    Stop::usage(format!("there is no command {name}"), hint)
}

/// The candidate nearest to a word, if any is similar.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    text::suggest(word, candidates)
}

/// An argument that is required.
fn needed<'a>(argument: &'a str, name: &str) -> Result<&'a str, Stop> {
    if !argument.is_empty() {
        return Ok(argument);
    }
    let usage = COMMANDS.iter().find(|command| command.name == name).map_or("", |command| command.arguments);
    Err(Stop::usage(format!("{name} needs an argument"), format!("{name} {usage}")))
}

/// The one file or directory that follows a command.
fn path(rest: &str, name: &str) -> Result<String, Stop> {
    let mut words = words(needed(rest, name)?)?;
    match (words.pop(), words.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(Stop::usage(format!("{name} takes one argument"), "put a name with blanks in quotes")),
    }
}

/// Splits arguments at blanks; quotes keep blanks together.
fn words(text: &str) -> Result<Vec<String>, Stop> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(Stop::usage("a quote is not closed", ""));
    }
    words.extend(word);
    Ok(words)
}

/// `.labels`
fn labels(runner: &mut Runner) -> Result<(), Stop> {
    let names = runner.session.names().map_err(Stop::command)?;
    let line = |title: &str, names: &[String]| {
        format!("{title}{}", if names.is_empty() { "(none)".to_owned() } else { names.join(", ") })
    };
    let lines = [
        line("node labels:    ", &names.node_labels),
        line("edge labels:    ", &names.edge_labels),
        line("property names: ", &names.property_keys),
    ];
    Ok(runner.print(&lines.join("\n"))?)
}

/// `.format F`
fn set_format(runner: &mut Runner, name: &str) -> Result<(), Stop> {
    runner.format = Format::from_str(needed(name, ".format")?, true)
        .map_err(|_| Stop::usage(format!("there is no format {name}"), "table, json, jsonl or csv"))?;
    Ok(())
}

/// `.timing on|off`
fn set_timing(runner: &mut Runner, state: &str) -> Result<(), Stop> {
    runner.timing = match state.to_ascii_lowercase().as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Stop::usage(".timing takes on or off", "")),
    };
    Ok(())
}

/// `.param NAME JSON`
fn set_param(runner: &mut Runner, rest: &str) -> Result<(), Stop> {
    let rest = needed(rest, ".param")?;
    let (name, json) = rest.split_once([' ', '\t', '=']).unwrap_or((rest, ""));
    let Some(name) = args::param_name(name) else {
        return Err(Stop::usage(format!("`{name}` is not a valid name of a parameter"), "use letters, digits and _"));
    };
    let json = json.trim().trim_start_matches('=').trim();
    if json.is_empty() {
        runner.unset_param(name);
        return Ok(());
    }
    let value = args::param_value(&format!("${name}"), json, ".param name \"Ann\"")?;
    runner.set_param(name, value);
    Ok(())
}

/// The names of the parameters that are set.
pub fn param_names(runner: &Runner) -> Vec<String> {
    runner.params.iter().map(|(name, _)| name.clone()).collect()
}

/// `.params`
fn params(runner: &mut Runner) -> Result<(), Stop> {
    let lines: Vec<String> =
        runner.params.iter().map(|(name, value)| format!("${name} = {}", value.to_json())).collect();
    let text = if lines.is_empty() { "no parameters; .param NAME JSON sets one".to_owned() } else { lines.join("\n") };
    Ok(runner.print(&text)?)
}

/// `.import nodes|edges [LABEL=]FILE...`
fn load(runner: &mut Runner, rest: &str) -> Result<(), Stop> {
    let words = words(needed(rest, ".import")?)?;
    let usage = || Stop::usage(".import takes nodes or edges, then files", ".import nodes Person=people.csv");
    let (what, names) = words.split_first().ok_or_else(usage)?;
    if names.is_empty() {
        return Err(usage());
    }
    if runner.session.in_transaction() {
        return Err(Stop::usage(".import does not run inside a transaction", "COMMIT or ROLLBACK first"));
    }
    let files = names.iter().map(|name| import::file(name.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let (nodes, edges) = match what.to_ascii_lowercase().as_str() {
        "nodes" => (files, Vec::new()),
        "edges" => (Vec::new(), files),
        _ => return Err(usage()),
    };
    let handle = runner.session.interrupt_handle();
    let report = import::import(&runner.database, runner.session.graph(), nodes, edges, handle)?;
    Ok(runner.print(&import::text(&report))?)
}

/// Candidates for a line that begins with a dot.
pub fn complete(typed: &str, catalog: &Catalog) -> rustyline::Result<(usize, Vec<Pair>)> {
    let indent = typed.len() - typed.trim_start().len();
    let Some((name, _)) = typed.trim_start().split_once(char::is_whitespace) else {
        let word = &typed[indent..];
        let fitting = COMMANDS.iter().filter(|command| starts_with(command.name, word));
        let pairs = fitting.map(|command| {
            let blank = if command.arguments.is_empty() { "" } else { " " };
            Pair { display: command.name.to_owned(), replacement: format!("{}{blank}", command.name) }
        });
        return Ok((indent, pairs.collect()));
    };
    let start = typed.rfind(char::is_whitespace).map_or(typed.len(), |index| index + 1);
    let word = typed.get(start..).unwrap_or_default();
    let candidates: Vec<&str> = match name {
        ".format" => vec!["table", "json", "jsonl", "csv"],
        ".timing" => vec!["on", "off"],
        ".describe" => catalog.algorithms.iter().map(|algorithm| algorithm.name.as_str()).collect(),
        ".help" => help::topics(catalog).collect(),
        ".import" if typed[indent..].split_whitespace().count() <= usize::from(!word.is_empty()) + 1 => {
            vec!["nodes", "edges"]
        }
        ".read" | ".import" | ".export" | ".backup" => {
            return FilenameCompleter::new().complete_path(typed, typed.len());
        }
        _ => Vec::new(),
    };
    Ok((start, candidates.into_iter().filter(|candidate| starts_with(candidate, word)).map(plain).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Algorithm;
    use super::*;

    fn completed(typed: &str) -> Vec<String> {
        let algorithm = Algorithm { name: "node2vec".into(), ..Algorithm::default() };
        let catalog = Catalog { algorithms: vec![algorithm], ..Catalog::default() };
        let (start, pairs) = complete(typed, &catalog).unwrap();
        pairs.into_iter().map(|pair| format!("{}{}", &typed[..start], pair.replacement)).collect()
    }

    #[test]
    fn commands_and_their_arguments_complete() {
        assert_eq!(completed(".desc"), [".describe "]);
        assert_eq!(completed(".describe n"), [".describe node2vec"]);
        assert_eq!(completed(".format j"), [".format json", ".format jsonl"]);
        assert_eq!(completed(".import "), [".import nodes", ".import edges"]);
        assert_eq!(completed(".import n"), [".import nodes"]);
        assert_eq!(completed(".help no"), [".help node2vec"]);
        assert!(completed(".").len() == COMMANDS.len());
    }

    #[test]
    fn unknown_commands_name_the_nearest() {
        let Stop::Usage { hint, .. } = unknown_command(".formt") else { panic!() };
        assert_eq!(hint.as_deref(), Some("did you mean .format?"));
        let Stop::Usage { hint, .. } = unknown_command(".xyzzyxyzzy") else { panic!() };
        assert_eq!(hint.as_deref(), Some(".help lists the commands"));
    }

    #[test]
    fn quotes_keep_blanks() {
        assert_eq!(words("nodes \"a b.csv\" c'd e'").unwrap(), ["nodes", "a b.csv", "cd e"]);
        assert_eq!(words("''").unwrap(), [""]);
        assert!(words("'a").is_err());
    }

    #[test]
    fn every_command_is_known_to_run() {
        // A listed command is never answered with "there is no command" (`.quit` and `.exit` are not run here).
        let source = include_str!("dot.rs");
        for command in COMMANDS {
            assert!(source.contains(&format!("        \"{}\"", command.name)), "{}", command.name);
        }
    }
}
