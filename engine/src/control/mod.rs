//! Control of a running statement: its cancellation, its deadline, its progress and its limits.

mod cancel;
mod deadline;
mod progress;
mod run_options;

pub(crate) use cancel::cancelled;
pub use cancel::{CancelToken, InterruptHandle};
pub use progress::{Progress, ProgressCallback};
pub use run_options::RunOptions;
