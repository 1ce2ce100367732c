//! Tables of other libraries on their way into nodes and edges.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, RecordBatch, RecordBatchReader, StringArray,
    cast::AsArray,
    ffi_stream::RecordBatchStreamReader,
    types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use pyo3::prelude::*;
use wend_arrow::{BatchLoad, Loaded, Target};
use wenddb::RunOptions;

use crate::{capsule::import, error::Failure};

/// A table about to be loaded, and which columns have another name in the database.
pub(crate) struct Incoming {
    stream: RecordBatchStreamReader,
    renamed: Vec<(String, &'static str)>,
    /// The columns under their own names stay, as properties.
    keep: bool,
}

impl Incoming {
    pub(crate) fn new(table: &Bound<'_, PyAny>, renamed: Vec<(String, &'static str)>, keep: bool) -> PyResult<Self> {
        Ok(Incoming { stream: import(table)?, renamed, keep })
    }
}

/// Loads the table; how many rows.
pub(crate) fn load(
    session: &mut wenddb::Session,
    incoming: Incoming,
    target: Target,
    options: &RunOptions,
) -> Result<u64, Failure> {
    let plan = Plan::new(&incoming.stream.schema(), &incoming)?;
    let mut load = BatchLoad::begin_with(session, &plan.schema, target, options)?;
    for batch in incoming.stream {
        let batch = batch.map_err(|error| Failure::Data(format!("the table cannot be read: {error}")))?;
        load.add(&plan.apply(&batch)?)?;
    }
    Ok(match load.finish()? {
        Loaded::Vectors(count) => count,
        Loaded::Elements { nodes, edges } => nodes + edges,
    })
}

/// Which column of the table goes where.
struct Plan {
    schema: SchemaRef,
    /// Position in the table, and whether it is an `_id`.
    columns: Vec<(usize, bool)>,
}

impl Plan {
    fn new(schema: &Schema, incoming: &Incoming) -> Result<Self, Failure> {
        let (mut fields, mut columns) = (Vec::new(), Vec::new());
        for (own, name) in &incoming.renamed {
            let Ok(position) = schema.index_of(own) else {
                let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                return Err(Failure::Data(format!(
                    "the table has no column `{own}`, which would be the `{name}`; it has {}",
                    known.join(", ")
                )));
            };
            fields.push(Field::new(*name, id_type(plain_type(schema.field(position).data_type())), true));
            columns.push((position, true));
        }
        for (position, field) in schema.fields().iter().enumerate() {
            let is_renamed = columns.iter().any(|(at, id)| *id && *at == position);
            let hidden = is_renamed && (!incoming.keep || field.name().starts_with('_'));
            if hidden {
                continue;
            }
            fields.push(Field::new(field.name(), plain_type(field.data_type()).clone(), true));
            columns.push((position, false));
        }
        Ok(Plan { schema: Arc::new(Schema::new(fields)), columns })
    }

    fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        let columns = self.columns.iter().zip(self.schema.fields()).map(|(&(position, id), field)| {
            let array = plain(batch.column(position))?;
            if id { ids(&array, batch.schema().field(position).name(), field.name()) } else { Ok(array) }
        });
        let columns = columns.collect::<Result<Vec<_>, Failure>>()?;
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|error| Failure::Data(error.to_string()))
    }
}

/// The type without a dictionary.
fn plain_type(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// The array without a dictionary, which pandas and polars have for categories.
pub(crate) fn plain(array: &ArrayRef) -> Result<ArrayRef, Failure> {
    let Some(dictionary) = array.as_any_dictionary_opt() else { return Ok(array.clone()) };
    arrow_select::take::take(&**dictionary.values(), dictionary.keys(), None)
        .map_err(|error| Failure::Data(error.to_string()))
}

/// What a column of `_id`s becomes: texts stay in their layout.
fn id_type(kind: &DataType) -> DataType {
    match kind {
        DataType::LargeUtf8 | DataType::Utf8View => kind.clone(),
        _ => DataType::Utf8,
    }
}

/// A column of `_id`s, which are texts; integers become texts.
fn ids(array: &ArrayRef, own: &str, name: &str) -> Result<ArrayRef, Failure> {
    macro_rules! numbers {
        ($kind:ty) => {{
            let numbers = array.as_primitive::<$kind>();
            Arc::new(StringArray::from_iter(numbers.iter().map(|number| number.map(|number| number.to_string()))))
        }};
    }
    Ok(match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => array.clone(),
        DataType::Int8 => numbers!(Int8Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt64 => numbers!(UInt64Type),
        // A column without any value says nothing of its type; the load says which row lacks one.
        DataType::Null => Arc::new(StringArray::new_null(array.len())),
        other => {
            return Err(Failure::Data(format!(
                "column `{own}` is {other}; as `{name}` it has to be of strings or integers"
            )));
        }
    })
}
