//! The one error of this crate.

use crate::ast::Span;

/// A text that is not GQL, or not in the supported subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", self.hint.as_deref().map(|h| format!(" ({h})")).unwrap_or_default())]
pub struct SyntaxError {
    /// The place, in bytes; empty at the end of the text.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// The hint: what to write instead.
    pub hint: Option<String>,
    /// GQLSTATUS: `42001` for invalid syntax, `22003` for a number out of range, `42000` for a feature that is not
    /// supported.
    pub gqlstatus: &'static str,
}

impl SyntaxError {
    /// Invalid syntax.
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, gqlstatus: "42001" }
    }

    /// A feature of GQL that is recognised and not supported.
    pub(crate) fn unsupported(span: Span, feature: &str) -> Self {
        Self { span, message: format!("{feature} are not supported"), hint: None, gqlstatus: "42000" }
    }

    /// A number out of range.
    pub(crate) fn out_of_range(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None, gqlstatus: "22003" }
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The result of functions in this crate.
pub(crate) type Result<T> = std::result::Result<T, SyntaxError>;
