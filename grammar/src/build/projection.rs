//! The body of `RETURN` and `WITH`, `ORDER BY`, and `YIELD`.

use super::{Cx, P, each, expr, has, incomplete, inner, name, query, span};
use crate::ast::{Projection, ProjectionItem, SortItem, YieldItem};
use crate::error::Result;
use crate::parser::Rule;

pub(super) fn projection(cx: &Cx, pair: P<'_>) -> Result<Projection> {
    let mut out = Projection::default();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::distinct => out.distinct = true,
            Rule::star => out.star = true,
            Rule::item => out.items.push(item(cx, part)?),
            Rule::group_by => out.group_by = Some(each(part, Rule::expr, |key| expr::expr(cx, key))?),
            Rule::order_by => out.order_by = sort_items(cx, part)?,
            Rule::offset => out.offset = Some(query::row_count(cx, part)?),
            Rule::limit => out.limit = Some(query::row_count(cx, part)?),
            _ => {}
        }
    }
    Ok(out)
}

fn item(cx: &Cx, pair: P<'_>) -> Result<ProjectionItem> {
    let at = span(&pair);
    let (mut value, mut text, mut alias) = (None, String::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => {
                text = collapsed(part.as_str());
                value = Some(expr::expr(cx, part)?);
            }
            Rule::name => alias = Some(name::ident(&part)?),
            _ => {}
        }
    }
    let name = match &alias {
        Some(alias) => alias.name.clone(),
        // A bare variable between backticks names its column without them.
        None => match value.as_ref().map(|v| &v.kind) {
            Some(crate::ast::ExprKind::Variable(name)) => name.clone(),
            _ => text,
        },
    };
    Ok(ProjectionItem { expr: value.ok_or_else(|| incomplete(at))?, alias, name })
}

/// White space and comments outside quotes become one space.
fn collapsed(text: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    for lexeme in crate::lex::Lexer::new(text) {
        if lexeme.start > end && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(text.get(lexeme.start..lexeme.end).unwrap_or_default());
        end = lexeme.end;
    }
    out
}

pub(super) fn sort_items(cx: &Cx, pair: P<'_>) -> Result<Vec<SortItem>> {
    each(pair, Rule::sort_item, |item| {
        let nulls_first =
            item.clone().into_inner().find(|p| p.as_rule() == Rule::nulls).map(|n| has(&n, Rule::k_first));
        let descending = has(&item, Rule::descending);
        Ok(SortItem { expr: expr::expr(cx, inner(item, Rule::expr)?)?, descending, nulls_first })
    })
}

/// The items of `YIELD`; `None` for `YIELD *`.
pub(super) fn yields(pair: P<'_>) -> Result<Option<Vec<YieldItem>>> {
    if has(&pair, Rule::star) {
        return Ok(None);
    }
    let items = each(pair, Rule::yield_item, |item| {
        let name = name::ident(&inner(item.clone(), Rule::name)?)?;
        let alias = item.into_inner().filter(|p| p.as_rule() == Rule::name).nth(1);
        let alias = alias.map(|p| name::ident(&p)).transpose()?;
        Ok(YieldItem { name, alias })
    })?;
    Ok(Some(items))
}
