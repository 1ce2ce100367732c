//! graph_embed: one vector for a whole graph, or for each value of a grouping property, from the vectors of its nodes.
//!
//! Mean, sum and maximum are the pooling functions of graph classification (Xu et al.: "How Powerful are Graph Neural
//! Networks?", ICLR 2019, compares them: a sum also tells sizes apart, a mean shares, a maximum what is there at all).
//! One pass over the nodes in their order, in 64-bit floats.

use crate::algorithm::Algorithm;
use crate::algorithm::groups::GroupsOfNodes;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{boolean, choice, optional_text};
use crate::embedding::vector_property::{VectorProperty, needs, required};

/// `algo.graph_embed`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct GraphEmbed;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// A node property (STRING, BOOL, INT or FLOAT): one row for each of its values.
        group_by as "groupBy": Option<String> = optional_text("one row for all nodes");
        /// How vectors are put together, position by position.
        pooling as "pooling": Pooling = choice("mean");
        /// Whether each result is scaled to length 1; a zero vector stays zero.
        normalize as "normalize": bool = boolean(false);
    }
}

static DESCRIPTION: Description = Description {
    name: "graph_embed",
    category: "embedding",
    summary: "One vector for the whole graph, or for each value of a property, pooled from its nodes' vectors.",
    doc: "The vectors of the property's nodes are pooled by mean, sum or maximum, position by position. With groupBy there \
          is a row for each of its values, in order of their first node; nodes without a value belong to no group. Nodes \
          without a vector are left out, and so is a group in which no node has one. NaN and infinity in a vector are an \
          error.\n\n\
          Paper: Xu, Hu, Leskovec and Jegelka, How powerful are graph neural networks?, ICLR 2019, on what mean, sum and \
          maximum can tell apart.\n\n\
          Cost: one pass over the vectors; memory of 8 bytes for each number of the result.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("group", "ANY", "The value of groupBy; NULL without it."),
        ColumnDescription::new("nodeCount", "INT", "Nodes of the group that have a vector."),
        ColumnDescription::new("embedding", "VECTOR", "The group's vector."),
    ],
    stats: &[
        ColumnDescription::new("groupCount", "INT", "Rows of the result."),
        ColumnDescription::new("nodeCount", "INT", "Nodes that were pooled."),
        ColumnDescription::new("leftOut", "INT", "Nodes without a vector or a group."),
        ColumnDescription::new("dimensions", "INT", "Length of each vector."),
    ],
};

crate::choices! {
    /// How vectors are put together.
    enum Pooling {
        Mean = "mean",
        Sum = "sum",
        Max = "max",
    }
}

impl Algorithm for GraphEmbed {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, given.group_by.as_deref()))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, _threads: usize) -> Result<Estimate, Error> {
        let values = shape.nodes.saturating_mul(shape.node_values);
        // How many groups there are is not known: at most one per node.
        let groups = if Given::read(arguments)?.group_by.is_some() { shape.nodes } else { 1 };
        let result = groups.saturating_mul(shape.node_values.saturating_mul(12).saturating_add(48));
        let bytes = values.saturating_mul(4).saturating_add(shape.nodes.saturating_mul(17)).saturating_add(result);
        Ok(Estimate { bytes, seconds: values as f64 * 1e-9 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let pooling = given.pooling;
        let groups = match &given.group_by {
            None => GroupsOfNodes { of_node: vec![0; graph.node_count()], names: vec![Scalar::Null] },
            Some(name) => GroupsOfNodes::of(DESCRIPTION.name, Given::group_by, graph, name)?,
        };
        let width = vectors.width;
        let needed = (groups.names.len() as u64).saturating_mul(width as u64 * 12);
        context.reserve(needed, |_| "group by a property with fewer values".to_owned())?;
        let mut sums = vec![if pooling == Pooling::Max { f64::NEG_INFINITY } else { 0.0 }; groups.names.len() * width];
        let mut counts = vec![0usize; groups.names.len()];
        for nodes in vectors.nodes.chunks(4096) {
            context.check_cancelled()?;
            for &node in nodes {
                let group = groups.of_node[node as usize] as usize;
                // Nodes without a group have a number beyond all groups.
                let Some(count) = counts.get_mut(group) else { continue };
                *count += 1;
                let numbers = vectors.of(node).iter().map(|&number| f64::from(number));
                let sums = sums[group * width..][..width].iter_mut().zip(numbers);
                match pooling {
                    Pooling::Mean | Pooling::Sum => sums.for_each(|(sum, number)| *sum += number),
                    Pooling::Max => sums.for_each(|(sum, number)| *sum = sum.max(number)),
                }
            }
        }
        let pooled: usize = counts.iter().sum();
        if pooled == 0 {
            return Err(Error::Unfit(format!(
                "algo.graph_embed: no node has both a vector in {property:?} and a value of {:?}",
                given.group_by.unwrap_or_default()
            )));
        }
        let (mut names, mut sizes, mut data) = (Vec::new(), Vec::new(), Vec::new());
        let all = groups.names.into_iter().zip(&counts).zip(sums.chunks_exact_mut(width));
        for ((name, &count), sums) in all.filter(|((_, count), _)| **count > 0) {
            if pooling == Pooling::Mean {
                sums.iter_mut().for_each(|sum| *sum /= count as f64);
            }
            if given.normalize {
                let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
                if length > 0.0 {
                    sums.iter_mut().for_each(|sum| *sum /= length);
                }
            }
            names.push(name);
            sizes.push(i64::try_from(count).unwrap_or(i64::MAX));
            let finite = |&sum: &f64| sum.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
            data.extend(sums.iter().map(finite));
        }
        let int = |value: usize| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let group_count = names.len();
        Ok(Output {
            rows: Rows::Table,
            columns: vec![
                Column::Scalars(names),
                Column::Ints(sizes),
                Column::Vectors { dimensions: width, data: data.into() },
            ],
            stats: vec![
                ("groupCount", int(group_count)),
                ("nodeCount", int(pooled)),
                ("leftOut", int(graph.node_count() - pooled)),
                ("dimensions", int(width)),
            ],
            ..Output::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::argument::Argument;
    use crate::graph::property::{NO_TEXT, Property, PropertyGraph, Values};

    /// Five nodes in two teams and one without; the last node of a team has no vector.
    fn graph() -> PropertyGraph {
        let vectors = Values::Vectors {
            width: 2,
            data: vec![1.0, 5.0, 3.0, -1.0, 10.0, 0.0, 0.0, 0.0, 7.0, 7.0],
            present: vec![true, true, true, false, true],
        };
        let teams = Values::Texts { distinct: vec!["red".into(), "blue".into()], codes: vec![0, 0, 1, 1, NO_TEXT] };
        let property = |name: &str, values| Property { name: name.into(), values };
        let year = Values::Numbers { values: vec![1.0, 2.0, 1.0, f64::NAN, 2.0], integers: true, wide: Vec::new() };
        PropertyGraph {
            node_types: vec!["P".into()],
            node_type: vec![0; 5],
            node_properties: vec![property("team", teams), property("v", vectors), property("year", year)],
            ..PropertyGraph::default()
        }
    }

    fn run(given: &[(&str, &str)]) -> Result<Output, Error> {
        let argument = |text: &str| match text {
            "TRUE" => Argument::Bool(true),
            text => Argument::String(text.to_owned()),
        };
        let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), argument(value))).collect();
        let arguments = GraphEmbed.description().check(&given).unwrap();
        GraphEmbed.needs(&arguments, None)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        GraphEmbed.run(Input::from(&graph()), &arguments, &Context::new(&pool))
    }

    fn data(output: &Output) -> &[f32] {
        match &output.columns[2] {
            Column::Vectors { dimensions: 2, data } => data,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn groups_are_pooled_by_hand() {
        let text = |text: &str| Scalar::String(text.to_owned());
        let output = run(&[("property", "v"), ("groupBy", "team")]).unwrap();
        assert_eq!(output.columns[0], Column::Scalars(vec![text("red"), text("blue")]));
        assert_eq!(output.columns[1], Column::Ints(vec![2, 1]));
        assert_eq!(data(&output), [2.0, 2.0, 10.0, 0.0]);
        let figures = [2, 3, 2, 2].map(Scalar::Int).to_vec();
        assert_eq!(output.stats.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>(), figures);
        assert_eq!(
            data(&run(&[("property", "v"), ("groupBy", "team"), ("pooling", "sum")]).unwrap()),
            [4.0, 4.0, 10.0, 0.0]
        );
        assert_eq!(
            data(&run(&[("property", "v"), ("groupBy", "team"), ("pooling", "max")]).unwrap()),
            [3.0, 5.0, 10.0, 0.0]
        );
        let normal = run(&[("property", "v"), ("groupBy", "year"), ("pooling", "sum"), ("normalize", "TRUE")]).unwrap();
        assert_eq!(normal.columns[0], Column::Scalars(vec![Scalar::Int(1), Scalar::Int(2)]));
        let (a, b) = (146f32.sqrt(), 136f32.sqrt());
        assert!(data(&normal).iter().zip([11.0 / a, 5.0 / a, 10.0 / b, 6.0 / b]).all(|(x, y)| (x - y).abs() < 1e-6));
    }

    #[test]
    fn without_a_grouping_there_is_one_row() {
        let output = run(&[("property", "v")]).unwrap();
        assert_eq!(output.columns[0], Column::Scalars(vec![Scalar::Null]));
        assert_eq!(data(&output), [21.0 / 4.0, 11.0 / 4.0]);
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let message = |given: &[(&str, &str)]| run(given).unwrap_err().to_string();
        assert!(message(&[]).contains("takes STRING, the name of a node property with vectors, got NULL"));
        assert_eq!(
            message(&[("property", "taem")]),
            "algo.graph_embed: property \"taem\" is at no node that is seen; did you mean \"team\"?"
        );
        assert_eq!(
            message(&[("property", "team")]),
            "algo.graph_embed: property \"team\" is STRING; it should be a VECTOR or a list of numbers"
        );
        assert_eq!(
            message(&[("property", "v"), ("groupBy", "v")]),
            "algo.graph_embed: groupBy: property \"v\" is VECTOR; it should be STRING, BOOL, INT or FLOAT"
        );
    }
}
