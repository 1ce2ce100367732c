//! Values of Arrow arrays, as Parquet files have them.

use std::sync::Arc;

use arrow_array::{
    Array, ArrowPrimitiveType,
    cast::AsArray,
    types::{
        ArrowDictionaryKeyType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
        DecimalType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
        Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
        Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
        TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
        UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};

use super::source::Cell;
use crate::{
    import::kind::Kind,
    value::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime},
};

/// Lists in lists deeper than this are not read.
const DEEPEST: usize = 64;

/// The type of a column's values; `None` where values bring their own.
pub fn kind(of: &DataType) -> Option<Kind> {
    Some(match of {
        DataType::Boolean => Kind::Bool,
        of if of.is_integer() => Kind::Int,
        of if of.is_floating() => Kind::Float,
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) if *scale == 0 => Kind::Int,
        DataType::Decimal128(precision, 0) if *precision <= 18 => Kind::Int,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            Kind::Float
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::String,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Kind::Bytes,
        DataType::Date32 | DataType::Date64 => Kind::Date,
        DataType::Timestamp(_, None) => Kind::LocalDateTime,
        DataType::Timestamp(_, Some(_)) => Kind::ZonedDateTime,
        DataType::Dictionary(_, of) => return kind(of),
        _ => return None,
    })
}

/// The value in a row.
pub fn cell(array: &dyn Array, row: usize) -> Cell<'_> {
    cell_at(array, row, 0)
}

/// The value in a row, as a value of the database.
#[cfg(feature = "parquet")]
pub(crate) fn value(array: &dyn Array, row: usize) -> Value {
    value_at(array, row, 0)
}

fn value_at(array: &dyn Array, row: usize, depth: usize) -> Value {
    match cell_at(array, row, depth) {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::Bool(value),
        Cell::Int(value) => Value::Int(value),
        Cell::Float(value) => Value::Float(value),
        Cell::Text(text) => Value::from(text),
        Cell::Bytes(bytes) => Value::Bytes(Arc::from(bytes)),
        Cell::Value(value) => value,
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

fn decimal<T: DecimalType>(array: &dyn Array, row: usize, scale: i8) -> Cell<'static> {
    let text = array.as_primitive::<T>().value_as_string(row);
    if scale == 0
        && let Ok(value) = text.parse::<i64>()
    {
        return Cell::Int(value);
    }
    text.parse().map_or(Cell::Null, Cell::Float)
}

fn dictionary<T: ArrowDictionaryKeyType>(array: &dyn Array, row: usize, depth: usize) -> Cell<'_> {
    let array = array.as_dictionary::<T>();
    array.key(row).map_or(Cell::Null, |key| cell_at(array.values().as_ref(), key, depth))
}

/// Nanoseconds of a day.
fn time(nanos: Option<i64>) -> Cell<'static> {
    nanos.map_or(Cell::Null, |nanos| Cell::Value(Value::LocalTime(LocalTime::from_nanos(nanos))))
}

/// A moment in so many parts of a second.
fn moment(value: i64, per_second: i64, zone: Option<&str>) -> Cell<'static> {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let nanos = u32::try_from(rest * (1_000_000_000 / per_second)).unwrap_or(0);
    let value = match zone {
        None => LocalDateTime::from_seconds(seconds, nanos).map(Value::LocalDateTime),
        Some("UTC" | "Etc/UTC" | "Z" | "+00:00") => {
            ZonedDateTime::at_offset(seconds, nanos, 0).map(Value::ZonedDateTime)
        }
        Some(zone) => ZonedDateTime::at_zone(seconds, nanos, zone)
            .or_else(|_| ZonedDateTime::at_offset(seconds, nanos, 0))
            .map(Value::ZonedDateTime),
    };
    value.map_or(Cell::Null, Cell::Value)
}

fn duration(value: i64, per_second: i64) -> Cell<'static> {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let nanos = i32::try_from(rest * (1_000_000_000 / per_second)).unwrap_or(0);
    Cell::Value(Value::Duration(Duration::from_stored(0, 0, seconds, nanos)))
}

fn list(items: &dyn Array, depth: usize) -> Cell<'static> {
    Cell::Value(Value::List((0..items.len()).map(|row| value_at(items, row, depth + 1)).collect()))
}

fn cell_at(array: &dyn Array, row: usize, depth: usize) -> Cell<'_> {
    if depth > DEEPEST || array.is_null(row) {
        return Cell::Null;
    }
    match array.data_type() {
        DataType::Boolean => Cell::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Cell::Int(primitive::<Int8Type>(array, row).into()),
        DataType::Int16 => Cell::Int(primitive::<Int16Type>(array, row).into()),
        DataType::Int32 => Cell::Int(primitive::<Int32Type>(array, row).into()),
        DataType::Int64 => Cell::Int(primitive::<Int64Type>(array, row)),
        DataType::UInt8 => Cell::Int(primitive::<UInt8Type>(array, row).into()),
        DataType::UInt16 => Cell::Int(primitive::<UInt16Type>(array, row).into()),
        DataType::UInt32 => Cell::Int(primitive::<UInt32Type>(array, row).into()),
        DataType::UInt64 => {
            let value = primitive::<UInt64Type>(array, row);
            // Beyond the integers there are numbers.
            i64::try_from(value).map_or(Cell::Float(value as f64), Cell::Int)
        }
        DataType::Float16 => Cell::Float(primitive::<Float16Type>(array, row).to_f64()),
        DataType::Float32 => Cell::Float(primitive::<Float32Type>(array, row).into()),
        DataType::Float64 => Cell::Float(primitive::<Float64Type>(array, row)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Cell::Text(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Cell::Text(array.as_string_view().value(row)),
        DataType::Binary => Cell::Bytes(array.as_binary::<i32>().value(row)),
        DataType::LargeBinary => Cell::Bytes(array.as_binary::<i64>().value(row)),
        DataType::BinaryView => Cell::Bytes(array.as_binary_view().value(row)),
        DataType::FixedSizeBinary(_) => Cell::Bytes(array.as_fixed_size_binary().value(row)),
        DataType::Decimal32(_, scale) => decimal::<Decimal32Type>(array, row, *scale),
        DataType::Decimal64(_, scale) => decimal::<Decimal64Type>(array, row, *scale),
        DataType::Decimal128(_, scale) => decimal::<Decimal128Type>(array, row, *scale),
        DataType::Decimal256(_, scale) => decimal::<Decimal256Type>(array, row, *scale),
        DataType::Date32 => Cell::Value(Value::Date(Date::from_days(primitive::<Date32Type>(array, row)))),
        DataType::Date64 => {
            let days = primitive::<Date64Type>(array, row).div_euclid(86_400_000);
            i32::try_from(days).map_or(Cell::Null, |days| Cell::Value(Value::Date(Date::from_days(days))))
        }
        DataType::Time32(TimeUnit::Second) => {
            time(i64::from(primitive::<Time32SecondType>(array, row)).checked_mul(1_000_000_000))
        }
        DataType::Time32(_) => time(i64::from(primitive::<Time32MillisecondType>(array, row)).checked_mul(1_000_000)),
        DataType::Time64(TimeUnit::Nanosecond) => time(Some(primitive::<Time64NanosecondType>(array, row))),
        DataType::Time64(_) => time(primitive::<Time64MicrosecondType>(array, row).checked_mul(1000)),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_deref();
            match unit {
                TimeUnit::Second => moment(primitive::<TimestampSecondType>(array, row), 1, zone),
                TimeUnit::Millisecond => moment(primitive::<TimestampMillisecondType>(array, row), 1000, zone),
                TimeUnit::Microsecond => moment(primitive::<TimestampMicrosecondType>(array, row), 1_000_000, zone),
                TimeUnit::Nanosecond => moment(primitive::<TimestampNanosecondType>(array, row), 1_000_000_000, zone),
            }
        }
        DataType::Duration(unit) => match unit {
            TimeUnit::Second => duration(primitive::<DurationSecondType>(array, row), 1),
            TimeUnit::Millisecond => duration(primitive::<DurationMillisecondType>(array, row), 1000),
            TimeUnit::Microsecond => duration(primitive::<DurationMicrosecondType>(array, row), 1_000_000),
            TimeUnit::Nanosecond => duration(primitive::<DurationNanosecondType>(array, row), 1_000_000_000),
        },
        DataType::Dictionary(key, _) => match **key {
            DataType::Int8 => dictionary::<Int8Type>(array, row, depth),
            DataType::Int16 => dictionary::<Int16Type>(array, row, depth),
            DataType::Int32 => dictionary::<Int32Type>(array, row, depth),
            DataType::Int64 => dictionary::<Int64Type>(array, row, depth),
            DataType::UInt8 => dictionary::<UInt8Type>(array, row, depth),
            DataType::UInt16 => dictionary::<UInt16Type>(array, row, depth),
            DataType::UInt32 => dictionary::<UInt32Type>(array, row, depth),
            _ => dictionary::<UInt64Type>(array, row, depth),
        },
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref(), depth),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row).as_ref(), depth),
        DataType::FixedSizeList(item, _) => {
            let items = array.as_fixed_size_list().value(row);
            match item.data_type() {
                DataType::Float32 | DataType::Float64 if items.null_count() == 0 => {
                    let number = |row| match value_at(items.as_ref(), row, depth + 1) {
                        Value::Float(number) => number as f32,
                        _ => f32::NAN,
                    };
                    Cell::Value(Value::Vector((0..items.len()).map(number).collect()))
                }
                _ => list(items.as_ref(), depth),
            }
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let field = |(field, column): (&Arc<arrow_schema::Field>, &Arc<dyn Array>)| {
                (Arc::<str>::from(field.name().as_str()), value_at(column.as_ref(), row, depth + 1))
            };
            Cell::Value(Value::Record(fields.iter().zip(columns).map(field).collect()))
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            list(&entries, depth)
        }
        _ => Cell::Null,
    }
}
