//! Functions of vectors. Each takes vectors and lists of numbers alike, and adds up in 64 bits, in order.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Function, int, wrong_type};
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "VECTOR",
        "VECTOR(list [, n])",
        "A VECTOR of the numbers of a list, or of a text such as '[1, 2]', of n elements",
        1,
        2,
        |a, _| {
            let size = if a.len() == 2 { Some(int("VECTOR", a, 1)?) } else { None };
            Ok(Value::Vector(to_vector(&a[0], size)?))
        },
    ),
    Function::new(
        "COSINE_SIMILARITY",
        "COSINE_SIMILARITY(a, b)",
        "The cosine of the angle between two vectors, -1 to 1; NULL when one is zero",
        2,
        2,
        |a, _| {
            let (x, y) = pair("COSINE_SIMILARITY", a)?;
            // Scaled by the largest element, so that no square is out of range.
            let (x, y) = (scaled(&x), scaled(&y));
            let (Some(x), Some(y)) = (x, y) else {
                return Ok(Value::Null);
            };
            let cosine = dot(&x, &y) / (dot(&x, &x).sqrt() * dot(&y, &y).sqrt());
            Ok(Value::Float(cosine.clamp(-1.0, 1.0)))
        },
    ),
    Function::new(
        "DOT_PRODUCT",
        "DOT_PRODUCT(a, b)",
        "The sum of the products of two vectors' elements",
        2,
        2,
        |a, _| {
            let (x, y) = pair("DOT_PRODUCT", a)?;
            Ok(Value::Float(dot(&x, &y)))
        },
    )
    .alias(&["INNER_PRODUCT"]),
    Function::new(
        "EUCLIDEAN_DISTANCE",
        "EUCLIDEAN_DISTANCE(a, b)",
        "The length of the difference of two vectors",
        2,
        2,
        |a, _| {
            let (x, y) = pair("EUCLIDEAN_DISTANCE", a)?;
            Ok(Value::Float(x.iter().zip(&*y).fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y)).sqrt()))
        },
    ),
    Function::new(
        "MANHATTAN_DISTANCE",
        "MANHATTAN_DISTANCE(a, b)",
        "The sum of the absolute differences of two vectors' elements",
        2,
        2,
        |a, _| {
            let (x, y) = pair("MANHATTAN_DISTANCE", a)?;
            Ok(Value::Float(x.iter().zip(&*y).fold(0.0, |sum, (x, y)| sum + (x - y).abs())))
        },
    ),
    Function::new("VECTOR_NORM", "VECTOR_NORM(a)", "The Euclidean length of a vector", 1, 1, |a, _| {
        let x = numbers("VECTOR_NORM", a, 0)?;
        Ok(Value::Float(dot(&x, &x).sqrt()))
    }),
    Function::new(
        "VECTOR_DIMENSION_COUNT",
        "VECTOR_DIMENSION_COUNT(a)",
        "The number of a vector's elements",
        1,
        1,
        |a, _| Ok(Value::Int(numbers("VECTOR_DIMENSION_COUNT", a, 0)?.len() as i64)),
    ),
];

/// A VECTOR of a vector, a list of numbers, or a JSON text of one; `size` elements where that is said.
pub(crate) fn to_vector(value: &Value, size: Option<i64>) -> Result<Arc<[f32]>> {
    let vector: Arc<[f32]> = match value {
        Value::Vector(vector) => Arc::clone(vector),
        Value::List(list) => list.iter().map(element).collect::<Result<_>>()?,
        Value::String(text) => {
            let error =
                || Error::data("22018", format!("'{}' is not a list of numbers such as [0.5, 1]", shortened(text)));
            let numbers: Vec<f64> = serde_json::from_str(text).map_err(|_| error())?;
            numbers.into_iter().map(|number| element(&Value::Float(number))).collect::<Result<_>>()?
        }
        other => return Err(wrong_type("VECTOR", 0, "a list of numbers", other)),
    };
    match size {
        Some(size) if usize::try_from(size) != Ok(vector.len()) => {
            Err(Error::value_type(format!("a vector of {size} elements is wanted, but there are {}", vector.len())))
        }
        _ => Ok(vector),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 { text.to_owned() } else { text.chars().take(40).chain("...".chars()).collect() }
}

fn element(value: &Value) -> Result<f32> {
    let number = match value {
        Value::Float(number) => *number,
        Value::Int(number) => *number as f64,
        other => {
            return Err(Error::value_type(format!("an element of a vector is a number, not {}", other.type_name())));
        }
    };
    let single = number as f32;
    if !single.is_finite() {
        return Err(Error::data(
            "22003",
            format!("{value} is not a finite 32-bit float, as an element of a vector is"),
        ));
    }
    Ok(single)
}

/// The argument as 64-bit floats.
fn numbers<'a>(name: &str, arguments: &'a [Value], index: usize) -> Result<Cow<'a, [f64]>> {
    let argument = &arguments[index];
    match argument {
        Value::Vector(vector) => Ok(vector.iter().map(|number| f64::from(*number)).collect()),
        Value::List(list) => list
            .iter()
            .map(|element| match element {
                Value::Float(number) => Ok(*number),
                Value::Int(number) => Ok(*number as f64),
                other => Err(Error::value_type(format!(
                    "{name} takes lists of numbers, but one contains {}",
                    other.type_name()
                ))),
            })
            .collect(),
        other => Err(wrong_type(name, index, "a VECTOR or a list of numbers", other)),
    }
}

type Pair<'a> = (Cow<'a, [f64]>, Cow<'a, [f64]>);

fn pair<'a>(name: &str, arguments: &'a [Value]) -> Result<Pair<'a>> {
    let (x, y) = (numbers(name, arguments, 0)?, numbers(name, arguments, 1)?);
    if x.len() != y.len() {
        let message = format!("{name} takes vectors of one length, not of {} and {} elements", x.len(), y.len());
        return Err(Error::value_type(message));
    }
    Ok((x, y))
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).fold(0.0, |sum, (x, y)| sum + x * y)
}

fn scaled(x: &[f64]) -> Option<Vec<f64>> {
    let largest = x.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    (largest > 0.0).then(|| x.iter().map(|number| number / largest).collect())
}
