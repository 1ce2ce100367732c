//! Statements: transactions, sessions, administration. Queries and the catalog have their own files.

use super::{Cx, P, catalog, each, expr, has, incomplete, inner, literal, name, next, projection, query, span, user};
use crate::ast::{ClauseKind, Expr, ExprKind, Ident, Query, SessionReset, ShowTail, Statement, StatementKind};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;
use wend_names::suggest;

/// The words after SHOW.
pub(crate) const SHOWN: &[&str] = &[
    "ALGOS",
    "CONSTRAINTS",
    "CURRENT USER",
    "DATABASES",
    "EDGE LABELS",
    "EMBEDDINGS",
    "FUNCTIONS",
    "GRAPH TYPES",
    "GRAPHS",
    "INDEXES",
    "VECTOR INDEXES",
    "FULLTEXT INDEXES",
    "LABELS",
    "MODELS",
    "PROCEDURES",
    "PROPERTY KEYS",
    "QUERIES",
    "SESSIONS",
    "TASKS",
    "TOKENS",
    "TRANSACTIONS",
    "USERS",
];

pub(super) fn statement(cx: &Cx, pair: P<'_>) -> Result<Statement> {
    let at = span(&pair);
    let kind = match pair.as_rule() {
        Rule::query => statement_of_query(query::query(cx, pair)?),
        Rule::explain => StatementKind::Explain(query::query(cx, inner(pair, Rule::query)?)?),
        Rule::profile => StatementKind::Profile(query::query(cx, inner(pair, Rule::query)?)?),
        Rule::start_transaction => {
            let mut read_only = None;
            for access in pair.into_inner().filter(|p| p.as_rule() == Rule::access_mode) {
                let only = has(&access, Rule::k_only);
                if read_only.is_some_and(|r| r != only) {
                    return Err(SyntaxError::new(span(&access), "a transaction is READ ONLY or READ WRITE, not both"));
                }
                read_only = Some(only);
            }
            StatementKind::StartTransaction { read_only: read_only == Some(true) }
        }
        Rule::commit => StatementKind::Commit,
        Rule::rollback => match pair.into_inner().find(|p| p.as_rule() == Rule::name) {
            Some(name) => StatementKind::RollbackTo(name::ident(&name)?),
            None => StatementKind::Rollback,
        },
        Rule::savepoint => StatementKind::Savepoint(name::ident(&inner(pair, Rule::name)?)?),
        Rule::release => StatementKind::ReleaseSavepoint(name::ident(&inner(pair, Rule::name)?)?),
        Rule::session_set => session_set(cx, pair)?,
        Rule::session_reset => session_reset(pair)?,
        Rule::session_close => StatementKind::SessionClose,
        Rule::create_graph => catalog::create_graph(cx, pair)?,
        Rule::create_graph_type => catalog::create_graph_type(cx, pair)?,
        Rule::create_vector_index => catalog::create_vector_index(cx, pair)?,
        Rule::create_fulltext_index => catalog::create_text_index(cx, pair)?,
        Rule::create_index => catalog::create_index(cx, pair)?,
        Rule::create_constraint => catalog::create_constraint(cx, pair)?,
        Rule::drop => catalog::drop(pair)?,
        Rule::show => show(cx, pair)?,
        Rule::stop_task => StatementKind::StopTask(task_id(pair)?),
        Rule::delete_task => StatementKind::DeleteTask(task_id(pair)?),
        Rule::kill => StatementKind::KillQuery(task_id(pair)?),
        Rule::describe => describe(pair)?,
        Rule::refresh => match pair.clone().into_inner().find(|part| part.as_rule() == Rule::refresh_index) {
            Some(index) => StatementKind::RefreshIndex(catalog::index_name(&inner(index, Rule::index_name)?)?),
            None => StatementKind::RefreshEmbedding(name::ident(&inner(pair, Rule::name)?)?),
        },
        Rule::create_user | Rule::alter_user | Rule::create_token => StatementKind::User(user::statement(cx, pair)?),
        Rule::backup => StatementKind::Backup { to: user::secret(inner(pair, Rule::secret)?)? },
        Rule::check => StatementKind::CheckDatabase,
        Rule::copy => {
            let to = user::secret(inner(pair.clone(), Rule::secret)?)?;
            StatementKind::Copy { query: query::query(cx, inner(pair, Rule::query)?)?, to }
        }
        _ => return Err(incomplete(at)),
    };
    Ok(Statement { kind, span: at })
}

/// `USE g` alone sets the graph of the session.
fn statement_of_query(query: Query) -> StatementKind {
    if let [block] = query.blocks.as_slice()
        && block.rest.is_empty()
        && let [clause] = block.first.clauses.as_slice()
        && let ClauseKind::Use { graph, view: None } = &clause.kind
    {
        return StatementKind::SessionSetGraph(graph.clone());
    }
    StatementKind::Query(query)
}

fn session_set(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::session_graph => {
                return Ok(StatementKind::SessionSetGraph(graph_name(&inner(part, Rule::graph_name)?)?));
            }
            Rule::session_zone => {
                return Ok(StatementKind::SessionSetTimeZone(expr::expr(cx, inner(part, Rule::expr)?)?));
            }
            Rule::session_value => {
                let name = name::parameter(&inner(part.clone(), Rule::param)?)?;
                return Ok(StatementKind::SessionSetValue { name, value: expr::expr(cx, inner(part, Rule::expr)?)? });
            }
            _ => {}
        }
    }
    Err(incomplete(at))
}

/// The name of a graph, which may also be a keyword such as `CURRENT_GRAPH`.
pub(super) fn graph_name(pair: &P<'_>) -> Result<Ident> {
    let inner = pair.clone().into_inner().next().ok_or_else(|| incomplete(span(pair)))?;
    if inner.as_rule() == Rule::niladic {
        return Ok(Ident { name: inner.as_str().to_ascii_uppercase(), span: span(&inner) });
    }
    name::ident(&inner)
}

fn session_reset(pair: P<'_>) -> Result<StatementKind> {
    let what = pair.into_inner().find(|p| !matches!(p.as_rule(), Rule::k_session | Rule::k_reset));
    let reset = match what {
        None => SessionReset::All,
        Some(what) => match what.as_rule() {
            Rule::reset_graph => SessionReset::Graph,
            Rule::reset_zone => SessionReset::TimeZone,
            Rule::reset_parameter => SessionReset::Parameter(name::parameter(&inner(what, Rule::param)?)?),
            _ if has(&what, Rule::reset_parameters) => SessionReset::Parameters,
            _ => SessionReset::All,
        },
    };
    Ok(StatementKind::SessionReset(reset))
}

fn show(cx: &Cx, pair: P<'_>) -> Result<StatementKind> {
    let at = span(&pair);
    let (mut what, mut category, mut tail) = (String::new(), None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::show_task => return Ok(StatementKind::ShowTask(task_id(part)?)),
            Rule::show_top => "QUERIES".clone_into(&mut what),
            Rule::show_what => what = shown(&part)?,
            Rule::show_category => {
                let of = part.into_inner().find(|p| matches!(p.as_rule(), Rule::string | Rule::name));
                category = Some(name::ident(&of.ok_or_else(|| incomplete(at))?)?);
            }
            Rule::show_database => {
                category = Some(name::ident(&inner(part, Rule::name)?)?);
                "DATABASES".clone_into(&mut what);
            }
            Rule::show_executable if !matches!(&*what, "PROCEDURES" | "FUNCTIONS") => {
                return Err(SyntaxError::new(span(&part), "only procedures and functions are EXECUTABLE"));
            }
            Rule::show_tail => tail = show_tail(cx, part)?,
            _ => {}
        }
    }
    Ok(StatementKind::Show { what, category, tail })
}

fn shown(pair: &P<'_>) -> Result<String> {
    let upper = pair.as_str().to_ascii_uppercase();
    let what = upper.split_whitespace().collect::<Vec<_>>().join(" ");
    let what = match what.as_str() {
        "TOP" | "TOP QUERIES" | "QUERY" => "QUERIES",
        "ALGORITHMS" | "ALGO" => "ALGOS",
        "TRANSACTION" => "TRANSACTIONS",
        "INDICES" | "INDEX" | "ALL INDEX" | "ALL INDEXES" => "INDEXES",
        "VECTOR INDEX" => "VECTOR INDEXES",
        "FULLTEXT INDEX" => "FULLTEXT INDEXES",
        "NODE LABELS" => "LABELS",
        "GRAPH" => "GRAPHS",
        "CONSTRAINT" => "CONSTRAINTS",
        "PROCEDURE" => "PROCEDURES",
        "FUNCTION" | "ALL FUNCTIONS" | "BUILT IN FUNCTIONS" => "FUNCTIONS",
        "DATABASE" | "DEFAULT DATABASE" | "HOME DATABASE" => "DATABASES",
        other => other,
    };
    if SHOWN.contains(&what) {
        return Ok(what.to_owned());
    }
    let error = SyntaxError::new(span(pair), format!("there is no SHOW {what}"));
    // What Neo4j calls it.
    let here = match what {
        "RELATIONSHIP TYPES" => Some("EDGE LABELS"),
        _ => None,
    };
    if let Some(here) = here {
        return Err(error.hint(format!("write SHOW {here}")));
    }
    Err(match suggest(what, SHOWN.iter().copied()) {
        Some(near) => error.hint(format!("did you mean SHOW {near}?")),
        None => error.hint(format!("SHOW takes one of {}", SHOWN.join(", "))),
    })
}

fn show_tail(cx: &Cx, pair: P<'_>) -> Result<Option<ShowTail>> {
    let mut tail = ShowTail { yields: None, clauses: Vec::new() };
    let mut written = false;
    for part in pair.into_inner() {
        let at = span(&part);
        match part.as_rule() {
            Rule::yield_clause => tail.yields = projection::yields(part)?,
            Rule::k_where => continue,
            Rule::expr => tail.clauses.push(query::at(at, ClauseKind::Filter(expr::expr(cx, part)?))),
            _ => tail.clauses.push(query::clause(cx, part)?),
        }
        written = true;
    }
    Ok(written.then_some(tail))
}

/// The identifier of a task or query: a string, a number or a parameter.
fn task_id(pair: P<'_>) -> Result<Expr> {
    let id = inner(pair, Rule::task_id)?;
    let at = span(&id);
    let value = next(&mut id.into_inner(), at)?;
    let kind = match value.as_rule() {
        Rule::string => ExprKind::Literal(crate::ast::Literal::String(literal::string(&value)?)),
        Rule::param => ExprKind::Parameter(name::parameter(&value)?.name),
        _ => expr::number(&value)?,
    };
    Ok(Expr { kind, span: at })
}

fn describe(pair: P<'_>) -> Result<StatementKind> {
    if let Some(model) = pair.clone().into_inner().find(|part| part.as_rule() == Rule::describe_model) {
        let name = name::ident(&inner(model, Rule::model_name)?)?;
        return Ok(StatementKind::Describe { what: "MODEL".to_owned(), name });
    }
    if let Some(graph) = pair.clone().into_inner().find(|part| part.as_rule() == Rule::describe_graph) {
        let name = Ident { name: String::new(), span: span(&graph) };
        return Ok(StatementKind::Describe { what: "GRAPH".to_owned(), name });
    }
    let what = match inner(pair.clone(), Rule::describe_what)?.as_str().trim_end().to_ascii_uppercase() {
        w if w == "ALGORITHM" => "ALGO".to_owned(),
        w => w,
    };
    Ok(StatementKind::Describe { what, name: name::dotted(inner(pair, Rule::dotted_name)?)? })
}

/// Names separated by commas.
pub(super) fn idents(pair: P<'_>) -> Result<Vec<Ident>> {
    each(pair, Rule::ident, |p| name::ident(&p))
}
