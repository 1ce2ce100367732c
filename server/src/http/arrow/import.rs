//! Bulk import of a stream of Arrow: a stream's rows become vectors, nodes or edges, all or none.

use std::{sync::Arc, time::Instant};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use bytes::Bytes;
use hyper::{Response, StatusCode, body::Incoming};
use serde_json::{Value as Json, json};
use tokio::sync::mpsc;
use wenddb::{Load, Session, Value, VectorLoad};

use super::read::{Batches, Texts, is_readable, value, vector_length, vectors};
use crate::{
    auth::User,
    bolt::failure::Failure,
    http::{
        Held,
        body::{Body, Pieces},
        problem::Problem,
        route::Operation,
        run::{Cut, Worker},
    },
    shared::Shared,
    statement::take_graph,
};

/// Bytes handed to a worker at a time.
const PORTION: usize = 1 << 20;

/// What the rows become.
#[derive(Clone, Debug)]
pub(in crate::http) enum Goal {
    /// Vectors of nodes that are there.
    Vectors,
    /// Nodes, with the labels of rows that bring none.
    Nodes(Vec<String>),
    /// Edges, with the label of rows that bring none.
    Edges(Option<String>),
}

impl Goal {
    /// Of a request; `label` is the parameter of that name.
    pub(in crate::http) fn of(operation: Operation, label: Option<String>) -> Option<Goal> {
        match operation {
            Operation::ImportVectors => Some(Goal::Vectors),
            Operation::ImportNodes => {
                Some(Goal::Nodes(label.iter().flat_map(|labels| labels.split('&')).map(str::to_owned).collect()))
            }
            Operation::ImportEdges => Some(Goal::Edges(label)),
            _ => None,
        }
    }
}

/// Reads a request's body into the database, in a task of its own, which hears when the client is gone.
pub(in crate::http) async fn run(
    body: Incoming,
    session: Session,
    graph: String,
    goal: Goal,
    (user, deadline): (User, Option<Instant>),
    shared: Arc<Shared>,
    held: Held,
) -> Result<Response<Body>, Problem> {
    let (out, _open) = mpsc::channel(1);
    let worker = Worker { shared, out, deadline, user };
    let done = tokio::spawn(async move {
        let done = load(&worker, body, session, graph, goal).await;
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
    goal: Goal,
) -> Result<Json, Problem> {
    let interrupt = session.interrupt_handle();
    let (taken, cut) = worker
        .work(&interrupt, false, move || {
            let taken = take_graph(&mut session, &graph);
            (session, taken)
        })
        .await?;
    let (session, taken) = ended(taken, cut)?;
    taken.map_err(|error| Failure::engine(&error, ""))?;
    let mut importer = Importer { session, batches: Batches::default(), goal, rows: None, waiting: 0 };
    let limits = worker.shared.limits.clone();
    let mut pieces = Pieces::new(body, &limits);
    loop {
        let (portion, end) = tokio::select! {
            biased;
            portion = portion(&mut pieces) => portion?,
            cut = worker.cut() => return Err(cut.failure().into()),
        };
        let most = limits.message;
        let (fed, cut) = worker
            .work(&interrupt, false, move || {
                let fed = importer.feed(portion.into(), most);
                (importer, fed)
            })
            .await?;
        let (fed_importer, fed) = ended(fed, cut)?;
        fed?;
        importer = fed_importer;
        pieces.begin_anew();
        if end {
            break;
        }
    }
    let (report, cut) = worker.work(&interrupt, false, move || importer.finish()).await?;
    // What is kept is kept, however long it took.
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

/// What a job gave, unless it was told to end.
fn ended<T>(given: T, cut: Option<Cut>) -> Result<T, Problem> {
    cut.map_or(Ok(given), |cut| Err(cut.failure().into()))
}

/// Some of the body to hand to a worker, and whether it is the last.
async fn portion(pieces: &mut Pieces<'_>) -> Result<(Vec<u8>, bool), Problem> {
    let mut portion = Vec::new();
    while portion.len() < PORTION {
        match pieces.next().await? {
            Some(piece) => portion.extend_from_slice(&piece),
            None => return Ok((portion, true)),
        }
    }
    Ok((portion, false))
}

/// A stream on its way into the database. Dropped before its end nothing of it is kept.
struct Importer {
    session: Session,
    batches: Batches,
    goal: Goal,
    rows: Option<Target>,
    /// Bytes that came since the last batch was complete.
    waiting: usize,
}

enum Target {
    Vectors { load: Box<VectorLoad>, id: usize, columns: Vec<(usize, String)> },
    Elements { load: Box<Load>, columns: Columns },
}

/// Where a row's parts are.
struct Columns {
    /// `_id`, or `_from` and `_to`.
    ends: Vec<usize>,
    label: Option<usize>,
    properties: Vec<(usize, String)>,
}

fn engine(error: wenddb::Error) -> Problem {
    Failure::engine(&error, "").into()
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
        if let (Some(schema), None) = (self.batches.schema(), &self.rows) {
            self.rows = Some(self.begin(&schema)?);
        }
        for batch in batches {
            self.waiting = 0;
            if let Some(rows) = &mut self.rows {
                rows.add(&batch, &self.goal)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, schema: &SchemaRef) -> Result<Target, Problem> {
        let text = |name: &str| match schema.index_of(name) {
            Ok(position) if is_text(schema.field(position).data_type()) => Ok(Some(position)),
            Ok(position) => {
                let kind = schema.field(position).data_type();
                Err(Problem::body(format!("column `{name}` is {kind}; it has to be a string (Utf8)")))
            }
            Err(_) => Ok(None),
        };
        let needed = |name: &str| {
            text(name)?.ok_or_else(|| Problem::body(format!("the stream has no column `{name}` of strings")))
        };
        if matches!(self.goal, Goal::Vectors) {
            let id = needed("_id")?;
            let mut columns = Vec::new();
            let mut properties = Vec::new();
            for (position, field) in schema.fields().iter().enumerate().filter(|(position, _)| *position != id) {
                let length = vector_length(field.data_type()).ok_or_else(|| {
                    let message = "has to be FixedSizeList<Float32> (or Float64), one vector for each node";
                    Problem::body(format!("column `{}` is {}; it {message}", field.name(), field.data_type()))
                })?;
                columns.push((position, field.name().clone()));
                properties.push((field.name().clone(), length));
            }
            if columns.is_empty() {
                return Err(Problem::body("the stream has no column of vectors; the column's name is the property's"));
            }
            unique(&columns)?;
            let load = self.session.load_vectors(&properties).map_err(engine)?.into();
            return Ok(Target::Vectors { load, id, columns });
        }
        let nodes = matches!(self.goal, Goal::Nodes(_));
        let ends = if nodes { vec![needed("_id")?] } else { vec![needed("_from")?, needed("_to")?] };
        let label = text(if nodes { "_labels" } else { "_label" })?;
        if label.is_none() && matches!(self.goal, Goal::Edges(None)) {
            return Err(Problem::body("the edges have no label: bring a column `_label`, or give ?label=LABEL"));
        }
        let mut properties = Vec::new();
        for (position, field) in schema.fields().iter().enumerate() {
            if ends.contains(&position) || label == Some(position) {
                continue;
            }
            if !is_readable(field.data_type()) {
                let message = format!("column `{}` is {}, which no property can be", field.name(), field.data_type());
                return Err(Problem::body(message));
            }
            properties.push((position, field.name().clone()));
        }
        unique(&properties)?;
        let load = self.session.load().map_err(engine)?.into();
        Ok(Target::Elements { load, columns: Columns { ends, label, properties } })
    }

    fn finish(mut self) -> Result<Json, Problem> {
        self.batches.finish().map_err(Problem::body)?;
        match self.rows {
            None => Err(Problem::body("the body is no stream of Arrow: it has no schema")),
            Some(Target::Vectors { load, .. }) => Ok(json!({"vectors": load.finish().map_err(engine)?})),
            Some(Target::Elements { load, .. }) => {
                let (nodes, edges) = load.finish().map_err(engine)?;
                Ok(json!({"nodes": nodes, "edges": edges}))
            }
        }
    }
}

fn is_text(kind: &arrow_schema::DataType) -> bool {
    use arrow_schema::DataType;
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn unique(columns: &[(usize, String)]) -> Result<(), Problem> {
    for (position, (_, name)) in columns.iter().enumerate() {
        if columns[..position].iter().any(|(_, other)| other == name) {
            return Err(Problem::body(format!("the stream has the column `{name}` twice")));
        }
    }
    Ok(())
}

impl Target {
    fn add(&mut self, batch: &RecordBatch, goal: &Goal) -> Result<(), Problem> {
        match self {
            Target::Vectors { load, id, columns } => {
                let ids = texts(batch.column(*id), "_id")?;
                let arrays = columns.iter().map(|(position, name)| vectors(batch.column(*position), name));
                let arrays = arrays.collect::<Result<Vec<_>, _>>().map_err(Problem::body)?;
                let mut row_vectors = Vec::with_capacity(arrays.len());
                for row in 0..batch.num_rows() {
                    let id = ids.get(row).ok_or_else(|| missing("_id"))?;
                    row_vectors.clear();
                    row_vectors.extend(arrays.iter().map(|array| array[row].as_deref()));
                    load.put(id, &row_vectors).map_err(engine)?;
                }
                Ok(())
            }
            Target::Elements { load, columns } => columns.add(load, batch, goal),
        }
    }
}

fn texts<'a>(array: &'a ArrayRef, name: &str) -> Result<Texts<'a>, Problem> {
    Texts::of(array).ok_or_else(|| Problem::body(format!("column `{name}` has to be of strings")))
}

fn missing(name: &str) -> Problem {
    Problem::body(format!("column `{name}` has a row without a value"))
}

impl Columns {
    fn add(&self, load: &mut Load, batch: &RecordBatch, goal: &Goal) -> Result<(), Problem> {
        let ends = self.ends.iter().map(|position| texts(batch.column(*position), "_id"));
        let ends = ends.collect::<Result<Vec<_>, _>>()?;
        let labels = self.label.map(|position| texts(batch.column(position), "_label")).transpose()?;
        let mut properties: Vec<(&str, Value)> = Vec::with_capacity(self.properties.len());
        for row in 0..batch.num_rows() {
            properties.clear();
            for (position, name) in &self.properties {
                let value = value(batch.column(*position), row)
                    .map_err(|problem| Problem::body(format!("column `{name}`: {problem}")))?;
                if !value.is_null() {
                    properties.push((name, value));
                }
            }
            let own = labels.as_ref().and_then(|labels| labels.get(row)).filter(|label| !label.is_empty());
            match (goal, ends.as_slice()) {
                (Goal::Nodes(default), [id]) => {
                    let id = id.get(row).ok_or_else(|| missing("_id"))?;
                    let labels: Vec<&str> = match own {
                        Some(own) => own.split('&').collect(),
                        None => default.iter().map(String::as_str).collect(),
                    };
                    load.node(id, &labels, &properties).map_err(engine)?;
                }
                (Goal::Edges(default), [from, to]) => {
                    let from = from.get(row).ok_or_else(|| missing("_from"))?;
                    let to = to.get(row).ok_or_else(|| missing("_to"))?;
                    let label = own.or(default.as_deref()).ok_or_else(|| missing("_label"))?;
                    load.edge(label, from, to, &properties).map_err(engine)?;
                }
                _ => return Err(Failure::internal().into()),
            }
        }
        Ok(())
    }
}
