//! The server as a process: it serves until a signal stops it.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use wenddb::Database;

use crate::server::{Config, Server};

/// Serves a database until SIGTERM or Ctrl-C; SIGHUP reloads the certificate. `ready` is called with the address it
/// listens on.
///
/// # Errors
/// See [`Server::bind`].
pub fn serve_until_stopped(database: &Database, config: Config, ready: impl FnOnce(SocketAddr)) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("network").build()?;
    let served = runtime.block_on(async {
        let server = Server::bind(database.clone(), config).await?;
        let stop = stop_signal(server.reloader())?;
        ready(server.local_addr()?);
        server.run(stop).await;
        io::Result::Ok(())
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    served?;
    stop_tasks(database);
    tracing::info!("stopped");
    Ok(())
}

#[cfg(unix)]
fn stop_signal(reload: impl Fn() + Send + Sync + 'static) -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload();
        }
    });
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal(_: impl Fn() + Send + Sync + 'static) -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Cancels background tasks, so that they are recorded as cancelled and not as interrupted.
fn stop_tasks(database: &Database) {
    if database.running_tasks() == 0 {
        return;
    }
    let mut session = database.session();
    // Pending tasks come first: otherwise the end of a running one would start a pending one.
    let unfinished =
        "SHOW TASKS YIELD task_id, status FILTER status IN ['pending', 'running'] ORDER BY status RETURN task_id";
    let running = session.execute(unfinished, ());
    for row in running.into_iter().flatten().flatten() {
        if let Ok(id) = row.get::<String>("task_id") {
            // A task that has ended in the meantime needs no stop.
            let _ = database.session().execute("STOP TASK $id", [("id", id)]);
        }
    }
    let started = Instant::now();
    while database.running_tasks() > 0 && started.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
