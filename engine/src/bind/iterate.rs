//! Binds expressions that go through a list, and the other forms of expression that Cypher has beside GQL.
//!
//! The variable of an iteration is a slot beside the columns of a batch, so that an iteration is a part of an expression and no
//! operator. Where its condition or its body has a subquery, which is an operator, it becomes a subquery itself.

use wend_grammar::ast::{
    Block, CaseBranch, CaseOperand, Clause, ClauseKind, Expr as Text, ExprKind as TextKind, GraphPattern, Ident,
    Iteration, Linear, ListQuantifier, Literal, MapItem as ItemText, PathElement, Projection, ProjectionItem, Query,
    Span,
};

use super::{
    Binder, Kind, Scope, Variable,
    expr::{Env, contains_subquery},
};
use crate::{
    error::{Error, Result},
    plan::{
        expr::{Expr, ExprKind, PropertyName},
        iterate::{Iterate, IterateKind, LOCALS, MapItem},
        named::Named,
    },
};

/// Of what a subquery collects: a record with this field, as lists that are collected leave NULLs out.
const FIELD: &str = "value";

impl Binder<'_> {
    /// `[x IN list WHERE condition | body]`
    pub(super) fn comprehension(&mut self, text: &Text, iteration: &Iteration, env: &mut Env) -> Result<ExprKind> {
        if has_subquery(iteration) {
            return Ok(self.expr(&unwrapped(collected(iteration, env.scope, text.span)), env)?.kind);
        }
        self.iterate(iteration, None, env, |_| IterateKind::Comprehension)
    }

    /// `ANY(x IN list WHERE condition)`
    pub(super) fn quantified(
        &mut self,
        text: &Text,
        quantifier: ListQuantifier,
        iteration: &Iteration,
        env: &mut Env,
    ) -> Result<ExprKind> {
        if has_subquery(iteration) {
            let Some(condition) = iteration.condition.clone() else {
                return Err(Error::internal("a predicate over a list without a condition"));
            };
            // The conditions are collected first.
            let conditions = Iteration { condition: None, body: Some(condition), ..iteration.clone() };
            let list = collected(&conditions, env.scope, text.span);
            let condition = Some(field_of(text.span));
            let iteration = Iteration { variable: hidden(text.span), list, condition, body: None };
            return self.iterate(&iteration, None, env, |_| IterateKind::Quantified(quantifier));
        }
        self.iterate(iteration, None, env, |_| IterateKind::Quantified(quantifier))
    }

    /// `REDUCE(accumulator = initial, x IN list | body)`
    pub(super) fn reduce(
        &mut self,
        accumulator: &Ident,
        initial: &Text,
        iteration: &Iteration,
        env: &mut Env,
    ) -> Result<ExprKind> {
        if has_subquery(iteration) {
            return Err(Error::rule("a subquery cannot stand in the body of REDUCE")
                .with_hint("collect what it gives with [x IN list | ..] first, and reduce that"));
        }
        if accumulator.name == iteration.variable.name {
            return Err(Error::rule(format!("`{}` is the accumulator already", accumulator.name))
                .with_hint("choose another name")
                .at(iteration.variable.span));
        }
        let initial = self.expr(initial, env)?;
        self.iterate(iteration, Some(accumulator), env, |slot| IterateKind::Reduce { accumulator: slot, initial })
    }

    /// Binds an iteration; `kind` gets the slot of the accumulator, if there is one.
    fn iterate(
        &mut self,
        iteration: &Iteration,
        accumulator: Option<&Ident>,
        env: &mut Env,
        kind: impl FnOnce(usize) -> IterateKind,
    ) -> Result<ExprKind> {
        let of_elements = {
            let scope = env.grouping.as_ref().map_or(&*env.scope, |grouping| &grouping.input);
            self.kind_of_each(&iteration.list, scope)
        };
        let list = self.expr(&iteration.list, env)?;
        let outer = self.locals.len();
        let slot = LOCALS + outer;
        let names = accumulator.into_iter().map(|name| (name, Kind::Value));
        let names: Vec<(&Ident, Kind)> = std::iter::once((&iteration.variable, of_elements)).chain(names).collect();
        for (position, (name, kind)) in names.iter().enumerate() {
            self.locals.push(name.name.clone());
            let variable = Variable { name: name.name.clone(), slot: slot + position, kind: *kind };
            // Before a variable of the same name, which it hides.
            env.scope.variables.insert(0, variable.clone());
            if let Some(grouping) = env.grouping.as_deref_mut() {
                grouping.held.insert(0, (name.name.clone(), slot + position));
                grouping.input.variables.insert(0, variable);
            }
        }
        let hidden = |name: &str| names.iter().any(|(local, _)| local.name == name);
        let aliases: Vec<_> = env
            .aliases
            .iter()
            .map(|(name, text, sees)| {
                let name = if hidden(name) { String::new() } else { name.clone() };
                (name, text.clone(), *sees)
            })
            .collect();
        let mut inner = Env {
            scope: env.scope,
            plan: env.plan.as_deref_mut(),
            grouping: env.grouping.as_deref_mut(),
            aliases: &aliases,
        };
        let condition = iteration.condition.as_ref().map(|condition| self.expr(condition, &mut inner)).transpose();
        let body = iteration.body.as_ref().map(|body| self.expr(body, &mut inner)).transpose();
        self.locals.truncate(outer);
        env.scope.variables.drain(..names.len());
        if let Some(grouping) = env.grouping.as_deref_mut() {
            grouping.held.drain(..names.len());
            grouping.input.variables.drain(..names.len());
        }
        let iterate = Iterate::new(kind(slot + 1), slot, list, condition?, body?);
        Ok(ExprKind::Iterate(Box::new(iterate)))
    }

    /// What the elements of a list are known to be, nodes and edges among them.
    fn kind_of_each(&self, list: &Text, scope: &Scope) -> Kind {
        match &list.kind {
            TextKind::Call { name, .. } if name == "NODES" => Kind::Node,
            TextKind::Call { name, .. } if matches!(name.as_str(), "EDGES" | "RELATIONSHIPS") => Kind::Edge,
            _ => self.kind_of_elements(list, scope),
        }
    }

    /// `[(a)-[:R]->(b) WHERE condition | body]`
    pub(super) fn pattern_comprehension(
        &mut self,
        text: &Text,
        pattern: &GraphPattern,
        body: &Text,
        env: &mut Env,
    ) -> Result<ExprKind> {
        let found = Clause { kind: ClauseKind::Match { optional: false, pattern: pattern.clone() }, span: text.span };
        let list = collecting(vec![found], body.clone(), text.span);
        Ok(self.expr(&unwrapped(list), env)?.kind)
    }

    /// `COLLECT { query }`
    pub(super) fn collect(&mut self, text: &Text, query: &Query, env: &mut Env) -> Result<ExprKind> {
        let last = query.blocks.last().and_then(|block| block.first.clauses.last());
        let column = match last.map(|clause| &clause.kind) {
            Some(ClauseKind::Return(Projection { star: false, items, .. })) => match &items[..] {
                [item] => Some(item.name.clone()),
                _ => None,
            },
            _ => None,
        };
        let Some(column) = column else {
            return Err(Error::rule("COLLECT { } needs a query that returns one column").at(query.span));
        };
        let mut query = query.clone();
        let body = record(variable(&column, text.span));
        let first = Linear { clauses: vec![returning(collect_list(body))], span: text.span };
        query.blocks.push(Block { yields: None, first, rest: Vec::new() });
        let list = Text { kind: TextKind::Value(Box::new(query)), span: text.span };
        Ok(self.expr(&unwrapped(list), env)?.kind)
    }

    /// `p {.name, .*, age: 3}`
    pub(super) fn map_projection(&mut self, of: &Text, items: &[ItemText], env: &mut Env) -> Result<ExprKind> {
        let element = matches!(self.kind_of(of, env.scope), Kind::Node | Kind::Edge);
        let base = self.expr(of, env)?;
        let mut bound = Vec::new();
        for item in items {
            bound.push(match item {
                ItemText::All => MapItem::All,
                ItemText::Property(key) => {
                    if element {
                        self.note(Named::Property(key.name.clone()));
                    }
                    let kind = ExprKind::Property(Box::new(base.clone()), PropertyName::new(&key.name));
                    MapItem::Field(key.name.as_str().into(), Expr::new(kind, key.span))
                }
                ItemText::Field(key, value) => MapItem::Field(key.name.as_str().into(), self.expr(value, env)?),
            });
        }
        Ok(ExprKind::MapProjection(Box::new(base), bound))
    }

    /// A pattern as a condition binds no variables.
    pub(super) fn refuse_new_variables(&self, pattern: &GraphPattern, env: &Env) -> Result<()> {
        for element in pattern.paths.iter().flat_map(|path| &path.elements) {
            let variable = match element {
                PathElement::Node(node) => &node.variable,
                PathElement::Edge(edge) => &edge.variable,
                PathElement::Group(_) => &None,
            };
            if let Some(name) = variable
                && env.scope.get(&name.name).is_none()
            {
                return Err(Error::reference(format!("variable `{}` is not defined", name.name))
                    .with_hint(
                        "a pattern as a condition binds no variables: leave the name out, or write EXISTS { pattern }",
                    )
                    .at(name.span));
            }
        }
        Ok(())
    }

    /// Whether a text names a variable that goes through a list.
    pub(super) fn names_local(&self, text: &Text) -> bool {
        if self.locals.is_empty() {
            return false;
        }
        let printed = wend_grammar::print_expr(text);
        self.locals.iter().any(|name| printed.contains(name.as_str()))
    }
}

/// Whether what is asked of each element, or what it becomes, has a subquery.
pub(super) fn has_subquery(iteration: &Iteration) -> bool {
    iteration.condition.iter().chain(&iteration.body).any(contains_subquery)
}

fn variable(name: &str, span: Span) -> Text {
    Text { kind: TextKind::Variable(name.to_owned()), span }
}

/// A name that no text can have.
fn hidden(span: Span) -> Ident {
    Ident { name: " each".to_owned(), span }
}

/// The field of what goes through a collected list.
fn field_of(span: Span) -> Text {
    let of = Box::new(variable(&hidden(span).name, span));
    Text { kind: TextKind::Property(of, Ident { name: FIELD.to_owned(), span }), span }
}

/// The values of the records of a collected list.
fn unwrapped(list: Text) -> Text {
    let span = list.span;
    let iteration = Iteration { variable: hidden(span), list, condition: None, body: Some(field_of(span)) };
    Text { kind: TextKind::Comprehension(Box::new(iteration)), span }
}

/// `VALUE { clauses RETURN COLLECT_LIST({value: body}) }`
fn collecting(mut clauses: Vec<Clause>, body: Text, span: Span) -> Text {
    clauses.push(returning(collect_list(record(body))));
    value_of(clauses, span)
}

/// `{value: body}`
fn record(body: Text) -> Text {
    let span = body.span;
    Text { kind: TextKind::Record(vec![(Ident { name: FIELD.to_owned(), span }, body)]), span }
}

fn collect_list(value: Text) -> Text {
    let (name, span) = ("COLLECT_LIST".to_owned(), value.span);
    Text { kind: TextKind::Call { name, distinct: false, arguments: vec![value], star: false }, span }
}

fn returning(value: Text) -> Clause {
    returning_as(FIELD, value)
}

fn returning_as(name: &str, value: Text) -> Clause {
    let span = value.span;
    let item = ProjectionItem { expr: value, alias: None, name: name.to_owned() };
    let projection = Projection { items: vec![item], ..Projection::default() };
    Clause { kind: ClauseKind::Return(projection), span }
}

fn value_of(clauses: Vec<Clause>, span: Span) -> Text {
    let block = Block { yields: None, first: Linear { clauses, span }, rest: Vec::new() };
    Text { kind: TextKind::Value(Box::new(Query { blocks: vec![block], span })), span }
}

/// `VALUE { LET list = .. RETURN CASE WHEN list IS NULL THEN NULL ELSE VALUE { FOR x IN list FILTER condition
/// RETURN COLLECT_LIST({value: body}) } END }`; where the variable hides one of its name, the rows are made by a `CALL (..) { .. }` that
/// sees all variables but that one.
fn collected(iteration: &Iteration, scope: &Scope, span: Span) -> Text {
    // Names of its own, as one iteration may stand in another.
    let place = iteration.variable.span.start;
    let list = Ident { name: format!(" list{place}"), span };
    let element = iteration.variable.clone();
    let hides = scope.get(&element.name).is_some();
    let body = iteration.body.clone().unwrap_or_else(|| variable(&element.name, element.span));
    let each = ClauseKind::For { variable: element.clone(), list: variable(&list.name, span), counter: None };
    let mut rows = vec![Clause { kind: each, span }];
    rows.extend(
        iteration.condition.iter().map(|condition| Clause { kind: ClauseKind::Filter(condition.clone()), span }),
    );
    let held = Clause { kind: ClauseKind::Let(vec![(list.clone(), iteration.list.clone())]), span };
    let mut clauses = vec![held];
    let values = match hides {
        false => collecting(rows, body, span),
        true => {
            let values = format!(" values{place}");
            rows.push(returning_as(&values, collect_list(record(body))));
            let seen = scope.variables.iter().map(|variable| &variable.name).filter(|name| **name != element.name);
            let seen = seen.map(|name| Ident { name: name.clone(), span }).chain([list.clone()]).collect();
            let block = Block { yields: None, first: Linear { clauses: rows, span }, rest: Vec::new() };
            let query = Box::new(Query { blocks: vec![block], span });
            let call = ClauseKind::CallQuery { optional: false, scope: Some(seen), query, in_transactions: false };
            clauses.push(Clause { kind: call, span });
            variable(&values, span)
        }
    };
    let is_null = TextKind::IsNull { negated: false, operand: Box::new(variable(&list.name, span)) };
    let branch = CaseBranch {
        when: vec![CaseOperand::Value(Text { kind: is_null, span })],
        then: Text { kind: TextKind::Literal(Literal::Null), span },
    };
    let case = TextKind::Case { operand: None, branches: vec![branch], otherwise: Some(Box::new(values)) };
    clauses.push(returning(Text { kind: case, span }));
    value_of(clauses, span)
}
