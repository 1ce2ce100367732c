//! Runs the binary in a directory of its own.
#![allow(dead_code)]

pub mod server;

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A directory, and a command line to run in it.
pub struct Wend {
    directory: TempDir,
    args: Vec<String>,
    stdin: Vec<u8>,
}

/// What a run came to.
pub struct Outcome {
    /// Exit status.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Lives as long as this.
    _directory: Option<TempDir>,
}

impl Wend {
    /// A new empty directory.
    pub fn new() -> Self {
        Wend { directory: tempfile::tempdir().unwrap(), args: Vec::new(), stdin: Vec::new() }
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// Adds arguments.
    pub fn args<'a>(mut self, args: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// What standard input holds; nothing unless given.
    pub fn stdin(mut self, input: impl AsRef<[u8]>) -> Self {
        self.stdin = input.as_ref().to_vec();
        self
    }

    /// The command without input.
    pub fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wend"));
        command.args(args).current_dir(self.directory.path());
        command
    }

    /// Runs the arguments collected.
    pub fn run(self) -> Outcome {
        let mut outcome = output(self.command(&self.args), &self.stdin);
        outcome._directory = Some(self.directory);
        outcome
    }

    /// Runs other arguments in the same directory.
    pub fn again(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        output(self.command(args), b"")
    }
}

fn output(mut command: Command, input: &[u8]) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Outcome::of(output)
}

impl Outcome {
    /// What a process came to that was run otherwise.
    pub fn of(output: std::process::Output) -> Self {
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            _directory: None,
        }
    }

    /// Exit status 0.
    #[track_caller]
    pub fn succeeds(&self) {
        assert_eq!(self.code, Some(0));
    }

    /// Another exit status.
    #[track_caller]
    pub fn fails(&self, code: i32) {
        assert_eq!(self.code, Some(code));
    }
}

/// Lines of JSON.
pub fn json_lines(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// So that a failing assertion shows what the program said.
impl Drop for Outcome {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- exit {:?}\n--- stdout\n{:.2000}\n--- stderr\n{:.2000}", self.code, self.stdout, self.stderr);
        }
    }
}
