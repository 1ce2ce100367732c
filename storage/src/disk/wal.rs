//! Reads RocksDB's write-ahead logs before RocksDB does, and tells a torn end from damage.
//!
//! RocksDB stops at the first bad record of a log and goes on with what it has read; so a bit that turns in the middle
//! of a log takes every commit behind it away, in silence. A process or a machine that dies leaves a bad record too,
//! the one it was writing, and that one must not stand in the way. The difference:
//! - a torn end lies behind what is noted as synced (`note.rs`). Behind that place anything may be bad: when the
//!   power goes, the pages of unsynced records reach the disk in any order, so that a good record can come after a bad
//!   one;
//! - where there is no note, nothing good comes after a torn end.
//!
//! The format (RocksDB's `db/log_format.h`): blocks of 32 KiB; in them fragments of a record, each with a header of 7
//! bytes: masked CRC-32C of type and payload, length (u16), type. A record is one write batch, which begins with the
//! sequence number of its first change.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::note::{Found, SyncNote};
use crate::error::{Error, Result};

const BLOCK: usize = 32 << 10;
const HEADER: usize = 7;
const FULL: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;
/// The sequence number and the number of changes a write batch begins with.
const BATCH_HEADER: usize = 12;
/// Blocks that are searched byte by byte for a good record behind a bad one; further ones only at their beginning.
const SEARCHED: usize = 32;

/// What reading a log gave.
#[derive(Debug, Default, PartialEq, Eq)]
struct Log {
    /// The end of the last whole record.
    whole: u64,
    length: u64,
    /// The sequence numbers of the first and behind the last record.
    first: Option<u64>,
    next: Option<u64>,
    /// Where a whole record begins behind a bad place.
    good_after: Option<u64>,
}

/// The fragment at a place of a block: its type, and the range of its payload.
fn fragment(block: &[u8], at: usize) -> Option<(u8, std::ops::Range<usize>)> {
    let header = block.get(at..at + HEADER)?;
    let length = usize::from(u16::from_le_bytes([header[4], header[5]]));
    let kind = header[6];
    if !(FULL..=LAST).contains(&kind) {
        return None;
    }
    let payload = at + HEADER..at + HEADER + length;
    let covered = block.get(at + 6..payload.end)?;
    let stored = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let crc = crc32c::crc32c(covered).rotate_right(15).wrapping_add(0xa282_ead8);
    (crc == stored).then_some((kind, payload))
}

/// Whether a write batch begins at a place of a block.
fn begins_record(block: &[u8], at: usize) -> bool {
    fragment(block, at).is_some_and(|(kind, payload)| kind == FIRST || kind == FULL && payload.len() >= BATCH_HEADER)
}

/// Reads blocks one after another.
struct Blocks {
    file: File,
    buffer: Vec<u8>,
}

impl Blocks {
    /// The next block; the last one is shorter, and behind it are empty ones.
    fn next(&mut self) -> std::io::Result<&[u8]> {
        self.buffer.clear();
        (&mut self.file).take(BLOCK as u64).read_to_end(&mut self.buffer)?;
        Ok(&self.buffer)
    }
}

fn read(path: &Path) -> std::io::Result<Log> {
    let file = File::open(path)?;
    let mut log = Log { length: file.metadata()?.len(), ..Log::default() };
    let mut blocks = Blocks { file, buffer: Vec::with_capacity(BLOCK) };
    // The header of the batch in the record whose beginning was read; it may be cut by the end of a block.
    let mut begun: Option<Vec<u8>> = None;
    let mut base = 0;
    loop {
        let block = blocks.next()?;
        let mut at = 0;
        while at + HEADER <= block.len() {
            let Some((kind, payload)) = fragment(block, at) else { break };
            let starts = matches!(kind, FULL | FIRST);
            if starts == begun.is_some() {
                // A record begins within another, whose end is gone; or one goes on whose beginning is gone.
                break;
            }
            let end = payload.end;
            let head = begun.get_or_insert_with(|| Vec::with_capacity(BATCH_HEADER));
            head.extend(block.get(payload).unwrap_or_default().iter().take(BATCH_HEADER - head.len()));
            if matches!(kind, FULL | LAST) {
                let Some((sequence, count)) = head.first_chunk::<BATCH_HEADER>().map(|head| head.split_at(8)) else {
                    break;
                };
                let sequence = u64::from_le_bytes(sequence.try_into().unwrap_or_default());
                let count = u32::from_le_bytes(count.try_into().unwrap_or_default());
                log.first.get_or_insert(sequence);
                log.next = Some(sequence.saturating_add(count.into()));
                log.whole = base + end as u64;
                begun = None;
            }
            at = end;
        }
        let length = block.len();
        if at + HEADER <= length {
            break;
        }
        base += length as u64;
        if length < BLOCK {
            break;
        }
    }
    if log.whole < log.length {
        log.good_after = good_after(&mut blocks, log.whole)?;
    }
    Ok(log)
}

/// Where a whole record begins behind `whole`, the end of the last good one; at `whole` itself none does.
fn good_after(blocks: &mut Blocks, whole: u64) -> std::io::Result<Option<u64>> {
    let mut base = whole / BLOCK as u64 * BLOCK as u64;
    blocks.file.seek(SeekFrom::Start(base))?;
    for number in 0.. {
        let block = blocks.next()?;
        let from = usize::try_from(whole.saturating_sub(base)).unwrap_or(0);
        let places = if number < SEARCHED { from..block.len() } else { 0..1.min(block.len()) };
        // A record of which only the beginning is there begins at `whole`, and is no good one.
        let mut found = places.filter(|at| base + *at as u64 > whole && begins_record(block, *at));
        if let Some(at) = found.next() {
            return Ok(Some(base + at as u64));
        }
        if block.len() < BLOCK {
            break;
        }
        base += BLOCK as u64;
    }
    Ok(None)
}

/// The logs of a RocksDB directory, the oldest first.
pub(crate) fn logs(data: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let mut logs = Vec::new();
    let entries = match fs::read_dir(data) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(logs),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let Some(number) = number.filter(|_| path.extension().is_some_and(|extension| extension == "log")) {
            logs.push((number, path));
        }
    }
    logs.sort_unstable();
    Ok(logs)
}

/// Fails when the logs have lost what was committed.
pub(crate) fn verify(data: &Path, found: &Found) -> Result<()> {
    let none = SyncNote::default();
    // Without a note that can be read nothing is known of the end.
    let (note, torn_allowed) = match found {
        Found::Note(note) => (note, !note.closed),
        Found::Missing | Found::Damaged => (&none, true),
    };
    let logs = logs(data).map_err(Error::io(format!("read {}", data.display())))?;
    let damaged = |path: &Path, reason: String| Err(Error::LogDamaged { path: path.to_owned(), reason });
    for (number, _) in &note.logs {
        let newer = logs.last().is_some_and(|(last, _)| last > number);
        // After a crash a log may be gone because all of it is in data files; a newer one is there then.
        if !logs.iter().any(|(there, _)| there == number) && (note.closed || !newer) {
            return damaged(&data.join(format!("{number:06}.log")), "the file is missing".into());
        }
    }
    // What was not noted when the process died was not acknowledged, or the power went with the note.
    let behind_note = matches!(found, Found::Note(note) if !note.closed);
    let mut next = None;
    for (number, path) in &logs {
        let log = read(path).map_err(Error::io(format!("read {}", path.display())))?;
        let noted = note.logs.iter().find(|(noted, _)| noted == number).map(|(_, length)| *length);
        if noted.is_some_and(|noted| log.whole < noted) {
            let noted = noted.unwrap_or(0);
            return damaged(
                path,
                match log.length < noted {
                    true => format!("it has {} bytes, but {noted} were written", log.length),
                    false => format!("the record at byte {} is bad, but {noted} bytes were written", log.whole),
                },
            );
        }
        // After closing in good order what is not noted is empty, or older and in data files.
        if behind_note || note.closed && noted.is_none() {
            continue;
        }
        if let (Some(next), Some(first)) = (next, log.first)
            && first != next
            && first + 1 != next
        {
            return damaged(path, "it does not go on where the log before it ends".into());
        }
        let bad = log.whole < log.length;
        match log.good_after {
            Some(good) if bad => {
                return damaged(
                    path,
                    format!("the record at byte {} is bad, a good one comes at byte {good}", log.whole),
                );
            }
            _ if bad && !torn_allowed => {
                return damaged(path, format!("the record at byte {} is bad", log.whole));
            }
            _ => {}
        }
        // A log with a torn end is the last one, or its successor goes on where its good part ends: RocksDB writes that
        // when it has recovered from it, and removes it.
        next = match (bad, log.first) {
            (true, _) => log.next.or(next),
            (false, None) => next,
            (false, Some(_)) => None,
        };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
        let mut covered = vec![kind];
        covered.extend_from_slice(payload);
        let crc = crc32c::crc32c(&covered).rotate_right(15).wrapping_add(0xa282_ead8);
        out.extend_from_slice(&crc.to_le_bytes());
        out.extend_from_slice(&(payload.len() as u16).to_le_bytes());
        out.extend_from_slice(&covered);
    }

    fn batch(sequence: u64, size: usize) -> Vec<u8> {
        let mut bytes = sequence.to_le_bytes().to_vec();
        bytes.extend_from_slice(&1u32.to_le_bytes());
        bytes.resize(BATCH_HEADER + size, 7);
        bytes
    }

    fn read_bytes(bytes: &[u8]) -> Log {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        read(file.path()).unwrap()
    }

    #[test]
    fn torn_ends_and_damage_are_told_apart() {
        let mut bytes = Vec::new();
        let mut ends = vec![0];
        for sequence in 1..=20 {
            record(&mut bytes, FULL, &batch(sequence, 40));
            ends.push(bytes.len());
        }
        let log = read_bytes(&bytes);
        assert_eq!((log.whole, log.length, log.first, log.next), (bytes.len() as u64, log.length, Some(1), Some(21)));
        for cut in 0..bytes.len() {
            let log = read_bytes(&bytes[..cut]);
            let whole = ends.iter().rev().find(|end| **end <= cut).unwrap();
            assert_eq!((log.whole, log.good_after), (*whole as u64, None), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x10;
            let log = read_bytes(&bad);
            let number = ends.iter().rposition(|end| *end <= at).unwrap();
            let good = (number < 19).then(|| ends[number + 1] as u64);
            assert_eq!((log.whole, log.good_after), (ends[number] as u64, good), "a bit at {at}");
        }
        bytes.extend_from_slice(&[0; 100]);
        let log = read_bytes(&bytes);
        assert_eq!((log.whole, log.good_after), (ends[20] as u64, None), "zeros at the end");
    }

    /// Wherever a block ends in a record, within the header of its batch too.
    #[test]
    fn records_are_cut_anywhere() {
        for left in HEADER..3 * HEADER + BATCH_HEADER {
            let mut bytes = Vec::new();
            record(&mut bytes, FULL, &batch(1, BLOCK - 2 * HEADER - BATCH_HEADER - left + HEADER));
            assert_eq!(bytes.len(), BLOCK - left);
            let payload = batch(2, 100);
            record(&mut bytes, FIRST, &payload[..left - HEADER]);
            record(&mut bytes, LAST, &payload[left - HEADER..]);
            let whole = bytes.len() as u64;
            let log = read_bytes(&bytes);
            assert_eq!((log.whole, log.first, log.next, log.good_after), (whole, Some(1), Some(3), None), "{left}");
            // What follows a record that was cut off is told as good.
            record(&mut bytes, FULL, &batch(3, 5));
            bytes[BLOCK - left + 6] ^= 1;
            let log = read_bytes(&bytes);
            assert_eq!((log.whole, log.next, log.good_after), ((BLOCK - left) as u64, Some(2), Some(whole)), "{left}");
        }
    }

    #[test]
    fn records_span_blocks() {
        let payload = batch(5, 2 * BLOCK);
        let room = BLOCK - HEADER;
        let mut bytes = Vec::new();
        record(&mut bytes, FIRST, &payload[..room]);
        record(&mut bytes, 3, &payload[room..2 * room]);
        record(&mut bytes, LAST, &payload[2 * room..]);
        let end = bytes.len() as u64;
        record(&mut bytes, FULL, &batch(6, 1));
        let log = read_bytes(&bytes);
        assert_eq!((log.whole, log.first, log.next), (bytes.len() as u64, Some(5), Some(7)));
        // A zeroed block.
        bytes[BLOCK..BLOCK + 4096].fill(0);
        let log = read_bytes(&bytes);
        assert_eq!((log.whole, log.good_after), (0, Some(end)));
        // The last write is cut off: its first fragments are not taken for a record.
        let log = read_bytes(&bytes[..2 * BLOCK]);
        assert_eq!((log.whole, log.good_after), (0, None));
    }
}
