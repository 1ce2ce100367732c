//! Orders rows. Equal rows keep their order; NULL goes where the key says.

use std::cmp::Ordering;

use super::operator::{BoxOperator, Operator, collect};
use crate::{
    error::Result,
    memory::Held,
    plan::{SortKey, expr::Expr},
    runtime::{
        batch::{BATCH_ROWS, Batch},
        eval::eval,
        statement::Statement,
        typed,
    },
    value::{Value, convert::row_count, size::value_bytes},
};

/// See [`crate::plan::Plan::Sort`].
pub(super) struct Sort {
    input: BoxOperator,
    keys: Vec<SortKey>,
    top: Option<Vec<Expr>>,
    /// The ordered rows and how many have been given out.
    sorted: Option<(Batch, usize)>,
    held: Held,
}

impl Sort {
    pub(super) fn new(input: BoxOperator, keys: Vec<SortKey>, top: Option<Vec<Expr>>) -> Self {
        Sort { input, keys, top, sorted: None, held: Held::default() }
    }

    fn run(&mut self, st: &Statement) -> Result<Batch> {
        let Some(top) = &self.top else {
            let mut rows = Batch::default();
            for batch in collect(&mut self.input, Some(&mut self.held), st)? {
                rows.append(batch);
            }
            self.held.take(&st.memory, rows.len() * (4 + self.keys.len() * size_of::<Value>()), "ORDER BY")?;
            let keyed = self.keyed(rows, st)?;
            return Ok(self.order(keyed, usize::MAX, st)?.rows);
        };
        let wanted = wanted_rows(top, st)?;
        self.first(wanted, st)
    }

    /// The first `wanted` rows. Keeps a few times as many and sorts them down to that number when they are; from then on only rows
    /// before the last of these can be among them.
    fn first(&mut self, wanted: usize, st: &Statement) -> Result<Batch> {
        let mut kept = Keyed { rows: Batch::default(), keys: vec![Vec::new(); self.keys.len()] };
        let mut bound: Option<Vec<Value>> = None;
        while let Some(rows) = self.input.next(st)? {
            st.cancel.check()?;
            let mut found = self.keyed(rows, st)?;
            if let Some(bound) = &bound {
                let before = |row: &u32| {
                    let row = *row as usize;
                    self.ordering(|key| (&found.keys[key][row], &bound[key])).is_lt()
                };
                let rows: Vec<u32> = (0..found.rows.len() as u32).filter(before).collect();
                if rows.is_empty() {
                    continue;
                }
                found = found.gather(&rows);
            }
            self.held.take(&st.memory, found.bytes(), "ORDER BY")?;
            kept.append(found);
            if kept.rows.len() >= wanted.saturating_mul(2).max(4 * BATCH_ROWS) {
                kept = self.order(kept, wanted, st)?;
                self.held.release();
                self.held.take(&st.memory, kept.bytes(), "ORDER BY")?;
                let last = wanted.checked_sub(1).filter(|last| *last < kept.rows.len());
                bound = last.map(|last| kept.keys.iter().map(|key| key[last].clone()).collect());
            }
        }
        Ok(self.order(kept, wanted, st)?.rows)
    }

    /// Rows with the values of their keys.
    fn keyed(&self, rows: Batch, st: &Statement) -> Result<Keyed> {
        let keys = self.keys.iter().map(|key| typed::values(&key.expr, &rows, st)).collect::<Result<Vec<_>>>()?;
        Ok(Keyed { rows, keys })
    }

    /// The first `wanted` rows in order.
    fn order(&self, keyed: Keyed, wanted: usize, st: &Statement) -> Result<Keyed> {
        let mut order: Vec<u32> = (0..keyed.rows.len() as u32).collect();
        let compare =
            |a: u32, b: u32| self.ordering(|key| (&keyed.keys[key][a as usize], &keyed.keys[key][b as usize]));
        sort(&mut order, compare, st)?;
        order.truncate(wanted);
        Ok(keyed.gather(&order))
    }

    /// The order of two rows; `values` gives those of a key in both.
    fn ordering<'v>(&self, values: impl Fn(usize) -> (&'v Value, &'v Value)) -> Ordering {
        for (number, key) in self.keys.iter().enumerate() {
            let (a, b) = values(number);
            let null_first = if key.nulls_first { Ordering::Less } else { Ordering::Greater };
            let ordering = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => null_first,
                (false, true) => null_first.reverse(),
                (false, false) if key.descending => b.order(a),
                (false, false) => a.order(b),
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }
}

/// Rows with the values of their keys, by key.
struct Keyed {
    rows: Batch,
    keys: Vec<Vec<Value>>,
}

impl Keyed {
    fn gather(&self, rows: &[u32]) -> Keyed {
        let pick = |key: &Vec<Value>| rows.iter().map(|&row| key[row as usize].clone()).collect();
        Keyed { rows: self.rows.gather(rows), keys: self.keys.iter().map(pick).collect() }
    }

    fn append(&mut self, other: Keyed) {
        self.rows.append(other.rows);
        for (mine, other) in self.keys.iter_mut().zip(other.keys) {
            mine.extend(other);
        }
    }

    fn bytes(&self) -> usize {
        self.rows.bytes() + self.keys.iter().flatten().map(value_bytes).sum::<usize>()
    }
}

/// How many rows are wanted, by the counts of [`crate::plan::Plan::Sort`].
pub(super) fn wanted_rows(top: &[Expr], st: &Statement) -> Result<usize> {
    let mut wanted = 0u64;
    for (count, what) in top.iter().zip(["LIMIT", "OFFSET"]) {
        let count = row_count(&eval(count, &Batch::unit(), 0, st)?, what).map_err(|error| error.at(count.span))?;
        wanted = wanted.saturating_add(count);
    }
    Ok(usize::try_from(wanted).unwrap_or(usize::MAX))
}

/// A stable sort that can be cancelled: pieces are sorted, and then merged in pairs.
fn sort(order: &mut Vec<u32>, compare: impl Fn(u32, u32) -> Ordering, st: &Statement) -> Result<()> {
    const PIECE: usize = 1 << 15;
    for piece in order.chunks_mut(PIECE) {
        st.cancel.check()?;
        piece.sort_by(|&a, &b| compare(a, b));
    }
    let mut width = PIECE;
    while width < order.len() {
        let mut merged = Vec::with_capacity(order.len());
        for pair in order.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let ([a, ..], [b, ..]) = (left, right) {
                if merged.len().is_multiple_of(PIECE) {
                    st.cancel.check()?;
                }
                let side = if compare(*a, *b).is_le() { &mut left } else { &mut right };
                merged.push(side[0]);
                *side = &side[1..];
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *order = merged;
        width *= 2;
    }
    Ok(())
}

impl Operator for Sort {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.sorted.is_none() {
            self.sorted = Some((self.run(st)?, 0));
        }
        let Some((rows, next)) = &mut self.sorted else { return Ok(None) };
        let (from, to) = (*next, (*next + BATCH_ROWS).min(rows.len()));
        *next = to;
        Ok((from < to).then(|| rows.slice(from, to)))
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.sorted = None;
        self.held.release();
    }
}
