//! The header row: which column is what.

use rustc_hash::FxHashMap;

use crate::error::Result;

use super::keys::{self, Ends, Id, KeyedTable};
use super::source::Records;
use super::{ImportFile, Kind};

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Nodes,
    Edges,
}

/// The columns of a file.
pub(super) struct Header {
    /// How many columns there are.
    pub width: usize,
    /// Where the `_id` of nodes is; of edges the ends.
    pub ids: Vec<Id>,
    /// What is known of the ends, where columns are named for them.
    pub ends: Option<Ends>,
    /// `_labels` of nodes, `_label` of edges.
    pub label: Option<usize>,
    pub properties: Vec<Property>,
    /// Whether a property has several columns, of different types.
    pub split: bool,
}

/// A column that is a property.
pub(super) struct Property {
    pub column: usize,
    pub name: String,
    /// `None` until it is found.
    pub kind: Option<Kind>,
}

/// The names that are not properties, unless in backquotes.
pub(crate) const RESERVED: [&str; 5] = ["_id", "_labels", "_from", "_to", "_label"];

impl Table {
    /// The columns with a meaning: `_id` or both ends, then the label.
    fn columns(self) -> (&'static [&'static str], &'static str) {
        match self {
            Table::Nodes => (&["_id"], "_labels"),
            Table::Edges => (&["_from", "_to"], "_label"),
        }
    }

    /// The columns with a meaning, for a message.
    fn header(self) -> &'static str {
        match self {
            Table::Nodes => "_id (and _labels, where rows bring their labels)",
            Table::Edges => "_from and _to (and _label, where rows bring their label)",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Table::Nodes => "nodes",
            Table::Edges => "edges",
        }
    }
}

impl Header {
    /// Reads the header row of a file; `tables` are those that its ends may mean.
    pub(super) fn read(
        records: &mut Records,
        table: Table,
        file: &ImportFile,
        tables: &[KeyedTable],
    ) -> Result<Header> {
        if !records.next()? {
            let (needed, label) = table.columns();
            return Err(records.error("22000", "the file is empty, without a header row").with_hint(format!(
                "a file of {} begins with {},{label}",
                table.what(),
                needed.join(",")
            )));
        }
        refuse_other_tools(records)?;
        let (mut needed, label_name) = table.columns();
        if !file.key.is_empty() || file.ends.is_some() {
            needed = &[];
        }
        let mut places: FxHashMap<&'static str, usize> = FxHashMap::default();
        let mut properties: Vec<Property> = Vec::new();
        for column in 0..records.len() {
            let title = Title::parse(records.cell(column)).map_err(|error| error.at(records, column))?;
            let reserved = RESERVED.iter().find(|name| !title.quoted && **name == title.name);
            let Some(reserved) = reserved else {
                add_property(records, &mut properties, column, title)?;
                continue;
            };
            if needed.is_empty() && table.columns().0.contains(reserved) {
                let what = if table == Table::Nodes { "a key is named" } else { "columns are named for the ends" };
                let reason = format!("the file has a column `{reserved}`, and {what}");
                return Err(records.error("42000", reason).with_hint("leave one of them out"));
            }
            if !needed.contains(reserved) && *reserved != label_name {
                return Err(misplaced(records, table, reserved));
            }
            if title.kind.is_some_and(|kind| kind != Kind::String) {
                return Err(records.error("42000", format!("the column `{reserved}` is of type STRING")));
            }
            if places.insert(reserved, column).is_some() {
                return Err(records.error("42000", format!("two columns are named `{reserved}`")));
            }
        }
        for name in needed {
            if !places.contains_key(name) {
                return Err(missing(records, table, name, &properties, file));
            }
        }
        let mut header = Header {
            width: records.len(),
            ids: needed.iter().filter_map(|name| places.get(name)).map(|place| Id::Column(*place)).collect(),
            ends: None,
            label: places.get(label_name).copied(),
            properties,
            split: false,
        };
        if !file.key.is_empty() {
            let columns = keys::columns(records, &header, &file.key)?;
            let KeyedTable { name: table, .. } = KeyedTable::of(file).ok_or_else(|| crate::Error::rule("no key"))?;
            header.ids = vec![Id::Key { table, columns, names: file.key.clone() }];
        }
        if let Some(ends) = &file.ends {
            let mut ends = keys::ends(records, &header, file, ends, tables)?;
            let at_ends = |column: usize| {
                ends.ids.iter().any(|id| match id {
                    Id::Column(place) => *place == column,
                    Id::Key { columns, .. } => columns.contains(&column),
                })
            };
            header.properties.retain(|property| ends.properties && !at_ends(property.column));
            header.ids = std::mem::replace(&mut ends.ids, [Id::Column(0), Id::Column(0)]).into();
            header.ends = Some(ends);
        }
        for (index, property) in header.properties.iter().enumerate() {
            header.split |= header.properties[..index].iter().any(|other| other.name == property.name);
        }
        Ok(header)
    }

    /// Gives columns whose type is not stated the type that is known otherwise.
    pub(super) fn take_types(&mut self, of: impl Fn(&str) -> Option<Kind>) {
        for property in self.properties.iter_mut().filter(|property| property.kind.is_none()) {
            property.kind = of(&property.name);
        }
    }

    /// Whether a type is not stated.
    pub(super) fn infers(&self) -> bool {
        self.properties.iter().any(|property| property.kind.is_none())
    }
}

fn add_property(records: &Records, properties: &mut Vec<Property>, column: usize, title: Title) -> Result<()> {
    for other in properties.iter().filter(|other| other.name == title.name) {
        if other.kind.is_none() || title.kind.is_none() || other.kind == title.kind {
            return Err(records.error("42000", format!("two columns are named `{}`", title.name)).with_hint(
                "several columns of one property must state different types, as in `x:INT64` and `x:STRING`",
            ));
        }
    }
    properties.push(Property { column, name: title.name, kind: title.kind });
    Ok(())
}

/// A column that belongs into a file of the other kind.
fn misplaced(records: &Records, table: Table, name: &str) -> crate::Error {
    let error = records.error("42002", format!("a file of {} has no column `{name}`", table.what()));
    error.with_hint(match (table, name) {
        (Table::Nodes, "_label") => "the labels of nodes are in the column `_labels`".to_owned(),
        (Table::Edges, "_labels") => "the label of edges is in the column `_label`".to_owned(),
        (Table::Nodes, _) => "this file is read as one of nodes: give it as one of edges".to_owned(),
        _ => "this file is read as one of edges, which have no `_id` of their own: give it as one of nodes".to_owned(),
    })
}

fn missing(records: &Records, table: Table, name: &str, properties: &[Property], file: &ImportFile) -> crate::Error {
    let error = records.error("42002", format!("the column `{name}` is missing"));
    let names: Vec<&str> = properties.iter().map(|property| property.name.as_str()).collect();
    // Only what looks like a column with a meaning is taken for a typing error of one.
    let typo = names.iter().find(|known| {
        known.to_lowercase() == name || known.starts_with('_') && wend_grammar::suggest(name, [**known]).is_some()
    });
    if let Some(column) = typo.filter(|column| !column.eq_ignore_ascii_case("_key")) {
        return error.with_hint(format!("rename the column `{column}` to `{name}`"));
    }
    if records.len() == 1 && records.cell(0).starts_with(['#', '%']) {
        let first = records.cell(0).chars().next().unwrap_or('#');
        return error.with_hint(format!("--comment '{first}' skips lines that begin with {first}"));
    }
    let label = file.label.clone().unwrap_or_else(|| keys::stem(&file.path));
    let path = file.path.display();
    let hint = match table {
        Table::Nodes => {
            let key = keys::likely_key(&names, &file.path);
            let key = key.or_else(|| names.first().map(|name| (*name).to_owned())).unwrap_or_default();
            format!("name the column of the key: --nodes '{label}={path}:{key}'; or give the file a column _id")
        }
        Table::Edges => {
            let (from, to) = likely_ends(&names);
            format!(
                "name the columns of the ends: --edges '{label}={path}:{from}->{to}'; or give the file the columns _from and _to"
            )
        }
    };
    error.with_hint(hint)
}

/// The columns that look most like the ends of edges.
fn likely_ends(names: &[&str]) -> (String, String) {
    const FROM: [&str; 8] = ["from", "source", "src", "start", "start_id", "from_id", "source_id", "subject"];
    const TO: [&str; 9] = ["to", "target", "dst", "destination", "end", "end_id", "to_id", "target_id", "object"];
    let known = |wanted: &[&str]| names.iter().find(|name| wanted.contains(&name.to_lowercase().as_str()));
    let from = known(&FROM).or(names.first()).copied().unwrap_or("FROM");
    let to = known(&TO).or_else(|| names.iter().find(|name| **name != from)).copied().unwrap_or("TO");
    (from.to_owned(), to.to_owned())
}

/// The names of columns in files for other tools, in upper case, and what they are here.
const OTHER_TOOLS: [(&str, &str); 9] = [
    (":ID", "_id"),
    (":LABEL", "_labels"),
    (":START_ID", "_from"),
    (":END_ID", "_to"),
    (":TYPE", "_label"),
    ("~ID", "_id"),
    ("~LABEL", "_labels"),
    ("~FROM", "_from"),
    ("~TO", "_to"),
];

/// An error that says how columns of files for other tools are named here, if there are any.
fn refuse_other_tools(records: &Records) -> Result<()> {
    let meant = |title: &str| {
        // A name in backquotes is meant as it is.
        if title.starts_with('`') {
            return None;
        }
        // `name:ID(Group)`, `:ID{label:Person}`
        let title = title.split(['(', '{']).next().unwrap_or_default().trim().to_uppercase();
        let tag = title.rfind(':').map_or(&*title, |at| &title[at..]);
        OTHER_TOOLS.iter().find(|(other, _)| *other == tag).map(|(_, name)| *name)
    };
    let titles = (0..records.len()).map(|column| records.cell(column).trim());
    let found: Vec<_> = titles.filter_map(|title| Some((title, meant(title)?))).collect();
    let Some((first, _)) = found.first() else { return Ok(()) };
    let edges = found.iter().any(|(_, name)| matches!(*name, "_from" | "_to"));
    let renamed = found.iter().map(|(title, name)| {
        let name = if edges && *name == "_labels" { "_label" } else { name };
        format!("`{}` to `{name}`", super::shortened(title))
    });
    let renamed = renamed.collect::<Vec<_>>().join(", ");
    let message = format!("`{}` is how another tool names a column", super::shortened(first));
    Err(records.error("42002", message).with_hint(format!(
        "rename {renamed}: the header of a file of nodes has {}, of edges {}",
        Table::Nodes.header(),
        Table::Edges.header()
    )))
}

/// `name`, `name:TYPE`, or either with the name in backquotes.
struct Title {
    name: String,
    quoted: bool,
    kind: Option<Kind>,
}

/// The name and the type that a column's title says, if it is one.
#[cfg(feature = "parquet")]
pub(crate) fn title(text: &str) -> Option<(String, Option<Kind>)> {
    Title::parse(text).ok().map(|title| (title.name, title.kind))
}

enum TitleError {
    Empty,
    Unclosed,
    UnknownType(String),
}

impl Title {
    fn parse(text: &str) -> Result<Title, TitleError> {
        let text = text.trim();
        let (name, quoted, kind) = match text.strip_prefix('`') {
            Some(rest) => {
                let (name, rest) = read_quoted(rest).ok_or(TitleError::Unclosed)?;
                let rest = rest.trim_start();
                let kind =
                    if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(TitleError::Unclosed)?) };
                (name, true, kind)
            }
            None => match text.rsplit_once(':') {
                Some((name, kind)) => (name.trim().to_owned(), false, Some(kind)),
                None => (text.to_owned(), false, None),
            },
        };
        // A property may be named by an empty text; backquotes tell it from a column that nobody named.
        if name.is_empty() && !quoted {
            return Err(TitleError::Empty);
        }
        let kind = match kind {
            Some(text) => Some(Kind::parse(text).ok_or_else(|| TitleError::UnknownType(text.trim().to_owned()))?),
            None => None,
        };
        Ok(Title { name, quoted, kind })
    }
}

impl TitleError {
    fn at(self, records: &Records, column: usize) -> crate::Error {
        let number = column + 1;
        match self {
            TitleError::Empty => records.error("42000", format!("column {number} has no name")),
            TitleError::Unclosed => {
                records.error("42000", format!("the name of column {number} has no closing backquote"))
            }
            TitleError::UnknownType(name) => {
                let title = super::shortened(records.cell(column).trim());
                let near = Kind::suggest(&name).map(|near| format!("did you mean {near}? "));
                records
                    .error("42002", format!("column {number}, `{title}`: `{}` is not a type", super::shortened(&name)))
                    .with_hint(format!("{}a name with a `:` is written in backquotes", near.unwrap_or_default()))
            }
        }
    }
}

/// A name up to its closing backquote, and what follows; a doubled backquote is one of the name.
pub(super) fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let at = rest.find('`')?;
        name.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('`') {
            Some(after) => {
                name.push('`');
                rest = after;
            }
            None => return Some((name, rest)),
        }
    }
}

/// The labels of a cell `A&B`; one with an `&` is in backquotes. `None` when that is not what it is.
pub(crate) fn split_labels(text: &str) -> Option<Vec<String>> {
    let mut labels = Vec::new();
    let mut rest = text.trim();
    loop {
        let label;
        (label, rest) = match rest.strip_prefix('`') {
            Some(quoted) => {
                let (label, rest) = read_quoted(quoted)?;
                (label, rest.trim_start())
            }
            None => {
                let at = rest.find('&').unwrap_or(rest.len());
                (rest[..at].trim().to_owned(), &rest[at..])
            }
        };
        if label.is_empty() {
            return None;
        }
        labels.push(label);
        match rest.strip_prefix('&') {
            Some(after) => rest = after.trim_start(),
            None => return rest.is_empty().then_some(labels),
        }
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A property's name as a header states it.
pub(crate) fn header_name(name: &str) -> String {
    let plain = !name.is_empty() && name.trim() == name && !name.contains([':', '`']) && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { quoted(name) }
}

/// The cell of these labels, in alphabetical order.
pub(crate) fn labels_text<T: AsRef<str> + Ord>(mut labels: Vec<T>) -> String {
    labels.sort_unstable();
    let text = |label: &T| {
        let label = label.as_ref();
        let plain = !label.is_empty() && label.trim() == label && !label.contains(['&', '`']);
        if plain { label.to_owned() } else { quoted(label) }
    };
    labels.iter().map(text).collect::<Vec<_>>().join("&")
}
