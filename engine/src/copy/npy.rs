//! Rows as an array of numpy (format 1.0): one column of vectors is a matrix of 32-bit floats, one of numbers or truth values a vector, several
//! of numbers a matrix of 64-bit floats.

use std::{
    fs::File,
    io::{BufWriter, Write},
};

use super::{Failure, Table};
use crate::{error::Error, value::Value};

/// The data of an array.
enum Array {
    Singles { width: usize, data: Vec<f32> },
    Doubles { width: Option<usize>, data: Vec<f64> },
    Ints(Vec<i64>),
    Bools(Vec<u8>),
}

pub(super) fn write(table: &Table, file: &File) -> Result<(), Failure> {
    let array = array(table)?;
    let rows = table.rows;
    let (kind, shape) = match &array {
        Array::Singles { width, .. } => ("<f4", format!("({rows}, {width})")),
        Array::Doubles { width: Some(width), .. } => ("<f8", format!("({rows}, {width})")),
        Array::Doubles { width: None, .. } => ("<f8", format!("({rows},)")),
        Array::Ints(_) => ("<i8", format!("({rows},)")),
        Array::Bools(_) => ("|b1", format!("({rows},)")),
    };
    // The data begins at a multiple of 64 bytes, after a line end.
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let padding = (64 - (10 + header.len() + 1) % 64) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    let length = u16::try_from(header.len()).map_err(|_| Error::internal("the header of an array is too long"))?;
    let mut out = BufWriter::with_capacity(256 << 10, file);
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    match array {
        Array::Singles { data, .. } => data.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?,
        Array::Doubles { data, .. } => data.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?,
        Array::Ints(data) => data.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))?,
        Array::Bools(data) => out.write_all(&data)?,
    }
    out.flush()?;
    Ok(())
}

/// The array of a result.
fn array(table: &Table) -> Result<Array, Error> {
    let wrong = |column: &str, row: usize, value: &Value| {
        let what = if value.is_null() { "NULL".to_owned() } else { format!("a {}", value.type_name()) };
        Error::value_type(format!(
            "the column `{column}` has {what} in row {}, which an array of numpy cannot hold",
            row + 1
        ))
        .with_hint("it takes one column of vectors of one length, or columns of numbers or truth values")
    };
    let [column] = table.columns.as_slice() else {
        let mut data = Vec::with_capacity(table.rows * table.columns.len());
        for row in 0..table.rows {
            for (column, name) in table.columns.iter().zip(&table.names) {
                data.push(number(&column[row]).ok_or_else(|| wrong(name, row, &column[row]))?);
            }
        }
        return Ok(Array::Doubles { width: Some(table.columns.len()), data });
    };
    let name = &table.names[0];
    match column.iter().find(|value| !value.is_null()) {
        Some(Value::Vector(first)) => {
            let width = first.len();
            let mut data = Vec::with_capacity(width * column.len());
            for (row, value) in column.iter().enumerate() {
                match value {
                    Value::Vector(vector) if vector.len() == width => data.extend_from_slice(vector),
                    Value::Vector(vector) => {
                        return Err(Error::value_type(format!(
                            "the vectors of `{name}` have different lengths: {width} in the first row, {} in row {}",
                            vector.len(),
                            row + 1
                        )));
                    }
                    other => return Err(wrong(name, row, other)),
                }
            }
            Ok(Array::Singles { width, data })
        }
        Some(Value::Bool(_)) => {
            let bit = |(row, value): (usize, &Value)| match value {
                Value::Bool(value) => Ok(u8::from(*value)),
                other => Err(wrong(name, row, other)),
            };
            Ok(Array::Bools(column.iter().enumerate().map(bit).collect::<Result<_, _>>()?))
        }
        Some(_) if column.iter().all(|value| matches!(value, Value::Int(_))) => {
            let int = |value: &Value| if let Value::Int(value) = value { *value } else { 0 };
            Ok(Array::Ints(column.iter().map(int).collect()))
        }
        _ => {
            let of = |(row, value): (usize, &Value)| number(value).ok_or_else(|| wrong(name, row, value));
            Ok(Array::Doubles { width: None, data: column.iter().enumerate().map(of).collect::<Result<_, _>>()? })
        }
    }
}

/// A number; NULL is NaN among floats.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Null => Some(f64::NAN),
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}
