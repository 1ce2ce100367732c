//! The list of algorithms.

use crate::algorithm::Algorithm;
use crate::centrality::degree::Degree;
use crate::embedding::fastrp::FastRp;
use crate::embedding::graph_embed::GraphEmbed;
use crate::embedding::node2vec::Node2Vec;
use crate::embedding::pca::Pca;
use crate::embedding::random_walk::RandomWalk;
use crate::learning::features::{Features, FeaturesAudit};
use crate::learning::gnn::GnnEmbed;

/// Every algorithm, in the order listings show. Adding one is one line here, beside its import.
pub fn algorithms() -> &'static [&'static dyn Algorithm] {
    &[&Node2Vec, &RandomWalk, &FastRp, &GnnEmbed, &Features, &FeaturesAudit, &GraphEmbed, &Pca, &Degree]
}

/// The algorithm of this name (`"node2vec"`), exact match.
pub fn find(name: &str) -> Option<&'static dyn Algorithm> {
    algorithms().iter().copied().find(|algorithm| algorithm.description().name == name)
}
