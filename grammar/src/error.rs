//! The one error of this crate.

use crate::ast::Span;

/// Text that is not a statement of the subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", self.hint.as_deref().map(|h| format!(" ({h})")).unwrap_or_default())]
pub struct SyntaxError {
    /// The bytes at fault; empty at the end of the text.
    pub span: Span,
    /// What is wrong, in the user's words.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// `42001` for invalid syntax, `22003` for a number out of range, `42000` for a feature known and not supported.
    pub gqlstatus: &'static str,
}

impl SyntaxError {
    /// Invalid syntax.
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, gqlstatus: "42001" }
    }

    /// A feature of GQL that is known and left out.
    pub(crate) fn unsupported(span: Span, feature: &str) -> Self {
        Self { span, message: format!("{feature} are not supported"), hint: None, gqlstatus: "42000" }
    }

    /// A number too large.
    pub(crate) fn out_of_range(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, gqlstatus: "22003" }
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The result of everything here.
pub(crate) type Result<T> = std::result::Result<T, SyntaxError>;
