//! Numbers, truth values, vectors, groups and what a call may say.

use super::*;
use crate::core::error::Error;

const NAN: f64 = f64::NAN;

#[test]
fn a_number_is_its_z_score_and_a_null_indicator_where_there_are_nulls() {
    // Mean 2, deviation sqrt(2/3).
    let z = 1.5f32.sqrt();
    let encoded = encode_as(numbers(&[1.0, 2.0, 3.0]), &Argument::Null);
    assert_eq!((encoded.width, encoded.rows), (1, vec![0, 1, 2]));
    assert!((encoded.dense[0] + z).abs() < 1e-6 && encoded.dense[1] == 0.0 && (encoded.dense[2] - z).abs() < 1e-6);
    let encoded = encode_as(numbers(&[1.0, NAN, 3.0]), &Argument::Null);
    assert_eq!((encoded.width, encoded.dense), (2, vec![-1.0, 0.0, 0.0, 1.0, 1.0, 0.0]));
}

#[test]
fn enormous_infinite_and_constant_numbers_stay_finite() {
    let encoded = encode_as(numbers(&[f64::MAX, -f64::MAX, f64::INFINITY, 0.0]), &Argument::Null);
    assert!(encoded.dense.iter().all(|number| number.is_finite()));
    assert_eq!(encoded.dense[2], 10.0);
    let named = text("x");
    assert_eq!(encode_as(numbers(&[7.0, NAN, 7.0]), &named).dense, [1.0, 0.0, 1.0]);
    assert_eq!(encode_as(numbers(&[7.0, 7.0]), &named).dense, [1.0, 1.0]);
    // Nobody asked for it, and it tells nothing.
    assert_eq!(encode_as(numbers(&[7.0, 7.0]), &Argument::Null).width, 0);
    let plain = record(&[("property", text("x")), ("scale", text("none"))]);
    assert_eq!(encode_as(numbers(&[1e300, 2.5]), &plain).dense, [f32::MAX, 2.5]);
}

#[test]
fn truth_values_are_zero_and_one() {
    let encoded = encode_as(Values::Bools(vec![Some(true), Some(false), None]), &Argument::Null);
    assert_eq!((encoded.width, encoded.dense), (2, vec![1.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    let as_bool = record(&[("property", text("x")), ("encoding", text("bool"))]);
    assert_eq!(encode_as(numbers(&[0.0, 1.0, 1.0]), &as_bool).dense, [0.0, 1.0, 1.0]);
    assert!(refused(numbers(&[0.0, 2.0]), &as_bool).contains("takes 0 and 1 only, not 2"));
}

fn vectors(width: usize, data: &[f32], present: &[bool]) -> Values {
    Values::Vectors { width, data: data.to_vec(), present: present.to_vec() }
}

#[test]
fn vectors_come_as_they_are_or_scaled() {
    let values = || vectors(2, &[3.0, -4.0, 0.0, 0.0, 1.0, f32::NAN], &[true, false, true]);
    assert_eq!(encode_as(values(), &Argument::Null).dense, [3.0, -4.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    let scaled = |scale| encode_as(values(), &record(&[("property", text("x")), ("scale", text(scale))])).dense;
    assert_eq!(scaled("l1")[..2], [3.0 / 7.0, -4.0 / 7.0]);
    assert_eq!(scaled("l2")[..2], [0.6, -0.8]);
    // Mean 2, deviation 1; of the second position only one number is finite.
    assert_eq!(scaled("zscore"), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0]);
}

#[test]
fn each_group_has_its_own_features() {
    let columns =
        [property("age", numbers(&[1.0, 10.0, 3.0, 30.0, NAN])), property("size", numbers(&[NAN, 1.0, NAN, 2.0, NAN]))];
    let names = ["P".into(), "Q".into(), "empty".into(), "bare".into()];
    let groups = Groups { names: &names, of_row: &[0, 1, 0, 1, 3] };
    let encoders = Encoders::fit(&columns, groups, &parse(&Argument::Null), None).unwrap();
    let encoded = encoders.encode(&columns, groups).unwrap();
    assert_eq!((&*encoded[0].name, encoded[0].dense.flat()), ("P", &[-1.0, 1.0][..]));
    assert_eq!((&encoded[1].rows[..], encoded[1].dense.flat()), (&[1, 3][..], &[-1.0, -1.0, 1.0, 1.0][..]));
    assert_eq!((encoded[2].dense.ncols(), encoded[3].rows.len(), encoded[3].dense.ncols()), (0, 1, 0));
    let lines: Vec<_> = encoders.summary("node").into_iter().map(|line| (line.label, line.property)).collect();
    assert_eq!(lines, [("P".into(), "age".into()), ("Q".into(), "age".into()), ("Q".into(), "size".into())]);
}

#[test]
fn statistics_come_from_training_rows() {
    let columns = [property("x", numbers(&[1.0, 3.0, 5.0, NAN])), property("late", numbers(&[NAN, NAN, 1.0, 2.0]))];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &[0; 4] };
    let training = [true, true, false, false];
    let encoders = Encoders::fit(&columns, groups, &parse(&Argument::Null), Some(&training)).unwrap();
    // Mean 2, deviation 1; no NULL at a training row, so there is no column for it.
    assert_eq!(encoders.encode(&columns, groups).unwrap()[0].dense.flat(), [-1.0, 1.0, 3.0, 0.0]);
    let summary = encoders.summary("node");
    assert_eq!((&*summary[1].encoding, &*summary[1].note), ("none", "left out: no training row has a value"));
    let named = Encoders::fit(&columns, groups, &parse(&text("late")), Some(&training)).unwrap_err();
    assert_eq!(named.to_string(), "features: property \"late\" cannot be used: no training row has a value");
}

#[test]
fn what_a_call_may_say() {
    let message =
        |argument: &Argument| FeatureRequest::parse("gnn_embed", "features", argument, true).unwrap_err().to_string();
    assert_eq!(
        message(&Argument::List(vec![text("a"), Argument::Int(3)])),
        "parameter \"features[1]\" of algo.gnn_embed takes a property's name or a record of property, encoding, width, \
         scale, minCount, maxValues, got INT 3"
    );
    let encoding = record(&[("property", text("a")), ("encoding", text("txt"))]);
    assert!(message(&encoding).contains("did you mean \"text\"?"));
    let field = record(&[("property", text("a")), ("with", Argument::Int(3))]);
    assert!(message(&field).contains("did you mean \"width\"?"));
    assert!(message(&record(&[("encoding", text("text"))])).contains("features.property"));
    let width = record(&[("property", text("a")), ("encoding", text("text")), ("width", Argument::Int(0))]);
    assert!(message(&width).contains("takes INT (1..4096), got INT 0"));
    let scale = record(&[("property", text("a")), ("encoding", text("text")), ("scale", text("l1"))]);
    assert!(message(&scale).contains("the option \"scale\" is for"));
    assert!(message(&Argument::List(vec![text("a"), text("a")])).contains("each property once"));

    assert_eq!(parse(&Argument::Null).selection(), PropertySelection::unwritten());
    assert!(parse(&Argument::List(Vec::new())).is_empty());
    assert_eq!(parse(&text("a")).selection(), PropertySelection::named(["a".into()]));
    let none = FeatureRequest::parse("gnn_embed", "edgeFeatures", &Argument::Null, false).unwrap();
    assert_eq!(none.selection(), PropertySelection::none());
}

#[test]
fn a_named_feature_that_cannot_be_is_an_error_that_names_it() {
    assert_eq!(
        refused(Values::Nulls { rows: 2 }, &text("x")),
        "features: property \"x\" has no value at any row that is seen: all are NULL"
    );
    let other = Values::Other { what: "records".into(), present: vec![true] };
    assert_eq!(
        refused(other.clone(), &text("x")),
        "features: property \"x\" cannot be used: no encoding takes records"
    );
    assert_eq!(encode_as(other, &Argument::Null).width, 0);
    assert_eq!(refused(numbers(&[1.0]), &text("other")), "features: nothing that is seen has the property \"other\"");
    let as_text = record(&[("property", text("x")), ("encoding", text("text"))]);
    assert_eq!(
        refused(numbers(&[1.0]), &as_text),
        "features: property \"x\" is a number, which the encoding \"text\" does not take; \"number\" or \"category\" or \
         \"bool\" or \"time\" does"
    );
    let columns = [property("x", numbers(&[1.0, 2.0]))];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &[0, 0] };
    let excluded = parse(&text("x")).exclude(&["x"]);
    assert!(Encoders::fit(&columns, groups, &excluded, None).unwrap_err().to_string().contains("is the target"));
    let rest = parse(&Argument::Null).exclude(&["x"]);
    assert_eq!(Encoders::fit(&columns, groups, &rest, None).unwrap().summary("node"), []);
}

#[test]
fn a_model_says_what_another_graph_lacks() {
    let columns = [property("x", numbers(&[1.0, 2.0])), property("y", numbers(&[1.0, NAN]))];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &[0, 0] };
    let encoders = Encoders::fit(&columns, groups, &parse(&Argument::Null), None).unwrap();
    assert_eq!(encoders.selection(), PropertySelection::known(["x".into(), "y".into()]));
    let error = |columns: &[Property], groups: Groups<'_>| encoders.encode(columns, groups).unwrap_err().to_string();
    assert_eq!(
        error(&columns[1..], groups),
        "the model needs the property \"x\" of \"T\", which is a number; here nothing has it: set it, or train without \
         it"
    );
    let nulls = property("x", Values::Nulls { rows: 2 });
    assert!(error(&[nulls, columns[1].clone()], groups).contains("needs the property \"x\""));
    // It lacked values when the model was trained, so that it may lack all.
    let nulls = property("y", Values::Nulls { rows: 2 });
    assert_eq!(encoders.encode(&[columns[0].clone(), nulls], groups).unwrap()[0].dense.flat()[1..3], [0.0, 1.0]);
    assert_eq!(
        error(&[property("x", texts(&["a", "b"])), columns[1].clone()], groups),
        "the model knows the property \"x\" of \"T\" as a number; here it is STRING"
    );
    let other = Groups { names: &["U".into()], of_row: &[0, 0] };
    assert!(error(&columns, other).starts_with("the model knows no features of the label \"U\", only of \"T\""));
    let longer = Groups { names: &names, of_row: &[0, 0, 0] };
    assert_eq!(encoders.encode(&columns, longer), Err(Error::WrongInput));
}
