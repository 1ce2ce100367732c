//! PackStream as the engine's values, with the structures of Bolt (dates, times, vectors, nodes, ...).

use std::sync::Arc;

use wenddb::{Date, Duration, LocalDateTime, LocalTime, Value, ZonedDateTime, ZonedTime};

use crate::packstream::{DecodeError, Decoder, Token};

/// The most levels of nested lists and maps.
pub const MAX_DEPTH: usize = 128;

/// A map as it was sent. Of a key that occurs twice the last value counts.
pub type Fields = Arc<[(Arc<str>, Value)]>;

/// Reads values within a memory limit: one byte on the wire can become forty bytes in memory.
#[derive(Debug)]
pub struct ValueReader<'a> {
    decoder: Decoder<'a>,
    memory: usize,
    /// Whether nodes, edges and paths are accepted, as records and lists: only a client reads them.
    elements: bool,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl<'a> ValueReader<'a> {
    /// A reader for requests, whose values together take at most `memory` bytes.
    pub fn new(bytes: &'a [u8], memory: usize) -> Self {
        ValueReader { decoder: Decoder::new(bytes), memory, elements: false }
    }

    /// A reader for responses: nodes and edges become records, paths become lists.
    pub fn of_server(bytes: &'a [u8]) -> Self {
        ValueReader { elements: true, ..Self::new(bytes, usize::MAX) }
    }

    /// Reads the head of a structure: its tag and number of fields.
    pub fn structure(&mut self) -> Result<(u8, usize)> {
        match self.decoder.token()? {
            Token::Struct { tag, fields } => Ok((tag, fields)),
            _ => Err(self.decoder.error("a message is a structure")),
        }
    }

    /// Fails when bytes follow after the last value.
    pub fn end(&self) -> Result<()> {
        match self.decoder.left() {
            0 => Ok(()),
            left => Err(self.decoder.error(format!("{left} bytes follow after the message"))),
        }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// When the bytes are not a value, or a value that cannot be in a database.
    pub fn value(&mut self) -> Result<Value> {
        self.nested(0)
    }

    /// Reads a map.
    pub fn fields(&mut self, what: &str) -> Result<Fields> {
        match self.decoder.token()? {
            Token::Map(length) => self.map(length, 0),
            _ => Err(self.decoder.error(format!("{what} is a map"))),
        }
    }

    /// Reads a string.
    pub fn text(&mut self, what: &str) -> Result<&'a str> {
        match self.decoder.token()? {
            Token::String(text) => Ok(text),
            _ => Err(self.decoder.error(format!("{what} is a string"))),
        }
    }

    fn take(&mut self, bytes: usize) -> Result<()> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(self.decoder.error("the message takes more memory than it may; send it in parts")),
        }
    }

    fn nested(&mut self, depth: usize) -> Result<Value> {
        if depth > MAX_DEPTH {
            return Err(self.decoder.error(format!("values are nested deeper than {MAX_DEPTH} levels")));
        }
        self.take(size_of::<Value>())?;
        Ok(match self.decoder.token()? {
            Token::Null => Value::Null,
            Token::Bool(value) => Value::Bool(value),
            Token::Int(value) => Value::Int(value),
            Token::Float(value) => Value::Float(value),
            Token::Bytes(bytes) => {
                self.take(bytes.len())?;
                Value::Bytes(bytes.into())
            }
            Token::String(text) => {
                self.take(text.len())?;
                Value::String(text.into())
            }
            Token::List(length) => Value::List(self.list(length, depth)?.into()),
            Token::Map(length) => Value::Record(self.map(length, depth)?),
            Token::Struct { tag: tag @ (b'N' | b'R' | b'r' | b'P'), fields } if self.elements => {
                let fields: Vec<Value> = (0..fields).map(|_| self.nested(depth + 1)).collect::<Result<_>>()?;
                element(tag, &fields).ok_or_else(|| self.decoder.error("a node, edge or path with the wrong fields"))?
            }
            Token::Struct { tag, fields } => self.structured(tag, fields)?,
        })
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Vec<Value>> {
        // Grows as items come, because the declared length comes from the client and may be wrong.
        let mut items = Vec::with_capacity(length.min(1024));
        while items.len() < length {
            if self.decoder.peek() == Some(0xc1) && depth < MAX_DEPTH {
                let most = (length - items.len()).min(1024);
                self.take(most * size_of::<Value>())?;
                if self.decoder.floats(most, |number| items.push(Value::Float(number))) > 0 {
                    continue;
                }
            }
            items.push(self.nested(depth + 1)?);
        }
        Ok(items)
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Fields> {
        let mut fields: Vec<(Arc<str>, Value)> = Vec::with_capacity(length.min(1024));
        let mut twice = false;
        // A hash set finds repeated keys in long maps only; in short ones a search of the list is faster.
        let mut seen = std::collections::HashSet::new();
        for _ in 0..length {
            let key = self.text("a key of a map")?;
            self.take(key.len() + size_of::<(Arc<str>, Value)>())?;
            twice |= if length <= 16 { fields.iter().any(|(known, _)| &**known == key) } else { !seen.insert(key) };
            fields.push((key.into(), self.nested(depth + 1)?));
        }
        if twice {
            let mut last = std::collections::HashMap::new();
            for (position, (key, _)) in fields.iter().enumerate() {
                last.insert(key.clone(), position);
            }
            let mut position = 0;
            fields.retain(|(key, _)| {
                position += 1;
                last[key] == position - 1
            });
        }
        Ok(fields.into())
    }

    fn structured(&mut self, tag: u8, fields: usize) -> Result<Value> {
        let (name, arity) = match tag {
            b'D' => ("Date", 1),
            b'T' => ("Time", 2),
            b't' => ("LocalTime", 1),
            b'I' | b'F' => ("DateTime", 3),
            b'i' | b'f' => ("DateTimeZoneId", 3),
            b'd' => ("LocalDateTime", 2),
            b'E' => ("Duration", 4),
            b'V' => ("Vector", 2),
            b'N' | b'R' | b'r' | b'P' => {
                return Err(self.decoder.error("a node, edge or path cannot be a parameter; pass its `_id`"));
            }
            b'X' | b'Y' => return Err(self.decoder.error("points are not supported; pass their coordinates")),
            _ => return Err(self.decoder.error(format!("no structure has the tag {tag:02X}"))),
        };
        if fields != arity {
            return Err(self.decoder.error(format!("a {name} has {arity} fields, not {fields}")));
        }
        self.structure_fields(tag, name)
    }

    fn structure_fields(&mut self, tag: u8, name: &str) -> Result<Value> {
        let wrong = |reader: &Self, error: wenddb::Error| reader.decoder.error(format!("{name}: {}", error.message()));
        Ok(match tag {
            b'D' => {
                let days = self.int(name)?;
                let date = i32::try_from(days).ok().map(Date::from_days).filter(|date| i64::from(date.days()) == days);
                Value::Date(date.ok_or_else(|| self.out_of_range(name))?)
            }
            b'T' => {
                let time = self.time(name)?;
                let offset = self.offset(name)?;
                Value::ZonedTime(ZonedTime::new(time, offset).map_err(|error| wrong(self, error))?)
            }
            b't' => Value::LocalTime(self.time(name)?),
            b'I' | b'F' => {
                let (seconds, nanos, offset) = (self.int(name)?, self.nanos(name)?, self.offset(name)?);
                // `F` has seconds of the local clock, `I` seconds in UTC.
                let utc = if tag == b'I' { Some(seconds) } else { seconds.checked_sub(i64::from(offset)) };
                let utc = utc.ok_or_else(|| self.out_of_range(name))?;
                let zoned = ZonedDateTime::at_offset(utc, nanos, offset).map_err(|error| wrong(self, error))?;
                Value::ZonedDateTime(zoned)
            }
            b'i' | b'f' => {
                let (seconds, nanos, zone) = (self.int(name)?, self.nanos(name)?, self.text("a time zone")?);
                let zoned = if tag == b'i' {
                    ZonedDateTime::at_zone(seconds, nanos, zone)
                } else {
                    LocalDateTime::from_seconds(seconds, nanos)
                        .and_then(|local| ZonedDateTime::local_in_zone(local, zone))
                };
                Value::ZonedDateTime(zoned.map_err(|error| wrong(self, error))?)
            }
            b'd' => {
                let (seconds, nanos) = (self.int(name)?, self.nanos(name)?);
                Value::LocalDateTime(LocalDateTime::from_seconds(seconds, nanos).map_err(|error| wrong(self, error))?)
            }
            b'E' => {
                let parts = (self.int(name)?, self.int(name)?, self.int(name)?, self.int(name)?);
                let duration = Duration::new(parts.0, parts.1, parts.2, parts.3);
                Value::Duration(duration.map_err(|error| wrong(self, error))?)
            }
            _ => self.vector()?,
        })
    }

    /// Numbers of 32-bit floats are a VECTOR, any others a list, in which none of them loses a digit.
    fn vector(&mut self) -> Result<Value> {
        let kind = match self.decoder.token()? {
            Token::Bytes(&[kind]) => kind,
            _ => return Err(self.decoder.error("the type of a Vector's numbers is one byte")),
        };
        let Token::Bytes(data) = self.decoder.token()? else {
            return Err(self.decoder.error("a Vector's numbers are bytes"));
        };
        let width = match kind {
            0xc8 => 1,
            0xc9 => 2,
            0xc6 | 0xca => 4,
            0xc1 | 0xcb => 8,
            _ => return Err(self.decoder.error(format!("no number of a Vector has the type {kind:02X}"))),
        };
        if data.len() % width != 0 {
            return Err(self
                .decoder
                .error(format!("{} bytes do not divide into numbers of {width} bytes", data.len())));
        }
        self.take(if kind == 0xc6 { data.len() } else { data.len() / width * size_of::<Value>() })?;
        let chunks = data.chunks_exact(width);
        if kind == 0xc6 {
            let number = |chunk: &[u8]| chunk.try_into().map_or(0.0, f32::from_be_bytes);
            return Ok(Value::Vector(chunks.map(number).collect()));
        }
        let number = |chunk: &[u8]| match kind {
            0xc1 => Value::Float(chunk.try_into().map_or(0.0, f64::from_be_bytes)),
            0xc8 => Value::Int(chunk.try_into().map_or(0, |bytes| i8::from_be_bytes(bytes).into())),
            0xc9 => Value::Int(chunk.try_into().map_or(0, |bytes| i16::from_be_bytes(bytes).into())),
            0xca => Value::Int(chunk.try_into().map_or(0, |bytes| i32::from_be_bytes(bytes).into())),
            _ => Value::Int(chunk.try_into().map_or(0, i64::from_be_bytes)),
        };
        Ok(Value::List(chunks.map(number).collect()))
    }

    fn out_of_range(&self, name: &str) -> DecodeError {
        self.decoder.error(format!("{name}: a part is out of range"))
    }

    fn int(&mut self, name: &str) -> Result<i64> {
        match self.decoder.token()? {
            Token::Int(value) => Ok(value),
            _ => Err(self.decoder.error(format!("{name}: its parts are integers"))),
        }
    }

    fn time(&mut self, name: &str) -> Result<LocalTime> {
        let nanos = self.int(name)?;
        let time = LocalTime::from_nanos(nanos);
        if time.nanos() == nanos { Ok(time) } else { Err(self.out_of_range(name)) }
    }

    fn nanos(&mut self, name: &str) -> Result<u32> {
        let nanos = self.int(name)?;
        u32::try_from(nanos).ok().filter(|nanos| *nanos < 1_000_000_000).ok_or_else(|| self.out_of_range(name))
    }

    fn offset(&mut self, name: &str) -> Result<i32> {
        let seconds = self.int(name)?;
        i32::try_from(seconds).map_err(|_| self.out_of_range(name))
    }
}

/// A node or edge as a record, a path as a list; in the structures of Bolt 5 and later.
fn element(tag: u8, fields: &[Value]) -> Option<Value> {
    let without_id = |properties: &Value| match properties {
        Value::Record(properties) => {
            Value::Record(properties.iter().filter(|(name, _)| &**name != "_id").cloned().collect())
        }
        other => other.clone(),
    };
    Some(match (tag, fields) {
        (b'N', [_, labels, properties, id]) => {
            Value::record([("_id", id.clone()), ("labels", labels.clone()), ("properties", without_id(properties))])
        }
        (b'R', [_, _, _, label, properties, id, from, to]) => Value::record([
            ("_id", id.clone()),
            ("label", label.clone()),
            ("from", from.clone()),
            ("to", to.clone()),
            ("properties", properties.clone()),
        ]),
        // An edge of a path: its two nodes are known from its step.
        (b'r', [_, label, properties, id]) => {
            Value::record([("_id", id.clone()), ("label", label.clone()), ("properties", properties.clone())])
        }
        (b'P', [Value::List(nodes), Value::List(edges), Value::List(steps)]) => {
            let mut at = nodes.first()?;
            let mut path = vec![at.clone()];
            for step in steps.chunks(2) {
                let [Value::Int(edge), Value::Int(node)] = step else { return None };
                let next = nodes.get(usize::try_from(*node).ok()?)?;
                let (from, to) = if *edge > 0 { (at, next) } else { (next, at) };
                let found = edges.get(usize::try_from(edge.unsigned_abs()).ok()?.checked_sub(1)?)?;
                path.push(Value::record([
                    ("_id", part(found, "_id")),
                    ("label", part(found, "label")),
                    ("from", part(from, "_id")),
                    ("to", part(to, "_id")),
                    ("properties", part(found, "properties")),
                ]));
                path.push(next.clone());
                at = next;
            }
            Value::from(path)
        }
        _ => return None,
    })
}

fn part(record: &Value, name: &str) -> Value {
    let Value::Record(fields) = record else { return Value::Null };
    fields.iter().find(|(known, _)| &**known == name).map_or(Value::Null, |(_, value)| value.clone())
}
