//! Control of a running statement: its cancellation, its deadline, its progress and its limits.

mod cancel;
mod deadline;
mod progress;
mod run_options;
mod watch;

pub(crate) use cancel::cancelled;
pub use cancel::{CancelToken, InterruptHandle};
pub use progress::{Progress, ProgressCallback};
pub use run_options::RunOptions;
pub use watch::TaskPoints;
pub(crate) use watch::Watch;
