//! Failures as clients receive them: an engine's error with the codes by which drivers decide what to do.

use wend_bolt::{
    packstream::{DecodeError, Encoder},
    version::Version,
};
use wenddb::{Error, ErrorKind, Subject};

/// The most bytes of a message sent to a client: an error can quote megabytes of the client's own statement.
const LONGEST_MESSAGE: usize = 4096;

/// A failure for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The code, `Neo.Class.Category.Title`: drivers decide by it.
    pub code: &'static str,
    /// GQLSTATUS, five characters of ISO/IEC 39075.
    pub gqlstatus: String,
    /// The message: what is wrong, and what would be right.
    pub message: String,
    /// The place in the statement: offset in characters from 0, line and column from 1.
    pub position: Option<(usize, usize, usize)>,
    /// How many characters from there the error is about.
    pub length: usize,
}

impl Failure {
    /// A failure without a place.
    pub fn new(code: &'static str, gqlstatus: &str, message: impl Into<String>) -> Self {
        Failure { code, gqlstatus: gqlstatus.to_owned(), message: message.into(), position: None, length: 0 }
    }

    /// A message that breaks the protocol.
    pub fn request(message: impl Into<String>) -> Self {
        Self::new("Neo.ClientError.Request.Invalid", "08000", message)
    }

    /// A message that cannot be decoded.
    pub fn decode(error: &DecodeError) -> Self {
        Self::new("Neo.ClientError.Request.InvalidFormat", "08000", error.to_string())
    }

    /// A failed login. The message is the same whether the user or the password is wrong.
    pub fn unauthorized() -> Self {
        Self::new("Neo.ClientError.Security.Unauthorized", "42NFF", "the user or the password is wrong")
    }

    /// A statement that exceeded its time limit.
    pub fn timed_out() -> Self {
        Self::new(
            "Neo.ClientError.Transaction.TransactionTimedOut",
            "25N14",
            "the statement took longer than it may; nothing of it was kept",
        )
    }

    /// A defect of the server.
    pub fn internal() -> Self {
        Self::new(
            "Neo.DatabaseError.General.UnknownError",
            "50N42",
            "the server met a state that it should not; its log says more",
        )
    }

    /// An error of the engine.
    pub fn engine(error: &Error, statement: &str) -> Self {
        let position = error.span().map(|span| position(statement, span.start));
        let about = error.span().and_then(|span| statement.get(span.start..span.end));
        let length = about.map_or(0, |text| text.chars().count());
        let mut message = error.message().to_owned();
        if let Some(hint) = error.hint() {
            message.push_str(&format!(" ({hint})"));
        }
        if let Some((_, line, column)) = position {
            message.push_str(&format!(", at line {line}, column {column}"));
        }
        Failure { code: code(error), gqlstatus: error.gqlstatus().to_owned(), message, position, length }
    }

    /// The message, cut to the most bytes that are sent.
    pub fn shown_message(&self) -> String {
        shortened(&self.message)
    }

    /// `CLIENT_ERROR`, `TRANSIENT_ERROR` or `DATABASE_ERROR`.
    fn classification(&self) -> &'static str {
        match self.code.split('.').nth(1) {
            Some("ClientError") => "CLIENT_ERROR",
            Some("TransientError") => "TRANSIENT_ERROR",
            _ => "DATABASE_ERROR",
        }
    }

    /// Appends the map of a FAILURE in Bolt.
    pub fn encode(&self, out: &mut Encoder, version: Version) {
        let message = shortened(&self.message);
        if !version.has_gql_failures() {
            out.map(2).string("code").string(self.code).string("message").string(&message);
            return;
        }
        let classification = self.classification();
        let description = match classification {
            "CLIENT_ERROR" => format!("error: {message}"),
            "TRANSIENT_ERROR" => format!("error: {message} (it can be tried again)"),
            _ => format!("error: in the database: {message}"),
        };
        out.map(5).string("neo4j_code").string(self.code).string("message").string(&message);
        out.string("gql_status").string(&self.gqlstatus).string("description").string(&description);
        out.string("diagnostic_record").map(if self.position.is_some() { 5 } else { 4 });
        out.string("OPERATION").string("").string("OPERATION_CODE").string("0");
        out.string("CURRENT_SCHEMA").string("/").string("_classification").string(classification);
        if let Some((offset, line, column)) = self.position {
            out.string("_position").map(3).string("offset").int(offset as i64);
            out.string("line").int(line as i64).string("column").int(column as i64);
        }
    }
}

/// The code of an engine's error. Drivers retry a transaction after a `TransientError` only.
fn code(error: &Error) -> &'static str {
    match error.subject() {
        Some(Subject::Graph) => return "Neo.ClientError.Database.DatabaseNotFound",
        Some(Subject::Procedure) => return "Neo.ClientError.Procedure.ProcedureNotFound",
        // Neo4j reports an unknown function as a syntax error.
        Some(Subject::Function) => return "Neo.ClientError.Statement.SyntaxError",
        Some(Subject::Rule) => return "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
        Some(Subject::File) => return "Neo.ClientError.Statement.ExternalResourceFailed",
        _ => {}
    }
    match error.kind() {
        ErrorKind::Syntax => "Neo.ClientError.Statement.SyntaxError",
        ErrorKind::Binding => "Neo.ClientError.Statement.SemanticError",
        ErrorKind::Data => match error.gqlstatus() {
            "22G03" => "Neo.ClientError.Statement.TypeError",
            "22012" => "Neo.ClientError.Statement.ArithmeticError",
            _ => "Neo.ClientError.Statement.ArgumentError",
        },
        ErrorKind::Constraint => "Neo.ClientError.Schema.ConstraintValidationFailed",
        ErrorKind::TransactionState if error.gqlstatus() == "25G03" => "Neo.ClientError.Statement.AccessMode",
        ErrorKind::TransactionState => "Neo.ClientError.Transaction.TransactionStartFailed",
        ErrorKind::Permission => "Neo.ClientError.Security.Forbidden",
        ErrorKind::Conflict => "Neo.TransientError.Transaction.Outdated",
        // Not transient: a retry could apply the changes twice.
        ErrorKind::OutcomeUnknown => "Neo.DatabaseError.Transaction.TransactionCommitFailed",
        ErrorKind::Cancelled => "Neo.ClientError.Transaction.Terminated",
        ErrorKind::Memory => "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        ErrorKind::Import | ErrorKind::Usage => "Neo.ClientError.Statement.ArgumentError",
        ErrorKind::Io => "Neo.DatabaseError.General.UnknownError",
        _ => "Neo.DatabaseError.Statement.ExecutionFailed",
    }
}

/// The offset in characters, line and column of a byte of a text.
fn position(text: &str, byte: usize) -> (usize, usize, usize) {
    let before = text.get(..byte.min(text.len())).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (before.chars().count(), line, column)
}

fn shortened(message: &str) -> String {
    if message.len() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let mut end = LONGEST_MESSAGE;
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &message[..end])
}
