//! Ctrl-C: cancels the statement that runs, not the shell.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wenddb::InterruptHandle;

/// The exit status of a script that is ended by a second Ctrl-C: 128 + SIGINT, as shells have it.
const EXIT_SIGINT: i32 = 130;

/// What the signal handler and the runner share.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    /// Cancels the statement that runs; none before a session is there.
    handle: Mutex<Option<InterruptHandle>>,
    /// Whether Ctrl-C was pressed since the statement began.
    pressed: AtomicBool,
    /// How often it was pressed since then.
    count: AtomicU32,
    /// Whether a second Ctrl-C ends the process.
    script: AtomicBool,
}

/// See [`Interrupts::waiting`].
pub struct Waiting<'i> {
    interrupts: &'i Interrupts,
    handle: Option<InterruptHandle>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.interrupts.watch(handle);
        }
    }
}

impl Interrupts {
    /// Installs the handler. Where that fails, Ctrl-C ends the process as it does by default.
    pub fn install() -> Self {
        let interrupts = Interrupts::default();
        let shared = interrupts.clone();
        // The only failure is a second handler in one process; Ctrl-C then keeps its default meaning.
        let _ = ctrlc::set_handler(move || shared.press());
        interrupts
    }

    /// Says which statements Ctrl-C cancels.
    pub fn watch(&self, handle: InterruptHandle) {
        *self.0.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    /// A script runs: Ctrl-C stops it after the statement it cancels, and a second one ends the process.
    pub fn for_script(&self) {
        self.0.script.store(true, Ordering::SeqCst);
    }

    /// Nothing runs until what this gives is dropped, and Ctrl-C ends the process.
    pub fn waiting(&self) -> Waiting<'_> {
        let handle = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        Waiting { interrupts: self, handle }
    }

    /// Forgets earlier presses; called before a statement of the interactive shell.
    pub fn reset(&self) {
        self.0.pressed.store(false, Ordering::SeqCst);
        self.0.count.store(0, Ordering::SeqCst);
    }

    /// Whether Ctrl-C was pressed since [`Interrupts::reset`].
    pub fn pressed(&self) -> bool {
        self.0.pressed.load(Ordering::SeqCst)
    }

    /// What the signal handler does.
    fn press(&self) {
        self.0.pressed.store(true, Ordering::SeqCst);
        let before = self.0.count.fetch_add(1, Ordering::SeqCst);
        let handle = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match handle {
            Some(handle) if before == 0 || !self.0.script.load(Ordering::SeqCst) => handle.interrupt(),
            // Nothing to cancel, or cancelling takes too long for whoever pressed twice: a database
            // survives the end of its process at any point.
            _ => std::process::exit(EXIT_SIGINT),
        }
    }
}
