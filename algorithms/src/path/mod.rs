//! Ways between nodes, and what connects a graph.

pub mod articulationpoints;
pub mod bfs;
pub mod bridges;
mod connectors;
pub mod dijkstra;
pub mod maxflow;
pub mod mst;
pub mod sssp;
pub mod topological;
pub mod yens;
