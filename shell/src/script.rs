//! Running statements: scripts from the command line, files and standard input, and the input of the interactive shell.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use wenddb::{Changes, Database, Error, Params, Rows, Session, Value, text};

use crate::args::{Format, Input};
use crate::format::{self, Document, View, count};
use crate::interrupt::Interrupts;
use crate::piped::{NAME as STDIN, Piped};
use crate::progress::ProgressView;
use crate::report::{self, Problem};
use crate::source::Source;
use crate::stop::Stop;

/// The bytes of output that are buffered, at most until the statement ends.
const OUTPUT_BUFFER: usize = 1 << 16;

/// The statements of one source.
pub enum Script {
    /// A whole script.
    Whole(Source),
    /// Those on standard input, as they arrive.
    Stdin,
}

impl Script {
    /// Reads the source of a `-c` or `-f`. Files are read at once, so that an unreadable one is noticed before anything
    /// runs.
    pub fn read(input: &Input) -> Result<Self, Stop> {
        Ok(match input {
            Input::Text(text) => Script::Whole(Source { name: Some("-c".to_owned()), ..Source::typed(text.clone()) }),
            Input::File(path) => Script::Whole(Source::file(path)?),
            Input::Stdin => Script::Stdin,
        })
    }

    /// Reads a script on standard input to its end, where the results are one document: only then is it known whether there
    /// are several.
    pub fn whole_for(self, format: Format) -> Result<Self, Stop> {
        if !matches!(self, Script::Stdin) || format != Format::Json {
            return Ok(self);
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| Stop::file("read", Path::new(STDIN), error))?;
        Ok(Script::Whole(Source::new(STDIN.to_owned(), bytes)?))
    }

    /// The text, when it is known.
    pub fn text(&self) -> &str {
        match self {
            Script::Whole(source) => &source.text,
            Script::Stdin => "",
        }
    }
}

/// Runs statements in one session and prints their results.
pub struct Runner {
    /// The database.
    pub database: Database,
    /// The session all statements run in.
    pub session: Session,
    /// The parameters, given to every statement.
    pub params: Vec<(String, Value)>,
    /// How results are shown.
    pub view: View,
    /// The document of a script's results.
    pub document: Document,
    /// The state of Ctrl-C.
    pub interrupts: Interrupts,
    out: Box<dyn Write>,
}

impl Runner {
    /// A runner with a new session that prints to standard output.
    pub fn new(database: Database, params: Vec<(String, Value)>, view: View, interrupts: &Interrupts) -> Self {
        let session = database.session();
        interrupts.watch(session.interrupt_handle());
        Runner {
            database,
            session,
            params,
            view,
            document: Document::default(),
            interrupts: interrupts.clone(),
            out: Box::new(io::BufWriter::with_capacity(OUTPUT_BUFFER, io::stdout())),
        }
    }

    /// Runs the statements of a script up to the first error, which it prints.
    pub fn run_script(&mut self, source: &Source) -> Result<(), Stop> {
        let statements = text::split_statements(&source.text).statements;
        for (index, range) in statements.iter().enumerate() {
            if self.interrupts.pressed() {
                report::print(&Problem::message("the script was stopped with Ctrl-C"), Some(source.place(range.start)));
                return Err(Stop::Failed);
            }
            let left = index + 1 < statements.len();
            self.run_statement(source, range.clone()).map_err(|stop| stop.with_work_left(left))?;
        }
        Ok(())
    }

    /// Runs the statements on standard input as they arrive, up to the first error.
    pub fn run_piped(&mut self) -> Result<(), Stop> {
        let interrupts = self.interrupts.clone();
        run_piped(&interrupts, |source, range| self.run_statement(source, range))
    }

    /// Runs one statement, given by its bytes in a script, and prints its result or error.
    fn run_statement(&mut self, source: &Source, range: Range<usize>) -> Result<(), Stop> {
        let begun = Instant::now();
        let progress = ProgressView::new();
        self.session.on_progress(progress.callback());
        let result = self.execute(&source.text[range.clone()], &progress);
        progress.clear();
        self.session.on_progress(None);
        let flushed = self.out.flush();
        match result {
            Ok(()) => flushed?,
            Err(Trouble::Output(error)) => return Err(error.into()),
            Err(Trouble::Statement(error)) => {
                report::print(&Problem::of(&error), Some(source.place(range.start)));
                return Err(Stop::Failed);
            }
        }
        if self.view.timing {
            writeln!(self.out, "{}", seconds(begun.elapsed()))?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// Runs one statement and prints its rows as they arrive.
    fn execute(&mut self, statement: &str, progress: &ProgressView) -> Result<(), Trouble> {
        let params: Params = self.params.iter().cloned().collect();
        let mut rows = self.session.execute(statement, params)?;
        if rows.has_table() {
            let screen = self.view.screen(statement);
            let columns = rows.columns().to_vec();
            let mut first = true;
            self.document.before_result(&mut self.out)?;
            let mut writer = format::begin(self.view.format, &mut self.out, &columns, screen)?;
            for row in rows.by_ref() {
                let values: Vec<Value> = row?.into_values();
                if std::mem::take(&mut first) {
                    progress.clear();
                }
                writer.row(&mut self.out, values)?;
            }
            progress.clear();
            writer.end(&mut self.out)?;
        } else {
            // A statement without a result table is read to its end too, since it may still have work to do.
            for row in rows.by_ref() {
                row?;
            }
            progress.clear();
        }
        self.conclude(&rows)?;
        Ok(())
    }

    /// Prints the changes and warnings of a statement.
    fn conclude(&mut self, rows: &Rows) -> io::Result<()> {
        let summary = rows.summary();
        if !summary.warnings.is_empty() {
            self.out.flush()?;
        }
        for warning in &summary.warnings {
            report::print_warning(Some(warning.gqlstatus), &warning.message);
        }
        if self.view.interactive {
            let changes = changes(&summary.changes);
            if !changes.is_empty() {
                writeln!(self.out, "{changes}")?;
            } else if !rows.has_table() {
                writeln!(self.out, "ok")?;
            }
        }
        Ok(())
    }

    /// Prints the end of the document, when all scripts have run.
    pub fn end_document(&mut self) -> io::Result<()> {
        self.document.end(&mut self.out)?;
        self.out.flush()
    }

    /// Ends the session, with a warning when this rolls back an open transaction.
    pub fn close(self) {
        if self.session.in_transaction() {
            report::print_warning(None, "the transaction was still open: its changes have been rolled back");
        }
        if self.database.running_tasks() > 0 {
            report::print_warning(None, "a task was still running: SHOW TASKS will call it interrupted");
        }
    }

    /// Prints a line of the shell's own to standard output.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }
}

/// Runs the statements on standard input with `run` as they arrive, up to the first that fails.
pub fn run_piped(
    interrupts: &Interrupts,
    mut run: impl FnMut(&Source, Range<usize>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut piped = Piped::stdin(interrupts);
    loop {
        let statements = piped.next()?;
        if statements.is_empty() {
            return Ok(());
        }
        for (index, range) in statements.iter().enumerate() {
            let source = piped.source();
            if interrupts.pressed() {
                report::print(&Problem::message("the script was stopped with Ctrl-C"), Some(source.place(range.start)));
                return Err(Stop::Failed);
            }
            match run(source, range.clone()) {
                Ok(()) => {}
                Err(stop @ Stop::Closed { .. }) => {
                    return Err(stop.with_work_left(index + 1 < statements.len() || piped.has_more()));
                }
                Err(stop) => return Err(stop),
            }
        }
    }
}

/// Why a statement failed.
enum Trouble {
    /// An error of the library.
    Statement(Error),
    /// Its result could not be written.
    Output(io::Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Statement(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Output(error)
    }
}

/// The changes of a statement, in words; empty when there are none.
fn changes(changes: &Changes) -> String {
    let parts = [
        (changes.nodes_inserted, "node", "inserted"),
        (changes.edges_inserted, "edge", "inserted"),
        (changes.nodes_deleted, "node", "deleted"),
        (changes.edges_deleted, "edge", "deleted"),
        (changes.properties_set, "property", "set"),
        (changes.properties_removed, "property", "removed"),
        (changes.labels_added, "label", "added"),
        (changes.labels_removed, "label", "removed"),
    ];
    let texts = parts.iter().filter(|(number, ..)| *number > 0).map(|(number, noun, verb)| {
        let counted =
            if *noun == "property" && *number != 1 { format!("{number} properties") } else { count(*number, noun) };
        format!("{counted} {verb}")
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// A duration for people: `12 ms`, `3.21 s`.
pub fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_in_words() {
        let mut some = Changes::default();
        assert_eq!(changes(&some), "");
        some.nodes_inserted = 11;
        some.edges_inserted = 1;
        some.properties_set = 2;
        assert_eq!(changes(&some), "11 nodes inserted, 1 edge inserted, 2 properties set");
    }

    #[test]
    fn times_have_a_fitting_unit() {
        assert_eq!(seconds(Duration::from_millis(12)), "12.0 ms");
        assert_eq!(seconds(Duration::from_millis(3214)), "3.21 s");
    }
}
