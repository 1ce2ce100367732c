//! The nodes whose vectors are nearest, of every node.
//!
//! All pairs are compared, block by block, as products of matrices of 32-bit floats; what is best is computed once more in 64 bits.
//! A node's row is found by one thread over blocks in their order.

use ndarray::{Array2, ArrayView2};

use super::distance::{dot, squared};
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
use crate::numeric::kernel::gemm::product;
use crate::numeric::matrix::RowMajor;

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

/// Nodes whose neighbours are sought together, and nodes they are compared with at a time.
const SOUGHT: usize = 64;
const AMONG: usize = 1024;

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
        let bytes = n.saturating_mul(8 * w + 16 + 28 * top.min(n)).saturating_add(threads as u64 * 400_000);
        Ok(Estimate { bytes, seconds: n as f64 * n as f64 * (w as f64 * 3e-11 + 1e-9) / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let (count, width) = (vectors.nodes.len(), vectors.width);
        let crew = Crew::new(context, arguments.concurrency);
        let bytes = 4 * width as u64 + 8 + 28 * given.top_k.min(count) as u64;
        context.reserve((count as u64).saturating_mul(bytes), |_| "ask for fewer rows with topK".to_owned())?;
        // Of length 1 for the cosine.
        let mut matrix = Array2::<f32>::zeros((count, width));
        let mut lengths = vec![0.0f32; count];
        for (at, &node) in vectors.nodes.iter().enumerate() {
            let vector = vectors.of(node);
            let length = dot(vector, vector).sqrt();
            let scale = if given.metric == Metric::Cosine && length > 0.0 { 1.0 / length } else { 1.0 };
            lengths[at] = (length * length) as f32;
            let row = &mut matrix.flat_mut()[at * width..(at + 1) * width];
            row.iter_mut().zip(vector).for_each(|(slot, &number)| *slot = (f64::from(number) * scale) as f32);
        }
        let exact = |a: usize, b: usize| {
            let (x, y) = (vectors.of(vectors.nodes[a]), vectors.of(vectors.nodes[b]));
            match given.metric {
                Metric::Dot => dot(x, y),
                Metric::Euclidean => 1.0 / (1.0 + squared(x, y).sqrt()),
                Metric::Cosine => {
                    let by = (dot(x, x) * dot(y, y)).sqrt();
                    if by > 0.0 { (dot(x, y) / by).clamp(-1.0, 1.0) } else { 0.0 }
                }
            }
        };
        let mut parts: Vec<Vec<(u32, u32, f64)>> = vec![Vec::new(); count.div_ceil(SOUGHT)];
        let (all, done) = (parts.len(), std::sync::atomic::AtomicUsize::new(0));
        let new = || vec![0.0f32; SOUGHT * AMONG];
        context.for_each_with(crew.threads, parts.iter_mut().enumerate(), new, |scores, (piece, rows)| {
            let first = piece * SOUGHT;
            let own = matrix.slice(ndarray::s![first..(first + SOUGHT).min(count), ..]);
            let mut best: Vec<Best> = (0..own.nrows()).map(|_| Best::new(given.top_k)).collect();
            for start in (0..count).step_by(AMONG) {
                context.check_cancelled()?;
                let others = matrix.slice(ndarray::s![start..(start + AMONG).min(count), ..]);
                let columns = others.nrows();
                let scores = &mut scores[..own.nrows() * columns];
                block(scores, own, others);
                for (row, best) in best.iter_mut().enumerate() {
                    for (column, &score) in scores[row * columns..(row + 1) * columns].iter().enumerate() {
                        let other = start + column;
                        let score = match given.metric {
                            // The nearer the higher, without what all have in common.
                            Metric::Euclidean => 2.0 * score - lengths[other],
                            _ => score,
                        };
                        if score > best.least && other != first + row {
                            best.put(score, other as u32);
                        }
                    }
                }
            }
            for (row, best) in best.into_iter().enumerate() {
                let at = first + row;
                let mut own: Vec<(u32, f64)> =
                    best.into_places().map(|other| (other, exact(at, other as usize))).collect();
                own.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                own.retain(|(_, similarity)| given.similarity_cutoff.is_none_or(|cutoff| *similarity >= cutoff));
                rows.extend(own.into_iter().map(|(other, similarity)| (at as u32, other, similarity)));
            }
            let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            if done.is_multiple_of(all.div_ceil(200)) {
                (context.progress)(Progress { stage: "neighbours", fraction: done as f64 / all as f64 });
            }
            Ok(())
        })?;
        let rows: usize = parts.iter().map(Vec::len).sum();
        let (mut one, mut two, mut values): (Vec<NodeIndex>, Vec<NodeIndex>, Vec<f64>) =
            (Vec::with_capacity(rows), Vec::with_capacity(rows), Vec::with_capacity(rows));
        for (a, b, similarity) in parts.into_iter().flatten() {
            one.push(vectors.nodes[a as usize]);
            two.push(vectors.nodes[b as usize]);
            values.push(similarity);
        }
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

/// The scalar products of two blocks of rows.
fn block(scores: &mut [f32], own: ArrayView2<'_, f32>, others: ArrayView2<'_, f32>) {
    if let Ok(out) = ndarray::ArrayViewMut2::from_shape((own.nrows(), others.nrows()), scores) {
        product(out, own, others.t(), false);
    }
}

/// The places with the highest scores, of equal ones those that came first.
struct Best {
    most: usize,
    /// What a score has to exceed.
    least: f32,
    /// A heap whose first entry is the one to go next.
    heap: std::collections::BinaryHeap<(std::cmp::Reverse<u32>, u32)>,
}

impl Best {
    fn new(most: usize) -> Self {
        Best { most, least: f32::NEG_INFINITY, heap: std::collections::BinaryHeap::new() }
    }

    fn put(&mut self, score: f32, place: u32) {
        // Bits in the order of the numbers, negative ones too.
        let bits = score.to_bits();
        let key = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
        self.heap.push((std::cmp::Reverse(key), place));
        if self.heap.len() > self.most {
            self.heap.pop();
        }
        if self.heap.len() == self.most
            && let Some((std::cmp::Reverse(key), _)) = self.heap.peek()
        {
            self.least = f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key });
        }
    }

    fn into_places(self) -> impl Iterator<Item = u32> {
        self.heap.into_iter().map(|(_, place)| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{random_edges, try_run};

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
