//! Equality, comparison, the total order and grouping of values.
//!
//! Three relations, from strict to lenient: [`Value::equals`] (`=`) and [`Value::compare`] (`<`) have three truth
//! values, [`Value::order`] (`ORDER BY`, `MIN`, `DISTINCT`) is total over all types. Where no NULL or NaN is involved,
//! the three agree.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use wend_grammar::ast::CompareOperator;

use super::{Path, Value};
use crate::error::{Error, Result};

type Field = (Arc<str>, Value);

impl Value {
    /// `=`: unknown (`None`) where a NULL decides; values of different types are not equal.
    ///
    /// Integers and floats compare by their exact number, lists and vectors element by element, records by field
    /// whatever the order of the fields, nodes and edges by identity.
    pub(crate) fn equals(&self, other: &Value) -> Option<bool> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::List(a), Value::List(b)) => {
                all_equal(a.len(), b.len(), a.iter().zip(&**b).map(|(a, b)| a.equals(b)))
            }
            (Value::Record(a), Value::Record(b)) => {
                let (a, b) = (sorted(a), sorted(b));
                if a.len() != b.len() || a.iter().zip(&*b).any(|(a, b)| a.0 != b.0) {
                    return Some(false);
                }
                all_equal(a.len(), b.len(), a.iter().zip(&*b).map(|(a, b)| a.1.equals(&b.1)))
            }
            (Value::List(list), Value::Vector(vector)) | (Value::Vector(vector), Value::List(list)) => {
                let pairs = list.iter().zip(&**vector);
                all_equal(list.len(), vector.len(), pairs.map(|(a, b)| a.equals(&Value::Float(f64::from(*b)))))
            }
            (Value::Vector(a), Value::Vector(b)) => Some(a == b),
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                Some(compare_numbers(self, other) == Some(Ordering::Equal))
            }
            _ => Some(rank(self) == rank(other) && self.order(other) == Ordering::Equal),
        }
    }

    /// The order for `<` and its kin: `None` where a NULL or NaN decides; 22G04 for types that have no order together.
    pub(crate) fn compare(&self, other: &Value) -> Result<Option<Ordering>> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => Ok(None),
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => Ok(compare_numbers(self, other)),
            (Value::List(_) | Value::Vector(_), Value::List(_) | Value::Vector(_)) => {
                for (a, b) in elements(self).zip(elements(other)) {
                    match a.compare(&b)? {
                        Some(Ordering::Equal) => {}
                        decided => return Ok(decided),
                    }
                }
                Ok(Some(length(self).cmp(&length(other))))
            }
            (Value::Duration(a), Value::Duration(b)) => a.compare(*b).map(Some).ok_or_else(|| {
                Error::data("22G04", format!("whether {a} or {b} is longer depends on the length of the month"))
            }),
            (Value::Node(_) | Value::Edge(_) | Value::Path(_) | Value::Record(_), _) => {
                Err(not_comparable(self, other))
            }
            _ if rank(self) == rank(other) => Ok(Some(self.order(other))),
            _ => Err(not_comparable(self, other)),
        }
    }

    /// The value of a comparison: a BOOL or NULL. With NaN every comparison but `<>` is false.
    pub(crate) fn compare_with(&self, operator: CompareOperator, other: &Value) -> Result<Value> {
        let truth = match operator {
            CompareOperator::Equal => self.equals(other),
            CompareOperator::NotEqual => self.equals(other).map(|equal| !equal),
            _ => match self.compare(other)? {
                None if is_nan(self) || is_nan(other) => {
                    if self.is_null() || other.is_null() {
                        None
                    } else {
                        Some(false)
                    }
                }
                None => None,
                Some(ordering) => Some(match operator {
                    CompareOperator::Less => ordering.is_lt(),
                    CompareOperator::LessOrEqual => ordering.is_le(),
                    CompareOperator::Greater => ordering.is_gt(),
                    _ => ordering.is_ge(),
                }),
            },
        };
        Ok(truth.map_or(Value::Null, Value::Bool))
    }

    /// A total order over all values, for `ORDER BY`, `MIN`, `MAX` and `DISTINCT`.
    ///
    /// Types come in the order RECORD, NODE, EDGE, LIST and VECTOR (as one), PATH, ZONED DATETIME, LOCAL DATETIME,
    /// DATE, ZONED TIME, LOCAL TIME, DURATION, BYTES, STRING, BOOL, numbers (as one; NaN last), NULL. NULL equals NULL
    /// and NaN equals NaN. Strings are in the order of their Unicode code points.
    pub(crate) fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::String(a), Value::String(b)) => a.cmp(b),
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::LocalTime(a), Value::LocalTime(b)) => a.cmp(b),
            (Value::ZonedTime(a), Value::ZonedTime(b)) => a.cmp(b),
            (Value::LocalDateTime(a), Value::LocalDateTime(b)) => a.cmp(b),
            (Value::ZonedDateTime(a), Value::ZonedDateTime(b)) => a.cmp(b),
            (Value::Duration(a), Value::Duration(b)) => a.cmp(b),
            (Value::Node(a), Value::Node(b)) => a.number.cmp(&b.number),
            (Value::Edge(a), Value::Edge(b)) => a.reference.edge.cmp(&b.reference.edge),
            (Value::Path(a), Value::Path(b)) => order_paths(a, b),
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                compare_numbers(self, other).unwrap_or_else(|| is_nan(self).cmp(&is_nan(other)))
            }
            (Value::List(_) | Value::Vector(_), Value::List(_) | Value::Vector(_)) => elements(self)
                .zip(elements(other))
                .map(|(a, b)| a.order(&b))
                .find(|ordering| ordering.is_ne())
                .unwrap_or_else(|| length(self).cmp(&length(other))),
            (Value::Record(a), Value::Record(b)) => {
                let (a, b) = (sorted(a), sorted(b));
                let fields = a.iter().zip(&*b).map(|(a, b)| a.0.cmp(&b.0).then_with(|| a.1.order(&b.1)));
                fields.into_iter().find(|ordering| ordering.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => rank(self).cmp(&rank(other)),
        }
    }

    fn hash_group<H: Hasher>(&self, state: &mut H) {
        state.write_u8(rank(self));
        match self {
            Value::Null => {}
            Value::Bool(value) => value.hash(state),
            Value::Int(value) => value.hash(state),
            Value::Float(value) => hash_float(*value, state),
            Value::String(value) => value.hash(state),
            Value::Bytes(value) => value.hash(state),
            Value::Date(value) => value.hash(state),
            Value::LocalTime(value) => value.hash(state),
            Value::ZonedTime(value) => value.hash(state),
            Value::LocalDateTime(value) => value.hash(state),
            Value::ZonedDateTime(value) => value.hash(state),
            Value::Duration(value) => value.hash(state),
            Value::List(_) | Value::Vector(_) => {
                state.write_usize(length(self));
                elements(self).for_each(|element| element.hash_group(state));
            }
            Value::Record(fields) => {
                state.write_usize(fields.len());
                for (name, value) in &*sorted(fields) {
                    name.hash(state);
                    value.hash_group(state);
                }
            }
            Value::Node(node) => node.number.hash(state),
            Value::Edge(edge) => edge.reference.edge.hash(state),
            Value::Path(path) => {
                path.nodes.iter().for_each(|node| node.number.hash(state));
                path.edges.iter().for_each(|edge| edge.reference.edge.hash(state));
            }
        }
    }
}

/// A value as a key of grouping, DISTINCT and hash joins: NULL equals NULL, NaN equals NaN, and 1 equals 1.0.
#[derive(Clone, Debug)]
pub struct GroupKey(pub Value);

impl PartialEq for GroupKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.order(&other.0) == Ordering::Equal
    }
}

impl Eq for GroupKey {}

impl Hash for GroupKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash_group(state);
    }
}

/// The place of the value's type in the order of types.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Record(_) => 0,
        Value::Node(_) => 1,
        Value::Edge(_) => 2,
        Value::List(_) | Value::Vector(_) => 3,
        Value::Path(_) => 4,
        Value::ZonedDateTime(_) => 5,
        Value::LocalDateTime(_) => 6,
        Value::Date(_) => 7,
        Value::ZonedTime(_) => 8,
        Value::LocalTime(_) => 9,
        Value::Duration(_) => 10,
        Value::Bytes(_) => 11,
        Value::String(_) => 12,
        Value::Bool(_) => 13,
        Value::Int(_) | Value::Float(_) => 14,
        Value::Null => 15,
    }
}

fn not_comparable(a: &Value, b: &Value) -> Error {
    let (a, b) = (a.type_name(), b.type_name());
    let message =
        if a == b { format!("values of type {a} have no order") } else { format!("{a} and {b} cannot be compared") };
    Error::data("22G04", message)
}

/// False if any pair is, else unknown if any is, else true.
fn all_equal(a: usize, b: usize, pairs: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    if a != b {
        return Some(false);
    }
    let mut result = Some(true);
    for pair in pairs {
        match pair {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

fn is_nan(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_nan(),
        // A list is unordered by a NaN only where no NULL stands before it; its comparison is then false as well.
        Value::List(list) => list.iter().find(|element| element.is_null() || is_nan(element)).is_some_and(is_nan),
        Value::Vector(vector) => vector.iter().any(|number| number.is_nan()),
        _ => false,
    }
}

fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => compare_int_float(*a, *b),
        (Value::Float(a), Value::Int(b)) => compare_int_float(*b, *a).map(Ordering::reverse),
        _ => None,
    }
}

/// Compares the exact numbers, also above 2^53.
pub(crate) fn compare_int_float(a: i64, b: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        return None;
    }
    if b >= LIMIT {
        return Some(Ordering::Less);
    }
    if b < -LIMIT {
        return Some(Ordering::Greater);
    }
    // The whole part is in range; what is cut off decides only between equals.
    Some(a.cmp(&(b.trunc() as i64)).then_with(|| 0.0.partial_cmp(&b.fract()).unwrap_or(Ordering::Equal)))
}

fn hash_float<H: Hasher>(value: f64, state: &mut H) {
    if value.is_nan() {
        f64::NAN.to_bits().hash(state);
    } else if value.fract() == 0.0 && compare_int_float(value as i64, value) == Some(Ordering::Equal) {
        (value as i64).hash(state);
    } else {
        value.to_bits().hash(state);
    }
}

/// The elements of a list or vector.
fn elements(value: &Value) -> impl Iterator<Item = Cow<'_, Value>> {
    let (list, vector): (&[Value], &[f32]) = match value {
        Value::List(list) => (list, &[]),
        Value::Vector(vector) => (&[], vector),
        _ => (&[], &[]),
    };
    list.iter().map(Cow::Borrowed).chain(vector.iter().map(|number| Cow::Owned(Value::Float(f64::from(*number)))))
}

fn length(value: &Value) -> usize {
    match value {
        Value::List(list) => list.len(),
        Value::Vector(vector) => vector.len(),
        _ => 0,
    }
}

/// The fields by name.
fn sorted(fields: &[Field]) -> Cow<'_, [Field]> {
    if fields.is_sorted_by(|a, b| a.0 <= b.0) {
        return Cow::Borrowed(fields);
    }
    let mut fields = fields.to_vec();
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    Cow::Owned(fields)
}

fn order_paths(a: &Path, b: &Path) -> Ordering {
    let steps = |path: &Path| {
        let edges = path.edges.iter().map(|edge| edge.reference.edge).collect::<Vec<_>>();
        let nodes = path.nodes.iter().map(|node| node.number).collect::<Vec<_>>();
        (nodes.first().copied(), edges, nodes)
    };
    steps(a).cmp(&steps(b))
}

#[cfg(test)]
mod tests;
