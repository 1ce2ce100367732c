//! Binds graph patterns of MATCH.

use wend_grammar::ast::{
    EdgeDirection, EdgePattern, Expr as Text, ExprKind as TextKind, GraphPattern, GroupPattern, Ident, MatchMode,
    NodePattern, PathElement, PathMode, PathPattern, PathSearch, Span,
};
use wend_storage::Direction;

use super::{
    Binder, Flow, Kind,
    clause::unsupported,
    expr::{Env, contains_subquery, label_test},
};
use crate::{
    error::{Error, Result},
    plan::{
        Plan,
        expr::{Expr, ExprKind, LabelTest, PropertyName, split},
        pattern::{Group, Pattern, PatternEdge, PatternNode, PatternPath, Repeat},
    },
};

/// A condition written inside an element, bound once all variables of the pattern are known.
pub(super) struct Inner<'a> {
    pub(super) slot: usize,
    pub(super) properties: &'a [(Ident, Text)],
    pub(super) condition: Option<&'a Text>,
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
        let mut pattern = Pattern {
            different_edges: text.match_mode != Some(MatchMode::RepeatableElements),
            different_edges_written: text.match_mode == Some(MatchMode::DifferentEdges),
            ..Pattern::default()
        };
        let mut inner = Vec::new();
        let (outer_names, outer_width) = (flow.scope.variables.len(), flow.scope.width);
        let outer_questioned = std::mem::take(&mut self.questioned);
        for path in &text.paths {
            super::search::check_costs(path)?;
            self.path(path, &mut pattern, &mut inner, &mut flow, outer_names).map_err(|error| error.at(path.span))?;
        }
        self.inner_conditions(&inner, &mut pattern, &mut flow)?;
        self.see_pattern(&mut pattern, &flow)?;
        super::search::settle_conditions(&mut pattern, outer_width);
        let questioned = std::mem::replace(&mut self.questioned, outer_questioned);
        // Conditions with subqueries run above the match, and those that may name an absent element; the others inside it.
        let mut above = Vec::new();
        if let Some(condition) = &text.condition {
            for conjunct in conjuncts(condition) {
                if self.aggregates_rows(conjunct, &flow.scope) {
                    return Err(Error::rule("WHERE cannot have an aggregate")
                        .with_hint("aggregate in RETURN, then NEXT FILTER ...")
                        .at(conjunct.span));
                }
                if questioned.is_empty() {
                    self.check_condition(conjunct, &flow.scope)?;
                }
                // What stands after a subquery is asked after it.
                let apart = !questioned.is_empty() || self.aggregates_repetitions(conjunct, &flow.scope);
                if apart || contains_subquery(conjunct) || !above.is_empty() {
                    above.push(conjunct);
                } else {
                    let mut env = Env { plan: None, ..Env::new(&mut flow) };
                    split(self.expr(conjunct, &mut env)?, &mut pattern.conditions);
                }
            }
        }
        flow.wrap(|input| Plan::Match { input, pattern: Box::new(pattern) });
        for (name, list) in questioned {
            let slot = flow.scope.declare(&name, Kind::Value)?;
            let expr = only_element(list, name.span);
            flow.wrap(|input| Plan::Extend { input, slot, expr });
        }
        for conjunct in above {
            let condition = self.expr_in(conjunct, &mut flow)?;
            flow.wrap(|input| Plan::Filter { input, condition });
        }
        if let Some(names) = &text.yields {
            for name in names {
                flow.scope.resolve(&name.name, name.span)?;
            }
            let yielded = |variable: &super::Variable| names.iter().any(|name| name.name == variable.name);
            let mut position = 0;
            flow.scope.variables.retain(|variable| {
                position += 1;
                position <= outer_names || yielded(variable)
            });
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
    ) -> Result<PathEnds> {
        let mut elements = Vec::new();
        flatten(&path.elements, &mut elements, inner)?;
        // A mode that is written holds; else different edges within one match make every path of it a trail.
        let implied = if pattern.different_edges { PathMode::Trail } else { PathMode::Walk };
        let mode = match path.mode {
            Some(PathMode::Walk) if pattern.different_edges_written => PathMode::Trail,
            Some(mode) => mode,
            None => implied,
        };
        let search = path.search.unwrap_or(PathSearch::All);
        if let PathSearch::ShortestK { count: 0, .. } | PathSearch::CheapestK { count: 0, .. } = search {
            let word = if search.by_cost() { "CHEAPEST" } else { "SHORTEST" };
            return Err(Error::data("22G0F", format!("{word} takes the number of paths or groups, at least 1")));
        }
        let path_slot = match &path.variable {
            Some(name) => Some(flow.scope.declare(name, Kind::Path)?),
            None => None,
        };

        let context = PathContext { mode, search, outer_names };
        if super::search::is_searched(&elements, &context) {
            let (ends, slot, cost) = self.searched_path(&elements, &context, pattern, inner, flow)?;
            if path.mode == Some(PathMode::Trail) {
                restrict(PathMode::Trail, &[], &[(slot, true)], pattern)?;
            }
            if let Some(path) = path_slot {
                let parts = vec![pattern.nodes[ends.first].slot, slot, pattern.nodes[ends.last].slot];
                pattern.paths.push(PatternPath { slot: path, parts, cost });
            }
            return Ok(ends);
        }
        let mut previous: Option<usize> = None;
        let mut pending: Option<Link<'a>> = None;
        let mut links: Vec<(Link<'a>, usize, usize)> = Vec::new();
        for element in &elements {
            match element {
                PathElement::Node(node) => {
                    if let (Some(beside), None) = (previous, &pending) {
                        self.same_node(node, beside, pattern, inner, flow)?;
                        continue;
                    }
                    let position = self.node(node, pattern, inner, flow)?;
                    if let (Some(link), Some(left)) = (pending.take(), previous) {
                        links.push((link, left, position));
                    }
                    previous = Some(position);
                }
                PathElement::Edge(_) | PathElement::Group(_) => {
                    // Where no node is written between edges, or before the first, there is one without a name.
                    if previous.is_none() || pending.is_some() {
                        let position = self.unnamed_node(pattern, flow);
                        if let (Some(link), Some(left)) = (pending.take(), previous) {
                            links.push((link, left, position));
                        }
                        previous = Some(position);
                    }
                    pending = match element {
                        PathElement::Edge(edge) => Some(Link::Edge(edge)),
                        PathElement::Group(group) => Some(Link::Group(group)),
                        PathElement::Node(_) => None,
                    };
                }
            }
        }
        if let (Some(link), Some(left)) = (pending, previous) {
            let position = self.unnamed_node(pattern, flow);
            links.push((link, left, position));
        }
        let (Some(first), Some(last)) =
            (links.first().map_or(previous, |&(_, left, _)| Some(left)), previous_end(&links, previous))
        else {
            return Err(Error::rule("a path pattern needs a node").at(path.span));
        };
        let mut parts = vec![pattern.nodes[first].slot];
        let mut node_slots = parts.clone();
        let mut edge_slots = Vec::new();
        for (link, left, right) in links {
            let (slot, quantified) = match link {
                Link::Edge(edge) => {
                    (self.edge(edge, left, right, &context, pattern, inner, flow)?, edge.quantifier.is_some())
                }
                Link::Group(group) => (self.group(group, left, right, &context, pattern, flow)?, true),
            };
            let right_slot = pattern.nodes[right].slot;
            parts.extend([slot, right_slot]);
            node_slots.push(right_slot);
            edge_slots.push((slot, quantified));
        }
        if path.mode == Some(PathMode::Walk) && mode == PathMode::Walk {
            let number = pattern.edges.iter().filter_map(|edge| edge.walk).max().map_or(0, |last| last + 1);
            for edge in pattern.edges.iter_mut().filter(|edge| edge_slots.iter().any(|(slot, _)| *slot == edge.slot)) {
                edge.walk = Some(number);
            }
        }
        restrict(path.mode.unwrap_or(PathMode::Walk), &node_slots, &edge_slots, pattern)?;
        if let Some(slot) = path_slot {
            pattern.paths.push(PatternPath { slot, parts, cost: None });
        }
        Ok(PathEnds { first, last, edges: edge_slots.into_iter().map(|(slot, _)| slot).collect() })
    }

    /// A quantified parenthesised path: a subquery that finds one repetition from the node it begins at.
    fn group(
        &mut self,
        group: &GroupPattern,
        left: usize,
        right: usize,
        context: &PathContext,
        pattern: &mut Pattern,
        flow: &mut Flow,
    ) -> Result<usize> {
        let different_edges = pattern.different_edges && context.mode != PathMode::Walk;
        let (group, _) = self.repetition(group, context, different_edges, flow)?;
        let slot = flow.scope.hidden();
        pattern.edges.push(PatternEdge {
            slot,
            bound: false,
            left,
            right,
            direction: Direction::Out,
            label: None,
            repeat: Some(Repeat::Group(Box::new(group))),
            trail: None,
            walk: None,
        });
        Ok(slot)
    }

    /// A parenthesised path as what repeats, and what a repetition costs.
    pub(super) fn repetition(
        &mut self,
        group: &GroupPattern,
        context: &PathContext,
        different_edges: bool,
        flow: &mut Flow,
    ) -> Result<(Group, Vec<Expr>)> {
        let (min, max, span) = match group.quantifier {
            Some(quantifier) => (quantifier.min, quantifier.max, quantifier.span),
            None => (1, Some(1), group.span),
        };
        context.check_bounds(min, max, span)?;
        let outer_names = flow.scope.variables.len();
        let mut inside = Flow { plan: Plan::Argument, scope: flow.scope.clone() };
        let mut once = Pattern { different_edges, ..Pattern::default() };
        let mut elements = Vec::new();
        let path = PathPattern {
            variable: None,
            search: None,
            mode: group.mode,
            elements: group.elements.clone(),
            span: group.span,
        };
        refuse_outer_variables(&path.elements, flow)?;
        let ends = self.path(&path, &mut once, &mut elements, &mut inside, outer_names)?;
        self.inner_conditions(&elements, &mut once, &mut inside)?;
        self.see_pattern(&mut once, &inside)?;
        if let Some(condition) = &group.condition {
            let mut env = Env { plan: None, ..Env::new(&mut inside) };
            split(self.expr(condition, &mut env)?, &mut once.conditions);
        }
        let mut costs = Vec::new();
        for cost in super::search::costs_of_once(group)? {
            costs.push(self.expr(cost, &mut Env { plan: None, ..Env::new(&mut inside) })?);
        }
        let (first, last) = (once.nodes[ends.first].slot, once.nodes[ends.last].slot);
        once.nodes[ends.first].bound = true;
        flow.scope.width = inside.scope.width;
        let mut variables = Vec::new();
        let questioned = group.quantifier.is_some_and(|quantifier| quantifier.questioned);
        for variable in &inside.scope.variables[outer_names..] {
            let name = Ident { name: variable.name.clone(), span: group.span };
            variables.push((variable.slot, self.repeated(&name, questioned, flow)?));
        }
        let subquery = Plan::Match { input: Box::new(Plan::Argument), pattern: Box::new(once) };
        let trail = context.mode == PathMode::Trail;
        Ok((Group { subquery, first, last, edges: ends.edges, variables, min, max, trail }, costs))
    }

    /// Binds the conditions written inside elements.
    fn inner_conditions(&mut self, elements: &[Inner<'_>], pattern: &mut Pattern, flow: &mut Flow) -> Result<()> {
        for element in elements {
            for (key, value) in element.properties {
                let mut env = Env { plan: None, ..Env::new(flow) };
                self.check_key(key, value, env.scope);
                let value = self.expr(value, &mut env)?;
                pattern.conditions.push(property_equals(element.slot, key, value));
            }
            if let Some(condition) = element.condition {
                let mut env = Env { plan: None, ..Env::new(flow) };
                split(self.expr(condition, &mut env)?, &mut pattern.conditions);
            }
        }
        Ok(())
    }

    /// The slot of the list of what a variable of a repeated part binds; of a questioned part the variable itself comes later.
    pub(super) fn repeated(&mut self, name: &Ident, questioned: bool, flow: &mut Flow) -> Result<usize> {
        if !questioned {
            return flow.scope.declare(name, Kind::Group);
        }
        let twice = self.questioned.iter().any(|(other, _)| other == name);
        if twice || flow.scope.get(&name.name).is_some() {
            return Err(Error::rule(format!("`{}` is bound twice, once in a questioned part of a path", name.name))
                .with_hint("choose another name")
                .at(name.span));
        }
        let slot = flow.scope.hidden();
        self.questioned.push((name.clone(), slot));
        Ok(slot)
    }

    /// A node pattern beside another one without an edge between them: both are one node (G046).
    fn same_node<'a>(
        &mut self,
        node: &'a NodePattern,
        beside: usize,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
    ) -> Result<()> {
        let slot = pattern.nodes[beside].slot;
        match &node.variable {
            Some(name) if flow.scope.get(&name.name).is_some_and(|known| known.slot != slot) => {
                let other = self.node(node, pattern, inner, flow)?;
                let parts = [slot, pattern.nodes[other].slot].map(|slot| Expr::column(slot, node.span));
                pattern.conditions.push(Expr::new(ExprKind::Same(parts.into()), node.span));
                return Ok(());
            }
            Some(name) if flow.scope.get(&name.name).is_none() => {
                flow.scope.variables.push(super::Variable { name: name.name.clone(), slot, kind: Kind::Node });
            }
            _ => {}
        }
        if let Some(label) = &node.label {
            self.note_labels(label);
            flatten_labels(label_test(label), &mut pattern.nodes[beside].labels);
        }
        inner.push(Inner { slot, properties: &node.properties, condition: node.condition.as_ref() });
        Ok(())
    }

    pub(super) fn unnamed_node(&mut self, pattern: &mut Pattern, flow: &mut Flow) -> usize {
        pattern.nodes.push(PatternNode { slot: flow.scope.hidden(), bound: false, labels: Vec::new() });
        pattern.nodes.len() - 1
    }

    /// The node's position in the pattern.
    pub(super) fn node<'a>(
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
            self.note_labels(label);
            flatten_labels(label_test(label), &mut pattern.nodes[position].labels);
        }
        inner.push(Inner { slot, properties: &node.properties, condition: node.condition.as_ref() });
        Ok(position)
    }

    #[expect(clippy::too_many_arguments, reason = "the state of the pattern being bound")]
    fn edge<'a>(
        &mut self,
        edge: &'a EdgePattern,
        left: usize,
        right: usize,
        context: &PathContext,
        pattern: &mut Pattern,
        inner: &mut Vec<Inner<'a>>,
        flow: &mut Flow,
    ) -> Result<usize> {
        let &PathContext { mode, search, outer_names } = context;
        let direction = match edge.direction {
            EdgeDirection::Right => Direction::Out,
            EdgeDirection::Left => Direction::In,
            EdgeDirection::Any => Direction::Both,
        };
        edge.label.iter().for_each(|label| self.note_labels(label));
        let label = edge.label.as_ref().map(label_test);
        if let Some(quantifier) = edge.quantifier {
            context.check_bounds(quantifier.min, quantifier.max, quantifier.span)?;
            let slot = match &edge.variable {
                Some(name) => self.repeated(name, quantifier.questioned, flow)?,
                None => flow.scope.hidden(),
            };
            let condition = self.edge_condition(edge, flow)?;
            let repeat = Repeat::Edge { min: quantifier.min, max: quantifier.max, mode, search, condition };
            pattern.edges.push(PatternEdge {
                slot,
                bound: false,
                left,
                right,
                direction,
                label,
                repeat: Some(repeat),
                trail: None,
                walk: None,
            });
            return Ok(slot);
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
        pattern.edges.push(PatternEdge {
            slot,
            bound,
            left,
            right,
            direction,
            label,
            repeat: None,
            trail: None,
            walk: None,
        });
        Ok(slot)
    }

    /// The condition on each edge of a quantified pattern, over a slot that holds that edge alone.
    pub(super) fn edge_condition(&mut self, edge: &EdgePattern, flow: &mut Flow) -> Result<Option<(usize, Expr)>> {
        if edge.properties.is_empty() && edge.condition.is_none() && self.window.is_none() {
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
            self.check_key(key, value, env.scope);
            let value = self.expr(value, &mut env)?;
            parts.push(property_equals(slot, key, value));
        }
        if let Some(condition) = &edge.condition {
            parts.push(self.expr(condition, &mut env)?);
        }
        parts.extend(self.seen(slot, true, true, flow)?);
        Ok(Some((slot, Expr::new(ExprKind::And(parts), edge.span))))
    }
}

/// The only element of a list, or NULL of an empty one.
fn only_element(list: usize, span: Span) -> Expr {
    let list = || Box::new(Expr::column(list, span));
    let size = crate::function::find("SIZE").map(|size| ExprKind::Function(size, vec![*list()]));
    let one = Expr::new(ExprKind::Index(list(), Box::new(Expr::constant(crate::value::Value::Int(0)))), span);
    let Some(size) = size else { return one };
    let zero = Box::new(Expr::constant(crate::value::Value::Int(0)));
    let some = ExprKind::Compare(wend_grammar::ast::CompareOperator::Greater, Box::new(Expr::new(size, span)), zero);
    Expr::new(ExprKind::Case { branches: vec![(Expr::new(some, span), one)], otherwise: None }, span)
}

/// What holds for all parts of one path pattern.
pub(super) struct PathContext {
    pub(super) mode: PathMode,
    pub(super) search: PathSearch,
    /// How many variables earlier clauses bound.
    pub(super) outer_names: usize,
}

impl PathContext {
    /// A quantifier must have its bounds in order, and an end where the mode gives none.
    pub(super) fn check_bounds(&self, min: u32, max: Option<u32>, span: Span) -> Result<()> {
        if max.is_some_and(|max| max < min) {
            return Err(Error::data("22G0F", "the upper bound of a quantifier is below its lower bound").at(span));
        }
        if max.is_none() && self.mode == PathMode::Walk && self.search == PathSearch::All {
            return Err(Error::rule("an unbounded quantifier would find endless walks here")
                .with_hint("give an upper bound, or write TRAIL, ACYCLIC, SIMPLE or ANY SHORTEST")
                .at(span));
        }
        Ok(())
    }
}

/// What joins two nodes of a path pattern.
#[derive(Clone, Copy)]
pub(super) enum Link<'a> {
    Edge(&'a EdgePattern),
    Group(&'a GroupPattern),
}

/// The nodes (by position in the pattern) at which a path begins and ends, and the slots of its edges in order.
pub(super) struct PathEnds {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) edges: Vec<usize>,
}

fn previous_end(links: &[(Link<'_>, usize, usize)], only: Option<usize>) -> Option<usize> {
    links.last().map_or(only, |&(_, _, right)| Some(right))
}

/// `element.key = value`
pub(super) fn property_equals(slot: usize, key: &Ident, value: Expr) -> Expr {
    let column = Box::new(Expr::column(slot, key.span));
    let property = Expr::new(ExprKind::Property(column, PropertyName::new(&key.name)), key.span);
    let equal = wend_grammar::ast::CompareOperator::Equal;
    Expr::new(ExprKind::Compare(equal, Box::new(property), Box::new(value)), key.span)
}

/// The elements of a repeated part are its own: each repetition binds them anew.
fn refuse_outer_variables(elements: &[PathElement], flow: &Flow) -> Result<()> {
    for element in elements {
        let variable = match element {
            PathElement::Node(node) => &node.variable,
            PathElement::Edge(edge) => &edge.variable,
            PathElement::Group(group) => {
                refuse_outer_variables(&group.elements, flow)?;
                continue;
            }
        };
        if let Some(name) = variable
            && flow.scope.get(&name.name).is_some()
        {
            return Err(Error::rule(format!("`{}` is bound outside the repeated part of the path", name.name))
                .with_hint("use another name inside, and compare the two with WHERE")
                .at(name.span));
        }
    }
    Ok(())
}

/// Whether parentheses change nothing.
pub(super) fn is_flat(group: &GroupPattern) -> bool {
    group.quantifier.is_none() && group.mode.is_none() && group.cost.is_none()
}

/// Puts the elements of parentheses without a quantifier into the sequence around them.
fn flatten<'a>(elements: &'a [PathElement], out: &mut Vec<&'a PathElement>, inner: &mut Vec<Inner<'a>>) -> Result<()> {
    for element in elements {
        match element {
            PathElement::Group(group) if is_flat(group) => {
                flatten(&group.elements, out, inner)?;
                inner.push(Inner { slot: 0, properties: &[], condition: group.condition.as_ref() });
            }
            other => out.push(other),
        }
    }
    Ok(())
}

pub(super) fn flatten_labels(test: crate::plan::expr::LabelTest, out: &mut Vec<crate::plan::expr::LabelTest>) {
    match test {
        crate::plan::expr::LabelTest::And(parts) => parts.into_iter().for_each(|part| flatten_labels(part, out)),
        other => out.push(other),
    }
}

/// Adds what a path mode asks of a path as a whole.
fn restrict(mode: PathMode, nodes: &[usize], edges: &[(usize, bool)], pattern: &mut Pattern) -> Result<()> {
    if mode == PathMode::Walk || edges.is_empty() {
        return Ok(());
    }
    if mode == PathMode::Trail {
        let number = pattern.edges.iter().filter_map(|edge| edge.trail).max().map_or(0, |last| last + 1);
        for edge in pattern.edges.iter_mut().filter(|edge| edges.iter().any(|(slot, _)| *slot == edge.slot)) {
            edge.trail = Some(number);
        }
        return Ok(());
    }
    // A quantified edge alone goes by the mode itself.
    if edges.iter().any(|(_, quantified)| *quantified) {
        return Ok(());
    }
    let span = Span::default();
    let different = |slots: Vec<usize>| {
        Expr::new(ExprKind::AllDifferent(slots.into_iter().map(|slot| Expr::column(slot, span)).collect()), span)
    };
    match mode {
        PathMode::Walk | PathMode::Trail => {}
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
pub(super) fn conjuncts(condition: &Text) -> Vec<&Text> {
    match &condition.kind {
        TextKind::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}
