//! Node properties as numbers, for embeddings that begin with them.

use crate::core::error::Error;
use crate::graph::property::{PropertyGraph, Values};
use wend_names::suggest;

/// A property as numbers.
pub(super) struct Feature<'a> {
    pub width: usize,
    values: &'a Values,
    /// What its numbers are multiplied by: less than 1 where one of the properties has very large ones.
    pub factor: f64,
}

impl Feature<'_> {
    /// A number of a node's value; 0 when it has none.
    pub fn value(&self, v: usize, place: usize) -> f32 {
        let value = match self.values {
            Values::Bools(values) => values[v].map_or(0.0, |value| f64::from(u8::from(value))),
            Values::Numbers { values, .. } if !values[v].is_nan() => values[v],
            Values::Vectors { width, data, .. } => f64::from(data[v * width + place]),
            _ => 0.0,
        };
        (value * self.factor) as f32
    }

    /// The largest magnitude.
    pub fn largest(&self) -> f64 {
        match self.values {
            Values::Numbers { values, .. } => values.iter().fold(0.0, |largest, value| largest.max(value.abs())),
            Values::Vectors { data, .. } => {
                f64::from(data.iter().fold(0.0f32, |largest, value| largest.max(value.abs())))
            }
            _ => 1.0,
        }
    }
}

/// The properties that `featureProperties` names, in the order of the call.
pub(super) fn features<'a>(
    algorithm: &'static str,
    graph: &'a PropertyGraph,
    names: &[String],
) -> Result<Vec<Feature<'a>>, Error> {
    let feature = |name: &String| {
        let unfit =
            |what: String| Err(Error::Unfit(format!("algo.{algorithm}: featureProperties: property {name:?} {what}")));
        let Some(property) = graph.node_property(name) else {
            let near = suggest(name, graph.node_properties.iter().map(|property| &*property.name));
            let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            return unfit(format!("is at no node that is seen{near}"));
        };
        property.check_finite("feature", "node")?;
        match &property.values {
            Values::Bools(_) | Values::Numbers { .. } => {
                Ok(Feature { width: 1, values: &property.values, factor: 1.0 })
            }
            Values::Vectors { width, .. } => Ok(Feature { width: *width, values: &property.values, factor: 1.0 }),
            Values::Nulls { .. } => unfit("is NULL at every node that is seen".to_owned()),
            other => unfit(format!("is {}; it should hold numbers, truth values or vectors", other.type_name())),
        }
    };
    names.iter().map(feature).collect()
}
