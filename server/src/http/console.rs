//! The console over HTTP: its page and files, and what they ask for besides statements.

use std::sync::Arc;

use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderName,
        HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY,
    },
};
use tokio::sync::{Semaphore, mpsc};
use wenddb::{CancelToken, RunOptions, Session};

use super::{body::Body, execute::Worker, keep_open::KeepOpen, problem::Problem, route::parameter};
use crate::{
    auth::User,
    console::{self, File, map},
    failure::Failure,
    shared::Shared,
    statement::{deadline, take_graph},
};

/// Whether a client of `/` is a browser that wants a page; the clients of the query interface want JSON there.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    names(headers, &ACCEPT, "text/html")
}

/// Whether a header's list has an entry.
fn names(headers: &HeaderMap, header: &HeaderName, wanted: &str) -> bool {
    let mut lists = headers.get_all(header).iter().filter_map(|list| list.to_str().ok());
    lists.any(|list| {
        list.split(',').any(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
            named && !parts.any(|part| part == "q=0")
        })
    })
}

/// The page (the file without a name) or one of its files.
pub(super) fn file(name: &str, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    let Some(File { kind, bytes, packed, tag }) = console::file(name) else {
        return Err(Problem::request(StatusCode::NOT_FOUND, format!("the console has no file `{name}`")));
    };
    let known = names(headers, &IF_NONE_MATCH, tag);
    let pack = names(headers, &ACCEPT_ENCODING, "gzip");
    let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let body: &'static [u8] = match (known, pack) {
        (true, _) => b"",
        (false, true) => packed,
        (false, false) => bytes,
    };
    let mut response = Body::text(status, kind, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(console::POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    headers.insert(ETAG, HeaderValue::from_static(tag));
    if pack && !known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// What the editor knows of the language and the graph.
pub(super) async fn catalog(session: Session, graph: String, shared: &Shared) -> Result<Response<Body>, Problem> {
    let done = shared.pool.run(true, move || {
        let mut session = session;
        take_graph(&mut session, &graph)?;
        console::catalog(&mut session, env!("CARGO_PKG_VERSION"))
    });
    let catalog = done.await.map_err(|_| Failure::internal())?.map_err(|error| Failure::engine(&error, ""))?;
    Ok(Body::json(StatusCode::OK, &catalog))
}

/// The maps that are computed at a time: a large one takes hundreds of megabytes beyond the memory of its statements.
static MAPS: Semaphore = Semaphore::const_new(2);

/// The map of a vector property, computed in a task that notices when the client is gone.
pub(super) async fn embedding(
    session: Session,
    graph: String,
    query: Option<&str>,
    user: User,
    shared: Arc<Shared>,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    let request = asked(query)?;
    let place = MAPS.acquire().await.map_err(|_| Failure::internal())?;
    let (out, pieces) = mpsc::channel(1);
    let worker = Worker { deadline: deadline(&shared.limits, user.role, None, false), shared, out, user };
    let done = tokio::spawn(async move {
        let cancel = CancelToken::new();
        let options = RunOptions { cancel: cancel.clone(), ..RunOptions::default() };
        let job = move || {
            let mut session = session;
            take_graph(&mut session, &graph)?;
            map::block(&mut session, &request, &options)
        };
        let (block, cut) = worker.work(|| cancel.cancel(), false, job).await?;
        drop((held, place));
        match (block, cut) {
            (Ok(block), _) => Ok(block),
            (Err(_), Some(cut)) => Err(cut.failure()),
            (Err(error), None) => Err(Failure::engine(&error, "")),
        }
    });
    let block = done.await.map_err(|_| Failure::internal())??;
    // Until here it tells the worker that the client is there.
    drop(pieces);
    Ok(Body::text(StatusCode::OK, "application/octet-stream", block))
}

/// Reads the parameters of a map.
fn asked(query: Option<&str>) -> Result<map::Request, Problem> {
    let given = |name: &str| parameter(query, name).filter(|text| !text.is_empty());
    let Some(property) = given("property") else {
        return Err(Problem::request(
            StatusCode::BAD_REQUEST,
            "name the property with the vectors: ?property=embedding",
        ));
    };
    let color = match (given("color"), given("compare")) {
        (Some(one), Some(other)) => map::Color::Equal(one, other),
        (Some(property), None) => map::Color::Property(property),
        (None, Some(_)) => {
            return Err(Problem::request(StatusCode::BAD_REQUEST, "compare names a property beside that of color"));
        }
        (None, None) if given("labels").is_some() => map::Color::Labels,
        (None, None) => map::Color::Nothing,
    };
    let layout = given("layout").map(|name| {
        let message = format!("layout is pca or umap, not {name:.40}");
        map::Layout::of(&name).ok_or_else(|| Problem::request(StatusCode::BAD_REQUEST, message))
    });
    Ok(map::Request { label: given("label"), property, color, layout: layout.transpose()?.unwrap_or_default() })
}
