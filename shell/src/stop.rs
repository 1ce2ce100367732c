//! Why a run ends early, and its exit status.

use std::fmt::Display;
use std::io;
use std::path::Path;

use wenddb::{Error, ErrorKind};

use crate::report::{self, Problem};

/// Why a run ends early.
#[derive(Debug)]
pub enum Stop {
    /// A statement or command failed, and its error has been printed.
    Failed,
    /// A command failed, and its error has not been printed yet.
    Error(Error),
    /// The command line, or what it names, is wrong.
    Usage {
        /// GQLSTATUS, when the library gave one.
        status: Option<String>,
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// The same, which has been printed in another form.
    Told(Box<Stop>),
    /// The reader of standard output is gone (a closed pipe).
    Closed {
        /// Whether statements remain that do not run now.
        unfinished: bool,
    },
    /// Standard output cannot be written for another reason.
    Output(io::Error),
}

impl Stop {
    /// Wrong usage, with a hint unless it is empty.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        Stop::Usage { status: None, message: message.into(), hint: (!hint.is_empty()).then_some(hint) }
    }

    /// A file that cannot be read or written.
    pub fn file(doing: &str, path: &Path, error: impl Display) -> Self {
        Stop::usage(format!("cannot {doing} {}: {error}", path.display()), "")
    }

    /// The error of opening a database, a backup or an input: the user has to correct it.
    pub fn wrong(error: &Error) -> Self {
        Stop::Usage {
            status: Some(error.gqlstatus().to_owned()),
            message: error.message().to_owned(),
            hint: error.hint().map(str::to_owned),
        }
    }

    /// The error of a command on an open database: wrong usage or a failure, by its kind.
    pub fn command(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Usage | ErrorKind::Locked | ErrorKind::FormatVersion => Stop::wrong(&error),
            _ => Stop::Error(error),
        }
    }

    /// The exit status: 1 when a statement or command failed, 2 for wrong usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Stop::Failed | Stop::Error(_) | Stop::Output(_) => 1,
            Stop::Usage { .. } => 2,
            Stop::Told(stop) => stop.exit_code(),
            Stop::Closed { unfinished } => u8::from(*unfinished),
        }
    }

    /// The same, with work left.
    pub fn with_work_left(self, left: bool) -> Self {
        match self {
            Stop::Closed { unfinished } => Stop::Closed { unfinished: unfinished || left },
            other => other,
        }
    }

    /// Prints what has not been printed yet to standard error.
    pub fn print(&self) {
        match self {
            Stop::Failed | Stop::Told(_) | Stop::Closed { .. } => {}
            Stop::Error(error) => report::print(&Problem::of(error), None),
            Stop::Usage { status, message, hint } => {
                report::print(&Problem { status: status.as_deref(), message, hint: hint.as_deref(), span: None }, None);
            }
            Stop::Output(error) => {
                report::print(&Problem::message(&format!("cannot write standard output: {error}")), None);
            }
        }
    }
}

impl From<io::Error> for Stop {
    /// An error of writing standard output.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Stop::Closed { unfinished: false } } else { Stop::Output(error) }
    }
}
