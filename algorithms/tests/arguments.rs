//! Argument checks through the description of node2vec.

use wend_algorithms::{Argument, ArgumentError, Arguments, ColumnRole, Common, algorithms, find};

fn check(given: &[(&str, Argument)]) -> Result<Arguments, ArgumentError> {
    let given: Vec<_> = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    find("node2vec").unwrap().description().check(&given)
}

fn message(name: &str, value: Argument) -> String {
    check(&[(name, value)]).unwrap_err().to_string()
}

fn text(text: &str) -> Argument {
    Argument::String(text.to_owned())
}

#[test]
fn defaults() {
    let arguments = check(&[]).unwrap();
    assert_eq!(arguments.value("dimensions"), &Argument::Int(128));
    assert_eq!(arguments.value("walkLength"), &Argument::Int(80));
    assert_eq!(arguments.value("walksPerNode"), &Argument::Int(10));
    assert_eq!(arguments.value("p"), &Argument::Float(1.0));
    assert_eq!(arguments.value("window"), &Argument::Int(10));
    assert_eq!((arguments.seed, arguments.concurrency), (42, None));
    assert_eq!((&arguments.node_labels, &arguments.weight), (&None, &None));
    assert_eq!(check(&[("dimensions", Argument::Null)]).unwrap().value("dimensions"), &Argument::Int(128));
}

#[test]
fn values_are_taken_in_their_type() {
    let arguments = check(&[
        ("q", Argument::Int(2)),
        ("dimensions", Argument::Int(4096)),
        ("nodeLabels", text("Person")),
        ("edgeLabels", Argument::List(vec![text("knows"), text("likes")])),
        ("weight", text("strength")),
        ("seed", Argument::Int(-1)),
        ("concurrency", Argument::Int(3)),
    ])
    .unwrap();
    assert_eq!(arguments.value("q"), &Argument::Float(2.0));
    assert_eq!(arguments.node_labels.as_deref(), Some(&["Person".to_owned()][..]));
    assert_eq!(arguments.edge_labels.as_deref().map(<[String]>::len), Some(2));
    assert_eq!(arguments.weight.as_deref(), Some("strength"));
    assert_eq!((arguments.seed, arguments.concurrency), (u64::MAX, Some(3)));
}

#[test]
fn what_is_wrong_is_named() {
    assert_eq!(
        message("dimensions", Argument::Int(0)),
        "parameter \"dimensions\" of algo.node2vec takes INT (1..4096), got INT 0"
    );
    assert_eq!(
        message("dimensions", text("x")),
        "parameter \"dimensions\" of algo.node2vec takes INT (1..4096), got STRING \"x\""
    );
    assert_eq!(
        message("p", Argument::Float(0.0)),
        "parameter \"p\" of algo.node2vec takes FLOAT (> 0, finite), got FLOAT 0.0"
    );
    assert_eq!(
        message("nodeLabels", Argument::List(vec![Argument::Int(1)])),
        "parameter \"nodeLabels\" of algo.node2vec takes LIST<STRING>, got LIST of 1"
    );
    let unknown = message("dimension", Argument::Int(4));
    assert!(unknown.starts_with("algo.node2vec has no parameter \"dimension\"; it takes dimensions, walkLength"));
    assert!(unknown.ends_with("; did you mean \"dimensions\"?"), "{unknown}");
    assert_eq!(check(&[("walklenght", Argument::Int(4))]).unwrap_err().nearest, Some("walkLength"));
    assert_eq!(check(&[("somethingElse", Argument::Int(4))]).unwrap_err().nearest, None);
    for (name, value) in [
        ("dimensions", Argument::Int(-1)),
        ("dimensions", Argument::Int(4097)),
        ("dimensions", Argument::Float(4.0)),
        ("walkLength", Argument::Int(1)),
        ("walksPerNode", Argument::Int(0)),
        ("window", Argument::Int(0)),
        ("p", Argument::Float(f64::NAN)),
        ("p", Argument::Float(f64::INFINITY)),
        ("q", Argument::Int(-2)),
        ("q", Argument::Bool(true)),
        ("concurrency", Argument::Int(0)),
        ("seed", Argument::Float(1.0)),
        ("weight", Argument::Int(1)),
        ("weight", Argument::Record(vec![])),
    ] {
        let error = check(&[(name, value)]).unwrap_err();
        assert_eq!(error.parameter, name);
        assert!(error.got.is_some());
    }
    // No message grows with its input.
    assert!(message("dimensions", text(&"x".repeat(1 << 20))).len() < 200);
    assert!(message(&"x".repeat(1 << 20), Argument::Null).len() < 400);
}

#[test]
fn descriptions_are_complete() {
    for algorithm in algorithms() {
        let description = algorithm.description();
        assert_eq!(find(description.name).map(|found| found.description().name), Some(description.name));
        // Rows that are a table of their own have no node.
        let node = description.columns.iter().position(|column| column.role == ColumnRole::Node);
        assert!(matches!(node, None | Some(0)) && !description.columns.is_empty(), "{}", description.name);
        let mut names: Vec<_> = description.all_parameters().map(|parameter| parameter.name).collect();
        assert!(description.all_parameters().all(|parameter| !parameter.doc.is_empty()));
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
    let listed: Vec<_> = Common::PARAMETERS
        .iter()
        .map(|parameter| format!("{} {} {}", parameter.name, parameter.kind.type_name(), parameter.default.text()))
        .collect();
    assert_eq!(listed[0], "nodeLabels LIST<STRING> all");
    assert_eq!(listed[3], "seed INT 42");
    assert!(find("nodevec").is_none());
}

#[test]
fn blocks_are_parameters_of_what_has_vectors_of_nodes() {
    let takes_blocks = |name: &str| {
        let description = find(name).unwrap().description();
        assert_eq!(description.has_blocks(), !description.block_columns().is_empty());
        description.all_parameters().any(|parameter| parameter.name == "blockSize")
    };
    assert!(takes_blocks("node2vec") && takes_blocks("gnn_embed") && takes_blocks("pca"));
    assert!(!takes_blocks("graph_embed") && !takes_blocks("features") && !takes_blocks("degree"));
    assert_eq!(check(&[("blockSize", Argument::Int(7))]).unwrap().block_size, Some(7));
    assert_eq!(check(&[("blocksize", Argument::Int(7))]).unwrap_err().nearest, Some("blockSize"));
}
