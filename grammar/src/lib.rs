//! GQL text to syntax tree and back. Nothing here knows a database.
//!
//! The text is first scanned for quotes, comments and brackets (`scan`): that gives good messages for what is never closed
//! and caps the nesting, because a recursive parser must not meet text that can exhaust its stack. The pest grammar
//! (`gql.pest`) follows, and `build` turns its pairs into the tree of [`ast`], one file per clause.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod ast;
mod build;
mod error;
mod explain;
mod lex;
mod parser;
mod print;
mod scan;
mod tokens;
mod words;

pub use error::SyntaxError;
pub use print::{
    print, print_clause, print_expr, print_label, print_query, print_type, quote_identifier, quote_string,
};
pub use scan::{MAX_DEPTH, Split, Splitter, split_statements};
pub use tokens::{Token, TokenKind, tokens};
pub use words::{is_reserved, keywords, suggest};

/// Parses a script: statements separated by `;`, with empty ones and a trailing `;` allowed.
///
/// ```
/// let statements = wend_grammar::parse("INSERT (:City {name: 'Oslo'}); MATCH (c:City) RETURN c.name;").unwrap();
/// assert_eq!(statements.len(), 2);
/// ```
///
/// # Errors
/// [`SyntaxError`] with the place and, where one is known, a hint.
pub fn parse(text: &str) -> Result<Vec<ast::Statement>, SyntaxError> {
    // Text this deep is rare; a thread with a stack of its own costs less than assuming anything about the caller's.
    const SHALLOW: usize = 12;
    const STACK_PER_LEVEL: usize = 256 << 10;
    let scanned = scan::scan(text)?;
    if scanned.depth <= SHALLOW {
        return parse_scanned(&scanned.text);
    }
    let stack = (8 << 20) + scanned.depth * STACK_PER_LEVEL;
    let too_deep = || {
        let span = ast::Span { start: 0, end: text.len() };
        SyntaxError::new(span, "there is no memory to parse a statement nested this deep")
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, || parse_scanned(&scanned.text));
        thread.map_err(|_| too_deep())?.join().map_err(|_| too_deep())?
    })
}

fn parse_scanned(text: &str) -> Result<Vec<ast::Statement>, SyntaxError> {
    let pairs = parser::pairs(text).map_err(|error| explain::explain(text, &error))?;
    build::script(text, pairs)
}
