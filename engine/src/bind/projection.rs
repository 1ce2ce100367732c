//! Binds RETURN and WITH: projection, grouping, DISTINCT, ORDER BY, OFFSET and LIMIT.

use wend_grammar::ast::{Expr as Text, ExprKind as TextKind, Ident, Projection, SortItem, Span};

use super::{
    Binder, Flow, Kind, Scope,
    aggregate::{Grouping, operands},
    clause::sort_key,
    expr::{Env, differs},
};
use crate::{
    error::{Error, Result},
    plan::{Plan, SortKey, aggregate::AggregateFunction, expr::Expr},
};

/// Adds what map projections beside aggregates are of, `a {.name, n: COUNT(b)}`: as in Cypher, the rows are grouped by it.
fn projected_elements(text: &Text, keys: &mut Vec<Text>) {
    match &text.kind {
        TextKind::Call { name, .. } if AggregateFunction::find(name).is_some() => {}
        TextKind::MapProjection(of, _) => {
            if !keys.contains(of) {
                keys.push((**of).clone());
            }
            operands(text, &mut |operand| projected_elements(operand, keys));
        }
        _ => operands(text, &mut |operand| projected_elements(operand, keys)),
    }
}

/// Names that stand for expressions in others; see [`Env::aliases`].
type Aliases = [(String, Text, usize)];

/// An item of the projection: its column's name and what it means.
struct Item {
    name: Ident,
    text: Text,
    kind: Kind,
}

impl Binder<'_> {
    pub(super) fn projection(&mut self, projection: &Projection, mut flow: Flow, span: Span) -> Result<Flow> {
        let items = self.items(projection, &flow.scope, span)?;
        let grouped =
            projection.group_by.is_some() || items.iter().any(|item| self.aggregates_rows(&item.text, &flow.scope));
        if !grouped && projection.order_by.iter().any(|item| self.aggregates_rows(&item.expr, &flow.scope)) {
            return Err(Error::rule("ORDER BY has an aggregate, and what it orders is not grouped").at(span));
        }

        // Sort keys that are not columns of the result become further items, dropped after the sort.
        let width = items.len();
        let mut aliases: Vec<(String, Text, usize)> =
            items.iter().map(|item| (item.name.name.clone(), item.text.clone(), 0)).collect();
        let mut extra: Vec<&Text> = Vec::new();
        let mut sorts: Vec<(usize, &SortItem)> = Vec::new();
        if !projection.distinct {
            for sort in &projection.order_by {
                let column = column_of(&sort.expr, &items).unwrap_or_else(|| {
                    extra.push(&sort.expr);
                    width + extra.len() - 1
                });
                sorts.push((column, sort));
            }
        }

        let exprs = if grouped {
            self.grouped(projection, &items, &extra, aliases, &mut flow)?
        } else {
            let mut exprs = Vec::new();
            for (item, alias) in items.iter().zip(&mut aliases) {
                let expr = self.expr_in(&item.text, &mut flow)?;
                // What gives another value each time is sorted by the value that is returned.
                exprs.push(if !extra.is_empty() && differs(&item.text) {
                    let (name, expr) = self.once(expr, &mut Env::new(&mut flow))?;
                    alias.1.kind = TextKind::Variable(name);
                    expr
                } else {
                    expr
                });
            }
            for text in extra.iter().copied() {
                exprs.push(self.expr(text, &mut Env { aliases: &aliases, ..Env::new(&mut flow) })?);
            }
            exprs
        };
        flow.wrap(|input| Plan::Project { input, items: exprs });

        let mut scope = Scope::default();
        for item in &items {
            if scope.get(&item.name.name).is_some() {
                return Err(Error::rule(format!("two columns are called `{}`", item.name.name))
                    .with_hint("give one of them another name with AS")
                    .at(item.name.span));
            }
            scope.declare(&item.name, item.kind)?;
        }
        flow.scope = scope;

        if projection.distinct {
            flow.wrap(|input| Plan::Distinct { input, width });
            if !projection.order_by.is_empty() {
                let mut keys = Vec::new();
                for sort in &projection.order_by {
                    let expr = match column_of(&sort.expr, &items) {
                        Some(column) => Expr::column(column, sort.expr.span),
                        None => self.expr_in(&sort.expr, &mut flow)?,
                    };
                    keys.push(sort_key(sort, expr));
                }
                flow.wrap(|input| Plan::Sort { input, keys, top: None });
            }
        } else if !sorts.is_empty() {
            let keys: Vec<SortKey> =
                sorts.into_iter().map(|(column, sort)| sort_key(sort, Expr::column(column, sort.expr.span))).collect();
            flow.wrap(|input| Plan::Sort { input, keys, top: None });
            if !extra.is_empty() {
                let items = (0..width).map(|slot| Expr::column(slot, span)).collect();
                flow.wrap(|input| Plan::Project { input, items });
            }
        }
        flow.scope.width = flow.scope.width.max(width);
        if let Some(count) = &projection.offset {
            let count = self.expr_without_variables(count)?;
            flow.wrap(|input| Plan::Offset { input, count });
        }
        if let Some(count) = &projection.limit {
            let count = self.expr_without_variables(count)?;
            flow.wrap(|input| Plan::Limit { input, count });
        }
        Ok(flow)
    }

    fn items(&self, projection: &Projection, scope: &Scope, span: Span) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        if projection.star {
            if scope.variables.is_empty() {
                return Err(Error::rule("`*` stands for all variables, and there are none").at(span));
            }
            // A name that begins with a space is one that the binder gave.
            for variable in scope.variables.iter().filter(|variable| !variable.name.starts_with(' ')) {
                items.push(Item {
                    name: Ident { name: variable.name.clone(), span },
                    text: Text { kind: TextKind::Variable(variable.name.clone()), span },
                    kind: variable.kind,
                });
            }
        }
        for item in &projection.items {
            let span = item.alias.as_ref().map_or(item.expr.span, |alias| alias.span);
            items.push(Item {
                name: Ident { name: item.name.clone(), span },
                text: item.expr.clone(),
                kind: self.kind_of(&item.expr, scope),
            });
        }
        Ok(items)
    }

    /// Binds the items of a grouped projection, and further sort keys, over an [`Plan::Aggregate`] that it puts on the plan.
    fn grouped(
        &mut self,
        projection: &Projection,
        items: &[Item],
        extra: &[&Text],
        mut aliases: Vec<(String, Text, usize)>,
        flow: &mut Flow,
    ) -> Result<Vec<Expr>> {
        let keys: Vec<Text> = match &projection.group_by {
            Some(keys) => keys.iter().map(|key| alias_text(key, items, &flow.scope).clone()).collect(),
            None => {
                let (above, keys): (Vec<&Text>, Vec<&Text>) =
                    items.iter().map(|item| &item.text).partition(|text| self.aggregates_rows(text, &flow.scope));
                let mut keys: Vec<Text> = keys.into_iter().cloned().collect();
                above.into_iter().for_each(|text| projected_elements(text, &mut keys));
                keys
            }
        };
        let mut bound_keys = Vec::new();
        for key in &keys {
            bound_keys.push(self.expr_in(key, flow)?);
        }
        let mut grouping = Grouping::new(keys, flow.scope.clone());
        let mut exprs = Vec::new();
        for item in items {
            exprs.push(self.above(&item.text, &[], &mut grouping, flow)?);
        }
        let mut sorts = self.all_above(extra, &aliases, &mut grouping, flow)?;
        // What gives another value each time is computed once, beside the groups, and sorted by; all aggregates are known now.
        let mut held = Vec::new();
        if !extra.is_empty() {
            for (position, item) in items.iter().enumerate() {
                if differs(&item.text) && !grouping.keys.contains(&item.text) {
                    let (name, slot) = (format!(" once{position}"), grouping.width() + held.len());
                    aliases[position].1.kind = TextKind::Variable(name.clone());
                    held.push((
                        name,
                        slot,
                        std::mem::replace(&mut exprs[position], Expr::column(slot, item.text.span)),
                    ));
                }
            }
        }
        if !held.is_empty() {
            grouping.held = held.iter().map(|(name, slot, _)| (name.clone(), *slot)).collect();
            sorts = self.all_above(extra, &aliases, &mut grouping, flow)?;
        }
        exprs.append(&mut sorts);
        flow.wrap(|input| Plan::Aggregate { input, keys: bound_keys, aggregates: grouping.aggregates });
        for (_, slot, expr) in held {
            flow.wrap(|input| Plan::Extend { input, slot, expr });
        }
        Ok(exprs)
    }

    /// Binds an expression over groups.
    fn above(&mut self, text: &Text, aliases: &Aliases, grouping: &mut Grouping, flow: &mut Flow) -> Result<Expr> {
        self.expr(text, &mut Env { aliases, grouping: Some(grouping), ..Env::new(flow) })
    }

    fn all_above(
        &mut self,
        texts: &[&Text],
        aliases: &Aliases,
        grouping: &mut Grouping,
        flow: &mut Flow,
    ) -> Result<Vec<Expr>> {
        texts.iter().map(|text| self.above(text, aliases, grouping, flow)).collect()
    }
}

/// The column that a sort key names or repeats.
fn column_of(text: &Text, items: &[Item]) -> Option<usize> {
    if let TextKind::Variable(name) = &text.kind
        && let Some(column) = items.iter().position(|item| item.name.name == *name)
    {
        return Some(column);
    }
    items.iter().position(|item| item.text == *text)
}

/// A grouping key may be the alias of an item.
fn alias_text<'a>(key: &'a Text, items: &'a [Item], scope: &Scope) -> &'a Text {
    if let TextKind::Variable(name) = &key.kind
        && scope.get(name).is_none()
        && let Some(item) = items.iter().find(|item| item.name.name == *name)
    {
        return &item.text;
    }
    key
}
