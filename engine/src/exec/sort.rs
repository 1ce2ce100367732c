//! Orders rows. Equal rows keep their order; NULL goes where the key says.

use std::cmp::Ordering;

use super::{
    morsels::{Input, Place},
    operator::Operator,
};
use crate::{
    column::{Column, ColumnData},
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
    input: Input,
    order: Order,
    top: Option<Vec<Expr>>,
    /// The ordered rows and how many have been given out.
    sorted: Option<(Batch, usize)>,
    held: Held,
}

/// The order of rows.
struct Order(Vec<SortKey>);

/// The first rows of those that a thread has met.
struct Top {
    kept: Keyed,
    /// The keys of the last of as many rows as are wanted.
    bound: Option<Vec<Value>>,
    held: Held,
}

impl Sort {
    pub(super) fn new(input: Input, keys: Vec<SortKey>, top: Option<Vec<Expr>>) -> Self {
        Sort { input, order: Order(keys), top, sorted: None, held: Held::default() }
    }

    fn run(&mut self, st: &Statement) -> Result<Batch> {
        let Some(top) = &self.top else {
            let mut rows = Batch::default();
            for batch in self.input.collect(&mut self.held, st)? {
                rows.append(batch);
            }
            self.held.take(
                &st.memory,
                rows.len() * (4 + size_of::<Place>() + self.order.0.len() * size_of::<Value>()),
                "ORDER BY",
            )?;
            let keyed = self.order.keyed(rows, (0, 0), st)?;
            return Ok(self.order.first(keyed, usize::MAX, st)?.rows);
        };
        let wanted = wanted_rows(top, st)?;
        let order = &self.order;
        let new = || Top { kept: order.nothing(), bound: None, held: Held::default() };
        let add = |top: &mut Top, rows: Batch, place: Place, st: &Statement| top.add(rows, place, order, wanted, st);
        let mut all = order.nothing();
        for top in self.input.each(st, new, add)? {
            all.append(top.kept);
            self.held.absorb(top.held);
        }
        Ok(order.first(all, wanted, st)?.rows)
    }
}

impl Top {
    /// Adds rows. Keeps a few times as many as are wanted and sorts them down to that number when they are; from then on only rows
    /// before the last of these can be among them.
    fn add(&mut self, rows: Batch, place: Place, order: &Order, wanted: usize, st: &Statement) -> Result<()> {
        let mut found = match self.integers_before(&rows, place, order, st)? {
            Some(found) if found.places.is_empty() => return Ok(()),
            Some(found) => found,
            None => order.keyed(rows, place, st)?,
        };
        if let Some(bound) = &self.bound {
            let before = |row: &u32| {
                let row = *row as usize;
                order.ordering(|key| (&found.keys[key][row], &bound[key])).is_lt()
            };
            let rows: Vec<u32> = (0..found.rows.len() as u32).filter(before).collect();
            if rows.is_empty() {
                return Ok(());
            }
            found = found.gather(&rows);
        }
        self.held.take(&st.memory, found.bytes(), "ORDER BY")?;
        self.kept.append(found);
        if self.kept.rows.len() >= wanted.saturating_mul(2).max(4 * BATCH_ROWS) {
            let kept = std::mem::replace(&mut self.kept, order.nothing());
            self.kept = order.first(kept, wanted, st)?;
            self.held.release();
            self.held.take(&st.memory, self.kept.bytes(), "ORDER BY")?;
            let last = wanted.checked_sub(1).filter(|last| *last < self.kept.rows.len());
            self.bound = last.map(|last| self.kept.keys.iter().map(|key| key[last].clone()).collect());
        }
        Ok(())
    }
}

impl Top {
    /// Those of the rows that come before the bound, where the one key is an integer: of the others no value is made.
    fn integers_before(&self, rows: &Batch, place: Place, order: &Order, st: &Statement) -> Result<Option<Keyed>> {
        let (Some([Value::Int(bound)]), [key]) = (self.bound.as_deref(), &order.0[..]) else { return Ok(None) };
        let Some(Column { data: ColumnData::Ints(values), nulls: None }) = typed::column(&key.expr, rows, st)? else {
            return Ok(None);
        };
        let is_before = |value: i64| if key.descending { value > *bound } else { value < *bound };
        let before: Vec<u32> = (0..).zip(&values).filter(|(_, value)| is_before(**value)).map(|(row, _)| row).collect();
        let places = before.iter().map(|row| (place.0, place.1 + u64::from(*row))).collect();
        let keys = vec![before.iter().map(|row| Value::Int(values[*row as usize])).collect()];
        Ok(Some(Keyed { rows: rows.gather(&before), places, keys }))
    }
}

impl Order {
    fn nothing(&self) -> Keyed {
        Keyed { rows: Batch::default(), places: Vec::new(), keys: vec![Vec::new(); self.0.len()] }
    }

    /// Rows with the values of their keys.
    fn keyed(&self, rows: Batch, place: Place, st: &Statement) -> Result<Keyed> {
        let keys = self.0.iter().map(|key| typed::values(&key.expr, &rows, st)).collect::<Result<Vec<_>>>()?;
        let places = (0..rows.len() as u64).map(|row| (place.0, place.1 + row)).collect();
        Ok(Keyed { rows, places, keys })
    }

    /// The first `wanted` rows in order; equal ones by their places.
    fn first(&self, keyed: Keyed, wanted: usize, st: &Statement) -> Result<Keyed> {
        let mut order: Vec<u32> = (0..keyed.rows.len() as u32).collect();
        let compare = |a: u32, b: u32| {
            let (a, b) = (a as usize, b as usize);
            let of_keys = self.ordering(|key| (&keyed.keys[key][a], &keyed.keys[key][b]));
            of_keys.then_with(|| keyed.places[a].cmp(&keyed.places[b]))
        };
        sort(&mut order, compare, st)?;
        order.truncate(wanted);
        Ok(keyed.gather(&order))
    }

    /// The order of two rows; `values` gives those of a key in both.
    fn ordering<'v>(&self, values: impl Fn(usize) -> (&'v Value, &'v Value)) -> Ordering {
        for (number, key) in self.0.iter().enumerate() {
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

/// Rows with their places and the values of their keys, by key.
struct Keyed {
    rows: Batch,
    places: Vec<Place>,
    keys: Vec<Vec<Value>>,
}

impl Keyed {
    fn gather(&self, rows: &[u32]) -> Keyed {
        let pick = |key: &Vec<Value>| rows.iter().map(|&row| key[row as usize].clone()).collect();
        let places = rows.iter().map(|&row| self.places[row as usize]).collect();
        Keyed { rows: self.rows.gather(rows), places, keys: self.keys.iter().map(pick).collect() }
    }

    fn append(&mut self, other: Keyed) {
        self.rows.append(other.rows);
        self.places.extend(other.places);
        for (mine, other) in self.keys.iter_mut().zip(other.keys) {
            mine.extend(other);
        }
    }

    fn bytes(&self) -> usize {
        self.rows.bytes() + size_of_val(&self.places[..]) + self.keys.iter().flatten().map(value_bytes).sum::<usize>()
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
