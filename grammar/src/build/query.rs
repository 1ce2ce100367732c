//! Queries, blocks, linear statements, and clauses without a file of their own.

use super::{Cx, P, call, each, expr, has, incomplete, inner, insert, name, pattern, projection, set, span, statement};
use crate::ast::{
    Block, Clause, ClauseKind, Expr, ExprKind, ForCounter, Ident, IndexSearch, Linear, Literal, Query, SetOperator,
    SetOperatorKind, Span, TimeView,
};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

pub(super) fn query(cx: &Cx, pair: P<'_>) -> Result<Query> {
    let at = span(&pair);
    cx.deeper(1, at, || {
        let mut blocks = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::block => blocks.push(block(cx, part, None)?),
                _ => {
                    let mut yields = None;
                    for piece in part.into_inner() {
                        match piece.as_rule() {
                            Rule::yield_clause => yields = projection::yields(piece)?,
                            Rule::block => blocks.push(block(cx, piece, yields.take())?),
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(Query { blocks, span: at })
    })
}

fn block(cx: &Cx, pair: P<'_>, yields: Option<Vec<crate::ast::YieldItem>>) -> Result<Block> {
    let at = span(&pair);
    let mut first = None;
    let mut rest = Vec::new();
    let mut operator = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::set_operator => operator = Some(set_operator(&part)),
            _ => {
                let linear = linear(cx, part)?;
                match operator.take() {
                    Some(operator) => rest.push((operator, linear)),
                    None => first = Some(linear),
                }
            }
        }
    }
    Ok(Block { yields, first: first.ok_or_else(|| incomplete(at))?, rest })
}

fn set_operator(pair: &P<'_>) -> SetOperator {
    let kind = if has(pair, Rule::k_union) {
        SetOperatorKind::Union
    } else if has(pair, Rule::k_except) {
        SetOperatorKind::Except
    } else if has(pair, Rule::k_intersect) {
        SetOperatorKind::Intersect
    } else {
        SetOperatorKind::Otherwise
    };
    SetOperator { kind, all: has(pair, Rule::all), span: span(pair) }
}

fn linear(cx: &Cx, pair: P<'_>) -> Result<Linear> {
    let at = span(&pair);
    let mut clauses = Vec::new();
    for part in pair.into_inner() {
        clauses.push(clause(cx, part)?);
    }
    Ok(Linear { clauses, span: at })
}

pub(super) fn at(span: Span, kind: ClauseKind) -> Clause {
    Clause { kind, span }
}

pub(super) fn clause(cx: &Cx, pair: P<'_>) -> Result<Clause> {
    let at = span(&pair);
    let kind = match pair.as_rule() {
        Rule::use_clause => use_clause(cx, pair)?,
        Rule::nested => ClauseKind::Nested(Box::new(query(cx, inner(pair, Rule::query)?)?)),
        Rule::match_clause => match_clause(cx, pair)?,
        Rule::filter | Rule::where_clause => ClauseKind::Filter(expr::expr(cx, inner(pair, Rule::expr)?)?),
        Rule::let_clause => ClauseKind::Let(each(pair, Rule::let_item, |item| binding(cx, item))?),
        Rule::for_clause => for_clause(cx, pair)?,
        Rule::foreach => foreach(cx, pair)?,
        Rule::unwind => {
            let list = expr::expr(cx, inner(pair.clone(), Rule::expr)?)?;
            ClauseKind::For { variable: name::ident(&inner(pair, Rule::name)?)?, list, counter: None }
        }
        Rule::order_by => ClauseKind::OrderBy(projection::sort_items(cx, pair)?),
        Rule::offset => ClauseKind::Offset(row_count(cx, pair)?),
        Rule::limit => ClauseKind::Limit(row_count(cx, pair)?),
        Rule::insert => insert::insert(cx, pair)?,
        Rule::merge => insert::merge(cx, pair)?,
        Rule::upsert => insert::upsert(cx, pair)?,
        Rule::set_clause => ClauseKind::Set(set::items(cx, pair)?),
        Rule::remove => set::remove(cx, pair)?,
        Rule::delete => ClauseKind::Delete {
            detach: has(&pair, Rule::detach),
            items: each(pair, Rule::expr, |item| expr::expr(cx, item))?,
        },
        Rule::call_clause => call::call(cx, pair)?,
        Rule::load_csv => load_csv(cx, pair)?,
        Rule::return_clause => ClauseKind::Return(projection::projection(cx, inner(pair, Rule::projection)?)?),
        Rule::with_clause => ClauseKind::With(projection::projection(cx, inner(pair, Rule::projection)?)?),
        Rule::finish => ClauseKind::Finish,
        _ => return Err(incomplete(at)),
    };
    Ok(Clause { kind, span: at })
}

fn match_clause(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let at = span(&pair);
    let mut optional = false;
    let search = pair.clone().into_inner().find(|part| part.as_rule() == Rule::search);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::optional => optional = true,
            Rule::graph_pattern => {
                let pattern = pattern::graph_pattern(cx, part)?;
                return Ok(match search {
                    Some(search) => {
                        ClauseKind::Search { optional, pattern, search: Box::new(index_search(cx, search)?) }
                    }
                    None => ClauseKind::Match { optional, pattern },
                });
            }
            Rule::optional_body => {
                let clauses = cx.deeper(1, at, || each(part, Rule::match_clause, |m| clause(cx, m)))?;
                return Ok(ClauseKind::OptionalBlock(clauses));
            }
            _ => {}
        }
    }
    Err(incomplete(at))
}

/// `SEARCH n IN (VECTOR INDEX i FOR sought [WHERE condition] LIMIT k) [SCORE AS s] [WHERE condition]`
fn index_search(cx: &Cx, pair: P<'_>) -> Result<IndexSearch> {
    let at = span(&pair);
    let variable = name::ident(&inner(pair.clone(), Rule::ident)?)?;
    let index = super::catalog::index_name(&inner(pair.clone(), Rule::index_name)?)?;
    let full_text = has(&pair, Rule::k_fulltext);
    let sought = expr::expr(cx, inner(pair.clone(), Rule::expr)?)?;
    let (mut condition, mut limit, mut score, mut then) = (None, None, None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::where_clause if limit.is_none() => condition = Some(pattern::condition(cx, part)?),
            Rule::where_clause => then = Some(pattern::condition(cx, part)?),
            Rule::limit => limit = Some(expr::expr(cx, inner(inner(part, Rule::row_count)?, Rule::expr)?)?),
            Rule::search_score => score = Some(name::ident(&inner(part, Rule::ident)?)?),
            _ => {}
        }
    }
    let limit = limit.ok_or_else(|| incomplete(at))?;
    Ok(IndexSearch { full_text, variable, index, sought, condition, limit, score, then })
}

/// `x = value`
pub(super) fn binding(cx: &Cx, pair: P<'_>) -> Result<(Ident, Expr)> {
    let at = span(&pair);
    let variable = name::ident(&inner(pair.clone(), Rule::ident)?)?;
    let value = pair.into_inner().find(|p| matches!(p.as_rule(), Rule::expr | Rule::expr_before_in));
    Ok((variable, expr::expr(cx, value.ok_or_else(|| incomplete(at))?)?))
}

fn for_clause(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let variable = name::ident(&inner(pair.clone(), Rule::ident)?)?;
    let list = expr::expr(cx, inner(pair.clone(), Rule::expr)?)?;
    let counter = match pair.into_inner().find(|p| p.as_rule() == Rule::for_counter) {
        Some(counter) => {
            let from_zero = has(&counter, Rule::k_offset);
            Some(ForCounter { variable: name::ident(&inner(counter, Rule::ident)?)?, from_zero })
        }
        None => None,
    };
    Ok(ClauseKind::For { variable, list, counter })
}

/// A number of rows: an expression without variables.
pub(super) fn row_count(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    let count = expr::expr(cx, inner(inner(pair, Rule::row_count)?, Rule::expr)?)?;
    match &count.kind {
        ExprKind::Literal(Literal::Int(0..)) => Ok(count),
        ExprKind::Literal(_) => Err(SyntaxError::new(count.span, "a number of rows is an unsigned integer")),
        _ => Ok(count),
    }
}

/// `FOREACH (x IN list | changes)` (Cypher)
/// `USE g [AFTER t] AS OF u [BY property]`
fn use_clause(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let graph = statement::graph_name(&inner(pair.clone(), Rule::graph_name)?)?;
    let Some(view) = pair.into_inner().find(|part| part.as_rule() == Rule::time_view) else {
        return Ok(ClauseKind::Use { graph, view: None });
    };
    let mut property = None;
    let mut times = Vec::new();
    for part in view.into_inner() {
        match part.as_rule() {
            Rule::expr => times.push(expr::expr(cx, part)?),
            Rule::name => property = Some(name::ident(&part)?),
            _ => {}
        }
    }
    let until = times.pop().ok_or_else(|| incomplete(graph.span))?;
    Ok(ClauseKind::Use { graph, view: Some(Box::new(TimeView { after: times.pop(), until, property })) })
}

fn foreach(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let at = span(&pair);
    cx.deeper(1, at, || {
        let (mut variable, mut list, mut changes) = (None, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::k_foreach | Rule::k_in => {}
                Rule::ident => variable = Some(name::ident(&part)?),
                Rule::expr => list = Some(expr::expr(cx, part)?),
                _ => changes.push(clause(cx, part)?),
            }
        }
        let (Some(variable), Some(list)) = (variable, list) else { return Err(incomplete(at)) };
        Ok(ClauseKind::Foreach { variable, list, changes })
    })
}

fn load_csv(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let separator = match pair.clone().into_inner().find(|p| p.as_rule() == Rule::separator) {
        Some(separator) => Some(expr::expr(cx, inner(separator, Rule::expr)?)?),
        None => None,
    };
    let parquet = has(&pair, Rule::parquet);
    if let Some(separator) = separator.as_ref().filter(|_| parquet) {
        return Err(SyntaxError::new(separator.span, "a Parquet file has no separator: leave FIELDTERMINATOR out"));
    }
    Ok(ClauseKind::LoadCsv {
        parquet,
        headers: has(&pair, Rule::headers),
        from: expr::expr(cx, inner(pair.clone(), Rule::expr)?)?,
        variable: name::ident(&inner(pair, Rule::name)?)?,
        separator,
    })
}
