//! Binds `MATCH .. SEARCH n IN (VECTOR INDEX i FOR vector LIMIT k)` and the procedures that search vector indexes.

use wend_grammar::ast::{
    Expr as Text, ExprKind as TextKind, GraphPattern, Ident, IndexName, IndexSearch as Search, Literal, PathElement,
    YieldItem,
};

use super::{Binder, Flow, Kind, Scope, call::outputs, text_search::yielded_twice};
use crate::{
    error::{Error, Result},
    plan::{Plan, vector_search::VectorSearch},
    registry::compatibility::Compatible,
    value::Value,
};

impl Binder<'_> {
    pub(super) fn vector_search(&mut self, pattern: &GraphPattern, search: &Search, mut flow: Flow) -> Result<Flow> {
        if search.full_text {
            return self.text_search(pattern, search, flow);
        }
        let name = self.index_name(&search.index)?;
        let vector = self.expr_in(&search.sought, &mut flow)?;
        let limit = self.expr_without_variables(&search.limit)?;
        let query = flow.scope.hidden();
        flow.wrap(|input| Plan::Extend { input, slot: query, expr: vector });
        self.check_sought(search, &flow.scope)?;
        let outer = flow.scope.clone();
        let mut inner = self.match_pattern(pattern, Flow { plan: Plan::Argument, scope: flow.scope.clone() })?;
        self.accepted(search, &mut inner)?;
        let variable = inner.scope.resolve(&search.variable.name, search.variable.span)?;
        let (slot, kind) = (variable.slot, variable.kind);
        let on_edge = self.sought_kind(search, kind)?;
        // A pattern of one node has one row for a node, and is asked of a node that is found.
        let single = match &pattern.paths[..] {
            [path] => path.variable.is_none() && matches!(&path.elements[..], [PathElement::Node(_)]),
            _ => false,
        };
        let accept = if single {
            let mut scope = outer.clone();
            let declared = scope.declare(&search.variable, Kind::Node)?;
            if declared != slot {
                return Err(Error::internal("a pattern of one node has its slot elsewhere"));
            }
            let mut bound = self.match_pattern(pattern, Flow { plan: Plan::Argument, scope })?;
            self.accepted(search, &mut bound)?;
            Some(bound.plan)
        } else {
            None
        };
        let fills = |scope: &Scope| {
            let new = scope.variables.iter().filter(|variable| variable.slot >= outer.width);
            new.map(|variable| variable.slot).collect::<Vec<_>>()
        };
        let outputs = fills(&inner.scope);
        flow.scope = inner.scope;
        let measure = flow.scope.hidden();
        let score = search.score.as_ref().map(|name| flow.scope.declare(name, Kind::Value)).transpose()?;
        let bound = VectorSearch {
            index: name,
            span: search.index.span(),
            slot,
            on_edge: Some(on_edge),
            query,
            measure,
            score,
            limit,
            matches: Some(inner.plan),
            outputs,
            accept,
            single,
        };
        flow.wrap(|input| Plan::VectorSearch { input, search: Box::new(bound) });
        self.then(search, flow)
    }

    /// Refuses to look for what is bound.
    pub(super) fn check_sought(&self, search: &Search, scope: &Scope) -> Result<()> {
        match scope.get(&search.variable.name) {
            None => Ok(()),
            Some(bound) => Err(Error::rule(format!("`{}` is {} that is bound already", bound.name, bound.kind.noun()))
                .with_hint("SEARCH looks for what the MATCH before it binds")
                .at(search.variable.span)),
        }
    }

    /// Whether edges are looked for.
    pub(super) fn sought_kind(&self, search: &Search, kind: Kind) -> Result<bool> {
        match kind {
            Kind::Node => Ok(false),
            Kind::Edge => Ok(true),
            other => Err(Error::rule(format!(
                "SEARCH looks for a node or an edge, `{}` is {}",
                search.variable.name,
                other.noun()
            ))
            .at(search.variable.span)),
        }
    }

    /// The condition behind SEARCH.
    pub(super) fn then(&mut self, search: &Search, mut flow: Flow) -> Result<Flow> {
        if let Some(condition) = &search.then {
            self.check_condition(condition, &flow.scope)?;
            let condition = self.expr_in(condition, &mut flow)?;
            flow.wrap(|input| Plan::Filter { input, condition });
        }
        Ok(flow)
    }

    /// The condition inside of SEARCH.
    pub(super) fn accepted(&mut self, search: &Search, flow: &mut Flow) -> Result<()> {
        if let Some(condition) = &search.condition {
            self.check_condition(condition, &flow.scope)?;
            let condition = self.expr_in(condition, flow)?;
            flow.wrap(|input| Plan::Filter { input, condition });
        }
        Ok(())
    }

    /// The name of an index, which a parameter may give.
    pub(super) fn index_name(&mut self, name: &IndexName) -> Result<String> {
        match name {
            IndexName::Name(name) => Ok(name.name.clone()),
            IndexName::Parameter(name) => self.text_parameter(name),
        }
    }

    fn text_parameter(&mut self, name: &Ident) -> Result<String> {
        // The plan depends on the value.
        self.reusable = false;
        match self.params.get(&name.name) {
            Some(Value::String(text)) => Ok(text.to_string()),
            Some(other) => Err(Error::value_type(format!(
                "${} names an index and has to be a string, not {}",
                name.name,
                other.type_name()
            ))
            .at(name.span)),
            None => Err(Error::reference(format!("parameter ${} is not given", name.name)).at(name.span)),
        }
    }

    /// `CALL db.index.vector.queryNodes(index, k, vector) YIELD node, score`
    pub(super) fn query_vector_index(
        &mut self,
        procedure: &Compatible,
        on_edge: bool,
        call: &Ident,
        arguments: &[Text],
        yields: Option<&[YieldItem]>,
        mut flow: Flow,
    ) -> Result<Flow> {
        let (name, signature) = (&procedure.name, procedure.signature());
        let columns: Vec<&str> = procedure.columns.iter().map(|column| column.name).collect();
        let [index, limit, vector] = arguments else {
            let at = arguments.get(3).map_or(call.span, |argument| argument.span);
            return Err(Error::rule(format!("{name} takes 3 arguments, not {}", arguments.len()))
                .with_hint(signature)
                .at(at));
        };
        let (index, span) = match &index.kind {
            TextKind::Literal(Literal::String(text)) => (text.clone(), index.span),
            TextKind::Parameter(parameter) => {
                (self.text_parameter(&Ident { name: parameter.clone(), span: index.span })?, index.span)
            }
            _ => {
                return Err(Error::rule("the name of the index has to be a string or a parameter")
                    .with_hint(signature)
                    .at(index.span));
            }
        };
        let vector = self.expr_in(vector, &mut flow)?;
        let limit = self.expr_without_variables(limit)?;
        let query = flow.scope.hidden();
        flow.wrap(|input| Plan::Extend { input, slot: query, expr: vector });
        let filled = outputs(call, &columns, &columns, yields, &mut flow)?;
        let slot_of = |position: usize| filled.iter().find(|(of, _)| *of == position).map(|(_, slot)| *slot);
        let slot = slot_of(0).unwrap_or_else(|| flow.scope.hidden());
        let measure = flow.scope.hidden();
        let search = VectorSearch {
            index,
            span,
            slot,
            on_edge: Some(on_edge),
            query,
            measure,
            score: slot_of(1),
            limit,
            matches: None,
            outputs: vec![slot],
            accept: None,
            single: true,
        };
        flow.wrap(|input| Plan::VectorSearch { input, search: Box::new(search) });
        yielded_twice(&filled, call, &mut flow);
        Ok(flow)
    }
}
