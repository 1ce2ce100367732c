//! The C stream interface of Arrow: <https://arrow.apache.org/docs/format/CStreamInterface.html>.

use arrow_array::{
    RecordBatchReader,
    ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader},
};
use arrow_schema::ArrowError;

/// Batches as a stream for a library of another language, which releases the stream after use.
pub fn export_stream(batches: Box<dyn RecordBatchReader + Send>) -> FFI_ArrowArrayStream {
    FFI_ArrowArrayStream::new(batches)
}

/// The batches of a stream of another library, without copying its buffers.
///
/// # Errors
/// When the stream was released or gives no schema.
pub fn import_stream(stream: FFI_ArrowArrayStream) -> Result<RecordBatchStreamReader, ArrowError> {
    RecordBatchStreamReader::try_new(stream)
}
