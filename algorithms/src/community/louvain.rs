//! Louvain: communities of high modularity, by moving nodes and making nodes of communities.
//!
//! As `leiden` without taking communities apart: faster, but a community may fall into parts that no edge joins. How
//! many do is one of the figures.

use super::aggregate::aggregate;
use super::leiden::BYTES;
use super::moves::move_nodes;
use super::network::{Network, renumber};
use super::seeds;
use crate::algorithm::Algorithm;
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Estimate, GraphShape, Output, Scalar};
use crate::algorithm::summary::{cost, group_stats, int};
use crate::core::arguments::Arguments;
use crate::core::context::{Context, Progress};
use crate::core::crew::Crew;
use crate::core::description::{ColumnDescription, Description};
use crate::core::error::Error;
use crate::core::parameters::{POSITIVE, UNLIMITED, float, int as whole, optional_text};
use crate::graph::csr::NodeIndex;
use crate::graph::directed::Orientation;
use crate::numeric::random::Xoroshiro128;

/// `algo.louvain`; see the module's text.
#[derive(Debug, Clone, Copy)]
pub struct Louvain;

crate::parameters! {
    /// The parameters of a call.
    struct Given {
        /// Above 1 for more and smaller communities, below 1 for fewer and larger ones.
        resolution as "resolution": f64 = float(POSITIVE, 1.0);
        /// Most times that communities become nodes; 1 gives the smallest communities.
        max_levels as "maxLevels": usize = whole(1, UNLIMITED, 100);
        /// The node property with the numbers of communities to begin with: INT of at least 0; a node without it begins alone.
        seed_property as "seedProperty": Option<String> = optional_text("each node begins alone");
    }
}

static DESCRIPTION: Description = Description {
    name: "louvain",
    category: "community",
    summary: "Louvain: communities with more edges within them than chance would give; some may not be connected.",
    doc: "Maximises modularity as leiden does, and is a little faster. It may leave communities that are not connected: the figure \
          disconnected says how many; if it is not 0, take leiden. The direction of edges does not matter; parallel edges weigh \
          together what they weigh each. Communities are numbered from 0 in the order of their first node. With seedProperty it \
          begins with communities that were written: one that is found takes the number of the start community that it has most \
          nodes of, and others get numbers above all of these, so that numbers stay while a graph grows.\n\n\
          Paper: Blondel, Guillaume, Lambiotte and Lefebvre, Fast unfolding of communities in large networks, Journal of \
          Statistical Mechanics 2008.\n\n\
          Cost: about ten passes over the edges; 24 bytes for each edge, 80 for each node.",
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
        ColumnDescription::new("levels", "INT", "How often communities became nodes."),
        ColumnDescription::new("disconnected", "INT", "Communities that are not connected."),
    ],
};

impl Algorithm for Louvain {
    fn description(&self) -> &'static Description {
        &DESCRIPTION
    }

    fn needs(&self, arguments: &Arguments, _model: Option<&[u8]>) -> Result<Needs, Error> {
        Ok(seeds::needs(Needs::undirected(), Given::read(arguments)?.seed_property.as_ref()))
    }

    fn estimate(&self, shape: GraphShape, arguments: &Arguments, threads: usize) -> Result<Estimate, Error> {
        let bytes = (BYTES.0 + BYTES.1 * threads as u64, BYTES.2);
        let plain = cost(Orientation::Undirected, shape, bytes, 100.0, threads);
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
        let mut community_of: Vec<NodeIndex> = (0..nodes as NodeIndex).collect();
        let mut aggregated: Option<Network<'static>> = None;
        let mut levels = 0;
        let mut start = seeds.as_ref().map(|seeds| seeds.start.clone());
        while levels < given.max_levels {
            let level = aggregated.as_ref().unwrap_or(&network);
            let begun = start.is_some();
            let mut communities = start.take().unwrap_or_else(|| (0..level.node_count() as NodeIndex).collect());
            let random = Xoroshiro128::new(arguments.seed, 0, levels as u64);
            // What was begun with are communities even if no node moves.
            if !move_nodes(crew, level, &mut communities, given.resolution, random)? && !begun {
                break;
            }
            let count = renumber(&mut communities);
            community_of.iter_mut().for_each(|community| *community = communities[*community as usize]);
            levels += 1;
            (context.progress)(Progress { stage: "levels", fraction: 1.0 - 0.5f64.powi(levels as i32) });
            if count == level.node_count() {
                break;
            }
            aggregated = Some(aggregate(crew, level, &communities, count)?);
        }
        let count = renumber(&mut community_of);
        let modularity = network.modularity(crew, &community_of, given.resolution)?;
        let own = vec![
            ("modularity", Scalar::Float(modularity)),
            ("levels", int(levels)),
            ("disconnected", int(disconnected(crew, &network, &community_of, count)?)),
        ];
        Ok(seeds::groups(&community_of, own, seeds.as_ref()))
    }
}

/// How many communities have nodes that do not reach each other within them.
fn disconnected(crew: Crew, network: &Network<'_>, community_of: &[NodeIndex], count: usize) -> Result<usize, Error> {
    let component_of = network.components_within(crew, community_of)?;
    let mut components = vec![0u32; count];
    let roots = (0..).zip(&component_of).zip(community_of).filter(|&((v, &root), _)| root == v);
    roots.for_each(|(_, &c)| components[c as usize] += 1);
    Ok(components.iter().filter(|&&components| components > 1).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{figure, ints, run, unit};

    #[test]
    fn cliques_on_a_ring_are_communities() {
        let clique = |first: u32| (0..6u32).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        let ring = (0..10u32).map(|i| (6 * i, 6 * ((i + 1) % 10) + 1));
        let edges: Vec<(u32, u32)> = (0..10).flat_map(|i| clique(6 * i)).chain(ring).collect();
        let output = run(&Louvain, 60, &unit(&edges), "{}");
        assert_eq!(ints(&output), (0..60).map(|v| v / 6).collect::<Vec<i64>>());
        assert_eq!(figure(&output, "disconnected"), 0.0);
    }

    #[test]
    fn resolution_makes_communities_smaller() {
        let edges = unit(&crate::testing::small_world(500, 4, 1));
        let count = |resolution: f64| {
            figure(&run(&Louvain, 500, &edges, &format!(r#"{{"resolution": {resolution}}}"#)), "groupCount")
        };
        assert!(count(0.2) < count(1.0) && count(1.0) < count(5.0));
    }
}
