//! GQL text to syntax tree and back. Nothing here knows a database.
//!
//! A scan first pairs quotes, comments and brackets (`scan`). It gives good messages for unclosed ones and limits the
//! nesting, since a recursive parser could exhaust its stack. The pest grammar (`gql.pest`) follows, and `build` turns
//! its pairs into the tree of [`ast`], one file per clause.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod ast;
mod build;
mod diagnose;
mod error;
mod help;
mod lex;
mod parser;
mod print;
mod scan;
mod tokens;
mod words;

pub use error::SyntaxError;
pub use help::{ClauseHelp, clause_help, clauses};
pub use print::{
    print, print_clause, print_expr, print_label, print_query, print_type, quote_identifier, quote_string,
};
pub use scan::{MAX_DEPTH, Split, Splitter, split_statements};
pub use tokens::{Token, TokenKind, tokens};
pub use wend_names::suggest;
pub use words::{is_reserved, keywords};

/// Parses a script: statements separated by `;`, with empty ones and a trailing `;` allowed.
///
/// ```
/// let statements = wend_grammar::parse("INSERT (:City {name: 'Oslo'}); MATCH (c:City) RETURN c.name;").unwrap();
/// assert_eq!(statements.len(), 2);
/// ```
///
/// # Errors
/// [`SyntaxError`] with the place and, where possible, a hint.
pub fn parse(text: &str) -> Result<Vec<ast::Statement>, SyntaxError> {
    // Such deep text is rare. A thread with a large stack costs less than an assumption about the caller's stack.
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
    let pairs = parser::pairs(text).map_err(|error| diagnose::diagnose(text, &error))?;
    build::script(text, pairs)
}
