//! Bulk load of CSV files (docs/csv.md): what a caller states, and the order of the work.
//!
//! All files are opened and their headers read first; then the types that are not stated are found in a pass of their
//! own; then nodes and edges go into a bulk load of the store, which is seen as a whole or not at all.

mod cell;
mod check;
mod header;
mod infer;
pub(crate) mod kind;
mod rows;
mod source;
pub(crate) mod tagged;

use std::{
    path::PathBuf,
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
        header::{Header, Table},
        kind::Kind,
    },
    names::{DEFAULT_GRAPH, graph_id},
};

pub(crate) use self::header::{header_name, labels_text};
pub(crate) use self::source::Records;

/// Rows between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 4096;
/// The part of the work that is reading; the rest is writing the indexes.
const READING: f64 = 0.85;

/// What is to be imported, and where.
///
/// ```
/// use wenddb::{Import, ImportFile};
///
/// let import = Import {
///     nodes: vec![ImportFile { label: Some("Person".to_owned()), path: "people.csv".into() }],
///     edges: vec![ImportFile { label: Some("KNOWS".to_owned()), path: "knows.csv.gz".into() }],
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFile {
    /// The label of rows that bring none. For nodes also several: `A&B`.
    pub label: Option<String>,
    /// Where the file is.
    pub path: PathBuf,
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
        let files = |files: &[ImportFile], table| {
            files.iter().map(|file| File::open(file, table, &read)).collect::<Result<Vec<_>>>()
        };
        let (mut nodes, mut edges) = (files(&import.nodes, Table::Nodes)?, files(&import.edges, Table::Edges)?);
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
        let mut first = None;
        for file in nodes {
            rows::load_nodes(&mut load, file, &mut first, check.as_mut(), &constraints, &mut meter)?;
        }
        for file in edges {
            rows::load_edges(&mut load, file, check.as_mut(), &constraints, &mut meter)?;
        }
        meter.check()?;
        meter.tell("writing", READING);
        let loaded = self.pool()?.install(|| load.finish())?;
        meter.tell("done", 1.0);
        Ok(ImportReport { nodes: loaded.nodes, edges: loaded.edges, seconds: start.elapsed().as_secs_f64() })
    }
}

/// An opened file after its header.
struct File {
    file: ImportFile,
    records: Records,
    header: Header,
    read: Arc<AtomicU64>,
    size: u64,
}

impl File {
    fn open(file: &ImportFile, table: Table, read: &Arc<AtomicU64>) -> Result<File> {
        let (mut records, size) = Records::open(&file.path, read)?;
        let header = Header::read(&mut records, table)?;
        if size.is_none() && header.infers() {
            let reason = "the types of its columns are found in a pass of their own, which only a regular file allows";
            return Err(records
                .error("42000", reason)
                .with_hint("state the types in the header, as in `age:INT64`, or save the data as a file"));
        }
        Ok(File { file: file.clone(), records, header, read: Arc::clone(read), size: size.unwrap_or(0) })
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
        (self.records, _) = Records::open(&self.file.path, &self.read)?;
        if !self.records.next()? || self.records.len() != width {
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
