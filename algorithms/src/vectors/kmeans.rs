//! k-means: vectors in k groups, each around its mean.
//!
//! Lloyd's rounds from centres chosen far apart (k-means++). A vector's centre is found by one thread; the sums of a group are taken
//! over fixed pieces of the vectors and those in their order, so that centres have the same bits for any number of threads.

use super::distance::squared;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, LARGEST, SMALLEST, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, int as whole, optional_text};
use crate::embedding::vector_property::{VectorProperty, needs, required};
use crate::numeric::random::{Xoroshiro128, unit};
use rand::Rng;

/// `algo.kmeans`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct KMeans;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// Number of groups; of fewer vectors each is a group.
        k as "k": usize = whole(1, 1_000_000, 10);
        /// Most rounds.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 100);
    }
}

static DESCRIPTION: Description = Description {
    name: "kmeans",
    category: "clustering",
    summary: "k-means: k groups of vectors, such that each vector is near the mean of its group.",
    doc: "Begins with vectors chosen by the seed, each with a probability that grows with its squared distance from those before \
          (k-means++), and then by turns gives each vector to the nearest mean and takes the means anew, until no vector changes its \
          group. Distances are Euclidean: for cosines scale vectors to length 1. A group that loses all its vectors takes the one \
          farthest from its mean. Nodes without the property have no row.\n\n\
          Papers: Lloyd, Least squares quantization in PCM, 1982; Arthur and Vassilvitskii, k-means++: the advantages of careful \
          seeding, SODA 2007.\n\n\
          Cost: a round takes n k w multiplications for n vectors of w numbers; memory 16 bytes for each vector and at most 64 \
          times 8 k w.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new("clusterId", "INT", "The group, from 0 in the order of their first nodes."),
        ColumnDescription::new("distance", "FLOAT", "The distance from the mean of the group."),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes that have the property."),
        ITERATIONS,
        CONVERGED,
        ColumnDescription::new("clusterCount", "INT", "Groups."),
        LARGEST,
        SMALLEST,
        ColumnDescription::new("inertia", "FLOAT", "The sum of the squared distances: what is made small."),
    ],
};

/// Most pieces over which sums are taken.
const SUMS: usize = 64;
/// Vectors that a thread takes at a time.
const PIECE: usize = 256;

impl Algorithm for KMeans {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, None))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let given = Given::read(arguments)?;
        let (n, w, k) = (shape.nodes, shape.node_values.max(1), (given.k as u64).min(shape.nodes));
        let sums = (n.div_ceil(PIECE as u64)).min(SUMS as u64).saturating_mul(k).saturating_mul(8 * w);
        let bytes = n.saturating_mul(4 * w + 40).saturating_add(sums);
        let rounds = given.max_iterations.min(30) as f64;
        Ok(Estimate { bytes, seconds: rounds * n as f64 * (k * w) as f64 * 1e-9 / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let (count, width) = (vectors.nodes.len(), vectors.width);
        let k = given.k.min(count);
        let crew = Crew::new(context, arguments.concurrency);
        let sums = (count.div_ceil(PIECE).min(SUMS) * k) as u64 * 8 * width as u64;
        context.reserve((count as u64 * 40).saturating_add(sums), |_| "ask for fewer groups with k".to_owned())?;
        let vector = |at: usize| vectors.of(vectors.nodes[at]);
        let mut centres = begin(crew, count, width, k, arguments.seed, &vector)?;
        // The group of each vector and its squared distance.
        let mut nearest: Vec<(u32, f64)> = vec![(u32::MAX, 0.0); count];
        let (mut iterations, mut converged) = (0, false);
        loop {
            let assigned = |at: usize| {
                let mut best = (0, f64::INFINITY);
                for (group, centre) in centres.chunks_exact(width).enumerate() {
                    let distance = squared(vector(at), centre);
                    if distance < best.1 {
                        best = (group as u32, distance);
                    }
                }
                best
            };
            let mut next = vec![(0, 0.0); count];
            crew.fill_in(PIECE, &mut next, assigned)?;
            let same = next.iter().zip(&nearest).all(|(new, old)| new.0 == old.0);
            nearest = next;
            converged |= same;
            if converged || iterations == given.max_iterations {
                break;
            }
            iterations += 1;
            centres = means(crew, &nearest, width, k, &vector)?;
            let fraction = iterations as f64 / given.max_iterations as f64;
            (context.progress)(Progress { stage: "iterations", fraction });
        }
        let mut number = vec![u32::MAX; k];
        let mut sizes = Vec::new();
        for (group, _) in &mut nearest {
            let slot = &mut number[*group as usize];
            if *slot == u32::MAX {
                *slot = sizes.len() as u32;
                sizes.push(0usize);
            }
            *group = *slot;
            sizes[*group as usize] += 1;
        }
        let figure = |size: Option<&usize>| size.map_or(Scalar::Null, |&size| int(size));
        let stats = vec![
            ("nodeCount", int(count)),
            ("iterations", int(iterations)),
            ("converged", Scalar::Bool(converged)),
            ("clusterCount", int(sizes.len())),
            ("largest", figure(sizes.iter().max())),
            ("smallest", figure(sizes.iter().min())),
            ("inertia", Scalar::Float(nearest.iter().map(|(_, distance)| distance).sum())),
        ];
        let columns = vec![
            Column::Ints(nearest.iter().map(|(group, _)| i64::from(*group)).collect()),
            Column::Floats(nearest.iter().map(|(_, distance)| distance.sqrt()).collect()),
        ];
        Ok(Output { rows: Rows::SomeNodes(vectors.nodes.clone()), columns, stats, model: None, warnings: Vec::new() })
    }
}

/// The first centres, by k-means++.
fn begin<'a>(
    crew: Crew,
    count: usize,
    width: usize,
    k: usize,
    seed: u64,
    vector: &(impl Fn(usize) -> &'a [f32] + Sync),
) -> Result<Vec<f32>, Error> {
    let mut rng = Xoroshiro128::new(seed, 0, 0x6B6D_6561);
    let mut centres = Vec::with_capacity(k * width);
    let mut distance = vec![f64::INFINITY; count];
    let mut chosen = (unit(rng.next_u64()) * count as f64) as usize;
    loop {
        centres.extend_from_slice(vector(chosen));
        if centres.len() == k * width {
            return Ok(centres);
        }
        let centre = &centres[centres.len() - width..];
        let before = std::mem::take(&mut distance);
        distance = vec![0.0; count];
        crew.fill_in(PIECE, &mut distance, |at| before[at].min(squared(vector(at), centre)))?;
        let total = crew.sum(count, |at| distance[at])?;
        let mut left = unit(rng.next_u64()) * total;
        let mut last = None;
        for (at, &own) in distance.iter().enumerate().filter(|(_, distance)| **distance > 0.0) {
            last = Some(at);
            if left < own {
                break;
            }
            left -= own;
        }
        // All others stand where a centre is.
        let Some(next) = last else { return Ok(centres) };
        chosen = next;
    }
}

/// The mean of each group; a group without vectors takes the vector farthest from its mean.
pub(super) fn means<'a>(
    crew: Crew,
    nearest: &[(u32, f64)],
    width: usize,
    k: usize,
    vector: &(impl Fn(usize) -> &'a [f32] + Sync),
) -> Result<Vec<f32>, Error> {
    let piece = nearest.len().div_ceil(SUMS).max(PIECE);
    let parts = crew.parts(nearest.len(), piece, |range| {
        let mut sums = vec![0.0f64; k * width];
        let mut counts = vec![0u64; k];
        for at in range {
            let group = nearest[at].0 as usize;
            counts[group] += 1;
            let own = &mut sums[group * width..(group + 1) * width];
            own.iter_mut().zip(vector(at)).for_each(|(sum, &number)| *sum += f64::from(number));
        }
        (sums, counts)
    })?;
    let (mut sums, mut counts) = (vec![0.0f64; k * width], vec![0u64; k]);
    for (own, numbers) in parts {
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        counts.iter_mut().zip(numbers).for_each(|(count, own)| *count += own);
    }
    let mut far: Vec<usize> = Vec::new();
    let mut centres = vec![0.0f32; k * width];
    for group in 0..k {
        let own = &mut centres[group * width..(group + 1) * width];
        if counts[group] > 0 {
            let sums = &sums[group * width..(group + 1) * width];
            own.iter_mut().zip(sums).for_each(|(slot, sum)| *slot = (sum / counts[group] as f64) as f32);
            continue;
        }
        let rest = nearest.iter().enumerate().filter(|(at, _)| !far.contains(at));
        let farthest = rest.max_by(|a, b| a.1.1.total_cmp(&b.1.1).then(b.0.cmp(&a.0)));
        if let Some((at, _)) = farthest {
            far.push(at);
            own.copy_from_slice(vector(at));
        }
    }
    Ok(centres)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{figure, ints, random_edges, try_run};

    #[test]
    fn groups_far_apart_are_found() {
        let noise = random_edges(1000, 600, 3);
        let data: Vec<f32> = (0..300)
            .flat_map(|at| {
                let centre = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)][at % 3];
                [centre.0 + noise[2 * at].0 as f32 / 1000.0, centre.1 + noise[2 * at + 1].0 as f32 / 1000.0]
            })
            .collect();
        let mut present = vec![true; 300];
        present[299] = false;
        let property = Property { name: "e".into(), values: Values::Vectors { width: 2, data, present } };
        let arguments = r#"{"property": "e", "k": 3}"#;
        let output = try_run(&KMeans, 300, &[], vec![property.clone()], arguments).unwrap();
        assert_eq!(ints(&output), (0..299).map(|at| at % 3).collect::<Vec<i64>>());
        assert!(figure(&output, "inertia") < 60.0 && figure(&output, "converged") == 1.0);
        let output = try_run(&KMeans, 300, &[], vec![property], r#"{"property": "e", "k": 1000}"#).unwrap();
        assert!(figure(&output, "clusterCount") > 250.0);
    }

    #[test]
    fn equal_vectors_are_one_group() {
        let values = Values::Vectors { width: 1, data: vec![2.5; 5], present: vec![true; 5] };
        let property = Property { name: "e".into(), values };
        let output = try_run(&KMeans, 5, &[], vec![property], r#"{"property": "e", "k": 3}"#).unwrap();
        assert_eq!(ints(&output), [0; 5]);
    }
}
