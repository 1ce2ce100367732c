//! The tables of SHOW and DESCRIBE.

mod clients;
mod graph;
mod indexes;
mod outline;
mod types;

use std::sync::Arc;

use wend_grammar::ast::Ident;
use wend_storage::{LabelId, Transaction};

use crate::{
    activity::{Activity, QueryTexts},
    constraint,
    database::Database,
    error::{Error, Result},
    model,
    names::graph_id,
    registry,
    schema::Schema,
    task,
    value::Value,
};

pub(crate) use clients::{CURRENT_USER, current_user};
pub(crate) use graph::describe_graph;
pub(crate) use outline::outline;
pub use outline::{LabelOutline, Outline, PropertyOutline};

/// The columns of `SHOW what` that are shown where YIELD names none; the others are for clients that ask for them.
pub(crate) fn shown(what: &str) -> Option<usize> {
    match what {
        "INDEXES" => Some(indexes::SHOWN),
        "VECTOR INDEXES" => Some(indexes::VECTOR_SHOWN),
        "FULLTEXT INDEXES" => Some(indexes::TEXT_SHOWN),
        _ => None,
    }
}

/// Columns and rows.
type Table = (&'static [&'static str], Vec<Vec<Value>>);

fn text(text: impl Into<Arc<str>>) -> Value {
    Value::String(text.into())
}

/// The table of `SHOW what`.
pub(crate) fn table(
    what: &str,
    category: Option<&Ident>,
    tx: &Transaction,
    graph: &str,
    database: &Database,
    texts: &QueryTexts,
) -> Result<Table> {
    Ok(match what {
        "TASKS" => (&task::COLUMNS, database.tasks().rows()),
        "MODELS" => (&model::COLUMNS, model::rows(tx)?),
        "ALGOS" => {
            let wanted =
                |category_of: &str| category.is_none_or(|category| category.name.eq_ignore_ascii_case(category_of));
            let rows = registry::descriptions();
            let row = |description: &wend_algorithms::Description| {
                let parameters = description.all_parameters().map(|parameter| text(parameter.name)).collect();
                vec![
                    text(description.name),
                    text(description.category),
                    text(description.summary),
                    Value::List(parameters),
                ]
            };
            (
                &["name", "category", "description", "parameters"],
                rows.filter(|description| wanted(description.category)).map(row).collect(),
            )
        }
        "PROCEDURES" => (&clients::PROCEDURES, clients::procedures()),
        "FUNCTIONS" => (&clients::FUNCTIONS, clients::functions()),
        "DATABASES" => (&clients::DATABASES, clients::databases(tx, category.map(|name| &*name.name))?),
        #[cfg(feature = "users")]
        "USERS" => (&crate::user::USER_COLUMNS, crate::user::user_rows(tx)?),
        #[cfg(feature = "users")]
        "TOKENS" => (&crate::user::TOKEN_COLUMNS, crate::user::token_rows(tx)?),
        #[cfg(not(feature = "users"))]
        "USERS" | "TOKENS" => return Err(crate::role::without_users()),
        "GRAPHS" => {
            let mut rows = Vec::new();
            for (id, name) in tx.graphs()? {
                let (nodes, edges) = (tx.node_count(id)?, tx.edge_count(id)?);
                let of = match database.schema(tx, id)? {
                    None => Value::Null,
                    Some(schema) => text(schema.name.as_ref().unwrap_or(&schema.text).as_str()),
                };
                rows.push(vec![text(name), Value::Int(nodes as i64), Value::Int(edges as i64), of]);
            }
            (&["name", "nodeCount", "edgeCount", "graphType"], rows)
        }
        "QUERIES" => (&Activity::QUERIES, database.activity().query_rows(texts)),
        "SESSIONS" => (&Activity::SESSIONS, database.activity().session_rows()),
        "TRANSACTIONS" => (&Activity::TRANSACTIONS, database.activity().transaction_rows()),
        "GRAPH TYPES" => (&Schema::COLUMNS, Schema::rows(tx)?),
        "LABELS" | "EDGE LABELS" => {
            let id = graph_id(tx, graph)?;
            let nodes = if what == "LABELS" { tx.node_labels(id)? } else { Vec::new() };
            (&LABELS, labels(tx, nodes, tx.edge_labels(id)?)?)
        }
        "PROPERTY KEYS" => {
            let mut rows: Vec<_> = tx.property_keys()?.into_iter().map(|(_, name)| vec![Value::String(name)]).collect();
            rows.sort_by(|a, b| a[0].order(&b[0]));
            (&["propertyKey"], rows)
        }
        "CONSTRAINTS" => (&constraint::COLUMNS, constraint::rows(tx, graph_id(tx, graph)?)?),
        "VECTOR INDEXES" => (&indexes::VECTOR_COLUMNS, indexes::vector_rows(tx, graph_id(tx, graph)?)?),
        "FULLTEXT INDEXES" => (&indexes::TEXT_COLUMNS, indexes::text_rows(tx, graph_id(tx, graph)?)?),
        "INDEXES" => (&indexes::COLUMNS, indexes::rows(tx, graph_id(tx, graph)?)?),
        other => return Err(Error::rule(format!("SHOW {other} is not supported in this version"))),
    })
}

const LABELS: [&str; 3] = ["label", "kind", "count"];

/// The rows of labels with how many nodes or edges have them: nodes first, by name.
fn labels(tx: &Transaction, nodes: Vec<(LabelId, u64)>, edges: Vec<(LabelId, u64)>) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for (kind, labels) in [("node", nodes), ("edge", edges)] {
        for (label, count) in labels {
            rows.push(vec![Value::String(tx.label_name(label)?), text(kind), Value::Int(count as i64)]);
        }
    }
    rows.sort_by(|a, b| b[1].order(&a[1]).then_with(|| a[0].order(&b[0])));
    Ok(rows)
}

/// The table of `DESCRIBE what name`.
pub(crate) fn describe(what: &str, name: &Ident, tx: &Transaction) -> Result<Table> {
    match what {
        "ALGO" => {}
        "MODEL" => {
            let rows = model::describe(tx, &name.name).map_err(|error| error.at(name.span))?;
            return Ok((&model::DESCRIBED, rows));
        }
        _ => return Err(Error::rule(format!("DESCRIBE {what} is not supported in this version"))),
    }
    let short = name.name.strip_prefix("algo.").unwrap_or(&name.name);
    let description = registry::descriptions().find(|description| description.name == short).ok_or_else(|| {
        let names = registry::descriptions().map(|description| description.name);
        Error::reference(format!("there is no algorithm `{short}`"))
            .with_hint_if(wend_grammar::suggest(short, names).map(|near| format!("did you mean `{near}`?")))
            .at(name.span)
    })?;
    let mut rows = Vec::new();
    for parameter in description.all_parameters() {
        rows.push(vec![
            text(parameter.name),
            text("parameter"),
            text(parameter.kind.type_name()),
            text(&*parameter.default.text()),
            text(parameter.kind.range()),
            text(parameter.doc),
        ]);
    }
    let columns = description.columns.iter().chain(description.block_columns()).map(|column| ("column", column));
    let figures = description.stats.iter().chain([&registry::COMPUTE_TIME]).map(|column| ("statistic", column));
    for (kind, column) in columns.chain(figures) {
        rows.push(vec![
            text(column.name),
            text(kind),
            text(column.type_name),
            Value::Null,
            Value::Null,
            text(column.doc),
        ]);
    }
    Ok((&["name", "kind", "type", "default", "range", "description"], rows))
}
