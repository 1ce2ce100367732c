//! What fuzzing drives: any text is executed on a small graph.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use wenddb::{Database, InterruptHandle, Options};

/// A statement is interrupted when it has run for so long.
const TIME: Duration = Duration::from_millis(300);

/// An interrupted statement that runs for so long does not end.
const ENDLESS: Duration = Duration::from_secs(20);

/// After so many texts the graph is made anew.
const RENEW: u32 = 200;

const GRAPH: &str = "INSERT (a:Person {_id: 'a', name: 'Ann', age: 44, tags: ['x', 'y']}), \
    (b:Person {_id: 'b', name: 'Bob', age: 30}), (c:City&Place {_id: 'c', name: 'Ulm', at: DATE '2024-02-29'}), (d {_id: 'd'}), \
    (a)-[:KNOWS {since: 2019}]->(b), (b)-[:KNOWS {since: 2020}]->(a), (a)-[:LIVES_IN]->(c), (b)-[:LIVES_IN]->(c), \
    (d)-[:SELF]->(d), (a)-[:KNOWS]->(d)";

type Watched = Arc<Mutex<Option<(Instant, InterruptHandle)>>>;

/// A small graph on which texts are executed, and what interrupts those that take long.
pub struct Target {
    database: Database,
    runs: u32,
    watched: Watched,
}

impl Target {
    /// A fresh graph.
    ///
    /// # Panics
    /// When there is no database in memory.
    pub fn new() -> Target {
        let watched = Watched::default();
        let weak = Arc::downgrade(&watched);
        thread::spawn(move || watch(&weak));
        Target { database: database(), runs: 0, watched }
    }

    /// Executes a text and reads its rows; an error is as good as a result.
    ///
    /// # Panics
    /// When the database panics, or does not end.
    pub fn run(&mut self, text: &str) {
        self.runs += 1;
        if self.runs.is_multiple_of(RENEW) {
            self.database = database();
        }
        let mut session = self.database.session();
        let started = Instant::now();
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = Some((started, session.interrupt_handle()));
        // What is not committed is forgotten with the session, so that the graph stays small.
        let _ = session.execute("START TRANSACTION", ());
        if let Ok(rows) = session.execute(text, ()) {
            for row in rows.take(1_000) {
                match row {
                    Ok(row) => drop(format!("{:?}", row.values())),
                    Err(_) => break,
                }
            }
        }
        drop(session);
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Default for Target {
    fn default() -> Self {
        Target::new()
    }
}

fn database() -> Database {
    let options = Options { threads: 1, memory_limit: 64 << 20, ..Options::default() };
    let database = Database::in_memory_with(options).expect("a database in memory");
    database.session().execute(GRAPH, ()).expect("the graph");
    database
}

/// Interrupts what takes long, until the target is gone.
fn watch(watched: &Weak<Mutex<Option<(Instant, InterruptHandle)>>>) {
    while let Some(watched) = watched.upgrade() {
        if let Some((started, handle)) = &*watched.lock().unwrap_or_else(PoisonError::into_inner)
            && started.elapsed() > TIME
        {
            handle.interrupt();
            if started.elapsed() > ENDLESS {
                eprintln!("a statement does not end when it is interrupted");
                std::process::abort();
            }
        }
        drop(watched);
        thread::sleep(Duration::from_millis(20));
    }
}
