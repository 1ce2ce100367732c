//! Files of tables that clients have sent to be imported. They wait in a directory for the request that imports them, and go when
//! it has, or when none comes for a while.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use wenddb::Database;

use crate::{
    auth::User,
    failure::Failure,
    scratch::{Purpose, Scratch},
};

/// The most uploads at a time: each may be as large as max-upload allows.
const MOST: usize = 4;

/// How long files wait for the next request.
const PATIENCE: Duration = Duration::from_secs(900);

/// The uploads by id.
#[derive(Debug, Default)]
pub(crate) struct Uploads(Mutex<HashMap<String, Arc<Upload>>>);

/// Files that wait to be imported.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) files: Scratch,
    user: User,
    /// The graph in the path of the request that sent the files.
    graph: String,
    last_use: Mutex<Instant>,
}

impl Upload {
    /// Whether no request has come for too long, and none works on the files.
    fn is_over(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.last_use.lock().elapsed() >= PATIENCE
    }
}

impl Uploads {
    /// Makes place for files, in a directory that is there afterwards.
    pub(crate) fn begin(&self, database: &Database, user: User, graph: &str) -> Result<Arc<Upload>, Failure> {
        let files = Scratch::name(database, Purpose::Upload);
        let upload = Arc::new(Upload {
            id: uuid::Uuid::new_v4().simple().to_string(),
            files,
            user,
            graph: graph.to_owned(),
            last_use: Mutex::new(Instant::now()),
        });
        {
            let mut all = self.0.lock();
            all.retain(|_, upload| !upload.is_over());
            if all.len() >= MOST {
                let message = format!("{MOST} uploads wait to be imported already; try again when some are done");
                return Err(Failure::new("Neo.TransientError.Request.NoThreadsAvailable", "25N14", message));
            }
            all.insert(upload.id.clone(), upload.clone());
        }
        if let Err(error) = std::fs::create_dir(upload.files.path()) {
            tracing::error!(%error, "no directory for an upload");
            self.remove(&upload.id);
            return Err(Failure::new(
                "Neo.DatabaseError.General.UnknownError",
                "58000",
                "there is no room for the files",
            ));
        }
        Ok(upload)
    }

    /// The files of an earlier request of this user for this graph.
    pub(crate) fn take(&self, id: &str, user: &User, graph: &str) -> Result<Arc<Upload>, Failure> {
        let mut all = self.0.lock();
        all.retain(|_, upload| !upload.is_over());
        let upload = all.get(id).filter(|upload| upload.user == *user && upload.graph == graph).cloned();
        let upload = upload.ok_or_else(|| {
            let message =
                "there is no such upload; it may have been imported, or waited for too long: send the files again";
            Failure::new("Neo.ClientError.Request.Invalid", "22000", message)
        })?;
        *upload.last_use.lock() = Instant::now();
        Ok(upload)
    }

    /// Forgets files; they are removed when no request works on them any more.
    pub(crate) fn remove(&self, id: &str) {
        self.0.lock().remove(id);
    }

    /// Forgets files for which no request has come for too long, or all.
    pub(crate) fn remove_old(&self, all: bool) {
        self.0.lock().retain(|_, upload| !all && !upload.is_over());
    }

    /// How long to wait before looking for old ones.
    pub(crate) fn patience() -> Duration {
        PATIENCE
    }
}
