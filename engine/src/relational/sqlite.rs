//! Tables of a SQLite file, read within one transaction, so that they are all of the same moment.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, types::ValueRef};

use super::source::{Cell, SourceColumn, SourceForeignKey, SourceTable, SourceTables, TableRow, TableSource};
use crate::{
    error::{Error, ErrorKind, Result},
    import::kind::Kind,
};

/// How long a file may be locked by others before that is an error.
const PATIENCE: Duration = Duration::from_secs(2);

/// A SQLite file.
pub(super) struct Sqlite {
    connection: Connection,
    name: String,
    tables: Vec<SourceTable>,
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Sqlite> {
        let name = path.display().to_string();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(&name, &error))?;
        connection.busy_timeout(PATIENCE).map_err(|error| failed(&name, &error))?;
        // The transaction begins with the first read.
        let begun = connection.execute_batch("BEGIN; SELECT COUNT(*) FROM sqlite_schema;");
        begun.map_err(|error| failed(&name, &error))?;
        Ok(Sqlite { connection, name, tables: Vec::new() })
    }

    fn rows<T>(&self, sql: &str, mut of: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let mut read = || {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([], |row| of(row))?;
            rows.collect::<rusqlite::Result<Vec<T>>>()
        };
        read().map_err(|error| failed(&self.name, &error))
    }

    fn table(&self, name: &str) -> Result<SourceTable> {
        let quoted = quote(name);
        let mut key: Vec<(i64, String)> = Vec::new();
        let mut columns = Vec::new();
        let found = self.rows(&format!("PRAGMA table_xinfo({quoted})"), |row| {
            Ok((row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(5)?, row.get::<_, i64>(6)?))
        })?;
        for (column, declared, place, hidden) in found {
            // 1 is a hidden column of a virtual table; 2 and 3 are generated ones.
            if hidden == 1 {
                continue;
            }
            if place > 0 {
                key.push((place, column.clone()));
            }
            columns.push(SourceColumn { name: column, kind: kind(&declared) });
        }
        key.sort();
        let mut foreign: Vec<(i64, SourceForeignKey)> = Vec::new();
        let found = self.rows(&format!("PRAGMA foreign_key_list({quoted})"), |row| {
            let (id, table) = (row.get::<_, i64>(0)?, row.get::<_, String>(2)?);
            Ok((id, table, row.get::<_, String>(3)?, row.get::<_, Option<String>>(4)?))
        })?;
        for (id, table, from, to) in found {
            if foreign.last().is_none_or(|(last, _)| *last != id) {
                foreign.push((id, SourceForeignKey { table, ..SourceForeignKey::default() }));
            }
            if let Some((_, of)) = foreign.last_mut() {
                of.columns.push(from);
                of.referenced.extend(to);
            }
        }
        // SQLite lists the last first.
        foreign.reverse();
        let rows = self.rows(&format!("SELECT COUNT(*) FROM {quoted}"), |row| row.get::<_, i64>(0))?;
        Ok(SourceTable {
            name: name.to_owned(),
            columns,
            key: key.into_iter().map(|(_, name)| name).collect(),
            foreign_keys: foreign.into_iter().map(|(_, key)| key).collect(),
            rows: rows.first().map(|rows| *rows as u64),
        })
    }
}

impl TableSource for Sqlite {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn tables(&mut self) -> Result<SourceTables> {
        let found = self.rows(
            "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        let mut source = SourceTables::default();
        for (name, of) in found {
            match of.as_str() {
                "table" => source.tables.push(self.table(&name)?),
                "view" => source.left_out.push((name, "a view".to_owned())),
                "virtual" => source.left_out.push((name, "a virtual table".to_owned())),
                // The tables behind a virtual one.
                _ => {}
            }
        }
        // Files that programs write from data frames declare nothing.
        source.infers = source.tables.iter().all(|table| table.foreign_keys.is_empty());
        self.tables.clone_from(&source.tables);
        Ok(source)
    }

    fn read(
        &mut self,
        table: usize,
        columns: &[usize],
        row: &mut dyn FnMut(&dyn TableRow) -> Result<()>,
    ) -> Result<()> {
        let Some(table) = self.tables.get(table) else { return Err(Error::internal("no such table")) };
        let names: Vec<String> =
            columns.iter().filter_map(|at| table.columns.get(*at)).map(|column| quote(&column.name)).collect();
        let names = if names.is_empty() { "1".to_owned() } else { names.join(", ") };
        let sql = format!("SELECT {names} FROM {}", quote(&table.name));
        let in_table = |error: &rusqlite::Error| failed(&format!("{}: {}", self.name, table.name), error);
        let mut statement = self.connection.prepare(&sql).map_err(|error| in_table(&error))?;
        let mut rows = statement.query([]).map_err(|error| in_table(&error))?;
        while let Some(found) = rows.next().map_err(|error| in_table(&error))? {
            row(&SqliteRow(found))?;
        }
        Ok(())
    }
}

struct SqliteRow<'r>(&'r Row<'r>);

impl TableRow for SqliteRow<'_> {
    fn cell(&self, place: usize) -> Cell<'_> {
        match self.0.get_ref(place) {
            Ok(ValueRef::Integer(value)) => Cell::Int(value),
            Ok(ValueRef::Real(value)) => Cell::Float(value),
            Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes).map_or(Cell::Bytes(bytes), Cell::Text),
            Ok(ValueRef::Blob(bytes)) => Cell::Bytes(bytes),
            Ok(ValueRef::Null) | Err(_) => Cell::Null,
        }
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The type of a column by its declaration: SQLite's own rules, and the names that it keeps no type for.
fn kind(declared: &str) -> Option<Kind> {
    let declared = declared.to_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    if has(&["BOOL"]) {
        Some(Kind::Bool)
    } else if has(&["TIMESTAMPTZ", "WITH TIME ZONE"]) {
        Some(Kind::ZonedDateTime)
    } else if has(&["DATETIME", "TIMESTAMP"]) {
        Some(Kind::LocalDateTime)
    } else if has(&["DATE"]) {
        Some(Kind::Date)
    } else if declared.starts_with("TIME") {
        Some(Kind::LocalTime)
    } else if has(&["INT"]) {
        Some(Kind::Int)
    } else if has(&["CHAR", "CLOB", "TEXT", "UUID", "JSON", "ENUM"]) {
        Some(Kind::String)
    } else if has(&["BLOB", "BYTEA", "BINARY"]) {
        Some(Kind::Bytes)
    } else if has(&["REAL", "FLOA", "DOUB", "DEC", "NUM", "MONEY"]) {
        Some(Kind::Float)
    } else {
        None
    }
}

fn failed(what: &str, error: &rusqlite::Error) -> Error {
    let (reason, hint) = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            ("another program has it locked".to_owned(), Some("wait until that has ended, or import a copy"))
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            (format!("the file is damaged: {error}"), Some("PRAGMA integrity_check of SQLite tells more"))
        }
        _ => (error.to_string(), None),
    };
    Error::new(ErrorKind::Io, "22000", format!("cannot read {what}: {reason}")).with_hint_if(hint.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types() {
        for (declared, wanted) in [
            ("INTEGER", Some(Kind::Int)),
            ("NVARCHAR(160)", Some(Kind::String)),
            ("NUMERIC(10,2)", Some(Kind::Float)),
            ("decimal", Some(Kind::Float)),
            ("DATETIME", Some(Kind::LocalDateTime)),
            ("timestamp with time zone", Some(Kind::ZonedDateTime)),
            ("date", Some(Kind::Date)),
            ("time", Some(Kind::LocalTime)),
            ("BOOLEAN", Some(Kind::Bool)),
            ("BLOB SUB_TYPE TEXT", Some(Kind::String)),
            ("", None),
            ("POINT", Some(Kind::Int)),
        ] {
            assert_eq!(kind(declared), wanted, "{declared}");
        }
    }
}
