//! The type of a column that states none: the first of INT64, FLOAT64, BOOL, DATE, LOCAL DATETIME and ZONED DATETIME that
//! every cell is written as, else STRING.

use crate::value::{Date, LocalDateTime, ZonedDateTime};

use super::Kind;

/// The greatest integer up to which a float holds every one.
const EXACT: u64 = 1 << 53;

/// The types that are still possible.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    seen: bool,
    fits: [bool; TYPES.len()],
}

const TYPES: [(Kind, fn(&str) -> bool); 6] = [
    (Kind::Int, is_int),
    (Kind::Float, is_float),
    (Kind::Bool, is_bool),
    (Kind::Date, is_date),
    (Kind::LocalDateTime, is_local_date_time),
    (Kind::ZonedDateTime, is_zoned_date_time),
];

impl Default for Candidates {
    fn default() -> Self {
        Candidates { seen: false, fits: [true; TYPES.len()] }
    }
}

impl Candidates {
    /// Takes a cell into account.
    pub(crate) fn see(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        self.seen = true;
        for (fits, (_, test)) in self.fits.iter_mut().zip(&TYPES) {
            *fits = *fits && test(cell);
        }
    }

    /// The type of the column.
    pub(crate) fn kind(&self) -> Kind {
        let found = self.fits.iter().zip(&TYPES).find(|(fits, _)| self.seen && **fits);
        found.map_or(Kind::String, |(_, (kind, _))| kind.clone())
    }
}

/// The digits before the point are a number without further leading zeros.
fn is_whole(digits: &str) -> bool {
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
}

fn is_int(text: &str) -> bool {
    is_whole(text.strip_prefix('-').unwrap_or(text)) && text != "-0" && text.parse::<i64>().is_ok()
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return is_whole(unsigned) && unsigned.parse::<u64>().is_ok_and(|number| number <= EXACT);
    }
    let begins = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let whole = &unsigned[..unsigned.bytes().take_while(u8::is_ascii_digit).count()];
    begins && (whole.is_empty() || is_whole(whole)) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Whether the text begins as `YYYY-MM-DD`, and what stands in the place after that.
fn after_date(text: &str) -> Option<Option<u8>> {
    let bytes = text.as_bytes();
    let date = bytes.get(..10)?;
    let shaped = date.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let plain = !text.ends_with(|last: char| last.is_whitespace());
    (shaped && plain).then(|| bytes.get(10).copied())
}

fn is_date(text: &str) -> bool {
    after_date(text) == Some(None) && text.parse::<Date>().is_ok()
}

fn is_local_date_time(text: &str) -> bool {
    matches!(after_date(text), Some(Some(b'T' | b' '))) && text.parse::<LocalDateTime>().is_ok()
}

fn is_zoned_date_time(text: &str) -> bool {
    matches!(after_date(text), Some(Some(b'T' | b' '))) && text.parse::<ZonedDateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str]) -> String {
        let mut candidates = Candidates::default();
        cells.iter().for_each(|cell| candidates.see(cell));
        candidates.kind().to_string()
    }

    #[test]
    fn the_narrowest_type_of_all_cells() {
        for (cells, wanted) in [
            (&["1", "", "-22"][..], "INT64"),
            (&["0", "9223372036854775807", "-9223372036854775808"], "INT64"),
            (&["1", "9223372036854775808"], "STRING"),
            (&["1", "2.5", "-1e-3", ".5", "5."], "FLOAT64"),
            (&["9007199254740993", "0.5"], "STRING"),
            (&["-0", "1"], "FLOAT64"),
            (&["1e999"], "STRING"),
            (&["007"], "STRING"),
            (&["00.5"], "STRING"),
            (&["+1"], "STRING"),
            (&[" 1"], "STRING"),
            (&["NaN"], "STRING"),
            (&["1.5", "inf"], "STRING"),
            (&["-infinity"], "STRING"),
            (&["."], "STRING"),
            (&["-"], "STRING"),
            (&["1_000"], "STRING"),
            (&["true", "FALSE"], "BOOL"),
            (&["true", "1"], "STRING"),
            (&["2024-02-29"], "DATE"),
            (&["2023-02-29"], "STRING"),
            (&["2024-01-15", "2024-01-15T10:30:00"], "STRING"),
            (&["2024-01-15T10:30:00", "2024-01-15 10:30"], "LOCAL DATETIME"),
            (&["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.5+01:00[Europe/Berlin]"], "ZONED DATETIME"),
            (&["2024-01-15T10:30:00Z", "2024-01-15T10:30:00"], "STRING"),
            (&["20240115"], "INT64"),
            (&["a", "1"], "STRING"),
            (&["", ""], "STRING"),
            (&[], "STRING"),
            (&["\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}"], "STRING"),
        ] {
            assert_eq!(kind(cells), wanted, "{cells:?}");
        }
    }
}
