//! Building the tree from the pairs of pest, one file per clause.

mod call;
mod catalog;
mod expr;
mod insert;
mod iterate;
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

/// The most levels of the tree. Brackets are limited before the parser; this limit also counts chains such as `a = b =
/// c` and `x IS NULL IS NULL`, which make the tree deep without brackets. Every walk over the tree may recurse this
/// far.
const MAX_TREE: usize = 640;

/// The state of the builder.
pub(crate) struct Cx {
    depth: Cell<usize>,
}

impl Cx {
    /// Runs `work` `levels` deeper in the tree.
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
            if !matches!(pair.as_rule(), Rule::EOI | Rule::cypher_prefix) {
                statements.push(statement::statement(&cx, pair)?);
            }
        }
    }
    debug_assert!(statements.iter().all(|s| s.span.end <= text.len()));
    Ok(statements)
}

/// The bytes of a pair, without white space at its end.
fn span(pair: &P<'_>) -> Span {
    let start = pair.as_span().start();
    Span { start, end: start + pair.as_str().trim_end().len() }
}

/// The error for a pair that the grammar promises and that is missing: a defect of this crate, which is reported and
/// not panicked on.
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

/// Whether a rule is among the children of a pair.
fn has(pair: &P<'_>, rule: Rule) -> bool {
    pair.clone().into_inner().any(|p| p.as_rule() == rule)
}

/// Builds the children of one rule; others are skipped.
fn each<'a, T>(pair: P<'a>, rule: Rule, mut build: impl FnMut(P<'a>) -> Result<T>) -> Result<Vec<T>> {
    pair.into_inner().filter(|p| p.as_rule() == rule).map(&mut build).collect()
}
