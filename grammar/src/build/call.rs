//! `CALL` of a procedure and of a subquery.

use super::{Cx, P, each, expr, has, incomplete, inner, name, projection, query, span, statement};
use crate::ast::ClauseKind;
use crate::error::Result;
use crate::parser::Rule;

pub(super) fn call(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let at = span(&pair);
    let optional = has(&pair, Rule::optional);
    let (mut scope, mut name, mut arguments, mut yields) = (None, None, Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::call_scope => scope = Some(statement::idents(part)?),
            Rule::call_body => {
                let in_transactions = has(&part, Rule::in_transactions);
                let query = Box::new(query::query(cx, inner(part, Rule::query)?)?);
                return Ok(ClauseKind::CallQuery { optional, scope, query, in_transactions });
            }
            Rule::dotted_name => name = Some(name::dotted(part)?),
            Rule::call_arguments => arguments = each(part, Rule::expr, |argument| expr::expr(cx, argument))?,
            Rule::yield_clause => yields = projection::yields(part)?,
            _ => {}
        }
    }
    Ok(ClauseKind::Call { optional, name: name.ok_or_else(|| incomplete(at))?, arguments, yields })
}
