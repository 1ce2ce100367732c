//! The degrees of the nodes at each number of steps from a node, ascending, as pairs of a degree and how often it comes.

use crate::core::crew::Crew;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::undirected::Graph;

/// Nodes whose rings one thread finds at a time.
const PIECE: usize = 64;

/// A degree, and how many nodes of a ring have it.
pub(super) type Kind = (u32, u32);

/// The rings of some nodes, one after the other.
#[derive(Default)]
struct Part {
    kinds: Vec<Kind>,
    /// Where each ring ends; `layers` of them for each node.
    ends: Vec<u64>,
}

/// The rings of all nodes.
pub(super) struct Rings {
    parts: Vec<Part>,
    layers: usize,
    /// The degree of each node.
    pub degrees: Vec<u32>,
}

/// What a thread needs for a search.
struct Search {
    /// The last node from which each was met, and one more.
    met: Vec<u32>,
    ring: Vec<NodeIndex>,
    next: Vec<NodeIndex>,
    degrees: Vec<u32>,
}

impl Rings {
    /// The first `layers` rings: that of a node itself is the first. A ring beyond the last node is empty.
    pub fn new(crew: Crew, graph: &Graph, layers: usize) -> Result<Self, Error> {
        let nodes = graph.node_count();
        let degrees: Vec<u32> = (0..nodes as NodeIndex).map(|v| graph.degree(v) as u32).collect();
        let mut parts: Vec<Part> = (0..nodes.div_ceil(PIECE)).map(|_| Part::default()).collect();
        let new = || Search { met: vec![0; nodes], ring: Vec::new(), next: Vec::new(), degrees: Vec::new() };
        crew.context.for_each_with(crew.threads, parts.iter_mut().enumerate(), new, |search, (number, part)| {
            for v in number * PIECE..((number + 1) * PIECE).min(nodes) {
                search.rings(graph, &degrees, v as NodeIndex, layers, part);
            }
            Ok(())
        })?;
        Ok(Rings { parts, layers, degrees })
    }

    pub fn nodes(&self) -> usize {
        self.degrees.len()
    }

    pub fn layers(&self) -> usize {
        self.layers
    }

    /// A ring of a node.
    pub fn ring(&self, v: usize, layer: usize) -> &[Kind] {
        let part = &self.parts[v / PIECE];
        let at = v % PIECE * self.layers + layer;
        let first = if at == 0 { 0 } else { part.ends[at - 1] };
        &part.kinds[first as usize..part.ends[at] as usize]
    }
}

impl Search {
    fn rings(&mut self, graph: &Graph, degrees: &[u32], start: NodeIndex, layers: usize, part: &mut Part) {
        let mark = start + 1;
        self.ring.clear();
        self.ring.push(start);
        self.met[start as usize] = mark;
        for layer in 0..layers {
            self.degrees.clear();
            self.degrees.extend(self.ring.iter().map(|&v| degrees[v as usize]));
            self.degrees.sort_unstable();
            part.kinds.extend(self.degrees.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)));
            part.ends.push(part.kinds.len() as u64);
            if layer + 1 == layers {
                break;
            }
            self.next.clear();
            for &v in &self.ring {
                for &u in graph.neighbors(v) {
                    let met = &mut self.met[u as usize];
                    if *met != mark {
                        *met = mark;
                        self.next.push(u);
                    }
                }
            }
            std::mem::swap(&mut self.ring, &mut self.next);
        }
    }
}
