//! The nodes whose vectors are nearest, of every node.

use super::neighbours::{self, Measure, nearest};
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::int;
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{FINITE, choice, int as whole, optional_float, optional_text};
use crate::embedding::vector_property::{VectorProperty, needs, required};
use crate::graph::csr::NodeIndex;

/// `algo.knn`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Knn;

crate::choices! {
    /// How near vectors are.
    enum Metric {
        Cosine = "cosine",
        Dot = "dot",
        Euclidean = "euclidean",
    }
}

impl From<Metric> for Measure {
    fn from(metric: Metric) -> Self {
        match metric {
            Metric::Cosine => Measure::Cosine,
            Metric::Dot => Measure::Dot,
            Metric::Euclidean => Measure::Euclidean,
        }
    }
}

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// Most rows of each node: the nearest.
        top_k as "topK": usize = whole(1, 10_000, 10);
        /// cosine of the angle, scalar product, or 1 / (1 + Euclidean distance).
        metric as "metric": Metric = choice("cosine");
        /// Pairs that are less similar are left out.
        similarity_cutoff as "similarityCutoff": Option<f64> = optional_float(FINITE, "none");
    }
}

static DESCRIPTION: Description = Description {
    name: "knn",
    category: "similarity",
    summary: "Nearest neighbours by vectors: for each node the nodes with the most similar vectors, exactly.",
    doc: "For each node with the property the topK others with the most similar vectors, the most similar first, of equal ones the one \
          inserted first. All pairs are compared: nothing is missed but by rounding, as the choice is made in 32-bit floats. A \
          vector of zeros has the cosine 0 with all. With INSERT the rows make a graph on which communities can be sought. For \
          the neighbours of one node there is algo.similar.\n\n\
          Cost: n² w multiplications for n vectors of w numbers: 100,000 vectors of 128 numbers take about 20 seconds on two \
          threads. Memory: the vectors once more, 12 topK bytes for each node.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::new("node1", "STRING", "The _id of a node."),
        ColumnDescription::new("node2", "STRING", "The _id of a node with a similar vector."),
        ColumnDescription::new("similarity", "FLOAT", "How similar, by the metric."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes that have the property."),
        ColumnDescription::new("pairCount", "INT", "Rows."),
        ColumnDescription::new("meanSimilarity", "FLOAT", "The mean of all rows; NULL without any."),
    ],
};

impl Algorithm for Knn {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, None))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let top = Given::read(arguments)?.top_k as u64;
        let (n, w) = (shape.nodes, shape.node_values.max(1));
        let view = n.saturating_mul(4 * w + 8).saturating_add(threads as u64 * 400_000);
        let bytes = view.saturating_add(neighbours::bytes(n, w, top));
        Ok(Estimate { bytes, seconds: neighbours::seconds(n, w, threads) })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let (count, width) = (vectors.nodes.len(), vectors.width);
        let crew = Crew::new(context, arguments.concurrency);
        let bytes = neighbours::bytes(count as u64, width as u64, given.top_k as u64);
        context.reserve(bytes, |_| "ask for fewer rows with topK".to_owned())?;
        let measure = given.metric.into();
        let matrix = neighbours::rows(&vectors, measure);
        let told = |fraction| (context.progress)(Progress { stage: "neighbours", fraction });
        let found = nearest(&vectors, &matrix, measure, given.top_k, crew, told)?;
        let near = |similarity: f64| given.similarity_cutoff.is_none_or(|cutoff| similarity >= cutoff);
        let most: usize = found.iter().map(Vec::len).sum();
        let (mut one, mut two, mut values): (Vec<NodeIndex>, Vec<NodeIndex>, Vec<f64>) =
            (Vec::with_capacity(most), Vec::with_capacity(most), Vec::with_capacity(most));
        for (&node, own) in vectors.nodes.iter().zip(found) {
            for (other, similarity) in own.into_iter().filter(|(_, similarity)| near(*similarity)) {
                one.push(node);
                two.push(vectors.nodes[other as usize]);
                values.push(similarity);
            }
        }
        let rows = values.len();
        let mean = values.iter().sum::<f64>() / rows as f64;
        let stats = vec![
            ("nodeCount", int(count)),
            ("pairCount", int(rows)),
            ("meanSimilarity", if rows == 0 { Scalar::Null } else { Scalar::Float(mean) }),
        ];
        let columns = vec![Column::Nodes(one), Column::Nodes(two), Column::Floats(values)];
        Ok(Output { rows: Rows::Table, columns, stats, model: None, warnings: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{random_edges, try_run};
    use crate::vectors::distance::{dot, squared};

    #[test]
    fn neighbours_are_those_of_plain_search() {
        let data: Vec<f32> = random_edges(1000, 700, 1).iter().map(|edge| edge.0 as f32 / 500.0 - 1.0).collect();
        let width = 7;
        let values = Values::Vectors { width, data: data.clone(), present: vec![true; 100] };
        for metric in ["cosine", "dot", "euclidean"] {
            let property = Property { name: "e".into(), values: values.clone() };
            let arguments = format!(r#"{{"property": "e", "topK": 5, "metric": "{metric}"}}"#);
            let output = try_run(&Knn, 100, &[], vec![property], &arguments).unwrap();
            let [Column::Nodes(one), Column::Nodes(two), Column::Floats(values)] = &output.columns[..] else {
                panic!()
            };
            assert_eq!(one.len(), 500);
            for v in 0..100usize {
                let row = |v: usize| &data[v * width..(v + 1) * width];
                let similarity = |u: usize| match metric {
                    "dot" => dot(row(v), row(u)),
                    "cosine" => dot(row(v), row(u)) / (dot(row(v), row(v)) * dot(row(u), row(u))).sqrt(),
                    _ => 1.0 / (1.0 + squared(row(v), row(u)).sqrt()),
                };
                let mut wanted: Vec<(f64, u32)> =
                    (0..100).filter(|&u| u != v).map(|u| (similarity(u), u as u32)).collect();
                wanted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
                for at in 0..5 {
                    assert_eq!((one[5 * v + at], two[5 * v + at]), (v as u32, wanted[at].1), "{metric}");
                    assert!((values[5 * v + at] - wanted[at].0).abs() < 1e-12);
                }
            }
        }
    }
}
