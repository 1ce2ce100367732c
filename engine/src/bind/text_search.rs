//! Binds `MATCH .. SEARCH n IN (FULLTEXT INDEX i FOR 'words' LIMIT k)` and the procedures that search full-text indexes.

use wend_grammar::ast::{Expr as Text, GraphPattern, Ident, IndexSearch, PathElement, YieldItem};

use super::{Binder, Flow, Kind, call::outputs};
use crate::{
    error::{Error, Result},
    plan::{
        ApplyKind, Plan, SortKey,
        expr::{Expr, ExprKind},
        text_search::TextSearch,
    },
    registry::compatibility::Compatible,
    value::Value,
};

impl Binder<'_> {
    /// For each row the matches of the pattern with the elements that are found, the best first. The index is asked first, as it knows
    /// the order; what the pattern and the conditions leave of it is counted by LIMIT.
    pub(super) fn text_search(&mut self, pattern: &GraphPattern, search: &IndexSearch, mut flow: Flow) -> Result<Flow> {
        let name = self.index_name(&search.index)?;
        let index = Expr::new(ExprKind::Constant(Value::String(name.as_str().into())), search.index.span());
        let query = self.expr_in(&search.sought, &mut flow)?;
        let limit = self.expr_without_variables(&search.limit)?;
        self.check_sought(search, &flow.scope)?;
        let outer = flow.scope.clone();
        let single = matches!(&pattern.paths[..], [path] if path.variable.is_none()
            && matches!(&path.elements[..], [PathElement::Node(_)]));
        // What the variable is, its pattern says.
        let matched = self.match_pattern(pattern, Flow { plan: Plan::Argument, scope: outer.clone() })?;
        let kind = matched.scope.resolve(&search.variable.name, search.variable.span)?.kind;
        let on_edge = self.sought_kind(search, kind)?;
        let mut scope = outer.clone();
        let slot = scope.declare(&search.variable, kind)?;
        let score = scope.hidden();
        let found = TextSearch { index, query, options: None, slot, on_edge, score };
        let plan = Plan::TextSearch { input: Box::new(Plan::Argument), search: Box::new(found) };
        let mut inner = self.match_pattern(pattern, Flow { plan, scope })?;
        self.accepted(search, &mut inner)?;
        let column = |slot| Expr::column(slot, search.variable.span);
        if single {
            // One row for an element, in the order in which they were found.
            inner.wrap(|input| Plan::Limit { input, count: limit });
        } else {
            let key = |slot, descending| SortKey { expr: column(slot), descending, nulls_first: false };
            inner.wrap(|input| Plan::Sort { input, keys: vec![key(score, true), key(slot, false)], top: None });
            inner.wrap(|input| Plan::LimitElements { input, slot, count: limit });
        }
        let new = inner.scope.variables.iter().map(|variable| variable.slot).filter(|slot| *slot >= outer.width);
        let outputs = new.chain([score]).map(|slot| (slot, slot)).collect();
        flow.scope = inner.scope;
        let kind = ApplyKind::Rows { outputs, optional: false };
        let subquery = Box::new(inner.plan);
        flow.wrap(|input| Plan::Apply { input, subquery, kind, reads: None });
        if let Some(name) = &search.score {
            let slot = flow.scope.declare(name, Kind::Value)?;
            flow.wrap(|input| Plan::Extend { input, slot, expr: column(score) });
        }
        self.then(search, flow)
    }

    /// `CALL db.index.fulltext.queryNodes(index, query, {limit: 10}) YIELD node, score`
    pub(super) fn query_text_index(
        &mut self,
        procedure: &Compatible,
        on_edge: bool,
        call: &Ident,
        arguments: &[Text],
        yields: Option<&[YieldItem]>,
        mut flow: Flow,
    ) -> Result<Flow> {
        let (name, signature) = (&procedure.name, procedure.signature());
        let (index, query, options) = match arguments {
            [index, query] => (index, query, None),
            [index, query, options] => (index, query, Some(options)),
            _ => {
                let at = arguments.get(3).map_or(call.span, |argument| argument.span);
                return Err(Error::rule(format!("{name} takes 2 or 3 arguments, not {}", arguments.len()))
                    .with_hint(signature)
                    .at(at));
            }
        };
        let columns: Vec<&str> = procedure.columns.iter().map(|column| column.name).collect();
        let index = self.expr_in(index, &mut flow)?;
        let query = self.expr_in(query, &mut flow)?;
        let options = options.map(|options| self.expr_in(options, &mut flow)).transpose()?;
        let filled = outputs(call, &columns, &columns, yields, &mut flow)?;
        let slot_of = |position: usize| filled.iter().find(|(of, _)| *of == position).map(|(_, slot)| *slot);
        let slot = slot_of(0).unwrap_or_else(|| flow.scope.hidden());
        let score = slot_of(1).unwrap_or_else(|| flow.scope.hidden());
        let search = TextSearch { index, query, options, slot, on_edge, score };
        flow.wrap(|input| Plan::TextSearch { input, search: Box::new(search) });
        yielded_twice(&filled, call, &mut flow);
        Ok(flow)
    }
}

/// Columns that are yielded twice.
pub(super) fn yielded_twice(filled: &[(usize, usize)], call: &Ident, flow: &mut Flow) {
    for (position, slot) in filled {
        let first = filled.iter().find(|(of, _)| of == position).map_or(*slot, |(_, first)| *first);
        if first != *slot {
            let (expr, slot) = (Expr::column(first, call.span), *slot);
            flow.wrap(|input| Plan::Extend { input, slot, expr });
        }
    }
}
