//! Which encoding a property gets at one group of rows, and whether it is a feature there at all.
//!
//! **Texts.** Of the `n` rows that have a value, `d` values are distinct:
//! 1. `d >= 0.9 n`: nearly every row has its own. With [`TEXT_WORDS`] words or more on average it is a *text* (a title,
//!    an abstract), otherwise an *identifier* (a name, a key, an address).
//! 2. `d <= n / 2`: values repeat, a *category*; but with [`TEXT_WORDS`] words or more and over [`MANY_VALUES`] values
//!    a *text* (messages that are passed on).
//! 3. In between: a *text*; its n-grams also serve names and typed codes that repeat.
//!
//! **Numbers.** Integers that are all distinct and fill at least half of the range they span, at [`RUNNING_ROWS`] rows
//! or more, are a running number: an identifier.
//!
//! With an identifier a model memorises rows (overfitting), so it is left out unless the call names it. A column that
//! is constant at the training rows and never NULL is left out likewise.

use super::bag::Bag;
use super::category::{Category, counted_numbers, counted_texts};
use super::encoder::{Encoder, ValueKind};
use super::number::{Flag, Number, number_at};
use super::request::{Encoding, FeatureSpec, Scale};
use super::text::{TEXT_WIDTH, Text, word_count};
use super::time::Time;
use super::vector::Vectors;
use crate::graph::property::{Property, Values};

/// Share of distinct values from which a column is nearly unique.
pub(super) const NEARLY_UNIQUE: f64 = 0.9;
/// Mean number of words from which a value is a text.
pub(super) const TEXT_WORDS: f64 = 3.0;
/// Distinct values beyond which repeated texts of many words are no category.
pub(super) const MANY_VALUES: usize = 256;
/// Rows from which distinct integers can be a running number.
pub(super) const RUNNING_ROWS: usize = 20;
/// Distinct integers up to which a listing suggests a category.
const FEW_NUMBERS: usize = 8;

/// The rows of one group, and those among them that statistics come from.
pub(super) struct GroupRows {
    pub all: Vec<u32>,
    pub training: Vec<u32>,
}

/// The decision on a property at a group.
pub(super) enum Decision {
    /// No row of the group has it.
    Absent,
    /// Not a feature there, for this reason.
    LeftOut(String),
    /// A feature, with a note that may be empty.
    Used(Encoder, String),
}

/// Decides for one property and one group. `named` = the call names the property.
///
/// # Errors
/// A message about the property: an encoding that does not take its type, options that do not fit.
pub(super) fn decide(
    property: &Property,
    rows: &GroupRows,
    spec: &FeatureSpec,
    named: bool,
) -> Result<Decision, String> {
    let values = &property.values;
    if !rows.all.iter().any(|&row| values.is_present(row as usize)) {
        return Ok(Decision::Absent);
    }
    let Some(kind) = ValueKind::of(values) else {
        return Ok(Decision::LeftOut(format!("no encoding takes {}", values.type_name())));
    };
    if !rows.training.iter().any(|&row| values.is_present(row as usize)) {
        return Ok(Decision::LeftOut("no training row has a value".to_owned()));
    }
    let identifier = identifier(values, &rows.all);
    if let (Some(why), false) = (identifier, named) {
        return Ok(Decision::LeftOut(why.to_owned()));
    }
    let encoding = match (spec.encoding, values) {
        (Some(encoding), _) => encoding,
        (None, Values::Texts { .. }) if !is_category(values, &rows.all) => Encoding::Text,
        (None, _) => kind.encodings()[0],
    };
    if !kind.encodings().contains(&encoding) {
        let taken: Vec<String> = kind.encodings().iter().map(|taken| format!("{:?}", taken.name())).collect();
        return Err(format!(
            "is {}, which the encoding {:?} does not take; {} does",
            kind.text(),
            encoding.name(),
            taken.join(" or ")
        ));
    }
    spec.check_options(encoding)?;
    Ok(match fit(values, rows, spec, encoding)? {
        Fitted::Nothing(why) => Decision::LeftOut(why),
        Fitted::Presence(_) if !named && nulls(values, &rows.training) == 0 => {
            Decision::LeftOut("constant at the training rows".to_owned())
        }
        Fitted::Presence(encoder) => Decision::Used(encoder, "constant: 1 where there is a value".to_owned()),
        Fitted::Encoder(encoder, mut note) => {
            if let Some(why) = identifier {
                let gap = if note.is_empty() { "" } else { "; " };
                note.push_str(&format!("{gap}{why}"));
            }
            Decision::Used(encoder, note)
        }
    })
}

/// The result of fitting an encoder.
enum Fitted {
    Nothing(String),
    /// Constant: only the presence of a value carries information.
    Presence(Encoder),
    Encoder(Encoder, String),
}

fn fit(values: &Values, rows: &GroupRows, spec: &FeatureSpec, encoding: Encoding) -> Result<Fitted, String> {
    let training = rows.training.as_slice();
    let made = |encoder: Option<(Encoder, bool, String)>| match encoder {
        None => Fitted::Nothing("no training row has a usable value".to_owned()),
        Some((encoder, true, _)) => Fitted::Presence(encoder),
        Some((encoder, false, note)) => Fitted::Encoder(encoder, note),
    };
    Ok(made(match encoding {
        Encoding::Number => {
            let number = Number::fit(values, training, spec.scale.unwrap_or(Scale::Zscore));
            number.map(|number| (Encoder::Number(number), number.is_presence(), number_note(values, &rows.all)))
        }
        Encoding::Bool => {
            let mut numbers = rows.all.iter().map(|&row| number_at(values, row));
            if let Some(other) = numbers.find(|&number| !number.is_nan() && number != 0.0 && number != 1.0) {
                return Err(format!("has numbers, of which the encoding \"bool\" takes 0 and 1 only, not {other}"));
            }
            Flag::fit(values, training).map(|flag| (Encoder::Bool(flag), flag.is_presence(), String::new()))
        }
        Encoding::Category => match Category::fit(values, training, spec) {
            Err(why) => return Ok(Fitted::Nothing(why)),
            Ok(category) => {
                let (presence, note) = (category.is_presence(), category.note());
                Some((Encoder::Category(category), presence, note))
            }
        },
        Encoding::Text => {
            let text = Text::fit(values, training, spec.width.unwrap_or(TEXT_WIDTH));
            text.map(|text| (Encoder::Text(text), false, "hashed words and n-grams, TF-IDF".to_owned()))
        }
        Encoding::Time => Time::fit(values, training).map(|time| {
            let (presence, note) = (time.is_presence(), time.note());
            (Encoder::Time(time), presence, note)
        }),
        Encoding::Vector => {
            let vectors = Vectors::fit(values, training, spec.scale.unwrap_or(Scale::None));
            vectors.map(|vectors| (Encoder::Vector(vectors), false, String::new()))
        }
        Encoding::Bag => Bag::fit(values, training, spec.width).map(|bag| {
            let note = bag.note();
            (Encoder::Bag(bag), false, note)
        }),
    }))
}

/// Rows without a value.
pub(super) fn nulls(values: &Values, rows: &[u32]) -> u64 {
    rows.iter().filter(|&&row| !values.is_present(row as usize)).count() as u64
}

/// Why the values of these rows are identifiers, if they are.
pub(in crate::learning) fn identifier(values: &Values, rows: &[u32]) -> Option<&'static str> {
    match values {
        Values::Texts { .. } => {
            let texts = TextShape::of(values, rows);
            let short = texts.words < TEXT_WORDS;
            (texts.nearly_unique() && short).then_some("identifier: nearly every value is used once")
        }
        Values::Numbers { integers: true, .. } => {
            let counts = counted_numbers(values, rows);
            let (Some((low, _)), Some((high, _))) = (counts.first(), counts.last()) else { return None };
            let distinct = counts.iter().all(|&(_, count)| count == 1) && counts.len() >= RUNNING_ROWS;
            (distinct && high - low < 2.0 * counts.len() as f64).then_some("identifier: a running number")
        }
        _ => None,
    }
}

/// Whether texts are a category rather than a text, if they are no identifier.
fn is_category(values: &Values, rows: &[u32]) -> bool {
    let texts = TextShape::of(values, rows);
    let many_words = texts.words >= TEXT_WORDS && texts.distinct > MANY_VALUES;
    !texts.nearly_unique() && texts.distinct as f64 <= texts.rows as f64 / 2.0 && !many_words
}

/// Statistics that distinguish categories, texts and identifiers.
struct TextShape {
    /// Rows with a text.
    rows: u64,
    distinct: usize,
    /// Mean number of words of the distinct texts.
    words: f64,
}

impl TextShape {
    fn of(values: &Values, rows: &[u32]) -> TextShape {
        let Values::Texts { distinct, codes } = values else { return TextShape { rows: 0, distinct: 0, words: 0.0 } };
        let counts = counted_texts(codes, rows);
        let words: f64 = counts.iter().map(|&(code, _)| word_count(&distinct[code as usize])).sum();
        let rows = counts.iter().map(|(_, count)| count).sum();
        TextShape { rows, distinct: counts.len(), words: words / counts.len().max(1) as f64 }
    }

    fn nearly_unique(&self) -> bool {
        self.distinct as f64 >= NEARLY_UNIQUE * self.rows as f64
    }
}

/// A hint that a number may be a category.
fn number_note(values: &Values, rows: &[u32]) -> String {
    let Values::Numbers { integers: true, .. } = values else { return String::new() };
    let mut seen: Vec<f64> = Vec::with_capacity(FEW_NUMBERS);
    for number in rows.iter().map(|&row| number_at(values, row)).filter(|number| !number.is_nan()) {
        if !seen.contains(&number) {
            if seen.len() == FEW_NUMBERS {
                return String::new();
            }
            seen.push(number);
        }
    }
    if seen.len() > 2 && rows.len() >= 10 * seen.len() {
        return format!("only {} distinct integers: {{encoding: \"category\"}} may suit them", seen.len());
    }
    String::new()
}
