//! Communities that stand in a property, and what their edges weigh.

use std::collections::HashMap;

use crate::algorithm::output::Scalar;
use crate::core::arguments::Arguments;
use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::property::{Property, PropertyGraph, Values};
use wend_names::suggest;

/// No community.
const NONE: u32 = u32::MAX;

/// The communities of a property, in the order of their first node.
pub(super) struct Written {
    pub names: Vec<Scalar>,
    /// Nodes of each.
    pub sizes: Vec<usize>,
    /// What the edges within each weigh, counted from both ends.
    pub within: Vec<f64>,
    /// What all edges at the nodes of each weigh, counted from each end there.
    pub volume: Vec<f64>,
    /// All edges, counted from both ends.
    pub total: f64,
    /// Nodes without the property.
    pub left_out: usize,
}

/// The value of the argument that names the property.
pub(super) fn required<'a>(
    arguments: &Arguments,
    parameter: &'static str,
    value: &'a Option<String>,
) -> Result<&'a str, Error> {
    let takes = "STRING, the name of a node property with communities";
    Ok(value.as_deref().ok_or_else(|| arguments.refuse(parameter, takes))?)
}

impl Written {
    /// Reads them and adds up the edges in their order.
    pub fn of(
        algorithm: &'static str,
        graph: &PropertyGraph,
        property: &str,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        let (community_of, names) = communities(algorithm, graph, property)?;
        let count = names.len();
        let (mut sizes, mut within, mut volume) = (vec![0; count], vec![0.0; count], vec![0.0; count]);
        community_of.iter().filter(|&&c| c != NONE).for_each(|&c| sizes[c as usize] += 1);
        let mut total = 0.0;
        for (edge, (&from, &to)) in graph.from.iter().zip(&graph.to).enumerate() {
            if edge % (1 << 16) == 0 {
                context.check_cancelled()?;
            }
            let weight = graph.weights.as_ref().map_or(1.0, |weights| weights[edge]);
            let (a, b) = (community_of[from as usize], community_of[to as usize]);
            total += 2.0 * weight;
            for c in [a, b].into_iter().filter(|&c| c != NONE) {
                volume[c as usize] += weight;
            }
            if a == b && a != NONE {
                within[a as usize] += 2.0 * weight;
            }
        }
        let left_out = community_of.iter().filter(|&&c| c == NONE).count();
        Ok(Written { names, sizes, within, volume, total, left_out })
    }
}

/// The property of this name.
pub(super) fn found<'a>(algorithm: &'static str, graph: &'a PropertyGraph, name: &str) -> Result<&'a Property, Error> {
    graph.node_property(name).ok_or_else(|| {
        let near = suggest(name, graph.node_properties.iter().map(|property| &*property.name));
        let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        Error::Unfit(format!("algo.{algorithm}: property {name:?} is at no node that is seen{near}"))
    })
}

/// The community of each node and the names of communities.
fn communities(algorithm: &'static str, graph: &PropertyGraph, name: &str) -> Result<(Vec<u32>, Vec<Scalar>), Error> {
    let unfit = |what: String| Err(Error::Unfit(format!("algo.{algorithm}: property {name:?} {what}")));
    let property = found(algorithm, graph, name)?;
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    let mut names = Vec::new();
    let mut community_of = Vec::with_capacity(graph.node_count());
    for node in 0..graph.node_count() {
        let value = match &property.values {
            Values::Nulls { .. } => None,
            Values::Bools(values) => values[node].map(|value| (u64::from(value), Scalar::Bool(value))),
            Values::Numbers { values, .. } if values[node].is_nan() => None,
            Values::Numbers { values, .. } => Some(match property.values.integer_at(node) {
                Some(number) => (number as u64, Scalar::Int(number)),
                // -0 is 0.
                None => ((values[node] + 0.0).to_bits(), Scalar::Float(values[node] + 0.0)),
            }),
            Values::Texts { distinct, codes } => {
                let text = distinct.get(codes[node] as usize);
                text.map(|text| (u64::from(codes[node]), Scalar::String(text.to_string())))
            }
            other => return unfit(format!("is {}; it should be INT, STRING, FLOAT or BOOL", other.type_name())),
        };
        community_of.push(match value {
            None => NONE,
            Some((key, scalar)) => *numbers.entry(key).or_insert_with(|| {
                names.push(scalar);
                names.len() as u32 - 1
            }),
        });
    }
    Ok((community_of, names))
}
