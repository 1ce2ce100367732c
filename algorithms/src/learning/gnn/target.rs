//! Prediction targets, the split into training, validation and test, and the metrics.

use ndarray::Array2;

use super::options::{Task, unfit};
use crate::algorithm::output::Scalar;
use crate::core::error::Error;
use crate::graph::property::{NO_TEXT, Property, Values};
use crate::numeric::kernel::sparse::dot;
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// Integers of at most so many different values are classes, of more are numbers, unless the task says.
const MOST_CLASSES: usize = 100;

/// The target of each node, graph or edge.
#[derive(Debug, Clone, PartialEq)]
pub enum Labels {
    /// Classes: their values in order of first appearance, and the class of each.
    Classes {
        /// The values.
        values: Vec<Class>,
        /// The class of each that has one.
        of: Vec<Option<u32>>,
    },
    /// Numbers; absent = NaN.
    Numbers(Vec<f64>),
}

impl Labels {
    /// Whether there is a target of this number.
    pub fn has(&self, item: usize) -> bool {
        match self {
            Labels::Classes { of, .. } => of[item].is_some(),
            Labels::Numbers(values) => !values[item].is_nan(),
        }
    }

    /// The targets of these numbers.
    pub fn of(&self, items: &[u32]) -> Labels {
        match self {
            Labels::Classes { values, of } => {
                Labels::Classes { values: values.clone(), of: items.iter().map(|&item| of[item as usize]).collect() }
            }
            Labels::Numbers(values) => Labels::Numbers(items.iter().map(|&item| values[item as usize]).collect()),
        }
    }
}

/// The value that stands for a class.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Class {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A truth value.
    Bool(bool),
}

impl Class {
    /// The class as a value of a result.
    pub fn scalar(&self) -> Scalar {
        match self {
            Class::Text(text) => Scalar::String(text.clone()),
            Class::Int(value) => Scalar::Int(*value),
            Class::Bool(value) => Scalar::Bool(*value),
        }
    }

    /// The class as messages show it: a text in quotes.
    pub fn quoted(&self) -> String {
        match self {
            Class::Text(text) => format!("{text:?}"),
            other => other.name(),
        }
    }

    /// The class as a name: of a field of a record, or in a message.
    pub fn name(&self) -> String {
        match self {
            Class::Text(text) => text.clone(),
            Class::Int(value) => value.to_string(),
            Class::Bool(value) => value.to_string(),
        }
    }
}

/// Reads the target. Texts, truth values and few different integers are classes, other numbers are numbers.
/// `owner` = what the property is of, "node" or "edge".
pub fn labels(property: &Property, task: Option<Task>, owner: &'static str) -> Result<Labels, Error> {
    let name = &property.name;
    let task = task.map(Task::of_values);
    let classes = |values: Vec<Class>, of: Vec<Option<u32>>| {
        if values.is_empty() {
            return Err(unfit(format!("the target {name:?} is NULL at every {owner}")));
        }
        if values.len() == 1 {
            let only = values[0].quoted();
            return Err(unfit(format!(
                "the target {name:?} has one class only, {only}: there is nothing to tell apart"
            )));
        }
        Ok(Labels::Classes { values, of })
    };
    match &property.values {
        Values::Texts { distinct, codes } => {
            let values: Vec<Class> = distinct.iter().map(|text| Class::Text(text.to_string())).collect();
            let of = codes.iter().map(|&code| (code != NO_TEXT).then_some(code)).collect();
            if task == Some(Task::Regression) {
                return Err(unfit(format!("the task \"regression\" predicts a number, but {name:?} holds texts")));
            }
            classes(values, of)
        }
        Values::Bools(values) => {
            let of: Vec<Option<u32>> = values.iter().map(|value| value.map(u32::from)).collect();
            let both: Vec<Class> =
                [false, true].into_iter().filter(|value| values.contains(&Some(*value))).map(Class::Bool).collect();
            classes(both, of)
        }
        Values::Numbers { values, integers, .. } => {
            let of: Vec<Option<i64>> = (0..values.len()).map(|row| property.values.integer_at(row)).collect();
            let mut distinct: Vec<i64> = of.iter().copied().flatten().collect();
            distinct.sort_unstable();
            distinct.dedup();
            let few = distinct.len() <= MOST_CLASSES;
            let integer_classes = || {
                let class = |value: &i64| distinct.binary_search(value).unwrap_or(0) as u32;
                let of = of.iter().map(|value| value.as_ref().map(class)).collect();
                classes(distinct.iter().map(|&value| Class::Int(value)).collect(), of)
            };
            match task {
                Some(Task::Classification) if !integers => Err(unfit(format!(
                    "the task \"classification\" predicts a class, but {name:?} holds FLOATs; choose \"regression\""
                ))),
                Some(Task::Classification) => integer_classes(),
                None if *integers && few => integer_classes(),
                _ => {
                    property.check_finite("target", owner)?;
                    Ok(Labels::Numbers(values.clone()))
                }
            }
        }
        Values::Nulls { .. } => Err(unfit(format!("the target {name:?} is NULL at every {owner}"))),
        other => Err(unfit(format!(
            "the target {name:?} holds {}, but a target is a STRING, BOOL or INT to classify or a number to predict",
            other.type_name()
        ))),
    }
}

/// The part of the split an item is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Training.
    Train,
    /// Validation: decides which epoch is kept.
    Validation,
    /// Test: reported only.
    Test,
}

/// Divides items: by the property `split`, or at random 80 : 10 : 10 by `key(item)`. Items that are not `wanted`, and
/// those whose split is NULL or another text, are in no part.
pub fn split(
    property: Option<&Property>,
    items: usize,
    wanted: impl Fn(usize) -> bool,
    key: impl Fn(usize) -> u64,
) -> Result<Vec<Option<Part>>, Error> {
    if let Some(property) = property {
        let Values::Texts { distinct, codes } = &property.values else {
            return Err(unfit(format!(
                "split {:?} holds {}, but it takes the texts \"train\", \"validation\" and \"test\"",
                property.name,
                property.values.type_name()
            )));
        };
        let parts: Vec<Option<Part>> = distinct
            .iter()
            .map(|text| match text.to_lowercase().as_str() {
                "train" | "training" => Some(Part::Train),
                "validation" | "valid" | "val" | "dev" => Some(Part::Validation),
                "test" => Some(Part::Test),
                _ => None,
            })
            .collect();
        if !parts.contains(&Some(Part::Train)) {
            return Err(unfit(format!("no row has the split \"train\" in {:?}", property.name)));
        }
        let of = |item: usize| parts.get(codes[item] as usize).copied().flatten().filter(|_| wanted(item));
        return Ok((0..items).map(of).collect());
    }
    // Items with one key stay together.
    let mut keys: Vec<u64> = (0..items).filter(|&item| wanted(item)).map(&key).collect();
    keys.sort_unstable();
    keys.dedup();
    let held = keys.len() / 10;
    let of = |item: usize| {
        wanted(item).then(|| {
            let place = keys.partition_point(|&known| known < key(item));
            match place {
                place if place < held => Part::Test,
                place if place < 2 * held => Part::Validation,
                _ => Part::Train,
            }
        })
    };
    Ok((0..items).map(of).collect())
}

/// A number that orders items at random under a seed.
pub fn random_key(seed: u64, item: u64) -> u64 {
    mix(mix(seed ^ 0x0073_706c_6974).wrapping_add(item.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// The items of one part, ascending.
pub fn of_part(parts: &[Option<Part>], part: Part) -> Vec<u32> {
    (0u32..).zip(parts).filter(|(_, of)| **of == Some(part)).map(|(item, _)| item).collect()
}

/// The position of the largest number, of equal ones the first.
pub fn largest(row: &[f32]) -> usize {
    let mut best = 0;
    for (position, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = position;
        }
    }
    best
}

/// The probability that a pair that belongs together scores above one that does not (area under the ROC curve).
pub fn auc(high: &[f32], low: &[f32]) -> f64 {
    let mut all: Vec<(f32, bool)> =
        high.iter().map(|&score| (score, true)).chain(low.iter().map(|&score| (score, false))).collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (mut rank_sum, mut start) = (0.0f64, 0);
    while start < all.len() {
        let end = start + all[start..].iter().take_while(|entry| entry.0 == all[start].0).count();
        // Equal scores share their mean rank.
        let rank = (start + end + 1) as f64 / 2.0;
        rank_sum += rank * all[start..end].iter().filter(|entry| entry.1).count() as f64;
        start = end;
    }
    let (n, m) = (high.len() as f64, low.len() as f64);
    if n * m == 0.0 { 0.0 } else { (rank_sum - n * (n + 1.0) / 2.0) / (n * m) }
}

/// The mean over users of the share of their held-out items among the first `k`, items of `known` left out.
pub fn recall(
    workers: &Workers<'_>,
    vectors: &Array2<f32>,
    held: &[(u32, Vec<u32>)],
    known: &dyn Fn(u32) -> Vec<u32>,
    candidates: &[u32],
    k: usize,
) -> f64 {
    let one = |user: u32, wanted: &[u32], known: &[u32]| {
        let own = vectors.row_slice(user as usize);
        let mut scored: Vec<(f32, u32)> = candidates
            .iter()
            .filter(|item| known.binary_search(item).is_err())
            .map(|&item| (dot(own, vectors.row_slice(item as usize)), item))
            .collect();
        let k = k.min(scored.len());
        if k == 0 {
            return 0.0;
        }
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        scored.select_nth_unstable_by(k - 1, order);
        let found = scored[..k].iter().filter(|(_, item)| wanted.contains(item)).count();
        found as f64 / wanted.len().min(k) as f64
    };
    let mut shares = vec![0.0f64; held.len()];
    let prepared: Vec<Vec<u32>> = held.iter().map(|(user, _)| known(*user)).collect();
    let work = shares.iter_mut().zip(held).zip(&prepared);
    workers.for_each(work, |((share, (user, wanted)), known)| *share = one(*user, wanted, known));
    shares.iter().sum::<f64>() / held.len().max(1) as f64
}
