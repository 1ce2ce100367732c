//! A graph as GraphML: labels as the attributes `labels` (`:A:B`) and `label`, and as data of these names; each property and type a key. What GraphML
//! has no type for is a text, and the key says its type in an attribute of the namespace of WendDB.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use rustc_hash::FxHashMap;
use wend_storage::{GraphId, Properties, PropertyKey, Transaction, Value as Stored};

use super::{Ids, KINDS, io_error, kind_of, text};
use crate::{
    error::{Error, ErrorKind, Result},
    import::kind::Kind,
};

/// The namespace of the attribute that names types.
pub(crate) const NAMESPACE: &str = "https://github.com/wenddb/wenddb/graphml";

const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\"";

/// The keys of properties: by property and type the name of the key.
struct Keys {
    prefix: char,
    of: FxHashMap<(PropertyKey, usize), usize>,
    /// Name, place of the type.
    all: Vec<(String, usize)>,
}

impl Keys {
    fn new(tx: &Transaction, prefix: char, seen: FxHashMap<PropertyKey, [bool; KINDS.len()]>) -> Result<Keys> {
        let mut sorted = BTreeMap::new();
        for (key, kinds) in seen {
            for kind in (0..KINDS.len()).filter(|kind| kinds[*kind]) {
                sorted.insert((tx.property_key_name(key)?, kind), key);
            }
        }
        let mut keys = Keys { prefix, of: FxHashMap::default(), all: Vec::new() };
        for ((name, kind), key) in sorted {
            keys.of.insert((key, kind), keys.all.len());
            keys.all.push((name.to_string(), kind));
        }
        Ok(keys)
    }

    fn declare(&self, out: &mut impl Write, of: &str) -> std::io::Result<()> {
        for (at, (name, kind)) in self.all.iter().enumerate() {
            let kind = &KINDS[*kind];
            let plain = match kind {
                Kind::Bool => "boolean",
                Kind::Int => "long",
                Kind::Float => "double",
                _ => "string",
            };
            write!(
                out,
                "  <key id=\"{}{at}\" for=\"{of}\" attr.name=\"{}\" attr.type=\"{plain}\"",
                self.prefix,
                escaped(name)
            )?;
            if plain == "string" && *kind != Kind::String {
                write!(out, " wend:type=\"{}\"", escaped(&kind.to_string()))?;
            }
            writeln!(out, "/>")?;
        }
        Ok(())
    }

    fn data(&self, out: &mut impl Write, properties: Properties) -> std::io::Result<()> {
        for (key, value) in properties {
            let Some(at) = self.of.get(&(key, kind_in_xml(&value))) else { continue };
            let json = kind_in_xml(&value) == super::JSON;
            write!(out, "<data key=\"{}{at}\">{}</data>", self.prefix, escaped(&text(value, json)))?;
        }
        Ok(())
    }
}

/// The type of a value: a text that XML cannot hold is JSON, which escapes what XML has no place for.
fn kind_in_xml(value: &Stored) -> usize {
    match value {
        Stored::String(text) if text.chars().any(|c| !is_xml(c)) => super::JSON,
        Stored::String(_) => super::STRING,
        other => kind_of(other),
    }
}

/// Whether XML 1.0 has the character, also after its line ends were made one.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    out
}

/// Writes the graph; how many nodes and edges it has.
pub(super) fn write(tx: &Transaction, graph: GraphId, path: &Path) -> Result<(u64, u64)> {
    let failed = |error: std::io::Error| io_error("write", path, error);
    let seen = |properties: &Properties, kinds: &mut FxHashMap<PropertyKey, [bool; KINDS.len()]>| {
        for (key, value) in properties {
            kinds.entry(*key).or_default()[kind_in_xml(value)] = true;
        }
    };
    let (mut of_nodes, mut of_edges) = (FxHashMap::default(), FxHashMap::default());
    for node in tx.node_records(graph, None)? {
        seen(&node?.1.properties, &mut of_nodes);
    }
    for edge in tx.edge_records(graph, None)? {
        seen(&edge?.1.properties, &mut of_edges);
    }
    let (of_nodes, of_edges) = (Keys::new(tx, 'n', of_nodes)?, Keys::new(tx, 'e', of_edges)?);
    let file = File::create_new(path).map_err(|error| io_error("create", path, error))?;
    let mut out = BufWriter::with_capacity(256 << 10, file);
    let mut head = || {
        writeln!(out, "{HEAD} xmlns:wend=\"{NAMESPACE}\">")?;
        writeln!(out, "  <key id=\"labels\" for=\"node\" attr.name=\"labels\" attr.type=\"string\"/>")?;
        writeln!(out, "  <key id=\"label\" for=\"edge\" attr.name=\"label\" attr.type=\"string\"/>")?;
        of_nodes.declare(&mut out, "node")?;
        of_edges.declare(&mut out, "edge")?;
        writeln!(out, "  <graph id=\"G\" edgedefault=\"directed\">")
    };
    head().map_err(failed)?;
    let mut ids = Ids::default();
    let (mut nodes, mut edges) = (0, 0);
    for node in tx.node_records(graph, None)? {
        let (number, record) = node?;
        if record.id.chars().any(|c| !is_xml(c)) {
            return Err(Error::new(
                ErrorKind::Data,
                "22004",
                "a node has an `_id` with a character that XML does not have",
            )
            .with_hint("--format csv or parquet takes it"));
        }
        ids.push(number, &record.id);
        let labels = record.labels.iter().map(|label| tx.label_name(*label));
        let labels: String =
            labels.map(|name| name.map(|name| format!(":{name}"))).collect::<wend_storage::Result<_>>()?;
        let labels = escaped(&labels);
        let line = || {
            write!(out, "    <node id=\"{}\" labels=\"{labels}\">", escaped(&record.id))?;
            write!(out, "<data key=\"labels\">{labels}</data>")?;
            of_nodes.data(&mut out, record.properties)?;
            writeln!(out, "</node>")
        };
        line().map_err(failed)?;
        nodes += 1;
    }
    for edge in tx.edge_records(graph, None)? {
        let record = edge?.1;
        let label = escaped(&tx.label_name(record.label)?);
        let (from, to) = (escaped(ids.get(record.from)?), escaped(ids.get(record.to)?));
        let line = || {
            write!(out, "    <edge source=\"{from}\" target=\"{to}\" label=\"{label}\">")?;
            write!(out, "<data key=\"label\">{label}</data>")?;
            of_edges.data(&mut out, record.properties)?;
            writeln!(out, "</edge>")
        };
        line().map_err(failed)?;
        edges += 1;
    }
    writeln!(out, "  </graph>\n</graphml>").map_err(failed)?;
    let file = out.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok((nodes, edges))
}
