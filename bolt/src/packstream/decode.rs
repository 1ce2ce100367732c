//! Reading PackStream token by token.

/// What is wrong with bytes that should be PackStream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset} of the message: {problem}")]
pub struct DecodeError {
    /// Where in the message.
    pub offset: usize,
    /// What is wrong there.
    pub problem: String,
}

/// One value, or the head of one that has parts, which follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// null
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of any width.
    Int(i64),
    /// A 64-bit float.
    Float(f64),
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text.
    String(&'a str),
    /// A list; so many values follow.
    List(usize),
    /// A map; so many pairs of a string and a value follow.
    Map(usize),
    /// A structure; so many values follow.
    Struct {
        /// What it stands for.
        tag: u8,
        /// How many fields follow.
        fields: usize,
    },
}

/// Reads tokens from bytes.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Decoder<'a> {
    /// A decoder at the beginning of the bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { bytes, position: 0 }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.position
    }

    /// An error at the present place.
    pub fn error(&self, problem: impl Into<String>) -> DecodeError {
        DecodeError { offset: self.position, problem: problem.into() }
    }

    /// The next marker, without reading it.
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Reads the next token.
    ///
    /// # Errors
    /// When the bytes end early, a marker is none, a length is more than what is left, or a text is no UTF-8.
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

    /// Reads a run of 64-bit floats, at most `most`, that stand one after the other: the bulk of what is sent in bulk.
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

    /// A number of parts, each of at least `least` bytes.
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
