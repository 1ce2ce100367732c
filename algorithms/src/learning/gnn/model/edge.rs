//! Messages that see the edge they go along, and GraphSAGE with them: `h'(v) = [h(v) | mean of messages] W` with
//! messages `relu(h(u) W_u + e W_e + b)` (the E-GraphSAGE of Lo et al., NOMS 2022, with the neighbour's state in the
//! message).

use super::{Layer, LayerShape, LayerState, Own};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Tape, Var};

/// `relu(h(u) W_u + h(v) W_v + e W_e + b_r)` for each arc; `W_v` only where wanted, `W_e` only where edges have
/// features.
pub(super) struct Messages {
    source: Own,
    target: Option<Own>,
    edge: Option<Parameter>,
    /// Relations x width: the bias of each relation.
    relation: Parameter,
}

impl Messages {
    pub(super) fn new(
        shape: &LayerShape,
        name: &str,
        inputs: usize,
        outputs: usize,
        target: bool,
        p: &mut Parameters,
    ) -> Self {
        Messages {
            source: Own::new(shape.types, &format!("{name}.source"), inputs, outputs, p),
            target: target.then(|| Own::new(shape.types, &format!("{name}.target"), inputs, outputs, p)),
            edge: (shape.edge_width > 0).then(|| p.glorot(format!("{name}.edge"), shape.edge_width, outputs)),
            relation: p.uniform(format!("{name}.relation"), shape.relations, outputs, 0.1),
        }
    }

    /// The mean of the messages into each target.
    pub(super) fn forward<'g>(&self, tape: &mut Tape<'g>, p: &[Var], block: &'g Block, state: LayerState) -> Var {
        let relation = block.merged();
        let source = self.source.forward(tape, p, block, state.nodes, false);
        let mut parts = vec![(source, &relation.source), (p[self.relation], block.arc_relations())];
        if let Some(target) = &self.target {
            parts.push((target.forward(tape, p, block, state.nodes, true), &relation.target));
        }
        if let Some((edge, edges)) = self.edge.zip(state.edges) {
            parts.push((tape.matmul(edges, p[edge]), &relation.edge));
        }
        let sum = tape.gather(&parts);
        let messages = tape.activate(sum, Activation::Relu);
        tape.sum_of_arcs(relation, true, messages)
    }
}

pub(super) struct EdgeSage {
    messages: Messages,
    own: Own,
    weight: Parameter,
    bias: Parameter,
}

impl EdgeSage {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        EdgeSage {
            messages: Messages::new(shape, &format!("{name}.message"), inputs, outputs, false, p),
            own: Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p),
            weight: p.glorot(format!("{name}.neighbours"), outputs, outputs),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
        }
    }
}

impl Layer for EdgeSage {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let received = self.messages.forward(tape, p, block, state);
        let neighbours = tape.linear(&[(received, p[self.weight])], Some(p[self.bias]), Activation::Identity);
        let own = self.own.forward(tape, p, block, state.nodes, true);
        let sum = tape.add(own, neighbours);
        LayerState { nodes: tape.activate(sum, activation), ..state }
    }
}
