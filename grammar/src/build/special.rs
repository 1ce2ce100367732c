//! Expressions with a syntax of their own: calls, CASE, CAST, TRIM, LET, and subqueries.

use super::{Cx, P, each, expr, has, incomplete, inner, iterate, name, pattern, query, span, types};
use crate::ast::{CaseBranch, CaseOperand, ClauseKind, ExprKind, Literal, Subquery};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

/// The body of EXISTS or COUNT: a pattern, MATCH clauses, or a query.
pub(super) fn subquery(cx: &Cx, pair: P<'_>) -> Result<Subquery> {
    let at = span(&pair);
    let body = pair
        .into_inner()
        .find(|p| matches!(p.as_rule(), Rule::graph_pattern | Rule::query))
        .ok_or_else(|| incomplete(at))?;
    if body.as_rule() == Rule::graph_pattern {
        return Ok(Subquery::Pattern(cx.deeper(1, at, || pattern::graph_pattern(cx, body))?));
    }
    let mut query = query::query(cx, body)?;
    // MATCH clauses alone ask for the existence of a row; any other query needs a RETURN.
    if let [block] = query.blocks.as_mut_slice()
        && block.rest.is_empty()
        && block.yields.is_none()
        && block.first.clauses.iter().all(|c| matches!(c.kind, ClauseKind::Match { .. } | ClauseKind::OptionalBlock(_)))
    {
        return Ok(Subquery::Matches(std::mem::take(&mut block.first.clauses)));
    }
    Ok(Subquery::Query(query))
}

pub(super) fn call(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let called = call_name(inner(pair.clone(), Rule::call_name)?)?;
    if let Some(kind) = iterate::call(cx, &called, pair.clone())? {
        return Ok(kind);
    }
    let (name, mut distinct, mut star, mut arguments) = (called, false, false, Vec::new());
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::distinct => distinct = true,
            Rule::star => star = true,
            Rule::expr => arguments.push(expr::expr(cx, part)?),
            _ => {}
        }
    }
    if star && name != "COUNT" {
        return Err(SyntaxError::new(at, format!("only COUNT takes `*`, not {name}")));
    }
    if name == "NORMALIZE"
        && let Some(form) = arguments.get_mut(1)
        && let ExprKind::Variable(word) = &form.kind
    {
        let word = word.to_ascii_uppercase();
        if matches!(word.as_str(), "NFC" | "NFD" | "NFKC" | "NFKD") {
            form.kind = ExprKind::Literal(Literal::String(word));
        }
    }
    Ok(ExprKind::Call { name, distinct, arguments, star })
}

fn call_name(pair: P<'_>) -> Result<String> {
    let mut name = String::new();
    for part in pair.into_inner() {
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&name::ident(&part)?.name);
    }
    Ok(name.to_uppercase())
}

pub(super) fn case(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let (mut operand, mut branches, mut otherwise) = (None, Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => operand = Some(Box::new(expr::expr(cx, part)?)),
            Rule::when => branches.push(branch(cx, part, operand.is_some())?),
            Rule::else_part => otherwise = Some(Box::new(expr::expr(cx, inner(part, Rule::expr)?)?)),
            _ => {}
        }
    }
    if branches.is_empty() {
        return Err(incomplete(at));
    }
    Ok(ExprKind::Case { operand, branches, otherwise })
}

fn branch(cx: &Cx, pair: P<'_>, simple: bool) -> Result<CaseBranch> {
    let at = span(&pair);
    let (mut when, mut then) = (Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::case_operand => {
                let place = span(&part);
                let operand = case_operand(cx, part)?;
                if !simple && (!when.is_empty() || !matches!(operand, CaseOperand::Value(_))) {
                    return Err(SyntaxError::new(
                        place,
                        "a CASE without an operand takes one whole condition after WHEN",
                    )
                    .hint("write `CASE x WHEN ...` to compare x"));
                }
                when.push(operand);
            }
            Rule::expr => then = Some(expr::expr(cx, part)?),
            _ => {}
        }
    }
    Ok(CaseBranch { when, then: then.ok_or_else(|| incomplete(at))? })
}

fn case_operand(cx: &Cx, pair: P<'_>) -> Result<CaseOperand> {
    let at = span(&pair);
    let negated = has(&pair, Rule::not);
    let mut operator = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => {
                let value = expr::expr(cx, part)?;
                return Ok(match operator {
                    Some(operator) => CaseOperand::Compare(operator, value),
                    None => CaseOperand::Value(value),
                });
            }
            Rule::k_null => return Ok(CaseOperand::IsNull { negated }),
            rule => operator = expr::compare_operator(rule).or(operator),
        }
    }
    Err(incomplete(at))
}

pub(super) fn cast(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let value = expr::expr(cx, inner(pair.clone(), Rule::expr)?)?;
    Ok(ExprKind::Cast(Box::new(value), types::type_name(cx, inner(pair, Rule::type_name)?)?))
}

/// `TRIM(s)`, `TRIM(c FROM s)`, `TRIM(LEADING c FROM s)`, `TRIM(LEADING FROM s)`
pub(super) fn trim(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let (mut side, mut from) = (None, false);
    let mut arguments = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::trim_side => side = Some(part.as_str().trim_end().to_ascii_uppercase()),
            Rule::trim_from if from => return Err(SyntaxError::new(span(&part), "FROM stands once in TRIM")),
            Rule::trim_from => {
                if arguments.is_empty() && side.is_none() {
                    return Err(SyntaxError::new(span(&part), "TRIM expects what to trim before FROM")
                        .hint("write `TRIM(BOTH FROM s)`"));
                }
                from = true;
            }
            Rule::expr => arguments.push(expr::expr(cx, part)?),
            _ => {}
        }
    }
    if side.is_some() && !from {
        return Err(SyntaxError::new(at, "TRIM with a side needs FROM").hint("write `TRIM(LEADING ' ' FROM s)`"));
    }
    let name = match (side, from) {
        (Some(side), _) => format!("TRIM_{side}"),
        (None, true) => "TRIM_BOTH".to_owned(),
        (None, false) => "TRIM".to_owned(),
    };
    if from {
        arguments.reverse();
    }
    Ok(ExprKind::Call { name, distinct: false, arguments, star: false })
}

pub(super) fn let_in(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let bindings = each(pair.clone(), Rule::let_in_item, |item| query::binding(cx, item))?;
    Ok(ExprKind::LetIn(bindings, Box::new(expr::expr(cx, inner(pair, Rule::expr)?)?)))
}
