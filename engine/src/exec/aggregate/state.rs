//! What an aggregate keeps of the rows of a group.

use rustc_hash::FxHashSet;

use super::{statistics, sum::Sum};
use crate::{
    column::{Column, ColumnData},
    error::{Error, Result},
    memory::Held,
    plan::{
        aggregate::{AggregateCall, AggregateFunction},
        expr::Expr,
    },
    runtime::{batch::Batch, eval::eval, statement::Statement},
    value::{GroupKey, Value, size::value_bytes},
};

/// What an aggregate has seen.
#[derive(Default)]
pub(super) struct State {
    seen: Option<FxHashSet<GroupKey>>,
    pub(super) count: i64,
    /// Of MIN and MAX the best so far.
    value: Value,
    /// Of SUM and AVG.
    sum: Sum,
    /// Of functions that need all values.
    values: Vec<Value>,
    /// Second argument of a percentile.
    fraction: Option<f64>,
}

impl State {
    pub(super) fn new(call: &AggregateCall) -> Self {
        State { seen: call.distinct.then(FxHashSet::default), ..State::default() }
    }

    /// Adds what a row has.
    pub(super) fn add(
        &mut self,
        call: &AggregateCall,
        batch: &Batch,
        row: usize,
        held: &mut Held,
        st: &Statement,
    ) -> Result<()> {
        let Some(argument) = call.arguments.first() else {
            self.count += 1;
            return Ok(());
        };
        let value = eval(argument, batch, row, st)?;
        let fraction = match call.arguments.get(1) {
            Some(fraction) if !value.is_null() => Some(eval(fraction, batch, row, st)?),
            _ => None,
        };
        self.add_value(call, value, fraction, held, st)
    }

    /// Adds an integer to a sum that is not of different values only.
    pub(super) fn add_integer(&mut self, number: i64) {
        self.count += 1;
        self.sum.add_integer(number);
    }

    /// Adds the value of its one argument, in a row of a column.
    pub(super) fn add_typed(
        &mut self,
        call: &AggregateCall,
        column: &Column,
        row: usize,
        held: &mut Held,
        st: &Statement,
    ) -> Result<()> {
        use AggregateFunction as F;
        if self.seen.is_none() && !column.is_null(row) {
            match (call.function, column.data()) {
                (F::Count, _) => {
                    self.count += 1;
                    return Ok(());
                }
                (F::Sum | F::Avg, ColumnData::Ints(values)) => {
                    self.add_integer(values[row]);
                    return Ok(());
                }
                (F::Sum | F::Avg, ColumnData::Floats(values)) => {
                    self.count += 1;
                    let bytes = self.sum.add_float(values[row]);
                    return if bytes > 0 { held.take(&st.memory, bytes, "the aggregate") } else { Ok(()) };
                }
                _ => {}
            }
        }
        self.add_value(call, column.value(row), None, held, st)
    }

    fn add_value(
        &mut self,
        call: &AggregateCall,
        value: Value,
        fraction: Option<Value>,
        held: &mut Held,
        st: &Statement,
    ) -> Result<()> {
        use AggregateFunction as F;
        if value.is_null() {
            st.warn("01G11", "an aggregate left out NULL values");
            return Ok(());
        }
        if let Some(seen) = &mut self.seen {
            if !seen.insert(GroupKey(value.clone())) {
                if let (F::Sum, Value::Float(_)) = (call.function, &value) {
                    self.sum.note_float();
                }
                return Ok(());
            }
            held.take(&st.memory, value_bytes(&value), "DISTINCT in an aggregate")?;
        }
        self.count += 1;
        match call.function {
            F::Count => {}
            F::Sum | F::Avg => {
                let bytes = self.sum.add(&value)?;
                if bytes > 0 {
                    held.take(&st.memory, bytes, "the aggregate")?;
                }
            }
            F::Min | F::Max => {
                let better = match self.value.is_null() {
                    true => true,
                    false if call.function == F::Min => statistics::order(&value, &self.value).is_lt(),
                    false => statistics::order(&value, &self.value).is_gt(),
                };
                if better {
                    self.value = value;
                }
            }
            F::CollectList => {
                // Once more for the list that is made of them at the end.
                held.take(&st.memory, value_bytes(&value) + size_of::<Value>(), "COLLECT_LIST")?;
                self.values.push(value);
            }
            F::StddevSamp | F::StddevPop | F::PercentileCont | F::PercentileDisc => {
                if !matches!(value, Value::Int(_) | Value::Float(_)) {
                    return Err(Error::value_type(format!("the aggregate takes numbers, not {}", value.type_name())));
                }
                if let Some(fraction) = fraction {
                    self.fraction = Some(match fraction {
                        Value::Float(fraction) if (0.0..=1.0).contains(&fraction) => fraction,
                        Value::Int(fraction @ (0 | 1)) => fraction as f64,
                        Value::Int(_) | Value::Float(_) => {
                            return Err(Error::data("22003", "a percentile is asked for by a fraction from 0 to 1"));
                        }
                        other => {
                            return Err(Error::value_type(format!(
                                "a percentile takes a FLOAT64, not {}",
                                other.type_name()
                            )));
                        }
                    });
                }
                held.take(&st.memory, value_bytes(&value), "the aggregate")?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    /// Whether what parts of the rows give can be put together to the same as all rows in their order.
    pub(super) fn can_merge(call: &AggregateCall) -> bool {
        use AggregateFunction as F;
        let function = match call.function {
            F::Count | F::Sum | F::Avg => true,
            // Of equal values, as 1 and 1.0 are, DISTINCT leaves the first.
            F::Min | F::Max | F::StddevSamp | F::StddevPop | F::PercentileCont | F::PercentileDisc => !call.distinct,
            F::CollectList => false,
        };
        // The fraction of a percentile is that of the last row.
        let one_fraction = call.arguments.iter().skip(1).all(|fraction| fraction.columns().is_empty());
        function && one_fraction && !call.arguments.iter().any(Expr::is_volatile)
    }

    /// Adds what another has seen, see [`State::can_merge`].
    pub(super) fn merge(&mut self, other: State, call: &AggregateCall, held: &mut Held, st: &Statement) -> Result<()> {
        let State { seen, count, value, sum, values, fraction } = other;
        if let Some(seen) = seen {
            for GroupKey(value) in seen {
                self.add_value(call, value, None, held, st)?;
            }
            if sum.has_floats() {
                self.sum.note_float();
            }
            return Ok(());
        }
        match call.function {
            // One more value, which is no more than a part has.
            AggregateFunction::Min | AggregateFunction::Max if !value.is_null() => {
                self.add_value(call, value, None, held, st)?;
                self.count -= 1;
            }
            AggregateFunction::Sum | AggregateFunction::Avg => {
                let bytes = self.sum.merge(&sum);
                if bytes > 0 {
                    held.take(&st.memory, bytes, "the aggregate")?;
                }
            }
            _ => {}
        }
        self.count += count;
        self.values.extend(values);
        self.fraction = self.fraction.or(fraction);
        Ok(())
    }

    /// The aggregate of what was added.
    pub(super) fn finish(mut self, call: &AggregateCall) -> Result<Value> {
        use AggregateFunction as F;
        Ok(match call.function {
            F::Count => Value::Int(self.count),
            F::Sum => self.sum.sum()?,
            F::Min | F::Max => self.value,
            F::Avg if self.count == 0 => Value::Null,
            F::Avg => self.sum.mean(self.count)?,
            F::CollectList => Value::List(self.values.into()),
            F::StddevSamp | F::StddevPop => statistics::deviation(&self.values, call.function == F::StddevSamp)?,
            F::PercentileCont | F::PercentileDisc => {
                self.values.sort_by(statistics::order);
                let (Some(fraction), false) = (self.fraction, self.values.is_empty()) else { return Ok(Value::Null) };
                let last = self.values.len() - 1;
                if call.function == F::PercentileDisc {
                    let rank = (fraction * self.values.len() as f64).ceil() as usize;
                    return Ok(self.values[rank.saturating_sub(1).min(last)].clone());
                }
                let place = fraction * last as f64;
                let (low, high) = (place.floor() as usize, (place.ceil() as usize).min(last));
                statistics::between(&self.values[low], &self.values[high], place - low as f64)
            }
        })
    }
}
