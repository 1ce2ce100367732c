//! Procedures: what CALL can name. Every algorithm has the same modes; none of them is code of the algorithm.

mod argument;
mod block;
mod invoke;
mod refresh;
mod result;
mod search;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;

pub(crate) use invoke::invoke;
pub(crate) use refresh::{EMBEDDING_COLUMNS, REFRESH_COLUMNS, embeddings, refresh};
pub(crate) use result::{ResultRows, beside};
use search::Search;
use wend_algorithms::{Algorithm, Argument, Arguments, Description};
use wend_grammar::ast::Span;

use crate::{
    error::{Error, Result, Subject},
    exec::context::Statement,
    plan::expr::Expr,
    view::View,
};

/// How an algorithm is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    Stream,
    Stats,
    Write,
    Estimate,
}

impl Mode {
    const ALL: [(Mode, &'static str); 5] = [
        (Mode::Run, ""),
        (Mode::Stream, ".stream"),
        (Mode::Stats, ".stats"),
        (Mode::Write, ".write"),
        (Mode::Estimate, ".estimate"),
    ];
}

/// What computes.
#[derive(Clone, Copy)]
pub(crate) enum Computation {
    /// On a graph view.
    Algorithm(&'static dyn Algorithm),
    /// On vectors as they are stored.
    Search(Search),
}

impl Computation {
    /// Everything that can be called, in the order of listings.
    fn all() -> impl Iterator<Item = Computation> {
        let algorithms = wend_algorithms::algorithms().iter().copied();
        #[cfg(test)]
        let algorithms = algorithms.chain(tests::algorithms());
        algorithms.map(Computation::Algorithm).chain(Search::ALL.map(Computation::Search))
    }

    fn description(self) -> &'static Description {
        match self {
            Computation::Algorithm(algorithm) => algorithm.description(),
            Computation::Search(search) => search.description(),
        }
    }

    /// Whether its rows are nodes or edges, so that they can be written as properties.
    fn writes(self) -> bool {
        match self {
            Computation::Algorithm(algorithm) => {
                algorithm.description().columns.iter().any(|column| is_identity(column.name))
            }
            Computation::Search(_) => false,
        }
    }
}

/// Whether a column says which node or edge a row stands for.
fn is_identity(column: &str) -> bool {
    matches!(column, "nodeId" | "edgeId")
}

/// The descriptions of everything that can be called.
pub(crate) fn descriptions() -> impl Iterator<Item = &'static Description> {
    Computation::all().map(Computation::description)
}

/// A computation in one mode.
#[derive(Clone, Copy)]
pub(crate) struct Procedure {
    pub(crate) computation: Computation,
    pub(crate) mode: Mode,
}

/// A call whose names are resolved.
#[derive(Debug)]
pub(crate) struct BoundCall {
    pub(crate) procedure: Procedure,
    pub(crate) arguments: Vec<Expr>,
    /// Columns of the procedure and the slots they fill.
    pub(crate) outputs: Vec<(usize, usize)>,
    pub(crate) optional: bool,
    pub(crate) span: Span,
}

impl BoundCall {
    /// Whether it changes the database: properties, or the models it has.
    pub(crate) fn writes(&self) -> bool {
        let saves = self.procedure.mode != Mode::Estimate
            && self.procedure.saves_models()
            && self.arguments.first().is_some_and(|arguments| argument::has_field(arguments, "saveModel"));
        self.procedure.mode == Mode::Write || saves
    }
}

impl fmt::Debug for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The columns of the modes `write` and `estimate`.
const WRITE_COLUMNS: [&str; 4] = ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"];
const ESTIMATE_COLUMNS: [&str; 4] = ["nodeCount", "edgeCount", "bytes", "seconds"];

impl Procedure {
    /// All procedures by name, in the order of the list of algorithms.
    pub(crate) fn all() -> impl Iterator<Item = Procedure> {
        Self::named().filter(|procedure| procedure.mode != Mode::Write || procedure.computation.writes())
    }

    /// Every computation in every mode, the modes it does not have among them.
    fn named() -> impl Iterator<Item = Procedure> {
        Computation::all().flat_map(|computation| Mode::ALL.map(|(mode, _)| Procedure { computation, mode }))
    }

    /// The procedure of that name.
    pub(crate) fn find(name: &str) -> Result<Procedure> {
        if let Some(procedure) = Self::named().find(|procedure| procedure.name() == name) {
            if procedure.mode == Mode::Write && !procedure.computation.writes() {
                return Err(procedure.cannot_write());
            }
            return Ok(procedure);
        }
        let names: Vec<String> = Self::all().map(|procedure| procedure.name()).collect();
        let hint = match wend_grammar::suggest(name, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "SHOW ALGOS lists the algorithms".to_owned(),
        };
        Err(Error::reference(format!("procedure `{name}` is not known")).with_hint(hint).about(Subject::Procedure))
    }

    /// The error of writing rows that are neither nodes nor edges.
    fn cannot_write(&self) -> Error {
        let name = self.description().name;
        let but = if self.computation.writes() { " under these arguments" } else { "" };
        Error::rule(format!("algo.{name} cannot be written{but}: its rows are a table, not one for each node or edge"))
            .with_hint(format!("CALL algo.{name}({{..}}) gives the rows; INSERT and SET can use them"))
    }

    pub(crate) fn description(&self) -> &'static Description {
        self.computation.description()
    }

    pub(crate) fn name(&self) -> String {
        let suffix = Mode::ALL.iter().find(|(mode, _)| *mode == self.mode).map_or("", |(_, suffix)| suffix);
        format!("algo.{}{suffix}", self.description().name)
    }

    /// All columns that YIELD may name.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let description = self.description();
        match self.mode {
            Mode::Run | Mode::Stream => {
                let blocks = if block::has_blocks(*self) { &block::COLUMNS[..] } else { &[] };
                description.columns.iter().map(|column| column.name).chain(blocks.iter().copied()).collect()
            }
            Mode::Stats => {
                let figures = description.stats.iter().map(|column| column.name);
                figures.chain((!has_compute_time(description)).then_some("computeTimeMs")).collect()
            }
            Mode::Write => WRITE_COLUMNS.to_vec(),
            Mode::Estimate => ESTIMATE_COLUMNS.to_vec(),
        }
    }

    /// The columns of a call without YIELD: where its arguments are known before it runs, those that hold something.
    pub(crate) fn columns_without_yield(&self, arguments: Option<&Expr>) -> Vec<&'static str> {
        let mut all = self.columns();
        if block::has_blocks(*self) {
            // Those of blocks have to be asked for.
            all.truncate(self.description().columns.len());
        }
        let (Computation::Algorithm(algorithm), Mode::Run | Mode::Stream) = (self.computation, self.mode) else {
            return all;
        };
        let value = match arguments {
            None => None,
            Some(arguments) => match argument::constant(arguments) {
                Some(value) => Some(value),
                None => return all,
            },
        };
        // What is wrong with the arguments is said when the call runs.
        let given = argument::fields(*self, value.as_ref(), None);
        let Ok(checked) = given.and_then(|given| self.check(&given)) else { return all };
        let held = algorithm.columns(&checked);
        all.into_iter().filter(|column| held.contains(column)).collect()
    }

    pub(crate) fn most_arguments(&self) -> usize {
        if self.mode == Mode::Write { 2 } else { 1 }
    }

    pub(crate) fn signature(&self) -> String {
        match self.mode {
            Mode::Write => format!("CALL {}({{..}}, {{db: {{property: \"..\"}}}})", self.name()),
            _ => format!("CALL {}({{..}})", self.name()),
        }
    }

    /// Whether it takes the argument `saveModel`.
    pub(crate) fn saves_models(&self) -> bool {
        self.description().parameters.iter().any(|parameter| parameter.name == "saveModel")
    }

    /// Checks the parameters of a call.
    fn check(&self, given: &[(String, Argument)]) -> Result<Arguments> {
        let description = self.description();
        description.check(given).map_err(|error| argument::argument_error(description, given, &error))
    }
}

/// Whether the figures of an algorithm have the time already.
pub(crate) fn has_compute_time(description: &Description) -> bool {
    description.stats.iter().any(|column| column.name == "computeTimeMs")
}

/// The error of an algorithm that ran on a view, with the node or edge that it is about.
pub(crate) fn error_in_view(error: wend_algorithms::Error, view: &View, st: &Statement) -> Error {
    let wend_algorithms::Error::BadValue { message, owner, row, hint } = &error else { return algorithm_error(error) };
    let id = |row: usize| {
        let node = view.nodes().get(row);
        node.and_then(|node| st.tx.node_id(st.graph, *node).ok().flatten()).unwrap_or_default()
    };
    let place = match view {
        View::Properties(view) if *owner == "edge" => {
            let graph = &view.graph;
            let end = |ends: &[u32]| ends.get(*row).map_or_else(String::new, |end| id(*end as usize).to_string());
            let label = graph.edge_label.get(*row).and_then(|label| graph.edge_labels.get(*label as usize));
            let label = label.map_or("", |label| &**label);
            format!("the edge ({})-[:{label}]->({})", end(&graph.from), end(&graph.to))
        }
        _ => format!("the node '{}'", id(*row)),
    };
    Error::data("22003", format!("{message} at {place}")).with_hint(*hint)
}

/// An error of an algorithm as the library's.
pub(crate) fn algorithm_error(error: wend_algorithms::Error) -> Error {
    match error {
        wend_algorithms::Error::Cancelled => crate::exec::context::cancelled(),
        wend_algorithms::Error::Memory { .. } => Error::new(crate::ErrorKind::Memory, "22000", error.to_string()),
        wend_algorithms::Error::UnknownName { message, near } => {
            Error::reference(message).with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        }
        wend_algorithms::Error::WrongInput => Error::internal(error.to_string()),
        other => Error::data("22003", other.to_string()),
    }
}
