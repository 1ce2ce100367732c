//! Which properties are indexed, unique or required, and how many different values they have.

use std::{collections::BTreeSet, sync::Arc};

use rustc_hash::FxHashSet;
use wend_grammar::ast::Requirement;
use wend_storage::{ANALYZERS, Analyzer, IndexDefinition};

use super::{
    argument::Given,
    rows::{Rows, int, nothing, text, texts},
};
use crate::{
    constraint,
    error::{Error, Result},
    optimize::Statistics,
    runtime::statement::Statement,
    value::{GroupKey, Value},
};

/// What holds of the properties of a graph by label and name; of labels of edges apart.
#[derive(Default)]
pub(super) struct Known {
    indexed: BTreeSet<(bool, Arc<str>, Arc<str>)>,
    unique: BTreeSet<(bool, Arc<str>, Arc<str>)>,
    required: BTreeSet<(bool, Arc<str>, Arc<str>)>,
}

impl Known {
    pub(super) fn of(st: &Statement) -> Result<Known> {
        let mut known = Known::default();
        for index in st.tx.indexes(st.graph)?.iter() {
            let IndexDefinition { on_edge, properties, unique, .. } = &index.definition;
            for label in index.definition.labels() {
                let label = st.tx.label_name(*label)?;
                for key in properties {
                    let place = (*on_edge, label.clone(), st.tx.property_key_name(*key)?);
                    if *unique && properties.len() == 1 {
                        known.unique.insert(place.clone());
                    }
                    known.indexed.insert(place);
                }
            }
        }
        for constraint in constraint::of_graph(&st.tx, st.graph)? {
            if matches!(constraint.requires, Requirement::NotNull | Requirement::Key) {
                for key in &constraint.properties {
                    let name = (constraint.label.name.as_str().into(), key.name.as_str().into());
                    known.required.insert((constraint.on_edge, name.0, name.1));
                }
            }
        }
        Ok(known)
    }

    /// Whether a property is unique, indexed, required.
    pub(super) fn about(&self, on_edge: bool, label: &Arc<str>, property: &Arc<str>) -> [bool; 3] {
        let place = (on_edge, label.clone(), property.clone());
        [&self.unique, &self.indexed, &self.required].map(|set| set.contains(&place))
    }
}

/// A row for each index by values on nodes. How many of the values differ is estimated as for plans, from stored counts and samples.
pub(super) fn nodes(st: &Statement) -> Result<Rows> {
    let statistics = Statistics::of(st);
    let mut rows = Rows::new();
    for index in
        st.tx.indexes(st.graph)?.iter().filter(|index| !index.definition.on_edge && index.definition.is_on_values())
    {
        let IndexDefinition { name, label, properties, unique, .. } = &index.definition;
        let names = properties.iter().map(|key| st.tx.property_key_name(*key)).collect::<Result<Vec<_>, _>>()?;
        let count = st.tx.node_label_count(st.graph, *label)?;
        let selectivity = match (unique, names.first()) {
            (true, _) => Some(1.0),
            (false, Some(property)) if count > 0 => statistics
                .share_of_one(*label, property, false)?
                .map(|share| (1.0 / (share * count as f64)).clamp(0.0, 1.0)),
            _ => None,
        };
        let label = st.tx.label_name(*label)?;
        rows.push(vec![
            text(format!(":{label}({})", names.join(","))),
            Value::String(label),
            texts(names),
            text("ONLINE"),
            text("RANGE"),
            text("NO FAILURE"),
            Value::Float(100.0),
            int(count),
            selectivity.map_or(Value::Float(0.0), Value::Float),
            text(name.as_str()),
        ]);
    }
    Ok(rows)
}

/// A row for each analyzer.
pub(super) fn analyzers() -> Rows {
    let row = |analyzer: Analyzer| {
        vec![text(analyzer.name()), text(analyzer.doc()), texts(analyzer.stop_words().iter().copied())]
    };
    ANALYZERS.into_iter().map(row).collect()
}

/// Says that there is no index of the name that is waited for, where one is named.
pub(super) fn wait(st: &Statement, given: &Given) -> Result<Rows> {
    if given.procedure.parameters.first().is_some_and(|parameter| parameter.name == "indexName") {
        let name = given.string(0)?;
        let indexes = st.tx.indexes(st.graph)?;
        let mut names = indexes.iter().map(|index| index.definition.name.as_str());
        if !names.clone().any(|other| other == name) {
            let near = wend_grammar::suggest(name, &mut names).map(|near| format!("did you mean `{near}`?"));
            return Err(Error::reference(format!("there is no index `{name}`"))
                .with_hint_if(near.or(Some("SHOW INDEXES lists them".to_owned()))));
        }
    }
    Ok(nothing())
}

/// One row with a list.
pub(super) fn distinct_values(st: &Statement, given: &Given) -> Result<Rows> {
    let (label, key) = (st.tx.label(given.string(0)?)?, st.tx.property_key(given.string(1)?)?);
    let mut values = Vec::new();
    if let (Some(label), Some(key)) = (label, key) {
        let mut seen = FxHashSet::default();
        for (position, node) in st.tx.nodes(st.graph, Some(label))?.enumerate() {
            if position % 1024 == 0 {
                st.cancel.check()?;
            }
            let Some(value) = st.tx.node_property(st.graph, node?, key)?.map(Value::from_stored) else { continue };
            if seen.insert(GroupKey(value.clone())) {
                st.memory.take(crate::value::size::value_bytes(&value), "the different values of a property")?;
                values.push(value);
            }
        }
    }
    values.sort_by(Value::order);
    Ok(vec![vec![Value::List(values.into())]])
}
