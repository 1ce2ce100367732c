//! Calls of libraries that panic on bad input where they should give an error.

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    /// Set while a panic on this thread is expected and reported by the caller.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Calls a library with input of a client. `None` means that it panicked, that is, the input is bad. The panic is not
/// printed as a defect of the server, so that a client cannot fill the log.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                usual(info);
            }
        }));
    });
    let before = EXPECTED.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(before);
    if done.is_err() {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            tracing::info!("a client sent malformed input; it was refused, and further ones are not logged")
        });
    }
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics outside of `contained` are printed as usual.
    #[test]
    fn panics_are_contained_and_not_printed() {
        thread_local! { static PRINTED: Cell<usize> = const { Cell::new(0) } }
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PRINTED.set(PRINTED.get() + 1);
            usual(info);
        }));
        let fail = || [1, 2][std::hint::black_box(2)];
        assert_eq!(contained(|| 1), Some(1));
        assert_eq!((contained(fail), PRINTED.get()), (None, 0));
        assert_eq!((contained(|| contained(fail)), PRINTED.get()), (Some(None), 0));
        assert!(panic::catch_unwind(fail).is_err());
        assert_eq!((PRINTED.get(), EXPECTED.get()), (1, false));
    }
}
