//! Edge-conditioned convolution: Simonovsky and Komodakis, Dynamic edge-conditioned filters, CVPR 2017.
//!
//! `h'(v) = h(v) W + mean over u of h(u) Theta(e) + b`, where the filter `Theta(e)` is a network of one hidden layer
//! over the edge's features: `Theta(e) = Theta_0 + sum over k of phi_k(e) Theta_k` with `phi = relu(e F + b_r)`. So the
//! mean over u may be taken for each k before its matrix is applied, and no filter is ever written out for an edge.

use super::{Layer, LayerShape, LayerState, Own, finish};
use crate::learning::gnn::block::Block;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::tape::{Activation, Coefficient, Tape, Var};

/// Hidden units of the network that makes filters.
const FILTERS: usize = 8;

pub(super) struct Ecc {
    own: Own,
    edge: Option<Parameter>,
    relation: Parameter,
    base: Parameter,
    filters: Parameter,
    bias: Parameter,
}

impl Ecc {
    pub(super) fn new(shape: &LayerShape, name: &str, inputs: usize, outputs: usize, p: &mut Parameters) -> Self {
        Ecc {
            own: Own::new(shape.types, &format!("{name}.self"), inputs, outputs, p),
            edge: (shape.edge_width > 0).then(|| p.glorot(format!("{name}.filter.edge"), shape.edge_width, FILTERS)),
            relation: p.uniform(format!("{name}.filter.relation"), shape.relations, FILTERS, 0.5),
            base: p.glorot(format!("{name}.filter.base"), inputs, outputs),
            filters: p.glorot(format!("{name}.filter.out"), FILTERS * inputs, outputs),
            bias: p.constant(format!("{name}.bias"), 1, outputs, 0.0),
        }
    }
}

impl Layer for Ecc {
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState {
        let relation = block.merged();
        let mut parts = vec![(p[self.relation], block.arc_relations())];
        if let Some((edge, edges)) = self.edge.zip(state.edges) {
            parts.push((tape.matmul(edges, p[edge]), &relation.edge));
        }
        let units = tape.gather(&parts);
        let units = tape.activate(units, Activation::Relu);
        let units = match &relation.weights {
            Some(weights) => tape.scale_rows_by(units, weights),
            None => units,
        };
        let summed = tape.aggregate_heads(relation, units, state.nodes, true);
        let filtered = tape.scale_rows_by(summed, relation.inverse_degrees());
        let mean = tape.aggregate(relation, Coefficient::Mean, state.nodes);
        let pairs = [(filtered, p[self.filters]), (mean, p[self.base])];
        let neighbours = tape.linear(&pairs, None, Activation::Identity);
        let own = self.own.forward(tape, p, block, state.nodes, true);
        let all = tape.add(own, neighbours);
        LayerState { nodes: finish(tape, all, p[self.bias], activation), ..state }
    }
}
