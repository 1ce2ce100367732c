//! Errors of the engine as exceptions of the package.

use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    sync::PyOnceLock,
};
use wenddb::ErrorKind;

/// The function that makes exceptions.
static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Why a piece of work failed, before it is an exception.
pub(crate) enum Failure {
    /// The engine refused.
    Engine(wenddb::Error),
    /// What was given does not fit.
    Data(String),
    /// The code panicked, which is a bug.
    Panic(String),
    /// The database was closed.
    Closed,
}

impl From<wenddb::Error> for Failure {
    fn from(error: wenddb::Error) -> Self {
        Failure::Engine(error)
    }
}

impl From<wend_arrow::Error> for Failure {
    fn from(error: wend_arrow::Error) -> Self {
        match error {
            wend_arrow::Error::Database(error) => Failure::Engine(error),
            error => Failure::Data(error.to_string()),
        }
    }
}

impl Failure {
    /// The exception; `text` is the statement that it is about.
    pub(crate) fn into_exception(self, py: Python<'_>, text: Option<&str>) -> PyErr {
        match self {
            Failure::Engine(error) => exception(py, &error, text),
            Failure::Data(message) => made(py, "Data", "22G03", &message, None, None, None),
            Failure::Panic(message) => {
                let message = format!("a bug of WendDB: {message}");
                let hint = "the statement left nothing behind and the database is usable; please report it";
                made(py, "Internal", "22000", &message, Some(hint), None, text)
            }
            Failure::Closed => {
                let message = "the database was closed";
                made(py, "Usage", "08003", message, Some("wenddb.connect(path) opens it again"), None, text)
            }
        }
    }

    /// The message alone.
    pub(crate) fn message(&self) -> String {
        match self {
            Failure::Engine(error) => format!("[{}] {}", error.gqlstatus(), error.message()),
            Failure::Data(message) | Failure::Panic(message) => message.clone(),
            Failure::Closed => "the database was closed".to_owned(),
        }
    }
}

/// The exception of a process that was forked from the one that opened the database.
pub(crate) fn forked(py: Python<'_>, opened_by: u32) -> PyErr {
    let message = format!(
        "the database was opened by process {opened_by}, from which this one was forked: none of its threads are here, and a \
         write would destroy what the other writes"
    );
    let hint = "open it after the fork, or use the start method \"spawn\" (multiprocessing.set_start_method)";
    made(py, "Forked", "08000", &message, Some(hint), None, None)
}

fn exception(py: Python<'_>, error: &wenddb::Error, text: Option<&str>) -> PyErr {
    // Python counts characters, the engine bytes.
    let characters = |text: &str, bytes: usize| text.get(..bytes).map(|before| before.chars().count());
    let span = text
        .zip(error.span())
        .and_then(|(text, span)| Some((characters(text, span.start)?, characters(text, span.end)?)));
    made(py, kind(error.kind()), error.gqlstatus(), error.message(), error.hint(), span, text)
}

fn made(
    py: Python<'_>,
    kind: &str,
    gqlstatus: &str,
    message: &str,
    hint: Option<&str>,
    span: Option<(usize, usize)>,
    text: Option<&str>,
) -> PyErr {
    let make = MAKE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("wenddb._errors")?.getattr("make")?.unbind()));
    match make.and_then(|make| make.bind(py).call1((kind, gqlstatus, message, hint, span, text))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Syntax => "Syntax",
        ErrorKind::Binding => "Binding",
        ErrorKind::Result => "Result",
        ErrorKind::Data => "Data",
        ErrorKind::Constraint => "Constraint",
        ErrorKind::TransactionState => "TransactionState",
        ErrorKind::Conflict => "Conflict",
        ErrorKind::OutcomeUnknown => "OutcomeUnknown",
        ErrorKind::Permission => "Permission",
        ErrorKind::Cancelled => "Cancelled",
        ErrorKind::Memory => "Memory",
        ErrorKind::Locked => "Locked",
        ErrorKind::FormatVersion => "FormatVersion",
        ErrorKind::Io => "Io",
        ErrorKind::Import => "Import",
        ErrorKind::Usage => "Usage",
        _ => "Internal",
    }
}

/// An argument that does not fit.
pub(crate) fn wrong(message: impl Into<String>) -> PyErr {
    PyValueError::new_err(message.into())
}

/// A state that should not be.
pub(crate) fn broken(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}
