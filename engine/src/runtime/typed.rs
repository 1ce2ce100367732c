//! Evaluation of an expression for all rows of a batch at once, on arrays of one type.
//!
//! It covers comparisons, arithmetic, logic and IS NULL over constants, over columns of one type, over the properties that a cache
//! keeps and over vectors of vector sets. It never fails: where row after row might (an overflow, a division by zero, types that do
//! not go together), or where it does not know an expression, it gives up, and the caller evaluates that batch row by row. So both
//! ways give the same values and errors.

use std::cmp::Ordering;

use wend_grammar::ast::CompareOperator;
use wend_storage::{NodeId, PropertyKey};

use super::{
    batch::{self, Batch},
    element,
    eval::{eval_kept, holds},
    labels, size,
    statement::Statement,
};
use crate::{
    cache::{Property, column::PropertyColumn, vectors::Vectors},
    column::{Column, ColumnData},
    error::{Error, Result},
    plan::{
        Failed,
        expr::{Arithmetic, Expr, ExprKind, PropertyName},
    },
    value::{Value, compare_int_float},
};

/// What an expression gives: one value for all rows, or one for each.
enum Operand {
    One(Value),
    Each(Column),
}

/// The values of an expression that differs between rows; `None` where it has to be evaluated row by row.
pub(crate) fn column(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Option<Column>> {
    Ok(match operand(expr, batch, st)? {
        Some(Operand::Each(column)) => Some(column),
        _ => None,
    })
}

/// The values of an expression, however it has to be evaluated; the caller counts the bytes of those it keeps.
pub(crate) fn values(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Vec<Value>> {
    let before = st.memory.made();
    let values = kept(expr, batch, st);
    st.memory.forget_made(before);
    values.map(|values| values.into_values(batch.len()))
}

/// The same as a column, with what it takes told to [`Statement::make`], for the caller to hold.
pub(crate) fn kept(expr: &Expr, batch: &Batch, st: &Statement) -> Result<batch::Column> {
    if let Some(column) = column(expr, batch, st)? {
        return Ok(batch::Column::Typed(column));
    }
    let value = |row: usize| {
        if row.is_multiple_of(1024) {
            st.cancel.check()?;
        }
        let before = st.memory.made();
        let value = eval_kept(expr, batch, row, st)?;
        size::keep(&value, before, st)?;
        Ok(value)
    };
    (0..batch.len()).map(value).collect::<Result<_>>().map(batch::Column::Values)
}

/// The rows for which a condition is TRUE.
pub(crate) fn rows_that_hold(condition: &Expr, batch: &Batch, st: &Statement) -> Result<Vec<u32>> {
    rows_where(condition, batch, st, &mut Err)
}

/// The rows for which a condition is TRUE or cannot be evaluated, which is noted.
pub(crate) fn rows_that_may_hold(condition: &Expr, batch: &Batch, failed: &Failed, st: &Statement) -> Result<Vec<u32>> {
    rows_where(condition, batch, st, &mut |error| {
        if !error.is_about_values() {
            return Err(error);
        }
        failed.set();
        Ok(true)
    })
}

/// The rows for which a condition is TRUE; `fails` says whether those for which it cannot be evaluated are among them.
fn rows_where(
    condition: &Expr,
    batch: &Batch,
    st: &Statement,
    fails: &mut dyn FnMut(Error) -> Result<bool>,
) -> Result<Vec<u32>> {
    if let ExprKind::Visible(visible) = &condition.kind
        && let Some(rows) = element::rows_seen(st, visible, batch)?
    {
        return Ok(rows);
    }
    let mut rows = Vec::with_capacity(batch.len());
    match operand(condition, batch, st)? {
        Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls })) => match nulls {
            None => {
                // Without a branch for each row: whether one holds is hard to predict.
                rows.resize(values.len(), 0);
                let mut count = 0;
                for (row, value) in values.iter().enumerate() {
                    rows[count] = row as u32;
                    count += usize::from(*value);
                }
                rows.truncate(count);
            }
            Some(nulls) => {
                let holds = values.iter().zip(&nulls).map(|(value, null)| *value && !null);
                rows.extend((0..).zip(holds).filter(|(_, holds)| *holds).map(|(row, _)| row));
            }
        },
        _ => {
            for row in 0..batch.len() {
                if row.is_multiple_of(128) {
                    st.cancel.check()?;
                }
                if holds(condition, batch, row, st).or_else(&mut *fails)? {
                    rows.push(row as u32);
                }
            }
        }
    }
    Ok(rows)
}

fn operand(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Option<Operand>> {
    let of = |expr: &Expr| operand(expr, batch, st);
    Ok(match &expr.kind {
        ExprKind::Constant(value) => Some(Operand::One(value.clone())),
        ExprKind::Parameter(number, _) => st.parameters.get(*number).cloned().map(Operand::One),
        ExprKind::Column(slot) => match batch.column(*slot) {
            batch::Column::Typed(column) => Some(Operand::Each(column.clone())),
            _ => None,
        },
        ExprKind::Property(inner, name) => match inner.kind {
            ExprKind::Column(slot) => property(batch.column(slot), name, st)?.map(Operand::Each),
            _ => None,
        },
        ExprKind::IsNull(inner) => of(inner)?.map(|operand| match operand {
            Operand::One(value) => Operand::One(Value::Bool(value.is_null())),
            Operand::Each(column) => {
                let nulls = column.nulls.unwrap_or_else(|| vec![false; batch.len()]);
                Operand::Each(Column::new(ColumnData::Bools(nulls), None))
            }
        }),
        ExprKind::Not(inner) => match of(inner)? {
            Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls })) => {
                let values = values.into_iter().map(|value| !value).collect();
                Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls }))
            }
            _ => None,
        },
        ExprKind::IsLabeled(inner, test) => match inner.kind {
            ExprKind::Column(slot) => labels::passing(batch.column(slot), test, st)?.map(Operand::Each),
            _ => None,
        },
        ExprKind::And(parts) => logic(parts.iter(), false, batch, st)?,
        ExprKind::Or(first, rest) if rest.iter().all(|(exclusive, _)| !exclusive) => {
            logic(std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)), true, batch, st)?
        }
        ExprKind::Compare(operator, left, right) => match (of(left)?, of(right)?) {
            (Some(left), Some(right)) => compare(*operator, &left, &right, batch.len()),
            _ => None,
        },
        ExprKind::Arithmetic(first, rest) => {
            let Some(mut result) = of(first)? else { return Ok(None) };
            for (operator, part) in rest {
                let Some(part) = of(part)? else { return Ok(None) };
                match calculate(*operator, &result, &part, batch.len()) {
                    Some(next) => result = next,
                    None => return Ok(None),
                }
            }
            Some(result)
        }
        _ => None,
    })
}

/// A property of the nodes or edges of a column, where a cache keeps it as a column of one type, or a vector set has it.
fn property(elements: &batch::Column, name: &PropertyName, st: &Statement) -> Result<Option<Column>> {
    let Some(cache) = st.cache()? else { return Ok(None) };
    let key = if name.is_id() { None } else { name.key(&st.tx)? };
    match (elements, key) {
        (batch::Column::Nodes(nodes), Some(key)) if name.is_in_set(&st.tx, st.graph)? => {
            let set = st.tx.vector_set(st.graph, key)?;
            match set.and_then(|set| cache.column(Property::Vectors(key, set))) {
                Some(column) => Ok(gather(&column, nodes.iter().map(|node| node.0))),
                None => vectors(nodes, key, st),
            }
        }
        (batch::Column::Nodes(nodes), key) if name.is_id() || key.is_some() => {
            let property = key.map_or(Property::Id, Property::Node);
            Ok(cache.column(property).and_then(|column| gather(&column, nodes.iter().map(|node| node.0))))
        }
        (batch::Column::Edges(edges), Some(key)) => {
            let numbers = edges.iter().map(|edge| edge.edge.0);
            Ok(cache.column(Property::Edge(key)).and_then(|column| gather(&column, numbers)))
        }
        _ => Ok(None),
    }
}

fn gather(column: &PropertyColumn, numbers: impl Iterator<Item = u64> + Clone) -> Option<Column> {
    if matches!(column.column.data(), ColumnData::Values(_)) {
        return None;
    }
    // One pass that finds out whether all are there, and one that takes them.
    let (first, len) = (column.first(), column.column.len() as u64);
    let last = numbers.clone().fold(0, |last: u64, number| last.max(number.wrapping_sub(first)));
    if last >= len {
        return numbers.clone().next().is_none().then(|| column.column.slice(0, 0));
    }
    Some(column.column.gather(numbers.map(|number| number.wrapping_sub(first) as usize)))
}

/// The vectors that a property has in its vector set, as one block; `None` when they differ in length, or a node has another value.
pub(crate) fn vectors(nodes: &[NodeId], key: PropertyKey, st: &Statement) -> Result<Option<Column>> {
    let mut vectors = Vectors::new(&st.tx, st.graph, key)?;
    for node in nodes {
        if !vectors.push(*node)? {
            return Ok(None);
        }
    }
    Ok(vectors.finish())
}

/// AND, or with `or` OR, of truth values: FALSE, or TRUE, of one part decides, then NULL.
fn logic<'e>(
    parts: impl Iterator<Item = &'e Expr>,
    or: bool,
    batch: &Batch,
    st: &Statement,
) -> Result<Option<Operand>> {
    let len = batch.len();
    let (mut decided, mut unknown) = (vec![false; len], vec![false; len]);
    for part in parts {
        let Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls })) = operand(part, batch, st)? else {
            return Ok(None);
        };
        match nulls {
            None => decided.iter_mut().zip(&values).for_each(|(decided, value)| *decided |= *value == or),
            Some(nulls) => {
                for (row, (value, null)) in values.iter().zip(&nulls).enumerate() {
                    decided[row] |= *value == or && !null;
                    unknown[row] |= *null;
                }
            }
        }
    }
    let values = decided.iter().map(|decided| *decided == or).collect();
    unknown.iter_mut().zip(&decided).for_each(|(unknown, decided)| *unknown &= !decided);
    let nulls = unknown.contains(&true).then_some(unknown);
    Ok(Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls })))
}

/// NULL where one of the operands is.
fn null_in_either(left: &Operand, right: &Operand) -> Option<Vec<bool>> {
    match (left, right) {
        (Operand::Each(left), Operand::Each(right)) => match (&left.nulls, &right.nulls) {
            (Some(a), Some(b)) => Some(a.iter().zip(b).map(|(a, b)| *a || *b).collect()),
            (a, b) => a.as_ref().or(b.as_ref()).cloned(),
        },
        (Operand::Each(column), Operand::One(_)) | (Operand::One(_), Operand::Each(column)) => column.nulls.clone(),
        _ => None,
    }
}

/// A side of a comparison or an operation: how to read the value in a row.
enum Side<'a, T> {
    One(T),
    Each(&'a [T]),
}

impl<T: Copy> Side<'_, T> {
    fn at(&self, row: usize) -> T {
        match self {
            Side::One(value) => *value,
            Side::Each(values) => values[row],
        }
    }
}

macro_rules! side {
    ($operand:expr, $value:ident, $array:ident) => {
        match $operand {
            Operand::One(Value::$value(value)) => Some(Side::One(*value)),
            Operand::Each(Column { data: ColumnData::$array(values), .. }) => Some(Side::Each(values)),
            _ => None,
        }
    };
}

/// A string in each row.
fn text<'o>(operand: &'o Operand) -> Option<impl Fn(usize) -> &'o str> {
    let (one, each) = match operand {
        Operand::One(Value::String(text)) => (&**text, None),
        Operand::Each(column) if column.is_text() => ("", Some(column)),
        _ => return None,
    };
    // What a row that is NULL gives does not matter.
    Some(move |row: usize| each.map_or(one, |column| column.text(row).unwrap_or_default()))
}

fn compare(operator: CompareOperator, left: &Operand, right: &Operand, len: usize) -> Option<Operand> {
    if let (Operand::One(_), Operand::One(_)) = (left, right) {
        return None;
    }
    let values = if let (Some(a), Some(b)) = (side!(left, Int, Ints), side!(right, Int, Ints)) {
        compared_integers(operator, &a, &b)
    } else if let (Some(a), Some(b)) = (side!(left, Float, Floats), side!(right, Float, Floats)) {
        compared(operator, len, |row| a.at(row).partial_cmp(&b.at(row)))
    } else if let (Some(a), Some(b)) = (side!(left, Int, Ints), side!(right, Float, Floats)) {
        compared(operator, len, |row| compare_int_float(a.at(row), b.at(row)))
    } else if let (Some(a), Some(b)) = (side!(left, Float, Floats), side!(right, Int, Ints)) {
        compared(operator, len, |row| compare_int_float(b.at(row), a.at(row)).map(Ordering::reverse))
    } else if let (Some(a), Some(b)) = (text(left), text(right)) {
        compared(operator, len, |row| Some(a(row).cmp(b(row))))
    } else if let (Some(a), Some(b)) = (side!(left, Bool, Bools), side!(right, Bool, Bools)) {
        compared(operator, len, |row| Some(a.at(row).cmp(&b.at(row))))
    } else {
        return None;
    };
    Some(Operand::Each(Column { data: ColumnData::Bools(values), nulls: null_in_either(left, right) }))
}

/// The operator's answers for integers: one loop for each operator and kind of side, which the compiler makes vector instructions of.
fn compared_integers(operator: CompareOperator, left: &Side<'_, i64>, right: &Side<'_, i64>) -> Vec<bool> {
    fn all(left: &Side<'_, i64>, right: &Side<'_, i64>, test: impl Fn(i64, i64) -> bool) -> Vec<bool> {
        match (left, right) {
            (Side::Each(a), Side::Each(b)) => a.iter().zip(*b).map(|(a, b)| test(*a, *b)).collect(),
            (Side::Each(a), Side::One(b)) => a.iter().map(|a| test(*a, *b)).collect(),
            (Side::One(a), Side::Each(b)) => b.iter().map(|b| test(*a, *b)).collect(),
            (Side::One(_), Side::One(_)) => Vec::new(),
        }
    }
    match operator {
        CompareOperator::Equal => all(left, right, |a, b| a == b),
        CompareOperator::NotEqual => all(left, right, |a, b| a != b),
        CompareOperator::Less => all(left, right, |a, b| a < b),
        CompareOperator::LessOrEqual => all(left, right, |a, b| a <= b),
        CompareOperator::Greater => all(left, right, |a, b| a > b),
        CompareOperator::GreaterOrEqual => all(left, right, |a, b| a >= b),
    }
}

/// The operator's answers; with NaN, which has no order, every comparison but `<>` is false.
fn compared(operator: CompareOperator, len: usize, order: impl Fn(usize) -> Option<Ordering>) -> Vec<bool> {
    let all = |test: fn(Ordering) -> bool| (0..len).map(|row| order(row).is_some_and(test)).collect();
    match operator {
        CompareOperator::Equal => all(Ordering::is_eq),
        CompareOperator::NotEqual => (0..len).map(|row| order(row).is_none_or(Ordering::is_ne)).collect(),
        CompareOperator::Less => all(Ordering::is_lt),
        CompareOperator::LessOrEqual => all(Ordering::is_le),
        CompareOperator::Greater => all(Ordering::is_gt),
        CompareOperator::GreaterOrEqual => all(Ordering::is_ge),
    }
}

fn calculate(operator: Arithmetic, left: &Operand, right: &Operand, len: usize) -> Option<Operand> {
    if let (Operand::One(_), Operand::One(_)) = (left, right) {
        return None;
    }
    let nulls = null_in_either(left, right);
    let is_null = |row: usize| nulls.as_ref().is_some_and(|nulls| nulls[row]);
    let data = if let (Some(a), Some(b)) = (side!(left, Int, Ints), side!(right, Int, Ints)) {
        let operation: fn(i64, i64) -> Option<i64> = match operator {
            Arithmetic::Add => i64::checked_add,
            Arithmetic::Subtract => i64::checked_sub,
            Arithmetic::Multiply => i64::checked_mul,
            Arithmetic::Divide => i64::checked_div,
            Arithmetic::Modulo => i64::checked_rem,
            Arithmetic::Concat => return None,
        };
        // What stands at a row that is NULL may be anything: an overflow there is none.
        match (operator, &nulls) {
            (Arithmetic::Add, None) => calculated(&a, &b, len, i64::checked_add)?,
            (Arithmetic::Subtract, None) => calculated(&a, &b, len, i64::checked_sub)?,
            (Arithmetic::Multiply, None) => calculated(&a, &b, len, i64::checked_mul)?,
            _ => {
                let one = |row| if is_null(row) { Some(0) } else { operation(a.at(row), b.at(row)) };
                ColumnData::Ints((0..len).map(one).collect::<Option<_>>()?)
            }
        }
    } else {
        let (a, b) = (float(left)?, float(right)?);
        let operation: fn(f64, f64) -> f64 = match operator {
            Arithmetic::Add => |a, b| a + b,
            Arithmetic::Subtract => |a, b| a - b,
            Arithmetic::Multiply => |a, b| a * b,
            Arithmetic::Divide => |a, b| a / b,
            Arithmetic::Modulo | Arithmetic::Concat => return None,
        };
        let one = |row| {
            if is_null(row) {
                return Some(0.0);
            }
            let (a, b) = (a(row), b(row));
            let result = operation(a, b);
            let by_zero = operator == Arithmetic::Divide && b == 0.0;
            let out_of_range = result.is_infinite() && a.is_finite() && b.is_finite();
            (!by_zero && !out_of_range).then_some(result)
        };
        ColumnData::Floats((0..len).map(one).collect::<Option<_>>()?)
    };
    Some(Operand::Each(Column { data, nulls }))
}

/// An operation on integers in each row; `None` where one overflows.
fn calculated(
    left: &Side<'_, i64>,
    right: &Side<'_, i64>,
    len: usize,
    operation: impl Fn(i64, i64) -> Option<i64>,
) -> Option<ColumnData> {
    let mut overflow = false;
    let mut one = |a: i64, b: i64| {
        let result = operation(a, b);
        overflow |= result.is_none();
        result.unwrap_or_default()
    };
    let values: Vec<i64> = match (left, right) {
        (Side::Each(a), Side::Each(b)) => a.iter().zip(*b).map(|(a, b)| one(*a, *b)).collect(),
        (Side::Each(a), Side::One(b)) => a.iter().map(|a| one(*a, *b)).collect(),
        (Side::One(a), Side::Each(b)) => b.iter().map(|b| one(*a, *b)).collect(),
        (Side::One(a), Side::One(b)) => vec![one(*a, *b); len],
    };
    (!overflow).then_some(ColumnData::Ints(values))
}

/// A number in each row, as a float.
fn float(operand: &Operand) -> Option<impl Fn(usize) -> f64> {
    let ints = side!(operand, Int, Ints);
    let floats = side!(operand, Float, Floats);
    if ints.is_none() && floats.is_none() {
        return None;
    }
    Some(move |row: usize| match (&ints, &floats) {
        (Some(ints), _) => ints.at(row) as f64,
        (None, Some(floats)) => floats.at(row),
        (None, None) => f64::NAN,
    })
}
