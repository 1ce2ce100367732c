//! What a graph view was like, in a few bytes per node: tells later which of its nodes have changed.

use serde::{Deserialize, Serialize};
use wend_algorithms::{
    Csr, DirectedGraph, Orientation, Property, PropertyGraph, Values, property_graph::NO_TEXT, random::mix,
};
use wend_storage::NodeId;

use super::{GraphView, PropertyView, View};

/// A hash of what algorithms see of each node: its neighbours and weights, and of a property graph also its labels and
/// properties and those of its edges. 64 bits, so that a change is missed once in 2^64.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    /// The nodes in insertion order, each as the distance from the one before.
    steps: Vec<u64>,
    /// One hash for each node.
    hashes: Vec<u64>,
    /// Of what is in no single node: the order of all edges.
    whole: u64,
}

/// How a view differs from an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The nodes of the later view that are new or differ, by their numbers in it, ascending.
    pub(crate) nodes: Vec<u32>,
    /// How many nodes of the earlier view are not in the later.
    pub(crate) gone: usize,
    /// Nodes of both have the same number in both.
    pub(crate) aligned: bool,
    /// Nothing an algorithm can see differs.
    pub(crate) nothing: bool,
}

impl Fingerprint {
    pub(crate) fn new(view: &View) -> Fingerprint {
        let (hashes, whole) = match view {
            View::Undirected(view) => (rows(&view.graph, &view.nodes, 0), 0),
            View::Directed(view, _) => (directed(view), 0),
            View::Properties(view) => properties(view),
            View::Part(_) => (vec![0; view.nodes().len()], 0),
        };
        let mut last = 0;
        let steps = view.nodes().iter().map(|node| node.0 - std::mem::replace(&mut last, node.0)).collect();
        Fingerprint { steps, hashes, whole }
    }

    /// The nodes, in insertion order.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.steps.iter().scan(0u64, |at, step| {
            *at = at.wrapping_add(*step);
            Some(NodeId(*at))
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// What is different in a `later` view.
    pub(crate) fn difference(&self, later: &Fingerprint) -> Difference {
        let mut difference = Difference { aligned: true, ..Difference::default() };
        let mut before = self.nodes().zip(&self.hashes).enumerate().peekable();
        for (number, (node, hash)) in later.nodes().zip(&later.hashes).enumerate() {
            while before.next_if(|(_, (old, _))| *old < node).is_some() {
                difference.gone += 1;
            }
            match before.next_if(|(_, (old, _))| *old == node) {
                Some((place, (_, old))) => {
                    difference.aligned &= place == number;
                    if old != hash {
                        difference.nodes.push(number as u32);
                    }
                }
                None => difference.nodes.push(number as u32),
            }
        }
        difference.gone += before.count();
        difference.nothing = difference.nodes.is_empty() && difference.gone == 0 && self.whole == later.whole;
        difference
    }
}

/// One more number for a hash, in order.
fn then(hash: u64, next: u64) -> u64 {
    mix(hash.rotate_left(5) ^ next.wrapping_add(0x9E37_79B9_7F4A_7C15))
}

fn text(text: &str) -> u64 {
    let words = text.as_bytes().chunks(8);
    words.fold(text.len() as u64, |hash, word| {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        then(hash, u64::from_le_bytes(bytes))
    })
}

/// A hash of each row of a graph, which begins with `salt`.
fn rows(graph: &Csr, nodes: &[NodeId], salt: u64) -> Vec<u64> {
    let hash = |v: u32| {
        let neighbors = graph.neighbors(v);
        let hash = neighbors.iter().fold(salt ^ neighbors.len() as u64, |hash, &x| then(hash, nodes[x as usize].0));
        graph.weights(v).unwrap_or_default().iter().fold(hash, |hash, weight| then(hash, weight.to_bits()))
    };
    (0..graph.node_count() as u32).map(hash).collect()
}

fn directed(view: &GraphView<DirectedGraph>) -> Vec<u64> {
    let graph = view.graph.oriented(Orientation::Natural);
    let incoming = rows(graph.incoming, &view.nodes, u64::MAX);
    rows(graph.outgoing, &view.nodes, 0).into_iter().zip(incoming).map(|(out, into)| then(out, into)).collect()
}

fn properties(view: &PropertyView) -> (Vec<u64>, u64) {
    let PropertyGraph { from, to, weights, .. } = &view.graph;
    let labels: Vec<u64> = view.graph.edge_labels.iter().map(|label| text(label)).collect();
    let types: Vec<u64> = view.graph.node_types.iter().map(|name| text(name)).collect();
    let of_nodes: Vec<Hashes> = view.graph.node_properties.iter().map(Hashes::new).collect();
    let of_edges: Vec<Hashes> = view.graph.edge_properties.iter().map(Hashes::new).collect();
    let own =
        |row: usize| of_nodes.iter().fold(types[view.graph.node_type[row] as usize], |hash, all| all.add(hash, row));
    let mut hashes: Vec<u64> = (0..view.graph.node_count()).map(own).collect();
    let mut whole = 0;
    for edge in 0..view.graph.edge_count() {
        let hash = of_edges.iter().fold(labels[view.graph.edge_label[edge] as usize], |hash, all| all.add(hash, edge));
        let hash = weights.as_ref().map_or(hash, |weights| then(hash, weights[edge].to_bits()));
        let (from, to) = (from[edge] as usize, to[edge] as usize);
        whole = then(then(then(whole, hash), view.nodes[from].0), view.nodes[to].0);
        hashes[from] = then(then(hashes[from], hash), view.nodes[to].0);
        hashes[to] = then(then(hashes[to], !hash), view.nodes[from].0);
    }
    (hashes, whole)
}

/// The values of one property, ready to be hashed row by row.
struct Hashes<'a> {
    name: u64,
    values: &'a Values,
    texts: Vec<u64>,
}

impl<'a> Hashes<'a> {
    fn new(property: &'a Property) -> Self {
        let texts = match &property.values {
            Values::Texts { distinct, .. } | Values::TextLists { distinct, .. } => {
                distinct.iter().map(|value| text(value)).collect()
            }
            _ => Vec::new(),
        };
        Hashes { name: text(&property.name), values: &property.values, texts }
    }

    /// Adds the value of a row; an absent one adds nothing.
    fn add(&self, hash: u64, row: usize) -> u64 {
        if !self.values.is_present(row) {
            return hash;
        }
        let hash = then(hash, self.name);
        let floats = |floats: &[f32]| floats.iter().fold(hash, |hash, x| then(hash, x.to_bits().into()));
        match self.values {
            Values::Bools(values) => then(hash, u64::from(values[row] == Some(true))),
            Values::Numbers { values, wide, .. } => match wide.binary_search_by_key(&row, |entry| entry.0) {
                Ok(place) => then(hash, wide[place].1 as u64),
                Err(_) => then(hash, values[row].to_bits()),
            },
            Values::Times(values) => then(hash, values[row].to_bits()),
            Values::Texts { codes, .. } if codes[row] != NO_TEXT => then(hash, self.texts[codes[row] as usize]),
            Values::Vectors { width, data, .. } => floats(&data[row * width..(row + 1) * width]),
            Values::TextLists { offsets, codes, .. } => codes[offsets[row]..offsets[row + 1]]
                .iter()
                .fold(hash, |hash, &code| then(hash, self.texts[code as usize])),
            // What no encoding takes cannot matter.
            _ => hash,
        }
    }
}

/// A hash of vectors with their nodes, in any order: they can be added and taken away one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VectorsHash(u64);

impl VectorsHash {
    pub(crate) fn add(&mut self, node: NodeId, vector: &[f32]) {
        self.0 = self.0.wrapping_add(Self::of(node, vector));
    }

    pub(crate) fn remove(&mut self, node: NodeId, vector: &[f32]) {
        self.0 = self.0.wrapping_sub(Self::of(node, vector));
    }

    fn of(node: NodeId, vector: &[f32]) -> u64 {
        // Four lanes, so that the multiplications do not wait for each other.
        let (lanes, rest) = vector.as_chunks::<4>();
        let mut sums = [1u64, 2, 3, 4].map(|lane| mix(node.0.wrapping_add(lane << 60)));
        for lane in lanes {
            for (sum, x) in sums.iter_mut().zip(lane) {
                *sum = then(*sum, x.to_bits().into());
            }
        }
        let hash = rest.iter().fold(vector.len() as u64, |hash, x| then(hash, x.to_bits().into()));
        sums.into_iter().fold(hash, then)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use wend_algorithms::GraphBuilder;

    use super::*;

    fn view(nodes: &[u64], edges: &[(u32, u32, f64)]) -> View {
        let mut builder = GraphBuilder::new(nodes.len(), true);
        edges.iter().for_each(|&(from, to, weight)| builder.add_edge(from, to, weight));
        let graph = builder.build(None).unwrap();
        View::Undirected(Arc::new(GraphView { nodes: nodes.iter().map(|&node| NodeId(node)).collect(), graph }))
    }

    fn difference(before: &View, after: &View) -> Difference {
        Fingerprint::new(before).difference(&Fingerprint::new(after))
    }

    #[test]
    fn nodes_that_differ_are_found() {
        let before = view(&[3, 5, 9, 12], &[(0, 1, 1.0), (1, 2, 2.0)]);
        assert_eq!(difference(&before, &before), Difference { aligned: true, nothing: true, ..Difference::default() });
        let weight = view(&[3, 5, 9, 12], &[(0, 1, 1.0), (1, 2, 2.5)]);
        assert_eq!(difference(&before, &weight).nodes, [1, 2]);
        let more = view(&[3, 5, 9, 12, 20], &[(0, 1, 1.0), (1, 2, 2.0)]);
        assert_eq!(difference(&before, &more), Difference { nodes: vec![4], aligned: true, ..Difference::default() });
        let without_last = view(&[3, 5, 9], &[(0, 1, 1.0), (1, 2, 2.0)]);
        assert_eq!(difference(&before, &without_last), Difference { gone: 1, aligned: true, ..Difference::default() });
        let without_first = view(&[5, 9, 12], &[(0, 1, 2.0)]);
        let expected = Difference { nodes: vec![0], gone: 1, aligned: false, nothing: false };
        assert_eq!(difference(&before, &without_first), expected);
    }

    #[test]
    fn values_of_properties_and_the_order_of_edges_count() {
        let property = |values| vec![Property { name: "x".into(), values }];
        let graph = |values, from: [u32; 2], to: [u32; 2]| {
            let graph = PropertyGraph {
                node_types: vec!["A".into()],
                node_type: vec![0; 3],
                edge_labels: vec!["R".into()],
                edge_label: vec![0; 2],
                from: from.into(),
                to: to.into(),
                node_properties: property(values),
                ..PropertyGraph::default()
            };
            let nodes = vec![NodeId(1), NodeId(2), NodeId(3)];
            View::Properties(Arc::new(PropertyView { nodes, edges: Vec::new(), graph }))
        };
        let numbers = |values: [f64; 3]| Values::Numbers { values: values.into(), integers: false, wide: Vec::new() };
        let base = graph(numbers([1.0, 2.0, 3.0]), [0, 0], [1, 2]);
        assert!(difference(&base, &base).nothing);
        assert_eq!(difference(&base, &graph(numbers([1.0, 2.5, 3.0]), [0, 0], [1, 2])).nodes, [1]);
        assert_eq!(difference(&base, &graph(numbers([1.0, f64::NAN, 3.0]), [0, 0], [1, 2])).nodes, [1]);
        let turned = difference(&base, &graph(numbers([1.0, 2.0, 3.0]), [0, 2], [1, 0]));
        assert_eq!(turned.nodes, [0, 2]);
        let texts = |codes: [u32; 3]| Values::Texts { distinct: vec!["a".into(), "b".into()], codes: codes.into() };
        // The same texts under other codes are the same texts.
        let other = Values::Texts { distinct: vec!["b".into(), "a".into()], codes: vec![1, 0, NO_TEXT] };
        let texts = graph(texts([0, 1, NO_TEXT]), [0, 0], [1, 2]);
        assert!(difference(&texts, &graph(other, [0, 0], [1, 2])).nothing);
        assert!(!difference(&texts, &base).nothing);
        let later = graph(numbers([1.0, 2.0, 3.0]), [0, 0], [2, 1]);
        assert!(!difference(&base, &later).nothing, "the order of edges decides the order of sums");
    }

    proptest! {
        #[test]
        fn hashes_of_vectors_add_up(vectors in proptest::collection::vec(proptest::collection::vec(-2f32..2.0, 0..9), 1..9)) {
            let hash = |order: &mut dyn Iterator<Item = usize>| {
                let mut hash = VectorsHash::default();
                order.for_each(|at| hash.add(NodeId(at as u64), &vectors[at]));
                hash
            };
            let all = hash(&mut (0..vectors.len()));
            prop_assert_eq!(all, hash(&mut (0..vectors.len()).rev()));
            let mut changed = vectors.clone();
            changed[0].push(1.0);
            let mut other = VectorsHash::default();
            changed.iter().enumerate().for_each(|(at, vector)| other.add(NodeId(at as u64), vector));
            prop_assert_ne!(all, other);
        }
    }
}
