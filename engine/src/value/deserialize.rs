//! Values as the source of a serde deserializer, by which rows become structs, and values from other formats.
//!
//! A record is a map, a list or vector a sequence, a time its ISO 8601 text, a node or edge the map of
//! [`Value::to_json`]. A field of type [`Value`], [`Node`], [`Edge`] or [`Path`] is handed over as it is: serde has no
//! way for that, so that the value's `Deserialize` asks for it beside serde, by a flag of the thread that holds for the
//! one call in between ([`ASKED`]).

use std::{cell::Cell, fmt, fmt::Write as _, str::FromStr};

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
    value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqDeserializer},
};

use super::{Date, Duration, Edge, LocalDateTime, LocalTime, Node, Path, Value, ZonedDateTime, ZonedTime};
use crate::error::Error;

/// Why a value is not what a Rust type wants.
#[derive(Debug)]
pub(crate) struct Mismatch {
    problem: Problem,
    /// The value that was met instead.
    found: Option<String>,
    /// Whether that is NULL.
    null: bool,
    /// The way to it, the innermost step first.
    place: Vec<Step>,
}

#[derive(Debug)]
enum Problem {
    Expected(String),
    Missing(&'static str),
    Other(String),
}

#[derive(Debug)]
enum Step {
    Field(String),
    Element(usize),
}

impl Mismatch {
    fn of(problem: Problem) -> Self {
        Mismatch { problem, found: None, null: false, place: Vec::new() }
    }

    fn found(mut self, found: impl FnOnce() -> (String, bool)) -> Self {
        if self.found.is_none() && self.place.is_empty() {
            let (found, null) = found();
            (self.found, self.null) = (Some(found), null);
        }
        self
    }

    fn within(mut self, step: Step) -> Self {
        self.place.push(step);
        self
    }

    /// The error of a row, whose columns are the outermost steps; `None` when it has not the column that is asked for.
    pub(crate) fn into_error(mut self, columns: &[String]) -> Error {
        let column = self.place.pop();
        let at = match &column {
            Some(Step::Field(name)) => format!("column `{name}`"),
            Some(Step::Element(position)) => match columns.get(*position) {
                Some(name) => format!("column `{name}`"),
                None => format!("column {position}"),
            },
            None => "the row".to_owned(),
        };
        let mut inside = String::new();
        for step in self.place.iter().rev() {
            let _ = match step {
                Step::Field(name) if inside.is_empty() => write!(inside, "{name}"),
                Step::Field(name) => write!(inside, ".{name}"),
                Step::Element(position) => write!(inside, "[{position}]"),
            };
        }
        let at = if inside.is_empty() { at } else { format!("{at}, at `{inside}`") };
        let found = self.found.map(|found| format!(", found {found}")).unwrap_or_default();
        let hint = self.null.then(|| "read it as an Option to allow NULL".to_owned());
        match self.problem {
            Problem::Missing(name) if column.is_none() => no_column(&format!("`{name}`"), columns),
            Problem::Missing(name) => Error::value_type(format!("{at}: there is no field `{name}`{found}")),
            Problem::Expected(expected) => {
                Error::value_type(format!("{at}: expected {expected}{found}")).with_hint_if(hint)
            }
            Problem::Other(message) => Error::value_type(format!("{at}: {message}{found}")).with_hint_if(hint),
        }
    }
}

/// The error of a column that a result does not have.
pub(crate) fn no_column(column: &str, columns: &[String]) -> Error {
    let error = Error::result("42002", format!("the result has no column {column}"));
    match columns {
        [] => error.with_hint("it has no columns at all: only RETURN and YIELD give some"),
        _ => error.with_hint(format!("its columns are {}", columns.join(", "))),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Expected(what) => write!(f, "expected {what}"),
            Problem::Missing(name) => write!(f, "there is no field `{name}`"),
            Problem::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Mismatch::of(Problem::Other(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Mismatch::of(Problem::Expected(expected.to_string()))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Mismatch::of(Problem::Expected(expected.to_string()))
    }

    fn invalid_length(length: usize, expected: &dyn de::Expected) -> Self {
        Mismatch::of(Problem::Other(format!("expected {expected}, which {length} are too few for")))
    }

    fn missing_field(field: &'static str) -> Self {
        Mismatch::of(Problem::Missing(field))
    }
}

/// Type and text of a value, for messages.
fn described(value: &Value) -> String {
    const LONGEST: usize = 60;
    if value.is_null() {
        return "NULL".to_owned();
    }
    let mut text = match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    };
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str("...");
    }
    format!("{} {text}", value.type_name())
}

/// What is deserialized: a value or a part of one.
#[derive(Clone)]
pub(crate) enum Source<'de> {
    Value(&'de Value),
    Node(&'de Node),
    Edge(&'de Edge),
    Text(&'de str),
    Texts(Vec<&'de str>),
    Fields(Vec<(&'de str, &'de Value)>),
}

impl<'de> Source<'de> {
    fn described(&self) -> (String, bool) {
        match self {
            Source::Value(value) => (described(value), value.is_null()),
            Source::Node(node) => (described(&Value::Node((*node).clone())), false),
            Source::Edge(edge) => (described(&Value::Edge((*edge).clone())), false),
            Source::Text(text) => (described(&Value::from(*text)), false),
            Source::Texts(_) => ("LIST".to_owned(), false),
            Source::Fields(_) => ("RECORD".to_owned(), false),
        }
    }

    /// The value itself.
    fn whole(&self) -> Value {
        match self {
            Source::Value(value) => (*value).clone(),
            Source::Node(node) => Value::Node((*node).clone()),
            Source::Edge(edge) => Value::Edge((*edge).clone()),
            Source::Text(text) => Value::from(*text),
            Source::Texts(texts) => Value::List(texts.iter().map(|text| Value::from(*text)).collect()),
            Source::Fields(fields) => Value::record(fields.iter().map(|(name, value)| (*name, (*value).clone()))),
        }
    }

    fn visit<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Mismatch> {
        let elements = |items: Vec<Source<'de>>| Elements { items: items.into_iter(), next: 0 };
        match self {
            Source::Text(text) => visitor.visit_borrowed_str(text),
            Source::Texts(texts) => visitor.visit_seq(elements(texts.iter().map(|text| Source::Text(text)).collect())),
            Source::Fields(fields) => {
                let fields = fields.iter().map(|(name, value)| (*name, Source::Value(value)));
                visitor.visit_map(Fields::new(fields))
            }
            Source::Node(node) => visitor.visit_map(Fields::new(node_fields(node))),
            Source::Edge(edge) => {
                let (id, fields) = edge_fields(edge);
                visitor.visit_map(WithId { id: Some(id), waiting: false, fields: Fields::new(fields) })
            }
            Source::Value(value) => match value {
                Value::Null => visitor.visit_unit(),
                Value::Bool(value) => visitor.visit_bool(*value),
                Value::Int(value) => visitor.visit_i64(*value),
                Value::Float(value) => visitor.visit_f64(*value),
                Value::String(text) => visitor.visit_borrowed_str(text),
                Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
                Value::Date(_)
                | Value::LocalTime(_)
                | Value::ZonedTime(_)
                | Value::LocalDateTime(_)
                | Value::ZonedDateTime(_)
                | Value::Duration(_) => visitor.visit_string(value.to_string()),
                Value::List(items) => visitor.visit_seq(elements(items.iter().map(Source::Value).collect())),
                Value::Vector(numbers) => {
                    visitor.visit_seq(SeqDeserializer::<_, Mismatch>::new(numbers.iter().copied()))
                }
                Value::Record(fields) => {
                    visitor.visit_map(Fields::new(fields.iter().map(|(name, value)| (&**name, Source::Value(value)))))
                }
                Value::Node(node) => Source::Node(node).visit(visitor),
                Value::Edge(edge) => Source::Edge(edge).visit(visitor),
                Value::Path(path) => {
                    let mut edges = path.edges.iter();
                    let steps =
                        path.nodes.iter().flat_map(|node| [Some(Source::Node(node)), edges.next().map(Source::Edge)]);
                    visitor.visit_seq(elements(steps.flatten().collect()))
                }
            },
        }
    }

    /// The same with the value in its errors.
    fn read<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor).map_err(|error| error.found(|| self.described()))
    }
}

fn node_fields(node: &Node) -> impl Iterator<Item = (&str, Source<'_>)> {
    let labels = Source::Texts(node.labels().collect());
    let properties = Source::Fields(node.properties().collect());
    [("_id", Source::Text(node.id())), ("labels", labels), ("properties", properties)].into_iter()
}

/// The `_id` of an edge, which is made for it, and its other fields.
fn edge_fields(edge: &Edge) -> (String, impl Iterator<Item = (&str, Source<'_>)>) {
    let properties = Source::Fields(edge.properties().collect());
    let fields = [
        ("label", Source::Text(edge.label())),
        ("from", Source::Text(edge.from())),
        ("to", Source::Text(edge.to())),
        ("properties", properties),
    ];
    (edge.id(), fields.into_iter())
}

impl<'de> Deserializer<'de> for Source<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if ASKED.take() {
            HANDED.set(Some(self.whole()));
            let given = visitor.visit_unit();
            HANDED.set(None);
            return given;
        }
        self.read(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Source::Value(Value::Null) => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match &self {
            Source::Value(Value::Bytes(bytes)) => visitor
                .visit_seq(SeqDeserializer::<_, Mismatch>::new(bytes.iter().copied()))
                .map_err(|error: Mismatch| error.found(|| self.described())),
            _ => self.read(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mismatch> {
        let there = match &self {
            Source::Value(Value::List(items)) => items.len(),
            Source::Value(Value::Vector(numbers)) => numbers.len(),
            _ => length,
        };
        if there != length {
            let problem = Problem::Other(format!("expected {length} elements, not {there}"));
            return Err(Mismatch::of(problem).found(|| self.described()));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_tuple(length, visitor)
    }

    /// A text names a variant; a record of one field is a variant with content.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let read = match &self {
            Source::Text(text) => visitor.visit_enum((*text).into_deserializer()),
            Source::Value(Value::String(text)) => visitor.visit_enum((&**text).into_deserializer()),
            Source::Value(Value::Record(fields)) => match &**fields {
                [(name, value)] => visitor.visit_enum(Variant { name, content: Source::Value(value) }),
                _ => Err(Mismatch::of(Problem::Expected("a STRING, or a RECORD of one field".to_owned()))),
            },
            _ => Err(Mismatch::of(Problem::Expected("a STRING, or a RECORD of one field".to_owned()))),
        };
        read.map_err(|error: Mismatch| error.found(|| self.described()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct map struct
        identifier ignored_any
    }
}

/// A variant of an enum with content.
struct Variant<'de> {
    name: &'de str,
    content: Source<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Mismatch> {
        Ok((seed.deserialize(BorrowedStrDeserializer::<Mismatch>::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        <()>::deserialize(self.content)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mismatch> {
        seed.deserialize(self.content).map_err(|error| error.within(Step::Field(self.name.to_owned())))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.content.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Mismatch> {
        self.content.deserialize_map(visitor)
    }
}

/// The elements of a list.
struct Elements<'de> {
    items: std::vec::IntoIter<Source<'de>>,
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Mismatch;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let position = self.next;
        self.next += 1;
        seed.deserialize(item).map(Some).map_err(|error| error.within(Step::Element(position)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// Named values.
struct Fields<'de, I> {
    fields: I,
    value: Option<(&'de str, Source<'de>)>,
}

impl<'de, I: Iterator<Item = (&'de str, Source<'de>)>> Fields<'de, I> {
    fn new(fields: I) -> Self {
        Fields { fields, value: None }
    }
}

impl<'de, I: Iterator<Item = (&'de str, Source<'de>)>> MapAccess<'de> for Fields<'de, I> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        self.value = self.fields.next();
        let Some((name, _)) = &self.value else { return Ok(None) };
        seed.deserialize(BorrowedStrDeserializer::<Mismatch>::new(name)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        let Some((name, value)) = self.value.take() else {
            return Err(Mismatch::of(Problem::Other("a value without its name".to_owned())));
        };
        seed.deserialize(value).map_err(|error| error.within(Step::Field(name.to_owned())))
    }
}

/// Fields behind an `_id` that is made for them.
struct WithId<F> {
    id: Option<String>,
    waiting: bool,
    fields: F,
}

impl<'de, F: MapAccess<'de, Error = Mismatch>> MapAccess<'de> for WithId<F> {
    type Error = Mismatch;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        if self.id.is_some() && !self.waiting {
            self.waiting = true;
            return seed.deserialize(BorrowedStrDeserializer::<Mismatch>::new("_id")).map(Some);
        }
        self.fields.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        match self.id.take() {
            Some(id) => seed
                .deserialize(id.into_deserializer())
                .map_err(|error: Mismatch| error.within(Step::Field("_id".to_owned()))),
            None => self.fields.next_value_seed(seed),
        }
    }
}

/// A row: a struct or map by the names of its columns, a tuple or list by their places.
pub(crate) struct RowSource<'de> {
    pub(crate) columns: &'de [String],
    pub(crate) values: &'de [Value],
}

impl<'de> Deserializer<'de> for RowSource<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let columns = self.columns.iter().map(String::as_str);
        visitor.visit_map(Fields::new(columns.zip(self.values.iter().map(Source::Value))))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let items: Vec<Source<'de>> = self.values.iter().map(Source::Value).collect();
        visitor.visit_seq(Elements { items: items.into_iter(), next: 0 })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Mismatch> {
        if self.values.len() != length {
            let there = self.values.len();
            let message = format!("expected {length} columns, found {there}: {}", self.columns.join(", "));
            return Err(Mismatch::of(Problem::Other(message)));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let columns = self.columns.iter().map(String::as_str);
        let fields = Fields::new(columns.zip(self.values.iter().map(Source::Value)));
        visitor.visit_enum(MapAccessDeserializer::new(fields))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct map struct
        identifier ignored_any
    }
}

thread_local! {
    /// Set by [`Value::deserialize`] for its one call of `deserialize_any`: the value is wanted as it is.
    static ASKED: Cell<bool> = const { Cell::new(false) };
    /// That value, on its way from the deserializer to the visitor.
    static HANDED: Cell<Option<Value>> = const { Cell::new(None) };
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ASKED.set(true);
        let value = deserializer.deserialize_any(AnyValue);
        ASKED.set(false);
        value
    }
}

/// Makes of a format's values those of [`Value::from_json`].
struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(HANDED.take().unwrap_or_default())
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        let beyond = |_| E::invalid_value(Unexpected::Unsigned(value), &"an integer in the range of INT64");
        i64::try_from(value).map(Value::Int).map_err(beyond)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        ASKED.set(false);
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        ASKED.set(false);
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = entries.next_entry()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(de::Error::custom(format!("the field `{name}` is there twice")));
            }
            fields.push((name, value));
        }
        Ok(Value::record(fields))
    }
}

/// A node, edge or path is handed over by a result; no other format has one.
macro_rules! handed_over {
    ($($type:ident)*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match Value::deserialize(deserializer)? {
                    Value::$type(element) => Ok(element),
                    other => {
                        let expected = concat!("a ", stringify!($type), " of a result");
                        Err(de::Error::invalid_type(Unexpected::Other(other.type_name()), &expected))
                    }
                }
            }
        }
    )*};
}

handed_over!(Node Edge Path);

/// Reads the ISO 8601 text.
struct FromText<T> {
    expected: &'static str,
    parse: fn(&str) -> Result<T, Error>,
}

impl<T> Visitor<'_> for FromText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

macro_rules! from_text {
    ($($type:ty, $expected:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText { expected: $expected, parse: <$type>::from_str })
            }
        }
    )*};
}

from_text! {
    Date, "a DATE";
    LocalTime, "a LOCAL TIME";
    ZonedTime, "a ZONED TIME";
    LocalDateTime, "a LOCAL DATETIME";
    ZonedDateTime, "a ZONED DATETIME";
    Duration, "a DURATION";
}
