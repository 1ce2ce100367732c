//! The client of a health check, for the shell: GET /health/ready.

use std::{io, time::Duration};

use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, header::HOST};
use serde_json::Value as Json;
use tokio::time::timeout;
use wend_bolt::client::{Address, ClientError};

use crate::web::{Connected, connect, silent};

/// The most bytes read of an answer.
const MOST: usize = 64 << 10;

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it serves statements.
    pub ready: bool,
    /// `ready`, `stopping` or `failed`.
    pub status: String,
}

/// Asks a server whether it is ready.
///
/// # Errors
/// When nothing answers there in time, or not as a server of WendDB that takes such connections.
pub fn ping(address: &Address, patience: Duration) -> Result<Answer, ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { timeout(patience, ask(address, patience)).await.map_err(|_| silent())? })
}

async fn ask(address: &Address, patience: Duration) -> Result<Answer, ClientError> {
    let Connected { mut sender, host, .. } = connect(address, patience).await?;
    let request = Request::get("/health/ready").header(HOST, host).body(Empty::<Bytes>::new());
    let answer = sender.send_request(request.map_err(io::Error::other)?).await.map_err(io::Error::other)?;
    let code = answer.status();
    let body = Limited::new(answer.into_body(), MOST).collect().await;
    let body: Json =
        body.ok().and_then(|body| serde_json::from_reader(body.aggregate().reader()).ok()).unwrap_or_default();
    let Some(status) = body["status"].as_str() else {
        return Err(io::Error::other(format!("it answers {code}, and not as WendDB does")).into());
    };
    Ok(Answer { ready: code == StatusCode::OK && status == "ready", status: status.chars().take(100).collect() })
}
