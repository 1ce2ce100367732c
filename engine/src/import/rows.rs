//! Rows into the bulk load.

use rustc_hash::FxHashMap;
use wend_storage::{BulkLoad, Error as StoreError, LabelId, NodeId, Properties, PropertyKey};

use crate::constraint::Constraints;
use crate::error::{Error, Result};

use super::check::RowCheck;
use super::header::{Property, split_labels};
use super::kind::Kind;
use super::source::Records;
use super::{File, Import, ImportedFile, Meter, ROWS_PER_CHECK, cell, shortened};

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

/// What is said of a file after it was loaded.
fn about(file: &File, of_edges: bool) -> ImportedFile {
    let kind = |property: &Property| property.kind.as_ref().unwrap_or(&Kind::String).to_string();
    ImportedFile {
        path: file.file.path.clone(),
        of_edges,
        properties: file.header.properties.iter().map(|property| (property.name.clone(), kind(property))).collect(),
        assumed_header: file.form.header.clone(),
        ..ImportedFile::default()
    }
}

/// The label of a row and the labels of a file, with the number of rows of each.
struct Labels<T> {
    default: Option<T>,
    default_text: String,
    default_rows: u64,
    known: FxHashMap<String, (T, u64)>,
}

impl<T> Labels<T> {
    fn new(default: Option<T>, default_text: String) -> Self {
        Labels { default, default_text, default_rows: 0, known: FxHashMap::default() }
    }

    /// Those that occurred, by name.
    fn counted(self) -> Vec<(String, u64)> {
        let mut counted: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
        let default = std::iter::once((self.default_text, self.default_rows));
        for (name, rows) in default.chain(self.known.into_iter().map(|(name, (_, rows))| (name, rows))) {
            if rows > 0 {
                *counted.entry(name).or_default() += rows;
            }
        }
        counted.into_iter().collect()
    }
}

/// An error of the store, in this row.
fn in_row(records: &Records, error: StoreError) -> Error {
    match error {
        StoreError::TooDeep { .. } => records.error("22G03", error),
        error => error.into(),
    }
}

/// The labels of a text `A&B`.
fn intern_labels(load: &BulkLoad, text: &str) -> Result<Option<Vec<LabelId>>> {
    let labels = split_labels(text).map(|labels| labels.iter().map(|label| load.intern_label(label)).collect());
    Ok(labels.transpose()?)
}

/// The same, of a text that a caller gave.
fn given_labels(load: &BulkLoad, text: &str) -> Result<Vec<LabelId>> {
    intern_labels(load, text)?
        .ok_or_else(|| Error::rule(format!("'{}' is not a label, or labels as in A&B", shortened(text))))
}

/// Loads a file of nodes. `first` is the first node of the whole import.
pub(super) fn load_nodes(
    load: &mut BulkLoad,
    file: File,
    first: &mut Option<NodeId>,
    mut check: Option<&mut RowCheck<'_>>,
    constraints: &Constraints,
    meter: &mut Meter,
) -> Result<ImportedFile> {
    let mut found = about(&file, false);
    let File { file, mut records, header, .. } = file;
    let columns = Columns::new(load, header.properties, header.split)?;
    let default = match (&file.label, file.key.is_empty()) {
        (None, true) => None,
        _ => Some(file.table_label()),
    };
    let labels = default.as_deref().map(|text| given_labels(load, text)).transpose()?.unwrap_or_default();
    let mut known = Labels::new(Some(labels), default.unwrap_or_default());
    let source = header.ids.first().ok_or_else(|| Error::rule("a file of nodes needs an `_id`"))?;
    let mut id = String::new();
    while records.next()? {
        records.check_width(header.width)?;
        if !source.read(&records, &mut id) {
            let reason = match source.name("_id").as_str() {
                "_id" => "the `_id` is empty".to_owned(),
                key => format!("the key `{key}` is empty"),
            };
            return Err(records.error("22004", reason));
        }
        let text = header.label.map_or("", |column| records.cell(column));
        if !text.is_empty() && !known.known.contains_key(text) {
            let labels = intern_labels(load, text)?.ok_or_else(|| {
                let reason = format!("column `_labels`: '{}' is not labels as in A&B", shortened(text));
                records.error("22018", reason).with_hint("a label with an & is written in backquotes")
            })?;
            known.known.insert(text.to_owned(), (labels, 0));
        }
        let labels: &[LabelId] = match known.known.get_mut(text) {
            Some((labels, rows)) => {
                *rows += 1;
                labels
            }
            None => {
                known.default_rows += 1;
                known.default.as_deref().unwrap_or_default()
            }
        };
        let mut properties = columns.read(&records)?;
        let of_type = match &check {
            Some(check) => Some(check.node(&records, &id, labels, &mut properties)?),
            None => None,
        };
        if let Some(wrong) = constraints.broken_by(false, labels, &properties)? {
            return Err(records.error("G2000", format!("the node '{}' {wrong}", shortened(&id))));
        }
        match load.node(&id, labels, properties) {
            Ok(node) => {
                first.get_or_insert(node);
                if let (Some(check), Some(of_type)) = (&mut check, of_type) {
                    check.note(node, of_type);
                }
            }
            Err(StoreError::DuplicateId { .. }) => {
                let other = load.find(&id)?;
                let where_ = if other >= *first && first.is_some() {
                    "an earlier row of the import has it"
                } else {
                    "a node of the graph has it"
                };
                return Err(records.error("G2000", format!("the `_id` '{}' is not new: {where_}", shortened(&id))));
            }
            Err(error) => return Err(in_row(&records, error)),
        }
        found.rows += 1;
        if found.rows.is_multiple_of(ROWS_PER_CHECK) {
            meter.tick("nodes")?;
        }
    }
    meter.tick("nodes")?;
    found.labels = known.counted();
    Ok(found)
}

/// Loads a file of edges.
pub(super) fn load_edges(
    load: &mut BulkLoad,
    file: File,
    import: &Import,
    mut check: Option<&mut RowCheck<'_>>,
    constraints: &Constraints,
    meter: &mut Meter,
) -> Result<ImportedFile> {
    let mut found = about(&file, true);
    let File { file, mut records, header, .. } = file;
    let columns = Columns::new(load, header.properties, header.split)?;
    let given = file.label.clone().filter(|label| !label.is_empty());
    let default =
        given.or_else(|| header.ends.as_ref().map(|ends| ends.label.clone()).filter(|label| !label.is_empty()));
    let interned = default.as_deref().map(|label| load.intern_label(label)).transpose()?;
    let mut known = Labels::new(interned, default.unwrap_or_default());
    let [from, to] = &header.ids[..] else { return Err(Error::rule("a file of edges needs both ends")) };
    let keys = header.ends.as_ref().is_some_and(|ends| ends.keys);
    // The labels of nodes that are made, where they are.
    let mut made_labels: Option<[Vec<LabelId>; 2]> = None;
    if let Some(label) = &import.create_nodes {
        let of = |load: &BulkLoad, end: usize| -> Result<Vec<LabelId>> {
            let known = header.ends.as_ref().and_then(|ends| ends.labels.get(end).cloned().flatten());
            let text = known.unwrap_or_else(|| label.clone());
            if text.is_empty() { Ok(Vec::new()) } else { given_labels(load, &text) }
        };
        made_labels = Some([of(load, 0)?, of(load, 1)?]);
    }
    let mut ids = [String::new(), String::new()];
    let mut rows = 0u64;
    while records.next()? {
        records.check_width(header.width)?;
        rows += 1;
        if rows.is_multiple_of(ROWS_PER_CHECK) {
            meter.tick("edges")?;
        }
        let mut nodes = [None, None];
        let mut dangling = None;
        for (at, (source, column)) in [(from, "_from"), (to, "_to")].into_iter().enumerate() {
            let Some(id) = ids.get_mut(at) else { continue };
            if !source.read(&records, id) {
                if keys {
                    dangling.get_or_insert((None, at));
                    continue;
                }
                return Err(records.error("22004", format!("the column `{}` is empty", source.name(column))));
            }
            let mut node = load.find(id)?;
            if node.is_none() {
                let Some(labels) = made_labels.as_ref().and_then(|labels| labels.get(at)) else {
                    dangling = Some((Some(source.name(column)), at));
                    continue;
                };
                let mut properties = Properties::new();
                let of_type = match &check {
                    Some(check) => Some(check.node(&records, id, labels, &mut properties)?),
                    None => None,
                };
                if let Some(wrong) = constraints.broken_by(false, labels, &properties)? {
                    return Err(records.error("G2000", format!("the node '{}' {wrong}", shortened(id))));
                }
                let made = load.node(id, labels, properties).map_err(|error| in_row(&records, error))?;
                if let (Some(check), Some(of_type)) = (&mut check, of_type) {
                    check.note(made, of_type);
                }
                found.nodes_made += 1;
                node = Some(made);
            }
            if let Some(place) = nodes.get_mut(at) {
                *place = node;
            }
        }
        let [Some(start), Some(end)] = nodes else {
            let Some((Some(column), at)) = dangling else {
                found.without_key += 1;
                continue;
            };
            let id = ids.get(at).map_or("", String::as_str);
            let reason = format!("column `{column}`: there is no node '{}'", shortened(id));
            let error = records.error("G1002", &reason);
            if !keys || import.strict {
                return Err(error.with_hint("--create-nodes makes the nodes that edges name"));
            }
            found.dangling += 1;
            if found.first_dangling.is_none() {
                found.first_dangling = Some(error.message().to_owned());
            }
            continue;
        };
        let text = header.label.map_or("", |column| records.cell(column));
        let label = match known.known.get_mut(text) {
            Some((label, rows)) => {
                *rows += 1;
                *label
            }
            None if text.is_empty() => {
                known.default_rows += 1;
                known.default.ok_or_else(|| no_label(&records, header.label.is_some()))?
            }
            None => {
                let label = load.intern_label(text)?;
                known.known.insert(text.to_owned(), (label, 1));
                label
            }
        };
        let mut properties = columns.read(&records)?;
        if let Some(check) = &check {
            let [from, to] = &ids;
            check.edge(&records, label, [(from, start), (to, end)], &mut properties)?;
        }
        if let Some(wrong) = constraints.broken_by(true, &[label], &properties)? {
            let [from, to] = &ids;
            let what = format!("the edge from '{}' to '{}'", shortened(from), shortened(to));
            return Err(records.error("G2000", format!("{what} {wrong}")));
        }
        load.edge_between(label, start, end, properties).map_err(|error| in_row(&records, error))?;
        found.rows += 1;
    }
    meter.tick("edges")?;
    found.labels = known.counted();
    Ok(found)
}

fn no_label(records: &Records, column: bool) -> Error {
    let reason = if column { "the edge has no label: the column `_label` is empty" } else { "the edge has no label" };
    records.error("22004", reason).with_hint("give a column `_label`, or one label for the whole file")
}
