//! Reads GraphML: nodes, edges and their data; keys say names and types. Labels are the attributes or data `labels` (`:A:B`) and `label`, as
//! this program and others write them; an edge without one has the label [`LABEL`].

use std::{collections::HashMap, fs::File, io::BufReader, path::Path};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use wend_storage::Value as Stored;

use super::graph_files::GraphLoad;
use crate::{
    error::{Error, ErrorKind, Result},
    import::{cell::parse, kind::Kind},
};

/// The label of edges without one.
const LABEL: &str = "EDGE";
/// A text longer than this is none of a graph.
const LONGEST: usize = 64 << 20;

/// What a key says of data.
struct Key {
    name: String,
    kind: Kind,
    of_nodes: bool,
    of_edges: bool,
    default: Option<String>,
}

/// The node or edge that is being read.
#[derive(Default)]
struct Element {
    is_node: bool,
    /// `_id`, or both ends.
    ids: Vec<String>,
    labels: Vec<String>,
    data: Vec<(String, String)>,
}

struct Document<'l, 'g> {
    load: &'l mut GraphLoad<'g>,
    keys: HashMap<String, Key>,
    element: Option<Element>,
    /// The key whose default, or the data whose text, is being read.
    open: Option<Open>,
    text: String,
    place: String,
    /// Edges may come before their nodes.
    edges: Vec<(String, Element)>,
}

enum Open {
    Default(String),
    Data(String),
}

/// Reads a file.
pub(super) fn read(path: &Path, load: &mut GraphLoad<'_>) -> Result<()> {
    let failed = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {error}", path.display()))
    };
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut reader = Reader::from_reader(BufReader::with_capacity(256 << 10, file));
    let mut document = Document {
        load,
        keys: HashMap::new(),
        element: None,
        open: None,
        text: String::new(),
        place: String::new(),
        edges: Vec::new(),
    };
    let (mut buffer, mut key) = (Vec::new(), None::<String>);
    let mut seen = false;
    loop {
        buffer.clear();
        let at = reader.buffer_position();
        document.place = format!(" at byte {at}");
        let event = reader.read_event_into(&mut buffer);
        let event = event.map_err(|error| document.wrong(format!("it is no XML: {error}")))?;
        match event {
            Event::Start(start) => {
                seen |= start.local_name().as_ref() == b"graphml";
                document.start(&start, &mut key)?;
            }
            Event::Empty(start) => {
                document.start(&start, &mut key)?;
                document.end(start.local_name().as_ref(), &mut key)?;
            }
            Event::End(end) => document.end(end.local_name().as_ref(), &mut key)?,
            Event::Text(text) if document.open.is_some() => {
                let text = text.unescape().map_err(|error| document.wrong(error))?;
                document.text.push_str(&text);
            }
            Event::CData(text) if document.open.is_some() => {
                let text = String::from_utf8_lossy(&text).into_owned();
                document.text.push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
        if buffer.len() > LONGEST || document.text.len() > LONGEST {
            return Err(document.wrong("a text is longer than 64 MiB"));
        }
    }
    if !seen {
        return Err(document.wrong("it is no GraphML: it has no element `graphml`"));
    }
    for (place, edge) in std::mem::take(&mut document.edges) {
        document.place = place;
        document.write(edge)?;
    }
    Ok(())
}

impl Document<'_, '_> {
    fn wrong(&self, reason: impl std::fmt::Display) -> Error {
        self.load.error(&self.place, "22000", reason)
    }

    /// The attributes of an element, by their names without a prefix.
    fn attributes(&self, start: &BytesStart<'_>) -> Result<HashMap<String, String>> {
        let mut all = HashMap::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.wrong(error))?;
            let value = attribute.unescape_value().map_err(|error| self.wrong(error))?;
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            all.insert(name, value.into_owned());
        }
        Ok(all)
    }

    fn start(&mut self, start: &BytesStart<'_>, key: &mut Option<String>) -> Result<()> {
        match start.local_name().as_ref() {
            b"key" => {
                let mut of = self.attributes(start)?;
                let Some(id) = of.remove("id") else { return Err(self.wrong("a key has no id")) };
                let stated = of.iter().find(|(name, _)| name.ends_with(":type") && !name.starts_with("attr"));
                let kind = match stated {
                    Some((_, kind)) => Kind::parse(kind).ok_or_else(|| self.wrong(format!("`{kind}` is no type")))?,
                    None => match of.get("attr.type").map_or("string", String::as_str) {
                        "boolean" => Kind::Bool,
                        "int" | "long" => Kind::Int,
                        "float" | "double" => Kind::Float,
                        _ => Kind::String,
                    },
                };
                let whose = of.remove("for").unwrap_or_else(|| "all".to_owned());
                let name = of.remove("attr.name").unwrap_or_else(|| id.clone());
                let made = Key {
                    name,
                    kind,
                    of_nodes: matches!(whose.as_str(), "node" | "all"),
                    of_edges: matches!(whose.as_str(), "edge" | "all"),
                    default: None,
                };
                self.keys.insert(id.clone(), made);
                *key = Some(id);
            }
            b"default" => self.open = key.clone().map(Open::Default),
            name @ (b"node" | b"edge") => {
                if self.element.is_some() {
                    return Err(self.wrong("a graph within a node is not read"));
                }
                let mut of = self.attributes(start)?;
                let is_node = name == b"node";
                let mut element = Element { is_node, ..Element::default() };
                for id in if is_node { &["id"][..] } else { &["source", "target"] } {
                    let Some(id) = of.remove(*id) else {
                        return Err(self.wrong(format!("it has no attribute `{id}`")));
                    };
                    element.ids.push(id);
                }
                if let Some(labels) = of.remove("labels") {
                    element.labels = labels_of(&labels);
                }
                if let Some(label) = of.remove("label").filter(|_| !is_node) {
                    element.labels = vec![label];
                }
                self.element = Some(element);
            }
            b"data" if self.element.is_some() => {
                let Some(id) = self.attributes(start)?.remove("key") else {
                    return Err(self.wrong("data has no key"));
                };
                self.open = Some(Open::Data(id));
            }
            b"hyperedge" => return Err(self.wrong("hyperedges are not read")),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &[u8], key: &mut Option<String>) -> Result<()> {
        match name {
            b"key" => *key = None,
            b"default" | b"data" => {
                let text = std::mem::take(&mut self.text);
                match self.open.take() {
                    Some(Open::Default(id)) => {
                        if let Some(key) = self.keys.get_mut(&id) {
                            key.default = Some(text);
                        }
                    }
                    Some(Open::Data(id)) => {
                        if let Some(element) = &mut self.element {
                            element.data.push((id, text));
                        }
                    }
                    None => {}
                }
            }
            b"node" | b"edge" => {
                let Some(element) = self.element.take() else { return Ok(()) };
                if element.is_node {
                    self.write(element)?;
                } else {
                    self.edges.push((self.place.clone(), element));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn write(&mut self, element: Element) -> Result<()> {
        let Element { is_node, ids, mut labels, data } = element;
        let mut properties: Vec<(String, Stored)> = Vec::new();
        let add = |key: &Key, text: &str, properties: &mut Vec<(String, Stored)>| -> Result<()> {
            let value = parse(&key.kind, if key.kind == Kind::String { text } else { text.trim() })
                .ok_or_else(|| self.wrong(format!("`{}`: '{text}' is not {}", key.name, key.kind)))?;
            if let Some(value) = value {
                properties.retain(|(name, _)| *name != key.name);
                properties.push((key.name.clone(), value));
            }
            Ok(())
        };
        for key in self.keys.values().filter(|key| if is_node { key.of_nodes } else { key.of_edges }) {
            if let Some(default) = &key.default {
                add(key, default, &mut properties)?;
            }
        }
        for (id, text) in &data {
            let Some(key) = self.keys.get(id) else {
                return Err(self.wrong(format!("there is no key `{id}`")));
            };
            match key.name.as_str() {
                "labels" if is_node && text.starts_with(':') => labels = labels_of(text),
                "label" | "labels" if !is_node => labels = vec![text.clone()],
                _ => add(key, text, &mut properties)?,
            }
        }
        let place = self.place.clone();
        match (is_node, &ids[..]) {
            (true, [id]) => self.load.node(&place, id, &labels, properties),
            (false, [from, to]) => {
                let label = labels.first().map_or(LABEL, String::as_str);
                self.load.edge(&place, [from, to], label, properties)
            }
            _ => Ok(()),
        }
    }
}

/// `:A:B`
fn labels_of(text: &str) -> Vec<String> {
    text.split(':').filter(|label| !label.is_empty()).map(str::to_owned).collect()
}
