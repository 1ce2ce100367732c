//! HDBSCAN: groups of vectors that are dense, of any shape and number, and noise between them.
//!
//! A vector's *core distance* is that to its minSamples-th nearest, itself counted; two vectors are as far apart as the largest of their
//! distance and their core distances. The minimum spanning tree under that distance (Prim's algorithm, each round on several
//! threads, ties by number) says how groups grow together; those that fall into two parts of at least minClusterSize
//! are kept or parted by whichever is there over the longer range of densities.

use super::distance::squared;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output, Rows, Scalar};
use crate::algorithm::summary::int;
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{UNLIMITED, int as whole, optional_int, optional_text};
use crate::embedding::vector_property::{VectorProperty, needs, required};
use crate::search::components::Sets;

/// `algo.hdbscan`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Hdbscan;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// The node property with the vectors: VECTOR or lists of numbers, all of one length.
        property as "property": Option<String> = optional_text("must be given");
        /// Fewest vectors of a group.
        min_cluster_size as "minClusterSize": usize = whole(2, UNLIMITED, 5);
        /// How many vectors, itself counted, are near a vector in a dense place; more leave more noise.
        min_samples as "minSamples": Option<usize> = optional_int(1, UNLIMITED, "minClusterSize");
    }
}

static DESCRIPTION: Description = Description {
    name: "hdbscan",
    category: "clustering",
    summary: "HDBSCAN: dense groups of vectors, as many as there are, of any shape; what lies between them is noise.",
    doc: "The number of groups is found, not given. clusterId is NULL for noise, and NULL also when all vectors are one group: that is not \
          told from none. Distances are Euclidean: for cosines scale vectors to length 1. Groups are those with excess of mass, as \
          scikit-learn's HDBSCAN has them. Nodes without the property have no row.\n\n\
          Paper: Campello, Moulavi and Sander, Density-based clustering based on hierarchical density estimates, PAKDD 2013.\n\n\
          Cost: 1.5 n² w multiplications for n vectors of w numbers: 20,000 vectors of 64 numbers take about 20 seconds on two \
          threads; for more, pca or a sample first. Memory: about 100 bytes for each vector.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "clusterId",
            "INT",
            "The group, from 0 in the order of their first nodes; NULL for noise.",
        ),
        ColumnDescription::new(
            "probability",
            "FLOAT",
            "How dense the group is around the vector, from 0, noise, to 1.",
        ),
    ],
    stats: &[
        ColumnDescription::new("nodeCount", "INT", "Nodes that have the property."),
        ColumnDescription::new("clusterCount", "INT", "Groups."),
        ColumnDescription::new("noiseCount", "INT", "Nodes in no group."),
        ColumnDescription::new("largest", "INT", "Nodes of the largest group; NULL without any."),
        ColumnDescription::new("smallest", "INT", "Nodes of the smallest group; NULL without any."),
    ],
};

/// Vectors that a thread takes at a time: for its own neighbours, and in a round of the tree.
const PIECE: usize = 16;
const ROUND: usize = 2048;

impl Algorithm for Hdbscan {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        let given = Given::read(arguments)?;
        Ok(needs(required(arguments, Given::property, &given.property)?, None))
    }

    fn estimate(&self, shape: GraphShape, _arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let (n, w) = (shape.nodes, shape.node_values.max(1));
        let bytes = n.saturating_mul(4 * w + 160).saturating_add(n.saturating_mul(8 * threads as u64));
        Ok(Estimate { bytes, seconds: 1.5 * n as f64 * n as f64 * w as f64 * 1e-9 / threads.max(1) as f64 })
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let (graph, _) = input.properties()?;
        let given = Given::read(arguments)?;
        let property = required(arguments, Given::property, &given.property)?;
        let vectors = VectorProperty::find(DESCRIPTION.name, graph, property)?;
        let count = vectors.nodes.len();
        let crew = Crew::new(context, arguments.concurrency);
        let bytes = 160 + 8 * crew.threads as u64;
        context.reserve(count as u64 * bytes, |_| "select fewer nodes with nodeLabels".to_owned())?;
        let vector = |at: usize| vectors.of(vectors.nodes[at]);
        let samples = given.min_samples.unwrap_or(given.min_cluster_size).min(count);
        let core = cores(crew, count, samples, &vector)?;
        (context.progress)(Progress { stage: "core distances", fraction: 0.5 });
        let tree = spanning_tree(crew, count, &core, &vector)?;
        let groups = Condensed::new(count, &tree, given.min_cluster_size).groups();
        let mut number = std::collections::BTreeMap::new();
        let mut sizes: Vec<usize> = Vec::new();
        let mut ids = Vec::with_capacity(count);
        for (group, _) in &groups {
            ids.push(match group {
                None => Scalar::Null,
                Some(group) => {
                    let id = *number.entry(*group).or_insert(sizes.len());
                    sizes.resize(sizes.len().max(id + 1), 0);
                    sizes[id] += 1;
                    int(id)
                }
            });
        }
        let figure = |size: Option<&usize>| size.map_or(Scalar::Null, |&size| int(size));
        let stats = vec![
            ("nodeCount", int(count)),
            ("clusterCount", int(sizes.len())),
            ("noiseCount", int(count - sizes.iter().sum::<usize>())),
            ("largest", figure(sizes.iter().max())),
            ("smallest", figure(sizes.iter().min())),
        ];
        let probabilities = groups.iter().map(|(_, probability)| *probability).collect();
        let columns = vec![Column::Scalars(ids), Column::Floats(probabilities)];
        Ok(Output { rows: Rows::SomeNodes(vectors.nodes.clone()), columns, stats, model: None, warnings: Vec::new() })
    }
}

/// The distance of each vector to its `samples`-th nearest, itself counted.
fn cores<'a>(
    crew: Crew,
    count: usize,
    samples: usize,
    vector: &(impl Fn(usize) -> &'a [f32] + Sync),
) -> Result<Vec<f64>, Error> {
    let mut cores = vec![0.0; count];
    let pieces = cores.chunks_mut(PIECE).enumerate();
    let new = || vec![0.0f64; count];
    crew.context.for_each_with(crew.threads, pieces, new, |distances, (piece, cores)| {
        for (at, core) in (piece * PIECE..).zip(cores) {
            crew.context.check_cancelled()?;
            distances.iter_mut().enumerate().for_each(|(other, slot)| *slot = squared(vector(at), vector(other)));
            let (_, nearest, _) = distances.select_nth_unstable_by(samples - 1, f64::total_cmp);
            *core = nearest.sqrt();
        }
        Ok(())
    })?;
    Ok(cores)
}

/// The edges of the tree, shortest first: distance and ends.
fn spanning_tree<'a>(
    crew: Crew,
    count: usize,
    core: &[f64],
    vector: &(impl Fn(usize) -> &'a [f32] + Sync),
) -> Result<Vec<(f64, u32, u32)>, Error> {
    // Of the vectors that are not in the tree: the distance to it, where from, and which they are.
    let mut outside: Vec<(f64, u32, u32)> = (1..count as u32).map(|at| (f64::INFINITY, 0, at)).collect();
    let mut tree = Vec::with_capacity(count.saturating_sub(1));
    let mut last = 0u32;
    while !outside.is_empty() {
        if tree.len() % 64 == 0 {
            crew.context.check_cancelled()?;
            let fraction = 0.5 + 0.5 * tree.len() as f64 / count as f64;
            (crew.context.progress)(Progress { stage: "spanning tree", fraction });
        }
        let update = |some: &mut [(f64, u32, u32)]| {
            let mut best = (f64::INFINITY, u32::MAX, 0usize);
            for (place, (distance, from, at)) in some.iter_mut().enumerate() {
                let bound = core[*at as usize].max(core[last as usize]);
                if bound < *distance {
                    let new = squared(vector(*at as usize), vector(last as usize)).sqrt().max(bound);
                    if new < *distance {
                        (*distance, *from) = (new, last);
                    }
                }
                if (*distance, *at) < (best.0, best.1) {
                    best = (*distance, *at, place);
                }
            }
            best
        };
        let best = if outside.len() <= ROUND || crew.threads == 1 {
            update(&mut outside)
        } else {
            let mut bests = vec![(f64::INFINITY, u32::MAX, 0); outside.len().div_ceil(ROUND)];
            let pieces = outside.chunks_mut(ROUND).zip(&mut bests).enumerate();
            crew.context.for_each(crew.threads, pieces, |(piece, (some, best))| {
                let (distance, at, place) = update(some);
                *best = (distance, at, piece * ROUND + place);
                Ok(())
            })?;
            bests.into_iter().fold((f64::INFINITY, u32::MAX, 0), |a, b| if (b.0, b.1) < (a.0, a.1) { b } else { a })
        };
        let (distance, from, at) = outside.swap_remove(best.2);
        tree.push((distance, from, at));
        last = at;
    }
    tree.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    Ok(tree)
}

/// How groups fall apart as the density that is asked for grows.
struct Condensed {
    /// Of each group the one it came from, and the density at which it did.
    groups: Vec<(usize, f64)>,
    /// Of each vector the group that it left last, and the density at which it did.
    left: Vec<(usize, f64)>,
    /// Of each group the densities of what left it less its own, each times how many.
    stability: Vec<f64>,
}

impl Condensed {
    fn new(count: usize, tree: &[(f64, u32, u32)], least: usize) -> Self {
        // Vectors are 0 to count - 1; joining i makes count + i.
        let mut of_set: Vec<usize> = (0..count).collect();
        let mut sets = Sets::new(count);
        let mut joins: Vec<(f64, usize, usize)> = Vec::with_capacity(tree.len());
        let mut size = vec![1usize; count];
        for &(distance, a, b) in tree {
            let (a, b) = (sets.of(a), sets.of(b));
            let (left, right) = (of_set[a as usize], of_set[b as usize]);
            sets.join(a, b);
            of_set[a.min(b) as usize] = count + joins.len();
            size.push(size[left] + size[right]);
            joins.push((distance, left, right));
        }
        // Vectors at the same place are not infinitely dense, only very.
        let closest = tree.last().map_or(1.0, |edge| edge.0) * 1e-9;
        let density = |distance: f64| 1.0 / distance.max(closest).max(f64::MIN_POSITIVE);
        let mut condensed = Condensed { groups: vec![(0, 0.0)], left: vec![(0, 0.0); count], stability: vec![0.0] };
        let mut stack = vec![(count + joins.len() - 1, 0usize)];
        if joins.is_empty() {
            stack.clear();
        }
        while let Some((node, group)) = stack.pop() {
            let (distance, left, right) = joins[node - count];
            let density = density(distance);
            let born = condensed.groups[group].1;
            let parts = size[left] >= least && size[right] >= least;
            for part in [right, left] {
                if size[part] < least {
                    condensed.leave(part, group, density, count, &joins);
                    condensed.stability[group] += (density - born) * size[part] as f64;
                } else if parts {
                    condensed.stability[group] += (density - born) * size[part] as f64;
                    condensed.groups.push((group, density));
                    condensed.stability.push(0.0);
                    let new = condensed.groups.len() - 1;
                    if part < count {
                        condensed.left[part] = (new, density);
                    } else {
                        stack.push((part, new));
                    }
                } else if part < count {
                    condensed.left[part] = (group, density);
                } else {
                    stack.push((part, group));
                }
            }
        }
        condensed
    }

    /// All vectors of a part leave a group.
    fn leave(&mut self, part: usize, group: usize, density: f64, count: usize, joins: &[(f64, usize, usize)]) {
        let mut stack = vec![part];
        while let Some(part) = stack.pop() {
            if part < count {
                self.left[part] = (group, density);
            } else {
                let (_, left, right) = joins[part - count];
                stack.extend([left, right]);
            }
        }
    }

    /// The group of each vector, and how dense it is there for the group.
    fn groups(mut self) -> Vec<(Option<usize>, f64)> {
        let count = self.groups.len();
        // Groups come behind those they came from.
        let mut of_parts = vec![0.0f64; count];
        let mut chosen = vec![false; count];
        for group in (1..count).rev() {
            chosen[group] = self.stability[group] >= of_parts[group];
            if !chosen[group] {
                self.stability[group] = of_parts[group];
            }
            of_parts[self.groups[group].0] += self.stability[group];
        }
        // The outermost chosen group of each.
        let mut within: Vec<Option<usize>> = vec![None; count];
        for group in 1..count {
            within[group] = within[self.groups[group].0].or_else(|| chosen[group].then_some(group));
        }
        let mut densest = vec![0.0f64; count];
        for &(group, density) in &self.left {
            if let Some(group) = within[group] {
                densest[group] = densest[group].max(density);
            }
        }
        let of = |&(group, density): &(usize, f64)| match within[group] {
            None => (None, 0.0),
            Some(group) if densest[group] > 0.0 => (Some(group), density / densest[group]),
            Some(group) => (Some(group), 1.0),
        };
        self.left.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::property::{Property, Values};
    use crate::testing::{figure, random_edges, try_run};

    #[test]
    fn two_dense_groups_and_noise() {
        let noise = random_edges(1000, 400, 3);
        let mut data: Vec<f32> = (0..200)
            .flat_map(|at| {
                let x = if at % 2 == 0 { 0.0 } else { 8.0 };
                [x + noise[2 * at].0 as f32 / 1000.0, noise[2 * at + 1].0 as f32 / 1000.0]
            })
            .collect();
        data.extend([4.0, 40.0, -30.0, -9.0]);
        let property =
            Property { name: "e".into(), values: Values::Vectors { width: 2, data, present: vec![true; 202] } };
        let output =
            try_run(&Hdbscan, 202, &[], vec![property], r#"{"property": "e", "minClusterSize": 20, "minSamples": 5}"#)
                .unwrap();
        let Column::Scalars(ids) = &output.columns[0] else { panic!() };
        assert_eq!((figure(&output, "clusterCount"), &ids[200..]), (2.0, &[Scalar::Null, Scalar::Null][..]));
        for at in 0..200 {
            assert!(ids[at] == Scalar::Null || ids[at] == ids[at % 2], "{at}");
        }
        assert!(figure(&output, "noiseCount") < 30.0);
    }

    #[test]
    fn one_vector_and_equal_vectors() {
        for count in [1, 12] {
            let values = Values::Vectors { width: 1, data: vec![1.0; count], present: vec![true; count] };
            let property = Property { name: "e".into(), values };
            let output = try_run(&Hdbscan, count, &[], vec![property], r#"{"property": "e"}"#).unwrap();
            assert_eq!(output.columns[0].rows(), count);
        }
    }
}
