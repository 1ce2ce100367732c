//! An open database as Python holds it.

use std::{
    path::PathBuf,
    sync::{Arc, Weak},
};

use parking_lot::Mutex;
use pyo3::prelude::*;
use wenddb::{BackupPlaces, Options};

use super::session::{Home, Session};
use crate::{
    call::{check_process, guarded},
    error::Failure,
};

/// A database and what was made of it, so that all of it can be closed.
pub(crate) struct Shared {
    pub(crate) pid: u32,
    database: Mutex<Option<wenddb::Database>>,
    homes: Mutex<Vec<Weak<Home>>>,
}

impl Shared {
    pub(crate) fn database(&self) -> Result<wenddb::Database, Failure> {
        self.database.lock().clone().ok_or(Failure::Closed)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            // A forked child has none of the threads that closing waits for.
            std::mem::forget(self.database.get_mut().take());
        }
    }
}

/// An open database; `wenddb.Database` wraps it.
#[pyclass(frozen, module = "wenddb._wenddb")]
pub(crate) struct Database {
    shared: Arc<Shared>,
    read_only: bool,
}

#[pymethods]
impl Database {
    /// Opens a path, or a database in memory.
    #[new]
    #[pyo3(signature = (path, read_only, threads, memory_limit))]
    fn open(
        py: Python<'_>,
        path: Option<PathBuf>,
        read_only: bool,
        threads: usize,
        memory_limit: Option<u64>,
    ) -> PyResult<Self> {
        let opened = py.detach(|| {
            guarded(|| {
                let mut options = Options {
                    read_only,
                    create: !read_only,
                    threads,
                    // Whoever runs Python may read and write these files anyway.
                    import_directory: std::env::current_dir().ok(),
                    graph_view_directory: path.is_none().then(std::env::temp_dir),
                    backups: BackupPlaces::AnyPath,
                    ..Options::default()
                };
                if let Some(limit) = memory_limit {
                    (options.memory_limit, options.total_memory_limit) = (limit, limit);
                }
                Ok(match path {
                    Some(path) => wenddb::Database::open_with(path, options)?,
                    None => wenddb::Database::in_memory_with(options)?,
                })
            })
        });
        let database = opened.map_err(|failure| failure.into_exception(py, None))?;
        let shared = Shared { pid: std::process::id(), database: Mutex::new(Some(database)), homes: Mutex::default() };
        Ok(Database { shared: Arc::new(shared), read_only })
    }

    /// The same database for reading only.
    fn reader(&self) -> Self {
        Database { shared: self.shared.clone(), read_only: true }
    }

    #[getter]
    fn read_only(&self) -> bool {
        self.read_only
    }

    #[getter]
    fn closed(&self) -> bool {
        self.shared.pid == std::process::id() && self.shared.database.lock().is_none()
    }

    /// A session of its own.
    fn session(&self, py: Python<'_>) -> PyResult<Session> {
        check_process(py, self.shared.pid)?;
        let database = self.shared.database().map_err(|failure| failure.into_exception(py, None))?;
        let home = Arc::new(Home::new(self.shared.clone(), database.session(), self.read_only));
        let mut homes = self.shared.homes.lock();
        homes.retain(|home| home.strong_count() > 0);
        homes.push(Arc::downgrade(&home));
        Ok(Session::new(home))
    }

    /// Ends what runs, and closes sessions, results and the database.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        check_process(py, self.shared.pid)?;
        let homes: Vec<_> = self.shared.homes.lock().drain(..).filter_map(|home| home.upgrade()).collect();
        homes.iter().for_each(|home| home.interrupt());
        py.detach(|| {
            homes.iter().for_each(|home| home.close());
            if let Some(database) = self.shared.database.lock().take() {
                // A task in the background holds the database; it ends by itself.
                database.wait_for_tasks();
            }
        });
        Ok(())
    }

    /// Copies the database to a new directory.
    fn backup(&self, py: Python<'_>, to: PathBuf) -> PyResult<()> {
        check_process(py, self.shared.pid)?;
        let done = py.detach(|| guarded(|| Ok(self.shared.database()?.backup(to)?)));
        done.map_err(|failure| failure.into_exception(py, None))
    }

    /// Reads everything; the numbers of nodes, edges and vectors, and what is wrong.
    fn check(&self, py: Python<'_>) -> PyResult<(u64, u64, u64, Vec<String>)> {
        check_process(py, self.shared.pid)?;
        let done = py.detach(|| guarded(|| Ok(self.shared.database()?.check()?)));
        let report = done.map_err(|failure| failure.into_exception(py, None))?;
        Ok((report.nodes, report.edges, report.vectors, report.problems))
    }
}
