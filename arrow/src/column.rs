//! The Arrow type of a column, and the column as an Arrow array of that type.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeListArray, Float32Array, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, LargeListArray, NullArray, StringArray, Time64NanosecondArray, TimestampNanosecondArray,
    types::IntervalMonthDayNanoType,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, FieldRef, IntervalUnit, TimeUnit};
use wenddb::{Column, ColumnData, Value};

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    Date,
    LocalTime,
    LocalDateTime,
    ZonedDateTime,
    Duration,
    /// Vectors of one length.
    Vector(i32),
    /// Vectors of several lengths.
    Vectors,
    List(Box<Kind>),
    /// Values of other types, or of several types, as JSON text.
    Json,
}

impl Kind {
    /// The type that all values of a column have.
    pub(crate) fn of(column: &Column) -> Kind {
        if (0..column.len()).all(|row| column.is_null(row)) {
            return Kind::Null;
        }
        match column.data() {
            ColumnData::Bools(_) => Kind::Bool,
            ColumnData::Ints(_) => Kind::Int,
            ColumnData::Floats(_) => Kind::Float,
            ColumnData::Strings(_) | ColumnData::Codes(..) => Kind::Text,
            ColumnData::Vectors { width, .. } => Kind::of_vectors(*width),
            ColumnData::Values(values) => Kind::of_values(values.iter()),
            _ => (0..column.len()).fold(Kind::Null, |kind, row| kind.with(Kind::of_value(&column.value(row)))),
        }
    }

    fn of_vectors(width: usize) -> Kind {
        i32::try_from(width).map_or(Kind::Vectors, Kind::Vector)
    }

    fn of_values<'v>(values: impl Iterator<Item = &'v Value>) -> Kind {
        values.fold(Kind::Null, |kind, value| if kind == Kind::Json { kind } else { kind.with(Kind::of_value(value)) })
    }

    fn of_value(value: &Value) -> Kind {
        match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Int(_) => Kind::Int,
            Value::Float(_) => Kind::Float,
            Value::String(_) => Kind::Text,
            Value::Bytes(_) => Kind::Bytes,
            Value::Date(_) => Kind::Date,
            Value::LocalTime(_) => Kind::LocalTime,
            Value::LocalDateTime(_) => Kind::LocalDateTime,
            Value::ZonedDateTime(_) => Kind::ZonedDateTime,
            Value::Duration(_) => Kind::Duration,
            Value::Vector(numbers) => Kind::of_vectors(numbers.len()),
            Value::List(items) => match Kind::of_values(items.iter()) {
                inner @ (Kind::Null | Kind::Bool | Kind::Int | Kind::Float | Kind::Text) => Kind::List(Box::new(inner)),
                _ => Kind::Json,
            },
            _ => Kind::Json,
        }
    }

    fn with(self, other: Kind) -> Kind {
        match (self, other) {
            (Kind::Null, kind) | (kind, Kind::Null) => kind,
            (one, other) if one == other => one,
            (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
            (Kind::Vector(_) | Kind::Vectors, Kind::Vector(_) | Kind::Vectors) => Kind::Vectors,
            (Kind::List(one), Kind::List(other)) => match one.with(*other) {
                Kind::Json => Kind::Json,
                inner => Kind::List(Box::new(inner)),
            },
            _ => Kind::Json,
        }
    }

    fn name(&self) -> String {
        match self {
            Kind::List(inner) => format!("LIST<{}>", inner.name()),
            Kind::Vector(length) => format!("VECTOR({length})"),
            other => format!("{other:?}").to_uppercase(),
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        let item = |kind: DataType| Arc::new(Field::new("item", kind, true));
        match self {
            Kind::Null => DataType::Null,
            Kind::Bool => DataType::Boolean,
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Bytes => DataType::Binary,
            Kind::Date => DataType::Date32,
            Kind::LocalTime => DataType::Time64(TimeUnit::Nanosecond),
            Kind::LocalDateTime => DataType::Timestamp(TimeUnit::Nanosecond, None),
            Kind::ZonedDateTime => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Kind::Duration => DataType::Interval(IntervalUnit::MonthDayNano),
            Kind::Vector(length) => DataType::FixedSizeList(item(DataType::Float32), *length),
            Kind::Vectors => DataType::LargeList(item(DataType::Float32)),
            Kind::List(inner) => DataType::LargeList(item(inner.data_type())),
        }
    }

    fn item_field(&self) -> FieldRef {
        match self.data_type() {
            DataType::FixedSizeList(field, _) | DataType::LargeList(field) => field,
            other => Arc::new(Field::new("item", other, true)),
        }
    }

    /// The column as an array; the error names a value of another type. A block of vectors is taken over as it is.
    pub(crate) fn array(&self, column: Column) -> Result<ArrayRef, String> {
        use ColumnData as D;
        let (len, nulls) = (column.len(), column.nulls());
        let nulls = nulls.map(|nulls| NullBuffer::from_iter(nulls.iter().map(|null| !null)));
        Ok(match (self, column.data()) {
            (Kind::Bool, D::Bools(values)) => Arc::new(BooleanArray::new(BooleanBuffer::from(&values[..]), nulls)),
            (Kind::Int, D::Ints(values)) => Arc::new(Int64Array::new(values.clone().into(), nulls)),
            (Kind::Float, D::Floats(values)) => Arc::new(Float64Array::new(values.clone().into(), nulls)),
            (Kind::Text, D::Strings(_) | D::Codes(..)) => {
                Arc::new(StringArray::from_iter((0..len).map(|row| column.text(row))))
            }
            (Kind::Vector(length), D::Vectors { width, .. }) if usize::try_from(*length) == Ok(*width) => {
                self.block(*length, column.into_numbers(), nulls, len)?
            }
            _ => {
                let values = column.into_values();
                self.values(&values.iter().collect::<Vec<_>>())?
            }
        })
    }

    fn values(&self, values: &[&Value]) -> Result<ArrayRef, String> {
        Ok(match self {
            Kind::Null => {
                self.each(values, |_| None::<()>)?;
                Arc::new(NullArray::new(values.len()))
            }
            Kind::Bool => Arc::new(BooleanArray::from(self.each(values, |value| match value {
                Value::Bool(value) => Some(*value),
                _ => None,
            })?)),
            Kind::Int => Arc::new(Int64Array::from(self.each(values, |value| match value {
                Value::Int(value) => Some(*value),
                _ => None,
            })?)),
            Kind::Float => Arc::new(Float64Array::from(self.each(values, |value| match value {
                Value::Float(value) => Some(*value),
                // Not when the nearest float is a different number.
                Value::Int(value) => Some(*value as f64).filter(|_| value.unsigned_abs() <= 1 << 53),
                _ => None,
            })?)),
            Kind::Text => Arc::new(StringArray::from(self.each(values, |value| match value {
                Value::String(text) => Some(&**text),
                _ => None,
            })?)),
            Kind::Json => {
                let texts = values.iter().map(|value| (!value.is_null()).then(|| value.to_json().to_string()));
                Arc::new(StringArray::from_iter(texts))
            }
            Kind::Bytes => Arc::new(BinaryArray::from(self.each(values, |value| match value {
                Value::Bytes(bytes) => Some(&**bytes),
                _ => None,
            })?)),
            Kind::Date => Arc::new(Date32Array::from(self.each(values, |value| match value {
                Value::Date(date) => Some(date.days()),
                _ => None,
            })?)),
            Kind::LocalTime => Arc::new(Time64NanosecondArray::from(self.each(values, |value| match value {
                Value::LocalTime(time) => Some(time.nanos()),
                _ => None,
            })?)),
            Kind::LocalDateTime => {
                Arc::new(TimestampNanosecondArray::from(self.each(values, |value| match value {
                    Value::LocalDateTime(at) => nanos(at.seconds(), at.nanosecond()),
                    _ => None,
                })?))
            }
            Kind::ZonedDateTime => {
                let values = self.each(values, |value| match value {
                    Value::ZonedDateTime(at) => nanos(at.seconds(), at.nanosecond()),
                    _ => None,
                })?;
                Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
            }
            Kind::Duration => Arc::new(IntervalMonthDayNanoArray::from(self.each(values, |value| match value {
                Value::Duration(time) => {
                    let nanos = time.seconds().checked_mul(1_000_000_000)?.checked_add(time.nanos().into())?;
                    let (months, days) = (time.months().try_into().ok()?, time.days().try_into().ok()?);
                    Some(IntervalMonthDayNanoType::make_value(months, days, nanos))
                }
                _ => None,
            })?)),
            Kind::Vector(length) => self.vectors(values, *length)?,
            Kind::Vectors => {
                let lists = self.each(values, |value| match value {
                    Value::Vector(numbers) => Some(&**numbers),
                    _ => None,
                })?;
                let lengths = lists.iter().map(|list| list.map_or(0, <[f32]>::len));
                let offsets = OffsetBuffer::from_lengths(lengths);
                let items: Vec<f32> = lists.iter().flatten().flat_map(|list| list.iter().copied()).collect();
                let nulls = NullBuffer::from_iter(lists.iter().map(Option::is_some));
                let items: ArrayRef = Arc::new(Float32Array::from(items));
                self.list(offsets, items, nulls)?
            }
            Kind::List(inner) => {
                let lists = self.each(values, |value| match value {
                    Value::List(items) => Some(&**items),
                    _ => None,
                })?;
                let offsets = OffsetBuffer::from_lengths(lists.iter().map(|list| list.map_or(0, <[Value]>::len)));
                let items: Vec<&Value> = lists.iter().flatten().flat_map(|list| list.iter()).collect();
                let nulls = NullBuffer::from_iter(lists.iter().map(Option::is_some));
                self.list(offsets, inner.values(&items)?, nulls)?
            }
        })
    }

    fn list(&self, offsets: OffsetBuffer<i64>, items: ArrayRef, nulls: NullBuffer) -> Result<ArrayRef, String> {
        let list = LargeListArray::try_new(self.item_field(), offsets, items, Some(nulls));
        list.map(|list| Arc::new(list) as ArrayRef).map_err(|error| error.to_string())
    }

    /// Vectors of one length, as one array of their numbers.
    fn vectors(&self, values: &[&Value], length: i32) -> Result<ArrayRef, String> {
        let width = usize::try_from(length).unwrap_or(0);
        let mut numbers: Vec<f32> = Vec::with_capacity(values.len() * width);
        let vectors = self.each(values, |value| match value {
            Value::Vector(vector) if vector.len() == width => Some(&**vector),
            _ => None,
        })?;
        for vector in &vectors {
            match vector {
                Some(vector) => numbers.extend_from_slice(vector),
                None => numbers.resize(numbers.len() + width, 0.0),
            }
        }
        let nulls = NullBuffer::from_iter(vectors.iter().map(Option::is_some));
        self.block(length, numbers, Some(nulls), values.len())
    }

    /// The numbers of so many vectors as an array of them.
    fn block(
        &self,
        length: i32,
        numbers: Vec<f32>,
        nulls: Option<NullBuffer>,
        rows: usize,
    ) -> Result<ArrayRef, String> {
        let items: ArrayRef = Arc::new(Float32Array::new(ScalarBuffer::from(numbers), None));
        let list = FixedSizeListArray::try_new_with_length(self.item_field(), length, items, nulls, rows);
        list.map(|list| Arc::new(list) as ArrayRef).map_err(|error| error.to_string())
    }

    /// An array of what `read` makes of each value; NULL stays null.
    fn each<'v, T>(
        &self,
        values: &[&'v Value],
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Vec<Option<T>>, String> {
        let one = |value: &&'v Value| match *value {
            Value::Null => Ok(None),
            value => read(value).map(Some).ok_or_else(|| self.other(value)),
        };
        values.iter().map(one).collect()
    }

    fn other(&self, value: &Value) -> String {
        let mut shown: String = value.to_string().chars().take(40).collect();
        if shown.len() < value.to_string().len() {
            shown.push_str("...");
        }
        format!("the first batch made it {}, in which the {} {shown} has no place", self.name(), value.type_name())
    }
}

/// Nanoseconds since 1970 as 64 bits: the years 1677 to 2262.
fn nanos(seconds: i64, nanosecond: u32) -> Option<i64> {
    i64::try_from(i128::from(seconds) * 1_000_000_000 + i128::from(nanosecond)).ok()
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;

    use super::*;

    fn kind(values: &[Value]) -> Kind {
        Kind::of_values(values.iter())
    }

    #[test]
    fn types_are_found() {
        let vector = |length: usize| Value::from(vec![1.0f32; length]);
        assert_eq!(kind(&[]), Kind::Null);
        assert_eq!(kind(&[Value::Null, Value::Int(1), Value::Float(0.5)]), Kind::Float);
        assert_eq!(kind(&[Value::Int(1), Value::from("x")]), Kind::Json);
        assert_eq!(kind(&[vector(3), Value::Null, vector(3)]), Kind::Vector(3));
        assert_eq!(kind(&[vector(3), vector(2)]), Kind::Vectors);
        let list = |items: &[Value]| Value::List(items.into());
        assert_eq!(kind(&[list(&[]), list(&[Value::Int(1)])]), Kind::List(Box::new(Kind::Int)));
        assert_eq!(kind(&[list(&[list(&[])])]), Kind::Json);
        assert_eq!(kind(&[list(&[Value::Int(1)]), list(&[Value::from("x")])]), Kind::Json);
    }

    #[test]
    fn arrays_are_made() {
        let values = [Value::from(vec![1.0f32, 2.0]), Value::Null, Value::from(vec![3.0f32, 4.0])];
        let values: Vec<&Value> = values.iter().collect();
        let array = Kind::Vector(2).values(&values).unwrap();
        assert_eq!((array.len(), array.null_count()), (3, 1));
        assert_eq!(array.data_type(), &Kind::Vector(2).data_type());
        let list = Value::List([Value::Int(1), Value::Null].into());
        let lists = Kind::List(Box::new(Kind::Int)).values(&[&list, &Value::Null]).unwrap();
        assert_eq!((lists.len(), lists.null_count()), (2, 1));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let text = Value::from("a text that is longer than what is shown of a value here");
        let problem = Kind::Int.values(&[&text]).unwrap_err();
        assert_eq!(
            problem,
            "the first batch made it INT, in which the STRING a text that is longer than what is shown... has no place"
        );
        assert!(Kind::Float.values(&[&Value::Int((1 << 53) + 1)]).is_err());
        assert!(Kind::Vector(2).values(&[&Value::from(vec![1.0f32])]).unwrap_err().contains("VECTOR(2)"));
        let far = Value::LocalDateTime("9999-01-01T00:00:00".parse().unwrap());
        assert!(Kind::LocalDateTime.values(&[&far]).is_err());
    }
}
