//! "did you mean": the nearest of the known names to one that is not known.
//!
//! There is one rule, for keywords, functions, labels, properties, parameters and settings alike.

/// Longest name that is looked at: a long one is no slip of the keyboard, and the distance is quadratic.
const LONGEST: usize = 64;

/// The candidate nearest to `word` by Damerau-Levenshtein distance (optimal string alignment: a swap of neighbours is one
/// edit), case-insensitively, if it is near enough to be a slip: at most a third of the longer length, and at least one
/// edit is always allowed for words of three letters or more.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (word, length) = lower(word)?;
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let Some((other, other_length)) = lower(candidate) else { continue };
        let longer = length.max(other_length);
        let allowed = if longer < 3 { 0 } else { (longer / 3).max(1) };
        if length.abs_diff(other_length) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(&word, &other);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// A name in lower case with its number of letters; nothing when it is empty or too long.
fn lower(name: &str) -> Option<(String, usize)> {
    let letters: String = name.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    let length = letters.chars().count();
    (1..=LONGEST).contains(&length).then_some((letters, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found() {
        let words = ["MATCH", "RETURN", "INSERT", "DELETE"];
        assert_eq!(suggest("MATC", words), Some("MATCH"));
        assert_eq!(suggest("retrun", words), Some("RETURN"));
        assert_eq!(suggest("mathc", words), Some("MATCH"));
        assert_eq!(suggest("pagerang", ["pagerank", "page"]), Some("pagerank"));
        assert_eq!(suggest("walkLenght", ["walkLength", "window"]), Some("walkLength"));
    }

    #[test]
    fn what_is_far_or_short_or_long_is_no_slip() {
        let words = ["MATCH", "RETURN", "INSERT", "DELETE"];
        assert_eq!(suggest("banana", words), None);
        assert_eq!(suggest("", words), None);
        assert_eq!(suggest("ab", ["ac"]), None);
        assert_eq!(suggest("g", ["p", "q"]), None);
        assert_eq!(suggest(&"x".repeat(100_000), words), None);
    }
}
