//! The schema of a graph as a graph: a node for each label and an edge for each pair of labels that edges join. They are in no
//! graph: their numbers are beyond those of all others, and they carry what can be asked of them.

use std::{collections::BTreeMap, sync::Arc};

use wend_storage::{EdgeId, NodeId};

use super::{
    argument::{Fields, Given, strings_in},
    indexes::Known,
    node_types::survey,
    rows::{Rows, int, text, texts},
};
use crate::{
    error::Result,
    runtime::statement::Statement,
    value::{Edge, EdgeContent, EdgeRef, FIRST_VIRTUAL, Node, NodeContent, Value},
};

/// What is drawn.
struct Picture {
    nodes: BTreeMap<Arc<str>, Node>,
    edges: Vec<Value>,
}

impl Picture {
    fn node(&mut self, label: &Arc<str>, mut properties: Vec<(Arc<str>, Value)>) {
        let number = NodeId(FIRST_VIRTUAL + self.nodes.len() as u64);
        properties.push(("name".into(), Value::String(label.clone())));
        properties.sort_by(|a, b| a.0.cmp(&b.0));
        let id = format!("label:{label}").into();
        let content = NodeContent { id, labels: vec![label.clone()], properties };
        self.nodes.insert(label.clone(), Node { number, content: Some(Arc::new(content)) });
    }

    /// An edge between labels that are drawn.
    fn edge(
        &mut self,
        st: &Statement,
        (from, label, to): (&Arc<str>, &Arc<str>, &Arc<str>),
        mut properties: Vec<(Arc<str>, Value)>,
    ) -> Result<()> {
        let (Some(start), Some(end)) = (self.nodes.get(from), self.nodes.get(to)) else { return Ok(()) };
        let Some(number) = st.tx.label(label)? else { return Ok(()) };
        properties.sort_by(|a, b| a.0.cmp(&b.0));
        let reference = EdgeRef {
            edge: EdgeId(FIRST_VIRTUAL + self.edges.len() as u64),
            label: number,
            from: start.number,
            to: end.number,
        };
        let content = EdgeContent { label: label.clone(), from: start.id().into(), to: end.id().into(), properties };
        self.edges.push(Value::Edge(Edge { reference, content: Some(Arc::new(content)) }));
        Ok(())
    }

    fn row(self) -> Rows {
        let nodes = self.nodes.into_values().map(Value::Node).collect();
        vec![vec![Value::List(nodes), Value::List(self.edges.into())]]
    }
}

/// `db.schema.visualization`
pub(super) fn visualization(st: &Statement) -> Result<Rows> {
    let (survey, known) = (survey(st)?, Known::of(st)?);
    let mut picture = Picture { nodes: BTreeMap::new(), edges: Vec::new() };
    for (label, (_, properties)) in survey.labels() {
        let with = |place: usize| {
            let names = properties.keys().filter(|name| known.about(false, &label, name)[place]);
            texts(names.cloned())
        };
        let properties = vec![("indexes".into(), with(1)), ("constraints".into(), with(0))];
        picture.node(&label, properties);
    }
    for (from, label, to) in survey.between_labels().keys() {
        let name = vec![("name".into(), Value::String(label.clone()))];
        picture.edge(st, (from, label, to), name)?;
    }
    Ok(picture.row())
}

/// Whether a name is asked for: among those that are included, where any are, and not among those that are excluded.
fn wanted(config: Fields<'_>, included: &[&str], excluded: &[&str], name: &str) -> bool {
    let among = |keys: &[&str]| keys.iter().find_map(|key| strings_in(config, key)).filter(|names| !names.is_empty());
    let has = |names: Vec<String>| names.iter().any(|known| known == name);
    among(included).is_none_or(has) && !among(excluded).is_some_and(has)
}

/// `apoc.meta.graph`, `apoc.meta.subGraph`
pub(super) fn graph(st: &Statement, given: &Given) -> Result<Rows> {
    let (survey, config) = (survey(st)?, given.map(0)?);
    let label = |name: &str| wanted(config, &["includeLabels", "labels"], &["excludeLabels", "excludes"], name);
    let edge = |name: &str| wanted(config, &["includeRels", "rels"], &["excludeRels"], name);
    let mut picture = Picture { nodes: BTreeMap::new(), edges: Vec::new() };
    for (name, (count, _)) in survey.labels().iter().filter(|(name, _)| label(name)) {
        picture.node(name, vec![("count".into(), int(*count))]);
    }
    for ((from, name, to), count) in survey.between_labels() {
        if edge(&name) {
            let properties = vec![("type".into(), text(name.clone())), ("count".into(), int(count))];
            picture.edge(st, (&from, &name, &to), properties)?;
        }
    }
    Ok(picture.row())
}
