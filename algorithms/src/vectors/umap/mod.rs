//! umap: places in two dimensions in which vectors lie beside those they are similar to.
//!
//! **What.** UMAP (McInnes, Healy, Melville: "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction",
//! arXiv 1802.03426). The k nearest of each vector are found exactly, each gets a strength between 0 and 1 by its distance
//! (`membership`), and points are moved until strongly tied ones are near and others apart (`layout`).
//!
//! **How.** Points begin at the first principal components, scaled to `EXTENT`: so far groups stay where they are (Kobak, Linderman:
//! "Initialization is critical for preserving global data structure", Nature Biotechnology 2021), and nothing is left to chance.
//!
//! **Same bits.** A point is moved by one thread, which sees the others where they were before its batch of points; random numbers are
//! a function of seed, point and epoch.

mod layout;
mod membership;
#[cfg(test)]
mod tests;

use ndarray::Array2;

use super::distance::squared;
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
use crate::core::parameters::{choice, float, from, int as whole, optional_int, optional_text};
use crate::embedding::pca;
use crate::embedding::vector_property::{VectorProperty, needs, required};
use crate::numeric::matrix::RowMajor;
use crate::numeric::random::{mix, unit};
use layout::{Curve, Layout};
use membership::ties;

/// `algo.umap`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Umap;

crate::choices! {
    /// How far apart vectors are.
    enum Metric {
        Cosine = "cosine",
        Euclidean = "euclidean",
    }
}

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// Nearest vectors that a vector is tied to: few show small groups, many the shape of the whole. umap-learn's n_neighbors, which counts the vector itself too.
        k as "k": usize = whole(1, 1000, 15);
        /// How near points may lie: small values pack groups tightly.
        min_dist as "minDist": f64 = float(from(0.0, 1.0), 0.1);
        /// Number of coordinates: 2 or 3 to draw them, more to seek groups in them.
        dimensions as "dimensions": usize = whole(1, 256, 2);
        /// How many times points are moved.
        epochs as "epochs": Option<usize> = optional_int(1, 100_000, "500 up to 10,000 vectors, 200 beyond");
        /// Distance: 1 less the cosine of the angle, or the Euclidean.
        metric as "metric": Metric = choice("cosine");
    }
}

static DESCRIPTION: Description = Description {
    name: "umap",
    category: "embedding",
    summary: "UMAP: coordinates in which vectors lie beside those they are similar to, to draw them.",
    doc: "Uniform Manifold Approximation and Projection: each vector is tied to its k nearest, found exactly; a tie's strength falls \
          from 1, the nearest, to 0 by a scale of the vector's own, so that dense and sparse places count alike. Points begin at the first \
          principal components and are moved: ties pull, five random others for each pull push. What comes out keeps neighbours; \
          distances between far groups and their sizes mean little. neighborsKept says how well it did.\n\n\
          The same vectors, arguments and seed give the same coordinates for any number of threads. A node without the property has no \
          row. NaN and infinity in a vector are an error.\n\n\
          Papers: McInnes, Healy and Melville, UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction, 2018; Kobak and \
          Linderman, Initialization is critical for preserving global data structure in both t-SNE and UMAP, 2021.\n\n\
          Cost: the neighbours as algo.knn, n² w multiplications for n vectors of w numbers, the components as algo.pca, and for each \
          epoch about 3 n k forces. Memory: the vectors once more, about 60 k bytes for each.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("coordinates", "VECTOR", "The node's place; only which are near means something."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes that have the property."),
        ColumnDescription::new("dimensions", "INT", "Number of coordinates."),
        ColumnDescription::new("tieCount", "INT", "Pairs of vectors that are tied."),
        ColumnDescription::new("epochs", "INT", "How many times points were moved."),
        ColumnDescription::new(
            "neighborsKept",
            "FLOAT",
            "The share of the k nearest vectors that are among the k nearest points, over up to 1,000 vectors; NULL for one vector.",
        ),
    ],
};

/// The largest coordinate at the beginning.
const EXTENT: f64 = 10.0;
/// How far chance moves a point at the beginning, so that equal vectors can part.
const JITTER: f64 = 1e-3;
/// Vectors whose neighbours are compared with those of their points.
const COMPARED: usize = 1000;
/// The share of the work that the neighbours are.
const SEARCH: f64 = 0.5;

impl Algorithm for Umap {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, None))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let (n, w) = (shape.nodes, shape.node_values.max(1));
        let view = n.saturating_mul(4 * w + 8).saturating_add(threads as u64 * 400_000);
        let bytes = view.saturating_add(working_bytes(n, w, &given));
        let forces = epochs(&given, n) as f64 * n as f64 * given.k.min(1000) as f64 * 3.0;
        let components = n as f64 * (w as f64).powi(2) / 2.0 + 6.0 * (w as f64).powi(3);
        let layout = (forces * 9e-9 + components * 0.6e-9) / threads.max(1) as f64;
        Ok(Estimate { bytes, seconds: neighbours::seconds(n, w, threads) + layout })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let (count, width, seed) = (vectors.nodes.len(), vectors.width, arguments.seed);
        let crew = Crew::new(context, arguments.concurrency);
        let needed = working_bytes(count as u64, width as u64, &given);
        context.reserve(needed, |_| "lower k, or select fewer nodes with nodeLabels".to_owned())?;
        let measure = match given.metric {
            Metric::Cosine => Measure::Cosine,
            Metric::Euclidean => Measure::Euclidean,
        };
        let matrix = neighbours::rows(&vectors, measure);
        let told = |share: f64| (context.progress)(Progress { stage: "neighbours", fraction: share * SEARCH });
        let mut near = nearest(&vectors, &matrix, measure, given.k.min(count.saturating_sub(1)), crew, told)?;
        for (at, others) in near.iter_mut().enumerate() {
            for (other, similarity) in others {
                *similarity = match given.metric {
                    Metric::Cosine => 1.0 - *similarity,
                    Metric::Euclidean => {
                        squared(vectors.of(vectors.nodes[at]), vectors.of(vectors.nodes[*other as usize])).sqrt()
                    }
                };
            }
        }
        let mut points = begin(&matrix, given.dimensions, seed, crew)?;
        drop(matrix);
        let epochs = epochs(&given, count as u64);
        let layout = Layout::new(count, ties(&near, crew)?, Curve::fit(given.min_dist), given.dimensions, epochs, seed);
        let tied = layout.pairs();
        layout.run(&mut points, crew, |epoch| {
            let stage = format!("epoch {epoch} of {epochs}");
            let fraction = SEARCH + (1.0 - SEARCH) * epoch as f64 / epochs as f64;
            (context.progress)(Progress { stage: &stage, fraction });
        })?;
        let kept = kept(&near, &points, given.dimensions, crew)?;
        Ok(Output {
            rows: Rows::SomeNodes(vectors.nodes),
            columns: vec![Column::Vectors { dimensions: given.dimensions, data: points.into() }],
            stats: vec![
                ("nodeCount", int(count)),
                ("dimensions", int(given.dimensions)),
                ("tieCount", int(tied)),
                ("epochs", int(epochs)),
                ("neighborsKept", kept.map_or(Scalar::Null, Scalar::Float)),
            ],
            ..Output::default()
        })
    }
}

fn epochs(given: &Given, count: u64) -> usize {
    given.epochs.unwrap_or(if count <= 10_000 { 500 } else { 200 })
}

/// Bytes beyond the property graph.
fn working_bytes(count: u64, width: u64, given: &Given) -> u64 {
    let (k, dimensions) = (given.k as u64, given.dimensions as u64);
    // Ties in both directions, once as they are found and once as they are kept.
    let ties = count.saturating_mul(40 * k.min(count) + 8 * dimensions + 32);
    let search = neighbours::bytes(count, width, k);
    search.saturating_add(ties).saturating_add(pca::working_bytes(count, width, dimensions.min(width)))
}

/// The places at which points begin, one after the other.
fn begin(matrix: &Array2<f32>, dimensions: usize, seed: u64, crew: Crew<'_>) -> Result<Vec<f32>, Error> {
    let vectors = VectorProperty::rows(matrix.ncols(), matrix.flat());
    let coordinates = pca::principal(&vectors, dimensions, seed, crew.threads, crew.context)?;
    let largest = coordinates.iter().fold(0.0f64, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 { EXTENT / largest } else { 0.0 };
    let known = coordinates.ncols();
    let place = |at: usize| {
        let (row, column) = (at / dimensions, at % dimensions);
        let along = if column < known { coordinates[[row, column]] * scale } else { 0.0 };
        let chance = 2.0 * unit(mix(mix(seed ^ 0x756D_6170).wrapping_add(at as u64))) - 1.0;
        (along + JITTER * chance) as f32
    };
    crew.make(matrix.nrows() * dimensions, place)
}

/// The share of the nearest vectors that are among as many nearest points; nothing without neighbours.
fn kept(near: &[Vec<(u32, f64)>], points: &[f32], dimensions: usize, crew: Crew<'_>) -> Result<Option<f64>, Error> {
    let count = near.len();
    let step = count.div_ceil(COMPARED).max(1);
    let point = |at: usize| &points[at * dimensions..(at + 1) * dimensions];
    let compared = |sample: usize| {
        let at = sample * step;
        let mut distances: Vec<(f64, u32)> = (0..count)
            .filter(|&other| other != at)
            .map(|other| (squared(point(at), point(other)), other as u32))
            .collect();
        let most = near[at].len();
        if most == 0 {
            return (0, 0);
        }
        distances.select_nth_unstable_by(most - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let among = |other: u32| distances[..most].iter().any(|(_, one)| *one == other);
        (near[at].iter().filter(|(other, _)| among(*other)).count(), most)
    };
    let parts = crew.parts(count.div_ceil(step), 8, |samples| {
        samples.map(compared).fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1))
    })?;
    let (kept, all) = parts.into_iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    Ok((all > 0).then(|| kept as f64 / all as f64))
}
