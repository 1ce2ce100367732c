//! What algorithms that read one vector property share: finding it, and saying what is wrong with it.

use crate::algorithm::input::{Needs, PropertySelection};
use crate::core::arguments::Arguments;
use crate::core::error::Error;
use crate::graph::property::{PropertyGraph, Values};
use wend_names::suggest;

/// The vectors of a property.
#[derive(Debug, Clone)]
pub(crate) struct VectorProperty<'a> {
    /// Length of each, at least 1.
    pub width: usize,
    data: &'a [f32],
    /// The nodes that have one, ascending.
    pub nodes: Vec<u32>,
}

impl<'a> VectorProperty<'a> {
    /// The vector of a node.
    pub fn of(&self, node: u32) -> &'a [f32] {
        &self.data[node as usize * self.width..][..self.width]
    }

    /// Rows of a matrix, none of which is missing.
    pub fn rows(width: usize, data: &'a [f32]) -> Self {
        VectorProperty { width, data, nodes: (0u32..).take(data.len() / width.max(1)).collect() }
    }

    /// The property of this name; all its numbers are finite.
    ///
    /// # Errors
    /// No such property, none but NULLs, another type, vectors of several lengths or of none, NaN.
    pub fn find(algorithm: &'static str, graph: &'a PropertyGraph, name: &str) -> Result<Self, Error> {
        let unfit = |what: String| Err(Error::Unfit(format!("algo.{algorithm}: property {name:?} {what}")));
        let Some(property) = graph.node_property(name) else {
            let near = suggest(name, graph.node_properties.iter().map(|property| &*property.name));
            let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            return unfit(format!("is at no node that is seen{near}"));
        };
        let (width, data, present) = match &property.values {
            Values::Vectors { width, data, present } => (*width, data.as_slice(), present),
            Values::Nulls { .. } => return unfit("is NULL at every node that is seen".to_owned()),
            Values::Other { what, .. } => {
                return unfit(format!("holds {what}; it should hold VECTORs or lists of numbers, all of one length"));
            }
            other => return unfit(format!("is {}; it should be a VECTOR or a list of numbers", other.type_name())),
        };
        let nodes: Vec<u32> = (0u32..).zip(present).filter(|(_, present)| **present).map(|(node, _)| node).collect();
        if nodes.is_empty() {
            return unfit("is NULL at every node that is seen".to_owned());
        }
        if width == 0 {
            return unfit("holds empty lists".to_owned());
        }
        let vectors = VectorProperty { width, data, nodes };
        let broken = |&&node: &&u32| vectors.of(node).iter().any(|number| !number.is_finite());
        if let Some(&node) = vectors.nodes.iter().find(broken) {
            return unfit(format!("has NaN or infinity in the vector of the {}. node; remove or replace it", node + 1));
        }
        Ok(vectors)
    }
}

/// The value of the argument `parameter`, which must be there and name a node property with vectors.
pub(crate) fn required<'a>(
    arguments: &Arguments,
    parameter: &'static str,
    value: &'a Option<String>,
) -> Result<&'a str, Error> {
    let takes = "STRING, the name of a node property with vectors";
    Ok(value.as_deref().ok_or_else(|| arguments.refuse(parameter, takes))?)
}

/// What an algorithm needs that reads vectors of nodes, and these.
pub(crate) fn needs(property: &str, also: Option<&str>) -> Needs {
    let nodes = PropertySelection::none().require(Some(property)).require(also);
    Needs::properties(nodes, PropertySelection::none())
}
