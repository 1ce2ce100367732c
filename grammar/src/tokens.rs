//! Tokens for highlighting and completion.

use crate::ast::Span;
use crate::lex::{Kind, Lexer};
use crate::words::{is_function_word, is_hard, is_keyword};

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A keyword.
    Keyword,
    /// A name.
    Identifier,
    /// The name of a function or procedure, with a parenthesis after it.
    Function,
    /// A character or byte string.
    String,
    /// A number.
    Number,
    /// `$name`
    Parameter,
    /// A comment.
    Comment,
    /// `=`, `->`, `||` and so on.
    Operator,
    /// Brackets, commas, colons, points, semicolons.
    Punctuation,
    /// A character that GQL does not have.
    Unknown,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The kind.
    pub kind: TokenKind,
    /// The bytes.
    pub span: Span,
}

/// The tokens of any text, in order and without white space. An unclosed quote or comment extends to the end.
pub fn tokens(text: &str) -> Vec<Token> {
    let lexemes: Vec<_> = Lexer::new(text).collect();
    let slice = |i: usize| lexemes.get(i).and_then(|l| text.get(l.start..l.end)).unwrap_or_default();
    let mut out = Vec::with_capacity(lexemes.len());
    for (i, lexeme) in lexemes.iter().enumerate() {
        let kind = match lexeme.kind {
            Kind::Word => {
                let word = slice(i);
                let name = i > 0 && matches!(slice(i - 1), "." | ":" | "&");
                // A parenthesis directly after the word makes it a function; `MATCH (` and `AND (` stay keywords.
                let called = slice(i + 1) == "("
                    && (!is_keyword(word) || is_function_word(word) || i > 0 && slice(i - 1) == ".");
                let adjacent = lexemes.get(i + 1).is_some_and(|n| n.start == lexeme.end);
                if called && (adjacent || is_function_word(word)) {
                    TokenKind::Function
                } else if name || matches!(slice(i + 1), ":" | ".") && !is_hard(word) {
                    TokenKind::Identifier
                } else if is_keyword(word) {
                    TokenKind::Keyword
                } else {
                    TokenKind::Identifier
                }
            }
            Kind::Backticks => TokenKind::Identifier,
            Kind::Quoted => TokenKind::String,
            Kind::Number => TokenKind::Number,
            Kind::Parameter => TokenKind::Parameter,
            Kind::Comment => TokenKind::Comment,
            Kind::Operator | Kind::Dashes => TokenKind::Operator,
            Kind::Bracket | Kind::Punctuation => TokenKind::Punctuation,
            Kind::Unknown => TokenKind::Unknown,
        };
        out.push(Token { kind, span: Span { start: lexeme.start, end: lexeme.end } });
    }
    out
}
