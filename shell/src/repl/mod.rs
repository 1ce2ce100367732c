//! The interactive shell: reads statements over several lines until `;`, and dot commands of one line.

mod catalog;
mod complete;
mod context;
mod dot;
mod help;
mod highlight;
mod place;
mod schema;

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, Helper};
use wenddb::text::{self, TokenKind};

use crate::report;
use crate::source::Source;
use crate::stop::Stop;
use catalog::Catalog;
use complete::KnownNames;
use dot::After;
use place::Place;

/// The most statements in the history.
const HISTORY: usize = 10_000;

/// What is said after two empty lines within a statement, and after a command within one.
const UNFINISHED: &str = "the statement is not finished: end it with `;`, or drop it with Ctrl-C";

/// Runs the shell until the user leaves it.
pub fn run(mut place: impl Place) -> Result<(), Stop> {
    let catalog = Arc::new(Catalog::load());
    let mut editor = editor(Arc::clone(&catalog))?;
    let history = history_file();
    if let Some(path) = &history {
        // On the first start there is no history yet, and the shell works without one.
        let _ = editor.load_history(path);
    }
    let greeting = place.greeting();
    place.print(&format!("{greeting}\nStatements end with `;`. Type .help for help, .quit to leave."))?;
    let mut buffer = String::new();
    let mut empty_lines = 0;
    loop {
        prepare(&mut editor, &mut place, &buffer);
        match editor.readline(&prompt(&place, !buffer.is_empty())) {
            Ok(line) => {
                match one_line(&mut place, &catalog, &line, &buffer) {
                    Some(Ok(After::Continue)) => {
                        remember(&mut editor, history.as_ref(), &line);
                        if !buffer.is_empty() {
                            place.print(UNFINISHED)?;
                        }
                        continue;
                    }
                    Some(Ok(After::Quit)) => break,
                    Some(Err(stop)) => return Err(stop),
                    None => {}
                }
                empty_lines = if line.trim().is_empty() { empty_lines + 1 } else { 0 };
                if !buffer.is_empty() {
                    buffer.push('\n');
                }
                buffer.push_str(&line);
                if buffer.trim().is_empty() {
                    buffer.clear();
                } else if is_complete(&buffer) {
                    remember(&mut editor, history.as_ref(), &buffer);
                    place.interrupts().reset();
                    let source = Source::typed(std::mem::take(&mut buffer));
                    unless_final(place.run_script(&source))?;
                } else if empty_lines == 2 {
                    place.print(UNFINISHED)?;
                }
            }
            Err(ReadlineError::Interrupted) => buffer.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Stop::usage(format!("cannot read the terminal: {error}"), "")),
        }
    }
    place.close();
    Ok(())
}

/// Whether the input is complete and runs: it ends with `;`, also inside of an open bracket, since the error is more
/// useful than another line of input.
fn is_complete(text: &str) -> bool {
    let ends = |token: &text::Token| {
        token.kind == TokenKind::Punctuation && text.get(token.span.start..token.span.end) == Some(";")
    };
    text::split_statements(text).complete
        || text.trim_end().ends_with(';') && text::tokens(text.trim_end()).last().is_some_and(ends)
}

/// Prints the error of a statement or command. The shell continues, unless its output is closed.
fn unless_final(result: Result<(), Stop>) -> Result<(), Stop> {
    match result {
        Err(stop @ (Stop::Closed { .. } | Stop::Output(_))) => Err(stop),
        Err(stop) => {
            stop.print();
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Runs a line that is a command: a dot command, or a word that people type to get help or to leave. Within a statement
/// too, unless the line is a part of a string or a comment.
fn one_line(place: &mut impl Place, catalog: &Catalog, line: &str, before: &str) -> Option<Result<After, Stop>> {
    let command = command_of(line, before)?;
    place.interrupts().reset();
    let mut after = After::Continue;
    let result = dot::run(place, catalog, &command).map(|next| after = next);
    Some(unless_final(result).map(|()| after))
}

/// The dot command that a line means.
fn command_of(line: &str, before: &str) -> Option<String> {
    let line = line.trim();
    let inside = !before.is_empty();
    if inside && is_open_text(before) {
        return None;
    }
    let word = line.trim_end_matches(';').trim_end();
    if let Some((_, command)) = WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)) {
        return Some((*command).to_owned());
    }
    // The commands of another shell. No statement begins with a colon, and no line of one with a colon and a word alone.
    if let Some(rest) = line.strip_prefix(':')
        && !inside
        && rest.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return Some(format!(".{rest}"));
    }
    let name = word.split(char::is_whitespace).next().unwrap_or_default();
    // Within a statement `.name` may be a property.
    let is_command = if inside { dot::is_known(name) } else { line.starts_with('.') };
    is_command.then(|| line.to_owned())
}

/// Words that are commands without a dot.
const WORDS: [(&str, &str); 9] = [
    ("exit", ".quit"),
    ("quit", ".quit"),
    ("help", ".help"),
    ("?", ".help"),
    ("\\?", ".help"),
    ("\\q", ".quit"),
    (":help", ".help"),
    (":exit", ".quit"),
    (":quit", ".quit"),
];

/// Whether a text ends within a string or a comment.
fn is_open_text(text: &str) -> bool {
    let closed = format!("{text}\n;");
    let last = text::tokens(&closed).last().copied();
    !last.is_some_and(|token| {
        token.kind == TokenKind::Punctuation && closed.get(token.span.start..token.span.end) == Some(";")
    })
}

/// Whether a statement has a password in it, which the history must not keep.
fn holds_a_secret(text: &str) -> bool {
    let trimmed = text.trim_start().to_lowercase();
    if let Some(name) = trimmed.strip_prefix(".param ").or_else(|| trimmed.strip_prefix(":param ")) {
        let name = name.split([' ', '=', '\t']).next().unwrap_or_default();
        return ["password", "passwd", "secret", "token"].iter().any(|word| name.contains(word));
    }
    let tokens = text::tokens(text);
    let word = |token: &text::Token| text.get(token.span.start..token.span.end).unwrap_or_default();
    let is = |token: &text::Token, known: &str| word(token).eq_ignore_ascii_case(known);
    let user = tokens
        .windows(2)
        .position(|pair| matches!(pair, [verb, noun] if (is(verb, "CREATE") || is(verb, "ALTER")) && is(noun, "USER")));
    let rest = user.and_then(|at| tokens.get(at..)).unwrap_or_default();
    let password = rest.iter().position(|token| is(token, "PASSWORD"));
    let after = password.and_then(|at| rest.get(at..)).unwrap_or_default();
    after.iter().any(|token| token.kind == TokenKind::String)
}

/// `wend> `, with the graph unless it is the default one, and `*` in a transaction.
fn prompt(place: &impl Place, continued: bool) -> String {
    prompt_text(place.graph(), place.in_transaction(), continued)
}

fn prompt_text(graph: &str, in_transaction: bool, continued: bool) -> String {
    let graph = if graph == "default" { String::new() } else { format!(":{graph}") };
    let star = if in_transaction { "*" } else { "" };
    let prompt = format!("wend{graph}{star}> ");
    if continued { format!("{:>1$}", "... ", prompt.chars().count()) } else { prompt }
}

/// Updates the names that completion needs for the next line.
fn prepare(editor: &mut Editor<ShellHelper, DefaultHistory>, place: &mut impl Place, buffer: &str) {
    let Some(helper) = editor.helper_mut() else { return };
    helper.before = if buffer.is_empty() { String::new() } else { format!("{buffer}\n") };
    if buffer.is_empty() {
        // Without names there is less to complete, which is no reason to stop.
        if let Some(names) = place.names() {
            helper.names = names;
        }
        helper.names.params = place.params().into_iter().map(|(name, _)| name).collect();
    }
}

/// Adds a statement to the history and its file.
fn remember(editor: &mut Editor<ShellHelper, DefaultHistory>, file: Option<&PathBuf>, text: &str) {
    if holds_a_secret(text) {
        return;
    }
    // When the history cannot be written (a read-only home directory), the shell continues without it.
    let _ = editor.add_history_entry(text.trim_end());
    if let Some(path) = file {
        let _ = editor.append_history(path);
    }
}

/// The file of the history, `$XDG_STATE_HOME/wend/history`, or the same under `~/.local/state`. Creates its directory.
fn history_file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| std::env::home_dir().map(|home| home.join(".local").join("state")))?;
    let directory = state.join("wend");
    fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}

/// The line editor.
fn editor(catalog: Arc<Catalog>) -> Result<Editor<ShellHelper, DefaultHistory>, Stop> {
    let failed = |error: ReadlineError| Stop::usage(format!("cannot use the terminal: {error}"), "");
    let color = report::use_color(&io::stdout());
    let config = Config::builder()
        .max_history_size(HISTORY)
        .and_then(|builder| builder.history_ignore_dups(true))
        .map_err(failed)?
        .completion_type(CompletionType::List)
        .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
        .bracketed_paste(true)
        .build();
    let mut editor = Editor::with_config(config).map_err(failed)?;
    editor.set_helper(Some(ShellHelper { catalog, names: KnownNames::default(), before: String::new() }));
    Ok(editor)
}

/// The callbacks of the line editor.
struct ShellHelper {
    catalog: Arc<Catalog>,
    names: KnownNames,
    /// The lines before the current one.
    before: String,
}

impl Helper for ShellHelper {}

impl Validator for ShellHelper {}

impl Hinter for ShellHelper {
    type Hint = String;
}

impl Completer for ShellHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let typed = line.get(..pos).unwrap_or(line);
        let dot = typed.trim_start().starts_with('.');
        if dot && (self.before.is_empty() || !is_open_text(&self.before)) {
            return dot::complete(typed, &self.catalog);
        }
        let text = format!("{}{typed}", self.before);
        let (start, pairs) = complete::complete(&text, &self.catalog, &self.names);
        // The text to replace must be on the current line.
        Ok(match start.checked_sub(self.before.len()) {
            Some(start) => (start, pairs),
            None => (pos, Vec::new()),
        })
    }
}

impl Highlighter for ShellHelper {
    fn highlight<'l>(&self, line: &'l str, _pos: usize) -> Cow<'l, str> {
        highlight::highlight(&self.before, line)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m"))
    }

    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        // A typed character can change the colours of everything after it.
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_say_where_one_is() {
        assert_eq!(prompt_text("default", false, false), "wend> ");
        assert_eq!(prompt_text("default", false, true), "  ... ");
        assert_eq!(prompt_text("social", true, false), "wend:social*> ");
        assert_eq!(prompt_text("social", true, true).len(), "wend:social*> ".len());
    }

    #[test]
    fn statements_end_with_a_semicolon() {
        assert!(is_complete("RETURN 1;"));
        assert!(is_complete("RETURN 1; // done"));
        assert!(is_complete("RETURN (1; \n"));
        assert!(!is_complete("RETURN 1"));
        assert!(!is_complete("RETURN ';"));
        assert!(!is_complete("RETURN 1 // ;"));
    }

    #[test]
    fn commands_are_known_within_a_statement_too() {
        let command = |line: &str, before: &str| command_of(line, before);
        for line in ["exit", "quit;", "\\q"] {
            assert_eq!(command(line, "").as_deref(), Some(".quit"));
            assert_eq!(command(line, "RETURN 1").as_deref(), Some(".quit"));
            assert_eq!(command(line, "RETURN '"), None);
            assert_eq!(command(line, "RETURN 1 /* "), None);
        }
        assert_eq!(command("?", "?").as_deref(), Some(".help"));
        assert_eq!(command(":help", "x").as_deref(), Some(".help"));
        assert_eq!(command(".help MATCH", "RETURN").as_deref(), Some(".help MATCH"));
        assert_eq!(command(":schema", "").as_deref(), Some(".schema"));
        assert_eq!(command(".anything", "").as_deref(), Some(".anything"));
        // A property, a label, and the line of a string.
        assert_eq!(command(".name", "RETURN p"), None);
        assert_eq!(command(":Person)", "MATCH (p"), None);
        assert_eq!(command(".help", "RETURN \"a"), None);
        assert_eq!(command("RETURN 1", ""), None);
    }

    #[test]
    fn passwords_are_seen() {
        assert!(holds_a_secret("CREATE USER ann PASSWORD 'long enough' ROLE reader;"));
        assert!(holds_a_secret("alter user ann set password \"x\";"));
        assert!(!holds_a_secret("CREATE USER ann PASSWORD $p;"));
        assert!(holds_a_secret(".param new_password \"x\"") && !holds_a_secret(".param name \"x\""));
        assert!(!holds_a_secret("MATCH (u:User) WHERE u.password = 'x' RETURN u;"));
    }

    #[test]
    fn catalog_comes_from_the_library() {
        let catalog = Catalog::load();
        let algorithm = catalog.algorithm("algo.node2vec").unwrap();
        assert!(algorithm.parameters.iter().any(|parameter| parameter.name == "walkLength"));
        assert!(algorithm.parameters.iter().any(|parameter| parameter.name == "seed"));
        assert!(catalog.keywords.iter().any(|word| word == "MATCH"));
        assert!(!catalog.functions.is_empty());
    }

    #[test]
    fn completion_works_over_several_lines() {
        let helper = ShellHelper {
            catalog: Arc::new(Catalog::load()),
            names: KnownNames::default(),
            before: "CALL algo.node2vec({\n".to_owned(),
        };
        let history = DefaultHistory::new();
        let (start, pairs) = helper.complete("  walkL", 7, &Context::new(&history)).unwrap();
        assert_eq!(start, 2);
        assert_eq!(pairs.len(), 1);
        assert_eq!(pairs[0].replacement, "walkLength: ");
    }
}
