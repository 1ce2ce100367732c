//! `SET` and `REMOVE`.

use super::{Cx, P, each, expr, incomplete, inner, name, next, span};
use crate::ast::{ClauseKind, LabelName, RemoveItem, SetItem};
use crate::error::Result;
use crate::parser::Rule;

pub(super) fn items(cx: &Cx, pair: P<'_>) -> Result<Vec<SetItem>> {
    each(pair, Rule::set_item, |item| {
        let at = span(&item);
        let mut inner = item.into_inner();
        let element = name::ident(&next(&mut inner, at)?)?;
        let what = next(&mut inner, at)?;
        match what.as_rule() {
            Rule::name => {
                next(&mut inner, at)?; // `=`
                let value = expr::expr(cx, next(&mut inner, at)?)?;
                Ok(SetItem::Property { element, key: name::ident(&what)?, value })
            }
            Rule::set_all => {
                let add = what.as_str().starts_with('+');
                Ok(SetItem::Properties { element, value: expr::expr(cx, next(&mut inner, at)?)?, add })
            }
            Rule::set_key => {
                let key = expr::expr(cx, self::inner(what, Rule::expr)?)?;
                next(&mut inner, at)?; // `=`
                Ok(SetItem::Keyed { element, key, value: expr::expr(cx, next(&mut inner, at)?)? })
            }
            Rule::set_labels => Ok(SetItem::Labels { element, labels: labels(cx, what)? }),
            _ => Err(incomplete(at)),
        }
    })
}

/// Labels by name, and those that an expression names: `:Person:$(expression)`.
fn labels(cx: &Cx, pair: P<'_>) -> Result<Vec<LabelName>> {
    pair.into_inner()
        .filter_map(|part| match part.as_rule() {
            Rule::name => Some(name::ident(&part).map(LabelName::Name)),
            Rule::dynamic_label => {
                Some(inner(part, Rule::expr).and_then(|part| expr::expr(cx, part)).map(LabelName::Dynamic))
            }
            _ => None,
        })
        .collect()
}

pub(super) fn remove(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let items = each(pair, Rule::remove_item, |item| {
        let at = span(&item);
        let mut inner = item.into_inner();
        let element = name::ident(&next(&mut inner, at)?)?;
        let what = next(&mut inner, at)?;
        match what.as_rule() {
            Rule::name => Ok(RemoveItem::Property { element, key: name::ident(&what)? }),
            Rule::set_key => Ok(RemoveItem::Keyed { element, key: expr::expr(cx, self::inner(what, Rule::expr)?)? }),
            _ => Ok(RemoveItem::Labels { element, labels: labels(cx, what)? }),
        }
    })?;
    Ok(ClauseKind::Remove(items))
}
