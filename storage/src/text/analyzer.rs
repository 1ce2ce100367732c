//! How texts become words: where they are split, and what makes different forms of a word one.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation;

use super::fold::fold;
use super::stop_words;
use crate::error::{Error, Result};

/// A word of more bytes is cut.
const LONGEST: usize = 1024;

/// Where a text is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// At the borders of words that Unicode defines (Standard Annex 29).
    Words,
    /// At everything that is no letter.
    Letters,
    /// At white space.
    Spaces,
    /// Nowhere.
    Nowhere,
}

/// What an analyzer does.
#[derive(Debug)]
struct Steps {
    name: &'static str,
    doc: &'static str,
    split: Split,
    /// Words get lower case and lose accents.
    folds: bool,
    /// English stop words are left out.
    stops: bool,
    stems: Option<Algorithm>,
}

const fn words(name: &'static str, doc: &'static str, stops: bool) -> Steps {
    Steps { name, doc, split: Split::Words, folds: true, stops, stems: None }
}

const fn language(name: &'static str, doc: &'static str, stems: Algorithm) -> Steps {
    Steps { name, doc, split: Split::Words, folds: true, stops: false, stems: Some(stems) }
}

const fn exact(name: &'static str, doc: &'static str, split: Split) -> Steps {
    Steps { name, doc, split, folds: false, stops: false, stems: None }
}

/// All of them, by name.
static STEPS: [Steps; 26] = [
    language("arabic", "Words, stemmed as Arabic.", Algorithm::Arabic),
    language("danish", "Words, stemmed as Danish.", Algorithm::Danish),
    language("dutch", "Words, stemmed as Dutch.", Algorithm::Dutch),
    Steps {
        stops: true,
        ..language("english", "Words without English stop words, stemmed as English.", Algorithm::English)
    },
    language("finnish", "Words, stemmed as Finnish.", Algorithm::Finnish),
    language("french", "Words, stemmed as French.", Algorithm::French),
    language("german", "Words, stemmed as German.", Algorithm::German),
    language("greek", "Words, stemmed as Greek.", Algorithm::Greek),
    language("hungarian", "Words, stemmed as Hungarian.", Algorithm::Hungarian),
    language("italian", "Words, stemmed as Italian.", Algorithm::Italian),
    exact("keyword", "The whole text as one word, as it is written.", Split::Nowhere),
    language("norwegian", "Words, stemmed as Norwegian.", Algorithm::Norwegian),
    language("portuguese", "Words, stemmed as Portuguese.", Algorithm::Portuguese),
    language("romanian", "Words, stemmed as Romanian.", Algorithm::Romanian),
    language("russian", "Words, stemmed as Russian.", Algorithm::Russian),
    Steps {
        split: Split::Letters,
        ..words("simple", "What stands between characters that are no letters, in lower case, without accents.", false)
    },
    language("spanish", "Words, stemmed as Spanish.", Algorithm::Spanish),
    words("standard", "Words in lower case, without accents and English stop words.", true),
    words("standard-folding", "The same under the name that Neo4j has for an analyzer that leaves out accents.", true),
    words("standard-no-stop-words", "Words in lower case, without accents. The default.", false),
    Steps { split: Split::Letters, ..words("stop", "As `simple`, without English stop words.", true) },
    language("swedish", "Words, stemmed as Swedish.", Algorithm::Swedish),
    language("tamil", "Words, stemmed as Tamil.", Algorithm::Tamil),
    language("turkish", "Words, stemmed as Turkish.", Algorithm::Turkish),
    exact("unicode_whitespace", "What stands between white space, as it is written.", Split::Spaces),
    exact("whitespace", "What stands between white space, as it is written.", Split::Spaces),
];

/// The default's place in the list.
const DEFAULT: u8 = 19;

/// A way to make words of texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Analyzer(u8);

/// All analyzers, by name.
pub const ANALYZERS: [Analyzer; STEPS.len()] = {
    let mut all = [Analyzer(0); STEPS.len()];
    let mut at = 0;
    while at < STEPS.len() {
        all[at] = Analyzer(at as u8);
        at += 1;
    }
    all
};

impl Default for Analyzer {
    /// `standard-no-stop-words`, as in Neo4j.
    fn default() -> Self {
        Analyzer(DEFAULT)
    }
}

impl std::fmt::Debug for Analyzer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    /// The word as it is found by.
    pub word: String,
    /// Which one of the text it is, from 0; words that are left out count.
    pub position: u32,
}

impl Analyzer {
    /// The analyzer of a name.
    pub fn of(name: &str) -> Option<Analyzer> {
        ANALYZERS.into_iter().find(|analyzer| analyzer.name() == name)
    }

    /// The same, of a name that was stored.
    pub(crate) fn stored(name: &str) -> Result<Analyzer> {
        Analyzer::of(name).ok_or_else(|| Error::corrupt("a full-text index has an unknown analyzer"))
    }

    fn steps(self) -> &'static Steps {
        &STEPS[usize::from(self.0)]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.steps().name
    }

    /// What it does, for people.
    pub fn doc(self) -> &'static str {
        self.steps().doc
    }

    /// The words it leaves out.
    pub fn stop_words(self) -> &'static [&'static str] {
        if self.steps().stops { &stop_words::ENGLISH } else { &[] }
    }

    /// Appends the words of a text, which are numbered from `first` on; the number after the last one.
    pub fn tokens(self, text: &str, first: u32, tokens: &mut Vec<Token>) -> u32 {
        let steps = self.steps();
        let stemmer = steps.stems.map(Stemmer::create);
        let mut position = first;
        let mut add = |part: &str| {
            let mut word = if steps.folds { part.to_lowercase() } else { part.to_owned() };
            if steps.stems == Some(Algorithm::English) {
                let end = word.strip_suffix("'s").or(word.strip_suffix("’s")).map_or(word.len(), str::len);
                word.truncate(end);
            }
            let at = position;
            position = position.saturating_add(1);
            if steps.stops && stop_words::is_english(&word) {
                return;
            }
            if let Some(stemmer) = &stemmer {
                word = stemmer.stem(&word).into_owned();
            }
            if steps.folds {
                word = fold(&word).into_owned();
            }
            cut(&mut word);
            if !word.is_empty() {
                tokens.push(Token { word, position: at });
            }
        };
        match steps.split {
            Split::Words => text.unicode_words().for_each(&mut add),
            Split::Letters => {
                text.split(|letter: char| !letter.is_alphabetic()).filter(|part| !part.is_empty()).for_each(&mut add);
            }
            Split::Spaces => text.split_whitespace().for_each(&mut add),
            Split::Nowhere if text.is_empty() => {}
            Split::Nowhere => add(text),
        }
        position
    }

    /// A part of a word in the form that words have before they are stemmed.
    pub fn normal(self, part: &str) -> String {
        if !self.steps().folds {
            return part.to_owned();
        }
        fold(&part.to_lowercase()).into_owned()
    }
}

/// Cuts a word that is too long for a key, between two letters.
fn cut(word: &mut String) {
    if word.len() > LONGEST {
        word.truncate(word.floor_char_boundary(LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(analyzer: &str, text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        Analyzer::of(analyzer).unwrap().tokens(text, 0, &mut tokens);
        tokens.into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn names_are_sorted_and_found() {
        assert!(STEPS.iter().map(|steps| steps.name).is_sorted());
        assert!(ANALYZERS.iter().all(|analyzer| Analyzer::of(analyzer.name()) == Some(*analyzer)));
        assert_eq!(Analyzer::default().name(), "standard-no-stop-words");
    }

    #[test]
    fn texts_become_words() {
        let text = "The Dog's CAFÉS, 3.5 km; foo_bar can't e-mail";
        assert_eq!(
            words("standard-no-stop-words", text),
            ["the", "dog's", "cafes", "3.5", "km", "foo_bar", "can't", "e", "mail"]
        );
        assert_eq!(words("standard", text)[0], "dog's");
        assert_eq!(words("english", text), ["dog", "cafe", "3.5", "km", "foo_bar", "can't", "e", "mail"]);
        assert_eq!(words("simple", text), ["the", "dog", "s", "cafes", "km", "foo", "bar", "can", "t", "e", "mail"]);
        assert_eq!(words("whitespace", text)[1..3], ["Dog's", "CAFÉS,"]);
        assert_eq!(words("keyword", text), [text]);
        assert_eq!(words("german", "Häuser"), words("german", "Haus"));
        assert!(words("keyword", "").is_empty() && words("standard", " .,").is_empty());
        assert_eq!(words("keyword", &"é".repeat(1000))[0].len(), 1024);
    }

    #[test]
    fn words_that_are_left_out_count() {
        let mut tokens = Vec::new();
        let next = Analyzer::of("english").unwrap().tokens("the cat and the dogs", 7, &mut tokens);
        let token = |word: &str, position| Token { word: word.into(), position };
        assert_eq!((next, tokens), (12, vec![token("cat", 8), token("dog", 11)]));
    }
}
