//! What the shell knows about the language and the algorithms: all of it from the library's descriptions.

use wenddb::text;

/// The modes an algorithm may have besides plain `algo.name`.
pub const MODES: [&str; 4] = ["stream", "stats", "write", "estimate"];

/// The columns of the mode `write`.
const WRITE_COLUMNS: [&str; 4] = ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"];

/// Everything completion and help draw on.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Upper case.
    pub keywords: Vec<String>,
    /// Functions by name.
    pub functions: Vec<Function>,
    /// Algorithms by name.
    pub algorithms: Vec<Algorithm>,
}

/// A function.
#[derive(Debug, Default)]
pub struct Function {
    /// How it is called.
    pub name: String,
    /// With its arguments.
    pub signature: String,
    /// What it gives.
    pub doc: String,
}

/// An algorithm.
#[derive(Debug, Default)]
pub struct Algorithm {
    /// Without the `algo.`.
    pub name: String,
    /// Its family.
    pub category: String,
    /// One sentence.
    pub summary: String,
    /// Some paragraphs.
    pub doc: String,
    /// Those of [`MODES`] that it has: not every result can be written.
    pub modes: Vec<&'static str>,
    /// Own and common ones.
    pub parameters: Vec<Parameter>,
    /// Result columns.
    pub columns: Vec<Column>,
    /// Columns of the mode `stats`.
    pub stats: Vec<Column>,
}

/// A parameter of an algorithm.
#[derive(Debug, Default)]
pub struct Parameter {
    /// As written in a call.
    pub name: String,
    /// `INT`, `LIST<STRING>`.
    pub type_name: String,
    /// As a listing shows it.
    pub default: String,
    /// `1..4096`; empty when any value will do.
    pub range: String,
    /// What it means.
    pub doc: String,
}

/// A result column.
#[derive(Debug, Default)]
pub struct Column {
    /// As YIELD takes it.
    pub name: String,
    /// Its type.
    pub type_name: String,
    /// What it holds.
    pub doc: String,
}

impl Catalog {
    /// Asks the library.
    pub fn load() -> Self {
        let procedures = wenddb::procedures();
        let has = |name: &str, mode: &str| procedures.contains(&format!("algo.{name}.{mode}"));
        Catalog {
            keywords: text::keywords().iter().map(|word| word.to_ascii_uppercase()).collect(),
            functions: wenddb::functions()
                .into_iter()
                .map(|function| Function {
                    name: function.name.to_string(),
                    signature: function.signature.to_string(),
                    doc: function.doc.to_string(),
                })
                .collect(),
            algorithms: wenddb::algorithms()
                .into_iter()
                .map(|algorithm| Algorithm {
                    name: algorithm.name.to_owned(),
                    category: algorithm.category.to_owned(),
                    summary: algorithm.summary.to_owned(),
                    doc: algorithm.doc.to_owned(),
                    modes: MODES.into_iter().filter(|mode| has(algorithm.name, mode)).collect(),
                    parameters: algorithm
                        .all_parameters()
                        .map(|parameter| Parameter {
                            name: parameter.name.to_owned(),
                            type_name: parameter.kind.type_name().to_owned(),
                            default: parameter.default.text().into_owned(),
                            range: parameter.kind.range(),
                            doc: parameter.doc.to_owned(),
                        })
                        .collect(),
                    columns: algorithm
                        .columns
                        .iter()
                        .map(|column| Column::new(column.name, column.type_name, column.doc))
                        .collect(),
                    stats: algorithm
                        .stats
                        .iter()
                        .map(|column| Column::new(column.name, column.type_name, column.doc))
                        .collect(),
                })
                .collect(),
        }
    }

    /// An algorithm, named with `algo.` or without, in any case.
    pub fn algorithm(&self, name: &str) -> Option<&Algorithm> {
        let bare = match name.get(..5) {
            Some(prefix) if prefix.eq_ignore_ascii_case("algo.") => &name[5..],
            _ => name,
        };
        self.algorithms.iter().find(|algorithm| algorithm.name.eq_ignore_ascii_case(bare))
    }

    /// A function, in any case.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// All names that CALL takes.
    pub fn procedures(&self) -> impl Iterator<Item = (String, &Algorithm)> {
        self.algorithms.iter().flat_map(|algorithm| {
            let plain = std::iter::once(format!("algo.{}", algorithm.name));
            let modes = algorithm.modes.iter().map(move |mode| format!("algo.{}.{mode}", algorithm.name));
            plain.chain(modes).map(move |name| (name, algorithm))
        })
    }
}

impl Column {
    fn new(name: &str, type_name: &str, doc: &str) -> Self {
        Column { name: name.to_owned(), type_name: type_name.to_owned(), doc: doc.to_owned() }
    }
}

impl Algorithm {
    /// The columns a mode gives, as far as the description says.
    pub fn mode_columns(&self, mode: Option<&str>) -> Vec<&str> {
        match mode.map(str::to_ascii_lowercase).as_deref() {
            None | Some("stream") => self.columns.iter().map(|column| column.name.as_str()).collect(),
            Some("stats") => self.stats.iter().map(|column| column.name.as_str()).collect(),
            Some("write") => WRITE_COLUMNS.to_vec(),
            Some(_) => Vec::new(),
        }
    }
}
