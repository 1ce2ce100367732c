//! Numbers, strings and other literals.

use super::{P, incomplete, span};
use crate::ast::{Literal, Span};
use crate::error::{Result, SyntaxError};

/// A number, or the magnitude of the smallest integer, which is valid only after a minus sign.
pub(super) enum Number {
    /// Any other number.
    Value(Literal),
    /// 9223372036854775808
    MinMagnitude,
}

pub(super) fn number(text: &str, at: Span) -> Result<Number> {
    let digits: String = text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect();
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    if radix == 10 && digits.contains(['.', 'e', 'f', 'd', 'm']) {
        let value: f64 = digits.trim_end_matches(['f', 'd', 'm']).parse().map_err(|_| incomplete(at))?;
        if value.is_infinite() {
            return Err(SyntaxError::out_of_range(at, format!("{text} is too large for FLOAT64")));
        }
        return Ok(Number::Value(Literal::Float(value)));
    }
    let digits = if radix == 10 { digits.as_str() } else { digits.get(2..).unwrap_or_default() };
    match u64::from_str_radix(digits, radix) {
        Ok(value) if value == 1 << 63 => Ok(Number::MinMagnitude),
        Ok(value) => match i64::try_from(value) {
            Ok(value) => Ok(Number::Value(Literal::Int(value))),
            Err(_) => Err(too_large(text, at)),
        },
        Err(_) => Err(too_large(text, at)),
    }
}

/// The error for an integer beyond INT64.
pub(super) fn too_large(text: &str, at: Span) -> SyntaxError {
    const SHOWN: usize = 40;
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "..." } else { "" };
    SyntaxError::out_of_range(at, format!("{shown}{more} is too large for INT64"))
        .hint("integers go from -9223372036854775808 to 9223372036854775807; write a point for a FLOAT64")
}

/// The value of a string pair.
pub(super) fn string(pair: &P<'_>) -> Result<String> {
    undelimited(pair.as_str().trim_end(), span(pair))
}

/// Removes quotes or backticks and resolves escapes; a bare word is unchanged.
pub(super) fn undelimited(text: &str, at: Span) -> Result<String> {
    let (body, raw) = match text.strip_prefix('@') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let quote = match body.chars().next() {
        Some(q @ ('\'' | '"' | '`')) => q,
        _ => return Ok(text.to_owned()),
    };
    let inner = body.get(1..body.len().saturating_sub(1)).unwrap_or_default();
    let first = at.start + (text.len() - body.len()) + 1;
    if !inner.contains([quote, '\\']) {
        return Ok(inner.to_owned());
    }
    let escapes = !raw && quote != '`';
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(n) = rest.find(|c| c == quote || (escapes && c == '\\')) {
        out.push_str(rest.get(..n).unwrap_or_default());
        let special = rest.get(n..).unwrap_or_default();
        let used = if special.starts_with(quote) {
            out.push(quote);
            2
        } else {
            let offset = first + (inner.len() - special.len());
            let (c, used) = escape(special, offset)?;
            out.push(c);
            used
        };
        rest = special.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    Ok(out)
}

/// The character of the escape at the start of `text`, and the bytes it takes.
fn escape(text: &str, at: usize) -> Result<(char, usize)> {
    let Some(c) = text.chars().nth(1) else { return Err(incomplete(Span { start: at, end: at })) };
    let simple = match c {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '\\' | '\'' | '"' | '`' => c,
        'u' => return unicode(text, 4, at),
        'U' => return unicode(text, 6, at),
        _ => {
            let span = Span { start: at, end: at + 1 + c.len_utf8() };
            return Err(SyntaxError::new(span, format!("`\\{c}` is no escape"))
                .hint("write `\\\\` for a backslash, or @'...' for a string without escapes"));
        }
    };
    Ok((simple, 2))
}

fn unicode(text: &str, digits: usize, at: usize) -> Result<(char, usize)> {
    let code = |from: usize| {
        let hex = text.get(from..from + digits)?;
        if hex.bytes().all(|b| b.is_ascii_hexdigit()) { u32::from_str_radix(hex, 16).ok() } else { None }
    };
    let end = 2 + digits;
    let wrong = || {
        SyntaxError::new(Span { start: at, end: at + 2 }, "this escape is no Unicode character")
            .hint("four hexadecimal digits follow `\\u`, six follow `\\U`")
    };
    let high = code(2).ok_or_else(wrong)?;
    if (0xD800..0xDC00).contains(&high) && text.get(end..).is_some_and(|t| t.starts_with("\\u")) {
        let low = code(end + 2).filter(|low| (0xDC00..0xE000).contains(low)).ok_or_else(wrong)?;
        let joined = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Ok((char::from_u32(joined).ok_or_else(wrong)?, end + end));
    }
    Ok((char::from_u32(high).ok_or_else(wrong)?, end))
}

/// `X'00 ff'`
pub(super) fn bytes(pair: &P<'_>) -> Result<Literal> {
    let at = span(pair);
    let text = pair.as_str().trim_end();
    let inner = text.get(2..text.len().saturating_sub(1)).unwrap_or_default();
    let digits: Vec<char> = inner.chars().filter(|c| !c.is_whitespace()).collect();
    let wrong = || SyntaxError::new(at, "a byte string is an even number of hexadecimal digits");
    let mut out = Vec::with_capacity(digits.len() / 2);
    for two in digits.chunks(2) {
        let [high, low] = two else { return Err(wrong()) };
        let value = high.to_digit(16).zip(low.to_digit(16)).ok_or_else(wrong)?;
        out.push(u8::try_from(value.0 * 16 + value.1).map_err(|_| wrong())?);
    }
    Ok(Literal::Bytes(out))
}

/// `DATE '...'`, `TIME '...'` and the other temporal literals.
pub(super) fn temporal(pair: P<'_>) -> Result<Literal> {
    let at = span(&pair);
    let mut inner = pair.into_inner();
    let word = super::next(&mut inner, at)?.as_str().to_ascii_uppercase();
    let text = string(&super::next(&mut inner, at)?)?;
    Ok(match word.split_whitespace().next_back() {
        Some("DATE") => Literal::Date(text),
        Some("TIME") => Literal::Time(text),
        Some("DURATION") => Literal::Duration(text),
        _ => Literal::DateTime(text),
    })
}
