//! Import of relational databases: rows become nodes, foreign keys edges (docs/relational.md).
//!
//! A [`TableSource`] says what tables, keys and types it has and gives out rows. What nobody declares is found by names and values
//! (`infer`); `decide` makes a plan of it, which a map may state instead (`map`); `time` proposes when rows came to be; `load` takes the rows
//! into one bulk load, with what the graph then knows of its tables in the same commit.

#[cfg(feature = "arrow")]
pub(crate) mod arrow;
mod decide;
mod folder;
mod graph_files;
#[cfg(feature = "graphml")]
mod graphml;
mod infer;
mod load;
mod map;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
mod profile;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
mod time;

use std::{fs, io::Read, path::Path, time::Instant};

use wend_storage::{Access, BulkLoad};

use self::{
    load::{Loader, Stopped},
    profile::Profile,
};
pub use self::{
    plan::{EdgeCounts, PlannedEdge, PlannedEnd, PlannedTable, RelationalPlan},
    source::{Cell, SourceColumn, SourceForeignKey, SourceTable, SourceTables, TableRow, TableSource},
};
use crate::{
    InterruptHandle, Progress, ProgressCallback,
    constraint::Constraints,
    control::CancelToken,
    database::Database,
    error::{Error, ErrorKind, Result},
    names::{DEFAULT_GRAPH, graph_id},
    tables::{Table, Tables},
    vector_index,
};

/// How a relational database is imported.
#[derive(Clone)]
pub struct RelationalImport {
    /// The graph that the rows are added to; it must be there.
    pub graph: String,
    /// Whether keys that nobody declares are looked for; by default as the source says.
    pub infer: Option<bool>,
    /// Whether a key that no row has stops the import; else it is taken as NULL and counted.
    pub strict: bool,
    /// What becomes of the tables, as `CREATE PROPERTY GRAPH`; without it what keys say.
    pub map: Option<String>,
    /// Told how far the import is.
    pub progress: Option<ProgressCallback>,
    /// Ends the import from another thread; nothing of it is kept then.
    pub interrupt: Option<InterruptHandle>,
}

impl Default for RelationalImport {
    fn default() -> Self {
        RelationalImport {
            graph: DEFAULT_GRAPH.to_owned(),
            infer: None,
            strict: false,
            map: None,
            progress: None,
            interrupt: None,
        }
    }
}

impl std::fmt::Debug for RelationalImport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelationalImport")
            .field("graph", &self.graph)
            .field("infer", &self.infer)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

/// What an import of a relational database added.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RelationalReport {
    /// Nodes added.
    pub nodes: u64,
    /// Edges added.
    pub edges: u64,
    /// How long it took.
    pub seconds: f64,
    /// What became of the tables, with what there was of each.
    pub plan: RelationalPlan,
}

/// Opens a source of tables: a SQLite file, the `postgresql://` address of a server, or a directory of CSV and Parquet files.
///
/// # Errors
/// [`ErrorKind::Io`] when there is no such source or it cannot be read; [`ErrorKind::Usage`] when this program was built
/// without the feature that reads it (`sqlite`, `postgres`, `parquet`).
pub fn open_tables(source: &str) -> Result<Box<dyn TableSource>> {
    if source.starts_with("postgresql://") || source.starts_with("postgres://") {
        return open_postgres(source);
    }
    if let Some((scheme, _)) = source.split_once("://") {
        return Err(Error::new(ErrorKind::Usage, "42000", format!("`{scheme}://` is no source of tables"))
            .with_hint("a SQLite file, postgresql://USER@HOST/DATABASE, or a directory of CSV and Parquet files"));
    }
    let path = Path::new(source);
    let failed =
        |error: std::io::Error| Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {error}", path.display()));
    if path.metadata().map_err(failed)?.is_dir() {
        return Ok(Box::new(folder::Folder::open(path)?));
    }
    let mut head = Vec::new();
    fs::File::open(path).and_then(|file| file.take(16).read_to_end(&mut head)).map_err(failed)?;
    if head.starts_with(b"SQLite format 3\0") {
        return open_sqlite(path);
    }
    if folder::is_table(path) {
        return Ok(Box::new(folder::Folder::of_files(path, vec![path.to_path_buf()])?));
    }
    Err(Error::new(
        ErrorKind::Import,
        "22000",
        format!("{} is no SQLite file, nor a CSV or Parquet file", path.display()),
    ))
}

#[cfg(feature = "sqlite")]
fn open_sqlite(path: &Path) -> Result<Box<dyn TableSource>> {
    Ok(Box::new(sqlite::Sqlite::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn open_sqlite(path: &Path) -> Result<Box<dyn TableSource>> {
    Err(without_feature(&path.display().to_string(), "sqlite"))
}

#[cfg(feature = "postgres")]
fn open_postgres(address: &str) -> Result<Box<dyn TableSource>> {
    Ok(Box::new(postgres::Postgres::open(address)?))
}

#[cfg(not(feature = "postgres"))]
fn open_postgres(_address: &str) -> Result<Box<dyn TableSource>> {
    Err(without_feature("a PostgreSQL server", "postgres"))
}

/// The error of a source that needs a feature which this program was built without.
#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "parquet", feature = "graphml")))]
pub(super) fn without_feature(what: &str, feature: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        "42000",
        format!("this program was built without the feature `{feature}`, which reads {what}"),
    )
    .with_hint("the program `wend` has it")
}

impl RelationalImport {
    /// What would become of the tables of a source, counted. Nothing is imported.
    ///
    /// # Errors
    /// When the source cannot be read, or the map does not fit it.
    pub fn plan(&self, source: &mut dyn TableSource) -> Result<RelationalPlan> {
        let cancel = CancelToken::new();
        self.interrupt.iter().for_each(|handle| handle.begin(&cancel));
        self.plan_until(source, &cancel)
    }

    /// The plan, unless it is cancelled.
    pub(crate) fn plan_until(&self, source: &mut dyn TableSource, cancel: &CancelToken) -> Result<RelationalPlan> {
        let mut work = Work::begin(source, self, cancel)?;
        work.look(true)?;
        Ok(work.plan)
    }
}

impl Database {
    /// Adds the rows of a source to a graph as nodes and edges, all or none.
    ///
    /// # Errors
    /// [`ErrorKind::Import`] with the table and row that is wrong; [`ErrorKind::Io`] when the source cannot be read; [`ErrorKind::Cancelled`]
    /// after an interrupt. The graph is then as it was.
    pub fn import_relational(
        &self,
        source: &mut dyn TableSource,
        import: &RelationalImport,
    ) -> Result<RelationalReport> {
        let cancel = CancelToken::new();
        import.interrupt.iter().for_each(|handle| handle.begin(&cancel));
        self.import_relational_until(source, import, &cancel)
    }

    /// The import, unless it is cancelled.
    pub(crate) fn import_relational_until(
        &self,
        source: &mut dyn TableSource,
        import: &RelationalImport,
        cancel: &CancelToken,
    ) -> Result<RelationalReport> {
        let start = Instant::now();
        let tx = self.store().begin(Access::Read)?;
        let graph = graph_id(&tx, &import.graph)?;
        if self.schema(&tx, graph)?.is_some() {
            return Err(Error::rule(format!("the graph `{}` has a type, which tables may not fit", import.graph))
                .with_hint("import into an open graph: CREATE GRAPH name, and --graph name"));
        }
        let constraints = Constraints::of_graph(&tx, graph)?;
        let mut work = Work::begin(source, import, cancel)?;
        work.look(false)?;
        // A value that is not of its column's type is met while rows are loaded: then the table is looked through, and all begins anew.
        let mut load = loop {
            let mut load = self.store().bulk_load(graph)?;
            match work.load(&mut load, &constraints)? {
                None => break load,
                Some(table) => work.settle(table)?,
            }
        };
        check(cancel)?;
        work.tell("writing", READING);
        tables(&work.plan).store_with(graph, &mut load)?;
        let loaded = self.pool()?.install(|| load.finish())?;
        vector_index::build_after_load(self, graph)?;
        work.tell("done", 1.0);
        let seconds = start.elapsed().as_secs_f64();
        Ok(RelationalReport { nodes: loaded.nodes, edges: loaded.edges, seconds, plan: work.plan })
    }
}

/// The part of the work that is reading; the rest is writing the indexes.
const READING: f64 = 0.85;

fn check(cancel: &CancelToken) -> Result<()> {
    let error = |_| Error::new(ErrorKind::Cancelled, "40000", "the import was cancelled; nothing of it was kept");
    cancel.check().map_err(error)
}

/// An import under way.
struct Work<'a> {
    source: &'a mut dyn TableSource,
    import: &'a RelationalImport,
    cancel: &'a CancelToken,
    tables: SourceTables,
    plan: RelationalPlan,
    /// Whether keys are looked for.
    infers: bool,
}

impl<'a> Work<'a> {
    fn begin(
        source: &'a mut dyn TableSource,
        import: &'a RelationalImport,
        cancel: &'a CancelToken,
    ) -> Result<Work<'a>> {
        let tables = source.tables()?;
        if tables.tables.is_empty() {
            return Err(Error::new(ErrorKind::Import, "22000", format!("{} has no tables", source.name())));
        }
        let infers = import.infer.unwrap_or(tables.infers) && import.map.is_none();
        Ok(Work { source, import, cancel, tables, plan: RelationalPlan::default(), infers })
    }

    /// Makes the plan; `counts` = everything is counted.
    fn look(&mut self, counts: bool) -> Result<()> {
        self.tell("looking at tables", 0.0);
        let tables = self.tables.tables.clone();
        let stated = match &self.import.map {
            Some(map) => Some(map::read(map, &self.tables)?),
            None => None,
        };
        let mut profiles: Option<Vec<Profile>> = None;
        match stated {
            Some(plan) => self.plan = plan,
            None => {
                let mut left_out = Vec::new();
                let mut keys = decide::declared(&self.tables, &mut left_out);
                if self.infers {
                    let mut wanted = infer::columns_to_look_at(&tables);
                    for (names, table) in wanted.iter_mut().zip(&tables) {
                        names.extend(
                            time::candidates(table)
                                .into_iter()
                                .filter(|name| !names.contains(name))
                                .collect::<Vec<_>>(),
                        );
                    }
                    let found = self.profiles(&wanted)?;
                    keys = infer::infer(&tables, &found, keys);
                    profiles = Some(found);
                }
                self.plan = decide::plan(&self.source.name(), &self.tables, keys, left_out);
            }
        }
        let has_map = self.import.map.is_some();
        let profiles = match profiles {
            Some(profiles) => profiles,
            None => {
                let mut wanted = if has_map {
                    vec![Vec::new(); tables.len()]
                } else {
                    time::columns_to_look_at(&self.plan, &tables)
                };
                if counts {
                    self.add_ends(&mut wanted);
                }
                self.profiles(&wanted)?
            }
        };
        if !has_map {
            time::propose(&mut self.plan, &tables, &profiles);
        }
        if counts {
            time::count(&mut self.plan, &tables, &profiles);
        }
        Ok(())
    }

    /// The columns at the ends of edges.
    fn add_ends(&self, wanted: &mut [Vec<String>]) {
        let place = |name: &str| self.tables.tables.iter().position(|table| table.name == name);
        for edge in &self.plan.edges {
            for end in edge.source.iter().chain([&edge.destination]) {
                for (table, names) in [(&edge.table, &end.columns), (&end.table, &end.referenced)] {
                    if let Some(wanted) = place(table).and_then(|at| wanted.get_mut(at)) {
                        wanted.extend(names.iter().filter(|name| !wanted.contains(name)).cloned().collect::<Vec<_>>());
                    }
                }
            }
        }
    }

    fn profiles(&mut self, wanted: &[Vec<String>]) -> Result<Vec<Profile>> {
        let mut profiles = Vec::new();
        for (number, names) in wanted.iter().enumerate() {
            check(self.cancel)?;
            let cancel = self.cancel;
            let table = &self.tables.tables[number];
            profiles.push(Profile::read(self.source, number, table, names, &|| check(cancel))?);
        }
        Ok(profiles)
    }

    /// Loads everything; `Some` is a table whose columns have other types than it says.
    fn load(&mut self, load: &mut BulkLoad, constraints: &Constraints) -> Result<Option<usize>> {
        let rows: u64 = self.tables.tables.iter().filter_map(|table| table.rows).sum();
        let (mut read, mut told) = (0u64, -1.0f64);
        let (cancel, progress) = (self.cancel, self.import.progress.clone());
        let mut tick = |more: u64| {
            read += more;
            let fraction = (read as f64 / rows.max(1) as f64).min(1.0) * READING;
            if fraction - told >= 0.005 {
                told = fraction;
                if let Some(progress) = &progress {
                    progress(&Progress { stage: "rows".to_owned(), fraction });
                }
            }
            check(cancel)
        };
        let mut loader = Loader {
            tables: &self.tables.tables,
            plan: &mut self.plan,
            constraints,
            strict: self.import.strict,
            tick: &mut tick,
            source_name: self.source.name(),
        };
        match loader.run(self.source, load) {
            Ok(()) => Ok(None),
            Err(Stopped::Mismatch { table }) => Ok(Some(table)),
            Err(Stopped::Error(error)) => Err(error),
        }
    }

    /// Gives the columns of a table the types of all their values.
    fn settle(&mut self, number: usize) -> Result<()> {
        let table = self.tables.tables[number].clone();
        let kinds = load::settle(self.source, number, &table)?;
        let mut changed = false;
        for (column, kind) in self.tables.tables[number].columns.iter_mut().zip(kinds) {
            if column.kind != kind {
                let name = |kind: &Option<crate::import::kind::Kind>| {
                    kind.as_ref().map_or_else(|| "of several types".to_owned(), ToString::to_string)
                };
                self.plan.warnings.push(format!(
                    "{} ({}) is declared as {}, and its values are {}",
                    table.name,
                    column.name,
                    name(&column.kind),
                    name(&kind)
                ));
                let is_time = kind.as_ref().is_some_and(profile::is_time);
                for planned in self.plan.tables.iter_mut().filter(|planned| !is_time && planned.table == table.name) {
                    forget_time(&mut planned.time, &planned.properties, &column.name);
                }
                for planned in self.plan.edges.iter_mut().filter(|planned| !is_time && planned.table == table.name) {
                    forget_time(&mut planned.time, &planned.properties, &column.name);
                }
                column.kind = kind;
                changed = true;
            }
        }
        match changed {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Import,
                "22000",
                format!("{}: the rows of {} are not the same at each reading", self.source.name(), table.name),
            )),
        }
    }

    fn tell(&self, stage: &str, fraction: f64) {
        if let Some(progress) = &self.import.progress {
            progress(&Progress { stage: stage.to_owned(), fraction });
        }
    }
}

/// Forgets a time whose column has other values than times.
fn forget_time(time: &mut Option<String>, properties: &[(String, String)], column: &str) {
    if time.as_ref().is_some_and(|time| properties.iter().any(|(name, property)| name == column && property == time)) {
        *time = None;
    }
}

/// What the graph then knows of its tables.
fn tables(plan: &RelationalPlan) -> Tables {
    let mut tables = Tables::default();
    let property = |properties: &[(String, String)], column: &String| {
        properties.iter().find(|(name, _)| name == column).map(|(_, property)| property.clone())
    };
    for table in &plan.tables {
        let foreign = plan.edges.iter().filter(|edge| edge.table == table.table && edge.source.is_none());
        let foreign =
            foreign.flat_map(|edge| &edge.destination.columns).filter_map(|name| property(&table.properties, name));
        tables.add_nodes(
            table.label.clone(),
            Table {
                primary: table.key.iter().filter_map(|name| property(&table.properties, name)).collect(),
                foreign: foreign.collect(),
                time: table.time.clone(),
            },
        );
    }
    for edge in &plan.edges {
        tables.add_edges(edge.label.clone(), Table { time: edge.time.clone(), ..Table::default() });
    }
    tables
}
