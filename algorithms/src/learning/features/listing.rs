//! `algo.features`: which properties would be features, and how they would be encoded.

use super::{Encoders, FEATURES_TYPE, FeatureRequest, Groups};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection, Unnamed};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::model::FeatureSummary;
use crate::core::parameters::{any, optional_text};
use crate::graph::property::{Property, PropertyGraph, Values};
use wend_names::suggest;

/// `algo.features`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Features;

crate::parameters! {
    /// The parameters of `algo.features`, and those that the audit shares.
    pub(super) struct Given {
        /// Node properties that are features: names, or records {property, encoding, width, scale, minCount, maxValues}
        /// of which only property must be there. An empty list means none.
        features as "features": Argument = any(
            FEATURES_TYPE,
            "all node properties that an encoding takes, that are no key of a table and that no algorithm wrote"
        );
        /// Edge properties that are features, written like features.
        edge_features as "edgeFeatures": Argument = any(FEATURES_TYPE, "none");
        /// The node property that is to be predicted: no feature.
        target as "target": Option<String> = optional_text("none");
        /// The node property that says train, validation or test: no feature, and statistics come from the nodes that
        /// say train.
        split as "split": Option<String> = optional_text("none: statistics are of all nodes");
        /// The property that says when a node or an edge came to be: no feature.
        time as "timeProperty": Option<String> =
            optional_text("none; with asOf the time column of the tables that were imported").names_times();
    }
}

static DESCRIPTION: Description = Description {
    name: "features",
    category: "features",
    summary: "Which properties would be features of a model, and how they would be encoded.",
    doc: "A row for each node type and property that some of its nodes have; with edgeFeatures, also for edges. What is \
          left out is shown too, with the encoding none and the reason.\n\n\
          Encodings: number (z-score by the training nodes, cut at 10 deviations; a second column says where NULL is, if \
          there are NULLs), bool (0 or 1; NULLs likewise), category (a column per value up to 8 values, beyond that a \
          learned table of width min(50, ceil(1.6 c^0.56)) for c values; values at fewer than minCount = 2 training \
          nodes, and all but the maxValues = 10,000 most frequent, share code 0 with NULL), text (hashed words, pairs of \
          words and 3- and 4-grams of characters with TF-IDF weights, scaled to length 1; width 128), time (z-scored age; \
          sine and cosine of the time of day, the day of the week and the day of the year, each if it varies), vector \
          (lists of numbers and VECTORs as they are; scale: \"l1\", \"l2\" scale each vector, \"zscore\" each position), \
          bag (lists of STRING: a column per text up to 256, beyond that 128 hashed ones; TF-IDF weights, scaled to length \
          1).\n\n\
          A STRING property is an identifier when at least 90 % of its values are distinct and they have fewer than 3 words \
          on average: it is left out unless it is named. It is a text when they have more words, a category when values are \
          used twice or more on average (but a text again with 3 words or more and over 256 values), and a text in between. \
          INTs that are all distinct and fill at least half of their range, at 20 nodes or more, are running numbers: \
          identifiers too. {property: \"p\", encoding: \"category\"} overrides all this; numbers take number, category, bool \
          and time, STRINGs category and text, times time, number and category, BOOLs bool, number and category.\n\n\
          Cost: one pass over the properties.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("property", "STRING", "The property."),
        ColumnDescription::new(
            "label",
            "STRING",
            "The node type: its labels joined by &. NULL for edges, which are encoded together.",
        ),
        ColumnDescription::new("encoding", "STRING", "How it is encoded; none = left out."),
        ColumnDescription::new("width", "INT", "Columns that it becomes; of a table, its width."),
        ColumnDescription::new("nulls", "INT", "Nodes or edges without a value."),
        ColumnDescription::new("note", "STRING", "What else is worth knowing, or why it is left out."),
        ColumnDescription::new("owner", "STRING", "node or edge."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes looked at."),
        ColumnDescription::new("edgeCount", "INT", "Edges looked at."),
        ColumnDescription::new("features", "INT", "Features, each node type's own."),
        ColumnDescription::new("leftOut", "INT", "Properties of node types that are left out."),
    ],
};

impl Algorithm for Features {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        let (nodes, edges) = given.requests(DESCRIPTION.name)?;
        let also = [given.target.as_deref(), given.split.as_deref()];
        let all = |selection: PropertySelection| match selection.unnamed {
            // What an algorithm wrote is listed as left out.
            Unnamed::Unwritten => PropertySelection { unnamed: Unnamed::All, ..selection },
            _ => selection,
        };
        let nodes = also.iter().fold(all(nodes.selection()), |selection, name| selection.require(*name));
        Ok(Needs::properties(nodes, all(edges.selection())))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(estimate(shape))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let lines = summary(DESCRIPTION.name, graph, &given)?;
        context.check_cancelled()?;
        let left_out = lines.iter().filter(|line| line.width == 0).count();
        let text = |text: &str| Scalar::String(text.to_owned());
        let column = |value: &dyn Fn(&FeatureSummary) -> Scalar| Column::Scalars(lines.iter().map(value).collect());
        Ok(Output {
            rows: Rows::Table,
            columns: vec![
                column(&|line| text(&line.property)),
                column(&|line| if line.owner == "edge" { Scalar::Null } else { text(&line.label) }),
                column(&|line| text(&line.encoding)),
                column(&|line| int(line.width)),
                column(&|line| Scalar::Int(i64::try_from(line.nulls).unwrap_or(i64::MAX))),
                column(&|line| text(&line.note)),
                column(&|line| text(&line.owner)),
            ],
            stats: vec![
                ("nodeCount", int(graph.node_count())),
                ("edgeCount", int(graph.edge_count())),
                ("features", int(lines.len() - left_out)),
                ("leftOut", int(left_out)),
            ],
            warnings: given.requests(DESCRIPTION.name)?.0.of_nodes(graph).warnings_of_keys(),
            ..Output::default()
        })
    }
}

/// A count as a figure.
pub(super) fn int(value: usize) -> Scalar {
    Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Bytes of the property graph and of what looking at it needs, and the time of it.
pub(super) fn estimate(shape: GraphShape) -> Estimate {
    let values =
        shape.nodes.saturating_mul(shape.node_values).saturating_add(shape.edges.saturating_mul(shape.edge_values));
    let topology = shape.nodes.saturating_mul(4).saturating_add(shape.edges.saturating_mul(12));
    // Beside the columns: row lists, and a sorted copy of one column at a time.
    let working = shape.nodes.saturating_add(shape.edges).saturating_mul(32);
    let bytes = values.saturating_mul(8).saturating_add(topology).saturating_add(working);
    Estimate { bytes, seconds: values as f64 * 100e-9 }
}

impl Given {
    /// What is asked of nodes and of edges.
    pub(super) fn requests(&self, algorithm: &'static str) -> Result<(FeatureRequest, FeatureRequest), Error> {
        let nodes = FeatureRequest::parse(algorithm, Given::features, &self.features, true)?;
        let edges = FeatureRequest::parse(algorithm, Given::edge_features, &self.edge_features, false)?;
        Ok((nodes, edges))
    }
}

/// The node property that a parameter names.
///
/// # Errors
/// [`Error::Unfit`] when no node has it.
pub(super) fn node_property<'a>(
    algorithm: &str,
    parameter: &str,
    graph: &'a PropertyGraph,
    name: Option<&str>,
) -> Result<Option<&'a Property>, Error> {
    let Some(name) = name else { return Ok(None) };
    let there = |property: &&Property| !matches!(property.values, Values::Nulls { .. });
    graph.node_property(name).filter(there).map(Some).ok_or_else(|| {
        let near =
            suggest(name, graph.node_properties.iter().map(|property| &*property.name).filter(|near| *near != name));
        let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        Error::Unfit(format!("{parameter} of algo.{algorithm}: no node that is seen has the property {name:?}{near}"))
    })
}

/// The nodes that a split marks for training.
fn training(graph: &PropertyGraph, algorithm: &str, given: &Given) -> Result<Option<Vec<bool>>, Error> {
    let split = node_property(algorithm, Given::split, graph, given.split.as_deref())?;
    let Some(split) = split else { return Ok(None) };
    let unfit = |what: String| Error::Unfit(format!("split: property {:?} {what}", split.name));
    let Values::Texts { distinct, codes } = &split.values else {
        return Err(unfit(format!(
            "is {}; it should say \"train\", \"validation\" or \"test\"",
            split.values.type_name()
        )));
    };
    let trains: Vec<bool> = distinct.iter().map(|text| text.eq_ignore_ascii_case("train")).collect();
    let rows: Vec<bool> = codes.iter().map(|&code| trains.get(code as usize).copied().unwrap_or(false)).collect();
    if !rows.contains(&true) {
        return Err(unfit("says \"train\" at no node".to_owned()));
    }
    Ok(Some(rows))
}

/// The lines of nodes and edges.
fn summary(algorithm: &'static str, graph: &PropertyGraph, given: &Given) -> Result<Vec<FeatureSummary>, Error> {
    let (nodes, edges) = given.requests(algorithm)?;
    let nodes = nodes.of_nodes(graph);
    let edges = edges.of_edges(graph);
    node_property(algorithm, Given::target, graph, given.target.as_deref())?;
    let training = training(graph, algorithm, given)?;
    let own: Vec<&str> =
        [&given.target, &given.split, &given.time].into_iter().filter_map(|name| name.as_deref()).collect();
    let groups = Groups { names: &graph.node_types, of_row: &graph.node_type };
    let encoders = Encoders::fit(&graph.node_properties, groups, &nodes.exclude(&own), training.as_deref())?;
    let mut lines = encoders.summary("node");
    if !edges.is_empty() {
        let of_row = vec![0; graph.edge_count()];
        let groups = Groups { names: &["".into()], of_row: &of_row };
        let time: Vec<&str> = given.time.as_deref().into_iter().collect();
        let encoders = Encoders::fit(&graph.edge_properties, groups, &edges.exclude(&time), None)?;
        lines.extend(encoders.summary("edge"));
    }
    Ok(lines)
}
