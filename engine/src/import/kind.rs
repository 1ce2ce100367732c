//! The types of columns and their names.

use std::fmt;

use wend_grammar::ast::{PropertyType, TypeKind};

use crate::schema::Schema;

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// BOOL.
    Bool,
    /// INT64.
    Int,
    /// FLOAT64.
    Float,
    /// STRING.
    String,
    /// BYTES.
    Bytes,
    /// DATE.
    Date,
    /// LOCAL TIME.
    LocalTime,
    /// ZONED TIME.
    ZonedTime,
    /// LOCAL DATETIME.
    LocalDateTime,
    /// ZONED DATETIME.
    ZonedDateTime,
    /// DURATION.
    Duration,
    /// VECTOR.
    Vector,
    /// RECORD.
    Record,
    /// LIST, of one type or of any.
    List(Option<Box<Kind>>),
    /// Any value; in texts as JSON, those that JSON does not have in records with one field `$TYPE`.
    Json,
}

/// Names of types; the first of each type is how it is written.
const NAMES: [(&str, Kind); 24] = [
    ("BOOL", Kind::Bool),
    ("BOOLEAN", Kind::Bool),
    ("INT64", Kind::Int),
    ("INT", Kind::Int),
    ("INTEGER", Kind::Int),
    ("LONG", Kind::Int),
    ("FLOAT64", Kind::Float),
    ("FLOAT", Kind::Float),
    ("DOUBLE", Kind::Float),
    ("STRING", Kind::String),
    ("TEXT", Kind::String),
    ("BYTES", Kind::Bytes),
    ("DATE", Kind::Date),
    ("LOCAL TIME", Kind::LocalTime),
    ("ZONED TIME", Kind::ZonedTime),
    ("LOCAL DATETIME", Kind::LocalDateTime),
    ("ZONED DATETIME", Kind::ZonedDateTime),
    ("DURATION", Kind::Duration),
    ("VECTOR", Kind::Vector),
    ("RECORD", Kind::Record),
    ("LIST", Kind::List(None)),
    ("ARRAY", Kind::List(None)),
    ("JSON", Kind::Json),
    ("ANY", Kind::Json),
];

impl Kind {
    /// The type of this name, in any case.
    pub(crate) fn parse(text: &str) -> Option<Kind> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        if let Some((_, kind)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(kind.clone());
        }
        let (outer, element) = text.split_once('<')?;
        let element = element.strip_suffix('>')?.trim();
        match Kind::parse(outer)? {
            Kind::List(None) => match Kind::parse(element)? {
                Kind::Json => Some(Kind::List(None)),
                element => Some(Kind::List(Some(Box::new(element)))),
            },
            Kind::Vector => matches!(element, "FLOAT" | "FLOAT32").then_some(Kind::Vector),
            _ => None,
        }
    }

    /// The name of a type that is meant by an unknown one.
    pub(super) fn suggest(text: &str) -> Option<&'static str> {
        match text.to_uppercase().trim() {
            "DATETIME" | "TIMESTAMP" => Some("LOCAL DATETIME or ZONED DATETIME"),
            "TIME" => Some("LOCAL TIME or ZONED TIME"),
            "STR" | "CHAR" | "VARCHAR" => Some("STRING"),
            "NUMBER" | "NUMERIC" | "DECIMAL" | "REAL" | "FLOAT32" => Some("FLOAT64"),
            "INT8" | "INT16" | "INT32" | "UINT64" | "BIGINT" | "SHORT" => Some("INT64"),
            "MAP" | "OBJECT" | "STRUCT" => Some("RECORD"),
            text if text.ends_with("[]") => Some("LIST<...>"),
            text => wend_grammar::suggest(text, NAMES.iter().map(|(name, _)| *name)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Kind::List(Some(element)) = self {
            return write!(f, "LIST<{element}>");
        }
        f.write_str(NAMES.iter().find(|(_, kind)| kind == self).map_or("JSON", |(name, _)| name))
    }
}

/// The type that a column of an imported file has, where all types with such a property agree on it.
pub(super) fn column_kind(schema: &Schema, nodes: bool, property: &str) -> Option<Kind> {
    let lists: Vec<&[PropertyType]> = match nodes {
        true => schema.nodes.iter().map(|node| &*node.properties).collect(),
        false => schema.edges.iter().map(|edge| &*edge.properties).collect(),
    };
    let mut types = lists.into_iter().flatten().filter(|other| other.name.name == property);
    let kind = kind_of(&types.next()?.value_type.kind)?;
    types.all(|other| kind_of(&other.value_type.kind).as_ref() == Some(&kind)).then_some(kind)
}

/// The type of cells that hold values of a type.
fn kind_of(kind: &TypeKind) -> Option<Kind> {
    Some(match kind {
        TypeKind::Bool => Kind::Bool,
        TypeKind::Int { .. } => Kind::Int,
        TypeKind::Float { .. } => Kind::Float,
        TypeKind::String(_) => Kind::String,
        TypeKind::Bytes => Kind::Bytes,
        TypeKind::Date => Kind::Date,
        TypeKind::LocalTime => Kind::LocalTime,
        TypeKind::ZonedTime => Kind::ZonedTime,
        TypeKind::LocalDateTime => Kind::LocalDateTime,
        TypeKind::ZonedDateTime => Kind::ZonedDateTime,
        TypeKind::Duration => Kind::Duration,
        TypeKind::Vector(_) => Kind::Vector,
        TypeKind::Record(_) => Kind::Record,
        TypeKind::List(Some(element)) => Kind::List(Some(Box::new(kind_of(&element.kind)?))),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names() {
        for (text, name) in [
            ("int", "INT64"),
            ("Double", "FLOAT64"),
            (" local  datetime ", "LOCAL DATETIME"),
            ("list<float>", "LIST<FLOAT64>"),
            ("LIST< LIST<zoned time> >", "LIST<LIST<ZONED TIME>>"),
            ("LIST<ANY>", "LIST"),
            ("VECTOR<FLOAT>", "VECTOR"),
            ("any", "JSON"),
        ] {
            assert_eq!(Kind::parse(text).unwrap().to_string(), name);
        }
        for text in ["", "STRNG", "LIST<", "LIST<>", "LIST<STRNG>", "VECTOR<STRING>", "INT<INT>"] {
            assert!(Kind::parse(text).is_none(), "{text}");
        }
        assert_eq!(Kind::suggest("STRNG"), Some("STRING"));
    }
}
