//! The scalar functions: one list with name, signature, documentation and code of each.
//!
//! Functions of graph elements and aggregates are not here.

pub(crate) mod cast;
mod compatibility;
mod cypher;
mod list;
pub(crate) mod literal;
mod numeric;
pub(crate) mod operators;
mod regex;
mod string;
pub(crate) mod temporal;
mod temporal_fields;
mod vector;

use std::{
    collections::HashMap,
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    error::{Error, Result},
    memory::MemoryBudget,
    value::Value,
};

pub(crate) use list::Range;
pub(crate) use temporal_fields::temporal_field;
pub(crate) use vector::{FITTING_VECTOR, to_vector};

/// A scalar function.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name in upper case.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// How it is called, for people.
    pub signature: &'static str,
    /// What it gives.
    pub doc: &'static str,
    /// The fewest and the most arguments; `None` = any number.
    pub arity: (usize, Option<usize>),
    /// Takes NULL arguments; without, a NULL argument makes the result NULL.
    pub takes_null: bool,
    /// The elements of the list that it gives are new, not those of an argument.
    pub makes_elements: bool,
    /// The code; use [`Function::call`].
    eval: Eval,
}

type Eval = fn(&[Value], &FunctionContext) -> Result<Value>;

impl Function {
    const fn new(
        name: &'static str,
        signature: &'static str,
        doc: &'static str,
        least: usize,
        most: usize,
        eval: Eval,
    ) -> Self {
        Function {
            name,
            aliases: &[],
            signature,
            doc,
            arity: (least, Some(most)),
            takes_null: false,
            makes_elements: false,
            eval,
        }
    }

    const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    const fn nullable(mut self) -> Self {
        self.takes_null = true;
        self
    }

    const fn makes_elements(mut self) -> Self {
        self.makes_elements = true;
        self
    }

    const fn variadic(mut self) -> Self {
        self.arity.1 = None;
        self
    }

    /// An error (42000) unless the function takes so many arguments.
    pub(crate) fn check_arity(&self, arguments: usize) -> Result<()> {
        if arguments >= self.arity.0 && self.arity.1.is_none_or(|most| arguments <= most) {
            return Ok(());
        }
        let takes = match self.arity {
            (least, None) => format!("at least {least}"),
            (least, Some(most)) if least == most => least.to_string(),
            (least, Some(most)) => format!("{least} to {most}"),
        };
        let plural = if matches!(self.arity, (_, Some(1)) | (1, None)) { "" } else { "s" };
        let message = format!("{} takes {takes} argument{plural}, not {arguments}: {}", self.name, self.signature);
        Err(Error::rule(message))
    }

    /// The function's value.
    pub(crate) fn call(&self, arguments: &[Value], context: &FunctionContext) -> Result<Value> {
        self.check_arity(arguments.len())?;
        if !self.takes_null && arguments.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        (self.eval)(arguments, context)
    }
}

/// What functions know of the statement that calls them.
#[derive(Debug)]
pub(crate) struct FunctionContext {
    /// When the statement began, in the session's time zone.
    pub now: jiff::Zoned,
    random: AtomicU64,
    /// Bounds what functions make; set by the first that is called.
    memory: OnceLock<MemoryBudget>,
}

impl FunctionContext {
    /// A context for a statement that begins at `now`.
    pub(crate) fn new(now: jiff::Zoned) -> Self {
        let (seed, _) = uuid::Uuid::new_v4().as_u64_pair();
        FunctionContext { now, random: AtomicU64::new(seed), memory: OnceLock::new() }
    }

    /// The same, bounded by a memory limit.
    pub(crate) fn bound_by(&self, memory: &MemoryBudget) -> &Self {
        self.memory.get_or_init(|| memory.clone());
        self
    }

    /// An error when the memory limit has no room for what a function is about to make, in bytes: its result, and what it
    /// needs besides until that is there.
    pub(crate) fn room(&self, bytes: usize) -> Result<()> {
        /// Of the size of a page: a batch of them is not large either.
        const SMALL: usize = 4096;
        match self.memory.get() {
            Some(memory) if bytes > SMALL => memory.has_room(bytes, "a value of an expression"),
            _ => Ok(()),
        }
    }

    /// The same for a list of so many elements, which is made twice for a moment, and `texts` bytes of texts in it.
    pub(crate) fn room_for_list(&self, elements: usize, texts: usize) -> Result<()> {
        self.room(elements.saturating_mul(2 * size_of::<Value>()).saturating_add(texts))
    }

    /// A text of at most so many bytes, made by `write`, as a value.
    pub(crate) fn text(&self, bytes: usize, write: impl FnOnce(&mut String)) -> Result<Value> {
        // Sharing copies it.
        self.room(bytes.saturating_mul(2))?;
        let mut text = String::with_capacity(bytes);
        write(&mut text);
        Ok(Value::from(text))
    }

    /// A part of a text as a value.
    pub(crate) fn part(&self, text: &str) -> Result<Value> {
        self.room(text.len())?;
        Ok(Value::from(text))
    }

    /// 64 random bits (splitmix64 over a seed of the system).
    fn random(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut bits = self.random.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// All functions, by family.
pub(crate) fn all() -> &'static [&'static Function] {
    static ALL: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
        let families: [&'static [Function]; 7] = [
            numeric::FUNCTIONS,
            string::FUNCTIONS,
            list::FUNCTIONS,
            vector::FUNCTIONS,
            temporal::FUNCTIONS,
            cypher::FUNCTIONS,
            compatibility::FUNCTIONS,
        ];
        families.into_iter().flatten().collect()
    });
    &ALL
}

/// The function of a name or alias in upper case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    static BY_NAME: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        let names = |function: &'static Function| function.aliases.iter().copied().chain([function.name]);
        all().iter().flat_map(|function| names(function).map(|name| (name, *function))).collect()
    });
    BY_NAME.get(name).copied()
}

/// A function as `SHOW FUNCTIONS` and the shell's help list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionDescription {
    /// The name in upper case.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// What it gives.
    pub doc: &'static str,
}

/// The scalar functions that work on values alone, by name.
pub fn functions() -> Vec<FunctionDescription> {
    let describe = |function: &Function| FunctionDescription {
        name: function.name,
        signature: function.signature,
        doc: function.doc,
    };
    let mut functions: Vec<_> = all().iter().copied().map(describe).collect();
    functions.sort_by_key(|function| function.name);
    functions
}

/// The error of an argument (counted from 0) of the wrong type.
pub(crate) fn wrong_type(function: &str, argument: usize, takes: &str, value: &Value) -> Error {
    let place = match argument {
        0 => "first",
        1 => "second",
        2 => "third",
        _ => "further",
    };
    Error::value_type(format!("{function} takes {takes} as its {place} argument, not {}", value.type_name()))
}

/// The argument as text.
fn text<'a>(function: &str, arguments: &'a [Value], index: usize) -> Result<&'a str> {
    match arguments.get(index) {
        Some(Value::String(text)) => Ok(text),
        other => Err(wrong_type(function, index, "STRING", other.unwrap_or(&Value::Null))),
    }
}

/// The argument as an integer.
fn int(function: &str, arguments: &[Value], index: usize) -> Result<i64> {
    match arguments.get(index) {
        Some(Value::Int(number)) => Ok(*number),
        other => Err(wrong_type(function, index, "INT64", other.unwrap_or(&Value::Null))),
    }
}

/// The argument as a float.
fn float(function: &str, arguments: &[Value], index: usize) -> Result<f64> {
    match arguments.get(index) {
        Some(Value::Float(number)) => Ok(*number),
        Some(Value::Int(number)) => Ok(*number as f64),
        other => Err(wrong_type(function, index, "a number", other.unwrap_or(&Value::Null))),
    }
}

#[cfg(test)]
mod tests;
