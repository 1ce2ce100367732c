//! Any bytes are a stream of Arrow or refused, however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wend_server::http::Batches;

fuzz_target!(|bytes: &[u8]| {
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
