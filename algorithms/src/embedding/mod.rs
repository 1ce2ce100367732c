//! Vectors of nodes and of groups of nodes, computed without training a network.

pub mod fastrp;
pub mod graph_embed;
pub mod hashgnn;
pub mod line;
pub mod node2vec;
mod node_features;
pub mod parts;
pub mod pca;
pub mod random_walk;
#[expect(unsafe_code, reason = "calls loops compiled for one kind of processor; the macro says why it may")]
mod skipgram;
pub mod struc2vec;
pub(crate) mod vector_property;
