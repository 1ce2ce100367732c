//! The binder: resolves the names of a parsed query and says what it means as a plan.

mod aggregate;
mod call;
mod clause;
mod examples;
mod expr;
mod iterate;
mod known;
mod merge;
mod pattern;
mod projection;
mod repetitions;
mod search;
mod text_search;
mod update;
mod vector_search;
mod window;

use std::sync::Arc;

use wend_grammar::ast::{self, Ident, SetOperatorKind, Span};

use crate::{
    error::{Error, Result},
    function,
    params::Params,
    plan::{
        CombineOperator, Plan,
        aggregate::AggregateFunction,
        expr::{ElementFunction, Expr},
        named::Named,
    },
    value::Value,
};

/// What a variable stands for, as far as the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Node,
    Edge,
    Path,
    /// What a repeated part of a path bound, one after the other.
    Group,
    /// A value of a known type that is none of these.
    Plain(known::Known),
    /// Anything.
    Value,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Kind::Node => "a node",
            Kind::Edge => "an edge",
            Kind::Path => "a path",
            Kind::Group => "a list",
            Kind::Plain(_) | Kind::Value => "a value",
        }
    }
}

/// A name in scope.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) slot: usize,
    pub(crate) kind: Kind,
}

/// The names in scope, in the order they were declared, and the next free slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) variables: Vec<Variable>,
    pub(crate) width: usize,
}

impl Scope {
    fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// A slot without a name.
    fn hidden(&mut self) -> usize {
        self.width += 1;
        self.width - 1
    }

    fn declare(&mut self, name: &Ident, kind: Kind) -> Result<usize> {
        if let Some(variable) = self.get(&name.name) {
            return Err(Error::rule(format!("`{}` is already {}", name.name, variable.kind.noun()))
                .with_hint("choose another name")
                .at(name.span));
        }
        let slot = self.hidden();
        self.variables.push(Variable { name: name.name.clone(), slot, kind });
        Ok(slot)
    }

    fn resolve(&self, name: &str, span: Span) -> Result<&Variable> {
        self.get(name).ok_or_else(|| {
            let names = self.variables.iter().map(|variable| &*variable.name).filter(|name| !name.starts_with(' '));
            let near = wend_grammar::suggest(name, names).map(|near| format!("did you mean `{near}`?"));
            let upper = name.to_uppercase();
            let function = function::find(&upper).is_some()
                || AggregateFunction::find(&upper).is_some()
                || ElementFunction::find(&upper).is_some();
            let call = || format!("the arguments of a function follow its name in parentheses: {upper}(...)");
            Error::reference(format!("variable `{name}` is not defined"))
                .with_hint_if(near.or_else(|| function.then(call)))
                .at(span)
        })
    }
}

/// A query ready to be optimised.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) plan: Plan,
    /// The result's columns, in slots 0, 1, ...; `None` = no result table.
    pub(crate) columns: Option<Vec<String>>,
    /// `USE g` at its beginning.
    pub(crate) graph: Option<Ident>,
    /// Names it takes from the graph, which may not be there.
    pub(crate) names: Vec<Named>,
    /// The parameters that the plan takes, by their numbers.
    pub(crate) parameters: Arc<[Arc<str>]>,
    /// Whether the plan serves for other values of the parameters with the same types.
    pub(crate) reusable: bool,
}

/// The state of one linear statement while it is bound.
pub(crate) struct Flow {
    pub(crate) plan: Plan,
    pub(crate) scope: Scope,
}

impl Flow {
    /// Puts an operator on top of the plan.
    fn wrap(&mut self, f: impl FnOnce(Box<Plan>) -> Plan) {
        let input = Box::new(std::mem::replace(&mut self.plan, Plan::Unit));
        self.plan = f(input);
    }
}

/// How a linear statement ended.
enum Ending {
    /// With RETURN: these columns in slots 0.. .
    Columns(Vec<Variable>),
    /// With a change or FINISH.
    Nothing,
}

/// Binds queries with the parameters they run with.
pub(crate) struct Binder<'a> {
    params: &'a Params,
    /// The names of the parameters that the plan takes by number; `None` = it gets their values.
    numbered: Option<Vec<Arc<str>>>,
    /// Nothing is run, so that parameters may be missing.
    only_explained: bool,
    /// Whether the plan serves for other values of the parameters with the same types.
    reusable: bool,
    graph: Option<Ident>,
    names: Vec<Named>,
    /// What must be TRUE of a row for the part of an expression that is being bound to be asked for.
    guards: Vec<Expr>,
    /// The names of the variables that go through a list around the expression that is being bound.
    locals: Vec<String>,
    /// The variables of questioned parts of the pattern that is being bound, with the slots of the lists they come from.
    questioned: Vec<(Ident, usize)>,
    /// What is seen of the graph, by time; `None` = all of it.
    window: Option<window::Window>,
}

impl<'a> Binder<'a> {
    pub(crate) fn new(params: &'a Params) -> Self {
        Binder {
            params,
            numbered: None,
            only_explained: false,
            reusable: true,
            graph: None,
            names: Vec::new(),
            guards: Vec::new(),
            locals: Vec::new(),
            questioned: Vec::new(),
            window: None,
        }
    }

    /// Binds a whole query into a plan that takes its parameters by number.
    pub(crate) fn bind_numbered(params: &'a Params, query: &ast::Query) -> Result<Bound> {
        Binder { numbered: Some(Vec::new()), ..Binder::new(params) }.bind(query)
    }

    /// The same of a query whose plan is shown and not run: parameters that are not given may be anything.
    pub(crate) fn bind_explained(params: &'a Params, query: &ast::Query) -> Result<Bound> {
        let bound = Binder { numbered: Some(Vec::new()), only_explained: true, ..Binder::new(params) }.bind(query)?;
        // Another run of the text has the parameters.
        Ok(Bound { reusable: false, ..bound })
    }

    /// Binds a whole query.
    fn bind(mut self, query: &ast::Query) -> Result<Bound> {
        let (plan, ending) = self.query(query, Flow { plan: Plan::Unit, scope: Scope::default() })?;
        let columns = match ending {
            Ending::Columns(columns) => Some(columns.into_iter().map(|column| column.name).collect()),
            Ending::Nothing => None,
        };
        let parameters = self.numbered.unwrap_or_default().into();
        Ok(Bound { plan, columns, graph: self.graph, names: self.names, parameters, reusable: self.reusable })
    }

    /// Notes a name of the graph, to say later when it is not known.
    fn note(&mut self, name: Named) {
        const MOST: usize = 64;
        if self.names.len() < MOST && !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Notes the labels of a label expression.
    fn note_labels(&mut self, label: &ast::LabelExpr) {
        match label {
            ast::LabelExpr::Name(name) => self.note(Named::Label(name.name.clone())),
            ast::LabelExpr::Wildcard(_) => {}
            ast::LabelExpr::Not(inner) => self.note_labels(inner),
            ast::LabelExpr::And(parts) | ast::LabelExpr::Or(parts) => {
                parts.iter().for_each(|part| self.note_labels(part));
            }
        }
    }

    /// Binds an expression that sees no variables.
    pub(crate) fn constant(mut self, text: &ast::Expr) -> Result<Expr> {
        self.expr_without_variables(text)
    }

    /// Binds clauses that work on a table of known rows.
    pub(crate) fn bind_table(
        mut self,
        columns: &[&str],
        rows: Vec<Vec<Value>>,
        tail: Option<&ast::ShowTail>,
    ) -> Result<Bound> {
        let mut flow = Flow { plan: Plan::Table { rows: Arc::new(rows) }, scope: Scope::default() };
        let all = columns.iter().map(|name| Ident { name: (*name).to_owned(), span: Span::default() });
        for column in all.collect::<Vec<_>>() {
            flow.scope.declare(&column, Kind::Value)?;
        }
        if let Some(yields) = tail.and_then(|tail| tail.yields.as_ref()) {
            flow = self.yield_columns(flow, yields)?;
        }
        let clauses = tail.map(|tail| &*tail.clauses).unwrap_or_default();
        let (plan, ending) = self.clauses(clauses, flow, true)?;
        let Ending::Columns(columns) = ending else {
            return Err(Error::rule("SHOW takes FILTER, ORDER BY, OFFSET, LIMIT and RETURN after it"));
        };
        Ok(Bound {
            plan,
            columns: Some(columns.into_iter().map(|column| column.name).collect()),
            graph: self.graph,
            names: self.names,
            parameters: Arc::default(),
            reusable: false,
        })
    }

    /// Binds a query that continues from `flow`.
    fn query(&mut self, query: &ast::Query, mut flow: Flow) -> Result<(Plan, Ending)> {
        let last = query.blocks.len().saturating_sub(1);
        for (position, block) in query.blocks.iter().enumerate() {
            if let Some(yields) = &block.yields {
                flow = self.yield_columns(flow, yields)?;
            }
            let (plan, ending) = self.block(block, flow)?;
            if position == last {
                return Ok((plan, ending));
            }
            flow = match ending {
                Ending::Columns(columns) => {
                    let width = columns.len();
                    Flow { plan, scope: Scope { variables: columns, width } }
                }
                // What was only done for its effect leaves one row without columns.
                Ending::Nothing => Flow { plan: effect_only(plan), scope: Scope::default() },
            };
        }
        Err(Error::internal("a query without statements"))
    }

    /// `YIELD a, b AS c`: keeps and renames columns.
    fn yield_columns(&mut self, flow: Flow, yields: &[ast::YieldItem]) -> Result<Flow> {
        let mut scope = Scope::default();
        let mut items = Vec::new();
        for item in yields {
            let variable = flow.scope.resolve(&item.name.name, item.name.span)?;
            items.push(Expr::column(variable.slot, item.name.span));
            scope.declare(item.alias.as_ref().unwrap_or(&item.name), variable.kind)?;
        }
        Ok(Flow { plan: Plan::Project { input: Box::new(flow.plan), items }, scope })
    }

    /// Binds a composite statement.
    fn block(&mut self, block: &ast::Block, flow: Flow) -> Result<(Plan, Ending)> {
        if block.rest.is_empty() {
            return self.clauses(&block.first.clauses, flow, false);
        }
        if flow.plan.writes() {
            return Err(Error::rule("a set operator cannot follow a statement that changes data with NEXT")
                .at(block.rest[0].0.span));
        }
        let fork = |flow: &Flow| Flow { plan: flow.plan.clone(), scope: flow.scope.clone() };
        let (mut plan, first) = self.clauses(&block.first.clauses, fork(&flow), false)?;
        let Ending::Columns(mut columns) = first else {
            return Err(Error::rule("both sides of a set operator must end with RETURN").at(block.first.span));
        };
        for (operator, linear) in &block.rest {
            let (right, ending) = self.clauses(&linear.clauses, fork(&flow), false)?;
            let Ending::Columns(theirs) = ending else {
                return Err(Error::rule("both sides of a set operator must end with RETURN").at(linear.span));
            };
            let right = align(right, &columns, &theirs, operator.span)?;
            // A column of both is known to be what it is in each.
            for column in &mut columns {
                let same = |other: &Variable| other.name == column.name && other.kind == column.kind;
                if !theirs.iter().any(same) {
                    column.kind = Kind::Value;
                }
            }
            let width = columns.len();
            let combine =
                |left, right, operator| Plan::Combine { left: Box::new(left), right: Box::new(right), operator, width };
            plan = match (operator.kind, operator.all) {
                (SetOperatorKind::Union, true) => combine(plan, right, CombineOperator::UnionAll),
                (SetOperatorKind::Union, false) => {
                    Plan::Distinct { input: Box::new(combine(plan, right, CombineOperator::UnionAll)), width }
                }
                (SetOperatorKind::Except, all) => combine(plan, right, CombineOperator::Except { all }),
                (SetOperatorKind::Intersect, all) => combine(plan, right, CombineOperator::Intersect { all }),
                (SetOperatorKind::Otherwise, _) => combine(plan, right, CombineOperator::Otherwise),
            };
        }
        Ok((plan, Ending::Columns(columns)))
    }
}

/// Runs a plan for its effects and gives one row without columns.
fn effect_only(plan: Plan) -> Plan {
    let aggregate = Plan::Aggregate { input: Box::new(plan), keys: Vec::new(), aggregates: Vec::new() };
    Plan::Project { input: Box::new(aggregate), items: Vec::new() }
}

/// Brings the right side of a set operator into the column order of the left.
fn align(right: Plan, left: &[Variable], theirs: &[Variable], span: Span) -> Result<Plan> {
    let names = |columns: &[Variable]| columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>().join(", ");
    let position = |column: &Variable| theirs.iter().position(|other| other.name == column.name);
    let order = left.iter().map(position).collect::<Option<Vec<_>>>().filter(|order| order.len() == theirs.len());
    let Some(order) = order else {
        return Err(Error::rule(format!(
            "both sides of a set operator must return the same columns; left: {}; right: {}",
            names(left),
            names(theirs)
        ))
        .with_hint("name the columns alike with AS")
        .at(span));
    };
    if order.iter().enumerate().all(|(position, &other)| position == other) {
        return Ok(right);
    }
    let items = order.into_iter().map(|slot| Expr::column(slot, span)).collect();
    Ok(Plan::Project { input: Box::new(right), items })
}
