//! The layers: how a node's new state comes from its own and its neighbours'.
//!
//! Each file is one model and says which paper defines it. A layer takes the states of a block's sources and gives
//! those of its targets. In a graph of one relation the paper's formula holds as it stands; with several relations
//! each has weights of its own and their results are summed (Schlichtkrull et al., ESWC 2018), or, where messages are
//! computed arc by arc, the relation is a learned term of the message.

mod ecc;
mod edge;
mod gat;
mod gcn;
mod gin;
mod graphnet;
mod hgt;
mod mpnn;
mod rgcn;
mod sage;

pub(super) use gcn::first_sum;

use super::block::Block;
use super::parameters::{Parameter, Parameters};
use super::tape::{Activation, Tape, Var};
use crate::core::parameters::Choice;

crate::choices! {
    /// Which model.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Model {
        /// Graph convolution.
        Gcn = "gcn",
        /// Sample and aggregate.
        GraphSage = "graphsage",
        /// Attention.
        Gat = "gat",
        /// Message passing with a gated update.
        Mpnn = "mpnn",
        /// GraphSAGE with edge features.
        Egnn = "egnn",
        /// Edge-conditioned convolution.
        Ecc = "ecc",
        /// Node, edge and global states in turn.
        GraphNet = "graphnet",
        /// Relational graph convolution.
        Rgcn = "rgcn",
        /// Heterogeneous graph transformer.
        Hgt = "hgt",
        /// Propagated identities.
        LightGcn = "lightgcn",
        /// Propagated features.
        Sgc = "sgc",
        /// Sums of neighbours, which tell apart what can be told apart by passing messages.
        Gin = "gin",
    }
}

impl Model {
    /// Its name in a call.
    pub fn name(self) -> &'static str {
        self.word()
    }
}

crate::choices! {
    /// How GraphSAGE summarises neighbours.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Aggregator {
        /// Their mean.
        Mean = "mean",
        /// The largest of their transformed states, entry by entry.
        Max = "max",
        /// Their sum.
        Sum = "sum",
        /// The last state of an LSTM over them.
        Lstm = "lstm",
    }
}

crate::choices! {
    /// How gin normalises states.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Norm {
        /// Each number over the nodes of a batch.
        Batch = "batch",
        /// The numbers of each node.
        Layer = "layer",
        /// Not at all.
        None = "none",
    }
}

/// Hyperparameters that determine the shape of a layer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LayerShape {
    /// Which model.
    pub model: Model,
    /// Aggregator of GraphSAGE.
    pub aggregator: Aggregator,
    /// Heads of attention.
    pub heads: usize,
    /// Whether MPNN updates by a gated recurrent unit rather than two layers.
    pub gru: bool,
    /// Bases of R-GCN; 0 = a matrix for each relation.
    pub bases: usize,
    /// How GIN normalises.
    pub norm: Norm,
    /// Relations of the graph.
    pub relations: usize,
    /// Node types of the graph.
    pub types: usize,
    /// Numbers of an edge's features, 0 without.
    pub edge_width: usize,
}

impl LayerShape {
    pub fn typed(&self) -> bool {
        self.relations > 1
    }
}

/// The states that pass from layer to layer.
#[derive(Debug, Clone, Copy)]
pub struct LayerState {
    /// Nodes x width.
    pub nodes: Var,
    /// Edges x width: features, or states in graph networks.
    pub edges: Option<Var>,
    /// 1 x width: the state of the whole graph, in graph networks.
    pub global: Option<Var>,
}

/// One layer.
pub trait Layer: Send + Sync {
    /// The states of the block's targets from those of its sources. `p` = the parameters on the tape.
    fn forward<'g>(
        &self,
        tape: &mut Tape<'g>,
        p: &[Var],
        block: &'g Block,
        state: LayerState,
        activation: Activation,
    ) -> LayerState;
}

/// A layer from `inputs` to `outputs` numbers a node; `name` prefixes its parameters.
pub fn layer(
    shape: &LayerShape,
    name: &str,
    inputs: usize,
    outputs: usize,
    parameters: &mut Parameters,
) -> Option<Box<dyn Layer>> {
    Some(match shape.model {
        Model::Gcn => Box::new(gcn::Gcn::new(shape, name, inputs, outputs, parameters)),
        Model::GraphSage => Box::new(sage::Sage::new(shape, name, inputs, outputs, parameters)),
        Model::Gat => Box::new(gat::Gat::new(shape, name, inputs, outputs, parameters)),
        Model::Mpnn => Box::new(mpnn::Mpnn::new(shape, name, inputs, outputs, parameters)),
        Model::Egnn => Box::new(edge::EdgeSage::new(shape, name, inputs, outputs, parameters)),
        Model::Ecc => Box::new(ecc::Ecc::new(shape, name, inputs, outputs, parameters)),
        Model::GraphNet => Box::new(graphnet::GraphNet::new(shape, name, inputs, outputs, parameters)),
        Model::Rgcn => Box::new(rgcn::Rgcn::new(shape, name, inputs, outputs, parameters)),
        Model::Gin => Box::new(gin::Gin::new(shape, name, inputs, outputs, parameters)),
        Model::Hgt => Box::new(hgt::Hgt::new(shape, name, inputs, outputs, parameters)),
        Model::LightGcn | Model::Sgc => return None,
    })
}

/// A last layer of [`Model::Gcn`] that only passes messages, filled up to `outputs` columns.
pub fn propagation(outputs: usize) -> Box<dyn Layer> {
    Box::new(gcn::Propagation { outputs })
}

/// A linear map of a node's own state: one for all nodes, or one for each node type.
struct Own {
    weight: Parameter,
    types: usize,
    outputs: usize,
}

impl Own {
    fn new(types: usize, name: &str, inputs: usize, outputs: usize, parameters: &mut Parameters) -> Self {
        let weight = if types > 1 {
            parameters.glorot_stack(format!("{name}.weight"), types, inputs, outputs)
        } else {
            parameters.glorot(format!("{name}.weight"), inputs, outputs)
        };
        Own { weight, types, outputs }
    }

    /// The map of the block's targets, or of all its sources.
    fn forward<'g>(&self, tape: &mut Tape<'g>, p: &[Var], block: &'g Block, x: Var, targets: bool) -> Var {
        let (groups, x) =
            if targets { (&block.target_types, tape.first_rows(x, block.targets)) } else { (&block.source_types, x) };
        if self.types <= 1 {
            return tape.matmul(x, p[self.weight]);
        }
        let sorted = tape.gather(&[(x, &groups.order)]);
        let mapped = tape.grouped_linear(sorted, p[self.weight], &groups.starts, self.outputs);
        tape.gather(&[(mapped, &groups.back)])
    }
}

/// Adds a bias and applies the activation.
fn finish(tape: &mut Tape<'_>, x: Var, bias: Var, activation: Activation) -> Var {
    let biased = tape.add_row(x, bias);
    tape.activate(biased, activation)
}
