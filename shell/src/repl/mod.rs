//! The interactive shell: reads statements over several lines until `;`, and dot commands of one line.

mod catalog;
mod complete;
mod context;
mod dot;
mod help;
mod highlight;

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
use crate::script::Runner;
use crate::source::Source;
use crate::stop::Stop;
use catalog::Catalog;
use complete::KnownNames;
use dot::After;

/// The most statements in the history.
const HISTORY: usize = 10_000;

/// Runs the shell until the user leaves it.
pub fn run(mut runner: Runner) -> Result<(), Stop> {
    runner.summaries = true;
    let catalog = Arc::new(Catalog::load());
    let mut editor = editor(Arc::clone(&catalog))?;
    let history = history_file();
    if let Some(path) = &history {
        // On the first start there is no history yet, and the shell works without one.
        let _ = editor.load_history(path);
    }
    runner.print(&greeting(&runner))?;
    let mut buffer = String::new();
    loop {
        prepare(&mut editor, &runner, &buffer);
        match editor.readline(&prompt(&runner, !buffer.is_empty())) {
            Ok(line) => {
                if buffer.is_empty() {
                    match one_line(&mut runner, &catalog, &line) {
                        Some(Ok(After::Continue)) => {
                            remember(&mut editor, history.as_ref(), &line);
                            continue;
                        }
                        Some(Ok(After::Quit)) => break,
                        Some(Err(stop)) => return Err(stop),
                        None => {}
                    }
                }
                if !buffer.is_empty() {
                    buffer.push('\n');
                }
                buffer.push_str(&line);
                if buffer.trim().is_empty() {
                    buffer.clear();
                } else if is_complete(&buffer) {
                    remember(&mut editor, history.as_ref(), &buffer);
                    runner.interrupts.reset();
                    let source = Source::typed(std::mem::take(&mut buffer));
                    unless_final(runner.run_script(&source))?;
                }
            }
            Err(ReadlineError::Interrupted) => buffer.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Stop::usage(format!("cannot read the terminal: {error}"), "")),
        }
    }
    runner.close();
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

/// Runs a first line that is a command: a dot command, or a word that people type to get help or to leave.
fn one_line(runner: &mut Runner, catalog: &Catalog, line: &str) -> Option<Result<After, Stop>> {
    let line = line.trim();
    let command = match line.trim_end_matches(';').to_ascii_lowercase().as_str() {
        "exit" | "quit" => ".quit",
        "help" => ".help",
        _ => line,
    };
    if !command.starts_with('.') {
        return None;
    }
    runner.interrupts.reset();
    let mut after = After::Continue;
    let result = dot::run(runner, catalog, command).map(|next| after = next);
    Some(unless_final(result).map(|()| after))
}

/// The welcome text.
fn greeting(runner: &Runner) -> String {
    let place = match runner.database.path() {
        Some(path) => path.display().to_string(),
        None => "in memory, gone at exit".to_owned(),
    };
    format!(
        "WendDB {} ({place})\nStatements end with `;`. Type .help for help, .quit to leave.",
        env!("CARGO_PKG_VERSION")
    )
}

/// `wend> `, with the graph unless it is the default one, and `*` in a transaction.
fn prompt(runner: &Runner, continued: bool) -> String {
    prompt_text(runner.session.graph(), runner.session.in_transaction(), continued)
}

fn prompt_text(graph: &str, in_transaction: bool, continued: bool) -> String {
    let graph = if graph == "default" { String::new() } else { format!(":{graph}") };
    let star = if in_transaction { "*" } else { "" };
    let prompt = format!("wend{graph}{star}> ");
    if continued { format!("{:>1$}", "... ", prompt.chars().count()) } else { prompt }
}

/// Updates the names that completion needs for the next line.
fn prepare(editor: &mut Editor<ShellHelper, DefaultHistory>, runner: &Runner, buffer: &str) {
    let Some(helper) = editor.helper_mut() else { return };
    helper.before = if buffer.is_empty() { String::new() } else { format!("{buffer}\n") };
    if buffer.is_empty() {
        // Without names there is less to complete, which is no reason to stop.
        if let Ok(names) = runner.session.names() {
            helper.names = KnownNames {
                graphs: names.graphs,
                node_labels: names.node_labels,
                edge_labels: names.edge_labels,
                property_keys: names.property_keys,
                models: names.models,
                params: dot::param_names(runner),
            };
        }
    }
}

/// Adds a statement to the history and its file.
fn remember(editor: &mut Editor<ShellHelper, DefaultHistory>, file: Option<&PathBuf>, text: &str) {
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
        if self.before.is_empty() && typed.trim_start().starts_with('.') {
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
