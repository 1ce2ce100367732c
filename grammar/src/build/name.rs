//! Identifiers and names.

use super::{P, span};
use crate::ast::Ident;
use crate::build::literal;
use crate::error::{Result, SyntaxError};

/// An identifier or a name without its delimiters.
pub(super) fn ident(pair: &P<'_>) -> Result<Ident> {
    let span = span(pair);
    let name = literal::undelimited(pair.as_str().trim_end(), span)?;
    if name.is_empty() {
        return Err(SyntaxError::new(span, "a name cannot be empty"));
    }
    Ok(Ident { name, span })
}

/// A name of one part or more, joined by points.
pub(super) fn dotted(pair: P<'_>) -> Result<Ident> {
    let span = span(&pair);
    let mut name = String::new();
    for part in pair.into_inner() {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&ident(&part)?.name);
    }
    Ok(Ident { name, span })
}

/// The name of a parameter, without `$`.
pub(super) fn parameter(pair: &P<'_>) -> Result<Ident> {
    let span = span(pair);
    let text = pair.as_str().trim_end();
    let name = literal::undelimited(text.strip_prefix('$').unwrap_or(text), span)?;
    Ok(Ident { name, span })
}
