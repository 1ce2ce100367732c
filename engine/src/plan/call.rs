//! Calls of procedures.

use wend_grammar::ast::Span;

use super::expr::{Expr, ExprKind};
use crate::{registry::Callee, value::Value};

/// A call whose names are resolved.
#[derive(Debug)]
pub(crate) struct BoundCall {
    pub(crate) procedure: Callee,
    pub(crate) arguments: Vec<Expr>,
    /// Columns of the procedure and the slots they fill.
    pub(crate) outputs: Vec<(usize, usize)>,
    pub(crate) optional: bool,
    pub(crate) span: Span,
}

impl BoundCall {
    /// Whether it changes the database: properties, or the models it has.
    pub(crate) fn writes(&self) -> bool {
        let saves = self
            .procedure
            .model_saved_by()
            .is_some_and(|parameter| self.arguments.first().is_some_and(|arguments| has_field(arguments, parameter)));
        self.procedure.writes() || saves
    }
}

/// Whether a record has a field of that name that is not NULL for certain.
fn has_field(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Record(fields) => fields
            .iter()
            .any(|(field, value)| &**field == name && !matches!(value.kind, ExprKind::Constant(Value::Null))),
        ExprKind::Constant(Value::Record(fields)) => {
            fields.iter().any(|(field, value)| &**field == name && !value.is_null())
        }
        // One that is not given, of a query that is only explained: it may have the field.
        ExprKind::Parameter(..) => true,
        _ => false,
    }
}
