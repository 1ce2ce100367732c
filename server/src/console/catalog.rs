//! What the editor of the console knows of the language and of a graph: keywords, functions, procedures with their parameters,
//! labels, property keys. All of it comes from the library's descriptions.

use serde_json::{Value as Json, json};
use wenddb::{AlgorithmDescription, ColumnDescription, Row, Session, host::HostedSession, text};

/// The modes that an algorithm may have, besides the plain call.
const MODES: [&str; 4] = ["stream", "stats", "write", "estimate"];

/// The catalog of the session's graph, for its user.
///
/// # Errors
/// When the database cannot be read.
pub(crate) fn catalog(session: &mut Session, version: &str) -> wenddb::Result<Json> {
    let mut rows = |statement: &str| -> wenddb::Result<Vec<Row>> { session.execute(statement, ())?.collect() };
    let graphs: Vec<Json> = rows("SHOW GRAPHS")?.iter().map(object).collect();
    let labels: Vec<Json> = rows("SHOW LABELS")?.iter().map(object).collect();
    let names = session.names()?;
    let procedures = wenddb::procedures();
    let has = |name: &str, mode: &str| procedures.contains(&format!("algo.{name}.{mode}"));
    let algorithms: Vec<Json> = wenddb::algorithms().into_iter().map(|algorithm| describe(algorithm, &has)).collect();
    let functions: Vec<Json> = wenddb::functions()
        .into_iter()
        .map(|function| {
            let (name, signature, doc) = (function.name, function.signature, function.doc);
            json!({"name": name.to_string(), "signature": signature.to_string(), "description": doc.to_string()})
        })
        .collect();
    Ok(json!({
        "version": version,
        "user": session.user(),
        "role": session.role().name(),
        "graph": session.graph(),
        "graphs": graphs,
        "labels": labels,
        "propertyKeys": names.property_keys,
        "models": names.models,
        "keywords": text::keywords().iter().map(|word| word.to_ascii_uppercase()).collect::<Vec<_>>(),
        "functions": functions,
        "procedures": procedures,
        "algorithms": algorithms,
    }))
}

/// A row as a JSON object.
fn object(row: &Row) -> Json {
    let fields = row.columns().iter().zip(row.values());
    Json::Object(fields.map(|(name, value)| (name.clone(), value.to_json())).collect())
}

fn describe(algorithm: &AlgorithmDescription, has: &impl Fn(&str, &str) -> bool) -> Json {
    let parameters: Vec<Json> = algorithm
        .all_parameters()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "type": parameter.kind.type_name(),
                "default": parameter.default.text(),
                "range": parameter.kind.range(),
                "description": parameter.doc,
            })
        })
        .collect();
    let column =
        |column: &ColumnDescription| json!({"name": column.name, "type": column.type_name, "description": column.doc});
    json!({
        "name": algorithm.name,
        "category": algorithm.category,
        "summary": algorithm.summary,
        "modes": MODES.iter().filter(|mode| has(algorithm.name, mode)).collect::<Vec<_>>(),
        "parameters": parameters,
        "columns": algorithm.columns.iter().map(column).collect::<Vec<_>>(),
        "statistics": algorithm.stats.iter().map(column).collect::<Vec<_>>(),
    })
}
