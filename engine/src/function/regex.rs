//! Regular expressions. Matching takes time in proportion to the text, whatever the pattern is.

use std::cell::RefCell;

use regex::{Regex, RegexBuilder};

use crate::error::{Error, Result};

/// How many compiled patterns a thread keeps.
const KEPT: usize = 16;
/// The most bytes of a compiled pattern.
const LARGEST: usize = 1 << 20;

thread_local! {
    /// The patterns used last, the newest at the end.
    static COMPILED: RefCell<Vec<(String, Regex)>> = const { RefCell::new(Vec::new()) };
}

/// Whether the whole text matches.
///
/// # Errors
/// 2201B for a pattern that is no regular expression, or a large one.
pub(crate) fn is_match(text: &str, pattern: &str) -> Result<bool> {
    COMPILED.with_borrow_mut(|compiled| {
        match compiled.iter().rposition(|(known, _)| known == pattern) {
            Some(place) if place + 1 == compiled.len() => {}
            Some(place) => {
                let found = compiled.remove(place);
                compiled.push(found);
            }
            None => {
                let regex = compile(pattern)?;
                if compiled.len() == KEPT {
                    compiled.remove(0);
                }
                compiled.push((pattern.to_owned(), regex));
            }
        }
        Ok(compiled.last().is_some_and(|(_, regex)| regex.is_match(text)))
    })
}

fn compile(pattern: &str) -> Result<Regex> {
    let build = |text: &str| RegexBuilder::new(text).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
    let refused = |error: regex::Error| match error {
        regex::Error::CompiledTooBig(_) => Error::data("2201B", "the regular expression is too large"),
        error => {
            let said = error.to_string();
            let last = said.lines().last().unwrap_or_default();
            let reason = last.strip_prefix("error: ").unwrap_or(last);
            Error::data("2201B", format!("`{pattern}` is no regular expression: {reason}"))
        }
    };
    // Alone first: `)(` is no pattern, although it would be one between parentheses.
    build(pattern).map_err(refused)?;
    build(&format!(r"\A(?:{pattern})\z")).or_else(|_| build(&format!("\\A(?:{pattern}\n)\\z"))).map_err(refused)
}
