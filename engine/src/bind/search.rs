//! Binds paths that are searched for as a whole: SHORTEST k, CHEAPEST, searches over several parts, and ACYCLIC or SIMPLE over parts that
//! repeat.

use wend_grammar::ast::{
    CompareOperator, EdgeDirection, EdgePattern, Expr as Text, GroupPattern, Ident, NodePattern, PathElement, PathMode,
    PathPattern, PathSearch, Span,
};
use wend_storage::Direction;

use super::{
    Binder, Flow, Kind, Variable,
    clause::unsupported,
    expr::{Env, label_test},
    pattern::{Inner, Link, PathContext, PathEnds, flatten_labels, is_flat, property_equals},
};
use crate::{
    error::{Error, Result},
    plan::{
        Plan,
        expr::{Expr, ExprKind, split},
        pattern::{Group, Pattern, PatternEdge, PatternNode, Repeat, Search, SearchPart},
    },
};

/// Whether the parts of a path cannot be followed one after the other.
pub(super) fn is_searched(elements: &[&PathElement], context: &PathContext) -> bool {
    let quantified = |element: &&&PathElement| match element {
        PathElement::Node(_) => false,
        PathElement::Edge(edge) => edge.quantifier.is_some(),
        PathElement::Group(_) => true,
    };
    let links = elements.iter().filter(|element| !matches!(element, PathElement::Node(_)));
    let one_quantified_edge = match links.clone().collect::<Vec<_>>()[..] {
        [PathElement::Edge(edge)] => edge.quantifier,
        _ => None,
    };
    let whole = matches!(context.mode, PathMode::Acyclic | PathMode::Simple);
    match (context.search, one_quantified_edge) {
        _ if links.clone().count() == 0 => false,
        (PathSearch::All, Some(_)) => false,
        (PathSearch::All, None) => whole && elements.iter().any(|element| quantified(&element)),
        // A breadth-first search of its own.
        (PathSearch::Any | PathSearch::AnyShortest | PathSearch::AllShortest, Some(quantifier)) => {
            whole || quantifier.min > 1
        }
        _ => true,
    }
}

/// COST stands where paths are selected by it, and only there.
pub(super) fn check_costs(path: &PathPattern) -> Result<()> {
    match (path.search.is_some_and(PathSearch::by_cost), first_cost(&path.elements)) {
        (true, None) => Err(Error::rule("CHEAPEST needs to know what an edge costs")
            .with_hint("write -[e:Label COST e.key]->; for paths of the fewest edges write SHORTEST")
            .at(path.span)),
        (false, Some(cost)) => Err(Error::rule("COST belongs to a path after CHEAPEST")
            .with_hint("write ANY CHEAPEST before the path")
            .at(cost.span)),
        _ => Ok(()),
    }
}

/// A COST within elements.
fn first_cost(elements: &[PathElement]) -> Option<&Text> {
    elements.iter().find_map(|element| match element {
        PathElement::Node(_) => None,
        PathElement::Edge(edge) => edge.cost.as_ref(),
        PathElement::Group(group) => group.cost.as_ref().or_else(|| first_cost(&group.elements)),
    })
}

/// What one repetition of a parenthesised path costs: the sum of its own COST and those of its edges.
pub(super) fn costs_of_once(group: &GroupPattern) -> Result<Vec<&Text>> {
    fn of<'a>(elements: &'a [PathElement], out: &mut Vec<&'a Text>) -> Result<()> {
        for element in elements {
            match element {
                PathElement::Edge(edge) if edge.quantifier.is_none() => out.extend(&edge.cost),
                PathElement::Group(inside) if is_flat(inside) => of(&inside.elements, out)?,
                other => {
                    if let Some(cost) = first_cost(std::slice::from_ref(other)) {
                        return Err(unsupported("COST in a part of a path that repeats within another").at(cost.span));
                    }
                }
            }
        }
        Ok(())
    }
    let mut costs = Vec::new();
    of(&group.elements, &mut costs)?;
    costs.extend(&group.cost);
    Ok(costs)
}

/// Conditions and the COST of a part, which wait until all variables of the path are known.
struct Waiting<'a> {
    part: usize,
    inner: Inner<'a>,
    cost: Option<&'a Text>,
    /// The variable that stands for one of the edges it is a list of.
    alone: Option<(&'a Ident, usize)>,
}

/// A searched path while its parts are bound.
struct Parts<'a> {
    parts: Vec<(SearchPart, Pattern)>,
    waiting: Vec<Waiting<'a>>,
    /// The slots that the path fills, and the part that does.
    own: Vec<(usize, usize)>,
    /// Conditions that are bound, with the part they stand in; beyond the last part it is the end of the path.
    bound: Vec<(usize, Expr)>,
}

impl Binder<'_> {
    /// Binds such a path as one edge of the pattern; gives its ends, the slot of its edges and that of its cost.
    pub(super) fn searched_path<'a>(
        &mut self,
        elements: &[&'a PathElement],
        context: &PathContext,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
    ) -> Result<(PathEnds, usize, Option<usize>)> {
        let outer_width = flow.scope.width;
        let (nodes, links) = alternate(elements)?;
        let first = match nodes[0] {
            Some(node) => self.node(node, pattern, inner, flow)?,
            None => self.unnamed_node(pattern, flow),
        };
        let mut parts = Parts { parts: Vec::new(), waiting: Vec::new(), own: Vec::new(), bound: Vec::new() };
        for (position, link) in links.iter().enumerate() {
            match link {
                Link::Edge(edge) => self.edge_part(edge, context, &mut parts, flow)?,
                Link::Group(group) => {
                    let (group_part, costs) = self.repetition(group, context, false, flow)?;
                    let single = group.quantifier.is_none();
                    let own = |slot: usize| parts.own.iter().any(|(own, _)| *own == slot);
                    let depends = costs.iter().flat_map(Expr::columns).any(own);
                    parts.own.extend(group_part.variables.iter().map(|(_, outer)| (*outer, parts.parts.len())));
                    let part = SearchPart { group: group_part, single, one_edge: false, depends, costs };
                    parts.parts.push((part, Pattern::default()));
                }
            }
            if position + 1 < links.len()
                && let Some(node) = nodes[position + 1]
            {
                node_part(node, &mut parts, pattern, flow)?;
            }
        }
        let last = match nodes[links.len()] {
            // Its last node is one that it passed.
            Some(node) if let Some(passed) = parts.own_node(node, flow) => {
                let position = self.unnamed_node(pattern, flow);
                let slot = pattern.nodes[position].slot;
                if let Some(label) = &node.label {
                    self.note_labels(label);
                    flatten_labels(label_test(label), &mut pattern.nodes[position].labels);
                }
                inner.push(Inner { slot, properties: &node.properties, condition: node.condition.as_ref() });
                parts.bound.push((parts.parts.len(), same_node(slot, passed, node.span)));
                position
            }
            Some(node) => self.node(node, pattern, inner, flow)?,
            None => self.unnamed_node(pattern, flow),
        };
        let ends = [pattern.nodes[first].slot, pattern.nodes[last].slot];
        let conditions = self.part_conditions(&mut parts, ends, outer_width, flow)?;
        let endless = parts.parts.iter().any(|(part, _)| part.group.max.is_none());
        let remembers = !conditions.is_empty() || parts.parts.iter().any(|(part, _)| part.depends);
        if context.mode == PathMode::Walk && endless && remembers {
            return Err(Error::rule("a search for walks without an upper bound cannot compare the parts of a path")
                .with_hint("give the quantifier an upper bound, or write TRAIL after the search"));
        }
        let slot = flow.scope.hidden();
        let finished = parts.parts.into_iter().map(|(mut part, once)| {
            if !once.nodes.is_empty() {
                part.group.subquery = Plan::Match { input: Box::new(Plan::Argument), pattern: Box::new(once) };
            }
            part
        });
        let search = Search {
            parts: finished.collect(),
            select: context.search,
            mode: context.mode,
            different_edges: pattern.different_edges && context.mode != PathMode::Walk,
            conditions,
            cost: context.search.by_cost().then(|| flow.scope.hidden()),
        };
        let cost = search.cost;
        pattern.edges.push(PatternEdge {
            slot,
            bound: false,
            left: first,
            right: last,
            direction: Direction::Out,
            label: None,
            repeat: Some(Repeat::Search(Box::new(search))),
            trail: None,
            walk: None,
        });
        Ok((PathEnds { first, last, edges: vec![slot] }, slot, cost))
    }

    /// An edge, once or repeated, as a part.
    fn edge_part<'a>(
        &mut self,
        edge: &'a EdgePattern,
        context: &PathContext,
        parts: &mut Parts<'a>,
        flow: &mut Flow,
    ) -> Result<()> {
        let part = parts.parts.len();
        if let Some(name) = &edge.variable {
            refuse_known(name, flow)?;
        }
        let direction = match edge.direction {
            EdgeDirection::Right => Direction::Out,
            EdgeDirection::Left => Direction::In,
            EdgeDirection::Any => Direction::Both,
        };
        let (mut variables, mut alone) = (Vec::new(), None);
        let slot = match (&edge.variable, edge.quantifier) {
            (Some(name), None) => {
                let slot = flow.scope.declare(name, Kind::Edge)?;
                variables.push((slot, slot));
                slot
            }
            (Some(name), Some(quantifier)) => {
                let list = self.repeated(name, quantifier.questioned, flow)?;
                let one = flow.scope.hidden();
                variables.push((one, list));
                alone = Some((name, one));
                one
            }
            (None, _) => flow.scope.hidden(),
        };
        let (min, max) = match edge.quantifier {
            Some(quantifier) => {
                context.check_bounds(quantifier.min, quantifier.max, quantifier.span)?;
                (quantifier.min, quantifier.max)
            }
            None => (1, Some(1)),
        };
        edge.label.iter().for_each(|label| self.note_labels(label));
        let (first, last) = (flow.scope.hidden(), flow.scope.hidden());
        let once = Pattern {
            nodes: vec![
                PatternNode { slot: first, bound: true, labels: Vec::new() },
                PatternNode { slot: last, bound: false, labels: Vec::new() },
            ],
            edges: vec![PatternEdge {
                slot,
                bound: false,
                left: 0,
                right: 1,
                direction,
                label: edge.label.as_ref().map(label_test),
                repeat: None,
                trail: None,
                walk: None,
            }],
            ..Pattern::default()
        };
        parts.own.extend(variables.iter().map(|(_, outer)| (*outer, part)));
        parts.own.push((slot, part));
        let group =
            Group { subquery: Plan::Argument, first, last, edges: vec![slot], variables, min, max, trail: false };
        let single = edge.quantifier.is_none();
        parts.parts.push((SearchPart { group, single, one_edge: true, depends: false, costs: Vec::new() }, once));
        let inner = Inner { slot, properties: &edge.properties, condition: edge.condition.as_ref() };
        parts.waiting.push(Waiting { part, inner, cost: edge.cost.as_ref(), alone });
        Ok(())
    }

    /// Puts each condition where the variables that it reads are bound, and each COST at its part; the conditions that need the whole
    /// path are given back.
    fn part_conditions(
        &mut self,
        parts: &mut Parts<'_>,
        ends: [usize; 2],
        outer_width: usize,
        flow: &mut Flow,
    ) -> Result<Vec<Expr>> {
        let mut bound = std::mem::take(&mut parts.bound);
        let mut costs = Vec::new();
        for Waiting { part, inner, cost, alone } in std::mem::take(&mut parts.waiting) {
            let mut scope = flow.scope.clone();
            if let Some((name, slot)) = alone {
                scope.variables.retain(|variable| variable.name != name.name);
                scope.variables.push(Variable { name: name.name.clone(), slot, kind: Kind::Edge });
            }
            let mut env = Env { scope: &mut scope, plan: None, grouping: None, aliases: &[] };
            let mut conditions = Vec::new();
            for (key, value) in inner.properties {
                self.check_key(key, value, env.scope);
                conditions.push(property_equals(inner.slot, key, self.expr(value, &mut env)?));
            }
            if let Some(condition) = inner.condition {
                split(self.expr(condition, &mut env)?, &mut conditions);
            }
            if let Some(cost) = cost {
                costs.push((part, self.expr(cost, &mut env)?));
            }
            flow.scope.width = flow.scope.width.max(scope.width);
            bound.extend(conditions.into_iter().map(|condition| (part, condition)));
        }
        let mut whole = Vec::new();
        for (part, cost) in costs {
            let (before, after) = parts.reads(part, &cost, ends, outer_width)?;
            if after {
                return Err(unsupported("the COST of an edge by what stands after it").at(cost.span));
            }
            let (found, _) = &mut parts.parts[part];
            found.depends |= before;
            found.costs.push(cost);
        }
        for (part, condition) in bound {
            let (before, after) = parts.reads(part, &condition, ends, outer_width)?;
            match parts.parts.get_mut(part) {
                Some((found, once)) if !after => {
                    found.depends |= before;
                    once.conditions.push(condition);
                }
                Some((found, _)) if !found.single => {
                    let what = "a condition of a repeated part on what stands after it";
                    return Err(unsupported(what).at(condition.span));
                }
                _ => whole.push(condition),
            }
        }
        Ok(whole)
    }
}

impl Parts<'_> {
    /// The slot of a node that the path itself has passed before.
    fn own_node(&self, node: &NodePattern, flow: &Flow) -> Option<usize> {
        let variable = flow.scope.get(&node.variable.as_ref()?.name)?;
        self.own.iter().any(|(slot, _)| *slot == variable.slot).then_some(variable.slot)
    }

    /// Whether an expression of a part reads what parts before it bind, and what is known only after it.
    fn reads(&self, part: usize, expr: &Expr, ends: [usize; 2], outer_width: usize) -> Result<(bool, bool)> {
        let (mut before, mut after) = (false, part >= self.parts.len());
        for slot in expr.columns() {
            match self.own.iter().find(|(own, _)| *own == slot) {
                Some((_, other)) if *other == part => {}
                Some((_, other)) if *other < part => before = true,
                Some(_) => after = true,
                None if slot == ends[0] || slot < outer_width => {}
                None if slot == ends[1] => after = true,
                None => return Err(bound_elsewhere(expr.span)),
            }
        }
        Ok((before, after))
    }
}

/// The condition that two slots hold the same node.
fn same_node(a: usize, b: usize, span: Span) -> Expr {
    let (a, b) = (Box::new(Expr::column(a, span)), Box::new(Expr::column(b, span)));
    Expr::new(ExprKind::Compare(CompareOperator::Equal, a, b), span)
}

/// A node between two links as a part.
fn node_part<'a>(node: &'a NodePattern, parts: &mut Parts<'a>, pattern: &mut Pattern, flow: &mut Flow) -> Result<()> {
    let part = parts.parts.len();
    let known = node.variable.as_ref().and_then(|name| flow.scope.get(&name.name)).map(|known| known.slot);
    let slot = match (&node.variable, known) {
        (Some(name), None) => {
            let slot = flow.scope.declare(name, Kind::Node)?;
            // Other paths of the MATCH may go on from it.
            pattern.nodes.push(PatternNode { slot, bound: false, labels: Vec::new() });
            slot
        }
        _ => flow.scope.hidden(),
    };
    if let Some(known) = known {
        parts.bound.push((part, same_node(slot, known, node.span)));
    }
    let mut labels = Vec::new();
    if let Some(label) = &node.label {
        flatten_labels(label_test(label), &mut labels);
    }
    let once = Pattern { nodes: vec![PatternNode { slot, bound: true, labels }], ..Pattern::default() };
    let variables = if known.is_none() && node.variable.is_some() { vec![(slot, slot)] } else { Vec::new() };
    parts.own.push((slot, part));
    let group = Group {
        subquery: Plan::Argument,
        first: slot,
        last: slot,
        edges: Vec::new(),
        variables,
        min: 1,
        max: Some(1),
        trail: false,
    };
    parts.parts.push((SearchPart { group, single: true, one_edge: false, depends: false, costs: Vec::new() }, once));
    let inner = Inner { slot, properties: &node.properties, condition: node.condition.as_ref() };
    parts.waiting.push(Waiting { part, inner, cost: None, alone: None });
    Ok(())
}

/// Conditions on the ends of a searched path, or in parentheses around it, that read what is in between hold before a path is
/// selected; those that join it with another path hold for what was selected.
pub(super) fn settle_conditions(pattern: &mut Pattern, outer_width: usize) {
    for position in 0..pattern.edges.len() {
        let edge = &mut pattern.edges[position];
        let ends = [pattern.nodes[edge.left].slot, pattern.nodes[edge.right].slot];
        let Some(Repeat::Search(search)) = &mut edge.repeat else { continue };
        let own: Vec<usize> = search.outputs().collect();
        for condition in std::mem::take(&mut pattern.conditions) {
            let columns = condition.columns();
            let known = |slot: &usize| own.contains(slot) || ends.contains(slot) || *slot < outer_width;
            if columns.iter().any(|slot| own.contains(slot)) && columns.iter().all(known) {
                search.conditions.push(condition);
            } else {
                pattern.conditions.push(condition);
            }
        }
    }
}

fn bound_elsewhere(span: Span) -> Error {
    Error::rule("an expression inside a searched path reads a variable of another path of the same MATCH")
        .with_hint("write it in the WHERE after the patterns, or bind the other path with a MATCH before")
        .at(span)
}

fn refuse_known(name: &Ident, flow: &Flow) -> Result<()> {
    match flow.scope.variables.iter().any(|variable| variable.name == name.name) {
        true => Err(Error::rule(format!("`{}` is bound already, and stands inside a searched path", name.name))
            .with_hint("use another name inside, and compare the two with WHERE")
            .at(name.span)),
        false => Ok(()),
    }
}

/// The nodes of a path, `None` where none is written, and what links them.
fn alternate<'a>(elements: &[&'a PathElement]) -> Result<(Vec<Option<&'a NodePattern>>, Vec<Link<'a>>)> {
    let (mut nodes, mut links): (Vec<Option<&NodePattern>>, Vec<Link>) = Default::default();
    for element in elements {
        let link = match element {
            PathElement::Node(node) if nodes.len() == links.len() => {
                nodes.push(Some(node));
                continue;
            }
            PathElement::Node(node) => {
                return Err(
                    Error::rule("two node patterns stand side by side without an edge between them").at(node.span)
                );
            }
            PathElement::Edge(edge) => Link::Edge(edge),
            PathElement::Group(group) => Link::Group(group),
        };
        if nodes.len() == links.len() {
            nodes.push(None);
        }
        links.push(link);
    }
    if nodes.len() == links.len() {
        nodes.push(None);
    }
    Ok((nodes, links))
}
