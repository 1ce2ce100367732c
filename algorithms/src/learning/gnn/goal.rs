//! The learning problem: the targets of nodes, graphs or edges, or the edges to predict, and the split into training,
//! validation and test.

use std::collections::BTreeSet;

use super::examples::{Target, ends, key_of_ends, target_edge, unknown_of_edges};
use super::items::{Examples, Kind};
use super::metric::{Metric, positive_and_majority};
use super::model::Model;
use super::objective::{ClassTask, NumberTask, Objective, PairKind, PairTask};
use super::options::{Loss, Options, Task, unfit};
use super::prepare::VisibleGraph;
use super::tape::NumberLoss;
use super::target::{self, Class, Labels, Part};
use crate::core::argument::Argument;
use crate::core::error::Error;
use crate::graph::property::PropertyGraph;

/// Targets are clipped to so many standard deviations from the mean.
const FARTHEST: f64 = 1e9;

/// The learning problem: the objective, and what training and results need with it.
pub struct Goal {
    /// The objective.
    pub objective: Objective,
    /// Values of the classes.
    pub classes: Vec<Class>,
    /// Mean and spread of a predicted number.
    pub scale: Option<(f64, f64)>,
    /// Whether each edge may carry messages.
    pub messages: Vec<bool>,
    /// Whether each node's features may be learned from; `None` = all.
    pub training: Option<Vec<bool>>,
    /// The same of edges' features.
    pub training_edges: Option<Vec<bool>>,
    /// What the target is of.
    pub examples: Examples,
    /// Names of the edge labels that have predictions.
    pub predicted_edges: Vec<String>,
    /// Whether nodes of each type have predictions: those whose labels include all of a type that has the target.
    pub predicted: Vec<bool>,
    /// The task, now that the target is known.
    pub task: Task,
}

/// Reads target and split.
pub fn goal(view: &VisibleGraph<'_>, options: &Options) -> Result<Goal, Error> {
    let mut goal = Goal {
        objective: Objective::Nothing,
        classes: Vec::new(),
        scale: None,
        messages: view.edges.clone(),
        training: None,
        training_edges: None,
        examples: Examples::Nodes,
        predicted: Vec::new(),
        predicted_edges: Vec::new(),
        task: options.task(),
    };
    if let Some(target) = &options.target {
        target_goal(view, options, target, &mut goal)?;
        return Ok(goal);
    }
    let pairs = PairKind::new(options.loss(), options.margin, options.negatives);
    goal.objective = match options.task() {
        Task::LinkPrediction | Task::Recommendation => Objective::Pairs(edge_goal(view, options, pairs, &mut goal)?),
        _ if options.model == Model::Sgc => Objective::Nothing,
        _ => match options.loss() {
            Loss::Dgi => Objective::Infomax,
            Loss::Reconstruction => Objective::Reconstruction(pairs),
            _ => Objective::Walks(pairs),
        },
    };
    let by_edges = matches!(goal.objective, Objective::Walks(_) | Objective::Reconstruction(_));
    let joins = |edge: usize| goal.messages[edge] && view.graph.from[edge] != view.graph.to[edge];
    if by_edges && view.graph.node_count() > 1 && !(0..view.graph.edge_count()).any(joins) {
        return Err(unfit(
            "no edge joins two of the nodes that are seen, and without a target edges are what is learned from; name a \
             target, select other labels, or take the model \"sgc\", which learns nothing",
        ));
    }
    Ok(goal)
}

fn target_goal(view: &VisibleGraph<'_>, options: &Options, name: &str, goal: &mut Goal) -> Result<(), Error> {
    let target = Target::new(view, options, name)?;
    let kind = target.examples.kind();
    let rows = [Part::Train, Part::Validation, Part::Test].map(|part| target::of_part(&target.parts, part));
    if rows[0].is_empty() {
        return Err(unfit(format!("no {} of the training part has the target {name:?}", kind.one())));
    }
    match &target.examples {
        Examples::Nodes => goal.training = Some(target.training),
        Examples::Graphs(groups) => {
            goal.messages = Examples::within(groups, view);
            let learned = |(edge, carries): (usize, &bool)| *carries && target.training[view.graph.from[edge] as usize];
            goal.training_edges = Some(goal.messages.iter().enumerate().map(learned).collect());
            goal.training = Some(target.training);
        }
        Examples::Edges(_) => goal.training_edges = Some(target.training),
    }
    goal.examples = target.examples;
    goal.predicted = target.predicted;
    goal.predicted_edges = target.predicted_edges;
    let of_edges = kind == Kind::Edges;
    match target.labels {
        Labels::Classes { values, of } => {
            if let Some(loss) = options.loss.filter(|loss| !matches!(loss, Loss::CrossEntropy | Loss::Bce)) {
                return Err(unfit(format!(
                    "the target {name:?} holds classes, whose loss is cross_entropy or bce, not {:?}",
                    loss.name()
                )));
            }
            goal.task = if of_edges { Task::EdgeClassification } else { Task::Classification };
            let of: Vec<u32> = of.iter().map(|class| class.unwrap_or(0)).collect();
            let mut counts = vec![0usize; values.len()];
            rows[0].iter().for_each(|&row| counts[of[row as usize] as usize] += 1);
            let (positive, majority) = positive_and_majority(&values, &counts);
            goal.objective = Objective::Classes(ClassTask {
                kind,
                parts: rows,
                of,
                one_against_rest: options.loss == Some(Loss::Bce),
                weights: class_weights(&options.class_weights, &values, &counts)?,
                metric: Metric::of_target(options.metric, values.len(), name)?,
                positive,
                majority,
            });
            goal.classes = values;
        }
        Labels::Numbers(values) => {
            let loss = match options.loss {
                None | Some(Loss::Mse) => NumberLoss::Squared,
                Some(Loss::Mae) => NumberLoss::Absolute,
                Some(Loss::Huber) => NumberLoss::Huber,
                Some(loss) => {
                    return Err(unfit(format!(
                        "the target {name:?} holds numbers, whose loss is mse, mae or huber, not {:?}",
                        loss.name()
                    )));
                }
            };
            if !matches!(options.class_weights, Argument::Null) {
                return Err(unfit(format!("classWeights weighs classes, and the target {name:?} holds numbers")));
            }
            goal.task = if of_edges { Task::EdgeRegression } else { Task::Regression };
            let training = || rows[0].iter().map(|&row| values[row as usize]);
            let largest = training().fold(0.0f64, |largest, value| largest.max(value.abs()));
            // So that no square overflows or vanishes.
            let unit = if largest == 0.0 || (1e-100..=1e100).contains(&largest) { 1.0 } else { largest };
            let count = rows[0].len() as f64;
            let mean = training().map(|value| value / unit).sum::<f64>() / count;
            let spread = training().map(|value| (value / unit - mean).powi(2)).sum::<f64>() / count;
            let spread = if spread > 0.0 { spread.sqrt() } else { 1.0 };
            goal.scale = Some((mean * unit, spread * unit));
            // Targets that training does not see may be of any magnitude.
            let scaled = |value: &f64| match ((value / unit - mean) / spread).clamp(-FARTHEST, FARTHEST) as f32 {
                scaled if scaled.is_nan() => 0.0,
                scaled => scaled,
            };
            goal.objective = Objective::Values(NumberTask {
                parts: rows,
                of: values.iter().map(scaled).collect(),
                loss,
                metric: Metric::of_target(options.metric, 0, name)?,
                spread: spread * unit,
            });
        }
    }
    Ok(())
}

/// The weight of each class: `classWeights` with the classes known. `counts` = training nodes of each.
pub(in crate::learning) fn class_weights(
    given: &Argument,
    classes: &[Class],
    counts: &[usize],
) -> Result<Option<Vec<f32>>, Error> {
    let all: usize = counts.iter().sum();
    let present = counts.iter().filter(|&&count| count > 0).count();
    let refuse = |got: &dyn std::fmt::Display| {
        unfit(format!(
            "classWeights takes \"balanced\" or a record of finite numbers of at least 0 by class, one of them above 0, such as \
             {{`{}`: 1, `{}`: 5.0}}; got {got}",
            classes[0].name(),
            classes.get(1).map_or_else(String::new, Class::name)
        ))
    };
    match given {
        Argument::Null => Ok(None),
        Argument::String(word) if word == "balanced" => {
            let weight = |&count: &usize| if count == 0 { 0.0 } else { all as f64 / (present * count) as f64 };
            Ok(Some(counts.iter().map(|count| weight(count) as f32).collect()))
        }
        Argument::Record(fields) => {
            let mut weights = vec![1.0f32; classes.len()];
            for (name, value) in fields {
                let number = match value {
                    Argument::Int(value) => *value as f64,
                    Argument::Float(value) => *value,
                    other => return Err(refuse(&format!("{other} for {name:?}"))),
                };
                if !(0.0..=f64::from(f32::MAX)).contains(&number) {
                    return Err(refuse(&format!("{number} for {name:?}")));
                }
                let matches = |class: &Class| match class {
                    Class::Bool(_) => class.name().eq_ignore_ascii_case(name),
                    class => class.name() == *name,
                };
                let Some(class) = classes.iter().position(matches) else {
                    let names: Vec<String> = classes.iter().map(Class::name).collect();
                    return Err(Error::UnknownName {
                        message: format!("classWeights names {name:?}, which is no class of the target"),
                        near: wend_names::suggest(name, names.iter().map(String::as_str)).map(str::to_owned),
                    });
                };
                weights[class] = number as f32;
            }
            if !weights.iter().zip(counts).any(|(&weight, &count)| weight > 0.0 && count > 0) {
                return Err(refuse(&"no weight above 0 for a class of the training part"));
            }
            Ok(Some(weights))
        }
        other => Err(refuse(other)),
    }
}

fn edge_goal(view: &VisibleGraph<'_>, options: &Options, kind: PairKind, goal: &mut Goal) -> Result<PairTask, Error> {
    let graph = view.graph;
    let label = target_edge(graph, options)?;
    let wanted = |edge: usize| {
        view.edges[edge]
            && label.is_none_or(|label| graph.edge_label[edge] == label)
            && graph.from[edge] != graph.to[edge]
    };
    let property = match &options.split {
        None => None,
        Some(split) => {
            let column = view.edge_columns.iter().find(|column| *column.name == **split);
            Some(column.ok_or_else(|| unknown_of_edges(view, "split", split))?)
        }
    };
    let key = |edge: usize| key_of_ends(graph, edge, options.seed);
    let parts = target::split(property, graph.edge_count(), wanted, key)?;
    let pairs = pairs_of_parts(graph, &parts);
    if pairs[0].is_empty() {
        return Err(unfit("there is no edge to learn from: targetEdge, split and labels leave none"));
    }
    hold_out(graph, &parts, label, &mut goal.messages);
    let joined = joined(&pairs, graph.node_count());
    let mut candidates: Vec<Vec<u32>> = vec![Vec::new(); graph.node_types.len()];
    (0u32..).zip(&graph.node_type).for_each(|(node, &kind)| candidates[kind as usize].push(node));
    let recommend = goal.task == Task::Recommendation;
    // An item without a training edge is no negative sample: its vector would be pushed away from every user's.
    let contrasts = if recommend { trained_items(graph, &pairs[0]) } else { candidates.clone() };
    Ok(PairTask { parts: pairs, kind, candidates, contrasts, joined, recommend })
}

fn sort_and_deduplicate<T: Ord>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

/// The distinct pairs of nodes in each part, ascending.
fn pairs_of_parts(graph: &PropertyGraph, parts: &[Option<Part>]) -> [Vec<(u32, u32)>; 3] {
    [Part::Train, Part::Validation, Part::Test].map(|part| {
        let of_part = (0..parts.len()).filter(|&edge| parts[edge] == Some(part));
        let mut pairs: Vec<(u32, u32)> = of_part.map(|edge| (graph.from[edge], graph.to[edge])).collect();
        sort_and_deduplicate(&mut pairs);
        pairs
    })
}

/// Takes messages from held-out pairs: in either direction, and from parallel edges of the same label.
fn hold_out(graph: &PropertyGraph, parts: &[Option<Part>], label: Option<u32>, messages: &mut [bool]) {
    let held_out = |edge: &usize| matches!(parts[*edge], Some(Part::Validation | Part::Test));
    let held_out: BTreeSet<(u32, u32)> = (0..parts.len()).filter(held_out).map(|edge| ends(graph, edge)).collect();
    for (edge, carries) in messages.iter_mut().enumerate() {
        let same_label = label.is_none_or(|label| graph.edge_label[edge] == label);
        *carries = *carries && !(same_label && held_out.contains(&ends(graph, edge)));
    }
}

/// For each part the nodes that each node is joined with in that part or before, ascending.
fn joined(pairs: &[Vec<(u32, u32)>; 3], nodes: usize) -> [Vec<Vec<u32>>; 3] {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); nodes];
    [0, 1, 2].map(|part: usize| {
        pairs[part].iter().for_each(|&(from, to)| lists[from as usize].push(to));
        lists.iter_mut().for_each(sort_and_deduplicate);
        lists.clone()
    })
}

/// The items of training pairs, by node type.
fn trained_items(graph: &PropertyGraph, pairs: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut items: Vec<Vec<u32>> = vec![Vec::new(); graph.node_types.len()];
    pairs.iter().for_each(|&(_, item)| items[graph.node_type[item as usize] as usize].push(item));
    items.iter_mut().for_each(sort_and_deduplicate);
    items
}
