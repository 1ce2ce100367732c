//! Errors for people: GQLSTATUS, message, place, the source line with a caret, a hint.
//!
//! ```text
//! error[42002]: the variable m is not known
//!  --> load.gql:3:18
//!   |
//! 3 | MATCH (n) RETURN m
//!   |                  ^
//! hint: known here: n
//! ```

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use wenddb::Error;

/// The characters shown on each side of the caret in a long line.
const AROUND: usize = 60;

/// The most characters of a line that is not cut.
const LONG_LINE: usize = 2 * AROUND + 30;

/// The most characters of a message or hint; a longer one is cut in its middle.
const LONG_MESSAGE: usize = 2000;

/// The parts of an error, without its place.
#[derive(Clone, Debug, Default)]
pub struct Problem<'a> {
    /// GQLSTATUS.
    pub status: Option<&'a str>,
    /// What happened.
    pub message: &'a str,
    /// The hint.
    pub hint: Option<&'a str>,
    /// The place, as bytes of the statement.
    pub span: Option<Range<usize>>,
}

impl<'a> Problem<'a> {
    /// An error of the library.
    pub fn of(error: &'a Error) -> Self {
        Problem {
            status: Some(error.gqlstatus()),
            message: error.message(),
            hint: error.hint(),
            span: error.span().map(|span| span.start..span.end),
        }
    }

    /// A message alone.
    pub fn message(message: &'a str) -> Self {
        Problem { message, ..Problem::default() }
    }
}

/// The place of a statement in a script.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The name of the script; none in the interactive shell.
    pub name: Option<&'a str>,
    /// The whole script.
    pub text: &'a str,
    /// The byte of the script where the statement begins.
    pub offset: usize,
    /// The number of lines before the text.
    pub lines: usize,
    /// The number of characters before the text on its first line.
    pub columns: usize,
}

/// Prints an error to standard error, in colour on a terminal unless `NO_COLOR` is set.
pub fn print(problem: &Problem<'_>, place: Option<Place<'_>>) {
    let text = render(problem, place, use_color(&io::stderr()));
    // When standard error is closed, nobody can be told.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints a warning to standard error.
pub fn print_warning(status: Option<&str>, message: &str) {
    let message = shortened(message);
    let title = with_status(Level::WARNING.primary_title(message), status);
    let text = renderer(use_color(&io::stderr())).render(&[Group::with_title(title)]);
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a stream takes colours.
pub fn use_color(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// An error as text, without a line end.
pub fn render(problem: &Problem<'_>, place: Option<Place<'_>>, color: bool) -> String {
    let renderer = renderer(color);
    let title = with_status(Level::ERROR.primary_title(shortened(problem.message)), problem.status);
    let mut parts = vec![renderer.render(&[Group::with_title(title)])];
    if let Some(place) = place {
        let span = problem.span.clone().unwrap_or(0..0);
        let mut line =
            Line::at(place.text, place.offset.saturating_add(span.start), place.offset.saturating_add(span.end));
        if line.number == 1 {
            line.column += place.columns;
        }
        line.number += place.lines;
        if let Some(name) = place.name {
            // Not drawn by the crate, which would count the columns of the cut line.
            let (on, off) = if color { ("\x1b[1;94m", "\x1b[0m") } else { ("", "") };
            let margin = line.number.to_string().len();
            parts.push(format!("{:margin$}{on}-->{off} {name}:{}:{}", "", line.number, line.column));
        }
        if problem.span.is_some() {
            let (text, span) = line.cut();
            let snippet = Snippet::source(text).line_start(line.number).annotation(AnnotationKind::Primary.span(span));
            let body = renderer.render(&[Group::with_level(Level::ERROR).element(snippet)]);
            parts.push(body);
        }
    }
    if let Some(hint) = problem.hint {
        let title = Level::HELP.with_name("hint").secondary_title(shortened(hint));
        parts.push(renderer.render(&[Group::with_title(title)]));
    }
    parts.join("\n")
}

/// Adds the status to a title.
fn with_status<'a>(title: annotate_snippets::Title<'a>, status: Option<&'a str>) -> annotate_snippets::Title<'a> {
    match status {
        Some(status) => title.id(status),
        None => title,
    }
}

/// The style of errors.
fn renderer(color: bool) -> Renderer {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(LONG_LINE + 20)
}

/// Cuts a long message in its middle.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= LONG_MESSAGE {
        return Cow::Borrowed(text);
    }
    let head = boundary_before(text, LONG_MESSAGE / 2);
    let tail = boundary_after(text, text.len() - LONG_MESSAGE / 4);
    Cow::Owned(format!("{} … {}", &text[..head], &text[tail..]))
}

/// The last character boundary at or before a byte.
fn boundary_before(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (0..=byte).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

/// The first character boundary at or after a byte.
fn boundary_after(text: &str, byte: usize) -> usize {
    (byte..text.len()).find(|index| text.is_char_boundary(*index)).unwrap_or(text.len())
}

/// The line of a place.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    /// The number, from 1.
    number: usize,
    /// The number of characters before the place, plus 1.
    column: usize,
    /// The line without its end.
    text: &'a str,
    /// The marked bytes of the line, at most up to its end.
    span: Range<usize>,
}

impl<'a> Line<'a> {
    /// The line of `start`; places outside of `text` count as its end.
    fn at(text: &'a str, start: usize, end: usize) -> Self {
        let start = boundary_before(text, start);
        let end = boundary_after(text, end).max(start);
        let first = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let last = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let line = text[first..last].strip_suffix('\r').unwrap_or(&text[first..last]);
        let from = (start - first).min(line.len());
        let to = (end - first).min(line.len()).max(from);
        Line {
            number: text.as_bytes()[..first].iter().filter(|byte| **byte == b'\n').count() + 1,
            column: text[first..start].chars().count() + 1,
            text: line,
            span: from..to,
        }
    }

    /// The part of the line to show, and the bytes of it to mark.
    fn cut(&self) -> (Cow<'a, str>, Range<usize>) {
        if self.text.len() <= LONG_LINE {
            return (Cow::Borrowed(self.text), self.span.clone());
        }
        let (before, rest) = self.text.split_at(self.span.start);
        let from = before.char_indices().rev().nth(AROUND - 1).map_or(0, |(index, _)| index);
        let marked = &rest[..self.span.len()];
        let marked_to = marked.char_indices().nth(AROUND).map_or(marked.len(), |(index, _)| index);
        let to = rest.char_indices().skip_while(|(index, _)| *index < marked_to).nth(AROUND);
        let to = to.map_or(rest.len(), |(index, _)| index);
        let left = if from > 0 { "… " } else { "" };
        let right = if to < rest.len() { " …" } else { "" };
        let start = left.len() + before.len() - from;
        (Cow::Owned(format!("{left}{}{}{right}", &before[from..], &rest[..to])), start..start + marked_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, offset: usize, span: Range<usize>, name: Option<&str>) -> String {
        let problem = Problem { status: Some("42001"), message: "no", hint: Some("try"), span: Some(span) };
        render(&problem, Some(Place { name, text, offset, lines: 0, columns: 0 }), false)
    }

    #[test]
    fn caret_stands_under_the_span() {
        let text = "RETURN 1;\nMATCH (n)\nRETURN m";
        assert_eq!(
            shown(text, 10, 17..18, Some("a.gql")),
            "error[42001]: no\n --> a.gql:3:8\n  |\n3 | RETURN m\n  |        ^\nhint: try"
        );
    }

    #[test]
    fn shell_names_no_file() {
        assert_eq!(shown("RETURN m", 0, 7..8, None), "error[42001]: no\n  |\n1 | RETURN m\n  |        ^\nhint: try");
    }

    #[test]
    fn columns_count_characters() {
        let line = Line::at("RETURN 'äö€', m", "RETURN 'äö€', ".len(), "RETURN 'äö€', m".len());
        assert_eq!((line.number, line.column), (1, 15));
        assert!(shown("RETURN 'äö€', m", 0, 18..19, None).contains("\n  |               ^"));
    }

    #[test]
    fn tabs_keep_the_caret_in_place() {
        let text = shown("\tRETURN\tm", 0, 8..9, None);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2].find('m'), lines[3].find('^'), "{text}");
    }

    #[test]
    fn end_of_text_has_a_caret() {
        assert!(shown("RETURN", 0, 6..6, None).contains("1 | RETURN\n  |       ^"));
        assert!(shown("RETURN\n", 0, 7..7, None).contains('^'));
        assert!(shown("", 0, 0..0, None).contains('^'));
        assert!(shown("ab", 0, 70..90, None).contains('^'));
        assert!(shown("RETURN 1\r\nx", 0, 7..30, None).contains("RETURN 1\n  |        ^"));
    }

    #[test]
    fn spans_inside_a_character_are_widened() {
        let line = Line::at("ä", 1, 1);
        assert_eq!(line.span, 0..2);
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("RETURN '{}' m '{}'", "ä".repeat(5_000_000), "x".repeat(5_000_000));
        let at = text.find(" m ").unwrap() + 1;
        let shown = shown(&text, 0, at..at + 1, Some("-c"));
        assert!(shown.len() < 1500, "{}", shown.len());
        assert!(shown.contains("--> -c:1:5000011"), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let column = |line: &str, c| line.chars().position(|other| other == c);
        assert_eq!(column(lines[3], 'm'), column(lines[4], '^'), "{shown}");
        // A long span.
        let long = Line::at(&text, 7, text.len());
        let (cut, span) = long.cut();
        assert!(cut.chars().count() <= LONG_LINE && cut.starts_with("RETURN '"), "{cut}");
        assert!(span.end <= cut.len());
    }

    #[test]
    fn long_messages_are_cut() {
        let message = "ä".repeat(1_000_000);
        assert!(render(&Problem::message(&message), None, false).len() < 2 * LONG_MESSAGE);
    }

    #[test]
    fn a_problem_without_a_span_still_says_where() {
        let problem = Problem { status: Some("22012"), message: "no", ..Problem::default() };
        let place = Place { name: Some("a.gql"), text: "A;\n B", offset: 4, lines: 0, columns: 0 };
        assert_eq!(render(&problem, Some(place), false), "error[22012]: no\n --> a.gql:2:2");
    }
}
