//! Texts as hashed words, pairs of words and character n-grams, with TF-IDF weights.
//!
//! A text is taken in lower case. Its words are runs of letters and digits; items are the words, pairs of neighbouring
//! words, and the 3- and 4-grams of characters of each word with its ends marked, so that `run` and `running` share
//! some (Bojanowski et al.: "Enriching Word Vectors with Subword Information", TACL 2017). There are many more
//! n-grams than words: each of the two kinds makes a vector of length 1, and the text's is their sum, scaled to length
//! 1 again. A text without a letter or digit is the zero vector, like NULL.

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::category::counted_texts;
use super::hashing::{Counter, Frequencies, InverseFrequencies, SEED, column, finish, normalize, step};
use crate::graph::property::{NO_TEXT, Values};

/// Columns of a text, unless the call says otherwise.
pub(super) const TEXT_WIDTH: usize = 128;

/// Hash seeds that separate words, pairs and n-grams.
const WORD: u64 = 1;
const PAIR: u64 = 2;
const GRAM: u64 = 3;
/// Lengths of the character n-grams.
const GRAMS: std::ops::RangeInclusive<usize> = 3..=4;

/// The kind of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// A word or two neighbouring words.
    Words,
    /// Some characters of a word.
    Characters,
}

/// Calls `take` for each item of a text, repeated ones each time. `word` is a buffer.
pub(super) fn items(text: &str, word: &mut Vec<char>, mut take: impl FnMut(Item, u64)) {
    let mut before = None;
    let mut end_word = |word: &mut Vec<char>| {
        let hash = word.iter().fold(step(SEED, WORD), |hash, &letter| step(hash, u64::from(letter)));
        take(Item::Words, finish(hash));
        if let Some(before) = before {
            take(Item::Words, finish(step(step(step(SEED, PAIR), before), hash)));
        }
        before = Some(hash);
        // No letter or digit is a blank, which marks both ends.
        word.insert(0, ' ');
        word.push(' ');
        for length in GRAMS {
            for gram in word.windows(length) {
                let start = step(SEED, GRAM);
                take(Item::Characters, finish(gram.iter().fold(start, |hash, &letter| step(hash, u64::from(letter)))));
            }
        }
        word.clear();
    };
    word.clear();
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        } else if !word.is_empty() {
            end_word(word);
        }
    }
    if !word.is_empty() {
        end_word(word);
    }
}

/// Words of a text, for telling texts from names and codes: runs of anything but white space that have a letter or
/// digit. Scripts that write no spaces count each character of theirs as half a word.
pub(super) fn word_count(text: &str) -> f64 {
    let ideograph =
        |letter: &char| matches!(letter, '\u{0E00}'..='\u{0EFF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}');
    let of_word = |word: &str| {
        let ideographs = if word.is_ascii() { 0 } else { word.chars().filter(ideograph).count() };
        match ideographs {
            0 => f64::from(u8::from(word.chars().any(char::is_alphanumeric))),
            many => many as f64 / 2.0,
        }
    };
    text.split_whitespace().map(of_word).sum()
}

/// The encoder of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Text {
    width: usize,
    frequencies: Frequencies,
}

impl Text {
    /// Fits the training rows: each is a document.
    pub fn fit(values: &Values, training: &[u32], width: usize) -> Option<Text> {
        let Values::Texts { distinct, codes } = values else { return None };
        let mut counter = Counter::new();
        let mut word = Vec::new();
        for (code, rows) in counted_texts(codes, training) {
            counter.begin(rows);
            items(&distinct[code as usize], &mut word, |_, hash| counter.add(hash));
        }
        Some(Text { width, frequencies: counter.finish() })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        let Values::Texts { distinct, codes } = values else { return };
        let mut writer = Writer::new(&self.frequencies, self.width);
        // Rows with the same text come one after the other, so that it is read once.
        let there = (0u32..).zip(rows).map(|(place, &row)| (codes[row as usize], place));
        let mut order: Vec<(u32, u32)> = there.filter(|&(code, _)| code != NO_TEXT).collect();
        order.sort_unstable();
        let mut last = NO_TEXT;
        for (code, place) in order {
            if code != last {
                writer.read(&distinct[code as usize]);
                last = code;
            }
            matrix.row_mut(place as usize).iter_mut().zip(&writer.sum).for_each(|(out, &number)| *out = number as f32);
        }
    }
}

/// Turns one text after the other into a vector.
struct Writer {
    weights: InverseFrequencies,
    word: Vec<char>,
    /// The vector of the text that was read last.
    sum: Vec<f64>,
    characters: Vec<f64>,
}

impl Writer {
    fn new(frequencies: &Frequencies, width: usize) -> Self {
        let weights = frequencies.weights();
        Writer { weights, word: Vec::new(), sum: vec![0.0; width], characters: vec![0.0; width] }
    }

    fn read(&mut self, text: &str) {
        let Writer { weights, word, sum, characters } = self;
        sum.fill(0.0);
        characters.fill(0.0);
        items(text, word, |item, hash| {
            let into = if item == Item::Words { &mut *sum } else { &mut *characters };
            let (column, sign) = column(hash, into.len());
            if let Some(number) = into.get_mut(column) {
                *number += sign * weights.of(hash);
            }
        });
        normalize(sum);
        normalize(characters);
        sum.iter_mut().zip(&*characters).for_each(|(sum, &other)| *sum += other);
        normalize(sum);
    }
}
