//! Graph attention: Velickovic et al., Graph attention networks, ICLR 2018.
//!
//! For each head: `h'(v) = sum over u in N(v) and v itself of alpha(u, v) h(u) W`, where alpha is the softmax over u of
//! `leaky(a_s . h(u) W + a_t . h(v) W + e(u, v) W_e)`. Heads stand side by side; the term of edge features is there
//! when edges have some. With several relations the softmax is taken within each, as a sum of attention layers would.

use super::{Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::relation::Relation;
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

/// Slope of the leaky rectifier, as in the paper.
const SLOPE: f32 = 0.2;

pub(super) struct Gat {
    heads: usize,
    typed: Option<Own>,
    weight: Parameter,
    source: Parameter,
    target: Parameter,
    edge: Option<Parameter>,
    bias: Parameter,
    outputs: usize,
}

impl Gat {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let relations = if shape.typed() { shape.relations } else { 1 };
        let typed = shape.typed().then(|| Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p));
        let weight = match shape.typed() {
            true => p.glorot_stack(format!("{name}.weight"), relations, inputs, outputs),
            false => p.glorot(format!("{name}.weight"), inputs, outputs),
        };
        let reach = (6.0 / (1 + outputs / shape.heads) as f64).sqrt();
        Gat {
            heads: shape.heads,
            typed,
            weight,
            source: p.uniform(format!("{name}.attention.source"), relations, outputs, reach),
            target: p.uniform(format!("{name}.attention.target"), relations, outputs, reach),
            edge: (shape.edge_width > 0)
                .then(|| p.glorot(format!("{name}.attention.edge"), shape.edge_width, shape.heads)),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
            outputs,
        }
    }

    fn attend<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        relation: &'g Relation,
        (source, target, x): (Var, Var, Var),
        edges: Option<Var>,
    ) -> Var {
        let by_arc = self.edge.zip(edges).map(|(weight, edges)| {
            let by_edge = tape.matmul(edges, p[weight]);
            tape.gather(&[(by_edge, &relation.edge)])
        });
        let alpha = tape.additive_attention(relation, source, target, by_arc, SLOPE);
        let alpha = match &relation.weights {
            Some(weights) => tape.scale_rows_by(alpha, weights),
            None => alpha,
        };
        let alpha = tape.dropout(alpha);
        tape.aggregate_heads(relation, alpha, x, false)
    }
}

impl Layer for Gat {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let x = state.nodes;
        let nodes = match &self.typed {
            None => {
                let mapped = tape.matmul(x, p[self.weight]);
                let source = tape.head_products(mapped, p[self.source], self.heads);
                let targets = tape.first_rows(mapped, block.targets);
                let target = tape.head_products(targets, p[self.target], self.heads);
                let summed = self.attend(tape, p, block.with_loops(), (source, target, mapped), state.edges);
                finish(tape, summed, p[self.bias], activation)
            }
            Some(own) => {
                let (by, stack) = (block.by_relation(), block.stack());
                let copies = tape.gather(&[(x, &stack.source)]);
                let mapped = tape.grouped_linear(copies, p[self.weight], &stack.starts, self.outputs);
                let vectors = tape.gather(&[(p[self.source], &stack.relation)]);
                let source = tape.head_products(mapped, vectors, self.heads);
                let own = own.forward(tape, p, block, x, true);
                let of_pairs = tape.gather(&[(own, &by.target)]);
                let vectors = tape.gather(&[(p[self.target], &by.relation)]);
                let target = tape.head_products(of_pairs, vectors, self.heads);
                let pairs = self.attend(tape, p, &stack.to_pairs, (source, target, mapped), state.edges);
                let merged = tape.aggregate(&by.merge, Coefficient::Weight, pairs);
                let all = tape.add(merged, own);
                finish(tape, all, p[self.bias], activation)
            }
        };
        LayerState { nodes, ..state }
    }
}
