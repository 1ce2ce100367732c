//! `SET` and `REMOVE`.

use super::{Cx, P, catalog, each, expr, incomplete, name, next, span};
use crate::ast::{ClauseKind, RemoveItem, SetItem};
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
            Rule::label_names => Ok(SetItem::Labels { element, labels: catalog::labels(what)? }),
            _ => Err(incomplete(at)),
        }
    })
}

pub(super) fn remove(pair: P<'_>) -> Result<ClauseKind> {
    let items = each(pair, Rule::remove_item, |item| {
        let at = span(&item);
        let mut inner = item.into_inner();
        let element = name::ident(&next(&mut inner, at)?)?;
        let what = next(&mut inner, at)?;
        match what.as_rule() {
            Rule::name => Ok(RemoveItem::Property { element, key: name::ident(&what)? }),
            _ => Ok(RemoveItem::Labels { element, labels: catalog::labels(what)? }),
        }
    })?;
    Ok(ClauseKind::Remove(items))
}
