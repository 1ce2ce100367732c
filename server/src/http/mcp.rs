//! The Model Context Protocol over HTTP, `POST /mcp`: each request has its own login and is a message, or a batch of them. A client
//! that asked for progress and takes events gets its answer as a stream of them.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use hyper::{HeaderMap, Request, Response, StatusCode, body::Incoming as Stream, header::ACCEPT};
use serde_json::Value as Json;
use tokio::sync::{mpsc, oneshot};
use wenddb::CancelToken;

use super::{
    LONG_BODY,
    body::{self, Body, Piece},
    execute::Worker,
    guard,
    keep_open::KeepOpen,
    problem::Problem,
    route::Route,
};
use crate::{
    auth::User,
    failure::Failure,
    mcp::{self, Caller, Incoming, Message, Notify},
    shared::{Ended, Peer, Shared},
};

/// The header with the version of the protocol that client and server have agreed on.
const VERSION: &str = "MCP-Protocol-Version";

/// Notifications that wait for the client; further ones are left out, since the next says more.
const WAITING: usize = 64;

/// Answers a request.
pub(super) async fn answer(
    request: Request<Stream>,
    route: &Route,
    user: User,
    shared: &Arc<Shared>,
    peer: &Peer,
    held: KeepOpen,
) -> Result<Response<Body>, Problem> {
    let (head, incoming) = request.into_parts();
    guard::content_type(&head.headers, route.takes)?;
    let mut share = shared.messages.share();
    let bytes = body::collect(&head.headers, incoming, &shared.limits, &mut share).await?;
    let message = read(bytes, shared).await?;
    if !begins(&message)
        && let Some(problem) = other_version(&head.headers)
    {
        return Ok(Body::json(StatusCode::BAD_REQUEST, &mcp::refusal(&problem)));
    }
    let (messages, batch) = match message {
        Message::One(Incoming::Wrong(answer)) => return Ok(Body::json(StatusCode::BAD_REQUEST, &answer)),
        Message::One(message) => (vec![message], false),
        Message::Batch(messages) => (messages, true),
    };
    if !messages.iter().any(|message| matches!(message, Incoming::Request(_) | Incoming::Wrong(_))) {
        return Ok(Body::text(StatusCode::ACCEPTED, "application/json", ""));
    }
    let caller = Arc::new(Caller {
        database: shared.database.clone(),
        name: user.name.clone(),
        identity: user.identity,
        client: Some(peer.client.to_string()),
        role: user.role,
        allow_write: shared.mcp_allow_write,
        statement_time: shared.limits.query_time,
    });
    let id = messages.iter().find_map(|message| match message {
        Incoming::Request(request) => Some(request.id.clone()),
        _ => None,
    });
    let (out, pieces) = mpsc::channel::<Piece>(WAITING);
    let (tell, told) = oneshot::channel();
    let events = takes_events(&head.headers) && messages.iter().any(wants_progress);
    let notify: Option<Notify> = events.then(|| {
        let out = out.clone();
        let notify: Notify = Arc::new(move |message| drop(out.try_send(Ok(event(&message)))));
        notify
    });
    let worker = Worker { shared: shared.clone(), out, deadline: None, user };
    tokio::spawn(async move {
        let started = Instant::now();
        let cancel = CancelToken::new();
        let token = cancel.clone();
        let work = move || answers(messages, batch, &caller, &token, notify.as_ref());
        let done = worker.work(|| cancel.cancel(), false, work).await.map(|(answer, _)| answer);
        worker.shared.ended(&Ended {
            protocol: "http",
            statement: "(a message of the Model Context Protocol)",
            succeeded: done.is_ok(),
            time: started.elapsed(),
            rows: 0,
        });
        if events {
            let answer = done.unwrap_or_else(|_| mcp::broken(&id.unwrap_or_default()));
            // A client that is gone gets nothing.
            let _ = worker.out.send(Ok(event(&answer))).await;
        } else {
            drop(tell.send(done));
        }
        drop((held, share));
    });
    if events {
        return Ok(Body::answer(StatusCode::OK, "text/event-stream", Body::Stream(pieces)));
    }
    let answer = told.await.map_err(|_| Failure::internal())??;
    // Until here the pieces say that the client is there.
    drop(pieces);
    Ok(Body::json(StatusCode::OK, &answer))
}

/// Decodes a body; a long one on a worker.
async fn read(bytes: Vec<u8>, shared: &Shared) -> Result<Message, Problem> {
    let memory = shared.limits.message_memory;
    if bytes.len() <= LONG_BODY {
        return Ok(mcp::read(&bytes, memory));
    }
    let read = shared.pool.run(false, move || mcp::read(&bytes, memory));
    Ok(read.await.map_err(|_| Failure::internal())?)
}

/// The answers to the messages that want one.
fn answers(
    messages: Vec<Incoming>,
    batch: bool,
    caller: &Arc<Caller>,
    cancel: &CancelToken,
    notify: Option<&Notify>,
) -> Json {
    let one = |message| match message {
        Incoming::Request(request) => Some(mcp::answer(&request, caller, cancel, notify.cloned())),
        Incoming::Wrong(answer) => Some(answer),
        Incoming::Notification { .. } | Incoming::Response => None,
    };
    let mut answers: Vec<Json> = messages.into_iter().filter_map(one).collect();
    if batch { Json::Array(answers) } else { answers.pop().unwrap_or_default() }
}

/// Whether a message begins a conversation, in which the version is agreed on.
fn begins(message: &Message) -> bool {
    matches!(message, Message::One(Incoming::Request(request)) if request.method == "initialize")
}

/// What is wrong with the version that a request names.
fn other_version(headers: &HeaderMap) -> Option<String> {
    let named = headers.get(VERSION)?.to_str().unwrap_or_default();
    let known = mcp::VERSIONS.contains(&named);
    (!known).then(|| format!("this server speaks the versions {} of the protocol", mcp::VERSIONS.join(", ")))
}

fn takes_events(headers: &HeaderMap) -> bool {
    let texts = headers.get_all(ACCEPT).into_iter().filter_map(|header| header.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/event-stream")
    })
}

fn wants_progress(message: &Incoming) -> bool {
    let Incoming::Request(request) = message else { return false };
    let token = request.params.get("_meta").and_then(|meta| meta.get("progressToken"));
    request.method == "tools/call" && token.is_some()
}

/// A message as an event.
fn event(message: &Json) -> Bytes {
    Bytes::from(format!("event: message\ndata: {message}\n\n"))
}
