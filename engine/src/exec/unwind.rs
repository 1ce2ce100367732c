//! A row for each element of a list.

use super::operator::{BoxOperator, Operator};
use crate::{
    error::{Error, Result},
    function::Range,
    memory::Held,
    plan::expr::{Expr, ExprKind},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        eval::eval_kept,
        statement::Statement,
    },
    value::Value,
};

/// See [`crate::plan::Plan::Unwind`].
pub(super) struct Unwind {
    input: BoxOperator,
    list: Expr,
    slot: usize,
    counter: Option<(usize, i64)>,
    current: Option<(Batch, usize, Option<List>)>,
    /// What the list takes.
    held: Held,
}

/// The list of one row and how much of it has been given out.
struct List {
    items: Items,
    next: usize,
}

enum Items {
    Value(Value),
    /// A RANGE counts; as a list it would take memory for all its elements.
    Range(Range),
}

impl Items {
    fn of(list: &Expr, batch: &Batch, row: usize, st: &Statement) -> Result<Items> {
        if let ExprKind::Function(function, arguments) = &list.kind
            && function.name == "RANGE"
        {
            let arguments =
                arguments.iter().map(|argument| eval_kept(argument, batch, row, st)).collect::<Result<Vec<_>>>()?;
            return if arguments.iter().any(Value::is_null) {
                Ok(Items::Value(Value::Null))
            } else {
                Range::of(&arguments).map(Items::Range).map_err(|error| error.at(list.span))
            };
        }
        eval_kept(list, batch, row, st).map(Items::Value)
    }
}

impl Unwind {
    pub(super) fn new(input: BoxOperator, list: Expr, slot: usize, counter: Option<(usize, i64)>) -> Self {
        Unwind { input, list, slot, counter, current: None, held: Held::default() }
    }
}

impl Operator for Unwind {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            if self.current.is_none() {
                let Some(batch) = self.input.next(st)? else { return Ok(None) };
                self.current = Some((batch, 0, None));
            }
            let Some((batch, row, list)) = &mut self.current else { return Ok(None) };
            let (mut rows, mut values, mut positions) = (Vec::new(), Vec::new(), Vec::new());
            while *row < batch.len() && rows.len() < BATCH_ROWS {
                let list_of_row = match list {
                    Some(list) => list,
                    None => {
                        let items = Items::of(&self.list, batch, *row, st)?;
                        self.held.hold_made(&st.memory);
                        list.insert(List { items, next: 0 })
                    }
                };
                let take = BATCH_ROWS - rows.len();
                let from = list_of_row.next;
                let len = match &list_of_row.items {
                    Items::Range(range) => {
                        values.extend(range.values(from, take));
                        range.len()
                    }
                    Items::Value(Value::Null) => 0,
                    Items::Value(Value::List(items)) => {
                        values.extend(items.iter().skip(from).take(take).cloned());
                        items.len()
                    }
                    Items::Value(Value::Vector(items)) => {
                        values.extend(items.iter().skip(from).take(take).map(|&item| Value::Float(item.into())));
                        items.len()
                    }
                    Items::Value(other) => {
                        return Err(Error::value_type(format!("FOR takes a LIST, not {}", other.type_name()))
                            .at(self.list.span));
                    }
                };
                let to = len.min(from + take);
                rows.resize(rows.len() + to.saturating_sub(from), *row as u32);
                if let Some((_, first)) = self.counter {
                    positions.extend((from..to).map(|position| Value::Int(position as i64 + first)));
                }
                list_of_row.next = to;
                if to >= len {
                    *list = None;
                    *row += 1;
                }
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                out.set(self.slot, Column::Values(values));
                if let Some((slot, _)) = self.counter {
                    out.set(slot, Column::Values(positions));
                }
                out
            });
            if *row >= batch.len() {
                self.current = None;
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.current = None;
        self.held.release();
    }
}
