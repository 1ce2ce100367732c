//! Categories, texts, bags and times, and which encoding STRING columns get.

use super::super::hashing::{column, hash_text, inverse};
use super::super::{category, text, time};
use super::*;

fn spec(fields: &[(&str, Argument)]) -> Argument {
    let mut all = vec![("property", super::text("x"))];
    all.extend(fields.iter().cloned());
    record(&all)
}

fn as_category() -> Argument {
    spec(&[("encoding", super::text("category"))])
}

#[test]
fn few_values_become_columns() {
    let encoded = encode_as(texts(&["b", "a", "b", "", "b"]), &as_category());
    // The most frequent value first.
    assert_eq!((encoded.width, encoded.categories.len()), (2, 0));
    assert_eq!(encoded.dense, [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let numbers = encode_as(numbers(&[5.0, 0.0, -0.0, f64::NAN]), &as_category());
    assert_eq!(numbers.dense, [0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    // Integers that are one float.
    let large = [(1i64 << 53) + 1, 1 << 53, (1 << 53) + 1];
    let values = large.iter().map(|number| *number as f64).chain([f64::NAN]).collect();
    let wide = vec![(0, large[0]), (2, large[2])];
    let large = encode_as(Values::Numbers { values, integers: true, wide }, &as_category());
    assert_eq!(large.dense, [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn many_values_become_a_table_and_rare_ones_share_code_0() {
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let mut rows: Vec<&str> = letters.iter().chain(&letters).copied().collect();
    rows.extend(["i", "rare", ""]);
    let encoded = encode_as(texts(&rows), &as_category());
    let categories = &encoded.categories[0];
    // i is the most frequent; 1.6 * 9^0.56 = 5.48.
    assert_eq!((encoded.width, categories.cardinality, categories.width), (0, 10, 6));
    assert_eq!(categories.codes, [2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 0, 0]);
    let small =
        spec(&[("encoding", super::text("category")), ("maxValues", Argument::Int(2)), ("width", Argument::Int(3))]);
    let categories = &encode_as(texts(&rows), &small).categories[0];
    assert_eq!((categories.cardinality, categories.width, categories.codes[..3].to_vec()), (3, 3, vec![2, 0, 0]));
    let often = spec(&[("encoding", super::text("category")), ("minCount", Argument::Int(9))]);
    assert!(
        refused(texts(&rows), &often).contains("none of its 10 values is at 9 training rows or more; lower minCount")
    );
}

#[test]
fn tables_grow_slowly() {
    let widths: Vec<usize> = [1, 9, 100, 1000, 100_000].map(category::table_width).to_vec();
    assert_eq!(widths, [2, 6, 22, 50, 50]);
}

#[test]
fn values_that_training_never_saw_are_code_0() {
    let training: Vec<String> = (0..40).map(|row| format!("v{}", row % 20)).collect();
    let training: Vec<&str> = training.iter().map(String::as_str).collect();
    let columns = [property("x", texts(&training))];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &[0; 40] };
    let encoders = Encoders::fit(&columns, groups, &parse(&as_category()), None).unwrap();
    let later = [property("x", texts(&["new", "v3", ""]))];
    let encoded = encoders.encode(&later, Groups { names: &names, of_row: &[0; 3] }).unwrap();
    // Equally frequent values are in their own order: v0, v1, v10, .., v19, v2, v3.
    assert_eq!(encoded[0].categories[0].codes, [0, 14, 0]);
}

/// The items of a text, worked out in another way: whole strings.
fn reference_items(text: &str) -> (Vec<String>, Vec<String>) {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut items: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    items.extend(words.windows(2).map(|pair| pair.join("+")));
    let mut grams = Vec::new();
    for word in words {
        let marked: Vec<char> = format!(" {word} ").chars().collect();
        for length in [3, 4] {
            grams.extend(marked.windows(length).map(|gram| gram.iter().collect::<String>()));
        }
    }
    (items, grams)
}

#[test]
fn a_text_has_words_pairs_and_marked_grams() {
    for sample in ["", "  ,!", "Run, running; run!", "Ängström straße x", "数据库 graph", "a b a b"] {
        let (mut words, mut grams) = (Vec::new(), Vec::new());
        text::items(sample, &mut Vec::new(), |item, hash| match item {
            text::Item::Words => words.push(hash),
            text::Item::Characters => grams.push(hash),
        });
        let (expected_words, expected_grams) = reference_items(sample);
        // As many items, and equal ones exactly where the reference has equal ones.
        let pattern = |hashes: &[u64]| -> Vec<usize> {
            hashes.iter().map(|hash| hashes.iter().position(|other| other == hash).unwrap()).collect()
        };
        let expected = |items: &[String]| -> Vec<usize> {
            items.iter().map(|item| items.iter().position(|other| other == item).unwrap()).collect()
        };
        let sorted = |mut pattern: Vec<usize>| {
            // The kinds come interleaved; how often each item is there does not depend on the order.
            let mut counts: Vec<usize> = Vec::new();
            pattern.sort_unstable();
            for run in pattern.chunk_by(|a, b| a == b) {
                counts.push(run.len());
            }
            counts.sort_unstable();
            counts
        };
        assert_eq!(sorted(pattern(&words)), sorted(expected(&expected_words)), "{sample:?}");
        assert_eq!(sorted(pattern(&grams)), sorted(expected(&expected_grams)), "{sample:?}");
    }
}

#[test]
fn texts_are_of_length_one_and_alike_texts_are_near() {
    let rows = [
        "the graph database stores nodes and edges",
        "a graph database that stores edges and nodes",
        "cooking pasta with fresh tomato sauce",
        "",
        "!!",
    ];
    let encoded = encode_as(texts(&rows), &super::text("x"));
    assert_eq!(encoded.width, 128);
    let row = |index: usize| &encoded.dense[index * 128..(index + 1) * 128];
    let dot = |a: usize, b: usize| row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum::<f32>();
    assert!((dot(0, 0) - 1.0).abs() < 1e-5);
    assert!(dot(0, 1) > 0.5 && dot(0, 2).abs() < 0.3, "{} {}", dot(0, 1), dot(0, 2));
    assert!(row(3).iter().chain(row(4)).all(|&number| number == 0.0));
    let narrow = spec(&[("encoding", super::text("text")), ("width", Argument::Int(16))]);
    assert_eq!(encode_as(texts(&rows), &narrow).width, 16);
}

#[test]
fn a_text_of_one_letter_by_hand() {
    // One word, no pair, one 3-gram: two unit vectors, added and scaled.
    let encoded = encode_as(texts(&["z"]), &spec(&[("encoding", super::text("text")), ("width", Argument::Int(64))]));
    let (mut word, mut gram) = (0, 0);
    text::items("Z", &mut Vec::new(), |item, hash| match item {
        text::Item::Words => word = hash,
        text::Item::Characters => gram = hash,
    });
    let ((word, sign), (gram, other)) = (column(word, 64), column(gram, 64));
    assert_ne!(word, gram);
    let half = 0.5f64.sqrt();
    assert!((f64::from(encoded.dense[word]) - sign * half).abs() < 1e-6);
    assert!((f64::from(encoded.dense[gram]) - other * half).abs() < 1e-6);
    assert_eq!(encoded.dense.iter().filter(|&&number| number != 0.0).count(), 2);
}

fn lists(rows: &[Option<&[&str]>]) -> Values {
    let mut distinct: Vec<Arc<str>> = Vec::new();
    let (mut offsets, mut codes) = (vec![0], Vec::new());
    for item in rows.iter().flat_map(|row| row.unwrap_or_default()) {
        if !distinct.iter().any(|other| **other == **item) {
            distinct.push((*item).into());
        }
    }
    for row in rows {
        for item in row.unwrap_or_default() {
            codes.push(distinct.iter().position(|other| **other == **item).unwrap() as u32);
        }
        offsets.push(codes.len());
    }
    Values::TextLists { distinct, offsets, codes, present: rows.iter().map(Option::is_some).collect() }
}

#[test]
fn bags_weigh_rare_texts_more() {
    let values = || lists(&[Some(&["a", "b"]), Some(&["a", "a"]), None, Some(&[])]);
    let encoded = encode_as(values(), &Argument::Null);
    // a is in 2 of 3 lists, b in 1.
    let (a, b) = ((4.0f64 / 3.0).ln() + 1.0, (4.0f64 / 2.0).ln() + 1.0);
    assert_eq!((inverse(3, 2), inverse(3, 1)), (a, b));
    let length = (a * a + b * b).sqrt();
    let expected = [(a / length) as f32, (b / length) as f32, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(encoded.dense, expected);

    // Two texts in one column are hashed.
    let hashed = encode_as(values(), &spec(&[("width", Argument::Int(1))]));
    assert_eq!(hashed.width, 1);
    let sign = |text: &str| column(hash_text(text), 1).1;
    assert_eq!(hashed.dense[1..], [sign("a") as f32, 0.0, 0.0]);
    let first = (sign("a") * a + sign("b") * b).signum() as f32;
    assert_eq!(hashed.dense[0], first);
    assert!(refused(lists(&[Some(&[]), None]), &super::text("x")).contains("no training row has a usable value"));
}

#[test]
fn a_large_vocabulary_is_hashed() {
    let words: Vec<String> = (0..300).map(|word| format!("w{word}")).collect();
    let rows: Vec<[&str; 1]> = words.iter().map(|word| [word.as_str()]).collect();
    let rows: Vec<Option<&[&str]>> = rows.iter().map(|row| Some(&row[..])).collect();
    let encoded = encode_as(lists(&rows), &Argument::Null);
    assert_eq!(encoded.width, 128);
    assert!(encoded.dense.chunks(128).all(|row| row.iter().map(|number| number * number).sum::<f32>() == 1.0));
}

#[test]
fn times_have_an_age_and_places_in_day_week_and_year() {
    const DAY: f64 = 86_400.0;
    // 1970-01-01 00:00, a Thursday, and noon of 1970-01-04, a Sunday.
    let encoded = encode_as(Values::Times(vec![0.0, 3.5 * DAY, f64::NAN]), &Argument::Null);
    assert_eq!(encoded.width, 8);
    let angle =
        |share: f64| [(std::f64::consts::TAU * share).sin() as f32, (std::f64::consts::TAU * share).cos() as f32];
    let row = |index: usize| &encoded.dense[index * 8..(index + 1) * 8];
    // The older one has the greater age.
    assert_eq!((row(0)[0], row(1)[0]), (1.0, -1.0));
    assert_eq!(row(0)[1..7], [angle(0.0), angle(3.0 / 7.0), angle(0.0)].concat());
    assert_eq!(row(1)[1..7], [angle(0.5), angle(6.0 / 7.0), angle(3.0 / 365.0)].concat());
    assert_eq!((row(0)[7], row(1)[7]), (0.0, 0.0));
    assert_eq!(row(2), [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    // Midnights have no time of day.
    assert_eq!(encode_as(Values::Times(vec![0.0, DAY, 2.0 * DAY]), &Argument::Null).width, 5);
    assert_eq!(encode_as(Values::Times(vec![DAY, DAY]), &super::text("x")).dense, [1.0, 1.0]);
    assert!(
        encode_as(Values::Times(vec![f64::MAX, f64::INFINITY, -1e300]), &Argument::Null)
            .dense
            .iter()
            .all(|number| number.is_finite())
    );
}

#[test]
fn days_of_years_are_gregorian() {
    let day = |days: i64, year_length: f64| (time::parts(days as f64 * 86_400.0)[2] * year_length).round() as i64;
    // 2000-12-31, 1900-12-31, 2024-02-29, 1969-12-31, 1600-03-01.
    assert_eq!(day(11_322, 366.0), 365);
    assert_eq!(day(-25_203, 365.0), 364);
    assert_eq!(day(19_782, 366.0), 59);
    assert_eq!(day(-1, 365.0), 364);
    assert_eq!(day(-135_080, 366.0), 60);
}

fn chosen(values: &[String]) -> (String, String) {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let columns = [property("x", texts(&values))];
    let names = ["T".into()];
    let of_row = vec![0; values.len()];
    let groups = Groups { names: &names, of_row: &of_row };
    let encoders = Encoders::fit(&columns, groups, &parse(&Argument::Null), None).unwrap();
    let line = encoders.summary("node").remove(0);
    (line.encoding, line.note)
}

#[test]
fn texts_are_told_apart() {
    let rows = |count: usize, value: &dyn Fn(usize) -> String| (0..count).map(value).collect::<Vec<_>>();
    let (none, why) = chosen(&rows(50, &|row| format!("id-{row}")));
    assert_eq!((&*none, &*why), ("none", "left out: identifier: nearly every value is used once"));
    assert_eq!(chosen(&rows(50, &|row| format!("the title of number {row}"))).0, "text");
    assert_eq!(chosen(&rows(50, &|row| format!("kind {}", row % 5))).0, "category");
    assert_eq!(chosen(&rows(50, &|row| format!("Smith{}", row % 30))).0, "text");
    assert_eq!(chosen(&rows(2000, &|row| format!("a message that was passed on {}", row % 300))).0, "text");
    assert_eq!(chosen(&rows(2000, &|row| format!("the post of section head {}", row % 200))).0, "category");
    assert_eq!(chosen(&rows(50, &|row| format!("図書館の本を読む{row}"))).0, "text");
    // Nobody asked for it, and it tells nothing.
    assert_eq!(chosen(&rows(50, &|_| "same".to_owned())).1, "left out: constant at the training rows");
}

#[test]
fn running_numbers_are_identifiers_unless_named() {
    let running: Vec<f64> = (0..30).map(|row| f64::from(row * 7 % 30)).collect();
    let values = || Values::Numbers { values: running.clone(), integers: true, wide: Vec::new() };
    assert_eq!(encode_as(values(), &Argument::Null).width, 0);
    assert_eq!(encode_as(values(), &super::text("x")).width, 1);
    let years = Values::Numbers {
        values: (0..30).map(|row| f64::from(1990 + row % 20)).collect(),
        integers: true,
        wide: Vec::new(),
    };
    assert_eq!(encode_as(years, &Argument::Null).width, 1);
}
