//! The indexes on properties that graphs have: their definitions in the catalog, and the entries of an element.

use crate::codec::{Reader, put_bytes, put_varint};
use crate::error::{Error, Result};
use crate::index_key;
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Kv, Snapshot};
use crate::text::{Analyzer, TextSpace, Texts, texts};
use crate::value::{GraphId, IndexId, LabelId, Properties, PropertyKey, Value, value_of};
use crate::vector_lists::{Metric, VectorSpace};

const UNIQUE: u8 = 1;
const ON_EDGE: u8 = 2;
const VECTOR: u8 = 4;
const TEXT: u8 = 8;

/// What an index is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    /// Its name, unique in the graph.
    pub name: String,
    /// Over edges rather than nodes.
    pub on_edge: bool,
    /// The label of its elements; of an index on texts the first of its labels.
    pub label: LabelId,
    /// Its properties, the leading one first.
    pub properties: Vec<PropertyKey>,
    /// No two elements have the same values.
    pub unique: bool,
    /// What it is of when it is on vectors (`vector_index.rs`): then it has one property, and no entries by values.
    pub vector: Option<VectorSpace>,
    /// What it is of when it is on texts (`text_index.rs`): then it has lists of words, and no entries by values.
    pub text: Option<TextSpace>,
}

impl IndexDefinition {
    /// Whether it has entries by values.
    pub fn is_on_values(&self) -> bool {
        self.vector.is_none() && self.text.is_none()
    }

    /// The labels of its elements, of which each has at least one.
    pub fn labels(&self) -> &[LabelId] {
        self.text.as_ref().map_or(std::slice::from_ref(&self.label), |space| &space.labels)
    }
}

/// An index of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its number.
    pub id: IndexId,
    /// What it is on.
    pub definition: IndexDefinition,
    /// How many inverted lists it has; 0 = none. Only one on vectors has some.
    pub lists: u32,
}

/// An entry of an index: its key, and whether a unique index refuses a second one with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: Vec<u8>,
    pub constrained: bool,
}

impl Entry {
    /// The key without the element.
    pub(crate) fn values(&self) -> &[u8] {
        values(&self.key)
    }
}

/// The index number and values in a key.
pub(crate) fn values(key: &[u8]) -> &[u8] {
    &key[..key.len().saturating_sub(8)]
}

/// The element a key leads to.
pub(crate) fn element(key: &[u8]) -> Result<u64> {
    keys::read_u64(key, key.len().saturating_sub(8))
}

impl Index {
    /// The value of its catalog key.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let definition = &self.definition;
        let mut out = self.id.0.to_be_bytes().to_vec();
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        out.push(
            flag(definition.unique, UNIQUE)
                | flag(definition.on_edge, ON_EDGE)
                | flag(definition.vector.is_some(), VECTOR)
                | flag(definition.text.is_some(), TEXT),
        );
        put_varint(&mut out, u64::from(definition.label.0));
        put_varint(&mut out, definition.properties.len() as u64);
        for property in &definition.properties {
            put_varint(&mut out, u64::from(property.0));
        }
        if let Some(space) = definition.vector {
            put_varint(&mut out, u64::from(space.dimensions));
            out.push(space.metric as u8);
            put_varint(&mut out, space.lists.map_or(0, |lists| u64::from(lists) + 1));
            put_varint(&mut out, u64::from(self.lists));
        }
        if let Some(space) = &definition.text {
            put_bytes(&mut out, space.analyzer.name().as_bytes());
            put_varint(&mut out, space.labels.len() as u64);
            space.labels.iter().for_each(|label| put_varint(&mut out, u64::from(label.0)));
        }
        out
    }

    pub(crate) fn decode(key: &[u8], value: &[u8]) -> Result<Index> {
        let name = key.get(5..).and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or_else(|| Error::corrupt("the name of an index is not UTF-8"))?.to_owned();
        let id = IndexId(keys::read_u32(value, 0)?);
        let mut reader = Reader::new(&value[4..]);
        let flags = reader.byte()?;
        let label = LabelId(reader.varint_u32()?);
        let count = reader.count()?;
        let properties = (0..count).map(|_| reader.varint_u32().map(PropertyKey)).collect::<Result<_>>()?;
        let (unique, on_edge) = (flags & UNIQUE != 0, flags & ON_EDGE != 0);
        let (mut vector, mut lists) = (None, 0);
        if flags & VECTOR != 0 {
            let (dimensions, metric) = (reader.varint_u32()?, Metric::of(reader.byte()?)?);
            vector = Some(VectorSpace { dimensions, metric, lists: reader.varint_u32()?.checked_sub(1) });
            lists = reader.varint_u32()?;
        }
        let mut text = None;
        if flags & TEXT != 0 {
            let analyzer = Analyzer::stored(reader.text()?)?;
            let count = reader.count()?;
            let labels = (0..count).map(|_| reader.varint_u32().map(LabelId)).collect::<Result<_>>()?;
            text = Some(TextSpace { labels, analyzer });
        }
        Ok(Index { id, definition: IndexDefinition { name, on_edge, label, properties, unique, vector, text }, lists })
    }

    /// The entry of an element whose label is that of the index; none without the first property.
    pub(crate) fn entry_with(
        &self,
        element: u64,
        value: impl Fn(PropertyKey) -> Result<Option<Value>>,
    ) -> Result<Option<Entry>> {
        if !self.definition.is_on_values() {
            return Ok(None);
        }
        let mut key = self.id.0.to_be_bytes().to_vec();
        let mut constrained = self.definition.unique;
        for (position, property) in self.definition.properties.iter().enumerate() {
            match value(*property)? {
                Some(value) => constrained &= index_key::put(&mut key, &value),
                None if position == 0 => return Ok(None),
                None => {
                    index_key::put_null(&mut key);
                    constrained = false;
                }
            }
        }
        key.extend_from_slice(&element.to_be_bytes());
        Ok(Some(Entry { key, constrained }))
    }

    /// The entry of an element, if it has one.
    pub(crate) fn entry(
        &self,
        on_edge: bool,
        element: u64,
        labels: &[LabelId],
        properties: &Properties,
    ) -> Option<Entry> {
        let definition = &self.definition;
        if !definition.is_on_values() || definition.on_edge != on_edge || !labels.contains(&definition.label) {
            return None;
        }
        let mut key = self.id.0.to_be_bytes().to_vec();
        let mut constrained = definition.unique;
        for (position, wanted) in definition.properties.iter().enumerate() {
            match properties.binary_search_by_key(wanted, |(key, _)| *key) {
                Ok(at) => constrained &= index_key::put(&mut key, &properties[at].1),
                Err(_) if position == 0 => return None,
                Err(_) => {
                    index_key::put_null(&mut key);
                    constrained = false;
                }
            }
        }
        key.extend_from_slice(&element.to_be_bytes());
        Some(Entry { key, constrained })
    }

    /// The texts of an element, if it is a document of an index on texts.
    pub(crate) fn texts(&self, on_edge: bool, labels: &[LabelId], properties: &Properties) -> Option<Texts> {
        let definition = &self.definition;
        let space = definition.text.as_ref().filter(|_| definition.on_edge == on_edge)?;
        texts(space, &definition.properties, labels, |key| value_of(properties, key).cloned())
    }

    /// The first of the sorted entries of a unique index that has the same values as the one behind it.
    pub(crate) fn first_twice(sorted: &[Entry]) -> Option<&Entry> {
        let twice = sorted.windows(2).find(|pair| pair[0].constrained && pair[0].values() == pair[1].values())?;
        Some(&twice[0])
    }
}

pub(crate) fn catalog_key(graph: GraphId, name: &str) -> Vec<u8> {
    let mut key = keys::meta_graph(meta::INDEX, graph).to_vec();
    key.extend_from_slice(name.as_bytes());
    key
}

/// The indexes of a graph, or with `None` of all, in a snapshot.
pub(crate) fn stored(snapshot: &Snapshot, graph: Option<GraphId>) -> Result<Vec<(GraphId, Index)>> {
    let prefix = graph.map_or(vec![meta::INDEX], |graph| keys::meta_graph(meta::INDEX, graph).to_vec());
    let mut iter = snapshot.prefix(Family::Meta, &prefix, Hint::Seek)?;
    let mut found = Vec::new();
    while let Some((key, value)) = iter.item() {
        found.push((GraphId(keys::read_u32(key, 1)?), Index::decode(key, value)?));
        iter.advance()?;
    }
    Ok(found)
}

/// Removes the entries that belong to no index: fillings that were cut off.
pub(crate) fn remove_unused(kv: &Kv) -> Result<()> {
    let snapshot = kv.snapshot();
    let used: Vec<u32> = stored(&snapshot, None)?.iter().map(|(_, index)| index.id.0).collect();
    let mut unused = Vec::new();
    let mut entries = snapshot.prefix(Family::Indexes, &[], Hint::Seek)?;
    while let Some(key) = entries.key() {
        let number = keys::read_u32(key, 0)?;
        if !used.contains(&number) {
            unused.push(number);
        }
        let Some(next) = keys::after(&number.to_be_bytes()) else { break };
        entries.seek(&next)?;
    }
    if !unused.is_empty() {
        let mut batch = kv.batch();
        for number in unused {
            batch.delete_prefix(Family::Indexes, &number.to_be_bytes())?;
        }
        kv.write(batch)?;
    }
    Ok(())
}
