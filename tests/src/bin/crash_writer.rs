//! The process that the crash tests kill: it writes to a database until it dies, and says on standard output what has
//! been committed.
//!
//! `crash_writer insert PATH FIRST` inserts the nodes FIRST, FIRST + 1, ... with an edge to the node before, one
//! statement each, and prints each number once it is committed. `crash_writer embed PATH` writes embeddings of 8 and 16
//! dimensions in turn, and prints `begin D` before and `done D` after each. `crash_writer some PATH COUNT` inserts
//! nodes until it has COUNT or a commit fails; after one of unknown outcome it prints `stopped` when nothing is written
//! any more, and `reads N`. `crash_writer vectors PATH SEED` changes vectors under the index `near` and what has them, builds its
//! lists anew now and then, and prints a line after each commit; `crash_writer texts PATH SEED` does so with texts.

use std::io::Write;
use std::process::ExitCode;

use wenddb::{Database, Error, params};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["insert", path, first] => insert(path, first.parse().unwrap_or(0)),
        ["embed", path] => embed(path),
        ["vectors", path, seed] => change(path, seed.parse().unwrap_or(1), vectors),
        ["texts", path, seed] => change(path, seed.parse().unwrap_or(1), texts),
        ["some", path, count] => some(path, count.parse().unwrap_or(0)),
        _ => {
            eprintln!(
                "usage: crash_writer insert PATH FIRST | crash_writer embed PATH | crash_writer some PATH COUNT | crash_writer vectors | texts PATH SEED"
            );
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("crash_writer: {}: {error}", error.gqlstatus());
            ExitCode::FAILURE
        }
    }
}

/// One line at once, so that the reader has it before the next statement starts.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        // Nobody listens any more.
        std::process::exit(3);
    }
}

fn insert(path: &str, first: i64) -> Result<(), Error> {
    let database = Database::open(path)?;
    let mut session = database.session();
    for number in first.. {
        let id = number.to_string();
        if number == 0 {
            session.execute(
                "INSERT (:Item {_id: $id, number: $number})",
                params! {"id" => id.as_str(), "number" => number},
            )?;
        } else {
            let before = (number - 1).to_string();
            session.execute(
                "MATCH (b:Item {_id: $before}) INSERT (:Item {_id: $id, number: $number})-[:AFTER {number: $number}]->(b)",
                params! {"id" => id.as_str(), "before" => before.as_str(), "number" => number},
            )?;
        }
        say(&id);
    }
    Ok(())
}

fn embed(path: &str) -> Result<(), Error> {
    let database = Database::open(path)?;
    let mut session = database.session();
    for dimensions in [8_i64, 16].into_iter().cycle() {
        say(&format!("begin {dimensions}"));
        let rows = session.execute(
            "CALL algo.node2vec.write({dimensions: $dimensions, walkLength: 20, walksPerNode: 2}, {db: {property: \"embedding\"}})",
            params! {"dimensions" => dimensions},
        )?;
        for row in rows {
            row?;
        }
        say(&format!("done {dimensions}"));
    }
    Ok(())
}

/// A number below a bound, from the next state of a generator.
type Below<'a> = dyn FnMut(u64) -> u64 + 'a;

/// Changes items one by one: each change is a statement with its parameters.
fn change(
    path: &str,
    mut seed: u64,
    next: fn(&mut Below<'_>, &str) -> (&'static str, wenddb::Params),
) -> Result<(), Error> {
    let database = Database::open(path)?;
    let mut session = database.session();
    let mut below = |bound: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    for step in 0.. {
        let id = below(60).to_string();
        let (text, params) = next(&mut below, &id);
        session.execute(text, params)?;
        say(&step.to_string());
    }
    Ok(())
}

fn vectors(below: &mut Below<'_>, id: &str) -> (&'static str, wenddb::Params) {
    let numbers: Vec<f32> = (0..4).map(|_| below(201) as f32 / 100.0 - 1.0).collect();
    let text = match below(12) {
        0 => "MATCH (n {_id: $id}) DETACH DELETE n",
        1 => "MATCH (n {_id: $id}) REMOVE n:Item",
        2 => "MATCH (n {_id: $id}) SET n:Item",
        3 => "REFRESH INDEX near",
        4 => "MATCH (n {_id: $id}) REMOVE n.e",
        _ => "MERGE (n {_id: $id}) SET n:Item, n.e = $vector",
    };
    (text, params! {"id" => id, "vector" => numbers})
}

fn texts(below: &mut Below<'_>, id: &str) -> (&'static str, wenddb::Params) {
    let words: Vec<&str> = (0..below(6)).map(|_| ["alpha", "beta", "gamma", "delta"][below(4) as usize]).collect();
    let text = match below(8) {
        0 => "MATCH (n {_id: $id}) DETACH DELETE n",
        1 => "MATCH (n {_id: $id}) REMOVE n:Item",
        2 => "MATCH (n {_id: $id}) SET n:Item",
        3 => "FOR i IN RANGE(1, 100) INSERT (:Item {text: $text})",
        4 => "MATCH (n:Item) WHERE n.text = $text DELETE n",
        _ => "MERGE (n {_id: $id}) SET n:Item, n.text = $text",
    };
    (text, params! {"id" => id, "text" => words.join(" ")})
}

fn some(path: &str, count: i64) -> Result<(), Error> {
    let database = Database::open(path)?;
    let mut session = database.session();
    for number in 0..count {
        let done = session.execute("INSERT (:Item {number: $number})", params! {"number" => number});
        if let Err(error) = done {
            if error.gqlstatus() == "40003" {
                let stopped = session.execute("INSERT (:Item {number: -1})", params! {}).is_err();
                if stopped && database.health().is_err() {
                    say("stopped");
                }
                let mut rows = session.execute("MATCH (n:Item) RETURN COUNT(*) AS c", params! {})?;
                if let Some(row) = rows.next() {
                    say(&format!("reads {}", row?.get::<i64>("c")?));
                }
            }
            return Err(error);
        }
        say(&number.to_string());
    }
    Ok(())
}
