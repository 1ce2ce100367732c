//! Trained models: kept in the database under a name, in the transaction of the call that trained them.
//!
//! A model is two records, so that listing models reads none of their weights: what is told of it, and its bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wend_algorithms::ModelDescription;
use wend_storage::Transaction;

use crate::{
    error::{Error, Result},
    runtime::statement::Statement,
    value::{
        Value,
        moment::{micros_now, moment},
    },
};

/// The families of records.
const ABOUT: &str = "model";
const BODY: &str = "model-body";

/// The columns of SHOW MODELS.
pub(crate) const COLUMNS: [&str; 7] = ["name", "algorithm", "model", "graph", "createdAt", "bytes", "scores"];
/// The columns of DESCRIBE MODEL.
pub(crate) const DESCRIBED: [&str; 3] = ["section", "name", "value"];

/// What is told of a model.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    description: ModelDescription,
    /// The graph it was trained in, by the name that had then, and that graph's version.
    graph: String,
    graph_version: u64,
    /// Microseconds since 1970-01-01 UTC.
    created_at: i64,
    bytes: u64,
}

/// Keeps a model under a name, with the statement's transaction; one of that name is replaced.
pub(crate) fn save(st: &Statement, name: &str, bytes: &[u8]) -> Result<()> {
    let description = wend_algorithms::describe_model(bytes).map_err(|error| Error::internal(error.to_string()))?;
    let about = About {
        description,
        graph: st.graph_name.to_string(),
        graph_version: st.tx.graph_version(st.graph)?,
        created_at: micros_now(),
        bytes: bytes.len() as u64,
    };
    let record = postcard::to_extend(&about, vec![1u8])
        .map_err(|error| Error::internal(format!("a model cannot be stored: {error}")))?;
    st.tx.put_record(ABOUT, name.as_bytes(), &record)?;
    Ok(st.tx.put_record(BODY, name.as_bytes(), bytes)?)
}

/// The bytes of a model that is to be used, one of those that these algorithms trained.
pub(crate) fn load(tx: &Transaction, name: &str, algorithms: &[&str]) -> Result<Vec<u8>> {
    let about = about(tx, name)?;
    if !algorithms.contains(&about.description.algorithm.as_str()) {
        let known: Vec<String> = algorithms.iter().map(|algorithm| format!("algo.{algorithm}")).collect();
        return Err(Error::data(
            "22003",
            format!("the model `{name}` is one of algo.{}, not of {}", about.description.algorithm, known.join(" or ")),
        ));
    }
    tx.get_record(BODY, name.as_bytes())?.ok_or_else(|| damaged(name))
}

/// Forgets a model; `false` when there is none of that name.
pub(crate) fn drop(tx: &Transaction, name: &str) -> Result<bool> {
    if tx.get_record(ABOUT, name.as_bytes())?.is_none() {
        return Ok(false);
    }
    tx.delete_record(ABOUT, name.as_bytes())?;
    tx.delete_record(BODY, name.as_bytes())?;
    Ok(true)
}

/// The names of all models, sorted.
pub(crate) fn names(tx: &Transaction) -> Result<Vec<String>> {
    Ok(tx.records(ABOUT)?.into_iter().map(|(name, _)| String::from_utf8_lossy(&name).into_owned()).collect())
}

/// The error of a name that no model has.
pub(crate) fn unknown(tx: &Transaction, name: &str) -> Result<Error> {
    let names = names(tx)?;
    let near = wend_grammar::suggest(name, names.iter().map(String::as_str));
    Ok(Error::reference(format!("there is no model `{name}`"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?")).or(Some("SHOW MODELS lists them".to_owned()))))
}

/// The rows of SHOW MODELS, by name.
pub(crate) fn rows(tx: &Transaction) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for (name, record) in tx.records(ABOUT)? {
        let name = String::from_utf8_lossy(&name).into_owned();
        let About { description, graph, created_at, bytes, .. } = decode(&name, &record)?;
        let model = description.parameters.iter().find(|(parameter, _)| parameter == "model");
        let scores = description.scores.iter().map(|(name, score)| (Arc::from(name.as_str()), Value::Float(*score)));
        rows.push(vec![
            text(&name),
            text(&description.algorithm),
            model.map_or(Value::Null, |(_, model)| text(model)),
            text(&graph),
            moment(created_at),
            int(bytes),
            Value::Record(scores.collect()),
        ]);
    }
    Ok(rows)
}

/// The rows of DESCRIBE MODEL.
pub(crate) fn describe(tx: &Transaction, name: &str) -> Result<Vec<Vec<Value>>> {
    let About { description, graph, graph_version, created_at, bytes } = about(tx, name)?;
    let row = |section: &str, name: &str, value: Value| vec![text(section), text(name), value];
    let mut rows = vec![
        row("model", "algorithm", text(&description.algorithm)),
        row("model", "graph", text(&graph)),
        row("model", "graphVersion", int(graph_version)),
        row("model", "createdAt", moment(created_at)),
        row("model", "bytes", int(bytes)),
    ];
    rows.extend(description.parameters.iter().map(|(name, value)| row("parameter", name, text(value))));
    for feature in &description.features {
        let place = match feature.owner.as_str() {
            "edge" => format!("[:{}].{}", feature.label, feature.property),
            _ => format!("(:{}).{}", feature.label, feature.property),
        };
        let value = Value::record([
            ("encoding", text(&feature.encoding)),
            ("width", int(feature.width as u64)),
            ("nulls", int(feature.nulls)),
            ("note", text(&feature.note)),
        ]);
        rows.push(row("feature", &place, value));
    }
    rows.extend(description.scores.iter().map(|(name, score)| row("score", name, Value::Float(*score))));
    Ok(rows)
}

fn about(tx: &Transaction, name: &str) -> Result<About> {
    match tx.get_record(ABOUT, name.as_bytes())? {
        Some(record) => decode(name, &record),
        None => Err(unknown(tx, name)?),
    }
}

fn decode(name: &str, record: &[u8]) -> Result<About> {
    match record.split_first() {
        Some((1, rest)) => postcard::from_bytes(rest).map_err(|_| damaged(name)),
        Some((version, _)) => Err(Error::internal(format!(
            "the model `{name}` has a record of version {version}, and this program reads version 1"
        ))),
        None => Err(damaged(name)),
    }
}

fn damaged(name: &str) -> Error {
    Error::internal(format!("the record of the model `{name}` is damaged"))
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn int(value: u64) -> Value {
    Value::Int(i64::try_from(value).unwrap_or(i64::MAX))
}
