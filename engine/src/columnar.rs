//! Columns of values as Parquet files. A column of one type has that type there; of integers and floats floats; of several others texts.

use std::{fs::File, sync::Arc};

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeListArray, Float32Array, Float64Array, Int64Array,
    ListArray, RecordBatch, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};

use crate::value::Value;

/// Rows that are made into arrays at a time.
const BATCH_ROWS: usize = 1 << 16;

/// What the values of a column have in common.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    Date,
    Time,
    Local,
    Zoned,
    Vector(usize),
    List(Box<Kind>),
    /// Of the elements of empty lists.
    Nothing,
    /// Values of several types, and those that Parquet has none for, as texts; JSON where they are not texts themselves.
    Any,
}

fn kind_of(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => Kind::Bool,
        Value::Int(_) => Kind::Int,
        Value::Float(_) => Kind::Float,
        Value::String(_) => Kind::Text,
        Value::Bytes(_) => Kind::Bytes,
        Value::Date(_) => Kind::Date,
        Value::LocalTime(_) => Kind::Time,
        Value::LocalDateTime(_) => Kind::Local,
        Value::ZonedDateTime(_) => Kind::Zoned,
        Value::Vector(vector) => Kind::Vector(vector.len()),
        Value::List(items) => match common(items.iter()) {
            // Lists in lists are texts.
            Some(Kind::List(_) | Kind::Vector(_) | Kind::Any) => Kind::Any,
            None => Kind::List(Box::new(Kind::Nothing)),
            Some(kind) => Kind::List(Box::new(kind)),
        },
        _ => Kind::Any,
    })
}

/// What values have in common; none where all are NULL.
fn common<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Kind> {
    values.fold(None, join)
}

/// What values have in common with one more.
fn join(known: Option<Kind>, value: &Value) -> Option<Kind> {
    let Some(kind) = kind_of(value) else { return known };
    Some(match (known, kind) {
        (None, kind) => kind,
        (Some(known), kind) if known == kind => known,
        (Some(Kind::Int | Kind::Float), Kind::Int | Kind::Float) => Kind::Float,
        (Some(Kind::List(known)), Kind::List(kind)) => match (*known, *kind) {
            (Kind::Nothing, kind) | (kind, Kind::Nothing) => Kind::List(Box::new(kind)),
            (Kind::Int | Kind::Float, Kind::Int | Kind::Float) => Kind::List(Box::new(Kind::Float)),
            _ => Kind::Any,
        },
        _ => Kind::Any,
    })
}

fn data_type(kind: &Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Text | Kind::Any | Kind::Nothing => DataType::Utf8,
        Kind::Bytes => DataType::Binary,
        Kind::Date => DataType::Date32,
        Kind::Time => DataType::Time64(arrow_schema::TimeUnit::Microsecond),
        Kind::Local => DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, None),
        Kind::Zoned => DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Vector(width) => {
            let width = i32::try_from(*width).unwrap_or(i32::MAX);
            DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), width)
        }
        Kind::List(kind) => DataType::List(Arc::new(Field::new("item", data_type(kind), true))),
    }
}

/// What the values of each column have in common, as far as they were seen.
pub(crate) struct Types(Vec<Option<Kind>>);

impl Types {
    pub(crate) fn new(columns: usize) -> Types {
        Types(vec![None; columns])
    }

    /// Takes a value of a column into account.
    pub(crate) fn see(&mut self, column: usize, value: &Value) {
        if let Some(known) = self.0.get_mut(column) {
            *known = join(known.take(), value);
        }
    }
}

/// Begins a file of these columns, compressed; `group_bytes` = about the most bytes of a group of rows, which is read as one piece.
pub(crate) fn writer(
    file: &File,
    schema: Arc<Schema>,
    group_bytes: Option<usize>,
) -> Result<ArrowWriter<&File>, ParquetError> {
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
    let properties = properties.set_max_row_group_bytes(group_bytes).build();
    ArrowWriter::try_new(file, schema, Some(properties))
}

/// A Parquet file that is being written.
pub(crate) struct Writer<'f> {
    writer: ArrowWriter<&'f File>,
    schema: Arc<Schema>,
    kinds: Vec<Kind>,
}

impl Writer<'_> {
    /// Begins a file whose columns have these names and types. What is not of its column's type is NULL.
    pub(crate) fn begin<'f>(names: &[String], types: Types, file: &'f File) -> Result<Writer<'f>, ParquetError> {
        let kinds: Vec<Kind> = types.0.into_iter().map(|kind| kind.unwrap_or(Kind::Text)).collect();
        let fields = names.iter().zip(&kinds).map(|(name, kind)| Field::new(name, data_type(kind), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
        let writer = writer(file, Arc::clone(&schema), None)?;
        Ok(Writer { writer, schema, kinds })
    }

    /// Adds rows: columns of one length.
    pub(crate) fn write(&mut self, columns: &[Vec<Value>]) -> Result<(), ParquetError> {
        let rows = columns.first().map_or(0, Vec::len);
        for from in (0..rows).step_by(BATCH_ROWS) {
            let to = (from + BATCH_ROWS).min(rows);
            let arrays = columns.iter().zip(&self.kinds).map(|(column, kind)| {
                let values: Vec<&Value> = column[from..to].iter().collect();
                array(&values, kind)
            });
            let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
            self.writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)?;
        }
        Ok(())
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> Result<(), ParquetError> {
        self.writer.close().map(|_| ())
    }
}

fn micros(seconds: i64, nanos: u32) -> Option<i64> {
    seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1000))
}

fn array(values: &[&Value], kind: &Kind) -> Result<ArrayRef, ParquetError> {
    fn each<T>(values: &[&Value], of: impl Fn(&Value) -> Option<T>) -> Vec<Option<T>> {
        values.iter().map(|value| of(value)).collect()
    }
    Ok(match kind {
        Kind::Bool => Arc::new(BooleanArray::from(each(values, |value| match value {
            Value::Bool(value) => Some(*value),
            _ => None,
        }))),
        Kind::Int => Arc::new(Int64Array::from(each(values, |value| match value {
            Value::Int(value) => Some(*value),
            _ => None,
        }))),
        Kind::Float => Arc::new(Float64Array::from(each(values, |value| match value {
            Value::Float(value) => Some(*value),
            Value::Int(value) => Some(*value as f64),
            _ => None,
        }))),
        Kind::Text | Kind::Any | Kind::Nothing => Arc::new(StringArray::from(each(values, text))),
        Kind::Bytes => {
            let bytes = values.iter().map(|value| match value {
                Value::Bytes(bytes) => Some(&**bytes),
                _ => None,
            });
            Arc::new(BinaryArray::from(bytes.collect::<Vec<Option<&[u8]>>>()))
        }
        Kind::Date => Arc::new(Date32Array::from(each(values, |value| match value {
            Value::Date(date) => Some(date.days()),
            _ => None,
        }))),
        Kind::Time => Arc::new(Time64MicrosecondArray::from(each(values, |value| match value {
            Value::LocalTime(time) => Some(time.nanos() / 1000),
            _ => None,
        }))),
        Kind::Local => Arc::new(TimestampMicrosecondArray::from(each(values, |value| match value {
            Value::LocalDateTime(moment) => micros(moment.seconds(), moment.nanosecond()),
            _ => None,
        }))),
        Kind::Zoned => {
            let moments = each(values, |value| match value {
                Value::ZonedDateTime(moment) => micros(moment.seconds(), moment.nanosecond()),
                _ => None,
            });
            Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC"))
        }
        Kind::Vector(width) => {
            let mut numbers: Vec<f32> = Vec::with_capacity(width * values.len());
            let mut there = Vec::with_capacity(values.len());
            for value in values {
                match value {
                    Value::Vector(vector) => numbers.extend_from_slice(vector),
                    _ => numbers.resize(numbers.len() + width, 0.0),
                }
                there.push(!value.is_null());
            }
            let length = i32::try_from(*width).map_err(|_| ParquetError::General("vectors are too long".to_owned()))?;
            let item = Arc::new(Field::new("item", DataType::Float32, true));
            Arc::new(FixedSizeListArray::try_new(
                item,
                length,
                Arc::new(Float32Array::from(numbers)),
                Some(NullBuffer::from(there)),
            )?)
        }
        Kind::List(kind) => {
            let (mut items, mut lengths, mut there) = (Vec::new(), Vec::new(), Vec::new());
            for value in values {
                let before = items.len();
                if let Value::List(list) = value {
                    items.extend(list.iter());
                }
                lengths.push(items.len() - before);
                there.push(!value.is_null());
            }
            let item = Arc::new(Field::new("item", data_type(kind), true));
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(ListArray::try_new(item, offsets, array(&items, kind)?, Some(NullBuffer::from(there)))?)
        }
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.to_string()),
        value => Some(match value.to_json() {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        }),
    }
}
