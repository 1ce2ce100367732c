//! What vectors of nodes say: which are near, and which belong together.

mod distance;
pub mod hdbscan;
pub mod kmeans;
pub mod knn;
pub mod lists;
mod neighbours;
pub mod umap;
