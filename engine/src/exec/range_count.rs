//! Counts, for each row of its input, the rows of another one between whose values `<` or the like holds: these are sorted once, and
//! each row looks up its place. No pair of rows is made.

use std::sync::Arc;

use wend_grammar::ast::CompareOperator;

use super::{
    morsels::{Input, ReadsTable},
    operator::{BoxOperator, Operator},
};
use crate::{
    column::{self, ColumnData},
    error::Result,
    memory::Held,
    plan::{self, kept::KeptTable},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
        typed,
    },
};

/// See [`crate::plan::Plan::RangeCount`].
pub(super) struct RangeCount {
    input: BoxOperator,
    build: Build,
    count: plan::RangeCount,
    kept: Option<KeptTable>,
    values: Option<Arc<Values>>,
}

/// Reads the rows that are counted.
pub(super) struct Build {
    input: Input,
    count: plan::RangeCount,
}

/// The rows that are counted, and their values, sorted, where these are numbers of one type.
struct Values {
    rows: Batch,
    sorted: Sorted,
    _held: Held,
}

enum Sorted {
    Ints(Vec<i64>),
    /// Without NaN.
    Floats(Vec<f64>),
    /// Pairs of rows have to be compared.
    Neither,
}

impl Build {
    pub(super) fn new(input: Input, count: plan::RangeCount) -> Self {
        Build { input, count }
    }

    fn values(&mut self, st: &Statement) -> Result<Values> {
        let mut held = Held::default();
        let mut rows = Batch::default();
        for batch in self.input.collect(&mut held, st)? {
            rows.append(batch);
        }
        let sorted = match typed::column(&self.count.build, &rows, st)? {
            Some(values) => {
                held.take(&st.memory, 8 * rows.len(), "a join by comparison")?;
                Sorted::of(&values)
            }
            None => Sorted::Neither,
        };
        Ok(Values { rows, sorted, _held: held })
    }
}

impl ReadsTable for Build {
    fn read(&mut self, table: &KeptTable, st: &Statement) -> Result<()> {
        table.get_or_make(|| self.values(st)).map(|_| ())
    }
}

impl Sorted {
    fn of(column: &column::Column) -> Sorted {
        let known = |row: &usize| !column.is_null(*row);
        match column.data() {
            ColumnData::Ints(values) => {
                let mut values: Vec<i64> = (0..values.len()).filter(known).map(|row| values[row]).collect();
                values.sort_unstable();
                Sorted::Ints(values)
            }
            ColumnData::Floats(values) => {
                let known = (0..values.len()).filter(known).map(|row| values[row]);
                let mut values: Vec<f64> = known.filter(|value| !value.is_nan()).collect();
                values.sort_unstable_by(f64::total_cmp);
                Sorted::Floats(values)
            }
            _ => Sorted::Neither,
        }
    }

    /// How many of the values each value of a column is in the relation to; `None` where they have to be compared one by one.
    fn counts(&self, operator: CompareOperator, column: &column::Column) -> Option<Vec<i64>> {
        match (self, column.data()) {
            (Sorted::Ints(sorted), ColumnData::Ints(values)) => counts(operator, sorted, values, column),
            (Sorted::Floats(sorted), ColumnData::Floats(values)) => counts(operator, sorted, values, column),
            _ => None,
        }
    }
}

/// See [`Sorted::counts`]; NULL and NaN are in no relation.
fn counts<T: PartialOrd + Copy>(
    operator: CompareOperator,
    sorted: &[T],
    values: &[T],
    column: &column::Column,
) -> Option<Vec<i64>> {
    use CompareOperator as C;
    let below = |value: T| sorted.partition_point(|other| *other < value);
    let up_to = |value: T| sorted.partition_point(|other| *other <= value);
    let one = |row: usize| {
        let value = values[row];
        let has_order = value.partial_cmp(&value).is_some();
        if column.is_null(row) || !has_order {
            return Some(0);
        }
        let count = match operator {
            C::Less => sorted.len() - up_to(value),
            C::LessOrEqual => sorted.len() - below(value),
            C::Greater => below(value),
            C::GreaterOrEqual => up_to(value),
            C::Equal | C::NotEqual => return None,
        };
        Some(count as i64)
    };
    (0..values.len()).map(one).collect()
}

impl RangeCount {
    /// The rows of `build` are read into `kept`, where there is one, or taken from it.
    pub(super) fn new(input: BoxOperator, build: Build, count: plan::RangeCount, kept: Option<KeptTable>) -> Self {
        RangeCount { input, build, count, kept, values: None }
    }

    fn values(&mut self, st: &Statement) -> Result<Arc<Values>> {
        if let Some(values) = &self.values {
            return Ok(values.clone());
        }
        let build = &mut self.build;
        let values = match &self.kept {
            Some(kept) => kept.get_or_make(|| build.values(st))?,
            None => Arc::new(build.values(st)?),
        };
        self.values = Some(values.clone());
        Ok(values)
    }

    /// The counts by trying each pair of rows.
    fn pair_by_pair(&self, batch: &Batch, values: &Values, st: &Statement) -> Result<Vec<i64>> {
        let mut counts = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            let mut count = 0;
            for from in (0..values.rows.len()).step_by(BATCH_ROWS) {
                st.cancel.check()?;
                let to = (from + BATCH_ROWS).min(values.rows.len());
                let mut pairs = batch.gather(&vec![row as u32; to - from]);
                pairs.fill_from(values.rows.slice(from, to));
                count += typed::rows_that_hold(&self.count.condition, &pairs, st)?.len() as i64;
            }
            counts.push(count);
        }
        Ok(counts)
    }
}

impl Operator for RangeCount {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        // The input comes first: without it the other rows are not asked for.
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let values = self.values(st)?;
            let known = typed::column(&self.count.input, &batch, st)?;
            let counts = match known.and_then(|column| values.sorted.counts(self.count.operator, &column)) {
                Some(counts) => counts,
                None => self.pair_by_pair(&batch, &values, st)?,
            };
            let rows: Vec<u32> = (0..).zip(&counts).filter(|(_, count)| **count > 0).map(|(row, _)| row).collect();
            if rows.is_empty() {
                continue;
            }
            let mut out = batch.gather(&rows);
            let counts = rows.iter().map(|row| counts[*row as usize]).collect();
            out.set(self.count.slot, Column::Typed(column::Column::new(ColumnData::Ints(counts), None)));
            return Ok(Some(out));
        }
        Ok(None)
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.build.input.rewind(argument, st);
        self.values = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn counts_are_those_of_all_pairs() {
        use CompareOperator as C;
        let column = |values: &[Option<f64>]| {
            column::Column::from_values(values.iter().map(|value| value.map_or(Value::Null, Value::Float)).collect())
        };
        let nan = f64::NAN;
        let (a, b) = (
            [Some(1.0), None, Some(-0.0), Some(nan), Some(2.5), Some(f64::INFINITY)],
            [Some(0.0), Some(1.0), None, Some(1.0), Some(nan), Some(-0.0), Some(f64::NEG_INFINITY)],
        );
        let tests: [(C, fn(f64, f64) -> bool); 4] = [
            (C::Less, |a, b| a < b),
            (C::LessOrEqual, |a, b| a <= b),
            (C::Greater, |a, b| a > b),
            (C::GreaterOrEqual, |a, b| a >= b),
        ];
        for (operator, holds) in tests {
            let found = Sorted::of(&column(&b)).counts(operator, &column(&a)).unwrap();
            let wanted: Vec<i64> = a
                .iter()
                .map(|a| b.iter().filter(|b| matches!((a, b), (Some(a), Some(b)) if holds(*a, *b))).count() as i64)
                .collect();
            assert_eq!(found, wanted, "{operator:?}");
        }
        assert!(Sorted::of(&column(&b)).counts(C::Less, &column::Column::from_values(vec![Value::Int(1)])).is_none());
    }
}
