//! Bulk load of CSV files (docs/csv.md): what a caller states, and the order of the work.
//!
//! All files are opened and their headers read first; then the types that are not stated are found in a pass of their
//! own; then nodes and edges go into a bulk load of the store, which is seen as a whole or not at all.

mod ahead;
pub(crate) mod cell;
mod check;
mod form;
mod header;
pub(crate) mod infer;
pub(crate) mod keys;
pub(crate) mod kind;
mod rows;
mod source;
pub(crate) mod tagged;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use wend_storage::Access;

use crate::{
    InterruptHandle, Progress, ProgressCallback,
    constraint::Constraints,
    control::CancelToken,
    database::Database,
    error::{Error, ErrorKind, Result},
    import::{
        check::RowCheck,
        form::{Form, Stated},
        header::{Header, Table},
        keys::{Id, KeyedTable},
        kind::Kind,
    },
    names::{DEFAULT_GRAPH, graph_id},
    tables::{self, Tables},
    vector_index,
};

pub(crate) use self::header::{header_name, labels_text};
#[cfg(feature = "parquet")]
pub(crate) use self::header::{split_labels, title};
pub(crate) use self::source::Records;
pub use self::source::Separator;

/// Rows between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 4096;
/// Files from this size on are read by a thread of their own.
const LARGE: u64 = 1 << 20;
/// The part of the work that is reading; the rest is writing the indexes.
const READING: f64 = 0.85;

/// What is to be imported, and where.
///
/// ```
/// use wenddb::{Import, ImportFile};
///
/// let import = Import {
///     nodes: vec![ImportFile::new("people.csv").label("Person")],
///     edges: vec![ImportFile::new("knows.csv.gz").label("KNOWS")],
///     ..Import::default()
/// };
/// assert_eq!(import.graph, "default");
/// ```
#[derive(Clone)]
pub struct Import {
    /// The graph that the nodes and edges are added to; it must be there.
    pub graph: String,
    /// Files of nodes.
    pub nodes: Vec<ImportFile>,
    /// Files of edges. Their ends may be nodes of these files, or of the graph before.
    pub edges: Vec<ImportFile>,
    /// Whether nodes that edges name and nobody has are made, and with which label: an empty one for none. Ends whose label is
    /// known have that.
    pub create_nodes: Option<String>,
    /// Whether a key that no node has stops the import; else the edge is left out and counted.
    pub strict: bool,
    /// What separates fields; by default a comma, or what the first line shows.
    pub separator: Option<Separator>,
    /// Lines that begin with this are skipped.
    pub comment: Option<String>,
    /// The header row of files of edges that have none.
    pub header: Option<String>,
    /// A file of what an export knew of the tables that a graph came from (`tables.json`): keys and time columns.
    pub tables: Option<PathBuf>,
    /// Told how far the import is.
    pub progress: Option<ProgressCallback>,
    /// Ends the import from another thread; nothing of it is kept then.
    pub interrupt: Option<InterruptHandle>,
}

impl Default for Import {
    fn default() -> Self {
        Import {
            graph: DEFAULT_GRAPH.to_owned(),
            nodes: Vec::new(),
            edges: Vec::new(),
            create_nodes: None,
            strict: false,
            separator: None,
            comment: None,
            header: None,
            tables: None,
            progress: None,
            interrupt: None,
        }
    }
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Import")
            .field("graph", &self.graph)
            .field("nodes", &self.nodes)
            .field("edges", &self.edges)
            .finish_non_exhaustive()
    }
}

/// A CSV file; one whose name ends in `.gz` is unpacked.
///
/// ```
/// use wenddb::{End, ImportFile};
///
/// // The nodes have the `_id`s `Track:1`, `Track:2`, ...
/// let tracks = ImportFile::new("Track.csv").label("Track").key(["TrackId"]);
/// let on = ImportFile::new("Track.csv").label("ON").ends(End::of(["TrackId"]), End::of(["AlbumId"]).label("Album"));
/// assert_eq!(tracks.key, ["TrackId"]);
/// assert_eq!(on.ends.unwrap()[1].label.as_deref(), Some("Album"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportFile {
    /// The label of rows that bring none. For nodes also several: `A&B`.
    pub label: Option<String>,
    /// Where the file is.
    pub path: PathBuf,
    /// Of a file of nodes without a column `_id`: the columns of its key. The `_id` is then the label and the key, joined by `:`.
    pub key: Vec<String>,
    /// Of a file of edges without the columns `_from` and `_to`: the columns of its ends.
    pub ends: Option<[End; 2]>,
}

impl ImportFile {
    /// A file whose rows bring everything.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        ImportFile { path: path.into(), ..ImportFile::default() }
    }

    /// The same with a label.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        ImportFile { label: Some(label.into()), ..self }
    }

    /// The same with the columns of its key.
    #[must_use]
    pub fn key<T: Into<String>>(self, columns: impl IntoIterator<Item = T>) -> Self {
        ImportFile { key: columns.into_iter().map(Into::into).collect(), ..self }
    }

    /// The same with the columns of both ends.
    #[must_use]
    pub fn ends(self, from: End, to: End) -> Self {
        ImportFile { ends: Some([from, to]), ..self }
    }
}

/// An end of the edges of a file: columns with a key of its nodes, or one column with their `_id`s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// The label of the nodes, which stands before the key in their `_id`s. Without it, it is that of the file of nodes in this
    /// import whose key has this name; where no file has a key, the column has the `_id`s.
    pub label: Option<String>,
    /// The columns.
    pub columns: Vec<String>,
}

impl End {
    /// An end with these columns.
    pub fn of<T: Into<String>>(columns: impl IntoIterator<Item = T>) -> Self {
        End { label: None, columns: columns.into_iter().map(Into::into).collect() }
    }

    /// The same at nodes with a label.
    #[must_use]
    pub fn label(self, label: impl Into<String>) -> Self {
        End { label: Some(label.into()), ..self }
    }
}

/// What an import added.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImportReport {
    /// Nodes added.
    pub nodes: u64,
    /// Edges added.
    pub edges: u64,
    /// How long it took.
    pub seconds: f64,
    /// What was found in each file, first those of nodes, then those of edges.
    pub files: Vec<ImportedFile>,
}

/// What an import found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedFile {
    /// The file.
    pub path: PathBuf,
    /// Whether its rows are edges.
    pub of_edges: bool,
    /// Nodes or edges added.
    pub rows: u64,
    /// The labels, each as `A&B` or empty, with the number of rows that have them.
    pub labels: Vec<(String, u64)>,
    /// The properties with their types.
    pub properties: Vec<(String, String)>,
    /// The header that was assumed, where the file has none.
    pub assumed_header: Option<String>,
    /// Rows without an edge, because a key is empty.
    pub without_key: u64,
    /// Rows without an edge, because no node has the key.
    pub dangling: u64,
    /// The first of these: place, column and key.
    pub first_dangling: Option<String>,
    /// Nodes made for the ends of edges.
    pub nodes_made: u64,
}

impl Database {
    /// Adds the nodes and edges of CSV files to a graph, all or none.
    ///
    /// # Errors
    /// [`ErrorKind::Import`] with the file, line and reason of the first row that is wrong; [`ErrorKind::Io`] when a file
    /// cannot be read; [`ErrorKind::Cancelled`] after an interrupt. The graph is then as it was.
    pub fn import(&self, import: &Import) -> Result<ImportReport> {
        let start = Instant::now();
        let cancel = CancelToken::new();
        import.interrupt.iter().for_each(|handle| handle.begin(&cancel));
        let tx = self.store().begin(Access::Read)?;
        let graph = graph_id(&tx, &import.graph)?;
        let schema = self.schema(&tx, graph)?;
        let constraints = Constraints::of_graph(&tx, graph)?;
        let mut check = schema.as_deref().map(|schema| RowCheck::new(schema, &tx, graph)).transpose()?;

        let read = Arc::new(AtomicU64::new(0));
        let stated = Stated {
            separator: import.separator,
            comment: import.comment.clone().filter(|comment| !comment.is_empty()),
            header: None,
        };
        let files = |files: &[ImportFile], table, stated: &Stated, tables: &[KeyedTable]| {
            files.iter().map(|file| File::open(file, table, stated, tables, &read)).collect::<Result<Vec<_>>>()
        };
        let tables: Vec<KeyedTable> = import.nodes.iter().filter_map(KeyedTable::of).collect();
        let mut nodes = files(&import.nodes, Table::Nodes, &stated, &tables)?;
        let stated = Stated { header: import.header.clone(), ..stated };
        let mut edges = files(&import.edges, Table::Edges, &stated, &tables)?;
        let total = nodes.iter().chain(&edges).map(File::bytes_to_read).sum();
        let mut meter = Meter { progress: import.progress.clone(), cancel, read, total, told: -1.0 };

        let mut load = self.store().bulk_load(graph)?;
        if let Some(schema) = &schema {
            nodes
                .iter_mut()
                .for_each(|file| file.header.take_types(|property| kind::column_kind(schema, true, property)));
            edges
                .iter_mut()
                .for_each(|file| file.header.take_types(|property| kind::column_kind(schema, false, property)));
        }
        for file in nodes.iter_mut().chain(&mut edges) {
            file.infer(&mut meter)?;
        }
        let mut tables = import.tables.as_deref().map(read_tables).transpose()?.unwrap_or_default();
        nodes.iter().chain(&edges).for_each(|file| file.note_keys(&mut tables));
        let ahead = self.query_threads() > 1;
        let mut first = None;
        let mut found = Vec::new();
        for file in nodes {
            let file = file.read_ahead(ahead);
            found.push(rows::load_nodes(&mut load, file, &mut first, check.as_mut(), &constraints, &mut meter)?);
        }
        for file in edges {
            let file = file.read_ahead(ahead);
            found.push(rows::load_edges(&mut load, file, import, check.as_mut(), &constraints, &mut meter)?);
        }
        meter.check()?;
        meter.tell("writing", READING);
        tables.store_with(graph, &mut load)?;
        let loaded = self.pool()?.install(|| load.finish())?;
        vector_index::build_after_load(self, graph)?;
        meter.tell("done", 1.0);
        let seconds = start.elapsed().as_secs_f64();
        Ok(ImportReport { nodes: loaded.nodes, edges: loaded.edges, seconds, files: found })
    }
}

/// Opens a CSV file that is a table of a relational database; its first record is the header.
pub(crate) fn open_table(path: &Path) -> Result<Records> {
    let form = Form::find(path, Table::Nodes, false, &Stated::default())?;
    Ok(Records::open(path, &form, &Arc::default())?.0)
}

/// What a file says of tables.
fn read_tables(path: &Path) -> Result<Tables> {
    let failed = |kind, reason: &dyn std::fmt::Display| {
        Error::new(kind, "22000", format!("cannot read {}: {reason}", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(ErrorKind::Io, &error))?;
    Tables::from_json(&text).map_err(|reason| {
        failed(ErrorKind::Import, &reason).with_hint("it is the file `tables.json` that an export wrote")
    })
}

/// An opened file after its header.
struct File {
    file: ImportFile,
    form: Form,
    records: Records,
    header: Header,
    read: Arc<AtomicU64>,
    size: u64,
}

impl File {
    fn open(
        file: &ImportFile,
        table: Table,
        stated: &Stated,
        tables: &[KeyedTable],
        read: &Arc<AtomicU64>,
    ) -> Result<File> {
        let form = Form::find(&file.path, table, file.ends.is_some(), stated)?;
        let (mut records, size) = Records::open(&file.path, &form, read)?;
        let header = match &form.header {
            None => Header::read(&mut records, table, file, tables)?,
            Some(text) => {
                let bytes = std::io::Cursor::new(text.clone().into_bytes());
                let mut head = Records::of(bytes, "the header given".to_owned(), b',')?;
                Header::read(&mut head, table, file, tables)?
            }
        };
        if size.is_none() && header.infers() {
            let reason = "the types of its columns are found in a pass of their own, which only a regular file allows";
            return Err(records
                .error("42000", reason)
                .with_hint("state the types in the header, as in `age:INT64`, or save the data as a file"));
        }
        Ok(File { file: file.clone(), form, records, header, read: Arc::clone(read), size: size.unwrap_or(0) })
    }

    /// Adds the columns that are keys of tables.
    fn note_keys(&self, tables: &mut Tables) {
        let key = |id: Option<&Id>| match id {
            Some(Id::Key { table, names, .. }) => Some((table.clone(), names.clone())),
            _ => None,
        };
        match &self.header.ends {
            None => {
                if let Some((table, primary)) = key(self.header.ids.first()) {
                    tables.add_nodes(table, tables::Table { primary, ..tables::Table::default() });
                }
            }
            // Edges of a table's own file: the columns of the other end are a foreign key of it.
            Some(ends) if !ends.properties => {
                if let (Some((table, _)), Some((_, foreign))) =
                    (key(self.header.ids.first()), key(self.header.ids.get(1)))
                {
                    tables.add_nodes(table, tables::Table { foreign, ..tables::Table::default() });
                }
            }
            Some(_) => {}
        }
    }

    /// Has another thread read it, where that pays.
    fn read_ahead(self, may: bool) -> File {
        match may && self.size >= LARGE {
            true => File { records: self.records.read_ahead(), ..self },
            false => self,
        }
    }

    /// Bytes over all passes.
    fn bytes_to_read(&self) -> u64 {
        self.size * if self.header.infers() { 2 } else { 1 }
    }

    /// Finds the types that are not stated, and goes back to the first row.
    fn infer(&mut self, meter: &mut Meter) -> Result<()> {
        if !self.header.infers() {
            return Ok(());
        }
        let width = self.header.width;
        let mut open: Vec<_> = self.header.properties.iter_mut().filter(|property| property.kind.is_none()).collect();
        let mut candidates = vec![infer::Candidates::default(); open.len()];
        let mut rows = 0u64;
        while self.records.next()? {
            self.records.check_width(width)?;
            for (property, candidates) in open.iter().zip(&mut candidates) {
                candidates.see(self.records.cell(property.column));
            }
            rows += 1;
            if rows.is_multiple_of(ROWS_PER_CHECK) {
                meter.tick("finding types")?;
            }
        }
        for (property, candidates) in open.iter_mut().zip(&candidates) {
            property.kind = Some(candidates.kind());
        }
        (self.records, _) = Records::open(&self.file.path, &self.form, &self.read)?;
        if self.form.header.is_none() && (!self.records.next()? || self.records.len() != width) {
            return Err(self.records.error("22000", "the file was changed while it was read"));
        }
        Ok(())
    }
}

/// Tells the progress, and ends the work when it is cancelled.
struct Meter {
    progress: Option<ProgressCallback>,
    cancel: CancelToken,
    read: Arc<AtomicU64>,
    total: u64,
    told: f64,
}

impl Meter {
    fn check(&self) -> Result<()> {
        let error = |_| Error::new(ErrorKind::Cancelled, "40000", "the import was cancelled; nothing of it was kept");
        self.cancel.check().map_err(error)
    }

    fn tick(&mut self, stage: &str) -> Result<()> {
        let read = self.read.load(Ordering::Relaxed) as f64 / self.total.max(1) as f64;
        let fraction = read.min(1.0) * READING;
        if fraction - self.told >= 0.005 {
            self.tell(stage, fraction);
        }
        self.check()
    }

    fn tell(&mut self, stage: &str, fraction: f64) {
        self.told = fraction;
        if let Some(progress) = &self.progress {
            progress(&Progress { stage: stage.to_owned(), fraction });
        }
    }
}

/// A text for a message, at most about 60 characters of it.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}
