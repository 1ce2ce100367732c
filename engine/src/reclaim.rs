//! Memory that was let go goes back to the system.
//!
//! The GNU C library keeps freed blocks below 32 MiB for later, in as many arenas as threads have asked at once: after one
//! large sort a server would be as large as then until it ends. Other allocators give memory back by themselves.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod allocator {
    use std::{
        sync::{OnceLock, mpsc},
        thread,
        time::{Duration, Instant},
    };

    /// Lets what ends at the same time be freed before memory is given back.
    const DELAY: Duration = Duration::from_millis(100);
    /// The least time between two times that memory is given back.
    const PAUSE: Duration = Duration::from_secs(1);
    /// A thread that asks for memory waits meanwhile; this bounds the share of time in which it may have to.
    const SHARE: u32 = 20;

    pub(super) fn wake() {
        static WAKE: OnceLock<Option<mpsc::SyncSender<()>>> = OnceLock::new();
        let wake = WAKE.get_or_init(|| {
            let (send, receive) = mpsc::sync_channel(1);
            let thread = thread::Builder::new().name("reclaim".to_owned()).spawn(move || reclaim(&receive));
            // Without the thread memory is kept, as it would be anyway.
            thread.ok().map(|_| send)
        });
        if let Some(wake) = wake {
            // When one is waiting already, this is part of it.
            let _ = wake.try_send(());
        }
    }

    fn reclaim(wake: &mpsc::Receiver<()>) {
        while wake.recv().is_ok() {
            thread::sleep(DELAY);
            // What came meanwhile is done too.
            let _ = wake.try_recv();
            let started = Instant::now();
            trim();
            thread::sleep(PAUSE.max(started.elapsed() * SHARE));
        }
    }

    #[expect(unsafe_code, reason = "a function of the C library")]
    fn trim() {
        // SAFETY: it may be called at any time from any thread, and touches only memory that nobody has.
        unsafe { libc::malloc_trim(0) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod allocator {
    pub(super) fn wake() {}
}

/// Tells that so many bytes, which were held in many blocks, are free or will be within moments. Returns at once: when they are
/// worth it, another thread gives memory back to the system.
///
/// Statements and transactions tell this themselves; it is for those who held much on the way to them, such as a large
/// message on a connection.
pub fn memory_freed(bytes: u64) {
    /// What the allocator may keep for the next statement.
    const WORTH: u64 = 32 << 20;
    if bytes >= WORTH {
        allocator::wake();
    }
}

/// Tells of so many bytes when it is dropped.
pub(crate) struct Freed(pub(crate) u64);

impl Drop for Freed {
    fn drop(&mut self) {
        memory_freed(self.0);
    }
}
