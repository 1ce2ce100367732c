//! A value of a call, as algorithms take it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value as it comes from a call; the engine converts its own values to this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Argument {
    /// No value: the parameter's default holds.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    String(String),
    /// A moment: seconds since 1970-01-01 00:00, local ones as if UTC.
    Time(f64),
    /// A length of time.
    Duration {
        /// Months of the calendar.
        months: i64,
        /// Seconds, a day being 86,400 of them.
        seconds: f64,
    },
    /// A list.
    List(Vec<Argument>),
    /// Named values.
    Record(Vec<(String, Argument)>),
}

impl Argument {
    fn type_name(&self) -> &'static str {
        match self {
            Argument::Null => "NULL",
            Argument::Bool(_) => "BOOL",
            Argument::Int(_) => "INT",
            Argument::Float(_) => "FLOAT",
            Argument::String(_) => "STRING",
            Argument::Time(_) => "DATETIME",
            Argument::Duration { .. } => "DURATION",
            Argument::List(_) => "LIST",
            Argument::Record(_) => "RECORD",
        }
    }
}

/// Type and value, shortened: `INT 0`, `STRING "x"`, `LIST of 3`.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())?;
        match self {
            Argument::Null => Ok(()),
            Argument::Bool(value) => write!(f, " {value}"),
            Argument::Int(value) => write!(f, " {value}"),
            Argument::Float(value) => write!(f, " {value:?}"),
            Argument::String(value) => write!(f, " {}", quote(value)),
            Argument::Time(seconds) => write!(f, " {seconds} s after 1970"),
            Argument::Duration { months, seconds } => write!(f, " of {months} months and {seconds} s"),
            Argument::List(items) => write!(f, " of {}", items.len()),
            Argument::Record(fields) => write!(f, " of {}", fields.len()),
        }
    }
}

/// A text in quotes, cut after 40 characters so that no message grows with its input.
pub(super) fn quote(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}
