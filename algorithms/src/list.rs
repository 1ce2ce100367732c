//! The list of algorithms.

use crate::algorithm::Algorithm;
use crate::centrality::articlerank::ArticleRank;
use crate::centrality::betweenness::Betweenness;
use crate::centrality::closeness::Closeness;
use crate::centrality::degree::Degree;
use crate::centrality::eigenvector::Eigenvector;
use crate::centrality::harmonic::Harmonic;
use crate::centrality::hits::Hits;
use crate::centrality::katz::Katz;
use crate::centrality::pagerank::PageRank;
use crate::community::conductance::Conductance;
use crate::community::kcore::KCore;
use crate::community::labelpropagation::LabelPropagation;
use crate::community::lcc::Lcc;
use crate::community::leiden::Leiden;
use crate::community::louvain::Louvain;
use crate::community::modularity::Modularity;
use crate::community::scc::Scc;
use crate::community::triangles::Triangles;
use crate::community::wcc::Wcc;
use crate::embedding::fastrp::FastRp;
use crate::embedding::graph_embed::GraphEmbed;
use crate::embedding::hashgnn::HashGnn;
use crate::embedding::line::Line;
use crate::embedding::node2vec::Node2Vec;
use crate::embedding::pca::Pca;
use crate::embedding::random_walk::RandomWalk;
use crate::embedding::struc2vec::Struc2Vec;
use crate::learning::features::{Features, FeaturesAudit};
use crate::learning::gnn::{Explain, GnnEmbed};
use crate::learning::temporal::Predict;
use crate::path::articulationpoints::ArticulationPoints;
use crate::path::bfs::Bfs;
use crate::path::bridges::Bridges;
use crate::path::dijkstra::Dijkstra;
use crate::path::maxflow::MaxFlow;
use crate::path::mst::Mst;
use crate::path::sssp::Sssp;
use crate::path::topological::Topological;
use crate::path::yens::Yens;
use crate::similarity::nodesimilarity::NodeSimilarity;
use crate::vectors::hdbscan::Hdbscan;
use crate::vectors::kmeans::KMeans;
use crate::vectors::knn::Knn;
use crate::vectors::umap::Umap;

#[cfg(test)]
mod group_tests;

/// Every algorithm, in the order listings show. Adding one is one line here, beside its import.
pub fn algorithms() -> &'static [&'static dyn Algorithm] {
    &[
        &Node2Vec,
        &RandomWalk,
        &FastRp,
        &HashGnn,
        &Line,
        &Struc2Vec,
        &GnnEmbed,
        &Features,
        &FeaturesAudit,
        &Predict,
        &Explain,
        &GraphEmbed,
        &Pca,
        &Degree,
        &PageRank,
        &ArticleRank,
        &Eigenvector,
        &Katz,
        &Hits,
        &Closeness,
        &Harmonic,
        &Betweenness,
        &Wcc,
        &Scc,
        &Leiden,
        &Louvain,
        &LabelPropagation,
        &KCore,
        &Triangles,
        &Lcc,
        &Modularity,
        &Conductance,
        &Bfs,
        &Sssp,
        &Dijkstra,
        &Yens,
        &Mst,
        &Bridges,
        &ArticulationPoints,
        &Topological,
        &MaxFlow,
        &NodeSimilarity,
        &Knn,
        &KMeans,
        &Hdbscan,
        &Umap,
    ]
}

/// The algorithm of this name (`"node2vec"`), exact match.
pub fn find(name: &str) -> Option<&'static dyn Algorithm> {
    algorithms().iter().copied().find(|algorithm| algorithm.description().name == name)
}
