//! Grouping and the aggregate functions. Groups come out in the order of their first rows.

use rustc_hash::{FxHashMap, FxHashSet};
use wend_grammar::ast::Span;

use super::{
    BoxOperator, Operator,
    batch::{BATCH_ROWS, Batch, Column, value_bytes},
    context::Statement,
    eval::eval,
};
use crate::{
    error::{Error, Result},
    function::{FunctionDescription, operators},
    plan::expr::Expr,
    value::{GroupKey, Value},
};

/// An aggregate function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AggregateFunction {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    CollectList,
    StddevSamp,
    StddevPop,
    PercentileCont,
    PercentileDisc,
}

/// Names, signature and what it gives.
const FUNCTIONS: [(AggregateFunction, &[&str], &str, &str); 10] = [
    (
        AggregateFunction::Count,
        &["COUNT"],
        "COUNT(* | [DISTINCT] value) -> INT64",
        "How many rows, or values that are not NULL.",
    ),
    (AggregateFunction::Sum, &["SUM"], "SUM([DISTINCT] number) -> number", "The sum; NULL without values."),
    (AggregateFunction::Avg, &["AVG"], "AVG([DISTINCT] number) -> FLOAT64", "The mean; NULL without values."),
    (AggregateFunction::Min, &["MIN"], "MIN(value) -> value", "The smallest value."),
    (AggregateFunction::Max, &["MAX"], "MAX(value) -> value", "The largest value."),
    (
        AggregateFunction::CollectList,
        &["COLLECT_LIST", "COLLECT"],
        "COLLECT_LIST([DISTINCT] value) -> LIST",
        "The values that are not NULL, in the order of the rows.",
    ),
    (
        AggregateFunction::StddevSamp,
        &["STDDEV_SAMP", "STDEV"],
        "STDDEV_SAMP(number) -> FLOAT64",
        "The standard deviation of a sample.",
    ),
    (
        AggregateFunction::StddevPop,
        &["STDDEV_POP", "STDEVP"],
        "STDDEV_POP(number) -> FLOAT64",
        "The standard deviation of a whole population.",
    ),
    (
        AggregateFunction::PercentileCont,
        &["PERCENTILE_CONT"],
        "PERCENTILE_CONT(number, fraction) -> FLOAT64",
        "The value at a fraction of the ordered values, interpolated.",
    ),
    (
        AggregateFunction::PercentileDisc,
        &["PERCENTILE_DISC"],
        "PERCENTILE_DISC(number, fraction) -> number",
        "The value at a fraction of the ordered values.",
    ),
];

impl AggregateFunction {
    /// The function of that name, upper case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(_, names, ..)| names.contains(&name)).map(|(function, ..)| *function)
    }

    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        FUNCTIONS.iter().flat_map(|(_, names, ..)| names.iter().copied())
    }

    /// The functions as users see them.
    pub(crate) fn descriptions() -> impl Iterator<Item = FunctionDescription> {
        FUNCTIONS.iter().map(|(_, names, signature, doc)| FunctionDescription { name: names[0], signature, doc })
    }

    /// How many arguments it takes.
    pub(crate) fn arity(self) -> usize {
        match self {
            AggregateFunction::PercentileCont | AggregateFunction::PercentileDisc => 2,
            _ => 1,
        }
    }
}

/// An aggregate with its arguments; COUNT(*) has none.
#[derive(Clone, Debug)]
pub(crate) struct AggregateCall {
    pub(crate) function: AggregateFunction,
    pub(crate) distinct: bool,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) span: Span,
}

impl AggregateCall {
    /// Whether it is COUNT(*).
    pub(crate) fn counts_rows(&self) -> bool {
        self.function == AggregateFunction::Count && self.arguments.is_empty()
    }
}

/// See [`crate::plan::Plan::Aggregate`].
pub(super) struct Aggregate {
    input: BoxOperator,
    keys: Vec<Expr>,
    aggregates: Vec<AggregateCall>,
    groups: Option<std::vec::IntoIter<Group>>,
}

/// One group.
struct Group {
    keys: Vec<Value>,
    states: Vec<State>,
}

/// What an aggregate has seen.
#[derive(Default)]
struct State {
    seen: Option<FxHashSet<GroupKey>>,
    count: i64,
    /// Of SUM and AVG the sum, of MIN and MAX the best so far.
    value: Value,
    /// Of SUM as long as it has seen integers alone: partial sums may be larger than the sum.
    integers: Option<i128>,
    /// Of functions that need all values.
    values: Vec<Value>,
    /// Second argument of a percentile.
    fraction: Option<f64>,
}

impl Aggregate {
    pub(super) fn new(input: BoxOperator, keys: Vec<Expr>, aggregates: Vec<AggregateCall>) -> Self {
        Aggregate { input, keys, aggregates, groups: None }
    }

    fn new_group(&self, keys: Vec<Value>) -> Group {
        let state = |call: &AggregateCall| State { seen: call.distinct.then(FxHashSet::default), ..State::default() };
        Group { keys, states: self.aggregates.iter().map(state).collect() }
    }

    fn add(&self, group: &mut Group, batch: &Batch, row: usize, st: &Statement) -> Result<()> {
        for (call, state) in self.aggregates.iter().zip(&mut group.states) {
            state.add(call, batch, row, st).map_err(|error| error.at(call.span))?;
        }
        Ok(())
    }

    fn run(&mut self, st: &Statement) -> Result<Vec<Group>> {
        let mut index: FxHashMap<Vec<GroupKey>, usize> = FxHashMap::default();
        // One key needs no list of them.
        let mut single: FxHashMap<GroupKey, usize> = FxHashMap::default();
        let mut groups = Vec::new();
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            for row in 0..batch.len() {
                if let [key] = &self.keys[..] {
                    let key = GroupKey(eval(key, &batch, row, st)?);
                    let position = match single.get(&key) {
                        Some(&position) => position,
                        None => {
                            st.memory.take(64 + value_bytes(&key.0), "grouping")?;
                            groups.push(self.new_group(vec![key.0.clone()]));
                            single.insert(key, groups.len() - 1);
                            groups.len() - 1
                        }
                    };
                    self.add(&mut groups[position], &batch, row, st)?;
                    continue;
                }
                let keys = self.keys.iter().map(|key| eval(key, &batch, row, st)).collect::<Result<Vec<_>>>()?;
                let group_key: Vec<GroupKey> = keys.iter().cloned().map(GroupKey).collect();
                let position = match index.get(&group_key) {
                    Some(&position) => position,
                    None => {
                        st.memory.take(64 + keys.iter().map(value_bytes).sum::<usize>(), "grouping")?;
                        groups.push(self.new_group(keys));
                        index.insert(group_key, groups.len() - 1);
                        groups.len() - 1
                    }
                };
                self.add(&mut groups[position], &batch, row, st)?;
            }
        }
        // Without keys there is one group even of no rows.
        if groups.is_empty() && self.keys.is_empty() {
            groups.push(self.new_group(Vec::new()));
        }
        Ok(groups)
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
}

fn integer_sum(sum: i128) -> Result<Value> {
    let sum = i64::try_from(sum);
    sum.map(Value::Int).map_err(|_| Error::data("22003", "the sum is out of the range of INT64"))
}

impl State {
    fn add(&mut self, call: &AggregateCall, batch: &Batch, row: usize, st: &Statement) -> Result<()> {
        use AggregateFunction as F;
        let Some(argument) = call.arguments.first() else {
            self.count += 1;
            return Ok(());
        };
        let value = eval(argument, batch, row, st)?;
        if value.is_null() {
            st.warn("01G11", "an aggregate left out NULL values");
            return Ok(());
        }
        if let Some(seen) = &mut self.seen {
            if !seen.insert(GroupKey(value.clone())) {
                return Ok(());
            }
            st.memory.take(value_bytes(&value), "DISTINCT in an aggregate")?;
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
                st.memory.take(value_bytes(&value), "COLLECT_LIST")?;
                self.values.push(value);
            }
            F::StddevSamp | F::StddevPop | F::PercentileCont | F::PercentileDisc => {
                if !matches!(value, Value::Int(_) | Value::Float(_)) {
                    return Err(Error::value_type(format!("the aggregate takes numbers, not {}", value.type_name())));
                }
                if let Some(fraction) = call.arguments.get(1) {
                    self.fraction = Some(match eval(fraction, batch, row, st)? {
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
                st.memory.take(value_bytes(&value), "the aggregate")?;
                self.values.push(value);
            }
        }
        Ok(())
    }

    fn finish(mut self, call: &AggregateCall) -> Result<Value> {
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
