//! A property of all nodes of a graph, or of all its edges, by number: of one type in an array of that type.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::value::{Value, size::value_bytes};

/// A property of all elements, from the number `first` on.
#[derive(Debug)]
pub(crate) struct PropertyColumn {
    first: u64,
    pub(crate) data: Data,
    /// Where there is no value; `None` when all elements have one.
    pub(crate) nulls: Option<Vec<bool>>,
}

/// The values; what stands where there is none means nothing.
#[derive(Debug)]
pub(crate) enum Data {
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    /// Strings of which there are few different ones, by their place in the dictionary.
    Codes(Vec<u32>, Arc<Vec<Arc<str>>>),
    /// Of several types, or of another one.
    Values(Vec<Value>),
}

impl PropertyColumn {
    pub(crate) fn new(first: u64, values: Vec<Value>) -> Self {
        let any_null = values.iter().any(Value::is_null);
        let nulls = any_null.then(|| values.iter().map(Value::is_null).collect());
        PropertyColumn { first, data: Data::new(values), nulls }
    }

    /// Where the element's value is; `None` for an element that came later.
    pub(crate) fn place(&self, number: u64) -> Option<usize> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        (place < self.data.len()).then_some(place)
    }

    pub(crate) fn get(&self, number: u64) -> Option<Value> {
        let place = self.place(number)?;
        if self.nulls.as_ref().is_some_and(|nulls| nulls[place]) {
            return Some(Value::Null);
        }
        Some(match &self.data {
            Data::Bools(values) => Value::Bool(values[place]),
            Data::Ints(values) => Value::Int(values[place]),
            Data::Floats(values) => Value::Float(values[place]),
            Data::Codes(codes, texts) => Value::String(texts[codes[place] as usize].clone()),
            Data::Values(values) => values[place].clone(),
        })
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> u64 {
        let data = match &self.data {
            Data::Bools(values) => values.len(),
            Data::Ints(values) => values.len() * 8,
            Data::Floats(values) => values.len() * 8,
            Data::Codes(codes, texts) => codes.len() * 4 + texts.iter().map(|text| text.len() + 32).sum::<usize>(),
            Data::Values(values) => values.iter().map(value_bytes).sum(),
        };
        (data + self.nulls.as_ref().map_or(0, Vec::len)) as u64
    }
}

impl Data {
    /// The array for the type that all values have.
    fn new(values: Vec<Value>) -> Data {
        fn all<T: Default>(values: &[Value], take: impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
            values.iter().map(|value| if value.is_null() { Some(T::default()) } else { take(value) }).collect()
        }
        let typed = match values.iter().find(|value| !value.is_null()) {
            Some(Value::Bool(_)) => {
                all(&values, |value| if let Value::Bool(value) = value { Some(*value) } else { None }).map(Data::Bools)
            }
            Some(Value::Int(_)) => {
                all(&values, |value| if let Value::Int(value) = value { Some(*value) } else { None }).map(Data::Ints)
            }
            Some(Value::Float(_)) => {
                all(&values, |value| if let Value::Float(value) = value { Some(*value) } else { None })
                    .map(Data::Floats)
            }
            Some(Value::String(_)) => Self::codes(&values),
            _ => None,
        };
        typed.unwrap_or(Data::Values(values))
    }

    /// A dictionary, unless it would hardly be shorter than the values.
    fn codes(values: &[Value]) -> Option<Data> {
        let (mut known, mut texts): (FxHashMap<Arc<str>, u32>, Vec<Arc<str>>) = Default::default();
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            codes.push(match value {
                Value::Null => 0,
                Value::String(text) => match known.get(text) {
                    Some(code) => *code,
                    None if texts.len() > values.len() / 4 => return None,
                    None => {
                        let code = texts.len() as u32;
                        known.insert(text.clone(), code);
                        texts.push(text.clone());
                        code
                    }
                },
                _ => return None,
            });
        }
        Some(Data::Codes(codes, Arc::new(texts)))
    }

    fn len(&self) -> usize {
        match self {
            Data::Bools(values) => values.len(),
            Data::Ints(values) => values.len(),
            Data::Floats(values) => values.len(),
            Data::Codes(values, _) => values.len(),
            Data::Values(values) => values.len(),
        }
    }
}
