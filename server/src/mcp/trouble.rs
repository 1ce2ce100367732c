//! Errors as a model reads them: the status, the message, the line with a caret below the place, and a hint, by which it can mend
//! its statement.

use wenddb::{Error, ErrorKind};

/// The most characters of a message or hint.
const LONGEST: usize = 2000;

/// The characters of a long line that are shown around the place.
const AROUND: usize = 60;

/// An error of a statement with this text.
pub(crate) fn explain(error: &Error, statement: &str) -> String {
    explain_as(error, statement, error.message(), error.hint())
}

/// The same in other words.
pub(crate) fn explain_as(error: &Error, statement: &str, message: &str, hint: Option<&str>) -> String {
    let mut text = format!("error {}: {}", error.gqlstatus(), shortened(message));
    if let Some(span) = error.span() {
        let place = Place::new(statement, span.start, span.end);
        text.push_str(&format!("\nat line {}, column {}:\n{}", place.line, place.column, place.picture()));
    }
    if let Some(hint) = hint {
        text.push_str(&format!("\nhint: {}", shortened(hint)));
    }
    text
}

/// Whether an error says that the session may not do this, whatever the statement.
pub(crate) fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Permission || error.gqlstatus() == "25G03"
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}

/// A place in a text.
struct Place {
    line: usize,
    column: usize,
    text: String,
    width: usize,
}

impl Place {
    fn new(text: &str, start: usize, end: usize) -> Self {
        let floor = |byte: usize| {
            (0..=byte.min(text.len())).rev().find(|byte| text.is_char_boundary(*byte)).unwrap_or_default()
        };
        let (start, end) = (floor(start), floor(end.max(start)));
        let before = text.get(..start).unwrap_or_default();
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(begin..).unwrap_or_default().lines().next().unwrap_or_default();
        let width = text.get(start..end).unwrap_or_default().lines().next().unwrap_or_default().chars().count();
        Place {
            line: before.matches('\n').count() + 1,
            column: text.get(begin..start).unwrap_or_default().chars().count() + 1,
            text: line.to_owned(),
            width: width.max(1),
        }
    }

    /// The line, cut around the place, and carets below it.
    fn picture(&self) -> String {
        let first = (self.column - 1).saturating_sub(AROUND);
        let shown: String = self.text.chars().skip(first).take(2 * AROUND).collect();
        let shown: String = shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let at = self.column - 1 - first;
        let width = self.width.min(shown.chars().count().saturating_sub(at)).max(1);
        format!("  {shown}\n  {}{}", " ".repeat(at), "^".repeat(width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_show_their_place() {
        let mut session = wenddb::Database::in_memory().unwrap().session();
        let text = "MATCH (n)\nRETURN m";
        let said = explain(&session.execute(text, ()).unwrap_err(), text);
        assert!(
            said.starts_with("error 42002: ") && said.contains("at line 2, column 8:\n  RETURN m\n         ^"),
            "{said}"
        );
        let text = format!("RETURN '{}' + x", "ä".repeat(500));
        let said = explain(&session.execute(&text, ()).unwrap_err(), &text);
        assert!(said.chars().count() < 400 && said.contains('^'), "{said}");
    }

    #[test]
    fn any_place_can_be_shown() {
        for text in ["", "ä", "a\nb", "\n\n", "x\r\ny"] {
            for start in 0..8 {
                for end in 0..8 {
                    assert!(Place::new(text, start, end).picture().contains('^'));
                }
            }
        }
    }
}
