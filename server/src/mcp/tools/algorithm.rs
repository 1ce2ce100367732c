//! `run_algorithm`: runs a graph algorithm. Where changes are allowed it can write the result as node properties, which is a task.

use serde_json::{Map, Value as Json, json};
use wenddb::{AlgorithmDescription, Params, Value, text::suggest};

use super::{
    describe,
    query::{self, MOST_ROWS, MOST_SKIPPED, ROWS},
    tool::{Tool, graph, number, object},
};
use crate::mcp::{answer, arguments::Arguments, caller::Call};

pub(crate) const TOOL: Tool = Tool {
    name: "run_algorithm",
    title: "Run a graph algorithm",
    writes: false,
    writes_when_allowed: true,
    description: |writes| {
        let mut text = "Runs an algorithm (describe lists them). mode: stats, one row of figures; stream, a row for each node or edge; \
                        estimate, bytes and seconds before any work. To sort or filter rows use the tool query with CALL \
                        algo.NAME.stream({..}) YIELD .. RETURN .. ORDER BY."
            .to_owned();
        if writes {
            text.push_str(
                " write_to stores the result as a node property, in a task: SHOW TASKS and STOP TASK 'id' are for the tools query and \
                 write.",
            );
        }
        text
    },
    schema: |writes| {
        let mut properties = json!({
            "name": {"type": "string", "description": "Name, such as node2vec or pagerank."},
            "params": {"type": "object", "description": "Its parameters, such as {\"dimensions\": 64}."},
            "mode": {"type": "string", "enum": ["stats", "stream", "estimate"], "default": "stats"},
            "limit": number("Rows to show.", ROWS, 1, MOST_ROWS),
            "offset": number("Rows to leave out first.", 0, 0, MOST_SKIPPED),
            "graph": graph(),
        });
        if let (true, Some(properties)) = (writes, properties.as_object_mut()) {
            let write_to = "Property to write to, instead of a mode; or an object, column: property.";
            properties.insert("write_to".to_owned(), json!({"type": ["string", "object"], "description": write_to}));
            let wait = "false: answer at once with the task's id.";
            properties.insert("wait".to_owned(), json!({"type": "boolean", "default": true, "description": wait}));
        }
        object(properties, &["name"])
    },
    run,
};

fn run(call: &Call, arguments: &Map<String, Json>) -> Result<String, String> {
    let names = ["name", "params", "mode", "limit", "offset", "graph", "write_to", "wait"];
    let arguments = Arguments::new(arguments, &names)?;
    let algorithm = named(arguments.needed("name")?)?;
    let parameters = arguments.object("params")?.cloned().unwrap_or_default();
    let parameters = Value::from_json(&Json::Object(parameters)).map_err(|error| error.message().to_owned())?;
    let mut params = Params::from([("parameters", parameters)]);
    let writes = call.caller.writes();
    let mode = arguments.text("mode")?;
    let gql = match (arguments.any("write_to"), mode) {
        (Some(_), Some(_)) => return Err("give `mode` or `write_to`, not both".to_owned()),
        (Some(_), None) if !writes => return Err(format!("write_to is not taken: {}", call.caller.why_not())),
        (Some(property @ (Json::String(_) | Json::Object(_))), None) => {
            has(algorithm, "write")?;
            let property = Value::from_json(property).map_err(|error| error.message().to_owned())?;
            let wait = Value::Bool(arguments.flag("wait", true)?);
            params.insert("options", Value::record([("db", Value::record([("property", property)])), ("wait", wait)]));
            format!("CALL algo.{}.write($parameters, $options)", algorithm.name)
        }
        (Some(_), None) => return Err("the argument write_to takes a string or an object".to_owned()),
        (None, mode) => {
            let mode = mode.unwrap_or("stats");
            if !["stats", "stream", "estimate"].contains(&mode) {
                let with = if writes { "; write_to writes the result" } else { "" };
                let shown: String = mode.chars().take(60).collect();
                return Err(format!("the argument mode takes stats, stream or estimate, not {shown}{with}"));
            }
            has(algorithm, mode)?;
            format!("CALL algo.{}.{mode}($parameters)", algorithm.name)
        }
    };
    let limit = arguments.number("limit", ROWS, 1, MOST_ROWS)?;
    let offset = arguments.number("offset", 0, 0, MOST_SKIPPED)?;
    let mut session = query::session(call, arguments.text("graph")?, writes)?;
    let rows = query::statement(call, &mut session, &gql, params, writes);
    rows.and_then(|rows| answer::table(rows, offset, limit)).map_err(|error| query::told(call, &error, &gql, writes))
}

fn named(name: &str) -> Result<&'static AlgorithmDescription, String> {
    describe::algorithm(name).ok_or_else(|| {
        let algorithms = wenddb::algorithms();
        let near = suggest(name, algorithms.iter().map(|algorithm| algorithm.name));
        let near = near.map_or("; the tool describe lists them".to_owned(), |near| format!("; did you mean {near}?"));
        let shown: String = name.chars().take(60).collect();
        format!("there is no algorithm {shown}{near}")
    })
}

fn has(algorithm: &AlgorithmDescription, mode: &str) -> Result<(), String> {
    let modes = describe::modes(algorithm);
    if modes.iter().any(|known| known == mode) {
        return Ok(());
    }
    Err(format!("algo.{} has no mode {mode}; it has {}", algorithm.name, modes.join(", ")))
}
