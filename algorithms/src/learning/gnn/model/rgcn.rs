//! Relational graph convolution: Schlichtkrull et al., Modeling relational data with graph convolutional networks,
//! ESWC 2018.
//!
//! `h'(v) = h(v) W_0 + sum over r of the mean over u in N_r(v) of h(u) W_r`, where `W_r = sum over b of a_rb V_b` when
//! there are fewer bases than relations. Each edge label is two relations, one along and one against its edges.

use super::{Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

pub(super) struct Rgcn {
    own: Own,
    /// A matrix for each relation or for each basis.
    weight: Parameter,
    /// Relations x bases.
    mixture: Option<Parameter>,
    bias: Parameter,
    outputs: usize,
}

impl Rgcn {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let bases = if shape.bases == 0 { shape.relations } else { shape.bases.min(shape.relations) };
        let weight = p.glorot_stack(format!("{name}.weight"), bases, inputs, outputs);
        let mixture = (bases < shape.relations).then(|| p.glorot(format!("{name}.mixture"), shape.relations, bases));
        Rgcn {
            own: Own::new(1, &format!("{name}.self"), inputs, outputs, p),
            weight,
            mixture,
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
            outputs,
        }
    }
}

impl Layer for Rgcn {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let by = block.by_relation();
        let weights = match self.mixture {
            Some(mixture) => tape.matmul(p[mixture], p[self.weight]),
            None => p[self.weight],
        };
        let means = tape.aggregate(&by.pairs, Coefficient::Mean, state.nodes);
        let mapped = tape.grouped_linear(means, weights, &by.starts, self.outputs);
        let merged = tape.aggregate(&by.merge, Coefficient::Weight, mapped);
        let own = self.own.forward(tape, p, block, state.nodes, true);
        let all = tape.add(merged, own);
        LayerState { nodes: finish(tape, all, p[self.bias], activation), ..state }
    }
}
