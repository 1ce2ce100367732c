//! Reading Arrow arrays: values, texts and vectors.

use std::borrow::Cow;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array,
    cast::AsArray,
    types::{
        ArrowPrimitiveType, Date32Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
        TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use wenddb::{Date, LocalDateTime, LocalTime, Value, ZonedDateTime};

/// A column of texts, in any of Arrow's layouts.
#[derive(Debug)]
pub enum Texts<'a> {
    /// With 32-bit offsets.
    Utf8(&'a arrow_array::StringArray),
    /// With 64-bit offsets.
    Large(&'a arrow_array::LargeStringArray),
    /// Views into buffers.
    View(&'a arrow_array::StringViewArray),
}

impl<'a> Texts<'a> {
    /// `None` when the array has another type.
    pub fn of(array: &'a ArrayRef) -> Option<Self> {
        match array.data_type() {
            DataType::Utf8 => array.as_string_opt().map(Texts::Utf8),
            DataType::LargeUtf8 => array.as_string_opt().map(Texts::Large),
            DataType::Utf8View => array.as_string_view_opt().map(Texts::View),
            _ => None,
        }
    }

    /// The text in a row; `None` for null.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Texts::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::Large(array) => array.is_valid(row).then(|| array.value(row)),
            Texts::View(array) => array.is_valid(row).then(|| array.value(row)),
        }
    }
}

/// The length of the vectors of a column; `None` when its type is not one of vectors.
pub fn vector_length(kind: &DataType) -> Option<usize> {
    match kind {
        DataType::FixedSizeList(item, length) if matches!(item.data_type(), DataType::Float32 | DataType::Float64) => {
            usize::try_from(*length).ok()
        }
        _ => None,
    }
}

/// The vectors of a column, borrowed when they are 32-bit floats; `None` for null.
///
/// # Errors
/// When the column does not hold vectors of one length, or a vector has a null in it.
pub fn vectors_of<'a>(array: &'a ArrayRef, name: &str) -> Result<Vec<Option<Cow<'a, [f32]>>>, String> {
    let wrong = || format!("column `{name}` is no list of 32-bit or 64-bit floats of one length");
    let list = array.as_fixed_size_list_opt().ok_or_else(wrong)?;
    let (items, width) = (list.values(), usize::try_from(list.value_length()).map_err(|_| wrong())?);
    let row = |row: usize| {
        if list.is_null(row) {
            return Ok(None);
        }
        let range = row * width..(row + 1) * width;
        if items.null_count() > 0 && range.clone().any(|number| items.is_null(number)) {
            return Err(format!("column `{name}` has a vector in which a number is missing"));
        }
        if let Some(numbers) = items.as_primitive_opt::<Float32Type>() {
            return numbers.values().get(range).map(|numbers| Some(Cow::Borrowed(numbers))).ok_or_else(wrong);
        }
        let numbers = items.as_primitive_opt::<Float64Type>().and_then(|numbers| numbers.values().get(range));
        let numbers = numbers.ok_or_else(wrong)?;
        Ok(Some(numbers.iter().map(|number| *number as f32).collect()))
    };
    (0..list.len()).map(row).collect()
}

/// Whether values of a type can be properties.
pub fn is_property_type(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) => {
            !matches!(item.data_type(), DataType::List(_) | DataType::LargeList(_))
                && is_property_type(item.data_type())
        }
        DataType::FixedSizeList(item, _) => matches!(item.data_type(), DataType::Float32 | DataType::Float64),
        DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::Date32
        | DataType::Time64(_)
        | DataType::Timestamp(..) => true,
        other => other.is_integer() || matches!(other, DataType::Float32 | DataType::Float64),
    }
}

/// A column of values. Its type is looked at once, and not again for each row.
#[derive(Debug)]
pub enum Cells<'a> {
    /// Texts.
    Texts(Texts<'a>),
    /// 64-bit integers.
    Ints(&'a Int64Array),
    /// 64-bit floats.
    Floats(&'a Float64Array),
    /// Truth values.
    Bools(&'a BooleanArray),
    /// All else.
    Others(&'a ArrayRef),
}

impl<'a> Cells<'a> {
    /// Of an array of any type.
    pub fn of(array: &'a ArrayRef) -> Self {
        if let Some(texts) = Texts::of(array) {
            return Cells::Texts(texts);
        }
        match array.data_type() {
            DataType::Int64 => array.as_primitive_opt().map(Cells::Ints),
            DataType::Float64 => array.as_primitive_opt().map(Cells::Floats),
            DataType::Boolean => array.as_boolean_opt().map(Cells::Bools),
            _ => None,
        }
        .unwrap_or(Cells::Others(array))
    }

    /// The value in a row.
    ///
    /// # Errors
    /// When the value cannot be a property.
    pub fn get(&self, row: usize) -> Result<Value, String> {
        Ok(match self {
            Cells::Texts(texts) => texts.get(row).map_or(Value::Null, Value::from),
            Cells::Ints(array) if array.is_valid(row) => Value::Int(array.value(row)),
            Cells::Floats(array) if array.is_valid(row) => Value::Float(array.value(row)),
            Cells::Bools(array) if array.is_valid(row) => Value::Bool(array.value(row)),
            Cells::Ints(_) | Cells::Floats(_) | Cells::Bools(_) => Value::Null,
            Cells::Others(array) => return value_at(array, row),
        })
    }
}

/// The value in a row of a column.
///
/// # Errors
/// When the value cannot be a property.
pub fn value_at(array: &ArrayRef, row: usize) -> Result<Value, String> {
    if array.is_null(row) {
        return Ok(Value::Null);
    }
    if let Some(texts) = Texts::of(array) {
        return Ok(texts.get(row).map_or(Value::Null, Value::from));
    }
    fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> T::Native {
        array.as_primitive::<T>().value(row)
    }
    Ok(match array.data_type() {
        DataType::Null => Value::Null,
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Int8 => Value::from(primitive::<Int8Type>(array, row)),
        DataType::Int16 => Value::from(primitive::<Int16Type>(array, row)),
        DataType::Int32 => Value::from(primitive::<Int32Type>(array, row)),
        DataType::Int64 => Value::from(primitive::<Int64Type>(array, row)),
        DataType::UInt8 => Value::from(primitive::<UInt8Type>(array, row)),
        DataType::UInt16 => Value::from(primitive::<UInt16Type>(array, row)),
        DataType::UInt32 => Value::from(primitive::<UInt32Type>(array, row)),
        DataType::UInt64 => {
            let number = primitive::<UInt64Type>(array, row);
            Value::Int(i64::try_from(number).map_err(|_| format!("{number} does not fit into an INT64"))?)
        }
        DataType::Float32 => Value::from(primitive::<Float32Type>(array, row)),
        DataType::Float64 => Value::from(primitive::<Float64Type>(array, row)),
        DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row).into()),
        DataType::LargeBinary => Value::Bytes(array.as_binary::<i64>().value(row).into()),
        DataType::Date32 => {
            let days = primitive::<Date32Type>(array, row);
            let date = Date::from_days(days);
            if date.days() != days {
                return Err(format!("the day {days} is out of range"));
            }
            Value::Date(date)
        }
        DataType::Time64(unit) => {
            let nanos = match unit {
                TimeUnit::Nanosecond => Some(primitive::<Time64NanosecondType>(array, row)),
                _ => primitive::<Time64MicrosecondType>(array, row).checked_mul(1000),
            };
            let nanos = nanos.filter(|nanos| (0..86_400_000_000_000).contains(nanos));
            Value::LocalTime(LocalTime::from_nanos(nanos.ok_or("a time of day is out of range")?))
        }
        DataType::Timestamp(unit, zone) => timestamp(array, row, *unit, zone.as_deref())?,
        DataType::List(_) => list(&array.as_list::<i32>().value(row))?,
        DataType::LargeList(_) => list(&array.as_list::<i64>().value(row))?,
        DataType::FixedSizeList(..) => {
            let vector = array.slice(row, 1);
            let vectors = vectors_of(&vector, "a list")?;
            vectors.first().and_then(Option::as_ref).map_or(Value::Null, |vector| Value::from(vector.to_vec()))
        }
        other => return Err(format!("{other} is not a type that a property can have")),
    })
}

fn list(items: &ArrayRef) -> Result<Value, String> {
    Ok(Value::List((0..items.len()).map(|row| value_at(items, row)).collect::<Result<_, _>>()?))
}

fn timestamp(array: &ArrayRef, row: usize, unit: TimeUnit, zone: Option<&str>) -> Result<Value, String> {
    let (count, per_second) = match unit {
        TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row), 1),
        TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().value(row), 1000),
        TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000),
        TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000),
    };
    let seconds = count.div_euclid(per_second);
    let nanos = u32::try_from(count.rem_euclid(per_second) * (1_000_000_000 / per_second)).unwrap_or(0);
    let said = |error: wenddb::Error| error.message().to_owned();
    Ok(match zone {
        None => Value::LocalDateTime(LocalDateTime::from_seconds(seconds, nanos).map_err(said)?),
        Some("UTC" | "Z" | "+00:00") => {
            Value::ZonedDateTime(ZonedDateTime::at_offset(seconds, nanos, 0).map_err(said)?)
        }
        Some(zone) => Value::ZonedDateTime(ZonedDateTime::at_zone(seconds, nanos, zone).map_err(said)?),
    })
}
