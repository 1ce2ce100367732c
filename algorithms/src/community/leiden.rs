//! Leiden: communities of high modularity, each of them connected.
//!
//! **How.** Nodes move between communities; each community is taken apart into well-connected parts;
//! the parts become the nodes of a smaller network (`aggregate`), in which those of a community begin together, and
//! so on, until no community has several parts. That is one iteration; the next begins with the communities of the one before.
//! At the end a community that is not connected, which the moves of a last iteration can leave, is parted into its components,
//! which only adds to modularity.
//!
//! **Same bits.** Moves are chosen together and made one by one in an order that the seed draws (`moves`); taking apart and putting
//! together are shared out by communities, each of which one thread computes.

use super::aggregate::aggregate;
use super::moves::move_nodes;
use super::network::{Network, renumber};
use super::refine::refine;
use super::seeds;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{CONVERGED, ITERATIONS, cost, group_stats, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{NOT_NEGATIVE, POSITIVE, UNLIMITED, float, int as whole, optional_text};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::Orientation;
use crate::numeric::random::{Xoroshiro128, mix};

/// `algo.leiden`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Leiden;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Above 1 for more and smaller communities, below 1 for fewer and larger ones.
        resolution as "resolution": f64 = float(POSITIVE, 1.0);
        /// Most iterations; most of the gain is in the first two.
        max_iterations as "maxIterations": usize = whole(1, UNLIMITED, 10);
        /// It ends when an iteration adds less than this to modularity.
        tolerance as "tolerance": f64 = float(NOT_NEGATIVE, 1e-5);
        /// The node property with the numbers of communities to begin with: INT of at least 0; a node without it begins alone.
        seed_property as "seedProperty": Option<String> = optional_text("each node begins alone");
    }
}

static DESCRIPTION: Description = Description {
    name: "leiden",
    category: "community",
    summary: "Leiden: communities with more edges within them than chance would give, each of them connected.",
    doc: "Maximises modularity: the share of the weight of edges that is within communities, less resolution times what it would be if \
          edges were drawn at random between nodes with the same degrees. The direction of edges does not matter; parallel edges \
          weigh together what they weigh each. Every community is connected, which louvain does not promise.\n\n\
          Communities are numbered from 0 in the order of their first node. With seedProperty it begins with communities that were \
          written: one that is found takes the number of the start community that it has most nodes of, and others get numbers \
          above all of these, so that numbers stay while a graph grows.\n\n\
          Papers: Traag, Waltman and van Eck, From Louvain to Leiden: guaranteeing well-connected communities, Scientific Reports \
          2019; Newman and Girvan, Finding and evaluating community structure in networks, Physical Review E 2004.\n\n\
          Cost: ten to twenty passes over the edges for an iteration; 24 bytes for each edge, 80 for \
          each node and 32 more for each thread.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        ColumnDescription::new(
            "communityId",
            "INT",
            "The community, from 0 in the order of their first nodes; with seedProperty as said there.",
        ),
    ],
    stats: group_stats![
        ColumnDescription::new(
            "modularity",
            "FLOAT",
            "Modularity of the communities, with the resolution of the call."
        ),
        ITERATIONS,
        CONVERGED,
    ],
};

/// Bytes for each node, for each of them and thread, and for each edge.
pub(super) const BYTES: (u64, u64, u64) = (80, 32, 24);

impl Algorithm for Leiden {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(seeds::needs(Needs::undirected(), Given::read(arguments)?.seed_property.as_ref()))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let bytes = (BYTES.0 + BYTES.1 * threads as u64, BYTES.2);
        let plain = cost(Orientation::Undirected, shape, bytes, 300.0, threads);
        Ok(seeds::cost(plain, shape, Given::read(arguments)?.seed_property.as_ref()))
    }

    fn run(&self, input: Input<'_>, arguments: &Arguments, context: &Context<'_>) -> Result<Output, Error> {
        let given = Given::read(arguments)?;
        let (view, seeds) =
            seeds::view(DESCRIPTION.name, input, Orientation::Undirected, given.seed_property.as_deref(), context)?;
        let graph = view.rows();
        let nodes = graph.node_count();
        let crew = Crew::new(context, arguments.concurrency);
        crew.reserve(nodes, BYTES.0 + BYTES.1 * crew.threads as u64, graph.arc_count(), BYTES.2 / 2)?;
        let network = Network::of(crew, graph)?;
        let mut community_of: Vec<NodeIndex> = match &seeds {
            Some(seeds) => seeds.start.clone(),
            None => (0..nodes as NodeIndex).collect(),
        };
        let mut modularity = network.modularity(crew, &community_of, given.resolution)?;
        let (mut iterations, mut converged) = (0, false);
        while iterations < given.max_iterations && !converged {
            let seed = mix(arguments.seed ^ iterations as u64);
            let moved = iterate(crew, &network, &mut community_of, given.resolution, seed)?;
            iterations += 1;
            let new = network.modularity(crew, &community_of, given.resolution)?;
            converged = !moved || new - modularity <= given.tolerance;
            modularity = new;
            let fraction = iterations as f64 / given.max_iterations as f64;
            (context.progress)(Progress { stage: "iterations", fraction });
        }
        if part(crew, &network, &mut community_of)? {
            modularity = network.modularity(crew, &community_of, given.resolution)?;
        }
        let own = vec![
            ("modularity", Scalar::Float(modularity)),
            ("iterations", int(iterations)),
            ("converged", Scalar::Bool(converged)),
        ];
        Ok(seeds::groups(&community_of, own, seeds.as_ref()))
    }
}

/// One iteration from these communities; whether any node moved. The communities are numbered from 0.
fn iterate(
    crew: Crew,
    network: &Network<'_>,
    community_of: &mut [NodeIndex],
    resolution: f64,
    seed: u64,
) -> Result<bool, Error> {
    let mut any = false;
    let mut aggregated: Option<Network<'static>> = None;
    // The node of the aggregated network that each node is in, and the community of each of those.
    let mut node_of: Vec<NodeIndex> = (0..network.node_count() as NodeIndex).collect();
    let mut communities = community_of.to_vec();
    for number in 0.. {
        let level = aggregated.as_ref().unwrap_or(network);
        let random = Xoroshiro128::new(seed, 0, number);
        any |= move_nodes(crew, level, &mut communities, resolution, random)?;
        let count = renumber(&mut communities);
        if count == level.node_count() {
            break;
        }
        let mut parts = refine(crew, level, &communities, count, resolution, seed ^ number)?;
        let part_count = renumber(&mut parts);
        if part_count == level.node_count() {
            // No node joined another: nothing would be smaller.
            break;
        }
        let next = aggregate(crew, level, &parts, part_count)?;
        let mut of_parts = vec![0 as NodeIndex; part_count];
        parts.iter().zip(&communities).for_each(|(&part, &community)| of_parts[part as usize] = community);
        node_of.iter_mut().for_each(|node| *node = parts[*node as usize]);
        communities = of_parts;
        aggregated = Some(next);
    }
    community_of.iter_mut().zip(&node_of).for_each(|(community, &node)| *community = communities[node as usize]);
    renumber(community_of);
    Ok(any)
}

/// Makes a community of each component of a community; whether there were more than one.
fn part(crew: Crew, network: &Network<'_>, community_of: &mut [NodeIndex]) -> Result<bool, Error> {
    let before = community_of.iter().max().map_or(0, |&most| most as usize + 1);
    let components = network.components_within(crew, community_of)?;
    community_of.copy_from_slice(&components);
    Ok(renumber(community_of) > before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::components::Sets;
    use crate::testing::{figure, ints, random_edges, run, small_world, unit};

    /// Whether the nodes of every community reach each other within it.
    fn connected(edges: &[(u32, u32, f64)], community_of: &[i64]) -> bool {
        let mut sets = Sets::new(community_of.len());
        let within = edges.iter().filter(|edge| community_of[edge.0 as usize] == community_of[edge.1 as usize]);
        within.for_each(|edge| {
            sets.join(edge.0, edge.1);
        });
        let mut roots: Vec<(i64, u32)> = (0..).zip(community_of).map(|(v, &c)| (c, sets.of(v))).collect();
        roots.sort_unstable();
        roots.dedup();
        roots.windows(2).all(|pair| pair[0].0 != pair[1].0)
    }

    #[test]
    fn cliques_on_a_ring_are_communities() {
        let clique = |first: u32| (0..6u32).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        let ring = (0..10u32).map(|i| (6 * i, 6 * ((i + 1) % 10) + 1));
        let edges: Vec<(u32, u32)> = (0..10).flat_map(|i| clique(6 * i)).chain(ring).collect();
        let output = run(&Leiden, 60, &unit(&edges), "{}");
        assert_eq!(ints(&output), (0..60).map(|v| v / 6).collect::<Vec<i64>>());
        // Of 160 edges 150 lie within ten equal communities.
        assert!((figure(&output, "modularity") - (150.0 / 160.0 - 0.1)).abs() < 1e-12);
    }

    #[test]
    fn every_community_is_connected() {
        for seed in 0..20 {
            let edges = random_edges(400, 700 + 40 * seed as usize, seed);
            let output = run(&Leiden, 400, &edges, r#"{"weight": "w", "resolution": 1.3}"#);
            assert!(connected(&edges, &ints(&output)), "{seed}");
            let edges = unit(&small_world(500, 4, seed));
            let output = run(&Leiden, 500, &edges, r#"{"maxIterations": 1}"#);
            assert!(connected(&edges, &ints(&output)), "{seed}");
        }
    }

    #[test]
    fn modularity_is_that_of_the_definition() {
        let mut edges = random_edges(100, 400, 3);
        edges.push((5, 5, 2.0));
        let output = run(&Leiden, 100, &edges, r#"{"weight": "w"}"#);
        let community = ints(&output);
        let mut matrix = vec![vec![0.0; 100]; 100];
        for &(a, b, w) in &edges {
            matrix[a as usize][b as usize] += w;
            matrix[b as usize][a as usize] += w;
        }
        let strength: Vec<f64> = matrix.iter().map(|row| row.iter().sum()).collect();
        let total: f64 = strength.iter().sum();
        let mut wanted = 0.0;
        for i in 0..100 {
            for j in (0..100).filter(|&j| community[i] == community[j]) {
                wanted += (matrix[i][j] - strength[i] * strength[j] / total) / total;
            }
        }
        assert!((figure(&output, "modularity") - wanted).abs() < 1e-12);
    }

    #[test]
    fn without_edges_every_node_is_alone() {
        let output = run(&Leiden, 3, &[], "{}");
        assert_eq!((ints(&output), figure(&output, "modularity")), (vec![0, 1, 2], 0.0));
        assert!(ints(&run(&Leiden, 0, &[], "{}")).is_empty());
    }
}
