//! A predictor that is saved and read again gives the same bits, for rows and entities that it never saw too, and refuses what does
//! not fit.

use super::Predict;
use super::tests::{CUSTOMERS, Town, WEEK, examples, town};
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ExamplePart, Examples, Role};
use crate::algorithm::input::{AnyGraph, Input};
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::property::{Property, Values};
use crate::learning::gnn::Explain;
use crate::testing::pool;

const MODELS: [&str; 5] = ["ridge", "aggregate", "graphsage", "hgt", "auto"];

fn text(text: &str) -> Argument {
    Argument::String(text.to_owned())
}

/// Runs an algorithm with a saved model or without.
fn run_with(
    algorithm: &dyn Algorithm,
    town: &Town,
    examples: &Examples,
    given: &[(&str, Argument)],
    model: Option<&[u8]>,
    nodes: Option<&[u32]>,
) -> Result<Output, Error> {
    let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let arguments = algorithm.description().check(&given).unwrap();
    algorithm.needs(&arguments, model)?;
    let pool = pool(2);
    let graph = Input::from(AnyGraph::Properties(&town.graph));
    let input = Input { times: Some(&town.times), examples: Some(examples), model, nodes, ..graph };
    algorithm.run(input, &arguments, &Context::new(&pool))
}

/// A call that trains.
fn asking(model: &str) -> Vec<(&'static str, Argument)> {
    vec![
        ("entity", text("Customer")),
        ("target", text("TRUE")),
        ("horizon", Argument::Duration { months: 0, seconds: WEEK }),
        ("model", text(model)),
        ("epochs", Argument::Int(3)),
        ("saveModel", text("m")),
    ]
}

fn train(town: &Town, examples: &Examples, model: &str) -> (Output, Vec<u8>) {
    let mut output = run_with(&Predict, town, examples, &asking(model), None, None).unwrap();
    let bytes = output.model.take().unwrap();
    (output, bytes)
}

fn apply(town: &Town, examples: &Examples, model: &[u8]) -> Result<Output, Error> {
    run_with(&Predict, town, examples, &[("useModel", text("m"))], Some(model), None)
}

/// The examples of one part alone.
fn of_part(all: &Examples, part: ExamplePart) -> Examples {
    let kept: Vec<usize> = (0..all.len()).filter(|&row| all.parts[row] == part).collect();
    let Values::Bools(targets) = &all.targets else { panic!("truth values") };
    Examples {
        roles: vec![Role {
            name: String::new(),
            entities: kept.iter().map(|&row| all.roles[0].entities[row]).collect(),
        }],
        times: kept.iter().map(|&row| all.times[row]).collect(),
        parts: vec![part; kept.len()],
        targets: Values::Bools(kept.iter().map(|&row| targets[row]).collect()),
        ..all.clone()
    }
}

fn shares(output: &Output) -> Vec<u32> {
    match &output.columns[2] {
        Column::Records { data, .. } => data.iter().map(|share| share.to_bits()).collect(),
        other => panic!("{other:?}"),
    }
}

fn figure(output: &Output, name: &str) -> Scalar {
    output.stats.iter().find(|(known, _)| *known == name).unwrap().1.clone()
}

#[test]
fn a_saved_predictor_gives_the_same_bits() {
    let town = town();
    let all = examples(&town);
    for model in MODELS {
        let (trained, bytes) = train(&town, &all, model);
        let applied = apply(&town, &of_part(&all, ExamplePart::Future), &bytes).unwrap();
        assert_eq!(applied.rows, trained.rows, "{model}");
        assert_eq!(shares(&applied), shares(&trained), "{model}");
        assert_eq!(applied.columns, trained.columns, "{model}");
        // What is scored is what was scored when it was trained.
        let tested = apply(&town, &of_part(&all, ExamplePart::Test), &bytes).unwrap();
        for name in ["testScore", "baseline", "testExamples", "metric", "learnedUntil"] {
            assert_eq!(figure(&tested, name), figure(&trained, name), "{model} {name}");
        }
    }
}

/// Numbers have all their bits.
#[test]
fn a_saved_predictor_of_numbers_gives_the_same_bits() {
    let town = town();
    let mut all = examples(&town);
    let amounts = all.roles[0]
        .entities
        .iter()
        .zip(&all.times)
        .map(|(customer, time)| f64::from(customer.unwrap_or_default() % 5) + (time / WEEK) % 3.0);
    all.targets = Values::Numbers { values: amounts.collect(), integers: false, wide: Vec::new() };
    let kept: Vec<usize> = (0..all.len()).filter(|&row| all.parts[row] == ExamplePart::Future).collect();
    let future = Examples {
        roles: vec![Role {
            name: String::new(),
            entities: kept.iter().map(|&row| all.roles[0].entities[row]).collect(),
        }],
        times: kept.iter().map(|&row| all.times[row]).collect(),
        parts: vec![ExamplePart::Future; kept.len()],
        targets: Values::Nulls { rows: kept.len() },
        ..all.clone()
    };
    for model in MODELS {
        let (trained, bytes) = train(&town, &all, model);
        assert_eq!(apply(&town, &future, &bytes).unwrap().columns, trained.columns, "{model}");
    }
}

/// The same town with a label, a property and nodes more, all numbered otherwise, and a customer who was not there before.
fn later(town: &Town) -> Town {
    let mut later = Town { graph: town.graph.clone(), times: town.times.clone(), visits: town.visits.clone() };
    let graph = &mut later.graph;
    // Types and labels in another order.
    graph.node_types.reverse();
    let types = graph.node_types.len() as u32;
    graph.node_type.iter_mut().for_each(|kind| *kind = types - 1 - *kind);
    graph.edge_labels.reverse();
    graph.edge_label.iter_mut().for_each(|label| *label = 1 - *label);
    let (customer, visit) = (graph.node_count() as u32, graph.node_count() as u32 + 1);
    graph.node_type.extend([types - 1, 0]);
    for (label, to) in [(1, customer), (0, CUSTOMERS)] {
        graph.edge_label.push(label);
        graph.from.push(visit);
        graph.to.push(to);
    }
    // Later than all examples, which see nothing of it.
    later.times.nodes.extend([f64::NAN, 60.0 * WEEK]);
    if let Values::Numbers { values, .. } = &mut graph.node_properties[0].values {
        values.extend([f64::NAN, 3.0]);
    }
    let nodes = graph.node_count();
    graph.node_properties.insert(0, Property { name: "colour".into(), values: Values::Bools(vec![Some(true); nodes]) });
    later
}

#[test]
fn a_graph_that_has_grown_gives_old_entities_the_same_bits() {
    let town = town();
    let all = examples(&town);
    let grown = later(&town);
    let mut future = of_part(&all, ExamplePart::Future);
    for model in MODELS {
        let (_, bytes) = train(&town, &all, model);
        let before = shares(&apply(&town, &future, &bytes).unwrap());
        let after = apply(&grown, &future, &bytes).unwrap();
        // A network sums its neighbours in the order of relations, which is the model's; so do tables.
        assert_eq!(shares(&after), before, "{model}");
    }
    // One that it never saw.
    future.roles[0].entities.push(Some(town.graph.node_count() as u32));
    future.times.push(future.times[0]);
    future.parts.push(ExamplePart::Future);
    if let Values::Bools(targets) = &mut future.targets {
        targets.push(None);
    }
    for model in MODELS {
        let (_, bytes) = train(&town, &all, model);
        let output = apply(&grown, &future, &bytes).unwrap();
        let Rows::SomeNodes(nodes) = &output.rows else { panic!("nodes") };
        assert_eq!(nodes.len(), CUSTOMERS as usize + 1, "{model}");
    }
}

fn message(result: Result<Output, Error>) -> String {
    result.map(drop).unwrap_err().to_string()
}

#[test]
fn what_does_not_fit_is_refused() {
    let town = town();
    let all = examples(&town);
    let future = of_part(&all, ExamplePart::Future);
    let (_, bytes) = train(&town, &all, "ridge");
    let call = |name: &'static str, value: Argument| {
        let given = [("useModel", text("m")), (name, value)];
        message(run_with(&Predict, &town, &future, &given, Some(&bytes), None))
    };
    assert_eq!(call("entity", text("Shop")), "entity: the model was trained with \"Customer\"; leave it out");
    assert!(call("horizon", Argument::Duration { months: 1, seconds: 0.0 }).contains("trained with P7D"));
    assert!(call("epochs", Argument::Int(3)).starts_with("epochs: it does not go with useModel"));
    assert!(call("saveModel", text("n")).starts_with("saveModel: it does not go with useModel"));
    // A label that is gone, a property that has become another, an entity of a new type.
    let mut other = later(&town);
    other.graph.edge_labels[0] = "STORE".into();
    assert!(message(apply(&other, &future, &bytes)).contains("reads edges with the label \"SHOP\""));
    let mut other = later(&town);
    let nodes = other.graph.node_count();
    other.graph.node_properties[1].values = Values::Bools(vec![Some(true); nodes]);
    assert!(message(apply(&other, &future, &bytes)).contains("\"spent\" of \"Visit\" as a number; here it is BOOL"));
    let mut other = later(&town);
    other.graph.node_types.push("Guest".into());
    other.graph.node_type[0] = 3;
    assert!(message(apply(&other, &future, &bytes)).contains("never saw an entity with the labels \"Guest\""));
    for place in (0..bytes.len()).step_by(bytes.len() / 100 + 1) {
        assert!(apply(&town, &future, &bytes[..place]).is_err());
    }
}

#[test]
fn training_goes_on_from_a_network_of_the_same_shape() {
    let town = town();
    let all = examples(&town);
    let (first, bytes) = train(&town, &all, "graphsage");
    let go_on = |town: &Town, more: &[(&'static str, Argument)]| {
        let mut given = asking("graphsage");
        given.push(("startFrom", text("m")));
        given.extend_from_slice(more);
        run_with(&Predict, town, &all, &given, Some(&bytes), None)
    };
    // Without an epoch worth it, it is what it was; otherwise better on validation.
    let more = go_on(&town, &[]).unwrap();
    let score = |output: &Output| match figure(output, "validationScore") {
        Scalar::Float(score) => score,
        other => panic!("{other:?}"),
    };
    assert!(score(&more) >= score(&first), "{} after {}", score(&more), score(&first));
    let still = go_on(&town, &[("learningRate", Argument::Float(1e-30))]).unwrap();
    assert_eq!(shares(&still), shares(&first));
    // In a graph that numbers its types otherwise, too.
    let still = go_on(&later(&town), &[("learningRate", Argument::Float(1e-30))]).unwrap();
    assert_eq!(shares(&still), shares(&first));
    for (name, value, says) in [
        ("hiddenDimensions", Argument::Int(32), "startFrom: the saved network is graphsage of 2 layers, 64 wide"),
        ("model", text("hgt"), "the call asks for hgt"),
        ("seeds", Argument::Int(2), "2 seeds"),
        ("recency", Argument::Bool(false), "differ in recency"),
        ("model", text("ridge"), "startFrom: ridge is not trained step by step"),
        ("features", Argument::List(vec![text("spent")]), "features: they are those of the model"),
    ] {
        let message = message(go_on(&town, &[(name, value)]));
        assert!(message.contains(says), "{message}");
    }
    let (_, bytes) = train(&town, &all, "ridge");
    let mut given = asking("graphsage");
    given.push(("startFrom", text("m")));
    let message = message(run_with(&Predict, &town, &all, &given, Some(&bytes), None));
    assert!(message.contains("startFrom: the model is ridge, of which training cannot go on"), "{message}");
}

#[test]
fn contributions_and_the_mean_add_up_to_the_score() {
    let town = town();
    let all = examples(&town);
    let future = of_part(&all, ExamplePart::Future);
    let nodes = [3, 8, 41];
    for model in ["ridge", "aggregate"] {
        let (trained, bytes) = train(&town, &all, model);
        for limit in [1, 5, 1000] {
            let given = [("model", text("m")), ("nodes", text("x")), ("limit", Argument::Int(limit))];
            let output = run_with(&Explain, &town, &future, &given, Some(&bytes), Some(&nodes)).unwrap();
            let (Column::Nodes(of), Column::Floats(parts), Column::Floats(scores)) =
                (&output.columns[0], &output.columns[4], &output.columns[6])
            else {
                panic!("columns")
            };
            for node in nodes {
                let rows: Vec<usize> = (0..of.len()).filter(|&row| of[row] == node).collect();
                let sum: f64 = rows.iter().map(|&row| parts[row]).sum();
                let score = scores[rows[0]];
                // Of two classes the logarithm of the odds.
                let odds = 1.0 / (1.0 + (-sum).exp());
                assert!((odds - score).abs() < 1e-9, "{model} {limit}: {odds} {score}");
                assert!(rows.len() <= limit as usize + 2, "{model} {limit}: {}", rows.len());
                // And that is what was predicted.
                let Column::Records { data, .. } = &trained.columns[2] else { panic!("shares") };
                let own = &data[2 * node as usize..2 * node as usize + 2];
                assert_eq!(own[0].max(own[1]), score as f32, "{model}");
            }
        }
        let given = [("model", text("m")), ("nodes", text("x"))];
        let message = message(run_with(&Explain, &town, &future, &given, Some(&bytes), Some(&[CUSTOMERS])));
        assert!(message.contains("nothing is predicted of one of the nodes"), "{message}");
    }
    let (_, bytes) = train(&town, &all, "graphsage");
    let given = [("model", text("m")), ("nodes", text("x"))];
    let message = message(run_with(&Explain, &town, &future, &given, Some(&bytes), Some(&nodes)));
    assert!(message.contains("ridge and aggregate have them"), "{message}");
}
