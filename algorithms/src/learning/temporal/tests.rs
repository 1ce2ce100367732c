//! Predictions know nothing of what comes later, nothing of the targets of the test, and have the same bits for any number of
//! threads.

use std::sync::Arc;

use rand::Rng;

use super::Predict;
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ElementTimes, ExamplePart, Examples};
use crate::algorithm::input::{AnyGraph, Input};
use crate::algorithm::output::{Column, Output, Scalar};
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::numeric::random::Xoroshiro128;
use crate::testing::pool;

const CUSTOMERS: u32 = 60;
const WEEKS: u32 = 40;
const WEEK: f64 = 7.0 * 86_400.0;
const VALIDATION: f64 = 24.0 * WEEK;
const TEST: f64 = 30.0 * WEEK;

/// Customers, their visits, and the shops of the visits: a customer of an even number comes every other week, others seldom.
struct Town {
    graph: PropertyGraph,
    times: ElementTimes,
    /// Customer and week of each visit.
    visits: Vec<(u32, u32)>,
}

fn town() -> Town {
    let mut rng = Xoroshiro128::new(7, 0, 0);
    let mut visits = Vec::new();
    for week in 0..WEEKS {
        for customer in 0..CUSTOMERS {
            let comes = if customer % 2 == 0 { week % 2 == customer / 2 % 2 } else { rng.next_u64().is_multiple_of(9) };
            if comes {
                visits.push((customer, week));
            }
        }
    }
    let shops = 5;
    let nodes = (CUSTOMERS + shops) as usize + visits.len();
    let first = CUSTOMERS + shops;
    let kind = |node: u32| match node {
        node if node < CUSTOMERS => 0,
        node if node < first => 1,
        _ => 2,
    };
    let mut graph = PropertyGraph {
        node_types: ["Customer", "Shop", "Visit"].map(Arc::from).into(),
        node_type: (0..nodes as u32).map(kind).collect(),
        edge_labels: ["CUSTOMER", "SHOP"].map(Arc::from).into(),
        ..PropertyGraph::default()
    };
    let mut times = vec![f64::NAN; nodes];
    let mut spent = vec![f64::NAN; nodes];
    for (visit, &(customer, week)) in (first..).zip(&visits) {
        for (label, to) in [(0, customer), (1, CUSTOMERS + (customer + week) % shops)] {
            graph.edge_label.push(label);
            graph.from.push(visit);
            graph.to.push(to);
        }
        times[visit as usize] = f64::from(week) * WEEK + 3600.0;
        spent[visit as usize] = f64::from(customer % 7 + week % 3);
    }
    let values = Values::Numbers { values: spent, integers: false, wide: Vec::new() };
    graph.node_properties.push(Property { name: "spent".into(), values });
    Town { graph, times: ElementTimes { nodes: times, edges: Vec::new() }, visits }
}

/// For each customer and week: whether there is a visit within it.
fn examples(town: &Town) -> Examples {
    let mut examples = Examples {
        entities: Vec::new(),
        times: Vec::new(),
        parts: Vec::new(),
        targets: Values::Nulls { rows: 0 },
        test_from: TEST,
        validation_from: VALIDATION,
        horizon: WEEK,
    };
    let mut targets = Vec::new();
    for week in 4..WEEKS {
        for customer in 0..CUSTOMERS {
            let at = f64::from(week) * WEEK;
            examples.entities.push(customer);
            examples.times.push(at);
            examples.parts.push(match at {
                at if at < VALIDATION => ExamplePart::Train,
                at if at < TEST => ExamplePart::Validation,
                _ if week + 1 < WEEKS => ExamplePart::Test,
                _ => ExamplePart::Future,
            });
            targets.push(Some(town.visits.contains(&(customer, week))));
        }
    }
    examples.targets = Values::Bools(targets);
    examples
}

fn run(town: &Town, examples: &Examples, model: &str, more: &[(&str, Argument)], threads: usize) -> Output {
    let text = |text: &str| Argument::String(text.to_owned());
    let month = Argument::Duration { months: 0, seconds: WEEK };
    let mut given = vec![
        ("entity".to_owned(), text("Customer")),
        ("target".to_owned(), text("TRUE")),
        ("horizon".to_owned(), month),
        ("model".to_owned(), text(model)),
        ("epochs".to_owned(), Argument::Int(3)),
    ];
    given.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let arguments = Predict.description().check(&given).unwrap();
    let pool = pool(threads);
    let input =
        Input { times: Some(&town.times), examples: Some(examples), ..Input::from(AnyGraph::Properties(&town.graph)) };
    Predict.run(input, &arguments, &Context::new(&pool)).unwrap()
}

fn figure(output: &Output, name: &str) -> f64 {
    match output.stats.iter().find(|(known, _)| *known == name) {
        Some((_, Scalar::Float(value))) => *value,
        other => panic!("{name}: {other:?}"),
    }
}

fn shares(output: &Output) -> Vec<u32> {
    match &output.columns[2] {
        Column::Records { data, .. } => data.iter().map(|share| share.to_bits()).collect(),
        other => panic!("{other:?}"),
    }
}

const MODELS: [&str; 4] = ["ridge", "aggregate", "graphsage", "hgt"];

#[test]
fn each_model_finds_what_tells_customers_apart() {
    let town = town();
    let examples = examples(&town);
    for model in MODELS {
        let output = run(&town, &examples, model, &[], 2);
        let (score, baseline) = (figure(&output, "testScore"), figure(&output, "baseline"));
        assert!(score > 0.75 && baseline == 0.5, "{model}: {score} beside {baseline}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let town = town();
    let examples = examples(&town);
    for model in MODELS {
        let one = run(&town, &examples, model, &[], 1);
        for threads in [2, 7] {
            let other = run(&town, &examples, model, &[], threads);
            assert_eq!(shares(&one), shares(&other), "{model} on {threads} threads");
            assert_eq!(one.stats, other.stats, "{model} on {threads} threads");
        }
    }
}

/// The targets of the test are only scored: predictions and all that was chosen stay the same whatever they are.
#[test]
fn targets_of_the_test_are_never_learned_from() {
    let town = town();
    let known = examples(&town);
    let mut other = known.clone();
    if let Values::Bools(targets) = &mut other.targets {
        for (target, part) in targets.iter_mut().zip(&known.parts) {
            if *part == ExamplePart::Test {
                *target = target.map(|target| !target);
            }
        }
    }
    for model in MODELS.into_iter().chain(["auto"]) {
        let (first, second) = (run(&town, &known, model, &[], 2), run(&town, &other, model, &[], 2));
        assert_eq!(shares(&first), shares(&second), "{model}");
        assert_eq!(figure(&first, "validationScore"), figure(&second, "validationScore"), "{model}");
        assert_ne!(figure(&first, "testScore"), figure(&second, "testScore"), "{model}");
    }
}

/// What lies after an example changes nothing of it: a graph that ends at the beginning of the test gives the same scores of
/// validation, and where examples of the test see no more than that, of the test too.
#[test]
fn nothing_later_is_seen() {
    let town = town();
    let known = examples(&town);
    let mut cut = Town { graph: town.graph.clone(), times: town.times.clone(), visits: town.visits.clone() };
    // Later visits become others: of another amount, and of another customer.
    let first = (CUSTOMERS + 5) as usize;
    for (visit, &(_, week)) in town.visits.iter().enumerate() {
        if f64::from(week) * WEEK < TEST {
            continue;
        }
        cut.graph.to[2 * visit] = week % CUSTOMERS;
        if let Values::Numbers { values, .. } = &mut cut.graph.node_properties[0].values {
            values[first + visit] = 1e3;
        }
    }
    let frozen = [("database", Argument::String("frozen".into()))];
    for model in ["ridge", "aggregate", "graphsage"] {
        let (first, second) = (run(&town, &known, model, &frozen, 2), run(&cut, &known, model, &frozen, 2));
        for score in ["validationScore", "testScore"] {
            assert_eq!(figure(&first, score), figure(&second, score), "{model} {score}");
        }
    }
}

#[test]
fn numbers_are_predicted_in_their_own_unit() {
    let town = town();
    let mut examples = examples(&town);
    let amount = |&(customer, time): &(u32, f64)| 100.0 + f64::from(customer % 2) * 50.0 + (time / WEEK) % 2.0;
    let pairs: Vec<(u32, f64)> = examples.entities.iter().copied().zip(examples.times.iter().copied()).collect();
    examples.targets =
        Values::Numbers { values: pairs.iter().map(amount).collect(), integers: false, wide: Vec::new() };
    for model in ["ridge", "aggregate", "graphsage"] {
        let output = run(&town, &examples, model, &[], 2);
        let (score, baseline) = (figure(&output, "testScore"), figure(&output, "baseline"));
        assert!(score < 0.7 * baseline, "{model}: {score} beside {baseline}");
        let Column::Floats(values) = &output.columns[1] else { panic!("numbers") };
        assert!(values.iter().all(|value| (50.0..=250.0).contains(value)), "{model}");
    }
}
