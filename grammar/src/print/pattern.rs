//! Patterns and label expressions.

use super::{expr, ident, list};
use crate::ast::{
    EdgeDirection, EdgePattern, Expr, GraphPattern, GroupPattern, Ident, InsertEdge, InsertNode, InsertPath, LabelExpr,
    MatchMode, NodePattern, PathElement, PathMode, PathPattern, PathSearch, Quantifier,
};

pub(super) fn graph_pattern(out: &mut String, pattern: &GraphPattern) {
    match pattern.match_mode {
        Some(MatchMode::DifferentEdges) => out.push_str("DIFFERENT EDGES "),
        Some(MatchMode::RepeatableElements) => out.push_str("REPEATABLE ELEMENTS "),
        None => {}
    }
    list(out, &pattern.paths, ", ", path);
    condition(out, pattern.condition.as_ref());
    if let Some(names) = &pattern.yields {
        out.push_str(" YIELD ");
        list(out, names, ", ", ident);
    }
}

fn condition(out: &mut String, condition: Option<&Expr>) {
    if let Some(condition) = condition {
        out.push_str(" WHERE ");
        expr::expr(out, condition);
    }
}

fn cost(out: &mut String, cost: Option<&Expr>) {
    if let Some(cost) = cost {
        out.push_str(" COST ");
        expr::expr(out, cost);
    }
}

fn path(out: &mut String, path: &PathPattern) {
    if let Some(variable) = &path.variable {
        ident(out, variable);
        out.push_str(" = ");
    }
    match path.search {
        Some(PathSearch::All) => out.push_str("ALL "),
        Some(PathSearch::Any) => out.push_str("ANY "),
        Some(PathSearch::AnyShortest) => out.push_str("ANY SHORTEST "),
        Some(PathSearch::AllShortest) => out.push_str("ALL SHORTEST "),
        Some(PathSearch::ShortestK { count, .. }) => out.push_str(&format!("SHORTEST {count} ")),
        Some(PathSearch::AnyCheapest) => out.push_str("ANY CHEAPEST "),
        Some(PathSearch::AllCheapest) => out.push_str("ALL CHEAPEST "),
        Some(PathSearch::CheapestK { count, .. }) => out.push_str(&format!("CHEAPEST {count} ")),
        None => {}
    }
    mode(out, path.mode);
    if matches!(
        path.search,
        Some(PathSearch::ShortestK { groups: true, .. } | PathSearch::CheapestK { groups: true, .. })
    ) {
        out.push_str("GROUPS ");
    }
    list(out, &path.elements, "", element);
}

fn mode(out: &mut String, mode: Option<PathMode>) {
    out.push_str(match mode {
        Some(PathMode::Walk) => "WALK ",
        Some(PathMode::Trail) => "TRAIL ",
        Some(PathMode::Acyclic) => "ACYCLIC ",
        Some(PathMode::Simple) => "SIMPLE ",
        None => "",
    });
}

fn element(out: &mut String, element: &PathElement) {
    match element {
        PathElement::Node(node) => self::node(out, node),
        PathElement::Edge(edge) => self::edge(out, edge),
        PathElement::Group(group) => self::group(out, group),
    }
}

/// The contents of the brackets of a node or edge.
fn filler(
    out: &mut String,
    variable: Option<&Ident>,
    label: Option<&LabelExpr>,
    properties: &[(Ident, Expr)],
    where_: Option<&Expr>,
) {
    let start = out.len();
    if let Some(variable) = variable {
        ident(out, variable);
    }
    if let Some(label) = label {
        out.push(':');
        self::label(out, label);
    }
    if !properties.is_empty() {
        if out.len() > start {
            out.push(' ');
        }
        expr::record(out, properties);
    }
    condition(out, where_);
}

fn node(out: &mut String, node: &NodePattern) {
    out.push('(');
    filler(out, node.variable.as_ref(), node.label.as_ref(), &node.properties, node.condition.as_ref());
    out.push(')');
}

fn edge(out: &mut String, edge: &EdgePattern) {
    // Two edges without a node between them: two dashes in a row would not be an edge.
    if out.ends_with('-') {
        out.push(' ');
    }
    out.push_str(if edge.direction == EdgeDirection::Left { "<-[" } else { "-[" });
    filler(out, edge.variable.as_ref(), edge.label.as_ref(), &edge.properties, edge.condition.as_ref());
    cost(out, edge.cost.as_ref());
    out.push_str(if edge.direction == EdgeDirection::Right { "]->" } else { "]-" });
    quantifier(out, edge.quantifier);
}

fn group(out: &mut String, group: &GroupPattern) {
    out.push('(');
    mode(out, group.mode);
    list(out, &group.elements, "", element);
    condition(out, group.condition.as_ref());
    cost(out, group.cost.as_ref());
    out.push(')');
    quantifier(out, group.quantifier);
}

fn quantifier(out: &mut String, quantifier: Option<Quantifier>) {
    match quantifier {
        None => {}
        Some(Quantifier { questioned: true, .. }) => out.push('?'),
        Some(Quantifier { min, max: None, .. }) => out.push_str(&format!("{{{min},}}")),
        Some(Quantifier { min, max: Some(max), .. }) => out.push_str(&format!("{{{min},{max}}}")),
    }
}

pub(super) fn label(out: &mut String, label: &LabelExpr) {
    match label {
        LabelExpr::Name(name) => ident(out, name),
        LabelExpr::Wildcard(_) => out.push('%'),
        LabelExpr::Not(of) => {
            out.push('!');
            label_operand(out, of, matches!(**of, LabelExpr::And(_) | LabelExpr::Or(_)));
        }
        LabelExpr::And(parts) => {
            list(out, parts, "&", |out, part| {
                label_operand(out, part, matches!(part, LabelExpr::And(_) | LabelExpr::Or(_)))
            });
        }
        LabelExpr::Or(parts) => {
            list(out, parts, "|", |out, part| label_operand(out, part, matches!(part, LabelExpr::Or(_))))
        }
    }
}

fn label_operand(out: &mut String, label: &LabelExpr, parentheses: bool) {
    if parentheses {
        out.push('(');
    }
    self::label(out, label);
    if parentheses {
        out.push(')');
    }
}

pub(super) fn insert_path(out: &mut String, path: &InsertPath) {
    insert_node(out, &path.start);
    for (edge, node) in &path.steps {
        insert_edge(out, edge);
        insert_node(out, node);
    }
}

/// `:A&B`
pub(super) fn label_set(out: &mut String, labels: &[Ident]) {
    if !labels.is_empty() {
        out.push(':');
        list(out, labels, "&", ident);
    }
}

fn insert_filler(out: &mut String, variable: Option<&Ident>, labels: &[Ident], properties: &[(Ident, Expr)]) {
    let start = out.len();
    if let Some(variable) = variable {
        ident(out, variable);
    }
    label_set(out, labels);
    if !properties.is_empty() {
        if out.len() > start {
            out.push(' ');
        }
        expr::record(out, properties);
    }
}

fn insert_node(out: &mut String, node: &InsertNode) {
    out.push('(');
    insert_filler(out, node.variable.as_ref(), &node.labels, &node.properties);
    out.push(')');
}

fn insert_edge(out: &mut String, edge: &InsertEdge) {
    out.push_str(if edge.leftwards { "<-[" } else { "-[" });
    insert_filler(out, edge.variable.as_ref(), &edge.labels, &edge.properties);
    out.push_str(if edge.leftwards { "]-" } else { "]->" });
}
