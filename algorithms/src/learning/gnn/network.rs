//! A network: inputs, layers, and a head that predicts.

use ndarray::Array2;

use super::block::Block;
use super::head::{Head, HeadShape, Predicted};
use super::input::{GroupShape, InputData, InputLayer};
use super::items::Items;
use super::model::{Layer, LayerShape, LayerState, Model, first_sum, layer, propagation};
use super::parameters::{Parameter, Parameters};
use super::relation::RowIndex;
use super::tape::{Activation, Coefficient, Tape, Var};

/// Hyperparameters that determine the shape of a network; part of a saved model.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NetworkShape {
    /// The layers' shape.
    pub layer: LayerShape,
    /// Number of layers.
    pub layers: usize,
    /// Width between layers.
    pub hidden: usize,
    /// Width of the result.
    pub dimensions: usize,
    /// The inputs, by node type.
    pub groups: Vec<GroupShape>,
    /// Numbers that are predicted of a node, graph or edge: classes, or one; 0 = none.
    pub predicted: usize,
    /// What they are predicted of.
    pub head: HeadShape,
    /// Whether there is the bilinear matrix of the infomax objective.
    pub infomax: bool,
}

impl NetworkShape {
    /// Whether the last layer only passes messages, so that the head is its linear map. A map of the layer's own before
    /// that of the head would be a product of two matrices, which gradient descent fits faster than one: with few labelled
    /// nodes it costs some points of accuracy. Kipf and Welling's network has one. Of a layer that maps the states to fewer
    /// numbers there is no other way.
    fn head_maps_last(&self) -> bool {
        let layer = &self.layer;
        layer.model == Model::Gcn
            && self.head == HeadShape::Nodes
            && !layer.typed()
            && self.predicted > 0
            && self.layers > 1
            && self.hidden <= self.dimensions
    }
}

/// Layers and where their parameters are.
pub struct Network {
    shape: NetworkShape,
    input: InputLayer,
    layers: Vec<Box<dyn Layer>>,
    head: Option<Head>,
    infomax: Option<Parameter>,
    /// Random projection of propagated features to another width; not learned.
    projection: Option<Parameter>,
}

/// The inputs of a forward pass.
#[derive(Clone, Copy)]
pub struct Pass<'g> {
    /// The features of the first block's sources.
    pub data: &'g InputData,
    /// A block for each layer, or one for all.
    pub blocks: &'g [Block],
    /// Features of edges.
    pub edges: Option<&'g Array2<f32>>,
    /// What predictions are of.
    pub items: &'g Items,
    /// Permutation of the nodes' features (the corruption of the infomax objective).
    pub shuffle: Option<&'g RowIndex>,
}

impl Network {
    /// The network of this shape, and its parameters as drawn by `seed`.
    pub fn new(shape: NetworkShape, seed: u64) -> (Network, Parameters) {
        let mut parameters = Parameters::new(seed);
        let plain = shape.layer.model == Model::Sgc;
        let hidden = if shape.layer.model == Model::LightGcn { shape.dimensions } else { shape.hidden };
        let input = InputLayer::new(&shape.groups, hidden, plain, &mut parameters);
        let mut layers = Vec::new();
        let mut layer_shape = shape.layer.clone();
        let mut width = input.width();
        for position in 0..shape.layers {
            let last = position + 1 == shape.layers;
            let outputs = if last { shape.dimensions } else { shape.hidden };
            if last && shape.head_maps_last() {
                layers.push(propagation(outputs));
            } else if let Some(layer) =
                layer(&layer_shape, &format!("layer{position}"), width, outputs, &mut parameters)
            {
                layers.push(layer);
            }
            width = outputs;
            if layer_shape.model == Model::GraphNet {
                // Edges have states from here on.
                layer_shape.edge_width = outputs;
            }
        }
        let head = (shape.predicted > 0).then(|| {
            let narrow = if shape.head_maps_last() { shape.hidden } else { shape.dimensions };
            Head::new(shape.head, shape.dimensions, narrow, shape.hidden, shape.predicted, &mut parameters)
        });
        let infomax = shape.infomax.then(|| parameters.glorot("infomax.weight", shape.dimensions, shape.dimensions));
        let projection = (plain && input.width() != shape.dimensions).then(|| {
            parameters.uniform("projection", input.width(), shape.dimensions, (3.0 / shape.dimensions as f64).sqrt())
        });
        (Network { shape, input, layers, head, infomax, projection }, parameters)
    }

    /// The states after the last layer: of its block's targets.
    pub fn forward<'g>(&self, tape: &mut Tape<'g>, p: &[Var], pass: Pass<'g>) -> LayerState {
        if self.shape.layer.model == Model::Sgc {
            let nodes = self.propagate_features(tape, p, pass);
            return LayerState { nodes, edges: None, global: None };
        }
        let mut nodes = self.input.forward(tape, p, pass.data, false);
        if let Some(shuffle) = pass.shuffle {
            nodes = tape.gather(&[(nodes, shuffle)]);
        }
        let edges = pass.edges.map(|edges| tape.constant(edges));
        let mut state = LayerState { nodes, edges, global: None };
        if self.shape.layer.model == Model::LightGcn {
            state.nodes = self.propagate(tape, &pass.blocks[0], state.nodes);
            return state;
        }
        for (position, layer) in self.layers.iter().enumerate() {
            let block = pass.blocks.get(position).unwrap_or(&pass.blocks[0]);
            let last = position + 1 == self.layers.len();
            let activation = match (last, self.shape.layer.model) {
                (true, Model::Gin) if self.shape.head != HeadShape::Nodes => Activation::Relu,
                (true, _) => Activation::Identity,
                (false, Model::Gat) => Activation::Elu,
                _ => Activation::Relu,
            };
            // Batch normalisation does without; the head of a graph drops entries.
            if self.shape.layer.model != Model::Gin {
                state.nodes = tape.dropout(state.nodes);
            }
            state = layer.forward(tape, p, block, state, activation);
        }
        if self.shape.infomax {
            state.nodes = tape.activate(state.nodes, Activation::LeakyRelu(0.25));
        }
        state
    }

    /// The mean of the vectors themselves and of their sums over 1, 2, .. steps, symmetrically normalised (He et al.,
    /// LightGCN, SIGIR 2020).
    fn propagate<'g>(&self, tape: &mut Tape<'g>, block: &'g Block, x: Var) -> Var {
        let (mut sum, mut x) = (x, x);
        for _ in 0..self.shape.layers {
            x = tape.aggregate(block.merged(), Coefficient::Arcs(block.normalized_without_loops(), None), x);
            sum = tape.add(sum, x);
        }
        tape.affine(sum, 1.0 / (self.shape.layers as f32 + 1.0), 0.0)
    }

    /// Features summed over `layers` steps with symmetric normalisation and loops, nothing learned (Wu et al.,
    /// Simplifying graph convolutional networks, ICML 2019); computed once for the whole run. A result of another width
    /// than the features' is a random projection of them.
    fn propagate_features<'g>(&self, tape: &mut Tape<'g>, p: &[Var], pass: Pass<'g>) -> Var {
        let block = &pass.blocks[0];
        first_sum(tape, block, |tape| {
            let features = self.input.forward(tape, p, pass.data, true);
            let matrix = tape.take(features);
            let mut x = tape.constant_owned(matrix);
            let factors = block.normalized();
            for _ in 0..self.shape.layers {
                x = tape.aggregate(block.merged(), Coefficient::Arcs(&factors.arcs, Some(&factors.own)), x);
            }
            if let Some(projection) = self.projection {
                let projected = tape.matmul(x, p[projection]);
                let matrix = tape.take(projected);
                x = tape.constant_owned(matrix);
            }
            x
        })
    }

    /// Scores of classes, or the predicted number, of the items from the states of nodes; `None` without a target.
    pub fn predict<'g>(&self, tape: &mut Tape<'g>, p: &[Var], states: Var, items: &'g Items) -> Option<Predicted> {
        Some(self.head.as_ref()?.forward(tape, p, states, items, !self.shape.head_maps_last()))
    }

    /// The discriminator of the infomax objective: `states W s`, where `s` is the sigmoid of the mean row of `of`.
    pub fn infomax_scores(&self, tape: &mut Tape<'_>, p: &[Var], states: Var, of: Var) -> Option<Var> {
        let weight = self.infomax?;
        let mean = tape.mean_rows(of);
        let summary = tape.activate(mean, Activation::Sigmoid);
        let mapped = tape.matmul(summary, p[weight]);
        let column = tape.row_to_column(mapped);
        Some(tape.matmul(states, column))
    }
}
