//! What a layout must keep, on planted groups and at the edges.

use rand::Rng;

use super::{Crew, Umap, kept};
use crate::algorithm::output::{Column, Output, Rows, Scalar};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::embedding::pca::Pca;
use crate::graph::property::{Property, Values};
use crate::numeric::random::{Xoroshiro128, unit};
use crate::testing::{figure, pool, try_run};

/// `groups` groups of `each` vectors around corners of a cube of `width` dimensions.
fn planted(groups: usize, each: usize, width: usize, spread: f64) -> Vec<f32> {
    let mut random = Xoroshiro128::new(5, 0, 0);
    let mut number = move || 2.0 * unit(random.next_u64()) - 1.0;
    let centres: Vec<f64> = (0..groups * width).map(|_| number().signum()).collect();
    (0..groups * each * width)
        .map(|at| (centres[at / width % groups * width + at % width] + spread * number()) as f32)
        .collect()
}

fn layout(width: usize, data: &[f32], arguments: &str) -> Result<Output, Error> {
    let values = Values::Vectors { width, data: data.to_vec(), present: vec![true; data.len() / width] };
    let property = Property { name: "e".into(), values };
    try_run(&Umap, data.len() / width, &[], vec![property], &format!(r#"{{"property": "e"{arguments}}}"#))
}

fn points(output: &Output) -> (usize, &[f32]) {
    let [Column::Vectors { dimensions, data }] = &output.columns[..] else { panic!("{:?}", output.columns) };
    assert!(data.iter().all(|number| number.is_finite()));
    (*dimensions, data)
}

#[test]
fn planted_groups_stay_apart_and_neighbours_together() {
    let (groups, width) = (9, 12);
    let data = planted(groups, 40, width, 0.6);
    let output = layout(width, &data, r#", "metric": "euclidean""#).unwrap();
    let (dimensions, places) = points(&output);
    assert_eq!((dimensions, places.len()), (2, 2 * 360));
    let place = |at: usize| (places[2 * at], places[2 * at + 1]);
    let distance = |a: usize, b: usize| (place(a).0 - place(b).0).hypot(place(a).1 - place(b).1);
    for at in 0..360 {
        let nearest =
            (0..360).filter(|&other| other != at).min_by(|&a, &b| distance(at, a).total_cmp(&distance(at, b)));
        assert_eq!(nearest.unwrap() % groups, at % groups, "{at}");
    }
    // Two components cannot keep nine groups of twelve dimensions apart as well.
    let values = Values::Vectors { width, data: data.clone(), present: vec![true; 360] };
    let property = Property { name: "e".into(), values };
    let flat = try_run(&Pca, 360, &[], vec![property], r#"{"property": "e"}"#).unwrap();
    let Column::Vectors { data: flat, .. } = &flat.columns[0] else { panic!() };
    let near: Vec<Vec<(u32, f64)>> = (0..360)
        .map(|at| {
            let vector = |at: usize| &data[at * width..(at + 1) * width];
            let mut all: Vec<(u32, f64)> = (0..360)
                .filter(|&other| other != at)
                .map(|other| (other as u32, super::squared(vector(at), vector(other))))
                .collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1));
            all[..15].to_vec()
        })
        .collect();
    let pool = pool(1);
    let context = Context::new(&pool);
    let kept = |points: &[f32]| kept(&near, points, 2, Crew::new(&context, None)).unwrap().unwrap();
    assert!((kept(places) - figure(&output, "neighborsKept")).abs() < 1e-3);
    assert!(kept(places) > kept(flat) + 0.1, "{} {}", kept(places), kept(flat));
}

#[test]
fn three_dimensions_other_seeds_and_few_epochs() {
    let data = planted(4, 20, 6, 0.3);
    let output = layout(6, &data, r#", "dimensions": 3, "epochs": 30, "k": 5, "minDist": 0.5"#).unwrap();
    assert_eq!((points(&output).0, figure(&output, "epochs")), (3, 30.0));
    let seeded = |seed: u32| layout(6, &data, &format!(r#", "epochs": 30, "seed": {seed}"#)).unwrap();
    assert_ne!(points(&seeded(1)).1, points(&seeded(2)).1);
    assert_eq!(points(&seeded(1)).1, points(&seeded(1)).1);
}

#[test]
fn one_vector_two_equal_ones_and_numbers() {
    let one = layout(3, &[1.0, 2.0, 3.0], "").unwrap();
    assert_eq!((points(&one).1.len(), figure(&one, "tieCount")), (2, 0.0));
    assert_eq!(one.stats[4], ("neighborsKept", Scalar::Null));
    for (width, data) in [(3, vec![1.0; 3 * 40]), (2, vec![0.0; 2 * 2]), (1, (0..50).map(|at| at as f32).collect())] {
        for metric in ["cosine", "euclidean"] {
            let output = layout(width, &data, &format!(r#", "metric": "{metric}", "epochs": 50"#)).unwrap();
            assert_eq!(points(&output).1.len(), 2 * data.len() / width);
        }
    }
}

#[test]
fn nodes_without_a_vector_have_no_row() {
    let values = Values::Vectors { width: 1, data: vec![1.0, 0.0, 3.0], present: vec![true, false, true] };
    let property = Property { name: "e".into(), values };
    let output = try_run(&Umap, 3, &[], vec![property], r#"{"property": "e"}"#).unwrap();
    assert_eq!((output.rows, output.columns[0].rows()), (Rows::SomeNodes(vec![0, 2]), 2));
}

#[test]
fn bad_arguments_are_refused() {
    for (arguments, part) in [
        (r#", "minDist": 1.5"#, "minDist"),
        (r#", "k": 0"#, "k"),
        (r#", "metric": "dot""#, "metric"),
        (r#", "epochs": 0"#, "epochs"),
    ] {
        let error = layout(1, &[1.0, 2.0], arguments).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(layout(1, &[1.0, f32::NAN], "").unwrap_err().to_string().contains("NaN"));
}
