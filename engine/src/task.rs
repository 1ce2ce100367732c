//! Tasks: writing calls of algorithms, with their state while they run and after a restart. Those that nobody waits for run on
//! threads of their own, a bounded number at a time; others are pending until one has ended.

use std::{collections::VecDeque, sync::Arc};

use parking_lot::{Condvar, Mutex};
use serde::{Deserialize, Serialize};
use wend_storage::{Access, Store, Transaction};

use crate::{
    control::{CancelToken, Watch},
    error::{Error, ErrorKind, Result},
    value::{
        Value,
        moment::{micros_now, moment},
    },
};

/// Tasks that may be pending at a time.
const MOST_PENDING: usize = 1000;

/// The work of a task in the background, which is given its id.
type Job = Box<dyn FnOnce(&str) + Send>;

/// Records of tasks as they were started, and of their outcome. The outcome of a finished write commits with what it
/// wrote, so a task is `completed` exactly when its result is there.
const STARTED: &str = "task";
const OUTCOME: &str = "task-outcome";

/// The columns of SHOW TASKS.
pub(crate) const COLUMNS: [&str; 10] = [
    "task_id",
    "type",
    "query",
    "status",
    "started_at",
    "progress",
    "nodes_written",
    "compute_time_ms",
    "write_time_ms",
    "error",
];

/// What is stored when a task starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Started {
    kind: String,
    query: String,
    graph: String,
    /// Microseconds since 1970-01-01 UTC.
    started_at: i64,
}

/// What is stored when it ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Completed { nodes_written: u64, compute_time_ms: u64, write_time_ms: u64 },
    Failed(String),
    Cancelled,
    Interrupted,
}

struct Task {
    id: String,
    started: Started,
    outcome: Option<Outcome>,
    progress: f64,
    /// What it is doing, in a few words; nothing before it begins.
    stage: String,
    cancel: CancelToken,
    /// For those who watch it train.
    watch: Arc<Watch>,
    /// It waits for others to end.
    pending: bool,
}

/// The tasks that nobody waits for.
#[derive(Default)]
struct Queue {
    /// Threads at work.
    running: usize,
    /// Those that have to wait, the oldest first.
    pending: VecDeque<(String, Job)>,
}

/// All tasks of a database, oldest first.
pub(crate) struct Tasks {
    store: Store,
    read_only: bool,
    tasks: Mutex<Vec<Task>>,
    ended: Condvar,
    /// How many run in the background at a time.
    most_running: usize,
    queue: Mutex<Queue>,
}

impl Tasks {
    /// Loads the tasks of earlier processes. One that has no outcome was interrupted.
    pub(crate) fn open(store: Store, read_only: bool, background_tasks: usize) -> Result<Self> {
        let tx = store.begin(Access::Read)?;
        let mut tasks = Vec::new();
        for (key, value) in tx.records(STARTED)? {
            let id = String::from_utf8_lossy(&key).into_owned();
            let started: Started = decode(&value)?;
            let outcome = match tx.get_record(OUTCOME, &key)? {
                Some(value) => decode(&value)?,
                None => Outcome::Interrupted,
            };
            let cancel = CancelToken::default();
            tasks.push(Task {
                id,
                started,
                outcome: Some(outcome),
                progress: 0.0,
                stage: String::new(),
                cancel,
                watch: Arc::default(),
                pending: false,
            });
        }
        tasks.sort_by_key(|task| task.started.started_at);
        let most_running = match background_tasks {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            most => most,
        };
        Ok(Tasks {
            store,
            read_only,
            tasks: Mutex::new(tasks),
            ended: Condvar::new(),
            most_running,
            queue: Mutex::default(),
        })
    }

    /// Registers a task that begins to run.
    pub(crate) fn start(&self, query: &str, graph: &str, cancel: CancelToken) -> Result<String> {
        self.register(query, graph, cancel, false)
    }

    /// Registers a task and runs it on a thread of its own, at once or when enough others have ended.
    ///
    /// # Errors
    /// When too many are pending, or the system gives no thread.
    pub(crate) fn start_in_background(
        self: &Arc<Self>,
        query: &str,
        graph: &str,
        cancel: CancelToken,
        job: Job,
    ) -> Result<String> {
        // Held until the task is in the list and in the queue, so that no two take the last place.
        let mut queue = self.queue.lock();
        if queue.pending.len() >= MOST_PENDING {
            let message = format!("{MOST_PENDING} tasks are pending already");
            return Err(Error::rule(message).with_hint("SHOW TASKS lists them; try again when some have ended"));
        }
        let waits = queue.running >= self.most_running;
        let id = self.register(query, graph, cancel, waits)?;
        queue.pending.push_back((id.clone(), job));
        if waits {
            return Ok(id);
        }
        queue.running += 1;
        let tasks = self.clone();
        let spawned = std::thread::Builder::new().name("wend-task".into()).spawn(move || tasks.work());
        if let Err(error) = spawned {
            queue.running -= 1;
            queue.pending.pop_back();
            drop(queue);
            let message = format!("no thread for the task: {error}");
            self.ended(&id, Outcome::Failed(message.clone()))?;
            return Err(Error::new(ErrorKind::Io, "22000", message));
        }
        Ok(id)
    }

    /// Runs pending tasks until there are none.
    fn work(&self) {
        loop {
            let mut queue = self.queue.lock();
            let Some((id, job)) = queue.pending.pop_front() else {
                queue.running -= 1;
                return;
            };
            if let Some(task) = self.tasks.lock().iter_mut().find(|task| task.id == id) {
                task.pending = false;
            }
            drop(queue);
            // A defect in one task ends that task, and neither this thread nor those that wait.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&id)));
            if done.is_err() {
                let _ = self.ended(&id, Outcome::Failed("the task met a state that it should not".to_owned()));
            }
        }
    }

    fn register(&self, query: &str, graph: &str, cancel: CancelToken, pending: bool) -> Result<String> {
        let id = format!("task_{}", uuid::Uuid::new_v4());
        let started = Started {
            kind: "algorithm".into(),
            query: query.trim().into(),
            graph: graph.into(),
            started_at: micros_now(),
        };
        self.put(STARTED, &id, &started)?;
        let stage = String::new();
        let watch = Arc::default();
        let task = Task { id: id.clone(), started, outcome: None, progress: 0.0, stage, cancel, watch, pending };
        self.tasks.lock().push(task);
        Ok(id)
    }

    /// Notes what a task is doing, and how far it is, from 0 to 1.
    pub(crate) fn progress(&self, id: &str, stage: &str, fraction: f64) {
        if let Some(task) = self.tasks.lock().iter_mut().find(|task| task.id == id) {
            task.progress = fraction;
            stage.clone_into(&mut task.stage);
        }
    }

    /// What a task was doing when it was last heard of; `None` for one that has ended or not begun.
    #[cfg(feature = "users")]
    pub(crate) fn stage(&self, id: &str) -> Option<String> {
        let tasks = self.tasks.lock();
        let task = tasks.iter().find(|task| task.id == id && task.outcome.is_none())?;
        Some(task.stage.clone()).filter(|stage| !stage.is_empty())
    }

    /// What passes between a running task and those who watch it.
    pub(crate) fn watch(&self, id: &str) -> Option<Arc<Watch>> {
        let tasks = self.tasks.lock();
        tasks.iter().find(|task| task.id == id && task.outcome.is_none()).map(|task| task.watch.clone())
    }

    /// Stores the outcome of a finished write in the transaction that makes it visible.
    pub(crate) fn store_outcome(&self, tx: &Transaction, id: &str, outcome: &Outcome) -> Result<()> {
        Ok(tx.put_record(OUTCOME, id.as_bytes(), &encode(outcome)?)?)
    }

    /// Notes that the transaction with the outcome committed.
    pub(crate) fn committed(&self, id: &str, outcome: Outcome) {
        if let Some(task) = self.tasks.lock().iter_mut().find(|task| task.id == id) {
            task.outcome = Some(outcome);
            task.watch = Arc::default();
        }
        self.ended.notify_all();
    }

    /// How many tasks run or are pending.
    pub(crate) fn running(&self) -> usize {
        self.tasks.lock().iter().filter(|task| task.outcome.is_none()).count()
    }

    /// Waits until no task runs or is pending.
    pub(crate) fn wait(&self) {
        let mut tasks = self.tasks.lock();
        while tasks.iter().any(|task| task.outcome.is_none()) {
            self.ended.wait(&mut tasks);
        }
    }

    /// Notes that a task ended without a result.
    pub(crate) fn ended(&self, id: &str, outcome: Outcome) -> Result<()> {
        let stored = self.put(OUTCOME, id, &outcome);
        self.committed(id, outcome);
        stored
    }

    /// Asks a running task to stop; a pending one is taken off the queue.
    pub(crate) fn stop(&self, id: &str) -> Result<()> {
        let mut queue = self.queue.lock();
        let waiting = queue.pending.len();
        queue.pending.retain(|(pending, _)| pending != id);
        if queue.pending.len() < waiting {
            return self.ended(id, Outcome::Cancelled);
        }
        drop(queue);
        let tasks = self.tasks.lock();
        let task = tasks.iter().find(|task| task.id == id).ok_or_else(|| unknown(id))?;
        if task.outcome.is_some() {
            return Err(Error::rule(format!("task '{id}' is not running any more")));
        }
        task.cancel.cancel();
        Ok(())
    }

    /// Forgets a task that has ended.
    pub(crate) fn delete(&self, id: &str) -> Result<()> {
        let mut tasks = self.tasks.lock();
        let position = tasks.iter().position(|task| task.id == id).ok_or_else(|| unknown(id))?;
        if tasks[position].outcome.is_none() {
            let state = if tasks[position].pending { "pending" } else { "still running" };
            return Err(Error::rule(format!("task '{id}' is {state}")).with_hint("STOP TASK first"));
        }
        let tx = self.store.begin(Access::Write)?;
        tx.delete_record(STARTED, id.as_bytes())?;
        tx.delete_record(OUTCOME, id.as_bytes())?;
        tx.commit()?;
        tasks.remove(position);
        Ok(())
    }

    /// The rows of SHOW TASKS.
    pub(crate) fn rows(&self) -> Vec<Vec<Value>> {
        self.tasks.lock().iter().map(row).collect()
    }

    /// The row of SHOW TASK.
    pub(crate) fn row(&self, id: &str) -> Result<Vec<Value>> {
        self.tasks.lock().iter().find(|task| task.id == id).map(row).ok_or_else(|| unknown(id))
    }

    fn put(&self, family: &str, id: &str, record: &impl Serialize) -> Result<()> {
        if self.read_only {
            return Ok(());
        }
        let tx = self.store.begin(Access::Write)?;
        tx.put_record(family, id.as_bytes(), &encode(record)?)?;
        tx.commit()?;
        Ok(())
    }
}

fn row(task: &Task) -> Vec<Value> {
    let int = |value: u64| Value::Int(value as i64);
    let (status, progress, figures, error) = match &task.outcome {
        None if task.pending => ("pending", 0.0, None, None),
        None => ("running", task.progress * 100.0, None, None),
        Some(Outcome::Completed { nodes_written, compute_time_ms, write_time_ms }) => {
            ("completed", 100.0, Some((*nodes_written, *compute_time_ms, *write_time_ms)), None)
        }
        Some(Outcome::Failed(message)) => ("failed", task.progress * 100.0, None, Some(message.clone())),
        Some(Outcome::Cancelled) => ("cancelled", task.progress * 100.0, None, None),
        Some(Outcome::Interrupted) => ("interrupted", 0.0, None, None),
    };
    let figure = |pick: fn((u64, u64, u64)) -> u64| figures.map_or(Value::Null, |figures| int(pick(figures)));
    vec![
        Value::String(task.id.as_str().into()),
        Value::String(task.started.kind.as_str().into()),
        Value::String(task.started.query.as_str().into()),
        Value::String(status.into()),
        moment(task.started.started_at),
        Value::Int(progress.round() as i64),
        figure(|(nodes, ..)| nodes),
        figure(|(_, compute, _)| compute),
        figure(|(.., write)| write),
        error.map_or(Value::Null, |message| Value::String(message.into())),
    ]
}

fn unknown(id: &str) -> Error {
    Error::reference(format!("there is no task '{id}'")).with_hint("SHOW TASKS lists them")
}

/// A record with its version byte.
fn encode(record: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_extend(record, vec![1u8]).map_err(|error| Error::internal(format!("a task cannot be stored: {error}")))
}

fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T> {
    let damaged = || Error::internal("the record of a task is damaged");
    match bytes.split_first() {
        Some((1, rest)) => postcard::from_bytes(rest).map_err(|_| damaged()),
        _ => Err(damaged()),
    }
}

/// Shared by everything that starts or looks at tasks.
pub(crate) type TaskList = Arc<Tasks>;

/// Tells the task list how the transaction of finished writes ended.
pub(crate) fn settle_tasks(list: &TaskList, tasks: Vec<(String, Outcome)>, error: Option<&Error>) -> Result<()> {
    for (id, outcome) in tasks {
        match error {
            None => list.committed(&id, outcome),
            Some(error) => list.ended(&id, Outcome::Failed(error.to_string()))?,
        }
    }
    Ok(())
}
