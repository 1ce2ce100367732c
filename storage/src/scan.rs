//! A range of one family as a transaction sees it: its snapshot and, over that, its own changes.
//!
//! The own changes are those made before the scan began: a statement does not see what it writes itself
//! through a scan that is already running, so a scan always ends.

use std::cmp::Ordering;

use crate::error::Result;
use crate::kv::{Family, Hint, Iter, Snapshot};
use crate::overlay::{Bytes, Overlay};

/// Where the current entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first entry.
    Start,
    Stored,
    Own,
    End,
}

/// A scan over a range of keys, in key order.
pub(crate) struct Scan {
    iter: Iter,
    lower: Vec<u8>,
    own: Vec<(Bytes, Option<Bytes>)>,
    next_own: usize,
    at: At,
}

impl Scan {
    pub(crate) fn new(
        snapshot: &Snapshot,
        overlay: Option<&Overlay>,
        family: Family,
        lower: &[u8],
        upper: Option<Vec<u8>>,
        hint: Hint,
    ) -> Result<Scan> {
        let own = overlay
            .filter(|overlay| overlay.has(family))
            .map(|overlay| {
                overlay
                    .range(family, lower, upper.as_deref())
                    .map(|(key, value)| (Bytes::clone(key), value.clone()))
                    .collect()
            })
            .unwrap_or_default();
        let snapshot = overlay.and_then(|overlay| overlay.fresh(family, lower)).unwrap_or(snapshot);
        let iter = snapshot.iter(family, lower, upper, hint)?;
        Ok(Scan { iter, lower: lower.to_vec(), own, next_own: 0, at: At::Start })
    }

    /// The next entry.
    #[allow(clippy::should_implement_trait)] // It lends.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], &[u8])>> {
        match self.at {
            At::Start => self.iter.seek(&self.lower)?,
            At::Stored => self.iter.advance()?,
            At::Own => self.next_own += 1,
            At::End => return Ok(None),
        }
        self.settle()
    }

    /// The first entry at or after `key`, which must not lie before the current one.
    pub(crate) fn seek(&mut self, key: &[u8]) -> Result<Option<(&[u8], &[u8])>> {
        self.iter.seek(key)?;
        self.next_own += self.own[self.next_own..].partition_point(|(own, _)| &**own < key);
        self.settle()
    }

    fn settle(&mut self) -> Result<Option<(&[u8], &[u8])>> {
        // Own entries hide stored ones of the same key.
        while let Some((own, value)) = self.own.get(self.next_own) {
            let order = self.iter.key().map_or(Ordering::Less, |stored| (**own).cmp(stored));
            match order {
                Ordering::Greater => break,
                Ordering::Equal => self.iter.advance()?,
                Ordering::Less if value.is_none() => self.next_own += 1,
                Ordering::Less => {
                    self.at = At::Own;
                    return Ok(self.current());
                }
            }
        }
        self.at = if self.iter.key().is_some() { At::Stored } else { At::End };
        Ok(self.current())
    }

    /// The current entry.
    pub(crate) fn current(&self) -> Option<(&[u8], &[u8])> {
        match self.at {
            At::Start | At::End => None,
            At::Stored => self.iter.item(),
            At::Own => {
                let (key, value) = self.own.get(self.next_own)?;
                Some((&**key, value.as_deref()?))
            }
        }
    }
}
