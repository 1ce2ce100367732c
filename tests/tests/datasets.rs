//! Whole runs on real graphs: import, all modes of node2vec, the vectors, export and backup. The graphs in data/ are always
//! run; a data set that is not on this machine is skipped, with the reason.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use wenddb::{Database, Import, ImportFile, Row, Session, params};

/// A graph and what is known about it.
struct Graph {
    name: &'static str,
    nodes: u64,
    edges: u64,
    directory: Result<PathBuf, String>,
}

fn main() {
    let arguments = Arguments::from_args();
    let shipped = |name: &str| Ok(wend_tests::root().join("data").join(name));
    let graphs = [
        Graph { name: "karate", nodes: 34, edges: 78, directory: shipped("karate") },
        Graph { name: "lesmis", nodes: 77, edges: 254, directory: shipped("lesmis") },
        Graph { name: "social", nodes: SOCIAL_NODES, edges: SOCIAL_EDGES, directory: shipped("social") },
        Graph { name: "cora", nodes: 2_708, edges: 5_278, directory: wend_tests::dataset("cora") },
    ];
    let trials = graphs
        .into_iter()
        .map(|graph| {
            let reason = graph.directory.as_ref().err().cloned();
            if let Some(reason) = &reason {
                eprintln!("skipped {}: {reason}", graph.name);
            }
            Trial::test(graph.name, move || run(&graph)).with_ignored_flag(reason.is_some())
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn run(graph: &Graph) -> Result<(), Failed> {
    let directory = graph.directory.clone()?;
    let temporary = tempfile::tempdir()?;
    let path = temporary.path().join("graph.wend");
    {
        let database = open(&path)?;
        load(&database, &directory, graph)?;
        modes(&mut database.session(), graph)?;
        let report = database.check().map_err(text)?;
        ensure(report.problems.is_empty(), || format!("{:#?}", report.problems))?;
        ensure(report.vectors == graph.nodes, || format!("{} vectors of {} nodes", report.vectors, graph.nodes))?;
    }

    // The vectors are there after a new start, and in a restored backup; exported files import again.
    let database = open(&path)?;
    let digest = vectors(&mut database.session())?;
    ensure(digest.len() as u64 == graph.nodes, || format!("{} vectors after opening again", digest.len()))?;
    let (backup, restored) = (temporary.path().join("backup"), temporary.path().join("restored.wend"));
    database.backup(&backup).map_err(text)?;
    Database::restore(&backup, &restored).map_err(text)?;
    ensure(vectors(&mut open(&restored)?.session())? == digest, || "the backup has other vectors".to_owned())?;

    let exported = temporary.path().join("export");
    let report = database.export("default", &exported).map_err(text)?;
    ensure((report.nodes, report.edges) == (graph.nodes, graph.edges), || {
        format!("exported {} nodes, {} edges", report.nodes, report.edges)
    })?;
    let of = |kind: &str| {
        let files = report
            .files
            .iter()
            .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(kind)));
        files.map(|path| ImportFile::new(path.clone())).collect::<Vec<_>>()
    };
    let again = open(&temporary.path().join("again.wend"))?;
    let import = Import { nodes: of("nodes"), edges: of("edges"), ..Import::default() };
    let report = again.import(&import).map_err(text)?;
    ensure((report.nodes, report.edges) == (graph.nodes, graph.edges), || {
        format!("imported what was exported: {} nodes, {} edges", report.nodes, report.edges)
    })
}

fn load(database: &Database, directory: &Path, graph: &Graph) -> Result<(), Failed> {
    let file = |name: &str| {
        let (plain, packed) = (directory.join(format!("{name}.csv")), directory.join(format!("{name}.csv.gz")));
        ImportFile::new(if plain.is_file() { plain } else { packed })
    };
    let import = Import { nodes: vec![file("nodes")], edges: vec![file("edges")], ..Import::default() };
    let report = database.import(&import).map_err(text)?;
    ensure((report.nodes, report.edges) == (graph.nodes, graph.edges), || {
        format!("imported {} nodes, {} edges", report.nodes, report.edges)
    })?;
    let mut session = database.session();
    let nodes = number(&mut session, "MATCH (n) RETURN COUNT(*) AS c")?;
    let edges = number(&mut session, "MATCH ()-[e]->() RETURN COUNT(*) AS c")?;
    ensure((nodes, edges) == (graph.nodes, graph.edges), || format!("{nodes} nodes, {edges} edges are matched"))
}

/// The four modes and the estimate, which must agree with one another.
fn modes(session: &mut Session, graph: &Graph) -> Result<(), Failed> {
    let estimate = rows(session, "CALL algo.node2vec.estimate({dimensions: 16})")?;
    ensure(estimate.len() == 1, || "estimate gives one row".to_owned())?;

    let setting = "{dimensions: 16, walksPerNode: 3, walkLength: 20, window: 5}";
    let ran = embeddings(session, &format!("CALL algo.node2vec({setting}) YIELD nodeId, embedding"))?;
    ensure(ran.len() as u64 == graph.nodes, || format!("run gives {} rows", ran.len()))?;
    for (id, vector) in &ran {
        let norm = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        ensure(vector.len() == 16, || format!("{id} has {} dimensions", vector.len()))?;
        ensure((norm - 1.0).abs() < 1e-4 || norm == 0.0, || format!("{id} has norm {norm}"))?;
    }

    let streamed = embeddings(
        session,
        &format!("CALL algo.node2vec.stream({setting}) YIELD nodeId, embedding RETURN nodeId, embedding"),
    )?;
    ensure(streamed == ran, || "stream gives other rows than run".to_owned())?;
    let alone = embeddings(
        session,
        "CALL algo.node2vec({dimensions: 16, walksPerNode: 3, walkLength: 20, window: 5, concurrency: 1}) YIELD nodeId, embedding",
    )?;
    ensure(alone == ran, || "one thread gives other bits".to_owned())?;

    let stats = rows(session, &format!("CALL algo.node2vec.stats({setting}) YIELD nodeCount, dimensions"))?;
    let figures = (stats[0].get::<i64>("nodeCount").map_err(text)?, stats[0].get::<i64>("dimensions").map_err(text)?);
    ensure(figures == (i64::try_from(graph.nodes)?, 16), || format!("stats gives {figures:?}"))?;

    let written = rows(
        session,
        &format!(
            "CALL algo.node2vec.write({setting}, {{db: {{property: \"embedding\"}}}}) YIELD task_id, nodesWritten"
        ),
    )?;
    let count = written[0].get::<i64>("nodesWritten").map_err(text)?;
    ensure(count == i64::try_from(graph.nodes)?, || format!("{count} nodes written"))?;
    let task = written[0].get::<String>("task_id").map_err(text)?;
    let shown = rows(session, &format!("SHOW TASK '{task}'"))?;
    let status = shown[0].get::<String>("status").map_err(text)?;
    ensure(status == "completed", || format!("the task is {status}"))?;

    let mut stored = vectors(session)?;
    let mut expected = ran;
    stored.sort_by(|a, b| a.0.cmp(&b.0));
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    ensure(stored == expected, || "the stored vectors are not those of run".to_owned())
}

/// The stored vectors, by `_id`.
fn vectors(session: &mut Session) -> Result<Vec<(String, Vec<f32>)>, Failed> {
    embeddings(
        session,
        "MATCH (n) WHERE n.embedding IS NOT NULL RETURN n._id AS nodeId, n.embedding AS embedding ORDER BY nodeId",
    )
}

fn embeddings(session: &mut Session, query: &str) -> Result<Vec<(String, Vec<f32>)>, Failed> {
    rows(session, query)?
        .iter()
        .map(|row| {
            let id = row.get::<String>("nodeId").map_err(text)?;
            let vector = row.get::<&[f32]>("embedding").map_err(text)?;
            Ok((id, vector.to_vec()))
        })
        .collect()
}

fn rows(session: &mut Session, query: &str) -> Result<Vec<Row>, Failed> {
    let rows =
        session.execute(query, params! {}).map_err(|error| format!("{query}: {}: {error}", error.gqlstatus()))?;
    rows.collect::<Result<Vec<Row>, _>>().map_err(text)
}

fn number(session: &mut Session, query: &str) -> Result<u64, Failed> {
    let rows = rows(session, query)?;
    Ok(u64::try_from(rows[0].get::<i64>("c").map_err(text)?)?)
}

fn open(path: &Path) -> Result<Database, Failed> {
    Database::open(path).map_err(text)
}

fn text(error: wenddb::Error) -> Failed {
    Failed::from(format!("{}: {error}", error.gqlstatus()))
}

fn ensure(condition: bool, message: impl FnOnce() -> String) -> Result<(), Failed> {
    if condition { Ok(()) } else { Err(Failed::from(message())) }
}

/// Counts of data/social (see its README).
const SOCIAL_NODES: u64 = 2_513;
const SOCIAL_EDGES: u64 = 8_037;
