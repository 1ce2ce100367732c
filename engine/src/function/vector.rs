//! Functions of vectors. Each takes vectors and lists of numbers alike, and adds up in 64 bits, in order.
//!
//! Where a square, a product or a sum on the way might overflow or vanish, the numbers are scaled by a power of two, which
//! changes no digit. A result beyond the largest FLOAT64 is an error (22003), as with the operators.

use std::sync::Arc;

use super::{Function, FunctionContext, int, numeric::in_range, wrong_type};
use crate::{
    error::{Error, Result},
    value::{
        Value,
        float_sum::{exponent, ldexp},
    },
};

/// Gives a vector back that can be compared with those of an index: with its dimensions, 0 = unknown, and its name. For plans only.
pub(crate) static FITTING_VECTOR: Function = Function::new(
    "VECTOR_OF_INDEX",
    "VECTOR_OF_INDEX(vector, dimensions, index)",
    "",
    3,
    3,
    |a, c| {
        let length = numbers("a search in a vector index", a, 0, c)?.len();
        match (&a[1], &a[2]) {
            (Value::Int(dimensions), Value::String(index)) if *dimensions != 0 && *dimensions != length as i64 => {
                Err(Error::value_type(format!(
                    "the index `{index}` is on vectors of {dimensions} numbers, and the one to compare with has {length}"
                )))
            }
            _ => Ok(a[0].clone()),
        }
    },
);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "VECTOR",
        "VECTOR(list [, n])",
        "A VECTOR of the numbers of a list, or of a text such as '[1, 2]', of n elements",
        1,
        2,
        |a, c| {
            let size = if a.len() == 2 { Some(int("VECTOR", a, 1)?) } else { None };
            Ok(Value::Vector(to_vector(&a[0], size, c)?))
        },
    ),
    Function::new(
        "COSINE_SIMILARITY",
        "COSINE_SIMILARITY(a, b)",
        "The cosine of the angle between two vectors, -1 to 1; NULL when one is zero",
        2,
        2,
        |a, c| {
            let (x, y) = pair("COSINE_SIMILARITY", a, c)?;
            let ((x, _), (y, _)) = (scaled(&x), scaled(&y));
            let (square_x, square_y) = (dot(&x, &x), dot(&y, &y));
            if square_x == 0.0 || square_y == 0.0 {
                return Ok(Value::Null);
            }
            let cosine = dot(&x, &y) / (square_x.sqrt() * square_y.sqrt());
            Ok(Value::Float(cosine.clamp(-1.0, 1.0)))
        },
    ),
    Function::new(
        "DOT_PRODUCT",
        "DOT_PRODUCT(a, b)",
        "The sum of the products of two vectors' elements",
        2,
        2,
        |a, c| {
            let (x, y) = pair("DOT_PRODUCT", a, c)?;
            let product = dot(&x, &y);
            let finite = all_finite(&x) && all_finite(&y);
            in_range("DOT_PRODUCT", if product.is_finite() || !finite { product } else { wide_dot(&x, &y) }, finite)
        },
    )
    .alias(&["INNER_PRODUCT"]),
    Function::new(
        "EUCLIDEAN_DISTANCE",
        "EUCLIDEAN_DISTANCE(a, b)",
        "The length of the difference of two vectors",
        2,
        2,
        |a, c| {
            let (x, y) = pair("EUCLIDEAN_DISTANCE", a, c)?;
            let finite = all_finite(&x) && all_finite(&y);
            let differences: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
            let distance = if finite && !all_finite(&differences) {
                let halves: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x / 2.0 - y / 2.0).collect();
                norm(&halves) * 2.0
            } else {
                norm(&differences)
            };
            in_range("EUCLIDEAN_DISTANCE", distance, finite)
        },
    ),
    Function::new(
        "MANHATTAN_DISTANCE",
        "MANHATTAN_DISTANCE(a, b)",
        "The sum of the absolute differences of two vectors' elements",
        2,
        2,
        |a, c| {
            let (x, y) = pair("MANHATTAN_DISTANCE", a, c)?;
            let distance = x.iter().zip(&y).fold(0.0, |sum, (x, y)| sum + (x - y).abs());
            in_range("MANHATTAN_DISTANCE", distance, all_finite(&x) && all_finite(&y))
        },
    ),
    Function::new("VECTOR_NORM", "VECTOR_NORM(a)", "The Euclidean length of a vector", 1, 1, |a, c| {
        let x = numbers("VECTOR_NORM", a, 0, c)?;
        in_range("VECTOR_NORM", norm(&x), all_finite(&x))
    }),
    Function::new(
        "VECTOR_DIMENSION_COUNT",
        "VECTOR_DIMENSION_COUNT(a)",
        "The number of a vector's elements",
        1,
        1,
        |a, c| Ok(Value::Int(numbers("VECTOR_DIMENSION_COUNT", a, 0, c)?.len() as i64)),
    ),
];

/// A VECTOR of a vector, a list of numbers, or a JSON text of one; `size` elements where that is said.
pub(crate) fn to_vector(value: &Value, size: Option<i64>, context: &FunctionContext) -> Result<Arc<[f32]>> {
    let vector: Arc<[f32]> = match value {
        Value::Vector(vector) => Arc::clone(vector),
        Value::List(list) => {
            context.room(list.len().saturating_mul(12))?;
            list.iter().map(element).collect::<Result<_>>()?
        }
        Value::String(text) => {
            let error =
                || Error::data("22018", format!("'{}' is not a list of numbers such as [0.5, 1]", shortened(text)));
            // Numbers of 64 bits, a list that grows of them, and then of 32 bits.
            let count = text.bytes().filter(|byte| *byte == b',').count() + 1;
            context.room(count.saturating_mul(36))?;
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
fn numbers(name: &str, arguments: &[Value], index: usize, context: &FunctionContext) -> Result<Vec<f64>> {
    let argument = &arguments[index];
    let length = match argument {
        Value::Vector(numbers) => numbers.len(),
        Value::List(list) => list.len(),
        _ => 0,
    };
    // While the numbers are collected, and scaled.
    context.room(length.saturating_mul(32))?;
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

fn pair(name: &str, arguments: &[Value], context: &FunctionContext) -> Result<(Vec<f64>, Vec<f64>)> {
    let (x, y) = (numbers(name, arguments, 0, context)?, numbers(name, arguments, 1, context)?);
    if x.len() != y.len() {
        let message = format!("{name} takes vectors of one length, not of {} and {} elements", x.len(), y.len());
        return Err(Error::value_type(message));
    }
    Ok((x, y))
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).fold(0.0, |sum, (x, y)| sum + x * y)
}

fn all_finite(x: &[f64]) -> bool {
    x.iter().all(|number| number.is_finite())
}

/// The numbers divided by a power of two near the largest of them, and its exponent.
fn scaled(x: &[f64]) -> (Vec<f64>, i32) {
    let largest = x.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    let exponent = if largest > 0.0 && largest.is_finite() { exponent(largest) } else { 0 };
    // A power of two that is a number itself is the same with one multiplication.
    let scaled = match exponent.abs() {
        ..1000 => {
            let factor = ldexp(1.0, -exponent);
            x.iter().map(|number| number * factor).collect()
        }
        _ => x.iter().map(|number| ldexp(*number, -exponent)).collect(),
    };
    (scaled, exponent)
}

/// The Euclidean length.
fn norm(x: &[f64]) -> f64 {
    let square = dot(x, x);
    // Squares in this range have neither overflowed nor lost a digit that counts.
    if (1e-200..1e300).contains(&square) {
        return square.sqrt();
    }
    let (x, exponent) = scaled(x);
    ldexp(dot(&x, &x).sqrt(), exponent)
}

/// The sum of products of which some are beyond the largest number: those are added apart, scaled.
fn wide_dot(x: &[f64], y: &[f64]) -> f64 {
    const SCALE: i32 = 600;
    let (mut large, mut small) = (0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        if (x * y).abs() < 1e280 {
            small += x * y;
        } else {
            large += ldexp(*x, -SCALE) * ldexp(*y, -SCALE);
        }
    }
    // Both halves, so that their sum does not overflow before it is known whether it would.
    2.0 * (ldexp(large, 2 * SCALE - 1) + small / 2.0)
}
