//! pca: the directions in which vectors differ most, and each vector's place along them.
//!
//! **What.** Principal component analysis (Pearson, Philosophical Magazine 1901; Hotelling, Journal of Educational
//! Psychology 1933): the eigenvectors of the covariance matrix with the largest eigenvalues are the *components*, an
//! eigenvalue is the variance along its component, and a node's coordinates are its centred vector times each
//! component. Two or three of them are what one draws.
//!
//! **How.** Up to 2,048 numbers per vector the covariance matrix is built and its eigenvectors are computed;
//! for longer ones subspace iteration finds the leading ones without that matrix. A component and its opposite are
//! equally right: the entry of largest magnitude, the first among equals, is made positive.
//!
//! **Cost.** n vectors of w numbers: n w² / 2 for the matrix and about 6 w³ for its eigenvectors.
//!
//! **Same bits.** Every sum runs over the vectors in their order, in one thread; threads share out the sums.

mod moments;
mod subspace;
#[cfg(test)]
mod tests;

use ndarray::Array2;

use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{boolean, int, optional_text};
use crate::embedding::vector_property::{VectorProperty, needs, required};
use crate::numeric::eigen::{self, Eigen, eigen};
use crate::numeric::matrix::into_flat;
use moments::{Standardization, covariance, project};

/// Longest vectors whose covariance matrix is built.
const EXACT_WIDTH: usize = 2048;

/// `algo.pca`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Pca;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// Number of coordinates: at most the length of the vectors and the number of nodes that have one.
        dimensions as "dimensions": usize = int(1, 4096, 2);
        /// Whether the mean is taken from each vector first.
        center as "center": bool = boolean(true);
        /// Whether each position is divided by its standard deviation first, for positions with different units.
        scale as "scale": bool = boolean(false);
    }
}

static DESCRIPTION: Description = Description {
    name: "pca",
    category: "embedding",
    summary: "Coordinates of vectors along the directions in which they differ most, to draw them.",
    doc: "Principal component analysis of a vector property: the eigenvectors of its covariance matrix with the largest \
          eigenvalues are the components; a node's coordinates are its vector, less the mean, times each component. The \
          sign of a component is chosen so that its entry of largest magnitude is positive.\n\n\
          A node without the property has NULL coordinates; all others have a VECTOR. NaN and infinity in a vector are an \
          error.\n\n\
          Papers: Pearson, On lines and planes of closest fit, 1901; Hotelling, 1933; for vectors of more than 2,048 \
          numbers Halko, Martinsson and Tropp, Finding structure with randomness, SIAM Review 2011: at most 300 rounds, \
          until the variances change by less than 1e-10 of the first.\n\n\
          Cost: for n vectors of w numbers time grows with n w² / 2 + 6 w³ and memory with 2 w² numbers of 8 bytes; beyond \
          2,048 numbers with n w (dimensions + 10) per round and (n + 3 w) (dimensions + 10) numbers.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "coordinates",
            "VECTOR",
            "The node's place along each component, the one with the largest variance first.",
        ),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes that have the property."),
        ColumnDescription::new("dimensions", "INT", "Number of coordinates."),
        ColumnDescription::new("explainedVariance", "LIST<FLOAT>", "The variance along each component."),
        ColumnDescription::new("explainedShare", "LIST<FLOAT>", "The same as shares of the variance of all positions."),
        ColumnDescription::new(
            "rounds",
            "INT",
            "Rounds of subspace iteration; 0 when all eigenvectors were computed, 300 when the variances did not come \
                  to a stand.",
        ),
    ],
};

impl Algorithm for Pca {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, None))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let width = shape.node_values.max(1);
        let count = Given::read(arguments)?.dimensions as u64;
        let graph = shape.nodes.saturating_mul(width.saturating_mul(4).saturating_add(9));
        let bytes = graph.saturating_add(working_bytes(shape.nodes, width, count));
        let (n, w) = (shape.nodes as f64, width as f64);
        let operations = match width <= EXACT_WIDTH as u64 {
            true => n * w * w / 2.0 + 6.0 * w * w * w,
            false => 40.0 * n * w * (count + 10) as f64,
        };
        Ok(Estimate { bytes, seconds: (operations + n * w * count as f64) * 0.6e-9 / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let count = given.dimensions;
        let (rows, width) = (vectors.nodes.len(), vectors.width);
        if count > width || count > rows {
            let (what, most) = if width <= rows { ("numbers", width) } else { ("vectors", rows) };
            return Err(Error::Unfit(format!(
                "algo.pca: dimensions is {count}, but there are only {most} {what} in property {property:?}: lower dimensions to \
                 {most} or less"
            )));
        }
        let needed = working_bytes(rows as u64, width as u64, count as u64);
        context.reserve(needed, |_| {
            "reduce the vectors' length first, or select fewer nodes with nodeLabels".to_owned()
        })?;
        let threads = context.threads(arguments.concurrency);
        let components = components(&vectors, &given, arguments.seed, threads, context)?;
        let Components { standard, eigen, total, rounds } = components;
        (context.progress)(Progress { stage: "coordinates", fraction: 0.9 });
        let coordinates = project(&vectors, &standard, &eigen.vectors, threads, context)?.mapv(finite);
        let share = |&value: &f64| if total > 0.0 { value / total } else { 0.0 };
        let int = |value: usize| Scalar::Int(i64::try_from(value).unwrap_or(i64::MAX));
        let column = if rows == graph.node_count() {
            Column::Vectors { dimensions: count, data: into_flat(coordinates).into() }
        } else {
            let mut values = vec![Scalar::Null; graph.node_count()];
            for (&node, place) in vectors.nodes.iter().zip(coordinates.outer_iter()) {
                values[node as usize] = Scalar::Vector(place.to_vec());
            }
            Column::Scalars(values)
        };
        Ok(Output {
            rows: Rows::Nodes,
            columns: vec![column],
            stats: vec![
                ("nodeCount", int(rows)),
                ("dimensions", int(count)),
                ("explainedVariance", Scalar::Floats(eigen.values.clone())),
                ("explainedShare", Scalar::Floats(eigen.values.iter().map(share).collect())),
                ("rounds", int(rounds)),
            ],
            ..Output::default()
        })
    }
}

/// The coordinates of vectors along their first components, as many as there are or as are wanted: vectors x components.
pub(crate) fn principal(
    vectors: &VectorProperty<'_>,
    most: usize,
    seed: u64,
    threads: usize,
    context: &Context<'_>,
) -> Result<Array2<f64>, Error> {
    let dimensions = most.min(vectors.width).min(vectors.nodes.len());
    let given = Given { property: None, dimensions, center: true, scale: false };
    let Components { standard, eigen, .. } = components(vectors, &given, seed, threads, context)?;
    project(vectors, &standard, &eigen.vectors, threads, context)
}

/// A coordinate, which may be beyond the range of a 32-bit float when vectors are at its end.
fn finite(number: f64) -> f32 {
    number.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

/// Bytes beyond the property graph.
pub(crate) fn working_bytes(rows: u64, width: u64, count: u64) -> u64 {
    let matrix = match width <= EXACT_WIDTH as u64 {
        true => width.saturating_mul(width).saturating_mul(16),
        false => subspace::bytes(rows, width, count),
    };
    // Coordinates twice: in 64 and in 32 bits; or as lists.
    matrix.saturating_add(rows.saturating_mul(count.saturating_mul(12).saturating_add(36)))
}

/// The components, their variances, and what they were computed from.
struct Components {
    standard: Standardization,
    eigen: Eigen,
    /// The variance of all positions.
    total: f64,
    rounds: usize,
}

fn components(
    vectors: &VectorProperty<'_>,
    given: &Given,
    seed: u64,
    threads: usize,
    context: &Context<'_>,
) -> Result<Components, Error> {
    let (rows, width) = (vectors.nodes.len(), vectors.width);
    let Given { dimensions: count, center, scale, .. } = *given;
    let standard = Standardization::of(vectors, center, scale, context)?;
    let freedom = if center { rows.saturating_sub(1).max(1) } else { rows } as f64;
    let (mut eigen, total, rounds) = if width <= EXACT_WIDTH {
        let matrix = covariance(vectors, &standard, freedom, threads, context)?;
        (context.progress)(Progress { stage: "eigenvectors", fraction: 0.5 });
        let total = matrix.diag().iter().sum();
        (eigen(matrix, count, threads, context)?, total, 0)
    } else {
        let total = total_variance(vectors, &standard, freedom, context)?;
        let (eigen, rounds) = subspace::leading(vectors, &standard, freedom, count, seed, threads, context)?;
        (eigen, total, rounds)
    };
    // No variance is negative but by rounding.
    eigen.values.truncate(count);
    eigen.values.iter_mut().for_each(|value| *value = value.max(0.0));
    for mut component in eigen.vectors.outer_iter_mut() {
        let largest = component
            .iter()
            .fold(0.0f64, |largest, &number| if number.abs() > largest.abs() { number } else { largest });
        if largest < 0.0 {
            component.mapv_inplace(|number| -number);
        }
    }
    Ok(Components { standard, eigen, total, rounds })
}

/// The sum of the variances of all positions.
fn total_variance(
    vectors: &VectorProperty<'_>,
    standard: &Standardization,
    freedom: f64,
    context: &Context<'_>,
) -> Result<f64, Error> {
    let mut vector = vec![0.0; vectors.width];
    let mut total = 0.0;
    for chunk in vectors.nodes.chunks(moments::CHUNK) {
        context.check_cancelled()?;
        let mut sum = 0.0;
        for &node in chunk {
            standard.apply(vectors.of(node), &mut vector);
            sum += eigen::dot(&vector, &vector);
        }
        total += sum / freedom;
    }
    Ok(total)
}
