//! The transport over lines: a client starts the process, writes a message a line and reads a message a line. Calls of tools run beside
//! each other, so that one can be cancelled; all else is answered at once.

use std::{
    collections::HashMap,
    io::{self, BufRead, Read, Write},
    sync::Arc,
    thread,
};

use crossbeam_channel::{Receiver, unbounded};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json};
use wenddb::{CancelToken, Database, host::Role};

use super::{
    caller::Caller,
    message::{Incoming, Message, Request, read},
    protocol::{Notify, answer, refusal},
};
use crate::limits::Limits;

/// The most bytes of a line.
const LONGEST_LINE: u64 = 16 << 20;

/// The memory that the values of a line may take.
const LINE_MEMORY: usize = 1 << 30;

/// Calls that run at a time; others wait.
const CALLS: usize = 4;

/// The stack of a call; the engine takes more where a statement needs it.
const STACK: usize = 4 << 20;

/// Serves a database to the one client at the other end of two streams, until the first ends. Without `allow_write` nothing that the
/// client sends changes anything.
///
/// # Errors
/// When a stream fails, or the system gives no thread.
pub fn serve(
    database: &Database,
    allow_write: bool,
    mut input: impl BufRead,
    output: impl Write + Send + 'static,
) -> io::Result<()> {
    let caller = Arc::new(Caller {
        database: database.clone(),
        name: "mcp".to_owned(),
        identity: None,
        client: None,
        role: Role::Editor,
        allow_write,
        statement_time: Limits::default().query_time,
    });
    let lines = Lines { output: Arc::new(Mutex::new(Box::new(output))), running: Arc::default() };
    let (calls, waiting) = unbounded::<Work>();
    let threads = (0..CALLS)
        .map(|number| {
            let (waiting, caller, lines) = (waiting.clone(), caller.clone(), lines.clone());
            let name = format!("call-{number}");
            thread::Builder::new().name(name).stack_size(STACK).spawn(move || work(&waiting, &caller, &lines))
        })
        .collect::<io::Result<Vec<_>>>()?;
    let served = take_in(&mut input, |line| {
        let Some(line) = line else {
            return lines.write(&refusal("the message is longer than 16 MiB; send less at a time"));
        };
        let (messages, batch) = match read(line, LINE_MEMORY) {
            Message::One(message) => (vec![message], false),
            Message::Batch(messages) => (messages, true),
        };
        let requests = messages.iter().filter(|message| matches!(message, Incoming::Request(_) | Incoming::Wrong(_)));
        let answers = Arc::new(Answers { left: Mutex::new((requests.count(), Vec::new())), batch });
        for message in messages {
            match message {
                Incoming::Response => {}
                Incoming::Wrong(answer) => lines.give(&answers, Some(answer))?,
                Incoming::Notification { method, params } => lines.notified(&method, &params),
                Incoming::Request(request) if request.method == "tools/call" => {
                    let cancel = lines.begin(&request.id);
                    // The threads live as long as this sender.
                    let _ = calls.send(Work { request, cancel, answers: answers.clone() });
                }
                Incoming::Request(request) => {
                    let answer = answer(&request, &caller, &CancelToken::new(), None);
                    lines.give(&answers, Some(answer))?;
                }
            }
        }
        Ok(())
    });
    if served.is_err() {
        // The client is gone: nobody reads the answers.
        lines.running.lock().values().for_each(CancelToken::cancel);
    }
    drop(calls);
    for thread in threads {
        // Calls are caught when they panic.
        let _ = thread.join();
    }
    served
}

/// A call of a tool.
struct Work {
    request: Request,
    cancel: CancelToken,
    answers: Arc<Answers>,
}

/// The answers to one line: a batch is answered by one.
struct Answers {
    /// How many are to come, and those that are there.
    left: Mutex<(usize, Vec<Json>)>,
    batch: bool,
}

/// Runs calls until there will be no more.
fn work(waiting: &Receiver<Work>, caller: &Arc<Caller>, lines: &Lines) {
    for Work { request, cancel, answers } in waiting {
        let notify: Notify = {
            let lines = lines.clone();
            Arc::new(move |message| drop(lines.write(&message)))
        };
        // A client that has cancelled a call wants no answer.
        let answer = (!cancel.is_cancelled()).then(|| answer(&request, caller, &cancel, Some(notify)));
        lines.end(&request.id);
        let _ = lines.give(&answers, answer.filter(|_| !cancel.is_cancelled()));
    }
}

/// What is written, and what runs.
#[derive(Clone)]
struct Lines {
    output: Arc<Mutex<Box<dyn Write + Send>>>,
    /// The calls that run or wait, by the text of their id.
    running: Arc<Mutex<HashMap<String, CancelToken>>>,
}

impl Lines {
    fn write(&self, message: &Json) -> io::Result<()> {
        let mut output = self.output.lock();
        output.write_all(format!("{message}\n").as_bytes())?;
        output.flush()
    }

    /// Gives an answer, or none.
    fn give(&self, answers: &Answers, answer: Option<Json>) -> io::Result<()> {
        if !answers.batch {
            return answer.map_or(Ok(()), |answer| self.write(&answer));
        }
        let whole = {
            let (left, there) = &mut *answers.left.lock();
            there.extend(answer);
            *left = left.saturating_sub(1);
            (*left == 0 && !there.is_empty()).then(|| std::mem::take(there))
        };
        whole.map_or(Ok(()), |answers| self.write(&Json::Array(answers)))
    }

    fn begin(&self, id: &Json) -> CancelToken {
        let cancel = CancelToken::new();
        self.running.lock().insert(id.to_string(), cancel.clone());
        cancel
    }

    fn end(&self, id: &Json) {
        self.running.lock().remove(&id.to_string());
    }

    fn notified(&self, method: &str, params: &Map<String, Json>) {
        if method == "notifications/cancelled"
            && let Some(id) = params.get("requestId")
            && let Some(cancel) = self.running.lock().get(&id.to_string())
        {
            cancel.cancel();
        }
    }
}

/// Reads lines until their end; one that is too long is read to its end, and `None`.
fn take_in(input: &mut impl BufRead, mut line: impl FnMut(Option<&[u8]>) -> io::Result<()>) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        if bytes.len() as u64 == LONGEST_LINE && !bytes.ends_with(b"\n") {
            skip_line(input)?;
            line(None)?;
            continue;
        }
        let message = bytes.trim_ascii();
        if !message.is_empty() {
            line(Some(message))?;
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let there = input.fill_buf()?;
        if there.is_empty() {
            return Ok(());
        }
        let end = there.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(there.len(), |end| end + 1);
        input.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_one_by_one_and_long_ones_refused() {
        let long = "x".repeat(LONGEST_LINE as usize + 10);
        let text = format!("a\n\n  b  \r\n{long}\nc");
        let mut seen = Vec::new();
        take_in(&mut text.as_bytes(), |line| {
            seen.push(line.map(|line| String::from_utf8_lossy(line).into_owned()));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [Some("a".to_owned()), Some("b".to_owned()), None, Some("c".to_owned())]);
    }
}
