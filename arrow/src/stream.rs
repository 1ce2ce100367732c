//! The C stream interface of Arrow: <https://arrow.apache.org/docs/format/CStreamInterface.html>.

use arrow_array::{
    RecordBatchReader,
    ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader},
};
use arrow_schema::ArrowError;

/// Batches as a stream that a library of another language takes over; it releases the stream when it is done.
pub fn export_stream(batches: Box<dyn RecordBatchReader + Send>) -> FFI_ArrowArrayStream {
    FFI_ArrowArrayStream::new(batches)
}

/// The batches of another library's stream, without a copy of its buffers.
///
/// # Errors
/// When the stream is released already or cannot say its schema.
pub fn import_stream(stream: FFI_ArrowArrayStream) -> Result<RecordBatchStreamReader, ArrowError> {
    RecordBatchStreamReader::try_new(stream)
}
