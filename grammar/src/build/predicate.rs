//! The `IS ...` predicates.

use super::{Cx, P, expr, has, incomplete, inner, pattern, span, types};
use crate::ast::{Expr, ExprKind};
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
            ExprKind::IsTyped { negated, operand, value_type: types::type_name(cx, inner(test, Rule::type_name)?)? }
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
