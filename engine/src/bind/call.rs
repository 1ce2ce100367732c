//! Binds procedure calls.

use std::sync::Arc;

use wend_grammar::ast::{Expr as Text, Ident, YieldItem};

use super::{Binder, Flow, Kind};
use crate::{
    error::{Error, Result},
    plan::{Plan, call::BoundCall},
    procedure::columns_without_yield,
    registry::{
        Callee,
        compatibility::{Code, Compatible},
    },
};

/// What says here what a procedure of Neo4j says there.
fn show_instead(procedure: &str) -> Option<&'static str> {
    Some(match procedure.to_ascii_lowercase().as_str() {
        "db.indexes" => "SHOW INDEXES",
        "db.constraints" => "SHOW CONSTRAINTS",
        "dbms.listqueries" => "SHOW QUERIES",
        "dbms.showcurrentuser" => "SHOW CURRENT USER",
        _ => return None,
    })
}

/// What to do without a library of Neo4j.
pub(super) fn elsewhere(name: &str) -> Option<String> {
    let (library, _) = name.split_once('.')?;
    match library.to_ascii_lowercase().as_str() {
        "apoc" => Some("of APOC there is what SHOW PROCEDURES lists: one statement changes any number of rows, and docs/cypher.md says what stands for what".into()),
        "gds" => Some("CALL gds.list() lists the procedures of gds that there are; all algorithms are CALL algo.name({..}), and SHOW ALGOS lists them".into()),
        _ => None,
    }
}

impl Binder<'_> {
    pub(super) fn call(
        &mut self,
        optional: bool,
        name: &Ident,
        arguments: &[Text],
        yields: Option<&[YieldItem]>,
        mut flow: Flow,
    ) -> Result<Flow> {
        if let Some(procedure) = Compatible::find(&name.name)
            && let Code::QueryVectors { .. } | Code::QueryTexts { .. } = procedure.code
        {
            let search = |binder: &mut Self, flow: Flow| match procedure.code {
                Code::QueryTexts { on_edge } => {
                    binder.query_text_index(procedure, on_edge, name, arguments, yields, flow)
                }
                code => {
                    let on_edge = code == Code::QueryVectors { on_edge: true };
                    binder.query_vector_index(procedure, on_edge, name, arguments, yields, flow)
                }
            };
            return if optional { self.optional(flow, search) } else { search(self, flow) };
        }
        let procedure = Callee::find(&name.name).map_err(|error| {
            let instead =
                show_instead(&name.name).map(|show| format!("write {show}")).or_else(|| elsewhere(&name.name));
            match instead {
                Some(hint) => error.with_hint(hint).at(name.span),
                None => error.at(name.span),
            }
        })?;
        if arguments.len() > procedure.most_arguments() {
            return Err(Error::rule(format!("{} takes at most {} argument(s)", name.name, procedure.most_arguments()))
                .with_hint(procedure.signature())
                .at(arguments[procedure.most_arguments()].span));
        }
        if arguments.len() < procedure.fewest_arguments() {
            return Err(Error::rule(format!("{} takes {} argument(s)", name.name, procedure.fewest_arguments()))
                .with_hint(procedure.signature())
                .at(name.span));
        }
        // What a call gives, and whether it writes, depends on the values of its arguments.
        self.reusable = false;
        let numbered = self.numbered.take();
        let bound: Result<Vec<_>> = arguments.iter().map(|argument| self.expr_in(argument, &mut flow)).collect();
        self.numbered = numbered;
        let arguments = bound?;
        let columns = procedure.columns();
        let shown = match yields {
            None => match procedure {
                Callee::Computes(procedure) => columns_without_yield(procedure, arguments.first()),
                Callee::Answers(_) => columns.clone(),
            },
            Some(_) => Vec::new(),
        };
        let outputs = outputs(name, &columns, &shown, yields, &mut flow)?;
        let call = Arc::new(BoundCall { procedure, arguments, outputs, optional, span: name.span });
        flow.wrap(|input| Plan::Call { input, call });
        Ok(flow)
    }
}

/// The columns of a procedure that a call gives, by position, and the slots that they fill; without YIELD those of `shown`.
pub(super) fn outputs(
    procedure: &Ident,
    columns: &[&str],
    shown: &[&str],
    yields: Option<&[YieldItem]>,
    flow: &mut Flow,
) -> Result<Vec<(usize, usize)>> {
    let mut outputs = Vec::new();
    let Some(yields) = yields else {
        for (position, column) in columns.iter().enumerate().filter(|(_, column)| shown.contains(column)) {
            let column = Ident { name: (*column).to_owned(), span: procedure.span };
            outputs.push((position, flow.scope.declare(&column, Kind::Value)?));
        }
        return Ok(outputs);
    };
    for item in yields {
        let Some(position) = columns.iter().position(|column| *column == item.name.name) else {
            let near = wend_grammar::suggest(&item.name.name, columns.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it yields {}", columns.join(", ")),
            };
            return Err(Error::reference(format!("{} yields no column `{}`", procedure.name, item.name.name))
                .with_hint(hint)
                .at(item.name.span));
        };
        let column = item.alias.as_ref().unwrap_or(&item.name);
        outputs.push((position, flow.scope.declare(column, Kind::Value)?));
    }
    Ok(outputs)
}
