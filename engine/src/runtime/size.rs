//! How large the values are that expressions make. They count against the memory limit, so that neither a text that is doubled
//! again and again nor lists of lists of one list grow without end.

use super::statement::Statement;
use crate::{error::Result, value::Value};

/// What these are called in an error.
const WHAT: &str = "a value of an expression";

/// After so many elements it is asked whether the statement is to end.
const CHECK: usize = 1 << 16;

/// A value has been made; what its elements hold was there before.
pub(crate) fn made(value: &Value, st: &Statement) -> Result<()> {
    st.make(shallow(value), 0, WHAT)
}

/// A value has been made whose elements, if it has any, are new too.
pub(crate) fn made_with_elements(value: &Value, st: &Statement) -> Result<()> {
    match value {
        Value::List(items) => made_of(items.iter(), st),
        Value::Record(fields) => made_of(fields.iter().map(|(_, value)| value), st),
        other => made(other, st),
    }
}

/// A list or record has been made of these. Its parts may be one list many times over, which takes no memory, but whoever
/// compares or prints it goes through all of it: each counts.
pub(crate) fn made_of<'v>(items: impl Iterator<Item = &'v Value>, st: &Statement) -> Result<()> {
    let bytes = deep(items, st)?;
    st.make(bytes, 0, WHAT)
}

/// Of what was made for a value since there were `before` bytes only the value is left.
pub(crate) fn keep(value: &Value, before: u64, st: &Statement) -> Result<()> {
    let since = st.memory.made().saturating_sub(before);
    if since > 0 {
        let left = deep(std::iter::once(value), st)? as u64;
        st.memory.forget_made(before + left.min(since));
    }
    Ok(())
}

/// `a || b` is about to be made. Unless it is the first operand of a chain, `a` is the chain so far, which has been counted and
/// goes when the longer one is there.
pub(crate) fn before_concat(a: &Value, b: &Value, first: bool, st: &Statement) -> Result<()> {
    let bytes = |value: &Value| match value {
        Value::List(items) => deep(items.iter(), st),
        // It becomes a list.
        Value::Vector(numbers) => Ok(numbers.len().saturating_mul(size_of::<Value>())),
        other => Ok(shallow(other)),
    };
    let before = if first { bytes(a)? } else { 0 };
    // It is put together before it is shared.
    let slots = |value: &Value| match value {
        Value::Vector(numbers) => numbers.len().saturating_mul(size_of::<Value>()),
        other => shallow(other),
    };
    let copy = slots(a).saturating_add(slots(b));
    let beside = if first { copy } else { copy.saturating_add(shallow(a)) };
    st.make(bytes(b)?.saturating_add(before), beside, WHAT)
}

/// The bytes of a value without those of its elements.
fn shallow(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => size_of_val::<[Value]>(items),
        Value::Record(fields) => fields.len() * (size_of::<Value>() + 32),
        Value::Vector(numbers) => numbers.len() * 4,
        Value::Path(path) => 64 * (path.nodes.len() + path.edges.len()),
        _ => 0,
    }
}

/// The bytes of values with those of lists and records in them, each as often as it is there.
fn deep<'v>(items: impl Iterator<Item = &'v Value>, st: &Statement) -> Result<usize> {
    let (mut bytes, mut looked) = (0usize, 0usize);
    let mut open: Vec<&Value> = Vec::new();
    for item in items {
        bytes += size_of::<Value>();
        open.push(item);
        while let Some(value) = open.pop() {
            bytes = bytes.saturating_add(shallow(value));
            // Its counts, and what the allocator rounds up.
            bytes += if matches!(value, Value::String(_) | Value::Bytes(_)) { 32 } else { 0 };
            let before = open.len();
            match value {
                Value::List(items) => open.extend(items.iter().filter(|item| is_nested(item))),
                Value::Record(fields) => {
                    open.extend(fields.iter().map(|(_, item)| item).filter(|item| is_nested(item)))
                }
                _ => continue,
            }
            looked += 1 + open.len() - before;
            if looked >= CHECK {
                looked = 0;
                // Before the end is reached: it may be far.
                let counted = st.memory.made();
                st.make(bytes, 0, WHAT)?;
                st.memory.forget_made(counted);
            }
        }
    }
    Ok(bytes)
}

/// What has a size of its own.
fn is_nested(value: &Value) -> bool {
    matches!(
        value,
        Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Record(_) | Value::Vector(_) | Value::Path(_)
    )
}
