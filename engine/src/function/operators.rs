//! The operators: arithmetic, concatenation, string and list operators, and three-valued logic.
//!
//! A NULL operand makes the result NULL unless an operator says otherwise. Integers stay integers and overflow is
//! an error (22003); `5 / 2` is 2 (division cuts off towards zero). With a float the result is
//! a float: `5 / 2.0` is 2.5.

use std::sync::Arc;

use super::FunctionContext;
use crate::error::{Error, Result};
use crate::value::Value;

type Integers = fn(i64, i64) -> Option<i64>;

fn overflow(what: &str) -> Error {
    Error::data("22003", format!("the result of {what} is out of the range of a number"))
}

fn division_by_zero() -> Error {
    Error::data("22012", "division by zero")
}

fn refused(operator: &str, a: &Value, b: &Value) -> Error {
    let error = Error::value_type(format!("{operator} does not take {} and {}", a.type_name(), b.type_name()));
    let joinable = |value: &Value| matches!(value, Value::String(_) | Value::List(_) | Value::Bytes(_));
    let hint = (operator == "+" && (joinable(a) || joinable(b)))
        .then(|| "+ joins strings, lists, and a string and a number; for others write CAST(x AS STRING)".to_owned());
    let choice = (operator == "||" && !joinable(a) && !joinable(b))
        .then(|| "|| joins strings and lists; conditions are linked with OR".to_owned());
    error.with_hint_if(hint.or(choice))
}

/// A float result; infinity that no operand had is out of range.
fn float(what: &str, result: f64, a: f64, b: f64) -> Result<Value> {
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(overflow(what));
    }
    Ok(Value::Float(result))
}

/// The operation on two numbers; `None` when they are not both numbers.
fn numbers(what: &str, a: &Value, b: &Value, ints: Integers, floats: fn(f64, f64) -> f64) -> Option<Result<Value>> {
    let (a, b) = match (a, b) {
        (Value::Int(a), Value::Int(b)) => {
            return Some(ints(*a, *b).map(Value::Int).ok_or_else(|| overflow(&format!("{a} {what} {b}"))));
        }
        (Value::Int(a), Value::Float(b)) => (*a as f64, *b),
        (Value::Float(a), Value::Int(b)) => (*a, *b as f64),
        (Value::Float(a), Value::Float(b)) => (*a, *b),
        _ => return None,
    };
    Some(float(what, floats(a, b), a, b))
}

/// Whether `+` joins the operands, as in Cypher, where one of them is a string or a list.
pub(crate) fn joins(a: &Value, b: &Value) -> bool {
    let joinable = |value: &Value| matches!(value, Value::String(_) | Value::List(_));
    (joinable(a) || joinable(b)) && !a.is_null() && !b.is_null()
}

/// `+` of operands one of which is a string or a list: a string joins strings and numbers, a list takes a value in at its end or
/// beginning.
fn join(a: &Value, b: &Value) -> Result<Value> {
    let one = |value: &Value| Value::List([value.clone()].into());
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    match (a, b) {
        (Value::List(_), Value::List(_)) | (Value::String(_), Value::String(_)) => concat(a, b),
        (Value::List(_), _) => concat(a, &one(b)),
        (_, Value::List(_)) => concat(&one(a), b),
        _ => match (text(a), text(b)) {
            (Some(a), Some(b)) => Ok(Value::from(a + &b)),
            _ => Err(refused("+", a, b)),
        },
    }
}

/// `a + b`: numbers, and dates, times and durations; strings and lists are joined, as in Cypher.
pub(crate) fn add(a: &Value, b: &Value) -> Result<Value> {
    if let Some(result) = numbers("+", a, b, i64::checked_add, |a, b| a + b) {
        return result;
    }
    Ok(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Duration(a), Value::Duration(b)) => Value::Duration(a.plus(*b)?),
        (Value::Duration(_), _) if is_instant(b) => add(b, a)?,
        (Value::Date(a), Value::Duration(b)) => Value::Date(a.plus(*b)?),
        (Value::LocalTime(a), Value::Duration(b)) => Value::LocalTime(a.plus(*b)),
        (Value::ZonedTime(a), Value::Duration(b)) => Value::ZonedTime(a.plus(*b)),
        (Value::LocalDateTime(a), Value::Duration(b)) => Value::LocalDateTime(a.plus(*b)?),
        (Value::ZonedDateTime(a), Value::Duration(b)) => Value::ZonedDateTime(a.plus(*b)?),
        _ if joins(a, b) => join(a, b)?,
        _ => return Err(refused("+", a, b)),
    })
}

fn is_instant(value: &Value) -> bool {
    matches!(
        value,
        Value::Date(_) | Value::LocalTime(_) | Value::ZonedTime(_) | Value::LocalDateTime(_) | Value::ZonedDateTime(_)
    )
}

/// `a - b`: as `+`; also the duration between two dates or times of one type.
pub(crate) fn subtract(a: &Value, b: &Value) -> Result<Value> {
    if let Some(result) = numbers("-", a, b, i64::checked_sub, |a, b| a - b) {
        return result;
    }
    Ok(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Date(a), Value::Date(b)) => Value::Duration(a.minus(*b)?),
        (Value::LocalTime(a), Value::LocalTime(b)) => Value::Duration(a.minus(*b)?),
        (Value::ZonedTime(a), Value::ZonedTime(b)) => Value::Duration(a.minus(*b)?),
        (Value::LocalDateTime(a), Value::LocalDateTime(b)) => Value::Duration(a.minus(*b)?),
        (Value::ZonedDateTime(a), Value::ZonedDateTime(b)) => Value::Duration(a.minus(b)?),
        (_, Value::Duration(duration)) if is_instant(a) || matches!(a, Value::Duration(_)) => {
            add(a, &Value::Duration(duration.negated()?))?
        }
        _ => return Err(refused("-", a, b)),
    })
}

/// `a * b`: numbers, or a duration and a number.
pub(crate) fn multiply(a: &Value, b: &Value) -> Result<Value> {
    if let Some(result) = numbers("*", a, b, i64::checked_mul, |a, b| a * b) {
        return result;
    }
    Ok(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Duration(a), Value::Int(b)) => Value::Duration(a.times(*b)?),
        (Value::Duration(a), Value::Float(b)) => Value::Duration(a.scaled(|part| part * b)?),
        (Value::Int(_) | Value::Float(_), Value::Duration(_)) => multiply(b, a)?,
        _ => return Err(refused("*", a, b)),
    })
}

/// Whether the value is a number that is 0.
fn is_zero(value: &Value) -> bool {
    matches!(value, Value::Int(0)) || matches!(value, Value::Float(number) if *number == 0.0)
}

/// `a / b`: two integers give the integer part of the quotient; by 0 is an error (22012), also for floats.
pub(crate) fn divide(a: &Value, b: &Value) -> Result<Value> {
    if a.is_null() || b.is_null() {
        return Ok(Value::Null);
    }
    if is_zero(b) && matches!(a, Value::Int(_) | Value::Float(_) | Value::Duration(_)) {
        return Err(division_by_zero());
    }
    if let Some(result) = numbers("/", a, b, i64::checked_div, |a, b| a / b) {
        return result;
    }
    match (a, b) {
        (Value::Duration(a), Value::Int(b)) => Ok(Value::Duration(a.scaled(|part| part / *b as f64)?)),
        (Value::Duration(a), Value::Float(b)) => Ok(Value::Duration(a.scaled(|part| part / b)?)),
        _ => Err(refused("/", a, b)),
    }
}

/// `a % b`, `MOD(a, b)`: the remainder, with the sign of `a`.
pub(crate) fn modulo(a: &Value, b: &Value) -> Result<Value> {
    if a.is_null() || b.is_null() {
        return Ok(Value::Null);
    }
    if is_zero(b) && matches!(a, Value::Int(_) | Value::Float(_)) {
        return Err(division_by_zero());
    }
    // The remainder of the least integer by -1 is 0, though the quotient overflows.
    let result = numbers("%", a, b, |a, b| Some(a.wrapping_rem(b)), |a, b| a % b);
    result.unwrap_or_else(|| Err(refused("%", a, b)))
}

/// `-a`
pub(crate) fn negate(a: &Value) -> Result<Value> {
    Ok(match a {
        Value::Null => Value::Null,
        Value::Int(number) => Value::Int(number.checked_neg().ok_or_else(|| overflow(&format!("-({number})")))?),
        Value::Float(number) => Value::Float(-number),
        Value::Duration(duration) => Value::Duration(duration.negated()?),
        _ => return Err(Error::value_type(format!("- does not take {}", a.type_name()))),
    })
}

/// `a || b`: strings, byte strings or lists; a vector is a list of floats here.
pub(crate) fn concat(a: &Value, b: &Value) -> Result<Value> {
    Ok(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::String(a), Value::String(b)) => Value::from([&**a, &**b].concat()),
        (Value::Bytes(a), Value::Bytes(b)) => Value::Bytes(Arc::from([&**a, &**b].concat())),
        (Value::List(_) | Value::Vector(_), Value::List(_) | Value::Vector(_)) => {
            let length = |value: &Value| match value {
                Value::List(items) => items.len(),
                Value::Vector(numbers) => numbers.len(),
                _ => 0,
            };
            let mut joined: Vec<Value> = Vec::with_capacity(length(a) + length(b));
            for part in [a, b] {
                match part {
                    Value::List(items) => joined.extend(items.iter().cloned()),
                    Value::Vector(numbers) => joined.extend(numbers.iter().map(|number| Value::from(*number))),
                    _ => {}
                }
            }
            Value::List(joined.into())
        }
        _ => {
            let error = Error::value_type(format!("|| does not take {} and {}", a.type_name(), b.type_name()));
            let text = matches!(a, Value::String(_)) || matches!(b, Value::String(_));
            return Err(error.with_hint_if(text.then(|| "use CAST(x AS STRING)".to_owned())));
        }
    })
}

/// The elements of a list or of a vector; `None` for anything else.
pub(crate) fn as_list(value: &Value) -> Option<Arc<[Value]>> {
    match value {
        Value::List(list) => Some(Arc::clone(list)),
        Value::Vector(vector) => Some(vector.iter().map(|number| Value::from(*number)).collect()),
        _ => None,
    }
}

fn strings(a: &Value, b: &Value, test: impl Fn(&str, &str) -> bool) -> Result<Value> {
    Ok(match (a, b) {
        (Value::String(a), Value::String(b)) => Value::Bool(test(a, b)),
        _ => Value::Null,
    })
}

/// `a =~ b`: whether the whole text matches a regular expression, as in Cypher.
///
/// # Errors
/// 22G03 unless both are strings; 2201B for a pattern that is none, or whose automaton is too large.
pub(crate) fn matches(a: &Value, b: &Value) -> Result<Value> {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::String(text), Value::String(pattern)) => super::regex::is_match(text, pattern).map(Value::Bool),
        _ => Err(refused("=~", a, b)),
    }
}

/// `a STARTS WITH b`: NULL unless both are strings.
pub(crate) fn starts_with(a: &Value, b: &Value) -> Result<Value> {
    strings(a, b, |a, b| a.starts_with(b))
}

/// `a ENDS WITH b`: NULL unless both are strings.
pub(crate) fn ends_with(a: &Value, b: &Value) -> Result<Value> {
    strings(a, b, |a, b| a.ends_with(b))
}

/// `a CONTAINS b`: NULL unless both are strings.
pub(crate) fn contains(a: &Value, b: &Value) -> Result<Value> {
    strings(a, b, |a, b| a.contains(b))
}

/// `item IN list`: NULL when no element is equal but an equality is unknown; false for an empty list.
pub(crate) fn in_list(item: &Value, list: &Value) -> Result<Value> {
    if list.is_null() {
        return Ok(Value::Null);
    }
    let mut unknown = false;
    let mut found = |element: &Value| {
        let equal = item.equals(element);
        unknown |= equal.is_none();
        equal == Some(true)
    };
    let found = match list {
        Value::List(elements) => elements.iter().any(found),
        Value::Vector(numbers) => numbers.iter().any(|number| found(&Value::from(*number))),
        other => return Err(Error::value_type(format!("IN takes a list on its right, not {}", other.type_name()))),
    };
    Ok(if !found && unknown { Value::Null } else { Value::Bool(found) })
}

/// Where an index points: from 0, and from the end when negative.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = length as i64;
    let position = if index < 0 { length.checked_add(index)? } else { index };
    (0..length).contains(&position).then_some(position as usize)
}

/// `list[index]`, from 0, or from the end when negative; NULL outside. Also `record['field']`.
pub(crate) fn subscript(container: &Value, index: &Value) -> Result<Value> {
    Ok(match (container, index) {
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::List(list), Value::Int(index)) => {
            position(*index, list.len()).and_then(|at| list.get(at)).cloned().unwrap_or_default()
        }
        (Value::Vector(vector), Value::Int(index)) => {
            let element = position(*index, vector.len()).and_then(|at| vector.get(at));
            element.map_or(Value::Null, |number| Value::from(*number))
        }
        (Value::Record(fields), Value::String(name)) => {
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone()).unwrap_or_default()
        }
        (Value::List(_) | Value::Vector(_), _) => {
            return Err(Error::value_type(format!("a list index is INT64, not {}", index.type_name())));
        }
        (Value::Record(_), _) => {
            return Err(Error::value_type(format!("a record is indexed by STRING, not {}", index.type_name())));
        }
        _ => return Err(Error::value_type(format!("[ ] takes a list or record, not {}", container.type_name()))),
    })
}

/// `list[from..to]`: from `from` up to but without `to`, each from the end when negative and cut to the list's ends.
pub(crate) fn slice(
    list: &Value,
    from: Option<&Value>,
    to: Option<&Value>,
    context: &FunctionContext,
) -> Result<Value> {
    let length = match list {
        Value::Null => return Ok(Value::Null),
        Value::List(list) => list.len(),
        Value::Vector(vector) => vector.len(),
        _ => return Err(Error::value_type(format!("[ .. ] takes a list, not {}", list.type_name()))),
    };
    let bound = |bound: Option<&Value>, default: usize| match bound {
        None => Ok(Some(default)),
        Some(Value::Null) => Ok(None),
        Some(Value::Int(at)) => {
            let at = if *at < 0 { at.saturating_add(length as i64) } else { *at };
            Ok(Some(at.clamp(0, length as i64) as usize))
        }
        Some(other) => Err(Error::value_type(format!("a list index is INT64, not {}", other.type_name()))),
    };
    let (Some(from), Some(to)) = (bound(from, 0)?, bound(to, length)?) else {
        return Ok(Value::Null);
    };
    let range = from..to.max(from);
    context.room_for_list(range.len(), 0)?;
    Ok(match list {
        Value::Vector(vector) => Value::List(vector[range].iter().map(|number| Value::from(*number)).collect()),
        Value::List(list) => Value::List(Arc::from(&list[range])),
        _ => Value::Null,
    })
}

/// The truth value of an operand of `operator`; NULL is unknown.
fn truth(value: &Value, operator: &str) -> Result<Option<bool>> {
    match value {
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::Null => Ok(None),
        _ => Err(Error::value_type(format!("{operator} takes BOOL, not {}", value.type_name()))),
    }
}

fn truth_value(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}

/// `a AND b`: false decides.
pub(crate) fn and(a: &Value, b: &Value) -> Result<Value> {
    Ok(truth_value(match (truth(a, "AND")?, truth(b, "AND")?) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }))
}

/// `a OR b`: true decides.
pub(crate) fn or(a: &Value, b: &Value) -> Result<Value> {
    Ok(truth_value(match (truth(a, "OR")?, truth(b, "OR")?) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }))
}

/// `a XOR b`
pub(crate) fn xor(a: &Value, b: &Value) -> Result<Value> {
    Ok(truth_value(truth(a, "XOR")?.zip(truth(b, "XOR")?).map(|(a, b)| a != b)))
}

/// `NOT a`
pub(crate) fn not(a: &Value) -> Result<Value> {
    Ok(truth_value(truth(a, "NOT")?.map(|truth| !truth)))
}

#[cfg(test)]
#[path = "operators_tests.rs"]
mod tests;
