//! Property columns: the values of one property at node after node, in the narrowest form that holds them all.

use std::{collections::HashMap, sync::Arc};

use wend_algorithms::{Values, property_graph::NO_TEXT};
use wend_storage::Value;

/// Collects a column. Rows come in ascending order; those left out are absent.
#[derive(Default)]
pub(super) struct Column {
    /// Rows in the end.
    total: usize,
    /// Rows so far.
    rows: usize,
    /// Bytes held in the end by what is known so far.
    bytes: usize,
    state: State,
}

/// What the values have been so far.
#[derive(Default)]
enum State {
    #[default]
    Nothing,
    Bools(Vec<Option<bool>>),
    Numbers {
        values: Vec<f64>,
        integers: bool,
        /// As in [`Values::Numbers`].
        wide: Vec<(usize, i64)>,
    },
    Texts {
        texts: Distinct,
        codes: Vec<u32>,
    },
    Times(Vec<f64>),
    Vectors {
        width: usize,
        data: Vec<f32>,
        present: Vec<bool>,
    },
    TextLists {
        texts: Distinct,
        offsets: Vec<usize>,
        codes: Vec<u32>,
        present: Vec<bool>,
    },
    Other {
        what: String,
        present: Vec<bool>,
    },
}

/// Different texts in order of first use.
#[derive(Default)]
struct Distinct {
    known: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Distinct {
    /// The text's position, and the bytes it takes when it is new.
    fn code(&mut self, text: &str) -> (u32, usize) {
        if let Some(&code) = self.known.get(text) {
            return (code, 0);
        }
        let (code, shared) = (self.texts.len() as u32, Arc::<str>::from(text));
        self.known.insert(shared.clone(), code);
        self.texts.push(shared);
        (code, text.len() + 64)
    }
}

/// A value by what a column can make of it.
enum Item {
    Bool(bool),
    /// With the integer, if it is one.
    Number(f64, Option<i64>),
    Text(String),
    Time(f64),
    Vector(Vec<f32>),
    TextList(Vec<String>),
    /// Of no use to any encoding; the text says what it is.
    Odd(&'static str),
}

impl Item {
    fn of(value: Value) -> Item {
        match value {
            Value::Bool(value) => Item::Bool(value),
            Value::Int(value) => Item::Number(value as f64, Some(value)),
            Value::Float(value) => Item::Number(value, None),
            Value::String(text) => Item::Text(text),
            Value::Date(days) => Item::Time(f64::from(days) * 86_400.0),
            Value::LocalDateTime { seconds, nanos } | Value::ZonedDateTime { seconds, nanos, .. } => {
                Item::Time(seconds as f64 + f64::from(nanos) / 1e9)
            }
            Value::Vector(numbers) => Item::Vector(numbers),
            Value::List(items) => Item::of_list(items),
            Value::Bytes(_) => Item::Odd("BYTES"),
            Value::LocalTime(_) => Item::Odd("LOCAL TIME"),
            Value::ZonedTime { .. } => Item::Odd("ZONED TIME"),
            Value::Duration { .. } => Item::Odd("DURATION"),
            Value::Record(_) => Item::Odd("RECORD"),
        }
    }

    fn of_list(items: Vec<Option<Value>>) -> Item {
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                None => return Item::Odd("lists with NULL in them"),
                Some(Value::Int(number)) => numbers.push(number as f32),
                Some(Value::Float(number)) => numbers.push(number as f32),
                Some(Value::String(text)) => texts.push(text),
                Some(_) => return Item::Odd("lists of neither numbers nor texts"),
            }
        }
        match (numbers.is_empty(), texts.is_empty()) {
            (false, true) if numbers.iter().all(|number| number.is_finite()) => Item::Vector(numbers),
            (false, true) => Item::Odd("lists of numbers beyond 32-bit floats"),
            (false, false) => Item::Odd("lists of several types"),
            (true, _) => Item::TextList(texts),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Item::Bool(_) => "BOOL",
            Item::Number(..) => "numbers",
            Item::Text(_) => "STRING",
            Item::Time(_) => "dates and times",
            Item::Vector(_) => "lists of numbers",
            Item::TextList(_) => "lists of texts",
            Item::Odd(what) => what,
        }
    }
}

impl Column {
    /// A column for so many rows.
    pub(super) fn new(total: usize) -> Self {
        Column { total, ..Column::default() }
    }

    /// Bytes held, nearly: of rows still to come those that they take whatever they hold.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether no row has a value.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.state, State::Nothing)
    }

    /// The value of a row, which comes after all rows with a value.
    pub(super) fn push(&mut self, row: usize, value: Value) {
        self.absent(row);
        self.add(Item::of(value));
        self.rows += 1;
    }

    /// The vector of a row, which comes after all rows with a value.
    pub(super) fn push_vector(&mut self, row: usize, vector: &[f32]) {
        self.absent(row);
        match &mut self.state {
            State::Vectors { width, data, present } if *width == vector.len() => {
                data.extend_from_slice(vector);
                present.push(true);
            }
            _ => self.add(Item::Vector(vector.to_vec())),
        }
        self.rows += 1;
    }

    /// Rows without a value, up to `row`.
    fn absent(&mut self, row: usize) {
        let missing = row.saturating_sub(self.rows);
        if missing == 0 {
            return;
        }
        self.rows += missing;
        let rows = self.rows;
        match &mut self.state {
            State::Nothing => {}
            State::Bools(values) => values.resize(rows, None),
            State::Numbers { values, .. } | State::Times(values) => values.resize(rows, f64::NAN),
            State::Texts { codes, .. } => codes.resize(rows, NO_TEXT),
            State::Vectors { width, data, present } => {
                data.resize(rows * *width, 0.0);
                present.resize(rows, false);
            }
            State::TextLists { offsets, codes, present, .. } => {
                offsets.resize(rows + 1, codes.len());
                present.resize(rows, false);
            }
            State::Other { present, .. } => present.resize(rows, false),
        }
    }

    /// The value of the next row.
    fn add(&mut self, item: Item) {
        if self.is_empty() {
            self.begin(&item);
        }
        match (&mut self.state, item) {
            (State::Bools(values), Item::Bool(value)) => values.push(Some(value)),
            (State::Numbers { values, integers, wide }, Item::Number(value, integer)) => {
                if let Some(integer) = integer.filter(|integer| value as i128 != i128::from(*integer)) {
                    wide.push((values.len(), integer));
                    self.bytes += size_of::<(usize, i64)>();
                }
                values.push(value);
                *integers &= integer.is_some();
            }
            (State::Texts { texts, codes }, Item::Text(text)) => {
                let (code, bytes) = texts.code(&text);
                codes.push(code);
                self.bytes += bytes;
            }
            (State::Times(values), Item::Time(value)) => values.push(value),
            (State::Vectors { width, data, present }, Item::Vector(vector)) if *width == vector.len() => {
                data.extend_from_slice(&vector);
                present.push(true);
            }
            (State::TextLists { texts, offsets, codes, present }, Item::TextList(list)) => {
                for text in &list {
                    let (code, bytes) = texts.code(text);
                    codes.push(code);
                    self.bytes += bytes + 4;
                }
                offsets.push(codes.len());
                present.push(true);
            }
            (State::Other { present, .. }, _) => present.push(true),
            (_, item) => self.give_up(&item),
        }
    }

    /// Chooses the form by the first value.
    fn begin(&mut self, item: &Item) {
        let (rows, total) = (self.rows, self.total);
        let row_bytes = match item {
            Item::Bool(_) => size_of::<Option<bool>>(),
            Item::Number(..) | Item::Time(_) => 8,
            Item::Text(_) => 4,
            Item::Vector(vector) => vector.len() * 4 + 1,
            Item::TextList(_) => 9,
            Item::Odd(_) => 1,
        };
        self.bytes = total.saturating_mul(row_bytes);
        self.state = match item {
            Item::Bool(_) => State::Bools(Vec::new()),
            Item::Number(..) => State::Numbers { values: Vec::new(), integers: true, wide: Vec::new() },
            Item::Text(_) => State::Texts { texts: Distinct::default(), codes: Vec::new() },
            Item::Time(_) => State::Times(Vec::new()),
            Item::Vector(vector) => {
                // Every row takes as much, and large columns are slow to move. Without the room it grows as it goes.
                let mut data = Vec::new();
                let _ = data.try_reserve_exact(total.saturating_mul(vector.len()));
                State::Vectors { width: vector.len(), data, present: Vec::new() }
            }
            Item::TextList(_) => State::TextLists {
                texts: Distinct::default(),
                offsets: vec![0],
                codes: Vec::new(),
                present: Vec::new(),
            },
            Item::Odd(what) => State::Other { what: (*what).to_owned(), present: Vec::new() },
        };
        self.rows = 0;
        self.absent(rows);
    }

    /// Makes a column of values that no encoding takes, as `item` does not go with those before.
    fn give_up(&mut self, item: &Item) {
        let before = match &self.state {
            State::Bools(_) => "BOOL",
            State::Numbers { .. } => "numbers",
            State::Texts { .. } => "STRING",
            State::Times(_) => "dates and times",
            State::Vectors { .. } => "lists of numbers",
            State::TextLists { codes, .. } if codes.is_empty() => "empty lists",
            State::TextLists { .. } => "lists of texts",
            State::Nothing | State::Other { .. } => "values",
        };
        let empty = matches!(item, Item::TextList(list) if list.is_empty());
        let what = match (before, item) {
            ("lists of numbers" | "empty lists", Item::Vector(_)) => "lists of different lengths".to_owned(),
            ("lists of numbers", Item::TextList(_)) if empty => "lists of different lengths".to_owned(),
            _ => format!("values of several types ({before} and {})", item.type_name()),
        };
        let mut present = match std::mem::take(&mut self.state) {
            State::Nothing => vec![false; self.rows],
            State::Bools(values) => values.iter().map(Option::is_some).collect(),
            State::Numbers { values, .. } | State::Times(values) => {
                values.iter().map(|value| !value.is_nan()).collect()
            }
            State::Texts { codes, .. } => codes.iter().map(|&code| code != NO_TEXT).collect(),
            State::Vectors { present, .. } | State::TextLists { present, .. } | State::Other { present, .. } => present,
        };
        present.push(true);
        self.bytes = self.total;
        self.state = State::Other { what, present };
    }

    /// The whole column.
    pub(super) fn finish(mut self, rows: usize) -> Values {
        self.absent(rows);
        match self.state {
            State::Nothing => Values::Nulls { rows },
            State::Bools(values) => Values::Bools(values),
            State::Numbers { values, integers, wide } => Values::Numbers { values, integers, wide },
            State::Texts { texts, codes } => Values::Texts { distinct: texts.texts, codes },
            State::Times(values) => Values::Times(values),
            State::Vectors { width, data, present } => Values::Vectors { width, data, present },
            State::TextLists { texts, offsets, codes, present } => {
                Values::TextLists { distinct: texts.texts, offsets, codes, present }
            }
            State::Other { what, present } => Values::Other { what, present },
        }
    }
}

/// How many numbers a value stands for when it is encoded as it is.
pub(super) fn numbers_in(value: &Value) -> u64 {
    match value {
        Value::Vector(numbers) => numbers.len() as u64,
        Value::List(items) => items.len() as u64,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: Vec<Option<Value>>) -> Values {
        let rows = values.len();
        let mut column = Column::new(rows);
        for (row, value) in values.into_iter().enumerate() {
            if let Some(value) = value {
                column.push(row, value);
            }
        }
        column.finish(rows)
    }

    fn list(items: impl IntoIterator<Item = Value>) -> Option<Value> {
        Some(Value::List(items.into_iter().map(Some).collect()))
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn what(values: Values) -> String {
        match values {
            Values::Other { what, .. } => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_of_one_kind_have_a_form_of_their_own() {
        assert_eq!(column(vec![None, None]), Values::Nulls { rows: 2 });
        assert_eq!(column(vec![None, Some(Value::Bool(true))]), Values::Bools(vec![None, Some(true)]));
        let Values::Numbers { values, integers: true, .. } = column(vec![Some(Value::Int(3)), None]) else { panic!() };
        assert!(values[0] == 3.0 && values[1].is_nan());
        let Values::Numbers { values, integers: false, .. } =
            column(vec![Some(Value::Int(3)), Some(Value::Float(0.5))])
        else {
            panic!()
        };
        assert_eq!(values, [3.0, 0.5]);
        let large = [i64::MAX, 1 << 53, (1 << 53) + 1, i64::MIN];
        let found = column(large.iter().map(|number| Some(Value::Int(*number))).collect());
        let Values::Numbers { wide, .. } = &found else { panic!() };
        assert_eq!(*wide, [(0, i64::MAX), (2, (1 << 53) + 1)]);
        assert_eq!((0..4).map(|row| found.integer_at(row).unwrap()).collect::<Vec<_>>(), large);
        assert_eq!(
            column(vec![Some(text("b")), None, Some(text("a")), Some(text("b"))]),
            Values::Texts { distinct: vec!["b".into(), "a".into()], codes: vec![0, NO_TEXT, 1, 0] }
        );
        let moment = Value::ZonedDateTime { seconds: 90_000, nanos: 500_000_000, offset_seconds: 3600, zone: None };
        assert_eq!(column(vec![Some(Value::Date(1)), Some(moment)]), Values::Times(vec![86_400.0, 90_000.5]));
    }

    #[test]
    fn lists_of_one_length_are_vectors() {
        assert_eq!(
            column(vec![None, Some(Value::Vector(vec![1.0, 2.0])), list([Value::Int(3), Value::Float(0.5)])]),
            Values::Vectors { width: 2, data: vec![0.0, 0.0, 1.0, 2.0, 3.0, 0.5], present: vec![false, true, true] }
        );
        let ragged = vec![Some(Value::Vector(vec![1.0, 2.0])), list([Value::Int(3)])];
        assert_eq!(what(column(ragged)), "lists of different lengths");
        assert_eq!(what(column(vec![list([]), list([Value::Int(3)])])), "lists of different lengths");
        assert_eq!(what(column(vec![list([Value::Int(3)]), list([])])), "lists of different lengths");
        assert_eq!(what(column(vec![list([Value::Float(1e300)])])), "lists of numbers beyond 32-bit floats");
        let null = Some(Value::List(vec![Some(Value::Int(1)), None]));
        assert_eq!(what(column(vec![null])), "lists with NULL in them");
    }

    #[test]
    fn lists_of_texts_may_be_empty() {
        assert_eq!(
            column(vec![list([]), None, list([text("x"), text("y")]), list([text("x")])]),
            Values::TextLists {
                distinct: vec!["x".into(), "y".into()],
                offsets: vec![0, 0, 0, 2, 3],
                codes: vec![0, 1, 0],
                present: vec![true, false, true, true],
            }
        );
    }

    #[test]
    fn what_cannot_be_encoded_says_what_it_is() {
        let mixed = column(vec![Some(text("a")), None, Some(Value::Int(1)), Some(Value::Bool(true))]);
        assert_eq!(
            mixed,
            Values::Other {
                what: "values of several types (STRING and numbers)".into(),
                present: vec![true, false, true, true],
            }
        );
        assert_eq!(what(column(vec![Some(Value::Bytes(vec![1]))])), "BYTES");
        assert_eq!(what(column(vec![list([Value::Int(1), text("a")])])), "lists of several types");
    }
}
