//! Modularity of communities that stand in a property. See `written`.

use super::written::{Written, required};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{NODE_COUNT, cost_of_edges, int};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{POSITIVE, float, optional_text};

/// `algo.modularity`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Modularity;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the communities: INT, STRING, FLOAT or BOOL.
        property as "property": Option<String> = optional_text("must be given");
        /// What chance counts: as in leiden.
        resolution as "resolution": f64 = float(POSITIVE, 1.0);
    }
}

static DESCRIPTION: Description = Description {
    name: "modularity",
    category: "community",
    summary: "Modularity of communities that stand in a property: of each, and of all together.",
    doc: "A row for each value of the property: the share of the weight of edges within the community, less resolution times what it would \
          be by chance. The sum is the modularity of all, one of the figures. A node without the property belongs to none, and its \
          edges count as edges that leave communities. The direction of edges does not matter.\n\n\
          Paper: Newman and Girvan, Finding and evaluating community structure in networks, Physical Review E 2004.\n\n\
          Cost: one pass over the edges.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("community", "ANY", "The value of the property."),
        ColumnDescription::new("size", "INT", "Nodes that have it."),
        ColumnDescription::new("modularity", "FLOAT", "What the community adds to modularity."),
    ],
    stats: &[
        NODE_COUNT,
        ColumnDescription::new("communityCount", "INT", "Values of the property."),
        ColumnDescription::new("leftOut", "INT", "Nodes without the property."),
        ColumnDescription::new("modularity", "FLOAT", "The modularity of all communities."),
    ],
};

impl Algorithm for Modularity {
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
        let share = |weight: f64| if written.total > 0.0 { weight / written.total } else { 0.0 };
        let parts = written.within.iter().zip(&written.volume);
        let parts: Vec<f64> =
            parts.map(|(&within, &volume)| share(within) - given.resolution * share(volume).powi(2)).collect();
        let stats = vec![
            ("nodeCount", int(graph.node_count())),
            ("communityCount", int(parts.len())),
            ("leftOut", int(written.left_out)),
            ("modularity", Scalar::Float(parts.iter().sum())),
        ];
        let sizes = written.sizes.iter().map(|&size| size as i64).collect();
        let columns = vec![Column::Scalars(written.names), Column::Ints(sizes), Column::Floats(parts)];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{figure, try_run, unit};

    #[test]
    fn two_triangles_joined_by_an_edge() {
        let edges = unit(&[(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]);
        let values = vec![7.0, 7.0, 7.0, 1.0, 1.0, 1.0];
        let property = Property { name: "c".into(), values: Values::Numbers { values, integers: true, wide: vec![] } };
        let output = try_run(&Modularity, 6, &edges, vec![property], r#"{"property": "c"}"#).unwrap();
        assert_eq!(output.columns[0], Column::Scalars(vec![Scalar::Int(7), Scalar::Int(1)]));
        // Each: 6 / 14 - (7 / 14)^2.
        assert!((figure(&output, "modularity") - 2.0 * (6.0 / 14.0 - 0.25)).abs() < 1e-15);
    }
}
