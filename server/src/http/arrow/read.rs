//! Record batches from the bytes of a stream of Arrow, as they come.

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::SchemaRef;
use bytes::Bytes;

use crate::contain::contained;

/// Reads a stream as it comes.
#[derive(Default)]
pub struct Batches {
    decoder: StreamDecoder,
}

impl Batches {
    /// What a piece of the stream completes.
    ///
    /// # Errors
    /// When it is no stream of Arrow, or one with what is not read here.
    pub fn feed(&mut self, piece: Bytes) -> Result<Vec<RecordBatch>, String> {
        let mut batches = Vec::new();
        let mut buffer = Buffer::from(piece);
        // The reader checks most of what a stream says, and panics at some of the rest.
        let read = contained(|| {
            while !buffer.is_empty() {
                match self.decoder.decode(&mut buffer) {
                    Ok(batch) => batches.extend(batch),
                    Err(error) => return Err(format!("the body is no stream of Arrow: {error}")),
                }
            }
            Ok(())
        });
        match read {
            Some(read) => read.map(|()| batches),
            None => Err("the body is no stream of Arrow: its messages contradict themselves".to_owned()),
        }
    }

    /// The columns, once the stream has said them.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.decoder.schema()
    }

    /// Says that the stream has ended.
    ///
    /// # Errors
    /// When a part is missing.
    pub fn finish(&mut self) -> Result<(), String> {
        if self.decoder.schema().is_none() {
            return Err("the body is no stream of Arrow: it is empty".to_owned());
        }
        self.decoder.finish().map_err(|_| "the stream of Arrow ends within a message".to_owned())
    }
}
