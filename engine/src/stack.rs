//! Room on the stack for long statements: a plan is as deep as its statement has clauses and pattern elements, and is walked
//! from its top.

use wend_grammar::ast::{Block, Clause, ClauseKind, GraphPattern, PathElement, Query};

use crate::error::{Error, Result};

/// Statements up to this weight run on the caller's stack.
const LIGHT: usize = 32;
/// The heaviest statement that is run.
const HEAVIEST: usize = 20_000;
/// What a level of a plan needs, measured with a wide margin.
const BYTES_PER_LEVEL: usize = 16 << 10;

/// Runs `f` with room for a statement of that weight.
pub(crate) fn with_room<T>(weight: usize, f: impl FnOnce() -> T) -> T {
    if weight <= LIGHT { f() } else { stacker::grow((1 << 20) + weight * BYTES_PER_LEVEL, f) }
}

/// How many clauses and pattern elements a query has.
///
/// # Errors
/// 42000 for more than are run.
pub(crate) fn weight(query: &Query) -> Result<usize> {
    let weight = query_weight(query);
    if weight > HEAVIEST {
        return Err(Error::rule(format!(
            "the statement has {weight} clauses and pattern elements; {HEAVIEST} are the most"
        ))
        .with_hint("split it into several statements, or pass a list as a parameter and use FOR"));
    }
    Ok(weight)
}

fn query_weight(query: &Query) -> usize {
    query.blocks.iter().map(block_weight).sum()
}

fn block_weight(block: &Block) -> usize {
    let rest = block.rest.iter().map(|(_, linear)| 1 + clauses_weight(&linear.clauses));
    2 + clauses_weight(&block.first.clauses) + rest.sum::<usize>()
}

fn clauses_weight(clauses: &[Clause]) -> usize {
    clauses.iter().map(clause_weight).sum()
}

fn clause_weight(clause: &Clause) -> usize {
    // A clause is one or two operators, each of its conditions with a subquery another.
    4 + match &clause.kind {
        ClauseKind::Match { pattern, .. } | ClauseKind::Search { pattern, .. } => pattern_weight(pattern),
        ClauseKind::OptionalBlock(clauses) => clauses_weight(clauses),
        ClauseKind::Foreach { changes, .. } => 4 + clauses_weight(changes),
        ClauseKind::CallQuery { query, .. } | ClauseKind::Nested(query) => query_weight(query),
        ClauseKind::Let(definitions) => definitions.len(),
        ClauseKind::Merge { paths, .. } => paths.iter().map(|path| 4 + 4 * path.steps.len()).sum(),
        _ => 0,
    }
}

fn pattern_weight(pattern: &GraphPattern) -> usize {
    pattern.paths.iter().map(|path| elements_weight(&path.elements)).sum()
}

/// An element is an operator, with up to two more for its labels and conditions.
fn elements_weight(elements: &[PathElement]) -> usize {
    elements
        .iter()
        .map(|element| match element {
            PathElement::Node(node) => 2 + node.properties.len(),
            PathElement::Edge(edge) => 2 + edge.properties.len(),
            PathElement::Group(group) => 2 + elements_weight(&group.elements),
        })
        .sum()
}
