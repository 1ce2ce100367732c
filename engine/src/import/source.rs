//! Reading CSV record by record (RFC 4180), for bulk loads and LOAD CSV, with the line of each record.
//!
//! A reader of its own because of its errors: it knows the line a record begins in whatever the line ends (LF, CR or
//! CRLF, also mixed), and it refuses a quote that is never closed instead of swallowing the rest of the file.

use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Result};

use super::ahead::Ahead;
use super::form::Form;

const BUFFER_BYTES: usize = 256 << 10;
/// A record longer than this is refused; it is most likely a file that is not CSV.
const LONGEST_RECORD: usize = 1 << 30;

/// What separates the fields of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// One ASCII character; fields may be in quotes.
    Byte(u8),
    /// Any number of blanks and tabs; there are no quotes.
    Blanks,
}

impl Separator {
    /// Reads `tab`, `\t`, `blanks` or one ASCII character; none for anything else.
    pub fn parse(text: &str) -> Option<Separator> {
        match text {
            "tab" | "TAB" | "\\t" => Some(Separator::Byte(b'\t')),
            "comma" => Some(Separator::Byte(b',')),
            "blank" | "blanks" | "space" | "spaces" | "whitespace" | " " => Some(Separator::Blanks),
            _ => match text.as_bytes() {
                [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Some(Separator::Byte(*byte)),
                _ => None,
            },
        }
    }

    /// The fields of a line, for a look at it.
    pub(super) fn fields(self, line: &str) -> Vec<&str> {
        match self {
            Separator::Byte(byte) => line.split(char::from(byte)).collect(),
            Separator::Blanks => line.split_whitespace().collect(),
        }
    }
}

/// The records of a file. All buffers are used again for the next record.
pub(crate) struct Records {
    input: Box<dyn BufRead + Send>,
    name: String,
    separator: u8,
    /// Whether any number of blanks separates fields, instead of the byte.
    blanks: bool,
    /// Lines that begin with this are skipped.
    comment: Option<String>,
    /// The bytes of a record at most.
    longest: usize,
    /// The number of the line read last.
    line: u64,
    /// The number of the line the record begins in.
    pub(super) start: u64,
    pub(super) text: String,
    pub(super) cells: Vec<Range<usize>>,
    /// Another thread reads.
    ahead: Option<Box<Ahead>>,
}

/// Adds to a count what is read.
struct Counting {
    file: fs::File,
    count: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

fn io_error(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {error}", path.display()))
}

/// The bytes of a file, unpacked when its name ends in `.gz`.
pub(super) fn bytes(path: &Path) -> Result<Box<dyn Read + Send>> {
    Ok(open(path, &Arc::default())?.0)
}

/// What is read of a file, and its size when it is a regular one.
fn open(path: &Path, count: &Arc<AtomicU64>) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
    let file = fs::File::open(path).map_err(|error| io_error(path, &error))?;
    let metadata = file.metadata().map_err(|error| io_error(path, &error))?;
    if metadata.is_dir() {
        let message = format!("cannot read {}: it is a directory", path.display());
        return Err(Error::new(ErrorKind::Io, "22000", message));
    }
    let counting = Counting { file, count: Arc::clone(count) };
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let input: Box<dyn Read + Send> = if packed {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, counting)))
    } else {
        Box::new(counting)
    };
    Ok((input, metadata.is_file().then_some(metadata.len())))
}

impl Records {
    /// Opens a file; gives its size as well when it is a regular one. Bytes read are added to `count`.
    pub(super) fn open(path: &Path, form: &Form, count: &Arc<AtomicU64>) -> Result<(Records, Option<u64>)> {
        let (input, size) = open(path, count)?;
        let mut records = Records::of(input, path.display().to_string(), b',')?;
        match form.separator {
            Separator::Byte(byte) => records.separator = byte,
            Separator::Blanks => records.blanks = true,
        }
        records.comment.clone_from(&form.comment);
        Ok((records, size))
    }

    /// The records of what is read from `input`; `name` is for messages.
    ///
    /// # Errors
    /// When it cannot be read, or begins like a text in UTF-16.
    pub(crate) fn of(input: impl Read + Send + 'static, name: String, separator: u8) -> Result<Records> {
        let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
        let mut head = Vec::with_capacity(4);
        let read = (&mut input).take(4).read_to_end(&mut head);
        read.map_err(|error| Error::new(ErrorKind::Io, "22000", format!("cannot read {name}: {error}")))?;
        // A byte order mark, or half of an ASCII character.
        let utf16 = head.starts_with(b"\xff\xfe")
            || head.starts_with(b"\xfe\xff")
            || matches!(head[..], [a, b, ..] if (a == 0) != (b == 0));
        if utf16 {
            let message = format!("{name}:1: the file is not a text in UTF-8; it seems to be in UTF-16");
            return Err(Error::new(ErrorKind::Import, "22000", message).with_hint("save the file in UTF-8"));
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let input = Box::new(Cursor::new(head).chain(input));
        let (text, cells) = (String::new(), Vec::new());
        let (blanks, comment, longest) = (false, None, LONGEST_RECORD);
        Ok(Records { input, name, separator, blanks, comment, longest, line: 0, start: 0, text, cells, ahead: None })
    }

    /// The same, of which no record may be longer than so many bytes.
    pub(crate) fn at_most(self, longest: usize) -> Records {
        Records { longest: longest.min(LONGEST_RECORD), ..self }
    }

    /// The same, which another thread reads ahead of whoever asks for them.
    pub(super) fn read_ahead(self) -> Records {
        let (name, separator, blanks, longest) = (self.name.clone(), self.separator, self.blanks, self.longest);
        let (line, start) = (self.line, self.start);
        let (text, cells, comment) = (String::new(), Vec::new(), None);
        let (input, ahead) = (Box::new(io::empty()), Some(Box::new(Ahead::begin(self))));
        Records { input, name, separator, blanks, comment, longest, line, start, text, cells, ahead }
    }

    /// Goes to the next record, over empty lines; false at the end.
    pub(crate) fn next(&mut self) -> Result<bool> {
        if let Some(ahead) = &mut self.ahead {
            let start = ahead.next(&mut self.text, &mut self.cells)?;
            self.start = start.unwrap_or(self.start.max(1));
            return Ok(start.is_some());
        }
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        self.cells.clear();
        let end = loop {
            bytes.clear();
            self.start = self.line + 1;
            if !self.read_line(&mut bytes)? {
                self.start = self.line.max(1);
                return Ok(false);
            }
            match content(&bytes) {
                0 => {}
                _ if self.comment.as_ref().is_some_and(|comment| bytes.starts_with(comment.as_bytes())) => {}
                end => break end,
            }
        };
        if self.blanks {
            bytes.truncate(end);
            let mut from = None;
            for at in 0..=bytes.len() {
                match (bytes.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t')), from) {
                    (true, Some(begin)) => {
                        self.cells.push(begin..at);
                        from = None;
                    }
                    (false, None) => from = Some(at),
                    _ => {}
                }
            }
        } else if bytes.contains(&b'"') {
            bytes = self.unquote(bytes)?;
        } else {
            bytes.truncate(end);
            let mut from = 0;
            for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == self.separator) {
                self.cells.push(from..at);
                from = at + 1;
            }
            self.cells.push(from..end);
        }
        match String::from_utf8(bytes) {
            Ok(text) => self.text = text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let column = self.cells.iter().position(|cell| cell.end > at).unwrap_or(0) + 1;
                return Err(self
                    .error("22000", format!("field {column} is not a text in UTF-8"))
                    .with_hint("save the file in UTF-8"));
            }
        }
        Ok(true)
    }

    /// Appends the next line, with its end: LF, CR or CRLF. False at the end of the file.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<bool> {
        let start = bytes.len();
        let mut after_cr = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let message = format!("cannot read {} after line {}: {error}", self.name, self.line);
                    return Err(Error::new(ErrorKind::Io, "22000", message));
                }
            };
            if after_cr || buffer.is_empty() {
                if buffer.first() == Some(&b'\n') {
                    bytes.push(b'\n');
                    self.input.consume(1);
                }
                break;
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let taken = end.map_or(buffer.len(), |at| at + 1);
            bytes.extend_from_slice(&buffer[..taken]);
            self.input.consume(taken);
            if bytes.len() - start >= self.longest {
                return Err(self.too_long());
            }
            match end {
                Some(_) if bytes.ends_with(b"\n") => break,
                Some(_) => after_cr = true,
                None => {}
            }
        }
        self.line += u64::from(bytes.len() > start);
        Ok(bytes.len() > start)
    }

    fn too_long(&self) -> Error {
        let (size, unit) = if self.longest < 1 << 20 { (self.longest, "bytes") } else { (self.longest >> 20, "MiB") };
        self.error("22000", format!("the record is longer than {size} {unit}; is this a CSV file?"))
    }

    /// Splits a record that has quotes, reading on while a quoted field does.
    fn unquote(&mut self, mut line: Vec<u8>) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(line.len());
        let (mut at, mut end) = (0, content(&line));
        loop {
            let from = out.len();
            if at < end && line[at] == b'"' {
                at += 1;
                loop {
                    match line.get(at) {
                        None => {
                            line.clear();
                            if !self.read_line(&mut line)? {
                                let field = self.cells.len() + 1;
                                return Err(
                                    self.error("22000", format!("the quote that opens field {field} is never closed"))
                                );
                            }
                            if out.len() >= self.longest {
                                return Err(self.too_long());
                            }
                            (at, end) = (0, content(&line));
                        }
                        Some(b'"') if line.get(at + 1) == Some(&b'"') => {
                            out.push(b'"');
                            at += 2;
                        }
                        Some(b'"') => {
                            at += 1;
                            break;
                        }
                        Some(byte) => {
                            out.push(*byte);
                            at += 1;
                        }
                    }
                }
                if at < end && line[at] != self.separator {
                    let field = self.cells.len() + 1;
                    return Err(self
                        .error("22000", format!("field {field} goes on after its closing quote"))
                        .with_hint("a quote within quotes is doubled: \"a \"\"word\"\" in quotes\""));
                }
            } else {
                while at < end && line[at] != self.separator {
                    out.push(line[at]);
                    at += 1;
                }
            }
            self.cells.push(from..out.len());
            if at >= end {
                return Ok(out);
            }
            at += 1;
        }
    }

    /// How many fields the record has.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A field of the record.
    pub(crate) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| &self.text[cell.clone()])
    }

    /// An error when the record has not so many fields.
    pub(crate) fn check_width(&self, width: usize) -> Result<()> {
        if self.len() == width {
            return Ok(());
        }
        let fields = if self.len() == 1 { "1 field".to_owned() } else { format!("{} fields", self.len()) };
        let columns = if width == 1 { "1 column".to_owned() } else { format!("{width} columns") };
        Err(self.error("22000", format!("the row has {fields}, the header {columns}")))
    }

    /// An error in this record.
    pub(crate) fn error(&self, gqlstatus: &'static str, reason: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Import, gqlstatus, format!("{}:{}: {reason}", self.name, self.start.max(1)))
    }
}

/// The length of a line without its end.
fn content(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out one byte at a time, as a slow pipe might.
    struct Drops(Vec<u8>);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            buffer[0] = self.0.remove(0);
            Ok(1)
        }
    }

    fn records(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let read = |mut records: Records| {
            let mut all = Vec::new();
            while records.next().unwrap() {
                all.push((records.start, (0..records.len()).map(|at| records.cell(at).to_owned()).collect()));
            }
            all
        };
        let whole = read(Records::of(Cursor::new(bytes.to_vec()), "f".to_owned(), b',').unwrap());
        let drops: Vec<(u64, Vec<String>)> = read(Records::of(Drops(bytes.to_vec()), "f".to_owned(), b',').unwrap());
        assert_eq!(whole, drops);
        let ahead = Records::of(Cursor::new(bytes.to_vec()), "f".to_owned(), b',').unwrap().read_ahead();
        assert_eq!(whole, read(ahead));
        whole
    }

    #[test]
    fn lines_end_in_lf_cr_or_both() {
        let row = |line: u64, cells: &[&str]| (line, cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        for (text, wanted) in [
            (&b"a,b\n1,2\n"[..], vec![row(1, &["a", "b"]), row(2, &["1", "2"])]),
            (b"a,b\r1,2", vec![row(1, &["a", "b"]), row(2, &["1", "2"])]),
            (
                b"a\r\nb\rc\nd\r\r\re",
                vec![row(1, &["a"]), row(2, &["b"]), row(3, &["c"]), row(4, &["d"]), row(7, &["e"])],
            ),
            (b"\xef\xbb\xbf\"a\rb\r\nc\nd\"\re\r", vec![row(1, &["a\rb\r\nc\nd"]), row(5, &["e"])]),
            (b"xx\0,y\r\n", vec![row(1, &["xx\0", "y"])]),
            (b"\"\"\r\"\"\"\"\r", vec![row(1, &[""]), row(2, &["\""])]),
            (b"", vec![]),
            (b"\r\r\n\n", vec![]),
        ] {
            assert_eq!(records(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn a_thread_ahead_reads_the_same_in_chunks() {
        let mut bytes: Vec<u8> = (0..100_000).flat_map(|row| format!("{row},\"a\n{row}\",x\n").into_bytes()).collect();
        bytes.extend_from_slice(b"1,\"never closed");
        let all = |mut records: Records| {
            let mut seen = Vec::new();
            loop {
                match records.next() {
                    Ok(true) => seen.push(format!("{} {} {}", records.start, records.cell(0), records.cell(1))),
                    Ok(false) => return (seen, None),
                    Err(error) => return (seen, Some(error.to_string())),
                }
            }
        };
        let open = || Records::of(Cursor::new(bytes.clone()), "f".to_owned(), b',').unwrap();
        let (plain, ahead) = (all(open()), all(open().read_ahead()));
        assert!(plain.0.len() == 100_000 && plain.1.is_some());
        assert_eq!(plain, ahead);
        // Nobody reads on.
        let mut records = open().read_ahead();
        assert!(records.next().unwrap());
    }

    #[test]
    fn utf16_is_refused() {
        for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0,\0", b"\0a\0,", b"\xff\xfe"] {
            let error = Records::of(Cursor::new(bytes.to_vec()), "f".to_owned(), b',').err().unwrap();
            assert!(error.message().contains("UTF-16") && error.hint() == Some("save the file in UTF-8"), "{error}");
        }
    }
}
