//! Grouping and the aggregate functions. Groups come out in the order of their first rows.

mod groups;
mod state;
pub(crate) mod statistics;
pub(crate) mod sum;

use groups::{Group, Groups};
use state::State;

use super::{
    morsels::{Input, Place},
    operator::Operator,
};
use crate::{
    column::{Column, ColumnData},
    error::Result,
    memory::Held,
    plan::{
        aggregate::{AggregateCall, AggregateFunction},
        expr::Expr,
    },
    runtime::{
        batch::{self, BATCH_ROWS, Batch},
        statement::Statement,
        typed,
    },
    value::Value,
};

/// See [`crate::plan::Plan::Aggregate`].
pub(super) struct Aggregate {
    input: Input,
    keys: Vec<Expr>,
    aggregates: Vec<AggregateCall>,
    groups: Option<std::vec::IntoIter<Group>>,
    /// The bytes of the groups.
    held: Held,
}

/// Whether the groups of parts of the rows can be put together, whatever rows each part has.
pub(super) fn in_any_order(keys: &[Expr], aggregates: &[AggregateCall]) -> bool {
    !keys.iter().any(Expr::is_volatile) && aggregates.iter().all(State::can_merge)
}

impl Aggregate {
    pub(super) fn new(input: Input, keys: Vec<Expr>, aggregates: Vec<AggregateCall>) -> Self {
        Aggregate { input, keys, aggregates, groups: None, held: Held::default() }
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Group>> {
        let (keys, aggregates) = (&self.keys, &self.aggregates);
        let add = |groups: &mut Groups, batch: Batch, place: Place, st: &Statement| -> Result<()> {
            add_rows(groups, keys, aggregates, &batch, place, st)
        };
        let parts = self.input.each(st, Groups::default, add)?;
        let mut groups = Groups::merge(parts, aggregates, st)?;
        // Without keys there is one group even of no rows.
        if keys.is_empty() {
            groups.only(aggregates);
        }
        self.held = groups.held;
        Ok(groups.list)
    }
}

/// Adds the rows of a batch to their groups.
fn add_rows(
    groups: &mut Groups,
    keys: &[Expr],
    aggregates: &[AggregateCall],
    batch: &Batch,
    place: Place,
    st: &Statement,
) -> Result<()> {
    // Where the group of each row is.
    let places = match keys {
        [] => {
            groups.only(aggregates);
            None
        }
        keys => Some(groups.places(keys, aggregates, batch, place, st)?),
    };
    let places = places.as_deref();
    for (position, call) in aggregates.iter().enumerate() {
        let Groups { list, held, .. } = &mut *groups;
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
            [argument] => typed::column(argument, batch, st)?,
            _ => None,
        };
        if let Some(Column { data: ColumnData::Ints(values), nulls: None }) = &typed
            && matches!(call.function, AggregateFunction::Sum | AggregateFunction::Avg)
            && !call.distinct
        {
            for (row, value) in values.iter().enumerate() {
                list[places.map_or(0, |places| places[row] as usize)].states[position].add_integer(*value);
            }
            continue;
        }
        let added = (0..batch.len()).try_for_each(|row| {
            let state = &mut list[places.map_or(0, |places| places[row] as usize)].states[position];
            match &typed {
                Some(column) => state.add_typed(call, column, row, held, st),
                None => state.add(call, batch, row, held, st),
            }
        });
        added.map_err(|error| error.at(call.span))?;
    }
    Ok(())
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
            batch.set(slot, column_of(column));
        }
        Ok(Some(batch))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.groups = None;
        self.held.release();
    }
}

/// Groups by nodes are followed, or their properties read, as those of a scan are.
fn column_of(values: Vec<Value>) -> batch::Column {
    let nodes = values.iter().map(|value| if let Value::Node(node) = value { Some(node.number) } else { None });
    match nodes.collect() {
        Some(nodes) => batch::Column::Nodes(nodes),
        None => batch::Column::Typed(Column::from_values(values)),
    }
}
