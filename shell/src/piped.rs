//! A script on standard input whose statements run as they arrive: `producer | wend DB`. Only text that has not run is
//! kept.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::path::Path;

use wenddb::text::Splitter;

use crate::interrupt::Interrupts;
use crate::source::Source;
use crate::stop::Stop;

/// The name of the script in errors.
pub const NAME: &str = "<stdin>";

/// The bytes of a read.
const PIECE: usize = 1 << 16;

/// The text before a statement on its line that is kept for errors.
const KEPT_OF_LINE: usize = 1 << 12;

/// The script, as far as it was read.
pub struct Piped<'i> {
    input: Box<dyn Read>,
    /// The text that is kept.
    source: Source,
    splitter: Splitter,
    /// The first bytes of a character whose other bytes have not arrived.
    partial: Vec<u8>,
    /// The bytes that were decoded.
    read: usize,
    ended: bool,
    /// The error behind the kept text.
    broken: Option<Stop>,
    interrupts: &'i Interrupts,
}

impl<'i> Piped<'i> {
    /// The script on standard input.
    pub fn stdin(interrupts: &'i Interrupts) -> Self {
        Self::new(Box::new(io::stdin()), interrupts)
    }

    fn new(input: Box<dyn Read>, interrupts: &'i Interrupts) -> Self {
        let source = Source { name: Some(NAME.to_owned()), ..Source::typed(String::new()) };
        let splitter = Splitter::default();
        Piped { input, source, splitter, partial: Vec::new(), read: 0, ended: false, broken: None, interrupts }
    }

    /// Waits for complete statements and gives their bytes in [`Piped::source`]; none at the end of the script.
    pub fn next(&mut self) -> Result<Vec<Range<usize>>, Stop> {
        self.forget();
        while !self.ended {
            if let Some(stop) = self.broken.take() {
                return Err(stop);
            }
            self.receive()?;
            let statements = self.splitter.feed(&self.source.text, self.ended);
            if !statements.is_empty() {
                return Ok(statements);
            }
        }
        Ok(Vec::new())
    }

    /// The text that is kept.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether there is more after the statements that [`Piped::next`] gave.
    pub fn has_more(&mut self) -> bool {
        loop {
            let rest = self.source.text.get(self.splitter.begin()..).unwrap_or_default();
            if self.ended || !rest.trim().is_empty() {
                return !rest.trim().is_empty();
            }
            if self.broken.is_some() || self.receive().is_err() {
                return true;
            }
        }
    }

    /// Reads what is available.
    fn receive(&mut self) -> Result<(), Stop> {
        let mut piece = vec![0; PIECE];
        // While no statement runs, Ctrl-C ends the process.
        let waiting = self.interrupts.waiting();
        let count = loop {
            match self.input.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        drop(waiting);
        let count = count.map_err(|error| Stop::file("read", Path::new(NAME), error))?;
        self.ended = count == 0;
        self.partial.extend_from_slice(&piece[..count]);
        let good = match std::str::from_utf8(&self.partial) {
            Ok(text) => text.len(),
            // The other bytes of the character may arrive.
            Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
            Err(error) => {
                let good = error.valid_up_to();
                let newlines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
                let kept = self.source.lines + newlines(self.source.text.as_bytes());
                let line = kept + newlines(&self.partial[..good]) + 1;
                self.broken = Some(Source::not_utf8(NAME, self.read + good + 1, line));
                // The statements before it still run.
                self.ended = false;
                good
            }
        };
        let rest = self.partial.split_off(good);
        let bytes = std::mem::replace(&mut self.partial, rest);
        let Ok(mut text) = std::str::from_utf8(&bytes) else { return Ok(()) };
        // A byte order mark, which some editors write, is not GQL.
        if self.read == 0 {
            text = text.strip_prefix('\u{feff}').unwrap_or(text);
        }
        self.read += good;
        self.source.text.push_str(text);
        Ok(())
    }

    /// Drops what has run, except for the line of the next statement.
    fn forget(&mut self) {
        let begin = self.splitter.begin();
        let done = &self.source.text[..begin];
        let line = done.rfind('\n').map_or(0, |newline| newline + 1);
        let cut = if begin - line > KEPT_OF_LINE { begin } else { line };
        let lines = done[..cut].bytes().filter(|byte| *byte == b'\n').count();
        if lines > 0 {
            self.source.columns = 0;
        }
        self.source.columns += done[line.min(cut)..cut].chars().count();
        self.source.lines += lines;
        self.source.text.drain(..cut);
        self.splitter.forget(cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that gives a piece at a time.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn statements(pieces: Vec<Vec<u8>>) -> Result<Vec<(String, usize)>, Stop> {
        let interrupts = Interrupts::default();
        let mut piped = Piped::new(Box::new(Pieces(pieces)), &interrupts);
        let mut out = Vec::new();
        loop {
            let found = piped.next()?;
            if found.is_empty() {
                return Ok(out);
            }
            assert!(piped.source.text.len() < 2 * KEPT_OF_LINE + PIECE);
            for range in found {
                let before = piped.source.text[..range.start].matches('\n').count();
                out.push((piped.source.text[range].to_owned(), piped.source.lines + before + 1));
            }
        }
    }

    #[test]
    fn pieces_of_any_length_give_the_same_statements() {
        let script = "\u{feff}RETURN 'a;\u{e4}';\n-- a ; comment\nRETURN 1 /* ; */ AS a;\n\n CALL { RETURN `;`; } ; RETURN \"x\\\";\"";
        let whole = statements(vec![script.as_bytes().to_vec()]).unwrap();
        assert_eq!(whole.len(), 4);
        assert_eq!(whole[1], ("RETURN 1 /* ; */ AS a".to_owned(), 3));
        assert_eq!(whole[3], ("RETURN \"x\\\";\"".to_owned(), 5));
        for length in 1..script.len() {
            let pieces = script.as_bytes().chunks(length).map(<[u8]>::to_vec).collect();
            assert_eq!(statements(pieces).unwrap(), whole, "{length}");
        }
    }

    #[test]
    fn what_has_run_is_forgotten() {
        let pieces = vec![b"RETURN 1; ".repeat(100); 500];
        assert_eq!(statements(pieces).unwrap().len(), 50_000);
    }

    #[test]
    fn invalid_utf8_is_wrong_usage() {
        let error = statements(vec![b"RETURN 1;\nRETURN '\xff".to_vec(), b"'".to_vec()]).unwrap_err();
        let Stop::Usage { message, .. } = error else { panic!("{error:?}") };
        assert!(message.contains("byte 19 (line 2)"), "{message}");
    }
}
