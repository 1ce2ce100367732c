//! Graph patterns and label expressions.

use super::{Cx, P, expr, has, incomplete, inner, insert, name, span};
use crate::ast::{
    EdgeDirection, EdgePattern, Expr, GraphPattern, GroupPattern, Ident, LabelExpr, MatchMode, NodePattern,
    PathElement, PathMode, PathPattern, PathSearch, Quantifier, Span,
};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

pub(super) fn graph_pattern(cx: &Cx, pair: P<'_>) -> Result<GraphPattern> {
    let mut called = Vec::new();
    let mut out = GraphPattern { match_mode: None, paths: Vec::new(), condition: None, yields: None };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::match_mode => {
                let different = has(&part, Rule::k_different);
                out.match_mode =
                    Some(if different { MatchMode::DifferentEdges } else { MatchMode::RepeatableElements });
            }
            Rule::path_pattern => {
                if has(&part, Rule::shortest_call) {
                    called.push((out.paths.len(), span(&part)));
                }
                out.paths.push(path_pattern(cx, part)?);
            }
            Rule::keep => return Err(SyntaxError::unsupported(span(&part), "KEEP clauses (G006)")),
            Rule::where_clause => out.condition = Some(condition(cx, part)?),
            Rule::graph_yield => out.yields = Some(super::each(part, Rule::ident, |name| name::ident(&name))?),
            _ => {}
        }
    }
    for (path, at) in called {
        if let Some(condition) = &out.condition
            && let Some(path) = out.paths.get(path)
        {
            refuse_condition(path, condition, at)?;
        }
    }
    Ok(out)
}

/// In Cypher a condition of WHERE on the path or its edges is asked while the shortest path is looked for, in GQL afterwards: an
/// answer would differ in silence.
fn refuse_condition(path: &PathPattern, condition: &Expr, at: Span) -> Result<()> {
    let of_edges = path.elements.iter().filter_map(|element| match element {
        PathElement::Edge(edge) => edge.variable.as_ref(),
        _ => None,
    });
    let printed = crate::print_expr(condition);
    let mut words = printed.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut names = path.variable.iter().chain(of_edges);
    match names.find(|name| words.clone().any(|word| word == name.name)) {
        Some(name) if words.next().is_some() => Err(SyntaxError::new(
            at,
            format!(
                "the condition on `{}` would be asked of the shortest path alone, not while it is looked for",
                name.name
            ),
        )
        .hint("put it inside the edge: `ANY SHORTEST (a)-[e:Label WHERE e.key > 1]-+(b)`")),
        _ => Ok(()),
    }
}

/// The expression of a WHERE or a COST.
pub(super) fn condition(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    expr::expr(cx, inner(pair, Rule::expr)?)
}

fn path_pattern(cx: &Cx, pair: P<'_>) -> Result<PathPattern> {
    let mut out = PathPattern { variable: None, search: None, mode: None, elements: Vec::new(), span: span(&pair) };
    let mut groups = false;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::ident => out.variable = Some(name::ident(&part)?),
            Rule::path_search => out.search = Some(path_search(part)?),
            Rule::path_mode => out.mode = Some(path_mode(&part)),
            Rule::path_words => {
                groups = has(&part, Rule::k_groups) || has(&part, Rule::k_group);
                let counted = matches!(out.search, Some(PathSearch::ShortestK { .. } | PathSearch::CheapestK { .. }));
                if groups && !counted {
                    return Err(SyntaxError::new(span(&part), "GROUPS belongs to SHORTEST k or CHEAPEST k"));
                }
            }
            Rule::shortest_call => {
                for part in part.into_inner() {
                    match part.as_rule() {
                        Rule::shortest_word => {
                            let all = part.as_str().len() > "shortestPath".len();
                            out.search = Some(if all { PathSearch::AllShortest } else { PathSearch::AnyShortest });
                        }
                        _ => out.elements.push(element(cx, part)?),
                    }
                }
            }
            _ => out.elements.push(element(cx, part)?),
        }
    }
    if let Some(PathSearch::ShortestK { groups: g, .. } | PathSearch::CheapestK { groups: g, .. }) = &mut out.search {
        *g = groups;
    }
    Ok(out)
}

fn path_search(pair: P<'_>) -> Result<PathSearch> {
    let all = has(&pair, Rule::k_all);
    let any = has(&pair, Rule::k_any);
    let shortest = has(&pair, Rule::k_shortest);
    let cheapest = has(&pair, Rule::k_cheapest);
    let count = pair.into_inner().find(|p| p.as_rule() == Rule::number);
    let count = count.map(|count| bound(&count)).transpose()?;
    Ok(match (all, any, shortest, cheapest) {
        (true, _, true, _) => PathSearch::AllShortest,
        (_, true, true, _) => PathSearch::AnyShortest,
        (true, _, _, true) => PathSearch::AllCheapest,
        (_, true, _, true) => PathSearch::AnyCheapest,
        (_, _, _, true) => PathSearch::CheapestK { count: count.unwrap_or(1), groups: false },
        (true, ..) => PathSearch::All,
        (_, true, ..) if count.is_none() => PathSearch::Any,
        // `ANY k` may give any k paths: the shortest ones are as good as others.
        _ => PathSearch::ShortestK { count: count.unwrap_or(1), groups: false },
    })
}

fn path_mode(pair: &P<'_>) -> PathMode {
    if has(pair, Rule::k_walk) {
        PathMode::Walk
    } else if has(pair, Rule::k_trail) {
        PathMode::Trail
    } else if has(pair, Rule::k_acyclic) {
        PathMode::Acyclic
    } else {
        PathMode::Simple
    }
}

fn element(cx: &Cx, pair: P<'_>) -> Result<PathElement> {
    let at = span(&pair);
    match pair.as_rule() {
        Rule::node_pattern => Ok(PathElement::Node(node(cx, pair)?)),
        Rule::edge => Ok(PathElement::Edge(edge(cx, pair)?)),
        Rule::group_pattern => Ok(PathElement::Group(cx.deeper(1, at, || group(cx, pair))?)),
        Rule::path_union => {
            Err(SyntaxError::unsupported(at, "unions of path patterns (G030, G032)")
                .hint("use UNION, or `|` in a label"))
        }
        _ => Err(incomplete(at)),
    }
}

fn group(cx: &Cx, pair: P<'_>) -> Result<GroupPattern> {
    let mut out = GroupPattern {
        mode: None,
        elements: Vec::new(),
        condition: None,
        quantifier: None,
        cost: None,
        span: span(&pair),
    };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::path_mode => out.mode = Some(path_mode(&part)),
            Rule::ident | Rule::path_words => {}
            Rule::subpath => return Err(SyntaxError::unsupported(span(&part), "variables of a part of a path (G048)")),
            Rule::where_clause => out.condition = Some(condition(cx, part)?),
            Rule::cost => out.cost = Some(condition(cx, part)?),
            Rule::quantifier => out.quantifier = Some(quantifier(part)?),
            _ => out.elements.push(element(cx, part)?),
        }
    }
    Ok(out)
}

/// The contents of the brackets of a node or edge.
#[derive(Default)]
struct Filler {
    variable: Option<Ident>,
    label: Option<LabelExpr>,
    properties: Vec<(Ident, Expr)>,
    condition: Option<Expr>,
    quantifier: Option<Quantifier>,
    cost: Option<Expr>,
}

fn filler(cx: &Cx, pair: P<'_>) -> Result<Filler> {
    let mut out = Filler::default();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::ident => out.variable = Some(name::ident(&part)?),
            Rule::label_part => out.label = Some(label(cx, inner(part, Rule::label_expr)?)?),
            Rule::properties => out.properties = insert::properties(cx, part)?,
            Rule::where_clause => out.condition = Some(condition(cx, part)?),
            Rule::inner_quantifier => out.quantifier = Some(inner_quantifier(part)?),
            Rule::cost => out.cost = Some(condition(cx, part)?),
            _ => {}
        }
    }
    Ok(out)
}

pub(super) fn node(cx: &Cx, pair: P<'_>) -> Result<NodePattern> {
    let at = span(&pair);
    let Filler { variable, label, properties, condition, quantifier, .. } = filler(cx, pair)?;
    if let Some(quantifier) = quantifier {
        return Err(SyntaxError::new(quantifier.span, "a node does not repeat")
            .hint("a quantifier belongs after an edge or a parenthesised path"));
    }
    Ok(NodePattern { variable, label, properties, condition, span: at })
}

pub(super) fn edge(cx: &Cx, pair: P<'_>) -> Result<EdgePattern> {
    let at = span(&pair);
    let direction = direction(&pair)?;
    let after =
        pair.clone().into_inner().find(|p| p.as_rule() == Rule::quantifier).map(self::quantifier).transpose()?;
    let Filler { variable, label, properties, condition, quantifier, cost } = filler(cx, pair)?;
    if let (Some(_), Some(second)) = (quantifier, after) {
        return Err(SyntaxError::new(second.span, "this edge already has a quantifier between its brackets"));
    }
    let quantifier = after.or(quantifier);
    Ok(EdgePattern { variable, label, properties, condition, direction, quantifier, cost, span: at })
}

/// The direction of an edge, by its arrow.
pub(super) fn direction(pair: &P<'_>) -> Result<EdgeDirection> {
    let (mut left, mut right, mut known) = (false, false, false);
    for part in pair.clone().into_inner() {
        match part.as_rule() {
            Rule::edge_open => left = part.as_str().starts_with('<'),
            Rule::edge_close => right = part.as_str().ends_with('>'),
            Rule::edge_short => {
                left = part.as_str().starts_with('<');
                right = part.as_str().ends_with('>');
            }
            _ => continue,
        }
        known = true;
    }
    match (known, left, right) {
        (false, ..) => Err(incomplete(span(pair))),
        (_, true, false) => Ok(EdgeDirection::Left),
        (_, false, true) => Ok(EdgeDirection::Right),
        _ => Ok(EdgeDirection::Any),
    }
}

fn bound(pair: &P<'_>) -> Result<u32> {
    let text = pair.as_str().trim_end();
    let wrong = || SyntaxError::out_of_range(span(pair), format!("{text} is no number of repetitions"));
    text.replace('_', "").parse().map_err(|_| wrong())
}

fn ordered(quantifier: Quantifier) -> Result<Quantifier> {
    match quantifier.max {
        Some(max) if max < quantifier.min => {
            let text = format!("the lower bound {} is above the upper bound {max}", quantifier.min);
            Err(SyntaxError { gqlstatus: "42000", ..SyntaxError::new(quantifier.span, text) })
        }
        _ => Ok(quantifier),
    }
}

fn quantifier(pair: P<'_>) -> Result<Quantifier> {
    let at = span(&pair);
    let (mut min, mut max, mut questioned) = (0, None, false);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::plus => min = 1,
            Rule::question => (max, questioned) = (Some(1), true),
            Rule::bounds => {
                let open = has(&part, Rule::comma);
                for part in part.into_inner() {
                    match part.as_rule() {
                        Rule::low => {
                            min = bound(&part)?;
                            if !open {
                                max = Some(min);
                            }
                        }
                        Rule::high => max = Some(bound(&part)?),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    ordered(Quantifier { min, max, questioned, span: at })
}

/// `*`, `*2`, `*1..3` between the brackets, in Cypher's form, where a bare `*` means one or more.
fn inner_quantifier(pair: P<'_>) -> Result<Quantifier> {
    let at = span(&pair);
    let (mut min, mut max) = (1, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::cypher_low => min = bound(&part)?,
            Rule::high => max = Some(bound(&part)?),
            Rule::low => {
                min = bound(&part)?;
                max = Some(min);
            }
            _ => {}
        }
    }
    ordered(Quantifier { min, max, questioned: false, span: at })
}

/// A label expression.
pub(super) fn label(cx: &Cx, pair: P<'_>) -> Result<LabelExpr> {
    let at = span(&pair);
    cx.deeper(1, at, || {
        let mut alternatives = Vec::new();
        for term in pair.into_inner().filter(|p| p.as_rule() == Rule::label_term) {
            let factors = super::each(term, Rule::label_factor, |factor| label_factor(cx, factor))?;
            alternatives.push(one_or(factors, LabelExpr::And, at)?);
        }
        one_or(alternatives, LabelExpr::Or, at)
    })
}

fn one_or(mut parts: Vec<LabelExpr>, many: fn(Vec<LabelExpr>) -> LabelExpr, at: Span) -> Result<LabelExpr> {
    if parts.len() > 1 {
        return Ok(many(parts));
    }
    parts.pop().ok_or_else(|| incomplete(at))
}

fn label_factor(cx: &Cx, pair: P<'_>) -> Result<LabelExpr> {
    let at = span(&pair);
    let mut bangs = 0;
    let mut result = None;
    let nots = pair.clone().into_inner().filter(|p| p.as_rule() == Rule::bang).count();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::bang => bangs += 1,
            Rule::wildcard => result = Some(LabelExpr::Wildcard(span(&part))),
            Rule::label_expr => result = Some(cx.deeper(nots, at, || label(cx, part))?),
            _ => result = Some(LabelExpr::Name(name::ident(&part)?)),
        }
    }
    let mut result = result.ok_or_else(|| incomplete(at))?;
    for _ in 0..bangs {
        result = LabelExpr::Not(Box::new(result));
    }
    Ok(result)
}
