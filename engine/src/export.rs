//! Writing a graph as CSV files that import reads back as the same graph (docs/csv.md), as Parquet files, whole or by blocks, or as
//! GraphML.

#[cfg(feature = "parquet")]
pub(crate) mod blocks;
mod graphml;
#[cfg(feature = "parquet")]
pub(crate) mod manifest;
#[cfg(feature = "parquet")]
mod parquet;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rustc_hash::FxHashMap;
use wend_storage::{
    Access, GraphId, LabelId, NodeId, PartDirectory, Properties, PropertyKey, Transaction, Value as Stored,
};

use crate::{
    database::Database,
    error::{Error, ErrorKind, Result},
    import::{header_name, kind::Kind, labels_text, tagged},
    names::graph_id,
    tables::Tables,
    value::Value,
};

/// What an export wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportReport {
    /// Nodes written.
    pub nodes: u64,
    /// Edges written.
    pub edges: u64,
    /// The files: `nodes.csv` and `edges.csv`, of a closed graph `graph-type.gql`, and of one whose tables are known `tables.json`.
    pub files: Vec<PathBuf>,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV files.
    #[default]
    Csv,
    /// Parquet files.
    Parquet,
    /// GraphML, an XML format of graph programs.
    GraphMl,
}

#[cfg(feature = "parquet")]
fn write_parquet(tx: &Transaction, graph: GraphId, directory: &Path) -> Result<(u64, u64)> {
    parquet::write(tx, graph, directory)
}

#[cfg(not(feature = "parquet"))]
fn write_parquet(_: &Transaction, _: GraphId, _: &Path) -> Result<(u64, u64)> {
    Err(Error::new(ErrorKind::Usage, "42000", "this program was built without the feature `parquet`")
        .with_hint("the program `wend` has it; CSV needs none"))
}

/// The file of a closed graph's type: the statement that makes it.
const GRAPH_TYPE: &str = "graph-type.gql";
/// The file of what is known of the tables that the graph came from.
const TABLES: &str = "tables.json";

impl Database {
    /// Writes a graph, as of now, to the files `nodes.csv` and `edges.csv` of a new or empty directory; the type of a closed
    /// graph goes to `graph-type.gql`, a statement that makes it a graph type of the graph's name, and what is known of the tables
    /// that it came from to `tables.json`, which [`Import::tables`](crate::Import::tables) takes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when `to` exists and is not an empty directory, or cannot be written; nothing is left then.
    pub fn export(&self, graph: &str, to: impl AsRef<Path>) -> Result<ExportReport> {
        self.export_as(graph, to, ExportFormat::Csv)
    }

    /// The same in another format: `nodes.parquet` and `edges.parquet`, or `graph.graphml`.
    ///
    /// # Errors
    /// See [`Database::export`]; [`ErrorKind::Usage`] for Parquet in a program built without the feature `parquet`.
    pub fn export_as(&self, graph: &str, to: impl AsRef<Path>, format: ExportFormat) -> Result<ExportReport> {
        let to = to.as_ref();
        let tx = self.store().begin(Access::Read)?;
        let name = graph.to_owned();
        let graph = graph_id(&tx, graph)?;
        let directory = PartDirectory::new(to)?;
        let mut files = match format {
            ExportFormat::Csv => vec!["nodes.csv", "edges.csv"],
            ExportFormat::Parquet => vec!["nodes.parquet", "edges.parquet"],
            ExportFormat::GraphMl => vec!["graph.graphml"],
        };
        if let Some(schema) = self.schema(&tx, graph)? {
            let path = directory.path().join(GRAPH_TYPE);
            let text = format!("CREATE GRAPH TYPE {} {}\n", wend_grammar::quote_identifier(&name), schema.text);
            fs::write(&path, text).map_err(|error| io_error("write", &path, error))?;
            files.push(GRAPH_TYPE);
        }
        let tables = Tables::of_graph(&tx, graph)?;
        if !tables.is_empty() {
            let path = directory.path().join(TABLES);
            fs::write(&path, tables.to_json()? + "\n").map_err(|error| io_error("write", &path, error))?;
            files.push(TABLES);
        }
        let (nodes, edges) = match format {
            ExportFormat::Csv => Export { tx, graph, labels: FxHashMap::default() }.write(directory.path())?,
            ExportFormat::Parquet => write_parquet(&tx, graph, directory.path())?,
            ExportFormat::GraphMl => graphml::write(&tx, graph, &directory.path().join("graph.graphml"))?,
        };
        complete(directory, &files)?;
        Ok(ExportReport { nodes, edges, files: files.into_iter().map(|name| to.join(name)).collect() })
    }
}

/// Makes the files durable and gives their directory its name.
pub(crate) fn complete<T: AsRef<Path>>(directory: PartDirectory, files: &[T]) -> Result<()> {
    for name in files {
        let path = directory.path().join(name);
        let synced = fs::File::open(&path).and_then(|file| file.sync_all());
        synced.map_err(|error| io_error("sync", &path, error))?;
    }
    Ok(directory.complete()?)
}

pub(crate) fn io_error(action: &str, path: &Path, error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, "22000", format!("cannot {action} {}: {error}", path.display()))
}

/// The types that columns are written in, in the order of a property's columns.
const KINDS: [Kind; 15] = [
    Kind::Bool,
    Kind::Int,
    Kind::Float,
    Kind::String,
    Kind::Bytes,
    Kind::Date,
    Kind::LocalTime,
    Kind::ZonedTime,
    Kind::LocalDateTime,
    Kind::ZonedDateTime,
    Kind::Duration,
    Kind::Vector,
    Kind::Record,
    Kind::List(None),
    Kind::Json,
];

/// The place of JSON, which an empty string needs, and of STRING, in `KINDS`.
const JSON: usize = 14;
const STRING: usize = 3;

fn kind_of(value: &Stored) -> usize {
    match value {
        Stored::Bool(_) => 0,
        Stored::Int(_) => 1,
        Stored::Float(_) => 2,
        Stored::String(text) if text.is_empty() => JSON,
        Stored::String(_) => STRING,
        Stored::Bytes(_) => 4,
        Stored::Date(_) => 5,
        Stored::LocalTime(_) => 6,
        Stored::ZonedTime { .. } => 7,
        Stored::LocalDateTime { .. } => 8,
        Stored::ZonedDateTime { .. } => 9,
        Stored::Duration { .. } => 10,
        Stored::Vector(_) => 11,
        Stored::Record(_) => 12,
        Stored::List(_) => 13,
    }
}

/// Which types the values of each property have.
#[derive(Default)]
struct Kinds(FxHashMap<PropertyKey, [bool; KINDS.len()]>);

impl Kinds {
    fn see(&mut self, properties: &Properties) {
        for (key, value) in properties {
            self.0.entry(*key).or_default()[kind_of(value)] = true;
        }
    }

    /// The columns by name and type; strings are all JSON when one of them is empty.
    fn columns(self, tx: &Transaction) -> Result<Columns> {
        let mut by_name = BTreeMap::new();
        for (key, mut kinds) in self.0 {
            if kinds[JSON] {
                kinds[STRING] = false;
            }
            by_name.insert(tx.property_key_name(key)?, (key, kinds));
        }
        let mut columns = Columns { titles: Vec::new(), places: FxHashMap::default() };
        for (name, (key, kinds)) in by_name {
            let mut places = [usize::MAX; KINDS.len()];
            for (place, kind) in (0..KINDS.len()).filter(|place| kinds[*place]).map(|place| (place, &KINDS[place])) {
                places[place] = columns.titles.len();
                columns.titles.push(format!("{}:{kind}", header_name(&name)));
            }
            if kinds[JSON] {
                places[STRING] = places[JSON];
            }
            columns.places.insert(key, places);
        }
        Ok(columns)
    }
}

/// The property columns of a file.
struct Columns {
    titles: Vec<String>,
    places: FxHashMap<PropertyKey, [usize; KINDS.len()]>,
}

impl Columns {
    /// The cells of these properties; empty where there is none.
    fn cells(&self, properties: Properties, cells: &mut Vec<String>) {
        cells.iter_mut().for_each(String::clear);
        cells.resize_with(self.titles.len(), String::new);
        for (key, value) in properties {
            let Some(places) = self.places.get(&key) else { continue };
            let json = places[STRING] == places[JSON];
            if let Some(cell) = cells.get_mut(places[kind_of(&value)]) {
                *cell = text(value, json);
            }
        }
    }
}

/// The text of a cell.
fn text(value: Stored, json: bool) -> String {
    match Value::from_stored(value) {
        Value::String(text) if !json => text.to_string(),
        value @ Value::Bytes(_) => match value.to_json() {
            serde_json::Value::String(digits) if !digits.is_empty() => digits,
            _ => "0x".to_owned(),
        },
        value @ Value::Vector(_) => value.to_json().to_string(),
        value @ (Value::String(_) | Value::List(_) | Value::Record(_)) => tagged::encode(&value).to_string(),
        value => value.to_string(),
    }
}

/// The `_id`s of all nodes by number, as one text.
#[derive(Default)]
struct Ids {
    nodes: Vec<(NodeId, usize)>,
    text: String,
}

impl Ids {
    fn push(&mut self, node: NodeId, id: &str) {
        self.nodes.push((node, self.text.len()));
        self.text.push_str(id);
    }

    fn get(&self, node: NodeId) -> Result<&str> {
        let missing = || Error::internal(format!("an edge ends at node {}, which is not there", node.0));
        let at = self.nodes.binary_search_by_key(&node, |(node, _)| *node).map_err(|_| missing())?;
        let end = self.nodes.get(at + 1).map_or(self.text.len(), |(_, start)| *start);
        self.text.get(self.nodes[at].1..end).ok_or_else(missing)
    }
}

struct Export {
    tx: Transaction,
    graph: GraphId,
    labels: FxHashMap<Vec<LabelId>, String>,
}

impl Export {
    fn write(mut self, directory: &Path) -> Result<(u64, u64)> {
        let mut ids = Ids::default();
        let nodes = self.write_nodes(&directory.join("nodes.csv"), &mut ids)?;
        let edges = self.write_edges(&directory.join("edges.csv"), &ids)?;
        Ok((nodes, edges))
    }

    fn write_nodes(&mut self, path: &Path, ids: &mut Ids) -> Result<u64> {
        let mut kinds = Kinds::default();
        for node in self.tx.node_records(self.graph, None)? {
            kinds.see(&node?.1.properties);
        }
        let columns = kinds.columns(&self.tx)?;
        let mut out = Output::create(path)?;
        out.row(["_id", "_labels"], &columns.titles)?;
        let mut cells = Vec::new();
        for node in self.tx.node_records(self.graph, None)? {
            let (number, record) = node?;
            if record.id.is_empty() {
                return Err(Error::new(ErrorKind::Data, "22004", "a node with an empty `_id` cannot be exported"));
            }
            ids.push(number, &record.id);
            columns.cells(record.properties, &mut cells);
            out.row([record.id.as_str(), self.labels_of(record.labels)?], &cells)?;
        }
        out.finish()
    }

    /// The cell of these labels.
    fn labels_of(&mut self, labels: Vec<LabelId>) -> Result<&str> {
        if !self.labels.contains_key(&labels) {
            let names = labels.iter().map(|label| self.tx.label_name(*label)).collect::<Result<Vec<_>, _>>()?;
            self.labels.insert(labels.clone(), labels_text(names));
        }
        Ok(self.labels.get(&labels).map_or("", String::as_str))
    }

    fn write_edges(&self, path: &Path, ids: &Ids) -> Result<u64> {
        let mut kinds = Kinds::default();
        for edge in self.tx.edge_records(self.graph, None)? {
            kinds.see(&edge?.1.properties);
        }
        let columns = kinds.columns(&self.tx)?;
        let mut out = Output::create(path)?;
        out.row(["_from", "_to", "_label"], &columns.titles)?;
        let mut cells = Vec::new();
        for edge in self.tx.edge_records(self.graph, None)? {
            let record = edge?.1;
            let label = self.tx.label_name(record.label)?;
            columns.cells(record.properties, &mut cells);
            out.row([ids.get(record.from)?, ids.get(record.to)?, &*label], &cells)?;
        }
        out.finish()
    }
}

/// A CSV file being written.
struct Output<'a> {
    path: &'a Path,
    csv: csv::Writer<fs::File>,
    rows: u64,
}

impl Output<'_> {
    fn create(path: &Path) -> Result<Output<'_>> {
        let file = fs::File::create_new(path).map_err(|error| io_error("create", path, error))?;
        let csv = csv::WriterBuilder::new().buffer_capacity(256 << 10).from_writer(file);
        Ok(Output { path, csv, rows: 0 })
    }

    fn row<const N: usize>(&mut self, first: [&str; N], rest: &[String]) -> Result<()> {
        let cells = first.into_iter().chain(rest.iter().map(String::as_str));
        self.csv.write_record(cells).map_err(|error| io_error("write", self.path, error))?;
        self.rows += 1;
        Ok(())
    }

    /// Makes the file durable; gives the number of rows below the header.
    fn finish(self) -> Result<u64> {
        let path = self.path;
        let file = self.csv.into_inner().map_err(|error| io_error("write", path, error.error()))?;
        file.sync_all().map_err(|error| io_error("write", path, error))?;
        Ok(self.rows.saturating_sub(1))
    }
}
