//! Categories: one column per value when they are few, a table that the model learns otherwise.
//!
//! Up to [`ONE_HOT`] values become columns of their own: a linear layer over them is the same as a table, and models
//! without training can use them. More become codes into a table of width `min(50, ceil(1.6 c^0.56))` for `c` kept
//! values (the rule of fastai, found by trying; Howard, Gugger: "fastai: A Layered API for Deep Learning", 2020).
//! A value that fewer than [`MIN_COUNT`] training rows have cannot be learned: it shares code 0 with NULL and with
//! values that training never saw, and so do all but the [`MAX_VALUES`] most frequent ones.

use std::collections::HashMap;

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::number::number_at;
use super::request::FeatureSpec;
use crate::graph::property::{NO_TEXT, Values};

/// Most values that get a column each.
pub(super) const ONE_HOT: usize = 8;
/// Training rows a value of a table needs, unless the call says otherwise.
pub(super) const MIN_COUNT: u64 = 2;
/// Values that a table keeps, unless the call says otherwise.
pub(super) const MAX_VALUES: usize = 10_000;

/// The values that are kept, the most frequent first, equally frequent ones in their own order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kept {
    Texts(Vec<String>),
    Numbers(Vec<f64>),
    /// Integers of which some are no floats.
    Integers(Vec<i64>),
}

/// The encoder of categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Category {
    kept: Kept,
    /// Distinct values of training rows that are not kept.
    folded: usize,
    /// Width of the learned table; `None` = a column per value.
    table: Option<usize>,
}

/// Distinct values in ascending order of their key, each with its number of rows. The sort keeps memory to the rows of
/// the group; a counter per distinct text would not.
fn counted<T: Copy + PartialEq>(mut keys: Vec<T>, order: impl Fn(&T, &T) -> std::cmp::Ordering) -> Vec<(T, u64)> {
    keys.sort_unstable_by(order);
    keys.chunk_by(|a, b| a == b).filter_map(|run| Some((*run.first()?, run.len() as u64))).collect()
}

/// The distinct texts of some rows, as positions, with their number of rows; in order of position.
pub(super) fn counted_texts(codes: &[u32], rows: &[u32]) -> Vec<(u32, u64)> {
    let there = rows.iter().map(|&row| codes[row as usize]).filter(|&code| code != NO_TEXT);
    counted(there.collect(), u32::cmp)
}

/// The distinct numbers of some rows, ascending, with their number of rows. -0 counts as 0.
pub(super) fn counted_numbers(values: &Values, rows: &[u32]) -> Vec<(f64, u64)> {
    let there = rows.iter().map(|&row| number_at(values, row) + 0.0).filter(|number| !number.is_nan());
    counted(there.collect(), f64::total_cmp)
}

impl Category {
    /// Fits the training rows.
    ///
    /// # Errors
    /// The reason why no value is kept.
    pub fn fit(values: &Values, training: &[u32], spec: &FeatureSpec) -> Result<Category, String> {
        match values {
            Values::Texts { distinct, codes } => {
                let text = |(code, count): (u32, u64)| (&*distinct[code as usize], count);
                let mut counts: Vec<(&str, u64)> = counted_texts(codes, training).into_iter().map(text).collect();
                counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
                let owned =
                    |kept: &[(&str, u64)]| Kept::Texts(kept.iter().map(|(text, _)| (*text).to_owned()).collect());
                Category::keep(&counts, owned, spec)
            }
            Values::Numbers { integers: true, wide, .. } if !wide.is_empty() => {
                let there = training.iter().filter_map(|&row| values.integer_at(row as usize));
                let mut counts = counted(there.collect(), i64::cmp);
                counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
                Category::keep(&counts, |kept| Kept::Integers(kept.iter().map(|&(number, _)| number).collect()), spec)
            }
            other => {
                let mut counts = counted_numbers(other, training);
                // A stable sort keeps equally frequent numbers ascending.
                counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
                Category::keep(&counts, |kept| Kept::Numbers(kept.iter().map(|&(number, _)| number).collect()), spec)
            }
        }
    }

    fn keep<T>(
        counts: &[(T, u64)],
        owned: impl Fn(&[(T, u64)]) -> Kept,
        spec: &FeatureSpec,
    ) -> Result<Category, String> {
        let columns = spec.width.is_none() && counts.len() <= ONE_HOT;
        let least = spec.min_count.unwrap_or(if columns { 1 } else { MIN_COUNT });
        let most = spec.max_values.unwrap_or(MAX_VALUES);
        let frequent = counts.iter().take_while(|(_, count)| *count >= least).count();
        let kept = frequent.min(most);
        if kept == 0 {
            return Err(format!(
                "none of its {} values is at {least} training rows or more; lower minCount, or use another encoding",
                counts.len()
            ));
        }
        let table = (!columns).then(|| spec.width.unwrap_or_else(|| table_width(kept)));
        Ok(Category { kept: owned(&counts[..kept]), folded: counts.len() - kept, table })
    }

    fn len(&self) -> usize {
        match &self.kept {
            Kept::Texts(texts) => texts.len(),
            Kept::Numbers(numbers) => numbers.len(),
            Kept::Integers(numbers) => numbers.len(),
        }
    }

    /// Whether the column is constant, so that only the presence of a value carries information.
    pub fn is_presence(&self) -> bool {
        self.len() == 1 && self.folded == 0
    }

    pub fn width(&self) -> usize {
        if self.table.is_some() { 0 } else { self.len() }
    }

    pub fn table(&self) -> Option<(usize, usize)> {
        self.table.map(|width| (self.len() + 1, width))
    }

    /// The encoding as a listing shows it.
    pub fn note(&self) -> String {
        let kept = self.len();
        let mut note = match self.table {
            None => format!("a column for each of {kept} values"),
            Some(_) => format!("learned table of {kept} values"),
        };
        if self.folded > 0 {
            note.push_str(&format!(", {} rare ones share code 0", self.folded));
        }
        note
    }

    /// A code for each row: 1 + position of the value, or 0.
    pub fn codes(&self, values: &Values, rows: &[u32]) -> Vec<u32> {
        match (&self.kept, values) {
            (Kept::Texts(kept), Values::Texts { distinct, codes }) => {
                let code_of: HashMap<&str, u32> = kept.iter().map(String::as_str).zip(1..).collect();
                let code = |&row: &u32| match codes[row as usize] {
                    NO_TEXT => 0,
                    text => code_of.get(&*distinct[text as usize]).copied().unwrap_or(0),
                };
                rows.iter().map(code).collect()
            }
            (Kept::Numbers(kept), values) => {
                let code_of: HashMap<u64, u32> = kept.iter().map(|number| number.to_bits()).zip(1..).collect();
                let key = |row| (number_at(values, row) + 0.0).to_bits();
                rows.iter().map(|&row| code_of.get(&key(row)).copied().unwrap_or(0)).collect()
            }
            (Kept::Integers(kept), values) => {
                let code_of: HashMap<i64, u32> = kept.iter().copied().zip(1..).collect();
                let code =
                    |&row: &u32| values.integer_at(row as usize).and_then(|number| code_of.get(&number).copied());
                rows.iter().map(|row| code(row).unwrap_or(0)).collect()
            }
            // Nothing but NULLs.
            (Kept::Texts(_), _) => vec![0; rows.len()],
        }
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        for (code, mut out) in self.codes(values, rows).into_iter().zip(matrix.outer_iter_mut()) {
            if let Some(column) = (code as usize).checked_sub(1) {
                out[column] = 1.0;
            }
        }
    }
}

/// Width of the learned table of this many values.
pub(super) fn table_width(values: usize) -> usize {
    ((1.6 * (values as f64).powf(0.56)).ceil() as usize).clamp(1, 50)
}
