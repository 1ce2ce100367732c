//! `query`: runs a statement that reads.

use serde_json::{Map, Value as Json, json};
use wenddb::{Error, ErrorKind, Params, Rows, Session};

use super::tool::{Tool, graph, number, object, params};
use crate::mcp::{
    answer,
    arguments::Arguments,
    caller::Call,
    trouble::{explain, explain_as, is_refusal},
};

/// Rows of an answer, unless it is said how many.
pub(super) const ROWS: u64 = 100;
/// The most rows that can be asked for.
pub(super) const MOST_ROWS: u64 = 1000;
/// The most rows that can be left out.
pub(super) const MOST_SKIPPED: u64 = 1_000_000_000;

pub(crate) const TOOL: Tool = Tool {
    name: "query",
    title: "Query the graph",
    writes: false,
    writes_when_allowed: false,
    description: |_| {
        "Runs a GQL statement that reads: MATCH .. RETURN, SHOW .., EXPLAIN, CALL algo.NAME.stream({..}) YIELD .. RETURN ... \
         Changes are refused. Rows come as JSON; a vector is shown as <vector 128>."
            .to_owned()
    },
    schema: |_| {
        let properties = json!({
            "gql": {"type": "string", "description": "The statement."},
            "params": params(),
            "limit": number("Rows to show.", ROWS, 1, MOST_ROWS),
            "offset": number("Rows to leave out first.", 0, 0, MOST_SKIPPED),
            "graph": graph(),
        });
        object(properties, &["gql"])
    },
    run: |call, arguments| {
        let given = Given::read(arguments)?;
        run(call, &given, false)
    },
};

/// A statement with its parameters and which rows are wanted of it.
pub(super) struct Given<'a> {
    gql: &'a str,
    params: Params,
    limit: u64,
    offset: u64,
    graph: Option<&'a str>,
}

impl<'a> Given<'a> {
    pub(super) fn read(arguments: &'a Map<String, Json>) -> Result<Self, String> {
        let arguments = Arguments::new(arguments, &["gql", "params", "limit", "offset", "graph"])?;
        Ok(Given {
            gql: arguments.needed("gql")?,
            params: arguments.params("params")?,
            limit: arguments.number("limit", ROWS, 1, MOST_ROWS)?,
            offset: arguments.number("offset", 0, 0, MOST_SKIPPED)?,
            graph: arguments.text("graph")?,
        })
    }
}

/// Runs a statement in a session that may write or cannot.
pub(super) fn run(call: &Call, given: &Given<'_>, writes: bool) -> Result<String, String> {
    let mut session = session(call, given.graph, writes)?;
    let ran = statement(call, &mut session, given.gql, given.params.clone(), writes);
    let shown = ran.and_then(|rows| match rows.has_table() {
        true => answer::table(rows, given.offset, given.limit),
        false => Ok(answer::done(&rows)),
    });
    shown.map_err(|error| told(call, &error, given.gql, writes))
}

/// A session on a graph.
pub(super) fn session(call: &Call, graph: Option<&str>, writes: bool) -> Result<Session, String> {
    let mut session = if writes { call.writer() } else { call.reader() };
    if let Some(graph) = graph {
        session.use_graph(graph).map_err(|error| explain(&error, ""))?;
    }
    Ok(session)
}

/// Runs a text.
pub(super) fn statement(
    call: &Call,
    session: &mut Session,
    gql: &str,
    params: Params,
    writes: bool,
) -> Result<Rows, Error> {
    let statement = session.parse(gql)?;
    let task = writes && statement.is_task();
    session.run_with(&statement, params, &call.options(!writes, task))
}

/// An error of a statement, in the words of tools where the statement asks for what they do not do.
pub(super) fn told(call: &Call, error: &Error, gql: &str, writes: bool) -> String {
    let caller = &call.caller;
    if error.gqlstatus() == "25000" {
        let hint = "each call of a tool is a transaction of its own; leave statements about transactions out";
        explain_as(error, gql, "the statement is about transactions", Some(hint))
    } else if is_refusal(error) && !writes {
        let hint = if caller.writes() { "this tool only reads; the tool write changes data" } else { caller.why_not() };
        explain_as(error, gql, "the statement does more than read the graph", Some(hint))
    } else if error.kind() == ErrorKind::Permission {
        let hint = "no tool manages users, or copies or checks the whole database";
        explain_as(error, gql, "the statement needs an administrator", Some(hint))
    } else {
        explain(error, gql)
    }
}
