//! `wend mcp` as a client starts it: the conversation in `tests/mcp/transcript.txt` is had again and its answers compared, and what is
//! served for reading cannot be changed.
//!
//! `# wend ARGUMENTS` starts the command in a directory with the database `club.wend`, `> ` sends a message, `< ` is what comes back.
//! `UPDATE_GOLDEN=1` writes the answers again.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use wend_tests::{root, wend_binary};

const TRICKS: &str = include_str!("../mcp/tricks.txt");

/// A running command.
struct Served {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Served {
    fn start(directory: &Path, arguments: &[&str]) -> Served {
        let mut command = Command::new(wend_binary());
        command.args(arguments).current_dir(directory);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Served { child, input, output }
    }

    fn send(&mut self, message: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{message}").and_then(|()| input.flush()).unwrap();
    }

    fn answer(&mut self) -> Json {
        let mut line = String::new();
        assert!(self.output.read_line(&mut line).unwrap() > 0, "the command ended");
        serde_json::from_str(&line).unwrap()
    }

    /// Closes its input: it ends by itself.
    fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

fn run(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(wend_binary()).args(arguments).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A directory with Zachary's karate club.
fn club() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| root().join("data/karate").join(name).display().to_string();
    let (nodes, edges) = (file("nodes.csv"), file("edges.csv"));
    run(directory.path(), &["import", "club.wend", "--nodes", &nodes, "--edges", &edges]);
    directory
}

/// Ids of tasks and times differ from run to run, and the last digits of floats from processor to processor.
fn masked(mut answer: Json) -> Json {
    let Some(text) = answer.pointer_mut("/result/content/0/text") else { return answer };
    if let Some(Ok(mut table)) = text.as_str().map(serde_json::from_str::<Json>)
        && let Some(columns) = table["columns"].as_array().cloned()
    {
        for row in table["rows"].as_array_mut().into_iter().flatten() {
            for (value, column) in row.as_array_mut().into_iter().flatten().zip(&columns) {
                if matches!(column.as_str(), Some("task_id" | "computeTimeMs" | "writeTimeMs")) && !value.is_null() {
                    *value = Json::from("...");
                }
                if let Some(float) = value.as_f64().filter(|_| value.is_f64()) {
                    *value = Json::from((float * 1e4).round() / 1e4);
                }
            }
        }
        *text = table;
    }
    answer
}

#[test]
fn the_transcript_is_as_it_was() {
    let path = root().join("tests/mcp/transcript.txt");
    let before = fs::read_to_string(&path).unwrap();
    let directory = club();
    let mut served: Option<Served> = None;
    let mut now = String::new();
    for line in before.lines().filter(|line| !line.starts_with("< ")) {
        now.push_str(line);
        now.push('\n');
        if let Some(arguments) = line.strip_prefix("# wend ") {
            served.take().into_iter().for_each(Served::end);
            served = Some(Served::start(directory.path(), &arguments.split(' ').collect::<Vec<_>>()));
        } else if let Some(message) = line.strip_prefix("> ") {
            let served = served.as_mut().expect("a command before the first message");
            served.send(message);
            let json: Option<Json> = serde_json::from_str(message).ok();
            if json.is_none_or(|json| json.is_array() || json.get("id").is_some()) {
                now.push_str(&format!("< {}\n", masked(served.answer())));
            }
        }
    }
    served.into_iter().for_each(Served::end);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return fs::write(&path, now).unwrap();
    }
    for (number, (now, before)) in (1..).zip(now.lines().zip(before.lines())) {
        assert_eq!(now, before, "tests/mcp/transcript.txt:{number}");
    }
    assert_eq!(now.lines().count(), before.lines().count());
}

/// Everything that is asked of a database from outside.
fn everything(directory: &Path) -> String {
    let all =
        "SHOW GRAPHS; SHOW LABELS; SHOW PROPERTY KEYS; SHOW INDEXES; SHOW MODELS; SHOW TASKS; SHOW USERS; SHOW TOKENS";
    let mut text = String::new();
    for gql in all.split("; ").chain(["MATCH (n) RETURN n ORDER BY n._id", "MATCH ()-[e]->() RETURN e ORDER BY e._id"])
    {
        text.push_str(&run(directory, &["club.wend", "--read-only", "--format", "jsonl", "-c", gql]));
    }
    text
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn what_is_served_for_reading_stays_as_it_is() {
    let directory = club();
    let here = directory.path();
    run(here, &["club.wend", "-c", "CREATE USER wend PASSWORD 'long enough' ROLE admin"]);
    run(here, &["club.wend", "-c", "CALL algo.node2vec.write({dimensions: 4}, {db: {property: 'embedding'}})"]);
    fs::write(here.join("people.csv"), "id\nevil\n").unwrap();
    let (before, files_before) = (everything(here), files(here));
    let task: String = before.split('"').find(|part| part.starts_with("task_") && part.len() > 20).unwrap().to_owned();
    let file = here.join("evil-file").display().to_string();
    let mut served = Served::start(here, &["mcp", "club.wend"]);
    for line in TRICKS.lines().filter(|line| !line.starts_with('#')) {
        let (kind, gql) = line.split_at(2);
        let gql = gql.replace("{task}", &task).replace("{query}", "q1").replace("{file}", &file);
        let call = json!({"name": "query", "arguments": {"gql": gql}});
        served.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).to_string());
        let answer = served.answer();
        let refused = answer["result"]["isError"] == true;
        // A comment alone is no statement, and does nothing.
        assert!(refused || kind == "= " || gql.starts_with("//"), "{gql}: {answer}");
    }
    for (name, arguments) in
        [("write", json!({"gql": "INSERT (:Evil)"})), ("run_algorithm", json!({"name": "degree", "write_to": "evil"}))]
    {
        let call = json!({"name": name, "arguments": arguments});
        served.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).to_string());
        let answer = served.answer();
        assert!(answer["result"]["isError"] == true || answer["error"]["code"] == -32602, "{name}: {answer}");
    }
    served.end();
    assert_eq!(everything(here), before);
    assert_eq!(files(here), files_before);
}
