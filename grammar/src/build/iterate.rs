//! What Cypher has beside GQL: comprehensions, predicates over lists, REDUCE, map projections, and patterns as conditions.

use super::{Cx, P, each, expr, has, incomplete, inner, insert, name, next, pattern, query, span};
use crate::ast::{
    Block, ClauseKind, CompareOperator, Expr, ExprKind, GraphPattern, Ident, Iteration, LabelExpr, Linear,
    ListQuantifier, MapItem, NodePattern, PathElement, PathPattern, PathSearch, Projection, ProjectionItem, Query,
    Span, Subquery,
};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;

/// `[a, b]`, or a comprehension: `[x IN list WHERE condition | body]`, `[(a)-->(b) | b.name]`.
pub(super) fn list(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let Parts { mut items, condition, body } = parts(cx, pair)?;
    if condition.is_none() && body.is_none() {
        return Ok(ExprKind::List(items));
    }
    let (Some(first), true) = (items.pop(), items.is_empty()) else {
        return Err(not_one(at));
    };
    match first.kind {
        ExprKind::In { negated: false, .. } => {
            Ok(ExprKind::Comprehension(Box::new(iteration(first, condition, body)?)))
        }
        ExprKind::Exists(subquery) if matches!(*subquery, Subquery::Condition(_)) => {
            pattern_comprehension(at, None, *subquery, condition, body)
        }
        ExprKind::Compare(CompareOperator::Equal, path, found) => match (path.kind, found.kind) {
            (ExprKind::Variable(name), ExprKind::Exists(subquery)) if matches!(*subquery, Subquery::Condition(_)) => {
                let path = Ident { name, span: path.span };
                pattern_comprehension(at, Some(path), *subquery, condition, body)
            }
            _ => Err(not_one(at)),
        },
        _ => Err(not_one(at)),
    }
}

fn not_one(at: Span) -> SyntaxError {
    SyntaxError::new(at, "a list comprehension begins with a variable and its list, or with a pattern")
        .hint("write [x IN list WHERE condition | expression]")
}

fn pattern_comprehension(
    at: Span,
    path: Option<Ident>,
    subquery: Subquery,
    condition: Option<Expr>,
    body: Option<Expr>,
) -> Result<ExprKind> {
    let Subquery::Condition(mut pattern) = subquery else { return Err(incomplete(at)) };
    let Some(body) = body else {
        return Err(SyntaxError::new(at, "a pattern comprehension says what it collects")
            .hint("write [(a)-[:Label]->(b) | b.name]"));
    };
    if let Some(first) = pattern.paths.first_mut() {
        first.variable = path;
    }
    pattern.condition = condition;
    Ok(ExprKind::PatternComprehension(Box::new(pattern), Box::new(body)))
}

/// The expressions between brackets, `WHERE condition` and `| body`.
struct Parts {
    items: Vec<Expr>,
    condition: Option<Expr>,
    body: Option<Expr>,
}

fn parts(cx: &Cx, pair: P<'_>) -> Result<Parts> {
    let mut out = Parts { items: Vec::new(), condition: None, body: None };
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => out.items.push(expr::expr(cx, part)?),
            Rule::where_clause => out.condition = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
            Rule::mapped => out.body = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
            _ => {}
        }
    }
    Ok(out)
}

/// `x IN list` with what follows it.
fn iteration(first: Expr, mut condition: Option<Expr>, mut body: Option<Expr>) -> Result<Iteration> {
    let at = first.span;
    let ExprKind::In { negated: false, item, list } = first.kind else { return Err(not_one(at)) };
    let ExprKind::Variable(name) = item.kind else { return Err(not_one(at)) };
    let variable = Ident { name, span: item.span };
    if body.is_none() {
        body = condition.as_mut().and_then(|condition| after_label(condition, &variable.name));
    }
    Ok(Iteration { variable, list: *list, condition, body })
}

/// `WHERE x:A | x`: where the last alternative of a label at the end of a condition is the variable, it is what is collected.
fn after_label(condition: &mut Expr, variable: &str) -> Option<Expr> {
    match &mut condition.kind {
        ExprKind::And(parts) => after_label(parts.last_mut()?, variable),
        ExprKind::Or(_, rest) => after_label(&mut rest.last_mut()?.1, variable),
        ExprKind::Not(inner) => after_label(inner, variable),
        ExprKind::IsLabeled { label, .. } => {
            let LabelExpr::Or(alternatives) = label else { return None };
            let found = matches!(alternatives.last(), Some(LabelExpr::Name(name)) if name.name == variable);
            let last = if found { alternatives.pop() } else { None };
            if let [_] = alternatives[..] {
                *label = alternatives.pop()?;
            }
            match last {
                Some(LabelExpr::Name(name)) => Some(Expr { kind: ExprKind::Variable(name.name), span: name.span }),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `ALL(x IN list WHERE condition)`, `ANY(..)`.
pub(super) fn list_predicate(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let quantifier = if has(&pair, Rule::k_all) { ListQuantifier::All } else { ListQuantifier::Any };
    let Parts { mut items, condition, .. } = parts(cx, pair)?;
    quantified(quantifier, items.pop().ok_or_else(|| incomplete(at))?, condition)
}

fn quantified(quantifier: ListQuantifier, first: Expr, condition: Option<Expr>) -> Result<ExprKind> {
    let at = first.span;
    let iteration = match iteration(first, condition, None) {
        Ok(iteration) if iteration.body.is_none() => iteration,
        _ => {
            return Err(SyntaxError::new(at, format!("{} begins with a variable and its list", quantifier.name()))
                .hint(format!("write {}(x IN list WHERE condition)", quantifier.name())));
        }
    };
    Ok(ExprKind::Quantified(quantifier, Box::new(iteration)))
}

/// A call with WHERE or `|` between its parentheses, `NONE(x IN list WHERE ..)`, `SINGLE(..)`, `REDUCE(sum = 0, x IN list | sum + x)`;
/// and `shortestPath((a)-[*]-(b))`. `None` for any other.
pub(super) fn call(cx: &Cx, called: &str, pair: P<'_>) -> Result<Option<ExprKind>> {
    let at = span(&pair);
    let shortest = matches!(called, "SHORTESTPATH" | "ALLSHORTESTPATHS");
    if !has(&pair, Rule::where_clause) && !has(&pair, Rule::mapped) && !shortest {
        return Ok(None);
    }
    let Parts { mut items, condition, body } = parts(cx, pair)?;
    let quantifier = match called {
        "NONE" => Some(ListQuantifier::None),
        "SINGLE" => Some(ListQuantifier::Single),
        _ => None,
    };
    if let (Some(quantifier), 1, None) = (quantifier, items.len(), &body)
        && let Some(first) = items.pop()
    {
        return quantified(quantifier, first, condition).map(Some);
    }
    match (called, items.len(), condition, body) {
        ("REDUCE", 2, None, Some(body)) => {
            let (Some(second), Some(first)) = (items.pop(), items.pop()) else { return Err(incomplete(at)) };
            reduce(first, second, body).map(Some)
        }
        (_, 1, None, None) if shortest => {
            let first = items.pop().ok_or_else(|| incomplete(at))?;
            shortest_value(called == "SHORTESTPATH", first).map(Some)
        }
        ("REDUCE", ..) => Err(SyntaxError::new(at, "REDUCE takes an accumulator, a list and what becomes of them")
            .hint("write REDUCE(sum = 0, x IN list | sum + x)")),
        _ if shortest => Err(not_a_path(at, called)),
        _ => Err(SyntaxError::new(at, format!("{called} takes neither WHERE nor `|` between its parentheses"))),
    }
}

fn reduce(first: Expr, second: Expr, body: Expr) -> Result<ExprKind> {
    let at = first.span;
    let (ExprKind::Compare(CompareOperator::Equal, name, initial), ExprKind::In { negated: false, .. }) =
        (first.kind, &second.kind)
    else {
        return Err(SyntaxError::new(
            at,
            "REDUCE begins with an accumulator and its first value, then a variable and its list",
        )
        .hint("write REDUCE(sum = 0, x IN list | sum + x)"));
    };
    let ExprKind::Variable(accumulator) = name.kind else {
        return Err(SyntaxError::new(name.span, "the accumulator of REDUCE is a name"));
    };
    let accumulator = Ident { name: accumulator, span: name.span };
    Ok(ExprKind::Reduce { accumulator, initial, iteration: Box::new(iteration(second, None, Some(body))?) })
}

fn not_a_path(at: Span, called: &str) -> SyntaxError {
    SyntaxError::new(at, format!("{called} takes a path pattern")).hint("write shortestPath((a)-[:Label*]-(b))")
}

/// `shortestPath((a)-[*]-(b))` as a value: `VALUE { MATCH p = ANY SHORTEST .. RETURN p }`; all of them as a list.
fn shortest_value(one: bool, argument: Expr) -> Result<ExprKind> {
    let at = argument.span;
    let called = if one { "shortestPath" } else { "allShortestPaths" };
    let ExprKind::Exists(subquery) = argument.kind else { return Err(not_a_path(at, called)) };
    let Subquery::Condition(mut pattern) = *subquery else { return Err(not_a_path(at, called)) };
    let variable = Ident { name: "path".to_owned(), span: at };
    if let Some(path) = pattern.paths.first_mut() {
        path.variable = Some(variable.clone());
        path.search = Some(if one { PathSearch::AnyShortest } else { PathSearch::AllShortest });
    }
    let path = Expr { kind: ExprKind::Variable(variable.name.clone()), span: at };
    let value = match one {
        true => path,
        false => {
            let name = "COLLECT_LIST".to_owned();
            let kind = ExprKind::Call { name, distinct: false, arguments: vec![path], star: false };
            Expr { kind, span: at }
        }
    };
    let item = ProjectionItem { expr: value, alias: Some(variable.clone()), name: variable.name };
    let projection = Projection { items: vec![item], ..Projection::default() };
    let clauses = vec![
        query::at(at, ClauseKind::Match { optional: false, pattern }),
        query::at(at, ClauseKind::Return(projection)),
    ];
    let first = Linear { clauses, span: at };
    let query = Query { blocks: vec![Block { yields: None, first, rest: Vec::new() }], span: at };
    Ok(ExprKind::Value(Box::new(query)))
}

/// `p {.name, .*, age: 3, other}`
pub(super) fn map_projection(cx: &Cx, pair: P<'_>) -> Result<ExprKind> {
    let at = span(&pair);
    let variable = name::ident(&next(&mut pair.clone().into_inner(), at)?)?;
    let items = each(pair, Rule::map_item, |item| {
        let dotted = item.as_str().starts_with('.');
        let what = next(&mut item.into_inner(), at)?;
        Ok(match what.as_rule() {
            Rule::star => MapItem::All,
            Rule::property => {
                let (key, value) = insert::property(cx, what)?;
                MapItem::Field(key, value)
            }
            _ if dotted => MapItem::Property(name::ident(&what)?),
            _ => {
                let name = name::ident(&what)?;
                let value = Expr { kind: ExprKind::Variable(name.name.clone()), span: name.span };
                MapItem::Field(name, value)
            }
        })
    })?;
    let of = Expr { kind: ExprKind::Variable(variable.name), span: variable.span };
    Ok(ExprKind::MapProjection(Box::new(of), items))
}

/// `(expression)`, or a pattern as a condition: `(a)-[:KNOWS]->(b)`, `(a:Person {name: 'x'})-->()`.
pub(super) fn parenthesised(cx: &Cx, pair: P<'_>) -> Result<Expr> {
    let at = span(&pair);
    if !has(&pair, Rule::pattern_tail) {
        return Ok(Expr { span: at, ..expr::expr(cx, inner(pair, Rule::expr)?)? });
    }
    let mut first = NodePattern { variable: None, label: None, properties: Vec::new(), condition: None, span: at };
    let mut elements = Vec::new();
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::expr => first_node(cx, part, &mut first)?,
            Rule::where_clause => first.condition = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
            Rule::node_rest => {
                for part in part.into_inner() {
                    match part.as_rule() {
                        Rule::label_part => first.label = Some(pattern::label(cx, inner(part, Rule::label_expr)?)?),
                        Rule::properties => first.properties = insert::properties(cx, part)?,
                        Rule::where_clause => first.condition = Some(expr::expr(cx, inner(part, Rule::expr)?)?),
                        _ => {}
                    }
                }
            }
            Rule::pattern_tail => {
                for part in part.into_inner() {
                    match part.as_rule() {
                        Rule::edge => elements.push(PathElement::Edge(pattern::edge(cx, part)?)),
                        Rule::node_pattern => elements.push(PathElement::Node(pattern::node(cx, part)?)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    elements.insert(0, PathElement::Node(first));
    let path = PathPattern { variable: None, search: None, mode: None, elements, span: at };
    let pattern = GraphPattern { match_mode: None, paths: vec![path], condition: None, yields: None };
    Ok(Expr { kind: ExprKind::Exists(Box::new(Subquery::Condition(pattern))), span: at })
}

/// The first node of a pattern, which has been parsed as an expression: `a`, `a:Label`, `a {key: value}`, `{key: value}`.
fn first_node(cx: &Cx, pair: P<'_>, node: &mut NodePattern) -> Result<()> {
    let at = span(&pair);
    let wrong = || {
        SyntaxError::new(at, "a pattern begins with a node, and this is an expression")
            .hint("write (a)-[:Label]->(b) with variables, labels and properties")
    };
    for (position, part) in pair.into_inner().enumerate() {
        match part.as_rule() {
            Rule::variable | Rule::word_variable if position == 0 => {
                node.variable = Some(name::ident(&next(&mut part.into_inner(), at)?)?);
            }
            Rule::map_projection if position == 0 => {
                let ExprKind::MapProjection(of, items) = map_projection(cx, part)? else { return Err(wrong()) };
                let ExprKind::Variable(name) = of.kind else { return Err(wrong()) };
                node.variable = Some(Ident { name, span: of.span });
                for item in items {
                    let MapItem::Field(key, value) = item else { return Err(wrong()) };
                    node.properties.push((key, value));
                }
            }
            Rule::record if position == 0 => node.properties = insert::properties(cx, part)?,
            Rule::label_test if position == 1 && node.properties.is_empty() && node.label.is_none() => {
                for part in part.into_inner() {
                    match part.as_rule() {
                        Rule::label_expr => node.label = Some(pattern::label(cx, part)?),
                        Rule::properties => node.properties = insert::properties(cx, part)?,
                        _ => {}
                    }
                }
            }
            _ => return Err(wrong()),
        }
    }
    Ok(())
}
