//! What a run costs, before it starts: memory and time from shapes alone.

use super::model::Model;
use super::options::Options;
use crate::core::error::Error;
use crate::numeric::workers::Workers;

/// The cost model of a run: memory and time from shapes alone.
pub(super) struct Cost {
    nodes: f64,
    arcs: f64,
    input: f64,
    hidden: f64,
    width: f64,
    layers: f64,
    per_arc: f64,
    relations: f64,
    parameters: f64,
}

impl Cost {
    pub(super) fn new(options: &Options, nodes: u64, edges: u64, input: u64, edge_width: u64, relations: u64) -> Self {
        let (nodes, arcs) = (nodes as f64, 2.0 * edges as f64);
        let hidden = options.hidden_width() as f64;
        let per_arc = match options.model {
            Model::Mpnn | Model::Egnn => 3.0 * hidden,
            Model::Ecc => 24.0,
            Model::Gat | Model::Hgt => 4.0 * options.heads as f64,
            Model::GraphNet => 2.0 * hidden,
            _ => 0.0,
        };
        let learned =
            if options.features.is_empty() || options.model == Model::LightGcn { nodes * hidden } else { 0.0 };
        Cost {
            nodes,
            arcs,
            input: input as f64,
            hidden,
            width: options.width() as f64,
            layers: options.layers as f64,
            per_arc: per_arc + edge_width as f64 / 2.0,
            relations: relations as f64,
            parameters: learned,
        }
    }

    /// Bytes of features, of the states of each layer forward and backward, of arcs in rows by target and by source, and of Adam.
    pub(super) fn bytes(&self) -> u64 {
        let states = self.nodes * (2.0 * self.input + self.hidden * (3.0 * self.layers + 1.0) + 3.0 * self.width);
        let arcs = self.arcs * (44.0 / 4.0 + self.per_arc);
        let bytes = 4.0 * (states + arcs + 4.0 * self.parameters);
        if bytes.is_finite() { bytes as u64 } else { u64::MAX }
    }

    /// Seconds of one epoch on one thread.
    pub(super) fn seconds_per_epoch(&self) -> f64 {
        let dense = self.nodes * self.hidden * (2.0 * self.input + 2.0 * self.hidden * self.layers);
        let sparse = self.arcs * self.hidden * self.layers.max(1.0) * (1.0 + self.relations.min(2.0));
        (dense * 6.0 / 60.0 + sparse * 3.0 / 4.0 + self.arcs * self.per_arc) * 1e-9
    }
}

/// Refuses a run that would need more memory than there is.
pub(super) fn reserve(workers: &Workers<'_>, cost: &Cost, options: &Options) -> Result<(), Error> {
    workers.context().reserve(cost.bytes(), |_| {
        let (width, hidden) = (options.width(), options.hidden_width());
        format!("lower dimensions from {width} or hiddenDimensions from {hidden}, or name fewer features")
    })
}
