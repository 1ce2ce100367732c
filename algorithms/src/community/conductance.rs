//! Conductance of communities that stand in a property. See `written`.

use super::written::{Written, required};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost_of_edges, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::optional_text;

/// `algo.conductance`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Conductance;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the communities: INT, STRING, FLOAT or BOOL.
        property as "property": Option<String> = optional_text("must be given");
    }
}

static DESCRIPTION: Description = Description {
    name: "conductance",
    category: "community",
    summary: "Conductance of communities that stand in a property: how much of the weight of their edges leads out of them.",
    doc: "A row for each value of the property. conductance = cut / the smaller of volume and what all other nodes' edges weigh: 0 when \
          no edge leaves the community, 1 when all do. A node without the property belongs to no community. The direction of edges \
          does not matter.\n\n\
          Paper: Kannan, Vempala and Vetta, On clusterings: good, bad and spectral, Journal of the ACM 2004.\n\n\
          Cost: one pass over the edges.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("community", "ANY", "The value of the property."),
        ColumnDescription::new("size", "INT", "Nodes that have it."),
        ColumnDescription::new("volume", "FLOAT", "What the edges of its nodes weigh, one within it counted twice."),
        ColumnDescription::new("cut", "FLOAT", "What the edges weigh that leave it."),
        ColumnDescription::new(
            "conductance",
            "FLOAT",
            "From 0, nothing leads out, to 1; NULL without edges on both sides.",
        ),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("communityCount", "INT", "Values of the property."),
        ColumnDescription::new("leftOut", "INT", "Nodes without the property."),
        ColumnDescription::new(
            "meanConductance",
            "FLOAT",
            "The mean of the communities that have one; NULL without any.",
        ),
        ColumnDescription::new("maxConductance", "FLOAT", "The largest; NULL without any."),
    ],
};

impl Algorithm for Conductance {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        Ok(Needs::properties(PropertySelection::none().require(Some(property)), PropertySelection::none()))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        Ok(cost_of_edges(shape, 100, 0, 5.0))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (given, (graph, _)) = (Given::read(arguments)?, input.properties()?);
        context.reserve(graph.node_count() as u64 * 100, |_| "select fewer nodes with nodeLabels".to_owned())?;
        let property = required(arguments, Given::property, &given.property)?;
        let written = Written::of(DESCRIPTION.name, graph, property, context)?;
        let cuts: Vec<f64> =
            written.volume.iter().zip(&written.within).map(|(volume, within)| volume - within).collect();
        let conductance = |(&cut, &volume): (&f64, &f64)| {
            let smaller = volume.min(written.total - volume);
            (smaller > 0.0).then(|| cut / smaller)
        };
        let values: Vec<Option<f64>> = cuts.iter().zip(&written.volume).map(conductance).collect();
        let known: Vec<f64> = values.iter().flatten().copied().collect();
        let figure = |value: Option<f64>| value.map_or(Scalar::Null, Scalar::Float);
        let mean = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("communityCount", int(values.len())),
            ("leftOut", int(written.left_out)),
            ("meanConductance", figure(mean)),
            ("maxConductance", figure(known.iter().copied().reduce(f64::max))),
        ];
        let sizes = written.sizes.iter().map(|&size| size as i64).collect();
        let columns = vec![
            Column::Scalars(written.names),
            Column::Ints(sizes),
            Column::Floats(written.volume),
            Column::Floats(cuts),
            Column::Scalars(values.into_iter().map(figure).collect()),
        ];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{NO_TEXT, Property, Values};
    use crate::testing::{try_run, unit};

    #[test]
    fn edges_out_of_a_triangle() {
        let edges = unit(&[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)]);
        let values = Values::Texts { distinct: vec!["a".into(), "b".into()], codes: vec![0, 0, 0, 1, NO_TEXT] };
        let property = Property { name: "c".into(), values };
        let output = try_run(&Conductance, 5, &edges, vec![property], r#"{"property": "c"}"#).unwrap();
        assert_eq!(output.columns[2], Column::Floats(vec![7.0, 2.0]));
        assert_eq!(output.columns[3], Column::Floats(vec![1.0, 2.0]));
        assert_eq!(output.columns[4], Column::Scalars(vec![Scalar::Float(1.0 / 3.0), Scalar::Float(1.0)]));
        let error = try_run(&Conductance, 5, &edges, vec![], r#"{"property": "d"}"#).unwrap_err();
        assert!(error.to_string().contains("\"d\" is at no node"), "{error}");
    }
}
