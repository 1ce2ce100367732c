//! The client of an online backup, for the shell: POST /backup, unpacked while it is received.

use std::{
    io::{self, Read},
    path::Path,
    sync::mpsc::{Receiver, sync_channel},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{AUTHORIZATION, HOST},
};
use serde_json::Value as Json;
use tokio::time::timeout;
use wend_bolt::client::{Address, ClientError, ServerFailure};

use crate::web::{Connected, connect, silent};

/// Time limits: of the connection, and of the server for each next part. The first part comes after the server has made
/// its copy.
const PATIENCE: Duration = Duration::from_secs(20);
const PATIENCE_FOR_THE_COPY: Duration = Duration::from_secs(24 * 3600);

/// The most bytes read of an error response.
const MOST_OF_A_REFUSAL: usize = 64 << 10;

type Piece = io::Result<Bytes>;

/// Copies the database of a server into a new directory. When this fails, the directory is incomplete. Gives the fingerprint of
/// the server's certificate, where the connection is encrypted.
///
/// # Errors
/// When there is no server, it reports a failure, the stream ends early, or the directory cannot be written.
pub fn backup(address: &Address, login: Option<(&str, &str)>, to: &Path) -> Result<Option<String>, ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, receiver) = sync_channel::<Piece>(4);
    let to = to.to_owned();
    let unpacking = std::thread::Builder::new().name("unpack".to_owned()).spawn(move || {
        let mut stream = Pieces { receiver, piece: Bytes::new() };
        std::fs::create_dir_all(&to)?;
        tar::Archive::new(&mut stream).unpack(&to)?;
        // Reads what follows the end of the archive, which shows whether the stream ended early.
        io::copy(&mut stream, &mut io::sink()).map(drop)
    })?;
    let asked: Result<Option<String>, ClientError> = runtime.block_on(async {
        let (mut answer, certificate) = ask(address, login).await?;
        loop {
            let frame = timeout(PATIENCE * 3, answer.body_mut().frame()).await;
            let piece = match frame {
                Ok(None) => return Ok(certificate),
                Ok(Some(Ok(frame))) => frame.into_data().map_or(Ok(Bytes::new()), Ok),
                Ok(Some(Err(error))) => Err(io::Error::other(format!("the backup ended early: {error}"))),
                Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "the rest of the backup did not come")),
            };
            let last = piece.is_err();
            // The unpacking thread ended with an error, which it reports itself.
            if sender.send(piece).is_err() || last {
                return Ok(certificate);
            }
        }
    });
    drop(sender);
    let unpacked = unpacking.join().map_err(|_| io::Error::other("the backup cannot be unpacked"))?;
    let certificate = asked?;
    unpacked?;
    Ok(certificate)
}

/// Sends the request and gives the response when it is a backup.
async fn ask(
    address: &Address,
    login: Option<(&str, &str)>,
) -> Result<(Response<Incoming>, Option<String>), ClientError> {
    let Connected { mut sender, host, certificate } = connect(address, PATIENCE).await?;
    let mut request = Request::post("/backup").header(HOST, host);
    if let Some((user, password)) = login {
        let login = STANDARD.encode(format!("{user}:{password}"));
        request = request.header(AUTHORIZATION, format!("Basic {login}"));
    }
    let request = request.body(Empty::<Bytes>::new()).map_err(io::Error::other)?;
    let answer = timeout(PATIENCE_FOR_THE_COPY, sender.send_request(request)).await;
    let answer = answer.map_err(|_| silent())?.map_err(io::Error::other)?;
    if answer.status() == StatusCode::OK {
        return Ok((answer, certificate));
    }
    let status = answer.status();
    let body = http_body_util::Limited::new(answer.into_body(), MOST_OF_A_REFUSAL).collect().await;
    let body: Json =
        body.ok().and_then(|body| serde_json::from_reader(body.aggregate().reader()).ok()).unwrap_or_default();
    let error = &body["errors"][0];
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    Err(ClientError::Server(ServerFailure {
        code: text("code").unwrap_or_default(),
        gqlstatus: text("gqlStatus"),
        message: text("message").unwrap_or_else(|| format!("the server answers {status}")),
        offset: None,
    }))
}

/// A reader of the pieces that another thread sends.
struct Pieces {
    receiver: Receiver<Piece>,
    piece: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.recv() {
                Ok(piece) => self.piece = piece?,
                Err(_) => return Ok(0),
            }
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
