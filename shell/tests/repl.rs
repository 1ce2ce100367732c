//! The interactive shell over a pseudo terminal, which util-linux's `script` provides; skipped where there is none.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A shell on a terminal.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
    _directory: tempfile::TempDir,
}

impl Terminal {
    /// Starts a shell in memory; none where there is no `script`.
    fn start() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new("script")
            .args(["-qfec", env!("CARGO_BIN_EXE_wend"), "/dev/null"])
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
        Some(Terminal { child, keys, screen, _directory: directory })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits for a text, and forgets everything up to it.
    #[track_caller]
    fn expect(&self, wanted: &str) {
        let begun = Instant::now();
        loop {
            let text = self.text();
            if let Some(at) = text.find(wanted) {
                self.screen.lock().unwrap().drain(..at + wanted.len());
                return;
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
