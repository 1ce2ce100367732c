//! The registry of procedures: what CALL can name. Every algorithm has the same modes; none of them is code of the algorithm.

pub(crate) mod compatibility;
pub(crate) mod search;

use std::fmt;

use compatibility::{Code, Compatible, Effect};
use search::Search;
use wend_algorithms::{Algorithm, ColumnDescription, Description, ParameterRole};

use crate::error::{Error, Result, Subject};

/// How an algorithm is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Run,
    Stream,
    Stats,
    Write,
    Estimate,
    /// What it learns from, of algorithms that make examples.
    Examples,
}

impl Mode {
    pub(crate) const ALL: [(Mode, &'static str); 6] = [
        (Mode::Run, ""),
        (Mode::Stream, ".stream"),
        (Mode::Stats, ".stats"),
        (Mode::Write, ".write"),
        (Mode::Estimate, ".estimate"),
        (Mode::Examples, ".examples"),
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
        let algorithms = algorithms.chain(crate::procedure::test_algorithms());
        algorithms.map(Computation::Algorithm).chain(Search::ALL.map(Computation::Search))
    }

    pub(crate) fn description(self) -> &'static Description {
        match self {
            Computation::Algorithm(algorithm) => algorithm.description(),
            Computation::Search(search) => search.description(),
        }
    }

    /// Whether its rows are nodes or edges, so that they can be written as properties.
    pub(crate) fn writes(self) -> bool {
        self.description().has_identity()
    }
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

impl fmt::Debug for Procedure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The columns of the modes `write` and `estimate`.
const WRITE_COLUMNS: [&str; 4] = ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"];

/// The columns of the mode `examples`.
const EXAMPLE_COLUMNS: [&str; 4] = ["nodeId", "time", "split", "target"];

const ESTIMATE_COLUMNS: [&str; 9] = [
    "nodeCount",
    "edgeCount",
    "bytes",
    "seconds",
    "groupBytes",
    "groupSeconds",
    "columnsAtOnce",
    "temporaryBytes",
    "plan",
];

impl Procedure {
    /// All procedures by name, in the order of the list of algorithms.
    pub(crate) fn all() -> impl Iterator<Item = Procedure> {
        Self::named().filter(|procedure| procedure.mode != Mode::Write || procedure.computation.writes())
    }

    /// Every computation in every mode, the modes it does not have among them.
    fn named() -> impl Iterator<Item = Procedure> {
        let all = Computation::all().flat_map(|computation| Mode::ALL.map(|(mode, _)| Procedure { computation, mode }));
        all.filter(|procedure| procedure.mode != Mode::Examples || procedure.description().makes_examples())
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
    pub(crate) fn cannot_write(&self) -> Error {
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
                let blocks = if self.mode == Mode::Stream { description.block_columns() } else { &[] };
                description.columns.iter().chain(blocks).map(|column| column.name).collect()
            }
            Mode::Stats => description.stats.iter().chain([&COMPUTE_TIME]).map(|column| column.name).collect(),
            Mode::Write => WRITE_COLUMNS.to_vec(),
            Mode::Estimate => ESTIMATE_COLUMNS.to_vec(),
            Mode::Examples => EXAMPLE_COLUMNS.to_vec(),
        }
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

    /// The name of the parameter under whose value it keeps a trained model, if it has one.
    pub(crate) fn model_saved_by(&self) -> Option<&'static str> {
        self.description().parameter_with(ParameterRole::SaveModel)
    }
}

/// What CALL names.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// An algorithm in one of its modes, or a search.
    Computes(Procedure),
    /// A procedure under the name that clients of another database have for it.
    Answers(&'static Compatible),
}

impl fmt::Debug for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Callee {
    /// Everything that can be called, in the order of listings.
    pub(crate) fn all() -> impl Iterator<Item = Callee> {
        Procedure::all().map(Callee::Computes).chain(compatibility::all().iter().map(Callee::Answers))
    }

    /// What has that name.
    ///
    /// # Errors
    /// 42002 when nothing has.
    pub(crate) fn find(name: &str) -> Result<Callee> {
        match Compatible::find(name) {
            Some(compatible) => Ok(Callee::Answers(compatible)),
            None => Procedure::find(name).map(Callee::Computes),
        }
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Callee::Computes(procedure) => procedure.name(),
            Callee::Answers(compatible) => compatible.name.clone(),
        }
    }

    pub(crate) fn columns(&self) -> Vec<&'static str> {
        match self {
            Callee::Computes(procedure) => procedure.columns(),
            Callee::Answers(compatible) => compatible.columns.iter().map(|column| column.name).collect(),
        }
    }

    pub(crate) fn fewest_arguments(&self) -> usize {
        match self {
            Callee::Computes(_) => 0,
            Callee::Answers(compatible) => compatible.fewest_arguments(),
        }
    }

    pub(crate) fn most_arguments(&self) -> usize {
        match self {
            Callee::Computes(procedure) => procedure.most_arguments(),
            Callee::Answers(compatible) => compatible.parameters.len(),
        }
    }

    pub(crate) fn signature(&self) -> String {
        match self {
            Callee::Computes(procedure) => procedure.signature(),
            Callee::Answers(compatible) => compatible.signature(),
        }
    }

    /// What it does, in a sentence or two.
    pub(crate) fn doc(&self) -> &'static str {
        match self {
            Callee::Computes(procedure) => procedure.description().summary,
            Callee::Answers(compatible) => compatible.doc,
        }
    }

    /// What it touches, as clients are told.
    pub(crate) fn mode(&self) -> &'static str {
        match self {
            Callee::Computes(procedure) if procedure.mode == Mode::Write => Effect::Writes.mode(),
            Callee::Computes(_) => Effect::Reads.mode(),
            Callee::Answers(compatible) => compatible.effect.mode(),
        }
    }

    /// Whether it always changes the database.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Callee::Computes(procedure) => procedure.mode == Mode::Write,
            Callee::Answers(compatible) => compatible.effect == Effect::Writes,
        }
    }

    /// Whether it computes what it writes.
    pub(crate) fn is_task(&self) -> bool {
        match self {
            Callee::Computes(_) => self.writes(),
            Callee::Answers(compatible) => self.writes() && matches!(compatible.code, Code::Gds(_)),
        }
    }

    /// The name of the parameter under whose value it keeps a trained model, if it has one.
    pub(crate) fn model_saved_by(&self) -> Option<&'static str> {
        match self {
            Callee::Computes(procedure) if !matches!(procedure.mode, Mode::Estimate | Mode::Examples) => {
                procedure.model_saved_by()
            }
            _ => None,
        }
    }
}

/// The figure that the mode `stats` adds to those of the algorithm.
pub(crate) const COMPUTE_TIME: ColumnDescription =
    ColumnDescription::new("computeTimeMs", "INT", "Milliseconds it took, the graph view included.");
