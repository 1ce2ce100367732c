//! The tables of SHOW that clients of Neo4j read: procedures, functions, graphs as databases, the user.

use wend_storage::Transaction;

use super::text;
use crate::{
    error::Result,
    names::DEFAULT_GRAPH,
    plan::{aggregate::AggregateFunction, functions::functions as all_functions},
    registry::Callee,
    role::Role,
    value::Value,
};

/// The columns of SHOW PROCEDURES.
pub(crate) const PROCEDURES: [&str; 11] = [
    "name",
    "signature",
    "columns",
    "description",
    "mode",
    "worksOnSystem",
    "argumentDescription",
    "returnDescription",
    "admin",
    "rolesExecution",
    "option",
];

/// One of the maps in `argumentDescription` and `returnDescription`.
fn described(name: &str, type_name: &str, default: Option<&str>) -> Value {
    let mut fields = vec![
        ("name".into(), text(name)),
        ("description".into(), text(format!("{name} :: {type_name}"))),
        ("type".into(), text(type_name)),
        ("isDeprecated".into(), Value::Bool(false)),
    ];
    if let Some(default) = default {
        fields.push(("default".into(), text(default)));
    }
    Value::Record(fields.into())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn arguments(callee: &Callee) -> Value {
    match callee {
        Callee::Computes(_) => {
            let names = ["parameters", "target"].iter().take(callee.most_arguments());
            list(names.map(|name| described(name, "MAP", Some("{}"))))
        }
        Callee::Answers(compatible) => {
            list(compatible.parameters.iter().map(|field| described(field.name, field.type_name, field.default)))
        }
    }
}

fn columns(callee: &Callee) -> Value {
    match callee {
        Callee::Computes(procedure) => {
            let description = procedure.description();
            let known = description.columns.iter().chain(description.stats);
            let known: Vec<(&str, &str)> = known.map(|column| (column.name, column.type_name)).collect();
            let type_of = |name: &str| known.iter().find(|(known, _)| *known == name).map_or("ANY", |(_, of)| *of);
            list(callee.columns().into_iter().map(|name| described(name, type_of(name), None)))
        }
        Callee::Answers(compatible) => {
            list(compatible.columns.iter().map(|field| described(field.name, field.type_name, None)))
        }
    }
}

/// The rows of SHOW PROCEDURES, in the order of the registry.
pub(crate) fn procedures() -> Vec<Vec<Value>> {
    let row = |callee: Callee| {
        vec![
            text(callee.name()),
            text(callee.signature()),
            list(callee.columns().into_iter().map(text)),
            text(callee.doc()),
            text(callee.mode()),
            Value::Bool(false),
            arguments(&callee),
            columns(&callee),
            Value::Bool(false),
            Value::Null,
            Value::Record([("deprecated".into(), Value::Bool(false))].into()),
        ]
    };
    Callee::all().map(row).collect()
}

/// The columns of SHOW FUNCTIONS.
pub(crate) const FUNCTIONS: [&str; 10] = [
    "name",
    "signature",
    "description",
    "category",
    "isBuiltIn",
    "argumentDescription",
    "returnDescription",
    "aggregating",
    "isDeprecated",
    "rolesExecution",
];

/// The names of parameters in a signature such as `SUBSTRING(text, from [, length])`.
fn parameters(signature: &str) -> impl Iterator<Item = &str> {
    let inner = signature.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    inner.split(',').map(|name| name.trim_matches(|c: char| " []".contains(c))).filter(|name| !name.is_empty())
}

/// The rows of SHOW FUNCTIONS, by name.
pub(crate) fn functions() -> Vec<Vec<Value>> {
    let rows = all_functions().into_iter().map(|function| {
        let gives = function.signature.split_once("-> ").map_or("ANY", |(_, of)| of);
        let aggregating = AggregateFunction::find(function.name).is_some();
        vec![
            text(function.name),
            text(function.signature),
            text(function.doc),
            text(if aggregating { "Aggregating" } else { "Scalar" }),
            Value::Bool(true),
            list(parameters(function.signature).map(|name| described(name, "ANY", None))),
            text(gives),
            Value::Bool(aggregating),
            Value::Bool(false),
            Value::Null,
        ]
    });
    rows.collect()
}

/// The columns of SHOW DATABASES.
pub(crate) const DATABASES: [&str; 13] = [
    "name",
    "type",
    "aliases",
    "access",
    "address",
    "role",
    "writer",
    "requestedStatus",
    "currentStatus",
    "statusMessage",
    "default",
    "home",
    "constituents",
];

/// The rows of SHOW DATABASES: the graphs, which are what clients take for databases. The server knows its address, and this does
/// not; clients that name `neo4j` or `system` mean the graph `default`.
pub(crate) fn databases(tx: &Transaction, wanted: Option<&str>) -> Result<Vec<Vec<Value>>> {
    let graphs = tx.graphs()?.into_iter().map(|(_, name)| name);
    let wanted = match wanted {
        Some("neo4j" | "system") => Some(DEFAULT_GRAPH),
        wanted => wanted,
    };
    let rows = graphs.filter(|name| wanted.is_none_or(|wanted| wanted == name)).map(|name| {
        let default = Value::Bool(name == DEFAULT_GRAPH);
        vec![
            text(name),
            text("standard"),
            list([]),
            text("read-write"),
            text(""),
            text("primary"),
            Value::Bool(true),
            text("online"),
            text("online"),
            text(""),
            default.clone(),
            default,
            list([]),
        ]
    });
    Ok(rows.collect())
}

/// The columns of SHOW CURRENT USER.
pub(crate) const CURRENT_USER: [&str; 5] = ["user", "roles", "passwordChangeRequired", "suspended", "home"];

/// The row of SHOW CURRENT USER; a session that no host opened for a user has no name.
pub(crate) fn current_user(user: Option<&str>, role: Role) -> Vec<Value> {
    vec![user.map_or(text(""), text), list([text(role.name())]), Value::Null, Value::Bool(false), text(DEFAULT_GRAPH)]
}
