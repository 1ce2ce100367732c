//! What holds for any column: nothing but finite numbers comes out, and encoders do the same after they were saved.

use proptest::prelude::*;

use super::*;

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -100.0f64..100.0,
        2 => (-3i32..3).prop_map(f64::from),
        2 => Just(f64::NAN),
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::INFINITY), Just(f64::MAX), Just(-f64::MAX), Just(5e-324), Just(-0.0)],
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-c]", "[a-e]{1,3}( [a-e]{1,4}){0,5}", any::<String>()]
}

fn any_column(rows: usize) -> impl Strategy<Value = Values> {
    let many = move |width: usize| proptest::collection::vec(any::<f32>(), rows * width);
    let present = move || proptest::collection::vec(any::<bool>(), rows);
    prop_oneof![
        Just(Values::Nulls { rows }),
        proptest::collection::vec(any::<Option<bool>>(), rows).prop_map(Values::Bools),
        (proptest::collection::vec(any_number(), rows), any::<bool>()).prop_map(|(values, integers)| Values::Numbers {
            values,
            integers,
            wide: Vec::new()
        }),
        proptest::collection::vec(any_number(), rows).prop_map(Values::Times),
        proptest::collection::vec(any_text(), rows)
            .prop_map(|values| texts(&values.iter().map(String::as_str).collect::<Vec<_>>())),
        (0usize..4)
            .prop_flat_map(move |width| (Just(width), many(width), present()))
            .prop_map(|(width, data, present)| Values::Vectors { width, data, present }),
        proptest::collection::vec(proptest::option::of(proptest::collection::vec("[a-d]{1,2}", 0..4)), rows).prop_map(
            |rows| {
                let mut distinct: Vec<Arc<str>> = Vec::new();
                let (mut offsets, mut codes) = (vec![0], Vec::new());
                for item in rows.iter().flatten().flatten() {
                    if !distinct.iter().any(|other| **other == **item) {
                        distinct.push(item.as_str().into());
                    }
                }
                for row in &rows {
                    let find = |item: &String| distinct.iter().position(|other| **other == **item).unwrap() as u32;
                    codes.extend(row.iter().flatten().map(find));
                    offsets.push(codes.len());
                }
                Values::TextLists { distinct, offsets, codes, present: rows.iter().map(Option::is_some).collect() }
            }
        ),
        present().prop_map(|present| Values::Other { what: "records".into(), present }),
    ]
}

/// Three columns, groups and training rows.
fn any_table() -> impl Strategy<Value = (Vec<Values>, Vec<u32>, Vec<bool>)> {
    (0usize..40).prop_flat_map(|rows| {
        (
            proptest::collection::vec(any_column(rows), 3),
            proptest::collection::vec(0u32..3, rows),
            proptest::collection::vec(any::<bool>(), rows),
        )
    })
}

fn named(columns: Vec<Values>) -> Vec<Property> {
    ["x", "y", "z"].into_iter().zip(columns).map(|(name, values)| property(name, values)).collect()
}

/// The rows of a column in another order.
fn permuted(values: &Values, order: &[usize]) -> Values {
    match values {
        Values::Nulls { rows } => Values::Nulls { rows: *rows },
        Values::Bools(values) => Values::Bools(order.iter().map(|&row| values[row]).collect()),
        Values::Numbers { values, integers, .. } => Values::Numbers {
            values: order.iter().map(|&row| values[row]).collect(),
            integers: *integers,
            wide: Vec::new(),
        },
        Values::Times(values) => Values::Times(order.iter().map(|&row| values[row]).collect()),
        Values::Texts { distinct, codes } => {
            let text = |&row: &usize| distinct.get(codes[row] as usize).map_or("", |text| &**text);
            texts(&order.iter().map(text).collect::<Vec<_>>())
        }
        Values::Vectors { width, data, present } => Values::Vectors {
            width: *width,
            data: order.iter().flat_map(|&row| data[row * width..(row + 1) * width].iter().copied()).collect(),
            present: order.iter().map(|&row| present[row]).collect(),
        },
        Values::TextLists { distinct, offsets, codes, present } => {
            let (mut new_offsets, mut new_codes) = (vec![0], Vec::new());
            for &row in order {
                new_codes.extend_from_slice(&codes[offsets[row]..offsets[row + 1]]);
                new_offsets.push(new_codes.len());
            }
            Values::TextLists {
                distinct: distinct.clone(),
                offsets: new_offsets,
                codes: new_codes,
                present: order.iter().map(|&row| present[row]).collect(),
            }
        }
        Values::Other { what, present } => {
            Values::Other { what: what.clone(), present: order.iter().map(|&row| present[row]).collect() }
        }
    }
}

proptest! {
    #[test]
    fn everything_is_finite_and_survives_saving((columns, of_row, training) in any_table()) {
        let columns = named(columns);
        let names = ["A".into(), "B".into(), "C".into()];
        let groups = Groups { names: &names, of_row: &of_row };
        let encoders = Encoders::fit(&columns, groups, &parse(&Argument::Null), Some(&training)).unwrap();
        let encoded = encoders.encode(&columns, groups).unwrap();
        let saved = postcard::to_allocvec(&encoders).unwrap();
        let again: Encoders = postcard::from_bytes(&saved).unwrap();
        prop_assert_eq!(&again.encode(&columns, groups).unwrap(), &encoded);
        let widths = encoders.widths();
        for (group, widths) in encoded.iter().zip(&widths) {
            prop_assert_eq!(group.dense.dim(), (group.rows.len(), widths.dense));
            prop_assert!(group.dense.iter().all(|number| number.is_finite()), "{:?}", group);
            for (categories, table) in group.categories.iter().zip(&widths.tables) {
                prop_assert_eq!((categories.cardinality, categories.width), (table.cardinality, table.width));
                prop_assert_eq!(categories.codes.len(), group.rows.len());
                prop_assert!(categories.codes.iter().all(|&code| (code as usize) < categories.cardinality));
            }
        }
        prop_assert_eq!(encoded.iter().map(|group| group.rows.len()).sum::<usize>(), of_row.len());
    }

    #[test]
    fn named_columns_of_any_kind_give_features_or_a_message((columns, of_row, training) in any_table(),
            encoding in 0usize..8, scale in 0usize..5) {
        let columns = named(columns);
        let names = ["A".into(), "B".into(), "C".into()];
        let groups = Groups { names: &names, of_row: &of_row };
        let encodings = ["number", "bool", "category", "text", "time", "vector", "bag"];
        let scales = ["none", "l1", "l2", "zscore"];
        let mut fields = vec![("property", super::text("x"))];
        fields.extend(encodings.get(encoding).map(|name| ("encoding", super::text(name))));
        fields.extend(scales.get(scale).map(|name| ("scale", super::text(name))));
        let Ok(request) = FeatureRequest::parse("gnn_embed", "features", &record(&fields), true) else { return Ok(()) };
        match Encoders::fit(&columns, groups, &request, Some(&training)) {
            Err(error) => prop_assert!(error.to_string().contains("\"x\""), "{}", error),
            Ok(encoders) => {
                for group in encoders.encode(&columns, groups).unwrap() {
                    prop_assert!(group.dense.iter().all(|number| number.is_finite()));
                }
            }
        }
    }

    #[test]
    fn rows_in_another_order_give_the_same_numbers_in_that_order((columns, of_row, training) in any_table(), seed in any::<u64>()) {
        let names = ["A".into(), "B".into(), "C".into()];
        let mut order: Vec<usize> = (0..of_row.len()).collect();
        order.sort_by_key(|&row| crate::numeric::random::mix(seed ^ row as u64));
        let other: Vec<Property> = named(columns.iter().map(|column| permuted(column, &order)).collect());
        let other_rows: Vec<u32> = order.iter().map(|&row| of_row[row]).collect();
        let other_training: Vec<bool> = order.iter().map(|&row| training[row]).collect();
        let columns = named(columns);
        let (here, there) = (Groups { names: &names, of_row: &of_row }, Groups { names: &names, of_row: &other_rows });
        let fit = |columns: &[Property], groups, training: &[bool]| {
            Encoders::fit(columns, groups, &parse(&Argument::Null), Some(training)).unwrap().encode(columns, groups).unwrap()
        };
        for (a, b) in fit(&columns, here, &training).iter().zip(fit(&other, there, &other_training)) {
            prop_assert_eq!(a.dense.ncols(), b.dense.ncols());
            for (place, &row) in b.rows.iter().enumerate() {
                let before = a.rows.iter().position(|&other| other as usize == order[row as usize]).unwrap();
                for (x, y) in a.dense.row(before).iter().zip(b.dense.row(place)) {
                    // Sums in another order round otherwise.
                    prop_assert!((x - y).abs() <= 1e-4 * (1.0 + x.abs()), "{} {}", x, y);
                }
                for (x, y) in a.categories.iter().zip(&b.categories) {
                    prop_assert_eq!(x.codes[before], y.codes[place]);
                }
            }
        }
    }
}
