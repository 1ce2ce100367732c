//! Pages that draw a graph or an embedding: the console as one file with its data inside.

use base64::{Engine, engine::general_purpose::STANDARD};
use numpy::{PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::{prelude::*, types::PyDict};
use serde_json::{Map, Value as Json, json};
use wend_server::{
    console::{map, standalone},
    http::typed,
};
use wenddb::Value;

use crate::{error::wrong, value::from_python};

/// A node: its `_id`, its labels, its properties.
type Node<'py> = (String, Vec<String>, Bound<'py, PyDict>);
/// An edge: its `_id`, its label, the `_id`s of its ends, its properties.
type Edge<'py> = (String, String, String, String, Bound<'py, PyDict>);

/// A page that draws nodes and edges, coloured by a property of the nodes, by default by their labels.
#[pyfunction]
#[pyo3(signature = (title, nodes, edges, color = None))]
pub(crate) fn graph_page(
    title: &str,
    nodes: Vec<Node<'_>>,
    edges: Vec<Edge<'_>>,
    color: Option<&str>,
) -> PyResult<String> {
    let of = nodes.len();
    let nodes = nodes.into_iter().map(|(id, labels, of_node)| {
        let properties = properties(&of_node)?;
        Ok(json!({"id": id, "labels": labels, "properties": properties}))
    });
    let edges = edges.into_iter().map(|(id, label, from, to, of_edge)| {
        let properties = properties(&of_edge)?;
        Ok(json!({"id": id, "label": label, "from": from, "to": to, "properties": properties}))
    });
    let (nodes, edges) = (nodes.collect::<PyResult<Vec<_>>>()?, edges.collect::<PyResult<Vec<_>>>()?);
    let graph = json!({"nodes": nodes, "edges": edges, "of": of});
    let color = color.map(|property| format!("p:{property}"));
    Ok(standalone(title, &json!({"kind": "graph", "title": title, "color": color, "graph": graph})))
}

/// Properties as the server sends them.
fn properties(of: &Bound<'_, PyDict>) -> PyResult<Map<String, Json>> {
    let mut made = Map::new();
    for (name, value) in of.iter() {
        let mut bytes = Vec::new();
        typed::write_with_vectors(&mut bytes, &from_python(&value)?);
        let value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        made.insert(name.extract()?, value);
    }
    Ok(made)
}

/// A page that draws points of the plane, coloured by a value of each. `of` is the number of vectors that they were taken of.
#[pyfunction]
#[pyo3(signature = (title, of, ids, points, colors = None))]
pub(crate) fn map_page(
    title: &str,
    of: usize,
    ids: Vec<String>,
    points: PyReadonlyArray2<'_, f32>,
    colors: Option<Vec<Bound<'_, PyAny>>>,
) -> PyResult<String> {
    if points.shape() != [ids.len(), 2] || colors.as_ref().is_some_and(|colors| colors.len() != ids.len()) {
        return Err(wrong("each id has a place of two numbers, and a colour where any has"));
    }
    let points: Vec<(f32, f32)> = points.as_array().rows().into_iter().map(|row| (row[0], row[1])).collect();
    let colors = colors.map(|colors| colors.iter().map(from_python).collect::<PyResult<Vec<Value>>>()).transpose()?;
    let colors = colors.as_ref().map(|colors| colors.iter().map(Some).collect());
    let block = map::of_points(None, title, "pca", of, &ids, &points, colors);
    Ok(standalone(title, &json!({"kind": "map", "title": title, "block": STANDARD.encode(block)})))
}
