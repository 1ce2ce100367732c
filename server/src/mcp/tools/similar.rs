//! `similar`: the nodes whose vectors are nearest to that of a node, or to a vector.

use serde_json::{Map, Value as Json, json};
use wenddb::{Params, Value, text::quote_identifier};

use super::{
    query,
    tool::{Tool, graph, number, object, params},
};
use crate::mcp::{answer, arguments::Arguments, caller::Call, trouble::explain};

/// Neighbours, unless it is said how many.
const NEIGHBOURS: u64 = 10;

pub(crate) const TOOL: Tool = Tool {
    name: "similar",
    title: "Nearest nodes by vectors",
    writes: false,
    writes_when_allowed: false,
    description: |_| {
        "Finds the k nodes with a label whose vectors in a property are most similar (cosine) to that of a node, given by its _id, or to a \
         vector. `where` is a GQL condition on the neighbour n, such as n.year > 2010 AND EXISTS { (n)-[:CITES]->() }."
            .to_owned()
    },
    schema: |_| {
        let properties = json!({
            "label": {"type": "string", "description": "Label of the nodes to find."},
            "property": {"type": "string", "description": "Property with the vectors."},
            "node": {"type": "string", "description": "The _id of a node that has such a vector; or give `vector`."},
            "vector": {"type": "array", "items": {"type": "number"}},
            "k": number("How many nodes.", NEIGHBOURS, 1, query::MOST_ROWS),
            "where": {"type": "string", "description": "Condition on n."},
            "params": params(),
            "graph": graph(),
        });
        object(properties, &["label", "property"])
    },
    run,
};

fn run(call: &Call, arguments: &Map<String, Json>) -> Result<String, String> {
    let names = ["label", "property", "node", "vector", "k", "where", "params", "graph"];
    let arguments = Arguments::new(arguments, &names)?;
    let (label, property) = (arguments.needed("label")?, arguments.needed("property")?);
    let k = arguments.number("k", NEIGHBOURS, 1, query::MOST_ROWS)?;
    let mut given = arguments.params("params")?;
    let mut session = query::session(call, arguments.text("graph")?, false)?;
    let (label, key) = (quote_identifier(label), quote_identifier(property));
    let condition = arguments.text("where")?.map(condition).transpose()?;

    let node = arguments.text("node")?;
    let vector = match (node, arguments.any("vector")) {
        (Some(_), Some(_)) => return Err("give `node` or `vector`, not both".to_owned()),
        (None, None) => return Err("give `node`, the _id of a node, or `vector`, a list of numbers".to_owned()),
        (None, Some(vector)) => numbers(vector)?,
        (Some(id), None) => {
            let find = format!("MATCH (m {{_id: $id}}) RETURN m.{key} AS vector");
            let found = query::statement(call, &mut session, &find, Params::from([("id", id)]), false)
                .and_then(wenddb::Rows::optional)
                .map_err(|error| explain(&error, &find))?;
            match found.as_ref().and_then(|row| row.values().first()) {
                None => return Err(format!("there is no node with the _id {id}")),
                Some(Value::Null) => return Err(format!("the node {id} has no property {property}")),
                Some(vector) => vector.clone(),
            }
        }
    };
    // Names that no statement of a model is likely to use.
    given.insert("similar_to_vector", vector);
    let mut conditions = vec![format!("n.{key} IS NOT NULL")];
    if let Some(id) = node {
        given.insert("similar_to_node", id);
        conditions.push("n._id <> $similar_to_node".to_owned());
    }
    conditions.extend(condition);
    let gql = format!(
        "MATCH (n:{label})\nWHERE {}\nRETURN cosine_similarity(n.{key}, $similar_to_vector) AS similarity, n\nORDER BY similarity \
         DESC NULLS LAST LIMIT {k}",
        conditions.join(" AND ")
    );
    let rows = query::statement(call, &mut session, &gql, given, false);
    rows.and_then(|rows| answer::table(rows, 0, k)).map_err(|error| query::told(call, &error, &gql, false))
}

/// A condition in brackets, on lines of its own, so that a comment at its end is its own.
fn condition(text: &str) -> Result<String, String> {
    let alone = format!("RETURN (\n{text}\n)");
    let parsed = wenddb::Statement::parse(&alone).map_err(|error| explain(&error, &alone))?;
    if parsed.single().is_none() {
        return Err("`where` takes one condition, such as n.year > 2010".to_owned());
    }
    Ok(format!("(\n{text}\n)"))
}

fn numbers(json: &Json) -> Result<Value, String> {
    let wrong = || "the argument vector takes a list of numbers".to_owned();
    let items = json.as_array().filter(|items| !items.is_empty()).ok_or_else(wrong)?;
    let numbers: Option<Vec<f32>> = items.iter().map(|item| item.as_f64().map(|number| number as f32)).collect();
    numbers.map(|numbers| Value::Vector(numbers.into())).ok_or_else(wrong)
}
