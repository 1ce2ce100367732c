//! Grouping and the aggregate functions. Groups come out in the order of their first rows.

mod state;
pub(crate) mod statistics;
pub(crate) mod sum;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use state::State;

use super::operator::{BoxOperator, Operator};
use crate::{
    column::ColumnData,
    error::Result,
    memory::Held,
    plan::{
        aggregate::AggregateCall,
        expr::{Expr, ExprKind},
    },
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
        typed,
    },
    value::{GroupKey, Value, size::value_bytes},
};

/// See [`crate::plan::Plan::Aggregate`].
pub(super) struct Aggregate {
    input: BoxOperator,
    keys: Vec<Expr>,
    aggregates: Vec<AggregateCall>,
    groups: Option<std::vec::IntoIter<Group>>,
    /// The bytes of the groups.
    held: Held,
}

/// One group.
struct Group {
    keys: Vec<Value>,
    states: Vec<State>,
}

/// The groups in the order of their first rows, and where they are by key.
#[derive(Default)]
struct Groups {
    list: Vec<Group>,
    /// One key needs no list of them.
    single: FxHashMap<GroupKey, u32>,
    several: FxHashMap<Vec<GroupKey>, u32>,
    /// Of one key that is a machine word: what kind of word, and the word.
    words: FxHashMap<(usize, i64), u32>,
    held: Held,
}

impl Aggregate {
    pub(super) fn new(input: BoxOperator, keys: Vec<Expr>, aggregates: Vec<AggregateCall>) -> Self {
        Aggregate { input, keys, aggregates, groups: None, held: Held::default() }
    }

    fn new_group(&self, keys: Vec<Value>) -> Group {
        Group { keys, states: self.aggregates.iter().map(State::new).collect() }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Group>> {
        let mut groups = Groups::default();
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            // Where the group of each row is.
            let places = match &self.keys[..] {
                [] => {
                    if groups.list.is_empty() {
                        groups.list.push(self.new_group(Vec::new()));
                    }
                    None
                }
                [key] => Some(self.places_of_one(key, &mut groups, &batch, st)?),
                _ => Some(self.places_of_several(&mut groups, &batch, st)?),
            };
            let places = places.as_deref();
            for (position, call) in self.aggregates.iter().enumerate() {
                let Groups { list, held, .. } = &mut groups;
                let typed = match &call.arguments[..] {
                    [] => {
                        match places {
                            None => list[0].states[position].count += batch.len() as i64,
                            Some(places) => {
                                places.iter().for_each(|&place| list[place as usize].states[position].count += 1);
                            }
                        }
                        continue;
                    }
                    [argument] => typed::column(argument, &batch, st)?,
                    _ => None,
                };
                let added = (0..batch.len()).try_for_each(|row| {
                    let state = &mut list[places.map_or(0, |places| places[row] as usize)].states[position];
                    match &typed {
                        Some(column) => state.add_typed(call, column, row, held, st),
                        None => state.add(call, &batch, row, held, st),
                    }
                });
                added.map_err(|error| error.at(call.span))?;
            }
        }
        // Without keys there is one group even of no rows.
        if groups.list.is_empty() && self.keys.is_empty() {
            groups.list.push(self.new_group(Vec::new()));
        }
        self.held = groups.held;
        Ok(groups.list)
    }

    /// The group of each row by its one key. Keys of a type that goes into a machine word are looked up by that.
    fn places_of_one(&self, key: &Expr, groups: &mut Groups, batch: &Batch, st: &Statement) -> Result<Vec<u32>> {
        let mut places = Vec::with_capacity(batch.len());
        let Some(column) = typed::column(key, batch, st)? else {
            let keys = match key.kind {
                ExprKind::Column(slot) => (0..batch.len()).map(|row| batch.value(slot, row)).collect(),
                _ => typed::values(key, batch, st)?,
            };
            for key in keys {
                places.push(self.place_of_one(key, groups, st)?);
            }
            return Ok(places);
        };
        for row in 0..batch.len() {
            let word = match column.data() {
                _ if column.is_null(row) => None,
                ColumnData::Ints(values) => Some((0, values[row])),
                ColumnData::Bools(values) => Some((1, i64::from(values[row]))),
                // A dictionary stays as it is for a statement; each has its own groups of codes.
                ColumnData::Codes(codes, texts) => Some((Arc::as_ptr(texts) as usize, i64::from(codes[row]))),
                _ => None,
            };
            let known = word.and_then(|word| groups.words.get(&word).copied());
            places.push(match known {
                Some(place) => place,
                None => {
                    let place = self.place_of_one(column.value(row), groups, st)?;
                    if let Some(word) = word {
                        groups.words.insert(word, place);
                    }
                    place
                }
            });
        }
        Ok(places)
    }

    fn place_of_one(&self, key: Value, groups: &mut Groups, st: &Statement) -> Result<u32> {
        let key = GroupKey(key);
        if let Some(&place) = groups.single.get(&key) {
            return Ok(place);
        }
        groups.held.take(&st.memory, self.group_bytes() + value_bytes(&key.0), "grouping")?;
        let place = groups.list.len() as u32;
        groups.list.push(self.new_group(vec![key.0.clone()]));
        groups.single.insert(key, place);
        Ok(place)
    }

    fn places_of_several(&self, groups: &mut Groups, batch: &Batch, st: &Statement) -> Result<Vec<u32>> {
        let columns = self.keys.iter().map(|key| typed::values(key, batch, st)).collect::<Result<Vec<_>>>()?;
        let mut places = Vec::with_capacity(batch.len());
        let mut key = Vec::with_capacity(columns.len());
        for row in 0..batch.len() {
            key.clear();
            key.extend(columns.iter().map(|column| GroupKey(column[row].clone())));
            if let Some(&place) = groups.several.get(&key) {
                places.push(place);
                continue;
            }
            let keys: Vec<Value> = key.iter().map(|key| key.0.clone()).collect();
            groups.held.take(
                &st.memory,
                self.group_bytes() + keys.iter().map(value_bytes).sum::<usize>(),
                "grouping",
            )?;
            let place = groups.list.len() as u32;
            groups.list.push(self.new_group(keys));
            groups.several.insert(key.clone(), place);
            places.push(place);
        }
        Ok(places)
    }

    /// Bytes of a group besides its keys.
    fn group_bytes(&self) -> usize {
        64 + self.aggregates.len() * size_of::<State>()
    }
}

impl Operator for Aggregate {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.groups.is_none() {
            self.groups = Some(self.run(st)?.into_iter());
        }
        let Some(groups) = &mut self.groups else { return Ok(None) };
        let mut columns = vec![Vec::new(); self.keys.len() + self.aggregates.len()];
        let mut len = 0;
        for group in groups.by_ref().take(BATCH_ROWS) {
            len += 1;
            for (column, key) in columns.iter_mut().zip(group.keys) {
                column.push(key);
            }
            for ((column, call), state) in columns[self.keys.len()..].iter_mut().zip(&self.aggregates).zip(group.states)
            {
                column.push(state.finish(call).map_err(|error| error.at(call.span))?);
            }
        }
        if len == 0 {
            return Ok(None);
        }
        let mut batch = Batch::with_len(len);
        for (slot, column) in columns.into_iter().enumerate() {
            batch.set(slot, Column::Values(column));
        }
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.groups = None;
        self.held.release();
    }
}
