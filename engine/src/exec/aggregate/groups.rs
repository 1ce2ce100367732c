//! Which group a row belongs to. Keys that go into machine words (numbers, truth values, codes of a dictionary, nodes, edges) are
//! looked up by these, all others by their values.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use wend_storage::NodeId;

use super::state::State;
use crate::{
    column::{self, ColumnData},
    error::Result,
    exec::morsels::Place,
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
    /// Where its first row is.
    first: Place,
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
    /// By what kind of word each key is, and the word; one key or two need no box.
    word: FxHashMap<[i64; 2], u32>,
    pair: FxHashMap<[i64; 4], u32>,
    words: FxHashMap<Box<[i64]>, u32>,
    /// Of one key whose words are small, and of one kind, by word.
    small: SmallWords,
    pub(super) held: Held,
}

/// The groups of small words: an array, which takes less than hashing.
#[derive(Default)]
struct SmallWords {
    kind: i64,
    places: Vec<u32>,
}

impl SmallWords {
    /// Larger words are looked up by hash.
    const MOST: usize = 1 << 14;
    const NONE: u32 = u32::MAX;

    /// Whether words of that kind, and no other, are looked up here.
    fn takes(&mut self, kind: i64) -> bool {
        if self.places.is_empty() {
            self.kind = kind;
        }
        self.kind == kind
    }

    fn get(&self, word: usize) -> Option<u32> {
        self.places.get(word).copied().filter(|place| *place != Self::NONE)
    }

    fn set(&mut self, word: usize, place: u32) {
        if self.places.len() <= word {
            self.places.resize(word + 1, Self::NONE);
        }
        self.places[word] = place;
    }
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
            let states = aggregates.iter().map(State::new).collect();
            self.list.push(Group { first: (0, 0), keys: Vec::new(), states });
        }
    }

    /// The group of each row, made where there is none.
    pub(super) fn places(
        &mut self,
        keys: &[Expr],
        aggregates: &[AggregateCall],
        batch: &Batch,
        first: Place,
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let columns = keys.iter().map(|key| Keys::of(key, batch, st)).collect::<Result<Vec<_>>>()?;
        match &columns[..] {
            [column] => self.places_of_one(column, batch.len(), aggregates, first, st),
            [one, other] => self.places_of_two(one, other, batch.len(), aggregates, first, st),
            _ => self.places_of_several(&columns, batch.len(), aggregates, first, st),
        }
    }

    fn places_of_one(
        &mut self,
        column: &Keys,
        rows: usize,
        aggregates: &[AggregateCall],
        first: Place,
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let mut places = Vec::with_capacity(rows);
        let is_small = match column {
            Keys::Words(kind, ..) => self.small.takes(*kind),
            Keys::Values(_) => false,
        };
        for row in 0..rows {
            let word = column.word(row);
            let small = match word {
                Some([_, word]) if is_small => usize::try_from(word).ok().filter(|word| *word < SmallWords::MOST),
                _ => None,
            };
            let known = match (small, word) {
                (Some(small), _) => self.small.get(small),
                (None, Some(word)) => self.word.get(&word).copied(),
                (None, None) => None,
            };
            places.push(match known {
                Some(place) => place,
                None => {
                    let first = (first.0, first.1 + row as u64);
                    let place = self.place(vec![column.value(row)], aggregates, first, st)?;
                    if let Some(small) = small {
                        self.small.set(small, place);
                    } else if let Some(word) = word {
                        self.held.take(&st.memory, size_of_val(&word), "grouping")?;
                        self.word.insert(word, place);
                    }
                    place
                }
            });
        }
        Ok(places)
    }

    fn places_of_two(
        &mut self,
        one: &Keys,
        other: &Keys,
        rows: usize,
        aggregates: &[AggregateCall],
        first: Place,
        st: &Statement,
    ) -> Result<Vec<u32>> {
        let mut places = Vec::with_capacity(rows);
        for row in 0..rows {
            let words = match (one.word(row), other.word(row)) {
                (Some([kind, word]), Some([other_kind, other_word])) => Some([kind, word, other_kind, other_word]),
                _ => None,
            };
            let known = words.and_then(|words| self.pair.get(&words).copied());
            places.push(match known {
                Some(place) => place,
                None => {
                    let first = (first.0, first.1 + row as u64);
                    let place = self.place(vec![one.value(row), other.value(row)], aggregates, first, st)?;
                    if let Some(words) = words {
                        self.held.take(&st.memory, size_of_val(&words), "grouping")?;
                        self.pair.insert(words, place);
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
        first: Place,
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
                    let place = self.place(values, aggregates, (first.0, first.1 + row as u64), st)?;
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

    /// The group with these values of the keys, of which a row is at `first`.
    fn place(&mut self, keys: Vec<Value>, aggregates: &[AggregateCall], first: Place, st: &Statement) -> Result<u32> {
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
        let states = aggregates.iter().map(State::new).collect();
        Ok(self.push(Group { first, keys, states }, several))
    }

    fn push(&mut self, group: Group, several: Vec<GroupKey>) -> u32 {
        let place = self.list.len() as u32;
        match &group.keys[..] {
            [key] => self.single.insert(GroupKey(key.clone()), place),
            _ => self.several.insert(several, place),
        };
        self.list.push(group);
        place
    }

    /// The groups of all parts of the rows, in the order of their first rows.
    pub(super) fn merge(parts: Vec<Groups>, aggregates: &[AggregateCall], st: &Statement) -> Result<Groups> {
        let mut parts = parts.into_iter();
        let Some(mut all) = parts.next() else { return Ok(Groups::default()) };
        let mut sorted = true;
        for part in parts {
            // What is looked up by word in a batch is not looked up any more.
            let Groups { list, held, .. } = part;
            all.held.absorb(held);
            sorted &= list.is_empty();
            for (at, mut group) in list.into_iter().enumerate() {
                if at.is_multiple_of(1024) {
                    st.cancel.check()?;
                }
                let mut several = Vec::new();
                let known = match &group.keys[..] {
                    [] => (!all.list.is_empty()).then_some(0),
                    [key] => all.single.get(&GroupKey(key.clone())).copied(),
                    keys => {
                        several = keys.iter().cloned().map(GroupKey).collect();
                        all.several.get(&several).copied()
                    }
                };
                let Some(place) = known else {
                    all.push(group, several);
                    continue;
                };
                let mine = &mut all.list[place as usize];
                // A group has the keys of its first row: 1 is equal to 1.0.
                if group.first < mine.first {
                    std::mem::swap(mine, &mut group);
                }
                for ((state, other), call) in mine.states.iter_mut().zip(group.states).zip(aggregates) {
                    state.merge(other, call, &mut all.held, st).map_err(|error| error.at(call.span))?;
                }
            }
        }
        if !sorted {
            all.list.sort_by_key(|group| group.first);
        }
        Ok(all)
    }
}
