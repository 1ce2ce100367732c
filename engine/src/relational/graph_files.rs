//! Graphs as files: what an export wrote in Parquet, and GraphML. The nodes and edges are there themselves; nothing is looked for.
#![cfg_attr(
    not(any(feature = "parquet", feature = "graphml")),
    allow(dead_code, reason = "what reads such files is left out")
)]

use std::{fs, path::Path, time::Instant};

use rustc_hash::FxHashMap;
use wend_storage::{Access, BulkLoad, Error as StoreError, LabelId, Properties, PropertyKey, Value as Stored};

use super::{RelationalImport, check};
use crate::{
    constraint::Constraints,
    control::CancelToken,
    database::Database,
    error::{Error, ErrorKind, Result},
    names::graph_id,
    tables::Tables,
};

/// Nodes and edges of files on their way into a graph.
pub(super) struct GraphLoad<'a> {
    load: BulkLoad,
    constraints: &'a Constraints,
    cancel: &'a CancelToken,
    name: String,
    labels: FxHashMap<String, LabelId>,
    keys: FxHashMap<String, PropertyKey>,
    rows: u64,
}

impl GraphLoad<'_> {
    /// An error at a place of the file.
    pub fn error(&self, place: &str, gqlstatus: &'static str, reason: impl std::fmt::Display) -> Error {
        Error::new(ErrorKind::Import, gqlstatus, format!("{}{place}: {reason}", self.name))
    }

    fn label(&mut self, name: &str) -> Result<LabelId> {
        if let Some(label) = self.labels.get(name) {
            return Ok(*label);
        }
        let label = self.load.intern_label(name)?;
        self.labels.insert(name.to_owned(), label);
        Ok(label)
    }

    fn properties(&mut self, named: Vec<(String, Stored)>) -> Result<Properties> {
        let mut properties = Properties::with_capacity(named.len());
        for (name, value) in named {
            let key = match self.keys.get(&name) {
                Some(key) => *key,
                None => {
                    let key = self.load.intern_property_key(&name)?;
                    self.keys.insert(name, key);
                    key
                }
            };
            properties.push((key, value));
        }
        Ok(properties)
    }

    fn tick(&mut self) -> Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(1024) { check(self.cancel) } else { Ok(()) }
    }

    pub fn node(&mut self, place: &str, id: &str, labels: &[String], named: Vec<(String, Stored)>) -> Result<()> {
        self.tick()?;
        if id.is_empty() {
            return Err(self.error(place, "22004", "a node has an empty `_id`"));
        }
        let labels = labels.iter().map(|label| self.label(label)).collect::<Result<Vec<_>>>()?;
        let properties = self.properties(named)?;
        if let Some(wrong) = self.constraints.broken_by(false, &labels, &properties)? {
            return Err(self.error(place, "G2000", format!("the node '{id}' {wrong}")));
        }
        match self.load.node(id, &labels, properties) {
            Ok(_) => Ok(()),
            Err(StoreError::DuplicateId { .. }) => {
                Err(self.error(place, "G2000", format!("the `_id` '{id}' is not new")))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub fn edge(&mut self, place: &str, ends: [&str; 2], label: &str, named: Vec<(String, Stored)>) -> Result<()> {
        self.tick()?;
        if label.is_empty() {
            return Err(self.error(place, "22004", "an edge has no label"));
        }
        let label = self.label(label)?;
        let properties = self.properties(named)?;
        if let Some(wrong) = self.constraints.broken_by(true, &[label], &properties)? {
            return Err(self.error(place, "G2000", format!("an edge {wrong}")));
        }
        let mut nodes = Vec::with_capacity(2);
        for end in ends {
            let node = self.load.find(end)?;
            nodes.push(node.ok_or_else(|| self.error(place, "G1002", format!("there is no node '{end}'")))?);
        }
        if let [from, to] = nodes[..] {
            self.load.edge_between(label, from, to, properties)?;
        }
        Ok(())
    }
}

impl Database {
    /// Adds the nodes and edges of a GraphML file, or of a directory that [`Database::export_as`] wrote as Parquet or GraphML, to a graph, all or
    /// none. Gives how many nodes and edges, and the seconds it took.
    ///
    /// # Errors
    /// [`ErrorKind::Import`] with what is wrong; [`ErrorKind::Io`] when a file cannot be read; [`ErrorKind::Usage`] without the feature that reads
    /// it. The graph is then as it was.
    pub fn import_graph(&self, from: &Path, import: &RelationalImport) -> Result<(u64, u64, f64)> {
        let start = Instant::now();
        let cancel = CancelToken::new();
        import.interrupt.iter().for_each(|handle| handle.begin(&cancel));
        let tx = self.store().begin(Access::Read)?;
        let graph = graph_id(&tx, &import.graph)?;
        if self.schema(&tx, graph)?.is_some() {
            return Err(Error::rule(format!(
                "the graph `{}` has a type, and these files are not checked against it",
                import.graph
            ))
            .with_hint("export and import CSV files, which are"));
        }
        let constraints = Constraints::of_graph(&tx, graph)?;
        let mut load = GraphLoad {
            load: self.store().bulk_load(graph)?,
            constraints: &constraints,
            cancel: &cancel,
            name: from.display().to_string(),
            labels: FxHashMap::default(),
            keys: FxHashMap::default(),
            rows: 0,
        };
        let exported = from.join("graph.graphml");
        match from.is_dir() {
            true if exported.is_file() => graphml(&exported, &mut load)?,
            true => parquet_files(from, &mut load)?,
            false => graphml(from, &mut load)?,
        }
        let tables = from.join("tables.json");
        if from.is_dir() && tables.is_file() {
            let failed = |reason: &dyn std::fmt::Display| {
                Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {reason}", tables.display()))
            };
            let text = fs::read_to_string(&tables).map_err(|error| failed(&error))?;
            Tables::from_json(&text).map_err(|error| failed(&error))?.store_with(graph, &mut load.load)?;
        }
        check(&cancel)?;
        let loaded = self.pool()?.install(|| load.load.finish())?;
        crate::vector_index::build_after_load(self, graph)?;
        Ok((loaded.nodes, loaded.edges, start.elapsed().as_secs_f64()))
    }
}

#[cfg(feature = "graphml")]
use super::graphml::read as graphml;

#[cfg(not(feature = "graphml"))]
fn graphml(path: &Path, _: &mut GraphLoad<'_>) -> Result<()> {
    Err(super::without_feature(&path.display().to_string(), "graphml"))
}

#[cfg(not(feature = "parquet"))]
fn parquet_files(path: &Path, _: &mut GraphLoad<'_>) -> Result<()> {
    Err(super::without_feature(&path.display().to_string(), "parquet"))
}

/// `nodes.parquet` and `edges.parquet`.
#[cfg(feature = "parquet")]
fn parquet_files(directory: &Path, load: &mut GraphLoad<'_>) -> Result<()> {
    use super::{
        parquet::{read, table},
        source::{TableRow, stored},
    };
    use crate::import::{split_labels, title};
    let text = |row: &dyn TableRow, place: usize| match stored(None, row.cell(place)) {
        Ok(Some(Stored::String(text))) => text,
        _ => String::new(),
    };
    for (file, first) in [("nodes.parquet", &["_id", "_labels"][..]), ("edges.parquet", &["_from", "_to", "_label"])] {
        let path = directory.join(file);
        let found = table(&path)?;
        let mut columns = Vec::new();
        for name in first {
            let column = found
                .column(name)
                .ok_or_else(|| load.error(&format!("/{file}"), "42002", format!("the column `{name}` is missing")))?;
            columns.push(column);
        }
        let mut names = Vec::new();
        for (at, column) in
            found.columns.iter().enumerate().filter(|(at, _)| !columns[..first.len()].contains(at)).collect::<Vec<_>>()
        {
            let (name, kind) = title(&column.name).ok_or_else(|| {
                load.error(&format!("/{file}"), "42000", format!("`{}` is no name of a property", column.name))
            })?;
            // A type that Parquet does not have is written as a text.
            names.push((name, kind.or_else(|| column.kind.clone())));
            columns.push(at);
        }
        let mut number = 0u64;
        read(&path, &columns, &mut |row| {
            number += 1;
            let place = format!("/{file}, row {number}");
            let mut properties = Vec::new();
            for (at, (name, kind)) in names.iter().enumerate() {
                let cell = row.cell(first.len() + at);
                match stored(kind.as_ref(), cell) {
                    Ok(value) => properties.extend(value.map(|value| (name.clone(), value))),
                    Err(()) => {
                        return Err(load.error(&place, "22018", format!("`{name}` is not of its column's type")));
                    }
                }
            }
            let ids: Vec<String> = (0..first.len()).map(|at| text(row, at)).collect();
            match &ids[..] {
                [id, labels] => {
                    let labels = if labels.is_empty() { Some(Vec::new()) } else { split_labels(labels) };
                    let labels =
                        labels.ok_or_else(|| load.error(&place, "22018", "`_labels` is not labels as in A&B"))?;
                    load.node(&place, id, &labels, properties)
                }
                [from, to, label] => load.edge(&place, [from, to], label, properties),
                _ => Ok(()),
            }
        })?;
    }
    Ok(())
}
