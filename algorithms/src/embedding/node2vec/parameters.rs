//! Checked parameters of a run, and which of them a method takes.

use super::description::DESCRIPTION;
use crate::core::arguments::{Argument, ArgumentError, Arguments};
use crate::walk::WalkParameters;

/// Checked parameters of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Length of each vector, 1..=4096.
    pub dimensions: usize,
    /// Nodes in each walk, at least 2.
    pub walk_length: usize,
    /// Walks that start at each node, at least 1.
    pub walks_per_node: u64,
    /// Return parameter, positive and finite.
    pub p: f64,
    /// In-out parameter, positive and finite.
    pub q: f64,
    /// Window, 1..=walk_length - 1.
    pub window: usize,
    /// Seed of walks and projection.
    pub seed: u64,
    /// How vectors are made of walks.
    pub method: Method,
}

/// How vectors are made of co-occurrences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Counts of sampled walks, projected.
    Projection,
    /// log(1 + count) of sampled walks, projected.
    LogProjection,
    /// The expectation of the counts over all walks, projected; p = q = 1.
    ExactProjection {
        /// Whether the projection of each distance is scaled to length 1 by itself, and all distances weigh the same.
        distance_norm: bool,
    },
    /// The leading eigenvectors.
    Spectral(Spectral),
    /// Trained by negative sampling.
    SkipGram(SkipGram),
}

/// Parameters of the spectral method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectral {
    /// Of the exact operator of p = q = 1, or else of log(1 + count) of sampled walks.
    pub exact: bool,
    /// Power iterations.
    pub iterations: usize,
    /// Share of the neighbours' vectors in a step of smoothing, 0..1.
    pub smoothing: f64,
    /// Steps of smoothing.
    pub smoothing_steps: usize,
}

/// Parameters of the skip-gram method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkipGram {
    /// Random nodes that each co-occurrence is told from.
    pub negative_samples: usize,
    /// Passes over the walks.
    pub epochs: usize,
    /// First learning rate; it falls to a 250th.
    pub learning_rate: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Parameters {
            dimensions: 128,
            walk_length: 80,
            walks_per_node: 10,
            p: 1.0,
            q: 1.0,
            window: 10,
            seed: 42,
            method: Method::Projection,
        }
    }
}

/// Power iterations when the call says nothing: of sampled counts, and of the exact operator, whose spectrum is flatter.
/// On Cora and PPI one iteration is a point below five, and twenty are no better.
const ITERATIONS: [usize; 2] = [5, 8];

impl Parameters {
    /// # Errors
    /// Arguments that exclude each other.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, ArgumentError> {
        let default = Parameters::default();
        let walk_length = arguments.size("walkLength").unwrap_or(default.walk_length).max(2);
        let window = arguments.size("window").unwrap_or(default.window);
        let method = method(arguments)?;
        let parameters = Parameters {
            dimensions: arguments.size("dimensions").unwrap_or(default.dimensions).max(1),
            walk_length,
            walks_per_node: arguments.size("walksPerNode").unwrap_or(1).max(1) as u64,
            p: arguments.float("p").unwrap_or(default.p),
            q: arguments.float("q").unwrap_or(default.q),
            window: window.clamp(1, walk_length - 1),
            seed: arguments.seed,
            method,
        };
        if parameters.exact() {
            for (name, value) in [("p", parameters.p), ("q", parameters.q)] {
                if value != 1.0 {
                    let takes = "1 with sampling: 'exact', which knows walks of the first order only";
                    return Err(refusal(arguments, name, takes));
                }
            }
        }
        Ok(parameters)
    }

    /// Whether there are no walks at all.
    pub(super) fn exact(&self) -> bool {
        match self.method {
            Method::ExactProjection { .. } => true,
            Method::Spectral(spectral) => spectral.exact,
            _ => false,
        }
    }

    pub(super) fn walk(&self) -> WalkParameters {
        let Parameters { walk_length: length, walks_per_node: per_node, p, q, seed, .. } = *self;
        WalkParameters { length, per_node, p, q, seed }
    }
}

impl From<&Parameters> for WalkParameters {
    fn from(parameters: &Parameters) -> Self {
        parameters.walk()
    }
}

fn method(arguments: &Arguments) -> Result<Method, ArgumentError> {
    let name = arguments.string("method").unwrap_or("projection");
    let exact = arguments.string("sampling") == Some("exact");
    let log1p = arguments.string("transform") == Some("log1p");
    const WALKS: &[&str] = &["walkLength", "walksPerNode"];
    // What only some methods take: those of this one.
    let (what, taken): (&str, Vec<&str>) = match (name, exact) {
        ("spectral", false) => {
            ("method: 'spectral'", [WALKS, &["sampling", "iterations", "smoothing", "smoothingSteps"]].concat())
        }
        ("spectral", true) => {
            ("method: 'spectral' and sampling: 'exact'", vec!["sampling", "iterations", "smoothing", "smoothingSteps"])
        }
        ("skipgram", _) => ("method: 'skipgram'", [WALKS, &["negativeSamples", "epochs", "learningRate"]].concat()),
        (_, false) => ("method: 'projection'", [WALKS, &["transform", "sampling"]].concat()),
        (_, true) => {
            ("method: 'projection' and sampling: 'exact'", vec!["walkLength", "transform", "sampling", "distanceNorm"])
        }
    };
    const PARTICULAR: &[&str] = &[
        "walkLength",
        "walksPerNode",
        "transform",
        "sampling",
        "distanceNorm",
        "iterations",
        "smoothing",
        "smoothingSteps",
        "negativeSamples",
        "epochs",
        "learningRate",
    ];
    if let Some(name) = PARTICULAR.iter().find(|name| arguments.is_given(name) && !taken.contains(name)) {
        let takes = match *name {
            "distanceNorm" => "no value without sampling: 'exact'".to_owned(),
            _ => format!("no value with {what}"),
        };
        return Err(refusal(arguments, name, &takes));
    }
    let size = |name| arguments.size(name).unwrap_or_default();
    Ok(match name {
        "spectral" => Method::Spectral(Spectral {
            exact,
            iterations: arguments.size("iterations").unwrap_or(ITERATIONS[usize::from(exact)]),
            smoothing: arguments.float("smoothing").unwrap_or_default(),
            smoothing_steps: size("smoothingSteps"),
        }),
        "skipgram" => Method::SkipGram(SkipGram {
            negative_samples: size("negativeSamples"),
            epochs: size("epochs").max(1),
            learning_rate: arguments.float("learningRate").unwrap_or_default(),
        }),
        _ if exact && log1p => {
            return Err(refusal(
                arguments,
                "transform",
                "'raw' with sampling: 'exact', which has no counts to transform",
            ));
        }
        _ if exact => Method::ExactProjection { distance_norm: arguments.bool("distanceNorm").unwrap_or(false) },
        _ if log1p => Method::LogProjection,
        _ => Method::Projection,
    })
}

fn refusal(arguments: &Arguments, parameter: &str, takes: &str) -> ArgumentError {
    let value: &Argument = arguments.value(parameter);
    ArgumentError {
        algorithm: DESCRIPTION.name,
        parameter: parameter.to_owned(),
        got: Some(value.to_string()),
        takes: takes.to_owned(),
        nearest: None,
    }
}
