//! Dot commands: what the shell does itself, without GQL.

use std::path::Path;

use rustyline::completion::{FilenameCompleter, Pair};
use wenddb::{Value, text};

use super::catalog::Catalog;
use super::complete::{plain, starts_with};
use super::help;
use super::place::Place;
use super::schema;
use crate::args::{self, Format};
use crate::commands::{check, draw, export, import};
use crate::format::{count, shortened, text_width};
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
    command(".help", "[TOPIC]", "this list, or help on a command, clause, algorithm, function"),
    command(".schema", "", "labels, properties with their types, and which labels the edges join"),
    command(".labels", "", "labels and property names of the current graph"),
    command(".graphs", "", "the graphs of the database"),
    command(".algos", "", "the algorithms"),
    command(".describe", "NAME [PARAMETER]", "parameters and columns of an algorithm"),
    command(".tasks", "", "the tasks of algorithms that write"),
    command(".format", "[table|json|jsonl|csv]", "how result tables are printed"),
    command(".maxrows", "[N]", "the most rows of a table that are shown; 0 = all"),
    command(".maxwidth", "[N]", "the most characters of a line; 0 = no limit; without N: the width"),
    command(".timing", "[on|off]", "print how long each statement takes"),
    command(".param", "NAME [JSON]", "set the parameter $NAME to a JSON value; without one: unset it"),
    command(".params", "", "the parameters that are set"),
    command(".read", "FILE", "run a script"),
    command(".draw", "FILE STATEMENT", "draw nodes and edges of a result as .html, .svg or .png"),
    command(".import", "nodes|edges FILE...", "load CSV files; FILE and options as for `wend import`"),
    command(".export", "DIR", "write the current graph as CSV files"),
    command(".backup", "DIR", "copy the database to a new directory"),
    command(".check", "", "verify the database"),
    command(".quit", "", "leave the shell; also Ctrl-D and exit"),
];

/// Names that other shells have for a command.
const ALIASES: [(&str, &str); 11] = [
    (".exit", ".quit"),
    (".q", ".quit"),
    (".tables", ".labels"),
    (".mode", ".format"),
    (".databases", ".graphs"),
    (".timer", ".timing"),
    (".parameter", ".param"),
    (".dump", ".export"),
    (".h", ".help"),
    (".procedures", ".algos"),
    (".queries", ".tasks"),
];

/// The command of a name: itself, or the one that it is another name of.
fn command_name(name: &str) -> &str {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let known = COMMANDS.iter().find(|command| command.name.eq_ignore_ascii_case(name));
    alias.map(|(_, command)| *command).or(known.map(|command| command.name)).unwrap_or(name)
}

/// Whether there is a command of this name.
pub fn is_known(name: &str) -> bool {
    COMMANDS.iter().any(|command| command.name == command_name(name))
}

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The shell continues with the next prompt.
    Continue,
    /// The shell exits.
    Quit,
}

/// Runs one dot command.
pub fn run(place: &mut impl Place, catalog: &Catalog, line: &str) -> Result<After, Stop> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    // Where a semicolon is no part of the argument, it is the habit of ending statements.
    let word = rest.trim_end_matches(';').trim_end();
    match command_name(name.trim_end_matches(';')) {
        ".quit" => return Ok(After::Quit),
        ".help" => place.print(&help::help(catalog, word)?)?,
        ".algos" => place.print(&help::algorithms(catalog))?,
        ".describe" => place.print(&help::describe(catalog, needed(word, ".describe")?)?)?,
        ".schema" => {
            let text = schema::schema(place)?;
            place.print(&text)?;
        }
        ".labels" => labels(place)?,
        ".graphs" => statement(place, "SHOW GRAPHS")?,
        ".tasks" => statement(place, "SHOW TASKS")?,
        ".format" => set_format(place, word)?,
        ".maxrows" => set_max_rows(place, word)?,
        ".maxwidth" => set_max_width(place, word)?,
        ".timing" => set_timing(place, word)?,
        ".param" => set_param(place, rest)?,
        ".params" => params(place)?,
        ".read" => {
            let source = Source::file(Path::new(&path(rest, ".read")?))?;
            place.run_script(&source)?;
        }
        ".draw" => {
            let rest = needed(rest, ".draw")?;
            let usage = || Stop::usage(".draw takes a file and a statement", ".draw x.html MATCH (n) RETURN n");
            let (file, gql) = rest.split_once(char::is_whitespace).ok_or_else(usage)?;
            let text = draw::draw(Path::new(file), gql.trim(), &mut |statement| place.rows(statement))?;
            place.print(&text)?;
        }
        name @ (".import" | ".export" | ".backup" | ".check") => match place.local() {
            Some(runner) => of_database(runner, name, rest)?,
            None => return Err(not_on_a_server(name)),
        },
        unknown => return Err(unknown_command(unknown)),
    }
    Ok(After::Continue)
}

/// Runs a command that needs the database in this process.
fn of_database(runner: &mut Runner, name: &str, rest: &str) -> Result<(), Stop> {
    match name {
        ".import" => load(runner, rest),
        ".export" => {
            let to = path(rest, ".export")?;
            let text = export::export(&runner.database, runner.session.graph(), Path::new(&to))?;
            Ok(runner.print(&text)?)
        }
        ".backup" => {
            let to = path(rest, ".backup")?;
            crate::commands::backup::backup(&runner.database, Path::new(&to))?;
            Ok(runner.print(&format!("backed up to {to}"))?)
        }
        _ => {
            let report = runner.database.check().map_err(Stop::command)?;
            Ok(runner.print(&check::text(&report))?)
        }
    }
}

/// The error of a command that a served database has in another form.
fn not_on_a_server(name: &str) -> Stop {
    let hint = match name {
        ".check" => "CHECK DATABASE; or `wend check --connect ADDRESS` verifies it",
        ".backup" => "`wend backup --connect ADDRESS DIR` copies it",
        ".export" => "`wend export --connect ADDRESS --to DIR` writes CSV files",
        _ => "LOAD CSV reads files of the server; docs/server.md says how Arrow tables are imported",
    };
    Stop::usage(format!("{name} works on a database of this process, not on a server"), hint)
}

/// Runs a statement for a dot command.
fn statement(place: &mut impl Place, gql: &str) -> Result<(), Stop> {
    place.run_script(&Source::typed(gql.to_owned()))
}

/// The error of an unknown command, with the nearest name.
fn unknown_command(name: &str) -> Stop {
    let hint = match name.to_ascii_lowercase().as_str() {
        ".open" => "leave with .quit and start `wend PATH`".to_owned(),
        ".use" => "USE name; is a statement, .graphs lists the graphs".to_owned(),
        ".indexes" | ".indices" => "SHOW INDEXES; is a statement".to_owned(),
        ".explain" | ".profile" => "EXPLAIN and PROFILE stand before a statement".to_owned(),
        ".width" | ".headers" | ".columns" => ".maxwidth sets how wide tables are, .format their form".to_owned(),
        ".output" | ".once" => "`wend PATH --format csv -c 'statement' > file` writes a file".to_owned(),
        ".play" | ".server" | ".style" => {
            "this is a command of Neo4j Browser; .help lists those of this shell".to_owned()
        }
        _ => match nearest(name, COMMANDS.iter().map(|command| command.name)) {
            Some(near) => format!("did you mean {near}?"),
            None => ".help lists the commands".to_owned(),
        },
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
fn labels(place: &mut impl Place) -> Result<(), Stop> {
    let column = |rows: Vec<Vec<Value>>| -> Vec<String> {
        rows.into_iter().filter_map(|row| row.into_iter().next()).map(|name| name.to_string()).collect()
    };
    let of_kind = |place: &mut _, kind: &str| -> Result<Vec<String>, Stop> {
        let labels = format!("SHOW LABELS YIELD label, kind WHERE kind = '{kind}' RETURN label ORDER BY label");
        Ok(column(Place::rows(place, &labels)?))
    };
    let line = |title: &str, names: &[String]| {
        format!("{title}{}", if names.is_empty() { "(none)".to_owned() } else { names.join(", ") })
    };
    let lines = [
        line("node labels:    ", &of_kind(place, "node")?),
        line("edge labels:    ", &of_kind(place, "edge")?),
        line("property names: ", &column(place.rows("SHOW PROPERTY KEYS")?)),
    ];
    Ok(place.print(&lines.join("\n"))?)
}

/// `.format F`
fn set_format(place: &mut impl Place, name: &str) -> Result<(), Stop> {
    if !name.is_empty() {
        // A name of sqlite and DuckDB.
        let known = if ["box", "duckbox", "column", "markdown"].contains(&name) { "table" } else { name };
        place.view().format = Format::from_str(known, true)
            .map_err(|_| Stop::usage(format!("there is no format {name}"), "table, json, jsonl or csv"))?;
    }
    let format = place.view().format.to_possible_value();
    let name = format.as_ref().map_or("table", clap::builder::PossibleValue::get_name).to_owned();
    Ok(place.print(&format!("the format is {name}"))?)
}

/// `.maxrows N`
fn set_max_rows(place: &mut impl Place, number: &str) -> Result<(), Stop> {
    if !number.is_empty() {
        place.view().max_rows =
            number.parse().map_err(|_| Stop::usage(".maxrows takes a number", "0 shows all rows"))?;
    }
    let text = match place.view().max_rows {
        0 => "all rows are shown".to_owned(),
        rows => format!("at most {} of a table are shown", count(rows as u64, "row")),
    };
    Ok(place.print(&text)?)
}

/// `.maxwidth N`
fn set_max_width(place: &mut impl Place, number: &str) -> Result<(), Stop> {
    place.view().max_width = match number {
        "" => None,
        number => Some(number.parse().map_err(|_| Stop::usage(".maxwidth takes a number", "0 = no limit"))?),
    };
    let text = match place.view().max_width {
        None => "tables are as wide as the terminal".to_owned(),
        Some(0) => "tables have no limit of width".to_owned(),
        Some(width) => format!("tables have lines of at most {width} characters"),
    };
    Ok(place.print(&text)?)
}

/// `.timing on|off`
fn set_timing(place: &mut impl Place, state: &str) -> Result<(), Stop> {
    place.view().timing = match state.to_ascii_lowercase().as_str() {
        "on" => true,
        "off" => false,
        "" => !place.view().timing,
        _ => return Err(Stop::usage(".timing takes on or off", "")),
    };
    let state = if place.view().timing { "on" } else { "off" };
    Ok(place.print(&format!("timing is {state}"))?)
}

/// `.param NAME JSON`; also `NAME=JSON`, as on the command line, and `NAME => JSON`.
fn set_param(place: &mut impl Place, rest: &str) -> Result<(), Stop> {
    let rest = needed(rest, ".param")?;
    let (name, json) = rest.split_once([' ', '\t', '=']).unwrap_or((rest, ""));
    let Some(name) = args::param_name(name.trim_end_matches(';')) else {
        return Err(Stop::usage(format!("`{name}` is not a valid name of a parameter"), "use letters, digits and _"));
    };
    let json = json.trim().trim_start_matches('=').trim_start_matches('>').trim();
    if json.is_empty() {
        place.set_param(name, None);
        return Ok(place.print(&format!("${name} is not set"))?);
    }
    let value = args::param_value(&format!("${name}"), json, ".param name \"Ann\"")?;
    let text = format!("${name} = {}", value.to_json());
    place.set_param(name, Some(value));
    Ok(place.print(&shortened(&text, text_width()))?)
}

/// `.params`
fn params(place: &mut impl Place) -> Result<(), Stop> {
    let lines: Vec<String> =
        place.params().iter().map(|(name, value)| format!("${name} = {}", value.to_json())).collect();
    let text = if lines.is_empty() { "no parameters; .param NAME JSON sets one".to_owned() } else { lines.join("\n") };
    Ok(place.print(&text)?)
}

/// `.import nodes|edges [LABEL=]FILE... [--create-nodes] ...`
fn load(runner: &mut Runner, rest: &str) -> Result<(), Stop> {
    let words = words(needed(rest, ".import")?)?;
    let usage = || Stop::usage(".import takes nodes or edges, then files", ".import nodes Person=people.csv");
    let (what, words) = words.split_first().ok_or_else(usage)?;
    let (names, form) = args::import_words(words)?;
    if names.is_empty() {
        return Err(usage());
    }
    if runner.session.in_transaction() {
        return Err(Stop::usage(".import does not run inside a transaction", "COMMIT or ROLLBACK first"));
    }
    let files = |read: fn(&std::ffi::OsStr) -> Result<wenddb::ImportFile, Stop>| {
        names.iter().map(|name| read(name.as_ref())).collect::<Result<Vec<_>, _>>()
    };
    let (nodes, edges) = match what.to_ascii_lowercase().as_str() {
        "nodes" => (files(import::nodes_file)?, Vec::new()),
        "edges" => (Vec::new(), files(import::edges_file)?),
        _ => return Err(usage()),
    };
    let handle = runner.session.interrupt_handle();
    let graph = runner.session.graph().to_owned();
    let import = wenddb::Import { graph, nodes, edges, ..import::with_form(&form)? };
    let report = import::load(&runner.database, import, handle)?;
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
        ".maxrows" => vec!["0", "40"],
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
        let runs = source.split_once("pub fn run(").and_then(|(_, rest)| rest.split_once("\n}\n")).unwrap().0;
        for command in COMMANDS {
            assert!(runs.contains(&format!("\"{}\"", command.name)), "{}", command.name);
        }
        for (alias, command) in ALIASES {
            assert!(is_known(alias) && COMMANDS.iter().any(|known| known.name == command), "{alias}");
        }
    }
}
