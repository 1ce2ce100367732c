//! Checked parameters of a run, and which of them a method takes.

use super::description::DESCRIPTION;
use crate::core::arguments::{ArgumentError, Arguments};
use crate::core::parameters::{POSITIVE, UNLIMITED, above, boolean, choice, float, from, int, optional_int};
use crate::walk::WalkParameters;

crate::choices! {
    /// The parameter `method`.
    pub(super) enum MethodName {
        Projection = "projection",
        Spectral = "spectral",
        SkipGram = "skipgram",
    }
}

crate::choices! {
    /// The parameter `transform`.
    pub(super) enum Transform {
        Raw = "raw",
        Log1p = "log1p",
    }
}

crate::choices! {
    /// The parameter `sampling`.
    pub(super) enum Sampling {
        Walks = "walks",
        Exact = "exact",
    }
}

crate::choices! {
    /// The parameter `isolated`.
    pub(super) enum Isolated {
        Zero = "zero",
        Skip = "skip",
    }
}

crate::parameters! {
    /// The parameters of a call.
    pub(super) struct Given {
        /// Length of each vector.
        dimensions as "dimensions": usize = int(1, 4096, 128);
        /// Nodes in each walk, the start included.
        walk_length as "walkLength": usize = int(2, UNLIMITED, 80);
        /// Walks that start at each node.
        walks_per_node as "walksPerNode": u64 = int(1, UNLIMITED, 10);
        /// Return: a step back to the node before weighs 1/p. Large p explores, small p stays.
        p as "p": f64 = float(POSITIVE, 1.0);
        /// In-out: a step to a node that is no neighbour of the node before weighs 1/q. Large q stays in the
        /// neighbourhood, small q leaves it.
        q as "q": f64 = float(POSITIVE, 1.0);
        /// Largest distance in a walk at which two nodes count as co-occurring; at most walkLength - 1 counts.
        window as "window": usize = int(1, UNLIMITED, 10);
        /// How vectors are made of the walks.
        method as "method": MethodName = choice("projection");
        /// What is projected: counts, or log(1 + count). For 'projection'.
        transform as "transform": Transform = choice("raw");
        /// Walks that are sampled, or their expectation, for p = q = 1. For 'projection' and 'spectral'.
        sampling as "sampling": Sampling = choice("walks");
        /// Whether the projection of each distance is scaled to length 1 first, and all weigh the same. For
        /// 'projection' with sampling: 'exact'.
        distance_norm as "distanceNorm": bool = boolean(false);
        /// Power iterations of 'spectral': more separate the eigenvectors better.
        iterations as "iterations": Option<usize> = optional_int(0, 1000, "5; 8 with sampling: 'exact'");
        /// Share of the neighbours in a step of smoothing, 0 for none. For 'spectral'.
        smoothing as "smoothing": f64 = float(from(0.0, 1.0), 0.7);
        /// Steps of smoothing. For 'spectral'.
        smoothing_steps as "smoothingSteps": usize = int(0, 1000, 5);
        /// Random nodes that a co-occurrence is told from. For 'skipgram'.
        negative_samples as "negativeSamples": usize = int(1, 100, 5);
        /// Passes over the walks. For 'skipgram'.
        epochs as "epochs": usize = int(1, 10_000, 1);
        /// First learning rate; it falls to a 250th in proportion to the work done. For 'skipgram'.
        learning_rate as "learningRate": f64 = float(above(0.0, 10.0), 0.025);
        /// What a node gets that no walk leaves: the zero vector, or no row.
        isolated as "isolated": Isolated = choice("zero");
        /// Whether to embed the graph a second time, without a tenth of its edges, to see how well vectors tell
        /// those from pairs without an edge: the figure auc.
        evaluate as "evaluate": bool = boolean(false);
    }
}

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
    /// Those of a call that gives none.
    fn default() -> Self {
        let given = DESCRIPTION.check(&[]).and_then(|arguments| Self::new(&arguments));
        given.expect("the defaults of the table go together")
    }
}

/// Power iterations when the call says nothing: of sampled counts, and of the exact operator, whose spectrum is flatter.
/// On Cora and PPI one iteration is a point below five, and twenty are no better.
const ITERATIONS: [usize; 2] = [5, 8];

impl Parameters {
    /// # Errors
    /// Arguments that exclude each other.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, ArgumentError> {
        Self::of(&Given::read(arguments)?, arguments)
    }

    /// The same of parameters that were read.
    pub(super) fn of(given: &Given, arguments: &Arguments) -> Result<Self, ArgumentError> {
        let Given { dimensions, walk_length, walks_per_node, p, q, window, .. } = *given;
        let method = method(given, arguments)?;
        let window = window.clamp(1, walk_length - 1);
        let parameters =
            Parameters { dimensions, walk_length, walks_per_node, p, q, window, seed: arguments.seed, method };
        if parameters.exact() {
            for (name, value) in [(Given::p, p), (Given::q, q)] {
                if value != 1.0 {
                    let takes = "1 with sampling: 'exact', which knows walks of the first order only";
                    return Err(arguments.refuse(name, takes));
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

fn method(given: &Given, arguments: &Arguments) -> Result<Method, ArgumentError> {
    let exact = given.sampling == Sampling::Exact;
    let log1p = given.transform == Transform::Log1p;
    const WALKS: &[&str] = &[Given::walk_length, Given::walks_per_node];
    const SPECTRAL: &[&str] = &[Given::sampling, Given::iterations, Given::smoothing, Given::smoothing_steps];
    const SKIPGRAM: &[&str] = &[Given::negative_samples, Given::epochs, Given::learning_rate];
    const PROJECTION: &[&str] = &[Given::transform, Given::sampling];
    // What only some methods take: those of this one.
    let (what, taken): (&str, &[&[&str]]) = match (given.method, exact) {
        (MethodName::Spectral, false) => ("method: 'spectral'", &[WALKS, SPECTRAL]),
        (MethodName::Spectral, true) => ("method: 'spectral' and sampling: 'exact'", &[SPECTRAL]),
        (MethodName::SkipGram, _) => ("method: 'skipgram'", &[WALKS, SKIPGRAM]),
        (MethodName::Projection, false) => ("method: 'projection'", &[WALKS, PROJECTION]),
        (MethodName::Projection, true) => {
            ("method: 'projection' and sampling: 'exact'", &[&[Given::walk_length, Given::distance_norm], PROJECTION])
        }
    };
    const PARTICULAR: &[&[&str]] = &[WALKS, PROJECTION, &[Given::distance_norm], SPECTRAL, SKIPGRAM];
    let taken = taken.concat();
    let particular = PARTICULAR.concat();
    if let Some(name) = particular.iter().find(|name| arguments.is_given(name) && !taken.contains(name)) {
        let takes = match *name {
            Given::distance_norm => "no value without sampling: 'exact'".to_owned(),
            _ => format!("no value with {what}"),
        };
        return Err(arguments.refuse(name, takes));
    }
    Ok(match given.method {
        MethodName::Spectral => Method::Spectral(Spectral {
            exact,
            iterations: given.iterations.unwrap_or(ITERATIONS[usize::from(exact)]),
            smoothing: given.smoothing,
            smoothing_steps: given.smoothing_steps,
        }),
        MethodName::SkipGram => Method::SkipGram(SkipGram {
            negative_samples: given.negative_samples,
            epochs: given.epochs,
            learning_rate: given.learning_rate,
        }),
        MethodName::Projection if exact && log1p => {
            let takes = "'raw' with sampling: 'exact', which has no counts to transform";
            return Err(arguments.refuse(Given::transform, takes));
        }
        MethodName::Projection if exact => Method::ExactProjection { distance_norm: given.distance_norm },
        MethodName::Projection if log1p => Method::LogProjection,
        MethodName::Projection => Method::Projection,
    })
}
