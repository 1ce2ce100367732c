//! GraphSAGE: Hamilton, Ying and Leskovec, Inductive representation learning on large graphs, NIPS 2017.
//!
//! `h'(v) = [h(v) | AGG of h(u) over u in N(v)] W`: the concatenation times W is computed as `h(v) W_self + AGG
//! W_neigh`. Aggregators: mean and sum (weighted, if edges have weights), max of `relu(h(u) W_pool + b)`, and an LSTM
//! over at most [`LSTM_NEIGHBOURS`] neighbours in the order of their arcs. With several relations each has its own
//! `W_neigh`.

use super::gcn::first_sum;
use super::{Aggregator, Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::relation::Relation;
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

/// Most neighbours that the LSTM reads: longer sequences cost time and improve little.
pub(crate) const LSTM_NEIGHBOURS: usize = 25;

pub(super) struct Sage {
    aggregator: Aggregator,
    own: Own,
    weight: Parameter,
    bias: Parameter,
    typed: bool,
    outputs: usize,
    /// Weight and bias before the maximum.
    pool: Option<(Parameter, Parameter)>,
    /// Weights of input and state, and bias, of the four gates side by side.
    lstm: Option<(Parameter, Parameter, Parameter)>,
}

impl Sage {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        let pool = (shape.aggregator == Aggregator::Max).then(|| {
            let weight = p.glorot(format!("{name}.pool.weight"), inputs, inputs);
            (weight, p.constant(format!("{name}.pool.bias"), 1, inputs, 0.0))
        });
        let lstm = (shape.aggregator == Aggregator::Lstm).then(|| {
            let input = p.glorot(format!("{name}.lstm.input"), inputs, 4 * inputs);
            let state = p.glorot(format!("{name}.lstm.state"), inputs, 4 * inputs);
            (input, state, p.constant(format!("{name}.lstm.bias"), 1, 4 * inputs, 0.0))
        });
        let weight = match shape.typed() {
            true => p.glorot_stack(format!("{name}.neighbours.weight"), shape.relations, inputs, outputs),
            false => p.glorot(format!("{name}.neighbours.weight"), inputs, outputs),
        };
        Sage {
            aggregator: shape.aggregator,
            own: Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p),
            weight,
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
            typed: shape.typed(),
            outputs,
            pool,
            lstm,
        }
    }

    fn aggregate<'g>(&self, tape: &mut Tape<'g>, p: &[Var], relation: &'g Relation, x: Var) -> Var {
        match (self.aggregator, self.pool, self.lstm) {
            (Aggregator::Max, Some((weight, bias)), _) => {
                let pooled = tape.linear(&[(x, p[weight])], Some(p[bias]), Activation::Relu);
                tape.aggregate_max(relation, pooled)
            }
            (Aggregator::Lstm, _, Some(gates)) => lstm(tape, p, gates, relation, x),
            (Aggregator::Sum, ..) => tape.aggregate(relation, Coefficient::Weight, x),
            _ => tape.aggregate(relation, Coefficient::Mean, x),
        }
    }

    /// Whether the linear map may come before the aggregation.
    fn is_linear(&self) -> bool {
        matches!(self.aggregator, Aggregator::Mean | Aggregator::Sum)
    }
}

/// The last state of a long short-term memory (Hochreiter and Schmidhuber, 1997) over each target's sources.
fn lstm<'g>(
    tape: &mut Tape<'g>,
    p: &[Var],
    (input, recurrent, bias): (Parameter, Parameter, Parameter),
    relation: &'g Relation,
    x: Var,
) -> Var {
    let width = tape.shape(x).1;
    let sequences = relation.sequences(LSTM_NEIGHBOURS);
    let mut memory: Option<(Var, Var)> = None;
    let mut ended = Vec::new();
    for (step, rows) in sequences.steps.iter().enumerate() {
        let x = tape.gather(&[(x, rows)]);
        let count = rows.len();
        let before = memory.map(|(state, cell)| (tape.first_rows(state, count), tape.first_rows(cell, count)));
        let mut pairs = vec![(x, p[input])];
        pairs.extend(before.map(|(state, _)| (state, p[recurrent])));
        let gates = tape.linear(&pairs, Some(p[bias]), Activation::Identity);
        let mut gate = |place: usize, activation| {
            let part = tape.slice_cols(gates, place * width..(place + 1) * width);
            tape.activate(part, activation)
        };
        let (write, keep) = (gate(0, Activation::Sigmoid), gate(1, Activation::Sigmoid));
        let (show, new) = (gate(2, Activation::Sigmoid), gate(3, Activation::Tanh));
        let written = tape.mul(write, new);
        let cell = match before {
            None => written,
            Some((_, cell)) => {
                let kept = tape.mul(keep, cell);
                tape.add(kept, written)
            }
        };
        let shown = tape.activate(cell, Activation::Tanh);
        let state = tape.mul(show, shown);
        ended.push(tape.gather(&[(state, &sequences.ended[step])]));
        memory = Some((state, cell));
    }
    if ended.is_empty() {
        let zeros = tape.workers().zeros(relation.targets(), width);
        return tape.constant_owned(zeros);
    }
    ended.reverse();
    let all = tape.concat_rows(&ended);
    tape.gather(&[(all, &sequences.back)])
}

impl Layer for Sage {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let x = state.nodes;
        let narrowing = self.is_linear() && self.outputs < tape.shape(x).1;
        let nodes = if self.typed {
            let by = block.by_relation();
            let summed = self.aggregate(tape, p, &by.pairs, x);
            let mapped = tape.grouped_linear(summed, p[self.weight], &by.starts, self.outputs);
            let merged = tape.aggregate(&by.merge, Coefficient::Weight, mapped);
            let own = self.own.forward(tape, p, block, x, true);
            let all = tape.add(merged, own);
            finish(tape, all, p[self.bias], activation)
        } else if self.is_linear() && tape.is_constant(x) && !block.is_sampled() {
            let summed = first_sum(tape, block, |tape| self.aggregate(tape, p, block.merged(), x));
            self.both(tape, p, block, x, summed, activation)
        } else if narrowing {
            let mapped = tape.matmul(x, p[self.weight]);
            let summed = self.aggregate(tape, p, block.merged(), mapped);
            let own = self.own.forward(tape, p, block, x, true);
            let all = tape.add(summed, own);
            finish(tape, all, p[self.bias], activation)
        } else {
            let summed = self.aggregate(tape, p, block.merged(), x);
            self.both(tape, p, block, x, summed, activation)
        };
        LayerState { nodes, ..state }
    }
}

impl Sage {
    /// `activation([x | summed] W + b)`.
    fn both<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        x: Var,
        summed: Var,
        activation: Activation,
    ) -> Var {
        let x = tape.first_rows(x, block.targets);
        if self.own.types <= 1 {
            let pairs = [(x, p[self.own.weight]), (summed, p[self.weight])];
            return tape.linear(&pairs, Some(p[self.bias]), activation);
        }
        let own = self.own.forward(tape, p, block, x, true);
        let neighbours = tape.matmul(summed, p[self.weight]);
        let all = tape.add(own, neighbours);
        finish(tape, all, p[self.bias], activation)
    }
}
