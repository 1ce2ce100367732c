//! Streams of Arrow in capsules, by which Python libraries exchange them:
//! <https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html>.

use arrow_array::{
    RecordBatchReader,
    ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader},
};
use pyo3::{prelude::*, types::PyCapsule};

use crate::error::wrong;

/// The name that such a capsule has.
const NAME: &std::ffi::CStr = c"arrow_array_stream";

/// A stream in a capsule; a stream that nobody takes out is released with the capsule.
pub(crate) fn export(
    py: Python<'_>,
    batches: impl RecordBatchReader + Send + 'static,
) -> PyResult<Bound<'_, PyCapsule>> {
    let stream = wend_arrow::export_stream(Box::new(batches));
    PyCapsule::new_with_value(py, stream, NAME)
}

/// The stream of anything with `__arrow_c_stream__`.
pub(crate) fn import(object: &Bound<'_, PyAny>) -> PyResult<RecordBatchStreamReader> {
    let capsule = object.call_method0("__arrow_c_stream__")?;
    let capsule = capsule.cast::<PyCapsule>().map_err(|_| wrong("__arrow_c_stream__ gave no capsule"))?;
    let stream = taken(capsule)?;
    wend_arrow::import_stream(stream).map_err(|error| wrong(format!("the Arrow stream gives no table: {error}")))
}

/// Moves the stream out of its capsule.
#[expect(unsafe_code, reason = "the interface passes a C struct by its address")]
fn taken(capsule: &Bound<'_, PyCapsule>) -> PyResult<FFI_ArrowArrayStream> {
    let pointer = capsule.pointer_checked(Some(NAME))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds the address of a stream, as the interface says, and it lives at least as long as the
    // capsule, which the caller holds. `from_raw` moves it out and marks what it leaves as released, which the owner understands.
    Ok(unsafe { FFI_ArrowArrayStream::from_raw(pointer.as_ptr()) })
}
