//! The one error of the library: a kind to match on, a GQLSTATUS, a message that says what to do, and where in the text.

use std::fmt;

pub use wend_grammar::ast::Span;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in the broad classes a program reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not GQL (42001, or 42000 for a feature that is not supported).
    Syntax,
    /// A name is unknown or used against the rules (42002, 42000).
    Binding,
    /// A result is not as it is read: it has no column of that name, no row where one is asked for, or more than one.
    Result,
    /// A value is wrong: type, range, cast, division by zero (class 22).
    Data,
    /// A rule of the graph is broken: duplicate `_id`, remaining edges, missing end node (class G1, G2).
    Constraint,
    /// The statement does not fit the state of the transaction (class 25, 2D).
    TransactionState,
    /// Another transaction wrote the same data first; run the transaction again (40000).
    Conflict,
    /// Writing or syncing a commit failed: it is there or not when the database is opened again (40003).
    OutcomeUnknown,
    /// The user's role does not allow it (42NFF).
    Permission,
    /// The statement was interrupted.
    Cancelled,
    /// The statement needs more memory than its limit allows.
    Memory,
    /// Another process has the database open (08000).
    Locked,
    /// The database has a format that this version does not read.
    FormatVersion,
    /// A file could not be read or written, or is not what it should be.
    Io,
    /// A row of an imported file is wrong.
    Import,
    /// A call of the library that cannot be meant.
    Usage,
    /// The stored data is damaged, or a bug of the database.
    Internal,
}

/// What an error is about, where a program that passes errors on tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// There is no graph of that name.
    Graph,
    /// There is no procedure of that name.
    Procedure,
    /// There is no function of that name.
    Function,
    /// A file that a statement names is not there, cannot be opened, or is none that a statement may read.
    File,
    /// There is an index or a constraint of that name, or of the same label and properties.
    Rule,
}

/// An error with its GQLSTATUS.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    gqlstatus: &'static str,
    message: String,
    hint: Option<String>,
    span: Option<Span>,
    subject: Option<Subject>,
}

impl Error {
    /// An error without hint and span.
    pub(crate) fn new(kind: ErrorKind, gqlstatus: &'static str, message: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, gqlstatus, message: message.into(), hint: None, span: None, subject: None }))
    }

    /// An error of a source of tables ([`TableSource`](crate::TableSource)): a table or a row that cannot be read.
    pub fn of_source(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Import, "22000", message)
    }

    /// A data exception (class 22).
    pub(crate) fn data(gqlstatus: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, gqlstatus, message)
    }

    /// A value of the wrong type (22G03).
    pub(crate) fn value_type(message: impl Into<String>) -> Self {
        Self::data("22G03", message)
    }

    /// A name that is not known (42002).
    pub(crate) fn reference(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Binding, "42002", message)
    }

    /// A result that is not as it is read.
    pub(crate) fn result(gqlstatus: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Result, gqlstatus, message)
    }

    /// Says what it is about.
    #[must_use]
    pub(crate) fn about(mut self, subject: Subject) -> Self {
        self.0.subject = Some(subject);
        self
    }

    /// A statement that breaks a rule of the language (42000).
    pub(crate) fn rule(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Binding, "42000", message)
    }

    /// A state that only damaged data or a bug can bring about.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, "22000", message)
    }

    /// Whether it is about the values that an expression met, rather than about the statement's end, its memory or the store.
    pub(crate) fn is_about_values(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Data | ErrorKind::Binding)
    }

    /// Adds a hint.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds a hint where there is one.
    #[must_use]
    pub(crate) fn with_hint_if(mut self, hint: Option<String>) -> Self {
        if hint.is_some() {
            self.0.hint = hint;
        }
        self
    }

    /// Says where, unless a narrower place is known already.
    #[must_use]
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// Says things by the names that the statement's text has for them: a deleted element (22G11), a function that is not known.
    /// `offset` is where the text begins in that which the places of errors count in.
    #[must_use]
    pub(crate) fn named_as_written(mut self, text: &str, offset: usize) -> Self {
        /// A longer expression is no name.
        const LONGEST: usize = 40;
        let named =
            self.0.span.and_then(|span| text.get(span.start.checked_sub(offset)?..span.end.checked_sub(offset)?));
        if self.0.gqlstatus == "22G11"
            && let Some(name) = named.filter(|name| !name.is_empty() && name.len() <= LONGEST)
            && let Some(rest) = ["the node was", "the edge was"].iter().find_map(|say| self.0.message.strip_prefix(say))
        {
            self.0.message = format!("`{name}` was{rest}");
        }
        if self.0.subject == Some(Subject::Function)
            && let Some((say, name)) = self.0.message.trim_end_matches('\'').split_once('\'')
            && let Some(written) = named.and_then(|named| named.get(..name.len()))
            && written.eq_ignore_ascii_case(name)
        {
            self.0.message = format!("{say}'{written}'");
        }
        self
    }

    /// What a program reacts to.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What it is about, where that is told apart.
    pub fn subject(&self) -> Option<Subject> {
        self.0.subject
    }

    /// The five characters of ISO/IEC 39075, for example `42001`.
    pub fn gqlstatus(&self) -> &str {
        self.0.gqlstatus
    }

    /// What happened, where, and what would be right.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// A suggestion.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The bytes of the text that the error is about.
    pub fn span(&self) -> Option<Span> {
        self.0.span
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.gqlstatus, self.0.message)?;
        if let Some(hint) = &self.0.hint {
            write!(f, " ({hint})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("gqlstatus", &self.0.gqlstatus)
            .field("message", &self.0.message)
            .field("hint", &self.0.hint)
            .field("span", &self.0.span)
            .finish()
    }
}

impl std::error::Error for Error {}

impl From<wend_grammar::SyntaxError> for Error {
    fn from(error: wend_grammar::SyntaxError) -> Self {
        Error::new(ErrorKind::Syntax, error.gqlstatus, error.message).with_hint_if(error.hint).at(error.span)
    }
}
