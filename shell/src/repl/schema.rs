//! `.schema`: the labels of a graph with their properties and types, and which labels the edges join.

use std::collections::{BTreeMap, BTreeSet};

use wenddb::Value;

use super::place::Place;
use crate::format::{paragraph, quoted_name, text_width, thousands};
use crate::stop::Stop;

/// The nodes or edges of a label whose properties are looked at.
const LOOKED_AT: u64 = 1000;

/// Of more edges the labels at their ends are not read one by one, where there is another way.
const MANY: u64 = 10_000;

/// The properties of some elements: the types of each, and how many elements have it.
#[derive(Default)]
struct Properties {
    elements: u64,
    known: BTreeMap<String, (BTreeSet<String>, u64)>,
}

impl Properties {
    /// Takes the properties of one element into account.
    fn see<'v>(&mut self, properties: impl Iterator<Item = (&'v str, &'v Value)>) {
        self.elements += 1;
        for (name, value) in properties {
            let (types, count) = self.known.entry(name.to_owned()).or_default();
            types.insert(type_of(value));
            *count += 1;
        }
    }

    /// `age INT64, name STRING (12%)`
    fn text(&self) -> String {
        let texts = self.known.iter().map(|(name, (types, count))| {
            let types: Vec<&str> = types.iter().map(String::as_str).collect();
            let share = if *count < self.elements {
                format!(" ({}%)", (100 * count / self.elements.max(1)).max(1))
            } else {
                String::new()
            };
            format!("{} {}{share}", quoted_name(name), types.join(" or "))
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}

/// The type of a value; with what is in a list, and the length of a vector.
fn type_of(value: &Value) -> String {
    match value {
        Value::Vector(items) => format!("VECTOR of {}", items.len()),
        Value::List(items) => {
            let types: BTreeSet<&str> = items.iter().map(Value::type_name).collect();
            match types.into_iter().collect::<Vec<_>>().as_slice() {
                [one] => format!("LIST<{one}>"),
                _ => "LIST".to_owned(),
            }
        }
        value => value.type_name().to_owned(),
    }
}

/// `(:Person&Admin)`
fn node_text(labels: &Value) -> String {
    let names: Vec<String> = match labels {
        Value::List(labels) => labels.iter().map(|label| quoted_name(&label.to_string()).into_owned()).collect(),
        _ => Vec::new(),
    };
    if names.is_empty() { "()".to_owned() } else { format!("(:{})", names.join("&")) }
}

fn number(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Int(number)) => number.unsigned_abs(),
        _ => 0,
    }
}

/// The text of `.schema`.
pub fn schema(place: &mut impl Place) -> Result<String, Stop> {
    let mut lines: Vec<String> = Vec::new();
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let mut more = false;
    for row in place.rows("SHOW LABELS YIELD label, kind, count RETURN label, kind, count ORDER BY label")? {
        let [label, kind, count] = row.as_slice() else { continue };
        let found = (label.to_string(), number(Some(count)));
        more |= found.1 > LOOKED_AT;
        if *kind == Value::from("node") { nodes.push(found) } else { edges.push(found) }
    }
    let width = text_width();
    let mut block = |title: String, joins: Vec<String>, properties: &Properties| {
        lines.push(title);
        lines.extend(joins.into_iter().map(|join| format!("    {join}")));
        if !properties.known.is_empty() {
            lines.push(paragraph(&properties.text(), width, 4));
        }
    };
    for (label, count) in &nodes {
        let name = quoted_name(label);
        let mut properties = Properties::default();
        for row in place.rows(&format!("MATCH (n:{name}) RETURN n LIMIT {LOOKED_AT}"))? {
            if let [Value::Node(node)] = row.as_slice() {
                properties.see(node.properties());
            }
        }
        block(format!("(:{name})  {} node{}", thousands(*count), plural(*count)), Vec::new(), &properties);
    }
    let statement = "MATCH (n) WHERE SIZE(LABELS(n)) = 0 RETURN COUNT(n) AS n";
    let count = number(place.rows(statement)?.first().and_then(|row| row.first()));
    if count > 0 {
        more |= count > LOOKED_AT;
        let mut properties = Properties::default();
        let some = format!("MATCH (n) WHERE SIZE(LABELS(n)) = 0 RETURN n LIMIT {LOOKED_AT}");
        for row in place.rows(&some)? {
            if let [Value::Node(node)] = row.as_slice() {
                properties.see(node.properties());
            }
        }
        block(format!("()  {} node{} without a label", thousands(count), plural(count)), Vec::new(), &properties);
    }
    let labelled: u64 = nodes.iter().map(|(_, count)| count).sum();
    let all = number(place.rows("MATCH (n) RETURN COUNT(n) AS n")?.first().and_then(|row| row.first()));
    let all_have_one = count == 0 && labelled == all;
    for (label, count) in &edges {
        let name = quoted_name(label);
        let mut properties = Properties::default();
        for row in place.rows(&format!("MATCH ()-[e:{name}]->() RETURN e LIMIT {LOOKED_AT}"))? {
            if let [Value::Edge(edge)] = row.as_slice() {
                properties.see(edge.properties());
            }
        }
        let mut texts = Vec::new();
        for (from, to, count) in joins(place, &name, *count, &nodes, all_have_one)? {
            texts.push(format!("{}-[:{name}]->{}  {}", node_text(&from), node_text(&to), thousands(count)));
        }
        block(format!("[:{name}]  {} edge{}", thousands(*count), plural(*count)), texts, &properties);
    }
    if lines.is_empty() {
        return Ok("the graph is empty".to_owned());
    }
    if more {
        lines.push(format!("Properties are those of {} nodes or edges of each label.", thousands(LOOKED_AT)));
    }
    Ok(lines.join("\n"))
}

/// Which labels the edges of a label join, and how many join these, the most first.
fn joins(
    place: &mut impl Place,
    edge: &str,
    edges: u64,
    nodes: &[(String, u64)],
    all_have_one: bool,
) -> Result<Vec<(Value, Value, u64)>, Stop> {
    if nodes.is_empty() {
        return Ok(vec![(Value::Null, Value::Null, edges)]);
    }
    // Counting the edges between two labels is fast, since nothing is read of them; so the pairs of some edges are counted, if
    // these are all.
    if edges > MANY && all_have_one {
        let some = format!("MATCH (a)-[e:{edge}]->(b) RETURN LABELS(a) AS f, LABELS(b) AS t LIMIT {MANY}");
        let mut pairs: Vec<(Value, Value)> = Vec::new();
        for row in place.rows(&some)? {
            let [from, to] = row.as_slice() else { continue };
            let pair = (from.clone(), to.clone());
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        let mut found = Vec::new();
        for (from, to) in pairs {
            let statement = format!("MATCH {}-[e:{edge}]->{} RETURN COUNT(*) AS n", node_text(&from), node_text(&to));
            let count = number(place.rows(&statement)?.first().and_then(|row| row.first()));
            found.push((from, to, count));
        }
        if found.iter().map(|(_, _, count)| count).sum::<u64>() == edges {
            found.sort_by_key(|(_, _, count)| std::cmp::Reverse(*count));
            return Ok(found);
        }
    }
    let statement = format!(
        "MATCH (a)-[e:{edge}]->(b) LET f = LABELS(a), t = LABELS(b) RETURN f, t, COUNT(*) AS n ORDER BY n DESC, f, t"
    );
    let rows = place.rows(&statement)?.into_iter();
    Ok(rows
        .filter_map(|row| match <[Value; 3]>::try_from(row) {
            Ok([from, to, count]) => Some((from, to, number(Some(&count)))),
            Err(_) => None,
        })
        .collect())
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}
