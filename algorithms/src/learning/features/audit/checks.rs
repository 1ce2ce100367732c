//! The checks of `algo.features.audit`.

use super::{Finding, Severity};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::learning::features::choose::{identifier, nulls};
use crate::learning::features::number::number_at;
use crate::learning::features::request::{Encoding, FeatureRequest};

/// Share of NULLs from which there is a finding.
const MANY_NULLS: f64 = 0.5;
/// The data that the checks read.
pub(super) struct Audit<'a> {
    pub graph: &'a PropertyGraph,
    pub nodes: FeatureRequest,
    pub edges: FeatureRequest,
    pub target: Option<&'a Property>,
    pub split: Option<&'a str>,
    pub time: Option<&'a str>,
    pub as_of: Option<f64>,
    /// Whether vectors, texts and lists are left out.
    pub single_values: bool,
    pub seed: u64,
    pub context: &'a Context<'a>,
}

impl Audit<'_> {
    pub fn run(&self) -> Result<Vec<Finding>, Error> {
        let graph = self.graph;
        let mut findings = Vec::new();
        let mut rows_of_type: Vec<Vec<u32>> = vec![Vec::new(); graph.node_types.len()];
        for (row, &node_type) in (0u32..).zip(&graph.node_type) {
            rows_of_type.get_mut(node_type as usize).ok_or(Error::WrongInput)?.push(row);
        }
        let features = self.features(&self.nodes, &graph.node_properties, &mut findings)?;
        for (property, named) in &features {
            self.context.check_cancelled()?;
            if matches!(property.values, Values::Nulls { .. }) {
                findings.push(all_null(property));
            }
            for (name, rows) in graph.node_types.iter().zip(&rows_of_type) {
                if self.nodes.is_key(name, &property.name) {
                    findings.extend(key(property, rows, *named).map(|key| key.at(name)));
                    continue;
                }
                let late = self.late(property, rows, &graph.node_properties);
                findings.extend(
                    plain(property, Some(name), rows, *named).into_iter().chain(late.map(|late| late.at(name))),
                );
            }
        }
        let edge_rows: Vec<u32> = (0..u32::try_from(graph.edge_count()).map_err(|_| Error::WrongInput)?).collect();
        let edge_features = match self.edges.is_empty() {
            true => Vec::new(),
            false => self.features(&self.edges, &graph.edge_properties, &mut findings)?,
        };
        for (property, named) in &edge_features {
            if matches!(property.values, Values::Nulls { .. }) {
                findings.push(all_null(property));
            }
            findings.extend(plain(property, None, &edge_rows, *named));
            findings.extend(self.late(property, &edge_rows, &graph.edge_properties));
        }
        let Some(target) = self.target else { return Ok(findings) };
        for (node_type, rows) in (0u32..).zip(&rows_of_type) {
            let Some(answer) = self.answer(target, node_type, rows) else { continue };
            self.leaks(&answer, &features, &edge_features, &mut findings)?;
        }
        Ok(findings)
    }

    /// The leaks alone, of these properties and at these nodes.
    pub fn leaks_of(
        &self,
        node_columns: &[Property],
        edge_columns: &[Property],
        target: &Property,
        nodes: &[u32],
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let features = self.features(&self.nodes, node_columns, &mut findings)?;
        let edge_features = match self.edges.is_empty() {
            true => Vec::new(),
            false => self.features(&self.edges, edge_columns, &mut findings)?,
        };
        let mut rows_of_type: Vec<Vec<u32>> = vec![Vec::new(); self.graph.node_types.len()];
        nodes.iter().for_each(|&row| rows_of_type[self.graph.node_type[row as usize] as usize].push(row));
        findings.clear();
        for (node_type, rows) in (0u32..).zip(&rows_of_type) {
            let Some(answer) = self.answer(target, node_type, rows) else { continue };
            self.leaks(&answer, &features, &edge_features, &mut findings)?;
        }
        Ok(findings)
    }

    /// The properties that would be features, and whether the call names them.
    fn features<'c>(
        &self,
        request: &FeatureRequest,
        columns: &'c [Property],
        findings: &mut Vec<Finding>,
    ) -> Result<Vec<(&'c Property, bool)>, Error> {
        let own = [self.target.map(|target| &*target.name), self.split, self.time];
        let excluded = |name: &str| own.contains(&Some(name));
        let Some(specs) = &request.specs else {
            let there = |column: &&Property| !excluded(&column.name) && !request.written.contains(&column.name);
            return Ok(columns.iter().filter(there).map(|column| (column, false)).collect());
        };
        let mut features = Vec::new();
        for spec in specs {
            if excluded(&spec.property) {
                findings.push(Finding {
                    property: spec.property.clone(),
                    label: None,
                    finding: "the target, the split or the time property is named as a feature".to_owned(),
                    severity: Severity::High,
                    score: 1.0,
                    advice: "take it out of the features",
                });
                continue;
            }
            let column = request.column(columns, spec)?;
            if !features.iter().any(|(other, _): &(&Property, bool)| other.name == column.name) {
                features.push((column, true));
            }
        }
        Ok(features)
    }

    /// Values later than `asOf` at rows that were there by then.
    fn late(&self, property: &Property, rows: &[u32], columns: &[Property]) -> Option<Finding> {
        let as_of = self.as_of?;
        let specs = self.nodes.specs.iter().chain(&self.edges.specs).flatten();
        let wished =
            |encoding| specs.clone().any(|spec| *spec.property == *property.name && spec.encoding == Some(encoding));
        let is_time = matches!(property.values, Values::Times(_))
            || matches!(property.values, Values::Numbers { .. }) && wished(Encoding::Time);
        if !is_time {
            return None;
        }
        let time = columns.iter().find(|column| Some(&*column.name) == self.time);
        let there = |&&row: &&u32| !time.is_some_and(|time| number_at(&time.values, row) > as_of);
        let (mut late, mut all) = (0usize, 0usize);
        for &row in rows.iter().filter(there) {
            let value = number_at(&property.values, row);
            all += usize::from(!value.is_nan());
            late += usize::from(value > as_of);
        }
        (late > 0).then(|| Finding {
            property: property.name.to_string(),
            label: None,
            finding: format!("{late} values are later than asOf"),
            severity: Severity::High,
            score: late as f64 / all as f64,
            advice: "leave it out: at that time it was not known",
        })
    }
}

impl Finding {
    fn at(mut self, label: &str) -> Finding {
        self.label = Some(label.to_owned());
        self
    }
}

/// A key of a table, where rows have one.
fn key(property: &Property, rows: &[u32], named: bool) -> Option<Finding> {
    let there = rows.iter().filter(|&&row| property.values.is_present(row as usize)).count();
    let (severity, advice) = match named {
        true => (Severity::Medium, "leave it out: a model learns the rows by heart"),
        false => (Severity::Low, "nothing to do: it is left out unless it is named"),
    };
    (there > 0).then(|| Finding {
        property: property.name.to_string(),
        label: None,
        finding: "a key of its table".to_owned(),
        severity,
        score: there as f64 / rows.len() as f64,
        advice,
    })
}

fn all_null(property: &Property) -> Finding {
    Finding {
        property: property.name.to_string(),
        label: None,
        finding: "NULL everywhere".to_owned(),
        severity: Severity::Low,
        score: 1.0,
        advice: "leave it out: there is nothing to learn from",
    }
}

/// Findings about a feature that do not depend on the target.
fn plain(property: &Property, label: Option<&str>, rows: &[u32], named: bool) -> Vec<Finding> {
    let values = &property.values;
    let there: Vec<u32> = rows.iter().copied().filter(|&row| values.is_present(row as usize)).collect();
    if there.is_empty() {
        return Vec::new();
    }
    let finding = |finding: &str, severity, score, advice| Finding {
        property: property.name.to_string(),
        label: label.map(str::to_owned),
        finding: finding.to_owned(),
        severity,
        score,
        advice,
    };
    let mut findings = Vec::new();
    let share = nulls(values, rows) as f64 / rows.len() as f64;
    if let Some(why) = identifier(values, rows) {
        let (severity, advice) = match named {
            true => (Severity::Medium, "leave it out: a model learns the rows by heart"),
            false => (Severity::Low, "nothing to do: it is left out unless it is named"),
        };
        findings.push(finding(why, severity, 1.0 - share, advice));
    } else if constant(values, &there) {
        let advice =
            if share > 0.0 { "it says no more than whether it is NULL" } else { "leave it out: it tells nothing" };
        findings.push(finding("constant", Severity::Low, 1.0 - share, advice));
    }
    if share >= MANY_NULLS {
        findings.push(finding("many NULLs", Severity::Low, share, "see whether NULL means something, or leave it out"));
    }
    findings
}

/// Whether rows, which all have a value, have the same one. Lists of texts are not compared.
fn constant(values: &Values, rows: &[u32]) -> bool {
    let Some(&first) = rows.first() else { return false };
    match values {
        Values::Texts { codes, .. } => rows.iter().all(|&row| codes[row as usize] == codes[first as usize]),
        Values::Vectors { width, data, .. } => {
            let vector = |row: u32| &data[row as usize * width..][..*width];
            rows.iter().all(|&row| vector(row) == vector(first))
        }
        Values::Bools(_) | Values::Numbers { .. } | Values::Times(_) => {
            rows.iter().all(|&row| number_at(values, row) == number_at(values, first))
        }
        _ => false,
    }
}
