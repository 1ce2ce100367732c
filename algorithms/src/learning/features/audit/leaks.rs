//! Leak detection: features that predict the target almost alone.

use super::checks::Audit;
use super::score::{FOLDS, centroid_score, class_score, correlation, mean_score, number_codes};
use super::{Finding, Severity};
use crate::core::error::Error;
use crate::graph::property::{NO_TEXT, Property, Values};
use crate::learning::features::bag::BAG_COLUMNS;
use crate::learning::features::choose::identifier;
use crate::learning::features::number::number_at;
use crate::learning::features::request::{Encoding, FeatureRequest, FeatureSpec};
use crate::learning::features::text::TEXT_WIDTH;
use crate::learning::features::{EncodedGroup, Encoders, Groups};
use crate::numeric::random::mix;

/// Scores from which a feature is a leak, since it almost determines the target, and from which it is suspicious.
pub(super) const DETERMINES: f64 = 0.9;
const SUSPICIOUS: f64 = 0.75;
/// Nodes with the target that scores need.
pub(super) const FEWEST_ROWS: usize = 20;
/// Distinct numbers beyond which a target is a number rather than a class.
const MOST_CLASSES: usize = 20;
/// Nodes that vectors, texts and bags are scored on.
const SAMPLE: usize = 10_000;
/// Numbers in all of these nodes' values.
const SAMPLE_NUMBERS: usize = 10_000_000;
/// Classes up to which the nearest class mean is looked for.
const CENTROIDS: usize = 200;
/// No row.
const NONE: u32 = u32::MAX;

const LEAK: &str = "leave it out, unless its value is known when the prediction is made";

/// The target at the nodes of one type that have it.
pub(super) struct Target {
    node_type: u32,
    rows: Vec<u32>,
    folds: Vec<u8>,
    values: TargetValues,
}

enum TargetValues {
    Classes(Vec<u32>),
    Numbers(Vec<f64>),
}

impl Target {
    /// How well the values of these rows, one for each node with the target, predict it; 0 for lists and vectors.
    fn score(&self, values: &Values, rows: &[u32]) -> f64 {
        let Some(codes) = codes(values, rows) else { return 0.0 };
        match &self.values {
            TargetValues::Classes(classes) => class_score(&codes, classes, &self.folds),
            TargetValues::Numbers(numbers) => {
                let feature: Vec<f64> = rows.iter().map(|&row| number(values, row)).collect();
                mean_score(&codes, numbers, &self.folds).max(correlation(&feature, numbers))
            }
        }
    }
}

impl Audit<'_> {
    /// The target at a node type; `None` when there is nothing to predict.
    pub fn answer(&self, target: &Property, node_type: u32, rows: &[u32]) -> Option<Target> {
        let values = &target.values;
        let usable = |row: u32| match values {
            Values::Numbers { .. } | Values::Times(_) => number_at(values, row).is_finite(),
            _ => values.is_present(row as usize),
        };
        let rows: Vec<u32> = rows.iter().copied().filter(|&row| usable(row)).collect();
        if rows.len() < FEWEST_ROWS {
            return None;
        }
        let answer = match values {
            Values::Numbers { .. } | Values::Times(_) => {
                let numbers: Vec<f64> = rows.iter().map(|&row| number_at(values, row)).collect();
                let integers: Option<Vec<i64>> = rows.iter().map(|&row| values.integer_at(row as usize)).collect();
                let mut whole = integers.clone().unwrap_or_default();
                whole.sort_unstable();
                whole.dedup();
                let mut distinct = numbers.clone();
                distinct.sort_unstable_by(f64::total_cmp);
                distinct.dedup();
                if let Some(integers) = integers.filter(|_| whole.len() <= MOST_CLASSES) {
                    let class = |number: &i64| whole.partition_point(|other| other < number) as u32;
                    TargetValues::Classes(integers.iter().map(class).collect())
                } else if distinct.len() <= MOST_CLASSES && whole.is_empty() {
                    let class = |number: &f64| distinct.partition_point(|other| other < number) as u32;
                    TargetValues::Classes(numbers.iter().map(class).collect())
                } else {
                    // So that no square overflows.
                    let largest = numbers.iter().fold(0.0f64, |largest, number| largest.max(number.abs()));
                    TargetValues::Numbers(numbers.iter().map(|number| number / largest).collect())
                }
            }
            Values::Bools(_) | Values::Texts { .. } => TargetValues::Classes(codes(values, &rows)?),
            _ => return None,
        };
        if let TargetValues::Classes(classes) = &answer
            && classes.iter().all(|class| *class == classes[0])
        {
            return None;
        }
        // Folds by hash: nodes may be sorted by the target.
        let fold = |&row: &u32| (mix(self.seed ^ mix(u64::from(row) + 1)) % FOLDS as u64) as u8;
        let folds = rows.iter().map(fold).collect();
        Some(Target { node_type, rows, folds, values: answer })
    }

    /// Features that predict the target.
    pub fn leaks(
        &self,
        target: &Target,
        features: &[(&Property, bool)],
        edge_features: &[(&Property, bool)],
        findings: &mut Vec<Finding>,
    ) -> Result<(), Error> {
        let graph = self.graph;
        let own = &graph.node_types[target.node_type as usize];
        for &(property, named) in features {
            self.context.check_cancelled()?;
            if !named && self.nodes.is_key(own, &property.name) {
                continue;
            }
            let dense = if self.single_values { 0.0 } else { self.dense_score(property, named, target)? };
            let score = target.score(&property.values, &target.rows).max(dense);
            // Sums round.
            let what =
                if score >= 1.0 - 1e-9 { "equals the target or determines it" } else { "almost determines the target" };
            findings.extend(leak(property, Some(own), what.to_owned(), score));
        }
        for (other, name) in (0u32..).zip(&graph.node_types).filter(|(other, _)| *other != target.node_type) {
            self.context.check_cancelled()?;
            let Some(neighbours) = self.first_neighbours(target, other) else { continue };
            for (property, _) in features.iter().filter(|(of, named)| *named || !self.nodes.is_key(name, &of.name)) {
                let score = target.score(&property.values, &neighbours);
                findings.extend(leak(
                    property,
                    Some(name),
                    format!("at neighbours, gives away the target of {own:?}"),
                    score,
                ));
            }
            let Some(property) = self.target else { continue };
            let has = |&&row: &&u32| row != NONE && property.values.is_present(row as usize);
            let count = neighbours.iter().filter(has).count();
            if count > 0 {
                findings.push(Finding {
                    property: property.name.to_string(),
                    label: Some(name.to_string()),
                    finding: format!("neighbours of {own:?} have the target's property"),
                    severity: Severity::Low,
                    score: count as f64 / neighbours.len() as f64,
                    advice: "nothing to do: it is no feature at any label; rename it to use it there",
                });
            }
        }
        if !edge_features.is_empty() {
            let edges = self.first_edges(target);
            for (property, _) in edge_features {
                self.context.check_cancelled()?;
                let score = target.score(&property.values, &edges);
                findings.extend(leak(property, None, format!("at edges, gives away the target of {own:?}"), score));
            }
        }
        Ok(())
    }

    /// The first neighbour of a type for each node with the target; `None` when none has one.
    fn first_neighbours(&self, target: &Target, node_type: u32) -> Option<Vec<u32>> {
        let graph = self.graph;
        let mut first = vec![NONE; graph.node_count()];
        let types = &graph.node_type;
        for (&from, &to) in graph.from.iter().zip(&graph.to) {
            for (node, neighbour) in [(from as usize, to), (to as usize, from)] {
                if types[node] == target.node_type && types[neighbour as usize] == node_type && first[node] == NONE {
                    first[node] = neighbour;
                }
            }
        }
        let first: Vec<u32> = target.rows.iter().map(|&row| first[row as usize]).collect();
        first.iter().any(|&row| row != NONE).then_some(first)
    }

    /// The first edge of each node with the target.
    fn first_edges(&self, target: &Target) -> Vec<u32> {
        let mut first = vec![NONE; self.graph.node_count()];
        for ((&from, &to), edge) in self.graph.from.iter().zip(&self.graph.to).zip(0u32..) {
            for node in [from as usize, to as usize] {
                if first[node] == NONE {
                    first[node] = edge;
                }
            }
        }
        target.rows.iter().map(|&row| first[row as usize]).collect()
    }

    /// The score of vectors, texts and bags, by what they are encoded as; 0 for other properties.
    fn dense_score(&self, property: &Property, named: bool, target: &Target) -> Result<f64, Error> {
        let width = match &property.values {
            Values::Vectors { width, .. } => *width,
            Values::Texts { .. } if named || identifier(&property.values, &target.rows).is_none() => TEXT_WIDTH,
            Values::TextLists { .. } => BAG_COLUMNS,
            _ => return Ok(0.0),
        };
        let most = (SAMPLE_NUMBERS / width.max(1)).clamp(FEWEST_ROWS, SAMPLE);
        let sample: Vec<usize> = (0..target.rows.len()).step_by(target.rows.len().div_ceil(most).max(1)).collect();
        let rows: Vec<usize> = sample.iter().map(|&place| target.rows[place] as usize).collect();
        let column = Property { name: property.name.clone(), values: taken(&property.values, &rows) };
        let mut spec = FeatureSpec::of(&property.name);
        spec.encoding = matches!(property.values, Values::Texts { .. }).then_some(Encoding::Text);
        let request = FeatureRequest {
            parameter: "features",
            specs: Some(vec![spec]),
            excluded: Vec::new(),
            written: Vec::new(),
            keys: Vec::new(),
        };
        let of_row = vec![0; rows.len()];
        let groups = Groups { names: &["".into()], of_row: &of_row };
        // A property that cannot be encoded (no value in the sample, vectors of length 0) predicts nothing.
        let Ok(encoders) = Encoders::fit(std::slice::from_ref(&column), groups, &request, None) else { return Ok(0.0) };
        let encoded = encoders.encode(std::slice::from_ref(&column), groups)?;
        let Some(EncodedGroup { dense, .. }) = encoded.into_iter().next().filter(|group| group.dense.ncols() > 0)
        else {
            return Ok(0.0);
        };
        let folds: Vec<u8> = sample.iter().map(|&place| target.folds[place]).collect();
        let columns =
            dense.columns().into_iter().map(|column| column.iter().map(|&number| f64::from(number)).collect());
        let columns: Vec<Vec<f64>> = columns.collect();
        let mut best = 0.0f64;
        match &target.values {
            TargetValues::Classes(classes) => {
                let classes: Vec<u32> = sample.iter().map(|&place| classes[place]).collect();
                let mut distinct = classes.clone();
                distinct.sort_unstable();
                distinct.dedup();
                if distinct.len() <= CENTROIDS {
                    best = centroid_score(&dense, &classes, &folds);
                }
                for column in &columns {
                    self.context.check_cancelled()?;
                    best = best.max(class_score(&number_codes(column), &classes, &folds));
                }
            }
            TargetValues::Numbers(numbers) => {
                let numbers: Vec<f64> = sample.iter().map(|&place| numbers[place]).collect();
                for column in &columns {
                    self.context.check_cancelled()?;
                    best = best.max(correlation(column, &numbers));
                }
            }
        }
        Ok(best)
    }
}

/// The values of some rows as codes, 0 = NULL or no row; `None` for lists and vectors.
fn codes(values: &Values, rows: &[u32]) -> Option<Vec<u32>> {
    match values {
        Values::Texts { codes, .. } => {
            let code = |&row: &u32| match row {
                NONE => 0,
                row => match codes[row as usize] {
                    NO_TEXT => 0,
                    code => code + 1,
                },
            };
            Some(rows.iter().map(code).collect())
        }
        Values::Bools(_) | Values::Numbers { .. } | Values::Times(_) => {
            Some(number_codes(&rows.iter().map(|&row| number(values, row)).collect::<Vec<_>>()))
        }
        _ => None,
    }
}

/// The number of a row; NaN where there is none.
fn number(values: &Values, row: u32) -> f64 {
    if row == NONE { f64::NAN } else { number_at(values, row) }
}

/// Some rows of a column of vectors, texts or lists.
fn taken(values: &Values, rows: &[usize]) -> Values {
    let flags = |present: &[bool]| rows.iter().map(|&row| present[row]).collect();
    match values {
        Values::Texts { distinct, codes } => {
            Values::Texts { distinct: distinct.clone(), codes: rows.iter().map(|&row| codes[row]).collect() }
        }
        Values::Vectors { width, data, present } => Values::Vectors {
            width: *width,
            data: rows.iter().flat_map(|&row| data[row * width..(row + 1) * width].iter().copied()).collect(),
            present: flags(present),
        },
        Values::TextLists { distinct, offsets, codes, present } => {
            let (mut starts, mut taken) = (vec![0], Vec::new());
            for &row in rows {
                taken.extend_from_slice(&codes[offsets[row]..offsets[row + 1]]);
                starts.push(taken.len());
            }
            Values::TextLists { distinct: distinct.clone(), offsets: starts, codes: taken, present: flags(present) }
        }
        _ => Values::Nulls { rows: rows.len() },
    }
}

/// The finding of a score, if it is high enough for one.
fn leak(property: &Property, label: Option<&str>, finding: String, score: f64) -> Option<Finding> {
    let severity = match score {
        score if score >= DETERMINES => Severity::High,
        score if score >= SUSPICIOUS => Severity::Medium,
        _ => return None,
    };
    let label = label.map(str::to_owned);
    Some(Finding { property: property.name.to_string(), label, finding, severity, score, advice: LEAK })
}
