//! The edges of one label as compressed sparse rows, both ways: the neighbours of a node are a slice, and following an edge label
//! from all nodes is one pass over an array.

use std::ops::Range;

use wend_storage::{Direction, EdgeId, GraphId, LabelId, NodeId, Transaction};

use crate::{control::CancelToken, error::Result, parallel::in_pieces};

/// The edges of a label in one direction, by node: sorted by the other node, then by edge, as the store has them.
#[derive(Debug)]
pub(crate) struct Neighbours {
    /// The number that is 0 in `nodes`.
    pub(crate) first_node: u64,
    first_edge: u64,
    rows: Rows,
    nodes: Vec<u32>,
    edges: Vec<u32>,
}

/// Where a node's list is.
#[derive(Debug)]
enum Rows {
    /// Of node `from + i` at `offsets[i]..offsets[i + 1]`.
    Dense { from: u32, offsets: Vec<u32> },
    /// Only few nodes of the range have edges: those, sorted, with their lists.
    Sparse { nodes: Vec<u32>, offsets: Vec<u32> },
}

/// The neighbours of one node: other ends and edges, in pairs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeighbourList<'a> {
    /// Numbers relative to [`Neighbours::first_node`].
    pub(crate) nodes: &'a [u32],
    edges: &'a [u32],
    first_node: u64,
    first_edge: u64,
}

impl<'a> NeighbourList<'a> {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, at: usize) -> NodeId {
        NodeId(self.first_node + u64::from(self.nodes[at]))
    }

    pub(crate) fn edge(&self, at: usize) -> EdgeId {
        EdgeId(self.first_edge + u64::from(self.edges[at]))
    }

    /// The edges to one node.
    pub(crate) fn between(&self, node: NodeId) -> NeighbourList<'a> {
        let range = match node.0.checked_sub(self.first_node).and_then(|place| u32::try_from(place).ok()) {
            None => 0..0,
            Some(place) => {
                let from = self.nodes.partition_point(|&other| other < place);
                from..from + self.nodes[from..].partition_point(|&other| other == place)
            }
        };
        NeighbourList { nodes: &self.nodes[range.clone()], edges: &self.edges[range], ..*self }
    }
}

impl Neighbours {
    /// The neighbours of a node.
    pub(crate) fn of(&self, node: NodeId) -> NeighbourList<'_> {
        let place = node.0.checked_sub(self.first_node).and_then(|place| u32::try_from(place).ok());
        self.at(place.unwrap_or(u32::MAX))
    }

    /// The neighbours of the node with a number relative to [`Neighbours::first_node`].
    pub(crate) fn at(&self, node: u32) -> NeighbourList<'_> {
        let range = self.range(node);
        NeighbourList {
            nodes: &self.nodes[range.clone()],
            edges: &self.edges[range],
            first_node: self.first_node,
            first_edge: self.first_edge,
        }
    }

    fn range(&self, node: u32) -> Range<usize> {
        let (row, offsets) = match &self.rows {
            Rows::Dense { from, offsets } => (node.checked_sub(*from).map(|row| row as usize), offsets),
            Rows::Sparse { nodes, offsets } => (nodes.binary_search(&node).ok(), offsets),
        };
        match row {
            Some(row) if row + 1 < offsets.len() => offsets[row] as usize..offsets[row + 1] as usize,
            _ => 0..0,
        }
    }

    fn bytes(&self) -> u64 {
        let rows = match &self.rows {
            Rows::Dense { offsets, .. } => offsets.len(),
            Rows::Sparse { nodes, offsets } => nodes.len() + offsets.len(),
        };
        4 * (rows + self.nodes.len() + self.edges.len()) as u64
    }
}

/// The edges of a label.
#[derive(Debug)]
pub(crate) struct LabelEdges {
    pub(crate) label: LabelId,
    pub(crate) out: Neighbours,
    pub(crate) inward: Neighbours,
}

/// An edge, with numbers relative to the first of the graph.
#[derive(Clone, Copy, Default)]
struct Triple {
    from: u32,
    to: u32,
    edge: u32,
}

impl LabelEdges {
    /// The lists of one direction, which is not `Both`.
    pub(crate) fn side(&self, direction: Direction) -> &Neighbours {
        if direction == Direction::In { &self.inward } else { &self.out }
    }

    /// How many edges of the label a node has; a self-loop counts once, also both ways.
    pub(crate) fn degree(&self, node: NodeId, direction: Direction) -> usize {
        match direction {
            Direction::Both => {
                let inward = self.inward.of(node);
                self.out.of(node).len() + inward.len() - inward.between(node).len()
            }
            one => self.side(one).of(node).len(),
        }
    }

    /// The neighbours of a node, as often as edges lead to them; over a self-loop once, also both ways.
    pub(crate) fn each_neighbour(&self, node: NodeId, direction: Direction, mut see: impl FnMut(NodeId)) {
        if direction != Direction::In {
            let list = self.out.of(node);
            (0..list.len()).for_each(|at| see(list.node(at)));
        }
        if direction != Direction::Out {
            let list = self.inward.of(node);
            let nodes = (0..list.len()).map(|at| list.node(at));
            nodes.filter(|&other| direction == Direction::In || other != node).for_each(see);
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.out.bytes() + self.inward.bytes()
    }

    /// About how many bytes the edges of a label will take.
    pub(crate) fn expected_bytes(edges: u64, nodes: u64) -> u64 {
        edges.saturating_mul(16).saturating_add(nodes.min(edges).saturating_mul(8))
    }

    /// Reads the edges of a label on so many threads. `None` when the graph has more nodes or edges than 32 bits tell apart.
    pub(crate) fn read(
        tx: &Transaction,
        graph: GraphId,
        label: LabelId,
        threads: usize,
        cancel: &CancelToken,
    ) -> Result<Option<LabelEdges>> {
        let (nodes, edges) = (tx.node_range(graph)?, tx.edge_range(graph)?);
        let (node_span, edge_span) = (nodes.end.0 - nodes.start.0, edges.end.0 - edges.start.0);
        if node_span >= u64::from(u32::MAX) || edge_span >= u64::from(u32::MAX) {
            return Ok(None);
        }
        let pieces = if tx.edge_label_count(graph, label)? < 50_000 { 1 } else { threads as u64 * 4 };
        let piece = |number: u64| {
            EdgeId(edges.start.0 + (u128::from(edge_span) * u128::from(number) / u128::from(pieces)) as u64)
        };
        let read = |number: u64| -> Result<Vec<Triple>> {
            let mut triples = Vec::new();
            for found in tx.edges_in(graph, label, piece(number)..piece(number + 1))? {
                let (edge, _, from, to) = found?;
                if triples.len() % 4096 == 0 {
                    cancel.check()?;
                }
                let relative = |number: u64, first: u64| (number - first) as u32;
                triples.push(Triple {
                    from: relative(from.0, nodes.start.0),
                    to: relative(to.0, nodes.start.0),
                    edge: relative(edge.0, edges.start.0),
                });
            }
            Ok(triples)
        };
        let parts = in_pieces(pieces as usize, threads, |number| read(number as u64));
        let triples = parts.into_iter().collect::<Result<Vec<_>>>()?.concat();
        cancel.check()?;
        let side = |side: usize| {
            let ends = |edge: &Triple| if side == 0 { (edge.from, edge.to) } else { (edge.to, edge.from) };
            Neighbours::new(&triples, (nodes.start.0, edges.start.0), ends)
        };
        let mut sides = in_pieces(2, threads, side).into_iter();
        let (Some(out), Some(inward)) = (sides.next(), sides.next()) else { return Ok(None) };
        Ok(Some(LabelEdges { label, out, inward }))
    }
}

impl Neighbours {
    /// From edges sorted by number; `ends` gives the node whose list an edge is in, and the other.
    fn new(
        triples: &[Triple],
        (first_node, first_edge): (u64, u64),
        ends: impl Fn(&Triple) -> (u32, u32),
    ) -> Neighbours {
        // Two stable sorts: by the other end, then by the node; within both, by edge, as they come.
        let by_other = sorted(triples, |edge| ends(edge).1);
        let by_node = sorted(&by_other, |edge| ends(edge).0);
        drop(by_other);
        let keys = by_node.iter().map(|edge| ends(edge).0);
        let (least, most) = (keys.clone().next().unwrap_or(0), keys.clone().next_back().map_or(0, |last| last + 1));
        let span = (most - least) as usize;
        let rows = if span <= 8 * by_node.len() {
            let mut offsets = vec![0u32; span + 1];
            keys.for_each(|node| offsets[(node - least) as usize + 1] += 1);
            (0..span).for_each(|row| offsets[row + 1] += offsets[row]);
            Rows::Dense { from: least, offsets }
        } else {
            let (mut nodes, mut offsets) = (Vec::new(), Vec::new());
            for (place, node) in keys.enumerate() {
                if nodes.last() != Some(&node) {
                    nodes.push(node);
                    offsets.push(place as u32);
                }
            }
            offsets.push(by_node.len() as u32);
            Rows::Sparse { nodes, offsets }
        };
        Neighbours {
            first_node,
            first_edge,
            rows,
            nodes: by_node.iter().map(|edge| ends(edge).1).collect(),
            edges: by_node.iter().map(|edge| edge.edge).collect(),
        }
    }
}

/// Sorted by a key, those of the same key in their order: by counting, where there are not many more keys than edges.
fn sorted(edges: &[Triple], key: impl Fn(&Triple) -> u32) -> Vec<Triple> {
    let (least, most) =
        edges.iter().map(&key).fold((u32::MAX, 0), |(least, most), key| (least.min(key), most.max(key)));
    if edges.is_empty() || (most - least) as usize > 8 * edges.len() {
        let mut sorted = edges.to_vec();
        sorted.sort_by_key(key);
        return sorted;
    }
    let mut next = vec![0u32; (most - least) as usize + 2];
    edges.iter().for_each(|edge| next[(key(edge) - least) as usize + 1] += 1);
    (1..next.len()).for_each(|place| next[place] += next[place - 1]);
    let mut sorted = vec![Triple::default(); edges.len()];
    for edge in edges {
        let place = &mut next[(key(edge) - least) as usize];
        sorted[*place as usize] = *edge;
        *place += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triple(from: u32, to: u32, edge: u32) -> Triple {
        Triple { from, to, edge }
    }

    #[test]
    fn lists_are_sorted_by_the_other_node_then_by_edge() {
        let edges = [triple(3, 9, 0), triple(1, 4, 1), triple(3, 2, 2), triple(3, 9, 3), triple(3, 3, 4)];
        let out = Neighbours::new(&edges, (100, 50), |edge| (edge.from, edge.to));
        let list = out.of(NodeId(103));
        let found: Vec<_> = (0..list.len()).map(|at| (list.node(at).0, list.edge(at).0)).collect();
        assert_eq!(found, [(102, 52), (103, 54), (109, 50), (109, 53)]);
        assert_eq!([1, 0, 2, 4, u32::MAX].map(|node| out.at(node).len()), [1, 0, 0, 0, 0]);
        assert_eq!(list.between(NodeId(109)).len(), 2);
        assert_eq!(list.between(NodeId(5)).len(), 0);
        assert_eq!(out.of(NodeId(7)).len(), 0);
    }

    #[test]
    fn few_edges_in_a_wide_range_take_little_room() {
        let edges = [triple(1_000_000, 4_000_000, 0), triple(5, 3_000_000_000, 1)];
        let out = Neighbours::new(&edges, (0, 0), |edge| (edge.from, edge.to));
        assert_eq!(out.bytes(), 4 * (2 + 3 + 2 + 2));
        assert_eq!([5, 1_000_000, 6].map(|node| out.at(node).len()), [1, 1, 0]);
        assert_eq!(out.at(5).node(0), NodeId(3_000_000_000));
    }
}
