//! The figures that the library gives of a computation.

use std::collections::BTreeMap;

use wend_algorithms::{Column, Output};

use super::super::super::result::{cell, scalar};
use super::super::{argument::map, rows::int};
use crate::{registry::compatibility::gds::Figure, value::Value};

/// The figures of an algorithm in their order.
pub(super) fn figures(wanted: &[(&'static str, &'static str, Figure)], output: &Output, nodes: usize) -> Vec<Value> {
    let stat = |name: &str| {
        let found = output.stats.iter().find(|(known, _)| *known == name);
        found.map_or(Value::Null, |(_, value)| scalar(value))
    };
    let figure = |(_, _, figure): &(&str, &str, Figure)| match figure {
        Figure::Nodes => int(nodes as u64),
        Figure::Stat(name) => stat(name),
        Figure::Listed(name) => Value::List([stat(name)].into_iter().filter(|value| !value.is_null()).collect()),
        Figure::Distribution => distribution(numbers(output.columns.last())),
        Figure::Sizes => sizes(output.columns.first()),
        Figure::Unmeasured => Value::List([].into()),
        Figure::Exact => Value::Bool(true),
        Figure::Once => Value::Int(1),
        Figure::AllPairs => match stat("nodeCount") {
            Value::Int(nodes) => Value::Int(nodes.saturating_mul(nodes.saturating_sub(1)) / 2),
            _ => Value::Null,
        },
    };
    wanted.iter().map(figure).collect()
}

/// The numbers of a column.
fn numbers(column: Option<&Column>) -> Vec<f64> {
    let Some(column) = column else { return Vec::new() };
    let number = |row: usize| match cell(column, row) {
        Value::Float(number) => Some(number),
        Value::Int(number) => Some(number as f64),
        _ => None,
    };
    (0..column.rows()).filter_map(number).collect()
}

/// How many elements the groups have whose numbers are in a column.
fn sizes(column: Option<&Column>) -> Value {
    let mut groups: BTreeMap<i64, u64> = BTreeMap::new();
    if let Some(Column::Ints(numbers)) = column {
        numbers.iter().for_each(|group| *groups.entry(*group).or_default() += 1);
    }
    distribution(groups.into_values().map(|size| size as f64).collect())
}

/// The least, the greatest, the mean and shares of numbers; each share is the least number that so many are at most.
pub(super) fn distribution(mut numbers: Vec<f64>) -> Value {
    const SHARES: [(&str, f64); 9] = [
        ("p1", 0.01),
        ("p5", 0.05),
        ("p10", 0.1),
        ("p25", 0.25),
        ("p50", 0.5),
        ("p75", 0.75),
        ("p90", 0.9),
        ("p95", 0.95),
        ("p99", 0.99),
    ];
    numbers.sort_unstable_by(f64::total_cmp);
    let (Some(first), Some(last)) = (numbers.first().copied(), numbers.last().copied()) else {
        return Value::Record([].into());
    };
    let whole = numbers.iter().all(|number| number.fract() == 0.0);
    let shown = |number: f64| if whole { Value::Int(number as i64) } else { Value::Float(number) };
    let at = |share: f64| {
        let place = (share * numbers.len() as f64).ceil() as usize;
        numbers.get(place.max(1) - 1).copied().unwrap_or(last)
    };
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    let mut fields = vec![("min", shown(first)), ("max", shown(last)), ("mean", Value::Float(mean))];
    fields.extend(SHARES.iter().map(|(name, share)| (*name, shown(at(*share)))));
    fields.push(("p999", shown(at(0.999))));
    map(fields)
}
