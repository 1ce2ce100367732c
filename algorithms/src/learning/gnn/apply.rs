//! A saved model applied to a graph: no training.

use std::sync::Arc;

use ndarray::Array2;

use super::columns::{Shown, check_states, empty};
use super::input::InputData;
use super::items::{Examples, Items};
use super::messages::MessageGraph;
use super::model::Model;
use super::network::Network;
use super::options::{Options, unfit};
use super::parameters::Parameters;
use super::prepare::{self, Until, VisibleGraph};
use super::saved::{About, SavedModel};
use super::train::{self, FinalStates, GraphData};
use crate::algorithm::output::{Output, Scalar};
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::property::{Property, PropertyGraph};
use crate::learning::features::Groups;
use crate::numeric::workers::Workers;

/// A saved model and the graph that it is applied to.
pub(super) struct Applied<'a> {
    /// What is seen of the graph.
    pub view: VisibleGraph<'a>,
    /// Whether each edge carries messages.
    pub kept: Vec<bool>,
    /// What is predicted.
    pub examples: Examples,
    model: &'a SavedModel,
}

impl<'a> Applied<'a> {
    /// Refuses a model that is bound to the nodes it was trained on.
    pub fn new(graph: &'a PropertyGraph, model: &'a SavedModel, until: Option<Until<'_>>) -> Result<Self, Error> {
        if let Some(group) = model.shape.groups.iter().find(|group| group.ids > 0) {
            return Err(unfit(format!(
                "the model learned a vector for each node of the type {:?}, which has no features, so it cannot be applied to \
                 a graph; train one with withoutFeatures: \"degree\"",
                group.name
            )));
        }
        let view = VisibleGraph::new(graph, until)?;
        let (examples, kept) = examples(&view, model)?;
        Ok(Applied { view, kept, examples, model })
    }

    /// The states after the last layer, with these properties of nodes, and messages along these edges.
    pub fn states(&self, workers: &Workers<'_>, columns: &[Property], kept: &[bool]) -> Result<FinalStates, Error> {
        let Applied { view, examples, model, .. } = self;
        let graph = view.graph;
        let messages = known_messages(view, kept, model)?;
        let type_names: Vec<Arc<str>> = model.node_types.iter().map(|name| name.as_str().into()).collect();
        let groups = Groups { names: &type_names, of_row: &messages.types };
        prepare::check_finite(&model.node_encoders, columns, "node")?;
        let encoded = model.node_encoders.encode(columns, groups)?;
        let data = InputData::new(encoded, &messages.degrees, model.without_features);
        let edges = match &model.edge_encoders {
            Some(encoders) => {
                prepare::check_finite(encoders, &view.edge_columns, "edge")?;
                prepare::edge_matrix(encoders, &view.edge_columns, kept)?
            }
            None => None,
        };
        let network = fitting_network(model, &data)?;
        let ends = (&graph.from[..], &graph.to[..]);
        let items = Items::new(examples, graph.node_count(), ends, kept, edges.as_ref());
        let graph_data = GraphData::new(data, edges, messages, items, model.shape.layer.model == Model::GraphNet);
        let states = train::infer(workers, &network, &model.parameters, &graph_data)?;
        check_states(&states)?;
        Ok(states)
    }
}

/// The embeddings of a graph by a saved model.
pub(super) fn apply(
    workers: &Workers<'_>,
    graph: &PropertyGraph,
    model: &SavedModel,
    named: Option<&[NodeIndex]>,
    options: &Options,
) -> Result<Output, Error> {
    if graph.node_count() == 0 {
        return Ok(empty(options));
    }
    let applied = Applied::new(graph, model, Until::new(options))?;
    let states = applied.states(workers, &applied.view.node_columns, &applied.kept)?;
    let int = |value: usize| Scalar::Int(value as i64);
    let stats = vec![
        ("nodeCount", int(graph.node_count())),
        ("dimensions", int(model.shape.dimensions)),
        ("model", Scalar::String(model.shape.layer.model.name().to_owned())),
        ("parameters", int(model.parameters.count())),
        ("epochsRun", int(0)),
    ];
    let options = Options { normalize: model.normalize, ..options.clone() };
    let predicted = predicted_types(graph, model);
    let shown = Shown {
        graph,
        kept: &applied.kept,
        classes: &model.classes,
        scale: model.scale,
        predicted: &predicted,
        examples: &applied.examples,
        named,
    };
    let mut output = shown.columns(workers, states, &options)?;
    output.stats = stats;
    Ok(output)
}

/// Whether nodes of each type of the graph have predictions; empty without a target.
pub(super) fn predicted_types(graph: &PropertyGraph, model: &SavedModel) -> Vec<bool> {
    let known = &model.predicted;
    // By the graph's own numbers of node types.
    let number = |name: &Arc<str>| model.node_types.iter().position(|known| **known == **name);
    let is_predicted = |name| number(name).is_some_and(|number| known.get(number).is_some_and(|&predicted| predicted));
    match known.is_empty() {
        true => Vec::new(),
        false => graph.node_types.iter().map(is_predicted).collect(),
    }
}

/// What the model predicts in this graph, and which edges carry messages.
fn examples(view: &VisibleGraph<'_>, model: &SavedModel) -> Result<(Examples, Vec<bool>), Error> {
    match &model.about {
        About::Nodes => Ok((Examples::Nodes, view.edges.clone())),
        About::Graphs { group_by } => {
            let groups = Examples::graphs(view, group_by)?;
            let kept = Examples::within(&groups, view);
            Ok((Examples::Graphs(groups), kept))
        }
        About::Edges { labels } => {
            let known: Vec<bool> =
                view.graph.edge_labels.iter().map(|name| labels.contains(&name.to_string())).collect();
            Ok((Examples::Edges(Examples::edges(view, &known)), view.edges.clone()))
        }
    }
}

/// The model's number of each of these names.
fn numbers(known: &[String], names: &[Arc<str>], what: &str) -> Result<Vec<u32>, Error> {
    let number = |name: &Arc<str>| {
        known.iter().position(|known| **known == **name).map(|place| place as u32).ok_or_else(|| {
            unfit(format!("the model never saw the {what} {:?}; it knows {}", &**name, known.join(", ")))
        })
    };
    names.iter().map(number).collect()
}

/// The graph that messages are passed on, with types and labels as the model numbers them.
fn known_messages(view: &VisibleGraph<'_>, kept: &[bool], model: &SavedModel) -> Result<MessageGraph, Error> {
    let graph = view.graph;
    let types = numbers(&model.node_types, &graph.node_types, "node type")?;
    let labels = match model.typed {
        true => numbers(&model.edge_labels, &graph.edge_labels, "edge label")?,
        false => vec![0; graph.edge_labels.len()],
    };
    let label_count = model.edge_labels.len().max(1);
    prepare::messages(graph, kept, model.typed, &types, model.node_types.len(), &labels, label_count)
}

/// The model's network; refuses parameters of other shapes than it has, and features other than it takes.
fn fitting_network(model: &SavedModel, data: &InputData) -> Result<Network, Error> {
    let (network, fresh) = Network::new(model.shape.clone(), 0);
    let shapes = |parameters: &Parameters| parameters.values.iter().map(Array2::dim).collect::<Vec<_>>();
    if shapes(&fresh) != shapes(&model.parameters)
        || prepare::group_shapes(data, &model.node_types) != model.shape.groups
    {
        return Err(Error::BadModel("its weights do not fit its own shape".to_owned()));
    }
    Ok(network)
}
