//! Functions under the names that clients of Neo4j and its libraries call.

use super::{Function, find, wrong_type};
use crate::{
    error::{Error, Result},
    value::Value,
};

/// The version of the Graph Data Science library whose clients are understood.
const GDS: &str = "2.13.0";

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "VECTOR.SIMILARITY.COSINE",
        "VECTOR.SIMILARITY.COSINE(a, b)",
        "The cosine of the angle between two vectors as a score from 0 to 1: (1 + cosine) / 2; NULL when one is zero",
        2,
        2,
        |a, c| match called("COSINE_SIMILARITY", a, c)? {
            Value::Float(cosine) => Ok(Value::Float((1.0 + cosine) / 2.0)),
            other => Ok(other),
        },
    ),
    Function::new(
        "VECTOR.SIMILARITY.EUCLIDEAN",
        "VECTOR.SIMILARITY.EUCLIDEAN(a, b)",
        "The distance d of two vectors as a score from 0 to 1: 1 / (1 + d * d)",
        2,
        2,
        |a, c| match called("EUCLIDEAN_DISTANCE", a, c)? {
            Value::Float(distance) => Ok(Value::Float(1.0 / (1.0 + distance * distance))),
            other => Ok(other),
        },
    ),
    Function::new(
        "APOC.MAP.CLEAN",
        "APOC.MAP.CLEAN(record, keys, values)",
        "A record without the fields with one of the keys, without those with one of the values, and without those that are NULL",
        3,
        3,
        |a, _| clean(a),
    ),
    Function::new(
        "GDS.VERSION",
        "GDS.VERSION()",
        "The version of the Graph Data Science library whose clients are understood",
        0,
        0,
        |_, _| Ok(Value::from(GDS)),
    ),
];

fn called(function: &str, arguments: &[Value], context: &super::FunctionContext) -> Result<Value> {
    match find(function) {
        Some(function) => function.call(arguments, context),
        None => Err(Error::internal("a function is missing")),
    }
}

fn clean(arguments: &[Value]) -> Result<Value> {
    const NAME: &str = "APOC.MAP.CLEAN";
    let Value::Record(fields) = &arguments[0] else { return Err(wrong_type(NAME, 0, "a RECORD", &arguments[0])) };
    let list = |position: usize| match &arguments[position] {
        Value::List(items) => Ok(items),
        other => Err(wrong_type(NAME, position, "a LIST", other)),
    };
    let (keys, values) = (list(1)?, list(2)?);
    let stays = |name: &str, value: &Value| {
        let named = keys.iter().any(|key| matches!(key, Value::String(key) if &**key == name));
        !value.is_null() && !named && !values.iter().any(|other| other.equals(value) == Some(true))
    };
    let kept = fields.iter().filter(|(name, value)| stays(name, value));
    Ok(Value::Record(kept.cloned().collect()))
}
