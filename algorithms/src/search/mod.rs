//! Ways through a graph: levels, distances, trees of shortest ways, and connected components.

pub(crate) mod components;
pub(crate) mod dijkstra;
pub(crate) mod distances;
pub(crate) mod levels;
pub(crate) mod many;
pub(crate) mod ways;
