//! Heterogeneous graph transformer: Hu, Dong, Wang and Sun, WWW 2020.
//!
//! Keys, queries and values are linear in the state, with weights by node type; each relation has a matrix for keys and
//! one for values, head by head, and a prior mu. The score of an arc is `mu_r (k(u) A_r) . q(v) / sqrt(d)`, the softmax
//! is over all arcs into v, and `h'(v)` is a gated mixture of the mapped sum and the state, the gate by node type.

use super::{Layer, LayerShape, LayerState, Own};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Tape, Var};

pub(super) struct Hgt {
    heads: usize,
    width: usize,
    key: Own,
    query: Own,
    value: Own,
    /// For each head a stack of matrices by relation: for keys, for values.
    relation: Vec<(Parameter, Parameter)>,
    prior: Parameter,
    out: Own,
    /// Brings the state to the width of the result, where it has another.
    own: Option<Own>,
    gate: Parameter,
    bias: Parameter,
}

impl Hgt {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let width = outputs / shape.heads;
        let own = |part: &str, p: &mut Parameters| Own::new(shape.types, &format!("{name}.{part}"), inputs, outputs, p);
        let (key, query, value) = (own("key", p), own("query", p), own("value", p));
        let state = (inputs != outputs).then(|| own("state", p));
        let relation = (0..shape.heads)
            .map(|head| {
                let key = p.glorot_stack(format!("{name}.relation.key.{head}"), shape.relations, width, width);
                (key, p.glorot_stack(format!("{name}.relation.value.{head}"), shape.relations, width, width))
            })
            .collect();
        Hgt {
            heads: shape.heads,
            width,
            key,
            query,
            value,
            relation,
            prior: p.constant(format!("{name}.prior"), shape.relations, shape.heads, 1.0),
            out: Own::new(shape.types, &format!("{name}.out"), outputs, outputs, p),
            own: state,
            gate: p.constant(format!("{name}.gate"), shape.types.max(1), 1, 1.0),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
        }
    }

    /// Copies of the sources' states, each mapped by its relation, head by head.
    fn by_relation<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        x: Var,
        weights: impl Fn(&(Parameter, Parameter)) -> Parameter,
    ) -> Var {
        let stack = block.stack();
        let mut parts = Vec::with_capacity(self.heads);
        for (head, pair) in self.relation.iter().enumerate() {
            let part = tape.slice_cols(x, head * self.width..(head + 1) * self.width);
            let copies = tape.gather(&[(part, &stack.source)]);
            parts.push(tape.grouped_linear(copies, p[weights(pair)], &stack.starts, self.width));
        }
        tape.concat_cols(&parts)
    }
}

impl Layer for Hgt {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let (x, stack) = (state.nodes, block.stack());
        let key = self.key.forward(tape, p, block, x, false);
        let value = self.value.forward(tape, p, block, x, false);
        let query = self.query.forward(tape, p, block, x, true);
        let keys = self.by_relation(tape, p, block, key, |pair| pair.0);
        let values = self.by_relation(tape, p, block, value, |pair| pair.1);
        let scale = 1.0 / (self.width as f32).sqrt();
        let products = tape.arc_products(&stack.to_targets, query, keys, self.heads, scale);
        let priors = tape.gather(&[(p[self.prior], &stack.arc_relation)]);
        let scores = tape.mul(products, priors);
        let alpha = tape.arc_softmax(&stack.to_targets, scores);
        let alpha = match &stack.to_targets.weights {
            Some(weights) => tape.scale_rows_by(alpha, weights),
            None => alpha,
        };
        let summed = tape.aggregate_heads(&stack.to_targets, alpha, values, false);
        let active = tape.activate(summed, Activation::Relu);
        let out = self.out.forward(tape, p, block, active, true);
        let out = tape.add_row(out, p[self.bias]);
        let own = match &self.own {
            Some(own) => own.forward(tape, p, block, x, true),
            None => tape.first_rows(x, block.targets),
        };
        // gate * out + (1 - gate) * own
        let gates = tape.activate(p[self.gate], Activation::Sigmoid);
        let gate = tape.gather(&[(gates, &block.target_types.group)]);
        let minus = tape.affine(own, -1.0, 0.0);
        let difference = tape.add(out, minus);
        let moved = tape.mul_column(difference, gate);
        let all = tape.add(own, moved);
        LayerState { nodes: tape.activate(all, activation), ..state }
    }
}
