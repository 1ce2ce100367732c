//! Columns: the values of one type in one array, and which rows are NULL.
//!
//! Properties that a cache keeps, expressions that are evaluated for a whole batch and the columns of results are of this
//! one type, so that values go from the store to a client without becoming rows on the way.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::value::{Value, size::value_bytes};

/// The values of a column in the order of its rows, and which of them are NULL.
///
/// ```
/// use wenddb::ColumnData;
///
/// # let mut session = wenddb::Database::in_memory()?.session();
/// let batch = session.execute("FOR x IN [1, NULL, 3] RETURN x", ())?.next_batch()?.unwrap();
/// let column = batch.column("x")?;
/// assert_eq!(column.nulls(), Some(&[false, true, false][..]));
/// // What stands at a row that is NULL means nothing.
/// let ColumnData::Ints(numbers) = column.data() else { panic!("no column of INT64") };
/// assert_eq!((numbers[0], numbers[2]), (1, 3));
/// # Ok::<(), wenddb::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Column {
    pub(crate) data: ColumnData,
    /// `None` when no row is NULL.
    pub(crate) nulls: Option<Vec<bool>>,
}

/// The array of a column. What it holds at a row that is NULL means nothing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ColumnData {
    /// `BOOL`
    Bools(Vec<bool>),
    /// `INT64`
    Ints(Vec<i64>),
    /// `FLOAT64`
    Floats(Vec<f64>),
    /// `STRING`
    Strings(Vec<Arc<str>>),
    /// `STRING` of which there are few different ones, by their positions in a dictionary
    Codes(Vec<u32>, Arc<Vec<Arc<str>>>),
    /// `VECTOR` of one length: the numbers of all rows, one row after the other
    Vectors {
        /// The length of each vector, which is not 0.
        width: usize,
        /// So many numbers for each row.
        numbers: Vec<f32>,
    },
    /// Values of another type or of several types
    Values(Vec<Value>),
}

/// What is done to the array of any type; `$width` items of it are the value of a row.
macro_rules! with_array {
    (@ $data:expr, $array:ident, $width:ident => $result:expr; $($kind:ident)*) => {
        match $data {
            $(ColumnData::$kind($array) => {
                let $width: usize = 1;
                $result
            })*
            ColumnData::Codes($array, _) => {
                let $width: usize = 1;
                $result
            }
            ColumnData::Vectors { width, numbers: $array } => {
                let $width: usize = *width;
                $result
            }
        }
    };
    ($data:expr, $array:ident, $width:ident => $result:expr) => {
        with_array!(@ $data, $array, $width => $result; Bools Ints Floats Strings Values)
    };
}

/// An array of the same type that is made from the array.
macro_rules! remade {
    (@ $data:expr, $array:ident, $width:ident => $result:expr; $($kind:ident)*) => {
        match $data {
            $(ColumnData::$kind($array) => {
                let $width: usize = 1;
                ColumnData::$kind($result)
            })*
            ColumnData::Codes($array, texts) => {
                let $width: usize = 1;
                ColumnData::Codes($result, texts.clone())
            }
            ColumnData::Vectors { width, numbers: $array } => {
                let $width: usize = *width;
                ColumnData::Vectors { width: $width, numbers: $result }
            }
        }
    };
    ($data:expr, $array:ident, $width:ident => $result:expr) => {
        remade!(@ $data, $array, $width => $result; Bools Ints Floats Strings Values)
    };
}

impl ColumnData {
    fn len(&self) -> usize {
        with_array!(self, array, width => array.len() / width)
    }
}

impl Column {
    pub(crate) fn new(data: ColumnData, nulls: Option<Vec<bool>>) -> Self {
        debug_assert!(nulls.as_ref().is_none_or(|nulls| nulls.len() == data.len()));
        Column { data, nulls }
    }

    /// Vectors of one length, `numbers` for all rows; no array for those of the length 0.
    pub(crate) fn vectors(width: usize, numbers: Vec<f32>, nulls: Option<Vec<bool>>) -> Self {
        Column::new(ColumnData::Vectors { width, numbers }, nulls)
    }

    /// The values in an array of the type that all of them have.
    pub(crate) fn from_values(values: Vec<Value>) -> Self {
        let nulls = values.iter().any(Value::is_null).then(|| values.iter().map(Value::is_null).collect());
        Column { data: ColumnData::narrow(values), nulls }
    }

    /// The same with a dictionary for strings, unless it would hardly be shorter than they are.
    pub(crate) fn with_dictionary(mut self) -> Self {
        if let ColumnData::Strings(texts) = &self.data
            && let Some((codes, dictionary)) = codes(texts)
        {
            self.data = ColumnData::Codes(codes, Arc::new(dictionary));
        }
        self
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The array of the values.
    pub fn data(&self) -> &ColumnData {
        &self.data
    }

    /// Which rows are NULL; `None` when no row is.
    pub fn nulls(&self) -> Option<&[bool]> {
        self.nulls.as_deref()
    }

    /// Whether a row is NULL.
    ///
    /// # Panics
    /// When there are fewer rows, as all that takes a row does.
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls[row])
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Value {
        if self.is_null(row) {
            return Value::Null;
        }
        match &self.data {
            ColumnData::Bools(values) => Value::Bool(values[row]),
            ColumnData::Ints(values) => Value::Int(values[row]),
            ColumnData::Floats(values) => Value::Float(values[row]),
            ColumnData::Strings(texts) => Value::String(texts[row].clone()),
            ColumnData::Codes(codes, texts) => Value::String(texts[codes[row] as usize].clone()),
            ColumnData::Vectors { width, numbers } => Value::Vector(numbers[row * width..][..*width].into()),
            ColumnData::Values(values) => values[row].clone(),
        }
    }

    /// The text of a row of a column of strings, of either kind; `None` for NULL and for a column of another type.
    pub fn text(&self, row: usize) -> Option<&str> {
        match &self.data {
            _ if self.is_null(row) => None,
            ColumnData::Strings(texts) => Some(&texts[row]),
            ColumnData::Codes(codes, texts) => Some(&texts[codes[row] as usize]),
            _ => None,
        }
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.data, ColumnData::Strings(_) | ColumnData::Codes(..))
    }

    /// The vector of a row of a column of vectors; `None` for NULL and for a column of another type.
    pub fn vector(&self, row: usize) -> Option<&[f32]> {
        match &self.data {
            ColumnData::Vectors { width, numbers } if !self.is_null(row) => Some(&numbers[row * width..][..*width]),
            _ => None,
        }
    }

    /// The values in the order of the rows.
    pub fn into_values(self) -> Vec<Value> {
        match self.data {
            ColumnData::Values(values) => values,
            _ => (0..self.len()).map(|row| self.value(row)).collect(),
        }
    }

    /// The numbers of a column of vectors, taken over without a copy; none of a column of another type.
    pub fn into_numbers(self) -> Vec<f32> {
        match self.data {
            ColumnData::Vectors { numbers, .. } => numbers,
            _ => Vec::new(),
        }
    }

    /// The rows of a range.
    ///
    /// # Panics
    /// When there are fewer rows.
    #[must_use]
    pub fn slice(&self, from: usize, to: usize) -> Column {
        let data = remade!(&self.data, array, width => array[from * width..to * width].to_vec());
        Column { data, nulls: self.nulls.as_ref().map(|nulls| nulls[from..to].to_vec()) }
    }

    /// The rows named, in that order, with repetitions.
    pub(crate) fn gather(&self, rows: impl Iterator<Item = usize> + Clone) -> Column {
        fn pick<T: Clone>(array: &[T], width: usize, rows: impl Iterator<Item = usize>) -> Vec<T> {
            if width == 1 {
                return rows.map(|row| array[row].clone()).collect();
            }
            let mut picked = Vec::with_capacity(rows.size_hint().0 * width);
            rows.for_each(|row| picked.extend_from_slice(&array[row * width..][..width]));
            picked
        }
        let data = remade!(&self.data, array, width => pick(array, width, rows.clone()));
        Column { data, nulls: self.nulls.as_ref().map(|nulls| pick(nulls, 1, rows)) }
    }

    /// Appends the rows of another column. Columns of different types become one of values.
    pub fn append(&mut self, other: Column) {
        use ColumnData as D;
        let (mine, theirs) = (self.len(), other.len());
        if mine == 0 {
            *self = other;
            return;
        }
        if theirs == 0 {
            return;
        }
        let other = if self.is_like(&other) {
            other
        } else if other.all_null() {
            self.nulls_like(theirs)
        } else if self.all_null() {
            *self = other.nulls_like(mine);
            other
        } else {
            // Dictionaries differ from one another; there is no other difference that keeps the type.
            let widen = if self.is_text() && other.is_text() { Column::with_texts } else { Column::with_values };
            *self = widen(std::mem::take(self));
            widen(other)
        };
        match (&mut self.nulls, other.nulls) {
            (None, None) => {}
            (nulls, others) => {
                let others = others.unwrap_or_else(|| vec![false; theirs]);
                nulls.get_or_insert_with(|| vec![false; mine]).extend(others);
            }
        }
        match (&mut self.data, other.data) {
            (D::Bools(a), D::Bools(b)) => a.extend(b),
            (D::Ints(a), D::Ints(b)) => a.extend(b),
            (D::Floats(a), D::Floats(b)) => a.extend(b),
            (D::Strings(a), D::Strings(b)) => a.extend(b),
            (D::Codes(a, _), D::Codes(b, _)) => a.extend(b),
            (D::Vectors { numbers: a, .. }, D::Vectors { numbers: b, .. }) => a.extend(b),
            (D::Values(a), D::Values(b)) => a.extend(b),
            _ => debug_assert!(false, "the types are the same by now"),
        }
    }

    /// Whether the rows of the other column fit into the array of this one.
    fn is_like(&self, other: &Column) -> bool {
        use ColumnData as D;
        match (&self.data, &other.data) {
            (D::Codes(_, a), D::Codes(_, b)) => Arc::ptr_eq(a, b),
            (D::Vectors { width: a, .. }, D::Vectors { width: b, .. }) => a == b,
            // NULLs alone have no type yet.
            (D::Values(_), D::Values(_)) => !self.all_null() && !other.all_null(),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }

    fn all_null(&self) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.iter().all(|null| *null))
    }

    /// So many rows that are NULL, in an array of this type.
    fn nulls_like(&self, len: usize) -> Column {
        let data = remade!(&self.data, array, width => defaults(array, len * width));
        Column { data, nulls: Some(vec![true; len]) }
    }

    fn with_texts(self) -> Column {
        let ColumnData::Codes(codes, texts) = self.data else { return self };
        let strings = codes.iter().map(|code| texts[*code as usize].clone()).collect();
        Column { data: ColumnData::Strings(strings), nulls: self.nulls }
    }

    fn with_values(self) -> Column {
        let nulls = self.nulls.clone();
        Column { data: ColumnData::Values(self.into_values()), nulls }
    }

    /// The Euclidean lengths of vectors, nearly.
    pub(crate) fn norms(&self) -> Vec<f32> {
        let ColumnData::Vectors { width, numbers } = &self.data else { return Vec::new() };
        let square = |number: &f32| f64::from(*number) * f64::from(*number);
        numbers.chunks_exact(*width).map(|vector| vector.iter().map(square).sum::<f64>().sqrt() as f32).collect()
    }

    /// Bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        let data = match &self.data {
            ColumnData::Codes(codes, _) => size_of_val(&codes[..]),
            ColumnData::Strings(texts) => texts.iter().map(|text| text.len() + 32).sum(),
            ColumnData::Values(values) => values.iter().map(value_bytes).sum(),
            data => with_array!(data, array, _width => size_of_val(&array[..])),
        };
        data + self.nulls.as_ref().map_or(0, Vec::len)
    }

    /// Bytes of its dictionary, which columns share.
    pub(crate) fn dictionary_bytes(&self) -> usize {
        match &self.data {
            ColumnData::Codes(_, texts) => texts.iter().map(|text| text.len() + 32).sum(),
            _ => 0,
        }
    }
}

impl From<Vec<Value>> for Column {
    /// The values in an array of the type that all of them have.
    fn from(values: Vec<Value>) -> Self {
        Column::from_values(values)
    }
}

impl From<ColumnData> for Column {
    /// A column in which no row is NULL. Of vectors of the length 0 nobody knows how many there are: they are no rows.
    fn from(data: ColumnData) -> Self {
        match data {
            ColumnData::Vectors { width: 0, .. } => Column::default(),
            data => Column { data, nulls: None },
        }
    }
}

impl Default for Column {
    fn default() -> Self {
        Column { data: ColumnData::Values(Vec::new()), nulls: None }
    }
}

/// So many defaults of the type of an array's items.
fn defaults<T: Default + Clone>(_: &[T], len: usize) -> Vec<T> {
    vec![T::default(); len]
}

impl ColumnData {
    /// The array of the type that all values but NULL have.
    fn narrow(values: Vec<Value>) -> ColumnData {
        /// Returns the array, if all values are of its type.
        macro_rules! all {
            ($kind:ident, $array:ident) => {
                if values.iter().all(|value| matches!(value, Value::$kind(_) | Value::Null)) {
                    let item = |value| if let Value::$kind(item) = value { item } else { Default::default() };
                    return ColumnData::$array(values.into_iter().map(item).collect());
                }
            };
        }
        match values.iter().find(|value| !value.is_null()) {
            Some(Value::Bool(_)) => all!(Bool, Bools),
            Some(Value::Int(_)) => all!(Int, Ints),
            Some(Value::Float(_)) => all!(Float, Floats),
            Some(Value::String(_)) => all!(String, Strings),
            Some(Value::Vector(first)) if !first.is_empty() => {
                if let Some(block) = block(first.len(), &values) {
                    return block;
                }
            }
            _ => {}
        }
        ColumnData::Values(values)
    }
}

/// Vectors of one length as one block.
fn block(width: usize, values: &[Value]) -> Option<ColumnData> {
    let fits = |value: &Value| match value {
        Value::Vector(vector) => vector.len() == width,
        value => value.is_null(),
    };
    if !values.iter().all(fits) {
        return None;
    }
    let mut numbers = Vec::with_capacity(values.len() * width);
    for value in values {
        match value {
            Value::Vector(vector) => numbers.extend_from_slice(vector),
            _ => numbers.resize(numbers.len() + width, 0.0),
        }
    }
    Some(ColumnData::Vectors { width, numbers })
}

/// Texts by their positions in a dictionary, unless that would hardly be shorter than they are.
fn codes(texts: &[Arc<str>]) -> Option<(Vec<u32>, Vec<Arc<str>>)> {
    let (mut known, mut dictionary): (FxHashMap<&Arc<str>, u32>, Vec<Arc<str>>) = Default::default();
    let mut codes = Vec::with_capacity(texts.len());
    for text in texts {
        codes.push(match known.get(text) {
            Some(code) => *code,
            None if dictionary.len() > texts.len() / 4 => return None,
            None => {
                let code = dictionary.len() as u32;
                known.insert(text, code);
                dictionary.push(text.clone());
                code
            }
        });
    }
    Some((codes, dictionary))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of one type and NULLs, or of several types.
    fn values() -> impl Strategy<Value = Vec<Value>> {
        let vector = |width: usize| prop::collection::vec(-1e3f32..1e3, width).prop_map(Value::from);
        let value = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-1e9..1e9).prop_map(Value::Float),
            "[ab]{0,2}".prop_map(|text| Value::from(text.as_str())),
            vector(2),
            prop_oneof![vector(0), vector(3)],
        ];
        (prop::collection::vec(value, 0..40), 0usize..9).prop_map(|(values, kind)| match kind {
            8 => values,
            kind => values.into_iter().filter(|value| value.is_null() || rank(value) == kind).collect(),
        })
    }

    fn rank(value: &Value) -> usize {
        match value {
            Value::Bool(_) => 1,
            Value::Int(_) => 2,
            Value::Float(_) => 3,
            Value::String(_) => 4,
            Value::Vector(numbers) if numbers.len() == 2 => 5,
            Value::Vector(_) => 6,
            _ => 0,
        }
    }

    proptest! {
        #[test]
        fn a_column_holds_its_values(values in values(), more in values(), dictionary: (bool, bool)) {
            let column = |values: &[Value], dictionary: bool| {
                let column = Column::from_values(values.to_vec());
                if dictionary { column.with_dictionary() } else { column }
            };
            let mut whole = column(&values, dictionary.0);
            prop_assert_eq!(whole.clone().into_values(), values.clone());
            let rows: Vec<usize> = (0..values.len()).rev().chain(0..values.len()).collect();
            let picked: Vec<Value> = rows.iter().map(|&row| values[row].clone()).collect();
            prop_assert_eq!(whole.gather(rows.iter().copied()).into_values(), picked);
            whole.append(column(&more, dictionary.1));
            let both: Vec<Value> = values.iter().chain(&more).cloned().collect();
            prop_assert_eq!(whole.len(), both.len());
            prop_assert_eq!(whole.clone().into_values(), both.clone());
            let middle = values.len();
            prop_assert_eq!(whole.slice(middle, both.len()).into_values(), more);
            // However it was put together, it is of the type that its values have.
            let direct = Column::from_values(both);
            let typed = |column: &Column| !matches!(column.data, ColumnData::Values(_));
            prop_assert_eq!(typed(&whole), typed(&direct));
        }
    }

    #[test]
    fn columns_are_narrow() {
        let text = |text: &str| Value::from(text);
        let many: Vec<Value> = (0..100).map(|row| text(if row % 2 == 0 { "even" } else { "odd" })).collect();
        let codes = Column::from_values(many).with_dictionary();
        assert!(matches!(&codes.data, ColumnData::Codes(codes, texts) if codes.len() == 100 && texts.len() == 2));
        assert_eq!((codes.text(1), codes.bytes()), (Some("odd"), 400));
        let different = Column::from_values(vec![text("a"), Value::Null, text("b")]).with_dictionary();
        assert!(matches!(different.data, ColumnData::Strings(_)));
        let vectors = Column::from_values(vec![Value::Null, Value::from(vec![1.0f32, 2.0])]);
        assert_eq!((vectors.vector(0), vectors.vector(1)), (None, Some(&[1.0f32, 2.0][..])));
        let nothing = Column::from_values(vec![Value::Null; 3]);
        assert_eq!((nothing.len(), nothing.is_null(2), nothing.value(1)), (3, true, Value::Null));
    }
}
