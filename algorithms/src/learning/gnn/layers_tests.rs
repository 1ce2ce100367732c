//! The layers against PyTorch Geometric's with the same weights: outputs and gradients as `bench/gnn/layers.py` wrote
//! them.

use ndarray::Array2;
use rayon::ThreadPoolBuilder;
use serde_json::Value;

use super::head::HeadShape;
use super::input::{InputData, WithoutFeatures};
use super::items::Items;
use super::messages::{MessageEdge, MessageGraph};
use super::model::{Aggregator, LayerShape, LayerState, Model, Norm, layer};
use super::network::{Network, NetworkShape, Pass};
use super::parameters::Parameters;
use super::prepare;
use super::tape::{Activation, Tape, Var};
use super::train::GraphData;
use crate::core::argument::Argument;
use crate::core::context::Context;
use crate::learning::features::EncodedGroup;
use crate::numeric::workers::Workers;

const FORWARD: f32 = 1e-5;
const BACKWARD: f32 = 1e-4;

fn matrix(value: &Value) -> Array2<f32> {
    let size = |name: &str| value[name].as_u64().unwrap() as usize;
    let data = value["data"].as_array().unwrap().iter().map(|entry| entry.as_f64().unwrap() as f32).collect();
    Array2::from_shape_vec((size("rows"), size("cols")), data).unwrap()
}

fn check(what: &str, found: &Array2<f32>, wanted: &Value, tolerance: f32) {
    let wanted = matrix(wanted);
    assert_eq!(found.dim(), wanted.dim(), "{what}");
    for (position, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        let error = (found - wanted).abs() / wanted.abs().max(1.0);
        assert!(error <= tolerance, "{what}, entry {position}: {found} here, {wanted} there");
    }
}

/// One layer of the file.
struct Case<'a>(&'a Value);

impl Case<'_> {
    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    fn size(&self, name: &str) -> usize {
        self.0["shape"][name].as_u64().unwrap() as usize
    }

    fn graph(&self) -> MessageGraph {
        let numbers = |value: &Value| -> Vec<u32> {
            value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as u32).collect()
        };
        let types = numbers(&self.0["types"]);
        let edges: Vec<MessageEdge> = self.0["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .map(|edge| MessageEdge { from: edge[0], to: edge[1], label: edge[2] })
            .collect();
        let labels = 1 + edges.iter().map(|edge| edge.label).max().unwrap() as usize;
        let weights = self.0["weights"]
            .as_array()
            .map(|weights| weights.iter().map(|weight| weight.as_f64().unwrap() as f32).collect());
        let count = 1 + *types.iter().max().unwrap() as usize;
        MessageGraph::new(types, count, edges, labels, weights, self.0["typed"].as_bool().unwrap())
    }

    fn shape(&self, graph: &MessageGraph) -> LayerShape {
        let text = |name: &str| self.0["shape"][name].as_str().unwrap();
        let model = <Model as crate::core::parameters::Value>::of(&Argument::String(text("model").to_owned())).unwrap();
        LayerShape {
            model,
            aggregator: match text("aggregator") {
                "max" => Aggregator::Max,
                "sum" => Aggregator::Sum,
                "lstm" => Aggregator::Lstm,
                _ => Aggregator::Mean,
            },
            heads: self.size("heads"),
            gru: true,
            bases: self.size("bases"),
            norm: match self.0["shape"]["norm"].as_str() {
                Some("layer") => Norm::Layer,
                Some("none") => Norm::None,
                _ => Norm::Batch,
            },
            relations: graph.relations(),
            types: graph.type_count,
            edge_width: self.0["edgeFeatures"]["cols"].as_u64().unwrap_or(0) as usize,
        }
    }

    /// Gives every parameter its value from the file.
    fn set(&self, parameters: &mut Parameters) {
        let given = self.0["parameters"].as_object().unwrap();
        assert_eq!(given.len(), parameters.names.len(), "{}: {:?}", self.name(), parameters.names);
        for (name, value) in parameters.names.iter().zip(&mut parameters.values) {
            let wanted = matrix(given.get(name).unwrap_or_else(|| panic!("{}: no {name}", self.name())));
            // A stack of matrices is flat here.
            *value = wanted.into_shape_with_order(value.dim()).unwrap();
        }
    }

    /// Compares a result and its gradients, of `leaves` by name.
    fn compare(&self, mut tape: Tape<'_>, out: Var, cotangent: &Array2<f32>, leaves: &[(String, Var, (usize, usize))]) {
        check(self.name(), tape.value(out), &self.0["output"], FORWARD);
        if !tape.is_tracked(out) {
            return;
        }
        // The sum of output * cotangent.
        let factors = tape.constant_owned(cotangent.clone());
        let product = tape.mul(out, factors);
        let mean = tape.mean_rows(product);
        let ones = tape.constant_owned(Array2::ones((cotangent.ncols(), 1)));
        let total = tape.matmul(mean, ones);
        let root = tape.affine(total, cotangent.nrows() as f32, 0.0);
        let mut gradients = tape.backward(root);
        for (name, var, (rows, cols)) in leaves {
            let found = gradients.take(*var).unwrap_or_else(|| Array2::zeros((*rows, *cols)));
            let wanted = &self.0["gradients"][name];
            // A stack of matrices is flat here.
            let wanted_size = (wanted["rows"].as_u64().unwrap() as usize, wanted["cols"].as_u64().unwrap() as usize);
            let found = found.into_shape_with_order(wanted_size).unwrap();
            check(&format!("{}, gradient of {name}", self.name()), &found, wanted, BACKWARD);
        }
    }

    /// A layer by itself; `learned_input` = the input has a gradient, else it is constant, as features are.
    fn run_layer(&self, workers: &Workers<'_>, learned_input: bool) {
        let graph = self.graph();
        let block = graph.block(false);
        let (x, cotangent) = (matrix(&self.0["x"]), matrix(&self.0["cotangent"]));
        let mut parameters = Parameters::new(1);
        let layer = layer(&self.shape(&graph), "l", x.ncols(), self.size("outputs"), &mut parameters).unwrap();
        self.set(&mut parameters);
        let edges = self.0["edgeFeatures"].is_object().then(|| matrix(&self.0["edgeFeatures"]));
        let mut tape = Tape::new(workers, None);
        let p: Vec<Var> = parameters.values.iter().map(|value| tape.parameter(value)).collect();
        let nodes = if learned_input { tape.parameter(&x) } else { tape.constant(&x) };
        let edges = edges.as_ref().map(|edges| tape.constant(edges));
        let state = LayerState { nodes, edges, global: None };
        let out = layer.forward(&mut tape, &p, &block, state, Activation::Identity).nodes;
        let mut leaves: Vec<(String, Var, (usize, usize))> = parameters
            .names
            .iter()
            .zip(&parameters.values)
            .zip(&p)
            .map(|((name, value), var)| (name.clone(), *var, value.dim()))
            .collect();
        if learned_input {
            leaves.push(("x".to_owned(), nodes, x.dim()));
        }
        self.compare(tape, out, &cotangent, &leaves);
    }

    /// Models that only propagate are networks as a whole.
    fn run_network(&self, workers: &Workers<'_>) {
        let graph = self.graph();
        let (x, cotangent) = (matrix(&self.0["x"]), matrix(&self.0["cotangent"]));
        let model = self.shape(&graph).model;
        let group = EncodedGroup {
            name: "".into(),
            rows: (0..x.nrows() as u32).collect(),
            dense: if model == Model::LightGcn { Array2::zeros((x.nrows(), 0)) } else { x.clone() },
            categories: Vec::new(),
        };
        let data = InputData::new(vec![group], &graph.degrees, WithoutFeatures::Ids);
        let shape = NetworkShape {
            layer: self.shape(&graph),
            layers: self.size("layers"),
            hidden: x.ncols(),
            dimensions: x.ncols(),
            groups: prepare::group_shapes(&data, &[String::new()]),
            predicted: 0,
            head: HeadShape::Nodes,
            infomax: false,
        };
        let (network, mut parameters) = Network::new(shape, 1);
        self.set(&mut parameters);
        let graph_data = GraphData::new(data, None, graph, Items::Nodes, false);
        let mut tape = Tape::new(workers, None);
        let p: Vec<Var> = parameters.values.iter().map(|value| tape.parameter(value)).collect();
        let pass = Pass {
            data: &graph_data.features,
            blocks: &graph_data.block,
            edges: None,
            items: &Items::Nodes,
            shuffle: None,
        };
        let out = network.forward(&mut tape, &p, pass).nodes;
        let leaves: Vec<(String, Var, (usize, usize))> =
            parameters.names.iter().zip(&p).map(|(name, var)| (name.clone(), *var, x.dim())).collect();
        self.compare(tape, out, &cotangent, &leaves);
    }
}

#[test]
fn layers_agree_with_pytorch_geometric() {
    let text = include_str!("../../../tests/fixtures/pyg_layers.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let context = Context::new(&pool);
    let workers = Workers::new(&context, 2);
    let cases = file["cases"].as_array().unwrap();
    for case in cases.iter().map(Case) {
        match case.0["shape"]["model"].as_str().unwrap() {
            "sgc" | "lightgcn" => case.run_network(&workers),
            _ => {
                case.run_layer(&workers, true);
                case.run_layer(&workers, false);
            }
        }
    }
    assert!(cases.len() >= 25, "the fixture lost layers");
}
