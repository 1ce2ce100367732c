//! List-append histories of many clients, checked for snapshot isolation: every read is a prefix of the final list,
//! nothing is lost, doubled or of a transaction that was rolled back, a transaction sees its own appends and one state
//! besides, and the dependencies have no cycle that snapshot isolation forbids (of writes and reads, or with one
//! anti-dependency).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Instant;

use wenddb::{Database, ErrorKind, Value, params};

use super::{Random, time};

const KEYS: u64 = 5;
const CLIENTS: u64 = 6;

#[derive(Clone, Debug)]
enum Step {
    Append(usize, i64),
    Read(usize, Vec<i64>),
}

#[derive(Debug)]
struct Done {
    /// Where it begins and ends in the order of all events.
    begun: u64,
    ended: u64,
    committed: bool,
    steps: Vec<Step>,
}

fn list(value: &Value) -> Vec<i64> {
    match value {
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::Int(number) => *number,
                other => panic!("{other} in a list of numbers"),
            })
            .collect(),
        other => panic!("{other} is no list"),
    }
}

fn client(database: &Database, number: u64, clock: &AtomicU64, next: &AtomicI64, end: Instant) -> Vec<Done> {
    let mut random = Random::new(100 + number);
    let mut session = database.session();
    let mut all = Vec::new();
    while Instant::now() < end {
        let begun = clock.fetch_add(1, Ordering::SeqCst);
        let mut steps = Vec::new();
        let mut transaction = session.transaction().unwrap();
        let mut outcome = Ok(());
        for _ in 0..=random.below(4) {
            let key = random.below(KEYS) as usize;
            let id = format!("k{key}");
            if random.below(2) == 0 {
                let item = next.fetch_add(1, Ordering::SeqCst);
                steps.push(Step::Append(key, item));
                let gql = "MATCH (n {_id: $i}) SET n.l = n.l || [$x]";
                outcome = transaction.execute(gql, params! {"i" => id.as_str(), "x" => item}).map(drop);
            } else {
                let gql = [
                    "MATCH (n {_id: $i}) RETURN n.l AS l",
                    "MATCH (n:K) WHERE n._id = $i RETURN n.l AS l",
                    "MATCH (n:K) FILTER n._id || '' = $i RETURN n.l AS l",
                ][random.below(3) as usize];
                let mut rows = transaction.execute(gql, params! {"i" => id.as_str()}).unwrap();
                let row = rows.next().expect("a row").unwrap();
                steps.push(Step::Read(key, list(&row.get::<Value>("l").unwrap())));
            }
            if outcome.is_err() {
                break;
            }
        }
        let committed = match outcome {
            Ok(()) if random.below(10) == 0 => transaction.rollback().map(|()| false),
            Ok(()) => transaction.commit().map(|()| true),
            Err(error) => Err(error),
        };
        let committed = committed.unwrap_or_else(|error| {
            assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
            false
        });
        all.push(Done { begun, ended: clock.fetch_add(1, Ordering::SeqCst), committed, steps });
    }
    all
}

#[test]
fn histories_are_snapshot_isolated() {
    let database = Database::in_memory().unwrap();
    for key in 0..KEYS {
        database.session().execute("INSERT (:K {_id: $i, l: []})", params! {"i" => format!("k{key}")}).unwrap();
    }
    let (clock, next, history) = (AtomicU64::new(0), AtomicI64::new(1), Mutex::new(Vec::new()));
    let end = Instant::now() + time(4);
    std::thread::scope(|scope| {
        for number in 0..CLIENTS {
            let (database, clock, next, history) = (&database, &clock, &next, &history);
            scope.spawn(move || history.lock().unwrap().extend(client(database, number, clock, next, end)));
        }
    });
    let history = history.into_inner().unwrap();
    let finals: Vec<Vec<i64>> = (0..KEYS)
        .map(|key| {
            let mut session = database.session();
            let mut rows =
                session.execute("MATCH (n {_id: $i}) RETURN n.l AS l", params! {"i" => format!("k{key}")}).unwrap();
            list(&rows.next().unwrap().unwrap().get::<Value>("l").unwrap())
        })
        .collect();
    verify(&history, &finals);
    let appends: usize = finals.iter().map(Vec::len).sum();
    println!("{} transactions, {appends} appends committed", history.len());
    assert!(appends > 20);
}

fn verify(history: &[Done], finals: &[Vec<i64>]) {
    let mut maker = BTreeMap::new();
    for (number, done) in history.iter().enumerate() {
        for step in &done.steps {
            if let Step::Append(_, item) = step {
                maker.insert(*item, number);
            }
        }
    }
    for list in finals {
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "an append is there twice");
        assert!(list.iter().all(|item| history[maker[item]].committed), "an append that was rolled back is there");
    }
    // Dependencies: write after write, read of a write; and reads that a write came after.
    let mut after: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); history.len()];
    let mut anti = BTreeSet::new();
    for list in finals {
        for pair in list.windows(2).filter(|pair| maker[&pair[0]] != maker[&pair[1]]) {
            after[maker[&pair[0]]].insert(maker[&pair[1]]);
        }
    }
    for (number, done) in history.iter().enumerate().filter(|(_, done)| done.committed) {
        let mut own: BTreeMap<usize, Vec<i64>> = BTreeMap::new();
        let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
        for step in &done.steps {
            match step {
                Step::Append(key, item) => {
                    assert!(finals[*key].contains(item), "the append of {item} is lost");
                    own.entry(*key).or_default().push(*item);
                }
                Step::Read(key, read) => {
                    let own = own.get(key).cloned().unwrap_or_default();
                    let others = read.strip_suffix(&own[..]).expect("a transaction sees its own appends");
                    let list = &finals[*key];
                    assert!(list.starts_with(others), "a read is no prefix of the final list");
                    let before = *seen.entry(*key).or_insert(others.len());
                    assert_eq!(before, others.len(), "a read has moved within a transaction");
                    let must = list.iter().filter(|item| history[maker[*item]].ended < done.begun).count();
                    assert!(others.len() >= must, "a read is older than what was committed before");
                    if let Some(last) = others.last().filter(|last| maker[*last] != number) {
                        after[maker[last]].insert(number);
                    }
                    if let Some(next) = list.get(others.len()).filter(|next| maker[*next] != number) {
                        anti.insert((number, maker[next]));
                    }
                }
            }
        }
    }
    let order = topological(&after).expect("a cycle of writes and reads");
    for (from, to) in anti {
        assert!(!reaches(&after, &order, to, from), "a cycle with one anti-dependency");
    }
}

/// The place of each transaction in an order that keeps to all dependencies; `None` when there is a cycle.
fn topological(after: &[BTreeSet<usize>]) -> Option<Vec<usize>> {
    let mut open = vec![0; after.len()];
    after.iter().flatten().for_each(|to| open[*to] += 1);
    let mut ready: Vec<usize> = (0..after.len()).filter(|number| open[*number] == 0).collect();
    let mut place = vec![0; after.len()];
    let mut count = 0;
    while let Some(number) = ready.pop() {
        place[number] = count;
        count += 1;
        for to in &after[number] {
            open[*to] -= 1;
            if open[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    (count == after.len()).then_some(place)
}

fn reaches(after: &[BTreeSet<usize>], place: &[usize], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut left = vec![from];
    while let Some(number) = left.pop() {
        if number == to {
            return true;
        }
        left.extend(after[number].iter().filter(|next| place[**next] <= place[to] && seen.insert(**next)));
    }
    false
}
