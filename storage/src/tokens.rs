//! Labels and property keys: names and their numbers, for the whole database.
//!
//! A name is written as soon as it is first used, outside any transaction, and is never removed. So two
//! transactions that use a new name at once get the same number and do not conflict.

use std::sync::Arc;

use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::keys::{self, meta};
use crate::kv::{Family, Hint, Kv};

/// All names of a database.
pub(crate) struct Tokens {
    pub labels: TokenSpace,
    pub properties: TokenSpace,
}

/// The names of one kind.
pub(crate) struct TokenSpace {
    tag: u8,
    what: &'static str,
    names: RwLock<Names>,
}

#[derive(Default)]
struct Names {
    by_number: Vec<Arc<str>>,
    by_name: FxHashMap<Arc<str>, u32>,
}

impl Tokens {
    pub(crate) fn load(kv: &Kv) -> Result<Tokens> {
        Ok(Tokens {
            labels: TokenSpace::load(kv, meta::LABEL, "label")?,
            properties: TokenSpace::load(kv, meta::PROPERTY, "property key")?,
        })
    }
}

impl TokenSpace {
    fn load(kv: &Kv, tag: u8, what: &'static str) -> Result<TokenSpace> {
        let mut names = Names::default();
        let mut iter = kv.snapshot().prefix(Family::Meta, &[tag], Hint::Seek)?;
        while let Some((key, value)) = iter.item() {
            let name = std::str::from_utf8(value).map_err(|_| Error::corrupt("a name is not UTF-8"))?;
            if keys::read_u32(key, 1)? as usize != names.by_number.len() {
                return Err(Error::corrupt(format!("the {what} numbers have a gap")));
            }
            names.add(name);
            iter.advance()?;
        }
        Ok(TokenSpace { tag, what, names: RwLock::new(names) })
    }

    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        self.names.read().by_name.get(name).copied()
    }

    pub(crate) fn name(&self, number: u32) -> Result<Arc<str>> {
        let names = self.names.read();
        names
            .by_number
            .get(number as usize)
            .cloned()
            .ok_or_else(|| Error::corrupt(format!("the {} #{number} has no name", self.what)))
    }

    pub(crate) fn all(&self) -> Vec<Arc<str>> {
        self.names.read().by_number.clone()
    }

    /// The number of a name; a new name is written to `kv`, unless the store is only read.
    pub(crate) fn intern(&self, kv: &Kv, read_only: bool, name: &str) -> Result<u32> {
        if let Some(number) = self.find(name) {
            return Ok(number);
        }
        if read_only {
            return Err(Error::ReadOnly("database"));
        }
        kv.check_writable()?;
        let mut names = self.names.write();
        if let Some(number) = names.by_name.get(name) {
            return Ok(*number);
        }
        let number = u32::try_from(names.by_number.len())
            .map_err(|_| Error::Engine(format!("there are too many names of the kind {}", self.what)))?;
        let mut batch = kv.batch();
        batch.put(Family::Meta, &keys::token(self.tag, number), name.as_bytes())?;
        // Whatever uses the name is written later to the same log, so it is durable no sooner.
        kv.write_lazily(batch)?;
        names.add(name);
        Ok(number)
    }
}

impl Names {
    fn add(&mut self, name: &str) {
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), self.by_number.len() as u32);
        self.by_number.push(name);
    }
}
