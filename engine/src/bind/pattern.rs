//! Binds graph patterns of MATCH.

use wend_grammar::ast::{
    EdgeDirection, EdgePattern, Expr as Text, ExprKind as TextKind, GraphPattern, Ident, MatchMode, NodePattern,
    PathElement, PathMode, PathPattern, PathSearch, Span,
};
use wend_storage::Direction;

use super::{
    Binder, Flow, Kind,
    clause::unsupported,
    expr::{Env, contains_subquery, label_test},
};
use crate::{
    error::{Error, Result},
    optimize::split,
    plan::{
        Plan,
        expr::{Expr, ExprKind, LabelTest, PropertyName},
        pattern::{Pattern, PatternEdge, PatternNode, PatternPath, Repeat},
    },
};

/// A condition written inside an element, bound once all variables of the pattern are known.
struct Inner<'a> {
    slot: usize,
    properties: &'a [(Ident, Text)],
    condition: Option<&'a Text>,
}

impl Binder<'_> {
    /// Binds a clause of a subquery without RETURN.
    pub(super) fn subquery_clause(&mut self, clause: &wend_grammar::ast::Clause, flow: Flow) -> Result<Flow> {
        use wend_grammar::ast::ClauseKind;
        match &clause.kind {
            ClauseKind::Match { optional: false, pattern } => self.match_pattern(pattern, flow),
            _ => Err(Error::rule("a subquery without RETURN is made of MATCH only").at(clause.span)),
        }
    }

    /// Binds one MATCH: a [`Plan::Match`] on the plan, its variables in the scope.
    pub(super) fn match_pattern(&mut self, text: &GraphPattern, mut flow: Flow) -> Result<Flow> {
        let mut pattern =
            Pattern { different_edges: text.match_mode != Some(MatchMode::RepeatableElements), ..Pattern::default() };
        let mut inner = Vec::new();
        let outer_names = flow.scope.variables.len();
        for path in &text.paths {
            self.path(path, &mut pattern, &mut inner, &mut flow, outer_names).map_err(|error| error.at(path.span))?;
        }
        for element in inner {
            for (key, value) in element.properties {
                let mut env = Env { plan: None, ..Env::new(&mut flow) };
                let value = self.expr(value, &mut env)?;
                let column = Box::new(Expr::column(element.slot, key.span));
                let property = Expr::new(ExprKind::Property(column, PropertyName::new(&key.name)), key.span);
                let equal = wend_grammar::ast::CompareOperator::Equal;
                pattern
                    .conditions
                    .push(Expr::new(ExprKind::Compare(equal, Box::new(property), Box::new(value)), key.span));
            }
            if let Some(condition) = element.condition {
                let mut env = Env { plan: None, ..Env::new(&mut flow) };
                split(self.expr(condition, &mut env)?, &mut pattern.conditions);
            }
        }
        // Conditions with subqueries run above the match, the others inside it.
        let mut above = Vec::new();
        if let Some(condition) = &text.condition {
            for conjunct in conjuncts(condition) {
                if super::contains_aggregate(conjunct) {
                    return Err(Error::rule("WHERE cannot have an aggregate")
                        .with_hint("aggregate in RETURN, then NEXT FILTER ...")
                        .at(conjunct.span));
                }
                if contains_subquery(conjunct) {
                    above.push(conjunct);
                } else {
                    let mut env = Env { plan: None, ..Env::new(&mut flow) };
                    split(self.expr(conjunct, &mut env)?, &mut pattern.conditions);
                }
            }
        }
        flow.wrap(|input| Plan::Match { input, pattern: Box::new(pattern) });
        for conjunct in above {
            let condition = self.expr_in(conjunct, &mut flow)?;
            flow.wrap(|input| Plan::Filter { input, condition });
        }
        Ok(flow)
    }

    fn path<'a>(
        &mut self,
        path: &'a PathPattern,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
        outer_names: usize,
    ) -> Result<()> {
        let mut elements = Vec::new();
        flatten(&path.elements, &mut elements, inner)?;
        // A mode that is written holds; else different edges within one match make every path of it a trail.
        let implied = if pattern.different_edges { PathMode::Trail } else { PathMode::Walk };
        let mode = path.mode.unwrap_or(implied);
        let search = path.search.unwrap_or(PathSearch::All);
        if matches!(search, PathSearch::ShortestK { .. }) {
            return Err(unsupported("SHORTEST k (G019, G020)"));
        }
        if search != PathSearch::All
            && elements.iter().filter(|element| matches!(element, PathElement::Edge(_))).count() != 1
        {
            return Err(unsupported("a path search over several edge patterns"));
        }
        let path_slot = match &path.variable {
            Some(name) => Some(flow.scope.declare(name, Kind::Path)?),
            None => None,
        };

        let mut parts = Vec::new();
        let mut node_slots = Vec::new();
        let mut edge_slots = Vec::new();
        let mut previous: Option<usize> = None;
        let mut pending: Option<&EdgePattern> = None;
        let mut ends: Vec<(&EdgePattern, usize, usize)> = Vec::new();
        for element in &elements {
            match element {
                PathElement::Node(node) => {
                    if previous.is_some() && pending.is_none() {
                        return Err(Error::rule("two node patterns stand side by side without an edge between them")
                            .at(node.span));
                    }
                    let position = self.node(node, pattern, inner, flow)?;
                    if let (Some(edge), Some(left)) = (pending.take(), previous) {
                        ends.push((edge, left, position));
                    }
                    previous = Some(position);
                }
                PathElement::Edge(edge) => {
                    // Where no node is written between edges, or before the first, there is one without a name.
                    if previous.is_none() || pending.is_some() {
                        let position = self.unnamed_node(pattern, flow);
                        if let (Some(edge), Some(left)) = (pending.take(), previous) {
                            ends.push((edge, left, position));
                        }
                        previous = Some(position);
                    }
                    pending = Some(edge);
                }
                PathElement::Group(group) => return Err(unsupported("a quantified parenthesised path").at(group.span)),
            }
        }
        if let (Some(edge), Some(left)) = (pending, previous) {
            let position = self.unnamed_node(pattern, flow);
            ends.push((edge, left, position));
        }
        let first = ends.first().map_or(previous, |&(_, left, _)| Some(left));
        if let Some(first) = first {
            parts.push(pattern.nodes[first].slot);
            node_slots.push(pattern.nodes[first].slot);
        }
        for (edge, left, right) in ends {
            let slot = self.edge(edge, left, right, mode, search, pattern, inner, flow, outer_names)?;
            let right_slot = pattern.nodes[right].slot;
            parts.extend([slot, right_slot]);
            node_slots.push(right_slot);
            edge_slots.push((slot, edge));
        }
        restrict(path.mode.unwrap_or(PathMode::Walk), &node_slots, &edge_slots, pattern, path.span)?;
        if let Some(slot) = path_slot {
            pattern.paths.push(PatternPath { slot, parts });
        }
        Ok(())
    }

    fn unnamed_node(&mut self, pattern: &mut Pattern, flow: &mut Flow) -> usize {
        pattern.nodes.push(PatternNode { slot: flow.scope.hidden(), bound: false, labels: Vec::new() });
        pattern.nodes.len() - 1
    }

    /// The node's position in the pattern.
    fn node<'a>(
        &mut self,
        node: &'a NodePattern,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
    ) -> Result<usize> {
        let known = node.variable.as_ref().and_then(|name| flow.scope.get(&name.name)).cloned();
        let position = match (&node.variable, known) {
            (Some(name), Some(variable)) => {
                if !matches!(variable.kind, Kind::Node | Kind::Value) {
                    return Err(
                        Error::rule(format!("`{}` is {}, not a node", name.name, variable.kind.noun())).at(name.span)
                    );
                }
                match pattern.nodes.iter().position(|node| node.slot == variable.slot) {
                    Some(position) => position,
                    None => {
                        // What is not known to be a node is checked as the rows come.
                        let check = (variable.kind == Kind::Value).then(|| LabelTest::And(Vec::new()));
                        let labels = check.into_iter().collect();
                        pattern.nodes.push(PatternNode { slot: variable.slot, bound: true, labels });
                        pattern.nodes.len() - 1
                    }
                }
            }
            (Some(name), None) => {
                let slot = flow.scope.declare(name, Kind::Node)?;
                pattern.nodes.push(PatternNode { slot, bound: false, labels: Vec::new() });
                pattern.nodes.len() - 1
            }
            (None, _) => self.unnamed_node(pattern, flow),
        };
        let slot = pattern.nodes[position].slot;
        if let Some(label) = &node.label {
            flatten_labels(label_test(label), &mut pattern.nodes[position].labels);
        }
        inner.push(Inner { slot, properties: &node.properties, condition: node.condition.as_ref() });
        Ok(position)
    }

    #[allow(clippy::too_many_arguments)]
    fn edge<'a>(
        &mut self,
        edge: &'a EdgePattern,
        left: usize,
        right: usize,
        mode: PathMode,
        search: PathSearch,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
        outer_names: usize,
    ) -> Result<usize> {
        let direction = match edge.direction {
            EdgeDirection::Right => Direction::Out,
            EdgeDirection::Left => Direction::In,
            EdgeDirection::Any => Direction::Both,
        };
        let label = edge.label.as_ref().map(label_test);
        if let Some(quantifier) = edge.quantifier {
            if quantifier.max.is_some_and(|max| max < quantifier.min) {
                return Err(Error::data("22G0F", "the upper bound of a quantifier is below its lower bound")
                    .at(quantifier.span));
            }
            let bounded = mode != PathMode::Walk || search != PathSearch::All;
            if quantifier.max.is_none() && !bounded {
                return Err(Error::rule("an unbounded quantifier would find endless walks here")
                    .with_hint("give an upper bound, or write TRAIL, ACYCLIC, SIMPLE or ANY SHORTEST")
                    .at(quantifier.span));
            }
            let slot = match &edge.variable {
                Some(name) => flow.scope.declare(name, Kind::EdgeGroup)?,
                None => flow.scope.hidden(),
            };
            let condition = self.edge_condition(edge, flow)?;
            let repeat = Repeat { min: quantifier.min, max: quantifier.max, mode, search, condition };
            pattern.edges.push(PatternEdge { slot, bound: false, left, right, direction, label, repeat: Some(repeat) });
            return Ok(slot);
        }
        if search == PathSearch::Any || search == PathSearch::AnyShortest {
            return Err(unsupported("ANY over an edge without a quantifier").at(edge.span));
        }
        let known = edge
            .variable
            .as_ref()
            .and_then(|name| flow.scope.variables.iter().position(|variable| variable.name == name.name));
        let (slot, bound) = match (&edge.variable, known) {
            (Some(name), Some(position)) => {
                let variable = &flow.scope.variables[position];
                if !matches!(variable.kind, Kind::Edge | Kind::Value) {
                    return Err(
                        Error::rule(format!("`{}` is {}, not an edge", name.name, variable.kind.noun())).at(name.span)
                    );
                }
                if position >= outer_names {
                    return Err(unsupported("an edge variable used twice in one MATCH").at(name.span));
                }
                (variable.slot, true)
            }
            (Some(name), None) => (flow.scope.declare(name, Kind::Edge)?, false),
            (None, _) => (flow.scope.hidden(), false),
        };
        inner.push(Inner { slot, properties: &edge.properties, condition: edge.condition.as_ref() });
        pattern.edges.push(PatternEdge { slot, bound, left, right, direction, label, repeat: None });
        Ok(slot)
    }

    /// The condition on each edge of a quantified pattern, over a slot that holds that edge alone.
    fn edge_condition(&mut self, edge: &EdgePattern, flow: &mut Flow) -> Result<Option<(usize, Expr)>> {
        if edge.properties.is_empty() && edge.condition.is_none() {
            return Ok(None);
        }
        let slot = flow.scope.hidden();
        let mut scope = flow.scope.clone();
        if let Some(name) = &edge.variable {
            scope.variables.retain(|variable| variable.name != name.name);
            scope.variables.push(super::Variable { name: name.name.clone(), slot, kind: Kind::Edge });
        }
        let mut env = Env { scope: &mut scope, plan: None, grouping: None, aliases: &[] };
        let mut parts = Vec::new();
        for (key, value) in &edge.properties {
            let value = self.expr(value, &mut env)?;
            let column = Box::new(Expr::column(slot, key.span));
            let property = Expr::new(ExprKind::Property(column, PropertyName::new(&key.name)), key.span);
            let equal = wend_grammar::ast::CompareOperator::Equal;
            parts.push(Expr::new(ExprKind::Compare(equal, Box::new(property), Box::new(value)), key.span));
        }
        if let Some(condition) = &edge.condition {
            parts.push(self.expr(condition, &mut env)?);
        }
        Ok(Some((slot, Expr::new(ExprKind::And(parts), edge.span))))
    }
}

/// Puts the elements of parentheses without a quantifier into the sequence around them.
fn flatten<'a>(elements: &'a [PathElement], out: &mut Vec<&'a PathElement>, inner: &mut Vec<Inner<'a>>) -> Result<()> {
    for element in elements {
        match element {
            PathElement::Group(group) if group.quantifier.is_none() && group.mode.is_none() => {
                flatten(&group.elements, out, inner)?;
                inner.push(Inner { slot: 0, properties: &[], condition: group.condition.as_ref() });
            }
            other => out.push(other),
        }
    }
    Ok(())
}

fn flatten_labels(test: crate::plan::expr::LabelTest, out: &mut Vec<crate::plan::expr::LabelTest>) {
    match test {
        crate::plan::expr::LabelTest::And(parts) => parts.into_iter().for_each(|part| flatten_labels(part, out)),
        other => out.push(other),
    }
}

/// Adds what a path mode asks of a path of single edges.
fn restrict(
    mode: PathMode,
    nodes: &[usize],
    edges: &[(usize, &EdgePattern)],
    pattern: &mut Pattern,
    span: Span,
) -> Result<()> {
    if mode == PathMode::Walk || edges.is_empty() {
        return Ok(());
    }
    let quantified = edges.iter().any(|(_, edge)| edge.quantifier.is_some());
    if quantified && edges.len() > 1 && mode != PathMode::Trail {
        return Err(unsupported("ACYCLIC or SIMPLE over a quantified edge and others"));
    }
    if quantified {
        return Ok(());
    }
    let different = |slots: Vec<usize>| {
        Expr::new(ExprKind::AllDifferent(slots.into_iter().map(|slot| Expr::column(slot, span)).collect()), span)
    };
    match mode {
        PathMode::Walk => {}
        PathMode::Trail => {
            let slots: Vec<usize> = edges.iter().map(|(slot, _)| *slot).collect();
            if slots.len() > 1 {
                pattern.conditions.push(different(slots));
            }
        }
        PathMode::Acyclic => pattern.conditions.push(different(nodes.to_vec())),
        PathMode::Simple => {
            // The first node may be the last, and no other may repeat.
            if nodes.len() > 2 {
                pattern.conditions.push(different(nodes[..nodes.len() - 1].to_vec()));
                pattern.conditions.push(different(nodes[1..].to_vec()));
            }
        }
    }
    Ok(())
}

/// The parts of a condition that are joined by AND.
fn conjuncts(condition: &Text) -> Vec<&Text> {
    match &condition.kind {
        TextKind::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}
