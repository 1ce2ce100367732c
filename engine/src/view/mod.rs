//! Graph views: the read-only CSR of a snapshot under label filters and a weight, undirected or in both directions, kept
//! while the graph does not change.

mod cache;
mod fingerprint;
mod place;
mod properties;

pub(crate) use cache::{Filter, Form, GraphView, Key, View, ViewCache};
pub(crate) use fingerprint::{Difference, Fingerprint, VectorsHash};
pub(crate) use place::Place;
pub(crate) use properties::{Keys, PropertyView, Selection};
