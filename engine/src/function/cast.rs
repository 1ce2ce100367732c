//! `CAST(x AS T)` and `x IS TYPED T`.

use std::fmt::Write;
use std::str::FromStr;
use std::sync::Arc;

use wend_grammar::ast::{PropertyType, TypeKind, TypeName};

use super::FunctionContext;
use super::operators::as_list;
use super::temporal::{to_date, to_local_date_time, to_local_time, to_zoned_date_time, to_zoned_time};
use super::vector::to_vector;
use crate::error::{Error, Result};
use crate::value::{Duration, Value};

/// `CAST(value AS target)`. NULL stays NULL.
///
/// Text that does not read as the target is 22018 (dates and times 22007), a number out of its range 22003, and a type
/// that cannot become the target 22G03. A float becomes an integer by cutting off towards zero.
pub(crate) fn cast(value: &Value, target: &TypeName, context: &FunctionContext) -> Result<Value> {
    if value.is_null() {
        if target.not_null {
            return Err(Error::data("22004", format!("NULL cannot be cast to {}", type_text(target))));
        }
        return Ok(Value::Null);
    }
    let refused = || Error::value_type(format!("{} cannot be cast to {}", value.type_name(), type_text(target)));
    Ok(match (&target.kind, value) {
        (TypeKind::Any, _) => value.clone(),
        (TypeKind::Bool, Value::Bool(_)) => value.clone(),
        (TypeKind::Bool, Value::Int(number)) => Value::Bool(*number != 0),
        (TypeKind::Bool, Value::String(text)) => Value::Bool(parse_bool(text).ok_or_else(|| bad_text(text, target))?),
        (TypeKind::Int { bits, unsigned }, _) => {
            let number = match value {
                Value::Int(number) => *number,
                Value::Bool(truth) => i64::from(*truth),
                Value::Float(number) => truncate(*number)?,
                Value::String(text) => parse_int(text).ok_or_else(|| number_error(text, target))?,
                _ => return Err(refused()),
            };
            if !fits(number, *bits, *unsigned) {
                return Err(Error::data("22003", format!("{number} is out of the range of {}", type_text(target))));
            }
            Value::Int(number)
        }
        (TypeKind::Float { bits }, _) => {
            let number = match value {
                Value::Int(number) => *number as f64,
                Value::Float(number) => *number,
                Value::String(text) => parse_float(text).ok_or_else(|| number_error(text, target))?,
                _ => return Err(refused()),
            };
            let stored = if *bits == 32 { f64::from(number as f32) } else { number };
            if stored.is_infinite() && number.is_finite() {
                return Err(Error::data("22003", format!("{value} is out of the range of {}", type_text(target))));
            }
            Value::Float(stored)
        }
        (TypeKind::String(None), _) => to_text(value, context)?,
        (TypeKind::String(Some(length)), _) => shortened(to_text(value, context)?, *length as usize, target)?,
        (TypeKind::Bytes, Value::Bytes(_)) => value.clone(),
        (TypeKind::Bytes, Value::String(text)) => {
            context.room(text.len())?;
            Value::Bytes(Arc::from(text.as_bytes()))
        }
        (TypeKind::Date, _) => Value::Date(to_date(value).ok_or_else(refused)??),
        (TypeKind::LocalTime, _) => Value::LocalTime(to_local_time(value).ok_or_else(refused)??),
        (TypeKind::ZonedTime, _) => Value::ZonedTime(to_zoned_time(value, context).ok_or_else(refused)??),
        (TypeKind::LocalDateTime, _) => Value::LocalDateTime(to_local_date_time(value).ok_or_else(refused)??),
        (TypeKind::ZonedDateTime, _) => Value::ZonedDateTime(to_zoned_date_time(value, context).ok_or_else(refused)??),
        (TypeKind::Duration, Value::Duration(_)) => value.clone(),
        (TypeKind::Duration, Value::String(text)) => Value::Duration(Duration::from_str(text)?),
        (TypeKind::List(None), _) => Value::List(list_of(value, context)?.ok_or_else(refused)?),
        (TypeKind::List(Some(element)), _) => {
            let list = list_of(value, context)?.ok_or_else(refused)?;
            cast_list(&list, element, context)?
        }
        (TypeKind::Record(None), Value::Record(_)) => value.clone(),
        (TypeKind::Record(Some(fields)), Value::Record(values)) => cast_record(values, fields, context)?,
        (TypeKind::Vector(size), Value::Vector(_) | Value::List(_) | Value::String(_)) => {
            Value::Vector(to_vector(value, size.map(i64::from), context)?)
        }
        (TypeKind::Path, Value::Path(_)) | (TypeKind::Node, Value::Node(_)) | (TypeKind::Edge, Value::Edge(_)) => {
            value.clone()
        }
        _ => return Err(refused()),
    })
}

/// The elements of a list or of a vector, for which there must be room.
fn list_of(value: &Value, context: &FunctionContext) -> Result<Option<Arc<[Value]>>> {
    if let Value::Vector(numbers) = value {
        context.room_for_list(numbers.len(), 0)?;
    }
    Ok(as_list(value))
}

fn cast_list(list: &[Value], element: &TypeName, context: &FunctionContext) -> Result<Value> {
    /// Elements between two looks at the memory.
    const CHECK: usize = 1024;
    context.room_for_list(list.len(), 0)?;
    let (mut values, mut bytes) = (Vec::with_capacity(list.len()), 0usize);
    for (number, value) in list.iter().enumerate() {
        let value = cast(value, element, context)?;
        bytes = bytes.saturating_add(match &value {
            Value::String(text) => text.len() + 32,
            Value::Bytes(bytes) => bytes.len() + 32,
            Value::Vector(numbers) => numbers.len() * 4,
            Value::List(items) => size_of_val::<[Value]>(items),
            _ => 0,
        });
        if number % CHECK == CHECK - 1 {
            context.room_for_list(list.len(), bytes)?;
        }
        values.push(value);
    }
    Ok(Value::List(values.into()))
}

/// A text of at most so many characters; only spaces are cut off.
fn shortened(value: Value, length: usize, target: &TypeName) -> Result<Value> {
    let Value::String(text) = &value else { return Ok(value) };
    match text.char_indices().nth(length) {
        None => Ok(value),
        Some((end, _)) if text[end..].chars().all(|character| character == ' ') => Ok(Value::from(&text[..end])),
        Some(_) => Err(Error::data("22001", format!("the text is too long for {}", type_text(target)))
            .with_hint("LEFT(text, n) cuts it")),
    }
}

fn cast_record(values: &[(Arc<str>, Value)], fields: &[PropertyType], context: &FunctionContext) -> Result<Value> {
    if let Some((name, _)) = values.iter().find(|(name, _)| fields.iter().all(|field| *field.name.name != **name)) {
        return Err(Error::data("22G0X", format!("the record type has no field {name}")));
    }
    let cast_field = |field: &PropertyType| {
        let name = &field.name.name;
        let error = || Error::data("22G0Y", format!("the record has no field {name}"));
        let (name, value) = values.iter().find(|(known, _)| **known == **name).ok_or_else(error)?;
        Ok((Arc::clone(name), cast(value, &field.value_type, context)?))
    };
    Ok(Value::Record(fields.iter().map(cast_field).collect::<Result<_>>()?))
}

fn bad_text(text: &str, target: &TypeName) -> Error {
    Error::data("22018", format!("'{text}' cannot be cast to {}", type_text(target)))
}

/// The error of a text that is no number of the type: too large, or no number at all.
fn number_error(text: &str, target: &TypeName) -> Error {
    let number: Option<f64> = text.trim().parse().ok();
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    if digits && number.is_some_and(|number| number.abs() >= 9_223_372_036_854_775_807.0) {
        return Error::data("22003", format!("{} is out of the range of {}", text.trim(), type_text(target)));
    }
    bad_text(text, target)
}

fn fits(number: i64, bits: u8, unsigned: bool) -> bool {
    match (bits, unsigned) {
        (64.., unsigned) => !unsigned || number >= 0,
        (bits, true) => number >= 0 && number >> bits == 0,
        (0, false) => number == 0,
        (bits, false) => matches!(number >> (bits - 1), 0 | -1),
    }
}

/// The integer part of a float; 22003 when no INT64 holds it.
pub(crate) fn truncate(number: f64) -> Result<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        return Ok(number as i64);
    }
    Err(Error::data("22003", format!("{} is out of the range of INT64", Value::Float(number))))
}

/// An integer in decimal digits with an optional sign; spaces around it do not matter.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A number in decimal digits, perhaps with a point and an exponent; also `NaN` and `Infinity`.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let number: f64 = text.parse().ok()?;
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    // Digits that make infinity are a number out of range.
    (number.is_finite() || !digits).then_some(number)
}

/// `true` or `false` in any case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The value as text, as it is displayed; bytes are UTF-8. Nodes, edges and paths have no text.
pub(crate) fn to_text(value: &Value, context: &FunctionContext) -> Result<Value> {
    match value {
        Value::Null | Value::String(_) => Ok(value.clone()),
        Value::Bytes(bytes) => {
            let text = std::str::from_utf8(bytes);
            context.part(text.map_err(|_| Error::data("22018", "the bytes are not a text in UTF-8"))?)
        }
        Value::Node(_) | Value::Edge(_) | Value::Path(_) => {
            Err(Error::value_type(format!("{} cannot be cast to STRING", value.type_name())))
        }
        Value::List(_) | Value::Record(_) | Value::Vector(_) => {
            let mut counted = Counted { bytes: 0, checked: 0, context, error: None };
            if write!(counted, "{value}").is_err() {
                return Err(counted.error.unwrap_or_else(|| Error::internal("a value cannot be displayed")));
            }
            context.text(counted.bytes, |out| {
                // Writing into a String does not fail.
                let _ = write!(out, "{value}");
            })
        }
        _ => Ok(Value::from(value.to_string())),
    }
}

/// Counts the bytes of a text instead of keeping it, until there would be no room for it.
struct Counted<'a> {
    bytes: usize,
    /// How many bytes there was room for at the last look.
    checked: usize,
    context: &'a FunctionContext,
    error: Option<Error>,
}

impl Write for Counted<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        const STEP: usize = 1 << 16;
        self.bytes += text.len();
        if self.bytes < self.checked + STEP {
            return Ok(());
        }
        self.checked = self.bytes;
        self.context.room(self.bytes.saturating_mul(2)).map_err(|error| {
            self.error = Some(error);
            std::fmt::Error
        })
    }
}

/// `value IS TYPED wanted`: whether the value belongs to the type. NULL belongs to every type without NOT NULL.
pub(crate) fn is_typed(value: &Value, wanted: &TypeName) -> bool {
    match (&wanted.kind, value) {
        (_, Value::Null) => !wanted.not_null,
        (TypeKind::Any, _) => true,
        (TypeKind::Int { bits, unsigned }, Value::Int(number)) => fits(*number, *bits, *unsigned),
        (TypeKind::Float { bits: 32 }, Value::Float(number)) => number.is_nan() || f64::from(*number as f32) == *number,
        (TypeKind::List(None), Value::List(_) | Value::Vector(_)) => true,
        (TypeKind::List(Some(element)), Value::List(list)) => list.iter().all(|value| is_typed(value, element)),
        (TypeKind::List(Some(element)), Value::Vector(_)) => {
            matches!(element.kind, TypeKind::Float { .. } | TypeKind::Any)
        }
        (TypeKind::Record(Some(fields)), Value::Record(values)) => {
            values.len() == fields.len()
                && fields.iter().all(|field| {
                    let value = values.iter().find(|(name, _)| **name == *field.name.name);
                    value.is_some_and(|(_, value)| is_typed(value, &field.value_type))
                })
        }
        (TypeKind::String(Some(length)), Value::String(text)) => text.chars().nth(*length as usize).is_none(),
        (TypeKind::Vector(size), Value::Vector(vector)) => size.is_none_or(|size| size as usize == vector.len()),
        (kind, value) => matches!(
            (kind, value),
            (TypeKind::Bool, Value::Bool(_))
                | (TypeKind::Float { .. }, Value::Float(_))
                | (TypeKind::String(None), Value::String(_))
                | (TypeKind::Bytes, Value::Bytes(_))
                | (TypeKind::Date, Value::Date(_))
                | (TypeKind::LocalTime, Value::LocalTime(_))
                | (TypeKind::ZonedTime, Value::ZonedTime(_))
                | (TypeKind::LocalDateTime, Value::LocalDateTime(_))
                | (TypeKind::ZonedDateTime, Value::ZonedDateTime(_))
                | (TypeKind::Duration, Value::Duration(_))
                | (TypeKind::Record(None), Value::Record(_))
                | (TypeKind::Path, Value::Path(_))
                | (TypeKind::Node, Value::Node(_))
                | (TypeKind::Edge, Value::Edge(_))
        ),
    }
}

/// The type as GQL writes it.
pub(crate) fn type_text(name: &TypeName) -> String {
    let text = match &name.kind {
        TypeKind::Bool => "BOOL".to_owned(),
        TypeKind::Int { bits, unsigned } => format!("{}INT{bits}", if *unsigned { "U" } else { "" }),
        TypeKind::Float { bits } => format!("FLOAT{bits}"),
        TypeKind::String(None) => "STRING".to_owned(),
        TypeKind::String(Some(length)) => format!("STRING({length})"),
        TypeKind::Bytes => "BYTES".to_owned(),
        TypeKind::Date => "DATE".to_owned(),
        TypeKind::LocalTime => "LOCAL TIME".to_owned(),
        TypeKind::ZonedTime => "ZONED TIME".to_owned(),
        TypeKind::LocalDateTime => "LOCAL DATETIME".to_owned(),
        TypeKind::ZonedDateTime => "ZONED DATETIME".to_owned(),
        TypeKind::Duration => "DURATION".to_owned(),
        TypeKind::List(None) => "LIST".to_owned(),
        TypeKind::List(Some(element)) => format!("LIST<{}>", type_text(element)),
        TypeKind::Record(None) => "RECORD".to_owned(),
        TypeKind::Record(Some(fields)) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{} {}", field.name.name, type_text(&field.value_type))).collect();
            format!("RECORD {{{}}}", fields.join(", "))
        }
        TypeKind::Vector(None) => "VECTOR".to_owned(),
        TypeKind::Vector(Some(size)) => format!("VECTOR({size})"),
        TypeKind::Path => "PATH".to_owned(),
        TypeKind::Node => "NODE".to_owned(),
        TypeKind::Edge => "EDGE".to_owned(),
        TypeKind::Null => "NULL".to_owned(),
        TypeKind::Any => "ANY".to_owned(),
    };
    if name.not_null { format!("{text} NOT NULL") } else { text }
}
