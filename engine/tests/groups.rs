//! Embeddings in less memory than all columns take: in groups of columns, on views in files, with the vectors of an unlimited run.

use std::path::Path;

use wenddb::{CancelToken, Database, ErrorKind, Options, Row, RunOptions, Session, Value};

const NODES: usize = 3000;

/// A graph with hubs, loops, parallel edges, weights, and nodes without edges.
fn fill(path: &Path) {
    let mut session = database(path, 0).session();
    let mut load = session.load().unwrap();
    for node in 0..NODES {
        load.node(&format!("{node:04}"), &["N"], &[("size", Value::Int(node as i64 % 17))]).unwrap();
    }
    for edge in 0..30_000usize {
        let (from, to) = match edge {
            // Each loop twice.
            0..20 => (edge / 2, edge / 2),
            edge => (edge * 7919 % 2900, if edge % 4 == 0 { edge % 5 } else { edge * edge % 2903 % 2900 }),
        };
        let weight = Value::Int(1 + edge as i64 % 5);
        load.edge("R", &format!("{from:04}"), &format!("{to:04}"), &[("w", weight)]).unwrap();
    }
    load.finish().unwrap();
}

fn database(path: &Path, memory_limit: u64) -> Database {
    Database::open_with(path, Options { sync: false, threads: 2, memory_limit, ..Options::default() }).unwrap()
}

fn rows(session: &mut Session, text: &str) -> Result<Vec<Vec<Value>>, wenddb::Error> {
    session.execute(text, ())?.map(|row| row.map(Row::into_values)).collect()
}

fn vectors(session: &mut Session, property: &str) -> Vec<Vec<Value>> {
    rows(session, &format!("MATCH (n:N) RETURN n._id AS id, n.{property} AS e ORDER BY id")).unwrap()
}

/// What the mode `estimate` says: the plan, and the columns of its groups.
fn plan(session: &mut Session, algorithm: &str, arguments: &str) -> (String, usize) {
    let text = format!("CALL algo.{algorithm}.estimate({{{arguments}}}) YIELD plan, columnsAtOnce");
    match &rows(session, &text).unwrap()[..] {
        [row] => match &row[..] {
            [Value::String(plan), Value::Int(width)] => (plan.to_string(), *width as usize),
            [Value::String(plan), Value::Null] => (plan.to_string(), 0),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

/// All with weights: that parallel edges give a view weights is known only when it is there.
const CALLS: [(&str, &str); 7] = [
    ("node2vec", "walksPerNode: 1, walkLength: 10, weight: 'w'"),
    ("node2vec", "walksPerNode: 1, walkLength: 10, p: 0.5, q: 2, weight: 'w', isolated: 'skip'"),
    ("node2vec", "sampling: 'exact', walkLength: 10, window: 3, weight: 'w'"),
    ("node2vec", "sampling: 'exact', walkLength: 10, window: 3, weight: 'w', distanceNorm: true"),
    ("fastrp", "weight: 'w'"),
    ("fastrp", "iterationWeights: [0.5, 1.0], nodeSelfInfluence: 0.2, weight: 'w'"),
    ("fastrp", "featureProperties: ['size'], weight: 'w'"),
];

fn write(session: &mut Session, property: &str, (algorithm, arguments): (&str, &str)) -> Result<(), wenddb::Error> {
    let target = format!("{{db: {{property: '{property}'}}}}");
    let text = format!("CALL algo.{algorithm}.write({{{arguments}}}, {target}) YIELD nodesWritten");
    rows(session, &text).map(drop)
}

/// What is in a directory, by name.
fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        path.read_dir().unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn max_memory_makes_groups_with_the_same_vectors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    fill(&path);
    let database = database(&path, 0);
    let mut session = database.session();
    for (algorithm, arguments) in CALLS {
        write(&mut session, "e", (algorithm, arguments)).unwrap();
        let expected = vectors(&mut session, "e");
        let streamed =
            format!("CALL algo.{algorithm}({{{arguments}}}) YIELD nodeId, embedding ORDER BY nodeId RETURN *");
        let rows_of_all = rows(&mut session, &streamed).unwrap();
        assert!(plan(&mut session, algorithm, arguments).0 == "whole");
        let mut widths = Vec::new();
        let mut most = 16_000_000;
        loop {
            let limited = format!("{arguments}, maxMemory: {most}");
            let (plan, width) = plan(&mut session, algorithm, &limited);
            if plan == "refused" {
                break;
            }
            if plan == "groups" && !widths.contains(&width) {
                widths.push(width);
                if [1, 2, 8, 128].contains(&width) {
                    write(&mut session, "e", (algorithm, &limited)).unwrap();
                    assert!(vectors(&mut session, "e") == expected, "{algorithm} {limited}");
                    let limited = streamed.replace(arguments, &limited);
                    assert!(rows(&mut session, &limited).unwrap() == rows_of_all, "{algorithm} {limited}");
                }
            }
            most -= (most / 400).max(1);
        }
        // Where walks need tables, all columns at once take no more than a group of all; where what comes before the
        // columns takes most, two columns take no more than one.
        let wide = widths.first().is_some_and(|&width| width >= 64);
        let narrow = widths.last().is_some_and(|&width| width <= 2);
        assert!(wide && widths.contains(&8) && narrow, "{algorithm} {arguments}: {widths:?}");
        let error = write(&mut session, "e", (algorithm, &format!("{arguments}, maxMemory: {most}"))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory);
        assert!(error.to_string().contains("for one column at a time, and maxMemory is"), "{error}");
        assert!(vectors(&mut session, "e") == expected, "a refused call changes nothing");
    }
}

#[test]
fn views_that_do_not_fit_are_in_files() {
    const RANKS: &str = "CALL algo.pagerank.stream() YIELD nodeId, score RETURN nodeId, score";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    fill(&path);
    let (mut expected, ranks) = (Vec::new(), {
        let mut session = database(&path, 0).session();
        rows(&mut session, RANKS).unwrap()
    });
    for (number, call) in CALLS.into_iter().enumerate() {
        let mut session = database(&path, 0).session();
        write(&mut session, &format!("e{number}"), call).unwrap();
        expected.push(vectors(&mut session, &format!("e{number}")));
    }
    let mut seen = Vec::new();
    for limit in [400_000, 800_000, 1_600_000] {
        let mut written = Vec::new();
        {
            let mut session = database(&path, limit).session();
            for (number, (algorithm, arguments)) in CALLS.into_iter().enumerate() {
                let (plan, _) = plan(&mut session, algorithm, arguments);
                let result = write(&mut session, &format!("limited{number}"), (algorithm, arguments));
                if plan == "refused" {
                    assert_eq!(result.unwrap_err().kind(), ErrorKind::Memory);
                    continue;
                }
                match result {
                    // How much properties take is known when they have been read.
                    Err(error) if arguments.contains("featureProperties") && error.kind() == ErrorKind::Memory => {
                        continue;
                    }
                    result => result.unwrap_or_else(|error| panic!("{algorithm} {arguments} in {limit}: {error}")),
                };
                written.push(number);
                seen.push(plan);
            }
        }
        let mut session = database(&path, 0).session();
        for number in written {
            let vectors = vectors(&mut session, &format!("limited{number}"));
            assert!(vectors == expected[number], "{:?} in {limit}", CALLS[number]);
        }
    }
    assert!(seen.iter().any(|plan| plan == "groups, view in files"), "{seen:?}");
    let mut session = database(&path, 300_000).session();
    assert_eq!(plan(&mut session, "pagerank", "").0, "whole, view in files");
    assert!(rows(&mut session, RANKS).unwrap() == ranks);
}

#[test]
fn nothing_is_left_of_a_cancelled_run() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("db");
    fill(&path);
    let temporary = directory.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let options = Options { graph_view_directory: Some(temporary.clone()), threads: 2, ..Options::default() };
    let database = Database::open_with(&path, options).unwrap();
    let mut session = database.session();
    let arguments = "sampling: 'exact', weight: 'w', maxMemory: 800000";
    assert_eq!(plan(&mut session, "node2vec", arguments).0, "groups");
    let cancel = CancelToken::default();
    let stop = cancel.clone();
    let progress = move |progress: &wenddb::Progress| {
        if progress.stage == "expectation" && progress.fraction > 0.2 {
            stop.cancel();
        }
    };
    let options = RunOptions { cancel, progress: Some(std::sync::Arc::new(progress)), ..RunOptions::default() };
    let text = format!("CALL algo.node2vec.write({{{arguments}}}, {{db: {{property: 'e'}}}})");
    let statement = session.parse(&text).unwrap();
    let result = session.run_with(&statement, (), &options).and_then(|rows| rows.collect::<Result<Vec<_>, _>>());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(names(&temporary).is_empty(), "{:?}", names(&temporary));
    drop((session, database));
    // A directory that is not there is an error before any work that says which.
    let options = Options { graph_view_directory: Some(directory.path().join("absent")), ..Options::default() };
    let mut session = Database::open_with(&path, options).unwrap().session();
    let error = rows(&mut session, &text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("absent cannot be made"), "{error}");
}

#[test]
fn without_a_directory_what_does_not_fit_is_refused() {
    let database = Database::in_memory_with(Options { threads: 1, ..Options::default() }).unwrap();
    let mut session = database.session();
    session
        .execute(
            "FOR i IN RANGE(1, 2000) INSERT ({_id: CAST(i AS STRING)})-[:R]->({_id: 'b' || CAST(i AS STRING)})",
            (),
        )
        .unwrap();
    let arguments = "sampling: 'exact', maxMemory: 3000000";
    let error = rows(&mut session, &format!("CALL algo.node2vec.stats({{{arguments}}})")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    assert!(error.to_string().contains("lower dimensions from 128 to"), "{error}");
}
