//! Standard deviations and percentiles of numbers of any magnitude, in an order that is not that of the rows.

use std::cmp::Ordering;

use crate::{
    error::{Error, Result},
    value::{
        Value,
        float_sum::{FloatSum, exponent, ldexp},
    },
};

fn number(value: &Value) -> f64 {
    match value {
        Value::Int(value) => *value as f64,
        Value::Float(value) => *value,
        _ => f64::NAN,
    }
}

/// The order of values, where 1 is before 1.0 and -0.0 before 0.0: which of equal ones is the least does not depend on the rows.
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
    let tie = || match (a, b) {
        (Value::Int(_), Value::Float(_)) => Ordering::Less,
        (Value::Float(_), Value::Int(_)) => Ordering::Greater,
        (Value::Float(a), Value::Float(b)) => a.total_cmp(b),
        _ => Ordering::Equal,
    };
    a.order(b).then_with(tie)
}

/// The standard deviation of numbers; NULL of too few. `of_sample`: with one degree of freedom less.
///
/// Numbers are scaled by a power of two, so that no square overflows or vanishes, and integers shifted by the least of them,
/// so that none loses a digit: neither changes a bit of the outcome. The sums are exact, so that order does not matter.
pub(super) fn deviation(values: &[Value], of_sample: bool) -> Result<Value> {
    let freedom = values.len() as f64 - if of_sample { 1.0 } else { 0.0 };
    if freedom <= 0.0 {
        return Ok(Value::Null);
    }
    let integers = values.iter().map(|value| if let Value::Int(value) = value { Some(*value) } else { None });
    let mut numbers: Vec<f64> = match integers.collect::<Option<Vec<i64>>>() {
        Some(integers) => {
            let least = integers.iter().copied().min().unwrap_or(0);
            integers.iter().map(|value| value.abs_diff(least) as f64).collect()
        }
        None => values.iter().map(number).collect(),
    };
    if !numbers.iter().all(|number| number.is_finite()) {
        return Ok(Value::Float(f64::NAN));
    }
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest == 0.0 || numbers.iter().all(|number| *number == numbers[0]) {
        return Ok(Value::Float(0.0));
    }
    let mut scale = exponent(largest);
    numbers.iter_mut().for_each(|number| *number = ldexp(*number, -scale));
    let sum = |numbers: &mut dyn Iterator<Item = f64>| {
        let mut sum = FloatSum::default();
        numbers.for_each(|number| sum.add(number));
        sum.value()
    };
    let count = numbers.len() as f64;
    let mean = sum(&mut numbers.iter().copied()) / count;
    numbers.iter_mut().for_each(|number| *number -= mean);
    // Deviations may be far smaller than the numbers.
    let largest = numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()));
    if largest == 0.0 {
        return Ok(Value::Float(0.0));
    }
    let more = exponent(largest);
    numbers.iter_mut().for_each(|number| *number = ldexp(*number, -more));
    scale += more;
    let rest = sum(&mut numbers.iter().copied());
    let squares = sum(&mut numbers.iter().map(|number| number * number));
    // What rounding the mean has added to the squares is taken off.
    let variance = (squares - rest * rest / count).max(0.0) / freedom;
    let deviation = ldexp(variance.sqrt(), scale);
    if deviation.is_infinite() {
        return Err(Error::data("22003", "the standard deviation is out of the range of FLOAT64"));
    }
    Ok(Value::Float(deviation))
}

/// The number at a part, 0 to 1, of the way from one number to another that is not smaller.
pub(super) fn between(low: &Value, high: &Value, part: f64) -> Value {
    let (a, b) = (number(low), number(high));
    Value::Float(if a == b || part == 0.0 {
        a
    } else if (b - a).is_finite() {
        // Rounding must not lead past the end.
        (a + (b - a) * part).min(b)
    } else {
        a * (1.0 - part) + b * part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[f64], of_sample: bool) -> f64 {
        let values: Vec<Value> = numbers.iter().map(|number| Value::Float(*number)).collect();
        match deviation(&values, of_sample).unwrap() {
            Value::Float(deviation) => deviation,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn deviations_of_any_magnitude() {
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0], false), 1.118033988749895);
        for power in [-1060, -300, 0, 300, 1020] {
            let numbers = [1.0, 2.0, 3.0, 4.0].map(|number| ldexp(number, power));
            assert_eq!(of(&numbers, false), ldexp(1.118033988749895, power), "{power}");
        }
        assert_eq!(of(&[0.1, 0.1, 0.1], true), 0.0);
        assert_eq!(of(&[1.7e308, -1.7e308], false), 1.7e308);
        assert_eq!(of(&[1e16, 1e16 + 2.0], false), 1.0);
        let large = [Value::Int(i64::MAX), Value::Int(i64::MAX - 1)];
        assert_eq!(deviation(&large, false).unwrap().to_string(), "0.5");
        assert!(deviation(&[Value::Float(f64::MAX), Value::Float(f64::MIN)], true).is_err());
        assert!(of(&[f64::INFINITY, 1.0], false).is_nan());
        assert!(deviation(&[Value::Int(1)], true).unwrap().is_null());
    }

    #[test]
    fn between_any_two_numbers() {
        let between = |a: f64, b: f64, part| match between(&Value::Float(a), &Value::Float(b), part) {
            Value::Float(number) => number,
            other => panic!("{other}"),
        };
        assert_eq!(between(-1.7e308, 1.7e308, 0.5), 0.0);
        assert_eq!(between(1.0, 2.0, 0.25), 1.25);
        assert_eq!(between(f64::MAX, f64::MAX, 0.3), f64::MAX);
        assert_eq!(between(5e-324, 1e-323, 0.0), 5e-324);
        assert_eq!(between(1.0, f64::INFINITY, 0.5), f64::INFINITY);
        assert_eq!(between(f64::NEG_INFINITY, 1.0, 0.5), f64::NEG_INFINITY);
    }

    #[test]
    fn exponents() {
        for (number, wanted) in
            [(1.0, 0), (-1.5, 0), (0.5, -1), (5e-324, -1074), (f64::MIN_POSITIVE, -1022), (f64::MAX, 1023)]
        {
            assert_eq!(exponent(number), wanted, "{number}");
        }
    }
}
