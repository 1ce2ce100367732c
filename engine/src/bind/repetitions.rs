//! Binds aggregates over the repetitions of one path, `SUM(e.weight)` after `-[e]->{1,3}` (GE09): for each row a subquery that makes
//! a row of each repetition.

use wend_grammar::ast::{
    Block, Clause, ClauseKind, Expr as Text, ExprKind as TextKind, ForCounter, Ident, Linear, Projection,
    ProjectionItem, Query,
};

use super::{Binder, Ending, Kind, Scope, aggregate::operands, expr::Env};
use crate::{
    error::{Error, Result},
    plan::{ApplyKind, aggregate::AggregateFunction, expr::ExprKind, named::Named},
};

impl Binder<'_> {
    /// The variables that stand for all repetitions of a part of a path, one after the other, over which an aggregate with these
    /// arguments goes: an argument is such a variable, or reads a property of it.
    pub(super) fn repetitions(&self, arguments: &[Text], scope: &Scope) -> Vec<String> {
        fn walk(text: &Text, whole: bool, group: &dyn Fn(&str) -> bool, out: &mut Vec<String>) {
            match &text.kind {
                TextKind::Variable(name) if whole && group(name) => out.push(name.clone()),
                TextKind::Property(inner, _) => walk(inner, true, group, out),
                _ => operands(text, &mut |operand| walk(operand, false, group, out)),
            }
        }
        let group = |name: &str| scope.get(name).is_some_and(|variable| variable.kind == Kind::Group);
        let mut out = Vec::new();
        arguments.iter().for_each(|argument| walk(argument, true, &group, &mut out));
        out.sort_unstable();
        out.dedup();
        out
    }

    /// Whether an aggregate over rows stands in the expression, subqueries not counted.
    pub(super) fn aggregates_rows(&self, text: &Text, scope: &Scope) -> bool {
        if let TextKind::Call { name, arguments, .. } = &text.kind
            && AggregateFunction::find(name).is_some()
        {
            return self.repetitions(arguments, scope).is_empty();
        }
        let mut found = false;
        operands(text, &mut |operand| found = found || self.aggregates_rows(operand, scope));
        found
    }

    /// Whether an aggregate over the repetitions of one path stands in the expression.
    pub(super) fn aggregates_repetitions(&self, text: &Text, scope: &Scope) -> bool {
        if let TextKind::Call { name, arguments, .. } = &text.kind
            && AggregateFunction::find(name).is_some()
        {
            return !self.repetitions(arguments, scope).is_empty();
        }
        let mut found = false;
        operands(text, &mut |operand| found = found || self.aggregates_repetitions(operand, scope));
        found
    }

    /// `VALUE { FOR e IN <the list> RETURN SUM(e.weight) }`
    pub(super) fn aggregate_of_repetitions(
        &mut self,
        text: &Text,
        groups: &[String],
        env: &mut Env,
    ) -> Result<ExprKind> {
        let span = text.span;
        if env.grouping.is_some() {
            return Err(Error::rule(
                "an aggregate over the repetitions of a path and one over rows cannot be in one expression",
            )
            .with_hint("compute the one over the path with LET before")
            .at(span));
        }
        if let TextKind::Call { arguments, .. } = &text.kind
            && let [Text { kind: TextKind::Variable(_), .. }] = &arguments[..]
        {
            self.note(Named::AggregateOfPath);
        }
        let name = |name: &str| Ident { name: name.to_owned(), span };
        let list = |group: &str| Text { kind: TextKind::Variable(format!(" {group}")), span };
        let (first, others) = groups.split_first().ok_or_else(|| Error::internal("an aggregate over nothing"))?;
        let counted = format!(" place{}", span.start);
        let counter = ForCounter { variable: name(&counted), from_zero: true };
        let counter = (!others.is_empty()).then_some(counter);
        let each = ClauseKind::For { variable: name(first), list: list(first), counter };
        let mut clauses = vec![Clause { kind: each, span }];
        for group in others {
            let place = Text { kind: TextKind::Variable(counted.clone()), span };
            let item = Text { kind: TextKind::Index(Box::new(list(group)), Box::new(place)), span };
            clauses.push(Clause { kind: ClauseKind::Let(vec![(name(group), item)]), span });
        }
        let projection = Projection {
            items: vec![ProjectionItem { expr: text.clone(), alias: None, name: "value".to_owned() }],
            ..Projection::default()
        };
        clauses.push(Clause { kind: ClauseKind::Return(projection), span });
        let block = Block { yields: None, first: Linear { clauses, span }, rest: Vec::new() };
        let query = Query { blocks: vec![block], span };
        let slot = self.apply(
            env,
            text,
            |slot| ApplyKind::Scalar { slot, span },
            |binder, mut flow| {
                for variable in &mut flow.scope.variables {
                    if groups.contains(&variable.name) {
                        variable.name.insert(0, ' ');
                        variable.kind = Kind::Value;
                    }
                }
                match binder.query(&query, flow)? {
                    (plan, Ending::Columns(columns)) if columns.len() == 1 => Ok(plan),
                    _ => Err(Error::internal("an aggregate without its column")),
                }
            },
        )?;
        Ok(ExprKind::Column(slot))
    }
}
