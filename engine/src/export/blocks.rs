//! A graph by blocks of nodes, for computations on many machines: the undirected view that embeddings walk, with parallel edges made
//! one, in an order that puts neighbours near each other.
//!
//! `nodes/nodes.parquet` has the nodes by number, as the export to Parquet has them; `arcs/block-00000.parquet` the rows of a range of
//! places: number, place, and the lists of neighbours by number (ascending), of their places, and of weights where there are any.
//! The order is that of communities by label propagation, and in one of insertion.

use std::{fs::File, path::Path, sync::Arc};

use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, ListArray, RecordBatch};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field, Schema};
use parquet::errors::ParquetError;
use rustc_hash::FxHashSet;
use sha2::{Digest, Sha256};
use wend_algorithms::Graph;
use wend_storage::{GraphId, NodeId, Transaction};

use super::{
    io_error,
    manifest::{BlockCounts, GRAPH_FORMAT, GraphManifest, MANIFEST, SelectionNames, VERSION},
    parquet::{file, labels},
};
use crate::{
    columnar,
    error::{Error, Result},
    value::Value,
    view::GraphView,
};

/// Most blocks of a graph.
pub(crate) const MOST_BLOCKS: usize = 100_000;
/// Rounds of label propagation: later ones move few nodes.
pub(crate) const ROUNDS: i64 = 5;
/// Arcs that are held at a time.
const ARCS: usize = 1 << 18;
/// Bytes of a group of rows.
const GROUP_BYTES: usize = 32 << 20;

/// What is written.
pub(crate) struct Blocks<'a> {
    pub(crate) tx: &'a Transaction,
    pub(crate) graph: GraphId,
    pub(crate) name: &'a str,
    pub(crate) view: &'a GraphView<Graph>,
    pub(crate) selection: SelectionNames,
    /// Of each node the community that it is in.
    pub(crate) communities: &'a [i64],
    pub(crate) count: usize,
    /// Fails when the export is cancelled.
    pub(crate) check: &'a dyn Fn() -> Result<()>,
}

/// What tells a graph view from others: its nodes by `_id` in their order, their neighbours and weights. 64 hexadecimal digits.
pub(crate) fn fingerprint(
    tx: &Transaction,
    graph: GraphId,
    view: &GraphView<Graph>,
    check: &dyn Fn() -> Result<()>,
) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update((view.nodes.len() as u64).to_le_bytes());
    let mut reader = tx.node_reader(graph);
    let mut bytes = Vec::new();
    for (v, &node) in (0u32..).zip(&view.nodes) {
        if v % 4096 == 0 {
            check()?;
        }
        reader.go(node)?;
        let id = reader.id()?.unwrap_or_default();
        bytes.clear();
        bytes.extend_from_slice(&(id.len() as u64).to_le_bytes());
        bytes.extend_from_slice(id.as_bytes());
        let neighbors = view.graph.neighbors(v);
        bytes.extend_from_slice(&(neighbors.len() as u64).to_le_bytes());
        neighbors.iter().for_each(|x| bytes.extend_from_slice(&x.to_le_bytes()));
        view.graph.weights(v).into_iter().flatten().for_each(|weight| bytes.extend_from_slice(&weight.to_le_bytes()));
        hash.update(&bytes);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Blocks<'_> {
    /// Writes all of it into a directory; the names of what has to be made durable.
    pub(crate) fn write(&self, directory: &Path) -> Result<Vec<String>> {
        let graph = &self.view.graph;
        let nodes = graph.node_count();
        if i32::try_from(nodes).is_err() {
            return Err(Error::data("22003", format!("{nodes} nodes; a graph by blocks has at most {}", i32::MAX))
                .with_hint("select fewer nodes by their labels"));
        }
        for folder in ["nodes", "arcs"] {
            let path = directory.join(folder);
            std::fs::create_dir(&path).map_err(|error| io_error("create", &path, error))?;
        }
        let mut order: Vec<u32> = (0..nodes as u32).collect();
        order.sort_by_key(|&v| self.communities[v as usize]);
        let mut places = vec![0i32; nodes];
        order.iter().enumerate().for_each(|(place, &v)| places[v as usize] = place as i32);
        let bounds = self.bounds(&order);
        self.write_nodes(&directory.join("nodes/nodes.parquet"))?;
        let mut files = vec!["nodes/nodes.parquet".to_owned()];
        let mut blocks = Vec::with_capacity(self.count);
        for (block, bounds) in bounds.windows(2).enumerate() {
            let name = format!("arcs/block-{block:05}.parquet");
            let rows = &order[bounds[0]..bounds[1]];
            blocks.push(self.write_arcs(&directory.join(&name), bounds[0], rows, &places)?);
            files.push(name);
        }
        let extremes = (0..nodes as u32).filter_map(|v| wend_algorithms::weight_extremes(graph.weights(v)?));
        let extremes = extremes.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let manifest = GraphManifest {
            format: GRAPH_FORMAT,
            version: VERSION,
            graph: self.name.to_owned(),
            fingerprint: fingerprint(self.tx, self.graph, self.view, self.check)?,
            selection: self.selection.clone(),
            node_count: nodes as u64,
            edge_count: graph.edge_count() as u64,
            arc_count: graph.arc_count() as u64,
            weighted: graph.is_weighted(),
            least_weight: extremes.map(|extremes| extremes.0),
            largest_weight: extremes.map(|extremes| extremes.1),
            blocks,
        };
        let text = serde_json::to_string_pretty(&manifest).map_err(|error| Error::internal(error.to_string()))?;
        let path = directory.join(MANIFEST);
        std::fs::write(&path, text + "\n").map_err(|error| io_error("write", &path, error))?;
        files.push(MANIFEST.to_owned());
        if cfg!(unix) {
            // The names of files in folders of their own have to last, too.
            files.extend(["nodes".to_owned(), "arcs".to_owned()]);
        }
        Ok(files)
    }

    /// Where blocks begin and end among the places: each has about the same sum of nodes and arcs.
    fn bounds(&self, order: &[u32]) -> Vec<usize> {
        let all = self.view.graph.node_count() as u64 + self.view.graph.arc_count() as u64;
        let (mut bounds, mut sum) = (vec![0], 0u64);
        for (place, &v) in order.iter().enumerate() {
            // A block ends before the node whose middle lies beyond its share.
            let size = 1 + self.view.graph.degree(v) as u64;
            while bounds.len() < self.count && (sum + size / 2) * self.count as u64 >= all * bounds.len() as u64 {
                bounds.push(place);
            }
            sum += size;
        }
        bounds.resize(self.count + 1, order.len());
        bounds
    }

    fn write_nodes(&self, path: &Path) -> Result<()> {
        let first = [("_number", Value::Int(0)), ("_id", Value::from("")), ("_labels", Value::from(""))];
        file(self.tx, path, first, &mut |row| {
            let mut wanted = self.view.nodes.iter().zip(0i64..).peekable();
            for node in self.tx.node_records(self.graph, None)? {
                let (node, record): (NodeId, _) = node?;
                let Some((_, number)) = wanted.next_if(|(next, _)| **next == node) else { continue };
                if number % 4096 == 0 {
                    (self.check)()?;
                }
                let first = [number.into(), record.id.as_str().into(), labels(self.tx, &record.labels)?.into()];
                row(first, record.properties)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    fn write_arcs(&self, path: &Path, first: usize, rows: &[u32], places: &[i32]) -> Result<BlockCounts> {
        let graph = &self.view.graph;
        let list = |kind| DataType::List(Arc::new(Field::new("item", kind, false)));
        let mut fields = vec![
            Field::new("number", DataType::Int64, false),
            Field::new("place", DataType::Int64, false),
            Field::new("neighbors", list(DataType::Int32), false),
            Field::new("places", list(DataType::Int32), false),
        ];
        if graph.is_weighted() {
            fields.push(Field::new("weights", list(DataType::Float64), false));
        }
        let schema = Arc::new(Schema::new(fields));
        let failed = |error: ParquetError| io_error("write", path, error);
        let out = File::create_new(path).map_err(|error| io_error("create", path, error))?;
        let mut writer = columnar::writer(&out, Arc::clone(&schema), Some(GROUP_BYTES)).map_err(failed)?;
        let own = first as i32..(first + rows.len()) as i32;
        let mut foreign: FxHashSet<i32> = FxHashSet::default();
        let (mut at, mut arcs_written) = (0, 0);
        while at < rows.len() {
            (self.check)()?;
            let mut arcs = 0;
            let count = rows[at..].iter().take_while(|&&v| {
                let fits = arcs == 0 || arcs + graph.degree(v) <= ARCS;
                arcs += graph.degree(v);
                fits
            });
            let part = &rows[at..at + count.count()];
            let neighbors: Vec<i32> = part.iter().flat_map(|&v| graph.neighbors(v)).map(|&x| x as i32).collect();
            let ends: Vec<i32> = neighbors.iter().map(|&x| places[x as usize]).collect();
            foreign.extend(ends.iter().filter(|place| !own.contains(place)));
            let offsets = OffsetBuffer::<i32>::from_lengths(part.iter().map(|&v| graph.degree(v)));
            let lists = |kind: DataType, values: ArrayRef| -> std::result::Result<ArrayRef, ParquetError> {
                let item = Arc::new(Field::new("item", kind, false));
                Ok(Arc::new(ListArray::try_new(item, offsets.clone(), values, None)?))
            };
            arcs_written += neighbors.len();
            let columns = || -> std::result::Result<Vec<ArrayRef>, ParquetError> {
                let begin = (first + at) as i64;
                let mut columns: Vec<ArrayRef> = vec![
                    Arc::new(Int64Array::from_iter_values(part.iter().map(|&v| i64::from(v)))),
                    Arc::new(Int64Array::from_iter_values(begin..begin + part.len() as i64)),
                    lists(DataType::Int32, Arc::new(Int32Array::from(neighbors)))?,
                    lists(DataType::Int32, Arc::new(Int32Array::from(ends)))?,
                ];
                if graph.is_weighted() {
                    let weights = part.iter().flat_map(|&v| graph.weights(v).unwrap_or_default()).copied();
                    columns.push(lists(DataType::Float64, Arc::new(Float64Array::from_iter_values(weights)))?);
                }
                Ok(columns)
            };
            let batch = columns().and_then(|columns| Ok(RecordBatch::try_new(Arc::clone(&schema), columns)?));
            batch.and_then(|batch| writer.write(&batch)).map_err(failed)?;
            at += part.len();
        }
        writer.close().map_err(failed)?;
        let foreign_nodes = foreign.len() as u64;
        Ok(BlockCounts { nodes: rows.len() as u64, arcs: arcs_written as u64, foreign_nodes })
    }
}
