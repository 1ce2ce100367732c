//! A tolerant lexer for the scan before the parser, the statement splitter and the highlighter. It never fails and
//! takes linear time.

/// The kind of a lexeme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword or an identifier.
    Word,
    /// An identifier between backticks.
    Backticks,
    /// A string between single or double quotes, optionally with `@` before it.
    Quoted,
    /// A number.
    Number,
    /// `$name`
    Parameter,
    /// `//`, `--` or `/* */`.
    Comment,
    /// `--`, `-->` or `<--` where Cypher writes an edge, which is neither a comment nor GQL.
    Dashes,
    /// `(`, `)`, `[`, `]`, `{`, `}`
    Bracket,
    /// `,`, `;`, `:`, `.`
    Punctuation,
    /// An operator or another sign.
    Operator,
    /// A character that GQL does not have.
    Unknown,
}

/// A lexeme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    /// The kind.
    pub kind: Kind,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Whether the quote or comment is closed.
    pub closed: bool,
}

/// The state of a lexer, to continue with a longer text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Resume {
    pub at: usize,
    last: Option<u8>,
    after_operand: bool,
}

/// The lexer; an iterator of [`Lexeme`]s without white space.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// The last byte that is neither white space nor in a comment.
    last: Option<u8>,
    /// Whether the last lexeme ended an operand: then `.5` is not a number.
    after_operand: bool,
}

const OPERATORS: &[&str] =
    &["|+|", "<->", "->", "<-", "<>", "<=", ">=", "=>", "||", "+=", "==", "!=", "=~", "<~", "~>", "..", "::"];

fn word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && pest::unicode::XID_START(c))
}

fn word_continue(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (!c.is_ascii() && pest::unicode::XID_CONTINUE(c))
}

/// Whether `text` is an identifier that needs no delimiters, reserved or not.
pub(crate) fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(word_start) && chars.all(word_continue)
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, last: None, after_operand: false }
    }

    pub(crate) fn resume(text: &'a str, Resume { at, last, after_operand }: Resume) -> Self {
        Self { text, at, last, after_operand }
    }

    pub(crate) fn position(&self) -> Resume {
        Resume { at: self.at, last: self.last, after_operand: self.after_operand }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn while_char(&self, from: usize, accept: impl Fn(char) -> bool) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        rest.find(|c| !accept(c)).map_or(self.text.len(), |n| from + n)
    }

    /// The end of a quoted text whose opening quote is at `open`. A doubled quote stands for itself.
    fn quoted(&self, open: usize, quote: u8, escapes: bool) -> (usize, bool) {
        let bytes = self.text.as_bytes();
        let mut i = open + 1;
        while let Some(&b) = bytes.get(i) {
            if b == quote {
                if bytes.get(i + 1) == Some(&quote) {
                    i += 2;
                    continue;
                }
                return (i + 1, true);
            }
            i += if escapes && b == b'\\' { 2 } else { 1 };
        }
        (bytes.len(), false)
    }

    /// Whether the `--` at the cursor is a comment, an edge in Cypher's form, or two signs.
    fn dashes(&self) -> Option<Kind> {
        let rest = self.rest();
        let before = self.text.get(..self.at).and_then(|t| t.chars().next_back());
        let after_pattern = matches!(self.last, Some(b')' | b']'));
        if rest.starts_with("-->") {
            return Some(Kind::Dashes);
        }
        if after_pattern {
            let follows = rest.trim_start_matches('-').trim_start_matches([' ', '\t']);
            if matches!(before, Some(')' | ']')) || follows.starts_with(['(', '[', '>']) {
                return Some(Kind::Dashes);
            }
        }
        before.is_none_or(char::is_whitespace).then_some(Kind::Comment)
    }

    fn line_end(&self) -> usize {
        self.rest().find(['\n', '\r']).map_or(self.text.len(), |n| self.at + n)
    }

    fn number(&self) -> usize {
        let bytes = self.text.as_bytes();
        let word = |from| self.while_char(from, |c| c.is_ascii_alphanumeric() || c == '_');
        let mut end = word(self.at);
        let radix = matches!(bytes.get(self.at..self.at + 2), Some([b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B']));
        if !radix {
            if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
                end = word(end + 1);
            }
            let exponent = end > self.at && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
            if exponent
                && matches!(bytes.get(end), Some(b'+' | b'-'))
                && bytes.get(end + 1).is_some_and(u8::is_ascii_digit)
            {
                end = word(end + 1);
            }
        }
        end
    }

    fn lexeme(&mut self) -> Option<Lexeme> {
        self.at = self.while_char(self.at, |c| c.is_whitespace() || c == '\u{feff}');
        let rest = self.rest();
        let first = rest.chars().next()?;
        let start = self.at;
        let bytes = rest.as_bytes();
        let second = bytes.get(1).copied();
        let (kind, end, closed) = match first {
            '/' if second == Some(b'/') => (Kind::Comment, self.line_end(), true),
            '/' if second == Some(b'*') => {
                let close = rest.get(2..).and_then(|r| r.find("*/"));
                (Kind::Comment, close.map_or(self.text.len(), |n| start + n + 4), close.is_some())
            }
            '-' if second == Some(b'-') => match self.dashes() {
                Some(Kind::Comment) => (Kind::Comment, self.line_end(), true),
                Some(_) => (Kind::Dashes, start + if rest.starts_with("-->") { 3 } else { 2 }, true),
                None => (Kind::Operator, start + 1, true),
            },
            '<' if rest.starts_with("<--") && matches!(self.last, Some(b')' | b']')) => (Kind::Dashes, start + 3, true),
            '\'' | '"' => {
                let (end, closed) = self.quoted(start, bytes[0], true);
                (Kind::Quoted, end, closed)
            }
            '@' if matches!(second, Some(b'\'' | b'"')) => {
                let (end, closed) = self.quoted(start + 1, second.unwrap_or(b'\''), false);
                (Kind::Quoted, end, closed)
            }
            '`' => {
                let (end, closed) = self.quoted(start, b'`', false);
                (Kind::Backticks, end, closed)
            }
            '$' => match second {
                Some(q @ (b'"' | b'`')) => {
                    let (end, closed) = self.quoted(start + 1, q, q == b'"');
                    (Kind::Parameter, end, closed)
                }
                _ => {
                    let end = self.while_char(start + 1, word_continue);
                    (if end > start + 1 { Kind::Parameter } else { Kind::Unknown }, end, true)
                }
            },
            '0'..='9' => (Kind::Number, self.number(), true),
            '.' if second.is_some_and(|b| b.is_ascii_digit()) && !self.after_operand => {
                self.at += 1;
                let end = self.number();
                self.at -= 1;
                (Kind::Number, end, true)
            }
            '(' | ')' | '[' | ']' | '{' | '}' => (Kind::Bracket, start + 1, true),
            c if word_start(c) => (Kind::Word, self.while_char(start, word_continue), true),
            _ => match OPERATORS.iter().find(|o| rest.starts_with(**o)) {
                Some(o) => {
                    (if matches!(*o, "::" | "..") { Kind::Punctuation } else { Kind::Operator }, start + o.len(), true)
                }
                None if matches!(first, ',' | ';' | ':' | '.') => (Kind::Punctuation, start + 1, true),
                None if "=<>+-*/%|&!~?^".contains(first) => (Kind::Operator, start + 1, true),
                None => (Kind::Unknown, start + first.len_utf8(), true),
            },
        };
        let end = self.char_boundary(end);
        self.at = end;
        if kind != Kind::Comment {
            self.last = self.text.as_bytes().get(end.wrapping_sub(1)).copied();
            self.after_operand =
                matches!(kind, Kind::Word | Kind::Backticks | Kind::Quoted | Kind::Number | Kind::Parameter)
                    || matches!(self.last, Some(b')' | b']' | b'}'));
        }
        Some(Lexeme { kind, start, end, closed })
    }

    /// A backslash may skip into the middle of a character or beyond the end.
    fn char_boundary(&self, mut end: usize) -> usize {
        end = end.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        end
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        self.lexeme()
    }
}
