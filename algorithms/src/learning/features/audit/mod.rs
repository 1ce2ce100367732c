//! `algo.features.audit`: warns of features that would deceive: leaks, identifiers, constants, gaps.
//!
//! A leak is a feature that is only known because the target is: the same under another name, a sum that contains it,
//! a field that is filled in afterwards. A model that has one scores high until it is used. What a person would do
//! first is done here for every feature: see how well it foretells the target alone ([`score`]), and compare times.

mod checks;
mod leaks;
mod score;
#[cfg(test)]
mod tests;

use super::listing::{EDGE_FEATURES, FEATURES, SPLIT, TARGET, TIME, estimate, int, node_property, requests};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::{Argument, ArgumentError, Arguments};
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind};
use crate::core::error::Error;
use checks::Audit;

/// `algo.features.audit`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct FeaturesAudit;

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
    parameters: &[
        FEATURES,
        EDGE_FEATURES,
        TARGET,
        SPLIT,
        TIME,
        Parameter {
            name: "asOf",
            kind: ParameterKind::Any("DATE | DATETIME"),
            default: DefaultValue::Absent("no limit"),
            doc: "The time at which a prediction is made: features must not be later.",
        },
    ],
    columns: &[
        ColumnDescription { name: "property", type_name: "STRING", doc: "The property." },
        ColumnDescription {
            name: "label",
            type_name: "STRING",
            doc: "The node type that has it; NULL for edges, and for a property that no node has.",
        },
        ColumnDescription { name: "finding", type_name: "STRING", doc: "What was found." },
        ColumnDescription { name: "severity", type_name: "STRING", doc: "high, medium or low." },
        ColumnDescription {
            name: "score",
            type_name: "FLOAT",
            doc: "For a leak how well the target is foretold, from 0 to 1; otherwise the share of nodes or edges concerned.",
        },
        ColumnDescription { name: "advice", type_name: "STRING", doc: "What to do." },
    ],
    stats: &[
        ColumnDescription { name: "nodeCount", type_name: "INT", doc: "Nodes looked at." },
        ColumnDescription { name: "edgeCount", type_name: "INT", doc: "Edges looked at." },
        ColumnDescription { name: "high", type_name: "INT", doc: "Findings of high severity." },
        ColumnDescription { name: "medium", type_name: "INT", doc: "Findings of medium severity." },
        ColumnDescription { name: "low", type_name: "INT", doc: "Findings of low severity." },
    ],
};

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
        let (_, edges) = requests(DESCRIPTION.name, arguments)?;
        as_of(arguments)?;
        // All, since whether it is nodes or edges that have the time property is not known yet.
        let edges = if edges.is_empty() { PropertySelection::none() } else { PropertySelection::all() };
        Ok(Needs::Properties { nodes: PropertySelection::all(), edges })
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Estimate {
        let estimate = estimate(shape);
        let bytes = estimate.bytes.saturating_add(shape.nodes.saturating_mul(64));
        Estimate { bytes, seconds: estimate.seconds * 5.0 }
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let (nodes, edges) = requests(DESCRIPTION.name, arguments)?;
        let target = node_property(DESCRIPTION.name, "target", graph, arguments)?;
        node_property(DESCRIPTION.name, "split", graph, arguments)?;
        let audit = Audit {
            graph,
            nodes: nodes.without_written(&graph.written_of_nodes),
            edges: edges.without_written(&graph.written_of_edges),
            target,
            split: arguments.string("split"),
            time: arguments.string("timeProperty"),
            as_of: as_of(arguments)?,
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
            model: None,
        })
    }
}

/// The argument `asOf`, as seconds since 1970.
fn as_of(arguments: &Arguments) -> Result<Option<f64>, Error> {
    match arguments.value("asOf") {
        Argument::Null => Ok(None),
        Argument::Time(seconds) if !seconds.is_nan() => Ok(Some(*seconds)),
        other => Err(Error::InvalidArgument(ArgumentError {
            algorithm: DESCRIPTION.name,
            parameter: "asOf".to_owned(),
            got: Some(other.to_string()),
            takes: "DATE | DATETIME".to_owned(),
            nearest: None,
        })),
    }
}
