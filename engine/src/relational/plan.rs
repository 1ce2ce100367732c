//! What becomes of tables: which are nodes and which edges, by which keys. Its text is `CREATE PROPERTY GRAPH` of SQL/PGQ
//! (ISO/IEC 9075-16), with what that does not say in comments.

use std::fmt;

/// What becomes of the tables of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationalPlan {
    /// The name of the property graph in the text.
    pub name: String,
    /// Tables whose rows are nodes.
    pub tables: Vec<PlannedTable>,
    /// Foreign keys, and tables whose rows are edges.
    pub edges: Vec<PlannedEdge>,
    /// Edges that may be meant: taken only where a map says so.
    pub proposals: Vec<PlannedEdge>,
    /// What is not taken, and why.
    pub left_out: Vec<(String, String)>,
    /// What was decided and could be wrong.
    pub warnings: Vec<String>,
}

/// A table whose rows are nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedTable {
    /// The table, whose name stands before the key in the `_id`s.
    pub table: String,
    /// The label of its rows.
    pub label: String,
    /// The columns of its key; without any, rows are numbered.
    pub key: Vec<String>,
    /// Whether the key was found rather than declared.
    pub found: bool,
    /// Columns that are properties, and the names of these.
    pub properties: Vec<(String, String)>,
    /// The property that says when a row came to be.
    pub time: Option<String>,
    /// How many rows it has.
    pub rows: Option<u64>,
}

/// Edges: one for each row of a table that has both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedEdge {
    /// The table of the rows.
    pub table: String,
    /// The label of the edges.
    pub label: String,
    /// Where they start; `None` at the row's own node.
    pub source: Option<PlannedEnd>,
    /// Where they end.
    pub destination: PlannedEnd,
    /// Columns that are properties of the edges, and the names of these.
    pub properties: Vec<(String, String)>,
    /// The property that says when an edge came to be.
    pub time: Option<String>,
    /// Whether the foreign key was found rather than declared.
    pub found: bool,
    /// What there is of it, where that was counted.
    pub counts: Option<EdgeCounts>,
}

/// The columns of an end and what they refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlannedEnd {
    /// The columns, in the table of the edge's rows.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub table: String,
    /// The columns there.
    pub referenced: Vec<String>,
}

/// The rows of an edge's table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EdgeCounts {
    /// Rows with an edge.
    pub edges: u64,
    /// Rows without one because a key is NULL.
    pub without_key: u64,
    /// Rows without one because no row has the key.
    pub dangling: u64,
    /// The first of these keys.
    pub first_dangling: Option<String>,
}

impl RelationalPlan {
    /// The node table of that name.
    pub(super) fn table(&self, name: &str) -> Option<&PlannedTable> {
        self.tables.iter().find(|table| table.table == name)
    }
}

/// Words that an unquoted name must not be.
const RESERVED: [&str; 25] = [
    "all",
    "as",
    "columns",
    "create",
    "default",
    "destination",
    "edge",
    "except",
    "from",
    "group",
    "key",
    "label",
    "no",
    "node",
    "order",
    "properties",
    "property",
    "references",
    "select",
    "source",
    "table",
    "tables",
    "to",
    "user",
    "vertex",
];

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// `1 row`, `1,234 rows`
pub(super) fn counted(count: u64, noun: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A text within a comment: without line ends.
fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

fn properties(f: &mut fmt::Formatter<'_>, properties: &[(String, String)]) -> fmt::Result {
    if properties.is_empty() {
        return writeln!(f, "    NO PROPERTIES");
    }
    let names = properties.iter().map(|(column, property)| match column == property {
        true => quoted(column),
        false => format!("{} AS {}", quoted(column), quoted(property)),
    });
    writeln!(f, "    PROPERTIES ({})", names.collect::<Vec<_>>().join(", "))
}

fn time(f: &mut fmt::Formatter<'_>, time: Option<&String>) -> fmt::Result {
    time.map_or(Ok(()), |time| writeln!(f, "    /*+ TIME ({}) */", quoted(time)))
}

impl PlannedEnd {
    fn text(&self) -> String {
        format!("KEY ({}) REFERENCES {} ({})", list(&self.columns), quoted(&self.table), list(&self.referenced))
    }
}

impl PlannedEdge {
    /// What is said of it in a comment.
    fn remark(&self) -> String {
        let mut parts = Vec::new();
        if let Some(counts) = &self.counts {
            parts.push(counted(counts.edges, "edge"));
            if counts.without_key > 0 {
                parts.push(format!("{} without a key", counted(counts.without_key, "row")));
            }
            if counts.dangling > 0 {
                let first =
                    counts.first_dangling.as_ref().map_or_else(String::new, |key| format!(", the first '{key}'"));
                parts.push(format!("{} with a key that no row has{first}", counted(counts.dangling, "row")));
            }
        }
        if self.found {
            parts.push("found by names and values".to_owned());
        }
        comment(&parts.join("; "))
    }

    /// The lines of its element, without an indent of their own.
    fn element(&self) -> String {
        let source = match &self.source {
            None => quoted(&self.table),
            Some(end) => end.text(),
        };
        let alias = format!("{}_{}", self.table, self.label);
        format!(
            "{} AS {}\n    SOURCE {source}\n    DESTINATION {}\n    LABEL {}\n",
            quoted(&self.table),
            quoted(&alias),
            self.destination.text(),
            quoted(&self.label)
        )
    }
}

impl fmt::Display for RelationalPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, why) in &self.left_out {
            writeln!(f, "-- not taken: {}: {}", comment(what), comment(why))?;
        }
        for warning in &self.warnings {
            writeln!(f, "-- warning: {}", comment(warning))?;
        }
        writeln!(f, "CREATE PROPERTY GRAPH {}", quoted(&self.name))?;
        writeln!(f, "VERTEX TABLES (")?;
        for (at, table) in self.tables.iter().enumerate() {
            let mut remarks = Vec::new();
            remarks.extend(table.rows.map(|rows| counted(rows, "row")));
            if table.key.is_empty() {
                remarks.push("no key: rows are numbered".to_owned());
            } else if table.found {
                remarks.push("the key was found, not declared".to_owned());
            }
            if !remarks.is_empty() {
                writeln!(f, "  -- {}", remarks.join("; "))?;
            }
            writeln!(f, "  {}", quoted(&table.table))?;
            if !table.key.is_empty() {
                writeln!(f, "    KEY ({})", list(&table.key))?;
            }
            writeln!(f, "    LABEL {}", quoted(&table.label))?;
            properties(f, &table.properties)?;
            time(f, table.time.as_ref())?;
            if at + 1 < self.tables.len() {
                writeln!(f, "  ,")?;
            }
        }
        writeln!(f, ")")?;
        if !self.edges.is_empty() || !self.proposals.is_empty() {
            writeln!(f, "EDGE TABLES (")?;
            for (at, edge) in self.edges.iter().enumerate() {
                let remark = edge.remark();
                if !remark.is_empty() {
                    writeln!(f, "  -- {remark}")?;
                }
                write!(f, "  {}", edge.element())?;
                properties(f, &edge.properties)?;
                time(f, edge.time.as_ref())?;
                if at + 1 < self.edges.len() {
                    writeln!(f, "  ,")?;
                }
            }
            for edge in &self.proposals {
                let remark = edge.remark();
                writeln!(f, "  -- proposed only; take the dashes away to have it: {remark}")?;
                let comma = if self.edges.is_empty() { "" } else { "  ,\n" };
                for line in format!("{comma}  {}    NO PROPERTIES\n", edge.element()).lines() {
                    writeln!(f, "  -- {line}")?;
                }
            }
            writeln!(f, ")")?;
        }
        Ok(())
    }
}
