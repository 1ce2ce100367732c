//! Statements about users and their tokens.

use super::{Cx, P, catalog::catalog_name, expr, has, incomplete, inner, literal, name, next, span};
use crate::ast::{Expr, ExprKind, Ident, Literal, UserStatement};
use crate::error::Result;
use crate::parser::Rule;

pub(super) fn statement(cx: &Cx, pair: P<'_>) -> Result<UserStatement> {
    let at = span(&pair);
    let rule = pair.as_rule();
    let if_not_exists = has(&pair, Rule::if_not_exists);
    let (mut names, mut password, mut role, mut validity) = (Vec::new(), None, None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::catalog_name => names.push(catalog_name(&part)?),
            Rule::user_password => password = Some(secret(inner(part, Rule::secret)?)?),
            Rule::user_role => role = Some(name::ident(&inner(part, Rule::name)?)?),
            Rule::token_validity => validity = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
            _ => {}
        }
    }
    let mut names = names.into_iter();
    let mut name = || -> Result<Ident> { names.next().ok_or_else(|| incomplete(at)) };
    Ok(match rule {
        Rule::create_user => UserStatement::Create {
            name: name()?,
            if_not_exists,
            password: password.ok_or_else(|| incomplete(at))?,
            role,
        },
        Rule::alter_user => UserStatement::Alter { name: name()?, password, role },
        _ => UserStatement::CreateToken { name: name()?, user: name()?, validity },
    })
}

/// A password, or the name of a backup: a string or a parameter.
pub(super) fn secret(pair: P<'_>) -> Result<Expr> {
    let at = span(&pair);
    let value = next(&mut pair.into_inner(), at)?;
    let kind = match value.as_rule() {
        Rule::string => ExprKind::Literal(Literal::String(literal::string(&value)?)),
        _ => ExprKind::Parameter(name::parameter(&value)?.name),
    };
    Ok(Expr { kind, span: at })
}
