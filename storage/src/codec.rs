//! Values to bytes and back.
//!
//! A value is a tag byte and a payload (docs/file-format.md has the table). Integers are LEB128 varints,
//! signed ones zigzag; floats are little-endian. Reading never panics: bytes that do not make sense
//! are [`Error::Corrupt`].

use crate::error::{Error, Result};
use crate::value::Value;

/// Lists and records nested deeper than this are refused.
pub(crate) const MAX_DEPTH: usize = 100;

mod tag {
    pub const NULL: u8 = 0x00;
    pub const FALSE: u8 = 0x01;
    pub const TRUE: u8 = 0x02;
    pub const INT: u8 = 0x03;
    pub const FLOAT: u8 = 0x04;
    pub const STRING: u8 = 0x05;
    pub const BYTES: u8 = 0x06;
    pub const DATE: u8 = 0x07;
    pub const LOCAL_TIME: u8 = 0x08;
    pub const ZONED_TIME: u8 = 0x09;
    pub const LOCAL_DATETIME: u8 = 0x0A;
    pub const ZONED_DATETIME: u8 = 0x0B;
    pub const DURATION: u8 = 0x0C;
    pub const LIST: u8 = 0x0D;
    pub const RECORD: u8 = 0x0E;
    pub const VECTOR: u8 = 0x0F;
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)) as u64);
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Appends a value; fails when it is nested too deep.
pub(crate) fn put_value(out: &mut Vec<u8>, value: &Value) -> Result<()> {
    put_nested(out, value, MAX_DEPTH)
}

fn put_optional(out: &mut Vec<u8>, value: Option<&Value>, depth: usize) -> Result<()> {
    match value {
        None => {
            out.push(tag::NULL);
            Ok(())
        }
        Some(value) => put_nested(out, value, depth),
    }
}

fn put_nested(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<()> {
    match value {
        Value::Bool(false) => out.push(tag::FALSE),
        Value::Bool(true) => out.push(tag::TRUE),
        Value::Int(number) => {
            out.push(tag::INT);
            put_signed(out, *number);
        }
        Value::Float(number) => {
            out.push(tag::FLOAT);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::String(text) => {
            out.push(tag::STRING);
            put_bytes(out, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(tag::BYTES);
            put_bytes(out, bytes);
        }
        Value::Date(days) => {
            out.push(tag::DATE);
            put_signed(out, i64::from(*days));
        }
        Value::LocalTime(nanos) => {
            out.push(tag::LOCAL_TIME);
            put_signed(out, *nanos);
        }
        Value::ZonedTime { nanos, offset_seconds } => {
            out.push(tag::ZONED_TIME);
            put_signed(out, *nanos);
            put_signed(out, i64::from(*offset_seconds));
        }
        Value::LocalDateTime { seconds, nanos } => {
            out.push(tag::LOCAL_DATETIME);
            put_signed(out, *seconds);
            put_varint(out, u64::from(*nanos));
        }
        Value::ZonedDateTime { seconds, nanos, offset_seconds, zone } => {
            out.push(tag::ZONED_DATETIME);
            put_signed(out, *seconds);
            put_varint(out, u64::from(*nanos));
            put_signed(out, i64::from(*offset_seconds));
            match zone {
                None => out.push(0),
                Some(zone) => {
                    out.push(1);
                    put_bytes(out, zone.as_bytes());
                }
            }
        }
        Value::Duration { months, days, seconds, nanos } => {
            out.push(tag::DURATION);
            put_signed(out, *months);
            put_signed(out, *days);
            put_signed(out, *seconds);
            put_signed(out, i64::from(*nanos));
        }
        Value::List(elements) => {
            let depth = depth.checked_sub(1).ok_or(Error::TooDeep { limit: MAX_DEPTH })?;
            out.push(tag::LIST);
            put_varint(out, elements.len() as u64);
            for element in elements {
                put_optional(out, element.as_ref(), depth)?;
            }
        }
        Value::Record(fields) => {
            let depth = depth.checked_sub(1).ok_or(Error::TooDeep { limit: MAX_DEPTH })?;
            out.push(tag::RECORD);
            put_varint(out, fields.len() as u64);
            for (name, value) in fields {
                put_bytes(out, name.as_bytes());
                put_optional(out, value.as_ref(), depth)?;
            }
        }
        Value::Vector(numbers) => {
            out.push(tag::VECTOR);
            put_varint(out, numbers.len() as u64);
            put_floats(out, numbers);
        }
    }
    Ok(())
}

/// Appends raw little-endian floats.
pub(crate) fn put_floats(out: &mut Vec<u8>, numbers: &[f32]) {
    out.reserve(numbers.len() * 4);
    for number in numbers {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

/// Appends the floats in raw little-endian bytes to `out`.
pub(crate) fn read_floats(bytes: &[u8], out: &mut Vec<f32>) -> Result<()> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(Error::corrupt("a vector's length is not a multiple of four bytes"));
    }
    out.extend(chunks.iter().map(|chunk| f32::from_le_bytes(*chunk)));
    Ok(())
}

/// Reads forward through bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn cut() -> Error {
        Error::corrupt("a record ends too early")
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self.bytes.split_first().ok_or_else(Self::cut)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(length).ok_or_else(Self::cut)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(crate) fn varint(&mut self) -> Result<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7F);
            if shift == 63 && part > 1 {
                break;
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Error::corrupt("a number is too long"))
    }

    fn signed(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok(((number >> 1) as i64) ^ -((number & 1) as i64))
    }

    fn narrow<T: TryFrom<i64>>(&mut self) -> Result<T> {
        T::try_from(self.signed()?).map_err(|_| Error::corrupt("a number is out of range"))
    }

    pub(crate) fn varint_u32(&mut self) -> Result<u32> {
        u32::try_from(self.varint()?).map_err(|_| Error::corrupt("a number is out of range"))
    }

    pub(crate) fn length(&mut self) -> Result<usize> {
        usize::try_from(self.varint()?).map_err(|_| Error::corrupt("a length is out of range"))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Error::corrupt("a text is not UTF-8"))
    }

    /// A count of things that take at least one byte each, so that a bad count reserves no memory.
    pub(crate) fn count(&mut self) -> Result<usize> {
        let count = self.length()?;
        if count > self.bytes.len() { Err(Self::cut()) } else { Ok(count) }
    }

    /// One value and nothing after it.
    pub(crate) fn whole_value(mut self) -> Result<Value> {
        let value = self.optional(MAX_DEPTH)?.ok_or_else(|| Error::corrupt("a stored NULL"))?;
        if self.is_empty() { Ok(value) } else { Err(Error::corrupt("a value is too long")) }
    }

    fn optional(&mut self, depth: usize) -> Result<Option<Value>> {
        let tag = self.byte()?;
        Ok(Some(match tag {
            tag::NULL => return Ok(None),
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(self.signed()?),
            tag::FLOAT => {
                let mut raw = [0; 8];
                raw.copy_from_slice(self.take(8)?);
                Value::Float(f64::from_le_bytes(raw))
            }
            tag::STRING => Value::String(self.text()?.to_owned()),
            tag::BYTES => Value::Bytes(self.bytes()?.to_vec()),
            tag::DATE => Value::Date(self.narrow()?),
            tag::LOCAL_TIME => Value::LocalTime(self.signed()?),
            tag::ZONED_TIME => Value::ZonedTime { nanos: self.signed()?, offset_seconds: self.narrow()? },
            tag::LOCAL_DATETIME => Value::LocalDateTime { seconds: self.signed()?, nanos: self.varint_u32()? },
            tag::ZONED_DATETIME => Value::ZonedDateTime {
                seconds: self.signed()?,
                nanos: self.varint_u32()?,
                offset_seconds: self.narrow()?,
                zone: match self.byte()? {
                    0 => None,
                    1 => Some(self.text()?.to_owned()),
                    _ => return Err(Error::corrupt("an unknown time zone mark")),
                },
            },
            tag::DURATION => Value::Duration {
                months: self.signed()?,
                days: self.signed()?,
                seconds: self.signed()?,
                nanos: self.narrow()?,
            },
            tag::LIST => {
                let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
                let count = self.count()?;
                let mut elements = Vec::with_capacity(count.min(4096));
                for _ in 0..count {
                    elements.push(self.optional(depth)?);
                }
                Value::List(elements)
            }
            tag::RECORD => {
                let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
                let count = self.count()?;
                let mut fields = Vec::with_capacity(count.min(4096));
                for _ in 0..count {
                    let name = self.text()?.to_owned();
                    fields.push((name, self.optional(depth)?));
                }
                Value::Record(fields)
            }
            tag::VECTOR => {
                let count = self.count()?;
                let length = count.checked_mul(4).ok_or_else(Self::cut)?;
                let mut numbers = Vec::with_capacity(count);
                read_floats(self.take(length)?, &mut numbers)?;
                Value::Vector(numbers)
            }
            other => return Err(Error::corrupt(format!("an unknown value tag {other:#04x}"))),
        }))
    }
}

fn too_deep() -> Error {
    Error::corrupt("a value is nested too deep")
}

/// Whether these are the bytes of a vector.
pub(crate) fn is_vector(bytes: &[u8]) -> bool {
    read_floats(bytes, &mut Vec::new()).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record;
    use crate::value::{EdgeRecord, LabelId, NodeId, NodeRecord, PropertyKey, normalise};

    fn scalar() -> impl Strategy<Value = Value> {
        let zone = prop::option::of("[A-Z][a-z]{1,8}/[A-Z][a-z]{1,8}");
        prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            // NaN is not equal to itself; `bits_of_floats_are_kept` has it.
            any::<f64>().prop_filter("NaN", |number| !number.is_nan()).prop_map(Value::Float),
            any::<String>().prop_map(Value::String),
            any::<Vec<u8>>().prop_map(Value::Bytes),
            any::<i32>().prop_map(Value::Date),
            any::<i64>().prop_map(Value::LocalTime),
            any::<(i64, i32)>().prop_map(|(nanos, offset_seconds)| Value::ZonedTime { nanos, offset_seconds }),
            any::<(i64, u32)>().prop_map(|(seconds, nanos)| Value::LocalDateTime { seconds, nanos }),
            (any::<(i64, u32, i32)>(), zone).prop_map(|((seconds, nanos, offset_seconds), zone)| {
                Value::ZonedDateTime { seconds, nanos, offset_seconds, zone }
            }),
            any::<(i64, i64, i64, i32)>().prop_map(|(months, days, seconds, nanos)| Value::Duration {
                months,
                days,
                seconds,
                nanos
            }),
            prop::collection::vec(-1e30f32..1e30, 0..20).prop_map(Value::Vector),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(4, 40, 6, |inner| {
            let optional = prop::option::of(inner);
            prop_oneof![
                prop::collection::vec(optional.clone(), 0..6).prop_map(Value::List),
                prop::collection::vec((any::<String>(), optional), 0..6).prop_map(Value::Record),
            ]
        })
    }

    fn node() -> impl Strategy<Value = NodeRecord> {
        let labels = prop::collection::btree_set(any::<u32>().prop_map(LabelId), 0..4);
        let property = (any::<u32>().prop_map(PropertyKey), value());
        (any::<String>(), labels, prop::collection::vec(property, 0..6)).prop_map(|(id, labels, properties)| {
            NodeRecord { id, labels: labels.into_iter().collect(), properties: normalise(properties) }
        })
    }

    fn bytes_of(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_value(&mut bytes, value).unwrap();
        bytes
    }

    fn encode(node: &NodeRecord) -> Vec<u8> {
        record::encode_node(&node.id, &node.labels, &node.properties).unwrap()
    }

    /// Every way of reading a node; none may panic.
    fn read_all(bytes: &[u8]) -> bool {
        let _ = record::node_id(bytes);
        let _ = record::node_labels(bytes);
        let _ = record::node_property(bytes, PropertyKey(7));
        let _ = record::decode_edge(bytes);
        let _ = record::edge_property(bytes, PropertyKey(7));
        record::decode_node(bytes).is_ok()
    }

    proptest! {
        #[test]
        fn a_value_comes_back(value in value()) {
            prop_assert_eq!(Reader::new(&bytes_of(&value)).whole_value().unwrap(), value);
        }

        #[test]
        fn a_node_comes_back(node in node()) {
            let bytes = encode(&node);
            prop_assert_eq!(record::node_id(&bytes).unwrap(), &node.id);
            prop_assert_eq!(&record::node_labels(&bytes).unwrap(), &node.labels);
            for (key, value) in &node.properties {
                let found = record::node_property(&bytes, *key).unwrap();
                prop_assert_eq!(found.as_ref(), Some(value));
            }
            prop_assert_eq!(record::node_property(&bytes, PropertyKey(u32::MAX)).unwrap(), None);
            prop_assert_eq!(record::decode_node(&bytes).unwrap(), node);
        }

        #[test]
        fn an_edge_comes_back(label: u32, from: u64, to: u64, node in node()) {
            let (label, from, to) = (LabelId(label), NodeId(from), NodeId(to));
            let edge = EdgeRecord { label, from, to, properties: node.properties };
            let bytes = record::encode_edge(&edge).unwrap();
            prop_assert_eq!(record::edge_ends(&bytes).unwrap(), (label, from, to));
            for (key, value) in &edge.properties {
                let found = record::edge_property(&bytes, *key).unwrap();
                prop_assert_eq!(found.as_ref(), Some(value));
            }
            prop_assert_eq!(record::decode_edge(&bytes).unwrap(), edge);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes: Vec<u8>) {
            read_all(&bytes);
            let _ = Reader::new(&bytes).whole_value();
        }

        #[test]
        fn damaged_records_do_no_harm(node in node(), at: prop::sample::Index, with: u8) {
            let mut bytes = encode(&node);
            let at = at.index(bytes.len());
            prop_assert!(!read_all(&bytes[..at]), "a cut record was read");
            bytes[at] = with;
            read_all(&bytes);
        }
    }

    #[test]
    fn bits_of_floats_are_kept() {
        for bits in [f64::NAN.to_bits(), 0x7FF0_0000_0000_0001, (-0.0f64).to_bits()] {
            let bytes = bytes_of(&Value::Float(f64::from_bits(bits)));
            let Value::Float(back) = Reader::new(&bytes).whole_value().unwrap() else { panic!() };
            assert_eq!(back.to_bits(), bits);
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let nest = |depth| (0..depth).fold(Value::Int(1), |inner, _| Value::List(vec![Some(inner)]));
        assert_eq!(Reader::new(&bytes_of(&nest(MAX_DEPTH))).whole_value().unwrap(), nest(MAX_DEPTH));
        assert!(matches!(put_value(&mut Vec::new(), &nest(MAX_DEPTH + 1)), Err(Error::TooDeep { .. })));
        let bytes: Vec<u8> = [tag::LIST, 1].repeat(100_000);
        assert!(matches!(Reader::new(&bytes).whole_value(), Err(Error::Corrupt(_))));
    }
}
