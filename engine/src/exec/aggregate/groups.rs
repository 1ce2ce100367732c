//! Which group a row belongs to. Keys that go into machine words (numbers, truth values, codes of a dictionary, nodes, edges) are
//! looked up by these, all others by their values.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use wend_storage::NodeId;

use super::state::State;
use crate::{
    column::{self, ColumnData},
    error::Result,
    memory::Held,
    plan::{
        aggregate::AggregateCall,
        expr::{Expr, ExprKind},
    },
    runtime::{
        batch::{Batch, Column},
        statement::Statement,
        typed,
    },
    value::{Edge, EdgeRef, GroupKey, Node, Value, size::value_bytes},
};

/// One group.
pub(super) struct Group {
    pub(super) keys: Vec<Value>,
    pub(super) states: Vec<State>,
}

/// The groups in the order of their first rows, and where they are by key.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) list: Vec<Group>,
    /// One key needs no list of them.
    single: FxHashMap<GroupKey, u32>,
    several: FxHashMap<Vec<GroupKey>, u32>,
    /// By what kind of word each key is, and the word; one key needs no box.
    word: FxHashMap<[i64; 2], u32>,
    words: FxHashMap<Box<[i64]>, u32>,
    pub(super) held: Held,
}

/// The values of a key in the rows of a batch.
enum Keys {
    /// With what kind of word they are.
    Words(i64, Vec<i64>, Words),
    Values(Vec<Value>),
}

/// What words stand for.
enum Words {
    Nodes,
    Edges(Vec<EdgeRef>),
    Column(column::Column),
}

impl Keys {
    fn of(key: &Expr, batch: &Batch, st: &Statement) -> Result<Keys> {
        if let ExprKind::Column(slot) = key.kind {
            match batch.column(slot) {
                Column::Nodes(nodes) => {
                    return Ok(Keys::Words(0, nodes.iter().map(|node| node.0 as i64).collect(), Words::Nodes));
                }
                Column::Edges(edges) => {
                    let words = edges.iter().map(|edge| edge.edge.0 as i64).collect();
                    return Ok(Keys::Words(1, words, Words::Edges(edges.clone())));
                }
                _ => {}
            }
        }
        let Some(column) = typed::column(key, batch, st)? else {
            return Ok(Keys::Values(match key.kind {
                ExprKind::Column(slot) => (0..batch.len()).map(|row| batch.value(slot, row)).collect(),
                _ => typed::values(key, batch, st)?,
            }));
        };
        let (kind, words) = match column.data() {
            ColumnData::Ints(values) => (2, values.clone()),
            ColumnData::Bools(values) => (3, values.iter().map(|value| i64::from(*value)).collect()),
            // A dictionary stays as it is for a statement; each has its own groups of codes.
            ColumnData::Codes(codes, texts) => {
                (Arc::as_ptr(texts) as i64, codes.iter().map(|code| i64::from(*code)).collect())
            }
            _ => return Ok(Keys::Values((0..batch.len()).map(|row| column.value(row)).collect())),
        };
        Ok(Keys::Words(kind, words, Words::Column(column)))
    }

    /// The kind of word and the word; `None` for NULL and for other values.
    fn word(&self, row: usize) -> Option<[i64; 2]> {
        match self {
            Keys::Words(_, _, Words::Column(column)) if column.is_null(row) => None,
            Keys::Words(kind, words, _) => Some([*kind, words[row]]),
            Keys::Values(_) => None,
        }
    }

    fn value(&self, row: usize) -> Value {
        match self {
            Keys::Words(_, words, Words::Nodes) => Value::Node(Node::new(NodeId(words[row] as u64))),
            Keys::Words(_, _, Words::Edges(edges)) => Value::Edge(Edge::new(edges[row])),
            Keys::Words(_, _, Words::Column(column)) => column.value(row),
            Keys::Values(values) => values[row].clone(),
        }
    }
}

impl Groups {
    /// The one group where there are no keys.
    pub(super) fn only(&mut self, aggregates: &[AggregateCall]) {
        if self.list.is_empty() {
            self.list.push(Group { keys: Vec::new(), states: aggregates.iter().map(State::new).collect() });
        }
    }

    /// The group of each row, made where there is none.
    pub(super) fn places(
        &mut self,
        keys: &[Expr],
        aggregates: &[AggregateCall],
        batch: &Batch,
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let columns = keys.iter().map(|key| Keys::of(key, batch, st)).collect::<Result<Vec<_>>>()?;
        match &columns[..] {
            [column] => self.places_of_one(column, batch.len(), aggregates, st),
            _ => self.places_of_several(&columns, batch.len(), aggregates, st),
        }
    }

    fn places_of_one(
        &mut self,
        column: &Keys,
        rows: usize,
        aggregates: &[AggregateCall],
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let mut places = Vec::with_capacity(rows);
        for row in 0..rows {
            let word = column.word(row);
            let known = word.and_then(|word| self.word.get(&word).copied());
            places.push(match known {
                Some(place) => place,
                None => {
                    let place = self.place(vec![column.value(row)], aggregates, st)?;
                    if let Some(word) = word {
                        self.held.take(&st.memory, size_of_val(&word), "grouping")?;
                        self.word.insert(word, place);
                    }
                    place
                }
            });
        }
        Ok(places)
    }

    fn places_of_several(
        &mut self,
        columns: &[Keys],
        rows: usize,
        aggregates: &[AggregateCall],
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let mut places = Vec::with_capacity(rows);
        let mut words = Vec::with_capacity(2 * columns.len());
        for row in 0..rows {
            words.clear();
            let all_words = columns.iter().all(|column| {
                let word = column.word(row);
                words.extend(word.into_iter().flatten());
                word.is_some()
            });
            let known = if all_words { self.words.get(&words[..]).copied() } else { None };
            places.push(match known {
                Some(place) => place,
                None => {
                    let values = columns.iter().map(|column| column.value(row)).collect();
                    let place = self.place(values, aggregates, st)?;
                    if all_words {
                        self.held.take(&st.memory, 32 + size_of_val(&words[..]), "grouping")?;
                        self.words.insert(words.as_slice().into(), place);
                    }
                    place
                }
            });
        }
        Ok(places)
    }

    /// The group with these values of the keys.
    fn place(&mut self, keys: Vec<Value>, aggregates: &[AggregateCall], st: &Statement) -> Result<u32> {
        let mut several = Vec::new();
        let known = match &keys[..] {
            [key] => self.single.get(&GroupKey(key.clone())),
            _ => {
                several = keys.iter().cloned().map(GroupKey).collect();
                self.several.get(&several)
            }
        };
        if let Some(&place) = known {
            return Ok(place);
        }
        let bytes = 64 + aggregates.len() * size_of::<State>() + keys.iter().map(value_bytes).sum::<usize>();
        self.held.take(&st.memory, bytes, "grouping")?;
        let place = self.list.len() as u32;
        match &keys[..] {
            [key] => self.single.insert(GroupKey(key.clone()), place),
            _ => self.several.insert(several, place),
        };
        self.list.push(Group { keys, states: aggregates.iter().map(State::new).collect() });
        Ok(place)
    }
}
