//! The head of a network: from the states of nodes to predictions.

use super::items::Items;
use super::parameters::{Parameter, Parameters};
use super::relation::Relation;
use super::tape::{Activation, Coefficient, Tape, Var};

crate::choices! {
    /// How the states of a graph's nodes become the graph's.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Readout {
        /// Their mean.
        Mean = "mean",
        /// Their sum, which also tells sizes apart.
        Sum = "sum",
        /// The largest, number by number.
        Max = "max",
        /// Their mean with learned weights (Li et al., Gated graph sequence neural networks, ICLR 2016).
        Attention = "attention",
    }
}

/// What is predicted from what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum HeadShape {
    /// Nodes by their states.
    Nodes,
    /// Graphs by their nodes' states.
    Graphs(Readout),
    /// Edges by the states of their ends, and so many features.
    Edges(usize),
}

/// The head's parameters.
pub enum Head {
    /// A linear map.
    Nodes(Map),
    /// A readout, then two layers.
    Graphs {
        /// How the states are put together.
        readout: Readout,
        /// The weight of each node before the softmax.
        gate: Option<Map>,
        /// The first layer.
        hidden: Map,
        /// The second layer.
        out: Map,
    },
    /// Two layers on both states and the features.
    Edges {
        /// Of the state of the end that the edge starts from, with the bias.
        from: Map,
        /// Of the other end's.
        to: Parameter,
        /// Of the features.
        features: Option<Parameter>,
        /// The second layer.
        out: Map,
    },
}

/// Weight and bias.
#[derive(Debug, Clone, Copy)]
pub struct Map {
    weight: Parameter,
    bias: Parameter,
}

impl Map {
    fn new(name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        Map {
            weight: p.glorot(format!("{name}.weight"), inputs, outputs),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
        }
    }

    fn forward(self, tape: &mut Tape<'_>, p: &[Var], x: Var, activation: Activation) -> Var {
        tape.linear(&[(x, p[self.weight])], Some(p[self.bias]), activation)
    }
}

/// Predictions, and what they were made of.
pub struct Predicted {
    /// The states of the items; of nodes those that went in.
    pub states: Var,
    /// Scores of classes, or a number: a row for each item.
    pub scores: Var,
}

impl Head {
    /// A head that takes states of `inputs` numbers and gives `outputs`, with layers of `hidden` numbers between. `narrow` = how many of
    /// the states' numbers hold something, by which the first weights of a head of nodes are drawn.
    pub fn new(
        shape: HeadShape,
        inputs: usize,
        narrow: usize,
        hidden: usize,
        outputs: usize,
        p: &mut Parameters,
    ) -> Self {
        match shape {
            HeadShape::Nodes => {
                let most = (6.0 / (narrow + outputs) as f64).sqrt();
                let weight = p.uniform("head.weight", inputs, outputs, most);
                Head::Nodes(Map { weight, bias: p.constant("head.bias", 1, outputs, 0.0) })
            }
            HeadShape::Graphs(readout) => Head::Graphs {
                readout,
                gate: (readout == Readout::Attention).then(|| Map::new("readout.gate", inputs, 1, p)),
                hidden: Map::new("head.hidden", inputs, hidden, p),
                out: Map::new("head", hidden, outputs, p),
            },
            HeadShape::Edges(width) => Head::Edges {
                from: Map::new("head.from", inputs, hidden, p),
                to: p.glorot("head.to.weight", inputs, hidden),
                features: (width > 0).then(|| p.glorot("head.edge.weight", width, hidden)),
                out: Map::new("head", hidden, outputs, p),
            },
        }
    }

    /// The predictions of the items. `dropped` = whether entries of nodes' states are dropped in training.
    ///
    /// # Panics
    /// When the items are not what the head is for: a mistake in this crate.
    pub fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        states: Var,
        items: &'g Items,
        dropped: bool,
    ) -> Predicted {
        match (self, items) {
            (Head::Nodes(map), Items::Nodes) => {
                let x = if dropped { tape.dropout(states) } else { states };
                Predicted { states, scores: map.forward(tape, p, x, Activation::Identity) }
            }
            (Head::Graphs { readout, gate, hidden, out }, Items::Graphs(relation)) => {
                let states = read_out(tape, p, relation, states, *readout, *gate);
                let hidden = hidden.forward(tape, p, states, Activation::Relu);
                let hidden = tape.dropout(hidden);
                Predicted { states, scores: out.forward(tape, p, hidden, Activation::Identity) }
            }
            (Head::Edges { from, to, features, out }, Items::Edges(edges)) => {
                let x = tape.dropout(states);
                let start = from.forward(tape, p, x, Activation::Identity);
                let end = tape.matmul(x, p[*to]);
                let mut sum = tape.gather(&[(start, &edges.from), (end, &edges.to)]);
                if let Some((weight, features)) = features.zip(edges.features.as_ref()) {
                    let features = tape.constant(features);
                    let own = tape.matmul(features, p[weight]);
                    sum = tape.add(sum, own);
                }
                let states = tape.activate(sum, Activation::Relu);
                let hidden = tape.dropout(states);
                Predicted { states, scores: out.forward(tape, p, hidden, Activation::Identity) }
            }
            _ => panic!("a head for other items"),
        }
    }
}

/// The states of graphs from those of their nodes.
fn read_out<'g>(
    tape: &mut Tape<'g>,
    p: &[Var],
    relation: &'g Relation,
    states: Var,
    readout: Readout,
    gate: Option<Map>,
) -> Var {
    match (readout, gate) {
        (Readout::Sum, _) => tape.aggregate(relation, Coefficient::Weight, states),
        (Readout::Max, _) => tape.aggregate_max(relation, states),
        (Readout::Attention, Some(gate)) => {
            let scores = gate.forward(tape, p, states, Activation::Identity);
            let scores = tape.gather(&[(scores, &relation.source)]);
            let weights = tape.arc_softmax(relation, scores);
            tape.aggregate_heads(relation, weights, states, false)
        }
        _ => tape.aggregate(relation, Coefficient::Mean, states),
    }
}
