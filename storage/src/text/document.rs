//! The words of a document, field by field.

use super::{Analyzer, TextSpace, Token};
use crate::value::{LabelId, PropertyKey, Value};

/// Between the texts of a list so many words are thought, so that no phrase goes from one to the next.
const BETWEEN_TEXTS: u32 = 100;

/// The texts of an element by field, none of which is without any.
pub(crate) type Texts = Vec<(u16, Vec<String>)>;

/// The texts that an element has in an index; `None` when it is no document of it.
pub(crate) fn texts(
    space: &TextSpace,
    properties: &[PropertyKey],
    labels: &[LabelId],
    value: impl Fn(PropertyKey) -> Option<Value>,
) -> Option<Texts> {
    if !space.labels.iter().any(|label| labels.contains(label)) {
        return None;
    }
    let fields = (0u16..).zip(properties).filter_map(|(field, property)| Some((field, texts_of(value(*property)?)?)));
    Some(fields.collect::<Texts>()).filter(|texts| !texts.is_empty())
}

/// The texts of a value: a string, or a list of strings.
fn texts_of(value: Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::List(items) => {
            let text = |item| match item {
                Some(Value::String(text)) => Some(text),
                _ => None,
            };
            items.into_iter().map(text).collect::<Option<Vec<String>>>().filter(|texts| !texts.is_empty())
        }
        _ => None,
    }
}

/// The words of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub number: u16,
    /// How many words it has, those that are left out apart.
    pub words: u32,
    /// Each word with its positions, both ascending.
    pub places: Vec<(String, Vec<u32>)>,
}

/// The fields of a document that have words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Document {
    pub fields: Vec<Field>,
}

impl Document {
    pub(crate) fn of(texts: &Texts, analyzer: Analyzer) -> Document {
        let mut fields = Vec::with_capacity(texts.len());
        let mut tokens: Vec<Token> = Vec::new();
        for (number, texts) in texts {
            let mut next = 0u32;
            for text in texts {
                next = analyzer.tokens(text, next, &mut tokens).saturating_add(BETWEEN_TEXTS);
            }
            let words = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
            tokens.sort_unstable();
            let mut places: Vec<(String, Vec<u32>)> = Vec::new();
            for token in tokens.drain(..) {
                match places.last_mut() {
                    Some((word, positions)) if *word == token.word => positions.push(token.position),
                    _ => places.push((token.word, vec![token.position])),
                }
            }
            if words > 0 {
                fields.push(Field { number: *number, words, places });
            }
        }
        Document { fields }
    }

    pub(crate) fn field(&self, number: u16) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}
