//! Binds MERGE and UPSERT: each is a match and, where that finds nothing, an insert.

use wend_grammar::ast::{
    EdgeDirection, EdgePattern, Expr as Text, ExprKind as TextKind, GraphPattern, Ident, InsertEdge, InsertNode,
    InsertPath, LabelExpr, NodePattern, PathElement, PathPattern, SetItem, Span,
};

use super::{Binder, Flow};
use crate::{
    error::{Error, Result},
    plan::{Plan, expr::Expr},
};

impl Binder<'_> {
    /// `MERGE path [ON CREATE SET ..] [ON MATCH SET ..]`
    pub(super) fn merge(
        &mut self,
        paths: &[InsertPath],
        on_create: &[SetItem],
        on_match: &[SetItem],
        flow: Flow,
    ) -> Result<Flow> {
        let pattern = GraphPattern {
            match_mode: None,
            paths: paths.iter().map(path_pattern).collect(),
            condition: None,
            yields: None,
        };
        self.match_or_insert(&pattern, paths, on_create, on_match, flow)
    }

    /// `UPSERT paths`: nodes are found by their `_id`, edges by their ends and label; what is found gets the labels and
    /// properties written.
    pub(super) fn upsert(&mut self, paths: &[InsertPath], mut flow: Flow) -> Result<Flow> {
        for path in paths {
            let mut left = self.upsert_node(&path.start, &mut flow)?;
            for (edge, node) in &path.steps {
                let right = self.upsert_node(node, &mut flow)?;
                let name = edge.variable.clone().unwrap_or_else(|| unnamed(edge.span, &flow));
                let element = InsertEdge { variable: Some(name.clone()), ..edge.clone() };
                let (start, end) = (reference(&left), reference(&right));
                let whole = InsertPath { start, steps: vec![(element, end)], span: path.span };
                let bare = InsertEdge { variable: Some(name.clone()), properties: Vec::new(), ..edge.clone() };
                let found =
                    InsertPath { start: reference(&left), steps: vec![(bare, reference(&right))], span: path.span };
                let pattern =
                    GraphPattern { match_mode: None, paths: vec![path_pattern(&found)], condition: None, yields: None };
                let set = overwrite(&name, &edge.properties, edge.span);
                flow = self.match_or_insert(&pattern, &[whole], &[], &set, flow)?;
                left = right;
            }
        }
        Ok(flow)
    }

    /// Finds or makes a node; its variable.
    fn upsert_node(&mut self, node: &InsertNode, flow: &mut Flow) -> Result<Ident> {
        if let Some(name) = &node.variable
            && flow.scope.get(&name.name).is_some()
        {
            return Ok(name.clone());
        }
        let name = node.variable.clone().unwrap_or_else(|| unnamed(node.span, flow));
        let element = InsertNode { variable: Some(name.clone()), ..node.clone() };
        let whole = InsertPath { start: element, steps: Vec::new(), span: node.span };
        let (id, rest): (Vec<_>, Vec<_>) = node.properties.iter().cloned().partition(|(key, _)| key.name == "_id");
        if id.is_empty() {
            return Err(Error::rule("UPSERT finds a node by its `_id`, and this one has none")
                .with_hint("write {_id: ...}, or INSERT the node")
                .at(node.span));
        }
        let found =
            NodePattern { variable: Some(name.clone()), label: None, properties: id, condition: None, span: node.span };
        let path = PathPattern {
            variable: None,
            search: None,
            mode: None,
            elements: vec![PathElement::Node(found)],
            span: node.span,
        };
        let pattern = GraphPattern { match_mode: None, paths: vec![path], condition: None, yields: None };
        let mut set = overwrite(&name, &rest, node.span);
        if !node.labels.is_empty() {
            set.push(SetItem::Labels {
                element: name.clone(),
                labels: node.labels.iter().cloned().map(wend_grammar::ast::LabelName::Name).collect(),
            });
        }
        let bound = std::mem::replace(flow, Flow { plan: Plan::Unit, scope: flow.scope.clone() });
        *flow = self.match_or_insert(&pattern, &[whole], &[], &set, bound)?;
        Ok(name)
    }

    /// A [`Plan::Merge`]: both ways of it fill the slots of the insert.
    fn match_or_insert(
        &mut self,
        pattern: &GraphPattern,
        paths: &[InsertPath],
        on_create: &[SetItem],
        on_match: &[SetItem],
        mut flow: Flow,
    ) -> Result<Flow> {
        let before = flow.scope.clone();
        let argument = |scope| Flow { plan: Plan::Argument, scope };
        let mut creating = self.insert(paths, argument(before.clone()))?;
        let made = creating.scope.clone();
        if !on_create.is_empty() {
            creating = self.set(on_create, creating)?;
        }
        // The match uses slots of its own, beyond those of the insert, and copies what it found.
        let mut apart = before.clone();
        apart.width = creating.scope.width;
        let mut matching = self.match_pattern(pattern, argument(apart))?;
        for variable in &made.variables[before.variables.len()..] {
            let found = matching.scope.resolve(&variable.name, pattern.paths[0].span)?.slot;
            let (slot, expr) = (variable.slot, Expr::column(found, pattern.paths[0].span));
            matching.wrap(|input| Plan::Extend { input, slot, expr });
        }
        matching.scope = super::Scope { width: matching.scope.width, ..made.clone() };
        if !on_match.is_empty() {
            matching = self.set(on_match, matching)?;
        }
        let width = matching.scope.width.max(creating.scope.width);
        flow.wrap(|input| Plan::Merge { input, matching: Box::new(matching.plan), creating: Box::new(creating.plan) });
        flow.scope = super::Scope { width, ..made };
        Ok(flow)
    }
}

/// What INSERT would make, as a pattern to look for.
fn path_pattern(path: &InsertPath) -> PathPattern {
    let mut elements = vec![PathElement::Node(node_pattern(&path.start))];
    for (edge, node) in &path.steps {
        elements.push(PathElement::Edge(EdgePattern {
            variable: edge.variable.clone(),
            label: label(&edge.labels),
            properties: edge.properties.clone(),
            condition: None,
            direction: if edge.leftwards { EdgeDirection::Left } else { EdgeDirection::Right },
            quantifier: None,
            cost: None,
            span: edge.span,
        }));
        elements.push(PathElement::Node(node_pattern(node)));
    }
    PathPattern { variable: None, search: None, mode: None, elements, span: path.span }
}

fn node_pattern(node: &InsertNode) -> NodePattern {
    NodePattern {
        variable: node.variable.clone(),
        label: label(&node.labels),
        properties: node.properties.clone(),
        condition: None,
        span: node.span,
    }
}

fn label(labels: &[Ident]) -> Option<LabelExpr> {
    match labels {
        [] => None,
        [one] => Some(LabelExpr::Name(one.clone())),
        many => Some(LabelExpr::And(many.iter().cloned().map(LabelExpr::Name).collect())),
    }
}

fn reference(name: &Ident) -> InsertNode {
    InsertNode { variable: Some(name.clone()), labels: Vec::new(), properties: Vec::new(), span: name.span }
}

/// A name that no text can have, for an element without one.
fn unnamed(span: Span, flow: &Flow) -> Ident {
    Ident { name: format!(" {}", flow.scope.width), span }
}

/// `element += {properties}`
fn overwrite(element: &Ident, properties: &[(Ident, Text)], span: Span) -> Vec<SetItem> {
    if properties.is_empty() {
        return Vec::new();
    }
    let value = Text { kind: TextKind::Record(properties.to_vec()), span };
    vec![SetItem::Properties { element: element.clone(), value, add: true }]
}
