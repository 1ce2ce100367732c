//! From the pairs of pest to the tree, one file per clause.

mod call;
mod catalog;
mod expr;
mod insert;
mod literal;
mod name;
mod pattern;
mod predicate;
mod projection;
mod query;
mod set;
mod special;
mod statement;
mod types;
mod user;

use std::cell::Cell;

use pest::iterators::{Pair, Pairs};

use crate::ast::{Span, Statement};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

pub(crate) type P<'a> = Pair<'a, Rule>;

/// How deep the tree may be. Brackets are capped before the parser; this also counts chains such as `a = b = c` and
/// `x IS NULL IS NULL`, which make the tree deep without a bracket. Every walk over the tree may recurse this far.
const MAX_TREE: usize = 640;

/// What the builder carries along.
pub(crate) struct Cx {
    depth: Cell<usize>,
}

impl Cx {
    /// Goes `levels` deeper for the time of `work`.
    fn deeper<T>(&self, levels: usize, at: Span, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = self.depth.get();
        if depth + levels > MAX_TREE {
            return Err(SyntaxError::new(at, "this expression nests too deep").hint("take it apart with LET"));
        }
        self.depth.set(depth + levels);
        let result = work();
        self.depth.set(depth);
        result
    }
}

/// Builds the statements of a script.
pub(crate) fn script(text: &str, pairs: Pairs<'_, Rule>) -> Result<Vec<Statement>> {
    let cx = Cx { depth: Cell::new(0) };
    let mut statements = Vec::new();
    for script in pairs {
        for pair in script.into_inner() {
            if pair.as_rule() != Rule::EOI {
                statements.push(statement::statement(&cx, pair)?);
            }
        }
    }
    debug_assert!(statements.iter().all(|s| s.span.end <= text.len()));
    Ok(statements)
}

/// Where a pair stands, without the white space that pest may count to its end.
fn span(pair: &P<'_>) -> Span {
    let start = pair.as_span().start();
    Span { start, end: start + pair.as_str().trim_end().len() }
}

/// What the grammar promises and is not there: a defect of this crate, reported rather than panicked on.
fn incomplete(at: Span) -> SyntaxError {
    SyntaxError::new(at, "the parser lost a part of this")
}

fn next<'a>(inner: &mut Pairs<'a, Rule>, at: Span) -> Result<P<'a>> {
    inner.next().ok_or_else(|| incomplete(at))
}

/// The first inner pair of a rule.
fn inner<'a>(pair: P<'a>, rule: Rule) -> Result<P<'a>> {
    let at = span(&pair);
    pair.into_inner().find(|p| p.as_rule() == rule).ok_or_else(|| incomplete(at))
}

/// Whether a rule is among the pair's children.
fn has(pair: &P<'_>, rule: Rule) -> bool {
    pair.clone().into_inner().any(|p| p.as_rule() == rule)
}

/// Builds each child of a rule, leaving out the rest.
fn each<'a, T>(pair: P<'a>, rule: Rule, mut build: impl FnMut(P<'a>) -> Result<T>) -> Result<Vec<T>> {
    pair.into_inner().filter(|p| p.as_rule() == rule).map(&mut build).collect()
}
