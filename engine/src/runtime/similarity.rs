//! Similarities and distances of vectors for all rows of a batch at once: the values of the functions, with the same bits, without
//! a value for each vector.

use super::{
    batch::{self, Batch},
    statement::Statement,
    vector_block::{self, Block},
};
use crate::{
    column::{Column, ColumnData},
    error::Result,
    plan::{
        expr::{Expr, ExprKind},
        nearest::Measure,
    },
    value::Value,
};

/// Rows whose sums are added up side by side: each sum has an order, so that one alone would wait for itself.
const SIDE_BY_SIDE: usize = 8;

/// Magnitudes of the numbers of a list of which no square, product or sum overflows or vanishes. Those of a VECTOR never do.
const MAGNITUDES: std::ops::Range<f64> = 1e-60..1e60;

/// An argument: one vector for all rows, or those of the nodes of the rows.
enum Side {
    One(Vec<f64>),
    Each(Block),
}

/// The function's values; `None` where they have to be computed row by row.
pub(super) fn column(
    measure: Measure,
    arguments: [(&Expr, Option<Value>); 2],
    batch: &Batch,
    st: &Statement,
) -> Result<Option<Column>> {
    let [(left, left_value), (right, right_value)] = arguments;
    let Some(left) = side(left, left_value, batch, st)? else { return Ok(None) };
    let Some(right) = side(right, right_value, batch, st)? else { return Ok(None) };
    // All of these functions are symmetric, to the bit.
    Ok(match (left, right) {
        (Side::Each(rows), other) | (other @ Side::One(_), Side::Each(rows)) => {
            measured(measure, &rows, &other, batch.len())
        }
        (Side::One(_), Side::One(_)) => None,
    })
}

fn side(expr: &Expr, value: Option<Value>, batch: &Batch, st: &Statement) -> Result<Option<Side>> {
    if let ExprKind::Property(inner, name) = &expr.kind
        && let ExprKind::Column(slot) = inner.kind
        && let batch::Column::Nodes(nodes) = batch.column(slot)
        && !name.is_id()
    {
        return Ok(vector_block::of(nodes, name, st)?.map(Side::Each));
    }
    let numbers = match value {
        Some(Value::Vector(numbers)) => Some(numbers.iter().map(|number| f64::from(*number)).collect()),
        Some(Value::List(items)) => items.iter().map(number).collect::<Option<Vec<f64>>>(),
        _ => None,
    };
    Ok(numbers.map(Side::One))
}

/// A number of a list; `None` for anything else, and for those that the function takes care with.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Float(number) => *number,
        Value::Int(number) => *number as f64,
        _ => return None,
    };
    (number == 0.0 || MAGNITUDES.contains(&number.abs())).then_some(number)
}

fn measured(measure: Measure, rows: &Block, other: &Side, len: usize) -> Option<Column> {
    let (numbers, width) = rows.numbers()?;
    let vector = |row: usize| &numbers[rows.places()[row] * width..][..width];
    let (mut values, mut nulls) = (vec![0.0; len], vec![false; len]);
    let mut other_vector: Vec<f64> = Vec::new();
    let mut from = 0;
    while from < len {
        // The rows that are compared with the same vector.
        let (to, null) = match other {
            Side::One(one) => {
                other_vector.clone_from(one);
                (len, false)
            }
            Side::Each(block) => {
                let (others, other_width) = block.numbers()?;
                let place = block.places()[from];
                let own = block.places()[from..].iter().take_while(|other| **other == place).count();
                other_vector.clear();
                other_vector
                    .extend(others[place * other_width..][..other_width].iter().map(|number| f64::from(*number)));
                (from + own, block.is_null(from))
            }
        };
        // Of other lengths there is an error, which the function tells.
        if !null && other_vector.len() != width {
            return None;
        }
        nulls[from..to].iter_mut().zip(from..).for_each(|(is_null, row)| *is_null = null || rows.is_null(row));
        if !null {
            let own: Vec<&[f32]> = (from..to).map(vector).collect();
            match measure {
                Measure::Cosine => cosines(&own, &other_vector, &mut values[from..to], &mut nulls[from..to]),
                Measure::Dot => sums(&own, &other_vector, &mut values[from..to], |x, y| x * y),
                Measure::Manhattan => sums(&own, &other_vector, &mut values[from..to], |x, y| (x - y).abs()),
                Measure::Euclidean => {
                    sums(&own, &other_vector, &mut values[from..to], |x, y| (x - y) * (x - y));
                    values[from..to].iter_mut().for_each(|square| *square = square.sqrt());
                }
            }
        }
        from = to;
    }
    let nulls = nulls.contains(&true).then_some(nulls);
    Some(Column { data: ColumnData::Floats(values), nulls })
}

/// For each row the sum over the numbers of a vector and the other.
fn sums(rows: &[&[f32]], other: &[f64], out: &mut [f64], term: impl Fn(f64, f64) -> f64) {
    for (rows, out) in rows.chunks(SIDE_BY_SIDE).zip(out.chunks_mut(SIDE_BY_SIDE)) {
        let mut sums = [0.0; SIDE_BY_SIDE];
        for (at, y) in other.iter().enumerate() {
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum += term(f64::from(row[at]), *y);
            }
        }
        out.copy_from_slice(&sums[..out.len()]);
    }
}

fn cosines(rows: &[&[f32]], other: &[f64], out: &mut [f64], nulls: &mut [bool]) {
    let mut squares = vec![0.0; rows.len()];
    for (rows, out) in rows.chunks(SIDE_BY_SIDE).zip(squares.chunks_mut(SIDE_BY_SIDE)) {
        let mut sums = [0.0; SIDE_BY_SIDE];
        for at in 0..other.len() {
            for (sum, row) in sums.iter_mut().zip(rows) {
                let x = f64::from(row[at]);
                *sum += x * x;
            }
        }
        out.copy_from_slice(&sums[..out.len()]);
    }
    sums(rows, other, out, |x, y| x * y);
    let square = other.iter().fold(0.0, |sum, y| sum + y * y);
    for ((value, of_row), null) in out.iter_mut().zip(squares).zip(nulls) {
        *null |= of_row == 0.0 || square == 0.0;
        *value = (*value / (of_row.sqrt() * square.sqrt())).clamp(-1.0, 1.0);
    }
}
