//! Finds aggregates in the text of an expression, and collects them while a grouped projection is bound.

use wend_grammar::ast::{CaseOperand, Expr, ExprKind, Iteration, MapItem};

use super::{Scope, expr::differs};
use crate::plan::aggregate::{AggregateCall, AggregateFunction};

/// What a grouped projection has collected.
pub(super) struct Grouping {
    /// The grouping expressions, whose values are in slots 0.. .
    pub(super) keys: Vec<Expr>,
    /// The aggregates, in the slots after the keys.
    pub(super) aggregates: Vec<AggregateCall>,
    /// Their text, so that the same aggregate is computed once.
    pub(super) texts: Vec<Expr>,
    /// The scope before grouping, in which arguments are bound.
    pub(super) input: Scope,
    /// Names of what is computed once for each group, with its slots after those of the aggregates.
    pub(super) held: Vec<(String, usize)>,
}

impl Grouping {
    pub(super) fn new(keys: Vec<Expr>, input: Scope) -> Self {
        Grouping { keys, aggregates: Vec::new(), texts: Vec::new(), input, held: Vec::new() }
    }

    /// How many slots the keys and the aggregates so far take.
    pub(super) fn width(&self) -> usize {
        self.keys.len() + self.aggregates.len()
    }

    /// The key that an expression is: the same words in the same place, as two calls of RAND are two keys, or else the same words.
    pub(super) fn key(&self, text: &Expr) -> Option<usize> {
        let here = self.keys.iter().position(|key| key.span == text.span && key == text);
        here.or_else(|| self.keys.iter().position(|key| key == text))
    }

    /// The slot of an aggregate that is computed already.
    pub(super) fn aggregate(&self, text: &Expr) -> Option<usize> {
        let same = |other: &Expr| other == text && (other.span == text.span || !differs(text));
        self.texts.iter().position(same).map(|position| self.keys.len() + position)
    }
}

/// Whether an aggregate stands in the expression, subqueries not counted.
pub(super) fn contains_aggregate(expr: &Expr) -> bool {
    if let ExprKind::Call { name, .. } = &expr.kind
        && AggregateFunction::find(name).is_some()
    {
        return true;
    }
    let mut found = false;
    operands(expr, &mut |operand| found = found || contains_aggregate(operand));
    found
}

/// Calls `f` for each operand, those inside subqueries left out.
pub(super) fn operands<'a>(expr: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Literal(_)
        | ExprKind::Variable(_)
        | ExprKind::Parameter(_)
        | ExprKind::Exists(_)
        | ExprKind::Count(_)
        | ExprKind::Collect(_)
        | ExprKind::PatternComprehension(..)
        | ExprKind::Value(_) => {}
        ExprKind::List(list)
        | ExprKind::Path(list)
        | ExprKind::And(list)
        | ExprKind::Concat(list)
        | ExprKind::Same(list)
        | ExprKind::AllDifferent(list) => list.iter().for_each(f),
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(f),
        ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| f(value)),
        ExprKind::Property(a, _)
        | ExprKind::Not(a)
        | ExprKind::Negate(a)
        | ExprKind::Plus(a)
        | ExprKind::Cast(a, _)
        | ExprKind::PropertyExists(a, _) => f(a),
        ExprKind::IsNull { operand, .. }
        | ExprKind::IsTruth { operand, .. }
        | ExprKind::IsLabeled { operand, .. }
        | ExprKind::IsTyped { operand, .. }
        | ExprKind::IsDirected { operand, .. }
        | ExprKind::IsNormalized { operand, .. } => f(operand),
        ExprKind::Index(a, b) | ExprKind::Compare(_, a, b) | ExprKind::StringMatch(_, a, b) => {
            f(a);
            f(b);
        }
        ExprKind::In { item, list, .. } => {
            f(item);
            f(list);
        }
        ExprKind::IsEndpoint { node, edge, .. } => {
            f(node);
            f(edge);
        }
        ExprKind::Slice(a, b, c) => {
            f(a);
            b.iter().for_each(|b| f(b));
            c.iter().for_each(|c| f(c));
        }
        ExprKind::Or(first, rest) => {
            f(first);
            rest.iter().for_each(|(_, operand)| f(operand));
        }
        ExprKind::Additive(first, rest) => {
            f(first);
            rest.iter().for_each(|(_, operand)| f(operand));
        }
        ExprKind::Multiplicative(first, rest) => {
            f(first);
            rest.iter().for_each(|(_, operand)| f(operand));
        }
        ExprKind::Case { operand, branches, otherwise } => {
            operand.iter().for_each(|operand| f(operand));
            for branch in branches {
                for when in &branch.when {
                    match when {
                        CaseOperand::Value(value) | CaseOperand::Compare(_, value) => f(value),
                        CaseOperand::IsNull { .. } => {}
                    }
                }
                f(&branch.then);
            }
            otherwise.iter().for_each(|otherwise| f(otherwise));
        }
        ExprKind::Between { operand, low, high, .. } => {
            f(operand);
            f(low);
            f(high);
        }
        ExprKind::Comprehension(iteration) | ExprKind::Quantified(_, iteration) => parts(iteration, f),
        ExprKind::Reduce { initial, iteration, .. } => {
            f(initial);
            parts(iteration, f);
        }
        ExprKind::MapProjection(of, items) => {
            f(of);
            for item in items {
                if let MapItem::Field(_, value) = item {
                    f(value);
                }
            }
        }
        ExprKind::LetIn(definitions, body) => {
            definitions.iter().for_each(|(_, value)| f(value));
            f(body);
        }
    }
}

fn parts<'a>(iteration: &'a Iteration, f: &mut dyn FnMut(&'a Expr)) {
    f(&iteration.list);
    iteration.condition.iter().chain(&iteration.body).for_each(f);
}
