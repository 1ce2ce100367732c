//! The time column of each table: when a row came to be.
//!
//! It is the last column of dates or times that is never later than the rows that refer to it, since a row is there before others refer to it.
//! Columns without NULLs come first, since a row without a time is always seen; those of changes (`last_update`) come last; what is no time of a row
//! (a birthday, a date that something is due by) is none. Where every column is later than some rows, the one with the fewest of these is
//! taken, up to half of them: a time that is too late hides a row, one that is missing shows it too early.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::{
    plan::{PlannedEdge, PlannedEnd, RelationalPlan},
    profile::{NO_TIME, NULL, Profile, is_time},
    source::SourceTable,
};
use crate::import::keys::snake;

/// Parts of names of dates that are not when a row came to be.
const OTHER_DATES: [&str; 13] = [
    "birth", "born", "dob", "death", "died", "expir", "due", "required", "deadline", "until", "valid_to", "end_date",
    "planned",
];
/// Parts of names of dates of changes.
const CHANGES: [&str; 5] = ["update", "modif", "change", "edited", "sync"];
/// Of the rows that refer to it, so many may be earlier at most.
const MOST_EARLIER: f64 = 0.5;

fn has(name: &str, parts: &[&str]) -> bool {
    let name = snake(name);
    parts.iter().any(|part| name.contains(part))
}

/// The columns of a table that may be its time.
pub(super) fn candidates(table: &SourceTable) -> Vec<String> {
    let times = table.columns.iter().filter(|column| column.kind.as_ref().is_some_and(is_time));
    times.map(|column| column.name.clone()).filter(|name| !has(name, &OTHER_DATES)).collect()
}

/// The columns that have to be looked at to propose times, for each table.
pub(super) fn columns_to_look_at(plan: &RelationalPlan, tables: &[SourceTable]) -> Vec<Vec<String>> {
    let candidates: Vec<Vec<String>> = tables.iter().map(candidates).collect();
    let place = |name: &str| tables.iter().position(|table| table.name == name);
    let mut wanted: Vec<Vec<String>> = vec![Vec::new(); tables.len()];
    let mut want = |table: usize, names: &[String]| {
        for name in names {
            if !wanted[table].contains(name) {
                wanted[table].push(name.clone());
            }
        }
    };
    for (table, names) in candidates.iter().enumerate().filter(|(_, names)| names.len() > 1) {
        want(table, names);
    }
    for edge in &plan.edges {
        let Some(from) = place(&edge.table) else { continue };
        for end in edge.source.iter().chain([&edge.destination]) {
            let Some(to) = place(&end.table) else { continue };
            if !candidates[from].is_empty() && !candidates[to].is_empty() {
                want(from, &end.columns);
                want(from, &candidates[from]);
                want(to, &end.referenced);
                want(to, &candidates[to]);
            }
        }
    }
    wanted
}

/// Proposes the time of each table and of each table of edges.
pub(super) fn propose(plan: &mut RelationalPlan, tables: &[SourceTable], profiles: &[Profile]) {
    let place: HashMap<&str, usize> = tables.iter().enumerate().map(|(at, table)| (table.name.as_str(), at)).collect();
    let mut chosen: Vec<Option<String>> = vec![None; tables.len()];
    for table in children_first(plan, tables) {
        let names = candidates(&tables[table]);
        let mut found: Vec<(bool, bool, bool, f64, usize)> = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let (mut earlier, mut all) = (0u64, 0u64);
            for edge in &plan.edges {
                let Some(&from) = place.get(edge.table.as_str()) else { continue };
                let Some(time) = chosen[from].as_ref().filter(|_| from != table) else { continue };
                for end in ends(edge).filter(|end| end.table == tables[table].name) {
                    let (some, of) = compare(end, (&profiles[from], time), (&profiles[table], name));
                    earlier += some;
                    all += of;
                }
            }
            let share = if all == 0 { 0.0 } else { earlier as f64 / all as f64 };
            let nulls = profiles[table].times(name).is_some_and(|times| times.contains(&NO_TIME));
            found.push((has(name, &CHANGES), earlier > 0, nulls, share, at));
        }
        found.retain(|(.., share, _)| *share <= MOST_EARLIER);
        // First what is never later than rows that refer to it, then without NULLs, then by the share, the last column first.
        found.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then(a.3.total_cmp(&b.3)).then(b.4.cmp(&a.4)));
        if let Some((_, later, _, share, at)) = found.first() {
            if *later {
                plan.warnings.push(format!(
                    "the time {} of {} is later than {:.0} % of the rows that refer to it",
                    names[*at],
                    tables[table].name,
                    (share * 100.0).ceil()
                ));
            }
            chosen[table] = Some(names[*at].clone());
        }
    }
    let property = |properties: &[(String, String)], table: usize| {
        let column = chosen[table].as_ref()?;
        properties.iter().find(|(name, _)| name == column).map(|(_, property)| property.clone())
    };
    for table in &mut plan.tables {
        if let Some(&at) = place.get(table.table.as_str()) {
            table.time = property(&table.properties, at);
        }
    }
    for edge in &mut plan.edges {
        if let Some(&at) = place.get(edge.table.as_str()) {
            edge.time = property(&edge.properties, at);
        }
    }
}

fn ends(edge: &PlannedEdge) -> impl Iterator<Item = &PlannedEnd> {
    edge.source.iter().chain([&edge.destination])
}

/// How many rows are earlier than the one they refer to, of how many that both have a time.
fn compare(end: &PlannedEnd, from: (&Profile, &str), to: (&Profile, &str)) -> (u64, u64) {
    let keys = (from.0.key(&end.columns), to.0.key(&end.referenced));
    let times = (from.0.times(from.1), to.0.times(to.1));
    let ((Some(references), Some(keys)), (Some(own), Some(theirs))) = (keys, times) else { return (0, 0) };
    let by_key: FxHashMap<u64, i64> = keys.into_iter().zip(theirs.iter().copied()).collect();
    let (mut earlier, mut all) = (0, 0);
    for (key, time) in references.into_iter().zip(own.iter().copied()) {
        if key == NULL || time == NO_TIME {
            continue;
        }
        if let Some(other) = by_key.get(&key).filter(|other| **other != NO_TIME) {
            all += 1;
            earlier += u64::from(*other > time);
        }
    }
    (earlier, all)
}

/// The tables, each after those that refer to it as far as they do not refer to each other.
fn children_first(plan: &RelationalPlan, tables: &[SourceTable]) -> Vec<usize> {
    let refers = |from: usize, to: usize| {
        plan.edges
            .iter()
            .any(|edge| edge.table == tables[from].name && ends(edge).any(|end| end.table == tables[to].name))
    };
    let mut left: Vec<usize> = (0..tables.len()).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = left.iter().position(|&table| left.iter().all(|&other| other == table || !refers(other, table)));
        order.push(left.remove(free.unwrap_or(0)));
    }
    order
}

/// What there is of each edge, by the profiles.
pub(super) fn count(plan: &mut RelationalPlan, tables: &[SourceTable], profiles: &[Profile]) {
    let place: HashMap<&str, usize> = tables.iter().enumerate().map(|(at, table)| (table.name.as_str(), at)).collect();
    let counts = |edge: &PlannedEdge| {
        let from = &profiles[*place.get(edge.table.as_str())?];
        let mut rows = vec![(true, true); from.rows];
        for end in ends(edge) {
            let to = &profiles[*place.get(end.table.as_str())?];
            let keys: rustc_hash::FxHashSet<u64> = to.key(&end.referenced)?.into_iter().collect();
            for (row, key) in rows.iter_mut().zip(from.key(&end.columns)?) {
                row.0 &= key != NULL;
                row.1 &= key == NULL || keys.contains(&key);
            }
        }
        let mut counts = super::plan::EdgeCounts::default();
        for row in rows {
            match row {
                (true, true) => counts.edges += 1,
                (true, false) => counts.dangling += 1,
                (false, _) => counts.without_key += 1,
            }
        }
        Some(counts)
    };
    for edge in plan.edges.iter_mut().chain(&mut plan.proposals) {
        edge.counts = counts(edge);
    }
    for table in &mut plan.tables {
        if let Some(&at) = place.get(table.table.as_str()).filter(|_| table.rows.is_none()) {
            table.rows = Some(profiles[at].rows as u64);
        }
    }
}
