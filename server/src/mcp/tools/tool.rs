//! What a tool is.

use serde_json::{Map, Value as Json, json};

use crate::mcp::caller::Call;

/// A tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) title: &'static str,
    /// Whether it is only there where changes are allowed.
    pub(crate) writes: bool,
    /// Whether it can change something where changes are allowed.
    pub(crate) writes_when_allowed: bool,
    /// What it does, for the model; whether changes are allowed makes a difference.
    pub(crate) description: fn(bool) -> String,
    /// JSON Schema of its arguments.
    pub(crate) schema: fn(bool) -> Json,
    /// Runs it: the answer, or what is wrong.
    pub(crate) run: fn(&Call, &Map<String, Json>) -> Result<String, String>,
}

/// The schema of an object with these properties.
pub(crate) fn object(properties: Json, required: &[&str]) -> Json {
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The schema of the argument `graph`.
pub(crate) fn graph() -> Json {
    json!({"type": "string", "description": "Graph to use, by default `default`."})
}

/// The schema of the argument `params`.
pub(crate) fn params() -> Json {
    json!({"type": "object", "description": "Values of $parameters in the text, by name."})
}

/// The schema of a number in a range.
pub(crate) fn number(description: &str, default: u64, least: u64, most: u64) -> Json {
    json!({"type": "integer", "description": description, "default": default, "minimum": least, "maximum": most})
}
