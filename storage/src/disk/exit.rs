//! The end of a forked child.
//!
//! When a process ends, RocksDB's destructors wait for its background threads. A forked child has none of them, and the
//! wait ends in a crash. So a handler that runs before those destructors ends a child at once, with the status it
//! wanted. What the child wrote through the C library's streams is flushed; Rust flushes its own before.
#![expect(unsafe_code, reason = "handlers at the end of a process are the C library's")]

use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

/// The process that opened a database first.
static OPENED: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" {
    fn on_exit(handler: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
}

extern "C" fn leave(status: c_int, _: *mut c_void) {
    if OPENED.load(Ordering::Relaxed) != std::process::id() {
        // SAFETY: flushing all streams and ending the process have no preconditions.
        unsafe {
            libc::fflush(std::ptr::null_mut());
            libc::_exit(status)
        }
    }
}

/// Sees to it that children forked from now on end well. RocksDB was used before, so that its destructors come later.
pub(crate) fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        OPENED.store(std::process::id(), Ordering::Relaxed);
        // SAFETY: the handler is a function of this program and takes no argument.
        // When there is no memory for it, children end as they would without it.
        let _ = unsafe { on_exit(leave, std::ptr::null_mut()) };
    });
}
