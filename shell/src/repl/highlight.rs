//! Syntax highlighting of the input, by the tokens of the library.

use std::borrow::Cow;

use wenddb::text::{self, TokenKind};

/// Longer texts are not highlighted, so that typing remains fast.
const LONGEST: usize = 1 << 16;

const RESET: &str = "\x1b[0m";

/// Highlights `line`, which continues `before`.
pub fn highlight<'a>(before: &str, line: &'a str) -> Cow<'a, str> {
    if line.is_empty() || before.len() + line.len() > LONGEST {
        return Cow::Borrowed(line);
    }
    if before.is_empty() && line.trim_start().starts_with('.') {
        return Cow::Owned(format!("\x1b[36m{line}{RESET}"));
    }
    let text = format!("{before}{line}");
    let mut shown = String::with_capacity(line.len() + 64);
    let mut done = before.len();
    for token in text::tokens(&text) {
        let (start, end) = (token.span.start.max(done), token.span.end);
        let (Some(color), true) = (color(token.kind), start < end) else { continue };
        let (Some(between), Some(content)) = (text.get(done..start), text.get(start..end)) else { continue };
        shown.push_str(between);
        shown.push_str(color);
        shown.push_str(content);
        shown.push_str(RESET);
        done = end;
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(shown)
}

/// The style of a kind of token.
fn color(kind: TokenKind) -> Option<&'static str> {
    match kind {
        TokenKind::Keyword => Some("\x1b[1;34m"),
        TokenKind::Function => Some("\x1b[36m"),
        TokenKind::String => Some("\x1b[32m"),
        TokenKind::Number => Some("\x1b[35m"),
        TokenKind::Parameter => Some("\x1b[33m"),
        TokenKind::Comment => Some("\x1b[90m"),
        TokenKind::Unknown => Some("\x1b[31m"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes the colours away again.
    fn stripped(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('\x1b') {
            plain.push_str(&rest[..at]);
            rest = rest[at..].split_once('m').map_or("", |(_, after)| after);
        }
        plain + rest
    }

    #[test]
    fn text_stays_the_same() {
        for line in ["MATCH (n:Person {name: 'ä'}) RETURN $x, 1.5 // end", "", ".help", "'open", "ö`ß", "/* open"] {
            assert_eq!(stripped(&highlight("", line)), line);
            assert_eq!(stripped(&highlight("RETURN 'a\n", line)), line);
        }
    }

    #[test]
    fn strings_go_on_over_lines() {
        let shown = highlight("RETURN 'a\n", "MATCH' RETURN");
        assert!(shown.starts_with("\x1b[32mMATCH'"), "{shown:?}");
    }

    #[test]
    fn keywords_have_a_colour() {
        assert!(highlight("", "MATCH").starts_with("\x1b[1;34mMATCH"));
    }
}
