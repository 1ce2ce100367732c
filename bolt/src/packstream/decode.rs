//! The PackStream decoder: one token after the other.

/// The error of bytes that are not PackStream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset} of the message: {problem}")]
pub struct DecodeError {
    /// The offset in the message.
    pub offset: usize,
    /// What is wrong at that offset.
    pub problem: String,
}

/// A value, or the head of a value whose parts follow as further tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// null
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// A 64-bit float.
    Float(f64),
    /// A byte string.
    Bytes(&'a [u8]),
    /// A string.
    String(&'a str),
    /// The head of a list; this many values follow.
    List(usize),
    /// The head of a map; this many pairs of a string and a value follow.
    Map(usize),
    /// The head of a structure; its fields follow.
    Struct {
        /// The type of the structure.
        tag: u8,
        /// The number of fields.
        fields: usize,
    },
}

/// Decodes bytes to tokens.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    /// A decoder at the start of the bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { bytes, position: 0 }
    }

    /// The number of bytes read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// The number of bytes left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// An error at the current offset.
    pub fn error(&self, problem: impl Into<String>) -> DecodeError {
        DecodeError { offset: self.position, problem: problem.into() }
    }

    /// The next marker byte, which stays unread.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Reads the next token.
    ///
    /// # Errors
    /// When the bytes end early, a marker is unknown, a length exceeds what is left, or a string is not UTF-8.
    pub fn token(&mut self) -> Result<Token<'a>, DecodeError> {
        let [marker] = self.array()?;
        Ok(match marker {
            0x00..=0x7f => Token::Int(i64::from(marker)),
            0xf0..=0xff => Token::Int(i64::from(marker as i8)),
            0xc0 => Token::Null,
            0xc1 => Token::Float(f64::from_be_bytes(self.array()?)),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc8 => Token::Int(i64::from(i8::from_be_bytes(self.array()?))),
            0xc9 => Token::Int(i64::from(i16::from_be_bytes(self.array()?))),
            0xca => Token::Int(i64::from(i32::from_be_bytes(self.array()?))),
            0xcb => Token::Int(i64::from_be_bytes(self.array()?)),
            0xcc..=0xce => {
                let length = self.length(marker - 0xcc)?;
                Token::Bytes(self.take(length)?)
            }
            0x80..=0x8f => self.string(usize::from(marker & 0x0f))?,
            0xd0..=0xd2 => {
                let length = self.length(marker - 0xd0)?;
                self.string(length)?
            }
            0x90..=0x9f => Token::List(self.parts(usize::from(marker & 0x0f), 1)?),
            0xd4..=0xd6 => {
                let length = self.length(marker - 0xd4)?;
                Token::List(self.parts(length, 1)?)
            }
            0xa0..=0xaf => Token::Map(self.parts(usize::from(marker & 0x0f), 2)?),
            0xd8..=0xda => {
                let length = self.length(marker - 0xd8)?;
                Token::Map(self.parts(length, 2)?)
            }
            0xb0..=0xbf => {
                let [tag] = self.array()?;
                Token::Struct { tag, fields: self.parts(usize::from(marker & 0x0f), 1)? }
            }
            _ => {
                self.position -= 1;
                return Err(self.error(format!("no value begins with {marker:02X}")));
            }
        })
    }

    /// Reads 64-bit floats in a row, at most `most`. A fast path: vectors are most of what clients send in bulk.
    pub fn floats(&mut self, most: usize, mut each: impl FnMut(f64)) -> usize {
        let rest = &self.bytes[self.position..];
        let mut run = 0;
        for chunk in rest.chunks_exact(9).take(most) {
            let (0xc1, Ok(number)) = (chunk[0], <[u8; 8]>::try_from(&chunk[1..])) else {
                break;
            };
            each(f64::from_be_bytes(number));
            run += 1;
        }
        self.position += run * 9;
        run
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        if length > self.left() {
            return Err(self.error(format!("{length} bytes should follow, and {} do", self.left())));
        }
        let taken = &self.bytes[self.position..self.position + length];
        self.position += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let error = self.error(format!("{N} bytes should follow, and {} do", self.left()));
        self.take(N)?.try_into().map_err(|_| error)
    }

    /// A length of 1, 2 or 4 bytes.
    fn length(&mut self, width: u8) -> Result<usize, DecodeError> {
        Ok(match width {
            0 => usize::from(u8::from_be_bytes(self.array()?)),
            1 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?) as usize,
        })
    }

    /// Checks a number of parts, each of which takes at least `least` bytes.
    fn parts(&self, count: usize, least: usize) -> Result<usize, DecodeError> {
        if count.saturating_mul(least) > self.left() {
            return Err(self.error(format!("{count} values should follow, and {} bytes are left", self.left())));
        }
        Ok(count)
    }

    fn string(&mut self, length: usize) -> Result<Token<'a>, DecodeError> {
        let bytes = self.take(length)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Token::String(text)),
            Err(error) => Err(DecodeError {
                offset: self.position - length + error.valid_up_to(),
                problem: "a text is not UTF-8".to_owned(),
            }),
        }
    }
}
