//! Functions of strings. Lengths and positions count Unicode characters (code points), positions from 0.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::{Function, FunctionContext, int, text, wrong_type};
use crate::error::{Error, Result};
use crate::value::Value;

/// The longest text a function makes.
const MAX_BYTES: usize = 1 << 30;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("UPPER", "UPPER(s)", "s in upper case", 1, 1, |a, _| {
        Ok(Value::from(text("UPPER", a, 0)?.to_uppercase()))
    })
    .alias(&["TOUPPER", "UCASE"]),
    Function::new("LOWER", "LOWER(s)", "s in lower case", 1, 1, |a, _| {
        Ok(Value::from(text("LOWER", a, 0)?.to_lowercase()))
    })
    .alias(&["TOLOWER", "LCASE"]),
    Function::new(
        "TRIM",
        "TRIM([[LEADING|TRAILING|BOTH] [c] FROM] s), TRIM(list, n)",
        "s without spaces (or the character c) at both ends; a list without its last n elements",
        1,
        2,
        trim,
    ),
    Function::new(
        "TRIM_BOTH",
        "TRIM(BOTH c FROM s)",
        "s without the character c (default: space) at both ends",
        1,
        2,
        |a, _| trim_character("TRIM", a, true, true),
    ),
    Function::new(
        "TRIM_LEADING",
        "TRIM(LEADING c FROM s)",
        "s without the character c (default: space) at its start",
        1,
        2,
        |a, _| trim_character("TRIM", a, true, false),
    ),
    Function::new(
        "TRIM_TRAILING",
        "TRIM(TRAILING c FROM s)",
        "s without the character c (default: space) at its end",
        1,
        2,
        |a, _| trim_character("TRIM", a, false, true),
    ),
    Function::new(
        "BTRIM",
        "BTRIM(s [, characters])",
        "s without any of the characters (default: white space) at both ends",
        1,
        2,
        |a, _| trim_set("BTRIM", a, true, true),
    ),
    Function::new(
        "LTRIM",
        "LTRIM(s [, characters])",
        "s without any of the characters (default: white space) at its start",
        1,
        2,
        |a, _| trim_set("LTRIM", a, true, false),
    ),
    Function::new(
        "RTRIM",
        "RTRIM(s [, characters])",
        "s without any of the characters (default: white space) at its end",
        1,
        2,
        |a, _| trim_set("RTRIM", a, false, true),
    ),
    Function::new("LEFT", "LEFT(s, n)", "The first n characters; 22011 when n is negative", 2, 2, |a, _| {
        let (string, count) = (text("LEFT", a, 0)?, count("LEFT", a, 1)?);
        Ok(Value::from(&string[..at_character(string, count)]))
    }),
    Function::new("RIGHT", "RIGHT(s, n)", "The last n characters; 22011 when n is negative", 2, 2, |a, _| {
        let (string, count) = (text("RIGHT", a, 0)?, count("RIGHT", a, 1)?);
        let skipped = string.chars().count().saturating_sub(count);
        Ok(Value::from(&string[at_character(string, skipped)..]))
    }),
    Function::new(
        "SUBSTRING",
        "SUBSTRING(s, start [, length])",
        "The part from start, counted from 0; 22011 when a number is negative",
        2,
        3,
        |a, _| {
            let (string, start) = (text("SUBSTRING", a, 0)?, count("SUBSTRING", a, 1)?);
            let rest = &string[at_character(string, start)..];
            let length = if a.len() == 3 { count("SUBSTRING", a, 2)? } else { usize::MAX };
            Ok(Value::from(&rest[..at_character(rest, length)]))
        },
    )
    .alias(&["SUBSTR"]),
    Function::new("CHAR_LENGTH", "CHAR_LENGTH(s)", "The number of characters", 1, 1, |a, _| {
        Ok(Value::Int(text("CHAR_LENGTH", a, 0)?.chars().count() as i64))
    })
    .alias(&["CHARACTER_LENGTH"]),
    Function::new(
        "BYTE_LENGTH",
        "BYTE_LENGTH(b)",
        "The number of bytes, of a STRING in UTF-8",
        1,
        1,
        |a, _| match &a[0] {
            Value::String(string) => Ok(Value::Int(string.len() as i64)),
            Value::Bytes(bytes) => Ok(Value::Int(bytes.len() as i64)),
            other => Err(wrong_type("BYTE_LENGTH", 0, "BYTES or STRING", other)),
        },
    )
    .alias(&["OCTET_LENGTH"]),
    Function::new(
        "REPLACE",
        "REPLACE(s, search, replacement)",
        "s with every occurrence of search replaced",
        3,
        3,
        replace,
    ),
    Function::new(
        "SPLIT",
        "SPLIT(s, separator)",
        "The LIST of the parts between the separators; its characters when the separator is empty",
        2,
        2,
        |a, _| {
            let (string, separator) = (text("SPLIT", a, 0)?, text("SPLIT", a, 1)?);
            Ok(Value::List(if separator.is_empty() {
                string.chars().map(|character| Value::from(&*character.encode_utf8(&mut [0; 4]))).collect()
            } else {
                string.split(separator).map(Value::from).collect()
            }))
        },
    ),
    Function::new("REVERSE", "REVERSE(s)", "A STRING or LIST from its end to its start", 1, 1, |a, _| match &a[0] {
        Value::String(string) => Ok(Value::from(string.chars().rev().collect::<String>())),
        Value::List(list) => Ok(Value::List(list.iter().rev().cloned().collect())),
        Value::Vector(vector) => Ok(Value::List(vector.iter().rev().map(|number| Value::from(*number)).collect())),
        other => Err(wrong_type("REVERSE", 0, "STRING or LIST", other)),
    }),
    Function::new(
        "NORMALIZE",
        "NORMALIZE(s [, form])",
        "s in a Unicode normal form: NFC (default), NFD, NFKC or NFKD",
        1,
        2,
        |a, _| {
            let string = text("NORMALIZE", a, 0)?;
            let form = if a.len() == 2 { text("NORMALIZE", a, 1)? } else { "NFC" };
            Ok(Value::from(match form.to_ascii_uppercase().as_str() {
                "NFC" => string.nfc().collect::<String>(),
                "NFD" => string.nfd().collect(),
                "NFKC" => string.nfkc().collect(),
                "NFKD" => string.nfkd().collect(),
                _ => return Err(Error::value_type(format!("NORMALIZE takes NFC, NFD, NFKC or NFKD, not '{form}'"))),
            }))
        },
    ),
    Function::new("TOSTRING", "TOSTRING(x)", "x as text, as CAST(x AS STRING)", 1, 1, |a, _| {
        super::cast::to_text(&a[0])
    }),
];

/// A count of characters; negative is 22011.
fn count(name: &str, arguments: &[Value], index: usize) -> Result<usize> {
    let number = int(name, arguments, index)?;
    usize::try_from(number)
        .map_err(|_| Error::data("22011", format!("{name} takes a number that is not negative, not {number}")))
}

/// The byte where the character of that number begins, or the end.
fn at_character(text: &str, index: usize) -> usize {
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

fn trim(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    match (&arguments[0], arguments.get(1)) {
        (Value::List(list), Some(Value::Int(count))) => {
            let kept = usize::try_from(*count).ok().and_then(|count| list.len().checked_sub(count));
            let error =
                || Error::data("22G0C", format!("{count} elements cannot be taken off a list of {}", list.len()));
            Ok(Value::List(Arc::from(&list[..kept.ok_or_else(error)?])))
        }
        (Value::List(_), Some(other)) => Err(wrong_type("TRIM", 1, "INT64", other)),
        (Value::List(_), None) => Err(Error::value_type("TRIM of a list takes the number of elements: TRIM(list, n)")),
        _ => trim_character("TRIM", arguments, true, true),
    }
}

fn trim_character(name: &str, arguments: &[Value], leading: bool, trailing: bool) -> Result<Value> {
    let string = text(name, arguments, 0)?;
    let character = if arguments.len() == 2 { text(name, arguments, 1)? } else { " " };
    let mut characters = character.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        let error = Error::data("22027", format!("{name} takes one character to remove, not '{character}'"));
        return Err(error.with_hint("BTRIM, LTRIM and RTRIM take several"));
    };
    Ok(Value::from(trimmed(string, |c| c == character, leading, trailing)))
}

fn trim_set(name: &str, arguments: &[Value], leading: bool, trailing: bool) -> Result<Value> {
    let string = text(name, arguments, 0)?;
    if arguments.len() == 1 {
        return Ok(Value::from(trimmed(string, char::is_whitespace, leading, trailing)));
    }
    let characters = text(name, arguments, 1)?;
    Ok(Value::from(trimmed(string, |c| characters.contains(c), leading, trailing)))
}

fn trimmed(mut text: &str, removed: impl Fn(char) -> bool, leading: bool, trailing: bool) -> &str {
    if leading {
        text = text.trim_start_matches(&removed);
    }
    if trailing {
        text = text.trim_end_matches(&removed);
    }
    text
}

fn replace(arguments: &[Value], _: &FunctionContext) -> Result<Value> {
    let (string, search) = (text("REPLACE", arguments, 0)?, text("REPLACE", arguments, 1)?);
    let replacement = text("REPLACE", arguments, 2)?;
    if search.is_empty() {
        return Ok(arguments[0].clone());
    }
    let grown = string.matches(search).count().saturating_mul(replacement.len().saturating_sub(search.len()));
    if string.len().saturating_add(grown) > MAX_BYTES {
        return Err(Error::data("22001", format!("the result of REPLACE would be longer than {MAX_BYTES} bytes")));
    }
    Ok(Value::from(string.replace(search, replacement)))
}
