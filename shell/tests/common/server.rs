//! `wend serve` as a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

/// A server that ends with the test.
pub struct Server {
    pub child: Child,
    /// As clients name it.
    pub address: String,
    /// Of the first user, where one was made.
    pub password: String,
    /// What it said until it served.
    pub said: String,
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Serves a database in memory.
    pub fn start(args: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wend"));
        command.args(["serve", ":memory:", "--listen", "127.0.0.1:0"]).args(args);
        Self::spawn(command)
    }

    /// Runs a command that serves.
    pub fn spawn(mut command: Command) -> Server {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut address, mut password, mut said) = (String::new(), String::new(), String::new());
        let mut err = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        for line in err.by_ref() {
            said.push_str(&line);
            said.push('\n');
            if let Some((_, rest)) = line.split_once("the password ") {
                password = rest.split('"').next().unwrap_or_default().trim().to_owned();
            }
            if let Some((_, rest)) = line.split_once(" at bolt") {
                let place = rest.split_once("://").unwrap().1.split(',').next().unwrap();
                let encrypted = rest.starts_with('+');
                address = format!("{}://{}", if encrypted { "bolt+s" } else { "bolt" }, place.trim());
                break;
            }
        }
        let log = std::thread::spawn(move || err.map(|line| line + "\n").collect());
        Server { child, address, password, said, log: Some(log) }
    }

    /// Host and port.
    pub fn place(&self) -> &str {
        self.address.split_once("://").unwrap().1
    }

    /// Sends a signal, such as TERM.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end of the process: its status, and what it logged while it served.
    pub fn ended(&mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        (status.code(), self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
