//! A decoder of Arrow streams that is fed with bytes as they come.

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_schema::SchemaRef;
use bytes::Bytes;

use crate::contain::contained;

/// Decodes a stream to record batches.
#[derive(Default)]
pub struct Batches {
    decoder: StreamDecoder,
}

impl Batches {
    /// Decodes a piece of the stream, and gives the batches that it completes.
    ///
    /// # Errors
    /// When the bytes are not a stream of Arrow, or use a part of the format that is not supported.
    pub fn feed(&mut self, piece: Bytes) -> Result<Vec<RecordBatch>, String> {
        let mut batches = Vec::new();
        let mut buffer = Buffer::from(piece);
        // arrow-rs checks most of its input, and panics on some malformed input.
        let read = contained(|| {
            while !buffer.is_empty() {
                match self.decoder.decode(&mut buffer) {
                    Ok(batch) => batches.extend(batch),
                    Err(error) => return Err(format!("the body is not an Arrow stream: {error}")),
                }
            }
            Ok(())
        });
        match read {
            Some(read) => read.map(|()| batches),
            None => Err("the body is not an Arrow stream: its messages contradict themselves".to_owned()),
        }
    }

    /// The columns, once the schema was read.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.decoder.schema()
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When a part is missing.
    pub fn finish(&mut self) -> Result<(), String> {
        if self.decoder.schema().is_none() {
            return Err("the body is not an Arrow stream: it is empty".to_owned());
        }
        self.decoder.finish().map_err(|_| "the stream of Arrow ends within a message".to_owned())
    }
}
