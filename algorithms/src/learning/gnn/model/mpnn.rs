//! Message passing with a gated update: Gilmer et al., Neural message passing for quantum chemistry, ICML 2017.
//!
//! The message along an arc is `relu(h(u) W_u + h(v) W_v + e W_e + b_r)`; their mean m(v), mapped once more, updates
//! the state: `GRU(h(v), m(v))`, or two layers over both. The mean instead of the paper's sum keeps states bounded at
//! hubs.

use super::edge::Messages;
use super::{Layer, LayerShape, LayerState, Own};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Tape, Var};

pub(super) struct Mpnn {
    messages: Messages,
    from_message: Parameter,
    /// Brings the state to the width of the result.
    own: Own,
    update: Update,
    outputs: usize,
}

enum Update {
    /// Weights of message and state and bias, of the three gates side by side.
    Gru { message: Parameter, state: Parameter, bias: Parameter, state_bias: Parameter },
    /// Weights of state and message, bias, second weight and bias.
    Mlp { state: Parameter, message: Parameter, bias: Parameter, second: Parameter, second_bias: Parameter },
}

impl Mpnn {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let messages = Messages::new(shape, &format!("{name}.message"), inputs, outputs, true, p);
        let from_message = p.glorot(format!("{name}.message.out"), outputs, outputs);
        let own = Own::new(shape.types, &format!("{name}.state"), inputs, outputs, p);
        let update = if shape.gru {
            Update::Gru {
                message: p.glorot(format!("{name}.gru.message"), outputs, 3 * outputs),
                state: p.glorot(format!("{name}.gru.state"), outputs, 3 * outputs),
                bias: p.constant(format!("{name}.gru.bias"), 1, 3 * outputs, 0.0),
                state_bias: p.constant(format!("{name}.gru.state.bias"), 1, 3 * outputs, 0.0),
            }
        } else {
            Update::Mlp {
                state: p.glorot(format!("{name}.mlp.state"), outputs, outputs),
                message: p.glorot(format!("{name}.mlp.message"), outputs, outputs),
                bias: p.constant(format!("{name}.mlp.bias"), 1, outputs, 0.0),
                second: p.glorot(format!("{name}.mlp.out"), outputs, outputs),
                second_bias: p.constant(format!("{name}.mlp.out.bias"), 1, outputs, 0.0),
            }
        };
        Mpnn { messages, from_message, own, update, outputs }
    }
}

impl Layer for Mpnn {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let received = self.messages.forward(tape, p, block, state);
        let message = tape.matmul(received, p[self.from_message]);
        let own = self.own.forward(tape, p, block, state.nodes, true);
        let nodes = match self.update {
            Update::Gru { message: w, state: u, bias, state_bias } => {
                let width = self.outputs;
                let from_message = tape.linear(&[(message, p[w])], Some(p[bias]), Activation::Identity);
                let from_state = tape.linear(&[(own, p[u])], Some(p[state_bias]), Activation::Identity);
                let gate = |tape: &mut Tape<'g>, place: usize| {
                    let columns = place * width..(place + 1) * width;
                    let (a, b) = (tape.slice_cols(from_message, columns.clone()), tape.slice_cols(from_state, columns));
                    let sum = tape.add(a, b);
                    tape.activate(sum, Activation::Sigmoid)
                };
                let (reset, keep) = (gate(tape, 0), gate(tape, 1));
                let (a, b) = (
                    tape.slice_cols(from_message, 2 * width..3 * width),
                    tape.slice_cols(from_state, 2 * width..3 * width),
                );
                let remembered = tape.mul(reset, b);
                let sum = tape.add(a, remembered);
                let new = tape.activate(sum, Activation::Tanh);
                // keep * own + (1 - keep) * new
                let minus = tape.affine(new, -1.0, 0.0);
                let difference = tape.add(own, minus);
                let kept = tape.mul(keep, difference);
                tape.add(new, kept)
            }
            Update::Mlp { state: u, message: w, bias, second, second_bias } => {
                let hidden = tape.linear(&[(own, p[u]), (message, p[w])], Some(p[bias]), Activation::Relu);
                tape.linear(&[(hidden, p[second])], Some(p[second_bias]), activation)
            }
        };
        LayerState { nodes, ..state }
    }
}
