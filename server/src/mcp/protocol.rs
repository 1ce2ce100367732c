//! The methods of the Model Context Protocol. It is the same over every transport.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde_json::{Map, Value as Json, json};
use wenddb::{CancelToken, Progress, ProgressCallback, text::suggest};

use super::{
    caller::{Call, Caller},
    message::{INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, Request, failure, success},
    tools,
};

/// The versions of the protocol, the newest first.
pub(crate) const VERSIONS: [&str; 3] = ["2025-06-18", "2025-03-26", "2024-11-05"];

/// What a model is told before anything else.
const INSTRUCTIONS: &str = "WendDB is a property-graph database that speaks GQL (ISO/IEC 39075); most of Cypher is accepted. Call \
`schema` first. `query` runs any statement that reads, `describe` explains algorithms, functions and clauses, `examples` shows \
statements that work. Every node has a unique string `_id`. Graph algorithms and node embeddings are called as CALL algo.NAME.";

/// The time between two notifications of progress.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Sends a notification to the client that made a request.
pub(crate) type Notify = Arc<dyn Fn(Json) + Send + Sync>;

/// Answers a request. `notify` is there where the transport can bring notifications before the answer.
pub(crate) fn answer(request: &Request, caller: &Arc<Caller>, cancel: &CancelToken, notify: Option<Notify>) -> Json {
    let Request { id, method, params } = request;
    match method.as_str() {
        "initialize" => success(id, initialize(params)),
        "ping" => success(id, json!({})),
        "tools/list" => success(id, json!({"tools": tools::list(caller)})),
        "tools/call" => call(id, params, caller, cancel, notify),
        other => {
            let shown: String = other.chars().take(100).collect();
            failure(
                id,
                METHOD_NOT_FOUND,
                format!("there is no method {shown}; this server has tools, and nothing else"),
            )
        }
    }
}

/// The answer to a request that is not taken at all.
pub(crate) fn refusal(message: &str) -> Json {
    failure(&Json::Null, INVALID_REQUEST, message)
}

/// The answer to a request that a defect has ended.
pub(crate) fn broken(id: &Json) -> Json {
    failure(id, INTERNAL_ERROR, "the server met a state that it should not; its log says more")
}

fn initialize(params: &Map<String, Json>) -> Json {
    let asked = params.get("protocolVersion").and_then(Json::as_str).unwrap_or_default();
    let version = VERSIONS.into_iter().find(|version| *version == asked).unwrap_or(VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "wenddb", "title": "WendDB", "version": env!("CARGO_PKG_VERSION")},
        "instructions": INSTRUCTIONS,
    })
}

fn call(
    id: &Json,
    params: &Map<String, Json>,
    caller: &Arc<Caller>,
    cancel: &CancelToken,
    notify: Option<Notify>,
) -> Json {
    let Some(name) = params.get("name").and_then(Json::as_str) else {
        return failure(id, INVALID_PARAMS, "tools/call takes the \"name\" of a tool");
    };
    let nothing = Map::new();
    let arguments = match params.get("arguments") {
        None | Some(Json::Null) => &nothing,
        Some(Json::Object(arguments)) => arguments,
        Some(_) => return failure(id, INVALID_PARAMS, "\"arguments\" takes an object"),
    };
    let Some(tool) = tools::find(name) else {
        let near = suggest(name, tools::names()).map(|near| format!("; did you mean {near}?"));
        let shown: String = name.chars().take(60).collect();
        return failure(id, INVALID_PARAMS, format!("there is no tool {shown}{}", near.unwrap_or_default()));
    };
    if tool.writes && !caller.writes() {
        return failure(id, INVALID_PARAMS, format!("there is no tool {name} here: {}", caller.why_not()));
    }
    let token = params.get("_meta").and_then(|meta| meta.get("progressToken"));
    let token = token.filter(|token| token.is_string() || token.is_number()).cloned();
    let progress = token.zip(notify).map(|(token, notify)| progress(token, notify));
    let call = Call { caller: caller.clone(), cancel: cancel.clone(), progress };
    // A defect in one call is not the end of the others.
    match catch_unwind(AssertUnwindSafe(|| (tool.run)(&call, arguments))) {
        Ok(Ok(text)) => success(id, json!({"content": [{"type": "text", "text": text}]})),
        Ok(Err(text)) => success(id, json!({"content": [{"type": "text", "text": text}], "isError": true})),
        Err(_) => failure(id, INTERNAL_ERROR, "the tool met a state that it should not; please report it"),
    }
}

/// Tells the client how far a statement is, in percent: always more than before, and not too often.
fn progress(token: Json, notify: Notify) -> ProgressCallback {
    let told: Mutex<Option<(Instant, f64)>> = Mutex::new(None);
    Arc::new(move |progress: &Progress| {
        let percent = (progress.fraction.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
        let mut told = told.lock();
        if told.is_some_and(|(at, before)| percent <= before || at.elapsed() < TELL_EVERY) {
            return;
        }
        *told = Some((Instant::now(), percent));
        notify(json!({
            "jsonrpc": "2.0",
            "method": "notifications/progress",
            "params": {"progressToken": token, "progress": percent, "total": 100, "message": progress.stage},
        }));
    })
}
