//! `wend --connect`: scripts and the shell that run on a server, over Bolt.

use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use wend_bolt::client::{Address, ClientError, Connection, Receiver, ServerFailure, Trust};
use wenddb::{Params, Statement, StatementKind, Value, text};

use crate::args::{self, Format, RunArgs, ServerArgs};
use crate::format::{self, Document, Screen, TableWriter, View};
use crate::interrupt::Interrupts;
use crate::report::{self, Place, Problem};
use crate::script::{self, Script, seconds};
use crate::source::Source;
use crate::stop::Stop;

/// The environment variable of the password.
const PASSWORD: &str = "WEND_PASSWORD";

/// The environment variable that names a file with it, as containers have their secrets.
pub const PASSWORD_FILE: &str = "WEND_PASSWORD_FILE";

/// Runs the command line on a server; gives the connection back when it asks for the interactive shell.
pub fn run(args: &RunArgs, address: &str, interrupts: &Interrupts) -> Result<Option<Remote>, Stop> {
    let params = args::params(&args.params)?;
    let mut sources = args.inputs.iter().map(Script::read).collect::<Result<Vec<_>, _>>()?;
    let interactive = sources.is_empty() && io::stdin().is_terminal();
    if sources.is_empty() && !interactive {
        sources.push(Script::Stdin);
    }
    if !interactive {
        sources = sources.into_iter().map(|source| source.whole_for(args.format)).collect::<Result<_, _>>()?;
    }
    let connection = connect(address, args.user.as_deref(), args.tls_ca.as_deref())?;
    let mut remote = Remote {
        address: address.to_owned(),
        connection,
        params: params.into_iter().collect(),
        view: View::new(args.format, interactive),
        document: Document::of(args.format, sources.iter().map(Script::text)),
        names_changed: true,
        interrupts: interrupts.clone(),
        out: io::BufWriter::new(io::stdout()),
    };
    if interactive {
        return Ok(Some(remote));
    }
    interrupts.for_script();
    for (index, source) in sources.iter().enumerate() {
        let left = index + 1 < sources.len();
        let done = match source {
            Script::Whole(source) => remote.run_script(source),
            Script::Stdin => script::run_piped(interrupts, |source, range| remote.run_statement(source, &range)),
        };
        done.map_err(|stop| stop.with_work_left(left))?;
    }
    remote.document.end(&mut remote.out)?;
    remote.out.flush()?;
    if remote.connection.in_transaction() {
        report::print_warning(None, "the transaction was not committed; nothing of it is kept");
    }
    Ok(None)
}

fn connect(address: &str, user: Option<&str>, authority: Option<&Path>) -> Result<Connection, Stop> {
    let place = Address::parse(address, authority).map_err(|problem| Stop::usage(problem, ""))?;
    let password = password(user)?;
    let login = user.zip(password.as_deref());
    let connection = Connection::open(&place, login).map_err(|error| not_connected(address, &error))?;
    tell_certificate(&place, connection.certificate());
    Ok(connection)
}

/// Prints the fingerprint of a certificate that was accepted without being verified: a person can compare it with the one that
/// the server printed.
pub fn tell_certificate(address: &Address, certificate: Option<&str>) {
    if let (Trust::Anyone, Some(digest)) = (address.trust(), certificate) {
        eprintln!("the certificate's SHA-256 is {digest}, not verified");
    }
}

/// The password of a user: from the environment, from the file that it names, or asked for.
pub fn password(user: Option<&str>) -> Result<Option<String>, Stop> {
    let Some(user) = user else { return Ok(None) };
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(Some(password));
    }
    let Some(file) = std::env::var_os(PASSWORD_FILE) else { return ask_password(user).map(Some) };
    let file = Path::new(&file);
    let text = std::fs::read_to_string(file).map_err(|error| Stop::file("read", file, error))?;
    Ok(Some(text.trim_end_matches(['\n', '\r']).to_owned()))
}

/// Runs a statement with a single row of results, for a command.
pub fn one_row(address: &str, server: &ServerArgs, statement: &str) -> Result<Vec<Value>, Stop> {
    struct Row(Vec<Value>);
    impl Receiver for Row {
        fn columns(&mut self, _: &[String]) -> io::Result<()> {
            Ok(())
        }

        fn row(&mut self, values: Vec<Value>) -> io::Result<()> {
            self.0 = values;
            Ok(())
        }
    }
    let mut connection = connect(address, server.user.as_deref(), server.tls_ca.as_deref())?;
    let mut row = Row(Vec::new());
    match connection.run(statement, &Params::new(), &mut row, &|| false) {
        Ok(_) => Ok(row.0),
        Err(ClientError::Server(failure)) => {
            let problem =
                Problem { status: failure.gqlstatus.as_deref(), message: &failure.message, hint: None, span: None };
            report::print(&problem, None);
            Err(Stop::Failed)
        }
        Err(error) => Err(not_connected(address, &error)),
    }
}

fn ask_password(user: &str) -> Result<String, Stop> {
    let terminal = console::Term::stderr();
    if !terminal.is_term() {
        return Err(Stop::usage(
            format!("there is no terminal to ask {user}'s password on"),
            format!("give it in {PASSWORD}"),
        ));
    }
    terminal.write_str(&format!("password of {user}: "))?;
    Ok(terminal.read_secure_line()?)
}

/// The error when a server cannot be reached or refuses the login.
pub fn not_connected(address: &str, error: &ClientError) -> Stop {
    let place = address.split_once("://").map_or(address, |(_, place)| place);
    let hint = match error {
        ClientError::WantsTls => format!(
            "bolt+s://{place} with --tls-ca FILE verifies its certificate; bolt+ssc://{place} accepts any, such as a self-signed one"
        ),
        ClientError::HasNoTls => format!("bolt://{place} connects without"),
        ClientError::Server(failure) if failure.code.ends_with("Unauthorized") => {
            format!("-u USER names the user; the password is asked for, or is in {PASSWORD}")
        }
        ClientError::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            "is `wend serve` running there?".to_owned()
        }
        _ => String::new(),
    };
    Stop::usage(format!("cannot connect to {address}: {error}"), hint)
}

/// A connection, and the settings of the output.
pub struct Remote {
    /// The address, as it was given.
    pub address: String,
    /// The connection.
    pub connection: Connection,
    /// The parameters, given to every statement.
    pub params: Params,
    /// How results are shown.
    pub view: View,
    /// The document of a script's results.
    document: Document,
    /// Whether a statement may have changed which names there are.
    pub names_changed: bool,
    /// The state of Ctrl-C.
    pub interrupts: Interrupts,
    out: io::BufWriter<io::Stdout>,
}

/// Prints rows as they arrive.
struct Printer<'p> {
    out: &'p mut dyn Write,
    format: Format,
    screen: Screen,
    document: &'p mut Document,
    table: Option<Box<dyn TableWriter>>,
    closed: bool,
}

impl Receiver for Printer<'_> {
    fn columns(&mut self, columns: &[String]) -> io::Result<()> {
        // A statement without columns has no table.
        if !columns.is_empty() {
            self.document.before_result(self.out)?;
            self.table = Some(format::begin(self.format, self.out, columns, self.screen)?);
        }
        Ok(())
    }

    fn row(&mut self, values: Vec<Value>) -> io::Result<()> {
        let written = self.table.as_mut().map_or(Ok(()), |table| table.row(self.out, values));
        self.closed |= written.is_err();
        written
    }
}

/// A statement about transactions. Bolt has messages for these.
enum Control {
    Begin { read_only: bool },
    End { commit: bool },
}

/// The statement about transactions in a text, if it is one. Anything else goes to the server.
fn control(statement: &str) -> Option<Control> {
    // Statements about transactions are short; others need not be parsed twice.
    if statement.len() > 4096 {
        return None;
    }
    match Statement::parse(statement).ok()?.single()? {
        StatementKind::StartTransaction { read_only } => Some(Control::Begin { read_only }),
        StatementKind::Commit => Some(Control::End { commit: true }),
        StatementKind::Rollback => Some(Control::End { commit: false }),
        _ => None,
    }
}

impl Remote {
    /// Runs the statements of a script up to the first error, which it prints.
    pub fn run_script(&mut self, source: &Source) -> Result<(), Stop> {
        let statements = text::split_statements(&source.text).statements;
        for (index, range) in statements.iter().enumerate() {
            if self.interrupts.pressed() {
                let place = place(source, range);
                report::print(&Problem::message("the script was stopped with Ctrl-C"), Some(place));
                return Err(Stop::Failed);
            }
            let left = index + 1 < statements.len();
            self.run_statement(source, range).map_err(|stop| stop.with_work_left(left))?;
        }
        Ok(())
    }

    fn run_statement(&mut self, source: &Source, range: &Range<usize>) -> Result<(), Stop> {
        let begun = Instant::now();
        let statement = &source.text[range.clone()];
        let open = self.connection.in_transaction();
        let result = self.execute(statement);
        self.out.flush()?;
        if let Err(trouble) = result {
            let failure = match trouble {
                Trouble::Output(error) => return Err(error.into()),
                Trouble::Client(ClientError::Server(failure)) => failure,
                Trouble::Client(error) => {
                    ServerFailure { code: String::new(), gqlstatus: None, message: error.to_string(), offset: None }
                }
            };
            print_failure(&failure, statement, place(source, range));
            if open && !self.connection.in_transaction() {
                report::print_warning(None, "the transaction was rolled back");
            }
            return Err(Stop::Failed);
        }
        if self.view.timing {
            writeln!(self.out, "{}", seconds(begun.elapsed()))?;
            self.out.flush()?;
        }
        Ok(())
    }

    fn execute(&mut self, statement: &str) -> Result<(), Trouble> {
        match control(statement) {
            Some(Control::Begin { read_only }) => self.connection.begin(read_only)?,
            Some(Control::End { commit }) if self.connection.in_transaction() => self.connection.end(commit)?,
            // Without a transaction the server gives the error.
            _ => return self.query(statement),
        }
        if self.view.interactive {
            writeln!(self.out, "ok").map_err(Trouble::Output)?;
        }
        Ok(())
    }

    fn query(&mut self, statement: &str) -> Result<(), Trouble> {
        let interrupts = self.interrupts.clone();
        let (format, screen) = (self.view.format, self.view.screen(statement));
        let document = &mut self.document;
        let mut printer = Printer { out: &mut self.out, format, screen, document, table: None, closed: false };
        let ran = self.connection.run(statement, &self.params, &mut printer, &|| interrupts.pressed());
        let Printer { table, closed, .. } = printer;
        let summary = match ran {
            Ok(summary) => summary,
            Err(ClientError::Io(error)) if closed => return Err(Trouble::Output(error)),
            Err(error) => return Err(error.into()),
        };
        let had_table = table.is_some();
        if let Some(mut table) = table {
            table.end(&mut self.out).map_err(Trouble::Output)?;
        }
        self.out.flush().map_err(Trouble::Output)?;
        warnings(&summary);
        self.names_changed |= !had_table || !changes(&summary).is_empty();
        if self.view.interactive {
            let changes = changes(&summary);
            if !changes.is_empty() || !had_table {
                let text = if changes.is_empty() { "ok" } else { &changes };
                writeln!(self.out, "{text}").map_err(Trouble::Output)?;
            }
        }
        Ok(())
    }

    /// Prints a line of the shell's own to standard output.
    pub fn print(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }
}

/// Why a statement failed.
enum Trouble {
    Client(ClientError),
    Output(io::Error),
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        Trouble::Client(error)
    }
}

fn place<'s>(source: &'s Source, range: &Range<usize>) -> Place<'s> {
    source.place(range.start)
}

/// Prints a failure of the server, with a caret when the server gives the place.
fn print_failure(failure: &ServerFailure, statement: &str, place: Place<'_>) {
    let byte = |offset: usize| statement.char_indices().nth(offset).map_or(statement.len(), |(byte, _)| byte);
    // The caret shows the place: it is cut from the message.
    let message = match (failure.offset, failure.message.rfind(", at line ")) {
        (Some(_), Some(end)) => &failure.message[..end],
        _ => &failure.message,
    };
    let problem = Problem {
        status: failure.gqlstatus.as_deref(),
        message,
        hint: None,
        span: failure.offset.map(|offset| byte(offset)..byte(offset + 1)),
    };
    report::print(&problem, Some(place));
}

fn field<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Record(fields) = value else { return None };
    fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
}

/// Prints the warnings of a summary; the first status is that of the statement itself.
fn warnings(summary: &Value) {
    let Some(Value::List(statuses)) = field(summary, "statuses") else { return };
    for status in statuses.iter().filter(|status| field(status, "description").is_some()) {
        let text = |name| field(status, name).map(ToString::to_string);
        report::print_warning(text("gql_status").as_deref(), &text("description").unwrap_or_default());
    }
}

/// The changes of a statement, in words.
fn changes(summary: &Value) -> String {
    const NAMES: [(&str, &str); 7] = [
        ("nodes-created", "node inserted"),
        ("nodes-deleted", "node deleted"),
        ("relationships-created", "edge inserted"),
        ("relationships-deleted", "edge deleted"),
        ("properties-set", "property change"),
        ("labels-added", "label added"),
        ("labels-removed", "label removed"),
    ];
    let Some(stats) = field(summary, "stats") else { return String::new() };
    let count = |(name, words): (&str, &str)| match field(stats, name) {
        Some(Value::Int(count)) => {
            let (noun, rest) = words.split_once(' ').unwrap_or((words, ""));
            let plural = if noun == "property" {
                format!("{count} {words}{}", if *count == 1 { "" } else { "s" })
            } else {
                format!("{} {rest}", format::count(count.unsigned_abs(), noun))
            };
            Some(plural)
        }
        _ => None,
    };
    NAMES.into_iter().filter_map(count).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_known_by_their_words() {
        assert!(matches!(control(" start  transaction\nread only "), Some(Control::Begin { read_only: true })));
        assert!(matches!(control("COMMIT"), Some(Control::End { commit: true })));
        assert!(matches!(control("/* now */ BEGIN"), Some(Control::Begin { read_only: false })));
        assert!(matches!(control("ROLLBACK // all of it"), Some(Control::End { commit: false })));
        assert!(control("COMMIT 1").is_none() && control("RETURN 'COMMIT'").is_none());
        assert!(control("START TRANSACTION INSERT (:A) COMMIT").is_none());
    }

    #[test]
    fn changes_are_told_in_words() {
        let stats = Value::record([("nodes-created", Value::Int(2)), ("properties-set", Value::Int(1))]);
        assert_eq!(changes(&Value::record([("stats", stats)])), "2 nodes inserted, 1 property change");
        assert_eq!(changes(&Value::record([("db", Value::from("x"))])), "");
    }
}
