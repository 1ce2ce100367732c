//! Words with letters left open, and words that are nearly another one.

use super::syntax::Piece;

/// The letters that every word begins with that a pattern matches.
pub(super) fn beginning(pieces: &[Piece]) -> &str {
    match pieces.first() {
        Some(Piece::Letters(letters)) => letters,
        _ => "",
    }
}

/// Whether a whole word is what a pattern says.
pub(super) fn matches(pieces: &[Piece], word: &str) -> bool {
    let pattern: Vec<Option<char>> = pieces
        .iter()
        .flat_map(|piece| match piece {
            Piece::Letters(letters) => letters.chars().map(Some).collect(),
            Piece::One => vec![None],
            // No word has it.
            Piece::Any => vec![Some(ANY)],
        })
        .collect();
    let word: Vec<char> = word.chars().collect();
    let (mut at, mut letter) = (0, 0);
    // Where to go on when what follows the last `*` does not fit.
    let mut back: Option<(usize, usize)> = None;
    while letter < word.len() {
        match pattern.get(at) {
            Some(Some(ANY)) => {
                back = Some((at + 1, letter));
                at += 1;
                continue;
            }
            Some(None) => {
                at += 1;
                letter += 1;
                continue;
            }
            Some(Some(wanted)) if *wanted == word[letter] => {
                at += 1;
                letter += 1;
                continue;
            }
            _ => {}
        }
        let Some((after, from)) = &mut back else { return false };
        *from += 1;
        (at, letter) = (*after, *from);
    }
    pattern[at..].iter().all(|piece| *piece == Some(ANY))
}

/// Stands for `*` among the letters of a pattern: not a character of any text.
const ANY: char = '\u{10FFFF}';

/// How many letters are wrong, missing, too many, or swapped with their neighbour, up to `most`.
pub(super) fn edits(a: &[char], b: &[char], most: u32) -> Option<u32> {
    if a.len().abs_diff(b.len()) > most as usize {
        return None;
    }
    let first: Vec<u32> = (0u32..).take(b.len() + 1).collect();
    let (mut before, mut last) = (first.clone(), first);
    for (i, letter) in a.iter().enumerate() {
        let mut row = vec![i as u32 + 1; b.len() + 1];
        let mut least = row[0];
        for (j, other) in b.iter().enumerate() {
            let wrong = last[j] + u32::from(letter != other);
            let mut edits = wrong.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *letter == b[j - 1] && a[i - 1] == *other {
                edits = edits.min(before[j - 1] + 1);
            }
            row[j + 1] = edits;
            least = least.min(edits);
        }
        if least > most {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|edits| *edits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_words() {
        let letters = |text: &str| Piece::Letters(text.into());
        let cases = [
            (vec![letters("da"), Piece::Any], "data", true),
            (vec![letters("da"), Piece::Any], "da", true),
            (vec![letters("da"), Piece::Any], "dba", false),
            (vec![letters("d"), Piece::One, letters("ta")], "data", true),
            (vec![letters("d"), Piece::One, letters("ta")], "dta", false),
            (vec![Piece::Any, letters("ab"), Piece::Any, letters("c")], "xababzc", true),
            (vec![Piece::Any, letters("ab"), Piece::Any, letters("c")], "xababz", false),
            (vec![Piece::Any], "", true),
            (vec![Piece::One], "", false),
            (vec![Piece::Any, letters("é")], "café", true),
        ];
        for (pieces, word, is) in cases {
            assert_eq!(matches(&pieces, word), is, "{pieces:?} {word}");
        }
        assert_eq!((beginning(&[letters("da"), Piece::Any]), beginning(&[Piece::Any])), ("da", ""));
    }

    #[test]
    fn edits_are_counted() {
        let of = |a: &str, b: &str, most| edits(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), most);
        assert_eq!(of("graph", "graph", 2), Some(0));
        assert_eq!(of("grpah", "graph", 1), Some(1));
        assert_eq!(of("grap", "graph", 2), Some(1));
        assert_eq!(of("kitten", "sitting", 2), None);
        assert_eq!(of("kitten", "sittin", 2), Some(2));
        assert_eq!(of("", "ab", 2), Some(2));
        assert_eq!(of("a", "", 0), None);
    }
}
