//! What an aggregate keeps of the rows of a group.

use rustc_hash::FxHashSet;

use super::{
    super::{
        batch::{Batch, value_bytes},
        context::{Held, Statement},
        eval::eval,
        typed::{Array, TypedColumn},
    },
    AggregateCall, AggregateFunction,
};
use crate::{
    error::{Error, Result},
    function::operators,
    value::{GroupKey, Value},
};

/// What an aggregate has seen.
#[derive(Default)]
pub(super) struct State {
    seen: Option<FxHashSet<GroupKey>>,
    pub(super) count: i64,
    /// Of SUM and AVG the sum, of MIN and MAX the best so far.
    value: Value,
    /// Of SUM as long as it has seen integers alone: partial sums may be larger than the sum.
    integers: Option<i128>,
    /// Of functions that need all values.
    values: Vec<Value>,
    /// Second argument of a percentile.
    fraction: Option<f64>,
}

fn integer_sum(sum: i128) -> Result<Value> {
    let sum = i64::try_from(sum);
    sum.map(Value::Int).map_err(|_| Error::data("22003", "the sum is out of the range of INT64"))
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

    /// The same for the value of its one argument, in a row of a column.
    pub(super) fn add_typed(
        &mut self,
        call: &AggregateCall,
        column: &TypedColumn,
        row: usize,
        held: &mut Held,
        st: &Statement,
    ) -> Result<()> {
        use AggregateFunction as F;
        if self.seen.is_none() && !column.is_null(row) {
            match (call.function, &column.array) {
                (F::Count, _) => {
                    self.count += 1;
                    return Ok(());
                }
                (F::Sum, Array::Ints(values)) if self.value.is_null() => {
                    self.count += 1;
                    self.integers = Some(self.integers.unwrap_or(0) + i128::from(values[row]));
                    return Ok(());
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
                return Ok(());
            }
            held.take(st, value_bytes(&value), "DISTINCT in an aggregate")?;
        }
        self.count += 1;
        match call.function {
            F::Count => {}
            F::Sum | F::Avg => {
                if !matches!(value, Value::Int(_) | Value::Float(_) | Value::Duration(_)) {
                    return Err(Error::value_type(format!("SUM and AVG take numbers, not {}", value.type_name())));
                }
                if let (F::Sum, Value::Int(number), true) = (call.function, &value, self.value.is_null()) {
                    self.integers = Some(self.integers.unwrap_or(0) + i128::from(*number));
                    return Ok(());
                }
                if let Some(integers) = self.integers.take() {
                    self.value = integer_sum(integers)?;
                }
                // AVG of integers is computed in floats: its sum need not fit.
                let value = match (call.function, value) {
                    (F::Avg, Value::Int(value)) => Value::Float(value as f64),
                    (_, value) => value,
                };
                self.value = if self.value.is_null() { value } else { operators::add(&self.value, &value)? };
            }
            F::Min | F::Max => {
                let better = match self.value.is_null() {
                    true => true,
                    false if call.function == F::Min => value.order(&self.value).is_lt(),
                    false => value.order(&self.value).is_gt(),
                };
                if better {
                    self.value = value;
                }
            }
            F::CollectList => {
                held.take(st, value_bytes(&value), "COLLECT_LIST")?;
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
                held.take(st, value_bytes(&value), "the aggregate")?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    /// The aggregate of what was added.
    pub(super) fn finish(mut self, call: &AggregateCall) -> Result<Value> {
        use AggregateFunction as F;
        let number = |value: &Value| match value {
            Value::Int(value) => *value as f64,
            Value::Float(value) => *value,
            _ => f64::NAN,
        };
        Ok(match call.function {
            F::Count => Value::Int(self.count),
            F::Sum if let Some(integers) = self.integers => integer_sum(integers)?,
            F::Sum | F::Min | F::Max => self.value,
            F::Avg if self.count == 0 => Value::Null,
            F::Avg => operators::divide(
                &self.value,
                &match self.value {
                    Value::Duration(_) => Value::Int(self.count),
                    _ => Value::Float(self.count as f64),
                },
            )?,
            F::CollectList => Value::List(self.values.into()),
            F::StddevSamp | F::StddevPop => {
                let less = if call.function == F::StddevSamp { 1.0 } else { 0.0 };
                let n = self.values.len() as f64;
                if n - less <= 0.0 {
                    return Ok(Value::Null);
                }
                let mean = self.values.iter().map(number).sum::<f64>() / n;
                let squares: f64 = self.values.iter().map(|value| (number(value) - mean).powi(2)).sum();
                Value::Float((squares / (n - less)).sqrt())
            }
            F::PercentileCont | F::PercentileDisc => {
                self.values.sort_by(|a, b| a.order(b));
                let (Some(fraction), false) = (self.fraction, self.values.is_empty()) else { return Ok(Value::Null) };
                let last = self.values.len() - 1;
                if call.function == F::PercentileDisc {
                    let rank = (fraction * self.values.len() as f64).ceil() as usize;
                    return Ok(self.values[rank.saturating_sub(1).min(last)].clone());
                }
                let place = fraction * last as f64;
                let (low, high) = (place.floor() as usize, (place.ceil() as usize).min(last));
                let (a, b) = (number(&self.values[low]), number(&self.values[high]));
                Value::Float(a + (b - a) * (place - low as f64))
            }
        })
    }
}
