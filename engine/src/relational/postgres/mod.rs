//! Tables of a PostgreSQL database, read within one transaction (repeatable read), each by one `COPY .. TO STDOUT`.

mod tls;

use std::{collections::HashMap, io::BufRead};

use postgres::{Client, Config, config::Host};

use self::tls::Wanted;
use super::source::{Cell, SourceColumn, SourceForeignKey, SourceTable, SourceTables, TableRow, TableSource};
use crate::{
    error::{Error, ErrorKind, Result},
    import::kind::Kind,
};

/// Texts of times, bytes and numbers that are read without loss, and the same order of rows each time.
const SETTINGS: &str = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; \
    SET extra_float_digits = 3; SET synchronize_seqscans = off; SET statement_timeout = 0; SET client_encoding = 'UTF8'; \
    BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;";

/// A PostgreSQL database.
pub(super) struct Postgres {
    client: Client,
    name: String,
    /// Each table's name in SQL, and the expressions of its columns.
    reads: Vec<(String, Vec<String>)>,
}

impl Postgres {
    pub fn open(address: &str) -> Result<Postgres> {
        let (address, wanted) = Wanted::of(address)?;
        let mut config: Config = address.parse().map_err(|error: postgres::Error| {
            Error::new(
                ErrorKind::Usage,
                "42000",
                format!("the address of the PostgreSQL server is wrong: {}", text(&error)),
            )
            .with_hint("postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        })?;
        let name = name(&config);
        let failed = |error: postgres::Error| {
            let text = text(&error);
            let hint = if text.contains("certificate") {
                Some(
                    "sslrootcert=FILE names the certificates to trust; sslmode=require encrypts, whoever the server is",
                )
            } else if text.contains("does not support TLS") {
                Some("sslmode=disable connects without encryption")
            } else {
                None
            };
            Error::new(ErrorKind::Io, "08000", format!("cannot connect to {name}: {text}"))
                .with_hint_if(hint.map(str::to_owned))
        };
        let tls = wanted.apply(&mut config)?;
        let mut client = config.connect(tls).map_err(failed)?;
        client.batch_execute(SETTINGS).map_err(failed)?;
        Ok(Postgres { client, name, reads: Vec::new() })
    }

    fn failed(&self, what: &str, error: &postgres::Error) -> Error {
        failed(&self.name, what, error, self.client.is_closed())
    }

    /// Rows of a catalog, all columns as texts.
    fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        let messages = match self.client.simple_query(sql) {
            Ok(messages) => messages,
            Err(error) => return Err(self.failed("the catalog", &error)),
        };
        let mut rows = Vec::new();
        for message in messages {
            if let postgres::SimpleQueryMessage::Row(row) = message {
                rows.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
            }
        }
        Ok(rows)
    }
}

/// The text of an error with what the server says.
fn text(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(of_server) => of_server.message().to_owned(),
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(inner) = source {
                if !text.contains(&inner.to_string()) {
                    text.push_str(&format!(": {inner}"));
                }
                source = inner.source();
            }
            text
        }
    }
}

fn failed(name: &str, what: &str, error: &postgres::Error, closed: bool) -> Error {
    // Classes of a server that shuts down or ends the connection.
    let ended = error.code().is_some_and(|code| code.code().starts_with("57P") || code.code().starts_with("08"));
    // The operating system's word, when the server was gone before it could say so itself.
    let broken = std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
    let message = match closed || ended || broken || error.is_closed() {
        true => format!("the connection to {name} was lost while {what} was read: {}", text(error)),
        false => format!("{name}: {what} cannot be read: {}", text(error)),
    };
    Error::new(ErrorKind::Io, "08000", message)
}

/// Host and database, without user and password.
fn name(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port =
        config.get_ports().first().filter(|port| **port != 5432).map_or_else(String::new, |port| format!(":{port}"));
    let database = config.get_dbname().or_else(|| config.get_user()).unwrap_or("postgres");
    format!("postgresql://{host}{port}/{database}")
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the catalog says of a relation.
struct Relation {
    oid: String,
    schema: String,
    name: String,
}

const RELATIONS: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, n.nspname = ANY (current_schemas(false)),
    (SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid LIMIT 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname !~ '^pg_(toast|temp)' ORDER BY n.nspname, c.relname";

/// Domains are what they are based on.
const COLUMNS: &str =
    "SELECT a.attrelid, a.attname, b.typname, b.typtype, b.typcategory, e.typname, a.atttypmod, e.typtype
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    LEFT JOIN pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
    WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum";

/// The columns of each key, one row for each column, in order.
const KEYS: &str = "SELECT c.conrelid, c.oid, c.contype, c.confrelid, a.attname, f.attname
    FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (own, other, place)
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own
    LEFT JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.other
    WHERE c.contype IN ('p', 'f') ORDER BY c.conrelid, c.contype DESC, c.oid, k.place";

impl TableSource for Postgres {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn tables(&mut self) -> Result<SourceTables> {
        let mut source = SourceTables::default();
        let found = self.rows(RELATIONS)?;
        let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        // Tables outside of the search path are taken where it has none.
        let in_path = found.iter().any(|row| cell(row, 4) == "t" && matches!(cell(row, 3).as_str(), "r" | "p"));
        let mut relations = Vec::new();
        for row in &found {
            let (schema, name) = (cell(row, 1), cell(row, 2));
            let shown = if in_path && cell(row, 4) == "t" { name.clone() } else { format!("{schema}.{name}") };
            let why = match cell(row, 3).as_str() {
                "v" => Some("a view".to_owned()),
                "m" => Some("a materialised view".to_owned()),
                "f" => Some("a table of another server".to_owned()),
                _ if in_path && cell(row, 4) != "t" => Some("it is not in the search path".to_owned()),
                _ => row.get(5).cloned().flatten().map(|parent| format!("its rows are those of `{parent}`, too")),
            };
            match why {
                Some(why) => source.left_out.push((shown, why)),
                None => relations.push(Relation { oid: cell(row, 0), schema, name }),
            }
        }
        let same = |relation: &Relation| relations.iter().filter(|other| other.name == relation.name).count() > 1;
        let names: Vec<String> = relations
            .iter()
            .map(|relation| match !in_path && same(relation) {
                true => format!("{}.{}", relation.schema, relation.name),
                false => relation.name.clone(),
            })
            .collect();
        let by_oid: HashMap<String, usize> =
            relations.iter().enumerate().map(|(at, relation)| (relation.oid.clone(), at)).collect();
        source.tables = names.iter().map(|name| SourceTable { name: name.clone(), ..SourceTable::default() }).collect();
        self.reads = relations
            .iter()
            .map(|relation| (format!("{}.{}", quote(&relation.schema), quote(&relation.name)), Vec::new()))
            .collect();
        for row in self.rows(COLUMNS)? {
            let Some(&at) = by_oid.get(&cell(&row, 0)) else { continue };
            let name = cell(&row, 1);
            match column(&name, &row) {
                Ok((kind, expression)) => {
                    source.tables[at].columns.push(SourceColumn { name, kind });
                    self.reads[at].1.push(expression);
                }
                Err(why) => source.left_out.push((format!("{} ({name})", names[at]), why.to_owned())),
            }
        }
        let mut last = String::new();
        for row in self.rows(KEYS)? {
            let Some(&at) = by_oid.get(&cell(&row, 0)) else { continue };
            let (constraint, own) = (cell(&row, 1), cell(&row, 4));
            if cell(&row, 2) == "p" {
                source.tables[at].key.push(own);
                continue;
            }
            let keys = &mut source.tables[at].foreign_keys;
            if constraint != last {
                let table = match by_oid.get(&cell(&row, 3)) {
                    Some(&to) => names[to].clone(),
                    None => found
                        .iter()
                        .find(|other| cell(other, 0) == cell(&row, 3))
                        .map_or_else(|| "?".to_owned(), |other| cell(other, 2)),
                };
                keys.push(SourceForeignKey { table, ..SourceForeignKey::default() });
                last = constraint;
            }
            if let Some(key) = keys.last_mut() {
                key.columns.push(own);
                key.referenced.push(cell(&row, 5));
            }
        }
        for at in 0..names.len() {
            let count = self.rows(&format!("SELECT COUNT(*) FROM {}", self.reads[at].0.clone()))?;
            source.tables[at].rows = count.first().and_then(|row| cell(row, 0).parse().ok());
        }
        source.infers = source.tables.iter().all(|table| table.foreign_keys.is_empty());
        Ok(source)
    }

    fn read(
        &mut self,
        table: usize,
        columns: &[usize],
        row: &mut dyn FnMut(&dyn TableRow) -> Result<()>,
    ) -> Result<()> {
        let Some((name, expressions)) = self.reads.get(table) else { return Err(Error::internal("no such table")) };
        let wanted: Vec<&str> = columns.iter().filter_map(|at| expressions.get(*at)).map(String::as_str).collect();
        let wanted = if wanted.is_empty() { "1".to_owned() } else { wanted.join(", ") };
        let (sql, own, table) =
            (format!("COPY (SELECT {wanted} FROM {name}) TO STDOUT"), self.name.clone(), name.clone());
        let mut reader = match self.client.copy_out(sql.as_str()) {
            Ok(reader) => reader,
            Err(error) => return Err(failed(&own, &table, &error, error.is_closed())),
        };
        let (mut line, mut fields) = (Vec::new(), Fields::default());
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(|error| {
                // An error of the connection comes as one of reading.
                match error.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>()) {
                    Some(inner) => failed(&own, &table, inner, inner.as_db_error().is_none()),
                    None => Error::new(
                        ErrorKind::Io,
                        "08000",
                        format!("the connection to {own} was lost while {table} was read: {error}"),
                    ),
                }
            })?;
            if read == 0 {
                return Ok(());
            }
            if !fields.split(&line) {
                return Err(Error::new(ErrorKind::Io, "08000", format!("{own}: {table} has a text that is not UTF-8")));
            }
            row(&fields)?;
        }
    }
}

/// The type of a column and how it is selected; the error is why it is left out.
fn column(name: &str, row: &[Option<String>]) -> std::result::Result<(Option<Kind>, String), &'static str> {
    let cell = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
    let quoted = quote(name);
    let (base, form, category, element) = (cell(2), cell(3), cell(4), cell(5));
    if category == "A" {
        let kind = match (scalar(element, -1), cell(7)) {
            // JSON writes bytes and intervals as texts of other forms.
            (_, "c") | (Some(Kind::Bytes | Kind::Duration), _) => Some(Kind::Json),
            (Some(kind), _) => Some(Kind::List(Some(Box::new(kind)))),
            (None, _) => Some(Kind::List(Some(Box::new(Kind::String)))),
        };
        return Ok((kind, format!("to_json({quoted})")));
    }
    if form == "c" {
        return Ok((Some(Kind::Json), format!("to_json({quoted})")));
    }
    match base {
        "tsvector" | "tsquery" => Err("it is an index of a text"),
        // Of fixed length: the blanks at the end do not count.
        "bpchar" => Ok((Some(Kind::String), format!("rtrim({quoted})"))),
        "money" => Ok((Some(Kind::Float), format!("{quoted}::numeric"))),
        "bytea" => Ok((Some(Kind::Bytes), format!("'0x' || encode({quoted}, 'hex')"))),
        base => Ok((Some(scalar(base, cell(6).parse().unwrap_or(-1)).unwrap_or(Kind::String)), quoted)),
    }
}

/// The type of values of a base type; none where they are texts.
fn scalar(name: &str, modifier: i64) -> Option<Kind> {
    Some(match name {
        "bool" => Kind::Bool,
        "int2" | "int4" | "int8" | "oid" => Kind::Int,
        "float4" | "float8" => Kind::Float,
        "numeric" => {
            // (precision << 16 | scale) + 4; without one any number.
            let (precision, scale) = ((modifier - 4) >> 16 & 0xffff, (modifier - 4) & 0xffff);
            if modifier >= 4 && scale == 0 && precision <= 18 { Kind::Int } else { Kind::Float }
        }
        "date" => Kind::Date,
        "time" => Kind::LocalTime,
        "timetz" => Kind::ZonedTime,
        "timestamp" => Kind::LocalDateTime,
        "timestamptz" => Kind::ZonedDateTime,
        "interval" => Kind::Duration,
        "json" | "jsonb" => Kind::Json,
        "bytea" => Kind::Bytes,
        "vector" => Kind::Vector,
        _ => return None,
    })
}

/// The fields of a line of COPY.
#[derive(Default)]
struct Fields {
    text: String,
    /// The end of each field in the text, and whether it is NULL.
    ends: Vec<(usize, bool)>,
}

impl Fields {
    /// Takes a line apart; false where it is not UTF-8.
    fn split(&mut self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let mut bytes = std::mem::take(&mut self.text).into_bytes();
        bytes.clear();
        self.ends.clear();
        for field in line.split(|byte| *byte == b'\t') {
            if field == b"\\N" {
                self.ends.push((bytes.len(), true));
                continue;
            }
            let mut rest = field.iter();
            while let Some(byte) = rest.next() {
                if *byte != b'\\' {
                    bytes.push(*byte);
                    continue;
                }
                bytes.push(match rest.next() {
                    Some(b'b') => 8,
                    Some(b'f') => 12,
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    Some(b'v') => 11,
                    Some(other) => *other,
                    None => b'\\',
                });
            }
            self.ends.push((bytes.len(), false));
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.text = text;
                true
            }
            Err(_) => false,
        }
    }
}

impl TableRow for Fields {
    fn cell(&self, place: usize) -> Cell<'_> {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(end, _)| *end);
        match self.ends.get(place) {
            Some((end, false)) => self.text.get(start..*end).map_or(Cell::Null, Cell::Text),
            _ => Cell::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_copy() {
        let mut fields = Fields::default();
        assert!(fields.split(b"1\t\\N\ta\\tb\\\\c\\n\t\t\xc3\xa4\n"));
        let cells: Vec<Cell<'_>> = (0..6).map(|at| fields.cell(at)).collect();
        let text = Cell::Text;
        assert_eq!(cells, [text("1"), Cell::Null, text("a\tb\\c\n"), text(""), text("\u{e4}"), Cell::Null]);
        assert!(!fields.split(b"\xff\n"));
    }

    #[test]
    fn numbers_without_a_fraction_are_integers() {
        assert_eq!(scalar("numeric", 4 + (10 << 16)), Some(Kind::Int));
        assert_eq!(scalar("numeric", 4 + (10 << 16 | 2)), Some(Kind::Float));
        assert_eq!((scalar("numeric", -1), scalar("uuid", -1)), (Some(Kind::Float), None));
    }
}
