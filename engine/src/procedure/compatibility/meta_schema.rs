//! `apoc.meta.schema`: one map from label to its properties and edges.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    argument::map,
    indexes::Known,
    meta::meta_type,
    node_types::survey,
    rows::{Rows, int, text, texts},
};
use crate::{cache::survey::SeenProperties, error::Result, runtime::statement::Statement, value::Value};

fn properties(known: &Known, on_edge: bool, label: &Arc<str>, of: &SeenProperties) -> Value {
    let field = |(name, seen): (&Arc<str>, &crate::cache::survey::Seen)| {
        let [unique, indexed, existence] = known.about(on_edge, label, name);
        let kind = meta_type(seen.usual_type());
        let mut fields =
            vec![("existence", Value::Bool(existence)), ("type", text(kind)), ("array", Value::Bool(kind == "LIST"))];
        if !on_edge {
            fields.extend([("indexed", Value::Bool(indexed)), ("unique", Value::Bool(unique))]);
        }
        (name.clone(), map(fields))
    };
    Value::Record(of.iter().map(field).collect())
}

pub(super) fn schema(st: &Statement) -> Result<Rows> {
    let (survey, known) = (survey(st)?, Known::of(st)?);
    let between = survey.between_labels();
    let mut entries: Vec<(Arc<str>, Value)> = Vec::new();
    for (label, (count, of)) in survey.labels() {
        // Edges by label and direction, with the labels at their other ends.
        let mut edges: BTreeMap<(&Arc<str>, bool), (u64, Vec<Arc<str>>)> = BTreeMap::new();
        for ((from, edge, to), sum) in &between {
            for (_, other, outwards) in [(from, to, true), (to, from, false)].iter().filter(|(own, ..)| **own == label)
            {
                let (count, labels) = edges.entry((edge, *outwards)).or_default();
                *count += sum;
                labels.push(Arc::clone(other));
            }
        }
        let mut relationships: Vec<(Arc<str>, Value)> = Vec::new();
        for ((edge, outwards), (count, labels)) in &edges {
            // As edges of a label that begin and end at the label are one entry, those that leave it say it.
            if !outwards && edges.contains_key(&(edge, true)) {
                continue;
            }
            let of = survey.edges.get(*edge).map(|of| properties(&known, true, edge, &of.properties));
            relationships.push((
                Arc::clone(edge),
                map(vec![
                    ("direction", text(if *outwards { "out" } else { "in" })),
                    ("count", int(*count)),
                    ("labels", texts(labels.iter().cloned())),
                    ("properties", of.unwrap_or_default()),
                ]),
            ));
        }
        entries.push((
            label.clone(),
            map(vec![
                ("type", text("node")),
                ("count", int(count)),
                ("labels", Value::List([].into())),
                ("properties", properties(&known, false, &label, &of)),
                ("relationships", Value::Record(relationships.into())),
            ]),
        ));
    }
    for (label, of) in &survey.edges {
        let fields = vec![
            ("type", text("relationship")),
            ("count", int(of.count)),
            ("properties", properties(&known, true, label, &of.properties)),
        ];
        match entries.iter_mut().find(|(name, _)| name == label) {
            // A label of nodes and of edges: of both the nodes are shown.
            Some(_) => {}
            None => entries.push((label.clone(), map(fields))),
        }
    }
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(vec![vec![Value::Record(entries.into())]])
}
