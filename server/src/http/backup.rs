//! An online backup over HTTP: the database is copied, the copy is sent as a tar stream and then removed.

use std::{
    io::{self, Write},
    path::Path,
    sync::Arc,
};

use bytes::Bytes;
use hyper::{
    Response, StatusCode,
    header::{CONTENT_DISPOSITION, HeaderValue},
};
use tokio::sync::mpsc;
use wenddb::host::Role;

use super::{
    body::{Aborted, Body, Piece},
    keep_open::KeepOpen,
    problem::Problem,
};
use crate::{
    auth::User,
    failure::Failure,
    scratch::{Purpose, Scratch},
    shared::Shared,
};

/// The bytes of a piece.
const PIECE: usize = 256 << 10;

/// Responds with a copy of the database as it is now.
pub(super) async fn send(user: &User, shared: &Arc<Shared>, held: KeepOpen) -> Result<Response<Body>, Problem> {
    if user.role < Role::Admin {
        let message = format!("a backup has the users in it, and {} has the role {}", user.name, user.role.name());
        return Err(Failure::new("Neo.ClientError.Security.Forbidden", "42NFF", message).into());
    }
    let Ok(place) = shared.backups.clone().try_acquire_owned() else {
        let message = "a backup is being sent already; try again when it has ended";
        return Err(Failure::new("Neo.TransientError.Request.NoThreadsAvailable", "25N14", message).into());
    };
    let database = shared.database.clone();
    let copied = shared.pool.run(false, move || {
        let copy = Scratch::name(&database, Purpose::Backup);
        database.backup(copy.path()).map(|()| copy)
    });
    let copy = copied.await.map_err(|_| Failure::internal())?.map_err(|error| {
        tracing::error!(%error, "a backup could not be made");
        Failure::engine(&error, "")
    })?;
    let (out, pieces) = mpsc::channel::<Piece>(2);
    // A thread for this response waits for the client. It ends with the connection, which is closed when the client
    // does not read.
    let sender = std::thread::Builder::new().name("backup".to_owned()).spawn(move || {
        let mut pieces = Pieces { out, piece: Vec::with_capacity(PIECE) };
        let sent = tar_of(copy.path(), &mut pieces);
        if let Err(error) = sent {
            tracing::info!(%error, "a backup was not sent to its end");
            let _ = pieces.out.blocking_send(Err(Aborted));
        }
        drop((copy, place, held));
    });
    if let Err(error) = sender {
        tracing::error!(%error, "no thread to send a backup");
        return Err(Failure::internal().into());
    }
    tracing::info!(user = user.name, "a backup is sent");
    let mut response = Body::answer(StatusCode::OK, "application/x-tar", Body::Stream(pieces));
    let name = HeaderValue::from_static("attachment; filename=\"backup.tar\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

fn tar_of(directory: &Path, out: &mut Pieces) -> io::Result<()> {
    let mut archive = tar::Builder::new(&mut *out);
    archive.mode(tar::HeaderMode::Deterministic);
    archive.follow_symlinks(false);
    archive.append_dir_all("", directory)?;
    archive.finish()?;
    drop(archive);
    out.flush()
}

/// A writer that sends what is written to the response, piece by piece.
struct Pieces {
    out: mpsc::Sender<Piece>,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE)));
        self.out.blocking_send(Ok(piece)).map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the client is gone"))
    }
}
