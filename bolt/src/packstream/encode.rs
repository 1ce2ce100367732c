//! The PackStream encoder: each value in its shortest form.

/// Appends values to a buffer.
#[derive(Debug)]
pub struct Encoder<'b> {
    out: &'b mut Vec<u8>,
}

/// The markers of a type that has a length: a short form with the length in the marker, and forms with 1, 2 or 4 bytes
/// of length.
struct Markers {
    tiny: Option<u8>,
    sized: u8,
}

const BYTES: Markers = Markers { tiny: None, sized: 0xcc };
const STRING: Markers = Markers { tiny: Some(0x80), sized: 0xd0 };
const LIST: Markers = Markers { tiny: Some(0x90), sized: 0xd4 };
const MAP: Markers = Markers { tiny: Some(0xa0), sized: 0xd8 };

impl<'b> Encoder<'b> {
    /// Appends to `out`.
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        Encoder { out }
    }

    /// null
    pub fn null(&mut self) -> &mut Self {
        self.out.push(0xc0);
        self
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.out.push(if value { 0xc3 } else { 0xc2 });
        self
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        if let -16..=127 = value {
            self.out.push(value as u8);
        } else if let Ok(value) = i8::try_from(value) {
            self.out.push(0xc8);
            self.out.extend(value.to_be_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.out.push(0xc9);
            self.out.extend(value.to_be_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.out.push(0xca);
            self.out.extend(value.to_be_bytes());
        } else {
            self.out.push(0xcb);
            self.out.extend(value.to_be_bytes());
        }
        self
    }

    /// A 64-bit float.
    pub fn float(&mut self, value: f64) -> &mut Self {
        self.out.push(0xc1);
        self.out.extend(value.to_be_bytes());
        self
    }

    /// Bytes.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.head(&BYTES, value.len());
        self.out.extend_from_slice(value);
        self
    }

    /// The head of a byte string; as many bytes must follow with [`Encoder::raw`].
    pub fn bytes_head(&mut self, length: usize) -> &mut Self {
        self.head(&BYTES, length)
    }

    /// Bytes without a head.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    /// A string.
    pub fn string(&mut self, value: &str) -> &mut Self {
        self.head(&STRING, value.len());
        self.out.extend_from_slice(value.as_bytes());
        self
    }

    /// The head of a list; `length` values must follow.
    pub fn list(&mut self, length: usize) -> &mut Self {
        self.head(&LIST, length)
    }

    /// The head of a map; `length` pairs of a string and a value must follow.
    pub fn map(&mut self, length: usize) -> &mut Self {
        self.head(&MAP, length)
    }

    /// The head of a structure with at most 15 fields, which must follow.
    pub fn structure(&mut self, tag: u8, fields: u8) -> &mut Self {
        debug_assert!(fields <= 15, "a structure has at most 15 fields");
        self.out.extend([0xb0 | (fields & 0x0f), tag]);
        self
    }

    fn head(&mut self, markers: &Markers, length: usize) -> &mut Self {
        match (markers.tiny, length) {
            (Some(tiny), 0..=15) => self.out.push(tiny | length as u8),
            (_, 0..=0xff) => self.out.extend([markers.sized, length as u8]),
            (_, 0x100..=0xffff) => {
                self.out.push(markers.sized + 1);
                self.out.extend((length as u16).to_be_bytes());
            }
            _ => {
                self.out.push(markers.sized + 2);
                // The memory limits do not allow a value of 4 GiB.
                self.out.extend(u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packstream::{Decoder, Token};

    fn encoded(write: impl FnOnce(&mut Encoder)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut Encoder::new(&mut out));
        out
    }

    #[test]
    fn shortest_forms() {
        let int = |value: i64| {
            encoded(|e| {
                e.int(value);
            })
        };
        assert_eq!(int(0), [0x00]);
        assert_eq!(int(127), [0x7f]);
        assert_eq!(int(-16), [0xf0]);
        assert_eq!(int(-17), [0xc8, 0xef]);
        assert_eq!(int(128), [0xc9, 0x00, 0x80]);
        assert_eq!(int(40_000), [0xca, 0x00, 0x00, 0x9c, 0x40]);
        assert_eq!(int(i64::MIN), [0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(
            encoded(|e| {
                e.string("");
            }),
            [0x80]
        );
        assert_eq!(
            encoded(|e| {
                e.string(&"a".repeat(16));
            })[..3],
            [0xd0, 0x10, b'a']
        );
        assert_eq!(
            encoded(|e| {
                e.bytes(&[1]);
            }),
            [0xcc, 1, 1]
        );
        assert_eq!(
            encoded(|e| {
                e.list(16);
            }),
            [0xd4, 16]
        );
        assert_eq!(
            encoded(|e| {
                e.map(300);
            }),
            [0xd9, 0x01, 0x2c]
        );
        assert_eq!(
            encoded(|e| {
                e.list(70_000);
            }),
            [0xd6, 0x00, 0x01, 0x11, 0x70]
        );
        assert_eq!(
            encoded(|e| {
                e.structure(0x4e, 4);
            }),
            [0xb4, 0x4e]
        );
    }

    #[test]
    fn runs_of_floats() {
        let bytes = encoded(|e| {
            e.float(1.5).float(-2.0).int(3);
        });
        let mut decoder = Decoder::new(&bytes);
        let mut seen = Vec::new();
        assert_eq!(decoder.floats(10, |number| seen.push(number)), 2);
        assert_eq!((seen, decoder.token().unwrap(), decoder.left()), (vec![1.5, -2.0], Token::Int(3), 0));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (bytes, offset, problem) in [
            (&[][..], 0, "1 bytes should follow, and 0 do"),
            (&[0xc7], 0, "no value begins with C7"),
            (&[0xcb, 1], 1, "8 bytes should follow, and 1 do"),
            (&[0xd6, 0xff, 0xff, 0xff, 0xff], 5, "4294967295 values should follow, and 0 bytes are left"),
            (&[0xa1, 0x80], 1, "1 values should follow, and 1 bytes are left"),
            (&[0x82, b'a', 0xff], 2, "a text is not UTF-8"),
            (&[0xce, 0, 0, 0, 9, 1], 5, "9 bytes should follow, and 1 do"),
        ] {
            let error = Decoder::new(bytes).token().unwrap_err();
            assert_eq!((error.offset, error.problem.as_str()), (offset, problem), "{bytes:02x?}");
        }
    }

    proptest! {
        #[test]
        fn integers_round_trip(value in any::<i64>(), shift in 0u32..64) {
            let value = value >> shift;
            let bytes = encoded(|e| { e.int(value); });
            prop_assert_eq!(Decoder::new(&bytes).token().unwrap(), Token::Int(value));
        }

        #[test]
        fn texts_and_bytes_round_trip(text in ".{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..70_000)) {
            let out = encoded(|e| { e.string(&text).bytes(&bytes); });
            let mut decoder = Decoder::new(&out);
            prop_assert_eq!(decoder.token().unwrap(), Token::String(&text));
            prop_assert_eq!(decoder.token().unwrap(), Token::Bytes(&bytes));
            prop_assert_eq!(decoder.left(), 0);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut decoder = Decoder::new(&bytes);
            while decoder.left() > 0 && decoder.token().is_ok() {}
        }
    }
}
