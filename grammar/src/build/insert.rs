//! `INSERT`, `MERGE` and `UPSERT`.

use super::{Cx, P, catalog, each, expr, has, incomplete, inner, name, pattern, set, span};
use crate::ast::{ClauseKind, EdgeDirection, Expr, Ident, InsertEdge, InsertNode, InsertPath};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

pub(super) fn insert(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let overwrite = has(&pair, Rule::k_overwrite);
    let paths = paths(cx, pair)?;
    Ok(if overwrite {
        ClauseKind::Merge { paths, on_create: Vec::new(), on_match: Vec::new(), upsert: true }
    } else {
        ClauseKind::Insert(paths)
    })
}

pub(super) fn merge(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    let (mut on_create, mut on_match) = (Vec::new(), Vec::new());
    for part in pair.clone().into_inner() {
        match part.as_rule() {
            Rule::on_create => on_create.extend(set::items(cx, part)?),
            Rule::on_match => on_match.extend(set::items(cx, part)?),
            _ => {}
        }
    }
    Ok(ClauseKind::Merge { paths: paths(cx, pair)?, on_create, on_match, upsert: false })
}

pub(super) fn upsert(cx: &Cx, pair: P<'_>) -> Result<ClauseKind> {
    Ok(ClauseKind::Merge { paths: paths(cx, pair)?, on_create: Vec::new(), on_match: Vec::new(), upsert: true })
}

fn paths(cx: &Cx, pair: P<'_>) -> Result<Vec<InsertPath>> {
    each(pair, Rule::insert_path, |path| {
        let at = span(&path);
        let mut start = None;
        let mut steps = Vec::new();
        let mut edge = None;
        for part in path.into_inner() {
            match part.as_rule() {
                Rule::insert_edge => edge = Some(insert_edge(cx, part)?),
                _ => {
                    let node = node(cx, part)?;
                    match edge.take() {
                        Some(edge) => steps.push((edge, node)),
                        None => start = Some(node),
                    }
                }
            }
        }
        Ok(InsertPath { start: start.ok_or_else(|| incomplete(at))?, steps, span: at })
    })
}

/// The contents of the brackets.
#[derive(Default)]
struct Filler {
    variable: Option<Ident>,
    labels: Vec<Ident>,
    properties: Vec<(Ident, Expr)>,
}

fn filler(cx: &Cx, pair: P<'_>) -> Result<Filler> {
    let mut filler = Filler::default();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::ident => filler.variable = Some(name::ident(&part)?),
            Rule::label_names => filler.labels = catalog::labels(part)?,
            Rule::properties => filler.properties = properties(cx, part)?,
            _ => {}
        }
    }
    Ok(filler)
}

fn node(cx: &Cx, pair: P<'_>) -> Result<InsertNode> {
    let at = span(&pair);
    let Filler { variable, labels, properties } = filler(cx, pair)?;
    Ok(InsertNode { variable, labels, properties, span: at })
}

fn insert_edge(cx: &Cx, pair: P<'_>) -> Result<InsertEdge> {
    let at = span(&pair);
    let leftwards = match pattern::direction(&pair)? {
        EdgeDirection::Right => false,
        EdgeDirection::Left => true,
        EdgeDirection::Any => {
            return Err(
                SyntaxError::new(at, "an inserted edge has one direction").hint("write `-[:Label]->` or `<-[:Label]-`")
            );
        }
    };
    let Filler { variable, labels, properties } = filler(cx, pair)?;
    Ok(InsertEdge { variable, labels, properties, leftwards, span: at })
}

/// `{key: value, ...}`
pub(super) fn properties(cx: &Cx, pair: P<'_>) -> Result<Vec<(Ident, Expr)>> {
    each(pair, Rule::property, |pair| property(cx, pair))
}

/// `key: value`
pub(super) fn property(cx: &Cx, pair: P<'_>) -> Result<(Ident, Expr)> {
    let key = name::ident(&inner(pair.clone(), Rule::name)?)?;
    Ok((key, expr::expr(cx, inner(pair, Rule::expr)?)?))
}
