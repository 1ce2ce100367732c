//! Predictions know nothing of what comes later, nothing of the targets of the test, and have the same bits for any number of
//! threads.

use std::sync::Arc;

use rand::Rng;

use super::Predict;
use super::aggregate::{AggregateRequest, Moments};
use super::fields::{FieldRequest, Fields};
use super::timeline::Timeline;
use crate::algorithm::Algorithm;
use crate::algorithm::examples::{ElementTimes, ExamplePart, Examples, Role};
use crate::algorithm::input::{AnyGraph, Input};
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::graph::property::{Property, PropertyGraph, Values};
use crate::learning::gnn::GnnEmbed;
use crate::numeric::random::Xoroshiro128;
use crate::numeric::workers::Workers;
use crate::testing::pool;

pub const CUSTOMERS: u32 = 60;
const WEEKS: u32 = 40;
pub const WEEK: f64 = 7.0 * 86_400.0;
const VALIDATION: f64 = 24.0 * WEEK;
const TEST: f64 = 30.0 * WEEK;

/// Customers, their visits, and the shops of the visits: a customer of an even number comes every other week, others seldom.
pub struct Town {
    pub graph: PropertyGraph,
    pub times: ElementTimes,
    /// Customer and week of each visit.
    pub visits: Vec<(u32, u32)>,
}

pub fn town() -> Town {
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
pub fn examples(town: &Town) -> Examples {
    let mut entities = Vec::new();
    let mut examples = Examples {
        roles: Vec::new(),
        times: Vec::new(),
        calendar: true,
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
            entities.push(Some(customer));
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
    examples.roles.push(Role { name: String::new(), entities });
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
    let entities = examples.roles[0].entities.iter().flatten().copied();
    let pairs: Vec<(u32, f64)> = entities.zip(examples.times.iter().copied()).collect();
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

/// Users and items that suit each other where both are even or both odd, which is in neither alone; a third of the offers lack
/// their user.
fn offers() -> (PropertyGraph, ElementTimes, Examples) {
    let (users, items) = (20u32, 12u32);
    let mut graph = PropertyGraph {
        node_types: ["User", "Item"].map(Arc::from).into(),
        node_type: (0..users + items).map(|node| u32::from(node >= users)).collect(),
        ..PropertyGraph::default()
    };
    let even = (0..users + items).map(|node| Some((node % users).is_multiple_of(2))).collect();
    graph.node_properties.push(Property { name: "even".into(), values: Values::Bools(even) });
    let mut roles = ["USER", "ITEM"].map(|name| Role { name: name.to_owned(), entities: Vec::new() });
    let (mut times, mut parts, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    for offer in 0..users * items {
        let (user, item) = (offer % users, offer / users % items);
        roles[0].entities.push((user % 3 != 2).then_some(user));
        roles[1].entities.push(Some(users + item));
        times.push(f64::from(offer * 7 % 60));
        parts.push(match offer * 7 % 60 {
            0..36 => ExamplePart::Train,
            36..48 => ExamplePart::Validation,
            _ => ExamplePart::Test,
        });
        targets.push(Some(user % 2 == item % 2));
    }
    let examples = Examples {
        roles: roles.into(),
        times,
        calendar: false,
        parts,
        targets: Values::Bools(targets),
        test_from: 48.0,
        validation_from: 36.0,
        horizon: 1.0,
    };
    let nodes = vec![f64::NAN; graph.node_count()];
    (graph, ElementTimes { nodes, edges: Vec::new() }, examples)
}

fn embed(
    world: &(PropertyGraph, ElementTimes, Examples),
    model: &str,
    more: (&str, Argument),
    threads: usize,
) -> Output {
    let text = |text: &str| Argument::String(text.to_owned());
    let given = [
        ("examples".to_owned(), text("Offer")),
        ("exampleTime".to_owned(), text("at")),
        ("target".to_owned(), text("taken")),
        ("model".to_owned(), text(model)),
        (more.0.to_owned(), more.1),
    ];
    let arguments = GnnEmbed.description().check(&given).unwrap();
    assert_eq!(GnnEmbed.columns(&arguments, None), ["nodeId", "prediction", "probability"]);
    let pool = pool(threads);
    let (graph, times, examples) = world;
    let input = Input { times: Some(times), examples: Some(examples), ..Input::from(AnyGraph::Properties(graph)) };
    GnnEmbed.run(input, &arguments, &Context::new(&pool)).unwrap()
}

fn shares_of_examples(output: &Output) -> Vec<u32> {
    match &output.columns[3] {
        Column::Records { data, .. } => data.iter().map(|share| share.to_bits()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn two_entities_suit_each_other_by_what_both_are() {
    let world = offers();
    for model in ["graphsage", "hgt"] {
        let output = embed(&world, model, ("seed", Argument::Int(7)), 2);
        assert_eq!((output.rows.clone(), output.columns[1].rows()), (Rows::Examples, world.2.len()));
        let score = figure(&output, "testScore");
        // A third of the offers say nothing of their user.
        assert!(score > 0.7, "{model}: {score}");
    }
}

#[test]
fn examples_of_two_entities_have_the_same_bits_for_any_number_of_threads() {
    let world = offers();
    for model in ["ridge", "aggregate", "graphsage", "hgt"] {
        let batch = ("batchSize", Argument::Int(7));
        let one = embed(&world, model, batch.clone(), 1);
        for threads in [2, 7] {
            let other = embed(&world, model, batch.clone(), threads);
            assert_eq!(shares_of_examples(&one), shares_of_examples(&other), "{model} on {threads} threads");
            assert_eq!(one.stats, other.stats, "{model} on {threads} threads");
        }
    }
}

/// A column for what both have had to do with each other, censored at the time of the example.
#[test]
fn histories_of_two_entities_together() {
    let (mut graph, mut times, mut examples) = offers();
    // A visit of user 0 to item 0 at time 10, and an edge between them.
    let (user, item) = (0, 20);
    let visit = graph.node_count() as u32;
    graph.node_types.push("Visit".into());
    graph.node_type.push(2);
    graph.edge_labels = ["BY", "OF", "LIKES"].map(Arc::from).into();
    for (label, from, to) in [(0, visit, user), (1, visit, item), (2, user, item)] {
        graph.edge_label.push(label);
        graph.from.push(from);
        graph.to.push(to);
    }
    if let Values::Bools(values) = &mut graph.node_properties[0].values {
        values.push(None);
    }
    times.nodes.push(10.0);
    times.edges = vec![f64::NAN, f64::NAN, 20.0];
    for role in &mut examples.roles {
        role.entities.truncate(3);
    }
    (examples.roles[0].entities, examples.roles[1].entities) =
        (vec![Some(user), Some(user), None], vec![Some(item), Some(21), Some(item)]);
    examples.times = vec![30.0; 3];
    let timeline = Timeline::new(&graph, &times);
    let fields =
        Fields::new(&FieldRequest { graph: &graph, times: &timeline.times, until: 30.0, leave_out: &|_, _| false });
    let types = [vec![0], vec![1]];
    let request = AggregateRequest {
        graph: &graph,
        timeline: &timeline,
        fields: &fields,
        entity_types: &types,
        horizon: 1.0,
        calendar: false,
        wanted: None,
    };
    let pool = pool(1);
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 1);
    let counts = |seen: f64, name: &str| {
        let rows: Vec<(u32, f64)> = (0..3).map(|row| (row, seen)).collect();
        let table = request.table(&workers, &Moments::new(&examples, &rows));
        let place = table.names.iter().position(|known| known == name).unwrap_or_else(|| panic!("{:?}", table.names));
        table.values.column(place).to_vec()
    };
    let visits = "USER with ITEM: <-[BY]-Visit-[OF]->Item rows";
    assert_eq!(counts(30.0, visits)[..2], [1.0, 0.0]);
    assert!(counts(30.0, visits)[2].is_nan());
    assert_eq!(counts(9.0, visits)[..2], [0.0, 0.0]);
    let likes = "USER with ITEM: -[LIKES]->Item rows";
    assert_eq!(counts(30.0, likes)[..2], [1.0, 0.0]);
    assert_eq!(counts(19.0, likes)[..2], [0.0, 0.0]);
}
