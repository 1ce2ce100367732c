//! Binds the query for examples: a table of stamps, the entities beside each, and two expressions, each of which sees the graph
//! through a window of time.

use std::sync::Arc;

use wend_grammar::ast::{Ident, Span};

use super::{
    Binder, Bound, Flow, Kind, Scope,
    window::{self, Window},
};
use crate::{
    error::Result,
    params::Params,
    plan::{
        Plan,
        examples::ExampleQuery,
        expr::{Expr, ExprKind, LabelName, LabelTest},
        named::Named,
        pattern::{Pattern, PatternNode},
    },
    value::Value,
};

/// The variable that stands for the entity.
const ENTITY: &str = "n";
/// The variables of the table of stamps: no query can write them.
const STAMP: [&str; 4] = [" stamp", " since", " at", " until"];

impl Binder<'_> {
    /// Binds the query; its columns are the entity, the position of the stamp and the target.
    pub(crate) fn bind_examples(query: &ExampleQuery<'_>) -> Result<Bound> {
        let params = Params::default();
        let mut binder = Binder::new(&params);
        let row = |(position, stamp): (usize, &crate::plan::examples::Stamp)| {
            vec![Value::Int(position as i64), stamp.since.clone(), stamp.at.clone(), stamp.until.clone()]
        };
        let rows = query.stamps.iter().enumerate().map(row).collect();
        let mut flow = Flow { plan: Plan::Table { rows: Arc::new(rows) }, scope: Scope::default() };
        let ident = |name: &str| Ident { name: name.to_owned(), span: Span::default() };
        for name in STAMP {
            flow.scope.declare(&ident(name), Kind::Value)?;
        }
        let times = Arc::new(query.times.clone());
        let until = |name: &str| window::Bound::Variable(name.to_owned());
        let window = |after: Option<&str>, last: &str| Window {
            after: after.map(until),
            until: until(last),
            properties: times.clone(),
        };
        // An entity that does not exist yet is no example.
        binder.window = Some(window(None, STAMP[2]));
        binder.note(Named::Label(query.entity.to_owned()));
        let entity = flow.scope.declare(&ident(ENTITY), Kind::Node)?;
        let labels = vec![LabelTest::Name(LabelName::new(query.entity))];
        let node = PatternNode { slot: entity, bound: false, labels };
        let mut pattern = Pattern { nodes: vec![node], ..Pattern::default() };
        binder.see_pattern(&mut pattern, &flow)?;
        flow.wrap(|input| Plan::Match { input, pattern: Box::new(pattern) });
        if let Some(eligible) = query.eligible {
            binder.window = Some(window(Some(STAMP[1]), STAMP[2]));
            let condition = binder.expr_in(eligible, &mut flow)?;
            flow.wrap(|input| Plan::Filter { input, condition });
        }
        let mut items = vec![Expr::column(entity, Span::default()), Expr::column(0, Span::default())];
        if let Some(target) = query.target {
            binder.window = Some(window(Some(STAMP[2]), STAMP[3]));
            let slot = flow.scope.hidden();
            let expr = binder.expr_in(target, &mut flow)?;
            flow.wrap(|input| Plan::Extend { input, slot, expr });
            let null = ExprKind::IsNull(Box::new(Expr::column(slot, Span::default())));
            let condition = Expr::new(ExprKind::Not(Box::new(Expr::new(null, Span::default()))), Span::default());
            flow.wrap(|input| Plan::Filter { input, condition });
            items.push(Expr::column(slot, Span::default()));
        }
        let plan = Plan::Project { input: Box::new(flow.plan), items };
        Ok(Bound { plan, columns: None, graph: None, names: binder.names, parameters: Arc::default(), reusable: false })
    }
}
