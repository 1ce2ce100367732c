//! `algo.features.audit`: warns of features that would deceive: leaks, identifiers, constants, gaps.
//!
//! A leak is a feature that is only known because the target is: the same under another name, a sum that contains it,
//! a field that is filled in afterwards. A model that has one scores high until it is used. What a person would do
//! first is done here for every feature: see how well it foretells the target alone ([`score`]), and compare times.

mod checks;
mod columns;
mod leaks;
mod score;
#[cfg(test)]
mod tests;

use super::listing::{Given, estimate, int, node_property};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description, Parameter};
use crate::core::error::Error;
use crate::core::parameters::{any, joined};
use crate::graph::property::{Property, PropertyGraph};
use crate::learning::features::request::FeatureRequest;
use checks::Audit;
pub use columns::column_leaks;

/// `algo.features.audit`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct FeaturesAudit;

crate::parameters! {
    /// The parameters beside those of `algo.features`.
    struct Own {
        /// The time at which a prediction is made: features must not be later.
        as_of as "asOf": Argument = any("DATE | DATETIME", "no limit").moment();
    }
}

static PARAMETERS: [Parameter; 6] = joined(&[Given::PARAMETERS, Own::PARAMETERS]);

static DESCRIPTION: Description = Description {
    name: "features.audit",
    category: "features",
    summary: "Warns of features that give the target away, of identifiers, constants and gaps.",
    doc: "A row for each finding, the gravest first. Without a target only the features themselves are looked at.\n\n\
          Leaks: each feature of the nodes that have the target is scored by how well it alone foretells the target on \
          nodes that did not help to learn it (five folds): by its values, by 64 quantiles of a number, by nearest class \
          mean for vectors, texts and bags (at most 10,000 nodes). For a target of classes the score is (accuracy - \
          majority) / (1 - majority), where majority is the accuracy of always saying the most frequent class; for a number \
          with more than 20 distinct values it is R squared. 0 is of no use, 1 is the target itself. From 0.9 on the \
          severity is high, from 0.75 on medium. That a value is NULL counts as a value, so that a property that is filled \
          in only afterwards is found. Features of neighbours with other labels, and of edges when edgeFeatures names them, \
          are scored in the same way by the first neighbour or edge of each node. Fewer than 20 nodes with the target, or a \
          target that is the same at all of them, are not scored.\n\n\
          Times: with asOf, dates and times that are later than that at nodes and edges that were already there. Further: \
          identifiers, constants, properties that are NULL at half of the nodes or more or at all, and the target's property \
          at neighbours with other labels.\n\n\
          A high score is no proof: a feature may be that good. Ask whether its value is known when the prediction is \
          made.\n\n\
          Cost: a sort of each property, once for each label and once for each neighbouring label.",
    parameters: &PARAMETERS,
    columns: &[
        ColumnDescription::new("property", "STRING", "The property."),
        ColumnDescription::new(
            "label",
            "STRING",
            "The node type that has it; NULL for edges, and for a property that no node has.",
        ),
        ColumnDescription::new("finding", "STRING", "What was found."),
        ColumnDescription::new("severity", "STRING", "high, medium or low."),
        ColumnDescription::new(
            "score",
            "FLOAT",
            "For a leak how well the target is foretold, from 0 to 1; otherwise the share of nodes or edges concerned.",
        ),
        ColumnDescription::new("advice", "STRING", "What to do."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes looked at."),
        ColumnDescription::new("edgeCount", "INT", "Edges looked at."),
        ColumnDescription::new("high", "INT", "Findings of high severity."),
        ColumnDescription::new("medium", "INT", "Findings of medium severity."),
        ColumnDescription::new("low", "INT", "Findings of low severity."),
    ],
};

/// Features that a training warns of one by one.
const MOST_WARNINGS: usize = 5;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

/// A row of the result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub property: String,
    pub label: Option<String>,
    pub finding: String,
    pub severity: Severity,
    pub score: f64,
    pub advice: &'static str,
}

impl Algorithm for FeaturesAudit {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let (_, edges) = Given::read(arguments)?.requests(DESCRIPTION.name)?;
        as_of(arguments)?;
        // All, since whether it is nodes or edges that have the time property is not known yet.
        let edges = if edges.is_empty() { PropertySelection::none() } else { PropertySelection::all() };
        Ok(Needs::properties(PropertySelection::all(), edges))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        let estimate = estimate(shape);
        let bytes = estimate.bytes.saturating_add(shape.nodes.saturating_mul(64));
        Ok(Estimate { bytes, seconds: estimate.seconds * 5.0 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let (nodes, edges) = given.requests(DESCRIPTION.name)?;
        let target = node_property(DESCRIPTION.name, Given::target, graph, given.target.as_deref())?;
        node_property(DESCRIPTION.name, Given::split, graph, given.split.as_deref())?;
        let audit = Audit {
            graph,
            nodes: nodes.of_nodes(graph),
            edges: edges.of_edges(graph),
            target,
            split: given.split.as_deref(),
            time: given.time.as_deref(),
            as_of: as_of(arguments)?,
            single_values: false,
            seed: arguments.seed,
            context,
        };
        let mut findings = audit.run()?;
        // A stable sort keeps the order of labels and properties.
        findings.sort_by(|a, b| a.severity.cmp(&b.severity).then(b.score.total_cmp(&a.score)));
        let text = |text: &str| Scalar::String(text.to_owned());
        let column = |value: &dyn Fn(&Finding) -> Scalar| Column::Scalars(findings.iter().map(value).collect());
        let count = |severity| int(findings.iter().filter(|finding| finding.severity == severity).count());
        Ok(Output {
            rows: Rows::Table,
            columns: vec![
                column(&|finding| text(&finding.property)),
                column(&|finding| finding.label.as_deref().map_or(Scalar::Null, text)),
                column(&|finding| text(&finding.finding)),
                column(&|finding| text(finding.severity.name())),
                column(&|finding| Scalar::Float(finding.score)),
                column(&|finding| text(finding.advice)),
            ],
            stats: vec![
                ("nodeCount", int(graph.node_count())),
                ("edgeCount", int(graph.edge_count())),
                ("high", count(Severity::High)),
                ("medium", count(Severity::Medium)),
                ("low", count(Severity::Low)),
            ],
            ..Output::default()
        })
    }
}

/// Features and graph that are looked at before a training.
pub struct Audited<'a> {
    /// The graph.
    pub graph: &'a PropertyGraph,
    /// Properties of nodes, as far as the training sees them.
    pub node_columns: &'a [Property],
    /// Properties of edges, likewise.
    pub edge_columns: &'a [Property],
    /// Features of nodes.
    pub nodes: FeatureRequest,
    /// Features of edges.
    pub edges: FeatureRequest,
    /// The property that divides the nodes.
    pub split: Option<&'a str>,
    /// The property that holds times.
    pub time: Option<&'a str>,
}

/// Warnings of features that alone almost determine the target at the nodes of `training`: what the audit calls leaks of
/// high severity, of properties with one value. Vectors, longer texts and lists take longer; the audit looks at them too.
///
/// # Errors
/// [`Error::Cancelled`], features that are not there.
pub fn leaks(
    audited: &Audited<'_>,
    target: &Property,
    training: &[u32],
    seed: u64,
    context: &Context<'_>,
) -> Result<Vec<String>, Error> {
    let audit = Audit {
        graph: audited.graph,
        nodes: audited.nodes.clone(),
        edges: audited.edges.clone(),
        target: Some(target),
        split: audited.split,
        time: audited.time,
        as_of: None,
        single_values: true,
        seed,
        context,
    };
    let mut findings = audit.leaks_of(audited.node_columns, audited.edge_columns, target, training)?;
    findings.retain(|finding| finding.severity == Severity::High);
    findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    let more = findings.len().saturating_sub(MOST_WARNINGS);
    let warning = |finding: &Finding| {
        let label = finding.label.as_ref().map_or_else(String::new, |label| format!(" of {label}"));
        format!("the feature {:?}{label}: {}; {}", finding.property, finding.finding, finding.advice)
    };
    let mut warnings: Vec<String> = findings.iter().take(MOST_WARNINGS).map(warning).collect();
    if more > 0 {
        warnings.push(format!("{more} features more give the target away; algo.features.audit lists them"));
    }
    Ok(warnings)
}

/// The argument `asOf`, as seconds since 1970.
fn as_of(arguments: &Arguments) -> Result<Option<f64>, Error> {
    match Own::read(arguments)?.as_of {
        Argument::Null => Ok(None),
        Argument::Time(seconds) if !seconds.is_nan() => Ok(Some(seconds)),
        _ => Err(arguments.refuse(Own::as_of, "DATE | DATETIME").into()),
    }
}
