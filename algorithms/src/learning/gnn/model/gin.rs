//! Graph isomorphism network: Xu, Hu, Leskovec and Jegelka, How powerful are graph neural networks?, ICLR 2019.
//!
//! `h'(v) = MLP((1 + epsilon) h(v) + sum over u in N(v) of h(u))` with a learned epsilon that begins at 0 and an MLP of two layers, each
//! followed by a normalisation, as in the paper's experiments. Where edges have features, what is summed is `relu(h(u) + e W_e)` (Hu et
//! al., Strategies for pre-training graph neural networks, ICLR 2020). With several relations or node types, each has a linear map of
//! its own before the sum.

use super::{Layer, LayerShape, LayerState, Norm, Own, first_sum};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

/// A normalisation with what it learns.
struct Normalisation {
    kind: Norm,
    scale: Parameter,
    shift: Parameter,
    /// Mean and variance over the batches of training; not learned by gradients.
    running: Option<(Parameter, Parameter)>,
}

impl Normalisation {
    fn new(kind: Norm, name: &str, width: usize, p: &mut Parameters) -> Option<Self> {
        if kind == Norm::None {
            return None;
        }
        Some(Normalisation {
            kind,
            scale: p.constant(format!("{name}.scale"), 1, width, 1.0),
            shift: p.constant(format!("{name}.shift"), 1, width, 0.0),
            running: (kind == Norm::Batch).then(|| {
                (
                    p.constant(format!("{name}.mean"), 1, width, 0.0),
                    p.constant(format!("{name}.variance"), 1, width, 1.0),
                )
            }),
        })
    }

    fn forward(&self, tape: &mut Tape<'_>, p: &[Var], x: Var) -> Var {
        let (scale, shift) = (p[self.scale], p[self.shift]);
        match (self.kind, self.running) {
            (Norm::Batch, Some((mean, variance))) => tape.batch_norm(x, scale, shift, (p[mean], p[variance])),
            _ => tape.layer_norm(x, scale, shift),
        }
    }
}

/// A linear map, a normalisation, and an activation.
struct Step {
    weight: Parameter,
    bias: Parameter,
    norm: Option<Normalisation>,
}

impl Step {
    fn new(norm: Norm, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        Step {
            weight: p.glorot(format!("{name}.weight"), inputs, outputs),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
            norm: Normalisation::new(norm, &format!("{name}.norm"), outputs, p),
        }
    }

    fn forward(&self, tape: &mut Tape<'_>, p: &[Var], x: Var, activation: Activation) -> Var {
        match &self.norm {
            None => tape.linear(&[(x, p[self.weight])], Some(p[self.bias]), activation),
            Some(norm) => {
                let mapped = tape.linear(&[(x, p[self.weight])], Some(p[self.bias]), Activation::Identity);
                let normal = norm.forward(tape, p, mapped);
                tape.activate(normal, activation)
            }
        }
    }
}

/// The maps of several relations and node types, and of edges' features.
struct Typed {
    own: Own,
    weight: Parameter,
}

pub(super) struct Gin {
    epsilon: Parameter,
    typed: Option<Typed>,
    edge: Option<Parameter>,
    first: Step,
    second: Step,
    /// Width of what is summed.
    width: usize,
}

impl Gin {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let epsilon = p.constant(format!("{name}.epsilon"), 1, 1, 0.0);
        let typed = shape.typed().then(|| Typed {
            own: Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p),
            weight: p.glorot_stack(format!("{name}.relations"), shape.relations, inputs, outputs),
        });
        let width = if typed.is_some() { outputs } else { inputs };
        let edge = (shape.edge_width > 0).then(|| p.glorot(format!("{name}.edge"), shape.edge_width, width));
        let first = Step::new(shape.norm, &format!("{name}.first"), width, outputs, p);
        let second = Step::new(shape.norm, &format!("{name}.second"), outputs, outputs, p);
        Gin { epsilon, typed, edge, first, second, width }
    }

    /// The sum of the neighbours' messages at each target.
    fn received<'g>(&self, tape: &mut Tape<'g>, p: &[Var], block: &'g Block, state: LayerState) -> Var {
        let x = state.nodes;
        let edges = self.edge.zip(state.edges).map(|(weight, edges)| tape.matmul(edges, p[weight]));
        match (&self.typed, edges) {
            (None, None) if tape.is_constant(x) && !block.is_sampled() => {
                first_sum(tape, block, |tape| tape.aggregate(block.merged(), Coefficient::Weight, x))
            }
            (None, None) => tape.aggregate(block.merged(), Coefficient::Weight, x),
            (None, Some(edges)) => {
                let relation = block.merged();
                let sum = tape.gather(&[(x, &relation.source), (edges, &relation.edge)]);
                let messages = tape.activate(sum, Activation::Relu);
                tape.sum_of_arcs(relation, false, messages)
            }
            (Some(typed), None) => {
                let by = block.by_relation();
                let summed = tape.aggregate(&by.pairs, Coefficient::Weight, x);
                let mapped = tape.grouped_linear(summed, p[typed.weight], &by.starts, self.width);
                tape.aggregate(&by.merge, Coefficient::Weight, mapped)
            }
            (Some(typed), Some(edges)) => {
                // Each source once for each relation it is in, mapped by the relation's matrix.
                let stack = block.stack();
                let copies = tape.gather(&[(x, &stack.source)]);
                let mapped = tape.grouped_linear(copies, p[typed.weight], &stack.starts, self.width);
                let relation = &stack.to_targets;
                let sum = tape.gather(&[(mapped, &relation.source), (edges, &relation.edge)]);
                let messages = tape.activate(sum, Activation::Relu);
                tape.sum_of_arcs(relation, false, messages)
            }
        }
    }
}

impl Layer for Gin {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let received = self.received(tape, p, block, state);
        let own = match &self.typed {
            None => tape.first_rows(state.nodes, block.targets),
            Some(typed) => typed.own.forward(tape, p, block, state.nodes, true),
        };
        let ones = ndarray::Array2::ones((block.targets, 1));
        let ones = tape.constant_owned(ones);
        let epsilon = tape.matmul(ones, p[self.epsilon]);
        let more = tape.mul_column(own, epsilon);
        let once = tape.add(received, own);
        let sum = tape.add(once, more);
        let hidden = self.first.forward(tape, p, sum, Activation::Relu);
        LayerState { nodes: self.second.forward(tape, p, hidden, activation), ..state }
    }
}
