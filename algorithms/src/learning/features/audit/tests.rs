//! Tests of the audit and of the listing: planted leaks are found, noise is not.

use super::score::{centroid_score, class_score, correlation, mean_score, number_codes};
use super::*;
use crate::graph::property::{NO_TEXT, Property, PropertyGraph, Values};
use crate::numeric::random::{mix, unit};

const N: usize = 400;

fn random(row: usize, key: u64) -> f64 {
    unit(mix(mix(key) ^ row as u64))
}

fn numbers(value: impl Fn(usize) -> f64) -> Values {
    Values::Numbers { values: (0..N).map(value).collect(), integers: false, wide: Vec::new() }
}

/// Codes into these texts.
fn texts(distinct: &[&str], code: impl Fn(usize) -> u32) -> Values {
    Values::Texts { distinct: distinct.iter().map(|&text| text.into()).collect(), codes: (0..N).map(code).collect() }
}

/// The class of a row: three of them, half of the rows in the first.
fn class(row: usize) -> u32 {
    match random(row, 1) {
        share if share < 0.5 => 0,
        share if share < 0.8 => 1,
        _ => 2,
    }
}

fn graph(properties: Vec<(&str, Values)>) -> PropertyGraph {
    let node_properties = properties.into_iter().map(|(name, values)| Property { name: name.into(), values }).collect();
    PropertyGraph { node_types: vec!["P".into()], node_type: vec![0; N], node_properties, ..PropertyGraph::default() }
}

/// Target and three kinds of noise.
fn noise() -> Vec<(&'static str, Values)> {
    vec![
        ("kind", texts(&["a", "b", "c"], class)),
        ("noise", numbers(|row| random(row, 2))),
        ("dice", texts(&["x", "y", "z"], |row| (random(row, 3) * 3.0) as u32)),
        (
            "vector",
            Values::Vectors {
                width: 8,
                data: (0..N * 8).map(|place| random(place, 4) as f32).collect(),
                present: vec![true; N],
            },
        ),
    ]
}

fn run(algorithm: &dyn Algorithm, graph: &PropertyGraph, given: &[(&str, Argument)]) -> Result<Output, Error> {
    let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let arguments = algorithm.description().check(&given).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    algorithm.needs(&arguments, None)?;
    algorithm.run(Input::from(graph), &arguments, &Context::new(&pool))
}

fn text(text: &str) -> Argument {
    Argument::String(text.to_owned())
}

/// Property, finding, severity and score of each row.
fn audit(graph: &PropertyGraph, given: &[(&str, Argument)]) -> Vec<(String, String, String, f64)> {
    let output = run(&FeaturesAudit, graph, given).unwrap();
    assert_eq!((output.rows, output.columns.len()), (Rows::Table, 6));
    let text = |column: usize, row: usize| match &output.columns[column] {
        Column::Scalars(values) => match &values[row] {
            Scalar::String(text) => text.clone(),
            _ => String::new(),
        },
        _ => panic!(),
    };
    let score = |row: usize| match &output.columns[4] {
        Column::Scalars(values) => match values[row] {
            Scalar::Float(score) => score,
            _ => panic!(),
        },
        _ => panic!(),
    };
    (0..output.columns[0].rows()).map(|row| (text(0, row), text(2, row), text(3, row), score(row))).collect()
}

#[test]
fn noise_is_silent() {
    assert_eq!(audit(&graph(noise()), &[("target", text("kind"))]), []);
    assert_eq!(audit(&graph(noise()), &[("target", text("noise"))]), []);
    assert_eq!(audit(&graph(noise()), &[]), []);
}

#[test]
fn a_planted_leak_is_found() {
    let leaks: Vec<(&str, Values)> = vec![
        ("category", texts(&["u", "v", "w"], |row| (class(row) + 1) % 3)),
        ("number", numbers(|row| f64::from(class(row)) + 0.5 * random(row, 9))),
        // Filled in only for one class, which is all there is to know about two.
        (
            "vector2",
            Values::Vectors {
                width: 3,
                data: (0..N * 3).map(|place| if place % 3 == class(place / 3) as usize { 1.0 } else { 0.0 }).collect(),
                present: vec![true; N],
            },
        ),
    ];
    for (name, values) in leaks {
        let mut properties = noise();
        properties.push((name, values));
        let found = audit(&graph(properties), &[("target", text("kind"))]);
        assert_eq!((found.len(), found[0].0.as_str(), found[0].2.as_str()), (1, name, "high"), "{found:?}");
        assert!(found[0].3 > 0.95, "{found:?}");
    }
}

#[test]
fn a_property_filled_in_afterwards_is_found() {
    let mut properties = noise();
    let churned = |row: usize| class(row) == 0;
    properties[0] = ("churned", Values::Bools((0..N).map(|row| Some(churned(row))).collect()));
    let reason = |row| if churned(row) { (random(row, 5) * 3.0) as u32 } else { NO_TEXT };
    properties.push(("reason", texts(&["price", "moved", "other"], reason)));
    let found = audit(&graph(properties), &[("target", text("churned"))]);
    assert_eq!((found[0].0.as_str(), found[0].2.as_str(), found[0].3), ("reason", "high", 1.0));
    assert!(found[0].1.starts_with("equals the target"));
    assert!(found.iter().all(|finding| finding.0 == "reason"));
}

#[test]
fn a_number_that_is_the_target_in_other_units_is_found() {
    let mut properties = noise();
    properties.push(("gross", numbers(|row| 1.2 * random(row, 2) + 7.0)));
    let found = audit(&graph(properties), &[("target", text("noise"))]);
    assert_eq!((found.len(), found[0].0.as_str(), found[0].2.as_str()), (1, "gross", "high"));
    assert!(found[0].3 > 1.0 - 1e-9);
}

#[test]
fn identifiers_constants_gaps_and_the_target_itself() {
    let names: Vec<String> = (0..N).map(|row| format!("n{row}")).collect();
    let mut properties = noise();
    properties.push(("id", texts(&names.iter().map(String::as_str).collect::<Vec<_>>(), |row| row as u32)));
    properties.push(("same", numbers(|_| 3.0)));
    properties.push(("gaps", numbers(|row| if row % 4 == 0 { random(row, 6) } else { f64::NAN })));
    properties.push(("none", Values::Nulls { rows: N }));
    let found = audit(&graph(properties.clone()), &[("target", text("kind"))]);
    let found: Vec<_> = found.iter().map(|(name, what, severity, _)| (&**name, &**what, &**severity)).collect();
    let identifier = "identifier: nearly every value is used once";
    assert_eq!(
        found,
        [
            ("id", identifier, "low"),
            ("same", "constant", "low"),
            ("none", "NULL everywhere", "low"),
            ("gaps", "many NULLs", "low")
        ]
    );
    let named = Argument::List(vec![text("id"), text("kind")]);
    let found = audit(&graph(properties), &[("target", text("kind")), ("features", named)]);
    let found: Vec<_> = found.iter().map(|(name, _, severity, _)| (&**name, &**severity)).collect();
    assert_eq!(found, [("kind", "high"), ("id", "medium")]);
}

#[test]
fn times_after_as_of_are_found() {
    let mut properties = noise();
    properties.push(("made", Values::Times((0..N).map(|row| row as f64).collect())));
    properties.push(("closed", Values::Times((0..N).map(|row| row as f64 + 50.0).collect())));
    let given = [("timeProperty", text("made")), ("asOf", Argument::Time(99.0))];
    let found = audit(&graph(properties), &given);
    // Nodes 0 to 99 are there by then; 50 of them are closed later.
    assert_eq!((found.len(), found[0].0.as_str(), found[0].3), (1, "closed", 0.5));
    assert_eq!(found[0].1, "50 values are later than asOf");
    let error = run(&FeaturesAudit, &graph(noise()), &[("asOf", text("today"))]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "parameter \"asOf\" of algo.features.audit takes DATE | DATETIME, got STRING \"today\""
    );
}

#[test]
fn leaks_through_neighbours_and_edges_are_found() {
    // The first half of the nodes has the target, the second half are their neighbours.
    let half = N / 2;
    let of = |row: usize| class(row % half);
    let kind = texts(&["a", "b", "c"], |row| if row < half { of(row) } else { NO_TEXT });
    let copy = texts(&["d", "e", "f"], |row| if row < half { NO_TEXT } else { of(row) });
    let mut graph = graph(vec![("copy", copy), ("kind", kind.clone())]);
    graph.node_types.push("Q".into());
    graph.node_type[half..].fill(1);
    graph.edge_labels = vec!["E".into()];
    graph.edge_label = vec![0; half];
    graph.from = (0..half as u32).collect();
    graph.to = (half as u32..N as u32).collect();
    let Values::Texts { distinct, mut codes } = kind else { panic!() };
    codes.truncate(half);
    graph.edge_properties = vec![Property { name: "mark".into(), values: Values::Texts { distinct, codes } }];
    let found = audit(&graph, &[("target", text("kind")), ("edgeFeatures", text("mark"))]);
    let leaks: Vec<_> =
        found.iter().filter(|finding| finding.2 == "high").map(|finding| (&*finding.0, &*finding.1)).collect();
    assert_eq!(
        leaks,
        [
            ("copy", "at neighbours, gives away the target of \"P\""),
            ("mark", "at edges, gives away the target of \"P\"")
        ]
    );
}

#[test]
fn scores_by_hand() {
    let folds = [0, 1, 0, 1];
    // Each fold sees one row of each code in the other.
    assert_eq!(class_score(&[1, 1, 2, 2], &[5, 5, 6, 6], &folds), 1.0);
    // Codes that the other folds never saw say the most frequent class.
    assert_eq!(class_score(&[1, 2, 3, 4], &[5, 5, 5, 6], &folds), 0.0);
    assert_eq!(mean_score(&[1, 1, 2, 2], &[-1.0, -1.0, 1.0, 1.0], &folds), 1.0);
    assert_eq!(mean_score(&[1, 2, 3, 4], &[-1.0, -1.0, 1.0, 1.0], &folds), 0.0);
    assert!((correlation(&[1.0, 2.0, 3.0], &[-2.0, -4.0, -6.0]) - 1.0).abs() < 1e-12);
    assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), 0.0);
    let dense = ndarray::arr2(&[[0.0], [0.1], [5.0], [5.1]]);
    assert_eq!(centroid_score(&dense, &[7, 7, 8, 8], &folds), 1.0);
    // Two distinct numbers at eight rows are values of their own; three at four are one quantile.
    assert_eq!(number_codes(&[f64::NAN, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0]), [0, 2, 1, 2, 1, 2, 1, 1, 1]);
    assert_eq!(number_codes(&[2.0, 1.0, -0.0, 0.0]), [1; 4]);
    assert!(number_codes(&[]).is_empty());
    assert_eq!(number_codes(&[f64::NAN; 3]), [0, 0, 0]);
}

#[test]
fn the_listing_shows_what_is_used_and_what_is_not() {
    let mut properties = noise();
    properties.push(("id", numbers(|row| row as f64)));
    if let Some((_, Values::Numbers { integers, .. })) = properties.last_mut() {
        *integers = true;
    }
    properties.push(("part", texts(&["train", "test"], |row| (row % 2) as u32)));
    let graph = graph(properties);
    let output =
        run(&crate::learning::features::Features, &graph, &[("target", text("kind")), ("split", text("part"))])
            .unwrap();
    let text_at = |column: usize, row: usize| match &output.columns[column] {
        Column::Scalars(values) => match &values[row] {
            Scalar::String(text) => text.clone(),
            Scalar::Int(number) => number.to_string(),
            _ => "NULL".to_owned(),
        },
        _ => panic!(),
    };
    let lines: Vec<String> = (0..output.columns[0].rows())
        .map(|row| (0..7).map(|column| text_at(column, row)).collect::<Vec<_>>().join(" | "))
        .collect();
    assert_eq!(
        lines,
        [
            "noise | P | number | 1 | 0 |  | node",
            "dice | P | category | 3 | 0 | a column for each of 3 values | node",
            "vector | P | vector | 8 | 0 |  | node",
            "id | P | none | 0 | 0 | left out: identifier: a running number | node",
        ]
    );
    assert_eq!(output.stats[2..], [("features", Scalar::Int(3)), ("leftOut", Scalar::Int(1))]);
    let error =
        |given: &[(&str, Argument)]| run(&crate::learning::features::Features, &graph, given).unwrap_err().to_string();
    assert_eq!(
        error(&[("target", text("knd"))]),
        "target of algo.features: no node that is seen has the property \"knd\"; did you mean \"kind\"?"
    );
    assert_eq!(error(&[("split", text("kind"))]), "split: property \"kind\" says \"train\" at no node");
    assert!(error(&[("split", text("noise"))]).contains("is FLOAT; it should say"));
}
