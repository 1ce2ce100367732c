//! Functions of numbers.

use super::operators::{modulo, negate};
use super::{Function, FunctionContext, float, int, wrong_type};
use crate::error::{Error, Result};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("ABS", "ABS(x)", "The absolute value, of the type of x (also of a DURATION)", 1, 1, abs),
    Function::new("MOD", "MOD(a, b)", "The remainder of a / b, with the sign of a; also a % b", 2, 2, |a, _| {
        modulo(&a[0], &a[1])
    }),
    Function::new(
        "FLOOR",
        "FLOOR(x)",
        "The largest whole number that is not above x, of the type of x",
        1,
        1,
        |a, _| whole("FLOOR", a, f64::floor),
    ),
    Function::new("CEIL", "CEIL(x)", "The least whole number that is not below x, of the type of x", 1, 1, |a, _| {
        whole("CEIL", a, f64::ceil)
    })
    .alias(&["CEILING"]),
    Function::new(
        "ROUND",
        "ROUND(x [, digits])",
        "x rounded to digits after the point (default 0), halves away from zero",
        1,
        2,
        round,
    ),
    Function::new("TRUNC", "TRUNC(x)", "x without what follows the point, of the type of x", 1, 1, |a, _| {
        whole("TRUNC", a, f64::trunc)
    })
    .alias(&["TRUNCATE"]),
    Function::new("SIGN", "SIGN(x)", "-1, 0 or 1 by the sign of x", 1, 1, sign),
    Function::new("SQRT", "SQRT(x)", "The square root; 2201F when x is negative", 1, 1, |a, _| {
        let x = float("SQRT", a, 0)?;
        if x < 0.0 {
            return Err(Error::data("2201F", format!("SQRT of a negative number ({})", a[0])));
        }
        Ok(Value::Float(x.sqrt()))
    }),
    Function::new("POWER", "POWER(x, y)", "x to the power y, a FLOAT64; 2201F where there is none", 2, 2, power)
        .alias(&["POW"]),
    Function::new("EXP", "EXP(x)", "e to the power x", 1, 1, |a, _| finite("EXP", a, f64::exp)),
    Function::new("LN", "LN(x)", "The natural logarithm; 2201E unless x is positive", 1, 1, |a, _| {
        Ok(Value::Float(positive("LN", a, 0)?.ln()))
    }),
    Function::new(
        "LOG",
        "LOG(base, x), LOG(x)",
        "The logarithm of x to a base; of x alone the natural one",
        1,
        2,
        |a, _| {
            if a.len() == 1 {
                return Ok(Value::Float(positive("LOG", a, 0)?.ln()));
            }
            let (base, x) = (positive("LOG", a, 0)?, positive("LOG", a, 1)?);
            if base == 1.0 {
                return Err(Error::data("2201E", "LOG has no base 1"));
            }
            let result = match base {
                2.0 => x.log2(),
                10.0 => x.log10(),
                _ => x.ln() / base.ln(),
            };
            Ok(Value::Float(result))
        },
    ),
    Function::new("LOG10", "LOG10(x)", "The logarithm to the base 10; 2201E unless x is positive", 1, 1, |a, _| {
        Ok(Value::Float(positive("LOG10", a, 0)?.log10()))
    }),
    Function::new("SIN", "SIN(x)", "The sine of an angle in radians", 1, 1, |a, _| simple("SIN", a, f64::sin)),
    Function::new("COS", "COS(x)", "The cosine of an angle in radians", 1, 1, |a, _| simple("COS", a, f64::cos)),
    Function::new("TAN", "TAN(x)", "The tangent of an angle in radians", 1, 1, |a, _| simple("TAN", a, f64::tan)),
    Function::new("COT", "COT(x)", "The cotangent of an angle in radians; 22003 of 0", 1, 1, |a, _| {
        finite("COT", a, |x| 1.0 / x.tan())
    }),
    Function::new("ASIN", "ASIN(x)", "The angle in radians whose sine is x, -1 to 1", 1, 1, |a, _| {
        unit("ASIN", a, f64::asin)
    }),
    Function::new("ACOS", "ACOS(x)", "The angle in radians whose cosine is x, -1 to 1", 1, 1, |a, _| {
        unit("ACOS", a, f64::acos)
    }),
    Function::new("ATAN", "ATAN(x)", "The angle in radians whose tangent is x", 1, 1, |a, _| {
        simple("ATAN", a, f64::atan)
    }),
    Function::new("ATAN2", "ATAN2(y, x)", "The angle in radians of the point (x, y)", 2, 2, |a, _| {
        Ok(Value::Float(float("ATAN2", a, 0)?.atan2(float("ATAN2", a, 1)?)))
    }),
    Function::new("SINH", "SINH(x)", "The hyperbolic sine", 1, 1, |a, _| finite("SINH", a, f64::sinh)),
    Function::new("COSH", "COSH(x)", "The hyperbolic cosine", 1, 1, |a, _| finite("COSH", a, f64::cosh)),
    Function::new("TANH", "TANH(x)", "The hyperbolic tangent", 1, 1, |a, _| simple("TANH", a, f64::tanh)),
    Function::new("DEGREES", "DEGREES(x)", "Radians as degrees", 1, 1, |a, _| finite("DEGREES", a, f64::to_degrees)),
    Function::new("RADIANS", "RADIANS(x)", "Degrees as radians", 1, 1, |a, _| simple("RADIANS", a, f64::to_radians)),
    Function::new("PI", "PI()", "3.141592653589793", 0, 0, |_, _| Ok(Value::Float(std::f64::consts::PI))),
    Function::new("E", "E()", "2.718281828459045", 0, 0, |_, _| Ok(Value::Float(std::f64::consts::E))),
    Function::new(
        "GREATEST",
        "GREATEST(a, b, ...)",
        "The greatest of the arguments, which must be comparable",
        1,
        1,
        |a, _| extreme(a, true),
    )
    .variadic(),
    Function::new("LEAST", "LEAST(a, b, ...)", "The least of the arguments, which must be comparable", 1, 1, |a, _| {
        extreme(a, false)
    })
    .variadic(),
    Function::new("ISNAN", "ISNAN(x)", "Whether x is not a number (NaN)", 1, 1, |a, _| {
        Ok(Value::Bool(float("ISNAN", a, 0)?.is_nan()))
    }),
    Function::new(
        "RAND",
        "RAND()",
        "A random FLOAT64 from 0 up to but without 1, another one in each call",
        0,
        0,
        |_, context| Ok(Value::Float(random(context))),
    )
    .alias(&["RANDOM"]),
    Function::new(
        "RANDOM_UUID",
        "RANDOM_UUID()",
        "A random UUID (version 4) as a STRING, another one in each call",
        0,
        0,
        |_, _| Ok(Value::from(uuid::Uuid::new_v4().to_string())),
    )
    .alias(&["RANDOMUUID"]),
];

fn abs(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    match &arguments[0] {
        Value::Int(number) => {
            let error = || Error::data("22003", format!("ABS({number}) is out of the range of INT64"));
            number.checked_abs().map(Value::Int).ok_or_else(error)
        }
        Value::Float(number) => Ok(Value::Float(number.abs())),
        Value::Duration(duration) if *duration < crate::value::Duration::default() => negate(&arguments[0]),
        Value::Duration(_) => Ok(arguments[0].clone()),
        other => Err(wrong_type("ABS", 0, "a number", other)),
    }
}

/// A function that leaves integers as they are.
fn whole(name: &str, arguments: &[Value], of: fn(f64) -> f64) -> Result<Value> {
    match &arguments[0] {
        Value::Int(number) => Ok(Value::Int(*number)),
        Value::Float(number) => Ok(Value::Float(of(*number))),
        other => Err(wrong_type(name, 0, "a number", other)),
    }
}

fn round(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    let digits = if arguments.len() == 2 { int("ROUND", arguments, 1)? } else { 0 };
    match &arguments[0] {
        Value::Int(number) if digits >= 0 => Ok(Value::Int(*number)),
        Value::Int(number) => {
            let unit = u32::try_from(-digits.max(-39)).ok().and_then(|digits| 10i128.checked_pow(digits));
            let Some(unit) = unit else {
                return Ok(Value::Int(0));
            };
            let number = i128::from(*number);
            let rounded = (number.abs() + unit / 2) / unit * unit * number.signum();
            let error = || Error::data("22003", format!("ROUND({number}, {digits}) is out of the range of INT64"));
            i64::try_from(rounded).map(Value::Int).map_err(|_| error())
        }
        Value::Float(number) if !number.is_finite() => Ok(Value::Float(*number)),
        Value::Float(number) => in_range("ROUND", round_to(*number, digits.clamp(-400, 400) as i32), true),
        other => Err(wrong_type("ROUND", 0, "a number", other)),
    }
}

/// The nearest number with so many decimal digits after the point; of two as near the one away from zero.
fn round_to(number: f64, digits: i32) -> f64 {
    /// From here on every float is whole.
    const WHOLE: f64 = (1u64 << 52) as f64;
    /// The largest power of ten that is a float without rounding.
    const EXACT: i32 = 22;
    if digits >= 0 && number.abs() >= WHOLE || digits > 341 {
        // There is nothing to be rounded.
        return number;
    }
    let unit = 10f64.powi(digits.clamp(0, EXACT));
    let product = number * unit;
    if (0..=EXACT).contains(&digits) && product.abs() < WHOLE {
        // What rounding the product has left out decides where it seems to lie half-way.
        let (low, error) = (product.floor(), number.mul_add(unit, -product));
        let above_half = (product - low - 0.5) + error;
        let up = above_half > 0.0 || above_half == 0.0 && number > 0.0;
        // Two integers, so that the quotient is the float nearest to the decimal number.
        return ((low + f64::from(u8::from(up))) / unit).copysign(number);
    }
    // All its digits; those of small units rarely fit in the shorter text.
    let text = if digits <= EXACT { format!("{:.80}", number.abs()) } else { format!("{:.1080}", number.abs()) };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut decimals: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let Some(kept) = (whole.len() as i32).checked_add(digits).and_then(|kept| usize::try_from(kept).ok()) else {
        return 0.0;
    };
    let mut carry = decimals.get(kept).is_some_and(|digit| *digit >= b'5');
    decimals.resize(kept, b'0');
    for digit in decimals.iter_mut().rev() {
        if !carry {
            break;
        }
        carry = *digit == b'9';
        *digit = if carry { b'0' } else { *digit + 1 };
    }
    let kept = String::from_utf8_lossy(&decimals);
    let text = format!("{}{kept}e{}", u8::from(carry), -digits);
    text.parse::<f64>().unwrap_or(number).copysign(number)
}

fn sign(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    match &arguments[0] {
        Value::Int(number) => Ok(Value::Int(number.signum())),
        Value::Float(number) if number.is_nan() => Ok(Value::Float(f64::NAN)),
        Value::Float(number) => Ok(Value::Int(i64::from(*number > 0.0) - i64::from(*number < 0.0))),
        other => Err(wrong_type("SIGN", 0, "a number", other)),
    }
}

fn power(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    let (x, y) = (float("POWER", arguments, 0)?, float("POWER", arguments, 1)?);
    if x == 0.0 && y < 0.0 {
        return Err(Error::data("2201F", format!("0 has no power {}", arguments[1])));
    }
    if x < 0.0 && y.is_finite() && y.fract() != 0.0 {
        return Err(Error::data(
            "2201F",
            format!("the negative number {} has no power {}", arguments[0], arguments[1]),
        ));
    }
    in_range("POWER", x.powf(y), x.is_finite() && y.is_finite())
}

/// A result that is infinite only if an argument was.
pub(super) fn in_range(name: &str, result: f64, from_finite: bool) -> Result<Value> {
    if result.is_infinite() && from_finite {
        return Err(Error::data("22003", format!("the result of {name} is out of the range of a number")));
    }
    Ok(Value::Float(result))
}

fn simple(name: &str, arguments: &[Value], of: fn(f64) -> f64) -> Result<Value> {
    Ok(Value::Float(of(float(name, arguments, 0)?)))
}

fn finite(name: &str, arguments: &[Value], of: fn(f64) -> f64) -> Result<Value> {
    let x = float(name, arguments, 0)?;
    in_range(name, of(x), x.is_finite())
}

fn unit(name: &str, arguments: &[Value], of: fn(f64) -> f64) -> Result<Value> {
    let x = float(name, arguments, 0)?;
    if x.abs() > 1.0 {
        return Err(Error::data("22003", format!("{name} takes a number from -1 to 1, not {}", arguments[0])));
    }
    Ok(Value::Float(of(x)))
}

fn positive(name: &str, arguments: &[Value], index: usize) -> Result<f64> {
    let x = float(name, arguments, index)?;
    if x <= 0.0 {
        return Err(Error::data("2201E", format!("{name} takes a positive number, not {}", arguments[index])));
    }
    Ok(x)
}

fn extreme(arguments: &[Value], greatest: bool) -> Result<Value> {
    let mut best = &arguments[0];
    for value in &arguments[1..] {
        best.compare(value)?;
        if value.order(best).is_gt() == greatest && value.order(best).is_ne() {
            best = value;
        }
    }
    Ok(best.clone())
}

/// A float from 0 up to but without 1, from the upper 53 bits.
fn random(context: &FunctionContext) -> f64 {
    (context.random() >> 11) as f64 / (1u64 << 53) as f64
}
