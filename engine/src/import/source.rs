//! Reading a CSV file record by record (RFC 4180), plain or packed, with the line of each record.
//!
//! A reader of its own because of its errors: it knows the line a record begins in whatever the newlines, and it
//! refuses a quote that is never closed instead of swallowing the rest of the file.

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, ErrorKind, Result};

const BUFFER_BYTES: usize = 256 << 10;
/// A record longer than this is refused; it is most likely a file that is not CSV.
const LONGEST_RECORD: usize = 1 << 30;

/// The records of a file. All buffers are used again for the next record.
pub(super) struct Records {
    input: Box<dyn BufRead>,
    name: String,
    /// The number of the line read last.
    line: u64,
    /// The number of the line the record begins in.
    start: u64,
    text: String,
    cells: Vec<Range<usize>>,
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

impl Records {
    /// Opens a file; gives its size as well when it is a regular one. Bytes read are added to `count`.
    pub(super) fn open(path: &Path, count: &Arc<AtomicU64>) -> Result<(Records, Option<u64>)> {
        let file = fs::File::open(path).map_err(|error| io_error(path, &error))?;
        let metadata = file.metadata().map_err(|error| io_error(path, &error))?;
        if metadata.is_dir() {
            let message = format!("cannot read {}: it is a directory", path.display());
            return Err(Error::new(ErrorKind::Io, "22000", message));
        }
        let bytes = BufReader::with_capacity(BUFFER_BYTES, Counting { file, count: Arc::clone(count) });
        let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let mut input: Box<dyn BufRead> = if packed {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(bytes)))
        } else {
            Box::new(bytes)
        };
        let begin = input.fill_buf().map_err(|error| io_error(path, &error))?;
        if begin.starts_with(b"\xef\xbb\xbf") {
            input.consume(3);
        }
        let name = path.display().to_string();
        let records = Records { input, name, line: 0, start: 0, text: String::new(), cells: Vec::new() };
        Ok((records, metadata.is_file().then_some(metadata.len())))
    }

    /// Goes to the next record, over empty lines; false at the end.
    pub(super) fn next(&mut self) -> Result<bool> {
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        self.cells.clear();
        let end = loop {
            bytes.clear();
            if !self.read_line(&mut bytes)? {
                self.start = self.line.max(1);
                return Ok(false);
            }
            self.start = self.line;
            match content(&bytes) {
                0 => {}
                end => break end,
            }
        };
        if bytes.contains(&b'"') {
            bytes = self.unquote(bytes)?;
        } else {
            bytes.truncate(end);
            let mut from = 0;
            for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b',') {
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

    /// Appends the next line, with its end; false at the end of the file.
    fn read_line(&mut self, bytes: &mut Vec<u8>) -> Result<bool> {
        let read = (&mut self.input).take(LONGEST_RECORD as u64).read_until(b'\n', bytes);
        match read {
            Ok(0) => return Ok(false),
            Ok(_) => self.line += 1,
            Err(error) => {
                let message = format!("cannot read {} after line {}: {error}", self.name, self.line);
                return Err(Error::new(ErrorKind::Io, "22000", message));
            }
        }
        if bytes.len() >= LONGEST_RECORD { Err(self.too_long()) } else { Ok(true) }
    }

    fn too_long(&self) -> Error {
        self.error("22000", "the record is longer than 1 GiB; is this a CSV file?")
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
                            if out.len() >= LONGEST_RECORD {
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
                if at < end && line[at] != b',' {
                    let field = self.cells.len() + 1;
                    return Err(self
                        .error("22000", format!("field {field} goes on after its closing quote"))
                        .with_hint("a quote within quotes is doubled: \"a \"\"word\"\" in quotes\""));
                }
            } else {
                while at < end && line[at] != b',' {
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
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// A field of the record.
    pub(super) fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| &self.text[cell.clone()])
    }

    /// An error when the record has not so many fields.
    pub(super) fn check_width(&self, width: usize) -> Result<()> {
        if self.len() == width {
            return Ok(());
        }
        let fields = if self.len() == 1 { "1 field".to_owned() } else { format!("{} fields", self.len()) };
        let columns = if width == 1 { "1 column".to_owned() } else { format!("{width} columns") };
        Err(self.error("22000", format!("the row has {fields}, the header {columns}")))
    }

    /// An error in this record.
    pub(super) fn error(&self, gqlstatus: &'static str, reason: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Import, gqlstatus, format!("{}:{}: {reason}", self.name, self.start.max(1)))
    }
}

/// The length of a line without its end.
fn content(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}
