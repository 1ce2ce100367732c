//! Lists of texts as bags: a column for each text, or hashed ones when there are many, with TF-IDF weights.
//!
//! Order does not count, repetition does. Each bag is scaled to length 1; an empty list is the zero vector, like NULL.

use std::collections::HashMap;

use ndarray::ArrayViewMut2;
use serde::{Deserialize, Serialize};

use super::hashing::{Counter, Frequencies, column, hash_text, inverse, normalize};
use crate::graph::property::Values;

/// Most distinct texts that get a column each, unless the call gives a width.
pub(super) const BAG_COLUMNS: usize = 256;
/// Hashed columns, unless the call gives a width.
pub(super) const BAG_WIDTH: usize = 128;

/// The encoder of bags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Bag {
    /// A column for each text, with its weight: the most frequent first, equally frequent ones in their own order.
    Columns(Vec<(String, f64)>),
    Hashed {
        width: usize,
        frequencies: Frequencies,
    },
}

/// The list of a row; empty when it has none.
fn list<'a>(offsets: &[usize], codes: &'a [u32], present: &[bool], row: u32) -> &'a [u32] {
    let row = row as usize;
    if present[row] { &codes[offsets[row]..offsets[row + 1]] } else { &[] }
}

impl Bag {
    /// Fits the training rows; `None` when none of them has a text in its list.
    pub fn fit(values: &Values, training: &[u32], width: Option<usize>) -> Option<Bag> {
        let Values::TextLists { distinct, offsets, codes, present } = values else { return None };
        // In how many lists a text is, and the last list it was seen in.
        let mut counts: HashMap<u32, (u64, u32)> = HashMap::new();
        let mut documents = 0u64;
        for &row in training {
            documents += u64::from(present[row as usize]);
            for &code in list(offsets, codes, present, row) {
                let (count, last) = counts.entry(code).or_insert((0, u32::MAX));
                if *last != row {
                    (*count, *last) = (*count + 1, row);
                }
            }
        }
        if counts.is_empty() {
            return None;
        }
        if counts.len() <= width.unwrap_or(BAG_COLUMNS) {
            let text = |(code, (count, _)): (u32, (u64, u32))| (&distinct[code as usize], count);
            let mut kept: Vec<_> = counts.into_iter().map(text).collect();
            kept.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
            let weighted = |(text, count): (&std::sync::Arc<str>, u64)| (text.to_string(), inverse(documents, count));
            return Some(Bag::Columns(kept.into_iter().map(weighted).collect()));
        }
        let mut counter = Counter::new();
        for &row in training.iter().filter(|&&row| present[row as usize]) {
            counter.begin(1);
            for &code in list(offsets, codes, present, row) {
                counter.add(hash_text(&distinct[code as usize]));
            }
        }
        Some(Bag::Hashed { width: width.unwrap_or(BAG_WIDTH), frequencies: counter.finish() })
    }

    pub fn width(&self) -> usize {
        match self {
            Bag::Columns(columns) => columns.len(),
            Bag::Hashed { width, .. } => *width,
        }
    }

    /// The encoding as a listing shows it.
    pub fn note(&self) -> String {
        match self {
            Bag::Columns(columns) => format!("a column for each of {} texts, TF-IDF", columns.len()),
            Bag::Hashed { .. } => "hashed, TF-IDF".to_owned(),
        }
    }

    pub fn encode(&self, values: &Values, rows: &[u32], mut matrix: ArrayViewMut2<'_, f32>) {
        let Values::TextLists { distinct, offsets, codes, present } = values else { return };
        // The column and signed weight of each distinct text.
        let mut known: HashMap<u32, Option<(usize, f64)>> = HashMap::new();
        let find: Box<dyn Fn(&str) -> Option<(usize, f64)> + '_> = match self {
            Bag::Columns(columns) => {
                let place = |(place, (text, weight)): (usize, &'_ (String, f64))| (text.clone(), (place, *weight));
                let places: HashMap<String, (usize, f64)> = columns.iter().enumerate().map(place).collect();
                Box::new(move |text| places.get(text).copied())
            }
            Bag::Hashed { width, frequencies } => {
                let (weights, width) = (frequencies.weights(), *width);
                Box::new(move |text| {
                    let hash = hash_text(text);
                    let (column, sign) = column(hash, width);
                    Some((column, sign * weights.of(hash)))
                })
            }
        };
        let mut sum = vec![0.0; self.width()];
        for (&row, mut out) in rows.iter().zip(matrix.outer_iter_mut()) {
            sum.fill(0.0);
            for &code in list(offsets, codes, present, row) {
                let place = *known.entry(code).or_insert_with(|| find(&distinct[code as usize]));
                let number = place.and_then(|(column, weight)| Some((sum.get_mut(column)?, weight)));
                if let Some((number, weight)) = number {
                    *number += weight;
                }
            }
            normalize(&mut sum);
            out.iter_mut().zip(&sum).for_each(|(out, &number)| *out = number as f32);
        }
    }
}
