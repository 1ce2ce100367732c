//! Tokens for highlighting and completion.

use crate::ast::Span;
use crate::lex::{Kind, Lexer};
use crate::words::{is_function_word, is_hard, is_keyword};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A keyword.
    Keyword,
    /// A name of the user's.
    Identifier,
    /// The name of a function or procedure: a parenthesis follows.
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
    /// No part of GQL.
    Unknown,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// The tokens of any text, in order and without white space; what is never closed reaches to the end.
pub fn tokens(text: &str) -> Vec<Token> {
    let lexemes: Vec<_> = Lexer::new(text).collect();
    let slice = |i: usize| lexemes.get(i).and_then(|l| text.get(l.start..l.end)).unwrap_or_default();
    let mut out = Vec::with_capacity(lexemes.len());
    for (i, lexeme) in lexemes.iter().enumerate() {
        let kind = match lexeme.kind {
            Kind::Word => {
                let word = slice(i);
                let name = i > 0 && matches!(slice(i - 1), "." | ":" | "&");
                // A parenthesis straight after tells a function; `MATCH (` and `AND (` stay keywords.
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
            Kind::Operator => TokenKind::Operator,
            Kind::Bracket | Kind::Punctuation => TokenKind::Punctuation,
            Kind::Dashes | Kind::Unknown => TokenKind::Unknown,
        };
        out.push(Token { kind, span: Span { start: lexeme.start, end: lexeme.end } });
    }
    out
}
