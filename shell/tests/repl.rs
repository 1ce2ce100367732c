//! The interactive shell over a pseudo terminal, which util-linux's `script` provides; skipped where there is none.
#![cfg(target_os = "linux")]

use crate::common::server::Server;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A shell on a terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    directory: tempfile::TempDir,
}

impl Terminal {
    /// Starts a shell in memory; none where there is no `script`.
    fn start() -> Option<Self> {
        Terminal::run(env!("CARGO_BIN_EXE_wend"))
    }

    /// Starts a shell in memory on a terminal of so many columns.
    fn wide(columns: u16) -> Option<Self> {
        Terminal::run(&format!("stty cols {columns} rows 50; exec {}", env!("CARGO_BIN_EXE_wend")))
    }

    /// Runs a command on a terminal.
    fn run(command: &str) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new("script")
            .args(["-qfec", command, "/dev/null"])
            .current_dir(directory.path())
            .env("XDG_STATE_HOME", directory.path())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|_| eprintln!("skipped: there is no `script` here"))
            .ok()?;
        let mut output = child.stdout.take().unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                shared.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        let keys = child.stdin.take().unwrap();
        Some(Terminal { child, keys, screen, directory })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits for a text, and forgets everything up to it.
    #[track_caller]
    fn expect(&self, wanted: &str) {
        self.before(wanted);
    }

    /// Waits for a text, and gives what stood before it.
    #[track_caller]
    fn before(&self, wanted: &str) -> String {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if let Some(at) = text.find(wanted) {
                self.screen.lock().unwrap().drain(..at + wanted.len());
                return text[..at].to_owned();
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "no {wanted:?} in {text:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn send(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn ends(mut self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().unwrap();
        panic!("the shell did not end; screen: {:?}", self.text());
    }
}

#[test]
fn statements_over_lines_and_dot_commands() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("RETURN 40 + 2\r");
    terminal.expect("... ");
    terminal.send("AS answer;\r");
    terminal.expect("│ answer │");
    terminal.expect("42");
    terminal.expect("1 row");
    terminal.expect("wend> ");
    terminal.send("INSERT (:A {_id: 'a'});\r");
    terminal.expect("1 node inserted");
    terminal.send("START TRANSACTION;\r");
    terminal.expect("wend*> ");
    terminal.send("ROLLBACK;\r");
    terminal.expect("wend> ");
    terminal.send(".formt json\r");
    terminal.expect("did you mean .format?");
    terminal.send(".help\r");
    terminal.expect(".describe");
    terminal.send(".describe node2vec\r");
    terminal.expect("walkLength");
    terminal.send(".quit\r");
    terminal.ends();
}

#[test]
fn errors_leave_the_shell_running() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("RETURN (1;\r");
    terminal.expect("error[42001]");
    terminal.expect("wend> ");
    terminal.send("RETURN 7 AS seven;\r");
    terminal.expect("1 row");
    // Ctrl-D leaves.
    terminal.expect("wend> ");
    terminal.send("\x04");
    terminal.ends();
}

#[test]
fn tab_completes() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("CALL algo.node2vec.wr\t");
    terminal.expect("algo.node2vec.write");
    // Ctrl-C clears the line.
    terminal.send("\x03");
    terminal.expect("wend> ");
    terminal.send("\x04");
    terminal.ends();
}

#[test]
fn ctrl_c_cancels_the_statement_and_not_the_shell() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("FOR a IN RANGE(1, 9999) FOR b IN RANGE(1, 9999) FOR c IN RANGE(1, 9999) RETURN COUNT(*) AS n;\r");
    // The line end that Enter gives, and a moment for the statement to begin.
    terminal.expect("\n");
    std::thread::sleep(Duration::from_millis(700));
    terminal.send("\x03");
    terminal.expect("error[");
    terminal.expect("wend> ");
    terminal.send("RETURN 7 AS seven;\r");
    terminal.expect("1 row");
    terminal.send(".quit\r");
    terminal.ends();
}

/// The lines of a box on a screen.
fn boxed(screen: &str) -> Vec<&str> {
    screen.lines().map(str::trim_end).filter(|line| line.starts_with(['┌', '│', '╞', '└'])).collect()
}

#[test]
fn long_tables_are_cut_with_a_count() {
    let Some(mut terminal) = Terminal::wide(100) else { return };
    terminal.expect("wend> ");
    terminal.send("FOR i IN RANGE(1, 6892) RETURN i AS number;\r");
    let screen = terminal.before("... 6,852 more rows; .maxrows 0 shows all");
    assert_eq!(boxed(&screen).len(), 40 + 4, "{screen}");
    terminal.expect("6892 rows");
    terminal.expect("wend> ");
    terminal.send(".maxrows 3\r");
    terminal.expect("at most 3 rows of a table are shown");
    terminal.send("FOR i IN RANGE(1, 5) RETURN i AS number;\r");
    terminal.expect("... 2 more rows");
    terminal.send(".maxrows 0\r");
    terminal.expect("all rows are shown");
    terminal.expect("wend> ");
    terminal.send("FOR i IN RANGE(1, 100) RETURN i AS number;\r");
    let screen = terminal.before("100 rows");
    assert_eq!(boxed(&screen).len(), 100 + 4, "{screen}");
    // The lists of the catalog are whole.
    terminal.expect("wend> ");
    terminal.send(".maxrows 3\r");
    terminal.expect("at most 3 rows");
    terminal.expect("wend> ");
    terminal.send("SHOW FUNCTIONS;\r");
    let screen = terminal.before(" rows\r\n");
    assert!(!screen.contains("more rows"), "{screen}");
    terminal.send(".quit\r");
    terminal.ends();
}

#[test]
fn wide_tables_leave_columns_out() {
    let Some(mut terminal) = Terminal::wide(80) else { return };
    terminal.expect("wend> ");
    let columns: Vec<String> = (1..=12).map(|i| format!("'{}' AS column_{i}", "text ".repeat(4))).collect();
    let statement = format!("FOR i IN [1, 2, 3, 4, 5] RETURN {};\r", columns.join(", "));
    terminal.send(&statement);
    let screen = terminal.before("5 rows");
    let lines = boxed(&screen);
    assert_eq!(lines.len(), 5 + 4, "{screen}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{screen}");
    let header = lines[1];
    assert!(header.contains("column_1 ") && header.contains(" … ") && header.contains("column_12"), "{screen}");
    assert!(screen.contains(" more columns: column_") && screen.contains(".maxwidth 0 shows all"), "{screen}");
    terminal.expect("wend> ");
    terminal.send(".maxwidth 0\r");
    terminal.expect("no limit");
    terminal.expect("wend> ");
    terminal.send(&statement);
    let screen = terminal.before("5 rows");
    assert!(boxed(&screen)[1].contains("column_7"), "{screen}");
    terminal.send(".maxwidth\r");
    terminal.expect("as wide as the terminal");
    // A long text is cut in a table of many rows, and whole in one of a single row.
    terminal.expect("wend> ");
    terminal.send("FOR i IN RANGE(1, 9) RETURN i, 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi last' AS t;\r");
    let screen = terminal.before("9 rows");
    assert!(boxed(&screen).len() == 9 + 4 && boxed(&screen)[3].ends_with("… │"), "{screen}");
    terminal.expect("wend> ");
    terminal.send("FOR i IN RANGE(1, 1) RETURN i, 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi ' || 'abcdefghi last' AS t;\r");
    let screen = terminal.before("1 row");
    assert!(boxed(&screen).iter().any(|line| line.contains("last │") || line.contains("last ")), "{screen}");
    assert!(boxed(&screen).iter().all(|line| line.chars().count() <= 80), "{screen}");
    terminal.send(".quit\r");
    terminal.ends();
}

#[test]
fn catalog_and_help_keep_to_the_width() {
    let Some(mut terminal) = Terminal::wide(100) else { return };
    for command in
        ["SHOW TASKS;", "DESCRIBE ALGO gnn_embed;", ".help gnn_embed", ".help", ".algos", ".help MATCH", ".help MERGE"]
    {
        terminal.expect("wend> ");
        terminal.send(&format!("{command}\r"));
        // What was typed is echoed on a line of its own.
        terminal.expect("\n");
        let screen = terminal.before("wend> ");
        let wide =
            screen.lines().filter(|line| !line.contains('\u{1b}')).find(|line| line.trim_end().chars().count() > 100);
        assert!(wide.is_none(), "{command}: {wide:?}");
        terminal.send("\r");
    }
    terminal.expect("wend> ");
    terminal.send("\x04");
    terminal.ends();
}

#[test]
fn commands_work_within_a_statement() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("RETURN 1 AS one\r");
    terminal.expect("... ");
    terminal.send(".help MATCH\r");
    terminal.expect("Finds all places of a pattern");
    terminal.expect("the statement is not finished: end it with `;`, or drop it with Ctrl-C");
    for word in ["?", ":help", "help"] {
        terminal.expect("... ");
        terminal.send(&format!("{word}\r"));
        terminal.expect(".schema");
        terminal.expect("not finished");
    }
    terminal.expect("... ");
    terminal.send("\r");
    terminal.expect("... ");
    terminal.send("\r");
    terminal.expect("not finished");
    terminal.expect("... ");
    // The statement is still there.
    terminal.send(";\r");
    terminal.expect("│   1 │");
    terminal.expect("wend> ");
    terminal.send("?\r");
    terminal.expect(".schema");
    terminal.expect("wend> ");
    terminal.send(":play movies\r");
    terminal.expect("there is no command .play");
    terminal.expect("wend> ");
    terminal.send("RETURN 'open\r");
    terminal.expect("... ");
    terminal.send(".quit\r");
    terminal.expect("... ");
    terminal.send("' AS text;\r");
    terminal.expect("1 row");
    terminal.expect("wend> ");
    terminal.send("MATCH (n)\r");
    terminal.expect("... ");
    terminal.send("exit\r");
    terminal.ends();
}

#[test]
fn the_schema_is_shown() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send(".schema\r");
    terminal.expect("the graph is empty");
    terminal.expect("wend> ");
    terminal.send("INSERT (a:Person {_id: 'ann', age: 44, tags: ['x']})-[:KNOWS {since: 2019}]->(:Person {_id: 'bob'}), (a)-[:AT]->(:Company&Club {name: 'x'}), ({_id: 'n'});\r");
    terminal.expect("4 nodes inserted");
    terminal.expect("wend> ");
    terminal.send(".schema\r");
    for line in [
        "(:Club)  1 node",
        "(:Person)  2 nodes",
        "    age INT64 (50%), tags LIST<STRING> (50%)",
        "()  1 node without a label",
        "[:AT]  1 edge",
        "    (:Person)-[:AT]->(:Club&Company)  1",
        "[:KNOWS]  1 edge",
        "    since INT64",
    ] {
        terminal.expect(line);
    }
    // Many edges are counted by their labels.
    terminal.expect("wend> ");
    terminal.send("MATCH (n {_id: 'n'}) DETACH DELETE n;\r");
    terminal.expect("1 node deleted");
    terminal.expect("wend> ");
    terminal.send("MATCH (c:Company) REMOVE c:Club;\r");
    terminal.expect("1 label removed");
    terminal.expect("wend> ");
    terminal.send(
        "MATCH (a {_id: 'ann'}), (b:Company) FOR i IN RANGE(1, 10001) INSERT (a)-[:MANY]->(b), (b)-[:MANY]->(b);\r",
    );
    terminal.expect("20002 edges inserted");
    terminal.expect("wend> ");
    terminal.send(".schema\r");
    for line in
        ["[:MANY]  20,002 edges", "(:Company)-[:MANY]->(:Company)  10,001", "(:Person)-[:MANY]->(:Company)  10,001"]
    {
        terminal.expect(line);
    }
    terminal.expect("wend> ");
    terminal.send(".tables\r");
    terminal.expect("node labels:    Company, Person");
    terminal.send(".quit\r");
    terminal.ends();
}

#[test]
fn a_script_on_a_terminal_has_all_rows_and_keeps_to_the_width() {
    let wend = env!("CARGO_BIN_EXE_wend");
    let columns: Vec<String> = (1..=12).map(|i| format!("'some text' AS column_{i}")).collect();
    let statement = format!("FOR i IN RANGE(1, 60) RETURN {}", columns.join(", "));
    let Some(terminal) = Terminal::run(&format!("stty cols 80 rows 50; {wend} -c \"{statement}\"")) else { return };
    let screen = terminal.before("60 rows");
    assert_eq!(boxed(&screen).len(), 60 + 4, "{screen}");
    assert!(boxed(&screen).iter().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(screen.contains(" more columns: column_") && screen.contains("`| cat` shows all"), "{screen}");
    let Some(terminal) = Terminal::run(&format!("stty cols 80 rows 50; {wend} -c \"{statement}\" | cat")) else {
        return;
    };
    let screen = terminal.before("60 rows");
    assert!(screen.contains("column_7") && !screen.contains("more columns"), "{screen}");
}

#[test]
fn settings_are_answered() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    for (command, answer) in [
        (".timing on", "timing is on"),
        (".timing off", "timing is off"),
        (".format csv", "the format is csv"),
        (".mode table", "the format is table"),
        (".param age 30", "$age = 30"),
        (".param name=\"Ann\"", "$name = \"Ann\""),
        (":param city => \"Rome\"", "$city = \"Rome\""),
        (".param age", "$age is not set"),
    ] {
        terminal.send(&format!("{command}\r"));
        terminal.expect(answer);
        terminal.expect("wend> ");
    }
    terminal.send("RETURN $name || $city AS both;\r");
    terminal.expect("AnnRome");
    terminal.send(".quit\r");
    terminal.ends();
}

#[test]
fn passwords_are_not_in_the_history() {
    let Some(mut terminal) = Terminal::start() else { return };
    terminal.expect("wend> ");
    terminal.send("CREATE USER ann PASSWORD 'do not keep this' ROLE reader;\r");
    terminal.expect("ok");
    terminal.expect("wend> ");
    terminal.send("ALTER USER ann SET PASSWORD 'nor this one';\r");
    terminal.expect("ok");
    terminal.expect("wend> ");
    terminal.send("RETURN 'kept' AS k;\r");
    terminal.expect("1 row");
    let file = terminal.directory.path().join("wend").join("history");
    terminal.send(".quit\r");
    // The file is read when the shell has ended, and before its directory goes.
    let begun = Instant::now();
    while terminal.child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let history = std::fs::read_to_string(file).unwrap();
    assert!(history.contains("kept") && !history.contains("this"), "{history}");
}

#[test]
fn a_server_has_the_same_commands() {
    let server = Server::start(&["--no-auth"]);
    let command = format!("stty cols 100; exec {} --connect {}", env!("CARGO_BIN_EXE_wend"), server.address);
    let Some(mut terminal) = Terminal::run(&command) else { return };
    terminal.expect("connected to bolt://");
    terminal.expect("wend> ");
    terminal.send("INSERT (:Person {_id: 'ann', age: 44})-[:KNOWS]->(:Person {_id: 'bob'});\r");
    terminal.expect("2 nodes inserted");
    for (keys, said) in [
        (".param age 30", "$age = 30"),
        ("MATCH (p:Person) WHERE p.age > $age RETURN p._id AS id;", "ann"),
        (".labels", "node labels:    Person"),
        (".schema", "(:Person)-[:KNOWS]->(:Person)  1"),
        (".graphs", "default"),
        (".tasks", "0 rows"),
        (".algos", "algo.node2vec"),
        (".describe node2vec", "walkLength"),
        (".help MATCH", "Finds all places of a pattern"),
        (".backup x", "wend backup --connect"),
        ("FOR i IN RANGE(1, 1000) RETURN i;", "... 960 more rows"),
        (".format csv", "the format is csv"),
    ] {
        terminal.expect("wend> ");
        terminal.send(&format!("{keys}\r"));
        terminal.expect(said);
    }
    // Completion knows the labels of the server.
    terminal.expect("wend> ");
    terminal.send("MATCH (n:Pe\t");
    terminal.expect("Person");
    terminal.send("\x03");
    terminal.expect("wend> ");
    terminal.send("RETURN 1\r");
    terminal.expect("... ");
    terminal.send("quit\r");
    terminal.ends();
}
