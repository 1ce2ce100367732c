//! Tasks over HTTP: lists, and a stream of events for one task.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Map, Value as Json, json};
use tokio::sync::mpsc;
use wenddb::{
    Rows, Session,
    host::{Host, TaskPoints},
};

use super::{
    body::{Body, Piece},
    problem::Problem,
};
use crate::{
    failure::Failure,
    shared::{Phase, Shared},
};

/// The interval between looks at a task.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The interval of events without news, which show that the server is alive.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Lists all tasks.
pub(super) async fn list(session: Session, shared: &Shared) -> Result<Response<Body>, Problem> {
    let (_, rows) = read(session, None, shared).await?;
    Ok(Body::json(StatusCode::OK, &json!({"tasks": rows})))
}

/// Describes one task.
pub(super) async fn one(session: Session, id: String, shared: &Shared) -> Result<Response<Body>, Problem> {
    let (_, mut rows) = read(session, Some(id), shared).await?;
    Ok(Body::json(StatusCode::OK, &rows.pop().unwrap_or_default()))
}

/// Streams the events of a task until it ends; with `points` also where nodes lie while it trains.
pub(super) async fn events(
    session: Session,
    id: String,
    points: bool,
    shared: &Arc<Shared>,
) -> Result<Response<Body>, Problem> {
    // An unknown task is an error of the request, not an event.
    let (session, mut rows) = read(session, Some(id.clone()), shared).await?;
    let (sender, pieces) = mpsc::channel(4);
    let points = points.then(Points::default);
    tokio::spawn(follow(session, id, rows.pop().unwrap_or_default(), points, sender, shared.clone()));
    Ok(Body::answer(StatusCode::OK, "text/event-stream", Body::Stream(pieces)))
}

/// What was told of the points of a task.
#[derive(Debug, Default)]
struct Points {
    /// The epoch of the last; 0 before the first.
    epoch: usize,
}

impl Points {
    /// The event of the next points, when there are any; the first has the `_id`s in it.
    fn event(&mut self, points: &TaskPoints) -> Option<String> {
        if points.epoch == self.epoch {
            return None;
        }
        let mut data = json!({
            "epoch": points.epoch,
            "loss": points.loss,
            "score": points.score,
            "places": rounded(&points.places),
        });
        if self.epoch == 0 {
            data["ids"] = json!(&points.ids[..]);
        }
        self.epoch = points.epoch;
        Some(format!("event: points\ndata: {data}\n\n"))
    }
}

/// Numbers to the fifth digit of the largest: a picture shows no more.
fn rounded(numbers: &[f32]) -> Vec<f64> {
    let numbers = numbers.iter().map(|&number| f64::from(number));
    let largest = numbers.clone().fold(0.0f64, |largest, number| largest.max(number.abs()));
    let scale = if largest > 0.0 && largest.is_finite() { 10f64.powi(5 - largest.log10().ceil() as i32) } else { 1.0 };
    numbers.map(|number| (number * scale).round() / scale).collect()
}

async fn follow(
    mut session: Session,
    id: String,
    mut task: Json,
    mut points: Option<Points>,
    out: mpsc::Sender<Piece>,
    shared: Arc<Shared>,
) {
    let mut told = Json::Null;
    let mut quiet = Duration::ZERO;
    let mut phase = shared.phase.clone();
    loop {
        let running = matches!(task["status"].as_str(), Some("pending" | "running"));
        if running && let Some(fields) = task.as_object_mut() {
            fields.insert("stage".to_owned(), json!(shared.database.task_stage(&id)));
        }
        let event = if task != told {
            quiet = Duration::ZERO;
            told = task.clone();
            Some(format!("event: {}\ndata: {task}\n\n", if running { "progress" } else { "end" }))
        } else if quiet >= ALIVE_EVERY {
            quiet = Duration::ZERO;
            Some(": still there\n\n".to_owned())
        } else {
            None
        };
        let seen = points.as_mut().filter(|_| running);
        let seen = seen.and_then(|seen| seen.event(&*shared.database.task_points(&id)?));
        for event in seen.into_iter().chain(event) {
            let sent = tokio::time::timeout(shared.limits.slow_reader, out.send(Ok(Bytes::from(event)))).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        if !running {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = out.closed() => return,
            _ = phase.wait_for(|phase| *phase >= Phase::Finishing) => return,
        }
        quiet += LOOK_EVERY;
        // The task was deleted: there are no more events.
        let Ok((back, mut rows)) = read(session, Some(id.clone()), &shared).await else { return };
        let Some(row) = rows.pop() else { return };
        (session, task) = (back, row);
    }
}

/// The rows of SHOW TASKS or SHOW TASK as JSON objects.
async fn read(session: Session, id: Option<String>, shared: &Shared) -> Result<(Session, Vec<Json>), Problem> {
    let done = shared.pool.run(true, move || {
        let mut session = session;
        let shown = match id {
            Some(id) => session.execute("SHOW TASK $id", [("id", id)]),
            None => session.execute("SHOW TASKS", ()),
        };
        let rows = shown.and_then(objects);
        (session, rows)
    });
    let (session, rows) = done.await.map_err(|_| Failure::internal())?;
    match rows {
        Ok(rows) => Ok((session, rows)),
        Err(error) if error.gqlstatus() == "42002" => {
            Err(Problem::from(Failure::engine(&error, "")).of_status(StatusCode::NOT_FOUND))
        }
        Err(error) => Err(Failure::engine(&error, "").into()),
    }
}

fn objects(rows: Rows) -> wenddb::Result<Vec<Json>> {
    rows.map(|row| {
        let row = row?;
        let fields = row.columns().iter().zip(row.values());
        Ok(Json::Object(fields.map(|(name, value)| (name.clone(), value.to_json())).collect::<Map<_, _>>()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_told_once_and_with_as_many_digits_as_are_seen() {
        assert_eq!(rounded(&[1.0 / 3.0, -0.5]), [0.33333, -0.5]);
        assert_eq!(rounded(&[1e-9 / 3.0, 1e-9]), [3.3333e-10, 1e-9]);
        assert_eq!(rounded(&[123_456_789.0, 0.0]), [123_460_000.0, 0.0]);
        assert_eq!((rounded(&[0.0, 0.0]), rounded(&[])), (vec![0.0, 0.0], vec![]));
        let mut told = Points::default();
        let mut points = TaskPoints::default();
        assert_eq!(told.event(&points), None);
        points.epoch = 3;
        points.ids = ["a".to_owned()].into();
        points.places = vec![1.0, 2.0];
        assert_eq!(
            told.event(&points).unwrap(),
            "event: points\ndata: {\"epoch\":3,\"loss\":0.0,\"score\":null,\"places\":[1.0,2.0],\"ids\":[\"a\"]}\n\n"
        );
        assert_eq!(told.event(&points), None);
        points.epoch = 4;
        assert!(!told.event(&points).unwrap().contains("ids"));
    }
}
