//! Nodes in groups by the values of a property.

use std::collections::HashMap;

use crate::algorithm::output::Scalar;
use crate::core::error::Error;
use crate::graph::property::{Property, PropertyGraph, Values};

/// The group of each node.
pub(crate) struct GroupsOfNodes {
    /// A position in `names`; beyond its end where a node has no group.
    pub of_node: Vec<u32>,
    /// The values, in order of their first node.
    pub names: Vec<Scalar>,
}

impl GroupsOfNodes {
    /// The groups by the property `name`, which the argument `parameter` names.
    pub fn of(algorithm: &str, parameter: &str, graph: &PropertyGraph, name: &str) -> Result<GroupsOfNodes, Error> {
        let property = grouping(algorithm, parameter, graph, name)?;
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut names = Vec::new();
        let mut of_node = Vec::with_capacity(graph.node_count());
        for node in 0..graph.node_count() {
            let value = match &property.values {
                Values::Bools(values) => values[node].map(|value| (u64::from(value), Scalar::Bool(value))),
                Values::Numbers { values, .. } if values[node].is_nan() => None,
                Values::Numbers { values, .. } => match property.values.integer_at(node) {
                    Some(number) => Some((number as u64, Scalar::Int(number))),
                    None => {
                        // -0 is 0.
                        let number = values[node] + 0.0;
                        Some((number.to_bits(), Scalar::Float(number)))
                    }
                },
                Values::Texts { distinct, codes } => {
                    let text = distinct.get(codes[node] as usize);
                    text.map(|text| (u64::from(codes[node]), Scalar::String(text.to_string())))
                }
                _ => None,
            };
            of_node.push(match value {
                None => u32::MAX,
                Some((key, scalar)) => *numbers.entry(key).or_insert_with(|| {
                    names.push(scalar);
                    names.len() as u32 - 1
                }),
            });
        }
        Ok(GroupsOfNodes { of_node, names })
    }
}

/// The values of a node property to group by.
fn grouping<'a>(algorithm: &str, parameter: &str, graph: &'a PropertyGraph, name: &str) -> Result<&'a Property, Error> {
    let unfit = |what: &str| Err(Error::Unfit(format!("algo.{algorithm}: {parameter}: property {name:?} {what}")));
    match graph.node_property(name) {
        None => unfit("is at no node that is seen"),
        Some(Property { values: Values::Nulls { .. }, .. }) => unfit("is NULL at every node that is seen"),
        Some(property) => match &property.values {
            Values::Bools(_) | Values::Numbers { .. } | Values::Texts { .. } => Ok(property),
            other => unfit(&format!("is {}; it should be STRING, BOOL, INT or FLOAT", other.type_name())),
        },
    }
}
