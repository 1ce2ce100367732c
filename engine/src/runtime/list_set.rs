//! The elements of a long list as a set, for IN: a list that is asked for again and again is hashed once.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::statement::Statement;
use crate::{
    error::Result,
    function::operators,
    memory::Held,
    value::{GroupKey, Value},
};

/// The lists of a statement that were asked for last.
#[derive(Default)]
pub(crate) struct ListSets {
    /// Each with its set, from the second time on; the list is held, so that no other gets its place in memory.
    sets: Vec<(Arc<[Value]>, Option<Arc<ListSet>>)>,
}

/// The elements of a list.
struct ListSet {
    /// Those that can be told by a hash.
    plain: FxHashSet<GroupKey>,
    has_null: bool,
    _held: Held,
}

/// Shorter lists are gone through.
const LONG: usize = 16;

/// The bytes of an element in the set; strings are shared with the list.
const ELEMENT: usize = 64;

/// So many lists are remembered.
const MOST: usize = 8;

/// `item IN list`
pub(crate) fn is_in(item: &Value, list: &Value, st: &Statement) -> Result<Value> {
    match (item, list) {
        (Value::List(_) | Value::Vector(_) | Value::Record(_), _) => {}
        (_, Value::List(elements)) if elements.len() >= LONG => {
            if let Some(set) = set_of(elements, st)? {
                return Ok(set.has(item));
            }
        }
        _ => {}
    }
    operators::in_list(item, list)
}

fn set_of(list: &Arc<[Value]>, st: &Statement) -> Result<Option<Arc<ListSet>>> {
    let mut lists = st.lists.lock();
    let sets = &mut lists.sets;
    let Some(place) = sets.iter().position(|(known, _)| Arc::ptr_eq(known, list)) else {
        if sets.len() >= MOST {
            sets.remove(0);
        }
        sets.push((list.clone(), None));
        return Ok(None);
    };
    if sets[place].1.is_none() {
        let mut held = Held::default();
        held.take(&st.memory, list.len() * ELEMENT, "IN a list")?;
        sets[place].1 = Some(Arc::new(ListSet::new(list, held)));
    }
    Ok(sets[place].1.clone())
}

impl ListSet {
    fn new(list: &[Value], held: Held) -> Self {
        // NaN equals nothing, and a list equals none of the values that are looked up here.
        let can_be = |value: &&Value| match value {
            Value::List(_) | Value::Vector(_) | Value::Record(_) => false,
            other => other.equals(other) == Some(true),
        };
        ListSet {
            plain: list.iter().filter(can_be).cloned().map(GroupKey).collect(),
            has_null: list.iter().any(Value::is_null),
            _held: held,
        }
    }

    /// Whether a value that is no list is in a list that is not empty.
    fn has(&self, item: &Value) -> Value {
        if item.is_null() {
            return Value::Null;
        }
        match item.equals(item) == Some(true) && self.plain.contains(&GroupKey(item.clone())) {
            true => Value::Bool(true),
            false if self.has_null => Value::Null,
            false => Value::Bool(false),
        }
    }
}
