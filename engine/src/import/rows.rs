//! Rows into the bulk load.

use rustc_hash::FxHashMap;
use wend_storage::{BulkLoad, Error as StoreError, LabelId, NodeId, Properties, PropertyKey};

use crate::constraint::Constraints;
use crate::error::{Error, Result};

use super::check::RowCheck;
use super::header::{Property, split_labels};
use super::kind::Kind;
use super::source::Records;
use super::{File, Meter, ROWS_PER_CHECK, cell, shortened};

/// The property columns with their keys.
struct Columns {
    columns: Vec<(usize, PropertyKey, Kind, String)>,
    /// Whether a property has several columns.
    split: bool,
}

impl Columns {
    fn new(load: &BulkLoad, properties: Vec<Property>, split: bool) -> Result<Columns> {
        let column = |property: Property| {
            let key = load.intern_property_key(&property.name)?;
            Ok((property.column, key, property.kind.unwrap_or(Kind::String), property.name))
        };
        Ok(Columns { columns: properties.into_iter().map(column).collect::<Result<_>>()?, split })
    }

    fn read(&self, records: &Records) -> Result<Properties> {
        let mut properties = Properties::new();
        for (column, key, kind, name) in &self.columns {
            let text = records.cell(*column);
            if text.is_empty() {
                continue;
            }
            if properties.is_empty() {
                properties.reserve_exact(self.columns.len());
            }
            let Some(value) = cell::parse(kind, text) else {
                return Err(records.error("22018", format!("column `{name}`: '{}' is not {kind}", shortened(text))));
            };
            if self.split && properties.iter().any(|(other, _)| other == key) {
                let reason = format!("`{name}` has a value in more than one of its columns");
                return Err(records.error("42000", reason));
            }
            properties.extend(value.map(|value| (*key, value)));
        }
        Ok(properties)
    }
}

/// An error of the store, in this row.
fn in_row(records: &Records, error: StoreError) -> Error {
    match error {
        StoreError::TooDeep { .. } => records.error("22G03", error),
        error => error.into(),
    }
}

/// Loads a file of nodes. `first` is the first node of the whole import.
pub(super) fn load_nodes(
    load: &mut BulkLoad,
    file: File,
    first: &mut Option<NodeId>,
    mut check: Option<&mut RowCheck<'_>>,
    constraints: &Constraints,
    meter: &mut Meter,
) -> Result<()> {
    let File { file, mut records, header, .. } = file;
    let columns = Columns::new(load, header.properties, header.split)?;
    let intern = |load: &BulkLoad, text: &str| -> Result<Option<Vec<LabelId>>> {
        let labels = split_labels(text).map(|labels| labels.iter().map(|label| load.intern_label(label)).collect());
        Ok(labels.transpose()?)
    };
    let default = match file.label.as_deref() {
        Some(text) => intern(load, text)?
            .ok_or_else(|| Error::rule(format!("'{}' is not a label, or labels as in A&B", shortened(text))))?,
        None => Vec::new(),
    };
    let mut known: FxHashMap<String, Vec<LabelId>> = FxHashMap::default();
    let mut rows = 0u64;
    while records.next()? {
        records.check_width(header.width)?;
        let id = records.cell(header.id);
        if id.is_empty() {
            return Err(records.error("22004", "the `_id` is empty"));
        }
        let text = header.label.map_or("", |column| records.cell(column));
        if !text.is_empty() && !known.contains_key(text) {
            let labels = intern(load, text)?.ok_or_else(|| {
                let reason = format!("column `_labels`: '{}' is not labels as in A&B", shortened(text));
                records.error("22018", reason).with_hint("a label with an & is written in backquotes")
            })?;
            known.insert(text.to_owned(), labels);
        }
        let labels = known.get(text).unwrap_or(&default);
        let mut properties = columns.read(&records)?;
        let of_type = match &check {
            Some(check) => Some(check.node(&records, id, labels, &mut properties)?),
            None => None,
        };
        if let Some(wrong) = constraints.broken_by(false, labels, &properties)? {
            return Err(records.error("G2000", format!("the node '{}' {wrong}", shortened(id))));
        }
        match load.node(id, labels, properties) {
            Ok(node) => {
                first.get_or_insert(node);
                if let (Some(check), Some(of_type)) = (&mut check, of_type) {
                    check.note(node, of_type);
                }
            }
            Err(StoreError::DuplicateId { .. }) => {
                let other = load.find(id)?;
                let where_ = if other >= *first && first.is_some() {
                    "an earlier row of the import has it"
                } else {
                    "a node of the graph has it"
                };
                return Err(records.error("G2000", format!("the `_id` '{}' is not new: {where_}", shortened(id))));
            }
            Err(error) => return Err(in_row(&records, error)),
        }
        rows += 1;
        if rows.is_multiple_of(ROWS_PER_CHECK) {
            meter.tick("nodes")?;
        }
    }
    meter.tick("nodes")
}

/// Loads a file of edges.
pub(super) fn load_edges(
    load: &mut BulkLoad,
    file: File,
    check: Option<&mut RowCheck<'_>>,
    constraints: &Constraints,
    meter: &mut Meter,
) -> Result<()> {
    let File { file, mut records, header, .. } = file;
    let columns = Columns::new(load, header.properties, header.split)?;
    let default = match file.label.as_deref() {
        None | Some("") => None,
        Some(label) => Some(load.intern_label(label)?),
    };
    let mut known: FxHashMap<String, LabelId> = FxHashMap::default();
    let mut rows = 0u64;
    while records.next()? {
        records.check_width(header.width)?;
        let text = header.label.map_or("", |column| records.cell(column));
        let label = match known.get(text) {
            Some(label) => *label,
            None if text.is_empty() => default.ok_or_else(|| no_label(&records, header.label.is_some()))?,
            None => {
                let label = load.intern_label(text)?;
                known.insert(text.to_owned(), label);
                label
            }
        };
        let (from, to) = (records.cell(header.id), records.cell(header.to));
        let mut properties = columns.read(&records)?;
        if let Some(check) = &check
            && let (Some(start), Some(end)) = (load.find(from)?, load.find(to)?)
        {
            check.edge(&records, label, [(from, start), (to, end)], &mut properties)?;
        }
        if let Some(wrong) = constraints.broken_by(true, &[label], &properties)? {
            let what = format!("the edge from '{}' to '{}'", shortened(from), shortened(to));
            return Err(records.error("G2000", format!("{what} {wrong}")));
        }
        match load.edge(label, from, to, properties) {
            Ok(_) => {}
            Err(StoreError::MissingNode { .. }) => {
                let (column, id) = if load.find(from)?.is_none() { ("_from", from) } else { ("_to", to) };
                return Err(if id.is_empty() {
                    records.error("22004", format!("the column `{column}` is empty"))
                } else {
                    let reason = format!("column `{column}`: there is no node '{}'", shortened(id));
                    records.error("G1002", reason)
                });
            }
            Err(error) => return Err(in_row(&records, error)),
        }
        rows += 1;
        if rows.is_multiple_of(ROWS_PER_CHECK) {
            meter.tick("edges")?;
        }
    }
    meter.tick("edges")
}

fn no_label(records: &Records, column: bool) -> Error {
    let reason = if column { "the edge has no label: the column `_label` is empty" } else { "the edge has no label" };
    records.error("22004", reason).with_hint("give a column `_label`, or one label for the whole file")
}
