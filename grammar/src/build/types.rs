//! Value types.

use super::{Cx, P, has, incomplete, name, span};
use crate::ast::{PropertyType, TypeKind, TypeName};
use crate::error::{Result, SyntaxError};
use crate::parser::Rule;
use crate::scan::MAX_DEPTH;
use wend_names::suggest;

/// The candidates for a misspelt name.
const NAMES: &[&str] = &[
    "ANY",
    "BOOL",
    "BOOLEAN",
    "BYTES",
    "DATE",
    "DATETIME",
    "DOUBLE",
    "DURATION",
    "EDGE",
    "FLOAT",
    "FLOAT32",
    "FLOAT64",
    "INT",
    "INT16",
    "INT32",
    "INT64",
    "INT8",
    "INTEGER",
    "LIST",
    "NODE",
    "NULL",
    "PATH",
    "REAL",
    "RECORD",
    "STRING",
    "TIME",
    "TIMESTAMP",
    "VECTOR",
];

pub(super) fn type_name(cx: &Cx, pair: P<'_>) -> Result<TypeName> {
    let at = span(&pair);
    let mut suffixes = 0usize;
    let mut result: Option<TypeName> = None;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::not_null => {
                if let Some(t) = result.as_mut() {
                    t.not_null = true;
                }
            }
            Rule::list_suffix => {
                suffixes += 1;
                if suffixes > MAX_DEPTH {
                    return Err(SyntaxError::new(at, "this type nests too deep"));
                }
                let element = result.take().ok_or_else(|| incomplete(at))?;
                result = Some(TypeName { kind: TypeKind::List(Some(Box::new(element))), not_null: false, span: at });
            }
            _ => {
                result =
                    Some(TypeName { span: span(&part), kind: cx.deeper(1, at, || core(cx, part))?, not_null: false })
            }
        }
    }
    let mut result = result.ok_or_else(|| incomplete(at))?;
    result.span = at;
    Ok(result)
}

fn core(cx: &Cx, pair: P<'_>) -> Result<TypeKind> {
    match pair.as_rule() {
        Rule::list_type => {
            let element = pair.into_inner().find(|p| p.as_rule() == Rule::type_name);
            Ok(TypeKind::List(element.map(|e| type_name(cx, e).map(Box::new)).transpose()?))
        }
        Rule::record_type => {
            let fields = pair.into_inner().find(|p| p.as_rule() == Rule::property_types);
            Ok(TypeKind::Record(fields.map(|f| property_types(cx, f)).transpose()?))
        }
        _ => plain(pair),
    }
}

fn plain(pair: P<'_>) -> Result<TypeKind> {
    let at = span(&pair);
    let (mut words, mut zone, mut length) = (String::new(), None, None);
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::type_words => {
                let upper = part.as_str().to_ascii_uppercase();
                words = upper.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            Rule::zone_words => zone = Some(!has(&part, Rule::k_without)),
            Rule::number if length.is_none() => length = Some(part.as_str().trim_end().to_owned()),
            _ => {}
        }
    }
    let words = match zone {
        Some(true) => format!("ZONED {words}"),
        Some(false) => format!("LOCAL {words}"),
        None => words,
    };
    let int = |bits, unsigned| Ok(TypeKind::Int { bits, unsigned });
    match words.as_str() {
        "BOOL" | "BOOLEAN" => Ok(TypeKind::Bool),
        "STRING" | "VARCHAR" | "CHAR" | "TEXT" => {
            let length = length.map(|text| {
                let parsed = text.replace('_', "").parse().ok().filter(|length| *length > 0);
                parsed.ok_or_else(|| SyntaxError::new(at, format!("`{text}` is no length of a string")))
            });
            Ok(TypeKind::String(length.transpose()?))
        }
        "BYTES" | "BINARY" | "VARBINARY" => Ok(TypeKind::Bytes),
        "INT8" | "INTEGER8" | "SIGNED INTEGER8" => int(8, false),
        "INT16" | "INTEGER16" | "SMALLINT" | "SMALL INTEGER" | "SIGNED INTEGER16" | "SIGNED SMALL INTEGER" => {
            int(16, false)
        }
        "INT32" | "INTEGER32" | "SIGNED INTEGER32" => int(32, false),
        "INT" | "INTEGER" | "INT64" | "INTEGER64" | "BIGINT" | "BIG INTEGER" | "SIGNED INTEGER"
        | "SIGNED BIG INTEGER" | "SIGNED INTEGER64" | "SIGNED INT" => int(64, false),
        "UINT8" | "UINTEGER8" | "UNSIGNED INTEGER8" => int(8, true),
        "UINT16" | "UINTEGER16" | "USMALLINT" | "UNSIGNED INTEGER16" | "UNSIGNED SMALL INTEGER" => int(16, true),
        "UINT32" | "UINTEGER32" | "UNSIGNED INTEGER32" => int(32, true),
        "UINT"
        | "UINTEGER"
        | "UINT64"
        | "UINTEGER64"
        | "UBIGINT"
        | "UNSIGNED INTEGER"
        | "UNSIGNED BIG INTEGER"
        | "UNSIGNED INTEGER64"
        | "UNSIGNED INT" => int(64, true),
        "FLOAT32" | "REAL" => Ok(TypeKind::Float { bits: 32 }),
        "FLOAT" | "FLOAT64" | "DOUBLE" | "DOUBLE PRECISION" => Ok(TypeKind::Float { bits: 64 }),
        "DATE" => Ok(TypeKind::Date),
        "LOCAL TIME" | "LOCAL_TIME" | "TIME" => Ok(TypeKind::LocalTime),
        "ZONED TIME" | "ZONED_TIME" => Ok(TypeKind::ZonedTime),
        "LOCAL DATETIME" | "LOCAL TIMESTAMP" | "LOCAL_DATETIME" | "LOCAL_TIMESTAMP" | "DATETIME" | "TIMESTAMP" => {
            Ok(TypeKind::LocalDateTime)
        }
        "ZONED DATETIME" | "ZONED TIMESTAMP" | "ZONED_DATETIME" => Ok(TypeKind::ZonedDateTime),
        "DURATION" => Ok(TypeKind::Duration),
        "VECTOR" => {
            let wrong = || SyntaxError::new(at, "the dimension of a VECTOR is a positive integer");
            let dimension =
                length.map(|l| l.replace('_', "").parse().ok().filter(|n| *n > 0).ok_or_else(wrong)).transpose()?;
            Ok(TypeKind::Vector(dimension))
        }
        "PATH" => Ok(TypeKind::Path),
        "NODE" | "VERTEX" | "ANY NODE" | "ANY VERTEX" => Ok(TypeKind::Node),
        "EDGE" | "RELATIONSHIP" | "ANY EDGE" | "ANY RELATIONSHIP" => Ok(TypeKind::Edge),
        "NULL" => Ok(TypeKind::Null),
        "ANY" | "ANY VALUE" | "PROPERTY VALUE" => Ok(TypeKind::Any),
        "DECIMAL" | "DEC" | "NUMERIC" | "NUMBER" => {
            Err(SyntaxError::unsupported(at, "exact decimal numbers (GV17)").hint("FLOAT64 is the number with a point"))
        }
        "INT128" | "INT256" | "INTEGER128" | "INTEGER256" | "UINT128" | "UINT256" | "FLOAT16" | "FLOAT128"
        | "FLOAT256" => Err(SyntaxError::unsupported(at, &format!("values of type {words}"))),
        _ => {
            let error = SyntaxError::new(at, format!("there is no type {words}"));
            Err(match suggest(&words, NAMES.iter().copied()) {
                Some(name) => error.hint(format!("did you mean {name}?")),
                None => error,
            })
        }
    }
}

pub(super) fn property_types(cx: &Cx, pair: P<'_>) -> Result<Vec<PropertyType>> {
    super::each(pair, Rule::property_type, |property| {
        let at = span(&property);
        let key = name::ident(&super::inner(property.clone(), Rule::name)?)?;
        let value = super::inner(property, Rule::type_name).map_err(|_| incomplete(at))?;
        Ok(PropertyType { name: key, value_type: type_name(cx, value)? })
    })
}
