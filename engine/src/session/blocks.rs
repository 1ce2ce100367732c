//! A graph for computations elsewhere, by blocks, and the vectors that come back.

use std::path::{Path, PathBuf};

use arrow_array::{Array, RecordBatch, cast::AsArray, types};
use wend_algorithms::{Argument, Column, Context, Graph, Input, Orientation, Parallel};
use wend_storage::PartDirectory;

use super::{Selection, Session};
use crate::{
    control::{RunOptions, cancelled},
    error::{Error, ErrorKind, Result},
    export::{
        ExportReport,
        blocks::{Blocks, MOST_BLOCKS, ROUNDS, fingerprint},
        complete,
        manifest::{MANIFEST, SelectionNames, VectorsManifest},
    },
    relational::parquet,
    runtime::statement::Statement,
    view::{Filter, Form, GraphView, View},
};

/// Rows that are read at a time.
const BATCH_ROWS: usize = 1 << 12;

/// What came in with [`Session::import_vectors`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportedVectors {
    /// How many nodes got a vector.
    pub vectors: u64,
    /// The length of each.
    pub dimensions: usize,
    /// The algorithm that they are of, if that was said.
    pub algorithm: Option<String>,
}

impl Session {
    /// Writes the part of the session's graph that is selected, as embeddings see it, into a new or empty directory: nodes by number, rows of
    /// neighbours in so many blocks, and `manifest.json` with the fingerprint by which [`Session::import_vectors`] knows the graph
    /// again (docs/scale.md). Blocks follow communities, so that few arcs lead from one to another.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] when `to` exists and is not an empty directory, or cannot be written; 22003 for a number of blocks beyond
    /// 1..=100,000 and for more nodes than 2^31 - 1; as [`Session::adjacency`]. Nothing is left then.
    pub fn export_blocks(
        &mut self,
        to: impl AsRef<Path>,
        blocks: usize,
        selection: &Selection,
        options: &RunOptions,
    ) -> Result<ExportReport> {
        let to = to.as_ref();
        if !(1..=MOST_BLOCKS).contains(&blocks) {
            return Err(Error::data("22003", format!("{blocks} blocks; a graph is written in 1 to {MOST_BLOCKS}")));
        }
        let st = self.array_statement("(export of the graph by blocks)", false, options)?;
        let View::Undirected(view) = undirected(selection, &st)? else {
            return Err(Error::internal("another view than was asked for"));
        };
        // Order, places, communities and what label propagation needs.
        st.memory.take(view.nodes.len().saturating_mul(60), "the order of nodes in blocks")?;
        let communities = communities(&st, &view)?;
        let directory = PartDirectory::new(to)?;
        let check = || st.cancel.check();
        let files = Blocks {
            tx: &st.tx,
            graph: st.graph,
            name: &st.graph_name,
            view: &view,
            selection: SelectionNames::from(selection),
            communities: &communities,
            count: blocks,
            check: &check,
        };
        let mut files = files.write(directory.path())?;
        complete(directory, &files)?;
        files.retain(|name| name.contains('.'));
        Ok(ExportReport {
            nodes: view.nodes.len() as u64,
            edges: view.graph.edge_count() as u64,
            files: files.into_iter().map(|name| to.join(name)).collect(),
        })
    }

    /// Takes the vectors that were computed of a graph that [`Session::export_blocks`] wrote as a property of its nodes, all in one
    /// commit. `from` is a directory with `manifest.json` and `vectors/*.parquet`, whose columns `_number` and `embedding` count.
    ///
    /// # Errors
    /// 22G03 when the graph is another than the one that was written, or a row is missing, there twice, of no node, without a vector
    /// or with one of another length; [`ErrorKind::Import`] for what is damaged; as [`Session::load_vectors`]. Nothing is kept then.
    pub fn import_vectors(
        &mut self,
        property: &str,
        from: impl AsRef<Path>,
        options: &RunOptions,
    ) -> Result<ImportedVectors> {
        let from = from.as_ref();
        let manifest = read_manifest(&from.join(MANIFEST))?;
        let files = vector_files(&from.join("vectors"))?;
        let mut load = self.load_vectors(&[(property.to_owned(), manifest.dimensions)])?;
        let selection = Selection::from(manifest.selection.clone());
        let interrupted = load.statement().cancel.clone();
        let check = || if options.cancel.is_cancelled() { Err(cancelled()) } else { interrupted.check() };
        let view = undirected(&selection, load.statement());
        // A label or a weight that is gone is a graph that has changed.
        let view = match view {
            Ok(View::Undirected(view)) => view,
            Ok(_) => return Err(Error::internal("another view than was asked for")),
            Err(error) if error.kind() == ErrorKind::Binding => return Err(other_graph(from, &error.to_string())),
            Err(error) => return Err(error),
        };
        let st = load.statement();
        if fingerprint(&st.tx, st.graph, &view, &check)? != manifest.fingerprint {
            let now = format!("it has {} nodes and {} arcs now", view.nodes.len(), view.graph.arc_count());
            return Err(other_graph(from, &now));
        }
        let mut rows = Rows::new(&manifest, view.nodes.len());
        for path in &files {
            let name = path.display().to_string();
            let reader = parquet::open(path, &name)?.with_batch_size(BATCH_ROWS).build();
            let mut reader = reader.map_err(|error| damaged(&name, &error))?;
            while let Some(batch) = parquet::next_batch(&mut reader, &name)? {
                check()?;
                rows.take(&batch, &name, &mut |number, vector| load.put_at(view.nodes[number], &[Some(vector)]))?;
            }
        }
        let st = load.statement();
        rows.judge(&manifest, &view.graph, &|number| {
            Ok(st.tx.node_id(st.graph, view.nodes[number])?.unwrap_or_default().to_string())
        })?;
        check()?;
        let vectors = load.finish()?;
        Ok(ImportedVectors { vectors, dimensions: manifest.dimensions, algorithm: manifest.algorithm })
    }
}

impl From<&Selection> for SelectionNames {
    fn from(selection: &Selection) -> Self {
        let Selection { node_labels, edge_labels, weight } = selection.clone();
        SelectionNames { node_labels, edge_labels, weight }
    }
}

impl From<SelectionNames> for Selection {
    fn from(names: SelectionNames) -> Self {
        let SelectionNames { node_labels, edge_labels, weight } = names;
        Selection { node_labels, edge_labels, weight }
    }
}

/// The view that embeddings walk.
fn undirected(selection: &Selection, st: &Statement) -> Result<View> {
    let filter = Filter::named(st, &selection.node_labels, &selection.edge_labels, &selection.weight)?;
    filter.view(st, &Form::Undirected(Parallel::Sum), Orientation::Undirected)
}

/// The community of each node.
fn communities(st: &Statement, view: &GraphView<Graph>) -> Result<Vec<i64>> {
    let found = wend_algorithms::find("labelpropagation")
        .ok_or_else(|| Error::internal("the algorithm that orders the nodes is not there"))?;
    let failed = |error: wend_algorithms::Error| match error {
        wend_algorithms::Error::Cancelled => cancelled(),
        error => Error::internal(error.to_string()),
    };
    let given = [("maxIterations".to_owned(), Argument::Int(ROUNDS))];
    let arguments = found.description().check(&given).map_err(|error| failed(error.into()))?;
    let context = Context { cancel: &|| st.cancel.is_cancelled(), ..Context::new(st.database.pool()?) };
    let output = found.run(Input::from(&view.graph), &arguments, &context).map_err(failed)?;
    match output.columns.into_iter().next() {
        Some(Column::Ints(communities)) if communities.len() == view.nodes.len() => Ok(communities),
        _ => Err(Error::internal("communities of other nodes")),
    }
}

fn other_graph(from: &Path, found: &str) -> Error {
    let message =
        format!("the vectors in {} are of another graph, or of this one before it changed: {found}", from.display());
    Error::value_type(message).with_hint("export the graph by blocks again, and compute them of that")
}

fn damaged(name: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Import, "22000", format!("cannot read {name}: it is damaged: {error}"))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, "22000", format!("cannot read {}: {error}", path.display()))
}

/// `manifest.json`: a file, or a directory in which a cluster wrote one.
fn read_manifest(path: &Path) -> Result<VectorsManifest> {
    let place = path.display().to_string();
    let mut parts = vec![path.to_owned()];
    if path.is_dir() {
        parts = entries(path, |name| !name.starts_with(['.', '_']))?;
    }
    let mut text = String::new();
    for part in parts {
        let bytes = std::fs::read(&part).map_err(|error| {
            unreadable(&part, &error).with_hint("the manifest is written last: without it the vectors are not complete")
        })?;
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    VectorsManifest::parse(&text, &place)
}

/// What a directory has of these names, sorted.
fn entries(directory: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(|error| unreadable(directory, &error))? {
        let entry = entry.map_err(|error| unreadable(directory, &error))?;
        if entry.file_name().to_str().is_some_and(&wanted) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn vector_files(directory: &Path) -> Result<Vec<PathBuf>> {
    entries(directory, |name| name.ends_with(".parquet") && !name.starts_with(['.', '_']))
}

/// What was seen of rows, and what is wrong with them: how many, and the first.
struct Rows {
    seen: Vec<bool>,
    dimensions: usize,
    count: u64,
    twice: (u64, usize),
    outside: (u64, i64),
    without: (u64, usize),
    other_length: (u64, usize, usize),
    not_finite: (u64, usize),
}

impl Rows {
    fn new(manifest: &VectorsManifest, nodes: usize) -> Self {
        Rows {
            seen: vec![false; nodes],
            dimensions: manifest.dimensions,
            count: 0,
            twice: (0, 0),
            outside: (0, 0),
            without: (0, 0),
            other_length: (0, 0, 0),
            not_finite: (0, 0),
        }
    }

    /// Looks at rows, and gives those that are right to `put`.
    fn take(
        &mut self,
        batch: &RecordBatch,
        name: &str,
        put: &mut dyn FnMut(usize, &[f32]) -> Result<()>,
    ) -> Result<()> {
        let column = |wanted: &str| {
            batch.column_by_name(wanted).ok_or_else(|| {
                let schema = batch.schema();
                let known: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                Error::new(
                    ErrorKind::Import,
                    "22000",
                    format!("{name} has no column {wanted}, but {}", known.join(", ")),
                )
            })
        };
        let wrong = |wanted: &str, is: &dyn std::fmt::Display, due: &str| {
            Error::new(ErrorKind::Import, "22000", format!("{name}: the column {wanted} is {is}, where {due} are due"))
        };
        let numbers = column("_number")?;
        let numbers = numbers
            .as_primitive_opt::<types::Int64Type>()
            .ok_or_else(|| wrong("_number", numbers.data_type(), "64-bit integers"))?;
        let vectors = column("embedding")?;
        let floats = |values: &dyn Array| values.as_primitive_opt::<types::Float32Type>().cloned();
        let no_floats = || wrong("embedding", vectors.data_type(), "lists of 32-bit floats");
        let lists: Box<dyn Fn(usize) -> Option<std::ops::Range<usize>>>;
        let values;
        if let Some(found) = vectors.as_list_opt::<i32>().cloned() {
            values = floats(found.values()).ok_or_else(no_floats)?;
            lists = Box::new(move |row| {
                let offsets = found.value_offsets();
                (!found.is_null(row)).then(|| offsets[row] as usize..offsets[row + 1] as usize)
            });
        } else if let Some(found) = vectors.as_fixed_size_list_opt().cloned() {
            values = floats(found.values()).ok_or_else(no_floats)?;
            let width = found.value_length() as usize;
            lists = Box::new(move |row| (!found.is_null(row)).then(|| row * width..(row + 1) * width));
        } else {
            return Err(no_floats());
        }
        let first = |(count, example): &mut (u64, usize), number: usize| {
            if *count == 0 {
                *example = number;
            }
            *count += 1;
        };
        for row in 0..batch.num_rows() {
            self.count += 1;
            let number = if numbers.is_null(row) { -1 } else { numbers.value(row) };
            let Some(seen) = usize::try_from(number).ok().and_then(|number| self.seen.get_mut(number)) else {
                if self.outside.0 == 0 {
                    self.outside.1 = number;
                }
                self.outside.0 += 1;
                continue;
            };
            let number = number as usize;
            if std::mem::replace(seen, true) {
                first(&mut self.twice, number);
                continue;
            }
            let Some(range) = lists(row) else {
                first(&mut self.without, number);
                continue;
            };
            let vector = &values.values()[range.clone()];
            let whole = (0..vector.len()).all(|at| values.is_valid(range.start + at));
            if vector.len() != self.dimensions {
                if self.other_length.0 == 0 {
                    self.other_length = (0, number, vector.len());
                }
                self.other_length.0 += 1;
            } else if !whole || !vector.iter().all(|x| x.is_finite()) {
                first(&mut self.not_finite, number);
            } else {
                put(number, vector)?;
            }
        }
        Ok(())
    }

    /// Fails when a row was wrong, or one is missing. Nodes that no walk leaves may be left out, as many as the manifest says.
    fn judge(&self, manifest: &VectorsManifest, graph: &Graph, id: &dyn Fn(usize) -> Result<String>) -> Result<()> {
        let nodes = self.seen.len();
        let mut wrong = Vec::new();
        let rows = |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
        if self.outside.0 > 0 {
            let what =
                format!("{} of no node, such as number {} of {nodes} nodes", rows(self.outside.0), self.outside.1);
            wrong.push(what);
        }
        for ((count, number), what) in [
            (self.twice, "of a node that has one already"),
            (self.without, "without a vector"),
            (self.not_finite, "with numbers that are not finite"),
        ] {
            if count > 0 {
                wrong.push(format!("{} {what}, such as '{}'", rows(count), id(number)?));
            }
        }
        let (count, number, length) = self.other_length;
        if count > 0 {
            let due = self.dimensions;
            let what = format!(
                "{} with a vector of another length than {due}, such as '{}' with {length}",
                rows(count),
                id(number)?
            );
            wrong.push(what);
        }
        let present = self.seen.iter().filter(|seen| **seen).count() as u64;
        if present < manifest.row_count {
            // One that walks leave is missing for certain.
            let missing = |v: &usize| !self.seen[*v];
            let example = (0..nodes).filter(missing).find(|&v| graph.degree(v as u32) > 0);
            let example = match example.or_else(|| (0..nodes).find(missing)) {
                Some(number) => format!(", such as that of '{}'", id(number)?),
                None => String::new(),
            };
            let (missing, due) = (manifest.row_count - present, manifest.row_count);
            wrong.push(format!("{} of {due} missing{example}", rows(missing)));
        } else if present > manifest.row_count || manifest.node_count != nodes as u64 {
            wrong.push(format!("{} nodes with a vector, where the manifest has {}", present, manifest.row_count));
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let message = format!("the vectors are not those of the graph: {}", wrong.join("; "));
        Err(Error::value_type(message).with_hint("nothing of them was kept; compute them again"))
    }
}
