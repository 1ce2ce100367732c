//! What goes on in a database now: its sessions, the transactions they have open and the statements they run, for SHOW SESSIONS,
//! SHOW TRANSACTIONS, SHOW QUERIES and KILL QUERY.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::{
    control::CancelToken,
    error::{Error, Result},
    value::{Value, moment::moment},
};

/// A statement that runs now, or whose rows have not all been read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunningQuery {
    /// What KILL QUERY takes.
    pub id: String,
    /// The session that runs it.
    pub session: String,
    /// The session's user, where it has one.
    pub user: Option<String>,
    /// Its text.
    pub text: Arc<str>,
    /// How long ago it began.
    pub elapsed: Duration,
    /// The rows it has given so far.
    pub rows: u64,
    started: Timestamp,
}

/// The sessions of a database.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    sessions: Mutex<BTreeMap<u64, Arc<SessionState>>>,
    next_session: AtomicU64,
    next_query: AtomicU64,
}

/// A session as others see it.
#[derive(Debug)]
pub(crate) struct SessionState {
    activity: Arc<Activity>,
    number: u64,
    started: Timestamp,
    about: Mutex<About>,
    running: Mutex<BTreeMap<u64, Arc<Progress>>>,
    /// The session is gone, and only its results are still being read.
    left: AtomicBool,
}

#[derive(Debug, Default)]
struct About {
    user: Option<String>,
    client: Option<String>,
    graph: String,
    /// Since when a transaction is open, and whether it only reads.
    transaction: Option<(Timestamp, bool)>,
}

#[derive(Debug)]
struct Progress {
    text: Arc<str>,
    started: Timestamp,
    since: Instant,
    rows: AtomicU64,
    cancel: CancelToken,
}

/// A statement's place among those that run; it leaves it when this goes.
#[derive(Debug)]
pub(crate) struct Running {
    session: Arc<SessionState>,
    number: u64,
    progress: Arc<Progress>,
}

impl Running {
    /// Counts rows of its result.
    pub(crate) fn gave(&self, rows: usize) {
        self.progress.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.session.running.lock().remove(&self.number);
        if self.session.left.load(Ordering::SeqCst) {
            self.session.leave();
        }
    }
}

impl SessionState {
    /// The session's name.
    pub(crate) fn id(&self) -> String {
        format!("s{}", self.number)
    }

    #[cfg(feature = "users")]
    pub(crate) fn set_user(&self, user: Option<&str>) {
        self.about.lock().user = user.map(str::to_owned);
    }

    pub(crate) fn user(&self) -> Option<String> {
        self.about.lock().user.clone()
    }

    #[cfg(feature = "users")]
    pub(crate) fn set_client(&self, client: Option<&str>) {
        self.about.lock().client = client.map(str::to_owned);
    }

    pub(crate) fn set_graph(&self, graph: &str) {
        graph.clone_into(&mut self.about.lock().graph);
    }

    /// Notes that a transaction began, or with `None` that it ended.
    pub(crate) fn set_transaction(&self, read_only: Option<bool>) {
        self.about.lock().transaction = read_only.map(|read_only| (Timestamp::now(), read_only));
    }

    /// Notes a statement that starts now.
    pub(crate) fn begin(self: &Arc<Self>, text: &str, cancel: &CancelToken) -> Arc<Running> {
        let number = self.activity.next_query.fetch_add(1, Ordering::Relaxed) + 1;
        let progress = Arc::new(Progress {
            text: text.into(),
            started: Timestamp::now(),
            since: Instant::now(),
            rows: AtomicU64::new(0),
            cancel: cancel.clone(),
        });
        self.running.lock().insert(number, progress.clone());
        Arc::new(Running { session: self.clone(), number, progress })
    }

    /// Takes the session off the list, when its last result is gone too.
    pub(crate) fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        if !self.running.lock().is_empty() {
            return;
        }
        self.activity.sessions.lock().remove(&self.number);
    }
}

/// Whose statements are shown with their texts.
pub(crate) enum QueryTexts {
    All,
    /// Those of a user.
    Of(Option<String>),
}

impl Activity {
    /// A new session.
    pub(crate) fn enter(self: &Arc<Self>, graph: &str) -> Arc<SessionState> {
        let number = self.next_session.fetch_add(1, Ordering::Relaxed) + 1;
        let about = About { graph: graph.to_owned(), ..About::default() };
        let state = Arc::new(SessionState {
            activity: self.clone(),
            number,
            started: Timestamp::now(),
            about: Mutex::new(about),
            running: Mutex::default(),
            left: AtomicBool::new(false),
        });
        self.sessions.lock().insert(number, state.clone());
        state
    }

    /// All statements that run, the oldest first.
    pub(crate) fn queries(&self) -> Vec<RunningQuery> {
        let mut found = BTreeMap::new();
        for session in self.sessions.lock().values() {
            let user = session.user();
            for (number, progress) in session.running.lock().iter() {
                let query = RunningQuery {
                    id: format!("q{number}"),
                    session: session.id(),
                    user: user.clone(),
                    text: progress.text.clone(),
                    elapsed: progress.since.elapsed(),
                    rows: progress.rows.load(Ordering::Relaxed),
                    started: progress.started,
                };
                found.insert(*number, query);
            }
        }
        found.into_values().collect()
    }

    /// Ends a statement.
    pub(crate) fn kill(&self, id: &str) -> Result<()> {
        let number: Option<u64> = id.strip_prefix('q').unwrap_or(id).parse().ok();
        let sessions = self.sessions.lock();
        let found = number
            .and_then(|number| sessions.values().find_map(|session| session.running.lock().get(&number).cloned()));
        match found {
            Some(progress) => {
                progress.cancel.cancel();
                Ok(())
            }
            None => Err(Error::reference(format!("no statement '{id}' is running"))
                .with_hint("SHOW QUERIES lists those that are; STOP TASK ends a task")),
        }
    }

    /// The columns of SHOW QUERIES.
    pub(crate) const QUERIES: [&str; 7] = ["queryId", "sessionId", "user", "query", "startedAt", "elapsedMs", "rows"];

    /// The rows of SHOW QUERIES.
    pub(crate) fn query_rows(&self, texts: &QueryTexts) -> Vec<Vec<Value>> {
        let row = |query: RunningQuery| {
            let shown = match texts {
                QueryTexts::All => true,
                QueryTexts::Of(user) => user.is_some() && *user == query.user,
            };
            vec![
                text(&query.id),
                text(&query.session),
                optional(query.user.as_deref()),
                optional(shown.then_some(&*query.text)),
                instant(query.started),
                Value::Int(i64::try_from(query.elapsed.as_millis()).unwrap_or(i64::MAX)),
                Value::Int(query.rows as i64),
            ]
        };
        self.queries().into_iter().map(row).collect()
    }

    /// The columns of SHOW SESSIONS.
    pub(crate) const SESSIONS: [&str; 7] =
        ["sessionId", "user", "client", "graph", "startedAt", "inTransaction", "queries"];

    /// The rows of SHOW SESSIONS.
    pub(crate) fn session_rows(&self) -> Vec<Vec<Value>> {
        let row = |session: &Arc<SessionState>| {
            let about = session.about.lock();
            vec![
                text(&session.id()),
                optional(about.user.as_deref()),
                optional(about.client.as_deref()),
                text(&about.graph),
                instant(session.started),
                Value::Bool(about.transaction.is_some()),
                Value::Int(session.running.lock().len() as i64),
            ]
        };
        self.sessions.lock().values().filter(|session| !session.left.load(Ordering::SeqCst)).map(row).collect()
    }

    /// The columns of SHOW TRANSACTIONS.
    pub(crate) const TRANSACTIONS: [&str; 5] = ["sessionId", "user", "access", "startedAt", "elapsedMs"];

    /// The rows of SHOW TRANSACTIONS.
    pub(crate) fn transaction_rows(&self) -> Vec<Vec<Value>> {
        let row = |session: &Arc<SessionState>| {
            let about = session.about.lock();
            let (since, read_only) = about.transaction?;
            let elapsed = Timestamp::now().duration_since(since).as_millis().max(0);
            Some(vec![
                text(&session.id()),
                optional(about.user.as_deref()),
                text(if read_only { "READ ONLY" } else { "READ WRITE" }),
                instant(since),
                Value::Int(i64::try_from(elapsed).unwrap_or(i64::MAX)),
            ])
        };
        self.sessions.lock().values().filter_map(row).collect()
    }
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

fn optional(value: Option<&str>) -> Value {
    value.map_or(Value::Null, text)
}

fn instant(at: Timestamp) -> Value {
    moment(at.as_microsecond())
}
