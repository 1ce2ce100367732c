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
    value::{Value, convert::row_count},
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
            return self.order(rows, usize::MAX, st);
        };
        let mut wanted = 0u64;
        for (count, what) in top.iter().zip(["LIMIT", "OFFSET"]) {
            let count = row_count(&eval(count, &Batch::unit(), 0, st)?, what).map_err(|error| error.at(count.span))?;
            wanted = wanted.saturating_add(count);
        }
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        // Keeps a few times the rows wanted, and sorts them down to that number when they are that many.
        let mut rows = Batch::default();
        while let Some(batch) = self.input.next(st)? {
            st.cancel.check()?;
            let bytes = batch.bytes();
            rows.append(batch);
            if rows.len() >= wanted.saturating_mul(2).max(4 * BATCH_ROWS) {
                rows = self.order(rows, wanted, st)?;
                self.held.release();
                self.held.take(&st.memory, rows.bytes(), "ORDER BY")?;
            } else {
                self.held.take(&st.memory, bytes, "ORDER BY")?;
            }
        }
        self.order(rows, wanted, st)
    }

    /// The first `wanted` rows in order.
    fn order(&self, rows: Batch, wanted: usize, st: &Statement) -> Result<Batch> {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        let columns = self.keys.iter().map(|key| typed::values(&key.expr, &rows, st)).collect::<Result<Vec<_>>>()?;
        sort(&mut order, |a, b| self.compare(&columns, a as usize, b as usize), st)?;
        order.truncate(wanted);
        Ok(rows.gather(&order))
    }

    fn compare(&self, columns: &[Vec<Value>], a: usize, b: usize) -> Ordering {
        for (key, column) in self.keys.iter().zip(columns) {
            let (a, b) = (&column[a], &column[b]);
            let ordering = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => {
                    if key.nulls_first {
                        Ordering::Less
                    } else {
                        Ordering::Greater
                    }
                }
                (false, true) => {
                    if key.nulls_first {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
                }
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
