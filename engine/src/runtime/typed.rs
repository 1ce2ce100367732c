//! Evaluation of an expression for all rows of a batch at once, on arrays of one type.
//!
//! It covers comparisons, arithmetic, logic and IS NULL over constants and over the properties that a cache keeps as columns. It
//! never fails: where row after row might (an overflow, a division by zero, types that do not go together), or where it knows an
//! expression not, it gives up, and the caller evaluates that batch row by row. So both ways give the same values and errors.

use std::{cmp::Ordering, sync::Arc};

use wend_grammar::ast::CompareOperator;

use super::{
    batch::{Batch, Column},
    eval::{eval_kept, holds},
    size,
    statement::Statement,
};
use crate::{
    cache::{
        GraphCache, Property,
        column::{Data, PropertyColumn},
        node_set::NodeSet,
    },
    error::{Error, Result},
    plan::{
        Failed,
        expr::{Arithmetic, Expr, ExprKind, LabelTest, PropertyName},
    },
    value::{Value, compare_int_float},
};

/// Values of one type for the rows of a batch.
pub(crate) struct TypedColumn {
    pub(crate) array: Array,
    /// Which are NULL; `None` when none is. What the array has there means nothing.
    pub(crate) nulls: Option<Vec<bool>>,
}

/// The values without their NULLs.
pub(crate) enum Array {
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    /// Strings by their place in a dictionary.
    Codes(Vec<u32>, Arc<Vec<Arc<str>>>),
}

/// What an expression gives: one value for all rows, or one for each.
enum Operand {
    One(Value),
    Each(TypedColumn),
}

impl TypedColumn {
    pub(crate) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls[row])
    }

    pub(crate) fn value(&self, row: usize) -> Value {
        if self.is_null(row) {
            return Value::Null;
        }
        match &self.array {
            Array::Bools(values) => Value::Bool(values[row]),
            Array::Ints(values) => Value::Int(values[row]),
            Array::Floats(values) => Value::Float(values[row]),
            Array::Codes(codes, texts) => Value::String(texts[codes[row] as usize].clone()),
        }
    }
}

/// The values of an expression that differs between rows; `None` where it has to be evaluated row by row.
pub(crate) fn column(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Option<TypedColumn>> {
    Ok(match operand(expr, batch, st)? {
        Some(Operand::Each(column)) => Some(column),
        _ => None,
    })
}

/// The values of an expression, however it has to be evaluated; the caller counts the bytes of those it keeps.
pub(crate) fn values(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Vec<Value>> {
    let before = st.memory.made();
    let values = values_kept(expr, batch, st);
    st.memory.forget_made(before);
    values
}

/// The same, with what they take told to [`Statement::make`], for the caller to hold.
pub(crate) fn values_kept(expr: &Expr, batch: &Batch, st: &Statement) -> Result<Vec<Value>> {
    match column(expr, batch, st)? {
        Some(column) => Ok((0..batch.len()).map(|row| column.value(row)).collect()),
        None => {
            let value = |row: usize| {
                if row.is_multiple_of(1024) {
                    st.cancel.check()?;
                }
                let before = st.memory.made();
                let value = eval_kept(expr, batch, row, st)?;
                size::keep(&value, before, st)?;
                Ok(value)
            };
            (0..batch.len()).map(value).collect()
        }
    }
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
    let mut rows = Vec::with_capacity(batch.len());
    match operand(condition, batch, st)? {
        Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls })) => match nulls {
            None => rows.extend((0..).zip(&values).filter(|(_, value)| **value).map(|(row, _)| row)),
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
        ExprKind::Parameter(number, _) => Some(Operand::One(st.parameters[*number].clone())),
        ExprKind::Property(inner, name) => match inner.kind {
            ExprKind::Column(slot) => property(batch.column(slot), name, st)?.map(Operand::Each),
            _ => None,
        },
        ExprKind::IsNull(inner) => of(inner)?.map(|operand| match operand {
            Operand::One(value) => Operand::One(Value::Bool(value.is_null())),
            Operand::Each(column) => {
                let nulls = column.nulls.unwrap_or_else(|| vec![false; batch.len()]);
                Operand::Each(TypedColumn { array: Array::Bools(nulls), nulls: None })
            }
        }),
        ExprKind::Not(inner) => match of(inner)? {
            Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls })) => {
                let values = values.into_iter().map(|value| !value).collect();
                Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls }))
            }
            _ => None,
        },
        ExprKind::IsLabeled(inner, test) => match inner.kind {
            ExprKind::Column(slot) => labeled(batch.column(slot), test, st)?.map(Operand::Each),
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

/// Whether the nodes or edges of a column pass a label test, where a cache keeps the nodes of its labels as sets.
fn labeled(elements: &Column, test: &LabelTest, st: &Statement) -> Result<Option<TypedColumn>> {
    let values = match elements {
        Column::Nodes(nodes) => {
            let Some(cache) = st.cache()? else { return Ok(None) };
            let mut sets = Vec::new();
            let Some(test) = label_sets(test, cache, nodes.len(), &mut sets, st)? else { return Ok(None) };
            nodes.iter().map(|node| test.passes(&|set| sets[set].has(*node))).collect()
        }
        Column::Edges(edges) => {
            edges.iter().map(|edge| test.matches(&[edge.label], &st.tx)).collect::<Result<Vec<_>>>()?
        }
        _ => return Ok(None),
    };
    Ok(Some(TypedColumn { array: Array::Bools(values), nulls: None }))
}

/// A label test over sets of nodes, by number.
enum SetTest {
    Has(usize),
    Never,
    Not(Box<SetTest>),
    All(Vec<SetTest>),
    Any(Vec<SetTest>),
}

impl SetTest {
    fn passes(&self, has: &dyn Fn(usize) -> bool) -> bool {
        match self {
            SetTest::Has(set) => has(*set),
            SetTest::Never => false,
            SetTest::Not(inner) => !inner.passes(has),
            SetTest::All(parts) => parts.iter().all(|part| part.passes(has)),
            SetTest::Any(parts) => parts.iter().any(|part| part.passes(has)),
        }
    }
}

/// The test over sets of nodes, which are added to `sets`; `None` where the cache does not keep one, or a test needs all labels.
fn label_sets(
    test: &LabelTest,
    cache: &GraphCache,
    tested: usize,
    sets: &mut Vec<Arc<NodeSet>>,
    st: &Statement,
) -> Result<Option<SetTest>> {
    let mut all = |parts: &[LabelTest]| -> Result<Option<Vec<SetTest>>> {
        parts.iter().map(|part| label_sets(part, cache, tested, sets, st)).collect()
    };
    Ok(match test {
        LabelTest::Name(name) => match name.id(&st.tx)? {
            None => Some(SetTest::Never),
            Some(label) => cache.node_set(&st.tx, st.graph, label, tested)?.map(|set| {
                sets.push(set);
                SetTest::Has(sets.len() - 1)
            }),
        },
        LabelTest::Any => None,
        LabelTest::Not(inner) => label_sets(inner, cache, tested, sets, st)?.map(|inner| SetTest::Not(Box::new(inner))),
        LabelTest::And(parts) => all(parts)?.map(SetTest::All),
        LabelTest::Or(parts) => all(parts)?.map(SetTest::Any),
    })
}

/// A property of the nodes or edges of a column, where a cache keeps it as a typed column.
fn property(elements: &Column, name: &PropertyName, st: &Statement) -> Result<Option<TypedColumn>> {
    let Some(cache) = st.cache()? else { return Ok(None) };
    let key = if name.is_id() { None } else { name.key(&st.tx)? };
    let found = match (elements, key) {
        (Column::Nodes(nodes), None) if name.is_id() => {
            cache.column(Property::Id).and_then(|column| gather(&column, nodes.iter().map(|node| node.0)))
        }
        (Column::Nodes(nodes), Some(key)) if !name.is_in_set(&st.tx, st.graph)? => {
            cache.column(Property::Node(key)).and_then(|column| gather(&column, nodes.iter().map(|node| node.0)))
        }
        (Column::Edges(edges), Some(key)) => {
            cache.column(Property::Edge(key)).and_then(|column| gather(&column, edges.iter().map(|edge| edge.edge.0)))
        }
        _ => None,
    };
    Ok(found)
}

fn gather(column: &PropertyColumn, numbers: impl Iterator<Item = u64> + Clone) -> Option<TypedColumn> {
    fn pick<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
        places.iter().map(|&place| values[place]).collect()
    }
    if matches!(column.data, Data::Values(_)) {
        return None;
    }
    let places: Vec<usize> = numbers.map(|number| column.place(number)).collect::<Option<_>>()?;
    let array = match &column.data {
        Data::Bools(values) => Array::Bools(pick(values, &places)),
        Data::Ints(values) => Array::Ints(pick(values, &places)),
        Data::Floats(values) => Array::Floats(pick(values, &places)),
        Data::Codes(values, texts) => Array::Codes(pick(values, &places), texts.clone()),
        Data::Values(_) => return None,
    };
    Some(TypedColumn { array, nulls: column.nulls.as_ref().map(|nulls| pick(nulls, &places)) })
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
        let Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls })) = operand(part, batch, st)? else {
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
    Ok(Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls })))
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
            Operand::Each(TypedColumn { array: Array::$array(values), .. }) => Some(Side::Each(values)),
            _ => None,
        }
    };
}

/// A string in each row.
fn text<'o>(operand: &'o Operand) -> Option<impl Fn(usize) -> &'o str> {
    let (one, each) = match operand {
        Operand::One(Value::String(text)) => (Some(&**text), None),
        Operand::Each(TypedColumn { array: Array::Codes(codes, texts), .. }) => (None, Some((codes, texts))),
        _ => return None,
    };
    Some(move |row: usize| match (one, each) {
        (Some(text), _) => text,
        (None, Some((codes, texts))) => &*texts[codes[row] as usize],
        (None, None) => "",
    })
}

fn compare(operator: CompareOperator, left: &Operand, right: &Operand, len: usize) -> Option<Operand> {
    if let (Operand::One(_), Operand::One(_)) = (left, right) {
        return None;
    }
    let values = if let (Some(a), Some(b)) = (side!(left, Int, Ints), side!(right, Int, Ints)) {
        compared(operator, len, |row| Some(a.at(row).cmp(&b.at(row))))
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
    Some(Operand::Each(TypedColumn { array: Array::Bools(values), nulls: null_in_either(left, right) }))
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
    let array = if let (Some(a), Some(b)) = (side!(left, Int, Ints), side!(right, Int, Ints)) {
        let operation: fn(i64, i64) -> Option<i64> = match operator {
            Arithmetic::Add => i64::checked_add,
            Arithmetic::Subtract => i64::checked_sub,
            Arithmetic::Multiply => i64::checked_mul,
            Arithmetic::Divide => i64::checked_div,
            Arithmetic::Modulo => i64::checked_rem,
            Arithmetic::Concat => return None,
        };
        let one = |row| if is_null(row) { Some(0) } else { operation(a.at(row), b.at(row)) };
        Array::Ints((0..len).map(one).collect::<Option<_>>()?)
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
        Array::Floats((0..len).map(one).collect::<Option<_>>()?)
    };
    Some(Operand::Each(TypedColumn { array, nulls }))
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
