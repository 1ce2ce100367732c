//! Bodies: responses, whole or streamed, and requests read within the limits.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Response, StatusCode,
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue},
};
use tokio::sync::mpsc;

use super::problem::Problem;
use crate::{budget::Share, limits::Limits};

/// The error that aborts a streamed response: the connection closes, so that the client does not take a part for the
/// whole.
#[derive(Debug)]
pub(super) struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was not finished")
    }
}

impl std::error::Error for Aborted {}

/// A piece of a response, or its abort.
pub(super) type Piece = Result<Bytes, Aborted>;

/// The body of a response.
#[derive(Debug)]
pub(super) enum Body {
    /// The whole body.
    Whole(Option<Bytes>),
    /// A stream of pieces. Dropping the receiver tells the sender that the client is gone.
    Stream(mpsc::Receiver<Piece>),
}

impl Body {
    /// A JSON response.
    pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
        Self::text(status, "application/json", value.to_string())
    }

    /// A response with a text as its body.
    pub(super) fn text(status: StatusCode, kind: &'static str, text: impl Into<Bytes>) -> Response<Body> {
        Self::answer(status, kind, Body::Whole(Some(text.into())))
    }

    /// A response.
    pub(super) fn answer(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        match self.get_mut() {
            Body::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Body::Stream(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Body::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Body::Stream(_) => SizeHint::default(),
        }
    }
}

impl From<Infallible> for Aborted {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Reads a request's body piece by piece, and refuses one that arrives too slowly.
pub(super) struct Pieces<'l> {
    body: Incoming,
    limits: &'l Limits,
    window: Instant,
    in_window: usize,
}

impl<'l> Pieces<'l> {
    pub(super) fn new(body: Incoming, limits: &'l Limits) -> Self {
        Pieces { body, limits, window: Instant::now(), in_window: 0 }
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let left = self.limits.slow_sender.saturating_sub(self.window.elapsed());
            let frame = match tokio::time::timeout(left, self.body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => return Err(Problem::body(format!("the body cannot be read: {error}"))),
                Err(_) if self.in_window >= self.limits.slow_sender_bytes => {
                    (self.window, self.in_window) = (Instant::now(), 0);
                    continue;
                }
                Err(_) => {
                    let message = "the rest of the body did not come in time";
                    return Err(Problem::request(StatusCode::REQUEST_TIMEOUT, message));
                }
            };
            // Trailers have no meaning here.
            if let Ok(data) = frame.into_data() {
                self.in_window += data.len();
                return Ok(Some(data));
            }
        }
    }

    /// The next bytes for a worker, so many or a few more, and whether they are the last.
    pub(super) async fn portion(&mut self, size: usize) -> Result<(Vec<u8>, bool), Problem> {
        let mut portion = Vec::new();
        while portion.len() < size {
            match self.next().await? {
                Some(piece) => portion.extend_from_slice(&piece),
                None => return Ok((portion, true)),
            }
        }
        Ok((portion, false))
    }

    /// Restarts the clock of the slow-sender check: while the server worked on the last pieces, the client could not
    /// send.
    pub(super) fn begin_anew(&mut self) {
        (self.window, self.in_window) = (Instant::now(), 0);
    }
}

/// Reads the whole body of a request.
pub(super) async fn collect(
    headers: &HeaderMap,
    body: Incoming,
    limits: &Limits,
    share: &mut Share,
) -> Result<Vec<u8>, Problem> {
    let most = limits.message;
    let too_long = || {
        let message = format!("the body is longer than the {most} bytes that max-message allows; send it in parts");
        Problem::request(StatusCode::PAYLOAD_TOO_LARGE, message)
    };
    let declared: Option<usize> = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|declared| declared > most) {
        return Err(too_long());
    }
    let mut pieces = Pieces::new(body, limits);
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await? {
        if bytes.len() + piece.len() > most {
            return Err(too_long());
        }
        bytes.extend_from_slice(&piece);
        share.hold(bytes.len())?;
    }
    share.hold_values(bytes.len(), limits.message_memory)?;
    Ok(bytes)
}
