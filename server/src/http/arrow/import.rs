//! Bulk import of an Arrow stream: its rows become vectors, nodes or edges, all or none of them.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use hyper::{Response, StatusCode, body::Incoming};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use wend_arrow::{BatchLoad, Error, Loaded, Target};
use wenddb::Session;

use super::read::Batches;
use crate::{
    auth::User,
    failure::Failure,
    http::{
        body::{Body, Pieces},
        execute::{Worker, ended},
        keep_open::KeepOpen,
        problem::Problem,
        route::Operation,
    },
    shared::Shared,
    statement::take_graph,
};

/// Bytes handed to a worker at a time.
const PORTION: usize = 1 << 20;

/// What the rows become; `label` is the parameter of that name.
pub(in crate::http) fn target(operation: Operation, label: Option<String>) -> Option<Target> {
    match operation {
        Operation::ImportVectors => Some(Target::Vectors),
        Operation::ImportNodes => {
            Some(Target::Nodes(label.iter().flat_map(|labels| labels.split('&')).map(str::to_owned).collect()))
        }
        Operation::ImportEdges => Some(Target::Edges(label)),
        _ => None,
    }
}

/// Imports the body of a request in a task that notices when the client is gone.
pub(in crate::http) async fn run(
    body: Incoming,
    session: Session,
    graph: String,
    target: Target,
    (user, deadline): (User, Option<Instant>),
    shared: Arc<Shared>,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    let (out, _open) = mpsc::channel(1);
    let worker = Worker { shared, out, deadline, user };
    let done = tokio::spawn(async move {
        let done = load(&worker, body, session, graph, target).await;
        drop(held);
        done
    });
    let report = done.await.map_err(|_| Failure::internal())??;
    Ok(Body::json(StatusCode::OK, &report))
}

async fn load(
    worker: &Worker,
    body: Incoming,
    mut session: Session,
    graph: String,
    target: Target,
) -> Result<Json, Problem> {
    let interrupt = session.interrupt_handle();
    let (taken, cut) = worker
        .work(
            || interrupt.interrupt(),
            false,
            move || {
                let taken = take_graph(&mut session, &graph);
                (session, taken)
            },
        )
        .await?;
    let (session, taken) = ended(taken, cut)?;
    taken.map_err(|error| Failure::engine(&error, ""))?;
    let mut importer = Importer { session, batches: Batches::default(), target: Some(target), load: None, waiting: 0 };
    let limits = worker.shared.limits.clone();
    let mut pieces = Pieces::new(body, &limits);
    loop {
        let (portion, end) = tokio::select! {
            biased;
            portion = pieces.portion(PORTION) => portion?,
            cut = worker.cut() => return Err(cut.failure().into()),
        };
        let most = limits.message;
        let (fed, cut) = worker
            .work(
                || interrupt.interrupt(),
                false,
                move || {
                    let fed = importer.feed(portion.into(), most);
                    (importer, fed)
                },
            )
            .await?;
        let (fed_importer, fed) = ended(fed, cut)?;
        fed?;
        importer = fed_importer;
        pieces.begin_anew();
        if end {
            break;
        }
    }
    let (report, cut) = worker.work(|| interrupt.interrupt(), false, move || importer.finish()).await?;
    // A committed import counts, even when its time limit has passed.
    let mut report = match (report, cut) {
        (Ok(report), _) => report,
        (Err(_), Some(cut)) => return Err(cut.failure().into()),
        (Err(problem), None) => return Err(problem),
    };
    if let Some(report) = report.as_object_mut() {
        report.insert("bookmarks".to_owned(), json!([worker.shared.bookmark(true)]));
    }
    Ok(report)
}

/// An import in progress. Dropped before its end, it keeps nothing.
struct Importer {
    session: Session,
    batches: Batches,
    /// What the rows become; taken when the schema has been read.
    target: Option<Target>,
    load: Option<BatchLoad>,
    /// The bytes received since the last complete batch.
    waiting: usize,
}

fn problem(error: Error) -> Problem {
    match error {
        Error::Data(message) => Problem::body(message),
        Error::Database(error) => Failure::engine(&error, "").into(),
    }
}

impl Importer {
    fn feed(&mut self, portion: Bytes, most: usize) -> Result<(), Problem> {
        self.waiting += portion.len();
        let batches = self.batches.feed(portion).map_err(Problem::body)?;
        if batches.is_empty() && self.waiting > most {
            let message = format!(
                "a record batch is longer than the {most} bytes that max-message allows; write batches of fewer rows \
                 (max_chunksize in pyarrow)"
            );
            return Err(Problem::request(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        if let Some(schema) = self.batches.schema()
            && let Some(target) = self.target.take()
        {
            self.load = Some(BatchLoad::begin(&mut self.session, &schema, target).map_err(problem)?);
        }
        for batch in batches {
            self.waiting = 0;
            if let Some(load) = &mut self.load {
                load.add(&batch).map_err(problem)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Json, Problem> {
        self.batches.finish().map_err(Problem::body)?;
        let load = self.load.ok_or_else(|| Problem::body("the body is not an Arrow stream: it has no schema"))?;
        Ok(match load.finish().map_err(problem)? {
            Loaded::Vectors(vectors) => json!({"vectors": vectors}),
            Loaded::Elements { nodes, edges } => json!({"nodes": nodes, "edges": edges}),
        })
    }
}
