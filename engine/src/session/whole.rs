//! BACKUP TO and CHECK DATABASE: statements about the database as a whole, for one that a server has open.

use std::path::{Component, Path, PathBuf};

use wend_grammar::ast::Expr;

use super::{Run, Session};
use crate::{
    database::BackupPlaces,
    error::{Error, Result},
    role::Role,
    rows::Rows,
    value::Value,
};

impl Session {
    /// Copies what is committed to a new directory; its path is the result.
    pub(super) fn backup(&mut self, to: &Expr, run: &Run<'_>) -> Result<Rows> {
        self.must_be(Role::Admin, "copies the database with its users")?;
        let Value::String(name) = self.constant(to, run)? else {
            return Err(Error::value_type("BACKUP TO takes a STRING").at(to.span));
        };
        let path = place(&self.database.options().backups, &name).map_err(|error| error.at(to.span))?;
        if std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some()) || path.is_file() {
            let error = Error::rule(format!("there is something at {} already", path.display()));
            return Err(error.with_hint("a backup goes to a new directory").at(to.span));
        }
        self.database.backup(&path)?;
        let row = vec![Value::from(path.display().to_string())];
        self.table(&["path"], vec![row], None, &run.done())
    }

    /// Reads everything; the counts and what is wrong are the result.
    pub(super) fn check_database(&mut self, run: &Run<'_>) -> Result<Rows> {
        self.must_be(Role::Admin, "reads the whole database")?;
        let report = self.database.check()?;
        let count = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let problems = report.problems.into_iter().map(Value::from).collect();
        let row = vec![count(report.nodes), count(report.edges), count(report.vectors), Value::List(problems)];
        let columns = ["nodes", "edges", "vectors", "problems"];
        self.table(&columns, vec![row], None, &run.done())
    }
}

/// The directory of a backup.
fn place(places: &BackupPlaces, name: &str) -> Result<PathBuf> {
    let path = Path::new(name);
    match places {
        BackupPlaces::Nowhere => Err(Error::rule("BACKUP TO needs a directory for backups, and there is none").with_hint(
            "a server has --backup-dir DIR, a program Options::backups; `wend backup --connect ADDRESS DIR` copies a \
             served database to where you are",
        )),
        BackupPlaces::In(directory) => {
            let mut parts = path.components();
            match (parts.next(), parts.next()) {
                (Some(Component::Normal(_)), None) if !name.starts_with('.') && !name.contains(['/', '\\', '\0']) => {
                    Ok(directory.join(path))
                }
                _ => Err(Error::rule(format!("'{name}' is not the name of a backup"))
                    .with_hint("BACKUP TO takes a name without `/`, of a new directory in that of backups")),
            }
        }
        BackupPlaces::AbsolutePaths if !path.is_absolute() => {
            Err(Error::rule(format!("'{name}' is no absolute path"))
                .with_hint("without --backup-dir, BACKUP TO takes the path of a new directory from the root"))
        }
        BackupPlaces::AbsolutePaths | BackupPlaces::AnyPath if name.is_empty() || name.contains('\0') => {
            Err(Error::rule("BACKUP TO takes the path of a new directory"))
        }
        BackupPlaces::AbsolutePaths | BackupPlaces::AnyPath => Ok(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_stay_in_their_place() {
        let below = BackupPlaces::In("/backups".into());
        assert_eq!(place(&below, "monday").unwrap(), Path::new("/backups/monday"));
        for name in ["", ".", "..", "../x", "/etc", "a/b", "a/", ".hidden", "a\\b", "a\0"] {
            assert!(place(&below, name).is_err(), "{name:?}");
        }
        assert!(place(&BackupPlaces::Nowhere, "monday").is_err());
        assert!(place(&BackupPlaces::AbsolutePaths, "monday").is_err());
        assert!(place(&BackupPlaces::AbsolutePaths, "/x/monday").is_ok());
        assert!(place(&BackupPlaces::AnyPath, "monday").is_ok());
        assert!(place(&BackupPlaces::AnyPath, "").is_err());
    }
}
