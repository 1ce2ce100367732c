//! A trained model as bytes: everything that applying it to another graph needs.

use super::input::WithoutFeatures;
use super::items::Kind;
use super::network::NetworkShape;
use super::options::Options;
use super::parameters::Parameters;
use super::target::Class;
use crate::algorithm::input::PropertySelection;
use crate::algorithm::output::Scalar;
use crate::core::error::Error;
use crate::core::model::{ModelDescription, pack_model, unpack_model};
use crate::core::parameters::Choice;
use crate::learning::features::Encoders;

/// Version of the format: a new number for every change of the fields below.
const VERSION: u8 = 3;

/// A trained model.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct SavedModel {
    version: u8,
    pub(super) shape: NetworkShape,
    pub(super) parameters: Parameters,
    pub(super) node_encoders: Encoders,
    pub(super) edge_encoders: Option<Encoders>,
    /// Names of node types, in the order of the network's.
    pub(super) node_types: Vec<String>,
    /// Names of edge labels, likewise; empty where all arcs are of one relation.
    pub(super) edge_labels: Vec<String>,
    pub(super) typed: bool,
    pub(super) classes: Vec<Class>,
    /// Mean and spread of a predicted number.
    pub(super) scale: Option<(f64, f64)>,
    /// Whether nodes of each type have predictions; empty without a target.
    pub(super) predicted: Vec<bool>,
    /// What is predicted.
    pub(super) about: About,
    pub(super) without_features: WithoutFeatures,
    pub(super) normalize: bool,
}

/// What a model predicts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum About {
    /// Nodes, or nothing.
    Nodes,
    /// Graphs.
    Graphs {
        /// The property that says which graph a node belongs to.
        group_by: String,
    },
    /// Edges.
    Edges {
        /// Those of these labels.
        labels: Vec<String>,
    },
}

impl About {
    /// What the predictions are of.
    pub(super) fn kind(&self) -> Kind {
        match self {
            About::Nodes => Kind::Nodes,
            About::Graphs { .. } => Kind::Graphs,
            About::Edges { .. } => Kind::Edges,
        }
    }
}

impl SavedModel {
    /// Reads the bytes of a model.
    pub fn read(bytes: &[u8]) -> Result<SavedModel, Error> {
        let (description, body) = unpack_model(bytes)?;
        if description.algorithm != "gnn_embed" {
            return Err(Error::BadModel(format!("algo.{} trained it, not algo.gnn_embed", description.algorithm)));
        }
        if body.first() != Some(&VERSION) {
            return Err(Error::BadModel("another version of this program trained it; train it again".to_owned()));
        }
        postcard::from_bytes(body).map_err(|error| Error::BadModel(error.to_string()))
    }

    /// The properties of nodes and of edges that it reads.
    pub fn selections(&self) -> (PropertySelection, PropertySelection) {
        let edges = self.edge_encoders.as_ref().map(|encoders| encoders.selection());
        let group_by = match &self.about {
            About::Graphs { group_by } => Some(group_by.as_str()),
            _ => None,
        };
        (self.node_encoders.selection().require(group_by), edges.unwrap_or_default())
    }

    /// The bytes of this model, after its description.
    pub fn write(&self, description: &ModelDescription) -> Result<Vec<u8>, Error> {
        let body = postcard::to_allocvec(self).map_err(|error| Error::BadModel(error.to_string()))?;
        Ok(pack_model(description, &body))
    }

    #[expect(clippy::too_many_arguments, reason = "a model's parts, each once")]
    pub(super) fn new(
        shape: NetworkShape,
        parameters: Parameters,
        node_encoders: Encoders,
        edge_encoders: Option<Encoders>,
        node_types: Vec<String>,
        edge_labels: Vec<String>,
        typed: bool,
        classes: Vec<Class>,
        scale: Option<(f64, f64)>,
        predicted: Vec<bool>,
        about: About,
        options: &Options,
    ) -> Self {
        SavedModel {
            version: VERSION,
            shape,
            parameters,
            node_encoders,
            edge_encoders,
            node_types,
            edge_labels,
            typed,
            classes,
            scale,
            predicted,
            about,
            without_features: options.without_features,
            normalize: options.normalize,
        }
    }

    /// The model's description: parameters, features, scores.
    pub(super) fn describe(&self, options: &Options, stats: &[(&'static str, Scalar)]) -> ModelDescription {
        let shape = &self.shape;
        let text = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
        let mut parameters = vec![
            text("model", &shape.layer.model.name()),
            text("task", &options.task().name()),
            text("loss", &options.loss().name()),
            text("dimensions", &shape.dimensions),
            text("layers", &shape.layers),
            text("hiddenDimensions", &shape.hidden),
            text("epochs", &options.epochs),
            text("patience", &options.patience),
            text("learningRate", &options.rate),
            text("weightDecay", &options.decay),
            text("dropout", &options.dropout),
            text("normalize", &options.normalize),
            text("seed", &(options.seed as i64)),
            text("nodeTypes", &self.node_types.join(", ")),
            text("numbers", &self.parameters.count()),
        ];
        if let Some(target) = &options.target {
            parameters.push(text("target", target));
        }
        if let Some(group_by) = &options.group_by {
            parameters.push(text("groupBy", group_by));
            parameters.push(text("readout", &options.readout.word()));
        }
        if let Some(target) = &options.target_edge {
            parameters.push(text("targetEdge", target));
        }
        let score = |(name, value): &(&'static str, Scalar)| match value {
            Scalar::Float(value) => Some(((*name).to_owned(), *value)),
            _ => None,
        };
        let mut features = self.node_encoders.summary("node");
        features.extend(self.edge_encoders.iter().flat_map(|encoders| encoders.summary("edge")));
        ModelDescription {
            algorithm: "gnn_embed".to_owned(),
            parameters,
            features,
            scores: stats.iter().filter_map(score).collect(),
        }
    }
}
