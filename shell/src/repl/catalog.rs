//! The language and the algorithms as the shell knows them: all of it comes from the library's descriptions.

use wenddb::{ColumnDescription, text};

/// The modes that an algorithm may have, besides the plain call.
pub const MODES: [&str; 4] = ["stream", "stats", "write", "estimate"];

/// The columns of the mode `write`.
const WRITE_COLUMNS: [&str; 4] = ["task_id", "nodesWritten", "computeTimeMs", "writeTimeMs"];

/// The input of completion and help.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Keywords, in upper case.
    pub keywords: Vec<String>,
    /// Functions by name.
    pub functions: Vec<Function>,
    /// Algorithms by name.
    pub algorithms: Vec<Algorithm>,
}

/// A function.
#[derive(Debug, Default)]
pub struct Function {
    /// The name.
    pub name: String,
    /// The name with its arguments.
    pub signature: String,
    /// The description.
    pub doc: String,
}

/// An algorithm.
#[derive(Debug, Default)]
pub struct Algorithm {
    /// The name without `algo.`.
    pub name: String,
    /// The category.
    pub category: String,
    /// The description in one sentence.
    pub summary: String,
    /// The description in some paragraphs.
    pub doc: String,
    /// The modes of [`MODES`] that it has: not every result can be written.
    pub modes: Vec<&'static str>,
    /// The parameters, its own and the common ones.
    pub parameters: Vec<Parameter>,
    /// The result columns.
    pub columns: Vec<Column>,
    /// The columns of the mode `stream` when it gives blocks of nodes.
    pub blocks: Vec<Column>,
    /// The columns of the mode `stats`.
    pub stats: Vec<Column>,
}

/// A parameter of an algorithm.
#[derive(Debug, Default)]
pub struct Parameter {
    /// The name, as written in a call.
    pub name: String,
    /// The type, such as `INT` or `LIST<STRING>`.
    pub type_name: String,
    /// The default, as a listing shows it.
    pub default: String,
    /// The range, such as `1..4096`; empty when any value is allowed.
    pub range: String,
    /// The description.
    pub doc: String,
}

/// A result column.
#[derive(Debug, Default)]
pub struct Column {
    /// The name, as YIELD takes it.
    pub name: String,
    /// The type.
    pub type_name: String,
    /// The description.
    pub doc: String,
    /// Whether it says which node or edge a row is about.
    pub identity: bool,
}

impl Catalog {
    /// Reads the descriptions of the library.
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
                    columns: algorithm.columns.iter().map(Column::new).collect(),
                    blocks: algorithm.block_columns().iter().map(Column::new).collect(),
                    stats: algorithm.stats.iter().map(Column::new).collect(),
                })
                .collect(),
        }
    }

    /// Finds an algorithm by its name, with `algo.` or without, in any case.
    pub fn algorithm(&self, name: &str) -> Option<&Algorithm> {
        let bare = match name.get(..5) {
            Some(prefix) if prefix.eq_ignore_ascii_case("algo.") => &name[5..],
            _ => name,
        };
        self.algorithms.iter().find(|algorithm| algorithm.name.eq_ignore_ascii_case(bare))
    }

    /// Finds a function by its name, in any case.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name.eq_ignore_ascii_case(name))
    }

    /// All names that CALL accepts.
    pub fn procedures(&self) -> impl Iterator<Item = (String, &Algorithm)> {
        self.algorithms.iter().flat_map(|algorithm| {
            let plain = std::iter::once(format!("algo.{}", algorithm.name));
            let modes = algorithm.modes.iter().map(move |mode| format!("algo.{}.{mode}", algorithm.name));
            plain.chain(modes).map(move |name| (name, algorithm))
        })
    }
}

impl Column {
    fn new(column: &ColumnDescription) -> Self {
        Column {
            name: column.name.to_owned(),
            type_name: column.type_name.to_owned(),
            doc: column.doc.to_owned(),
            identity: column.is_identity(),
        }
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Algorithm {
    /// The columns of a mode, as far as the description says.
    pub fn mode_columns(&self, mode: Option<&str>) -> Vec<&str> {
        match mode.map(str::to_ascii_lowercase).as_deref() {
            None => self.columns.iter().map(Column::name).collect(),
            Some("stream") => self.columns.iter().chain(&self.blocks).map(Column::name).collect(),
            Some("stats") => self.stats.iter().map(Column::name).collect(),
            Some("write") => WRITE_COLUMNS.to_vec(),
            Some(_) => Vec::new(),
        }
    }
}
