//! Import of tables: CSV and Parquet files or a SQLite file are sent as a tar archive, what becomes of them is planned, and a later
//! request imports them. The files wait in a directory of the server, until they are imported or no request comes for a while.

mod describe;
mod unpack;

use std::{fs::File, io::Write, sync::Arc, time::Instant};

use hyper::{Response, StatusCode, body::Incoming};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, watch};
use wenddb::{InterruptHandle, ProgressCallback, RelationalImport, Session, TableSource, host::Role, open_tables};

use self::unpack::unpack;
use super::{
    body::{Body, Pieces},
    execute::{Worker, ended},
    keep_open::KeepOpen,
    problem::{self, Problem},
};
use crate::{
    auth::User,
    failure::Failure,
    shared::{Phase, Shared},
    statement::take_graph,
    uploads::{Upload, Uploads},
};

/// Bytes handed to a worker at a time.
const PORTION: usize = 1 << 20;

/// The archive, and the directory of its files, in the directory of an upload.
const ARCHIVE: &str = "upload.tar";
const FILES: &str = "tables";

/// A request about tables: who asks, for which graph, and with which session.
pub(super) struct Asked {
    pub(super) session: Session,
    pub(super) graph: String,
    pub(super) user: User,
    pub(super) deadline: Option<Instant>,
    pub(super) shared: Arc<Shared>,
    pub(super) held: KeepOpen,
}

/// How files are imported, as a request says it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
struct Wishes {
    /// What becomes of the tables, as `CREATE PROPERTY GRAPH`.
    map: Option<String>,
    /// Whether keys that nobody declares are looked for.
    infer_keys: Option<bool>,
    /// Whether a key that no row has ends the import.
    strict: bool,
    /// Only plans.
    dry_run: bool,
}

/// Takes files, and answers what becomes of them.
pub(super) async fn receive(body: Incoming, asked: Asked) -> Result<Response<Body>, Problem> {
    may_import(&asked.user)?;
    let upload = asked.shared.uploads.begin(&asked.shared.database, asked.user.clone(), &asked.graph)?;
    let (out, _open) = mpsc::channel(1);
    let Asked { session, graph, user, deadline, shared, held } = asked;
    let worker = Worker { shared: shared.clone(), out, deadline, user };
    let (id, kept) = (upload.id.clone(), shared.clone());
    // A task of its own, which notices when the client is gone and then leaves nothing behind.
    let done = tokio::spawn(async move {
        let planned = async {
            write(&worker, body, &upload).await?;
            let (files, limit) = (upload.clone(), worker.shared.limits.upload);
            let unpacked = move || unpack(&files.files.path().join(ARCHIVE), &files.files.path().join(FILES), limit);
            let (unpacked, cut) = worker.work(|| (), false, unpacked).await?;
            ended(unpacked, cut)??;
            plan(&worker, session, graph, &upload, Wishes::default()).await
        };
        let planned = planned.await;
        if planned.is_err() {
            worker.shared.uploads.remove(&upload.id);
        }
        drop(held);
        planned
    });
    let mut answer = done.await.map_err(|_| Failure::internal())??;
    expire(&kept);
    answer["id"] = json!(id);
    answer["expiresIn"] = json!(Uploads::patience().as_secs());
    Ok(Body::json(StatusCode::OK, &answer))
}

/// Plans or imports files that were sent before.
pub(super) async fn work(id: &str, bytes: &[u8], asked: Asked) -> Result<Response<Body>, Problem> {
    may_import(&asked.user)?;
    let wishes: Wishes = match bytes.is_empty() {
        true => Wishes::default(),
        false => {
            serde_json::from_slice(bytes).map_err(|error| Problem::body(format!("the body is not right: {error}")))?
        }
    };
    let Asked { session, graph, user, deadline, shared, held } = asked;
    let upload = find(id, &user, &graph, &shared)?;
    let (out, pieces) = mpsc::channel(4);
    let worker = Worker { shared: shared.clone(), out, deadline, user };
    if wishes.dry_run {
        let done = tokio::spawn(async move {
            let planned = plan(&worker, session, graph, &upload, wishes).await;
            drop(held);
            planned
        });
        let answer = done.await.map_err(|_| Failure::internal())??;
        drop(pieces);
        return Ok(Body::json(StatusCode::OK, &answer));
    }
    tokio::spawn(async move {
        let (event, data) = match load(&worker, session, graph, &upload, wishes).await {
            Ok(report) => {
                shared.uploads.remove(&upload.id);
                ("end", report)
            }
            Err(problem) => ("error", json!({"errors": problem::errors(&problem.failure)})),
        };
        // A client that is gone does not hear of it.
        let _ = worker.send(format!("event: {event}\ndata: {data}\n\n").into_bytes()).await;
        drop(held);
    });
    Ok(Body::answer(StatusCode::OK, "text/event-stream", Body::Stream(pieces)))
}

/// Removes files that are not wanted any more.
pub(super) fn forget(id: &str, graph: &str, user: &User, shared: &Arc<Shared>) -> Result<Response<Body>, Problem> {
    shared.uploads.remove(&find(id, user, graph, shared)?.id);
    Ok(Body::json(StatusCode::OK, &json!({})))
}

fn may_import(user: &User) -> Result<(), Problem> {
    if user.role >= Role::Editor {
        return Ok(());
    }
    let message = format!("an import changes data, and {} has the role {}", user.name, user.role.name());
    Err(Failure::new("Neo.ClientError.Security.Forbidden", "42NFF", message).into())
}

fn find(id: &str, user: &User, graph: &str, shared: &Arc<Shared>) -> Result<Arc<Upload>, Problem> {
    let upload = shared.uploads.take(id, user, graph);
    expire(shared);
    upload.map_err(|failure| Problem::from(failure).of_status(StatusCode::NOT_FOUND))
}

/// Looks for abandoned files when those of now would be, and removes all when the server stops.
fn expire(shared: &Arc<Shared>) {
    let (shared, mut phase) = (Arc::downgrade(shared), shared.phase.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(Uploads::patience()) => {}
            _ = phase.wait_for(|phase| *phase >= Phase::Finishing) => {}
        }
        if let Some(shared) = shared.upgrade() {
            shared.uploads.remove_old(*phase.borrow() >= Phase::Finishing);
        }
    });
}

/// Writes the body of a request to the archive of an upload.
async fn write(worker: &Worker, body: Incoming, upload: &Arc<Upload>) -> Result<(), Problem> {
    let limits = worker.shared.limits.clone();
    let mut pieces = Pieces::new(body, &limits);
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "an upload cannot be written");
        let message = format!("the server cannot keep the files: {error}");
        Problem::from(Failure::new("Neo.DatabaseError.General.UnknownError", "58000", message))
    };
    let mut archive = File::create_new(upload.files.path().join(ARCHIVE)).map_err(failed)?;
    let mut written = 0u64;
    loop {
        let (portion, end) = tokio::select! {
            biased;
            portion = pieces.portion(PORTION) => portion?,
            cut = worker.cut() => return Err(cut.failure().into()),
        };
        written += portion.len() as u64;
        if written > limits.upload {
            let message = format!("the files have more than the {} bytes that max-upload allows", limits.upload);
            return Err(Problem::request(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        let write = move || archive.write_all(&portion).map(|()| archive);
        let (done, cut) = worker.work(|| (), false, write).await?;
        archive = ended(done, cut)?.map_err(failed)?;
        if end {
            return Ok(());
        }
        pieces.begin_anew();
    }
}

/// What becomes of the files of an upload, and the first rows of each table.
async fn plan(
    worker: &Worker,
    session: Session,
    graph: String,
    upload: &Arc<Upload>,
    wishes: Wishes,
) -> Result<Json, Problem> {
    let interrupt = session.interrupt_handle();
    let mut job = Job::new(&graph, upload, wishes, interrupt.clone(), None);
    let planned = move || {
        let mut source = job.source(session)?;
        let preview = describe::preview(source.as_mut())?;
        let plan = job.import.plan(source.as_mut())?;
        Ok(json!({"plan": describe::plan(&plan), "preview": preview}))
    };
    let (planned, cut) = worker.work(|| interrupt.interrupt(), false, planned).await?;
    ended(planned, cut)?.map_err(|error| failure(&error, upload).into())
}

/// Imports the files of an upload, and tells the client how far it is.
async fn load(
    worker: &Worker,
    session: Session,
    graph: String,
    upload: &Arc<Upload>,
    wishes: Wishes,
) -> Result<Json, Problem> {
    let (tell, mut heard) = watch::channel((String::new(), 0.0));
    let progress: ProgressCallback = Arc::new(move |progress| {
        tell.send_replace((progress.stage.clone(), progress.fraction));
    });
    let interrupt = session.interrupt_handle();
    let mut job = Job::new(&graph, upload, wishes, interrupt.clone(), Some(progress));
    let database = worker.shared.database.clone();
    let imported = move || {
        let mut source = job.source(session)?;
        database.import_relational(source.as_mut(), &job.import)
    };
    let work = worker.work(|| interrupt.interrupt(), false, imported);
    tokio::pin!(work);
    let (report, cut) = loop {
        tokio::select! {
            biased;
            done = &mut work => break done?,
            Ok(()) = heard.changed() => {
                let (stage, fraction) = heard.borrow_and_update().clone();
                let data = json!({"stage": stage, "progress": (fraction * 1000.0).round() / 10.0});
                // Whether the client is there is noticed by the work.
                let _ = worker.send(format!("event: progress\ndata: {data}\n\n").into_bytes()).await;
            }
        }
    };
    // A committed import counts, even when its time limit has passed.
    match (report, cut) {
        (Ok(report), _) => Ok(json!({
            "nodes": report.nodes,
            "edges": report.edges,
            "seconds": report.seconds,
            "plan": describe::plan(&report.plan),
            "bookmarks": [worker.shared.bookmark(true)],
        })),
        (Err(_), Some(cut)) => Err(cut.failure().into()),
        (Err(error), None) => Err(failure(&error, upload).into()),
    }
}

/// Work on the files of an upload.
struct Job {
    import: RelationalImport,
    upload: Arc<Upload>,
}

impl Job {
    fn new(
        graph: &str,
        upload: &Arc<Upload>,
        wishes: Wishes,
        interrupt: InterruptHandle,
        progress: Option<ProgressCallback>,
    ) -> Self {
        let import = RelationalImport {
            graph: graph.to_owned(),
            infer: wishes.infer_keys,
            strict: wishes.strict,
            map: wishes.map,
            progress,
            interrupt: Some(interrupt),
        };
        Job { import, upload: upload.clone() }
    }

    /// Opens the tables, for the graph that the session then uses.
    fn source(&mut self, mut session: Session) -> wenddb::Result<Box<dyn TableSource>> {
        take_graph(&mut session, &self.import.graph)?;
        self.import.graph = session.graph().to_owned();
        let files = self.upload.files.path().join(FILES);
        open_tables(&unpack::source(&files).to_string_lossy())
    }
}

/// An error without the directory of the server in it.
fn failure(error: &wenddb::Error, upload: &Upload) -> Failure {
    let mut failure = Failure::engine(error, "");
    for directory in [upload.files.path().join(FILES).join(""), upload.files.path().join("")] {
        failure.message = failure.message.replace(&*directory.to_string_lossy(), "");
    }
    failure
}
