//! Ctrl-C: cancels the running statement, not the shell.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wenddb::InterruptHandle;

/// The exit status of a script that a second Ctrl-C ended: 128 + SIGINT, the convention of shells.
const EXIT_SIGINT: i32 = 130;

/// The state shared by the signal handler and the runner.
#[derive(Clone, Default)]
pub struct Interrupts(Arc<State>);

#[derive(Default)]
struct State {
    /// The handle that cancels the running statement; none before there is a session.
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
        // Installing fails only for a second handler in one process; Ctrl-C then keeps its default meaning.
        let _ = ctrlc::set_handler(move || shared.press());
        interrupts
    }

    /// Sets the session whose statements Ctrl-C cancels.
    pub fn watch(&self, handle: InterruptHandle) {
        *self.0.handle.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
    }

    /// For scripts: Ctrl-C cancels the statement and stops the script, and a second one ends the process.
    pub fn for_script(&self) {
        self.0.script.store(true, Ordering::SeqCst);
    }

    /// Until the result is dropped nothing runs, and Ctrl-C ends the process.
    pub fn waiting(&self) -> Waiting<'_> {
        let handle = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        Waiting { interrupts: self, handle }
    }

    /// Forgets earlier presses; called before each statement of the interactive shell.
    pub fn reset(&self) {
        self.0.pressed.store(false, Ordering::SeqCst);
        self.0.count.store(0, Ordering::SeqCst);
    }

    /// Whether Ctrl-C was pressed since [`Interrupts::reset`].
    pub fn pressed(&self) -> bool {
        self.0.pressed.load(Ordering::SeqCst)
    }

    /// The action of the signal handler.
    fn press(&self) {
        self.0.pressed.store(true, Ordering::SeqCst);
        let before = self.0.count.fetch_add(1, Ordering::SeqCst);
        let handle = self.0.handle.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match handle {
            Some(handle) if before == 0 || !self.0.script.load(Ordering::SeqCst) => handle.interrupt(),
            // There is nothing to cancel, or cancelling takes too long for a user who pressed twice. The end of the
            // process at any point leaves the database intact.
            _ => std::process::exit(EXIT_SIGINT),
        }
    }
}
