//! How often words stand in a document one after the other.

/// How much a phrase is there: of each word its positions, ascending, less what it is behind the first word. Words that stand where the
/// phrase has them count 1, those that are moved by d places in all 1 / (1 + d), as in Lucene.
pub(super) fn frequency(positions: &[Vec<u32>], behind: &[u32], slop: u32) -> f64 {
    if slop == 0 { exact(positions, behind) } else { sloppy(positions, behind, slop) }
}

fn exact(positions: &[Vec<u32>], behind: &[u32]) -> f64 {
    let Some((first, rest)) = positions.split_first() else { return 0.0 };
    let is_there = |at: &&u32| {
        rest.iter().zip(&behind[1..]).all(|(positions, behind)| {
            at.checked_add(*behind).is_some_and(|wanted| positions.binary_search(&wanted).is_ok())
        })
    };
    first.iter().filter(is_there).count() as f64
}

/// Goes through windows: the word whose place is furthest behind goes on to its next position, until one has none left.
fn sloppy(positions: &[Vec<u32>], behind: &[u32], slop: u32) -> f64 {
    let place = |word: usize, at: usize| i64::from(positions[word][at]) - i64::from(behind[word]);
    if positions.iter().any(Vec::is_empty) {
        return 0.0;
    }
    let mut at = vec![0usize; positions.len()];
    let mut sum = 0.0;
    loop {
        let places: Vec<i64> = (0..at.len()).map(|word| place(word, at[word])).collect();
        let (least, most) = (places.iter().min().copied().unwrap_or(0), places.iter().max().copied().unwrap_or(0));
        let Some(last) = places.iter().position(|place| *place == least) else { return sum };
        // The nearest that this word comes to the others before another one is furthest behind.
        let next =
            places.iter().enumerate().filter(|(word, _)| *word != last).map(|(_, place)| *place).min().unwrap_or(0);
        let mut best = at[last];
        while best + 1 < positions[last].len() && place(last, best + 1) <= next {
            best += 1;
        }
        at[last] = best;
        let moved = most - place(last, best);
        if moved <= i64::from(slop) && are_different(positions, &at) {
            sum += 1.0 / (1.0 + moved as f64);
        }
        at[last] += 1;
        if at[last] >= positions[last].len() {
            return sum;
        }
    }
}

/// Whether each word of a window stands at a place of its own: a phrase may have one twice.
fn are_different(positions: &[Vec<u32>], at: &[usize]) -> bool {
    let mut places: Vec<u32> = at.iter().zip(positions).map(|(at, positions)| positions[*at]).collect();
    places.sort_unstable();
    places.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use super::frequency;

    fn of(text: &str, phrase: &str, slop: u32) -> f64 {
        let places = |word: &str| {
            let found = (0u32..).zip(text.split(' ')).filter(|(_, other)| *other == word);
            found.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let words: Vec<&str> = phrase.split(' ').collect();
        let positions: Vec<_> = words.iter().map(|word| places(word)).collect();
        let behind: Vec<u32> = (0..words.len() as u32).collect();
        if positions.iter().any(Vec::is_empty) { 0.0 } else { frequency(&positions, &behind, slop) }
    }

    #[test]
    fn words_stand_in_order() {
        assert_eq!(of("a b c a b", "a b", 0), 2.0);
        assert_eq!(of("a b c a b", "a b c", 0), 1.0);
        assert_eq!(of("a x b", "a b", 0), 0.0);
        assert_eq!(of("a a a", "a a", 0), 2.0);
    }

    #[test]
    fn words_stand_nearly_in_order() {
        assert_eq!(of("a x b", "a b", 1), 0.5);
        assert_eq!(of("a x x b", "a b", 1), 0.0);
        // Words that change places move by two.
        assert_eq!((of("b a", "a b", 1), of("b a", "a b", 2)), (0.0, 1.0 / 3.0));
        assert_eq!(of("a b", "a b", 5), 1.0);
        assert_eq!(of("a x a b", "a b", 3), 1.0);
        // One word is not two.
        assert_eq!(of("a", "a a", 3), 0.0);
    }
}
