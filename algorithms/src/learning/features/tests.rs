//! Tests of the encoders through their public face, against numbers worked out by hand.

mod basics;
mod laws;
mod texts;

use std::sync::Arc;

use super::*;
use crate::algorithm::input::PropertySelection;
use crate::core::argument::Argument;
use crate::graph::property::{NO_TEXT, Property, Values};
use crate::numeric::matrix::{RowMajor, into_flat};

fn text(text: &str) -> Argument {
    Argument::String(text.to_owned())
}

fn record(fields: &[(&str, Argument)]) -> Argument {
    Argument::Record(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn parse(argument: &Argument) -> FeatureRequest {
    FeatureRequest::parse("gnn_embed", "features", argument, true).unwrap()
}

fn property(name: &str, values: Values) -> Property {
    Property { name: name.into(), values }
}

fn numbers(values: &[f64]) -> Values {
    Values::Numbers { values: values.to_vec(), integers: false, wide: Vec::new() }
}

/// Texts in order of first use; an empty one is NULL.
fn texts(values: &[&str]) -> Values {
    let mut distinct: Vec<Arc<str>> = Vec::new();
    let mut codes = Vec::new();
    for &value in values {
        let found = distinct.iter().position(|other| **other == *value);
        codes.push(match (value, found) {
            ("", _) => NO_TEXT,
            (_, Some(position)) => position as u32,
            (_, None) => {
                distinct.push(value.into());
                distinct.len() as u32 - 1
            }
        });
    }
    Values::Texts { distinct, codes }
}

/// The features of one column, row by row.
struct Encoded {
    rows: Vec<u32>,
    width: usize,
    dense: Vec<f32>,
    categories: Vec<Categories>,
}

/// Fits and encodes one column of one group.
fn encode_as(values: Values, argument: &Argument) -> Encoded {
    let columns = [property("x", values)];
    let of_row = vec![0; columns[0].values.rows()];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &of_row };
    let encoders = Encoders::fit(&columns, groups, &parse(argument), None).unwrap();
    let mut encoded = encoders.encode(&columns, groups).unwrap();
    let widths = encoders.widths();
    assert_eq!((encoded.len(), encoded[0].dense.ncols()), (1, widths[0].dense));
    let EncodedGroup { rows, dense, categories, .. } = encoded.remove(0);
    Encoded { rows, width: dense.ncols(), dense: into_flat(dense), categories }
}

/// The error of fitting one column of one group.
fn refused(values: Values, argument: &Argument) -> String {
    let columns = [property("x", values)];
    let of_row = vec![0; columns[0].values.rows()];
    let names = ["T".into()];
    let groups = Groups { names: &names, of_row: &of_row };
    Encoders::fit(&columns, groups, &parse(argument), None).unwrap_err().to_string()
}
