//! Two seconds of fuzzing: texts made from the seeds in fuzz/seeds by small mutations never make the database panic, and
//! always end. The texts are the same in every run; `WEND_FUZZ_SECONDS` makes more of them.

use std::{
    fs,
    time::{Duration, Instant},
};

use wend_tests::{fuzz::Target, root};

/// An xorshift generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const PIECES: [&str; 34] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    "`",
    "->",
    "<-",
    "-",
    ":",
    "|",
    "!",
    "%",
    "*",
    "+",
    "{2}",
    "{0,3}",
    ",",
    ".",
    "$x",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "1e308",
    "NULL",
    "[]",
    "{}",
    "\u{0}",
    "\u{1F600}",
    "--",
];

fn mutate(text: &str, other: &str, keywords: &[&str], random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let other: Vec<char> = other.chars().collect();
    for _ in 0..=random.below(3) {
        let (at, end) = (random.below(chars.len() + 1), random.below(chars.len() + 1));
        let (from, to) = (at.min(end), at.max(end).min(at.min(end) + 12));
        match random.below(6) {
            0 => drop(chars.drain(from..to)),
            1 => {
                let piece: Vec<char> = chars[from..to].to_vec();
                chars.splice(from..from, piece);
            }
            2 => drop(chars.splice(from..to, random.pick(&PIECES).chars())),
            3 => drop(chars.splice(from..from, format!(" {} ", random.pick(keywords)).chars().collect::<Vec<_>>())),
            4 => {
                let start = random.below(other.len() + 1);
                let stop = (start + 1 + random.below(20)).min(other.len());
                chars.splice(from..to, other[start..stop].iter().copied());
            }
            _ => {
                // A token of the other text in the place of one of this.
                let word = |chars: &[char], at: usize| {
                    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
                    let start = chars[..at].iter().rposition(|c| !is_word(c)).map_or(0, |found| found + 1);
                    let stop = chars[at..].iter().position(|c| !is_word(c)).map_or(chars.len(), |found| at + found);
                    (start, stop)
                };
                let (start, stop) = word(&chars, at);
                let (other_start, other_stop) = word(&other, random.below(other.len() + 1));
                chars.splice(start..stop, other[other_start..other_stop].iter().copied());
            }
        }
    }
    chars.into_iter().collect()
}

#[test]
fn mutated_statements_never_panic() {
    let mut seeds: Vec<(String, String)> = fs::read_dir(root().join("fuzz/seeds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap()))
        .collect();
    seeds.sort();
    assert!(seeds.len() > 20, "{} seeds", seeds.len());
    let keywords: Vec<&str> = wenddb::text::keywords().to_vec();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut target = Target::new();
    for (_, seed) in &seeds {
        target.run(seed);
    }
    let seconds = std::env::var("WEND_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let started = Instant::now();
    let mut runs = 0;
    while started.elapsed() < Duration::from_secs(seconds) {
        let text = mutate(&random.pick(&seeds).1.clone(), &random.pick(&seeds).1, &keywords, &mut random);
        let before = Instant::now();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target.run(&text)));
        assert!(result.is_ok(), "a panic: {text:?}");
        assert!(before.elapsed() < Duration::from_secs(15), "no end: {text:?}");
        runs += 1;
    }
    println!("{runs} texts");
    assert!(runs > 50, "only {runs} texts in {:?}", started.elapsed());
}
