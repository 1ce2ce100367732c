//! Graph types and the types of graphs as records of the database: their canonical text, which is parsed when it is needed.

use std::sync::Arc;

use wend_grammar::ast::{ElementType, GraphTypeRef, Ident, Statement, StatementKind};
use wend_storage::{GraphId, Transaction};

use super::{NOWHERE, Schema};
use crate::{
    error::{Error, Result},
    value::Value,
};

/// Records of graph types, by name.
const TYPES: &str = "graph-type";
/// Records of the types of graphs, by the graph's number.
const OF_GRAPHS: &str = "type-of-graph";

/// `{(:A), (:A)-[:R]->(:A)}`
pub(super) fn elements_text(elements: &[ElementType]) -> String {
    // The canonical text of a statement around them, without what stands before them.
    let text = statement_text("t", elements);
    text.find('{').map_or(String::new(), |start| text[start..].to_owned())
}

fn statement_text(name: &str, elements: &[ElementType]) -> String {
    wend_grammar::print(&Statement {
        kind: StatementKind::CreateGraphType {
            name: Ident { name: name.to_owned(), span: NOWHERE },
            if_not_exists: false,
            or_replace: false,
            elements: elements.to_vec(),
            copy_of: None,
        },
        span: NOWHERE,
    })
}

/// The first byte of a record: a type with a name, or one that was written for its graph alone.
const NAMED: u8 = 1;
const UNNAMED: u8 = 2;

fn parse(bytes: &[u8]) -> Result<(Option<String>, Vec<ElementType>)> {
    let damaged = || Error::internal("the record of a graph type is damaged");
    let (named, text) = match bytes.split_first() {
        Some((&kind @ (NAMED | UNNAMED), text)) => (kind == NAMED, std::str::from_utf8(text).map_err(|_| damaged())?),
        _ => return Err(damaged()),
    };
    match wend_grammar::parse(text)?.pop().map(|statement| statement.kind) {
        Some(StatementKind::CreateGraphType { name, elements, .. }) => Ok((named.then_some(name.name), elements)),
        _ => Err(damaged()),
    }
}

fn record(name: Option<&str>, elements: &[ElementType]) -> Vec<u8> {
    let mut bytes = vec![if name.is_some() { NAMED } else { UNNAMED }];
    bytes.extend_from_slice(statement_text(name.unwrap_or("unnamed"), elements).as_bytes());
    bytes
}

/// The element types of the graph type of that name.
fn find(tx: &Transaction, name: &Ident) -> Result<Vec<ElementType>> {
    if let Some(bytes) = tx.get_record(TYPES, name.name.as_bytes())? {
        return Ok(parse(&bytes)?.1);
    }
    let known = names(tx)?;
    let near = wend_grammar::suggest(&name.name, known.iter().map(String::as_str));
    Err(Error::reference(format!("there is no graph type `{}`", name.name))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?")).or(Some("SHOW GRAPH TYPES lists them".into())))
        .at(name.span))
}

fn names(tx: &Transaction) -> Result<Vec<String>> {
    let records = tx.records(TYPES)?.into_iter();
    Ok(records.map(|(key, _)| String::from_utf8_lossy(&key).into_owned()).collect())
}

impl Schema {
    /// The type of a graph; `None` of an open one.
    pub(crate) fn of_graph(tx: &Transaction, graph: GraphId) -> Result<Option<Schema>> {
        let Some(bytes) = tx.get_record(OF_GRAPHS, &graph.0.to_be_bytes())? else { return Ok(None) };
        let (name, elements) = parse(&bytes)?;
        Schema::new(name.as_deref(), &elements).map(Some)
    }

    /// Gives a new graph its type.
    pub(crate) fn set(tx: &Transaction, graph: GraphId, of: &GraphTypeRef) -> Result<()> {
        let (name, elements) = match of {
            GraphTypeRef::Named(name) => (Some(name.name.as_str()), find(tx, name)?),
            GraphTypeRef::Inline(elements) => (None, elements.clone()),
        };
        Schema::new(None, &elements)?;
        Ok(tx.put_record(OF_GRAPHS, &graph.0.to_be_bytes(), &record(name, &elements))?)
    }

    /// Forgets the type of a graph that is dropped.
    pub(crate) fn forget(tx: &Transaction, graph: GraphId) -> Result<()> {
        Ok(tx.delete_record(OF_GRAPHS, &graph.0.to_be_bytes())?)
    }

    /// The element types of the graph type of that name.
    pub(crate) fn elements_of(tx: &Transaction, name: &Ident) -> Result<Vec<ElementType>> {
        find(tx, name)
    }

    /// `CREATE GRAPH TYPE`; whether there was one that was left.
    pub(crate) fn create(
        tx: &Transaction,
        name: &Ident,
        elements: &[ElementType],
        if_not_exists: bool,
        or_replace: bool,
    ) -> Result<bool> {
        Schema::new(None, elements)?;
        if tx.get_record(TYPES, name.name.as_bytes())?.is_some() && !or_replace {
            if if_not_exists {
                return Ok(true);
            }
            return Err(Error::rule(format!("a graph type named `{}` exists already", name.name))
                .with_hint(
                    "CREATE OR REPLACE GRAPH TYPE takes its place; graphs keep the type that they were made with",
                )
                .at(name.span));
        }
        tx.put_record(TYPES, name.name.as_bytes(), &record(Some(&name.name), elements))?;
        Ok(false)
    }

    /// `DROP GRAPH TYPE`; whether there was one.
    pub(crate) fn drop(tx: &Transaction, name: &Ident, if_exists: bool) -> Result<bool> {
        if tx.get_record(TYPES, name.name.as_bytes())?.is_none() && if_exists {
            return Ok(false);
        }
        find(tx, name)?;
        tx.delete_record(TYPES, name.name.as_bytes())?;
        Ok(true)
    }

    /// The columns of SHOW GRAPH TYPES.
    pub(crate) const COLUMNS: [&str; 3] = ["name", "definition", "graphs"];

    /// The rows of SHOW GRAPH TYPES.
    pub(crate) fn rows(tx: &Transaction) -> Result<Vec<Vec<Value>>> {
        let mut graphs = Vec::new();
        for (graph, name) in tx.graphs()? {
            graphs.extend(Schema::of_graph(tx, graph)?.and_then(|schema| schema.name).map(|of| (of, name)));
        }
        let mut rows = Vec::new();
        for (_, bytes) in tx.records(TYPES)? {
            let (name, elements) = parse(&bytes)?;
            let name = name.unwrap_or_default();
            let of = graphs.iter().filter(|(of, _)| *of == name).map(|(_, graph)| Value::from(graph.as_str()));
            let of: Arc<[Value]> = of.collect();
            rows.push(vec![Value::from(name.as_str()), Value::from(elements_text(&elements)), Value::List(of)]);
        }
        Ok(rows)
    }
}
