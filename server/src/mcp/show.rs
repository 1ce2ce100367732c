//! Values as a model reads them: short. A vector is told by its length, long texts and lists are cut.

use serde_json::{Map, Value as Json};
use wenddb::{Edge, Node, Value};

use super::tokens::tokens;

/// Characters of a text and items of a list or record that are shown.
const TEXT: usize = 2000;
const ITEMS: usize = 100;

/// Shows values until their room is used up.
pub(crate) struct Shower {
    left: usize,
    /// Whether something was cut.
    pub(crate) cut: bool,
}

impl Shower {
    /// With room for so many tokens.
    pub(crate) fn new(room: usize) -> Self {
        Shower { left: room, cut: false }
    }

    /// A value.
    pub(crate) fn show(&mut self, value: &Value) -> Json {
        match value {
            Value::Vector(numbers) => self.text(&format!("<vector {}>", numbers.len())),
            Value::String(text) => self.text(text),
            Value::List(items) => {
                self.list(items.len(), items.iter().map(|item| |shower: &mut Self| shower.show(item)))
            }
            Value::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| (&**name, value));
                Json::Object(self.record(fields))
            }
            Value::Node(node) => Json::Object(self.node(node)),
            Value::Edge(edge) => Json::Object(self.edge(edge)),
            Value::Path(path) => {
                let (nodes, edges) = (path.nodes(), path.edges());
                let step = |place: usize| {
                    move |shower: &mut Self| match (nodes.get(place / 2), edges.get(place / 2)) {
                        (Some(node), _) if place.is_multiple_of(2) => Json::Object(shower.node(node)),
                        (_, Some(edge)) => Json::Object(shower.edge(edge)),
                        _ => Json::Null,
                    }
                };
                let steps = nodes.len() + edges.len();
                self.list(steps, (0..steps).map(step))
            }
            Value::Bytes(bytes) if bytes.len() * 2 > TEXT => {
                self.cut = true;
                self.text(&format!("<{} bytes>", bytes.len()))
            }
            other => {
                let json = other.to_json();
                self.take(tokens(&json.to_string()));
                json
            }
        }
    }

    fn take(&mut self, tokens: usize) {
        self.left = self.left.saturating_sub(tokens);
    }

    fn text(&mut self, text: &str) -> Json {
        // A character is a token at most.
        let most = TEXT.min(self.left);
        let shown = match text.char_indices().nth(most) {
            Some((end, _)) => {
                self.cut = true;
                format!("{}... ({} characters)", text.get(..end).unwrap_or_default(), text.chars().count())
            }
            None => text.to_owned(),
        };
        self.take(tokens(&shown) + 2);
        Json::String(shown)
    }

    fn list<F: FnOnce(&mut Self) -> Json>(&mut self, length: usize, items: impl Iterator<Item = F>) -> Json {
        let mut shown = Vec::new();
        for item in items {
            if shown.len() >= ITEMS || self.left == 0 {
                self.cut = true;
                shown.push(Json::String(format!("... {} more", length - shown.len())));
                break;
            }
            self.take(1);
            shown.push(item(self));
        }
        Json::Array(shown)
    }

    fn record<'v>(&mut self, fields: impl Iterator<Item = (&'v str, &'v Value)>) -> Map<String, Json> {
        let mut shown = Map::new();
        let mut more = 0;
        for (name, value) in fields {
            if shown.len() >= ITEMS || self.left == 0 {
                more += 1;
                continue;
            }
            let name: String = name.chars().take(TEXT).collect();
            self.take(tokens(&name) + 2);
            let value = self.show(value);
            shown.insert(name, value);
        }
        if more > 0 {
            self.cut = true;
            shown.insert("...".to_owned(), Json::String(format!("{more} more")));
        }
        shown
    }

    fn node(&mut self, node: &Node) -> Map<String, Json> {
        let mut shown = Map::new();
        shown.insert("_id".to_owned(), self.text(node.id()));
        let labels: Vec<&str> = node.labels().collect();
        let labels = self.list(labels.len(), labels.iter().map(|label| |shower: &mut Self| shower.text(label)));
        shown.insert("labels".to_owned(), labels);
        shown.insert("properties".to_owned(), Json::Object(self.record(node.properties())));
        shown
    }

    fn edge(&mut self, edge: &Edge) -> Map<String, Json> {
        let mut shown = Map::new();
        for (name, text) in [("label", edge.label()), ("from", edge.from()), ("to", edge.to())] {
            shown.insert(name.to_owned(), self.text(text));
        }
        shown.insert("properties".to_owned(), Json::Object(self.record(edge.properties())));
        shown
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_are_cut() {
        let mut session = wenddb::Database::in_memory().unwrap().session();
        let mut shown = |text: &str, room: usize| {
            let value: Value = session.value(text, ()).unwrap();
            let mut shower = Shower::new(room);
            (shower.show(&value), shower.cut)
        };
        assert_eq!(shown("RETURN VECTOR([1, 2, 3])", 1000), (json!("<vector 3>"), false));
        assert_eq!(shown("RETURN {a: [1, NULL], b: 'x'}", 1000), (json!({"a": [1, null], "b": "x"}), false));
        let (list, cut) = shown("RETURN RANGE(1, 1000)", 10_000);
        assert_eq!((list.as_array().unwrap().len(), &list[100], cut), (101, &json!("... 900 more"), true));
        let long = format!("RETURN '{}'", "ä".repeat(5000));
        let (text, cut) = shown(&long, 100_000);
        assert!(cut && text.as_str().unwrap().ends_with("ä... (5000 characters)"), "{text}");
        let nested = "RETURN [x IN RANGE(1, 100) | RANGE(1, 100)]";
        let (json, cut) = shown(nested, 500);
        assert!(cut && json.to_string().len() < 3000, "{json}");
    }

    #[test]
    fn elements_are_shown_without_vectors() {
        let mut session = wenddb::Database::in_memory().unwrap().session();
        let insert = "INSERT (:A:B {_id: 'a', v: VECTOR([1, 2])})-[:R {w: 1}]->(:A {_id: 'b'})";
        session.execute(insert, ()).unwrap();
        let path: Value = session.value("MATCH p = (:B)-[:R]->() RETURN p", ()).unwrap();
        let shown = Shower::new(1000).show(&path);
        let a = json!({"_id": "a", "labels": ["A", "B"], "properties": {"v": "<vector 2>"}});
        let r = json!({"label": "R", "from": "a", "to": "b", "properties": {"w": 1}});
        assert_eq!(shown, json!([a, r, {"_id": "b", "labels": ["A"], "properties": {}}]));
    }
}
