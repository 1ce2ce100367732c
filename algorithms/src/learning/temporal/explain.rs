//! What moved a prediction of a saved predictor, exactly: of ridge each coefficient times the column's distance from its mean, of trees
//! the Shapley values of their columns (`tabular/trees/shapley`). Contributions and the mean add up to the score.

use super::apply::Applying;
use super::candidate::Fitted;
use super::judge::{Goal, largest};
use super::saved::{ALGORITHM, SavedPredictor};
use super::settings;
use crate::algorithm::examples::{ExampleRequest, Examples, Role};
use crate::algorithm::input::{Input, Needs};
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::error::Error;
use crate::graph::csr::NodeIndex;
use crate::graph::property::{PropertyGraph, Values};
use crate::learning::tabular::{Predictor, TabularModel};
use crate::numeric::workers::Workers;

/// The algorithm whose models these are.
pub const MODELS_OF: &str = ALGORITHM;

/// What explaining the predictions for a moment reads; `at` = the argument of this name.
///
/// # Errors
/// A model whose predictions have no exact parts, or what is no moment.
pub fn needs(model: &[u8], at: &Argument) -> Result<Needs, Error> {
    let at = settings::moment("at", at)?;
    let saved = SavedPredictor::read(model)?;
    table_model(&saved)?;
    let query = saved.question.moment(at, saved.learned_until);
    Ok(settings::needs(saved.question.times(), ExampleRequest::Query(query)))
}

/// The one model of a table that predicts.
fn table_model(saved: &SavedPredictor) -> Result<&TabularModel, Error> {
    match saved.parts.as_slice() {
        [part] => match &part.fitted {
            Fitted::Table(model) => Ok(model),
            Fitted::Network(_) => Err(Error::Unfit(format!(
                "the model is {}, a network over what each entity has seen: no exact contributions are known of it; ridge and aggregate have them",
                part.name
            ))),
        },
        _ => Err(Error::Unfit(format!(
            "the model is a mean of {}, which has no contributions of its own; train one with model: \"ridge\" or \"aggregate\"",
            saved.model()
        ))),
    }
}

/// The contributions to the predictions of these nodes, ascending; at most `limit` columns each, and the rest as one row.
///
/// # Errors
/// A node that is not among the entities at the time, or as [`super::apply::apply`].
pub fn explain(
    workers: &Workers<'_>,
    threads: usize,
    input: Input<'_>,
    nodes: &[NodeIndex],
    limit: usize,
) -> Result<Output, Error> {
    let (graph, model) = input.properties()?;
    let (Some(times), Some(all), Some(model)) = (input.times, input.examples, model) else {
        return Err(Error::WrongInput);
    };
    let saved = SavedPredictor::read(model)?;
    let model = table_model(&saved)?;
    let examples = of_nodes(all, graph, nodes)?;
    let mut warnings = Vec::new();
    let table = Applying::new(workers, threads, (graph, times), &examples, &saved)?.table(&mut warnings)?;
    workers.check_cancelled()?;
    let predictions = model.predict(table.view(), threads, workers.context())?;
    let goal = saved.goal.goal();
    let mut rows = Table::default();
    for (&node, (row, predicted)) in nodes.iter().zip(table.outer_iter().zip(predictions.outer_iter())) {
        let output = largest(predicted);
        let (prediction, score) = match &goal {
            Goal::Classes { values, .. } => (values[output].scalar(), predicted[output]),
            Goal::Numbers { range: (low, high), .. } => (Scalar::Float(predicted[0].clamp(*low, *high)), predicted[0]),
        };
        let parts = model.contributions(&row.to_vec(), output)?;
        let mut moved: Vec<(f64, &String)> = parts.features.iter().copied().zip(&saved.columns).collect();
        moved.retain(|(contribution, _)| *contribution != 0.0);
        // Stable: of equal ones the first column comes first.
        moved.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let rest = moved.split_off(limit.min(moved.len()));
        let mut add = |kind: &str, name: String, contribution: f64| {
            rows.nodes.push(node);
            rows.kinds.push(Scalar::String(kind.to_owned()));
            rows.names.push(Scalar::String(name));
            rows.contributions.push(contribution);
            rows.predictions.push(prediction.clone());
            rows.scores.push(score);
        };
        add("mean", "of what was learned from".to_owned(), parts.base);
        moved.into_iter().for_each(|(contribution, name)| add("column", name.clone(), contribution));
        if !rest.is_empty() {
            add("columns", format!("{} others", rest.len()), rest.iter().map(|(contribution, _)| contribution).sum());
        }
    }
    let int = |value: usize| Scalar::Int(value as i64);
    let count = rows.nodes.len();
    Ok(Output {
        rows: Rows::Table,
        columns: vec![
            Column::Nodes(rows.nodes),
            Column::Scalars(rows.kinds),
            Column::Scalars(rows.names),
            Column::Elements(vec![None; count]),
            Column::Floats(rows.contributions),
            Column::Scalars(rows.predictions),
            Column::Floats(rows.scores),
        ],
        stats: vec![("nodeCount", int(graph.node_count())), ("explained", int(nodes.len())), ("passes", int(1))],
        warnings,
        ..Output::default()
    })
}

/// The columns of the result.
#[derive(Default)]
struct Table {
    nodes: Vec<NodeIndex>,
    kinds: Vec<Scalar>,
    names: Vec<Scalar>,
    contributions: Vec<f64>,
    predictions: Vec<Scalar>,
    scores: Vec<f64>,
}

/// The examples of these nodes alone, in their order.
fn of_nodes(all: &Examples, graph: &PropertyGraph, nodes: &[NodeIndex]) -> Result<Examples, Error> {
    let entities = all.roles.first().map_or(&[][..], |role| &role.entities);
    let place = |node: &NodeIndex| {
        let found = entities.iter().position(|entity| *entity == Some(*node));
        found.ok_or_else(|| {
            let labels = &*graph.node_types[graph.node_type[*node as usize] as usize];
            Error::Unfit(format!(
                "nothing is predicted of one of the nodes, which has the labels {labels:?}: it is no entity of the model at that time, or not eligible"
            ))
        })
    };
    let places = nodes.iter().map(place).collect::<Result<Vec<usize>, Error>>()?;
    Ok(Examples {
        roles: vec![Role { name: String::new(), entities: nodes.iter().copied().map(Some).collect() }],
        times: places.iter().map(|&place| all.times[place]).collect(),
        calendar: all.calendar,
        parts: places.iter().map(|&place| all.parts[place]).collect(),
        targets: Values::Nulls { rows: nodes.len() },
        test_from: all.test_from,
        validation_from: all.validation_from,
        horizon: all.horizon,
    })
}
