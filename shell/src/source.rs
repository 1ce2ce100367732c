//! The text of a script, and its name in errors.

use std::fs;
use std::path::Path;

use crate::report::Place;
use crate::stop::Stop;

/// A script and its name in errors.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name: `-c`, a file name or `<stdin>`; none in the interactive shell.
    pub name: Option<String>,
    /// The statements.
    pub text: String,
    /// The number of lines before the text.
    pub lines: usize,
    /// The number of characters before the text on its first line.
    pub columns: usize,
}

impl Source {
    /// A script file.
    pub fn file(path: &Path) -> Result<Self, Stop> {
        let bytes = fs::read(path).map_err(|error| Stop::file("read", path, error))?;
        Source::new(path.display().to_string(), bytes)
    }

    /// Text typed into the interactive shell.
    pub fn typed(text: String) -> Self {
        Source { name: None, text, lines: 0, columns: 0 }
    }

    /// The error of a script that is not UTF-8.
    pub fn not_utf8(name: &str, byte: usize, line: usize) -> Stop {
        Stop::usage(
            format!("{name} is not valid UTF-8: byte {byte} (line {line}) belongs to no character"),
            "GQL text is UTF-8; convert the file, for example with iconv",
        )
    }

    /// A script of these bytes.
    pub fn new(name: String, bytes: Vec<u8>) -> Result<Self, Stop> {
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let good = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Source::not_utf8(&name, good + 1, line)
        })?;
        // A byte order mark, which some editors write, is not GQL.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(Source { name: Some(name), ..Source::typed(text) })
    }

    /// The place of a byte of the text.
    pub fn place(&self, offset: usize) -> Place<'_> {
        Place { name: self.name.as_deref(), text: &self.text, offset, lines: self.lines, columns: self.columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf8_is_wrong_usage() {
        let error = Source::new("a.gql".into(), b"RETURN 1;\nRETURN '\xff'".to_vec()).unwrap_err();
        let Stop::Usage { message, .. } = error else { panic!("{error:?}") };
        assert!(message.contains("line 2"), "{message}");
    }

    #[test]
    fn a_byte_order_mark_is_dropped() {
        assert_eq!(Source::new("a".into(), b"\xef\xbb\xbfRETURN 1".to_vec()).unwrap().text, "RETURN 1");
    }
}
