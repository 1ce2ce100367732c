//! Functions of lists, and those that choose or convert values.

use super::cast::{parse_bool, parse_float, parse_int};
use super::operators::{slice, subscript};
use super::{Function, FunctionContext, int, wrong_type};
use crate::error::{Error, Result};
use crate::value::Value;

/// The longest list that RANGE makes.
const MAX_RANGE: i128 = 10_000_000;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "SIZE",
        "SIZE(x)",
        "The number of elements of a LIST or VECTOR, fields of a RECORD or characters of a STRING",
        1,
        1,
        |a, _| size("SIZE", &a[0]),
    ),
    Function::new("CARDINALITY", "CARDINALITY(x)", "As SIZE", 1, 1, |a, _| size("CARDINALITY", &a[0])),
    Function::new("HEAD", "HEAD(list)", "The first element; NULL of an empty list", 1, 1, |a, _| {
        check_list("HEAD", a)?;
        subscript(&a[0], &Value::Int(0))
    }),
    Function::new("LAST", "LAST(list)", "The last element; NULL of an empty list", 1, 1, |a, _| {
        check_list("LAST", a)?;
        subscript(&a[0], &Value::Int(-1))
    }),
    Function::new("TAIL", "TAIL(list)", "The list without its first element", 1, 1, |a, c| {
        check_list("TAIL", a)?;
        slice(&a[0], Some(&Value::Int(1)), None, c)
    }),
    Function::new(
        "RANGE",
        "RANGE(from, to [, step])",
        "The integers from one to the other, both included; at most 10 million",
        2,
        3,
        range,
    ),
    Function::new("COALESCE", "COALESCE(a, b, ...)", "The first argument that is not NULL", 1, 1, |a, _| {
        Ok(a.iter().find(|value| !value.is_null()).cloned().unwrap_or_default())
    })
    .variadic()
    .nullable(),
    Function::new("NULLIF", "NULLIF(a, b)", "NULL when a = b, else a", 2, 2, |a, _| {
        Ok(if a[0].equals(&a[1]) == Some(true) { Value::Null } else { a[0].clone() })
    })
    .nullable(),
    Function::new(
        "TOINTEGER",
        "TOINTEGER(x)",
        "x as INT64, cut off towards zero; NULL when a text is not a number",
        1,
        1,
        |a, _| {
            Ok(match &a[0] {
                Value::Int(number) => Value::Int(*number),
                Value::Bool(truth) => Value::Int(i64::from(*truth)),
                Value::Float(number) => Value::Int(super::cast::truncate(*number)?),
                Value::String(text) => match (parse_int(text).or_else(|| whole_part(text)), parse_float(text)) {
                    (Some(number), _) => Value::Int(number),
                    (None, Some(number)) => super::cast::truncate(number).map_or(Value::Null, Value::Int),
                    (None, None) => Value::Null,
                },
                other => return Err(wrong_type("TOINTEGER", 0, "a number, BOOL or STRING", other)),
            })
        },
    )
    .alias(&["TOINT"]),
    Function::new("TOFLOAT", "TOFLOAT(x)", "x as FLOAT64; NULL when a text is not a number", 1, 1, |a, _| {
        Ok(match &a[0] {
            Value::Int(number) => Value::Float(*number as f64),
            Value::Float(number) => Value::Float(*number),
            Value::String(text) => parse_float(text).map_or(Value::Null, Value::Float),
            other => return Err(wrong_type("TOFLOAT", 0, "a number or STRING", other)),
        })
    }),
    Function::new(
        "TOBOOLEAN",
        "TOBOOLEAN(x)",
        "x as BOOL: 'true', 'false' or a number that is not 0; NULL for any other text",
        1,
        1,
        |a, _| {
            Ok(match &a[0] {
                Value::Bool(truth) => Value::Bool(*truth),
                Value::Int(number) => Value::Bool(*number != 0),
                Value::String(text) => parse_bool(text).map_or(Value::Null, Value::Bool),
                other => return Err(wrong_type("TOBOOLEAN", 0, "BOOL, INT64 or STRING", other)),
            })
        },
    )
    .alias(&["TOBOOL"]),
];

/// The integer before the point of a decimal number, whose digits a float might not all have.
fn whole_part(text: &str) -> Option<i64> {
    let (whole, fraction) = text.trim().split_once('.')?;
    if fraction.bytes().all(|byte| byte.is_ascii_digit()) { whole.parse().ok() } else { None }
}

fn size(name: &str, value: &Value) -> Result<Value> {
    let length = match value {
        Value::List(list) => list.len(),
        Value::Vector(vector) => vector.len(),
        Value::Record(fields) => fields.len(),
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Path(path) => path.nodes.len() + path.edges.len(),
        other => return Err(wrong_type(name, 0, "a LIST, VECTOR, RECORD, PATH or STRING", other)),
    };
    Ok(Value::Int(length as i64))
}

fn check_list(name: &str, arguments: &[Value]) -> Result<()> {
    match &arguments[0] {
        Value::List(_) | Value::Vector(_) => Ok(()),
        other => Err(wrong_type(name, 0, "a LIST", other)),
    }
}

fn range(arguments: &[Value], context: &FunctionContext) -> Result<Value> {
    let range = Range::of(arguments)?;
    context.room_for_list(range.len(), 0)?;
    Ok(Value::List(range.values(0, range.len()).collect()))
}

/// The elements of a RANGE, which are not made until they are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    from: i64,
    step: i64,
    len: usize,
}

impl Range {
    /// Of the arguments of RANGE, none of them NULL.
    ///
    /// # Errors
    /// 22G03 for an argument that is no integer, 22003 for a step of 0 or too many elements.
    pub(crate) fn of(arguments: &[Value]) -> Result<Range> {
        let (from, to) = (int("RANGE", arguments, 0)?, int("RANGE", arguments, 1)?);
        let step = if arguments.len() == 3 { int("RANGE", arguments, 2)? } else { 1 };
        if step == 0 {
            return Err(Error::data("22003", "RANGE takes a step that is not 0"));
        }
        let (wide_step, way) = (i128::from(step), i128::from(to) - i128::from(from));
        let steps = way * wide_step.signum() / wide_step.abs();
        if way * wide_step.signum() < 0 {
            return Ok(Range { from, step, len: 0 });
        }
        if steps >= MAX_RANGE {
            let message = format!("RANGE({from}, {to}, {step}) has {} elements; the most is {MAX_RANGE}", steps + 1);
            return Err(Error::data("22003", message));
        }
        Ok(Range { from, step, len: steps as usize + 1 })
    }

    pub(crate) fn len(self) -> usize {
        self.len
    }

    /// Some of its elements, from a position on.
    pub(crate) fn values(self, first: usize, count: usize) -> impl ExactSizeIterator<Item = Value> {
        let last = self.len.min(first.saturating_add(count));
        // Every element lies between two 64-bit integers.
        (first.min(last)..last)
            .map(move |index| Value::Int(self.from.wrapping_add((index as i64).wrapping_mul(self.step))))
    }
}
