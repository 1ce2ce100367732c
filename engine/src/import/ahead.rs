//! Records that a thread of their own reads ahead of the one that works on them.

use std::{
    mem,
    ops::Range,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use super::source::Records;
use crate::error::{Error, Result};

/// The bytes of a chunk, about.
const CHUNK: usize = 256 << 10;
/// So many chunks wait to be worked on.
const WAITING: usize = 2;

/// What a thread reads.
pub(super) struct Ahead {
    /// There is no thread.
    here: Option<Records>,
    chunks: Option<Receiver<Chunk>>,
    reader: Option<JoinHandle<()>>,
    chunk: Chunk,
    /// The next record of the chunk, and where it begins.
    next: usize,
    text: usize,
    cells: usize,
}

/// Records one after the other.
#[derive(Default)]
struct Chunk {
    text: String,
    cells: Vec<Range<usize>>,
    records: Vec<Record>,
    /// Why there is no record after these.
    failed: Option<Error>,
}

/// Where a record ends in its chunk, and the line that it begins in.
struct Record {
    start: u64,
    text: usize,
    cells: usize,
}

impl Chunk {
    /// The next records of a file; false after the last.
    fn read(records: &mut Records) -> (Chunk, bool) {
        let mut chunk = Chunk::default();
        while chunk.text.len() < CHUNK {
            match records.next() {
                Ok(true) => {}
                Ok(false) => return (chunk, false),
                Err(error) => {
                    chunk.failed = Some(error);
                    return (chunk, false);
                }
            }
            chunk.text.push_str(&records.text);
            chunk.cells.extend_from_slice(&records.cells);
            let (text, cells) = (chunk.text.len(), chunk.cells.len());
            chunk.records.push(Record { start: records.start, text, cells });
        }
        (chunk, true)
    }
}

fn send(mut records: Records, chunks: &SyncSender<Chunk>) {
    loop {
        let (chunk, more) = Chunk::read(&mut records);
        // Nobody may be there to work on it.
        if chunks.send(chunk).is_err() || !more {
            return;
        }
    }
}

impl Ahead {
    /// Begins to read. Where the system gives no thread, whoever asks for a record reads it.
    pub(super) fn begin(records: Records) -> Ahead {
        let (sender, chunks) = sync_channel(WAITING);
        let (hand_over, taken) = sync_channel(1);
        let read = move || {
            if let Ok(records) = taken.recv() {
                send(records, &sender);
            }
        };
        let reader = thread::Builder::new().name("wend-import".to_owned()).spawn(read).ok();
        // The records are handed over only when the thread is there.
        let here = match reader {
            None => Some(records),
            Some(_) => hand_over.send(records).err().map(|back| back.0),
        };
        let chunk = Chunk::default();
        Ahead { here, chunks: Some(chunks), reader, chunk, next: 0, text: 0, cells: 0 }
    }

    /// Goes to the next record; the line that it begins in, nothing at the end.
    pub(super) fn next(&mut self, text: &mut String, cells: &mut Vec<Range<usize>>) -> Result<Option<u64>> {
        if let Some(records) = &mut self.here {
            let more = records.next()?;
            text.clone_from(&records.text);
            cells.clone_from(&records.cells);
            return Ok(more.then_some(records.start));
        }
        text.clear();
        cells.clear();
        while self.next >= self.chunk.records.len() {
            if let Some(error) = self.chunk.failed.take() {
                return Err(error);
            }
            let Some(chunk) = self.chunks.as_ref().and_then(|chunks| chunks.recv().ok()) else { return Ok(None) };
            (self.chunk, self.next, self.text, self.cells) = (chunk, 0, 0, 0);
        }
        let record = &self.chunk.records[self.next];
        self.next += 1;
        text.push_str(&self.chunk.text[mem::replace(&mut self.text, record.text)..record.text]);
        cells.extend_from_slice(&self.chunk.cells[mem::replace(&mut self.cells, record.cells)..record.cells]);
        Ok(Some(record.start))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // The reader ends when it finds that nobody takes what it sends.
        self.chunks = None;
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}
