//! Any text is executed on a small graph, or refused, and ends.
#![no_main]

use std::sync::{Mutex, OnceLock};

use libfuzzer_sys::fuzz_target;
use wend_tests::fuzz::Target;

static TARGET: OnceLock<Mutex<Target>> = OnceLock::new();

fuzz_target!(|text: &str| {
    TARGET.get_or_init(|| Mutex::new(Target::new())).lock().unwrap().run(text);
});
