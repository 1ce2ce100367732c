//! Functions of strings. Lengths and positions count Unicode characters (code points), positions from 0.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::{Function, FunctionContext, int, text, wrong_type};
use crate::error::{Error, Result};
use crate::value::Value;

/// The longest text a function makes.
const MAX_BYTES: usize = 1 << 30;

pub(super) const FUNCTIONS: &[Function] =
    &[
        Function::new("UPPER", "UPPER(s)", "s in upper case", 1, 1, |a, c| {
            changed(c, text("UPPER", a, 0)?, char::to_uppercase, str::to_uppercase)
        })
        .alias(&["TOUPPER", "UCASE"]),
        Function::new("LOWER", "LOWER(s)", "s in lower case", 1, 1, |a, c| {
            changed(c, text("LOWER", a, 0)?, char::to_lowercase, str::to_lowercase)
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
            |a, c| trim_character("TRIM", a, true, true, c),
        ),
        Function::new(
            "TRIM_LEADING",
            "TRIM(LEADING c FROM s)",
            "s without the character c (default: space) at its start",
            1,
            2,
            |a, c| trim_character("TRIM", a, true, false, c),
        ),
        Function::new(
            "TRIM_TRAILING",
            "TRIM(TRAILING c FROM s)",
            "s without the character c (default: space) at its end",
            1,
            2,
            |a, c| trim_character("TRIM", a, false, true, c),
        ),
        Function::new(
            "BTRIM",
            "BTRIM(s [, characters])",
            "s without any of the characters (default: white space) at both ends",
            1,
            2,
            |a, c| trim_set("BTRIM", a, true, true, c),
        ),
        Function::new(
            "LTRIM",
            "LTRIM(s [, characters])",
            "s without any of the characters (default: white space) at its start",
            1,
            2,
            |a, c| trim_set("LTRIM", a, true, false, c),
        ),
        Function::new(
            "RTRIM",
            "RTRIM(s [, characters])",
            "s without any of the characters (default: white space) at its end",
            1,
            2,
            |a, c| trim_set("RTRIM", a, false, true, c),
        ),
        Function::new("LEFT", "LEFT(s, n)", "The first n characters; 22011 when n is negative", 2, 2, |a, c| {
            let (string, count) = (text("LEFT", a, 0)?, count("LEFT", a, 1)?);
            c.part(&string[..at_character(string, count)])
        }),
        Function::new("RIGHT", "RIGHT(s, n)", "The last n characters; 22011 when n is negative", 2, 2, |a, c| {
            let (string, count) = (text("RIGHT", a, 0)?, count("RIGHT", a, 1)?);
            let skipped = string.chars().count().saturating_sub(count);
            c.part(&string[at_character(string, skipped)..])
        }),
        Function::new(
            "SUBSTRING",
            "SUBSTRING(s, start [, length])",
            "The part from start, counted from 0; 22011 when a number is negative",
            2,
            3,
            |a, c| {
                let (string, start) = (text("SUBSTRING", a, 0)?, count("SUBSTRING", a, 1)?);
                let rest = &string[at_character(string, start)..];
                let length = if a.len() == 3 { count("SUBSTRING", a, 2)? } else { usize::MAX };
                c.part(&rest[..at_character(rest, length)])
            },
        )
        .alias(&["SUBSTR"]),
        Function::new("CHAR_LENGTH", "CHAR_LENGTH(s)", "The number of characters", 1, 1, |a, _| {
            Ok(Value::Int(text("CHAR_LENGTH", a, 0)?.chars().count() as i64))
        })
        .alias(&["CHARACTER_LENGTH"]),
        Function::new("BYTE_LENGTH", "BYTE_LENGTH(b)", "The number of bytes, of a STRING in UTF-8", 1, 1, |a, _| {
            match &a[0] {
                Value::String(string) => Ok(Value::Int(string.len() as i64)),
                Value::Bytes(bytes) => Ok(Value::Int(bytes.len() as i64)),
                other => Err(wrong_type("BYTE_LENGTH", 0, "BYTES or STRING", other)),
            }
        })
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
            split,
        )
        .makes_elements(),
        Function::new("REVERSE", "REVERSE(s)", "A STRING or LIST from its end to its start", 1, 1, |a, c| {
            match &a[0] {
                Value::String(string) => c.text(string.len(), |out| out.extend(string.chars().rev())),
                Value::List(list) => {
                    c.room_for_list(list.len(), 0)?;
                    Ok(Value::List(list.iter().rev().cloned().collect()))
                }
                Value::Vector(vector) => {
                    c.room_for_list(vector.len(), 0)?;
                    Ok(Value::List(vector.iter().rev().map(|number| Value::from(*number)).collect()))
                }
                other => Err(wrong_type("REVERSE", 0, "STRING or LIST", other)),
            }
        }),
        Function::new(
            "NORMALIZE",
            "NORMALIZE(s [, form])",
            "s in a Unicode normal form: NFC (default), NFD, NFKC or NFKD",
            1,
            2,
            |a, c| {
                let string = text("NORMALIZE", a, 0)?;
                let form = if a.len() == 2 { text("NORMALIZE", a, 1)? } else { "NFC" };
                match form.to_ascii_uppercase().as_str() {
                    "NFC" => collected(c, || string.nfc()),
                    "NFD" => collected(c, || string.nfd()),
                    "NFKC" => collected(c, || string.nfkc()),
                    "NFKD" => collected(c, || string.nfkd()),
                    _ => Err(Error::value_type(format!("NORMALIZE takes NFC, NFD, NFKC or NFKD, not '{form}'"))),
                }
            },
        ),
        Function::new("TOSTRING", "TOSTRING(x)", "x as text, as CAST(x AS STRING)", 1, 1, |a, c| {
            super::cast::to_text(&a[0], c)
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

/// The characters of an iterator as a text, whose size is known before it is made.
fn collected<I: Iterator<Item = char>>(context: &FunctionContext, characters: impl Fn() -> I) -> Result<Value> {
    let bytes = characters().map(char::len_utf8).sum();
    context.text(bytes, |out| out.extend(characters()))
}

/// A text in another case: `of_text`, of a size that `of_character` tells.
fn changed<I: Iterator<Item = char>>(
    context: &FunctionContext,
    text: &str,
    of_character: fn(char) -> I,
    of_text: fn(&str) -> String,
) -> Result<Value> {
    let bytes: usize =
        if text.is_ascii() { text.len() } else { text.chars().flat_map(of_character).map(char::len_utf8).sum() };
    // While the text grows, and for the shared copy.
    context.room(bytes.saturating_mul(3))?;
    Ok(Value::from(of_text(text)))
}

fn split(arguments: &[Value], context: &FunctionContext) -> Result<Value> {
    /// What each text takes beyond its bytes: its counts, and what the allocator rounds up.
    const OVERHEAD: usize = 32;
    let (string, separator) = (text("SPLIT", arguments, 0)?, text("SPLIT", arguments, 1)?);
    let parts =
        if separator.is_empty() { string.chars().count() } else { string.matches(separator).count().saturating_add(1) };
    context.room_for_list(parts, parts.saturating_mul(OVERHEAD).saturating_add(string.len()))?;
    let mut list = Vec::with_capacity(parts);
    if separator.is_empty() {
        list.extend(string.chars().map(|character| Value::from(&*character.encode_utf8(&mut [0; 4]))));
    } else {
        list.extend(string.split(separator).map(Value::from));
    }
    Ok(Value::List(list.into()))
}

fn trim(arguments: &[Value], context: &FunctionContext) -> Result<Value> {
    match (&arguments[0], arguments.get(1)) {
        (Value::List(list), Some(Value::Int(count))) => {
            let kept = usize::try_from(*count).ok().and_then(|count| list.len().checked_sub(count));
            let error =
                || Error::data("22G0C", format!("{count} elements cannot be taken off a list of {}", list.len()));
            let kept = &list[..kept.ok_or_else(error)?];
            context.room_for_list(kept.len(), 0)?;
            Ok(Value::List(Arc::from(kept)))
        }
        (Value::List(_), Some(other)) => Err(wrong_type("TRIM", 1, "INT64", other)),
        (Value::List(_), None) => Err(Error::value_type("TRIM of a list takes the number of elements: TRIM(list, n)")),
        _ => trim_character("TRIM", arguments, true, true, context),
    }
}

fn trim_character(
    name: &str,
    arguments: &[Value],
    leading: bool,
    trailing: bool,
    context: &FunctionContext,
) -> Result<Value> {
    let string = text(name, arguments, 0)?;
    let character = if arguments.len() == 2 { text(name, arguments, 1)? } else { " " };
    let mut characters = character.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        let error = Error::data("22027", format!("{name} takes one character to remove, not '{character}'"));
        return Err(error.with_hint("BTRIM, LTRIM and RTRIM take several"));
    };
    context.part(trimmed(string, |c| c == character, leading, trailing))
}

fn trim_set(
    name: &str,
    arguments: &[Value],
    leading: bool,
    trailing: bool,
    context: &FunctionContext,
) -> Result<Value> {
    let string = text(name, arguments, 0)?;
    if arguments.len() == 1 {
        return context.part(trimmed(string, char::is_whitespace, leading, trailing));
    }
    let characters = text(name, arguments, 1)?;
    context.part(trimmed(string, |c| characters.contains(c), leading, trailing))
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

fn replace(arguments: &[Value], context: &FunctionContext) -> Result<Value> {
    let (string, search) = (text("REPLACE", arguments, 0)?, text("REPLACE", arguments, 1)?);
    let replacement = text("REPLACE", arguments, 2)?;
    if search.is_empty() {
        return Ok(arguments[0].clone());
    }
    let found = string.matches(search).count();
    let bytes = (string.len() - found * search.len()).saturating_add(found.saturating_mul(replacement.len()));
    if bytes > MAX_BYTES {
        return Err(Error::data("22001", format!("the result of REPLACE would be longer than {MAX_BYTES} bytes")));
    }
    context.text(bytes, |out| {
        for (number, part) in string.split(search).enumerate() {
            if number > 0 {
                out.push_str(replacement);
            }
            out.push_str(part);
        }
    })
}
