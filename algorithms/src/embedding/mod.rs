//! Vectors of nodes and of groups of nodes, computed without training a network.

pub mod fastrp;
pub mod graph_embed;
pub mod node2vec;
pub mod parts;
pub mod pca;
pub mod random_walk;
pub(crate) mod vector_property;
