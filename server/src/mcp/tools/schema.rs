//! `schema`: what the graph is made of, in about 2,000 tokens, from stored counts and samples.

use serde_json::{Map, Value as Json, json};
use wenddb::{LabelOutline, Outline, PropertyOutline, Session, text::quote_identifier};

use super::{
    query,
    tool::{Tool, graph, object},
};
use crate::mcp::{
    answer::{MOST, SHORT},
    arguments::Arguments,
    caller::Call,
    tokens::tokens,
    trouble::explain,
};

/// Labels that are looked at.
const LABELS: usize = 200;
/// Pairs of labels at the ends of an edge that are shown, and properties of a label in a short answer.
const ENDS: usize = 4;
const PROPERTIES: usize = 25;

pub(crate) const TOOL: Tool = Tool {
    name: "schema",
    title: "Schema of the graph",
    writes: false,
    writes_when_allowed: false,
    description: |_| {
        "What the graph holds: labels with counts, property keys with types, edge labels with the labels at their ends, indexes, \
         embeddings, other graphs. Call it before writing queries."
            .to_owned()
    },
    schema: |_| {
        let properties = json!({
            "graph": graph(),
            "label": {"type": "string", "description": "Only this label of nodes or edges, in full."},
            "detail": {"type": "boolean", "default": false, "description": "A longer answer, up to 8,000 tokens."},
        });
        object(properties, &[])
    },
    run,
};

fn run(call: &Call, arguments: &Map<String, Json>) -> Result<String, String> {
    let arguments = Arguments::new(arguments, &["graph", "label", "detail"])?;
    let detail = arguments.flag("detail", false)?;
    let mut session = query::session(call, arguments.text("graph")?, false)?;
    let wrong = |error: wenddb::Error| explain(&error, "");
    let outline = session.outline(LABELS, &call.options(true, false)).map_err(wrong)?;
    if let Some(label) = arguments.text("label")? {
        return of_label(&outline, label);
    }
    let extras = extras(call, &mut session, &outline.graph)?;
    Ok(text(&outline, &extras, detail))
}

/// Lines about what is beside the labels: indexes, constraints, embeddings, models, other graphs.
fn extras(call: &Call, session: &mut Session, graph: &str) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let mut rows = |gql: &str, line: &dyn Fn(&[Json]) -> Option<String>| -> Result<(), String> {
        let found = query::statement(call, session, gql, wenddb::Params::new(), false);
        for row in found.map_err(|error| explain(&error, gql))? {
            let row = row.map_err(|error| explain(&error, gql))?;
            let values: Vec<Json> = row.values().iter().map(wenddb::Value::to_json).collect();
            lines.extend(line(&values));
        }
        Ok(())
    };
    let plain = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    rows("SHOW INDEXES YIELD name, kind, label, properties, unique WHERE name <> '_id' RETURN *", &|row| match row {
        [name, kind, label, Json::Array(properties), unique] => {
            let properties: Vec<String> = properties.iter().map(plain).collect();
            let unique = if unique == &Json::Bool(true) { "unique index" } else { "index" };
            let (name, kind, label) = (plain(name), plain(kind), plain(label));
            Some(format!("{unique} {name} on {kind} {label} ({})", properties.join(", ")))
        }
        _ => None,
    })?;
    rows("SHOW MODELS YIELD name RETURN name", &|row| {
        row.first().map(|name| format!("trained model {}", plain(name)))
    })?;
    rows("SHOW GRAPHS YIELD name, nodeCount, edgeCount RETURN name, nodeCount, edgeCount", &|row| match row {
        [name, nodes, edges] if plain(name) != graph => {
            Some(format!("other graph {}: {nodes} nodes, {edges} edges", plain(name)))
        }
        _ => None,
    })?;
    Ok(lines)
}

/// One label, with all that is known of it.
fn of_label(outline: &Outline, label: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    lines.extend(outline.node_labels.iter().filter(|known| known.label == label).map(|known| node(known, usize::MAX)));
    let edges = outline.edge_labels.iter().filter(|known| known.label == label);
    lines.extend(edges.map(|known| edge(known, usize::MAX, usize::MAX)));
    if lines.is_empty() {
        let known = outline.node_labels.iter().chain(&outline.edge_labels).map(|known| known.label.as_str());
        let near = wenddb::text::suggest(label, known).map(|near| format!("; did you mean {near}?"));
        let shown: String = label.chars().take(60).collect();
        return Err(format!("nothing in graph {} has the label {shown}{}", outline.graph, near.unwrap_or_default()));
    }
    Ok(crate::mcp::answer::cut(lines.join("\n"), MOST, "the rest does not fit"))
}

/// The whole text. Where there is no room for all labels, the most frequent are shown.
fn text(outline: &Outline, extras: &[String], detail: bool) -> String {
    let (most, properties) = if detail { (MOST, usize::MAX) } else { (SHORT, PROPERTIES) };
    let Outline { graph, nodes, edges, node_labels, edge_labels, unlabelled, .. } = outline;
    let head = format!("Graph {graph}: {nodes} nodes, {edges} edges. Every node has a unique string _id.");
    let mut tail = Vec::new();
    let all = node_labels.iter().chain(edge_labels);
    if all.clone().any(|label| label.seen < label.count) {
        tail.push("Counts are exact; properties, types and ends are from a sample of each label.".to_owned());
    }
    let hint = "; the argument label shows one, detail: true more";
    let mut lines: Vec<String> = node_labels.iter().map(|label| node(label, properties)).collect();
    lines.extend(unlabelled.as_ref().map(|found| format!("(no label) {}", list(found, None, properties))));
    let parts = [
        Part { title: "Nodes", lines, share: 50, hint },
        Part {
            title: "Edges",
            lines: edge_labels.iter().map(|label| edge(label, properties, ENDS)).collect(),
            share: 35,
            hint,
        },
        Part {
            title: "Besides",
            lines: extras.to_vec(),
            share: 15,
            hint: "; SHOW INDEXES, SHOW MODELS and SHOW GRAPHS list them",
        },
    ];
    // The last line and the hints have room beside the parts.
    let room = most.saturating_sub(tokens(&head) + 120);
    let mut wanted: usize = parts.iter().map(Part::tokens).sum();
    let mut left = room;
    let mut shown = vec![head];
    for part in parts {
        wanted -= part.tokens();
        // What those after it do not want is its own, too.
        let limit = left.saturating_sub(wanted).max(room * part.share / 100).min(left);
        left -= part.show(limit, &mut shown);
    }
    shown.extend(tail);
    shown.join("\n")
}

/// A part of the text, which has at least its share of the room, in percent.
struct Part {
    title: &'static str,
    lines: Vec<String>,
    share: usize,
    hint: &'static str,
}

impl Part {
    fn tokens(&self) -> usize {
        self.lines.iter().map(|line| tokens(line) + 1).sum()
    }

    /// Adds the lines for which there is room; how much they take.
    fn show(self, limit: usize, out: &mut Vec<String>) -> usize {
        let (mut used, mut more) = (0, 0);
        if !self.lines.is_empty() {
            out.push(self.title.to_owned());
        }
        for line in self.lines {
            let line_tokens = tokens(&line) + 1;
            if more > 0 || used + line_tokens > limit {
                more += 1;
            } else {
                used += line_tokens;
                out.push(line);
            }
        }
        if more > 0 {
            out.push(format!("... and {more} more{}", self.hint));
        }
        used
    }
}

/// `(:Person) 2500: name STRING, age INT64`
fn node(label: &LabelOutline, most: usize) -> String {
    let name = quote_identifier(&label.label);
    format!("(:{name}) {}: {}", label.count, list(&label.properties, Some(label.seen), most))
        .trim_end_matches(": ")
        .to_owned()
}

/// `(:Person)-[:KNOWS]->(:Person) 8000: since INT64`
fn edge(label: &LabelOutline, most: usize, ends: usize) -> String {
    let side = |labels: &str| match labels {
        "" => "()".to_owned(),
        labels => format!("(:{})", labels.split('&').map(quote_identifier).collect::<Vec<_>>().join("&")),
    };
    let name = quote_identifier(&label.label);
    let of = |(from, to): &(String, String)| format!("{}-[:{name}]->{}", side(from), side(to));
    let mut shown: Vec<String> = label.ends.iter().take(ends).map(of).collect();
    match label.ends.len() {
        0 => shown.push(format!("-[:{name}]->")),
        all if all > ends => shown.push(format!("{} more pairs of ends", all - ends)),
        _ => {}
    }
    let properties = list(&label.properties, Some(label.seen), most);
    format!("{} {}: {properties}", shown.join(", "), label.count).trim_end_matches(": ").to_owned()
}

/// Properties with types; one with `?` is not on all that were looked at.
fn list(properties: &[PropertyOutline], seen: Option<u64>, most: usize) -> String {
    let one = |property: &PropertyOutline| {
        let some = if seen.is_some_and(|seen| property.count < seen) { "?" } else { "" };
        format!("{}{some} {}", quote_identifier(&property.name), property.types)
    };
    let mut shown: Vec<String> = properties.iter().take(most).map(one).collect();
    if properties.len() > most {
        shown.push(format!("{} more properties", properties.len() - most));
    }
    shown.join(", ")
}
