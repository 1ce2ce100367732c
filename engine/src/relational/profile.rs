//! What is in the columns of a table: hashes of values, as they stand in keys, and times.

use std::hash::{DefaultHasher, Hasher};

use rustc_hash::{FxHashMap, FxHashSet};
use wend_storage::Value as Stored;

use super::source::{SourceTable, TableSource, is_key, push_key, stored};
use crate::{error::Result, import::kind::Kind};

/// The hash of NULL.
pub(super) const NULL: u64 = 0;
/// The time of NULL.
pub(super) const NO_TIME: i64 = i64::MIN;

/// Columns of a table, row by row.
#[derive(Default)]
pub(super) struct Profile {
    pub rows: usize,
    hashes: FxHashMap<String, Vec<u64>>,
    times: FxHashMap<String, Vec<i64>>,
}

impl Profile {
    /// Reads columns of a table. `check` is asked now and then whether to go on.
    pub fn read(
        source: &mut dyn TableSource,
        number: usize,
        table: &SourceTable,
        wanted: &[String],
        check: &dyn Fn() -> Result<()>,
    ) -> Result<Profile> {
        let columns: Vec<usize> = wanted.iter().filter_map(|name| table.column(name)).collect();
        if columns.is_empty() {
            return Ok(Profile { rows: table.rows.unwrap_or_default() as usize, ..Profile::default() });
        }
        let kinds: Vec<Option<Kind>> = columns.iter().map(|&at| table.columns[at].kind.clone()).collect();
        let is_time: Vec<bool> = kinds.iter().map(|kind| kind.as_ref().is_some_and(is_time)).collect();
        let mut hashes: Vec<Vec<u64>> = vec![Vec::new(); columns.len()];
        let mut times: Vec<Vec<i64>> = vec![Vec::new(); columns.len()];
        let (mut rows, mut text) = (0usize, String::new());
        source.read(number, &columns, &mut |row| {
            for place in 0..columns.len() {
                let cell = row.cell(place);
                // What does not fit its column's type is compared as it is; loading says so.
                let value =
                    stored(kinds[place].as_ref(), cell.clone()).or_else(|()| stored(None, cell)).unwrap_or(None);
                if is_time[place] {
                    times[place].push(value.as_ref().map_or(NO_TIME, micros));
                }
                hashes[place].push(value.filter(is_key).map_or(NULL, |value| hash(&value, &mut text)));
            }
            rows += 1;
            if rows.is_multiple_of(4096) { check() } else { Ok(()) }
        })?;
        let mut profile = Profile { rows, ..Profile::default() };
        for (place, at) in columns.into_iter().enumerate() {
            let name = table.columns[at].name.clone();
            if is_time[place] {
                profile.times.insert(name.clone(), std::mem::take(&mut times[place]));
            }
            profile.hashes.insert(name, std::mem::take(&mut hashes[place]));
        }
        Ok(profile)
    }

    /// The hashes of a column; NULL is [`NULL`].
    pub fn column(&self, name: &str) -> Option<&[u64]> {
        self.hashes.get(name).map(Vec::as_slice)
    }

    /// The times of a column, in microseconds; NULL is [`NO_TIME`].
    pub fn times(&self, name: &str) -> Option<&[i64]> {
        self.times.get(name).map(Vec::as_slice)
    }

    /// The hashes of several columns together, NULL where one is; `None` where one is not there.
    pub fn key(&self, names: &[String]) -> Option<Vec<u64>> {
        if let [name] = names {
            return self.column(name).map(<[u64]>::to_vec);
        }
        let columns: Vec<&[u64]> = names.iter().map(|name| self.column(name)).collect::<Option<_>>()?;
        let combined = |row: usize| {
            columns.iter().try_fold(0u64, |sum, column| {
                let hash = column.get(row).copied().filter(|hash| *hash != NULL)?;
                Some(wend_algorithms::random::mix(sum ^ hash))
            })
        };
        Some((0..self.rows).map(|row| combined(row).unwrap_or(NULL)).collect())
    }

    /// Whether every row has a key and no two rows have the same.
    pub fn is_unique(&self, names: &[String]) -> bool {
        let Some(key) = self.key(names) else { return false };
        let mut seen = FxHashSet::default();
        !key.is_empty() && key.into_iter().all(|hash| hash != NULL && seen.insert(hash))
    }
}

/// Of the rows with a key, how many have one of these.
pub(super) fn contained(keys: &[u64], of: &FxHashSet<u64>) -> (u64, u64) {
    let with_key = keys.iter().filter(|hash| **hash != NULL);
    let found = with_key.clone().filter(|hash| of.contains(hash)).count();
    (found as u64, with_key.count() as u64)
}

/// Whether values of a type are moments.
pub(super) fn is_time(kind: &Kind) -> bool {
    matches!(kind, Kind::Date | Kind::LocalDateTime | Kind::ZonedDateTime)
}

fn micros(value: &Stored) -> i64 {
    let of = |seconds: i64, nanos: u32| seconds.saturating_mul(1_000_000).saturating_add(i64::from(nanos / 1000));
    match value {
        Stored::Date(days) => i64::from(*days) * 86_400_000_000,
        Stored::LocalDateTime { seconds, nanos } | Stored::ZonedDateTime { seconds, nanos, .. } => of(*seconds, *nanos),
        _ => NO_TIME,
    }
}

fn hash(value: &Stored, text: &mut String) -> u64 {
    text.clear();
    push_key(value, text);
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish().max(1)
}
