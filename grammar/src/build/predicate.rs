//! The `IS ...` predicates.

use super::{Cx, P, each, expr, has, incomplete, inner, pattern, span, types};
use crate::ast::{Expr, ExprKind, OrOperator};
use crate::error::Result;
use crate::parser::Rule;

pub(super) fn predicate(cx: &Cx, operand: Box<Expr>, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let negated = has(&pair, Rule::not);
    if pair.as_rule() == Rule::is_truth {
        let value = if has(&pair, Rule::k_unknown) { None } else { Some(has(&pair, Rule::k_true)) };
        return Ok(ExprKind::IsTruth { negated, operand, value });
    }
    let test =
        pair.into_inner().find(|p| !matches!(p.as_rule(), Rule::k_is | Rule::not)).ok_or_else(|| incomplete(at))?;
    Ok(match test.as_rule() {
        Rule::is_null => ExprKind::IsNull { negated, operand },
        Rule::is_labeled => {
            ExprKind::IsLabeled { negated, operand, label: pattern::label(cx, inner(test, Rule::label_expr)?)? }
        }
        Rule::is_typed => {
            let mut types = each(test, Rule::type_name, |of| types::type_name(cx, of))?.into_iter();
            let first = types.next().ok_or_else(|| incomplete(at))?;
            let is = |value_type| Expr {
                span: operand.span,
                kind: ExprKind::IsTyped { negated, operand: operand.clone(), value_type },
            };
            let first = is(first);
            let rest: Vec<Expr> = types.map(is).collect();
            match (rest.is_empty(), negated) {
                (true, _) => first.kind,
                // It has none of them.
                (false, true) => ExprKind::And(std::iter::once(first).chain(rest).collect()),
                (false, false) => {
                    ExprKind::Or(Box::new(first), rest.into_iter().map(|of| (OrOperator::Or, of)).collect())
                }
            }
        }
        Rule::is_directed => ExprKind::IsDirected { negated, operand },
        Rule::is_normalized => ExprKind::IsNormalized { negated, operand },
        Rule::is_source | Rule::is_destination => {
            let source = test.as_rule() == Rule::is_source;
            let edge = Box::new(expr::reference(cx, inner(test, Rule::reference)?)?);
            ExprKind::IsEndpoint { negated, source, node: operand, edge }
        }
        _ => return Err(incomplete(at)),
    })
}
