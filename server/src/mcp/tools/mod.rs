//! The tools, one file for each.

mod algorithm;
mod describe;
mod examples;
mod query;
mod schema;
mod similar;
mod tool;
mod write;

use serde_json::{Value as Json, json};

pub(crate) use self::tool::Tool;
use super::caller::Caller;

/// All tools, in the order in which a model needs them.
const TOOLS: [Tool; 7] =
    [schema::TOOL, query::TOOL, write::TOOL, similar::TOOL, algorithm::TOOL, describe::TOOL, examples::TOOL];

/// The tool of that name.
pub(crate) fn find(name: &str) -> Option<&'static Tool> {
    const { &TOOLS }.iter().find(|tool| tool.name == name)
}

/// The names of all tools.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TOOLS.iter().map(|tool| tool.name)
}

/// The tools that a caller has, as `tools/list` gives them.
pub(crate) fn list(caller: &Caller) -> Vec<Json> {
    let writes = caller.writes();
    let shown = TOOLS.iter().filter(|tool| writes || !tool.writes);
    let entry = |tool: &Tool| {
        json!({
            "name": tool.name,
            "title": tool.title,
            "description": (tool.description)(writes),
            "inputSchema": (tool.schema)(writes),
            "annotations": {
                "title": tool.title,
                "readOnlyHint": !(tool.writes || (writes && tool.writes_when_allowed)),
                "destructiveHint": tool.writes,
                "openWorldHint": false,
            },
        })
    };
    shown.map(entry).collect()
}
