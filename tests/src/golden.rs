//! Golden scripts: files of statements with the output they must give, readable as documentation of the language.
//!
//! A file is made of sections, each with a fresh, empty database:
//!
//! ```text
//! # A comment, anywhere outside of expected output.
//! == the name of the section
//! > INSERT (:Person {_id: 'ann', age: 44})
//! ----
//! ok +1 node
//!
//! params {"age": 30}
//! s1> MATCH (p:Person)
//!     WHERE p.age > $age
//!     RETURN p._id
//! ----
//! {"p._id":"ann"}
//!
//! reopen
//!
//! > MATCH (p RETURN p
//! ----
//! error[42001] at 1:10: …
//! ```
//!
//! - A block starts with `>` (the first session) or `name>` (a session of that name, made at its first use). It goes on to
//!   `----`; what follows, up to an empty line, is the expected output.
//! - A result table is one JSON object per row, `(no rows)` when it is empty. A statement without a table gives `ok` and the
//!   change in the number of nodes and edges. An error gives its GQLSTATUS, where it points to (line:column, counted in
//!   characters from 1; left out when it points nowhere), its message, and `(hint: ...)` when it has one.
//! - `params` gives the parameters of the next block, as one JSON object.
//! - `capture NAME COLUMN`: the next block's first row gives the parameter `$NAME` of every later block, from its COLUMN.
//! - `reopen` closes the database and every session, and opens it again; a section with it runs on disk, others in memory.
//! - `unordered` before a block: the rows are compared as a set.
//! - In expected output `…` stands for any text in a line, and a line of just `…` for any number of lines.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use wenddb::{Changes, Database, Error, Options, Params, Session, Value};

/// A file of sections.
pub struct Script {
    /// The lines before the first section.
    preamble: Vec<String>,
    /// The sections.
    pub sections: Vec<Section>,
}

/// A part of a script that starts on an empty database.
#[derive(Clone)]
pub struct Section {
    /// What it shows.
    pub name: String,
    items: Vec<Item>,
}

#[derive(Clone)]
enum Item {
    /// A comment or an empty line, kept when a file is rewritten.
    Other(String),
    Params(String),
    Capture {
        parameter: String,
        column: String,
    },
    Unordered,
    Reopen,
    Block(Block),
}

#[derive(Clone)]
struct Block {
    /// The line it starts in, from 1.
    line: usize,
    session: String,
    /// The lines as written, with the prompt.
    source: Vec<String>,
    statement: String,
    expected: Vec<String>,
}

impl Script {
    /// Reads a script.
    pub fn parse(text: &str) -> Result<Script, String> {
        let mut script = Script { preamble: Vec::new(), sections: Vec::new() };
        let mut lines = text.lines().enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            let number = index + 1;
            if let Some(name) = line.strip_prefix("== ") {
                let name = name.trim().to_owned();
                if script.sections.iter().any(|section| section.name == name) {
                    return Err(format!("line {number}: a second section \"{name}\""));
                }
                script.sections.push(Section { name, items: Vec::new() });
                continue;
            }
            let comment = line.is_empty() || line.starts_with('#');
            let Some(section) = script.sections.last_mut() else {
                if !comment {
                    return Err(format!("line {number}: a section (== name) must come first"));
                }
                script.preamble.push(line.to_owned());
                continue;
            };
            if comment {
                section.items.push(Item::Other(line.to_owned()));
            } else if line == "reopen" {
                section.items.push(Item::Reopen);
            } else if line == "unordered" {
                section.items.push(Item::Unordered);
            } else if let Some(json) = line.strip_prefix("params ") {
                section.items.push(Item::Params(json.to_owned()));
            } else if let Some((parameter, column)) =
                line.strip_prefix("capture ").and_then(|rest| rest.split_once(' '))
            {
                section.items.push(Item::Capture { parameter: parameter.to_owned(), column: column.to_owned() });
            } else if let Some((session, first)) = prompt(line) {
                let mut source = vec![line.to_owned()];
                let mut statement = first.to_owned();
                loop {
                    match lines.next() {
                        Some((_, "----")) => break,
                        Some((_, line)) => {
                            source.push(line.to_owned());
                            statement.push('\n');
                            statement.push_str(line);
                        }
                        None => return Err(format!("line {number}: no ---- after the statement")),
                    }
                }
                let mut expected = Vec::new();
                while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
                    expected.push(line.to_owned());
                }
                section.items.push(Item::Block(Block {
                    line: number,
                    session: session.to_owned(),
                    source,
                    statement,
                    expected,
                }));
            } else {
                return Err(format!("line {number}: not a section, directive, statement or comment: {line}"));
            }
        }
        Ok(script)
    }

    /// Runs the sections and writes the file again with the output they gave, keeping what matched (with its wildcards).
    pub fn update(&self) -> Result<String, String> {
        let mut text = String::new();
        for line in &self.preamble {
            let _ = writeln!(text, "{line}");
        }
        for section in &self.sections {
            let _ = writeln!(text, "== {}", section.name);
            let outputs = section.outputs()?;
            let mut outputs = outputs.into_iter();
            for item in &section.items {
                match item {
                    Item::Other(line) => {
                        let _ = writeln!(text, "{line}");
                    }
                    Item::Params(json) => {
                        let _ = writeln!(text, "params {json}");
                    }
                    Item::Capture { parameter, column } => {
                        let _ = writeln!(text, "capture {parameter} {column}");
                    }
                    Item::Unordered => text.push_str("unordered\n"),
                    Item::Reopen => text.push_str("reopen\n"),
                    Item::Block(block) => {
                        let output = outputs.next().unwrap_or_default();
                        let lines = if output.matches(&block.expected) { &block.expected } else { &output.lines };
                        let _ = writeln!(text, "{}\n----", block.source.join("\n"));
                        for line in lines {
                            let _ = writeln!(text, "{line}");
                        }
                    }
                }
            }
        }
        Ok(text)
    }
}

/// What a block gave.
#[derive(Default)]
struct Output {
    lines: Vec<String>,
    unordered: bool,
}

impl Output {
    fn matches(&self, expected: &[String]) -> bool {
        if self.unordered {
            let (mut left, mut right) = (self.lines.clone(), expected.to_vec());
            left.sort();
            right.sort();
            lines_match(&right, &left)
        } else {
            lines_match(expected, &self.lines)
        }
    }
}

impl Section {
    /// Runs the section; the error says which blocks gave something else than expected.
    pub fn run(&self) -> Result<(), String> {
        let mut report = String::new();
        for (block, output) in self.blocks().zip(self.outputs()?) {
            if !output.matches(&block.expected) {
                let _ = write!(
                    report,
                    "line {}:\n{}\n  expected\n{}  but it gave\n{}\n",
                    block.line,
                    block.source.join("\n"),
                    indented(&block.expected),
                    indented(&output.lines)
                );
            }
        }
        if report.is_empty() { Ok(()) } else { Err(report) }
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| if let Item::Block(block) = item { Some(block) } else { None })
    }

    fn outputs(&self) -> Result<Vec<Output>, String> {
        let on_disk = self.items.iter().any(|item| matches!(item, Item::Reopen));
        let directory = tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
        let path = on_disk.then(|| directory.path().join("golden.wend"));
        let mut database = open(path.as_deref())?;
        let mut sessions: HashMap<&str, Session> = HashMap::new();
        let (mut params, mut unordered, mut capture) = (serde_json::Map::new(), false, None);
        let mut captured = serde_json::Map::new();
        let mut outputs = Vec::new();
        for item in &self.items {
            match item {
                Item::Other(_) => {}
                Item::Unordered => unordered = true,
                Item::Params(json) => {
                    params = serde_json::from_str(json).map_err(|error| format!("params {json}: {error}"))?;
                }
                Item::Capture { parameter, column } => capture = Some((parameter, column)),
                Item::Reopen => {
                    sessions.clear();
                    drop(database);
                    database = open(path.as_deref())?;
                }
                Item::Block(block) => {
                    let session = sessions.entry(&block.session).or_insert_with(|| database.session());
                    for (name, value) in &captured {
                        if block.statement.contains(&format!("${name}")) {
                            params.insert(name.clone(), value.clone());
                        }
                    }
                    let mut values = Params::new();
                    for (name, value) in std::mem::take(&mut params) {
                        let value = Value::from_json(&value)
                            .map_err(|error| format!("the parameter {name}: {}", error.message()))?;
                        values.insert(name.as_str(), value);
                    }
                    let lines = execute(session, &block.statement, values);
                    if let Some((parameter, column)) = capture.take() {
                        let row: serde_json::Value = serde_json::from_str(&lines[0])
                            .map_err(|_| format!("line {}: nothing to capture in {}", block.line, lines[0]))?;
                        captured.insert(parameter.clone(), row[column].clone());
                    }
                    outputs.push(Output { lines, unordered: std::mem::take(&mut unordered) });
                }
            }
        }
        Ok(outputs)
    }
}

/// Splits `name> rest`; the name is a word or nothing.
fn prompt(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once('>')?;
    let word = name.chars().all(|c| c.is_ascii_alphanumeric());
    word.then(|| (name, rest.strip_prefix(' ').unwrap_or(rest)))
}

fn open(path: Option<&Path>) -> Result<Database, String> {
    // The tests reopen a database, they do not pull the plug: no need to wait for the disk at every commit.
    let options = Options { sync: false, ..Options::default() };
    let database = match path {
        Some(path) => Database::open_with(path, options),
        None => Database::in_memory_with(options),
    };
    database.map_err(|error| format!("the database does not open: {error}"))
}

/// Runs a statement or a script and gives its output as golden files write it.
pub fn execute(session: &mut Session, statement: &str, params: Params) -> Vec<String> {
    match try_execute(session, statement, params) {
        Ok(lines) => lines,
        Err(error) => vec![error_line(&error, statement)],
    }
}

fn try_execute(session: &mut Session, statement: &str, params: Params) -> Result<Vec<String>, Error> {
    let mut rows = session.execute(statement, params)?;
    let columns = rows.columns().to_vec();
    let mut lines = Vec::new();
    for row in rows.by_ref() {
        let mut object = serde_json::Map::new();
        for (column, value) in columns.iter().zip(row?.values()) {
            object.insert(column.clone(), value.to_json());
        }
        lines.push(serde_json::Value::Object(object).to_string());
    }
    if !rows.has_table() {
        lines.push(changes_line(&rows.summary().changes));
    } else if lines.is_empty() {
        lines.push("(no rows)".to_owned());
    }
    Ok(lines)
}

fn changes_line(changes: &Changes) -> String {
    let mut line = "ok".to_owned();
    let counts = [
        ('+', changes.nodes_inserted, "node"),
        ('-', changes.nodes_deleted, "node"),
        ('+', changes.edges_inserted, "edge"),
        ('-', changes.edges_deleted, "edge"),
    ];
    for (sign, count, noun) in counts {
        if count > 0 {
            let _ = write!(line, " {sign}{count} {noun}{}", if count == 1 { "" } else { "s" });
        }
    }
    line
}

fn error_line(error: &Error, statement: &str) -> String {
    let place = match error.span() {
        Some(span) => {
            let before = statement.get(..span.start).unwrap_or(statement);
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            format!(" at {line}:{column}")
        }
        None => String::new(),
    };
    // One line, so that expected output stays a block without empty lines.
    let mut text = error.message().to_owned();
    if let Some(hint) = error.hint() {
        let _ = write!(text, " (hint: {hint})");
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("error[{}]{place}: {text}", error.gqlstatus())
}

fn indented(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "    {line}");
        text
    })
}

/// Whether the lines are as expected, where a line of just `…` stands for any number of lines.
fn lines_match(expected: &[String], actual: &[String]) -> bool {
    match expected.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first == "…" => (0..=actual.len()).any(|skip| lines_match(rest, &actual[skip..])),
        Some((first, rest)) => {
            actual.split_first().is_some_and(|(line, others)| line_matches(first, line) && lines_match(rest, others))
        }
    }
}

/// Whether a line is as expected, where `…` stands for any text.
fn line_matches(expected: &str, actual: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = actual.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn wildcards() {
        for (expected, actual) in [
            ("", ""),
            ("abc", "abc"),
            ("…", ""),
            ("…", "abc"),
            ("a…", "a"),
            ("a…c", "abbc"),
            ("…b…", "abc"),
            ("a…b…c", "a1b2bc"),
            ("[…,…]", "[1,2]"),
        ] {
            assert!(line_matches(expected, actual), "{expected} {actual}");
        }
        for (expected, actual) in
            [("abc", "abcd"), ("abc", "ab"), ("a…", "ba"), ("…a", "ab"), ("ab…bc", "abc"), ("[…,…]", "[12]"), ("", "a")]
        {
            assert!(!line_matches(expected, actual), "{expected} {actual}");
        }
        assert!(lines_match(&lines("a\n…\nd"), &lines("a\nb\nc\nd")));
        assert!(lines_match(&lines("…\na"), &lines("a")));
        assert!(!lines_match(&lines("a\n…\nd"), &lines("a\nb")));
        assert!(!lines_match(&lines("a"), &lines("a\nb")));
    }

    #[test]
    fn a_script_is_read_as_written() {
        let text = "# About\n\n== one\nparams {\"a\": 1}\ns1> RETURN\n  $a\n----\n{\"$a\":1}\n\nreopen\n\n> COMMIT\n----\nok\n";
        let script = Script::parse(text).unwrap();
        assert_eq!(script.preamble, ["# About", ""]);
        assert_eq!(script.sections.len(), 1);
        let blocks: Vec<_> = script.sections[0].blocks().collect();
        assert_eq!(blocks.len(), 2);
        assert_eq!((blocks[0].line, blocks[0].session.as_str()), (5, "s1"));
        assert_eq!(blocks[0].statement, "RETURN\n  $a");
        assert_eq!(blocks[0].expected, ["{\"$a\":1}"]);
        assert_eq!(blocks[1].expected, ["ok"]);
    }

    #[test]
    fn a_wrong_script_is_refused() {
        for text in ["> RETURN 1\n----\n", "== a\n> RETURN 1\n", "== a\nRETURN 1\n", "== a\n== a\n"] {
            assert!(Script::parse(text).is_err(), "{text}");
        }
    }
}
