//! Training that goes on from a saved model: its encoders, its weights, and what has to be the same for both to fit.

use ndarray::Array2;

use super::goal::Goal;
use super::network::NetworkShape;
use super::options::unfit;
use super::parameters::Parameters;
use super::prepare::{self, Features, VisibleGraph};
use super::saved::SavedModel;
use crate::core::error::Error;
use crate::learning::features::Groups;

fn refuse<T>(why: impl std::fmt::Display) -> Result<T, Error> {
    Err(unfit(format!("startFrom: {why}")))
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Refuses a graph of other node types or edge labels than the model knows, or of another order of them.
pub(super) fn check_graph(model: &SavedModel, types: &[String], labels: &[String], typed: bool) -> Result<(), Error> {
    if let Some(group) = model.shape.groups.iter().find(|group| group.ids > 0) {
        return refuse(format!(
            "the model learned a vector for each node of the type {:?}, so that it knows no other nodes; train one with withoutFeatures: \"degree\"",
            group.name
        ));
    }
    if model.node_types != types {
        let (known, own) = (listed(&model.node_types), listed(types));
        return refuse(format!(
            "the model knows the node types {known}, and what is seen has {own}; nodeLabels chooses"
        ));
    }
    if model.typed != typed || model.edge_labels != labels {
        let (known, own) = (listed(&model.edge_labels), listed(labels));
        return refuse(format!(
            "the model tells the edge labels {known} apart, and this one {own}; edgeLabels chooses"
        ));
    }
    Ok(())
}

/// Features by the encoders of the model.
pub(super) fn features(view: &VisibleGraph<'_>, goal: &Goal, model: &SavedModel) -> Result<Features, Error> {
    let groups = Groups { names: &view.graph.node_types, of_row: &view.graph.node_type };
    prepare::check_finite(&model.node_encoders, &view.node_columns, "node")?;
    let encoded = model.node_encoders.encode(&view.node_columns, groups)?;
    let edges = match &model.edge_encoders {
        Some(encoders) => {
            prepare::check_finite(encoders, &view.edge_columns, "edge")?;
            prepare::edge_matrix(encoders, &view.edge_columns, &goal.messages)?
        }
        None => None,
    };
    Ok(Features {
        groups: encoded,
        edges,
        node_encoders: model.node_encoders.clone(),
        edge_encoders: model.edge_encoders.clone(),
    })
}

/// The weights to begin with; `fresh` = those of the network that the call asks for.
pub(super) fn parameters(
    model: &SavedModel,
    shape: &NetworkShape,
    goal: &Goal,
    fresh: &Parameters,
) -> Result<Parameters, Error> {
    let known = &model.shape;
    let (own, asked) = (form(known), form(shape));
    if own != asked {
        return refuse(format!(
            "the saved network is {own}, and the call asks for {asked}; training goes on with the same shape alone"
        ));
    }
    if model.classes != goal.classes {
        let names = |classes: &[super::target::Class]| {
            let quoted: Vec<String> = classes.iter().map(|class| class.quoted()).collect();
            if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
        };
        let (known, own) = (names(&model.classes), names(&goal.classes));
        return refuse(format!("the model knows the classes {known}, in this order, and the target has {own}"));
    }
    let dims = |parameters: &Parameters| parameters.values.iter().map(Array2::dim).collect::<Vec<_>>();
    if known != shape || dims(fresh) != dims(&model.parameters) {
        return refuse("the saved network reads other features, or is otherwise of another shape; train a new one");
    }
    let mut parameters = model.parameters.clone();
    if let (Some((old_mean, old_spread)), Some((mean, spread))) = (model.scale, goal.scale) {
        // The last map gives numbers in deviations, whose unit and origin are those of the new targets now.
        let (factor, shift) = ((old_spread / spread) as f32, ((old_mean - mean) / spread) as f32);
        for (name, value) in parameters.names.iter().zip(&mut parameters.values) {
            match name.as_str() {
                "head.weight" => value.mapv_inplace(|number| number * factor),
                "head.bias" => value.mapv_inplace(|number| number * factor + shift),
                _ => {}
            }
        }
    }
    Ok(parameters)
}

/// What a call says of a network's shape, in words.
fn form(shape: &NetworkShape) -> String {
    let layer = &shape.layer;
    let mut words = format!(
        "{} of {} layers, {} wide, with {} dimensions and {} outputs",
        layer.model.name(),
        shape.layers,
        shape.hidden,
        shape.dimensions,
        shape.predicted
    );
    if layer.edge_width > 0 {
        words.push_str(&format!(" and {} features of edges", layer.edge_width));
    }
    words
}
