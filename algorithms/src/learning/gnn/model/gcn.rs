//! Graph convolution: Kipf and Welling, Semi-supervised classification with graph convolutional networks, ICLR 2017.
//!
//! `h'(v) = sum over u in N(v) and v itself of h(u) W / sqrt(d(u) d(v))`, degrees counting the loop. With several
//! relations: `h'(v) = h(v) W_type + sum over r, u of h(u) W_r / sqrt(d_r(u) d_r(v))`.

use super::{Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

pub(super) struct Gcn {
    own: Option<Own>,
    weight: Parameter,
    bias: Parameter,
    outputs: usize,
}

impl Gcn {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let own = shape.typed().then(|| Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p));
        let weight = match shape.typed() {
            true => p.glorot_stack(format!("{name}.weight"), shape.relations, inputs, outputs),
            false => p.glorot(format!("{name}.weight"), inputs, outputs),
        };
        Gcn { own, weight, bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0), outputs }
    }
}

impl Layer for Gcn {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let x = state.nodes;
        let nodes = match &self.own {
            None => {
                let factors = block.normalized();
                let coefficient = Coefficient::Arcs(&factors.arcs, Some(&factors.own));
                // Map and sum commute: the cheaper order has fewer columns to sum.
                if tape.is_constant(x) && !block.is_sampled() {
                    let summed = first_sum(tape, block, |tape| tape.aggregate(block.merged(), coefficient, x));
                    tape.linear(&[(summed, p[self.weight])], Some(p[self.bias]), activation)
                } else if self.outputs < tape.shape(x).1 {
                    let mapped = tape.matmul(x, p[self.weight]);
                    let summed = tape.aggregate(block.merged(), coefficient, mapped);
                    finish(tape, summed, p[self.bias], activation)
                } else {
                    let summed = tape.aggregate(block.merged(), coefficient, x);
                    tape.linear(&[(summed, p[self.weight])], Some(p[self.bias]), activation)
                }
            }
            Some(own) => {
                let by = block.by_relation();
                let summed = tape.aggregate(&by.pairs, Coefficient::Arcs(block.pair_factors(), None), x);
                let mapped = tape.grouped_linear(summed, p[self.weight], &by.starts, self.outputs);
                let merged = tape.aggregate(&by.merge, Coefficient::Weight, mapped);
                let own = own.forward(tape, p, block, x, true);
                let all = tape.add(merged, own);
                finish(tape, all, p[self.bias], activation)
            }
        };
        LayerState { nodes, ..state }
    }
}

/// The convolution without its matrix, for a head that maps the sums: `h'(v) = sum of h(u) / sqrt(d(u) d(v))`, filled up
/// with zeros.
pub(super) struct Propagation {
    pub(super) outputs: usize,
}

impl Layer for Propagation {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        _p: &[Var],
        block: &'g Block,
        state: LayerState,
        _activation: Activation,
    ) -> LayerState {
        let factors = block.normalized();
        let coefficient = Coefficient::Arcs(&factors.arcs, Some(&factors.own));
        let summed = tape.aggregate(block.merged(), coefficient, state.nodes);
        let (rows, cols) = tape.shape(summed);
        if cols >= self.outputs {
            return LayerState { nodes: summed, ..state };
        }
        let zeros = tape.workers().zeros(rows, self.outputs - cols);
        let nothing = tape.constant_owned(zeros);
        LayerState { nodes: tape.concat_cols(&[summed, nothing]), ..state }
    }
}

/// A sum over constant features: computed once for the whole run.
pub(in crate::learning::gnn) fn first_sum<'g>(
    tape: &mut Tape<'g>,
    block: &'g Block,
    sum: impl FnOnce(&mut Tape<'g>) -> Var,
) -> Var {
    if let Some(kept) = block.first.get() {
        return tape.constant(kept);
    }
    let summed = sum(tape);
    // A cancelled sum is unfinished and must not be cached.
    if tape.workers().check_cancelled().is_err() {
        return summed;
    }
    let matrix = tape.take(summed);
    tape.constant(block.first.get_or_init(|| matrix))
}
