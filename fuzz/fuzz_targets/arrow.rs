//! Any bytes are a stream of Arrow or refused, however they are cut.
#![no_main]

use std::sync::Once;

use libfuzzer_sys::fuzz_target;
use wend_server::http::Batches;

static HOOK: Once = Once::new();

fuzz_target!(|bytes: &[u8]| {
    // The reader of Arrow panics at some streams, which is caught and told as an error. libFuzzer's own hook would end the
    // process there; a panic that nobody catches still does.
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));
    for step in [bytes.len().max(1), 7] {
        let mut batches = Batches::default();
        for piece in bytes.chunks(step) {
            if batches.feed(piece.to_vec().into()).is_err() {
                return;
            }
        }
        let _ = batches.finish();
    }
});
