//! The table of routes: paths and methods. `openapi.json` describes them, and a test compares the two.

use hyper::{Method, StatusCode};

use super::problem::Problem;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Discovery,
    Live,
    Ready,
    Metrics,
    OpenApi,
    Tasks,
    Task,
    TaskEvents,
    Query,
    BeginTransaction,
    RunInTransaction,
    KeepTransaction,
    Commit,
    Rollback,
    ImportVectors,
    ImportNodes,
    ImportEdges,
    ReceiveTables,
    ImportTables,
    ForgetTables,
    Backup,
    ConsoleFile,
    Catalog,
    Embedding,
    Mcp,
}

/// A route.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: Method,
    /// The path; a part in braces matches any text.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    /// Whether the route needs no login.
    pub(super) open: bool,
    /// The media types that a body may have.
    pub(super) takes: &'static [&'static str],
}

/// JSON with plain values, and with typed values.
pub(super) const JSON: &[&str] = &["application/json", "application/vnd.neo4j.query"];
/// JSON, and nothing else.
pub(super) const ONLY_JSON: &[&str] = &["application/json"];
/// The stream format of Arrow.
pub(super) const ARROW: &[&str] = &["application/vnd.apache.arrow.stream"];
/// An archive of files.
const TAR: &[&str] = &["application/x-tar"];
const NOTHING: &[&str] = &[];

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    open: bool,
    takes: &'static [&'static str],
) -> Route {
    Route { method, path, operation, open, takes }
}

/// All routes.
pub(super) const ROUTES: &[Route] = &[
    route(Method::GET, "/", Operation::Discovery, true, NOTHING),
    route(Method::GET, "/health/live", Operation::Live, true, NOTHING),
    route(Method::GET, "/health/ready", Operation::Ready, true, NOTHING),
    route(Method::GET, "/openapi.json", Operation::OpenApi, true, NOTHING),
    route(Method::GET, "/metrics", Operation::Metrics, false, NOTHING),
    route(Method::GET, "/tasks", Operation::Tasks, false, NOTHING),
    route(Method::GET, "/tasks/{id}", Operation::Task, false, NOTHING),
    route(Method::GET, "/tasks/{id}/events", Operation::TaskEvents, false, NOTHING),
    route(Method::GET, "/console/{file}", Operation::ConsoleFile, true, NOTHING),
    route(Method::GET, "/db/{name}/schema.json", Operation::Catalog, false, NOTHING),
    route(Method::GET, "/db/{name}/embedding/2d", Operation::Embedding, false, NOTHING),
    route(Method::POST, "/backup", Operation::Backup, false, NOTHING),
    route(Method::POST, "/mcp", Operation::Mcp, false, ONLY_JSON),
    route(Method::POST, "/db/{name}/query/v2", Operation::Query, false, JSON),
    route(Method::POST, "/db/{name}/query/v2/tx", Operation::BeginTransaction, false, JSON),
    route(Method::POST, "/db/{name}/query/v2/tx/{id}", Operation::RunInTransaction, false, JSON),
    route(Method::PUT, "/db/{name}/query/v2/tx/{id}", Operation::KeepTransaction, false, NOTHING),
    route(Method::DELETE, "/db/{name}/query/v2/tx/{id}", Operation::Rollback, false, NOTHING),
    route(Method::POST, "/db/{name}/query/v2/tx/{id}/commit", Operation::Commit, false, JSON),
    route(Method::POST, "/db/{name}/import/vectors", Operation::ImportVectors, false, ARROW),
    route(Method::POST, "/db/{name}/import/nodes", Operation::ImportNodes, false, ARROW),
    route(Method::POST, "/db/{name}/import/edges", Operation::ImportEdges, false, ARROW),
    route(Method::POST, "/db/{name}/import/tables", Operation::ReceiveTables, false, TAR),
    route(Method::POST, "/db/{name}/import/tables/{id}", Operation::ImportTables, false, ONLY_JSON),
    route(Method::DELETE, "/db/{name}/import/tables/{id}", Operation::ForgetTables, false, NOTHING),
];

/// Finds the route of a request, and the texts in its path that match the parts in braces.
pub(super) fn find(method: &Method, path: &str) -> Result<(&'static Route, Vec<String>), Problem> {
    let mut allowed = Vec::new();
    for route in ROUTES {
        let Some(parts) = parts(route.path, path) else { continue };
        if route.method == method || (route.method == Method::GET && method == Method::HEAD) {
            return Ok((route, parts));
        }
        allowed.push(route.method.as_str());
    }
    if allowed.is_empty() {
        return Err(Problem::request(
            StatusCode::NOT_FOUND,
            "there is nothing at this path; /openapi.json lists what there is",
        ));
    }
    Err(Problem::method(&allowed.join(", ")))
}

fn parts(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut parts = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parts),
            (Some(wanted), Some(given)) if wanted.starts_with('{') => {
                parts.push(decoded(given).filter(|part| !part.is_empty())?);
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// Decodes percent signs in a part of a path or query; `None` when the result is not UTF-8.
pub(super) fn decoded(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
        rest = after.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

/// A parameter of the query string.
pub(super) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    query?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if decoded(key)? == name { decoded(&value.replace('+', " ")) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found() {
        let (route, parts) = find(&Method::POST, "/db/my%20graph/query/v2/tx/t1").unwrap();
        assert_eq!(route.operation, Operation::RunInTransaction);
        assert_eq!(parts, ["my graph", "t1"]);
        assert_eq!(find(&Method::HEAD, "/").unwrap().0.operation, Operation::Discovery);
        for (method, path, status) in [
            (Method::GET, "/nothing", 404),
            (Method::GET, "/db//query/v2", 404),
            (Method::GET, "/db/%ff/query/v2", 404),
            (Method::GET, "/db/%4/query/v2", 404),
            (Method::POST, "/db/x/query/v2/", 404),
            (Method::GET, "/db/x/query/v2", 405),
            (Method::PATCH, "/", 405),
        ] {
            assert_eq!(find(&method, path).unwrap_err().status.as_u16(), status, "{path}");
        }
        assert_eq!(parameter(Some("a=1&label=A%26B+C"), "label").as_deref(), Some("A&B C"));
        assert_eq!(parameter(Some("a"), "b"), None);
    }

    /// Every route is described with the media types it takes, and nothing else is described.
    #[test]
    fn the_description_is_of_these_routes() {
        let document: serde_json::Value = serde_json::from_str(super::super::OPENAPI).unwrap();
        let mut described = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if method == "parameters" {
                    continue;
                }
                let takes: Vec<String> = match operation["requestBody"]["content"].as_object() {
                    Some(content) => content.keys().cloned().collect(),
                    None => Vec::new(),
                };
                let open = operation["security"].as_array().is_some_and(Vec::is_empty);
                assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{method} {path}");
                assert!(!operation["responses"].as_object().unwrap().is_empty(), "{method} {path}");
                described.push((method.to_uppercase(), path.clone(), takes, open));
            }
        }
        let mut routes: Vec<_> = ROUTES
            .iter()
            .map(|route| {
                let takes = route.takes.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
                (route.method.to_string(), route.path.to_owned(), takes, route.open)
            })
            .collect();
        described.sort();
        routes.sort();
        assert_eq!(described, routes);
    }
}
