//! Chunks: a message is sent as pieces, each a length of two bytes and that many bytes; a length of zero ends the
//! message.

/// The most bytes of a chunk.
const LARGEST: usize = 0xffff;

/// NOOP, an empty chunk: either side sends it as a sign of life.
pub const NOOP: [u8; 2] = [0, 0];

/// Appends a message in chunks. `write` appends the message's bytes to the buffer it gets.
pub fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; 2]);
    write(out);
    let length = out.len() - start - 2;
    if length <= LARGEST {
        out[start..start + 2].copy_from_slice(&(length as u16).to_be_bytes());
    } else {
        // Rare: the rest moves to make room for the lengths of further chunks.
        out[start..start + 2].copy_from_slice(&(LARGEST as u16).to_be_bytes());
        let rest = out.split_off(start + 2 + LARGEST);
        out.reserve(rest.len() + rest.len() / LARGEST * 2 + 4);
        for chunk in rest.chunks(LARGEST) {
            out.extend((chunk.len() as u16).to_be_bytes());
            out.extend_from_slice(chunk);
        }
    }
    out.extend(NOOP);
}

/// Joins chunks to messages, fed with bytes as they come.
#[derive(Debug, Default)]
pub struct Assembler {
    message: Vec<u8>,
    /// Bytes of the current chunk that are still to come.
    in_chunk: usize,
    /// The first byte of a chunk's length, when the second has not come yet.
    half: Option<u8>,
    began: bool,
}

/// The error of a message that is longer than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is longer than the {0} bytes allowed")]
pub struct TooLong(pub usize);

impl Assembler {
    /// Reads bytes up to the end of a message. Gives the number of bytes read, and the message when it is complete.
    ///
    /// # Errors
    /// When the message has more than `most` bytes.
    pub fn feed(&mut self, bytes: &[u8], most: usize) -> Result<(usize, Option<Vec<u8>>), TooLong> {
        let mut at = 0;
        while at < bytes.len() {
            if self.in_chunk > 0 {
                let length = self.in_chunk.min(bytes.len() - at);
                self.message.extend_from_slice(&bytes[at..at + length]);
                self.in_chunk -= length;
                at += length;
                continue;
            }
            let byte = bytes[at];
            at += 1;
            let Some(high) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            match usize::from(u16::from_be_bytes([high, byte])) {
                0 if self.began => {
                    self.began = false;
                    return Ok((at, Some(std::mem::take(&mut self.message))));
                }
                0 => {}
                length => {
                    if self.message.len() + length > most {
                        return Err(TooLong(most));
                    }
                    self.began = true;
                    self.in_chunk = length;
                }
            }
        }
        Ok((at, None))
    }

    /// Whether the beginning of a message has been read and its end has not.
    pub fn in_message(&self) -> bool {
        self.began || self.half.is_some()
    }

    /// The length of the current message so far.
    pub fn length(&self) -> usize {
        self.message.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], step: usize) -> Vec<Vec<u8>> {
        let mut assembler = Assembler::default();
        let mut messages = Vec::new();
        for piece in bytes.chunks(step) {
            let mut at = 0;
            while at < piece.len() {
                let (read, message) = assembler.feed(&piece[at..], 1 << 20).unwrap();
                at += read;
                messages.extend(message);
            }
        }
        assert!(!assembler.in_message());
        messages
    }

    #[test]
    fn golden_bytes() {
        let mut out = Vec::new();
        append(&mut out, |out| out.extend([0xb1, 0x70, 0xa0]));
        assert_eq!(out, [0, 3, 0xb1, 0x70, 0xa0, 0, 0]);
        assert_eq!(all(&[0, 0, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9, 0, 1, 10, 0, 0], 1), [vec![7], vec![8, 9, 10]]);
    }

    #[test]
    fn long_messages_have_several_chunks() {
        for length in [LARGEST - 1, LARGEST, LARGEST + 1, 2 * LARGEST, 200_000] {
            let message: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let mut out = vec![1, 2, 3];
            append(&mut out, |out| out.extend(&message));
            assert_eq!(all(&out[3..], 1000), [message]);
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_refused_at_its_head() {
        let mut assembler = Assembler::default();
        assert_eq!(assembler.feed(&[0, 5], 4), Err(TooLong(4)));
        let mut assembler = Assembler::default();
        assert_eq!(assembler.feed(&[0, 3, 1, 2, 3, 0, 2, 4], 4), Err(TooLong(4)));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(
            messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..300), 0..5),
            step in 1usize..50,
        ) {
            let mut out = Vec::new();
            for message in &messages {
                append(&mut out, |out| out.extend(message));
                out.extend(NOOP);
            }
            prop_assert_eq!(all(&out, step), messages);
        }
    }
}
