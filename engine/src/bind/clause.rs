//! Binds the clauses of a linear statement, one after the other.

use wend_grammar::ast::{Block, Clause, ClauseKind, Ident, Linear, Query, SortItem};

use super::{Binder, Ending, Flow, Kind, Scope, Variable, expr::contains_subquery, pattern::conjuncts};
use crate::{
    error::{Error, Result},
    plan::{ApplyKind, LoadCsv, Plan, SortKey},
    value::Value,
};

impl Binder<'_> {
    /// Binds clauses in order. With `open_end` all variables in scope are the result when there is no RETURN.
    pub(super) fn clauses(&mut self, clauses: &[Clause], flow: Flow, open_end: bool) -> Result<(Plan, Ending)> {
        // A view of the graph holds to the end of the statement, and in what is nested in it.
        let window = self.window.clone();
        let bound = self.clauses_in_view(clauses, flow, open_end);
        self.window = window;
        bound
    }

    fn clauses_in_view(&mut self, clauses: &[Clause], mut flow: Flow, open_end: bool) -> Result<(Plan, Ending)> {
        let reads_only_calls =
            !clauses.is_empty() && clauses.iter().all(is_call_or_refinement) && starts_with_call(clauses);
        for (position, clause) in clauses.iter().enumerate() {
            let last = position + 1 == clauses.len();
            match &clause.kind {
                ClauseKind::Return(projection) => {
                    if !last {
                        return Err(
                            Error::rule("RETURN ends a statement; write NEXT to go on").at(clauses[position + 1].span)
                        );
                    }
                    let flow = self.projection(projection, flow, clause.span)?;
                    return Ok((flow.plan, Ending::Columns(flow.scope.variables)));
                }
                ClauseKind::Finish => return Ok((flow.plan, Ending::Nothing)),
                ClauseKind::Nested(query) if last => return self.query(query, flow),
                _ => flow = self.clause(clause, flow).map_err(|error| error.at(clause.span))?,
            }
        }
        if open_end || (reads_only_calls && !flow.scope.variables.is_empty()) {
            return Ok(all_columns(flow));
        }
        match clauses.last() {
            Some(clause) if changes_data(&clause.kind) || matches!(clause.kind, ClauseKind::Call { .. }) => {
                Ok((flow.plan, Ending::Nothing))
            }
            Some(clause) => Err(Error::rule("the statement neither returns nor changes anything")
                .with_hint("end it with RETURN, or with FINISH when no result is wanted")
                .at(clause.span)),
            None => Err(Error::rule("the statement is empty")),
        }
    }

    fn clause(&mut self, clause: &Clause, mut flow: Flow) -> Result<Flow> {
        match &clause.kind {
            ClauseKind::Use { graph, view } => {
                if let Some(view) = view {
                    self.window = Some(self.time_view(view, &mut flow)?);
                }
                match &self.graph {
                    Some(other) if other.name != graph.name => {
                        return Err(Error::data("25G04", "one statement works on one graph").at(graph.span));
                    }
                    _ => self.graph = Some(graph.clone()),
                }
                Ok(flow)
            }
            ClauseKind::Match { optional: false, pattern } => self.match_pattern(pattern, flow),
            ClauseKind::Match { optional: true, pattern } => {
                self.optional(flow, |binder, inner| binder.match_pattern(pattern, inner))
            }
            ClauseKind::Search { optional: false, pattern, search } => self.vector_search(pattern, search, flow),
            ClauseKind::Search { optional: true, pattern, search } => {
                self.optional(flow, |binder, inner| binder.vector_search(pattern, search, inner))
            }
            ClauseKind::OptionalBlock(clauses) => self.optional(flow, |binder, mut inner| {
                for clause in clauses {
                    inner = binder.clause(clause, inner)?;
                }
                Ok(inner)
            }),
            ClauseKind::Filter(condition) => {
                self.check_condition(condition, &flow.scope)?;
                // A subquery runs only for the rows that what stands before it lets through.
                let parts = if contains_subquery(condition) { conjuncts(condition) } else { vec![condition] };
                for part in parts {
                    let condition = self.expr_in(part, &mut flow)?;
                    flow.wrap(|input| Plan::Filter { input, condition });
                }
                Ok(flow)
            }
            ClauseKind::Let(definitions) => {
                let mut bound = Vec::new();
                for (name, value) in definitions {
                    let kind = self.kind_of(value, &flow.scope);
                    bound.push((name, kind, self.expr_in(value, &mut flow)?));
                }
                for (name, kind, expr) in bound {
                    let slot = flow.scope.declare(name, kind)?;
                    flow.wrap(|input| Plan::Extend { input, slot, expr });
                }
                Ok(flow)
            }
            ClauseKind::For { variable, list, counter } => {
                let takes = |value: &Value| matches!(value, Value::List(_) | Value::Vector(_));
                self.check_value(list, &flow.scope, takes, "FOR takes a list")?;
                let kind = self.kind_of_elements(list, &flow.scope);
                let list = self.expr_in(list, &mut flow)?;
                let slot = flow.scope.declare(variable, kind)?;
                let counter = match counter {
                    Some(counter) => {
                        let slot = flow.scope.declare(&counter.variable, Kind::Value)?;
                        Some((slot, i64::from(!counter.from_zero)))
                    }
                    None => None,
                };
                flow.wrap(|input| Plan::Unwind { input, list, slot, counter });
                Ok(flow)
            }
            ClauseKind::OrderBy(items) => {
                let keys = self.sort_keys(items, &mut flow)?;
                flow.wrap(|input| Plan::Sort { input, keys, top: None });
                Ok(flow)
            }
            ClauseKind::Offset(count) => {
                let count = self.expr_without_variables(count)?;
                flow.wrap(|input| Plan::Offset { input, count });
                Ok(flow)
            }
            ClauseKind::Limit(count) => {
                let count = self.expr_without_variables(count)?;
                flow.wrap(|input| Plan::Limit { input, count });
                Ok(flow)
            }
            ClauseKind::Insert(paths) => self.insert(paths, flow),
            ClauseKind::Set(items) => self.set(items, flow),
            ClauseKind::Remove(items) => self.remove(items, flow),
            ClauseKind::Delete { detach, items } => self.delete(*detach, items, flow, clause.span),
            ClauseKind::Call { optional, name, arguments, yields } => {
                self.call(*optional, name, arguments, yields.as_deref(), flow)
            }
            ClauseKind::CallQuery { optional, scope, query, in_transactions } => {
                if *in_transactions {
                    self.note(super::Named::OneTransaction);
                }
                self.call_query(*optional, scope.as_deref(), query, flow)
            }
            ClauseKind::Foreach { variable, list, changes } => {
                // One element after the other, so that what is changed for one is seen by the next.
                let query = |clauses: Vec<Clause>| {
                    let first = Linear { clauses, span: clause.span };
                    let block = Block { yields: None, first, rest: Vec::new() };
                    Box::new(Query { blocks: vec![block], span: clause.span })
                };
                let call = ClauseKind::CallQuery {
                    optional: false,
                    scope: None,
                    query: query(changes.clone()),
                    in_transactions: false,
                };
                let each = ClauseKind::For { variable: variable.clone(), list: list.clone(), counter: None };
                let clauses = [each, call].map(|kind| Clause { kind, span: clause.span });
                self.call_query(false, None, &query(clauses.into()), flow)
            }
            ClauseKind::With(projection) => self.projection(projection, flow, clause.span),
            ClauseKind::Nested(query) => {
                let (plan, ending) = self.query(query, flow)?;
                let Ending::Columns(variables) = ending else {
                    return Err(Error::rule("a query in braces before other clauses must RETURN"));
                };
                let width = variables.len();
                Ok(Flow { plan, scope: Scope { variables, width } })
            }
            ClauseKind::Merge { paths, upsert: true, .. } => self.upsert(paths, flow),
            ClauseKind::Merge { paths, on_create, on_match, upsert: false } => {
                self.merge(paths, on_create, on_match, flow)
            }
            ClauseKind::LoadCsv { parquet, headers, from, variable, separator } => {
                let from = self.expr_in(from, &mut flow)?;
                let separator = separator.as_ref().map(|separator| self.expr_in(separator, &mut flow)).transpose()?;
                let slot = flow.scope.declare(variable, Kind::Value)?;
                let load = Box::new(LoadCsv { parquet: *parquet, from, separator, headers: *headers, slot });
                flow.wrap(|input| Plan::LoadCsv { input, load });
                Ok(flow)
            }
            ClauseKind::Return(_) | ClauseKind::Finish => Err(Error::rule("RETURN ends a statement")),
        }
    }

    /// Runs clauses for each row, keeping a row for which they find nothing.
    pub(super) fn optional(&mut self, flow: Flow, f: impl FnOnce(&mut Self, Flow) -> Result<Flow>) -> Result<Flow> {
        let inner = f(self, Flow { plan: Plan::Argument, scope: flow.scope })?;
        let plan = Plan::Apply {
            input: Box::new(flow.plan),
            subquery: Box::new(inner.plan),
            kind: ApplyKind::Optional,
            reads: None,
        };
        Ok(Flow { plan, scope: inner.scope })
    }

    /// `CALL (a, b) { ... }`
    fn call_query(
        &mut self,
        optional: bool,
        visible: Option<&[Ident]>,
        query: &wend_grammar::ast::Query,
        mut flow: Flow,
    ) -> Result<Flow> {
        let mut inner = flow.scope.clone();
        if let Some(visible) = visible {
            for name in visible {
                flow.scope.resolve(&name.name, name.span)?;
            }
            inner.variables.retain(|variable| visible.iter().any(|name| name.name == variable.name));
        }
        let (plan, ending) = self.query(query, Flow { plan: Plan::Argument, scope: inner })?;
        let mut outputs = Vec::new();
        if let Ending::Columns(columns) = &ending {
            for column in columns {
                let name = Ident { name: column.name.clone(), span: query.span };
                outputs.push((column.slot, flow.scope.declare(&name, column.kind)?));
            }
        }
        // A subquery without a result runs for its effects; the row goes on.
        let subquery = if matches!(ending, Ending::Nothing) { super::effect_only(plan) } else { plan };
        flow.wrap(|input| Plan::Apply {
            input,
            subquery: Box::new(subquery),
            kind: ApplyKind::Rows { outputs, optional },
            reads: None,
        });
        Ok(flow)
    }

    pub(super) fn sort_keys(&mut self, items: &[SortItem], flow: &mut Flow) -> Result<Vec<SortKey>> {
        let mut keys = Vec::new();
        for item in items {
            let expr = self.expr_in(&item.expr, flow)?;
            keys.push(sort_key(item, expr));
        }
        Ok(keys)
    }
}

/// The key of an item whose value is `expr`; NULL comes last where nothing is said, in either direction.
pub(super) fn sort_key(item: &SortItem, expr: crate::plan::expr::Expr) -> SortKey {
    SortKey { expr, descending: item.descending, nulls_first: item.nulls_first.unwrap_or(false) }
}

/// Everything in scope as the result; a name that begins with a space is one that the binder gave.
fn all_columns(mut flow: Flow) -> (Plan, Ending) {
    flow.scope.variables.retain(|variable| !variable.name.starts_with(' '));
    let items = flow
        .scope
        .variables
        .iter()
        .map(|variable| crate::plan::expr::Expr::column(variable.slot, wend_grammar::ast::Span::default()));
    let plan = Plan::Project { input: Box::new(flow.plan), items: items.collect() };
    let columns = flow.scope.variables.into_iter().enumerate().map(|(slot, variable)| Variable { slot, ..variable });
    (plan, Ending::Columns(columns.collect()))
}

fn changes_data(kind: &ClauseKind) -> bool {
    matches!(
        kind,
        ClauseKind::Insert(_)
            | ClauseKind::Merge { .. }
            | ClauseKind::Set(_)
            | ClauseKind::Remove(_)
            | ClauseKind::Delete { .. }
            | ClauseKind::CallQuery { .. }
            | ClauseKind::Foreach { .. }
    )
}

fn starts_with_call(clauses: &[Clause]) -> bool {
    clauses
        .iter()
        .find(|clause| !matches!(clause.kind, ClauseKind::Use { .. }))
        .is_some_and(|clause| matches!(clause.kind, ClauseKind::Call { .. }))
}

/// A procedure call, or a clause that only narrows or orders its rows.
fn is_call_or_refinement(clause: &Clause) -> bool {
    matches!(
        clause.kind,
        ClauseKind::Use { .. }
            | ClauseKind::Call { .. }
            | ClauseKind::Filter(_)
            | ClauseKind::OrderBy(_)
            | ClauseKind::Offset(_)
            | ClauseKind::Limit(_)
            | ClauseKind::Let(_)
    )
}

/// The error for a part of the subset that this version does not run.
pub(super) fn unsupported(what: &str) -> Error {
    Error::rule(format!("{what} is not supported in this version"))
}
