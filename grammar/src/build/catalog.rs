//! Graphs, graph types and indexes.

use super::{Cx, P, expr, has, incomplete, inner, name, pattern, span, statement, types};
use crate::ast::{
    Constraint, EdgeDirection, ElementType, GraphTypeRef, Ident, IndexName, LabelExpr, PropertyType, Requirement, Span,
    StatementKind, TextIndex, UserStatement, VectorIndex,
};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

pub(super) fn catalog_name(pair: &P<'_>) -> Result<Ident> {
    name::ident(&inner(pair.clone(), Rule::name)?)
}

pub(super) fn create_graph(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let (mut name, mut if_not_exists, mut or_replace, mut graph_type, mut copy_of) = (None, false, false, None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::catalog_name => name = Some(catalog_name(&part)?),
            Rule::if_not_exists => if_not_exists = true,
            Rule::or_replace => or_replace = true,
            Rule::graph_of => {
                for of in part.into_inner() {
                    match of.as_rule() {
                        Rule::name => graph_type = Some(GraphTypeRef::Named(name::ident(&of)?)),
                        Rule::type_body => graph_type = Some(GraphTypeRef::Inline(elements(cx, of)?)),
                        _ => {}
                    }
                }
            }
            Rule::graph_copy => copy_of = Some(statement::graph_name(&inner(part, Rule::graph_name)?)?),
            _ => {}
        }
    }
    let name = name.ok_or_else(|| incomplete(at))?;
    Ok(StatementKind::CreateGraph { name, if_not_exists, or_replace, graph_type, copy_of })
}

pub(super) fn create_graph_type(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let name = catalog_name(&inner(pair.clone(), Rule::catalog_name)?)?;
    let (if_not_exists, or_replace) = (has(&pair, Rule::if_not_exists), has(&pair, Rule::or_replace));
    let (elements, copy_of) = if has(&pair, Rule::type_copy) {
        (Vec::new(), Some(name::ident(&inner(inner(pair, Rule::type_copy)?, Rule::name)?)?))
    } else {
        (elements(cx, inner(pair, Rule::type_body)?)?, None)
    };
    Ok(StatementKind::CreateGraphType { name, if_not_exists, or_replace, elements, copy_of })
}

fn elements(cx: &Cx, pair: P<'_>) -> Result<Vec<ElementType>> {
    super::each(pair, Rule::element_type, |p| element(cx, p))
}

/// The contents of the brackets of an element type.
struct Filler {
    name: Option<Ident>,
    labels: Vec<Ident>,
    properties: Vec<PropertyType>,
    written: bool,
}

fn filler(cx: &Cx, pair: P<'_>) -> Result<Filler> {
    let mut filler = Filler { name: None, labels: Vec::new(), properties: Vec::new(), written: false };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::name => filler.name = Some(name::ident(&part)?),
            Rule::label_names => filler.labels = labels(part)?,
            Rule::property_types => {
                filler.written = true;
                filler.properties = types::property_types(cx, part)?;
            }
            _ => {}
        }
    }
    Ok(filler)
}

/// The names of a label set.
pub(super) fn labels(pair: P<'_>) -> Result<Vec<Ident>> {
    super::each(pair, Rule::name, |p| name::ident(&p))
}

fn element(cx: &Cx, pair: P<'_>) -> Result<ElementType> {
    let at = span(&pair);
    let mut prefix = None;
    let mut edge_words = None;
    let mut nodes = Vec::new();
    let (mut edge, mut phrase) = (None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::element_words => {
                edge_words = Some(has(&part, Rule::k_edge) || has(&part, Rule::k_relationship));
                prefix = part.into_inner().find(|p| p.as_rule() == Rule::name).map(|p| name::ident(&p)).transpose()?;
            }
            Rule::element_node => nodes.push((span(&part), filler(cx, part)?)),
            Rule::element_edge => edge = Some(part),
            Rule::element_phrase => phrase = Some(part),
            _ => {}
        }
    }
    if let Some(phrase) = phrase {
        return phrased(cx, phrase, prefix, edge_words == Some(true));
    }
    if edge_words == Some(edge.is_none()) {
        return Err(SyntaxError::new(at, "NODE stands before a node type, EDGE before an edge type"));
    }
    let mut nodes = nodes.into_iter();
    let (_, first) = nodes.next().ok_or_else(|| incomplete(at))?;
    let Some(edge) = edge else {
        return Ok(ElementType::Node {
            name: prefix.or(first.name),
            labels: first.labels,
            properties: first.properties,
        });
    };
    let leftwards = match pattern::direction(&edge)? {
        EdgeDirection::Right => false,
        EdgeDirection::Left => true,
        EdgeDirection::Any => {
            return Err(SyntaxError::new(span(&edge), "an edge type has a direction").hint("write `-[...]->`"));
        }
    };
    let edge_at = span(&edge);
    let filler = filler(cx, edge)?;
    let first = endpoint(at, first)?;
    let second = endpoint(at, nodes.next().ok_or_else(|| incomplete(at))?.1)?;
    let (from, to) = if leftwards { (second, first) } else { (first, second) };
    edge_type(edge_at, prefix.or(filler.name), filler.labels, filler.properties, from, to)
}

fn edge_type(
    edge_at: Span,
    mut name: Option<Ident>,
    labels: Vec<Ident>,
    properties: Vec<PropertyType>,
    from: Ident,
    to: Ident,
) -> Result<ElementType> {
    let mut labels = labels.into_iter();
    let label = match (labels.next(), &name) {
        (Some(label), _) => label,
        // Without a label, the name of an edge type is its label.
        (None, Some(_)) => name.take().ok_or_else(|| incomplete(edge_at))?,
        (None, None) => return Err(SyntaxError::new(edge_at, "an edge type needs a label").hint("write `-[:LABEL]->`")),
    };
    match labels.next() {
        Some(second) => Err(SyntaxError::new(second.span, "an edge has exactly one label")),
        None => Ok(ElementType::Edge { name, label, properties, from, to }),
    }
}

/// An element type in the words of the standard.
fn phrased(cx: &Cx, pair: P<'_>, name: Option<Ident>, is_edge: bool) -> Result<ElementType> {
    let at = span(&pair);
    let (mut written, mut properties, mut ends) = (Vec::new(), Vec::new(), None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::label_names | Rule::phrase_labels => written = labels(part)?,
            Rule::property_types => properties = types::property_types(cx, part)?,
            Rule::connecting => {
                let leftwards = has(&part, Rule::connects_from);
                let mut names = labels(part)?.into_iter();
                let (Some(first), Some(second)) = (names.next(), names.next()) else { return Err(incomplete(at)) };
                ends = Some(if leftwards { (second, first) } else { (first, second) });
            }
            _ => {}
        }
    }
    match (is_edge, ends) {
        (true, Some((from, to))) => edge_type(at, name, written, properties, from, to),
        (false, None) => Ok(ElementType::Node { name, labels: written, properties }),
        (true, None) => Err(SyntaxError::new(at, "an edge type says which node types it connects")
            .hint("write CONNECTING (Person -> City) after it")),
        (false, Some(_)) => Err(SyntaxError::new(at, "only an edge type connects node types")),
    }
}

fn endpoint(at: Span, filler: Filler) -> Result<Ident> {
    if filler.written {
        return Err(SyntaxError::new(at, "the end of an edge type names a node type and has no properties"));
    }
    filler.labels.into_iter().next().or(filler.name).ok_or_else(|| {
        SyntaxError::new(at, "the end of an edge type names a node type").hint("write `(Person)` or `(:Person)`")
    })
}

pub(super) fn create_index(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let (mut name, mut unique, mut if_not_exists) = (None, false, false);
    let mut on = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::unique => unique = true,
            Rule::if_not_exists => if_not_exists = true,
            Rule::catalog_name => name = Some(catalog_name(&part)?),
            Rule::index_on | Rule::index_for => on = Some(part),
            _ => {}
        }
    }
    let on = on.ok_or_else(|| incomplete(at))?;
    let (on_edge, label, properties) = match on.as_rule() {
        Rule::index_on => index_on(on)?,
        _ => index_for(cx, on)?,
    };
    // Without a name, the index is named after its label and properties.
    let name = name.unwrap_or_else(|| {
        let keys: Vec<&str> = properties.iter().map(|p: &Ident| p.name.as_str()).collect();
        Ident { name: format!("{}_{}", label.name, keys.join("_")), span: label.span }
    });
    Ok(StatementKind::CreateIndex { name, unique, if_not_exists, on_edge, label, properties })
}

/// The name of an index, which may be a parameter.
pub(super) fn index_name(pair: &P<'_>) -> Result<IndexName> {
    let at = span(pair);
    let part = pair.clone().into_inner().next().ok_or_else(|| incomplete(at))?;
    Ok(match part.as_rule() {
        Rule::param => IndexName::Parameter(name::parameter(&part)?),
        Rule::string => IndexName::Name(name::ident(&part)?),
        _ => IndexName::Name(catalog_name(&part)?),
    })
}

/// `CREATE VECTOR INDEX i FOR (n:L) ON (n.p) OPTIONS {..}`
pub(super) fn create_vector_index(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let (mut name, mut if_not_exists, mut on, mut options) = (None, false, None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::if_not_exists => if_not_exists = true,
            Rule::index_name => name = Some(index_name(&part)?),
            Rule::index_on | Rule::vector_for | Rule::vector_on => on = Some(part),
            Rule::vector_options => options = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
            _ => {}
        }
    }
    let on = on.ok_or_else(|| incomplete(at))?;
    let (on_edge, label, properties) = match on.as_rule() {
        Rule::vector_for => index_for(cx, on)?,
        _ => index_on(on)?,
    };
    let mut properties = properties.into_iter();
    let property = properties.next().ok_or_else(|| incomplete(at))?;
    if let Some(second) = properties.next() {
        return Err(SyntaxError::new(second.span, "a vector index is on one property"));
    }
    let name = name.unwrap_or_else(|| {
        IndexName::Name(Ident { name: format!("{}_{}", label.name, property.name), span: label.span })
    });
    let index = VectorIndex { name, if_not_exists, on_edge, label, property, options };
    Ok(StatementKind::CreateVectorIndex(Box::new(index)))
}

/// `CREATE FULLTEXT INDEX i FOR (n:L|M) ON EACH [n.p, n.q] OPTIONS {..}`
pub(super) fn create_text_index(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let part = |rule: Rule| pair.clone().into_inner().find(|part| part.as_rule() == rule);
    let name = part(Rule::index_name).map(|name| index_name(&name)).transpose()?;
    let options = part(Rule::vector_options).map(|options| expr::expr(cx, inner(options, Rule::expr)?)).transpose()?;
    let if_not_exists = has(&pair, Rule::if_not_exists);
    let (on_edge, labels, properties) = index_of_labels(cx, pair.clone())?;
    let name = name.unwrap_or_else(|| {
        let names: Vec<&str> = labels.iter().chain(&properties).map(|name| name.name.as_str()).collect();
        IndexName::Name(Ident { name: names.join("_"), span: span(&pair) })
    });
    let index = TextIndex { name, if_not_exists, on_edge, labels, properties, options };
    Ok(StatementKind::CreateTextIndex(Box::new(index)))
}

/// `ON NODE L (p, ...)`, and `ON L.p`
fn index_on(pair: P<'_>) -> Result<(bool, Ident, Vec<Ident>)> {
    let at = span(&pair);
    let on_edge = has(&pair, Rule::k_edge) || has(&pair, Rule::k_relationship);
    let mut names = labels(pair)?.into_iter();
    let label = names.next().ok_or_else(|| incomplete(at))?;
    Ok((on_edge, label, names.collect()))
}

/// `FOR (n:L) ON (n.p)`, the form of Cypher.
fn index_for(cx: &Cx, pair: P<'_>) -> Result<(bool, Ident, Vec<Ident>)> {
    let at = span(&pair);
    let (on_edge, labels, keys) = index_of_labels(cx, pair)?;
    match <[Ident; 1]>::try_from(labels) {
        Ok([label]) => Ok((on_edge, label, keys)),
        Err(_) => {
            Err(SyntaxError::new(at, "an index covers exactly one label").hint("write `FOR (n:Label) ON (n.key)`"))
        }
    }
}

/// The same with any of several labels; whether it is on edges, the labels, the properties.
fn index_of_labels(cx: &Cx, pair: P<'_>) -> Result<(bool, Vec<Ident>, Vec<Ident>)> {
    let at = span(&pair);
    let (mut node, mut edge, mut keys) = (None, None, Vec::new());
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::node_pattern if node.is_none() => {
                let n = pattern::node(cx, part)?;
                node = Some((n.variable, n.label));
            }
            Rule::edge => {
                let e = pattern::edge(cx, part)?;
                edge = Some((e.variable, e.label));
            }
            Rule::index_key => {
                let mut inner = part.into_inner();
                let element = name::ident(&super::next(&mut inner, at)?)?;
                keys.push((element, name::ident(&super::next(&mut inner, at)?)?));
            }
            _ => {}
        }
    }
    let on_edge = edge.is_some();
    let (variable, label) = edge.or(node).ok_or_else(|| incomplete(at))?;
    let names = match label {
        Some(LabelExpr::Or(labels)) => labels,
        label => label.into_iter().collect(),
    };
    let names = names.into_iter().map(|label| match label {
        LabelExpr::Name(label) => Some(label),
        _ => None,
    });
    let Some(labels) = names.collect::<Option<Vec<_>>>().filter(|labels| !labels.is_empty()) else {
        return Err(
            SyntaxError::new(at, "an index covers labels by their names").hint("write `FOR (n:Label) ON (n.key)`")
        );
    };
    for (element, _) in &keys {
        if variable.as_ref() != Some(element) {
            return Err(SyntaxError::new(
                element.span,
                format!("`{}` is not the variable of the pattern", element.name),
            ));
        }
    }
    Ok((on_edge, labels, keys.into_iter().map(|(_, key)| key).collect()))
}

/// `CREATE CONSTRAINT c FOR (n:L) REQUIRE n.p IS UNIQUE`
pub(super) fn create_constraint(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let if_not_exists = has(&pair, Rule::if_not_exists);
    let name = pair.clone().into_inner().find(|p| p.as_rule() == Rule::catalog_name);
    let kind = inner(pair.clone(), Rule::constraint_kind)?;
    let requires = if has(&kind, Rule::k_null) {
        Requirement::NotNull
    } else if has(&kind, Rule::k_unique) {
        Requirement::Unique
    } else if has(&kind, Rule::k_key) {
        Requirement::Key
    } else {
        Requirement::Typed(types::type_name(cx, inner(kind, Rule::type_name)?)?)
    };
    let (on_edge, label, properties) = index_for(cx, pair)?;
    let name = match name {
        Some(name) => catalog_name(&name)?,
        None => {
            let keys: Vec<&str> = properties.iter().map(|p| p.name.as_str()).collect();
            let required = match &requires {
                Requirement::Unique => "unique",
                Requirement::NotNull => "not_null",
                Requirement::Key => "key",
                Requirement::Typed(_) => "typed",
            };
            Ident { name: format!("{}_{}_{required}", label.name, keys.join("_")), span: label.span }
        }
    };
    let constraint = Constraint { name, if_not_exists, on_edge, label, properties, requires, span: at };
    Ok(StatementKind::CreateConstraint(Box::new(constraint)))
}

pub(super) fn drop(pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let what = pair.into_inner().find(|p| p.as_rule() != Rule::k_drop).ok_or_else(|| incomplete(at))?;
    let if_exists = has(&what, Rule::if_exists);
    let rule = what.as_rule();
    if rule == Rule::drop_index {
        return Ok(StatementKind::DropIndex { name: index_name(&inner(what, Rule::index_name)?)?, if_exists });
    }
    let name = match rule {
        Rule::drop_model => name::ident(&inner(what, Rule::model_name)?)?,
        _ => catalog_name(&inner(what, Rule::catalog_name)?)?,
    };
    Ok(match rule {
        Rule::drop_graph_type => StatementKind::DropGraphType { name, if_exists },
        Rule::drop_constraint => StatementKind::DropConstraint { name, if_exists },
        Rule::drop_model => StatementKind::DropModel { name, if_exists },
        Rule::drop_user => StatementKind::User(UserStatement::Drop { name, if_exists }),
        Rule::drop_token => StatementKind::User(UserStatement::DropToken { name, if_exists }),
        _ => StatementKind::DropGraph { name, if_exists },
    })
}
