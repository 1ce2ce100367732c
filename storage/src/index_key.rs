//! The bytes of an index entry: the values of the indexed properties, so that byte order is the order of values.
//!
//! Each value is a tag and a payload no other value's payload continues, so the keys of a prefix of the columns are one
//! range. Values that are equal (`1` and `1.0`, one instant in two time zones) have the same bytes.

use crate::value::Value;

/// No value.
const NULL: u8 = 0x00;
const NUMBER: u8 = 0x10;
const BOOL: u8 = 0x18;
const STRING: u8 = 0x20;
const BYTES: u8 = 0x28;
const DATE: u8 = 0x30;
const LOCAL_TIME: u8 = 0x38;
const ZONED_TIME: u8 = 0x40;
const LOCAL_DATETIME: u8 = 0x48;
const ZONED_DATETIME: u8 = 0x50;
const DURATION: u8 = 0x58;
/// A value that is there but has no place in the order: a list, record or vector, or NaN.
const OTHER: u8 = 0xF0;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i128 = 86_400 * NANOS_PER_SECOND as i128;

fn signed(number: i64) -> [u8; 8] {
    ((number as u64) ^ (1 << 63)).to_be_bytes()
}

fn put_float(out: &mut Vec<u8>, number: f64) {
    // Minus zero is zero.
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    let ordered = if bits >> 63 == 1 { !bits } else { bits | (1 << 63) };
    out.extend_from_slice(&ordered.to_be_bytes());
}

/// The greatest float that is not above the number, and what is missing to it.
fn put_int(out: &mut Vec<u8>, number: i64) {
    let mut below = number as f64;
    if below as i128 > i128::from(number) {
        below = below.next_down();
    }
    let rest = i128::from(number) - below as i128;
    put_float(out, below);
    // Floats between integers are at most 1024 apart here.
    out.extend_from_slice(&(rest as u16).to_be_bytes());
}

/// Appends bytes such that `00 00` can stand behind them.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        out.push(*byte);
        if *byte == 0 {
            out.push(0xFF);
        }
    }
}

/// The bytes before the first `00 00`, as [`put_text`] was given them, and what stands behind it.
pub(crate) fn read_text(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [0, 0, after @ ..] => return Some((text, after)),
            [0, 0xFF, after @ ..] => {
                text.push(0);
                rest = after;
            }
            [0, ..] | [] => return None,
            [byte, after @ ..] => {
                text.push(*byte);
                rest = after;
            }
        }
    }
}

/// Appends a value; `false` when it is one that has no place in the order and only its presence is kept.
pub(crate) fn put(out: &mut Vec<u8>, value: &Value) -> bool {
    match value {
        Value::Bool(value) => out.extend_from_slice(&[BOOL, u8::from(*value)]),
        Value::Int(number) => {
            out.push(NUMBER);
            put_int(out, *number);
        }
        Value::Float(number) if !number.is_nan() => {
            out.push(NUMBER);
            put_float(out, *number);
            out.extend_from_slice(&[0, 0]);
        }
        Value::String(text) => {
            out.push(STRING);
            put_text(out, text.as_bytes());
            out.extend_from_slice(&[0, 0]);
        }
        Value::Bytes(bytes) => {
            out.push(BYTES);
            put_text(out, bytes);
            out.extend_from_slice(&[0, 0]);
        }
        Value::Date(days) => {
            out.push(DATE);
            out.extend_from_slice(&signed(i64::from(*days)));
        }
        Value::LocalTime(nanos) => {
            out.push(LOCAL_TIME);
            out.extend_from_slice(&signed(*nanos));
        }
        Value::ZonedTime { nanos, offset_seconds } => {
            out.push(ZONED_TIME);
            out.extend_from_slice(&signed(
                nanos.saturating_sub(i64::from(*offset_seconds).saturating_mul(NANOS_PER_SECOND)),
            ));
        }
        Value::LocalDateTime { seconds, nanos } => {
            out.push(LOCAL_DATETIME);
            out.extend_from_slice(&signed(*seconds));
            out.extend_from_slice(&nanos.to_be_bytes());
        }
        Value::ZonedDateTime { seconds, nanos, .. } => {
            out.push(ZONED_DATETIME);
            out.extend_from_slice(&signed(*seconds));
            out.extend_from_slice(&nanos.to_be_bytes());
        }
        Value::Duration { months, days, seconds, nanos } => {
            let clock = i128::from(*seconds) * i128::from(NANOS_PER_SECOND) + i128::from(*nanos);
            let total = i128::from(*days) * NANOS_PER_DAY + clock;
            out.push(DURATION);
            out.extend_from_slice(&signed(*months));
            out.extend_from_slice(&((total as u128) ^ (1 << 127)).to_be_bytes());
        }
        Value::Float(_) | Value::List(_) | Value::Record(_) | Value::Vector(_) => {
            out.push(OTHER);
            return false;
        }
    }
    true
}

/// Appends the mark of a property that is not there.
pub(crate) fn put_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

/// The tag of the values that `<` can compare with this one; `None` when there are none, or their order is not that of
/// the keys.
pub(crate) fn class(value: &Value) -> Option<u8> {
    let mut bytes = Vec::new();
    let exact = put(&mut bytes, value);
    bytes.first().copied().filter(|tag| exact && *tag != DURATION)
}

/// The first tag of a value that is there.
pub(crate) const FIRST: u8 = NULL + 1;

/// The beginning of the keys of all strings that start with `text`.
pub(crate) fn put_string_prefix(out: &mut Vec<u8>, text: &str) {
    out.push(STRING);
    put_text(out, text.as_bytes());
}

/// The values in a key, to be read by people; ends where a value has no short text.
pub(crate) fn describe(mut bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    while let Some((tag, rest)) = bytes.split_first() {
        match *tag {
            NUMBER if rest.len() >= 10 => {
                let (number, after) = rest.split_at(10);
                let mut raw = [0; 8];
                raw.copy_from_slice(&number[..8]);
                let bits = u64::from_be_bytes(raw);
                let float = f64::from_bits(if bits >> 63 == 1 { bits ^ (1 << 63) } else { !bits });
                let rest = u16::from_be_bytes([number[8], number[9]]);
                parts.push(if rest == 0 { float.to_string() } else { (float as i128 + i128::from(rest)).to_string() });
                bytes = after;
            }
            BOOL if !rest.is_empty() => {
                parts.push(if rest[0] == 1 { "true".to_owned() } else { "false".to_owned() });
                bytes = &rest[1..];
            }
            STRING => {
                let end = rest.windows(2).position(|pair| pair == [0, 0]).unwrap_or(rest.len());
                parts.push(format!("'{}'", String::from_utf8_lossy(&rest[..end])));
                bytes = rest.get(end + 2..).unwrap_or(&[]);
            }
            _ => {
                parts.push("…".to_owned());
                break;
            }
        }
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    fn key(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, value);
        out
    }

    /// The exact order, by way of integers where a float is one.
    fn exact(a: &Value, b: &Value) -> Option<Ordering> {
        let int_float = |a: i64, b: f64| {
            if b >= 9.3e18 {
                Ordering::Less
            } else if b <= -9.3e18 {
                Ordering::Greater
            } else {
                (i128::from(a)).cmp(&(b.floor() as i128)).then(0.0f64.partial_cmp(&(b - b.floor())).unwrap())
            }
        };
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
            (Value::Int(a), Value::Float(b)) => Some(int_float(*a, *b)),
            (Value::Float(a), Value::Int(b)) => Some(int_float(*b, *a).reverse()),
            _ => None,
        }
    }

    fn number() -> impl Strategy<Value = Value> {
        let near = prop_oneof![
            Just(0i64),
            Just(1 << 53),
            Just(1 << 62),
            Just(i64::MAX - 5000),
            Just(-(1 << 53)),
            Just(i64::MIN + 5000)
        ];
        prop_oneof![
            any::<i64>().prop_map(Value::Int),
            (near.clone(), -5000..5000i64).prop_map(|(near, by)| Value::Int(near.saturating_add(by))),
            (near, -5000..5000i64).prop_map(|(near, by)| Value::Float(near.saturating_add(by) as f64 + 0.5)),
            any::<f64>().prop_filter("NaN has no order", |number| !number.is_nan()).prop_map(Value::Float),
            Just(Value::Float(-0.0)),
        ]
    }

    proptest! {
        #[test]
        fn numbers_keep_their_order(a in number(), b in number()) {
            prop_assert_eq!(Some(key(&a).cmp(&key(&b))), exact(&a, &b));
        }

        #[test]
        fn strings_keep_their_order(a in "[\\x00a-c\u{e9}]{0,5}", b in "[\\x00a-c\u{e9}]{0,5}") {
            let (x, y) = (key(&Value::String(a.clone())), key(&Value::String(b.clone())));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(a == b, x.starts_with(&y) && y.starts_with(&x));
            let mut prefix = Vec::new();
            put_string_prefix(&mut prefix, &a);
            prop_assert_eq!(y.starts_with(&prefix), b.starts_with(&a) );
        }
    }

    #[test]
    fn equal_values_have_equal_keys() {
        assert_eq!(key(&Value::Int(1)), key(&Value::Float(1.0)));
        let at = |seconds, offset_seconds| Value::ZonedTime { nanos: seconds * NANOS_PER_SECOND, offset_seconds };
        assert_eq!(key(&at(3600, 3600)), key(&at(0, 0)));
        let long = |days, seconds| Value::Duration { months: 1, days, seconds, nanos: 0 };
        assert_eq!(key(&long(1, 0)), key(&long(0, 86_400)));
        assert_eq!(describe(&key(&Value::Int(-7))), "-7");
        assert_eq!(describe(&key(&Value::Int(i64::MAX))), i64::MAX.to_string());
        assert_eq!(describe(&[key(&Value::String("a".into())), key(&Value::Bool(true))].concat()), "'a', true");
    }
}
