//! Files as people have them: tables with keys, edges by the keys of their ends, edge lists without a header.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::header::{Header, split_labels};
use super::source::Records;
use super::{End, ImportFile};

/// A file of nodes with a key: the nodes that an end of an edge may mean.
pub(super) struct KeyedTable {
    /// What stands before the key in the `_id`s: the first label.
    pub name: String,
    pub labels: String,
    path: PathBuf,
    key: Vec<String>,
}

impl KeyedTable {
    /// The table of a file of nodes, if it has a key.
    pub(super) fn of(file: &ImportFile) -> Option<KeyedTable> {
        let labels = file.table_label();
        let table = |name| KeyedTable { name, labels: labels.clone(), path: file.path.clone(), key: file.key.clone() };
        (!file.key.is_empty()).then(|| table(table_name(&labels)))
    }
}

/// The name of the table with these labels: the first of them.
fn table_name(labels: &str) -> String {
    split_labels(labels).and_then(|labels| labels.into_iter().next()).unwrap_or_else(|| labels.to_owned())
}

impl ImportFile {
    /// The label of the rows of a file with a key: the one given, else the file's name without its ending.
    pub(super) fn table_label(&self) -> String {
        self.label.clone().unwrap_or_else(|| stem(&self.path))
    }
}

/// The name of a file without its endings: `Track` of `data/Track.csv.gz`.
pub(crate) fn stem(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// How the `_id` of a node is written in a row.
pub(super) enum Id {
    /// In a column, as it is.
    Column(usize),
    /// As a key: the table's name and the cells of columns, joined by `:`.
    Key { table: String, columns: Vec<usize>, names: Vec<String> },
}

impl Id {
    /// Writes the `_id` of a row into a buffer; false when the row has none.
    pub(super) fn read(&self, records: &Records, buffer: &mut String) -> bool {
        buffer.clear();
        match self {
            Id::Column(column) => buffer.push_str(records.cell(*column)),
            Id::Key { table, columns, .. } => {
                buffer.push_str(table);
                for column in columns {
                    let cell = records.cell(*column);
                    if cell.is_empty() {
                        buffer.clear();
                        return false;
                    }
                    buffer.push(':');
                    buffer.push_str(cell);
                }
            }
        }
        !buffer.is_empty()
    }

    /// The columns, for a message.
    pub(super) fn name<'n>(&'n self, column: &'n str) -> String {
        match self {
            Id::Column(_) => column.to_owned(),
            Id::Key { names, .. } => names.join(":"),
        }
    }
}

/// The ends of the edges of a file, found in its header.
pub(super) struct Ends {
    pub ids: [Id; 2],
    /// The labels of the nodes that are made for ends without one.
    pub labels: [Option<String>; 2],
    /// Whether each end is a key, which may be NULL.
    pub keys: bool,
    /// Whether the other columns are properties of the edges; of a table's own file they are those of its nodes.
    pub properties: bool,
    /// The label of the edges where none is given.
    pub label: String,
}

/// The place of a column with this name.
fn column(header: &Header, name: &str) -> Option<usize> {
    header.properties.iter().find(|property| property.name == name).map(|property| property.column)
}

/// The places of columns by name.
pub(super) fn columns(records: &Records, header: &Header, names: &[String]) -> Result<Vec<usize>> {
    let place = |name: &String| {
        column(header, name).ok_or_else(|| {
            let known = header.properties.iter().map(|property| property.name.as_str());
            let hint = match wend_grammar::suggest(name, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its columns: {}", super::shortened(&known.collect::<Vec<_>>().join(", "))),
            };
            records.error("42002", format!("there is no column `{}`", super::shortened(name))).with_hint(hint)
        })
    };
    names.iter().map(place).collect()
}

/// Finds the ends that a file of edges names.
pub(super) fn ends(
    records: &Records,
    header: &Header,
    file: &ImportFile,
    ends: &[End; 2],
    tables: &[KeyedTable],
) -> Result<Ends> {
    let mut found: Vec<(Id, Option<String>, bool)> = Vec::new();
    for end in ends {
        let mut end = end.clone();
        // A column may have a point in its name.
        if let (Some(label), Some(first)) = (&end.label, end.columns.first()) {
            let whole = format!("{label}.{first}");
            if column(header, &whole).is_some() {
                end.columns[0] = whole;
                end.label = None;
            }
        }
        let places = columns(records, header, &end.columns)?;
        let table = match &end.label {
            Some(label) => tables.iter().find(|table| table.name == *label || table.labels == *label),
            None => table_of(records, file, &end, tables)?,
        };
        let own = match (table, &end.label) {
            (Some(table), _) => table.path == file.path,
            (None, Some(label)) => stem(&file.path).eq_ignore_ascii_case(label),
            (None, None) => false,
        };
        let name = table.map(|table| table.name.clone()).or_else(|| end.label.as_deref().map(table_name));
        let labels = table.map(|table| table.labels.clone()).or_else(|| end.label.clone());
        match (name, places.as_slice()) {
            (Some(table), _) => {
                found.push((Id::Key { table, columns: places, names: end.columns }, labels, own));
            }
            (None, [place]) => found.push((Id::Column(*place), None, false)),
            (None, _) => {
                let reason = "several columns are a key only of nodes whose label is known";
                return Err(records.error("42002", reason).with_hint(format!("write LABEL.{}", end.columns.join(":"))));
            }
        }
    }
    let [(from, from_labels, own), (to, to_labels, _)] =
        <[_; 2]>::try_from(found).map_err(|_| Error::rule("an edge has two ends"))?;
    let keys = matches!(from, Id::Key { .. }) || matches!(to, Id::Key { .. });
    let label = if own {
        edge_label(ends[1].columns.first().map_or("", String::as_str))
    } else {
        upper_snake(&stem(&file.path))
    };
    Ok(Ends { ids: [from, to], labels: [from_labels, to_labels], keys, properties: !own, label })
}

/// The table whose key a column of another (or the same) table is.
fn table_of<'t>(
    records: &Records,
    file: &ImportFile,
    end: &End,
    tables: &'t [KeyedTable],
) -> Result<Option<&'t KeyedTable>> {
    if tables.is_empty() {
        return Ok(None);
    }
    // The key of the file itself, then a key of the same name, then one that the column's name ends with, then `id` of the
    // table that the name begins with: TrackId, AlbumId, home_team_id of team_id, user_id of users.id.
    let same_name = |table: &KeyedTable| table.key == end.columns;
    let column = match end.columns.as_slice() {
        [one] => one.as_str(),
        _ => "",
    };
    let key_of = |table: &KeyedTable| match table.key.as_slice() {
        [one] => one.clone(),
        _ => String::new(),
    };
    let ending = |table: &KeyedTable| {
        let (column, key) = (snake(column), snake(&key_of(table)));
        key != "id" && !key.is_empty() && column.ends_with(&format!("_{key}"))
    };
    let by_table = |table: &KeyedTable| {
        let (column, key, name) = (snake(column), snake(&key_of(table)), snake(&table.name));
        let singular = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let singular = singular.or_else(|| name.strip_suffix('s').map(str::to_owned)).unwrap_or_else(|| name.clone());
        !key.is_empty()
            && [&name, &singular].iter().any(|name| {
                let meant = format!("{name}_{key}");
                column == **name || column == meant || column.ends_with(&format!("_{meant}"))
            })
    };
    let own = |table: &KeyedTable| table.path == file.path && same_name(table);
    for rule in [&own as &dyn Fn(&KeyedTable) -> bool, &same_name, &ending, &by_table] {
        let mut fitting = tables.iter().filter(|table| rule(table));
        if let Some(first) = fitting.next() {
            // Two files of one table are one.
            if fitting.all(|other| other.name == first.name) {
                return Ok(Some(first));
            }
            break;
        }
    }
    let name = end.columns.join(":");
    let known: Vec<String> = tables.iter().map(|table| format!("{}.{name}", table.name)).collect();
    let reason = format!("which nodes does `{}` mean?", super::shortened(&name));
    Err(records.error("42002", reason).with_hint(format!("write the label before it: {}", known.join(" or "))))
}

/// `homeTeamId`, `HomeTeamID` and `home_team_id` are `home_team_id`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut text = String::new();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| chars.get(before));
        let after = chars.get(at + 1);
        let begins = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins && !text.ends_with('_') {
            text.push('_');
        }
        if c.is_alphanumeric() {
            text.extend(c.to_lowercase());
        } else if !text.ends_with('_') {
            text.push('_');
        }
    }
    text
}

pub(crate) fn upper_snake(name: &str) -> String {
    snake(name).trim_matches('_').to_uppercase()
}

/// The label of the edges of a foreign key: the column's name without its `id`.
pub(crate) fn edge_label(column: &str) -> String {
    let name = upper_snake(column);
    match name.strip_suffix("_ID") {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => name,
    }
}

/// The column of a file of nodes that looks most like its key, for a hint.
pub(super) fn likely_key(names: &[&str], path: &Path) -> Option<String> {
    let table = snake(&stem(path));
    let singular = table.strip_suffix('s').unwrap_or(&table).to_owned();
    let wanted =
        [format!("{table}_id"), format!("{singular}_id"), "id".to_owned(), "key".to_owned(), "node_id".to_owned()];
    let exact = wanted.iter().find_map(|wanted| names.iter().find(|name| snake(name).trim_matches('_') == *wanted));
    let found = exact.or_else(|| names.iter().find(|name| snake(name).ends_with("_id")));
    found.map(|name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_are_one() {
        for (name, wanted) in [
            ("TrackId", "track_id"),
            ("homeTeamID", "home_team_id"),
            ("home_team_id", "home_team_id"),
            ("Home Team Id", "home_team_id"),
            ("ID", "id"),
            ("HTTPServer2Name", "http_server2_name"),
        ] {
            assert_eq!(snake(name), wanted);
        }
    }

    #[test]
    fn labels_of_foreign_keys() {
        for (column, wanted) in
            [("driverId", "DRIVER"), ("home_team_id", "HOME_TEAM"), ("ReportsTo", "REPORTS_TO"), ("id", "ID")]
        {
            assert_eq!(edge_label(column), wanted);
        }
        assert_eq!(stem(Path::new("a/b.c/Track.csv.gz")), "Track");
        assert_eq!(stem(Path::new("ca-AstroPh.txt")), "ca-AstroPh");
    }

    #[test]
    fn keys_are_guessed_for_hints() {
        let likely = |names: &[&str], path: &str| likely_key(names, Path::new(path));
        assert_eq!(likely(&["Name", "TrackId", "AlbumId"], "Track.csv").as_deref(), Some("TrackId"));
        assert_eq!(likely(&["name", "user_id"], "users.csv").as_deref(), Some("user_id"));
        assert_eq!(likely(&["paper_id", "year"], "cora.csv").as_deref(), Some("paper_id"));
        assert_eq!(likely(&["_key", "x"], "n.csv").as_deref(), Some("_key"));
        assert_eq!(likely(&["name", "x"], "n.csv"), None);
    }
}
