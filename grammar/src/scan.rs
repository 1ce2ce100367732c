//! The scan before the parser: it blanks comments, pairs brackets, finds unclosed ones, and limits the nesting.

use std::borrow::Cow;
use std::ops::Range;

use crate::ast::Span;
use crate::error::{Result, SyntaxError};
use crate::lex::{Kind, Lexeme, Lexer, Resume};

/// The most levels of brackets, CASE, list types and runs of prefix operators.
pub const MAX_DEPTH: usize = 256;

/// The result of the scan.
pub(crate) struct Scanned<'a> {
    /// The text with every comment replaced by spaces, byte for byte.
    pub text: Cow<'a, str>,
    /// The deepest level of nesting.
    pub depth: usize,
}

/// An open bracket, CASE or LET.
#[derive(Clone, Copy)]
struct Open {
    what: u8,
    at: usize,
}

/// `what` of a CASE or LET that needs an END.
const WORD: u8 = b'E';

struct Scan<'a> {
    text: &'a str,
    stack: Vec<Open>,
    brackets: usize,
    angles: usize,
    run: usize,
    depth: usize,
    comments: Vec<Range<usize>>,
    /// The last two lexemes.
    previous: Option<Lexeme>,
    earlier: Option<Lexeme>,
}

pub(crate) fn scan(text: &str) -> Result<Scanned<'_>> {
    let mut scan = Scan {
        text,
        stack: Vec::new(),
        brackets: 0,
        angles: 0,
        run: 0,
        depth: 0,
        comments: Vec::new(),
        previous: None,
        earlier: None,
    };
    for lexeme in Lexer::new(text) {
        if lexeme.kind == Kind::Comment && lexeme.closed {
            scan.comments.push(lexeme.start..lexeme.end);
            continue;
        }
        scan.lexeme(lexeme)?;
        scan.earlier = scan.previous.replace(lexeme);
    }
    scan.all_closed()?;
    let depth = scan.depth;
    Ok(Scanned { text: blank(text, &scan.comments), depth })
}

/// Replaces the ranges by spaces.
fn blank<'a>(text: &'a str, comments: &[Range<usize>]) -> Cow<'a, str> {
    if comments.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for comment in comments {
        out.push_str(text.get(at..comment.start).unwrap_or_default());
        // Line breaks stay, so that an error after the comment is shown with its own line.
        out.extend(text.get(comment.clone()).unwrap_or_default().bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
        at = comment.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Cow::Owned(out)
}

fn closer(open: u8) -> char {
    match open {
        b'(' => ')',
        b'[' => ']',
        _ => '}',
    }
}

fn here(lexeme: Lexeme) -> Span {
    Span { start: lexeme.start, end: lexeme.end }
}

impl Scan<'_> {
    fn slice(&self, lexeme: Lexeme) -> &str {
        self.text.get(lexeme.start..lexeme.end).unwrap_or_default()
    }

    fn previous_text(&self) -> &str {
        self.previous.map(|l| self.slice(l)).unwrap_or_default()
    }

    fn lexeme(&mut self, lexeme: Lexeme) -> Result<()> {
        if !lexeme.closed {
            return Err(self.unterminated(lexeme));
        }
        let was_run = std::mem::take(&mut self.run);
        let bytes = self.text.as_bytes();
        let first = bytes.get(lexeme.start).copied().unwrap_or_default();
        match lexeme.kind {
            Kind::Bracket => match first {
                b'(' | b'[' | b'{' => {
                    self.brackets += 1;
                    self.stack.push(Open { what: first, at: lexeme.start });
                }
                _ => self.close(lexeme, char::from(first))?,
            },
            Kind::Word => self.word(lexeme, was_run),
            Kind::Operator => match first {
                b'-' | b'+' | b'!' if lexeme.end == lexeme.start + 1 => self.run = was_run + 1,
                b'<' if matches!(self.previous, Some(p) if p.kind == Kind::Word)
                    && (self.previous_text().eq_ignore_ascii_case("list")
                        || self.previous_text().eq_ignore_ascii_case("array")) =>
                {
                    self.angles += 1;
                }
                b'>' => self.angles = self.angles.saturating_sub(lexeme.end - lexeme.start),
                _ => {}
            },
            Kind::Punctuation if first == b';' => {
                self.all_closed()?;
                self.stack.clear();
                self.angles = 0;
            }
            _ => {}
        }
        let depth = self.stack.len() + self.angles + self.run;
        self.depth = self.depth.max(depth);
        if depth > MAX_DEPTH {
            return Err(SyntaxError::new(
                here(lexeme),
                format!("the statement nests more than {MAX_DEPTH} levels deep"),
            ));
        }
        Ok(())
    }

    fn word(&mut self, lexeme: Lexeme, was_run: usize) {
        let word = self.slice(lexeme);
        if word.len() > 4 {
            return;
        }
        let as_name = matches!(self.previous_text(), "." | ":") || self.previous_text().eq_ignore_ascii_case("as");
        let as_key = self.text.get(lexeme.end..).unwrap_or_default().trim_start().starts_with(':');
        if as_name || as_key {
            return;
        }
        let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
        if is("not") {
            self.run = was_run + 1;
        } else if is("case") || (is("let") && self.let_is_expression()) {
            self.stack.push(Open { what: WORD, at: lexeme.start });
        } else if is("end") && self.stack.last().is_some_and(|o| o.what == WORD) {
            self.stack.pop();
        }
    }

    /// After an operator or a keyword that precedes an operand, `LET` begins an expression; after an operand, a clause.
    fn let_is_expression(&self) -> bool {
        const BEFORE: &[&str] = &[
            "and", "by", "case", "contains", "delete", "distinct", "else", "filter", "from", "in", "limit", "not",
            "or", "return", "then", "unwind", "when", "where", "with", "xor",
        ];
        let Some(previous) = self.previous else { return false };
        let text = self.slice(previous);
        match previous.kind {
            Kind::Word => BEFORE.iter().any(|w| text.eq_ignore_ascii_case(w)),
            // `WITH * LET` begins a clause; `a * LET` an expression.
            Kind::Operator if text == "*" => !self.earlier.is_some_and(|e| {
                e.kind == Kind::Word
                    && ["with", "return", "distinct", "yield"].iter().any(|w| self.slice(e).eq_ignore_ascii_case(w))
            }),
            Kind::Operator => true,
            Kind::Bracket => matches!(text, "(" | "["),
            Kind::Punctuation => matches!(text, "," | ":" | ".."),
            _ => false,
        }
    }

    fn close(&mut self, lexeme: Lexeme, bracket: char) -> Result<()> {
        while self.stack.last().is_some_and(|o| o.what == WORD) {
            self.stack.pop();
        }
        let Some(open) = self.stack.pop() else {
            return Err(SyntaxError::new(here(lexeme), format!("`{bracket}` closes nothing")));
        };
        if closer(open.what) != bracket {
            let what = char::from(open.what);
            return Err(SyntaxError::new(here(lexeme), format!("`{bracket}` does not close the `{what}` before it"))
                .hint(format!("`{}` is expected first, for the `{what}` at byte {}", closer(open.what), open.at)));
        }
        self.brackets -= 1;
        Ok(())
    }

    fn all_closed(&self) -> Result<()> {
        match self.stack.iter().rev().find(|o| o.what != WORD) {
            Some(open) => {
                let span = Span { start: open.at, end: open.at + 1 };
                Err(SyntaxError::new(span, format!("`{}` is never closed", char::from(open.what)))
                    .hint(format!("a `{}` is missing", closer(open.what))))
            }
            None => Ok(()),
        }
    }

    fn unterminated(&self, lexeme: Lexeme) -> SyntaxError {
        let text = self.slice(lexeme);
        let (what, end) = match lexeme.kind {
            Kind::Comment => ("this comment", "*/"),
            Kind::Backticks => ("this identifier", "`"),
            Kind::Parameter => ("this parameter name", "a closing quote"),
            _ if text.starts_with('"') => ("this string", "\""),
            _ => ("this string", "'"),
        };
        let start = Span { start: lexeme.start, end: lexeme.start + 1 };
        SyntaxError::new(start, format!("{what} is never closed")).hint(format!("`{end}` is missing"))
    }
}

/// A script, split into statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The statements, without `;` and surrounding white space; none is empty.
    pub statements: Vec<Range<usize>>,
    /// Whether the text ends with a `;` or is blank: no statement is incomplete.
    pub complete: bool,
}

/// Splits a script at `;` outside of quotes, comments and brackets. It checks nothing else and never fails.
pub fn split_statements(text: &str) -> Split {
    let mut splitter = Splitter::default();
    let statements = splitter.feed(text, true);
    Split { statements, complete: splitter.complete }
}

/// Splits a script that arrives in pieces. Each byte is scanned once.
#[derive(Clone, Debug)]
pub struct Splitter {
    lexer: Resume,
    depth: usize,
    /// The first byte of the current statement, and one past the last so far.
    current: Option<Range<usize>>,
    /// The length of the text at the last call.
    seen: usize,
    /// The closing byte of an open quote or comment.
    waits_for: Option<u8>,
    complete: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        let lexer = Resume::default();
        Splitter { lexer, depth: 0, current: None, seen: 0, waits_for: None, complete: true }
    }
}

impl Splitter {
    /// The statements that were completed since the last call. `text` is all that has not been forgotten; with `last`
    /// nothing follows, and the rest is a statement too.
    pub fn feed(&mut self, text: &str, last: bool) -> Vec<Range<usize>> {
        let mut statements = Vec::new();
        let new = text.as_bytes().get(self.seen..).unwrap_or_default();
        let waits = self.waits_for.is_some_and(|byte| !new.contains(&byte));
        self.seen = text.len();
        if waits && !last {
            return statements;
        }
        self.waits_for = None;
        let mut lexer = Lexer::resume(text, self.lexer);
        loop {
            self.lexer = lexer.position();
            let Some(lexeme) = lexer.next() else { break };
            let first = text.as_bytes().get(lexeme.start).copied().unwrap_or_default();
            let semicolon = first == b';' && lexeme.kind == Kind::Punctuation;
            // More of the lexeme may follow.
            if !last && lexeme.end == text.len() && !semicolon {
                let second = text.as_bytes().get(lexeme.start + 1).copied();
                let closing = if matches!(first, b'@' | b'$') { second } else { Some(first) };
                self.waits_for = closing.filter(|_| !lexeme.closed);
                break;
            }
            self.complete &= lexeme.closed;
            // An unclosed comment is part of a statement, which then has an error.
            if lexeme.kind == Kind::Comment && lexeme.closed {
                continue;
            }
            match first {
                b'(' | b'[' | b'{' if lexeme.kind == Kind::Bracket => self.depth += 1,
                b')' | b']' | b'}' if lexeme.kind == Kind::Bracket => self.depth = self.depth.saturating_sub(1),
                b';' if semicolon && self.depth == 0 => {
                    statements.extend(self.current.take());
                    continue;
                }
                _ => {}
            }
            let start = self.current.as_ref().map_or(lexeme.start, |c| c.start);
            self.current = Some(start..lexeme.end);
        }
        if last {
            self.complete &= self.current.is_none();
            statements.extend(self.current.take());
        }
        statements
    }

    /// The byte where text begins that is still needed.
    pub fn begin(&self) -> usize {
        self.current.as_ref().map_or(self.lexer.at, |current| current.start)
    }

    /// Tells the splitter that the first bytes of the text were removed, at most [`Splitter::begin`] of them.
    pub fn forget(&mut self, bytes: usize) {
        self.lexer.at -= bytes.min(self.lexer.at);
        self.seen -= bytes.min(self.seen);
        if let Some(current) = &mut self.current {
            *current = current.start - bytes.min(current.start)..current.end - bytes.min(current.end);
        }
    }
}
