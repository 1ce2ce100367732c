//! A graph as two Parquet files, `nodes.parquet` and `edges.parquet`, with the columns that the CSV files have. A property with values of
//! several types has a column for each, named `property:TYPE`.

use std::{fs::File, path::Path};

use rustc_hash::FxHashMap;
use wend_storage::{GraphId, LabelId, Properties, PropertyKey, Transaction};

use super::{Ids, JSON, KINDS, STRING, io_error, kind_of};
use crate::{
    columnar::{Types, Writer},
    error::{Error, Result},
    import::{header_name, labels_text},
    value::Value,
};

/// Rows that are held at a time.
const ROWS: usize = 1 << 14;

/// The columns of properties, after those of ids and labels.
struct Columns {
    names: Vec<String>,
    places: FxHashMap<(PropertyKey, usize), usize>,
}

/// The type of a value; an empty text is a text like others.
fn kind(value: &wend_storage::Value) -> usize {
    match kind_of(value) {
        JSON => STRING,
        kind => kind,
    }
}

impl Columns {
    fn new(tx: &Transaction, first: &[&str], seen: &FxHashMap<PropertyKey, [bool; KINDS.len()]>) -> Result<Columns> {
        let mut sorted = seen
            .iter()
            .map(|(key, kinds)| Ok((tx.property_key_name(*key)?, *key, kinds)))
            .collect::<Result<Vec<_>>>()?;
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let mut columns =
            Columns { names: first.iter().map(|name| (*name).to_owned()).collect(), places: FxHashMap::default() };
        for (name, key, kinds) in sorted {
            let several = kinds.iter().filter(|seen| **seen).count() > 1;
            for kind in (0..KINDS.len()).filter(|kind| kinds[*kind]) {
                columns.places.insert((key, kind), columns.names.len());
                let name = header_name(&name);
                columns.names.push(if several { format!("{name}:{}", KINDS[kind]) } else { name.to_string() });
            }
        }
        Ok(columns)
    }

    fn place(&self, key: PropertyKey, value: &wend_storage::Value) -> Option<usize> {
        self.places.get(&(key, kind(value))).copied()
    }
}

/// Takes a row: what comes first, and properties.
pub(super) type TakeRow<'t, const N: usize> = dyn FnMut([Value; N], Properties) -> Result<()> + 't;

/// Writes a file: `rows` gives all rows, each time it is called. `first` = the names of what comes first, and a value of the type.
pub(super) fn file<const N: usize>(
    tx: &Transaction,
    path: &Path,
    first: [(&str, Value); N],
    rows: &mut dyn FnMut(&mut TakeRow<'_, N>) -> Result<()>,
) -> Result<u64> {
    let mut seen: FxHashMap<PropertyKey, [bool; KINDS.len()]> = FxHashMap::default();
    rows(&mut |_, properties| {
        for (key, value) in &properties {
            seen.entry(*key).or_default()[kind(value)] = true;
        }
        Ok(())
    })?;
    let columns = Columns::new(tx, &first.each_ref().map(|(name, _)| *name), &seen)?;
    let mut types = Types::new(columns.names.len());
    first.iter().enumerate().for_each(|(at, (_, value))| types.see(at, value));
    rows(&mut |_, properties| {
        for (key, value) in properties {
            if let Some(place) = columns.place(key, &value) {
                types.see(place, &Value::from_stored(value));
            }
        }
        Ok(())
    })?;
    let failed = |error: &dyn std::fmt::Display| io_error("write", path, error);
    let out = File::create_new(path).map_err(|error| io_error("create", path, error))?;
    let mut writer = Writer::begin(&columns.names, types, &out).map_err(|error| failed(&error))?;
    let mut held: Vec<Vec<Value>> = vec![Vec::new(); columns.names.len()];
    let mut count = 0u64;
    rows(&mut |first, properties| {
        let row = held.first().map_or(0, Vec::len);
        for (column, value) in held.iter_mut().zip(first) {
            column.push(value);
        }
        held.iter_mut().skip(N).for_each(|column| column.push(Value::Null));
        for (key, value) in properties {
            if let Some(cell) = columns.place(key, &value).and_then(|place| held.get_mut(place)?.get_mut(row)) {
                *cell = Value::from_stored(value);
            }
        }
        count += 1;
        if row + 1 >= ROWS {
            writer.write(&held).map_err(|error| failed(&error))?;
            held.iter_mut().for_each(Vec::clear);
        }
        Ok(())
    })?;
    writer.write(&held).and_then(|()| writer.finish()).map_err(|error| failed(&error))?;
    out.sync_all().map_err(|error| io_error("sync", path, error))?;
    Ok(count)
}

/// Writes the graph; how many nodes and edges it has.
pub(super) fn write(tx: &Transaction, graph: GraphId, directory: &Path) -> Result<(u64, u64)> {
    let mut ids = Ids::default();
    for node in tx.node_records(graph, None)? {
        let (number, record) = node?;
        ids.push(number, &record.id);
    }
    let text = || Value::from("");
    let nodes = file(tx, &directory.join("nodes.parquet"), [("_id", text()), ("_labels", text())], &mut |row| {
        for node in tx.node_records(graph, None)? {
            let record = node?.1;
            row([record.id.as_str().into(), labels(tx, &record.labels)?.into()], record.properties)?;
        }
        Ok(())
    })?;
    let first = [("_from", text()), ("_to", text()), ("_label", text())];
    let edges = file(tx, &directory.join("edges.parquet"), first, &mut |row| {
        for edge in tx.edge_records(graph, None)? {
            let record = edge?.1;
            let label = tx.label_name(record.label)?;
            row([ids.get(record.from)?.into(), ids.get(record.to)?.into(), (&*label).into()], record.properties)?;
        }
        Ok(())
    })?;
    Ok((nodes, edges))
}

/// The cell of these labels.
pub(super) fn labels(tx: &Transaction, labels: &[LabelId]) -> Result<String> {
    let names = labels.iter().map(|label| tx.label_name(*label)).collect::<wend_storage::Result<Vec<_>>>();
    Ok(labels_text(names.map_err(Error::from)?))
}
