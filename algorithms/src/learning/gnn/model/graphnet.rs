//! Graph network blocks: Battaglia et al., Relational inductive biases, deep learning, and graph networks, 2018.
//!
//! One block updates edges, nodes and the graph in turn:
//! `e' = relu(e W + h(from) W + h(to) W + g W + b_label)`, `h' = h W + mean of e' in W + mean of e' out W + g W + b`,
//! `g' = relu(mean of e' W + mean of h' W + g W + b)`. The graph's state starts as zeros.

use super::{Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

pub(super) struct GraphNet {
    from: Own,
    to: Own,
    edge: Parameter,
    global_to_edge: Parameter,
    label: Parameter,
    own: Own,
    incoming: Parameter,
    outgoing: Parameter,
    global_to_node: Parameter,
    bias: Parameter,
    edge_to_global: Parameter,
    node_to_global: Parameter,
    own_global: Parameter,
    global_bias: Parameter,
    outputs: usize,
}

impl GraphNet {
    /// `inputs` is the width of nodes, edges and the graph alike, but for the first block's edges, which are features.
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let weight = |part: &str, rows: usize, p: &mut Parameters| p.glorot(format!("{name}.{part}"), rows, outputs);
        GraphNet {
            edge: weight("edge.own", shape.edge_width.max(1), p),
            global_to_edge: weight("edge.global", outputs, p),
            incoming: weight("node.incoming", outputs, p),
            outgoing: weight("node.outgoing", outputs, p),
            global_to_node: weight("node.global", outputs, p),
            edge_to_global: weight("global.edges", outputs, p),
            node_to_global: weight("global.nodes", outputs, p),
            own_global: weight("global.own", outputs, p),
            label: p.uniform(format!("{name}.edge.label"), shape.relations.div_ceil(2).max(1), outputs, 0.1),
            from: Own::new(shape.types, &format!("{name}.edge.from"), inputs, outputs, p),
            to: Own::new(shape.types, &format!("{name}.edge.to"), inputs, outputs, p),
            own: Own::new(shape.types, &format!("{name}.node.own"), inputs, outputs, p),
            bias: p.constant(format!("{name}.node.bias"), 1, outputs, 0.0),
            global_bias: p.constant(format!("{name}.global.bias"), 1, outputs, 0.0),
            outputs,
        }
    }
}

impl Layer for GraphNet {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let ends = block.edge_ends();
        let global = match state.global {
            Some(global) => global,
            None => {
                let zeros = tape.workers().zeros(1, self.outputs);
                tape.constant_owned(zeros)
            }
        };
        let from = self.from.forward(tape, p, block, state.nodes, false);
        let to = self.to.forward(tape, p, block, state.nodes, false);
        let mut parts = vec![(from, &ends.from), (to, &ends.to), (p[self.label], &ends.label)];
        if let Some(edges) = state.edges {
            parts.push((tape.matmul(edges, p[self.edge]), &ends.itself));
        }
        let summed = tape.gather(&parts);
        let of_graph = tape.matmul(global, p[self.global_to_edge]);
        let edges = finish(tape, summed, of_graph, Activation::Relu);
        let incoming = tape.aggregate(&ends.into_nodes, Coefficient::Mean, edges);
        let outgoing = tape.aggregate(&ends.out_of_nodes, Coefficient::Mean, edges);
        let own = self.own.forward(tape, p, block, state.nodes, true);
        let pairs = [(incoming, p[self.incoming]), (outgoing, p[self.outgoing])];
        let received = tape.linear(&pairs, Some(p[self.bias]), Activation::Identity);
        let sum = tape.add(own, received);
        let of_graph = tape.matmul(global, p[self.global_to_node]);
        let nodes = finish(tape, sum, of_graph, activation);
        let (mean_edges, mean_nodes) = (tape.mean_rows(edges), tape.mean_rows(nodes));
        let pairs =
            [(mean_edges, p[self.edge_to_global]), (mean_nodes, p[self.node_to_global]), (global, p[self.own_global])];
        let global = tape.linear(&pairs, Some(p[self.global_bias]), activation);
        LayerState { nodes, edges: Some(edges), global: Some(global) }
    }
}
