//! HTTP on the port: Neo4j's Query API, results as JSON lines and as Arrow, bulk import, import of tables, tasks,
//! the Model Context Protocol, health, metrics, the console, and Bolt within a WebSocket. `openapi.json` describes the interface, docs/server.md explains it.
//!
//! hyper implements the protocol. `guard` refuses requests that foreign web pages cause, `login` authenticates, `route`
//! is the table of paths, `request` decodes requests and `format` encodes results, `execute` runs statements, `expiry`
//! ends abandoned transactions.

mod arrow;
pub(crate) mod backup;
mod body;
mod console;
mod execute;
mod expiry;
mod format;
mod guard;
mod keep_open;
mod login;
mod mcp;
mod plain;
mod problem;
pub mod request;
mod route;
mod tables;
mod tasks;
pub mod typed;
mod websocket;

use std::{convert::Infallible, sync::Arc, time::Instant};

use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
    },
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Map, Value as Json, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{mpsc, oneshot},
};
use wenddb::{
    Session,
    host::{Host, HostedSession},
};

pub use self::arrow::read::Batches;
use self::{
    arrow::{ArrowFormat, import},
    body::{Body, Piece},
    execute::{Head, Work, Worker},
    expiry::{expire, roll_back},
    format::{Format, document, lines},
    keep_open::KeepOpen,
    problem::Problem,
    request::{Ask, Form},
    route::Operation,
};
use crate::{
    auth::User,
    budget::Share,
    failure::Failure,
    metrics::Gauges,
    shared::{Peer, Phase, Shared},
    statement::{deadline, take_graph},
    stream::{Socket, TimedWrites},
    transactions::Open,
};

/// The description of the interface, for programs and people.
const OPENAPI: &str = include_str!("openapi.json");

/// The most bytes of a request line with headers, and of one read of a body.
const HEAD: usize = 64 << 10;

/// Longer bodies are decoded on a worker.
const LONG_BODY: usize = 64 << 10;

/// The first four bytes of requests: a method and what follows it.
const METHODS: [&[u8]; 9] = [b"GET ", b"HEAD", b"POST", b"PUT ", b"DELE", b"OPTI", b"PATC", b"CONN", b"TRAC"];

/// Whether a connection's first bytes are those of HTTP.
pub(crate) fn begins(first: &[u8]) -> bool {
    METHODS.contains(&first)
}

/// Serves a connection until its end, and then waits for the jobs that belong to it.
pub(crate) async fn serve<S: Socket + 'static>(stream: S, shared: Arc<Shared>, peer: Peer) {
    let io = TokioIo::new(TimedWrites::new(stream, shared.limits.slow_reader));
    let (held, mut nothing_held) = mpsc::channel(1);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(shared.limits.login_time).max_buf_size(HEAD);
    let id = peer.id;
    let mut phase = shared.phase.clone();
    {
        let _open = shared.metrics.connected("http");
        let service = service_fn(|request| {
            let (shared, peer, held) = (shared.clone(), peer.clone(), held.clone());
            async move { Ok::<_, Infallible>(answer(request, shared, peer, held).await) }
        });
        let connection = builder.serve_connection(io, service).with_upgrades();
        tokio::pin!(connection);
        let mut told = false;
        let ended = loop {
            tokio::select! {
                ended = connection.as_mut() => break ended,
                _ = phase.wait_for(|phase| *phase >= Phase::Finishing), if !told => {
                    told = true;
                    connection.as_mut().graceful_shutdown();
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(connection = id, %error, "a connection of HTTP ended");
        }
    }
    drop(held);
    nothing_held.recv().await;
}

/// Answers the first request of a client beyond the limit of connections with the reason.
pub(crate) async fn refuse<S: Socket>(mut stream: S, status: &str, failure: &Failure) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(length @ 1..) if head.len() < HEAD => head.extend_from_slice(&buffer[..length]),
            _ => return,
        }
    }
    let body = json!({"errors": problem::errors(failure)}).to_string();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    if stream.write_all(answer.as_bytes()).await.is_ok() && stream.shutdown().await.is_ok() {
        while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
    }
}

async fn answer(request: Request<Incoming>, shared: Arc<Shared>, peer: Peer, held: KeepOpen) -> Response<Body> {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let reader = guard::check(&request, &shared);
    let page = reader.as_ref().ok().cloned().flatten();
    let answered = match reader {
        Ok(_) if method == Method::OPTIONS => Ok(preflight(page.is_some())),
        Ok(_) => respond(request, shared.clone(), &peer, held).await,
        Err(problem) => Err(problem),
    };
    let mut response = answered.unwrap_or_else(Problem::response);
    let status = response.status();
    shared.metrics.answered(status.as_u16());
    tracing::debug!(connection = peer.id, %method, path, status = status.as_u16(), "request");
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(page) = page {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
        headers.append(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// The headers that a foreign web page may set.
const ASKED_HEADERS: &str = "Authorization, Content-Type, Accept, MCP-Protocol-Version";

/// Answers a CORS preflight: may a foreign web page send its request?
fn preflight(allowed: bool) -> Response<Body> {
    let mut response = Body::text(StatusCode::NO_CONTENT, "text/plain", "");
    if allowed {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ASKED_HEADERS));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

async fn respond(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    peer: &Peer,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    if websocket::is_asked(&request) {
        return websocket::accept(request, shared, peer.clone(), held);
    }
    let (route, parts) = route::find(request.method(), request.uri().path())?;
    let mut parts = parts.into_iter();
    let mut part = || parts.next().unwrap_or_default();
    if route.open {
        return without_login(route.operation, &part(), &request, &shared, peer).await;
    }
    let user = login::login(request.headers(), &shared, peer).await?;
    match route.operation {
        Operation::Metrics => {
            let now = Gauges {
                path: shared.database.path(),
                disk: shared.database.disk_work(),
                transactions: shared.transactions.count(),
                queries: shared.database.queries().len(),
                tasks: shared.database.running_tasks(),
            };
            let text = shared.metrics.text(&now);
            return Ok(Body::text(StatusCode::OK, "text/plain; version=0.0.4", text));
        }
        Operation::Tasks => return tasks::list(session(&shared, &user, peer), &shared).await,
        Operation::Task => return tasks::one(session(&shared, &user, peer), part(), &shared).await,
        Operation::Backup => return backup::send(&user, &shared, held).await,
        Operation::TaskEvents => {
            let points = route::parameter(request.uri().query(), "points").is_some_and(|points| points == "true");
            return tasks::events(session(&shared, &user, peer), part(), points, &shared).await;
        }
        Operation::Mcp => return mcp::answer(request, route, user, &shared, peer, held).await,
        _ => {}
    }
    let graph = part();
    let query = request.uri().query().map(str::to_owned);
    match route.operation {
        Operation::Catalog => return console::catalog(session(&shared, &user, peer), graph, &shared).await,
        Operation::Embedding => {
            let session = session(&shared, &user, peer);
            return console::embedding(session, graph, query.as_deref(), user, shared, held).await;
        }
        _ => {}
    }
    if matches!(route.operation, Operation::ReceiveTables | Operation::ImportTables | Operation::ForgetTables) {
        let (session, import) = (session(&shared, &user, peer), part());
        return of_tables(request, route, (graph, import), session, user, shared, held).await;
    }
    if let Some(target) = import::target(route.operation, route::parameter(query.as_deref(), "label")) {
        guard::content_type(request.headers(), route.takes)?;
        let asked = route::parameter(query.as_deref(), "maxExecutionTime");
        let over = deadline(&shared.limits, user.role, request::execution_time(asked.as_deref())?, false);
        let session = session(&shared, &user, peer);
        return import::run(request.into_body(), session, graph, target, (user, over), shared, held).await;
    }
    let form = Form::wanted(request.headers())?;
    let (head, body) = request.into_parts();
    let mut share = shared.messages.share();
    let bytes = body::collect(&head.headers, body, &shared.limits, &mut share).await?;
    let typed = match bytes.is_empty() || route.takes.is_empty() {
        true => false,
        false => guard::content_type(&head.headers, route.takes)? == "application/vnd.neo4j.query",
    };
    let ask = if route.takes.is_empty() { Ask::default() } else { parse(bytes, typed, &shared).await? };
    let asked = Asked { shared, user, peer, graph, form, ask, held, share };
    match route.operation {
        Operation::Query => asked.query().await,
        Operation::BeginTransaction => asked.begin().await,
        Operation::RunInTransaction => asked.in_transaction(part(), false).await,
        Operation::Commit => asked.in_transaction(part(), true).await,
        Operation::KeepTransaction => asked.keep(&part()),
        Operation::Rollback => asked.roll_back(&part()).await,
        _ => Err(Failure::internal().into()),
    }
}

/// Answers a request about the import of tables: into a graph, and of an earlier upload.
async fn of_tables(
    request: Request<Incoming>,
    route: &route::Route,
    (graph, upload): (String, String),
    session: Session,
    user: User,
    shared: Arc<Shared>,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    if route.operation == Operation::ForgetTables {
        return tables::forget(&upload, &graph, &user, &shared);
    }
    let asked = route::parameter(request.uri().query(), "maxExecutionTime");
    let deadline = deadline(&shared.limits, user.role, request::execution_time(asked.as_deref())?, false);
    let (head, body) = request.into_parts();
    if route.operation == Operation::ReceiveTables {
        guard::content_type(&head.headers, route.takes)?;
        return tables::receive(body, tables::Asked { session, graph, user, deadline, shared, held }).await;
    }
    let mut share = shared.messages.share();
    let bytes = body::collect(&head.headers, body, &shared.limits, &mut share).await?;
    if !bytes.is_empty() {
        guard::content_type(&head.headers, route.takes)?;
    }
    tables::work(&upload, &bytes, tables::Asked { session, graph, user, deadline, shared, held }).await
}

/// Answers paths that need no login.
async fn without_login(
    operation: Operation,
    part: &str,
    request: &Request<Incoming>,
    shared: &Shared,
    peer: &Peer,
) -> Result<Response<Body>, Problem> {
    Ok(match operation {
        Operation::Discovery if console::wants_page(request.headers()) => console::file("", request.headers())?,
        Operation::ConsoleFile => console::file(part, request.headers())?,
        Operation::Discovery => Body::json(StatusCode::OK, &discovery(request, shared, peer)),
        Operation::Live => Body::json(StatusCode::OK, &json!({"status": "live"})),
        Operation::Ready => ready(shared).await,
        Operation::OpenApi => Body::text(StatusCode::OK, "application/json", OPENAPI),
        _ => return Err(Problem::anonymous()),
    })
}

/// The writer of a form.
fn format(form: Form) -> Box<dyn Format> {
    match form {
        Form::Arrow => Box::new(ArrowFormat::default()),
        Form::Json => document(plain::write),
        Form::Typed => document(typed::write),
        Form::JsonLines => lines(plain::write),
        Form::TypedLines => lines(typed::write),
        Form::ConsoleLines => lines(typed::write_with_vectors),
    }
}

/// Decodes a body; a long one on a worker.
async fn parse(bytes: Vec<u8>, typed: bool, shared: &Shared) -> Result<Ask, Problem> {
    let memory = shared.limits.message_memory;
    if bytes.len() <= LONG_BODY {
        return request::read(&bytes, typed, memory);
    }
    let read = shared.pool.run(false, move || request::read(&bytes, typed, memory));
    read.await.map_err(|_| Failure::internal())?
}

/// The discovery document, which clients read before their login.
fn discovery(request: &Request<Incoming>, shared: &Shared, peer: &Peer) -> Json {
    let host = request.headers().get(hyper::header::HOST).and_then(|host| host.to_str().ok());
    let here = shared.advertised.clone().or_else(|| host.map(str::to_owned)).unwrap_or_else(|| peer.local.to_string());
    let secure = if peer.encrypted { "s" } else { "" };
    json!({
        "bolt_direct": format!("bolt{}://{here}", if peer.encrypted { "+s" } else { "" }),
        "bolt_routing": format!("neo4j{}://{here}", if peer.encrypted { "+s" } else { "" }),
        "query": format!("http{secure}://{here}/db/{{databaseName}}/query/v2"),
        "openapi": format!("http{secure}://{here}/openapi.json"),
        "neo4j_version": shared.compatible_version(),
        "neo4j_edition": "community",
        "wenddb_version": env!("CARGO_PKG_VERSION"),
    })
}

/// Readiness: whether statements can be served, including those that change data.
async fn ready(shared: &Shared) -> Response<Body> {
    let database = shared.database.clone();
    let looked = shared.pool.run(true, move || database.health().and_then(|()| database.session().names().map(drop)));
    let running = *shared.phase.borrow() == Phase::Running;
    let not_ready = match looked.await {
        Ok(Ok(())) if running => return Body::json(StatusCode::OK, &json!({"status": "ready"})),
        _ if !running => json!({"status": "stopping"}),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database is not ready");
            json!({"status": "failed", "gqlStatus": error.gqlstatus()})
        }
        _ => json!({"status": "failed"}),
    };
    Body::json(StatusCode::SERVICE_UNAVAILABLE, &not_ready)
}

/// A session for one request.
fn session(shared: &Shared, user: &User, peer: &Peer) -> Session {
    let mut session = shared.database.session();
    user.enter(&mut session);
    session.set_client(Some(&peer.client.to_string()));
    session.refuse_transaction_statements();
    session
}

/// A request with a statement.
struct Asked<'p> {
    shared: Arc<Shared>,
    user: User,
    peer: &'p Peer,
    graph: String,
    form: Form,
    ask: Ask,
    held: KeepOpen,
    /// Its share of the memory of all messages, held until the statement has ended.
    share: Share,
}

impl Asked<'_> {
    /// Runs a statement in a transaction of its own.
    async fn query(mut self) -> Result<Response<Body>, Problem> {
        let Some(statement) = self.ask.statement.take() else {
            return Err(Problem::body("the body is a JSON object with \"statement\""));
        };
        let session = session(&self.shared, &self.user, self.peer);
        let over = deadline(&self.shared.limits, self.user.role, self.ask.timeout, false);
        let graph = Some(std::mem::take(&mut self.graph));
        self.run(session, statement, graph, over, None, StatusCode::ACCEPTED).await
    }

    async fn begin(mut self) -> Result<Response<Body>, Problem> {
        let over = deadline(&self.shared.limits, self.user.role, self.ask.timeout, false);
        let open = self.shared.transactions.add(self.user.clone(), &self.graph, over, &self.shared.limits)?;
        tokio::spawn(expire(open.clone(), self.shared.clone()));
        let (mut session, graph) = (session(&self.shared, &self.user, self.peer), self.graph.clone());
        let read_only = self.ask.read_only;
        let begun = self.shared.pool.run(false, move || {
            let begun = take_graph(&mut session, &graph).and_then(|()| session.begin_transaction(read_only));
            (session, begun)
        });
        let session = match begun.await {
            Ok((session, Ok(()))) => session,
            failed => {
                self.shared.transactions.remove(&open);
                return Err(match failed {
                    Ok((_, Err(error))) => Failure::engine(&error, "").into(),
                    _ => Failure::internal().into(),
                });
            }
        };
        match self.ask.statement.take() {
            Some(statement) => {
                self.run(session, statement, None, over, Some((open, false)), StatusCode::ACCEPTED).await
            }
            None => {
                open.give_back(session, &self.shared.limits);
                Ok(Body::json(StatusCode::ACCEPTED, &json!({"transaction": open.json()})))
            }
        }
    }

    async fn in_transaction(mut self, id: String, commit: bool) -> Result<Response<Body>, Problem> {
        let (open, session) = self.shared.transactions.take(&id, &self.user, &self.graph)?;
        let over = open.deadline;
        if let Some(statement) = self.ask.statement.take() {
            return self.run(session, statement, None, over, Some((open, commit)), StatusCode::ACCEPTED).await;
        }
        if !commit {
            open.give_back(session, &self.shared.limits);
            return Err(Problem::body("the body is a JSON object with \"statement\""));
        }
        // The commit continues when the client is gone.
        let (out, _closed) = mpsc::channel(1);
        let worker = Worker { shared: self.shared.clone(), out, deadline: over, user: self.user.clone() };
        let held = self.held.clone();
        let done = tokio::spawn(async move {
            let done = execute::commit(&worker, session).await;
            worker.shared.transactions.remove(&open);
            drop(held);
            done
        });
        done.await.map_err(|_| Failure::internal())??;
        Ok(Body::json(StatusCode::ACCEPTED, &Json::Object(execute::committed(&self.shared))))
    }

    /// Extends the time until the transaction is rolled back.
    fn keep(self, id: &str) -> Result<Response<Body>, Problem> {
        let (open, session) = self.shared.transactions.take(id, &self.user, &self.graph)?;
        open.give_back(session, &self.shared.limits);
        Ok(Body::json(StatusCode::OK, &json!({"transaction": open.json()})))
    }

    async fn roll_back(self, id: &str) -> Result<Response<Body>, Problem> {
        let (open, session) = self.shared.transactions.take(id, &self.user, &self.graph)?;
        self.shared.transactions.remove(&open);
        roll_back(session, &self.shared).await;
        Ok(Body::json(StatusCode::OK, &Json::Object(Map::new())))
    }

    /// Runs a statement in a task that notices when the client is gone.
    async fn run(
        self,
        session: Session,
        statement: String,
        graph: Option<String>,
        deadline: Option<Instant>,
        transaction: Option<(Arc<Open>, bool)>,
        status: StatusCode,
    ) -> Result<Response<Body>, Problem> {
        let (out, pieces) = mpsc::channel::<Piece>(2);
        let (tell, told) = oneshot::channel();
        let over_as_task = crate::statement::deadline(&self.shared.limits, self.user.role, self.ask.timeout, true);
        let worker = Worker { shared: self.shared.clone(), out, deadline, user: self.user.clone() };
        let work = Work {
            statement,
            task_deadline: over_as_task,
            params: self.ask.params,
            read_only: self.ask.read_only,
            counters: self.ask.counters,
            graph,
            format: format(self.form),
            transaction,
        };
        let (held, share) = (self.held, self.share);
        tokio::spawn(async move {
            execute::run(worker, session, work, tell).await;
            drop((held, share));
        });
        let head = told.await.map_err(|_| Failure::internal())??;
        let body = match head {
            Head::Whole(bytes) => Body::Whole(Some(bytes.into())),
            Head::Stream => Body::Stream(pieces),
        };
        Ok(Body::answer(status, self.form.content_type(), body))
    }
}
