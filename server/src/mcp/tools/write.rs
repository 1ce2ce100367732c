//! `write`: runs a statement that changes data. It is only there where the server was started with `--allow-write`.

use serde_json::json;

use super::{
    query::{self, Given, MOST_ROWS, MOST_SKIPPED, ROWS},
    tool::{Tool, graph, number, object, params},
};

pub(crate) const TOOL: Tool = Tool {
    name: "write",
    title: "Change the graph",
    writes: true,
    writes_when_allowed: true,
    description: |_| {
        "Runs a GQL statement that may change data: INSERT, SET, REMOVE, DELETE, MERGE, CREATE INDEX, CALL algo.NAME.write. It is a \
         transaction: all of it is kept, or nothing when it fails."
            .to_owned()
    },
    schema: |_| {
        let properties = json!({
            "gql": {"type": "string", "description": "The statement."},
            "params": params(),
            "limit": number("Rows to show, when it returns rows.", ROWS, 1, MOST_ROWS),
            "offset": number("Rows to leave out first.", 0, 0, MOST_SKIPPED),
            "graph": graph(),
        });
        object(properties, &["gql"])
    },
    run: |call, arguments| query::run(call, &Given::read(arguments)?, true),
};
